"""Chapter 2, first part: the forward pass and the chain rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.bank._numeric import grad
from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.kinds import choice, prediction
from autograder.probe import call, value

# --- the worked example -------------------------------------------------------------------------


def _about(key: str, numbers: tuple[float, ...]) -> Callable[[Values, Case], bool]:
    """Return a test of whether the answer is these numbers, as rounded on paper."""

    def when(values: Values, case: Case) -> bool:
        got = values.get(key)
        return (
            isinstance(got, np.ndarray)
            and got.shape == (len(numbers),)
            and bool(np.all(np.abs(got - numbers) < 6e-4))
        )

    return when


def _worked_wrong(name: str, says: str, numbers: tuple[float, ...]) -> Wrong:
    return Wrong(
        name,
        says,
        code=f"worked_example = np.array({list(numbers)})\n",
        when=_about("worked_example", numbers),
    )


def _no_input(rng: np.random.Generator) -> list[Case]:
    return [{}]


WORKED = Exercise(
    name="backprop-worked_example",
    title="A forward pass by hand",
    kind="function",
    difficulty=1,
    minutes=8,
    points=2,
    cases=_no_input,
    probe=value,
    options={"names": ("worked_example",)},
    tolerance=8e-4,
    reference="""
z1 = 0.3 * 0.5 + 0.7 * 0.8 + 0.1
z2 = 0.6 * 0.5 + 0.2 * 0.8 + 0.2
z3 = 0.4 * max(z1, 0) + 0.5 * max(z2, 0) + 0.1
worked_example = np.array([z1, z2, z3, 1 / (1 + np.exp(-z3))])
""",
    wrong=(
        _worked_wrong(
            "sum-slip",
            "Your first number is 0.91, but 0.15 + 0.56 + 0.10 is 0.81; your third has a slip of its own, since even 0.91 would lead to 0.794.",
            (0.91, 0.66, 0.894, 0.710),
        ),
        _worked_wrong(
            "sum-slip-carried",
            "Your first number is 0.91, and you carried it on faithfully; 0.15 + 0.56 + 0.10 is 0.81.",
            (0.91, 0.66, 0.794, 0.6887),
        ),
        _worked_wrong(
            "no-biases",
            "Your numbers leave out the biases 0.1, 0.2 and 0.1: add one to each weighted sum.",
            (0.71, 0.46, 0.514, 0.62574),
        ),
        _worked_wrong(
            "sigmoid-everywhere",
            "You used the sigmoid in the hidden layer too; there it is ReLU, which leaves 0.81 and 0.66 as they are.",
            (0.81, 0.66, 0.70652, 0.66962),
        ),
        _worked_wrong(
            "no-sigmoid",
            "Your last number is the score itself; the output unit puts it through the sigmoid.",
            (0.81, 0.66, 0.754, 0.754),
        ),
        _worked_wrong(
            "weights-transposed",
            "You mixed up which weight belongs to which unit: the first hidden unit has 0.3 and 0.7, the second 0.6 and 0.2.",
            (0.73, 0.71, 0.747, 0.67853),
        ),
    ),
    right=(
        Right("to three digits", code="worked_example = np.array([0.81, 0.66, 0.754, 0.680])\n"),
        Right(
            "as matrices",
            code="""
