"""Every layer against numerical gradients, in both modes and at the ends of the number line."""

import numpy as np
import pytest

import nnlib as nn


def layers(rng):
    return {
        "dense": nn.Dense(4, 3, rng),
        "dense_no_bias": nn.Dense(4, 3, rng, bias=False),
        "dense_glorot": nn.Dense(4, 6, rng, init=nn.glorot_uniform),
        "dropout": nn.Dropout(0.4, rng),
        "batch_norm": nn.BatchNorm(4),
        "batch_norm_big_eps": nn.BatchNorm(4, eps=0.1, momentum=0.5),
        "layer_norm": nn.LayerNorm(4),
        "flatten": nn.Flatten(),
        "identity": nn.Identity(),
        "step": nn.Step(),
        "relu": nn.ReLU(),
        "leaky_relu": nn.LeakyReLU(0.2),
        "prelu": nn.PReLU(),
        "prelu_channels": nn.PReLU(4),
        "elu": nn.ELU(1.5),
        "sigmoid": nn.Sigmoid(),
        "tanh": nn.Tanh(),
        "swish": nn.Swish(),
        "gelu": nn.GELU(),
        "gelu_tanh": nn.GELU(approximate=True),
        "mish": nn.Mish(),
        "softplus": nn.Softplus(),
        "softmax": nn.Softmax(),
        "residual": nn.Residual(nn.Dense(4, 5, rng), nn.Tanh(), nn.Dense(5, 4, rng)),
        "sequential": nn.Sequential(
            nn.Dense(4, 6, rng), nn.BatchNorm(6), nn.PReLU(6), nn.Dropout(0.3, rng),
            nn.Residual(nn.LayerNorm(6), nn.Dense(6, 6, rng), nn.Swish()), nn.Dense(6, 2, rng),
        ),
    }  # fmt: skip


NAMES = list(layers(np.random.default_rng(0)))
ELEMENTWISE = [
    "ReLU",
    "LeakyReLU",
    "ELU",
    "Sigmoid",
    "Tanh",
    "Swish",
    "GELU",
    "Mish",
    "Softplus",
    "Step",
    "Softmax",
]


def randomize(layer, rng):
    """Move parameters and running statistics away from 0 and 1, where mistakes hide."""
    for _, part, _ in nn.walk(layer):
        for name in (*getattr(part, "params", ()), *getattr(part, "buffers", ())):
            array = getattr(part, name)
            array += rng.uniform(0.1, 0.5, array.shape)


