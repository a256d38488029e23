"""Chapter 3, activations: one number in, one number out, and the slope for the way back."""

from __future__ import annotations

import numpy as np

from autograder.bank._activations_inputs import SHAPES, batches, dx, far, logistic, points
from autograder.bank._activations_more import MORE
from autograder.bank._activations_smooth import SMOOTH
from autograder.bank._numeric import grad, vjp
from autograder.exercise import Case, Exercise, Right, Wrong
from autograder.probe import call, layer

# --- why an activation at all -------------------------------------------------------------------


def _stacks(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "W1": rng.normal(size=(a, b)),
            "b1": rng.normal(size=b),
            "W2": rng.normal(size=(b, c)),
            "b2": rng.normal(size=c),
        }
        for a, b, c in ((3, 5, 2), (1, 4, 6), (7, 2, 3))
    ]


COLLAPSE = Exercise(
    name="activations-collapse",
    title="Two linear layers are one",
    difficulty=1,
    minutes=8,
    points=2,
    cases=_stacks,
    probe=call,
    options={"name": "merge", "args": ("W1", "b1", "W2", "b2"), "returns": ("W", "b")},
    reference='''
def merge(W1, b1, W2, b2):
    """Return W and b of the one layer that equals the two."""
    W = W1 @ W2
    b = b1 @ W2 + b2
    return W, b
''',
    wrong=(
        Wrong(
            "first-bias-lost",
            "Your `b` forgets `b1`: it is added before the second layer, so it passes through `W2` too.",
            swap={"b1 @ W2 + b2": "b2"},
        ),
        Wrong(
            "second-bias-lost",
            "Your `b` carries `b1` through `W2`, but leaves out `b2`, which the second layer adds.",
            swap={"b1 @ W2 + b2": "b1 @ W2"},
        ),
        Wrong(
            "order",
            "Your product has its factors in an order that does not fit: rows are samples, so `x` meets `W1` first, and `(x @ W1) @ W2` is `x @ (W1 @ W2)`.",
            swap={"W1 @ W2": "W2 @ W1"},
        ),
        Wrong(
            "column-convention",
            "Your `W` is the transpose: it belongs to samples in columns, and in this course samples are rows.",
            swap={"W1 @ W2": "W2.T @ W1.T"},
        ),
        Wrong(
            "relu-kept",
            "Your `b` cuts `b1` at zero as if there were a ReLU between the layers; here there is none, which is the point.",
            swap={"b1 @ W2 + b2": "np.maximum(b1, 0) @ W2 + b2"},
        ),
        Wrong(
            "bias-subtracted",
            "Your `b` subtracts the second bias; both layers add theirs.",
            swap={"b1 @ W2 + b2": "b1 @ W2 - b2"},
        ),
    ),
    right=(
        Right(
            "einsum",
            swap={
                "W1 @ W2\n": 'np.einsum("ij,jk->ik", W1, W2)\n',
                "b1 @ W2 + b2": 'b2 + np.einsum("j,jk->k", b1, W2)',
            },
        ),
        Right(
            "by asking the two layers",
            code="""
def merge(W1, b1, W2, b2):
    def two(x):
        return (x @ W1 + b1) @ W2 + b2
    b = two(np.zeros(len(W1)))
    return two(np.eye(len(W1))) - b, b
""",
        ),
        Right(
            "float32 inside", swap={"W1 @ W2\n": "W1.astype(np.float32) @ W2.astype(np.float32)\n"}
        ),
    ),
    hints=(
        "Write the second layer's output with the first layer's formula put in the place of its input.",
        "Multiply out `(x @ W1 + b1) @ W2 + b2`: one part has `x` in it, the rest is the bias.",
        "The part with `x` is `x @ (W1 @ W2)`; what remains is `b1 @ W2 + b2`.",
    ),
)


# --- sigmoid and tanh ---------------------------------------------------------------------------

