"""Chapter 4, losses, continued: many classes, information, quizzes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.bank._numeric import grad
from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.kinds import choice, prediction
from autograder.probe import call, value

SIZES = ((5, 3), (1, 4), (4, 6), (7, 2))  # samples, classes


def _log_p(scores: Any) -> Any:
    return scores - np.logaddexp.reduce(scores, axis=1)[:, None]


def _simplex(rng: np.random.Generator, size: tuple[int, int]) -> Any:
    return rng.dirichlet(np.ones(size[1]), size[0])


# --- softmax cross-entropy, integer labels ------------------------------------------------------


def _label_cases(rng: np.random.Generator) -> list[Case]:
    cases = [
        {"scores": 2 * rng.normal(size=s), "labels": rng.integers(0, s[1], s[0])} for s in SIZES
    ]
    cases[0]["labels"] = np.array([2, 0, 1, 1, 0])
    cases[1]["labels"] = np.array([2])
    cases.append(
        {
            "scores": np.array([[0.0, 800.0, 3.0], [-900.0, -950.0, -901.0]]),
            "labels": np.array([0, 2]),
        }
    )
    return cases


def _label_truth(case: Case) -> Values:
    labels = case["labels"]
    rows = np.arange(len(labels))

    def loss(s: Any) -> Any:
        return -np.mean(_log_p(s)[rows, labels])

    return {"value": np.asarray(loss(case["scores"])), "dscores": grad(loss, case["scores"])}


SOFTMAX_CE = Exercise(
    name="losses-softmax-ce",
    title="Softmax cross-entropy from integer labels",
    kind="loss",
    difficulty=2,
    minutes=15,
    points=4,
    quiet=True,
    cases=_label_cases,
    probe=call,
    options={
        "name": "softmax_cross_entropy",
        "args": ("scores", "labels"),
        "returns": ("value", "dscores"),
    },
    truth=_label_truth,
    reference='''
def softmax_cross_entropy(scores, labels):
    """Return the mean cross-entropy in nats per sample and its gradient (batch, n_classes)."""
    rows = np.arange(len(labels))
    z = scores - scores.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    value = -log_p[rows, labels].mean()
    dscores = np.exp(log_p)
    dscores[rows, labels] -= 1
    return value, dscores / len(labels)
''',
    wrong=(
        Wrong(
            "gradient-not-divided",
            "Your `dscores` is `p - y`, the gradient of a sum: the `value` is a mean over the "
            "samples, so divide by their number.",
            swap={"return value, dscores / len(labels)": "return value, dscores"},
        ),
        Wrong(
            "precedence",
            "You divide only part of the gradient by the number of samples: the 1 of the true class "
            "must be divided too, so put the division last.",
            swap={
                "dscores = np.exp(log_p)": "dscores = np.exp(log_p) / len(labels)",
                "return value, dscores / len(labels)": "return value, dscores",
            },
        ),
        Wrong(
            "mean-over-classes",
            "Your loss divides by the number of entries; cross-entropy sums over the classes and "
            "averages over the samples only.",
            swap={
                "-log_p[rows, labels].mean()": "-log_p[rows, labels].sum() / scores.size",
                "dscores / len(labels)": "dscores / scores.size",
            },
        ),
        Wrong(
            "value-mean-over-classes",
            "Your `value` divides by the number of entries, your `dscores` by the number of "
            "samples; both divide by the number of samples.",
            swap={"-log_p[rows, labels].mean()": "-log_p[rows, labels].sum() / scores.size"},
        ),
        Wrong(
            "sum",
            "Your `value` is the sum over the samples; divide it, and its gradient, by their number.",
            swap={
                "-log_p[rows, labels].mean()": "-log_p[rows, labels].sum()",
                "dscores / len(labels)": "dscores",
            },
        ),
        Wrong(
            "true-class-missing",
            "Your `dscores` is only `p / n`: subtract 1 at the true class of every row, in the array "
            "itself and not in a copy.",
            swap={"dscores[rows, labels] -= 1": "pass"},
        ),
        Wrong(
            "labels-as-rows",
            "You use the labels as row numbers: pick one entry per row with "
            "`[np.arange(len(labels)), labels]`.",
            swap={"dscores[rows, labels] -= 1": "dscores[labels] -= 1"},
        ),
        Wrong(
            "all-pairs",
            "You index with `[:, labels]`, which picks every label in every row; pair each row with "
            "its own label: `[np.arange(len(labels)), labels]`.",
            swap={"-log_p[rows, labels].mean()": "-log_p[:, labels].mean()"},
        ),
        Wrong(
            "one-based-labels",
            "You subtract 1 from the labels: they count from 0, and label 0 would wrap round to the "
            "last class.",
            swap={"[rows, labels]": "[rows, labels - 1]"},
        ),
        Wrong(
            "no-shift",
            "Your `exp` overflows for scores of some hundreds: subtract each row's maximum first; it "
            "cancels.",
            swap={"scores - scores.max(axis=1, keepdims=True)": "scores"},
        ),
        Wrong(
            "log-of-softmax",
            "You take the log of a finished softmax: where a probability rounds to 0 the loss "
            "becomes infinite. Use `z - log(sum(exp(z)))`.",
            swap={
                "z - np.log(np.exp(z).sum(axis=1, keepdims=True))": "np.log(np.exp(z) / np.exp(z).sum(axis=1, keepdims=True))"
            },
        ),
        Wrong(
            "clipped",
            "You clip the probabilities before the logarithm: the worst mistakes then all cost the "
            "same 34.5, and the true slope there is lost. Use `z - log(sum(exp(z)))`.",
            swap={
                "z - np.log(np.exp(z).sum(axis=1, keepdims=True))": "np.log(np.clip(np.exp(z) / np.exp(z).sum(axis=1, keepdims=True), 1e-15, 1))"
            },
        ),
        Wrong(
            "sign",
            "Loss and gradient both have the wrong sign: they agree with each other, so a gradient "
            "check passes, and training makes the network worse.",
            swap={
                "value = -log_p": "value = log_p",
                "return value, dscores / len": "return value, -dscores / len",
            },
        ),
        Wrong(
            "gradient-sign",
            "Your `dscores` has the wrong sign: it is `p - y`, not `y - p`.",
            swap={"return value, dscores / len": "return value, -dscores / len"},
        ),
        Wrong(
            "softmax-twice",
            "You apply softmax twice: the scores go in once, and their probabilities are final.",
            swap={
                "z = scores - scores.max(axis=1, keepdims=True)": "z = np.exp(scores - scores.max(axis=1, keepdims=True)); "
                "z = z / z.sum(axis=1, keepdims=True)"
            },
        ),
        Wrong(
            "columns",
            "You normalize over the columns of the batch: the classes lie along axis 1.",
            swap={"axis=1": "axis=0"},
        ),
        Wrong(
            "log2",
            "Your `value` is in bits, from a logarithm to base 2; the gradient `p - y` belongs to "
            "the natural logarithm.",
            swap={
                "value = -log_p[rows, labels].mean()": "value = -log_p[rows, labels].mean() / np.log(2)"
            },
        ),
        Wrong(
            "log10",
            "Your `value` uses the logarithm to base 10; the natural one is `np.log`.",
            swap={
                "value = -log_p[rows, labels].mean()": "value = -log_p[rows, labels].mean() / np.log(10)"
            },
        ),
    ),
    right=(
        Right(
            "one-hot",
            code="""
