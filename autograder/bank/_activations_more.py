"""Chapter 3, second half: softmax and heads, dead units, gates, and questions."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.bank._activations_bugs import BUGS
from autograder.bank._numeric import grad, vjp
from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.kinds import choice, prediction
from autograder.probe import call, layer

# --- softmax ------------------------------------------------------------------------------------


def _softmax(x: Any) -> Any:
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _score_cases(rng: np.random.Generator) -> list[Case]:
    wide = np.array([[1000.0, 999.0, 0.0, 998.0], [-1000.0, -1001.0, -999.5, -1003.0]])
    return [
        {"x": rng.normal(size=(5, 3)) * 2},
        {"x": rng.normal(size=(1, 4)) * 2},
        {"x": wide},
        {"x": np.array([[90.0, 91.0], [-200.0, -201.5], [0.3, 0.1]], dtype=np.float32)},
    ]


SOFTMAX = Exercise(
    name="activations-softmax",
    title="Softmax, row by row",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_score_cases,
    probe=call,
    options={"name": "softmax", "args": ("x",), "returns": ("p",)},
    quiet=True,
    reference='''
def softmax(x):
    """Return exp(x) divided by its sum, for every row; no overflow."""
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
''',
    wrong=(
        Wrong(
            "no-shift",
            "Your `p` is NaN for scores near 1000: `exp` overflows, so subtract each row's maximum first; the shift cancels in the ratio.",
            swap={" - x.max(axis=1, keepdims=True)": ""},
        ),
        Wrong(
            "shift-of-the-whole-array",
            "Your shift is the maximum of the whole array: a row far below it becomes 0 divided by 0, so take each row's own maximum.",
            swap={"x.max(axis=1, keepdims=True)": "x.max()"},
        ),
        Wrong(
            "normalized-over-all",
            "Your whole array sums to 1; every row is a distribution of its own, so sum along axis 1.",
            swap={"e.sum(axis=1, keepdims=True)": "e.sum()"},
        ),
        Wrong(
            "columns",
            "Your columns sum to 1: rows are samples here, so the classes lie along axis 1.",
            swap={
                "x.max(axis=1, keepdims=True)": "x.max(axis=0, keepdims=True)",
                "e.sum(axis=1, keepdims=True)": "e.sum(axis=0, keepdims=True)",
            },
        ),
        Wrong(
            "keepdims-missing",
            "Your row maxima have shape `(batch,)` and do not line up with the rows: keep the axis with `keepdims=True`.",
            swap={
                "x.max(axis=1, keepdims=True)": "x.max(axis=1)",
                "e.sum(axis=1, keepdims=True)": "e.sum(axis=1)",
            },
        ),
        Wrong(
            "order-reversed",
            "Your largest score gets the smallest probability: the sign in the exponent is wrong.",
            swap={
                "np.exp(x - x.max(axis=1, keepdims=True))": "np.exp(x.min(axis=1, keepdims=True) - x)"
            },
        ),
        Wrong(
            "sigmoids-normalized",
            "Your `p` divides sigmoids by their sum; softmax divides exponentials, which keeps `p_i / p_j = exp(x_i - x_j)`.",
            swap={
                "np.exp(x - x.max(axis=1, keepdims=True))": "0.5 * (1 + np.tanh(x / 2)) + 1e-300"
            },
        ),
        Wrong(
            "never-normalized",
            "Your rows do not sum to 1: divide by the row's sum after taking `exp`.",
            swap={"return e / e.sum(axis=1, keepdims=True)": "return e"},
        ),
        Wrong(
            "softmax-twice",
            "Your `p` is too even: softmax has been applied twice.",
            swap={
                "    return e / e.sum(axis=1, keepdims=True)": "    e = np.exp(e / e.sum(axis=1, keepdims=True))\n    return e / e.sum(axis=1, keepdims=True)"
            },
        ),
    ),
    right=(
        Right(
            "loop over rows",
            code="""
def softmax(x):
    p = np.empty_like(x)
    for i, row in enumerate(x):
        e = np.exp(row - row.max())
        p[i] = e / e.sum()
    return p
""",
        ),
        Right(
            "by log-sum-exp",
            code="""
def softmax(x):
    return np.exp(x - np.logaddexp.reduce(x, axis=1)[:, None])
