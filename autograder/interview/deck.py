"""Flashcards with spaced repetition: what is due, and what a rating does to a card.

The schedule is FSRS (Ye et al., 2022, A stochastic shortest path algorithm for optimizing spaced
repetition scheduling), as kept in the ``fsrs`` package: every card has a stability, the days until
the chance of recall has fallen to nine in ten.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from fsrs import Card, Rating, Scheduler

from autograder.interview import records
from autograder.interview.questions import Question, questions

__all__ = ["RATINGS", "Deck"]

RATINGS = {1: "again", 2: "hard", 3: "good", 4: "easy"}


class Deck:
    """The learner's cards.

    Parameters
    ----------
    chosen : sequence of Question, optional
        By default all questions.
    new : int
        How many cards that were never seen are offered in one sitting.
    """

    def __init__(self, chosen: Sequence[Question] | None = None, *, new: int = 10) -> None:
        self.questions = {q.id: q for q in (questions() if chosen is None else chosen)}
        self.new = new
        # Without fuzz the same ratings give the same dates, which can be tested and explained.
        self.scheduler = Scheduler(enable_fuzzing=False)
        self.cards: dict[str, Any] = {}
        for name, data in records.load()["cards"].items():
            card = _revived(data)
            if card is not None:
                self.cards[name] = card

    def due(self, now: datetime | None = None) -> list[str]:
        """Return the ids to ask now: cards that are due, the most overdue first, then new ones."""
        now = now or datetime.now(UTC)
        seen = [n for n in self.questions if n in self.cards and self.cards[n].due <= now]
        fresh = [n for n in self.questions if n not in self.cards]
        return sorted(seen, key=lambda n: self.cards[n].due) + fresh[: max(self.new, 0)]

    def rate(self, name: str, rating: int, now: datetime | None = None) -> datetime:
        """Note how well an answer went, keep it on disk, and return when the card is due again.

        Raises
        ------
        LookupError
            If the deck has no such card.
        ValueError
            If the rating is not 1 (again), 2 (hard), 3 (good) or 4 (easy).
        """
        if name not in self.questions:
            msg = f"the deck has no card {name!r}"
            raise LookupError(msg)
        if rating not in RATINGS:
            msg = f"rate expects 1 (again), 2 (hard), 3 (good) or 4 (easy), got {rating!r}"
            raise ValueError(msg)
        now = now or datetime.now(UTC)
        card = self.cards.get(name) or Card(card_id=_number(name), due=now)
        if name not in self.cards:
            self.new -= 1
        self.cards[name], _ = self.scheduler.review_card(card, Rating(rating), now)
        # Read, change, write: another notebook may have rated other cards meanwhile.
        kept = records.load()
        kept["cards"][name] = self.cards[name].to_dict()
        kept["reviews"].append({"id": name, "rating": rating, "when": now.isoformat()})
        records.save(kept)
        due: datetime = self.cards[name].due
        return due

    def recall(self, name: str, now: datetime | None = None) -> float:
        """Return the expected chance that the card would be answered now; 0 if never seen."""
        if name not in self.cards:
            return 0.0
        now = now or datetime.now(UTC)
        return float(self.scheduler.get_card_retrievability(self.cards[name], now))

    def counts(self, now: datetime | None = None) -> dict[str, int]:
        """Return how many cards there are, were seen, and are due among the seen."""
        now = now or datetime.now(UTC)
        seen = [n for n in self.questions if n in self.cards]
        due = sum(self.cards[n].due <= now for n in seen)
        return {"cards": len(self.questions), "seen": len(seen), "due": due}


def _number(name: str) -> int:
    """Return a card number for an id such as ``U08``."""
    return 1000 * (ord(name[0]) - ord("A") + 1) + int(name[1:])


def _revived(data: Any) -> Card | None:
    """Return the card kept on disk, or None where the record makes no sense."""
    try:
        card = Card.from_dict(data)
        sound = card.due.tzinfo is not None and math.isfinite(card.stability or 1.0)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return card if sound else None
