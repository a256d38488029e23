"""Bounds on what a learner's code may take: time, and room for its prints."""

from __future__ import annotations

import contextlib
import io
import signal
import threading
from collections.abc import Iterator
from typing import Any

PRINT_LIMIT = 20_000  # characters of a learner's prints that are kept; the rest is dropped


class TimeLimitError(BaseException):
    """Raised in the learner's code when its time is up; no ``except Exception`` swallows it."""


class Capped(io.StringIO):
    """A text stream that forgets what goes beyond the limit instead of filling the memory."""

    def write(self, text: str) -> int:
        room = PRINT_LIMIT - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeLimitError in the body once the time is up, and again until it is let through."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(
        signal, "setitimer"
    ):
        with _async_limit(seconds):
            yield
        return

    def ring(*_: Any) -> None:
        raise TimeLimitError

    before = signal.signal(signal.SIGALRM, ring)
    # The second argument rings again: a learner's bare `except:` swallows one ring, not all.
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.2)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _async_limit(seconds: float) -> Iterator[None]:
    """Do the same without signals (Windows, threads); a sleeping C call is not interrupted."""
    import ctypes

    target = ctypes.c_ulong(threading.get_ident())
    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    timer = threading.Timer(seconds, lambda: raise_in(target, ctypes.py_object(TimeLimitError)))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
