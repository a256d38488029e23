"""Optimizers, schedules, penalties, the loop, callbacks."""

import copy
from functools import partial
from itertools import pairwise

import numpy as np
import pytest

import nnlib as nn


class Point:
    """A bare parameter, for optimizers alone."""

    params = ("w",)

    def __init__(self, *values):
        self.w = np.array(values, float)
        self.dw = np.zeros_like(self.w)

    def forward(self, x):
        return x

    def backward(self, dy):
        return dy


def mlp(rng, *sizes, activation=nn.ReLU):
    layers = []
    for n_in, n_out in pairwise(sizes):
        layers += [nn.Dense(n_in, n_out, rng), activation()]
    return nn.Sequential(*layers[:-1])


def run(point, make, gradients):
    optimizer = make(nn.Parameters(point, np.float64))
    for g in gradients:
        point.dw[...] = g
        optimizer.step()
    return point.w


GRADIENTS = np.random.default_rng(5).normal(size=(12, 3))


def test_adam_follows_its_paper():
    theta, m, v = np.ones(3), 0.0, 0.0
    for t, g in enumerate(GRADIENTS, 1):
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        theta = theta - 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    assert run(Point(1, 1, 1), partial(nn.Adam, lr=0.01), GRADIENTS) == pytest.approx(theta)


def test_adam_without_bias_correction_starts_three_times_too_fast():
    w = run(Point(0.0), partial(nn.Adam, lr=0.01, bias_correction=False), [[1.0]])
    assert w[0] == pytest.approx(-0.01 * 0.1 / np.sqrt(0.001), rel=1e-6)


def test_adam_is_the_same_across_blocks(rng):
    n = 2 * nn.optimizers.BLOCK + 17
    start, grads = rng.normal(size=n), rng.normal(size=(4, n))
    whole = run(Point(*start), partial(nn.Adam, lr=0.1), grads)
    parts = [run(Point(*start[i : i + 1000]), partial(nn.Adam, lr=0.1), grads[:, i : i + 1000])
             for i in range(0, n, 1000)]  # fmt: skip
    assert (whole == np.concatenate(parts)).all()


def test_rmsprop_and_adagrad_follow_their_formulas():
    theta, v, total = np.ones(3), 0.0, 0.0
    theta2 = np.ones(3)
    for g in GRADIENTS:
        v = 0.9 * v + 0.1 * g**2
        theta = theta - 0.01 * g / (np.sqrt(v) + 1e-8)
        total = total + g**2
        theta2 = theta2 - 0.01 * g / (np.sqrt(total) + 1e-10)
    assert run(Point(1, 1, 1), partial(nn.RMSProp, lr=0.01, rho=0.9), GRADIENTS) == (
        pytest.approx(theta, rel=1e-12)
    )
    assert run(Point(1, 1, 1), partial(nn.AdaGrad, lr=0.01), GRADIENTS) == (
        pytest.approx(theta2, rel=1e-12)
    )


def test_a_learners_optimizer_is_one_method():
    class Sign(nn.Optimizer):
        def update(self, theta, grad, lr):
            theta -= lr * np.sign(grad)

    assert run(Point(1.0, 2.0), partial(Sign, lr=0.5), [[3.0, -0.1]]).tolist() == [0.5, 2.5]


def test_optimizers_state_is_allocated_by_name():
    class Heavy(nn.Optimizer):
        state = ("v",)

        def update(self, theta, grad, lr):
            self.v[...] = 0.5 * self.v + grad
            theta -= lr * self.v

    assert run(Point(0.0), partial(Heavy, lr=1.0), [[1.0], [1.0]])[0] == -2.5


def test_adamw_decays_matrices_only(rng):
    net = nn.Sequential(nn.Dense(3, 2, rng), nn.BatchNorm(2), nn.PReLU(2))
    net[0].b += 1
    before = net[0].W.copy()
    optimizer = nn.AdamW(nn.Parameters(net, np.float64), lr=0.1, weight_decay=0.5)
    optimizer.step()  # all gradients are 0
    assert pytest.approx(before * 0.95) == net[0].W
    assert net[0].b.tolist() == net[1].gamma.tolist() == [1, 1]
    assert net[2].alpha.tolist() == [0.25, 0.25]


