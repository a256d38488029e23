"""Stock ``nbgrader autograde``, run from the course folder, does what ``autograder grade`` does."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from traitlets import Bool, Dict

from autograder.grading.digests import engine_digest, plan_files
from autograder.grading.execute import Job, check_master, execute
from autograder.grading.gradebook import Course
from autograder.grading.sandbox import Limits
from autograder.grading.sanitize import Master, sanitize
from autograder.grading.staging import read_files
from autograder.grading.verdicts import judge_outcome

from_dict: Any = nbformat.from_dict


class Sanitize(Preprocessor):
    """In stock ``nbgrader autograde``: rebuild the notebook before nbgrader looks at it."""

    enabled = Bool(True)

    def preprocess(
        self, nb: NotebookNode, resources: ResourcesDict
    ) -> tuple[NotebookNode, ResourcesDict]:
        names = resources["nbgrader"]
        clean, changes = sanitize(nb, _master_of(names))
        for change in changes:
            self.log.warning("%s: %s", names["student"], change)
        return clean, resources


class BoxedExecute(Preprocessor):
    """In stock ``nbgrader autograde``: execute in the box and judge outside."""

    enabled = Bool(True)
    unsafe = Bool(False, help="run without a sandbox: only for submissions you trust").tag(
        config=True
    )
    limits = Dict(help="fields of autograder.grading.sandbox.Limits").tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: ResourcesDict
    ) -> tuple[NotebookNode, ResourcesDict]:
        master = _master_of(resources["nbgrader"])
        check_master(master)
        job = Job(
            json.dumps(nb).encode(),
            master,
            plan_files(tuple(sorted(master.checks))),
            read_files((Path(resources["metadata"]["path"]),), []),
            Limits(**self.limits),
            engine_digest(),
            self.unsafe,
        )
        outcome = execute(job)
        if outcome.status != "ok":
            self.log.warning("%s: %s", resources["nbgrader"]["student"], outcome.sentence)
        return from_dict(judge_outcome(outcome, master).notebook), resources


def _master_of(names: Mapping[str, str]) -> Master:
    """Return the master of the notebook that nbgrader is working on."""
    course = Course(Path.cwd(), names["db_url"])
    masters = {master.notebook: master for master in course.masters(names["assignment"])}
    return masters[names["notebook"]]
