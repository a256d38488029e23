"""Reads what a process and everything it started use."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


class Meter:
    """CPU seconds and memory of a process and its descendants, read from /proc."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.cpu = 0.0
        self.memory = 0
        self.peak = 0
        self._tick = os.sysconf("SC_CLK_TCK")
        self._page = os.sysconf("SC_PAGE_SIZE")

    def read(self) -> None:
        """Update the numbers; processes that end in the meantime are skipped."""
        cpu, memory = 0.0, 0
        for pid in self._tree(self.pid):
            with contextlib.suppress(OSError, ValueError, IndexError):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                # utime, stime and the same of children that were waited for: proc(5) 14 to 17
                cpu += sum(int(value) for value in fields[11:15]) / self._tick
                memory += int(fields[21]) * self._page
        self.cpu = max(self.cpu, cpu)
        self.memory = memory >> 20
        self.peak = max(self.peak, self.memory)

    def _tree(self, pid: int) -> Iterator[int]:
        yield pid
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{pid}/task"):
                children = Path(f"/proc/{pid}/task/{task}/children").read_text()
                for child in children.split():
                    yield from self._tree(int(child))


def folder_size(folder: Path | None) -> int:
    """Return the bytes in a folder, with a block for each file; 0 for none."""
    total = 0
    for root, _, names in os.walk(folder) if folder else ():
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(root, name)).st_size + 4096
    return total
