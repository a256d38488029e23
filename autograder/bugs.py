"""Find-the-bug exercises: show an input where given code fails, name the cause, repair it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.exercise import Case, Exercise, Right, Values, Wrong, build, variable


def bug_probe(
    code: Mapping[str, Any],
    case: Case,
    *,
    repaired: str,
    args: tuple[str, ...],
    witness: str,
    cause: str,
) -> Values:
    """Record the repaired function's value, the witness inputs as one flat array, and the cause."""
    result = code[repaired](*[case[a] for a in args])
    given = code[witness]
    given = given if isinstance(given, tuple) else (given,)
    values: Values = {
        "repaired": result,
        "cause": code[cause],
        "witness_count": np.array(float(len(given))),
    }
    for i, part in enumerate(given):
        values[f"witness_{i}"] = np.asarray(part, dtype=float)
    return values


def find_bug(
    name: str,
    title: str,
    *,
    function: str,
    args: tuple[str, ...],
    cases: Callable[[np.random.Generator], list[Case]],
    repaired: str,
    buggy: str,
    witness: str,
    cause: str,
    causes: Mapping[str, str],
    bug_says: str,
    hints: tuple[str, str, str],
    wrong: tuple[Wrong, ...] = (),
    right: tuple[Right, ...] = (),
    tells: Callable[[Any, Any], bool] | None = None,
    **rest: Any,
) -> Exercise:
    """Return a find-the-bug exercise: show an input where it fails, name the cause, repair it.

    The learner's cell defines the repaired ``function`` and, with ``var = variable(name)``, a tuple
    ``<var>_witness`` of arguments on which the buggy code is wrong and the letter ``<var>_cause``.

    Parameters
    ----------
    repaired, buggy : str
        Sources of the right function and of the wrong one as handed out.
    witness : str
        A right witness, as an expression: ``"(np.array([1.0]), 0.5)"``.
    cause, causes, bug_says
        The right letter; for every wrong letter why it is not that; and the sentence for code that
        still has the bug.
    wrong, right
        Other repairs, wrong and right, of the function alone (``swap`` refers to ``repaired``).
    tells : callable, optional
        ``tells(right_value, buggy_value) -> bool``: whether a witness shows the bug. By default:
        the values differ, or the buggy code raises.
    """
    var = variable(name)
    repaired, buggy = repaired.strip() + "\n", buggy.strip() + "\n"
    tail = f'\n{var}_witness = {witness}\n{var}_cause = "{cause}"\n'
    other = {
        letter: tail.replace(f'_cause = "{cause}"', f'_cause = "{letter}"') for letter in causes
    }
    setup = rest.get("setup", "")

    def given(letter: str) -> Callable[[Values, Case], bool]:
        return lambda values, case: str(values.get("cause", "")).strip("() .").lower() == letter

    def repair(w: Wrong) -> Wrong:
        source = w.source(repaired)
        return Wrong(
            w.name,
            w.says,
            code=source + tail,
            hint=w.hint,
            when=_gives(setup + source, function, args),
        )

    settings = {"points": 3, "difficulty": 2, "minutes": 12, **rest}
    return Exercise(
        name=name,
        title=title,
        kind="bug",
        cases=cases,
        probe=bug_probe,
        options={
            "repaired": function,
            "args": args,
            "witness": f"{var}_witness",
            "cause": f"{var}_cause",
        },
        reference=repaired + tail,
        wrong=(
            repair(Wrong("bug-kept", bug_says, code=buggy)),
            *(repair(w) for w in wrong),
            *(
                Wrong(f"cause-{letter}", says, code=repaired + other[letter], when=given(letter))
                for letter, says in causes.items()
            ),
        ),
        right=tuple(Right(r.name, code=r.source(repaired) + tail) for r in right),
        accept={
            "witness_count": _shows(name, setup + repaired, setup + buggy, function, args, tells),
            **{f"witness_{i}": _any for i in range(len(args))},
        },
        hints=hints,
        **settings,
    )


def _gives(source: str, function: str, args: tuple[str, ...]) -> Callable[[Values, Case], bool]:
    """Return a test of whether the learner's repair gives what the wrong ``source`` gives."""

    def when(values: Values, case: Case) -> bool:
        mine = values.get("repaired")
        try:
            with np.errstate(all="ignore"):
                theirs = np.asarray(
                    build(source, function)[function](
                        *[
                            np.copy(case[a]) if isinstance(case[a], np.ndarray) else case[a]
                            for a in args
                        ]
                    )
                )
        except Exception:
            return False
        if not isinstance(mine, np.ndarray) or mine.shape != theirs.shape:
            return False
        return bool(np.allclose(mine, theirs, rtol=1e-7, atol=1e-12, equal_nan=True))

    return when


def _shows(
    name: str,
    repaired: str,
    buggy: str,
    function: str,
    args: tuple[str, ...],
    tells: Callable[[Any, Any], bool] | None,
) -> Callable[[Any, Case, Values], str]:
    """Return the judge of a witness: right and buggy code must differ on it."""

    def differ(right: Any, wrong: Any) -> bool:
        if np.shape(right) != np.shape(wrong):
            return True
        return not np.allclose(right, wrong, rtol=1e-6, equal_nan=True)

    def shows(got: Any, case: Case, values: Values) -> str:
        parts = [np.asarray(values[f"witness_{i}"]) for i in range(int(np.asarray(got)))]
        inputs = [p.item() if p.ndim == 0 else p for p in parts]
        if len(inputs) != len(args):
            return (
                f"`{variable(name)}_witness` should be a tuple of {len(args)} inputs "
                f"({', '.join(args)}), got {len(inputs)}."
            )
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                expected = build(repaired, name)[function](
                    *[np.copy(v) if isinstance(v, np.ndarray) else v for v in inputs]
                )
            except Exception as error:
                problem = type(error).__name__
                return f"Your witness is no valid input: right code raises {problem} on it too."
            try:
                wrong = build(buggy, name)[function](*inputs)
            except Exception:
                return ""
        if (tells or differ)(expected, wrong):
            return ""
        return "On your witness the buggy code is right; find an input where it is not."

    return shows


def _any(got: Any, case: Case, values: Values) -> str:
    return ""
