"""The learner's command: check, progress, hint, reset, doctor, on a half-finished course."""

import json
import shutil
from pathlib import Path

import pytest

from autograder import cli, course, store

ROOT = Path(__file__).parent.parent.parent
FOLDER = "01_perceptrons"


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A learner's course folder with chapter 1 in it."""
    (tmp_path / "course" / "solutions" / FOLDER).mkdir(parents=True)
    (tmp_path / "course" / "notebooks" / "exercises" / FOLDER).mkdir(parents=True)
    for part in (
        "nbgrader_config.py",
        f"solutions/{FOLDER}/exercises.ipynb",
        f"notebooks/exercises/{FOLDER}/exercises.ipynb",
    ):
        shutil.copy(ROOT / part, tmp_path / "course" / part)
    monkeypatch.chdir(tmp_path / "course")
    return tmp_path / "course" / "notebooks" / "exercises" / FOLDER / "exercises.ipynb"


def edit(notebook, exercise, source):
    data = json.loads(notebook.read_text())
    for c in data["cells"]:
        if c["metadata"].get("nbgrader", {}).get("grade_id") == exercise:
            c["source"] = source
    notebook.write_text(json.dumps(data))


def source_of_cell(notebook, exercise):
    for c in json.loads(notebook.read_text())["cells"]:
        if c["metadata"].get("nbgrader", {}).get("grade_id") == exercise:
            return "".join(c["source"])
    return None


def test_check_prints_a_table_and_leaves_the_notebook_alone(copy, capsys):
    edit(copy, "perceptrons-neuron", "def neuron(x, w, b):\n    return x @ w\n")
    before = copy.read_bytes()
    assert cli.main(["check", "1"]) == 1
    said = capsys.readouterr().out
    assert "✗ perceptrons-neuron" in said
    assert "without the bias" in said
    assert copy.read_bytes() == before


def test_progress_shows_what_is_next(copy, capsys):
    cli.main(["progress"])
    assert "Next: perceptrons-neuron" in capsys.readouterr().out
    store.save({"perceptrons-neuron": {"attempts": 1, "hints": 0, "best": 2.0, "of": 2.0}})
    cli.main(["progress"])
    said = capsys.readouterr().out
    assert " 1 of " in said
    assert "Next: perceptrons-neuron," not in said


def test_hint(copy, capsys):
    assert cli.main(["hint", "perceptrons-neuron"]) == 0
    assert capsys.readouterr().out.startswith("Hint 1 of 3")


def test_reset_puts_the_cell_back_and_keeps_what_was_there(copy, capsys):
    untouched = source_of_cell(copy, "perceptrons-neuron")
    edit(copy, "perceptrons-neuron", "my = 'work'\n")
    assert cli.main(["reset", "perceptrons-neuron"]) == 0
    assert source_of_cell(copy, "perceptrons-neuron") == untouched
    kept = list((store.home() / "kept").glob("*.ipynb"))
    assert len(kept) == 1
    assert source_of_cell(kept[0], "perceptrons-neuron") == "my = 'work'\n"


def test_doctor_says_that_this_machine_is_ready(copy, capsys):
    assert cli.main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert "[ ok ] Python 3" in said
    assert "ready" in said


def test_mistakes_at_the_command_line_get_a_sentence(copy, capsys):
    for arguments in (
        ["check", "99"],
        ["check", "no.ipynb"],
        ["hint", "perceptrons-nix"],
        ["reset", "nix-nix"],
    ):
        assert cli.main(arguments) == 2
        said = capsys.readouterr().err
        assert said.startswith("autograder: ")
        assert "Traceback" not in said


def test_outside_of_the_course_it_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["progress"]) == 2
    assert "not in the course folder" in capsys.readouterr().err
    with pytest.raises(LookupError):
        course.root()
