"""Chapter 4, losses, continued: margins, imbalance, proper scores, calibration."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.bank._numeric import grad
from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.probe import call

SIZES = ((5, 3), (1, 4), (4, 6), (7, 2))  # samples, classes


# --- hinge --------------------------------------------------------------------------------------


def _hinge_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for i, n in enumerate((6, 1, 9, 5)):
        target = rng.choice([-1.0, 1.0], size=n)
        if n > 1:
            target[:2] = -1.0, 1.0
        margin = 1 + rng.choice([-1.0, 1.0], size=n) * rng.uniform(0.1, 2.0, size=n)
        margin[0] = 0.4  # a right answer that is still inside the margin
        cases.append({"scores": margin * target, "target": target, "squared": i % 2 == 1})
    return cases


def _hinge_truth(case: Case) -> Values:
    def loss(s: Any) -> Any:
        return np.mean(np.maximum(0, 1 - case["target"] * s) ** (2 if case["squared"] else 1))

    return {"value": np.asarray(loss(case["scores"])), "dscores": grad(loss, case["scores"])}


HINGE = Exercise(
    name="losses-hinge",
    title="Hinge and squared hinge",
    kind="loss",
    difficulty=2,
    minutes=10,
    points=3,
    cases=_hinge_cases,
    probe=call,
    options={
        "name": "hinge",
        "args": ("scores", "target", "squared"),
        "returns": ("value", "dscores"),
    },
    truth=_hinge_truth,
    reference='''
def hinge(scores, target, squared):
    """Return the mean (squared) hinge loss for targets -1 or +1, and its gradient."""
    gap = np.maximum(0, 1 - target * scores)
    if squared:
        return np.mean(gap**2), -2 * gap * target / scores.size
    return np.mean(gap), -target * (gap > 0) / scores.size
''',
    wrong=(
        Wrong(
            "no-margin",
            "You stop as soon as the sign is right; the hinge asks for a margin of 1, so it is "
            "`1 - target * score` that is cut at 0.",
            swap={"np.maximum(0, 1 - target * scores)": "np.maximum(0, -target * scores)"},
        ),
        Wrong(
            "labels-converted",
            "You turn the targets from 0/1 into -1/+1, but they are -1/+1 already: a second "
            "conversion makes them -3 and +1.",
            swap={"    gap = np": "    target = 2 * target - 1\n    gap = np"},
        ),
        Wrong(
            "labels-as-zero-one",
            "You treat the targets as 0 and 1: the samples of the class -1 then have no score in "
            "their loss and no gradient.",
            swap={"    gap = np": "    target = (target > 0) * 1.0\n    gap = np"},
        ),
        Wrong(
            "not-cut",
            "Your loss goes on falling below 0: beyond the margin it is 0, `np.maximum(0, ...)`.",
            swap={"np.maximum(0, 1 - target * scores)": "1 - target * scores"},
        ),
        Wrong(
            "no-mask",
            "Your `dscores` is not 0 beyond the margin; only samples with a positive gap pull.",
            swap={"-target * (gap > 0)": "-target"},
        ),
        Wrong(
            "gradient-sign",
            "Your `dscores` has the wrong sign: raising `target * score` lowers the loss, so the "
            "slope is `-target`.",
            swap={"-2 * gap": "2 * gap", "-target * (gap": "target * (gap"},
        ),
        Wrong(
            "gradient-without-target",
            "Your `dscores` lacks the factor `target`: the slope is negative for the class +1 and "
            "positive for the class -1.",
            swap={"-2 * gap * target": "-2 * gap", "-target * (gap > 0)": "-1.0 * (gap > 0)"},
        ),
        Wrong(
            "gradient-not-divided",
            "Your `dscores` belongs to a sum: the `value` is a mean, so divide by the number of "
            "samples.",
            swap={" / scores.size": ""},
        ),
        Wrong(
            "squared-gradient-no-two",
            "The gradient of your squared hinge lacks the 2 of the square.",
            swap={"-2 * gap": "-gap"},
        ),
        Wrong(
            "squared-gradient-of-plain",
            "The gradient of your squared hinge is that of the plain one; the square brings the "
            "factor `2 * gap`.",
            swap={"-2 * gap * target": "-target * (gap > 0)"},
        ),
        Wrong(
            "squared-ignored",
            "You ignore `squared`: with it the gap is squared before the mean.",
            swap={"if squared:": "if False:"},
        ),
    ),
    right=(
        Right("where", swap={"-target * (gap > 0)": "np.where(target * scores < 1, -target, 0.0)"}),
        Right(
            "loop",
            code="""
