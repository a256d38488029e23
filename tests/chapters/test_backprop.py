"""Chapter 2: what the learner ends with works, and its pictures draw at every end."""

import numpy as np
import pytest

import nnlib
from autograder.exercise import get
from autograder.pieces import piece
from nnlib.viz import backprop, backprop_figures


def reference(name):
    return piece(f"backprop-{name}", prefer="reference")


@pytest.fixture
def digits():
    x, y = nnlib.datasets.digits()
    order = np.random.default_rng(0).permutation(len(x))
    return x[order[:1437]], y[order[:1437]], x[order[1437:]], y[order[1437:]]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_learners_own_network_reads_digits(digits, seed):
    x_train, y_train, x_test, y_test = digits
    rng = np.random.default_rng(seed)
    net = reference("mlp")([64, 32, 10], reference("dense"), reference("relu"), rng)
    losses = reference("train")(net, reference("softmax_ce"), x_train, y_train, 20, 32, 0.2, rng)
    assert losses[-1] < 0.1 < losses[0]
    assert np.mean(net.predict(x_test) == y_test) >= 0.95


def test_the_learners_network_passes_the_engines_check():
    rng = np.random.default_rng(0)
    net = reference("mlp")([4, 5, 3], reference("dense"), reference("relu"), rng)
    labels = np.array([0, 2, 1, 1, 0, 2])
    report = nnlib.check_network(net, reference("softmax_ce"), rng.normal(size=(6, 4)), labels, rng)
    assert len(report.comparisons) == 4
    assert report.passed


def test_the_learners_layers_train_inside_the_engine(digits):
    x_train, y_train, x_test, y_test = digits
    rng = np.random.default_rng(0)
    net = nnlib.Sequential(
        reference("dense")(64, 32, rng), reference("relu")(), nnlib.Dense(32, 10, rng)
    )
    optimizer = nnlib.Adam(nnlib.Parameters(net), 1e-2)
    nnlib.fit(net, reference("softmax_ce"), optimizer, (x_train, y_train), epochs=5, rng=rng)
    assert nnlib.evaluate(net, nnlib.accuracy, (x_test, y_test)) > 0.9


def test_the_automatic_differentiator_is_sixty_lines():
    names = ("unbroadcast", "var", "order", "autodiff")
    source = "\n".join(get(f"backprop-{name}").reference for name in names)
    lines = [line for line in source.splitlines() if line.strip() and '"""' not in line]
    assert 50 <= len(lines) <= 70


def test_the_worked_example():
    x, W1, b1 = np.array([[0.5, 0.8]]), np.array([[0.3, 0.6], [0.7, 0.2]]), np.array([0.1, 0.2])
    z, _, score = reference("forward")(x, W1, b1, np.array([[0.4], [0.5]]), np.array([0.1]))
    np.testing.assert_allclose(z[0], [0.81, 0.66], rtol=1e-12)
    assert score[0, 0] == pytest.approx(0.754, rel=1e-12)
    assert nnlib.functional.sigmoid(score)[0, 0] == pytest.approx(0.680, abs=5e-4)
    note = backprop.calculator().scene().note
    assert "0.810" in note
    assert "0.680" in note


def test_the_graph_shows_the_gradient_of_the_differences():
    w, x, b, y, h = 1.5, 0.8, -0.5, 1.0, 1e-6

    def loss(w):
        return (nnlib.functional.sigmoid(np.array(w * x + b)) - y) ** 2

    slope = (loss(w + h) - loss(w - h)) / (2 * h)
    assert f"dL/dw = dL/dm · x = {slope:.3f}" in backprop.graph_walk().scene(step=9).note


def test_the_u_curve_has_its_minimum_where_theory_says():
    steps = np.logspace(-12, -1, 12)
    errors = [
        backprop.difference_errors("exp(x)", x, "float64", steps) for x in np.linspace(0.2, 3, 30)
    ]
    central = np.median([e["central"] for e in errors], axis=0)
    one_sided = np.median([e["one-sided"] for e in errors], axis=0)
    assert steps[np.argmin(central)] == pytest.approx(1e-5)
    assert steps[np.argmin(one_sided)] == pytest.approx(1e-8)


@pytest.mark.parametrize("name", ["graph_walk", "calculator", "u_curve", "kink"])
def test_every_widget_draws_at_the_ends_of_its_controls(name):
    explorer = getattr(backprop, name)()
    explorer.static(theme="dark").canvas.draw()
    for key, control in explorer.controls.items():
        for end in ("min", "max"):
            if hasattr(control.source, end):
                explorer.scene(**{key: getattr(control.source, end)})
        for _, value in getattr(control.source, "options", ()):
            explorer.scene(**{key: value})


def test_the_kink_is_acquitted_between_the_slopes():
    note = backprop.kink().scene(point=(0.0, 0.0)).note
    assert "central 0.500" in note
    assert "between left and right" in note


def test_every_figure_draws():
    rng = np.random.default_rng(0)
    p = np.array([0.06, 0.5, 0.15, 0.29])
    z = rng.normal(size=(4, 5))
    for card in (
        backprop_figures.shapes([("x", 5, 4), ("@", 0, 0), ("W", 4, 3)]),
        backprop_figures.paths(),
        backprop_figures.probabilities(p, 3, p - np.eye(4)[3]),
        backprop_figures.relu_mask(z, z),
        backprop_figures.jacobian(p),
        backprop_figures.cost(),
        backprop_figures.timeline(),
        backprop_figures.tiles(rng.random((9, 64)), list("abcdefghi")),
        backprop_figures.learning([1.0, 0.5], [0.8, 0.9], [0.7, 0.8]),
    ):
        card.canvas.draw()
