"""Chapter 1, what one line cannot do: XOR, hidden units, the shape of a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.kinds import choice
from autograder.probe import Problem, ProblemError, call

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_TARGET = np.array([0.0, 1.0, 1.0, 0.0])

XOR_REASON = choice(
    "perceptrons-xor-reason",
    "Why no perceptron solves XOR",
    answer="b",
    options={
        "a": "With zero weights at the start the learning rate changes no answer at all, and no other rate helps: the weights that are looked for do not exist.",
        "c": "AND has the same four samples, and a perceptron learns it.",
        "d": "The perceptron's rule needs no gradient; AND is learned through the same step.",
    },
    hints=(
        "Write down what `w1`, `w2` and `b` have to satisfy for each of the four inputs.",
        "(0, 0) asks for b < 0. Add the two conditions of (0, 1) and (1, 0), and compare with (1, 1).",
        "w1 + w2 + 2b >= 0 and b < 0 give w1 + w2 + b > 0, but (1, 1) asks for w1 + w2 + b < 0: (b).",
    ),
)


# --- the best any line can do -------------------------------------------------------------------


def _score_cases(rng: np.random.Generator) -> list[Case]:
    grid = rng.integers(-4, 5, size=(40, 3)) / 2
    tie = np.array([[1.0, 1.0, -1.0]])
    X = rng.normal(size=(7, 4))
    return [
        {"X": CORNERS.copy(), "target": XOR_TARGET.copy(), "candidates": grid},
        {"X": CORNERS.copy(), "target": np.array([0.0, 0.0, 0.0, 1.0]), "candidates": tie},
        {
            "X": X,
            "target": (np.arange(7) % 3 == 1).astype(float),
            "candidates": rng.normal(size=(5, 5)),
        },
        {
            "X": X[:1, :2],
            "target": np.array([1.0]),
            "candidates": np.array([[-X[0, 0], 0.0, 0.1], [X[0, 0], 0.2, 9.0]]),
        },
    ]


XOR_SCORE = Exercise(
    name="perceptrons-xor-score",
    title="The best score any line reaches",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_score_cases,
    probe=call,
    options={"name": "best_score", "args": ("X", "target", "candidates"), "returns": ("score",)},
    reference='''
def best_score(X, target, candidates):
    """Return the largest share of right answers among candidates, rows (w1, ..., wd, b)."""
    Z = X @ candidates[:, :-1].T + candidates[:, -1]
    right = (Z >= 0) == target[:, None]
    return right.mean(axis=0).max()
''',
    wrong=(
        Wrong(
            "mean",
            "Your `score` averages over the candidates; the question is what the best of them reaches.",
            swap={".max()": ".mean()"},
        ),
        Wrong(
            "worst",
            "Your `score` is that of the worst candidate: take the largest, not the smallest.",
            swap={".max()": ".min()"},
        ),
        Wrong(
            "count",
            "Your `score` counts the right answers; divide by the number of samples to get a share.",
            swap={".mean(axis=0).max()": ".sum(axis=0).max()"},
        ),
        Wrong(
            "which",
            "Your `score` is the position of the best candidate; return the share that it reaches.",
            swap={".max()": ".argmax()"},
        ),
        Wrong(
            "no-bias",
            "Your candidates lose their bias, the last column: every line then runs through the origin.",
            swap={" + candidates[:, -1]": ""},
        ),
        Wrong(
            "bias-first",
            "Your `score` takes the first column for the bias; a candidate's row is w1, ..., wd, b.",
            swap={
                "candidates[:, :-1].T + candidates[:, -1]": "candidates[:, 1:].T + candidates[:, 0]"
            },
        ),
        Wrong(
            "strict",
            "Your `score` answers 0 where a sum is exactly 0; the step is 1 there, so compare with `>=`.",
            swap={"Z >= 0": "Z > 0"},
        ),
        Wrong(
            "any-candidate",
            "Your `score` counts a sample as solved when any candidate solves it; one and the same candidate has to solve them together.",
            swap={"right.mean(axis=0).max()": "right.any(axis=1).mean()"},
        ),
    ),
    right=(
        Right(
            "loops",
            code="""
