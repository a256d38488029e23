"""Thin scikit-learn estimators over ``fit``, for pipelines, cross-validation and grid search.

An optional leaf: it needs scikit-learn, and nothing in the engine imports it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from nnlib.activations import ELU, GELU, ReLU, Sigmoid, Swish, Tanh
from nnlib.containers import Sequential
from nnlib.functional import sigmoid, softmax
from nnlib.layer import Array, Labels, Layer, LayerLike
from nnlib.layers import Dense, Dropout
from nnlib.losses import bce_with_logits, mse, softmax_cross_entropy
from nnlib.optimizers import AdamW
from nnlib.parameters import Parameters
from nnlib.training import fit, predict

Build = Callable[[int, int, np.random.Generator], LayerLike]
ACTIVATIONS: dict[str, Callable[[], Layer]] = {
    "relu": ReLU, "tanh": Tanh, "sigmoid": Sigmoid, "elu": ELU, "swish": Swish, "gelu": GELU,
}  # fmt: skip


class _NetEstimator(BaseEstimator):  # type: ignore[misc]
    """What the two estimators share: their settings, and a network trained from scratch."""

    def __init__(
        self,
        hidden: tuple[int, ...] = (32,),
        *,
        activation: str = "relu",
        lr: float = 0.01,
        epochs: int = 100,
        batch_size: int = 32,
        weight_decay: float = 0.0,
        dropout: float = 0.0,
        build: Build | None = None,
        dtype: str = "float64",
        random_state: Any = None,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.lr = lr
        self.epochs = epochs
        self.batch_size = batch_size
        self.weight_decay = weight_decay
        self.dropout = dropout
        self.build = build
        self.dtype = dtype
        self.random_state = random_state

    def _build(self, n_in: int, n_out: int, rng: np.random.Generator) -> LayerLike:
        if self.build is not None:
            return self.build(n_in, n_out, rng)
        if self.activation not in ACTIVATIONS:
            msg = f"activation must be one of {', '.join(ACTIVATIONS)}, got {self.activation!r}"
            raise ValueError(msg)
        layers: list[LayerLike] = []
        for width in self.hidden:
            layers += [Dense(n_in, width, rng), ACTIVATIONS[self.activation]()]
            layers += [Dropout(self.dropout, rng)] if self.dropout else []
            n_in = width
        return Sequential(*layers, Dense(n_in, n_out, rng))

    def _train(self, x: Array, y: Array | Labels, n_out: int, loss: Any) -> None:
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        rng = np.random.default_rng(seed)
        self.net_ = self._build(x.shape[1], n_out, rng)
        parameters = Parameters(self.net_, np.dtype(self.dtype))
        optimizer = AdamW(parameters, self.lr, weight_decay=self.weight_decay)
        self.history_ = fit(
            self.net_,
            loss,
            optimizer,
            (x, y),
            epochs=self.epochs,
            batch_size=self.batch_size,
            rng=rng,
        )
        self.n_iter_ = len(self.history_.train_loss)

    def _scores(self, X: Any) -> Array:
        check_is_fitted(self)
        x = validate_data(self, X, reset=False, dtype=np.dtype(self.dtype))
        return predict(self.net_, x)


class NetClassifier(ClassifierMixin, _NetEstimator):  # type: ignore[misc]
    """Neural-network classifier: cross-entropy from logits, one logit for two classes.

    Parameters
    ----------
    class_weight : None, "balanced" or dict
        Weights of the classes in the loss, by class; they shift the predicted probabilities.
    hidden, activation, lr, epochs, batch_size, weight_decay, dropout, build, dtype, random_state
        As in ``NetRegressor``.
    """

    def __init__(
        self,
        hidden: tuple[int, ...] = (32,),
        *,
        activation: str = "relu",
        lr: float = 0.01,
        epochs: int = 100,
        batch_size: int = 32,
        weight_decay: float = 0.0,
        dropout: float = 0.0,
        class_weight: Any = None,
        build: Build | None = None,
        dtype: str = "float64",
        random_state: Any = None,
    ) -> None:
        super().__init__(
            hidden,
            activation=activation,
            lr=lr,
            epochs=epochs,
            batch_size=batch_size,
            weight_decay=weight_decay,
            dropout=dropout,
            build=build,
            dtype=dtype,
            random_state=random_state,
        )
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any) -> NetClassifier:
        """Train on rows ``X`` (n, n_in) and labels ``y`` (n,) of any kind."""
        x, y = validate_data(self, X, y, dtype=np.dtype(self.dtype))
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            msg = (
                f"NetClassifier needs at least two classes, got the one class {self.classes_[0]!r}"
            )
            raise ValueError(msg)
        weights = self._weights(y)
        if len(self.classes_) == 2:
            target = labels.reshape(-1, 1).astype(x.dtype)
            ratio = 1.0 if weights is None else float(weights[1] / weights[0])
            self._train(x, target, 1, partial(bce_with_logits, pos_weight=ratio))
        else:
            loss = partial(softmax_cross_entropy, class_weights=weights)
            self._train(x, labels, len(self.classes_), loss)
        return self

    def _weights(self, y: Any) -> Array | None:
        from sklearn.utils.class_weight import compute_class_weight

        if self.class_weight is None:
            return None
        weights: Array = compute_class_weight(self.class_weight, classes=self.classes_, y=y)
        return weights

    def decision_function(self, X: Any) -> Array:
        """Return the logits: (n,) of the second class for two classes, else (n, n_classes)."""
        scores = self._scores(X)
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def predict_proba(self, X: Any) -> Array:
        """Return probabilities (n, n_classes); whether they are calibrated is another question."""
        scores = self._scores(X)
        if scores.shape[1] > 1:
            return softmax(scores)
        p = sigmoid(scores)
        return np.hstack([1 - p, p])

    def predict(self, X: Any) -> Any:
        """Return the most probable class of every row."""
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]


class NetRegressor(RegressorMixin, _NetEstimator):  # type: ignore[misc]
    """Neural-network regressor: mean squared error, one or several targets.

    Parameters
    ----------
    hidden : tuple of int
        Widths of the hidden layers; ``()`` is a linear model.
    activation : str
        relu, tanh, sigmoid, elu, swish or gelu.
    lr, epochs, batch_size : float, int, int
        Of AdamW. Nothing is scaled inside: put a ``StandardScaler`` before the estimator.
    weight_decay, dropout : float
        Decoupled decay of the matrices, and the probability of dropping a hidden unit.
    build : callable, optional
        ``build(n_in, n_out, rng) -> net``: another network than the one described above.
    dtype : str
        ``"float64"`` gives the same prediction for a row whatever stands beside it, to 1e-7, as
        scikit-learn asks; ``"float32"`` trains wide networks twice as fast.
    random_state : int, RandomState or None
        Seeds the weights, the shuffling and the dropout.
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: Any, y: Any) -> NetRegressor:
        """Train on rows ``X`` (n, n_in) and targets ``y`` (n,) or (n, n_out)."""
        x, y = validate_data(
            self, X, y, dtype=np.dtype(self.dtype), multi_output=True, y_numeric=True
        )
        self._flat = y.ndim == 1
        target = y.reshape(len(y), -1).astype(x.dtype)
        self._train(x, target, target.shape[1], mse)
        return self

    def predict(self, X: Any) -> Array:
        """Return the predicted targets, in the shape that ``y`` had."""
        scores = self._scores(X)
        return scores[:, 0] if self._flat else scores
