"""Chapter 5: the exercises on batch, layer and root-mean-square normalization."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.bank._numeric import grad, vjp
from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.probe import Problem, ProblemError, call, layer

EPS = 1e-2  # large enough to show where it stands


def _norm_cases(rng: np.random.Generator, sizes: tuple[tuple[int, int], ...]) -> list[Case]:
    cases = []
    for batch, n in sizes:
        x = rng.normal(size=(batch, n)) * rng.uniform(0.3, 3, n) + rng.normal(size=n)
        x[:, 0] = 0.1 * x[:, 0] + 0.7  # one column that hardly varies
        cases.append(
            {
                "x": x,
                "gamma": rng.uniform(0.5, 2.5, n) * np.where(np.arange(n) % 2, -1, 1),
                "beta": rng.normal(size=n),
                "eps": EPS,
                "n": n,
                "dy": rng.normal(size=(batch, n)),
            }
        )
    return cases


def _batch(case: Case, x: Any, gamma: Any, beta: Any) -> Any:
    return gamma * (x - x.mean(0)) / np.sqrt(x.var(0) + case["eps"]) + beta


FORWARD = Exercise(
    name="gradient_flow-batchnorm-forward",
    title="Batch normalization, forward",
    difficulty=1,
    minutes=8,
    points=2,
    cases=lambda rng: _norm_cases(rng, ((5, 3), (1, 4), (7, 2))),
    probe=call,
    options={"name": "batchnorm", "args": ("x", "gamma", "beta", "eps"), "returns": ("y",)},
    reference='''
def batchnorm(x, gamma, beta, eps):
    """Return every column of x brought to mean 0 and variance 1, then scaled and shifted."""
    mean, var = x.mean(axis=0), x.var(axis=0)
    x_hat = (x - mean) / np.sqrt(var + eps)
    return gamma * x_hat + beta
''',
    wrong=(
        Wrong(
            "whole-array",
            "Your mean and variance are taken over the whole array; every feature has its own, so use `axis=0`.",
            swap={"x.mean(axis=0), x.var(axis=0)": "x.mean(), x.var()"},
        ),
        Wrong(
            "over-features",
            "Your mean and variance run over the features of each row; that is layer normalization. Batch "
            "normalization runs over the batch, `axis=0`.",
            swap={
                "x.mean(axis=0), x.var(axis=0)": "x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)"
            },
        ),
        Wrong(
            "eps-missing",
            "Your code leaves out `eps`; a column that does not vary then divides 0 by 0.",
            swap={"np.sqrt(var + eps)": "np.sqrt(var)"},
        ),
        Wrong(
            "eps-outside",
            "Your `eps` stands outside the square root; it is added to the variance, inside.",
            swap={"np.sqrt(var + eps)": "(np.sqrt(var) + eps)"},
        ),
        Wrong(
            "divides-by-variance",
            "Your code divides by the variance; divide by its square root, the standard deviation.",
            swap={"np.sqrt(var + eps)": "(var + eps)"},
        ),
        Wrong(
            "beta-before-gamma",
            "Your code adds `beta` before it multiplies by `gamma`; scale first, then shift.",
            swap={"gamma * x_hat + beta": "gamma * (x_hat + beta)"},
        ),
        Wrong(
            "no-gamma-beta",
            "Your `y` is only normalized; multiply by `gamma` and add `beta`.",
            swap={"gamma * x_hat + beta": "x_hat"},
        ),
        Wrong(
            "mean-not-subtracted",
            "Your code divides by the spread, but does not subtract the mean of the column first.",
            swap={"(x - mean)": "x"},
        ),
        Wrong(
            "precedence",
            "Your parentheses are missing: only the mean is divided by the standard deviation, not the difference.",
            swap={"(x - mean) / np.sqrt(var + eps)": "x - mean / np.sqrt(var + eps)"},
        ),
    ),
    right=(
        Right(
            "centred by hand",
            code="""
def batchnorm(x, gamma, beta, eps):
    c = x - np.sum(x, axis=0) / len(x)
    s = (np.mean(c * c, axis=0) + eps) ** -0.5
    return c * s * gamma + beta
""",
        ),
        Right(
            "loop over columns",
            code="""
def batchnorm(x, gamma, beta, eps):
    y = np.empty_like(x)
    for j in range(x.shape[1]):
        col = x[:, j]
        y[:, j] = gamma[j] * (col - col.mean()) / np.sqrt(col.var() + eps) + beta[j]
    return y
""",
        ),
        Right(
            "in place on a copy",
            code="""
def batchnorm(x, gamma, beta, eps):
    y = x.copy()
    y -= y.mean(axis=0)
    y /= np.sqrt((y**2).mean(axis=0) + eps)
    y *= gamma
    y += beta
    return y
