"""Chapter 6: predictions and multiple choice."""

from __future__ import annotations

from autograder.kinds import choice, prediction

STABLE = prediction(
    "optimizers-stable-rate",
    "The largest stable rate",
    truth=0.2,
    within=1e-3,
    mistakes={
        "one-over": (
            0.1,
            "At 0.1 = 1 / 10 a single step lands in the minimum; the steps may be twice as long before they stop converging.",
        ),
        "curvature": (
            10.0,
            "10 is the curvature; the largest rate is 2 divided by it.",
        ),
        "half": (0.05, "0.05 is far from the limit: every step still stays on its side."),
        "one": (1.0, "At 1 the first step already lands nine times as far out on the other side."),
    },
    hints=(
        "Write one step down: x - lr * 10 * x.",
        "Each step multiplies x by 1 - 10 * lr; when is that factor smaller than 1 in size?",
        "It is -1 when 10 * lr = 2.",
    ),
)

STATE = prediction(
    "optimizers-adam-memory",
    "What Adam keeps",
    truth=800_000.0,
    within=1000.0,
    mistakes={
        "one-vector": (
            400_000.0,
            "That is one vector of 100,000 numbers, what momentum keeps; Adam keeps two, `m` and `v`.",
        ),
        "none": (0.0, "0 is what plain SGD keeps; Adam keeps `m` and `v`."),
        "numbers": (200_000.0, "200,000 is how many numbers it keeps; each float32 takes 4 bytes."),
        "float64": (1_600_000.0, "That counts 8 bytes per number; a float32 takes 4."),
        "weights-too": (
            1_200_000.0,
            "That counts the weights as well; asked is what Adam keeps beside them.",
        ),
    },
    hints=(
        "How many vectors as long as theta does Adam keep from step to step?",
        "`m` and `v`; and a float32 number takes 4 bytes.",
        "2 * 100,000 * 4 bytes.",
    ),
)

CHOICES = [
    choice(
        "optimizers-saddle",
        "A saddle on the way",
        answer="c",
        options={
            "a": "The gradient is zero only exactly at the saddle; from almost every start something is left to amplify.",
            "b": "A saddle is no minimum: along one direction the surface falls away from it.",
            "d": "At the saddle itself no rate helps: rate times zero is zero. Off it, small rates leave as well, more slowly.",
        },
        hints=(
            "Near the saddle of x**2 - y**2 look at x and y apart: what does one step do to each?",
            "x shrinks by 1 - 2 * lr per step, and y grows by 1 + 2 * lr.",
            "Growth by a constant factor escapes from any y that is not exactly 0, and noise makes y nonzero.",
        ),
    ),
    choice(
        "optimizers-scaling-rule",
        "Four times the batch",
        answer="b",
        options={
            "a": "With the old rate it works, but makes a quarter of the steps per epoch, each no longer than before: it learns more slowly per epoch.",
            "c": "The gradient is a mean over the batch, so its size does not grow with the batch; only its noise shrinks.",
            "d": "The noise shrinks by 2, the root of 4, but the rule scales the rate so that four small steps become one of the same total length.",
        },
        hints=(
            "Compare four steps of the small batch with one step of the large one.",
            "To go as far in a quarter of the steps, each has to be four times as long.",
            "But there is a ceiling that does not depend on the batch: 2 divided by the largest curvature.",
        ),
    ),
    choice(
        "optimizers-which",
        "Which optimizer?",
        answer="d",
        options={
            "a": "Speed at one untuned rate says nothing: another rate can turn the order round.",
            "b": "Neither is easier to interpret: both move theta by a rule of a few lines.",
            "c": "Adam's steps are as long as its rate says; over the rates that the chapter tries, its loss differs more than tenfold.",
        },
        hints=(
            "What would convince you that one of two methods is better on your problem?",
            "Each method has to be given its own best rate, found with equal effort.",
            "And one seed is one draw: repeat with several seeds.",
        ),
    ),
]
