"""Chapter 1, perceptrons and neurons: one neuron, a layer, gates and the perceptron's rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.bank._perceptrons_more import MORE
from autograder.bank._perceptrons_rule import LEARNING
from autograder.bank._perceptrons_xor import XOR
from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.kinds import choice, find_bug, prediction
from autograder.probe import Problem, ProblemError, call

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])

# --- one neuron ---------------------------------------------------------------------------------


def _neuron_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"x": rng.normal(size=n), "w": rng.normal(size=n), "b": float(rng.normal())}
        for n in (3, 1, 5)
    ]


NEURON = Exercise(
    name="perceptrons-neuron",
    title="One neuron's weighted sum",
    difficulty=1,
    minutes=5,
    points=2,
    cases=_neuron_cases,
    probe=call,
    options={"name": "neuron", "args": ("x", "w", "b"), "returns": ("z",)},
    reference='''
def neuron(x, w, b):
    """Return the weighted sum of the inputs plus the bias."""
    return x @ w + b
''',
    wrong=(
        Wrong(
            "no-bias",
            "Your `z` is the weighted sum without the bias: add `b` to it.",
            swap={"x @ w + b": "x @ w"},
        ),
        Wrong(
            "bias-subtracted",
            "Your `z` subtracts the bias. A bias is added; only a threshold is subtracted, and b = -threshold.",
            swap={"x @ w + b": "x @ w - b"},
        ),
        Wrong(
            "elementwise",
            "Your `z` is still one number per input: multiply, and then sum over the inputs.",
            swap={"x @ w + b": "x * w + b"},
        ),
        Wrong(
            "bias-per-input",
            "Your sum adds the bias once for each input; it belongs to the neuron, so add it once.",
            swap={"x @ w + b": "np.sum(x * w + b)"},
        ),
        Wrong(
            "mean",
            "Your `z` averages the weighted inputs; a neuron sums them.",
            swap={"x @ w + b": "np.mean(x * w) + b"},
        ),
    ),
    right=(
        Right(
            "loop",
            code="""
def neuron(x, w, b):
    total = b
    for xi, wi in zip(x, w):
        total = total + xi * wi
    return total
""",
        ),
        Right("sum of products", swap={"x @ w + b": "np.sum(x * w) + b"}),
        Right("einsum", swap={"x @ w + b": "np.einsum('i,i', w, x) + b"}),
        Right("float32 inside", swap={"x @ w + b": "np.float32(x @ w) + b"}),
    ),
    hints=(
        "A neuron does two things before its activation: it weighs and sums its inputs, then shifts the sum.",
        "The sum of products of two vectors is their dot product, which NumPy writes `x @ w`.",
        "Return the dot product of `x` and `w`, plus `b`.",
    ),
)


# --- the perceptron's answer --------------------------------------------------------------------


def _predict_cases(rng: np.random.Generator) -> list[Case]:
    """Quarters, so that sums are exact: row 0 stands on the line, row 1 a quarter above it."""
    cases = []
    for n, d in ((6, 3), (1, 4), (9, 2)):
        while True:
            X = rng.integers(-8, 9, size=(n, d)) / 4
            w = rng.choice([-3.0, -2.0, 2.0, 3.0], size=d)
            w[0] = rng.choice([-1.0, 1.0])
            b = -float(X[0] @ w)
            if n == 1:
                b += 0.75
            else:
                X[1] = X[0]
                X[1, 0] += w[0] / 4
            z = X @ w + b
            answers = {tuple(v >= 0) for v in (z, z - b, z - 2 * b, z - 0.5, -z)}
            if n == 1 or (len(answers) == 5 and np.any(z < -0.5) and np.any(z > 0.5)):
                break
        cases.append({"X": X, "w": w, "b": b})
    return cases


PREDICT = Exercise(
    name="perceptrons-predict",
    title="A perceptron's answer",
    difficulty=1,
    minutes=6,
    points=2,
    cases=_predict_cases,
    probe=call,
    options={"name": "predict", "args": ("X", "w", "b"), "returns": ("p",)},
    reference='''
def predict(X, w, b):
    """Return 1 for every row of X whose weighted sum plus bias is at least 0, else 0."""
    return (X @ w + b >= 0).astype(float)
''',
    wrong=(
        Wrong(
            "strict",
            "Your `p` is 0 where the sum is exactly 0; here the step is 1 there, so compare with `>=`.",
            swap={">= 0": "> 0"},
        ),
        Wrong(
            "half",
            "Your `p` switches at 0.5: that is where a probability is rounded, but the step switches at a sum of 0.",
            swap={">= 0": ">= 0.5"},
        ),
        Wrong(
            "plus-minus-one",
            "Your `p` is -1 where it should be 0; this course writes a perceptron's two answers as 0 and 1.",
            swap={"(X @ w + b >= 0).astype(float)": "np.where(X @ w + b >= 0, 1.0, -1.0)"},
        ),
        Wrong(
            "no-bias",
            "Your `p` leaves out the bias, so its boundary always runs through the origin: add `b`.",
            swap={"X @ w + b": "X @ w"},
        ),
        Wrong(
            "bias-as-threshold",
            "Your `p` asks whether the sum reaches `b`. That is what a threshold is for; a bias is added, and the sum compared with 0.",
            swap={"X @ w + b >= 0": "X @ w >= b"},
        ),
        Wrong(
            "no-step",
            "Your `p` is the weighted sum itself: the step, 1 where the sum is at least 0 and else 0, is missing.",
            swap={"(X @ w + b >= 0).astype(float)": "X @ w + b"},
        ),
        Wrong(
            "sigmoid",
            "Your `p` is a sigmoid, which rises smoothly; a perceptron uses the step, which is 0 or 1.",
            swap={"(X @ w + b >= 0).astype(float)": "1 / (1 + np.exp(-(X @ w + b)))"},
        ),
        Wrong(
            "inverted",
            "Your `p` says 1 where it should say 0: it fires where the sum is negative.",
            swap={">= 0": "< 0"},
        ),
        Wrong(
            "one-answer",
            "Your `p` is one answer for the whole batch; every row of `X` gets its own.",
            swap={"(X @ w + b >= 0).astype(float)": "float(np.any(X @ w + b >= 0))"},
        ),
    ),
    right=(
        Right(
            "loop",
            code="""
