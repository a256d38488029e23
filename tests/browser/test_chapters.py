"""Every chapter as its reader meets it: it runs clean, and each of its widgets answers.

With ``NNLIB_SCREENSHOTS=folder`` it also keeps a picture of the top of the page and of every
widget, in the light and in the dark theme.
"""

import os
from pathlib import Path

import pytest

from tests.browser.labtools import (
    canvas_count,
    drag_rate,
    open_notebook,
    pixels,
    run_all,
    set_theme,
    step_latency,
    summary,
    wait_for_paint,
)

sync_api = pytest.importorskip("playwright.sync_api")

CHAPTERS = sorted((Path(__file__).parents[2] / "notebooks" / "chapters").glob("*.ipynb"))
PANEL = "window.jupyterapp.shell.currentWidget"

# What the cells have put out: their number, id, and each output as a dictionary.
CELLS = f"""
() => {PANEL}.content.widgets.flatMap((cell, index) => cell.model.type !== 'code' ? [] : [
    {{index, id: cell.model.sharedModel.id, outputs: cell.model.outputs.toJSON()}}])
"""
EXPLORER = "Explorer '"  # how the plain text of such a widget begins
# In this order: what can be moved by a key, clicked, or chosen.
CONTROLS = (
    ".noUi-handle",
    ".widget-toggle-buttons button:not(.mod-active)",
    "input[type=checkbox]",
    "select",
    ".jupyter-button",
)

pytestmark = pytest.mark.slow


def show(page, index):
    """Scroll to cell ``index`` and return it; cells out of sight are not in the page at all."""
    page.evaluate(
        f"(i) => {{ const n = {PANEL}.content; n.activeCellIndex = i; n.scrollToItem(i, 'start'); }}",
        index,
    )
    cell = page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{index}']")
    cell.wait_for(state="visible")
    return cell


def complaints(cells):
    """Return (cell, words) of every error and every word on standard error."""
    return [
        (cell["id"], output.get("evalue") or output.get("text"))
        for cell in cells
        for output in cell["outputs"]
        if output["output_type"] == "error" or output.get("name") == "stderr"
    ]


def move(page, explorer):
    """Move the first control of ``explorer`` by one step, as a reader would."""
    kind = next(kind for kind in CONTROLS if explorer.locator(kind).count())
    control = explorer.locator(kind).first
    if kind == "select":
        control.select_option(index=1)
    elif kind == ".noUi-handle":
        control.focus()
        now, top = (float(control.get_attribute(f"aria-value{k}")) for k in ("now", "max"))
        page.keyboard.press("ArrowRight" if now < top else "ArrowLeft")
    else:
        control.click()


def answers(page, cell, name):
    """Assert that the widget of ``cell`` is painted, and painted differently when it is moved."""
    explorer = cell.locator(".nnlib-explorer").first
    canvas = explorer.locator("canvas.nnlib-canvas")
    canvas.wait_for()
    wait_for_paint(page, canvas, 0)
    before, count = pixels(canvas), canvas_count(canvas)
    move(page, explorer)
    wait_for_paint(page, canvas, count)
    assert pixels(canvas) != before, name


def speed(page, cell):
    """Return the times from step to paint, if the widget has a slider whose every step shows."""
    explorer = cell.locator(".nnlib-explorer").first
    handle = explorer.locator(".noUi-handle").first
    if not handle.count():
        return []
    handle.focus()
    page.keyboard.press("Home")  # so that there is room for the steps
    page.wait_for_timeout(300)
    try:
        return step_latency(page, explorer.locator("canvas.nnlib-canvas"), handle, steps=6)
    except sync_api.TimeoutError:
        return []


def report(page, cell, name, times):
    """Return one line about the speed of a widget."""
    explorer = cell.locator(".nnlib-explorer").first
    canvas, handle = explorer.locator("canvas.nnlib-canvas"), explorer.locator(".noUi-handle").first
    rate = drag_rate(page, canvas, handle, distance=70)
    return f"{name}: step to paint {summary(times)}, dragging {rate:.0f} pictures a second"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_runs_clean_and_its_widgets_answer(
    page, lab, screenshot, path, record_property, capsys
):
    open_notebook(page, lab, path)
    page.evaluate("window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    try:
        run_all(page, timeout=240_000)
    except Exception as error:  # a cell that raises stops the run: say which
        raise AssertionError(complaints(page.evaluate(CELLS))) from error
    cells = page.evaluate(CELLS)
    assert not complaints(cells)

    widgets = {
        cell["id"]: cell["index"]
        for cell in cells
        if any(EXPLORER in str(out.get("data", {}).get("text/plain")) for out in cell["outputs"])
    }
    assert widgets
    for theme in ("light", "dark") if os.environ.get("NNLIB_SCREENSHOTS") else ():
        set_theme(page, dark=theme == "dark")
        show(page, 0)
        screenshot(page.locator("#main"), f"{path.stem}-top-{theme}")
        for name, index in widgets.items():
            cell = show(page, index)
            wait_for_paint(page, cell.locator("canvas.nnlib-canvas"), 0)
            page.wait_for_timeout(200)
            screenshot(cell.locator(".jp-OutputArea").first, f"{path.stem}-{name}-{theme}")
    set_theme(page, dark=False)

    times = {}
    for name, index in widgets.items():
        cell = show(page, index)
        answers(page, cell, name)
        times[name] = speed(page, cell)
        screenshot(cell.locator(".jp-OutputArea").first, f"{path.stem}-{name}-moved")
    record_property("step_ms", times)
    timed = {name: t for name, t in times.items() if len(t) > 1}
    with capsys.disabled():
        print(f"\n  {path.stem}")
        for name, t in timed.items():
            print(f"    {report(page, show(page, widgets[name]), name, t)}", flush=True)
