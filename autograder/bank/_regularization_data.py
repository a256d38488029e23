"""Chapter 7, regularization: early stopping, reading curves, augmentation, averages of models."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercise import Case, Exercise, Right, Wrong
from autograder.probe import call

# --- early stopping -----------------------------------------------------------------------------


def _stop_cases(rng: np.random.Generator) -> list[Case]:
    def jitter(values: list[float]) -> Any:
        return np.array(values) + rng.uniform(-0.004, 0.004, len(values))

    # The gains around min_delta = 0.05 are 0.03 (too small) and 0.1 (enough).
    return [
        {
            "val_losses": jitter([1.0, 0.8, 0.77, 0.75, 0.9, 0.6, 0.7, 0.8, 0.9, 0.2, 0.1, 0.1]),
            "patience": 4,
            "min_delta": 0.05,
        },
        {"val_losses": jitter([0.7]), "patience": 2, "min_delta": 0.05},
        {
            "val_losses": jitter([1.0, 0.97, 0.98, 0.99, 1.0, 1.01, 0.5]),
            "patience": 3,
            "min_delta": 0.05,
        },
        {
            "val_losses": jitter([1.0, 0.9, 0.95, 0.8, 0.9, 0.7, 0.75, 0.6, 0.68]),
            "patience": 2,
            "min_delta": 0.05,
        },
        {
            "val_losses": jitter([0.9, 0.87, 0.84, 0.81, 0.6, 0.75, 0.72, 0.3]),
            "patience": 3,
            "min_delta": 0.05,
        },
        {
            "val_losses": jitter([2.0, 1.5, 1.7, 1.45, 1.6, 1.55, 1.5, 1.4, 1.2]),
            "patience": 5,
            "min_delta": 0.2,
        },
    ]


EARLY = Exercise(
    name="regularization-early-stop",
    title="When to stop, and what to keep",
    kind="loop",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_stop_cases,
    probe=call,
    options={
        "name": "early_stop",
        "args": ("val_losses", "patience", "min_delta"),
        "returns": ("best_epoch", "last_epoch"),
    },
    reference='''
def early_stop(val_losses, patience, min_delta):
    """Return (best_epoch, last_epoch) of a run that stops after patience epochs without gain."""
    best, best_epoch, waited = np.inf, 0, 0
    for epoch, value in enumerate(val_losses):
        if value < best - min_delta:
            best, best_epoch, waited = value, epoch, 0
        else:
            waited += 1
        if waited >= patience:
            break
    return best_epoch, epoch
''',
    wrong=(
        Wrong(
            "one-late",
            "You stop one epoch late: stop when `patience` epochs have gone by without a gain, not "
            "when there are more.",
            swap={"waited >= patience": "waited > patience"},
        ),
        Wrong(
            "one-early",
            "You stop one epoch early: count the epoch without a gain first, then compare with "
            "`patience`.",
            swap={"waited >= patience": "waited >= patience - 1 and waited > 0"},
        ),
        Wrong(
            "never-reset",
            "Your counter is not set back to 0 at a gain, so epochs from before it are counted too.",
            swap={"best, best_epoch, waited = value, epoch, 0": "best, best_epoch = value, epoch"},
        ),
        Wrong(
            "delta-ignored",
            "You count every tiny gain; only one of more than `min_delta` counts.",
            swap={"best - min_delta": "best"},
        ),
        Wrong(
            "delta-inverted",
            "You add `min_delta` where it must be subtracted, so that epochs which are slightly worse "
            "count as gains.",
            swap={"best - min_delta": "best + min_delta"},
        ),
        Wrong(
            "against-previous",
            "You compare with the epoch before instead of with the best so far: a loss that bounces "
            "then never stops.",
            swap={
                "        else:\n            waited += 1": "        else:\n            waited += 1\n            best = value"
            },
        ),
        Wrong(
            "best-drifts",
            "You lower `best` at gains that do not count: many small ones are then never added up.",
            swap={
                "        else:\n            waited += 1": "        else:\n            waited += 1\n            best = min(best, value)"
            },
        ),
        Wrong(
            "last-as-best",
            "You return the last epoch as the best one; what early stopping keeps is the epoch before "
            "the losses rose.",
            swap={"return best_epoch, epoch": "return epoch, epoch"},
        ),
        Wrong(
            "counted-back",
            "You count `patience` epochs back from the last one, which is the best epoch only if the "
            "run was stopped.",
            swap={"return best_epoch, epoch": "return max(epoch - patience, 0), epoch"},
        ),
        Wrong(
            "lowest-of-all",
            "You take the lowest loss of the whole list, but the run is over when it stops: what comes "
            "later is never computed.",
            swap={"return best_epoch, epoch": "return int(np.argmin(val_losses)), epoch"},
        ),
        Wrong(
            "upside-down",
            "You look for the highest loss: a loss gets better by falling.",
            swap={"np.inf": "-np.inf", "value < best - min_delta": "value > best + min_delta"},
        ),
        Wrong(
            "never-stops",
            "You never stop: once `waited` reaches `patience` the loop has to end.",
            swap={"            break": "            pass"},
        ),
    ),
    right=(
        Right("one more", swap={"waited >= patience": "waited > patience - 1"}),
        Right(
            "from the best epoch",
            code="""