SIGMOID = Exercise(
    name="activations-sigmoid",
    title="A sigmoid that never overflows",
    difficulty=2,
    minutes=12,
    points=3,
    cases=lambda rng: [{"x": c["x"]} for c in far(rng)],
    probe=call,
    options={"name": "sigmoid", "args": ("x",), "returns": ("y",)},
    quiet=True,
    reference='''
def sigmoid(x):
    """Return 1 / (1 + exp(-x)), elementwise, without overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, e) / (1.0 + e)
''',
    wrong=(
        Wrong(
            "sign-flipped",
            "Your `y` falls where the sigmoid rises: it is the value at `-x`, so the sign in the exponent is wrong.",
            code="def sigmoid(x):\n    return 1 / (1 + np.exp(x))\n",
        ),
        Wrong(
            "nan-when-large",
            "Your `y` is NaN for large `x`: `exp(x)` is infinite there, and infinity over infinity has no value.",
            code="def sigmoid(x):\n    return np.exp(x) / (1 + np.exp(x))\n",
            hint="Use that form for negative `x` alone, where `exp(x)` is at most 1.",
        ),
        Wrong(
            "one-branch",
            "Your `y` never exceeds one half: the form with `exp(-|x|)` in the numerator holds for negative `x` only.",
            swap={"np.where(x >= 0, 1.0, e)": "e"},
        ),
        Wrong(
            "shared-shift",
            "Your `y` for one entry depends on the other entries: subtracting a maximum cancels in softmax, but not in a sigmoid.",
            code="def sigmoid(x):\n    e = np.exp(-x - np.max(-x))\n    return 1 / (1 + e)\n",
        ),
        Wrong(
            "tanh-range",
            "Your `y` runs from -1 to 1, which is a tanh; a sigmoid runs from 0 to 1.",
            code="def sigmoid(x):\n    return np.tanh(x / 2)\n",
        ),
        Wrong(
            "slope-returned",
            "Your `y` is the sigmoid's slope `s * (1 - s)`; return the sigmoid itself.",
            code="def sigmoid(x):\n    s = 0.5 * (1 + np.tanh(x / 2))\n    return s * (1 - s)\n",
        ),
        Wrong(
            "hard-step",
            "Your `y` is only 0 or 1, a step; the sigmoid rises smoothly between the two.",
            code="def sigmoid(x):\n    return np.where(x >= 0, 1.0, 0.0)\n",
        ),
        Wrong(
            "overflow",
            "Your values are right, but `exp` overflows on the way: its argument must never be large and positive (float32 gives up at 89, so clipping at 500 does not help).",
            code="def sigmoid(x):\n    return 1 / (1 + np.exp(-x))\n",
            hint="`np.exp(-np.abs(x))` is at most 1, whatever `x` is.",
        ),
    ),
    right=(
        Right("by tanh", code="def sigmoid(x):\n    return 0.5 * (1 + np.tanh(x / 2))\n"),
        Right("by logaddexp", code="def sigmoid(x):\n    return np.exp(-np.logaddexp(0, -x))\n"),
        Right(
            "two masks",
            code="""
def sigmoid(x):
    y = np.empty_like(x)
    up = x >= 0
    y[up] = 1 / (1 + np.exp(-x[up]))
    small = np.exp(x[~up])
    y[~up] = small / (1 + small)
    return y
""",
        ),
        Right(
            "float32 inside",
            code="def sigmoid(x):\n    return (1 + np.tanh(x.astype(np.float32) / 2)) / 2\n",
        ),
    ),
    hints=(
        "The formula has two equal forms: `1 / (1 + exp(-x))` and `exp(x) / (1 + exp(x))`; each overflows on one side only.",
        "Take the form whose exponent is negative: the first for `x >= 0`, the second for `x < 0`.",
        "With `e = np.exp(-np.abs(x))`, the answer is `1 / (1 + e)` where `x >= 0` and `e / (1 + e)` elsewhere; `np.where` picks.",
    ),
)