def predict(X, w, b):
    p = np.zeros(len(X))
    for i, x in enumerate(X):
        p[i] = 1 if sum(x * w) + b >= 0 else 0
    return p
""",
        ),
        Right("booleans", swap={".astype(float)": ""}),
        Right("integers", swap={".astype(float)": ".astype(int)"}),
        Right(
            "heaviside",
            swap={"(X @ w + b >= 0).astype(float)": "np.heaviside(X @ w + b, 1.0)"},
        ),
        Right("threshold", swap={"X @ w + b >= 0": "X @ w >= -b"}),
    ),
    hints=(
        "There are two steps: the weighted sum of every row, and then the decision.",
        "`X @ w + b` has one number per row. Which of them are at least 0?",
        "Return `(X @ w + b >= 0)`, turned into numbers with `.astype(float)`.",
    ),
)


# --- a layer ------------------------------------------------------------------------------------


def _layer_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"X": rng.normal(size=(n, i)), "W": rng.normal(size=(i, o)), "b": rng.normal(size=o)}
        for n, i, o in ((5, 3, 2), (1, 4, 3), (2, 6, 4))
    ]


LAYER = Exercise(
    name="perceptrons-layer",
    title="A layer of neurons, for a batch",
    difficulty=1,
    minutes=8,
    points=2,
    cases=_layer_cases,
    probe=call,
    options={"name": "layer", "args": ("X", "W", "b"), "returns": ("Z",)},
    reference='''
def layer(X, W, b):
    """Return the weighted sums of all neurons for all rows, shape (n, n_out)."""
    return X @ W + b
''',
    wrong=(
        Wrong(
            "no-bias",
            "Your `Z` leaves out the biases: every column needs its own `b[j]` added.",
            swap={"X @ W + b": "X @ W"},
        ),
        Wrong(
            "one-bias",
            "Your `Z` adds the sum of all biases everywhere; neuron j adds `b[j]` alone, and NumPy does that if you add `b` as it is.",
            swap={"X @ W + b": "X @ W + b.sum()"},
        ),
        Wrong(
            "bias-into-weights",
            "Your `Z` adds the bias to the weights before multiplying, so each bias is counted once per unit of input; add `b` after the product.",
            swap={"X @ W + b": "X @ (W + b)"},
        ),
        Wrong(
            "transposed",
            "Your `Z` is transposed, one row per neuron: rows are samples throughout this course.",
            swap={"X @ W + b": "(X @ W + b).T"},
        ),
        Wrong(
            "first-row",
            "Your `Z` has the first sample only: a `return` inside the loop ends it after one row.",
            swap={"X @ W + b": "X[0] @ W + b"},
        ),
        Wrong(
            "summed-over-batch",
            "Your `Z` sums over the samples; the sum runs over the inputs of one sample, and the rows stay apart.",
            swap={"X @ W + b": "(X @ W + b).sum(axis=0)"},
        ),
        Wrong(
            "averaged",
            "Your `Z` divides the weighted sum by the number of inputs; a neuron sums and does not average.",
            swap={"X @ W + b": "X @ W / X.shape[1] + b"},
        ),
        Wrong(
            "activated",
            "Your `Z` has no negative entries: it was put through a ReLU, but the exercise asks for the sums before any activation.",
            swap={"X @ W + b": "np.maximum(X @ W + b, 0)"},
        ),
    ),
    right=(
        Right(
            "loops",
            code="""
