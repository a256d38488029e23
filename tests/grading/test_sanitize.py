import copy

import nbformat
import pytest
from nbgrader import preprocessors as nbg

from autograder.grading.sanitize import (
    Master,
    MasterCell,
    UnreadableError,
    blank,
    canonical,
    parse,
    sanitize,
)
from tests.grading.classroom import as_json

MASTER = Master("a", "b", (
    MasterCell("one", "code", "def f(): ...", "1", locked=False, solution=True),
    MasterCell("one-check", "code", 'check("one")', "2", locked=True, grade=True, points=2.0),
    MasterCell("two", "code", "def g(): ...", "3", locked=False, solution=True),
    MasterCell("two-check", "code", 'check("two")', "4", locked=True, grade=True, points=3.0),
    MasterCell("essay", "markdown", "Say.", "5", locked=False, grade=True, solution=True, points=4.0),
))  # fmt: skip


def submission():
    nb = nbformat.v4.new_notebook()
    for cell in MASTER.cells:
        new = getattr(nbformat.v4, f"new_{cell.cell_type}_cell")(cell.source)
        new.metadata.update(copy.deepcopy(cell.metadata()))
        nb.cells.append(new)
    return nb


def ids(nb):
    return [c.metadata.get("nbgrader", {}).get("grade_id") for c in nb.cells]


def test_an_honest_notebook_comes_back_as_it_was():
    nb = submission()
    nb.cells[0].source = "def f(): return 1"
    clean, changes = sanitize(nb, MASTER)
    assert changes == []
    assert [c.source for c in clean.cells] == [c.source for c in nb.cells]
    assert [c.metadata for c in clean.cells] == [c.metadata for c in nb.cells]
    assert canonical(sanitize(clean, MASTER)[0]) == canonical(clean)


def test_the_master_wins():
    nb = submission()
    nb.cells[1].source = "2.0"
    nb.cells[1].metadata["tags"] = ["skip-execution"]
    nb.cells[1].metadata["nbgrader"]["points"] = 99
    nb.cells[3]["cell_type"] = "markdown"
    clean, changes = sanitize(nb, MASTER)
    assert clean.cells[1].source == 'check("one")'
    assert clean.cells[1].metadata == MASTER.cells[1].metadata()
    assert clean.cells[3].cell_type == "code"
    assert len(changes) == 4


@pytest.mark.parametrize("missing", [(1,), (3,), (1, 3), (0, 1), (0, 1, 2, 3, 4)])
def test_missing_checks_come_back_behind_what_they_check(missing):
    nb = submission()
    nb.cells = [c for i, c in enumerate(nb.cells) if i not in missing]
    clean, changes = sanitize(nb, MASTER)
    graded = [cell.grade_id for cell in MASTER.cells if cell.grade]
    assert [name for name in ids(clean) if name in graded] == graded
    assert len(changes) == len([i for i in missing if MASTER.cells[i].grade])
    order = ids(clean)
    for name in ("one", "two"):
        if name in order:
            assert order.index(f"{name}-check") > order.index(name)


def test_of_a_doubled_cell_the_last_counts():
    nb = submission()
    nb.cells.append(copy.deepcopy(nb.cells[0]))
    nb.cells[-1].source = "def f(): return 'last'"
    clean, changes = sanitize(nb, MASTER)
    assert ids(clean).count("one") == 1
    assert clean.cells[-1].metadata["nbgrader"]["grade_id"] == "one"
    assert changes == ["cell one stood more than once"]


def test_outputs_ids_and_unknown_metadata_go():
    nb = submission()
    nb.metadata["x"] = 1
    nb.cells[0].metadata["jupyter"] = {"y": 1}
    nb.cells[0].outputs = [nbformat.v4.new_output("stream", text="hello")]
    clean, _ = sanitize(nb, MASTER)
    assert "hello" not in str(clean)
    assert "jupyter" not in str(clean)
    assert list(clean.metadata) == ["kernelspec"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"\xff", b"[]", b'{"cells": 3}', b'{"nbformat": 4, "nbformat_minor": 5, "cells": 3}',
     b"[" * 100_000, b'{"nbformat": 9, "cells": []}', b"null", b'"x"'],
)  # fmt: skip
def test_what_is_no_notebook_is_told_so(content):
    with pytest.raises(UnreadableError, match="not a notebook"):
        parse(content)


def test_odd_cells_are_dropped():
    nb = as_json(submission())
    nb["cells"] += [
        3,
        None,
        {"cell_type": "weird", "source": ""},
        {"cell_type": "code", "source": 1},
    ]
    nb["cells"][0]["source"] = ["def f():\n", "  return 2"]
    clean, _ = sanitize(nb, MASTER)
    assert len(clean.cells) == len(MASTER.cells)
    assert clean.cells[0].source == "def f():\n  return 2"


RUBRIC = "### BEGIN MARK SCHEME\n\n- 4 points: the chain rule\n\n### END MARK SCHEME"
ASKED = Master("a", "b", (
    MasterCell("essay-question", "markdown", f"Say why.\n\n{RUBRIC}\n\nIn 100 words.", "1", locked=True),
    MasterCell("essay", "markdown", "Say.", "2", locked=False, grade=True, solution=True, points=4.0),
))  # fmt: skip


def asked(*sources):
    nb = nbformat.v4.new_notebook()
    for cell, source in zip(ASKED.cells, sources, strict=True):
        nb.cells.append(nbformat.v4.new_markdown_cell(source))
        nb.cells[-1].metadata.update(copy.deepcopy(cell.metadata()))
    return nb


def test_a_mark_scheme_is_put_back_and_its_absence_is_no_edit():
    released = copy.deepcopy(asked(ASKED.cells[0].source, "Mine."))
    released, _ = nbg.ClearMarkScheme(enforce_metadata=False).preprocess(released, {})
    assert "chain rule" not in str(released)
    clean, changes = sanitize(released, ASKED)
    assert changes == []
    assert [c.source for c in clean.cells] == [ASKED.cells[0].source, "Mine."]
    assert sanitize(asked("Say what you like.", "Mine."), ASKED)[1] == [
        "locked cell essay-question was edited"
    ]


def test_a_question_that_was_deleted_comes_back_above_its_answer():
    nb = asked("Say why.", "Mine.")
    del nb.cells[0]
    clean, changes = sanitize(nb, ASKED)
    assert ids(clean) == ["essay-question", "essay"]
    assert RUBRIC in clean.cells[0].source
    assert changes == ["cell essay-question was missing"]


def test_a_blank_notebook_has_every_graded_cell():
    assert ids(blank(MASTER)) == ["one-check", "two-check", "essay"]
