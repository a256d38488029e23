"""Chapter 4, losses: regression, likelihoods, and the cross-entropies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.bank._losses_bugs import BUGS
from autograder.bank._losses_more import MORE, QUIZZES
from autograder.bank._losses_scores import SCORES
from autograder.bank._numeric import grad
from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.probe import Problem, ProblemError, call

SIZES = ((5, 3), (1, 4), (4, 1), (6, 2))  # all different, a batch of one, a single column


def _pairs(rng: np.random.Generator) -> list[Case]:
    return [{"scores": rng.normal(size=s), "target": rng.normal(size=s)} for s in SIZES]


def _truth(value: Callable[[Any, Case], Any]) -> Callable[[Case], Values]:
    """Return the truth of a loss: its value and the central differences of that value."""

    def truth(case: Case) -> Values:
        return {
            "value": np.asarray(value(case["scores"].astype(float), case)),
            "dscores": grad(lambda s: value(s, case), case["scores"]),
        }

    return truth


# --- mean squared error -------------------------------------------------------------------------


def _mse_cases(rng: np.random.Generator) -> list[Case]:
    cases = _pairs(rng)
    for (
        case
    ) in cases:  # a target that broadcasts in silence: (n,) against (n, 1), (k,) against (n, k)
        n, k = case["scores"].shape
        case["other"] = rng.normal(size=n if k == 1 else k)
    return cases


def guarded(code: Any, case: Case, *, name: str) -> Values:
    """Call the loss, then call it again with a target that would broadcast."""
    result = code[name](case["scores"], case["target"])
    if not isinstance(result, tuple) or len(result) != 2:
        got = f"{len(result)} values" if isinstance(result, tuple) else type(result).__name__
        raise ProblemError(Problem("count", name, f"2 values (value, dscores), got {got}"))
    try:
        code[name](case["scores"], case["other"])
        refuses = 0.0
    except (ValueError, AssertionError):
        refuses = 1.0
    return {"value": result[0], "dscores": result[1], "refuses": np.array(refuses)}


MSE = Exercise(
    name="losses-mse",
    title="Mean squared error, value and gradient",
    kind="loss",
    difficulty=1,
    minutes=8,
    points=3,
    cases=_mse_cases,
    probe=guarded,
    options={"name": "mse"},
    truth=_truth(lambda s, c: np.mean((s - c["target"]) ** 2)),
    reference='''
def mse(scores, target):
    """Return the mean squared error and its gradient with respect to the scores."""
    if scores.shape != target.shape:
        raise ValueError(f"mse expects target of shape {scores.shape}, got {target.shape}")
    d = scores - target
    return np.mean(d**2), 2 * d / d.size
''',
    wrong=(
        Wrong(
            "no-guard",
            "A target of another shape is broadcast in silence: compare `scores.shape` with "
            "`target.shape` first, and raise a `ValueError` when they differ.",
            swap={"if scores.shape != target.shape:": "if False:"},
            hint="Both numbers are right already; only the check of the shapes is missing.",
        ),
        Wrong(
            "sum",
            "Your `value` is the sum of the squares, not their mean: divide by the number of "
            "entries.",
            swap={"np.mean(d**2), 2 * d / d.size": "np.sum(d**2), 2 * d"},
        ),
        Wrong(
            "mean-over-rows-only",
            "Your loss divides by the number of rows alone; this mean runs over all "
            "`batch * n_out` entries.",
            swap={"np.mean(d**2), 2 * d / d.size": "np.sum(d**2) / len(d), 2 * d / len(d)"},
        ),
        Wrong(
            "gradient-divided-by-rows",
            "Your `value` is a mean over all entries, but your `dscores` divides by the number of "
            "rows alone: value and gradient must use the same divisor.",
            swap={"2 * d / d.size": "2 * d / len(d)"},
        ),
        Wrong(
            "gradient-not-divided",
            "Your `dscores` belongs to a sum: the `value` is a mean, so divide the gradient by the "
            "number of entries as well.",
            swap={"2 * d / d.size": "2 * d"},
        ),
        Wrong(
            "sign",
            "Your `dscores` points the wrong way: the derivative of `(scores - target)**2` is "
            "`2 * (scores - target)`, and with the opposite sign the loss climbs.",
            swap={"2 * d / d.size": "-2 * d / d.size"},
        ),
        Wrong(
            "sign-not-divided",
            "Your `dscores` is `2 * (target - scores)`: it has the wrong sign, and the division by "
            "the number of entries is missing.",
            swap={"2 * d / d.size": "-2 * d"},
        ),
        Wrong(
            "no-two",
            "Your `dscores` lacks the 2 that the square brings down.",
            swap={"2 * d / d.size": "d / d.size"},
        ),
        Wrong(
            "half-value",
            "Your `value` carries a factor 1/2 that this definition does not have; without it "
            "value and gradient fit together.",
            swap={"np.mean(d**2), 2 * d": "0.5 * np.mean(d**2), 2 * d"},
        ),
        Wrong(
            "root",
            "Your `value` is the root of the mean square; the exercise asks for the mean square "
            "itself.",
            swap={"np.mean(d**2), 2": "np.sqrt(np.mean(d**2)), 2"},
        ),
    ),
    right=(
        Right("vdot", swap={"np.mean(d**2)": "float(np.vdot(d, d)) / d.size"}),
        Right(
            "assert",
            code="""