""",
        ),
        Right(
            "einsum",
            swap={"e / e.sum(axis=1, keepdims=True)": 'e / np.einsum("ij->i", e)[:, None]'},
        ),
        Right(
            "in place on its own copy",
            swap={
                "    return e / e.sum(axis=1, keepdims=True)": "    e /= e.sum(axis=-1, keepdims=True)\n    return e"
            },
        ),
        Right("float32 inside", swap={"keepdims=True))": "keepdims=True), dtype=np.float32)"}),
    ),
    hints=(
        "Adding the same number to all scores of a row changes nothing in the ratio; choose the number so that `exp` is safe.",
        "After subtracting the row's maximum the largest exponent is 0. Sum along axis 1, and keep the axis.",
        "`e = np.exp(x - x.max(axis=1, keepdims=True))`, then divide `e` by `e.sum(axis=1, keepdims=True)`.",
    ),
)


def _vjp_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"p": _softmax(rng.normal(size=s) * 1.5), "dy": rng.normal(size=s)}
        for s in ((4, 3), (1, 5), (6, 2))
    ]


SOFTMAX_BACKWARD = Exercise(
    name="activations-softmax-backward",
    title="Back through softmax",
    difficulty=3,
    minutes=15,
    points=4,
    cases=_vjp_cases,
    probe=call,
    options={"name": "softmax_backward", "args": ("p", "dy"), "returns": ("dx",)},
    truth=lambda case: {"dx": vjp(_softmax, np.log(case["p"]), case["dy"])},
    reference='''
def softmax_backward(p, dy):
    """Return dL/dx from p = softmax(x) and dy = dL/dp, all of shape (batch, classes)."""
    return p * (dy - (dy * p).sum(axis=1, keepdims=True))
''',
    wrong=(
        Wrong(
            "slope-one",
            "Your `dx` is `dy` itself, as if the slope of softmax were 1; every output depends on every score, so a whole Jacobian stands between them.",
            swap={"p * (dy - (dy * p).sum(axis=1, keepdims=True))": "dy * 1.0"},
        ),
        Wrong(
            "diagonal-only",
            "Your `dx` keeps only the diagonal `p_i * (1 - p_i)` of the Jacobian: raising one score also lowers all the other probabilities.",
            swap={"p * (dy - (dy * p).sum(axis=1, keepdims=True))": "dy * p * (1 - p)"},
        ),
        Wrong(
            "off-diagonal-squared",
            "Your off-diagonal entries are `-p_i * p_i`; they are `-p_i * p_j`, so weigh each `dy_j` with its own `p_j` before you sum.",
            swap={"(dy * p).sum(axis=1, keepdims=True)": "p * dy.sum(axis=1, keepdims=True)"},
        ),
        Wrong(
            "sum-over-everything",
            "Your sum runs over the whole batch: each row has its own softmax, so sum along axis 1 and keep the axis.",
            swap={".sum(axis=1, keepdims=True)": ".sum()"},
        ),
        Wrong(
            "sum-over-batch",
            "Your sum runs down the columns, over the samples; it belongs along a row, over the classes.",
            swap={"axis=1": "axis=0"},
        ),
        Wrong(
            "outer-factor-missing",
            "Your `dx` is `dy` minus its mean under `p`; multiply the difference by `p`.",
            swap={
                "p * (dy - (dy * p).sum(axis=1, keepdims=True))": "dy - (dy * p).sum(axis=1, keepdims=True)"
            },
        ),
        Wrong(
            "cross-entropy-shortcut",
            "Your `dx` is `p - dy`: that shortcut holds for softmax and cross-entropy together with `dy` as the target, not for any gradient from above.",
            swap={"p * (dy - (dy * p).sum(axis=1, keepdims=True))": "p - dy"},
        ),
        Wrong(
            "weights-missing-in-sum",
            "Your sum adds up `dy` alone; each `dy_j` is weighted with its probability `p_j`.",
            swap={"(dy * p).sum": "dy.sum"},
        ),
    ),
    right=(
        Right(
            "Jacobian of every row",
            code="""
def softmax_backward(p, dy):
    rows = [(np.diag(q) - np.outer(q, q)) @ d for q, d in zip(p, dy)]
    return np.array(rows)
