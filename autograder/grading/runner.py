"""Run the cells of one notebook in one kernel, and end what takes too much.

A cell that hangs or kills its kernel costs itself alone: a new kernel runs the notebook again
without it. What the kernel sends is hostile: every message is checked, bounded and rebuilt.
"""

import contextlib
import time
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from autograder.grading.meter import Meter, folder_size
from autograder.grading.outputs import Output, error_output, output_of
from autograder.grading.sandbox import Limits

TICK = 0.1  # seconds between two looks at what the kernel uses
START = 60.0  # seconds a kernel has to answer
GRACE = 3.0  # seconds a cell has to react to an interrupt
RESTARTS = 3  # kernels that one notebook may wear out
# A machine that is busy must not fail an honest learner: limits count CPU time, and waiting
# (sleep, input, a deadlock) is allowed this many times as long.
WALL = 2.0
MESSAGE = 32 << 20  # bytes of one message from the kernel


class Stop(Enum):
    """Why a kernel is gone: the name is the status of the submission, the value its sentence."""

    died = "the kernel died while this cell ran"
    disk = "it filled the disk"
    failed = "the kernel did not start"
    memory = "it needed more memory than a notebook may use"
    output = "it printed without end"
    stuck = "it ran too long and ignored the interrupt"
    tampered = "its kernel sent garbage"
    time = "the notebook as a whole took too long"


class KernelStopError(Exception):
    """The kernel died or had to be killed."""

    def __init__(self, why: Stop) -> None:
        super().__init__(why.value)
        self.status = why.name


@dataclass
class Run:
    """What running a notebook gave: outputs per cell, the worst status, and what it used."""

    outputs: dict[int, list[Output]] = field(default_factory=dict)
    status: str = "ok"
    sentence: str = ""
    stopped: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0
    cpu: float = 0.0
    memory: int = 0  # MiB, the largest sum over all processes

    def note(self, status: str, sentence: str) -> None:
        """Keep the first thing that went wrong."""
        if self.status == "ok":
            self.status, self.sentence = status, sentence


class Kernel:
    """One kernel, its two channels and its meter."""

    def __init__(self, spec: KernelSpec, limits: Limits, cwd: str, budget: float) -> None:
        self.limits = limits
        self.budget = budget  # CPU seconds that the notebook has left
        self.context = zmq.Context()
        self.context.setsockopt(zmq.MAXMSGSIZE, MESSAGE)
        self.context.setsockopt(zmq.RECONNECT_IVL, 20)
        self.context.setsockopt(zmq.LINGER, 0)
        self.manager = KernelManager(context=self.context, connection_file="")
        self.manager._kernel_spec = spec
        self.manager.start_kernel(cwd=cwd)
        self.client: BlockingKernelClient = self.manager.client()
        self.client.start_channels(stdin=False, hb=False, control=False)
        self.meter = Meter(self.manager.provisioner.pid)  # type: ignore[union-attr]
        # The one host folder that the box can write to: the one with its sockets.
        self.folder = getattr(self.manager.provisioner, "folder", None)
        self.printed = 0
        self.garbage = 0
        self._await()

    def _await(self) -> None:
        """Wait until both channels carry messages; the client's own way idles for 0.2 s.

        Raises
        ------
        KernelStopError
            If no kernel answers within a minute.
        """
        heard: set[bool] = set()
        deadline = time.monotonic() + START
        self.client.kernel_info()
        while len(heard) < 2:
            ready = self._wait()
            if not ready:
                # The subscription may have come after the first answer was published.
                self.client.kernel_info()
            for channel in ready:
                if self._receive(channel) is not None:
                    heard.add(channel is self.client.shell_channel)
            if time.monotonic() > deadline or not self.manager.is_alive():
                self.close()
                raise KernelStopError(Stop.failed)

    def run(self, source: str) -> list[Output]:
        """Run one cell and return its outputs.

        Raises
        ------
        KernelStopError
            If the kernel died, or was killed because the cell would not end.
        """
        message_id = self.client.execute(source, store_history=True, allow_stdin=False)
        outputs: list[Output] = []
        clock = _Clock(self, message_id)
        replied = idle = False
        while not (replied and idle):
            for channel in self._wait():
                message = self._receive(channel)
                if message is None or _parent(message) != message_id:
                    continue
                kind, content = message["msg_type"], message["content"]
                replied |= kind == "execute_reply"
                idle |= kind == "status" and content.get("execution_state") == "idle"
                self._collect(outputs, kind, content)
            clock.look()
        return outputs + clock.errors

    def _wait(self) -> list[Any]:
        """Channels that have a message; none after a tick."""
        channels = (self.client.iopub_channel, self.client.shell_channel)
        poller = zmq.Poller()
        for channel in channels:
            poller.register(channel.socket, zmq.POLLIN)
        ready = dict(poller.poll(int(TICK * 1000)))
        return [channel for channel in channels if channel.socket in ready]

    def _receive(self, channel: Any) -> dict[str, Any] | None:
        """Next message, or None: code in the kernel knows its key and can send anything."""
        try:
            message: dict[str, Any] = channel.get_msg(timeout=0)
        except Exception:
            self.garbage += 1
            if self.garbage > 1000:
                raise KernelStopError(Stop.tampered) from None
            return None
        return message if isinstance(message.get("content"), dict) else None

    def _collect(self, outputs: list[Output], kind: str, content: dict[str, Any]) -> None:
        """Add a message's output, within the notebook's budget of bytes."""
        if kind == "clear_output":
            outputs.clear()
            return
        output = output_of(kind, content)
        if output is None:
            return
        # Arrays are bounded on their own: they are what is graded, prints are not.
        arrays = kind == "display_data" and any("autograder" in key for key in output["data"])
        size = len(str(output))
        self.printed += 0 if arrays else size
        if size > (self.limits.blob if arrays else self.limits.output) * 2**20:
            return
        if self.printed <= self.limits.output * 2**20 or output["output_type"] == "error":
            last = outputs[-1] if outputs else {}
            if kind == "stream" and last.get("name") == output["name"]:
                last["text"] += output["text"]
            else:
                outputs.append(output)

    def close(self) -> None:
        """Kill the kernel with all it started."""
        with contextlib.suppress(Exception):
            self.client.stop_channels()
        with contextlib.suppress(Exception):
            process: Any = self.manager.provisioner.process  # type: ignore[union-attr]
            process.kill()  # and wait for it: the manager would look ten times a second
            process.wait()
        with contextlib.suppress(Exception):
            self.manager.shutdown_kernel(now=True)
        self.context.destroy(linger=0)


