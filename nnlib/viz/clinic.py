"""The clinic: nine sick training runs on the digits, one healthy one, and their charts.

Every run is a short loop on the same data and the same seed; one thing is wrong with each.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.activations import ReLU, Sigmoid
from nnlib.containers import Sequential
from nnlib.data import Standardizer
from nnlib.datasets import digits
from nnlib.functional import softmax
from nnlib.layers import Dense
from nnlib.losses import softmax_cross_entropy
from nnlib.metrics import accuracy
from nnlib.parameters import Parameters
from nnlib.viz.controls import dropdown, switch
from nnlib.viz.explorer import Explorer
from nnlib.viz.render import render
from nnlib.viz.scene import Panel, Scene
from nnlib.viz.style import Card

__all__ = ["PATIENTS", "Run", "chart", "run", "ward", "widget"]

Array = NDArray[Any]
Loss = Callable[[Array, Array], tuple[float, Array]]
CHANCE = float(np.log(10))
EPOCHS = 24

PATIENTS = {
    "A": "learning rate 50 times too large",
    "B": "weights drawn with standard deviation 1, whatever the fan-in",
    "C": "inputs shuffled without their labels",
    "D": "validation rows left unscaled, the training rows standardized",
    "E": "gradients added up and never set back to zero",
    "F": "softmax applied before a loss that applies it again",
    "G": "rows sorted by class, never shuffled",
    "H": "signal lost on its way through eight layers of sigmoids",
    "I": "trained on the small part of the split, 40 rows",
}
"""What is wrong with each patient."""


@dataclass
class Run:
    """What was measured: index 0 is before training, then one entry per epoch.

    ``running`` is the mean loss of an epoch's batches while the weights moved (NaN at index 0);
    ``first`` and ``last`` are ``|update| / |weights|`` of the first and the last layer.
    """

    running: list[float] = field(default_factory=list)
    val: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    val_accuracy: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)


def _data() -> tuple[Array, Array, Array, Array]:
    """Return 600 training and 400 validation digits, inputs in [0, 1]."""
    x, y = digits()
    order = np.random.default_rng(8).permutation(len(x))
    train, val = order[:600], order[600:1000]
    return x[train], y[train], x[val], y[val]


def _network(patient: str) -> Sequential:
    rng = np.random.default_rng(1)
    if patient != "H":
        net = Sequential(Dense(64, 32, rng), ReLU(), Dense(32, 10, rng))
        if patient == "B":
            layer: Any
            for layer in (net[0], net[2]):
                layer.W = rng.normal(size=layer.W.shape)
        return net
    layers: list[Any] = [Dense(64, 32, rng), Sigmoid()]
    for _ in range(7):
        layers += [Dense(32, 32, rng), Sigmoid()]
    net = Sequential(*layers, Dense(32, 10, rng))
    return net


def _twice(scores: Array, labels: Array) -> tuple[float, Array]:
    """Return the loss of scores that pass a softmax first, and its gradient."""
    p = softmax(scores)
    value, dp = softmax_cross_entropy(p, labels)
    return value, p * (dp - (p * dp).sum(axis=1, keepdims=True))


@cache
def run(patient: str) -> Run:
    """Train one patient, ``"A"`` to ``"I"``, or ``"healthy"``."""
    if patient not in (*PATIENTS, "healthy"):
        msg = f"run expects a patient A to I or 'healthy', got {patient!r}"
        raise ValueError(msg)
    rng = np.random.default_rng(2)
    x, y, x_val, y_val = _data()
    net = _network(patient)
    if patient == "C":
        y = rng.permutation(y)
    elif patient == "D":
        scaler = Standardizer().fit(x)
        x, x_val = scaler.transform(x), 16 * x_val
    elif patient == "G":
        order = np.argsort(y, kind="stable")
        x, y = x[order], y[order]
    elif patient == "I":
        x, y = x[:40], y[:40]
    loss = _twice if patient == "F" else softmax_cross_entropy
    lr = {"A": 10.0, "D": 0.1, "F": 3.0, "E": 0.01, "I": 0.5}.get(patient, 0.2)
    return _train(net, loss, (x, y), (x_val, y_val), lr, rng, patient)


def _train(
    net: Sequential,
    loss: Loss,
    data: tuple[Array, Array],
    val: tuple[Array, Array],
    lr: float,
    rng: np.random.Generator,
    patient: str,
) -> Run:
    x, y = data
    parameters = Parameters(net, np.float64)
    total = np.zeros_like(parameters.grad)
    chart = Run()
    ends: tuple[Any, Any] = (net[0], net[len(net) - 1])
    _measure(chart, net, loss, data, val, float("nan"), (float("nan"), float("nan")))
    for _ in range(EPOCHS):
        order = np.arange(len(x)) if patient == "G" else rng.permutation(len(x))
        seen, ratios = 0.0, (0.0, 0.0)
        for start in range(0, len(x), 20):
            rows = order[start : start + 20]
            value, dscores = loss(net.forward(x[rows], train=True), y[rows])
            net.backward(dscores)
            parameters.gather()
            total = total + parameters.grad if patient == "E" else parameters.grad
            before = [np.copy(layer.W) for layer in ends]
            parameters.theta -= lr * total
            a, b = (
                float(np.linalg.norm(layer.W - old) / np.linalg.norm(old))
                for layer, old in zip(ends, before, strict=True)
            )
            seen, ratios = seen + value * len(rows), (a, b)
        _measure(chart, net, loss, data, val, seen / len(x), ratios)
    return chart


def _measure(
    chart: Run,
    net: Sequential,
    loss: Loss,
    data: tuple[Array, Array],
    val: tuple[Array, Array],
    running: float,
    ratios: tuple[float, float],
) -> None:
    scores, val_scores = net.forward(data[0]), net.forward(val[0])
    chart.running.append(float(loss(scores, data[1])[0]) if np.isnan(running) else running)
    chart.val.append(float(loss(val_scores, val[1])[0]))
    chart.train_accuracy.append(accuracy(scores, data[1]))
    chart.val_accuracy.append(accuracy(val_scores, val[1]))
    chart.first.append(ratios[0])
    chart.last.append(ratios[1])


def _panels(patient: str, healthy: bool = False) -> list[Panel]:
    r, epochs = run(patient), np.arange(EPOCHS + 1)
    top = max(3.2, 1.08 * float(max(*r.running, *r.val)))
    big = top > 20
    left = Panel("Loss", xlim=(0, EPOCHS), ylim=(0.01, top * 2) if big else (0, top),
                 yscale="log" if big else "linear", xlabel="epoch", ylabel="nats")  # fmt: skip
    middle = Panel("Accuracy after the epoch", xlim=(0, EPOCHS), ylim=(0, 1.04), xlabel="epoch",
                   ylabel="share right")  # fmt: skip
    ticks = {1e-8: "10⁻⁸", 1e-6: "10⁻⁶", 1e-4: "10⁻⁴", 0.01: "0.01", 1.0: "1"}
    right = Panel("|update| / |W| of a step", xlim=(0, EPOCHS), ylim=(1e-8, 10), yscale="log",
                  xlabel="epoch", ylabel="ratio", yticks=ticks)  # fmt: skip
    left.hline(CHANCE, "muted", label="ln 10")
    if healthy:
        h = run("healthy")
        left.line(epochs, h.val, "green", width=5, alpha=0.4, label="healthy")
        middle.line(epochs, h.val_accuracy, "green", width=5, alpha=0.4, label="healthy")
        right.line(epochs, h.first, "green", width=5, alpha=0.4, label="healthy")
    left.line(epochs, r.running, "blue", label="training").line(epochs, r.val, "orange", dash=True,
                                                                label="validation")  # fmt: skip
    middle.line(epochs, r.train_accuracy, "blue", label="training")
    middle.line(epochs, r.val_accuracy, "orange", dash=True, label="validation")
    right.line(epochs, r.first, "purple", label="first layer")
    right.line(epochs, r.last, "gold", dash=True, label="last layer")
    return [left, middle, right]


def chart(patient: str, healthy: bool = False) -> Card | str:
    """Draw one patient's chart: losses, accuracies, and how far a step moves the weights."""
    # nbgrader sets this while it grades: ten trainings a submission, for charts that nobody reads.
    if os.environ.get("NBGRADER_EXECUTION") == "autograde":
        return f"(the chart of {patient} is not drawn while grading)"
    name = "Healthy run" if patient == "healthy" else f"Patient {patient}"
    return render(Scene(_panels(patient, healthy), note=name, width=840, height=330))


