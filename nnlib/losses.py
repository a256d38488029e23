"""Losses: functions ``(scores, target) -> (value, dscores)``, so the two are checked together.

Every loss is a mean; layers never divide by the batch size. Options are keyword arguments: fix
them with ``functools.partial``.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from nnlib.functional import log_softmax, one_hot
from nnlib.layer import Array, Labels


class Loss(Protocol):
    """A function of scores ``(batch, n_out)`` and targets: its value and d(value)/d(scores)."""

    def __call__(self, scores: Array, target: Array, /) -> tuple[float, Array]: ...


def match(name: str, scores: Array, target: Array | Labels) -> Array:
    """Return ``target`` in the dtype of ``scores``; refuse shapes that would broadcast."""
    if scores.shape != target.shape:
        msg = f"{name} expects target of shape {scores.shape} like scores, got {target.shape}"
        if scores.size == target.size:
            msg += f"; use target.reshape({', '.join(map(str, ('-1', *scores.shape[1:])))})"
        raise ValueError(msg)
    return target.astype(scores.dtype if scores.dtype.kind == "f" else np.float64, copy=False)


def mse(scores: Array, target: Array) -> tuple[float, Array]:
    """Mean squared error over all entries, in squared units of the target."""
    d = scores - match("mse", scores, target)
    value = float(np.vdot(d, d)) / d.size
    d *= 2 / d.size
    return value, d


def bce_with_logits(
    scores: Array, target: Array, *, pos_weight: float = 1.0, label_smoothing: float = 0.0
) -> tuple[float, Array]:
    """Binary cross-entropy of ``sigmoid(scores)``, in nats, mean over all entries.

    Parameters
    ----------
    scores, target : arrays of the same shape
        Target 0 or 1, or a probability between.
    pos_weight : float
        Weight of the positive term: ``w * t * softplus(-s) + (1 - t) * softplus(s)``.
    label_smoothing : float
        Pulls targets towards 1/2: ``t * (1 - a) + a / 2``.
    """
    t = match("bce_with_logits", scores, target)
    if target.min() < 0 or target.max() > 1:
        msg = f"bce_with_logits expects targets in [0, 1], got {target.min()} ... {target.max()}"
        raise ValueError(msg)
    if label_smoothing:
        t = t * (1 - label_smoothing) + label_smoothing / 2
    # softplus(s) = max(s, 0) + log(1 + exp(-|s|)) never overflows; softplus(-s) = softplus(s) - s
    e = np.exp(-np.abs(scores))
    soft = np.maximum(scores, 0) + np.log1p(e)
    p = np.where(scores >= 0, 1, e) / (1 + e)
    if pos_weight == 1.0:
        value = float((soft - t * scores).mean())
        return value, (p - t) / p.size
    pos = pos_weight * t
    value = float((pos * (soft - scores) + (1 - t) * soft).mean())
    return value, (pos * (p - 1) + (1 - t) * p) / p.size


def softmax_cross_entropy(
    scores: Array,
    target: Array | Labels,
    *,
    class_weights: Array | None = None,
    label_smoothing: float = 0.0,
) -> tuple[float, Array]:
    """Cross-entropy of ``softmax(scores)``, in nats per sample.

    Parameters
    ----------
    scores : (batch, n_classes)
    target : (batch,) integer labels, or (batch, n_classes) rows of probabilities
    class_weights : (n_classes,), optional
        With labels the mean is weighted, ``sum(w * loss) / sum(w)``; with dense rows the
        weighted sum is divided by the batch size, as PyTorch does.
    label_smoothing : float
        Mixes the target with the uniform distribution: ``t * (1 - a) + a / n_classes``.
    """
    n, k = rows_and_classes("softmax_cross_entropy", scores)
    dense = target.ndim == 2
    if dense:
        t = match("softmax_cross_entropy", scores, target)
    else:
        check_labels("softmax_cross_entropy", target, n, k)
        if class_weights is None and not label_smoothing:
            return _cross_entropy_of_labels(scores, np.asarray(target, np.intp))
        t = one_hot(np.asarray(target, np.intp), k).astype(scores.dtype)
    z = scores - scores.max(axis=1, keepdims=True)  # so exp cannot overflow
    e = np.exp(z)
    total = e.sum(axis=1, keepdims=True)
    w = np.ones(k, scores.dtype) if class_weights is None else np.asarray(class_weights, z.dtype)
    n_effective = n if dense else (t @ w).sum()
    t = (t * (1 - label_smoothing) + label_smoothing / k) * w / n_effective
    value = float((t * (np.log(total) - z)).sum())
    return value, e / total * t.sum(axis=1, keepdims=True) - t


def _cross_entropy_of_labels(scores: Array, target: Labels) -> tuple[float, Array]:
    """Return the plain case: the mean of ``log(sum(exp(z))) - z[true]``, and ``(p - t) / n``."""
    n = len(scores)
    # Classes along the first axis: reductions of small rows are slow (22 to 13 µs for 128 x 10).
    z = scores.T.copy()
    z -= np.maximum.reduce(z, axis=0)  # so exp cannot overflow
    e = np.exp(z)
    total = np.add.reduce(e, axis=0)
    true = target * n + np.arange(n)  # places of the true classes in the flat array
    value = np.add.reduce(np.log(total) - z.take(true)) / n
    total *= n
    e /= total
    e.reshape(-1)[true] -= 1 / n
    return float(value), e.T


def rows_and_classes(name: str, scores: Array) -> tuple[int, int]:
    """Return the shape of scores, which must have two dimensions."""
    if scores.ndim != 2:
        msg = f"{name} expects scores of shape (batch, n_classes), got {scores.shape}"
        raise ValueError(msg)
    return scores.shape


def check_labels(name: str, target: Array | Labels, n: int, k: int) -> None:
    """Refuse labels that are not ``(n,)`` integers in ``0 ... k - 1``."""
    if target.ndim != 1 or len(target) != n or target.dtype.kind not in "iu":
        msg = (
            f"{name} expects integer labels of shape ({n},) or rows of shape ({n}, {k}), "
            f"got {target.dtype} of shape {target.shape}"
        )
        if target.dtype.kind == "f" and target.shape == (n,):
            msg += "; use target.astype(int)"
        raise ValueError(msg)
    # Read as unsigned, a negative label is huge: one reduction tests both ends.
    if n and np.maximum.reduce(target.view(f"u{target.itemsize}")) >= k:
        msg = f"{name} expects labels in 0 ... {k - 1}, got {target.min()} ... {target.max()}"
        raise ValueError(msg)


def mae(scores: Array, target: Array) -> tuple[float, Array]:
    """Mean absolute error over all entries; the slope at an error of 0 is taken as 0."""
    d = scores - match("mae", scores, target)
    return float(np.abs(d).mean()), np.sign(d) / d.size


def huber(scores: Array, target: Array, *, delta: float = 1.0) -> tuple[float, Array]:
    """Mean of ``d**2 / 2`` where ``|d| <= delta``, else ``delta * (|d| - delta / 2)``.

    References
    ----------
    Huber, "Robust Estimation of a Location Parameter", Ann. Math. Statist. 35 (1964), sec. 1.
    """
    d = scores - match("huber", scores, target)
    clipped = np.clip(d, -delta, delta)  # also the derivative
    return float((clipped * (d - clipped / 2)).mean()), clipped / d.size


def hinge(
    scores: Array, target: Array, *, margin: float = 1.0, squared: bool = False
) -> tuple[float, Array]:
    """Mean of ``max(0, margin - target * scores)``, or of its square, for targets -1 and +1."""
    t = match("hinge", scores, target)
    if not np.all(np.abs(target) == 1):
        found = np.unique(target)[:5].tolist()
        msg = f"hinge expects targets -1 and +1, got {found}; use 2 * y - 1 for y in 0, 1"
        raise ValueError(msg)
    short = np.maximum(margin - t * scores, 0)
    if squared:
        return float((short * short).mean()), -2 * t * short / short.size
    return float(short.mean()), -t * (short > 0) / short.size


def focal(
    scores: Array,
    target: Array | Labels,
    *,
    gamma: float = 2.0,
    class_weights: Array | None = None,
) -> tuple[float, Array]:
    """Focal loss ``-w * (1 - p)**gamma * log(p)``, ``p`` the true class's probability; batch mean.

    Parameters
    ----------
    scores : (batch, 1) logits of class 1, or (batch, n_classes)
    target : integer labels (batch,), or 0/1 of the shape of ``scores``
    gamma : float
        0 gives the cross-entropy; more counts well classified samples less.
    class_weights : (n_classes,), optional
        The paper's alpha-balance: ``(1 - alpha, alpha)`` for two classes.

    References
    ----------
    Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017, eq. 4 and 5.
    """
    n, k = rows_and_classes("focal", scores)
    single = k == 1
    # sigmoid(s) is the second column of softmax((0, s)), so one logit needs no case of its own.
    z = np.concatenate([np.zeros_like(scores), scores], axis=1) if single else scores
    if target.ndim == 2:
        match("focal", scores, target)
        if not np.all((target == 0) | (target == 1)):
            msg = f"focal expects hard targets 0 or 1, got {np.unique(target)[:5].tolist()}"
            raise ValueError(msg)
        y = target[:, 0].astype(np.int64) if single else target.argmax(axis=1)
    else:
        check_labels("focal", target, n, z.shape[1])
        y = target
    rows = np.arange(n)
    logp = log_softmax(z)
    p, log_py = np.exp(logp), logp[rows, y]
    w = 1.0 if class_weights is None else np.asarray(class_weights, z.dtype)[y]
    q = np.maximum(-np.expm1(log_py), np.finfo(z.dtype).tiny)  # 1 - p without cancellation
    # d/d(log p) of -(1-p)**gamma * log p
    slope = w * (gamma * q ** (gamma - 1) * np.exp(log_py) * log_py - q**gamma) / n
    dz = -slope[:, None] * p
    dz[rows, y] += slope
    value = float(-(w * q**gamma * log_py).sum()) / n
    return value, dz[:, 1:] if single else dz
