"""A course in a temporary folder, with students whose work is made from the misconception bank."""

import copy
import json
import shutil
from pathlib import Path

import nbformat
import numpy as np

from autograder.exercise import get
from autograder.grading.grade import Grader, Options, Summary
from autograder.grading.gradebook import Course
from autograder.grading.sandbox import Limits

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENT = "01_perceptrons"
FAST = Limits(cell_seconds=2.0, total_seconds=30.0)

# nbgrader as it comes: no sandbox, checks judged in the learner's own kernel.
STOCK = """
c = get_config()
c.CourseDirectory.course_id = "neural-networks"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks/exercises"
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback", "exercises.py", "chapter.py"
]
c.ClearMarkScheme.enforce_metadata = False
"""


def assignments():
    """Names of the assignments that stand."""
    return sorted(p.parent.name for p in (ROOT / "notebooks/exercises").glob("*/exercises.ipynb"))


def make_course(root, *names, stock=False):
    """Make a course folder with some assignments and nobody in it."""
    for name in names or (ASSIGNMENT,):
        target = root / "solutions" / name
        target.mkdir(parents=True)
        for file in ("exercises.ipynb", "exercises.py"):
            shutil.copy(ROOT / "solutions" / name / file, target)
    if stock:
        (root / "nbgrader_config.py").write_text(STOCK)
    else:
        shutil.copy(ROOT / "nbgrader_config.py", root)
    return root


def edition(name=ASSIGNMENT, *, solved=False):
    """The learner edition of an assignment, empty or with the master's solutions."""
    learner = nbformat.read(ROOT / f"notebooks/exercises/{name}/exercises.ipynb", as_version=4)
    if solved:
        master = nbformat.read(ROOT / f"solutions/{name}/exercises.ipynb", as_version=4)
        sources = {grade_id(c): c.source for c in master.cells if kind(c) == "solution"}
        for cell in learner.cells:
            if kind(cell) == "solution":
                cell.source = sources[grade_id(cell)]
    return learner


def grade_id(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def kind(cell):
    """ "check", "solution", "manual" or an empty string."""
    data = cell.metadata.get("nbgrader", {})
    if data.get("grade") and data.get("solution"):
        return "manual"
    if data.get("grade"):
        return "check"
    return "solution" if data.get("solution") else ""


def hand_in(root, student, notebook, name=ASSIGNMENT, files=()):
    """Put a notebook (or raw bytes) into a student's folder."""
    folder = root / "submitted" / student / name
    folder.mkdir(parents=True, exist_ok=True)
    content = notebook if isinstance(notebook, bytes) else nbformat.writes(notebook).encode()
    (folder / "exercises.ipynb").write_bytes(content)
    for path, text in dict(files).items():
        (folder / path).write_text(text)
    return folder


def honest(seed, name=ASSIGNMENT):
    """One honest student's notebook: per exercise right, right in another way, wrong or not done.

    What they write is the bank's own; no two students are alike.
    """
    rng = np.random.default_rng(seed)
    empty, solved = edition(name), edition(name, solved=True)
    notebook = copy.deepcopy(empty)
    notebook.cells[0].source += f"\n\nStudent number {seed}."
    skill = rng.uniform(0.2, 0.95)
    for cell, right in zip(notebook.cells, solved.cells, strict=True):
        if kind(cell) != "solution":
            continue
        exercise = get(grade_id(cell))
        draw = rng.uniform()
        if draw < 0.08:
            continue
        if draw < skill:
            cell.source = right.source
            if exercise.right and rng.uniform() < 0.4:
                cell.source = pick(rng, exercise.right).source(exercise.reference)
        elif exercise.wrong:
            cell.source = pick(rng, exercise.wrong).source(exercise.reference)
        cell.source += f"\n# {seed}"
    return notebook


def pick(rng, options):
    return options[int(rng.integers(len(options)))]


def fill(root, count, name=ASSIGNMENT, start=0):
    """Hand in the work of some honest students and return their names."""
    names = [f"s{seed:04d}" for seed in range(start, start + count)]
    for seed, student in enumerate(names, start=start):
        hand_in(root, student, honest(seed, name), name)
    return names


def grade(root, name=ASSIGNMENT, **options) -> Summary:
    """Grade with our own command's function."""
    options = {"limits": FAST, **options}
    return Grader(Options(root, name, **options)).run(lambda *_: None)


def rows(root, name=ASSIGNMENT, db_url=""):
    """Automatic scores by student and cell."""
    return Course(root, db_url).rows(name)


def table_rows(root, name=ASSIGNMENT, db_url=""):
    """Everything that nbgrader stores per grade and comment, without its random ids and times."""
    from nbgrader.api import Assignment, Notebook, SubmittedNotebook

    found = {}
    with Course(root, db_url).gradebook() as gradebook:
        query = (
            gradebook.db.query(SubmittedNotebook)
            .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
            .join(Assignment, Assignment.id == Notebook.assignment_id)
            .filter(Assignment.name == name)
        )
        for book in query:
            student = book.student.id
            found[student, book.name] = (book.late_submission_penalty, book.score, book.max_score)
            for grade in book.grades:
                found[student, book.name, "grade", grade.cell.name] = (
                    grade.auto_score, grade.manual_score, grade.extra_credit,
                    bool(grade.needs_manual_grade), grade.max_score,
                )  # fmt: skip
            for comment in book.comments:
                found[student, book.name, "comment", comment.cell.name] = (
                    comment.auto_comment, comment.manual_comment,
                )  # fmt: skip
    return found


def executed(root, student, name=ASSIGNMENT):
    """Text of the notebook that nbgrader stored for a student."""
    path = root / "autograded" / student / name / "exercises.ipynb"
    return path.read_text() if path.exists() else ""


def as_json(notebook):
    return json.loads(nbformat.writes(notebook))
