"""Say in one sentence what is wrong: the bank's own mistakes first, then generic signatures."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from autograder.exercise import Exercise, Wrong
from autograder.judge import Comparison, Finding, close, run
from autograder.probe import Answer, Problem
from autograder.relations import batch_size
from autograder.signatures import SIGNATURES
from autograder.slips import slip

Evidence = tuple[tuple[str, str], ...]
Diagnosis = tuple[str, str, str, Evidence]  # name, sentence, hint, evidence


def diagnose(comparison: Comparison) -> Diagnosis:
    """Return the name of the mistake, the sentence, a hint and the numbers that show it."""
    first = _first_wrong(comparison)
    unreachable = first.problem is not None and first.problem.kind in (
        "stub",
        "missing",
        "borrowed",
    )
    if not unreachable:
        for wrong in comparison.exercise.wrong:
            if _is(wrong, comparison):
                return wrong.name, wrong.says, wrong.hint, _evidence(comparison, first)
    name, sentence = _of_finding(comparison, first)
    return name, sentence, "", _evidence(comparison, first)


def _first_wrong(comparison: Comparison) -> Finding:
    """Return the finding on the earliest quantity, in the order of computation."""
    order = {key: i for i, key in enumerate(comparison.truths[0])}
    return min(comparison.findings, key=lambda f: (order.get(f.key, 99), f.case))


# --- the bank -----------------------------------------------------------------------------------


def _is(wrong: Wrong, comparison: Comparison) -> bool:
    """Return whether the learner's answers are those of the wrong implementation."""
    if wrong.when is not None:
        return all(
            not a.problem and wrong.when(a.values, c)
            for c, a in zip(comparison.cases, comparison.answers, strict=True)
        )
    return equal_answers(
        wrong_answers(comparison.exercise, wrong, comparison.seed), comparison.answers
    )


@lru_cache(maxsize=1024)
def wrong_answers(exercise: Exercise, wrong: Wrong, seed: int) -> list[Answer]:
    """Return what the wrong implementation gives; one that cannot even be built gives problems."""
    cases = exercise.make_cases(seed)
    try:
        namespace = exercise.namespace(wrong.source(exercise.reference))
    except Exception as error:
        problem = Problem("error", type(error).__name__, str(error))
        return [Answer(problem=problem) for _ in cases]
    return run(exercise, namespace, cases)


def equal_answers(ours: list[Answer], theirs: list[Answer]) -> bool:
    """Return whether two implementations gave the same values and the same kinds of problem."""
    for a, b in zip(ours, theirs, strict=True):
        if (a.problem is None) != (b.problem is None) or a.changed != b.changed:
            return False
        if a.problem is not None and b.problem is not None:
            if (a.problem.kind, a.problem.name) != (b.problem.kind, b.problem.name):
                return False
            continue
        if a.values.keys() != b.values.keys():
            return False
        if not all(_equal_value(a.values[k], b.values[k]) for k in a.values):
            return False
    return True


def _equal_value(a: Any, b: Any) -> bool:
    if isinstance(a, Problem) or isinstance(b, Problem):
        return isinstance(a, Problem) and isinstance(b, Problem) and a.kind == b.kind
    if isinstance(a, str) or isinstance(b, str):
        return bool(np.all(a == b)) if isinstance(a, type(b)) else False
    if a.shape != b.shape or "c" in (a.dtype.kind, b.dtype.kind):
        return False
    return close(a.astype(float), b.astype(float), 1e-7)


# --- generic signatures -------------------------------------------------------------------------


def _of_finding(comparison: Comparison, first: Finding) -> tuple[str, str]:
    if first.how == "problem" and first.problem is not None:
        return _of_problem(comparison, first, first.problem)
    if first.how == "refused":
        return _of_refused(first)
    if first.how == "property":
        return "property", first.sentence
    if first.how == "changed":
        names = ", ".join(f"`{n}`" for n in comparison.answers[first.case].changed)
        return "changed-in-place", (
            f"The values are right, but your code changes its input {names} in place; "
            "work on a copy, because the caller still needs the original."
        )
    if first.how == "warned":
        return "warned", (
            f"NumPy warned: {comparison.answers[first.case].warned[0]}. The exercise asks for "
            "a form that never leaves the range of floating-point numbers."
        )
    if first.how == "complex":
        return "complex", f"`{first.key}` is complex; a real array was expected."
    if isinstance(comparison.truths[first.case][first.key], str):
        got = comparison.answers[first.case].values.get(first.key)
        return "not-an-option", f"{got!r} is not the right option for `{first.key}`."
    if first.how == "text":
        return (
            "returns-text",
            f"`{first.key}` is text; a number or an array of numbers was expected.",
        )
    if comparison.answers[first.case].changed and comparison.exercise.keep_inputs:
        names = ", ".join(f"`{n}`" for n in comparison.answers[first.case].changed)
        return "changed-in-place", (
            f"Your code changes its input {names} in place, and `{first.key}` comes out wrong; "
            "work on a copy, because the caller still needs the original."
        )
    for signature in (*SIGNATURES, slip):
        named = signature(comparison, first)
        if named is not None:
            return named
    return "", _worst(comparison, first)