def mse(scores, target):
    assert scores.shape == target.shape
    return np.square(target - scores).mean(), -2 * (target - scores) / np.prod(scores.shape)
""",
        ),
        Right(
            "loop",
            code="""
def mse(scores, target):
    if scores.shape != target.shape:
        raise ValueError("shapes differ")
    total, dscores = 0.0, np.zeros(scores.shape)
    for i in range(scores.shape[0]):
        for j in range(scores.shape[1]):
            total += (scores[i, j] - target[i, j]) ** 2
            dscores[i, j] = 2 * (scores[i, j] - target[i, j]) / scores.size
    return total / scores.size, dscores
""",
        ),
    ),
    hints=(
        "Name the difference `d = scores - target` once; both results are short formulas of it.",
        "The mean over all entries divides by `d.size`, and so does its gradient.",
        "After the shape check, return `np.mean(d**2)` and `2 * d / d.size`.",
    ),
)

# --- mean absolute error ------------------------------------------------------------------------


def _mae_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for size in SIZES:
        target = rng.normal(size=size)
        gap = rng.choice([-1.0, 1.0], size=size) * rng.uniform(0.05, 2.0, size=size)
        gap.flat[-1] = 0.0  # one exact hit, where the subgradient asked for is 0
        cases.append({"scores": target + gap, "target": target})
    return cases


MAE = Exercise(
    name="losses-mae",
    title="Mean absolute error and its subgradient",
    kind="loss",
    difficulty=1,
    minutes=6,
    points=2,
    cases=_mae_cases,
    probe=call,
    options={"name": "mae", "args": ("scores", "target"), "returns": ("value", "dscores")},
    truth=_truth(lambda s, c: np.mean(np.abs(s - c["target"]))),
    reference='''
def mae(scores, target):
    """Return the mean absolute error and its subgradient (0 where a score hits its target)."""
    d = scores - target
    return np.mean(np.abs(d)), np.sign(d) / d.size
''',
    wrong=(
        Wrong(
            "gradient-not-divided",
            "Your `dscores` is plus or minus 1: the mean divides by the number of entries, and its "
            "gradient does too.",
            swap={"np.sign(d) / d.size": "np.sign(d)"},
        ),
        Wrong(
            "gradient-divided-by-rows",
            "Your `dscores` divides by the number of rows alone, while your `value` is a mean over "
            "all entries.",
            swap={"np.sign(d) / d.size": "np.sign(d) / len(d)"},
        ),
        Wrong(
            "sign",
            "Your `dscores` has the wrong sign: a score above its target must have a positive "
            "slope.",
            swap={"np.sign(d) / d.size": "-np.sign(d) / d.size"},
        ),
        Wrong(
            "one-at-zero",
            "Your `dscores` is not 0 where the score equals its target: `d > 0` alone sends the "
            "hits to one side, and `np.sign` gives them 0.",
            swap={"np.sign(d) / d.size": "np.where(d > 0, 1, -1) / d.size"},
        ),
        Wrong(
            "plus-at-zero",
            "Your `dscores` is positive where the score equals its target; the exercise asks for 0 "
            "there, which `np.sign` gives.",
            swap={"np.sign(d) / d.size": "np.where(d >= 0, 1, -1) / d.size"},
        ),
        Wrong(
            "divided-by-zero",
            "Your `dscores` is NaN where a score hits its target: `d / abs(d)` divides 0 by 0 "
            "there.",
            swap={"np.sign(d) / d.size": "d / np.abs(d) / d.size"},
        ),
        Wrong(
            "no-absolute-value",
            "Your `value` averages the signed differences, so errors above and below cancel: take "
            "`np.abs` before the mean.",
            swap={"np.mean(np.abs(d))": "np.mean(d)"},
        ),
        Wrong(
            "absolute-outside",
            "Your `value` takes the absolute value after the mean, when the errors have already "
            "cancelled; take it entry by entry, inside.",
            swap={"np.mean(np.abs(d))": "np.abs(np.mean(d))"},
        ),
        Wrong(
            "squared-gradient",
            "Your `dscores` is proportional to the error, as for a square; the slope of an absolute "
            "value has the same size everywhere.",
            swap={"np.sign(d) / d.size": "2 * d / d.size"},
        ),
    ),
    right=(
        Right(
            "where",
            swap={
                "np.sign(d) / d.size": "(np.where(d > 0, 1.0, 0.0) - np.where(d < 0, 1.0, 0.0)) / d.size"
            },
        ),
        Right("comparisons", swap={"np.sign(d) / d.size": "((d > 0) * 1.0 - (d < 0)) / d.size"}),
        Right(
            "loop",
            code="""
