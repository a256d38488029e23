"""Layers made of layers: a chain, and a chain with a shortcut around it."""

from __future__ import annotations

from collections.abc import Iterator

from nnlib.layer import (
    Array,
    Layer,
    LayerLike,
    check_distinct,
    has_trained,
    run_backward_params,
    run_forward,
)


class Sequential(Layer):
    """Chain of layers: the output of each is the input of the next.

    Raises
    ------
    TypeError
        If something without ``forward`` and ``backward`` is passed.
    ValueError
        If one layer object occurs twice.
    """

    def __init__(self, *layers: LayerLike) -> None:
        for i, layer in enumerate(layers):
            if isinstance(layer, type) or not (
                hasattr(layer, "forward") and hasattr(layer, "backward")
            ):
                got = layer.__name__ if isinstance(layer, type) else type(layer).__name__
                cure = (
                    f"create it: {got}(...)" if isinstance(layer, type) else "unpack lists: *layers"
                )
                msg = (
                    f"{type(self).__name__} expects layers with forward and backward, "
                    f"got {got} at position {i}; {cure}"
                )
                raise TypeError(msg)
        self.layers = list(layers)
        check_distinct(self)

    @property
    def children(self) -> list[LayerLike]:  # type: ignore[override]
        return self.layers

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[LayerLike]:
        return iter(self.layers)

    def __getitem__(self, i: int) -> LayerLike:
        return self.layers[i]

    def forward(self, x: Array, train: bool = False) -> Array:
        for layer in self.layers:
            x = run_forward(layer, x, train)
        return x

    def backward(self, dy: Array) -> Array:
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy

    def backward_params(self, dy: Array) -> None:
        """Fill the gradients of the parameters only, stopping at the lowest trained layer.

        The input gradient of the first Dense layer is a third of its work, and nobody uses it.
        """
        first = next((i for i, layer in enumerate(self.layers) if has_trained(layer)), None)
        if first is None:
            return
        for layer in self.layers[:first:-1]:
            dy = layer.backward(dy)
        run_backward_params(self.layers[first], dy)


class Residual(Sequential):
    """Chain with a shortcut around it: ``y = x + branch(x)``, so ``dx = dy + branch'(dy)``.

    References
    ----------
    He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, eq. 1.
    """

    def forward(self, x: Array, train: bool = False) -> Array:
        y = super().forward(x, train)
        if y.shape != x.shape:
            msg = f"Residual expects its branch to keep the shape {x.shape}, got {y.shape}"
            raise ValueError(msg)
        return x + y

    def backward(self, dy: Array) -> Array:
        return dy + super().backward(dy)
