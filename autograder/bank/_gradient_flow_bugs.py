"""Chapter 5: find the bug."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercise import Case, Right, Wrong
from autograder.kinds import find_bug

HE_BOUND = find_bug(
    "gradient_flow-bug-he",
    "Find the bug: a uniform He initialization",
    function="he_bound",
    args=("n_in",),
    cases=lambda rng: [{"n_in": n} for n in (512, 7, 1)],
    repaired='''
def he_bound(n_in):
    """Return a, so that rng.uniform(-a, a) has He's variance."""
    return np.sqrt(6 / n_in)
''',
    buggy='''
def he_bound(n_in):
    """Return a, so that rng.uniform(-a, a) has He's variance."""
    return np.sqrt(2 / n_in)
''',
    witness="(512,)",
    cause="b",
    causes={
        "a": "He's variance is for ReLU and has `n_in` alone; the sum of both sizes is Glorot's.",
        "c": "The square root is right: a bound is a length like a standard deviation, not a variance.",
        "d": "A uniform distribution does as well as a normal one; only its variance counts here.",
    },
    bug_says="Your bound still is the standard deviation: uniform(-a, a) has variance a**2 / 3, only a third of He's.",
    wrong=(
        Wrong(
            "no-root",
            "Your bound has lost its square root: a bound is a length, the variance is its square over 3.",
            swap={"np.sqrt(6 / n_in)": "6 / n_in"},
        ),
        Wrong(
            "root-three-inside",
            "Your bound is short by a factor: multiply the standard deviation by the root of 3, so 2 becomes 6 under the root.",
            swap={"6 / n_in": "3 / n_in"},
        ),
        Wrong(
            "times-three",
            "Your bound is the standard deviation times 3; it is times the root of 3.",
            swap={"np.sqrt(6 / n_in)": "3 * np.sqrt(2 / n_in)"},
        ),
    ),
    right=(
        Right("root three", swap={"np.sqrt(6 / n_in)": "np.sqrt(3) * np.sqrt(2 / n_in)"}),
        Right("power", swap={"np.sqrt(6 / n_in)": "(6 / n_in) ** 0.5"}),
    ),
    hints=(
        "Draw many numbers from uniform(-a, a) and look at their variance.",
        "The variance of uniform(-a, a) is a**2 / 3.",
        "Solve a**2 / 3 = 2 / n_in for a.",
    ),
)


def _norm_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "dy": rng.normal(size=(batch, n)),
            "x": rng.normal(size=(batch, n)) * 1.6 + 0.4,
            "gamma": rng.uniform(0.5, 2.5, n),
            "eps": 1e-2,
        }
        for batch, n in ((5, 3), (1, 4), (4, 2))
    ]


FULL = "(dx_hat - dx_hat.mean(axis=0) - x_hat * (dx_hat * x_hat).mean(axis=0)) / std"

CONSTANTS = find_bug(
    "gradient_flow-bug-constants",
    "Find the bug: a backward pass of batch normalization",
    function="batchnorm_dx",
    args=("dy", "x", "gamma", "eps"),
    cases=_norm_cases,
    repaired=f'''
def batchnorm_dx(dy, x, gamma, eps):
    """Return the gradient by x for batch normalization in training mode."""
    std = np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) / std
    dx_hat = dy * gamma
    return {FULL}
''',
    buggy='''
def batchnorm_dx(dy, x, gamma, eps):
    """Return the gradient by x for batch normalization in training mode."""
    std = np.sqrt(x.var(axis=0) + eps)
    return dy * gamma / std