def mae(scores, target):
    total, dscores = 0.0, np.zeros(scores.shape)
    for index in np.ndindex(scores.shape):
        d = scores[index] - target[index]
        total += abs(d)
        dscores[index] = (1 if d > 0 else -1 if d < 0 else 0) / scores.size
    return total / scores.size, dscores
""",
        ),
    ),
    hints=(
        "The slope of |d| does not depend on the size of d: it is +1 on one side and -1 on the other.",
        "`np.sign` gives -1, 0 or +1, entry by entry; the mean brings in a divisor.",
        "Return `np.mean(np.abs(d))` and `np.sign(d) / d.size` with `d = scores - target`.",
    ),
)

# --- Huber --------------------------------------------------------------------------------------


def _huber_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for size, delta in zip(SIZES, (0.7, 1.6, 0.3, 0.7), strict=True):
        target = rng.normal(size=size)
        inside = rng.uniform(0.1, 0.9, size=size) * delta
        beyond = rng.uniform(1.2, 4.0, size=size) * delta
        far = np.arange(np.prod(size)).reshape(size) % 2 == 0  # both pieces in every case
        gap = np.where(far, beyond, inside) * rng.choice([-1.0, 1.0], size=size)
        gap.flat[0] = -abs(gap.flat[0])  # a large negative error
        cases.append({"scores": target + gap, "target": target, "delta": delta})
    return cases


def _huber(scores: Any, case: Case) -> Any:
    a, delta = np.abs(scores - case["target"]), case["delta"]
    return np.mean(np.where(a <= delta, 0.5 * a**2, delta * a - 0.5 * delta**2))


HUBER = Exercise(
    name="losses-huber",
    title="Huber loss",
    kind="loss",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_huber_cases,
    probe=call,
    options={
        "name": "huber",
        "args": ("scores", "target", "delta"),
        "returns": ("value", "dscores"),
    },
    truth=_truth(_huber),
    reference='''
def huber(scores, target, delta):
    """Return the mean Huber loss and its gradient with respect to the scores."""
    d = scores - target
    a = np.abs(d)
    value = np.mean(np.where(a <= delta, 0.5 * d**2, delta * a - 0.5 * delta**2))
    return value, np.clip(d, -delta, delta) / d.size
''',
    wrong=(
        Wrong(
            "no-delta-in-linear-part",
            "Your linear part is `a - 0.5 * delta**2`: its slope must be `delta`, or the two pieces "
            "do not meet; with `delta = 1` you would not see it.",
            swap={"delta * a - 0.5 * delta**2": "a - 0.5 * delta**2"},
        ),
        Wrong(
            "unit-delta",
            "Your linear part is `a - 0.5`, which is right for `delta = 1` only: it is "
            "`delta * a - 0.5 * delta**2`.",
            swap={"delta * a - 0.5 * delta**2": "a - 0.5"},
        ),
        Wrong(
            "gradient-without-delta",
            "Your `dscores` is the sign of the error in the linear part; there the slope has the "
            "size `delta`.",
            swap={"np.clip(d, -delta, delta)": "np.where(a <= delta, d, np.sign(d))"},
        ),
        Wrong(
            "no-absolute-value",
            "You compare the signed error with `delta`, so large negative errors count as small: "
            "compare its absolute value.",
            swap={"np.where(a <= delta": "np.where(d <= delta"},
        ),
        Wrong(
            "gradient-no-absolute-value",
            "Your `dscores` clips only from above; large negative errors must be held at `-delta` "
            "as well.",
            swap={"np.clip(d, -delta, delta)": "np.minimum(d, delta)"},
        ),
        Wrong(
            "sides-exchanged",
            "Your two pieces are exchanged: the square belongs to small errors, the line to large "
            "ones.",
            swap={"a <= delta": "a > delta"},
        ),
        Wrong(
            "jump",
            "Your linear part lacks `- 0.5 * delta**2`, so the loss jumps where the pieces should "
            "meet.",
            swap={"delta * a - 0.5 * delta**2": "delta * a"},
        ),
        Wrong(
            "no-half",
            "Your quadratic part lacks the factor 1/2; with it the slopes of the two pieces agree "
            "at `delta`.",
            swap={"0.5 * d**2": "d**2"},
        ),
        Wrong(
            "gradient-not-divided",
            "Your `dscores` belongs to a sum: the `value` is a mean, so divide by the number of "
            "entries.",
            swap={"delta) / d.size": "delta)"},
        ),
        Wrong(
            "gradient-zero-outside",
            "Your `dscores` is 0 beyond `delta`: a large error still pulls, with the constant slope "
            "`delta`.",
            swap={"np.clip(d, -delta, delta)": "np.where(a <= delta, d, 0.0)"},
        ),
        Wrong(
            "sign",
            "Your `dscores` has the wrong sign: with `d = scores - target` the slope is positive "
            "where `d` is.",
            swap={"np.clip(d, -delta, delta)": "-np.clip(d, -delta, delta)"},
        ),
    ),
    right=(
        Right(
            "clipped part",
            swap={
                "np.where(a <= delta, 0.5 * d**2, delta * a - 0.5 * delta**2)": "0.5 * np.minimum(a, delta) ** 2 + delta * np.maximum(a - delta, 0)"
            },
        ),
        Right(
            "where",
            swap={"np.clip(d, -delta, delta)": "np.where(a <= delta, d, delta * np.sign(d))"},
        ),
        Right(
            "mask",
            code="""
