"""Judge the arrays that came out of the box, and write the verdicts into the notebook."""

from dataclasses import dataclass, replace
from typing import Any

from autograder import feedback, judge
from autograder.grading.execute import Outcome
from autograder.grading.outputs import Output, error_output
from autograder.grading.sanitize import Master
from autograder.judge import Verdict


@dataclass
class Graded:
    """An outcome with its verdicts: what the gradebook gets."""

    notebook: dict[str, Any]
    verdicts: list[dict[str, Any]]


def judge_outcome(outcome: Outcome, master: Master) -> Graded:
    """Judge what a submission sent, and put each verdict into its check's cell.

    The cell's only outputs are then the points, as nbgrader reads them, and the panel for people.
    """
    verdicts = {name: _verdict(name, outcome) for name in master.checks}
    names = {cell.grade_id: name for name, cell in master.checks.items()}
    for index, cell in enumerate(outcome.notebook["cells"]):
        name = names.get(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))
        if name is None:
            continue
        cell["outputs"] = _show(verdicts[name], master.checks[name].points, index)
        cell["execution_count"] = index
        if outcome.stopped.get(name):
            cell["outputs"].append(error_output("StoppedError", outcome.stopped[name]))
    rows = [
        {
            "exercise": name,
            "cell": master.checks[name].grade_id,
            "points": _points(verdict, master.checks[name].points),
            "max_points": master.checks[name].points,
            "mistake": verdict.mistake,
            "sentence": feedback.sentence(verdict),
        }
        for name, verdict in verdicts.items()
    ]
    return Graded(outcome.notebook, rows)


def _verdict(name: str, outcome: Outcome) -> Verdict:
    """Judge one exercise; what was not answered, or cannot be judged, is worth nothing."""
    seed = judge.grading_seed(name)
    try:
        verdict = judge.judge_blob(name, seed, outcome.answers.get(name, ""))
        reason = outcome.stopped.get(name, "")
    except Exception as error:
        verdict = judge.judge_blob(name, seed, "")
        reason = f"the arrays that it returned could not be judged ({type(error).__name__})"
    if reason:
        return replace(verdict, points=0.0, sentence=reason, mistake="stopped", hint="")
    return verdict


def _points(verdict: Verdict, maximum: float) -> float:
    """Return points on the scale of the master's cell."""
    share = verdict.points / verdict.max_points if verdict.max_points else 0.0
    scaled = verdict.points if verdict.max_points == maximum else share * maximum
    return float(min(max(scaled, 0.0), maximum))


def _show(verdict: Verdict, maximum: float, index: int) -> list[Output]:
    """Return the output of a check's cell."""
    data = {"text/plain": repr(_points(verdict, maximum)), "text/html": feedback.panel(verdict)}
    result = {"output_type": "execute_result", "data": data, "metadata": {}}
    return [{**result, "execution_count": index}]