def early_stop(val_losses, patience, min_delta):
    best_epoch = 0
    for epoch in range(1, len(val_losses)):
        if val_losses[best_epoch] - val_losses[epoch] > min_delta:
            best_epoch = epoch
        if epoch - best_epoch >= patience:
            return best_epoch, epoch
    return best_epoch, len(val_losses) - 1
""",
        ),
        Right(
            "while",
            code="""
def early_stop(val_losses, patience, min_delta):
    best, best_epoch, epoch = float(val_losses[0]), 0, 0
    while epoch - best_epoch < patience and epoch + 1 < len(val_losses):
        epoch += 1
        if float(val_losses[epoch]) < best - min_delta:
            best, best_epoch = float(val_losses[epoch]), epoch
    return best_epoch, epoch
""",
        ),
    ),
    hints=(
        "Keep three things: the best loss, its epoch, and how long you have waited since.",
        "A gain is `value < best - min_delta`; it sets the counter back to 0, anything else adds 1.",
        "After the counting, `if waited >= patience: break`; then return `best_epoch, epoch`.",
    ),
)

# --- reading curves -----------------------------------------------------------------------------


def _curve_cases(rng: np.random.Generator) -> list[Case]:
    goal, slack = 0.3, 0.1
    curves = [
        ([1.0, 0.9, 0.85, 0.8], [1.1, 1.0, 0.95, 0.9]),  # under
        ([1.0, 0.5, 0.2, 0.1], [1.1, 0.7, 0.6, 0.9]),  # over
        ([1.0, 0.5, 0.3, 0.2], [1.1, 0.7, 0.6, 0.55]),  # good, with a gap
        ([1.0, 0.4, 0.25, 0.2], [1.0, 0.5, 0.31, 0.33]),  # good: a rise within the slack
        ([1.0, 0.7, 0.6, 0.5], [0.9, 0.6, 0.5, 0.8]),  # under, though validation rises
        ([0.1, 0.05], [0.2, 0.9]),  # over, quickly
        ([0.9, 0.2, 0.6, 0.7], [0.9, 0.5, 0.5, 0.5]),  # under at the end
        ([0.25], [0.5]),  # one epoch
        ([1.0, 0.28], [0.9, 0.25]),  # good: validation lower throughout
        ([1.0, 0.6, 0.28, 0.15], [0.9, 0.4, 0.2, 0.21]),  # good: validation lower at times
        ([1.0, 0.5, 0.25, 0.2], [0.3, 0.26, 0.22, 0.26]),  # over: below goal and below its start
    ]
    scale = float(rng.uniform(0.8, 1.25))
    return [
        {
            "train": np.array(t) * scale,
            "val": np.array(v) * scale,
            "goal": goal * scale,
            "slack": slack,
        }
        for t, v in curves
    ]


READ = Exercise(
    name="regularization-read-curves",
    title="A doctor for learning curves",
    difficulty=1,
    minutes=8,
    points=2,
    cases=_curve_cases,
    probe=call,
    options={
        "name": "read_curves",
        "args": ("train", "val", "goal", "slack"),
        "returns": ("verdict",),
    },
    reference='''
def read_curves(train, val, goal, slack):
    """Return "under", "over" or "good" for the losses of a run, epoch by epoch."""
    if train[-1] > goal:
        return "under"
    if val[-1] > (1 + slack) * np.min(val):
        return "over"
    return "good"
''',
    wrong=(
        Wrong(
            "gap",
            "You call every run overfitted whose validation loss is above its training loss; a gap "
            "is normal, a validation loss that has *risen* is not.",
            swap={"val[-1] > (1 + slack) * np.min(val)": "val[-1] > (1 + slack) * train[-1]"},
        ),
        Wrong(
            "against-start",
            "You compare the last validation loss with the first: a run can have fallen far, and "
            "risen again since its best epoch.",
            swap={"np.min(val)": "val[0]"},
        ),
        Wrong(
            "no-slack",
            "You allow no slack: the smallest bounce of the validation loss counts as overfitting.",
            swap={"(1 + slack) * np.min(val)": "np.min(val)"},
        ),
        Wrong(
            "slack-alone",
            "You compare with `slack` times the lowest loss; a rise of 10 % is `1 + slack` times.",
            swap={"(1 + slack) * np.min(val)": "slack * np.min(val)"},
        ),
        Wrong(
            "best-training-loss",
            "You look at the lowest training loss; the run that you keep ends with the last one.",
            swap={"train[-1] > goal": "np.min(train) > goal"},
        ),
        Wrong(
            "validation-for-under",
            "You judge underfitting by the validation loss: that one is high in both cases, only the "
            "training loss tells them apart.",
            swap={"train[-1] > goal": "val[-1] > goal"},
        ),
        Wrong(
            "over-first",
            "You ask for overfitting first; a run that cannot even fit its training data is "
            "underfitted, whatever its validation loss does.",
            code="""