def _of_problem(comparison: Comparison, first: Finding, problem: Problem) -> tuple[str, str]:
    where = ", ".join(f"`{n}`" for n in comparison.exercise.names())
    if problem.kind == "stub":
        return "not-done", f"This one is not done yet: fill in {where} above and run the cell."
    if problem.kind == "missing":
        return (
            "missing",
            f"There is no `{problem.name}` in this notebook: run the cell that defines it.",
        )
    if problem.kind == "borrowed":
        return (
            "borrowed",
            f"`{problem.name}` uses `{problem.text}` itself; this one you write yourself.",
        )
    if problem.kind == "timeout":
        return "timeout", (
            f"Your code was still running after {problem.text} seconds and was stopped; "
            "look for a loop that never ends, or for waiting."
        )
    if problem.kind == "count":
        return "count", f"`{problem.name}` should return {problem.text}."
    if problem.kind == "attribute":
        return (
            "attribute",
            f"After its call, a `{problem.name}` object has no attribute `{problem.text}`.",
        )
    if problem.name == "RecursionError":
        return (
            "recursion",
            "Your function calls itself without end; it needs a case where it stops.",
        )
    line = f", at the line `{problem.line}`" if problem.line else ""
    only = _only_cases(comparison)
    return "raised", f"Your code raised {problem.name}{line}: {problem.text or 'no message'}{only}."


def _only_cases(comparison: Comparison) -> str:
    """Return a remark when the code raised in some cases alone: a batch of one, say."""
    failed = [a.problem is not None for a in comparison.answers]
    sizes = [batch_size(c) for c in comparison.cases]
    if all(failed) or len(failed) < 2:
        return ""
    if all(f == (n == 1) for f, n in zip(failed, sizes, strict=True)):
        return ". It happens only for a batch of one"
    if all(f == (n != 1) for f, n in zip(failed, sizes, strict=True)):
        return ". A batch of one works; more than one row does not"
    return ". Other inputs work"


def _of_refused(first: Finding) -> tuple[str, str]:
    problem = first.problem or Problem("none")
    if problem.kind == "none":
        return (
            "returns-none",
            f"`{first.key}` is None: the function computes, but does not `return` it.",
        )
    if problem.kind == "list":
        return "returns-list", f"`{first.key}` is a {problem.name}; return a NumPy array instead."
    return "returns-type", f"`{first.key}` is a {problem.name}, not an array of numbers."


# --- the numbers --------------------------------------------------------------------------------


def _worst(comparison: Comparison, first: Finding) -> str:
    got, right = (
        comparison.answers[first.case].values[first.key],
        comparison.truths[first.case][first.key],
    )
    index = worst_index(got, right)
    place = f"[{', '.join(map(str, index))}]" if index else ""
    before = [k for k in list(comparison.truths[0]) if k != first.key]
    before = before[: list(comparison.truths[0]).index(first.key)]
    start = f"`{before[-1]}` is right, `{first.key}` is the first wrong one: " if before else ""
    share = np.mean(~np.isclose(np.asarray(got, float), right, rtol=1e-5, atol=1e-9))
    return (
        f"{start}`{first.key}{place}` is {_number(got[index])}, it should be "
        f"{_number(right[index])}; {share:.0%} of its entries differ."
    )


def worst_index(got: Any, right: Any) -> tuple[int, ...]:
    """Return the index of the entry that differs most."""
    difference = np.abs(
        np.nan_to_num(np.asarray(got, float) - np.asarray(right, float), nan=np.inf)
    )
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(difference)), difference.shape))


def _number(x: Any) -> str:
    return f"{float(x):.4g}"


def _evidence(comparison: Comparison, first: Finding) -> Evidence:
    """Return rows (what, text) for the panel: the shapes, or the worst entry with both numbers."""
    if first.how not in ("value", "shape", "nan", "property"):
        return ()
    case, values = comparison.cases[first.case], comparison.answers[first.case].values
    got, right = values.get(first.key), comparison.truths[first.case][first.key]
    if not isinstance(got, np.ndarray) or isinstance(right, str) or first.how == "property":
        return ()
    sizes = ", ".join(
        f"{k} {v.shape}" for k, v in case.items() if isinstance(v, np.ndarray) and v.ndim
    )
    rows = [("input", sizes)] if sizes else []
    if first.how == "shape":
        return (*rows, ("your shape", str(got.shape)), ("expected shape", str(np.shape(right))))
    index = worst_index(got, right)
    place = f"{first.key}[{', '.join(map(str, index))}]" if index else first.key
    return (
        *rows,
        (f"your {place}", _number(got[index])),
        ("expected", _number(np.asarray(right)[index])),
    )


def notes(comparison: Comparison) -> tuple[str, ...]:
    """Return remarks that cost nothing: what was printed or warned about while checking."""
    said = []
    if any(a.printed for a in comparison.answers):
        said.append("Your code prints; the check keeps that to itself.")
    warned = [w for a in comparison.answers for w in a.warned]
    if warned and not comparison.exercise.quiet:
        said.append(f"NumPy warned while your code ran: {warned[0]}.")
    return tuple(said)