def layer(X, W, b):
    Z = np.zeros((X.shape[0], W.shape[1]))
    for i in range(X.shape[0]):
        for j in range(W.shape[1]):
            Z[i, j] = X[i] @ W[:, j] + b[j]
    return Z
""",
        ),
        Right("einsum", swap={"X @ W + b": "np.einsum('ni,io->no', X, W) + b"}),
        Right(
            "column of ones",
            swap={"X @ W + b": "np.column_stack([X, np.ones(len(X))]) @ np.vstack([W, b])"},
        ),
        Right(
            "float32 inside",
            swap={"X @ W + b": "(X.astype(np.float32) @ W.astype(np.float32)) + b"},
        ),
    ),
    hints=(
        "Write the shapes down first: (n, n_in), (n_in, n_out), (n_out,). What has to come out?",
        "A matrix product takes the dot product of every row of the first with every column of the second.",
        "`X @ W` has shape (n, n_out); adding `b` of shape (n_out,) adds `b[j]` to column j.",
    ),
)


# --- gates --------------------------------------------------------------------------------------


def gates_probe(code: Mapping[str, Any], case: Case, *, names: tuple[str, ...]) -> Values:
    """Record each gate, three numbers, as a float array."""
    values: Values = {}
    for name in names:
        gate = np.asarray(code[name], dtype=float)
        if gate.shape != (3,):
            text = f"{name} should hold the three numbers w1, w2, b; its shape is {gate.shape}"
            raise ProblemError(Problem("error", "ValueError", text))
        values[name] = gate
    return values


def _table(gate: Any) -> list[int]:
    return [int(z >= 0) for z in CORNERS @ gate[:2] + gate[2]]


def _gate_accepts(name: str, table: list[int]) -> Callable[[Any, Case, Values], str]:
    def accept(gate: Any, case: Case, values: Values) -> str:
        for x, got, right in zip(CORNERS, _table(gate), table, strict=True):
            if got != right:
                z = x @ gate[:2] + gate[2]
                return (
                    f"`{name}` answers {got} for the input ({x[0]:.0f}, {x[1]:.0f}), where its sum is "
                    f"{z:g}; it should answer {right}."
                )
        return ""

    return accept


def _computes(name: str, table: list[int]) -> Callable[[Values, Case], bool]:
    return lambda values, case: _table(values[name]) == table


def _order_swapped(values: Values, case: Case) -> bool:
    turned = {k: np.roll(np.asarray(v), -1) for k, v in values.items()}
    return all(_table(turned[k]) == t for k, t in GATE_TABLES.items())


GATE_TABLES = {
    "and_gate": [0, 0, 0, 1],
    "or_gate": [0, 1, 1, 1],
    "nand_gate": [1, 1, 1, 0],
}
_GATES = """and_gate = np.array([1.0, 1.0, -1.5])
or_gate = np.array([1.0, 1.0, -0.5])
nand_gate = np.array([-1.0, -1.0, 1.5])
"""

GATES = Exercise(
    name="perceptrons-gates",
    title="AND, OR and NAND by hand",
    difficulty=1,
    minutes=8,
    points=3,
    kind="property",
    cases=lambda rng: [{}],
    probe=gates_probe,
    options={"names": tuple(GATE_TABLES)},
    reference=_GATES,
    accept={name: _gate_accepts(name, table) for name, table in GATE_TABLES.items()},
    wrong=(
        Wrong(
            "bias-first",
            "Your gates work if the bias is read first; the order asked for is `w1, w2, b`.",
            code="""and_gate = np.array([-1.5, 1.0, 1.0])
