"""Chapter 2, backpropagation: layers and the loss; the other parts stand in _backprop_*.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.bank import (
    _backprop_autodiff,
    _backprop_bugs,
    _backprop_check,
    _backprop_graph,
    _backprop_net,
)
from autograder.bank._numeric import grad, vjp
from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.probe import Problem, ProblemError, call, layer


def _away(rng: np.random.Generator, *shape: int) -> Any:
    """Return normal numbers, none nearer to 0 than 0.05: away from the kink of relu."""
    x = rng.normal(size=shape)
    return np.where(np.abs(x) < 0.05, x + np.copysign(0.2, x), x)


# --- relu ---------------------------------------------------------------------------------------


def _relu_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"x": _away(rng, n, d), "dy": rng.normal(size=(n, d))} for n, d in ((4, 3), (1, 6), (5, 2))
    ]


RELU = Exercise(
    name="backprop-relu",
    title="ReLU with its backward pass",
    kind="layer",
    difficulty=1,
    minutes=8,
    points=2,
    cases=_relu_cases,
    probe=layer,
    options={"name": "ReLU"},
    reference='''
class ReLU:
    """max(x, 0), entry by entry."""

    def forward(self, x, train=False):
        self.x = x
        return np.maximum(x, 0)

    def backward(self, dy):
        return dy * (self.x > 0)
''',
    truth=lambda case: {"dx": vjp(lambda v: np.maximum(v, 0), case["x"], case["dy"])},
    wrong=(
        Wrong(
            "mask-returned",
            "Your `forward` gives 1 where `x` is positive instead of `x` itself: the mask is the derivative, not the function.",
            swap={"return np.maximum(x, 0)": "return (x > 0) * 1.0"},
            hint="Multiply the mask by `x`, or take the larger of `x` and 0.",
        ),
        Wrong(
            "mask-of-upstream",
            "Your `backward` looks at the sign of `dy`; what counts is the sign of `x`, the input of the forward pass.",
            swap={"self.x > 0": "dy > 0"},
        ),
        Wrong(
            "upstream-ignored",
            "Your `backward` returns the mask alone; the chain rule multiplies it by the upstream gradient `dy`.",
            swap={"dy * (self.x > 0)": "(self.x > 0) * 1.0"},
        ),
        Wrong(
            "passes-everything",
            "Your `dx` equals `dy` everywhere; where `x` was negative the output did not depend on it, so `dx` is 0 there.",
            swap={"dy * (self.x > 0)": "dy * (np.maximum(self.x, 0) >= 0)"},
        ),
        Wrong(
            "mask-reversed",
            "Your `dx` lets the gradient through where `x` was negative, and stops it where `x` was positive.",
            swap={"self.x > 0": "self.x < 0"},
        ),
        Wrong(
            "input-times-mask",
            "Your `dx` is multiplied by `x`; the derivative of max(x, 0) is 1 where `x` > 0, whatever the size of `x`.",
            swap={"dy * (self.x > 0)": "dy * np.maximum(self.x, 0)"},
        ),
        Wrong(
            "edits-dy",
            "Your `backward` sets entries of `dy` to 0 in place; whoever handed it over still needs it, so work on a copy.",
            code="""
class ReLU:
    def forward(self, x, train=False):
        self.x = x
        return np.maximum(x, 0)

    def backward(self, dy):
        dy[self.x <= 0] = 0
        return dy
""",
        ),
        Wrong(
            "column-maximum",
            "Your `forward` takes the largest entry of each column: `np.max(x, 0)` reduces over axis 0, `np.maximum(x, 0)` compares with 0.",
            swap={"np.maximum(x, 0)": "np.max(x, 0)"},
        ),
        Wrong(
            "absolute",
            "Your `forward` is the absolute value; a negative input has to give 0.",
            swap={"np.maximum(x, 0)": "np.abs(x)"},
        ),
    ),
    right=(
        Right(
            "mask kept",
            code="""
class ReLU:
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, dy):
        return np.where(self.mask, dy, 0.0)
