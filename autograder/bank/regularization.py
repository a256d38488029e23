"""Chapter 7, regularization: penalties, early stopping, reading curves, quizzes."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.bank._numeric import grad
from autograder.bank._regularization_bugs import EXERCISES as BUGS
from autograder.bank._regularization_data import EXERCISES as DATA
from autograder.bank._regularization_random import EXERCISES as RANDOM
from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.kinds import choice, prediction
from autograder.probe import call

# --- L2 -----------------------------------------------------------------------------------------


def _l2_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "value": float(rng.uniform(0.5, 2.0)),
            "dW": rng.normal(size=size),
            "db": rng.normal(size=size[1]),
            "W": rng.normal(size=size) + 0.2,
            "b": rng.normal(size=size[1]) + 0.5,
            "lam": lam,
        }
        for size, lam in (((5, 3), 0.7), ((1, 4), 0.3), ((4, 1), 0.15), ((3, 6), 1.3))
    ]


def _l2_truth(case: Case) -> Values:
    slope = grad(lambda W: case["lam"] * np.sum(W**2), case["W"])
    total = case["value"] + case["lam"] * float(np.vdot(case["W"], case["W"]))
    return {"total": np.asarray(total), "dW": case["dW"] + slope, "db": case["db"]}


L2 = Exercise(
    name="regularization-l2",
    title="An L2 penalty on the weights",
    difficulty=1,
    minutes=8,
    points=2,
    cases=_l2_cases,
    probe=call,
    options={
        "name": "add_l2",
        "args": ("value", "dW", "db", "W", "b", "lam"),
        "returns": ("total", "dW", "db"),
    },
    truth=_l2_truth,
    reference='''
def add_l2(value, dW, db, W, b, lam):
    """Return loss, dW and db of a layer with the penalty lam * sum(W**2); the bias is free."""
    total = value + lam * np.sum(W**2)
    return total, dW + 2 * lam * W, db
''',
    wrong=(
        Wrong(
            "half-gradient",
            "Your `dW` adds `lam * W`, but the derivative of `lam * W**2` is `2 * lam * W`: either "
            "the loss has a factor 1/2 or the gradient has a 2.",
            swap={"2 * lam * W": "lam * W"},
        ),
        Wrong(
            "half-both",
            "You penalize `lam / 2 * sum(W**2)`, which fits its own gradient; this exercise defines "
            "the penalty without the 1/2.",
            swap={"lam * np.sum(W**2)": "0.5 * lam * np.sum(W**2)", "2 * lam * W": "lam * W"},
        ),
        Wrong(
            "doubled-gradient",
            "Your `dW` adds `4 * lam * W`: the 2 of the square is counted twice.",
            swap={"2 * lam * W": "4 * lam * W"},
        ),
        Wrong(
            "no-gradient",
            "Your `total` has the penalty and your `dW` does not: the weights will never feel it.",
            swap={"dW + 2 * lam * W": "dW"},
        ),
        Wrong(
            "no-value",
            "Your `dW` has the penalty and your `total` does not, so a gradient check will find that "
            "they disagree by `2 * lam * W`.",
            swap={"value + lam * np.sum(W**2)": "value"},
        ),
        Wrong(
            "overwritten",
            "Your `total` is the penalty alone: add it to the `value` of the loss.",
            swap={"value + lam * np.sum(W**2)": "lam * np.sum(W**2)"},
        ),
        Wrong(
            "divided-by-rows",
            "You divide the penalty's gradient by the number of rows of `W`; the penalty is a sum, "
            "no mean, and nothing divides it.",
            swap={"2 * lam * W": "2 * lam * W / len(W)"},
        ),
        Wrong(
            "mean",
            "You take the mean of the squared weights; the penalty is their sum, so that a weight's "
            "pull does not depend on how many there are.",
            swap={"np.sum(W**2)": "np.mean(W**2)", "2 * lam * W": "2 * lam * W / W.size"},
        ),
        Wrong(
            "one-constant",
            "You add the same number to every entry of `dW`: the derivative by one weight is "
            "`2 * lam` times that weight.",
            swap={"2 * lam * W": "lam * np.sum(W**2)"},
        ),
        Wrong(
            "no-strength",
            "Your `dW` adds `2 * W` without the strength `lam`.",
            swap={"2 * lam * W": "2 * W"},
        ),
        Wrong(
            "bias-in-gradient",
            "Your `db` is pulled to 0 as well, while the penalty in the loss leaves the bias out.",
            swap={", db\n": ", db + 2 * lam * b\n"},
        ),
        Wrong(
            "bias-too",
            "You penalize the bias as well: it only shifts the answer, and shrinking it makes the "
            "function no simpler.",
            swap={
                "np.sum(W**2)": "(np.sum(W**2) + np.sum(b**2))",
                ", db\n": ", db + 2 * lam * b\n",
            },
        ),
        Wrong(
            "cross-terms",
            "You sum all entries of `W.T @ W`, which has products of different columns too; the "
            "penalty sums squares only.",
            swap={"np.sum(W**2)": "np.sum(W.T @ W)"},
        ),
        Wrong(
            "in-place",
            "Your numbers are right, but `dW += ...` changes the caller's array: return a new one.",
            swap={
                "    return total, dW + 2 * lam * W, db": "    dW += 2 * lam * W\n    return total, dW, db"
            },
        ),
    ),
    right=(
        Right("vdot", swap={"np.sum(W**2)": "float(np.vdot(W, W))"}),
        Right(
            "copy",
            swap={
                "    return total, dW + 2 * lam * W, db": "    dW = dW.copy()\n    dW += 2 * lam * W\n    return total, dW, db.copy()"
            },
        ),
        Right(
            "loop",
            code="""
