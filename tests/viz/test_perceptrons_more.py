"""Chapter 1's own widgets and figures: right numbers, and drawn at the ends of every slider."""

import numpy as np
import pytest

from nnlib.viz import perceptrons_more as more
from nnlib.viz.display import display_list


@pytest.mark.parametrize(
    ("widget", "ends"),
    [
        (more.decision, [{"b": -7.0}, {"b": 1.0, "weather": False}]),
        (more.descent, [{"rate": 0.02, "shown": 25}, {"rate": 1.1, "shown": 25}]),
        (
            more.approximation,
            [{"activation": "tanh", "size": 0}, {"activation": "square", "size": 11}],
        ),
        (more.folding, [{"depth": 1}, {"depth": 6}]),
    ],
)
def test_draws_at_the_ends_of_its_sliders(widget, ends):
    explorer = widget()
    for values in ends:
        assert display_list(explorer.scene(**values))["ops"]


@pytest.mark.parametrize(("b", "count"), [(0.5, 8), (-2.5, 5), (-3.5, 3), (-6.5, 0)])
def test_decision_counts_the_yeses(b, count):
    assert f"{count} of 8 inputs get a yes" in more.decision().scene(b=b).note


@pytest.mark.parametrize(
    ("rate", "fate"), [(0.1, "settles"), (1.0, "never settles"), (1.06, "runs away")]
)
def test_descent_says_what_becomes_of_it(rate, fate):
    assert more.descent().scene(rate=rate).note.endswith(f"it {fate}")


def test_squares_have_an_error_floor_and_relu_has_none():
    x = np.linspace(-1, 1, 1001)
    wave = np.sin(3 * np.pi * x)

    def error(kind, width):
        net = more.fit_features(lambda at: np.sin(3 * np.pi * at), kind, width)
        return np.abs(net(x) - wave).max()

    assert error("square", 200) == pytest.approx(error("square", 5), rel=1e-6)
    assert error("square", 200) > 1.1
    assert error("ReLU", 200) < 0.02


def test_folding_draws_a_triangle_wave():
    scene = more.folding().scene(depth=4)
    curve = scene.rows[0][0].items[0]
    expected = 1 - np.abs((curve["x"] * 16) % 2 - 1)
    np.testing.assert_allclose(curve["y"], expected, atol=1e-12)