@pytest.mark.parametrize("make", [nn.SGD, nn.Adam, nn.AdamW, nn.RMSProp, nn.AdaGrad])
def test_parts_have_their_own_rates(make, rng):
    nets = [mlp(np.random.default_rng(0), 3, 4, 2) for _ in range(3)]
    x, y = rng.normal(size=(5, 3)), rng.integers(0, 2, 5)
    rates = [(0.1, None), (0.01, None), (0.1, {"0": 0.1, "2.b": 0.0})]
    starts = [[net[0].W.copy(), net[2].W.copy(), net[2].b.copy()] for net in nets]
    for net, (lr, scale) in zip(nets, rates, strict=True):
        optimizer = make(nn.Parameters(net, np.float64), lr, lr_scale=scale)
        net.backward(nn.softmax_cross_entropy(net.forward(x), y)[1])
        optimizer.step()
    assert pytest.approx(nets[1][0].W, rel=1e-12) == nets[2][0].W
    assert pytest.approx(nets[0][2].W, rel=1e-12) == nets[2][2].W
    assert (nets[2][2].b == starts[2][2]).all()


def test_unknown_parts_are_named(rng):
    with pytest.raises(ValueError, match=r"lr_scale names \['head'\], but the parameters are 0\.W"):
        nn.SGD(nn.Parameters(mlp(rng, 2, 2)), 0.1, lr_scale={"head": 1.0})


def test_a_copied_optimizer_goes_on_alone(rng):
    net = mlp(rng, 2, 4, 2)
    optimizer = nn.Adam(nn.Parameters(net), 0.1)
    data = nn.datasets.moons(20, rng)

    def go_on(optimizer):
        p = optimizer.parameters
        nn.fit(p.net, nn.softmax_cross_entropy, optimizer, data, epochs=2,
               rng=np.random.default_rng(0))  # fmt: skip
        return p.theta

    go_on(optimizer)
    other, start = copy.deepcopy(optimizer), optimizer.parameters.theta.copy()
    first = go_on(other)
    assert (optimizer.parameters.theta == start).all()
    assert (first == go_on(optimizer)).all()
    assert (first != start).any()


def test_bad_optimizer_arguments_are_named(rng):
    net = mlp(rng, 2, 2)
    with pytest.raises(TypeError, match=r"expects Parameters\(net\), got Sequential"):
        nn.Adam(net)
    with pytest.raises(ValueError, match="lr >= 0"):
        nn.SGD(nn.Parameters(net), -1.0)
    with pytest.raises(ValueError, match="momentum > 0"):
        nn.SGD(nn.Parameters(net), 0.1, nesterov=True)
    with pytest.raises(NotImplementedError):
        nn.Optimizer(nn.Parameters(net), 0.1).step()


def test_schedules_at_their_ends():
    assert nn.constant(0.3)(99) == 0.3
    cosine = nn.cosine_annealing(1.0, steps=10, lr_min=0.2)
    assert [cosine(0), cosine(5), cosine(10), cosine(99)] == pytest.approx([1, 0.6, 0.2, 0.2])
    warm = nn.warmup(nn.exponential_decay(1.0, rate=0.5), steps=4)
    assert [warm(i) for i in range(6)] == pytest.approx([0.25, 0.5, 0.75, 1, 1, 0.5])
    assert nn.step_decay(1.0, every=2)(5) == 0.25


def test_schedule_starts_at_step_zero():
    rates = []
    point = Point(0.0)
    optimizer = nn.SGD(nn.Parameters(point), lambda step: rates.append(step) or 0.1)
    optimizer.step()
    optimizer.step()
    assert rates == [0, 1]


