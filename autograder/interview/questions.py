"""The interview questions: plain data in ``texts/*.toml``, and how they look in a notebook."""

from __future__ import annotations

import html
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from autograder.interview.markup import to_html

__all__ = ["LEVELS", "TOPICS", "Question", "ask", "question", "questions"]

TEXTS = Path(__file__).parent / "texts"
LEVELS = {1: "first interview", 2: "core", 3: "deep"}
TOPICS = (
    "perceptrons",
    "backprop",
    "activations",
    "losses",
    "gradient_flow",
    "optimizers",
    "regularization",
    "training_practice",
    "transfer_learning",
    "production",
    "beyond",
)


@dataclass(frozen=True)
class Question:
    """One question with its answers.

    Parameters
    ----------
    id : str
        ``U01``-``U29``: asked everywhere; ``G..``: what the usual collections leave out.
    topic : str
        The chapter's topic; ``beyond`` is what no chapter holds in full.
    level : int
        1 first interview, 2 core, 3 deep.
    ask : str
        The question.
    thirty : str
        The thirty-second answer.
    two : str
        What the two-minute answer goes on to say; it begins with the thirty-second one.
    follow, reply : str
        What the interviewer asks next, and the answer to it.
    fails : str
        The mistake that fails candidates.
    settles : tuple of str
        Errata that the answer sets right.
    """

    id: str
    topic: str
    level: int
    ask: str
    thirty: str
    two: str
    follow: str
    reply: str
    fails: str
    settles: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"question {self.id}: {self.ask}"

    def back(self) -> str:
        """Return the answers as HTML, for the back of a card."""
        return (
            f"<h4>In thirty seconds</h4>{to_html(self.thirty)}"
            f"<h4>In two minutes, go on</h4>{to_html(self.two)}"
            f"<h4>Then they ask</h4>{to_html(self.follow)}{to_html(self.reply)}"
            f"<h4>What fails candidates</h4>{to_html(self.fails)}"
        )

    def _repr_html_(self) -> str:
        """Show the question; each answer folds open, so that one can try first."""
        words = (
            ("In thirty seconds", self.thirty),
            ("In two minutes, go on", self.two),
            ("Then they ask", f"**{self.follow}**\n\n{self.reply}"),
            ("What fails candidates", self.fails),
        )
        folds = "".join(
            f'<details style="margin:4px 0"><summary><b>{title}</b></summary>'
            f"{to_html(text)}</details>"
            for title, text in words
        )
        return (
            '<div style="max-width:46em;line-height:1.5;padding:10px 16px;border-radius:8px;'
            'border:1px solid rgba(128,128,128,.4)">'
            f'<div style="font-size:85%;opacity:.75">{self.id} · {self.topic.replace("_", " ")}'
            f" · {LEVELS[self.level]}</div>"
            f'<div style="font-size:115%;font-weight:600;margin:2px 0 8px 0">'
            f"{html.escape(self.ask, quote=False)}</div>{folds}</div>"
        )


@cache
def _all() -> dict[str, Question]:
    found: dict[str, Question] = {}
    for path in sorted(TEXTS.glob("*.toml")):
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["question"]:
            item = Question(**{**entry, "settles": tuple(entry.get("settles", ()))})
            if item.id in found:
                msg = f"question {item.id} stands twice, the second time in {path.name}"
                raise ValueError(msg)
            found[item.id] = item
    return found


def questions(topic: str = "", level: int = 0) -> list[Question]:
    """Return the questions, of one topic or level if given, in the order of the chapters.

    Raises
    ------
    ValueError
        If there is no such topic or level.
    """
    if topic and topic not in TOPICS:
        msg = f"questions expects a topic of {', '.join(TOPICS)}, got {topic!r}"
        raise ValueError(msg)
    if level and level not in LEVELS:
        msg = f"questions expects level 1, 2 or 3, got {level!r}"
        raise ValueError(msg)
    chosen = [
        q for q in _all().values() if topic in ("", q.topic) and level in (0, q.level)
    ]  # fmt: skip
    return sorted(chosen, key=lambda q: (TOPICS.index(q.topic), q.id[0] != "U", q.id))


def question(name: str) -> Question:
    """Return the question with that id.

    Raises
    ------
    LookupError
        If there is none.
    """
    if name not in _all():
        msg = f"there is no question {name!r}; there are {', '.join(_all())}"
        raise LookupError(msg)
    return _all()[name]


def ask(name: str) -> Question:
    """Show a question in a notebook: try an answer aloud before you unfold one."""
    return question(name)
