"""The Explorer in a real JupyterLab: it is drawn, it answers, and it follows the theme."""

import nbformat
import pytest

from tests.browser.labtools import (
    canvas_count,
    cell_output_text,
    drag_rate,
    open_notebook,
    pixels,
    run_all,
    set_theme,
    step_latency,
    summary,
    wait_for_paint,
)

SOURCE = """
import numpy as np
from nnlib.viz import Explorer, Panel, Scene, choice, mesh, slider, stepper
X1, X2 = mesh((-3, 3), (-2, 2), 100)

def draw(gain, shape, k, mark):
    left = Panel("A field", xlim=(-3, 3), ylim=(-2, 2), xlabel="x₁", ylabel="x₂")
    z = np.tanh(gain * (X1 - mark[0]) + X2**2)
    left.field(z, vmin=-1, vmax=1).contour(z, [0.0], color="ink", width=2, label="boundary")
    left.classes([[1, 1], [-1, -1], [1, -1], [-1, 1]], [0, 0, 1, 2], labels=["zero", "one", "two"])
    left.handle("mark", *mark).arrow(0, 0, 1.5, 1).text(1.5, 1, "w", shift=(10, 0), bold=True)
    right = Panel("Per layer", xlabel="layer", ylabel="|gradient|", yscale="log",
                  legend="upper right")
    layers = np.arange(1, 11)
    right.line(layers, 10.0 ** (-gain * layers), label=shape)
    right.points(layers, 10.0 ** (-0.2 * layers), "orange", marker="s", label=f"k = {k}")
    return Scene([left, right], note=f"gain = {gain:.2f}")

controls = {"gain": slider(0, 2, 1.0), "shape": choice(["sigmoid", "ReLU"]),
            "k": stepper(20, interval=100)}
explorer = Explorer(draw, controls, points={"mark": (0.5, 0.5)}, name="demo")
explorer
"""


@pytest.fixture
def demo(page, lab, tmp_path):
    cells = [SOURCE, "print(explorer.values['mark'], explorer.values['k'])"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    path = tmp_path / "demo.ipynb"
    nbformat.write(notebook, path)
    open_notebook(page, lab, path)
    run_all(page)
    canvas = page.locator("canvas.nnlib-canvas")
    canvas.wait_for()
    wait_for_paint(page, canvas, 0)
    return canvas


def _moved(page, canvas, act) -> bool:
    """Whether ``act()`` changes the pixels."""
    before, count = pixels(canvas), canvas_count(canvas)
    act()
    wait_for_paint(page, canvas, count)
    return pixels(canvas) != before


def test_everything_that_can_be_moved_moves_the_picture(page, demo, screenshot):
    gain = page.locator(".widget-slider .noUi-handle").first
    gain.focus()
    assert _moved(page, demo, lambda: page.keyboard.press("ArrowRight"))
    assert _moved(page, demo, lambda: page.get_by_role("button", name="ReLU").click())
    assert _moved(page, demo, lambda: page.get_by_role("button", name="Step").click())

    demo.focus()
    assert _moved(page, demo, lambda: page.keyboard.press("ArrowRight"))  # moves the handle

    mark = [0.5 + 6 / 50, 0.5]
    page.locator(".jp-Notebook .jp-Cell").nth(1).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    page.wait_for_timeout(500)
    text = cell_output_text(page, 1).strip()
    assert text.endswith(") 1"), text
    x, y = (float(part) for part in text[1 : text.index(")")].split(","))
    assert (x, y) == pytest.approx(mark, abs=1e-3)

    play = page.locator(".widget-play button").first
    count = canvas_count(demo)
    play.click()
    page.wait_for_timeout(1000)
    assert canvas_count(demo) >= count + 4
    screenshot(page.locator(".jp-OutputArea").first, "explorer-moved")


def test_a_point_follows_the_mouse(page, demo):
    box = demo.bounding_box()
    handle = _find_handle(page, demo)
    page.mouse.move(box["x"] + handle[0], box["y"] + handle[1])
    page.mouse.down()
    before, count = pixels(demo), canvas_count(demo)
    page.mouse.move(box["x"] + handle[0] + 40, box["y"] + handle[1] + 30, steps=4)
    wait_for_paint(page, demo, count)
    page.mouse.up()
    assert pixels(demo) != before


def _find_handle(page, canvas) -> tuple[float, float]:
    """Find, by the mouse cursor it shows, a spot of the canvas that can be grabbed."""
    box = canvas.bounding_box()
    for y in range(20, int(box["height"]), 14):
        for x in range(20, int(box["width"]), 14):
            page.mouse.move(box["x"] + x, box["y"] + y)
            if canvas.evaluate("(c) => c.style.cursor") == "grab":
                return x, y
    pytest.fail("nothing on the canvas can be grabbed")


def test_it_follows_the_theme(page, demo, screenshot):
    light = demo.evaluate("(c) => Array.from(c.getContext('2d').getImageData(3, 3, 1, 1).data)")
    screenshot(page.locator(".jp-OutputArea").first, "explorer-light")
    set_theme(page, dark=True)
    dark = demo.evaluate("(c) => Array.from(c.getContext('2d').getImageData(3, 3, 1, 1).data)")
    screenshot(page.locator(".jp-OutputArea").first, "explorer-dark")
    set_theme(page, dark=False)
    assert min(light[:3]) > 200
    assert max(dark[:3]) < 60


def test_report_of_speed(page, demo, record_property, capsys):
    gain = page.locator(".widget-slider .noUi-handle").first
    times = step_latency(page, demo, gain)
    rate = drag_rate(page, demo, gain, distance=70)
    record_property("step_ms", times)
    record_property("drag_fps", rate)
    with capsys.disabled():
        print(f"\n  step to paint: {summary(times)}; dragging: {rate:.0f} pictures a second")
    assert len(times) == 20
