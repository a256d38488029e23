"""Short ways to write common kinds of exercise: multiple choice, prediction, find the bug."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.bugs import find_bug
from autograder.exercise import Case, Exercise, Right, Values, Wrong, variable
from autograder.probe import value

__all__ = ["choice", "find_bug", "prediction", "variable"]


def _no_input(rng: np.random.Generator) -> list[Case]:
    return [{}]


def choice(
    name: str,
    title: str,
    *,
    answer: str,
    options: Mapping[str, str],
    hints: tuple[str, str, str],
    **rest: Any,
) -> Exercise:
    """Return a multiple-choice exercise.

    Parameters
    ----------
    name : str
        The learner assigns a letter to ``variable(name)``.
    answer : str
        The right letter.
    options : dict
        For every *wrong* letter the sentence that says why it is wrong; the options' own texts
        stand in the notebook.
    rest
        Other fields of Exercise: points, difficulty, minutes.
    """
    var = variable(name)
    settings = {"points": 1, "difficulty": 1, "minutes": 3, **rest}
    return Exercise(
        name=name,
        title=title,
        kind="choice",
        cases=_no_input,
        probe=value,
        options={"names": (var,)},
        reference=f'{var} = "{answer}"\n',
        wrong=tuple(
            Wrong(f"option-{letter}", says, code=f'{var} = "{letter}"\n')
            for letter, says in options.items()
        ),
        right=(
            Right("capital", code=f'{var} = "{answer.upper()}"\n'),
            Right("brackets", code=f'{var} = "({answer})"\n'),
        ),
        hints=hints,
        **settings,
    )


def prediction(
    name: str,
    title: str,
    *,
    truth: float,
    within: float,
    hints: tuple[str, str, str],
    mistakes: Mapping[str, tuple[float, str]],
    **rest: Any,
) -> Exercise:
    """Return a predict-then-run exercise: a number guessed before the cell that shows it is run.

    Parameters
    ----------
    truth, within : float
        Right is ``abs(guess - truth) <= within``.
    mistakes : dict
        name -> (the number that the mistake leads to, the sentence). A guess that is this number
        rounded to two significant digits or more counts as well.
    """
    var = variable(name)

    def accept(got: Any, case: Case, values: Values) -> str:
        number = float(np.asarray(got, dtype=float))
        if abs(number - truth) <= within:
            return ""
        side = "too large" if number > truth else "too small"
        return f"`{var}` = {number:g} is {side}; think again before you run the cell that shows it."

    def near(number: float) -> Callable[[Values, Case], bool]:
        slack = max(within * 1e-3, 1e-9 * abs(number), 1e-12)
        # Who works on paper writes 0.28 for 0.2774: the number, rounded to two digits or more.
        known = np.array([number, *(float(f"{number:.{digits}g}") for digits in range(2, 7))])
        return lambda values, case: (
            isinstance(values.get(var), np.ndarray)
            and bool(np.all(np.min(np.abs(values[var][..., None] - known), axis=-1) <= slack))
        )

    settings = {"points": 1, "difficulty": 1, "minutes": 3, **rest}
    return Exercise(
        name=name,
        title=title,
        kind="prediction",
        cases=_no_input,
        probe=value,
        options={"names": (var,)},
        reference=f"{var} = {truth!r}\n",
        wrong=tuple(
            Wrong(label, says, code=f"{var} = {number!r}\n", when=near(number))
            for label, (number, says) in mistakes.items()
        ),
        right=(
            Right("within reach", code=f"{var} = {truth + within * 0.9!r}\n"),
            Right("array", code=f"{var} = np.array({truth!r})\n"),
        ),
        accept={var: accept},
        hints=hints,
        **settings,
    )
