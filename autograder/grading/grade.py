"""Grade a class: many submissions at once, one writer, and nothing lost when it is stopped."""

import argparse
import gzip
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.grading.digests import digest, engine_digest, judge_digest, plan_files, topics_of
from autograder.grading.execute import Job, Outcome, check_master, unreadable
from autograder.grading.gradebook import Course, GradebookError
from autograder.grading.pool import DaskPool, Failure, LocalPool, run_all
from autograder.grading.records import Record, Store
from autograder.grading.sandbox import Limits, SandboxError, bwrap_path
from autograder.grading.sanitize import Master
from autograder.grading.selftest import self_test
from autograder.grading.verdicts import judge_outcome
from autograder.grading.work import work

NOTEBOOK_LIMIT = 100 << 20  # bytes of a file that is still read
UNSAFE = "--unsafe runs learners' code as you, with your files and your network, in no sandbox"


@dataclass(frozen=True)
class Options:
    """What a run is asked to do; ``students`` empty means all."""

    root: Path
    assignment: str
    workers: int = 2
    scheduler: str = ""
    force: bool = False
    unsafe: bool = False
    db_url: str = ""
    students: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)


@dataclass
class Submission:
    """One student's jobs, and the outcomes that are known already."""

    student: str
    folder: Path
    basis: str
    jobs: dict[str, Job]
    packed: dict[str, bytes]

    def arguments(self) -> tuple[Any, ...]:
        """Return what a worker needs."""
        return self.jobs, self.packed


@dataclass
class Summary:
    """What a run did."""

    graded: int = 0
    kept: int = 0
    failed: int = 0
    seconds: float = 0.0


class Grader:
    """Grades one assignment of one course."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.course = Course(options.root, options.db_url)
        self.limits = Limits(**{**vars(options.limits), **self._configured()})
        self.masters = self.course.masters(options.assignment)
        for master in self.masters:
            check_master(master)
        self.store = Store(self.course.root, options.assignment)
        self.keys: set[str] = set()
        self.summary = Summary()

    def _configured(self) -> dict[str, Any]:
        return dict(self.course.config.BoxedExecute.get("limits", {}))

    def run(self, progress: Callable[[int, int, str], None]) -> Summary:
        """Grade what is not graded yet; ``progress`` gets done, all and the student's name."""
        start = time.monotonic()
        if not self.options.unsafe:
            self_test(self.course.root, self.limits)
        with self.store.lock():
            folders = self.course.submissions(self.options.assignment)
            chosen = self.options.students or tuple(folders)
            missing = [name for name in chosen if name not in folders]
            if missing:
                msg = f"nothing was handed in by {', '.join(missing)}"
                raise GradebookError(msg)
            self._run([(name, folders[name]) for name in chosen], progress)
            if not self.options.students:
                self.store.sweep(self.keys)
        self.summary.seconds = time.monotonic() - start
        return self.summary

    def _run(
        self, folders: list[tuple[str, Path]], progress: Callable[[int, int, str], None]
    ) -> None:
        todo = list(self._todo(folders))
        progress(0, len(todo), "")
        if not todo:
            return
        scheduler = self.options.scheduler
        pool = DaskPool(scheduler) if scheduler else LocalPool(self.options.workers)
        try:
            tasks = (self._submission(name, folder) for name, folder in todo)
            for done, (task, result) in enumerate(run_all(pool, work, tasks), start=1):
                assert isinstance(task, Submission)
                self._finish(task, result)
                progress(done, len(todo), task.student)
        finally:
            pool.close()

    def _todo(self, folders: list[tuple[str, Path]]) -> Iterator[tuple[str, Path]]:
        """Yield the students whose row is not what it would be now."""
        rows = self.course.rows(self.options.assignment)
        for student, folder in folders:
            record = self.store.record(student)
            submission = self._submission(student, folder)
            self.keys.update(job.key() for job in submission.jobs.values())
            if (
                record is not None
                and not self.options.force
                and record.basis == submission.basis
                and self.course.autograded(self.options.assignment, student).is_dir()
                and _same(record, rows.get(student, {}))
            ):
                self.summary.kept += 1
                continue
            yield student, folder

    def _submission(self, student: str, folder: Path) -> Submission:
        """Read what a student handed in."""
        jobs, packed, parts = {}, {}, []
        try:
            data = self.course.files(self.options.assignment, folder)
        except OSError:
            data = {}
        for master in self.masters:
            content, problem = _read(folder, master)
            parts.append(judge_digest(topics_of(master)).encode())
            if content is None:
                parts.append(problem.encode())
                continue
            planned = plan_files(tuple(sorted(master.checks)))
            job = Job(
                content, master, planned, data, self.limits, engine_digest(), self.options.unsafe
            )
            key = job.key()
            parts.append(key.encode())
            jobs[master.notebook] = job
            known = None if self.options.force else self.store.outcome(key)
            if known is not None:
                packed[master.notebook] = known
        return Submission(student, folder, digest(parts), jobs, packed)

    def _finish(self, task: Submission, result: Any) -> None:
        """Write one student's row; whatever goes wrong costs this row alone."""
        record = Record(task.student, basis=task.basis)
        try:
            if isinstance(result, Failure):
                raise GradebookError(result.sentence)
            outcomes, graded, verdicts = result
            notebooks = {}
            for master in self.masters:
                name = master.notebook
                if name in outcomes:
                    if name not in task.packed:
                        self.store.keep_outcome(task.jobs[name].key(), outcomes[name])
                    outcome = Outcome.unpack(outcomes[name])
                    notebooks[name] = json.loads(gzip.decompress(graded[name]))
                    record.verdicts += verdicts[name]
                else:
                    outcome = unreadable(master, "missing", _read(task.folder, master)[1])
                    judged = judge_outcome(outcome, master)
                    notebooks[name] = judged.notebook
                    record.verdicts += judged.verdicts
                _add(record, outcome)
            self.course.write(self.options.assignment, task.student, task.folder, notebooks)
            self.summary.graded += 1
        except SandboxError:
            raise
        except (Exception, SystemExit) as error:
            record = Record(task.student, "failed", f"not graded: {str(error)[:300]}")
            self.summary.failed += 1
        self.store.keep_record(record)