or_gate = np.array([-0.5, 1.0, 1.0])
nand_gate = np.array([1.5, -1.0, -1.0])
""",
            when=_order_swapped,
        ),
        Wrong(
            "threshold-as-bias",
            "Your `and_gate` always fires: a threshold of 1.5 is a bias of -1.5, because the bias is added before comparing with 0.",
            swap={"1.0, 1.0, -1.5": "1.0, 1.0, 1.5"},
            when=_computes("and_gate", [1, 1, 1, 1]),
        ),
        Wrong(
            "and-is-or",
            "Your `and_gate` is an OR: one input alone already lifts its sum to 0, so lower the bias until both are needed.",
            swap={"1.0, 1.0, -1.5": "1.0, 1.0, -1.0"},
            when=_computes("and_gate", [0, 1, 1, 1]),
        ),
        Wrong(
            "or-is-and",
            "Your `or_gate` is an AND: one input alone does not lift its sum to 0, so raise the bias.",
            swap={"1.0, 1.0, -0.5": "1.0, 1.0, -1.2"},
            when=_computes("or_gate", [0, 0, 0, 1]),
        ),
        Wrong(
            "or-always",
            "Your `or_gate` always fires, even for (0, 0), where the sum is the bias alone: the bias has to be negative.",
            swap={"1.0, 1.0, -0.5": "1.0, 1.0, 0.0"},
            when=_computes("or_gate", [1, 1, 1, 1]),
        ),
        Wrong(
            "only-bias-flipped",
            "Your `nand_gate` always fires: to turn an answer round, flip the sign of the weights as well as that of the bias.",
            swap={"-1.0, -1.0, 1.5": "1.0, 1.0, 1.5"},
            when=_computes("nand_gate", [1, 1, 1, 1]),
        ),
        Wrong(
            "nand-is-nor",
            "Your `nand_gate` is a NOR: one input alone already silences it, so give it a larger bias.",
            swap={"-1.0, -1.0, 1.5": "-1.0, -1.0, 0.5"},
            when=_computes("nand_gate", [1, 0, 0, 0]),
        ),
    ),
    right=(
        Right(
            "other numbers",
            code="""and_gate = np.array([2.0, 3.0, -4.0])
or_gate = np.array([5.0, 2.0, -2.0])
nand_gate = np.array([-0.1, -0.2, 0.25])
""",
        ),
        Right(
            "lists",
            code="""and_gate = [1, 1, -2]
or_gate = [1, 1, -1]
nand_gate = [-1, -1, 1]
""",
        ),
        Right(
            "tuples",
            code="""and_gate = (1, 1, -1.5)