def huber(scores, target, delta):
    d = scores - target
    small = np.abs(d) < delta
    losses, dscores = delta * (np.abs(d) - delta / 2), delta * np.sign(d)
    losses[small] = d[small] ** 2 / 2
    dscores[small] = d[small]
    return losses.mean(), dscores / d.size
""",
        ),
    ),
    hints=(
        "Compute both pieces for all entries, and let `np.where` choose by the absolute error.",
        "The gradient is the error itself while it is small, and stops growing at `delta`: that is "
        "a clip.",
        "The gradient is `np.clip(d, -delta, delta) / d.size`; the value is the mean of "
        "`np.where(a <= delta, 0.5 * d**2, delta * a - 0.5 * delta**2)`.",
    ),
)

# --- Gaussian likelihood with its own variance --------------------------------------------------


def _nll_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "mean": rng.normal(size=s),
            "log_var": rng.normal(size=s),
            "target": rng.normal(size=s),
        }
        for s in SIZES
    ]


def _nll(mean: Any, log_var: Any, target: Any) -> Any:
    std = np.sqrt(np.exp(log_var))
    density = np.exp(-(((target - mean) / std) ** 2) / 2) / (std * np.sqrt(2 * np.pi))
    return np.mean(-np.log(density))


def _nll_truth(case: Case) -> Values:
    m, v, t = case["mean"], case["log_var"], case["target"]
    return {
        "value": np.asarray(_nll(m, v, t)),
        "dmean": grad(lambda x: _nll(x, v, t), m),
        "dlog_var": grad(lambda x: _nll(m, x, t), v),
    }


GAUSSIAN = Exercise(
    name="losses-gaussian-nll",
    title="The likelihood behind the square",
    kind="loss",
    difficulty=3,
    minutes=15,
    points=4,
    cases=_nll_cases,
    probe=call,
    options={
        "name": "gaussian_nll",
        "args": ("mean", "log_var", "target"),
        "returns": ("value", "dmean", "dlog_var"),
    },
    truth=_nll_truth,
    reference='''
def gaussian_nll(mean, log_var, target):
    """Return the mean of -log N(target; mean, exp(log_var)) and its two gradients."""
    d = mean - target
    precision = np.exp(-log_var)
    value = np.mean(0.5 * (log_var + precision * d**2 + np.log(2 * np.pi)))
    dmean = precision * d / d.size
    dlog_var = 0.5 * (1 - precision * d**2) / d.size
    return value, dmean, dlog_var
''',
    wrong=(
        Wrong(
            "no-log-variance",
            "Your `value` lacks the term `log_var / 2`: without it the loss falls for ever as the "
            "variance grows.",
            swap={"(log_var + precision": "(precision"},
        ),
        Wrong(
            "no-constant",
            "Your `value` lacks the constant `log(2 * pi) / 2`; it moves no minimum, but without it "
            "the number is no negative log-likelihood.",
            swap={" + np.log(2 * np.pi)": ""},
        ),
        Wrong(
            "no-half",
            "Your `value` is twice too large: the exponent of the Gaussian has a 1/2, and the root "
            "of the variance gives the other.",
            swap={"np.mean(0.5 * (log_var": "np.mean(1.0 * (log_var"},
        ),
        Wrong(
            "log-std",
            "You read `log_var` as the log of the standard deviation: the variance is "
            "`exp(log_var)`, not its square.",
            swap={"np.exp(-log_var)": "np.exp(-2 * log_var)"},
        ),
        Wrong(
            "times-variance",
            "You multiply the squared error by the variance; it is divided by it, "
            "`np.exp(-log_var)`.",
            swap={"np.exp(-log_var)": "np.exp(log_var)"},
        ),
        Wrong(
            "no-one",
            "Your `dlog_var` lacks the 1 that comes from the term `log_var / 2`: nothing would stop "
            "the variance from growing.",
            swap={"0.5 * (1 - precision * d**2)": "-0.5 * precision * d**2"},
        ),
        Wrong(
            "with-respect-to-variance",
            "Your `dlog_var` is the slope with respect to the variance; with respect to its "
            "logarithm the chain rule multiplies by the variance.",
            swap={"0.5 * (1 - precision * d**2)": "0.5 * precision * (1 - precision * d**2)"},
        ),
        Wrong(
            "mean-unweighted",
            "Your `dmean` ignores the variance: a point that is known to be noisy pulls less, by "
            "the factor `exp(-log_var)`.",
            swap={"dmean = precision * d": "dmean = d"},
        ),
        Wrong(
            "mean-sign",
            "Your `dmean` has the wrong sign: it is `mean - target`, divided by the variance.",
            swap={"dmean = precision * d": "dmean = -precision * d"},
        ),
        Wrong(
            "mean-twice",
            "Your `dmean` is twice too large: the 2 of the square cancels the 1/2 of the Gaussian.",
            swap={"dmean = precision * d": "dmean = 2 * precision * d"},
        ),
        Wrong(
            "gradients-not-divided",
            "Your gradients belong to a sum: the `value` is a mean, so divide both by the number "
            "of entries.",
            swap={
                "dmean = precision * d / d.size": "dmean = precision * d",
                "(1 - precision * d**2) / d.size": "(1 - precision * d**2)",
            },
        ),
    ),
    right=(
        Right("variance", swap={"np.exp(-log_var)": "1 / np.exp(log_var)"}),
        Right(
            "standardized",
            code="""
