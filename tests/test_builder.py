"""The builder: two editions that follow from one master, and faults that it names."""

import importlib.util
import json
import shutil
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
SPEC = importlib.util.spec_from_file_location("build", ROOT / "solutions" / "build.py")
build = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(build)

MASTER = """# %% [markdown]
# # Title

# %%
import numpy as np
from autograder import check

# %% exercise="perceptrons-neuron"
def neuron(x, w, b):
    ### BEGIN SOLUTION
    return x @ w + b
    ### END SOLUTION

# %% check="perceptrons-neuron"
check("perceptrons-neuron")
"""


BY_HAND = (
    MASTER
    + """
# %% [markdown] question="perceptrons-essay"
# ### Why a bias? · 3 points
#
# ### BEGIN MARK SCHEME
#
# - 3 points: the boundary need not go through zero
#
# ### END MARK SCHEME

# %% [markdown] manual={"id": "perceptrons-essay", "points": 3}
# Without one the boundary goes through zero.
"""
)


def graded(tmp_path, text):
    path = tmp_path / "exercises.py"
    path.write_text(text)
    return build.with_grading(build.read_master(path), path)


def test_the_masters_metadata_becomes_nbgraders(tmp_path):
    cells = graded(tmp_path, MASTER).cells
    solution, check = cells[2].metadata.nbgrader, cells[3].metadata.nbgrader
    assert (solution.grade_id, solution.solution, solution.grade) == (
        "perceptrons-neuron",
        True,
        False,
    )
    assert (check.grade_id, check.grade, check.locked, check.points) == (
        "perceptrons-neuron-check",
        True,
        True,
        2,
    )
    assert [c.id for c in cells[2:]] == ["perceptrons-neuron", "perceptrons-neuron-check"]


def test_cell_ids_do_not_change_from_run_to_run(tmp_path):
    first, second = (graded(tmp_path, MASTER) for _ in range(2))
    assert [c.id for c in first.cells] == [c.id for c in second.cells]


def test_the_learner_edition_has_a_hole_and_the_solution_is_gone(tmp_path):
    source = graded(tmp_path, MASTER)
    learner = build.learner_edition(source)
    text = json.dumps(learner)
    assert "return x @ w + b" not in text
    assert "raise NotImplementedError()" in learner.cells[2].source
    assert "return x @ w + b" in source.cells[2].source


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("    ### BEGIN SOLUTION\n", "", "no BEGIN/END SOLUTION"),
        ('check="perceptrons-neuron"', 'check="perceptrons-layer"', "does not follow its exercise"),
        ('# %% check="perceptrons-neuron"\ncheck("perceptrons-neuron")\n',
         '# %% exercise="perceptrons-neuron"\n### BEGIN SOLUTION\n### END SOLUTION\n', "stand twice"),
        ("perceptrons-neuron", "perceptrons-nix", "no exercise 'perceptrons-nix'"),
    ],
)  # fmt: skip
def test_faults_of_a_master_are_named(tmp_path, old, new, words):
    assert old in MASTER
    with pytest.raises((ValueError, LookupError), match=words):
        graded(tmp_path, MASTER.replace(old, new))


def test_a_question_is_read_only_and_its_answer_carries_the_points(tmp_path):
    source = graded(tmp_path, BY_HAND)
    question, answer = (c.metadata.nbgrader for c in source.cells[4:])
    assert [c.id for c in source.cells[4:]] == ["perceptrons-essay-question", "perceptrons-essay"]
    assert question.locked
    assert not any(question.get(key) for key in ("grade", "solution", "task", "points"))
    assert answer.grade
    assert answer.solution
    assert answer.points == 3
    learner = build.learner_edition(source)
    released = [c.source.strip() for c in learner.cells[4:]]
    assert released == ["### Why a bias? · 3 points", "YOUR ANSWER HERE"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("# ### BEGIN MARK SCHEME\n", "", "perceptrons-essay has no mark scheme"),
        ("# ### END MARK SCHEME\n", "", "perceptrons-essay has no mark scheme"),
        ("# - 3 points: the boundary need not go through zero\n", "", "has no mark scheme"),
        (' question="perceptrons-essay"', "", "perceptrons-essay does not follow its question"),
        ('"id": "perceptrons-essay"', '"id": "perceptrons-bias"', "does not follow its question"),
    ],
)  # fmt: skip
def test_a_question_without_a_mark_scheme_is_refused(tmp_path, old, new, words):
    assert old in BY_HAND
    with pytest.raises(ValueError, match=words):
        graded(tmp_path, BY_HAND.replace(old, new))


@pytest.fixture
def copy(tmp_path, monkeypatch):
    for part in ("solutions/01_perceptrons", "notebooks/exercises/01_perceptrons"):
        shutil.copytree(ROOT / part, tmp_path / part)
    (tmp_path / "notebooks" / "chapters").mkdir()
    shutil.copy(ROOT / "notebooks/chapters/01_perceptrons.ipynb", tmp_path / "notebooks/chapters")
    for name, folder in (("ROOT", ""), ("MASTERS", "solutions"), ("LEARNERS", "notebooks")):
        monkeypatch.setattr(build, name, tmp_path / folder)
    return tmp_path


def test_editions_in_step_have_no_difference(copy):
    assert build.differences("01_perceptrons") == []


def test_an_edited_learner_edition_is_found(copy):
    path = copy / "notebooks/exercises/01_perceptrons/exercises.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source += " edited by hand"
    nbformat.write(notebook, path)
    assert any("exercises.ipynb differs" in line for line in build.differences("01_perceptrons"))


def test_a_forgotten_exercise_is_found(copy):
    path = copy / "solutions/01_perceptrons/exercises.py"
    text = path.read_text()
    start, end = (
        text.index('# %% exercise="perceptrons-neuron"'),
        text.index("# %% [markdown]", text.index('check="perceptrons-neuron"')),
    )
    path.write_text(text[:start] + text[end:])
    assert any(
        "perceptrons-neuron stands in the bank" in line
        for line in build.differences("01_perceptrons")
    )


def test_an_exercise_without_hints_or_points_is_found(copy, monkeypatch):
    from autograder import exercise as module

    neuron = module.exercises("perceptrons")["perceptrons-neuron"]
    bare = module.Exercise(**{**vars(neuron), "hints": ("one", "", "three"), "minutes": 0})
    monkeypatch.setitem(module.exercises("perceptrons"), neuron.name, bare)
    found = build.differences("01_perceptrons")
    assert "perceptrons-neuron has not three hints" in found
    assert "perceptrons-neuron lacks points, a difficulty or a time" in found
