"""The training loop, and what watches it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, overload

import numpy as np

from nnlib.data import batches
from nnlib.layer import Array, LayerLike, run_backward_params, run_forward
from nnlib.losses import Loss
from nnlib.optimizers import Optimizer
from nnlib.parameters import Parameters

Data: TypeAlias = tuple[Array, Any]
Metric: TypeAlias = Callable[[Array, Any], float]


@dataclass
class History:
    """What was measured after each epoch.

    ``train_loss`` is the mean over the epoch's batches, taken while the weights moved;
    ``val_loss`` is measured after the epoch, in evaluation mode; ``metrics`` likewise, on the
    validation set if there is one, else on the training set; ``lr`` is the last step's.
    """

    train_loss: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    lr: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)


Callback: TypeAlias = Callable[[int, History], bool | None]


def fit(
    net: LayerLike,
    loss: Loss,
    optimizer: Optimizer,
    data: Data,
    *,
    epochs: int,
    batch_size: int = 32,
    rng: np.random.Generator,
    val: Data | None = None,
    metrics: Sequence[Metric] = (),
    callbacks: Sequence[Callback] = (),
    progress: bool = False,
) -> History:
    """Train ``net`` in place: forward, loss, backward, step, batch after batch.

    Parameters
    ----------
    data, val : (x, y)
        Rows are samples. ``x`` is cast to the parameters' dtype once.
    rng : numpy.random.Generator
        Shuffles the rows anew in every epoch.
    metrics : functions ``(scores, target) -> float``
        Recorded after every epoch in ``History.metrics`` under their names.
    callbacks : functions ``(epoch, history) -> bool or None``
        Called after every epoch; training stops when one returns ``True``. A method
        ``finish()``, where there is one, is called at the end.
    progress : bool
        Show a line of text per epoch on standard output, each over the last.

    Raises
    ------
    FloatingPointError
        If the loss is no longer finite.
    ValueError
        If the data hold NaN or do not fit together, or if layers were frozen, freed or replaced
        after ``Parameters(net)``.
    """
    parameters = optimizer.parameters
    _check_net(net, parameters)
    x_all, y_all = _check_data("data", data, parameters)
    val = None if val is None else _check_data("val", val, parameters)
    history = History(metrics={_name(m): [] for m in metrics})
    for epoch in range(epochs):
        total = 0.0
        for x, y in batches(x_all, y_all, batch_size, rng):
            value, dscores = loss(run_forward(net, x, train=True), y)
            if not abs(value) < np.inf:  # NaN fails every comparison
                raise FloatingPointError(_diverged(value, epoch, optimizer))
            run_backward_params(net, dscores)  # nobody needs d(loss)/d(x)
            optimizer.step()
            total += value * len(x)
        history.train_loss.append(total / len(x_all))
        history.lr.append(optimizer.last_lr)
        _measure(net, loss, val, (x_all, y_all), metrics, history)
        stop = [callback(epoch, history) for callback in callbacks]  # call every one
        if progress:
            _show(epoch, epochs, history)
        if any(stop):
            break
    if progress:
        sys.stdout.write("\n")
    for callback in callbacks:
        getattr(callback, "finish", lambda: None)()
    return history


def predict(net: LayerLike, x: Array, batch_size: int = 1024) -> Array:
    """Return the network's scores for all rows, in evaluation mode, batch by batch."""
    parts = [run_forward(net, x[i : i + batch_size]) for i in range(0, max(len(x), 1), batch_size)]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


@overload
def evaluate(net: LayerLike, loss: Loss | Metric, data: Data) -> float: ...
@overload
def evaluate(
    net: LayerLike, loss: Loss | Metric, data: Data, metrics: Sequence[Metric]
) -> dict[str, float]: ...
def evaluate(
    net: LayerLike, loss: Loss | Metric, data: Data, metrics: Sequence[Metric] | None = None
) -> float | dict[str, float]:
    """Measure a loss (or a metric) on a data set, in evaluation mode.

    With ``metrics`` the answer is a dictionary: ``{"loss": ..., "accuracy": ...}``.
    """
    x, y = data
    scores = predict(net, _cast_like(net, x))
    result = loss(scores, y)
    value = float(result[0] if isinstance(result, tuple) else result)
    if metrics is None:
        return value
    return {"loss": value} | {_name(metric): metric(scores, y) for metric in metrics}


def _measure(
    net: LayerLike,
    loss: Loss,
    val: Data | None,
    data: Data,
    metrics: Sequence[Metric],
    history: History,
) -> None:
    if val is None and not metrics:
        return
    result = evaluate(net, loss, data if val is None else val, metrics)
    value = result.pop("loss")
    if val is not None:
        history.val_loss.append(value)
    for name, number in result.items():
        history.metrics[name].append(number)


def _name(metric: Metric) -> str:
    return str(getattr(metric, "__name__", None) or getattr(metric, "func", metric).__name__)


def _cast_like(net: LayerLike, x: Array) -> Array:
    """Cast ``x`` to the dtype of the network's first parameter, so float32 stays float32."""
    from nnlib.layer import walk

    for _, layer, _ in walk(net):
        for name in getattr(layer, "params", ()):
            return np.asarray(x, np.asarray(getattr(layer, name)).dtype)
    return x


def _check_net(net: LayerLike, parameters: Parameters) -> None:
    if parameters.net is not net:
        msg = "fit expects the optimizer's own network: build Parameters(net) from this net"
        raise ValueError(msg)
    parameters.check_structure()


def _check_data(name: str, data: Data, parameters: Parameters) -> Data:
    x, y = np.asarray(data[0], parameters.dtype), np.asarray(data[1])
    if len(x) != len(y) or not len(x):
        msg = f"fit expects {name} with as many rows of x as of y, got {x.shape} and {y.shape}"
        raise ValueError(msg)
    for letter, array in (("x", x), ("y", y)):
        bad = np.argwhere(~np.isfinite(array)) if array.dtype.kind == "f" else np.empty((0, 1))
        if len(bad):
            where = tuple(int(i) for i in bad[0])
            msg = (
                f"fit expects finite {name}, got {array[where]} in {letter}{list(where)} "
                f"({len(bad)} such entries); drop or impute them first"
            )
            raise ValueError(msg)
    if y.dtype.kind == "f":
        y = y.astype(parameters.dtype, copy=False)
    return x, y


def _diverged(value: float, epoch: int, optimizer: Optimizer) -> str:
    return (
        f"loss is {value} in epoch {epoch}, step {optimizer.t} (lr {optimizer.current_lr():g}): "
        f"try a smaller lr, scale the inputs, or clip the gradient"
    )


def _show(epoch: int, epochs: int, history: History) -> None:
    done = round(20 * (epoch + 1) / epochs)
    text = f"epoch {epoch + 1}/{epochs} [{'#' * done}{'.' * (20 - done)}]"
    text += f" train_loss {history.train_loss[-1]:.4f}"
    if history.val_loss:
        text += f" val_loss {history.val_loss[-1]:.4f}"
    for name, values in history.metrics.items():
        text += f" {name} {values[-1]:.3f}"
    sys.stdout.write(f"\r{text}")
    sys.stdout.flush()
