"""Static figures of chapter 1: diagrams of a neuron, a network and the steps of learning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nnlib import functional
from nnlib.viz.render import render
from nnlib.viz.scene import Panel, Scene
from nnlib.viz.style import Card

__all__ = [
    "anatomy",
    "bias_shift",
    "four_steps",
    "margin",
    "network",
    "points_and_field",
    "scales",
]

Array = NDArray[np.floating]


def _joined(panel: Panel, a: Array, b: Array, r_a: float, r_b: float, color: str) -> Panel:
    """Draw an arrow from the rim of the circle at ``a`` to the rim of the one at ``b``."""
    along = (b - a) / np.sqrt(np.sum((b - a) ** 2))
    start, end = a + r_a * along, b - r_b * along
    return panel.arrow(start[0], start[1], end[0], end[1], color)


def _circle(panel: Panel, at: Array, words: str, color: str, size: float = 26) -> Panel:
    panel.points([at[0]], [at[1]], color, size=size, edge="ink")
    return panel.text(at[0], at[1], words, "paper", size=16, bold=True, halo=False)


def anatomy() -> Card:
    """Draw a neuron with its six parts numbered."""
    panel = Panel(axes=False, equal=True, xlim=(-0.3, 10.3), ylim=(-0.15, 4.65), legend="none")
    total, act = np.array([4.6, 2.2]), np.array([6.9, 2.2])
    for i, y in enumerate((3.7, 2.2, 0.7)):
        at = np.array([1.2, y])
        _joined(panel, at, total, 0.42, 0.5, "muted")
        _circle(panel, at, f"x{'₁₂₃'[i]}", "blue")
        middle = at + 0.42 * (total - at)
        panel.text(middle[0], middle[1], f"w{'₁₂₃'[i]}", "orange", size=16, bold=True)
    bias = np.array([4.6, 3.95])
    _joined(panel, bias, total, 0.25, 0.5, "muted")
    panel.text(bias[0], bias[1], "b", "green", size=17, bold=True)
    _joined(panel, total, act, 0.48, 0.48, "muted")
    panel.arrow(7.4, 2.2, 8.9, 2.2, "muted")
    _circle(panel, total, "Σ", "purple", 30)
    _circle(panel, act, "f", "purple", 30)
    panel.text(5.75, 2.2, "z", size=16, bold=True, shift=(0, -15))
    panel.text(9.25, 2.2, "y", "blue", size=18, bold=True)
    for x, y, words in (
        (1.2, 0.0, "1  inputs"),
        (2.75, 0.0, "2  weights"),
        (4.6, 4.45, "3  bias"),
        (4.6, 1.3, "4  sum"),
        (6.9, 1.3, "5  activation"),
        (9.25, 1.3, "6  output"),
    ):
        panel.text(x, y, words, "muted")
    return render(
        Scene(panel, width=740, height=360, note="z = w₁x₁ + w₂x₂ + w₃x₃ + b        y = f(z)")
    )


def network(sizes: Sequence[int], names: Sequence[str] = ()) -> Card:
    """Draw a fully connected network, a column of units per layer.

    Parameters
    ----------
    sizes : sequence of int
        Units per layer, the inputs first.
    names : sequence of str, optional
        What stands below each column.
    """
    tallest = max(sizes)
    panel = Panel(
        axes=False, xlim=(-0.6, len(sizes) - 0.4), ylim=(-0.75, tallest - 0.1), legend="none"
    )
    places = [
        [(k, (tallest - 1) / 2 + (n - 1) / 2 - i) for i in range(n)] for k, n in enumerate(sizes)
    ]
    for left, right in pairwise(places):
        lines = np.array([[a, b, (np.nan, np.nan)] for a in left for b in right]).reshape(-1, 2)
        panel.line(lines[:, 0], lines[:, 1], "grey", width=1.1, alpha=0.7)
    last = len(sizes) - 1
    for k, column in enumerate(places):
        color = "blue" if k == 0 else "orange" if k == last else "purple"
        at = np.array(column)
        panel.points(at[:, 0], at[:, 1], color, size=15, edge="ink", marker="s" if k == 0 else "o")
        panel.text(k, -0.6, names[k] if names else f"{sizes[k]}", "muted")
        if k:
            weights = f"W{'⁰¹²³⁴⁵⁶⁷⁸⁹'[k]}: {sizes[k - 1]} × {sizes[k]}"
            panel.text(k - 0.5, tallest - 0.35, weights, "ink", size=13)
    parameters = sum((a + 1) * b for a, b in pairwise(sizes))
    note = f"{len(sizes) - 2} hidden layers, {last} layers with weights, {parameters} parameters"
    return render(Scene(panel, width=720, height=80 + 54 * tallest, note=note))


def scales() -> Card:
    """Compare how many units and how many connections brains and networks have."""
    names: dict[float, str] = {
        0: "roundworm",
        1: "AlexNet 2012",
        2: "GPT-3 2020",
        3: "human brain",
    }
    units = np.array([302, 6.5e5, np.nan, 8.6e10])
    links = np.array([7e3, 6e7, 1.75e11, 1.5e14])
    panel = Panel(
        "Count like with like: parameters with synapses",
        xlim=(-0.6, 3.6),
        ylim=(1, 1e16),
        yscale="log",
        ylabel="how many",
        xticks=names,
    )
    for x, values, color, label in (
        (-0.19, units, "blue", "units, nerve cells"),
        (0.19, links, "orange", "parameters, synapses"),
    ):
        known = np.flatnonzero(~np.isnan(values))
        panel.bars(known + x, values[known] - 1, color, width=0.34, base=1.0, label=label)
        for k in known:
            panel.text(k + x, values[k], _short(values[k]), size=13, shift=(0, -11))
    return render(Scene(panel, width=680, height=400))


def _short(value: float) -> str:
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.0f}"


def bias_shift(biases: Sequence[float] = (-2.0, 0.0, 2.0)) -> Card:
    """Show that a bias shifts the activation along the input."""
    x = np.linspace(-6, 6, 241)
    panels = []
    for title, f in (("Step", functional.step), ("Sigmoid", functional.sigmoid)):
        panel = Panel(title, xlim=(-6, 6), ylim=(-0.08, 1.12), xlabel="w·x", ylabel="f(w·x + b)")
        for k, b in enumerate(biases):
            label = f"b = {b:+.0f}".replace("-", "−").replace("+0", "0")
            color = ("orange", "ink", "blue")[k % 3]
            panel.line(x, f(x + b), color, label=label, dash=b == 0)
        panels.append(panel)
    return render(Scene(panels, height=340))


def four_steps() -> Card:
    """Draw the four steps of learning as a cycle."""
    panel = Panel(axes=False, xlim=(0, 10), ylim=(0, 4), legend="none")
    boxes = (
        (0.2, "1  forward", "x → scores", "blue"),
        (2.72, "2  loss", "scores, target → L", "orange"),
        (5.24, "3  backward", "L → ∂L/∂w, ∂L/∂b", "purple"),
        (7.76, "4  update", "w − η ∂L/∂w", "green"),
    )
    for k, (x, title, words, color) in enumerate(boxes):
        panel.rect(x, 1.7, x + 2.04, 3.6, color, alpha=0.16, edge=color)
        panel.text(x + 1.02, 2.95, title, color, size=16, bold=True, halo=False)
        panel.text(x + 1.02, 2.25, words, size=13, halo=False)
        if k < 3:
            panel.arrow(x + 2.06, 2.65, x + 2.5, 2.65, "muted")
    panel.line([8.78, 8.78, 1.22], [1.66, 0.75, 0.75], "muted")
    panel.arrow(1.22, 0.75, 1.22, 1.64, "muted")
    panel.text(5, 1.12, "again, with the next batch", "muted")
    return render(Scene(panel, width=740, height=270))


def points_and_field(
    panels: Sequence[tuple[str, Array, Callable[[Array], Array]]],
    X: Array,
    y: Array,
    limits: tuple[float, float],
) -> Card:
    """Draw the same points over several models' answers, side by side.

    Parameters
    ----------
    panels : sequence of (title, scores, activation)
        ``scores`` is ``(rows, cols)``, row 0 at the bottom; the boundary is where they are 0, and
        ``activation`` turns them into an answer between 0 and 1.
    """
    drawn = []
    for title, scores, activation in panels:
        panel = Panel(title, xlim=limits, ylim=limits, xlabel="x₁", ylabel="x₂", equal=True)
        panel.field(activation(scores), vmin=0, vmax=1)
        panel.contour(scores, [0.0], color="ink", width=2.2)
        drawn.append(panel.classes(X, y, size=4, labels=["class 0", "class 1"]))
    return render(Scene(drawn, height=410))


def margin(X: Array, y: Array, v: Array, gaps: Array, mistakes: Array, bounds: Array) -> Card:
    """Draw a margin, and mistakes against Novikoff's bound.

    Parameters
    ----------
    X, y : arrays (n, 2), (n,)
        Samples of two classes.
    v : array (3,)
        Weights and bias of a line that separates them.
    gaps, mistakes, bounds : arrays
        Margin, updates made and bound of several problems.
    """
    w, length = v[:2], np.sqrt(v[:2] @ v[:2])
    along, foot = np.array([-w[1], w[0]]) / length, -v[2] * w / length**2
    near = np.min(np.abs(X @ w + v[2])) / length
    plane = Panel(
        "The margin: room on both sides",
        xlim=(-2.6, 2.6),
        ylim=(-2.6, 2.6),
        xlabel="x₁",
        ylabel="x₂",
        equal=True,
    )
    for shift, dash, label in (
        (0.0, False, "separating line"),
        (near, True, "margin"),
        (-near, True, ""),
    ):
        ends = np.stack([foot + shift * w / length + s * along for s in (-9, 9)])
        plane.line(
            ends[:, 0], ends[:, 1], "ink", width=1.6 if dash else 2.6, dash=dash, label=label
        )
    plane.classes(X, y, size=5)
    chart = Panel(
        "Mistakes until clean", xlabel="margin γ", ylabel="updates", xscale="log", yscale="log"
    )
    chart.line(gaps, bounds, "grey", dash=True, label="bound R²/γ²")
    chart.points(gaps, mistakes, "purple", size=6, label="updates made")
    return render(Scene([plane, chart], height=400))