def add_l2(value, dW, db, W, b, lam):
    new = np.zeros(W.shape)
    for index in np.ndindex(W.shape):
        value = value + lam * W[index] ** 2
        new[index] = dW[index] + 2 * lam * W[index]
    return value, new, db
""",
        ),
    ),
    hints=(
        "The penalty is one more term of the loss; a derivative of a sum is a sum of derivatives.",
        "By one weight, `lam * w**2` has the derivative `2 * lam * w`. The bias is not in it.",
        "Return `value + lam * np.sum(W**2)`, `dW + 2 * lam * W`, and `db` as it is.",
    ),
)

DECAY = prediction(
    "regularization-decay",
    "Which weight decay is it?",
    truth=0.06,
    within=0.0005,
    mistakes={
        "same": (
            0.03,
            "0.03 would shrink the weights half as much: the derivative of `lam * w**2` brings down "
            "a 2.",
        ),
        "half": (
            0.015,
            "0.015 goes the wrong way: the square brings down a factor 2, it takes none away.",
        ),
        "with-rate": (
            0.006,
            "You have multiplied by the learning rate; the optimizer does that itself.",
        ),
    },
    hints=(
        "Write down one step of plain gradient descent on loss + 0.03 * sum(w**2).",
        "w - lr * (g + 2 * 0.03 * w) is (1 - lr * decay) * w - lr * g for which decay?",
        "Twice the strength of the penalty.",
    ),
)

# --- L1 and elastic net -------------------------------------------------------------------------


def _elastic_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for size, l1, l2 in (((7,), 0.7, 0.3), ((1,), 0.4, 1.1), ((4, 3), 0.15, 0.6)):
        theta = rng.choice([-1.0, 1.0], size) * rng.uniform(0.2, 2.0, size)
        if theta.size > 1:
            theta.flat[0], theta.flat[1] = 0.0, -1.5  # at 0 the central difference is 0 as well
        cases.append({"theta": theta, "l1": l1, "l2": l2})
    return cases


def _elastic(theta: Any, case: Case) -> Any:
    return case["l1"] * np.sum(np.abs(theta)) + case["l2"] * np.sum(theta**2)


ELASTIC = Exercise(
    name="regularization-elastic",
    title="L1 and L2 together: the elastic net",
    difficulty=1,
    minutes=8,
    points=2,
    cases=_elastic_cases,
    probe=call,
    options={"name": "elastic_net", "args": ("theta", "l1", "l2"), "returns": ("value", "dtheta")},
    truth=lambda c: {
        "value": np.asarray(_elastic(c["theta"], c)),
        "dtheta": grad(lambda t: _elastic(t, c), c["theta"]),
    },
    reference='''
def elastic_net(theta, l1, l2):
    """Return l1 * sum(|theta|) + l2 * sum(theta**2) and its subgradient (0 at 0)."""
    value = l1 * np.sum(np.abs(theta)) + l2 * np.sum(theta**2)
    return value, l1 * np.sign(theta) + 2 * l2 * theta
''',
    wrong=(
        Wrong(
            "sign-lost",
            "Your L1 part pulls every weight down, the negative ones away from 0: the slope of "
            "|theta| is the sign of theta.",
            swap={"l1 * np.sign(theta)": "l1"},
        ),
        Wrong(
            "absolute-slope",
            "Your L1 part has the slope `abs(theta)`; the slope of |theta| has size 1 everywhere, "
            "and the sign of theta.",
            swap={"l1 * np.sign(theta)": "l1 * np.abs(theta)"},
        ),
        Wrong(
            "l1-as-l2",
            "Your L1 part pulls in proportion to the weight, which is what L2 does; the pull of L1 "
            "is as strong on small weights as on large ones.",
            swap={"l1 * np.sign(theta)": "l1 * theta"},
        ),
        Wrong(
            "no-two",
            "Your L2 part lacks the 2 that the square brings down.",
            swap={"2 * l2 * theta": "l2 * theta"},
        ),
        Wrong(
            "exchanged",
            "Your two strengths are exchanged: `l1` belongs to the absolute values, `l2` to the "
            "squares.",
            swap={
                "l1 * np.sum(np.abs(theta)) + l2 * np.sum(theta**2)": "l2 * np.sum(np.abs(theta)) + l1 * np.sum(theta**2)",
                "l1 * np.sign(theta) + 2 * l2 * theta": "l2 * np.sign(theta) + 2 * l1 * theta",
            },
        ),
        Wrong(
            "no-absolute-value",
            "Your `value` sums the weights themselves, so that positive and negative ones cancel.",
            swap={"np.sum(np.abs(theta))": "np.sum(theta)"},
        ),
        Wrong(
            "norm",
            "Your L2 part is the length of the weights, with a root; the penalty is the sum of "
            "squares.",
            swap={"np.sum(theta**2)": "np.sqrt(np.sum(theta**2))"},
        ),
        Wrong(
            "one-at-zero",
            "Your `dtheta` pushes a weight that is exactly 0; the exercise asks for 0 there, as "
            "`np.sign` gives.",
            swap={"np.sign(theta)": "np.where(theta >= 0, 1, -1)"},
        ),
        Wrong(
            "sign",
            "Your `dtheta` points away from 0 for the squares: the gradient is `+ 2 * l2 * theta`.",
            swap={"+ 2 * l2 * theta": "- 2 * l2 * theta"},
        ),
    ),
    right=(
        Right("comparisons", swap={"np.sign(theta)": "((theta > 0) * 1.0 - (theta < 0))"}),
        Right("vdot", swap={"np.sum(theta**2)": "np.vdot(theta, theta)"}),
        Right(
            "loop",
            code="""
