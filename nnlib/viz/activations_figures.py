"""Static figures of chapter 3; each gets its numbers from the notebook or from the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nnlib import activations as layers
from nnlib import functional
from nnlib.layer import Array
from nnlib.viz.activations import LAYERS, value_and_slope
from nnlib.viz.render import render
from nnlib.viz.scene import Panel, Scene
from nnlib.viz.style import CYCLE, MARKERS, Card

__all__ = [
    "activation_grid",
    "bend",
    "collapse",
    "comparison",
    "dead_by_rate",
    "depth_curves",
    "elu_kinks",
    "gelu_forms",
    "reliability",
    "sparsity",
    "stability",
    "wrong_slopes",
]


def bend() -> Card:
    """Draw the line 2x + 3 and what ReLU makes of it."""
    x = np.linspace(-4, 2, 200)
    panel = Panel(xlim=(-4, 2), ylim=(-5.5, 7.5), xlabel="x", ylabel="y")
    panel.line(x, 2 * x + 3, "grey", dash=True, label="2x + 3")
    panel.line(x, np.maximum(2 * x + 3, 0), "blue", width=3.2, label="max(2x + 3, 0)")
    panel.points(-1.5, 0, "orange", size=6)
    panel.text(-1.5, 0, "bend at −1.5:\nslope 0 before, 2 after", "orange", shift=(-92, -34))
    return render(Scene(panel, height=360))


def collapse(x: Array, linear: Array, bent: Array) -> Card:
    """Draw two networks with the same weights, without and with ReLU between their layers."""
    left = Panel("No activation", xlabel="x", ylabel="network's output")
    left.line(x, linear, "grey", width=3)
    right = Panel("ReLU between the layers", xlabel="x")
    right.line(x, bent, "blue", width=3)
    return render(Scene([left, right], height=320))


def depth_curves(
    curves: Mapping[str, Sequence[float]], ylabel: str, *, floor: float, xlabel: str = "layer"
) -> Card:
    """Draw one curve per label over depth, on a logarithmic scale."""
    panel = Panel(yscale="log", xlabel=xlabel, ylabel=ylabel)
    for k, (label, values) in enumerate(curves.items()):
        y = np.maximum(np.asarray(values, dtype=np.float64), floor)
        panel.line(np.arange(len(y)), y, CYCLE[k], width=2, label=label)
        panel.points(np.arange(len(y)), y, CYCLE[k], size=4, marker=MARKERS[k])
    panel.hline(1.0)
    return render(Scene(panel, width=640, height=380 + 20 * len(curves)))


def stability() -> Card:
    """Draw the relative error of two ways to compute softplus in float32."""
    x = np.linspace(-30, 120, 150 * 40)
    middle = x.reshape(150, 40).mean(axis=1)
    exact, single = np.logaddexp(0, x), x.astype(np.float32)
    with np.errstate(over="ignore"):
        naive = np.log(1 + np.exp(single))
    panel = Panel(
        xlim=(-30, 120), ylim=(1e-9, 30), yscale="log", xlabel="x",
        ylabel="worst relative error, float32",
    )  # fmt: skip
    safe = functional.softplus(single)
    for label, got, color in (
        ("log(1 + exp(x))", naive, "orange"),
        ("max(x, 0) + log1p(exp(−|x|))", safe, "blue"),
    ):
        error = np.abs(got.astype(np.float64) - exact) / exact
        worst = error.reshape(150, 40).max(axis=1)
        panel.line(middle, np.where(np.isfinite(worst), worst, np.nan), color, label=label)
    panel.vline(np.log(np.finfo(np.float32).max), "muted")
    panel.text(88.7, 3, "exp overflows:\ninfinite", "muted", align="left", shift=(8, 0))
    panel.text(-29, 8, "1 + exp(x) rounds to 1:\nthe answer is 0", "orange", align="left")
    return render(Scene(panel, width=640, height=420))


def activation_grid() -> Card:
    """Draw eight activations and their slopes on [-5, 5], at 1000 points each."""
    x = np.linspace(-5, 5, 1000)
    panels = []
    for k, name in enumerate(
        ("sigmoid", "tanh", "ReLU", "leaky ReLU", "ELU", "Swish", "GELU", "Mish")
    ):
        y, slope = value_and_slope(LAYERS[name](1.0 if name == "ELU" else 0.1), x)
        panel = Panel(
            name, xlim=(-5, 5), ylim=(-1.6, 3.2), legend="none", xlabel="x" if k > 3 else "",
            ylabel="" if k % 4 else "value, slope", xticks=[-4, 0, 4], yticks=[-1, 0, 1, 2, 3],
        )  # fmt: skip
        panels.append(panel.line(x, y, "blue", width=2.8).line(x, slope, "orange", dash=True))
    note = "Blue: value. Orange, dashed: slope. Leaky ReLU with α = 0.1, ELU with α = 1."
    return render(Scene([panels[:4], panels[4:]], note=note, width=880, height=540))


def elu_kinks() -> Card:
    """Draw ELU's slope for three values of alpha: only alpha = 1 joins without a jump."""
    left = Panel("ELU", xlim=(-4, 3), ylim=(-2.3, 3), xlabel="x", ylabel="y")
    right = Panel("its slope", xlim=(-4, 3), ylim=(-0.1, 2.2), xlabel="x", ylabel="dy / dx")
    for alpha, color in ((0.5, "green"), (1.0, "blue"), (2.0, "orange")):
        for side in (np.linspace(-4, -1e-6, 200), np.linspace(1e-6, 3, 100)):
            y, slope = value_and_slope(layers.ELU(alpha), side)
            label = f"α = {alpha:g}" if side[0] < 0 else ""
            left.line(side, y, color, label=label)
            right.line(side, slope, color, label=label)
    return render(Scene([left, right], height=390))


