"""Chapter 2, last part: the gradient check, what it needs, and what it cannot see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.kinds import choice, prediction
from autograder.probe import Problem, ProblemError, call

# --- the numerical gradient ---------------------------------------------------------------------


def numerical_probe(code: Mapping[str, Any], case: Case) -> Values:
    """Call the learner's numerical gradient on a function whose entries depend on one another."""
    a = case["a"]
    calls = [0]

    def f(x: Any) -> float:
        calls[0] += 1
        x = np.asarray(x, dtype=float)
        return float(np.sum(a * x**3) + np.sum(x) ** 2 + 0.3 * np.sum(x[..., 0]) ** 3)

    gradient = code["numerical_gradient"](f, case["x"], case["h"])
    return {"gradient": gradient, "calls": np.array(float(calls[0]))}


def _numerical_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = [
        {"x": rng.normal(size=s), "a": rng.normal(size=s), "h": h}
        for s, h in (((3, 2), 1e-3), ((1,), 1e-4), ((2, 3, 2), 1e-3))
    ]
    whole = rng.integers(-3, 4, size=(4,))
    cases.append({"x": whole, "a": rng.normal(size=4), "h": 1e-4})
    return cases


def _enough_calls(got: Any, case: Case, values: Values) -> str:
    n = case["x"].size
    if float(got) > 4 * n + 2:
        return f"Your code calls `f` {int(got)} times for {n} entries; two calls for each entry are enough."
    return ""


_QUOTIENT = "(above - below) / (2 * h)"

NUMERICAL = Exercise(
    name="backprop-numerical_gradient",
    title="The gradient by differences",
    difficulty=2,
    minutes=15,
    points=4,
    cases=_numerical_cases,
    probe=numerical_probe,
    accept={"calls": _enough_calls},
    reference='''
def numerical_gradient(f, x, h=1e-5):
    """Return d f(x) / dx by central differences, in the shape of x.

    f takes an array and returns a number. x may hold integers, and is left as it was.
    """
    x = np.array(x, dtype=float)
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        kept = x[i]
        x[i] = kept + h
        above = f(x)
        x[i] = kept - h
        below = f(x)
        x[i] = kept
        gradient[i] = (above - below) / (2 * h)
    return gradient
''',
    wrong=(
        Wrong(
            "one-sided",
            "You take the difference on one side only; its error grows with h, that of the central difference with h squared.",
            swap={"x[i] = kept - h\n": "x[i] = kept\n", _QUOTIENT: "(above - below) / h"},
        ),
        Wrong(
            "divided-by-h",
            "Your gradient is twice too large: from `x - h` to `x + h` it is 2h, so divide by `2 * h`.",
            swap={_QUOTIENT: "(above - below) / h"},
        ),
        Wrong(
            "precedence",
            "`/ 2 * h` divides by 2 and then multiplies by h; put brackets around `2 * h`.",
            swap={_QUOTIENT: "(above - below) / 2 * h"},
        ),
        Wrong(
            "brackets-missing",
            "Only your second value is divided: the difference has to stand in brackets.",
            swap={_QUOTIENT: "above - below / (2 * h)"},
        ),
        Wrong(
            "not-put-back",
            "You leave each entry shifted, so every later slope is taken at another point; put `x[i]` back before you go on.",
            swap={"        x[i] = kept\n": ""},
        ),
        Wrong(
            "input-changed",
            "Your slopes are right, but the `x` of the caller stays shifted afterwards: put every entry back, or work on a copy.",
            code="""
def numerical_gradient(f, x, h=1e-5):
    point = np.array(x, dtype=float)
    gradient = np.zeros_like(point)
    for i in np.ndindex(point.shape):
        e = np.zeros_like(point)
        e[i] = h
        gradient[i] = (f(point + e) - f(point - e)) / (2 * h)
    x[...] = x + 1
    return gradient
""",
        ),
        Wrong(
            "all-at-once",
            "You shift all entries at once, which gives the sum of the slopes; shift one entry at a time.",
            code="""
def numerical_gradient(f, x, h=1e-5):
    return np.full(np.shape(x), (f(x + h) - f(x - h)) / (2 * h))
""",
        ),
        Wrong(
            "integers-truncated",
            "With an `x` of integers your shift is cut off to nothing: make a copy with `dtype=float`.",
            code="""
def numerical_gradient(f, x, h=1e-5):
    x = x.copy()
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        kept = x[i]
        x[i] = kept + h
        above = f(x)
        x[i] = kept - h
        below = f(x)
        x[i] = kept
        gradient[i] = (above - below) / (2 * h)
    return gradient
""",
        ),
        Wrong(
            "first-axis-only",
            "You shift whole rows: loop over every entry, `np.ndindex(x.shape)`, whatever the number of axes.",
            swap={"np.ndindex(x.shape)": "range(len(x))"},
        ),
        Wrong(
            "sign",
            "Your gradient has the wrong sign: the value above minus the value below.",
            swap={_QUOTIENT: "(below - above) / (2 * h)"},
        ),
    ),
    right=(
        Right(
            "unit vectors",
            code="""
def numerical_gradient(f, x, h=1e-5):
    x = np.asarray(x, dtype=float)
    gradient = np.empty(x.size)
    for i in range(x.size):
        e = np.zeros(x.size)
        e[i] = h
        e = e.reshape(x.shape)
        gradient[i] = (f(x + e) - f(x - e)) / (2 * h)
    return gradient.reshape(x.shape)
""",
        ),
        Right(
            "flat view",
            code="""
def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    flat, out = x.reshape(-1), np.zeros(x.size)
    for i, kept in enumerate(flat.copy()):
        flat[i] = kept + h
        out[i] = f(x)
        flat[i] = kept - h
        out[i] -= f(x)
        flat[i] = kept
    return out.reshape(x.shape) / h / 2
""",
        ),
        Right(
            "five points",
            code="""
def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    g = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"])
    for _ in it:
        i = it.multi_index
        e = np.zeros_like(x)
        e[i] = h
        g[i] = (8 * (f(x + e) - f(x - e)) - f(x + 2 * e) + f(x - 2 * e)) / (12 * h)
    return g
""",
        ),
    ),
    tolerance=1e-4,
    hints=(
        "One entry at a time: up by h, down by h, back to where it was.",
        "`np.ndindex(x.shape)` runs over the indices of an array with any number of axes; work on a float copy of `x`.",
        "Keep the old entry, set it to `kept + h` and call `f`, to `kept - h` and call `f`, put it back, and divide the difference by `2 * h`.",
    ),
)


