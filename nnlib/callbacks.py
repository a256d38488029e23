"""What watches a training run: the history, and callbacks that act on it after every epoch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from nnlib.layer import Array
from nnlib.optimizers import Optimizer
from nnlib.parameters import Parameters


@dataclass
class History:
    """What was measured after each epoch.

    ``train_loss`` is the mean over the epoch's rows, without penalties, taken while the weights
    moved; ``val_loss`` is measured after the epoch, in evaluation mode; so are ``metrics``, on
    the validation set if there is one, else on the training set; ``lr`` is the last step's rate.
    """

    train_loss: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    lr: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)

    def series(self, name: str) -> list[float]:
        """Return a list by name: ``train_loss``, ``val_loss``, ``lr`` or a metric."""
        values: list[float] = self.metrics.get(name) or getattr(self, name, [])
        if not values:
            msg = f"nothing is recorded under {name!r}; val_loss needs fit(..., val=(x, y))"
            raise ValueError(msg)
        return values


Callback: TypeAlias = Callable[[int, History], bool | None]


class _Patience:
    """Counts the epochs since ``monitor`` was last better than ever by more than ``min_delta``."""

    def __init__(self, patience: int, min_delta: float, monitor: str, mode: str) -> None:
        if mode not in ("min", "max"):
            msg = f"{type(self).__name__} expects mode 'min' or 'max', got {mode!r}"
            raise ValueError(msg)
        self.patience = patience
        self.min_delta = min_delta
        self.monitor = monitor
        self.sign = 1.0 if mode == "min" else -1.0
        self.best = float("inf")
        self.waited = 0

    def improved(self, history: History) -> bool:
        value = self.sign * history.series(self.monitor)[-1]
        if value < self.best - self.min_delta:
            self.best = value
            self.waited = 0
            return True
        self.waited += 1
        return False


class EarlyStopping(_Patience):
    """Stop after ``patience`` epochs without improvement, and restore the best weights.

    The best weights, with running statistics, are kept as a copy and written back when ``fit``
    returns, whether it stopped early or not.

    Parameters
    ----------
    parameters : Parameters
        ``optimizer.parameters``.
    patience : int
        Epochs without improvement after which training stops.
    min_delta : float
        Improvements up to this size do not count.
    monitor, mode : str
        A list of ``History`` or a metric's name; whether less (``"min"``) is better.
    """

    def __init__(
        self,
        parameters: Parameters,
        patience: int = 10,
        *,
        min_delta: float = 0.0,
        monitor: str = "val_loss",
        mode: str = "min",
    ) -> None:
        super().__init__(patience, min_delta, monitor, mode)
        self.parameters = parameters
        self.best_epoch = -1
        self._kept: tuple[Array, dict[str, Array]] | None = None

    def __call__(self, epoch: int, history: History) -> bool:
        if self.improved(history):
            self.best_epoch = epoch
            self._kept = self.parameters.snapshot()
        return self.waited >= self.patience

    def finish(self) -> None:
        """Write the best weights back."""
        if self._kept is not None:
            self.parameters.restore(self._kept)


class ReduceOnPlateau(_Patience):
    """Multiply the optimizer's learning rate by ``factor`` after ``patience`` idle epochs."""

    def __init__(
        self,
        optimizer: Optimizer,
        patience: int = 10,
        *,
        factor: float = 0.5,
        lr_min: float = 0.0,
        min_delta: float = 0.0,
        monitor: str = "val_loss",
        mode: str = "min",
    ) -> None:
        super().__init__(patience, min_delta, monitor, mode)
        if callable(optimizer.lr):
            msg = "ReduceOnPlateau expects an optimizer with a float lr, got a schedule"
            raise TypeError(msg)
        self.optimizer = optimizer
        self.factor = factor
        self.lr_min = lr_min

    def __call__(self, epoch: int, history: History) -> None:
        if not self.improved(history) and self.waited > self.patience:
            lr = self.optimizer.current_lr()
            self.optimizer.lr = min(lr, max(lr * self.factor, self.lr_min))
            self.waited = 0
