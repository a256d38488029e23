"""Chapter 8, training practice: architecture by numbers, the recipe, the clinic, fair comparison."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from autograder.bank._training_practice_bugs import BUGS
from autograder.bank._training_practice_search import SEARCH
from autograder.bank._training_practice_ward import CLINIC
from autograder.exercise import Case, Exercise, Right, Wrong
from autograder.kinds import choice, prediction
from autograder.probe import call, value

# --- counting parameters ------------------------------------------------------------------------


def _size_cases(rng: np.random.Generator) -> list[Case]:
    return [{"sizes": s} for s in ((784, 128, 64, 10), (5, 1), (3, 7, 7, 2), (2, 9, 4, 6, 3))]


COUNT = Exercise(
    name="training_practice-count",
    title="Count the parameters",
    difficulty=1,
    minutes=6,
    points=2,
    cases=_size_cases,
    probe=call,
    options={"name": "count_parameters", "args": ("sizes",), "returns": ("count",)},
    reference='''
def count_parameters(sizes):
    """Return the number of weights and biases of dense layers, sizes[0] inputs to sizes[-1]."""
    return sum(n * m + m for n, m in zip(sizes[:-1], sizes[1:]))
''',
    wrong=(
        Wrong(
            "no-biases",
            "You forgot the biases: each layer has one per output.",
            swap={"n * m + m": "n * m"},
        ),
        Wrong(
            "bias-per-input",
            "You count a bias per input; a layer has one per output.",
            swap={"n * m + m": "n * m + n"},
        ),
        Wrong(
            "square-layers",
            "You multiply a width by itself in the inner layers: a weight matrix is (inputs, outputs), "
            "and its inputs are the layer before.",
            code="""
def count_parameters(sizes):
    total = sizes[0] * sizes[1] + sizes[1]
    for n, m in zip(sizes[1:-1], sizes[2:]):
        total += m * m + m
    return total
""",
        ),
        Wrong(
            "bias-for-the-input",
            "You count biases for the input too; it is no layer.",
            swap={"for n, m in zip(sizes[:-1], sizes[1:]))": "for n, m in zip(sizes[:-1], sizes[1:])) + sizes[0]"},
        ),
        Wrong(
            "last-layer-missing",
            "You stop before the output layer.",
            swap={"zip(sizes[:-1], sizes[1:])": "zip(sizes[:-2], sizes[1:-1])"},
        ),
        Wrong(
            "one-bias-per-layer",
            "You count one bias per layer; each unit has its own.",
            swap={"n * m + m": "n * m + 1"},
        ),
    ),
    right=(
        Right("factored", swap={"n * m + m": "(n + 1) * m"}),
        Right(
            "loop",
            code="""
def count_parameters(sizes):
    total = 0
    for i in range(1, len(sizes)):
        total += sizes[i - 1] * sizes[i] + sizes[i]
    return np.array(total)
""",
        ),
    ),
    hints=(
        "A layer from n to m units has a matrix and a vector.",
        "Pair each size with the next: `zip(sizes[:-1], sizes[1:])`.",
        "Sum `n * m + m` over these pairs.",
    ),
)  # fmt: skip

COUNT_GUESS = prediction(
    "training_practice-guess-count",
    "How many parameters?",
    truth=109386,
    within=0.5,
    mistakes={
        "inner-square": (
            105290,
            "105,290 takes 64 * 64 for the second matrix; it leads from 128 to 64 units, so it has "
            "128 * 64 entries.",
        ),
        "no-biases": (109184, "109,184 are the weights alone; each unit also has a bias."),
        "first-layer": (100480, "100,480 is the first layer alone."),
        "with-input-biases": (110170, "You counted biases for the 784 inputs; they are no layer."),
    },
    hints=(
        "Three matrices: 784 to 128, 128 to 64, 64 to 10.",
        "Add a bias per unit: 128 + 64 + 10.",
        "100,480 + 8,256 + 650.",
    ),
)

# --- memory -------------------------------------------------------------------------------------


def _memory_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "n_params": sum((a + 1) * c for a, c in pairwise(s)),
            "sizes": s,
            "batch": b,
            "slots": k,
        }
        for s, b, k in (
            ((784, 128, 64, 10), 128, 2),
            ((5, 3), 1, 0),
            ((6, 8, 2), 16, 1),
            ((4, 9, 7, 5, 3), 11, 2),
        )
    ]


MEMORY = Exercise(
    name="training_practice-memory",
    title="Memory for training",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_memory_cases,
    probe=call,
    options={"name": "memory", "args": ("n_params", "sizes", "batch", "slots"), "returns": ("bytes",)},
    reference='''
def memory(n_params, sizes, batch, slots):
    """Return the bytes of float32 training: weights, gradients, optimizer slots, activations."""
    kept = sizes[0] + 2 * sum(sizes[1:-1]) + sizes[-1]
    return 4 * (n_params * (2 + slots) + batch * kept)
''',
    wrong=(
        Wrong(
            "no-gradients",
            "The gradients are missing: they take as much as the parameters.",
            swap={"(2 + slots)": "(1 + slots)"},
        ),
        Wrong(
            "no-batch",
            "Activations are kept for every row of the batch: multiply by `batch`.",
            swap={"batch * kept": "kept"},
        ),
        Wrong(
            "numbers-not-bytes",
            "You return how many numbers there are; each float32 takes 4 bytes.",
            swap={"4 * (": "1 * ("},
        ),
        Wrong(
            "float64",
            "You count 8 bytes for a number; a float32 has 4.",
            swap={"4 * (": "8 * ("},
        ),
        Wrong(
            "hidden-once",
            "A hidden layer keeps two arrays, before and after its activation; you count one.",
            swap={"2 * sum": "sum"},
        ),
        Wrong(
            "everything-times-batch",
            "You multiply the parameters by the batch size too; all rows share them.",
            swap={"n_params * (2 + slots) + batch * kept": "batch * (n_params * (2 + slots) + kept)"},
        ),
        Wrong(
            "ten-times",
            "Ten times the parameters is a saying; it depends on the optimizer and on the batch.",
            code="""