""",
        ),
    ),
    hints=(
        "Each column is a feature, and each feature gets its own mean and variance.",
        "`x_hat = (x - mean) / sqrt(var + eps)` with `axis=0`, then scale and shift.",
        "Return `gamma * x_hat + beta`; `gamma` and `beta` have one entry per column and broadcast.",
    ),
)

RUNNING = Exercise(
    name="gradient_flow-batchnorm-running",
    title="Running statistics",
    difficulty=2,
    minutes=8,
    points=2,
    cases=lambda rng: [
        {
            "running_mean": rng.normal(size=n),
            "running_var": rng.uniform(0.3, 2, n),
            "x": rng.normal(size=(batch, n)) * 1.7 + 0.8,
            "momentum": momentum,
        }
        for batch, n, momentum in ((5, 3, 0.2), (2, 4, 0.1), (7, 1, 0.35))
    ],
    probe=call,
    options={
        "name": "update_running",
        "args": ("running_mean", "running_var", "x", "momentum"),
        "returns": ("new_mean", "new_var"),
    },
    reference='''
def update_running(running_mean, running_var, x, momentum):
    """Return the running mean and the running (unbiased) variance after the batch x."""
    new_mean = (1 - momentum) * running_mean + momentum * x.mean(axis=0)
    new_var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1)
    return new_mean, new_var
''',
    wrong=(
        Wrong(
            "momentum-swapped",
            "Your averages weigh the old value with `momentum` and the batch with the rest; here `momentum` is the share of "
            "the new batch (other libraries call its complement momentum).",
            swap={
                "(1 - momentum) * running_mean + momentum *": "momentum * running_mean + (1 - momentum) *",
                "(1 - momentum) * running_var + momentum *": "momentum * running_var + (1 - momentum) *",
            },
        ),
        Wrong(
            "biased",
            "Your `new_mean` is right, but the variance is the biased one: an estimate for all data divides by n - 1, "
            "`ddof=1`.",
            swap={", ddof=1": ""},
        ),
        Wrong(
            "standard-deviation",
            "Your `new_var` averages standard deviations; it is the variance that is kept.",
            swap={"x.var(": "x.std("},
        ),
        Wrong(
            "no-memory",
            "Your statistics are those of the present batch alone; the first term takes the old value along.",
            swap={"* running_mean": "* x.mean(axis=0)", "* running_var": "* x.var(axis=0, ddof=1)"},
        ),
        Wrong(
            "whole-array",
            "Your mean and variance are single numbers for the whole batch; keep one per feature, `axis=0`.",
            swap={"x.mean(axis=0)": "x.mean()", "x.var(axis=0, ddof=1)": "x.var(ddof=1)"},
        ),
        Wrong(
            "sum-of-both",
            "Your averages add the batch without fading the old value; multiply the old one by `1 - momentum`.",
            swap={
                "(1 - momentum) * running_mean": "running_mean",
                "(1 - momentum) * running_var": "running_var",
            },
        ),
        Wrong(
            "swapped",
            "Your two results are the wrong way round: first the mean, then the variance.",
            swap={"return new_mean, new_var": "return new_var, new_mean"},
        ),
    ),
    right=(
        Right(
            "steps towards the batch",
            code="""
def update_running(running_mean, running_var, x, momentum):
    n = len(x)
    mean = running_mean + momentum * (x.mean(0) - running_mean)
    var = running_var + momentum * (x.var(0) * n / (n - 1) - running_var)
    return mean, var
""",
        ),
        Right(
            "squares by hand",
            code="""
def update_running(running_mean, running_var, x, momentum):
    m = np.sum(x, axis=0) / x.shape[0]
    v = np.sum((x - m) ** 2, axis=0) / (x.shape[0] - 1)
    return running_mean * (1 - momentum) + m * momentum, running_var * (1 - momentum) + v * momentum
