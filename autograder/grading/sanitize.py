"""Rebuild a submission from the master's cells and the learner's sources; the rest is dropped."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat import NotebookNode

CHECK = "-check"
v4: Any = nbformat.v4  # nbformat's functions carry no annotations
reads: Any = nbformat.reads
node: Any = NotebookNode
# What nbgrader takes out of the release, by whole lines.
HIDDEN = re.compile(r"^[^\n]*BEGIN (HIDDEN TESTS|MARK SCHEME).*?END \1[^\n]*\n?", re.M | re.S)


@dataclass(frozen=True)
class MasterCell:
    """One cell of the master that nbgrader knows by its ``grade_id``."""

    grade_id: str
    cell_type: str
    source: str
    checksum: str
    locked: bool
    grade: bool = False
    solution: bool = False
    task: bool = False
    points: float = 0.0

    @property
    def exercise(self) -> str:
        """Name of the exercise that this cell checks, or an empty string."""
        tests = self.grade and self.cell_type == "code" and not self.solution
        return self.grade_id.removesuffix(CHECK) if tests else ""

    def metadata(self) -> dict[str, Any]:
        """Metadata as nbgrader writes them, so its own preprocessors find nothing to restore."""
        data: dict[str, Any] = {
            "schema_version": 3,
            "grade_id": self.grade_id,
            "cell_type": self.cell_type,
            "checksum": self.checksum,
            "grade": self.grade,
            "locked": self.locked,
            "solution": self.solution,
            "task": self.task,
        }
        if self.grade or self.task:
            data["points"] = self.points
        return {"nbgrader": data}


@dataclass(frozen=True)
class Master:
    """What nbgrader's database holds of one notebook of an assignment, cells in order."""

    assignment: str
    notebook: str
    cells: tuple[MasterCell, ...]

    @property
    def checks(self) -> dict[str, MasterCell]:
        """Check cells by the name of their exercise."""
        return {cell.exercise: cell for cell in self.cells if cell.exercise}


class UnreadableError(ValueError):
    """The submission is no notebook; the message is what its author is told."""


def parse(content: bytes) -> NotebookNode:
    """Read a notebook of any format version.

    Raises
    ------
    UnreadableError
        For what is no notebook: truncated, nested without end, not UTF-8, of a future format.
    """
    try:
        nb: NotebookNode = reads(content.decode("utf-8"), as_version=4)
        if not isinstance(nb.get("cells"), list):
            msg = "it has no list of cells"
            raise ValueError(msg)
    except (Exception, RecursionError) as error:
        reason = str(error).strip().partition("\n")[0][:200] or type(error).__name__
        msg = f"the file is not a notebook that can be read ({reason})"
        raise UnreadableError(msg) from None
    return nb


def sanitize(nb: NotebookNode, master: Master) -> tuple[NotebookNode, list[str]]:
    """Return a clean notebook, and a sentence for every thing that had to be put right.

    Kept: the learner's cells, their order, type and source. Taken from the master: metadata of
    known cells, sources and types of locked ones, cells that are missing. Dropped: outputs, tags,
    all other metadata and, of an id that stands twice, all but the last (as nbgrader does).
    """
    known = {cell.grade_id: cell for cell in master.cells}
    cells: list[NotebookNode] = []
    changes: list[str] = []
    seen: set[str] = set()
    for cell in reversed(list(_readable(nb))):
        known_cell = known.get(_grade_id(cell))
        if known_cell is not None and known_cell.grade_id in seen:
            changes.append(f"cell {known_cell.grade_id} stood more than once")
            known_cell = None
        if known_cell is not None:
            seen.add(known_cell.grade_id)
            changes += _differences(cell, known_cell)
        cells.append(_clean(cell, known_cell))
    cells.reverse()
    changes += _add_missing(cells, master, seen)
    for index, cell in enumerate(cells):
        cell["id"] = f"cell-{index}"
    clean: NotebookNode = v4.new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
        },
    )
    return clean, changes


