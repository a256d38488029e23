"""Static figures of chapter 5: curves over depth or time, and rows of histograms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from nnlib.viz.render import render
from nnlib.viz.scene import Panel, Scale, Scene
from nnlib.viz.style import CYCLE, MARKERS, Card

__all__ = ["curves", "histograms"]


def curves(
    x: ArrayLike,
    series: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    title: str = "",
    yscale: Scale = "linear",
    xscale: Scale = "linear",
    ylim: tuple[float, float] | None = None,
    marks: bool = True,
    width: float = 640,
    height: float = 400,
) -> Card:
    """Draw several curves over one axis as a static figure, told apart by colour and marker."""
    panel = Panel(title, xlabel=xlabel, ylabel=ylabel, yscale=yscale, xscale=xscale, ylim=ylim)
    x = np.asarray(x, dtype=float)
    for k, (name, y) in enumerate(series.items()):
        y = np.asarray(y, dtype=float)
        at = x[: len(y)]
        panel.line(at, y, CYCLE[k % 7], label="" if marks else name)
        if marks:
            panel.points(at, y, CYCLE[k % 7], marker=MARKERS[k % 7], size=4, label=name)
    return render(Scene(panel, width=width, height=height))


def histograms(
    values: Mapping[str, ArrayLike],
    *,
    span: tuple[float, float],
    xlabel: str,
    bins: int = 41,
    columns: int = 4,
    xticks: Sequence[float] | None = None,
    colors: Sequence[str] = CYCLE,
) -> Card:
    """Draw one histogram per entry, in rows of ``columns``, as a static figure."""
    panels = [
        Panel(name, xlim=span, xlabel=xlabel, ylabel="% of values", xticks=xticks).histogram(
            v, bins=bins, span=span, color=colors[(k // columns) % len(colors)]
        )
        for k, (name, v) in enumerate(values.items())
    ]
    rows = [panels[i : i + columns] for i in range(0, len(panels), columns)]
    return render(Scene(rows, width=max(640, 215 * columns), height=230 * len(rows)))