def best_score(X, target, candidates):
    best = 0.0
    for row in candidates:
        *w, b = row
        answers = [1 if np.dot(x, w) + b >= 0 else 0 for x in X]
        right = sum(a == t for a, t in zip(answers, target))
        best = max(best, right / len(X))
    return best
""",
        ),
        Right(
            "predictions",
            code="""
def best_score(X, target, candidates):
    scores = []
    for c in candidates:
        p = (X @ c[:-1] + c[-1] >= 0).astype(float)
        scores.append(1 - np.mean(np.abs(p - target)))
    return np.max(scores)
""",
        ),
        Right(
            "column of ones",
            swap={
                "X @ candidates[:, :-1].T + candidates[:, -1]": "np.column_stack([X, np.ones(len(X))]) @ candidates.T"
            },
        ),
    ),
    hints=(
        "First write it for one candidate: its answers, and the share that equals the target.",
        "A row `c` has weights `c[:-1]` and bias `c[-1]`; the share is `np.mean(answers == target)`.",
        "Loop over the candidates, keep the largest share in a variable that starts at 0, and return it.",
    ),
)


# --- a net by hand ------------------------------------------------------------------------------


def xor_net_probe(code: Mapping[str, Any], case: Case) -> Values:
    """Run the two-layer net of step units that the learner's four variables describe."""
    given = {}
    for name, shape in (("W1", (2, 2)), ("b1", (2,)), ("w2", (2,)), ("b2", ())):
        array = np.asarray(code[name], dtype=float)
        array = array.reshape(()) if array.size == 1 else array
        if array.shape != shape:
            text = f"{name} should have shape {shape}, got {array.shape}"
            raise ProblemError(Problem("error", "ValueError", text))
        given[name] = array
    H = (case["X"] @ given["W1"] + given["b1"] >= 0).astype(float)
    return {"y": (H @ given["w2"] + given["b2"] >= 0).astype(float)}


_XOR_NET = """W1 = np.array([[1.0, 1.0], [1.0, 1.0]])
b1 = np.array([-0.5, -1.5])
w2 = np.array([1.0, -1.0])
b2 = -0.5
"""

XOR_NET = Exercise(
    name="perceptrons-xor-net",
    title="XOR with two hidden units",
    difficulty=2,
    minutes=12,
    points=3,
    kind="property",
    cases=lambda rng: [{"X": CORNERS.copy()}],
    probe=xor_net_probe,
    reference=_XOR_NET,
    wrong=(
        Wrong(
            "or",
            "Your net computes OR: it says 1 for (1, 1) too. The hidden unit that sees both ones has to enter with a negative weight.",
            swap={"[1.0, -1.0]": "[1.0, 1.0]"},
        ),
        Wrong(
            "and",
            "Your net computes AND: it fires only when both inputs do. The output needs one hidden unit on and the other off.",
            swap={"[1.0, -1.0]": "[1.0, 1.0]", "b2 = -0.5": "b2 = -1.5"},
        ),
        Wrong(
            "xnor",
            "Your net computes the opposite of XOR: flip the signs of `w2` and of `b2`.",
            swap={"[1.0, -1.0]": "[-1.0, 1.0]", "b2 = -0.5": "b2 = 0.5"},
        ),
        Wrong(
            "always-one",
            "Your net always says 1: with both hidden units off the output's sum is `b2` alone, so `b2` has to be negative.",
            swap={"b2 = -0.5": "b2 = 0.5", "[1.0, -1.0]": "[1.0, 0.0]"},
        ),
        Wrong(
            "always-zero",
            "Your net never says 1: the hidden unit that is on for (0, 1) and (1, 0) has to lift the output's sum to 0.",
            swap={"b2 = -0.5": "b2 = -1.5"},
        ),
        Wrong(
            "nand",
            "Your net computes NAND: it says 1 for (0, 0) too. A second hidden unit has to tell (0, 0) from (0, 1) and (1, 0).",
            swap={"[1.0, -1.0]": "[0.0, -1.0]", "b2 = -0.5": "b2 = 0.5"},
        ),
    ),
    right=(
        Right(
            "NAND and OR",
            code="""W1 = np.array([[-1.0, 1.0], [-1.0, 1.0]])
b1 = np.array([1.5, -0.5])
w2 = np.array([1.0, 1.0])
b2 = -1.5
""",
        ),
        Right(
            "one side each",
            code="""W1 = [[1, -1], [-1, 1]]
b1 = [-0.5, -0.5]
w2 = [1, 1]
b2 = -0.5
""",
        ),
        Right(
            "other scale",
            swap={"[1.0, -1.0]": "[20.0, -30.0]", "b2 = -0.5": "b2 = np.array([-7.0])"},
        ),
    ),
    hints=(
        "XOR says: at least one, but not both. Let one hidden unit watch for each half of that sentence.",
        "Hidden unit 1 is an OR, hidden unit 2 an AND; you know their weights. Column j of `W1` holds those of unit j.",
        "The output fires for OR without AND: `w2 = [1, -1]` and `b2 = -0.5`.",
    ),
)


