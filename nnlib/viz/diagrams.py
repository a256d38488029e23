"""Drawings of structure: a network's units, a chain of layers, a computational graph."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from nnlib.viz.style import blank, color

__all__ = ["computation_graph", "layer_chain", "network_diagram"]

Spot = tuple[float, float]


def _canvas(ax: Axes | None, width: float, height: float) -> Axes:
    """Return bare axes whose units are pixels, y upwards."""
    if ax is None:
        ax = blank(width, height).add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(0, height))
    ax.set_axis_off()
    return ax


def _figure(ax: Axes) -> Figure:
    fig = ax.get_figure(root=True)
    assert fig is not None  # an Axes in use is on a figure
    return fig


def _words(ax: Axes, x: float, y: float, s: str, shade: str = "ink", **kwargs: Any) -> None:
    ax.text(x, y, s, color=color(shade), **{"ha": "center", "va": "center", "fontsize": 10,
            "zorder": 5, **kwargs})  # fmt: skip


def _title(ax: Axes, title: str, width: float, height: float) -> None:
    _words(ax, width / 2, height - 18, title, fontsize=11, fontweight="bold")


def _arrow(ax: Axes, start: Spot, end: Spot, shade: str, bend: float = 0.0) -> None:
    ax.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle="-|>", mutation_scale=12, linewidth=1.5, color=color(shade),
            connectionstyle=f"arc3,rad={bend}", shrinkA=0, shrinkB=0, zorder=2,
        )
    )  # fmt: skip


def _box(ax: Axes, x: float, y: float, w: float, h: float, edge: str, fill: str = "paper") -> None:
    ax.add_patch(
        FancyBboxPatch(
            (x - w / 2, y - h / 2), w, h, boxstyle="round,pad=0,rounding_size=6",
            facecolor=color(fill), edgecolor=color(edge), linewidth=1.4, zorder=3,
        )
    )  # fmt: skip


def layers_of(net: Any) -> list[Any]:
    """Return the layers of a network: of a list itself, or of its attribute ``layers``."""
    return list(net) if isinstance(net, Sequence) else list(getattr(net, "layers", [net]))


def _sizes_and_names(net: Any) -> tuple[list[int], list[str]]:
    """Read unit counts, and the activation after each affine layer, off a list of layers."""
    sizes: list[int] = []
    names: list[str] = [""]
    for layer in layers_of(net):
        W = getattr(layer, "W", None)
        if W is not None:
            sizes += [W.shape[0], W.shape[1]] if not sizes else [W.shape[1]]
            names.append("")
        elif sizes:
            names[-1] += (", " if names[-1] else "") + type(layer).__name__
    if not sizes:
        msg = f"network_diagram needs layers with a weight matrix W, got {net!r}"
        raise ValueError(msg)
    return sizes, names


def network_diagram(
    net: Any, *, names: Sequence[str] = (), most: int = 8, title: str = "", ax: Axes | None = None
) -> Figure:
    """Draw the units of a fully connected network as circles, its weights as lines.

    Parameters
    ----------
    net : network, list of layers, or list of unit counts such as ``[2, 3, 1]``
    names : what to write below each column; by default the activations
    most : int
        A column with more units shows this many, with dots in the middle.
    """
    if isinstance(net, Sequence) and all(isinstance(n, int | np.integer) for n in net):
        sizes, found = [int(n) for n in net], [""] * len(net)
    else:
        sizes, found = _sizes_and_names(net)
    notes = list(names) or found
    shown = [min(n, most) for n in sizes]
    width, height = 130.0 + 135.0 * (len(sizes) - 1) + 60, 46.0 * max(shown) + 92
    ax = _canvas(ax, width, height)
    middle = (height + (28 if any(notes) else 14) - (20 if title else 0)) / 2
    columns = [
        [(95.0 + 135.0 * k, middle + 44.0 * ((n - 1) / 2 - i)) for i in range(n)]
        for k, n in enumerate(shown)
    ]
    for left, right in itertools.pairwise(columns):
        for a, b in itertools.product(left, right):
            ax.plot([a[0], b[0]], [a[1], b[1]], color=color("grey"), linewidth=0.8, zorder=1)
    for k, spots in enumerate(columns):
        _units(ax, spots, "blue" if k == 0 else "green" if k < len(sizes) - 1 else "orange",
               gap=most // 2 if sizes[k] > most else None)  # fmt: skip
        count = f"{sizes[k]} unit" + ("s" if sizes[k] != 1 else "")
        note = f"\n{notes[k]}" if k < len(notes) and notes[k] else ""
        _words(ax, spots[0][0], 48 if any(notes) else 32, count + note, "muted", va="top")
    _title(ax, title, width, height)
    return _figure(ax)


def _units(ax: Axes, spots: Sequence[Spot], shade: str, gap: int | None) -> None:
    """Draw one column of circles; dots instead of number ``gap`` stand for those left out."""
    for i, (x, y) in enumerate(spots):
        if i == gap:
            ax.plot(x, y, "s", markersize=22, color=color("card"), zorder=3)
            _words(ax, x, y, "⋮", fontsize=15)
        else:
            ax.plot(x, y, "o", markersize=21, color=color("paper"), zorder=3,
                    markeredgecolor=color(shade), markeredgewidth=2)  # fmt: skip


def layer_chain(net: Any, *, title: str = "", ax: Axes | None = None) -> Figure:
    """Draw layers as boxes: ``x`` flows to the right, the gradient ``dx`` back to the left."""
    labels = []
    for layer in layers_of(net):
        W = getattr(layer, "W", None)
        shape = f"\n{W.shape[0]} → {W.shape[1]}" if W is not None and W.ndim == 2 else ""
        labels.append(type(layer).__name__ + shape)
    labels.append("loss")
    gap, boxw = 88.0, 92.0
    width, height = (gap + boxw) * len(labels) + 74, 150.0 + (20 if title else 0)
    ax = _canvas(ax, width, height)
    y = 72.0
    _words(ax, 22, y + 11, "x", "blue", fontweight="bold")
    for k, label in enumerate(labels):
        left = 38 + k * (gap + boxw)
        _arrow(ax, (left, y + 11), (left + gap - 4, y + 11), "blue")
        if k:
            _arrow(ax, (left + gap - 4, y - 11), (left, y - 11), "orange")
        last = k == len(labels) - 1
        _box(ax, left + gap + boxw / 2, y, boxw, 58, "muted" if last else "ink")
        _words(ax, left + gap + boxw / 2, y, label)
    mid = 38 + 1.5 * gap + boxw
    _words(ax, mid, y + 26, "forward", "blue")
    _words(ax, mid, y - 27, "backward", "orange")
    _title(ax, title, width, height)
    return _figure(ax)


def computation_graph(
    edges: Sequence[tuple[str, str]],
    *,
    labels: Mapping[str, str] | None = None,
    values: Mapping[str, float | str] | None = None,
    grads: Mapping[str, float | str] | None = None,
    title: str = "",
    ax: Axes | None = None,
) -> Figure:
    """Draw operations as nodes, left to right in the order in which they can be computed.

    Parameters
    ----------
    edges : pairs (from, to) of node names
    labels : mapping from name to the words inside the node, by default the name
    values, grads : mappings from name to what is written above (forward) and below (backward)

    Raises
    ------
    ValueError
        If the edges form a cycle.
    """
    spot, width, height = _places(edges, 24.0 if title else 0.0)
    ax = _canvas(ax, width, height)
    for start, end in edges:
        (x0, y0), (x1, y1) = spot[start], spot[end]
        _arrow(ax, (x0 + 34, y0), (x1 - 36, y1 + 0.1 * (y0 - y1)), "muted")
    computed = {end for _, end in edges}
    for name, (x, y) in spot.items():
        _box(ax, x, y, 68, 34, "ink" if name in computed else "blue")
        _words(ax, x, y, (labels or {}).get(name, name))
        for side, numbers, shade in ((28, values, "blue"), (-28, grads, "orange")):
            if numbers and name in numbers:
                _words(ax, x, y + side, _number(numbers[name]), shade, fontweight="bold")
    _title(ax, title, width, height)
    return _figure(ax)


def _places(edges: Sequence[tuple[str, str]], head: float) -> tuple[dict[str, Spot], float, float]:
    """Place nodes in columns; return the places, and the size of the drawing."""
    columns: dict[int, list[str]] = {}
    for name, level in _depths(edges).items():
        columns.setdefault(level, []).append(name)
    tallest = max(len(names) for names in columns.values())
    middle = (92.0 * tallest + 30) / 2
    spot = {
        name: (90.0 + 150.0 * level, middle + 92.0 * ((len(names) - 1) / 2 - i))
        for level, names in columns.items()
        for i, name in enumerate(names)
    }
    return spot, 150.0 * len(columns) + 30, 92.0 * tallest + 30 + head


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.4g}".replace("-", "−")


def _depths(edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Return each node's longest way from a source; inputs stand just before they are used."""
    names = list(dict.fromkeys(name for edge in edges for name in edge))
    depth = dict.fromkeys(names, 0)
    for _ in names:
        moved = False
        for start, end in edges:
            if depth[end] < depth[start] + 1:
                depth[end], moved = depth[start] + 1, True
        if not moved:
            break
    else:
        msg = "computation_graph expects edges without a cycle"
        raise ValueError(msg)
    for name in set(names) - {end for _, end in edges}:
        depth[name] = min(depth[end] for start, end in edges if start == name) - 1
    return depth