@pytest.mark.parametrize(
    "penalty",
    [partial(nn.l2, strength=0.3), partial(nn.l1, strength=0.3),
     partial(nn.elastic_net, l1=0.2, l2=0.4)],
)  # fmt: skip
def test_penalty_gradients(penalty, rng):
    theta = rng.normal(size=9)
    numeric = nn.numerical_gradient(lambda t: penalty(t)[0], theta)
    assert penalty(theta)[1] == pytest.approx(numeric, rel=1e-8, abs=1e-9)


def test_penalty_spares_biases(rng):
    net = mlp(rng, 2, 3)
    net[0].b += 1
    before = net[0].W.copy()
    optimizer = nn.SGD(nn.Parameters(net, np.float64), 0.1)

    def zero(scores, target):
        return 0.0, np.zeros_like(scores)

    nn.fit(net, zero, optimizer, (np.zeros((4, 2)), np.zeros((4, 3))), epochs=1, rng=rng,
           penalty=partial(nn.l2, strength=0.5))  # fmt: skip
    assert pytest.approx(before * 0.9) == net[0].W
    assert (net[0].b == 1).all()


def test_soft_threshold_reaches_zero():
    theta = np.array([-2.0, -0.1, 0.0, 0.2, 1.0])
    nn.soft_threshold(theta, 0.5)
    assert theta.tolist() == [-1.5, 0, 0, 0, 0.5]


def test_clip_norm_keeps_the_direction():
    grad = np.array([3.0, 4.0])
    assert nn.clip_norm(grad, 1.0) == 5.0
    assert grad == pytest.approx([0.6, 0.8])
    assert nn.clip_norm(grad, 2.0) == pytest.approx(1.0)
    assert grad == pytest.approx([0.6, 0.8])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_clip_norm_does_not_spread_what_is_not_finite(bad):
    grad = np.array([bad, 1.0])
    assert not np.isfinite(nn.clip_norm(grad, 1.0))
    assert grad[1] == 1.0


@pytest.mark.filterwarnings("ignore:overflow")
def test_clip_norm_survives_overflowing_squares():
    grad = np.array([3e30, 4e30], np.float32)
    assert nn.clip_norm(grad, 1.0) == pytest.approx(5e30, rel=1e-6)
    assert grad == pytest.approx([0.6, 0.8], rel=1e-6)


def test_clip_value_and_max_norm(rng):
    grad = np.array([-3.0, 0.5, 7.0])
    nn.clip_value(grad, 1.0)
    assert grad.tolist() == [-1, 0.5, 1]
    net = mlp(rng, 3, 2)
    net[0].W[...] = [[3.0, 0.1], [4.0, 0.1], [0.0, 0.1]]
    nn.max_norm(nn.Parameters(net, np.float64), 1.0)
    assert net[0].W[:, 0] == pytest.approx([0.6, 0.8, 0])
    assert net[0].W[:, 1] == pytest.approx(0.1)


def test_fit_clips_and_calls_after_step(rng):
    net = mlp(rng, 3, 2)
    optimizer = nn.SGD(nn.Parameters(net, np.float64), 1.0)
    norms, before = [], optimizer.parameters.theta.copy()
    nn.fit(net, nn.mse, optimizer, (rng.normal(size=(4, 3)), 100 + np.zeros((4, 2))), epochs=1,
           batch_size=4, rng=rng, clip=0.5,
           after_step=lambda o: norms.append(np.linalg.norm(o.parameters.theta - before)))  # fmt: skip
    assert norms == pytest.approx([0.5])


def test_fit_learns_xor(rng):
    net = mlp(rng, 2, 16, 2)
    x, y = nn.datasets.xor()
    optimizer = nn.Adam(nn.Parameters(net), 0.05)
    history = nn.fit(net, nn.softmax_cross_entropy, optimizer, (x, y), epochs=200, rng=rng)
    assert history.train_loss[-1] < 0.01
    assert nn.evaluate(net, nn.accuracy, (x, y)) == 1.0


