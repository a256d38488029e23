"""Initial weights: the variance that keeps signals (or gradients) the same size in every layer."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from nnlib.layer import Array


class Initializer(Protocol):
    """A function that draws ``(n_in, n_out)`` weights."""

    def __call__(self, rng: np.random.Generator, n_in: int, n_out: int) -> Array: ...


def he_normal(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    """Draw from a normal of variance ``2 / n_in``: the 2 makes up for the half that ReLU drops.

    References
    ----------
    He et al., "Delving Deep into Rectifiers", ICCV 2015, eq. 10.
    """
    return rng.normal(0.0, np.sqrt(2.0 / n_in), size=(n_in, n_out))


def he_uniform(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    """Draw from uniform(-a, a), variance ``a**2 / 3 = 2 / n_in``: ``a = sqrt(6 / n_in)``."""
    bound = np.sqrt(6.0 / n_in)
    return rng.uniform(-bound, bound, size=(n_in, n_out))


def glorot_normal(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    """Draw from a normal of variance ``2 / (n_in + n_out)``, fair to both passes.

    References
    ----------
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010, eq. 12.
    """
    return rng.normal(0.0, np.sqrt(2.0 / (n_in + n_out)), size=(n_in, n_out))


def glorot_uniform(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    """Draw from a uniform of variance ``2 / (n_in + n_out)`` (Glorot and Bengio 2010, eq. 16)."""
    bound = np.sqrt(6.0 / (n_in + n_out))
    return rng.uniform(-bound, bound, size=(n_in, n_out))


def lecun_normal(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    """Draw from a normal of variance ``1 / n_in``: a linear or tanh layer keeps its variance."""
    return rng.normal(0.0, np.sqrt(1.0 / n_in), size=(n_in, n_out))


def orthogonal(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    """Draw orthonormal rows or columns, whichever are fewer: a linear layer keeps lengths."""
    q, r = np.linalg.qr(rng.normal(size=(max(n_in, n_out), min(n_in, n_out))))
    q = q * np.sign(np.diag(r))  # without the signs, QR's convention would bias the draw
    return q if n_in >= n_out else q.T
