"""Chapter 6: find the bug. No gradient check catches any of these: the gradients are right."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Case, Right, Wrong
from autograder.kinds import find_bug


def _path_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for steps, n in ((20, 3), (1, 4), (7, 1)):
        size = rng.uniform(0.3, 2.0, (steps, n))  # away from 0, where eps would show
        signs = rng.choice([-1.0, 1.0], (steps, n), p=[0.3, 0.7])
        cases.append({"grads": size * signs, "lr": 0.05})
    return cases


ADAM_BODY = """    m, v, moved = 0.0, 0.0, 0.0
    for t, g in enumerate(grads, start=1):
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        m_hat = m / (1 - 0.9**t)
        v_hat = v / (1 - 0.999**t)
        moved = moved - lr * m_hat / (np.sqrt(v_hat) + 1e-8)
    return moved
"""

UNCORRECTED = find_bug(
    "optimizers-bug-adam",
    "Find the bug: Adam as it is often written down",
    function="adam_moves",
    args=("grads", "lr"),
    cases=_path_cases,
    repaired=f'''
def adam_moves(grads, lr):
    """Return how far Adam moves theta over the rows of grads."""
{ADAM_BODY}''',
    buggy='''
def adam_moves(grads, lr):
    """Return how far Adam moves theta over the rows of grads."""
    m, v, moved = 0.0, 0.0, 0.0
    for g in grads:
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        moved = moved - lr * m / (np.sqrt(v) + 1e-8)
    return moved
''',
    witness="(np.array([[1.0, -2.0]]), 0.1)",
    cause="d",
    causes={
        "a": "`1e-8` is added to the root, where it belongs.",
        "b": "0.9 for the gradients and 0.999 for the squares is Adam's usual memory.",
        "c": "`v` averages squares and `m` the gradients themselves; both are right.",
    },
    bug_says="Your means still start from 0 uncorrected: the first step has length `0.1 / sqrt(0.001)`, 3.16 times the rate; divide by `1 - 0.9**t` and `1 - 0.999**t`.",
    wrong=(
        Wrong(
            "only-m",
            "Your repair corrects `m` alone: the first step is now ten times longer still; `v` starts from 0 too.",
            swap={"v / (1 - 0.999**t)": "v"},
        ),
        Wrong(
            "only-v",
            "Your repair corrects `v` alone, so the first steps are too short; `m` starts from 0 too.",
            swap={"m / (1 - 0.9**t)": "m"},
        ),
        Wrong(
            "constant",
            "Your repair divides by `1 - 0.9` and `1 - 0.999` in every step; that is right at step 1 only, the powers grow with the step.",
            swap={"0.9**t": "0.9", "0.999**t": "0.999"},
        ),
        Wrong(
            "times-t",
            "Your repair multiplies 0.9 and 0.999 by the step; they are powers, `0.9**t` and `0.999**t`.",
            swap={"0.9**t": "0.9 * t", "(1 - 0.999**t)": "abs(1 - 0.999 * t)"},
        ),
    ),
    right=(
        Right(
            "one factor",
            swap={
                "        m_hat = m / (1 - 0.9**t)\n        v_hat = v / (1 - 0.999**t)\n": "        factor = np.sqrt(1 - 0.999**t) / (1 - 0.9**t)\n",
                "lr * m_hat / (np.sqrt(v_hat) + 1e-8)": "lr * factor * m / (np.sqrt(v) + 1e-8)",
            },
        ),
        Right(
            "weights written out",
            code="""
def adam_moves(grads, lr):
    moved = np.zeros(grads.shape[1])
    for t in range(1, len(grads) + 1):
        w1, w2 = 0.9 ** np.arange(t)[::-1, None], 0.999 ** np.arange(t)[::-1, None]
        m_hat = (w1 * grads[:t]).sum(axis=0) / w1.sum()
        v_hat = (w2 * grads[:t] ** 2).sum(axis=0) / w2.sum()
        moved -= lr * m_hat / (np.sqrt(v_hat) + 1e-8)
    return moved
