"""What a class got right, what it got wrong and why: on the terminal, as CSV, as one HTML page."""

import argparse
import csv
import io
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.exercise import get
from autograder.feedback import MARKS
from autograder.grading.gradebook import Course, GradebookError, Total
from autograder.grading.records import Record, Store, write_file
from autograder.grading.report_page import page

STATES = ("right", "part", "wrong", "todo")


@dataclass
class ExerciseRow:
    """One exercise over the class: how many students are in each state, and what they got wrong."""

    name: str
    title: str
    max_points: float
    states: Counter[str] = field(default_factory=Counter)
    mistakes: Counter[str] = field(default_factory=Counter)
    points: float = 0.0

    @property
    def students(self) -> int:
        """How many submissions there are."""
        return sum(self.states.values())

    @property
    def mean(self) -> float:
        """Mean points as a share of the maximum."""
        return self.points / max(self.students * self.max_points, 1e-9)


@dataclass
class ClassReport:
    """All that the three forms of the report show."""

    assignment: str
    records: list[Record]
    totals: dict[str, Total]
    exercises: list[ExerciseRow]


def state(verdict: dict[str, object]) -> str:
    """Return right, part, wrong or todo."""
    if verdict["points"] == verdict["max_points"]:
        return "right"
    if verdict["mistake"] in ("not-done", "missing"):
        return "todo"
    return "part" if verdict["points"] else "wrong"


def collect(course: Course, assignment: str) -> ClassReport:
    """Read records and gradebook.

    Raises
    ------
    GradebookError
        If nothing was graded yet.
    """
    records = Store(course.root, assignment).records()
    if not records:
        msg = f"{assignment} has no grades yet; run: autograder grade {assignment}"
        raise GradebookError(msg)
    rows: dict[str, ExerciseRow] = {}
    for record in records:
        for verdict in record.verdicts:
            name = verdict["exercise"]
            row = rows.setdefault(name, ExerciseRow(name, _title(name), verdict["max_points"]))
            row.states[state(verdict)] += 1
            row.points += verdict["points"]
            if state(verdict) in ("part", "wrong"):
                row.mistakes[verdict["mistake"] or "not recognized"] += 1
    return ClassReport(assignment, records, course.totals(assignment), list(rows.values()))


def _title(name: str) -> str:
    try:
        return get(name).title
    except LookupError:
        return name


def describe(exercise: str, mistake: str) -> str:
    """Return the sentence that the bank says about a mistake, or its name."""
    try:
        says = {wrong.name: wrong.says for wrong in get(exercise).wrong}
    except LookupError:
        says = {}
    return says.get(mistake, mistake.replace("-", " "))


def misconceptions(report: ClassReport) -> list[tuple[float, str, str, str]]:
    """Return (share of the class, exercise, mistake, sentence), the most frequent first."""
    found = [
        (count / row.students, row.name, mistake, describe(row.name, mistake))
        for row in report.exercises
        for mistake, count in row.mistakes.items()
    ]
    return sorted(found, key=lambda item: (-item[0], item[1], item[2]))


def table(rows: Sequence[Sequence[str]], right: str = "") -> str:
    """Lay rows out in columns; ``right`` lists the numbers of columns set flush right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if str(i) in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join([lines[0], "  ".join("─" * width for width in widths), *lines[1:]])


def terminal(report: ClassReport) -> str:
    """Return the report as text."""
    exercises = [["exercise", "mean", *STATES, "most frequent mistake"]]
    for row in report.exercises:
        top = row.mistakes.most_common(1)
        words = f"{top[0][1] / row.students:.0%} {top[0][0]}" if top else ""
        counts = [str(row.states[name] or "") for name in STATES]
        exercises.append([row.name, f"{row.mean:.0%}", *counts, words])
    students = [["student", "points", "of", "checks", "s", "MB", "status", ""]]
    for record in report.records:
        total = report.totals.get(record.student)
        marks = "".join(MARKS[state(verdict)] for verdict in record.verdicts)
        students.append(
            [
                record.student,
                f"{total.score:g}" if total else "–",
                f"{total.max_score:g}" if total else "–",
                marks,
                f"{record.seconds:.1f}",
                str(record.memory),
                record.status,
                record.sentence[:60],
            ]
        )
    parts = [report.assignment, table(exercises, "12345"), table(students, "1245")]
    wrong = [f"{share:4.0%}  {name}: {says}" for share, name, _, says in misconceptions(report)]
    parts += ["What the class gets wrong", "\n".join(wrong[:15])] if wrong else []
    touched = [f"{r.student}: {'; '.join(r.changes)}" for r in report.records if r.changes]
    parts += ["Put right before grading", "\n".join(touched)] if touched else []
    return "\n\n".join(parts)


def canvas_csv(report: ClassReport) -> str:
    """Return the grades as Canvas imports them: fixed columns, then one with points possible."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Student", "ID", "SIS User ID", "SIS Login ID", "Section", report.assignment])
    best = max((total.max_score for total in report.totals.values()), default=0.0)
    writer.writerow(["    Points Possible", "", "", "", "", f"{best:g}"])
    for student, total in sorted(report.totals.items()):
        row = [total.name or student, total.lms_id, "", student, "", f"{total.score:g}"]
        writer.writerow([_plain(cell) for cell in row])
    return out.getvalue()


def moodle_csv(report: ClassReport) -> str:
    """Return the grades as Moodle imports them: users by name, one column per grade item."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["username", "idnumber", report.assignment, "feedback"])
    status = {record.student: record.sentence for record in report.records}
    for student, total in sorted(report.totals.items()):
        row = [student, total.lms_id, f"{total.score:g}", status.get(student, "")]
        writer.writerow([_plain(cell) for cell in row])
    return out.getvalue()


def _plain(cell: str) -> str:
    """Keep a spreadsheet from running a cell that a learner's text made a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t") else cell


FORMS = {"canvas": canvas_csv, "moodle": moodle_csv}


def add_report_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``autograder report``."""
    parser.add_argument("assignment", help="for example 01_perceptrons")
    parser.add_argument("--csv", choices=sorted(FORMS), help="grades for an LMS")
    parser.add_argument("--html", action="store_true", help="one page with figures")
    parser.add_argument("-o", "--output", type=Path, help="file to write (default: by the form)")
    parser.add_argument("--db-url", default="", help="gradebook, if not the configured one")
    parser.add_argument("--course", type=Path, default=Path(), help="course folder (default: .)")


def main_report(arguments: argparse.Namespace) -> int:
    """Show or write the report of an assignment."""
    try:
        report = collect(Course(arguments.course, arguments.db_url), arguments.assignment)
    except GradebookError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 2
    if arguments.html:
        content, name = page(report, misconceptions(report)), f"report_{report.assignment}.html"
    elif arguments.csv:
        content = FORMS[arguments.csv](report)
        name = f"grades_{report.assignment}_{arguments.csv}.csv"
    else:
        print(terminal(report))
        return 0
    path = arguments.output or Path(name)
    write_file(path, content.encode())
    print(f"written: {path}")
    return 0
