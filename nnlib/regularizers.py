"""Penalties on the weights, and limits on gradients and weights: functions of the flat vectors.

``fit(..., penalty=partial(l2, strength=1e-4))`` adds a penalty on ``theta[:n_decay]``: matrices
only, no biases, no norm parameters.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from nnlib.layer import Array
from nnlib.parameters import Parameters


class Penalty(Protocol):
    """A function of the weights: its value and d(value)/d(theta)."""

    def __call__(self, theta: Array, /) -> tuple[float, Array]: ...


def l2(theta: Array, *, strength: float) -> tuple[float, Array]:
    """``strength * sum(theta**2)``, gradient ``2 * strength * theta``.

    For plain SGD this equals a weight decay of ``2 * strength``; for Adam it does not.
    """
    return strength * float(np.vdot(theta, theta)), 2 * strength * theta


def l1(theta: Array, *, strength: float) -> tuple[float, Array]:
    """``strength * sum(|theta|)``; the subgradient at 0 is taken as 0.

    Subgradient steps only hover around 0; ``soft_threshold`` reaches it.
    """
    return strength * float(np.abs(theta).sum()), strength * np.sign(theta)


def elastic_net(theta: Array, *, l1: float, l2: float) -> tuple[float, Array]:
    """``l1 * sum(|theta|) + l2 * sum(theta**2)``.

    References
    ----------
    Zou and Hastie, "Regularization and variable selection via the elastic net", JRSS B 67
    (2005), eq. 3.
    """
    value = l1 * float(np.abs(theta).sum()) + l2 * float(np.vdot(theta, theta))
    return value, l1 * np.sign(theta) + 2 * l2 * theta


def soft_threshold(theta: Array, amount: float) -> None:
    """Move every entry of ``theta`` towards 0 by ``amount``, in place, stopping at 0.

    The proximal form of L1: after a gradient step of the loss alone, with
    ``amount = lr * strength``. Weights become exactly 0.

    References
    ----------
    Beck and Teboulle, "A Fast Iterative Shrinkage-Thresholding Algorithm", 2009, eq. 1.5.
    """
    theta -= np.clip(theta, -amount, amount)


def clip_norm(grad: Array, max_norm: float) -> float:
    """Scale ``grad`` in place so that its length is at most ``max_norm``; return it from before.

    The direction stays. A gradient with NaN or infinity is left alone and its norm returned.

    References
    ----------
    Pascanu et al., "On the difficulty of training recurrent neural networks", ICML 2013, alg. 1.
    """
    norm = float(np.sqrt(np.vdot(grad, grad)))
    if np.isinf(norm) and np.isfinite(grad).all():  # the squares overflowed, not the gradient
        largest = float(np.abs(grad).max())
        scaled = grad / largest
        norm = largest * float(np.sqrt(np.vdot(scaled, scaled)))
    if max_norm < norm < np.inf:
        grad *= max_norm / norm
    return norm


def clip_value(grad: Array, limit: float) -> None:
    """Clip every entry of ``grad`` to ``[-limit, limit]``, in place; the direction changes."""
    np.clip(grad, -limit, limit, out=grad)


def max_norm(parameters: Parameters, limit: float) -> None:
    """Shrink each unit's incoming weights (a column of ``W``) to length ``limit`` if longer.

    Call it after each step: ``fit(..., after_step=lambda opt: max_norm(opt.parameters, 3.0))``.

    References
    ----------
    Srivastava et al., "Dropout", JMLR 15 (2014), sec. 5.1.
    """
    for e in parameters.entries:
        if e.decayed:
            norm = np.sqrt((e.value * e.value).sum(axis=0, keepdims=True))
            shrink = np.minimum(1, limit / np.maximum(norm, np.finfo(norm.dtype).tiny))
            np.multiply(e.value, shrink, out=e.value)
