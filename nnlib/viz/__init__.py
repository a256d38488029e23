"""Pictures and widgets of the course. The engine never imports this package.

To write a widget, read the docstring of ``nnlib.viz.explorer``; for a static figure, see
``nnlib.viz.figures`` (data) and ``nnlib.viz.diagrams`` (structure); ``nnlib.viz.perceptrons``
holds widgets to learn from.
"""

from nnlib.viz.controls import button, choice, dropdown, integer, slider, stepper, switch
from nnlib.viz.explorer import Explorer
from nnlib.viz.render import render
from nnlib.viz.scene import Panel, Scene, mesh, shade
from nnlib.viz.style import card

__all__ = [
    "Explorer",
    "Panel",
    "Scene",
    "button",
    "card",
    "choice",
    "dropdown",
    "integer",
    "mesh",
    "render",
    "shade",
    "slider",
    "stepper",
    "switch",
]
