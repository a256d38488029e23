"""Chapter 8, the clinic's second ward: patients F to I."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.bank._training_practice_clinic import A, B, C, D, E, When, _patient
from autograder.exercise import Case, Right, Values, Wrong

# --- F: twice the softmax -----------------------------------------------------------------------

_CROSS_ENTROPY = '''
def cross_entropy(scores, labels):
    """Return the mean softmax cross-entropy of raw scores (batch, n_classes)."""
    z = scores - scores.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(labels)), labels].mean()
'''


def _score_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"scores": 2 * rng.normal(size=(n, k)), "labels": rng.integers(0, k, n)}
        for n, k in ((6, 4), (1, 3), (5, 7))
    ]


F = _patient(
    "f",
    function="loss_of",
    args=("scores", "labels"),
    cases=_score_cases,
    setup=_CROSS_ENTROPY,
    repaired='''
def loss_of(scores, labels):
    """Return the training loss of the last layer's scores (batch, n_classes)."""
    return cross_entropy(scores, labels)
''',
    buggy='''
def loss_of(scores, labels):
    """Return the training loss of the last layer's scores (batch, n_classes)."""
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return cross_entropy(e / e.sum(axis=1, keepdims=True), labels)
''',
    cause="h",
    causes={
        "a": "A rate that is too large makes a noisy plateau; this one is smooth, and the accuracy is "
        "that of a good classifier.",
        "d": "With a lost signal the accuracy stays at chance; here it is near 0.9.",
        "b": "With a small rate the loss would still be falling; it has levelled off at a number that "
        "has a reason: ln(e + 9) - 1 = 1.46.",
    },
    look="nine of ten answers are right, and yet the loss is above 1.46 nats: which scores would a "
    "perfect network need, and can they reach the loss?",
    bug_says="The softmax is still applied twice: scores between 0 and 1 are all that the loss ever "
    "sees, so with ten classes it cannot fall below 1.46.",
    hints=(
        "Accuracy near 0.9 and a loss of 1.6 do not go together. What would p have to be?",
        "`cross_entropy` takes raw scores. What does it get?",
        "Hand the scores on as they are.",
    ),
    wrong=(
        Wrong(
            "no-log",
            "You repaired the double softmax and lost the logarithm: the loss is minus the mean of "
            "log p, and not of p.",
            swap={
                "return cross_entropy(scores, labels)": "e = np.exp(scores)\n    p = e / "
                "e.sum(axis=1, keepdims=True)\n    return -p[np.arange(len(labels)), labels].mean()"
            },
        ),
        Wrong(
            "sign",
            "The scores are turned round: the class with the highest score now gets the lowest "
            "probability.",
            swap={"cross_entropy(scores": "cross_entropy(-scores"},
        ),
        Wrong(
            "sum",
            "You add the samples' losses up; the function that you were given takes their mean.",
            swap={"cross_entropy(scores, labels)": "cross_entropy(scores, labels) * len(labels)"},
        ),
        Wrong(
            "sigmoid",
            "You squash the scores with a sigmoid instead: they still cannot leave 0 to 1.",
            swap={"cross_entropy(scores": "cross_entropy(1 / (1 + np.exp(-scores))"},
        ),
        Wrong(
            "wider",
            "A factor moves the floor without taking it away: the second softmax is what has to go.",
            code="""
def loss_of(scores, labels):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return cross_entropy(10 * e / e.sum(axis=1, keepdims=True), labels)
""",
        ),
    ),
    right=(
        Right(
            "log of probabilities",
            code="""
def loss_of(scores, labels):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return cross_entropy(np.log(e / e.sum(axis=1, keepdims=True)), labels)
""",
        ),
        Right(
            "by hand",
            code="""
def loss_of(scores, labels):
    rows = np.arange(len(labels))
    return np.mean(np.log(np.exp(scores).sum(axis=1)) - scores[rows, labels])
""",
        ),
    ),
)

# --- G: the order -------------------------------------------------------------------------------


def _label_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"labels": rng.integers(0, k, n), "seed": int(rng.integers(1 << 30))}
        for n, k in ((60, 5), (1, 2), (41, 3))
    ]


def _orders(values: Values, case: Case) -> tuple[list[int], list[int], int]:
    n = len(case["labels"])
    first, second = (np.asarray(values[k]).ravel() for k in ("first", "second"))
    return [int(v) for v in first], [int(v) for v in second], n


def _fresh(got: Any, case: Case, values: Values) -> str:
    first, second, n = _orders(values, case)
    for which, order in (("first", first), ("second", second)):
        if sorted(order) != list(range(n)):
            return f"The {which} epoch does not hold each of the rows 0 to {n - 1} exactly once."
    if n == 1:
        return ""
    if first == second:
        return "Two epochs in a row have the same order; draw a new one with `rng` each time."
    labels = case["labels"][first]
    if np.all(np.diff(labels) >= 0) or np.all(np.diff(labels) <= 0):
        return "The rows still come class by class."
    return ""


def _order_is(test: Callable[[list[int], list[int], Case], bool]) -> When:
    def when(values: Values, case: Case) -> bool:
        try:
            first, second, n = _orders(values, case)
        except (TypeError, ValueError):
            return False
        return n == 1 or test(first, second, case)

    return when


def _by_class(order: list[int], case: Case) -> bool:
    fits = sorted(order) == list(range(len(case["labels"])))
    return fits and bool(np.all(np.diff(case["labels"][order]) >= 0))


G = _patient(
    "g",
    function="epoch_order",
    args=("labels", "rng"),
    returns=("first", "second"),
    calls=2,
    cases=_label_cases,
    accept={"first": _fresh, "second": lambda got, case, values: ""},
    repaired='''
