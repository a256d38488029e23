"""Widgets of the chapter on training practice: each function returns an Explorer."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nnlib.viz.clinic import ward as clinic_ward
from nnlib.viz.clinic import widget as clinic
from nnlib.viz.controls import button, choice, integer, slider, switch
from nnlib.viz.explorer import Explorer
from nnlib.viz.scene import Panel, Scene

__all__ = [
    "architect", "clinic", "clinic_ward", "lucky_seeds", "search_plane", "sizes", "t_quantile",
]  # fmt: skip

Array = NDArray[np.floating]
T_975 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179,
         2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064,
         2.060, 2.056, 2.052, 2.048, 2.045, 2.042, 2.040, 2.037, 2.035, 2.032, 2.030, 2.028,
         2.026, 2.024)  # fmt: skip


def t_quantile(n: int) -> float:
    """Return the 97.5 percent point of Student's t with ``n - 1`` degrees of freedom, n <= 20."""
    if not 2 <= n <= 20:
        msg = f"t_quantile expects 2 to 20 runs, got {n}"
        raise ValueError(msg)
    return T_975[n - 2]


def sizes() -> Explorer:
    """Choose layer sizes; see where the parameters sit, and what training keeps in memory."""

    def draw(inputs: int, first: int, second: int, outputs: int, batch: int) -> Scene:
        shape = (inputs, first, second, outputs) if second else (inputs, first, outputs)
        counts = [(n + 1) * m for n, m in pairwise(shape)]
        total = sum(counts)
        left = Panel("Parameters per layer", xlim=(0.4, len(counts) + 0.6),
                     ylim=(0, 1.18 * max(counts)), ylabel="parameters",
                     xticks={i + 1: f"{n} to {m}" for i, (n, m) in enumerate(pairwise(shape))},
                     yticks=[], legend="none")  # fmt: skip
        left.bars(np.arange(len(counts)) + 1.0, counts, "blue", width=0.6)
        for i, count in enumerate(counts):
            left.text(i + 1, count, f"{count:,}", shift=(0, -11), size=13)
        kept = inputs + 2 * (first + second) + outputs
        parts = {
            "weights": total,
            "gradients": total,
            "Adam": 2 * total,
            "activations": batch * kept,
        }
        mega = {name: 4 * n / 1e6 for name, n in parts.items()}
        right = Panel("Memory while training, float32", xlim=(0.3, 4.7), yticks=[], ylabel="MB",
                      legend="none",
                      ylim=(0, 1.18 * max(mega.values())),
                      xticks={i + 1: name for i, name in enumerate(mega)})  # fmt: skip
        colors = ("blue", "sky", "purple", "orange")
        for i, (size, color) in enumerate(zip(mega.values(), colors, strict=True)):
            right.bars([i + 1.0], [size], color, width=0.6)
            right.text(i + 1, size, f"{size:.2f} MB", shift=(0, -11), size=13)
        ratio = sum(parts.values()) / total
        note = f"{total:,} parameters; training with Adam keeps {ratio:.1f} times as many numbers."
        return Scene([left, right], note=note, width=800, height=340)

    controls = {
        "inputs": integer(1, 1000, 784), "first": integer(1, 512, 128),
        "second": integer(0, 512, 64), "outputs": integer(1, 20, 10),
        "batch": integer(1, 1024, 128),
    }  # fmt: skip
    labels = {"first": "first hidden layer", "second": "second hidden layer"}
    return Explorer(draw, controls, labels=labels, name="layer sizes")


def architect(rule: Callable[[int, int], Array]) -> Explorer:
    """Fill in a form; see the layers that ``rule(n_in, n_rows)`` proposes, and what they cost."""
    scores = {
        "one of several classes": ("softmax", "softmax cross-entropy"),
        "several labels at once": ("a sigmoid for each", "binary cross-entropy per label"),
        "a number": ("the score itself", "squared error"),
    }

    def draw(task: str, classes: int, features: int, rows: int) -> Scene:
        output, loss = scores[task]
        n_out = 1 if task == "a number" else classes
        if task == "one of several classes" and classes == 2:
            n_out, output, loss = 1, "sigmoid", "binary cross-entropy"
        shape = (features, *(int(width) for width in rule(features, rows)), n_out)
        hidden = len(shape) - 2
        names = ["inputs", *(f"hidden {i + 1}" for i in range(hidden)), "output"]
        left = Panel("Proposed layers, units", xlim=(0.4, len(shape) + 0.6), yticks=[],
                     ylim=(0, 1.18 * max(shape)), ylabel="units", legend="none", width=1.4,
                     xticks={i + 1: name for i, name in enumerate(names)})  # fmt: skip
        colors = ("grey", *["blue"] * hidden, "orange")
        for i, (units, color) in enumerate(zip(shape, colors, strict=True)):
            left.bars([i + 1.0], [units], color, width=0.6)
            left.text(i + 1, units, f"{units:,}", shift=(0, -11), size=13)
        line, total = (features + 1) * n_out, sum((n + 1) * m for n, m in pairwise(shape))
        right = Panel("Parameters and rows", xlim=(0.4, 3.6), ylim=(1, 1e8), yscale="log",
                      ylabel="number", legend="none",
                      xticks={1: "rows", 2: "linear", 3: "network"})  # fmt: skip
        for i, (number, color) in enumerate(((rows, "grey"), (line, "green"), (total, "blue"))):
            right.bars([i + 1.0], [number - 1], color, width=0.6, base=1.0)
            right.text(i + 1, number, f"{number:,}", shift=(0, -11), size=13)
        ratio = total / rows
        share = "under 0.01" if ratio < 0.005 else f"{ratio:,.{0 if ratio >= 10 else 2}f}"
        if ratio >= 1:
            advice = "it may learn the rows by heart. Try the linear model first; regularize."
        else:
            advice = "fewer than the rows. The linear model is still the baseline."
        note = f"Output: {output}; loss: {loss}.\n{total:,} parameters, {share} per row: {advice}"
        return Scene([left, right], note=note, width=800, height=380)

    controls = {
        "task": choice(list(scores)), "classes": integer(2, 20, 3),
        "features": integer(1, 1000, 20),
        "rows": choice({f"{n:,}": n for n in (100, 500, 2000, 8000, 50_000, 1_000_000)}, 500),
    }  # fmt: skip
    labels = {"task": "answer", "classes": "classes or labels"}
    return Explorer(draw, controls, labels=labels, name="architect")


