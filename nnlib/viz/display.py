"""From a scene in data units to a display list: a few kinds of shapes, in pixels.

All thinking about scales, ticks, margins and legends happens here, once; the two painters
(``canvas.js`` in the browser, ``nnlib.viz.render`` for matplotlib) only follow the list, so
that they cannot disagree.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.viz.axes import make_axis, with_minus
from nnlib.viz.scene import Panel, Scene

__all__ = ["display_list"]

Op = dict[str, Any]
Array = NDArray[np.float64]

TICK, LABEL, TITLE = 13.5, 14.0, 15.0  # letter heights in pixels
LINE = 19.0  # from one line of words to the next
CHAR = 8.2  # mean width of a 13.5 px letter, on the generous side


class _Plot:
    """A panel laid out in its slot: pixel box, axes, and the shapes drawn so far."""

    def __init__(self, panel: Panel, slot: tuple[float, float, float, float], clip: int) -> None:
        self.panel, self.clip = panel, clip
        self.ops: list[Op] = []
        self.handles: list[dict[str, Any]] = []
        x, y, width, height = slot
        self.xaxis = make_axis(panel, "x", width - 60)
        self.yaxis = make_axis(panel, "y", height - 70)
        self.legend = self._legend_rows(width - 30)
        wide = max((len(name) for _, name in self.yaxis.ticks), default=0)
        left = 14 + (wide * CHAR + 6 if wide else 0) + (21 if panel.ylabel else 0)
        top = 12 + (LINE * len(panel.title.split("\n")) + 3 if panel.title else 0)
        right = 16.0
        bottom = 12 + (LINE if self.xaxis.ticks else 0) + (LINE + 2 if panel.xlabel else 0)
        if panel.legend == "below":
            bottom += (LINE + 2) * len(self.legend)
        box = [x + left, y + top, width - left - right, height - top - bottom]
        if panel.equal:
            box = self._equal(box)
        self.slot, self.box = slot, box

    def _equal(self, box: list[float]) -> list[float]:
        """Shrink the box, about its centre, until one unit is equally long on both axes."""
        x, y, width, height = box
        spans = self.xaxis.high - self.xaxis.low, self.yaxis.high - self.yaxis.low
        scale = min(width / spans[0], height / spans[1])
        w, h = spans[0] * scale, spans[1] * scale
        return [x + (width - w) / 2, y + (height - h) / 2, w, h]

    def _legend_rows(self, room: float) -> list[list[dict[str, Any]]]:
        """Break the labelled items into rows that fit in ``room`` pixels."""
        rows: list[list[dict[str, Any]]] = []
        if self.panel.legend == "none":
            return rows
        used = np.inf
        per_row = self.panel.legend == "below"
        for item in self.panel.items:
            if not item["label"]:
                continue
            need = 44 + CHAR * len(item["label"])
            if not per_row or used + need > room:
                rows.append([])
                used = 0.0
            rows[-1].append(item)
            used += need
        return rows

    def px(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Map data to pixels; the y axis of a screen points down."""
        left, top, width, height = self.box
        return left + width * self.xaxis.unit(x), top + height * (1.0 - self.yaxis.unit(y))

    def draw(self) -> list[Op]:
        """Return the display list of the panel, back to front."""
        if self.panel.axes:
            self._grid()
        for item in self.panel.items:
            getattr(self, "_" + item["kind"] + "_item")(item)
        if self.panel.axes:
            self._frame()
        self._words()
        self._legend()
        return self.ops

    def _op(self, op: str, clip: bool = True, **what: Any) -> None:
        self.ops.append({"op": op, "clip": self.clip if clip else -1, **what})

    def _text(self, x: float, y: float, s: str, fill: str, size: float, **what: Any) -> None:
        lines = s.split("\n")
        for k, line in enumerate(lines):
            at = y + (k - (len(lines) - 1) / 2) * size * 1.32
            look = {"align": "center", "bold": False, "angle": 0, "halo": False, **what}
            self._op(
                "text",
                False,
                x=float(x),
                y=float(at),
                s=with_minus(line),
                fill=fill,
                size=size,
                **look,
            )

    def _path(self, x: Array, y: Array, clip: bool = True, **what: Any) -> None:
        style = {"stroke": "", "fill": "", "width": 1.0, "dash": False, "alpha": 1.0}
        self._op("path", clip, x=x, y=y, **{**style, **what})

    def _grid(self) -> None:
        left, top, width, height = self.box
        self._op("rects", False, x=[left], y=[top], w=[width], h=[height], fill="paper",
                 stroke="", alpha=1.0)  # fmt: skip
        for at, _ in self.xaxis.ticks:
            x = left + width * (at - self.xaxis.low) / (self.xaxis.high - self.xaxis.low)
            self._path(np.array([x, x]), np.array([top, top + height]), stroke="grid")
        for at, _ in self.yaxis.ticks:
            y = top + height * (1 - (at - self.yaxis.low) / (self.yaxis.high - self.yaxis.low))
            self._path(np.array([left, left + width]), np.array([y, y]), stroke="grid")

    def _frame(self) -> None:
        left, top, width, height = self.box
        self._op("rects", False, x=[left], y=[top], w=[width], h=[height], fill="",
                 stroke="frame", alpha=1.0)  # fmt: skip
        for at, name in self.xaxis.ticks:
            u = (at - self.xaxis.low) / (self.xaxis.high - self.xaxis.low)
            if -1e-6 <= u <= 1 + 1e-6:
                self._text(left + width * u, top + height + 12, name, "muted", TICK)
        for at, name in self.yaxis.ticks:
            u = (at - self.yaxis.low) / (self.yaxis.high - self.yaxis.low)
            if -1e-6 <= u <= 1 + 1e-6:
                self._text(left - 7, top + height * (1 - u), name, "muted", TICK, align="right")

    def _words(self) -> None:
        """Write title and axis labels, centred on the box."""
        left, top, width, height = self.box
        if self.panel.title:
            lines = len(self.panel.title.split("\n"))
            self._text(left + width / 2, top - 6 - LINE * lines / 2, self.panel.title, "ink",
                       TITLE, bold=True)  # fmt: skip
        if self.panel.xlabel:
            y = top + height + (LINE if self.xaxis.ticks else 0) + 14
            self._text(left + width / 2, y, self.panel.xlabel, "ink", LABEL)
        if self.panel.ylabel:
            wide = max((len(name) for _, name in self.yaxis.ticks), default=0)
            x = left - (wide * CHAR + 6 if wide else 0) - 14
            self._text(x, top + height / 2, self.panel.ylabel, "ink", LABEL, angle=-90)

    def _legend(self) -> None:
        """Draw a sample and a label per item, below the axes or in a corner."""
        left, top, width, height = self.box
        rows, where = self.legend, self.panel.legend
        if not rows:
            return
        widths = [sum(44 + CHAR * len(i["label"]) for i in row) for row in rows]
        if where == "below":
            y = self.slot[1] + self.slot[3] - (LINE + 2) * len(rows) + 4
            x, room = self.slot[0] + 10, self.slot[2] - 20
            starts = [min(max(left + (width - w) / 2, x), max(x, x + room - w)) for w in widths]
        else:
            w, h = max(widths) - 8, (LINE + 1) * len(rows) + 8
            x = left + 8 if "left" in where else left + width - w - 8
            corner = top + 8 if "upper" in where else top + height - h - 8
            self._op("rects", False, x=[x], y=[corner], w=[w], h=[h], fill="card",
                     stroke="frame", alpha=0.92)  # fmt: skip
            y, starts = corner + 4 + LINE / 2, [x + 8] * len(rows)
        for row, start in zip(rows, starts, strict=True):
            for item in row:
                self._sample(item, start, y)
                self._text(start + 27, y, item["label"], "ink", TICK, align="left")
                start += 44 + CHAR * len(item["label"])
            y += LINE + 1

    def _sample(self, item: dict[str, Any], x: float, y: float) -> None:
        """Draw the small picture of ``item`` in the legend."""
        ends, level = np.array([x, x + 20.0]), np.array([y, y])
        look = {k: item[k] for k in ("color", "alpha", "width", "dash") if k in item}
        if item["kind"] == "points":
            self._op("dots", False, x=[x + 10], y=[y], r=min(item["size"], 6.0), alpha=1.0,
                     marker=item["marker"], fill=item["color"], edge=item["edge"])  # fmt: skip
        elif item["kind"] in {"rects", "area"}:
            self._op("rects", False, x=[x + 2], y=[y - 6], w=[16], h=[12], fill=item["color"],
                     stroke=item.get("edge", ""), alpha=item["alpha"])  # fmt: skip
        else:
            self._path(ends, level, False, stroke=look["color"], width=look.get("width", 1.6),
                       dash=look.get("dash", False), alpha=look.get("alpha", 1.0))  # fmt: skip

    def _line_item(self, item: dict[str, Any]) -> None:
        x, y = self.px(item["x"], item["y"])
        self._path(x, y, stroke=item["color"], width=item["width"], dash=item["dash"],
                   alpha=item["alpha"])  # fmt: skip

    def _area_item(self, item: dict[str, Any]) -> None:
        x, y = self.px(item["x"], item["y"])
        self._path(x, y, fill=item["color"], alpha=item["alpha"])

    def _span_item(self, item: dict[str, Any]) -> None:
        left, top, width, height = self.box
        for x in self.px(item["x"], np.zeros(1))[0]:
            self._path(np.array([x, x]), np.array([top, top + height]), stroke=item["color"],
                       width=1.6, dash=item["dash"])  # fmt: skip
        for y in self.px(np.zeros(1), item["y"])[1]:
            self._path(np.array([left, left + width]), np.array([y, y]), stroke=item["color"],
                       width=1.6, dash=item["dash"])  # fmt: skip

    def _points_item(self, item: dict[str, Any]) -> None:
        x, y = self.px(item["x"], item["y"])
        seen = np.isfinite(x) & np.isfinite(y)
        self._op("dots", self.panel.axes, x=x[seen], y=y[seen], r=item["size"],
                 marker=item["marker"], fill=item["color"], edge=item["edge"],
                 alpha=item["alpha"])  # fmt: skip

    def _rects_item(self, item: dict[str, Any]) -> None:
        xa, ya = self.px(item["x0"], item["y0"])
        xb, yb = self.px(item["x1"], item["y1"])
        self._op("rects", self.panel.axes, x=np.minimum(xa, xb), y=np.minimum(ya, yb),
                 w=np.abs(xb - xa), h=np.abs(yb - ya), fill=item["color"], stroke=item["edge"],
                 alpha=item["alpha"])  # fmt: skip

    def _field_item(self, item: dict[str, Any]) -> None:
        x0, x1, y0, y1 = item["extent"]
        x, y = self.px(np.array([x0, x1]), np.array([y0, y1]))
        rows, cols = item["z"].shape
        box = [float(v) for v in (x[0], y[1], x[1] - x[0], y[0] - y[1])]
        self._op("image", box=box, z=item["z"][::-1].ravel(), rows=rows, cols=cols,
                 cmap=item["cmap"], smooth=item["smooth"])  # fmt: skip

    def _arrow_item(self, item: dict[str, Any]) -> None:
        x, y = self.px(item["x"], item["y"])
        tip, along = np.array([x[1], y[1]]), np.array([x[1] - x[0], y[1] - y[0]])
        length = float(np.hypot(*along))
        if not length > 0.5:
            return
        along = along / length
        head = min(5.0 + 2.6 * item["width"], length)
        across = np.array([-along[1], along[0]]) * head * 0.42
        base = tip - along * head
        corners = np.array([tip, base + across, base - across])
        style = {"alpha": item["alpha"], "clip": self.panel.axes}
        self._path(np.array([x[0], base[0]]), np.array([y[0], base[1]]), stroke=item["color"],
                   width=item["width"], **style)  # fmt: skip
        self._path(corners[:, 0], corners[:, 1], fill=item["color"], **style)

    def _text_item(self, item: dict[str, Any]) -> None:
        x, y = self.px(item["x"], item["y"])
        dx, dy = item["shift"]
        self._text(x[0] + dx, y[0] + dy, item["words"], item["color"], item["size"],
                   align=item["align"], bold=item["bold"], halo=item["halo"])  # fmt: skip

    def _handle_item(self, item: dict[str, Any]) -> None:
        x, y = self.px(item["x"], item["y"])
        look = {"x": x, "y": y, "marker": "o", "edge": "paper"}
        self._op("dots", False, **look, r=13.0, fill=item["color"], alpha=0.25)
        self._op("dots", False, **look, r=7.0, fill=item["color"], alpha=1.0)
        self.handles.append({"name": item["name"], "x": float(x[0]), "y": float(y[0])})