def hinge(scores, target, squared):
    total, dscores = 0.0, np.zeros(len(scores))
    for i, (s, t) in enumerate(zip(scores, target)):
        gap = 1 - t * s
        if gap > 0:
            total += gap**2 if squared else gap
            dscores[i] = (-2 * gap * t if squared else -t) / len(scores)
    return total / len(scores), dscores
""",
        ),
    ),
    hints=(
        "Call `target * score` the margin: it is positive when the sign is right, and the hinge "
        "wants it to be at least 1.",
        "`gap = np.maximum(0, 1 - target * scores)`; where the gap is 0 nothing pulls.",
        "The slopes are `-target` where `gap > 0`, and `-2 * gap * target` when squared, divided by "
        "the number of samples.",
    ),
)

# --- class weights ------------------------------------------------------------------------------


def _weighted_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, w in ((6, 3.3), (1, 0.7), (8, 2.6)):
        target = rng.integers(0, 2, n).astype(float)
        if n > 1:
            target[:3] = 0.0, 1.0, 1.0
        cases.append({"scores": 2 * rng.normal(size=n), "target": target, "w": w})
    cases[1]["target"] = np.array([1.0])
    return cases


def _weighted_truth(case: Case) -> Values:
    t, w = case["target"], case["w"]

    def loss(s: Any) -> Any:
        return np.mean(w * t * np.logaddexp(0, -s) + (1 - t) * np.logaddexp(0, s))

    return {"value": np.asarray(loss(case["scores"])), "dscores": grad(loss, case["scores"])}


WEIGHTED = Exercise(
    name="losses-weighted-bce",
    title="Weighted binary cross-entropy",
    kind="loss",
    difficulty=2,
    minutes=10,
    points=3,
    cases=_weighted_cases,
    probe=call,
    options={
        "name": "weighted_bce",
        "args": ("scores", "target", "w"),
        "returns": ("value", "dscores"),
    },
    truth=_weighted_truth,
    reference='''
def weighted_bce(scores, target, w):
    """Return the mean cross-entropy with weight w on the positive class, and its gradient."""
    p = 1 / (1 + np.exp(-scores))
    positive, negative = np.logaddexp(0, -scores), np.logaddexp(0, scores)
    value = np.mean(w * target * positive + (1 - target) * negative)
    dscores = (w * target * (p - 1) + (1 - target) * p) / scores.size
    return value, dscores
''',
    wrong=(
        Wrong(
            "weight-on-negatives",
            "You weigh the negative class; `w` belongs to the term of the positive one.",
            swap={
                "w * target * positive + (1 - target) * negative": "target * positive + w * (1 - target) * negative",
                "w * target * (p - 1) + (1 - target) * p": "target * (p - 1) + w * (1 - target) * p",
            },
        ),
        Wrong(
            "weight-on-both",
            "You weigh both classes, which only scales the whole loss; `w` belongs to the positive "
            "term alone.",
            swap={
                "(1 - target) * negative": "w * (1 - target) * negative",
                "(1 - target) * p": "w * (1 - target) * p",
            },
        ),
        Wrong(
            "gradient-unweighted",
            "Your `dscores` is still `p - t`: the weight that multiplies the positive term "
            "multiplies its slope too.",
            swap={"w * target * (p - 1)": "target * (p - 1)"},
        ),
        Wrong(
            "value-unweighted",
            "Your `value` does not contain the weight, though your `dscores` does.",
            swap={"np.mean(w * target": "np.mean(target"},
        ),
        Wrong(
            "normalized-by-weights",
            "You divide by the sum of the weights; this loss divides by the number of samples.",
            swap={
                "np.mean(w * target * positive + (1 - target) * negative)": "np.sum(w * target * positive + (1 - target) * negative)"
                " / np.sum(w * target + 1 - target)",
                "/ scores.size": "/ np.sum(w * target + 1 - target)",
            },
        ),
        Wrong(
            "weighted-target",
            "You put `w * t - p` where the slope should stand: the weight also multiplies the "
            "probability in the positive term, `w * t * (p - 1)`.",
            swap={"w * target * (p - 1) + (1 - target) * p": "p - w * target"},
        ),
        Wrong(
            "weight-inverted",
            "You divide by the weight; a weight above 1 should make the positive class count more.",
            swap={"w * target": "1 / w * target"},
        ),
        Wrong(
            "gradient-not-divided",
            "Your `dscores` belongs to a sum: the `value` is a mean, so divide by the number of "
            "samples.",
            swap={" / scores.size": ""},
        ),
        Wrong(
            "terms-exchanged",
            "Your two logarithms are exchanged: `-log p` is `logaddexp(0, -s)` and belongs to the "
            "positive class.",
            swap={"positive, negative =": "negative, positive ="},
        ),
    ),
    right=(
        Right(
            "sample weights",
            code="""