def elastic_net(theta, l1, l2):
    value, slope = 0.0, np.zeros(theta.shape)
    for i in np.ndindex(theta.shape):
        value += l1 * abs(theta[i]) + l2 * theta[i] ** 2
        slope[i] = 2 * l2 * theta[i]
        if theta[i] != 0:
            slope[i] += l1 if theta[i] > 0 else -l1
    return value, slope
""",
        ),
    ),
    hints=(
        "Differentiate the two penalties apart; each keeps its own strength.",
        "The slope of |theta| is `np.sign(theta)`; that of theta**2 is 2 * theta.",
        "Return the value and `l1 * np.sign(theta) + 2 * l2 * theta`.",
    ),
)


def _prox_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, lr, lam in ((8, 0.3, 0.7), (1, 0.5, 0.4), (6, 0.2, 1.5)):
        amount = lr * lam
        inside = rng.uniform(0.1, 0.8, n) * amount
        beyond = rng.uniform(1.3, 4.0, n) * amount
        far = np.arange(n) % 2 == 0  # survivors and zeros, of both signs
        after = np.where(far, beyond, inside) * np.where(np.arange(n) % 4 < 2, 1.0, -1.0)
        g = rng.normal(size=n)
        if n > 1:  # two weights that the gradient step carries across 0
            g[[0, 2]] = (-0.5 * np.sign(after) - after)[[0, 2]] / lr
        cases.append({"w": after + lr * g, "grad": g, "lr": lr, "lam": lam})
    return cases


SOFT = Exercise(
    name="regularization-soft-threshold",
    title="Weights that become exactly zero",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_prox_cases,
    probe=call,
    options={"name": "prox_step", "args": ("w", "grad", "lr", "lam"), "returns": ("w_new",)},
    reference='''
def prox_step(w, grad, lr, lam):
    """Return w after a gradient step on the loss and a soft threshold of lr * lam."""
    v = w - lr * grad
    return np.sign(v) * np.maximum(np.abs(v) - lr * lam, 0)
''',
    wrong=(
        Wrong(
            "subgradient",
            "You took a subgradient step, `w - lr * (grad + lam * sign(w))`: it jumps over 0 and "
            "never lands there.",
            swap={"np.sign(v) * np.maximum(np.abs(v) - lr * lam, 0)": "v - lr * lam * np.sign(w)"},
        ),
        Wrong(
            "overshoots",
            "Your shrinking has no stop at 0: a weight smaller than `lr * lam` comes out on the "
            "other side.",
            swap={"np.maximum(np.abs(v) - lr * lam, 0)": "(np.abs(v) - lr * lam)"},
        ),
        Wrong(
            "hard",
            "You set small weights to 0 but leave the large ones alone, a hard threshold; the soft "
            "one moves every weight by `lr * lam` towards 0.",
            swap={
                "np.sign(v) * np.maximum(np.abs(v) - lr * lam, 0)": "np.where(np.abs(v) > lr * lam, v, 0)"
            },
        ),
        Wrong(
            "no-rate",
            "You shrink by `lam`; within one step of rate `lr` the penalty moves a weight by "
            "`lr * lam`.",
            swap={"np.abs(v) - lr * lam": "np.abs(v) - lam"},
        ),
        Wrong(
            "positive-only",
            "Your threshold is made for positive weights: negative ones are all set to 0.",
            swap={
                "np.sign(v) * np.maximum(np.abs(v) - lr * lam, 0)": "np.maximum(v - lr * lam, 0)"
            },
        ),
        Wrong(
            "sign-lost",
            "Your weights come out without their sign: multiply by `np.sign(v)`.",
            swap={"np.sign(v) * np.maximum": "np.maximum"},
        ),
        Wrong(
            "no-gradient-step",
            "You shrink the old weights: take the gradient step first.",
            swap={"w - lr * grad": "w"},
        ),
        Wrong(
            "threshold-first",
            "You shrink first and take the gradient step after it, so the zeros are moved off 0 again.",
            swap={
                "    v = w - lr * grad": "    v = w",
                "lr * lam, 0)": "lr * lam, 0) - lr * grad",
            },
        ),
        Wrong(
            "old-sign",
            "You take the sign of the old weights; the gradient step may have changed it.",
            swap={"np.sign(v)": "np.sign(w)"},
        ),
        Wrong(
            "uphill",
            "Your gradient step climbs: subtract `lr * grad`.",
            swap={"w - lr * grad": "w + lr * grad"},
        ),
    ),
    right=(
        Right(
            "clip",
            swap={
                "np.sign(v) * np.maximum(np.abs(v) - lr * lam, 0)": "v - np.clip(v, -lr * lam, lr * lam)"
            },
        ),
        Right(
            "two maxima",
            swap={
                "np.sign(v) * np.maximum(np.abs(v) - lr * lam, 0)": "np.maximum(v - lr * lam, 0) + np.minimum(v + lr * lam, 0)"
            },
        ),
        Right(
            "loop",
            code="""
