"""nbgrader writes a student's grades in one transaction, and reads each table once.

As it comes, nbgrader commits after every cell, looks every cell up with a join of seven tables and
opens the gradebook nine times for one submission. The rows are the same; on 26 checks this takes
63 commits to one, and a student has all rows or none.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any

import nbgrader.nbgraderformat.common
from jsonschema.validators import validator_for  # type: ignore[import-untyped]
from nbgrader.api import BaseCell, Comment, Grade, Gradebook
from nbgrader.converters import autograde
from nbgrader.preprocessors import latesubmissions, overwritekernelspec, saveautogrades

# Where a name `Gradebook` opens the gradebook while a submission is written.
USERS: tuple[Any, ...] = (autograde, latesubmissions, overwritekernelspec, saveautogrades)


class SharedGradebook(Gradebook):
    """A gradebook that is opened once, and committed by ``save`` alone."""

    def __init__(self, db_url: str, course_id: str) -> None:
        super().__init__(db_url, course_id)
        self.courses = {course_id}
        self.found: dict[tuple[Any, ...], dict[str, Any]] = {}
        self.save = self.db.commit
        self.db.commit = self.db.flush

    def again(self, db_url: str, course_id: str = "default_course") -> "SharedGradebook":
        """Return this gradebook in the place of a new one, which would enter its course."""
        if course_id not in self.courses:
            self.check_course(course_id)
            self.courses.add(course_id)
        return self

    def close(self) -> None:
        """Forget what was read, as a new session would, but stay open."""
        self.db.flush()
        self.db.expire_all()
        self.found.clear()

    def end(self) -> None:
        """Close the connection; what was not saved is rolled back."""
        super().close()

    def find_grade(self, grade_cell: str, notebook: str, assignment: str, student: str) -> Any:
        """Return a grade; those of one notebook are read together."""
        found = self._all(Grade, notebook, assignment, student).get(grade_cell)
        return found or super().find_grade(grade_cell, notebook, assignment, student)

    def find_comment(self, solution_cell: str, notebook: str, assignment: str, student: str) -> Any:
        """Return a comment; those of one notebook are read together."""
        found = self._all(Comment, notebook, assignment, student).get(solution_cell)
        return found or super().find_comment(solution_cell, notebook, assignment, student)

    def _all(self, table: Any, *place: str) -> dict[str, Any]:
        key = (table, *place)
        if key not in self.found:
            book = self.find_submission_notebook(*place)
            rows = (
                self.db.query(BaseCell.name, table)
                .join(BaseCell, BaseCell.id == table.cell_id)
                .filter(table.notebook_id == book.id)
            )
            self.found[key] = dict(rows.all())
        return self.found[key]


@contextmanager
def one_transaction(db_url: str, course_id: str) -> Iterator[None]:
    """Let nbgrader write one submission here; all of it is kept at the end, or nothing."""
    shared = SharedGradebook(db_url, course_id)
    try:
        for module in USERS:
            module.Gradebook = shared.again
        yield
        shared.save()
    finally:
        for module in USERS:
            module.Gradebook = Gradebook
        shared.end()


@cache
def _validator(schema: str) -> Any:
    rules = json.loads(schema)
    kind = validator_for(rules)
    kind.check_schema(rules)
    return kind(rules)


def _validate(instance: Any, schema: dict[str, Any]) -> None:
    """Do as ``jsonschema.validate``, which checks the schema itself anew for every cell."""
    _validator(json.dumps(schema)).validate(instance)


nbgrader.nbgraderformat.common.jsonschema = SimpleNamespace(validate=_validate)
