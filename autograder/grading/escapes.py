"""Runs inside the box and prints what it should not have been able to do; standard library only."""

import ctypes
import json
import mmap
import os
import signal
import socket
import sys
from collections.abc import Callable

CLONE_NEWUSER, MS_REMOUNT_BIND = 0x10000000, 32 | 4096


def libc() -> ctypes.CDLL:
    """Load the C library, for calls that Python does not wrap."""
    return ctypes.CDLL(None, use_errno=True)


def _import_folders() -> list[str]:
    return os.environ["PYTHONPATH"].split(os.pathsep)


def see_course(course: str, own: list[str]) -> bool:
    """List the course folder: anything but the packages that the box shows on purpose."""
    return bool(set(os.listdir(course)) - set(own))


def see_bank() -> bool:
    """List the bank: expected values and hidden tests."""
    banks = [os.path.join(folder, "autograder", "bank") for folder in _import_folders()]
    return any(os.path.isdir(bank) and os.listdir(bank) for bank in banks)


def see_environment() -> bool:
    """Read the variables that the grader runs with off the box's first process."""
    with open("/proc/1/environ", "rb") as file:
        names = {entry.partition(b"=")[0] for entry in file.read().split(b"\0") if entry}
    return bool(names - {b"PWD", b"SHLVL", b"_", b"OLDPWD"})


def write_system() -> bool:
    """Create a file anywhere but in the scratch folders."""
    for folder in (sys.prefix, "/usr", "/", "/etc", "/dev", *_import_folders()):
        try:
            open(os.path.join(folder, "autograder-was-here"), "w").close()
        except OSError:
            continue
        return True
    return False


def remount() -> bool:
    """Make a read-only mount writable."""
    return any(libc().mount(b"none", at, b"", MS_REMOUNT_BIND, b"") == 0 for at in (b"/", b"/usr"))


def enter_namespace() -> bool:
    """Become root of a nested user namespace."""
    return bool(libc().unshare(CLONE_NEWUSER) == 0)


def connect(port: int) -> bool:
    """Reach the grader's own listener, or any other host."""
    for address in (("127.0.0.1", port), ("192.0.2.1", 80), ("1.1.1.1", 53)):
        try:
            socket.create_connection(address, 0.2).close()
        except OSError:
            continue
        return True
    return False


def see_processes() -> bool:
    """Find more processes than the box itself has."""
    return sum(name.isdigit() for name in os.listdir("/proc")) > 8


def signal_parent(parent: int) -> bool:
    """Send a signal to the grader."""
    os.kill(parent, 0)
    return parent > 8  # small numbers are the box's own processes


def hold_capabilities() -> bool:
    """Hold a capability, or be able to gain one."""
    with open("/proc/self/status") as file:
        lines = dict(line.rstrip().split(":\t") for line in file if ":\t" in line)
    return int(lines["CapEff"], 16) + int(lines["CapBnd"], 16) > 0 or lines["NoNewPrivs"] != "1"


def fork_freely(limit: int) -> bool:
    """Start more processes than the limit."""
    children = []
    try:
        for _ in range(limit + 8):
            pid = os.fork()
            if pid == 0:
                signal.pause()
            children.append(pid)
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    return True


def allocate_freely(memory: int) -> bool:
    """Reserve more address space than the limit; ``memory`` in MiB."""
    mmap.mmap(-1, (memory + 64) << 20).close()
    return True


def succeeded(attempt: Callable[[], bool]) -> bool:
    """Whether an attempt went through; a refusal by the system is a no."""
    try:
        return attempt()
    except (OSError, ValueError, MemoryError):
        return False


def main() -> None:
    """Try everything and print the names of what worked, as JSON."""
    task = json.loads(sys.argv[1])
    attempts: dict[str, Callable[[], bool]] = {
        "see the course folder": lambda: see_course(task["course"], task["own"]),
        "read the bank": see_bank,
        "read the grader's environment": see_environment,
        "write to the system": write_system,
        "remount": remount,
        "enter a namespace": enter_namespace,
        "open a connection": lambda: connect(task["port"]),
        "see other processes": see_processes,
        "signal the grader": lambda: signal_parent(task["parent"]),
        "hold capabilities": hold_capabilities,
        "start processes without limit": lambda: fork_freely(task["processes"]),
        "allocate without limit": lambda: allocate_freely(task["memory"]),
    }
    print(json.dumps([name for name, attempt in attempts.items() if succeeded(attempt)]))


if __name__ == "__main__":
    main()