SIGMOID_LAYER = Exercise(
    name="activations-sigmoid-layer",
    title="The sigmoid's way back",
    difficulty=1,
    minutes=8,
    points=2,
    kind="layer",
    cases=batches,
    probe=layer,
    options={"name": "Sigmoid"},
    truth=dx(logistic),
    reference='''
class Sigmoid:
    """y = sigmoid(x); backward turns dL/dy into dL/dx."""

    def forward(self, x):
        self.x = x
        self.y = 0.5 * (1 + np.tanh(x / 2))
        return self.y

    def backward(self, dy):
        return dy * self.y * (1 - self.y)
''',
    wrong=(
        Wrong(
            "upstream-ignored",
            "Your `dx` is the slope alone: multiply it by `dy`, the gradient that arrives from above.",
            swap={"dy * self.y * (1 - self.y)": "self.y * (1 - self.y)"},
        ),
        Wrong(
            "sign",
            "Your `dx` has the wrong sign: the sigmoid rises everywhere, so its slope is `y * (1 - y)`, never negative.",
            swap={"(1 - self.y)": "(self.y - 1)"},
        ),
        Wrong(
            "slope-at-input",
            "Your `dx` puts the input `x` into `y * (1 - y)`; that formula is written in terms of the output `y`.",
            swap={"dy * self.y * (1 - self.y)": "dy * self.x * (1 - self.x)"},
        ),
        Wrong(
            "sigmoid-twice",
            "Your `dx` applies the sigmoid to the cached output again; `self.y` is already a sigmoid.",
            swap={
                "dy * self.y * (1 - self.y)": "dy * (0.5 * (1 + np.tanh(self.y / 2))) * (0.5 * (1 - np.tanh(self.y / 2)))"
            },
        ),
        Wrong(
            "half-slope",
            "Your `dx` multiplies by `y` only; the slope is `y * (1 - y)`.",
            swap={" * (1 - self.y)": ""},
        ),
        Wrong(
            "tanh-slope",
            "Your `dx` uses `1 - y**2`, the slope of tanh; the sigmoid's is `y * (1 - y)`.",
            swap={"self.y * (1 - self.y)": "(1 - self.y**2)"},
        ),
        Wrong(
            "in-place",
            "Your numbers are right, but `dy` itself is changed: the caller still needs it, so multiply into a new array.",
            swap={
                "        return dy * self.y * (1 - self.y)": "        dy *= self.y * (1 - self.y)\n        return dy"
            },
        ),
    ),
    right=(
        Right("square expanded", swap={"self.y * (1 - self.y)": "(self.y - self.y**2)"}),
        Right(
            "from the input",
            swap={"dy * self.y * (1 - self.y)": "dy / (2 + np.exp(self.x) + np.exp(-self.x))"},
        ),
        Right(
            "copy changed in place",
            swap={
                "return dy * self.y * (1 - self.y)": "dx = dy.copy(); dx *= self.y; dx *= 1 - self.y; return dx"
            },
        ),
        Right("float32 inside", swap={"return dy * self": "return dy.astype(np.float32) * self"}),
    ),
    hints=(
        "By the chain rule, `dx` is `dy` times the slope of the sigmoid at each entry.",
        "The slope needs no new `exp`: it is a function of the output that `forward` kept in `self.y`.",
        "The slope is `y * (1 - y)`; multiply it by `dy`, entry by entry.",
    ),
)