''',
    witness="(np.ones((3, 2)), np.array([[1.0, 0.0], [2.0, 5.0], [4.0, 1.0]]), np.ones(2), 0.01)",
    cause="c",
    causes={
        "a": "`gamma` is where it belongs: one factor per column, before or after the division.",
        "b": "`eps` stands inside the root, as in the forward pass.",
        "d": "`dx` has an entry for every entry of `x`; summing over the batch is for `dgamma` and `dbeta`.",
    },
    bug_says="Your `dx` still treats mean and standard deviation as constants; with `dy` all ones the right `dx` is 0, because a "
    "shift of a whole column changes nothing.",
    wrong=(
        Wrong(
            "mean-only",
            "Your repair follows the mean, but not the standard deviation: subtract `x_hat * mean(dx_hat * x_hat)` too.",
            swap={" - x_hat * (dx_hat * x_hat).mean(axis=0)": ""},
        ),
        Wrong(
            "std-only",
            "Your repair follows the standard deviation, but not the mean: subtract the mean of `dx_hat` too.",
            swap={"dx_hat - dx_hat.mean(axis=0) - x_hat": "dx_hat - x_hat"},
        ),
        Wrong(
            "plus",
            "Your repair adds the two corrections; both are subtracted.",
            swap={"dx_hat - dx_hat.mean(axis=0) - x_hat": "dx_hat + dx_hat.mean(axis=0) + x_hat"},
        ),
    ),
    right=(
        Right(
            "sums",
            swap={
                FULL: "(len(x) * dx_hat - dx_hat.sum(axis=0) - x_hat * (dx_hat * x_hat).sum(axis=0)) / (len(x) * std)"
            },
        ),
        Right(
            "through the centred x",
            code="""
def batchnorm_dx(dy, x, gamma, eps):
    c = x - x.mean(axis=0)
    inv = 1 / np.sqrt((c**2).mean(axis=0) + eps)
    dc = dy * gamma * inv - c * inv**3 * (dy * gamma * c).mean(axis=0)
    return dc - dc.mean(axis=0)
""",
        ),
    ),
    hints=(
        "Try an upstream gradient of ones: what should `dx` be, if adding a constant to a column changes nothing?",
        "Mean and standard deviation are computed from `x`; the chain rule has to go through them too.",
        "`dx = (dx_hat - mean(dx_hat) - x_hat * mean(dx_hat * x_hat)) / std` with `dx_hat = dy * gamma`.",
    ),
)


def _constant_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for batch, n in ((5, 3), (4, 2), (1, 3)):
        x = rng.normal(size=(batch, n)) * 0.05 + 0.3
        x[:, 0] = 0.75  # a feature that never varies; 0.75 has an exact mean
        cases.append({"x": x, "gamma": rng.uniform(0.5, 2, n), "beta": rng.normal(size=n)})
    return cases


CONSTANT_COLUMN = find_bug(
    "gradient_flow-bug-constant-column",
    "Find the bug: a feature that never varies",
    function="normalize",
    args=("x", "gamma", "beta"),
    cases=_constant_cases,
    repaired='''
def normalize(x, gamma, beta):
    """Return x with every column at mean 0 and variance 1, scaled and shifted."""
    x_hat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)
    return gamma * x_hat + beta
''',
    buggy='''
def normalize(x, gamma, beta):
    """Return x with every column at mean 0 and variance 1, scaled and shifted."""
    x_hat = (x - x.mean(axis=0)) / x.std(axis=0)
    return gamma * x_hat + beta
''',
    witness="(np.array([[1.0, 2.0], [1.0, 3.0]]), np.ones(2), np.zeros(2))",
    cause="a",
    causes={
        "b": "The biased variance is what batch normalization uses inside a batch.",
        "c": "`gamma` first and `beta` afterwards is right.",
        "d": "Columns are features, so `axis=0` is right.",
    },
    bug_says="Your code still divides by a standard deviation that can be 0: 0 / 0 is NaN, and NaN spreads to every weight. Add "
    "`eps = 1e-5` to the variance, inside the root.",
    wrong=(
        Wrong(
            "eps-outside",
            "Your `eps` is added to the standard deviation; it belongs inside the root, with the variance.",
            swap={"np.sqrt(x.var(axis=0) + 1e-5)": "(x.std(axis=0) + 1e-5)"},
        ),
        Wrong(
            "nan-painted-over",
            "Your repair replaces NaN by numbers afterwards; the columns that vary then lack the `eps` of 1e-5 under the root.",
            code="""
def normalize(x, gamma, beta):
    x_hat = np.nan_to_num((x - x.mean(axis=0)) / x.std(axis=0))
    return gamma * x_hat + beta
""",
        ),
        Wrong(
            "large-eps",
            "Your `eps` is not the 1e-5 that was asked for; a larger one shrinks the output of every feature with a small variance.",
            swap={"1e-5": "1e-2"},
        ),
    ),
    right=(
        Right(
            "power", swap={" / np.sqrt(x.var(axis=0) + 1e-5)": " * (x.var(axis=0) + 1e-5) ** -0.5"}
        ),
        Right("std squared", swap={"x.var(axis=0)": "x.std(axis=0) ** 2"}),
    ),
    hints=(
        "What if one feature has the same value in the whole batch? A batch of one is such a case.",
        "Its standard deviation is 0, and so is the difference above it.",
        "Divide by `np.sqrt(x.var(axis=0) + 1e-5)`; your witness needs a column of equal numbers.",
    ),
)


def _evaluation_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "x": rng.normal(size=(batch, n)) * 1.5 + 1,
            "gamma": rng.uniform(0.5, 2, n),
            "beta": rng.normal(size=n),
            "running_mean": rng.normal(size=n),
            "running_var": rng.uniform(0.05, 2, n),
            "eps": 1e-2,
        }
        for batch, n in ((4, 3), (1, 2), (6, 5))
    ]


EVALUATION = find_bug(
    "gradient_flow-bug-evaluation",
    "Find the bug: what no gradient check of training sees",
    function="batchnorm_evaluate",
    args=("x", "gamma", "beta", "running_mean", "running_var", "eps"),
    cases=_evaluation_cases,
    repaired='''
