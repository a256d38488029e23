"""Pure functions behind the layers: element by element or row by row, safe for any finite input."""

from __future__ import annotations

import math

import numpy as np

from nnlib.layer import Array, Labels


def step(x: Array) -> Array:
    """Heaviside step: 1 where ``x >= 0``, else 0 (the perceptron fires at its threshold)."""
    return (x >= 0).astype(x.dtype)


def relu(x: Array) -> Array:
    """Rectifier ``max(x, 0)``."""
    return np.maximum(x, 0)


def leaky_relu(x: Array, alpha: float = 0.01) -> Array:
    """``x`` where positive, else ``alpha * x``."""
    return np.where(x > 0, x, alpha * x)


def prelu(x: Array, alpha: Array) -> Array:
    """Leaky rectifier whose slope ``alpha`` (one, or one per channel) is learned."""
    return np.where(x > 0, x, alpha * x)


def elu(x: Array, alpha: float = 1.0) -> Array:
    """``x`` where positive, else ``alpha * (exp(x) - 1)``."""
    # exp of the negative part alone cannot overflow.
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def sigmoid(x: Array) -> Array:
    """Logistic function ``1 / (1 + exp(-x))``."""
    # exp(-|x|) is at most 1, so neither side overflows.
    e = np.exp(-np.abs(x))
    y: Array = np.where(x >= 0, 1, e) / (1 + e)
    return y


def tanh(x: Array) -> Array:
    """Hyperbolic tangent."""
    return np.tanh(x)


def softplus(x: Array) -> Array:
    """Smooth rectifier ``log(1 + exp(x))``."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def swish(x: Array) -> Array:
    """``x * sigmoid(x)``, also called SiLU."""
    return x * sigmoid(x)


def mish(x: Array) -> Array:
    """``x * tanh(softplus(x))``."""
    return x * np.tanh(softplus(x))


def _erf_table() -> Array:
    """Taylor coefficients of erf around the nodes 0, 1/32, ..., 6.

    The n-th derivative of erf is ``2/sqrt(pi) * (-1)**(n-1) * H[n-1](x) * exp(-x**2)``; the
    Hermite polynomials follow ``H[n+1] = 2x H[n] - 2n H[n-1]``.
    """
    x = np.arange(0, 6 * _NODES + 1) / _NODES
    gauss = 2 / math.sqrt(math.pi) * np.exp(-x * x)
    rows = [np.array([math.erf(v) for v in x])]
    h_old, h = np.zeros_like(x), np.ones_like(x)
    for n in range(1, _ORDER + 1):
        rows.append((-1) ** (n - 1) * h * gauss / math.factorial(n))
        h_old, h = h, 2 * x * h - 2 * (n - 1) * h_old
    return np.array(rows)


_NODES = 32  # per unit: the farthest point is 1/64 away, and (1/64)**9 is below float64's grain
_ORDER = 8
_ERF = _erf_table()


def erf(x: Array) -> Array:
    """Error function, by Taylor expansion around the nearest of 193 nodes (error below 1e-15).

    NumPy has none, and ``math.erf`` takes one number at a time.
    """
    a = np.minimum(np.abs(x), 6)  # erf(6) is 1 in float64
    node = np.rint(a * _NODES).astype(np.intp)
    d = a - node / _NODES
    table = _ERF.astype(x.dtype, copy=False)
    y = table[_ORDER][node]
    for row in table[_ORDER - 1 :: -1]:  # Horner
        y = y * d + row[node]
    return np.asarray(np.copysign(y, x), x.dtype)


def gelu(x: Array, approximate: bool = False) -> Array:
    """``x * P(Z <= x)`` for standard normal ``Z``; ``approximate`` takes the tanh form."""
    if approximate:
        c = math.sqrt(2 / math.pi)
        cdf: Array = 0.5 * (1 + np.tanh(c * (x + 0.044715 * x**3)))
    else:
        cdf = 0.5 * (1 + erf(x / math.sqrt(2)))
    y: Array = x * cdf
    return y


def softmax(x: Array) -> Array:
    """Softmax over the last axis: positive, and each row sums to 1."""
    # Shifted by the row maximum so exp cannot overflow; the shift cancels in the ratio.
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    e /= e.sum(axis=-1, keepdims=True)
    y: Array = e
    return y


def log_softmax(x: Array) -> Array:
    """Logarithm of softmax over the last axis, right even where softmax rounds to 0."""
    z = x - x.max(axis=-1, keepdims=True)
    y: Array = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    return y


def one_hot(labels: Labels, n_classes: int) -> Array:
    """Turn labels ``(batch,)`` into rows ``(batch, n_classes)`` with a single 1."""
    labels = np.asarray(labels)
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        msg = f"one_hot expects integer labels of shape (batch,), got {labels.dtype} {labels.shape}"
        raise ValueError(msg)
    if len(labels) and (labels.min() < 0 or labels.max() >= n_classes):
        msg = (
            f"one_hot expects labels in 0 ... {n_classes - 1}, "
            f"got {labels.min()} ... {labels.max()}"
        )
        raise ValueError(msg)
    rows = np.zeros((len(labels), n_classes))
    rows[np.arange(len(labels)), labels] = 1
    return rows