""",
        ),
        Right(
            "einsum",
            swap={"(dy * p).sum(axis=1, keepdims=True)": 'np.einsum("ij,ij->i", dy, p)[:, None]'},
        ),
        Right(
            "multiplied out",
            swap={
                "p * (dy - (dy * p).sum(axis=1, keepdims=True))": "p * dy - p * np.sum(p * dy, axis=-1, keepdims=True)"
            },
        ),
        Right("float32 inside", swap={"return p * ": "return p.astype(np.float32) * "}),
    ),
    hints=(
        "The Jacobian of one row has `p_i * (1 - p_i)` on its diagonal and `-p_i * p_j` beside it; `dx` is this matrix times `dy`.",
        "Write the product out for entry i: `p_i * dy_i - p_i * sum_j p_j * dy_j`. The sum is one number per row.",
        "`p * (dy - s)` with `s = (dy * p).sum(axis=1, keepdims=True)`.",
    ),
)


def _logit_cases(rng: np.random.Generator) -> list[Case]:
    shapes = (((5, 3), 0.5), ((1, 4), 2.5), ((3, 6), 1.6))
    return [{"p": _softmax(rng.normal(size=s)), "T": t} for s, t in shapes]


def _gives_back(got: Any, case: Case, values: Values) -> str:
    z = np.asarray(got, dtype=float)
    if z.shape != case["p"].shape:
        return f"`z` has shape {z.shape}, expected {case['p'].shape}."
    if not np.all(np.isfinite(z)):
        return "`z` is not finite everywhere."
    back = _softmax(z / case["T"])
    worst = float(np.abs(back - case["p"]).max())
    if worst < 1e-5:
        return ""
    return f"`softmax(z / T)` should give `p` back, but it is off by up to {worst:.3g}."


LOGITS = Exercise(
    name="activations-logits",
    title="From probabilities back to scores",
    difficulty=2,
    minutes=8,
    points=2,
    kind="property",
    cases=_logit_cases,
    probe=call,
    options={"name": "logits", "args": ("p", "T"), "returns": ("z",)},
    accept={"z": _gives_back},
    reference='''
def logits(p, T):
    """Return scores z with softmax(z / T) equal to p, row by row; any shift will do."""
    return T * np.log(p)
''',
    wrong=(
        Wrong(
            "temperature-forgotten",
            "Your `z` gives `p` back only at temperature 1: the scores are divided by `T` before the softmax, so multiply by it.",
            swap={"T * np.log(p)": "np.log(p)"},
        ),
        Wrong(
            "temperature-inverted",
            "Your `z` divides by `T`; the softmax will divide by it again, so here you multiply.",
            swap={"T * np.log(p)": "np.log(p) / T"},
        ),
        Wrong(
            "probabilities-as-scores",
            "Your `z` is built from the probabilities themselves; the inverse of `exp` is `log`.",
            swap={"T * np.log(p)": "T * p"},
        ),
        Wrong(
            "sigmoid-inverse",
            "Your `z` is `log(p / (1 - p))`, the inverse of a sigmoid; softmax needs `log(p)` only.",
            swap={"np.log(p)": "np.log(p / (1 - p))"},
        ),
        Wrong(
            "other-base",
            "Your `z` uses a logarithm of another base; softmax is made with `e`, so take the natural logarithm.",
            swap={"np.log(p)": "np.log10(p)"},
        ),
        Wrong(
            "sign",
            "Your `z` turns the order round: the most probable class needs the highest score.",
            swap={"T * np.log(p)": "-T * np.log(p)"},
        ),
        Wrong(
            "exp",
            "Your `z` takes `exp` of the probabilities; softmax has already done that, so undo it with `log`.",
            swap={"np.log(p)": "np.exp(p)"},
        ),
    ),
    right=(
        Right(
            "largest score zero",
            swap={"T * np.log(p)": "T * (np.log(p) - np.log(p).max(axis=1, keepdims=True))"},
        ),
        Right("first score zero", swap={"T * np.log(p)": "T * np.log(p / p[:, :1])"}),
        Right(
            "another shift per row",
            swap={"T * np.log(p)": "T * np.log(p) + 7 * np.arange(len(p))[:, None]"},
        ),
        Right(
            "float32 inside", swap={"T * np.log(p)": "np.float32(T) * np.log(p.astype(np.float32))"}
        ),
    ),
    hints=(
        "Softmax is `exp` followed by a division that is the same for the whole row.",
        "Taking `log` undoes `exp`, and the division turns into a shift, which softmax does not see.",
        "`softmax(log(p))` is `p`; make up for the division by `T` with a factor `T`.",
    ),
)


# --- heads and dead units -----------------------------------------------------------------------


def _head_cases(rng: np.random.Generator) -> list[Case]:
    def scores(n: int, k: int) -> np.ndarray:
        z = rng.normal(size=(n, k)) * 1.5
        return np.where(np.abs(z) < 0.02, 0.3, z)

    near = np.array([[0.3, 0.2, -0.4, 0.45], [1.2, 2.0, 0.4, -1.0], [-0.5, -0.1, -0.2, -3.0]])
    return [
        {"scores": scores(6, 1), "task": "binary"},
        {"scores": near[:, :1].copy(), "task": "binary"},
        {"scores": scores(5, 3), "task": "multi-class"},
        {"scores": scores(1, 4), "task": "multi-class"},
        {"scores": near, "task": "multi-label"},
        {"scores": scores(4, 2), "task": "regression"},
    ]


HEAD = Exercise(
    name="activations-predict",
    title="Which head decides how",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_head_cases,
    probe=call,
    options={"name": "predict", "args": ("scores", "task"), "returns": ("answer",)},
    reference='''
def predict(scores, task):
    """Return the network's answer for each row of raw scores (batch, outputs).

    task is "binary", "multi-label", "multi-class" or "regression".
    """
    if task == "multi-class":
        return scores.argmax(axis=1)
    if task == "regression":
        return scores
    return (scores > 0).astype(int)
''',
    wrong=(
        Wrong(
            "score-above-one-half",
            "Your threshold compares the raw score with 0.5; the sigmoid is 0.5 where the score is 0, so compare the score with 0 or the sigmoid with 0.5.",
            swap={"scores > 0": "scores > 0.5"},
        ),
        Wrong(
            "softmax-for-labels",
            "Your labels compete: softmax forces the row to sum to 1, so at most one label can pass 0.5; give each label a sigmoid of its own.",
            swap={
                "    return (scores > 0).astype(int)": '    if task == "multi-label":\n        e = np.exp(scores - scores.max(axis=1, keepdims=True))\n        return (e / e.sum(axis=1, keepdims=True) > 0.5).astype(int)\n    return (scores > 0).astype(int)'
            },
        ),
        Wrong(
            "one-label-only",
            "Your multi-label answer names one class per row; several labels may hold at once, so decide each column by itself.",
            swap={'if task == "multi-class":': 'if task in ("multi-class", "multi-label"):'},
        ),
        Wrong(
            "regression-squashed",
            "Your regression answer went through a sigmoid; a target can be any number, so return the scores as they are.",
            swap={"return scores\n": "return 0.5 * (1 + np.tanh(scores / 2))\n"},
        ),
        Wrong(
            "regression-cut",
            "Your regression answer is cut at zero: a ReLU in the last layer cannot predict negative targets.",
            swap={"return scores\n": "return np.maximum(scores, 0)\n"},
        ),
        Wrong(
            "argmax-over-samples",
            "Your `argmax` looks down the columns and finds the best sample; look along axis 1 for the best class.",
            swap={"axis=1": "axis=0"},
        ),
        Wrong(
            "argmax-of-one-column",
            "Your binary answer is the `argmax` of a single column, which is always 0; compare the score with 0 instead.",
            swap={
                '    if task == "regression":': '    if task == "binary":\n        return 0 * scores\n    if task == "regression":'
            },
        ),
        Wrong(
            "probabilities",
            "Your answer is a probability; a decision was asked for, 0 or 1.",
            swap={"(scores > 0).astype(int)": "0.5 * (1 + np.tanh(scores / 2))"},
        ),
    ),
    right=(
        Right(
            "by the sigmoid",
            swap={"(scores > 0).astype(int)": "(1 / (1 + np.exp(-scores)) >= 0.5) * 1"},
        ),
        Right("truth values", swap={"(scores > 0).astype(int)": "scores > 0"}),
        Right(
            "softmax first",
            swap={
                "return scores.argmax(axis=1)": "e = np.exp(scores); return np.argmax(e / e.sum(axis=1, keepdims=True), axis=1)"
            },
        ),
        Right(
            "loop",
            swap={
                "return scores.argmax(axis=1)": "return np.array([max(range(len(row)), key=lambda k: row[k]) for row in scores])"
            },
        ),
    ),
    hints=(
        "Ask first: can several answers be true at once, exactly one, or is the answer a number?",
        "Sigmoid and softmax rise with the score, so decisions can be read off the scores: which is above 0, which is largest.",
        "multi-class: `argmax(axis=1)`; binary and multi-label: `scores > 0`; regression: the scores themselves.",
    ),
)


def _activation_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, k, dead in ((20, 7, (1, 4)), (1, 5, ()), (6, 3, (0,)), (9, 4, ())):
        H = np.maximum(rng.normal(size=(n, k)), 0)
        H[0] += 0.1 * (np.arange(k) % 2)
        H[:, list(dead)] = 0
        if n > 1:
            alive = [j for j in range(k) if j not in dead]
            H[-1, alive] = rng.uniform(0.2, 1, size=len(alive))
            H[1, alive[0]] = 0
        cases.append({"H": H})
    return cases


DEAD = Exercise(
    name="activations-dead-fraction",
    title="Count the dead units",
    difficulty=2,
    minutes=10,
    points=2,
    cases=_activation_cases,
    probe=call,
    options={"name": "dead_fraction", "args": ("H",), "returns": ("fraction",)},
    reference='''
def dead_fraction(H):
    """Return the share of units that are 0 for every sample.

    H holds ReLU outputs, shape (samples, units).
    """
    return (H == 0).all(axis=0).mean()
''',
    wrong=(
        Wrong(
            "share-of-zeros",
            "Your number is the share of zeros; a unit that rests on some samples is healthy, and dead means 0 on all of them.",
            swap={"(H == 0).all(axis=0).mean()": "(H == 0).mean()"},
        ),
        Wrong(
            "any-instead-of-all",
            "Your number counts every unit that is 0 somewhere; a dead one is 0 for all samples, so use `all`, not `any`.",
            swap={".all(axis=0)": ".any(axis=0)"},
        ),
        Wrong(
            "samples-instead-of-units",
            "Your number is a share of samples: units are columns, so look down each column, along axis 0.",
            swap={"axis=0": "axis=1"},
        ),
        Wrong(
            "alive",
            "Your number is the share of units that are alive; the dead ones are the rest.",
            swap={"(H == 0).all(axis=0).mean()": "(H > 0).any(axis=0).mean()"},
        ),
        Wrong(
            "count",
            "Your number is a count; divide by the number of units to get a share.",
            swap={".mean()": ".sum()"},
        ),
        Wrong(
            "first-sample",
            "Your number looks at the first sample only; a unit that rests there may fire for another.",
            swap={"(H == 0).all(axis=0).mean()": "(H[0] == 0).mean()"},
        ),
        Wrong(
            "divided-by-samples",
            "Your number divides by the number of samples; it is a share of the units.",
            swap={".mean()": ".sum() / len(H)"},
        ),
    ),
    right=(
        Right("by the maximum", swap={"(H == 0).all(axis=0)": "(H.max(axis=0) == 0)"}),
        Right("by the sum", swap={"(H == 0).all(axis=0)": "(H.sum(axis=0) == 0)"}),
        Right(
            "loop",
            code="""
