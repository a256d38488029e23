"""Landscapes of two parameters, update rules that walk on them, and how fast momentum converges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnlib.viz.scene import Panel, mesh
from nnlib.viz.style import CYCLE, MARKERS

__all__ = ["LANDSCAPES", "RULES", "Landscape", "add_paths", "radius", "surface", "walk"]

Array = NDArray[np.float64]
Pair = tuple[float, float]


class Landscape(NamedTuple):
    """Height ``value(x, y)``, its slope, the window to show, and where to start."""

    value: Callable[[Any, Any], Any]
    slope: Callable[[float, float], Pair]
    xlim: Pair
    ylim: Pair
    start: Pair


LANDSCAPES: dict[str, Landscape] = {
    "bowl": Landscape(
        lambda x, y: 0.5 * x**2 + 0.75 * y**2,
        lambda x, y: (x, 1.5 * y),
        (-3, 3), (-2, 2), (-2.6, 1.5),
    ),
    "ravine": Landscape(
        lambda x, y: 0.5 * x**2 + 20 * y**2,
        lambda x, y: (x, 40 * y),
        (-3, 3), (-1, 1), (-2.7, 0.6),
    ),
    "saddle": Landscape(
        lambda x, y: 0.5 * x**2 - 0.5 * y**2 + y**4 / 8,
        lambda x, y: (x, -y + y**3 / 2),
        (-2.4, 2.4), (-2.2, 2.2), (-2.0, 0.001),
    ),
    "banana": Landscape(
        lambda x, y: (1 - x) ** 2 + 10 * (y - x**2) ** 2,
        lambda x, y: (-2 * (1 - x) - 40 * x * (y - x**2), 20 * (y - x**2)),
        (-1.8, 1.8), (-0.8, 2.6), (-1.4, 0.4),
    ),
    "two valleys": Landscape(
        lambda x, y: x**4 / 4 - x**2 - 0.35 * x + y**2,
        lambda x, y: (x**3 - 2 * x - 0.35, 2 * y),
        (-2.4, 2.4), (-1.6, 1.6), (-2.2, 1.2),
    ),
}  # fmt: skip

Walk = Callable[[list[float], float, float, float, int], float]


def _sgd(s: list[float], g: float, lr: float, beta: float, t: int) -> float:
    return lr * g


def _momentum(s: list[float], g: float, lr: float, beta: float, t: int) -> float:
    s[0] = beta * s[0] + g
    return lr * s[0]


def _nesterov(s: list[float], g: float, lr: float, beta: float, t: int) -> float:
    s[0] = beta * s[0] + g
    return lr * (g + beta * s[0])


def _adagrad(s: list[float], g: float, lr: float, beta: float, t: int) -> float:
    s[0] += g * g
    return float(lr * g / (s[0] ** 0.5 + 1e-10))


def _rmsprop(s: list[float], g: float, lr: float, beta: float, t: int) -> float:
    s[0] = 0.9 * s[0] + 0.1 * g * g
    return float(lr * g / (s[0] ** 0.5 + 1e-8))


def _adam(s: list[float], g: float, lr: float, beta: float, t: int) -> float:
    s[0] = beta * s[0] + (1 - beta) * g
    s[1] = 0.999 * s[1] + 0.001 * g * g
    return float(lr * s[0] / (1 - beta**t) / ((s[1] / (1 - 0.999**t)) ** 0.5 + 1e-8))


RULES: dict[str, Walk] = {
    "SGD": _sgd, "momentum": _momentum, "Nesterov": _nesterov, "AdaGrad": _adagrad,
    "RMSProp": _rmsprop, "Adam": _adam,
}  # fmt: skip


def walk(
    landscape: str, rule: str, lr: float, *, beta: float = 0.9, steps: int = 60,
    start: Pair | None = None,
) -> Array:  # fmt: skip
    """Return the path ``(at most steps + 1, 2)`` of a rule; it ends early where it runs away.

    Plain floats: two coordinates are too few for arrays to pay.
    """
    where = LANDSCAPES[landscape]
    move = RULES[rule]
    x, y = start or where.start
    memory = ([0.0, 0.0], [0.0, 0.0])
    path = [(x, y)]
    for t in range(1, steps + 1):
        gx, gy = where.slope(x, y)
        x -= move(memory[0], gx, lr, beta, t)
        y -= move(memory[1], gy, lr, beta, t)
        path.append((x, y))
        if not abs(x) + abs(y) < 50:
            break
    return np.array(path)


@lru_cache
def _lowest(landscape: str) -> float:
    where = LANDSCAPES[landscape]
    X, Y = mesh(where.xlim, where.ylim, 301)
    return float(np.min(where.value(X, Y)))


def height(landscape: str, path: Array) -> Array:
    """Return how far above the lowest point of the landscape each point of a path is."""
    z = LANDSCAPES[landscape].value(path[:, 0], path[:, 1]) - _lowest(landscape)
    return np.maximum(np.asarray(z, dtype=np.float64), 1e-12)


@lru_cache
def _shade(landscape: str) -> Array:
    where = LANDSCAPES[landscape]
    X, Y = mesh(where.xlim, where.ylim, 90)
    z = where.value(X, Y) - _lowest(landscape)
    return np.log10(np.maximum(z, 0) + 0.02)


def surface(landscape: str, title: str = "", *, legend: str = "below") -> Panel:
    """Return a panel with the landscape as a map; the lines are closed around its minima."""
    where = LANDSCAPES[landscape]
    panel = Panel(title or landscape, xlim=where.xlim, ylim=where.ylim, xlabel="θ₁", ylabel="θ₂",
                  legend=legend)  # fmt: skip
    z = _shade(landscape)
    panel.field(z, cmap="sequential", vmin=float(z.min()), vmax=float(z.max()) * 2.2)
    levels = np.linspace(z.min(), z.max(), 12)[1:-1]
    return panel.contour(z, levels, width=0.7, alpha=0.6)


def add_paths(panel: Panel, paths: Mapping[str, ArrayLike], *, first: int = 0) -> Panel:
    """Draw paths ``(steps, 2)`` over a map, each in its colour, its end as a larger mark."""
    for k, (name, path) in enumerate(paths.items(), first):
        p = np.asarray(path, dtype=np.float64)
        panel.line(p[:, 0], p[:, 1], CYCLE[(k + 1) % 7], width=1.8)
        panel.points(p[:, 0], p[:, 1], CYCLE[(k + 1) % 7], size=2.2, edge="")
        panel.points(p[-1:, 0], p[-1:, 1], CYCLE[(k + 1) % 7], size=6.5,
                     marker=MARKERS[(k + 1) % 7], label=name)  # fmt: skip
    return panel


def radius(a: ArrayLike, beta: ArrayLike, kappa: float, *, nesterov: bool = False) -> Array:
    """Return the factor per step by which momentum shrinks the error on a quadratic.

    The size of the larger root of ``z**2 - (1 + beta - q) z + beta``, ``q = lr * curvature``, and
    the worse one of the curvatures ``L`` and ``L / kappa``; with ``nesterov`` the same for
    ``z**2 - (1 + beta)(1 - q) z + beta (1 - q)``.

    Parameters
    ----------
    a : array
        Rate times the largest curvature ``L``.
    """
    worst = np.zeros(np.broadcast(a, beta).shape)
    a, beta = np.asarray(a, dtype=np.float64), np.asarray(beta, dtype=np.float64)
    for q in (a, a / kappa):
        half = (1 + beta) * (1 - q) / 2 if nesterov else (1 + beta - q) / 2
        product = beta * (1 - q) if nesterov else beta + 0 * q
        root = np.sqrt((half**2 - product).astype(np.complex128))
        worst = np.maximum(worst, np.maximum(np.abs(half + root), np.abs(half - root)))
    return worst