""",
        ),
    ),
    hints=(
        "A running average keeps most of its old value and takes a small share of the new one.",
        "`new = (1 - momentum) * old + momentum * batch`, once for the mean and once for the variance.",
        "For the variance use `x.var(axis=0, ddof=1)`: it is to speak for data the layer has not seen.",
    ),
)


def _backward_truth(case: Case) -> Values:
    x, gamma, beta, dy = case["x"], case["gamma"], case["beta"], case["dy"]
    return {
        "dx": vjp(lambda v: _batch(case, v, gamma, beta), x, dy),
        "dgamma": vjp(lambda v: _batch(case, x, v, beta), gamma, dy),
        "dbeta": vjp(lambda v: _batch(case, x, gamma, v), beta, dy),
    }


BACKWARD = Exercise(
    name="gradient_flow-batchnorm-backward",
    title="Batch normalization, backward",
    difficulty=3,
    minutes=20,
    points=4,
    cases=lambda rng: _norm_cases(rng, ((5, 3), (1, 4), (4, 2))),
    probe=call,
    options={
        "name": "batchnorm_backward",
        "args": ("dy", "x", "gamma", "eps"),
        "returns": ("dx", "dgamma", "dbeta"),
    },
    truth=_backward_truth,
    reference='''
def batchnorm_backward(dy, x, gamma, eps):
    """Return the gradients by x, gamma and beta for the upstream gradient dy."""
    std = np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) / std
    dgamma = (dy * x_hat).sum(axis=0)
    dbeta = dy.sum(axis=0)
    dx_hat = dy * gamma
    dx = (dx_hat - dx_hat.mean(axis=0) - x_hat * (dx_hat * x_hat).mean(axis=0)) / std
    return dx, dgamma, dbeta
''',
    wrong=(
        Wrong(
            "constants",
            "Your `dx` treats mean and standard deviation as constants; both depend on every row of `x`, and bring "
            "two more terms.",
            swap={
                "(dx_hat - dx_hat.mean(axis=0) - x_hat * (dx_hat * x_hat).mean(axis=0)) / std": "dx_hat / std"
            },
            hint="A shift of a whole column changes nothing, so every column of `dx` must sum to 0.",
        ),
        Wrong(
            "mean-only",
            "Your `dx` follows the mean, but treats the standard deviation as a constant: the term with "
            "`x_hat * mean(dx_hat * x_hat)` is missing.",
            swap={" - x_hat * (dx_hat * x_hat).mean(axis=0)": ""},
        ),
        Wrong(
            "std-only",
            "Your `dx` follows the standard deviation, but not the mean: subtract the column mean of `dx_hat` too.",
            swap={"dx_hat - dx_hat.mean(axis=0) - x_hat": "dx_hat - x_hat"},
        ),
        Wrong(
            "diagonal",
            "Your `dx` lets each row act on itself alone, with `1 - 1/N`; through mean and variance every row acts on "
            "all others, so sums over the batch are needed.",
            swap={
                "(dx_hat - dx_hat.mean(axis=0) - x_hat * (dx_hat * x_hat).mean(axis=0)) / std": "dx_hat * (1 - 1 / len(x) - x_hat**2 / len(x)) / std"
            },
        ),
        Wrong(
            "sums-for-means",
            "Your two correction terms are sums over the batch; they are means, so divide by the batch size.",
            swap={
                "dx_hat.mean(axis=0)": "dx_hat.sum(axis=0)",
                "(dx_hat * x_hat).mean(axis=0)": "(dx_hat * x_hat).sum(axis=0)",
            },
        ),
        Wrong(
            "gamma-missing",
            "Your `dx` leaves out `gamma`: the gradient passes through the scaling first, `dx_hat = dy * gamma`.",
            swap={"dx_hat = dy * gamma": "dx_hat = dy"},
        ),
        Wrong(
            "summed-over-everything",
            "Your `dgamma` is a single number: sum over the batch alone, `axis=0`, because every feature has its own gamma.",
            swap={"(dy * x_hat).sum(axis=0)": "(dy * x_hat).sum()", "dy.sum(axis=0)": "dy.sum()"},
        ),
        Wrong(
            "swapped",
            "Your `dgamma` and `dbeta` are swapped: gamma multiplies `x_hat`, so its gradient holds `x_hat`.",
            swap={"return dx, dgamma, dbeta": "return dx, dbeta, dgamma"},
        ),
        Wrong(
            "raw-x",
            "Your `dgamma` multiplies `dy` by `x`; gamma multiplies the normalized `x_hat`.",
            swap={"(dy * x_hat).sum(axis=0)": "(dy * x).sum(axis=0)"},
        ),
        Wrong(
            "eps-missing",
            "Your backward pass leaves out `eps`, which the forward pass has inside the root.",
            swap={"x.var(axis=0) + eps": "x.var(axis=0)"},
        ),
        Wrong(
            "averaged",
            "Your `dgamma` and `dbeta` are divided by the batch size; the loss has done that already.",
            swap={
                "(dy * x_hat).sum(axis=0)": "(dy * x_hat).mean(axis=0)",
                "dy.sum(axis=0)": "dy.mean(axis=0)",
            },
        ),
    ),
    right=(
        Right(
            "step by step",
            code="""
def batchnorm_backward(dy, x, gamma, eps):
    n = x.shape[0]
    mu = x.mean(axis=0)
    c = x - mu
    var = (c**2).mean(axis=0)
    inv = 1 / np.sqrt(var + eps)
    dxhat = dy * gamma
    dvar = np.sum(dxhat * c, axis=0) * -0.5 * inv**3
    dmu = np.sum(-dxhat * inv, axis=0) + dvar * np.mean(-2 * c, axis=0)
    dx = dxhat * inv + dvar * 2 * c / n + dmu / n
    return dx, np.sum(dy * c * inv, axis=0), np.sum(dy, axis=0)
