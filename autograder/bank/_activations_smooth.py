"""Chapter 3, the smooth activations: ELU, Swish, GELU, Mish."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograder.bank._activations_inputs import batches, dx, far, logistic
from autograder.bank._numeric import grad, vjp
from autograder.exercise import Case, Exercise, Right, Wrong
from autograder.probe import call, layer


def _elu_cases(rng: np.random.Generator) -> list[Case]:
    return [{**c, "alpha": a} for c, a in zip(far(rng), (0.7, 1.6, 1.0, 0.4, 1.3), strict=True)]


ELU = Exercise(
    name="activations-elu",
    title="ELU without a warning",
    difficulty=2,
    minutes=12,
    points=3,
    kind="layer",
    cases=_elu_cases,
    probe=layer,
    options={"name": "ELU", "init": ("alpha",)},
    truth=lambda case: {
        "dx": vjp(
            lambda x: np.where(x > 0, x, case["alpha"] * np.expm1(np.minimum(x, 0))),
            case["x"],
            case["dy"],
        )
    },
    quiet=True,
    reference='''
class ELU:
    """y = x where x > 0, else alpha * (exp(x) - 1)."""

    def __init__(self, alpha):
        self.alpha = alpha

    def forward(self, x):
        self.x = x
        self.y = np.where(x > 0, x, self.alpha * np.expm1(np.minimum(x, 0)))
        return self.y

    def backward(self, dy):
        return dy * np.where(self.x > 0, 1.0, self.y + self.alpha)
''',
    wrong=(
        Wrong(
            "overflow",
            "Your values are right, but NumPy warns: `np.where` computes both sides everywhere, so `exp` sees the large positive `x` too; cut its argument with `np.minimum(x, 0)`.",
            swap={"np.expm1(np.minimum(x, 0))": "np.expm1(x)"},
        ),
        Wrong(
            "constant-slope",
            "Your `dx` uses the constant `alpha` for negative `x`, the slope of a leaky ReLU; here it is `alpha * exp(x)`, which is `y + alpha`.",
            swap={"self.y + self.alpha)": "self.alpha)"},
        ),
        Wrong(
            "input-plus-alpha",
            "Your `dx` uses `x + alpha`; the slope on the negative side is `alpha * exp(x)`, which equals `y + alpha` with the output `y`.",
            swap={"self.y + self.alpha)": "self.x + self.alpha)"},
        ),
        Wrong(
            "output-only",
            "Your `dx` uses `y` for negative `x`, which is negative; the slope is `alpha * exp(x) = y + alpha`.",
            swap={"self.y + self.alpha)": "self.y)"},
        ),
        Wrong(
            "minus-one-missing",
            "Your `y` jumps at 0: on the negative side it is `alpha * (exp(x) - 1)`, and the minus 1 is missing.",
            swap={"np.expm1(np.minimum(x, 0))": "np.exp(np.minimum(x, 0))"},
        ),
        Wrong(
            "alpha-forgotten",
            "Your `y` leaves out `alpha`: the negative side is `alpha * (exp(x) - 1)` and levels off at `-alpha`.",
            swap={"self.alpha * np.expm1": "np.expm1"},
        ),
        Wrong(
            "slope-without-alpha",
            "Your `dx` uses `exp(x)` for negative `x`; the slope carries the factor `alpha`.",
            swap={"self.y + self.alpha)": "np.exp(np.minimum(self.x, 0)))"},
        ),
        Wrong(
            "upstream-ignored",
            "Your `dx` is the slope alone: multiply it by `dy`, the gradient that arrives from above.",
            swap={"return dy * np.where": "return np.where"},
        ),
    ),
    right=(
        Right(
            "exp minus one", swap={"np.expm1(np.minimum(x, 0))": "(np.exp(np.minimum(x, 0)) - 1)"}
        ),
        Right(
            "slope by exp",
            swap={"self.y + self.alpha)": "self.alpha * np.exp(np.minimum(self.x, 0)))"},
        ),
        Right(
            "two parts",
            swap={
                "np.where(x > 0, x, self.alpha * np.expm1(np.minimum(x, 0)))": "np.maximum(x, 0) + self.alpha * np.expm1(-np.maximum(-x, 0))"
            },
        ),
    ),
    hints=(
        "`np.where` computes both of its branches for every entry, also for entries it does not pick.",
        "Give `exp` the negative part of `x` only: `np.minimum(x, 0)`. The slope there is `alpha * exp(x)`.",
        "Since `y = alpha * exp(x) - alpha`, the slope on the negative side is `y + alpha`; on the positive side it is 1.",
    ),
)

SWISH = Exercise(
    name="activations-swish",
    title="Swish by the product rule",
    difficulty=2,
    minutes=10,
    points=2,
    kind="layer",
    cases=batches,
    probe=layer,
    options={"name": "Swish"},
    truth=dx(lambda x: x * logistic(x)),
    reference='''
class Swish:
    """y = x * s with s = sigmoid(x)."""

    def forward(self, x):
        self.x = x
        self.s = 0.5 * (1 + np.tanh(x / 2))
        return x * self.s

    def backward(self, dy):
        return dy * (self.s + self.x * self.s * (1 - self.s))
''',
    wrong=(
        Wrong(
            "one-minus-s-missing",
            "Your slope is `s + x * s`: the derivative of `s` is `s * (1 - s)`, so a factor `1 - s` is missing.",
            swap={" * (1 - self.s))": ")"},
        ),
        Wrong(
            "first-term-only",
            "Your slope is `s` alone: by the product rule there is a second term, `x` times the slope of `s`.",
            swap={"self.s + self.x * self.s * (1 - self.s)": "self.s"},
        ),
        Wrong(
            "second-term-only",
            "Your slope is `x * s * (1 - s)`: the product rule's other term, `s`, is missing.",
            swap={"self.s + self.x * self.s * (1 - self.s)": "self.x * self.s * (1 - self.s)"},
        ),
        Wrong(
            "sigmoid-slope",
            "Your slope is that of the sigmoid; swish is `x` times a sigmoid, so use the product rule.",
            swap={"self.s + self.x * self.s * (1 - self.s)": "self.s * (1 - self.s)"},
        ),
        Wrong(
            "s-missing",
            "Your second term is `x * (1 - s)`: the slope of the sigmoid is `s * (1 - s)`, so a factor `s` is missing.",
            swap={"self.x * self.s * (1 - self.s)": "self.x * (1 - self.s)"},
        ),
        Wrong(
            "upstream-ignored",
            "Your `dx` is the slope alone: multiply it by `dy`, the gradient that arrives from above.",
            swap={
                "dy * (self.s + self.x * self.s * (1 - self.s))": "self.s + self.x * self.s * (1 - self.s)"
            },
        ),
        Wrong(
            "gate-only",
            "Your `y` is the gate `s` alone; swish multiplies it by `x`.",
            swap={"return x * self.s": "return self.s"},
        ),
        Wrong(
            "parentheses",
            "Your `dx` multiplies `dy` with the first term only: put the whole slope in parentheses.",
            swap={
                "dy * (self.s + self.x * self.s * (1 - self.s))": "dy * self.s + self.x * self.s * (1 - self.s)"
            },
        ),
    ),
    right=(
        Right(
            "by the output",
            swap={
                "self.s + self.x * self.s * (1 - self.s)": "self.x * self.s + self.s * (1 - self.x * self.s)"
            },
        ),
        Right(
            "factored",
            swap={
                "self.s + self.x * self.s * (1 - self.s)": "self.s * (1 + self.x * (1 - self.s))"
            },
        ),
        Right("float32 inside", swap={"return x * self.s": "return x.astype(np.float32) * self.s"}),
    ),
    hints=(
        "Swish is a product of two functions of `x`: the line `x` and the sigmoid `s`.",
        "The product rule gives `1 * s + x * s'`, and `s' = s * (1 - s)`.",
        "Return `dy * (s + x * s * (1 - s))`.",
    ),
)

GELU = Exercise(
    name="activations-gelu",
    title="GELU, exact",
    difficulty=2,
    minutes=12,
    points=3,
    cases=lambda rng: [{"x": 1.4 * c["x"]} for c in batches(rng)],
    probe=call,
    options={"name": "gelu", "args": ("x",), "returns": ("y", "slope")},
    setup="from nnlib.functional import erf",
    truth=lambda case: {"slope": grad(lambda x: np.sum(_gelu(x)), case["x"])},
    reference='''
def gelu(x):
    """Return x * cdf(x) and its slope, for the standard normal cdf."""
    cdf = 0.5 * (1 + erf(x / np.sqrt(2)))
    pdf = np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
    return x * cdf, cdf + x * pdf
''',
    wrong=(
        Wrong(
            "second-term-dropped",
            "Your `slope` is the cdf alone: by the product rule `x` times the pdf comes on top (at `x = 1` that is 0.24).",
            swap={"cdf + x * pdf": "cdf"},
        ),
        Wrong(
            "x-missing",
            "Your `slope` adds the pdf without its factor `x`: the product rule gives `cdf + x * pdf`.",
            swap={"cdf + x * pdf": "cdf + pdf"},
        ),
        Wrong(
            "root-two-missing",
            "Your cdf calls `erf(x)`: the standard normal cdf is `0.5 * (1 + erf(x / sqrt(2)))`.",
            swap={"erf(x / np.sqrt(2))": "erf(x)"},
        ),
        Wrong(
            "density-not-normalized",
            "Your pdf is not divided by `sqrt(2 * pi)`, so it is 2.5 times too large.",
            swap={" / np.sqrt(2 * np.pi)": ""},
        ),
        Wrong(
            "half-missing-in-exponent",
            "Your pdf has `exp(-x**2)`; the standard normal density has `exp(-x**2 / 2)`.",
            swap={"-0.5 * x**2": "-(x**2)"},
        ),
        Wrong(
            "tanh-form",
            "Your `y` is the tanh approximation, off by up to 5e-4; here the exact form with `erf` is asked for.",
            code="""