def read_curves(train, val, goal, slack):
    if val[-1] > (1 + slack) * np.min(val):
        return "over"
    return "under" if train[-1] > goal else "good"
""",
        ),
        Wrong(
            "exchanged",
            "Your two words are exchanged: a high training loss is underfitting.",
            swap={'"under"': '"OVER"', '"over"': '"under"'},
        ),
        Wrong(
            "training-rise",
            "You look for a rise of the training loss; overfitting is a rise of the *validation* "
            "loss while the other falls.",
            swap={"val[-1] > (1 + slack) * np.min(val)": "train[-1] > (1 + slack) * np.min(train)"},
        ),
    ),
    right=(
        Right("sorted", swap={"np.min(val)": "sorted(val)[0]"}),
        Right(
            "difference",
            swap={"val[-1] > (1 + slack) * np.min(val)": "val[-1] - val.min() > slack * val.min()"},
        ),
    ),
    hints=(
        "First ask whether the run has learned its training data at all.",
        "Overfitting shows against the validation loss's own past, not against the training loss.",
        'If `train[-1] > goal`, "under"; else if `val[-1] > (1 + slack) * np.min(val)`, "over".',
    ),
)

# --- augmentation -------------------------------------------------------------------------------


def _image_cases(rng: np.random.Generator) -> list[Case]:
    shapes = (
        (5, 6, 4, 2, -1),
        (1, 5, 7, -2, 3),
        (3, 7, 5, -1, -2),
        (2, 4, 6, 1, 2),
        (4, 5, 3, 0, 1),
    )
    return [
        {"images": rng.uniform(0.1, 1.0, (n, h, w)), "down": down, "right": right}
        for n, h, w, down, right in shapes
    ]


SHIFT = Exercise(
    name="regularization-shift",
    title="Images moved by a pixel or two",
    difficulty=2,
    minutes=12,
    points=2,
    cases=_image_cases,
    probe=call,
    options={"name": "shift", "args": ("images", "down", "right"), "returns": ("moved",)},
    reference='''
def shift(images, down, right):
    """Return the images (batch, height, width) moved down and right; what comes in is 0."""
    _, height, width = images.shape
    moved = np.zeros_like(images)
    for row in range(max(0, down), min(height, height + down)):
        columns = slice(max(0, right), min(width, width + right))
        source = slice(max(0, -right), min(width, width - right))
        moved[:, row, columns] = images[:, row - down, source]
    return moved
''',
    wrong=(
        Wrong(
            "wraps-around",
            "What leaves your image on one side comes back on the other, as with `np.roll`: a digit "
            "then has loose strokes, and what comes in should be 0.",
            code="""
