"""Practice for the interview: questions as data, flashcards, mock interviews, a whiteboard clock.

>>> from autograder.interview import ask, flashcards, mock, questions
>>> len(questions()) >= 49
True
>>> ask("U08")
question U08: What is a dying ReLU, and how do you deal with it?
"""

from __future__ import annotations

from autograder.interview.deck import Deck
from autograder.interview.mock import draw
from autograder.interview.questions import Question, ask, question, questions
from autograder.interview.whiteboard import start, timesheet
from autograder.interview.widgets import FlashCards, MockInterview, flashcards, mock

__all__ = [
    "Deck",
    "FlashCards",
    "MockInterview",
    "Question",
    "ask",
    "draw",
    "flashcards",
    "mock",
    "question",
    "questions",
    "start",
    "timesheet",
]
