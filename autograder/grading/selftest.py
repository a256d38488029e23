"""Proves that the box holds before anything is graded, or refuses to grade."""

import compileall
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

from autograder.grading.cgroup import PidsCgroup
from autograder.grading.sandbox import PACKAGES, Limits, SandboxError, bwrap_command, package_roots


def self_test(course: Path, limits: Limits | None = None) -> None:
    """Try to break out of the box, and refuse to grade if anything succeeds.

    Parameters
    ----------
    course
        The course root that learner code must not see.
    limits
        Limits of the run; the default ones if None.

    Raises
    ------
    SandboxError
        With the list of what succeeded, or with what keeps the box from starting.
    """
    limits = limits or Limits()
    script = f"{PACKAGES}/autograder/grading/escapes.py"
    with socket.create_server(("127.0.0.1", 0)) as server:
        task = {
            "course": str(course.resolve()),
            "own": _visible(course.resolve()),
            "parent": os.getpid(),
            "port": server.getsockname()[1],
            "processes": limits.processes,
            "memory": limits.memory,
        }
        done = _run([sys.executable, "-I", "-S", script, json.dumps(task)], limits)
    if done.returncode != 0:
        msg = (
            f"the sandbox does not start: {done.stderr.strip()[-400:]}; bubblewrap needs "
            "unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1)"
        )
        raise SandboxError(msg)
    broken = json.loads(done.stdout)
    if broken:
        msg = f"the sandbox leaks, so nothing is graded: code inside could {', '.join(broken)}"
        raise SandboxError(msg)


def precompile() -> None:
    """Compile what learner code imports: inside the box nothing can be kept for the next kernel."""
    for root in package_roots().values():
        compileall.compile_dir(root, quiet=2)


def _run(command: list[str], limits: Limits) -> subprocess.CompletedProcess[str]:
    """Run a command in the box as kernels are run."""
    boxed = bwrap_command(command, limits)
    group = PidsCgroup(limits.processes + 4) if os.geteuid() == 0 else None
    try:
        return subprocess.run(
            group.wrap(boxed) if group else boxed,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={},
        )
    finally:
        if group:
            group.close()


def _visible(course: Path) -> list[str]:
    """Names in the course root that the box shows: the environment, if it lies there."""
    paths = [Path(sys.prefix), Path(sys.base_prefix)]
    return [path.relative_to(course).parts[0] for path in paths if path.is_relative_to(course)]
