"""More widgets of chapter 1: a decision, descent, approximation by width, folding by depth."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nnlib import functional
from nnlib.viz.controls import choice, integer, slider, switch
from nnlib.viz.explorer import Explorer
from nnlib.viz.scene import Panel, Scene

__all__ = ["WIDTHS", "approximation", "decision", "descent", "features", "fit_features", "folding"]

Array = NDArray[np.floating]

WIDTHS: Final = (1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200)
KINDS: Final[dict[str, Callable[[Array], Array]]] = {
    "ReLU": functional.relu,
    "tanh": np.tanh,
    "square": np.square,
}


def decision(weights: tuple[float, float, float] = (3.0, 2.0, 1.0)) -> Explorer:
    """Decide whether to go out: three yes-or-no inputs, their weights, and a bias to move."""
    w = np.array(weights)
    inputs = np.indices((2, 2, 2)).reshape(3, -1).T
    inputs = inputs[np.argsort(inputs @ w, kind="stable")]
    sums = inputs @ w

    def draw(weather: bool, friend: bool, cheap: bool, b: float) -> Scene:
        now = int(np.flatnonzero((inputs == [weather, friend, cheap]).all(axis=1))[0])
        yes = sums + b >= 0
        ticks: dict[float, str] = {
            k: "".join(n if on else "–" for n, on in zip("wfc", x, strict=True))
            for k, x in enumerate(inputs)
        }
        panel = Panel(
            "All eight inputs, and what the neuron says",
            xlim=(-0.6, 7.6),
            ylim=(-0.4, 7.6),
            xlabel="w weather, f friend, c cheap",
            ylabel="weighted sum",
            xticks=ticks,
        )
        for answer, color, label in ((yes, "blue", "yes"), (~yes, "grey", "no")):
            k = np.flatnonzero(answer)
            panel.bars(k, sums[k] + 0.08, color, width=0.7, base=-0.04, label=label)
        panel.hline(-b, "orange", label="threshold −b")
        panel.points(
            [now], [sums[now]], "purple", size=9, marker="D", edge="ink", label="this input"
        )
        z = sums[now] + b
        note = f"sum {sums[now]:.0f}, bias {b:+.1f}: z = {z:+.1f}, so {'yes' if z >= 0 else 'no'}."
        note = f"{note}   {int(yes.sum())} of 8 inputs get a yes.".replace("-", "−")
        return Scene(panel, width=640, height=400, note=note)

    controls = {
        "weather": switch(True),
        "friend": switch(False),
        "cheap": switch(True),
        "b": slider(-7, 1, -3.5, 0.1),
    }
    return Explorer(draw, controls, labels={"b": "bias b"}, name="decision")


def descent(steps: int = 25) -> Explorer:
    """Gradient descent on ``(w - 3)**2`` from ``w = 0``, with the rate by slider."""
    curve = np.linspace(-4, 10, 141)

    def draw(rate: float, shown: int) -> Scene:
        k = np.arange(steps + 1)
        w = 3 - 3 * (1 - 2 * rate) ** k  # each step multiplies the distance by 1 - 2 rate
        loss = (w - 3) ** 2
        left = Panel(
            "Walking down the loss",
            xlim=(-4, 10),
            ylim=(-3, 50),
            xlabel="w",
            ylabel="L(w)",
            legend="none",
        )
        left.line(curve, (curve - 3) ** 2, "grey")
        left.line(w[: shown + 1], loss[: shown + 1], "orange", width=1.6)
        left.points(w[: shown + 1], loss[: shown + 1], "orange", size=5)
        left.points([w[shown]], [loss[shown]], "purple", size=8)
        right = Panel(
            "Loss after each step",
            xlim=(-0.5, steps + 0.5),
            ylim=(1e-8, 1e8),
            yscale="log",
            xlabel="step",
            ylabel="L",
            legend="none",
        )
        seen = np.clip(loss[: shown + 1], 1e-9, 1e9)
        right.line(k[: shown + 1], seen, "orange").points(k[: shown + 1], seen, "orange", size=4)
        factor = 1 - 2 * rate
        fate = (
            "runs away" if abs(factor) > 1 else "never settles" if abs(factor) == 1 else "settles"
        )
        note = f"each step multiplies the distance to 3 by {factor:.2f}: it {fate}"
        return Scene([left, right], note=note.replace("-", "−"), height=380)

    controls = {"rate": slider(0.02, 1.1, 0.1, 0.02), "shown": integer(0, steps, 10)}
    return Explorer(draw, controls, labels={"rate": "rate η", "shown": "steps"}, name="descent")


def features(x: Array, kind: str, width: int, seed: int = 0) -> Array:
    """Return one hidden layer of fixed random units, ``(len(x), width + 1)``; the last is 1.

    Unit j computes ``f(s_j * (x - c_j))`` with its centre ``c_j`` spread over [-1, 1].
    """
    rng = np.random.default_rng(seed)
    centre = (np.arange(width) + rng.uniform(0, 1, width)) / width * 2 - 1
    slope = rng.choice([-1.0, 1.0], width) * (1.0 if kind != "tanh" else max(2.0, width / 4))
    hidden = KINDS[kind](slope * (x[:, None] - centre))
    return np.column_stack([hidden, np.ones(len(x))])


def fit_features(
    target: Callable[[Array], Array], kind: str, width: int, seed: int = 0
) -> Callable[[Array], Array]:
    """Fit the output weights by least squares at 400 places in [-1, 1]; return the network."""
    x = np.linspace(-1, 1, 400)
    v = np.linalg.lstsq(features(x, kind, width, seed), target(x), rcond=1e-10)[0]
    return lambda at: features(at, kind, width, seed) @ v


def _target(x: Array) -> Array:
    return np.sin(3 * np.pi * x)


@cache
def _net(kind: str, width: int) -> Callable[[Array], Array]:
    return fit_features(_target, kind, width)


@cache
def _errors(kind: str) -> Array:
    x = np.linspace(-1, 1, 1001)
    return np.array([np.abs(_net(kind, n)(x) - _target(x)).max() for n in WIDTHS])


def approximation() -> Explorer:
    """Fit ``sin(3 pi x)`` with one hidden layer: choose its activation and its width."""
    x = np.linspace(-1, 1, 401)

    @cache
    def curve(kind: str, width: int) -> Array:
        return _net(kind, width)(x)

    def draw(activation: str, size: int) -> Scene:
        width = WIDTHS[size]
        left = Panel(
            f"{width} {activation} units", xlim=(-1, 1), ylim=(-1.9, 1.9), xlabel="x", ylabel="y"
        )
        left.line(x, _target(x), "grey", width=4, alpha=0.7, label="sin 3πx")
        left.line(x, curve(activation, width), "orange", label="network")
        right = Panel(
            "Largest error on [−1, 1]",
            xlim=(0.8, 260),
            ylim=(2e-4, 6),
            xscale="log",
            yscale="log",
            xlabel="width: hidden units",
            ylabel="largest error",
        )
        for kind, color, marker in (
            ("square", "blue", "s"),
            ("ReLU", "orange", "o"),
            ("tanh", "green", "^"),
        ):
            right.line(WIDTHS, _errors(kind), color, label=kind, width=1.8)
            right.points(WIDTHS, _errors(kind), color, size=4, marker=marker)
        error = _errors(activation)[size]
        right.points([width], [error], "purple", size=9, marker="D")
        return Scene([left, right], height=400, note=f"{width} units: largest error {error:.2g}")

    controls = {"activation": choice(list(KINDS)), "size": integer(0, len(WIDTHS) - 1, 5)}
    return Explorer(draw, controls, labels={"size": "width, in steps"}, name="approximation")


def folding(most: int = 6) -> Explorer:
    """Fold the line with layers of two ReLUs: each layer doubles the number of pieces."""
    x = np.linspace(0, 1, 2**most * 8 + 1)

    def draw(depth: int) -> Scene:
        y = x
        for _ in range(depth):
            y = 2 * functional.relu(y) - 4 * functional.relu(y - 0.5)
        left = Panel(
            f"Depth {depth}: {2**depth} straight pieces",
            xlim=(0, 1),
            ylim=(-0.05, 1.1),
            xlabel="x",
            ylabel="y",
            legend="none",
        ).line(x, y, "orange", width=2)
        depths = np.arange(1, most + 1)
        right = Panel(
            "Units for the same curve",
            xlim=(0.5, most + 0.5),
            ylim=(0, 2**most + 6),
            xlabel="depth of the folded network",
            ylabel="ReLU units",
        )
        right.bars(depths - 0.2, 2 * depths, "blue", width=0.36, label="deep: 2 per layer")
        right.bars(
            depths + 0.2,
            2**depths - 1,
            "grey",
            width=0.36,
            label="one layer: one per bend, at least",
        )
        right.points([depth + 0.2], [2**depth - 1], "purple", marker="D", size=7)
        note = f"{2 * depth} ReLUs in {depth} layers; a single layer needs at least {2**depth - 1}"
        return Scene([left, right], height=380, note=note)

    return Explorer(draw, {"depth": integer(1, most, 3)}, name="folding")