""",
        ),
        Right(
            "own copy",
            code="""
class ReLU:
    def forward(self, x, train=False):
        self.y = np.where(x > 0, x, 0)
        return self.y

    def backward(self, dy):
        dx = dy.copy()
        dx[self.y == 0] = 0
        return dx
""",
        ),
        Right(
            "loops",
            code="""
class ReLU:
    def forward(self, x, train=False):
        self.x = x
        return np.array([[v if v > 0 else 0.0 for v in row] for row in x])

    def backward(self, dy):
        return np.array([[g if v > 0 else 0.0 for g, v in zip(a, b)] for a, b in zip(dy, self.x)])
""",
        ),
    ),
    hints=(
        "Where the output is `x` itself, its derivative is 1; where the output is the constant 0, it is 0.",
        "`backward` has to know which inputs were positive, so `forward` must keep something: `x`, or a mask.",
        "Keep `self.x = x`; `backward` returns `dy` times the mask `self.x > 0`.",
    ),
)


# --- dense --------------------------------------------------------------------------------------


def dense_probe(code: Mapping[str, Any], case: Case) -> Values:
    """Run a first batch through, then the case's own: gradients must be of the last batch alone."""
    x, dy = case["x"], case["dy"]
    built = code["Dense"](x.shape[1], dy.shape[1], np.random.default_rng(0))
    built.W, built.b = case["W"].copy(), case["b"].copy()
    before = built.forward(case["x0"])
    if isinstance(before, np.ndarray) and before.shape == case["dy0"].shape:
        built.backward(case["dy0"])
    y = built.forward(x)
    values = {
        "y": np.array(y, copy=True) if isinstance(y, np.ndarray) else y,
        "dx": built.backward(dy),
    }
    for name in ("dW", "db"):
        if not hasattr(built, name):
            raise ProblemError(Problem("attribute", "Dense", name))
        values[name] = getattr(built, name)
    return values


def _dense_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "x": _away(rng, n, d), "W": rng.normal(size=(d, m)), "b": rng.normal(size=m),
            "dy": rng.normal(size=(n, m)), "x0": rng.normal(size=(2, d)), "dy0": rng.normal(size=(2, m)),
        }
        for n, d, m in ((5, 4, 3), (1, 3, 6), (4, 2, 7))
    ]  # fmt: skip


def _dense_truth(case: Case) -> Values:
    x, W, b, dy = case["x"], case["W"], case["b"], case["dy"]
    return {
        "dx": vjp(lambda v: v @ W + b, x, dy),
        "dW": vjp(lambda v: x @ v + b, W, dy),
        "db": vjp(lambda v: x @ W + v, b, dy),
    }


