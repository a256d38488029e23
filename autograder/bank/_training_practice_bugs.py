"""Chapter 8, find the bug: mistakes of measuring and of choosing, which no gradient check sees."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercise import Case, Right, Wrong
from autograder.kinds import find_bug

# --- the last batch's loss ----------------------------------------------------------------------


def _epoch_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"losses": rng.uniform(0.1, 3.0, len(c)), "counts": np.array(c, dtype=float)}
        for c in ((32, 32, 32, 4), (7,), (16, 16, 9), (5, 1))
    ]


LAST = find_bug(
    "training_practice-find-noisy-loss",
    "The curve that shivers",
    function="epoch_loss",
    args=("losses", "counts"),
    cases=_epoch_cases,
    repaired='''
def epoch_loss(losses, counts):
    """Return the mean loss per row of an epoch, from each batch's mean loss and row count."""
    return np.sum(losses * counts) / np.sum(counts)
''',
    buggy='''
def epoch_loss(losses, counts):
    """Return the mean loss per row of an epoch, from each batch's mean loss and row count."""
    for loss in losses:
        value = loss
    return value
''',
    witness="(np.array([1.0, 3.0]), np.array([32.0, 8.0]))",
    cause="c",
    causes={
        "a": "The learning rate may be fine: with the true epoch loss the same run is smooth. A "
        "gradient check passes as well.",
        "b": "The batches differ in size, and that matters too, but first look at how many of them "
        "are counted at all.",
        "d": "Rounding is of the order 1e-16; this curve shivers by tens of percent.",
    },
    bug_says="`epoch_loss` still gives the loss of the last batch alone: a handful of rows, often an "
    "incomplete batch, speaks for the epoch.",
    hints=(
        "Follow `value` through the loop: what is in it at the end?",
        "A batch of 4 rows should count an eighth of a batch of 32.",
        "Return `np.sum(losses * counts) / np.sum(counts)`.",
    ),
    wrong=(
        Wrong(
            "mean-of-batches",
            "You average the batches as if all had the same size; a row of the short last batch then "
            "counts more than the others.",
            swap={"np.sum(losses * counts) / np.sum(counts)": "np.mean(losses)"},
        ),
        Wrong(
            "sum-of-batches",
            "You add the batches' losses up; the number then grows with their number.",
            swap={"np.sum(losses * counts) / np.sum(counts)": "np.sum(losses)"},
        ),
        Wrong(
            "sum-over-rows",
            "You weigh the batches rightly and forget to divide by the number of rows.",
            swap={" / np.sum(counts)": ""},
        ),
        Wrong(
            "divided-by-batches",
            "You weigh by rows and divide by the number of batches; divide by the number of rows.",
            swap={"np.sum(counts)": "len(counts)"},
        ),
        Wrong(
            "smallest",
            "You report the smallest batch loss: the epoch's best moment, not its mean.",
            swap={"np.sum(losses * counts) / np.sum(counts)": "np.min(losses)"},
        ),
    ),
    right=(
        Right(
            "average",
            swap={"np.sum(losses * counts) / np.sum(counts)": "np.average(losses, weights=counts)"},
        ),
        Right("dot", swap={"np.sum(losses * counts)": "losses @ counts"}),
    ),
)

# --- minus an error, called accuracy ------------------------------------------------------------


def _probability_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, k in ((9, 4), (1, 3), (12, 5)):
        p = rng.dirichlet(np.ones(k), n)
        labels = np.where(rng.uniform(size=n) < 0.6, p.argmax(axis=1), rng.integers(0, k, n))
        cases.append({"p": p, "labels": labels})
    unsure = [
        [0.4, 0.35, 0.25],
        [0.1, 0.6, 0.3],
        [0.3, 0.3, 0.4],
        [0.7, 0.2, 0.1],
        [0.2, 0.45, 0.35],
    ]
    cases.append({"p": np.array(unsure), "labels": np.array([0, 1, 0, 0, 1])})
    return cases


SCORE = find_bug(
    "training_practice-find-negative-accuracy",
    "An accuracy of minus 0.1",
    function="score",
    args=("p", "labels"),
    cases=_probability_cases,
    repaired='''
