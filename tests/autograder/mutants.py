"""Generic mutants of a reference: one small slip each, made on its syntax tree."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

SWAPS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Gt: ast.Lt,
    ast.Lt: ast.Gt,
    ast.GtE: ast.LtE,
    ast.LtE: ast.GtE,
    ast.MatMult: ast.Mult,
}


def mutants(source: str, limit: int = 40) -> Iterator[tuple[str, str]]:
    """Yield (what was changed, mutated source); evenly thinned out to ``limit``."""
    tree = ast.parse(source)
    found = []
    for n, node in enumerate(ast.walk(tree)):
        for label, change in _changes(node):
            found.append((n, label, change))
    step = max(1, -(-len(found) // limit))
    for n, label, change in found[::step]:
        twin = copy.deepcopy(tree)
        node = next(x for i, x in enumerate(ast.walk(twin)) if i == n)
        new = change(node)
        if new is not node:
            twin = _Replace(node, new).visit(twin)
        yield (
            f"{label} (line {getattr(node, 'lineno', 0)})",
            ast.unparse(ast.fix_missing_locations(twin)),
        )


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST):
        self.old, self.new = old, new

    def visit(self, node):
        return self.new if node is self.old else super().visit(node)


def _changes(node: ast.AST):
    if isinstance(node, ast.BinOp) and type(node.op) in SWAPS:
        yield "operator", lambda x: _set(x, "op", SWAPS[type(x.op)]())
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        yield "right term missing", lambda x: x.left
        yield "sign of the left term", lambda x: _set(x, "left", ast.UnaryOp(ast.USub(), x.left))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        yield "factor missing", lambda x: x.left
    if isinstance(node, ast.AugAssign) and type(node.op) in SWAPS:
        yield "operator", lambda x: _set(x, "op", SWAPS[type(x.op)]())
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        yield "comparison", lambda x: _set(x, "ops", [SWAPS[type(x.ops[0])](), *x.ops[1:]])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "minus dropped", lambda x: x.operand
    if (
        isinstance(node, ast.keyword)
        and node.arg == "axis"
        and isinstance(node.value, ast.Constant)
    ):
        yield (
            "axis",
            lambda x: _set(
                x, "value", ast.Constant(1 - x.value.value if x.value.value in (0, 1) else 0)
            ),
        )
    if isinstance(node, ast.keyword) and node.arg == "keepdims":
        yield "keepdims", lambda x: _set(x, "value", ast.Constant(False))
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield "off by one", lambda x: _set(x, "value", x.value + 1)
    if isinstance(node, ast.Constant) and type(node.value) is float:
        yield "wrong constant", lambda x: _set(x, "value", x.value * 1.5 + 0.01)
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield "transpose dropped", lambda x: x.value


def _set(node, name, value):
    setattr(node, name, value)
    return node