TANH = Exercise(
    name="activations-tanh",
    title="Tanh, forward and back",
    difficulty=1,
    minutes=8,
    points=2,
    kind="layer",
    cases=far,
    probe=layer,
    options={"name": "Tanh"},
    truth=dx(np.tanh),
    quiet=True,
    reference='''
class Tanh:
    """y = tanh(x); backward turns dL/dy into dL/dx."""

    def forward(self, x):
        self.x = x
        self.y = np.tanh(x)
        return self.y

    def backward(self, dy):
        return dy * (1 - self.y**2)
''',
    wrong=(
        Wrong(
            "parentheses",
            "Your `dx` is `1 - y**2 * dy`: the product binds before the difference, so put `1 - y**2` in parentheses.",
            swap={"dy * (1 - self.y**2)": "1 - self.y**2 * dy"},
        ),
        Wrong(
            "plus",
            "Your `dx` uses `1 + y**2`; the slope of tanh is `1 - y**2`, which shrinks towards 0 as tanh saturates.",
            swap={"1 - self.y**2": "1 + self.y**2"},
        ),
        Wrong(
            "not-squared",
            "Your `dx` uses `1 - y`; the slope of tanh is `1 - y**2`.",
            swap={"self.y**2": "self.y"},
        ),
        Wrong(
            "slope-at-input",
            "Your `dx` uses `1 - x**2` with the input; the formula is in terms of the output, `1 - y**2`.",
            swap={"1 - self.y**2": "1 - self.x**2"},
        ),
        Wrong(
            "tanh-twice",
            "Your `dx` takes the tanh of the cached output; `self.y` is already `tanh(x)`.",
            swap={"1 - self.y**2": "1 - np.tanh(self.y)**2"},
        ),
        Wrong(
            "upstream-ignored",
            "Your `dx` is the slope alone: multiply it by `dy`, the gradient that arrives from above.",
            swap={"dy * (1 - self.y**2)": "1 - self.y**2"},
        ),
        Wrong(
            "sigmoid-slope",
            "Your `dx` uses `y * (1 - y)`, the slope of the sigmoid; for tanh it is `1 - y**2`.",
            swap={"(1 - self.y**2)": "self.y * (1 - self.y)"},
        ),
        Wrong(
            "naive-exponentials",
            "Your `y` is NaN far out: `exp(1000)` is infinite, and infinity over infinity has no value, so use `np.tanh`.",
            swap={"np.tanh(x)": "(np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))"},
        ),
    ),
    right=(
        Right("product form", swap={"1 - self.y**2": "(1 - self.y) * (1 + self.y)"}),
        Right("from the input", swap={"1 - self.y**2": "1 - np.tanh(self.x)**2"}),
        Right(
            "by a safe exponential",
            swap={
                "np.tanh(x)": "np.sign(x) * (1 - np.exp(-2 * np.abs(x))) / (1 + np.exp(-2 * np.abs(x)))"
            },
        ),
    ),
    hints=(
        "NumPy has a tanh that is safe for every input; the slope can be had from the output.",
        "The derivative of tanh(x) is 1 minus the square of tanh(x); multiply it by what arrives from above.",
        "`forward` keeps `self.y = np.tanh(x)`, and `backward` returns `dy * (1 - self.y**2)`.",
    ),
)


# --- the rectifiers -----------------------------------------------------------------------------