x = np.array([0.5, 0.8])
z = x @ np.array([[0.3, 0.6], [0.7, 0.2]]) + np.array([0.1, 0.2])
s = np.maximum(z, 0) @ np.array([0.4, 0.5]) + 0.1
worked_example = np.concatenate([z, [s, 1 / (1 + np.exp(-s))]])
""",
        ),
    ),
    hints=(
        "Each unit: multiply every input by its weight, add up, add the bias. Then the activation.",
        "The first hidden unit is 0.3 * 0.5 + 0.7 * 0.8 + 0.1; ReLU leaves positive numbers as they are.",
        "z3 = 0.4 * 0.81 + 0.5 * 0.66 + 0.1, and the output is 1 / (1 + exp(-z3)).",
    ),
)


# --- the two conventions ------------------------------------------------------------------------

_CONVERTED = "X @ W.T + b.T"

CONVENTION = Exercise(
    name="backprop-convention",
    title="From columns to rows",
    difficulty=1,
    minutes=6,
    points=2,
    cases=lambda rng: [
        {"W": rng.normal(size=(m, d)), "b": rng.normal(size=(m, 1)), "X": rng.normal(size=(n, d))}
        for n, d, m in ((5, 4, 3), (1, 3, 2), (4, 2, 6))
    ],
    probe=call,
    options={"name": "rows_from_columns", "args": ("W", "b", "X"), "returns": ("Y",)},
    reference='''
def rows_from_columns(W, b, X):
    """Return the layer's output for a batch of rows.

    W (n_out, n_in) and b (n_out, 1) come from a textbook, where one sample is a column and
    z = W @ x + b. X is (batch, n_in); the result is (batch, n_out).
    """
    return X @ W.T + b.T
''',
    wrong=(
        Wrong(
            "weights-as-they-are",
            "`X @ W` does not fit: the textbook's `W` is (n_out, n_in), so a batch of rows is multiplied by its transpose.",
            swap={_CONVERTED: "X @ W + b.T"},
        ),
        Wrong(
            "still-columns",
            "Your result is right, but still one column per sample: transpose it, so that rows are samples.",
            swap={_CONVERTED: "W @ X.T + b"},
        ),
        Wrong(
            "reshaped",
            "You reshaped where a transpose was due: the shape fits, but the numbers of different samples are mixed.",
            swap={_CONVERTED: "(W @ X.T + b).reshape(len(X), -1)"},
        ),
        Wrong(
            "no-bias",
            "Your result lacks the bias: add `b` to every row.",
            swap={_CONVERTED: "X @ W.T"},
        ),
        Wrong(
            "bias-summed",
            "You add the sum of all biases to every output; each output has its own, so add `b` as a row.",
            swap={_CONVERTED: "X @ W.T + b.sum()"},
        ),
        Wrong(
            "first-bias-only",
            "You add the first bias to every output; each output has its own, so add `b` as a row.",
            swap={_CONVERTED: "X @ W.T + b[0]"},
        ),
    ),
    right=(
        Right("transposed at the end", swap={_CONVERTED: "(W @ X.T + b).T"}),
        Right("row by row", swap={_CONVERTED: "np.array([(W @ x[:, None] + b)[:, 0] for x in X])"}),
        Right("einsum", swap={_CONVERTED: "np.einsum('oi,ni->no', W, X) + b.ravel()"}),
    ),
    hints=(
        "Write the shapes under the formula: (n_out, n_in) times (n_in, 1) plus (n_out, 1). Now the batch stands in rows: (batch, n_in).",
        "(A B) transposed is B transposed times A transposed.",
        "Transpose both: `X @ W.T` is (batch, n_out), and `b.T` is a row that is added to each of its rows.",
    ),
)


# --- one layer after the other ------------------------------------------------------------------


def _forward_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "x": rng.normal(size=(n, d)), "W1": rng.normal(size=(d, h)), "b1": rng.normal(size=h),
            "W2": rng.normal(size=(h, k)), "b2": rng.normal(size=k),
        }
        for n, d, h, k in ((5, 4, 6, 3), (1, 3, 5, 2), (4, 2, 7, 3))
    ]  # fmt: skip


FORWARD = Exercise(
    name="backprop-forward",
    title="The forward pass of two layers",
    difficulty=1,
    minutes=8,
    points=2,
    cases=_forward_cases,
    probe=call,
    options={
        "name": "forward_pass",
        "args": ("x", "W1", "b1", "W2", "b2"),
        "returns": ("z1", "a1", "scores"),
    },
    reference='''
def forward_pass(x, W1, b1, W2, b2):
    """Return z1, a1 (batch, hidden) and scores (batch, n_out): dense, ReLU, dense."""
    z1 = x @ W1 + b1
    a1 = np.maximum(z1, 0)
    scores = a1 @ W2 + b2
    return z1, a1, scores
''',
    wrong=(
        Wrong(
            "head-activated",
            "Your scores went through ReLU: the head of the network stays linear here; what to make of the scores is the loss's choice, not the hidden layers'.",
            swap={"a1 @ W2 + b2": "np.maximum(a1 @ W2 + b2, 0)"},
        ),
        Wrong(
            "activation-skipped",
            "Your second layer is fed `z1`; it should get `a1`, or the two layers are only one matrix.",
            swap={"a1 @ W2": "z1 @ W2"},
        ),
        Wrong(
            "second-bias-missing",
            "Your `scores` lack the bias `b2`.",
            swap={"a1 @ W2 + b2": "a1 @ W2"},
        ),
        Wrong(
            "first-bias-missing", "Your `z1` lacks the bias `b1`.", swap={"x @ W1 + b1": "x @ W1"}
        ),
        Wrong(
            "column-maximum",
            "`np.max(z1, 0)` takes the largest entry of each column; `np.maximum(z1, 0)` compares every entry with 0.",
            swap={"np.maximum(z1, 0)": "np.max(z1, 0)"},
        ),
        Wrong(
            "sigmoid-hidden",
            "Your hidden layer uses the sigmoid; this network uses ReLU.",
            swap={"np.maximum(z1, 0)": "1 / (1 + np.exp(-z1))"},
        ),
        Wrong(
            "columns",
            "You multiply in the textbook's order for columns; here rows are samples, so `x` stands on the left.",
            swap={"x @ W1 + b1": "W1 @ x + b1"},
        ),
    ),
    right=(
        Right(
            "loops",
            code="""
