"""Widgets of the chapter on losses: each function returns an Explorer."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnlib.functional import log_softmax, sigmoid, softmax
from nnlib.viz.controls import choice, slider
from nnlib.viz.explorer import Explorer
from nnlib.viz.scene import Panel, Scene

__all__ = [
    "best_constant",
    "class_weight",
    "focal_shape",
    "information",
    "outlier",
    "softmax_scores",
    "temperature_scaling",
]

Array = NDArray[np.floating]
Labels = NDArray[np.integer]
NAMES = ("squared", "absolute", "Huber")
COLORS = ("blue", "orange", "green")


def _huber(d: Array, delta: float) -> Array:
    a = np.abs(d)
    return np.where(a <= delta, 0.5 * d**2, delta * a - 0.5 * delta**2)


def line_fit(x: Array, y: Array, loss: str, delta: float) -> Array:
    """Return (slope, intercept) of the line that minimizes a mean loss of the errors.

    Reweighted least squares: a loss with slope g(d) is a square with weight g(d) / d.
    """
    A = np.column_stack([x, np.ones_like(x)])
    weight = np.ones_like(x)
    coefficients: Array = np.zeros(2)
    for _ in range(1 if loss == "squared" else 40):
        weighted = A.T * weight
        coefficients = np.linalg.solve(weighted @ A, weighted @ y)
        size = np.maximum(np.abs(A @ coefficients - y), 1e-6)
        weight = 1 / size if loss == "absolute" else np.minimum(1, delta / size)
    return coefficients


def outlier() -> Explorer:
    """Drag one point and see three lines follow it, or not."""
    rng = np.random.default_rng(4)
    x = np.linspace(0.3, 5.7, 12)
    y = 0.8 * x + 0.6 + 0.25 * rng.normal(size=12)
    d = np.linspace(-6, 6, 241)

    def draw(delta: float, drag: tuple[float, float]) -> Scene:
        xs, ys = np.r_[x, drag[0]], np.r_[y, drag[1]]
        left = Panel("Drag the purple point", xlim=(0, 6), ylim=(-3, 7), xlabel="x", ylabel="y")
        right = Panel("The pull of one error", xlim=(-6, 6), ylim=(-6.5, 6.5),
                      xlabel="error d = score - target", ylabel="slope of the loss")  # fmt: skip
        slopes = (2 * d, np.sign(d), np.clip(d, -delta, delta))
        left.points(x, y, "grey", size=4.5)
        words = []
        for name, color, slope in zip(NAMES, COLORS, slopes, strict=True):
            a, b = line_fit(xs, ys, name, delta)
            dash = name == "absolute"
            left.line([0, 6], [b, 6 * a + b], color, label=name, dash=dash)
            right.line(d, slope, color, dash=dash)
            error = a * drag[0] + b - drag[1]
            pull = {"squared": 2 * error, "absolute": np.sign(error)}.get(
                name, float(np.clip(error, -delta, delta))
            )
            right.points([error], [pull], color, size=6)
            words.append(f"{name} {a:.2f}")
        left.handle("drag", *drag)
        note = "True slope 0.80.   Fitted:   " + "   ".join(words)
        return Scene([left, right], note=note)

    return Explorer(
        draw, {"delta": slider(0.1, 3.0, 0.7, 0.1)}, points={"drag": (5.2, -2.0)}, name="outlier"
    )


def best_constant() -> Explorer:
    """Show the mean loss of one constant answer to five targets, one of which can run away."""
    c = np.linspace(0, 30, 601)

    def draw(outlier: float, delta: float) -> Scene:
        targets = np.array([1.0, 2.0, 3.0, 4.0, outlier])
        d = c[:, None] - targets
        curves = ((d**2).mean(axis=1), np.abs(d).mean(axis=1), _huber(d, delta).mean(axis=1))
        panel = Panel("One answer c for all five targets",
                      xlim=(0, 30), ylim=(0.9, 2.2), xlabel="constant answer c",
                      ylabel="loss / smallest loss")  # fmt: skip
        panel.points(targets, np.full(5, 0.94), "ink", size=5, marker="^", label="targets")
        words = []
        for name, color, curve in zip(NAMES, COLORS, curves, strict=True):
            best = int(np.argmin(curve))
            panel.line(c, curve / curve[best], color, label=name, dash=name == "absolute")
            panel.points([c[best]], [1.0], color, size=6)
            words.append(f"{name}: {c[best]:.2f}")
        note = f"mean {targets.mean():.1f}, median {np.median(targets):.1f}.  Best c:  "
        return Scene(panel, note=note + ",  ".join(words), width=640, height=400)

    return Explorer(
        draw,
        {"outlier": slider(4, 100, 100, 1), "delta": slider(0.25, 20, 6.0, 0.25)},
        name="best constant",
    )


def information() -> Explorer:
    """Split the cross-entropy of a coin into entropy and divergence."""
    q = np.linspace(0.005, 0.995, 199)

    def binary(p: float, at: ArrayLike) -> Array:
        return np.asarray(-(p * np.log(at) + (1 - p) * np.log1p(-np.asarray(at))))

    def draw(truth: float, answer: float) -> Scene:
        h, ce = float(binary(truth, truth)), float(binary(truth, answer))
        panel = Panel("Mean loss of the answer q when the truth is p", xlim=(0, 1), ylim=(0, 3),
                      xlabel="answer q", ylabel="nats")  # fmt: skip
        panel.area([0, 1], [h, h], color="blue", label="entropy H(p)")
        panel.line(q, binary(truth, q), "ink", label="cross-entropy")
        panel.vline(truth, "green", label="p")
        panel.line([answer, answer], [h, ce], "orange", width=5, label="KL(p || q)")
        panel.points([answer], [ce], "orange", size=6)
        return Scene(panel, note=f"cross-entropy {ce:.4f} = entropy {h:.4f} + KL {ce - h:.4f}")

    sliders = {"truth": slider(0.02, 0.98, 0.7, 0.01), "answer": slider(0.02, 0.98, 0.4, 0.01)}
    labels = {"truth": "truth p", "answer": "answer q"}
    return Explorer(draw, sliders, labels=labels, name="information")


def softmax_scores() -> Explorer:
    """Drag four scores; see probabilities and the gradient of the cross-entropy."""
    at = np.arange(4)
    ticks = dict(zip(map(float, at), "ABCD", strict=True))
    start = {f"s{i}": (float(i), v) for i, v in enumerate((1.0, 2.0, -0.5, 0.5))}

    def draw(temperature: float, true: str, **drag: tuple[float, float]) -> Scene:
        s = np.array([drag[f"s{i}"][1] for i in at])
        p = softmax(s / temperature)
        y = np.eye(4)["ABCD".index(true)]
        left = Panel("Scores s: drag them", xlim=(-0.6, 3.6), ylim=(-4.2, 4.2), ylabel="score",
                     xticks=ticks)  # fmt: skip
        left.bars(at, s, "grey", alpha=0.5).hline(0, dash=False)
        for i in range(4):
            left.handle(f"s{i}", i, s[i])
        middle = Panel("p = softmax(s / T)", xlim=(-0.6, 3.6), ylim=(0, 1.12), xticks=ticks,
                       ylabel="probability")  # fmt: skip
        middle.bars(at, p, "blue")
        right = Panel("Gradient (p - y) / T", xlim=(-0.6, 3.6), ylim=(-1.35, 1.35), xticks=ticks,
                      ylabel="d loss / d s")  # fmt: skip
        gradient = (p - y) / temperature
        right.bars(at, np.maximum(gradient, 0), "orange").bars(at, np.minimum(gradient, 0), "green")
        right.hline(0, dash=False)
        for i in range(4):
            middle.text(i, p[i], f"{p[i]:.2f}", shift=(0, -11), size=13)
            right.text(i, gradient[i], f"{gradient[i]:+.2f}", size=13,
                       shift=(0, -11 if gradient[i] >= 0 else 11))  # fmt: skip
        loss = -float(log_softmax(s / temperature) @ y)
        note = f"true class {true}: loss {loss:.3f} nats; the gradient sums to 0"
        return Scene([left, middle, right], note=note, width=800)

    return Explorer(
        draw,
        {"temperature": slider(0.25, 5.0, 1.0, 0.05), "true": choice(list("ABCD"))},
        points=start,
        labels={"true": "true class"},
        name="softmax",
    )


def class_weight() -> Explorer:
    """Weigh the rare class of two Gaussian ones, and see its probability inflate."""
    x = np.linspace(-4, 5, 361)
    bell = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    rare_bell = np.exp(-((x - 2) ** 2) / 2) / np.sqrt(2 * np.pi)

    def draw(share: float, weight: float) -> Scene:
        odds = share / (1 - share)
        honest = sigmoid(np.log(odds) + 2 * x - 2)  # the log-ratio of the two bells is 2x - 2
        inflated = sigmoid(np.log(weight * odds) + 2 * x - 2)
        cut = 1 - np.log(weight * odds) / 2
        left = Panel("Two classes", xlim=(-4, 5), ylim=(0, 0.42), xlabel="feature x",
                     ylabel="density x share")  # fmt: skip
        left.area(x, (1 - share) * bell, color="blue", label="common")
        left.area(x, share * rare_bell, color="orange", label="rare")
        left.vline(cut, "ink", label="p* = 1/2")
        right = Panel("Probability of the rare class", xlim=(-4, 5), ylim=(0, 1.03),
                      xlabel="feature x", ylabel="probability")  # fmt: skip
        right.line(x, honest, "blue", label="honest")
        right.line(x, inflated, "orange", dash=True, label="with weight")
        right.vline(cut, "ink").hline(1 / (1 + weight), "muted")
        star = weight * share / (weight * share + 1 - share)
        note = (
            f"Where the honest p is {share:.2f}, weight {weight:.2f} answers {star:.3f}.  "
            f"p* > 0.5 is the same as p > 1/(1 + w) = {1 / (1 + weight):.3f}."
        )
        return Scene([left, right], note=note)

    sliders = {"share": slider(0.02, 0.5, 0.23, 0.01), "weight": slider(0.25, 20, 3.35, 0.05)}
    labels = {"share": "share of the rare class", "weight": "weight w"}
    return Explorer(draw, sliders, labels=labels, name="class weight")


def focal_shape() -> Explorer:
    """Compare focal loss with cross-entropy, and see whose slopes a batch is made of."""
    p = np.linspace(0.01, 0.995, 198)
    rng = np.random.default_rng(0)
    easy, hard = sigmoid(rng.normal(3.5, 0.8, 990)), sigmoid(rng.normal(-0.5, 1.0, 10))

    def pull(p: Array, gamma: float) -> Array:
        return np.asarray((1 - p) ** gamma * (1 - p - gamma * p * np.log(p)))

    def draw(gamma: float) -> Scene:
        focus = -((1 - p) ** gamma) * np.log(p)
        left = Panel("Loss of one sample", xlim=(0, 1), ylim=(0, 3), ylabel="nats",
                     xlabel="probability of the true class")  # fmt: skip
        left.line(p, -np.log(p), "blue", dash=True, label="cross-entropy")
        left.line(p, focus, "orange", label="focal")
        left.points([0.9], [-(0.1**gamma) * np.log(0.9)], "orange", size=6)
        parts = [float(pull(group, gamma).sum()) for group in (easy, hard)]
        share = 100 * np.array(parts) / sum(parts)
        right = Panel("Whose pull is it?", xlim=(-0.6, 1.6), ylim=(0, 108), legend="none",
                      ylabel="percent of all |slopes|",
                      xticks={0: "990 easy", 1: "10 hard"})  # fmt: skip
        right.bars([0, 1], share, "purple")
        for i in (0, 1):
            right.text(i, share[i], f"{share[i]:.0f} %", shift=(0, -11))
        at = -(0.1**gamma) * np.log(0.9)
        return Scene([left, right], note=f"At p = 0.9 the loss is {at:.5f} instead of 0.10536.")

    return Explorer(draw, {"gamma": slider(0, 5, 2.0, 0.1)}, name="focal")


def temperature_scaling(scores: Array, labels: Labels, bins: int = 10) -> Explorer:
    """Divide a trained model's scores ``(n, k)`` by a temperature; see its reliability."""
    rows = np.arange(len(labels))
    temperatures = np.geomspace(0.4, 10, 60)
    losses = [-log_softmax(scores / t)[rows, labels].mean() for t in temperatures]
    right_answer = scores.argmax(axis=1) == labels

    def draw(temperature: float) -> Scene:
        p = softmax(scores / temperature).max(axis=1)
        which = np.minimum((p * bins).astype(int), bins - 1)
        used = np.array([b for b in range(bins) if np.any(which == b)])
        conf = np.array([p[which == b].mean() for b in used])
        acc = np.array([right_answer[which == b].mean() for b in used])
        share = np.array([np.mean(which == b) for b in used])
        left = Panel("Reliability", xlim=(0, 1.06), ylim=(0, 1.05), xlabel="confidence",
                     ylabel="share of right answers")  # fmt: skip
        left.line([0, 1], [0, 1], "muted", dash=True, label="honest")
        left.line(conf, acc, "blue")
        for c, a, s in zip(conf, acc, share, strict=True):
            left.points([c], [a], "blue", size=3 + 9 * float(np.sqrt(s)))
        loss = -float(log_softmax(scores / temperature)[rows, labels].mean())
        right = Panel("Loss on these data", xlim=(0.4, 10), xscale="log", legend="none",
                      xlabel="temperature T", ylabel="nats per sample",
                      xticks={0.5: "0.5", 1: "1", 2: "2", 4: "4", 8: "8"})  # fmt: skip
        right.line(temperatures, losses, "orange").points([temperature], [loss], "orange", size=7)
        error = float(np.sum(share * np.abs(acc - conf)))
        note = (
            f"mean confidence {p.mean():.3f}, accuracy {right_answer.mean():.3f} (does not move), "
            f"ECE {error:.3f}, loss {loss:.3f}"
        )
        return Scene([left, right], note=note)

    return Explorer(draw, {"temperature": slider(0.4, 10, 1.0, 0.1)}, name="temperature")
