"""Static figures of the chapter on training practice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnlib.viz.figures import decision_boundary
from nnlib.viz.render import render
from nnlib.viz.scene import Panel, Scene, shade
from nnlib.viz.style import Card, card

__all__ = [
    "borders",
    "curve_gallery",
    "depth_by_rows",
    "halving_race",
    "intervals",
    "latent",
    "memory_bars",
    "range_test",
    "recorded_loss",
    "shapes",
    "underflow",
    "width_sweep",
]

Array = NDArray[Any]
COLORS = ("blue", "orange", "green", "purple", "gold")


def recorded_loss(last: ArrayLike, mean: ArrayLike, true: ArrayLike) -> Card:
    """Draw the last batch's loss, the epoch's mean and the loss of a full pass, per epoch."""
    epochs = np.arange(1, len(np.asarray(true)) + 1)
    panel = Panel("One run, three ways to record it", xlabel="epoch", ylabel="loss")
    panel.line(epochs, last, "orange", width=1.4, label="last batch")
    panel.line(epochs, mean, "blue", label="mean over the epoch's rows")
    panel.line(epochs, true, "ink", dash=True, width=1.8, label="full pass after the epoch")
    return render(Scene(panel, width=560, height=320))


def borders(models: Mapping[str, Callable[[Array], ArrayLike]], X: Array, y: Array) -> Card:
    """Draw side by side what several models decide in the plane; samples are ``X`` (n, 2)."""
    fig, axes = card(1, len(models), width=760, height=380)
    for ax, (name, predict) in zip(axes, models.items(), strict=True):
        decision_boundary(predict, X, y, ax=ax, title=name)
    return fig


def shapes(rows: Mapping[str, Sequence[int]]) -> Card:
    """Draw the layer widths of several recipes side by side."""
    panels = []
    for name, widths in rows.items():
        panel = Panel(name, xlim=(0.4, len(widths) + 0.6), ylim=(0, 1.15 * max(widths)),
                      legend="none", xticks={i + 1: str(w) for i, w in enumerate(widths)},
                      yticks=[], xlabel="units per layer")  # fmt: skip
        panel.bars(np.arange(len(widths)) + 1.0, widths, "blue", width=0.7)
        panels.append(panel)
    return render(Scene(panels, width=820, height=280))


def depth_by_rows(error: Array, depths: Sequence[int], rows: Sequence[int]) -> Card:
    """Draw a table of validation errors, hidden layers against training rows, as shades."""
    panel = Panel("Validation error in percent, mean of three seeds", legend="none",
                  xlim=(-0.5, len(rows) - 0.5), ylim=(-0.5, len(depths) - 0.5),
                  xlabel="training rows", ylabel="hidden layers",
                  xticks={i: str(n) for i, n in enumerate(rows)},
                  yticks={i: str(d) for i, d in enumerate(depths)})  # fmt: skip
    high = float(error.max())
    for i in range(len(depths)):
        for j in range(len(rows)):
            color = shade(0.75 * float(error[i, j]), 0.0, high, "sequential")
            panel.rect(j - 0.48, i - 0.46, j + 0.48, i + 0.46, color, alpha=1.0)
            panel.text(j, i, f"{100 * error[i, j]:.0f}", size=15)
    return render(Scene(panel, width=560, height=330))


def width_sweep(params: ArrayLike, train: ArrayLike, val: ArrayLike, baseline: float) -> Card:
    """Draw training and validation loss against the number of parameters."""
    panel = Panel("More capacity, with noisy labels", xscale="log", xlabel="parameters",
                  ylabel="nats per row")  # fmt: skip
    panel.line(params, train, "blue", label="training").points(params, train, "blue")
    panel.line(params, val, "orange", dash=True, label="validation")
    panel.points(params, val, "orange", marker="s")
    panel.hline(baseline, "green", label="linear model, validation")
    return render(Scene(panel, width=620, height=370))


def curve_gallery(runs: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> Card:
    """Draw training and validation accuracy of several runs, one panel each."""
    panels = []
    for name, (train, val) in runs.items():
        epochs = np.arange(1, len(train) + 1)
        panel = Panel(name, ylim=(0, 1.04), xlim=(0, len(train)), xlabel="epoch",
                      ylabel="accuracy")  # fmt: skip
        panel.line(epochs, train, "blue", label="training")
        panel.line(epochs, val, "orange", dash=True, label="validation")
        panels.append(panel)
    return render(Scene([panels[:2], panels[2:]], width=760, height=600))


def memory_bars(batches: Sequence[int], parts: Mapping[str, Sequence[float]]) -> Card:
    """Draw stacked memory, in multiples of the parameters, against the batch size."""
    x = np.arange(len(batches), dtype=float)
    total = np.sum(list(parts.values()), axis=0)
    panel = Panel("Numbers kept while training, per parameter", xlabel="batch size",
                  ylim=(0, 1.1 * float(total.max())), ylabel="multiples of the parameters",
                  xticks={i: str(b) for i, b in enumerate(batches)})  # fmt: skip
    below = np.zeros(len(batches))
    for (name, values), color in zip(parts.items(), COLORS, strict=False):
        for i, value in enumerate(values):
            panel.bars([x[i]], [value], color, base=float(below[i]), width=0.66,
                       label=name if i == 0 else "")  # fmt: skip
        below = below + np.asarray(values)
    for i, height in enumerate(total):
        panel.text(x[i], float(height), f"{height:.1f}", shift=(0, -11), size=13)
    return render(Scene(panel, width=640, height=400))


def range_test(rates: Array, losses: Array, chosen: float) -> Card:
    """Draw a learning-rate range test and the rate chosen from it."""
    panel = Panel("Learning-rate range test", xscale="log", xlabel="learning rate",
                  ylabel="loss of the batch", ylim=(0, 4))  # fmt: skip
    panel.line(rates, np.minimum(losses, 8), "blue", width=1.8, label="loss")
    panel.vline(chosen, "green", label=f"a tenth of the lowest point's rate: {chosen:.2g}")
    return render(Scene(panel, width=640, height=360))


def intervals(rows: Mapping[str, tuple[float, float]], reference: float, title: str) -> Card:
    """Draw means with 95 % intervals, one row per method, and a reference line."""
    names = list(rows)
    panel = Panel(title, ylim=(-0.6, len(names) - 0.3), xlabel="mean and 95 % interval",
                  ylabel="method", yticks=[])  # fmt: skip
    for i, (name, (mean, half)) in enumerate(rows.items()):
        y = len(names) - 1 - i
        panel.line([mean - half, mean + half], [y, y], "purple", width=4)
        panel.points([mean], [y], "purple", size=7)
        panel.text(mean, y, name, size=13, shift=(0, -17))
    panel.vline(reference, "green", label="linear baseline")
    return render(Scene(panel, width=640, height=110 + 56 * len(names)))


def halving_race(curves: Array, budgets: Sequence[int], alive: Sequence[Array]) -> Card:
    """Draw validation losses ``(n, epochs)``; a line ends where its setting drops out."""
    finalists = alive[-1]
    best = finalists[int(curves[finalists, -1].argmin())]
    panel = Panel("Successive halving on the digits", xlabel="epoch", ylabel="validation loss",
                  ylim=(0, 3), xlim=(0.8, budgets[-1] + 0.2), legend="none")  # fmt: skip
    for i, curve in enumerate(curves):
        last = max((b for b, who in zip(budgets, alive, strict=True) if i in who), default=1)
        winner = i == best
        panel.line(np.arange(1, last + 1), curve[:last], "orange" if winner else "blue",
                   width=3 if winner else 1.5, alpha=1.0 if winner else 0.6)  # fmt: skip
        panel.points([last], [curve[last - 1]], "orange" if winner else "blue", size=4)
    for budget in budgets:
        panel.vline(budget, "muted")
    return render(Scene(panel, width=640, height=380))


def latent(codes: Mapping[str, Array], labels: Array) -> Card:
    """Draw two-dimensional codes of the digits, each row as its own numeral."""
    colors = ("blue", "orange", "green", "purple", "gold", "sky", "grey", "ink", "muted", "blue")
    panels = []
    for name, z in codes.items():
        span = [tuple(np.quantile(z[:, i], (0.0, 1.0)) + np.array([-0.3, 0.3])) for i in (0, 1)]
        panel = Panel(name, xlim=span[0], ylim=span[1], legend="none", xlabel="first code",
                      ylabel="second code", xticks=[], yticks=[])  # fmt: skip
        for (a, b), label in zip(z, labels, strict=True):
            panel.text(a, b, str(label), colors[label], size=11, halo=False)
        panels.append(panel)
    return render(Scene(panels, width=700, height=350))


def underflow(gradients: Array, scale: float) -> Card:
    """Draw sizes of gradients before and after loss scaling, with float16's smallest number."""
    size = np.log2(np.abs(gradients[gradients != 0]))
    panel = Panel("Gradient entries on float16's scale", xlabel="log2 of the size",
                  ylabel="percent of the entries", xlim=(-45, 5))  # fmt: skip
    panel.histogram(size, 50, "blue", span=(-45, 5), alpha=0.6, label="as they are")
    panel.histogram(size + np.log2(scale), 50, "orange", span=(-45, 5), alpha=0.6,
                    label=f"loss times {scale:g}")  # fmt: skip
    panel.vline(-24, "ink", label="smallest float16, 2⁻²⁴")
    return render(Scene(panel, width=640, height=370))
