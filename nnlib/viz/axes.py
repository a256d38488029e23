"""Limits, scales and ticks of one axis: which numbers to write, and where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from nnlib.viz.scene import Limits, Panel, Scale

__all__ = ["Axis", "make_axis", "nice_ticks", "with_minus"]

Array = NDArray[np.float64]
Ticks = list[tuple[float, str]]

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def nice_ticks(low: float, high: float, most: int) -> Ticks:
    """At most about ``most`` round numbers between ``low`` and ``high``, with their words."""
    raw = (high - low) / max(most, 1)
    power = 10.0 ** np.floor(np.log10(raw))
    step = float(next(m for m in (1, 2, 5, 10) if m * power >= raw * 0.999) * power)
    digits = max(0, -int(np.floor(np.log10(step) + 1e-9)))
    first, last = np.ceil(low / step - 1e-6), np.floor(high / step + 1e-6)
    values = [float(k * step) + 0.0 for k in np.arange(first, last + 1)]
    if max(abs(low), abs(high)) >= 1e5 or step < 1e-4:
        return [(v, f"{v:.3g}".replace("-", "−")) for v in values]
    return [(v, f"{round(v, digits) + 0.0:.{digits}f}".replace("-", "−")) for v in values]


def _log_ticks(low: float, high: float, most: int) -> Ticks:
    """Powers of ten between ``10**low`` and ``10**high``; their positions are exponents."""
    first, last = int(np.ceil(low - 1e-9)), int(np.floor(high + 1e-9))
    skip = max(1, -(-(last - first + 1) // max(most, 1)))
    names = {-2: "0.01", -1: "0.1", 0: "1", 1: "10", 2: "100"}
    plain = first >= -2 and last <= 2
    return [
        (float(k), names[k] if plain else "10" + str(k).translate(SUPERSCRIPT))
        for k in range(first, last + 1, skip)
    ]


@dataclass
class Axis:
    """One axis of one panel: limits on the (possibly logarithmic) scale, and ticks."""

    low: float
    high: float
    log: bool
    ticks: Ticks

    def unit(self, values: Array) -> Array:
        """Map data to 0..1 along the axis; what a log scale cannot show becomes NaN."""
        if self.log:
            with np.errstate(divide="ignore", invalid="ignore"):
                values = np.log10(np.where(values > 0, values, np.nan))
        return (values - self.low) / (self.high - self.low)


def make_axis(panel: Panel, which: Literal["x", "y"], pixels: float) -> Axis:
    """Read limits and ticks off a panel, or find them from its data."""
    limits = cast("Limits | None", getattr(panel, which + "lim"))
    log = cast(Scale, getattr(panel, which + "scale")) == "log"
    low, high = limits or _data_limits(panel, which, log)
    if log:
        low, high = float(np.log10(low)), float(np.log10(high))
    if not high > low:
        low, high = low - 0.5, high + 0.5
    given = getattr(panel, which + "ticks")
    if not panel.axes or (given is not None and not len(given)):
        return Axis(low, high, log, [])
    if given is None:
        most = max(2, int(pixels / (62 if which == "x" else 44)))
        return Axis(low, high, log, (_log_ticks if log else nice_ticks)(low, high, most))
    named = given if isinstance(given, dict) else {v: f"{v:g}".replace("-", "−") for v in given}
    ticks = [(float(np.log10(v)) if log else float(v), str(name)) for v, name in named.items()]
    return Axis(low, high, log, ticks)


def _data_limits(panel: Panel, which: Literal["x", "y"], log: bool) -> Limits:
    """Smallest and largest value on an axis, with a margin of 5 %; bars stand on their base."""
    found: list[Array] = []
    for item in panel.items:
        if item["kind"] == "field":
            found.append(np.array(item["extent"][:2] if which == "x" else item["extent"][2:]))
        for key in (which, which + "0", which + "1"):
            if key in item:
                found.append(item[key])
    values = np.concatenate(found) if found else np.array([])
    values = values[np.isfinite(values) & ((values > 0) | (not log))]
    if not values.size:
        return (0.1, 1.0) if log else (0.0, 1.0)
    low, high = float(values.min()), float(values.max())
    if log:
        return low / 1.3, high * 1.3
    margin = 0.05 * (high - low) or 0.5
    bars = which == "y" and any(item["kind"] == "rects" for item in panel.items)
    return (low if bars and low == 0 else low - margin), high + margin


def with_minus(words: str) -> str:
    """Put the minus sign where a hyphen stands for it: before a number, or between blanks."""
    words = re.sub(r"([·+] ?)-([\d.]+)", r"\1(−\2)", words)  # 2·-1 would read as 2 less 1
    return re.sub(r"(?<![\d\w])-(?=[\d.])|(?<=\de)-(?=\d)|(?<= )-(?= )", "−", words)