""",
        ),
    ),
    hints=(
        "Try a single gradient of 1: how long is the step, in units of `lr`? How long should it be?",
        "After one step `m` is a tenth of the gradient, and `v` a thousandth of its square.",
        "Count steps from 1 and divide `m` by `1 - 0.9**t` and `v` by `1 - 0.999**t`.",
    ),
)

FLOOR = find_bug(
    "optimizers-bug-floor",
    "Find the bug: step decay without steps",
    difficulty=1,
    minutes=8,
    function="step_decay",
    args=("lr", "epoch", "drop"),
    cases=lambda rng: [
        {"lr": 0.4, "epoch": e, "drop": d}
        for e, d in ((5, 10), (2, 10), (10, 10), (29, 10), (0, 3), (8, 3))
    ],
    repaired='''
def step_decay(lr, epoch, drop):
    """Return the rate in an epoch; it falls to a tenth after every drop epochs."""
    return lr * 0.1 ** (epoch // drop)
''',
    buggy='''
def step_decay(lr, epoch, drop):
    """Return the rate in an epoch; it falls to a tenth after every drop epochs."""
    return lr * 0.1 ** (epoch / drop)
''',
    witness="(1.0, 5, 10)",
    cause="a",
    causes={
        "b": "A tenth is what the text asks for.",
        "c": "The power has to grow with the epoch, so the epoch stands above.",
        "d": "Epochs count from 0 here, so the first drop is right in epoch `drop`.",
    },
    bug_says="Your rate still falls a little in every epoch: `/` gives fractions of a drop; `//` counts whole ones.",
    wrong=(
        Wrong(
            "rounded",
            "Your repair rounds, so the first drop comes half-way, in epoch `drop / 2`; round down.",
            swap={"epoch // drop": "int(epoch / drop + 0.5)"},
        ),
        Wrong(
            "one-late",
            "Your repair drops one epoch too late: in epoch `drop` the rate should have fallen already.",
            swap={"(epoch // drop)": "max(0, (epoch - 1) // drop)"},
        ),
        Wrong(
            "rounded-up",
            "Your repair rounds up: the rate has fallen already in epoch 1.",
            swap={"epoch // drop": "-(-epoch // drop)"},
        ),
        Wrong(
            "once",
            "Your repair drops the rate once and never again.",
            swap={"(epoch // drop)": "min(epoch // drop, 1)"},
        ),
    ),
    right=(
        Right("floor", swap={"(epoch // drop)": "np.floor(epoch / drop)"}),
        Right(
            "loop",
            code="""
def step_decay(lr, epoch, drop):
    while epoch >= drop:
        lr, epoch = lr * 0.1, epoch - drop
    return lr
