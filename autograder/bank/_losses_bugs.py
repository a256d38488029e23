"""Chapter 4, losses: find the bug."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercise import Case, Right, Wrong
from autograder.kinds import find_bug

# --- a shape that broadcasts --------------------------------------------------------------------


def _column_cases(rng: np.random.Generator) -> list[Case]:
    return [{"scores": rng.normal(size=(n, 1)), "target": rng.normal(size=n)} for n in (5, 1, 8)]


BROADCAST = find_bug(
    "losses-find-broadcast",
    "A perfect model with a loss",
    function="column_mse",
    args=("scores", "target"),
    cases=_column_cases,
    repaired='''
def column_mse(scores, target):
    """Return the mean squared error of scores (batch, 1) against targets (batch,)."""
    return np.mean((scores - target.reshape(scores.shape)) ** 2)
''',
    buggy='''
def column_mse(scores, target):
    """Return the mean squared error of scores (batch, 1) against targets (batch,)."""
    return np.mean((scores - target) ** 2)
''',
    witness="(np.array([[0.0], [1.0]]), np.array([0.0, 1.0]))",
    cause="c",
    causes={
        "a": "The mean divides by the number of squares it is given; the trouble is that it is "
        "given too many of them.",
        "b": "The sign of the difference does not matter under a square.",
        "d": "Nothing overflows here; print the shape of `scores - target`.",
    },
    bug_says="A (batch, 1) column minus a (batch,) row is still broadcast to (batch, batch): every "
    "score meets every target.",
    hints=(
        "Print `(scores - target).shape`.",
        "Every score is compared with every target, so even a perfect model has a loss, of twice "
        "the variance of the targets.",
        "Give the target the shape of the scores before subtracting: `target.reshape(scores.shape)`.",
    ),
    wrong=(
        Wrong(
            "divided-again",
            "You divide the sum over all pairs by the number of rows; the pairs themselves must go.",
            swap={
                "np.mean((scores - target.reshape(scores.shape)) ** 2)": "np.sum((scores - target) ** 2) / len(scores)"
            },
        ),
        Wrong(
            "transposed",
            "You square after the mean, when errors above and below have already cancelled: line the "
            "shapes up, square each difference, and take the mean last.",
            swap={
                "np.mean((scores - target.reshape(scores.shape)) ** 2)": "np.mean(scores.T - target) ** 2"
            },
        ),
        Wrong(
            "first-column",
            "You keep only the first row of differences: one score against all targets.",
            swap={
                "np.mean((scores - target.reshape(scores.shape)) ** 2)": "np.mean((scores[0] - target) ** 2)"
            },
        ),
    ),
    right=(
        Right("ravel", swap={"scores - target.reshape(scores.shape)": "scores.ravel() - target"}),
        Right("new axis", swap={"target.reshape(scores.shape)": "target[:, None]"}),
    ),
)

# --- a mean over too much -----------------------------------------------------------------------


def _prob_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, k in ((5, 3), (1, 4), (6, 2)):
        y = np.eye(k)[rng.integers(0, k, n)]
        cases.append({"p": rng.dirichlet(np.ones(k) * 2, n) * 0.98 + 0.02 / k, "y": y})
    return cases


MEAN = find_bug(
    "losses-find-mean",
    "A gradient that is k times too large",
    function="mean_ce",
    args=("p", "y"),
    cases=_prob_cases,
    repaired='''
def mean_ce(p, y):
    """Return the cross-entropy in nats per sample; p and y have shape (batch, n_classes)."""
    return -np.sum(y * np.log(p)) / len(p)
''',
    buggy='''
def mean_ce(p, y):
    """Return the cross-entropy in nats per sample; p and y have shape (batch, n_classes)."""
    return -np.mean(y * np.log(p))
''',
    witness="(np.array([[0.5, 0.5]]), np.array([[1.0, 0.0]]))",
    cause="d",
    causes={
        "a": "The logarithm is the natural one, and nats are asked for.",
        "b": "`y` weighs and `p` stands in the logarithm, as it should be.",
        "c": "A probability of 0 would be a problem, but the values are wrong without one.",
    },
    bug_says="The mean still runs over the classes too: the loss is `n_classes` times too small, so "
    "`(p - y) / n` looks `n_classes` times too large beside it.",
    hints=(
        "Work out one sample by hand: a coin, p = (1/2, 1/2). What is minus the log of 1/2?",
        "`np.mean` divides by all entries of the array. How many are there for each sample?",
        "Sum over everything and divide by `len(p)`.",
    ),
    wrong=(
        Wrong(
            "classes-divide",
            "You divide by the number of classes instead of the number of samples.",
            swap={"/ len(p)": "/ p.shape[1]"},
        ),
        Wrong(
            "not-divided",
            "You return the sum over the samples; nats per sample are asked for.",
            swap={" / len(p)": ""},
        ),
        Wrong(
            "wrong-way",
            "You divide by the number of classes once more; `np.mean` did it already, and it should "
            "be undone.",
            swap={"np.sum(y * np.log(p)) / len(p)": "np.mean(y * np.log(p)) / p.shape[1]"},
        ),
    ),
    right=(
        Right(
            "row sums",
            swap={"np.sum(y * np.log(p)) / len(p)": "np.mean(np.sum(y * np.log(p), axis=1))"},
        ),
        Right(
            "times classes",
            swap={"np.sum(y * np.log(p)) / len(p)": "np.mean(y * np.log(p)) * p.shape[1]"},
        ),
    ),
)

# --- half a loss --------------------------------------------------------------------------------


def _yes_no_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n in (7, 1, 4):
        y = rng.integers(0, 2, n).astype(float)
        y[0] = 0.0
        cases.append({"p": rng.uniform(0.05, 0.95, n), "y": y})
    return cases


HALF = find_bug(
    "losses-find-yes-sayer",
    "The model that always says yes",
    function="binary_ce",
    args=("p", "y"),
    cases=_yes_no_cases,
    repaired='''
def binary_ce(p, y):
    """Return the mean cross-entropy of probabilities p (batch,) for labels y of 0 and 1."""
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
''',
    buggy='''
def binary_ce(p, y):
    """Return the mean cross-entropy of probabilities p (batch,) for labels y of 0 and 1."""
    return -np.mean(y * np.log(p))
''',
    witness="(np.array([0.9]), np.array([0.0]))",
    cause="a",
    causes={
        "b": "The mean over the samples is right: there is one entry per sample.",
        "c": "The sign is right: a logarithm of a probability is negative, and the minus turns it.",
        "d": "The formula with one term is right for a row of probabilities that includes both "
        "classes; here there is a single column, and the other class is `1 - p`.",
    },
    bug_says="A sample with label 0 still costs nothing, so saying 1 every time is the best answer.",
    hints=(
        "What does a sample with label 0 add to the loss?",
        "In the two-column form both classes have an entry; here the probability of class 0 is only "
        "implied.",
        "Add `(1 - y) * np.log(1 - p)` inside the mean.",
    ),
    wrong=(
        Wrong(
            "second-sign",
            "The new term has the wrong sign: both are logarithms of probabilities, and the minus in "
            "front serves both.",
            swap={"+ (1 - y)": "- (1 - y)"},
        ),
        Wrong(
            "log-of-p-twice",
            "The second term has the logarithm of `p`; the probability of class 0 is `1 - p`.",
            swap={"np.log(1 - p)": "np.log(p)"},
        ),
        Wrong(
            "y-in-both",
            "The second term is weighed with `y` too; it belongs to the samples with label 0, `1 - y`.",
            swap={"(1 - y) *": "y *"},
        ),
        Wrong(
            "halved",
            "You divide by 2 as if both terms counted for each sample; one of them is always 0.",
            swap={"-np.mean(": "-0.5 * np.mean("},
        ),
    ),
    right=(
        Right(
            "where",
            swap={"y * np.log(p) + (1 - y) * np.log(1 - p)": "np.log(np.where(y == 1, p, 1 - p))"},
        ),
        Right("log1p", swap={"np.log(1 - p)": "np.log1p(-p)"}),
    ),
)

# --- stable in name only ------------------------------------------------------------------------


def _logit_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"z": 3 * rng.normal(size=6), "y": rng.integers(0, 2, 6).astype(float)},
        {"z": np.array([37.5]), "y": np.array([0.0])},
        {"z": np.array([40.0, -45.0, 60.0]), "y": np.array([1.0, 0.0, 0.0])},
        {"z": np.array([-1000.0, 1000.0, -800.0, 0.3]), "y": np.array([1.0, 0.0, 0.0, 1.0])},
    ]


def _finite_differs(right: Any, wrong: Any) -> bool:
    return not np.isclose(right, wrong, rtol=1e-6, equal_nan=True)


STABLE = find_bug(
    "losses-find-overflow",
    "Stable in name only",
    function="logit_ce",
    args=("z", "y"),
    cases=_logit_cases,
    repaired='''
def logit_ce(z, y):
    """Return the mean binary cross-entropy of sigmoid(z), finite for every finite z."""
    return np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))))
''',
    buggy='''
def logit_ce(z, y):
    """Return the mean binary cross-entropy of sigmoid(z), finite for every finite z."""
    p = 1 / (1 + np.exp(-z))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
''',
    witness="(np.array([40.0]), np.array([0.0]))",
    cause="b",
    causes={
        "a": "The formula is right, term by term; the trouble is how numbers are rounded on the way.",
        "c": "`exp(-z)` overflows only below z = -709; the loss goes wrong much sooner, at z = 37, "
        "where nothing overflows.",
        "d": "The mean is right; a single sample fails too.",
    },
    bug_says="The logarithm still meets a probability that has been rounded to 0 or to 1, so some "
    "finite score gives an infinite or NaN loss; a stable sigmoid is not yet a stable loss.",
    tells=_finite_differs,
    hints=(
        "Compute `1 - 1 / (1 + np.exp(-37.0))` in Python.",
        "Once `p` is rounded to 1 nothing can bring `1 - p` back: the logarithm has to be taken "
        "before the rounding, in the formula.",
        "`-log(sigmoid(z))` is `np.logaddexp(0, -z)`, and `-log(1 - sigmoid(z))` is "
        "`np.logaddexp(0, z)`.",
    ),
    quiet=True,
    wrong=(
        Wrong(
            "clipped",
            "You clip the probability: the loss is finite now, but 34.5 where it should be 1000, and "
            "its slope there is 0.",
            code="""
