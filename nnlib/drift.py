"""Has the world changed since training? Distances between two samples, and honest alarms.

An optional leaf: nothing in the engine imports it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.layer import Array

FLOOR = 1e-4  # the smallest share of a bin: an empty one would make the logarithm infinite
WATCH, ACT = 0.1, 0.25  # customary limits of the PSI


def quantile_edges(x: Array, bins: int = 10) -> Array:
    """Return the inner edges of ``bins`` equally full bins of ``x`` ``(n,)``; ties merge bins."""
    inner = np.linspace(0, 1, bins + 1)[1:-1]
    return np.unique(np.nanquantile(x, inner))


def shares(x: Array, edges: Array) -> Array:
    """Return the share of ``x`` ``(n,)`` per bin, and of NaN as one bin more: ``(len(edges)+2,)``.

    Bin ``i`` holds ``edges[i-1] <= x < edges[i]``; the outer ones are open.
    """
    missing = np.isnan(x)
    count = np.bincount(np.searchsorted(edges, x[~missing], side="right"), minlength=len(edges) + 1)
    return np.append(count, missing.sum()) / max(len(x), 1)


def psi(expected: Array, actual: Array, floor: float = FLOOR) -> float:
    """Return the population stability index of two rows of shares: ``sum((a - e) log(a / e))``.

    It is the symmetrized Kullback-Leibler divergence, in nats. Without any drift its mean is
    about ``(bins - 1) * (1 / n_expected + 1 / n_actual)``, so small samples alarm by themselves.
    """
    e, a = np.maximum(expected, floor), np.maximum(actual, floor)
    return float(np.sum((a - e) * np.log(a / e)))


def ks(a: Array, b: Array) -> float:
    """Return the Kolmogorov-Smirnov distance: the largest gap between two empirical CDFs."""
    a, b = np.sort(a), np.sort(b)
    at = np.concatenate([a, b])
    gap = np.searchsorted(a, at, side="right") / len(a)
    gap = gap - np.searchsorted(b, at, side="right") / len(b)
    return float(np.abs(gap).max())


def ks_p_value(distance: float, n: int, m: int) -> float:
    """Return the probability of at least this distance without drift; asymptotic, no ties.

    ``2 sum_k (-1)^(k-1) exp(-2 k^2 D^2 n m / (n + m))`` (Kolmogorov, 1933).
    """
    t = distance * np.sqrt(n * m / (n + m))
    if t < 0.2:  # the series converges too slowly where the answer is 1 anyway
        return 1.0
    k = np.arange(1, 101)
    return float(np.clip(2 * np.sum((-1.0) ** (k - 1) * np.exp(-2 * (k * t) ** 2)), 0, 1))


def false_discovery(p: Array, q: float = 0.05) -> NDArray[np.bool_]:
    """Tell which of many tests to believe, so that about a share ``q`` of them is false.

    Benjamini and Hochberg, 1995: the largest ``k`` with ``p_(k) <= k q / m``; all up to it.
    """
    order = np.argsort(p)
    m = len(p)
    below = np.flatnonzero(p[order] <= q * np.arange(1, m + 1) / m)
    alarm = np.zeros(m, bool)
    if len(below):
        alarm[order[: below[-1] + 1]] = True
    return alarm


def profile(columns: Mapping[str, NDArray[Any]], bins: int = 10) -> dict[str, dict[str, Any]]:
    """Describe columns by shares per bin, or per category: what a later sample is held against."""
    described: dict[str, dict[str, Any]] = {}
    for name, x in columns.items():
        if x.dtype.kind in "fiub":
            edges = quantile_edges(x.astype(float), bins)
            described[name] = {
                "edges": edges.tolist(),
                "shares": shares(x.astype(float), edges).tolist(),
            }
        else:
            known = np.unique(x).tolist()
            described[name] = {"categories": known, "shares": _category_shares(x, known)}
    return described


def compare(
    reference: Mapping[str, Mapping[str, Any]], columns: Mapping[str, NDArray[Any]]
) -> dict[str, float]:
    """Return the PSI of every column of ``reference`` (from ``profile``) in a new sample."""
    found: dict[str, float] = {}
    for name, old in reference.items():
        x = columns[name]
        if "edges" in old:
            now = shares(x.astype(float), np.asarray(old["edges"]))
        else:
            now = np.asarray(_category_shares(x, old["categories"]))
        found[name] = psi(np.asarray(old["shares"]), now)
    return found


def _category_shares(x: NDArray[Any], known: Sequence[str]) -> list[float]:
    """Return the share of each known category, and of all others as the last entry."""
    count = [float(np.mean(x == name)) for name in known]
    return [*count, max(0.0, 1.0 - sum(count))]
