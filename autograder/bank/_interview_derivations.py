"""Chapter 11, part 2: derive it on paper, write the result, and let numbers judge."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.bank._numeric import grad, vjp
from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.probe import call

# --- two layers ---------------------------------------------------------------------------------


def _two_layer_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, d, h, k in ((6, 4, 5, 3), (1, 3, 6, 4), (5, 2, 4, 2)):
        while True:
            case = {
                "x": rng.normal(size=(n, d)),
                "target": rng.integers(0, k, size=n),
                "W1": rng.normal(size=(d, h)),
                "b1": 0.5 * rng.normal(size=h),
                "W2": rng.normal(size=(h, k)),
                "b2": rng.normal(size=k),
            }
            z = case["x"] @ case["W1"] + case["b1"]
            if np.abs(z).min() > 1e-2 and 0.2 < np.mean(z > 0) < 0.9:
                break
        cases.append(case)
    return cases


def _loss(case: Case, **changed: Any) -> float:
    c = {**case, **changed}
    h = np.maximum(c["x"] @ c["W1"] + c["b1"], 0)
    z = h @ c["W2"] + c["b2"]
    log_total = np.log(np.exp(z).sum(axis=1))
    return float(np.mean(log_total - z[np.arange(len(z)), c["target"]]))


def _two_layer_truth(case: Case) -> Values:
    return {
        f"d{name}": grad(lambda value, name=name: _loss(case, **{name: value}), case[name])  # type: ignore[misc]
        for name in ("W1", "b1", "W2", "b2")
    }


TWO_LAYER = Exercise(
    name="interview-two-layer",
    title="Derive: backpropagation through two layers",
    difficulty=3,
    minutes=15,
    points=4,
    cases=_two_layer_cases,
    probe=call,
    options={
        "name": "two_layer",
        "args": ("x", "target", "W1", "b1", "W2", "b2"),
        "returns": ("dW1", "db1", "dW2", "db2"),
    },
    truth=_two_layer_truth,
    reference='''
def two_layer(x, target, W1, b1, W2, b2):
    """Return dW1, db1, dW2, db2 of the mean softmax cross-entropy of relu(x W1 + b1) W2 + b2."""
    h = np.maximum(x @ W1 + b1, 0)
    z = h @ W2 + b2
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    dz = p - np.eye(p.shape[1])[target]
    dz = dz / len(x)
    dh = dz @ W2.T * (h > 0)
    return x.T @ dh, dh.sum(axis=0), h.T @ dz, dz.sum(axis=0)
''',
    wrong=(
        Wrong(
            "no-mean",
            "All your gradients are n times too large: the loss is the mean over the batch, so divide p - y by n, once.",
            swap={"    dz = dz / len(x)\n": ""},
        ),
        Wrong(
            "mean-twice",
            "Your `dW1` and `db1` are divided by n twice: what flows down from `dz` holds the 1/n already.",
            swap={"x.T @ dh, dh.sum(axis=0)": "x.T @ dh / len(x), dh.sum(axis=0) / len(x)"},
        ),
        Wrong(
            "bias-mean",
            "Your `db1` and `db2` are means over the rows: the bias went to every row, so its gradient is the *sum*.",
            swap={"dh.sum(axis=0)": "dh.mean(axis=0)", "dz.sum(axis=0)": "dz.mean(axis=0)"},
        ),
        Wrong(
            "no-mask",
            "Your `dW1` ignores the ReLU: multiply what comes back by 1 where the unit was active and 0 where it was not.",
            swap={" * (h > 0)": ""},
        ),
        Wrong(
            "mask-is-h",
            "Your `dW1` multiplies by the ReLU's *output* instead of its slope, which is 0 or 1.",
            swap={"(h > 0)": "h"},
        ),
        Wrong(
            "sigmoid-slope",
            "Your `dz` carries a factor p(1 - p): with cross-entropy on top, the slope of the softmax has cancelled.",
            swap={
                "p - np.eye(p.shape[1])[target]": "(p - np.eye(p.shape[1])[target]) * p * (1 - p)"
            },
        ),
        Wrong(
            "sign",
            "All your gradients have the wrong sign: `dz` is p - y, not y - p.",
            swap={"p - np.eye(p.shape[1])[target]": "np.eye(p.shape[1])[target] - p"},
        ),
        Wrong(
            "no-target",
            "Your `dz` is p alone: subtract the one-hot target.",
            swap={"p - np.eye(p.shape[1])[target]": "p + 0"},
        ),
        Wrong(
            "input-for-hidden",
            "Your `dW2` sums over h before the ReLU: the second layer's input is relu(z1).",
            swap={"h.T @ dz": "(x @ W1 + b1).T @ dz"},
        ),
    ),
    right=(
        Right(
            "loop",
            code="""
