"""Chapter 2, second part: reverse-mode automatic differentiation in sixty lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.bank._numeric import grad, vjp
from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.kinds import choice
from autograder.probe import Problem, ProblemError, call

# --- autodiff -----------------------------------------------------------------------------------

_UNBROADCAST = '''
def unbroadcast(dy, shape):
    """Return dy summed over the axes that broadcasting added or stretched, so that it has shape."""
    added = tuple(range(dy.ndim - len(shape)))
    dy = dy.sum(axis=added)
    stretched = tuple(i for i, n in enumerate(shape) if n == 1)
    return dy.sum(axis=stretched, keepdims=True)
'''


def _unbroadcast_cases(rng: np.random.Generator) -> list[Case]:
    pairs: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
        ((4, 3), (3,)), ((4, 3), (4, 1)), ((4, 3), (1, 3)), ((5, 2), ()), ((5, 2), (5, 2)),
        ((2, 4, 3), (4, 1)), ((1, 3), (3,)), ((3,), (1,)),
    ]  # fmt: skip
    return [{"dy": rng.normal(size=big), "shape": small} for big, small in pairs]


UNBROADCAST = Exercise(
    name="backprop-unbroadcast",
    title="Undo a broadcast",
    difficulty=2,
    minutes=10,
    points=2,
    cases=_unbroadcast_cases,
    probe=call,
    options={"name": "unbroadcast", "args": ("dy", "shape"), "returns": ("dx",)},
    truth=lambda case: {
        "dx": vjp(
            lambda v: np.broadcast_to(v, case["dy"].shape), np.zeros(case["shape"]), case["dy"]
        )
    },
    reference=_UNBROADCAST,
    wrong=(
        Wrong(
            "unchanged",
            "You return `dy` as it came: a number that was used several times gets the sum of all their gradients.",
            swap={
                "dy = dy.sum(axis=added)": "",
                "return dy.sum(axis=stretched, keepdims=True)": "return dy",
            },
        ),
        Wrong(
            "mean",
            "You take means; a number that was copied to several places gets the sum of what comes back from them.",
            swap={
                "dy.sum(axis=added)": "dy.mean(axis=added)",
                "dy.sum(axis=stretched": "dy.mean(axis=stretched",
            },
        ),
        Wrong(
            "stretched-axes-kept",
            "You handle axes that were added in front, but not axes of size 1 that were stretched: sum over them, keeping the axis.",
            swap={"return dy.sum(axis=stretched, keepdims=True)": "return dy"},
        ),
        Wrong(
            "keepdims-missing",
            "You sum over the stretched axes, but drop them; the operand has an axis of size 1 there, so `keepdims=True`.",
            swap={", keepdims=True": ""},
        ),
        Wrong(
            "reshaped",
            "You keep the first entries instead of summing: the other copies' gradients are lost.",
            code="""
def unbroadcast(dy, shape):
    size = int(np.prod(shape))
    return dy.ravel()[:size].reshape(shape)
""",
        ),
        Wrong(
            "everything-summed",
            "You sum over everything and spread it out again; only the axes that broadcasting added or stretched are summed.",
            code="""
def unbroadcast(dy, shape):
    if dy.shape == tuple(shape):
        return dy
    return np.full(shape, dy.sum())
""",
        ),
        Wrong(
            "added-axes-kept",
            "You sum over stretched axes only; broadcasting also adds axes in front, and those have to go too.",
            code="""
def unbroadcast(dy, shape):
    if dy.ndim > len(shape):
        return dy
    stretched = tuple(i for i, n in enumerate(shape) if n == 1)
    return dy.sum(axis=stretched, keepdims=True)
""",
        ),
    ),
    right=(
        Right(
            "loops over axes",
            code="""
def unbroadcast(dy, shape):
    while dy.ndim > len(shape):
        dy = dy.sum(axis=0)
    for axis, n in enumerate(shape):
        if n == 1 and dy.shape[axis] != 1:
            dy = dy.sum(axis=axis, keepdims=True)
    return dy
""",
        ),
        Right(
            "one sum and a reshape",
            code="""
def unbroadcast(dy, shape):
    padded = (1,) * (dy.ndim - len(shape)) + tuple(shape)
    axes = tuple(i for i in range(dy.ndim) if padded[i] == 1)
    return np.sum(dy, axis=axes).reshape(shape)
