"""Static figures of the chapter on regularization, drawn from the same scenes as the widgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnlib.viz.render import render
from nnlib.viz.scene import Panel, Scene
from nnlib.viz.style import Card

__all__ = [
    "bands",
    "bars",
    "gallery",
    "images",
    "lines",
    "spaghetti",
    "table",
    "weights",
]

Array = NDArray[np.floating]
COLORS = ("blue", "orange", "green", "purple", "gold")
Curves = Mapping[str, ArrayLike]


def gallery(
    runs: Mapping[str, tuple[ArrayLike, ArrayLike]],
    accuracies: Mapping[str, tuple[ArrayLike, ArrayLike]],
    top: float = 1.3,
) -> Card:
    """Draw losses, and below them accuracies, in training and validation, run beside run."""
    panels: list[Panel] = []
    below: list[Panel] = []
    for name, (train, val) in runs.items():
        panel = Panel(name, ylim=(0, top), xlabel="epoch", ylabel="loss" if not panels else "")
        val = np.asarray(val, dtype=float)
        at = np.arange(1, len(val) + 1)
        panel.line(at, np.minimum(np.asarray(train), 2 * top), "orange", dash=True,
                   label="training")  # fmt: skip
        panel.line(at, np.minimum(val, 2 * top), "blue", label="validation")
        panel.points([at[val.argmin()]], [val.min()], "green", size=6, label="lowest validation")
        panels.append(panel)
        under = Panel(" ", ylim=(0.4, 1.03), xlabel="epoch", ylabel="" if below else "accuracy",
                      legend="none")  # fmt: skip
        for y, color, dash in zip(accuracies[name], ("orange", "blue"), (True, False), strict=True):
            under.line(at, y, color, dash=dash)
        below.append(under)
    return render(Scene([panels, below], width=840, height=600))


def spaghetti(
    x: Array, truth: Array, families: Mapping[str, Array], ylim: tuple[float, float] = (-2.6, 2.6)
) -> Card:
    """Draw many fits ``(models, points)`` per family, their mean, and the truth."""
    panels: list[Panel] = []
    for name, fits in families.items():
        panel = Panel(name, xlim=(float(x[0]), float(x[-1])), ylim=ylim, xlabel="x",
                      ylabel="y" if not panels else "")  # fmt: skip
        for i, fit in enumerate(fits[:25]):
            shown = np.where(np.abs(fit) < 2 * ylim[1], fit, np.nan)
            panel.line(x, shown, "grey", width=0.9, alpha=0.55, label="" if i else "single fits")
        panel.line(x, fits.mean(axis=0), "blue", label="their mean")
        panel.line(x, truth, "ink", width=1.8, dash=True, label="truth")
        panels.append(panel)
    return render(Scene(panels, width=840, height=340))


def lines(
    x: ArrayLike, curves: Curves, *, title: str, xlabel: str, ylabel: str, xlog: bool = False,
    ylog: bool = False, ylim: tuple[float, float] | None = None,
    xticks: dict[float, str] | None = None, marks: bool = False,
) -> Card:  # fmt: skip
    """Draw curves over one axis, the second and fourth dashed; ``marks`` adds points."""
    panel = Panel(title, xlabel=xlabel, ylabel=ylabel, xscale="log" if xlog else "linear",
                  yscale="log" if ylog else "linear", ylim=ylim, xticks=xticks)  # fmt: skip
    for i, (name, y) in enumerate(curves.items()):
        panel.line(x, y, COLORS[i], dash=i % 2 == 1, label=name)
        if marks:
            panel.points(x, y, COLORS[i], size=4.5, marker="os^Dv"[i])
    return render(Scene(panel, width=640, height=380))


def bands(
    x: ArrayLike, runs: Curves, *, title: str, xlabel: str, ylabel: str, xlog: bool = True,
    xticks: dict[float, str] | None = None, ylim: tuple[float, float] | None = None,
) -> Card:  # fmt: skip
    """Draw means of repeated measurements ``(repeats, len(x))`` and their whole range."""
    panel = Panel(title, xlabel=xlabel, ylabel=ylabel, xscale="log" if xlog else "linear",
                  xticks=xticks, ylim=ylim)  # fmt: skip
    for i, (name, values) in enumerate(runs.items()):
        y = np.asarray(values, dtype=float)
        panel.area(x, y.max(axis=0), y.min(axis=0), COLORS[i], alpha=0.18)
        panel.line(x, y.mean(axis=0), COLORS[i], dash=i % 2 == 1, label=name)
        panel.points(x, y.mean(axis=0), COLORS[i], size=5, marker="os^Dv"[i])
    return render(Scene(panel, width=640, height=380))


def bars(
    values: Mapping[str, ArrayLike], *, title: str, ylabel: str, level: float | None = None,
    words: str = "", ylim: tuple[float, float] | None = None,
) -> Card:  # fmt: skip
    """Draw the mean of each group as a bar, its members as points, and a level to compare with."""
    at = np.arange(len(values))
    panel = Panel(title, xlim=(-0.6, len(values) - 0.4), ylim=ylim, ylabel=ylabel,
                  xticks=dict(zip(map(float, at), values, strict=True)))  # fmt: skip
    for i, group in enumerate(values.values()):
        member = np.atleast_1d(np.asarray(group, dtype=float))
        panel.bars([i], [member.mean()], "blue", width=0.6, alpha=0.55)
        spread = np.linspace(-0.18, 0.18, len(member)) if len(member) > 1 else np.zeros(1)
        panel.points(i + spread, member, "orange", size=4)
    if level is not None:
        panel.hline(level, "ink", label=words)
    return render(Scene(panel, width=700, height=370))


def weights(groups: Mapping[str, ArrayLike], span: float, *, title: str = "") -> Card:
    """Draw a histogram of weights per setting, side by side, on one scale."""
    panels: list[Panel] = []
    for name, values in groups.items():
        panel = Panel(name, xlim=(-span, span), xlabel="weight", legend="none",
                      ylabel="" if panels else "percent")  # fmt: skip
        panel.histogram(np.clip(np.asarray(values), -span, span), 41, "blue", span=(-span, span))
        panels.append(panel)
    return render(Scene(panels, note=title, width=840, height=320))


def images(rows: Mapping[str, Array]) -> Card:
    """Draw a row of small images ``(n, height, width)``, values in [0, 1], per name."""
    panels: list[list[Panel]] = []
    for name, pictures in rows.items():
        line = []
        for i, picture in enumerate(pictures):
            h, w = picture.shape
            panel = Panel(name if i == 0 else " ", xlim=(0, w), ylim=(0, h), axes=False, equal=True)
            panel.field(picture[::-1], cmap="sequential", vmin=0, vmax=1, smooth=False)
            line.append(panel)
        panels.append(line)
    return render(Scene(panels, width=840, height=128 * len(panels)))


def table(
    z: Array, rows: Sequence[str], columns: Sequence[str], *, title: str, xlabel: str, ylabel: str,
    form: str = "{:.2f}", vmax: float | None = None,
) -> Card:  # fmt: skip
    """Draw a table of numbers as a heat map, with the numbers in it; row 0 at the bottom."""
    n, m = z.shape
    panel = Panel(title, xlim=(0, m), ylim=(0, n), xlabel=xlabel, ylabel=ylabel,
                  xticks={i + 0.5: c for i, c in enumerate(columns)},
                  yticks={i + 0.5: r for i, r in enumerate(rows)})  # fmt: skip
    panel.field(z, cmap="sequential", vmin=0, vmax=vmax or float(z.max()) * 1.6, smooth=False)
    for i in range(n):
        for j in range(m):
            panel.text(j + 0.5, i + 0.5, form.format(z[i, j]), size=13)
    return render(Scene(panel, width=600, height=360))