def _readable(nb: NotebookNode) -> Iterator[dict[str, Any]]:
    """Cells that are cells; a list of lines is joined."""
    for cell in nb["cells"]:
        if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
            continue
        source = cell.get("source", "")
        if isinstance(source, list):
            source = "".join(line for line in source if isinstance(line, str))
        if isinstance(source, str):
            yield {**cell, "source": source.encode("utf-8", "replace").decode()}


def _nbgrader(cell: dict[str, Any]) -> dict[str, Any]:
    metadata = cell.get("metadata")
    data = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return data if isinstance(data, dict) else {}


def _grade_id(cell: dict[str, Any]) -> str:
    grade_id = _nbgrader(cell).get("grade_id")
    return grade_id if isinstance(grade_id, str) else ""


def _differences(cell: dict[str, Any], master: MasterCell) -> list[str]:
    """Name what was edited in a cell that learners are not meant to edit."""
    found = []
    source = HIDDEN.sub("", master.source)
    if master.locked and cell["source"].strip() not in (source.strip(), master.source.strip()):
        found.append(f"locked cell {master.grade_id} was edited")
    if cell["cell_type"] != master.cell_type:
        found.append(f"cell {master.grade_id} was turned into {cell['cell_type']}")
    data = _nbgrader(cell)
    for key, right in master.metadata()["nbgrader"].items():
        if key in ("grade", "solution", "points", "schema_version") and data.get(key) != right:
            found.append(f"{key} of cell {master.grade_id} was set to {str(data.get(key))[:40]!r}")
    tags = cell["metadata"].get("tags")  # "skip-execution" gave full marks in nbgrader
    if tags and master.exercise:
        found.append(f"tags were put on cell {master.grade_id}")
    return found


def _clean(cell: dict[str, Any], master: MasterCell | None) -> NotebookNode:
    """Make a new cell of nothing but a type, a source, and the master's metadata."""
    kind = master.cell_type if master else cell["cell_type"]
    source = master.source if master and master.locked else cell["source"]
    new: NotebookNode = node(cell_type=kind, metadata=node(), source=source)
    if kind == "code":
        new.update(execution_count=None, outputs=[])
    for key, data in (master.metadata() if master else {}).items():
        new["metadata"][key] = node(data)
    if kind == "markdown" and _is_attachment(cell.get("attachments")):
        new["attachments"] = cell["attachments"]  # pictures in a written answer
    return new


def _is_attachment(value: object) -> bool:
    """Whether a value has the form {file name: {image type: base64}}."""
    return isinstance(value, dict) and all(
        isinstance(bundle, dict)
        and all(str(kind).startswith("image/") and isinstance(data, str)
                for kind, data in bundle.items())
        for bundle in value.values()
    )  # fmt: skip


def _add_missing(cells: list[NotebookNode], master: Master, seen: set[str]) -> list[str]:
    """Put cells that were deleted back, each behind the master's cell before it.

    Those that are graded, and those that are locked: a person grades by what stands in them.
    """
    added = []
    before = 0
    for cell in master.cells:
        if cell.grade_id in seen:
            before = 1 + next(i for i, c in enumerate(cells) if _grade_id(c) == cell.grade_id)
        elif cell.grade or cell.task or cell.locked:
            cells.insert(before, _clean({"cell_type": cell.cell_type, "source": cell.source}, cell))
            before += 1
            added.append(f"cell {cell.grade_id} was missing")
    return added


def blank(master: Master) -> NotebookNode:
    """Return the notebook of someone who handed in nothing that can be read."""
    return sanitize(v4.new_notebook(), master)[0]


def canonical(nb: NotebookNode) -> bytes:
    """Bytes of a clean notebook; equal notebooks give equal bytes."""
    return json.dumps(nb, sort_keys=True, ensure_ascii=False).encode()