def forward_pass(x, W1, b1, W2, b2):
    def dense(x, W, b):
        z = np.zeros((len(x), W.shape[1]))
        for n in range(len(x)):
            for j in range(W.shape[1]):
                z[n, j] = b[j]
                for i in range(W.shape[0]):
                    z[n, j] += x[n, i] * W[i, j]
        return z
    z1 = dense(x, W1, b1)
    a1 = np.where(z1 > 0, z1, 0.0)
    return z1, a1, dense(a1, W2, b2)
""",
        ),
        Right(
            "bias as a weight",
            code="""
def forward_pass(x, W1, b1, W2, b2):
    ones = np.ones((len(x), 1))
    z1 = np.hstack([x, ones]) @ np.vstack([W1, b1])
    a1 = z1 * (z1 > 0)
    return z1, a1, np.hstack([a1, ones]) @ np.vstack([W2, b2])
""",
        ),
        Right("einsum", swap={"x @ W1": "np.einsum('ni,ij->nj', x, W1)"}),
    ),
    hints=(
        "Three lines: the first weighted sums, the activation, the second weighted sums.",
        "Rows are samples: (batch, n_in) @ (n_in, hidden) is (batch, hidden), and the bias is added to every row.",
        "`z1` is x @ W1 + b1, `a1` is np.maximum(z1, 0), and `scores` uses `a1`, `W2` and `b2` in the same way.",
    ),
)

MEMORY = prediction(
    "backprop-stored_values",
    "What the forward pass has to remember",
    truth=37000.0,
    within=0.0,
    mistakes={
        "parameters": (
            121.0,
            "121 is the number of weights and biases; what is kept for the backward pass grows with the batch.",
        ),
        "one-sample": (
            37.0,
            "37 is right for one sample; a batch of 1000 keeps that many for every row.",
        ),
        "activations-only": (
            16000.0,
            "You counted one number per unit; this network keeps both `z` and `a`, and the input as well.",
        ),
        "input-forgotten": (
            32000.0,
            "You left out the input: `dW` of the first layer needs it, so it is kept too.",
        ),
        "z-forgotten": (
            21000.0,
            "You counted the input and every `a`; every `z` is kept too, for the slopes of the activations.",
        ),
    },
    hints=(
        "Count for one row first: the input, and two numbers, `z` and `a`, for every unit.",
        "The layers have 10, 5 and 1 units, so there are 16 of them, and 5 inputs.",
        "One row needs 5 + 2 * 16 numbers; multiply by 1000 rows.",
    ),
)

# --- the chain rule -----------------------------------------------------------------------------

_CHAIN_D = "y * np.cos(x**2) * 2 * x"

CHAIN = Exercise(
    name="backprop-chain_rule",
    title="A chain of three functions",
    difficulty=1,
    minutes=6,
    points=2,
    cases=lambda rng: [
        {"x": rng.uniform(0.3, 1.9, size=n) * rng.choice([-1, 1], size=n)} for n in (5, 1, 4)
    ],
    probe=call,
    options={"name": "chain", "args": ("x",), "returns": ("y", "dy_dx")},
    truth=lambda case: {"dy_dx": grad(lambda v: np.sum(np.exp(np.sin(v**2))), case["x"])},
    reference='''
def chain(x):
    """Return y = exp(sin(x**2)) and its derivative, entry by entry."""
    y = np.exp(np.sin(x**2))
    return y, y * np.cos(x**2) * 2 * x
''',
    wrong=(
        Wrong(
            "inner-forgotten",
            "Your derivative lacks the innermost factor 2x: the chain goes on until it reaches `x` itself.",
            swap={_CHAIN_D: "y * np.cos(x**2)"},
        ),
        Wrong(
            "middle-forgotten",
            "Your derivative lacks the factor of the sine, cos(x**2): one factor for each of the three functions.",
            swap={_CHAIN_D: "y * 2 * x"},
        ),
        Wrong(
            "outer-forgotten",
            "Your derivative lacks the factor of exp, which is exp again at the same place: `y`.",
            swap={_CHAIN_D: "np.cos(x**2) * 2 * x"},
        ),
        Wrong(
            "evaluated-at-x",
            "You take the cosine at `x`; each derivative is evaluated where its function was, here at x**2.",
            swap={"np.cos(x**2)": "np.cos(x)"},
        ),
        Wrong(
            "sum-for-product",
            "You add the three derivatives; along one path they are multiplied.",
            swap={_CHAIN_D: "y + np.cos(x**2) + 2 * x"},
        ),
        Wrong(
            "sine-sign",
            "The derivative of the sine is the cosine, without a minus.",
            swap={_CHAIN_D: "-y * np.cos(x**2) * 2 * x"},
        ),
        Wrong(
            "derivatives-chained",
            "You put the derivatives inside one another; each is evaluated at its own input, and then they are multiplied.",
            swap={_CHAIN_D: "np.exp(np.cos(2 * x))"},
        ),
    ),
    right=(
        Right(
            "step by step",
            code="""