# --- how wrong is wrong? ------------------------------------------------------------------------


def _error_cases(rng: np.random.Generator) -> list[Case]:
    a = rng.normal(size=(3, 4))
    return [
        {"analytic": a, "numeric": rng.normal(size=(3, 4))},
        {"analytic": 1e-6 * a, "numeric": 2e-6 * a},
        {"analytic": a[0], "numeric": -0.7 * a[0]},
        {"analytic": np.zeros((2, 3)), "numeric": np.zeros((2, 3))},
        {"analytic": 1.01 * a[:1], "numeric": a[:1]},
        {"analytic": np.zeros(5), "numeric": rng.normal(size=5)},
    ]


RELATIVE = Exercise(
    name="backprop-relative_error",
    title="One number for how wrong",
    difficulty=1,
    minutes=8,
    points=2,
    cases=_error_cases,
    probe=call,
    options={"name": "relative_error", "args": ("analytic", "numeric"), "returns": ("error",)},
    reference='''
def relative_error(analytic, numeric):
    """Return |a - n| / (|a| + |n|) with Euclidean norms over all entries; 0 if both are zero."""
    size = np.linalg.norm(analytic) + np.linalg.norm(numeric)
    return np.linalg.norm(analytic - numeric) / size if size > 0 else 0.0
''',
    wrong=(
        Wrong(
            "zero-by-zero",
            "Two gradients of zeros agree, but your error is 0 / 0 there, which is NaN: return 0 in that case.",
            swap={" if size > 0 else 0.0": ""},
        ),
        Wrong(
            "floor-of-one",
            "Your denominator never falls below 1, so a small gradient that is wrong by a factor of two passes unnoticed.",
            swap={"/ size if size > 0 else 0.0": "/ max(size, 1.0)"},
        ),
        Wrong(
            "not-relative",
            "Your error is not divided by the size of the gradients, so it says nothing without knowing that size.",
            swap={" / size if size > 0 else 0.0": ""},
        ),
        Wrong(
            "norm-of-sum",
            "Your denominator is the norm of the sum; when one gradient is the negative of the other that cancels, so add the two norms.",
            swap={
                "size = np.linalg.norm(analytic) + np.linalg.norm(numeric)": "size = np.linalg.norm(analytic + numeric)"
            },
        ),
        Wrong(
            "difference-of-norms",
            "You compare the lengths only; a gradient that points the other way has the same length, so take the norm of the difference.",
            swap={
                "np.linalg.norm(analytic - numeric)": "abs(np.linalg.norm(analytic) - np.linalg.norm(numeric))"
            },
        ),
        Wrong(
            "plain-sums",
            "You add up entries with their signs, so errors cancel: use norms, which square first.",
            code="""
def relative_error(analytic, numeric):
    size = abs(np.sum(analytic)) + abs(np.sum(numeric))
    return abs(np.sum(analytic - numeric)) / size if size > 0 else 0.0
""",
        ),
        Wrong(
            "squares",
            "You compare squared lengths: the square root is missing.",
            code="""
def relative_error(analytic, numeric):
    size = np.sum(analytic**2) + np.sum(numeric**2)
    return np.sum((analytic - numeric) ** 2) / size if size > 0 else 0.0
""",
        ),
        Wrong(
            "always-zero-when-one-is",
            "Your error is 0 as soon as one gradient is all zeros; a gradient that was never computed has to stand out, with an error of 1.",
            code="""
def relative_error(analytic, numeric):
    if not np.any(analytic) or not np.any(numeric):
        return 0.0
    return np.linalg.norm(analytic - numeric) / (np.linalg.norm(analytic) + np.linalg.norm(numeric))
""",
        ),
    ),
    right=(
        Right(
            "written out",
            code="""
def relative_error(analytic, numeric):
    a, n = np.ravel(analytic), np.ravel(numeric)
    if not a.any() and not n.any():
        return 0.0
    return float(np.sqrt(((a - n) ** 2).sum()) / (np.sqrt(a @ a) + np.sqrt(n @ n)))
""",
        ),
        Right("tiny floor", swap={"/ size if size > 0 else 0.0": "/ max(size, 1e-300)"}),
    ),
    hints=(
        "A difference is large or small only in comparison with the gradients themselves.",
        "`np.linalg.norm(a)` is the square root of the sum of all squared entries, whatever the shape.",
        "Divide the norm of the difference by the sum of the two norms; if that sum is 0, return 0.",
    ),
)


