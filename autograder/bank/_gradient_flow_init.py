"""Chapter 5: the exercises on initial weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.probe import call

When = Callable[[Values, Case], bool]

# --- gains --------------------------------------------------------------------------------------


def _gain_cases(rng: np.random.Generator) -> list[Case]:
    z = rng.normal(size=500)
    return [
        {"y": np.maximum(z, 0)},
        {"y": np.tanh(z[:7])},
        {"y": np.array([float(rng.uniform(0.3, 2))])},
        {"y": 1 / (1 + np.exp(-z[:40])) + 0.5},
    ]


GAIN = Exercise(
    name="gradient_flow-gain",
    title="The gain of an activation",
    difficulty=1,
    minutes=6,
    points=2,
    cases=_gain_cases,
    probe=call,
    options={"name": "gain", "args": ("y",), "returns": ("gain",)},
    reference='''
def gain(y):
    """Return the factor that brings the mean square of the activations ``y`` back to 1."""
    return 1 / np.sqrt(np.mean(y**2))
''',
    wrong=(
        Wrong(
            "variance",
            "Your gain uses the variance, which takes the mean off first; the next layer sums squares of the "
            "activations as they are, mean included.",
            swap={"np.mean(y**2)": "np.var(y)"},
        ),
        Wrong(
            "no-root",
            "Your gain is squared: it multiplies a standard deviation, so take the square root.",
            swap={"1 / np.sqrt(np.mean(y**2))": "1 / np.mean(y**2)"},
        ),
        Wrong(
            "upside-down",
            "Your gain is upside down: activations that come out small need weights that are large.",
            swap={"1 / np.sqrt(np.mean(y**2))": "np.sqrt(np.mean(y**2))"},
        ),
        Wrong(
            "mean-absolute",
            "Your gain uses the mean of the absolute values; variances add squares, so average the squares.",
            swap={"np.sqrt(np.mean(y**2))": "np.mean(np.abs(y))"},
        ),
        Wrong(
            "sum",
            "Your gain sums the squares; it would depend on how many activations you looked at. Take the mean.",
            swap={"np.mean(y**2)": "np.sum(y**2)"},
        ),
        Wrong(
            "square-of-mean",
            "Your gain squares the mean; take the mean of the squares.",
            swap={"np.mean(y**2)": "np.mean(y) ** 2"},
        ),
    ),
    right=(
        Right("norm", swap={"1 / np.sqrt(np.mean(y**2))": "np.sqrt(y.size) / np.linalg.norm(y)"}),
        Right("power", swap={"1 / np.sqrt(np.mean(y**2))": "np.mean(np.square(y)) ** -0.5"}),
        Right("variance plus mean", swap={"np.mean(y**2)": "np.var(y) + np.mean(y) ** 2"}),
    ),
    hints=(
        "If the activations come out with mean square 0.5, by what must the weights grow?",
        "Weights multiply the mean square by their gain squared, so gain**2 * mean(y**2) should be 1.",
        "Return one divided by the root of the mean of `y**2`.",
    ),
)

# --- random weights -----------------------------------------------------------------------------


def drawn(code: Mapping[str, Any], case: Case, *, name: str) -> Values:
    """Draw weights twice with one seed; ``again`` is the largest difference, 0 if ``rng`` is used."""
    shape = case["n_in"], case["n_out"]
    W = code[name](np.random.default_rng(case["seed"]), *shape)
    if W is None or np.shape(W) != shape:
        return {"W": W, "again": np.array(0.0)}
    W = np.array(W, dtype=float)
    W2 = np.array(code[name](np.random.default_rng(case["seed"]), *shape), dtype=float)
    return {"W": W, "again": np.array(np.abs(W - W2).max())}


def _draw_cases(rng: np.random.Generator) -> list[Case]:
    sizes = ((400, 150), (60, 900), (2, 20000))
    return [
        {"seed": int(rng.integers(1, 2**31)), "n_in": n_in, "n_out": n_out} for n_in, n_out in sizes
    ]


def _he(case: Case) -> float:
    return 2 / float(case["n_in"])


def _glorot(case: Case) -> float:
    return 2 / float(case["n_in"] + case["n_out"])


def _moments(W: Any) -> tuple[float, float, float]:
    """Return variance, mean in standard errors, and fourth moment over variance squared."""
    W = np.asarray(W, float)
    var = float(W.var())
    mean = float(W.mean() / (W.std() + 1e-300) * np.sqrt(W.size))
    return var, mean, float(np.mean((W - W.mean()) ** 4) / (var**2 + 1e-300))


def _accept(target: Callable[[Case], float], normal: bool) -> Callable[[Any, Case, Values], str]:
    """Accept weights of the right shape, mean, variance and distribution."""

    def accept(W: Any, case: Case, values: Values) -> str:
        shape = (case["n_in"], case["n_out"])
        if np.shape(W) != shape:
            return f"`W` has shape {np.shape(W)}, expected (n_in, n_out) = {shape}."
        var, mean, fourth = _moments(W)
        if abs(mean) > 5:
            return f"The mean of `W` is {np.mean(W):.3g}; initial weights are centred on 0."
        ratio = var / target(case)
        if not 0.95 < ratio < 1.05:
            return f"The variance of `W` is {ratio:.3g} times the right one ({var:.3g} for {target(case):.3g})."
        if normal and abs(fourth - 3) > 0.4:
            return "The variance of `W` is right, but the distribution is not normal."
        if not normal and np.abs(W).max() > np.sqrt(3 * target(case)) * (1 + 1e-9):
            return "The variance of `W` is right, but the distribution is not uniform."
        return ""

    return accept


def _var_is(target: Callable[[Case], float], normal: bool | None = None) -> When:
    """Recognize centred weights of a given variance, and of a given distribution if asked."""

    def when(values: Values, case: Case) -> bool:
        W = values.get("W")
        if not isinstance(W, np.ndarray) or W.shape != (case["n_in"], case["n_out"]):
            return False
        var, mean, fourth = _moments(W)
        if abs(mean) > 5 or not 0.95 < var / target(case) < 1.05:
            return False
        return normal is None or normal == (abs(fourth - 3) < 0.4)

    return when


def _one_sided(values: Values, case: Case) -> bool:
    W = values.get("W")
    return isinstance(W, np.ndarray) and W.size > 9 and bool(np.all(W >= 0))


def _turned(values: Values, case: Case) -> bool:
    W: Any = values.get("W")
    return np.shape(W) == (case["n_out"], case["n_in"])


def _global(values: Values, case: Case) -> bool:
    return float(values.get("again", 0)) > 0


SIDED = "Your weights are all positive: `rng.random` draws from 0 to 1, use a distribution centred on 0."
TURNED = (
    "Your `W` has shape `(n_out, n_in)`; rows are samples here, `x @ W`, so it is `(n_in, n_out)`."
)
GLOBAL = (
    "Your weights do not come from `rng`: the same seed gives other weights each time; draw from the "
    "generator that is passed in."
)

HE = Exercise(
    name="gradient_flow-he",
    title="He initialization, normal",
    kind="property",
    difficulty=1,
    minutes=6,
    points=2,
    cases=_draw_cases,
    probe=drawn,
    options={"name": "he_normal"},
    accept={"W": _accept(_he, normal=True)},
    reference='''
def he_normal(rng, n_in, n_out):
    """Return normal weights of shape (n_in, n_out), mean 0 and variance 2 / n_in."""
    return rng.normal(0, np.sqrt(2 / n_in), size=(n_in, n_out))
''',
    wrong=(
        Wrong("global-generator", GLOBAL, swap={"rng.normal": "np.random.normal"}, when=_global),
        Wrong("shape-reversed", TURNED, swap={"(n_in, n_out))": "(n_out, n_in))"}, when=_turned),
        Wrong(
            "all-positive",
            SIDED,
            code="def he_normal(rng, n_in, n_out):\n    return rng.random((n_in, n_out)) * np.sqrt(2 / n_in)\n",
            when=_one_sided,
        ),
        Wrong(
            "variance-for-std",
            "Your standard deviation is `2 / n_in`; that is the variance, so take its square root.",
            swap={"np.sqrt(2 / n_in)": "2 / n_in"},
            when=_var_is(lambda c: (2 / c["n_in"]) ** 2, normal=True),
        ),
        Wrong(
            "fan-out",
            "Your variance divides by `n_out`; a sum in the forward pass has `n_in` terms.",
            swap={"2 / n_in": "2 / n_out"},
            when=_var_is(lambda c: 2 / c["n_out"]),
        ),
        Wrong(
            "no-two",
            "Your variance is `1 / n_in`, right for a linear layer; ReLU drops half of the mean square, and the 2 "
            "restores it.",
            swap={"2 / n_in": "1 / n_in"},
            when=_var_is(lambda c: 1 / c["n_in"]),
        ),
        Wrong(
            "glorot",
            "Your variance is Glorot's `2 / (n_in + n_out)`; He's for ReLU is `2 / n_in`.",
            swap={"2 / n_in": "2 / (n_in + n_out)"},
            when=_var_is(_glorot),
        ),
        Wrong(
            "uniform-with-std-bound",
            "Your weights are uniform within `sqrt(2 / n_in)`: their variance is a third of the bound squared, and a "
            "normal distribution was asked for.",
            code="def he_normal(rng, n_in, n_out):\n    a = np.sqrt(2 / n_in)\n    return rng.uniform(-a, a, (n_in, n_out))\n",
            when=_var_is(lambda c: 2 / (3 * c["n_in"]), normal=False),
        ),
        Wrong(
            "uniform",
            "Your weights have the right variance, but they are uniform; draw them from a normal distribution.",
            code="def he_normal(rng, n_in, n_out):\n    a = np.sqrt(6 / n_in)\n    return rng.uniform(-a, a, (n_in, n_out))\n",
            when=_var_is(_he, normal=False),
        ),
    ),
    right=(
        Right(
            "scaled standard normal",
            code="def he_normal(rng, n_in, n_out):\n    return rng.standard_normal((n_in, n_out)) * (2 / n_in) ** 0.5\n",
        ),
        Right(
            "column by column",
            code="def he_normal(rng, n_in, n_out):\n    W = np.empty((n_in, n_out))\n    for j in range(n_out):\n        W[:, j] = rng.normal(scale=np.sqrt(2.0 / n_in), size=n_in)\n    return W\n",
        ),
    ),
    hints=(
        "`rng.normal(mean, std, size=...)` wants a standard deviation, not a variance.",
        "The variance is 2 / n_in, so the standard deviation is its square root.",
        "Return `rng.normal(0, np.sqrt(2 / n_in), size=(n_in, n_out))`.",
    ),
)

GLOROT = Exercise(
    name="gradient_flow-glorot",
    title="Glorot (Xavier) initialization, uniform",
    kind="property",
    difficulty=2,
    minutes=8,
    points=2,
    cases=_draw_cases,
    probe=drawn,
    options={"name": "glorot_uniform"},
    accept={"W": _accept(_glorot, normal=False)},
    reference='''
def glorot_uniform(rng, n_in, n_out):
    """Return uniform weights of shape (n_in, n_out), mean 0 and variance 2 / (n_in + n_out)."""
    bound = np.sqrt(6 / (n_in + n_out))
    return rng.uniform(-bound, bound, size=(n_in, n_out))
''',
    wrong=(
        Wrong("global-generator", GLOBAL, swap={"rng.uniform": "np.random.uniform"}, when=_global),
        Wrong("shape-reversed", TURNED, swap={"(n_in, n_out))": "(n_out, n_in))"}, when=_turned),
        Wrong("all-positive", SIDED, swap={"-bound, bound": "0, bound"}, when=_one_sided),
        Wrong(
            "std-as-bound",
            "Your bound is the standard deviation: a uniform distribution on (-a, a) has variance a**2 / 3, so the "
            "bound is larger by the root of 3.",
            swap={"6 / (n_in + n_out)": "2 / (n_in + n_out)"},
            when=_var_is(lambda c: _glorot(c) / 3),
        ),
        Wrong(
            "bound-as-std",
            "Your standard deviation is the uniform bound, so the variance is three times too large, and a uniform "
            "distribution was asked for.",
            swap={"rng.uniform(-bound, bound, size": "rng.normal(0, bound, size"},
            when=_var_is(lambda c: 3 * _glorot(c), normal=True),
        ),
        Wrong(
            "he-bound",
            "Your bound is He's for ReLU, with `n_in` alone; Glorot's compromise has `n_in + n_out`.",
            swap={"6 / (n_in + n_out)": "6 / n_in"},
            when=_var_is(_he),
        ),
        Wrong(
            "product",
            "Your bound divides by the number of weights; divide by the sum `n_in + n_out`.",
            swap={"6 / (n_in + n_out)": "6 / (n_in * n_out)"},
            when=_var_is(lambda c: 2 / (c["n_in"] * c["n_out"])),
        ),
        Wrong(
            "normal",
            "Your weights have the right variance, but they are normal; draw them uniformly from an interval.",
            swap={"rng.uniform(-bound, bound, size": "rng.normal(0, bound / np.sqrt(3), size"},
            when=_var_is(_glorot, normal=True),
        ),
    ),
    right=(
        Right(
            "stretched unit interval",
            swap={
                "rng.uniform(-bound, bound, size=(n_in, n_out))": "bound * (2 * rng.random((n_in, n_out)) - 1)"
            },
        ),
        Right(
            "from the variance",
            swap={"np.sqrt(6 / (n_in + n_out))": "(3 * 2 / (n_in + n_out)) ** 0.5"},
        ),
    ),
    hints=(
        "Which bound a gives a uniform distribution on (-a, a) the variance you want?",
        "Its variance is a**2 / 3, so a is the root of three times 2 / (n_in + n_out).",
        "`bound = np.sqrt(6 / (n_in + n_out))`, then `rng.uniform(-bound, bound, size=(n_in, n_out))`.",
    ),
)

# --- orthogonal ---------------------------------------------------------------------------------


def orthogonal_draws(code: Mapping[str, Any], case: Case, *, name: str) -> Values:
    """Draw one matrix, and the corner entries of 24 more."""
    args = case["n_in"], case["n_out"], case["gain"]
    W = code[name](np.random.default_rng(case["seed"]), *args)
    if W is None or np.ndim(W) != 2:
        return {"W": W}
    corners = [
        np.asarray(code[name](np.random.default_rng(case["seed"] + k), *args))[0, 0]
        for k in range(24)
    ]
    return {"W": W, "corners": np.array(corners, dtype=float)}


def _gram(W: Any, case: Case) -> Any:
    W = np.asarray(W, float)
    small = W.T @ W if case["n_in"] >= case["n_out"] else W @ W.T
    return small


def _is_gram(scale: Callable[[float], float]) -> When:
    def when(values: Values, case: Case) -> bool:
        W = values.get("W")
        if not isinstance(W, np.ndarray) or W.shape != (case["n_in"], case["n_out"]):
            return False
        gram = _gram(W, case)
        return bool(np.allclose(gram, scale(case["gain"]) * np.eye(len(gram)), atol=1e-6))

    return when


def _accept_orthogonal(W: Any, case: Case, values: Values) -> str:
    shape = (case["n_in"], case["n_out"])
    if np.shape(W) != shape:
        return f"`W` has shape {np.shape(W)}, expected (n_in, n_out) = {shape}."
    gram, gain = _gram(W, case), case["gain"]
    if not np.allclose(gram, gain**2 * np.eye(len(gram)), atol=1e-5):
        which = "W.T @ W" if case["n_in"] >= case["n_out"] else "W @ W.T"
        return f"`{which}` should be gain**2 = {gain**2:.3g} times the identity; its first row begins {gram[0, :2].round(3)}."
    return ""


def _both_signs(corners: Any, case: Case, values: Values) -> str:
    signs = np.sign(np.asarray(corners, float))
    if np.all(signs == signs[0]):
        return (
            "`W[0, 0]` has the same sign in 24 of 24 draws: not all rotations are equally likely."
        )
    return ""


def _biased(values: Values, case: Case) -> bool:
    corners = values.get("corners")
    return isinstance(corners, np.ndarray) and bool(np.all(corners < 0) or np.all(corners > 0))


def _raw(values: Values, case: Case) -> bool:
    """Recognize independent normal entries: off-diagonal products far from 0."""
    W = values.get("W")
    if not isinstance(W, np.ndarray) or W.shape != (case["n_in"], case["n_out"]):
        return False
    gram = _gram(W, case)
    off = gram[~np.eye(len(gram), dtype=bool)]
    unit = np.allclose(np.diag(gram), np.diag(gram)[0])
    return bool(np.abs(off).max() > 1e-3) and not unit


def _unit_columns(values: Values, case: Case) -> bool:
    W = values.get("W")
    if not isinstance(W, np.ndarray) or W.shape != (case["n_in"], case["n_out"]):
        return False
    lengths = np.linalg.norm(W, axis=0)
    return bool(np.allclose(lengths, case["gain"])) and _accept_orthogonal(W, case, values) != ""


def _square(values: Values, case: Case) -> bool:
    """Recognize a QR of the wide matrix, which gives a square Q, in the cases where it shows."""
    W: Any = values.get("W")
    shape = np.shape(W)
    if case["n_in"] < case["n_out"]:
        return shape == (case["n_in"], case["n_in"])
    return shape == (case["n_in"], case["n_out"])


ORTHOGONAL = Exercise(
    name="gradient_flow-orthogonal",
    title="Orthogonal initialization",
    kind="property",
    difficulty=3,
    minutes=15,
    points=3,
    cases=lambda rng: [
        {"seed": int(rng.integers(1, 2**31)), "n_in": n_in, "n_out": n_out, "gain": g}
        for n_in, n_out, g in ((7, 4, 1.4), (3, 6, 0.7), (5, 5, 1.7))
    ],
    probe=orthogonal_draws,
    options={"name": "orthogonal"},
    accept={"W": _accept_orthogonal, "corners": _both_signs},
    reference='''
def orthogonal(rng, n_in, n_out, gain):
    """Return gain times a random matrix with orthonormal columns (or rows, if there are fewer)."""
    tall = rng.normal(size=(max(n_in, n_out), min(n_in, n_out)))
    q, r = np.linalg.qr(tall)
    q = q * np.sign(np.diag(r))
    return gain * (q if n_in >= n_out else q.T)
''',
    wrong=(
        Wrong(
            "square",
            "Your `W` is square where `n_in < n_out`: the QR decomposition of a wide matrix has a square `q`; "
            "decompose the tall one and transpose.",
            code="""