def test_fit_repeats_bit_for_bit_with_the_seed():
    def once():
        rng = np.random.default_rng(11)
        net = nn.Sequential(
            nn.Dense(2, 8, rng), nn.Dropout(0.2, rng), nn.ReLU(), nn.Dense(8, 2, rng)
        )
        parameters = nn.Parameters(net)
        nn.fit(net, nn.softmax_cross_entropy, nn.Adam(parameters), nn.datasets.moons(50, rng),
               epochs=3, rng=rng)  # fmt: skip
        return parameters.theta

    assert (once() == once()).all()


def test_loss_of_an_epoch_is_a_mean_over_rows(rng):
    net = mlp(rng, 3, 2)
    data = rng.normal(size=(10, 3)), rng.normal(size=(10, 2))
    optimizer = nn.SGD(nn.Parameters(net, np.float64), 0.0)
    history = nn.fit(net, nn.mse, optimizer, data, epochs=1, batch_size=4, rng=rng, val=data)
    assert history.train_loss[0] == pytest.approx(history.val_loss[0], rel=1e-12)
    assert history.val_loss[0] == pytest.approx(nn.evaluate(net, nn.mse, data), rel=1e-12)


def test_history_holds_what_was_asked(rng, capsys):
    net = mlp(rng, 2, 4, 2)
    data = nn.datasets.moons(40, rng)
    history = nn.fit(
        net, nn.softmax_cross_entropy, nn.Adam(nn.Parameters(net), nn.step_decay(0.1, every=2)),
        data, epochs=3, rng=rng, val=data, metrics=(nn.accuracy,), progress=True,
    )  # fmt: skip
    assert len(history.train_loss) == len(history.val_loss) == 3
    assert history.lr == [0.1, 0.05, 0.025]
    scores = nn.evaluate(net, nn.softmax_cross_entropy, data, (nn.accuracy,))
    assert scores == {"loss": history.val_loss[-1], "accuracy": history.metrics["accuracy"][-1]}
    shown = capsys.readouterr()
    assert "epoch 3/3 [####################] train_loss" in shown.out
    assert not shown.err


def test_fit_is_silent_unless_asked(rng, capsys):
    net = mlp(rng, 2, 2)
    nn.fit(net, nn.softmax_cross_entropy, nn.Adam(nn.Parameters(net)), nn.datasets.xor(), epochs=1,
           rng=rng)  # fmt: skip
    assert capsys.readouterr() == ("", "")


def test_drop_last_leaves_out_a_batch_of_one(rng):
    net = nn.Sequential(nn.Dense(2, 3, rng), nn.BatchNorm(3), nn.Dense(3, 2, rng))
    data = nn.datasets.moons(9, rng)
    optimizer = nn.Adam(nn.Parameters(net))
    nn.fit(net, nn.softmax_cross_entropy, optimizer, data, epochs=1, batch_size=4, rng=rng,
           drop_last=True)  # fmt: skip
    assert optimizer.t == 2
    with pytest.raises(ValueError, match="drop_last=True"):
        nn.fit(net, nn.softmax_cross_entropy, optimizer, data, epochs=1, batch_size=4, rng=rng)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_divergence_stops_with_advice(rng):
    net = mlp(rng, 3, 8, 1)
    data = 100 * rng.normal(size=(50, 3)), rng.normal(size=(50, 1))
    with pytest.raises(FloatingPointError, match=r"loss is .* in epoch \d+, step \d+ .*smaller lr"):
        nn.fit(net, nn.mse, nn.SGD(nn.Parameters(net), 1e3), data, epochs=50, rng=rng)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_bad_data_is_named(bad, rng):
    net = mlp(rng, 2, 1)
    x, y = rng.normal(size=(6, 2)), rng.normal(size=(6, 1))
    x[3, 1] = bad
    optimizer = nn.SGD(nn.Parameters(net), 0.1)
    with pytest.raises(ValueError, match=rf"got {bad} in x\[3, 1\] \(1 such entries\)"):
        nn.fit(net, nn.mse, optimizer, (x, y), epochs=1, rng=rng)
    with pytest.raises(ValueError, match=r"finite val, got nan in y\[0, 0\]"):
        nn.fit(net, nn.mse, optimizer, (y.repeat(2, 1), y), val=(y.repeat(2, 1), y * np.nan),
               epochs=1, rng=rng)  # fmt: skip
    with pytest.raises(ValueError, match="as many rows"):
        nn.fit(net, nn.mse, optimizer, (x, y[:3]), epochs=1, rng=rng)


