"""A churn model with everything it needs to be served: features, scaling, network, threshold.

Saved as JSON and arrays in one folder, never as pickled code. An optional leaf: nothing in the
engine imports it. scikit-learn may fit the preprocessing; serving needs NumPy alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib import activations, layers
from nnlib.checkpoint import load as load_weights
from nnlib.checkpoint import save as save_weights
from nnlib.churn import Table
from nnlib.containers import Sequential
from nnlib.functional import sigmoid
from nnlib.layer import Array, LayerLike
from nnlib.training import predict

FORMAT = 1
LATE_DAYS = 30
NUMERIC = (
    "log_tenure", "age", "monthly_charge", "log_sessions", "minutes_per_session", "adoption",
    "usage_trend", "usage_fell", "idle", "tickets_90d", "satisfaction", "days_since_payment",
    "late",
)  # fmt: skip
CATEGORICAL = ("contract", "region", "referral")
PLAIN = {
    kind.__name__: kind
    for kind in (activations.ReLU, activations.Tanh, activations.Sigmoid, activations.Swish)
}


def features(table: Mapping[str, NDArray[Any]]) -> Table:
    """Return the columns a model sees, from raw ones; each row looks at its own ``snapshot`` only.

    Training and service call this one function, so they cannot drift apart. Nothing in it is
    fitted: what depends on training data (medians, scales, categories) is the Preprocessor's.
    """
    sessions = table["sessions_30d"].astype(float)
    days = (table["snapshot"] - table["last_payment"]) / np.timedelta64(1, "D")
    numbers: Table = {
        "log_tenure": np.log(np.maximum(table["tenure_months"].astype(float), 0.1)),
        "age": table["age"].astype(float),
        "monthly_charge": table["monthly_charge"].astype(float),
        "log_sessions": np.log1p(sessions),
        "minutes_per_session": table["minutes_30d"] / np.maximum(sessions, 1),
        "adoption": table["features_used"] / 20,
        "usage_trend": table["usage_trend"].astype(float),
        "usage_fell": (table["usage_trend"] < -0.2).astype(float),
        "idle": (sessions == 0).astype(float),
        "tickets_90d": table["tickets_90d"].astype(float),
        "satisfaction": table["satisfaction"].astype(float),
        "days_since_payment": days,
        "late": (days > LATE_DAYS).astype(float),
    }
    return numbers | {name: table[name] for name in CATEGORICAL}


@dataclass
class Preprocessor:
    """Median imputation, missing flags, standardization and one-hot columns, as plain numbers.

    ``transform`` gives ``(n, d)``: numeric columns, a flag per column that had gaps in training,
    both standardized, then one column per known category. An unknown category gives zeros.
    """

    numeric: tuple[str, ...]
    median: Array
    flagged: NDArray[np.intp]
    mean: Array
    std: Array
    categories: dict[str, list[str]]

    @classmethod
    def from_sklearn(cls, fitted: Any) -> Preprocessor:
        """Read the numbers off a ColumnTransformer: impute + scale ``numbers``, one-hot ``words``.

        Raises
        ------
        ValueError
            If its parts are other than these.
        """
        parts = {name: (part, columns) for name, part, columns in fitted.transformers_}
        try:
            (numbers, numeric), (words, names) = parts["numbers"], parts["words"]
            imputer, scaler = (step for _, step in numbers.steps)
            return cls(
                tuple(numeric),
                imputer.statistics_.copy(),
                imputer.indicator_.features_.copy(),
                scaler.mean_.copy(),
                scaler.scale_.copy(),
                {n: c.astype(str).tolist() for n, c in zip(names, words.categories_, strict=True)},
            )
        except (KeyError, AttributeError, ValueError) as error:
            msg = (
                "from_sklearn expects a fitted ColumnTransformer with the parts 'numbers' "
                "(SimpleImputer with add_indicator, then StandardScaler) and 'words' "
                f"(OneHotEncoder), got {list(parts)}: {error}"
            )
            raise ValueError(msg) from error

    def transform(self, columns: Mapping[str, NDArray[Any]]) -> Array:
        """Return the network's input ``(n, d)`` from the columns of ``features``."""
        x = np.column_stack([columns[name] for name in self.numeric])
        missing = np.isnan(x)
        x = np.where(missing, self.median, x)
        x = (np.hstack([x, missing[:, self.flagged]]) - self.mean) / self.std
        words = [
            columns[name][:, None] == np.array(known) for name, known in self.categories.items()
        ]
        return np.hstack([x, *words])

    def names(self) -> list[str]:
        """Return the names of the ``d`` columns."""
        flags = [f"{self.numeric[i]} missing" for i in self.flagged]
        words = [f"{name}={word}" for name, known in self.categories.items() for word in known]
        return [*self.numeric, *flags, *words]


