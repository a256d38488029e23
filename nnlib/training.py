"""The training loop, short enough to read aloud."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias, overload

import numpy as np

from nnlib.callbacks import Callback, History
from nnlib.data import batches
from nnlib.layer import Array, LayerLike, run_backward_params, run_forward, walk
from nnlib.losses import Loss
from nnlib.optimizers import Optimizer
from nnlib.parameters import Parameters
from nnlib.regularizers import Penalty, clip_norm

Data: TypeAlias = tuple[Array, Any]
Metric: TypeAlias = Callable[[Array, Any], float]


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
    penalty: Penalty | None = None,
    clip: float | Callable[[Array], object] | None = None,
    after_step: Callable[[Optimizer], object] | None = None,
    drop_last: bool = False,
    progress: bool = False,
) -> History:
    """Train ``net`` in place: forward, loss, backward, step, batch after batch.

    Parameters
    ----------
    data, val : (x, y)
        Rows are samples. ``x`` and float ``y`` are cast to the parameters' dtype once.
    rng : numpy.random.Generator
        Shuffles the rows anew in every epoch.
    metrics : functions ``(scores, target) -> float``
        Recorded after every epoch in ``History.metrics`` under their names.
    callbacks : functions ``(epoch, history) -> bool or None``
        Called after every epoch; training stops when one returns ``True``. A method
        ``finish()``, where there is one, is called at the end.
    penalty : function ``theta -> (value, dtheta)``
        Added to the gradient of the trained matrices, such as ``partial(l2, strength=1e-4)``.
    clip : float or function of the gradient vector
        A float clips by global norm; a function changes the gradient in place.
    after_step : function of the optimizer
        Called after each step, for limits on the weights.
    drop_last : bool
        Leave out an incomplete last batch.
    progress : bool
        Show a line of text after every epoch on standard output, each over the last.

    Raises
    ------
    FloatingPointError
        If the loss is no longer finite.
    ValueError
        If the data hold NaN or do not fit together, or if layers were frozen, freed or replaced
        after ``Parameters(net)``.
    """
    _check_net(net, optimizer.parameters)
    x_all, y_all = _check_data("data", data, optimizer.parameters)
    val = None if val is None else _check_data("val", val, optimizer.parameters)
    adjust = _adjustment(optimizer.parameters, penalty, clip)
    history = History(metrics={_name(m): [] for m in metrics})
    for epoch in range(epochs):
        total, seen = 0.0, 0
        for x, y in batches(x_all, y_all, batch_size, rng, drop_last=drop_last):
            value, dscores = loss(run_forward(net, x, train=True), y)
            if not abs(value) < np.inf:  # NaN fails every comparison
                raise FloatingPointError(_diverged(value, epoch, optimizer))
            run_backward_params(net, dscores)  # nobody needs d(loss)/d(x)
            if adjust is not None:
                adjust()
            optimizer.step()
            if after_step is not None:
                after_step(optimizer)
            total, seen = total + value * len(x), seen + len(x)
        history.train_loss.append(total / max(seen, 1))
        history.lr.append(optimizer.last_lr)
        _measure(net, loss, val, (x_all, y_all), metrics, history)
        stop = [callback(epoch, history) for callback in callbacks]  # call every one
        if progress:
            _show(epoch, epochs, history)
        if any(stop):
            break
    _finish(callbacks, progress)
    return history


def predict(net: LayerLike, x: Array, batch_size: int = 1024) -> Array:
    """Return the network's scores for all rows, in evaluation mode, batch by batch.

    ``x`` is cast to the dtype of the network's first parameter.
    """
    found = (
        getattr(part, name) for _, part, _ in walk(net) for name in getattr(part, "params", ())
    )
    first = next(found, None)
    x = np.asarray(x, getattr(first, "dtype", None))
    starts = range(0, max(len(x), 1), batch_size)
    parts = [run_forward(net, x[i : i + batch_size]) for i in starts]
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
    """Measure a loss, or a metric, on a data set, in evaluation mode.

    With ``metrics`` the answer is a dictionary: ``{"loss": ..., "accuracy": ...}``.
    """
    scores = predict(net, data[0])
    result = loss(scores, data[1])
    value = float(result[0] if isinstance(result, tuple) else result)
    if metrics is None:
        return value
    return {"loss": value} | {_name(metric): float(metric(scores, data[1])) for metric in metrics}


def _adjustment(
    parameters: Parameters,
    penalty: Penalty | None,
    clip: float | Callable[[Array], object] | None,
) -> Callable[[], None] | None:
    """Return what happens to the gradient between backward and step, if anything does."""
    if penalty is None and clip is None:
        return None
    cut = partial(clip_norm, max_norm=clip) if isinstance(clip, (int, float)) else clip

    def adjust() -> None:
        parameters.gather()
        n = parameters.n_decay
        if penalty is not None:
            parameters.grad[:n] += penalty(parameters.theta[:n])[1]
        if cut is not None:
            cut(parameters.grad[: parameters.n_train])

    return adjust


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
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            bad = np.argwhere(~np.isfinite(array))
            where = tuple(int(i) for i in bad[0])
            msg = (
                f"fit expects finite {name}, got {array[where]} in {letter}{list(where)} "
                f"({len(bad)} such entries); drop or impute them first"
            )
            raise ValueError(msg)
    return x, y.astype(parameters.dtype, copy=False) if y.dtype.kind == "f" else y


def _diverged(value: float, epoch: int, optimizer: Optimizer) -> str:
    return (
        f"loss is {value} in epoch {epoch}, step {optimizer.t} (lr {optimizer.current_lr():g}): "
        f"try a smaller lr, scale the inputs, or clip the gradient"
    )


def _show(epoch: int, epochs: int, history: History) -> None:
    done = round(20 * (epoch + 1) / epochs)
    text = f"\repoch {epoch + 1}/{epochs} [{'#' * done}{'.' * (20 - done)}]"
    text += f" train_loss {history.train_loss[-1]:.4f}"
    if history.val_loss:
        text += f" val_loss {history.val_loss[-1]:.4f}"
    text += "".join(f" {name} {values[-1]:.3f}" for name, values in history.metrics.items())
    sys.stdout.write(text)
    sys.stdout.flush()


def _finish(callbacks: Sequence[Callback], progress: bool) -> None:
    if progress:
        sys.stdout.write("\n")
    for callback in callbacks:
        finish = getattr(callback, "finish", None)
        if finish is not None:
            finish()
