"""nbgrader, and nothing else here imports it: the master's cells out of its gradebook, grades in.

Grades are written by nbgrader's own ``Autograde``, one student at a time and in one process, from
a notebook that is clean and executed already. What it would have done to late submissions, manual
scores, comments and files it therefore does.
"""

import json
import logging
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbgrader.api
from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader import preprocessors as nbg
from nbgrader.api import Assignment, Grade, Gradebook, Student, SubmittedAssignment
from nbgrader.api import Notebook as NotebookRow
from nbgrader.api import SubmittedNotebook as SubmittedNotebookRow
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder.grading.sanitize import Master, MasterCell
from autograder.grading.staging import read_files, stage
from autograder.grading.transaction import one_transaction

SILENT = logging.getLogger("autograder.nbgrader")
SILENT.addHandler(logging.NullHandler())
SILENT.propagate = False  # one line per student says what happened; nbgrader's log says it again
# Each engine compiles its SQL anew, and nbgrader makes one wherever it opens the gradebook.
nbgrader.api.create_engine = cache(nbgrader.api.create_engine)


class GradebookError(RuntimeError):
    """nbgrader has no such assignment, or refused; the message says what to do."""


def load_config(root: Path) -> Config:
    """Return the configuration in the course's ``nbgrader_config.py``."""
    if not (root / "nbgrader_config.py").exists():
        return Config()
    return PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()


# What nbgrader does after a notebook was executed.
AFTER_EXECUTION = [
    nbg.IgnorePattern,
    ClearMetadataPreprocessor,
    nbg.LimitOutput,
    nbg.SaveAutoGrades,
    nbg.AssignLatePenalties,
    nbg.CheckCellMetadata,
]


def untouched_cells(source: Path) -> dict[str, str]:
    """Return, by grade_id, the cells of a source notebook as learners get them."""
    import nbformat

    notebook = nbformat.read(source, as_version=4)
    schemes = nbg.ClearMarkScheme(enforce_metadata=False)
    for step in (nbg.ClearSolutions(), nbg.ClearHiddenTests(), schemes):
        notebook, _ = step.preprocess(notebook, {})
    return {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in notebook.cells
        if "nbgrader" in cell.metadata
    }


@dataclass(frozen=True)
class Total:
    """What the gradebook says of one submission as a whole."""

    score: float
    max_score: float
    needs_manual_grade: bool
    name: str
    lms_id: str


