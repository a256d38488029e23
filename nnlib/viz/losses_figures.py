"""Static figures of the chapter on losses, drawn from the same scenes as the widgets."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from nnlib.functional import log_softmax, sigmoid
from nnlib.viz.render import render
from nnlib.viz.scene import Panel, Scene
from nnlib.viz.style import Card

__all__ = [
    "descent",
    "fits",
    "likelihoods",
    "logit_losses",
    "loss_and_accuracy",
    "margins",
    "noise_band",
    "reports",
    "shapes",
    "smoothing",
]

Array = NDArray[np.floating]
COLORS = ("blue", "orange", "green", "purple")


def _lines(panel: Panel, x: Array, curves: Mapping[str, Array]) -> Panel:
    for i, (name, y) in enumerate(curves.items()):
        panel.line(x, y, COLORS[i], label=name, dash=i % 2 == 1)
    return panel


def shapes(delta: float = 1.0) -> Card:
    """Draw squared, absolute and Huber loss of one error, and their slopes."""
    d = np.linspace(-3, 3, 301)
    a = np.abs(d)
    left = Panel("Loss", xlim=(-3, 3), ylim=(0, 5), xlabel="error d = score - target",
                 ylabel="loss")  # fmt: skip
    right = Panel("Slope", xlim=(-3, 3), ylim=(-4, 4), xlabel="error d = score - target",
                  ylabel="d loss / d score")  # fmt: skip
    huber = np.where(a <= delta, 0.5 * d**2, delta * a - 0.5 * delta**2)
    _lines(left, d, {"squared": d**2, "absolute": a, f"Huber, δ = {delta:g}": huber})
    slopes = {"squared": 2 * d, "absolute": np.sign(d), "Huber": np.clip(d, -delta, delta)}
    return render(Scene([left, _lines(right, d, slopes)]))


def likelihoods() -> Card:
    """Draw a Gaussian and a Laplace density, and minus their logarithms."""
    t = np.linspace(-4, 4, 321)
    gauss = np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi)
    laplace = np.exp(-np.abs(t)) / 2
    left = Panel("Density of the target around the score", xlim=(-4, 4), ylim=(0, 0.55),
                 xlabel="target - score", ylabel="density")  # fmt: skip
    right = Panel("Minus its logarithm", xlim=(-4, 4), ylim=(0, 9), xlabel="target - score",
                  ylabel="nats")  # fmt: skip
    _lines(left, t, {"Gaussian": gauss, "Laplace": laplace})
    nats = {"Gaussian: a parabola": -np.log(gauss), "Laplace: a corner": -np.log(laplace)}
    _lines(right, t, nats)
    return render(Scene([left, right]))


def descent(curves: Mapping[str, Array]) -> Card:
    """Draw losses against the number of steps, on a logarithmic scale."""
    panel = Panel("Twenty steps of gradient descent", yscale="log", xlabel="step", ylabel="loss")
    for i, (name, y) in enumerate(curves.items()):
        x = np.arange(len(y))
        panel.line(x, y, COLORS[i], label=name).points(x, y, COLORS[i], size=4, marker="os^D"[i])
    return render(Scene(panel, width=620, height=360))


def fits(x: Array, y: Array, grid: Array, truth: Array, curves: Mapping[str, Array]) -> Card:
    """Draw noisy samples, the function behind them, and what networks made of them."""
    panel = Panel("The same network, two losses", ylim=(-3.2, 4.4), xlabel="x", ylabel="y")
    panel.points(x, y, "grey", size=4, label="samples").line(grid, truth, "ink", width=1.6,
                                                             label="truth")  # fmt: skip
    for i, (name, values) in enumerate(curves.items()):
        panel.line(grid, values, COLORS[1 - i], label=name, dash=i == 1)
    return render(Scene(panel, width=640, height=400))


def noise_band(x: Array, y: Array, grid: Array, mean: Array, std: Array, truth: Array) -> Card:
    """Draw a predicted mean with two standard deviations, and the deviations themselves."""
    left = Panel("Mean and two standard deviations", xlabel="x", ylabel="y", width=1.3)
    left.area(grid, mean + 2 * std, mean - 2 * std, label="± 2 std")
    left.points(x, y, "grey", size=3, label="samples").line(grid, mean, "blue", label="mean")
    right = Panel("Its standard deviation", xlabel="x", ylabel="std")
    right.line(grid, std, "blue", label="learned").line(grid, truth, "ink", dash=True,
                                                        label="true")  # fmt: skip
    return render(Scene([left, right]))


def logit_losses() -> Card:
    """Draw binary cross-entropy of target 0 in float32, written in three ways, and its slope."""
    z = np.arange(-5, 60.01, 0.25).astype(np.float32)
    with np.errstate(all="ignore"):
        p = (1 / (1 + np.exp(-z))).astype(np.float32)
        naive = -np.log(1 - p)
        clipped = -np.log(1 - np.clip(p, np.float32(1e-7), np.float32(1 - 1e-7)))
    stable = np.logaddexp(np.float32(0), z)
    naive[~np.isfinite(naive)] = np.nan
    left = Panel("Loss of a sample with label 0, float32", xlim=(-5, 60), ylim=(0, 62),
                 xlabel="score", ylabel="nats")  # fmt: skip
    left.line(z, stable, "blue", width=5, alpha=0.45, label="from the score")
    left.line(z, clipped, "orange", dash=True, label="clipped")
    left.line(z, naive, "ink", label="naive (ends: inf)")
    last = int(np.flatnonzero(np.isfinite(naive))[-1])
    left.points([z[last]], [naive[last]], "ink", size=7, marker="x")
    right = Panel("Slope of what is computed", xlim=(-5, 60), ylim=(-0.1, 1.25), xlabel="score",
                  ylabel="d loss / d score")  # fmt: skip
    right.line(z, sigmoid(z), "blue", width=5, alpha=0.45, label="from the score")
    flat = np.where(clipped >= clipped.max(), 0.0, sigmoid(z))
    right.line(z, flat, "orange", dash=True, label="clipped")
    return render(Scene([left, right]))


def margins() -> Card:
    """Draw the losses of a yes-or-no answer against its margin."""
    m = np.linspace(-3, 3, 601)
    panel = Panel("What a margin costs", xlim=(-3, 3), ylim=(0, 4.2), ylabel="loss",
                  xlabel="margin m = t · s  (t = -1 or +1)")  # fmt: skip
    panel.line(m, np.where(m > 0, 0.0, 1.0), "muted", width=1.8, label="errors counted")
    panel.line(m, np.maximum(0, 1 - m), "blue", label="hinge")
    panel.line(m, np.maximum(0, 1 - m) ** 2, "green", dash=True, label="squared hinge")
    panel.line(m, np.logaddexp(0, -m), "orange", label="logistic (BCE)")
    return render(Scene(panel, width=620, height=400))


def smoothing(a: float = 0.1, k: int = 10) -> Card:
    """Draw cross-entropy and its smoothed form against the lead of the true class's score."""
    lead = np.linspace(0, 14, 1401)
    log_p = log_softmax(np.column_stack([lead, np.zeros((len(lead), k - 1))]))
    hard = -log_p[:, 0]
    soft = -(1 - a + a / k) * log_p[:, 0] - (k - 1) * a / k * log_p[:, 1]
    panel = Panel(f"{k} classes, smoothing {a:g}", xlim=(0, 14), ylim=(0, 2.4), ylabel="nats",
                  xlabel="lead of the true class's score over the others")  # fmt: skip
    panel.line(lead, hard, "blue", label="hard target").line(lead, soft, "orange", dash=True,
                                                             label="smoothed target")  # fmt: skip
    best = int(np.argmin(soft))
    panel.points([lead[best]], [soft[best]], "orange", size=7)
    panel.text(lead[best], soft[best], f"lowest: {soft[best]:.4f} at {lead[best]:.2f}",
               align="left", shift=(2, 22))  # fmt: skip
    return render(Scene(panel, width=620, height=380))


