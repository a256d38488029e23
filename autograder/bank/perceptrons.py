"""Chapter 1, perceptrons and neurons: one neuron, a layer, gates and the perceptron's rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.bank._perceptrons_more import MORE
from autograder.bank._perceptrons_xor import XOR
from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.kinds import choice, find_bug, prediction
from autograder.probe import Problem, ProblemError, call

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
AND = np.array([0.0, 0.0, 0.0, 1.0])

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
        Right("loop", code='''
def neuron(x, w, b):
    total = b
    for xi, wi in zip(x, w):
        total = total + xi * wi
    return total
'''),
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
            if b != 0 and (n == 1 or (np.any(z < -0.5) and np.any(z > 0.5))):
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
        Right("loop", code='''
def predict(X, w, b):
    p = np.zeros(len(X))
    for i, x in enumerate(X):
        p[i] = 1 if sum(x * w) + b >= 0 else 0
    return p
'''),
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
        Right("loops", code='''
def layer(X, W, b):
    Z = np.zeros((X.shape[0], W.shape[1]))
    for i in range(X.shape[0]):
        for j in range(W.shape[1]):
            Z[i, j] = X[i] @ W[:, j] + b[j]
    return Z
'''),
        Right("einsum", swap={"X @ W + b": "np.einsum('ni,io->no', X, W) + b"}),
        Right("column of ones", swap={"X @ W + b": "np.column_stack([X, np.ones(len(X))]) @ np.vstack([W, b])"}),
        Right("float32 inside", swap={"X @ W + b": "(X.astype(np.float32) @ W.astype(np.float32)) + b"}),
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
_GATES = '''and_gate = np.array([1.0, 1.0, -1.5])
or_gate = np.array([1.0, 1.0, -0.5])
nand_gate = np.array([-1.0, -1.0, 1.5])
'''

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
            code='''and_gate = np.array([-1.5, 1.0, 1.0])
or_gate = np.array([-0.5, 1.0, 1.0])
nand_gate = np.array([1.5, -1.0, -1.0])
''',
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
        Right("other numbers", code='''and_gate = np.array([2.0, 3.0, -4.0])
or_gate = np.array([5.0, 2.0, -2.0])
nand_gate = np.array([-0.1, -0.2, 0.25])
'''),
        Right("lists", code='''and_gate = [1, 1, -2]
or_gate = [1, 1, -1]
nand_gate = [-1, -1, 1]
'''),
        Right("tuples", code='''and_gate = (1, 1, -1.5)
or_gate = (1, 1, -0.5)
nand_gate = (-1, -1, 1.9)
'''),
    ),
    hints=(
        "With weights 1 and 1 the sum counts the ones in the input: 0, 1, 1 or 2. Where must each gate switch?",
        "AND has to switch between 1 and 2, say at 1.5; a threshold of 1.5 is a bias of -1.5.",
        "OR switches at 0.5. NAND is AND turned round: change all three signs.",
    ),
)


# --- threshold and bias: find the bug -----------------------------------------------------------


def _fires_cases(rng: np.random.Generator) -> list[Case]:
    """Quarters, so that sums are exact; the first case sits on its threshold."""
    cases: list[Case] = []
    for n, shift in ((3, 0.0), (1, 0.5), (5, -0.5), (4, 0.25), (2, -0.25)):
        while True:
            x, w = rng.integers(-8, 9, size=n) / 4, rng.choice([-3.0, -2.0, 2.0, 3.0], size=n)
            z = float(x @ w)
            if abs(z) > 1 and z * (1 if shift >= 0 else -1) > 0:
                break
        cases.append({"x": x, "w": w, "threshold": z + shift})
    return cases


THRESHOLD_BUG = find_bug(
    "perceptrons-threshold-bug",
    "Find the bug: a threshold called a bias",
    function="fires",
    args=("x", "w", "threshold"),
    cases=_fires_cases,
    repaired='''
def fires(x, w, threshold):
    """Return 1.0 when the weighted sum reaches the threshold, else 0.0."""
    b = -threshold
    return 1.0 if x @ w + b >= 0 else 0.0
''',
    buggy='''
def fires(x, w, threshold):
    """Return 1.0 when the weighted sum reaches the threshold, else 0.0."""
    b = threshold
    return 1.0 if x @ w + b >= 0 else 0.0
''',
    witness="(np.array([1.0, 0.0]), np.array([1.0, 1.0]), 1.5)",
    cause="b",
    causes={
        "a": "The comparison is right: a sum that just reaches the threshold counts, and `>=` says so. Look at what is compared.",
        "c": "Weights may have any size: only the sum and the threshold are compared, and both scale alike.",
        "d": "No activation is missing: the comparison itself is the step.",
    },
    bug_says="Your `fires` still adds the threshold: a sum reaches `threshold` when `x @ w - threshold >= 0`, so the bias is minus the threshold.",
    wrong=(
        Wrong(
            "strict",
            "Your `fires` says 0 when the sum equals the threshold; reaching it is enough, so keep `>=`.",
            swap={">= 0": "> 0"},
        ),
        Wrong(
            "everything-negated",
            "Your `fires` changes the sign of the weighted sum as well; only the threshold changes sides.",
            swap={"x @ w + b": "-(x @ w) + b"},
        ),
        Wrong(
            "absolute",
            "Your `fires` takes the size of the threshold and loses its sign: a threshold may be negative.",
            swap={"b = -threshold": "b = -abs(threshold)"},
        ),
    ),
    right=(
        Right("compared directly", swap={"b = -threshold\n    return 1.0 if x @ w + b >= 0": "return 1.0 if x @ w >= threshold"}),
        Right("loop", swap={"x @ w + b": "sum(xi * wi for xi, wi in zip(x, w)) + b"}),
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
    cases: list[Case] = [{"w": np.array([3.0, 2.0, 1.0]), "b": -3.0}]
    for n in (1, 4, 2, 5):
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
        Right("product", code='''
def yes_count(w, b):
    from itertools import product
    count = 0
    for x in product((0, 1), repeat=len(w)):
        if sum(xi * wi for xi, wi in zip(x, w)) + b >= 0:
            count += 1
    return count
'''),
        Right("sums grown", code='''
def yes_count(w, b):
    sums = np.array([b])
    for wi in w:
        sums = np.concatenate([sums, sums + wi])
    return int((sums >= 0).sum())
'''),
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
        "seven": (7.0, "A bias of -1 gives 7 yeses: only the input of zeros, with sum 0, falls below."),
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


# --- learning -----------------------------------------------------------------------------------


def _rule_cases(rng: np.random.Generator) -> list[Case]:
    """A miss on either side, a hit on either side, a tie with target 0, one input alone."""
    cases: list[Case] = []
    for n, target, side in ((3, 0.0, 1), (5, 1.0, -1), (4, 1.0, 1), (1, 0.0, 1), (2, 0.0, -1)):
        x, w = rng.uniform(0.5, 2, size=n) * rng.choice([-1, 1], n), rng.normal(size=n)
        b = side * float(rng.uniform(0.3, 2)) - float(x @ w)
        cases.append({"x": x, "target": target, "w": w, "b": b})
    cases.append({"x": np.array([2.0, -0.5, 1.0]), "target": 0.0, "w": np.array([1.0, 2.0, 3.0]), "b": -4.0})
    return cases


RULE = Exercise(
    name="perceptrons-rule",
    title="The perceptron's rule, one sample",
    difficulty=1,
    minutes=10,
    points=3,
    cases=_rule_cases,
    probe=call,
    options={"name": "update", "args": ("x", "target", "w", "b"), "returns": ("w", "b")},
    reference='''
def update(x, target, w, b):
    """Return w and b after the perceptron has seen one sample."""
    p = 1.0 if x @ w + b >= 0 else 0.0
    return w + (target - p) * x, b + (target - p)
''',
    wrong=(
        Wrong(
            "sign",
            "Your update goes the wrong way: it uses `p - target`, so a sample that was missed is missed by more.",
            swap={"(target - p) * x": "(p - target) * x", "b + (target - p)": "b + (p - target)"},
        ),
        Wrong(
            "bias-kept",
            "Your `w` is right, but `b` never changes: the bias learns too, as the weight of an input that is always 1.",
            swap={"b + (target - p)": "b"},
        ),
        Wrong(
            "input-forgotten",
            "Your `w` changes by the same amount for every input; the change is `(target - p)` times the input `x`.",
            swap={"(target - p) * x": "(target - p)"},
        ),
        Wrong(
            "no-step",
            "Your error is `target - z` with the raw sum `z`; the perceptron compares the target with its answer, 0 or 1. (Your rule is a real one too: Widrow and Hoff's.)",
            swap={"1.0 if x @ w + b >= 0 else 0.0": "x @ w + b"},
        ),
        Wrong(
            "one-sided",
            "Your update moves only when the target is 1; a perceptron that wrongly says 1 has to learn as well.",
            swap={"(target - p) * x": "max(target - p, 0) * x", "b + (target - p)": "b + max(target - p, 0)"},
        ),
        Wrong(
            "hebb",
            "Your update adds `target * x` whether the answer was right or not; where it was right, nothing changes.",
            swap={"(target - p) * x": "target * x", "b + (target - p)": "b + target"},
        ),
        Wrong(
            "bias-times-x",
            "Your `b` changes by the error times the sum of the inputs; the bias's own input is 1, so it changes by the error alone.",
            swap={"b + (target - p)": "b + (target - p) * x.sum()"},
        ),
        Wrong(
            "bias-ignored",
            "Your answer `p` leaves out the bias, so it is right or wrong on the wrong samples: use `x @ w + b`.",
            swap={"x @ w + b >= 0": "x @ w >= 0"},
        ),
        Wrong(
            "strict",
            "Your answer is 0 where the sum is exactly 0; the step is 1 there, so compare with `>=`.",
            swap={">= 0": "> 0"},
        ),
        Wrong(
            "in-place",
            "Your numbers are right, but `w += ...` also changes the array that the caller passed in: write `w = w + ...`.",
            code='''
def update(x, target, w, b):
    p = 1.0 if x @ w + b >= 0 else 0.0
    w += (target - p) * x
    return w, b + (target - p)
''',
        ),
    ),
    right=(
        Right("branches", code='''
def update(x, target, w, b):
    fired = x @ w + b >= 0
    if fired and target == 0:
        return w - x, b - 1
    if not fired and target == 1:
        return w + x, b + 1
    return w, b
'''),
        Right("in place on a copy", code='''
def update(x, target, w, b):
    error = target - float(np.sum(x * w) + b >= 0)
    w = w.copy()
    w += error * x
    b += error
    return w, b
'''),
        Right("loop", code='''
def update(x, target, w, b):
    z = b
    for i in range(len(x)):
        z += w[i] * x[i]
    error = target - (1 if z >= 0 else 0)
    return np.array([w[i] + error * x[i] for i in range(len(x))]), b + error
'''),
    ),
    hints=(
        "First let the perceptron answer, then compare its answer with the target.",
        "`target - p` is 0 when the answer is right, 1 when it should have fired, -1 when it should not have.",
        "Return `w + (target - p) * x` and `b + (target - p)`.",
    ),
)


def _fit_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = [{"X": CORNERS.copy(), "target": AND.copy(), "epochs": 7}]
    for n, d, epochs in ((8, 3, 4), (1, 2, 3)):
        X = rng.normal(size=(n, d))
        target = (np.arange(n) % 3 == 1).astype(float)
        cases.append({"X": X, "target": target, "epochs": epochs})
    return cases


_FIT = '''
def fit_perceptron(X, target, epochs):
    """Return w, b and the number of mistakes in every epoch, starting from zeros."""
    w, b = np.zeros(X.shape[1]), 0.0
    mistakes = np.zeros(epochs)
    for epoch in range(epochs):
        for x, t in zip(X, target):
            error = t - (1.0 if x @ w + b >= 0 else 0.0)
            w = w + error * x
            b = b + error
            mistakes[epoch] += error != 0
    return w, b, mistakes
'''

FIT = Exercise(
    name="perceptrons-fit",
    title="Train a perceptron",
    difficulty=2,
    minutes=15,
    points=4,
    kind="loop",
    cases=_fit_cases,
    probe=call,
    options={"name": "fit_perceptron", "args": ("X", "target", "epochs"), "returns": ("w", "b", "mistakes")},
    reference=_FIT,
    wrong=(
        Wrong(
            "stale-answers",
            "Your loop takes all answers of an epoch before its first update; the perceptron answers each sample with the weights it has by then.",
            code='''
def fit_perceptron(X, target, epochs):
    w, b = np.zeros(X.shape[1]), 0.0
    mistakes = np.zeros(epochs)
    for epoch in range(epochs):
        error = target - (X @ w + b >= 0)
        w = w + error @ X
        b = b + error.sum()
        mistakes[epoch] = np.sum(error != 0)
    return w, b, mistakes
''',
        ),
        Wrong(
            "restarts",
            "Your loop sets the weights back to zero in every epoch, so nothing learned survives: set them once, before the loops.",
            swap={"        for x, t": "        w, b = np.zeros(X.shape[1]), 0.0\n        for x, t"},
        ),
        Wrong(
            "bias-kept",
            "Your `b` stays 0: the bias learns too, by the error alone.",
            swap={"b = b + error\n": "b = b\n"},
        ),
        Wrong(
            "sign",
            "Your updates go the wrong way: add `(target - answer) * x`.",
            swap={"t - (1.0 if x @ w + b >= 0 else 0.0)": "(1.0 if x @ w + b >= 0 else 0.0) - t"},
        ),
        Wrong(
            "one-update-per-epoch",
            "Your loop leaves an epoch after its first mistake; every sample has its turn in every epoch.",
            swap={"mistakes[epoch] += error != 0": "mistakes[epoch] += error != 0\n            if error != 0:\n                break"},
        ),
        Wrong(
            "signed-mistakes",
            "Your `mistakes` adds up signed errors, where a +1 and a -1 cancel; count the samples with an error that is not 0.",
            swap={"error != 0": "error"},
        ),
        Wrong(
            "cumulative",
            "Your `mistakes` keeps counting from one epoch to the next; each epoch begins at 0.",
            swap={"return w, b, mistakes": "return w, b, np.cumsum(mistakes)"},
        ),
        Wrong(
            "epoch-short",
            "Your loop runs one epoch too few.",
            swap={"for epoch in range(epochs)": "for epoch in range(epochs - 1)"},
        ),
        Wrong(
            "hits-counted",
            "Your `mistakes` counts the samples that were right; count the others.",
            swap={"error != 0": "error == 0"},
        ),
        Wrong(
            "first-row-skipped",
            "Your loop never sees the first sample: rows are counted from 0.",
            swap={"zip(X, target)": "zip(X[1:], target[1:])"},
        ),
    ),
    right=(
        Right("stops when clean", swap={"    return w, b, mistakes": "        if mistakes[epoch] == 0:\n            break\n    return w, b, mistakes"}),
        Right("bias as a weight", code='''
def fit_perceptron(X, target, epochs):
    X1 = np.hstack([X, np.ones((len(X), 1))])
    v = np.zeros(X1.shape[1])
    mistakes = np.zeros(epochs, dtype=int)
    for e in range(epochs):
        for i in range(len(X1)):
            p = int(X1[i] @ v >= 0)
            if p != target[i]:
                v += (target[i] - p) * X1[i]
                mistakes[e] += 1
    return v[:-1], v[-1], mistakes
'''),
        Right("branches", swap={"            w = w + error * x\n            b = b + error\n": "            if error > 0:\n                w, b = w + x, b + 1\n            elif error < 0:\n                w, b = w - x, b - 1\n"}),
    ),
    hints=(
        "Two loops: epochs outside, samples inside; your rule from the exercise before does the rest.",
        "Before the loops: `w` of zeros, `b = 0.0` and an array of `epochs` zeros for the mistakes.",
        "Inside: `error = t - answer`, `w = w + error * x`, `b = b + error`, and `mistakes[epoch] += 1` if the error is not 0.",
    ),
)


# --- labels: find the bug -----------------------------------------------------------------------


def _pass_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for n, d in ((6, 3), (1, 2), (5, 4)):
        X, w, b = rng.normal(size=(n, d)), rng.normal(size=d), float(rng.normal())
        answers = X @ w + b >= 0
        target = np.where(np.arange(n) % 3 == 2, answers, ~answers).astype(float)
        if n == 1:
            b += 3.0 + abs(float(X[0] @ w + b))
            target = np.zeros(1)
        cases.append({"X": X, "target": target, "w": w, "b": b})
    return cases


_PASS = '''
def one_pass(X, target, w, b):
    """Return the weights and the bias, in one array, after one pass; targets are 0 or 1."""
    for x, t in zip(X, target):
        p = 1.0 if x @ w + b >= 0 else 0.0
        if p != t:
            w = w + STEP * x
            b = b + STEP
    return np.append(w, b)
'''

LABELS_BUG = find_bug(
    "perceptrons-labels-bug",
    "Find the bug: a perceptron that half learns",
    function="one_pass",
    args=("X", "target", "w", "b"),
    cases=_pass_cases,
    repaired=_PASS.replace("STEP", "(t - p)"),
    buggy=_PASS.replace("STEP", "t"),
    witness="(np.array([[1.0, 2.0]]), np.array([0.0]), np.array([0.5, 0.5]), 0.0)",
    cause="c",
    causes={
        "a": "A learning rate would scale every update alike; starting from zeros it would not change a single answer.",
        "b": "The order of the samples changes the path, but not whether a missed sample moves the weights.",
        "d": "The bias is updated rightly whenever the weights are; look at which samples change them at all.",
    },
    bug_says="Your `one_pass` still adds `t * x`: for a target of 0 that is nothing, so a sample that was wrongly called 1 teaches nothing. That form is meant for targets -1 and 1.",
    wrong=(
        Wrong(
            "sign",
            "Your `one_pass` steps by `p - t`, away from the target; the step is `t - p`.",
            swap={"(t - p) * x": "(p - t) * x", "b + (t - p)": "b + (p - t)"},
        ),
        Wrong(
            "bias-left",
            "Your weights are repaired, but the bias still moves by `t`: it needs the same step as the weights.",
            swap={"b + (t - p)": "b + t"},
        ),
        Wrong(
            "always-minus",
            "Your `one_pass` subtracts every missed sample; those with target 1 have to be added.",
            swap={"(t - p) * x": "-1 * x", "b + (t - p)": "b - 1"},
        ),
    ),
    right=(
        Right("signed targets", swap={"(t - p) * x": "(2 * t - 1) * x", "b + (t - p)": "b + (2 * t - 1)"}),
        Right("branches", swap={"            w = w + (t - p) * x\n            b = b + (t - p)": "            s = 1.0 if t == 1 else -1.0\n            w, b = w + s * x, b + s"}),
    ),
    hints=(
        "Go through the loop by hand with one sample whose target is 0 but whose answer is 1. What is added to `w`?",
        "With a target of 0 the step `t * x` is 0. Which step is -x there, and +x for a missed target of 1?",
        "The step is `(t - p) * x` for the weights and `(t - p)` for the bias; the cause is (c).",
    ),
    minutes=10,
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
    RULE,
    FIT,
    LABELS_BUG,
    *XOR,
    ORDER,
    *MORE,
]
