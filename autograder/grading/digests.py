"""Digests of what a result depends on: equal digests, equal results."""

import hashlib
import platform
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np

from autograder import judge, plan
from autograder.exercise import get
from autograder.grading.sandbox import package_roots
from autograder.grading.sanitize import Master

# What the box imports of the autograder; the rest may change without running anything again.
INSIDE = ("__init__", "cells", "exercise", "limits", "pieces", "plan", "probe")
# What judges; with the bank's file of a topic it decides whether a verdict still stands.
OUTSIDE = (
    "bugs", "diagnose", "exercise", "feedback", "judge", "kinds", "limits", "places", "plan",
    "probe", "relations", "signatures", "slips",
)  # fmt: skip


def digest(parts: Iterable[bytes]) -> str:
    """Return the SHA-256 of some parts, each with its length so that none runs into the next."""
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()


@cache
def engine_digest() -> str:
    """Return the digest of what learner code runs on: nnlib, the probe's side, Python, NumPy."""
    roots = package_roots()
    files = sorted(p for p in roots["nnlib"].rglob("*.py") if "viz" not in p.parts)
    files += [roots["autograder"] / f"{name}.py" for name in INSIDE]
    versions = f"{platform.python_version()} {np.__version__}".encode()
    return digest([versions, *(path.read_bytes() for path in files if path.exists())])


@cache
def judge_digest(topics: tuple[str, ...]) -> str:
    """Return the digest of what judges the exercises of some topics."""
    root = package_roots()["autograder"]
    files = [root / f"{name}.py" for name in OUTSIDE]
    files += sorted(p for t in topics for p in (root / "bank").rglob(f"*{t}*.py"))
    parts = [path.read_bytes() for path in files if path.exists()]
    return digest([engine_digest().encode(), *parts])


def topics_of(master: Master) -> tuple[str, ...]:
    """Return the topics whose bank files judge a notebook."""
    return tuple(sorted({name.partition("-")[0] for name in master.checks}))


@cache
def plan_files(names: tuple[str, ...]) -> dict[str, bytes]:
    """Return the plan of some exercises: probes and inputs for the fixed grading seed."""
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            plan.write_plan(get(name), judge.grading_seed(name), Path(folder))
        return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}
