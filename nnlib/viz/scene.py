"""A picture as plain data: panels that hold lines, points, fields, bars, arrows and words.

A scene knows nothing of browsers or of matplotlib. ``nnlib.viz.display`` turns it into a short
list of shapes in pixels, which the browser's canvas and matplotlib then draw alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnlib.viz.style import CYCLE, MARKERS

__all__ = ["Panel", "Scene", "mesh", "shade"]

Limits = tuple[float, float]
Extent = tuple[float, float, float, float]
Scale = Literal["linear", "log"]
Array = NDArray[np.float64]


def mesh(xlim: Limits, ylim: Limits, n: int = 80) -> tuple[Array, Array]:
    """Centres of ``n`` by ``n`` cells that fill a rectangle, as two arrays of shape ``(n, n)``.

    Row 0 is the bottom one, as ``Panel.field`` expects. For a network, stack them into samples:
    ``np.column_stack([X1.ravel(), X2.ravel()])``.
    """
    middle = (np.arange(n) + 0.5) / n
    x = xlim[0] + (xlim[1] - xlim[0]) * middle
    y = ylim[0] + (ylim[1] - ylim[0]) * middle
    X1, X2 = np.meshgrid(x, y)
    return X1, X2


def shade(value: float, vmin: float = -1.0, vmax: float = 1.0, cmap: str = "diverging") -> str:
    """Colour of ``value`` on a colour map, for anything that takes a ``color``."""
    return f"{cmap}@{min(max((value - vmin) / (vmax - vmin), 0.0), 1.0):.3f}"


def _flat(values: ArrayLike) -> Array:
    return np.atleast_1d(np.asarray(values, dtype=np.float64)).ravel()


@dataclass
class Panel:
    """One pair of axes. Its methods add things, from back to front, and return the panel.

    Parameters
    ----------
    title, xlabel, ylabel : str
        Words around it; a title may have several lines.
    xlim, ylim : (low, high), optional
        Fixed limits; without them the data decide. Fix them in a widget, or the picture jumps.
    xscale, yscale : "linear" or "log"
    equal : bool
        One unit is equally long on both axes.
    axes : bool
        False hides frame, ticks and grid: for diagrams.
    legend : str
        ``"below"`` (covers nothing), a corner such as ``"upper right"``, or ``"none"``.
    width : float
        Share of the row's width, compared with its neighbours.
    """

    title: str = ""
    xlim: Limits | None = None
    ylim: Limits | None = None
    xlabel: str = ""
    ylabel: str = ""
    xscale: Scale = "linear"
    yscale: Scale = "linear"
    equal: bool = False
    axes: bool = True
    legend: str = "below"
    width: float = 1.0
    xticks: Sequence[float] | dict[float, str] | None = None
    yticks: Sequence[float] | dict[float, str] | None = None
    items: list[dict[str, Any]] = field(default_factory=list)

    def _add(self, kind: str, **what: Any) -> Self:
        self.items.append({"kind": kind, **what})
        return self

    def line(
        self, x: ArrayLike, y: ArrayLike, color: str = "blue", *, width: float = 2.4,
        dash: bool = False, alpha: float = 1.0, label: str = "",
    ) -> Self:  # fmt: skip
        """Connect the points in order; NaN breaks the line."""
        return self._add("line", x=_flat(x), y=_flat(y), color=color, width=width, dash=dash,
                         alpha=alpha, label=label)  # fmt: skip

    def area(
        self, x: ArrayLike, y: ArrayLike, base: ArrayLike = 0.0, color: str = "blue", *,
        alpha: float = 0.22, label: str = "",
    ) -> Self:  # fmt: skip
        """Fill between the curves ``y`` and ``base``."""
        x, y = _flat(x), _flat(y)
        base = np.broadcast_to(_flat(base), y.shape)
        return self._add("area", x=np.r_[x, x[::-1]], y=np.r_[y, base[::-1]], color=color,
                         alpha=alpha, label=label)  # fmt: skip

    def points(
        self, x: ArrayLike, y: ArrayLike, color: str = "blue", *, size: float = 5.0,
        marker: str = "o", edge: str = "paper", alpha: float = 1.0, label: str = "",
    ) -> Self:  # fmt: skip
        """Draw markers ``o s ^ v D P X`` (or ``x +``) of radius ``size`` pixels."""
        return self._add("points", x=_flat(x), y=_flat(y), color=color, size=size, marker=marker,
                         edge=edge, alpha=alpha, label=label)  # fmt: skip

    def classes(
        self, X: ArrayLike, y: ArrayLike, *, size: float = 5.0, labels: Sequence[str] = (),
        alpha: float = 1.0, edge: str = "paper",
    ) -> Self:  # fmt: skip
        """Draw the rows of ``X`` ``(n, 2)``, one colour and one shape per class in ``y``."""
        X, y = np.asarray(X, dtype=np.float64), np.asarray(y).ravel()
        for k, name in enumerate(np.unique(y)):
            rows = X[y == name]
            self.points(rows[:, 0], rows[:, 1], CYCLE[k % 7], size=size, marker=MARKERS[k % 7],
                        alpha=alpha, edge=edge, label=labels[k] if labels else "")  # fmt: skip
        return self

    def bars(
        self, x: ArrayLike, height: ArrayLike, color: str = "blue", *, width: float = 0.8,
        base: float = 0.0, alpha: float = 0.9, label: str = "",
    ) -> Self:  # fmt: skip
        """Draw bars centred on ``x``; ``width`` in units of the axis."""
        x, height = _flat(x), _flat(height)
        half = width / 2
        low = np.full(x.shape, base)
        return self._add("rects", x0=x - half, x1=x + half, y0=low, y1=low + height, color=color,
                         alpha=alpha, label=label, edge="")  # fmt: skip

    def rect(
        self, x0: float, y0: float, x1: float, y1: float, color: str = "blue", *,
        alpha: float = 0.2, edge: str = "",
    ) -> Self:  # fmt: skip
        """Fill a rectangle; ``edge`` is the colour of its outline."""
        return self._add("rects", x0=_flat(x0), x1=_flat(x1), y0=_flat(y0), y1=_flat(y1),
                         color=color, alpha=alpha, edge=edge, label="")  # fmt: skip

    def histogram(
        self, values: ArrayLike, bins: int | Sequence[float] = 30, color: str = "blue", *,
        span: Limits | None = None, alpha: float = 0.85, label: str = "",
    ) -> Self:  # fmt: skip
        """Draw the share of ``values`` per bin, in percent of all of them."""
        values = _flat(values)
        count, edges = np.histogram(values, bins=bins, range=span)
        share = 100.0 * count / max(len(values), 1)
        return self._add("rects", x0=edges[:-1], x1=edges[1:], y0=np.zeros_like(share), y1=share,
                         color=color, alpha=alpha, label=label, edge="")  # fmt: skip

    def field(
        self, z: ArrayLike, extent: Extent | None = None, *, cmap: str = "classes",
        vmin: float | None = None, vmax: float | None = None, smooth: bool = True,
    ) -> Self:  # fmt: skip
        """Colour a rectangle by ``z`` ``(rows, cols)``: row 0 is at the bottom.

        The values belong to cell centres. ``extent`` is ``(x0, x1, y0, y1)``; without it
        the field fills the panel's limits.
        """
        z = np.asarray(z, dtype=np.float64)
        if z.ndim != 2:
            msg = f"field expects z of shape (rows, cols), got {z.shape}"
            raise ValueError(msg)
        low = float(np.nanmin(z)) if vmin is None else vmin
        high = float(np.nanmax(z)) if vmax is None else vmax
        unit = np.clip((z - low) / (high - low if high > low else 1.0), 0.0, 1.0)
        return self._add("field", z=np.nan_to_num(unit, nan=0.5), extent=self._extent(extent),
                         cmap=cmap, smooth=smooth, label="")  # fmt: skip

    def contour(
        self, z: ArrayLike, levels: ArrayLike, extent: Extent | None = None, *,
        color: str = "muted", width: float = 1.2, alpha: float = 0.8, label: str = "",
    ) -> Self:  # fmt: skip
        """Draw the lines on which ``z`` (laid out as for ``field``) equals one of ``levels``."""
        from contourpy import contour_generator  # comes with matplotlib

        z = np.asarray(z, dtype=np.float64)
        x0, x1, y0, y1 = self._extent(extent)
        x = x0 + (x1 - x0) * (np.arange(z.shape[1]) + 0.5) / z.shape[1]
        y = y0 + (y1 - y0) * (np.arange(z.shape[0]) + 0.5) / z.shape[0]
        generator = contour_generator(x, y, z)
        pieces = [piece for level in _flat(levels) for piece in generator.lines(level)]
        gap = np.full((1, 2), np.nan)
        path = np.concatenate([part for piece in pieces for part in (piece, gap)] or [gap])
        return self.line(path[:, 0], path[:, 1], color, width=width, alpha=alpha, label=label)

    def _extent(self, extent: Extent | None) -> Extent:
        if extent is not None:
            return extent
        if self.xlim is None or self.ylim is None:
            msg = "a field without extent fills the limits: give the Panel xlim and ylim"
            raise ValueError(msg)
        return (*self.xlim, *self.ylim)

    def arrow(
        self, x0: float, y0: float, x1: float, y1: float, color: str = "ink", *,
        width: float = 2.2, alpha: float = 1.0, label: str = "",
    ) -> Self:  # fmt: skip
        """Draw an arrow from ``(x0, y0)`` to ``(x1, y1)``."""
        return self._add("arrow", x=_flat([x0, x1]), y=_flat([y0, y1]), color=color, width=width,
                         alpha=alpha, label=label)  # fmt: skip

    def text(
        self, x: float, y: float, words: str, color: str = "ink", *, size: float = 14,
        align: Literal["left", "center", "right"] = "center", bold: bool = False,
        halo: bool = True, shift: tuple[float, float] = (0.0, 0.0),
    ) -> Self:  # fmt: skip
        """Write at ``(x, y)``, moved by ``shift`` pixels (right, down); lines break at newlines."""
        return self._add("text", x=_flat(x), y=_flat(y), words=words, color=color, size=size,
                         align=align, bold=bold, halo=halo, shift=shift, label="")  # fmt: skip

    def hline(self, y: float, color: str = "muted", *, dash: bool = True, label: str = "") -> Self:
        """Draw a horizontal line across the panel."""
        return self._add("span", x=_flat([]), y=_flat(y), color=color, dash=dash, label=label)

    def vline(self, x: float, color: str = "muted", *, dash: bool = True, label: str = "") -> Self:
        """Draw a vertical line across the panel."""
        return self._add("span", x=_flat(x), y=_flat([]), color=color, dash=dash, label=label)

    def handle(self, name: str, x: float, y: float, color: str = "purple") -> Self:
        """Draw a point that the reader can drag; ``name`` is the Explorer's point it moves."""
        return self._add("handle", name=name, x=_flat(x), y=_flat(y), color=color, label="")


@dataclass
class Scene:
    """Panels in rows, with one optional line of words below them.

    Parameters
    ----------
    panels : Panel, sequence of Panel, or sequence of rows of them
    note : str
        What the reader should read off: numbers, a verdict. May have several lines.
    width, height : float, optional
        Size in pixels; by default 560 for one panel in a row, 760 for more, and 380 per row.
    """

    panels: Panel | Sequence[Panel] | Sequence[Sequence[Panel]]
    note: str = ""
    width: float | None = None
    height: float | None = None

    @property
    def rows(self) -> list[list[Panel]]:
        """The panels as a list of rows."""
        if isinstance(self.panels, Panel):
            return [[self.panels]]
        rows = [[p] if isinstance(p, Panel) else list(p) for p in self.panels]
        if all(isinstance(p, Panel) for p in self.panels):
            return [[row[0] for row in rows]]
        return rows

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in pixels."""
        rows = self.rows
        many = max(len(row) for row in rows) > 1
        width = self.width or (760 if many else 560)
        return width, self.height or (380 if len(rows) == 1 else 290 * len(rows))
