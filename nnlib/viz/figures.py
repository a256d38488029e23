"""Static figures in matplotlib: what a network decides, how it learned, what flows through it.

Every function draws on ``ax`` if it is given one (and dresses it in the house style), else on a
new card, and returns the figure: as the last value of a cell it is shown, once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from nnlib.viz.scene import Limits, mesh
from nnlib.viz.style import CYCLE, MARKERS, card, cmap, color, dress, finish

__all__ = [
    "confusion_matrix",
    "decision_boundary",
    "function_and_derivative",
    "layer_histograms",
    "learning_curves",
    "loss_surface",
]

Array = NDArray[np.float64]
Function = Callable[[Array], ArrayLike]


def _ax(ax: Axes | None, **size: Any) -> Axes:
    if ax is None:
        new: Axes = card(**size)[1]
        return new
    return dress(ax)


def decision_boundary(
    predict: Any,
    X: ArrayLike,
    y: ArrayLike,
    *,
    ax: Axes | None = None,
    title: str = "",
    labels: Sequence[str] = (),
    threshold: float | None = None,
    n: int = 160,
) -> Figure:
    """Colour the plane by what ``predict`` answers; draw the samples ``X`` ``(rows, 2)`` over it.

    Parameters
    ----------
    predict : network or callable
        A network (its ``forward`` is used), or a function of points ``(m, 2)`` that returns
        labels, one score per point, or a column of scores per class.
    y : array of class labels ``(rows,)``
    threshold : float, optional
        Where one score changes class; 0 by default (a logit), 0.5 if all scores are in 0..1.
    """
    X, y = np.asarray(X, dtype=np.float64), np.asarray(y).ravel()
    margin = 0.12 * (X.max(axis=0) - X.min(axis=0)) + 1e-9
    low, high = X.min(axis=0) - margin, X.max(axis=0) + margin
    xlim, ylim = (low[0], high[0]), (low[1], high[1])
    X1, X2 = mesh(xlim, ylim, n)
    points = np.column_stack([X1.ravel(), X2.ravel()])
    out = np.asarray(predict.forward(points) if hasattr(predict, "forward") else predict(points))
    out = out.reshape(len(points), -1)

    ax = _ax(ax, width=520, height=460)
    ax.grid(False)
    extent = (*xlim, *ylim)
    classes = np.unique(y)
    if out.shape[1] == 1 and len(classes) <= 2:
        z = out.reshape(n, n).astype(np.float64)
        inside = bool(z.min() >= 0 and z.max() <= 1)
        at = threshold if threshold is not None else 0.5 if inside else 0.0
        reach = 0.5 if inside else 2.0  # logits of ±2 are 12 % and 88 %
        ax.imshow(z, origin="lower", extent=extent, cmap=cmap("classes"), vmin=at - reach,
                  vmax=at + reach, aspect="auto", interpolation="bilinear")  # fmt: skip
        if z.min() < at < z.max():
            ax.contour(X1, X2, z, [at], colors=[color("ink")], linewidths=1.6)
    else:
        if out.shape[1] == 1:
            out = out == np.arange(max(len(classes), int(out.max()) + 1))
        _regions(ax, out.reshape(n, n, -1).astype(np.float64), extent)
    scatter(ax, X, y, labels)
    ax.set(xlim=xlim, ylim=ylim)
    return finish(ax, title=title, xlabel="x₁", ylabel="x₂", legend=bool(labels))


def _regions(ax: Axes, scores: Array, extent: tuple[float, float, float, float]) -> None:
    """Fill where class k has the largest score with a pale ``CYCLE[k]``; draw the borders."""
    n, _, classes = scores.shape
    shades = ListedColormap([color(CYCLE[k % 7]) for k in range(classes)])
    ax.imshow(scores.argmax(axis=2), origin="lower", extent=extent, cmap=shades, vmin=-0.5,
              vmax=classes - 0.5, alpha=0.28, aspect="auto", interpolation="nearest")  # fmt: skip
    X1, X2 = mesh((extent[0], extent[1]), (extent[2], extent[3]), n)
    for k in range(classes):
        lead = scores[..., k] - np.delete(scores, k, axis=2).max(axis=2)
        if lead.min() < 0 < lead.max():
            ax.contour(X1, X2, lead, [0.0], colors=[color("ink")], linewidths=1.0)


def scatter(ax: Axes, X: Array, y: NDArray[Any], labels: Sequence[str] = ()) -> None:
    """Draw samples ``(rows, 2)``, one colour and one shape per class."""
    for k, name in enumerate(np.unique(y)):
        rows = X[y == name]
        ax.plot(rows[:, 0], rows[:, 1], linestyle="none", marker=MARKERS[k % 7], markersize=6,
                color=color(CYCLE[k % 7]), markeredgecolor=color("paper"), markeredgewidth=0.8,
                label=labels[k] if labels else None)  # fmt: skip


def learning_curves(
    history: Any,
    names: Sequence[str] = ("train_loss", "val_loss"),
    *,
    ax: Axes | None = None,
    log: bool = False,
    title: str = "Learning curves",
    ylabel: str = "loss",
) -> Figure:
    """Draw what a ``History`` (or a mapping of names to lists) recorded after each epoch.

    The best epoch of ``val_loss`` is marked: training beyond it fits the training set alone.
    """
    ax = _ax(ax)
    for k, name in enumerate(names):
        values = history.get(name) if isinstance(history, Mapping) else _series(history, name)
        if not values:
            continue
        epochs = np.arange(1, len(values) + 1)
        ax.plot(epochs, values, color=color(CYCLE[k % 7]), linewidth=2,
                linestyle="-" if k % 2 == 0 else "--", label=name.replace("_", " "))  # fmt: skip
        if name == "val_loss":
            best = int(np.argmin(values))
            ax.plot(epochs[best], values[best], "o", color=color(CYCLE[k % 7]), markersize=7,
                    label=f"best: epoch {epochs[best]}")  # fmt: skip
    if log:
        ax.set_yscale("log")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    return finish(ax, title=title, xlabel="epoch", ylabel=ylabel, legend=True)


def _series(history: Any, name: str) -> list[float]:
    metrics: dict[str, list[float]] = getattr(history, "metrics", {})
    values: list[float] = metrics.get(name) or getattr(history, name, [])
    return values


def layer_histograms(
    values: Mapping[str, ArrayLike],
    *,
    title: str = "",
    xlabel: str = "value",
    span: Limits | None = None,
    bins: int = 40,
    columns: int = 5,
    palette: str = "blue",
) -> Figure:
    """Draw one small histogram per layer, on one scale: activations, gradients, or weights.

    Parameters
    ----------
    values : mapping from the layer's name to an array of any shape
    span : (low, high), optional
        Common range of the x axes; by default where the middle 99.8 % of all values are.
    """
    arrays = {name: np.asarray(v, dtype=np.float64).ravel() for name, v in values.items()}
    if span is None:
        low, high = np.quantile(np.concatenate(list(arrays.values())), [0.001, 0.999])
        pad = 0.05 * (high - low) or 0.5
        span = (float(low - pad), float(high + pad))
    columns = min(columns, len(arrays))
    rows = -(-len(arrays) // columns)
    fig, axes = card(rows, columns, width=max(340, 165 * columns), height=50 + 165 * rows,
                     sharex=True, sharey=True, squeeze=False)  # fmt: skip
    for ax in axes.flat[len(arrays) :]:
        ax.set_visible(False)
    for ax, (name, array) in zip(axes.flat, arrays.items(), strict=False):
        weights = np.full(array.shape, 100.0 / max(array.size, 1))
        ax.hist(array, bins=bins, range=span, weights=weights, color=color(palette))
        finish(ax, title=f"{name}\nstd {array.std():.2g}")
        ax.title.set_fontsize(10)
        ax.xaxis.set_major_locator(MaxNLocator(3))
        ax.yaxis.set_major_locator(MaxNLocator(4))
    _caption(fig, title, xlabel, "share in %")
    return fig


def _caption(fig: Figure, title: str, xlabel: str, ylabel: str) -> None:
    if title:
        fig.suptitle(title, color=color("ink"), fontsize=11, fontweight="bold")
    fig.supxlabel(xlabel, color=color("ink"), fontsize=10.5)
    fig.supylabel(ylabel, color=color("ink"), fontsize=10.5)


def loss_surface(
    loss: Callable[[Array, Array], ArrayLike],
    xlim: Limits,
    ylim: Limits,
    *,
    paths: Mapping[str, ArrayLike] | None = None,
    levels: int | Sequence[float] = 14,
    log: bool = False,
    ax: Axes | None = None,
    title: str = "",
    labels: tuple[str, str] = ("w₁", "w₂"),
) -> Figure:
    """Draw ``loss(w1, w2)`` (vectorized) as a map, and the ``paths`` of optimizers over it.

    Parameters
    ----------
    paths : mapping from name to array (steps, 2), optional
    log : bool
        Space the levels by ratio: for valleys that are steep far away and flat in the middle.
    """
    X1, X2 = mesh(xlim, ylim, 160)
    z = np.asarray(loss(X1, X2), dtype=np.float64)
    shown = np.log10(np.maximum(z - z.min(), 1e-12) + 1e-3 * np.ptp(z)) if log else z
    ax = _ax(ax, width=560, height=440)
    ax.grid(False)
    ax.contourf(X1, X2, shown, levels, cmap=cmap("sequential"), alpha=0.75)
    ax.contour(X1, X2, shown, levels, colors=[color("muted")], linewidths=0.5, linestyles="solid")
    ax.grid(False)
    for k, (name, steps) in enumerate((paths or {}).items()):
        path, shade = np.asarray(steps), color(CYCLE[(k + 1) % 7])
        ax.plot(path[:, 0], path[:, 1], "-", color=shade, linewidth=1.8, label=name,
                marker=MARKERS[k % 7], markersize=3.5)  # fmt: skip
        ax.plot(*path[-1], "o", color=shade, markersize=8, markeredgecolor=color("paper"))
    ax.set(xlim=xlim, ylim=ylim)
    return finish(ax, title=title, xlabel=labels[0], ylabel=labels[1], legend=bool(paths))


def confusion_matrix(
    counts: ArrayLike,
    names: Sequence[str] = (),
    *,
    ax: Axes | None = None,
    title: str = "",
) -> Figure:
    """Draw a confusion matrix: rows are true classes, columns predicted ones.

    ``counts`` is what ``nnlib.metrics.confusion`` or scikit-learn's ``confusion_matrix`` returns.
    Cells are coloured by their share of the row, so that rare classes show too.
    """
    counts = np.asarray(counts)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    k = len(counts)
    names = list(names) or [str(i) for i in range(k)]
    ax = _ax(ax, width=130 + 56 * max(k, 4), height=110 + 50 * max(k, 4))
    ax.imshow(share, cmap=cmap("sequential"), vmin=0, vmax=1)
    for i, j in np.ndindex(counts.shape):
        ink = color("paper" if share[i, j] > 0.55 else "ink")
        ax.text(j, i, str(counts[i, j]), ha="center", va="center", color=ink, fontsize=10)
    ax.grid(False)
    ax.set_xticks(range(k), names)
    ax.set_yticks(range(k), names)
    return finish(ax, title=title, xlabel="predicted", ylabel="true")


def function_and_derivative(
    f: Callable[[Array], Array],
    df: Callable[[Array], Array],
    span: Limits = (-4.0, 4.0),
    *,
    name: str = "f",
    ax: Axes | None = None,
) -> Figure:
    """Draw a function and its derivative; a jump (of a step, or of ReLU's slope) is left open."""
    x = np.linspace(*span, 801)
    x = x[np.abs(x) > 1e-9]  # at 0 the common kinks have no derivative
    ax = _ax(ax, width=480, height=340)
    for curve, shade, dash, label in ((f, "blue", "-", name), (df, "orange", "--", name + "′")):
        y = np.array(curve(x), dtype=np.float64)
        jumps = np.abs(np.diff(y)) > 0.5 * max(float(np.ptp(y)), 1e-12)
        y = np.insert(y, np.flatnonzero(jumps) + 1, np.nan)
        where = np.insert(x, np.flatnonzero(jumps) + 1, 0.0)
        ax.plot(where, y, dash, color=color(shade), linewidth=2.2, label=label)
    ax.axhline(0, color=color("frame"), linewidth=1, zorder=1)
    ax.axvline(0, color=color("frame"), linewidth=1, zorder=1)
    return finish(ax, title=name, xlabel="x", legend=True)
