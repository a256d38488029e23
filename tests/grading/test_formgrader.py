"""Formgrader, nbgrader's own pages for the instructor, works from the course's folder."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.grading import classroom

ROOT = Path(__file__).parents[2]
FOLDER = "01_perceptrons"
BY_HAND = "11_interview"


@pytest.fixture
def course(tmp_path):
    shutil.copy(ROOT / "jupyter_server_config.py", tmp_path)
    return classroom.make_course(tmp_path, FOLDER)


@pytest.fixture
def server(course):
    with serving(course) as address:
        yield address


@contextmanager
def serving(course):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    folders = {
        f"JUPYTER_{n}_DIR": str(course / ".jupyter" / n) for n in ("CONFIG", "DATA", "RUNTIME")
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--ip=127.0.0.1",
         "--IdentityProvider.token=", "--config=jupyter_server_config.py", f"--ServerApp.root_dir={course}"],
        cwd=course, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
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


def test_whoever_marks_an_answer_sees_its_mark_scheme(tmp_path):
    shutil.copy(ROOT / "jupyter_server_config.py", tmp_path)
    root = classroom.make_course(tmp_path, BY_HAND)
    classroom.hand_in(root, "ada", classroom.edition(BY_HAND), BY_HAND)
    classroom.grade(root, BY_HAND)
    with serving(root) as server:
        api = f"{server}/formgrader/api/submitted_notebooks/{BY_HAND}/exercises"
        (submission,) = json.loads(get(api))
        page = get(f"{server}/formgrader/submissions/{submission['id']}/")
    answers = [c for c in classroom.edition(BY_HAND).cells if classroom.kind(c) == "manual"]
    assert page.count(">END MARK SCHEME<") == len(answers) >= 5
    assert page.count("step by step") == len(answers)