RELU = Exercise(
    name="activations-relu",
    title="ReLU, forward and back",
    difficulty=1,
    minutes=8,
    points=2,
    kind="layer",
    cases=batches,
    probe=layer,
    options={"name": "ReLU"},
    truth=dx(lambda x: np.maximum(x, 0)),
    reference='''
class ReLU:
    """y = max(x, 0); backward lets dy pass where x was positive."""

    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)

    def backward(self, dy):
        return dy * (self.x > 0)
''',
    wrong=(
        Wrong(
            "mask-returned",
            "Your `y` is the mask of ones and zeros; positive entries should keep their value.",
            swap={"np.maximum(x, 0)": "(x > 0) * 1.0"},
        ),
        Wrong(
            "mask-of-upstream",
            "Your `dx` looks at the sign of `dy`; what counts is where the input `x` was positive.",
            swap={"dy * (self.x > 0)": "dy * (dy > 0)"},
        ),
        Wrong(
            "upstream-ignored",
            "Your `dx` is the mask alone: it lets `dy` pass or stops it, so multiply it by `dy`.",
            swap={"dy * (self.x > 0)": "(self.x > 0) * 1.0"},
        ),
        Wrong(
            "everything-passes",
            "Your `dx` lets all of `dy` pass; where `x` was negative the output did not move, so its gradient is 0.",
            swap={"dy * (self.x > 0)": "dy * 1.0"},
        ),
        Wrong(
            "times-input",
            "Your `dx` is multiplied by the input itself; the slope of ReLU is 1 or 0, not `x`.",
            swap={"dy * (self.x > 0)": "dy * np.maximum(self.x, 0)"},
        ),
        Wrong(
            "wrong-side",
            "Your `dx` passes where `x` was negative and stops where it was positive: the comparison is the wrong way round.",
            swap={"self.x > 0": "self.x < 0"},
        ),
        Wrong(
            "input-changed",
            "Your `y` is right, but `forward` writes zeros into the caller's `x`: make a new array with `np.maximum`.",
            swap={"        return np.maximum(x, 0)": "        x[x < 0] = 0\n        return x"},
        ),
        Wrong(
            "upstream-changed",
            "Your numbers are right, but `backward` writes zeros into the caller's `dy`: work on a copy.",
            swap={
                "        return dy * (self.x > 0)": "        dy[self.x <= 0] = 0\n        return dy"
            },
        ),
        Wrong(
            "absolute",
            "Your `y` folds negative entries up to positive ones; ReLU sets them to zero.",
            swap={"np.maximum(x, 0)": "np.abs(x)"},
        ),
    ),
    right=(
        Right(
            "where",
            swap={
                "np.maximum(x, 0)": "np.where(x > 0, x, 0.0)",
                "dy * (self.x > 0)": "np.where(self.x > 0, dy, 0.0)",
            },
        ),
        Right(
            "copy changed in place",
            swap={
                "        return dy * (self.x > 0)": "        dx = dy.copy()\n        dx[self.x <= 0] = 0\n        return dx"
            },
        ),
        Right("one at the kink", swap={"self.x > 0": "self.x >= 0"}),
        Right("half of x plus |x|", swap={"np.maximum(x, 0)": "(x + np.abs(x)) / 2"}),
    ),
    hints=(
        "Forward keeps what is positive; backward needs to remember where that was.",
        "`np.maximum(x, 0)` compares entry by entry; the slope is 1 where `x > 0` and 0 elsewhere.",
        "Keep `self.x = x`; `backward` returns `dy * (self.x > 0)`.",
    ),
)


def _leaky_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"x": points(rng, s), "alpha": a} for s, a in zip(SHAPES, (0.3, 0.7, 0.01), strict=True)
    ]


