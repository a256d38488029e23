"""Chapter 9, transfer learning: rates by layer, the source's preprocessing, what was gained."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercise import Case, Exercise, Right, Wrong
from autograder.probe import call

# --- rates by layer -----------------------------------------------------------------------------

RATES = Exercise(
    name="transfer_learning-layer-rates",
    title="A learning rate for each layer",
    kind="function",
    difficulty=1,
    minutes=8,
    points=2,
    cases=lambda rng: [
        {"n_layers": n, "head_lr": lr, "factor": f}
        for n, lr, f in ((4, 0.01, 0.3), (1, 0.02, 0.5), (6, 0.003, 0.4))
    ],
    probe=call,
    options={
        "name": "layer_rates",
        "args": ("n_layers", "head_lr", "factor"),
        "returns": ("rates",),
    },
    reference='''
def layer_rates(n_layers, head_lr, factor):
    """Return one rate per layer, input side first: each is factor times the next, head_lr last."""
    below = np.arange(n_layers - 1, -1, -1)
    return head_lr * factor**below
''',
    wrong=(
        Wrong(
            "upside-down",
            "Your rates are the wrong way round: the head should learn fastest and the input layer "
            "slowest.",
            swap={"np.arange(n_layers - 1, -1, -1)": "np.arange(n_layers)"},
        ),
        Wrong(
            "head-scaled",
            "You apply the factor once too often: the head itself, 0 layers below the head, gets "
            "`head_lr`.",
            swap={"np.arange(n_layers - 1, -1, -1)": "np.arange(n_layers, 0, -1)"},
        ),
        Wrong(
            "growing",
            "Your rates grow towards the input: multiply by `factor` per layer, do not divide.",
            swap={"factor**below": "factor**-below.astype(float)"},
        ),
        Wrong(
            "two-groups",
            "All layers of the body get the same rate; apply the factor once per layer below the "
            "head.",
            swap={"factor**below": "factor**np.minimum(below, 1)"},
        ),
        Wrong(
            "linear",
            "The factor is multiplied by the distance; it should be raised to that power.",
            swap={"factor**below": "np.where(below == 0, 1, factor * below)"},
        ),
        Wrong(
            "same",
            "All layers get `head_lr`: nothing protects the features of the body.",
            swap={"factor**below": "np.ones(n_layers)"},
        ),
    ),
    right=(
        Right(
            "loop",
            code="""
def layer_rates(n_layers, head_lr, factor):
    rates = np.zeros(n_layers)
    lr = head_lr
    for i in reversed(range(n_layers)):
        rates[i] = lr
        lr *= factor
    return rates
""",
        ),
        Right(
            "logspace",
            code="""
def layer_rates(n_layers, head_lr, factor):
    return np.array([head_lr * factor ** (n_layers - 1 - i) for i in range(n_layers)])
""",
        ),
    ),
    hints=(
        "How many layers lie between layer i and the head? Which one should get `head_lr` itself?",
        "Layer i lies `n_layers - 1 - i` below the head.",
        "`head_lr * factor ** np.arange(n_layers - 1, -1, -1)`.",
    ),
)

STAGES = Exercise(
    name="transfer_learning-stage-rates",
    title="Thaw from the top",
    kind="function",
    difficulty=2,
    minutes=10,
    points=2,
    cases=lambda rng: [
        {"stage": s, "n_layers": n, "head_lr": lr, "factor": f}
        for s, n, lr, f in (
            (0, 4, 0.01, 0.3),
            (2, 5, 0.02, 0.4),
            (3, 4, 0.01, 0.5),
            (7, 3, 0.03, 0.3),
            (0, 1, 0.05, 0.2),
        )
    ],
    probe=call,
    options={
        "name": "stage_rates",
        "args": ("stage", "n_layers", "head_lr", "factor"),
        "returns": ("rates",),
    },
    reference='''
def stage_rates(stage, n_layers, head_lr, factor):
    """Return the rates in a stage, input side first; 0 is frozen, stage 0 trains the head alone."""
    below = np.arange(n_layers - 1, -1, -1)
    return np.where(below <= stage, head_lr * factor**below, 0.0)
''',
    wrong=(
        Wrong(
            "late",
            "Each layer thaws one stage late: in stage 0 the head should train already.",
            swap={"below <= stage": "below < stage"},
        ),
        Wrong(
            "early",
            "Each layer thaws one stage early: stage 0 trains the head alone.",
            swap={"below <= stage": "below <= stage + 1"},
        ),
        Wrong(
            "from-the-bottom",
            "You thaw from the input side: the layers near the input are the most general and come "
            "last.",
            swap={"np.where(below <= stage,": "np.where(below[::-1] <= stage,"},
        ),
        Wrong(
            "newest-only",
            "Only the newest layer trains; the layers thawed before it go on training.",
            swap={"below <= stage": "below == np.minimum(stage, n_layers - 1)"},
        ),
        Wrong(
            "rates-inverted",
            "The rates rise towards the input, so the body moves faster than the head: multiply by "
            "`factor` per layer.",
            swap={"factor**below": "factor ** -below.astype(float)"},
        ),
        Wrong(
            "head-rate-for-all",
            "Every thawed layer trains at the head's rate; the body should move more slowly.",
            swap={"head_lr * factor**below": "head_lr"},
        ),
        Wrong(
            "nothing-frozen",
            "Nothing is frozen in any stage: layers further than `stage` below the head get 0.",
            swap={
                "np.where(below <= stage, head_lr * factor**below, 0.0)": "head_lr * factor**below"
            },
        ),
    ),
    right=(
        Right(
            "loop",
            code="""
