"""Activation layers: each caches what its derivative needs and multiplies by it.

The formulas are the lower-case functions in ``nnlib.functional``.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from nnlib import functional as fn
from nnlib.layer import Array, Layer


class Identity(Layer):
    """``y = x``: a linear layer's activation, or a placeholder."""

    def forward(self, x: Array, train: bool = False) -> Array:
        return x

    def backward(self, dy: Array) -> Array:
        return dy


class Step(Layer):
    """1 where ``x >= 0``, else 0. Its derivative is 0: nothing below it can learn by gradients."""

    def forward(self, x: Array, train: bool = False) -> Array:
        return fn.step(x)

    def backward(self, dy: Array) -> Array:
        return np.zeros_like(dy)


class ReLU(Layer):
    """``max(x, 0)``; the derivative at the kink is taken as 0."""

    def forward(self, x: Array, train: bool = False) -> Array:
        # Compared with an array and not with the number 0: 130 to 61 µs for 256 x 1024.
        y = np.zeros(x.shape, x.dtype)
        self._y = np.maximum(x, y, out=y)
        return self._y

    def backward(self, dy: Array) -> Array:
        dx = (self._y > 0).astype(dy.dtype)  # 0 or 1, the slope
        dx *= dy
        return dx


class LeakyReLU(Layer):
    """``x`` where positive, else ``alpha * x``: no unit can die."""

    def __init__(self, alpha: float = 0.01) -> None:
        self.alpha = alpha

    def forward(self, x: Array, train: bool = False) -> Array:
        self._x = x
        return fn.leaky_relu(x, self.alpha)

    def backward(self, dy: Array) -> Array:
        return np.where(self._x > 0, dy, self.alpha * dy)


class PReLU(Layer):
    """Leaky rectifier with a learned slope.

    Parameters
    ----------
    channels : int
        1 for a single slope, or the number of features for one slope each.
    alpha : float
        Initial slope.

    References
    ----------
    He et al., "Delving Deep into Rectifiers", ICCV 2015, sec. 2.1.
    """

    params: ClassVar[tuple[str, ...]] = ("alpha",)

    def __init__(self, channels: int = 1, alpha: float = 0.25) -> None:
        self.alpha = np.full(channels, alpha)
        self.dalpha = np.zeros(channels)

    def forward(self, x: Array, train: bool = False) -> Array:
        if len(self.alpha) not in (1, x.shape[-1]):
            msg = (
                f"PReLU has {len(self.alpha)} slopes and expects x of shape "
                f"(batch, {len(self.alpha)}), got {x.shape}"
            )
            raise ValueError(msg)
        self._x = x
        return fn.prelu(x, self.alpha)

    def backward(self, dy: Array) -> Array:
        # d(alpha * x)/d(alpha) = x where x is negative, summed over all that share the slope
        per_channel = (dy * np.minimum(self._x, 0)).reshape(-1, dy.shape[-1]).sum(axis=0)
        self.dalpha[...] = per_channel if len(self.alpha) > 1 else per_channel.sum()
        return np.where(self._x > 0, dy, self.alpha * dy)


class ELU(Layer):
    """``x`` where positive, else ``alpha * (exp(x) - 1)``: smooth, saturates at ``-alpha``.

    References
    ----------
    Clevert et al., "Fast and Accurate Deep Network Learning by Exponential Linear Units",
    ICLR 2016, eq. 13 and 14.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def forward(self, x: Array, train: bool = False) -> Array:
        self._x = x
        self._y = fn.elu(x, self.alpha)
        return self._y

    def backward(self, dy: Array) -> Array:
        return dy * np.where(self._x > 0, 1, self._y + self.alpha)  # alpha * exp(x) = y + alpha


class Sigmoid(Layer):
    """``1 / (1 + exp(-x))``; its derivative ``y * (1 - y)`` is at most 1/4."""

    def forward(self, x: Array, train: bool = False) -> Array:
        self._y = fn.sigmoid(x)
        return self._y

    def backward(self, dy: Array) -> Array:
        return dy * self._y * (1 - self._y)


class Tanh(Layer):
    """Hyperbolic tangent; its derivative is ``1 - y**2``."""

    def forward(self, x: Array, train: bool = False) -> Array:
        self._y = np.tanh(x)
        return self._y

    def backward(self, dy: Array) -> Array:
        dx: Array = dy * (1 - self._y * self._y)
        return dx


class Swish(Layer):
    """``x * sigmoid(x)`` (SiLU); derivative ``s + y * (1 - s)`` with ``s = sigmoid(x)``."""

    def forward(self, x: Array, train: bool = False) -> Array:
        self._s = fn.sigmoid(x)
        self._y = x * self._s
        return self._y

    def backward(self, dy: Array) -> Array:
        return dy * (self._s + self._y * (1 - self._s))


class GELU(Layer):
    """``x * P(Z <= x)`` for standard normal ``Z``: exact by default, or the tanh form.

    References
    ----------
    Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016, sec. 2.
    """

    def __init__(self, approximate: bool = False) -> None:
        self.approximate = approximate

    def forward(self, x: Array, train: bool = False) -> Array:
        self._x = x
        return fn.gelu(x, self.approximate)

    def backward(self, dy: Array) -> Array:
        x = self._x
        if self.approximate:
            c = math.sqrt(2 / math.pi)
            t = np.tanh(c * (x + 0.044715 * x**3))
            slope = c * (1 + 3 * 0.044715 * x * x)
            dx: Array = dy * 0.5 * (1 + t + x * (1 - t * t) * slope)
            return dx
        # d(x * cdf)/dx = cdf + x * pdf; beyond 30 the density is 0 and its square would overflow.
        near = np.clip(x, -30, 30)
        pdf = np.exp(-0.5 * near * near) / math.sqrt(2 * math.pi)
        return dy * (0.5 * (1 + fn.erf(x / math.sqrt(2))) + near * pdf)


class Mish(Layer):
    """``x * tanh(softplus(x))``.

    References
    ----------
    Misra, "Mish: A Self Regularized Non-Monotonic Activation Function", BMVC 2020, sec. 3.
    """

    def forward(self, x: Array, train: bool = False) -> Array:
        self._x = x
        self._t = np.tanh(fn.softplus(x))
        return x * self._t

    def backward(self, dy: Array) -> Array:
        t = self._t
        dx: Array = dy * (t + self._x * (1 - t * t) * fn.sigmoid(self._x))  # softplus' = sigmoid
        return dx


class Softplus(Layer):
    """``log(1 + exp(x))``; its derivative is the sigmoid."""

    def forward(self, x: Array, train: bool = False) -> Array:
        self._x = x
        return fn.softplus(x)

    def backward(self, dy: Array) -> Array:
        return dy * fn.sigmoid(self._x)


class Softmax(Layer):
    """Softmax of every row. For training, prefer scores and ``softmax_cross_entropy``.

    The Jacobian of a row is ``diag(p) - p p^T``, so ``dx = p * (dy - sum(dy * p))``.
    """

    def forward(self, x: Array, train: bool = False) -> Array:
        self._p = fn.softmax(x)
        return self._p

    def backward(self, dy: Array) -> Array:
        p = self._p
        dx: Array = p * (dy - (dy * p).sum(axis=-1, keepdims=True))
        return dx
