"""The syllabus: every row that is owed is taught in a cell that exists."""

from functools import cache
from pathlib import Path

import nbformat
import pytest

from autograder.coursemap import course_map, syllabus

ROOT = Path(__file__).parent.parent
LINES = syllabus(ROOT / "solutions" / "syllabus.csv")
OWED = range(1, 345)


@cache
def cell_ids(notebook):
    path = ROOT / "notebooks" / notebook
    return {c.id for c in nbformat.read(path, as_version=4).cells} if path.exists() else set()


@pytest.mark.parametrize("line", LINES, ids=lambda x: f"{x.row}-{x.cell}")
def test_the_cell_exists(line):
    assert line.topic
    assert line.cell in cell_ids(line.notebook)


def test_every_row_is_taught():
    taught = {int(x.row) for x in LINES if x.row}
    assert sorted(set(OWED) - taught) == []


def test_the_map_shows_every_topic():
    assert course_map()._repr_html_().count("<li>") == len(LINES)
