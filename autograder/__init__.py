"""Checks that name the mistake: ``check`` in a notebook, ``autograder`` in a shell."""

from __future__ import annotations

from autograder.cells import check, hint
from autograder.pieces import piece, use

__all__ = ["check", "hint", "piece", "use"]