# --- two evaluations for all --------------------------------------------------------------------


def directional_probe(code: Mapping[str, Any], case: Case) -> Values:
    """Call the learner's directional check on a smooth function and count the evaluations."""
    a, calls = case["a"], [0]

    def f(theta: Any) -> float:
        calls[0] += 1
        return float(np.sum(a * theta**3) + np.sum(theta) ** 2)

    result = code["directional"](f, case["theta"], case["grad"], case["u"], case["h"])
    if not isinstance(result, tuple) or len(result) != 2:
        raise ProblemError(
            Problem("count", "directional", "2 values (numeric, analytic), got something else")
        )
    return {"numeric": result[0], "analytic": result[1], "calls": np.array(float(calls[0]))}


def _few_calls(got: Any, case: Case, values: Values) -> str:
    if float(got) > 5:
        return f"Your check calls `f` {int(got)} times; along one direction, two calls are enough."
    return ""


DIRECTIONAL = Exercise(
    name="backprop-directional",
    title="A check with two evaluations",
    difficulty=2,
    minutes=10,
    points=2,
    cases=lambda rng: [
        {
            "theta": rng.normal(size=n),
            "a": rng.normal(size=n),
            "grad": rng.normal(size=n),
            "u": 3 * rng.normal(size=n),
            "h": 1e-2,
        }
        for n in (5, 1, 12)
    ],
    probe=directional_probe,
    accept={"calls": _few_calls},
    reference='''
def directional(f, theta, grad, u, h=1e-5):
    """Return the slope of f at theta along u, twice: by differences, and from grad.

    u is first scaled to length 1.
    """
    u = u / np.linalg.norm(u)
    numeric = (f(theta + h * u) - f(theta - h * u)) / (2 * h)
    return numeric, grad @ u
''',
    wrong=(
        Wrong(
            "not-scaled",
            "Your slopes are too large by the length of `u`: a slope is per unit of length, so scale `u` to length 1 first.",
            swap={"    u = u / np.linalg.norm(u)\n": ""},
        ),
        Wrong(
            "numeric-not-scaled",
            "Only one of your two slopes uses the scaled direction; use the same `u` in both.",
            swap={
                "    u = u / np.linalg.norm(u)\n": "    v = u / np.linalg.norm(u)\n",
                "grad @ u": "grad @ v",
            },
        ),
        Wrong(
            "one-sided",
            "You take the difference on one side only; the central one is far more exact for the same step.",
            swap={"f(theta - h * u)) / (2 * h)": "f(theta)) / h"},
        ),
        Wrong(
            "divided-by-h",
            "Your numeric slope is twice too large: the two points are 2h apart.",
            swap={"/ (2 * h)": "/ h"},
        ),
        Wrong(
            "not-summed",
            "Your analytic slope is still one number per parameter: the slope along `u` is the dot product.",
            swap={"grad @ u": "grad * u"},
        ),
        Wrong(
            "length-of-gradient",
            "You return the length of the gradient; that is the slope along the gradient itself, not along `u`.",
            swap={"grad @ u": "np.linalg.norm(grad)"},
        ),
        Wrong(
            "theta-moved",
            "Your check leaves `theta` at another place: compute `theta + h * u` as a new array.",
            code="""
def directional(f, theta, grad, u, h=1e-5):
    u = u / np.linalg.norm(u)
    theta += h * u
    above = f(theta)
    theta -= 2 * h * u
    return (above - f(theta)) / (2 * h), grad @ u
""",
        ),
        Wrong(
            "entry-by-entry",
            "You take every entry's slope on its own and need two calls for each; shift all entries together, along `u`.",
            code="""
def directional(f, theta, grad, u, h=1e-5):
    u = u / np.linalg.norm(u)
    numeric = 0.0
    for i in range(len(theta)):
        e = np.zeros(len(theta))
        e[i] = h
        numeric += (f(theta + e) - f(theta - e)) / (2 * h) * u[i]
        f(theta), f(theta), f(theta), f(theta)
    return numeric, grad @ u
""",
        ),
    ),
    right=(
        Right(
            "vdot",
            swap={"grad @ u": "np.vdot(grad, u)", "u / np.linalg.norm(u)": "u / np.sqrt(u @ u)"},
        ),
        Right(
            "two named values",
            code="""
def directional(f, theta, grad, u, h=1e-5):
    length = np.sqrt(np.sum(u**2))
    above, below = f(theta + u * (h / length)), f(theta - u * (h / length))
    return (above - below) / h / 2, np.sum(grad * u) / length
""",
        ),
    ),
    hints=(
        "Walk a little along `u` and a little against it; the two values of `f` give one slope.",
        "The gradient predicts that slope: it is the dot product of the gradient with the direction of length 1.",
        "Scale `u` by its norm; the numeric slope is (f(theta + h u) - f(theta - h u)) / (2 h), the analytic one `grad @ u`.",
    ),
)


