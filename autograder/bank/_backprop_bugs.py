"""Chapter 2, find the bug: show an input that gives it away, name the cause, repair it."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercise import Case, Right, Wrong
from autograder.kinds import find_bug


def _labels(rng: np.random.Generator, n: int, k: int) -> Any:
    return (np.arange(n) + rng.integers(0, 2, size=n) + 1) % k


MSE_SCALE = find_bug(
    "backprop-bug_mse_scale",
    "Find the bug: a gradient off by a factor",
    function="mse_gradient",
    args=("scores", "target"),
    cases=lambda rng: [
        {"scores": rng.normal(size=(n, k)), "target": rng.normal(size=(n, k))}
        for n, k in ((5, 3), (1, 4), (6, 1))
    ],
    repaired='''
def mse_gradient(scores, target):
    """Return the gradient of np.mean((scores - target) ** 2) with respect to scores."""
    return 2 * (scores - target) / scores.size
''',
    buggy='''
def mse_gradient(scores, target):
    """Return the gradient of np.mean((scores - target) ** 2) with respect to scores."""
    return (scores - target) / len(scores)
''',
    witness="(np.array([[1.0, 2.0, 3.0]]), np.zeros((1, 3)))",
    cause="b",
    causes={
        "a": "The sign is right: a score above its target has a positive gradient.",
        "c": "Each entry of the gradient has the shape it should; only the size is wrong.",
        "d": "The difference is taken entry by entry, as it should be.",
    },
    bug_says="Your gradient still divides by the rows and lacks the 2: `np.mean` divides by all n * k entries, and the square brings a factor 2.",
    wrong=(
        Wrong(
            "two-only",
            "You added the factor 2, but still divide by the number of rows; `np.mean` runs over all entries.",
            swap={"2 * (scores - target) / scores.size": "2 * (scores - target) / len(scores)"},
        ),
        Wrong(
            "size-only",
            "You divide by all entries now, but the factor 2 of the square is still missing.",
            swap={"2 * (scores - target) / scores.size": "(scores - target) / scores.size"},
        ),
        Wrong(
            "sign-turned",
            "Your repair has the wrong sign: it is scores minus target.",
            swap={"2 * (scores - target)": "2 * (target - scores)"},
        ),
    ),
    right=(
        Right(
            "means of rows",
            swap={
                "2 * (scores - target) / scores.size": "(scores - target) * (2 / np.prod(scores.shape))"
            },
        ),
        Right(
            "by columns",
            swap={
                "2 * (scores - target) / scores.size": "2 * (scores - target) / (len(scores) * scores.shape[1])"
            },
        ),
    ),
    hints=(
        "Compare with a numerical gradient for k = 1, 2 and 3 outputs; the ratio changes. For one k it is 1.",
        "The ratio numeric / analytic is 2 / k. For k = 2 the two mistakes cancel, so a witness needs another number of columns.",
        "The gradient of the mean over all entries is 2 (scores - target) / scores.size.",
    ),
    minutes=10,
)

MISSING_MASK = find_bug(
    "backprop-bug_missing_slope",
    "Find the bug: the right shape, the wrong numbers",
    function="hidden_dW",
    args=("x", "z", "da"),
    cases=lambda rng: [
        {
            "x": rng.normal(size=(n, d)),
            "z": rng.normal(size=(n, m)) + 0.3,
            "da": rng.normal(size=(n, m)),
        }
        for n, d, m in ((5, 4, 3), (1, 2, 6), (4, 3, 7))
    ],
    repaired='''
def hidden_dW(x, z, da):
    """Return dW of a hidden layer a = relu(z), z = x @ W + b, given da = dL/da."""
    dz = da * (z > 0)
    return x.T @ dz
''',
    buggy='''
def hidden_dW(x, z, da):
    """Return dW of a hidden layer a = relu(z), z = x @ W + b, given da = dL/da."""
    return x.T @ da
''',
    witness="(np.array([[1.0, 2.0]]), np.array([[-1.0, 1.0]]), np.array([[1.0, 1.0]]))",
    cause="c",
    causes={
        "a": "The shape of the result is right, (n_in, n_out), and it is no transpose: try it with all `z` positive.",
        "b": "A division by the batch size does not belong here: the loss has done it.",
        "d": "The product with `x.T` already sums over the rows.",
    },
    bug_says="Your `dW` still uses `da`; the weights act on `z`, so the gradient has to pass back through the activation first.",
    wrong=(
        Wrong(
            "multiplied-by-activation",
            "You multiply by the activation; the slope of relu is 1 or 0.",
            swap={"da * (z > 0)": "da * np.maximum(z, 0)"},
        ),
        Wrong(
            "mask-of-gradient",
            "Your mask looks at the sign of `da`; it is the sign of `z` that counts.",
            swap={"(z > 0)": "(da > 0)"},
        ),
        Wrong(
            "mask-turned",
            "Your mask is the wrong way round: the gradient passes where `z` is positive.",
            swap={"z > 0": "z <= 0"},
        ),
    ),
    right=(
        Right("where", swap={"da * (z > 0)": "np.where(z > 0, da, 0)"}),
        Right("einsum", swap={"return x.T @ dz": "return np.einsum('ni,no->io', x, dz)"}),
    ),
    hints=(
        "The result has the right shape, so look at numbers: when is the answer right by luck?",
        "With all `z` positive it is right. What does relu do to the gradient where `z` is negative?",
        "dz is `da` times the slope of the activation, and dW is `x.T @ dz`.",
    ),
    minutes=10,
)


def _norm_cases(rng: np.random.Generator) -> list[Case]:
    last = rng.normal(size=(4, 3))
    first = 1e-8 * rng.normal(size=(5, 4))
    return [
        {"a1": np.zeros((5, 4)), "n1": first, "a2": last, "n2": last * (1 + 1e-9)},
        {"a1": first, "n1": first * (1 + 1e-9), "a2": last, "n2": last},
        {"a1": np.zeros((2, 6)), "n1": np.zeros((2, 6)), "a2": last[:1], "n2": 1.5 * last[:1]},
        {"a1": 2 * first[:1], "n1": first[:1], "a2": last[:, :1], "n2": last[:, :1]},
        {"a1": first, "n1": first, "a2": 1.0 * last, "n2": -1.0 * last},
    ]


GLOBAL_NORM = find_bug(
    "backprop-bug_global_norm",
    "Find the bug: a check that lets a dead layer pass",
    function="worst_error",
    args=("a1", "n1", "a2", "n2"),
    cases=_norm_cases,
    repaired='''
def worst_error(a1, n1, a2, n2):
    """Return the relative error of a network's gradients: analytic a1, a2, numeric n1, n2."""
    worst = 0.0
    for a, n in ((a1, n1), (a2, n2)):
        size = np.linalg.norm(a) + np.linalg.norm(n)
        error = np.linalg.norm(a - n) / size if size > 0 else 0.0
        worst = max(worst, error)
    return worst
