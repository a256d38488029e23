"""Where things lie in the course folder, and a learner's notebooks in it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder import store


@dataclass(frozen=True)
class Chapter:
    """One chapter of the course: its number and topic, and the learner's exercise notebook."""

    folder: str
    notebook: Path

    @property
    def topic(self) -> str:
        """The topic, ``perceptrons`` say."""
        return self.folder[3:]


def root() -> Path:
    """Return the course's root folder.

    Raises
    ------
    LookupError
        If the current folder lies in no course.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "nbgrader_config.py").exists() and (folder / "notebooks").is_dir():
            return folder
    msg = f"{here} is not in the course folder; change to the folder you cloned, and try again"
    raise LookupError(msg)


def chapters() -> list[Chapter]:
    """Return the chapters that have exercises, in order."""
    folder = root() / "notebooks" / "exercises"
    return [
        Chapter(p.name, p / "exercises.ipynb")
        for p in sorted(folder.iterdir())
        if re.fullmatch(r"\d\d_\w+", p.name) and (p / "exercises.ipynb").exists()
    ]


def chapter(name: str) -> Chapter:
    """Return the chapter that ``name`` means: 1, 01, perceptrons or 01_perceptrons.

    Raises
    ------
    LookupError
        If there is none.
    """
    known = chapters()
    for c in known:
        if name in (c.folder, c.topic) or (name.isdigit() and int(name) == int(c.folder[:2])):
            return c
    msg = f"there is no chapter {name!r}; there are {', '.join(c.folder for c in known)}"
    raise LookupError(msg)


def run(notebook: Path) -> dict[str, str]:
    """Execute a learner's notebook and return what kept a check from giving a number, by exercise.

    The notebook's file is not touched; the verdicts are found in the learner's records.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    document = nbformat.read(notebook, as_version=4)
    client = NotebookClient(
        document,
        timeout=120,
        allow_errors=True,
        kernel_name="python3",
        resources={"metadata": {"path": str(notebook.parent)}},
    )
    try:
        client.execute()
    except DeadKernelError:
        return {"": "the kernel died while the notebook ran"}
    trouble = {}
    for cell in document.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                trouble[grade_id.removesuffix("-check")] = f"{output.ename}: {output.evalue}"
    return trouble


def reset(exercise: str) -> Path:
    """Put the untouched cell of an exercise back, and return where a copy of the notebook is kept.

    Raises
    ------
    LookupError
        If the exercise, its cell or the untouched edition is not to be found.
    """
    from autograder.grading.gradebook import untouched_cells

    found = chapter(exercise.partition("-")[0])
    text = found.notebook.read_text(encoding="utf-8")
    document = json.loads(text)
    source = root() / "solutions" / found.folder / "exercises.ipynb"
    if not source.exists():
        msg = f"{source} is missing, so the untouched cell is not known; bring it back with git"
        raise LookupError(msg)
    stub = untouched_cells(source).get(exercise)
    cells = [c for c in document["cells"] if _grade_id(c) == exercise]
    if stub is None or not cells:
        msg = f"{found.notebook} has no cell {exercise!r}; was it deleted or renamed?"
        raise LookupError(msg)
    kept = store.home() / "kept" / f"{exercise}-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.ipynb"
    store.write(kept, text)
    for cell in cells:
        cell["source"], cell["outputs"] = stub.splitlines(keepends=True), []
        cell["execution_count"] = None
    store.write(found.notebook, json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    return kept


def _grade_id(cell: dict[str, Any]) -> str:
    return str(cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", ""))
