"""Files beside a submission: read without following links, and laid out for nbgrader."""

import os
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

import dateutil.parser  # type: ignore[import-untyped]

FILES_LIMIT = 32 << 20  # bytes of all files that come with one submission


def read_files(roots: Sequence[Path], ignore: Sequence[str]) -> dict[str, bytes]:
    """Return relative path to content of the files in some folders, later folders over earlier.

    Notebooks are left out, and so are links: one that points to the gradebook would be followed.
    """
    found: dict[str, bytes] = {}
    total = 0
    patterns = [*ignore, "*.ipynb", "timestamp.txt"]
    for root in roots:
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(name for name in folders if not _matches(name, patterns))
            for name in sorted(names):
                path = Path(folder, name)
                if _matches(name, patterns) or path.is_symlink() or not path.is_file():
                    continue
                total += path.stat().st_size
                if total <= FILES_LIMIT:
                    found[str(path.relative_to(root))] = path.read_bytes()
    return found


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


@contextmanager
def stage(
    home: Path, student: str, assignment: str, folder: Path, files: Mapping[str, bytes]
) -> Iterator[Path]:
    """Lay a submission out as nbgrader expects it, and clear it away.

    Parameters
    ----------
    home
        Folder for temporary files inside the course.
    student, assignment
        Their names.
    folder
        What was handed in; its timestamp is taken over.
    files
        Relative path to content.
    """
    root = home / f"stage-{uuid.uuid4().hex}"
    target = root / student / assignment
    try:
        target.mkdir(parents=True)
        for name, content in files.items():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes(content)
        stamp = timestamp(folder)
        if stamp:
            (target / "timestamp.txt").write_text(stamp, encoding="utf-8")
        yield target
    finally:
        shutil.rmtree(root, ignore_errors=True)


def timestamp(folder: Path) -> str:
    """Return when a submission was handed in, as text; empty where no date can be read."""
    path = folder / "timestamp.txt"
    if path.is_symlink() or not path.is_file() or path.stat().st_size > 100:
        return ""
    try:
        text = path.read_text(encoding="utf-8").strip()
        dateutil.parser.parse(text)
    except (OSError, ValueError, OverflowError):
        return ""
    return text