def score(p, labels):
    """Return the accuracy of class probabilities p (n, k) for integer labels (n,)."""
    return np.mean(p.argmax(axis=1) == labels)
''',
    buggy='''
def score(p, labels):
    """Return the accuracy of class probabilities p (n, k) for integer labels (n,)."""
    onehot = np.eye(p.shape[1])[labels.astype(int)]
    return -np.mean((p - onehot) ** 2)
''',
    witness="(np.array([[0.8, 0.2]]), np.array([0]))",
    cause="d",
    causes={
        "a": "Without the minus it would be an error, and a lower one would be better; it would still "
        "be no accuracy.",
        "b": "The labels are turned into one-hot rows rightly.",
        "c": "Dividing by n instead of n k changes the number; it stays below 0.",
    },
    bug_says="The number is still minus a squared error: it is never above 0, while an accuracy is a "
    "share of right answers.",
    hints=(
        "Which values can an accuracy take, and which can this number take?",
        "The answer of a classifier is its most probable class.",
        "Compare `p.argmax(axis=1)` with the labels, and take the mean.",
    ),
    wrong=(
        Wrong(
            "wrong-axis",
            "You take the largest entry of each column; the answers stand in the rows, so use "
            "`axis=1`.",
            swap={"p.argmax(axis=1) == labels": "p.argmax(axis=0)[: 1] == labels"},
        ),
        Wrong(
            "half",
            "You count a row as right when the true class has more than 0.5; with several classes the "
            "most probable one may have less.",
            swap={"p.argmax(axis=1) == labels": "p[np.arange(len(p)), labels] > 0.5"},
        ),
        Wrong(
            "count",
            "You count the right answers; the accuracy is their share.",
            swap={"np.mean(": "np.sum("},
        ),
        Wrong(
            "error-rate",
            "You return the share of wrong answers.",
            swap={"==": "!="},
        ),
        Wrong(
            "mean-probability",
            "You average the probability of the true class; that is a score too, but not the "
            "accuracy.",
            swap={"p.argmax(axis=1) == labels": "p[np.arange(len(p)), labels]"},
        ),
    ),
    right=(
        Right(
            "loop",
            code="""
def score(p, labels):
    hits = [int(np.argmax(row) == label) for row, label in zip(p, labels)]
    return sum(hits) / len(hits)
""",
        ),
        Right("one minus", swap={"np.mean(p.argmax(axis=1) == labels)":
                                 "1 - np.count_nonzero(p.argmax(axis=1) != labels) / len(labels)"}),
    ),
)  # fmt: skip

# --- a layer of width zero ----------------------------------------------------------------------


def _shape_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"n_in": n, "n_rows": rows}
        for n, rows in ((1, 5000), (20, 300), (7, 4000), (12, 2000), (30, 70), (5, 20000), (1, 100))
    ]


WIDTH = find_bug(
    "training_practice-find-empty-layer",
    "A layer without units",
    function="hidden_widths",
    args=("n_in", "n_rows"),
    cases=_shape_cases,
    repaired='''