""",
        ),
    ),
    hints=(
        "Broadcasting copies. A copied number influences the result through every copy, so its gradient is the sum over the copies.",
        "Two things happen in a broadcast: axes are added in front, and axes of size 1 are stretched. Undo one after the other.",
        "Sum over the first `dy.ndim - len(shape)` axes; then sum, with `keepdims=True`, over every axis where `shape` has a 1.",
    ),
)

_ORDER = '''
def order(out):
    """Return all nodes that out depends on, and out, every node after its parents."""
    found, seen = [], set()

    def visit(node):
        if id(node) in seen:
            return
        seen.add(id(node))
        for parent, _ in node.parents:
            visit(parent)
        found.append(node)

    visit(out)
    return found
'''


def order_probe(code: Mapping[str, Any], case: Case) -> Values:
    """Build a graph from pairs (node, parent) and record the order as node numbers."""

    class Node:
        def __init__(self) -> None:
            self.parents: tuple[Any, ...] = ()

    nodes = [Node() for _ in range(case["n"])]
    for child, parent in case["edges"]:
        nodes[child].parents += ((nodes[parent], None),)
    number = {id(node): i for i, node in enumerate(nodes)}
    result = code["order"](nodes[case["out"]])
    if result is None:
        return {"order": None}
    return {"order": np.array([number.get(id(node), -1) for node in result], dtype=int)}


def _order_cases(rng: np.random.Generator) -> list[Case]:
    graphs: list[tuple[int, int, list[tuple[int, int]]]] = [
        (4, 3, [(1, 0), (2, 0), (3, 1), (3, 2)]),  # a diamond
        (5, 4, [(1, 0), (2, 1), (3, 2), (4, 3), (4, 0)]),  # a chain with a shortcut
        (6, 5, [(2, 0), (2, 1), (3, 2), (3, 0), (4, 3), (4, 1), (5, 4), (5, 2), (5, 0)]),
        (4, 2, [(1, 0), (2, 1), (2, 1), (3, 2)]),  # x * x, and a node beyond the output
        (1, 0, []),
    ]
    cases: list[Case] = []
    for n, out, edges in graphs:
        names = rng.permutation(n)
        renamed = np.array([(names[a], names[b]) for a, b in edges], dtype=int).reshape(-1, 2)
        cases.append({"n": n, "out": int(names[out]), "edges": renamed})
    return cases


def _is_order(got: Any, case: Case, values: Values) -> str:
    numbers = [int(i) for i in got]
    edges = [(int(a), int(b)) for a, b in case["edges"]]
    needed, todo = {case["out"]}, [case["out"]]
    while todo:
        node = todo.pop()
        new = {b for a, b in edges if a == node} - needed
        needed |= new
        todo.extend(new)
    if -1 in numbers:
        return "Your list holds something that is no node of the graph; list the nodes alone, not the pairs."
    if len(set(numbers)) < len(numbers):
        return "A node stands in your list twice; remember which nodes you have visited, and visit each once."
    if set(numbers) != needed:
        return f"Your list has {len(numbers)} nodes; the output and all it depends on are {len(needed)}."
    at = {node: i for i, node in enumerate(numbers)}
    if any(at[b] > at[a] for a, b in edges if a in at and b in at):
        return "A node stands before one of its parents; append a node only after all its parents."
    return ""


ORDER = Exercise(
    name="backprop-order",
    title="In which order?",
    difficulty=2,
    minutes=12,
    points=3,
    kind="property",
    cases=_order_cases,
    probe=order_probe,
    accept={"order": _is_order},
    reference=_ORDER,
    wrong=(
        Wrong(
            "children-first",
            "Your order puts a node before its parents: append it after the loop over the parents, not before.",
            swap={
                "seen.add(id(node))": "seen.add(id(node))\n        found.append(node)",
                "            visit(parent)\n        found.append(node)": "            visit(parent)",
            },
        ),
        Wrong(
            "visited-twice",
            "Nodes that are used twice stand in your list twice: keep a set of the nodes you have seen.",
            swap={"seen.add(id(node))": "pass"},
        ),
        Wrong(
            "output-missing",
            "Your list lacks the output itself: it is a node of the graph too, the last one.",
            swap={"    return found\n": "    return found[:-1]\n"},
        ),
        Wrong(
            "reversed",
            "Your list runs from the output to the inputs; here parents come first (the backward pass will reverse it).",
            swap={"    return found\n": "    return found[::-1]\n"},
        ),
        Wrong(
            "level-by-level",
            "You go back level by level and reverse that; a shortcut then puts a node before one of its parents, so go depth first.",
            code="""
