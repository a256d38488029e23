"""A kernel in a box: learner code runs in bubblewrap and sees a system, two packages, no course.

``BwrapProvisioner`` is a jupyter_client kernel provisioner, so any program that starts kernels can
use it. The box has its own user, process, network, ipc and host-name namespaces, no capabilities,
a read-only system and a scratch folder in memory; messages travel over Unix sockets, so it needs
no network. ``selftest.py`` tries to break out before anything is graded.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Dict, Unicode

from autograder.grading.cgroup import PidsCgroup
from autograder.grading.launcher import DATA, LAUNCHER, PLAN, WORK

NAME = "bwrap-provisioner"
INSTALL = "sudo apt-get install bubblewrap   (Fedora: dnf, Arch: pacman; Linux only)"
PACKAGES = "/learner-packages"  # not their own path: a course in /tmp would lie in the scratch
SPACES = "--unshare-user --unshare-pid --unshare-ipc --unshare-net --unshare-uts --hostname learner"
LIFE = "--new-session --die-with-parent --clearenv"
# As root the user namespace alone keeps every capability: drop them, and be nobody.
RIGHTS = "--uid 65534 --gid 65534 --cap-drop ALL --disable-userns --unshare-cgroup-try"


class SandboxError(RuntimeError):
    """The sandbox is missing or does not hold; the message says what to do."""


@dataclass(frozen=True)
class Limits:
    """What one notebook may use; sizes are mebibytes, times are seconds.

    ``memory`` bounds each process's address space and what all its processes hold together;
    ``output`` bounds what all cells print together and ``blob`` what one check sends.
    """

    memory: int = 2048
    processes: int = 64
    files: int = 512
    file: int = 32
    scratch: int = 64
    output: float = 4.0
    blob: float = 16.0
    cell_seconds: float = 30.0
    total_seconds: float = 300.0


def bwrap_path() -> str | None:
    """Path of bubblewrap, or None where it is not installed."""
    return shutil.which("bwrap")


def package_roots() -> dict[str, Path]:
    """Folders of the two packages that learner code may import."""
    import nnlib

    # __path__ and not __file__: a half-built tree may still lack its __init__.
    return {"nnlib": Path(next(iter(nnlib.__path__))), "autograder": Path(__file__).parent.parent}


def _system() -> list[str]:
    """Mount /usr and the few files of /etc that programs need, read-only."""
    args = ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "lib", "lib32", "lib64", "sbin"):
        path = Path("/") / name
        if path.is_symlink():
            args += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            args += ["--ro-bind", str(path), str(path)]
    for name in ("ld.so.cache", "alternatives", "fonts", "localtime", "nsswitch.conf"):
        args += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    return args


def _python() -> list[str]:
    """Mount this Python, its environment and the two packages, the bank masked."""
    args: list[str] = []
    for prefix in dict.fromkeys((sys.base_prefix, sys.prefix)):
        if not prefix.startswith("/usr"):
            args += ["--ro-bind", prefix, prefix]
    roots = package_roots()
    for name, root in roots.items():
        args += ["--ro-bind", str(root), f"{PACKAGES}/{name}"]
    # The bank is expected values and hidden tests; an empty folder takes its place.
    return [
        *args,
        "--tmpfs",
        f"{PACKAGES}/autograder/bank",
        "--remount-ro",
        f"{PACKAGES}/autograder/bank",
    ]


def _environment(plan: str) -> list[str]:
    """Set the variables a kernel needs and none of the parent's."""
    variables = {
        "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
        "HOME": WORK,
        "LANG": "C.UTF-8",
        "PYTHONPATH": PACKAGES,
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MPLCONFIGDIR": f"{WORK}/.matplotlib",
        "NBGRADER_EXECUTION": "autograde",
        "USER": "learner",
        "LOGNAME": "learner",
        # Address space is what RLIMIT_AS counts, and each malloc arena reserves 64 MB of it.
        "MALLOC_ARENA_MAX": "2",
    }
    if plan:
        variables["AUTOGRADER_PLAN"] = PLAN
    # JPY_PARENT_PID stays away: in a pid namespace the kernel would see parent 1 and exit.
    return [arg for key, value in variables.items() for arg in ("--setenv", key, value)]


def _rlimits(limits: Limits) -> list[str]:
    """Wrap the command in prlimit; inside the box, so that two boxes do not share a count."""
    sizes = {
        "as": limits.memory << 20,
        "fsize": limits.file << 20,
        "nofile": limits.files,
        "nproc": limits.processes,
        "cpu": int(limits.total_seconds) + 1,
        "core": 0,
    }
    return ["prlimit", *(f"--{key}={value}" for key, value in sizes.items())]


