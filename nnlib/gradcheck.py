"""Compare what backward says with what finite differences see.

The checks work on a float64 copy, send a random gradient down from the output, restore every
random generator before each evaluation, and take the slope on the left and on the right: at a
kink, such as ReLU's at 0, any value between the two is right.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnlib.layer import Array, LayerLike, run_forward, walk
from nnlib.losses import Loss
from nnlib.parameters import Parameters

Function = Callable[[], float]
STEP = 6e-6  # near the cube root of float64's grain, where rounding and curvature balance


@dataclass
class Comparison:
    """One array: the worst entry, both its numbers, and whether all entries agree."""

    name: str
    passed: bool
    index: tuple[int, ...]
    analytic: float
    numeric: float
    error: float
    checked: int
    kinks: int = 0
    analytic_all: Array | None = None
    numeric_all: Array | None = None

    def __str__(self) -> str:
        where = f"{self.name}[{', '.join(map(str, self.index))}]" if self.index else self.name
        if self.passed:
            text = f"{self.name}: ok, {self.checked} checked, worst error {self.error:.1e}"
            return text + (f", {self.kinks} at a kink" if self.kinks else "")
        return (
            f"{where}: backward gives {self.analytic:.6g}, differences give "
            f"{self.numeric:.6g} (error {self.error:.1e})"
        )


@dataclass
class Report:
    """Comparisons of all arrays; true if all pass."""

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
    f: Callable[[Array], float], x: Array, *, h: float = STEP, method: str = "central"
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
    point = np.array(x, np.complex128 if method == "complex" else np.float64)
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


def check_layer(
    layer: LayerLike,
    x: Array,
    rng: np.random.Generator,
    *,
    train: bool = False,
    tol: float = 1e-5,
) -> Report:
    """Check ``backward`` of a layer: its input gradient ``"x"`` and every parameter's.

    Parameters
    ----------
    layer : layer
        Left as it was: a float64 copy is checked.
    x : input, rows are samples
    rng : numpy.random.Generator
        Draws the gradient that comes from above.
    train : bool
        Mode of the forward pass.
    tol : float
        Largest relative error that passes.
    """
    layer, x = _float64_copy(layer), np.array(x, np.float64)
    rewind = _rewinder(layer)
    rewind()
    y = run_forward(layer, x, train)
    dy = rng.normal(size=y.shape)

    def f() -> float:
        rewind()
        return float(np.vdot(run_forward(layer, x, train), dy))

    rewind()
    run_forward(layer, x, train)
    dx = layer.backward(dy.copy())
    size = float(np.abs(y * dy).sum())
    report = Report([_elementwise("x", f, x, dx, tol, size)])
    for path, part, _ in walk(layer):
        for name in getattr(part, "params", ()):
            full = f"{path}.{name}" if path else name
            analytic = getattr(part, f"d{name}", None)
            if analytic is not None:
                analytic = np.array(analytic, np.float64)
            array = _owned(part, name)
            report.comparisons.append(_elementwise(full, f, array, analytic, tol, size))
    return report


def check_loss(loss: Loss, scores: Array, target: Any, *, tol: float = 1e-5) -> Report:
    """Check ``dscores`` of a loss against differences of its value."""
    scores = np.array(scores, np.float64)
    value, dscores = loss(scores, target)

    def f() -> float:
        return float(loss(scores, target)[0])

    return Report([_elementwise("scores", f, scores, dscores, tol, abs(value))])


def check_network(
    net: LayerLike,
    loss: Loss,
    x: Array,
    target: Any,
    rng: np.random.Generator,
    *,
    train: bool = False,
    tol: float = 1e-5,
    limit: int = 2000,
    directions: int = 2,
) -> Report:
    """Check the gradients of all parameters of a network with its loss.

    Up to ``limit`` parameters every entry is checked. Above, the slope along random directions
    is compared with ``grad @ direction``, array by array, and an array that fails is
    checked at ``limit`` random entries to show a wrong one.
    """
    net, x = _float64_copy(net), np.array(x, np.float64)
    parameters = Parameters(net, np.float64)
    rewind = _rewinder(net)

    def f() -> float:
        rewind()
        return loss(run_forward(net, x, train), target)[0]

    rewind()
    value, dscores = loss(run_forward(net, x, train), target)
    net.backward(dscores)
    parameters.gather()
    grad = parameters.grad.copy()
    report = Report()
    for e in parameters.entries:
        analytic = grad[e.where].reshape(e.value.shape)
        c: Comparison | None = None
        if len(parameters) > limit:
            c = _directional(e.name, f, e.value, analytic, tol, abs(value), rng, directions)
            if c.passed:
                report.comparisons.append(c)
                continue
            n = min(limit, e.value.size)
            chosen = rng.choice(e.value.size, n, replace=False)
            entries = _elementwise(e.name, f, e.value, analytic, tol, abs(value), chosen)
            report.comparisons.append(entries if not entries.passed else c)
        else:
            report.comparisons.append(_elementwise(e.name, f, e.value, analytic, tol, abs(value)))
    return report


def _elementwise(
    name: str,
    f: Function,
    array: Array,
    analytic: Array | None,
    tol: float,
    size: float,
    chosen: Array | None = None,
) -> Comparison:
    """Compare entry by entry; ``array`` is nudged in place and put back."""
    if analytic is None or np.shape(analytic) != array.shape:
        got = "nothing" if analytic is None else f"shape {np.shape(analytic)}"
        where = f"{name} (expected shape {array.shape}, backward gave {got})"
        return Comparison(where, False, (), np.nan, np.nan, np.inf, 0)
    flat, here = array.reshape(-1), f()
    entries = np.arange(flat.size) if chosen is None else chosen
    left, right = np.empty(len(entries)), np.empty(len(entries))
    for j, i in enumerate(entries):
        value = flat[i]
        flat[i] = value + STEP
        right[j] = (f() - here) / STEP
        flat[i] = value - STEP
        left[j] = (here - f()) / STEP
        flat[i] = value
    a = np.asarray(analytic, np.float64).reshape(-1)[entries]
    error, ok, kinks = _judge(a, left, right, tol, size)
    worst = int(np.argmax(np.where(ok, -1.0, 1.0) * 1e300 + error)) if len(a) else 0
    numeric = (left + right) / 2
    if not len(a):
        return Comparison(name, True, (), 0.0, 0.0, 0.0, 0)
    index = tuple(int(k) for k in np.unravel_index(entries[worst], array.shape))
    full = chosen is None
    return Comparison(
        name,
        bool(ok.all()),
        index,
        float(a[worst]),
        float(numeric[worst]),
        float(error[worst]),
        len(a),
        kinks,
        a.reshape(array.shape) if full else None,
        numeric.reshape(array.shape) if full else None,
    )


def _directional(
    name: str,
    f: Function,
    array: Array,
    analytic: Array,
    tol: float,
    size: float,
    rng: np.random.Generator,
    directions: int,
) -> Comparison:
    """Compare slopes along random directions of length 1 with ``analytic @ direction``."""
    here, start = f(), array.copy()
    a, left, right = np.empty(directions), np.empty(directions), np.empty(directions)
    for j in range(directions):
        u = rng.normal(size=array.shape)
        u /= np.linalg.norm(u)
        a[j] = float(np.vdot(u, analytic))
        array[...] = start + STEP * u
        right[j] = (f() - here) / STEP
        array[...] = start - STEP * u
        left[j] = (here - f()) / STEP
    array[...] = start
    error, ok, kinks = _judge(a, left, right, tol, size)
    worst = int(np.argmax(error))
    numeric = (left[worst] + right[worst]) / 2
    return Comparison(
        f"{name} along {directions} directions",
        bool(ok.all()),
        (),
        float(a[worst]),
        float(numeric),
        float(error[worst]),
        directions,
        kinks,
    )


def _judge(
    a: Array, left: Array, right: Array, tol: float, size: float
) -> tuple[Array, Array, int]:
    """Return relative errors, which entries pass, and how many pass only as kinks."""
    numeric = (left + right) / 2
    gap = np.abs(a - numeric)
    noise = 20 * np.finfo(np.float64).eps * max(size, 1.0) / STEP  # rounding of f, divided by h
    scale = np.maximum(np.abs(a), np.abs(numeric))
    error = gap / np.maximum(scale, noise / tol)
    smooth = error <= tol
    slack = tol * scale + noise
    between = (a >= np.minimum(left, right) - slack) & (a <= np.maximum(left, right) + slack)
    kink = ~smooth & between & (np.abs(right - left) > slack)
    error = np.where(np.isfinite(error), error, np.inf)
    return np.where(kink, 0.0, error), smooth | kink, int(kink.sum())


def _owned(part: Any, name: str) -> Array:
    array = np.array(getattr(part, name), np.float64)
    setattr(part, name, array)
    return array


def _float64_copy(layer: LayerLike) -> Any:
    layer = copy.deepcopy(layer)
    for _, part, _ in walk(layer):
        for name, value in list(vars(part).items()):
            if isinstance(value, np.ndarray) and value.dtype.kind == "f":
                setattr(part, name, np.array(value, np.float64))
    return layer


def _rewinder(layer: LayerLike) -> Callable[[], None]:
    """Return a function that puts every generator inside the layer back to its state now."""
    found = {
        id(value): value
        for _, part, _ in walk(layer)
        for value in vars(part).values()
        if isinstance(value, np.random.Generator)
    }
    states = [(g.bit_generator, g.bit_generator.state) for g in found.values()]

    def rewind() -> None:
        for bits, state in states:
            bits.state = state

    return rewind
