import json
import os
import shutil

import pytest

from autograder.cli import main
from autograder.grading import digests
from autograder.grading.gradebook import Course, GradebookError
from autograder.grading.pool import Failure, LocalPool, run_all
from autograder.grading.records import Store
from autograder.grading.sandbox import SandboxError
from tests.grading import attacks, classroom
from tests.grading.classroom import ASSIGNMENT, grade, hand_in, honest, rows
from tests.grading.hostile import ATTACKS


def records(root):
    return {record.student: record for record in Store(root, ASSIGNMENT).records()}


def test_every_student_gets_a_row(small_class):
    root, summary = small_class
    assert (summary.graded, summary.failed) == (4, 0)
    found = rows(root)
    assert len({tuple(row) for row in found.values()}) == 1
    assert sum(found["broken"].values()) == 0
    assert any(sum(found[student].values()) > 0 for student in ("s0000", "s0001", "s0002"))
    assert records(root)["broken"].status == "unreadable"


def test_rows_are_what_the_check_says_in_a_notebook(small_class):
    from autograder import judge
    from autograder.exercise import get

    root, _ = small_class
    found = rows(root)
    for seed in range(3):
        namespace = {}
        for cell in honest(seed).cells:
            if cell.cell_type == "code" and classroom.kind(cell) != "check":
                try:
                    exec(cell.source, namespace)
                except Exception:
                    continue
            elif classroom.kind(cell) == "check":
                name = classroom.grade_id(cell).removesuffix("-check")
                seed_ = judge.grading_seed(name)
                answers = judge.run(get(name), namespace, get(name).make_cases(seed_))
                points = judge.judge(get(name), seed_, answers).points
                assert found[f"s{seed:04d}"][classroom.grade_id(cell)] == points, name


def test_the_stored_notebook_shows_points_and_panel_and_no_solution(small_class):
    root, _ = small_class
    notebook = json.loads(classroom.executed(root, "s0001"))
    cell = next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade"))
    data = {kind: "".join(lines) for kind, lines in cell["outputs"][0]["data"].items()}
    assert float(data["text/plain"]) >= 0
    assert "<div" in data["text/html"]
    assert "autograder.arrays" not in json.dumps(notebook)


def copy_of(small_class, tmp_path):
    root = tmp_path / "course"
    shutil.copytree(small_class[0], root, symlinks=True)
    return root


def test_a_second_run_does_nothing_and_force_does_all(small_class, tmp_path):
    root = copy_of(small_class, tmp_path)
    assert (summary := grade(root)).kept == 4
    assert summary.graded == 0
    assert grade(root, students=("s0000",), force=True).graded == 1


def test_what_changed_is_graded_again(small_class, tmp_path, monkeypatch):
    root = copy_of(small_class, tmp_path)
    before = rows(root)
    hand_in(root, "s0000", honest(7))
    assert (summary := grade(root)).graded == 1
    assert summary.kept == 3
    assert rows(root)["s0001"] == before["s0001"]
    # Another judge: nobody's code runs again, everybody is judged again.
    ran = {r.student: r.seconds for r in records(root).values()}
    monkeypatch.setattr("autograder.grading.grade.judge_digest", lambda topics: "another")
    assert grade(root).graded == 4
    assert {r.student: r.seconds for r in records(root).values()} == ran


def test_lost_rows_and_lost_files_come_back(small_class, tmp_path):
    root = copy_of(small_class, tmp_path)
    before = rows(root)
    (root / "gradebook.db").unlink()
    shutil.rmtree(root / ".autograder" / "grading" / ASSIGNMENT / "records")
    assert grade(root).graded == 4
    assert rows(root) == before
    shutil.rmtree(root / "autograded" / "s0001")
    assert grade(root).graded == 1


def test_manual_scores_and_comments_are_kept(small_class, tmp_path):
    root = copy_of(small_class, tmp_path)
    cell = next(iter(rows(root)["s0000"]))
    with Course(root).gradebook() as gradebook:
        found = gradebook.find_grade(cell, "exercises", ASSIGNMENT, "s0000")
        found.manual_score = 1.25
        comment = gradebook.find_submission_notebook("exercises", ASSIGNMENT, "s0000").comments[0]
        comment.manual_comment = "Well argued."
        gradebook.db.commit()
    grade(root, students=("s0000",), force=True)
    with Course(root).gradebook() as gradebook:
        found = gradebook.find_grade(cell, "exercises", ASSIGNMENT, "s0000")
        assert found.manual_score == 1.25
        notebook = gradebook.find_submission_notebook("exercises", ASSIGNMENT, "s0000")
        assert "Well argued." in [c.manual_comment for c in notebook.comments]


