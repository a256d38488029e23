"""What a run leaves on disk, so that the next one does only what is missing or changed.

Every file is written beside its place and moved there: a killed run leaves no half of one.
"""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Record:
    """How one student's submission was graded; one row of the report.

    ``status`` is ok, slow, unreadable, missing, failed, or the name of a ``runner.Stop``; ``basis``
    is the digest of all that the verdicts depend on.
    """

    student: str
    status: str = "ok"
    sentence: str = ""
    basis: str = ""
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    cpu: float = 0.0
    memory: int = 0

    @property
    def points(self) -> float:
        """Automatic points of all checks."""
        return float(sum(verdict["points"] for verdict in self.verdicts))

    @property
    def max_points(self) -> float:
        """What all checks are worth."""
        return float(sum(verdict["max_points"] for verdict in self.verdicts))


def write_file(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


class Store:
    """Outcomes by key and records by student, in the course's ``.autograder`` folder."""

    def __init__(self, root: Path, assignment: str) -> None:
        self.home = root / ".autograder"
        self.folder = self.home / "grading" / assignment

    def outcome(self, key: str) -> bytes | None:
        """Return the packed outcome of a job, if it ran before."""
        try:
            return self._outcome_path(key).read_bytes()
        except FileNotFoundError:
            return None

    def keep_outcome(self, key: str, packed: bytes) -> None:
        """Keep the packed outcome of a job."""
        write_file(self._outcome_path(key), packed)

    def _outcome_path(self, key: str) -> Path:
        return self.folder / "outcomes" / f"{key}.json.gz"

    def record(self, student: str) -> Record | None:
        """Return a student's record; one that cannot be read counts as none."""
        try:
            return Record(**json.loads(self._record_path(student).read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def keep_record(self, record: Record) -> None:
        """Keep a student's record, in the place of an older one."""
        content = json.dumps(asdict(record), indent=1).encode()
        write_file(self._record_path(record.student), content)

    def _record_path(self, student: str) -> Path:
        return self.folder / "records" / f"{student}.json"

    def records(self) -> list[Record]:
        """Return all records, by student."""
        names = sorted(path.stem for path in (self.folder / "records").glob("*.json"))
        return [record for name in names if (record := self.record(name)) is not None]

    def sweep(self, keys: set[str]) -> None:
        """Remove what killed runs left half-written, and outcomes that nothing uses any more."""
        for path in self.folder.rglob(".part-*"):
            path.unlink(missing_ok=True)
        for path in self.folder.glob("outcomes/*.json.gz"):
            if path.name.partition(".")[0] not in keys:
                path.unlink(missing_ok=True)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the course: two runs at once would write the same rows.

        Raises
        ------
        RuntimeError
            If another run holds it.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "grading.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                msg = "another `autograder grade` is running in this course; wait for it to end"
                raise RuntimeError(msg) from None
            yield