""",
        ),
        Right(
            "whole Jacobian",
            code="""
def batchnorm_backward(dy, x, gamma, eps):
    n, d = x.shape
    std = np.sqrt(x.var(axis=0) + eps)
    h = (x - x.mean(axis=0)) / std
    dx = np.empty_like(x)
    for j in range(d):
        J = (np.eye(n) - 1 / n - np.outer(h[:, j], h[:, j]) / n) / std[j]
        dx[:, j] = J @ (gamma[j] * dy[:, j])
    return dx, np.einsum("ij,ij->j", dy, h), np.einsum("ij->j", dy)
""",
        ),
        Right(
            "from dgamma and dbeta",
            swap={
                "(dx_hat - dx_hat.mean(axis=0) - x_hat * (dx_hat * x_hat).mean(axis=0)) / std": "gamma / std * (dy - dbeta / len(x) - x_hat * dgamma / len(x))"
            },
        ),
    ),
    hints=(
        "`x` reaches `y` in three ways: directly, through the mean and through the variance. Start with `dbeta` and `dgamma`.",
        "With `dx_hat = dy * gamma`, the way through the mean subtracts the column mean of `dx_hat`.",
        "`dx = (dx_hat - mean(dx_hat) - x_hat * mean(dx_hat * x_hat)) / std`, with means over the batch.",
    ),
)


def trained(code: Mapping[str, Any], case: Case, *, name: str) -> Values:
    """Train-mode passes over two batches, then an evaluation pass, forward and backward."""
    built = code[name](case["n"], case["eps"], case["momentum"])
    for p in ("gamma", "beta", "running_mean", "running_var"):
        if not hasattr(built, p):
            raise ProblemError(Problem("attribute", name, p))
    built.gamma, built.beta = case["gamma"].copy(), case["beta"].copy()
    built.forward(case["x0"], True)
    y = built.forward(case["x"], True)
    values: Values = {"y": np.array(y, copy=True) if isinstance(y, np.ndarray) else y}
    values["dx"] = built.backward(case["dy"])
    for p in ("dgamma", "dbeta"):
        if not hasattr(built, p):
            raise ProblemError(Problem("attribute", name, p))
        values[p] = np.array(getattr(built, p), copy=True)
    values["y_eval"] = built.forward(case["x_test"], False)
    values["dx_eval"] = built.backward(case["dy_test"])
    values["running_mean"] = built.running_mean
    values["running_var"] = built.running_var
    return values


def _layer_cases(rng: np.random.Generator) -> list[Case]:
    cases = _norm_cases(rng, ((5, 3), (2, 4), (4, 1)))
    for case, rows in zip(cases, (2, 1, 3), strict=True):
        n = case["n"]
        case |= {
            "momentum": 0.2,
            "x0": rng.normal(size=(len(case["x"]) + 1, n)) * 1.4 + 0.6,
            "x_test": rng.normal(size=(rows, n)) * 0.8,
            "dy_test": rng.normal(size=(rows, n)),
        }
    return cases


def _trained_truth(case: Case) -> Values:
    mean, var = np.zeros(case["n"]), np.ones(case["n"])
    for x in (case["x0"], case["x"]):
        mean = 0.8 * mean + 0.2 * x.mean(0)
        var = 0.8 * var + 0.2 * x.var(0, ddof=1)

    def evaluated(v: Any) -> Any:
        return case["gamma"] * (v - mean) / np.sqrt(var + case["eps"]) + case["beta"]

    return {
        **_backward_truth(case),
        "y_eval": evaluated(case["x_test"]),
        "dx_eval": vjp(evaluated, case["x_test"], case["dy_test"]),
        "running_mean": mean,
        "running_var": var,
    }


BATCHNORM = Exercise(
    name="gradient_flow-batchnorm",
    title="Batch normalization, the layer",
    kind="layer",
    difficulty=3,
    minutes=25,
    points=4,
    cases=_layer_cases,
    probe=trained,
    options={"name": "BatchNorm"},
    truth=_trained_truth,
    reference='''
class BatchNorm:
    """Batch normalization with running statistics for evaluation."""

    params, buffers = ("gamma", "beta"), ("running_mean", "running_var")

    def __init__(self, n, eps=1e-5, momentum=0.1):
        self.gamma, self.beta = np.ones(n), np.zeros(n)
        self.running_mean, self.running_var = np.zeros(n), np.ones(n)
        self.eps, self.momentum = eps, momentum

    def forward(self, x, train=False):
        self.train = train
        mean, var = self.running_mean, self.running_var
        if train:
            mean, var = x.mean(axis=0), x.var(axis=0)
            m, n = self.momentum, len(x)
            self.running_mean = (1 - m) * self.running_mean + m * mean
            self.running_var = (1 - m) * self.running_var + m * var * n / (n - 1)
        self.std = np.sqrt(var + self.eps)
        self.x_hat = (x - mean) / self.std
        return self.gamma * self.x_hat + self.beta

    def backward(self, dy):
        self.dgamma = (dy * self.x_hat).sum(axis=0)
        self.dbeta = dy.sum(axis=0)
        dx_hat = dy * self.gamma
        if self.train:
            dx_hat = dx_hat - dx_hat.mean(axis=0) - self.x_hat * (dx_hat * self.x_hat).mean(axis=0)
        return dx_hat / self.std
''',
    wrong=(
        Wrong(
            "never-updated",
            "Your running statistics never move from 0 and 1: assign them to `self` in training mode, or evaluation "
            "uses the starting values.",
            swap={
                "self.running_mean = (1 - m) * self.running_mean": "running_mean = (1 - m) * self.running_mean",
                "self.running_var = (1 - m) * self.running_var": "running_var = (1 - m) * self.running_var",
            },
        ),
        Wrong(
            "batch-statistics-in-evaluation",
            "Your evaluation mode still normalizes with the batch at hand; then a row's output depends on its neighbours. "
            "Use the running statistics there.",
            swap={
                "        mean, var = self.running_mean, self.running_var\n        if train:\n            mean, var = x.mean(axis=0), x.var(axis=0)\n": "        mean, var = x.mean(axis=0), x.var(axis=0)\n        if train:\n"
            },
        ),
        Wrong(
            "momentum-swapped",
            "Your running statistics give the old value the weight `momentum`; here it is the share of the new batch.",
            swap={
                "(1 - m) * self.running_mean + m * mean": "m * self.running_mean + (1 - m) * mean",
                "(1 - m) * self.running_var + m * var": "m * self.running_var + (1 - m) * var",
            },
        ),
        Wrong(
            "running-variance-biased",
            "Your running variance averages the biased variance; it is to speak for new data, so multiply by n / (n - 1).",
            swap={" * n / (n - 1)": ""},
        ),
        Wrong(
            "unbiased-everywhere",
            "Your batch is normalized with the unbiased variance; n - 1 belongs in the running variance alone.",
            swap={"x.var(axis=0)": "x.var(axis=0, ddof=1)", " * n / (n - 1)": ""},
        ),
        Wrong(
            "running-std",
            "Your `running_var` keeps standard deviations, but evaluation takes a root of it once more.",
            swap={"m * var * n / (n - 1)": "m * np.sqrt(var * n / (n - 1))"},
        ),
        Wrong(
            "running-eps",
            "Your `running_var` averages the variance plus `eps`; keep the variance itself, `eps` is added when it is used.",
            swap={"m * var * n / (n - 1)": "m * (var + self.eps) * n / (n - 1)"},
        ),
        Wrong(
            "eps-outside-in-evaluation",
            "Your evaluation mode adds `eps` outside the root, your training mode inside: no gradient check sees that, "
            "yet the outputs differ.",
            swap={
                "np.sqrt(var + self.eps)": "(np.sqrt(var + self.eps) if train else np.sqrt(var) + self.eps)"
            },
        ),
        Wrong(
            "no-gamma-beta-in-evaluation",
            "Your evaluation mode leaves out `gamma` and `beta`; they are trained weights and belong in both modes.",
            swap={
                "return self.gamma * self.x_hat + self.beta": "return self.gamma * self.x_hat + self.beta if train else self.x_hat"
            },
        ),
        Wrong(
            "training-backward-in-evaluation",
            "Your backward pass uses the training formula in evaluation mode too; there mean and variance are constants, "
            "so `dx = dy * gamma / std`.",
            swap={"if self.train:": "if True:"},
        ),
        Wrong(
            "naive-backward",
            "Your backward pass treats the batch's mean and standard deviation as constants in training mode; they depend on `x`.",
            swap={"if self.train:": "if False:"},
        ),
        Wrong(
            "eps-missing",
            "Your code leaves out `eps`: it is added to the variance, inside the root.",
            swap={"np.sqrt(var + self.eps)": "np.sqrt(var)"},
        ),
        Wrong(
            "modes-swapped",
            "Your two modes are the wrong way round: batch statistics when `train` is true, running ones otherwise.",
            swap={"if train:": "if not train:"},
        ),
    ),
    right=(
        Right(
            "in place on its own buffers",
            swap={
                "self.running_mean = (1 - m) * self.running_mean + m * mean": "self.running_mean += m * (mean - self.running_mean)",
                "self.running_var = (1 - m) * self.running_var + m * var * n / (n - 1)": "self.running_var += m * (x.var(axis=0, ddof=1) - self.running_var)",
            },
        ),
        Right(
            "caches x",
            code="""