def test_one_failure_is_one_row(small_class, tmp_path, monkeypatch):
    root = copy_of(small_class, tmp_path)
    write = Course.write

    def broken(self, assignment, student, *rest):
        if student == "s0001":
            msg = "the disk is full"
            raise OSError(msg)
        write(self, assignment, student, *rest)

    monkeypatch.setattr(Course, "write", broken)
    summary = grade(root, force=True)
    assert (summary.graded, summary.failed) == (3, 1)
    assert records(root)["s0001"].sentence == "not graded: the disk is full"
    monkeypatch.undo()
    assert grade(root).graded == 1


def test_an_unknown_assignment_and_a_forgeable_one_are_refused(tmp_path, capsys):
    root = classroom.make_course(tmp_path / "course")
    with pytest.raises(GradebookError, match=ASSIGNMENT):
        grade(root, "02_nothing")
    path = root / "solutions" / ASSIGNMENT / "exercises.ipynb"
    content = path.read_text().replace("perceptrons-neuron-check", "perceptrons-mine-check")
    path.write_text(content)
    with pytest.raises(ValueError, match="can forge"):
        grade(root)


def test_two_runs_at_once_are_refused(small_class):
    root, _ = small_class
    with Store(root, ASSIGNMENT).lock(), pytest.raises(RuntimeError, match="another"):
        grade(root)


def test_the_command(small_class, tmp_path, capsys, monkeypatch):
    root = copy_of(small_class, tmp_path)
    monkeypatch.setattr("sys.argv", ["autograder", "grade"])
    assert main(["grade", ASSIGNMENT, "s0000", "--course", str(root)]) in (0, None)
    assert "graded" in capsys.readouterr().out


def test_a_leaking_box_grades_nothing(small_class, monkeypatch):
    def leak(*_):
        msg = "the sandbox leaks"
        raise SandboxError(msg)

    monkeypatch.setattr("autograder.grading.grade.self_test", leak)
    with pytest.raises(SandboxError):
        grade(small_class[0], force=True)


def test_digests_follow_what_they_stand_for(tmp_path):
    assert digests.digest([b"ab", b"c"]) != digests.digest([b"a", b"bc"])
    assert digests.judge_digest(("perceptrons",)) != digests.judge_digest(("losses",))
    assert digests.plan_files(("perceptrons-neuron",)) == digests.plan_files.__wrapped__(
        ("perceptrons-neuron",)
    )


class Call:
    def __init__(self, *arguments):
        self._arguments = arguments

    def arguments(self):
        return self._arguments


def test_a_pool_survives_its_workers():
    pool = LocalPool(2)
    try:
        dying = list(run_all(pool, os._exit, [Call(3)]))
        results = {t.arguments(): r for t, r in run_all(pool, divmod, [Call(7, 2), Call(1, 0)])}
    finally:
        pool.close()
    assert isinstance(dying[0][1], Failure)
    assert results[7, 2] == (3, 1)
    assert results[1, 0].sentence.startswith("ZeroDivisionError")


# One of each kind; `make attacks` runs all, one at a time.
FEW = [
    "loop that swallows interrupts", "kill everything", "read the masters", "write to the gradebook",
    "leave a daemon", "patch the check", "rewrite the cells", "spoof a result", "forge with pickle",
    "forge a bomb", "garbage to the grader", "tag: skip-execution", "every cell twice",
    "old schema version", "checks overwritten", "modules that shadow ours", "folder is a link",
    "wrong file name", "nested without end", "timestamp that is none",
]  # fmt: skip


def test_attacks_achieve_nothing(tmp_path):
    assert set(FEW) <= set(ATTACKS)
    results = attacks.Range(tmp_path).attack(*FEW)
    broken = [result for result in results if not result.held]
    assert broken == []


def test_a_row_that_cannot_be_finished_is_not_begun(small_class, tmp_path, monkeypatch):
    from nbgrader.preprocessors import AssignLatePenalties

    def fail(*_):
        msg = "no penalty today"
        raise RuntimeError(msg)

    root = copy_of(small_class, tmp_path)
    before = classroom.table_rows(root)
    hand_in(root, "s0000", honest(7))
    hand_in(root, "late", honest(8))
    with monkeypatch.context() as patch:
        # It comes after nbgrader has saved the grades of all cells.
        patch.setattr(AssignLatePenalties, "preprocess", fail)
        assert grade(root).failed == 2
    assert classroom.table_rows(root) == before
    assert grade(root).graded == 2
    assert "late" in rows(root)
    assert classroom.table_rows(root) != before
