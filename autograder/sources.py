"""Find the source of what a learner defined in a notebook, together with what it leans on."""

from __future__ import annotations

import ast
import inspect
import linecache
import types
from collections.abc import Mapping
from typing import Any

from autograder.probe import LIBRARIES, names_used


def source_of(value: Any) -> str:
    """Return the source of a function or class, also of one typed into a cell; "" if there is none.

    ``inspect.getsource`` fails for classes of a notebook: their module has no file.
    """
    code = _code_of(value)
    if code is None:
        return ""
    text = "".join(linecache.getlines(code.co_filename))
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return ""
    name = getattr(value, "__name__", "")
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            return ast.get_source_segment(text, node) or ""
    return ""


def _code_of(value: Any) -> types.CodeType | None:
    if inspect.isfunction(value):
        return value.__code__
    if inspect.isclass(value):
        for member in vars(value).values():
            if inspect.isfunction(member):
                return member.__code__
    return None


def capture(names: tuple[str, ...], namespace: Mapping[str, Any]) -> str:
    """Return source that defines ``names`` and, before them, the learner's helpers and imports.

    Plain variables are written as literals when they have one (answers, numbers).
    """
    imports: dict[str, str] = {}
    parts: dict[str, str] = {}
    _collect(list(names), namespace, imports, parts, set())
    if not any(n in parts for n in names):
        return ""
    return "\n".join([*imports.values(), "", *parts.values(), ""])


def _collect(
    names: list[str],
    namespace: Mapping[str, Any],
    imports: dict[str, str],
    parts: dict[str, str],
    seen: set[str],
) -> None:
    for name in names:
        if name in seen or name not in namespace:
            continue
        seen.add(name)
        value = namespace[name]
        home = str(getattr(value, "__module__", "") or "")
        if inspect.ismodule(value):
            imports[name] = f"import {value.__name__} as {name}"
        elif home.partition(".")[0] in (*LIBRARIES, "numpy"):
            imports[name] = f"from {home} import {getattr(value, '__name__', name)} as {name}"
        elif source_of(value):
            bases = [b.__name__ for b in getattr(value, "__bases__", ())]
            _collect(sorted(names_used(value)) + bases, namespace, imports, parts, seen)
            parts[name] = source_of(value)
        elif isinstance(value, int | float | str | bool):
            parts[name] = f"{name} = {value!r}"
