"""Every check kills every mutant, names the bank's own, and lets right alternatives pass."""

import pytest

from autograder.exercise import exercises, topics
from tests.autograder.kill_table import lines, row_of

ALL = [e for t in topics() for e in exercises(t).values()]


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.name)
def test_row(exercise, record_property):
    row = row_of(exercise)
    assert row.failures == [], "\n".join(row.failures)
    assert row.slowest < 2 * exercise.seconds  # a hung check; its real limit of 2 s is reported
    assert row.bank + len(exercise.right) >= 3


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.name)
def test_every_sentence_is_a_sentence(exercise):
    for wrong in exercise.wrong:
        assert not wrong.says[0].islower(), wrong.says
        assert wrong.says.rstrip().endswith((".", "?", ")")), wrong.says
        assert 20 < len(wrong.says) < 400, wrong.says
    assert len({w.name for w in exercise.wrong}) == len(exercise.wrong)


def test_the_last_line_counts():
    row = row_of(ALL[0], generic=False)
    last = lines([row])[-1]
    assert last.startswith(f"exercises=1 mutants={row.bank} killed={row.killed} named={row.named}")
