"""Chapter 9, transfer learning: small additions to a frozen layer, and learning from a teacher."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.bank._numeric import grad, vjp
from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.probe import call, layer

# --- a low-rank adapter -------------------------------------------------------------------------


def _lora_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "x": rng.normal(size=(n, k)),
            "dy": rng.normal(size=(n, m)),
            "W": rng.normal(size=(k, m)),
            "b": rng.normal(size=m),
            "A": rng.normal(size=(k, r)),
            "B": rng.normal(size=(r, m)),
            "alpha": alpha,
        }
        for n, k, m, r, alpha in ((5, 4, 3, 2, 3.0), (1, 6, 5, 3, 1.5), (7, 3, 6, 2, 0.7))
    ]


def _lora_forward(case: Case, **other: Any) -> Any:
    c = {**case, **other}
    scale = c["alpha"] / c["A"].shape[1]
    return c["x"] @ (c["W"] + scale * c["A"] @ c["B"]) + c["b"]


def _lora_truth(case: Case) -> Values:
    def slope(name: str) -> Any:
        return vjp(lambda v: _lora_forward(case, **{name: v}), case[name], case["dy"])

    return {"y": _lora_forward(case), "dx": slope("x"), "dA": slope("A"), "dB": slope("B")}


LORA = Exercise(
    name="transfer_learning-lora",
    title="A low-rank adapter on a frozen layer",
    kind="layer",
    difficulty=3,
    minutes=20,
    points=4,
    cases=_lora_cases,
    probe=layer,
    options={"name": "LoRA", "init": ("W", "b", "A", "B", "alpha"), "params": ("A", "B")},
    truth=_lora_truth,
    reference='''
class LoRA:
    """y = x W + b + (alpha / r) (x A) B with W and b frozen; A is (n_in, r), B is (r, n_out)."""

    params = ("A", "B")

    def __init__(self, W, b, A, B, alpha):
        self.W, self.b, self.A, self.B = W, b, A, B
        self.scale = alpha / A.shape[1]

    def forward(self, x):
        self.x = x
        self.low = x @ self.A
        return x @ self.W + self.b + self.scale * (self.low @ self.B)

    def backward(self, dy):
        dlow = self.scale * (dy @ self.B.T)
        self.dA = self.x.T @ dlow
        self.dB = self.scale * (self.low.T @ dy)
        return dy @ self.W.T + dlow @ self.A.T
''',
    wrong=(
        Wrong(
            "alpha-not-divided",
            "You scale the adapter by `alpha`; divide it by the rank, so that a higher rank does not "
            "mean a larger step.",
            swap={"alpha / A.shape[1]": "alpha"},
        ),
        Wrong(
            "divided-by-inputs",
            "You divide `alpha` by the number of inputs; the rank is the *second* axis of `A`.",
            swap={"alpha / A.shape[1]": "alpha / A.shape[0]"},
        ),
        Wrong(
            "not-scaled",
            "The factor `alpha / r` is missing from the adapter, in both passes.",
            swap={"self.scale = alpha / A.shape[1]": "self.scale = 1.0"},
        ),
        Wrong(
            "adapter-alone",
            "The frozen part `x W + b` is missing: the adapter is added to what the layer knows.",
            swap={
                "x @ self.W + self.b + self.scale": "self.scale",
                "dy @ self.W.T + dlow": "dlow",
            },
        ),
        Wrong(
            "frozen-stops-gradient",
            "Your `dx` lacks the frozen path: `W` is not trained, but the gradient still flows "
            "through it to the layers below.",
            swap={"dy @ self.W.T + dlow @ self.A.T": "dlow @ self.A.T"},
        ),
        Wrong(
            "adapter-path-lost",
            "Your `dx` lacks the adapter's path, `dlow @ A.T`.",
            swap={"dy @ self.W.T + dlow @ self.A.T": "dy @ self.W.T"},
        ),
        Wrong(
            "dA-not-scaled",
            "Your `dA` and the adapter's part of `dx` lack the factor `alpha / r`.",
            swap={"dlow = self.scale * (dy @ self.B.T)": "dlow = dy @ self.B.T"},
        ),
        Wrong(
            "dB-not-scaled",
            "Your `dB` lacks the factor `alpha / r`.",
            swap={"self.dB = self.scale * (self.low.T @ dy)": "self.dB = self.low.T @ dy"},
        ),
        Wrong(
            "scaled-twice",
            "Your `dA` has the factor `alpha / r` twice: it is already in `dlow`.",
            swap={"self.dA = self.x.T @ dlow": "self.dA = self.scale * (self.x.T @ dlow)"},
        ),
        Wrong(
            "bias-lost",
            "The frozen bias `b` is missing from your forward pass.",
            swap={"x @ self.W + self.b +": "x @ self.W +"},
        ),
    ),
    right=(
        Right(
            "merged",
            code="""
