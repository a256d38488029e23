"""Data on its way to a network: batches, splits, scaling."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnlib.layer import Array, Labels


def batches(
    x: Array,
    y: Array,
    batch_size: int,
    rng: np.random.Generator | None,
    *,
    drop_last: bool = False,
) -> Iterator[tuple[Array, Array]]:
    """Yield every row once, in mini-batches: shuffled by ``rng``, or in order for ``None``.

    The last batch may be smaller; ``drop_last`` leaves it out then.
    """
    if batch_size < 1:
        msg = f"batches expects batch_size >= 1, got {batch_size}"
        raise ValueError(msg)
    n = len(x) - len(x) % batch_size if drop_last else len(x)
    order = None if rng is None else rng.permutation(len(x))
    for start in range(0, n, batch_size):
        if order is None:
            yield x[start : start + batch_size], y[start : start + batch_size]
        else:
            rows = order[start : start + batch_size]
            yield x[rows], y[rows]


def split(
    n: int,
    fractions: tuple[float, ...],
    rng: np.random.Generator,
    *,
    stratify: Labels | None = None,
) -> list[Labels]:
    """Return disjoint row numbers, shuffled, one array per fraction, such as ``(0.7, 0.15, 0.15)``.

    With ``stratify`` labels, each class is split in these fractions.
    """
    if abs(sum(fractions) - 1) > 1e-9 or min(fractions) < 0:
        msg = f"split expects fractions that sum to 1, got {fractions}"
        raise ValueError(msg)
    groups = [np.arange(n)] if stratify is None else _groups(stratify, n)
    parts: list[list[Labels]] = [[] for _ in fractions]
    for rows in groups:
        cuts = np.rint(np.cumsum(fractions)[:-1] * len(rows)).astype(int)
        for part, chosen in zip(parts, np.split(rng.permutation(rows), cuts), strict=True):
            part.append(chosen)
    return [rng.permutation(np.concatenate(part)) for part in parts]


def kfold(
    n: int, k: int, rng: np.random.Generator, *, stratify: Labels | None = None
) -> Iterator[tuple[Labels, Labels]]:
    """Yield ``k`` pairs ``(train, validation)`` of row numbers; each row is held out once."""
    if not 2 <= k <= n:
        msg = f"kfold expects 2 <= k <= {n} rows, got k={k}"
        raise ValueError(msg)
    groups = [np.arange(n)] if stratify is None else _groups(stratify, n)
    fold, start = np.empty(n, np.int64), 0
    for rows in groups:  # deal the rows out like cards, going on where the last group stopped
        fold[rng.permutation(rows)] = (start + np.arange(len(rows))) % k
        start += len(rows)
    for i in range(k):
        yield np.flatnonzero(fold != i), np.flatnonzero(fold == i)


def _groups(labels: Labels, n: int) -> list[Labels]:
    if np.shape(labels) != (n,):
        msg = f"stratify expects labels of shape ({n},), got {np.shape(labels)}"
        raise ValueError(msg)
    return [np.flatnonzero(labels == label) for label in np.unique(labels)]


class Standardizer:
    """Shift and scale columns to mean 0 and standard deviation 1, as seen by ``fit``.

    Fit on the training rows alone. Constant columns are only shifted; NaN is skipped and stays.
    """

    mean: Array
    std: Array

    def fit(self, x: Array) -> Standardizer:
        self.mean = np.nanmean(x, axis=0)
        std = np.nanstd(x, axis=0)
        self.std = np.where(std > 0, std, 1.0)
        return self

    def transform(self, x: Array) -> Array:
        if x.shape[1:] != self.mean.shape:
            msg = f"Standardizer was fitted on {self.mean.shape} columns, got {x.shape[1:]}"
            raise ValueError(msg)
        return (x - self.mean) / self.std

    def inverse(self, x: Array) -> Array:
        """Undo ``transform``."""
        return x * self.std + self.mean
