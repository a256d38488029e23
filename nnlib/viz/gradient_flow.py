"""Widgets of chapter 5: factors that multiply, signals through depth, normalization, clipping."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnlib import functional
from nnlib.viz.controls import choice, dropdown, integer, slider, switch
from nnlib.viz.explorer import Explorer
from nnlib.viz.scene import Panel, Scene

__all__ = [
    "chain_of_factors",
    "clip_by_hand",
    "depth_explorer",
    "normalize_by_hand",
    "propagate",
    "scale_explorer",
]

Array = NDArray[np.floating]
Slope = Callable[[Array, Array], Array]
WIDTH: Final = 64
BATCH: Final = 48
DEEPEST: Final = 50

# name -> (function of z, its slope from z and a)
ACTIVATIONS: Final[dict[str, tuple[Callable[[Array], Array], Slope]]] = {
    "sigmoid": (functional.sigmoid, lambda z, a: a * (1 - a)),
    "tanh": (functional.tanh, lambda z, a: 1 - a * a),
    "ReLU": (functional.relu, lambda z, a: (z > 0).astype(float)),
    "none": (lambda z: z, lambda z, a: np.ones_like(z)),
}
INITS: Final[dict[str, float]] = {
    "std 0.01": 0.01,
    "uniform ±√(2/n): the slip": np.sqrt(2 / (3 * WIDTH)),
    "Glorot": np.sqrt(1 / WIDTH),  # 2 / (n + n): the layers are square
    "He": np.sqrt(2 / WIDTH),
    "4 × Glorot": 4 * np.sqrt(1 / WIDTH),
    "std 1": 1.0,
}
ORTHOGONAL: Final = "orthogonal"
SPANS: Final[dict[str, tuple[tuple[float, float], tuple[float, ...]]]] = {
    "tanh": ((-1.05, 1.05), (-1, 0, 1)),
    "sigmoid": ((-0.05, 1.05), (0, 1)),
    "ReLU": ((-0.2, 5.0), (0, 5)),
}  # where activations lie, and the ticks to write
POWERS: Final = {1e-12: "10⁻¹²", 1e-6: "10⁻⁶", 1.0: "1", 1e6: "10⁶", 1e12: "10¹²"}


class Flow(NamedTuple):
    """Root mean square of activations, gradient norm at z and weight gradient norm, by layer."""

    rms: Array
    signal: Array
    weights: Array


# --- factors that multiply ----------------------------------------------------------------------


def chain_of_factors() -> Explorer:
    """Chain of one-unit layers: the factor of one layer, and what depth makes of it."""
    layers = np.arange(1, 21)
    z_axis = np.linspace(-6, 6, 241)

    def draw(activation: str, w: float, z: float) -> Scene:
        act, slope = ACTIVATIONS[activation]
        slopes = slope(z_axis, act(z_axis))
        at = np.array([z])
        one = float(slope(at, act(at))[0])
        factor = w * one
        left = Panel(f"Slope of {activation}", xlim=(-6, 6), ylim=(0, 1.1), xlabel="z",
                     ylabel="slope", legend="none")  # fmt: skip
        left.line(z_axis, slopes).line([z, z, -6], [0, one, one], "purple", width=1.5, dash=True)
        left.points([z], [one], "purple", size=8)
        right = Panel("Gradient after so many layers", xlim=(0, 21), ylim=(1e-13, 1e13),
                      xlabel="layers", ylabel="product of the factors", yscale="log", yticks=POWERS,
                      legend="none")  # fmt: skip
        right.hline(1.0).line(layers, abs(factor) ** layers, "orange")
        right.points(layers, abs(factor) ** layers, "orange", size=4)
        what = "vanishes" if factor < 0.8 else "explodes" if factor > 1.25 else "stays"
        note = (
            f"factor per layer = w · slope = {w:.2f} · {one:.3f} = {factor:.3f}    "
            f"after 20 layers: {factor**20:.2g}: the gradient {what}"
        )
        return Scene([left, right], note=note, height=360)

    controls = {
        "activation": choice(["sigmoid", "tanh", "ReLU"]),
        "w": slider(0.1, 8, 1.0, 0.1), "z": slider(-5, 5, 0.0, 0.1),
    }  # fmt: skip
    return Explorer(draw, controls, name="chain of factors")


# --- signals through depth ----------------------------------------------------------------------


def _statistics(z: Array, norm: str) -> tuple[Array, Array]:
    """Normalize ``z`` over the batch or the layer; return it and ``1 / sqrt(var + 1e-5)``."""
    axis = 0 if norm == "batch" else 1
    inv = 1 / np.sqrt(z.var(axis=axis, keepdims=True) + 1e-5)
    return (z - z.mean(axis=axis, keepdims=True)) * inv, inv


def propagate(
    W: Array, x: Array, dy: Array, *, activation: str = "ReLU", norm: str = "none",
    residual: bool = False, scale: float = 1.0,
) -> Flow:  # fmt: skip
    """Send ``x`` forward and ``dy`` back through square layers ``W`` ``(depth, n, n)``.

    A layer is linear, then normalization, then activation; with ``residual`` its input is
    added, and ``scale`` multiplies the branch.
    """
    act, slope = ACTIVATIONS[activation]
    h, kept = x, []
    rms = np.empty(len(W))
    for layer, Wl in enumerate(W):
        z = h @ Wl
        hat, inv = _statistics(z, norm) if norm != "none" else (z, np.ones((1, 1)))
        a = act(hat)
        kept.append((h, hat, inv, slope(hat, a)))
        h = h + scale * a if residual else a
        rms[layer] = np.sqrt(np.mean(h * h))
    signal, weights = np.empty(len(W)), np.empty(len(W))
    axis = 0 if norm == "batch" else 1
    for layer in range(len(W) - 1, -1, -1):
        h, hat, inv, slopes = kept[layer]
        dz = (scale * dy if residual else dy) * slopes
        if norm != "none":
            inner = (dz * hat).mean(axis=axis, keepdims=True)
            dz = inv * (dz - dz.mean(axis=axis, keepdims=True) - hat * inner)
        signal[layer] = np.sqrt(np.vdot(dz, dz))
        weights[layer] = np.linalg.norm(h.T @ dz)
        back = dz @ W[layer].T
        dy = dy + back if residual else back
    return Flow(rms, signal, weights)


def depth_explorer() -> Explorer:
    """Activations and gradients by layer, under every start, with every cure to switch on."""
    rng = np.random.default_rng(0)
    base = rng.normal(size=(DEEPEST, WIDTH, WIDTH))
    turned = np.stack([np.linalg.qr(b)[0] for b in base])
    x = rng.normal(size=(BATCH, WIDTH))
    dy = rng.normal(size=(BATCH, WIDTH)) / np.sqrt(BATCH * WIDTH)  # a gradient of length about 1

    def draw(
        depth: int, init: str, activation: str, norm: str, residual: bool, clip: bool
    ) -> Scene:
        W = turned[:depth] if init == ORTHOGONAL else INITS[init] * base[:depth]
        with np.errstate(all="ignore"):
            flow = propagate(W, x, dy, activation=activation, norm=norm, residual=residual)
            total = float(np.sqrt(np.sum(flow.weights**2)))
            ratio = flow.signal[0] / flow.signal[-1]
        layers = np.arange(1, depth + 1)
        left = Panel("Forward: size of activations", xlabel="layer", ylabel="root mean square",
                     yscale="log", ylim=(1e-13, 1e13), yticks=POWERS, xlim=(0, depth + 1),
                     legend="none")  # fmt: skip
        left.hline(1.0).line(layers, flow.rms).points(layers, flow.rms, size=4)
        right = Panel("Backward: size of gradients", xlabel="layer", ylabel="norm of dL/dz",
                      yscale="log", ylim=(1e-13, 1e13), yticks=POWERS,
                      xlim=(0, depth + 1), legend="upper right")  # fmt: skip
        right.hline(1.0).line(layers, flow.signal, "orange")
        right.points(layers, flow.signal, "orange", size=4)
        note = (
            f"first / last layer: {ratio:.2g}    global norm of the weight gradients: {total:.2g}"
        )
        if clip:
            factor = min(1.0, 1.0 / total) if np.isfinite(total) and total > 0 else 0.0
            right.line(layers, factor * flow.signal, "purple", dash=True, label="clipped to norm 1")
            note += f"\nclipping multiplies all of them by {factor:.2g}: the ratio stays"
        return Scene([left, right], note=note, height=400)

    controls = {
        "depth": integer(2, DEEPEST, 20),
        "init": dropdown([*INITS, ORTHOGONAL], "Glorot"),
        "activation": choice(["sigmoid", "tanh", "ReLU"]),
        "norm": choice(["none", "batch", "layer"]),
        "residual": switch(), "clip": switch(),
    }  # fmt: skip
    return Explorer(draw, controls, name="depth explorer")


def scale_explorer() -> Explorer:
    """Histograms of the activations in four layers, for weights from too small to too large."""
    rng = np.random.default_rng(1)
    base = rng.normal(size=(10, WIDTH, WIDTH)) / np.sqrt(WIDTH)
    x: Array = rng.normal(size=(BATCH, WIDTH))
    shown = (1, 3, 6, 10)

    def draw(activation: str, gain: float) -> Scene:
        act = ACTIVATIONS[activation][0]
        h, panels = x, []
        span, ticks = SPANS[activation]
        for layer in range(1, 11):
            h = act(gain * h @ base[layer - 1])
            if layer in shown:
                panel = Panel(f"layer {layer}", xlim=span, ylim=(0, 60), xlabel="activation")
                panel.xticks = ticks
                panel.ylabel = "% of values" if layer == 1 else ""
                panel.histogram(h, 42, span=span)
                rms = float(np.sqrt(np.mean(h * h)))
                panel.text(sum(span) / 2, 54, f"rms {rms:.2g}", size=13)
                panels.append(panel)
        spread = float(h.std(axis=0).mean())
        note = (
            f"weights with variance {gain:.2f}² / n; in layer 10 a unit varies by {spread:.2g} "
            "from sample to sample"
        )
        return Scene(panels, note=note, width=760, height=300)

    controls = {
        "activation": choice(["tanh", "sigmoid", "ReLU"]),
        "gain": slider(0.2, 4.0, 1.0, 0.05),
    }
    return Explorer(draw, controls, name="scale explorer")


# --- normalization and clipping by hand ---------------------------------------------------------


def normalize_by_hand() -> Explorer:
    """Batch of points before and after batch normalization; one of them can be dragged."""
    rng = np.random.default_rng(2)
    others = rng.normal(size=(11, 2)) * (1.2, 0.5) + (1.5, -0.8)
    running_mean, running_var = np.array([1.5, -0.8]), np.array([1.44, 0.25])
    limits = (-4.0, 4.0)

    def draw(mode: str, gamma: float, beta: float, row: tuple[float, float]) -> Scene:
        x = np.vstack([others, row])
        mean, var = (x.mean(0), x.var(0)) if mode == "training" else (running_mean, running_var)
        y = gamma * (x - mean) / np.sqrt(var + 1e-5) + beta
        names: dict[str, Any] = {
            "xlim": limits,
            "ylim": limits,
            "xlabel": "feature 1",
            "ylabel": "feature 2",
        }
        left = Panel("Before", equal=True, legend="none", **names)
        left.hline(0, "frame", dash=False).vline(0, "frame", dash=False)
        left.points(others[:, 0], others[:, 1]).points(
            mean[:1], mean[1:], "ink", marker="+", size=9
        )
        left.handle("row", *row)
        right = Panel("After", equal=True, legend="none", **names)
        right.hline(0, "frame", dash=False).vline(0, "frame", dash=False)
        right.points(y[:-1, 0], y[:-1, 1]).points(y[-1:, 0], y[-1:, 1], "purple", size=8)
        which = "the batch's" if mode == "training" else "the running"
        note = (
            f"{which} mean ({mean[0]:.2f}, {mean[1]:.2f}) and standard deviation "
            f"({np.sqrt(var[0]):.2f}, {np.sqrt(var[1]):.2f})\nDrag the purple row: "
            + ("all others move too." if mode == "training" else "the others stay where they are.")
        )
        return Scene([left, right], note=note, height=420)

    controls = {
        "mode": choice(["training", "evaluation"]),
        "gamma": slider(0.2, 2, 1.0, 0.05), "beta": slider(-2, 2, 0.0, 0.05),
    }  # fmt: skip
    return Explorer(draw, controls, points={"row": (2.8, 0.6)}, name="normalize by hand")


def clip_by_hand() -> Explorer:
    """Gradient of two parts to drag, clipped by its global norm and part by part."""
    angle = np.linspace(0, 2 * np.pi, 121)

    def draw(max_norm: float, grad: tuple[float, float]) -> Scene:
        g = np.array(grad)
        norm = float(np.linalg.norm(g))
        factor = min(1.0, max_norm / max(norm, 1e-12))
        by_norm = factor * g
        by_value = np.clip(g, -max_norm, max_norm)
        panel = Panel("One step, clipped in two ways", xlim=(-5, 5), ylim=(-5, 5), equal=True,
                      xlabel="gradient of part 1", ylabel="gradient of part 2")  # fmt: skip
        panel.line(max_norm * np.cos(angle), max_norm * np.sin(angle), "muted", width=1.3)
        panel.rect(-max_norm, -max_norm, max_norm, max_norm, "gold", alpha=0.1, edge="gold")
        panel.arrow(0, 0, g[0], g[1], "grey", label="gradient")
        panel.arrow(0, 0, by_value[0], by_value[1], "orange", label="each part alone: turned")
        panel.arrow(0, 0, by_norm[0], by_norm[1], "blue", label="global norm: only shorter").handle(
            "grad", *grad
        )
        turned = float(np.degrees(np.arctan2(*g[::-1]) - np.arctan2(*by_value[::-1])))
        turned = abs((turned + 180) % 360 - 180)
        note = f"norm {norm:.2f}, factor {factor:.2f}; part by part turns it by {turned:.0f}°"
        return Scene(panel, note=note, width=560, height=560)

    return Explorer(
        draw, {"max_norm": slider(0.2, 4, 1.0, 0.1)}, points={"grad": (4.2, 1.4)}, name="clipping"
    )