def _read(folder: Path, master: Master) -> tuple[bytes | None, str]:
    """Return a notebook's bytes, or None and why there are none; links are not followed."""
    path = folder / f"{master.notebook}.ipynb"
    try:
        if folder.is_symlink() or path.is_symlink() or not path.is_file():
            others = ", ".join(sorted(p.name for p in folder.glob("*.ipynb") if p != path)[:3])
            found = f"; there is {others}" if others else ""
            return None, f"no {path.name} was handed in{found}"
        if path.stat().st_size > NOTEBOOK_LIMIT:
            return None, f"{path.name} is larger than {NOTEBOOK_LIMIT >> 20} MB"
        return path.read_bytes(), ""
    except OSError as error:
        return None, f"{path.name} cannot be read ({error.strerror})"


def _add(record: Record, outcome: Outcome) -> None:
    """Add what one notebook's run gave to the student's record."""
    if record.status == "ok":
        record.status, record.sentence = outcome.status, outcome.sentence
    record.changes += outcome.changes
    record.seconds += outcome.seconds
    record.cpu += outcome.cpu
    record.memory = max(record.memory, outcome.memory)


def _same(record: Record, row: dict[str, float | None]) -> bool:
    """Whether the gradebook holds what the record says."""
    return all(row.get(verdict["cell"]) == verdict["points"] for verdict in record.verdicts)


def show_progress(start: float) -> Callable[[int, int, str], None]:
    """Return a function that draws a bar with the time left on standard error."""
    lively = sys.stderr.isatty()

    def draw(done: int, total: int, student: str) -> None:
        if not lively:
            return
        passed = time.monotonic() - start
        left = f"{passed / done * (total - done):.0f} s left" if done else ""
        bar = "█" * (30 * done // max(total, 1))
        end = "\n" if done == total else ""
        sys.stderr.write(f"\r{bar:30} {done}/{total}  {left:12} {student[:24]:24}{end}")
        sys.stderr.flush()

    return draw


def add_grade_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``autograder grade``."""
    parser.add_argument("assignment", help="for example 01_perceptrons")
    parser.add_argument("students", nargs="*", help="only these (default: all)")
    parser.add_argument("-j", "--workers", type=int, default=2, help="processes (default: 2)")
    parser.add_argument("--scheduler", default="", help="address of a dask.distributed scheduler")
    parser.add_argument("--force", action="store_true", help="run and judge everything again")
    parser.add_argument(
        "--unsafe", action="store_true", help=UNSAFE.replace("--unsafe runs", "run")
    )
    parser.add_argument("--db-url", default="", help="gradebook, if not the configured one")
    parser.add_argument("--course", type=Path, default=Path(), help="course folder (default: .)")


def main_grade(arguments: argparse.Namespace) -> int:
    """Grade an assignment; the exit status is 0 if every submission got a row."""
    options = Options(
        arguments.course.resolve(),
        arguments.assignment,
        max(1, arguments.workers),
        arguments.scheduler,
        arguments.force,
        arguments.unsafe,
        arguments.db_url,
        tuple(arguments.students),
    )
    if options.unsafe:
        print(f"warning: {UNSAFE}", file=sys.stderr)
    elif bwrap_path() is None:
        print("If you trust every submission: --unsafe", file=sys.stderr)
    try:
        grader = Grader(options)
        summary = grader.run(show_progress(time.monotonic()))
    except (SandboxError, GradebookError, RuntimeError) as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 2
    print(
        f"{options.assignment}: {summary.graded} graded, {summary.kept} unchanged, "
        f"{summary.failed} failed, {summary.seconds:.1f} s"
    )
    for record in grader.store.records():
        if record.status != "ok":
            print(f"  {record.student}: {record.status}: {record.sentence}")
    return 1 if summary.failed else 0
