"""onnxruntime gives the numbers that nnlib gives, layer by layer and for whole networks."""

import numpy as np
import pytest

import nnlib

pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

from nnlib import onnx as nnlib_onnx  # noqa: E402


def run(path, x):
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(["y"], {"x": x})[0]


def trained_norm(rng):
    layer = nnlib.BatchNorm(6)
    layer.running_mean, layer.running_var = rng.normal(size=6), rng.uniform(0.5, 2, 6)
    layer.gamma, layer.beta = rng.normal(size=6), rng.normal(size=6)
    return layer


def layer_norm(rng):
    layer = nnlib.LayerNorm(6)
    layer.gamma, layer.beta = rng.normal(size=6), rng.normal(size=6)
    return layer


LAYERS = {
    "Dense": lambda rng: nnlib.Dense(6, 4, rng),
    "Dense without bias": lambda rng: nnlib.Dense(6, 4, rng, bias=False),
    "BatchNorm": trained_norm,
    "LayerNorm": layer_norm,
    "Dropout": lambda rng: nnlib.Dropout(0.5, rng),
    "Flatten": lambda rng: nnlib.Flatten(),
    "PReLU": lambda rng: nnlib.PReLU(6, 0.3),
    "LeakyReLU": lambda rng: nnlib.LeakyReLU(0.2),
    "ELU": lambda rng: nnlib.ELU(0.7),
    "GELU tanh": lambda rng: nnlib.GELU(approximate=True),
    "Residual": lambda rng: nnlib.Residual(nnlib.Dense(6, 6, rng), nnlib.Tanh()),
} | {
    name: (lambda rng, n=name: getattr(nnlib, n)())
    for name in (
        "Identity",
        "Step",
        "ReLU",
        "Sigmoid",
        "Tanh",
        "Swish",
        "GELU",
        "Mish",
        "Softplus",
        "Softmax",
    )
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("batch", [1, 5])
def test_every_layer(name, batch, tmp_path):
    rng = np.random.default_rng(0)
    layer = LAYERS[name](rng)
    nnlib.Parameters(layer, np.float32)
    x = rng.normal(size=(batch, 6)).astype(np.float32)
    ours = layer.forward(x)
    theirs = run(nnlib_onnx.export(layer, tmp_path / "net.onnx", x), x)
    assert theirs.dtype == np.float32
    np.testing.assert_allclose(theirs, ours, rtol=1e-6, atol=1e-6)


def test_a_whole_network_in_float64(tmp_path):
    rng = np.random.default_rng(1)
    net = nnlib.Sequential(
        nnlib.Dense(6, 16, rng),
        trained_norm_of(16, rng),
        nnlib.ReLU(),
        nnlib.Dropout(0.3, rng),
        nnlib.Residual(nnlib.Dense(16, 16, rng), nnlib.Tanh()),
        nnlib.Dense(16, 3, rng),
        nnlib.Softmax(),
    )
    x = rng.normal(size=(7, 6))
    path = nnlib_onnx.export(
        net, tmp_path / "net.onnx", x, dtype=np.float64, metadata={"made": "here"}
    )
    np.testing.assert_allclose(run(path, x), net.forward(x), rtol=1e-10, atol=1e-12)
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    assert session.get_modelmeta().custom_metadata_map == {"made": "here"}


def trained_norm_of(n, rng):
    layer = nnlib.BatchNorm(n)
    layer.running_mean, layer.running_var = rng.normal(size=n), rng.uniform(0.5, 2, n)
    return layer


def test_a_layer_without_a_form_is_named_and_can_be_taught(tmp_path):
    class Double(nnlib.Layer):
        def forward(self, x, train=False):
            return 2 * x

    x = np.ones((2, 3), np.float32)
    with pytest.raises(TypeError, match="no ONNX form is known for Double"):
        nnlib_onnx.export(Double(), tmp_path / "net.onnx", x)

    @nnlib_onnx.write.register
    def _(layer: Double, graph, x):
        return graph.add("Mul", x, graph.constant(2.0))

    np.testing.assert_array_equal(
        run(nnlib_onnx.export(Double(), tmp_path / "net.onnx", x), x), 2 * x
    )
