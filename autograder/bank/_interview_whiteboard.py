"""Chapter 11, part 1: implement it in fifteen minutes."""

from __future__ import annotations

import numpy as np

from autograder.bank._numeric import grad
from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.probe import call

# --- softmax cross-entropy ----------------------------------------------------------------------


def _scores_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, k in ((5, 3), (1, 4), (6, 2)):
        target = rng.integers(0, k, size=n)
        target[0] = k - 1
        cases.append({"scores": 2 * rng.normal(size=(n, k)), "target": target})
    far = np.array([[1000.0, -3.0, 960.0], [-1000.0, -1001.0, -999.5], [2.0, 0.5, -700.0]])
    return [*cases, {"scores": far, "target": np.array([2, 0, 1])}]


def _mean_log_loss(scores: np.ndarray, target: np.ndarray) -> float:
    shifted = scores - scores.max(axis=1, keepdims=True)
    total = np.log(np.exp(shifted).sum(axis=1))
    return float(np.mean(total - shifted[np.arange(len(target)), target]))


def _softmax_ce_truth(case: Case) -> Values:
    scores, target = case["scores"], case["target"]
    return {
        "value": _mean_log_loss(scores, target),
        "dscores": grad(lambda s: _mean_log_loss(s, target), scores),
    }


SOFTMAX_CE = Exercise(
    name="interview-softmax-ce",
    title="Whiteboard: softmax cross-entropy",
    kind="loss",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_scores_cases,
    probe=call,
    options={
        "name": "softmax_ce",
        "args": ("scores", "target"),
        "returns": ("value", "dscores"),
    },
    truth=_softmax_ce_truth,
    quiet=True,
    reference='''
def softmax_ce(scores, target):
    """Return the mean cross-entropy and its gradient at the scores, (n, k)."""
    n = len(scores)
    z = scores - scores.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    value = -log_p[np.arange(n), target].mean()
    dscores = np.exp(log_p)
    dscores[np.arange(n), target] -= 1
    return value, dscores / n
''',
    wrong=(
        Wrong(
            "no-shift",
            "Your function overflows for large scores: subtract each row's maximum before `np.exp`.",
            swap={"scores - scores.max(axis=1, keepdims=True)": "scores"},
        ),
        Wrong(
            "one-maximum",
            "Your `value` is infinite for a row far below the others: the maximum has to be each row's own, with `axis=1`.",
            swap={"scores.max(axis=1, keepdims=True)": "scores.max()"},
        ),
        Wrong(
            "sum-not-mean",
            "Your `value` is the sum over the rows: the loss is their mean, so that the rate does not depend on the batch size.",
            swap={".mean()": ".sum()"},
        ),
        Wrong(
            "gradient-not-divided",
            "Your `dscores` belongs to the summed loss: the mean's gradient is (p - y)/n.",
            swap={"dscores / n": "dscores"},
        ),
        Wrong(
            "divided-by-all",
            "Your `dscores` is divided by n·k: the mean is taken over the n rows, not over all entries.",
            swap={"dscores / n": "dscores / scores.size"},
        ),
        Wrong(
            "no-one-hot",
            "Your `dscores` is p without the target: subtract 1 at the right class of each row.",
            swap={"    dscores[np.arange(n), target] -= 1\n": ""},
        ),
        Wrong(
            "whole-columns",
            "Your `dscores` subtracts 1 in whole columns: `dscores[:, target]` is not one entry per row; index with `np.arange(n), target`.",
            swap={"dscores[np.arange(n), target] -= 1": "dscores[:, target] -= 1"},
        ),
        Wrong(
            "sign",
            "Your `dscores` is y - p: a step against it would raise the loss.",
            swap={"dscores / n": "-dscores / n"},
        ),
        Wrong(
            "columns-normalised",
            "Your softmax runs down the columns: every row is a sample, so sum over `axis=1`.",
            swap={
                "scores.max(axis=1, keepdims=True)": "scores.max(axis=0, keepdims=True)",
                ".sum(axis=1, keepdims=True)": ".sum(axis=0, keepdims=True)",
            },
        ),
        Wrong(
            "clipped",
            "Your `value` is too small where the right class is very unlikely: a probability was clipped or given an epsilon before the log. Stay with log-probabilities.",
            swap={
                "-log_p[np.arange(n), target].mean()": "-np.log(np.exp(log_p[np.arange(n), target]) + 1e-12).mean()"
            },
        ),
    ),
    right=(
        Right(
            "loop",
            code="""
def softmax_ce(scores, target):
    n, value, dscores = len(scores), 0.0, np.zeros_like(scores)
    for i in range(n):
        z = scores[i] - np.max(scores[i])
        total = np.sum(np.exp(z))
        value += (np.log(total) - z[target[i]]) / n
        dscores[i] = np.exp(z) / total / n
        dscores[i, target[i]] -= 1 / n
    return value, dscores
""",
        ),
        Right(
            "one-hot",
            code="""
def softmax_ce(scores, target):
    y = np.eye(scores.shape[1])[target]
    z = scores - np.max(scores, axis=1)[:, None]
    log_p = z - np.log(np.sum(np.exp(z), axis=1))[:, None]
    return -np.sum(y * log_p) / len(y), (np.exp(log_p) - y) / len(y)
""",
        ),
        Right(
            "logaddexp",
            code="""
def softmax_ce(scores, target):
    log_p = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    y = np.eye(scores.shape[1])[target]
    return -np.mean(log_p[y == 1]), (np.exp(log_p) - y) / len(y)
""",
        ),
    ),
    hints=(
        "Never form a probability before you take its logarithm: log softmax(z) = z - log Σ exp(z), shifted by the row's maximum.",
        "With p = softmax(scores) and y one-hot, the gradient is (p - y)/n.",
        "`log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))`; pick the entries `[np.arange(n), target]`, take minus their mean; for the gradient subtract 1 there from `np.exp(log_p)`.",
    ),
)

