"""Chapter 3, find the bug: five pieces of code that somebody believed."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.bank._numeric import grad
from autograder.exercise import Case, Right, Wrong
from autograder.kinds import find_bug

# --- find the bug -------------------------------------------------------------------------------


def _curve(rng: np.random.Generator) -> list[Case]:
    return [{"x": rng.uniform(-3, 3, size=s)} for s in ((4, 3), (1, 5), (7,))]


def _gelu_tanh(x: Any) -> Any:
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


BUG_GELU = find_bug(
    "activations-bug-gelu",
    "Find the bug: the slope of GELU",
    function="gelu_slope",
    args=("x",),
    cases=_curve,
    truth=lambda case: {"repaired": grad(lambda x: np.sum(_gelu_tanh(x)), case["x"])},
    repaired='''
def gelu_slope(x):
    """Return the slope of 0.5 * x * (1 + tanh(c * (x + 0.044715 * x**3)))."""
    c = np.sqrt(2 / np.pi)
    t = np.tanh(c * (x + 0.044715 * x**3))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * c * (1 + 3 * 0.044715 * x**2)
''',
    buggy="""
def gelu_slope(x):
    c = np.sqrt(2 / np.pi)
    return 0.5 * (1 + np.tanh(c * (x + 0.044715 * x**3)))
""",
    witness="(np.array([1.0]),)",
    cause="b",
    causes={
        "a": "The constant `sqrt(2 / pi)` is the right one; look at what the product rule asks for.",
        "c": "The cubic term has its right coefficient; at `x = 1` the error is far larger than a coefficient could cause.",
        "d": "It is no matter of rounding: at `x = 1` the code gives 0.84 and the slope is 1.08.",
    },
    bug_says="Your slope still has one term only: GELU is a product with `x`, so add `x` times the slope of the other factor.",
    wrong=(
        Wrong(
            "inner-slope-missing",
            "Your second term lacks the chain rule's last factor, the slope `c * (1 + 3 * 0.044715 * x**2)` of what stands inside the tanh.",
            swap={" * c * (1 + 3 * 0.044715 * x**2)": ""},
        ),
        Wrong(
            "three-missing",
            "Your inner slope has `0.044715 * x**2`; the derivative of `x**3` brings a factor 3.",
            swap={"3 * 0.044715": "0.044715"},
        ),
        Wrong(
            "half-missing",
            "Your second term lacks its factor one half.",
            swap={"+ 0.5 * x": "+ x"},
        ),
    ),
    right=(
        Right("constant multiplied out", swap={"3 * 0.044715": "0.134145"}),
        Right(
            "complex step",
            code="""
def gelu_slope(x):
    z = x + 1e-30j
    return np.imag(0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))) / 1e-30
""",
        ),
    ),
    hints=(
        "Compare the code with a central difference at a few points, 1 and -1 among them.",
        "The function is a product of `0.5 * x` and `1 + tanh(...)`; the product rule gives two terms.",
        "Add `0.5 * x * (1 - t**2) * c * (1 + 3 * 0.044715 * x**2)`, where `t` is the tanh.",
    ),
)

BUG_MISH = find_bug(
    "activations-bug-mish",
    "Find the bug: the slope of Mish",
    function="mish_slope",
    args=("x",),
    cases=_curve,
    truth=lambda case: {
        "repaired": grad(lambda x: np.sum(x * np.tanh(np.logaddexp(0, x))), case["x"])
    },
    repaired='''
def mish_slope(x):
    """Return the slope of x * tanh(softplus(x))."""
    t = np.tanh(np.logaddexp(0, x))
    s = 0.5 * (1 + np.tanh(x / 2))
    return t + x * (1 - t**2) * s
''',
    buggy="""
def mish_slope(x):
    e = np.exp(x)
    omega = e**3 + 4 * e**2 + (6 + 4 * x) * e + 4 + 2 * x
    delta = 1 + e
    return e * omega / delta**2
""",
    witness="(np.array([0.0]),)",
    cause="a",
    causes={
        "b": "Nothing overflows at `x = 0`, and the code is wrong there already.",
        "c": "The sign is right: code and slope are both positive at `x = 0`, but 3.75 is not 0.6.",
        "d": "It is wrong for single numbers as well as for arrays.",
    },
    bug_says="Your slope is still the printed closed form; at `x = 0` it gives 3.75 instead of 0.6, so derive the slope again by product and chain rule.",
    wrong=(
        Wrong(
            "one-term",
            "Your slope has only the first term of the product rule; add `x` times the slope of `tanh(softplus(x))`.",
            swap={"t + x * (1 - t**2) * s": "t"},
        ),
        Wrong(
            "sigmoid-missing",
            "Your second term stops at the tanh; the softplus inside has the sigmoid for its slope.",
            swap={"(1 - t**2) * s": "(1 - t**2)"},
        ),
        Wrong(
            "denominator-only",
            "Your denominator is repaired, but `omega` still ends in `4 + 2 * x`; it should end in `4 + 4 * x`.",
            code="""
