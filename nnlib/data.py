"""Data on its way to a network: batches, splits, scaling."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnlib.layer import Array


def batches(
    x: Array, y: Array, batch_size: int, rng: np.random.Generator | None
) -> Iterator[tuple[Array, Array]]:
    """Yield every row once, in mini-batches: shuffled by ``rng``, or in order for ``None``.

    The last batch may be smaller.
    """
    if batch_size < 1:
        msg = f"batches expects batch_size >= 1, got {batch_size}"
        raise ValueError(msg)
    n = len(x)
    order = None if rng is None else rng.permutation(n)
    for start in range(0, n, batch_size):
        if order is None:
            yield x[start : start + batch_size], y[start : start + batch_size]
        else:
            rows = order[start : start + batch_size]
            yield x[rows], y[rows]
