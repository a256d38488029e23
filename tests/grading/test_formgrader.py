"""Formgrader, nbgrader's own pages for the instructor, works from the course's folder."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = "01_perceptrons"


@pytest.fixture
def server(tmp_path):
    for name in ("nbgrader_config.py", "jupyter_server_config.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "solutions" / FOLDER, tmp_path / "solutions" / FOLDER)
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    folders = {
        f"JUPYTER_{n}_DIR": str(tmp_path / ".jupyter" / n) for n in ("CONFIG", "DATA", "RUNTIME")
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--ip=127.0.0.1",
         "--IdentityProvider.token=", "--config=jupyter_server_config.py", f"--ServerApp.root_dir={tmp_path}"],
        cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, **folders, "PYTHONPATH": str(ROOT), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )  # fmt: skip
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def get(url, seconds=60):
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=30) as reply:
                return reply.read().decode()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)


def test_it_lists_the_chapter_as_an_assignment(server):
    assert "formgrader" in get(f"{server}/formgrader").lower()
    assignments = json.loads(get(f"{server}/formgrader/api/assignments"))
    assert [(a["name"], a["source_path"]) for a in assignments] == [(FOLDER, f"solutions/{FOLDER}")]