# --- the complex step ---------------------------------------------------------------------------


def complex_probe(code: Mapping[str, Any], case: Case) -> Values:
    """Call the learner's complex-step gradient on an analytic function."""
    a = case["a"]

    def f(x: Any) -> Any:
        return np.sum(a * np.exp(x) * np.sin(x)) + np.sum(x) ** 3 - 50

    return {"gradient": code["complex_step"](f, case["x"], case["h"])}


COMPLEX = Exercise(
    name="backprop-complex_step",
    title="A step that subtracts nothing",
    difficulty=2,
    minutes=8,
    points=2,
    cases=lambda rng: [
        {"x": rng.normal(size=s), "a": rng.normal(size=s), "h": 1e-6} for s in ((4,), (1,), (2, 3))
    ],
    probe=complex_probe,
    reference='''
def complex_step(f, x, h=1e-30):
    """Return d f(x) / dx, in the shape of x, as the imaginary part of f(x + i h) / h."""
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        point = x.astype(complex)
        point[i] += 1j * h
        gradient[i] = np.imag(f(point)) / h
    return gradient
''',
    wrong=(
        Wrong(
            "real-part",
            "You take the real part, which is the value of f; the slope stands in the imaginary part.",
            swap={"np.imag": "np.real"},
        ),
        Wrong(
            "not-divided",
            "Your gradient is not divided by `h`: the imaginary part is h times the slope.",
            swap={"np.imag(f(point)) / h": "np.imag(f(point))"},
        ),
        Wrong(
            "divided-by-two-h",
            "You divide by 2h; the 2 belongs to the central difference, here there is one step only.",
            swap={"np.imag(f(point)) / h": "np.imag(f(point)) / (2 * h)"},
        ),
        Wrong(
            "real-step",
            "You step along the real axis, by 1e-30, which changes nothing: the step is `1j * h`.",
            swap={"1j * h": "h"},
        ),
        Wrong(
            "all-at-once",
            "You shift all entries at once, which gives the sum of the slopes; shift one entry at a time.",
            swap={"point[i] += 1j * h": "point += 1j * h"},
        ),
        Wrong(
            "length",
            "You take the absolute value of f; the slope is its imaginary part, with its sign.",
            swap={"np.imag": "np.abs"},
        ),
        Wrong(
            "difference-taken",
            "You subtract f(x) as in a difference and keep the real part; nothing has to be subtracted, which is the point of the method.",
            swap={"np.imag(f(point)) / h": "np.real(f(point) - f(x)) / h"},
        ),
    ),
    right=(
        Right(
            "unit vectors",
            code="""
def complex_step(f, x, h=1e-30):
    out = []
    for i in range(x.size):
        e = np.zeros(x.size, dtype=complex)
        e[i] = 1j * h
        out.append(f(x + e.reshape(x.shape)).imag / h)
    return np.array(out).reshape(x.shape)
""",
        ),
        Right("larger step", swap={"point[i] += 1j * h": "h = 1e-10\n        point[i] += 1j * h"}),
    ),
    hints=(
        "f(x + i h) = f(x) + i h f'(x) + ...: where has the slope gone?",
        "The point has to be complex: `x.astype(complex)`, a fresh one for each entry.",
        "Add `1j * h` to one entry, call `f`, take `np.imag` and divide by `h`.",
    ),
)


