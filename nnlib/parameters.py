"""All parameters of a network as one vector, and all gradients as another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from nnlib.layer import Array, LayerLike, check_distinct, walk


@dataclass(frozen=True, eq=False)
class Entry:
    """One parameter: where it lives in the network and in the vector."""

    name: str
    layer: Any
    attribute: str
    where: slice
    value: Array
    grad: Array
    trained: bool
    decayed: bool


class Parameters:
    """Pack a network's parameters into ``theta`` and their gradients into ``grad``.

    The layers' own arrays become views of the two vectors, so changing one changes the other.
    The order is: trained matrices, other trained arrays (biases, norm parameters), frozen
    arrays. Weight decay is then ``theta[:n_decay]`` and training ``theta[:n_train]``.

    Parameters
    ----------
    net : layer
        Usually a ``Sequential``. Freeze layers first (``layer.trainable = False``).
    dtype : float32 or float64
        Training in float32 is twice as fast on wide layers; gradient checks need float64.

    Raises
    ------
    ValueError
        If one layer object occurs twice in the network.
    """

    def __init__(self, net: LayerLike, dtype: DTypeLike = np.float32) -> None:
        check_distinct(net)
        self.net = net
        self.dtype = np.dtype(dtype)
        if self.dtype.kind != "f":
            msg = f"Parameters expects a float dtype such as np.float32, got {self.dtype}"
            raise TypeError(msg)
        found = []
        for path, layer, on in walk(net):
            for attribute in getattr(layer, "params", ()):
                array = np.asarray(getattr(layer, attribute))
                name = f"{path}.{attribute}" if path else attribute
                group = 2 if not on else int(array.ndim < 2)  # 0 decayed, 1 trained, 2 frozen
                found.append((group, name, layer, attribute, array))
            for attribute in getattr(layer, "buffers", ()):
                setattr(layer, attribute, np.asarray(getattr(layer, attribute), self.dtype))
        found.sort(key=lambda item: item[0])  # stable: keeps the layers' order in each group
        sizes = [item[-1].size for item in found]
        self.theta: Array = np.empty(sum(sizes), self.dtype)
        self.grad: Array = np.zeros(sum(sizes), self.dtype)
        self.entries: list[Entry] = []
        start = 0
        for group, name, layer, attribute, array in found:
            where = slice(start, start + array.size)
            value = self.theta[where].reshape(array.shape)
            grad = self.grad[where].reshape(array.shape)
            value[...] = array
            setattr(layer, attribute, value)
            if hasattr(layer, f"d{attribute}"):
                setattr(layer, f"d{attribute}", grad)
            entry = Entry(name, layer, attribute, where, value, grad, group < 2, group == 0)
            self.entries.append(entry)
            start = where.stop
        self.n_decay = sum(n for n, item in zip(sizes, found, strict=True) if item[0] == 0)
        self.n_train = sum(n for n, item in zip(sizes, found, strict=True) if item[0] < 2)
        self._flags = self._structure()

    def __reduce__(self) -> tuple[Callable[..., Parameters], tuple[LayerLike, np.dtype[Any]]]:
        # A copied view is no longer a view: copies and pickles pack the copied network anew.
        return Parameters, (self.net, self.dtype)

    def __len__(self) -> int:
        return self.theta.size

    def _structure(self) -> list[tuple[str, int, bool]]:
        return [(path, id(layer), on) for path, layer, on in walk(self.net)]

    def check_structure(self) -> None:
        """Raise ``ValueError`` if layers or ``trainable`` flags changed after packing."""
        now, then = self._structure(), self._flags
        if now == then:
            return
        if [item[:2] for item in now] != [item[:2] for item in then]:
            what = "layers were added, removed or replaced"
        else:
            paths = [a[0] for a, b in zip(now, then, strict=True) if a != b]
            what = f"trainable changed in layer {', '.join(map(repr, paths))}"
        msg = f"{what} after Parameters(net); build Parameters and the optimizer again"
        raise ValueError(msg)

    def gather(self) -> None:
        """Copy in arrays that a layer has rebound (``self.dW = ...``) and make them views again.

        Raises
        ------
        ValueError
            If a gradient is missing or has another shape than its parameter.
        """
        for e in self.entries:
            value = getattr(e.layer, e.attribute)
            if value is not e.value:
                self._copy_in(e, e.attribute, value, e.value)
            grad = getattr(e.layer, f"d{e.attribute}", None)
            if grad is not e.grad and (e.trained or grad is not None):
                self._copy_in(e, f"d{e.attribute}", grad, e.grad)

    def _copy_in(self, e: Entry, attribute: str, array: Any, view: Array) -> None:
        kind = type(e.layer).__name__
        if array is None:
            msg = (
                f"{kind} has the parameter {e.attribute} ({e.name}), but its backward set no "
                f"self.d{e.attribute}"
            )
            raise ValueError(msg)
        if np.shape(array) != view.shape:
            msg = f"{kind} ({e.name}): {attribute} should be {view.shape}, got {np.shape(array)}"
            raise ValueError(msg)
        view[...] = array
        setattr(e.layer, attribute, view)

    def buffers(self) -> dict[str, Array]:
        """Return the network's arrays that are saved but not trained, by name."""
        return {
            f"{path}.{name}" if path else name: getattr(layer, name)
            for path, layer, _ in walk(self.net)
            for name in getattr(layer, "buffers", ())
        }

    def snapshot(self) -> tuple[Array, dict[str, Array]]:
        """Return copies of ``theta`` and of all buffers."""
        self.gather()
        return self.theta.copy(), {k: v.copy() for k, v in self.buffers().items()}

    def restore(self, snapshot: tuple[Array, dict[str, Array]]) -> None:
        """Write a snapshot back, in place."""
        self.theta[...] = snapshot[0]
        for e in self.entries:
            setattr(e.layer, e.attribute, e.value)
        for name, array in self.buffers().items():
            array[...] = snapshot[1][name]
