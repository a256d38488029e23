"""Chapter 1, learning: the perceptron's rule, its training loop, and a half-learning twin."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Case, Exercise, Right, Wrong
from autograder.kinds import find_bug
from autograder.probe import call

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
AND = np.array([0.0, 0.0, 0.0, 1.0])


def _rule_cases(rng: np.random.Generator) -> list[Case]:
    """Return a miss on either side, a hit on either side, a tie with target 0, one input alone."""
    cases: list[Case] = []
    for n, target, side in ((3, 0.0, 1), (5, 1.0, -1), (4, 1.0, 1), (1, 0.0, 1), (2, 0.0, -1)):
        x, w = rng.uniform(0.5, 2, size=n) * rng.choice([-1, 1], n), rng.normal(size=n)
        b = side * float(rng.uniform(0.3, 2)) - float(x @ w)
        cases.append({"x": x, "target": target, "w": w, "b": b})
    by_hand = (
        ((2.0, -0.5, 1.0), 0.0, (1.0, 2.0, 3.0), -4.0),
        ((1.0, 2.0), 1.0, (1.0, 0.5), -5.0),
    )
    for inputs, target, weights, b in by_hand:
        cases.append({"x": np.array(inputs), "target": target, "w": np.array(weights), "b": b})
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
            swap={
                "(target - p) * x": "max(target - p, 0) * x",
                "b + (target - p)": "b + max(target - p, 0)",
            },
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
            code="""
def update(x, target, w, b):
    p = 1.0 if x @ w + b >= 0 else 0.0
    w += (target - p) * x
    return w, b + (target - p)
""",
        ),
    ),
    right=(
        Right(
            "branches",
            code="""
def update(x, target, w, b):
    fired = x @ w + b >= 0
    if fired and target == 0:
        return w - x, b - 1
    if not fired and target == 1:
        return w + x, b + 1
    return w, b
""",
        ),
        Right(
            "in place on a copy",
            code="""
def update(x, target, w, b):
    error = target - float(np.sum(x * w) + b >= 0)
    w = w.copy()
    w += error * x
    b += error
    return w, b
""",
        ),
        Right(
            "loop",
            code="""
def update(x, target, w, b):
    z = b
    for i in range(len(x)):
        z += w[i] * x[i]
    error = target - (1 if z >= 0 else 0)
    return np.array([w[i] + error * x[i] for i in range(len(x))]), b + error
""",
        ),
    ),
    hints=(
        "First let the perceptron answer, then compare its answer with the target.",
        "`target - p` is 0 when the answer is right, 1 when it should have fired, -1 when it should not have.",
        "Return `w + (target - p) * x` and `b + (target - p)`.",
    ),
)


def _fit_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = [{"X": CORNERS.copy(), "target": AND.copy(), "epochs": 5}]
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
    options={
        "name": "fit_perceptron",
        "args": ("X", "target", "epochs"),
        "returns": ("w", "b", "mistakes"),
    },
    reference=_FIT,
    wrong=(
        Wrong(
            "stale-answers",
            "Your loop takes all answers of an epoch before its first update; the perceptron answers each sample with the weights it has by then.",
            code="""
def fit_perceptron(X, target, epochs):
    w, b = np.zeros(X.shape[1]), 0.0
    mistakes = np.zeros(epochs)
    for epoch in range(epochs):
        error = target - (X @ w + b >= 0)
        w = w + error @ X
        b = b + error.sum()
        mistakes[epoch] = np.sum(error != 0)
    return w, b, mistakes
""",
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
            swap={
                "mistakes[epoch] += error != 0": "mistakes[epoch] += error != 0\n            if error != 0:\n                break"
            },
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
        Right(
            "stops when clean",
            swap={
                "    return w, b, mistakes": "        if mistakes[epoch] == 0:\n            break\n    return w, b, mistakes"
            },
        ),
        Right(
            "bias as a weight",
            code="""
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
""",
        ),
        Right(
            "branches",
            swap={
                "            w = w + error * x\n            b = b + error\n": "            if error > 0:\n                w, b = w + x, b + 1\n            elif error < 0:\n                w, b = w - x, b - 1\n"
            },
        ),
    ),
    hints=(
        "Two loops: epochs outside, samples inside; your rule from the exercise before does the rest.",
        "Before the loops: `w` of zeros, `b = 0.0` and an array of `epochs` zeros for the mistakes.",
        "Inside: `error = t - answer`, `w = w + error * x`, `b = b + error`, and `mistakes[epoch] += 1` if the error is not 0.",
    ),
)


# --- labels: find the bug -----------------------------------------------------------------------


def _pass_cases(rng: np.random.Generator) -> list[Case]:
    """Batches whose first row is wrongly called 0 and whose second is wrongly called 1."""
    cases: list[Case] = [
        {"X": np.array([[0.5, -1.0]]), "target": np.zeros(1), "w": np.array([2.0, 0.7]), "b": 1.5}
    ]
    for n, d in ((6, 3), (5, 4)):
        while True:
            X, w, b = rng.normal(size=(n, d)), rng.normal(size=d), float(rng.normal())
            if X[0] @ w + b < 0 <= X[1] @ (w + X[0]) + b + 1:
                break
        target = (np.arange(n) % 3 != 1).astype(float)
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
        Right(
            "signed targets",
            swap={"(t - p) * x": "(2 * t - 1) * x", "b + (t - p)": "b + (2 * t - 1)"},
        ),
        Right(
            "branches",
            swap={
                "            w = w + (t - p) * x\n            b = b + (t - p)": "            s = 1.0 if t == 1 else -1.0\n            w, b = w + s * x, b + s"
            },
        ),
    ),
    hints=(
        "Go through the loop by hand with one sample whose target is 0 but whose answer is 1. What is added to `w`?",
        "With a target of 0 the step `t * x` is 0. Which step is -x there, and +x for a missed target of 1?",
        "The step is `(t - p) * x` for the weights and `(t - p)` for the bias; the cause is (c).",
    ),
    minutes=10,
)

LEARNING = [RULE, FIT, LABELS_BUG]