def batchnorm_evaluate(x, gamma, beta, running_mean, running_var, eps):
    """Return the output of batch normalization in evaluation mode."""
    x_hat = (x - running_mean) / np.sqrt(running_var + eps)
    return gamma * x_hat + beta
''',
    buggy='''
def batchnorm_evaluate(x, gamma, beta, running_mean, running_var, eps):
    """Return the output of batch normalization in evaluation mode."""
    x_hat = (x - running_mean) / np.sqrt(x.var(axis=0) + eps)
    return gamma * x_hat + beta
''',
    witness="(np.array([[1.0], [3.0]]), np.ones(1), np.zeros(1), np.zeros(1), np.array([4.0]), 0.01)",
    cause="d",
    causes={
        "a": "`running_mean` is the mean from training, as it should be.",
        "b": "`gamma` and `beta` belong in both modes.",
        "c": "`eps` stands inside the root, where it belongs.",
    },
    bug_says="Your output still depends on the spread of the batch at hand: a customer's prediction would change with the other rows "
    "sent along. Use `running_var`.",
    wrong=(
        Wrong(
            "kept-as-std",
            "Your repair divides by `running_var` as if it were a standard deviation; take the root, with `eps` inside.",
            swap={"np.sqrt(running_var + eps)": "(running_var + eps)"},
        ),
        Wrong(
            "eps-lost",
            "Your repair has lost `eps`: training has it inside the root, so evaluation has too.",
            swap={"running_var + eps": "running_var"},
        ),
        Wrong(
            "eps-outside",
            "Your repair adds `eps` outside the root; in training it stands inside.",
            swap={"np.sqrt(running_var + eps)": "(np.sqrt(running_var) + eps)"},
        ),
        Wrong(
            "all-batch",
            "Your repair goes the other way, to the mean and variance of the batch at hand; evaluation uses the running ones.",
            swap={
                "(x - running_mean) / np.sqrt(running_var + eps)": "(x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)"
            },
        ),
    ),
    right=(
        Right(
            "scale and shift",
            code="""
def batchnorm_evaluate(x, gamma, beta, running_mean, running_var, eps):
    scale = gamma / np.sqrt(running_var + eps)
    return x * scale + (beta - running_mean * scale)
""",
        ),
        Right("power", swap={"/ np.sqrt(running_var + eps)": "* (running_var + eps) ** -0.5"}),
    ),
    hints=(
        "In evaluation mode the output of a row must not depend on the other rows.",
        "Which of the quantities in the formula is computed from `x` itself?",
        "The variance is: use `running_var`. Your witness: any batch whose variance is not `running_var`.",
    ),
)


def _flat_cases(rng: np.random.Generator) -> list[Case]:
    W, even = rng.normal(size=(3, 4)), rng.normal(size=(2, 3))
    return [
        {"grad": np.full(5, 5.0), "W": rng.normal(size=5)},
        {"grad": np.array([[5.0]]), "W": rng.normal(size=(1, 1))},
        {"grad": rng.normal(size=(3, 4)) * 1e-9, "W": W},
        {"grad": rng.normal(size=(3, 4)) * 1e-7, "W": W * 1e-5},  # small weights, a fair gradient
        {"grad": rng.normal(size=(4, 2)) * 1e-4 + 3e-8, "W": rng.normal(size=(4, 2)) * 1e3},
        {"grad": even - even.mean(), "W": rng.normal(size=(2, 3))},  # its mean is 0
        {"grad": rng.normal(size=(2, 6)) * 0.3, "W": rng.normal(size=(2, 6))},
    ]


FLAT = find_bug(
    "gradient_flow-bug-flat",
    "Find the bug: a detector of small gradients",
    function="is_tiny",
    args=("grad", "W"),
    cases=_flat_cases,
    repaired='''
def is_tiny(grad, W):
    """Return 1.0 if the gradient of the weights W is tiny beside them, else 0.0."""
    return float(np.linalg.norm(grad) < 1e-6 * np.linalg.norm(W))
''',
    buggy='''
def is_tiny(grad, W):
    """Return 1.0 if the gradient of the weights W is tiny beside them, else 0.0."""
    return float(np.std(grad) < 1e-6)
