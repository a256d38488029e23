"""Numbers for people: functions ``(scores, target) -> float`` that need no derivative."""

from __future__ import annotations

import numpy as np

from nnlib.layer import Array, Labels


def predicted_labels(scores: Array) -> Labels:
    """Return the class of every row: the largest score, or the sign of a single logit."""
    if scores.ndim == 1 or scores.shape[1] == 1:
        return (scores.reshape(-1) > 0).astype(np.int64)
    return scores.argmax(axis=1)


def true_labels(target: Array | Labels) -> Labels:
    """Return labels ``(batch,)`` from labels, a 0/1 column, or one-hot rows."""
    if target.ndim == 2 and target.shape[1] > 1:
        return target.argmax(axis=1)
    return target.reshape(-1).astype(np.int64)


def accuracy(scores: Array, target: Array | Labels) -> float:
    """Return the fraction of rows whose largest score (or logit's sign) names the target."""
    predicted, true = predicted_labels(scores), true_labels(target)
    if len(predicted) != len(true):
        msg = f"accuracy expects one target per row of scores {scores.shape}, got {target.shape}"
        raise ValueError(msg)
    return float((predicted == true).mean())