def gelu(x):
    c = np.sqrt(2 / np.pi)
    t = np.tanh(c * (x + 0.044715 * x**3))
    slope = 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * c * (1 + 3 * 0.044715 * x**2)
    return 0.5 * x * (1 + t), slope
""",
        ),
        Wrong(
            "forms-mixed",
            "Your `y` is exact, but your `slope` belongs to the tanh approximation: the two differ by up to 1e-3, so take both from one form.",
            code="""
def gelu(x):
    c = np.sqrt(2 / np.pi)
    t = np.tanh(c * (x + 0.044715 * x**3))
    slope = 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * c * (1 + 3 * 0.044715 * x**2)
    return 0.5 * x * (1 + erf(x / np.sqrt(2))), slope
""",
        ),
        Wrong(
            "x-forgotten",
            "Your `y` is the cdf alone; GELU is `x` times it.",
            swap={"return x * cdf,": "return cdf,"},
        ),
    ),
    right=(
        Right(
            "math.erf in a loop",
            code="""
import math
def gelu(x):
    cdf = np.array([0.5 * (1 + math.erf(v / math.sqrt(2))) for v in x.ravel()]).reshape(x.shape)
    return x * cdf, cdf + x * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
""",
        ),
        Right(
            "by symmetry",
            swap={"0.5 * (1 + erf(x / np.sqrt(2)))": "0.5 - 0.5 * erf(-x * 2 ** -0.5)"},
        ),
        Right("float32 inside", swap={"return x * cdf": "return x.astype(np.float32) * cdf"}),
    ),
    hints=(
        "GELU is a product: the line `x`, and the share of a standard normal that lies below `x`.",
        "The derivative of the cdf is the pdf, `exp(-x**2 / 2) / sqrt(2 * pi)`; then use the product rule.",
        "Return `x * cdf` and `cdf + x * pdf`, with `cdf = 0.5 * (1 + erf(x / np.sqrt(2)))`.",
    ),
)


def _gelu(x: Any) -> Any:
    return x * np.vectorize(lambda v: 0.5 * math.erfc(-v / math.sqrt(2)), otypes=[float])(x)


MISH = Exercise(
    name="activations-mish",
    title="Mish that survives x = 1000",
    difficulty=3,
    minutes=15,
    points=3,
    kind="layer",
    cases=far,
    probe=layer,
    options={"name": "Mish"},
    truth=dx(lambda x: x * np.tanh(np.logaddexp(0, x))),
    quiet=True,
    reference='''
class Mish:
    """y = x * tanh(softplus(x)) with softplus(x) = log(1 + exp(x))."""

    def forward(self, x):
        self.x = x
        self.t = np.tanh(np.logaddexp(0, x))
        return x * self.t

    def backward(self, dy):
        s = 0.5 * (1 + np.tanh(self.x / 2))
        return dy * (self.t + self.x * (1 - self.t**2) * s)
''',
    wrong=(
        Wrong(
            "overflow",
            "Your values are right, but `exp(x)` overflows inside the softplus: `np.logaddexp(0, x)` is the same number without that.",
            swap={"np.logaddexp(0, x)": "np.log(1 + np.exp(x))"},
        ),
        Wrong(
            "rational-form",
            "Your `dx` is NaN far out: the closed form with `exp(3x)` divides infinity by infinity, so use the tanh and the sigmoid that stay bounded.",
            swap={
                "        s = 0.5 * (1 + np.tanh(self.x / 2))\n        return dy * (self.t + self.x * (1 - self.t**2) * s)": (
                    "        x, e = self.x, np.exp(self.x)\n"
                    "        omega = 4 * (x + 1) + 4 * e**2 + e**3 + e * (4 * x + 6)\n"
                    "        return dy * e * omega / (2 * e + e**2 + 2) ** 2"
                )
            },
        ),
        Wrong(
            "first-term-only",
            "Your slope is `tanh(softplus(x))` alone: by the product rule `x` times the slope of that tanh comes on top.",
            swap={"(self.t + self.x * (1 - self.t**2) * s)": "self.t"},
        ),
        Wrong(
            "inner-slope-missing",
            "Your second term stops at the tanh: the chain rule goes on to the softplus, whose slope is the sigmoid of `x`.",
            swap={" * (1 - self.t**2) * s)": " * (1 - self.t**2))"},
        ),
        Wrong(
            "not-squared",
            "Your second term uses `1 - t`; the slope of tanh is `1 - t**2`.",
            swap={"self.t**2": "self.t"},
        ),
        Wrong(
            "softplus-for-its-slope",
            "Your second term multiplies by the softplus; its slope, the sigmoid of `x`, belongs there.",
            swap={"0.5 * (1 + np.tanh(self.x / 2))": "np.logaddexp(0, self.x)"},
        ),
        Wrong(
            "upstream-ignored",
            "Your `dx` is the slope alone: multiply it by `dy`, the gradient that arrives from above.",
            swap={"return dy * (self.t": "return (self.t"},
        ),
        Wrong(
            "softplus-without-tanh",
            "Your `y` is `x * softplus(x)`; Mish takes the tanh of the softplus first.",
            swap={"np.tanh(np.logaddexp(0, x))": "np.logaddexp(0, x)"},
        ),
    ),
    right=(
        Right(
            "log1p of a safe exp",
            swap={"np.logaddexp(0, x)": "(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))))"},
        ),
        Right(
            "sigmoid by logaddexp",
            swap={"0.5 * (1 + np.tanh(self.x / 2))": "np.exp(-np.logaddexp(0, -self.x))"},
        ),
        Right("product form", swap={"1 - self.t**2": "(1 - self.t) * (1 + self.t)"}),
    ),
    hints=(
        "There are three functions, one inside the other, and a factor `x`: write their slopes down one at a time.",
        "The slope of softplus is the sigmoid; the slope of tanh is `1 - t**2`; `np.logaddexp(0, x)` is a softplus that cannot overflow.",
        "With `t = tanh(softplus(x))` and `s = sigmoid(x)`, the slope is `t + x * (1 - t**2) * s`.",
    ),
)

SMOOTH = [ELU, SWISH, GELU, MISH]