def softmax_cross_entropy(scores, labels):
    y = np.eye(scores.shape[1])[labels]
    log_p = scores - np.logaddexp.reduce(scores, axis=1)[:, None]
    return -(y * log_p).sum() / len(scores), (np.exp(log_p) - y) / len(scores)
""",
        ),
        Right(
            "loop",
            code="""
def softmax_cross_entropy(scores, labels):
    n, total, dscores = len(labels), 0.0, np.zeros(scores.shape)
    for i in range(n):
        z = scores[i] - scores[i].max()
        e = np.exp(z)
        total += np.log(e.sum()) - z[labels[i]]
        dscores[i] = e / e.sum() / n
        dscores[i, labels[i]] -= 1 / n
    return total / n, dscores
""",
        ),
        Right(
            "divide first",
            swap={
                "dscores = np.exp(log_p)": "dscores = np.exp(log_p) / len(labels)",
                "dscores[rows, labels] -= 1": "dscores[rows, labels] -= 1 / len(labels)",
                "return value, dscores / len(labels)": "return value, dscores",
            },
        ),
    ),
    hints=(
        "First the log-softmax of every row; the loss then reads one entry per row.",
        "`log_p[np.arange(n), labels]` pairs each row with its own label, for reading and for "
        "subtracting the 1.",
        "The gradient is `np.exp(log_p)` with 1 subtracted at `[np.arange(n), labels]`, all divided "
        "by `n`.",
    ),
)

# --- cross-entropy with rows of probabilities ---------------------------------------------------


def _dense_cases(rng: np.random.Generator) -> list[Case]:
    cases = [{"scores": 2 * rng.normal(size=s), "target": _simplex(rng, s)} for s in SIZES]
    cases[2]["target"] = np.eye(6)[[5, 0, 2, 2]]
    far = np.array([[1.0, 1, 1, 1, 1], [-1, -1, -1, -1, -1], [-1, 1, 0, 1, -1]])
    scores = 800 * far + rng.normal(size=far.shape)  # large, small, and both in one row
    cases.append({"scores": scores, "target": _simplex(rng, far.shape)})
    return cases


def _dense_truth(case: Case) -> Values:
    def loss(s: Any) -> Any:
        return -np.mean(np.sum(case["target"] * _log_p(s), axis=1))

    return {"value": np.asarray(loss(case["scores"])), "dscores": grad(loss, case["scores"])}


DENSE_CE = Exercise(
    name="losses-dense-ce",
    title="Cross-entropy with soft targets",
    kind="loss",
    difficulty=2,
    minutes=10,
    points=3,
    quiet=True,
    cases=_dense_cases,
    probe=call,
    options={
        "name": "cross_entropy",
        "args": ("scores", "target"),
        "returns": ("value", "dscores"),
    },
    truth=_dense_truth,
    reference='''
def cross_entropy(scores, target):
    """Return the mean cross-entropy of softmax(scores) against rows of probabilities."""
    z = scores - scores.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    value = -np.sum(target * log_p) / len(scores)
    return value, (np.exp(log_p) - target) / len(scores)
''',
    wrong=(
        Wrong(
            "mean-over-entries",
            "Your `value` uses `np.mean`, which divides by samples times classes; sum over the "
            "classes and divide by the number of samples only.",
            swap={"-np.sum(target * log_p) / len(scores)": "-np.mean(target * log_p)"},
        ),
        Wrong(
            "both-mean-over-entries",
            "Value and gradient both divide by samples times classes; cross-entropy sums over the "
            "classes and averages over the samples only.",
            swap={"/ len(scores)": "/ scores.size"},
        ),
        Wrong(
            "gradient-not-divided",
            "Your `dscores` belongs to a sum: the `value` is a mean over the samples, so divide by "
            "their number.",
            swap={"(np.exp(log_p) - target) / len(scores)": "np.exp(log_p) - target"},
        ),
        Wrong(
            "precedence",
            "You divide only the target by the number of samples: put brackets around the "
            "difference, then divide.",
            swap={"(np.exp(log_p) - target) / len(scores)": "np.exp(log_p) - target / len(scores)"},
        ),
        Wrong(
            "hard-target",
            "You keep only the largest probability of each target row; every class of a soft target "
            "counts, with its own weight.",
            swap={
                "    z = scores -": "    target = np.eye(scores.shape[1])[target.argmax(axis=1)]\n    z = scores -"
            },
        ),
        Wrong(
            "binary-terms",
            "You add the terms `(1 - t) * log(1 - p)` of binary cross-entropy; with softmax the "
            "classes share one distribution, and only `t * log(p)` is summed.",
            swap={
                "-np.sum(target * log_p) / len(scores)": "-np.sum(target * log_p + (1 - target) * np.log(1 - np.exp(log_p))) / len(scores)"
            },
        ),
        Wrong(
            "kl",
            "Your `value` subtracts the entropy of the target: that is the KL divergence. It has the "
            "same gradient, but the exercise asks for the cross-entropy.",
            swap={
                "-np.sum(target * log_p) / len(scores)": "np.sum(target * (np.log(np.maximum(target, 1e-300)) - log_p)) / len(scores)"
            },
        ),
        Wrong(
            "arguments-exchanged",
            "You weigh the log of the target with the predicted probability: it is the target that "
            "weighs, and the prediction that stands in the logarithm.",
            swap={"target * log_p": "np.exp(log_p) * np.log(np.maximum(target, 1e-300))"},
        ),
        Wrong(
            "gradient-of-probabilities",
            "Your `dscores` is the slope with respect to the probabilities, `-t / p`; with respect "
            "to the scores the softmax turns it into `p - t`.",
            swap={"(np.exp(log_p) - target)": "(-target / np.exp(log_p))"},
        ),
        Wrong(
            "sign",
            "Your `dscores` has the wrong sign: it is `p - t`.",
            swap={"(np.exp(log_p) - target)": "(target - np.exp(log_p))"},
        ),
        Wrong(
            "no-shift",
            "Your `exp` overflows for scores of some hundreds, and rounds every term of a row to 0 for "
            "scores far below 0: subtract each row's maximum first; it cancels.",
            swap={"scores - scores.max(axis=1, keepdims=True)": "scores"},
        ),
        Wrong(
            "log-of-softmax",
            "You take the log of a finished softmax: where a probability rounds to 0 the loss becomes "
            "infinite. Use `z - log(sum(exp(z)))`.",
            swap={
                "z - np.log(np.exp(z).sum(axis=1, keepdims=True))": "np.log(np.exp(z) / np.exp(z).sum(axis=1, keepdims=True))"
            },
        ),
        Wrong(
            "clipped",
            "You clip the probabilities before the logarithm: the worst mistakes then all cost the same "
            "34.5, however far off the scores are. Use `z - log(sum(exp(z)))`.",
            swap={
                "z - np.log(np.exp(z).sum(axis=1, keepdims=True))": "np.log(np.clip(np.exp(z) / np.exp(z).sum(axis=1, keepdims=True), 1e-15, 1))"
            },
        ),
    ),
    right=(
        Right("einsum", swap={"-np.sum(target * log_p)": "-np.einsum('ij,ij', target, log_p)"}),
        Right(
            "row means",
            swap={
                "-np.sum(target * log_p) / len(scores)": "-np.mean(np.sum(target * log_p, axis=1))"
            },
        ),
        Right(
            "general gradient",
            swap={
                "(np.exp(log_p) - target)": "(np.exp(log_p) * target.sum(axis=1, keepdims=True) - target)"
            },
        ),
        Right(
            "logaddexp",
            swap={
                "z - np.log(np.exp(z).sum(axis=1, keepdims=True))": "scores - np.logaddexp.reduce(scores, axis=1)[:, None]"
            },
        ),
    ),
    hints=(
        "It is the loss for integer labels with the one-hot rows written out, and then allowed to "
        "be any distribution.",
        "Sum `target * log_p` over all classes; only the number of rows divides.",
        "Return `-np.sum(target * log_p) / n` and `(np.exp(log_p) - target) / n` with "
        "`n = len(scores)`.",
    ),
)

# --- label smoothing ----------------------------------------------------------------------------


def _smooth_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"labels": np.array([2, 0, 1, 1, 0]), "n_classes": 3, "a": 0.3},
        {"labels": np.array([1]), "n_classes": 4, "a": 0.1},
        {"labels": rng.integers(0, 6, 8), "n_classes": 6, "a": 0.2},
        {"labels": np.array([0, 1]), "n_classes": 5, "a": 0.0},
    ]


SMOOTHING = Exercise(
    name="losses-smoothing",
    title="Label smoothing",
    difficulty=1,
    minutes=6,
    points=2,
    cases=_smooth_cases,
    probe=call,
    options={"name": "smooth", "args": ("labels", "n_classes", "a"), "returns": ("target",)},
    reference='''
def smooth(labels, n_classes, a):
    """Return smoothed target rows of shape (batch, n_classes), each with sum 1."""
    one_hot = np.eye(n_classes)[labels]
    return (1 - a) * one_hot + a / n_classes
''',
    wrong=(
        Wrong(
            "others-only",
            "You share `a` among the wrong classes only; the usual definition mixes with the uniform "
            "distribution over all classes, so the true class gets `a / n_classes` back.",
            swap={
                "(1 - a) * one_hot + a / n_classes": "(1 - a) * one_hot + (1 - one_hot) * a / (n_classes - 1)"
            },
        ),
        Wrong(
            "true-class-left-out",
            "Your rows do not sum to 1: the true class gets its share `a / n_classes` as well.",
            swap={
                "(1 - a) * one_hot + a / n_classes": "(1 - a) * one_hot + (1 - one_hot) * a / n_classes"
            },
        ),
        Wrong(
            "not-scaled",
            "You add `a / n_classes` to the full one-hot rows, which then sum to `1 + a`: scale the "
            "one-hot rows by `1 - a`.",
            swap={"(1 - a) * one_hot": "one_hot"},
        ),
        Wrong(
            "a-undivided",
            "You add `a` to every class; it is shared, so each class gets `a / n_classes`.",
            swap={"a / n_classes": "a"},
        ),
        Wrong(
            "exchanged",
            "The weights are exchanged: the one-hot rows keep `1 - a`, and the uniform distribution "
            "gets `a`.",
            swap={"(1 - a) * one_hot + a / n_classes": "a * one_hot + (1 - a) / n_classes"},
        ),
        Wrong(
            "no-smoothing",
            "You return the one-hot rows unchanged.",
            swap={"(1 - a) * one_hot + a / n_classes": "one_hot"},
        ),
        Wrong(
            "shared-by-batch",
            "You divide `a` by the number of samples; it is shared among the classes.",
            swap={"a / n_classes": "a / len(labels)"},
        ),
        Wrong(
            "towards-half",
            "You pull towards 1/2, as for a single yes-or-no output; with several classes the pull "
            "is towards `1 / n_classes`.",
            swap={"a / n_classes": "a / 2"},
        ),
    ),
    right=(
        Right(
            "full",
            code="""
