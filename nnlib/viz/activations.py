"""Widgets of chapter 3: the activation explorer, leaks, dead units, softmax with temperature."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from nnlib import activations as layers
from nnlib import functional
from nnlib.layer import Array, Layer
from nnlib.viz.controls import choice, dropdown, slider, stepper, switch
from nnlib.viz.explorer import Explorer
from nnlib.viz.scene import Panel, Scene

__all__ = [
    "LAYERS",
    "activation_explorer",
    "dead_unit_map",
    "dead_unit_monitor",
    "leak_explorer",
    "softmax_explorer",
    "value_and_slope",
]

DEPTH: Final = 10
WIDTH: Final = 64
LAYERS: Final[dict[str, Callable[[float], Layer]]] = {
    "sigmoid": lambda _: layers.Sigmoid(),
    "tanh": lambda _: layers.Tanh(),
    "ReLU": lambda _: layers.ReLU(),
    "leaky ReLU": layers.LeakyReLU,
    "ELU": layers.ELU,
    "softplus": lambda _: layers.Softplus(),
    "Swish": lambda _: layers.Swish(),
    "GELU": lambda _: layers.GELU(),
    "Mish": lambda _: layers.Mish(),
    "step": lambda _: layers.Step(),
}


def value_and_slope(layer: Layer, x: Array) -> tuple[Array, Array]:
    """Return an elementwise layer's value and slope at ``x``: backward of ones is the slope."""
    y = layer.forward(x)
    return y, layer.backward(np.ones_like(x))


def signed(value: float, digits: int = 2) -> str:
    """Write a number with a real minus sign: ``−0.50``."""
    return f"{value + 0.0:.{digits}f}".replace("-", "−")


def _gradient_sizes(make: Callable[[], Layer], gain: float, weights: Array, x: Array) -> Array:
    """Return the rms of dL/dh at the input and after each of the layers, 1 at the top.

    The weights have standard deviation ``gain / sqrt(width)``; the gradient at the top is random.
    """
    W = weights * (gain / np.sqrt(WIDTH))
    stack, h = [make() for _ in W], x
    for layer, w in zip(stack, W, strict=True):
        h = layer.forward(h @ w)
    dh = np.random.default_rng(1).normal(size=h.shape)
    dh /= np.sqrt(np.mean(dh**2))
    sizes = [1.0]
    for layer, w in zip(stack[::-1], W[::-1], strict=True):
        dh = layer.backward(dh) @ w.T
        sizes.append(float(np.sqrt(np.mean(dh**2))))
    return np.array(sizes[::-1])


def activation_explorer() -> Explorer:
    """Show an activation, its slope, and what ten layers of it do to a gradient."""
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(DEPTH, WIDTH, WIDTH))
    batch = rng.normal(size=(32, WIDTH))
    grid = np.linspace(-5, 5, 401)

    def draw(activation: str, x: float, alpha: float, gain: float) -> Scene:
        make = LAYERS[activation]
        y, slope = value_and_slope(make(alpha), grid)
        at, steep = (float(v[0]) for v in value_and_slope(make(alpha), np.array([x])))
        left = Panel(activation, xlim=(-5, 5), ylim=(-2.2, 5.2), xlabel="x", ylabel="y and slope")
        left.line(grid, y, "blue", width=3, label="value")
        left.line(grid, slope, "orange", dash=True, label="slope")
        run = np.array([-1.2, 1.2])
        left.line(x + run, at + steep * run, "purple", width=2)
        left.points(x, at, "purple", size=6).points(x, steep, "orange", size=5)
        sizes = _gradient_sizes(lambda: make(alpha), gain, weights, batch)
        right = Panel(
            "Gradient on its way back", xlim=(-0.5, DEPTH + 0.5), ylim=(1e-12, 1e4), yscale="log",
            xlabel="layers below (0 = input)", ylabel="rms of the gradient", xticks=range(0, 11, 2),
        )  # fmt: skip
        shown = np.maximum(sizes, 1e-12)
        right.hline(1.0).line(np.arange(DEPTH + 1), shown, "green", width=2)
        right.points(np.arange(DEPTH + 1), shown, "green", size=5)
        passed = f"{sizes[0]:.1e}".replace("-", "−") if sizes[0] else "0"
        note = (
            f"At x = {signed(x)} the value is {signed(at, 3)} and the slope {signed(steep, 3)}. "
            f"After ten layers the gradient is {passed} of what it was."
        )
        return Scene([left, right], note=note, width=820, height=390)

    controls = {
        "activation": dropdown(list(LAYERS), "sigmoid"),
        "x": slider(-5, 5, 1.0, 0.1),
        "alpha": slider(0, 2, 0.2, 0.05),
        "gain": slider(0.5, 3, 1.4, 0.1),
    }
    labels = {"alpha": "α (leaky, ELU)", "gain": "weight gain"}
    return Explorer(draw, controls, labels=labels, name="activation explorer")


def leak_explorer() -> Explorer:
    """Move the slope of PReLU through 1 and compare with the form ``max(alpha * x, x)``."""
    x = np.linspace(-3, 3, 241)

    def draw(alpha: float) -> Scene:
        right, short = functional.leaky_relu(x, alpha), np.maximum(alpha * x, x)
        panel = Panel(xlim=(-3, 3), ylim=(-5, 5), xlabel="x", ylabel="y")
        panel.line(x, right, "blue", width=4.5, alpha=0.75, label="x, or αx where x < 0")
        panel.line(x, short, "orange", dash=True, label="max(αx, x)")
        same = bool(np.allclose(right, short))
        words = "the two agree" if same else "the maximum picks the wrong line on both sides"
        return Scene(panel, note=f"α = {signed(alpha)}: {words}.", height=400)

    return Explorer(draw, {"alpha": slider(-1, 2, 0.25, 0.05)}, labels={"alpha": "α"}, name="leak")