def logit_ce(z, y):
    e = np.exp(-np.abs(z))
    p = np.clip(np.where(z >= 0, 1, e) / (1 + e), 1e-15, 1 - 1e-15)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
""",
        ),
        Wrong(
            "epsilon",
            "You add a small number inside the logarithms: the loss now ends at 27.6 where it should "
            "go on growing with the score.",
            code="""
def logit_ce(z, y):
    e = np.exp(-np.abs(z))
    p = np.where(z >= 0, 1, e) / (1 + e)
    return -np.mean(y * np.log(p + 1e-12) + (1 - y) * np.log(1 - p + 1e-12))
""",
        ),
        Wrong(
            "softplus-overflows",
            "You wrote `log(1 + exp(z))`, whose `exp` overflows above 709; take the larger of `z` "
            "and 0 out first.",
            code="""
def logit_ce(z, y):
    return np.mean(np.log(1 + np.exp(z)) - z * y)
""",
        ),
        Wrong(
            "sign-of-target",
            "The term with the target has the wrong sign: it is `softplus(z) - z * y`.",
            swap={"- z * y": "+ z * y"},
        ),
    ),
    right=(
        Right(
            "logaddexp",
            swap={
                "np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))": "np.logaddexp(0, z) - z * y"
            },
        ),
        Right(
            "two terms",
            swap={
                "np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))": "y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z)"
            },
        ),
    ),
)

# --- uphill -------------------------------------------------------------------------------------


def _slope_cases(rng: np.random.Generator) -> list[Case]:
    return [{"scores": rng.normal(size=s), "target": rng.normal(size=s)} for s in (6, 1, (5, 3))]


UPHILL = find_bug(
    "losses-find-uphill",
    "A step that climbs",
    function="mse_slope",
    args=("scores", "target"),
    cases=_slope_cases,
    repaired='''
def mse_slope(scores, target):
    """Return d(mean squared error)/d(scores), same shape as the scores."""
    return 2 * (scores - target) / scores.size
''',
    buggy='''
def mse_slope(scores, target):
    """Return d(mean squared error)/d(scores), same shape as the scores."""
    return 2 * (target - scores)
''',
    witness="(np.array([1.0, 0.0]), np.array([0.0, 0.0]))",
    cause="d",
    causes={
        "a": "The factor 2 is right; it comes from the square.",
        "b": "The sign is wrong indeed, but the ratio to the right slope is -n, not -1: a second "
        "thing is missing.",
        "c": "The division is missing indeed, but the ratio to the right slope is -n, not n: look at "
        "the sign as well.",
    },
    bug_says="The slope is still -n times the right one: both the sign and the division by the "
    "number of entries are wrong.",
    hints=(
        "Compare with a central difference for six scores. What is the ratio?",
        "A ratio of -6 for six scores tells two things: its sign, and its size.",
        "Return `2 * (scores - target) / scores.size`.",
    ),
    wrong=(
        Wrong(
            "only-sign-repaired",
            "You repaired the sign; the slope of a mean is also divided by the number of entries.",
            swap={" / scores.size": ""},
        ),
        Wrong(
            "only-division-repaired",
            "You repaired the division; the sign is still wrong, so a step would climb.",
            swap={"(scores - target)": "(target - scores)"},
        ),
        Wrong(
            "two-lost",
            "You lost the 2 that the square brings down.",
            swap={"2 * (scores": "(scores"},
        ),
        Wrong(
            "rows-only",
            "You divide by the number of rows alone; the mean runs over all entries.",
            swap={"scores.size": "len(scores)"},
        ),
    ),
    right=(
        Right(
            "mean of ones",
            swap={
                "2 * (scores - target) / scores.size": "(2 / scores.size) * scores - (2 / scores.size) * target"
            },
        ),
        Right("product of shape", swap={"scores.size": "np.prod(scores.shape)"}),
    ),
)

# --- two sigmoids -------------------------------------------------------------------------------

_SOFTPLUS = '''
def bce_from_logits(z, y):
    """Return the mean binary cross-entropy of sigmoid(z)."""
    return np.mean(np.logaddexp(0, z) - z * y)
'''


def _head_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "h": rng.normal(size=(n, k)),
            "w": rng.normal(size=k),
            "y": rng.integers(0, 2, n).astype(float),
        }
        for n, k in ((6, 3), (1, 4), (5, 2))
    ]


DOUBLE = find_bug(
    "losses-find-floor",
    "The loss that stops at 0.31",
    function="head_loss",
    args=("h", "w", "y"),
    cases=_head_cases,
    setup=_SOFTPLUS,
    repaired='''
def head_loss(h, w, y):
    """Return the loss of a yes-or-no head with weights w (n,) on features h (batch, n)."""
    return bce_from_logits(h @ w, y)
''',
    buggy='''
def head_loss(h, w, y):
    """Return the loss of a yes-or-no head with weights w (n,) on features h (batch, n)."""
    p = 1 / (1 + np.exp(-(h @ w)))
    return bce_from_logits(p, y)
''',
    witness="(np.array([[8.0]]), np.array([1.0]), np.array([1.0]))",
    cause="c",
    causes={
        "a": "A gradient check passes: the slope belongs to the loss that is computed. It is the "
        "wrong loss.",
        "b": "Nothing overflows: the scores are small. Look at which numbers can reach "
        "`bce_from_logits`.",
        "d": "The mean is right; look at what enters `bce_from_logits`.",
    },
    bug_says="The sigmoid is still applied twice: probabilities between 0 and 1 are read as logits, "
    "so the answers stay between 0.5 and 0.731 and the loss cannot fall below 0.3133.",
    hints=(
        "What is the smallest loss that this function can give for a sample with label 1?",
        "`bce_from_logits` applies the sigmoid itself. What does it get?",
        "Pass the raw score `h @ w` on.",
    ),
    wrong=(
        Wrong(
            "wrong-side",
            "The targets are turned round: label 1 must be cheap where the score is high.",
            swap={"bce_from_logits(h @ w, y)": "bce_from_logits(h @ w, 1 - y)"},
        ),
        Wrong(
            "log-odds-of-logit",
            "You pass the logarithm of the sigmoid; the loss wants the raw score.",
            swap={"bce_from_logits(h @ w, y)": "bce_from_logits(-np.logaddexp(0, -(h @ w)), y)"},
        ),
        Wrong(
            "tanh",
            "You squash with another function; a score for this loss has no bounds at all.",
            swap={"bce_from_logits(h @ w, y)": "bce_from_logits(np.tanh(h @ w), y)"},
        ),
    ),
    right=(
        Right(
            "by hand",
            swap={"bce_from_logits(h @ w, y)": "np.mean(np.logaddexp(0, h @ w) - (h @ w) * y)"},
        ),
        Right(
            "probability once",
            swap={
                "return bce_from_logits(h @ w, y)": "p = 1 / (1 + np.exp(-(h @ w)))\n"
                "    return -np.mean(np.log(np.where(y == 1, p, 1 - p)))"
            },
        ),
    ),
)

# --- labels of the wrong kind -------------------------------------------------------------------


def _zero_one_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n in (7, 1, 4):
        y = rng.integers(0, 2, n).astype(float)
        y[0] = 0.0
        cases.append({"scores": 1.5 * rng.normal(size=n), "y": y})
    return cases


LABELS = find_bug(
    "losses-find-silent-class",
    "The class that never learns",
    function="margin_loss",
    args=("scores", "y"),
    cases=_zero_one_cases,
    repaired='''
def margin_loss(scores, y):
    """Return the mean hinge loss of scores (batch,) for labels y of 0 and 1."""
    return np.mean(np.maximum(0, 1 - (2 * y - 1) * scores))
''',
    buggy='''
def margin_loss(scores, y):
    """Return the mean hinge loss of scores (batch,) for labels y of 0 and 1."""
    return np.mean(np.maximum(0, 1 - y * scores))
''',
    witness="(np.array([3.0]), np.array([0.0]))",
    cause="a",
    causes={
        "b": "A margin of 1 is the hinge's own; any other only rescales the scores.",
        "c": "The cut at 0 is right: beyond the margin nothing is to be gained.",
        "d": "A gradient check passes, since the slope 0 is right for this constant; ask why it is "
        "constant.",
    },
    bug_says="Samples with label 0 still lose their score: `0 * score` is 0 whatever the score, so "
    "they cost 1 and pull nowhere.",
    hints=(
        "Compute the loss of one sample with label 0 for the scores -5, 0 and 5.",
        "The hinge is written for labels -1 and +1.",
        "Turn the labels round first: `2 * y - 1` is -1 or +1.",
    ),
    wrong=(
        Wrong(
            "y-minus-one",
            "`y - 1` gives -1 and 0: now the other class is silent. Use `2 * y - 1`.",
            swap={"(2 * y - 1)": "(y - 1)"},
        ),
        Wrong(
            "sides-exchanged",
            "The sides are exchanged: label 1 must become +1.",
            swap={"(2 * y - 1)": "(1 - 2 * y)"},
        ),
        Wrong(
            "margin-lost",
            "You repaired the labels and lost the margin: the hinge is `1 - side * score`, cut at 0.",
            swap={
                "np.maximum(0, 1 - (2 * y - 1) * scores)": "np.maximum(0, -(2 * y - 1) * scores)"
            },
        ),
        Wrong(
            "half",
            "`y - 0.5` gives -0.5 and +0.5, which asks for scores twice as large; use `2 * y - 1`.",
            swap={"(2 * y - 1)": "(y - 0.5)"},
        ),
    ),
    right=(
        Right("where", swap={"(2 * y - 1)": "np.where(y == 1, 1, -1)"}),
        Right(
            "two terms",
            swap={
                "np.maximum(0, 1 - (2 * y - 1) * scores)": "np.where(y > 0, np.maximum(0, 1 - scores),"
                " np.maximum(0, 1 + scores))"
            },
        ),
    ),
)

BUGS = (BROADCAST, UPHILL, MEAN, HALF, STABLE, DOUBLE, LABELS)