""",
        ),
    ),
    hints=(
        "What should the rate be in epoch 5, if it falls every 10 epochs?",
        "The exponent should be a whole number: how many drops there have been.",
        "`epoch // drop` rounds down.",
    ),
)


def _decay_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "theta": rng.normal(size=n) + 1.5,
            "grads": rng.normal(size=(steps, n)) * np.geomspace(0.3, 30, n),
            "lr": 0.05,
            "decay": 0.7,
        }
        for steps, n in ((20, 3), (1, 4), (6, 1))
    ]


DECAY = find_bug(
    "optimizers-bug-decay",
    "Find the bug: weight decay that Adam divides away",
    function="adamw",
    args=("theta", "grads", "lr", "decay"),
    cases=_decay_cases,
    repaired='''
def adamw(theta, grads, lr, decay):
    """Return theta after the rows of grads: Adam with decoupled weight decay."""
    m, v = 0.0, 0.0
    for t, g in enumerate(grads, start=1):
        theta = theta - lr * decay * theta
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        step = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        theta = theta - lr * step
    return theta
''',
    buggy='''
def adamw(theta, grads, lr, decay):
    """Return theta after the rows of grads: Adam with decoupled weight decay."""
    m, v = 0.0, 0.0
    for t, g in enumerate(grads, start=1):
        g = g + decay * theta
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        step = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        theta = theta - lr * step
    return theta
''',
    witness="(np.array([1.0, 1.0]), np.array([[0.01, 5.0]]), 0.1, 0.5)",
    cause="b",
    causes={
        "a": "The factor 2 belongs to the derivative of a squared penalty; decoupled decay has none.",
        "c": "The clock starts at 1 and the corrections are powers: both are right.",
        "d": "Decay pulls towards 0, so adding it to the gradient, which is then subtracted, has the right sign.",
    },
    bug_says="Your decay still goes through the gradient, where `sqrt(v)` divides it away: weights with large gradients hardly decay. Shrink `theta` itself.",
    wrong=(
        Wrong(
            "rate-missing",
            "Your repair shrinks by `decay` alone; it is `lr * decay` per step.",
            swap={"lr * decay * theta": "decay * theta"},
        ),
        Wrong(
            "after-the-step",
            "Your repair decays after Adam's step, so it shrinks the step as well; decay first.",
            swap={
                "        theta = theta - lr * decay * theta\n": "",
                "        theta = theta - lr * step\n": "        theta = (theta - lr * step) * (1 - lr * decay)\n",
            },
        ),
        Wrong(
            "removed",
            "Your repair has no decay at all any more.",
            swap={"        theta = theta - lr * decay * theta\n": ""},
        ),
        Wrong(
            "both",
            "Your repair decays twice, through the gradient and beside it.",
            swap={"        m = 0.9 * m": "        g = g + decay * theta\n        m = 0.9 * m"},
        ),
    ),
    right=(
        Right(
            "in one step",
            swap={
                "        theta = theta - lr * decay * theta\n": "",
                "theta - lr * step": "theta - lr * (step + decay * theta)",
            },
        ),
        Right("factor", swap={"theta - lr * decay * theta": "theta * (1 - lr * decay)"}),
    ),
    hints=(
        "Take two weights of equal size, one with small gradients and one with large ones: which should decay more?",
        "Whatever is added to `g` is divided by `sqrt(v)`; decoupled decay must not be.",
        "Leave `g` alone and begin each step with `theta = theta - lr * decay * theta`.",
    ),
)


def _rate_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "grads": rng.normal(size=(20, n)) + 0.6,
            "rates": np.where(np.arange(20) < drop, 0.1, 0.001),
        }
        for n, drop in ((3, 12), (1, 5), (4, 18))
    ]


OLD_RATE = find_bug(
    "optimizers-bug-old-rate",
    "Find the bug: a rate that outlives its step",
    function="momentum_moves",
    args=("grads", "rates"),
    cases=_rate_cases,
    repaired='''
def momentum_moves(grads, rates):
    """Return how far momentum (0.9) moves theta, one gradient and one rate per step."""
    v, moved = 0.0, 0.0
    for g, lr in zip(grads, rates):
        v = 0.9 * v + g
        moved = moved - lr * v
    return moved
''',
    buggy='''
def momentum_moves(grads, rates):
    """Return how far momentum (0.9) moves theta, one gradient and one rate per step."""
    v, moved = 0.0, 0.0
    for g, lr in zip(grads, rates):
        v = 0.9 * v + lr * g
        moved = moved - v
    return moved
''',
    witness="(np.ones((2, 1)), np.array([1.0, 0.0]))",
    cause="c",
    causes={
        "a": "The factor `1 - 0.9` would make a running mean; the form that was asked for has none.",
        "b": "The velocity starts from 0 in both forms.",
        "d": "The order is right: velocity first, then the step.",
    },
    bug_says="Your velocity still holds the rates of earlier steps: when the schedule cuts the rate, the next steps go on at the old speed. Multiply by `lr` at the end.",
    wrong=(
        Wrong(
            "twice",
            "Your repair multiplies by the rate twice.",
            swap={"+ g\n": "+ lr * g\n"},
        ),
        Wrong(
            "running-mean",
            "Your repair makes the velocity a running mean: its steps are a tenth as long.",
            swap={"+ g\n": "+ 0.1 * g\n"},
        ),
        Wrong(
            "last-rate",
            "Your repair uses the last rate for all steps; each step has its own.",
            swap={"lr * v": "rates[-1] * v"},
        ),
        Wrong(
            "no-memory",
            "Your repair has no velocity left: each step is rate times gradient.",
            swap={"0.9 * v + g": "g"},
        ),
    ),
    right=(
        Right(
            "in place",
            code="""