class BatchNorm:
    def __init__(self, n, eps=1e-5, momentum=0.1):
        self.gamma, self.beta = np.ones(n), np.zeros(n)
        self.running_mean, self.running_var = np.zeros(n), np.ones(n)
        self.eps, self.momentum = eps, momentum

    def forward(self, x, train=False):
        if not train:
            self.cache = None
            self.inv = (self.running_var + self.eps) ** -0.5
            self.h = (x - self.running_mean) * self.inv
            return self.h * self.gamma + self.beta
        mu, var = x.mean(0), np.mean((x - x.mean(0)) ** 2, axis=0)
        n = len(x)
        self.running_mean = self.running_mean * (1 - self.momentum) + mu * self.momentum
        self.running_var = self.running_var * (1 - self.momentum) + self.momentum * var * n / (n - 1)
        self.inv = (var + self.eps) ** -0.5
        self.h = (x - mu) * self.inv
        self.cache = n
        return self.h * self.gamma + self.beta

    def backward(self, dy):
        self.dgamma = np.einsum("ij,ij->j", dy, self.h)
        self.dbeta = np.einsum("ij->j", dy)
        g = self.gamma * self.inv
        if self.cache is None:
            return dy * g
        return g / self.cache * (self.cache * dy - self.dbeta - self.h * self.dgamma)
