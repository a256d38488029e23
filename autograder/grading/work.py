"""What a worker does with one submission: run what was not run before, then judge."""

import gzip
import json
from typing import Any

from autograder.grading.execute import Job, Outcome, execute
from autograder.grading.verdicts import judge_outcome


def work(
    jobs: dict[str, Job], packed: dict[str, bytes]
) -> tuple[dict[str, bytes], dict[str, bytes], dict[str, list[dict[str, Any]]]]:
    """Run and judge the notebooks of one submission.

    Parameters
    ----------
    jobs
        By notebook; all are judged.
    packed
        Outcomes of notebooks that ran before; those are not run again.

    Returns
    -------
    tuple
        Packed outcomes, compressed graded notebooks, and verdicts, each by notebook.
    """
    outcomes, graded, verdicts = {}, {}, {}
    for name, job in jobs.items():
        outcome = Outcome.unpack(packed[name]) if name in packed else execute(job)
        outcomes[name] = packed.get(name) or outcome.pack()
        result = judge_outcome(outcome, job.master)
        graded[name] = gzip.compress(json.dumps(result.notebook).encode(), compresslevel=1)
        verdicts[name] = result.verdicts
    return outcomes, graded, verdicts
