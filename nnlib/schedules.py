"""Learning-rate schedules: functions from the step (0, 1, ...; batches, not epochs) to a rate."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

Schedule: TypeAlias = Callable[[int], float]


def constant(lr: float) -> Schedule:
    """Return ``lr`` at every step."""
    return lambda step: lr


def step_decay(lr: float, *, every: int, factor: float = 0.5) -> Schedule:
    """Multiply ``lr`` by ``factor`` after each ``every`` steps."""
    return lambda step: lr * factor ** (step // every)


def exponential_decay(lr: float, *, rate: float) -> Schedule:
    """Multiply ``lr`` by ``rate`` after every step; it halves every ``log(0.5) / log(rate)``."""
    return lambda step: lr * rate**step


def cosine_annealing(lr: float, *, steps: int, lr_min: float = 0.0) -> Schedule:
    """Fall from ``lr`` to ``lr_min`` along half a cosine wave, and stay there after ``steps``.

    References
    ----------
    Loshchilov and Hutter, "SGDR", ICLR 2017, eq. 5.
    """
    return lambda step: (
        lr_min + (lr - lr_min) * (1 + math.cos(math.pi * min(step / steps, 1.0))) / 2
    )


def cosine_restarts(lr: float, *, period: int, growth: int = 1, lr_min: float = 0.0) -> Schedule:
    """Repeat cosine annealing; each period is ``growth`` times the last (SGDR, sec. 3)."""

    def schedule(step: int) -> float:
        length = period
        while step >= length:
            step -= length
            length *= growth
        return cosine_annealing(lr, steps=length, lr_min=lr_min)(step)

    return schedule


def warmup(schedule: float | Schedule, *, steps: int) -> Schedule:
    """Rise linearly to the schedule's first rate in ``steps`` steps, then follow it from its start.

    The first step already moves: its rate is ``1 / steps`` of the full one.
    """
    after = schedule if callable(schedule) else constant(schedule)
    return lambda step: after(0) * (step + 1) / steps if step < steps else after(step - steps)


def one_cycle(
    lr: float, *, steps: int, rise: float = 0.3, start: float = 25.0, end: float = 1e4
) -> Schedule:
    """Rise from ``lr / start`` to ``lr``, then fall to ``lr / start / end``, both along a cosine.

    ``rise`` is the fraction of ``steps`` spent rising.

    References
    ----------
    Smith and Topin, "Super-Convergence", 2018, sec. 4 (cosine form as in fast.ai and PyTorch).
    """
    peak = rise * steps - 1
    last = steps - 1

    def schedule(step: int) -> float:
        if step < peak:
            return _cosine_between(lr / start, lr, step / peak)
        done = min((step - peak) / (last - peak), 1.0)
        return _cosine_between(lr, lr / start / end, done)

    return schedule


def _cosine_between(first: float, last: float, done: float) -> float:
    return last + (first - last) * (1 + math.cos(math.pi * done)) / 2
