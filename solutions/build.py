"""Write the notebooks from the masters in this folder: ``python solutions/build.py [chapter ...]``.

``chapter.py``   -> ``notebooks/chapters/<chapter>.ipynb``, executed, with its outputs
``exercises.py`` -> ``solutions/<chapter>/exercises.ipynb``, what nbgrader reads as its source, and
                    ``notebooks/exercises/<chapter>/exercises.ipynb``, the learner edition, made by
                    nbgrader's own preprocessors.

``--check`` writes nothing and fails when what stands differs from what the masters give, when a
solution lacks its markers, a free-text question its mark scheme, a grade_id repeats, or an exercise
lacks hints or points.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
from functools import partial
from pathlib import Path
from typing import Any

import jupytext
import nbformat

ROOT = Path(__file__).resolve().parent.parent
MASTERS = ROOT / "solutions"
LEARNERS = ROOT / "notebooks"
SCHEME = re.compile(r"^### BEGIN MARK SCHEME$.*\S.*^### END MARK SCHEME$", re.M | re.S)
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
Notebook = Any


def chapters() -> list[str]:
    """Return the chapter folders, in order."""
    return sorted(p.name for p in MASTERS.iterdir() if re.fullmatch(r"\d\d_\w+", p.name))


def read_master(path: Path) -> Notebook:
    """Return the notebook that a master describes, with fixed cell ids and clean metadata."""
    notebook = jupytext.read(path, fmt="py:percent")
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        name = cell.metadata.pop("id", "") or cell.metadata.get("exercise", "")
        for key in ("check", "question"):
            name = name or (cell.metadata.get(key, "") and f"{cell.metadata[key]}-{key}")
        name = name or cell.metadata.get("manual", {}).get("id", "")
        name = name or hashlib.sha256(cell.source.encode()).hexdigest()[:8]
        seen[name] = seen.get(name, 0) + 1
        cell.id = name if seen[name] == 1 else f"{name}-{seen[name]}"
    return notebook


def with_grading(notebook: Notebook, path: Path) -> Notebook:
    """Turn the masters' keys into nbgrader's metadata.

    ``exercise=`` and ``check=`` are a pair, whose points come from the bank. So are ``question=``
    and ``manual=``, for what a person marks: the answer carries the points, the question is a
    read-only cell whose mark scheme nbgrader takes out of the release and puts back for grading.

    Raises
    ------
    ValueError
        If a solution has no markers, a question no mark scheme, a name repeats, or two cells do
        not pair up.
    """
    from autograder.exercise import get

    names: list[str] = []
    for cell in notebook.cells:
        exercise, check = cell.metadata.pop("exercise", ""), cell.metadata.pop("check", "")
        question, manual = cell.metadata.pop("question", ""), cell.metadata.pop("manual", None)
        if exercise:
            if not ("### BEGIN SOLUTION" in cell.source and "### END SOLUTION" in cell.source):
                msg = f"{path}: {exercise} has no BEGIN/END SOLUTION; nbgrader would wipe it whole"
                raise ValueError(msg)
            names.append(exercise)
            cell.metadata["nbgrader"] = _grading(exercise, 0, solution=True)
        elif check:
            if names[-1:] != [check]:
                msg = f"{path}: the check of {check} does not follow its exercise"
                raise ValueError(msg)
            cell.metadata["nbgrader"] = _grading(
                f"{check}-check", get(check).points, grade=True, locked=True
            )
        elif question:
            if not SCHEME.search(cell.source):
                msg = f"{path}: the question {question} has no mark scheme to be graded by"
                raise ValueError(msg)
            names.append(f"{question}-question")
            cell.metadata["nbgrader"] = _grading(f"{question}-question", 0, locked=True)
        elif manual is not None:
            if names[-1:] != [f"{manual['id']}-question"]:
                msg = f"{path}: the answer {manual['id']} does not follow its question"
                raise ValueError(msg)
            names.append(str(manual["id"]))
            cell.metadata["nbgrader"] = _grading(
                manual["id"], manual["points"], grade=True, solution=True
            )
    if len(set(names)) < len(names):
        twice = sorted({n for n in names if names.count(n) > 1})
        msg = f"{path}: these names stand twice: {', '.join(twice)}"
        raise ValueError(msg)
    return notebook


def _grading(
    grade_id: str,
    points: float,
    *,
    grade: bool = False,
    solution: bool = False,
    locked: bool = False,
) -> dict[str, Any]:
    data = {
        "grade": grade,
        "grade_id": grade_id,
        "locked": locked,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    return {**data, "points": points} if grade else data


def learner_edition(source: Notebook) -> Notebook:
    """Return what nbgrader's generate_assignment would release, by its own preprocessors."""
    from nbgrader import preprocessors as nbg

    steps = (
        nbg.LockCells,
        nbg.ClearSolutions,
        nbg.ClearOutput,
        nbg.CheckCellMetadata,
        nbg.ComputeChecksums,
        nbg.ClearHiddenTests,
        partial(nbg.ClearMarkScheme, enforce_metadata=False),
        nbg.ComputeChecksums,
        nbg.CheckCellMetadata,
    )
    notebook = nbformat.from_dict(json.loads(json.dumps(source)))
    for step in steps:
        notebook, _ = step().preprocess(notebook, {})
    return notebook


