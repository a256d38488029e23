"""Seconds to grade the same class: stock nbgrader, and ours by number of workers.

``python -m tests.bench.bench_grading [students]``; printed as a table with ratios. The assignment
is in the gradebook before either clock starts: ``nbgrader generate_assignment`` puts it there.
"""

import sys
import tempfile
from pathlib import Path

from tests.grading.classroom import ASSIGNMENT, fill, make_course, table_rows
from tests.grading.test_class import OURS, command, stock


def ours(root, workers):
    """Grade with our command."""
    command(root, "nbgrader", "generate_assignment", ASSIGNMENT)
    return command(root, *OURS, ASSIGNMENT, "-j", str(workers))


def main():
    """Grade one class in each way and print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    print(f"{count} honest students, {ASSIGNMENT}; wall seconds, one run each\n")
    print(f"{'way':28}{'wall':>8}{'each':>8}{'ratio':>8}{'rows':>8}")
    with tempfile.TemporaryDirectory() as folder:
        root = make_course(Path(folder) / "stock", stock=True)
        fill(root, count)
        base = stock(root, ASSIGNMENT)
        expected = table_rows(root)
        print(
            f"{'nbgrader autograde':28}{base:8.1f}{base / count:8.2f}{1:8.2f}{'-':>8}", flush=True
        )
        for workers in (1, 2, 4):
            root = make_course(Path(folder) / f"ours{workers}")
            fill(root, count)
            wall = ours(root, workers)
            same = "equal" if table_rows(root) == expected else "DIFFER"
            name = f"autograder grade -j {workers}"
            print(f"{name:28}{wall:8.1f}{wall / count:8.2f}{wall / base:8.2f}{same:>8}", flush=True)


if __name__ == "__main__":
    main()
