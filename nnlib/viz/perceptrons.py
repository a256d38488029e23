"""Widgets of chapter 1: one neuron, its boundary, the perceptron rule, and XOR by hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnlib import functional
from nnlib.viz.controls import choice, slider, stepper
from nnlib.viz.explorer import Explorer
from nnlib.viz.scene import Panel, Scene, mesh

__all__ = [
    "GATES",
    "GATE_INPUTS",
    "linear_boundary",
    "perceptron_rule",
    "single_neuron",
    "xor_by_hand",
]

Array = NDArray[np.floating]

GATE_INPUTS: Final = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
GATES: Final = {
    "AND": np.array([0, 0, 0, 1]),
    "OR": np.array([0, 1, 1, 1]),
    "NAND": np.array([1, 1, 1, 0]),
    "XOR": np.array([0, 1, 1, 0]),
}

ACTIVATIONS: Final[dict[str, Callable[[Array], Array]]] = {
    "step": functional.step,
    "sigmoid": functional.sigmoid,
    "tanh": functional.tanh,
    "ReLU": functional.relu,
}
SQUARE: Final = (-0.6, 1.6)
NAMES: Final = {"w1": "w₁", "w2": "w₂", "b": "b"}


def signed(value: float, digits: int = 2) -> str:
    """Write a number with a real minus sign: ``−0.50``."""
    return f"{value + 0.0:.{digits}f}".replace("-", "−")


def _factor(value: float) -> str:
    """Write a number as part of a sum or product: negative ones in brackets."""
    return signed(value) if value >= 0 else f"({signed(value)})"


def add_line(panel: Panel, w: Array, b: float, color: str = "ink", label: str = "") -> Panel:
    """Draw the straight line ``w · x + b = 0``, if there is one."""
    norm2 = float(w @ w)
    if norm2 < 1e-12:
        return panel
    foot = -b * w / norm2  # the point of the line nearest to the origin
    along = np.array([-w[1], w[0]]) / np.sqrt(norm2)
    ends = np.stack([foot - 50 * along, foot + 50 * along])
    return panel.line(ends[:, 0], ends[:, 1], color, width=2.6, label=label)


def add_targets(panel: Panel, X: Array, target: Array, wrong: Array) -> Panel:
    """Draw samples by class, with a cross over those that are classified wrongly."""
    panel.classes(X, target, size=9, labels=["target 0", "target 1"])
    return panel.points(X[wrong, 0], X[wrong, 1], "ink", size=11, marker="x")


def single_neuron() -> Explorer:
    """One neuron: weights, bias and activation by slider, the input by dragging."""
    limits = (-3.0, 3.0)
    X1, X2 = mesh(limits, limits, 60)
    z_axis = np.linspace(-8, 8, 321)

    def draw(w1: float, w2: float, b: float, activation: str, x: tuple[float, float]) -> Scene:
        act = ACTIVATIONS[activation]
        z = w1 * x[0] + w2 * x[1] + b
        y = float(act(np.array([z]))[0])
        left = Panel("Output over the plane of inputs", xlim=limits, ylim=limits, xlabel="x₁",
                     ylabel="x₂", equal=True)  # fmt: skip
        high = 3.0 if activation == "ReLU" else 1.0
        low = 0.0 if activation in {"step", "sigmoid"} else -high
        left.field(act(w1 * X1 + w2 * X2 + b), vmin=low, vmax=high, smooth=activation != "step")
        add_line(left, np.array([w1, w2]), b, label="w·x + b = 0")
        left.arrow(0, 0, w1, w2, "green", label="w").handle("x", *x)
        left.text(x[0], x[1], "x", shift=(0, -22), bold=True)

        right = Panel(f"Activation: {activation}", xlim=(-8, 8), ylim=(-1.3, 3.3),
                      xlabel="z = w·x + b", ylabel="y", legend="none")  # fmt: skip
        right.hline(0, "frame", dash=False).vline(0, "frame", dash=False)
        right.line([z, z, -8], [-1.3, y, y], "purple", width=1.5, dash=True)
        right.line(z_axis, act(z_axis)).points([z], [y], "purple", size=8)
        parts = [f"{_factor(w1)}·{_factor(x[0])}", f"{_factor(w2)}·{_factor(x[1])}", _factor(b)]
        note = f"z = {' + '.join(parts)} = {signed(z)}        y = {signed(y)}"
        return Scene([left, right], note=note)

    controls = {
        "w1": slider(-2, 2, 1.0, 0.05), "w2": slider(-2, 2, -0.5, 0.05),
        "b": slider(-3, 3, 0.5, 0.05), "activation": choice(list(ACTIVATIONS), "sigmoid"),
    }  # fmt: skip
    return Explorer(draw, controls, points={"x": (1.5, 1.0)}, labels=NAMES, name="single neuron")


def linear_boundary() -> Explorer:
    """Find weights by hand that separate AND, OR, NAND; for XOR there are none."""
    X1, X2 = mesh(SQUARE, SQUARE, 110)

    def draw(gate: str, w1: float, w2: float, b: float) -> Scene:
        target, w = GATES[gate], np.array([w1, w2])
        wrong = functional.step(GATE_INPUTS @ w + b) != target
        plane = Panel(gate, xlim=SQUARE, ylim=SQUARE, xlabel="x₁", ylabel="x₂", equal=True)
        plane.field(functional.step(w1 * X1 + w2 * X2 + b), vmin=0, vmax=1, smooth=False)
        add_line(plane, w, b, label="w·x + b = 0")
        middle = -b * w / (w @ w) if w @ w > 0 else np.zeros(2)
        if w @ w > 0:
            tip = middle + 0.4 * w / np.sqrt(w @ w)
            plane.arrow(middle[0], middle[1], tip[0], tip[1], "green", label="side of 1")
        add_targets(plane, GATE_INPUTS, target, wrong)
        errors = int(wrong.sum())
        verdict = "all four right" if errors == 0 else f"{errors} of 4 wrong (crossed out)"
        return Scene(plane, note=verdict, width=540, height=480)

    controls = {
        "gate": choice(list(GATES)), "w1": slider(-2, 2, 1.0, 0.1),
        "w2": slider(-2, 2, 0.3, 0.1), "b": slider(-3, 3, -0.8, 0.1),
    }  # fmt: skip
    return Explorer(draw, controls, labels=NAMES, name="linear boundary")


class Visit(NamedTuple):
    """State after the perceptron rule has looked at one sample."""

    sample: int  # -1 before the first
    w: Array
    b: float
    guess: int
    changed: bool
    updates: int


@cache
def perceptron_visits(gate: str, last: int) -> list[Visit]:
    """Run the perceptron rule from zero weights over samples 0 1 2 3 0 1 ..., one by one.

    ``w += (t - y) x`` and ``b += t - y``, with ``y = step(w · x + b)`` (Rosenblatt, 1958).
    """
    w, b, updates = np.zeros(2), 0.0, 0
    visits = [Visit(-1, w, b, 0, False, 0)]
    for k in range(last):
        x, t = GATE_INPUTS[k % 4], int(GATES[gate][k % 4])
        guess = int(w @ x + b >= 0)
        if guess != t:
            w, b, updates = w + (t - guess) * x, b + (t - guess), updates + 1
        visits.append(Visit(k % 4, w, b, guess, guess != t, updates))
    return visits


def perceptron_rule(last: int = 48) -> Explorer:
    """Step the perceptron rule, sample by sample, on AND, OR, NAND and XOR."""
    X1, X2 = mesh(SQUARE, SQUARE, 110)

    def draw(gate: str, visit: int) -> Scene:
        visits, target = perceptron_visits(gate, last), GATES[gate]
        now = visits[visit]
        wrong = functional.step(GATE_INPUTS @ now.w + now.b) != target
        plane = Panel(f"{gate}, sample {visit} of {last}", xlim=SQUARE, ylim=SQUARE, xlabel="x₁",
                      ylabel="x₂", equal=True)  # fmt: skip
        plane.field(
            functional.step(now.w[0] * X1 + now.w[1] * X2 + now.b), vmin=0, vmax=1, smooth=False
        )
        add_line(plane, now.w, now.b)
        if now.sample >= 0:
            x = GATE_INPUTS[now.sample]
            plane.points(x[:1], x[1:], "gold", size=17, edge="ink", label="looked at")
        add_targets(plane, GATE_INPUTS, target, wrong)

        errors = [int((functional.step(GATE_INPUTS @ v.w + v.b) != target).sum()) for v in visits]
        chart = Panel("Wrong samples (crossed out)", xlim=(-1, last + 1), ylim=(-0.2, 4.2),
                      xlabel="samples looked at", legend="none")  # fmt: skip
        chart.line(np.arange(visit + 1), errors[: visit + 1], "orange")
        chart.points([visit], [errors[visit]], "orange", size=7)
        weights = f"w = ({signed(now.w[0], 0)}, {signed(now.w[1], 0)}), b = {signed(now.b, 0)}"
        return Scene([plane, chart], note=f"{_story(now, target)}\n{weights}", height=420)

    controls = {"gate": choice(list(GATES)), "visit": stepper(last, interval=400)}
    return Explorer(draw, controls, labels={"visit": "sample"}, name="perceptron rule")


def _story(now: Visit, target: Array) -> str:
    """Say what the last visit did."""
    if now.sample < 0:
        return "All weights are zero, so w·x + b = 0 and the answer is 1 everywhere."
    x, t = GATE_INPUTS[now.sample].astype(int), int(target[now.sample])
    seen = f"x = ({x[0]}, {x[1]}): target {t}, answer {now.guess}"
    if not now.changed:
        return f"{seen}. Right: nothing changes.  Updates so far: {now.updates}."
    sign = "added" if t > now.guess else "subtracted"
    return f"{seen}. Wrong: x is {sign}.  Updates so far: {now.updates}."


def xor_by_hand() -> Explorer:
    """Two hidden units and one output solve XOR; move their thresholds and see why."""
    X1, X2 = mesh(SQUARE, SQUARE, 90)
    weights = np.array([[1.0, 1.0], [1.0, 1.0]])
    target = GATES["XOR"]

    def draw(b1: float, b2: float, v1: float, v2: float, c: float, unit: str) -> Scene:
        act = functional.step if unit == "step" else _steep
        b, v = np.array([b1, b2]), np.array([v1, v2])
        hidden = act(GATE_INPUTS @ weights + b)
        answer = act(hidden @ v + c)
        wrong = (answer >= 0.5) != (target == 1)

        first = Panel("What goes in: x", xlim=SQUARE, ylim=SQUARE, xlabel="x₁", ylabel="x₂",
                      equal=True)  # fmt: skip
        H = act((X1 + X2)[..., None] + b)
        first.field(act(H @ v + c), vmin=0, vmax=1, smooth=unit != "step")
        add_line(first, weights[:, 0], b1, "green", label="h₁ switches")
        add_line(first, weights[:, 1], b2, "purple", label="h₂ switches")
        add_targets(first, GATE_INPUTS, target, wrong)

        second = Panel("What the hidden units say: h", xlim=SQUARE, ylim=SQUARE,
                       xlabel="h₁", ylabel="h₂", equal=True)  # fmt: skip
        second.field(act(v1 * X1 + v2 * X2 + c), vmin=0, vmax=1, smooth=unit != "step")
        add_line(second, v, c, label="v·h + c = 0")
        add_targets(second, hidden, target, wrong)
        for place in np.unique(hidden.round(2), axis=0):
            here = np.flatnonzero((abs(hidden - place) < 0.08).all(axis=1))
            names = "\n".join(f"x = ({x[0]:.0f}, {x[1]:.0f})" for x in GATE_INPUTS[here])
            second.text(place[0], place[1], names, size=13, shift=(0, 24 + 8 * (len(here) - 1)))
        good = int(4 - wrong.sum())
        formula = "h₁ = φ(x₁ + x₂ + b₁)    h₂ = φ(x₁ + x₂ + b₂)    y = φ(v₁h₁ + v₂h₂ + c)"
        return Scene([first, second], note=f"{formula}\n{good} of 4 right", height=450)

    controls = {
        "b1": slider(-2.5, 0.5, -0.5, 0.1), "b2": slider(-2.5, 0.5, -1.5, 0.1),
        "v1": slider(-2, 2, 1.0, 0.1), "v2": slider(-2, 2, -1.0, 0.1),
        "c": slider(-2, 1, -0.5, 0.1), "unit": choice({"step": "step", "steep sigmoid": "sigmoid"}),
    }  # fmt: skip
    names = {"b1": "b₁", "b2": "b₂", "v1": "v₁", "v2": "v₂", "unit": "φ"}
    return Explorer(draw, controls, labels=names, name="XOR by hand")


def _steep(z: Array) -> Array:
    """Sigmoid of ``6 z``: a step with round corners."""
    return functional.sigmoid(6 * z)