def dead_fraction(H):
    dead = 0
    for column in H.T:
        dead += not column.any()
    return dead / H.shape[1]
""",
        ),
    ),
    hints=(
        "One zero proves nothing: in a healthy layer, half of all ReLU outputs may well be zero.",
        "A unit is a column of `H`; it is dead when the whole column is zero.",
        "`(H == 0).all(axis=0)` marks the dead units, and the mean of marks is their share.",
    ),
)


# --- a gate -------------------------------------------------------------------------------------


def _gate_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "x": rng.normal(size=(n, d)),
            "W": rng.normal(size=(d, k)),
            "V": rng.normal(size=(d, k)),
            "dy": rng.normal(size=(n, k)),
        }
        for n, d, k in ((5, 3, 4), (1, 4, 2), (6, 2, 3))
    ]


def _gated(x: Any, W: Any, V: Any) -> Any:
    a = x @ W
    return a * 0.5 * (1 + np.tanh(a / 2)) * (x @ V)


SWIGLU = Exercise(
    name="activations-swiglu",
    title="SwiGLU: one half gates the other",
    difficulty=3,
    minutes=20,
    points=4,
    kind="layer",
    cases=_gate_cases,
    probe=layer,
    options={"name": "SwiGLU", "init": ("W", "V"), "params": ("W", "V")},
    truth=lambda c: {
        "dx": vjp(lambda x: _gated(x, c["W"], c["V"]), c["x"], c["dy"]),
        "dW": grad(lambda W: np.sum(_gated(c["x"], W, c["V"]) * c["dy"]), c["W"]),
        "dV": grad(lambda V: np.sum(_gated(c["x"], c["W"], V) * c["dy"]), c["V"]),
    },
    reference='''
class SwiGLU:
    """y = swish(x @ W) * (x @ V): W and V have shape (n_in, n_out)."""

    params = ("W", "V")

    def __init__(self, W, V):
        self.W, self.V = W, V

    def forward(self, x):
        self.x, self.a, self.v = x, x @ self.W, x @ self.V
        self.s = 0.5 * (1 + np.tanh(self.a / 2))  # sigmoid(a)
        return self.a * self.s * self.v

    def backward(self, dy):
        dv = dy * self.a * self.s
        da = dy * self.v * (self.s + self.a * self.s * (1 - self.s))
        self.dW = self.x.T @ da
        self.dV = self.x.T @ dv
        return da @ self.W.T + dv @ self.V.T
''',
    wrong=(
        Wrong(
            "value-path-missing",
            "Your `dx` comes back through `W` only: `x` feeds the value half `x @ V` too, so add `dv @ V.T`.",
            swap={"da @ self.W.T + dv @ self.V.T": "da @ self.W.T"},
        ),
        Wrong(
            "gate-path-missing",
            "Your `dx` comes back through `V` only: `x` feeds the gate `x @ W` too, so add `da @ W.T`.",
            swap={"da @ self.W.T + dv @ self.V.T": "dv @ self.V.T"},
        ),
        Wrong(
            "sigmoid-for-swish-slope",
            "Your `da` uses the sigmoid as the slope of swish; the slope is `s + a * s * (1 - s)`.",
            swap={"(self.s + self.a * self.s * (1 - self.s))": "self.s"},
        ),
        Wrong(
            "slope-of-sigmoid",
            "Your `da` uses the slope of a sigmoid gate; swish has the product rule's other term `s` as well.",
            swap={"(self.s + self.a * self.s * (1 - self.s))": "(self.s * (1 - self.s))"},
        ),
        Wrong(
            "other-half-missing",
            "Your `da` leaves out the factor `v`: the derivative of a product keeps the other factor.",
            swap={"dy * self.v * (self.s": "dy * (self.s"},
        ),
        Wrong(
            "gate-not-swish",
            "Your `y` gates with the sigmoid of `x @ W`, which is a GLU; in SwiGLU the gate is swish, `a * sigmoid(a)`.",
            swap={"return self.a * self.s * self.v": "return self.s * self.v"},
        ),
        Wrong(
            "swapped",
            "Your `dW` and `dV` are swapped: `W` makes the gate `a`, so its gradient is built from `da`.",
            swap={
                "self.dW = self.x.T @ da": "self.dW = self.x.T @ dv",
                "self.dV = self.x.T @ dv": "self.dV = self.x.T @ da",
            },
        ),
        Wrong(
            "averaged",
            "Your `dW` and `dV` are divided by the batch size; the loss has done that already, so the product sums over the rows.",
            swap={
                "self.x.T @ da": "self.x.T @ da / len(dy)",
                "self.x.T @ dv": "self.x.T @ dv / len(dy)",
            },
        ),
    ),
    right=(
        Right(
            "einsum",
            swap={
                "self.x.T @ da": 'np.einsum("ni,nj->ij", self.x, da)',
                "self.x.T @ dv": 'np.einsum("ni,nj->ij", self.x, dv)',
            },
        ),
        Right(
            "factored slope",
            swap={
                "self.s + self.a * self.s * (1 - self.s)": "self.s * (1 + self.a * (1 - self.s))"
            },
        ),
        Right(
            "gate kept",
            swap={
                "return self.a * self.s * self.v": "self.gate = self.a * self.s\n        return self.gate * self.v",
                "dv = dy * self.a * self.s": "dv = dy * self.gate",
            },
        ),
    ),
    hints=(
        "Name the two halves `a = x @ W` and `v = x @ V`: the output is `swish(a) * v`, and both halves come from `x`.",
        "Product rule: `dv = dy * swish(a)` and `da = dy * v * swish'(a)`; each then goes back through its own matrix.",
        "`dW = x.T @ da`, `dV = x.T @ dv`, and `dx` is the sum `da @ W.T + dv @ V.T`.",
    ),
)


# --- questions ----------------------------------------------------------------------------------

STEP_REASON = choice(
    "activations-step-reason",
    "Why the step function cannot learn",
    answer="c",
    options={
        "a": "The jump at 0 is one single point; training would survive that, as it survives the kink of ReLU.",
        "b": "Its bounded output is harmless: the sigmoid is bounded too, and it learns.",
        "d": "It is non-linear: two layers of steps solve XOR, if someone sets the weights by hand.",
    },
    hints=(
        "Ask what gradient descent needs from each unit to know which way to move.",
        "Write down the derivative of the step at 2, and at -0.3.",
        "A slope of 0 almost everywhere multiplies every gradient from above by 0.",
    ),
)

HEAD_CHOICE = choice(
    "activations-photo-head",
    "A head for photo tags",
    answer="b",
    options={
        "a": "Softmax makes the tags compete: a photo with a dog and a frisbee could not have both above one half.",
        "c": "A ReLU head has no upper end, so its output cannot be read as the chance of a tag.",
        "d": "A single sigmoid gives a single yes or no; there are 40 tags to decide.",
    },
    hints=(
        "A photo may show a dog and a frisbee.",
        "Each tag is a yes-or-no question of its own.",
        "Forty independent yes-or-no questions need forty sigmoids.",
    ),
)

DEAD_CHOICE = choice(
    "activations-dead-reason",
    "What a zero output means",
    answer="d",
    options={
        "a": "A unit that is zero on one sample still gets gradients from the samples on which it fires.",
        "b": "A unit that fires on the other half still learns from it: that is sparsity, not death.",
        "c": "While the layers below still learn, they may move its input back above zero, so nothing is certain forever.",
    },
    hints=(
        "The gradient of a unit's weights is a sum over samples.",
        "A sample adds nothing to that sum if the unit is zero on it.",
        "The sum is zero only if the unit is zero on every sample.",
    ),
)

VANISHING = prediction(
    "activations-vanishing",
    "How fast sigmoids fade",
    truth=10.0,
    within=0.4,
    mistakes={
        "slope-one-half": (
            20.0,
            "You took one half, the value of the sigmoid at 0; its slope there is one quarter.",
        ),
        "slope-one": (1e6, "The slope of a sigmoid is never 1; at its steepest it is one quarter."),
        "slope-one-tenth": (
            6.0,
            "That would need a slope of one tenth; the steepest slope of a sigmoid is one quarter.",
        ),
        "one-too-few": (
            9.0,
            "Nine layers leave a factor of about 4e-6, which is still above one millionth.",
        ),
        "added": (4.0, "The slopes of successive layers multiply; they are not added."),
    },
    hints=(
        "Every sigmoid layer multiplies the gradient by its slope; find the largest slope there is.",
        "`s * (1 - s)` is largest at `s = 1/2`. How often must you multiply by it to fall below one millionth?",
        "Find the smallest `n` with `0.25**n < 1e-6`.",
    ),
)

SPARSITY = prediction(
    "activations-sparsity",
    "How sparse is a biased ReLU",
    truth=0.309,
    within=0.02,
    mistakes={
        "always-half": (
            0.5,
            "One half is right only for pre-activations with mean 0; the bias shifts the bell to the right.",
        ),
        "other-side": (0.691, "That is the share that stays positive; the zeros are the rest."),
        "spread-ignored": (
            0.159,
            "That is the share for a standard deviation of 1; here it is 2, so 0 lies half a deviation below the mean.",
        ),
        "variance-for-deviation": (
            0.401,
            "That divides by the variance; measure the distance to the mean in standard deviations.",
        ),
        "none": (0.0, "The mean is positive, but the bell reaches below 0."),
    },
    hints=(
        "The output is zero where the pre-activation is below zero: ask how much of the bell lies there.",
        "Zero lies (0 - 1) / 2 standard deviations from the mean.",
        "The share of a standard normal below -0.5 is about 0.31.",
    ),
)


MORE = [
    SOFTMAX,
    SOFTMAX_BACKWARD,
    LOGITS,
    HEAD,
    DEAD,
    SWIGLU,
    STEP_REASON,
    HEAD_CHOICE,
    DEAD_CHOICE,
    VANISHING,
    SPARSITY,
    *BUGS,
]