def chain(x):
    u = x * x
    v = np.sin(u)
    y = np.exp(v)
    dv = y
    du = dv * np.cos(u)
    return y, du * 2 * x
""",
        ),
        Right(
            "loop",
            code="""
import math

def chain(x):
    y = np.array([math.exp(math.sin(t * t)) for t in x])
    return y, np.array([2 * t * math.cos(t * t) * math.exp(math.sin(t * t)) for t in x])
""",
        ),
    ),
    hints=(
        "Name the parts: u = x**2, v = sin(u), y = exp(v). Each has a simple derivative.",
        "Multiply the three: dy/dv at v, dv/du at u, du/dx at x.",
        "dy/dv is y itself, dv/du is cos(x**2), du/dx is 2 * x.",
    ),
)

_SEVEN = "[2 * (p - y), p * (1 - p), w3, a2 * (1 - a2), w2, a1 * (1 - a1), x]"

FACTORS = Exercise(
    name="backprop-factors",
    title="Seven factors",
    difficulty=2,
    minutes=12,
    points=3,
    cases=lambda rng: [
        {
            "x": float(rng.uniform(0.5, 2)),
            "y": float(rng.uniform(0.6, 0.9)),
            "w1": float(rng.normal() + 0.5),
            "w2": float(rng.uniform(1.2, 2)),
            "w3": float(-rng.uniform(0.4, 1.1)),
        }
        for _ in range(3)
    ],
    probe=call,
    options={
        "name": "seven_factors",
        "args": ("x", "y", "w1", "w2", "w3"),
        "returns": ("factors", "dw1"),
    },
    truth=lambda case: {"dw1": grad(lambda w1: _three_sigmoids(w1, case), case["w1"])},
    reference=f'''
def seven_factors(x, y, w1, w2, w3):
    """Return the factors of dL/dw1, from the loss down to w1, and their product.

    a1 = s(w1 * x), a2 = s(w2 * a1), p = s(w3 * a2), L = (y - p)**2, with the sigmoid s.
    """
    a1 = 1 / (1 + np.exp(-w1 * x))
    a2 = 1 / (1 + np.exp(-w2 * a1))
    p = 1 / (1 + np.exp(-w3 * a2))
    factors = np.array({_SEVEN})
    return factors, np.prod(factors)
''',
    wrong=(
        Wrong(
            "two-missing",
            "Your first factor lacks the 2: the derivative of (y - p)**2 by p is 2 (p - y).",
            swap={"2 * (p - y)": "p - y"},
            hint="p - y alone belongs to half the square.",
        ),
        Wrong(
            "sign-of-the-loss",
            "Your first factor has the wrong sign: the inner derivative of y - p by p is -1.",
            swap={"2 * (p - y)": "2 * (y - p)"},
        ),
        Wrong(
            "weights-swapped",
            "You have `w2` and `w3` the wrong way round: going backwards, the last weight comes first.",
            swap={_SEVEN: _SEVEN.replace("w3", "w_").replace("w2", "w3").replace("w_", "w2")},
        ),
        Wrong(
            "activation-for-slope",
            "You multiply by the activations; the slope of the sigmoid is a (1 - a).",
            swap={"a2 * (1 - a2)": "a2", "a1 * (1 - a1)": "a1", "p * (1 - p)": "p"},
        ),
        Wrong(
            "sigmoid-applied-twice",
            "You put the activations through the sigmoid once more before taking the slope; a (1 - a) already uses the activation.",
            swap={
                "factors = np.array(": "s = lambda a: 1 / (1 + np.exp(-a)) * (1 - 1 / (1 + np.exp(-a)))\n    factors = np.array(",
                "a2 * (1 - a2)": "s(a2)",
                "a1 * (1 - a1)": "s(a1)",
                "p * (1 - p)": "s(p)",
            },
        ),
        Wrong(
            "ends-at-w1",
            "Your last factor is `w1`; the derivative of w1 * x by w1 is `x`.",
            swap={"a1 * (1 - a1), x]": "a1 * (1 - a1), w1]"},
        ),
        Wrong(
            "summed",
            "Your gradient adds the factors up; along one path they are multiplied.",
            swap={"np.prod(factors)": "np.sum(factors)"},
        ),
        Wrong(
            "order-reversed",
            "Your factors stand in the order of the forward pass; list them from the loss down to `w1`.",
            swap={"return factors, np": "factors = factors[::-1]\n    return factors, np"},
        ),
    ),
    right=(
        Right(
            "running product",
            code="""
