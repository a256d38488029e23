"""What a card keeps when it is stored with a palette, and the signs of its words."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from nnlib.viz import Panel, Scene, mesh, render
from nnlib.viz.display import display_list


def decoded(panel):
    """Return the picture as stored, and the kind of its pixels."""
    picture = Image.open(BytesIO(render(Scene(panel, width=400, height=300)).png()))
    return np.asarray(picture.convert("RGBA")).astype(int), picture.mode


def plain(x_from, x_to):
    panel = Panel(xlim=(0, 1), ylim=(0, 1))
    return panel.rect(x_from, 0, x_to, 1, "green", alpha=0.06).line([0, 1], [0, 1])


def test_a_pale_shade_survives_the_palette():
    pixels, mode = decoded(plain(0.25, 0.75))
    assert mode == "P"
    middle, right = pixels[150, 470], pixels[150, 740]  # below the line there
    assert not np.array_equal(middle, right)
    assert list(right) == [255, 255, 255, 255]
    assert pixels[0, 0, 3] == 0, "the corners stay transparent"


def test_a_field_of_shades_has_no_bands():
    x, y = mesh((0, 1), (0, 1), 200)
    pixels, _ = decoded(Panel(xlim=(0, 1), ylim=(0, 1)).field(np.sin(4 * x) + y**2))
    row = pixels[150, 120:700, :3]
    assert np.abs(np.diff(row, axis=0)).max() <= 8


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("x = -1.5", "x = −1.5"),
        ("0.3·-1.00 + -2 = -2.3", "0.3·(−1.00) + (−2) = −2.3"),
        ("score - target", "score − target"),
        ("1e-05", "1e−05"),
        ("cross-entropy, 2015-16", "cross-entropy, 2015-16"),
    ],
)
def test_a_hyphen_that_means_minus_is_shown_as_one(written, shown):
    words = [op["s"] for op in display_list(Scene(Panel(written)))["ops"] if op["op"] == "text"]
    assert shown in words
