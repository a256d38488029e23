"""The stage: one small widget that shows words, buttons and a clock, and its three uses.

The browser side, ``stage.js``, decides nothing: Python sends a view, the browser sends back which
button was pressed, by mouse or by key.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets

from autograder.interview.deck import RATINGS, Deck
from autograder.interview.markup import to_html
from autograder.interview.mock import SCORES, Interview, draw
from autograder.interview.questions import LEVELS, Question, questions

__all__ = ["Clock", "FlashCards", "MockInterview", "Stage", "flashcards", "mock"]

HERE = Path(__file__).parent
View = dict[str, Any]


class Stage(anywidget.AnyWidget):
    """Words, buttons with keys, and a clock.

    ``view`` has ``head`` (a line of text), ``body`` (HTML), ``buttons`` (each with ``key``,
    ``label`` and ``action``), ``clock`` (seconds to count down, 0 for none) and ``turn``, which
    grows with every view: the clock starts anew with each turn, and an answer to an old view is
    dropped.
    """

    _esm = HERE / "stage.js"
    _css = HERE / "stage.css"
    view = traitlets.Dict().tag(sync=True)

    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = words
        self.on_msg(self._received)

    def show(
        self, head: str, body: str, buttons: list[tuple[str, str, str]], *, clock: int = 0
    ) -> None:
        """Show a new view; ``buttons`` are (key, label, action)."""
        self.view = {
            "head": head,
            "body": body,
            "buttons": [{"key": k, "label": w, "action": a} for k, w, a in buttons],
            "clock": clock,
            "turn": self.view.get("turn", 0) + 1,
        }

    def press(self, action: str, took: float = 0.0) -> None:
        """Do what the button ``action`` stands for; ``took`` is the clock's time in seconds."""

    def _received(self, _: Any, content: Any, buffers: Any) -> None:
        known = {b["action"] for b in self.view.get("buttons", ())}
        if (
            isinstance(content, dict)
            and content.get("turn") == self.view.get("turn")
            and content.get("action") in known
        ):
            took = content.get("took", 0.0)
            self.press(content["action"], float(took) if isinstance(took, int | float) else 0.0)

    def __repr__(self) -> str:  # nbval compares this text: no addresses, no model ids
        return self._words

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data is not None:
            data["text/plain"] = repr(self)
        return bundle


class FlashCards(Stage):
    """Cards to flip and rate; the schedule is the deck's."""

    def __init__(self, deck: Deck) -> None:
        super().__init__(f"{len(deck.questions)} flashcards. Run this cell to practise with them.")
        self.deck, self.current, self.said = deck, "", ""
        self.front()

    def front(self) -> None:
        """Show the front of the next card that is due."""
        due, counts = self.deck.due(), self.deck.counts()
        head = f"{self.said}{counts['seen']} of {counts['cards']} seen · {len(due)} to go"
        if not due:
            self.current = ""
            self.show(head, "<p>Nothing is due now. Come back tomorrow.</p>", [])
            return
        self.current = due[0]
        asked = self.deck.questions[self.current]
        self.show(head, front_of(asked), [(" ", "show the answer", "flip")])

    def press(self, action: str, took: float = 0.0) -> None:
        """Flip the card, or rate it and go on."""
        asked = self.deck.questions[self.current]
        if action == "flip":
            buttons = [(str(k), f"{k} {words}", f"rate-{k}") for k, words in RATINGS.items()]
            self.show("How well did you know it?", front_of(asked) + asked.back(), buttons)
        elif action.startswith("rate-"):
            due = self.deck.rate(self.current, int(action[5:]))
            self.said = f"{self.current} again {_until(due)} · "
            self.front()


class MockInterview(Stage):
    """Questions against the clock, each scored by the learner against the model answer."""

    def __init__(self, interview: Interview) -> None:
        n = len(interview.asked)
        super().__init__(f"Mock interview, {n} questions. Run this cell to begin.")
        self.interview, self.took = interview, 0.0
        words = f"{n} questions, {interview.seconds} seconds each. Answer **aloud**, then compare."
        self.show("Mock interview", to_html(words), [(" ", "begin", "next")])

    def press(self, action: str, took: float = 0.0) -> None:
        """Go from question to model answer to score to the next question."""
        asked = self.interview.current
        if action == "done" and asked is not None:
            self.took = took
            buttons = [(str(k), f"{k} {words}", f"score-{k}") for k, words in SCORES.items()]
            self.show(f"You took {took:.0f} seconds", front_of(asked) + asked.back(), buttons)
            return
        if action.startswith("score-"):
            self.interview.score(int(action[6:]), self.took)
        asked = self.interview.current
        if asked is None:
            body = "".join(to_html(line) for line in self.interview.report())
            self.show("The end", body, [])
            return
        place = f"Question {len(self.interview.results) + 1} of {len(self.interview.asked)}"
        buttons = [(" ", "I have answered", "done")]
        self.show(place, front_of(asked), buttons, clock=self.interview.seconds)


class Clock(Stage):
    """A clock for the whiteboard."""

    def __init__(self, title: str, seconds: int) -> None:
        super().__init__(f"{title}: {seconds // 60} minutes. The clock runs.")
        self.show(title, "", [], clock=seconds)


def front_of(asked: Question) -> str:
    """Return a card's front as HTML."""
    place = f"{asked.id} · {asked.topic.replace('_', ' ')} · {LEVELS[asked.level]}"
    return f'<div class="place">{place}</div><div class="ask">{to_html(asked.ask)}</div>'


def flashcards(topic: str = "", level: int = 0, *, new: int = 10) -> FlashCards:
    """Return the flashcards, of one topic or level if given, with ``new`` unseen ones a sitting."""
    return FlashCards(Deck(questions(topic, level), new=new))


def mock(
    n: int = 5,
    *,
    topics: Collection[str] = (),
    levels: Collection[int] = (),
    seconds: int = 120,
    rng: np.random.Generator | None = None,
) -> MockInterview:
    """Return a mock interview; without ``rng`` it asks other questions each time."""
    asked = draw(rng or np.random.default_rng(), n, topics=topics, levels=levels)
    return MockInterview(Interview(asked, seconds))


def _until(due: datetime) -> str:
    seconds = (due - datetime.now(UTC)).total_seconds()
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size * 0.95:
            n = round(seconds / size)
            return f"in {n} {unit}{'s' if n > 1 else ''}"
    return "in a moment"