''',
    buggy='''
def worst_error(a1, n1, a2, n2):
    """Return the relative error of a network's gradients: analytic a1, a2, numeric n1, n2."""
    a = np.concatenate([a1.ravel(), a2.ravel()])
    n = np.concatenate([n1.ravel(), n2.ravel()])
    size = np.linalg.norm(a) + np.linalg.norm(n)
    return np.linalg.norm(a - n) / size if size > 0 else 0.0
''',
    witness="(np.zeros(2), np.full(2, 1e-8), np.ones(3), np.ones(3))",
    cause="a",
    causes={
        "b": "The guard against 0 / 0 is right: two gradients of zeros agree.",
        "c": "Both are flattened in the same order, so entries are compared with their own partners.",
        "d": "The norm of the difference is what is wanted; the lengths alone could not tell a sign flip.",
    },
    bug_says="Your error is still one norm over everything: a first layer with tiny gradients drowns in the large ones of the last, so compare array by array and report the worst.",
    wrong=(
        Wrong(
            "average-of-errors",
            "You average the arrays' errors, so one wrong array among many right ones looks harmless: take the largest.",
            swap={"worst = max(worst, error)": "worst += error / 2"},
        ),
        Wrong(
            "last-array-only",
            "You keep the last array's error only; keep the largest of all.",
            swap={"worst = max(worst, error)": "worst = error"},
        ),
        Wrong(
            "smallest",
            "You report the smallest of the errors; one wrong array is enough to be wrong.",
            swap={"worst = 0.0": "worst = np.inf", "max(worst, error)": "min(worst, error)"},
        ),
        Wrong(
            "guard-lost",
            "An array whose two gradients are both zero now gives 0 / 0: keep the guard.",
            swap={
                " if size > 0 else 0.0": "",
                "max(worst, error)": "np.maximum(worst, error)",
                "size = ": "size = 0.0 + ",
            },
        ),
    ),
    right=(
        Right(
            "list of errors",
            code="""
def worst_error(a1, n1, a2, n2):
    def one(a, n):
        size = np.sqrt((a**2).sum()) + np.sqrt((n**2).sum())
        return 0.0 if size == 0 else np.sqrt(((a - n) ** 2).sum()) / size
    return max([one(a1, n1), one(a2, n2)])
""",
        ),
        Right("floor", swap={"/ size if size > 0 else 0.0": "/ max(size, 1e-300)"}),
    ),
    hints=(
        "How large are the gradients of the first layer of a deep sigmoid network, compared with the last?",
        "Make `n1` tiny and `a1` zero, `a2` and `n2` equal and large: what does the check say, and what should it say?",
        "Compute the relative error for each pair by itself and return the largest.",
    ),
    minutes=12,
)

DOUBLE_SOFTMAX = find_bug(
    "backprop-bug_double_softmax",
    "Find the bug: no gradient check can see it",
    function="loss_of_batch",
    args=("scores", "labels"),
    cases=lambda rng: [
        {"scores": 2 * rng.normal(size=(n, k)), "labels": _labels(rng, n, k)}
        for n, k in ((5, 3), (1, 4), (3, 6))
    ],
    repaired='''