def bwrap_command(
    command: list[str], limits: Limits, *, run: str = "", data: str = "", plan: str = ""
) -> list[str]:
    """Command line that runs ``command`` in the box.

    Parameters
    ----------
    command
        Program and arguments, as seen inside.
    limits
        Resources of the box.
    run, data, plan
        Host folders, empty for none: ``run`` is writable at its own path, for sockets; the others
        are read-only at ``DATA`` and ``PLAN``.

    Raises
    ------
    SandboxError
        Where bubblewrap is not installed.
    """
    bwrap = bwrap_path()
    if bwrap is None:
        msg = f"grading needs bubblewrap, which is not installed; install it with: {INSTALL}"
        raise SandboxError(msg)
    memory = [f"--size {limits.scratch << 20} --tmpfs {at}" for at in ("/dev/shm", "/tmp", WORK)]
    args = [
        bwrap,
        *f"{SPACES} {RIGHTS}".split(),
        *f"{LIFE} --proc /proc --dev /dev".split(),
        *" ".join(memory).split(),
        *_system(),
        *_python(),
    ]
    for host, inside in ((data, DATA), (plan, PLAN)):
        if host:
            args += ["--ro-bind", host, inside]
    if run:
        args += ["--bind", run, run]
    # The root and /dev are in memory and unbounded: close them once everything is mounted.
    args += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", WORK, *_environment(plan)]
    return [*args, "--", *_rlimits(limits), *command]


def _socket_folder() -> Path:
    """Make a private folder whose socket names fit the 107 bytes that Unix allows."""
    folder = Path(tempfile.mkdtemp(prefix="ag-"))
    if len(str(folder)) > 80:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="ag-", dir="/tmp"))
    return folder


class BwrapProvisioner(LocalProvisioner):
    """Starts a kernel in the box.

    Its traits may stand in a kernelspec: ``limits`` (fields of ``Limits``), ``data`` (folder
    copied into the working folder; default: the kernel's cwd without notebooks), ``plan``.
    """

    limits = Dict(help="fields of autograder.grading.sandbox.Limits").tag(config=True)
    data = Unicode(help="host folder whose files the notebook may read").tag(config=True)
    plan = Unicode(help="host folder with probes and their inputs").tag(config=True)
    folder: Path | None = None
    group: PidsCgroup | None = None
    lifeline: int | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        self.folder = self.folder or _socket_folder()
        run = self.folder / "run"
        run.mkdir(exist_ok=True)
        manager: Any = self.parent
        manager.transport = "ipc"
        manager.ip = str(run / "k")
        manager.connection_file = str(run / "kernel.json")
        # In signal mode SIGINT would hit bubblewrap and end the box instead of the cell.
        self.kernel_spec.interrupt_mode = "message"
        data = self.data or _copy_data(kwargs.get("cwd"), self.folder / "data")
        kwargs = await super().pre_launch(**kwargs)
        limits = Limits(**self.limits)
        command = bwrap_command(kwargs["cmd"], limits, run=str(run), data=data, plan=self.plan)
        if os.geteuid() == 0:
            self.group = PidsCgroup(limits.processes + 4)  # bubblewrap and its init count too
            command = self.group.wrap(command)
        kwargs["cmd"], kwargs["cwd"] = command, "/"
        # The box's process 1 is bubblewrap, and learners can read what it was started with.
        kwargs["env"] = {}
        return kwargs

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        # Chatter of a kernel's own log belongs to no cell and would garble the progress bar.
        kwargs.setdefault("stdout", subprocess.DEVNULL)
        kwargs.setdefault("stderr", subprocess.DEVNULL)
        stdin, self.lifeline = os.pipe()  # the launcher says what for
        try:
            return await super().launch_kernel(cmd, **kwargs | {"stdin": stdin})
        finally:
            os.close(stdin)

    async def send_signal(self, signum: int) -> None:
        # Only SIGKILL ends the box for sure; learners' code may ignore the rest.
        final = signum in (signal.SIGTERM, signal.SIGINT)
        await super().send_signal(signal.SIGKILL if final else signum)

    async def cleanup(self, restart: bool = False) -> None:
        await super().cleanup(restart)
        if self.lifeline is not None:
            os.close(self.lifeline)
            self.lifeline = None
        if self.group is not None:
            self.group.close()
        if not restart and self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None


def _copy_data(cwd: str | os.PathLike[str] | None, folder: Path) -> str:
    """Copy what lies beside a notebook, no notebooks and no links, and return the folder."""
    folder.mkdir(exist_ok=True)
    for path in Path(cwd).iterdir() if cwd else ():
        if path.is_file() and not path.is_symlink() and path.suffix != ".ipynb":
            shutil.copy2(path, folder / path.name)
    return str(folder)


def kernel_spec(limits: Limits, *, data: str, plan: str = "", unsafe: bool = False) -> KernelSpec:
    """Kernelspec of this Python, boxed unless ``unsafe``."""
    register()
    config = {"limits": vars(limits), "data": data, "plan": plan}
    boxed = {"kernel_provisioner": {"provisioner_name": NAME, "config": config}}
    plain = {"kernel_provisioner": {"provisioner_name": "local-provisioner", "config": {}}}
    script = LAUNCHER if not unsafe else LAUNCHER.replace(f'"{DATA}"', '"/nonexistent"')
    argv = [sys.executable, "-c", script, "-f", "{connection_file}"]
    return KernelSpec(
        argv=[*argv, "--HistoryManager.hist_file=:memory:"],
        display_name="Python 3",
        language="python",
        interrupt_mode="message",
        metadata=plain if unsafe else boxed,
    )


def register() -> None:
    """Make the provisioner known where the package runs from its source tree."""
    entry = EntryPoint(NAME, f"{__name__}:BwrapProvisioner", KernelProvisionerFactory.GROUP_NAME)
    KernelProvisionerFactory.provisioners.setdefault(NAME, entry)
