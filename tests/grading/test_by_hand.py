"""What a person marks: the scheme is hidden from learners, and there for whoever grades."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder.grading.records import Store
from tests.grading import classroom
from tests.grading.classroom import ROOT, edition, grade, grade_id, hand_in, kind, make_course, rows

NAME = "11_interview"


def questions(notebook):
    return {grade_id(c): c for c in notebook.cells if grade_id(c).endswith("-question")}


def schemes(source):
    """Return the lines of each question's mark scheme."""
    return {
        name: re.search(r"BEGIN MARK SCHEME\n(.*)### END MARK SCHEME", cell.source, re.S)[1]
        .strip()
        .splitlines()
        for name, cell in questions(source).items()
    }


MASTER = nbformat.read(ROOT / "solutions" / NAME / "exercises.ipynb", as_version=4)
SCHEMES = schemes(MASTER)
FIRST = next(iter(SCHEMES))
ANSWERS = [grade_id(c) for c in MASTER.cells if kind(c) == "manual"]


def nbgrader(root, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments], cwd=root, capture_output=True, text=True, timeout=300,
        env={
            **os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stderr


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Released by nbgrader, handed in by four students, graded by our command."""
    root = make_course(tmp_path_factory.mktemp("by-hand") / "course", NAME)
    nbgrader(root, "generate_assignment", NAME)
    released = root / "notebooks/exercises" / NAME / "exercises.ipynb"
    hand_in(root, "untouched", released.read_bytes(), NAME)
    answered, edited, deleted = (edition(NAME) for _ in range(3))
    next(c for c in answered.cells if kind(c) == "manual").source = "It is the chain rule."
    questions(edited)[FIRST].source = "Full marks for everybody."
    deleted.cells = [c for c in deleted.cells if grade_id(c) != FIRST]
    for student, notebook in (("answered", answered), ("edited", edited), ("deleted", deleted)):
        hand_in(root, student, notebook, NAME)
    assert grade(root, NAME).graded == 4
    return root


def changes(root, student):
    return next(r.changes for r in Store(root, NAME).records() if r.student == student)


@pytest.mark.parametrize("name", [NAME, "10_production"])
def test_every_answer_has_a_scheme_and_every_point_a_line(name):
    master = nbformat.read(ROOT / "solutions" / name / "exercises.ipynb", as_version=4)
    points = {
        f"{grade_id(c)}-question": c.metadata["nbgrader"]["points"]
        for c in master.cells
        if kind(c) == "manual"
    }
    lines = {name: "\n".join(scheme) for name, scheme in schemes(master).items()}
    assert points
    assert points == {
        name: sum(map(int, re.findall(r"^- (\d)", text, re.M))) for name, text in lines.items()
    }


def test_nothing_that_learners_open_holds_a_scheme():
    files = [*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "notebooks").glob("*/**/*.ipynb")]
    assert len(files) > 20
    assert [f.name for f in files if "MARK SCHEME" in f.read_text(encoding="utf-8")] == []
    text = "\n".join(c.source for c in edition(NAME).cells)
    items = [line for lines in SCHEMES.values() for line in lines if line.startswith("- ")]
    assert [line for line in items if line in text] == []


def test_the_release_hides_it_and_equals_the_learner_edition(course):
    released = nbformat.read(
        course / "notebooks/exercises" / NAME / "exercises.ipynb", as_version=4
    )
    assert "MARK SCHEME" not in json.dumps(released)
    cells = [[(c.id, c.source, c.metadata) for c in n.cells] for n in (released, edition(NAME))]
    assert cells[0] == cells[1]
    for cell in questions(released).values():
        assert (cell.metadata["editable"], cell.metadata["deletable"]) == (False, False)


def test_who_leaves_a_question_alone_is_not_told_to_have_edited_it(course):
    assert changes(course, "untouched") == changes(course, "answered") == []
    assert changes(course, "edited") == [f"locked cell {FIRST} was edited"]
    assert changes(course, "deleted") == [f"cell {FIRST} was missing"]


@pytest.mark.parametrize("student", ["untouched", "answered", "edited", "deleted"])
def test_the_graded_notebook_holds_every_scheme_above_its_answer(course, student):
    graded = nbformat.reads(classroom.executed(course, student, NAME), as_version=4)
    assert schemes(graded) == SCHEMES
    order = [grade_id(c) for c in graded.cells if grade_id(c)]
    for name in ANSWERS:
        assert order.index(f"{name}-question") == order.index(name) - 1


def test_only_an_answer_that_was_written_waits_for_a_person(course):
    found = rows(course, NAME)
    assert not any(name.endswith("-question") for name in found["untouched"])
    assert {found["untouched"][name] for name in ANSWERS} == {0.0}
    assert [name for name in ANSWERS if found["answered"][name] is None] == ANSWERS[:1]


def test_feedback_shows_it_once_graded(course):
    nbgrader(course, "generate_feedback", NAME, "--student=answered")
    page = (course / "feedback/answered" / NAME / "exercises.html").read_text(encoding="utf-8")
    assert page.count("BEGIN MARK SCHEME") >= len(SCHEMES)


def test_nbgraders_own_autograde_restores_it_too(course, tmp_path):
    root = tmp_path / "course"
    shutil.copytree(course, root, symlinks=True)
    log = nbgrader(root, "autograde", NAME, "--student=untouched", "--force")
    assert "was edited" not in log
    graded = nbformat.reads(classroom.executed(root, "untouched", NAME), as_version=4)
    assert schemes(graded) == SCHEMES