or_gate = (1, 1, -0.5)
nand_gate = (-1, -1, 1.9)
""",
        ),
    ),
    hints=(
        "With weights 1 and 1 the sum counts the ones in the input: 0, 1, 1 or 2. Where must each gate switch?",
        "AND has to switch between 1 and 2, say at 1.5; a threshold of 1.5 is a bias of -1.5.",
        "OR switches at 0.5. NAND is AND turned round: change all three signs.",
    ),
)


# --- threshold and bias: find the bug -----------------------------------------------------------


def _fires_cases(rng: np.random.Generator) -> list[Case]:
    """Quarters, so that sums are exact; row 0 of every batch just reaches the threshold."""
    cases: list[Case] = []
    for n, d, sign in ((6, 3, 1), (1, 5, 1), (7, 2, -1)):
        while True:
            X = rng.integers(-8, 9, size=(n, d)) / 4
            w = rng.choice([-3.0, -2.0, 2.0, 3.0], size=d)
            z = X @ w
            if sign * z[0] > 1 and (
                n == 1 or (np.any(z < z[0]) and np.any(np.abs(z) < sign * z[0]))
            ):
                break
        cases.append({"X": X, "w": w, "threshold": float(z[0])})
    return cases


THRESHOLD_BUG = find_bug(
    "perceptrons-threshold-bug",
    "Find the bug: a threshold called a bias",
    function="fires",
    args=("X", "w", "threshold"),
    cases=_fires_cases,
    repaired='''
def fires(X, w, threshold):
    """Return 1.0 for every row whose weighted sum reaches the threshold, else 0.0."""
    b = -threshold
    return np.where(X @ w + b >= 0, 1.0, 0.0)
''',
    buggy='''
def fires(X, w, threshold):
    """Return 1.0 for every row whose weighted sum reaches the threshold, else 0.0."""
    b = threshold
    return np.where(X @ w + b >= 0, 1.0, 0.0)
''',
    witness="(np.array([[1.0, 0.0]]), np.array([1.0, 1.0]), 1.5)",
    cause="b",
    causes={
        "a": "The comparison is right: a sum that just reaches the threshold counts, and `>=` says so. Look at what is compared.",
        "c": "Weights may have any size: only the sum and the threshold are compared, and both scale alike.",
        "d": "No activation is missing: the comparison itself is the step.",
    },
    bug_says="Your `fires` still adds the threshold: a sum reaches `threshold` when `X @ w - threshold >= 0`, so the bias is minus the threshold.",
    wrong=(
        Wrong(
            "strict",
            "Your `fires` says 0 when the sum equals the threshold; reaching it is enough, so keep `>=`.",
            swap={">= 0": "> 0"},
        ),
        Wrong(
            "everything-negated",
            "Your `fires` changes the sign of the weighted sum as well; only the threshold changes sides.",
            swap={"X @ w + b": "-(X @ w) + b"},
        ),
        Wrong(
            "absolute",
            "Your `fires` takes the size of the threshold and loses its sign: a threshold may be negative.",
            swap={"b = -threshold": "b = -abs(threshold)"},
        ),
    ),
    right=(
        Right(
            "compared directly",
            swap={"b = -threshold\n    ": "", "X @ w + b >= 0": "X @ w >= threshold"},
        ),
        Right(
            "loop",
            swap={
                "np.where(X @ w + b >= 0, 1.0, 0.0)": "np.array([float(sum(x * w) + b >= 0) for x in X])"
            },
        ),
    ),
    hints=(
        "Take the AND gate: weights 1 and 1, threshold 1.5. What does the code answer for the input (0, 0)?",
        "Write `sum >= threshold` with everything on the left-hand side. What is added to the sum?",
        "The bias is minus the threshold: `b = -threshold`; the cause is (b).",
    ),
    points=2,
    difficulty=1,
    minutes=8,
)


# --- a decision ---------------------------------------------------------------------------------


def _yes_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = [
        {"w": np.array([3.0, 2.0, 1.0]), "b": -3.0},
        {"w": np.array([-2.0, 3.0]), "b": 0.5},
    ]
    for n in (1, 4, 6, 5):
        w = rng.choice([-4.0, -3.0, -2.0, 1.0, 3.0, 5.0], size=n)
        pick = rng.integers(0, 2, size=n)
        pick[0] = 1
        cases.append({"w": w, "b": -float(pick @ w)})
    return cases


_YES_ROWS = "(np.arange(2 ** len(w))[:, None] >> np.arange(len(w))) & 1"

YES_COUNT = Exercise(
    name="perceptrons-yes-count",
    title="How often does a neuron say yes?",
    difficulty=2,
    minutes=10,
    points=2,
    cases=_yes_cases,
    probe=call,
    options={"name": "yes_count", "args": ("w", "b"), "returns": ("count",)},
    reference=f'''
def yes_count(w, b):
    """Return on how many of the 2**n inputs of zeros and ones the neuron fires."""
    X = {_YES_ROWS}
    return np.sum(X @ w + b >= 0)
''',
    wrong=(
        Wrong(
            "strict",
            "Your `count` leaves out inputs whose sum is exactly 0; the neuron says yes there too (`>=`).",
            swap={">= 0": "> 0"},
        ),
        Wrong(
            "no-bias",
            "Your `count` leaves out the bias: add `b` before comparing with 0.",
            swap={"X @ w + b": "X @ w"},
        ),
        Wrong(
            "counts-no",
            "Your `count` counts the noes: it is 2**n minus the right answer.",
            swap={">= 0": "< 0"},
        ),
        Wrong(
            "share",
            "Your `count` is a share between 0 and 1: take the sum of the yeses, not their mean.",
            swap={"np.sum(": "np.mean("},
        ),
        Wrong(
            "one-at-a-time",
            "Your `count` tries the n inputs with a single one; there are 2**n inputs, with any number of ones.",
            swap={_YES_ROWS: "np.eye(len(w))"},
        ),
        Wrong(
            "empty-input-missing",
            "Your `count` never tries the input of zeros alone, where the bias decides by itself.",
            swap={"np.arange(2 ** len(w))": "np.arange(1, 2 ** len(w))"},
        ),
        Wrong(
            "full-input-missing",
            "Your `count` never tries the input of ones alone: a range ends one before its end.",
            swap={"np.arange(2 ** len(w))": "np.arange(2 ** len(w) - 1)"},
        ),
        Wrong(
            "minus-one-inputs",
            "Your `count` tries inputs of -1 and 1; here an input is 0 or 1.",
            swap={_YES_ROWS: f"2 * ({_YES_ROWS}) - 1"},
        ),
    ),
    right=(
        Right(
            "product",
            code="""