def epoch_order(labels, rng):
    """Return the row numbers of one epoch, each once, in a new random order."""
    return rng.permutation(len(labels))
''',
    buggy='''
def epoch_order(labels, rng):
    """Return the row numbers of one epoch, each once, in a new random order."""
    return np.argsort(labels, kind="stable")
''',
    bug_when=_order_is(lambda a, b, c: a == b and _by_class(a, c)),
    cause="i",
    causes={
        "j": "In overfitting the training accuracy is near 1; here the network is wrong, for many epochs, on the very "
        "rows on which the running loss is low.",
        "f": "A wrong scale would hurt validation alone; here the training accuracy, measured after the "
        "epoch, is as low for many epochs.",
        "e": "With broken pairs even the running loss would stay near ln 10.",
    },
    look="the running loss is low while for many epochs the accuracy measured afterwards is low *on "
    "the training rows too*: when, within the epoch, was the network good, and at what?",
    bug_says="The rows still come class by class: the network answers with the class that it sees "
    "just now, and has forgotten the others by the end of the epoch.",
    hints=(
        "Low running loss and low training accuracy, on the same rows: what changed between the two "
        "measurements?",
        "Ten batches of nothing but zeros teach a network to say zero.",
        "Return `rng.permutation(len(labels))`.",
    ),
    wrong=(
        Wrong(
            "same-every-epoch",
            "You seed a generator inside, so every epoch has the same order; use the `rng` that you "
            "are given.",
            swap={"rng.permutation": "np.random.default_rng(0).permutation"},
            when=_order_is(
                lambda a, b, c: a == b and sorted(a) == [*range(len(a))] and not _by_class(a, c)
                and a != [*range(len(a))]
            ),
        ),
        Wrong(
            "with-replacement",
            "You draw with replacement: about a third of the rows is missing in each epoch.",
            swap={"rng.permutation(len(labels))": "rng.integers(0, len(labels), len(labels))"},
            when=_order_is(
                lambda a, b, c: len(a) == len(b) == len(c["labels"]) and a != b
                and len(set(a)) < len(a) and max(a) > max(c["labels"])
            ),
        ),
        Wrong(
            "labels-instead-of-rows",
            "You return shuffled labels; row numbers are wanted, to index inputs and labels with.",
            swap={"rng.permutation(len(labels))": "rng.permutation(labels)"},
            when=_order_is(lambda a, b, c: sorted(a) == sorted(c["labels"].tolist())),
        ),
        Wrong(
            "as-they-come",
            "The rows keep the order in which they are stored; that happens to be sorted in many "
            "files.",
            swap={"rng.permutation(len(labels))": "np.arange(len(labels))"},
            when=_order_is(lambda a, b, c: a == b == [*range(len(c["labels"]))]),
        ),
        Wrong(
            "shuffled-within-classes",
            "You shuffle within the classes and leave one class after the other.",
            swap={
                "rng.permutation(len(labels))": "np.lexsort((rng.uniform(size=len(labels)), labels))"
            },
            when=_order_is(lambda a, b, c: a != b and _by_class(a, c) and _by_class(b, c)),
        ),
    ),
    right=(
        Right(
            "argsort of noise",
            swap={"rng.permutation(len(labels))": "np.argsort(rng.uniform(size=len(labels)))"},
        ),
        Right(
            "shuffle in place",
            swap={
                "return rng.permutation(len(labels))": "order = np.arange(len(labels))\n"
                "    rng.shuffle(order)\n    return order"
            },
        ),
    ),
)  # fmt: skip

# --- H: the signal ------------------------------------------------------------------------------


def _block_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, k in ((5, 3), (1, 4), (7, 2)):
        x, W = rng.normal(size=(n, k)), rng.normal(size=(k, k))
        while np.abs(x @ W).min() < 0.02:  # away from the kink
            x = rng.normal(size=(n, k))
        cases.append({"x": x, "W": W})
    return cases


H = _patient(
    "h",
    function="block",
    args=("x", "W"),
    cases=_block_cases,
    repaired='''
