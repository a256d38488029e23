"""Write ``docs/errata.md`` from ``errata.csv``: ``python solutions/errata.py`` (``--check`` only compares).

A place is ``chapter#cell`` or the name of an exercise.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "errata.md"
HEAD = """# Errata of the source documents, and what became of them

The course was written from three documents with interview answers and code. Reading and running them turned up
136 mistakes, E01 to E136. Each is taught in its right form, and where it can be, it is an exercise: usually one in
which you find the bug yourself. This page is written by `python solutions/errata.py` from `solutions/errata.csv`; a test checks
that every place exists.

| | the mistake | where it is put right |
|---|---|---|
"""


def rows() -> list[dict[str, str]]:
    """Return the errata as they stand in the table."""
    with (ROOT / "solutions" / "errata.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def link(place: str) -> str:
    """Return a Markdown link to a chapter's cell, or to the exercises that hold an exercise."""
    chapter, mark, cell = place.partition("#")
    if mark:
        return f"[{int(chapter[:2])}: {cell}](../notebooks/chapters/{chapter}.ipynb)"
    topic = place.partition("-")[0]
    folder = next(p.name for p in (ROOT / "solutions").iterdir() if p.name[3:] == topic)
    return f"[`{place}`](../notebooks/exercises/{folder}/exercises.ipynb)"


def page() -> str:
    """Return the page."""
    lines = []
    for row in rows():
        where = ", ".join(link(place) for place in row["where"].split())
        lines.append(
            f"| {row['id']} | {row['what']} | {'. '.join(x for x in (where, row['reason']) if x)} |"
        )
    return HEAD + "\n".join(lines) + "\n"


def main() -> int:
    """Write the page, or say whether it is up to date."""
    text = page()
    if "--check" in sys.argv[1:]:
        same = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        print("docs/errata.md is up to date" if same else "run: python solutions/errata.py")
        return int(not same)
    PAGE.write_text(text, encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