def shift(images, down, right):
    return np.roll(images, (down, right), axis=(1, 2))
""",
        ),
        Wrong(
            "other-way",
            "Your image moves up and left: row `r` of the result is row `r - down` of the image.",
            code="""
def shift(images, down, right):
    out = np.zeros_like(images)
    n, h, w = images.shape
    for r in range(h):
        for c in range(w):
            if 0 <= r + down < h and 0 <= c + right < w:
                out[:, r, c] = images[:, r + down, c + right]
    return out
""",
        ),
        Wrong(
            "axes-exchanged",
            "You move by `down` along the columns and by `right` along the rows: rows are axis 1, "
            "columns axis 2.",
            code="""
def shift(images, down, right):
    out = np.zeros_like(images)
    n, h, w = images.shape
    for r in range(h):
        for c in range(w):
            if 0 <= r - right < h and 0 <= c - down < w:
                out[:, r, c] = images[:, r - right, c - down]
    return out
""",
        ),
        Wrong(
            "edges-repeated",
            "You fill with copies of the edge; the background of these images is 0.",
            code="""
def shift(images, down, right):
    n, h, w = images.shape
    rows = np.clip(np.arange(h) - down, 0, h - 1)
    columns = np.clip(np.arange(w) - right, 0, w - 1)
    return images[:, rows][:, :, columns]
""",
        ),
        Wrong(
            "across-the-batch",
            "You move along axis 0, from image to image: axis 0 is the batch.",
            code="""
def shift(images, down, right):
    return np.roll(images, (down, right), axis=(0, 1))
""",
        ),
        Wrong(
            "rows-only",
            "You move the rows only; the shift to the right is missing.",
            swap={
                "slice(max(0, right), min(width, width + right))": "slice(0, width)",
                "slice(max(0, -right), min(width, width - right))": "slice(0, width)",
            },
        ),
        Wrong(
            "columns-only",
            "You move the columns only; the shift down is missing.",
            swap={
                "range(max(0, down), min(height, height + down))": "range(height)",
                "row - down, source": "row, source",
            },
        ),
        Wrong(
            "nothing-cleared",
            "You write into a copy of the image, so old pixels stay where 0 should come in.",
            swap={"np.zeros_like(images)": "images.copy()"},
        ),
        Wrong(
            "in-place",
            "You move the caller's images themselves: each epoch would shift the training set "
            "further, until nothing is left of it.",
            swap={"    return moved": "    images[...] = moved\n    return images"},
        ),
    ),
    right=(
        Right(
            "pad and crop",
            code="""
def shift(images, down, right):
    n, h, w = images.shape
    a, b = abs(down), abs(right)
    wide = np.pad(images, ((0, 0), (a, a), (b, b)))
    return wide[:, a - down : a - down + h, b - right : b - right + w]
""",
        ),
        Right(
            "roll and clear",
            code="""
def shift(images, down, right):
    out = np.roll(images, (down, right), axis=(1, 2))
    if down > 0:
        out[:, :down] = 0
    elif down < 0:
        out[:, down:] = 0
    if right > 0:
        out[:, :, :right] = 0
    elif right < 0:
        out[:, :, right:] = 0
    return out