def display_list(scene: Scene) -> dict[str, Any]:
    """Lay ``scene`` out; return its size, words for screen readers, shapes, and drag handles."""
    width, height = scene.size
    notes = scene.note.split("\n") if scene.note else []
    foot = LINE * len(notes) + (8 if notes else 0)
    plots: list[_Plot] = []
    rows = scene.rows
    for r, row in enumerate(rows):
        tall = (height - foot) / len(rows)
        total, x = sum(panel.width for panel in row), 0.0
        for panel in row:
            wide = width * panel.width / total
            plots.append(_Plot(panel, (x, r * tall, wide, tall), len(plots)))
            x += wide
    ops = [op for plot in plots for op in plot.draw()]
    for k, line in enumerate(notes):
        ops.append(_note(line, width / 2, height - foot + LINE * (k + 0.5)))
    panels = [_frame_of(plot) for plot in plots]
    handles = [{**h, "panel": k} for k, plot in enumerate(plots) for h in plot.handles]
    alt = ". ".join([p.panel.title.replace("\n", ", ") for p in plots if p.panel.title] + notes)
    return {"width": width, "height": height, "alt": alt, "panels": panels, "ops": ops,
            "handles": handles}  # fmt: skip


def _note(line: str, x: float, y: float) -> Op:
    return {"op": "text", "clip": -1, "x": x, "y": y, "s": with_minus(line), "fill": "ink",
            "size": LABEL, "align": "center", "bold": False, "angle": 0, "halo": False}  # fmt: skip


def _frame_of(plot: _Plot) -> dict[str, Any]:
    """Return what is needed to clip to a panel and to turn its pixels back into data."""
    x, y = plot.xaxis, plot.yaxis
    return {"box": plot.box, "xlim": [x.low, x.high], "ylim": [y.low, y.high], "xlog": x.log,
            "ylog": y.log}  # fmt: skip