@pytest.mark.parametrize("train", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_gradients(name, train, rng):
    layer = layers(rng)[name]
    randomize(layer, rng)
    x = rng.normal(size=(7, 4)) + 0.05
    report = nn.check_layer(layer, x, rng, train=train)
    assert report, str(report)
    n_params = sum(len(getattr(part, "params", ())) for _, part, _ in nn.walk(layer))
    assert len(report.comparisons) == 1 + n_params


@pytest.mark.parametrize("name", NAMES)
def test_forward_and_backward_leave_their_input_alone(name, rng):
    layer = layers(rng)[name]
    x = rng.normal(size=(5, 4))
    kept = x.copy()
    y = layer.forward(x, train=True)
    dy = rng.normal(size=y.shape)
    kept_dy = dy.copy()
    layer.backward(dy)
    assert (x == kept).all()
    assert (dy == kept_dy).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", NAMES)
def test_dtype_is_kept_after_packing(name, dtype, rng):
    layer = layers(rng)[name]
    nn.Parameters(layer, dtype)
    x = rng.normal(size=(5, 4)).astype(dtype)
    for train in (False, True):
        y = layer.forward(x, train=train)
        assert y.dtype == dtype
        assert layer.backward(y).dtype == dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_activations_survive_large_inputs(name, dtype):
    layer = getattr(nn, name)()
    x = np.array([[-1000, -100, -20, -1, 0, 1, 20, 100, 1000]], dtype)
    y = layer.forward(x)
    dx = layer.backward(np.ones_like(x))
    assert np.isfinite(y).all()
    assert np.isfinite(dx).all()
    assert y.dtype == dx.dtype == dtype


@pytest.mark.parametrize(
    ("name", "left", "right"),
    [("sigmoid", 0, 1), ("tanh", -1, 1), ("elu", -1, 1000), ("relu", 0, 1000),
     ("swish", 0, 1000), ("gelu", 0, 1000), ("mish", 0, 1000), ("softplus", 0, 1000)],
)  # fmt: skip
def test_activations_have_their_limits(name, left, right):
    y = getattr(nn.functional, name)(np.array([-1000.0, 1000.0]))
    assert y == pytest.approx([left, right], abs=1e-12)


def test_erf_matches_the_standard_library():
    import math

    x = np.concatenate([np.linspace(-7, 7, 20_011), [0.0, 1e-300, 50.0, -50.0]])
    exact = np.array([math.erf(v) for v in x])
    assert np.abs(nn.functional.erf(x) - exact).max() < 4e-16


def test_step_fires_at_its_threshold():
    assert nn.functional.step(np.array([-0.1, 0.0, 0.1])).tolist() == [0, 1, 1]


def test_softmax_layer_multiplies_by_the_full_jacobian(rng):
    x, dy = rng.normal(size=(1, 5)), rng.normal(size=(1, 5))
    layer = nn.Softmax()
    p = layer.forward(x)[0]
    assert layer.backward(dy)[0] == pytest.approx((np.diag(p) - np.outer(p, p)) @ dy[0])


def test_dropout_keeps_the_mean_and_is_off_in_evaluation(rng):
    layer = nn.Dropout(0.3, rng)
    x = np.ones((400, 500))
    y = layer.forward(x, train=True)
    assert set(np.unique(y)) == {0.0, 1 / 0.7}
    # 200,000 draws: five standard errors of the mean
    assert abs(y.mean() - 1) < 5 * np.sqrt(0.3 / 0.7 / x.size)
    assert layer.backward(x) is not x
    assert layer.forward(x) is x
    assert layer.backward(x) is x


def test_dropout_masks_differ_between_steps_and_repeat_with_the_seed():
    x = np.ones((4, 50))
    a = nn.Dropout(0.5, np.random.default_rng(3))
    b = nn.Dropout(0.5, np.random.default_rng(3))
    first = a.forward(x, train=True)
    assert (first == b.forward(x, train=True)).all()
    assert (first != a.forward(x, train=True)).any()


def test_batch_norm_normalizes_in_training_and_uses_running_statistics_after(rng):
    layer = nn.BatchNorm(3, eps=0.0, momentum=1.0)
    x = 5 + 2 * rng.normal(size=(64, 3))
    y = layer.forward(x, train=True)
    assert y.mean(axis=0) == pytest.approx(0, abs=1e-12)
    assert y.var(axis=0) == pytest.approx(1)
    assert layer.running_mean == pytest.approx(x.mean(axis=0))
    assert layer.running_var == pytest.approx(x.var(axis=0, ddof=1))
    one = layer.forward(x[:1])
    assert one == pytest.approx((x[:1] - x.mean(axis=0)) / x.std(axis=0, ddof=1))


def test_frozen_batch_norm_keeps_its_statistics(rng):
    layer = nn.BatchNorm(3)
    nn.set_trainable(layer, False)
    x = 5 + rng.normal(size=(8, 3))
    assert (layer.forward(x, train=True) == layer.forward(x)).all()
    assert not layer.running_mean.any()
    assert nn.check_layer(layer, x, rng, train=True)


def test_residual_of_zero_branch_is_the_identity(rng):
    branch = nn.Dense(3, 3, rng, init=lambda rng, a, b: np.zeros((a, b)))
    layer = nn.Residual(branch)
    x = rng.normal(size=(4, 3))
    assert (layer.forward(x) == x).all()


def test_backward_params_gives_the_same_gradients_as_backward(rng):
    net = layers(rng)["sequential"]
    x = rng.normal(size=(6, 4))
    dy = rng.normal(size=net.forward(x).shape)
    parameters = nn.Parameters(net, np.float64)
    net.forward(x)
    net.backward(dy)
    whole = parameters.grad.copy()
    parameters.grad[:] = 0
    net.backward_params(dy)
    assert (parameters.grad == whole).all()


def test_backward_params_skips_frozen_layers_below(rng):
    net = nn.Sequential(nn.Dense(4, 3, rng), nn.ReLU(), nn.Dense(3, 2, rng))
    nn.set_trainable(net[0], False)
    net.forward(rng.normal(size=(5, 4)))
    net.backward_params(np.ones((5, 2)))
    assert not net[0].dW.any()
    assert net[2].dW.any()


@pytest.mark.parametrize(
    ("initializer", "variance"),
    [(nn.he_normal, 2 / 300), (nn.he_uniform, 2 / 300), (nn.glorot_normal, 2 / 700),
     (nn.glorot_uniform, 2 / 700), (nn.lecun_normal, 1 / 300)],
)  # fmt: skip
def test_initializers_have_their_variance(initializer, variance, rng):
    W = initializer(rng, 300, 400)
    assert W.shape == (300, 400)
    # the variance estimate of a normal has relative standard error sqrt(2/n)
    assert W.var() == pytest.approx(variance, rel=5 * np.sqrt(2 / W.size))
    assert abs(W.mean()) < 5 * np.sqrt(variance / W.size)
    if "uniform" in initializer.__name__:
        assert np.abs(W).max() <= np.sqrt(3 * variance)


@pytest.mark.parametrize("shape", [(5, 8), (8, 5), (6, 6)])
def test_orthogonal_keeps_lengths(shape, rng):
    W = nn.orthogonal(rng, *shape)
    gram = W @ W.T if shape[0] <= shape[1] else W.T @ W
    assert gram == pytest.approx(np.eye(min(shape)), abs=1e-12)


@pytest.mark.parametrize(
    ("make", "x", "message"),
    [
        (lambda r: nn.Dense(4, 2, r), (3, 5), r"Dense expects x of shape \(batch, 4\), got \(3, 5\)"),
        (lambda r: nn.Dense(4, 2, r), (4,), r"Dense expects"),
        (lambda r: nn.BatchNorm(4), (3, 5), r"BatchNorm expects x of shape \(batch, 4\)"),
        (lambda r: nn.LayerNorm(4), (3, 5), r"LayerNorm expects"),
        (lambda r: nn.PReLU(4), (3, 5), r"PReLU has 4 slopes"),
        (lambda r: nn.Residual(nn.Dense(4, 2, r)), (3, 4), r"Residual expects its branch to keep"),
    ],
)  # fmt: skip
def test_wrong_shapes_are_named(make, x, message, rng):
    with pytest.raises(ValueError, match=message):
        make(rng).forward(np.zeros(x))


def test_batch_norm_refuses_to_train_on_one_row():
    with pytest.raises(ValueError, match="at least 2 rows"):
        nn.BatchNorm(3).forward(np.zeros((1, 3)), train=True)


@pytest.mark.parametrize("p", [-0.1, 1.0, 50])
def test_dropout_refuses_other_probabilities(p, rng):
    with pytest.raises(ValueError, match="probability"):
        nn.Dropout(p, rng)


def test_sequential_refuses_what_is_not_a_layer(rng):
    with pytest.raises(TypeError, match="create it: ReLU"):
        nn.Sequential(nn.Dense(2, 2, rng), nn.ReLU)
    with pytest.raises(TypeError, match="got list at position 0"):
        nn.Sequential([nn.ReLU()])


def test_sequential_is_a_sequence_of_layers(rng):
    layers = [nn.Dense(2, 3, rng), nn.ReLU()]
    net = nn.Sequential(*layers)
    assert len(net) == 2
    assert list(net) == layers
    assert net[1] is layers[1]


def test_a_net_without_trained_layers_has_nothing_to_do(rng):
    net = nn.Sequential(nn.ReLU(), nn.Residual(nn.Tanh()))
    net.forward(rng.normal(size=(2, 3)))
    net.backward_params(np.ones((2, 3)))
    assert len(nn.Parameters(net)) == 0


def test_a_layer_used_twice_is_named(rng):
    relu = nn.ReLU()
    with pytest.raises(ValueError, match=r"same ReLU object is used at '0' and at '2\.0'"):
        nn.Sequential(relu, nn.Dense(2, 2, rng), nn.Residual(relu))


def test_plain_layer_defaults_ask_to_be_written():
    with pytest.raises(NotImplementedError):
        nn.Layer().forward(np.zeros((1, 1)))
    with pytest.raises(NotImplementedError):
        nn.Layer().backward(np.zeros((1, 1)))