def weighted_bce(scores, target, w):
    weight = np.where(target == 1, w, 1.0)
    losses = np.logaddexp(0, scores) - target * scores
    p = np.exp(-np.logaddexp(0, -scores))
    return np.mean(weight * losses), weight * (p - target) / len(scores)
""",
        ),
        Right(
            "probabilities",
            swap={"np.logaddexp(0, -scores), np.logaddexp(0, scores)": "-np.log(p), -np.log1p(-p)"},
        ),
    ),
    hints=(
        "Write binary cross-entropy as two terms, one per class; the weight multiplies one of them.",
        "The slope of `-log p` with respect to the score is `p - 1`, and that of `-log(1 - p)` is "
        "`p`.",
        "`dscores = (w * target * (p - 1) + (1 - target) * p) / scores.size`.",
    ),
)

# --- undoing the weight -------------------------------------------------------------------------


def _undo_cases(rng: np.random.Generator) -> list[Case]:
    return [{"p": rng.uniform(0.05, 0.95, n), "w": w} for n, w in ((5, 3.35), (1, 0.4), (7, 12.0))]


UNDO = Exercise(
    name="losses-undo-weight",
    title="Take the class weight out of a probability",
    difficulty=2,
    minutes=10,
    points=2,
    cases=_undo_cases,
    probe=call,
    options={"name": "undo_weight", "args": ("p", "w"), "returns": ("probability",)},
    reference='''
def undo_weight(p, w):
    """Return the probabilities that training without the class weight w would have given."""
    return p / (p + w * (1 - p))
''',
    wrong=(
        Wrong(
            "weight-applied-again",
            "You apply the weight a second time: `w p / (w p + 1 - p)` is what training did, and you "
            "want its inverse.",
            swap={"p / (p + w * (1 - p))": "w * p / (w * p + 1 - p)"},
        ),
        Wrong(
            "divided",
            "You divide the probability by `w`; the weight multiplies the odds `p / (1 - p)`, not "
            "the probability.",
            swap={"p / (p + w * (1 - p))": "p / w"},
        ),
        Wrong(
            "odds",
            "You return the odds; turn them back into a probability, odds / (1 + odds).",
            swap={"p / (p + w * (1 - p))": "p / (w * (1 - p))"},
        ),
        Wrong(
            "logit-divided",
            "You divide the log-odds by `w`; a factor on the odds is a shift of the log-odds, by "
            "`log(w)`.",
            swap={"p / (p + w * (1 - p))": "1 / (1 + ((1 - p) / p) ** (1 / w))"},
        ),
        Wrong(
            "logit-shifted-by-w",
            "You shift the log-odds by `w` itself; the shift is `log(w)`.",
            swap={"p / (p + w * (1 - p))": "1 / (1 + (1 - p) / p * np.exp(w))"},
        ),
        Wrong(
            "unchanged",
            "You return `p` as it is: with a class weight it is the answer to a world in which the "
            "positive class is `w` times as common.",
            swap={"p / (p + w * (1 - p))": "p"},
        ),
    ),
    right=(
        Right(
            "log-odds",
            swap={"p / (p + w * (1 - p))": "1 / (1 + np.exp(np.log(w) - np.log(p / (1 - p))))"},
        ),
        Right(
            "odds",
            code="""
