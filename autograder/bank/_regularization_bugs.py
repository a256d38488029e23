"""Chapter 7, regularization: find the bug. No gradient check sees any of these."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Case, Right, Wrong
from autograder.kinds import find_bug

# --- weights kept by reference ------------------------------------------------------------------


def _descent_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, epochs, patience in ((3, 40, 5), (1, 12, 50), (5, 60, 3), (2, 7, 50)):
        theta, goal = rng.normal(size=n), rng.normal(size=n) + 4
        val_goal = theta + 0.45 * (goal - theta) + 0.05 * rng.normal(size=n)
        cases.append(
            {
                "theta": theta,
                "goal": goal,
                "val_goal": val_goal,
                "lr": 0.15,
                "epochs": epochs,
                "patience": patience,
            }
        )
    return cases


ALIAS = find_bug(
    "regularization-find-alias",
    "Early stopping that restores nothing",
    function="train",
    args=("theta", "goal", "val_goal", "lr", "epochs", "patience"),
    cases=_descent_cases,
    repaired='''
def train(theta, goal, val_goal, lr, epochs, patience):
    """Return the weights of the epoch with the lowest validation loss."""
    theta = theta.copy()
    best, best_theta, waited = np.inf, None, 0
    for _ in range(int(epochs)):
        theta -= lr * (theta - goal)  # one epoch on the training loss
        val_loss = np.sum((theta - val_goal) ** 2)
        if val_loss < best:
            best, best_theta, waited = val_loss, theta.copy(), 0
        else:
            waited += 1
        if waited >= patience:
            break
    return best_theta
''',
    buggy='''
def train(theta, goal, val_goal, lr, epochs, patience):
    """Return the weights of the epoch with the lowest validation loss."""
    theta = theta.copy()
    best, best_theta, waited = np.inf, None, 0
    for _ in range(int(epochs)):
        theta -= lr * (theta - goal)  # one epoch on the training loss
        val_loss = np.sum((theta - val_goal) ** 2)
        if val_loss < best:
            best, best_theta, waited = val_loss, theta, 0
        else:
            waited += 1
        if waited >= patience:
            break
    return best_theta
''',
    witness="(np.zeros(1), np.ones(1), np.full(1, 0.5), 0.2, 20, 3)",
    cause="b",
    causes={
        "a": "The comparison is right: a smaller validation loss is a better one.",
        "c": "The counter is set back at every gain and compared after counting, as it should be.",
        "d": "The first line copies `theta`, so the caller's array is safe.",
    },
    bug_says="`best_theta` is still another name for the array that training goes on changing in "
    "place, so the last weights come back.",
    wrong=(
        Wrong(
            "only-when-stopped",
            "You give the best weights back only where patience ran out; a run that uses up its "
            "epochs has a best epoch too.",
            swap={
                "            break\n    return best_theta": "            return best_theta\n    return theta"
            },
        ),
        Wrong(
            "copied-once",
            "You keep the copy of the first gain for ever: copy anew whenever the validation loss "
            "falls.",
            swap={
                "val_loss, theta.copy(), 0": "val_loss, theta.copy() if best_theta is None else best_theta, 0"
            },
        ),
        Wrong(
            "before-the-step",
            "You keep the weights from before the epoch whose validation loss you measured.",
            swap={
                "        theta -= lr": "        before = theta.copy()\n        theta -= lr",
                "val_loss, theta.copy(), 0": "val_loss, before, 0",
            },
        ),
        Wrong(
            "initial",
            "You return the weights from before the training.",
            swap={
                "theta = theta.copy()\n    best, best_theta, waited = np.inf, None, 0": "start = theta\n    theta = theta.copy()\n    best, best_theta, waited = np.inf, None, 0",
                "return best_theta": "return start",
            },
        ),
        Wrong(
            "lowest-training-loss",
            "You keep the weights with the lowest *training* loss: those are the last ones, whatever "
            "the validation loss does.",
            swap={"(theta - val_goal) ** 2": "(theta - goal) ** 2"},
        ),
    ),
    right=(
        Right(
            "rebind", swap={"theta -= lr * (theta - goal)": "theta = theta - lr * (theta - goal)"}
        ),
        Right(
            "own array",
            swap={
                "best, best_theta, waited = np.inf, None, 0": "best, best_theta, waited = np.inf, np.empty_like(theta), 0",
                "best, best_theta, waited = val_loss, theta.copy(), 0": "best, waited = val_loss, 0\n            best_theta[...] = theta",
            },
        ),
        Right("np.array", swap={"theta.copy(), 0": "np.array(theta), 0"}),
    ),
    hints=(
        "After training, compare `best_theta` with the last `theta`: are they ever different?",
        "`best_theta = theta` makes a second name, not a second array, and `-=` works in place.",
        "Keep a copy: `theta.copy()`.",
    ),
)

# --- one model for all folds --------------------------------------------------------------------


def _fold_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, d, k, epochs in ((11, 3, 4, 6), (6, 1, 6, 3), (9, 2, 2, 5)):
        x = rng.normal(size=(n, d))
        cases.append(
            {"x": x, "y": x.sum(axis=1) + rng.normal(size=n), "k": k, "lr": 0.2, "epochs": epochs}
        )
    return cases


REFIT = find_bug(
    "regularization-find-refit",
    "Cross-validation of a model that remembers",
    function="cross_validate",
    args=("x", "y", "k", "lr", "epochs"),
    cases=_fold_cases,
    repaired='''
def cross_validate(x, y, k, lr, epochs):
    """Return the k validation errors of a linear model trained by gradient descent."""
    fold = np.arange(len(x)) % k
    errors = []
    for i in range(int(k)):
        w = np.zeros(x.shape[1])
        train, val = fold != i, fold == i
        for _ in range(int(epochs)):
            w -= lr * x[train].T @ (x[train] @ w - y[train]) / train.sum()
        errors.append(np.mean((x[val] @ w - y[val]) ** 2))
    return np.array(errors)
''',
    buggy='''
def cross_validate(x, y, k, lr, epochs):
    """Return the k validation errors of a linear model trained by gradient descent."""
    fold = np.arange(len(x)) % k
    w = np.zeros(x.shape[1])
    errors = []
    for i in range(int(k)):
        train, val = fold != i, fold == i
        for _ in range(int(epochs)):
            w -= lr * x[train].T @ (x[train] @ w - y[train]) / train.sum()
        errors.append(np.mean((x[val] @ w - y[val]) ** 2))
    return np.array(errors)
''',
    witness="(np.ones((4, 1)), np.array([1.0, 2.0, 3.0, 4.0]), 2, 0.1, 1)",
    cause="c",
    causes={
        "a": "Within one fold no row is in both parts: `fold != i` and `fold == i` exclude each other.",
        "b": "The errors are measured on `val` alone; the trouble is what `w` has seen by then.",
        "d": "The gradient of the mean over the training rows is right, up to the customary factor 2.",
    },
    bug_says="Your model still goes on from the fold before, where it was trained on rows that are now "
    "held out: every fold needs new weights.",
    wrong=(
        Wrong(
            "trains-on-all",
            "You train on all rows: the errors are then training errors.",
            swap={"fold != i, fold == i": "fold >= 0, fold == i"},
        ),
        Wrong(
            "training-errors",
            "You measure the error on the rows that were trained on.",
            swap={"np.mean((x[val] @ w - y[val]) ** 2)": "np.mean((x[train] @ w - y[train]) ** 2)"},
        ),
        Wrong(
            "one-fold",
            "You train on the held-out rows and test on the rest: it is the other way round.",
            swap={"fold != i, fold == i": "fold == i, fold != i"},
        ),
        Wrong(
            "new-each-epoch",
            "You start anew in every epoch, so that only the last one counts: start anew in every "
            "fold.",
            swap={
                "            w -= lr": "            w = np.zeros(x.shape[1])\n            w -= lr"
            },
        ),
        Wrong(
            "other-start",
            "You start each fold from the first fold's weights, and they have seen nearly all rows.",
            swap={
                "        w = np.zeros(x.shape[1])": "        w = np.zeros(x.shape[1]) if i == 0 else first.copy()",
                "        errors.append": "        first = w.copy() if i == 0 else first\n        errors.append",
            },
        ),
    ),
    right=(
        Right(
            "factory",
            code="""