""",
        ),
    ),
    hints=(
        "Two modes: training uses the batch's mean and variance and updates the running ones; evaluation uses those.",
        "Keep `x_hat`, `std` and the mode on `self`. In evaluation mode `dx` is `dy * gamma / std`.",
        "Training: `dx = (dx_hat - mean(dx_hat) - x_hat * mean(dx_hat * x_hat)) / std`; the running variance takes `var * n / (n - 1)`.",
    ),
)


# --- normalization along a row ------------------------------------------------------------------


def _layer(case: Case, x: Any, gamma: Any, beta: Any) -> Any:
    mean, var = x.mean(1, keepdims=True), x.var(1, keepdims=True)
    return gamma * (x - mean) / np.sqrt(var + case["eps"]) + beta


def _layer_truth(case: Case) -> Values:
    x, gamma, beta, dy = case["x"], case["gamma"], case["beta"], case["dy"]
    return {
        "dx": vjp(lambda v: _layer(case, v, gamma, beta), x, dy),
        "dgamma": grad(lambda v: float(np.sum(_layer(case, x, v, beta) * dy)), gamma),
        "dbeta": dy.sum(axis=0),
    }


LAYERNORM = Exercise(
    name="gradient_flow-layernorm",
    title="Layer normalization",
    kind="layer",
    difficulty=3,
    minutes=15,
    points=4,
    cases=lambda rng: _norm_cases(rng, ((4, 5), (1, 3), (3, 2))),
    probe=layer,
    options={"name": "LayerNorm", "init": ("n", "eps"), "params": ("gamma", "beta")},
    truth=_layer_truth,
    reference='''
class LayerNorm:
    """Bring every row to mean 0 and variance 1, then scale and shift every feature."""

    params = ("gamma", "beta")

    def __init__(self, n, eps=1e-5):
        self.gamma, self.beta, self.eps = np.ones(n), np.zeros(n), eps

    def forward(self, x):
        mean, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
        self.std = np.sqrt(var + self.eps)
        self.x_hat = (x - mean) / self.std
        return self.gamma * self.x_hat + self.beta

    def backward(self, dy):
        self.dgamma = (dy * self.x_hat).sum(axis=0)
        self.dbeta = dy.sum(axis=0)
        dx_hat = dy * self.gamma
        inner = (dx_hat * self.x_hat).mean(axis=1, keepdims=True)
        return (dx_hat - dx_hat.mean(axis=1, keepdims=True) - self.x_hat * inner) / self.std
''',
    wrong=(
        Wrong(
            "over-batch",
            "Your mean and variance run over the batch; that is batch normalization. Here every row is normalized by "
            "itself, `axis=1` with `keepdims=True`.",
            swap={"axis=1, keepdims=True": "axis=0, keepdims=True"},
        ),
        Wrong(
            "eps-outside",
            "Your `eps` stands outside the root; it is added to the variance, inside.",
            swap={"np.sqrt(var + self.eps)": "np.sqrt(var) + self.eps"},
        ),
        Wrong(
            "unbiased",
            "Your variance divides by n - 1; layer normalization uses the plain mean of the squares.",
            swap={"x.var(axis=1, keepdims=True)": "x.var(axis=1, keepdims=True, ddof=1)"},
        ),
        Wrong(
            "gamma-outside",
            "Your `dx` multiplies by `gamma` at the end, as in batch normalization; here gamma differs along the axis of "
            "the means, so it goes in first: `dx_hat = dy * gamma`.",
            swap={
                "dx_hat = dy * self.gamma": "dx_hat = dy",
                "self.x_hat * inner) / self.std": "self.x_hat * inner) * self.gamma / self.std",
            },
        ),
        Wrong(
            "constants",
            "Your `dx` treats the row's mean and standard deviation as constants; they depend on the row.",
            swap={
                "(dx_hat - dx_hat.mean(axis=1, keepdims=True) - self.x_hat * inner) / self.std": "dx_hat / self.std"
            },
        ),
        Wrong(
            "batch-backward",
            "Your `backward` takes its means over the batch; the forward pass normalized rows, so the means run along the row.",
            swap={
                "self.x_hat).mean(axis=1, keepdims=True)": "self.x_hat).mean(axis=0, keepdims=True)",
                "dx_hat.mean(axis=1, keepdims=True)": "dx_hat.mean(axis=0, keepdims=True)",
            },
        ),
        Wrong(
            "parameters-along-row",
            "Your `dgamma` sums along each row; a feature's gamma serves all rows, so sum over the batch, `axis=0`.",
            swap={
                "(dy * self.x_hat).sum(axis=0)": "(dy * self.x_hat).sum(axis=1)",
                "dy.sum(axis=0)": "dy.sum(axis=1)",
            },
        ),
        Wrong(
            "inner-missing",
            "Your `dx` follows the mean but not the variance: the term `x_hat * mean(dx_hat * x_hat)` is missing.",
            swap={" - self.x_hat * inner": ""},
        ),
    ),
    right=(
        Right(
            "transposed view",
            code="""