def one_unit_probe(code: Mapping[str, Any], case: Case) -> Values:
    """Run one unit with the activation z**2."""
    w, b = np.asarray(code["w_square"], dtype=float), np.asarray(code["b_square"], dtype=float)
    if w.shape != (2,) or b.size != 1:
        text = (
            f"w_square should have shape (2,) and b_square be a number, got {w.shape} and {b.shape}"
        )
        raise ProblemError(Problem("error", "ValueError", text))
    return {"y": (case["X"] @ w + b.reshape(())) ** 2}


ONE_UNIT = Exercise(
    name="perceptrons-one-unit",
    title="XOR with one unit that squares",
    difficulty=2,
    minutes=6,
    points=1,
    kind="property",
    cases=lambda rng: [{"X": CORNERS.copy()}],
    probe=one_unit_probe,
    reference="""w_square = np.array([1.0, -1.0])
b_square = 0.0
""",
    wrong=(
        Wrong(
            "sum",
            "Your unit gives 4 for (1, 1): with equal signs the two inputs add up instead of cancelling.",
            swap={"[1.0, -1.0]": "[1.0, 1.0]"},
        ),
        Wrong(
            "xnor",
            "Your unit gives the opposite of XOR: its square is 1 where the inputs are equal.",
            swap={"[1.0, -1.0]": "[1.0, 1.0]", "= 0.0": "= -1.0"},
        ),
        Wrong(
            "one-input",
            "Your unit looks at `x1` alone; whether two inputs differ cannot be seen from one of them.",
            swap={"[1.0, -1.0]": "[1.0, 0.0]"},
        ),
        Wrong(
            "other-input",
            "Your unit looks at `x2` alone; whether two inputs differ cannot be seen from one of them.",
            swap={"[1.0, -1.0]": "[0.0, 1.0]"},
        ),
        Wrong(
            "half",
            "Your unit gives 0.25 instead of 1: the weights cancel rightly but are too small, and squaring shrinks them again.",
            swap={"[1.0, -1.0]": "[0.5, -0.5]"},
        ),
        Wrong(
            "shifted",
            "Your unit no longer gives 0 for equal inputs, because of the bias.",
            swap={"= 0.0": "= 1.0"},
        ),
    ),
    right=(
        Right("other way round", swap={"[1.0, -1.0]": "[-1.0, 1.0]"}),
        Right("lists", code="w_square = [1, -1]\nb_square = 0\n"),
    ),
    hints=(
        "XOR asks whether the two inputs differ.",
        "Which weighted sum of two numbers is 0 exactly when they are equal?",
        "`x1 - x2` is 0, -1 or 1, and its square is XOR: weights 1 and -1, bias 0.",
    ),
)


# --- the shape of a network ---------------------------------------------------------------------

_DESCRIBE = '''
def describe(sizes):
    """Return depth, layers, width and parameters of a network with these layer sizes."""
    hidden = sizes[1:-1]
    depth = len(hidden)
    layers = len(sizes) - 1
    width = max(hidden) if hidden else 0
    parameters = sum((n_in + 1) * n_out for n_in, n_out in zip(sizes[:-1], sizes[1:]))
    return depth, layers, width, parameters
'''