def block(x, W):
    """Return x plus the ReLU of x @ W; x is (batch, k) and W is (k, k)."""
    return x + np.maximum(0, x @ W)
''',
    buggy='''
def block(x, W):
    """Return x plus the ReLU of x @ W; x is (batch, k) and W is (k, k)."""
    return 1 / (1 + np.exp(-(x @ W)))
''',
    cause="d",
    causes={
        "b": "With a small rate the ratios would be small in all layers alike; here the last layer "
        "moves as usual and the first one is a thousand times slower or more.",
        "e": "With broken pairs the ratios would be those of the healthy run; look at the first "
        "layer.",
        "c": "Large weights show as a large loss at epoch 0; it is close to ln 10.",
    },
    look="compare the first layer's update ratio with the last layer's.",
    bug_says="The block is still a bare sigmoid: its slope is at most 1/4, so eight of them leave next "
    "to nothing of the gradient.",
    hints=(
        "Which layer moves, and which does not?",
        "A slope of at most 1/4, eight times over, is at most 1/65,536.",
        "Return `x + np.maximum(0, x @ W)`: the gradient then has a path that nothing multiplies.",
    ),
    wrong=(
        Wrong(
            "no-identity",
            "You exchanged the activation; add `x` itself, so that the gradient has a path past every "
            "layer.",
            swap={"x + np.maximum": "np.maximum"},
        ),
        Wrong(
            "identity-inside",
            "You add `x` before the ReLU, which cuts the path where the sum is negative: add it "
            "after.",
            swap={"x + np.maximum(0, x @ W)": "np.maximum(0, x + x @ W)"},
        ),
        Wrong(
            "still-sigmoid",
            "The path is there, but beside it still stands a sigmoid, which was to become a ReLU.",
            swap={"np.maximum(0, x @ W)": "1 / (1 + np.exp(-(x @ W)))"},
        ),
        Wrong(
            "linear",
            "Without a ReLU the block is linear, and eight of them are one matrix.",
            swap={"np.maximum(0, x @ W)": "x @ W"},
        ),
        Wrong(
            "transposed",
            "You multiply with the transpose of `W`.",
            swap={"x @ W": "x @ W.T"},
        ),
    ),
    right=(
        Right("where", swap={"np.maximum(0, x @ W)": "np.where(x @ W > 0, x @ W, 0)"}),
        Right("einsum", swap={"x @ W": 'np.einsum("ij,jk->ik", x, W)'}),
    ),
)

# --- I: the split -------------------------------------------------------------------------------


def _split_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"n": n, "n_val": m, "seed": int(rng.integers(1 << 30))}
        for n, m in ((40, 8), (101, 31), (30, 6))
    ]


def _parts(values: Values) -> tuple[list[int], list[int]]:
    train, val = (np.asarray(values[k]).ravel() for k in ("train", "val"))
    return [int(v) for v in train], [int(v) for v in val]


def _split_right(got: Any, case: Case, values: Values) -> str:
    train, val = _parts(values)
    n, m = case["n"], case["n_val"]
    if len(val) != m:
        return f"With n = {n} and n_val = {m} the validation part has {len(val)} rows."
    if set(train) & set(val):
        return f"{len(set(train) & set(val))} rows are in both parts."
    if sorted(train + val) != list(range(n)):
        return f"The two parts together do not hold each of the {n} rows once."
    if val in (list(range(m)), list(range(n - m, n))):
        return "The rows are cut in the order they stand in; shuffle first."
    return ""


def _split_is(test: Callable[[list[int], list[int], int, int], bool]) -> When:
    return lambda values, case: test(*_parts(values), case["n"], case["n_val"])


I_ = _patient(
    "i",
    function="split_rows",
    args=("n", "n_val", "rng"),
    returns=("train", "val"),
    cases=_split_cases,
    accept={"train": _split_right, "val": lambda got, case, values: ""},
    repaired='''
