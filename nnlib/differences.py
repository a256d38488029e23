"""Slopes by finite differences, left and right, and how they compare with a gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.layer import Array, Labels

STEP = 6e-6  # near the cube root of float64's grain, where rounding and curvature balance


@dataclass
class Comparison:
    """One array: whether all entries agree, and the worst one with both its numbers.

    ``analytic_all`` and ``numeric_all`` hold all entries where every entry was checked.
    """

    name: str
    passed: bool
    index: tuple[int, ...] = ()
    analytic: float = float("nan")
    numeric: float = float("nan")
    error: float = float("inf")
    checked: int = 0
    kinks: int = 0
    analytic_all: Array | None = None
    numeric_all: Array | None = None

    def __str__(self) -> str:
        if self.passed:
            text = f"{self.name}: ok, {self.checked} checked, worst error {self.error:.1e}"
            return text + (f", {self.kinks} at a kink" if self.kinks else "")
        if not self.checked:
            return self.name
        where = f"[{', '.join(map(str, self.index))}]" if self.index else ""
        return (
            f"{self.name}{where}: backward gives {self.analytic:.6g}, differences give "
            f"{self.numeric:.6g} (error {self.error:.1e})"
        )


@dataclass
class Report:
    """Comparisons of all arrays; true if all pass, and ``report["W"]`` is one of them."""

    comparisons: list[Comparison] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return all(c.passed for c in self.comparisons)

    def __bool__(self) -> bool:
        return self.passed

    def __getitem__(self, name: str) -> Comparison:
        return next(c for c in self.comparisons if c.name == name)

    def __str__(self) -> str:
        return "\n".join(map(str, self.comparisons))

    __repr__ = __str__


def numerical_gradient(
    f: Callable[[NDArray[Any]], Any], x: Array, *, h: float = STEP, method: str = "central"
) -> Array:
    """Return d(f)/d(x) by differences, one entry at a time.

    Parameters
    ----------
    f : function of an array like ``x`` that returns a number
    x : array of any shape; it is copied to float64 (or complex128)
    h : float
        Step. Ignored by ``"complex"``, whose step can be 1e-30 as nothing is subtracted.
    method : {"central", "forward", "complex"}
        ``(f(x+h) - f(x-h)) / 2h``, error of order h**2; ``(f(x+h) - f(x)) / h``, error of order
        h; or ``imag(f(x + ih)) / h``, exact to rounding where ``f`` is analytic (no abs, max
        or comparison).
    """
    if method not in ("central", "forward", "complex"):
        msg = f"numerical_gradient expects method central, forward or complex, got {method!r}"
        raise ValueError(msg)
    point: NDArray[Any] = np.array(x, np.complex128 if method == "complex" else np.float64)
    gradient = np.empty(point.shape)
    f_here = float(f(point)) if method == "forward" else 0.0
    for i in np.ndindex(point.shape):
        value = point[i]
        if method == "complex":
            point[i] = value + 1e-30j
            gradient[i] = np.imag(f(point)) / 1e-30
        else:
            point[i] = value + h
            high = float(f(point))
            if method == "central":
                point[i] = value - h
                gradient[i] = (high - float(f(point))) / (2 * h)
            else:
                gradient[i] = (high - f_here) / h
        point[i] = value
    return gradient


At = Callable[[int, float], float]  # value of f after a nudge of size h along direction j


def compare_entries(
    name: str,
    f: Callable[[], float],
    array: Array,
    analytic: Array | None,
    tol: float,
    size: float,
    chosen: Labels | None = None,
) -> Comparison:
    """Compare entry by entry, or some ``chosen`` ones; ``array`` is nudged in place and put back.

    ``size`` is the scale of the terms that ``f`` sums: rounding is proportional to it.
    """
    if analytic is None or np.shape(analytic) != array.shape:
        got = "none" if analytic is None else f"shape {np.shape(analytic)}"
        return Comparison(f"{name}: expected a gradient of shape {array.shape}, got {got}", False)
    flat = array.reshape(-1)
    entries = np.arange(flat.size) if chosen is None else chosen
    where: list[int] = entries.tolist()

    def at(j: int, h: float) -> float:
        i = where[j]
        value = flat[i]
        flat[i] = value + h
        result = f()
        flat[i] = value
        return result

    a = np.asarray(analytic, np.float64).reshape(-1)[entries]
    result, worst, numeric = _judge(name, at, f(), a, tol, size)
    if len(a):
        result.index = tuple(int(k) for k in np.unravel_index(entries[worst], array.shape))
    if chosen is None:
        result.analytic_all = a.reshape(array.shape)
        result.numeric_all = numeric.reshape(array.shape)
    return result


def compare_directions(
    name: str,
    f: Callable[[], float],
    array: Array,
    analytic: Array,
    tol: float,
    size: float,
    rng: np.random.Generator,
    directions: int,
) -> Comparison:
    """Compare slopes along random directions of length 1 with ``analytic @ direction``."""
    start = array.copy()
    u = [rng.standard_normal(array.shape) for _ in range(directions)]
    u = [v / np.sqrt(np.vdot(v, v)) for v in u]

    def at(j: int, h: float) -> float:
        array[...] = start + h * u[j]
        return f()

    a = np.array([np.vdot(v, analytic) for v in u])
    result = _judge(f"{name} along {directions} directions", at, f(), a, tol, size)[0]
    array[...] = start
    return result


def find_wrong_entry(
    f: Callable[[], float], array: Array, analytic: Array, rng: np.random.Generator
) -> Labels:
    """Return the flat index ``(1,)`` of an entry that disagrees, by halving along random signs."""
    flat, a = array.reshape(-1), analytic.reshape(-1)
    entries = rng.permutation(flat.size)
    while len(entries) > 1:
        halves, gaps = np.array_split(entries, 2), []
        for half in halves:
            u = rng.choice([-1.0, 1.0], len(half))
            h = STEP / np.sqrt(len(half))
            kept = flat[half]
            flat[half] = kept + h * u
            high = f()
            flat[half] = kept - h * u
            gaps.append(abs((high - f()) / (2 * h) - a[half] @ u))
            flat[half] = kept
        entries = halves[int(np.argmax(gaps))]
    return entries


def _slopes(at: At, here: float, which: Iterable[int], h: float) -> tuple[Array, Array]:
    """Return the slopes to the left and to the right of the point."""
    pairs = [((here - at(j, -h)) / h, (at(j, h) - here) / h) for j in which]
    left, right = np.array(pairs).reshape(-1, 2).T
    return left, right


def _judge(
    name: str, at: At, here: float, a: Array, tol: float, size: float
) -> tuple[Comparison, int, Array]:
    """Compare slopes ``a`` with central differences, and with one-sided ones at a kink.

    Where ``a`` lies between the slopes on the two sides, curvature and a kink are told apart by a
    step 16 times shorter: the sides of a curve then come closer, those of a kink do not.
    """
    left, right = _slopes(at, here, range(len(a)), STEP)
    numeric = (left + right) / 2
    noise = 20 * np.finfo(np.float64).eps * max(size, 1.0) / STEP  # rounding of f, divided by h
    error = _relative_error(a, numeric, noise / tol)
    kinks = 0
    for j in np.flatnonzero((error > tol) & _between(a, left, right, tol, noise)):
        near_left, near_right = _slopes(at, here, [int(j)], STEP / 16)
        near = _relative_error(a[j], (near_left + near_right) / 2, 16 * noise / tol)[0]
        parted = abs(near_right - near_left)[0] > abs(right[j] - left[j]) / 2
        if near <= tol or (parted and _between(a[j], near_left, near_right, tol, 16 * noise)[0]):
            kinks += 1
            error[j] = 0.0
    worst = int(np.argmax(error)) if len(a) else 0
    result = Comparison(name, bool((error <= tol).all()), checked=len(a), kinks=kinks)
    result.error = float(error.max(initial=0.0))
    if len(a):
        result.analytic, result.numeric = float(a[worst]), float(numeric[worst])
    return result, worst, numeric


def _relative_error(a: Array, numeric: Array, floor: float) -> NDArray[Any]:
    error = np.abs(a - numeric) / np.maximum(np.maximum(np.abs(a), np.abs(numeric)), floor)
    return np.where(np.isfinite(error), error, np.inf)


def _between(a: Array, left: Array, right: Array, tol: float, noise: float) -> NDArray[np.bool_]:
    slack = tol * np.abs(a) + noise
    inside = (a >= np.minimum(left, right) - slack) & (a <= np.maximum(left, right) + slack)
    return np.asarray(inside & (np.abs(right - left) > slack))
