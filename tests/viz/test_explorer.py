import doctest
import json

import numpy as np
import pytest

import nnlib.viz.explorer
from nnlib.viz import Explorer, Panel, Scene, button, choice, integer, slider, stepper, switch
from nnlib.viz.display import display_list
from nnlib.viz.wire import encode


def unpack(frame: bytes) -> dict:
    """Decode a frame as canvas.js does."""
    size = int.from_bytes(frame[:4], "little")
    body = np.frombuffer(frame[4 + size :], np.float32)

    def revive(value):
        if "$" in value:
            first, count = value["$"]
            return body[first : first + count]
        return value

    return json.loads(frame[4 : 4 + size], object_hook=revive)


def draw(gain, shape, mark):
    panel = Panel("Title", xlim=(0, 10), ylim=(0, 100))
    panel.line([0, 10], [0, 10 * gain], label=shape).handle("mark", *mark)
    return Scene(panel, note=f"{gain:.1f} {shape} {mark}")


@pytest.fixture
def explorer():
    controls = {"gain": slider(0, 10, 1.0), "shape": choice(["a", "b"])}
    return Explorer(draw, controls, points={"mark": (5, 50)}, name="demo")


def words(explorer) -> list[str]:
    return [op["s"] for op in unpack(explorer.canvas.frame)["ops"] if op["op"] == "text"]


def test_a_frame_survives_the_journey():
    scene = Scene(Panel(xlim=(0, 1), ylim=(0, 1)).line([0.0, 0.5, 1.0], [1.0, np.nan, 0.0]))
    sent = display_list(scene)
    got = unpack(encode(sent))
    assert [op["op"] for op in got["ops"]] == [op["op"] for op in sent["ops"]]
    (curve,) = (op for op in got["ops"] if op["op"] == "path" and op["stroke"] == "blue")
    box = got["panels"][0]["box"]
    np.testing.assert_allclose(curve["x"][[0, -1]], [box[0], box[0] + box[2]], rtol=1e-5)
    np.testing.assert_allclose(curve["y"][[0, -1]], [box[1], box[1] + box[3]], rtol=1e-5)
    assert np.isnan(curve["y"][1])


def test_every_control_redraws(explorer):
    assert "1.0 a (5.0, 50.0)" in words(explorer)
    explorer.controls["gain"].source.value = 2.5
    assert "2.5 a (5.0, 50.0)" in words(explorer)
    explorer.controls["shape"].source.value = "b"
    assert "2.5 b (5.0, 50.0)" in words(explorer)
    explorer.canvas.drag = {"name": "mark", "x": 1.0, "y": 2.0}
    assert "2.5 b (1.0, 2.0)" in words(explorer)
    explorer.set(gain=3.0, mark=(4.0, 4.0))
    assert "3.0 b (4.0, 4.0)" in words(explorer)


def test_a_drag_of_something_unknown_changes_nothing(explorer):
    before = explorer.canvas.frame
    explorer.canvas.drag = {"name": "gain", "x": 1.0, "y": 2.0}
    assert explorer.canvas.frame == before


def test_the_static_twin_starts_from_the_initial_values(explorer):
    explorer.set(gain=7.0)
    assert explorer.scene(shape="b").note == "1.0 b (5.0, 50.0)"
    fig = explorer.static(gain=4.0)
    shown = {text.get_text() for text in fig.axes[0].texts}
    assert "4.0 a (5.0, 50.0)" in shown
    assert tuple(fig.get_size_inches() * 100) == (560, 380)


def test_the_text_form_is_the_same_every_time(explorer):
    bundle = explorer._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    words = "Explorer 'demo': gain, shape, mark. Run this cell to move them."
    assert data["text/plain"] == words
    assert "application/vnd.jupyter.widget-view+json" in data
    assert repr(explorer.static()) == "<Figure>"


def test_unknown_names_are_refused(explorer):
    with pytest.raises(ValueError, match="has gain, shape, mark; got gian"):
        explorer.static(gian=1)


def test_a_failing_picture_says_so_instead_of_standing_still():
    explorer = Explorer(lambda n: Panel().line([0], [1 // n]), {"n": integer(0, 3, 1)})
    explorer.set(n=0)
    assert any("ZeroDivisionError" in line for line in words(explorer))
    explorer.set(n=1)
    assert not any("ZeroDivisionError" in line for line in words(explorer))


def test_buttons_and_steppers_count():
    explorer = Explorer(
        lambda k, seed, on: Scene(Panel(), note=f"{k} {seed} {on}"),
        {"k": stepper(2), "seed": button("New data"), "on": switch(True)},
    )
    _, step, reset, _ = explorer.controls["k"].shown.children
    for _ in range(3):
        step.click()
    explorer.controls["seed"].shown.click()
    assert explorer.values == {"k": 2, "seed": 1, "on": True}
    reset.click()
    assert "0 1 True" in words(explorer)


def test_the_example_that_authors_read_works():
    results = doctest.testmod(nnlib.viz.explorer)
    assert results.attempted >= 6
    assert results.failed == 0


def test_one_step_is_light(explorer):
    assert len(explorer.canvas.frame) < 20_000
