import csv
import io
import re

import pytest

from autograder.cli import main
from autograder.grading import report
from autograder.grading.gradebook import Course, GradebookError
from tests.grading import classroom
from tests.grading.classroom import ASSIGNMENT, rows


@pytest.fixture(scope="module")
def collected(small_class):
    return report.collect(Course(small_class[0]), ASSIGNMENT)


def test_counts_add_up(collected, small_class):
    found = rows(small_class[0])
    for row in collected.exercises:
        assert row.students == len(found)
        cell = f"{row.name}-check"
        assert row.points == pytest.approx(sum(scores[cell] for scores in found.values()))
        assert sum(row.mistakes.values()) == row.states["part"] + row.states["wrong"]


def test_misconceptions_are_said_in_the_banks_words(collected):
    found = report.misconceptions(collected)
    assert [share for share, *_ in found] == sorted((s for s, *_ in found), reverse=True)
    from autograder.exercise import get

    says = {wrong.says for row in collected.exercises for wrong in get(row.name).wrong}
    assert any(sentence in says for _, _, _, sentence in found)


def test_the_terminal_report_names_everybody(collected):
    text = report.terminal(collected)
    for student in ("s0000", "s0001", "s0002", "broken"):
        assert student in text
    assert "unreadable" in text


def test_canvas(collected):
    table = list(csv.reader(io.StringIO(report.canvas_csv(collected))))
    assert table[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", ASSIGNMENT]
    assert table[1][0].strip() == "Points Possible"
    assert {row[3]: float(row[5]) for row in table[2:]}["broken"] == 0


def test_moodle(collected):
    table = list(csv.DictReader(io.StringIO(report.moodle_csv(collected))))
    totals = collected.totals
    assert {r["username"]: float(r[ASSIGNMENT]) for r in table} == {
        student: total.score for student, total in totals.items()
    }


@pytest.mark.parametrize("cell", ["=1+1", "+x", "-x", "@x"])
def test_no_cell_is_a_formula(cell):
    assert report._plain(cell) == "'" + cell


def test_the_page_needs_nothing_and_runs_nothing(collected):
    collected.records[0].changes = ["<script>alert(1)</script>"]
    page = report.page(collected, report.misconceptions(collected))
    assert "<script" not in page
    assert not re.search(r"(src|href)=|url\(|@import|https?://", page)
    for row in collected.exercises:
        assert row.name in page
    collected.records[0].changes = []


def test_nothing_graded_says_what_to_run(tmp_path):
    root = classroom.make_course(tmp_path / "course")
    with pytest.raises(GradebookError, match="autograder grade"):
        report.collect(Course(root), ASSIGNMENT)


@pytest.mark.parametrize("form", [[], ["--html"], ["--csv", "canvas"], ["--csv", "moodle"]])
def test_the_command(form, small_class, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["autograder", "report"])
    target = tmp_path / "out"
    assert (
        main(["report", ASSIGNMENT, "--course", str(small_class[0]), "-o", str(target), *form]) == 0
    )
    assert target.exists() == bool(form)