def gaussian_nll(mean, log_var, target):
    std = np.exp(log_var / 2)
    z = (target - mean) / std
    value = (np.log(std) + z * z / 2 + 0.5 * np.log(2 * np.pi)).mean()
    return value, -z / std / z.size, (0.5 - 0.5 * z * z) / z.size
""",
        ),
    ),
    hints=(
        "Write the density of a Gaussian, take minus its logarithm, and simplify before you code.",
        "Per entry: half of `log_var + (target - mean)**2 / variance + log(2 pi)`; differentiate "
        "that by each argument.",
        "With `precision = np.exp(-log_var)`: `dmean = precision * d / d.size` and "
        "`dlog_var = 0.5 * (1 - precision * d**2) / d.size`.",
    ),
)

# --- binary cross-entropy from logits -----------------------------------------------------------


def _bce_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"scores": rng.normal(size=(5, 3)), "target": rng.integers(0, 2, (5, 3)).astype(float)},
        {"scores": 2 * rng.normal(size=(1, 4)), "target": rng.uniform(0, 1, (1, 4))},
        {
            "scores": np.array([[1000.0], [-1000.0], [37.0], [-37.0], [40.0], [-800.0], [0.5]]),
            "target": np.array([[0.0], [0.0], [0.0], [1.0], [1.0], [1.0], [1.0]]),
        },
        {
            "scores": np.array([[50.0, -17.5], [120.0, -0.3], [1.5, -90.0]], np.float32),
            "target": np.array([[0.0, 1.0], [1.0, 1.0], [0.0, 1.0]], np.float32),
        },
    ]


BCE = Exercise(
    name="losses-bce",
    title="Binary cross-entropy from logits",
    kind="loss",
    difficulty=2,
    minutes=15,
    points=4,
    quiet=True,
    cases=_bce_cases,
    probe=call,
    options={
        "name": "bce_with_logits",
        "args": ("scores", "target"),
        "returns": ("value", "dscores"),
    },
    truth=_truth(lambda s, c: np.mean(np.logaddexp(0, s) - c["target"].astype(float) * s)),
    reference='''
def bce_with_logits(scores, target):
    """Return the mean binary cross-entropy of sigmoid(scores), in nats, and its gradient."""
    e = np.exp(-np.abs(scores))
    value = np.mean(np.maximum(scores, 0) - target * scores + np.log1p(e))
    p = np.where(scores >= 0, 1, e) / (1 + e)
    return value, (p - target) / scores.size
''',
    wrong=(
        Wrong(
            "probabilities-first",
            "You compute the probability first and take its logarithm: for a confident score "
            "`1 - p` rounds to 0, and the loss becomes infinite or NaN. Work from the score itself.",
            code="""