def stage_rates(stage, n_layers, head_lr, factor):
    rates = [0.0] * n_layers
    for below in range(min(stage + 1, n_layers)):
        rates[n_layers - 1 - below] = head_lr * factor**below
    return np.array(rates)
""",
        ),
        Right(
            "zeroed",
            code="""
def stage_rates(stage, n_layers, head_lr, factor):
    rates = head_lr * factor ** np.arange(n_layers)[::-1]
    rates[: max(0, n_layers - 1 - stage)] = 0
    return rates
""",
        ),
    ),
    hints=(
        "Count the layers from the head down: 0, 1, 2 and so on. Which train in stage 2?",
        "A layer trains when its distance below the head is at most `stage`.",
        "`np.where(below <= stage, head_lr * factor**below, 0.0)` with "
        "`below = np.arange(n_layers - 1, -1, -1)`.",
    ),
)

# --- the source's preprocessing -----------------------------------------------------------------


def _image_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "images": rng.integers(0, 256, (n, c, h, w)).astype(np.uint8),
            "mean": rng.uniform(0.3, 0.6, c),
            "std": rng.uniform(0.15, 0.4, c),
        }
        for n, c, h, w in ((4, 3, 5, 2), (1, 2, 3, 4), (2, 1, 4, 3))
    ]


MATCH = Exercise(
    name="transfer_learning-match-source",
    title="Preprocess as the source did",
    kind="function",
    difficulty=1,
    minutes=8,
    points=2,
    cases=_image_cases,
    probe=call,
    options={
        "name": "match_source",
        "args": ("images", "mean", "std"),
        "returns": ("x",),
    },
    reference='''
def match_source(images, mean, std):
    """Return integer images (n, c, h, w) of 0-255 as the source network saw its own."""
    x = images / 255
    return (x - mean[:, None, None]) / std[:, None, None]
''',
    wrong=(
        Wrong(
            "not-scaled",
            "The constants are for images between 0 and 1, and yours still run from 0 to 255: "
            "divide by 255 first.",
            swap={"images / 255": "images.astype(float)"},
        ),
        Wrong(
            "scaled-last",
            "You divide by 255 at the end: the mean, between 0 and 1, was then subtracted from "
            "pixels up to 255.",
            swap={
                "x = images / 255": "x = images.astype(float)",
                "/ std[:, None, None]": "/ std[:, None, None] / 255",
            },
        ),
        Wrong(
            "own-statistics",
            "You standardize with the statistics of these images; the body expects the constants of "
            "its own source.",
            swap={
                "mean[:, None, None]": "x.mean(axis=(0, 2, 3))[:, None, None]",
                "std[:, None, None]": "x.std(axis=(0, 2, 3))[:, None, None]",
            },
        ),
        Wrong(
            "not-centred",
            "The mean is not subtracted.",
            swap={"(x - mean[:, None, None])": "x"},
        ),
        Wrong(
            "multiplied",
            "You multiply by the standard deviation; divide by it.",
            swap={"/ std[:, None, None]": "* std[:, None, None]"},
        ),
        Wrong(
            "one-channel",
            "You use the average constants for every channel; each channel has its own.",
            swap={"mean[:, None, None]": "mean.mean()", "std[:, None, None]": "std.mean()"},
        ),
        Wrong(
            "whole-numbers",
            "`//` rounds down, so nearly all pixels become 0: use `/`.",
            swap={"images / 255": "images // 255"},
        ),
    ),
    right=(
        Right(
            "channel by channel",
            code="""
def match_source(images, mean, std):
    x = images.astype(float)
    for k in range(x.shape[1]):
        x[:, k] = (x[:, k] / 255 - mean[k]) / std[k]
    return x
""",
        ),
        Right(
            "float32",
            code="""
def match_source(images, mean, std):
    shape = (1, -1, 1, 1)
    return (np.float32(images) / 255 - mean.reshape(shape)) / std.reshape(shape)
""",
        ),
        Right(
            "in units of 255",
            code="""
def match_source(images, mean, std):
    x = np.moveaxis(images, 1, -1)
    return np.moveaxis((x - 255 * mean) / (255 * std), -1, 1)
