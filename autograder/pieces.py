"""Mine or reference: put the learner's finished pieces in the place of nnlib's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from autograder import store
from autograder.exercise import build, get


def piece(name: str, reference: Any = None, *, prefer: str = "") -> Any:
    """Return the learner's finished piece for an exercise, or the reference.

    Parameters
    ----------
    name : str
        The exercise, ``"backprop-dense"`` say; its first name is the piece.
    reference : object, optional
        What to use while the piece is not finished, ``nnlib.Dense`` say; by default the
        exercise's own reference.
    prefer : {"", "mine", "reference"}
        Overrides the switch that ``use`` sets. ``"mine"`` raises if there is none yet.

    Raises
    ------
    LookupError
        If ``prefer="mine"`` and the exercise has not been finished on this computer.
    """
    exercise = get(name)
    first = exercise.names()[0]
    choice = prefer or _switches().get(name, "mine")
    path = store.piece_path(name)
    if choice == "mine" and path.exists():
        return build(exercise.setup + "\n" + path.read_text(encoding="utf-8"), f"mine:{name}")[
            first
        ]
    if prefer == "mine":
        msg = f"{name} is not finished yet: check it to full marks first, then it is kept as yours"
        raise LookupError(msg)
    return exercise.namespace(exercise.reference)[first] if reference is None else reference


def use(choice: str, *names: str) -> None:
    """Switch pieces between "mine" and "reference"; without names, all finished ones.

    ``use("reference", "backprop-dense")`` benches an old bug; "mine" brings yours back.

    Raises
    ------
    ValueError
        If ``choice`` is neither "mine" nor "reference".
    """
    if choice not in ("mine", "reference"):
        msg = f'use expects "mine" or "reference", got {choice!r}'
        raise ValueError(msg)
    switches = _switches()
    for name in names or finished():
        switches[get(name).name] = choice
    store.write(store.home() / "pieces" / "switches.json", json.dumps(switches, indent=1))


def finished() -> tuple[str, ...]:
    """Return the names of the exercises whose source is kept as the learner's own."""
    return tuple(sorted(p.stem for p in (store.home() / "pieces").glob("*-*.py")))


def _switches() -> dict[str, str]:
    path = store.home() / "pieces" / "switches.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def blame(trains: Callable[[dict[str, Any]], bool], names: tuple[str, ...]) -> list[str]:
    """Return which of the learner's pieces break training.

    ``trains(pieces)`` gets one object per name and returns whether training succeeds. With the
    references it must; then halves of the pieces are tried until the culprits stand alone.

    Raises
    ------
    RuntimeError
        If training fails with the references too: then the pieces are not to blame.
    """
    mine = {n: piece(n, prefer="mine") for n in names}
    reference = {n: piece(n, prefer="reference") for n in names}
    if not _succeeds(trains, reference):
        msg = "training fails with the reference pieces too: look at the data, the rate or the loop"
        raise RuntimeError(msg)

    def culprits(suspects: tuple[str, ...]) -> list[str]:
        if _succeeds(trains, {**reference, **{n: mine[n] for n in suspects}}):
            return []
        if len(suspects) == 1:
            return list(suspects)
        half = len(suspects) // 2
        found = culprits(suspects[:half]) + culprits(suspects[half:])
        return found or list(suspects)  # each half works alone: it is their combination

    return culprits(tuple(names))


def _succeeds(trains: Callable[[dict[str, Any]], bool], pieces: dict[str, Any]) -> bool:
    try:
        return bool(trains(pieces))
    except Exception:
        return False
