"""Explorer: a function from numbers to a picture, with a slider for each number.

>>> import numpy as np
>>> from nnlib.viz import Explorer, Panel, Scene, choice, slider
>>> SHAPES = {"sine": np.sin, "cosine": np.cos}
>>> def draw(frequency, shape, mark):
...     x = np.linspace(0, 6, 200)
...     panel = Panel("A wave", xlim=(0, 6), ylim=(-1.5, 1.5), xlabel="x", ylabel="y")
...     panel.line(x, SHAPES[shape](frequency * x), label=shape)
...     panel.handle("mark", *mark)
...     return Scene(panel, note=f"The mark is at x = {mark[0]:.2f}")
>>> wave = Explorer(
...     draw,
...     {"frequency": slider(0.5, 4, 1.0), "shape": choice(["sine", "cosine"])},
...     points={"mark": (3.0, 0.5)},
...     name="wave",
... )
>>> wave  # the last value of a cell: shown as a live widget
Explorer 'wave': frequency, shape, mark. Run this cell to move them.
>>> figure = wave.static(frequency=2.0)  # the same picture as a matplotlib figure

``draw`` gets one keyword argument per control and per point, and returns a ``Scene`` (or a
``Panel``, or a list of panels). Keep it a pure function: the picture then depends on the
controls alone, and the static figure and the tests come for free. It should take less than
about 20 ms; whatever is slow belongs before it, computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as widgets
import traitlets

from nnlib.viz.controls import SLIDER, Control
from nnlib.viz.display import display_list
from nnlib.viz.render import render
from nnlib.viz.scene import Panel, Scene
from nnlib.viz.style import CMAPS, THEMES, WEB_FONTS, Card
from nnlib.viz.wire import encode

__all__ = ["Explorer", "SceneCanvas"]

HERE = Path(__file__).parent
Point = tuple[float, float]
Drawing = Scene | Panel | Sequence[Panel] | Sequence[Sequence[Panel]]


class SceneCanvas(anywidget.AnyWidget):
    """A canvas in the browser that shows one packed display list and reports drags."""

    _esm = HERE / "canvas.js"
    _css = HERE / "canvas.css"
    frame = traitlets.Bytes().tag(sync=True)
    drag = traitlets.Dict().tag(sync=True, echo_update=False)
    style_data = traitlets.Dict().tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        style = {"themes": THEMES, "cmaps": CMAPS, "font": WEB_FONTS}
        super().__init__(style_data=style, **kwargs)


class Explorer(widgets.VBox):
    """Picture with controls.

    Parameters
    ----------
    draw : callable
        Called with one keyword per control and per point; returns what to show.
    controls : mapping from name to control
        From ``slider integer choice dropdown switch button stepper``, or any ipywidget that has
        a ``value``. The name is the keyword of ``draw``.
    points : mapping from name to (x, y), optional
        What the reader can drag. ``draw`` gets ``name=(x, y)`` and must show it with
        ``panel.handle(name, x, y)``; by keyboard, the arrow keys move it.
    labels : mapping from name to str, optional
        Words beside a control where its name will not do, such as ``{"w1": "w₁"}``.
    name : str
        What the widget is called where it cannot be shown.
    """

    def __init__(
        self,
        draw: Callable[..., Drawing],
        controls: Mapping[str, Any],
        *,
        points: Mapping[str, Point] | None = None,
        labels: Mapping[str, str] | None = None,
        name: str = "picture",
    ) -> None:
        self.draw, self.name = draw, name
        self.controls = {
            key: c if isinstance(c, Control) else Control(c, c) for key, c in controls.items()
        }
        self.points: dict[str, Point] = {
            k: (float(x), float(y)) for k, (x, y) in (points or {}).items()
        }
        self.initial = self.values
        self.canvas = SceneCanvas(frame=self._frame())
        for key, control in self.controls.items():
            words = (labels or {}).get(key, key.replace("_", " "))
            if control.label is not None:
                control.label.value = words
            elif not control.source.description:
                control.source.description = words
                if control.source.layout.width == SLIDER and len(words) > 8:
                    control.source.layout.width = f"{208 + 7 * len(words)}px"  # room for the name
            control.source.observe(self._redraw, names="value")
        self.canvas.observe(self._dragged, names="drag")
        row = widgets.Box(
            [control.shown for control in self.controls.values()],
            layout=widgets.Layout(flex_flow="row wrap", align_items="center", grid_gap="2px 14px"),
        )
        super().__init__([row, self.canvas], layout=widgets.Layout(overflow="visible"))
        self.add_class("nnlib-explorer")

    @property
    def values(self) -> dict[str, Any]:
        """What ``draw`` is called with now."""
        return {key: c.source.value for key, c in self.controls.items()} | self.points

    def set(self, **values: Any) -> None:
        """Move controls and points, as the reader would."""
        self._check(values)
        for key, value in values.items():
            if key in self.points:
                self.points[key] = value
            else:
                self.controls[key].source.value = value
        self._redraw()

    def scene(self, **values: Any) -> Scene:
        """Return the scene at the initial values, changed by ``values``."""
        self._check(values)
        return _as_scene(self.draw(**{**self.initial, **values}))

    def static(self, *, theme: str = "light", **values: Any) -> Card:
        """Draw the picture as a matplotlib figure, at the initial values changed by ``values``."""
        return render(self.scene(**values), theme)

    def _check(self, values: Mapping[str, Any]) -> None:
        unknown = sorted(set(values) - set(self.initial))
        if unknown:
            msg = f"Explorer {self.name!r} has {', '.join(self.initial)}; got {', '.join(unknown)}"
            raise ValueError(msg)

    def _frame(self) -> bytes:
        return encode(display_list(_as_scene(self.draw(**self.values))))

    def _redraw(self, _: Any = None) -> None:
        try:
            self.canvas.frame = self._frame()
        except Exception as error:  # a callback's traceback would go to a log that nobody reads
            self.canvas.frame = encode(display_list(_apology(error)))

    def _dragged(self, change: Mapping[str, Any]) -> None:
        drag = change["new"]
        if drag.get("name") in self.points:
            self.points[drag["name"]] = (float(drag["x"]), float(drag["y"]))
            self._redraw()

    def __repr__(self) -> str:  # nbval compares this text: no addresses, no model ids
        return f"Explorer {self.name!r}: {', '.join(self.initial)}. Run this cell to move them."

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Show the widget, and the same words on every run where widgets cannot be shown."""
        bundle = super()._repr_mimebundle_(**kwargs)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data is not None:
            data["text/plain"] = repr(self)
        return bundle


def _as_scene(drawing: Drawing) -> Scene:
    return drawing if isinstance(drawing, Scene) else Scene(drawing)


def _apology(error: Exception) -> Scene:
    panel = Panel(axes=False, xlim=(0, 1), ylim=(0, 1))
    words = f"The picture could not be drawn:\n{type(error).__name__}: {error}"
    return Scene(panel.text(0.5, 0.5, words, "orange"), height=200)
