"""The matplotlib twin of ``canvas.js``: paints a display list on a card, for print and tests."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from nnlib.viz.display import display_list
from nnlib.viz.scene import Scene
from nnlib.viz.style import FONT, PT_PER_PX, Card, blank, cmap, color

__all__ = ["render"]

ANGLE = {0: 0, -90: 90}  # a screen's y axis points down, so its angles turn the other way


def render(scene: Scene, theme: str = "light") -> Card:
    """Draw ``scene`` with matplotlib, as the browser would draw it; return the figure."""
    display = display_list(scene)
    width, height = display["width"], display["height"]
    fig = blank(width, height, theme)
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(height, 0))
    ax.set_axis_off()
    boxes = [panel["box"] for panel in display["panels"]]
    for z, op in enumerate(display["ops"]):
        clip = boxes[op["clip"]] if op["clip"] >= 0 else None
        PAINT[op["op"]](ax, op, theme, {"zorder": 1 + 0.01 * z, "clip": clip})
    return fig


def _clip(ax: Axes, artist: Any, box: list[float] | None) -> None:
    if box is not None:
        x, y, w, h = box
        artist.set_clip_path(Rectangle((x, y), w, h, transform=ax.transData))


def _path(ax: Axes, op: dict[str, Any], theme: str, at: dict[str, Any]) -> None:
    if op["fill"]:
        for artist in ax.fill(op["x"], op["y"], facecolor=color(op["fill"], theme), linewidth=0,
                              alpha=op["alpha"], zorder=at["zorder"]):  # fmt: skip
            _clip(ax, artist, at["clip"])
    if op["stroke"]:
        (line,) = ax.plot(op["x"], op["y"], color=color(op["stroke"], theme), alpha=op["alpha"],
                          linewidth=op["width"] * PT_PER_PX, zorder=at["zorder"],
                          solid_joinstyle="round", solid_capstyle="butt")  # fmt: skip
        if op["dash"]:
            line.set_linestyle((0, (6 / op["width"], 4 / op["width"])))
        _clip(ax, line, at["clip"])


def _rects(ax: Axes, op: dict[str, Any], theme: str, at: dict[str, Any]) -> None:
    boxes = [
        Rectangle((x, y), w, h)
        for x, y, w, h in zip(op["x"], op["y"], op["w"], op["h"], strict=True)
    ]
    fill, stroke = op["fill"], op["stroke"]
    artist = PatchCollection(
        boxes, facecolor=color(fill, theme) if fill else "none", linewidth=0.75 if stroke else 0,
        edgecolor=color(stroke, theme) if stroke else "none", alpha=op["alpha"],
        zorder=at["zorder"],
    )  # fmt: skip
    ax.add_collection(artist, autolim=False)
    _clip(ax, artist, at["clip"])


def _dots(ax: Axes, op: dict[str, Any], theme: str, at: dict[str, Any]) -> None:
    line_only = op["marker"] in "x+"
    edge = op["fill"] if line_only else op["edge"]
    (line,) = ax.plot(
        op["x"], op["y"], linestyle="none", marker=op["marker"], zorder=at["zorder"],
        markersize=2 * op["r"] * PT_PER_PX, markerfacecolor=color(op["fill"], theme),
        markeredgecolor=color(edge, theme) if edge else "none",
        markeredgewidth=(2.2 if line_only else 1.2) * PT_PER_PX, alpha=op["alpha"],
    )  # fmt: skip
    _clip(ax, line, at["clip"])


def _image(ax: Axes, op: dict[str, Any], theme: str, at: dict[str, Any]) -> None:
    x, y, w, h = op["box"]
    z = np.asarray(op["z"]).reshape(op["rows"], op["cols"])
    limits = ax.get_xlim(), ax.get_ylim()
    artist = ax.imshow(
        z, extent=(x, x + w, y + h, y), cmap=cmap(op["cmap"], theme), vmin=0, vmax=1,
        interpolation="bilinear" if op["smooth"] else "nearest", aspect="auto",
        zorder=at["zorder"],
    )  # fmt: skip
    ax.set(xlim=limits[0], ylim=limits[1])
    _clip(ax, artist, at["clip"])


def _text(ax: Axes, op: dict[str, Any], theme: str, at: dict[str, Any]) -> None:
    text = ax.text(
        op["x"], op["y"], op["s"], color=color(op["fill"], theme), ha=op["align"],
        va="center_baseline" if op["angle"] == 0 else "center", rotation=ANGLE[op["angle"]],
        fontsize=op["size"] * PT_PER_PX, fontweight="bold" if op["bold"] else "normal",
        fontfamily=FONT, zorder=at["zorder"], parse_math=False,
    )  # fmt: skip
    if op["halo"]:
        text.set_path_effects([withStroke(linewidth=2.2, foreground=color("paper", theme))])


PAINT = {"path": _path, "rects": _rects, "dots": _dots, "image": _image, "text": _text}