DENSE = Exercise(
    name="backprop-dense",
    title="A dense layer, forward and backward",
    kind="layer",
    difficulty=2,
    minutes=15,
    points=4,
    cases=_dense_cases,
    probe=dense_probe,
    truth=_dense_truth,
    reference='''
class Dense:
    """y = x @ W + b for every row of x."""

    params = ("W", "b")

    def __init__(self, n_in, n_out, rng):
        self.W = rng.normal(0, np.sqrt(2 / n_in), size=(n_in, n_out))
        self.b = np.zeros(n_out)

    def forward(self, x, train=False):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dy):
        self.dW = self.x.T @ dy
        self.db = dy.sum(axis=0)
        return dy @ self.W.T
''',
    wrong=(
        Wrong(
            "no-bias",
            "Your `y` is `x @ W` alone: add the bias `b` to every row.",
            swap={"x @ self.W + self.b": "x @ self.W"},
        ),
        Wrong(
            "db-mean",
            "Your `db` is the mean over the batch; the bias acts on every row, so its gradient is the sum (the loss has already divided by the batch size).",
            swap={"dy.sum(axis=0)": "dy.mean(axis=0)"},
        ),
        Wrong(
            "db-twice-mean",
            "Your `db` is twice the mean over the batch, which is the sum only when there are two rows.",
            swap={"dy.sum(axis=0)": "2 * dy.mean(axis=0)"},
        ),
        Wrong(
            "divided-by-batch",
            "Your `dW` and `db` are divided by the batch size; the loss already did that, and `dy` brings it along.",
            swap={
                "self.x.T @ dy": "self.x.T @ dy / len(dy)",
                "dy.sum(axis=0)": "dy.sum(axis=0) / len(dy)",
            },
            hint="Layers never divide by the batch size: only the loss knows that it is a mean.",
        ),
        Wrong(
            "dW-divided",
            "Your `dW` is divided by the batch size; the loss already did that, and `dy` brings it along.",
            swap={"self.x.T @ dy": "self.x.T @ dy / len(dy)"},
        ),
        Wrong(
            "db-scalar",
            "Your `db` is one number: `dy.sum()` adds up everything, but each output has its own bias, so sum over axis 0 only.",
            swap={"dy.sum(axis=0)": "dy.sum()"},
        ),
        Wrong(
            "db-kept-axis",
            "Your `db` has shape (1, n_out), but `b` has shape (n_out,): leave out `keepdims`.",
            swap={"dy.sum(axis=0)": "dy.sum(axis=0, keepdims=True)"},
        ),
        Wrong(
            "db-wrong-axis",
            "Your `db` sums over the outputs and leaves one number per row; sum over the rows, axis 0.",
            swap={"dy.sum(axis=0)": "dy.sum(axis=1)"},
        ),
        Wrong(
            "dW-transposed",
            "Your `dW` is transposed: its shape has to be that of `W`, (n_in, n_out), so `x.T` stands on the left.",
            swap={"self.x.T @ dy": "dy.T @ self.x"},
        ),
        Wrong(
            "dx-no-transpose",
            "Your `dx` multiplies `dy` (batch, n_out) by `W` (n_in, n_out), and the inner sizes differ: it takes the transpose of `W`.",
            swap={"dy @ self.W.T": "dy @ self.W"},
        ),
        Wrong(
            "accumulates",
            "Your gradients are added to those of the batch before: `backward` has to overwrite `dW` and `db`, not add to them.",
            code="""
class Dense:
    params = ("W", "b")

    def __init__(self, n_in, n_out, rng):
        self.W = rng.normal(0, np.sqrt(2 / n_in), size=(n_in, n_out))
        self.b = np.zeros(n_out)
        self.dW, self.db = 0, 0

    def forward(self, x, train=False):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dy):
        self.dW = self.dW + self.x.T @ dy
        self.db = self.db + dy.sum(axis=0)
        return dy @ self.W.T
""",
        ),
        Wrong(
            "relu-inside",
            "Your layer cuts its output at 0; a dense layer is affine, and the activation is a layer of its own.",
            swap={"return x @ self.W + self.b": "return np.maximum(x @ self.W + self.b, 0)"},
        ),
        Wrong(
            "dW-ignores-dy",
            "Your `dW` sums the inputs and ignores the upstream gradient: it is right only where `dy` is 1.",
            swap={"self.x.T @ dy": "self.x.T @ np.ones_like(dy)"},
        ),
    ),
    right=(
        Right(
            "einsum",
            swap={
                "x @ self.W + self.b": "np.einsum('ni,io->no', x, self.W) + self.b",
                "self.x.T @ dy": "np.einsum('ni,no->io', self.x, dy)",
                "dy @ self.W.T": "np.einsum('no,io->ni', dy, self.W)",
            },
        ),
        Right(
            "loop over rows",
            swap={
                "self.x.T @ dy": "sum(np.outer(a, d) for a, d in zip(self.x, dy))",
                "dy.sum(axis=0)": "sum(dy)",
            },
        ),
        Right("ones times dy", swap={"dy.sum(axis=0)": "np.ones(len(dy)) @ dy"}),
        Right(
            "gradients allocated first",
            code="""
class Dense:
    params = ("W", "b")

    def __init__(self, n_in, n_out, rng):
        self.W = rng.standard_normal((n_in, n_out)) * np.sqrt(2 / n_in)
        self.b = np.zeros(n_out)
        self.dW, self.db = np.zeros_like(self.W), np.zeros_like(self.b)

    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b

    def backward(self, dy):
        self.dW[...] = np.dot(self.x.T, dy)
        self.db[:] = np.sum(dy, 0)
        return np.dot(dy, self.W.T)
""",
        ),
    ),
    hints=(
        "Write down the shapes: `dx` is shaped like `x`, `dW` like `W`, `db` like `b`. Only one product of `x` and `dy` fits `dW`.",
        "`b` is added to every row, so its gradient is the sum of `dy` over the rows; the product `x.T @ dy` sums over the rows by itself.",
        "`self.dW` is `x.T` times `dy`, `self.db` is `dy` summed over axis 0, and `dx` is `dy` times `W.T`.",
    ),
)


