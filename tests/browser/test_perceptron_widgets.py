"""The widgets of chapter 1 in JupyterLab, beside their static twins."""

import nbformat
import pytest

from tests.browser.labtools import (
    canvas_count,
    open_notebook,
    pixels,
    run_all,
    set_theme,
    wait_for_paint,
)

NAMES = ["single_neuron", "linear_boundary", "perceptron_rule", "xor_by_hand"]


@pytest.fixture
def notebook(page, lab, tmp_path):
    cells = ["from nnlib.viz import perceptrons"]
    for name in NAMES:
        cells += [f"{name} = perceptrons.{name}()\n{name}", f"{name}.static()"]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(book, tmp_path / "perceptrons.ipynb")
    open_notebook(page, lab, tmp_path / "perceptrons.ipynb")
    run_all(page)
    return page.locator(".jp-Notebook .jp-Cell")


def test_each_widget_moves_and_has_a_figure_beside_it(page, notebook, screenshot):
    for k, name in enumerate(NAMES):
        cell, beside = notebook.nth(1 + 2 * k), notebook.nth(2 + 2 * k)
        cell.scroll_into_view_if_needed()
        canvas = cell.locator("canvas.nnlib-canvas")
        canvas.wait_for()
        wait_for_paint(page, canvas, 0)
        before, count = pixels(canvas), canvas_count(canvas)
        cell.locator(".noUi-handle").first.focus()
        page.keyboard.press("ArrowRight")
        wait_for_paint(page, canvas, count)
        assert pixels(canvas) != before, name
        screenshot(cell.locator(".jp-OutputArea").first, f"{name}-light")
        beside.scroll_into_view_if_needed()
        assert beside.locator("img").count() == 1, name
        screenshot(beside.locator(".jp-OutputArea").first, f"{name}-static")
    set_theme(page, dark=True)
    for k, name in enumerate(NAMES):
        cell = notebook.nth(1 + 2 * k)
        cell.scroll_into_view_if_needed()
        page.wait_for_timeout(200)
        screenshot(cell.locator(".jp-OutputArea").first, f"{name}-dark")
    set_theme(page, dark=False)