DESCRIBE = Exercise(
    name="perceptrons-describe",
    title="Depth, width, parameters",
    difficulty=2,
    minutes=10,
    points=2,
    cases=lambda rng: [
        {"sizes": (4, 8, 6, 3)},
        {"sizes": (9, 2)},
        {"sizes": (7, 5, 11)},
        {"sizes": (12, *(int(n) for n in rng.permutation(np.arange(2, 8))[:4]), 10)},
    ],
    probe=call,
    options={
        "name": "describe",
        "args": ("sizes",),
        "returns": ("depth", "layers", "width", "parameters"),
    },
    reference=_DESCRIBE,
    wrong=(
        Wrong(
            "depth-with-output",
            "Your `depth` counts the output layer; by the first convention depth is the number of hidden layers alone.",
            swap={"depth = len(hidden)": "depth = len(sizes) - 1"},
        ),
        Wrong(
            "depth-all",
            "Your `depth` counts input and output as well; only the layers between them are hidden.",
            swap={"depth = len(hidden)": "depth = len(sizes)"},
        ),
        Wrong(
            "layers-with-input",
            "Your `layers` counts the input; it has no weights, so a network with L weight matrices is an L-layer network.",
            swap={"layers = len(sizes) - 1": "layers = len(sizes)"},
        ),
        Wrong(
            "layers-hidden",
            "Your `layers` leaves out the output layer, which has weights like every other.",
            swap={"layers = len(sizes) - 1": "layers = len(hidden)"},
        ),
        Wrong(
            "width-of-all",
            "Your `width` includes the input or the output; it is the largest number of units in a hidden layer.",
            swap={"max(hidden) if hidden else 0": "max(sizes)"},
        ),
        Wrong(
            "no-biases",
            "Your `parameters` counts the weights alone; every unit that is not an input has a bias too.",
            swap={"(n_in + 1) * n_out": "n_in * n_out"},
        ),
        Wrong(
            "one-bias-per-layer",
            "Your `parameters` counts one bias per layer; there is one per unit.",
            swap={"(n_in + 1) * n_out": "n_in * n_out + 1"},
        ),
        Wrong(
            "input-biases",
            "Your `parameters` gives the inputs biases as well; inputs are just numbers that come in.",
            swap={"    return depth": "    parameters += sizes[0]\n    return depth"},
        ),
        Wrong(
            "units",
            "Your `parameters` counts units; it is the weights between them, and their biases, that are learned.",
            swap={
                "sum((n_in + 1) * n_out for n_in, n_out in zip(sizes[:-1], sizes[1:]))": "sum(sizes)"
            },
        ),
    ),
    right=(
        Right(
            "loop",
            code="""
def describe(sizes):
    parameters, width = 0, 0
    for i in range(1, len(sizes)):
        parameters += sizes[i - 1] * sizes[i] + sizes[i]
        if i < len(sizes) - 1:
            width = max(width, sizes[i])
    return len(sizes) - 2, len(sizes) - 1, width, parameters
""",
        ),
        Right(
            "arrays",
            code="""
def describe(sizes):
    s = np.array(sizes)
    inner = s[1:-1]
    return inner.size, s.size - 1, inner.max(initial=0), int(s[:-1] @ s[1:] + s[1:].sum())
""",
        ),
        Right(
            "allocated",
            swap={
                "sum((n_in + 1) * n_out for n_in, n_out in zip(sizes[:-1], sizes[1:]))": "sum(np.zeros((i, o)).size + np.zeros(o).size for i, o in zip(sizes, sizes[1:]))"
            },
        ),
    ),
    hints=(
        "Draw (4, 8, 6, 3): circles in four columns. Which columns are hidden, and between which are there weights?",
        "Hidden: `sizes[1:-1]`. Weight matrices: one between each two neighbours, so `len(sizes) - 1`.",
        "From n_in to n_out units there are n_in * n_out weights and n_out biases; add them over neighbours.",
    ),
)

XOR = [XOR_REASON, XOR_SCORE, XOR_NET, ONE_UNIT, DESCRIBE]