def prox_step(w, grad, lr, lam):
    new = []
    for a, g in zip(w, grad):
        v = a - lr * g
        new.append(0.0 if abs(v) <= lr * lam else v - lr * lam if v > 0 else v + lr * lam)
    return np.array(new)
""",
        ),
    ),
    hints=(
        "Two steps, one after the other: first only the loss, then only the penalty.",
        "The second moves every weight by `lr * lam` towards 0, and stops there.",
        "With `v = w - lr * grad`, the size becomes `np.maximum(np.abs(v) - lr * lam, 0)`; keep the sign.",
    ),
)

CONVERT = Exercise(
    name="regularization-convert",
    title="The same penalty, said to scikit-learn",
    difficulty=2,
    minutes=10,
    points=2,
    cases=lambda rng: [
        {"l1": float(rng.uniform(0.1, 1)), "l2": float(rng.uniform(0.1, 1))} for _ in range(4)
    ],
    probe=call,
    options={"name": "to_sklearn", "args": ("l1", "l2"), "returns": ("alpha", "l1_ratio")},
    reference='''
def to_sklearn(l1, l2):
    """Return (alpha, l1_ratio) for the penalty l1 * sum(|w|) + l2 * sum(w**2) on a mean square."""
    alpha = l1 / 2 + l2
    return alpha, (l1 / 2) / alpha
''',
    wrong=(
        Wrong(
            "plain-sum",
            "Your `alpha` is `l1 + l2`: compare term by term, scikit-learn has a factor 1/2 before its "
            "loss and before its squares, and we have none.",
            swap={"l1 / 2 + l2": "l1 + l2", "(l1 / 2) / alpha": "l1 / alpha"},
        ),
        Wrong(
            "half-loss-forgotten",
            "You matched the penalties but not the losses: scikit-learn's squared error is half the "
            "mean, so the whole objective is halved.",
            swap={"l1 / 2 + l2": "l1 + 2 * l2", "(l1 / 2) / alpha": "l1 / alpha"},
        ),
        Wrong(
            "half-on-both",
            "You halved both strengths; the 1/2 that stands before scikit-learn's square takes the "
            "half of `l2` back.",
            swap={"l1 / 2 + l2": "(l1 + l2) / 2"},
        ),
        Wrong(
            "ratio-of-strengths",
            "Your `alpha` is right, but `l1_ratio` is the share of the L1 part in `alpha`, which is "
            "`l1 / 2`.",
            swap={"(l1 / 2) / alpha": "l1 / (l1 + l2)"},
        ),
        Wrong(
            "other-part",
            "Your `l1_ratio` is the share of the squares; it should be that of the absolute values.",
            swap={"(l1 / 2) / alpha": "l2 / alpha"},
        ),
        Wrong(
            "exchanged",
            "You have taken `l2` for the absolute values and `l1` for the squares.",
            swap={"l1 / 2 + l2": "l2 / 2 + l1", "(l1 / 2) / alpha": "(l2 / 2) / alpha"},
        ),
        Wrong(
            "order",
            "You return `l1_ratio` first; the order asked for is `alpha, l1_ratio`.",
            swap={"return alpha, (l1 / 2) / alpha": "return (l1 / 2) / alpha, alpha"},
        ),
    ),
    right=(
        Right("one fraction", swap={"(l1 / 2) / alpha": "l1 / (l1 + 2 * l2)"}),
        Right(
            "two unknowns",
            code="""
