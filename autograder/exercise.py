"""What an exercise is: plain data that the probe, the judge, the hints and the tests all read."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import numpy as np

Case = dict[str, Any]  # one set of inputs: arrays, numbers, strings, by name
Values = dict[str, Any]  # what a probe returns: one entry per quantity, in order of computation
Accept = Callable[[Any, Case, Values], str]  # "" when the value is right, else the sentence to say


@dataclass(frozen=True, eq=False)
class Wrong:
    """A mistake that learners really make.

    Parameters
    ----------
    name : str
        Short and stable; it is what the class report counts.
    says : str
        One sentence to the learner: what is wrong, and why.
    swap : dict of str to str
        The mistake as replacements in the exercise's reference source; each must occur in it.
    code : str
        The mistake written out, where it is no small edit.
    hint : str
        A nudge towards the repair.
    when : callable, optional
        ``when(values, case) -> bool``, true in every case: recognizes the mistake where equal
        outputs cannot (randomness).
    """

    name: str
    says: str
    swap: Mapping[str, str] = field(default_factory=dict)
    code: str = ""
    hint: str = ""
    when: Callable[[Values, Case], bool] | None = None

    def source(self, reference: str) -> str:
        """Return the source of the wrong implementation."""
        return self.code or swapped(reference, self.swap, self.name)


@dataclass(frozen=True, eq=False)
class Right:
    """Another right implementation, which must get full marks; ``swap`` or ``code`` as in Wrong."""

    name: str
    code: str = ""
    swap: Mapping[str, str] = field(default_factory=dict)

    def source(self, reference: str) -> str:
        """Return the source of the alternative."""
        return self.code or swapped(reference, self.swap, self.name)


@dataclass(frozen=True, eq=False)
class Exercise:
    """One thing to do, and everything that is known about doing it wrong.

    Parameters
    ----------
    name : str
        ``topic-thing``: the grade_id of its cell; the check's cell is ``topic-thing-check``.
    title : str
        A few words for tables and panels.
    cases : callable
        ``cases(rng) -> list of dict``: what goes in. Sizes all different, a batch of one among
        them, random upstream gradients, points away from kinks.
    probe : callable
        ``probe(code, case, **options) -> dict``: calls the learner's objects, ``code["name"]``.
        It must be self-contained (its source is shipped to the sandbox); ``autograder.probe`` has
        ready ones.
    reference : str
        Source of the right implementation.
    wrong, right : tuple
        The misconception bank, and right alternatives.
    hints : tuple of three str
        From a nudge to nearly the answer.
    points, difficulty, minutes : int
        What it is worth, how hard it is from 1 to 3, and how long it takes.
    kind : str
        function, layer, loss, optimizer, loop, property, choice, prediction or bug.
    setup : str
        Source that stands before the learner's cell: what the exercise gives or builds on.
    truth : callable, optional
        ``truth(case) -> dict``: independent right values, such as numerical gradients, that take
        the place of the reference's own.
    accept : dict of callable
        For quantities with many right values: ``accept[key](value, case, values) -> sentence``.
    tolerance : float
        Relative to the size of the right array.
    quiet : bool
        A NumPy warning (overflow, invalid) loses points; for exercises about stability.
    keep_inputs : bool
        Changing an input array in place loses points.
    forbid : tuple of str
        Names the learner's code may not call, because they are the answer.
    seconds : float
        The time limit of one probe run.
    """

    name: str
    title: str
    cases: Callable[[np.random.Generator], list[Case]]
    probe: Callable[..., Values]
    reference: str
    hints: tuple[str, str, str]
    options: dict[str, Any] = field(default_factory=dict)
    wrong: tuple[Wrong, ...] = ()
    right: tuple[Right, ...] = ()
    points: int = 2
    difficulty: int = 1
    minutes: int = 10
    kind: str = "function"
    setup: str = ""
    truth: Callable[[Case], Values] | None = None
    accept: dict[str, Accept] = field(default_factory=dict)
    tolerance: float = 1e-5
    quiet: bool = False
    keep_inputs: bool = True
    forbid: tuple[str, ...] = ()
    seconds: float = 5.0

    @property
    def topic(self) -> str:
        """The chapter's topic, ``perceptrons`` say."""
        return self.name.partition("-")[0]

    def make_cases(self, seed: int) -> list[Case]:
        """Return the inputs of one run; the same seed gives the same inputs."""
        return self.cases(np.random.default_rng(seed))

    def names(self) -> tuple[str, ...]:
        """Return the names that the learner has to define, read off the reference."""
        before = set(build(self.setup, f"{self.name}:setup"))
        return tuple(n for n in self.namespace(self.reference) if n not in before and n != "np")

    def namespace(self, source: str) -> dict[str, Any]:
        """Return the names defined by the exercise's setup followed by ``source``."""
        return build(self.setup + "\n" + source, self.name)


def swapped(source: str, swap: Mapping[str, str], name: str) -> str:
    """Return ``source`` with every replacement made; each must be found.

    Raises
    ------
    ValueError
        If a text to be replaced does not occur, or nothing is to be replaced.
    """
    if not swap:
        msg = f"{name}: give the implementation as code=... or as swap={{old: new}}"
        raise ValueError(msg)
    for old, new in swap.items():
        if old not in source:
            msg = (
                f"{name}: the reference has no {old!r} to swap; quote it exactly as it stands there"
            )
            raise ValueError(msg)
        source = source.replace(old, new)
    return source


def build(source: str, name: str) -> dict[str, Any]:
    """Execute ``source`` with ``np`` at hand and return the names it defines."""
    filename = f"<autograder {name} {hash(source) & 0xFFFFFF:x}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    namespace: dict[str, Any] = {"np": np, "__name__": "autograder_built"}
    exec(compile(source, filename, "exec"), namespace)
    # The functions keep their globals whole: NumPy imports through their __builtins__.
    return {k: v for k, v in namespace.items() if k not in ("__builtins__", "__name__")}


def variable(name: str) -> str:
    """Return the variable an answer is kept in: ``perceptrons-xor-reason`` gives ``xor_reason``."""
    return name.partition("-")[2].replace("-", "_")


@cache
def exercises(topic: str) -> dict[str, Exercise]:
    """Return the exercises of a topic by name, in order.

    Raises
    ------
    LookupError
        If the bank has no file for the topic, or a name stands twice.
    """
    if topic not in topics():
        msg = f"there is no topic {topic!r}; the bank has {', '.join(topics())}"
        raise LookupError(msg)
    found: dict[str, Exercise] = {}
    for exercise in import_module(f"autograder.bank.{topic}").EXERCISES:
        if exercise.name in found:
            msg = f"exercise {exercise.name!r} stands twice in autograder/bank/{topic}.py"
            raise LookupError(msg)
        found[exercise.name] = exercise
    return found


@cache
def topics() -> tuple[str, ...]:
    """Return the topics that the bank has a file for; a leading _ marks a part of another file."""
    bank = import_module("autograder.bank")
    return tuple(sorted(m.name for m in iter_modules(bank.__path__) if not m.name.startswith("_")))


def get(name: str) -> Exercise:
    """Return the exercise of that name.

    Raises
    ------
    LookupError
        If there is none; the message lists the nearest names.
    """
    from difflib import get_close_matches

    topic = name.partition("-")[0]
    if topic not in topics() or name not in exercises(topic):
        known = [n for t in topics() for n in exercises(t)]
        near = get_close_matches(name, known, n=3) or known[:3]
        msg = f"there is no exercise {name!r}; did you mean {', '.join(near)}?"
        raise LookupError(msg)
    return exercises(topic)[name]
