"""Chapter 7's widgets: drawn at the ends of their controls, and their words are true."""

import numpy as np
import pytest

from nnlib.viz import regularization_more as more
from nnlib.viz.display import display_list


def brightest(rows):
    """Read the number of the column with the most ink."""
    return np.eye(10)[[rows.reshape(8, 8).sum(axis=0).argmax()]]


@pytest.fixture
def turning():
    images = np.zeros((10, 8, 8))
    images[np.arange(8), :, np.arange(8)] = 1  # the image of k is a line in column k
    return more.turning(
        images,
        lambda images, degrees: np.rot90(images, int(degrees[0]) // 90, axes=(1, 2)),
        {"lines": brightest, "nothing": lambda rows: np.full((1, 10), 0.1)},
    )


@pytest.mark.parametrize(
    "values",
    [{"digit": 0, "angle": -180}, {"digit": 9, "angle": 180}, {"digit": 5, "trained": "nothing"}],
)
def test_turning_draws_at_the_ends_of_its_controls(turning, values):
    assert display_list(turning.scene(**values))["ops"]


@pytest.mark.parametrize(
    ("angle", "words"),
    [(0, "a 2 with 100 %, as the label says"), (180, "a 5 with 100 %, the label says otherwise")],
)
def test_turning_compares_what_is_read_with_the_label(turning, angle, words):
    assert turning.scene(digit=2, angle=angle).note == f"trained on lines: it reads {words}"