def orthogonal(rng, n_in, n_out, gain):
    q, r = np.linalg.qr(rng.normal(size=(n_in, n_out)))
    return gain * q * np.sign(np.diag(r))
""",
            when=_square,
        ),
        Wrong(
            "gain-forgotten",
            "Your matrix is orthonormal, but `gain` is missing: multiply by it.",
            swap={"gain * (q": "(q"},
            when=_is_gram(lambda g: 1.0),
        ),
        Wrong(
            "gain-rooted",
            "Your matrix is scaled by the root of `gain`; lengths are to grow by `gain` itself.",
            swap={"gain * (q": "np.sqrt(gain) * (q"},
            when=_is_gram(lambda g: g),
        ),
        Wrong(
            "gain-squared",
            "Your matrix is scaled by `gain**2`; lengths are to grow by `gain` itself.",
            swap={"gain * (q": "gain**2 * (q"},
            when=_is_gram(lambda g: g**4),
        ),
        Wrong(
            "unit-columns",
            "Your columns have the right length, but they are not at right angles: dividing by their norms is only half "
            "of it, use the QR decomposition.",
            code="""
def orthogonal(rng, n_in, n_out, gain):
    W = rng.normal(size=(n_in, n_out))
    return gain * W / np.linalg.norm(W, axis=0)