""",
        ),
    ),
    hints=(
        "Start from an array of zeros; work out which rows and columns of it get a pixel at all.",
        "Row `r` of the result is row `r - down` of the image, if there is one; same for columns.",
        "Or pad with zeros on all sides (`np.pad`) and cut the window out at another place.",
    ),
)


def _mix_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, d, k, weight in ((5, 4, 3, 0.3), (1, 3, 2, 0.8), (6, 2, 4, 0.65)):
        order = np.roll(rng.permutation(n), 1)
        if n > 1:
            first = rng.permutation(n)
            order = np.empty(n, dtype=int)
            order[first] = np.roll(first, 1)  # one cycle: nobody is mixed with itself
        y = np.eye(k)[np.arange(n) % k]
        cases.append({"x": rng.normal(size=(n, d)), "y": y, "weight": weight, "order": order})
    return cases


MIXUP = Exercise(
    name="regularization-mixup",
    title="Mixup: samples in between",
    difficulty=1,
    minutes=8,
    points=2,
    cases=_mix_cases,
    probe=call,
    options={
        "name": "mixup",
        "args": ("x", "y", "weight", "order"),
        "returns": ("x_mixed", "y_mixed"),
    },
    reference='''
def mixup(x, y, weight, order):
    """Return rows of x and of y, each mixed with the row that order names for it."""
    x_mixed = weight * x + (1 - weight) * x[order]
    y_mixed = weight * y + (1 - weight) * y[order]
    return x_mixed, y_mixed
''',
    wrong=(
        Wrong(
            "labels-not-mixed",
            "You mix the inputs but keep the labels: a picture that is 70 % someone else's must not "
            "carry the first label alone.",
            swap={"weight * y + (1 - weight) * y[order]": "y"},
        ),
        Wrong(
            "labels-exchanged",
            "Your labels are mixed with the weights the wrong way round: `weight` belongs to the row "
            "itself, in `x` and in `y`.",
            swap={"weight * y + (1 - weight) * y[order]": "(1 - weight) * y + weight * y[order]"},
        ),
        Wrong(
            "both-exchanged",
            "`weight` is the share of the row itself, and you give it to its partner.",
            swap={
                "weight * y + (1 - weight) * y[order]": "(1 - weight) * y + weight * y[order]",
                "weight * x + (1 - weight) * x[order]": "(1 - weight) * x + weight * x[order]",
            },
        ),
        Wrong(
            "hard-labels",
            "You round the mixed label to one class; the shares are what mixup teaches.",
            swap={
                "return x_mixed, y_mixed": "return x_mixed, np.eye(y.shape[1])[y_mixed.argmax(axis=1)]"
            },
        ),
        Wrong(
            "labels-in-order",
            "You mix the labels with other rows than the inputs: the partners in `y` are `y[order]`, "
            "as in `x`.",
            swap={"(1 - weight) * y[order]": "(1 - weight) * y[::-1]"},
        ),
        Wrong(
            "added",
            "You add the whole partner: the two shares have to sum to 1, so its weight is "
            "`1 - weight`.",
            swap={
                "(1 - weight) * x[order]": "x[order]",
                "(1 - weight) * y[order]": "y[order]",
            },
        ),
        Wrong(
            "columns",
            "You permute columns where rows are meant: index the first axis, `x[order]`.",
            swap={"x[order]": "x[:, order % x.shape[1]][:, : x.shape[1]]"},
        ),
        Wrong(
            "averaged",
            "You take the plain average of the two; the share of the first is `weight`.",
            swap={
                "weight * x + (1 - weight) * x[order]": "(x + x[order]) / 2",
                "weight * y + (1 - weight) * y[order]": "(y + y[order]) / 2",
            },
        ),
    ),
    right=(
        Right(
            "from the partner",
            swap={"weight * x + (1 - weight) * x[order]": "x[order] + weight * (x - x[order])"},
        ),
        Right(
            "both at once",
            code="""
def mixup(x, y, weight, order):
    both = np.hstack([x, y])
    mixed = weight * both + (1 - weight) * both[order]
    return mixed[:, : x.shape[1]], mixed[:, x.shape[1] :]
""",
        ),
        Right(
            "loop",
            code="""
def mixup(x, y, weight, order):
    a, b = np.zeros(x.shape), np.zeros(y.shape)
    for i, j in enumerate(order):
        a[i] = weight * x[i] + (1 - weight) * x[j]
        b[i] = weight * y[i] + (1 - weight) * y[j]
    return a, b