# --- softmax ------------------------------------------------------------------------------------


def _softmax(z: Any) -> Any:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _jacobian_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"p": _softmax(rng.normal(size=(n, k))), "dp": rng.normal(size=(n, k))}
        for n, k in ((4, 3), (1, 5), (3, 6))
    ]


SOFTMAX_VJP = Exercise(
    name="backprop-softmax_vjp",
    title="Back through softmax",
    difficulty=3,
    minutes=15,
    points=3,
    cases=_jacobian_cases,
    probe=call,
    options={"name": "softmax_vjp", "args": ("p", "dp"), "returns": ("dz",)},
    truth=lambda case: {"dz": vjp(_softmax, np.log(case["p"]), case["dp"])},
    reference='''
def softmax_vjp(p, dp):
    """Return dL/dz, given p = softmax(z) by rows and dp = dL/dp; all of shape (batch, classes)."""
    return p * (dp - np.sum(dp * p, axis=1, keepdims=True))
''',
    wrong=(
        Wrong(
            "diagonal-only",
            "Your `dz` uses only the diagonal of the Jacobian, p(1 - p); raising one score also lowers every other probability of the row.",
            swap={"p * (dp - np.sum(dp * p, axis=1, keepdims=True))": "dp * p * (1 - p)"},
            hint="dp_i/dz_j = -p_i p_j for i different from j; these terms are missing.",
        ),
        Wrong(
            "derivative-one",
            "Your `dz` passes `dp` on unchanged, as if the derivative of softmax were 1; it is a whole matrix per row.",
            swap={"p * (dp - np.sum(dp * p, axis=1, keepdims=True))": "dp * 1.0"},
        ),
        Wrong(
            "sum-over-batch",
            "Your sum runs over the rows of the batch; the classes compete within a row, so sum over axis 1.",
            swap={"axis=1": "axis=0"},
        ),
        Wrong(
            "sum-over-everything",
            "Your sum mixes the rows of the batch: sum over the classes of each row alone, with `axis=1, keepdims=True`.",
            swap={"np.sum(dp * p, axis=1, keepdims=True)": "np.sum(dp * p)"},
        ),
        Wrong(
            "p-missing",
            "Your `dz` lacks the factor `p` in front: each entry of the row is scaled by its own probability.",
            swap={"p * (dp -": "(dp -", "keepdims=True))": "keepdims=True))"},
        ),
        Wrong(
            "plain-sum",
            "Your sum adds up `dp` alone; it is the average of `dp` under the probabilities, so weigh it with `p`.",
            swap={"np.sum(dp * p,": "np.sum(dp,"},
        ),
        Wrong(
            "own-square",
            "Your off-diagonal terms are -p_i squared; they are -p_i p_j, one factor from each class.",
            swap={
                "p * (dp - np.sum(dp * p, axis=1, keepdims=True))": "p * (dp - p * np.sum(dp, axis=1, keepdims=True))"
            },
        ),
    ),
    right=(
        Right(
            "Jacobian row by row",
            code="""
def softmax_vjp(p, dp):
    out = np.zeros_like(p)
    for n in range(len(p)):
        J = np.diag(p[n]) - np.outer(p[n], p[n])
        out[n] = J.T @ dp[n]
    return out
""",
        ),
        Right(
            "einsum",
            code="""
def softmax_vjp(p, dp):
    mean = np.einsum("nk,nk->n", p, dp)
    return p * dp - p * mean[:, None]
""",
        ),
        Right(
            "expanded",
            swap={
                "p * (dp - np.sum(dp * p, axis=1, keepdims=True))": "p * dp - p * (p * dp).sum(1)[:, None]"
            },
        ),
    ),
    hints=(
        "The derivative of p_i by z_j is p_i (1 - p_i) for i = j and -p_i p_j otherwise: a full matrix for each row.",
        "dz_j is the sum over i of dp_i times dp_i/dz_j; take p_j out of the sum and see what is left.",
        "What is left is dp_j minus the sum of dp_i p_i over the row: subtract that row sum (`keepdims=True`), then multiply by `p`.",
    ),
)