def memory(n_params, sizes, batch, slots):
    return 4 * 10 * n_params
""",
        ),
        Wrong(
            "no-input",
            "The input batch is kept as well: the first layer needs it for its weights' gradient.",
            swap={"sizes[0] + 2": "2"},
        ),
    ),
    right=(
        Right("loop", swap={"kept = sizes[0] + 2 * sum(sizes[1:-1]) + sizes[-1]":
              "kept = sizes[0] + sizes[-1]\n    for n in sizes[1:-1]:\n        kept += n + n"}),
        Right("terms", swap={"4 * (n_params * (2 + slots) + batch * kept)":
              "8 * n_params + 4 * slots * n_params + 4 * batch * kept"}),
    ),
    hints=(
        "Per parameter: itself, its gradient, and `slots` numbers of the optimizer.",
        "Per row: the input, two numbers per hidden unit, and the scores.",
        "`4 * (n_params * (2 + slots) + batch * kept)`.",
    ),
)  # fmt: skip

# --- four rules of thumb ------------------------------------------------------------------------


def _rule_cases(rng: np.random.Generator) -> list[Case]:
    return [{"n_in": n, "n_out": m} for n, m in ((100, 1), (784, 10), (4, 3), (30, 200), (9, 9))]


RULES = Exercise(
    name="training_practice-rules",
    title="Four rules of thumb for a width",
    difficulty=1,
    minutes=8,
    points=2,
    cases=_rule_cases,
    probe=call,
    options={"name": "rules_of_thumb", "args": ("n_in", "n_out"), "returns": ("widths",)},
    reference='''
def rules_of_thumb(n_in, n_out):
    """Return four hidden widths, unrounded, shape (4,): geometric, arithmetic, ten, two thirds."""
    return np.array([
        np.sqrt(n_in * n_out),
        (n_in + n_out) / 2,
        min(2 * n_in, 10 * n_out),
        min(2 * n_in / 3, n_out),
    ])
''',
    wrong=(
        Wrong(
            "geometric-halved",
            "The geometric mean of two numbers is the root of their product; nothing is halved.",
            swap={"np.sqrt(n_in * n_out)": "np.sqrt(n_in * n_out) / 2"},
        ),
        Wrong(
            "root-of-sum",
            "Your first entry is the root of the sum; the geometric mean takes the product.",
            swap={"np.sqrt(n_in * n_out)": "np.sqrt(n_in + n_out)"},
        ),
        Wrong(
            "max-for-min",
            "The third rule takes the smaller of the two numbers.",
            swap={"min(2 * n_in, 10": "max(2 * n_in, 10"},
        ),
        Wrong(
            "two-thirds-of-both",
            "The fourth rule takes two thirds of the inputs alone, and compares with the outputs.",
            swap={"min(2 * n_in / 3, n_out)": "2 * min(n_in, n_out) / 3"},
        ),
        Wrong(
            "whole-numbers",
            "You rounded down; the exercise asks for the numbers as they are, 50.5 for instance.",
            swap={"(n_in + n_out) / 2": "(n_in + n_out) // 2", "np.sqrt(n_in * n_out)": "np.floor(np.sqrt(n_in * n_out))", "2 * n_in / 3": "2 * n_in // 3"},
        ),
        Wrong(
            "ten-times-inputs",
            "The third rule multiplies the outputs by ten and the inputs by two.",
            swap={"min(2 * n_in, 10 * n_out)": "min(10 * n_in, 2 * n_out)"},
        ),
    ),
    right=(
        Right("power", swap={"np.sqrt(n_in * n_out)": "(n_in * n_out) ** 0.5"}),
        Right("numpy", swap={"min(2 * n_in / 3, n_out)": "np.minimum(n_in * 2 / 3, n_out)",
                             "(n_in + n_out) / 2": "np.mean([n_in, n_out])"}),
    ),
    hints=(
        "Four formulas, one line each; do not round.",
        "`np.sqrt`, a mean, and two times `min`.",
        "`min(2 * n_in, 10 * n_out)` and `min(2 * n_in / 3, n_out)` are the last two.",
    ),
)  # fmt: skip

# --- the order of the recipe --------------------------------------------------------------------

ORDER = choice(
    "training_practice-recipe",
    "In which order?",
    answer="cadbe",
    options={
        "acdbe": "The data come first: a network that learns one batch of wrongly paired rows tells "
        "you nothing.",
        "cdabe": "Overfit one batch before you look for a rate: it shows whether the code can learn at "
        "all, with nearly any rate.",
        "cabde": "The rate comes before the regularizer: with a wrong rate you cannot tell whether "
        "there is anything to regularize.",
        "cadeb": "The test set comes last, and once: whatever you change after you have seen it is "
        "fitted to it.",
        "ecadb": "The test set comes last; looking at it first spends it.",
    },
    hints=(
        "What could make every later step meaningless? Do that first.",
        "First the data, then one batch, then the rate.",
        "The test set comes last; just before it, more or less capacity and regularization.",
    ),
    minutes=4,
    points=2,
)

# --- reading curves -----------------------------------------------------------------------------

_NAMES = ("one", "two", "three", "four", "five")
_RIGHT = dict(zip(_NAMES, "bcada", strict=True))


def _curves(**changed: str) -> str:
    return "".join(f'curves_{n} = "{changed.get(n, _RIGHT[n])}"\n' for n in _NAMES)


def _misread(name: str, letter: str, label: str, says: str) -> Wrong:
    return Wrong(
        label,
        says,
        code=_curves(**{name: letter}),
        when=lambda values, case: (
            str(values.get(f"curves_{name}", "")).strip("() .").lower() == letter
        ),
    )


CURVES = Exercise(
    name="training_practice-curves",
    title="Read the curves",
    kind="choice",
    difficulty=1,
    minutes=6,
    points=3,
    cases=lambda rng: [{}],
    probe=value,
    options={"names": tuple(f"curves_{n}" for n in _NAMES)},
    reference=_curves(),
    wrong=(
        _misread(
            "one",
            "a",
            "overfit-called-underfit",
            "`curves_one`: the training accuracy is 0.99, so the network can fit; what it fits does "
            "not carry over. That is overfitting.",
        ),
        _misread(
            "two",
            "a",
            "rising-called-underfit",
            "`curves_two`: both are low and both still rise: stop judging, and train on.",
        ),
        _misread(
            "three",
            "b",
            "plateau-called-overfit",
            "`curves_three`: there is no gap, so nothing was learned by heart; a low plateau of both "
            "is underfitting.",
        ),
        _misread(
            "three",
            "c",
            "plateau-called-unfinished",
            "`curves_three`: nothing has moved for 200 epochs, so more of them will not help.",
        ),
        _misread(
            "four",
            "b",
            "good-called-overfit",
            "`curves_four`: a gap of 0.01 with both high is what a good fit looks like; a gap alone is "
            "no illness.",
        ),
        _misread(
            "five",
            "d",
            "below-baseline",
            "`curves_five`: both agree, but the majority class alone has 0.88: against a baseline this "
            "is underfitting.",
        ),
    ),
    right=(
        Right("capitals", code=_curves(**{n: v.upper() for n, v in _RIGHT.items()})),
        Right("brackets", code=_curves(**{n: f"({v})" for n, v in _RIGHT.items()})),
    ),
    hints=(
        "Ask two things: how high is training, and how far is validation below it?",
        "And a third: do the curves still move?",
        "The last one needs a baseline: what does the majority class score?",
    ),
)

EXERCISES: tuple[Exercise, ...] = (
    COUNT_GUESS, COUNT, MEMORY, RULES, ORDER, CURVES, *CLINIC, *SEARCH, *BUGS,
)  # fmt: skip
