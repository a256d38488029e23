"""Layers with parameters or a mode: Dense, Dropout, normalization, Flatten."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from nnlib.init import Initializer, he_normal
from nnlib.layer import Array, Layer


class Dense(Layer):
    """Affine map of every row: ``y = x @ W + b``.

    Parameters
    ----------
    n_in, n_out : int
        Number of features of a row of ``x`` and of ``y``.
    rng : numpy.random.Generator
        Source of the initial weights.
    init : function ``(rng, n_in, n_out) -> array``
        He-normal unless told otherwise. Biases start at 0.
    bias : bool
        ``False`` leaves ``b`` out, as before a normalization, which would cancel it.

    Raises
    ------
    ValueError
        If ``x`` is not ``(batch, n_in)``.
    """

    params: ClassVar[tuple[str, ...]] = ("W", "b")

    def __init__(
        self,
        n_in: int,
        n_out: int,
        rng: np.random.Generator,
        init: Initializer = he_normal,
        bias: bool = True,
    ) -> None:
        self.W = init(rng, n_in, n_out)
        self.dW = np.zeros_like(self.W)
        self.bias = bias
        if bias:
            self.b: Array = np.zeros(n_out)
            self.db: Array = np.zeros(n_out)
            self._ones: Array = np.ones(0)
        else:
            self.params = ("W",)  # type: ignore[misc]

    def forward(self, x: Array, train: bool = False) -> Array:
        if x.ndim != 2 or x.shape[1] != len(self.W):
            msg = f"Dense expects x of shape (batch, {len(self.W)}), got {x.shape}"
            raise ValueError(msg)
        self._x = x
        y = x @ self.W  # (batch, n_in) @ (n_in, n_out)
        if self.bias:
            y += self.b
        return y

    def backward(self, dy: Array) -> Array:
        self.backward_params(dy)
        return dy @ self.W.T  # (batch, n_out) @ (n_out, n_in)

    def backward_params(self, dy: Array) -> None:
        """Fill ``dW`` and ``db`` only: enough when nothing below needs a gradient."""
        np.matmul(self._x.T, dy, out=self.dW)  # the product sums over the batch
        if self.bias:
            if len(self._ones) != len(dy):
                self._ones = np.ones(len(dy), dy.dtype)
            # The sum over rows as a product: 2 to 4 times quicker than dy.sum(axis=0).
            np.matmul(self._ones, dy, out=self.db)


class Dropout(Layer):
    """Drop each entry with probability ``p`` while training, and scale the rest by ``1/(1-p)``.

    Scaling at once ("inverted" dropout) keeps the mean, so evaluation passes ``x`` unchanged.

    References
    ----------
    Srivastava et al., "Dropout", JMLR 15 (2014), sec. 4 and 10.
    """

    def __init__(self, p: float, rng: np.random.Generator) -> None:
        if not 0 <= p < 1:
            msg = f"Dropout expects a probability 0 <= p < 1 of dropping, got {p}"
            raise ValueError(msg)
        self.p = p
        self.rng = rng
        self._mask: Array | None = None

    def forward(self, x: Array, train: bool = False) -> Array:
        if not train or not self.p:
            self._mask = None
            return x
        kind = np.float32 if x.dtype == np.float32 else np.float64
        kept = self.rng.random(x.shape, kind) >= self.p
        self._mask = np.multiply(kept, 1 / (1 - self.p), dtype=x.dtype)
        return x * self._mask

    def backward(self, dy: Array) -> Array:
        return dy if self._mask is None else dy * self._mask


class BatchNorm(Layer):
    """Normalize every feature over the batch, then scale by ``gamma`` and shift by ``beta``.

    Training uses the batch's mean and variance (divided by the batch size) and moves the running
    ones: ``running = (1 - momentum) * running + momentum * batch``, where the running variance
    takes the unbiased estimate. Evaluation uses the running ones. All as in PyTorch, but for
    one: a frozen layer (``trainable = False``) evaluates, and keeps its running ones, while the
    rest of the network trains.

    Parameters
    ----------
    n : int
        Number of features.
    eps : float
        Added to the variance.
    momentum : float
        Weight of the newest batch in the running statistics.

    References
    ----------
    Ioffe and Szegedy, "Batch Normalization", ICML 2015, algorithm 1 and sec. 3.
    """

    params: ClassVar[tuple[str, ...]] = ("gamma", "beta")
    buffers: ClassVar[tuple[str, ...]] = ("running_mean", "running_var")

    def __init__(self, n: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        self.eps = eps
        self.momentum = momentum
        self.gamma, self.beta = np.ones(n), np.zeros(n)
        self.dgamma, self.dbeta = np.zeros(n), np.zeros(n)
        self.running_mean, self.running_var = np.zeros(n), np.ones(n)

    def forward(self, x: Array, train: bool = False) -> Array:
        n = len(self.gamma)
        if x.ndim != 2 or x.shape[1] != n:
            msg = f"BatchNorm expects x of shape (batch, {n}), got {x.shape}"
            raise ValueError(msg)
        self._train = train = train and self.trainable
        if train:
            if len(x) < 2:
                msg = (
                    "BatchNorm expects at least 2 rows in training, got 1: the variance of one row "
                    "is 0; use fit(..., drop_last=True) or another batch_size"
                )
                raise ValueError(msg)
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.running_mean += self.momentum * (mean - self.running_mean)
            unbiased = var * (len(x) / (len(x) - 1))
            self.running_var += self.momentum * (unbiased - self.running_var)
        else:
            mean, var = self.running_mean, self.running_var
        self._inv = 1 / np.sqrt(var + self.eps)
        self._x_hat = (x - mean) * self._inv
        y: Array = self.gamma * self._x_hat + self.beta
        return y

    def backward(self, dy: Array) -> Array:
        np.add.reduce(dy, axis=0, out=self.dbeta)
        np.add.reduce(dy * self._x_hat, axis=0, out=self.dgamma)
        if not self._train:  # mean and variance are constants
            dx: Array = dy * (self.gamma * self._inv)
            return dx
        # Mean and variance depend on every row; their share is the projection of dy onto 1 and
        # x_hat, taken away: dx = gamma / std * (dy - mean(dy) - x_hat * mean(dy * x_hat)).
        n = len(dy)
        dx = self.gamma * self._inv * (dy - self.dbeta / n - self._x_hat * (self.dgamma / n))
        return dx


class LayerNorm(Layer):
    """Normalize every row over its features, then scale by ``gamma`` and shift by ``beta``.

    The same in training and evaluation, and for a batch of one.

    References
    ----------
    Ba et al., "Layer Normalization", 2016, eq. 4.
    """

    params: ClassVar[tuple[str, ...]] = ("gamma", "beta")

    def __init__(self, n: int, eps: float = 1e-5) -> None:
        self.eps = eps
        self.gamma, self.beta = np.ones(n), np.zeros(n)
        self.dgamma, self.dbeta = np.zeros(n), np.zeros(n)

    def forward(self, x: Array, train: bool = False) -> Array:
        if x.shape[-1] != len(self.gamma):
            msg = f"LayerNorm expects x of shape (..., {len(self.gamma)}), got {x.shape}"
            raise ValueError(msg)
        centred = x - x.mean(axis=-1, keepdims=True)
        var = (centred * centred).mean(axis=-1, keepdims=True)
        self._inv = 1 / np.sqrt(var + self.eps)
        self._x_hat = centred * self._inv
        y: Array = self.gamma * self._x_hat + self.beta
        return y

    def backward(self, dy: Array) -> Array:
        x_hat, rows = self._x_hat, tuple(range(dy.ndim - 1))
        np.add.reduce(dy, axis=rows, out=self.dbeta)
        np.add.reduce(dy * x_hat, axis=rows, out=self.dgamma)
        g = dy * self.gamma
        shared = g.mean(axis=-1, keepdims=True)
        dx: Array = self._inv * (g - shared - x_hat * (g * x_hat).mean(axis=-1, keepdims=True))
        return dx


class Flatten(Layer):
    """Turn every sample into one row: ``(batch, ...)`` to ``(batch, n)``."""

    def forward(self, x: Array, train: bool = False) -> Array:
        self._shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, dy: Array) -> Array:
        return dy.reshape(self._shape)
