"""Optimizers: each is one in-place ``update`` of the vector ``theta`` from the vector ``grad``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from nnlib.layer import Array
from nnlib.parameters import Parameters
from nnlib.schedules import Schedule

LearningRate: TypeAlias = float | Array
BLOCK = 1 << 18  # entries; Adam on 1,860,000: 2.7 ms; 3.0 in blocks of 2**17, 2.8 of 2**21


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
        self._scale = None if lr_scale is None else _scale_vector(parameters, lr_scale)
        for name in self.state:
            setattr(self, name, np.zeros(parameters.n_train, parameters.dtype))

    def current_lr(self) -> float:
        """Return the learning rate of the next step."""
        return float(self.lr(self.t) if callable(self.lr) else self.lr)

    def step(self) -> None:
        """Take one step along the gradients that ``backward`` left in the layers."""
        self.parameters.gather()
        self.last_lr = self.current_lr()
        lr: LearningRate = self.last_lr
        if self._scale is not None:
            lr = lr * self._scale
        self.t += 1
        n = self.parameters.n_train
        self.update(self.parameters.theta[:n], self.parameters.grad[:n], lr)

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


class AdaGrad(Optimizer):
    """Divide each coordinate's step by the root of the sum of its squared gradients so far.

    References
    ----------
    Duchi et al., "Adaptive Subgradient Methods", JMLR 12 (2011), fig. 1 (diagonal form).
    """

    state = ("s",)
    s: Array

    def __init__(
        self,
        parameters: Parameters,
        lr: float | Schedule = 1e-2,
        *,
        eps: float = 1e-10,
        lr_scale: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__(parameters, lr, lr_scale=lr_scale)
        self.eps = eps

    def update(self, theta: Array, grad: Array, lr: LearningRate) -> None:
        self.s += grad * grad
        theta -= lr * grad / (np.sqrt(self.s) + self.eps)


class RMSProp(Optimizer):
    """AdaGrad with a memory: a running mean of squared gradients instead of their sum.

    ``v = rho * v + (1 - rho) * grad**2``; ``eps`` stands outside the root, as in PyTorch.

    References
    ----------
    Hinton, "Neural Networks for Machine Learning", Coursera 2012, lecture 6e.
    """

    state = ("v",)
    v: Array

    def __init__(
        self,
        parameters: Parameters,
        lr: float | Schedule = 1e-2,
        *,
        rho: float = 0.99,
        eps: float = 1e-8,
        lr_scale: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__(parameters, lr, lr_scale=lr_scale)
        self.rho = rho
        self.eps = eps

    def update(self, theta: Array, grad: Array, lr: LearningRate) -> None:
        self.v *= self.rho
        self.v += (1 - self.rho) * grad * grad
        theta -= lr * grad / (np.sqrt(self.v) + self.eps)


class Adam(Optimizer):
    """Adaptive moments: a step of size about ``lr`` in every coordinate.

    Parameters
    ----------
    beta1, beta2 : float
        Memory of the running means of ``grad`` and of ``grad**2``.
    eps : float
        Added to the root, outside it.
    bias_correction : bool
        Divide both means by ``1 - beta**t``, as they start from 0. Without, the first steps are
        ``(1 - beta1) / sqrt(1 - beta2)``, about 3 times, too long.

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
        bias_correction: bool = True,
        lr_scale: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__(parameters, lr, lr_scale=lr_scale)
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps
        self.bias_correction = bias_correction
        self._scratch = np.empty(min(BLOCK, parameters.n_train), parameters.dtype)

    def update(self, theta: Array, grad: Array, lr: LearningRate) -> None:
        # Block by block, all vectors stay in the cache and one block of scratch is enough.
        for i in range(0, len(theta), BLOCK):
            k = slice(i, i + BLOCK)
            part = lr[k] if isinstance(lr, np.ndarray) else lr
            self._block(theta[k], grad[k], self.m[k], self.v[k], part)

    def _block(self, theta: Array, grad: Array, m: Array, v: Array, lr: LearningRate) -> None:
        # m and v are the paper's divided by 1 - beta: 10 passes over memory instead of 13.
        beta1, beta2, s = self.beta1, self.beta2, self._scratch[: len(theta)]
        c1, c2 = (1 - beta1**self.t, 1 - beta2**self.t) if self.bias_correction else (1.0, 1.0)
        scale = ((1 - beta2) / c2) ** 0.5  # sqrt(v_hat) = scale * sqrt(v)
        m *= beta1
        m += grad
        np.multiply(grad, grad, out=s)
        v *= beta2
        v += s
        np.sqrt(v, out=s)
        s += self.eps / scale
        np.divide(m, s, out=s)
        s *= lr * ((1 - beta1) / (c1 * scale))
        theta -= s  # theta = theta - lr * m_hat / (sqrt(v_hat) + eps)


class AdamW(Adam):
    """Adam with decoupled weight decay: ``theta *= 1 - lr * weight_decay`` before the step.

    Biases and norm parameters, all arrays of one dimension, do not decay.

    References
    ----------
    Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, algorithm 2.
    """

    def __init__(
        self,
        parameters: Parameters,
        lr: float | Schedule = 1e-3,
        *,
        weight_decay: float = 1e-2,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        lr_scale: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__(parameters, lr, beta1=beta1, beta2=beta2, eps=eps, lr_scale=lr_scale)
        self.weight_decay = weight_decay

    def update(self, theta: Array, grad: Array, lr: LearningRate) -> None:
        n = self.parameters.n_decay
        part = lr[:n] if isinstance(lr, np.ndarray) else lr
        theta[:n] *= 1 - part * self.weight_decay
        super().update(theta, grad, lr)