def ward() -> Card:
    """Draw the losses of all nine patients at a glance."""
    epochs, panels = np.arange(EPOCHS + 1), []
    for patient in PATIENTS:
        r = run(patient)
        high = max(*r.running, *r.val) > 20
        panel = Panel(f"Patient {patient}", xlim=(0, EPOCHS), legend="none",
                      yscale="log" if high else "linear",
                      ylim=None if high else (0, max(3.2, 1.08 * max(*r.running, *r.val))),
                      xlabel="epoch", ylabel="nats")  # fmt: skip
        panel.hline(CHANCE, "muted").line(epochs, r.running, "blue")
        panel.line(epochs, r.val, "orange", dash=True)
        panels.append(panel)
    rows = [panels[0:3], panels[3:6], panels[6:9]]
    note = (
        "Blue: training loss. Orange, dashed: validation loss. Grey: ln 10, the loss of guessing."
    )
    return render(Scene(rows, note=note, width=720, height=560))


def widget() -> Explorer:
    """Choose a patient, read the chart, compare with the healthy run, and look at the answer."""
    for patient in (*PATIENTS, "healthy"):
        run(patient)

    def draw(patient: str, healthy: bool, diagnosis: bool) -> Scene:
        note = f"What is wrong: {PATIENTS[patient]}." if diagnosis else "What is wrong?"
        return Scene(_panels(patient, healthy), note=note, width=840, height=340)

    controls = {
        "patient": dropdown(list(PATIENTS)), "healthy": switch(False), "diagnosis": switch(False)
    }  # fmt: skip
    labels = {"healthy": "healthy run beside it", "diagnosis": "show the diagnosis"}
    return Explorer(draw, controls, labels=labels, name="clinic")