def two_layer(x, target, W1, b1, W2, b2):
    dW1, db1, dW2, db2 = (np.zeros_like(v) for v in (W1, b1, W2, b2))
    for row, c in zip(x, target):
        a = row @ W1 + b1
        h = np.maximum(a, 0)
        e = np.exp(h @ W2 + b2)
        dz = e / e.sum()
        dz[c] -= 1
        da = np.where(a > 0, W2 @ dz, 0)
        dW2 += np.outer(h, dz) / len(x)
        db2 += dz / len(x)
        dW1 += np.outer(row, da) / len(x)
        db1 += da / len(x)
    return dW1, db1, dW2, db2
""",
        ),
        Right(
            "divided at the end",
            swap={
                "    dz = dz / len(x)\n": "    n = len(x)\n",
                "x.T @ dh, dh.sum(axis=0), h.T @ dz, dz.sum(axis=0)": "x.T @ dh / n, dh.sum(axis=0) / n, h.T @ dz / n, dz.sum(axis=0) / n",
            },
        ),
        Right(
            "einsum",
            swap={
                "x.T @ dh": "np.einsum('ni,nj->ij', x, dh)",
                "h.T @ dz": "np.einsum('ni,nj->ij', h, dz)",
            },
        ),
    ),
    hints=(
        "Begin at the scores: for softmax with mean cross-entropy the gradient there is (p - y)/n.",
        "Each layer: dW = (its input)ᵀ dz, db = sum of dz over rows, and what goes down is dz Wᵀ; then the ReLU lets it through where it was active.",
        "`dh = dz @ W2.T * (h > 0)`; return `x.T @ dh, dh.sum(axis=0), h.T @ dz, dz.sum(axis=0)`.",
    ),
)

# --- batch normalization ------------------------------------------------------------------------


def _batchnorm_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "x": rng.normal(size=(n, d)) * 0.6 + 1,
            "gamma": rng.uniform(0.5, 2.0, size=d) * rng.choice([-1.0, 1.0], size=d),
            "dy": rng.normal(size=(n, d)),
            "eps": 1e-2,
        }
        for n, d in ((7, 3), (4, 1), (5, 6))
    ] + [
        {
            "x": rng.normal(size=(1, 4)),
            "gamma": rng.uniform(0.5, 2.0, size=4),
            "dy": rng.normal(size=(1, 4)),
            "eps": 1e-2,
        }
    ]


def _batchnorm_truth(case: Case) -> Values:
    gamma, eps = case["gamma"], case["eps"]

    def forward(x: Any) -> Any:
        return gamma * (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)

    return {"dx": vjp(forward, case["x"], case["dy"])}


BATCHNORM = Exercise(
    name="interview-batchnorm-backward",
    title="Derive: the way back through batch normalization",
    difficulty=3,
    minutes=15,
    points=3,
    cases=_batchnorm_cases,
    probe=call,
    options={
        "name": "batchnorm_backward",
        "args": ("x", "gamma", "dy", "eps"),
        "returns": ("dx",),
    },
    truth=_batchnorm_truth,
    reference='''
def batchnorm_backward(x, gamma, dy, eps):
    """Return dx of gamma (x - mean) / sqrt(var + eps), with mean and var over the batch."""
    root = np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) / root
    dx_hat = dy * gamma
    through_mean = dx_hat.mean(axis=0)
    through_var = x_hat * (dx_hat * x_hat).mean(axis=0)
    return (dx_hat - through_mean - through_var) / root
''',
    wrong=(
        Wrong(
            "constants",
            "Your `dx` treats mean and variance as constants: every row also moves both of them.",
            swap={"dx_hat - through_mean - through_var": "dx_hat"},
        ),
        Wrong(
            "no-mean-path",
            "Your `dx` forgets the path through the mean: its columns must sum to zero, since shifting a feature changes nothing.",
            swap={" - through_mean": ""},
        ),
        Wrong(
            "no-variance-path",
            "Your `dx` forgets the path through the variance: subtract x̂ times the mean of dx̂·x̂.",
            swap={" - through_var": ""},
        ),
        Wrong(
            "sums",
            "Your `dx` subtracts sums where the means belong: both paths carry a 1/n.",
            swap={
                "dx_hat.mean(axis=0)": "dx_hat.sum(axis=0)",
                "(dx_hat * x_hat).mean(axis=0)": "(dx_hat * x_hat).sum(axis=0)",
            },
        ),
        Wrong(
            "no-gamma",
            "Your `dx` leaves out gamma: the gradient at x̂ is `dy * gamma`.",
            swap={"dy * gamma": "dy + 0"},
        ),
        Wrong(
            "divided-by-variance",
            "Your `dx` divides by the variance: the standard deviation divides once, so its square root does.",
            swap={
                "/ root\n": "/ root**2\n",
                "(x - x.mean(axis=0)) / root**2": "(x - x.mean(axis=0)) / root",
            },
        ),
        Wrong(
            "over-features",
            "Your `dx` takes its means over the features of a row, as layer normalization does: batch normalization takes them over the rows, `axis=0`.",
            swap={
                "dx_hat.mean(axis=0)": "dx_hat.mean(axis=1, keepdims=True)",
                "(dx_hat * x_hat).mean(axis=0)": "(dx_hat * x_hat).mean(axis=1, keepdims=True)",
            },
        ),
        Wrong(
            "no-epsilon",
            "Your `dx` leaves eps out of the root: forward divides by the root of var + eps, so must you.",
            swap={"x.var(axis=0) + eps": "x.var(axis=0) + 1e-12"},
        ),
    ),
    right=(
        Right(
            "step by step",
            code="""