def bce_with_logits(scores, target):
    p = 1 / (1 + np.exp(-scores))
    value = -np.mean(target * np.log(p) + (1 - target) * np.log(1 - p))
    return value, (p - target) / scores.size
""",
            hint="log(p) is -softplus(-s), and log(1 - p) is -softplus(s).",
        ),
        Wrong(
            "clipped",
            "You clip the probability: a very wrong score then costs 34.5 whatever it is, and in "
            "float32 `1 - 1e-15` is 1, so the logarithm still meets 0. Work from the score itself.",
            code="""
def bce_with_logits(scores, target):
    e = np.exp(-np.abs(scores))
    p = np.clip(np.where(scores >= 0, 1, e) / (1 + e), 1e-15, 1 - 1e-15)
    value = -np.mean(target * np.log(p) + (1 - target) * np.log(1 - p))
    return value, (p - target) / scores.size
""",
        ),
        Wrong(
            "softplus-overflows",
            "Your `log(1 + exp(s))` overflows for large scores: take the maximum of `s` and 0 out "
            "first, so that `exp` sees only negative numbers.",
            swap={
                "np.maximum(scores, 0) - target * scores + np.log1p(e)": "np.log(1 + np.exp(scores)) - target * scores"
            },
        ),
        Wrong(
            "positive-term-only",
            "Your `value` has only the term of the positive class: it is smallest for a model that "
            "always says 1. The term `(1 - t) * log(1 - p)` belongs to it.",
            swap={
                "np.maximum(scores, 0) - target * scores + np.log1p(e)": "target * (np.maximum(scores, 0) - scores + np.log1p(e))"
            },
        ),
        Wrong(
            "second-sign",
            "The two terms of your `value` have opposite signs: the minus in front belongs to both.",
            swap={
                "np.maximum(scores, 0) - target * scores + np.log1p(e)": "target * (np.maximum(scores, 0) - scores + np.log1p(e))"
                " - (1 - target) * (np.maximum(scores, 0) + np.log1p(e))"
            },
        ),
        Wrong(
            "sum",
            "Your `value` is a sum over the entries; divide it, and its gradient, by their number.",
            swap={"np.mean(": "np.sum(", "(p - target) / scores.size": "p - target"},
        ),
        Wrong(
            "gradient-not-divided",
            "Your `dscores` is `p - t`, the gradient of a sum: the `value` is a mean, so divide by "
            "the number of entries.",
            swap={"(p - target) / scores.size": "p - target"},
        ),
        Wrong(
            "gradient-divided-by-rows",
            "Your `dscores` divides by the number of rows alone, while your `value` is a mean over "
            "all entries.",
            swap={"/ scores.size": "/ len(scores)"},
        ),
        Wrong(
            "sigmoid-slope-twice",
            "Your `dscores` multiplies by `p * (1 - p)`: in `p - t` the slope of the sigmoid has "
            "already cancelled against the loss.",
            swap={"(p - target) / scores.size": "(p - target) * p * (1 - p) / scores.size"},
        ),
        Wrong(
            "sign",
            "Your `dscores` has the wrong sign: it is `p - t`, so that a step against it moves `p` "
            "towards `t`.",
            swap={"(p - target)": "(target - p)"},
        ),
        Wrong(
            "gradient-from-scores",
            "Your `dscores` subtracts the target from the score; it must be subtracted from the "
            "probability `sigmoid(score)`.",
            swap={"(p - target)": "(scores - target)"},
        ),
        Wrong(
            "log2",
            "Your `value` is in bits: it uses a logarithm to base 2, and the gradient `p - t` fits "
            "the natural one.",
            swap={
                "np.mean(np.maximum(scores, 0) - target * scores + np.log1p(e))": "np.mean(np.maximum(scores, 0) - target * scores + np.log1p(e)) / np.log(2)"
            },
        ),
    ),
    right=(
        Right(
            "logaddexp",
            swap={
                "np.maximum(scores, 0) - target * scores + np.log1p(e)": "np.logaddexp(0, scores) - target * scores"
            },
        ),
        Right(
            "two softplus",
            code="""
