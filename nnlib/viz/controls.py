"""Short names for the controls of an Explorer; each is an ipywidget, or a small group of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets

__all__ = ["Control", "button", "choice", "dropdown", "integer", "slider", "stepper", "switch"]

WIDE = {"description_width": "initial"}
SLIDER = "264px"


@dataclass(frozen=True)
class Control:
    """What is shown, the widget inside it that has the value, and the widget for its name."""

    shown: Any
    source: Any
    label: Any = None  # by default the source's own description


def slider(low: float, high: float, value: float, step: float | None = None) -> widgets.Widget:
    """Real number between ``low`` and ``high``; by default in 120 steps."""
    step = step or float(f"{(high - low) / 120:.0e}")
    digits = max(0, len(f"{step:.6f}".rstrip("0").split(".")[1]))
    return widgets.FloatSlider(
        value, min=low, max=high, step=step, readout_format=f".{digits}f", style=WIDE,
        layout=widgets.Layout(width=SLIDER),
    )  # fmt: skip


def integer(low: int, high: int, value: int, step: int = 1) -> widgets.Widget:
    """Whole number between ``low`` and ``high``."""
    layout = widgets.Layout(width=SLIDER)
    return widgets.IntSlider(value, min=low, max=high, step=step, style=WIDE, layout=layout)


def choice(options: Sequence[Any] | Mapping[str, Any], value: Any = None) -> Control:
    """One of a few options, all in sight; a mapping gives each value the words for it."""
    pairs, value = _options(options, value)
    style = {**WIDE, "button_width": "auto"}
    layout = widgets.Layout(width="max-content")
    source = widgets.ToggleButtons(options=pairs, value=value, style=style, layout=layout)
    label = widgets.Label()  # its own description would stand above the buttons, out of line
    row = widgets.HBox([label, source], layout=widgets.Layout(grid_gap="6px"))
    return Control(row, source, label)


def dropdown(options: Sequence[Any] | Mapping[str, Any], value: Any = None) -> widgets.Widget:
    """One of many options."""
    pairs, value = _options(options, value)
    layout = widgets.Layout(width="260px")
    return widgets.Dropdown(options=pairs, value=value, style=WIDE, layout=layout)


def _options(options: Any, value: Any) -> tuple[list[tuple[str, Any]], Any]:
    pairs = list(
        options.items() if isinstance(options, Mapping) else ((str(v), v) for v in options)
    )
    return pairs, pairs[0][1] if value is None else value


def switch(value: bool = False) -> widgets.Widget:
    """On or off."""
    return widgets.Checkbox(value, indent=False, layout=widgets.Layout(width="auto"))


def button(words: str) -> Control:
    """Count of clicks: a seed for new data, say."""
    source = widgets.IntText(0)
    shown = widgets.Button(description=words, layout=widgets.Layout(width="auto"))
    shown.on_click(lambda _: source.set_trait("value", source.value + 1))
    return Control(shown, source)


def stepper(last: int, value: int = 0, *, interval: int = 300) -> Control:
    """Whole number from 0 to ``last`` with Play, Step and Reset; ``interval`` in milliseconds."""
    source = widgets.IntSlider(value, min=0, max=last, style=WIDE)
    source.layout.width = SLIDER
    play = widgets.Play(value, min=0, max=last, interval=interval, show_repeat=False)
    link = widgets.jslink((play, "value"), (source, "value"))
    narrow = {"layout": widgets.Layout(width="auto")}
    forward = widgets.Button(description="Step", icon="step-forward", **narrow)
    reset = widgets.Button(description="Reset", icon="fast-backward", **narrow)
    forward.on_click(lambda _: source.set_trait("value", min(source.value + 1, last)))

    def restart(_: Any) -> None:
        play.playing = False
        source.value = play.value = 0

    reset.on_click(restart)
    gap = widgets.Layout(grid_gap="6px", align_items="center")
    shown = widgets.HBox([play, forward, reset, source], layout=gap)
    shown.link = link  # keeps the link alive as long as the controls are
    return Control(shown, source)
