"""Static figures of the chapter on transfer learning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnlib.viz.render import render
from nnlib.viz.scene import Panel, Scene
from nnlib.viz.style import MARKERS, Card
from nnlib.viz.transfer_learning import COLORS, interval

__all__ = ["bars", "gains", "gallery", "lines", "strategies"]

Array = NDArray[np.floating]
CYCLE = ("blue", "orange", "green", "purple", "grey")


def gallery(rows: Mapping[str, Array]) -> Card:
    """Draw images ``(n, height, width)``, one row of them per name."""
    scenes = []
    for name, images in rows.items():
        words = Panel(axes=False, xlim=(0, 1), ylim=(0, 1), width=1.3)
        panels = [words.text(0.5, 0.5, name, bold=True)]
        for image in images:
            panel = Panel(axes=False, xlim=(0, 1), ylim=(0, 1), equal=True)
            panel.field(image[::-1], cmap="sequential", vmin=0, vmax=1, smooth=False)
            panels.append(panel)
        scenes.append(panels)
    return render(Scene(scenes, width=760, height=95 * len(scenes)))


def strategies(names: Sequence[str], sizes: Sequence[int], trained: Mapping[str, str]) -> Card:
    """Draw which layers each strategy trains: ``trained[strategy]`` has a letter per layer.

    ``f`` frozen, ``t`` trained from the source's weights, ``n`` trained from new ones.
    """
    looks = {"f": ("grey", 0.15, "frozen"), "t": ("orange", 0.3, "trained"),
             "n": ("blue", 0.25, "new, trained")}  # fmt: skip
    count = len(trained)
    panel = Panel("What each strategy trains", xlim=(-1.45, len(names) + 0.75),
                  ylim=(-0.5, count + 0.45), axes=False)  # fmt: skip
    for i, (name, size) in enumerate(zip(names, sizes, strict=True)):
        panel.text(i + 0.5, count + 0.1, f"{name}\n{size:,} weights", size=12)
    panel.text(len(names) + 0.4, count + 0.1, "trained", size=12)
    for row, (strategy, letters) in enumerate(trained.items()):
        y = count - 1 - row
        panel.text(-0.08, y + 0.4, strategy, align="right", bold=True, size=13)
        for i, letter in enumerate(letters):
            color, alpha, words = looks[letter]
            panel.rect(i + 0.05, y + 0.05, i + 0.95, y + 0.75, color, alpha=alpha, edge=color)
            panel.text(i + 0.5, y + 0.4, words, size=12, halo=False)
        n = sum(size for size, letter in zip(sizes, letters, strict=True) if letter != "f")
        panel.text(len(names) + 0.4, y + 0.4, f"{100 * n / sum(sizes):.0f} %", size=13)
    return render(Scene(panel, width=720, height=60 + 62 * count))


def lines(
    x: ArrayLike, curves: Mapping[str, ArrayLike], *, title: str, xlabel: str, ylabel: str,
    log: bool = False, ylim: tuple[float, float] | None = None,
    xticks: Mapping[float, str] | None = None,
) -> Card:  # fmt: skip
    """Draw curves over a common ``x``, told apart by colour and marker."""
    panel = Panel(title, xlabel=xlabel, ylabel=ylabel, yscale="log" if log else "linear", ylim=ylim,
                  xticks=None if xticks is None else dict(xticks))  # fmt: skip
    for i, (name, y) in enumerate(curves.items()):
        color = COLORS.get(name, CYCLE[i % len(CYCLE)])
        panel.line(x, y, color, label=name, dash=i % 2 == 1)
        panel.points(x, y, color, size=4.5, marker=MARKERS[i])
    return render(Scene(panel, width=640, height=380))


def gains(scratch: Array, transfer: Array, goal: float) -> Card:
    """Draw two accuracy curves with jump-start, epochs to a goal, and final gain."""
    epochs = np.arange(1, len(scratch) + 1)
    panel = Panel("What transfer gains", xlim=(0, len(scratch) + 1.5), xlabel="epoch",
                  ylim=(0.1, 0.85), ylabel="test accuracy")  # fmt: skip
    panel.hline(goal, "muted", label=f"goal {goal:g}")
    panel.line(epochs, scratch, "grey", label="from scratch", dash=True)
    panel.line(epochs, transfer, "orange", label="transfer")
    panel.arrow(1, float(scratch[0]), 1, float(transfer[0]), "purple")
    panel.text(1, float(scratch[0]), "jump-start", align="left", shift=(10, 14))
    for curve, color, marker, up in ((scratch, "grey", "s", 22), (transfer, "orange", "o", -20)):
        reached = np.flatnonzero(curve >= goal)
        if len(reached):
            first = int(reached[0])
            panel.points([first + 1], [curve[first]], color, size=7, marker=marker, edge="ink")
            panel.text(first + 1, float(curve[first]), f"epoch {first + 1}", shift=(4, up), size=12,
                       align="left")  # fmt: skip
    return render(Scene(panel, width=660, height=390))


def bars(
    results: Mapping[str, Array], *, title: str, ylabel: str = "test accuracy",
    below: Mapping[str, int] | None = None,
) -> Card:  # fmt: skip
    """Draw the mean over seeds of each entry with its 95 % interval and every seed as a dot.

    ``below`` has a number to write at the foot of each bar.
    """
    panel = Panel(title, xlim=(-0.6, len(results) - 0.4), ylabel=ylabel, ylim=(0, 1.0),
                  xticks={float(i): name for i, name in enumerate(results)})  # fmt: skip
    for i, (name, values) in enumerate(results.items()):
        mean, half = float(values.mean()), float(interval(np.asarray(values)[:, None])[0])
        panel.bars([i], [mean], "blue", width=0.6, alpha=0.35)
        panel.line([i, i], [mean - half, mean + half], "ink", width=2)
        panel.points(i + np.linspace(-0.15, 0.15, len(values)), values, "blue", size=3.5)
        panel.text(i, mean + max(half, float(np.max(values)) - mean), f"{mean:.2f}", size=13,
                   shift=(0, -12))  # fmt: skip
        if below is not None:
            panel.text(i, 0.05, f"{below[name]:,}", size=13, halo=False)
    return render(Scene(panel, width=720, height=370))