""",
        ),
    ),
    hints=(
        "`x[order]` is the array of partners, row by row.",
        "A weighted mean has weights that sum to 1, and the labels get the same ones.",
        "`weight * x + (1 - weight) * x[order]`, and the same for `y`.",
    ),
)

# --- averages of models -------------------------------------------------------------------------

EMA = Exercise(
    name="regularization-ema",
    title="An average that follows the weights",
    difficulty=2,
    minutes=10,
    points=2,
    cases=lambda rng: [
        {"thetas": rng.normal(size=size) + 1.5, "decay": decay}
        for size, decay in (((20, 3), 0.9), ((1, 4), 0.7), ((6, 2), 0.95))
    ],
    probe=call,
    options={"name": "ema", "args": ("thetas", "decay"), "returns": ("averages",)},
    reference='''
def ema(thetas, decay):
    """Return the bias-corrected running averages of the rows of thetas (steps, n)."""
    average, averages = np.zeros(thetas.shape[1]), []
    for t, theta in enumerate(thetas, start=1):
        average = decay * average + (1 - decay) * theta
        averages.append(average / (1 - decay**t))
    return np.array(averages)
''',
    wrong=(
        Wrong(
            "not-corrected",
            "Your averages start near 0: the zeros you began with still count, so divide by "
            "`1 - decay**t`.",
            swap={"average / (1 - decay**t)": "average"},
        ),
        Wrong(
            "exchanged",
            "Your two shares are exchanged: `decay` belongs to the old average, `1 - decay` to the "
            "new weights.",
            swap={
                "decay * average + (1 - decay) * theta": "(1 - decay) * average + decay * theta",
            },
        ),
        Wrong(
            "exchanged-throughout",
            "You use `1 - decay` for `decay` everywhere: that is an average over hardly more than the "
            "last step.",
            swap={
                "decay * average + (1 - decay) * theta": "(1 - decay) * average + decay * theta",
                "1 - decay**t": "1 - (1 - decay) ** t",
            },
        ),
        Wrong(
            "from-zero",
            "You count the steps from 0, and `1 - decay**0` is 0: the first step is `t = 1`.",
            swap={"start=1": "start=0"},
        ),
        Wrong(
            "one-ahead",
            "You count one step too many: after the first the correction is `1 - decay`.",
            swap={"start=1": "start=2"},
        ),
        Wrong(
            "from-the-first",
            "You start the average at the first weights: a fair way too, but it keeps them for long, "
            "and the exercise asks for zeros with a correction.",
            swap={
                "np.zeros(thetas.shape[1])": "thetas[0].copy()",
                "average / (1 - decay**t)": "average",
            },
        ),
        Wrong(
            "corrected-in-memory",
            "You write the corrected average back into the memory, so each step corrects again what "
            "was corrected before.",
            swap={
                "        averages.append(average / (1 - decay**t))": "        average = average / (1 - decay**t)\n        averages.append(average)"
            },
        ),
        Wrong(
            "plain-mean",
            "You return the plain mean of all weights so far; this average forgets old ones, by a "
            "factor `decay` per step.",
            code="""
def ema(thetas, decay):
    return np.cumsum(thetas, axis=0) / np.arange(1, len(thetas) + 1)[:, None]
""",
        ),
        Wrong(
            "no-new-share",
            "You add the new weights whole: their share is `1 - decay`.",
            swap={"(1 - decay) * theta": "theta"},
        ),
        Wrong(
            "last-only",
            "You return the last average alone; one row per step is asked for.",
            swap={"return np.array(averages)": "return averages[-1]"},
        ),
    ),
    right=(
        Right(
            "difference",
            swap={
                "decay * average + (1 - decay) * theta": "average + (1 - decay) * (theta - average)"
            },
        ),
        Right(
            "weights written out",
            code="""
def ema(thetas, decay):
    rows = []
    for t in range(1, len(thetas) + 1):
        share = decay ** np.arange(t - 1, -1, -1)
        rows.append(share @ thetas[:t] / share.sum())
    return np.array(rows)
""",
        ),
        Right(
            "sum of shares",
            code="""
def ema(thetas, decay):
    out = np.zeros(thetas.shape)
    total, mass = 0.0, 0.0
    for t in range(len(thetas)):
        total = decay * total + thetas[t]
        mass = decay * mass + 1
        out[t] = total / mass
    return out
