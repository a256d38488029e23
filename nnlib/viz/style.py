"""One look for every picture of the course: colours by name, colour maps, and the card they sit on.

A colour is a *name* (``"blue"``, ``"ink"``), looked up in the light or the dark theme when the
picture is drawn. The hues are those of Okabe and Ito (2008), which colour-blind readers can tell
apart, darkened on white and lightened on black until a thin line is readable.
"""

from __future__ import annotations

import base64
from functools import lru_cache
from io import BytesIO
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from PIL import Image

__all__ = ["CMAPS", "CYCLE", "MARKERS", "THEMES", "Card", "card", "cmap", "color", "finish"]

THEMES: Final[dict[str, dict[str, str]]] = {
    "light": {
        "card": "#fcfcfa", "paper": "#ffffff", "ink": "#1f2430", "muted": "#5b6270",
        "grid": "#e6e8ec", "frame": "#c4c9d1",
        "blue": "#0072b2", "orange": "#d55e00", "green": "#00845f", "purple": "#a3478f",
        "gold": "#b07a00", "sky": "#3a95cf", "grey": "#8a919c",
    },
    "dark": {
        "card": "#1c1f25", "paper": "#23272e", "ink": "#e8eaed", "muted": "#aab1bc",
        "grid": "#363c46", "frame": "#4b525e",
        "blue": "#5ab4f0", "orange": "#ff8a4c", "green": "#3ecfa3", "purple": "#e08fc8",
        "gold": "#f5b942", "sky": "#9ad6ff", "grey": "#8d95a1",
    },
}  # fmt: skip

CYCLE: Final = ("blue", "orange", "green", "purple", "gold", "sky", "grey")
MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X")
"""Class k is drawn in colour ``CYCLE[k]`` with shape ``MARKERS[k]``: never told by colour alone."""

# "classes" is pale, a background for points; "diverging" has its neutral colour in the middle;
# "sequential" runs from nothing to much.
CMAPS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "light": {
        "classes": ("#9fcae6", "#d3e7f3", "#fbfbfa", "#fadcca", "#f3b08a"),
        "diverging": ("#0a5c99", "#7db5da", "#f7f7f5", "#f2a47a", "#b8480a"),
        "sequential": ("#f4f8fc", "#b9d6ec", "#5fa3d0", "#1f6aa5", "#0b3c66"),
    },
    "dark": {
        "classes": ("#1f5a86", "#22415a", "#262a31", "#563826", "#8a4a24"),
        "diverging": ("#6cc0f5", "#2f6f9e", "#262a31", "#a8562a", "#ff9b63"),
        "sequential": ("#262a31", "#27506f", "#3a86b8", "#7cc0ea", "#e0f2ff"),
    },
}

FONT: Final = "DejaVu Sans"  # comes with matplotlib
WEB_FONTS: Final = (FONT, "Verdana", "Helvetica", "Arial", "sans-serif")
PT_PER_PX: Final = 0.72  # at 100 dots per inch a 14 px letter is 10.1 pt


@lru_cache
def cmap(name: str, theme: str = "light") -> LinearSegmentedColormap:
    """Colour map ``"classes"``, ``"diverging"`` or ``"sequential"`` of a theme, for matplotlib."""
    return LinearSegmentedColormap.from_list(f"nnlib-{name}-{theme}", list(CMAPS[theme][name]))


def color(name: str, theme: str = "light") -> str:
    """Hex code of a colour name; ``"diverging@0.8"`` is a point of a colour map; others pass."""
    if "@" in name:
        which, at = name.split("@")
        return to_hex(cmap(which, theme)(float(np.clip(float(at), 0.0, 1.0))))
    return THEMES[theme].get(name, name)


class Card(Figure):
    """A figure on an opaque, near-white card with round corners: readable on any page colour.

    It does not register with pyplot, so a notebook shows it exactly once: where it is the last
    value of a cell, or where it is passed to ``display``.
    """

    def __repr__(self) -> str:  # nbval compares this text: no addresses, no sizes
        return "<Figure>"

    def png(self) -> bytes:
        """Draw at twice the size at which it is shown, for sharp letters.

        A picture of lines and letters is stored with a palette, at a third of the bytes; one with
        a field of shades keeps all its colours, since a palette would show bands.
        """
        buffer = BytesIO()
        self.savefig(buffer, format="png", dpi=2 * self.dpi)
        return _with_palette(Image.open(buffer)) or buffer.getvalue()

    def _ipython_display_(self) -> None:
        """Show the same picture whether or not pyplot is in use, which has its own way."""
        from IPython.display import display

        picture = base64.b64encode(self.png()).decode()
        width = round(self.get_figwidth() * self.dpi)
        data = {"image/png": picture, "text/plain": repr(self)}
        display(data, metadata={"image/png": {"width": width}}, raw=True)