def split_rows(n, n_val, rng):
    """Return the numbers of n - n_val training rows and of n_val validation rows, disjoint."""
    order = rng.permutation(n)
    return order[n_val:], order[:n_val]
''',
    buggy='''
def split_rows(n, n_val, rng):
    """Return the numbers of n - n_val training rows and of n_val validation rows, disjoint."""
    order = rng.permutation(n)
    return order[:n_val], order[n_val:]
''',
    bug_when=_split_is(lambda t, v, n, m: len(t) == m and sorted(t + v) == [*range(n)]),
    cause="j",
    causes={
        "f": "With a wrong scale validation would be off before the first step; here both start at "
        "the same loss.",
        "l": "Every training row is right and one validation row in five is wrong: that gap has a "
        "cause.",
        "i": "With sorted rows the training accuracy after the epoch would be low; it is 1.",
    },
    look="training is perfect, validation stays behind, and both started at the same loss; and an "
    "epoch does remarkably little, as if it had few steps.",
    bug_says="Training still gets the `n_val` rows and validation the rest: the two parts are "
    "exchanged.",
    hints=(
        "How many rows can this network learn by heart?",
        "Print the lengths of both parts.",
        "Return `order[n_val:], order[:n_val]`.",
    ),
    wrong=(
        Wrong(
            "overlapping",
            "You draw the two parts independently, so some rows are in both: validation would praise "
            "what was learned by heart.",
            swap={"order[n_val:], order[:n_val]": "rng.permutation(n)[n_val:], order[:n_val]"},
            when=_split_is(
                lambda t, v, n, m: len(t) == n - m and len(v) == m and bool({*t} & {*v})
            ),
        ),
        Wrong(
            "all-rows-train",
            "All rows train, the validation rows among them.",
            swap={"order[n_val:]": "order"},
            when=_split_is(lambda t, v, n, m: sorted(t) == [*range(n)] and len(v) == m),
        ),
        Wrong(
            "not-shuffled",
            "You cut the rows in the order they stand in; shuffle first, for files are often sorted.",
            swap={"rng.permutation(n)": "np.arange(n)"},
            when=_split_is(lambda t, v, n, m: v == [*range(m)]),
        ),
        Wrong(
            "row-lost",
            "A row is lost between the two parts: the one after the cut.",
            swap={"order[n_val:]": "order[n_val + 1 :]"},
            when=_split_is(
                lambda t, v, n, m: len(t) == n - m - 1 and len(v) == m and not {*t} & {*v}
            ),
        ),
    ),
    right=(
        Right(
            "choice",
            swap={
                "order = rng.permutation(n)\n    return order[n_val:], order[:n_val]": "val = "
                "rng.choice(n, n_val, replace=False)\n    return np.setdiff1d(np.arange(n), val), val"
            },
        ),
        Right(
            "mask",
            swap={
                "return order[n_val:], order[:n_val]": "held = np.zeros(n, dtype=bool)\n"
                "    held[order[:n_val]] = True\n"
                "    return np.flatnonzero(~held), np.flatnonzero(held)"
            },
        ),
    ),
)

CLINIC = (A, B, C, D, E, F, G, H, I_)