""",
        ),
    ),
    hints=(
        "In which range are the pixels, and in which were those from which mean and std were taken?",
        "`mean` has shape (c,); to meet (n, c, h, w) it needs two more axes at its end.",
        "`(images / 255 - mean[:, None, None]) / std[:, None, None]`.",
    ),
)

# --- what was gained ----------------------------------------------------------------------------


def _curve_cases(rng: np.random.Generator) -> list[Case]:
    def curve(start: float, end: float, n: int, speed: float) -> Any:
        t = np.arange(n)
        return end - (end - start) * np.exp(-t / speed) + 0.02 * (-1.0) ** t

    return [
        {"scratch": curve(0.2, 0.9, 20, 5), "transfer": curve(0.5, 0.86, 20, 2), "goal": 0.78},
        {"scratch": curve(0.1, 0.7, 15, 3), "transfer": curve(0.3, 0.95, 17, 4), "goal": 0.6},
        {"scratch": curve(0.2, 0.7, 12, 3), "transfer": curve(0.4, 0.9, 12, 2), "goal": 0.8},
        {
            "scratch": np.array([0.2, 0.7, 0.5, 0.6, 0.8, 0.75]),
            "transfer": np.array([0.3, 0.5, 0.72, 0.6, 0.58, 0.7, 0.81]),
            "goal": 0.65,
        },
        {"scratch": curve(0.3, 0.9, 11, 2), "transfer": curve(0.25, 0.85, 14, 6), "goal": 0.5},
    ]


GAINS = Exercise(
    name="transfer_learning-gains",
    title="What was gained?",
    kind="function",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_curve_cases,
    probe=call,
    options={
        "name": "transfer_gains",
        "args": ("scratch", "transfer", "goal"),
        "returns": ("jump_start", "final_gain", "speed_up"),
    },
    reference='''
def transfer_gains(scratch, transfer, goal):
    """Return jump-start, final gain and speed-up of two accuracy curves, one entry per epoch."""
    def epochs_to_goal(curve):
        reached = np.flatnonzero(curve >= goal)
        return reached[0] + 1 if len(reached) else np.nan

    speed_up = epochs_to_goal(scratch) / epochs_to_goal(transfer)
    return transfer[0] - scratch[0], transfer[-1] - scratch[-1], speed_up
''',
    wrong=(
        Wrong(
            "time-saved",
            "Your `speed_up` is the share of the time that is saved; the speed-up is the ratio, "
            "`t_scratch / t_transfer`, so 100 against 20 is 5.",
            swap={
                "speed_up = epochs_to_goal(scratch) / epochs_to_goal(transfer)": "speed_up = 1 - "
                "epochs_to_goal(transfer) / epochs_to_goal(scratch)"
            },
        ),
        Wrong(
            "ratio-inverted",
            "Your `speed_up` is upside down: it should be above 1 when transfer is quicker.",
            swap={
                "epochs_to_goal(scratch) / epochs_to_goal(transfer)": "epochs_to_goal(transfer) / "
                "epochs_to_goal(scratch)"
            },
        ),
        Wrong(
            "counted-from-zero",
            "You count epochs from 0: entry 0 was measured after one epoch, so add 1.",
            swap={"reached[0] + 1": "reached[0]"},
        ),
        Wrong(
            "never-is-one",
            "`argmax` of a condition that is never true gives 0, so a run that never reached the "
            "goal looks like the fastest; return `np.nan` for it.",
            swap={
                "reached[0] + 1 if len(reached) else np.nan": "np.argmax(curve >= goal) + 1",
            },
        ),
        Wrong(
            "scratch-minus-transfer",
            "Both gains have the wrong sign: they are positive when transfer is better.",
            swap={
                "transfer[0] - scratch[0], transfer[-1] - scratch[-1]": "scratch[0] - transfer[0], "
                "scratch[-1] - transfer[-1]"
            },
        ),
        Wrong(
            "best-not-last",
            "You compare the best epochs; picking the best on the curve you report flatters both, so "
            "compare the last ones.",
            swap={"transfer[-1] - scratch[-1]": "transfer.max() - scratch.max()"},
        ),
        Wrong(
            "last-crossing",
            "You count the epochs that lie below the goal, but the curve wobbles: find the first "
            "epoch that reaches it.",
            swap={
                "reached[0] + 1 if len(reached) else np.nan": "np.sum(curve < goal) + 1 if "
                "len(reached) else np.nan",
            },
        ),
    ),
    right=(
        Right(
            "loops",
            code="""
def transfer_gains(scratch, transfer, goal):
    epochs = []
    for curve in (scratch, transfer):
        epochs.append(next((i for i, a in enumerate(curve, 1) if a >= goal), float("nan")))
    return transfer[0] - scratch[0], transfer[-1] - scratch[-1], epochs[0] / epochs[1]
""",
        ),
        Right(
            "argmax with a guard",
            code="""
def transfer_gains(scratch, transfer, goal):
    def when(c):
        return 1 + np.argmax(c >= goal) if np.any(c >= goal) else np.nan
    return transfer[0] - scratch[0], transfer[-1] - scratch[-1], when(scratch) / when(transfer)
""",
        ),
    ),
    hints=(
        "The first entry is the accuracy after one epoch. Where do you read off each of the three?",
        "`np.flatnonzero(curve >= goal)` lists the epochs that reach the goal; it may be empty.",
        "`speed_up` is the scratch run's number of epochs divided by the other's, and the number is "
        "`reached[0] + 1`.",
    ),
)