# --- gradient checking --------------------------------------------------------------------------


def _check_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"A": rng.normal(size=(n, n)), "c": rng.normal(size=n), "theta": rng.normal(size=n)}
        for n in (4, 1, 6)
    ]


def _check_probe(code, case):  # type: ignore[no-untyped-def]
    """Hand over a function of theta whose gradient is known, and watch what is done to theta."""
    A, c, theta = case["A"], case["c"], case["theta"].copy()
    largest = [0.0]

    def f():  # type: ignore[no-untyped-def]
        largest[0] = max(largest[0], float(np.abs(theta - case["theta"]).max()))
        return float(np.sum(np.cos(A @ theta)) + np.exp(0.3 * theta) @ c)

    got = np.array(code["numeric_gradient"](f, theta), copy=True)
    return {"gradient": got, "theta_after": theta.copy()}


def _check_truth(case: Case) -> Values:
    A, c, theta = case["A"], case["c"], case["theta"]
    exact = -A.T @ np.sin(A @ theta) + 0.3 * c * np.exp(0.3 * theta)
    return {"gradient": exact, "theta_after": theta.copy()}


GRADCHECK = Exercise(
    name="interview-gradcheck",
    title="Whiteboard: a numerical gradient",
    difficulty=2,
    minutes=10,
    points=2,
    cases=_check_cases,
    probe=_check_probe,
    truth=_check_truth,
    tolerance=1e-8,
    reference='''
def numeric_gradient(f, theta):
    """Return the gradient of f() with respect to the array theta, which f reads."""
    gradient, h = np.zeros_like(theta), 1e-5
    for i in range(theta.size):
        kept = theta[i]
        theta[i] = kept + h
        above = f()
        theta[i] = kept - h
        below = f()
        theta[i] = kept
        gradient[i] = (above - below) / (2 * h)
    return gradient
''',
    wrong=(
        Wrong(
            "one-sided",
            "Your `gradient` has the error of a one-sided difference: take f on both sides of theta and divide by 2h.",
            swap={
                "        theta[i] = kept - h\n        below = f()\n": "        theta[i] = kept\n        below = f()\n",
                "(2 * h)": "h",
            },
        ),
        Wrong(
            "h-not-doubled",
            "Your `gradient` is twice too large: the two points are 2h apart, not h.",
            swap={"(2 * h)": "h"},
        ),
        Wrong(
            "not-restored",
            "You leave `theta` changed: put the number that you saved back before you go on to the next one.",
            swap={"        theta[i] = kept\n        gradient": "        gradient"},
        ),
        Wrong(
            "step-too-small",
            "Your `gradient` has lost its digits to cancellation: for a central difference in float64 take h near 1e-5.",
            swap={"1e-5": "1e-12"},
        ),
        Wrong(
            "step-too-large",
            "Your `gradient` sees the curve instead of the slope: for a central difference in float64 take h near 1e-5.",
            swap={"1e-5": "1e-2"},
        ),
        Wrong(
            "a-copy",
            "Your `gradient` is zero: `f` reads the array `theta` itself, so a changed copy of it is never seen.",
            swap={"    gradient, h": "    theta = theta.copy()\n    gradient, h"},
        ),
        Wrong(
            "sign",
            "Your `gradient` is f below minus f above: turn the difference round.",
            swap={"above - below": "below - above"},
        ),
    ),
    right=(
        Right(
            "ndindex",
            code="""
def numeric_gradient(f, theta):
    out = np.zeros(theta.shape)
    for index in np.ndindex(theta.shape):
        old, values = theta[index], []
        for step in (1e-5, -1e-5):
            theta[index] = old + step
            values.append(f())
        theta[index] = old
        out[index] = (values[0] - values[1]) / 2e-5
    return out
""",
        ),
        Right(
            "fourth order",
            code="""
def numeric_gradient(f, theta):
    out, h = np.zeros_like(theta), 1e-3
    for i, old in enumerate(theta.copy()):
        total = 0.0
        for k, weight in ((1, 8), (-1, -8), (2, -1), (-2, 1)):
            theta[i] = old + k * h
            total += weight * f()
        theta[i] = old
        out[i] = total / (12 * h)
    return out
""",
        ),
        Right("another step", swap={"1e-5": "6e-6"}),
    ),
    hints=(
        "Change one entry of theta at a time, in place: f() reads the same array.",
        "Central difference: (f at theta + h minus f at theta - h) / 2h, with h near 1e-5. And afterwards?",
        "Save `kept = theta[i]`; set `kept + h`, call f; set `kept - h`, call f; put `kept` back; store the difference over `2 * h`.",
    ),
)

