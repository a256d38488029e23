"""Initial weights: the variance that keeps signals (or gradients) the same size in every layer."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from nnlib.layer import Array


class Initializer(Protocol):
    """A function that draws ``(n_in, n_out)`` weights."""

    def __call__(self, rng: np.random.Generator, n_in: int, n_out: int) -> Array: ...


def he_normal(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    """Normal, variance ``2 / n_in``: ReLU halves the second moment, the 2 restores it.

    References
    ----------
    He et al., "Delving Deep into Rectifiers", ICCV 2015, eq. 10.
    """
    return rng.normal(0.0, np.sqrt(2.0 / n_in), size=(n_in, n_out))


def he_uniform(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    """Uniform, variance ``2 / n_in``: bound ``sqrt(6 / n_in)``, as uniform(-a, a) has ``a**2/3``."""
    bound = np.sqrt(6.0 / n_in)
    return rng.uniform(-bound, bound, size=(n_in, n_out))


def glorot_normal(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    """Normal, variance ``2 / (n_in + n_out)``: halfway between forward and backward pass.

    References
    ----------
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010, eq. 12.
    """
    return rng.normal(0.0, np.sqrt(2.0 / (n_in + n_out)), size=(n_in, n_out))


def glorot_uniform(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    """Uniform, variance ``2 / (n_in + n_out)`` (Glorot and Bengio 2010, eq. 16)."""
    bound = np.sqrt(6.0 / (n_in + n_out))
    return rng.uniform(-bound, bound, size=(n_in, n_out))


def lecun_normal(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    """Normal, variance ``1 / n_in``: keeps the variance of a linear or tanh layer at its start."""
    return rng.normal(0.0, np.sqrt(1.0 / n_in), size=(n_in, n_out))


def orthogonal(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    """Orthonormal rows or columns, whichever are fewer: a linear layer keeps lengths."""
    q, r = np.linalg.qr(rng.normal(size=(max(n_in, n_out), min(n_in, n_out))))
    q = q * np.sign(np.diag(r))  # without the signs, QR's convention would bias the draw
    return q if n_in >= n_out else q.T