def smooth(labels, n_classes, a):
    target = np.full((len(labels), n_classes), a / n_classes)
    target[np.arange(len(labels)), labels] += 1 - a
    return target
""",
        ),
        Right(
            "comparison",
            swap={"np.eye(n_classes)[labels]": "labels[:, None] == np.arange(n_classes)"},
        ),
    ),
    hints=(
        "It is a mixture: mostly the one-hot row, and a little of the uniform distribution.",
        "`np.eye(n_classes)[labels]` gives the one-hot rows; the weights of a mixture sum to 1.",
        "Return `(1 - a) * one_hot + a / n_classes`.",
    ),
)

# --- entropy, KL, cross-entropy -----------------------------------------------------------------


def _info_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n in (3, 5, 4):
        p, q = rng.dirichlet(np.ones(n)), rng.dirichlet(np.ones(n) * 3)
        cases.append({"p": p, "q": q})
    p = np.array([0.0, 0.7, 0.3, 0.0, 0.0, 0.0])
    cases.append({"p": p, "q": rng.dirichlet(np.ones(6) * 3)})
    cases.append({"p": np.array([0.0, 1.0]), "q": np.array([0.4, 0.6])})
    return cases


ENTROPY = Exercise(
    name="losses-entropy",
    title="Entropy, KL divergence, cross-entropy",
    difficulty=2,
    minutes=10,
    points=3,
    quiet=True,
    cases=_info_cases,
    probe=call,
    options={
        "name": "information",
        "args": ("p", "q"),
        "returns": ("entropy", "kl", "cross_entropy"),
    },
    reference='''
def information(p, q):
    """Return H(p), KL(p || q) and the cross-entropy of q under p, in nats."""
    seen = p > 0
    p, q = p[seen], q[seen]
    entropy = -np.sum(p * np.log(p))
    cross_entropy = -np.sum(p * np.log(q))
    return entropy, cross_entropy - entropy, cross_entropy
''',
    wrong=(
        Wrong(
            "zeros",
            "An outcome with probability 0 makes your sum NaN: `0 * log(0)` is 0 by its limit, so "
            "leave out the entries where `p` is 0.",
            swap={"p > 0": "p >= 0"},
        ),
        Wrong(
            "bits",
            "You measure in bits; nats are asked for, so use the natural logarithm `np.log`.",
            swap={"np.log(": "np.log2("},
        ),
        Wrong(
            "kl-reversed",
            "Your `kl` is KL(q || p): the weights are those of `p`, the distribution that makes the "
            "data.",
            swap={
                "return entropy, cross_entropy - entropy": "return entropy, np.sum(q * (np.log(q) - np.log(p)))"
            },
        ),
        Wrong(
            "kl-sign",
            "Your `kl` is negative: it is what the wrong distribution costs on top of the entropy, "
            "cross-entropy minus entropy.",
            swap={"cross_entropy - entropy, cross": "entropy - cross_entropy, cross"},
        ),
        Wrong(
            "cross-exchanged",
            "Your `cross_entropy` has `p` and `q` exchanged: `p` weighs, and `q` stands in the "
            "logarithm.",
            swap={
                "cross_entropy = -np.sum(p * np.log(q))": "cross_entropy = -np.sum(q * np.log(p))"
            },
        ),
        Wrong(
            "no-minus",
            "Your `entropy` is negative: logarithms of probabilities are, so a minus stands in front "
            "of the sum.",
            swap={"entropy = -np.sum(p * np.log(p))": "entropy = np.sum(p * np.log(p))"},
        ),
        Wrong(
            "mean",
            "You average over the outcomes; the probabilities are the weights already, so sum.",
            swap={"np.sum": "np.mean"},
        ),
        Wrong(
            "unweighted",
            "Your sums lack the weights `p`: an outcome counts as often as it happens.",
            swap={"p * np.log(": "np.log("},
        ),
    ),
    right=(
        Right(
            "where",
            code="""