def mish_slope(x):
    e = np.exp(x)
    omega = e**3 + 4 * e**2 + (6 + 4 * x) * e + 4 + 2 * x
    return e * omega / (2 * e + e**2 + 2) ** 2
""",
        ),
    ),
    right=(
        Right(
            "closed form",
            code="""
def mish_slope(x):
    e = np.exp(x)
    omega = 4 * (x + 1) + 4 * e**2 + e**3 + e * (4 * x + 6)
    return e * omega / (2 * e + e**2 + 2) ** 2
""",
        ),
        Right("sigmoid written out", swap={"0.5 * (1 + np.tanh(x / 2))": "1 / (1 + np.exp(-x))"}),
    ),
    hints=(
        "Try the simplest point of all, `x = 0`, by hand: the slope is `tanh(log 2)`, which is 0.6.",
        "Forget the closed form: derive `x * tanh(softplus(x))` by the product rule, then the chain rule.",
        "The slope is `t + x * (1 - t**2) * s` with `t = tanh(softplus(x))` and `s = sigmoid(x)`.",
    ),
)


def _slopes(rng: np.random.Generator) -> list[Case]:
    x = rng.uniform(0.1, 2, size=(4, 3)) * rng.choice([-1.0, 1.0], size=(4, 3))
    x.flat[0], x.flat[1] = -1.5, 0.8
    return [{"x": x * k, "alpha": a} for k, a in ((1.0, 0.25), (0.7, 1.5), (1.3, -0.4))]


BUG_PRELU = find_bug(
    "activations-bug-prelu",
    "Find the bug: PReLU in one maximum",
    function="prelu",
    args=("x", "alpha"),
    cases=_slopes,
    repaired='''
def prelu(x, alpha):
    """Return x where x is positive, else alpha * x, for any alpha."""
    return np.maximum(x, 0) + alpha * np.minimum(x, 0)
''',
    buggy="""
def prelu(x, alpha):
    return np.maximum(alpha * x, x)
""",
    witness="(np.array([-2.0, 2.0]), 1.5)",
    cause="d",
    causes={
        "a": "At exactly `x = 0` both forms give 0.",
        "b": "`np.maximum` compares entry by entry, as it should; the two lines it compares are the trouble.",
        "c": "A negative `alpha` alone is handled well: the larger of the two lines is then the right one.",
    },
    bug_says="Your function still takes the larger of `x` and `alpha * x`, which picks the wrong line as soon as `alpha` is above 1.",
    wrong=(
        Wrong(
            "clipped-alpha",
            "Your function forbids slopes above 1 instead of computing them; a learned slope may go there.",
            swap={"alpha *": "min(alpha, 1.0) *"},
        ),
        Wrong(
            "minimum",
            "Your function takes the smaller line, which is wrong as soon as `alpha` is below 1.",
            code="def prelu(x, alpha):\n    return np.minimum(alpha * x, x)\n",
        ),
        Wrong(
            "absolute-alpha",
            "Your function drops the sign of `alpha`; a learned slope may be negative too.",
            swap={"alpha *": "abs(alpha) *"},
        ),
    ),
    right=(
        Right("where", code="def prelu(x, alpha):\n    return np.where(x > 0, x, alpha * x)\n"),
        Right(
            "slope by mask",
            code="def prelu(x, alpha):\n    return x * np.where(x > 0, 1.0, alpha)\n",
        ),
    ),
    hints=(
        "Nothing keeps a learned slope below 1.",
        "Try `alpha = 1.5` on one negative and one positive number, and do the same by hand.",
        "Decide by the sign of `x`, not by which line is higher: `np.maximum(x, 0) + alpha * np.minimum(x, 0)`.",
    ),
)


def _tables(rng: np.random.Generator) -> list[Case]:
    far = np.array([[3.0, 1.0, 0.5, -1.0], [-900.0, -901.0, -899.0, -903.0]])
    near = np.array([[900.0, 901.0], [899.5, 902.0], [901.0, 900.7]])
    return [{"x": rng.normal(size=(5, 3))}, {"x": rng.normal(size=(1, 2))}, {"x": far}, {"x": near}]


BUG_SOFTMAX = find_bug(
    "activations-bug-softmax",
    "Find the bug: a softmax that passes every gradient check",
    function="row_softmax",
    args=("x",),
    cases=_tables,
    repaired='''
def row_softmax(x):
    """Return softmax of every row of x, shape (batch, classes)."""
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
''',
    buggy="""
