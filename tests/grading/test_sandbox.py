import json
import os
import subprocess
import sys
import tempfile
import time

import pytest

from autograder.grading import escapes, sandbox, selftest
from autograder.grading.launcher import LAUNCHER
from autograder.grading.runner import run_cells
from autograder.grading.sandbox import Limits, SandboxError, kernel_spec
from tests.grading.attacks import left_over
from tests.grading.classroom import ROOT

SMALL = Limits(cell_seconds=1.0, total_seconds=20.0, memory=1024, processes=32, output=0.2)


def run(*cells, limits=SMALL, data="/nonexistent"):
    data = "" if data == "/nonexistent" else data
    return run_cells(kernel_spec(limits, data=data), dict(enumerate(cells)), limits, "/")


def printed(result):
    return "".join(o.get("text", "") for outputs in result.outputs.values() for o in outputs)


def test_the_box_holds():
    selftest.self_test(ROOT)


def test_the_self_test_sees_an_open_box(monkeypatch, tmp_path):
    # Outside the box every attempt that needs no root must succeed, or the self-test proves nothing.
    monkeypatch.setattr(selftest, "bwrap_command", lambda command, limits: command)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "secret").touch()
    monkeypatch.setattr(escapes, "write_system", lambda: False)
    script = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); from autograder.grading import escapes\n"
        "escapes.write_system = escapes.remount = escapes.enter_namespace = lambda: False\n"
        "escapes.main()"
    )
    command = [sys.executable, "-c", script, str(ROOT)]
    monkeypatch.setattr(
        selftest, "_run",
        lambda boxed, limits: subprocess.run(
            [*command, boxed[-1]], capture_output=True, text=True, check=False
        ),
    )  # fmt: skip
    with pytest.raises(SandboxError) as error:
        selftest.self_test(tmp_path)
    for name in ("course folder", "read the bank", "connection", "processes", "allocate"):
        assert name in str(error.value)


def test_without_bubblewrap_it_says_how_to_install(monkeypatch):
    monkeypatch.setattr(sandbox, "bwrap_path", lambda: None)
    with pytest.raises(SandboxError, match="apt-get install bubblewrap"):
        sandbox.bwrap_command(["true"], Limits())


def test_a_leak_stops_everything(monkeypatch):
    leak = subprocess.CompletedProcess([], 0, stdout=json.dumps(["remount"]), stderr="")
    monkeypatch.setattr(selftest, "_run", lambda command, limits: leak)
    with pytest.raises(SandboxError, match="could remount"):
        selftest.self_test(ROOT)


def test_cells_share_a_kernel_and_keep_their_outputs():
    result = run("x = 2\nprint(x)", "x + 1", "1 / 0", "import nnlib, numpy; print(nnlib.__name__)")
    assert result.status == "ok"
    assert result.outputs[0][0]["text"] == "2\n"
    assert result.outputs[1][0]["data"]["text/plain"] == "3"
    assert result.outputs[2][0]["ename"] == "ZeroDivisionError"
    assert result.outputs[3][0]["text"] == "nnlib\n"


def test_files_beside_the_notebook_are_there_and_may_be_changed(tmp_path):
    (tmp_path / "data.csv").write_text("1,2")
    read = "print(open('data.csv').read()); open('data.csv', 'w').write('3')"
    assert printed(run(read, data=str(tmp_path))) == "1,2\n"
    assert (tmp_path / "data.csv").read_text() == "1,2"


def test_a_loop_costs_its_cell():
    result = run("while True: pass", "print('on')")
    assert result.status == "slow"
    assert [o["ename"] for o in result.outputs[0]] == ["KeyboardInterrupt", "CellTimeoutError"]
    assert result.outputs[1][0]["text"] == "on\n"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("import os; os._exit(0)", "died"),
        ("import signal; signal.signal(2, signal.SIG_IGN)\nwhile True: pass", "stuck"),
        ("while True: print('x' * 10000)", "output"),
    ],
)
def test_a_lost_kernel_costs_its_cell(code, status):
    result = run("x = 1", code, "print(x)")
    assert result.status == status
    assert list(result.stopped) == [1]
    assert result.outputs[2][0]["text"] == "1\n"


def test_limits_of_memory_and_processes():
    result = run(
        "x = bytearray(2 << 30)", "import os\nfor _ in range(100):\n    os.fork() or os._exit(0)"
    )
    assert result.outputs[0][-1]["ename"] == "MemoryError"
    result = run("import os, time\nfor _ in range(100):\n    if os.fork() == 0: time.sleep(9)")
    assert result.outputs[0][-1]["ename"] == "BlockingIOError"


def test_scripts_do_not_reach_the_grader():
    result = run("from IPython.display import Javascript\nJavascript('alert(1)')")
    assert "javascript" not in json.dumps(result.outputs)


def test_no_variable_of_the_grader_is_inside(monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_GRADER", "hunter2")
    result = run("import os; print(dict(os.environ), open('/proc/1/environ').read())")
    assert "NBGRADER_EXECUTION" in printed(result)
    assert "hunter2" not in printed(result)


@pytest.mark.parametrize("grader", ["gone", "there"])
def test_a_kernel_that_was_left_behind_ends_itself(grader, tmp_path):
    # Bubblewrap's own --die-with-parent is not in force while it mounts: a grader that is killed
    # then left a box running for ever.
    argv = [sys.executable, "-c", LAUNCHER, "-f", str(tmp_path / "kernel.json")]
    command = sandbox.bwrap_command(argv, SMALL, run=str(tmp_path))
    stdin, lifeline = os.pipe()
    if grader == "gone":
        os.close(lifeline)
    with subprocess.Popen(
        command, stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        os.close(stdin)
        try:
            ended = process.wait(5 if grader == "gone" else 2)
        except subprocess.TimeoutExpired:
            ended = "never"
        process.kill()
    if grader == "there":
        os.close(lifeline)
    assert ended == (1 if grader == "gone" else "never")


def test_standard_input_is_at_its_end():
    assert (
        printed(run("import sys, os\nprint(repr(sys.__stdin__.read()), os.read(0, 1))"))
        == "'' b''\n"
    )


GRADER = """
from autograder.grading.runner import run_cells
from autograder.grading.sandbox import Limits, kernel_spec
run_cells(kernel_spec(Limits(), data=""), {0: "1"}, Limits(), "/")
"""


def test_a_grader_killed_while_its_box_is_made_leaves_nothing(monkeypatch):
    with tempfile.TemporaryDirectory(prefix="t") as folder:
        monkeypatch.setenv("TMPDIR", folder)
        for delay in (0.0, 0.005, 0.01, 0.02):
            grader = subprocess.Popen([sys.executable, "-c", GRADER], cwd=ROOT)
            until(lambda: left_over(f"{folder}/ag-"))
            time.sleep(delay)
            grader.kill()
            grader.wait()
        until(lambda: not left_over(f"{folder}/ag-"))
        assert left_over(f"{folder}/ag-") == []


def until(true, seconds=10):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.002)
