"""Run the learner's code on given inputs and record what comes back, as plain arrays.

This is the only part that touches the learner's objects. It knows no right answers, so it can run
in the sandbox, beside hostile code, while the judge stays outside.
"""

from __future__ import annotations

import contextlib
import copy
import inspect
import linecache
import sys
import traceback
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from autograder.exercise import Case, Values
from autograder.limits import Capped, TimeLimitError, time_limit

HERE = Path(__file__).parent
OURS = (str(HERE), str(HERE.parent / "nnlib"))  # frames of a traceback that are not the learner's
LIBRARIES = ("nnlib", "autograder", "sklearn", "torch", "tensorflow", "jax", "scipy")


@dataclass
class Problem:
    """Why there is no value: ``kind`` is error, missing, stub, timeout, none, count or borrowed."""

    kind: str
    name: str = ""  # the learner's object, or the exception's type
    text: str = ""  # the exception's message, or what was expected
    line: str = ""  # the learner's line of source


@dataclass
class Answer:
    """What one case gave: values by quantity or a problem, and what was noticed besides."""

    values: dict[str, Any] = field(default_factory=dict)
    problem: Problem | None = None
    changed: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    printed: str = ""


class ProblemError(Exception):
    """Carries a Problem out of a probe."""

    def __init__(self, problem: Problem):
        super().__init__(problem.kind)
        self.problem = problem


class Code(Mapping[str, Any]):
    """The learner's objects by name; a missing or borrowed one is a Problem, not a KeyError."""

    def __init__(self, namespace: Mapping[str, Any], forbid: tuple[str, ...] = ()):
        self._namespace = namespace
        self._forbid = forbid

    def __getitem__(self, name: str) -> Any:
        if name not in self._namespace:
            raise ProblemError(Problem("missing", name))
        value = self._namespace[name]
        home = str(getattr(value, "__module__", "") or "").partition(".")[0]
        if callable(value) and home in LIBRARIES:
            raise ProblemError(Problem("borrowed", name, home))
        used = names_used(value) & set(self._forbid)
        if used:
            raise ProblemError(Problem("borrowed", name, min(used)))
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._namespace)

    def __len__(self) -> int:
        return len(self._namespace)


def names_used(value: Any) -> set[str]:
    """Return the global and attribute names that a function, or the methods of a class, mention."""
    functions = [value] if inspect.isfunction(value) else []
    if inspect.isclass(value):
        functions = [f for f in vars(value).values() if inspect.isfunction(f)]
    names: set[str] = set()
    codes = [f.__code__ for f in functions]
    while codes:
        code = codes.pop()
        names.update(code.co_names)
        codes.extend(c for c in code.co_consts if isinstance(c, types.CodeType))
    return names


# --- ready probes -------------------------------------------------------------------------------


def call(
    code: Mapping[str, Any],
    case: Case,
    *,
    name: str,
    args: tuple[str, ...],
    returns: tuple[str, ...],
) -> Values:
    """Call the function ``name`` with the case's ``args``; ``returns`` names what comes back."""
    result = code[name](*[case[a] for a in args])
    if len(returns) == 1:
        return {returns[0]: result}
    if not isinstance(result, tuple) or len(result) != len(returns):
        got = f"{len(result)} values" if isinstance(result, tuple) else type(result).__name__
        expected = f"{len(returns)} values ({', '.join(returns)})"
        raise ProblemError(Problem("count", name, f"{expected}, got {got}"))
    return dict(zip(returns, result, strict=True))


def layer(
    code: Mapping[str, Any],
    case: Case,
    *,
    name: str,
    init: tuple[str, ...] = (),
    params: tuple[str, ...] = (),
    mode: bool = False,
) -> Values:
    """Build the layer ``name``, set its ``params`` from the case, run it forward and backward.

    Records ``y``, ``dx`` and ``d`` + each parameter. With ``mode``, forward gets ``case["train"]``.
    """
    built = code[name](*[case[i] for i in init])
    for p in params:
        if not hasattr(built, p):
            raise ProblemError(Problem("attribute", name, p))
        setattr(built, p, case[p])
    y = built.forward(case["x"], case["train"]) if mode else built.forward(case["x"])
    values: Values = {"y": np.array(y, copy=True) if isinstance(y, np.ndarray) else y}
    if "dy" in case:
        values["dx"] = built.backward(case["dy"])
        for p in params:
            if not hasattr(built, f"d{p}"):
                raise ProblemError(Problem("attribute", name, f"d{p}"))
            values[f"d{p}"] = getattr(built, f"d{p}")
    return values