def undo_weight(p, w):
    odds = p / (1 - p) / w
    return odds / (1 + odds)
""",
        ),
    ),
    hints=(
        "Think in odds, `p / (1 - p)`: the weight multiplies them.",
        "Divide the odds by `w`, then turn odds back into a probability: odds / (1 + odds).",
        "Simplified, that is `p / (p + w * (1 - p))`.",
    ),
)

# --- focal --------------------------------------------------------------------------------------


def _focal_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, gamma, alpha in ((6, 1.7, 0.3), (1, 2.5, 0.2), (8, 0.6, 0.8), (5, 0.0, 0.35)):
        target = rng.integers(0, 2, n).astype(float)
        if n > 1:
            target[:2] = 0.0, 1.0
        scores = 2 * rng.normal(size=n)
        cases.append({"scores": scores, "target": target, "gamma": gamma, "alpha": alpha})
    return cases


def _focal_truth(case: Case) -> Values:
    t, g, a = case["target"], case["gamma"], case["alpha"]

    def loss(s: Any) -> Any:
        p = 1 / (1 + np.exp(-s))
        p_true = np.where(t == 1, p, 1 - p)
        return np.mean(-np.where(t == 1, a, 1 - a) * (1 - p_true) ** g * np.log(p_true))

    return {"value": np.asarray(loss(case["scores"])), "dscores": grad(loss, case["scores"])}


FOCAL = Exercise(
    name="losses-focal",
    title="Focal loss",
    kind="loss",
    difficulty=3,
    minutes=20,
    points=4,
    cases=_focal_cases,
    probe=call,
    options={
        "name": "focal",
        "args": ("scores", "target", "gamma", "alpha"),
        "returns": ("value", "dscores"),
    },
    truth=_focal_truth,
    reference='''
def focal(scores, target, gamma, alpha):
    """Return the mean binary focal loss and its gradient with respect to the scores."""
    side = 2 * target - 1
    log_p = -np.logaddexp(0, -side * scores)
    p = np.exp(log_p)
    weight = np.where(target == 1, alpha, 1 - alpha) * (1 - p) ** gamma
    value = -np.mean(weight * log_p)
    dscores = side * weight * (gamma * p * log_p - (1 - p)) / scores.size
    return value, dscores
''',
    wrong=(
        Wrong(
            "alpha-on-both",
            "You weigh both classes with `alpha`; the negative class gets `1 - alpha`.",
            swap={"np.where(target == 1, alpha, 1 - alpha)": "alpha"},
        ),
        Wrong(
            "alpha-exchanged",
            "You exchange `alpha` and `1 - alpha`: `alpha` belongs to the positive class.",
            swap={"target == 1, alpha, 1 - alpha": "target == 0, alpha, 1 - alpha"},
        ),
        Wrong(
            "no-alpha",
            "You leave out the class weight `alpha`.",
            swap={"np.where(target == 1, alpha, 1 - alpha) * (1 - p)": "(1 - p)"},
        ),
        Wrong(
            "gamma-multiplied",
            "You multiply by `gamma`; it is the exponent of `1 - p`.",
            swap={"(1 - p) ** gamma": "(1 - p) * gamma"},
        ),
        Wrong(
            "p-to-the-gamma",
            "You weigh with `p ** gamma`, which favours the easy samples; the factor is "
            "`(1 - p) ** gamma`, small where the true class is already likely.",
            swap={"(1 - p) ** gamma": "p ** gamma"},
        ),
        Wrong(
            "weight-held-constant",
            "Your `dscores` treats the factor `(1 - p) ** gamma` as a constant; it depends on the "
            "score too, and adds `gamma * p * log(p)` by the product rule.",
            swap={"(gamma * p * log_p - (1 - p))": "(-(1 - p))"},
        ),
        Wrong(
            "product-rule-sign",
            "The term from the product rule has the wrong sign in your `dscores`: it is "
            "`gamma * p * log(p)`, which is negative like the other.",
            swap={"gamma * p * log_p - (1 - p)": "-gamma * p * log_p - (1 - p)"},
        ),
        Wrong(
            "side-missing",
            "Your `dscores` lacks the sign of the class: for a negative sample the loss rises with "
            "the score.",
            swap={"dscores = side * weight": "dscores = weight"},
        ),
        Wrong(
            "probability-of-one",
            "You use the probability of class 1 for every sample; the formula speaks of the "
            "probability of the true class, `1 - p` for a negative one.",
            swap={"-np.logaddexp(0, -side * scores)": "-np.logaddexp(0, -scores)"},
        ),
        Wrong(
            "gradient-not-divided",
            "Your `dscores` belongs to a sum: the `value` is a mean, so divide by the number of "
            "samples.",
            swap={" / scores.size": ""},
        ),
        Wrong(
            "sum",
            "Your `value` is a sum over the samples; divide it, and its gradient, by their number.",
            swap={"np.mean(": "np.sum(", " / scores.size": ""},
        ),
    ),
    right=(
        Right(
            "two probabilities",
            code="""
