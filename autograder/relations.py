"""What the signatures share: the wrong pairs of a quantity, and what counts as equal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from autograder.judge import Comparison, Finding

Named = tuple[str, str] | None  # what a signature returns: a name and a sentence, or nothing


def pairs_of(comparison: Comparison, first: Finding) -> list[tuple[dict[str, Any], Any, Any]]:
    """Return (case, got, right) as float arrays of the cases where the quantity is wrong."""
    from autograder.judge import close

    pairs = [
        (c, np.asarray(g, float), np.asarray(t, float))
        for c, g, t in comparison.pairs(first.key)
        if g.dtype.kind != "c" and not isinstance(t, str)
    ]
    wrong = [p for p in pairs if p[1].shape != p[2].shape or not close(p[1], p[2], 1e-5)]
    return wrong


def same_shapes(pairs: list[tuple[dict[str, Any], Any, Any]]) -> bool:
    """Return whether there are pairs, and got and right have equal shapes in each."""
    return bool(pairs) and all(g.shape == t.shape for _, g, t in pairs)


def near(a: Any, b: Any) -> bool:
    """Return whether two arrays have one shape and are equal up to 1e-6 of their size."""
    from autograder.judge import close

    a, b = np.asarray(a, float), np.asarray(b, float)
    return a.shape == b.shape and close(a, b, 1e-6)


def batch_size(case: dict[str, Any]) -> int:
    """Return the number of rows of a case's data; 0 when it has no arrays."""
    arrays = {k: v for k, v in case.items() if isinstance(v, np.ndarray) and v.ndim >= 1}
    for key in ("x", "X", "scores", "dy", "z"):
        if key in arrays:
            return int(arrays[key].shape[0])
    two = [v for v in arrays.values() if v.ndim >= 2]
    return int((two or list(arrays.values()))[0].shape[0]) if arrays else 0