def _ce_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, k, offset in ((4, 6, 0.0), (1, 3, 0.0), (5, 4, 900.0)):
        rows = offset * np.where(np.arange(n) % 2, -1.0, 1.0)[:, None]
        labels = (np.arange(n) + 1 + rng.integers(0, 2, size=n)) % k
        labels[0] = k - 1
        cases.append({"scores": rng.normal(size=(n, k)) + rows, "labels": labels})
    return cases


def _ce_truth(case: Case) -> Values:
    def value(scores: Any) -> Any:
        z = scores - scores.max(axis=1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        return -np.mean(log_p[np.arange(len(z)), case["labels"]])

    return {"dscores": grad(value, case["scores"])}


_CE_LOSS = "-np.mean(log_p[rows, labels])"

SOFTMAX_CE = Exercise(
    name="backprop-softmax_ce",
    title="Softmax and cross-entropy in one",
    kind="loss",
    difficulty=2,
    minutes=20,
    points=4,
    cases=_ce_cases,
    probe=call,
    options={"name": "softmax_ce", "args": ("scores", "labels"), "returns": ("value", "dscores")},
    truth=_ce_truth,
    reference='''
def softmax_ce(scores, labels):
    """Return the mean cross-entropy of softmax(scores) and its gradient with respect to scores.

    scores has shape (batch, classes), labels (batch,) holds integers.
    """
    rows = np.arange(len(scores))
    z = scores - scores.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    value = -np.mean(log_p[rows, labels])
    dscores = np.exp(log_p)
    dscores[rows, labels] -= 1
    return value, dscores / len(scores)
''',
    wrong=(
        Wrong(
            "not-shifted",
            "Your softmax overflows: exp of a score near 900 is infinite, so subtract each row's largest score first; the result does not change.",
            swap={"z = scores - scores.max(axis=1, keepdims=True)": "z = scores"},
        ),
        Wrong(
            "global-maximum",
            "You subtract the largest score of the whole batch; a row far below it underflows to 0/0, so each row needs its own maximum.",
            swap={"scores.max(axis=1, keepdims=True)": "scores.max()"},
        ),
        Wrong(
            "whole-array",
            "Your softmax divides by the sum over the whole batch; every row is a distribution of its own, so sum over axis 1.",
            swap={"np.exp(z).sum(axis=1, keepdims=True)": "np.exp(z).sum()"},
        ),
        Wrong(
            "over-the-batch",
            "Your softmax sums over axis 0, across samples; it has to run across the classes of one row, axis 1.",
            swap={"np.exp(z).sum(axis=1, keepdims=True)": "np.exp(z).sum(axis=0, keepdims=True)"},
        ),
        Wrong(
            "no-keepdims",
            "Your row sums have shape (batch,) and do not line up with (batch, classes): keep the axis with `keepdims=True`.",
            swap={"np.exp(z).sum(axis=1, keepdims=True)": "np.exp(z).sum(axis=1)"},
        ),
        Wrong(
            "gradient-not-divided",
            "Your `dscores` is too large by the batch size: the loss is a mean over the batch, so its gradient carries 1 / batch too.",
            swap={"dscores / len(scores)": "dscores"},
        ),
        Wrong(
            "divided-by-classes",
            "Your `dscores` is divided by the number of entries; the loss is a mean over the rows, so divide by the batch size alone.",
            swap={"dscores / len(scores)": "dscores / scores.size"},
        ),
        Wrong(
            "divided-twice",
            "Your `dscores` is divided by the batch size twice.",
            swap={"dscores / len(scores)": "dscores / len(scores) ** 2"},
        ),
        Wrong(
            "value-summed",
            "Your `value` is the sum over the batch, but the gradient is that of the mean: the two have to belong together.",
            swap={_CE_LOSS: "-np.sum(log_p[rows, labels])"},
        ),
        Wrong(
            "target-missing",
            "Your `dscores` is softmax alone: the 1 of the right class has not been subtracted (p - y).",
            swap={"    dscores[rows, labels] -= 1\n": ""},
        ),
        Wrong(
            "labels-as-rows",
            "`dscores[labels] -= 1` takes the labels for row numbers and lowers whole rows; index with `[rows, labels]`.",
            swap={"dscores[rows, labels] -= 1": "dscores[labels % len(scores)] -= 1"},
        ),
        Wrong(
            "both-signs",
            "Loss and gradient both have the wrong sign: they agree with each other, so a gradient check passes, but training climbs; the loss is minus the log.",
            swap={
                _CE_LOSS: "np.mean(log_p[rows, labels])",
                "return value, dscores / len(scores)": "return value, -dscores / len(scores)",
            },
        ),
        Wrong(
            "value-sign",
            "Your `value` has lost its minus: log p is negative, and the loss is minus its mean.",
            swap={_CE_LOSS: "np.mean(log_p[rows, labels])"},
        ),
        Wrong(
            "log-base-2",
            "Your `value` is in bits: `np.log2` is the logarithm to base 2, and the gradient p - y belongs to the natural one, `np.log`.",
            swap={_CE_LOSS: "-np.mean(log_p[rows, labels]) / np.log(2)"},
        ),
        Wrong(
            "mean-over-classes",
            "Your `value` is divided by the number of classes as well; it is a mean over the rows only.",
            swap={_CE_LOSS: "-np.sum(log_p[rows, labels]) / scores.size"},
        ),
        Wrong(
            "gradient-zeros",
            "Your `dscores` is all zeros: it was allocated, but never computed.",
            swap={"dscores / len(scores)": "np.zeros_like(scores)"},
        ),
        Wrong(
            "softmax-twice",
            "You apply softmax twice: the scores go through it once, inside the loss.",
            swap={
                "    z = scores - scores.max": "    scores = np.exp(scores - scores.max(axis=1, keepdims=True))\n    scores = scores / scores.sum(axis=1, keepdims=True)\n    z = scores - scores.max"
            },
        ),
    ),
    right=(
        Right(
            "probabilities first",
            code="""
def softmax_ce(scores, labels):
    e = np.exp(scores - scores.max(axis=1)[:, None])
    p = e / e.sum(axis=1)[:, None]
    y = np.eye(scores.shape[1])[labels]
    return -np.sum(y * np.log(p)) / len(p), (p - y) / len(p)
""",
        ),
        Right(
            "loop",
            code="""
def softmax_ce(scores, labels):
    total, d = 0.0, np.zeros(scores.shape)
    for n, (s, k) in enumerate(zip(scores, labels)):
        e = np.exp(s - max(s))
        p = e / sum(e)
        total -= np.log(p[k])
        p[k] -= 1
        d[n] = p
    return total / len(scores), d / len(scores)
""",
        ),
        Right(
            "logaddexp",
            code="""
def softmax_ce(scores, labels):
    rows = np.arange(len(labels))
    log_sum = np.logaddexp.reduce(scores, axis=1)
    value = (log_sum - scores[rows, labels]).mean()
    d = np.exp(scores - log_sum[:, None])
    d[rows, labels] -= 1
    return float(value), d / len(rows)
""",
        ),
    ),
    hints=(
        "Work with log p = z - log(sum(exp(z))): the loss needs nothing else, and it cannot meet log 0.",
        "Shift each row by its largest score before exp. `log_p[rows, labels]` with `rows = np.arange(len(scores))` picks the true class of every row.",
        "`value` is minus the mean of those entries; `dscores` is exp(log_p), with 1 subtracted at `[rows, labels]`, divided by the batch size.",
    ),
)


# --- two layers by hand -------------------------------------------------------------------------


def _two_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, d, h, k in ((5, 4, 6, 3), (1, 3, 5, 4), (6, 2, 7, 4)):
        while True:
            x, W1, b1 = rng.normal(size=(n, d)), rng.normal(size=(d, h)), rng.normal(size=h)
            if np.abs(x @ W1 + b1).min() > 0.01:
                break
        labels = (np.arange(n) + 1 + rng.integers(0, 2, size=n)) % k
        cases.append(
            {
                "x": x,
                "labels": labels,
                "W1": W1,
                "b1": b1,
                "W2": rng.normal(size=(h, k)),
                "b2": rng.normal(size=k),
            }
        )
    return cases


_TWO_FORWARD = '''
def two_layer(x, labels, W1, b1, W2, b2):
    """Return the mean loss and the gradients dW1, db1, dW2, db2."""
    rows = np.arange(len(x))
    z1 = x @ W1 + b1
    a1 = np.maximum(z1, 0)
    z2 = a1 @ W2 + b2
    z2 = z2 - z2.max(axis=1, keepdims=True)
    p = np.exp(z2) / np.exp(z2).sum(axis=1, keepdims=True)
    value = -np.mean(np.log(p[rows, labels]))
'''


def _two_truth(case: Case) -> Values:
    names = ("W1", "b1", "W2", "b2")

    def value(**changed: Any) -> Any:
        c = {**case, **changed}
        z = np.maximum(c["x"] @ c["W1"] + c["b1"], 0) @ c["W2"] + c["b2"]
        log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        return -np.mean(log_p[np.arange(len(z)), c["labels"]])

    def slope(name: str) -> Any:
        return grad(lambda v: value(**{name: v}), case[name])

    return {f"d{name}": slope(name) for name in names}


TWO_LAYER = Exercise(
    name="backprop-two_layer",
    title="Two layers by hand",
    difficulty=3,
    minutes=25,
    points=4,
    cases=_two_cases,
    probe=call,
    options={
        "name": "two_layer",
        "args": ("x", "labels", "W1", "b1", "W2", "b2"),
        "returns": ("value", "dW1", "db1", "dW2", "db2"),
    },
    truth=_two_truth,
    reference=_TWO_FORWARD
    + """
    dz2 = p.copy()
    dz2[rows, labels] -= 1
    dz2 /= len(x)
    dW2, db2 = a1.T @ dz2, dz2.sum(axis=0)
    dz1 = (dz2 @ W2.T) * (z1 > 0)
    dW1, db1 = x.T @ dz1, dz1.sum(axis=0)
    return value, dW1, db1, dW2, db2
""",
    wrong=(
        Wrong(
            "not-averaged",
            "All your gradients are too large by the batch size: the loss is a mean over the rows, so divide `dz2` by their number, once.",
            swap={"    dz2 /= len(x)\n": ""},
        ),
        Wrong(
            "divided-twice",
            "Your `dW2` and `dW1` are divided by the batch size again; `dz2` already carries the 1 / batch of the mean.",
            swap={"a1.T @ dz2": "a1.T @ dz2 / len(x)", "x.T @ dz1": "x.T @ dz1 / len(x)"},
        ),
        Wrong(
            "no-mask",
            "Your `dW1` ignores the ReLU: where `z1` was negative nothing came through, so multiply `dz2 @ W2.T` by the mask `z1 > 0`.",
            swap={"(dz2 @ W2.T) * (z1 > 0)": "dz2 @ W2.T"},
        ),
        Wrong(
            "mask-of-gradient",
            "Your mask looks at the sign of the gradient; it is the sign of `z1` in the forward pass that counts.",
            swap={"(dz2 @ W2.T) * (z1 > 0)": "np.maximum(dz2 @ W2.T, 0)"},
        ),
        Wrong(
            "activation-for-slope",
            "You multiply by `a1`; the slope of ReLU is 1 or 0, not its value.",
            swap={"(dz2 @ W2.T) * (z1 > 0)": "(dz2 @ W2.T) * a1"},
        ),
        Wrong(
            "target-missing",
            "Your `dz2` is `p` alone; at the label of each row 1 has to be subtracted.",
            swap={"    dz2[rows, labels] -= 1\n": ""},
        ),
        Wrong(
            "biases-averaged",
            "Your bias gradients are means over the batch; they are sums, as `dz2` already carries the 1 / batch.",
            swap={"dz2.sum(axis=0)": "dz2.mean(axis=0)", "dz1.sum(axis=0)": "dz1.mean(axis=0)"},
        ),
        Wrong(
            "biases-forgotten",
            "Your `db1` and `db2` are zeros: biases have gradients too, the column sums of `dz1` and `dz2`.",
            swap={"dz2.sum(axis=0)": "np.zeros(len(b2))", "dz1.sum(axis=0)": "np.zeros(len(b1))"},
        ),
        Wrong(
            "a1-for-z2",
            "Your `dW2` uses `z1`; the second layer was fed `a1`, what came out of the ReLU.",
            swap={"a1.T @ dz2": "z1.T @ dz2"},
        ),
        Wrong(
            "sign",
            "All your gradients have the wrong sign: it is p - y, not y - p.",
            swap={"dz2 /= len(x)": "dz2 /= -len(x)"},
        ),
        Wrong(
            "labels-as-rows",
            "`dz2[labels] -= 1` takes labels for row numbers and lowers whole rows; index with `[rows, labels]`.",
            swap={"dz2[rows, labels] -= 1": "dz2[labels % len(x)] -= 1"},
        ),
    ),
    right=(
        Right(
            "one-hot",
            swap={
                "    dz2 = p.copy()\n    dz2[rows, labels] -= 1\n    dz2 /= len(x)": "    dz2 = (p - np.eye(len(b2))[labels]) / len(x)",
            },
        ),
        Right("mask from a1", swap={"(z1 > 0)": "(a1 > 0)"}),
        Right(
            "sums, then divided at the end",
            swap={
                "    dz2 /= len(x)\n": "",
                "return value, dW1, db1, dW2, db2": "n = len(x)\n    return value, dW1 / n, db1 / n, dW2 / n, db2 / n",
            },
        ),
        Right(
            "sample by sample",
            code=_TWO_FORWARD
            + """
    dW1, db1, dW2, db2 = (np.zeros_like(v) for v in (W1, b1, W2, b2))
    for n in rows:
        d2 = p[n] - (np.arange(len(b2)) == labels[n])
        d1 = (W2 @ d2) * (z1[n] > 0)
        dW2 += np.outer(a1[n], d2) / len(x)
        db2 += d2 / len(x)
        dW1 += np.outer(x[n], d1) / len(x)
        db1 += d1 / len(x)
    return value, dW1, db1, dW2, db2
""",
        ),
    ),
    hints=(
        "Go through the forward lines from the last to the first, and write one backward line for each.",
        "`dz2 = (p - y) / batch`. Then the second dense layer, then the mask of the ReLU, then the first dense layer.",
        "`dW2 = a1.T @ dz2`, `dz1 = (dz2 @ W2.T) * (z1 > 0)`, `dW1 = x.T @ dz1`; the bias gradients are sums over axis 0.",
    ),
)


EXERCISES = [
    *_backprop_graph.EXERCISES,
    *_backprop_autodiff.EXERCISES,
    RELU,
    DENSE,
    SOFTMAX_VJP,
    SOFTMAX_CE,
    TWO_LAYER,
    *_backprop_net.EXERCISES,
    *_backprop_check.EXERCISES,
    *_backprop_bugs.EXERCISES,
]