class LayerNorm:
    def __init__(self, n, eps=1e-5):
        self.gamma, self.beta, self.eps = np.ones(n), np.zeros(n), eps

    def forward(self, x):
        xt = x.T
        c = xt - xt.mean(0)
        self.s = np.sqrt((c * c).mean(0) + self.eps)
        self.h = c / self.s
        return self.h.T * self.gamma + self.beta

    def backward(self, dy):
        self.dgamma = np.einsum("bj,jb->j", dy, self.h)
        self.dbeta = np.sum(dy, 0)
        g = (dy * self.gamma).T
        return ((g - g.mean(0) - self.h * (g * self.h).mean(0)) / self.s).T
""",
        ),
        Right(
            "row by row",
            code="""
class LayerNorm:
    def __init__(self, n, eps=1e-5):
        self.gamma, self.beta, self.eps = np.ones(n), np.zeros(n), eps

    def forward(self, x):
        self.x = x
        return np.stack([self.gamma * self._hat(r)[0] + self.beta for r in x])

    def _hat(self, r):
        s = np.sqrt(r.var() + self.eps)
        return (r - r.mean()) / s, s

    def backward(self, dy):
        self.dgamma, self.dbeta = np.zeros(dy.shape[1]), np.zeros(dy.shape[1])
        dx = np.empty_like(dy)
        for i, r in enumerate(self.x):
            h, s = self._hat(r)
            self.dgamma += dy[i] * h
            self.dbeta += dy[i]
            g = dy[i] * self.gamma
            dx[i] = (g - g.mean() - h * np.mean(g * h)) / s
        return dx