LEAKY = Exercise(
    name="activations-leaky-relu",
    title="Leaky ReLU and its slope",
    difficulty=1,
    minutes=8,
    points=2,
    cases=_leaky_cases,
    probe=call,
    options={"name": "leaky_relu", "args": ("x", "alpha"), "returns": ("y", "slope")},
    truth=lambda case: {
        "slope": grad(
            lambda x: np.sum(np.maximum(x, 0) + case["alpha"] * np.minimum(x, 0)), case["x"]
        )
    },
    reference='''
def leaky_relu(x, alpha):
    """Return the value and the slope, entry by entry."""
    y = np.where(x > 0, x, alpha * x)
    slope = np.where(x > 0, 1.0, alpha)
    return y, slope
''',
    wrong=(
        Wrong(
            "floor-at-alpha",
            "Your `y` is `alpha` for every negative `x`: `np.maximum(x, alpha)` is a floor, and the leak is `alpha * x`.",
            swap={"np.where(x > 0, x, alpha * x)": "np.maximum(x, alpha)"},
        ),
        Wrong(
            "relu-slope",
            "Your `slope` is that of plain ReLU, 0 for negative `x`; the leak has slope `alpha`, which keeps the unit alive.",
            swap={"np.where(x > 0, 1.0, alpha)": "np.where(x > 0, 1.0, 0.0)"},
        ),
        Wrong(
            "plain-relu",
            "Your `y` is a plain ReLU: negative inputs should leak through as `alpha * x`.",
            swap={"np.where(x > 0, x, alpha * x)": "np.maximum(x, 0)"},
        ),
        Wrong(
            "alpha-fixed",
            "Your leak is 0.01 whatever `alpha` is: use the number that is handed in.",
            swap={
                "np.where(x > 0, x, alpha * x)": "np.where(x > 0, x, 0.01 * x)",
                "np.where(x > 0, 1.0, alpha)": "np.where(x > 0, 1.0, 0.01)",
            },
        ),
        Wrong(
            "leak-up",
            "Your `y` is positive for negative `x`: the leak `alpha * x` keeps the sign of `x`.",
            swap={"alpha * x)": "-alpha * x)"},
        ),
        Wrong(
            "sides-swapped",
            "Your `y` leaks on the positive side and passes the negative side whole; it is the other way round.",
            swap={"np.where(x > 0, x, alpha * x)": "np.where(x > 0, alpha * x, x)"},
        ),
        Wrong(
            "slope-times-x",
            "Your `slope` is `alpha * x` for negative `x`, which is the value; its derivative is the constant `alpha`.",
            swap={"np.where(x > 0, 1.0, alpha)": "np.where(x > 0, 1.0, alpha * x)"},
        ),
        Wrong(
            "slope-one",
            "Your `slope` is 1 everywhere; for negative `x` the line rises with slope `alpha`.",
            swap={"np.where(x > 0, 1.0, alpha)": "np.ones_like(x)"},
        ),
    ),
    right=(
        Right(
            "maximum of two lines",
            swap={"np.where(x > 0, x, alpha * x)": "np.maximum(x, alpha * x)"},
        ),
        Right(
            "two parts",
            swap={"np.where(x > 0, x, alpha * x)": "np.maximum(x, 0) + alpha * np.minimum(x, 0)"},
        ),
        Right(
            "slope by mask", swap={"np.where(x > 0, 1.0, alpha)": "alpha + (1 - alpha) * (x > 0)"}
        ),
        Right(
            "loop",
            code="""
def leaky_relu(x, alpha):
    y, slope = np.zeros_like(x), np.zeros_like(x)
    for i in np.ndindex(x.shape):
        slope[i] = 1.0 if x[i] > 0 else alpha
        y[i] = slope[i] * x[i]
    return y, slope
""",
        ),
    ),
    hints=(
        "There are two straight lines that meet at 0: one for positive `x`, one for negative.",
        "`np.where(condition, a, b)` picks entry by entry; use it once for the value and once for the slope.",
        "The value is `x` or `alpha * x`, and the slope is `1` or `alpha`, both picked by `x > 0`.",
    ),
)


def _prelu_cases(rng: np.random.Generator) -> list[Case]:
    slopes = (
        np.array([0.25, 1.5, -0.4]),
        np.array([1.3, 0.2, -0.6, 0.5, 2.0]),
        np.array([0.3, 1.7]),
    )
    cases: list[Case] = []
    for shape, alpha in zip(SHAPES, slopes, strict=True):
        x = points(rng, shape)
        x[0] = -np.abs(x[0])  # every slope is in use
        cases.append({"x": x, "dy": rng.normal(size=shape), "alpha": alpha, "channels": len(alpha)})
    return cases


def _prelu(x: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0) + alpha * np.minimum(x, 0)