def focal(scores, target, gamma, alpha):
    p1 = 1 / (1 + np.exp(-scores))
    p = np.where(target == 1, p1, 1 - p1)
    a = np.where(target == 1, alpha, 1 - alpha)
    value = np.mean(-a * (1 - p) ** gamma * np.log(p))
    slope = a * (gamma * (1 - p) ** (gamma - 1) * np.log(p) - (1 - p) ** gamma / p)
    return value, slope * p1 * (1 - p1) * np.where(target == 1, 1, -1) / len(scores)
""",
        ),
        Right(
            "alpha by mask",
            swap={
                "np.where(target == 1, alpha, 1 - alpha)": "(alpha * target + (1 - alpha) * (1 - target))"
            },
        ),
    ),
    hints=(
        "Work with the probability `p` of the true class: `sigmoid(s)` for a positive sample, "
        "`sigmoid(-s)` for a negative one.",
        "With `u = side * s`, `d p / du = p * (1 - p)` and `d log p / du = 1 - p`; use the product "
        "rule on `(1 - p)**gamma * log p`.",
        "The slope is `side * weight * (gamma * p * log_p - (1 - p))`, divided by the number of "
        "samples.",
    ),
)

# --- Brier score --------------------------------------------------------------------------------


def _brier_cases(rng: np.random.Generator) -> list[Case]:
    cases = [
        {"p": rng.dirichlet(np.ones(s[1]), s[0]), "labels": rng.integers(0, s[1], s[0])}
        for s in SIZES
    ]
    cases[0]["labels"] = np.array([2, 0, 1, 1, 0])
    cases[1]["labels"] = np.array([2])
    return cases


def _brier_truth(case: Case) -> Values:
    y = np.eye(case["p"].shape[1])[case["labels"]]

    def loss(p: Any) -> Any:
        return np.mean(np.sum((p - y) ** 2, axis=1))

    return {"value": np.asarray(loss(case["p"])), "dp": grad(loss, case["p"])}


BRIER = Exercise(
    name="losses-brier",
    title="Brier score",
    difficulty=1,
    minutes=8,
    points=2,
    cases=_brier_cases,
    probe=call,
    options={"name": "brier", "args": ("p", "labels"), "returns": ("value", "dp")},
    truth=_brier_truth,
    reference='''
def brier(p, labels):
    """Return the Brier score of probabilities (batch, n_classes), and its gradient by p."""
    gap = p - np.eye(p.shape[1])[labels]
    return np.sum(gap**2) / len(p), 2 * gap / len(p)
''',
    wrong=(
        Wrong(
            "mean-over-entries",
            "You average over the classes as well; Brier's score sums over the classes and averages "
            "over the samples.",
            swap={
                "np.sum(gap**2) / len(p), 2 * gap / len(p)": "np.mean(gap**2), 2 * gap / gap.size"
            },
        ),
        Wrong(
            "value-mean-over-entries",
            "Your `value` averages over the classes as well, and does not fit your `dp`; sum over "
            "the classes, average over the samples.",
            swap={"np.sum(gap**2) / len(p)": "np.mean(gap**2)"},
        ),
        Wrong(
            "true-class-only",
            "You look at the true class alone; the squared errors of all classes are summed.",
            code="""