def execute(notebook: Notebook, folder: Path) -> Notebook:
    """Run a chapter as nbval and JupyterLab would, in its own folder, and keep the outputs."""
    from nbclient import NotebookClient

    os.environ.setdefault("AUTOGRADER_HOME", "/nonexistent-so-that-the-reference-is-used")
    NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
    notebook.metadata.pop("widgets", None)
    return notebook


def exercise_files(chapter: str) -> dict[Path, Notebook]:
    """Return the two notebooks that come of ``exercises.py``, by path."""
    master = MASTERS / chapter / "exercises.py"
    if not master.exists():
        return {}
    source = with_grading(read_master(master), master)
    return {
        MASTERS / chapter / "exercises.ipynb": source,
        LEARNERS / "exercises" / chapter / "exercises.ipynb": learner_edition(source),
    }


def build(chapter: str) -> None:
    """Write every notebook of a chapter."""
    for path, notebook in exercise_files(chapter).items():
        write(path, notebook)
    master = MASTERS / chapter / "chapter.py"
    if master.exists():
        path = LEARNERS / "chapters" / f"{chapter}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, execute(read_master(master), path.parent))


def write(path: Path, notebook: Notebook) -> None:
    """Write a notebook in nbformat's own layout."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.validate(notebook)
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    print(f"wrote {path.relative_to(ROOT)}")


def differences(chapter: str) -> list[str]:
    """Return what stands and does not follow from the masters; outputs are nbval's business."""
    from autograder.exercise import exercises

    found = []
    wanted = exercise_files(chapter)
    master = MASTERS / chapter / "chapter.py"
    if master.exists():
        wanted[LEARNERS / "chapters" / f"{chapter}.ipynb"] = read_master(master)
    for path, notebook in wanted.items():
        name = path.relative_to(ROOT)
        if not path.exists():
            found.append(f"{name} is missing")
            continue
        if _sources(nbformat.read(path, as_version=4)) != _sources(notebook):
            found.append(f"{name} differs from its master; edit the master, then: make notebooks")
    topic = chapter[3:]
    asked = {
        c.metadata.nbgrader.grade_id
        for c in wanted.get(MASTERS / chapter / "exercises.ipynb", nbformat.v4.new_notebook()).cells
        if "nbgrader" in c.metadata
    }
    for exercise in exercises(topic).values():
        if len(exercise.hints) != 3 or not all(exercise.hints):
            found.append(f"{exercise.name} has not three hints")
        if exercise.points < 1 or not 1 <= exercise.difficulty <= 3 or exercise.minutes < 1:
            found.append(f"{exercise.name} lacks points, a difficulty or a time")
        if not {exercise.name, f"{exercise.name}-check"} <= asked:
            found.append(f"{exercise.name} stands in the bank, but not in {chapter}/exercises.py")
    return found


def _sources(notebook: Notebook) -> list[Any]:
    return [
        (c.cell_type, c.id, c.source, json.dumps(c.metadata.get("nbgrader", {}), sort_keys=True))
        for c in notebook.cells
    ]


def main() -> int:
    """Build or check the chapters that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", metavar="chapter", help="01_perceptrons, say")
    parser.add_argument("--check", action="store_true", help="write nothing; fail on a difference")
    parser.add_argument("--exercises", action="store_true", help="leave the chapters as they are")
    arguments = parser.parse_args()
    chosen = arguments.chapters or chapters()
    if arguments.check:
        found = [line for chapter in chosen for line in differences(chapter)]
        print("\n".join(found) or f"{len(chosen)} chapters are in step with their masters")
        return int(bool(found))
    for chapter in chosen:
        if arguments.exercises:
            for path, notebook in exercise_files(chapter).items():
                write(path, notebook)
        else:
            build(chapter)
    start = MASTERS / "00_start_here.py"
    if start.exists() and not arguments.exercises:  # its map shows the topics of all chapters
        write(LEARNERS / "00_start_here.ipynb", execute(read_master(start), LEARNERS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
