"""nbgrader for real: its own commands, from the root, on synthetic students of chapter 1."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.exercise import exercises, get

ROOT = Path(__file__).parents[2]
FOLDER = "01_perceptrons"
EXERCISES = exercises("perceptrons")
NEURON = get("perceptrons-neuron")
MAX = float(sum(e.points for e in EXERCISES.values()))
SOLUTION = json.loads((ROOT / "solutions" / FOLDER / "exercises.ipynb").read_text())

pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="NOT TESTED: no bubblewrap")


def students():
    """Return each student's notebook and expected points: one oddity each, all else right."""

    def with_neuron(source):
        notebook = json.loads(json.dumps(SOLUTION))
        for c in notebook["cells"]:
            if c["metadata"].get("nbgrader", {}).get("grade_id") == "perceptrons-neuron":
                c["source"] = source
        return notebook

    learner = json.loads(
        (ROOT / "notebooks" / "exercises" / FOLDER / "exercises.ipynb").read_text()
    )
    body = "def neuron(x, w, b):\n    {}\n"
    lost = MAX - NEURON.points
    found = {
        "perfect": (SOLUTION, MAX),
        "untouched": (learner, 0.0),
        "crashes": (
            with_neuron("raise RuntimeError('boom')\n" + body.format("return x @ w + b")),
            lost,
        ),
        "loops": (with_neuron(body.format("while True: pass")), lost),
        "stderr": (
            with_neuron(
                body.format("import sys; print('noise', file=sys.stderr); return x @ w + b")
            ),
            MAX,
        ),
        "syntax": (with_neuron("def neuron(x, w, b)\n    return x @ w + b\n"), lost),
    }
    for wrong in NEURON.wrong:
        found[f"mutant-{wrong.name}"] = (with_neuron(wrong.source(NEURON.reference)), lost)
    return found


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A clone of the course with the students' submissions, graded by nbgrader's own commands."""
    root = tmp_path_factory.mktemp("course")
    for name in ("nbgrader_config.py", "solutions", "notebooks"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(
                source / (FOLDER if name == "solutions" else f"exercises/{FOLDER}"),
                root / name / (FOLDER if name == "solutions" else f"exercises/{FOLDER}"),
            )
        else:
            shutil.copy(source, root / name)
    for student, (notebook, _) in students().items():
        folder = root / "submitted" / student / FOLDER
        folder.mkdir(parents=True)
        (folder / "exercises.ipynb").write_text(json.dumps(notebook))
    run(root, "generate_assignment", FOLDER, "--force")
    run(root, "release_assignment", FOLDER)
    run(root, "autograde", FOLDER)
    run(root, "generate_feedback", FOLDER)
    run(root, "export")
    return root


def run(root, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments], cwd=root, capture_output=True, text=True, timeout=300,
        env={
            **os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",  # alembic is there
        }, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done


def test_the_release_equals_the_learner_edition(course):
    released = json.loads(
        (course / "notebooks" / "exercises" / FOLDER / "exercises.ipynb").read_text()
    )
    ours = json.loads((ROOT / "notebooks" / "exercises" / FOLDER / "exercises.ipynb").read_text())
    cells = [[(c["id"], c["source"], c["metadata"]) for c in n["cells"]] for n in (released, ours)]
    assert cells[0] == cells[1]
    assert (
        course / ".exchange" / "neural-networks" / "outbound" / FOLDER / "exercises.ipynb"
    ).exists()


def test_the_gradebook_has_the_right_row_for_every_student(course):
    with (course / "grades.csv").open() as file:
        rows = {
            r["student_id"]: (float(r["score"]), float(r["max_score"]))
            for r in csv.DictReader(file)
        }
    assert rows == {name: (points, MAX) for name, (_, points) in students().items()}


def test_feedback_says_the_sentence_and_leaks_nothing(course):
    for student in students():
        page = (course / "feedback" / student / FOLDER / "exercises.html").read_text()
        if student.startswith("mutant-"):
            wrong = next(w for w in NEURON.wrong if student == f"mutant-{w.name}")
            words = wrong.says.replace("`", "").split(":")[0].split(".")[0]
            assert words[:20] in page.replace("<code>", "").replace("</code>", "")
        if student == "untouched":
            assert "not done yet" in page
            for e in EXERCISES.values():
                assert "BEGIN SOLUTION" not in page
                for line in e.reference.splitlines():
                    hidden = line.strip()
                    if hidden.startswith("return ") and len(hidden) > 24:
                        assert hidden not in page
        for e in EXERCISES.values():
            for w in e.wrong:
                assert student != "perfect" or w.says not in page


def test_collect_takes_what_learners_submit(course):
    inbound = course / ".exchange" / "neural-networks" / "inbound"
    inbound.mkdir(parents=True, exist_ok=True)
    done = run(course, "collect", FOLDER)
    assert "Traceback" not in done.stderr
