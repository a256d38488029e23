"""Hand in every hostile submission beside two honest ones, and print what it earned.

``python -m tests.grading.attacks [part of a name]`` prints the table and, as its last line,
``attacks=… points=… reads=… left=… aborted=… honest_harmed=…``.
"""

import json
import os
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

from autograder.exercise import get
from autograder.grading.gradebook import Course
from autograder.grading.records import Store
from autograder.grading.sandbox import Limits
from tests.grading.classroom import (
    ASSIGNMENT,
    executed,
    grade,
    hand_in,
    honest,
    make_course,
    rows,
    table_rows,
)
from tests.grading.hostile import ATTACKS

HONEST = {"adam": 3, "zoe": 4}
LIMITS = Limits(cell_seconds=1.5, total_seconds=15.0, memory=1024)


@dataclass
class Result:
    """What one attack achieved; everything should be nothing."""

    name: str
    points: float = 0.0
    reads: int = 0
    left: int = 0
    aborted: bool = False
    harmed: int = 0
    status: str = ""
    seconds: float = 0.0

    @property
    def held(self):
        return not (self.points or self.reads or self.left or self.aborted or self.harmed)


class Range:
    """A course in which one attack after the other is graded between two honest students."""

    def __init__(self, root: Path):
        self.root = make_course(root / "course")
        self.out = root / "outside.txt"
        master = self.root / "solutions" / ASSIGNMENT / "exercises.py"
        master.write_text(master.read_text() + "\n# SENTINEL-MASTER\n")
        os.environ["AUTOGRADER_TEST_SECRET"] = "SENTINEL-ENVIRONMENT"
        for student, seed in HONEST.items():
            hand_in(self.root, student, honest(seed))
        self.run("adam", "zoe")
        with Course(self.root).gradebook() as gradebook:
            gradebook.update_or_create_student("adam", first_name="SENTINEL-GRADEBOOK")
        self.rows = {s: rows(self.root)[s] for s in HONEST}
        says = [wrong.says for wrong in get("perceptrons-neuron").wrong]
        self.secrets = ["SENTINEL-", "BEGIN SOLUTION", "Student number", "SQLite format", *says]

    def run(self, *students):
        grade(self.root, students=students, force=True, limits=LIMITS)

    def attack(self, *names: str, first: int = 0) -> list[Result]:
        """Grade some attacks at once, beside the honest, and measure what each achieved."""
        results = [Result(name) for name in names]
        students = [f"mallory{first + i:03d}" for i in range(len(names))]
        marks = [7_000_000 + os.getpid() * 100 + first + i for i in range(len(names))]
        for name, student, mark in zip(names, students, marks, strict=True):
            ATTACKS[name](self.root, student, mark, self.out)
        start, error = time.monotonic(), None
        try:
            self.run("adam", *students, "zoe")
        except Exception as caught:
            error = caught
        found = rows(self.root)
        manual = sum(r[1] or 0 for k, r in table_rows(self.root).items() if k[2:3] == ("grade",))
        for result, student, mark in zip(results, students, marks, strict=True):
            result.seconds = time.monotonic() - start
            record = Store(self.root, ASSIGNMENT).record(student)
            result.status = repr(error)[:60] if error else f"{record.status} {record.sentence}"
            result.aborted = error is not None or student not in found
            result.points = manual + sum(found.get(student, {}).values())
            shown = json.dumps([c.get("outputs") for c in self.cells(student)])
            result.reads = sum(secret in shown for secret in self.secrets)
            result.left = len(left_over(mark)) + self.out.exists()
            result.harmed = sum(found.get(s) != self.rows[s] for s in HONEST)
        self.out.unlink(missing_ok=True)
        return results

    def cells(self, student):
        """Cells of the executed notebook but for the checks, whose panels are ours."""
        text = executed(self.root, student)
        cells = json.loads(text)["cells"] if text else []
        return [c for c in cells if not c["metadata"].get("nbgrader", {}).get("grade")]


def left_over(mark):
    """Processes that an attack left: its marked ones, and boxes whose grader is gone."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            line = (folder / "cmdline").read_bytes()
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        # Other graders may be at work on this machine; their boxes have a living parent.
        box = b"/ag-" in line and b"kernel.json" in line and parent == 1
        if str(mark).encode() in line or box:
            found.append(line)
    return found


def summary(results):
    return (
        f"attacks={len(results)} points={sum(r.points for r in results):g} "
        f"reads={sum(r.reads for r in results)} left={sum(r.left for r in results)} "
        f"aborted={sum(r.aborted for r in results)} "
        f"honest_harmed={sum(r.harmed for r in results)}"
    )


def main():
    warnings.simplefilter("ignore")
    part = sys.argv[1] if len(sys.argv) > 1 else ""
    names = [name for name in ATTACKS if part in name]
    results = []
    print(f"{'attack':34}{'points':>7}{'reads':>6}{'left':>5}{'abort':>6}{'harm':>5}{'s':>6}  how")
    with tempfile.TemporaryDirectory() as folder:
        field = Range(Path(folder))
        for number, name in enumerate(names):
            (r,) = field.attack(name, first=number)
            results.append(r)
            print(
                f"{r.name:34}{r.points:7g}{r.reads:6}{r.left:5}{r.aborted:6}{r.harmed:5}"
                f"{r.seconds:6.1f}  {r.status[:70]}",
                flush=True,
            )
    print(summary(results))
    return 0 if all(r.held for r in results) else 1


if __name__ == "__main__":
    sys.exit(main())