def test_flat_targets_never_broadcast_in_fit(rng):
    net = mlp(rng, 2, 1)
    with pytest.raises(ValueError, match=r"target\.reshape\(-1, 1\)"):
        nn.fit(net, nn.mse, nn.SGD(nn.Parameters(net), 0.1), (np.zeros((6, 2)), np.zeros(6)),
               epochs=1, rng=rng)  # fmt: skip


def test_early_stopping_restores_a_copy_of_the_best(rng):
    net = nn.Sequential(nn.Dense(2, 4, rng), nn.BatchNorm(4), nn.Dense(4, 1, rng))
    parameters = nn.Parameters(net, np.float64)
    losses = iter([3.0, 1.0, 2.0, 2.0, 0.5])
    seen = []

    def scripted(epoch, history):
        history.val_loss[-1] = next(losses)
        seen.append((parameters.theta.copy(), net[1].running_mean.copy()))

    stopper = nn.EarlyStopping(parameters, patience=2)
    data = rng.normal(size=(8, 2)), rng.normal(size=(8, 1))
    history = nn.fit(net, nn.mse, nn.Adam(parameters, 0.1), data, epochs=9, rng=rng, val=data,
                     callbacks=(scripted, stopper))  # fmt: skip
    assert len(history.val_loss) == 4
    assert stopper.best_epoch == 1
    assert (parameters.theta == seen[1][0]).all()
    assert (net[1].running_mean == seen[1][1]).all()
    assert (parameters.theta != seen[3][0]).any()


def test_early_stopping_needs_its_series(rng):
    net = mlp(rng, 2, 2)
    p = nn.Parameters(net)
    with pytest.raises(ValueError, match=r"val_loss needs fit\(\.\.\., val="):
        nn.fit(net, nn.softmax_cross_entropy, nn.Adam(p), nn.datasets.xor(), epochs=1, rng=rng,
               callbacks=(nn.EarlyStopping(p),))  # fmt: skip
    with pytest.raises(ValueError, match="'min' or 'max'"):
        nn.EarlyStopping(p, mode="up")


def test_early_stopping_by_a_metric_that_should_grow():
    p = nn.Parameters(Point(0.0))
    stopper = nn.EarlyStopping(p, patience=2, monitor="accuracy", mode="max", min_delta=0.01)
    history = nn.History(metrics={"accuracy": []})
    stops = []
    for value in (0.5, 0.6, 0.605, 0.6):
        history.metrics["accuracy"].append(value)
        stops.append(stopper(len(stops), history))
    assert stops == [False, False, False, True]


def test_reduce_on_plateau():
    optimizer = nn.SGD(nn.Parameters(Point(0.0)), 0.1)
    callback = nn.ReduceOnPlateau(optimizer, patience=1, factor=0.1, lr_min=0.005)
    history, rates = nn.History(), []
    for value in (1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5):
        history.val_loss.append(value)
        callback(0, history)
        rates.append(optimizer.lr)
    assert rates == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.005, 0.005, 0.005])
    with pytest.raises(TypeError, match="got a schedule"):
        nn.ReduceOnPlateau(nn.SGD(nn.Parameters(Point(0.0)), nn.constant(0.1)))


def test_predict_casts_and_batches(rng):
    net = mlp(rng, 3, 2)
    nn.Parameters(net)
    x = rng.normal(size=(10, 3))
    scores = nn.predict(net, x, batch_size=4)
    assert scores.dtype == np.float32
    assert scores == pytest.approx(net.forward(x.astype(np.float32)), rel=1e-6)
    assert nn.predict(net, x[:0]).shape == (0, 2)
