"""Drive a notebook in JupyterLab as a reader would: open it, run it, move a slider, look.

Used by the tests of this folder: ``from tests.browser.labtools import open_notebook, run_all``.
"""

from __future__ import annotations

import shutil
import statistics
from dataclasses import dataclass
from pathlib import Path

CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PANEL = "window.jupyterapp.shell.currentWidget"

# Times from an input event until the canvas has been painted anew, and the frame after that.
MEASURE = """
([canvas, count, timeout]) => new Promise((done) => {
  const times = [];
  let start = null;
  const press = () => { start = performance.now(); };
  document.addEventListener('keydown', press, true);
  const watch = new MutationObserver(() => {
    if (start === null) return;
    const t0 = start;
    start = null;
    requestAnimationFrame(() => {
      times.push(performance.now() - t0);
      if (times.length >= count) finish();
    });
  });
  const finish = () => {
    watch.disconnect();
    document.removeEventListener('keydown', press, true);
    done(times);
  };
  watch.observe(canvas, {attributes: true, attributeFilter: ['data-count']});
  setTimeout(finish, timeout);
})
"""


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its address, and the folder it serves."""

    url: str
    root: Path


def open_notebook(page, lab: Lab, path: Path, timeout: float = 60_000) -> None:
    """Copy ``path`` into the served folder if it is elsewhere, open it, wait for its kernel.

    The copy keeps JupyterLab's autosave away from the files of the repository.
    """
    path = Path(path)
    if lab.root not in path.parents:
        path = Path(shutil.copy(path, lab.root / path.name))
    page.goto(f"{lab.url}/lab/tree/{path.relative_to(lab.root).as_posix()}?reset")
    page.wait_for_function(
        "window.jupyterapp?.shell?.currentWidget?.sessionContext", timeout=timeout
    )
    idle = f"{PANEL}.sessionContext.session?.kernel?.status === 'idle'"
    page.wait_for_function(idle, timeout=timeout)
    page.wait_for_timeout(2000)  # run sooner, and about one time in ten nothing is run at all


def run_all(page, timeout: float = 120_000) -> None:
    """Run all cells and wait until the last one has been answered."""
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    done = f"""
        {PANEL}.content.widgets.every((cell) => cell.model.type !== 'code'
            || cell.model.sharedModel.getSource().trim() === ''
            || cell.model.executionCount !== null)
        && {PANEL}.sessionContext.session.kernel.status === 'idle'
    """
    page.wait_for_function(done, timeout=timeout)


def cell_output_text(page, index: int) -> str:
    """Text of the output area of cell ``index``, counted from 0 over all cells."""
    return page.locator(".jp-Notebook .jp-Cell").nth(index).locator(".jp-OutputArea").inner_text()


def set_theme(page, dark: bool) -> None:
    """Switch JupyterLab's theme and wait for the page to follow."""
    theme = "JupyterLab Dark" if dark else "JupyterLab Light"
    page.evaluate(
        "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme
    )
    light = "false" if dark else "true"
    page.wait_for_selector(f"body[data-jp-theme-light='{light}']", state="attached")
    page.wait_for_timeout(400)


def canvas_count(canvas) -> int:
    """How often the canvas has been painted."""
    return int(canvas.get_attribute("data-count") or 0)


def pixels(canvas) -> str:
    """All pixels of the canvas, as a data URL."""
    return canvas.evaluate("(canvas) => canvas.toDataURL()")


def wait_for_paint(page, canvas, before: int, timeout: float = 5000) -> None:
    """Wait until the canvas has been painted again since its count was ``before``."""
    page.wait_for_function(
        "([canvas, before]) => Number(canvas.dataset.count) > before",
        arg=[canvas.element_handle(), before],
        timeout=timeout,
    )


def step_latency(page, canvas, slider, steps: int = 20) -> list[float]:
    """Milliseconds from each of ``steps`` arrow keys on ``slider`` to the frame that shows it."""
    slider.focus()
    page.evaluate(
        f"(args) => {{ window.nnlibTimes = ({MEASURE})(args); }}",
        [canvas.element_handle(), steps, 1000 * steps],
    )
    for k in range(steps):
        before = canvas_count(canvas)
        page.keyboard.press("ArrowRight" if k < steps / 2 else "ArrowLeft")
        wait_for_paint(page, canvas, before)
        page.wait_for_timeout(60)
    return page.evaluate("window.nnlibTimes")


def drag_rate(page, canvas, handle, distance: float, sweeps: int = 6) -> float:
    """Pictures per second while the mouse drags ``handle`` to and fro by ``distance`` pixels."""
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    before, start = canvas_count(canvas), page.evaluate("performance.now()")
    for k in range(sweeps):
        page.mouse.move(x + distance * (k % 2 == 0), y, steps=int(distance / 2))
    elapsed = page.evaluate("performance.now()") - start
    painted = canvas_count(canvas) - before
    page.mouse.up()
    return 1000 * painted / elapsed


def summary(times: list[float]) -> str:
    """Median and 90th percentile in words."""
    p90 = statistics.quantiles(times, n=10)[-1]
    return f"median {statistics.median(times):.1f} ms, p90 {p90:.1f} ms"