def gelu_forms() -> Card:
    """Draw how far the tanh form of GELU and of its slope are from the exact ones."""
    x = np.linspace(-5, 5, 1000)
    exact, form = (value_and_slope(layers.GELU(a), x) for a in (False, True))
    panel = Panel(xlim=(-5, 5), xlabel="x", ylabel="tanh form − exact, × 1000")
    panel.line(x, 1000 * (form[0] - exact[0]), "blue", label="value")
    panel.line(x, 1000 * (form[1] - exact[1]), "orange", dash=True, label="slope")
    return render(Scene(panel.hline(0.0), height=360))


def wrong_slopes(x: Array, curves: Mapping[str, tuple[Array, Array]]) -> Card:
    """Draw, for each title, a printed slope over the numerical one."""
    panels = []
    for title, (printed, numeric) in curves.items():
        panel = Panel(
            title, xlim=(float(x[0]), float(x[-1])), ylim=(-1, 5), xlabel="x", ylabel="slope"
        )
        panel.line(x, numeric, "blue", width=4.5, alpha=0.7, label="central differences")
        panels.append(panel.line(x, printed, "orange", dash=True, label="as printed"))
    return render(Scene(panels, height=370))


def sparsity(bias: Array, measured: Array, predicted: Array) -> Card:
    """Draw the measured share of zeros against the normal distribution's prediction."""
    panel = Panel(xlabel="bias b", ylabel="share of zeros", ylim=(0, 1))
    panel.line(bias, predicted, "blue", label="Φ(−b / s)")
    panel.points(bias, measured, "orange", label="measured")
    return render(Scene(panel.hline(0.5), height=360))


def dead_by_rate(rates: Sequence[float], shares: Mapping[str, Sequence[float]]) -> Card:
    """Draw the share of dead units after training against the learning rate."""
    panel = Panel(
        xscale="log", ylim=(-3, 103), xlabel="learning rate", ylabel="dead units, percent",
        xticks=list(rates),
    )  # fmt: skip
    for k, (label, values) in enumerate(shares.items()):
        y = 100 * np.asarray(values)
        panel.line(rates, y, CYCLE[k], label=label)
        panel.points(rates, y, CYCLE[k], marker=MARKERS[k])
    return render(Scene(panel, height=380))


def comparison(bands: Mapping[str, Array], ylabel: str, ylim: tuple[float, float]) -> Card:
    """Draw median and full range over seeds; each array has shape (seeds, epochs)."""
    panels = []
    for k, (label, runs) in enumerate(bands.items()):
        epochs = np.arange(1, runs.shape[1] + 1)
        panel = Panel(
            label, xlim=(1, runs.shape[1]), ylim=ylim, xlabel="epoch", ylabel="" if k else ylabel
        )
        panel.area(epochs, runs.max(axis=0), runs.min(axis=0), CYCLE[k])
        panels.append(panel.line(epochs, np.median(runs, axis=0), CYCLE[k]))
    return render(Scene(panels, width=880, height=300))


def reliability(curves: Mapping[str, tuple[Array, Array]]) -> Card:
    """Draw observed frequency against predicted probability, one curve per model."""
    panel = Panel(
        xlim=(0, 1), ylim=(0, 1), equal=True, xlabel="predicted probability",
        ylabel="observed share",
    )  # fmt: skip
    panel.line([0, 1], [0, 1], "grey", dash=True, label="calibrated")
    for k, (label, (predicted, observed)) in enumerate(curves.items()):
        panel.line(predicted, observed, CYCLE[k], label=label)
        panel.points(predicted, observed, CYCLE[k], marker=MARKERS[k])
    return render(Scene(panel, width=520, height=500))
