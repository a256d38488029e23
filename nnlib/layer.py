"""What a layer is: two methods, and attributes that say what it owns."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Protocol, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.floating[Any]]
Labels: TypeAlias = NDArray[np.integer[Any]]


class LayerLike(Protocol):
    """Anything with these two methods is a layer; nothing needs to inherit from ``Layer``.

    ``forward`` may leave ``train`` out. A third method, ``backward_params(dy)``, may fill the
    gradients of the parameters without the input's, which the lowest layer need not compute.
    """

    def forward(self, x: Array, train: bool = False) -> Array: ...

    def backward(self, dy: Array) -> Array: ...


class Layer:
    """Defaults for the optional attributes of a layer.

    Attributes
    ----------
    params : tuple of str
        Names of the trained arrays. The gradient of ``self.W`` is ``self.dW``.
    buffers : tuple of str
        Names of arrays that are saved with the layer but not trained.
    children : sequence of layers
        Layers inside this one.
    trainable : bool
        ``False`` freezes the layer and everything inside it. Freeze first, then build
        ``Parameters``.
    """

    params: ClassVar[tuple[str, ...]] = ()
    buffers: ClassVar[tuple[str, ...]] = ()
    children: Sequence[LayerLike] = ()
    trainable: bool = True

    def forward(self, x: Array, train: bool = False) -> Array:
        raise NotImplementedError

    def backward(self, dy: Array) -> Array:
        raise NotImplementedError


@lru_cache(maxsize=1024)
def takes_train(kind: type) -> bool:
    """Tell whether ``forward`` of this class has a ``train`` argument; plain layers may omit it."""
    parameters = inspect.signature(cast(Any, kind).forward).parameters
    return "train" in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def run_forward(layer: LayerLike, x: Array, train: bool = False) -> Array:
    """Call ``layer.forward`` with or without ``train``, as its class asks."""
    if takes_train(type(layer)):
        return layer.forward(x, train=train)
    return layer.forward(x)


def run_backward_params(layer: LayerLike, dy: Array) -> None:
    """Fill the layer's gradients; skip its input gradient where the layer knows how."""
    getattr(layer, "backward_params", layer.backward)(dy)


def walk(
    layer: LayerLike, path: str = "", trainable: bool = True
) -> Iterator[tuple[str, LayerLike, bool]]:
    """Yield ``(path, layer, trainable)`` for the layer and all layers inside it, top down.

    ``trainable`` is ``False`` inside a frozen container.
    """
    trainable = trainable and getattr(layer, "trainable", True)
    yield path, layer, trainable
    for i, child in enumerate(getattr(layer, "children", ())):
        yield from walk(child, f"{path}.{i}" if path else str(i), trainable)


def has_trained(layer: LayerLike) -> bool:
    """Tell whether the layer, or one inside it, has a parameter that is not frozen."""
    if not getattr(layer, "trainable", True):
        return False
    inside = getattr(layer, "children", ())
    return bool(getattr(layer, "params", ())) or any(has_trained(part) for part in inside)


def check_distinct(layer: LayerLike) -> None:
    """Raise ``ValueError`` if one layer object occurs twice in a network.

    Each object caches what its own backward pass needs, so a second use overwrites the first.
    """
    seen: dict[int, str] = {}
    for path, part, _ in walk(layer):
        if id(part) in seen:
            msg = (
                f"the same {type(part).__name__} object is used at {seen[id(part)]!r} and at "
                f"{path!r}; give each place its own layer"
            )
            raise ValueError(msg)
        seen[id(part)] = path


def set_trainable(layer: LayerLike, trainable: bool) -> None:
    """Freeze (``False``) or free (``True``) a layer and every layer inside it.

    Build ``Parameters`` and the optimizer afterwards.
    """
    for _, part, _ in walk(layer):
        part.trainable = trainable  # type: ignore[attr-defined]
