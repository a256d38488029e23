"""Chapter 3, second half: softmax and heads, dead units, gates, questions and bugs."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.bank._numeric import grad, vjp
from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.kinds import choice, find_bug, prediction
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
            swap={"x.max(axis=1, keepdims=True)": "x.max(axis=0, keepdims=True)", "e.sum(axis=1, keepdims=True)": "e.sum(axis=0, keepdims=True)"},
        ),
        Wrong(
            "keepdims-missing",
            "Your row maxima have shape `(batch,)` and do not line up with the rows: keep the axis with `keepdims=True`.",
            swap={"x.max(axis=1, keepdims=True)": "x.max(axis=1)", "e.sum(axis=1, keepdims=True)": "e.sum(axis=1)"},
        ),
        Wrong(
            "order-reversed",
            "Your largest score gets the smallest probability: the sign in the exponent is wrong.",
            swap={"np.exp(x - x.max(axis=1, keepdims=True))": "np.exp(x.min(axis=1, keepdims=True) - x)"},
        ),
        Wrong(
            "sigmoids-normalized",
            "Your `p` divides sigmoids by their sum; softmax divides exponentials, which keeps `p_i / p_j = exp(x_i - x_j)`.",
            swap={"np.exp(x - x.max(axis=1, keepdims=True))": "0.5 * (1 + np.tanh(x / 2)) + 1e-300"},
        ),
        Wrong(
            "never-normalized",
            "Your rows do not sum to 1: divide by the row's sum after taking `exp`.",
            swap={"return e / e.sum(axis=1, keepdims=True)": "return e"},
        ),
        Wrong(
            "softmax-twice",
            "Your `p` is too even: softmax has been applied twice.",
            swap={"    return e / e.sum(axis=1, keepdims=True)": "    e = np.exp(e / e.sum(axis=1, keepdims=True))\n    return e / e.sum(axis=1, keepdims=True)"},
        ),
    ),
    right=(
        Right("loop over rows", code='''
def softmax(x):
    p = np.empty_like(x)
    for i, row in enumerate(x):
        e = np.exp(row - row.max())
        p[i] = e / e.sum()
    return p
'''),
        Right("by log-sum-exp", code='''
def softmax(x):
    return np.exp(x - np.logaddexp.reduce(x, axis=1)[:, None])
'''),
        Right("einsum", swap={"e / e.sum(axis=1, keepdims=True)": 'e / np.einsum("ij->i", e)[:, None]'}),
        Right("in place on its own copy", swap={"    return e / e.sum(axis=1, keepdims=True)": "    e /= e.sum(axis=-1, keepdims=True)\n    return e"}),
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
            swap={"p * (dy - (dy * p).sum(axis=1, keepdims=True))": "dy - (dy * p).sum(axis=1, keepdims=True)"},
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
        Right("Jacobian of every row", code='''
def softmax_backward(p, dy):
    rows = [(np.diag(q) - np.outer(q, q)) @ d for q, d in zip(p, dy)]
    return np.array(rows)
'''),
        Right("einsum", swap={"(dy * p).sum(axis=1, keepdims=True)": 'np.einsum("ij,ij->i", dy, p)[:, None]'}),
        Right("multiplied out", swap={"p * (dy - (dy * p).sum(axis=1, keepdims=True))": "p * dy - p * np.sum(p * dy, axis=-1, keepdims=True)"}),
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
        Right("largest score zero", swap={"T * np.log(p)": "T * (np.log(p) - np.log(p).max(axis=1, keepdims=True))"}),
        Right("first score zero", swap={"T * np.log(p)": "T * np.log(p / p[:, :1])"}),
        Right("another shift per row", swap={"T * np.log(p)": "T * np.log(p) + 7 * np.arange(len(p))[:, None]"}),
        Right("float32 inside", swap={"T * np.log(p)": "np.float32(T) * np.log(p.astype(np.float32))"}),
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
            swap={'    if task == "regression":': '    if task == "binary":\n        return 0 * scores\n    if task == "regression":'},
        ),
        Wrong(
            "probabilities",
            "Your answer is a probability; a decision was asked for, 0 or 1.",
            swap={"(scores > 0).astype(int)": "0.5 * (1 + np.tanh(scores / 2))"},
        ),
    ),
    right=(
        Right("by the sigmoid", swap={"(scores > 0).astype(int)": "(1 / (1 + np.exp(-scores)) >= 0.5) * 1"}),
        Right("truth values", swap={"(scores > 0).astype(int)": "scores > 0"}),
        Right(
            "softmax first",
            swap={"return scores.argmax(axis=1)": "e = np.exp(scores); return np.argmax(e / e.sum(axis=1, keepdims=True), axis=1)"},
        ),
        Right("loop", swap={"return scores.argmax(axis=1)": "return np.array([max(range(len(row)), key=lambda k: row[k]) for row in scores])"}),
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
        Right("loop", code='''
def dead_fraction(H):
    dead = 0
    for column in H.T:
        dead += not column.any()
    return dead / H.shape[1]
'''),
    ),
    hints=(
        "One zero proves nothing: half of all ReLU outputs are zero in a healthy layer.",
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
            swap={"self.dW = self.x.T @ da": "self.dW = self.x.T @ dv", "self.dV = self.x.T @ dv": "self.dV = self.x.T @ da"},
        ),
        Wrong(
            "averaged",
            "Your `dW` and `dV` are divided by the batch size; the loss has done that already, so the product sums over the rows.",
            swap={"self.x.T @ da": "self.x.T @ da / len(dy)", "self.x.T @ dv": "self.x.T @ dv / len(dy)"},
        ),
    ),
    right=(
        Right("einsum", swap={"self.x.T @ da": 'np.einsum("ni,nj->ij", self.x, da)', "self.x.T @ dv": 'np.einsum("ni,nj->ij", self.x, dv)'}),
        Right("factored slope", swap={"self.s + self.a * self.s * (1 - self.s)": "self.s * (1 + self.a * (1 - self.s))"}),
        Right("gate kept", swap={"return self.a * self.s * self.v": "self.gate = self.a * self.s\n        return self.gate * self.v", "dv = dy * self.a * self.s": "dv = dy * self.gate"}),
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
        "b": "Half of all outputs of a healthy ReLU layer are zero: that is sparsity, not death.",
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
        "slope-one-half": (20.0, "You took one half, the value of the sigmoid at 0; its slope there is one quarter."),
        "slope-one": (1e6, "The slope of a sigmoid is never 1; at its steepest it is one quarter."),
        "slope-one-tenth": (6.0, "That would need a slope of one tenth; the steepest slope of a sigmoid is one quarter."),
        "one-too-few": (9.0, "Nine layers leave a factor of about 4e-6, which is still above one millionth."),
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
        "always-half": (0.5, "One half is right only for pre-activations with mean 0; the bias shifts the bell to the right."),
        "other-side": (0.691, "That is the share that stays positive; the zeros are the rest."),
        "spread-ignored": (0.159, "That is the share for a standard deviation of 1; here it is 2, so 0 lies half a deviation below the mean."),
        "variance-for-deviation": (0.401, "That divides by the variance; measure the distance to the mean in standard deviations."),
        "none": (0.0, "The mean is positive, but the bell reaches below 0."),
    },
    hints=(
        "The output is zero where the pre-activation is below zero: ask how much of the bell lies there.",
        "Zero lies (0 - 1) / 2 standard deviations from the mean.",
        "The share of a standard normal below -0.5 is about 0.31.",
    ),
)


# --- find the bug -------------------------------------------------------------------------------


def _curve(rng: np.random.Generator) -> list[Case]:
    return [{"x": rng.uniform(-3, 3, size=s)} for s in ((4, 3), (1, 5), (7,))]


def _gelu_tanh(x: Any) -> Any:
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


BUG_GELU = find_bug(
    "activations-bug-gelu",
    "Find the bug: the slope of GELU",
    function="gelu_slope",
    args=("x",),
    cases=_curve,
    truth=lambda case: {"repaired": grad(lambda x: np.sum(_gelu_tanh(x)), case["x"])},
    repaired='''
def gelu_slope(x):
    """Return the slope of 0.5 * x * (1 + tanh(c * (x + 0.044715 * x**3)))."""
    c = np.sqrt(2 / np.pi)
    t = np.tanh(c * (x + 0.044715 * x**3))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * c * (1 + 3 * 0.044715 * x**2)
''',
    buggy='''
def gelu_slope(x):
    c = np.sqrt(2 / np.pi)
    return 0.5 * (1 + np.tanh(c * (x + 0.044715 * x**3)))
''',
    witness="(np.array([1.0]),)",
    cause="b",
    causes={
        "a": "The constant `sqrt(2 / pi)` is the right one; look at what the product rule asks for.",
        "c": "The cubic term has its right coefficient; at `x = 1` the error is far larger than a coefficient could cause.",
        "d": "It is no matter of rounding: at `x = 1` the code gives 0.84 and the slope is 1.08.",
    },
    bug_says="Your slope still has one term only: GELU is a product with `x`, so add `x` times the slope of the other factor.",
    wrong=(
        Wrong(
            "inner-slope-missing",
            "Your second term lacks the chain rule's last factor, the slope `c * (1 + 3 * 0.044715 * x**2)` of what stands inside the tanh.",
            swap={" * c * (1 + 3 * 0.044715 * x**2)": ""},
        ),
        Wrong(
            "three-missing",
            "Your inner slope has `0.044715 * x**2`; the derivative of `x**3` brings a factor 3.",
            swap={"3 * 0.044715": "0.044715"},
        ),
        Wrong(
            "half-missing",
            "Your second term lacks its factor one half.",
            swap={"+ 0.5 * x": "+ x"},
        ),
    ),
    right=(
        Right("constant multiplied out", swap={"3 * 0.044715": "0.134145"}),
        Right("complex step", code='''
def gelu_slope(x):
    z = x + 1e-30j
    return np.imag(0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))) / 1e-30
'''),
    ),
    hints=(
        "Compare the code with a central difference at a few points, 1 and -1 among them.",
        "The function is a product of `0.5 * x` and `1 + tanh(...)`; the product rule gives two terms.",
        "Add `0.5 * x * (1 - t**2) * c * (1 + 3 * 0.044715 * x**2)`, where `t` is the tanh.",
    ),
)

BUG_MISH = find_bug(
    "activations-bug-mish",
    "Find the bug: the slope of Mish",
    function="mish_slope",
    args=("x",),
    cases=_curve,
    truth=lambda case: {
        "repaired": grad(lambda x: np.sum(x * np.tanh(np.logaddexp(0, x))), case["x"])
    },
    repaired='''
def mish_slope(x):
    """Return the slope of x * tanh(softplus(x))."""
    t = np.tanh(np.logaddexp(0, x))
    s = 0.5 * (1 + np.tanh(x / 2))
    return t + x * (1 - t**2) * s
''',
    buggy='''
def mish_slope(x):
    e = np.exp(x)
    omega = 4 * (x + 1) + 4 * e**2 + e**3 + e * (6 + 4 * x) + 4 + 2 * x
    delta = 1 + e
    return e * omega / delta**2
''',
    witness="(np.array([0.0]),)",
    cause="a",
    causes={
        "b": "Nothing overflows at `x = 0`, and the code is wrong there already.",
        "c": "The sign is right: code and slope are both positive at `x = 0`, but 3.75 is not 0.6.",
        "d": "It is wrong for single numbers as well as for arrays.",
    },
    bug_says="Your slope is still the printed closed form; at `x = 0` it gives 3.75 instead of 0.6, so derive the slope again by product and chain rule.",
    wrong=(
        Wrong(
            "one-term",
            "Your slope has only the first term of the product rule; add `x` times the slope of `tanh(softplus(x))`.",
            swap={"t + x * (1 - t**2) * s": "t"},
        ),
        Wrong(
            "sigmoid-missing",
            "Your second term stops at the tanh; the softplus inside has the sigmoid for its slope.",
            swap={"(1 - t**2) * s": "(1 - t**2)"},
        ),
        Wrong(
            "denominator-only",
            "Your denominator is repaired, but `omega` still has terms too many: it is `4 * (x + 1) + 4 * e**2 + e**3 + e * (4 * x + 6)`.",
            code='''
def mish_slope(x):
    e = np.exp(x)
    omega = 4 * (x + 1) + 4 * e**2 + e**3 + e * (6 + 4 * x) + 4 + 2 * x
    return e * omega / (2 * e + e**2 + 2) ** 2
''',
        ),
    ),
    right=(
        Right("closed form", code='''
def mish_slope(x):
    e = np.exp(x)
    omega = 4 * (x + 1) + 4 * e**2 + e**3 + e * (4 * x + 6)
    return e * omega / (2 * e + e**2 + 2) ** 2
'''),
        Right("sigmoid written out", swap={"0.5 * (1 + np.tanh(x / 2))": "1 / (1 + np.exp(-x))"}),
    ),
    hints=(
        "Try the simplest point of all, `x = 0`, by hand: the slope is `tanh(log 2)`, which is 0.6.",
        "Forget the closed form: derive `x * tanh(softplus(x))` by the product rule, then the chain rule.",
        "The slope is `t + x * (1 - t**2) * s` with `t = tanh(softplus(x))` and `s = sigmoid(x)`.",
    ),
)


def _slopes(rng: np.random.Generator) -> list[Case]:
    x = rng.uniform(0.1, 2, size=(4, 3)) * rng.choice([-1.0, 1.0], size=(4, 3))
    x.flat[0], x.flat[1] = -1.5, 0.8
    return [{"x": x * k, "alpha": a} for k, a in ((1.0, 0.25), (0.7, 1.5), (1.3, -0.4))]


BUG_PRELU = find_bug(
    "activations-bug-prelu",
    "Find the bug: PReLU in one maximum",
    function="prelu",
    args=("x", "alpha"),
    cases=_slopes,
    repaired='''
def prelu(x, alpha):
    """Return x where x is positive, else alpha * x, for any alpha."""
    return np.maximum(x, 0) + alpha * np.minimum(x, 0)
''',
    buggy='''
def prelu(x, alpha):
    return np.maximum(alpha * x, x)
''',
    witness="(np.array([-2.0, 2.0]), 1.5)",
    cause="d",
    causes={
        "a": "At exactly `x = 0` both forms give 0.",
        "b": "`np.maximum` compares entry by entry, as it should; the two lines it compares are the trouble.",
        "c": "A negative `alpha` alone is handled well: the larger of the two lines is then the right one.",
    },
    bug_says="Your function still takes the larger of `x` and `alpha * x`, which picks the wrong line as soon as `alpha` is above 1.",
    wrong=(
        Wrong(
            "clipped-alpha",
            "Your function forbids slopes above 1 instead of computing them; a learned slope may go there.",
            swap={"alpha *": "min(alpha, 1.0) *"},
        ),
        Wrong(
            "minimum",
            "Your function takes the smaller line, which is wrong as soon as `alpha` is below 1.",
            code="def prelu(x, alpha):\n    return np.minimum(alpha * x, x)\n",
        ),
        Wrong(
            "absolute-alpha",
            "Your function drops the sign of `alpha`; a learned slope may be negative too.",
            swap={"alpha *": "abs(alpha) *"},
        ),
    ),
    right=(
        Right("where", code="def prelu(x, alpha):\n    return np.where(x > 0, x, alpha * x)\n"),
        Right("slope by mask", code="def prelu(x, alpha):\n    return x * np.where(x > 0, 1.0, alpha)\n"),
    ),
    hints=(
        "Nothing keeps a learned slope below 1.",
        "Try `alpha = 1.5` on one negative and one positive number, and do the same by hand.",
        "Decide by the sign of `x`, not by which line is higher: `np.maximum(x, 0) + alpha * np.minimum(x, 0)`.",
    ),
)


def _tables(rng: np.random.Generator) -> list[Case]:
    far = np.array([[3.0, 1.0, 0.5, -1.0], [-900.0, -901.0, -899.0, -903.0]])
    near = np.array([[900.0, 901.0], [899.5, 902.0], [901.0, 900.7]])
    return [{"x": rng.normal(size=(5, 3))}, {"x": rng.normal(size=(1, 2))}, {"x": far}, {"x": near}]


BUG_SOFTMAX = find_bug(
    "activations-bug-softmax",
    "Find the bug: a softmax that passes every gradient check",
    function="softmax",
    args=("x",),
    cases=_tables,
    repaired='''
def softmax(x):
    """Return softmax of every row of x, shape (batch, classes)."""
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
''',
    buggy='''
def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum(axis=1, keepdims=True)
''',
    witness="(np.array([[1000.0, 999.0], [0.0, 1.0]]),)",
    cause="b",
    causes={
        "a": "The sum is right: it runs over the classes of each row and keeps its axis.",
        "c": "With the shift nothing exceeds `exp(0)`, so there is no overflow; look at the other end.",
        "d": "A shift always cancels between numerator and denominator, so the values are right as long as both can be computed.",
    },
    bug_says="Your shift is still the maximum of the whole array: a row far below it underflows to 0 / 0.",
    wrong=(
        Wrong(
            "no-shift",
            "Your code no longer shifts at all; now large scores overflow.",
            swap={"x - x.max(axis=1, keepdims=True)": "x"},
        ),
        Wrong(
            "shift-per-column",
            "Your shift differs from class to class, so it does not cancel: take the maximum along axis 1.",
            swap={"x.max(axis=1, keepdims=True)": "x.max(axis=0, keepdims=True)"},
        ),
        Wrong(
            "patched-with-epsilon",
            "Your code adds a small number to the sum: the NaN is gone, but the row is now all zeros instead of a distribution.",
            code='''
def softmax(x):
    e = np.exp(x - x.max())
    return e / (e.sum(axis=1, keepdims=True) + 1e-12)
''',
        ),
    ),
    right=(
        Right("loop", code='''
def softmax(x):
    rows = [np.exp(row - row.max()) for row in x]
    return np.array([e / e.sum() for e in rows])
'''),
        Right("by log-sum-exp", code='''
def softmax(x):
    return np.exp(x - np.logaddexp.reduce(x, axis=1, keepdims=True))
'''),
    ),
    hints=(
        "A gradient check at ordinary scores finds nothing. Which inputs did the shift want to protect against?",
        "Give it two rows that are far from each other, one near 1000 and one near 0.",
        "Shift every row by its own maximum: `x.max(axis=1, keepdims=True)`.",
    ),
)


def _curves(rng: np.random.Generator) -> list[Case]:
    falling = np.exp(-0.3 * np.arange(12)) + 0.02 * rng.uniform(size=12)
    bumpy = np.array([0.9, 0.5, 0.31, 0.42, 0.28, 0.35, 0.2])
    return [
        {"losses": falling, "target": 0.25},
        {"losses": bumpy, "target": 0.32},
        {"losses": bumpy[:1], "target": 0.9},
        {"losses": bumpy, "target": 0.05},
    ]


BUG_EPOCHS = find_bug(
    "activations-bug-epochs",
    "Find the bug: everything converges in 500 epochs",
    function="epochs_to_target",
    args=("losses", "target"),
    cases=_curves,
    repaired='''
def epochs_to_target(losses, target):
    """Return the first epoch, counted from 1, whose loss is at most target; inf if there is none."""
    for epoch, loss in enumerate(losses, start=1):
        if loss <= target:
            return epoch
    return np.inf
''',
    buggy='''
def epochs_to_target(losses, target):
    return len(losses)
''',
    witness="(np.array([0.9, 0.2, 0.1]), 0.3)",
    cause="c",
    causes={
        "a": "Counting from 0 or 1 would shift the answer by one; here it is the same for every curve.",
        "b": "The comparison with the target is not wrong, it is missing.",
        "d": "The seed has no part in it: the answer is the same for any losses at all.",
    },
    bug_says="Your function still returns the number of recorded epochs, which is the same for every curve; look for the first loss at or below `target`.",
    wrong=(
        Wrong(
            "counted-from-zero",
            "Your epochs are counted from 0; the first epoch is number 1.",
            swap={"start=1": "start=0"},
        ),
        Wrong(
            "last-instead-of-first",
            "Your answer is the last epoch at or below the target; convergence is the first one.",
            code='''
def epochs_to_target(losses, target):
    hits = np.flatnonzero(np.asarray(losses) <= target)
    return hits[-1] + 1 if len(hits) else np.inf
''',
        ),
        Wrong(
            "never-is-the-end",
            "Your function reports the last epoch for a curve that never gets there; say `np.inf`, or a failure looks like a success.",
            swap={"return np.inf": "return len(losses)"},
        ),
        Wrong(
            "argmax-of-nothing",
            "Your function reports epoch 1 for a curve that never gets there: `argmax` of all false is 0.",
            code='''
def epochs_to_target(losses, target):
    return int(np.argmax(np.asarray(losses) <= target)) + 1
''',
        ),
        Wrong(
            "strictly-below",
            "Your comparison leaves out a loss that is exactly `target`; at most means `<=`.",
            swap={"loss <= target": "loss < target"},
        ),
    ),
    right=(
        Right("flatnonzero", code='''
def epochs_to_target(losses, target):
    hits = np.flatnonzero(np.asarray(losses) <= target)
    return hits[0] + 1 if len(hits) else float("inf")
'''),
        Right("generator", code='''
def epochs_to_target(losses, target):
    return next((i + 1 for i, v in enumerate(losses) if v <= target), np.inf)
'''),
    ),
    hints=(
        "Call it with two curves of the same length, one that falls fast and one that does not.",
        "The function never looks at the losses, only at how many there are.",
        "Walk through the losses and return the number of the first that is at most `target`; after the loop return `np.inf`.",
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
    BUG_GELU,
    BUG_MISH,
    BUG_PRELU,
    BUG_SOFTMAX,
    BUG_EPOCHS,
]
