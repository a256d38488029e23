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
            np.add.reduce(dy, axis=0, out=self.db)
