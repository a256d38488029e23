"""Finished pieces are kept, can be switched, and the one that breaks training can be found."""

import itertools
import linecache

import numpy as np
import pytest

import autograder
from autograder import pieces, store
from autograder.exercise import get
from autograder.sources import capture, source_of

NAME = "perceptrons-neuron"


NUMBERS = itertools.count()


def cell(source):
    """Run source as a notebook cell does: in a namespace without a file, its lines in linecache."""
    filename = f"/tmp/ipykernel_1/{next(NUMBERS)}.py"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    namespace = {"__name__": "__main__"}
    exec(compile(source, filename, "exec"), namespace)
    return namespace


def checked(source):
    """Check a cell's work as the notebook would, with the cell's globals as the caller's."""
    namespace = cell(source)
    exec("from autograder import check\nresult = check('perceptrons-neuron')", namespace)
    return namespace["result"]


def test_source_of_functions_and_classes_typed_into_cells():
    namespace = cell(
        "def f(x):\n    return x\n\nclass A:\n    k = 1\n    def g(self):\n        return 2\n"
    )
    assert source_of(namespace["f"]) == "def f(x):\n    return x"
    assert source_of(namespace["A"]).startswith("class A:\n    k = 1")
    assert source_of(3) == ""


def test_capture_brings_helpers_and_imports_along():
    namespace = cell(
        "import numpy as np\nK = 2.5\ndef helper(x):\n    return K * np.sum(x)\ndef main(x):\n    return helper(x)\n"
    )
    source = capture(("main",), namespace)
    again = {}
    exec(source, again)
    assert again["main"](np.ones(2)) == 5.0


def test_a_finished_piece_is_kept_and_can_be_benched():
    assert (
        checked("import numpy as np\ndef neuron(x, w, b):\n    return np.sum(x * w) + b\n") == 2.0
    )
    assert pieces.finished() == (NAME,)
    mine = autograder.piece(NAME)
    assert mine(np.ones(3), np.ones(3), 1.0) == 4.0
    assert "np.sum" in store.piece_path(NAME).read_text()
    marker = object()
    assert autograder.piece(NAME, marker, prefer="reference") is marker
    autograder.use("reference", NAME)
    assert autograder.piece(NAME, marker) is marker
    autograder.use("mine")
    assert autograder.piece(NAME, marker) is not marker


def test_a_wrong_piece_is_not_kept():
    assert checked("def neuron(x, w, b):\n    return x @ w\n") == 0.0
    assert pieces.finished() == ()
    with pytest.raises(LookupError, match="not finished yet"):
        autograder.piece(NAME, prefer="mine")
    assert store.load()[NAME]["last"]["mistake"] == "no-bias"


def test_an_unknown_switch_is_refused():
    with pytest.raises(ValueError, match='"mine" or "reference"'):
        autograder.use("yours")


def test_blame_finds_the_pieces_that_break_training(monkeypatch):
    bad = {"b", "d"}
    monkeypatch.setattr(pieces, "piece", lambda n, prefer: (n, prefer))
    trains = lambda chosen: not any(v == (n, "mine") and n in bad for n, v in chosen.items())  # noqa: E731
    assert pieces.blame(trains, ("a", "b", "c", "d", "e")) == ["b", "d"]
    assert pieces.blame(trains, ("a", "c")) == []
    with pytest.raises(RuntimeError, match="reference pieces too"):
        pieces.blame(lambda chosen: False, ("a",))


def test_hints_come_one_after_the_other_and_end_with_the_solution():
    said = [str(autograder.hint(NAME)) for _ in range(5)]
    assert [s.partition(":")[0] for s in said[:3]] == [f"Hint {i} of 3" for i in (1, 2, 3)]
    assert "return x @ w + b" in said[3] == said[4]
    assert store.load()[NAME]["hints"] == 4
    with pytest.raises(ValueError, match="from 1 to 4"):
        autograder.hint(NAME, 9)


def test_the_last_hint_shows_the_difference_to_the_learners_own():
    namespace = cell("def neuron(x, w, b):\n    return x @ w\n")
    exec("from autograder import hint\nsaid = hint('perceptrons-neuron', 4)", namespace)
    assert "-    return x @ w" in str(namespace["said"])
    assert "+    return x @ w + b" in str(namespace["said"])


def test_unreadable_records_are_set_aside_not_overwritten():
    path = store.home() / "progress.json"
    store.write(path, "{broken")
    assert store.load() == {}
    assert [p.read_text() for p in path.parent.glob("*.unreadable-*")] == ["{broken"]


def test_a_full_disk_does_not_cost_the_verdict(monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "write", full)
    assert checked("def neuron(x, w, b):\n    return x @ w + b\n") == 2.0


def test_nothing_is_recorded_while_a_class_is_graded(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert checked("def neuron(x, w, b):\n    return x @ w + b\n") == 2.0
    assert not store.home().exists()


def test_an_unknown_exercise_is_named_with_its_neighbours():
    with pytest.raises(LookupError, match="perceptrons-neuron"):
        get("perceptrons-neuro")
