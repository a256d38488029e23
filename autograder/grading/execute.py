"""One submission as a pure function: hashed inputs in, executed notebook and arrays out.

``execute`` runs learner code in the box and brings back arrays; ``verdicts.judge_outcome`` compares
them outside. Neither knows the gradebook, so they run anywhere: here, in a pool, on a cluster.
"""

import gzip
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from autograder import plan
from autograder.exercise import get
from autograder.grading.digests import digest, engine_digest
from autograder.grading.outputs import Output
from autograder.grading.runner import Run, run_cells
from autograder.grading.sandbox import Limits, SandboxError, kernel_spec, package_roots
from autograder.grading.sanitize import Master, UnreadableError, blank, parse, sanitize
from autograder.grading.selftest import precompile, self_test

VERSION = "1"  # of what execute does; a change runs everything again


@dataclass(frozen=True)
class Job:
    """All that decides what running a submission gives.

    Parameters
    ----------
    notebook
        The file as handed in.
    master
        The assignment's cells, from nbgrader's database.
    plan
        Probes and their inputs: file name to content.
    data
        Files that the notebook may read: relative path to content.
    limits
        What it may use.
    engine
        Digest of the code that it can import.
    unsafe
        Run without a box.
    """

    notebook: bytes
    master: Master
    plan: Mapping[str, bytes]
    data: Mapping[str, bytes] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    engine: str = ""
    unsafe: bool = False

    def key(self) -> str:
        """Return the SHA-256 of everything; equal jobs have equal outcomes."""
        parts: list[bytes] = [VERSION.encode(), self.engine.encode(), self.notebook]
        parts.append(json.dumps([asdict(self.master), asdict(self.limits), self.unsafe]).encode())
        for files in (self.plan, self.data):
            for name in sorted(files):
                parts += [name.encode("utf-8", "surrogateescape"), files[name]]
            parts.append(b"/")
        return digest(parts)


@dataclass
class Outcome:
    """What running a submission gave; ``notebook`` holds all outputs but the verdicts.

    ``status`` is ok, slow, unreadable, or the name of a ``runner.Stop``; ``changes`` lists what
    had to be put right, ``answers`` the packed arrays of each check, ``stopped`` the checks that
    gave none and why.
    """

    notebook: dict[str, Any]
    status: str = "ok"
    sentence: str = ""
    changes: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    stopped: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    cpu: float = 0.0
    memory: int = 0

    def pack(self) -> bytes:
        """Return the outcome as compressed JSON."""
        return gzip.compress(json.dumps(asdict(self)).encode(), compresslevel=1, mtime=0)

    @classmethod
    def unpack(cls, content: bytes) -> "Outcome":
        """Return the outcome that ``pack`` wrote."""
        return cls(**json.loads(gzip.decompress(content)))


def check_master(master: Master) -> None:
    """Refuse an assignment with tests that learner code could forge.

    Raises
    ------
    ValueError
        If an autograded cell is not the check of an exercise in the bank.
    """
    for name, cell in master.checks.items():
        try:
            get(name)
        except LookupError as error:
            msg = (
                f"{master.assignment}/{master.notebook}: cell {cell.grade_id} is graded by its "
                f"own asserts, which learner code can forge ({error}); make it the check of an "
                f'exercise, check("{name}"), or grade it by hand'
            )
            raise ValueError(msg) from None


@cache
def _prove_box(limits: Limits) -> None:
    """Prove the box once in each process that uses it."""
    precompile()
    self_test(package_roots()["autograder"].parent, limits)