def loss_of_batch(scores, labels):
    """Return the mean cross-entropy of softmax(scores)."""
    rows = np.arange(len(scores))
    z = scores - scores.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -np.mean(log_p[rows, labels.astype(int)])
''',
    buggy='''
def loss_of_batch(scores, labels):
    """Return the mean cross-entropy of softmax(scores)."""
    rows = np.arange(len(scores))
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    log_p = p - np.log(np.exp(p).sum(axis=1, keepdims=True))
    return -np.mean(log_p[rows, labels.astype(int)])
''',
    witness="(np.array([[10.0, 0.0, 0.0]]), np.array([0]))",
    cause="d",
    causes={
        "a": "The largest score is subtracted before exp, so nothing overflows.",
        "b": "The sums run along axis 1, across the classes of each row, as they should.",
        "c": "The labels pick one entry of each row, `[rows, labels]`, which is right.",
    },
    bug_says="Your loss still applies softmax twice: `p` is a softmax already, and the line of `log_p` puts it through another.",
    wrong=(
        Wrong(
            "log-of-scores",
            "You dropped both softmaxes: the log needs probabilities, so normalise once.",
            code="""
def loss_of_batch(scores, labels):
    rows = np.arange(len(scores))
    return -np.mean(scores[rows, labels.astype(int)])
""",
        ),
        Wrong(
            "one-minus-p",
            "Your loss is 1 - p of the right class; the cross-entropy is minus the log of p.",
            code="""
def loss_of_batch(scores, labels):
    rows = np.arange(len(scores))
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return np.mean(1 - p[rows, labels.astype(int)])
""",
        ),
        Wrong(
            "summed",
            "Your loss is now the sum over the batch; it was, and should stay, the mean.",
            swap={"-np.mean(": "-np.sum("},
        ),
    ),
    right=(
        Right(
            "log of p",
            code="""
def loss_of_batch(scores, labels):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(p)), labels.astype(int)]).mean()
""",
        ),
        Right(
            "one-hot",
            swap={
                "-np.mean(log_p[rows, labels.astype(int)])": "-np.sum(log_p * np.eye(z.shape[1])[labels.astype(int)]) / len(rows)"
            },
        ),
    ),
    hints=(
        "Give it a row that is right beyond doubt, such as scores (10, 0, 0) with label 0. How small should the loss be?",
        "The loss never falls below a floor: the probabilities that go into the last line lie between 0 and 1, and what happens to them there?",
        "Take the log-softmax of the scores themselves: `z = scores - max`, `log_p = z - log(sum(exp(z)))`.",
    ),
    difficulty=3,
    minutes=12,
)

SHORTCUT = find_bug(
    "backprop-bug_shortcut",
    "Find the bug: one of two paths",
    function="shortcut_backward",
    args=("x", "dy"),
    cases=lambda rng: [
        {"x": _off_zero(rng, n, d), "dy": rng.normal(size=(n, d))}
        for n, d in ((4, 3), (1, 5), (3, 2))
    ],
    repaired='''