def to_sklearn(l1, l2):
    absolute, square = l1 / 2, l2 / 2   # our objective, halved
    alpha = absolute + 2 * square
    return alpha, absolute / alpha
""",
        ),
    ),
    hints=(
        "Halve our whole objective: then its squared error is scikit-learn's.",
        "Now compare: alpha * r = l1 / 2 and alpha * (1 - r) / 2 = l2 / 2.",
        "Add the two: alpha = l1 / 2 + l2, and r is l1 / 2 divided by it.",
    ),
)

# --- quizzes ------------------------------------------------------------------------------------

GAP = choice(
    "regularization-gap",
    "Which run overfits?",
    answer="c",
    options={
        "a": "A gap alone proves nothing: nearly every model is better on what it has seen, and this "
        "one is still getting better on what it has not.",
        "b": "Both losses are high: that run has learned too little, which is underfitting.",
        "d": "A noisy curve around a constant level asks for a larger validation set or a lower rate; "
        "it does not rise.",
    },
    hints=(
        "Ask what one more epoch does to data that the model has not seen.",
        "Overfitting is a *change*: the model buys training loss with validation loss.",
        "Look for the run whose validation loss was lower before.",
    ),
)

SAFE = choice(
    "regularization-safe",
    "Which change keeps the label?",
    answer="b",
    options={
        "a": "A half turn makes a 6 of a 9: the label no longer fits the picture.",
        "c": "A mirrored 2 or 7 is no digit that anybody writes, and the test set has none.",
        "d": "Without clipping the pixels leave [0, 1], the range of every real image.",
    },
    hints=(
        "Would a person give the changed picture the same label, and could it occur in the test set?",
        "Look out for digits that turn into each other, and for values no camera gives.",
        "A shift by one pixel does neither harm.",
    ),
)

TERMS = choice(
    "regularization-terms",
    "Which sentence is right?",
    answer="d",
    options={
        "a": "Boosting fits one model after another to the remaining errors: it reduces bias above "
        "all, and can overfit; averaging is what reduces variance.",
        "b": "Cross-validation measures how well a model generalizes; it changes no model.",
        "c": "Inputs are dropped seldom: the usual rate is 0.2 or less, and half of the hidden units.",
    },
    hints=(
        "Which of them changes the model, which only measures it?",
        "Dropout rates can be trained like weights, once the mask is a smooth function of them.",
        "Two different methods carry the name in the last sentence.",
    ),
)

RECIPE = choice(
    "regularization-recipe",
    "What comes first?",
    answer="a",
    options={
        "b": "Three strengths tuned at once tell you nothing about any of them; and was there a "
        "baseline to beat?",
        "c": "Used for choosing, the test set becomes a second validation set, and its number is no "
        "longer honest.",
        "d": "An ensemble is the last step: it multiplies the cost of whatever comes before.",
    },
    hints=(
        "Before you treat overfitting, show that there is any.",
        "First a sound measurement, then data, then penalties, then tuning, and the ensemble last.",
        "Split, simple baseline, then change one thing at a time.",
    ),
)

EXERCISES = [L2, DECAY, ELASTIC, SOFT, CONVERT, *RANDOM, *DATA, GAP, SAFE, TERMS, RECIPE, *BUGS]
