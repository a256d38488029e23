"""Interleaved timing: every rival runs in every round, so noise hits all alike."""

import time

import numpy as np


def per_call(f, n, clock=time.perf_counter):
    """Return seconds per call of ``f``, over ``n`` calls."""
    start = clock()
    for _ in range(n):
        f()
    return (clock() - start) / n


def race(rivals, seconds, rounds=9, clock=time.perf_counter):
    """Time ``{name: function}`` in ``rounds`` rounds; return ``{name: seconds per call, ...}``.

    The answers are arrays over rounds: take ratios round by round, then their median.
    """
    for f in rivals.values():
        per_call(f, 2)
    slowest = sum(per_call(f, 2) for f in rivals.values())
    n = max(2, int(seconds / rounds / slowest))
    table = [{name: per_call(f, n, clock) for name, f in rivals.items()} for _ in range(rounds)]
    return {name: np.array([row[name] for row in table]) for name in rivals}


def ratio(times, a, *others):
    """Median over rounds of the time of ``a`` against the quickest of ``others``."""
    return float(np.median(times[a] / np.min([times[o] for o in others], axis=0)))
