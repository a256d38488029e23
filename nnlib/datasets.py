"""Small data sets, all offline: four toys drawn on demand, the digits, and a churn simulation."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nnlib.churn import churn
from nnlib.layer import Array, Labels

__all__ = ["churn", "circles", "digits", "moons", "spirals", "xor"]


def xor(
    n: int | None = None, rng: np.random.Generator | None = None, noise: float = 0.0
) -> tuple[Array, Labels]:
    """Return the exclusive or: ``x`` ``(4, 2)`` and ``y`` ``(4,)``, or ``n`` noisy draws of it."""
    corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    labels = np.array([0, 1, 1, 0])
    if n is None:
        return corners, labels
    if rng is None:
        msg = "xor expects rng=np.random.default_rng(seed) when n is given"
        raise ValueError(msg)
    pick = np.arange(n) % 4
    return corners[pick] + noise * rng.normal(size=(n, 2)), labels[pick]


def moons(n: int, rng: np.random.Generator, noise: float = 0.1) -> tuple[Array, Labels]:
    """Return two interleaved half circles: ``x`` ``(n, 2)``, ``y`` 0 or 1."""
    y = np.arange(n) % 2
    angle = rng.uniform(0, np.pi, n)
    upper = np.column_stack([np.cos(angle), np.sin(angle)])
    lower = np.column_stack([1 - np.cos(angle), 0.5 - np.sin(angle)])
    return np.where(y[:, None] == 0, upper, lower) + noise * rng.normal(size=(n, 2)), y


def circles(
    n: int, rng: np.random.Generator, noise: float = 0.05, factor: float = 0.5
) -> tuple[Array, Labels]:
    """Return two rings, the inner one (label 1) of radius ``factor``: ``x`` ``(n, 2)``."""
    y = np.arange(n) % 2
    angle = rng.uniform(0, 2 * np.pi, n)
    radius = np.where(y == 0, 1.0, factor)
    ring = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return ring + noise * rng.normal(size=(n, 2)), y


def spirals(
    n: int, rng: np.random.Generator, noise: float = 0.05, classes: int = 2, turns: float = 1.0
) -> tuple[Array, Labels]:
    """Return ``classes`` arms of a spiral inside the unit disc: ``x`` ``(n, 2)``."""
    y = np.arange(n) % classes
    r = np.sqrt(rng.uniform(0.02, 1, n))
    angle = 2 * np.pi * (turns * r + y / classes)
    arm = r[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return arm + noise * rng.normal(size=(n, 2)), y


def digits() -> tuple[Array, Labels]:
    """Return 1797 handwritten digits: ``x`` ``(1797, 64)`` in [0, 1] (8 x 8 pixels), ``y`` 0-9.

    References
    ----------
    Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
    Repository, 1998, doi:10.24432/C50P49 (test part), CC BY 4.0.
    """
    with np.load(Path(__file__).with_name("digits.npz"), allow_pickle=False) as file:
        return file["x"] / 16.0, file["y"].astype(np.int64)
