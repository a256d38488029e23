"""One JupyterLab and one Chromium for all browser tests; screenshots on request.

``NNLIB_SCREENSHOTS=folder`` keeps the pictures; ``CHROMIUM=path`` names another browser.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.browser.labtools import CHROMIUM_FLAGS, Lab

REPO = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in Path(item.fspath).parents:
            item.add_marker(pytest.mark.browser)


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment in which neither the user's settings nor their files are touched."""
    return {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONPATH": os.pathsep.join([str(REPO), os.environ.get("PYTHONPATH", "")]),
    }


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """JupyterLab with the course's settings, serving an empty folder."""
    home, root = tmp_path_factory.mktemp("jupyter"), tmp_path_factory.mktemp("served")
    port = _free_port()
    log = home / "log.txt"
    options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}",
               "--ServerApp.port_retries=0", "--IdentityProvider.token=",
               f"--config={REPO / 'jupyter_server_config.py'}", f"--ServerApp.root_dir={root}",
               "--LabApp.expose_app_in_browser=True"]  # fmt: skip
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options], cwd=REPO, env=_environment(home),
            stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_up(url, process, log)
        yield Lab(url, root)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_up(url: str, process: subprocess.Popen, log: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/api", timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
        else:
            return
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def browser_context(tmp_path_factory):
    """Chromium with an empty profile."""
    if not shutil.which(CHROMIUM):
        pytest.skip(f"NOT TESTED IN A BROWSER: no Chromium at {CHROMIUM} (set CHROMIUM=path)")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"), executable_path=CHROMIUM, headless=True,
            args=CHROMIUM_FLAGS, viewport={"width": 1280, "height": 1000},
        )  # fmt: skip
        yield context
        context.close()


@pytest.fixture
def page(browser_context):
    """Return a page of its own, which fails the test if the browser's console shows an error."""
    page = browser_context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert not errors, errors


@pytest.fixture
def screenshot(request):
    """Return a function that saves what an element looks like, if ``NNLIB_SCREENSHOTS`` is set."""
    folder = os.environ.get("NNLIB_SCREENSHOTS")

    def save(element, name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            element.screenshot(path=str(Path(folder) / f"{name}.png"))

    return save
