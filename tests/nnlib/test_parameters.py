"""One vector for all parameters: views, order, freezing, learners' rebinding."""

import copy
import pickle

import numpy as np
import pytest

import nnlib as nn


def make(rng):
    return nn.Sequential(
        nn.Dense(4, 3, rng), nn.BatchNorm(3), nn.Residual(nn.Dense(3, 3, rng)), nn.Dense(3, 2, rng)
    )


def test_layers_arrays_are_views(rng):
    net = make(rng)
    W = net[0].W.copy()
    p = nn.Parameters(net, np.float64)
    assert (net[0].W == W).all()
    p.theta += 1
    assert (net[0].W == W + 1).all()
    net[3].db[...] = 5
    assert (p.grad == 5).sum() == 2


def test_order_is_matrices_then_vectors_then_frozen(rng):
    net = make(rng)
    net[0].trainable = False
    p = nn.Parameters(net)
    names = [e.name for e in p.entries]
    assert names == ["2.0.W", "3.W", "1.gamma", "1.beta", "2.0.b", "3.b", "0.W", "0.b"]
    assert p.n_decay == 9 + 6
    assert p.n_train == 15 + 3 + 3 + 3 + 2
    assert len(p) == p.n_train + 15


def test_frozen_layers_do_not_move(rng):
    net = make(rng)
    nn.set_trainable(net[2], False)
    frozen = net[2][0].W.copy()
    x, y = rng.normal(size=(20, 4)), rng.integers(0, 2, 20)
    nn.fit(net, nn.softmax_cross_entropy, nn.AdamW(nn.Parameters(net, np.float64)), (x, y),
           epochs=2, rng=rng)  # fmt: skip
    assert (frozen == net[2][0].W).all()


@pytest.mark.parametrize("change", ["flag", "layer", "more"])
def test_changes_after_packing_are_named(change, rng):
    net = make(rng)
    optimizer = nn.SGD(nn.Parameters(net), 0.1)
    if change == "flag":
        net[2].trainable = False
        message = r"trainable changed in layer '2', '2\.0'"
    elif change == "layer":
        net.layers[3] = nn.Dense(3, 2, rng)
        message = "layers were added, removed or replaced"
    else:
        net.layers.append(nn.ReLU())
        message = "layers were added, removed or replaced"
    data = rng.normal(size=(6, 4)), rng.normal(size=(6, 2))
    with pytest.raises(ValueError, match=message):
        nn.fit(net, nn.mse, optimizer, data, epochs=1, rng=rng)


def test_another_net_is_refused(rng):
    optimizer = nn.SGD(nn.Parameters(make(rng)), 0.1)
    with pytest.raises(ValueError, match="own network"):
        nn.fit(
            make(rng), nn.mse, optimizer, (np.zeros((6, 4)), np.zeros((6, 2))), epochs=1, rng=rng
        )


class Rebinding:
    params = ("W",)

    def __init__(self, n, m, rng):
        self.W = rng.normal(size=(n, m))

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, dy):
        self.dW = self.x.T @ dy
        return dy @ self.W.T


def test_rebound_arrays_are_gathered(rng):
    layer = Rebinding(3, 2, rng)
    p = nn.Parameters(layer, np.float64)
    optimizer = nn.SGD(p, 0.5)
    layer.W = np.ones((3, 2))
    layer.dW = np.full((3, 2), 0.5)
    optimizer.step()
    assert (p.theta == 0.75).all()
    assert (layer.W == 0.75).all()
    layer.forward(np.ones((1, 3)))
    layer.backward(np.ones((1, 2)))
    optimizer.step()
    assert (layer.W == 0.25).all()


def test_a_missing_gradient_is_named(rng):
    class Forgetful(Rebinding):
        def backward(self, dy):
            return dy @ self.W.T

    net = nn.Sequential(nn.ReLU(), Forgetful(3, 2, rng))
    with pytest.raises(
        ValueError, match=r"Forgetful has the parameter W \(1\.W\), but its backward"
    ):
        nn.fit(net, nn.mse, nn.SGD(nn.Parameters(net), 0.1), (np.ones((4, 3)), np.ones((4, 2))),
               epochs=1, rng=rng)  # fmt: skip


def test_a_gradient_of_another_shape_is_named(rng):
    layer = Rebinding(3, 2, rng)
    p = nn.Parameters(layer)
    layer.dW = np.zeros((2, 3))
    with pytest.raises(ValueError, match=r"Rebinding \(W\): dW should be \(3, 2\), got \(2, 3\)"):
        p.gather()


def test_a_layer_used_twice_is_named(rng):
    dense = nn.Dense(3, 3, rng)
    net = nn.Sequential(dense)
    net.layers.append(dense)
    with pytest.raises(ValueError, match="same Dense object is used at '0' and at '1'"):
        nn.Parameters(net)


def test_integer_dtype_is_refused(rng):
    with pytest.raises(TypeError, match="float dtype"):
        nn.Parameters(make(rng), np.int32)


@pytest.mark.parametrize("how", [copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
def test_copies_are_packed_again_and_independent(how, rng):
    p = nn.Parameters(make(rng), np.float64)
    q = how(p)
    assert (q.theta == p.theta).all()
    q.theta[:] = 0
    assert not q.net[0].W.any()
    assert p.net[0].W.any()


def test_parameters_of_several_dimensions_and_none(rng):
    p = nn.Parameters(nn.Sequential(nn.ReLU(), nn.Flatten()))
    assert len(p) == 0
    optimizer = nn.Adam(p)
    optimizer.step()
