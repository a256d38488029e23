"""Chapter 11, the interview: whiteboard tasks, and derivations checked by numbers."""

from __future__ import annotations

from autograder.bank._interview_derivations import DERIVATIONS
from autograder.bank._interview_whiteboard import WHITEBOARD

EXERCISES = [*WHITEBOARD, *DERIVATIONS]