# --- kinks --------------------------------------------------------------------------------------


def _kink_cases(rng: np.random.Generator) -> list[Case]:
    u = rng.uniform(0.5, 2)
    rows = np.array([
        (1.3, 1.3 + 4e-7, 1.3 - 4e-7),  # smooth, right
        (1.3, 1.9, 1.9),  # smooth, wrong
        (0.0, 0.0, u),  # kink upwards, left slope
        (u, 0.0, u),  # kink upwards, right slope
        (0.3 * u, 0.0, u),  # kink, between
        (-u, 0.0, -u),  # kink downwards, right slope
        (-0.4, -0.1, -0.9),  # kink downwards, between
        (1.5 * u, 0.0, u),  # kink, outside
        (-0.2, 0.0, u),  # kink, outside on the other side
        (0.0, 0.0, 0.0),  # zero, right
        (2e-9, 1e-9, 1e-9),  # tiny, twice too large
        (1e6 + 2, 1e6, 1e6),  # large, right up to rounding
    ])  # fmt: skip
    half = rng.permutation(len(rows))
    pieces = (rows[half[:7]], rows[half[7:]], rows[half[:1]])
    return [{"analytic": p[:, 0], "left": p[:, 1], "right": p[:, 2], "tol": 1e-5} for p in pieces]