def hidden_widths(n_in, n_rows):
    """Return the widths of the hidden layers for n_in inputs and n_rows samples, all >= 1."""
    if n_rows < 1000:
        return np.array([min(2 * n_in, 50)])
    if n_rows < 10000:
        return np.array([n_in, max(1, n_in // 2)])
    return np.array([n_in, 2 * n_in, n_in])
''',
    buggy='''
def hidden_widths(n_in, n_rows):
    """Return the widths of the hidden layers for n_in inputs and n_rows samples, all >= 1."""
    if n_rows < 1000:
        return np.array([min(2 * n_in, 50)])
    if n_rows < 10000:
        return np.array([n_in, n_in // 2])
    return np.array([n_in, 2 * n_in, n_in])
''',
    witness="(1, 5000)",
    cause="b",
    causes={
        "a": "`min(2 * n_in, 50)` is at least 2 for any number of inputs.",
        "c": "Wide in the middle is a matter of taste, and no width is 0 there.",
        "d": "The limits 1000 and 10000 are a rule of thumb, but every branch is reached.",
    },
    bug_says="For one input and 5000 rows a hidden layer still has 0 units: nothing passes it, and the "
    "network's answer is a constant.",
    hints=(
        "Try the smallest network there is.",
        "What is `1 // 2`?",
        "Write `max(1, n_in // 2)`.",
    ),
    wrong=(
        Wrong(
            "rounded-up-everywhere",
            "You round the half up, which changes the width for every odd number of inputs; only the "
            "0 was wrong.",
            swap={"max(1, n_in // 2)": "(n_in + 1) // 2"},
        ),
        Wrong(
            "plus-one",
            "You add 1 to every half; only the 0 was wrong.",
            swap={"max(1, n_in // 2)": "n_in // 2 + 1"},
        ),
        Wrong(
            "float",
            "`n_in / 2` is no whole number of units.",
            swap={"max(1, n_in // 2)": "n_in / 2"},
        ),
        Wrong(
            "min-for-max",
            "`min` is the wrong way round: it makes every half at most 1.",
            swap={"max(1, n_in // 2)": "min(1, n_in // 2)"},
        ),
        Wrong(
            "at-least-two",
            "The smallest width that works is 1; you make it 2.",
            swap={"max(1, n_in // 2)": "max(2, n_in // 2)"},
        ),
    ),
    right=(
        Right("or", swap={"max(1, n_in // 2)": "n_in // 2 or 1"}),
        Right("if", swap={"max(1, n_in // 2)": "n_in // 2 if n_in > 1 else 1"}),
    ),
)

# --- chosen on the test set ---------------------------------------------------------------------


def _table_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n in (7, 4, 12, 1):
        val, test = rng.uniform(0.6, 0.9, n), rng.uniform(0.55, 0.85, n)
        if n > 1:  # best by validation, by the sum of both, by test; worst by validation
            four = rng.permutation(n)[:4]
            val[four], test[four] = (0.95, 0.85, 0.62, 0.5), (0.6, 0.86, 0.9, 0.58)
        cases.append({"val": val, "test": test})
    return cases


CHOICE = find_bug(
    "training_practice-find-optimist",
    "The report that is always too good",
    function="reported",
    args=("val", "test"),
    cases=_table_cases,
    repaired='''
def reported(val, test):
    """Return the accuracy to report, from each model's validation and test accuracy (n,)."""
    return test[np.argmax(val)]
''',
    buggy='''
def reported(val, test):
    """Return the accuracy to report, from each model's validation and test accuracy (n,)."""
    return np.max(test)
''',
    witness="(np.array([0.9, 0.8]), np.array([0.7, 0.75]))",
    cause="a",
    causes={
        "b": "The mean over models says how good the average candidate is; you ship one of them.",
        "c": "A larger test set makes the bias smaller; it does not take it away.",
        "d": "Accuracy may be a poor measure here or not; any measure is too good if it is also used "
        "to choose.",
    },
    bug_says="You still report the best of many test accuracies: choosing on the test set turns its "
    "luck into your result.",
    hints=(
        "With 100 models that all guess, what is the best test accuracy?",
        "Choose on one set, report on another.",
        "`test[np.argmax(val)]`.",
    ),
    wrong=(
        Wrong(
            "best-validation",
            "You report the validation accuracy that you chose by: the maximum is lucky there too.",
            swap={"test[np.argmax(val)]": "np.max(val)"},
        ),
        Wrong(
            "mean-test",
            "You report the mean over all models; only one of them is the answer.",
            swap={"test[np.argmax(val)]": "np.mean(test)"},
        ),
        Wrong(
            "chosen-on-both",
            "You choose by the sum of both accuracies, so the test set still has a say.",
            swap={"np.argmax(val)": "np.argmax(val + test)"},
        ),
        Wrong(
            "worst-validation",
            "`argmin` picks the model that validation likes least; accuracies are better when larger.",
            swap={"argmax": "argmin"},
        ),
        Wrong(
            "validation-at-best-test",
            "It is the other way round: choose with `val`, look up in `test`.",
            swap={"test[np.argmax(val)]": "val[np.argmax(test)]"},
        ),
    ),
    right=(
        Right("sorted", swap={"np.argmax(val)": "np.argsort(-val)[0]"}),
        Right(
            "loop",
            code="""
def reported(val, test):
    best = 0
    for i in range(len(val)):
        if val[i] > val[best]:
            best = i
    return test[best]
""",
        ),
    ),
)

# --- the cost of an epoch -----------------------------------------------------------------------


def _work_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"n_params": p, "n_rows": n, "batch_size": b}
        for p, n, b in ((1000, 500, 32), (250, 64, 1), (109386, 8192, 256), (40, 10, 3))
    ]


def _differs(right: Any, wrong: Any) -> bool:
    return not np.isclose(right, wrong)


COST = find_bug(
    "training_practice-find-epoch-cost",
    "Small batches, short epochs?",
    function="epoch_work",
    args=("n_params", "n_rows", "batch_size"),
    cases=_work_cases,
    repaired='''
def epoch_work(n_params, n_rows, batch_size):
    """Return the operations of an epoch: 2 per parameter and row forward, 4 backward."""
    return 6 * n_params * n_rows
''',
    buggy='''
def epoch_work(n_params, n_rows, batch_size):
    """Return the operations of an epoch: 2 per parameter and row forward, 4 backward."""
    return 6 * n_params * batch_size
''',
    witness="(10, 100, 5)",
    cause="c",
    tells=_differs,
    causes={
        "a": "The 6 is right: a multiplication and an addition forward, twice that backward, for the "
        "gradient by the weights and by the input.",
        "b": "The number of steps falls with the batch size, and the work of a step grows with it.",
        "d": "Biases are few; they do not make the answer depend on the batch size.",
    },
    bug_says="This is the work of one step; an epoch shows every row once, whatever the batch size.",
    hints=(
        "How often does an epoch show each row to each weight?",
        "Steps per epoch times rows per step: what is left of the batch size?",
        "Return `6 * n_params * n_rows`.",
    ),
    wrong=(
        Wrong(
            "steps-of-full-batches",
            "You count whole batches only; the rows of the last, short one cost work too.",
            swap={"n_params * n_rows": "n_params * batch_size * (n_rows // batch_size)"},
        ),
        Wrong(
            "last-batch-full",
            "You count the last batch as full; it holds only the rows that are left.",
            swap={"n_params * n_rows": "n_params * batch_size * (-(-n_rows // batch_size))"},
        ),
        Wrong(
            "both",
            "Rows and batch size are both in your product: every row would be shown batch-size times.",
            swap={"n_params * n_rows": "n_params * n_rows * batch_size"},
        ),
        Wrong(
            "steps",
            "You multiply by the number of steps; a step costs as many rows as its batch holds.",
            swap={"n_params * n_rows": "n_params * n_rows / batch_size"},
        ),
        Wrong(
            "forward-only",
            "You counted the forward pass alone; the backward pass costs twice as much again.",
            swap={"6 *": "2 *"},
        ),
    ),
    right=(
        Right("two parts", swap={"6 * n_params * n_rows": "2 * n_params * n_rows + 4 * n_params * n_rows"}),
        Right(
            "loop over batches",
            code="""
def epoch_work(n_params, n_rows, batch_size):
    work = 0
    for start in range(0, n_rows, batch_size):
        work += 6 * n_params * (min(start + batch_size, n_rows) - start)
    return work
""",
        ),
    ),
)  # fmt: skip

BUGS = (LAST, SCORE, WIDTH, CHOICE, COST)
