"""Write a network as ONNX, the format that other runtimes read; evaluation mode only.

An optional leaf: it needs the ``onnx`` package, and nothing in the engine imports it.
"""

from __future__ import annotations

import os
from functools import singledispatch
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from nnlib import activations as act
from nnlib import layers
from nnlib.containers import Residual, Sequential
from nnlib.layer import Array, LayerLike
from nnlib.training import predict

OPSET = 20  # the first with Gelu as an operator of its own


class Graph:
    """The nodes and constants written so far; ``add`` returns the name of the new value."""

    def __init__(self, dtype: np.dtype[Any]):
        self.dtype = dtype
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, value: Any) -> str:
        """Add an array, in the graph's dtype, and return its name."""
        name = f"c{len(self.constants)}"
        array = np.ascontiguousarray(np.asarray(value, dtype=self.dtype))
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node and return the name of its output."""
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name


@singledispatch
def write(layer: LayerLike, graph: Graph, x: str) -> str:
    """Write a layer that reads the value ``x``; return the name of its output.

    Register a writer for a layer of your own: ``@write.register`` on a function with its type.

    Raises
    ------
    TypeError
        If the layer has no writer.
    """
    known = ", ".join(sorted(t.__name__ for t in write.registry if t is not object))
    msg = f"no ONNX form is known for {type(layer).__name__}; register one, or use {known}"
    raise TypeError(msg)


@write.register
def _(layer: Sequential, graph: Graph, x: str) -> str:
    for child in layer.layers:
        x = write(child, graph, x)
    return x


@write.register
def _(layer: Residual, graph: Graph, x: str) -> str:
    y = x
    for child in layer.layers:
        y = write(child, graph, y)
    return graph.add("Add", x, y)


@write.register
def _(layer: layers.Dense, graph: Graph, x: str) -> str:
    if not layer.bias:
        return graph.add("MatMul", x, graph.constant(layer.W))
    return graph.add("Gemm", x, graph.constant(layer.W), graph.constant(layer.b))


@write.register
def _(layer: layers.BatchNorm, graph: Graph, x: str) -> str:
    statistics = (layer.gamma, layer.beta, layer.running_mean, layer.running_var)
    return graph.add(
        "BatchNormalization", x, *map(graph.constant, statistics), epsilon=float(layer.eps)
    )


@write.register
def _(layer: layers.LayerNorm, graph: Graph, x: str) -> str:
    scale, shift = graph.constant(layer.gamma), graph.constant(layer.beta)
    return graph.add("LayerNormalization", x, scale, shift, axis=-1, epsilon=float(layer.eps))


@write.register
def _(layer: layers.Flatten, graph: Graph, x: str) -> str:
    return graph.add("Flatten", x, axis=1)


@write.register(layers.Dropout)
@write.register(act.Identity)
def _(layer: LayerLike, graph: Graph, x: str) -> str:
    return graph.add("Identity", x)


@write.register
def _(layer: act.Step, graph: Graph, x: str) -> str:
    above = graph.add("GreaterOrEqual", x, graph.constant(0.0))
    return graph.add("Cast", above, to=helper.np_dtype_to_tensor_dtype(graph.dtype))


@write.register
def _(layer: act.LeakyReLU, graph: Graph, x: str) -> str:
    return graph.add("LeakyRelu", x, alpha=float(layer.alpha))


@write.register
def _(layer: act.PReLU, graph: Graph, x: str) -> str:
    return graph.add("PRelu", x, graph.constant(layer.alpha))


@write.register
def _(layer: act.ELU, graph: Graph, x: str) -> str:
    return graph.add("Elu", x, alpha=float(layer.alpha))


@write.register
def _(layer: act.GELU, graph: Graph, x: str) -> str:
    return graph.add("Gelu", x, approximate="tanh" if layer.approximate else "none")


@write.register
def _(layer: act.Swish, graph: Graph, x: str) -> str:
    return graph.add("Mul", x, graph.add("Sigmoid", x))


@write.register
def _(layer: act.Softmax, graph: Graph, x: str) -> str:
    return graph.add("Softmax", x, axis=-1)


def _plain(kind: type, operator: str) -> None:
    @write.register(kind)
    def _(layer: LayerLike, graph: Graph, x: str) -> str:
        return graph.add(operator, x)


for _kind, _operator in (
    (act.ReLU, "Relu"),
    (act.Sigmoid, "Sigmoid"),
    (act.Tanh, "Tanh"),
    (act.Mish, "Mish"),
    (act.Softplus, "Softplus"),
):
    _plain(_kind, _operator)


def export(
    net: LayerLike,
    path: str | os.PathLike[str],
    x: Array,
    *,
    dtype: type[np.floating[Any]] = np.float32,
    metadata: dict[str, str] | None = None,
) -> Path:
    """Write ``net`` as an ONNX file with the input ``x`` and the output ``y``.

    Parameters
    ----------
    path : path
        The file to write.
    x : array (batch, ...)
        One example input: it gives the shape of a row. The batch size stays free.
    dtype : numpy.float32 or numpy.float64
        Of inputs, weights and outputs.
    metadata : dict of str, optional
        Kept in the file, such as the names of the features.

    Raises
    ------
    TypeError
        If a layer has no ONNX form.
    """
    graph = Graph(np.dtype(dtype))
    last = write(net, graph, "x")
    graph.nodes.append(helper.make_node("Identity", [last], ["y"]))
    element = helper.np_dtype_to_tensor_dtype(graph.dtype)
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "nnlib",
            [helper.make_tensor_value_info("x", element, ["batch", *np.shape(x)[1:]])],
            [helper.make_tensor_value_info("y", element, ["batch", *_row_shape(net, x)])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=9,  # what runtimes of the same age as the operator set can read
    )
    helper.set_model_props(model, metadata or {})
    onnx.checker.check_model(model, full_check=True)
    Path(path).write_bytes(model.SerializeToString())
    return Path(path)


def _row_shape(net: LayerLike, x: Array) -> tuple[int, ...]:
    y = predict(net, np.asarray(x)[:1])
    return tuple(int(n) for n in y.shape[1:])


__all__ = ["Graph", "export", "write"]