class LoRA:
    def __init__(self, W, b, A, B, alpha):
        self.W, self.b, self.A, self.B, self.alpha = W, b, A, B, alpha

    def forward(self, x):
        self.x = x
        self.s = self.alpha / self.B.shape[0]
        return x @ (self.W + self.s * self.A @ self.B) + self.b

    def backward(self, dy):
        dW = self.s * self.x.T @ dy
        self.dA, self.dB = dW @ self.B.T, self.A.T @ dW
        return dy @ (self.W + self.s * self.A @ self.B).T
""",
        ),
        Right(
            "einsum",
            code="""
class LoRA:
    def __init__(self, W, b, A, B, alpha):
        self.W, self.b, self.A, self.B = W, b, A, B
        self.s = alpha / len(B)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b + self.s * np.einsum("ni,ir,ro->no", x, self.A, self.B)

    def backward(self, dy):
        self.dA = self.s * np.einsum("ni,no,ro->ir", self.x, dy, self.B)
        self.dB = self.s * np.einsum("ni,ir,no->ro", self.x, self.A, dy)
        return dy @ self.W.T + self.s * np.einsum("no,ro,ir->ni", dy, self.B, self.A)
""",
        ),
        Right(
            "two layers",
            swap={
                "self.scale * (self.low @ self.B)": "(self.scale * self.low) @ self.B",
                "dlow = self.scale * (dy @ self.B.T)": "dlow = dy @ (self.scale * self.B.T)",
            },
        ),
    ),
    hints=(
        "The output is a sum of two paths. Backwards, both get `dy`, and `dx` is the sum of what "
        "they send down.",
        "The adapter is two Dense layers without bias, A then B, and a constant factor.",
        "`dlow = scale * dy @ B.T`; then `dA = x.T @ dlow`, `dB = scale * low.T @ dy` and "
        "`dx = dy @ W.T + dlow @ A.T`.",
    ),
)

MERGE = Exercise(
    name="transfer_learning-merge",
    title="Merge the adapter",
    kind="function",
    difficulty=1,
    minutes=5,
    points=1,
    cases=lambda rng: [{k: c[k] for k in ("W", "A", "B", "alpha")} for c in _lora_cases(rng)],
    probe=call,
    options={"name": "merged", "args": ("W", "A", "B", "alpha"), "returns": ("merged_W",)},
    reference='''
def merged(W, A, B, alpha):
    """Return the one matrix that acts like W with the adapter (A, B, alpha) beside it."""
    return W + alpha / A.shape[1] * (A @ B)
''',
    wrong=(
        Wrong(
            "not-scaled",
            "The factor `alpha / r` is missing: the merged layer would not give what the adapted one "
            "gave.",
            swap={"alpha / A.shape[1] * (A @ B)": "A @ B"},
        ),
        Wrong(
            "alpha-not-divided",
            "You scale by `alpha`; the layer was trained with `alpha / r`.",
            swap={"alpha / A.shape[1]": "alpha"},
        ),
        Wrong(
            "divided-by-inputs",
            "You divide by the number of inputs; the rank is the second axis of `A`.",
            swap={"A.shape[1]": "A.shape[0]"},
        ),
        Wrong(
            "change-alone",
            "You return the change alone; add it to `W`.",
            swap={"W + alpha": "alpha"},
        ),
        Wrong(
            "subtracted",
            "You subtract the change; that takes an adapter out of a merged matrix.",
            swap={"W + alpha": "W - alpha"},
        ),
    ),
    right=(
        Right(
            "sum of outer products",
            code="""