def information(p, q):
    log_p = np.log(np.where(p > 0, p, 1.0))
    h, ce = -(p * log_p).sum(), -(p * np.log(q)).sum()
    return h, ce - h, ce
""",
        ),
        Right(
            "loop",
            code="""
def information(p, q):
    h = kl = 0.0
    for a, b in zip(p, q):
        if a > 0:
            h -= a * np.log(a)
            kl += a * np.log(a / b)
    return h, kl, h + kl
""",
        ),
        Right(
            "epsilon",
            code="""
def information(p, q):
    h = -np.dot(p, np.log(p + 1e-300))
    ce = -np.dot(p, np.log(q))
    return h, ce - h, ce
""",
        ),
    ),
    hints=(
        "Entropy and cross-entropy are the same sum with another distribution in the logarithm; KL "
        "is their difference.",
        "Outcomes with `p = 0` add nothing, but their logarithm does harm: drop them with a mask "
        "first.",
        "After the mask: `-np.sum(p * np.log(p))`, and `-np.sum(p * np.log(q))`, and the second "
        "minus the first.",
    ),
)

# --- quizzes ------------------------------------------------------------------------------------

_NAMES = ("houses", "sensor", "spam", "digits", "tags", "ranking")
_RIGHT = ("a", "b", "c", "d", "c", "e")
_ANSWERS = dict(zip(_NAMES, _RIGHT, strict=True))


def _chosen(**changed: str) -> str:
    return "".join(f'choose_{n} = "{a}"\n' for n, a in {**_ANSWERS, **changed}.items())


def _chose(name: str, letter: str) -> Callable[[Values, Case], bool]:
    def when(values: Values, case: Case) -> bool:
        return str(values.get(f"choose_{name}", "")).strip(" ().").lower() == letter

    return when


def _misfit(name: str, letter: str, label: str, says: str) -> Wrong:
    return Wrong(label, says, code=_chosen(**{name: letter}), when=_chose(name, letter))


CHOOSE = Exercise(
    name="losses-choose",
    title="Which loss for which task?",
    kind="choice",
    difficulty=1,
    minutes=6,
    points=3,
    cases=lambda rng: [{}],
    probe=value,
    options={"names": tuple(f"choose_{n}" for n in _NAMES)},
    reference=_chosen(),
    wrong=(
        _misfit(
            "tags",
            "d",
            "tags-softmax",
            "`choose_tags`: softmax makes the tags compete for one unit of probability, but a "
            "photo may carry several; give each tag a yes-or-no loss of its own.",
        ),
        _misfit(
            "digits",
            "c",
            "digits-binary",
            "`choose_digits`: exactly one digit is right, so the ten classes share one "
            "distribution; ten separate yes-or-no losses would not know that.",
        ),
        _misfit(
            "spam",
            "d",
            "spam-softmax",
            "`choose_spam`: a softmax over two classes works too, but one logit with binary "
            "cross-entropy says the same with half the weights, and is what was asked for.",
        ),
        _misfit(
            "sensor",
            "a",
            "sensor-square",
            "`choose_sensor`: a square lets the few wild readings decide, because its pull "
            "grows with the error; choose a loss whose pull is bounded.",
        ),
        _misfit(
            "houses",
            "b",
            "houses-robust",
            "`choose_houses`: the noise is Gaussian, there are no wild values, and large errors "
            "are said to be worse in proportion to their square.",
        ),
        _misfit(
            "ranking",
            "c",
            "ranking-probability",
            "`choose_ranking`: no probability is wanted here, only a margin between the two "
            "sides; that is what the hinge measures.",
        ),
        _misfit(
            "digits",
            "a",
            "digits-square",
            "`choose_digits`: a square treats class numbers as quantities, or saturates behind "
            "a softmax; use the loss that fits a distribution over classes.",
        ),
        _misfit(
            "spam",
            "a",
            "spam-square",
            "`choose_spam`: behind a sigmoid the square has almost no slope where the answer is "
            "most wrong; use the likelihood of a yes or no.",
        ),
    ),
    right=(
        Right("capitals", code=_chosen(**{n: a.upper() for n, a in _ANSWERS.items()})),
        Right("brackets", code=_chosen(**{n: f"({a})" for n, a in _ANSWERS.items()})),
    ),
    hints=(
        "Ask of each task: what is one target, a number, a yes or no, one of several, or several "
        "yes-or-no answers?",
        "For numbers, ask whether wild values occur; for classes, whether they exclude each other.",
        "One each of (a), (b), (d), (e); and (c) twice.",
    ),
)

SPARSE = choice(
    "losses-sparse",
    "Integer labels or one-hot rows?",
    answer="b",
    options={
        "a": "The stability comes from working with logits, in both forms; the two give the same "
        "number.",
        "c": "The gradient is `p - y` in both forms; only the way in which `y` is stored differs.",
        "d": "Both average over the samples; the integer form merely skips the terms that are "
        "multiplied by 0.",
        "e": "Integer labels count from 0 in both forms; no class needs to be added.",
    },
    hints=(
        "Write out the sum over the classes for a one-hot row: how many terms are left?",
        "One term is left, and it is the one that the integer label points at.",
        "The values agree, so only the memory differs.",
    ),
)

START = prediction(
    "losses-start",
    "The loss before training",
    truth=float(np.log(10)),
    within=0.02,
    mistakes={
        "one-tenth": (
            0.1,
            "0.1 is the probability of the true class; the loss is minus its natural logarithm.",
        ),
        "zero": (
            0.0,
            "A loss of 0 would mean that the true class gets probability 1; an untrained "
            "network spreads it over ten classes.",
        ),
        "bits": (
            float(np.log2(10)),
            "You used the logarithm to base 2; the losses here are in nats.",
        ),
        "base-ten": (1.0, "You used the logarithm to base 10; the losses here are in nats."),
        "negative": (
            -float(np.log(10)),
            "The logarithm of a probability is negative; the loss is minus that.",
        ),
        "nine-tenths": (
            0.9,
            "0.9 is the share of wrong guesses; the loss is minus the log of the "
            "probability given to the true class.",
        ),
    },
    hints=(
        "With nearly equal scores, what probability does softmax give to each of ten classes?",
        "The loss of a sample is minus the natural logarithm of the probability of its true class.",
        "Compute -log(1/10).",
    ),
)

MEDIAN = prediction(
    "losses-median",
    "The best constant for the absolute error",
    truth=3.0,
    within=0.01,
    mistakes={
        "mean": (
            22.0,
            "22 is the mean, which minimizes the squared error; the absolute error "
            "counts only how many targets lie on each side.",
        ),
        "midrange": (
            50.5,
            "50.5 is halfway between the extremes, which minimizes the largest "
            "error, not the mean absolute one.",
        ),
        "trimmed": (
            2.5,
            "2.5 is the mean without the outlier; the absolute error drops nothing, "
            "but it does not care how far away a target is.",
        ),
        "smallest": (
            1.0,
            "At 1 four targets pull upwards and none downwards; move up until the pulls balance.",
        ),
        "four": (
            4.0,
            "At 4 three targets pull down and one pulls up; move until as many lie below as above.",
        ),
        "zero": (0.0, "At 0 every target pulls upwards."),
    },
    hints=(
        "Each target pulls with a slope of the same size, whatever its distance.",
        "The pulls balance where as many targets lie above as below.",
        "It is the median.",
    ),
)

MORE = (SOFTMAX_CE, DENSE_CE, SMOOTHING, ENTROPY)
QUIZZES = (MEDIAN, START, SPARSE, CHOOSE)
