"""The whiteboard's clock: start it, write, check; the timesheet says how long each took."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from autograder import store
from autograder.exercise import exercises, get
from autograder.interview import records

__all__ = ["start", "timesheet"]


def start(name: str) -> Any:
    """Start the clock of an exercise, and show it.

    Raises
    ------
    LookupError
        If there is no such exercise.
    """
    from autograder.interview.widgets import Clock

    exercise = get(name)
    kept = records.load()
    kept["starts"][name] = datetime.now(UTC).isoformat()
    records.save(kept)
    return Clock(exercise.title, 60 * exercise.minutes)


def timesheet(topic: str = "interview") -> str:
    """Return a table: for every exercise that was started, the minutes until its latest check."""
    starts, progress = records.load()["starts"], store.load()
    lines = []
    for name, exercise in exercises(topic).items():
        if name not in starts:
            continue
        entry = progress.get(name, {})
        took = _minutes(starts[name], str(entry.get("when", "")))
        if took is None:
            words = "not checked since it was started"
        else:
            full = entry.get("last", {}).get("points", 0) >= exercise.points
            words = f"{took:.0f} of {exercise.minutes} minutes, " + (
                "full marks" if full else "not right yet"
            )
        lines.append(f"{name:28s} {words}")
    return "\n".join(lines) or 'nothing started yet: run start("...") before you write'


def _minutes(begun: str, checked: str) -> float | None:
    """Return the minutes from ``begun`` to ``checked``; None if the check is older or missing."""
    try:
        first, last = datetime.fromisoformat(begun), datetime.fromisoformat(checked)
        took = (last - first).total_seconds() / 60
    except (TypeError, ValueError):
        return None
    # Checks are noted to the second: allow for the fraction that was cut off.
    return max(took, 0.0) if took >= -1 / 60 else None
