"""Static figures of the chapter on optimizers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from nnlib.viz.landscapes import add_paths, radius, surface
from nnlib.viz.render import render
from nnlib.viz.scene import Panel, Scale, Scene, mesh
from nnlib.viz.style import CYCLE, MARKERS, Card

__all__ = ["bands", "intervals", "maps", "rate_sweep", "stability"]


def maps(
    paths: Mapping[str, Mapping[str, ArrayLike]],
    landscape: str,
    *,
    note: str = "",
    height: float = 400,
) -> Card:
    """Draw one map of the landscape per entry, each with its own paths."""
    panels = []
    first = 0
    for title, some in paths.items():
        panels.append(add_paths(surface(landscape, title), some, first=first))
        first += len(some) if len(some) == 1 else 0
    return render(Scene(panels, note=note, width=max(620, 320 * len(panels)), height=height))


def stability(kappa: float = 100.0) -> Card:
    """Draw where momentum and Nesterov converge on a quadratic, and how fast."""
    A, B = mesh((0, 4), (0, 1), 140)
    panels = []
    for title, nesterov in (("momentum", False), ("Nesterov", True)):
        rho = radius(A, B, kappa, nesterov=nesterov)
        speed = np.where(rho < 1, -np.log10(np.maximum(1 - rho, 1e-4)), 4.0)
        panel = Panel(title, xlim=(0, 4), ylim=(0, 1), xlabel="rate × largest curvature",
                      ylabel="momentum β")  # fmt: skip
        panel.field(speed, cmap="sequential", vmin=0.0, vmax=4.0)
        panel.contour(rho, [1.0], color="orange", width=2.2, alpha=1.0, label="limit of stability")
        row, column = np.unravel_index(int(rho.argmin()), rho.shape)
        panel.points([A[row, column]], [B[row, column]], "green", marker="D", size=6,
                     label=f"best: {rho.min():.3f} per step")  # fmt: skip
        panels.append(panel)
    note = f"condition number {kappa:g}; the shade is the factor per step, the diamond its smallest"
    return render(Scene(panels, note=note, width=820, height=430))


def bands(
    x: ArrayLike,
    series: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    title: str = "",
    yscale: Scale = "linear",
    ylim: tuple[float, float] | None = None,
) -> Card:
    """Draw the median of several runs ``(runs, len(x))`` per entry, with its range as a band."""
    panel = Panel(title, xlabel=xlabel, ylabel=ylabel, yscale=yscale, ylim=ylim)
    for k, (name, runs) in enumerate(series.items()):
        values = np.asarray(runs, dtype=np.float64)
        panel.area(x, values.max(axis=0), values.min(axis=0), CYCLE[k % 7], alpha=0.18)
        middle = np.median(values, axis=0)
        panel.line(x, middle, CYCLE[k % 7], width=1.8)
        panel.points(x, middle, CYCLE[k % 7], marker=MARKERS[k % 7], size=4, label=name)
    return render(Scene(panel, width=680, height=420))


def rate_sweep(
    rates: ArrayLike,
    results: Mapping[str, ArrayLike],
    *,
    ylabel: str,
    ylim: tuple[float, float],
    title: str = "",
) -> Card:
    """Draw results ``(rates, seeds)`` against the rate: mean, range, and the best rate of each."""
    panel = Panel(title, xlabel="learning rate", ylabel=ylabel, xscale="log", yscale="log",
                  ylim=ylim)  # fmt: skip
    x = np.asarray(rates, dtype=np.float64)
    for k, (name, values) in enumerate(results.items()):
        z = np.clip(np.asarray(values, dtype=np.float64), ylim[0], ylim[1])
        mean = z.mean(axis=1)
        panel.area(x, z.max(axis=1), z.min(axis=1), CYCLE[k % 7], alpha=0.14)
        panel.line(x, mean, CYCLE[k % 7], width=1.8)
        panel.points(x, mean, CYCLE[k % 7], marker=MARKERS[k % 7], size=4, label=name)
        best = int(mean.argmin())
        panel.points(x[best : best + 1], mean[best : best + 1], CYCLE[k % 7], size=9,
                     marker=MARKERS[k % 7], edge="ink")  # fmt: skip
    return render(Scene(panel, width=720, height=460))


def intervals(
    names: Sequence[str],
    values: ArrayLike,
    *,
    t: float,
    xlabel: str,
    title: str = "",
) -> Card:
    """Draw mean and interval of ``values`` ``(names, seeds)``, and every single run as a dot.

    ``t`` is Student's factor for the number of seeds.
    """
    z = np.asarray(values, dtype=np.float64)
    rows = np.arange(len(names))[::-1].astype(float)
    panel = Panel(title, xlabel=xlabel, ylim=(-0.6, len(names) - 0.3), legend="none", yticks=())
    half = t * z.std(axis=1, ddof=1) / np.sqrt(z.shape[1])
    for k, r in enumerate(rows):
        mean = float(z[k].mean())
        panel.line([mean - half[k], mean + half[k]], [r, r], CYCLE[k % 7], width=3)
        panel.points([mean], [r], CYCLE[k % 7], marker=MARKERS[k % 7], size=7)
        panel.points(z[k], np.full(z.shape[1], r - 0.25), CYCLE[k % 7], size=3, alpha=0.8)
        panel.text(mean, r, names[k], CYCLE[k % 7], size=13, shift=(0, -17))
    return render(Scene(panel, width=680, height=120 + 52 * len(names)))
