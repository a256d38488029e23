"""Chapter 6's widgets: drawn at the ends of every control, and their walks are nnlib's."""

import numpy as np
import pytest

from nnlib import SGD, AdaGrad, Adam, Dense, Parameters, RMSProp, glorot_normal
from nnlib.viz import optimizers
from nnlib.viz.display import display_list
from nnlib.viz.landscapes import LANDSCAPES, height, radius, walk
from nnlib.viz.optimizers_figures import intervals, maps, stability


def descend(A, b, theta, lr, steps):
    path = [theta]
    for _ in range(steps):
        path.append(path[-1] - lr * (A @ path[-1] - b))
    return np.array(path)


@pytest.mark.parametrize(
    ("rate", "words"),
    [(0.02, "by 0.20"), (0.03, "by -0.20, which swings"), (0.055, "by -1.20: it grows")],
)
def test_descent_says_what_a_step_does_to_the_steep_direction(rate, words):
    assert optimizers.descent(descend).scene(rate=rate).note.endswith(words)


@pytest.mark.parametrize(
    ("widget", "ends"),
    [
        (
            optimizers.race,
            [{"landscape": name, "log_rate": 0.3, "shown": 120} for name in LANDSCAPES]
            + [{"log_rate": -3.0, "beta": 0.0, "shown": 0, "start": (9.0, -9.0)}],
        ),
        (
            lambda: optimizers.descent(descend),
            [{"rate": 0.001}, {"rate": 0.055}, {"start": (9.0, -9.0)}],
        ),
        (
            optimizers.momentum_map,
            [{"dial": (4.0, 1.0)}, {"form": "Nesterov", "log_kappa": 0.0, "dial": (0.0, 0.0)}],
        ),
        (
            optimizers.schedule_plotter,
            [
                {"schedule": name, "rate": 0.18, "warm": 60, "seed": 3}
                for name in ("one cycle", "cosine, restarts", "step decay", "constant")
            ],
        ),
        (
            optimizers.batch_and_rate,
            [{"log_batch": 3}, {"log_batch": 11}, {"log_batch": 11, "rule": "keep the rate"}],
        ),
    ],
)
def test_draws_at_the_ends_of_its_controls(widget, ends):
    explorer = widget()
    for values in ends:
        assert display_list(explorer.scene(**values))["ops"]


@pytest.mark.parametrize(
    ("rule", "make"),
    [
        ("SGD", lambda p: SGD(p, 0.02)),
        ("momentum", lambda p: SGD(p, 0.02, momentum=0.9)),
        ("Nesterov", lambda p: SGD(p, 0.01, momentum=0.9, nesterov=True)),
        ("AdaGrad", lambda p: AdaGrad(p, 0.3)),
        ("RMSProp", lambda p: RMSProp(p, 0.02, rho=0.9)),
        ("Adam", lambda p: Adam(p, 0.1)),
    ],
)
def test_walks_are_those_of_nnlib(rule, make):
    where = LANDSCAPES["ravine"]
    layer = Dense(1, 2, np.random.default_rng(0), glorot_normal, bias=False)
    parameters = Parameters(layer, np.float64)
    optimizer = make(parameters)
    layer.W[:] = where.start
    path = [layer.W[0].copy()]
    for _ in range(30):
        layer.dW[:] = where.slope(*layer.W[0])
        optimizer.step()
        path.append(layer.W[0].copy())
    mine = walk("ravine", rule, optimizer.current_lr(), steps=30)
    np.testing.assert_allclose(mine, path, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", LANDSCAPES)
def test_slopes_are_those_of_the_landscape(name):
    where = LANDSCAPES[name]
    x, y, h = 0.37, -0.61, 1e-6
    along_x = (where.value(x + h, y) - where.value(x - h, y)) / (2 * h)
    along_y = (where.value(x, y + h) - where.value(x, y - h)) / (2 * h)
    np.testing.assert_allclose(where.slope(x, y), (along_x, along_y), rtol=1e-7)
    assert height(name, np.array([where.start]))[0] > 0


@pytest.mark.parametrize("nesterov", [False, True])
def test_radius_is_the_factor_that_is_measured(nesterov):
    a, beta, kappa = 0.8, 0.5, 20.0
    largest = 0.0
    for q in (a, a / kappa):
        x, v, sizes = 1.0, 0.0, []
        for _ in range(400):
            v = beta * v + q * x
            x -= q * x + beta * v if nesterov else v
            sizes.append(abs(x) + abs(v))
        largest = max(largest, (sizes[-1] / sizes[199]) ** (1 / 200))
    assert radius(a, beta, kappa, nesterov=nesterov) == pytest.approx(largest, rel=1e-2)


def test_limits_of_stability():
    assert radius(3.79, 0.9, 100) < 1 < radius(3.81, 0.9, 100)
    assert radius(1.35, 0.9, 100, nesterov=True) < 1 < radius(1.37, 0.9, 100, nesterov=True)


def test_figures_draw():
    path = walk("saddle", "Adam", 0.05)
    assert maps({"one": {"a": path}, "two": {"b": path}}, "saddle").png()
    assert stability(10.0).png()
    assert intervals(["a", "b"], np.array([[1.0, 2.0], [2.0, 4.0]]), t=12.7, xlabel="loss").png()
