"""Bounds the processes of a box where root grades: a cgroup, because rlimits do not bind root."""

import os
import time
from pathlib import Path


class PidsCgroup:
    """A cgroup that bounds processes: RLIMIT_NPROC does not bind a box that root started."""

    def __init__(self, limit: int) -> None:
        self.path: Path | None = None
        for root in (Path("/sys/fs/cgroup/pids"), Path("/sys/fs/cgroup")):
            path = root / f"autograder-{os.getpid()}-{os.urandom(4).hex()}"
            try:
                path.mkdir()
                (path / "pids.max").write_text(str(limit))
            except OSError:
                _remove_cgroup(path)
                continue
            self.path = path
            break

    def wrap(self, command: list[str]) -> list[str]:
        """Command that enters the group before it becomes ``command``."""
        if self.path is None:
            return command
        enter = f'echo $$ > "{self.path}/cgroup.procs" && exec "$@"'
        return ["/bin/sh", "-c", enter, "sh", *command]

    def close(self) -> None:
        """Remove the group, and those that killed graders left behind."""
        if self.path is None:
            return
        deadline = time.monotonic() + 1
        while not _remove_cgroup(self.path) and time.monotonic() < deadline:
            time.sleep(0.01)  # the last processes are still being reaped
        for stale in self.path.parent.glob("autograder-*"):
            pid = stale.name.split("-")[1]
            if not Path("/proc", pid).exists():
                _remove_cgroup(stale)
        self.path = None


def _remove_cgroup(path: Path) -> bool:
    """Remove an empty cgroup; the kernel refuses while a process is in it."""
    try:
        path.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