class _Clock:
    """Watches one cell: interrupts it when its time is up, kills the kernel if that fails."""

    def __init__(self, kernel: Kernel, message_id: str) -> None:
        self.kernel = kernel
        self.start = self.seen = time.monotonic()
        self.cpu = kernel.meter.cpu
        self.interrupted = 0.0
        self.errors: list[Output] = []

    def look(self) -> None:
        """Compare use with limits, at most once a tick."""
        now = time.monotonic()
        if now - self.seen < TICK:
            return
        self.seen = now
        kernel, limits, meter = self.kernel, self.kernel.limits, self.kernel.meter
        if not kernel.manager.is_alive():
            raise KernelStopError(Stop.died)
        meter.read()
        if meter.memory > limits.memory * 1.1:
            raise KernelStopError(Stop.memory)
        if kernel.printed > 16 * limits.output * 2**20:
            raise KernelStopError(Stop.output)
        if meter.cpu > kernel.budget:
            raise KernelStopError(Stop.time)
        if folder_size(kernel.folder) > limits.scratch << 20:
            raise KernelStopError(Stop.disk)
        wall, used = now - self.start, meter.cpu - self.cpu
        if self.interrupted:
            if now - self.interrupted > GRACE:
                raise KernelStopError(Stop.stuck)
        elif used > limits.cell_seconds or wall > WALL * limits.cell_seconds:
            self.interrupted = now
            kernel.manager.interrupt_kernel()
            sentence = f"No reply after {limits.cell_seconds:g} s, the time limit of a cell"
            self.errors = [error_output("CellTimeoutError", sentence)]


def _parent(message: dict[str, Any]) -> Any:
    parent = message.get("parent_header")
    return parent.get("msg_id") if isinstance(parent, dict) else None


def run_cells(spec: KernelSpec, sources: dict[int, str], limits: Limits, cwd: str) -> Run:
    """Run cells in order, and again without those that ended their kernel.

    Parameters
    ----------
    spec
        Kernelspec, boxed or not.
    sources
        Source of each code cell by its index.
    limits
        What the notebook may use.
    cwd
        Working folder of a kernel without a box.
    """
    run = Run()
    start = time.monotonic()
    for _ in range(RESTARTS):
        left = {i: source for i, source in sources.items() if i not in run.stopped}
        try:
            if _run_once(run, spec, left, limits, cwd):
                break
        except KernelStopError as end:
            run.note(end.status, str(end))
            if end.status in ("time", "failed"):
                break
        if time.monotonic() - start > WALL * limits.total_seconds:
            run.note("time", Stop.time.value)
            break
    for index in sources:
        if index not in run.outputs:
            sentence = run.stopped.get(index) or f"not run: {run.sentence}"
            run.stopped[index] = sentence
            run.outputs[index] = [error_output("StoppedError", sentence)]
    run.seconds = time.monotonic() - start
    return run


def _run_once(
    run: Run, spec: KernelSpec, sources: dict[int, str], limits: Limits, cwd: str
) -> bool:
    """Run the cells in one kernel; whether it came to the end."""
    kernel = Kernel(spec, limits, cwd, limits.total_seconds - run.cpu)
    run.outputs = {}
    try:
        for index, source in sources.items():
            try:
                run.outputs[index] = kernel.run(source)
            except KernelStopError as end:
                run.stopped[index] = str(end)
                run.outputs.pop(index, None)
                raise
            if any(o.get("ename") == "CellTimeoutError" for o in run.outputs[index]):
                run.note("slow", f"a cell ran longer than {limits.cell_seconds:g} s")
    finally:
        kernel.meter.read()
        run.cpu += kernel.meter.cpu
        run.memory = max(run.memory, kernel.meter.peak)
        kernel.close()
    return True
