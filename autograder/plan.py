"""What crosses the sandbox's wall: inputs on the way in, plain arrays on the way out, no pickle.

The parent writes a plan (probe source and input cases, no answers); in the sandbox ``check`` runs
it and shows the arrays; the judge reads them outside. A forged verdict is worth nothing, since none
crosses.
"""

from __future__ import annotations

import base64
import inspect
import io
import json
import textwrap
from pathlib import Path
from typing import Any

import numpy as np

from autograder import probe as probes
from autograder.exercise import Case, Exercise
from autograder.probe import Answer, Problem

MIME = "application/vnd.autograder.arrays"
BLOB_LIMIT = 20_000_000  # bytes of one packed answer
PRELUDE = (
    "from __future__ import annotations\nimport numpy as np\n"
    "from autograder.probe import Problem, ProblemError\n"
)


def write_plan(exercise: Exercise, seed: int, folder: Path) -> None:
    """Write ``<name>.json`` and ``<name>.npz``: all that the sandbox needs to run the probe."""
    arrays: dict[str, Any] = {}
    cases = []
    for i, case in enumerate(exercise.make_cases(seed)):
        arrays |= {f"{i}/{k}": v for k, v in case.items() if isinstance(v, np.ndarray)}
        cases.append({k: v for k, v in case.items() if not isinstance(v, np.ndarray)})
    ready = inspect.getmodule(exercise.probe) is probes
    plan = {
        "probe": exercise.probe.__name__,
        "source": "" if ready else textwrap.dedent(inspect.getsource(exercise.probe)),
        "options": exercise.options,
        "cases": cases,
        "forbid": exercise.forbid,
        "seconds": exercise.seconds,
    }
    (folder / f"{exercise.name}.json").write_text(json.dumps(plan))
    np.savez(folder / f"{exercise.name}.npz", **arrays)


def run_plan(name: str, folder: Path, namespace: dict[str, Any]) -> bytes:
    """Run the planned probe on the learner's ``namespace`` and return the packed answers."""
    plan = json.loads((folder / f"{name}.json").read_text())
    cases: list[Case] = [_tupled(c) for c in plan["cases"]]
    with np.load(folder / f"{name}.npz", allow_pickle=False) as arrays:
        for key in arrays.files:
            i, _, k = key.partition("/")
            cases[int(i)][k] = arrays[key]
    if plan["source"]:
        scope: dict[str, Any] = {}
        exec(compile(PRELUDE + plan["source"], f"<autograder probe {name}>", "exec"), scope)
        function = scope[plan["probe"]]
    else:
        function = getattr(probes, plan["probe"])
    answers = probes.run(
        function,
        namespace,
        cases,
        options=_tupled(plan["options"]),
        forbid=tuple(plan["forbid"]),
        seconds=plan["seconds"],
    )
    return pack(answers)


def _tupled(data: dict[str, Any]) -> dict[str, Any]:
    """Give back the tuples that JSON turned into lists."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}


def pack(answers: list[Answer]) -> bytes:
    """Return the answers as the bytes of an ``.npz``; one that is too large becomes a problem."""
    arrays: dict[str, Any] = {"cases": np.array(len(answers))}
    for i, answer in enumerate(answers):
        if answer.problem is not None:
            arrays[f"{i}/problem"] = _texts(answer.problem)
        for n, (key, value) in enumerate(answer.values.items()):
            if isinstance(value, Problem):
                arrays[f"{i}/refused/{n}/{key}"] = _texts(value)
            else:
                arrays[f"{i}/value/{n}/{key}"] = np.asarray(value)
        for what in ("changed", "warned"):
            arrays[f"{i}/{what}"] = np.array(getattr(answer, what), dtype=str)
    if sum(a.nbytes for a in arrays.values()) > BLOB_LIMIT:
        too_large = Problem("error", "MemoryError", "the returned arrays are far too large")
        return pack([Answer(problem=too_large) for _ in answers])
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def unpack(blob: bytes) -> list[Answer]:
    """Return the answers in ``blob``.

    Raises
    ------
    ValueError
        If it is no well-formed answer of a bounded size; it may have been forged.
    """
    import zipfile

    try:
        with zipfile.ZipFile(io.BytesIO(blob)) as archive:
            if sum(e.file_size for e in archive.infolist()) > 2 * BLOB_LIMIT:
                msg = "the answer unpacks to more than the limit"
                raise ValueError(msg)
        with np.load(io.BytesIO(blob), allow_pickle=False) as arrays:
            answers = [Answer() for _ in range(min(int(arrays["cases"]), 1000))]
            for key in arrays.files:
                if key != "cases":
                    _restore(answers, key, arrays[key])
    except Exception as error:
        msg = f"not a packed answer: {type(error).__name__}: {error}"
        raise ValueError(msg) from None
    return answers


def _restore(answers: list[Answer], key: str, array: np.ndarray[Any, Any]) -> None:
    i, _, rest = key.partition("/")
    answer = answers[int(i)]
    what, _, name = rest.partition("/")
    if what == "problem":
        answer.problem = Problem(*array.tolist())
    elif what == "refused":
        answer.values[name.partition("/")[2]] = Problem(*array.tolist())
    elif what == "value":
        value = array if array.dtype.kind != "U" else str(array)
        answer.values[name.partition("/")[2]] = value
    else:
        setattr(answer, {"changed": "changed", "warned": "warned"}[what], tuple(array.tolist()))


def _texts(problem: Problem) -> np.ndarray[Any, Any]:
    return np.array([problem.kind, problem.name, problem.text, problem.line], dtype=str)


def encode(blob: bytes) -> str:
    """Return the bytes as text for a notebook's output."""
    return base64.b64encode(blob).decode()


def decode(text: Any) -> bytes:
    """Return the bytes of an encoded answer.

    Raises
    ------
    ValueError
        If the text is not what ``encode`` writes, or too long.
    """
    if not isinstance(text, str) or len(text) > 2 * BLOB_LIMIT:
        msg = "no encoded answer, or one that is too long"
        raise ValueError(msg)
    return base64.b64decode(text.encode(), validate=True)