def bce_with_logits(scores, target):
    def softplus(s):
        return np.logaddexp(0, s)

    losses = target * softplus(-scores) + (1 - target) * softplus(scores)
    return losses.mean(), (np.exp(-softplus(-scores)) - target) / scores.size
""",
        ),
        Right(
            "tanh",
            swap={"np.where(scores >= 0, 1, e) / (1 + e)": "0.5 * (1 + np.tanh(0.5 * scores))"},
        ),
    ),
    hints=(
        "Do not go through the probability: put `log p = -softplus(-s)` and `log(1 - p) = "
        "-softplus(s)` into the formula.",
        "What remains is `softplus(s) - t * s`; `max(s, 0) + log1p(exp(-abs(s)))` is a softplus that "
        "never overflows, and so is `np.logaddexp(0, s)`.",
        "The value is `np.mean(np.logaddexp(0, s) - t * s)`; the gradient is `(sigmoid(s) - t) / "
        "s.size` with a sigmoid that sees only `exp(-abs(s))`.",
    ),
)

# --- log-softmax --------------------------------------------------------------------------------


def _rows(rng: np.random.Generator) -> list[Case]:
    spread = rng.normal(size=(4, 3)) + np.array([[900.0], [-900.0], [0.0], [40.0]])
    far = rng.normal(size=(3, 5))
    far[:, 1] -= 800.0  # a class whose probability rounds to 0
    return [
        {"scores": rng.normal(size=(5, 3))},
        {"scores": 3 * rng.normal(size=(1, 4))},
        {"scores": spread},
        {"scores": far},
        {"scores": (100 * rng.normal(size=(2, 6))).astype(np.float32)},
    ]


def _log_softmax_truth(case: Case) -> Values:
    s = case["scores"].astype(float)
    return {"log_p": s - np.logaddexp.reduce(s, axis=1)[:, None]}


LOG_SOFTMAX = Exercise(
    name="losses-log-softmax",
    title="Log-softmax that cannot overflow",
    difficulty=2,
    minutes=10,
    points=3,
    quiet=True,
    cases=_rows,
    probe=call,
    options={"name": "log_softmax", "args": ("scores",), "returns": ("log_p",)},
    truth=_log_softmax_truth,
    reference='''
def log_softmax(scores):
    """Return the logarithm of the softmax of every row, shape (batch, n_classes)."""
    z = scores - scores.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))
''',
    wrong=(
        Wrong(
            "no-shift",
            "Your `exp` overflows above about 709: subtract the row's maximum from the scores "
            "first; it cancels in the result.",
            swap={"scores - scores.max(axis=1, keepdims=True)": "scores"},
        ),
        Wrong(
            "global-maximum",
            "You subtract the maximum of the whole array: a row that lies far below it becomes all "
            "zeros after `exp`, and its logarithm -inf. Take each row's own maximum.",
            swap={"scores.max(axis=1, keepdims=True)": "scores.max()"},
        ),
        Wrong(
            "log-of-softmax",
            "You take the logarithm of a finished softmax: a probability that rounds to 0 gives "
            "-inf. Subtract the log of the sum instead of dividing by the sum.",
            swap={
                "z - np.log(np.exp(z).sum(axis=1, keepdims=True))": "np.log(np.exp(z) / np.exp(z).sum(axis=1, keepdims=True))"
            },
        ),
        Wrong(
            "epsilon",
            "You add a small number inside the logarithm: every unlikely class then ends at the "
            "same floor. Subtract the log of the sum, and no epsilon is needed.",
            swap={
                "z - np.log(np.exp(z).sum(axis=1, keepdims=True))": "np.log(np.exp(z) / np.exp(z).sum(axis=1, keepdims=True) + 1e-12)"
            },
        ),
        Wrong(
            "columns",
            "You normalize over the columns of the batch: samples are rows, and the classes lie "
            "along axis 1.",
            swap={"axis=1": "axis=0"},
        ),
        Wrong(
            "whole-array",
            "You sum over the whole array: every row is a distribution of its own, so sum over axis "
            "1 alone.",
            swap={"np.exp(z).sum(axis=1, keepdims=True)": "np.exp(z).sum()"},
        ),
        Wrong(
            "no-keepdims",
            "Your row maximum or row sum has shape (batch,), which does not line up with the rows: "
            "give it `keepdims=True`.",
            swap={"axis=1, keepdims=True": "axis=1"},
        ),
        Wrong(
            "shift-not-carried",
            "You shift the scores inside the `exp`, but subtract the log of the sum from the "
            "unshifted scores; use the shifted ones in both places.",
            swap={"return z - np.log": "return scores - np.log"},
        ),
        Wrong(
            "softmax",
            "You return the probabilities; the exercise asks for their logarithms.",
            swap={
                "return z - np.log(np.exp(z).sum(axis=1, keepdims=True))": "return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)"
            },
        ),
        Wrong(
            "no-sum-in-log",
            "You take the logarithm entry by entry before the sum: it is the logarithm of the sum "
            "of the exponentials.",
            swap={
                "np.log(np.exp(z).sum(axis=1, keepdims=True))": "np.log(np.exp(z)).sum(axis=1, keepdims=True)"
            },
        ),
    ),
    right=(
        Right(
            "logaddexp",
            swap={
                "z - np.log(np.exp(z).sum(axis=1, keepdims=True))": "z - np.logaddexp.reduce(z, axis=1)[:, None]"
            },
        ),
        Right(
            "loop",
            code="""
def log_softmax(scores):
    rows = []
    for row in scores:
        top = max(row)
        rows.append(row - top - np.log(sum(np.exp(v - top) for v in row)))
    return np.array(rows)
""",
        ),
        Right(
            "own copy",
            code="""
def log_softmax(scores):
    z = scores.astype(float)
    z -= np.max(z, axis=-1)[:, None]
    z -= np.log(np.sum(np.exp(z), axis=-1))[:, None]
    return z
""",
        ),
    ),
    hints=(
        "The logarithm of a quotient is a difference: score minus log of the sum of exponentials.",
        "Adding a constant to a row changes nothing in its softmax; which constant makes the "
        "largest exponent 0?",
        "With `z = scores - scores.max(axis=1, keepdims=True)`, return `z` minus the log of the row "
        "sums of `np.exp(z)`, kept as a column.",
    ),
)

EXERCISES = [MSE, MAE, HUBER, GAUSSIAN, BCE, LOG_SOFTMAX, *MORE, *SCORES, *QUIZZES, *BUGS]
