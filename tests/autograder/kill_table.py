"""The kill table: every check against every wrong and every right implementation we know.

``python -m tests.autograder.kill_table [topic ...]`` prints it, with ``--write`` into the
documentation too; ``make kill-table`` runs it whole.
"""

from __future__ import annotations

import sys
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from autograder import judge, probe
from autograder.exercise import Exercise, exercises, topics
from autograder.slips import slips

PAGE = Path(__file__).parents[2] / "docs" / "kill_table.md"
INTRODUCTION = """# The kill table

Every check against every wrong and every right implementation we know, written by
`python -m tests.autograder.kill_table --write`; `make kill-table` prints it, and `make test` fails when a
mutant survives, when a mistake of the bank is not called by its own name, or when another right solution
loses a point.

*bank* counts the mistakes of real learners; *generic* single slips made on the reference (an operator, a
sign, an axis, a missing term, a wrong constant) that change a result; *killed* lost points; *named* got a
sentence that says which mistake it is, *by slip* of them only by the last resort, the search for single
slips that the generic mutants are made of; *right* counts alternative right solutions.

| exercise | bank | generic | killed | named | by slip | right | false alarms |
|---|--:|--:|--:|--:|--:|--:|--:|
"""
SEED = 20260101
OTHER_SEEDS = (1, 2)


@dataclass
class Row:
    """What became of one exercise's mutants and alternatives."""

    exercise: str
    bank: int = 0
    generic: int = 0
    killed: int = 0
    named: int = 0
    by_slip: int = 0
    alternatives: int = 0
    false_alarms: int = 0
    slowest: float = 0.0
    failures: list[str] = field(default_factory=list)

    @property
    def mutants(self) -> int:
        return self.bank + self.generic


def verdict(exercise: Exercise, source: str, seed: int = SEED) -> judge.Verdict:
    """Check a source as a notebook would."""
    try:
        namespace = exercise.namespace(source)
    except Exception as error:  # a mutant that does not even load is a learner whose cell failed
        namespace = {"__error__": error}
    answers = judge.run(exercise, namespace, exercise.make_cases(seed))
    return judge.judge(exercise, seed, answers)


def row_of(exercise: Exercise, generic: bool = True) -> Row:
    """Fill in the row of one exercise."""
    row = Row(exercise.name)
    reference = verdict(exercise, exercise.reference)
    if not reference.passed:
        row.failures.append(f"the reference gets {reference.points}: {reference.sentence}")
    stub = "\n".join(
        f"def {n}(*args, **options):\n    raise NotImplementedError" for n in exercise.names()
    )
    untouched = verdict(exercise, stub)
    if exercise.kind not in ("choice", "prediction") and untouched.points != 0:
        row.failures.append(f"the stub gets {untouched.points}")
    for wrong in exercise.wrong:
        row.bank += 1
        start = time.perf_counter()
        result = verdict(exercise, wrong.source(exercise.reference))
        row.slowest = max(row.slowest, time.perf_counter() - start)
        row.killed += not result.passed
        row.named += result.mistake == wrong.name
        if result.passed:
            row.failures.append(f"survives: {wrong.name}")
        elif result.mistake != wrong.name:
            row.failures.append(
                f"misnamed: {wrong.name} is called {result.mistake!r}: {result.sentence}"
            )
    for right in exercise.right:
        row.alternatives += 1
        result = verdict(exercise, right.source(exercise.reference))
        if not result.passed:
            row.false_alarms += 1
            row.failures.append(f"false alarm: {right.name}: {result.sentence}")
    if generic and not exercise.accept and exercise.kind not in ("choice", "prediction", "bug"):
        _generic(exercise, row)
    return row


def _generic(exercise: Exercise, row: Row) -> None:
    for label, _, source in slips(exercise.reference):
        if not changes_a_result(exercise, source):
            continue
        row.generic += 1
        start = time.perf_counter()
        result = verdict(exercise, source)
        row.slowest = max(row.slowest, time.perf_counter() - start)
        row.killed += not result.passed
        row.named += bool(result.mistake)
        row.by_slip += result.mistake.startswith("slip-")
        if result.passed:
            row.failures.append(f"survives: generic mutant, {label}")


def changes_a_result(exercise: Exercise, source: str) -> bool:
    """Return whether a mutant gives another result than the reference on inputs of other seeds."""
    try:
        namespace = exercise.namespace(source)
    except Exception:
        return True
    for seed in OTHER_SEEDS:
        cases = exercise.make_cases(seed)
        answers = probe.run(
            exercise.probe, namespace, cases, options=exercise.options, seconds=exercise.seconds
        )
        if judge.compare(exercise, seed, answers).findings:
            return True
    return False


def table(chosen: tuple[str, ...], generic: bool = True) -> list[Row]:
    """Return the rows of the topics."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [row_of(e, generic) for t in chosen for e in exercises(t).values()]


def lines(rows: list[Row]) -> list[str]:
    """Return the table as text, with the totals as its last line."""
    head = f"{'exercise':42}{'bank':>6}{'generic':>9}{'killed':>8}{'named':>7}{'by slip':>9}{'right':>7}{'alarms':>8}{'slowest':>9}"
    body = [
        f"{r.exercise:42}{r.bank:6}{r.generic:9}{r.killed:8}{r.named:7}{r.by_slip:9}{r.alternatives:7}"
        f"{r.false_alarms:8}{r.slowest:8.2f}s"
        for r in rows
    ]
    failures = [f"  {r.exercise}: {f}" for r in rows for f in r.failures]
    total = (
        f"exercises={len(rows)} mutants={sum(r.mutants for r in rows)} "
        f"killed={sum(r.killed for r in rows)} named={sum(r.named for r in rows)} "
        f"alternatives={sum(r.alternatives for r in rows)} "
        f"false_alarms={sum(r.false_alarms for r in rows)}"
    )
    slips_alone = sum(r.by_slip for r in rows)
    aside = f"of the named, {slips_alone} by the search for single slips, the rest by bank and signatures"
    return [head, *body, *failures, aside, total]


def page(rows: list[Row]) -> str:
    """Return the table as a page of the documentation."""
    body = [
        f"| {r.exercise} | {r.bank} | {r.generic} | {r.killed} | {r.named} | {r.by_slip} "
        f"| {r.alternatives} | {r.false_alarms} |"
        for r in rows
    ]
    return INTRODUCTION + "\n".join(body) + f"\n\n`{lines(rows)[-1]}`\n"


def main() -> int:
    """Print the table; exit 1 if anything in it is not as it should be."""
    chosen = [a for a in sys.argv[1:] if not a.startswith("--")]
    rows = table(tuple(chosen) or topics())
    print("\n".join(lines(rows)))
    if "--write" in sys.argv:
        PAGE.write_text(page(rows), encoding="utf-8")
    return int(any(r.failures for r in rows))


if __name__ == "__main__":
    sys.exit(main())