""",
        ),
    ),
    hints=(
        "The formulas of batch normalization with rows and columns exchanged, except for gamma and beta.",
        "Take every mean with `axis=1, keepdims=True`, forward and backward; sum `dgamma` and `dbeta` over the batch.",
        "`dx_hat = dy * gamma` first; then `(dx_hat - mean(dx_hat) - x_hat * mean(dx_hat * x_hat)) / std` along rows.",
    ),
)


def _rms(case: Case, x: Any, gamma: Any) -> Any:
    return gamma * x / np.sqrt((x * x).mean(1, keepdims=True) + case["eps"])


def _rms_truth(case: Case) -> Values:
    return {
        "dx": vjp(lambda v: _rms(case, v, case["gamma"]), case["x"], case["dy"]),
        "dgamma": vjp(lambda v: _rms(case, case["x"], v), case["gamma"], case["dy"]),
    }


RMSNORM = Exercise(
    name="gradient_flow-rmsnorm",
    title="Root-mean-square normalization",
    kind="layer",
    difficulty=3,
    minutes=12,
    points=3,
    cases=lambda rng: _norm_cases(rng, ((4, 5), (1, 3), (3, 2))),
    probe=layer,
    options={"name": "RMSNorm", "init": ("n", "eps"), "params": ("gamma",)},
    truth=_rms_truth,
    reference='''
class RMSNorm:
    """Divide every row by its root mean square, then scale every feature."""

    params = ("gamma",)

    def __init__(self, n, eps=1e-5):
        self.gamma, self.eps = np.ones(n), eps

    def forward(self, x):
        self.rms = np.sqrt((x**2).mean(axis=1, keepdims=True) + self.eps)
        self.x_hat = x / self.rms
        return self.gamma * self.x_hat

    def backward(self, dy):
        self.dgamma = (dy * self.x_hat).sum(axis=0)
        dx_hat = dy * self.gamma
        inner = (dx_hat * self.x_hat).mean(axis=1, keepdims=True)
        return (dx_hat - self.x_hat * inner) / self.rms
''',
    wrong=(
        Wrong(
            "centred",
            "Your rows are centred first; that is layer normalization. RMS normalization leaves the mean in.",
            swap={
                "self.rms = np.sqrt((x**2)": "x = x - x.mean(axis=1, keepdims=True)\n        self.rms = np.sqrt((x**2)"
            },
        ),
        Wrong(
            "sum-for-mean",
            "Your root is that of the sum of squares; take the mean, so that the output's size does not depend on the width.",
            swap={"(x**2).mean(axis=1": "(x**2).sum(axis=1"},
        ),
        Wrong(
            "no-root",
            "Your rows are divided by the mean square; take its root.",
            swap={
                "np.sqrt((x**2).mean(axis=1, keepdims=True) + self.eps)": "((x**2).mean(axis=1, keepdims=True) + self.eps)"
            },
        ),
        Wrong(
            "eps-outside",
            "Your `eps` stands outside the root; it is added to the mean square, inside.",
            swap={
                "(x**2).mean(axis=1, keepdims=True) + self.eps)": "(x**2).mean(axis=1, keepdims=True)) + self.eps"
            },
        ),
        Wrong(
            "constant",
            "Your `dx` treats the root mean square as a constant; it depends on every entry of the row.",
            swap={"(dx_hat - self.x_hat * inner) / self.rms": "dx_hat / self.rms"},
        ),
        Wrong(
            "centred-backward",
            "Your `dx` subtracts the mean of `dx_hat`; that term comes from centring, and nothing is centred here.",
            swap={
                "(dx_hat - self.x_hat": "(dx_hat - dx_hat.mean(axis=1, keepdims=True) - self.x_hat"
            },
        ),
        Wrong(
            "gamma-outside",
            "Your `dx` multiplies by `gamma` at the end; gamma differs along the row, so it goes in before the mean is taken.",
            swap={
                "dx_hat = dy * self.gamma": "dx_hat = dy",
                "self.x_hat * inner) / self.rms": "self.x_hat * inner) * self.gamma / self.rms",
            },
        ),
        Wrong(
            "over-batch",
            "Your root mean square runs over the batch; take it along each row, `axis=1` with `keepdims=True`.",
            swap={"axis=1, keepdims=True": "axis=0, keepdims=True"},
        ),
    ),
    right=(
        Right(
            "norm and width",
            code="""
class RMSNorm:
    def __init__(self, n, eps=1e-5):
        self.gamma, self.eps = np.ones(n), eps

    def forward(self, x):
        self.x = x
        self.inv = (np.einsum("ij,ij->i", x, x) / x.shape[1] + self.eps)[:, None] ** -0.5
        return x * self.inv * self.gamma

    def backward(self, dy):
        self.dgamma = np.sum(dy * self.x * self.inv, axis=0)
        g = dy * self.gamma
        along = np.sum(g * self.x, axis=1, keepdims=True) / self.x.shape[1]
        return g * self.inv - self.x * along * self.inv**3
""",
        ),
        Right(
            "row by row",
            code="""
class RMSNorm:
    def __init__(self, n, eps=1e-5):
        self.gamma, self.eps = np.ones(n), eps

    def forward(self, x):
        self.x = x
        return np.array([self.gamma * r / np.sqrt(np.mean(r * r) + self.eps) for r in x])

    def backward(self, dy):
        dx, self.dgamma = np.zeros_like(dy), np.zeros_like(self.gamma)
        for i, r in enumerate(self.x):
            s = np.sqrt(np.mean(r * r) + self.eps)
            self.dgamma += dy[i] * r / s
            g = dy[i] * self.gamma
            dx[i] = g / s - r * np.mean(g * r) / s**3
        return dx
""",
        ),
    ),
    hints=(
        "Layer normalization without the mean: neither the forward nor the backward pass centres anything.",
        "`rms = sqrt(mean(x**2) + eps)` along each row; keep `rms` and `x_hat` for the way back.",
        "`dx_hat = dy * gamma`, then `dx = (dx_hat - x_hat * mean(dx_hat * x_hat)) / rms`.",
    ),
)

EXERCISES = [FORWARD, RUNNING, BACKWARD, BATCHNORM, LAYERNORM, RMSNORM]