# --- Adam ---------------------------------------------------------------------------------------


def _adam_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, t in ((3, 1), (1, 2), (5, 17)):
        cases.append(
            {
                "theta": rng.normal(size=n),
                "grad": rng.choice([-1.0, 1.0], size=n) * rng.uniform(0.2, 2.0, size=n),
                "m": np.zeros(n) if t == 1 else 0.1 * rng.normal(size=n),
                "v": np.zeros(n) if t == 1 else 0.01 * rng.uniform(0.5, 2.0, size=n),
                "t": t,
                "lr": float(rng.uniform(0.05, 0.3)),
            }
        )
    tiny = {
        "theta": rng.normal(size=2), "grad": np.array([3e-8, -2e-8]), "m": np.zeros(2),
        "v": np.zeros(2), "t": 1, "lr": 0.4,
    }  # fmt: skip
    return [*cases, tiny]


ADAM = Exercise(
    name="interview-adam",
    title="Whiteboard: one step of Adam",
    kind="optimizer",
    difficulty=2,
    minutes=10,
    points=2,
    cases=_adam_cases,
    probe=call,
    options={
        "name": "adam_step",
        "args": ("theta", "grad", "m", "v", "t", "lr"),
        "returns": ("theta", "m", "v"),
    },
    reference='''
def adam_step(theta, grad, m, v, t, lr):
    """Return the new theta, m and v after step t = 1, 2, ... of Adam."""
    m = 0.9 * m + 0.1 * grad
    v = 0.999 * v + 0.001 * grad**2
    m_hat = m / (1 - 0.9**t)
    v_hat = v / (1 - 0.999**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + 1e-8), m, v
''',
    wrong=(
        Wrong(
            "no-correction",
            "Your `theta` takes steps without bias correction, which are 3.2 times too long at the start: divide m by 1 - 0.9ᵗ and v by 1 - 0.999ᵗ.",
            swap={"m / (1 - 0.9**t)": "m", "v / (1 - 0.999**t)": "v"},
        ),
        Wrong(
            "corrects-m-only",
            "Your `theta` corrects m but not v: v starts at zero as well, and its correction is 1 - 0.999ᵗ.",
            swap={"v / (1 - 0.999**t)": "v"},
        ),
        Wrong(
            "corrects-v-only",
            "Your `theta` corrects v but not m: m starts at zero as well, and its correction is 1 - 0.9ᵗ.",
            swap={"m / (1 - 0.9**t)": "m"},
        ),
        Wrong(
            "power-as-product",
            "Your `theta` uses β·t where the correction has the power βᵗ.",
            swap={"0.9**t": "0.9 * t", "0.999**t": "0.999 * t"},
        ),
        Wrong(
            "no-root",
            "Your `theta` divides by v itself: Adam divides by its square root.",
            swap={"np.sqrt(v_hat)": "v_hat"},
        ),
        Wrong(
            "epsilon-inside",
            "Your `theta` has epsilon inside the square root, where it swamps small gradients: add it after the root.",
            swap={"np.sqrt(v_hat) + 1e-8": "np.sqrt(v_hat + 1e-8)"},
        ),
        Wrong(
            "not-squared",
            "Your `v` averages the gradient's size: the second moment averages its square.",
            swap={"grad**2": "np.abs(grad)"},
        ),
        Wrong(
            "corrected-kept",
            "Your `m` returned is the corrected one: keep the raw averages, or the next step corrects them twice.",
            swap={"+ 1e-8), m, v": "+ 1e-8), m_hat, v_hat"},
        ),
        Wrong(
            "uphill",
            "Your `theta` moves along the gradient, uphill: subtract the step.",
            swap={"theta - lr": "theta + lr"},
        ),
    ),
    right=(
        Right(
            "loop",
            code="""
def adam_step(theta, grad, m, v, t, lr):
    theta, m, v = theta.copy(), m.copy(), v.copy()
    for i, g in enumerate(grad):
        m[i] += 0.1 * (g - m[i])
        v[i] += 0.001 * (g * g - v[i])
        theta[i] -= lr * (m[i] / (1 - 0.9**t)) / ((v[i] / (1 - 0.999**t)) ** 0.5 + 1e-8)
    return theta, m, v
""",
        ),
        Right(
            "rate corrected",
            code="""
def adam_step(theta, grad, m, v, t, lr):
    m = 0.9 * m + (1 - 0.9) * grad
    v = 0.999 * v + (1 - 0.999) * grad * grad
    root = np.sqrt(1 - 0.999**t)
    return theta - lr * root / (1 - 0.9**t) * m / (np.sqrt(v) + 1e-8 * root), m, v
""",
        ),
    ),
    hints=(
        "Two moving averages, of the gradient and of its square; both start at zero and are too small at first.",
        "m with 0.9, v with 0.999; correct with 1 - 0.9ᵗ and 1 - 0.999ᵗ; epsilon, 1e-8, stands outside the root.",
        "`theta - lr * m_hat / (np.sqrt(v_hat) + 1e-8)`, and return the raw m and v with it.",
    ),
)

