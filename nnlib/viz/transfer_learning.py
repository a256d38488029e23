"""Widgets of the chapter on transfer learning: each function returns an Explorer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nnlib.functional import softmax
from nnlib.viz.controls import choice, integer, slider
from nnlib.viz.explorer import Explorer
from nnlib.viz.scene import Panel, Scene
from nnlib.viz.style import MARKERS

__all__ = ["drift", "interval", "low_rank", "sample_size", "soft_targets", "thawing"]

Array = NDArray[np.floating]
Results = Mapping[str, Array]  # strategy -> accuracies (seeds, settings)
COLORS = {
    "from scratch": "grey", "frozen": "blue", "partly frozen": "green", "full": "orange",
    "as it is": "purple",
}  # fmt: skip
SHORT = {"from scratch": "scratch", "partly frozen": "partly"}
# Two-sided 95 % points of Student's t for 1 to 9 degrees of freedom, then the normal one.
T95 = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26)


def interval(values: Array) -> Array:
    """Return half the width of the 95 % interval of the mean over the first axis (seeds)."""
    n = len(values)
    t = T95[n - 2] if n - 2 < len(T95) else 1.96
    half: Array = t * values.std(axis=0, ddof=1) / np.sqrt(n)
    return half


def _curves(panel: Panel, x: Array, results: Results) -> Panel:
    for i, (name, values) in enumerate(results.items()):
        mean, half = values.mean(axis=0), interval(values)
        color = COLORS.get(name, "gold")
        panel.area(x, mean + half, mean - half, color, alpha=0.14)
        panel.line(x, mean, color, label=name, dash=name == "from scratch")
        panel.points(x, mean, color, size=5, marker=MARKERS[i])
    return panel


def sample_size(tasks: Mapping[str, Results], sizes: Sequence[int]) -> Explorer:
    """Compare strategies against the number of labelled samples; ``tasks`` maps name to results."""
    x = np.array(sizes, dtype=float)

    def draw(task: str, size: int) -> Scene:
        results, at = tasks[task], size
        ticks = {float(n): str(n) for n in sizes}
        left = Panel("Mean and 95 % interval over seeds", xscale="log", ylim=(0.15, 1.0), width=1.5,
                     xlabel="labelled samples", ylabel="test accuracy", xticks=ticks,
                     xlim=(0.85 * x[0], 1.18 * x[-1]))  # fmt: skip
        _curves(left, x, results).vline(x[at], "ink")
        right = Panel(f"Each seed, {sizes[at]} samples", xlim=(-0.6, len(results) - 0.4),
                      ylim=(0.15, 1.0), ylabel="test accuracy",
                      xticks={float(i): SHORT.get(name, name) for i, name in enumerate(results)},
                      )  # fmt: skip
        words = []
        for i, (name, values) in enumerate(results.items()):
            spread = i + np.linspace(-0.2, 0.2, len(values))
            right.points(spread, values[:, at], COLORS[name], size=5, marker=MARKERS[i])
            if name != "from scratch":
                gain = values[:, at] - results["from scratch"][:, at]
                half = float(interval(gain[:, None])[0])
                words.append(f"{name} {gain.mean():+.2f} ± {half:.2f}")
        return Scene([left, right], note="Gain over scratch, paired by seed:  " + ",  ".join(words))

    controls = {
        "task": choice(list(tasks)),
        "size": choice({str(n): i for i, n in enumerate(sizes)}, len(sizes) // 2),
    }
    return Explorer(draw, controls, labels={"size": "samples"}, name="sample size")


def drift(
    picture: Callable[[float], Array], angles: Sequence[float], results: Mapping[str, Results]
) -> Explorer:
    """Turn the target's images away from the source's; ``results`` maps a data size to curves."""
    x = np.array(angles, dtype=float)

    def draw(labels: str, angle: float) -> Scene:
        left = Panel("A target image", axes=False, xlim=(0, 1), ylim=(0, 1), equal=True,
                     width=0.6)  # fmt: skip
        left.field(picture(angle)[::-1], cmap="sequential", vmin=0, vmax=1, smooth=False)
        right = Panel("Turned digits: mean and 95 % interval", ylim=(0, 1.03), width=1.4,
                      ylabel="test accuracy",
                      xlabel="angle between source and target, degrees",
                      xlim=(x[0] - 3, x[-1] + 3), xticks=[float(a) for a in angles])  # fmt: skip
        _curves(right, x, results[labels]).vline(angle, "ink")
        at = {n: float(np.interp(angle, x, v.mean(axis=0))) for n, v in results[labels].items()}
        note = f"At {angle:.0f}°:  " + ",  ".join(f"{n} {a:.2f}" for n, a in at.items())
        return Scene([left, right], note=note)

    controls = {"labels": choice(list(results)), "angle": slider(0, float(x[-1]), 40.0, 1)}
    return Explorer(draw, controls, name="drift")


def thawing(names: Sequence[str], sizes: Sequence[int]) -> Explorer:
    """Plan a gradual thawing; ``names`` and ``sizes`` (weights) of layers, input first."""
    n = len(names)

    def draw(epochs: int, factor: float, cooling: float) -> Scene:
        left = Panel("Who trains when; numbers are learning rates", xlim=(0, n * epochs), width=1.7,
                     ylim=(-0.6, n - 0.4), xlabel="epoch",
                     yticks={float(i): name for i, name in enumerate(names)})  # fmt: skip
        share = []
        for stage in range(n):
            x0, x1 = stage * epochs + 0.06 * epochs, (stage + 0.94) * epochs
            for i in range(n):
                below = n - 1 - i
                on = below <= stage
                rate = 0.01 * cooling**stage * factor**below
                color = "orange" if on else "grey"
                left.rect(x0, i - 0.36, x1, i + 0.36, color, alpha=0.3 if on else 0.12, edge=color)
                left.text((x0 + x1) / 2, i, f"{rate:.0e}" if on else "frozen", size=12,
                          color="ink" if on else "muted", halo=False)  # fmt: skip
            share.append(100 * sum(sizes[n - 1 - stage :]) / sum(sizes))
        right = Panel("Trained weights", xlim=(-0.6, n - 0.4), ylim=(0, 112), ylabel="percent",
                      xlabel="stage", xticks=[float(i) for i in range(n)])  # fmt: skip
        right.bars(np.arange(n), share, "orange")
        for i, value in enumerate(share):
            right.text(i, value, f"{value:.0f} %", shift=(0, -10), size=12)
        top, low = 0.01 * cooling ** (n - 1), 0.01 * cooling ** (n - 1) * factor ** (n - 1)
        verdict = "body slower than head" if factor < 1 else "the body is as fast as the head"
        return Scene([left, right], note=f"Last stage: head {top:.0e}, input layer {low:.0e}; "
                     f"{verdict} in every stage.")  # fmt: skip

    controls = {
        "epochs": integer(1, 10, 4),
        "factor": slider(0.1, 1.0, 0.4, 0.05),
        "cooling": slider(0.1, 1.0, 0.5, 0.05),
    }
    words = {"epochs": "epochs per stage", "factor": "factor per layer",
             "cooling": "factor per stage"}  # fmt: skip
    return Explorer(draw, controls, labels=words, name="thawing")


def low_rank(change: Array, accuracies: Array) -> Explorer:
    """Cut the change of a weight matrix ``(n_in, n_out)`` to its first singular vectors.

    ``accuracies[r]`` is what a network reaches with changes of rank ``r``.
    """
    s = np.linalg.svd(change, compute_uv=False)
    n_in, n_out = change.shape
    ranks = np.arange(len(s) + 1)
    kept = np.sqrt(np.r_[0.0, np.cumsum(s**2)] / np.sum(s**2))

    def draw(rank: int) -> Scene:
        left = Panel("Singular values of the change", xlim=(-1, len(s) + 1), xlabel="number",
                     ylim=(0, 1.08 * float(s[0])), ylabel="singular value")  # fmt: skip
        left.bars(ranks[1:], s, "grey", width=1.0, alpha=0.5, label="cut off")
        if rank:
            left.bars(ranks[1 : rank + 1], s[:rank], "orange", width=1.0, label="kept")
        right = Panel("What is kept", xlim=(-1, len(s) + 1), ylim=(0, 1.05), xlabel="rank",
                      ylabel="share, accuracy")  # fmt: skip
        right.line(ranks, kept, "blue", dash=True, label="size of the change, share")
        right.line(ranks, accuracies, "orange", label="accuracy")
        right.points([rank], [kept[rank]], "blue", size=7)
        right.points([rank], [accuracies[rank]], "orange", size=7, marker="s")
        cost = rank * (n_in + n_out)
        note = (
            f"rank {rank}: {cost:,} numbers instead of {n_in * n_out:,}; "
            f"{100 * kept[rank]:.0f} % of the size, accuracy {accuracies[rank]:.2f}"
        )
        return Scene([left, right], note=note)

    return Explorer(draw, {"rank": integer(0, len(s), 4)}, name="low rank")


def soft_targets(images: Array, scores: Array, labels: Sequence[int]) -> Explorer:
    """Soften a teacher's scores ``(n, 10)`` for images ``(n, 8, 8)`` by a temperature."""
    k = scores.shape[1]

    def draw(image: int, temperature: float) -> Scene:
        p = softmax(scores[image : image + 1] / temperature)[0]
        left = Panel("The image", axes=False, xlim=(0, 1), ylim=(0, 1), equal=True, width=0.6)
        left.field(images[image][::-1], cmap="sequential", vmin=0, vmax=1, smooth=False)
        right = Panel(f"The teacher's answer at T = {temperature:.1f}", xlim=(-0.6, k - 0.4),
                      ylim=(0, 1.08), xlabel="class", ylabel="probability", width=1.4,
                      xticks=[float(i) for i in range(k)])  # fmt: skip
        right.bars(np.arange(k), p, "blue")
        right.bars([labels[image]], [p[labels[image]]], "orange")
        second = int(np.argsort(p)[-2])
        right.text(second, p[second], f"{p[second]:.3f}", shift=(0, -10), size=12)
        entropy = -float(np.sum(p * np.log(p + 1e-300)))
        note = f"label {labels[image]};  entropy {entropy:.2f} nats of at most {np.log(k):.2f}"
        return Scene([left, right], note=note)

    pick = {str(label): i for i, label in enumerate(labels)}
    controls = {"image": choice(pick), "temperature": slider(0.5, 12.0, 4.0, 0.1)}
    return Explorer(draw, controls, labels={"temperature": "temperature T"}, name="soft targets")
