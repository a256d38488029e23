"""Grade a very large class on a simulated cluster: ``python -m tests.bench.bench_cluster [10000]``.

Everything is real but the running: a Dask scheduler and its workers, the tasks and results that
travel, nbgrader's rows, the files. A worker waits for as long as running and judging takes here,
and sends back what one of a few students' work really gave; waiting needs no cores, so many workers
fit on a small machine. It shows what the parent can do alone, and whether it grows with the class.
"""

import argparse
import json
import os
import pickle
import re
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from distributed import Client

from autograder.grading import grade as grading
from autograder.grading.grade import Grader, Options
from autograder.grading.work import work
from tests.grading.classroom import ASSIGNMENT, ROOT, as_json, hand_in, honest, make_course

TEMPLATES = 8
FOLDER = "NNLIB_SIMULATED_CLASS"  # where workers find the recorded results


def pretend(jobs, packed):
    """Stand in for ``work``: wait as long as it took, then answer what it gave."""
    (job,) = jobs.values()
    number = re.search(rb"template (\d+) of", job.notebook)[1].decode()
    seconds, result = pickle.loads(Path(os.environ[FOLDER], number).read_bytes())
    time.sleep(seconds)
    return result


def student(number, of):
    """Return the notebook of one student: equal to some others', but for a line."""
    notebook = honest(number % TEMPLATES)
    notebook.cells[0].source += f"\n\ntemplate {number % TEMPLATES} of student {of}"
    return notebook


def record(root, folder):
    """Run and judge the templates for real; return the mean of the seconds that one takes."""
    grader = Grader(Options(root, ASSIGNMENT))
    waits = []
    for number in (0, *range(TEMPLATES)):  # the first one proves the box as well, and is run twice
        place = hand_in(root, f"t{number}", student(number, "the recording"))
        submission = grader._submission(f"t{number}", place)
        start = time.monotonic()
        result = work(*submission.arguments())
        waits.append(time.monotonic() - start)
        (folder / str(number)).write_bytes(pickle.dumps((waits[-1], result)))
    return sum(waits[1:]) / TEMPLATES


@contextmanager
def cluster(folder, workers):
    """Start a scheduler, and one process with a thread for each worker; yield the address."""
    file = folder / "scheduler.json"
    started = [
        subprocess.Popen([sys.executable, "-m", "dask", *command, "--scheduler-file", str(file),
                          "--no-dashboard", "--host", "127.0.0.1"],
                         stderr=subprocess.DEVNULL, cwd=ROOT)
        for command in (["scheduler", "--port", "0"], ["worker", "--nthreads", str(workers)])
    ]  # fmt: skip
    try:
        while not file.exists():
            time.sleep(0.1)
        with Client(scheduler_file=str(file)) as client:
            client.wait_for_workers(1)
        yield json.loads(file.read_text())["address"]
    finally:
        for process in started:
            process.terminate()
            process.wait()


def grade(root, address, students):
    """Grade the class with the parent's part alone; print a line now and then."""
    start = time.monotonic()

    def progress(done, total, name):
        if done and (done % max(total // 10, 1) == 0 or done == total):
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
            taken = time.monotonic() - start
            print(f"{done:7,} graded  {taken:7,.0f} s  parent {peak} MB", flush=True)

    grading.work = pretend
    before = time.process_time()
    summary = Grader(Options(root, ASSIGNMENT, scheduler=address)).run(progress)
    assert summary.graded == students
    return summary.seconds, time.process_time() - before


def main():
    """Record, hand in, grade, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("students", type=int, nargs="?", default=10_000)
    parser.add_argument("--workers", type=int, default=16)
    arguments = parser.parse_args()
    count, workers = arguments.students, arguments.workers
    with tempfile.TemporaryDirectory() as tmp:
        folder = Path(tmp)
        os.environ[FOLDER] = str(folder)
        seconds = record(make_course(folder / "small"), folder)
        root = make_course(folder / "large")
        kinds = [json.dumps(as_json(student(number, "{}"))) for number in range(TEMPLATES)]
        for number in range(count):
            content = kinds[number % TEMPLATES].replace("of student {}", f"of student {number}")
            hand_in(root, f"s{number:05d}", content.encode())
        with cluster(folder, workers) as address:
            wall, cpu = grade(root, address, count)
    print(
        f"\n{count:,} submissions on {workers} simulated workers: {wall:,.0f} s\n"
        f"running and judging one took {seconds:.2f} s, so {seconds * count / workers:,.0f} s of each worker\n"
        f"the parent used {cpu:,.0f} s of CPU, {cpu / count:.3f} s a submission"
    )


if __name__ == "__main__":
    main()