def merged(W, A, B, alpha):
    total = W.astype(float)
    for k in range(len(B)):
        total = total + alpha / len(B) * np.outer(A[:, k], B[k])
    return total
""",
        ),
        Right("einsum", swap={"(A @ B)": 'np.einsum("ir,ro->io", A, B)'}),
    ),
    hints=(
        "x W + s (x A) B = x ( ... )",
        "Matrix products are associative: (x A) B = x (A B).",
        "`W + alpha / A.shape[1] * (A @ B)`.",
    ),
)

# --- a bottleneck adapter -----------------------------------------------------------------------


def _adapter_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, k, m in ((6, 4, 3), (1, 5, 2), (4, 3, 5)):
        while True:
            case = {"x": rng.normal(size=(n, k)), "dy": rng.normal(size=(n, k))}
            case |= {"D": rng.normal(size=(k, m)), "c": rng.normal(size=m)}
            z = case["x"] @ case["D"] + case["c"]
            # Each case needs open and closed units, none near the kink.
            if np.abs(z).min() > 0.02 and z.min() < 0 < z.max():
                break
        cases.append(case | {"U": rng.normal(size=(m, k))})
    return cases


def _adapter_forward(case: Case, **other: Any) -> Any:
    c = {**case, **other}
    return c["x"] + np.maximum(0, c["x"] @ c["D"] + c["c"]) @ c["U"]


def _adapter_truth(case: Case) -> Values:
    def slope(name: str) -> Any:
        return vjp(lambda v: _adapter_forward(case, **{name: v}), case[name], case["dy"])

    return {"y": _adapter_forward(case)} | {
        f"d{name}": slope(name) for name in ("x", "D", "c", "U")
    }


ADAPTER = Exercise(
    name="transfer_learning-adapter",
    title="A bottleneck adapter",
    kind="layer",
    difficulty=3,
    minutes=18,
    points=4,
    cases=_adapter_cases,
    probe=layer,
    options={"name": "Adapter", "init": ("D", "c", "U"), "params": ("D", "c", "U")},
    truth=_adapter_truth,
    reference='''
class Adapter:
    """y = x + relu(x D + c) U: down to m units, up again, and a shortcut around."""

    params = ("D", "c", "U")

    def __init__(self, D, c, U):
        self.D, self.c, self.U = D, c, U

    def forward(self, x):
        self.x = x
        self.h = np.maximum(0, x @ self.D + self.c)
        return x + self.h @ self.U

    def backward(self, dy):
        dz = (dy @ self.U.T) * (self.h > 0)
        self.dU = self.h.T @ dy
        self.dD = self.x.T @ dz
        self.dc = dz.sum(axis=0)
        return dy + dz @ self.D.T
''',
    wrong=(
        Wrong(
            "no-shortcut",
            "The shortcut is missing in both passes: with `U` at 0 the adapter must be the identity, "
            "not 0.",
            swap={
                "return x + self.h @ self.U": "return self.h @ self.U",
                "return dy + dz @ self.D.T": "return dz @ self.D.T",
            },
        ),
        Wrong(
            "shortcut-lost-backwards",
            "Your `dx` lacks the shortcut: `x` also reaches the output directly, so add `dy`.",
            swap={"return dy + dz @ self.D.T": "return dz @ self.D.T"},
        ),
        Wrong(
            "branch-lost-backwards",
            "Your `dx` is the shortcut's alone; the branch sends `dz @ D.T` down as well.",
            swap={"return dy + dz @ self.D.T": "return dy.copy()"},
        ),
        Wrong(
            "no-mask",
            "The ReLU's mask is missing: closed units pass no gradient.",
            swap={" * (self.h > 0)": ""},
        ),
        Wrong(
            "no-relu",
            "The ReLU is missing: without it the adapter is only a linear map.",
            swap={
                "np.maximum(0, x @ self.D + self.c)": "x @ self.D + self.c",
                " * (self.h > 0)": "",
            },
        ),
        Wrong(
            "mask-on-upstream",
            "Your `dU` uses the activations before the ReLU; what met `U` is `h`, after it.",
            swap={"self.dU = self.h.T @ dy": "self.dU = (self.x @ self.D + self.c).T @ dy"},
        ),
        Wrong(
            "bias-mean",
            "Your `dc` is a mean over the rows; the loss has already divided, so sum.",
            swap={"dz.sum(axis=0)": "dz.mean(axis=0)"},
        ),
    ),
    right=(
        Right(
            "where",
            swap={
                "(dy @ self.U.T) * (self.h > 0)": "np.where(self.x @ self.D + self.c > 0, "
                "dy @ self.U.T, 0.0)"
            },
        ),
        Right(
            "einsum",
            swap={
                "self.h.T @ dy": 'np.einsum("nm,nk->mk", self.h, dy)',
                "self.x.T @ dz": 'np.einsum("nk,nm->km", self.x, dz)',
            },
        ),
        Right("ones", swap={"dz.sum(axis=0)": "np.ones(len(dz)) @ dz"}),
    ),
    hints=(
        "It is a two-layer network with a shortcut around it; take it apart from the output side.",
        "`dy` goes three ways: to `U`, through `U` to the ReLU, and along the shortcut.",
        "`dz = (dy @ U.T) * (h > 0)`; then `dU = h.T @ dy`, `dD = x.T @ dz`, "
        "`dc = dz.sum(axis=0)`, `dx = dy + dz @ D.T`.",
    ),
)

# --- distillation -------------------------------------------------------------------------------

LOG_SOFTMAX = '''
def log_softmax(z):
    """Return the logarithm of the softmax of each row."""
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))
'''


def _distill_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "scores": 1.5 * rng.normal(size=(n, k)),
            "teacher": 2 * rng.normal(size=(n, k)),
            "labels": rng.integers(0, k, n),
            "T": T,
            "share": share,
        }
        for n, k, T, share in ((5, 3, 3.0, 0.3), (1, 4, 1.7, 0.2), (6, 2, 4.0, 0.6))
    ]


def _log_p(z: Any) -> Any:
    return z - np.logaddexp.reduce(z, axis=1)[:, None]


def _distill_truth(case: Case) -> Values:
    T, share, rows = case["T"], case["share"], np.arange(len(case["labels"]))
    log_p = _log_p(case["teacher"] / T)

    def loss(scores: Any) -> Any:
        hard = -np.mean(_log_p(scores)[rows, case["labels"]])
        gap = np.exp(log_p) * (log_p - _log_p(scores / T))
        return share * hard + (1 - share) * T**2 * gap.sum() / len(rows)

    return {"value": np.asarray(loss(case["scores"])), "dscores": grad(loss, case["scores"])}


DISTILL = Exercise(
    name="transfer_learning-distill",
    title="Learn from a teacher",
    kind="loss",
    difficulty=3,
    minutes=20,
    points=4,
    cases=_distill_cases,
    probe=call,
    setup=LOG_SOFTMAX,
    options={
        "name": "distill",
        "args": ("scores", "teacher", "labels", "T", "share"),
        "returns": ("value", "dscores"),
    },
    truth=_distill_truth,
    reference='''
def distill(scores, teacher, labels, T, share):
    """Return share * CE(labels) + (1 - share) * T**2 * KL(teacher || student) and its gradient."""
    n, rows = len(labels), np.arange(len(labels))
    log_1, log_q, log_p = log_softmax(scores), log_softmax(scores / T), log_softmax(teacher / T)
    p, q = np.exp(log_p), np.exp(log_q)
    hard = -log_1[rows, labels].mean()
    soft = T**2 * np.sum(p * (log_p - log_q)) / n
    dhard = np.exp(log_1)
    dhard[rows, labels] -= 1
    return share * hard + (1 - share) * soft, (share * dhard + (1 - share) * T * (q - p)) / n
''',
    wrong=(
        Wrong(
            "no-t-squared",
            "The factor `T**2` is missing from value and gradient: the teacher's pull then fades "
            "like 1 / T**2 beside the labels'.",
            swap={
                "soft = T**2 * np.sum": "soft = np.sum",
                "(1 - share) * T * (q - p)": "(1 - share) * (q - p) / T",
            },
        ),
        Wrong(
            "gradient-no-t-squared",
            "Your `dscores` lacks the factor `T**2` that your `value` has.",
            swap={"(1 - share) * T * (q - p)": "(1 - share) * (q - p) / T"},
        ),
        Wrong(
            "inner-t-lost",
            "The inner derivative is missing from `dscores`: the scores enter as `scores / T`, so of "
            "`T**2` only one T remains.",
            swap={"(1 - share) * T * (q - p)": "(1 - share) * T**2 * (q - p)"},
        ),
        Wrong(
            "gradient-no-t",
            "Your soft gradient is `q - p` without a factor: `T**2` from the loss and `1 / T` from "
            "the inner derivative leave T.",
            swap={"(1 - share) * T * (q - p)": "(1 - share) * (q - p)"},
        ),
        Wrong(
            "cross-entropy-not-kl",
            "Your soft term is the cross-entropy with the teacher: its gradient is right, but a "
            "perfect student would not reach 0; subtract the teacher's entropy.",
            swap={"p * (log_p - log_q)": "-p * log_q"},
        ),
        Wrong(
            "teacher-not-softened",
            "The teacher's scores are not divided by T; both sides are softened alike.",
            swap={"log_softmax(teacher / T)": "log_softmax(teacher)"},
        ),
        Wrong(
            "labels-softened",
            "You soften the student for the labels too; the hard term is the ordinary cross-entropy "
            "at T = 1.",
            swap={
                "log_softmax(scores), log_softmax(scores / T)": "log_softmax(scores / T), "
                "log_softmax(scores / T)",
                "share * dhard": "share / T * dhard",
            },
        ),
        Wrong(
            "shares-swapped",
            "The shares are the wrong way round: `share` weighs the labels, `1 - share` the teacher.",
            swap={
                "share * hard + (1 - share) * soft": "(1 - share) * hard + share * soft",
                "share * dhard + (1 - share) * T": "(1 - share) * dhard + share * T",
            },
        ),
        Wrong(
            "kl-reversed",
            "You have the KL divergence the wrong way round: weigh by the teacher's probabilities "
            "`p`, not by the student's.",
            swap={
                "p * (log_p - log_q)": "q * (log_q - log_p)",
                "T * (q - p)": "T * q * (log_q - log_p - np.sum(q * (log_q - log_p), axis=1, "
                "keepdims=True))",
            },
        ),
    ),
    right=(
        Right(
            "rows in a loop",
            code="""
