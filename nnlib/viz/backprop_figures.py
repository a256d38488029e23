"""Figures of chapter 2: shapes, paths, masks, costs, and what the learner's network does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnlib.viz.backprop import box
from nnlib.viz.render import render
from nnlib.viz.scene import Panel, Scene
from nnlib.viz.style import Card

__all__ = [
    "cost",
    "jacobian",
    "learning",
    "paths",
    "probabilities",
    "relu_mask",
    "shapes",
    "tiles",
    "timeline",
]

Array = NDArray[np.float64]


def shapes(sizes: Sequence[tuple[str, int, int]], note: str = "") -> Card:
    """Draw arrays as rectangles in a row, ``(name, rows, columns)`` each; signs are rows 0.

    An entry with no rows is a word between two arrays, such as ``("@", 0, 0)``.
    """
    panel = Panel(axes=False, xlim=(0, 100), ylim=(0, 60))
    unit = 4.2
    widths = [cols * unit if rows else 7.0 for _, rows, cols in sizes]
    x = (100 - sum(widths) - 2.0 * (len(sizes) - 1)) / 2
    for (name, rows, cols), width in zip(sizes, widths, strict=True):
        if rows:
            high = rows * unit * 1.5
            low = 30 - high / 2
            colour = "orange" if name.startswith("d") else "blue"
            panel.rect(x, low, x + width, low + high, colour, alpha=0.22, edge=colour)
            panel.text(x + width / 2, low + high, name, bold=True, shift=(0, -12))
            size = f"({rows}, {cols})" if rows > 1 else f"({cols},)"
            panel.text(x + width / 2, low, size, "muted", size=12, shift=(0, 13))
        else:
            panel.text(x + width / 2, 30, name, size=17)
        x += width + 2.0
    return render(Scene(panel, note=note, width=760, height=250))


def paths() -> Card:
    """Draw a node that is used twice: its gradient is the sum over both paths."""
    panel = Panel(axes=False, xlim=(0, 10), ylim=(0, 5))
    places = {"x": (1, 2.5), "u": (4.6, 4.1), "v": (4.6, 0.9), "y": (8.6, 2.5)}
    words = {"x": "x = 3", "u": "u = x² = 9", "v": "v = 2x = 6", "y": "y = u · v = 54"}
    for start, end, slope, side in (
        ("x", "u", "du/dx = 6", (-46.0, -10.0)), ("x", "v", "dv/dx = 2", (-46.0, 10.0)),
        ("u", "y", "dy/du = v = 6", (62.0, -10.0)), ("v", "y", "dy/dv = u = 9", (62.0, 10.0)),
    ):  # fmt: skip
        (xa, ya), (xb, yb) = places[start], places[end]
        xa, xb = xa + (0.8 if start == "x" else 1.2), xb - 1.2
        panel.arrow(xa, ya, xb, yb, "orange")
        panel.text((xa + xb) / 2, (ya + yb) / 2, slope, "orange", size=12, shift=side)
    for name, (x, y) in places.items():
        box(panel, x, y, half=0.8 if name == "x" else 1.2)
        panel.text(x, y, words[name], size=13, halo=False)
    note = "dy/dx = 6 · 6 + 9 · 2 = 36 + 18 = 54: multiply along a path, add over the paths"
    return render(Scene(panel, note=note, width=760, height=330))


def probabilities(p: ArrayLike, label: int, gradient: ArrayLike) -> Card:
    """Draw one row of softmax probabilities beside its gradient ``p - y``."""
    p, gradient = np.asarray(p, float), np.asarray(gradient, float)
    k = np.arange(len(p))
    ticks = {float(i): str(i) for i in k}
    left = Panel("Probabilities p and target y", xlabel="class", ylabel="probability",
                 xticks=ticks, ylim=(0, 1.08))  # fmt: skip
    left.bars(k, p, "blue", width=0.7, label="p")
    left.points([label], [1.0], "orange", size=7, marker="D", label="y")
    right = Panel("Gradient by the scores", xlabel="class", ylabel="p − y", xticks=ticks,
                  ylim=(-1.08, 1.08))  # fmt: skip
    right.bars(k, np.maximum(gradient, 0), "blue", width=0.7, label="push the score down")
    right.bars(k, np.minimum(gradient, 0), "orange", width=0.7, label="push it up")
    right.hline(0, "ink", dash=False)
    return render(Scene([left, right], height=330))


def _grid(panel: Panel, values: Array, form: str, limit: float, cmap: str = "diverging") -> Panel:
    """Fill a panel with a matrix, row 0 on top, and write every number into its cell."""
    rows, cols = values.shape
    panel.xlim, panel.ylim = (-0.5, cols - 0.5), (-0.5, rows - 0.5)
    low = -limit if cmap == "diverging" else 0.0
    panel.field(values[::-1], cmap=cmap, vmin=low, vmax=limit, smooth=False)
    for i in range(rows):
        for j in range(cols):
            panel.text(j, rows - 1 - i, form.format(values[i, j] + 0.0), size=11)
    panel.xticks = {float(j): str(j) for j in range(cols)}
    panel.yticks = {float(rows - 1 - i): str(i) for i in range(rows)}
    return panel


def relu_mask(z: ArrayLike, da: ArrayLike) -> Card:
    """Draw pre-activations, the gradient that arrives, and what relu lets through."""
    z, da = np.asarray(z, float), np.asarray(da, float)
    parts = (("z: what relu received", z), ("da: arrives from above", da),
             ("dz = da where z > 0", da * (z > 0)))  # fmt: skip
    panels = []
    for name, values in parts:
        panel = Panel(name, xlabel="unit", ylabel="row")
        _grid(panel, values, "{:.1f}", 2.2)
        if name.startswith("dz"):
            for i, j in np.argwhere(z <= 0):
                y = len(z) - 1 - i
                panel.rect(j - 0.5, y - 0.5, j + 0.5, y + 0.5, "grey", alpha=0.35)
        panels.append(panel)
    return render(Scene(panels, width=820, height=300))


def jacobian(p: ArrayLike) -> Card:
    """Draw the Jacobian of softmax for one row of probabilities, beside its diagonal alone."""
    p = np.asarray(p, float)
    full = np.diag(p) - np.outer(p, p)
    panels = []
    for name, values in (
        ("The whole Jacobian", full),
        ("The diagonal alone: not enough", np.diag(np.diag(full))),
    ):
        panel = Panel(name, xlabel="score j", ylabel="probability i")
        panels.append(_grid(panel, values, "{:.2f}", 0.25))
    return render(Scene(panels, height=350))


def cost(widths: Sequence[int] = (2, 4, 8, 16, 32, 64, 128, 256)) -> Card:
    """Draw multiplications per gradient, by backprop and by differences, for 64-n-10 networks."""
    n = np.asarray(widths, float)
    weights = 64 * n + 10 * n
    parameters = weights + n + 10
    forward = weights
    panel = Panel(
        "Multiplications for one full gradient, per row of data", xscale="log", yscale="log",
        xlabel="parameters P", ylabel="multiplications",
    )  # fmt: skip
    panel.line(parameters, 2 * parameters * forward, "orange", label="differences: 2P forwards")
    panel.points(parameters, 2 * parameters * forward, "orange", marker="s")
    panel.line(parameters, 3 * forward, "blue", label="forward and backward once")
    panel.points(parameters, 3 * forward, "blue")
    ratio = 2 * parameters[-1] / 3
    note = f"With {parameters[-1]:.0f} parameters, differences cost {ratio:.0f} times as much."
    return render(Scene(panel, note=note, width=640, height=400))


def timeline() -> Card:
    """Draw when the idea was found, and found again."""
    events = (
        (1960, "Kelley, Bryson:\ncontrol theory", 1), (1970, "Linnainmaa:\nreverse mode", -1),
        (1974, "Werbos' thesis:\nprediction", 1), (1982, "Werbos:\nnetworks", 1),
        (1986, "Rumelhart, Hinton,\nWilliams", -1), (1989, "LeCun: reads\npostcodes", 1),
        (2015, "autograd, then\nPyTorch, JAX", -1),
    )  # fmt: skip
    panel = Panel(axes=False, xlim=(1953, 2024), ylim=(-2.2, 2.2))
    panel.line([1954, 2023], [0, 0], "muted", width=2.0)
    for year, words, side in events:
        panel.line([year, year], [0, 0.55 * side], "muted", width=1.2)
        panel.points([year], [0], "blue", size=6)
        panel.text(year, 1.1 * side, words, size=12)
        panel.text(year, -0.35 * side, str(year), "blue", size=12, bold=True)
    return render(Scene(panel, width=820, height=230))


def tiles(
    images: ArrayLike, titles: Sequence[str], *, signed: bool = False, note: str = ""
) -> Card:
    """Draw square images in rows of eight; ``signed`` ones with 0 as the neutral colour."""
    images = np.asarray(images, float)
    side = round(images[0].size ** 0.5)
    limit = float(np.abs(images).max()) or 1.0
    panels = []
    for image, title in zip(images, titles, strict=True):
        panel = Panel(title, axes=False, xlim=(0, 1), ylim=(0, 1), equal=True)
        cmap = "diverging" if signed else "sequential"
        panel.field(image.reshape(side, side)[::-1], cmap=cmap, smooth=False,
                    vmin=-limit if signed else 0.0, vmax=limit if signed else 1.0)  # fmt: skip
        panels.append(panel)
    rows = [panels[i : i + 8] for i in range(0, len(panels), 8)]
    height = 135 * len(rows) + (25 if note else 0)
    width = 112 * max(len(row) for row in rows)
    return render(Scene(rows, note=note, width=width, height=height))


def learning(losses: ArrayLike, train: ArrayLike, test: ArrayLike) -> Card:
    """Draw loss and accuracies against epochs."""
    losses, train, test = (np.asarray(v, float) for v in (losses, train, test))
    epochs = np.arange(1, len(losses) + 1)
    left = Panel("Loss", xlabel="epoch", ylabel="cross-entropy, nats", ylim=(0, 2.4))
    left.line(epochs, losses, "blue", label="training")
    right = Panel("Accuracy", xlabel="epoch", ylabel="share of rows", ylim=(0.5, 1.01))
    right.line(epochs, train, "blue", label="training")
    right.line(epochs, test, "orange", dash=True, label="test")
    return render(Scene([left, right], height=340))