def row_softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum(axis=1, keepdims=True)
""",
    witness="(np.array([[1000.0, 999.0], [0.0, 1.0]]),)",
    cause="b",
    causes={
        "a": "The sum is right: it runs over the classes of each row and keeps its axis.",
        "c": "With the shift nothing exceeds `exp(0)`, so there is no overflow; look at the other end.",
        "d": "A shift always cancels between numerator and denominator, so the values are right as long as both can be computed.",
    },
    bug_says="Your shift is still the maximum of the whole array: a row far below it underflows to 0 / 0.",
    wrong=(
        Wrong(
            "no-shift",
            "Your code no longer shifts at all; now large scores overflow.",
            swap={"x - x.max(axis=1, keepdims=True)": "x"},
        ),
        Wrong(
            "shift-per-column",
            "Your shift differs from class to class, so it does not cancel: take the maximum along axis 1.",
            swap={"x.max(axis=1, keepdims=True)": "x.max(axis=0, keepdims=True)"},
        ),
        Wrong(
            "patched-with-epsilon",
            "Your code adds a small number to the sum: the NaN is gone, but the row is now all zeros instead of a distribution.",
            code="""
def row_softmax(x):
    e = np.exp(x - x.max())
    return e / (e.sum(axis=1, keepdims=True) + 1e-12)
""",
        ),
    ),
    right=(
        Right(
            "loop",
            code="""
def row_softmax(x):
    rows = [np.exp(row - row.max()) for row in x]
    return np.array([e / e.sum() for e in rows])
""",
        ),
        Right(
            "by log-sum-exp",
            code="""
def row_softmax(x):
    return np.exp(x - np.logaddexp.reduce(x, axis=1, keepdims=True))
""",
        ),
    ),
    hints=(
        "A gradient check at ordinary scores finds nothing. Which inputs did the shift want to protect against?",
        "Give it two rows that are far from each other, one near 1000 and one near 0.",
        "Shift every row by its own maximum: `x.max(axis=1, keepdims=True)`.",
    ),
)


def _curves(rng: np.random.Generator) -> list[Case]:
    falling = np.exp(-0.3 * np.arange(12)) + 0.02 * rng.uniform(size=12)
    bumpy = np.array([0.9, 0.5, 0.31, 0.42, 0.28, 0.35, 0.2])
    return [
        {"losses": falling, "target": 0.25},
        {"losses": bumpy, "target": 0.32},
        {"losses": bumpy[:1], "target": 0.9},
        {"losses": bumpy, "target": 0.05},
    ]


BUG_EPOCHS = find_bug(
    "activations-bug-epochs",
    "Find the bug: everything converges in 500 epochs",
    function="epochs_to_target",
    args=("losses", "target"),
    cases=_curves,
    repaired='''
def epochs_to_target(losses, target):
    """Return the first epoch, counted from 1, whose loss is at most target; inf if there is none."""
    for epoch, loss in enumerate(losses, start=1):
        if loss <= target:
            return epoch
    return np.inf
''',
    buggy="""
def epochs_to_target(losses, target):
    return len(losses)
""",
    witness="(np.array([0.9, 0.2, 0.1]), 0.3)",
    cause="c",
    causes={
        "a": "Counting from 0 or 1 would shift the answer by one; here it is the same for every curve.",
        "b": "The comparison with the target is not wrong, it is missing.",
        "d": "The seed has no part in it: the answer is the same for any losses at all.",
    },
    bug_says="Your function still returns the number of recorded epochs, which is the same for every curve; look for the first loss at or below `target`.",
    wrong=(
        Wrong(
            "counted-from-zero",
            "Your epochs are counted from 0; the first epoch is number 1.",
            swap={"start=1": "start=0"},
        ),
        Wrong(
            "last-instead-of-first",
            "Your answer is the last epoch at or below the target; convergence is the first one.",
            code="""
def epochs_to_target(losses, target):
    hits = np.flatnonzero(np.asarray(losses) <= target)
    return hits[-1] + 1 if len(hits) else np.inf
""",
        ),
        Wrong(
            "never-is-the-end",
            "Your function reports the last epoch for a curve that never gets there; say `np.inf`, or a failure looks like a success.",
            swap={"return np.inf": "return len(losses)"},
        ),
        Wrong(
            "argmax-of-nothing",
            "Your function reports epoch 1 for a curve that never gets there: `argmax` of all false is 0.",
            code="""
def epochs_to_target(losses, target):
    return int(np.argmax(np.asarray(losses) <= target)) + 1
""",
        ),
        Wrong(
            "strictly-below",
            "Your comparison leaves out a loss that is exactly `target`; at most means `<=`.",
            swap={"loss <= target": "loss < target"},
        ),
    ),
    right=(
        Right(
            "flatnonzero",
            code="""
def epochs_to_target(losses, target):
    hits = np.flatnonzero(np.asarray(losses) <= target)
    return hits[0] + 1 if len(hits) else float("inf")
""",
        ),
        Right(
            "generator",
            code="""
def epochs_to_target(losses, target):
    return next((i + 1 for i, v in enumerate(losses) if v <= target), np.inf)
""",
        ),
    ),
    hints=(
        "Call it with two curves of the same length, one that falls fast and one that does not.",
        "The function never looks at the losses, only at how many there are.",
        "Walk through the losses and return the number of the first that is at most `target`; after the loop return `np.inf`.",
    ),
)

BUGS = [BUG_GELU, BUG_MISH, BUG_PRELU, BUG_SOFTMAX, BUG_EPOCHS]
