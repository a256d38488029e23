"""Look inside a network: sizes of signals, dead units, update sizes, parameter counts."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnlib.data import batches
from nnlib.layer import Array, LayerLike, run_forward, walk
from nnlib.losses import Loss
from nnlib.optimizers import Optimizer
from nnlib.parameters import Parameters
from nnlib.schedules import Schedule


@dataclass
class Signal:
    """What one layer puts out, and the loss's gradient with respect to it."""

    path: str
    kind: str
    output: Array
    gradient: Array | None = None

    @property
    def output_rms(self) -> float:
        """Root mean square of the output."""
        return float(np.sqrt(np.mean(self.output**2)))

    @property
    def gradient_norm(self) -> float:
        """Length of the gradient, over the whole batch."""
        return float("nan") if self.gradient is None else float(np.linalg.norm(self.gradient))


@contextmanager
def _recording(net: LayerLike) -> Iterator[dict[str, Signal]]:
    """Record outputs and gradients of all innermost layers while the context is open."""
    signals: dict[str, Signal] = {}
    watched: list[Any] = []

    def watch(path: str, layer: Any) -> None:
        forward, backward = layer.forward, layer.backward

        def recorded_forward(*args: Any, **kwargs: Any) -> Array:
            y: Array = forward(*args, **kwargs)
            signals[path] = Signal(path, type(layer).__name__, y)
            return y

        def recorded_backward(dy: Array) -> Array:
            signals[path].gradient = dy
            dx: Array = backward(dy)
            return dx

        layer.forward, layer.backward = recorded_forward, recorded_backward
        watched.append(layer)

    try:
        for path, layer, _ in walk(net):
            if not getattr(layer, "children", ()):
                watch(path, layer)
        yield signals
    finally:
        for layer in watched:
            del layer.forward, layer.backward  # the class's methods show again


def record_signals(
    net: LayerLike, x: Array, loss: Loss | None = None, target: Any = None, *, train: bool = False
) -> list[Signal]:
    """Run one batch and return the output of every innermost layer, in order.

    With ``loss`` and ``target`` the backward pass runs too and fills ``gradient``.
    """
    with _recording(net) as signals:
        scores = run_forward(net, x, train)
        if loss is not None:
            net.backward(loss(scores, target)[1])
    return list(signals.values())


def dead_fraction(net: LayerLike, x: Array, batch_size: int = 1024) -> dict[str, float]:
    """Return, per layer without parameters, the fraction of units that are 0 for every row of x.

    For ReLU these units are dead: no sample gives them a gradient.
    """
    alive: dict[str, Any] = {}
    layers = {path: layer for path, layer, _ in walk(net)}
    for start in range(0, len(x), batch_size):
        for signal in record_signals(net, x[start : start + batch_size]):
            if not getattr(layers[signal.path], "params", ()):
                now = (signal.output != 0).any(axis=0)
                alive[signal.path] = now | alive.get(signal.path, False)
    return {path: float(1 - np.mean(units)) for path, units in alive.items()}


def gradient_norms(parameters: Parameters) -> dict[str, float]:
    """Return the length of every parameter's gradient."""
    parameters.gather()
    return {e.name: float(np.linalg.norm(e.grad)) for e in parameters.entries}


def update_ratios(optimizer: Optimizer) -> dict[str, float]:
    """Take one optimizer step; return ``|change| / |value|`` of every trained parameter.

    About 1e-3 is usual; NaN where the value was 0, as new biases are.
    """
    entries = [e for e in optimizer.parameters.entries if e.trained]
    before = [e.value.copy() for e in entries]
    optimizer.step()
    ratios = {}
    for e, old in zip(entries, before, strict=True):
        size = float(np.linalg.norm(old))
        ratios[e.name] = float(np.linalg.norm(e.value - old)) / size if size else float("nan")
    return ratios


def count_parameters(net: LayerLike, *, trained_only: bool = False) -> int:
    """Return the number of parameters, frozen ones included unless told otherwise."""
    return sum(
        np.size(getattr(layer, name))
        for _, layer, on in walk(net)
        if on or not trained_only
        for name in getattr(layer, "params", ())
    )


def summary(net: LayerLike, x: Array | None = None) -> str:
    """Return a table of layers and parameters; with an input ``x``, also of output shapes."""
    shapes = {} if x is None else {s.path: s.output.shape for s in record_signals(net, x)}
    rows = [("path", "layer", "output", "parameters", "trained")]
    for path, layer, on in walk(net):
        if getattr(layer, "children", ()):
            continue
        names = getattr(layer, "params", ())
        n = sum(np.size(getattr(layer, name)) for name in names)
        shape = "x".join(map(str, shapes[path][1:])) if path in shapes else ""
        rows.append(
            (path, type(layer).__name__, shape, f"{n:,}", ("yes" if on else "no") if n else "")
        )
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    lines = [
        f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}  {d:>{widths[3]}}  {e}".rstrip()
        for a, b, c, d, e in rows
    ]
    total, trained = count_parameters(net), count_parameters(net, trained_only=True)
    return "\n".join([*lines, f"{total:,} parameters, {trained:,} trained"])


def lr_range_test(
    net: LayerLike,
    loss: Loss,
    make_optimizer: Callable[[Parameters, Schedule], Optimizer],
    data: tuple[Array, Any],
    *,
    rng: np.random.Generator,
    lr_min: float = 1e-6,
    lr_max: float = 1.0,
    steps: int = 100,
    batch_size: int = 32,
) -> tuple[Array, Array]:
    """Train a copy while the rate grows from ``lr_min`` to ``lr_max``; return rates and losses.

    The best rate lies well below where the loss turns up. Stops early when the loss exceeds 10
    times its minimum. ``net`` is not touched; ``make_optimizer`` may be a class such as ``Adam``.

    References
    ----------
    Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017, sec. 3.3.
    """
    net = copy.deepcopy(net)
    growth = (lr_max / lr_min) ** (1 / max(steps - 1, 1))
    optimizer = make_optimizer(Parameters(net), lambda step: lr_min * growth**step)
    x_all, y_all = np.asarray(data[0], optimizer.parameters.dtype), data[1]
    rates: list[float] = []
    losses: list[float] = []
    while True:
        for x, y in batches(x_all, y_all, batch_size, rng):
            value, dscores = loss(run_forward(net, x, train=True), y)
            rates.append(optimizer.current_lr())
            losses.append(value)
            if len(rates) == steps or not value < 10 * min(losses) + 1e-12:
                return np.array(rates), np.array(losses)
            net.backward(dscores)
            optimizer.step()
