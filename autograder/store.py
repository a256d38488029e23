"""What is remembered on the learner's own disk: progress, hints asked for, finished pieces.

Everything lies in ``.autograder/`` at the root of the course (or in ``$AUTOGRADER_HOME``). Nothing
is sent anywhere, and nothing is written while a class is graded.
"""

from __future__ import annotations

import contextlib
import difflib
import json
import os
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder.exercise import Exercise, get
from autograder.judge import Verdict
from autograder.sources import capture, source_of

Record = dict[str, Any]


def home() -> Path:
    """Return the folder of the learner's records; it need not exist yet."""
    if os.environ.get("AUTOGRADER_HOME"):
        return Path(os.environ["AUTOGRADER_HOME"])
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "nbgrader_config.py").exists():
            return folder / ".autograder"
    return here / ".autograder"


def load() -> dict[str, Record]:
    """Return the progress by exercise; an unreadable file is set aside, never overwritten."""
    path = home() / "progress.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return data if isinstance(data, dict) else {}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        with contextlib.suppress(OSError):
            path.rename(path.with_suffix(f".unreadable-{datetime.now(UTC):%Y%m%d%H%M%S}"))
        return {}


def save(progress: Mapping[str, Record]) -> None:
    """Write the progress; a crash half-way leaves the old file whole."""
    write(home() / "progress.json", json.dumps(progress, indent=1, sort_keys=True))


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(temporary, path)


def record(verdict: Verdict, namespace: Mapping[str, Any]) -> None:
    """Note an attempt, and keep the source of a finished piece for other notebooks to use."""
    if os.environ.get("NBGRADER_EXECUTION"):
        return
    try:
        progress = load()
        entry = progress.setdefault(verdict.exercise, {"attempts": 0, "hints": 0, "best": 0.0})
        entry["attempts"] += 1
        entry["best"] = max(entry["best"], verdict.points)
        entry["of"] = verdict.max_points
        entry["last"] = {
            "points": verdict.points,
            "mistake": verdict.mistake,
            "sentence": verdict.sentence,
        }
        entry["when"] = datetime.now(UTC).isoformat(timespec="seconds")
        save(progress)
        if verdict.passed:
            source = capture(get(verdict.exercise).names(), namespace)
            if source:
                write(piece_path(verdict.exercise), source)
    except OSError:
        return  # a full or read-only disk must not cost a learner the verdict


def piece_path(name: str) -> Path:
    """Return where the learner's finished source for an exercise lies."""
    return home() / "pieces" / f"{name}.py"


def next_hint(name: str) -> int:
    """Return the level of the next hint and note that it was asked for."""
    progress = load()
    entry = progress.setdefault(name, {"attempts": 0, "hints": 0, "best": 0.0})
    level = min(int(entry["hints"]) + 1, len(get(name).hints) + 1)
    entry["hints"] = level
    with contextlib.suppress(OSError):
        save(progress)
    return level


def difference(exercise: Exercise, namespace: Mapping[str, Any]) -> str:
    """Return the difference from the learner's source to the reference, or the reference alone."""
    mine = "\n".join(source_of(namespace.get(n)) for n in exercise.names())
    reference = exercise.reference.strip()
    if not mine.strip():
        return reference
    lines = difflib.unified_diff(
        mine.strip().splitlines(),
        reference.splitlines(),
        "yours",
        "one solution",
        lineterm="",
        n=99,
    )
    return "\n".join(lines) or reference