def cross_validate(x, y, k, lr, epochs):
    def fitted(x, y):
        w = np.zeros(x.shape[1])
        for _ in range(int(epochs)):
            w = w - lr * x.T @ (x @ w - y) / len(x)
        return w
    fold = np.arange(len(x)) % k
    errors = []
    for i in range(int(k)):
        w = fitted(x[fold != i], y[fold != i])
        errors.append(((x[fold == i] @ w - y[fold == i]) ** 2).mean())
    return np.array(errors)
""",
        ),
        Right("reset", swap={"w = np.zeros(x.shape[1])": "w = 0.0 * x[0]"}),
    ),
    hints=(
        "What are the weights at the beginning of the second fold, and which rows have they seen?",
        "With random labels the honest error is that of guessing; this function falls below it from "
        "fold to fold.",
        "Move `w = np.zeros(...)` into the loop over the folds.",
    ),
)

# --- scaling in evaluation ----------------------------------------------------------------------


def _mask_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "x": rng.normal(size=size),
            "u": rng.uniform(size=size),
            "p": p,
            "train": train,
        }
        for size, p, train in (
            ((4, 6), 0.2, 1),
            ((4, 3), 0.2, 0),
            ((1, 5), 0.35, 0),
            ((1, 9), 0.7, 1),
        )
    ]


SCALE = find_bug(
    "regularization-find-scale",
    "Dropout that shrinks in evaluation",
    function="dropout",
    args=("x", "u", "p", "train"),
    cases=_mask_cases,
    repaired='''
def dropout(x, u, p, train):
    """Return x with dropout of probability p in training; u are uniform numbers, one per entry."""
    if train:
        return x * (u >= p) / (1 - p)
    return x
''',
    buggy='''
def dropout(x, u, p, train):
    """Return x with dropout of probability p in training; u are uniform numbers, one per entry."""
    if train:
        return x * (u >= p) / (1 - p)
    return x * p
''',
    witness="(np.ones(3), np.full(3, 0.5), 0.2, 0)",
    cause="d",
    causes={
        "a": "An entry is dropped where `u < p`, with probability `p`: that is right.",
        "b": "What survives is a share of `1 - p`, and that divides: the mean in training is kept.",
        "c": "One number per entry is right.",
    },
    bug_says="Evaluation still multiplies by `p`. At p = 0.2 the next layer gets a fifth of what it was "
    "trained on.",
    wrong=(
        Wrong(
            "keep-probability",
            "You multiply by `1 - p` in evaluation, which belongs to plain dropout; here training has "
            "already divided by it.",
            swap={"    return x\n": "    return x * (1 - p)\n"},
        ),
        Wrong(
            "divided",
            "You divide by `1 - p` in evaluation as well: nothing has been dropped there, so there is "
            "nothing to make up for.",
            swap={"    return x\n": "    return x / (1 - p)\n"},
        ),
        Wrong(
            "plain-dropout",
            "You changed to plain dropout: consistent, but the training branch was right and should "
            "stay.",
            swap={
                "x * (u >= p) / (1 - p)": "x * (u >= p)",
                "    return x\n": "    return x * (1 - p)\n",
            },
        ),
        Wrong(
            "drops-always",
            "You drop in evaluation as well; the same input should always give the same answer.",
            swap={"if train:": "if True:"},
        ),
    ),
    right=(
        Right("where", swap={"x * (u >= p) / (1 - p)": "np.where(u >= p, x / (1 - p), 0.0)"}),
        Right("copy", swap={"    return x\n": "    return x.copy()\n"}),
    ),
    hints=(
        "Compare the mean output in training, over many `u`, with the output in evaluation.",
        "Training already makes up for what is dropped.",
        "In evaluation return `x`.",
    ),
)

# --- a best score that starts at zero -----------------------------------------------------------


def _score_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, folds, low in ((4, 5, -3.0), (1, 3, -0.4), (6, 2, -1.5), (5, 4, 0.5)):
        means = low + 0.2 * rng.permutation(n)
        spread = rng.normal(size=(n, folds)) * rng.permutation(np.linspace(0.3, 2.0, n))[:, None]
        scores = means[:, None] + spread - spread.mean(axis=1, keepdims=True)
        if n > 1:  # row 1 has the best mean, row 2 the best single fold; neither is the last
            best = int(means.argmax())
            scores[[1, best]] = scores[[best, 1]]
            scores[1] = means.max() + 0.01 * np.linspace(-1, 1, folds)
            scores[2] = means.mean() + 4 * np.linspace(-1, 1, folds)
            worst = int(scores.mean(axis=1).argmin())
            scores[[0, worst]] = scores[[worst, 0]]
        cases.append({"scores": scores})
    return cases


SELECT = find_bug(
    "regularization-find-start",
    "No model is good enough",
    function="select",
    args=("scores",),
    cases=_score_cases,
    repaired='''
def select(scores):
    """Return the row number of the best mean; scores (models, folds), larger is better."""
    best_model, best_score = -1, -np.inf
    for model, row in enumerate(scores):
        score = np.mean(row)
        if score > best_score:
            best_model, best_score = model, score
    return best_model
''',
    buggy='''
def select(scores):
    """Return the row number of the best mean; scores (models, folds), larger is better."""
    best_model, best_score = -1, 0
    for model, row in enumerate(scores):
        score = np.mean(row)
        if score > best_score:
            best_model, best_score = model, score
    return best_model
''',
    witness="(np.array([[-0.2, -0.1]]),)",
    cause="a",
    causes={
        "b": "The mean over the folds is what models are compared by.",
        "c": "Larger is better here, and `>` says so.",
        "d": "`enumerate` counts from 0, as the rows do.",
    },
    bug_says="Scores may all be below 0, minus a squared error for example, and then nothing beats your "
    "start value.",
    wrong=(
        Wrong(
            "starts-below",
            "Your start value is a number that some model may still not reach; nothing is below "
            "`-np.inf`.",
            swap={"-np.inf": "-1.0"},
        ),
        Wrong(
            "smallest",
            "You now look for the smallest mean: larger is better.",
            swap={"-np.inf": "np.inf", "score > best_score": "score < best_score"},
        ),
        Wrong(
            "luckiest-fold",
            "You compare the best single folds; that rewards luck, compare the means.",
            swap={"np.mean(row)": "np.max(row)"},
        ),
        Wrong(
            "absolute",
            "You compare sizes without their sign: of two negative scores the one nearer to 0 is "
            "better.",
            swap={"np.mean(row)": "abs(np.mean(row))"},
        ),
        Wrong(
            "last",
            "You do not keep the best score, so the last model always wins.",
            swap={"best_model, best_score = model, score": "best_model = model"},
        ),
    ),
    right=(
        Right(
            "argmax", code="\ndef select(scores):\n    return int(np.argmax(scores.mean(axis=1)))\n"
        ),
        Right(
            "first row",
            swap={
                "best_model, best_score = -1, -np.inf": "best_model, best_score = 0, np.mean(scores[0])"
            },
        ),
    ),
    hints=(
        "Give it one model whose score is negative.",
        "Which start value is beaten by every score?",
        "Start with `-np.inf`.",
    ),
)

# --- half a decay -------------------------------------------------------------------------------


def _decay_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"w": rng.normal(size=size) + 0.3, "grad": rng.normal(size=size), "lr": lr, "lam": lam}
        for size, lr, lam in (((3, 4), 0.1, 0.7), ((1, 2), 0.3, 0.2), ((5,), 0.05, 1.6))
    ]


DECAY = find_bug(
    "regularization-find-decay",
    "Half a weight decay",
    function="decay_step",
    args=("w", "grad", "lr", "lam"),
    cases=_decay_cases,
    repaired='''
def decay_step(w, grad, lr, lam):
    """Return w after one step of gradient descent on loss + lam * sum(w**2)."""
    return (1 - 2 * lr * lam) * w - lr * grad
''',
    buggy='''
def decay_step(w, grad, lr, lam):
    """Return w after one step of gradient descent on loss + lam * sum(w**2)."""
    return (1 - lr * lam) * w - lr * grad
''',
    witness="(np.ones(1), np.zeros(1), 0.1, 0.5)",
    cause="c",
    causes={
        "a": "The gradient of the loss is subtracted at the rate `lr`, as it should be.",
        "b": "Shrinking the old weights is right: the penalty's slope is taken at the same `w`.",
        "d": "The rate does belong to the decay: it is part of a gradient step.",
    },
    bug_says="Your decay is still half of what the penalty asks for: the derivative of `lam * w**2` is "
    "`2 * lam * w`.",
    wrong=(
        Wrong(
            "no-rate",
            "You shrink by `2 * lam` whatever the rate; the pull of the penalty is a part of the step.",
            swap={"2 * lr * lam": "2 * lam"},
        ),
        Wrong(
            "after-the-step",
            "You shrink after the gradient step, so the step is shrunk too; the penalty's slope "
            "belongs to the old `w`.",
            swap={"(1 - 2 * lr * lam) * w - lr * grad": "(1 - 2 * lr * lam) * (w - lr * grad)"},
        ),
        Wrong(
            "grows",
            "Your weights grow: the penalty pulls towards 0.",
            swap={"1 - 2 * lr * lam": "1 + 2 * lr * lam"},
        ),
        Wrong(
            "squared",
            "You shrink by the square of the weights; the derivative of a square is linear.",
            swap={"(1 - 2 * lr * lam) * w": "w - 2 * lr * lam * w**2"},
        ),
    ),
    right=(
        Right(
            "as a gradient",
            swap={"(1 - 2 * lr * lam) * w - lr * grad": "w - lr * (grad + 2 * lam * w)"},
        ),
        Right(
            "in two steps",
            swap={
                "return (1 - 2 * lr * lam) * w - lr * grad": "slope = grad + 2 * lam * w\n    return w - lr * slope"
            },
        ),
    ),
    hints=(
        "Take `grad = 0` and one weight; what does a step on `lam * w**2` alone do to it?",
        "Its slope is `2 * lam * w`.",
        "`(1 - 2 * lr * lam) * w - lr * grad`.",
    ),
)

EXERCISES = [ALIAS, REFIT, SCALE, SELECT, DECAY]