def distill(scores, teacher, labels, T, share):
    value, d = 0.0, np.zeros(scores.shape)
    for i, label in enumerate(labels):
        s = np.exp(log_softmax(scores[i : i + 1]))[0]
        q = np.exp(log_softmax(scores[i : i + 1] / T))[0]
        p = np.exp(log_softmax(teacher[i : i + 1] / T))[0]
        value += -share * np.log(s[label]) + (1 - share) * T * T * np.sum(p * np.log(p / q))
        d[i] = share * (s - np.eye(len(s))[label]) + (1 - share) * T * (q - p)
    return value / len(labels), d / len(labels)
""",
        ),
        Right(
            "one-hot",
            swap={
                "-log_1[rows, labels].mean()": "-np.sum(np.eye(scores.shape[1])[labels] * log_1) / n",
            },
        ),
    ),
    hints=(
        "Two losses are added, each with its share; work out their gradients apart.",
        "The gradient of the KL term with respect to `scores / T` is `q - p`; the chain rule brings "
        "another `1 / T`, and the factor `T**2` stands in front.",
        "`dscores = (share * (softmax(scores) - onehot) + (1 - share) * T * (q - p)) / n`; a row of "
        "`onehot` is 1 at its label and 0 elsewhere.",
    ),
)

ADAPTERS = (LORA, MERGE, ADAPTER, DISTILL)