KINK = Exercise(
    name="backprop-kink",
    title="Acquit the kink",
    difficulty=2,
    minutes=10,
    points=3,
    cases=_kink_cases,
    probe=call,
    options={
        "name": "acquitted",
        "args": ("analytic", "left", "right", "tol"),
        "returns": ("verdict",),
    },
    reference='''
def acquitted(analytic, left, right, tol=1e-5):
    """Return True where analytic lies between the left and right slopes, entry by entry.

    A slack of tol times the larger of the two slopes' sizes allows for rounding.
    """
    low, high = np.minimum(left, right), np.maximum(left, right)
    slack = tol * np.maximum(np.abs(left), np.abs(right))
    return (analytic >= low - slack) & (analytic <= high + slack)
''',
    wrong=(
        Wrong(
            "central-only",
            "You compare with the mean of the two slopes, as at a smooth point; at a kink every value between them is right.",
            code="""
def acquitted(analytic, left, right, tol=1e-5):
    middle = (left + right) / 2
    return np.abs(analytic - middle) <= tol * np.maximum(np.abs(left), np.abs(right))
""",
        ),
        Wrong(
            "left-below-right",
            "You take for granted that the left slope is the smaller one; at a kink that bends down it is the larger.",
            swap={"np.minimum(left, right), np.maximum(left, right)": "left, right"},
        ),
        Wrong(
            "no-slack",
            "You allow for no rounding, so at smooth points right gradients fail: widen the interval by the slack.",
            swap={"low - slack": "low", "high + slack": "high"},
        ),
        Wrong(
            "absolute-slack",
            "Your slack is the same for large and small slopes: a tiny wrong gradient passes and a large right one fails.",
            swap={"tol * np.maximum(np.abs(left), np.abs(right))": "tol"},
        ),
        Wrong(
            "every-kink",
            "You acquit everything that stands at a kink; a value outside the two slopes is wrong there too.",
            swap={
                "(analytic >= low - slack) & (analytic <= high + slack)": "(np.abs(left - right) > slack) | ((analytic >= low - slack) & (analytic <= high + slack))"
            },
        ),
        Wrong(
            "right-slope-only",
            "You compare with the right slope alone; the left one is as good at a kink.",
            swap={"np.minimum(left, right), np.maximum(left, right)": "right, right"},
        ),
        Wrong(
            "upper-bound-only",
            "You check the upper end only; a gradient below both slopes is wrong as well.",
            swap={
                "(analytic >= low - slack) & (analytic <= high + slack)": "analytic <= high + slack"
            },
        ),
        Wrong(
            "or-for-and",
            "You ask for one of the two bounds, and any number meets one of them: both have to hold, `&`.",
            swap={" & ": " | "},
        ),
    ),
    right=(
        Right(
            "product of distances",
            code="""
def acquitted(analytic, left, right, tol=1e-5):
    slack = tol * np.maximum(abs(left), abs(right))
    inside = (analytic - left) * (analytic - right) <= 0
    near = np.minimum(abs(analytic - left), abs(analytic - right)) <= slack
    return inside | near
""",
        ),
        Right(
            "loop",
            code="""
def acquitted(analytic, left, right, tol=1e-5):
    out = []
    for a, l, r in zip(analytic, left, right):
        s = tol * max(abs(l), abs(r))
        out.append(min(l, r) - s <= a <= max(l, r) + s)
    return np.array(out)
""",
        ),
    ),
    hints=(
        "ReLU at 0 has slope 0 on the left and 1 on the right. Which answers of `backward` would you accept there?",
        "The smaller of the two slopes may be on either side: `np.minimum` and `np.maximum` find the interval.",
        "Widen the interval by `tol * np.maximum(np.abs(left), np.abs(right))` at both ends, and ask whether `analytic` lies in it.",
    ),
)

