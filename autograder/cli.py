"""The command ``autograder``, for learners and, with grade and report, for instructors."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from autograder import course, store
from autograder.exercise import Exercise, exercises, get

BAR = 24  # characters


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit status."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if not hasattr(chosen, "run"):
        parser.print_help()
        return 0
    try:
        return int(chosen.run(chosen) or 0)
    except (LookupError, ValueError) as error:
        print(f"autograder: {error.args[0] if error.args else error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # `autograder progress | head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print(
            "\nautograder: interrupted; nothing is lost, the same command goes on", file=sys.stderr
        )
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="autograder", description=__doc__)
    commands = parser.add_subparsers(title="commands", metavar="")
    one = commands.add_parser("check", help="check a notebook or a chapter: autograder check 3")
    one.add_argument("what", help="a chapter (3, activations) or a notebook file")
    one.set_defaults(run=check)
    one = commands.add_parser("progress", help="what is done, and what comes next")
    one.set_defaults(run=progress)
    one = commands.add_parser("hint", help="the next hint for an exercise")
    one.add_argument("exercise")
    one.add_argument("--level", type=int, help="1, 2, 3, or 4 for the solution")
    one.set_defaults(run=hint)
    one = commands.add_parser(
        "reset", help="put an exercise's cell back as it came (yours is kept)"
    )
    one.add_argument("exercise")
    one.set_defaults(run=reset)
    one = commands.add_parser("doctor", help="is this machine ready, and what to do if not")
    one.set_defaults(run=doctor)
    _instructor_commands(commands, sys.argv[1:2])
    return parser


def _instructor_commands(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], asked: list[str]
) -> None:
    """Add grade and report; what they import is heavy, so it is imported only when asked for."""
    grade = commands.add_parser("grade", help="grade a class, sandboxed and in parallel")
    report = commands.add_parser("report", help="what the class got right and wrong")
    if asked == ["grade"]:
        from autograder.grading import grade as grading

        grading.add_grade_arguments(grade)
        grade.set_defaults(run=grading.main_grade)
    if asked == ["report"]:
        from autograder.grading import report as reporting

        reporting.add_report_arguments(report)
        report.set_defaults(run=reporting.main_report)


def check(chosen: argparse.Namespace) -> int:
    """Run a notebook and print a table of its exercises."""
    path = Path(chosen.what)
    if path.suffix == ".ipynb" and not path.exists():
        msg = f"there is no notebook {path}"
        raise LookupError(msg)
    topic = ""
    if path.suffix != ".ipynb":
        found = course.chapter(chosen.what)
        path, topic = found.notebook, found.topic
    before = {n: e.get("attempts", 0) for n, e in store.load().items()}
    os.environ["AUTOGRADER_HOME"] = str(store.home().absolute())
    print(f"running {path} ...", flush=True)
    trouble = course.run(path)
    after = store.load()
    names = [n for n, e in after.items() if e.get("attempts", 0) > before.get(n, 0)]
    wanted = list(exercises(topic)) if topic else sorted({*names, *filter(None, trouble)})
    if "" in trouble:
        print(f"  {trouble['']}")
    return _print_verdicts(wanted, names, trouble)


def _print_verdicts(wanted: list[str], checked: list[str], trouble: dict[str, str]) -> int:
    total = got = 0.0
    width = max(map(len, wanted), default=10) + 2
    for name in wanted:
        exercise = get(name)
        last = store.load().get(name, {}).get("last", {})
        points = float(last.get("points", 0.0)) if name in checked else 0.0
        total, got = total + exercise.points, got + points
        mark = "✓" if points == exercise.points else "◐" if points else "✗"
        says = (
            last.get("sentence", "")
            if name in checked
            else trouble.get(name, "its check was not run")
        )
        print(f"{mark} {name:{width}}{points:4g} of {exercise.points}  {says}")
    print(f"  {'together':{width}}{got:4g} of {total:g}")
    return int(got < total)


def progress(chosen: argparse.Namespace) -> int:
    """Print a bar per chapter and what comes next."""
    done = {n for n, e in store.load().items() if e.get("best", 0) == e.get("of", -1)}
    upcoming: Exercise | None = None
    for chapter in course.chapters():
        known = exercises(chapter.topic)
        finished = sum(n in done for n in known)
        full = round(BAR * finished / max(len(known), 1))
        print(f"{chapter.folder:22}[{'█' * full}{'·' * (BAR - full)}] {finished:2} of {len(known)}")
        left = [e for n, e in known.items() if n not in done]
        upcoming = upcoming or (left[0] if left else None)
    if upcoming is None:
        print("Everything is done. Well done.")
    else:
        print(f"Next: {upcoming.name}, {upcoming.title} (about {upcoming.minutes} minutes)")
    return 0


def hint(chosen: argparse.Namespace) -> int:
    """Print the next hint."""
    from autograder.cells import hint as next_hint

    print(next_hint(chosen.exercise, chosen.level))
    return 0


def reset(chosen: argparse.Namespace) -> int:
    """Put an exercise's cell back as it came."""
    kept = course.reset(get(chosen.exercise).name)
    print(f"{chosen.exercise} is as it came. What you had is kept in {kept}")
    return 0


def doctor(chosen: argparse.Namespace) -> int:
    """Print what was found, and the cure for what is missing."""
    from autograder.doctor import examine

    marks = {"ok": "[ ok ]", "missing": "[FAIL]", "optional": "[ -- ]"}
    findings = examine()
    for state, found, cure in findings:
        print(f"{marks[state]} {found}" + (f"\n       cure: {cure}" if state != "ok" else ""))
    failed = sum(state == "missing" for state, _, _ in findings)
    print("This machine is ready." if not failed else f"{failed} thing(s) to mend.")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