def loss_and_accuracy(train: Array, val: Array, accuracy: Array) -> Card:
    """Draw training and validation loss beside validation accuracy, epoch by epoch."""
    epochs = np.arange(1, len(train) + 1)
    left = Panel("Loss", ylim=(0, 1.05 * float(max(val.max(), train.max()))),
                 xlabel="epoch", ylabel="nats per sample")  # fmt: skip
    left.line(epochs, train, "blue", label="training").line(epochs, val, "orange", dash=True,
                                                            label="validation")  # fmt: skip
    right = Panel("Accuracy", ylim=(0, 1), xlabel="epoch", ylabel="share of right answers")
    right.line(epochs, accuracy, "orange", dash=True, label="validation")
    return render(Scene([left, right]))


def reports(p: float = 0.7) -> Card:
    """Draw the mean score of every report q of an event of probability p, under three rules."""
    q = np.linspace(0.01, 0.99, 197)
    curves = {
        "logarithmic": -(p * np.log(q) + (1 - p) * np.log(1 - q)),
        "Brier": p * (1 - q) ** 2 + (1 - p) * q**2,
        "absolute": p * (1 - q) + (1 - p) * q,
    }
    panel = Panel(f"Mean loss of reporting q, when the event has probability {p:g}", xlim=(0, 1),
                  ylim=(0, 2), xlabel="report q", ylabel="mean loss")  # fmt: skip
    _lines(panel, q, curves)
    for i, y in enumerate(curves.values()):
        best = int(np.argmin(y))
        panel.points([q[best]], [y[best]], COLORS[i], size=7, marker="os^"[i])
    return render(Scene(panel.vline(p, "muted"), width=640, height=380))