def optimizer(
    code: Mapping[str, Any], case: Case, *, name: str, init: tuple[str, ...] = ()
) -> Values:
    """Feed ``case["grads"]`` (steps, n) to the optimizer's ``update(theta, grad, lr)``.

    ``case["rates"]`` (steps,) are the learning rates. Records theta after the first, the second and
    every step: an error in the memory shows from the second on.
    """
    built = code[name](**{i: case[i] for i in init})
    theta = case["theta"].copy()
    path = []
    for grad, lr in zip(case["grads"], case["rates"], strict=True):
        result = built.update(theta, grad.copy(), float(lr))
        theta = theta if result is None else result
        path.append(np.array(theta, dtype=float, copy=True))
    return {"step_1": path[0], "step_2": path[1], "path": np.stack(path)}


def value(code: Mapping[str, Any], case: Case, *, names: tuple[str, ...]) -> Values:
    """Record plain variables: an answer letter, a number predicted, an array set by hand."""
    return {name: code[name] for name in names}


# --- running a probe ----------------------------------------------------------------------------


def run(
    probe: Callable[..., Values],
    namespace: Mapping[str, Any],
    cases: list[Case],
    *,
    options: Mapping[str, Any] | None = None,
    forbid: tuple[str, ...] = (),
    seconds: float = 5.0,
) -> list[Answer]:
    """Return one Answer per case; never raises for what the learner's code does.

    Once the time limit is hit the remaining cases are not tried: they would cost as much again.
    """
    answers: list[Answer] = []
    for case in cases:
        answer = _run_one(probe, Code(namespace, forbid), case, dict(options or {}), seconds)
        answers.append(answer)
        if answer.problem is not None and answer.problem.kind in ("timeout", "stub", "missing"):
            answers.extend(Answer(problem=answer.problem) for _ in range(len(cases) - len(answers)))
            break
    return answers


def _run_one(
    probe: Callable[..., Values], code: Code, case: Case, options: dict[str, Any], seconds: float
) -> Answer:
    given = copy.deepcopy(case)
    answer = Answer()
    printed = Capped()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            with (
                contextlib.redirect_stdout(printed),
                contextlib.redirect_stderr(printed),
                np.errstate(all="warn", under="ignore"),
                time_limit(seconds),
            ):
                answer.values = {k: _plain(v) for k, v in probe(code, given, **options).items()}
        except ProblemError as error:
            answer.problem = error.problem
        except TimeLimitError:
            answer.problem = Problem("timeout", text=f"{seconds:g}")
        except NotImplementedError as error:
            answer.problem = Problem("stub", text=str(error))
        except BaseException as error:  # whatever the learner's code raises is an answer, not ours
            answer.problem = _problem_of(error)
    answer.changed = tuple(k for k in case if not _same(case[k], given.get(k)))
    answer.warned = tuple(
        dict.fromkeys(str(w.message) for w in caught if issubclass(w.category, RuntimeWarning))
    )
    answer.printed = printed.getvalue()
    return answer


def _plain(value: Any) -> Any:
    """Return an array or a string; what is neither becomes a Problem that says what it was."""
    if value is None:
        return Problem("none")
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return Problem("list", type(value).__name__)
    try:
        array = np.array(value, copy=True)
    except BaseException:
        return Problem("type", type(value).__name__)
    if array.dtype.kind not in "biufc":
        return Problem("type", type(value).__name__)
    return array


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, np.ndarray):
        return isinstance(after, np.ndarray) and np.array_equal(before, after, equal_nan=True)
    return True


def _problem_of(error: BaseException) -> Problem:
    """Return the exception as a Problem, with the learner's own line of source."""
    line = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if not frame.filename.startswith(OURS) and "site-packages" not in frame.filename:
            line = linecache.getline(frame.filename, frame.lineno or 0).strip() or line
    try:
        text = str(error)[:300]
    except Exception:
        text = ""
    return Problem("error", type(error).__name__, text, line[:200])


def caller_namespace(depth: int = 2) -> dict[str, Any]:
    """Return the globals of the function that called ours: in a notebook, the learner's cells."""
    return sys._getframe(depth).f_globals