# --- predictions and questions ------------------------------------------------------------------

BEST_STEP = prediction(
    "backprop-best_exponent",
    "The best step",
    truth=-5.0,
    within=0.75,
    difficulty=2,
    mistakes={
        "as-small-as-possible": (
            -16.0,
            "At 1e-16 the step is lost: `x + h` is `x` again, and the difference is 0.",
        ),
        "one-sided-best": (
            -8.0,
            "1e-8 is best for the one-sided difference; the central one has so small a curvature error that it can afford a larger step.",
        ),
        "tolerance-for-step": (
            -7.0,
            "1e-7 still works, but rounding already costs about two digits against the best step.",
        ),
        "one-too-small": (
            -6.0,
            "That is close: the best step is near 6e-6, but of the powers of ten beside it 1e-5 is the more exact one.",
        ),
        "rather-large": (
            -2.0,
            "At 1e-2 the curvature error h squared is about 1e-4: much too large a step.",
        ),
        "sign-of-the-exponent": (
            5.0,
            "The step is 10 to the power of your number; a step of 100000 is no small change, so the exponent has to be negative.",
        ),
    },
    hints=(
        "Two errors compete: curvature, about h squared, and rounding, about 1e-16 divided by h.",
        "Set them equal: h squared = 1e-16 / h.",
        "Then h cubed is 1e-16: take a third of the exponent.",
    ),
)

EVALUATIONS = prediction(
    "backprop-evaluations",
    "What the slow way costs",
    truth=4820.0,
    within=0.0,
    mistakes={
        "one-per-parameter": (
            2410.0,
            "2410 is the number of parameters; a central difference needs two evaluations for each.",
        ),
        "biases-left-out": (
            4736.0,
            "You left out the biases: 32 in the hidden layer and 10 in the output layer.",
        ),
        "one-sided": (
            2411.0,
            "That is the cost of one-sided differences, one evaluation per parameter and one at the point itself.",
        ),
        "weights-only-once": (
            2368.0,
            "2368 is the number of weights; add the 42 biases, and count two evaluations for each.",
        ),
        "times-batch": (
            48200.0,
            "The batch does not count: one evaluation of the mean loss takes in all rows.",
        ),
    },
    hints=(
        "Count the parameters of both layers first, biases included.",
        "64 * 32 + 32 in the first layer, 32 * 10 + 10 in the second.",
        "Two evaluations for each of the 2410 parameters.",
    ),
)

WHICH_LOSS = choice(
    "backprop-which_loss",
    "Which loss is it?",
    answer="b",
    difficulty=2,
    options={
        "a": "For half the square the formula is exact, so the ratio would be 1 everywhere.",
        "c": "For the cross-entropy the slope of the sigmoid cancels, so the ratio would be 1 / (p (1 - p)), another number for every sample.",
        "d": "A mean over the batch would make the numerical gradient smaller than the formula, not larger.",
    },
    hints=(
        "A ratio that is the same in every entry is a constant factor, lost or added.",
        "Differentiate the candidates by p: which one has a factor 2 that the formula lacks?",
        "The square itself has the derivative 2 (p - y).",
    ),
)

BLIND = choice(
    "backprop-blind_spot",
    "What a gradient check cannot see",
    answer="d",
    difficulty=2,
    options={
        "a": "That shows at once: numeric divided by analytic is -1 in every entry.",
        "b": "That shows, provided that every parameter is checked by itself: the error of this one array is 1.",
        "c": "That shows as a constant ratio of the batch size.",
    },
    hints=(
        "The check compares `backward` with `forward`. Which of the four leaves the two in agreement?",
        "If the forward pass itself computes the wrong thing, and the backward pass differentiates it faithfully ...",
        "Softmax applied twice has a gradient too, and a careful learner computes it rightly.",
    ),
)

EXERCISES = [
    NUMERICAL,
    BEST_STEP,
    EVALUATIONS,
    RELATIVE,
    DIRECTIONAL,
    COMPLEX,
    KINK,
    WHICH_LOSS,
    BLIND,
]