def seven_factors(x, y, w1, w2, w3):
    s = lambda z: 1 / (1 + np.exp(-z))
    slope = lambda z: s(z) * (1 - s(z))
    z1 = w1 * x
    z2 = w2 * s(z1)
    z3 = w3 * s(z2)
    f = [-2 * (y - s(z3)), slope(z3), w3, slope(z2), w2, slope(z1), x]
    total = 1.0
    for value in f:
        total = total * value
    return np.array(f), total
""",
        ),
        Right(
            "exp form of the slope",
            swap={"p * (1 - p)": "np.exp(-w3 * a2) / (1 + np.exp(-w3 * a2)) ** 2"},
        ),
    ),
    hints=(
        "Start at the loss and go back one operation at a time: square, sigmoid, times w3, sigmoid, times w2, sigmoid, times w1.",
        "The factor of a sigmoid is a (1 - a) with its own output `a`; the factor of a product such as w3 * a2, seen from a2, is w3.",
        "In order: 2 (p - y), the slope at p, `w3`, the slope at a2, `w2`, the slope at a1, `x`.",
    ),
)


def _three_sigmoids(w1: Any, case: Case) -> Any:
    a = case["x"]
    for w in (w1, case["w2"], case["w3"]):
        a = 1 / (1 + np.exp(-w * a))
    return (case["y"] - a) ** 2


# --- questions ----------------------------------------------------------------------------------

STEPS = choice(
    "backprop-steps",
    "The order of one training step",
    answer="b",
    options={
        "a": "The backward pass needs the numbers of the forward pass, and the loss's gradient to start from; neither exists yet.",
        "c": "The gradient arrives at the last layer; the first layer cannot know its own until all layers above have passed it down.",
        "d": "A weight that is changed before the gradient has passed through its layer sends a wrong gradient down.",
    },
    hints=(
        "What does the backward pass read that the forward pass has written?",
        "The gradient starts at the loss, the far end of the network.",
        "Forward and loss first, then the gradient from the last layer to the first, and the weights change last.",
    ),
)

REUSE = choice(
    "backprop-reuse",
    "Why one backward pass is enough",
    answer="a",
    options={
        "b": "It is exact, up to rounding: nothing is approximated, and nothing is left out.",
        "c": "Layers wait for one another: the gradient reaches a layer only when the one above has passed it on.",
        "d": "Nothing is solved in closed form; the derivative is evaluated at one point, with the numbers of the forward pass.",
    },
    hints=(
        "Two weights in the first layer: which part of their seven factors is the same?",
        "Paths from the loss down to different weights share their beginnings.",
        "What is shared is computed once, stored in `dy`, and handed down.",
    ),
)

EXERCISES = [WORKED, CONVENTION, FORWARD, MEMORY, CHAIN, FACTORS, STEPS, REUSE]