def brier(p, labels):
    rows = np.arange(len(p))
    gap = p[rows, labels] - 1
    dp = np.zeros_like(p)
    dp[rows, labels] = 2 * gap / len(p)
    return np.mean(gap**2), dp
""",
        ),
        Wrong(
            "labels-as-numbers",
            "You subtract the label itself as a number: turn it into a one-hot row first.",
            swap={"np.eye(p.shape[1])[labels]": "labels[:, None]"},
        ),
        Wrong(
            "gradient-not-divided",
            "Your `dp` belongs to a sum: the `value` is a mean over the samples.",
            swap={"2 * gap / len(p)": "2 * gap"},
        ),
        Wrong(
            "no-two",
            "Your `dp` lacks the 2 of the square.",
            swap={"2 * gap / len(p)": "gap / len(p)"},
        ),
        Wrong(
            "sign",
            "Your `dp` has the wrong sign: it is `2 * (p - y)`, divided by the number of samples.",
            swap={"2 * gap / len(p)": "-2 * gap / len(p)"},
        ),
        Wrong(
            "absolute",
            "You take absolute errors; Brier squares them, and only the square makes the honest "
            "probability the best answer.",
            swap={"np.sum(gap**2) / len(p)": "np.sum(np.abs(gap)) / len(p)"},
        ),
    ),
    right=(
        Right(
            "comparison",
            swap={"np.eye(p.shape[1])[labels]": "(labels[:, None] == np.arange(p.shape[1]))"},
        ),
        Right(
            "own copy",
            code="""
def brier(p, labels):
    gap = p.copy()
    gap[np.arange(len(p)), labels] -= 1
    return (gap * gap).sum(axis=1).mean(), gap * (2 / len(gap))
