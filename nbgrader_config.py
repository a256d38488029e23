"""nbgrader, run from this folder: masters in ``solutions``, learner edition in ``notebooks``."""

from pathlib import Path

c = get_config()  # type: ignore[name-defined]  # noqa: F821

c.CourseDirectory.course_id = "neural-networks"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks/exercises"
# Masters are text files in nbgrader's source folders; they must not be released with them.
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "*.pyc",
    "__pycache__",
    "feedback",
    "exercises.py",
    "chapter.py",
]
# Questions that a person marks are read-only cells with the mark scheme inside, and no task cells.
c.ClearMarkScheme.enforce_metadata = False
# For PostgreSQL: c.CourseDirectory.db_url = "postgresql+psycopg2://user@host/gradebook"
# Everyone on this machine hands in here; nbgrader wants the folder to be there already.
exchange = Path(__file__).resolve().parent / ".exchange"
if not exchange.exists():
    exchange.mkdir()
    exchange.chmod(0o777)
c.Exchange.root = str(exchange)

# `nbgrader autograde` as `autograder grade` does it: learner code in the sandbox, judged outside.
# Names, not classes: whoever only opens the course does not load the grader.
c.Autograde.sanitize_preprocessors = [
    "autograder.grading.boxed.Sanitize",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "autograder.grading.boxed.BoxedExecute",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
# What one notebook may use, see autograder.grading.sandbox.Limits:
# c.BoxedExecute.limits = {"cell_seconds": 60.0}