def batchnorm_backward(x, gamma, dy, eps):
    n = len(x)
    mu, var = x.mean(0), x.var(0)
    dxhat = dy * gamma
    dvar = np.sum(dxhat * (x - mu), axis=0) * -0.5 * (var + eps) ** -1.5
    dmu = np.sum(-dxhat / np.sqrt(var + eps), axis=0) + dvar * np.mean(-2 * (x - mu), axis=0)
    return dxhat / np.sqrt(var + eps) + dvar * 2 * (x - mu) / n + dmu / n
""",
        ),
        Right(
            "Jacobian",
            code="""
def batchnorm_backward(x, gamma, dy, eps):
    n, d = x.shape
    dx = np.zeros((n, d))
    for j in range(d):
        s = np.sqrt(np.var(x[:, j]) + eps)
        xh = (x[:, j] - np.mean(x[:, j])) / s
        dx[:, j] = (np.eye(n) - np.ones((n, n)) / n - np.outer(xh, xh) / n) @ dy[:, j] * gamma[j] / s
    return dx
""",
        ),
        Right(
            "gamma last",
            swap={
                "dy * gamma": "dy",
                ") / root\n": ") * gamma / root\n",
                "(x - x.mean(axis=0)) * gamma / root": "(x - x.mean(axis=0)) / root",
            },
        ),
    ),
    hints=(
        "The output depends on x in three ways: directly, through the mean, and through the variance.",
        "Adding a constant to a column changes nothing, nor (nearly) does scaling it: remove both directions, the constant and x̂, from dx̂.",
        "dx = (dx̂ - mean(dx̂) - x̂·mean(dx̂·x̂)) / sqrt(var + eps), the means over the rows, with dx̂ = dy·gamma.",
    ),
)

# --- undo a class weight ------------------------------------------------------------------------


def _unweight_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"p": rng.uniform(0.05, 0.95, size=n), "w": w} for n, w in ((5, 3.35), (1, 8.0), (7, 0.4))
    ]


UNWEIGHT = Exercise(
    name="interview-unweight",
    title="Derive: what a class weight did to the probability",
    difficulty=2,
    minutes=10,
    points=2,
    cases=_unweight_cases,
    probe=call,
    options={"name": "unweight", "args": ("p", "w"), "returns": ("honest",)},
    reference='''
def unweight(p, w):
    """Return the true risk behind p, the best answer of a loss with weight w on the positives."""
    return p / (p + w * (1 - p))
''',
    wrong=(
        Wrong(
            "divided-by-w",
            "Your `honest` divides p by w: it is the *odds* p/(1 - p) that the weight multiplies, not the probability.",
            swap={"p / (p + w * (1 - p))": "p / w"},
        ),
        Wrong(
            "forward",
            "Your `honest` applies the weight a second time: you have the formula from risk to shown probability; solve it for the risk.",
            swap={"p / (p + w * (1 - p))": "w * p / (w * p + 1 - p)"},
        ),
        Wrong(
            "odds",
            "Your `honest` is the odds: turn them back into a probability, odds/(1 + odds).",
            swap={"p / (p + w * (1 - p))": "p / (1 - p) / w"},
        ),
        Wrong(
            "complement",
            "Your `honest` is the probability of the *other* class.",
            swap={"p / (p + w * (1 - p))": "w * (1 - p) / (p + w * (1 - p))"},
        ),
        Wrong(
            "unchanged",
            "Your `honest` is the shown probability itself: with weight w, the best answer is no longer the risk.",
            swap={"p / (p + w * (1 - p))": "p + 0"},
        ),
        Wrong(
            "root",
            "Your `honest` divides the odds by the root of w: the weight multiplies the odds in full.",
            swap={"w * (1 - p)": "w**0.5 * (1 - p)"},
        ),
    ),
    right=(
        Right("odds and back", swap={"p / (p + w * (1 - p))": "1 - 1 / (1 + p / (1 - p) / w)"}),
        Right(
            "logits",
            code="""