""",
        ),
    ),
    hints=(
        "It is the squared distance between the row of probabilities and the one-hot row.",
        "`np.eye(n_classes)[labels]` makes the one-hot rows; sum over classes, average over samples.",
        "With `gap = p - one_hot`: `np.sum(gap**2) / n` and `2 * gap / n`.",
    ),
)

# --- calibration --------------------------------------------------------------------------------


def _ece_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for n, bins, low in ((60, 10, 0.4), (1, 5, 0.5), (35, 8, 0.6), (80, 4, 0.05)):
        confidence = rng.uniform(low, 0.999, n)
        near = np.abs(confidence * bins - np.round(confidence * bins)) < 1e-3
        confidence[near] += 0.5 / bins * 0.2
        # Too modest below, too sure above: gaps of both signs, which must not cancel.
        chance = np.where(confidence < (1 + low) / 2, 0.95, 0.45)
        correct = (rng.uniform(size=n) < chance).astype(float)
        cases.append({"confidence": confidence, "correct": correct, "n_bins": bins})
    cases[2]["confidence"][:6] = 1.0  # the last bin holds its right edge
    cases[2]["correct"][:6] = 1.0, 0.0, 1.0, 1.0, 0.0, 1.0
    return cases


ECE = Exercise(
    name="losses-ece",
    title="Expected calibration error",
    difficulty=2,
    minutes=15,
    points=3,
    cases=_ece_cases,
    probe=call,
    options={"name": "ece", "args": ("confidence", "correct", "n_bins"), "returns": ("error",)},
    reference='''
def ece(confidence, correct, n_bins):
    """Return the expected calibration error over n_bins bins of equal width on [0, 1]."""
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    error = 0.0
    for b in range(n_bins):
        inside = bins == b
        if inside.any():
            gap = correct[inside].mean() - confidence[inside].mean()
            error += inside.mean() * abs(gap)
    return error
''',
    wrong=(
        Wrong(
            "bins-unweighted",
            "You average over the bins, so that a bin with one sample counts as much as a full one; "
            "weigh each gap with the share of samples in the bin.",
            swap={"error += inside.mean() * abs(gap)": "error += abs(gap) / n_bins"},
        ),
        Wrong(
            "signed",
            "You add signed gaps, so too much and too little confidence cancel; take the absolute "
            "value in each bin.",
            swap={"abs(gap)": "gap"},
        ),
        Wrong(
            "bin-centre",
            "You compare the accuracy with the middle of the bin; the samples' own mean confidence "
            "is meant.",
            swap={"confidence[inside].mean()": "(b + 0.5) / n_bins"},
        ),
        Wrong(
            "one-bin",
            "You compare overall accuracy with overall confidence; the comparison is made bin by "
            "bin, or opposite errors cancel.",
            swap={
                "np.minimum((confidence * n_bins).astype(int), n_bins - 1)": "np.zeros(len(confidence), int)"
            },
        ),
        Wrong(
            "empty-bins",
            "An empty bin makes your sum NaN: it has no mean, so skip it.",
            swap={"if inside.any():": "if True:"},
        ),
        Wrong(
            "last-edge-lost",
            "Samples with confidence exactly 1 fall out of your last bin; it includes its right "
            "edge.",
            swap={
                "np.minimum((confidence * n_bins).astype(int), n_bins - 1)": "(confidence * n_bins).astype(int)"
            },
        ),
        Wrong(
            "maximum",
            "You keep the largest gap, which is the maximum calibration error; the expected one is "
            "the weighted mean of the gaps.",
            swap={"error += inside.mean() * abs(gap)": "error = max(error, abs(gap))"},
        ),
        Wrong(
            "counts",
            "You weigh with the number of samples in the bin instead of their share of all samples.",
            swap={"inside.mean() * abs": "inside.sum() * abs"},
        ),
        Wrong(
            "per-sample",
            "You compare sample by sample: a single answer is right or wrong, and only the mean over "
            "a bin can be compared with a confidence.",
            swap={"abs(gap)": "np.abs(correct[inside] - confidence[inside]).mean()"},
        ),
    ),
    right=(
        Right(
            "histogram",
            code="""
def ece(confidence, correct, n_bins):
    edges = np.linspace(0, 1, n_bins + 1)
    c, _ = np.histogram(confidence, edges, weights=confidence)
    a, _ = np.histogram(confidence, edges, weights=correct)
    return np.abs(a - c).sum() / len(confidence)
""",
        ),
        Right(
            "bins closed on the right",
            code="""
def ece(confidence, correct, n_bins):
    edges = np.linspace(0, 1, n_bins + 1)
    total = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.sum() > 0:
            gap = abs(np.mean(correct[inside]) - np.mean(confidence[inside]))
            total += gap * inside.sum() / len(confidence)
    return total
""",
        ),
    ),
    hints=(
        "Sort the samples into bins by confidence; in each bin compare the share of right answers "
        "with the mean confidence.",
        "`(confidence * n_bins).astype(int)` is the bin's number, except that a confidence of 1 "
        "belongs to the last bin; skip empty bins.",
        "Add up `share of samples in the bin * abs(accuracy in it - mean confidence in it)`.",
    ),
)

SCORES = (HINGE, WEIGHTED, UNDO, FOCAL, BRIER, ECE)
