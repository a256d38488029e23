"""What a notebook cell calls: ``check`` and ``hint``."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.probe import caller_namespace

if TYPE_CHECKING:
    from autograder.judge import Verdict


def check(name: str, seed: int | None = None) -> Any:
    """Check the learner's work on the exercise ``name``, taken from the notebook that calls.

    Parameters
    ----------
    name : str
        The exercise, ``"perceptrons-neuron"`` say.
    seed : int, optional
        Replays the inputs of an earlier check. A fresh one is drawn for each run, except when a
        class is graded.

    Returns
    -------
    Score
        A float, the points; shown as a panel that says what is right and what is wrong. It never
        raises for wrong code. In the grader's sandbox nothing is judged: the arrays are shown, and
        judged outside.
    """
    namespace = caller_namespace()
    plan_folder = os.environ.get("AUTOGRADER_PLAN")
    if plan_folder:
        _show_arrays(name, Path(plan_folder), namespace)
        return None
    from autograder import judge, store
    from autograder.exercise import get
    from autograder.feedback import Score

    exercise = get(name)
    if seed is None:
        graded = os.environ.get("NBGRADER_EXECUTION") is not None
        seed = judge.grading_seed(name) if graded else secrets.randbelow(1_000_000)
    answers = judge.run(exercise, namespace, exercise.make_cases(seed))
    verdict = judge.judge(exercise, seed, answers)
    store.record(verdict, namespace)
    if os.environ.get("NBGRADER_EXECUTION") == "validate" and not verdict.passed:
        raise NotYet(verdict)  # all that Validate shows of a failed cell is its traceback
    return Score(verdict)


class NotYet(Exception):  # noqa: N818  # it is no error of the learner's code, but a message
    """Carries a verdict into nbgrader's Validate dialog: its traceback is the sentence alone."""

    def __init__(self, verdict: Verdict):
        from autograder.feedback import text

        super().__init__(text(verdict))

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def _show_arrays(name: str, folder: Path, namespace: dict[str, Any]) -> None:
    from IPython.display import display

    from autograder import plan

    blob = plan.encode(plan.run_plan(name, folder, namespace))
    display({plan.MIME: blob, "text/plain": "arrays for the judge"}, raw=True)


class Text:
    """Words that a notebook shows as HTML and a terminal as they are."""

    def __init__(self, words: str):
        self.words = words

    def __repr__(self) -> str:
        return self.words

    def _repr_html_(self) -> str:
        from autograder.feedback import marked

        lines = "<br>".join(marked(line) for line in self.words.splitlines())
        return f'<div style="max-width:46em;font-family:sans-serif;line-height:1.45">{lines}</div>'


def hint(name: str, level: int | None = None) -> Text:
    """Return the next hint for the exercise ``name``: first, second, third, then the solution.

    Asking is recorded on the learner's own disk alone, and costs nothing.
    """
    from autograder import store
    from autograder.exercise import get

    exercise = get(name)
    if level is None:
        level = store.next_hint(name)
    if not 1 <= level <= len(exercise.hints) + 1:
        msg = f"hints for {name} go from 1 to {len(exercise.hints) + 1}, got {level}"
        raise ValueError(msg)
    if level <= len(exercise.hints):
        return Text(f"Hint {level} of {len(exercise.hints)}: {exercise.hints[level - 1]}")
    return Text("One way to write it:\n\n" + store.difference(exercise, caller_namespace()))