def execute(job: Job) -> Outcome:
    """Run one submission and bring back its outputs and arrays; a pure function of the job.

    Never raises for what a submission holds or does.

    Raises
    ------
    SandboxError
        If the box is missing or does not hold, or this process runs other code than the job was
        made for.
    """
    if job.engine and job.engine != engine_digest():
        msg = (
            "a worker runs another version of nnlib or the autograder than this process; install "
            "the same everywhere, and do not edit them while a class is graded"
        )
        raise SandboxError(msg)
    if not job.unsafe:
        _prove_box(job.limits)
    try:
        nb, changes = sanitize(parse(job.notebook), job.master)
    except UnreadableError as error:
        return unreadable(job.master, "unreadable", str(error))
    run = _run(nb, job)
    outcome = Outcome({}, run.status, run.sentence, changes)
    outcome.seconds, outcome.cpu = round(run.seconds, 2), round(run.cpu, 2)
    outcome.memory = run.memory
    _collect(nb, run, job.master, outcome)
    return outcome


def unreadable(master: Master, status: str, sentence: str) -> Outcome:
    """Return the outcome of a submission that cannot be run: the master's cells, no answers."""
    stopped = dict.fromkeys(master.checks, sentence)
    return Outcome(to_json(blank(master)), status, sentence, stopped=stopped)


def _run(nb: NotebookNode, job: Job) -> Run:
    """Run a clean notebook's code cells in a scratch folder of its own."""
    sources = {
        index: cell.source
        for index, cell in enumerate(nb.cells)
        if cell.cell_type == "code" and cell.source.strip()
    }
    with tempfile.TemporaryDirectory(prefix="ag-job-") as folder:
        data, planned = Path(folder, "data"), Path(folder, "plan")
        for root, files in ((data, job.data), (planned, job.plan)):
            root.mkdir()
            for name, content in files.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        spec = kernel_spec(job.limits, data=str(data), plan=str(planned), unsafe=job.unsafe)
        if job.unsafe:
            spec.env = {"AUTOGRADER_PLAN": str(planned), "NBGRADER_EXECUTION": "autograde"}
        return run_cells(spec, sources, job.limits, str(data))


def _collect(nb: NotebookNode, run: Run, master: Master, outcome: Outcome) -> None:
    """Put outputs into the cells; arrays of check cells go to the outcome, all others nowhere."""
    names = {cell.grade_id: name for name, cell in master.checks.items()}
    for index, cell in enumerate(nb.cells):
        outputs = run.outputs.get(index, [])
        name = names.get(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
        if name is not None:
            answer, reason = _answer(outputs)
            if answer is None:
                outcome.stopped[name] = run.stopped.get(index) or reason
            else:
                outcome.answers[name] = answer
            if any(_forged(output) for output in outputs):
                outcome.changes.append(f"a score was printed in the check of {name}")
        if cell.cell_type == "code":
            cell["outputs"] = [] if name is not None else _without_arrays(outputs)
            cell["execution_count"] = index if index in run.outputs else None
    outcome.notebook = to_json(nb)


def _answer(outputs: list[Output]) -> tuple[str | None, str]:
    """Return the last packed arrays among outputs, or why there are none."""
    found = [o["data"][plan.MIME] for o in outputs if plan.MIME in o.get("data", {})]
    errors = [f"{o['ename']}: {o['evalue']}"[:200] for o in outputs if o["output_type"] == "error"]
    timeouts = [text for text in errors if text.startswith("CellTimeoutError")]
    if found and not timeouts and isinstance(found[-1], str):
        return found[-1], ""
    return None, (timeouts or errors or ["the check gave no arrays"])[-1]


def _forged(output: Output) -> bool:
    """Whether an output looks like a score: the check itself shows nothing but arrays."""
    return bool(output["output_type"] == "execute_result")


def _without_arrays(outputs: list[Output]) -> list[Output]:
    """Drop what a learner's own calls of ``check`` showed: packed arrays tell a reader nothing."""
    return [output for output in outputs if plan.MIME not in output.get("data", {})]


def to_json(nb: NotebookNode) -> dict[str, Any]:
    """Return a notebook as plain dictionaries."""
    plain: dict[str, Any] = json.loads(json.dumps(nb))
    return plain


def limit_threads() -> None:
    """Give each process one BLAS thread: the pool is what uses the cores."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
