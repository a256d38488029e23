"""Compare what backward says with what finite differences see.

The checks work on a float64 copy, send a random gradient down from the output, restore every
random generator before each evaluation, and take the slope on the left and on the right: at a
kink, such as ReLU's at 0, any value between the two is right.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from nnlib.differences import (
    Report,
    compare_directions,
    compare_entries,
    find_wrong_entry,
    numerical_gradient,
)
from nnlib.layer import Array, LayerLike, run_forward, walk
from nnlib.losses import Loss
from nnlib.parameters import Parameters

__all__ = ["Report", "check_layer", "check_loss", "check_network", "numerical_gradient"]


def check_layer(
    layer: LayerLike,
    x: Array,
    rng: np.random.Generator,
    *,
    train: bool = False,
    tol: float = 1e-5,
) -> Report:
    """Check ``backward`` of a layer: its input gradient ``"x"`` and every parameter's.

    Parameters
    ----------
    layer : layer
        Left as it was: a float64 copy is checked.
    x : input, rows are samples
    rng : numpy.random.Generator
        Draws the gradient that comes from above.
    train : bool
        Mode of the forward pass.
    tol : float
        Largest relative error that passes.
    """
    layer, x = _float64_copy(layer), np.array(x, np.float64)
    rewind = _rewinder(layer)
    rewind()
    y = run_forward(layer, x, train)
    dy = rng.normal(size=y.shape)

    def f() -> float:
        rewind()
        return float(np.vdot(run_forward(layer, x, train), dy))

    rewind()
    run_forward(layer, x, train)
    dx = layer.backward(dy.copy())
    size = float(np.abs(y * dy).sum())
    report = Report([compare_entries("x", f, x, dx, tol, size)])
    for path, part, _ in walk(layer):
        for name in getattr(part, "params", ()):
            full = f"{path}.{name}" if path else name
            analytic = getattr(part, f"d{name}", None)
            if analytic is not None:
                analytic = np.array(analytic, np.float64)
            array = _owned(part, name)
            report.comparisons.append(compare_entries(full, f, array, analytic, tol, size))
    return report


def check_loss(loss: Loss, scores: Array, target: Any, *, tol: float = 1e-5) -> Report:
    """Check ``dscores`` of a loss against differences of its value."""
    scores = np.array(scores, np.float64)
    value, dscores = loss(scores, target)

    def f() -> float:
        return float(loss(scores, target)[0])

    return Report([compare_entries("scores", f, scores, dscores, tol, abs(value))])


def check_network(
    net: LayerLike,
    loss: Loss,
    x: Array,
    target: Any,
    rng: np.random.Generator,
    *,
    train: bool = False,
    tol: float = 1e-5,
    limit: int = 2000,
    directions: int = 2,
) -> Report:
    """Check the gradients of all parameters of a network with its loss.

    Up to ``limit`` parameters every entry is checked. Above, the slope along random directions
    is compared with ``grad @ direction``, array by array; in an array that
    fails, halving finds a wrong entry.
    """
    net, x = _float64_copy(net), np.array(x, np.float64)
    parameters = Parameters(net, np.float64)
    rewind = _rewinder(net)

    def f() -> float:
        rewind()
        return loss(run_forward(net, x, train), target)[0]

    rewind()
    value, dscores = loss(run_forward(net, x, train), target)
    net.backward(dscores)
    parameters.gather()
    grad = parameters.grad.copy()
    report, size = Report(), abs(value)
    for e in parameters.entries:
        analytic = grad[e.where].reshape(e.value.shape)
        if len(parameters) <= limit:
            c = compare_entries(e.name, f, e.value, analytic, tol, size)
        else:
            # One wrong entry is a small part of a direction: look more closely.
            c = compare_directions(e.name, f, e.value, analytic, tol / 30, size, rng, directions)
            if not c.passed:
                chosen = find_wrong_entry(f, e.value, analytic, rng)
                entry = compare_entries(e.name, f, e.value, analytic, tol, size, chosen)
                c = c if entry.passed else entry
        report.comparisons.append(c)
    return report


def _owned(part: Any, name: str) -> Array:
    array = np.array(getattr(part, name), np.float64)
    setattr(part, name, array)
    return array


def _float64_copy(layer: LayerLike) -> Any:
    layer = copy.deepcopy(layer)
    for _, part, _ in walk(layer):
        for name, value in list(vars(part).items()):
            if isinstance(value, np.ndarray) and value.dtype.kind == "f":
                setattr(part, name, np.array(value, np.float64))
    return layer


def _rewinder(layer: LayerLike) -> Callable[[], None]:
    """Return a function that puts every generator inside the layer back to its state now."""
    found = {
        id(value): value
        for _, part, _ in walk(layer)
        for value in vars(part).values()
        if isinstance(value, np.random.Generator)
    }
    states = [(g.bit_generator, g.bit_generator.state) for g in found.values()]

    def rewind() -> None:
        for bits, state in states:
            bits.state = state

    return rewind
