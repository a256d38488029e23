"""Chapter 5: predictions and multiple choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from autograder.exercise import Case, Values, variable
from autograder.kinds import choice, prediction

_NINE = "gradient_flow-nine-quarters"
_SLIPS = {
    "seven": (
        0.25**7,
        "0.00006 is what seven factors of 0.25 give; with nine it is sixteen times smaller.",
    ),
    "ten": (0.25**10, "That is ten factors of 0.25; nine were asked for."),
    "sum": (
        0.25 / 9,
        "The factors of a chain are multiplied, not averaged or divided by their number.",
    ),
}


def _rounded(number: float) -> Callable[[Values, Case], bool]:
    """Recognize ``number`` however it was rounded: 6e-5 and 6.1e-5 are both seven quarters."""
    return lambda values, case: (
        isinstance(values.get(variable(_NINE)), np.ndarray)
        and bool(np.all(np.abs(values[variable(_NINE)] - number) <= 0.02 * number))
    )


NINE = prediction(
    _NINE,
    "Nine sigmoids at their best",
    truth=0.25**9,
    within=2e-7,
    mistakes=_SLIPS,
    hints=(
        "A quarter is two to the power of minus two.",
        "Nine quarters multiply to 2 to the power of -18, and 2 to the power of 10 is about a thousand.",
        "2**-18 is about 1 / 262,000.",
    ),
)
NINE = replace(NINE, wrong=tuple(replace(w, when=_rounded(_SLIPS[w.name][0])) for w in NINE.wrong))

EVEN = prediction(
    "gradient_flow-even-weight",
    "The weight that keeps a sigmoid's gradient",
    truth=4.0,
    within=1e-6,
    mistakes={
        "one": (
            1.0,
            "With weight 1 each layer multiplies by the sigmoid's slope alone, 0.25 at most.",
        ),
        "quarter": (
            0.25,
            "0.25 is the slope; the weight has to make up for it, so it is the inverse.",
        ),
        "two": (
            2.0,
            "A factor of 2 and a slope of 0.25 make 0.5: the gradient still halves in every layer.",
        ),
        "eight": (8.0, "8 times 0.25 is 2: the gradient doubles in every layer, and explodes."),
    },
    hints=(
        "A layer's factor is its weight times the slope of its activation.",
        "At z = 0 the sigmoid's slope is 0.25.",
        "Solve w * 0.25 = 1.",
    ),
)

CHOICES = (
    choice(
        "gradient_flow-zero-init",
        "All weights zero",
        answer="c",
        options={
            "a": "Only the biases of the output have a gradient at first, and with tanh or ReLU it stays so: what does "
            "the gradient of the second layer's weights multiply?",
            "b": "Identical columns need weights that move at all; with tanh(0) = 0 and relu(0) = 0 no weight gets a gradient.",
            "d": "Nothing overflows: every product contains a zero.",
        },
        hints=(
            "Write down the gradients of both weight matrices for the first step.",
            "The gradient of the second matrix contains the hidden activations, that of the first contains the second matrix.",
            "Both are zero, so both stay zero; one thing has a gradient that contains neither.",
        ),
    ),
    choice(
        "gradient_flow-clip-tiny",
        "Clipping a vanishing gradient",
        answer="b",
        options={
            "a": "Clipping has a factor of at most 1: it never lengthens a gradient.",
            "c": "The direction stays: one common factor, here 1.",
            "d": "Nothing is divided by zero here: 1e-8 is small, not zero, and short gradients are left alone.",
        },
        hints=(
            "What is the factor `min(1, max_norm / norm)` here?",
            "`max_norm / norm` is 1e8.",
            "The smaller of 1 and 1e8 is 1.",
        ),
    ),
    choice(
        "gradient_flow-smaller-rate",
        "A smaller learning rate against vanishing gradients",
        answer="d",
        options={
            "a": "A smaller rate shortens the steps of all layers alike; the first layer moves even less.",
            "b": "The gradient of this step does not depend on the learning rate at all.",
            "c": "The ratio between the layers' gradients stays; the rate is a common factor.",
        },
        hints=(
            "The step of a layer is the rate times its gradient.",
            "If the first layer's gradient is a million times too small, what does a rate ten times smaller do to its step?",
            "It divides the step by ten once more.",
        ),
    ),
    choice(
        "gradient_flow-why-norm",
        "Why batch normalization helps",
        answer="c",
        options={
            "a": "That was the paper's own explanation; networks with noise added after the normalization, whose statistics jump "
            "about more than before, train as well, so it does not hold as stated.",
            "b": "The paper's 14 counts training steps of one network at raised learning rates, not seconds.",
            "d": "In evaluation the running statistics are constants, so the layer is an affine map there.",
        },
        hints=(
            "One statement is what was measured; the others say more than that, or something else.",
            "Santurkar et al. (2018) put the original explanation to the test.",
            "It is the statement about larger learning rates.",
        ),
    ),
    choice(
        "gradient_flow-bias-before-norm",
        "A bias before batch normalization",
        answer="a",
        options={
            "b": "A constant added to a whole column is removed again with the column's mean, whatever follows.",
            "c": "The variance does not see a constant at all.",
            "d": "The gradient is not large: a change of the bias changes nothing, so it is zero.",
        },
        hints=(
            "Add 5 to a whole column, then subtract the column's mean.",
            "What does the loss change if the bias changes?",
            "Nothing: so its gradient is zero, up to rounding.",
        ),
    ),
    choice(
        "gradient_flow-gates",
        "Why a gated cell keeps gradients",
        answer="b",
        options={
            "a": "The gate's own sigmoid saturates like any other; it is the path beside it that matters.",
            "c": "Nothing caps the norm in a cell; clipping is a separate step that recurrent networks often add.",
            "d": "The number of steps stays the same; what changes is the factor of each.",
        },
        hints=(
            "Look at the derivative of the new state by the old one.",
            "The state is f times the old state plus something new.",
            "That derivative is the forget gate f, and the network can learn to hold it near 1.",
        ),
    ),
    choice(
        "gradient_flow-mystery-run",
        "Which run has vanishing gradients?",
        answer="d",
        options={
            "a": "All layers move alike here, so nothing vanishes; the rate is too small.",
            "b": "A loss that leaps and becomes NaN speaks of exploding gradients or of too large a rate.",
            "c": "A low training loss with a rising validation loss is overfitting; the gradients flow.",
        },
        hints=(
            "Vanishing is a statement about layers compared with one another.",
            "Look for the run in which the last layers move and the first ones do not.",
            "Update ratios of 1e-3 at the top and 1e-9 at the bottom.",
        ),
    ),
    choice(
        "gradient_flow-triage",
        "Triage: which illness, which cure?",
        answer="a",
        difficulty=2,
        minutes=5,
        options={
            "b": "Read the gradient from right to left, the way it travels: from layer 10 to layer 1 it shrinks "
            "to a hundredth, and clipping never lengthens anything.",
            "c": "ReLU does not saturate for large values, and these values are small; with smaller weights they "
            "would be smaller still.",
            "d": "Both rows fall to a hundredth from one end to the other, so the layers are not well; a rate changes "
            "neither of them at the start.",
        },
        hints=(
            "Read each row the way the signal travels: activations from left to right, gradients from right to left.",
            "In either direction one layer multiplies by about 0.6. What does a ReLU layer multiply by, and when by 1?",
            "By the size of its weights: with variance 2/n it is 1, and here it is less.",
        ),
    ),
)
