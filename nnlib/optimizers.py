"""Optimizers: each is one in-place ``update`` of the vector ``theta`` from the vector ``grad``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np

from nnlib.layer import Array
from nnlib.parameters import Parameters

Schedule: TypeAlias = Callable[[int], float]
LearningRate: TypeAlias = float | Array


class Optimizer:
    """Counts steps, asks the schedule for the learning rate and calls ``update``.

    A new optimizer is a subclass with one method, ``update(theta, grad, lr)``, that changes
    ``theta`` in place. Vectors it keeps between steps are named in ``state``, so that
    checkpoints save them.

    Parameters
    ----------
    parameters : Parameters
        The packed network.
    lr : float or function ``step -> float``
        Learning rate; the first step is number 0.
    lr_scale : mapping, optional
        Factors for parts of the network by name prefix, such as ``{"0": 0.1}`` for layer 0;
        the longest matching prefix counts. ``update`` then gets an array ``lr``.
    """

    state: tuple[str, ...] = ()

    def __init__(
        self,
        parameters: Parameters,
        lr: float | Schedule,
        *,
        lr_scale: Mapping[str, float] | None = None,
    ) -> None:
        if not isinstance(parameters, Parameters):
            msg = f"{type(self).__name__} expects Parameters(net), got {type(parameters).__name__}"
            raise TypeError(msg)
        if not callable(lr) and not lr >= 0:
            msg = f"{type(self).__name__} expects lr >= 0, got {lr}"
            raise ValueError(msg)
        self.parameters = parameters
        self.lr = lr
        self.t = 0  # steps taken
        self.last_lr = 0.0
        self._theta = parameters.theta[: parameters.n_train]
        self._grad = parameters.grad[: parameters.n_train]
        self._scale = None if lr_scale is None else _scale_vector(parameters, lr_scale)
        for name in self.state:
            setattr(self, name, np.zeros_like(self._theta))

    def current_lr(self) -> float:
        """Return the learning rate of the next step."""
        return float(self.lr(self.t)) if callable(self.lr) else self.lr

    def step(self) -> None:
        """Take one step along the gradients that ``backward`` left in the layers."""
        self.parameters.gather()
        self.last_lr = self.current_lr()
        lr: LearningRate = self.last_lr
        if self._scale is not None:
            lr = lr * self._scale
        self.t += 1
        self.update(self._theta, self._grad, lr)

    def update(self, theta: Array, grad: Array, lr: LearningRate) -> None:
        raise NotImplementedError


def _scale_vector(parameters: Parameters, lr_scale: Mapping[str, float]) -> Array:
    """Return one factor per trained parameter, from factors by name prefix."""
    scale = np.ones(parameters.n_train, parameters.dtype)
    unused = set(lr_scale)
    for e in parameters.entries:
        hits = [p for p in lr_scale if e.name == p or e.name.startswith(f"{p}.")]
        unused -= set(hits)
        if hits and e.trained:
            scale[e.where] = lr_scale[max(hits, key=len)]
    if unused:
        names = ", ".join(e.name for e in parameters.entries)
        msg = f"lr_scale names {sorted(unused)}, but the parameters are {names}"
        raise ValueError(msg)
    return scale


class SGD(Optimizer):
    """Gradient descent on mini-batches, with momentum if asked.

    ``v = momentum * v + grad`` and ``theta -= lr * v``; with ``nesterov`` the step is
    ``lr * (grad + momentum * v)``. The first ``v`` is ``grad``, as in PyTorch.

    References
    ----------
    Sutskever et al., "On the importance of initialization and momentum in deep learning",
    ICML 2013, eq. 1-4 (here ``lr`` multiplies at the end).
    """

    def __init__(
        self,
        parameters: Parameters,
        lr: float | Schedule,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        lr_scale: Mapping[str, float] | None = None,
    ) -> None:
        if nesterov and not momentum:
            msg = "SGD expects momentum > 0 with nesterov=True, got 0"
            raise ValueError(msg)
        if momentum:
            self.state = ("v",)
        self.momentum = momentum
        self.nesterov = nesterov
        super().__init__(parameters, lr, lr_scale=lr_scale)

    v: Array

    def update(self, theta: Array, grad: Array, lr: LearningRate) -> None:
        if not self.momentum:
            theta -= lr * grad
            return
        self.v *= self.momentum
        self.v += grad
        if self.nesterov:
            theta -= lr * (grad + self.momentum * self.v)
        else:
            theta -= lr * self.v


class Adam(Optimizer):
    """Adaptive moments: a step of size about ``lr`` in every coordinate.

    Parameters
    ----------
    beta1, beta2 : float
        Memory of the running means of ``grad`` and of ``grad**2``.
    eps : float
        Added to the root, outside it.

    References
    ----------
    Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1.
    """

    state = ("m", "v")
    m: Array
    v: Array

    def __init__(
        self,
        parameters: Parameters,
        lr: float | Schedule = 1e-3,
        *,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        lr_scale: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__(parameters, lr, lr_scale=lr_scale)
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps

    def update(self, theta: Array, grad: Array, lr: LearningRate) -> None:
        self.m += (1 - self.beta1) * (grad - self.m)
        self.v += (1 - self.beta2) * (grad * grad - self.v)
        m_hat = self.m / (1 - self.beta1**self.t)
        v_hat = self.v / (1 - self.beta2**self.t)
        theta -= lr * m_hat / (np.sqrt(v_hat) + self.eps)
