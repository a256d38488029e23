"""Signatures of *where* an array is wrong: a region of the input, some cases, some rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autograder.relations import Named, batch_size, pairs_of, same_shapes

if TYPE_CHECKING:
    from autograder.judge import Comparison, Finding


def region(comparison: Comparison, first: Finding) -> Named:
    """Name an error that lives only where an input is positive, or only where it is not."""
    pairs = pairs_of(comparison, first)
    if not same_shapes(pairs):
        return None
    for key in pairs[0][0]:
        inputs = [c.get(key) for c, _, _ in pairs]
        if not all(
            isinstance(v, np.ndarray) and v.dtype.kind in "if" and v.shape == t.shape and v.size > 3
            for v, (_, _, t) in zip(inputs, pairs, strict=True)
        ):
            continue
        bad = np.concatenate(
            [(np.abs(g - t) > 1e-6 * (np.abs(t) + 1e-3)).ravel() for _, g, t in pairs]
        )
        at = np.concatenate([np.ravel(v) for v in inputs])  # type: ignore[arg-type]
        if bad.all() or not bad.any():
            continue
        for mask, words in ((at <= 0, "is negative or zero"), (at > 0, "is positive")):
            if not np.any(bad & ~mask) and np.mean(bad[mask]) > 0.5:
                return (
                    "region",
                    f"`{first.key}` is wrong only where `{key}` {words}; elsewhere it is right.",
                )
    return None


def cases(comparison: Comparison, first: Finding) -> Named:
    """Name an answer that is right for a batch of one only, or wrong only there, or in one mode."""
    wrong = {f.case for f in comparison.findings if f.key == first.key}
    everything = range(len(comparison.cases))
    if len(wrong) == len(comparison.cases):
        return None
    batch = [batch_size(c) for c in comparison.cases]
    if wrong == {i for i in everything if batch[i] != 1}:
        return (
            "only-batch-of-one",
            f"`{first.key}` is right for a batch of one only: the rows get mixed.",
        )
    if wrong == {i for i in everything if batch[i] == 1}:
        return (
            "not-batch-of-one",
            f"`{first.key}` is wrong only for a batch of one: something was squeezed, "
            "or divided by n - 1.",
        )
    for mode, words in ((True, "evaluation"), (False, "training")):
        marked = {i for i in everything if comparison.cases[i].get("train") is (not mode)}
        if marked and wrong <= marked:
            return "one-mode", f"`{first.key}` is wrong in {words} mode only."
    return None


def rows(comparison: Comparison, first: Finding) -> Named:
    """Name an error that touches only some rows or only some columns."""
    pairs = pairs_of(comparison, first)
    if not same_shapes(pairs):
        return None
    for axis, words in ((0, "row"), (1, "column")):
        hits = []
        for _, got, right in pairs:
            if right.ndim <= axis or right.shape[axis] < 2:
                continue
            other = tuple(i for i in range(right.ndim) if i != axis)
            hits.append(np.any(np.abs(got - right) > 1e-6 * (np.abs(right) + 1e-3), axis=other))
        if not hits or any(h.all() or not h.any() for h in hits):
            continue
        if all(h[0] and not h[1:].any() for h in hits):
            return "first-only", f"`{first.key}` is wrong in its first {words} alone."
        if all(h[-1] and not h[:-1].any() for h in hits):
            return (
                "last-only",
                f"`{first.key}` is wrong in its last {words} alone: a loop ends one step early?",
            )
        if all(not h[0] and h[1:].all() for h in hits):
            return "all-but-first", f"`{first.key}` is right in its first {words} only."
        counts = ", ".join(f"{int(h.sum())} of {h.size}" for h in hits[:1])
        return "some-rows", f"`{first.key}` is wrong in some {words}s only ({counts})."
    return None