""",
        ),
    ),
    hints=(
        "It is the first moment of Adam, taken of the weights instead of the gradients.",
        "`average = decay * average + (1 - decay) * theta`, from zeros on.",
        "After step t (from 1) the shares sum to `1 - decay**t`; divide by that, outside the memory.",
    ),
)

BIAS = Exercise(
    name="regularization-bias-variance",
    title="Bias and variance of a family of fits",
    difficulty=2,
    minutes=12,
    points=3,
    cases=lambda rng: [
        {
            "predictions": rng.normal(size=(m, n)) * rng.uniform(0.4, 2, n)
            + rng.normal(size=n)
            + 0.5,
            "truth": rng.normal(size=n),
        }
        for m, n in ((6, 5), (4, 1), (3, 8))
    ],
    probe=call,
    options={
        "name": "bias_variance",
        "args": ("predictions", "truth"),
        "returns": ("bias2", "variance"),
    },
    reference='''
def bias_variance(predictions, truth):
    """Return squared bias and variance, means over the points, of predictions (models, points)."""
    mean = predictions.mean(axis=0)
    bias2 = np.mean((mean - truth) ** 2)
    variance = np.mean((predictions - mean) ** 2)
    return bias2, variance
''',
    wrong=(
        Wrong(
            "mean-over-points",
            "You average over the points; the mean model is the average over the *models*, `axis=0`.",
            swap={
                "predictions.mean(axis=0)": "predictions.mean(axis=1, keepdims=True)",
            },
        ),
        Wrong(
            "one-mean",
            "You take one mean over models and points together; every point has its own mean "
            "prediction.",
            swap={"predictions.mean(axis=0)": "predictions.mean()"},
        ),
        Wrong(
            "total-error",
            "Your `bias2` is the mean squared error of the single models, which is bias and variance "
            "together: average the models first.",
            swap={"(mean - truth) ** 2": "(predictions - truth) ** 2"},
        ),
        Wrong(
            "bias-cancels",
            "You average the bias before you square it, so that points above and below the truth "
            "cancel.",
            swap={"np.mean((mean - truth) ** 2)": "np.mean(mean - truth) ** 2"},
        ),
        Wrong(
            "not-squared",
            "Your `bias2` is the mean distance from the truth; squares are what adds up with the "
            "variance.",
            swap={"np.mean((mean - truth) ** 2)": "np.mean(np.abs(mean - truth))"},
        ),
        Wrong(
            "standard-deviation",
            "You return standard deviations; only variances add up to the error.",
            swap={"np.mean((predictions - mean) ** 2)": "np.mean(predictions.std(axis=0))"},
        ),
        Wrong(
            "unbiased-estimate",
            "You divide by one model less; for the sum to be exactly the mean squared error of these "
            "models, divide by their number.",
            swap={"np.mean((predictions - mean) ** 2)": "np.mean(predictions.var(axis=0, ddof=1))"},
        ),
        Wrong(
            "around-the-truth",
            "Your `variance` is taken around the truth; variance is the spread around the models' "
            "own mean.",
            swap={"(predictions - mean) ** 2": "(predictions - truth) ** 2"},
        ),
        Wrong(
            "summed",
            "You sum over the points; both results are means over them.",
            swap={
                "np.mean((mean - truth) ** 2)": "np.sum((mean - truth) ** 2)",
                "np.mean((predictions - mean) ** 2)": "predictions.var(axis=0).sum()",
            },
        ),
        Wrong(
            "exchanged",
            "Your two results are exchanged: `bias2` comes first.",
            swap={"return bias2, variance": "return variance, bias2"},
        ),
    ),
    right=(
        Right("var", swap={"np.mean((predictions - mean) ** 2)": "predictions.var(axis=0).mean()"}),
        Right(
            "difference",
            swap={
                "np.mean((predictions - mean) ** 2)": "np.mean((predictions - truth) ** 2) - bias2"
            },
        ),
        Right(
            "loop",
            code="""
def bias_variance(predictions, truth):
    models, points = predictions.shape
    bias2 = variance = 0.0
    for j in range(points):
        column = predictions[:, j]
        centre = sum(column) / models
        bias2 += (centre - truth[j]) ** 2 / points
        variance += sum((v - centre) ** 2 for v in column) / models / points
    return bias2, variance
""",
        ),
    ),
    hints=(
        "First the mean model: one prediction per point, averaged over the rows.",
        "The bias is how far that mean is from the truth; the variance is how the models scatter "
        "around it.",
        "`np.mean((mean - truth) ** 2)` and `np.mean((predictions - mean) ** 2)`.",
    ),
)

EXERCISES = [EARLY, READ, SHIFT, MIXUP, EMA, BIAS]
