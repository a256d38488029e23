"""The long tests: a whole class against stock nbgrader, kills, PostgreSQL, Dask, memory.

``make class`` runs them; each prints what it saw.
"""

import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.grading import classroom
from tests.grading.classroom import ASSIGNMENT, ROOT, fill, grade, make_course, rows, table_rows

pytestmark = pytest.mark.slow
STUDENTS = int(os.environ.get("CLASS_SIZE", "60"))
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "PYTHONPATH": str(ROOT),
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
# It would nearly double every run, theirs and ours: nothing compiled is ever kept.
ENVIRONMENT.pop("PYTHONDONTWRITEBYTECODE", None)
OURS = [
    sys.executable, "-W", "ignore", "-c",
    "import sys; from autograder.cli import main; sys.exit(main())", "grade",
]  # fmt: skip


def command(root, *arguments):
    """Run a command in a course; return how long it took."""
    start = time.monotonic()
    done = subprocess.run(
        arguments, cwd=root, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return time.monotonic() - start


def stock(root, name):
    """Grade with nbgrader as it comes."""
    command(root, "nbgrader", "generate_assignment", name)
    return command(root, "nbgrader", "autograde", name)


@pytest.mark.parametrize("name", classroom.assignments())
def test_the_gradebook_is_what_stock_nbgrader_writes(name, tmp_path):
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    make_course(theirs, name, stock=True)
    make_course(ours, name)
    fill(theirs, STUDENTS, name)
    fill(ours, STUDENTS, name)
    seconds = stock(theirs, name), command(ours, *OURS, name, "-j", "2")
    expected, found = table_rows(theirs, name), table_rows(ours, name)
    different = {
        key: (expected[key], found.get(key)) for key in expected if expected[key] != found.get(key)
    }
    print(
        f"\n{name}: {len(expected)} rows of {STUDENTS} students, {len(different)} different; "
        f"stock {seconds[0]:.1f} s, ours {seconds[1]:.1f} s, ratio {seconds[1] / seconds[0]:.2f}"
    )
    assert different == {}
    assert set(found) == set(expected)


@contextmanager
def postgresql(folder):
    """A PostgreSQL server of its own, on a Unix socket."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    bins, data = found[-1].parent, folder / "data"
    folder.mkdir()
    user = []
    if os.geteuid() == 0:  # the server refuses to be root
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        shutil.chown(folder, "postgres")
        for parent in (folder, *folder.parents[:3]):
            parent.chmod(parent.stat().st_mode | 0o055)

    def run(*arguments):
        subprocess.run([*user, *map(str, arguments)], check=True, capture_output=True, cwd="/")

    run(bins / "initdb", "-D", data, "-U", "grader", "-A", "trust")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    run(bins / "pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start")
    try:
        run(bins / "createdb", "-h", folder, "-U", "grader", "gradebook")
        yield f"postgresql+psycopg2://grader@/gradebook?host={folder}"
    finally:
        run(bins / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


def test_postgresql_holds_the_same_rows(tmp_path):
    count = min(STUDENTS, 20)
    sqlite, root = make_course(tmp_path / "sqlite"), make_course(tmp_path / "course")
    fill(sqlite, count)
    fill(root, count)
    grade(sqlite)
    with postgresql(tmp_path / "server") as url:
        summary = grade(root, db_url=url)
        found = table_rows(root, db_url=url)
        assert grade(root, db_url=url).kept == count
        from sqlalchemy import create_engine, text

        with create_engine(url).connect() as connection:
            version = connection.execute(text("select version()")).scalar()
    print(f"\n{version}\n{summary.graded} students, {len(found)} rows, {summary.seconds:.1f} s")
    assert found == table_rows(sqlite)
    assert len(found) > count
    assert not (root / "gradebook.db").exists()


def children(pid):
    """Processes below one, at any depth."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *children(int(child))]
    return found


def test_a_killed_run_loses_nothing(tmp_path):
    rng, count = random.Random(11), 8
    clean = make_course(tmp_path / "clean")
    fill(clean, count)
    command(clean, *OURS, ASSIGNMENT)
    expected = table_rows(clean)
    for moment in range(20):
        root = make_course(tmp_path / f"killed{moment}")
        fill(root, count)
        victim = "parent" if moment % 2 == 0 else "worker"
        # At the start, or after so many students have their row: the time that takes varies.
        after, delay = rng.randrange(-1, count), rng.uniform(0.0, 0.5)
        records = root / ".autograder" / "grading" / ASSIGNMENT / "records"
        process = subprocess.Popen(
            [*OURS, ASSIGNMENT], cwd=root, env=ENVIRONMENT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        start = time.monotonic()
        while process.poll() is None and len(list(records.glob("s*.json"))) < after:
            time.sleep(0.01)
        time.sleep(delay)
        lasted = time.monotonic() - start
        below = children(process.pid)
        if victim == "parent":
            process.kill()
        else:
            workers = [pid for pid in below if b"forkserver" in _line(pid)]
            for pid in workers[1:][-1:]:  # the first is the server that forks them
                os.kill(pid, signal.SIGKILL)
        process.wait(timeout=120)
        deadline = time.monotonic() + 10
        while any(_alive(pid) for pid in below) and time.monotonic() < deadline:
            time.sleep(0.05)
        left = [pid for pid in below if _alive(pid)]
        before = (
            len({key[0] for key in table_rows(root)}) if (root / "gradebook.db").exists() else 0
        )
        command(root, *OURS, ASSIGNMENT)
        same = table_rows(root) == expected
        print(
            f"kill {moment + 1:2}: {victim} after {lasted:4.1f} s, {before} students in the "
            f"gradebook, {len(left)} processes left; resumed: {'same rows' if same else 'DIFFERENT'}"
        )
        assert same
        assert left == []
        shutil.rmtree(root)


def _line(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_ctrl_c_loses_nothing(tmp_path):
    root = make_course(tmp_path / "course")
    fill(root, 8)
    process = subprocess.Popen(
        [*OURS, ASSIGNMENT], cwd=root, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True,
        # A shell that runs the tests in the background has its children ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    records = root / ".autograder" / "grading" / ASSIGNMENT / "records"
    deadline = time.monotonic() + 120
    while not list(records.glob("*.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    errors = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "nothing is lost" in errors
    done = len(list(records.glob("*.json")))
    assert 0 < done < 8
    assert grade(root, limits=classroom.Limits()).graded == 8 - done


def test_dask_writes_the_same_rows_as_fast(tmp_path):
    distributed = pytest.importorskip("distributed")
    count = min(STUDENTS, 24)
    local, cluster = make_course(tmp_path / "local"), make_course(tmp_path / "cluster")
    fill(local, count)
    fill(cluster, count)
    started = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    )
    with started as dask, distributed.Client(dask) as client:
        client.run(__import__, "autograder.grading.work")
        rounds = []
        for _ in range(4):
            pool = grade(local, force=True).seconds
            rounds.append(
                (pool, grade(cluster, force=True, scheduler=dask.scheduler_address).seconds)
            )
    for pool, far in rounds[1:]:  # from the second on both sides are warm
        print(f"\n{count} students: pool {pool:.1f} s, dask {far:.1f} s, {far / pool:.2f}", end="")
    print(f"; median {statistics.median(far / pool for pool, far in rounds[1:]):.2f}")
    assert table_rows(local) == table_rows(cluster)


PEAK = """
import json, resource, sys
from pathlib import Path
from autograder.grading.grade import Grader, Options
summary = Grader(Options(Path("."), sys.argv[1])).run(lambda *_: None)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps([summary.graded, summary.seconds, peak]))
"""


def test_the_parents_memory_does_not_grow_with_the_class(tmp_path):
    small, large = (int(n) for n in os.environ.get("CLASS_SIZES", "50,500").split(","))
    peaks = {}
    for count in (small, large):
        root = make_course(tmp_path / f"class{count}")
        fill(root, count)
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", PEAK, ASSIGNMENT],
            cwd=root, env=ENVIRONMENT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        graded, seconds, peaks[count] = json.loads(done.stdout)
        print(
            f"{graded} students: {seconds:.1f} s, {seconds / graded:.2f} s each, peak {peaks[count]} MB"
        )
        assert graded == count
        assert len(rows(root)) == count
        shutil.rmtree(root)
    # Compared over ten times the students: what grows with them would show as a multiple.
    assert peaks[large] < peaks[small] + 40