def order(out):
    found, level = [], [out]
    while level:
        nxt = []
        for node in level:
            if not any(node is f for f in found):
                found.append(node)
                nxt.extend(p for p, _ in node.parents)
        level = nxt
    return found[::-1]
""",
        ),
        Wrong(
            "first-parent-only",
            "You follow the first parent only; a node depends on all of its parents.",
            swap={"for parent, _ in node.parents:": "for parent, _ in node.parents[:1]:"},
        ),
    ),
    right=(
        Right(
            "stack instead of recursion",
            code="""
def order(out):
    found, done, stack = [], set(), [(out, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            found.append(node)
        elif id(node) not in done:
            done.add(id(node))
            stack.append((node, True))
            stack.extend((p, False) for p, _ in node.parents)
    return found
""",
        ),
        Right(
            "list for the seen ones",
            code="""
def order(out):
    done = []
    def visit(node):
        if any(node is d for d in done):
            return
        for pair in reversed(node.parents):
            visit(pair[0])
        done.append(node)
    visit(out)
    return done
""",
        ),
    ),
    hints=(
        "Depth first: before a node is written down, all its parents have to be.",
        "Write an inner function `visit(node)` that visits the parents first and then appends the node; leave at once if the node has been seen.",
        "Keep `seen` as a set of `id(node)`; `visit` adds to it, loops over `for parent, _ in node.parents`, and appends the node last.",
    ),
)

_VAR = '''
class Var:
    """An array that remembers its parents: pairs (parent, pull), where pull(dy) is the parent's share."""

    def __init__(self, value, parents=()):
        self.value = np.asarray(value, dtype=float)
        self.parents = parents
        self.grad = np.zeros_like(self.value)

    def __add__(self, other):
        return Var(self.value + other.value, (
            (self, lambda dy: unbroadcast(dy, self.value.shape)),
            (other, lambda dy: unbroadcast(dy, other.value.shape)),
        ))

    def __mul__(self, other):
        return Var(self.value * other.value, (
            (self, lambda dy: unbroadcast(dy * other.value, self.value.shape)),
            (other, lambda dy: unbroadcast(dy * self.value, other.value.shape)),
        ))

    def __matmul__(self, other):
        return Var(self.value @ other.value, (
            (self, lambda dy: dy @ other.value.T),
            (other, lambda dy: self.value.T @ dy),
        ))

    def relu(self):
        return Var(np.maximum(self.value, 0), ((self, lambda dy: dy * (self.value > 0)),))

    def exp(self):
        y = np.exp(self.value)
        return Var(y, ((self, lambda dy: dy * y),))

    def log(self):
        return Var(np.log(self.value), ((self, lambda dy: dy / self.value),))

    def sum(self):
        return Var(self.value.sum(), ((self, lambda dy: dy * np.ones_like(self.value)),))
'''


def var_probe(code: Mapping[str, Any], case: Case) -> Values:
    """Run each operation and pull a random gradient back through each of its operands."""
    Var = code["Var"]
    x, row, W, positive = (Var(case[k]) for k in ("x", "row", "W", "positive"))
    operations = {
        "mul": (lambda: x * row, (x, row)),
        "mul_row": (lambda: row * x, (row, x)),
        "matmul": (lambda: x @ W, (x, W)),
        "relu": (lambda: x.relu(), (x,)),
        "exp": (lambda: x.exp(), (x,)),
        "log": (lambda: positive.log(), (positive,)),
        "sum": (lambda: x.sum(), (x,)),
    }
    values: Values = {}
    for name, (operation, operands) in operations.items():
        result = operation()
        if not hasattr(result, "parents"):
            raise ProblemError(
                Problem(
                    "error",
                    "TypeError",
                    f"`{name}` should return a Var, got {type(result).__name__}",
                )
            )
        values[name] = np.array(result.value, copy=True)
        for k, operand in enumerate(operands):
            shares = [
                pull(case["d_" + name]) for parent, pull in result.parents if parent is operand
            ]
            key = f"{name}_to_{'first' if k == 0 else 'second'}"
            values[key] = sum(shares) if shares else np.full(operand.value.shape, np.nan)
    return values


def _var_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, d, m in ((4, 3, 2), (1, 5, 3), (3, 2, 6)):
        x = rng.normal(size=(n, d))
        cases.append({
            "x": np.where(np.abs(x) < 0.05, x + np.copysign(0.2, x), x),
            "row": rng.normal(size=d), "W": rng.normal(size=(d, m)), "positive": rng.uniform(0.4, 3, size=(n, d)),
            "d_mul": rng.normal(size=(n, d)), "d_mul_row": rng.normal(size=(n, d)),
            "d_matmul": rng.normal(size=(n, m)), "d_relu": rng.normal(size=(n, d)),
            "d_exp": rng.normal(size=(n, d)), "d_log": rng.normal(size=(n, d)), "d_sum": np.array(rng.normal()),
        })  # fmt: skip
    return cases


def _var_truth(case: Case) -> Values:
    x, row, W, positive = case["x"], case["row"], case["W"], case["positive"]
    return {
        "mul_to_first": vjp(lambda v: v * row, x, case["d_mul"]),
        "mul_to_second": vjp(lambda v: x * v, row, case["d_mul"]),
        "mul_row_to_first": vjp(lambda v: v * x, row, case["d_mul_row"]),
        "mul_row_to_second": vjp(lambda v: row * v, x, case["d_mul_row"]),
        "matmul_to_first": vjp(lambda v: v @ W, x, case["d_matmul"]),
        "matmul_to_second": vjp(lambda v: x @ v, W, case["d_matmul"]),
        "relu_to_first": vjp(lambda v: np.maximum(v, 0), x, case["d_relu"]),
        "exp_to_first": vjp(np.exp, x, case["d_exp"]),
        "log_to_first": vjp(np.log, positive, case["d_log"]),
        "sum_to_first": vjp(np.sum, x, case["d_sum"]),
    }


VAR = Exercise(
    name="backprop-var",
    title="Six operations that know their derivatives",
    kind="layer",
    difficulty=3,
    minutes=20,
    points=4,
    setup=_UNBROADCAST,
    cases=_var_cases,
    probe=var_probe,
    truth=_var_truth,
    reference=_VAR,
    wrong=(
        Wrong(
            "product-not-crossed",
            "Your product hands each operand its own value: the derivative of x * y by x is y, so the values cross over.",
            swap={
                "dy * other.value, self.value.shape": "dy * self.value, self.value.shape",
                "dy * self.value, other.value.shape": "dy * other.value, other.value.shape",
            },
        ),
        Wrong(
            "broadcast-not-undone",
            "Your product hands a row vector a whole matrix of gradients: a value that was copied to every row gets their sum, so use `unbroadcast`.",
            swap={"unbroadcast(dy * self.value, other.value.shape)": "dy * self.value"},
        ),
        Wrong(
            "broadcast-not-undone-on-the-left",
            "Your product undoes the broadcast for its second operand only; the first can be the row vector as well, so use `unbroadcast` for both.",
            swap={"unbroadcast(dy * other.value, self.value.shape)": "dy * other.value"},
        ),
        Wrong(
            "matmul-elementwise",
            "Your matrix product multiplies entry by entry in its value: `@`, not `*`.",
            swap={
                "Var(self.value @ other.value, (": "Var(np.einsum('ij,jk->ik', self.value, other.value * 0 + other.value.mean()), ("
            },
        ),
        Wrong(
            "matmul-swapped",
            "Your matrix product hands the second operand's gradient on transposed: `self.value.T @ dy` has the shape of `other`.",
            swap={"self.value.T @ dy": "dy.T @ self.value"},
        ),
        Wrong(
            "relu-upstream-ignored",
            "Your relu hands back its mask alone; multiply it by `dy`.",
            swap={"dy * (self.value > 0)": "(self.value > 0) * 1.0"},
        ),
        Wrong(
            "relu-mask-of-dy",
            "Your relu looks at the sign of `dy`; it is the sign of its own input that counts.",
            swap={"dy * (self.value > 0)": "dy * (dy > 0)"},
        ),
        Wrong(
            "exp-slope",
            "Your exp multiplies by its input; its derivative is its output.",
            swap={"dy * y)": "dy * self.value)"},
        ),
        Wrong(
            "log-slope",
            "Your log multiplies by its input; its derivative is one divided by the input.",
            swap={"dy / self.value": "dy * self.value"},
        ),
        Wrong(
            "sum-averaged",
            "Your sum hands each entry its share of `dy`, divided by their number; every entry counts fully, so each gets `dy` itself.",
            swap={
                "dy * np.ones_like(self.value)": "dy * np.ones_like(self.value) / self.value.size"
            },
        ),
        Wrong(
            "sum-not-spread",
            "Your sum hands back one number; every entry of the operand needs its own, so spread `dy` out to the operand's shape.",
            swap={"dy * np.ones_like(self.value)": "dy"},
        ),
        Wrong(
            "sum-over-rows",
            "Your sum adds up over axis 0 only; it should return one number.",
            swap={"Var(self.value.sum(),": "Var(self.value.sum(axis=0),"},
        ),
        Wrong(
            "parent-forgotten",
            "Your matrix product lists one parent only; both operands have to learn of the gradient.",
            swap={"            (other, lambda dy: self.value.T @ dy),\n": ""},
        ),
    ),
    right=(
        Right(
            "local names",
            swap={
                "return Var(self.value @ other.value, (\n            (self, lambda dy: dy @ other.value.T),\n            (other, lambda dy: self.value.T @ dy),\n        ))": "a, b = self.value, other.value\n        return Var(np.dot(a, b), ((self, lambda g: np.dot(g, b.T)), (other, lambda g: np.dot(a.T, g))))",
            },
        ),
        Right(
            "where, full",
            swap={
                "dy * (self.value > 0)": "np.where(self.value > 0, dy, 0)",
                "dy * np.ones_like(self.value)": "np.full(self.value.shape, dy)",
            },
        ),
        Right("exp again", swap={"dy * y)": "dy * np.exp(self.value))"}),
        Right(
            "list of parents",
            swap={
                "((self, lambda dy: dy / self.value),)": "[(self, lambda dy: (1 / self.value) * dy)]"
            },
        ),
    ),
    hints=(
        "Each operation returns a `Var` with the value and one pair per operand. `__add__` shows the form.",
        "The pull of an operand multiplies `dy` by the operation's derivative by that operand; for a matrix product, find the one order and transpose whose shape fits.",
        "Product: `dy * other.value`, unbroadcast. Matmul: `dy @ other.value.T` and `self.value.T @ dy`. Relu: the mask. Exp: its output. Log: `dy / self.value`. Sum: `dy` times ones.",
    ),
)


def autodiff_probe(code: Mapping[str, Any], case: Case) -> Values:
    """Build a small graph with a fan-out, a square and a shortcut; pull gradients through it twice."""

    class Node:
        def __init__(self, value: Any, parents: Any = ()):
            self.value = np.asarray(value, dtype=float)
            self.parents = tuple(parents)
            self.grad = np.zeros_like(self.value)

    def mul(a: Any, b: Any) -> Any:
        return Node(a.value * b.value, ((a, lambda dy: dy * b.value), (b, lambda dy: dy * a.value)))

    def add(a: Any, b: Any) -> Any:
        return Node(a.value + b.value, ((a, lambda dy: dy), (b, lambda dy: dy)))

    def total(a: Any) -> Any:
        return Node(a.value.sum(), ((a, lambda dy: dy * np.ones_like(a.value)),))

    x, w = Node(case["x"]), Node(case["w"])
    product = mul(x, w)
    v = add(product, x)
    square = mul(v, v)
    out = total(mul(square, product))
    code["backprop"](out)
    values: Values = {"out_grad": np.array(out.grad, dtype=float)}
    for name, node in (("dv", v), ("dw", w), ("dx", x)):
        values[name] = np.array(node.grad, dtype=float)
    code["backprop"](out)
    values["dx_second_call"] = np.array(x.grad, dtype=float)
    return values


def _autodiff_truth(case: Case) -> Values:
    x, w = case["x"], case["w"]

    def f(x: Any, w: Any) -> Any:
        return np.sum((x * w + x) ** 2 * (x * w))

    dx = grad(lambda v: f(v, w), x)
    return {
        "dv": grad(lambda v: np.sum(v**2 * (x * w)), x * w + x),
        "dw": grad(lambda v: f(x, v), w),
        "dx": dx,
        "dx_second_call": dx,
    }


_ACCUMULATE = "parent.grad = parent.grad + pull(node.grad)"

AUTODIFF = Exercise(
    name="backprop-autodiff",
    title="The backward pass of any graph",
    kind="function",
    difficulty=3,
    minutes=15,
    points=4,
    setup=_UNBROADCAST + _VAR + _ORDER,
    cases=lambda rng: [
        {
            "x": rng.uniform(0.3, 1.5, size=s) * rng.choice([-1, 1], size=s),
            "w": rng.uniform(0.3, 1.5, size=s),
        }
        for s in ((3,), (1,), (2, 4))
    ],
    probe=autodiff_probe,
    truth=_autodiff_truth,
    reference='''
def backprop(out):
    """Fill grad of every node that out depends on with d(out)/d(node)."""
    nodes = order(out)
    for node in nodes:
        node.grad = np.zeros_like(node.value)
    out.grad = np.ones_like(out.value)
    for node in reversed(nodes):
        for parent, pull in node.parents:
            parent.grad = parent.grad + pull(node.grad)
''',
    wrong=(
        Wrong(
            "overwrites",
            "You overwrite a parent's gradient: a node that is used several times gets the sum of what all its uses send back.",
            swap={_ACCUMULATE: "parent.grad = pull(node.grad)"},
        ),
        Wrong(
            "not-reversed",
            "You walk from the inputs to the output; a node can hand its gradient on only when it has got all of it, so go reversed.",
            swap={"reversed(nodes)": "nodes"},
        ),
        Wrong(
            "not-seeded",
            "All your gradients are zero: the walk starts from d(out)/d(out), which is 1.",
            swap={"    out.grad = np.ones_like(out.value)\n": ""},
        ),
        Wrong(
            "seeded-with-value",
            "You start with the output's value; the derivative of the output by itself is 1.",
            swap={"np.ones_like(out.value)": "out.value"},
        ),
        Wrong(
            "not-reset",
            "A second call adds to the gradients of the first: set every gradient to zero before you start.",
            swap={"    for node in nodes:\n        node.grad = np.zeros_like(node.value)\n": ""},
        ),
        Wrong(
            "upstream-ignored",
            "You pull back a gradient of ones at every node; pull back what the node itself has received, `node.grad`.",
            swap={"pull(node.grad)": "pull(np.ones_like(node.value))"},
        ),
        Wrong(
            "first-parent-only",
            "You send the gradient to the first parent alone; every parent gets its share.",
            swap={"in node.parents:": "in node.parents[:1]:"},
        ),
        Wrong(
            "no-order",
            "You follow every path on its own and hand on what a node has collected so far; parts are then sent down twice, so walk in reversed order, each node once.",
            code="""
def backprop(out):
    for node in order(out):
        node.grad = np.zeros_like(node.value)
    out.grad = np.ones_like(out.value)

    def visit(node):
        for parent, pull in node.parents:
            parent.grad = parent.grad + pull(node.grad)
            visit(parent)

    visit(out)
""",
        ),
    ),
    right=(
        Right("in place", swap={_ACCUMULATE: "parent.grad += pull(node.grad)"}),
        Right(
            "dictionary",
            code="""
def backprop(out):
    nodes = order(out)
    grads = {id(n): np.zeros_like(n.value) for n in nodes}
    grads[id(out)] = np.ones_like(out.value)
    for n in nodes[::-1]:
        n.grad = grads[id(n)]
        for parent, pull in n.parents:
            grads[id(parent)] = grads[id(parent)] + pull(n.grad)
""",
        ),
        Right(
            "path by path",
            code="""
def backprop(out):
    for node in order(out):
        node.grad = np.zeros_like(node.value)

    def visit(node, dy):
        node.grad = node.grad + dy
        for parent, pull in node.parents:
            visit(parent, pull(dy))

    visit(out, np.ones_like(out.value))
""",
        ),
    ),
    hints=(
        "Every node collects its gradient from the nodes that use it, and then hands shares to its parents. When may it do so?",
        "Set all gradients to zeros, the output's to ones, and walk through `order(out)` reversed.",
        "For each `(parent, pull)` of a node, add `pull(node.grad)` to `parent.grad`.",
    ),
)

NOT_BACKPROP = choice(
    "backprop-not_backprop",
    "Where backpropagation ends",
    answer="c",
    options={
        "a": "Keeping values in the forward pass is part of it: without them there are no local derivatives to multiply.",
        "b": "This is where backpropagation starts: the gradient that enters the last layer.",
        "d": "This is its central step, the chain rule for a dense layer.",
    },
    hints=(
        "Backpropagation answers one question: in which direction would the loss change?",
        "What is done with the gradients afterwards is somebody else's job; there are many ways to do it.",
        "The optimizer changes the weights; Adam and plain gradient descent use the same backpropagation.",
    ),
)


EXERCISES = [UNBROADCAST, ORDER, VAR, AUTODIFF, NOT_BACKPROP]
