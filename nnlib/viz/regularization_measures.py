"""Widgets of the chapter on regularization that measure: curves, folds, averages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nnlib.viz.controls import button, choice, dropdown, integer, slider
from nnlib.viz.explorer import Explorer
from nnlib.viz.scene import Panel, Scene

__all__ = ["average_over_networks", "average_over_time", "diagnosis", "folds"]

Array = NDArray[np.floating]
Pair = tuple[NDArray[np.integer], NDArray[np.integer]]  # rows to train on, rows held out
Runs = Mapping[str, tuple[Sequence[float], Sequence[float]]]
WORDS = {"under": "underfits", "good": "fits well", "over": "overfits"}


def diagnosis(runs: Runs, read: Callable[[Array, Array], str], top: float = 1.3) -> Explorer:
    """Look at a recorded run as far as an epoch, and name what it does.

    Parameters
    ----------
    runs : mapping from name to (training losses, validation losses), by epoch
    read : callable
        ``read(train, val)`` returns "under", "good" or "over" for the losses so far.
    top : float
        Losses above are drawn beyond the upper edge.
    """

    def draw(run: str, share: float) -> Scene:
        train, val = (np.asarray(losses, dtype=float) for losses in runs[run])
        seen = max(1, round(share * len(val)))
        at = np.arange(1, len(val) + 1)
        panel = Panel(run, xlim=(0, len(val)), ylim=(0, top), xlabel="epoch", ylabel="loss (nats)")
        panel.line(at, np.minimum(train, 2 * top), "orange", width=1.0, dash=True, alpha=0.3)
        panel.line(at, np.minimum(val, 2 * top), "blue", width=1.0, alpha=0.3)
        panel.line(at[:seen], train[:seen], "orange", dash=True, label="training")
        panel.line(at[:seen], np.minimum(val[:seen], 2 * top), "blue", label="validation")
        best = int(val[:seen].argmin())
        panel.points([best + 1], [val[best]], "green", size=7, label="lowest validation so far")
        panel.vline(seen, "ink")
        rise = 100 * (val[seen - 1] / val[best] - 1)
        note = (
            f"after epoch {seen} it {WORDS[read(train[:seen], val[:seen])]}: training "
            f"{train[seen - 1]:.2f}, validation {val[seen - 1]:.2f},\n"
            f"{rise:.0f} % above its lowest, {val[best]:.2f} in epoch {best + 1}"
        )
        return Scene(panel, note=note, width=680, height=400)

    names = list(runs)
    return Explorer(
        draw,
        {"run": dropdown(names, names[-1]), "share": slider(0.02, 1, 0.2, 0.02)},
        labels={"share": "share of the epochs seen"},
        name="diagnosis",
    )


def folds(
    split: Callable[[int, int, np.random.Generator], Iterable[Pair]], n: int = 60
) -> Explorer:
    """Cut a sorted sample into folds, shuffled or not, and compare with the truth.

    Parameters
    ----------
    split : callable
        ``split(n, k, rng)`` gives ``k`` pairs of shuffled rows: to train on, and held out.
    n : int
        Rows: two classes of equal size, the first class first.
    """
    labels = np.repeat([0, 1], n // 2)
    n = len(labels)

    def sample(seed: int, labels: Array) -> Array:
        rng = np.random.default_rng(seed)
        return rng.normal(size=(len(labels), 2)) + np.where(labels[:, None] == 1, 0.8, -0.8)

    def fit(x: Array, y: Array) -> Array:
        return np.asarray(np.linalg.lstsq(np.c_[x, np.ones(len(x))], 2 * y - 1, rcond=None)[0])

    def score(w: Array, x: Array, y: Array) -> float:
        return float(np.mean((np.c_[x, np.ones(len(x))] @ w > 0) == (y == 1)))

    many = np.repeat([0, 1], 5000)
    new = sample(99, many)

    def draw(k: int, order: str, seed: int) -> Scene:
        x, grid, scores = sample(seed, labels), np.zeros((k, n)), []
        for i, pair in enumerate(
            split(n, k, np.random.default_rng(seed)) if order == "shuffled" else _in_order(n, k)
        ):
            rows, held = pair
            scores.append(score(fit(x[rows], labels[rows]), x[held], labels[held]))
            grid[k - 1 - i, held] = 1
        left = Panel("Held out in each fold", xlim=(0, n), ylim=(0, k), legend="none",
                     xlabel="row: the first half is class 0", ylabel="fold",
                     yticks={k - 0.5: "1", 0.5: str(k)})  # fmt: skip
        left.field(0.75 * grid, cmap="sequential", vmin=0, vmax=1, smooth=False)
        left.vline(n / 2, "orange")
        right = Panel("Accuracy on what was held out", xlim=(0.2, k + 0.8), ylim=(0, 1.08),
                      xlabel="fold", ylabel="accuracy")  # fmt: skip
        at = np.arange(1, k + 1)
        right.bars(at, scores, "blue", width=0.7, alpha=0.6)
        mean, truth = float(np.mean(scores)), score(fit(x, labels), new, many)
        right.hline(mean, "blue", dash=False, label="their mean")
        right.hline(truth, "orange", label="all rows' model, on 10,000 new ones")
        note = f"mean {mean:.2f}, standard deviation {np.std(scores):.2f};  on new rows {truth:.2f}"
        return Scene([left, right], note=note, width=840)

    return Explorer(
        draw,
        {
            "k": integer(2, 20, 5),
            "order": choice(["shuffled", "in order"]),
            "seed": button("New sample"),
        },
        labels={"k": "folds k", "order": "rows"},
        name="folds",
    )


def _in_order(n: int, k: int) -> list[Pair]:
    rows = np.arange(n)
    return [(np.setdiff1d(rows, held), held) for held in np.array_split(rows, k)]


def average_over_networks(x: Array, truth: Array, members: Array) -> Explorer:
    """Average ``members`` ``(networks, points)``, and split the error of their average."""
    span = float(np.abs(members).max())

    def draw(count: int, first: int) -> Scene:
        chosen = np.roll(members, -first, axis=0)[:count]
        average = chosen.mean(axis=0)
        left = Panel("Networks, and their average", xlim=(float(x[0]), float(x[-1])),
                     ylim=(-span, span), xlabel="x", ylabel="y")  # fmt: skip
        for i, answers in enumerate(chosen):
            left.line(x, answers, "grey", width=1.1, alpha=0.7, label="" if i else "one network")
        left.line(x, average, "blue", label="average")
        left.line(x, truth, "ink", width=1.6, dash=True, label="truth")
        each = np.mean((members - truth) ** 2, axis=1)
        mean = float(np.mean((chosen - truth) ** 2))
        spread = float(np.mean((chosen - average) ** 2))
        right = Panel("Mean squared error", xlim=(-0.6, 2.6), ylim=(0, 1.25 * float(each.max())),
                      xticks={0.0: "mean error", 1.0: "− spread", 2.0: "= of the average"},
                      legend="none")  # fmt: skip
        right.bars([0], [mean], "grey", width=0.6)
        right.bars([1], [spread], "orange", width=0.6, base=mean - spread)
        right.bars([2], [mean - spread], "blue", width=0.6)
        for at, high, value in (
            (0, mean, mean),
            (1, mean, spread),
            (2, mean - spread, mean - spread),
        ):
            right.text(at, high, f"{value:.3f}", size=13, shift=(0, -10))
        note = f"{count} of {len(members)}: {mean:.3f} − {spread:.3f} = {mean - spread:.3f}"
        return Scene([left, right], note=note, width=820)

    return Explorer(
        draw,
        {
            "count": integer(1, len(members), min(3, len(members))),
            "first": integer(0, len(members) - 1, 0),
        },
        labels={"count": "networks", "first": "beginning with number"},
        name="average over networks",
    )


def average_over_time(average: Callable[[Array, float], Array], steps: int = 300) -> Explorer:
    """Follow noisy descent in a bowl, and the running average of its weights.

    Parameters
    ----------
    average : callable
        ``average(thetas, beta)`` returns the corrected averages of ``thetas`` ``(steps, 2)``.
    steps : int
        Steps of descent.
    """
    curvature, start = np.array([1.0, 4.0]), np.array([2.4, 1.6])
    at = np.arange(1, steps + 1)

    def draw(beta: float, rate: float, seed: int) -> Scene:
        noise = np.random.default_rng(seed).normal(size=(steps, 2)) * 1.5
        theta, path = start.copy(), np.empty((steps, 2))
        for k in range(steps):
            theta = theta - rate * (curvature * theta + noise[k])
            path[k] = theta
        smooth = np.asarray(average(path, beta))
        loss = {name: 0.5 * (p**2) @ curvature for name, p in (("weights", path), ("mean", smooth))}
        left = Panel("The last 100 steps", xlim=(-1.6, 1.6), ylim=(-1.2, 1.2), xlabel="θ₁",
                     ylabel="θ₂", equal=True)  # fmt: skip
        left.line(path[-100:, 0], path[-100:, 1], "grey", width=1.0, alpha=0.8, label="weights")
        left.line(smooth[-100:, 0], smooth[-100:, 1], "blue", width=2.4, label="their average")
        left.points([0], [0], "green", marker="D", size=6, label="minimum")
        right = Panel("Loss above the minimum", xlim=(0, steps), ylim=(1e-4, 20), yscale="log",
                      xlabel="step", ylabel="loss")  # fmt: skip
        right.line(at, np.clip(loss["weights"], 1e-5, 1e3), "grey", width=1.2, label="weights")
        right.line(at, np.clip(loss["mean"], 1e-5, 1e3), "blue", label="their average")
        late = {name: float(values[-100:].mean()) for name, values in loss.items()}
        note = (
            f"looks back about {1 / (1 - beta):.0f} steps;  mean loss of the last 100 steps: "
            f"weights {late['weights']:.3f}, average {late['mean']:.3f}"
        )
        return Scene([left, right], note=note, width=840, height=400)

    return Explorer(
        draw,
        {
            "beta": slider(0, 0.995, 0.95, 0.005),
            "rate": slider(0.02, 0.4, 0.2, 0.02),
            "seed": button("New noise"),
        },
        labels={"beta": "memory β", "rate": "learning rate"},
        name="average over time",
    )
