"""The checker finds what is wrong, says where, and lets kinks pass."""

import numpy as np
import pytest

import nnlib as nn


class MyDense:
    """What a learner writes: no base class."""

    params = ("W", "b")

    def __init__(self, n, m, rng):
        self.W, self.b = rng.normal(size=(n, m)), rng.normal(size=m)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dy):
        self.dW = self.x.T @ dy
        self.db = dy.sum(axis=0)
        return dy @ self.W.T


class OffByALittle(MyDense):
    def backward(self, dy):
        dx = super().backward(dy)
        self.dW[1, 2] *= 1.001
        return dx


class Averaged(MyDense):
    def backward(self, dy):
        dx = super().backward(dy)
        self.dW = self.dW / len(dy)
        return dx


class Transposed(MyDense):
    def backward(self, dy):
        dx = super().backward(dy)
        self.dW = self.dW.T
        return dx


class BatchOfOne(MyDense):
    def backward(self, dy):
        dx = super().backward(dy)
        self.db = dy[0]
        return dx


class NoGradient(MyDense):
    def backward(self, dy):
        return dy @ self.W.T


class NanGradient(MyDense):
    def backward(self, dy):
        return super().backward(dy) * np.nan


class NoMask(nn.ReLU):
    def backward(self, dy):
        return dy


def test_a_right_plain_layer_passes(rng):
    report = nn.check_layer(MyDense(4, 3, rng), rng.normal(size=(5, 4)), rng)
    assert report
    assert [c.name for c in report.comparisons] == ["x", "W", "b"]
    assert "W: ok, 12 checked" in str(report)


def test_one_entry_off_by_a_thousandth_is_found_and_named(rng):
    report = nn.check_layer(OffByALittle(4, 3, rng), rng.normal(size=(5, 4)), rng)
    assert not report
    worst = report["W"]
    assert not worst.passed
    assert worst.index == (1, 2)
    assert worst.analytic / worst.numeric == pytest.approx(1.001, rel=1e-6)
    assert report["x"].passed
    assert report["b"].passed
    assert "W[1, 2]: backward gives" in str(worst)


def test_a_gradient_divided_by_the_batch_is_found(rng):
    c = nn.check_layer(Averaged(4, 3, rng), rng.normal(size=(5, 4)), rng)["W"]
    assert not c.passed
    assert c.analytic / c.numeric == pytest.approx(1 / 5)
    assert c.analytic_all / c.numeric_all == pytest.approx(np.full((4, 3), 0.2))


def test_a_transposed_gradient_is_found_even_where_shapes_agree(rng):
    report = nn.check_layer(Transposed(4, 3, rng), rng.normal(size=(5, 4)), rng)
    assert "expected a gradient of shape (4, 3), got shape (3, 4)" in str(report)
    assert not nn.check_layer(Transposed(4, 4, rng), rng.normal(size=(5, 4)), rng)


def test_right_for_a_batch_of_one_is_not_right(rng):
    layer = BatchOfOne(4, 3, rng)
    assert nn.check_layer(layer, rng.normal(size=(1, 4)), rng)
    assert not nn.check_layer(layer, rng.normal(size=(5, 4)), rng)["b"].passed


def test_a_missing_gradient_is_named(rng):
    report = nn.check_layer(NoGradient(4, 3, rng), rng.normal(size=(5, 4)), rng)
    assert "got none" in str(report)


def test_nan_fails(rng):
    assert not nn.check_layer(NanGradient(4, 3, rng), rng.normal(size=(5, 4)), rng)["x"].passed


def test_a_missing_mask_is_found(rng):
    assert not nn.check_layer(NoMask(), rng.normal(size=(5, 4)), rng)


@pytest.mark.parametrize("layer", [nn.ReLU(), nn.LeakyReLU(), nn.PReLU()])
def test_a_kink_is_acquitted(layer, rng):
    report = nn.check_layer(layer, np.zeros((3, 4)), rng)
    assert report, str(report)
    assert report["x"].kinks > 0


def test_a_kink_does_not_acquit_a_wrong_slope(rng):
    class Wrong(nn.ReLU):
        def backward(self, dy):
            return -0.1 * dy

    assert not nn.check_layer(Wrong(), np.zeros((3, 4)), rng)


def test_a_kink_within_reach_of_the_step_is_acquitted(rng):
    assert nn.check_layer(nn.ReLU(), np.full((2, 3), 1e-6), rng)


def test_the_layer_is_left_as_it_was(rng):
    layer = nn.BatchNorm(4)
    nn.check_layer(layer, rng.normal(size=(5, 4)), rng, train=True)
    assert not layer.running_mean.any()
    assert not layer.dgamma.any()