PRELU = Exercise(
    name="activations-prelu",
    title="PReLU: a leak that is learned",
    difficulty=3,
    minutes=15,
    points=4,
    kind="layer",
    cases=_prelu_cases,
    probe=layer,
    options={"name": "PReLU", "init": ("channels",), "params": ("alpha",)},
    truth=lambda case: {
        "dx": vjp(lambda x: _prelu(x, case["alpha"]), case["x"], case["dy"]),
        "dalpha": grad(lambda a: np.sum(_prelu(case["x"], a) * case["dy"]), case["alpha"]),
    },
    reference='''
class PReLU:
    """A leaky ReLU with one learned slope per channel: alpha has shape (channels,)."""

    params = ("alpha",)

    def __init__(self, channels):
        self.alpha = np.full(channels, 0.25)
        self.dalpha = np.zeros(channels)

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.alpha * x)

    def backward(self, dy):
        self.dalpha = (dy * np.where(self.x > 0, 0.0, self.x)).sum(axis=0)
        return dy * np.where(self.x > 0, 1.0, self.alpha)
''',
    wrong=(
        Wrong(
            "maximum",
            "Your `y` is `max(alpha * x, x)`, which is right only while every `alpha` is below 1; pick the side by the sign of `x`.",
            swap={"np.where(x > 0, x, self.alpha * x)": "np.maximum(self.alpha * x, x)"},
            hint="A learned slope may pass 1: test with `alpha = 1.5` and `x = 2`.",
        ),
        Wrong(
            "not-summed",
            "Your `dalpha` has one row per sample: all samples share the slope of their channel, so sum over the batch.",
            swap={".sum(axis=0)": ""},
        ),
        Wrong(
            "summed-over-all",
            "Your `dalpha` is one number: sum over the batch (axis 0) only, because each channel has its own slope.",
            swap={".sum(axis=0)": ".sum()"},
        ),
        Wrong(
            "averaged",
            "Your `dalpha` is the mean over the batch; take the sum, because the loss has already divided.",
            swap={".sum(axis=0)": ".mean(axis=0)"},
        ),
        Wrong(
            "positive-side-too",
            "Your `dalpha` counts samples with positive `x` too; there `alpha` plays no part, so they add nothing.",
            swap={"np.where(self.x > 0, 0.0, self.x)": "self.x"},
        ),
        Wrong(
            "sign-of-output",
            "Your `backward` decides by the sign of the output; a negative `alpha` turns negative inputs into positive outputs, so decide by the input.",
            swap={
                "        return np.where(x > 0, x, self.alpha * x)": "        self.y = np.where(x > 0, x, self.alpha * x)\n        return self.y",
                "np.where(self.x > 0, 0.0, self.x)": "np.where(self.y > 0, 0.0, self.x)",
                "np.where(self.x > 0, 1.0, self.alpha)": "np.where(self.y > 0, 1.0, self.alpha)",
            },
        ),
        Wrong(
            "upstream-ignored",
            "Your `dalpha` leaves out `dy`: by the chain rule each `x` is weighted with the gradient from above.",
            swap={"(dy * np.where(self.x > 0, 0.0, self.x))": "np.where(self.x > 0, 0.0, self.x)"},
        ),
        Wrong(
            "relu-slope",
            "Your `dx` stops at negative `x` as in a plain ReLU; there the slope is `alpha`.",
            swap={"np.where(self.x > 0, 1.0, self.alpha)": "np.where(self.x > 0, 1.0, 0.0)"},
        ),
        Wrong(
            "counts-negatives",
            "Your `dalpha` counts the negative inputs instead of adding them up: the derivative of `alpha * x` with respect to `alpha` is `x`.",
            swap={"np.where(self.x > 0, 0.0, self.x)": "np.where(self.x > 0, 0.0, 1.0)"},
        ),
    ),
    right=(
        Right(
            "two parts",
            swap={
                "np.where(x > 0, x, self.alpha * x)": "np.maximum(x, 0) + self.alpha * np.minimum(x, 0)"
            },
        ),
        Right(
            "einsum",
            swap={
                "(dy * np.where(self.x > 0, 0.0, self.x)).sum(axis=0)": 'np.einsum("ij,ij->j", dy, np.minimum(self.x, 0))'
            },
        ),
        Right(
            "loop",
            swap={
                "        self.dalpha = (dy * np.where(self.x > 0, 0.0, self.x)).sum(axis=0)": "        self.dalpha = np.zeros(len(self.alpha))\n        for row, up in zip(self.x, dy):\n            self.dalpha += up * np.minimum(row, 0)",
            },
        ),
        Right("written in place", swap={"self.dalpha = (dy": "self.dalpha[...] = (dy"}),
    ),
    hints=(
        "On the negative side `y = alpha * x`: its derivative with respect to `x` is `alpha`, with respect to `alpha` it is `x`.",
        "`alpha` of a channel is shared by all samples of the batch, so its gradient is a sum over the rows.",
        "`dalpha` is `(dy * np.where(x > 0, 0, x)).sum(axis=0)`, and `dx` is `dy` times 1 or `alpha`, picked by `x > 0`.",
    ),
)


EXERCISES = [
    COLLAPSE,
    SIGMOID,
    SIGMOID_LAYER,
    TANH,
    RELU,
    LEAKY,
    PRELU,
    *SMOOTH,
    *MORE,
]