def yes_count(w, b):
    from itertools import product
    count = 0
    for x in product((0, 1), repeat=len(w)):
        if sum(xi * wi for xi, wi in zip(x, w)) + b >= 0:
            count += 1
    return count
""",
        ),
        Right(
            "sums grown",
            code="""
def yes_count(w, b):
    sums = np.array([b])
    for wi in w:
        sums = np.concatenate([sums, sums + wi])
    return int((sums >= 0).sum())
""",
        ),
        Right("indices", swap={_YES_ROWS: "np.indices((2,) * len(w)).reshape(len(w), -1).T"}),
    ),
    hints=(
        "For three inputs there are eight rows, from (0, 0, 0) to (1, 1, 1). Make all of them, then ask the neuron.",
        "`itertools.product((0, 1), repeat=len(w))` runs through all inputs of zeros and ones.",
        "Count those with `x @ w + b >= 0`, where `x = np.array(row)`.",
    ),
)

IMPOSSIBLE_COUNT = prediction(
    "perceptrons-impossible-count",
    "Predict: the count that no bias gives",
    truth=4.0,
    within=0.25,
    mistakes={
        "seven": (
            7.0,
            "A bias of -1 gives 7 yeses: only the input of zeros, with sum 0, falls below.",
        ),
        "five": (5.0, "A bias of -3 gives 5 yeses: the sums 3, 3, 4, 5 and 6 reach it."),
        "three": (3.0, "A bias of -4 gives 3 yeses: the sums 4, 5 and 6 reach it."),
        "zero": (0.0, "A bias below -6 gives no yes at all, because 6 is the largest sum."),
        "one": (1.0, "A bias of -6 gives 1 yes: only the input of ones reaches it."),
    },
    hints=(
        "Write the eight sums in order of size, and move the bias past them one by one.",
        "The sums are 0, 1, 2, 3, 3, 4, 5, 6. One of them occurs twice.",
        "The two inputs with sum 3 change their answers together, so the count jumps from 5 to 3.",
    ),
)


# --- choices ------------------------------------------------------------------------------------

BRAIN = choice(
    "perceptrons-brain",
    "What to compare with a synapse",
    answer="c",
    options={
        "a": "A layer is a whole group of units; a synapse joins just two cells.",
        "b": "A unit stands for a nerve cell, and each cell has thousands of synapses: the two counts differ a thousandfold.",
        "d": "A training sample is what passes through the network, not a part of it.",
    },
    hints=(
        "A synapse joins two nerve cells, and how strongly it does so changes with learning.",
        "What in an artificial network joins two units and changes with learning?",
        "A synapse is compared with a weight, one of the parameters: (c).",
    ),
)

ORDER = choice(
    "perceptrons-order",
    "The four steps of learning, in order",
    answer="b",
    options={
        "a": "The backward pass needs to know the loss it is differentiating, so the loss comes before it.",
        "c": "The gradient belongs to the weights it was computed for: update after the backward pass, not before.",
        "d": "There is no loss before there is an answer: the forward pass comes first.",
    },
    hints=(
        "Ask of each step what it needs to have at hand when it begins.",
        "The loss needs an answer, the gradient needs the loss, the update needs the gradient.",
        "Forward, loss, backward, update: (b).",
    ),
)

EXERCISES = [
    NEURON,
    PREDICT,
    LAYER,
    GATES,
    THRESHOLD_BUG,
    YES_COUNT,
    IMPOSSIBLE_COUNT,
    BRAIN,
    *LEARNING,
    *XOR,
    ORDER,
    *MORE,
]