def dead_unit_map() -> Explorer:
    """Show which units of a ReLU layer fire on which samples, for inputs and weights to choose."""
    rng = np.random.default_rng(3)
    units, samples, features = 24, 40, 6
    X = rng.uniform(0, 1, size=(samples, features))
    W = rng.normal(size=(features, units))

    def draw(scale: float, bias: float, centred: bool) -> Scene:
        x = X - X.mean(axis=0) if centred else X
        z = x @ (scale * W) + bias
        fires = z > 0
        dead = ~fires.any(axis=0)
        panel = Panel(
            xlim=(0, samples), ylim=(0, units), xlabel="sample", ylabel="unit",
            xticks=[0, 10, 20, 30, 40], yticks=[0, 8, 16, 24],
        )  # fmt: skip
        panel.field(fires.T.astype(float), cmap="sequential", vmin=0, vmax=1.6, smooth=False)
        for unit in np.flatnonzero(dead).tolist():
            panel.rect(0, unit, samples, unit + 1, "orange", alpha=0.75)
        note = (
            f"Blue: the unit fires. Orange rows: dead, {dead.sum()} of {units} "
            f"({dead.mean():.0%}).\nZeros in all: {(~fires).mean():.0%}; "
            f"rms of z: {np.sqrt(np.mean(z**2)):.3g}"
        )
        return Scene(panel, note=note, height=440)

    controls = {
        "scale": choice([0.01, 0.1, 1.0, 10.0], 1.0),
        "bias": slider(-3, 3, 0.0, 0.1),
        "centred": switch(False),
    }
    labels = {"scale": "weight scale", "centred": "centre the inputs"}
    return Explorer(draw, controls, labels=labels, name="dead units")


def dead_unit_monitor(runs: Mapping[float, tuple[Sequence[float], Sequence[float]]]) -> Explorer:
    """Replay training runs: the share of dead units and the loss, epoch by epoch.

    ``runs`` maps a learning rate to (dead share, loss), one entry per epoch each, from epoch 1.
    """
    rates = list(runs)
    last = len(next(iter(runs.values()))[0])

    def draw(rate: float, epoch: int) -> Scene:
        dead, loss = (np.asarray(v, dtype=np.float64) for v in runs[rate])
        epochs = np.arange(1, last + 1)
        left = Panel("Dead units", xlim=(0, last), ylim=(0, 100), xlabel="epoch", ylabel="percent")
        for other in rates:
            left.line(epochs, 100 * np.asarray(runs[other][0]), "grey", width=1.2, alpha=0.6)
        right = Panel(
            "Loss", xlim=(0, last), ylim=(0, 1.2), xlabel="epoch", ylabel="nats per sample"
        )
        state = "before the first epoch"
        if epoch:
            left.line(epochs[:epoch], 100 * dead[:epoch], "orange", width=3)
            left.points(epoch, 100 * dead[epoch - 1], "orange", size=6)
            right.line(epochs[:epoch], np.minimum(loss[:epoch], 1.2), "blue", width=3)
            right.points(epoch, min(loss[epoch - 1], 1.2), "blue", size=6)
            state = f"epoch {epoch}: {dead[epoch - 1]:.0%} dead, loss {loss[epoch - 1]:.3f}"
        note = f"Learning rate {rate:g}, {state}"
        return Scene([left, right], note=note, height=350)

    controls = {"rate": choice(rates, rates[-1]), "epoch": stepper(last, last)}
    return Explorer(draw, controls, labels={"rate": "learning rate"}, name="dead-unit monitor")


def softmax_explorer() -> Explorer:
    """Turn four scores into answers: softmax with temperature, or a sigmoid for each."""
    names = ["dog", "frisbee", "cat", "bird"]

    def draw(dog: float, frisbee: float, cat: float, bird: float, T: float, head: str) -> Scene:
        z = np.array([[dog, frisbee, cat, bird]])
        p = (functional.softmax(z / T) if head == "softmax" else functional.sigmoid(z / T))[0]
        panel = Panel(
            xlim=(-0.6, 3.6), ylim=(0, 1.12), ylabel="output", yticks=[0, 0.25, 0.5, 0.75, 1],
            xticks=dict(enumerate(names)), xlabel="class",
        )  # fmt: skip
        panel.bars(np.arange(4), p, "blue" if head == "softmax" else "green", width=0.62)
        for k, value in enumerate(p):
            panel.text(k, value, f"{value:.3f}", shift=(0, -11))
        if head == "sigmoids":
            panel.hline(0.5, "orange")
            words = "sigmoids: each class by itself, yes above 0.5"
        else:
            entropy = float(-np.sum(p * np.log(np.maximum(p, 1e-300))))
            words = f"softmax: the classes compete; entropy {entropy:.2f} of at most 1.39 nats"
        return Scene(
            panel, note=f"T = {T:g}; {words}.\nThe bars add up to {p.sum():.2f}.", width=620
        )

    controls = {
        "dog": slider(-4, 4, 2.2, 0.1),
        "frisbee": slider(-4, 4, 1.4, 0.1),
        "cat": slider(-4, 4, -2.2, 0.1),
        "bird": slider(-4, 4, -1.0, 0.1),
        "T": slider(0.1, 5, 1.0, 0.1),
        "head": choice(["softmax", "sigmoids"]),
    }
    return Explorer(draw, controls, labels={"T": "temperature T"}, name="softmax")