def momentum_moves(grads, rates):
    v, moved = np.zeros(grads.shape[1]), np.zeros(grads.shape[1])
    for k in range(len(grads)):
        v *= 0.9
        v += grads[k]
        moved -= rates[k] * v
    return moved
""",
        ),
        Right(
            "rescaled velocity",
            code="""
def momentum_moves(grads, rates):
    v, moved, before = 0.0, 0.0, rates[0]
    for g, lr in zip(grads, rates):
        v = 0.9 * v * (lr / before) + lr * g
        moved, before = moved - v, lr
    return moved
""",
        ),
    ),
    hints=(
        "With one constant rate both forms give the same path. So change the rate.",
        "Take two steps, the second with rate 0: it should not move at all.",
        "`v = 0.9 * v + g` and `moved = moved - lr * v`.",
    ),
)


def _epoch_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for sizes in ((32, 32, 16), (5,), (8, 8, 8, 3)):
        losses = rng.uniform(0.2, 2.0, len(sizes))
        cases.append({"losses": losses, "sizes": np.array(sizes, float)})
    return cases


EPOCH = find_bug(
    "optimizers-bug-epoch-loss",
    "Find the bug: the loss of an epoch",
    difficulty=1,
    minutes=8,
    function="epoch_loss",
    args=("losses", "sizes"),
    cases=_epoch_cases,
    repaired='''
def epoch_loss(losses, sizes):
    """Return the mean loss per sample, from each batch's mean loss and its number of rows."""
    return np.sum(losses * sizes) / np.sum(sizes)
''',
    buggy='''
def epoch_loss(losses, sizes):
    """Return the mean loss per sample, from each batch's mean loss and its number of rows."""
    loss = 0.0
    for loss in losses:
        pass
    return loss
''',
    witness="(np.array([1.0, 3.0]), np.array([32.0, 16.0]))",
    cause="c",
    causes={
        "a": "Each batch's loss is a mean already; nothing has to be divided once more inside a batch.",
        "b": "The order of the batches plays no part in a mean.",
        "d": "A sum would grow with the number of batches; a mean per sample was asked for.",
    },
    bug_says="Your epoch still has the loss of its last batch, often the smallest one: a curve of noise. Average over all samples.",
    wrong=(
        Wrong(
            "mean-of-means",
            "Your repair averages the batches' means: a short last batch then counts as much as a full one; weigh by `sizes`.",
            swap={"np.sum(losses * sizes) / np.sum(sizes)": "np.mean(losses)"},
        ),
        Wrong(
            "sum",
            "Your repair is a sum over the samples; divide by how many there are.",
            swap={" / np.sum(sizes)": ""},
        ),
        Wrong(
            "by-batches",
            "Your repair divides the sum over samples by the number of batches; divide by the number of samples.",
            swap={"/ np.sum(sizes)": "/ len(sizes)"},
        ),
        Wrong(
            "full-batches-only",
            "Your repair leaves the last batch out, when it could simply weigh less.",
            swap={
                "return np.sum": "if len(sizes) > 1:\n        losses, sizes = losses[:-1], sizes[:-1]\n    return np.sum"
            },
        ),
    ),
    right=(
        Right(
            "average",
            swap={"np.sum(losses * sizes) / np.sum(sizes)": "np.average(losses, weights=sizes)"},
        ),
        Right(
            "loop",
            code="""
def epoch_loss(losses, sizes):
    total = seen = 0.0
    for loss, size in zip(losses, sizes):
        total, seen = total + loss * size, seen + size
    return total / seen
""",
        ),
    ),
    hints=(
        "What does the function return for an epoch of two batches?",
        "Every sample should count once: a batch's mean times its size is its sum.",
        "`np.sum(losses * sizes) / np.sum(sizes)`.",
    ),
)


def _target_cases(rng: np.random.Generator) -> list[Case]:
    falling = np.geomspace(2.0, 0.05, 17) * rng.uniform(0.98, 1.02, 17)
    bumpy = np.array([1.2, 0.55, 0.9, 0.48, 0.7, 0.3])
    return [
        {"losses": falling, "target": 0.5},
        {"losses": bumpy, "target": 0.6},
        {"losses": bumpy, "target": 0.1},
        {"losses": np.array([0.25]), "target": 0.25},
    ]


CONVERGED = find_bug(
    "optimizers-bug-converged",
    "Find the bug: when did it converge?",
    difficulty=1,
    minutes=8,
    function="epochs_to",
    args=("losses", "target"),
    cases=_target_cases,
    repaired='''
