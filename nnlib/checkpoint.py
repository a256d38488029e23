"""Save a network, its optimizer and its random state in one ``.npz`` file, without pickle."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nnlib.layer import Array, LayerLike, walk
from nnlib.optimizers import Optimizer

FORMAT = 1


def save(
    path: str | Path,
    net: LayerLike,
    *,
    optimizer: Optimizer | None = None,
    rng: np.random.Generator | None = None,
    meta: Mapping[str, Any] | None = None,
) -> None:
    """Write parameters and buffers; with ``optimizer`` and ``rng``, all that a resume needs.

    Generators inside layers (Dropout's) are always saved. ``meta`` is anything JSON can hold.
    The file is written beside and then moved, so a killed run leaves the last one whole.
    """
    arrays: dict[str, Any] = {name: array for name, _, _, array in _arrays(net)}
    about: dict[str, Any] = {"format": FORMAT, "meta": dict(meta or {})}
    about["rngs"] = {name: g.bit_generator.state for name, g in _generators(net, rng)}
    if optimizer is not None:
        lr = None if callable(optimizer.lr) else float(optimizer.lr)
        about["optimizer"] = {"kind": type(optimizer).__name__, "t": optimizer.t, "lr": lr}
        arrays |= {f"optimizer:{name}": getattr(optimizer, name) for name in optimizer.state}
    text = json.dumps(about, default=lambda array: array.tolist())
    target = Path(path)
    beside = target.with_name(target.name + ".part")
    with open(beside, "wb") as file:
        np.savez(file, allow_pickle=False, about=np.array(text), **arrays)
    os.replace(beside, target)


def load(
    path: str | Path,
    net: LayerLike,
    *,
    optimizer: Optimizer | None = None,
    rng: np.random.Generator | None = None,
    only: str | None = None,
) -> dict[str, Any]:
    """Read a file written by ``save`` into an existing network, in place; return its ``meta``.

    Parameters
    ----------
    net, optimizer, rng
        As they were given to ``save``. Parts saved but not asked for are left out.
    only : str, optional
        A layer's path such as ``"0"``: read this part of the network alone, for transfer.

    Raises
    ------
    ValueError
        If names or shapes differ; all differences are listed, and nothing is changed.
    """
    with np.load(path, allow_pickle=False) as file:
        saved = {name: file[name] for name in file.files}
    if "about" not in saved:
        msg = f"load expects a file written by nnlib.save, got {path}"
        raise ValueError(msg)
    about = json.loads(str(saved.pop("about")))
    goals = {name: (array, layer, attribute) for name, layer, attribute, array in _arrays(net)}
    wrong: list[str] = []
    if optimizer is not None:
        _compare_optimizer(about.get("optimizer"), optimizer, wrong)
        for name in optimizer.state:
            goals[f"optimizer:{name}"] = (getattr(optimizer, name), optimizer, name)
    else:
        saved = {k: v for k, v in saved.items() if not k.startswith("optimizer:")}
    if only is not None:
        goals, saved = (
            {k: v for k, v in d.items() if k.startswith(f"{only}.")} for d in (goals, saved)
        )
    wrong += [f"missing in the file: {k} {v[0].shape}" for k, v in goals.items() if k not in saved]
    wrong += [f"not in the network: {k} {v.shape}" for k, v in saved.items() if k not in goals]
    wrong += [
        f"other shape: {k} is {v[0].shape}, saved {saved[k].shape}"
        for k, v in goals.items()
        if k in saved and v[0].shape != saved[k].shape
    ]
    if only is not None and not goals:
        wrong.append(f"the network has nothing at {only!r}")
    if wrong:
        msg = f"{path} is a checkpoint of another architecture:\n  " + "\n  ".join(wrong)
        raise ValueError(msg)
    for name, (array, owner, attribute) in goals.items():
        array[...] = saved[name]
        setattr(owner, attribute, array)
    if only is None:
        for name, generator in _generators(net, rng):
            if name in about["rngs"]:
                generator.bit_generator.state = about["rngs"][name]
    if optimizer is not None:
        optimizer.t = about["optimizer"]["t"]
        if not callable(optimizer.lr):
            optimizer.lr = about["optimizer"]["lr"]
    meta: dict[str, Any] = about["meta"]
    return meta


def _compare_optimizer(
    saved: dict[str, Any] | None, optimizer: Optimizer, wrong: list[str]
) -> None:
    kind = type(optimizer).__name__
    if saved is None:
        wrong.append("missing in the file: the optimizer")
        return
    if saved["kind"] != kind:
        wrong.append(f"other optimizer: {kind}, saved {saved['kind']}")
    if (saved["lr"] is None) != callable(optimizer.lr):
        wrong.append("other lr: one is a number, the other a schedule")


def _arrays(net: LayerLike) -> Iterator[tuple[str, Any, str, Array]]:
    for path, layer, _ in walk(net):
        for name in (*getattr(layer, "params", ()), *getattr(layer, "buffers", ())):
            yield f"{path}.{name}" if path else name, layer, name, getattr(layer, name)


def _generators(
    net: LayerLike, rng: np.random.Generator | None
) -> Iterator[tuple[str, np.random.Generator]]:
    if rng is not None:
        yield "rng", rng
    for path, layer, _ in walk(net):
        for name, value in vars(layer).items():
            if isinstance(value, np.random.Generator):
                yield f"{path}.{name}", value
