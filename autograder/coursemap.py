"""The course map: what is taught where, from ``solutions/syllabus.csv``."""

from __future__ import annotations

import csv
import html
from dataclasses import dataclass
from pathlib import Path

from autograder.course import root


@dataclass(frozen=True)
class Line:
    """One thing the course teaches; ``row`` is its number in the syllabus, "" for an extra."""

    row: str
    topic: str
    notebook: str  # relative to notebooks/
    cell: str


def syllabus(path: Path | None = None) -> list[Line]:
    """Return the syllabus, in the order of its file."""
    with (path or root() / "solutions" / "syllabus.csv").open(encoding="utf-8", newline="") as file:
        return [Line(**{k: v.strip() for k, v in row.items()}) for row in csv.DictReader(file)]


class CourseMap:
    """A table of chapters with links; shown as HTML in a notebook."""

    def __init__(self, lines: list[Line]):
        self.lines = lines

    def __repr__(self) -> str:
        return f"course map: {len(self.lines)} topics in {len(self.chapters())} chapters"

    def chapters(self) -> dict[str, list[Line]]:
        """Return the topics by chapter folder, in order."""
        found: dict[str, list[Line]] = {}
        for line in self.lines:
            folder = next(
                (p for p in Path(line.notebook).with_suffix("").parts if p[:2].isdigit()), ""
            )
            found.setdefault(folder, []).append(line)
        return dict(sorted(found.items()))

    def _repr_html_(self) -> str:
        parts = []
        for folder, lines in self.chapters().items():
            title = f"{int(folder[:2])} · {folder[3:].replace('_', ' ')}" if folder else "frame"
            links = (
                f'<a href="chapters/{folder}.ipynb">read</a> · '
                f'<a href="exercises/{folder}/exercises.ipynb">exercises</a>'
            )
            items = "".join(
                f'<li><a href="{html.escape(x.notebook)}">{html.escape(x.topic)}</a></li>'
                for x in lines
            )
            parts.append(
                f'<details style="margin:3px 0;max-width:46em"><summary>'
                f"<b>{html.escape(title)}</b> &nbsp; "
                f'{links} <span style="opacity:.7">({len(lines)} topics)</span></summary>'
                f'<ul style="columns:2;font-size:92%;margin:4px 0 10px 0">{items}</ul></details>'
            )
        return f'<div style="font-family:sans-serif;line-height:1.5">{"".join(parts)}</div>'


def course_map() -> CourseMap:
    """Return the course map, to be shown as a cell's value."""
    return CourseMap(syllabus())