class Course:
    """A course folder as nbgrader sees it.

    Parameters
    ----------
    root
        The folder with ``nbgrader_config.py``.
    db_url
        Database in the place of the configured one; empty for that.
    """

    def __init__(self, root: Path, db_url: str = "") -> None:
        self.root = root.resolve()
        self.config = load_config(self.root)
        self.config.CourseDirectory.root = str(self.root)
        if db_url:
            self.config.CourseDirectory.db_url = db_url
        self.directory = CourseDirectory(config=self.config)
        self.db_url: str = self.directory.db_url

    def gradebook(self) -> Gradebook:
        """Open the gradebook; close it with ``with``."""
        beside = str(Path(sys.executable).parent)
        if beside not in os.environ.get("PATH", "").split(os.pathsep):
            # nbgrader calls `alembic` by name when it makes a database
            os.environ["PATH"] = os.pathsep.join([beside, os.environ.get("PATH", os.defpath)])
        return Gradebook(self.db_url, self.directory.course_id)

    def submissions(self, assignment: str) -> dict[str, Path]:
        """Return each student's folder of an assignment."""
        pattern = self.directory.format_path(self.directory.submitted_directory, "*", assignment)
        found = {}
        for path in sorted(self.root.glob(str(Path(pattern).relative_to(self.root)))):
            if path.is_dir():
                found[path.parent.name] = path
        return found

    def autograded(self, assignment: str, student: str) -> Path:
        """Return the folder that nbgrader writes a graded submission to."""
        step = self.directory.autograded_directory
        return Path(self.directory.format_path(step, student, assignment))

    def source(self, assignment: str) -> Path:
        """Return the folder of an assignment's masters."""
        return Path(self.directory.format_path(self.directory.source_directory, ".", assignment))

    def masters(self, assignment: str) -> list[Master]:
        """Return the assignment's notebooks as the gradebook knows them.

        Raises
        ------
        GradebookError
            If there is no such assignment.
        """
        masters = self._read_masters(assignment)
        if not masters and list(self.source(assignment).glob("*.ipynb")):
            self._enter(assignment)
            masters = self._read_masters(assignment)
        if not masters:
            known = sorted(path.parent.name for path in self.source("*").parent.glob("*/*.ipynb"))
            msg = f"there is no assignment {assignment!r}; there is {', '.join(known) or 'none'}"
            raise GradebookError(msg)
        return masters

    def _enter(self, assignment: str) -> None:
        """Enter an assignment into the gradebook as generate_assignment does, releasing nothing."""
        config: Any = self.config.copy()
        with tempfile.TemporaryDirectory() as folder:
            config.CourseDirectory.release_directory = folder
            config.ClearMarkScheme.enforce_metadata = False  # as in nbgrader_config.py
            directory = CourseDirectory(config=config)
            directory.assignment_id = assignment
            GenerateAssignment(coursedir=directory, config=config, log=SILENT).start()

    def _read_masters(self, assignment: str) -> list[Master]:
        with self.gradebook() as gradebook:
            rows = (
                gradebook.db.query(NotebookRow)
                .join(Assignment, Assignment.id == NotebookRow.assignment_id)
                .filter(Assignment.name == assignment)
            )
            return [self._master(assignment, row) for row in rows]

    def _master(self, assignment: str, row: Any) -> Master:
        order = self._order(assignment, row.name)
        graded = {cell.name: cell for cell in row.grade_cells}
        tasks = {cell.name: cell for cell in row.task_cells}
        solutions = {cell.name for cell in row.solution_cells}
        cells = [
            MasterCell(
                grade_id=cell.name,
                cell_type=cell.cell_type,
                source=cell.source,
                checksum=cell.checksum,
                locked=cell.locked,
                grade=cell.name in graded,
                solution=cell.name in solutions,
                task=cell.name in tasks,
                points=float({**tasks, **graded}[cell.name].max_score)
                if cell.name in {**tasks, **graded}
                else 0.0,
            )
            for cell in row.source_cells
        ]
        cells.sort(key=lambda cell: (order.get(cell.grade_id, len(order)), cell.grade_id))
        return Master(assignment, row.name, tuple(cells))

    def _order(self, assignment: str, notebook: str) -> dict[str, int]:
        """Return the places of cells in the master: a database keeps no order of rows."""
        path = self.source(assignment) / f"{notebook}.ipynb"
        if not path.exists():
            return {}
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        ids = [c["metadata"].get("nbgrader", {}).get("grade_id", "") for c in cells]
        return {grade_id: place for place, grade_id in enumerate(ids) if grade_id}

    def files(self, assignment: str, folder: Path) -> dict[str, bytes]:
        """Return what lies beside a notebook: the submission's files, the master's over them."""
        return read_files((folder, self.source(assignment)), self.directory.ignore)

    def rows(self, assignment: str) -> dict[str, dict[str, float | None]]:
        """Return the automatic score of each graded cell, by student."""
        with self.gradebook() as gradebook:
            rows = (
                gradebook.db.query(Student.id, Grade)
                .join(SubmittedAssignment, SubmittedAssignment.student_id == Student.id)
                .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
                .join(
                    SubmittedNotebookRow,
                    SubmittedNotebookRow.assignment_id == SubmittedAssignment.id,
                )
                .join(Grade, Grade.notebook_id == SubmittedNotebookRow.id)
                .filter(Assignment.name == assignment)
            )
            found: dict[str, dict[str, float | None]] = {}
            for student, grade in rows:
                found.setdefault(student, {})[grade.cell.name] = grade.auto_score
            return found

    def totals(self, assignment: str) -> dict[str, Total]:
        """Return each student's final score: manual grades in, penalties off."""
        with self.gradebook() as gradebook:
            rows = (
                gradebook.db.query(Student, SubmittedAssignment)
                .join(SubmittedAssignment, SubmittedAssignment.student_id == Student.id)
                .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
                .filter(Assignment.name == assignment)
            )
            return {
                student.id: Total(
                    score=max(0.0, float(work.score) - float(work.late_submission_penalty or 0)),
                    max_score=float(work.max_score),
                    needs_manual_grade=bool(work.needs_manual_grade),
                    name=" ".join(part for part in (student.first_name, student.last_name) if part),
                    lms_id=student.lms_user_id or "",
                )
                for student, work in rows
            }

    def write(
        self, assignment: str, student: str, folder: Path, notebooks: Mapping[str, Any]
    ) -> None:
        """Have nbgrader write one student's grades and files.

        Parameters
        ----------
        assignment, student
            Their names.
        folder
            What the student handed in; its timestamp and other files are taken over.
        notebooks
            The graded notebooks by name, as plain dictionaries.

        Raises
        ------
        GradebookError
            With nbgrader's reason, if it refuses.
        """
        files = self.files(assignment, folder)
        with stage(self.root / ".autograder", student, assignment, folder, files) as target:
            for name, notebook in notebooks.items():
                (target / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
            self._autograde(assignment, student, target.parent.parent)

    def _autograde(self, assignment: str, student: str, staged: Path) -> None:
        config: Any = self.config.copy()
        config.CourseDirectory.submitted_directory = str(staged.relative_to(self.root))
        config.Autograde.sanitize_preprocessors = [nbg.OverwriteKernelspec]
        config.Autograde.autograde_preprocessors = AFTER_EXECUTION
        directory = CourseDirectory(config=config)
        directory.assignment_id, directory.student_id = assignment, student
        converter = Autograde(coursedir=directory, config=config, log=SILENT)
        converter.force = True
        try:
            with one_transaction(self.db_url, self.directory.course_id):
                converter.start()
        except NbGraderException as error:
            msg = f"nbgrader could not write the grades: {error}"
            raise GradebookError(msg) from error
