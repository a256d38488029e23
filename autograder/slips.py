"""Single slips: the reference with one sign, axis, factor, term or constant wrong.

The last resort of the diagnosis, after the bank and the signatures: when a learner's arrays equal
those of one slip, the slip is named, though not its place, which would give the answer away. The
kill table uses the same slips as generic mutants.
"""

from __future__ import annotations

import ast
import copy
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from autograder import probe
from autograder.relations import Named

if TYPE_CHECKING:
    from autograder.exercise import Exercise
    from autograder.judge import Comparison, Finding
    from autograder.probe import Answer

Change = Callable[[Any], ast.AST]
Slip = tuple[str, str, Change]  # name, "as if ...", and what it does to a node

BUDGET = 0.6  # seconds of looking; a learner is waiting
OPERATORS: dict[type[ast.AST], tuple[type[ast.AST], str]] = {
    ast.Add: (ast.Sub, "a `-` stood where a `+` belongs"),
    ast.Sub: (ast.Add, "a `+` stood where a `-` belongs"),
    ast.Mult: (ast.Div, "a division stood where a product belongs"),
    ast.Div: (ast.Mult, "a product stood where a division belongs"),
    ast.MatMult: (ast.Mult, "an elementwise product stood where a matrix product belongs"),
}
COMPARISONS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Gt: ast.Lt,
    ast.Lt: ast.Gt,
    ast.GtE: ast.LtE,
    ast.LtE: ast.GtE,
}


def slips(source: str, limit: int = 40) -> Iterator[tuple[str, str, str]]:
    """Yield (name, what it is as if, source with the slip), evenly thinned out to ``limit``."""
    tree = ast.parse(source)
    found = [(n, slip) for n, node in enumerate(ast.walk(tree)) for slip in _slips_of(node)]
    step = max(1, -(-len(found) // limit))
    for n, (name, words, change) in found[::step]:
        twin = copy.deepcopy(tree)
        node = next(x for i, x in enumerate(ast.walk(twin)) if i == n)
        new = change(node)
        if new is not node:
            twin = _Replace(node, new).visit(twin)
        yield name, words, ast.unparse(ast.fix_missing_locations(twin))


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST):
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        return self.new if node is self.old else super().visit(node)


def _set(node: Any, name: str, value: Any) -> ast.AST:
    setattr(node, name, value)
    return node


def _slips_of(node: Any) -> Iterator[Slip]:
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in OPERATORS:
        other, words = OPERATORS[type(node.op)]
        yield "slip-operator", words, lambda x: _set(x, "op", other())
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        yield "slip-term", "one term of a sum were missing", lambda x: x.left
        flip: Change = lambda x: _set(x, "left", ast.UnaryOp(ast.USub(), x.left))  # noqa: E731
        yield "slip-sign", "one term of a sum had the wrong sign", flip
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        yield "slip-factor", "one factor or divisor were missing", lambda x: x.left
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        turned = COMPARISONS[type(node.ops[0])]
        words = "one comparison were the wrong way round"
        yield "slip-comparison", words, lambda x: _set(x, "ops", [turned(), *x.ops[1:]])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "slip-minus", "a minus sign were missing", lambda x: x.operand
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield "slip-transpose", "a transpose were missing", lambda x: x.value
    yield from _slips_of_constants(node)


def _slips_of_constants(node: Any) -> Iterator[Slip]:
    if isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant):
        if node.arg == "axis":
            axis = 1 - node.value.value if node.value.value in (0, 1) else 0
            words = "a sum, mean or maximum ran over the wrong axis"
            yield "slip-axis", words, lambda x: _set(x, "value", ast.Constant(axis))
        if node.arg == "keepdims":
            words = "a keepdims were missing"
            yield "slip-keepdims", words, lambda x: _set(x, "value", ast.Constant(False))
    if isinstance(node, ast.Constant) and type(node.value) is int:
        words = "one whole number (an index, an exponent, a count) were one too large"
        yield "slip-by-one", words, lambda x: _set(x, "value", x.value + 1)
    if isinstance(node, ast.Constant) and type(node.value) is float:
        yield (
            "slip-constant",
            "one constant were wrong",
            lambda x: _set(x, "value", x.value * 1.5 + 0.01),
        )


def slip(comparison: Comparison, first: Finding) -> Named:
    """Name the single slip whose arrays the learner's equal."""
    from autograder.diagnose import equal_answers

    exercise = comparison.exercise
    if exercise.accept or exercise.kind in ("choice", "prediction", "bug", "loop"):
        return None
    end = time.perf_counter() + BUDGET
    for name, words, source in slips(exercise.reference):
        answers = _answers(exercise, source, comparison.cases)
        if answers and equal_answers(answers, comparison.answers):
            return (
                name,
                f"`{first.key}` comes out as if {words}; look for such a place in your code.",
            )
        if time.perf_counter() > end:
            return None
    return None


def _answers(exercise: Exercise, source: str, cases: list[Any]) -> list[Answer]:
    try:
        namespace = exercise.namespace(source)
    except Exception:
        return []
    return probe.run(exercise.probe, namespace, cases, options=exercise.options, seconds=0.3)
