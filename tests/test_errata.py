"""Every mistake of the source documents is put right somewhere that exists, or has a reason."""

import csv
import importlib.util
from functools import cache
from pathlib import Path

import nbformat
import pytest

from autograder.exercise import get

ROOT = Path(__file__).parent.parent
with (ROOT / "solutions" / "errata.csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))
PLACES = [(row["id"], place) for row in ROWS for place in row["where"].split()]


@cache
def cells(chapter):
    path = ROOT / "notebooks" / "chapters" / f"{chapter}.ipynb"
    return {c.id for c in nbformat.read(path, as_version=4).cells}


def test_all_136_are_listed_once_and_in_order():
    assert [row["id"] for row in ROWS] == [f"E{n:02d}" for n in range(1, 137)]


def test_each_has_a_place_or_a_reason():
    assert [r["id"] for r in ROWS if not (r["where"].strip() or len(r["reason"]) > 20)] == []


@pytest.mark.parametrize(("erratum", "place"), PLACES)
def test_the_place_exists(erratum, place):
    chapter, mark, cell = place.partition("#")
    if mark:
        assert cell in cells(chapter)
    else:
        assert get(place).name == place


def test_the_page_is_up_to_date():
    spec = importlib.util.spec_from_file_location("errata", ROOT / "solutions" / "errata.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text(encoding="utf-8") == module.page()
