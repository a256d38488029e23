"""Properties over many shapes, dtypes and values."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import nnlib as nn

finite = st.floats(-1e4, 1e4, width=32)
dtypes = st.sampled_from([np.float32, np.float64])
matrices = hnp.array_shapes(min_dims=2, max_dims=2, max_side=6).flatmap(
    lambda shape: dtypes.flatmap(lambda d: hnp.arrays(d, shape, elements=finite))
)
ACTIVATIONS = [
    "Step",
    "ReLU",
    "LeakyReLU",
    "ELU",
    "Sigmoid",
    "Tanh",
    "Swish",
    "GELU",
    "Mish",
    "Softplus",
    "Softmax",
    "Identity",
]
fast = settings(max_examples=40, deadline=None)


@fast
@given(matrices, st.sampled_from(ACTIVATIONS))
def test_activations_keep_shape_and_dtype_and_stay_finite(x, name):
    layer = getattr(nn, name)()
    y = layer.forward(x)
    dx = layer.backward(np.ones_like(y))
    assert y.shape == dx.shape == x.shape
    assert y.dtype == dx.dtype == x.dtype
    assert np.isfinite(y).all()
    assert np.isfinite(dx).all()


@fast
@given(matrices)
def test_softmax_rows_are_probabilities_and_ignore_shifts(x):
    p = nn.functional.softmax(x)
    assert (p >= 0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)
    z = x.astype(np.float64)
    np.testing.assert_allclose(nn.functional.softmax(z + 8), nn.functional.softmax(z), atol=1e-10)
    np.testing.assert_allclose(np.exp(nn.functional.log_softmax(x)), p, rtol=1e-4, atol=1e-30)


@fast
@given(
    st.lists(st.integers(1, 6), min_size=2, max_size=5), st.integers(1, 5), st.integers(0, 2**32)
)
def test_networks_of_any_shape_pass_the_check(sizes, batch, seed):
    rng = np.random.default_rng(seed)
    layers = []
    for n_in, n_out in pairwise(sizes):
        layers += [nn.Dense(n_in, n_out, rng), nn.LayerNorm(n_out, eps=0.1), nn.Swish()]
    net = nn.Sequential(*layers)
    report = nn.check_layer(net, rng.normal(size=(batch, sizes[0])), rng)
    assert report, str(report)


@fast
@given(
    st.sampled_from([nn.mse, nn.mae, nn.huber, nn.bce_with_logits]),
    hnp.array_shapes(min_dims=1, max_dims=3, max_side=4),
    hnp.array_shapes(min_dims=1, max_dims=3, max_side=4),
)
def test_losses_accept_equal_shapes_and_nothing_that_broadcasts(loss, a, b):
    scores, target = np.zeros(a), np.ones(b)
    if a == b:
        value, dscores = loss(scores, target)
        assert dscores.shape == a
        assert value >= 0
    else:
        with pytest.raises(ValueError, match="like scores"):
            loss(scores, target)


@fast
@given(st.integers(1, 30), st.integers(2, 7), st.integers(0, 2**32), dtypes)
def test_cross_entropy_gradient_rows_sum_to_zero(n, k, seed, dtype):
    rng = np.random.default_rng(seed)
    value, dscores = nn.softmax_cross_entropy(
        rng.normal(size=(n, k)).astype(dtype), rng.integers(0, k, n)
    )
    assert value > 0
    assert dscores.dtype == dtype
    np.testing.assert_allclose(dscores.sum(axis=1), 0, atol=4 * np.finfo(dtype).eps)


@fast
@given(st.integers(1, 40), st.integers(1, 12), st.booleans(), st.integers(0, 2**32))
def test_batches_partition_the_rows(n, size, drop, seed):
    rng = np.random.default_rng(seed)
    rows = np.arange(n)
    got = [x.tolist() for x, _ in nn.batches(rows, rows, size, rng, drop_last=drop)]
    flat = [row for batch in got for row in batch]
    assert len(set(flat)) == len(flat) == (n - n % size if drop else n)


@fast
@given(st.integers(2, 8), st.integers(1, 5), st.integers(0, 2**32), dtypes)
def test_packing_keeps_every_value(width, out, seed, dtype):
    rng = np.random.default_rng(seed)
    net = nn.Sequential(nn.Dense(3, width, rng), nn.BatchNorm(width), nn.Dense(width, out, rng))
    before = [net[0].W.astype(dtype), net[2].W.astype(dtype)]
    parameters = nn.Parameters(net, dtype)
    assert (before[0] == net[0].W).all()
    assert (before[1] == net[2].W).all()
    assert len(parameters) == 3 * width + width + 2 * width + width * out + out
    snapshot = parameters.snapshot()
    parameters.theta[:] = 0
    parameters.restore(snapshot)
    assert (before[1] == net[2].W).all()