def unweight(p, w):
    z = np.log(p) - np.log(1 - p) - np.log(w)
    return 1 / (1 + np.exp(-z))
""",
        ),
        Right(
            "loop", swap={"p / (p + w * (1 - p))": "np.array([v / (v + w * (1 - v)) for v in p])"}
        ),
    ),
    hints=(
        "Write the expected weighted loss of a constant answer p for risk π, and set its derivative to zero.",
        "-wπ/p + (1 - π)/(1 - p) = 0: the odds of the best p are w times the odds of π.",
        "π/(1 - π) = p/(w(1 - p)); solve for π.",
    ),
)

# --- the gain of leaky ReLU ---------------------------------------------------------------------


def _std_cases(rng: np.random.Generator) -> list[Case]:
    return [{"n_in": n, "alpha": a} for n, a in ((50, 0.3), (128, 0.0), (7, 0.6), (1, 1.0))]


INIT_STD = Exercise(
    name="interview-init-std",
    title="Derive: He's formula for a leaky ReLU",
    difficulty=2,
    minutes=12,
    points=2,
    cases=_std_cases,
    probe=call,
    options={"name": "init_std", "args": ("n_in", "alpha"), "returns": ("std",)},
    reference='''
def init_std(n_in, alpha):
    """Return the standard deviation of weights that keeps signals even, for slope alpha below 0."""
    return np.sqrt(2 / ((1 + alpha**2) * n_in))
''',
    wrong=(
        Wrong(
            "variance",
            "Your `std` is the variance: take its square root.",
            swap={"np.sqrt(2 / ((1 + alpha**2) * n_in))": "2 / ((1 + alpha**2) * n_in)"},
        ),
        Wrong(
            "plain-he",
            "Your `std` is that of a plain ReLU: the leak passes a part as well, so the factor 1 + alpha² belongs below.",
            swap={"(1 + alpha**2)": "1"},
        ),
        Wrong(
            "alpha-not-squared",
            "Your `std` has alpha where alpha² belongs: it is the second moment that is halved and leaked.",
            swap={"alpha**2": "alpha"},
        ),
        Wrong(
            "square-of-sum",
            "Your `std` squares 1 + alpha as a whole: the two halves of the line add up as 1² + alpha².",
            swap={"(1 + alpha**2)": "(1 + alpha) ** 2"},
        ),
        Wrong(
            "no-half",
            "Your `std` lacks the factor 2: half of the line contributes slope 1, half of it slope alpha.",
            swap={"2 / (": "1 / ("},
        ),
        Wrong(
            "uniform-limit",
            "Your `std` is the limit of a uniform draw, which is the root of 3 times its standard deviation.",
            swap={"2 / (": "6 / ("},
        ),
        Wrong(
            "leak-multiplied",
            "Your `std` grows with the leak: more signal passes, so the weights must be *smaller*.",
            swap={"2 / ((1 + alpha**2) * n_in)": "2 * (1 + alpha**2) / n_in"},
        ),
    ),
    right=(
        Right(
            "power",
            swap={"np.sqrt(2 / ((1 + alpha**2) * n_in))": "(n_in * (1 + alpha**2) / 2) ** -0.5"},
        ),
        Right(
            "gain",
            code="""
def init_std(n_in, alpha):
    passed = 0.5 * 1**2 + 0.5 * alpha**2
    return 1 / np.sqrt(n_in * passed)
""",
        ),
    ),
    hints=(
        "The sum z = Σ w·a has variance n·Var(w)·E[a²]. What is E[a²], if a is the leaky ReLU of a symmetric z?",
        "Half of the values pass with slope 1 and half with slope alpha: E[a²] = (1 + alpha²)/2 · Var(z).",
        "n·Var(w)·(1 + alpha²)/2 = 1; solve for Var(w) and take the root.",
    ),
)

DERIVATIONS = [TWO_LAYER, BATCHNORM, UNWEIGHT, INIT_STD]