def _with_palette(picture: Image.Image) -> bytes:
    """Return ``picture`` as a PNG of 256 of its own colours, or nothing if it needs more.

    The most frequent colours are kept, then those that are worst served by what is kept. So large
    areas stay exact and rare colours stay themselves; only the edges of lines change a little.
    """
    if picture.getcolors(maxcolors=6000) is None:
        return b""
    packed = np.asarray(picture.convert("RGBA")).view(np.uint32)[..., 0]
    values, index, counts = np.unique(packed, return_inverse=True, return_counts=True)
    channels = values.view(np.uint8).reshape(-1, 4).astype(np.float64)
    kept, nearest = np.zeros(0, dtype=int), np.zeros(len(values), dtype=np.uint8)
    error = np.full(len(values), 1e6)
    for k in range(min(256, len(values))):
        new = int(np.argmax(counts * (error if k >= 64 else error > 0)))
        apart = np.square(channels - channels[new]).sum(axis=1)
        nearest[apart < error] = k
        error, kept = np.minimum(error, apart), np.append(kept, new)
    if counts[error > 12**2].sum() > 0.004 * packed.size:
        return b""
    few = Image.fromarray(nearest[index].reshape(packed.shape), "P")
    few.putpalette(values[kept].tobytes(), "RGBA")
    small = BytesIO()
    few.save(small, "PNG", optimize=True)
    return small.getvalue()


def _backdrop(fig: Figure, theme: str) -> None:
    """Put the rounded card behind everything in ``fig``; the corners stay transparent."""
    fig.patch.set_alpha(0.0)
    width, height = fig.get_size_inches()
    inset = 0.02  # inches, so that half of the frame's line is not cut off
    patch = FancyBboxPatch(
        (inset, inset), width - 2 * inset, height - 2 * inset,
        boxstyle="round,pad=0,rounding_size=0.1", transform=fig.dpi_scale_trans,
        facecolor=color("card", theme), edgecolor=color("frame", theme), linewidth=0.8, zorder=-10,
    )  # fmt: skip
    fig.add_artist(patch)


def blank(width: float, height: float, theme: str = "light") -> Card:
    """Empty card of ``width`` by ``height`` pixels at 100 dots per inch."""
    fig = Card(figsize=(width / 100, height / 100), dpi=100)
    FigureCanvasAgg(fig)  # becomes fig.canvas, which pyplot would otherwise have to make
    _backdrop(fig, theme)
    return fig


def card(
    rows: int = 1, cols: int = 1, *, width: float = 640, height: float = 400, **kwargs: Any
) -> tuple[Card, Any]:
    """Return ``fig, axes`` in the house style, like ``plt.subplots``; sizes in pixels.

    ``axes`` is one Axes, or an array of them. Further keywords go to ``Figure.subplots``.
    """
    fig = blank(width, height)
    x, y = 10 / width, 10 / height  # a margin of ten pixels
    rect = (x, y, 1 - 2 * x, 1 - 2 * y)
    fig.set_layout_engine("constrained", w_pad=0.05, h_pad=0.05, rect=rect)
    axes = fig.subplots(rows, cols, **kwargs)
    for ax in np.atleast_1d(axes).flat:
        dress(ax)
    return fig, axes


def dress(ax: Axes) -> Axes:
    """Give ``ax`` the house style: thin frame, light grid, letters of at least ten points."""
    ax.set_facecolor(color("paper"))
    ax.grid(True, color=color("grid"), linewidth=0.8)
    ax.set_axisbelow(True)
    ax.set_prop_cycle(color=[color(name) for name in CYCLE])
    for side in ax.spines.values():
        side.set(color=color("frame"), linewidth=0.9)
    ax.tick_params(colors=color("muted"), labelsize=10, length=3, labelfontfamily=FONT)
    for text in (ax.title, ax.xaxis.label, ax.yaxis.label):
        text.set(color=color("ink"), fontfamily=FONT, fontsize=10.5)
    ax.title.set(fontweight="bold", fontsize=11)
    return ax


def finish(
    ax: Axes, *, title: str = "", xlabel: str = "", ylabel: str = "", legend: bool = False
) -> Figure:
    """Write title, axis labels and, if wanted, a legend; return the figure that ``ax`` is in."""
    if title:
        ax.set_title(title, fontweight="bold", fontsize=11)
    if xlabel:
        ax.set_xlabel(xlabel)
    if ylabel:
        ax.set_ylabel(ylabel)
    if legend:
        ax.legend(
            fontsize=10, facecolor=color("card"), edgecolor=color("frame"), framealpha=0.92,
            labelcolor=color("ink"),
        )  # fmt: skip
    fig = ax.get_figure(root=True)
    assert fig is not None  # an Axes in use is on a figure
    return fig