@dataclass
class Bundle:
    """A network, its preprocessing, and how its scores are read.

    Parameters
    ----------
    net, preprocessor
    threshold : float
        Act on a customer whose probability reaches it.
    slope, shift : float
        The probability is ``sigmoid(slope * score + shift)``: calibration on held-out rows.
    reference : dict
        ``drift.profile`` of the training rows.
    about : dict
        Version, dates, metrics: anything JSON can hold.
    """

    net: Sequential
    preprocessor: Preprocessor
    threshold: float = 0.5
    slope: float = 1.0
    shift: float = 0.0
    reference: dict[str, dict[str, Any]] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)

    def probability(self, table: Mapping[str, NDArray[Any]]) -> Array:
        """Return the calibrated probability of leaving, ``(n,)``, from raw columns."""
        return self.read(self.preprocessor.transform(features(table)))

    def read(self, x: Array) -> Array:
        """Return the calibrated probability from the network's input ``(n, d)``."""
        return sigmoid(self.slope * predict(self.net, x)[:, 0].astype(float) + self.shift)

    def save(self, folder: str | Path) -> Path:
        """Write ``bundle.json`` and ``weights.npz``; the first holds a digest of the second."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        save_weights(folder / "weights.npz", self.net)
        content = {
            "format": FORMAT,
            "net": describe(self.net),
            "dtype": str(self.net.layers[0].W.dtype) if hasattr(self.net.layers[0], "W") else "",
            "preprocessor": asdict(self.preprocessor),
            **{name: getattr(self, name) for name in SETTINGS},
            "sha256": _digest(folder / "weights.npz"),
        }
        text = json.dumps(content, indent=1, allow_nan=False, default=lambda a: a.tolist())
        (folder / "bundle.json").write_text(text + "\n", encoding="utf-8")
        return folder

    @classmethod
    def load(cls, folder: str | Path) -> Bundle:
        """Read a folder written by ``save``.

        Raises
        ------
        ValueError
            If the format is another one, or the weights are not those the JSON file names.
        """
        folder = Path(folder)
        content = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
        if content.get("format") != FORMAT:
            msg = f"{folder} has bundle format {content.get('format')}, this code reads {FORMAT}"
            raise ValueError(msg)
        if _digest(folder / "weights.npz") != content["sha256"]:
            msg = f"weights.npz in {folder} is not the file that bundle.json was written with"
            raise ValueError(msg)
        net = construct(content["net"], np.dtype(content["dtype"] or "float64"))
        load_weights(folder / "weights.npz", net)
        saved = content["preprocessor"]
        preprocessor = Preprocessor(
            tuple(saved["numeric"]),
            np.array(saved["median"]),
            np.array(saved["flagged"], dtype=np.intp),
            np.array(saved["mean"]),
            np.array(saved["std"]),
            saved["categories"],
        )
        return cls(net, preprocessor, **{name: content[name] for name in SETTINGS})


SETTINGS = ("threshold", "slope", "shift", "reference", "about")


def describe(net: Sequential) -> list[dict[str, Any]]:
    """Return a network's layers as data: kinds and sizes, no code.

    Raises
    ------
    TypeError
        For a layer that has no description.
    """
    return [_describe(layer) for layer in net.layers]


def _describe(layer: LayerLike) -> dict[str, Any]:
    kind = type(layer).__name__
    if isinstance(layer, layers.Dense):
        return {"kind": kind, "n_in": layer.W.shape[0], "n_out": layer.W.shape[1]}
    if isinstance(layer, layers.BatchNorm):
        return {"kind": kind, "n": len(layer.gamma), "eps": layer.eps}
    if isinstance(layer, layers.Dropout):
        return {"kind": kind, "p": layer.p}
    if kind in PLAIN:
        return {"kind": kind}
    msg = f"a bundle can hold Dense, BatchNorm, Dropout and {', '.join(PLAIN)}, got {kind}"
    raise TypeError(msg)


def construct(description: Sequence[Mapping[str, Any]], dtype: np.dtype[Any]) -> Sequential:
    """Return a network of the kinds and sizes in ``description``; its weights are yet to load."""
    rng = np.random.default_rng(0)
    net = Sequential(*(_construct(dict(part), rng) for part in description))
    for layer in net.layers:
        for name in (*getattr(layer, "params", ()), *getattr(layer, "buffers", ())):
            setattr(layer, name, getattr(layer, name).astype(dtype))
    return net


def _construct(part: dict[str, Any], rng: np.random.Generator) -> LayerLike:
    kind = part.pop("kind", "")
    if kind == "Dense":
        return layers.Dense(int(part["n_in"]), int(part["n_out"]), rng)
    if kind == "BatchNorm":
        return layers.BatchNorm(int(part["n"]), float(part["eps"]))
    if kind == "Dropout":
        return layers.Dropout(float(part["p"]), rng)
    if kind in PLAIN:
        return PLAIN[kind]()
    msg = f"a bundle can hold Dense, BatchNorm, Dropout and {', '.join(PLAIN)}, got {kind!r}"
    raise ValueError(msg)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