# --- dropout ------------------------------------------------------------------------------------


def _dropout_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for (n, d), p, train in (((5, 4), 0.2, True), ((1, 6), 0.3, True), ((3, 7), 0.2, False)):
        u = rng.random((n, d))
        u[0, :2] = p / 2, (1 + p) / 2
        cases.append({"x": 1 + rng.random((n, d)), "u": u, "p": p, "train": train})
    return cases


DROPOUT = Exercise(
    name="interview-dropout",
    title="Whiteboard: inverted dropout",
    difficulty=1,
    minutes=8,
    points=2,
    cases=_dropout_cases,
    probe=call,
    options={"name": "dropout", "args": ("x", "u", "p", "train"), "returns": ("y",)},
    reference='''
def dropout(x, u, p, train):
    """Return x with entries dropped where u < p, if training; u is uniform in [0, 1)."""
    if not train:
        return x
    return x * (u >= p) / (1 - p)
''',
    wrong=(
        Wrong(
            "not-inverted",
            "Your `y` is smaller on average than `x`: divide what is kept by 1 - p, so that the mean stays.",
            swap={" / (1 - p)": ""},
        ),
        Wrong(
            "divided-by-p",
            "Your `y` divides by p, the probability of *dropping*: divide by the probability of keeping, 1 - p.",
            swap={"/ (1 - p)": "/ p"},
        ),
        Wrong(
            "keeps-the-dropped",
            "Your `y` keeps exactly what should be dropped: `u < p` happens with probability p and means drop.",
            swap={"u >= p": "u < p"},
        ),
        Wrong(
            "scaled-at-inference",
            "Your `y` is scaled at inference, although training has scaled it already: inverted dropout does nothing there.",
            swap={"        return x\n": "        return x * (1 - p)\n"},
        ),
        Wrong(
            "scaled-by-p-at-inference",
            "Your `y` at inference is multiplied by the dropout probability; with inverted dropout nothing is scaled there, and without it the factor would be 1 - p.",
            swap={"        return x\n": "        return x * p\n"},
        ),
        Wrong(
            "always-on",
            "Your `y` drops units at inference, so that the same input gets a different answer each time.",
            swap={"    if not train:\n        return x\n": ""},
        ),
        Wrong(
            "p-as-keep",
            "Your `y` treats p as the probability of keeping, as the paper of 2014 does; here p is the probability of dropping.",
            swap={"u >= p": "u < p", "/ (1 - p)": "/ p"},
        ),
    ),
    right=(
        Right(
            "where",
            code="""
def dropout(x, u, p, train):
    return np.where(u < p, 0.0, x / (1 - p)) if train else x
""",
        ),
        Right(
            "copy",
            code="""
def dropout(x, u, p, train):
    y = x.copy()
    if train:
        y[u < p] = 0
        y /= 1 - p
    return y
""",
        ),
        Right(
            "mask",
            code="""
def dropout(x, u, p, train):
    keep = 1 - p
    mask = np.floor(u + keep) / keep if train else 1
    return x * mask
""",
        ),
    ),
    hints=(
        "In training, what is kept has to make up for what is dropped; at inference there is nothing left to do.",
        "An entry is kept with probability 1 - p. By what do you multiply it, so that its mean is unchanged?",
        "Training: `x * (u >= p) / (1 - p)`. Inference: `x`.",
    ),
)