""",
            when=_unit_columns,
        ),
        Wrong(
            "not-orthogonalized",
            "Your columns are random and only nearly at right angles; take the `q` of a QR decomposition.",
            swap={
                "gain * (q if n_in >= n_out else q.T)": "gain * rng.normal(size=(n_in, n_out)) / np.sqrt(n_in)"
            },
            when=_raw,
        ),
        Wrong(
            "signs",
            "Your matrix is orthogonal, but the QR routine's own choice of signs makes some rotations likelier than "
            "others; multiply the columns of `q` by the signs of the diagonal of `r`.",
            swap={"q = q * np.sign(np.diag(r))": "pass"},
            when=_biased,
        ),
    ),
    right=(
        Right(
            "singular vectors",
            code="""
def orthogonal(rng, n_in, n_out, gain):
    u, _, vt = np.linalg.svd(rng.normal(size=(n_in, n_out)), full_matrices=False)
    return gain * (u @ vt)
""",
        ),
        Right(
            "Gram-Schmidt",
            code="""
def orthogonal(rng, n_in, n_out, gain):
    wide = n_out > n_in
    a = rng.normal(size=(n_out, n_in) if wide else (n_in, n_out))
    for j in range(a.shape[1]):
        for k in range(j):
            a[:, j] -= (a[:, k] @ a[:, j]) * a[:, k]
        a[:, j] /= np.sqrt(a[:, j] @ a[:, j])
    return gain * (a.T if wide else a)
""",
        ),
    ),
    hints=(
        "`np.linalg.qr(A)` gives `q` with orthonormal columns, for a matrix with at least as many rows as columns.",
        "Draw a tall normal matrix, decompose it, and transpose `q` at the end if `n_in < n_out`.",
        "`q, r = np.linalg.qr(tall)`; `q = q * np.sign(np.diag(r))`; return `gain * q` or `gain * q.T`.",
    ),
)

EXERCISES = [GAIN, HE, GLOROT, ORTHOGONAL]
