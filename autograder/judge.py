"""Compare the arrays that came back with the right ones, and decide what they are worth."""

from __future__ import annotations

import contextlib
import warnings
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from autograder import plan, probe
from autograder.exercise import Case, Exercise, Values, get
from autograder.probe import Answer, Problem


@dataclass(frozen=True)
class Finding:
    """One quantity that is wrong in one case; ``how`` says in which way: shape, nan, value, ..."""

    case: int
    key: str
    how: str
    problem: Problem | None = None
    sentence: str = ""


@dataclass(frozen=True)
class Verdict:
    """What one check found; ``points`` is a plain float from 0 to ``max_points``."""

    exercise: str
    title: str
    points: float
    max_points: float
    sentence: str
    mistake: str = ""  # the name from the bank or of the generic signature; "" when none fits
    hint: str = ""
    evidence: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    seed: int | None = None

    @property
    def passed(self) -> bool:
        """Whether everything is right."""
        return self.points == self.max_points


@dataclass
class Comparison:
    """Everything the diagnosis looks at: inputs, answers, right values and what differs."""

    exercise: Exercise
    seed: int
    cases: list[Case]
    answers: list[Answer]
    truths: list[Values]
    findings: list[Finding] = field(default_factory=list)

    def pairs(self, key: str) -> list[tuple[Case, Any, Any]]:
        """Return (case, got, right) of every case in which ``key`` has a value."""
        return [
            (c, a.values[key], t[key])
            for c, a, t in zip(self.cases, self.answers, self.truths, strict=True)
            if isinstance(a.values.get(key), np.ndarray) and key in t
        ]


def grading_seed(name: str) -> int:
    """Return the fixed seed that grading uses, so that a regraded submission gets the same row."""
    return zlib.crc32(name.encode())


def truths_of(exercise: Exercise, cases: list[Case]) -> list[Values]:
    """Return the right values of every case: the reference's own, and the independent truth's.

    Raises
    ------
    RuntimeError
        If the reference itself fails: an error of the bank, not of a learner.
    """
    answers = run(exercise, exercise.namespace(exercise.reference), cases)
    right = []
    for case, answer in zip(cases, answers, strict=True):
        refused = [v for v in answer.values.values() if isinstance(v, Problem)]
        if answer.problem or refused:
            msg = f"the reference of {exercise.name} fails: {answer.problem or refused[0]}"
            raise RuntimeError(msg)
        independent = exercise.truth(case) if exercise.truth else {}
        right.append({**answer.values, **independent})
    return right


def run(exercise: Exercise, namespace: Mapping[str, Any], cases: list[Case]) -> list[Answer]:
    """Run the exercise's probe on the objects in ``namespace``."""
    return probe.run(
        exercise.probe,
        namespace,
        cases,
        options=exercise.options,
        forbid=exercise.forbid,
        seconds=exercise.seconds,
    )


def close(got: Any, right: Any, tolerance: float) -> bool:
    """Return whether two arrays are equal up to ``tolerance`` relative to the right one's size."""
    scale = np.abs(right) + np.mean(np.abs(right)) if np.size(right) else np.abs(right)
    with np.errstate(all="ignore"):
        near = (np.abs(got - right) <= tolerance * scale + 1e-12) & np.isfinite(right)
    same = (got == right) | (np.isnan(got) & np.isnan(right))  # an infinite truth is met exactly
    return bool(np.all(near | same))


@lru_cache(maxsize=64)
def _truths(exercise: Exercise, seed: int) -> list[Values]:
    return truths_of(exercise, exercise.make_cases(seed))


def compare(exercise: Exercise, seed: int, answers: list[Answer]) -> Comparison:
    """Return what differs from the right values, case by case and in order of computation."""
    cases = exercise.make_cases(seed)
    if len(answers) != len(cases):
        answers = [Answer(problem=Problem("missing", exercise.names()[0])) for _ in cases]
    with _quiet():
        comparison = Comparison(exercise, seed, cases, answers, _truths(exercise, seed))
        for i, answer in enumerate(answers):
            comparison.findings.extend(_findings(comparison, i, answer))
    return comparison


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep our own arithmetic on a learner's NaN silent: nbgrader scores any stderr as zero."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _findings(comparison: Comparison, i: int, answer: Answer) -> list[Finding]:
    exercise, case, truth = comparison.exercise, comparison.cases[i], comparison.truths[i]
    if answer.problem is not None:
        return [Finding(i, key, "problem", answer.problem) for key in truth]
    found = []
    for key, right in truth.items():
        got = answer.values.get(key)
        if key in exercise.accept and not isinstance(got, Problem):
            try:
                sentence = exercise.accept[key](got, case, answer.values)
            except Exception as error:  # an answer of a form the property test did not expect
                sentence = f"`{key}` has not the form that was asked for ({error})"
            found += [Finding(i, key, "property", None, sentence)] if sentence else []
            continue
        how = _difference(got, right, exercise.tolerance)
        if how:
            found.append(Finding(i, key, how, got if isinstance(got, Problem) else None))
    first = next(iter(truth))
    if answer.changed and exercise.keep_inputs:
        found.append(Finding(i, first, "changed"))
    if answer.warned and exercise.quiet:
        found.append(Finding(i, first, "warned"))
    return found


def _difference(got: Any, right: Any, tolerance: float) -> str:
    """Return "" when ``got`` is right, else the first thing that is not."""
    if isinstance(got, Problem) or got is None:
        return "refused"
    if isinstance(right, str):
        return "" if isinstance(got, str) and _letter(got) == _letter(right) else "value"
    if isinstance(got, str):
        return "text"
    if got.dtype.kind == "c":
        return "complex"
    if got.shape != np.shape(right):
        return "shape"
    if not np.all(np.isfinite(got) | ~np.isfinite(right)):
        return "nan"
    return "" if close(np.asarray(got, dtype=float), np.asarray(right), tolerance) else "value"


def _letter(text: str) -> str:
    return text.strip().strip("()[]. ").lower()


def fraction(comparison: Comparison) -> float:
    """Return the share of quantities that are right in every case; 0 when the first is not.

    The first quantity is the forward value: a zero gradient of a zero forward earns nothing.
    """
    keys = list(comparison.truths[0])
    wrong = {f.key for f in comparison.findings}
    if not wrong:
        return 1.0
    if keys[0] in wrong:
        return 0.0
    return sum(k not in wrong for k in keys) / len(keys)


def judge(exercise: Exercise, seed: int, answers: list[Answer]) -> Verdict:
    """Return the verdict on the answers to the cases of ``seed``."""
    from autograder.diagnose import diagnose, notes

    comparison = compare(exercise, seed, answers)
    share = fraction(comparison)
    # Rounded down to tenths: a wrong answer never rounds up to full marks.
    points = float(exercise.points) if share == 1 else int(share * exercise.points * 10) / 10
    with _quiet():
        mistake, sentence, hint, evidence = diagnose(comparison) if share < 1 else ("", "", "", ())
    return Verdict(
        exercise=exercise.name,
        title=exercise.title,
        points=points,
        max_points=float(exercise.points),
        sentence=sentence,
        mistake=mistake,
        hint=hint,
        evidence=evidence,
        notes=notes(comparison),
        seed=None if share == 1 else seed,
    )


def judge_blob(name: str, seed: int, blob: bytes | str) -> Verdict:
    """Return the verdict on what a sandbox sent; never raises for what it sent."""
    exercise = get(name)
    try:
        answers = plan.unpack(plan.decode(blob) if isinstance(blob, str) else blob)
    except ValueError:
        answers = []
    return judge(exercise, seed, answers)
