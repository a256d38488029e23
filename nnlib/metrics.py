"""Numbers for people: functions ``(scores, target) -> float`` that need no derivative."""

from __future__ import annotations

import numpy as np

from nnlib.layer import Array, Labels


def predicted_labels(scores: Array) -> Labels:
    """Return the class of every row: the largest score, or the sign of a single logit."""
    if scores.ndim == 1 or scores.shape[1] == 1:
        return np.asarray(scores.reshape(-1) > 0, np.int64)
    labels: Labels = np.argmax(scores, axis=1)
    return labels


def true_labels(target: Array | Labels) -> Labels:
    """Return labels ``(batch,)`` from labels, a 0/1 column, or one-hot rows."""
    if target.ndim == 2 and target.shape[1] > 1:
        labels: Labels = np.argmax(target, axis=1)
        return labels
    return np.asarray(target.reshape(-1), np.int64)


def accuracy(scores: Array, target: Array | Labels) -> float:
    """Return the fraction of rows whose largest score (or logit's sign) names the target."""
    predicted, true = predicted_labels(scores), true_labels(target)
    if len(predicted) != len(true):
        msg = f"accuracy expects one target per row of scores {scores.shape}, got {target.shape}"
        raise ValueError(msg)
    return float((predicted == true).mean())


def confusion(predicted: Labels, true: Labels, n_classes: int | None = None) -> Labels:
    """Count pairs of labels: rows are true classes, columns predicted ones."""
    if predicted.shape != true.shape or predicted.ndim != 1:
        msg = f"confusion expects two arrays (batch,), got {predicted.shape} and {true.shape}"
        raise ValueError(msg)
    k = n_classes or int(max(predicted.max(), true.max())) + 1
    return np.bincount(true * k + predicted, minlength=k * k).reshape(k, k)


def precision_recall_f1(predicted: Labels, true: Labels) -> tuple[float, float, float]:
    """Return precision, recall and F1 of class 1; 0 where a denominator is 0."""
    hits = float(np.sum((predicted == 1) & (true == 1)))
    said, there = float(np.sum(predicted == 1)), float(np.sum(true == 1))
    precision = hits / said if said else 0.0
    recall = hits / there if there else 0.0
    return precision, recall, 2 * hits / (said + there) if said + there else 0.0


def roc_auc(scores: Array, target: Array | Labels) -> float:
    """Return the probability that a random positive scores above a random negative; ties half.

    The Mann-Whitney statistic, from ranks. NaN if one class is missing.
    """
    s, t = scores.reshape(-1), true_labels(target) == 1
    _, place, count = np.unique(s, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]  # ties share their mean rank
    n_pos = int(t.sum())
    n_neg = len(t) - n_pos
    if not n_pos or not n_neg:
        return float("nan")
    return float((rank[t].sum() - n_pos * (n_pos + 1) / 2) / (n_pos * n_neg))


def average_precision(scores: Array, target: Array | Labels) -> float:
    """Return the area under the precision-recall steps: ``sum((R[i] - R[i-1]) * P[i])``."""
    s, t = scores.reshape(-1), true_labels(target) == 1
    order = np.argsort(-s, kind="stable")
    last = np.append(s[order][1:] != s[order][:-1], True)  # one point per distinct score
    hits = np.cumsum(t[order])[last]
    precision = hits / (np.flatnonzero(last) + 1)
    return float(np.diff(hits, prepend=0) @ precision / max(t.sum(), 1))


def calibration(p: Array, target: Array | Labels, bins: int = 10) -> tuple[Array, Array, Labels]:
    """Return per bin of ``p``: mean predicted probability, observed rate, count (NaN if empty)."""
    p, t = p.reshape(-1), true_labels(target)
    which = np.minimum((p * bins).astype(int), bins - 1)
    count = np.bincount(which, minlength=bins)
    some = np.where(count, count, np.nan)
    mean_p = np.bincount(which, p, minlength=bins) / some
    return mean_p, np.bincount(which, t, minlength=bins) / some, count
