"""Chapter 1 and its exercises, as a learner meets them in JupyterLab."""

import json
from pathlib import Path

import pytest

from tests.browser.labtools import canvas_count, open_notebook, pixels, run_all, wait_for_paint

ROOT = Path(__file__).parents[2]
EXERCISES = ROOT / "notebooks" / "exercises" / "01_perceptrons" / "exercises.ipynb"
PANEL = "window.jupyterapp.shell.currentWidget"
RIGHT = "def neuron(x, w, b):\n    return x @ w + b"
WRONG = "def neuron(x, w, b):\n    return x @ w"
DONE = f"{PANEL}.sessionContext.session.kernel.status === 'idle'"


def cell_index(grade_id):
    cells = json.loads(EXERCISES.read_text())["cells"]
    return next(
        i
        for i, c in enumerate(cells)
        if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id
    )


def cell(page, index):
    page.evaluate(
        f"(i) => {{ const n = {PANEL}.content; n.activeCellIndex = i; n.scrollToItem(i, 'center'); }}",
        index,
    )
    found = page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{index}']")
    found.wait_for(state="visible")
    return found


def run_cell(page, index):
    cell(page, index).locator(".cm-content").first.click()
    page.keyboard.press("Control+Enter")
    page.wait_for_timeout(300)
    page.wait_for_function(DONE, timeout=30_000)
    page.wait_for_timeout(200)


def type_into(page, index, source):
    cell(page, index).locator(".cm-content").first.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(source)


@pytest.fixture
def exercises(page, lab):
    open_notebook(page, lab, EXERCISES)
    first_code = next(
        i
        for i, c in enumerate(json.loads(EXERCISES.read_text())["cells"])
        if c["cell_type"] == "code"
    )
    run_cell(page, first_code)
    return page


def test_chapter_1_runs_and_its_first_widget_follows_its_slider(page, lab, screenshot):
    open_notebook(page, lab, ROOT / "notebooks" / "chapters" / "01_perceptrons.ipynb")
    run_all(page)
    canvas = page.locator("canvas.nnlib-canvas").first
    canvas.scroll_into_view_if_needed()
    handle = page.locator(".widget-slider .noUi-handle").first
    handle.focus()
    before, count = pixels(canvas), canvas_count(canvas)
    page.keyboard.press("ArrowRight")
    wait_for_paint(page, canvas, count)
    assert pixels(canvas) != before
    screenshot(page.locator("#main"), "chapter-1")


def test_the_panels_of_a_stub_a_wrong_and_a_right_solution(exercises, screenshot):
    page, work = exercises, cell_index("perceptrons-neuron")
    check = cell_index("perceptrons-neuron-check")
    run_cell(page, work)
    run_cell(page, check)
    output = cell(page, check).locator(".jp-OutputArea")
    assert "not done yet" in output.inner_text()
    screenshot(output, "panel-stub")
    for source, words, name in (
        (WRONG, "without the bias", "wrong"),
        (RIGHT, "Everything checks", "right"),
    ):
        type_into(page, work, source)
        run_cell(page, work)
        run_cell(page, check)
        output = cell(page, check).locator(".jp-OutputArea")
        assert words in output.inner_text()
        assert "Traceback" not in output.inner_text()
        screenshot(output, f"panel-{name}")
    screenshot(page.locator("#main"), "exercises")


def test_nbgraders_validate_button_says_what_fails(exercises, screenshot):
    page = exercises
    page.get_by_role("button", name="Validate").first.click()
    dialog = page.locator(".jp-Dialog")
    dialog.wait_for(timeout=60_000)
    text = dialog.inner_text()
    assert 'check("perceptrons-neuron")' in text
    assert "One neuron's weighted sum: 0 of 2" in text
    assert "not done yet" in text
    assert "Traceback" not in text
    screenshot(page.locator("#main"), "validate")
    page.keyboard.press("Escape")