''',
    witness="(np.full(3, 5.0), np.ones(3))",
    cause="c",
    causes={
        "a": "The factor 1e-6 may be debated, but it is not what makes a gradient of 5.0 count as tiny.",
        "b": "A comparison that gives 1.0 or 0.0 is what the function promises.",
        "d": "`np.std` works on an array of any shape; the trouble is what it measures.",
    },
    bug_says="Your detector still looks at the spread: a gradient of 5.0 in every entry has standard deviation 0 and is flagged as "
    "vanishing.",
    wrong=(
        Wrong(
            "absolute",
            "Your repair compares with a fixed number; small weights have small gradients, so compare with the norm of `W`.",
            swap={"1e-6 * np.linalg.norm(W)": "1e-6"},
        ),
        Wrong(
            "mean",
            "Your repair looks at the mean: positive and negative entries cancel, so a large gradient can have a tiny mean; "
            "take norms.",
            swap={"np.linalg.norm(grad)": "abs(np.mean(grad))"},
        ),
        Wrong(
            "upside-down",
            "Your repair flags the large gradients: tiny means that the norm is below the threshold.",
            swap={") < 1e-6": ") > 1e-6"},
        ),
    ),
    right=(
        Right(
            "ratio",
            swap={
                "float(np.linalg.norm(grad) < 1e-6 * np.linalg.norm(W))": "float(np.linalg.norm(grad) / np.linalg.norm(W) < 1e-6)"
            },
        ),
        Right(
            "squares",
            swap={
                "float(np.linalg.norm(grad) < 1e-6 * np.linalg.norm(W))": "1.0 if np.sum(grad**2) < 1e-12 * np.sum(W**2) else 0.0"
            },
        ),
    ),
    hints=(
        "Feed it a gradient that is the same number everywhere, or that of a single bias.",
        "The standard deviation takes the mean off; what is left of a constant gradient?",
        "Compare norms: `np.linalg.norm(grad) < 1e-6 * np.linalg.norm(W)`.",
    ),
)


def _clip_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for (n, m), scale in (((4, 3), 2.0), ((1, 5), 0.02), ((3, 2), 9.0)):
        dW: Any = rng.normal(size=(n, m)) * scale
        cases.append({"dW": dW, "db": rng.normal(size=m) * scale * 0.3, "max_norm": 0.7})
    return cases


EACH = find_bug(
    "gradient_flow-bug-clip",
    "Find the bug: clipping that turns the step",
    function="clip_pair",
    args=("dW", "db", "max_norm"),
    cases=_clip_cases,
    repaired='''
def clip_pair(dW, db, max_norm):
    """Return both gradients, clipped by their global norm, as one vector."""
    step = np.concatenate([dW.ravel(), db])
    return step * min(1.0, max_norm / np.linalg.norm(step))
''',
    buggy='''
def clip_pair(dW, db, max_norm):
    """Return both gradients, clipped by their global norm, as one vector."""
    parts = []
    for g in (dW, db):
        parts.append(g.ravel() * min(1.0, max_norm / np.linalg.norm(g)))
    return np.concatenate(parts)
''',
    witness="(np.array([[3.0]]), np.array([4.0]), 1.0)",
    cause="a",
    causes={
        "b": "A factor of at most 1 is right: clipping never lengthens.",
        "c": "`ravel` and `concatenate` only lay the numbers out in a row; their order is right.",
        "d": "The division is the right way round: a long gradient gets a small factor.",
    },
    bug_says="Your code still clips each array by its own norm: their proportions change, so the step points elsewhere, and it can be "
    "longer than `max_norm`.",
    wrong=(
        Wrong(
            "always",
            "Your repair brings every gradient to length `max_norm`; a short one must stay as it is.",
            swap={"min(1.0, max_norm / np.linalg.norm(step))": "(max_norm / np.linalg.norm(step))"},
        ),
        Wrong(
            "sum-of-norms",
            "Your repair adds the two norms; the norm of both together is the root of the sum of their squares.",
            swap={"np.linalg.norm(step))": "(np.linalg.norm(dW) + np.linalg.norm(db)))"},
        ),
        Wrong(
            "by-value",
            "Your repair cuts single entries, which turns the step as well; multiply all by one factor.",
            swap={
                "step * min(1.0, max_norm / np.linalg.norm(step))": "np.clip(step, -max_norm, max_norm)"
            },
        ),
    ),
    right=(
        Right(
            "root of squares",
            code="""
def clip_pair(dW, db, max_norm):
    norm = np.sqrt(np.sum(dW**2) + np.sum(db**2))
    scale = 1.0 if norm <= max_norm else max_norm / norm
    return np.concatenate([scale * dW.ravel(), scale * db])
""",
        ),
        Right(
            "hypot",
            swap={"np.linalg.norm(step))": "np.hypot(np.linalg.norm(dW), np.linalg.norm(db)))"},
        ),
    ),
    hints=(
        "Take two gradients of one entry each, 3 and 4, and clip to 1: what should come out?",
        "The direction of the whole step has to stay, so both arrays need the same factor.",
        "Put both into one vector, take its norm once, and multiply by `min(1, max_norm / norm)`.",
    ),
)

EXERCISES = [HE_BOUND, CONSTANTS, CONSTANT_COLUMN, EVALUATION, FLAT, EACH]
