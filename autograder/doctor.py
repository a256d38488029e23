"""Is this machine ready for the course, and what to do if it is not."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from autograder import course, store

PACKAGES = (
    "numpy", "jupyterlab", "matplotlib", "ipywidgets", "anywidget", "nbgrader", "scikit-learn",
)  # fmt: skip
Finding = tuple[str, str, str]  # ok, missing or optional; what was found; the cure


def examine() -> list[Finding]:
    """Return what was found, one line for each thing looked at."""
    looks: tuple[Callable[[], Finding], ...] = (
        _python, _packages, _course, _records, _kernel, _space, _bubblewrap,
    )  # fmt: skip
    findings = []
    for look in looks:
        try:
            findings.append(look())
        except Exception as error:  # a doctor that faints helps nobody
            findings.append(("missing", f"{look.__name__[1:]}: {error}", "make lab"))
    return findings


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    return "ok" if good else "missing", f"Python {version}", "install Python 3.11 or newer"


def _packages() -> Finding:
    missing, found = [], []
    for name in PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return "missing", f"packages not installed: {', '.join(missing)}", "make lab"
    return "ok", ", ".join(found), ""


def _course() -> Finding:
    try:
        return "ok", f"course folder {course.root()}, {len(course.chapters())} chapters", ""
    except LookupError as error:
        return "missing", str(error), "cd into the folder you cloned"


def _records() -> Finding:
    folder = store.home()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return "ok", f"your records are kept in {folder}", ""
    except OSError as error:
        return (
            "missing",
            f"cannot write to {folder}: {error.strerror}",
            "set AUTOGRADER_HOME to a folder of yours",
        )


def _kernel() -> Finding:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        return "missing", "no Python kernel for Jupyter", "make lab"
    program = Path(spec.argv[0])
    known = shutil.which(spec.argv[0]) is not None or program.exists()
    return "ok" if known else "missing", f"Jupyter kernel {spec.display_name}", "make lab"


def _space() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    return "ok" if free > 1 else "missing", f"{free:.0f} GB of disk free", "free at least 1 GB"


def _bubblewrap() -> Finding:
    if shutil.which("bwrap"):
        return "ok", "bubblewrap, for instructors who grade", ""
    cure = "only to grade a class: sudo apt install bubblewrap"
    return "optional", f"no bubblewrap on this {os.name} system", cure