def epochs_to(losses, target):
    """Return after how many epochs the loss is first at or below target; np.inf if never."""
    for epoch, loss in enumerate(losses, start=1):
        if loss <= target:
            return float(epoch)
    return np.inf
''',
    buggy='''
def epochs_to(losses, target):
    """Return after how many epochs the loss is first at or below target; np.inf if never."""
    return float(len(losses))
''',
    witness="(np.array([1.0, 0.2, 0.1]), 0.5)",
    cause="d",
    causes={
        "a": "The last loss may be the smallest, but asked is the first epoch that is good enough.",
        "b": "A float is what should come back, so that infinity can.",
        "c": "Even with early stopping the length says when training stopped, not when the target was met.",
    },
    bug_says="Your answer still is how long training was asked to run: it never looks at `target`.",
    wrong=(
        Wrong(
            "from-zero",
            "Your repair gives the index; after how many epochs is one more.",
            swap={"start=1": "start=0"},
        ),
        Wrong(
            "best-epoch",
            "Your repair gives the epoch of the smallest loss; asked is the first one at or below `target`.",
            code="""
def epochs_to(losses, target):
    return float(np.argmin(losses) + 1) if np.min(losses) <= target else np.inf
""",
        ),
        Wrong(
            "strict",
            "Your repair misses a loss that equals the target: it asks for `<`, the text for at or below.",
            swap={"loss <= target": "loss < target"},
        ),
        Wrong(
            "never-is-first",
            "Your repair says 1 when the target is never met: `argmax` of nothing but `False` is 0; return `np.inf` then.",
            code="""
def epochs_to(losses, target):
    return float(np.argmax(losses <= target) + 1)
""",
        ),
        Wrong(
            "for-good",
            "Your repair waits until the loss stays below; asked is the first time.",
            code="""
def epochs_to(losses, target):
    above = np.flatnonzero(losses > target)
    first = above[-1] + 2 if len(above) else 1
    return float(first) if first <= len(losses) else np.inf
""",
        ),
    ),
    right=(
        Right(
            "flatnonzero",
            code="""
def epochs_to(losses, target):
    hits = np.flatnonzero(losses <= target)
    return hits[0] + 1.0 if len(hits) else np.inf
""",
        ),
        Right(
            "argmax",
            code="""
def epochs_to(losses, target):
    reached = losses <= target
    return float(np.argmax(reached)) + 1 if reached.any() else np.inf
""",
        ),
    ),
    hints=(
        "Change `target`: does the answer change?",
        "Go through the losses in order and stop at the first that is small enough.",
        "`for epoch, loss in enumerate(losses, start=1)`, return `float(epoch)` at the first hit, `np.inf` after the loop.",
    ),
)

EXERCISES = [UNCORRECTED, FLOOR, DECAY, OLD_RATE, EPOCH, CONVERGED]