def test_dropout_draws_the_same_mask_in_every_evaluation(rng):
    layer = nn.Sequential(nn.Dense(4, 6, rng), nn.Dropout(0.5, np.random.default_rng(1)))
    assert nn.check_layer(layer, rng.normal(size=(5, 4)), rng, train=True)


def test_float32_layers_are_checked_in_float64(rng):
    net = nn.Sequential(nn.Dense(4, 3, rng), nn.Tanh())
    nn.Parameters(net, np.float32)
    assert nn.check_layer(net, rng.normal(size=(5, 4)).astype(np.float32), rng)


def small_net(rng, dense=nn.Dense):
    return nn.Sequential(
        nn.Dense(6, 8, rng), nn.BatchNorm(8), nn.ReLU(), nn.Dropout(0.2, rng), dense(8, 3, rng)
    )


@pytest.mark.parametrize("train", [False, True])
def test_networks_entry_by_entry(train, rng):
    x, y = rng.normal(size=(7, 6)), rng.integers(0, 3, 7)
    report = nn.check_network(small_net(rng), nn.softmax_cross_entropy, x, y, rng, train=train)
    assert report, str(report)
    assert sum(c.checked for c in report.comparisons) == 6 * 8 + 8 + 16 + 8 * 3 + 3


@pytest.mark.parametrize("dense", [OffByALittle, Averaged, BatchOfOne])
def test_wrong_networks_entry_by_entry(dense, rng):
    x, y = rng.normal(size=(7, 6)), rng.integers(0, 3, 7)
    report = nn.check_network(small_net(rng, dense), nn.softmax_cross_entropy, x, y, rng)
    assert not report
    assert all(c.passed for c in report.comparisons if not c.name.startswith("4."))


def wide_net(rng, dense=nn.Dense):
    return nn.Sequential(nn.Dense(40, 60, rng), nn.ReLU(), dense(60, 5, rng))


def test_wide_networks_along_random_directions(rng):
    x, y = rng.normal(size=(9, 40)), rng.integers(0, 5, 9)
    report = nn.check_network(wide_net(rng), nn.softmax_cross_entropy, x, y, rng)
    assert report, str(report)
    assert all("directions" in c.name for c in report.comparisons)


def test_halving_finds_the_one_wrong_entry(rng):
    x, y = rng.normal(size=(9, 40)), rng.integers(0, 5, 9)

    class OneWrong(MyDense):
        def backward(self, dy):
            dx = super().backward(dy)
            self.dW[1, 2] *= 1.1
            return dx

    net = wide_net(rng, OneWrong)
    report = nn.check_network(net, nn.softmax_cross_entropy, x, y, rng)
    assert not report
    assert report["2.W"].index == (1, 2)


def test_wide_gradients_off_by_a_thousandth_are_found(rng):
    class Scaled(MyDense):
        def backward(self, dy):
            dx = super().backward(dy)
            self.dW = 1.001 * self.dW
            return dx

    x, y = rng.normal(size=(9, 40)), rng.integers(0, 5, 9)
    report = nn.check_network(wide_net(rng, Scaled), nn.softmax_cross_entropy, x, y, rng)
    assert [c.passed for c in report.comparisons] == [True, False, True, True]


def test_curvature_is_not_taken_for_a_kink(rng):
    class Cosh(nn.Layer):
        def forward(self, x, train=False):
            self.x = x
            return np.cosh(x)

        def backward(self, dy):
            return dy * (np.sinh(self.x) + 1e-6)  # within the curvature of one step, yet wrong

    assert not nn.check_layer(Cosh(), np.full((2, 2), 1e-3), rng)


def test_losses_off_by_a_little_are_found(rng):
    def wrong(scores, target):
        value, dscores = nn.mse(scores, target)
        return value, dscores * 1.001

    x = rng.normal(size=(3, 2))
    assert nn.check_loss(nn.mse, x, x + 1)
    assert not nn.check_loss(wrong, x, x + 1)


@pytest.mark.parametrize(
    ("method", "tolerance"), [("central", 1e-9), ("forward", 1e-4), ("complex", 1e-15)]
)
def test_numerical_gradient(method, tolerance):
    x = np.array([[0.3, -1.2], [2.0, 0.7]])
    gradient = nn.numerical_gradient(lambda z: (np.sin(z) * z**2).sum(), x, method=method)
    exact = np.cos(x) * x**2 + 2 * x * np.sin(x)
    assert gradient == pytest.approx(exact, rel=tolerance)
    assert x[0, 0] == 0.3


def test_numerical_gradient_names_its_methods():
    with pytest.raises(ValueError, match="central, forward or complex"):
        nn.numerical_gradient(np.sum, np.zeros(2), method="backward")
