"""A mock interview: questions drawn by topic and level, one after another, against the clock."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from autograder.interview import records
from autograder.interview.questions import LEVELS, TOPICS, Question, questions

__all__ = ["SCORES", "Interview", "draw"]

SCORES = {
    0: "missed it",
    1: "part of it",
    2: "right",
    3: "right, with an example and a trade-off",
}


def draw(
    rng: np.random.Generator,
    n: int = 5,
    *,
    topics: Collection[str] = (),
    levels: Collection[int] = (),
) -> list[Question]:
    """Return ``n`` different questions, spread over the topics as evenly as they allow.

    Parameters
    ----------
    topics, levels : collections
        What to draw from; empty means everything. If fewer than ``n`` fit, all of them come.

    Raises
    ------
    ValueError
        If a topic or level does not exist, nothing fits, or ``n`` is less than 1.
    """
    unknown = [str(t) for t in topics if t not in TOPICS] + [
        str(v) for v in levels if v not in LEVELS
    ]
    if unknown:
        msg = f"draw knows the topics {', '.join(TOPICS)} and levels 1-3, got {', '.join(unknown)}"
        raise ValueError(msg)
    if n < 1:
        msg = f"draw expects n of at least 1, got {n}"
        raise ValueError(msg)
    pool = [
        q
        for q in questions()
        if (not topics or q.topic in topics) and (not levels or q.level in levels)
    ]
    if not pool:
        msg = f"no question has a topic in {sorted(topics)} and a level in {sorted(levels)}"
        raise ValueError(msg)
    shuffled = [pool[i] for i in rng.permutation(len(pool))]
    rank: dict[str, int] = {}
    rounds = []  # the k-th question of its topic comes in round k
    for q in shuffled:
        rank[q.topic] = rank.get(q.topic, -1) + 1
        rounds.append(rank[q.topic])
    order = sorted(range(len(shuffled)), key=lambda i: rounds[i])
    return [shuffled[i] for i in order[:n]]


@dataclass
class Interview:
    """The course of one interview: which question, and how the answers went.

    Parameters
    ----------
    asked : list of Question
    seconds : int
        Time for one answer.
    """

    asked: list[Question]
    seconds: int = 120
    results: list[dict[str, Any]] = field(default_factory=list)

    @property
    def current(self) -> Question | None:
        """The question that stands, or None at the end."""
        return self.asked[len(self.results)] if len(self.results) < len(self.asked) else None

    def score(self, value: int, took: float) -> None:
        """Note the score of the current answer and the seconds it took; keep a finished interview.

        Raises
        ------
        ValueError
            If the score is not 0, 1, 2 or 3, or the interview is over.
        """
        if value not in SCORES or self.current is None:
            msg = f"score expects 0, 1, 2 or 3 while a question stands, got {value!r}"
            raise ValueError(msg)
        took = float(took) if np.isfinite(took) and took >= 0 else 0.0
        entry = {"id": self.current.id, "score": value, "seconds": round(took)}
        self.results.append(entry)
        if self.current is None:
            kept = records.load()
            when = datetime.now(UTC).isoformat(timespec="seconds")
            kept["mocks"].append({"when": when, "limit": self.seconds, "answers": self.results})
            records.save(kept)

    def report(self) -> list[str]:
        """Return what to say at the end: the sum, what took too long, what to repeat."""
        total, best = sum(r["score"] for r in self.results), 3 * len(self.asked)
        lines = [f"{total} of {best} points in {len(self.results)} answers."]
        late = [r["id"] for r in self.results if r["seconds"] > self.seconds]
        if late:
            lines.append(f"Over time: {', '.join(late)}. Start with the thirty-second answer.")
        weak = [r["id"] for r in self.results if r["score"] < 2]
        if weak:
            lines.append(f"Repeat: {', '.join(weak)}.")
        return lines