# --- attention ----------------------------------------------------------------------------------


def _attention_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "Q": 1.5 * rng.normal(size=(n, d)),
            "K": 1.5 * rng.normal(size=(n, d)),
            "V": rng.normal(size=(n, e)),
        }
        for n, d, e in ((5, 3, 4), (1, 2, 3), (4, 6, 2))
    ]


ATTENTION = Exercise(
    name="interview-attention",
    title="Whiteboard: causal attention",
    difficulty=3,
    minutes=15,
    points=3,
    cases=_attention_cases,
    probe=call,
    options={"name": "attention", "args": ("Q", "K", "V"), "returns": ("out",)},
    quiet=True,
    reference='''
def attention(Q, K, V):
    """Return causal attention, (n, e): position i sees positions 0 to i. Q, K (n, d), V (n, e)."""
    scores = Q @ K.T / np.sqrt(Q.shape[1])
    future = np.triu(np.ones(scores.shape, bool), 1)
    scores = np.where(future, -np.inf, scores)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True) @ V
''',
    wrong=(
        Wrong(
            "no-scale",
            "Your `out` uses undivided scores, whose softmax saturates in high dimensions: divide by the root of d.",
            swap={" / np.sqrt(Q.shape[1])": ""},
        ),
        Wrong(
            "scale-d",
            "Your `out` divides the scores by d: their standard deviation is the *root* of d.",
            swap={"np.sqrt(Q.shape[1])": "Q.shape[1]"},
        ),
        Wrong(
            "scale-n",
            "Your `out` divides by the root of the number of positions; the scores grow with the width of the keys, `Q.shape[1]`.",
            swap={"Q.shape[1]": "Q.shape[0]"},
        ),
        Wrong(
            "no-mask",
            "Your `out` lets every position see the later ones: set their scores to minus infinity before the softmax.",
            swap={"np.where(future, -np.inf, scores)": "scores + 0"},
        ),
        Wrong(
            "masks-itself",
            "Your `out` hides a position from itself as well: the mask begins above the diagonal, `np.triu(..., 1)`.",
            swap={
                "bool), 1)": "bool), 0)",
                "-np.inf": "-1e9",
            },
        ),
        Wrong(
            "past-masked",
            "Your `out` hides the past and shows the future: mask what lies *above* the diagonal.",
            swap={
                "np.triu(np.ones(scores.shape, bool), 1)": "np.tril(np.ones(scores.shape, bool), -1)"
            },
        ),
        Wrong(
            "zero-scores",
            "Your `out` sets the hidden scores to 0, and exp(0) = 1 still gives them weight: set them to minus infinity.",
            swap={"-np.inf": "0.0"},
        ),
        Wrong(
            "mask-after",
            "Your `out` zeroes the hidden weights after the softmax: the rest no longer sums to 1. Mask the scores before it.",
            swap={
                "    scores = np.where(future, -np.inf, scores)\n": "",
                "weights / weights.sum(axis=1, keepdims=True) @ V": "np.where(future, 0, weights / weights.sum(axis=1, keepdims=True)) @ V",
            },
        ),
        Wrong(
            "softmax-down",
            "Your softmax runs down the columns: each *query*, a row, spreads its weight over the keys.",
            swap={
                "scores.max(axis=1, keepdims=True)": "scores.max(axis=0, keepdims=True)",
                "weights.sum(axis=1, keepdims=True)": "weights.sum(axis=0, keepdims=True)",
            },
        ),
        Wrong(
            "no-softmax",
            "Your `out` weighs the values by raw exponentials: divide each row by its sum, so that the weights add up to 1.",
            swap={"weights / weights.sum(axis=1, keepdims=True) @ V": "weights @ V"},
        ),
    ),
    right=(
        Right(
            "loop",
            code="""
def attention(Q, K, V):
    out = np.zeros((len(Q), V.shape[1]))
    for i in range(len(Q)):
        s = np.array([Q[i] @ K[j] for j in range(i + 1)]) / Q.shape[1] ** 0.5
        w = np.exp(s - s.max())
        out[i] = (w / w.sum()) @ V[: i + 1]
    return out
""",
        ),
        Right(
            "einsum",
            code="""
def attention(Q, K, V):
    n, d = Q.shape
    scores = np.einsum("id,jd->ij", Q, K) * d**-0.5
    weights = np.exp(scores - scores.max(1)[:, None]) * np.tri(n)
    return np.einsum("ij,je->ie", weights / weights.sum(1)[:, None], V)
""",
        ),
        Right("large negative", swap={"-np.inf": "-1e30"}),
    ),
    hints=(
        "Four steps: scores, scale, mask, softmax over each row; then the weighted mean of the values.",
        "`Q @ K.T` has query i in row i. Which entries of row i belong to later positions, and what must their scores be so that exp gives 0?",
        "`np.triu(np.ones(scores.shape, bool), 1)` marks the future; `np.where(future, -np.inf, scores)`; softmax with `axis=1`; times `V`.",
    ),
)

WHITEBOARD = [SOFTMAX_CE, GRADCHECK, ADAM, DROPOUT, ATTENTION]