def shortcut_backward(x, dy):
    """Return dx for y = x + relu(x)."""
    dx = dy.copy()
    dx += dy * (x > 0)
    return dx
''',
    buggy='''
def shortcut_backward(x, dy):
    """Return dx for y = x + relu(x)."""
    dx = dy.copy()
    dx = dy * (x > 0)
    return dx
''',
    witness="(np.array([[-1.0, 2.0]]), np.array([[1.0, 1.0]]))",
    cause="b",
    causes={
        "a": "The mask is that of the forward input, as it should be.",
        "c": "`dy` is not changed: the first line copies it.",
        "d": "The upstream gradient is there, in both lines.",
    },
    bug_says="Your `dx` still keeps one path only: `x` reaches `y` twice, directly and through relu, and the gradients of both paths add up.",
    wrong=(
        Wrong(
            "shortcut-only",
            "Your `dx` keeps the direct path only; where `x` is positive, the path through relu adds another `dy`.",
            swap={"    dx += dy * (x > 0)\n": ""},
        ),
        Wrong(
            "paths-multiplied",
            "You multiply the two paths; along a path derivatives are multiplied, but different paths are added.",
            swap={"dx += dy * (x > 0)": "dx *= dy * (x > 0)"},
        ),
        Wrong(
            "always-twice",
            "You add `dy` twice everywhere; the path through relu is closed where `x` is negative.",
            swap={"dy * (x > 0)": "dy"},
        ),
    ),
    right=(
        Right(
            "one factor",
            swap={"    dx = dy.copy()\n    dx += dy * (x > 0)": "    dx = dy * (1 + (x > 0))"},
        ),
        Right(
            "where",
            swap={
                "    dx = dy.copy()\n    dx += dy * (x > 0)": "    dx = np.where(x > 0, 2 * dy, dy)"
            },
        ),
    ),
    hints=(
        "Draw the graph of y = x + relu(x): how many arrows leave `x`?",
        "A node that is used twice collects two gradients; look at what happens to the first one.",
        "The second line overwrites `dx`; it should add to it.",
    ),
    minutes=8,
)


def _off_zero(rng: np.random.Generator, *shape: int) -> Any:
    x = rng.normal(size=shape)
    return np.where(np.abs(x) < 0.05, x + np.copysign(0.2, x), x)


EXERCISES = [MSE_SCALE, MISSING_MASK, SHORTCUT, GLOBAL_NORM, DOUBLE_SOFTMAX]
