"""Run tasks on the processes of this machine or on a Dask cluster, a few at a time."""

import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading
import types
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Protocol

from autograder.grading.sandbox import SandboxError

ATTEMPTS = 8  # a worker's death takes all tasks in flight with it, so innocent ones count too


class Task(Protocol):
    """Anything with arguments for the function that the pool runs."""

    def arguments(self) -> tuple[Any, ...]: ...


@dataclass
class Failure:
    """A task that did not come back."""

    sentence: str


def prepare_worker() -> None:
    """End this worker when the grader is gone, leave Ctrl-C to the grader, and be quiet."""
    threading.Thread(target=_die_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")  # nbformat's remarks on odd notebooks; the record says it


def _die_with_parent() -> None:
    """Wait for the grader's end: a worker would wait for its next task for ever.

    Its box dies with it: by ``--die-with-parent``, and by ``LAUNCHER`` before that is in force.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def limit_threads() -> None:
    """Give each process one BLAS thread: the pool is what uses the cores."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


class LocalPool:
    """Worker processes on this machine; a killed one is replaced and its task run again."""

    def __init__(self, workers: int) -> None:
        limit_threads()
        self.size = workers
        self.executor = self._start()

    def _start(self) -> Executor:
        # Not fork: the parent has database connections. Not spawn: each worker would import anew.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["autograder.grading.work"])
        return ProcessPoolExecutor(self.size, mp_context=context, initializer=prepare_worker)

    def submit(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Future[Any]:
        """Run a function on a worker, which is started if there is none idle."""
        # A new worker would import the program that was run; it needs nothing of it, and a script
        # without a main guard would grade the class once more in every worker.
        program = sys.modules["__main__"]
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            return self.executor.submit(function, *arguments)
        finally:
            sys.modules["__main__"] = program

    def restart(self) -> None:
        """Replace the workers after one died."""
        self.executor.shutdown(wait=False, cancel_futures=True)
        self.executor = self._start()

    def close(self) -> None:
        """End the workers at once."""
        processes = dict(getattr(self.executor, "_processes", None) or {})
        self.executor.shutdown(wait=False, cancel_futures=True)
        for process in processes.values():
            process.kill()
        for process in processes.values():
            process.join()


class DaskPool:
    """The workers of a running ``dask.distributed`` scheduler."""

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            msg = 'a scheduler needs dask.distributed: pip install "nnlib-course[grading]"'
            raise RuntimeError(msg) from None
        self.client = Client(address)
        self.size = sum(self.client.nthreads().values())
        if self.size == 0:
            msg = f"the scheduler at {address} has no workers; start some: dask worker {address}"
            raise RuntimeError(msg)
        self.executor: Executor = self.client.get_executor(pure=False)

    def submit(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Future[Any]:
        """Run a function somewhere on the cluster."""
        return self.executor.submit(function, *arguments)

    def restart(self) -> None:
        """Do nothing: the scheduler replaces its workers."""

    def close(self) -> None:
        """Leave the cluster as it was found."""
        self.executor.shutdown(wait=False)
        self.client.close()


def run_all(
    pool: LocalPool | DaskPool, function: Callable[..., Any], tasks: Iterable[Task]
) -> Iterator[tuple[Task, Any]]:
    """Yield each task with its result, or with a Failure, as they come in.

    An exception costs its task alone, but for a SandboxError, which concerns all.
    Never more than two tasks per worker are in flight, so memory does not grow with the class.
    """
    waiting = iter(tasks)
    again: list[tuple[Task, int]] = []
    flying: dict[Future[Any], tuple[Task, int]] = {}
    while True:
        while len(flying) < 2 * pool.size:
            task, attempt = again.pop() if again else (next(waiting, None), 0)
            if task is None:
                break
            try:
                flying[pool.submit(function, task.arguments())] = (task, attempt + 1)
            except BrokenProcessPool:
                again.append((task, attempt))
                pool.restart()
        if not flying:
            return
        for future in wait(flying, return_when=FIRST_COMPLETED).done:
            task, attempt = flying.pop(future)
            try:
                yield task, future.result()
            except BrokenProcessPool:
                if attempt < ATTEMPTS:
                    again.append((task, attempt))
                else:
                    yield task, Failure("the process that graded it died again and again")
            except SandboxError:
                raise
            except Exception as error:
                yield task, Failure(f"{type(error).__name__}: {error}")
