"""The forgetting curve of spaced repetition, for chapter 11."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nnlib.viz.controls import integer, slider
from nnlib.viz.explorer import Explorer
from nnlib.viz.scene import Panel, Scene

__all__ = ["forgetting", "recall"]

DECAY = 0.1542  # w of FSRS-6, from its default parameters
DAYS = 180


def recall(days: NDArray[np.float64], stability: float) -> NDArray[np.float64]:
    """Return the chance of recall after ``days``: 0.9 when they equal the stability (FSRS-6)."""
    factor = 0.9 ** (-1 / DECAY) - 1
    chance: NDArray[np.float64] = (1 + factor * days / stability) ** -DECAY
    return chance


def grown(stability: float, chance: float) -> float:
    """Return the stability after a recall rated good, at difficulty 5 (FSRS-6, equation 12).

    The weights are the default parameters of the ``fsrs`` package.
    """
    gain = np.exp(1.8722) * (11 - 5) * stability**-0.1666 * np.expm1(0.796 * (1 - chance))
    return float(stability * (1 + gain))


def forgetting() -> Explorer:
    """Show the chance of recall over half a year, for so many repetitions at growing gaps."""
    controls = {"gap": slider(0.5, 14, 3.0), "repetitions": integer(0, 6, 4)}
    labels = {"gap": "first gap (days)", "repetitions": "repetitions"}
    return Explorer(_draw, controls, labels=labels, name="forgetting")


def _draw(gap: float, repetitions: int) -> Scene:
    panel = Panel(
        "Chance of recalling a card", xlim=(0, DAYS), ylim=(0.4, 1.02), xlabel="days",
        ylabel="chance of recall",
    )  # fmt: skip
    panel.hline(0.9)
    alone = np.linspace(0, DAYS, 361)
    panel.line(alone, recall(alone, 2.3065), "grey", dash=True, label="seen once")
    start, stability, wait = 0.0, 2.3065, gap
    for k in range(repetitions + 1):
        end = min(start + wait, DAYS) if k < repetitions else float(DAYS)
        days = np.linspace(0, end - start, 80)
        label = "repeated, the gap doubling" if k == 0 else ""
        panel.line(start + days, recall(days, stability), "blue", label=label)
        if end >= DAYS:
            break
        chance = float(recall(days[-1:], stability)[0])
        panel.line([end, end], [chance, 1], "blue", width=1.2)
        panel.points([end], [chance], "orange", size=4.5, label="repetition" if k == 0 else "")
        stability, start, wait = grown(stability, chance), end, 2 * wait
    last = float(recall(np.array([DAYS - start]), stability)[0])
    once = float(recall(np.array([float(DAYS)]), 2.3065)[0])
    note = f"after half a year: {last:.0%} with repetition, {once:.0%} without"
    return Scene(panel, width=680, height=390, note=note)