def search_plane() -> Explorer:
    """Search two settings of which one matters more: a grid against random draws."""
    levels = np.linspace(0, 1, 60)
    X1, X2 = np.meshgrid((np.arange(60) + 0.5) / 60, (np.arange(60) + 0.5) / 60)

    def loss(a: Array, b: Array, weight: float) -> Array:
        return np.asarray(1.6 * np.abs(a - 0.63) ** 1.2 + weight * (b - 0.35) ** 2 + 0.1)

    def draw(how: str, side: int, weight: float, again: int) -> Scene:
        n = side * side
        if how == "grid":
            ticks = (np.arange(side) + 0.5) / side
            a, b = (v.ravel() for v in np.meshgrid(ticks, ticks))
        else:
            a, b = np.random.default_rng(again).uniform(size=(2, n))
        values = loss(a, b, weight)
        best = int(values.argmin())
        left = Panel(f"{n} trials", xlim=(0, 1), ylim=(0, 1), legend="none",
                     xlabel="log of the learning rate, scaled",
                     ylabel="weight decay, scaled")  # fmt: skip
        z = loss(X1, X2, weight)
        left.contour(z, np.linspace(0.15, 1.5, 10), color="sky")
        left.points(a, b, "ink", size=4.5)
        left.points([a[best]], [b[best]], "orange", size=8, marker="D")
        right = Panel("Seen along the learning rate", xlim=(0, 1), ylim=(0, 1.3),
                      xlabel="log of the learning rate, scaled", ylabel="validation loss",
                      legend="none")  # fmt: skip
        right.line(levels, loss(levels, np.full(60, 0.35), weight), "sky")
        right.points(a, values, "ink", size=4.5)
        right.points([a[best]], [values[best]], "orange", size=8, marker="D")
        distinct = len(np.unique(np.round(a, 9)))
        note = f"{distinct} different learning rates; best loss {values[best]:.3f}, optimum 0.100"
        return Scene([left, right], note=note, width=800, height=370)

    controls = {
        "how": choice(["grid", "random"]), "side": integer(2, 6, 3),
        "weight": slider(0, 1.5, 0.15, 0.05), "again": button("draw again"),
    }  # fmt: skip
    labels = {"how": "", "side": "trials per side", "weight": "how much the second matters"}
    return Explorer(draw, controls, labels=labels, name="grid or random")


def lucky_seeds() -> Explorer:
    """Compare two methods over few or many seeds; see how often luck decides."""

    def draw(seeds: int, gap: float, paired: bool, again: int) -> Scene:
        rng = np.random.default_rng(100 + again)
        shared = rng.normal(0, 1.5, 20)
        a = (90 + shared + rng.normal(0, 0.7, 20))[:seeds]
        luck = shared if paired else rng.normal(0, 1.5, 20)
        b = (90 + gap + luck + rng.normal(0, 0.7, 20))[:seeds]
        left = Panel("Accuracy of every run", xlim=(-0.5, 1.5), ylim=(84.5, 96.5), legend="none",
                     xticks={0: "method A", 1: "method B"}, ylabel="percent")  # fmt: skip
        for u, v in zip(a, b, strict=True):
            left.line([0, 1], [u, v], "grey", width=1.2, alpha=0.7 if paired else 0.0)
        left.points(np.zeros(seeds), a, "blue", size=6)
        left.points(np.ones(seeds), b, "orange", size=6, marker="s")
        d = b - a
        spread = d.std(ddof=1) if paired else np.sqrt(a.var(ddof=1) + b.var(ddof=1))
        # Without pairs both spreads are estimated: 2 (seeds - 1) degrees of freedom.
        t = t_quantile(seeds) if paired else T_975[2 * seeds - 3]
        half = t * float(spread) / np.sqrt(seeds)
        right = Panel("B minus A, mean and 95 % interval", xlim=(-6, 6), ylim=(0, 1), yticks=[],
                      xlabel="percent", legend="none")  # fmt: skip
        right.vline(0, "ink").vline(gap, "green")
        low, high = d.mean() - half, d.mean() + half
        right.line([max(low, -6), min(high, 6)], [0.5, 0.5], "purple", width=5)
        right.points([d.mean()], [0.5], "purple", size=8)
        right.text(gap, 0.92, "true gap", "green", size=13, align="left", shift=(6, 0))
        if low > 0 or high < 0:
            verdict = "0 lies outside: the better method is known."
        else:
            verdict = "0 lies inside: these runs do not tell which is better."
        note = f"{d.mean():+.2f} ± {half:.2f} percent.  {verdict}"
        return Scene([left, right], note=note, width=800, height=340)

    controls = {
        "seeds": integer(2, 20, 3), "gap": slider(-2, 2, 0.5, 0.1), "paired": switch(True),
        "again": button("run again"),
    }  # fmt: skip
    labels = {"gap": "true gap", "paired": "same seeds for both"}
    return Explorer(draw, controls, labels=labels, name="lucky seeds")
