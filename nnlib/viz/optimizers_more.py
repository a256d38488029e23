"""More widgets of the chapter on optimizers: decay under noise, memory, one rate for all."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnlib.viz.controls import button, choice, integer, slider
from nnlib.viz.explorer import Explorer
from nnlib.viz.scene import Panel, Scene
from nnlib.viz.style import CYCLE, MARKERS

__all__ = ["decay_under_noise", "memory", "one_rate"]

Array = NDArray[np.float64]
FORMATS = {"float64": 8, "float32": 4, "bfloat16": 2}  # bytes of a number


def under_noise(sizes: ArrayLike, lr: float, decay: float, noise: ArrayLike) -> Array:
    """Return the paths of weights that start at 1 and get only noise as gradients.

    Adam and AdamW side by side in one array, as two ``nnlib`` optimizers would take a widget's
    whole time for a picture; a test holds both to ``nnlib``.

    Parameters
    ----------
    sizes : (n,)
        Standard deviations of the gradients of the ``n`` weights.
    lr, decay : float
        Learning rate and decay of Adam, with the usual betas.
    noise : (steps, n)
        Standard normal numbers.

    Returns
    -------
    ndarray (2, steps + 1, n)
        First with the decay added to the gradient (L2), then with it beside the gradient (AdamW).
    """
    g = np.asarray(noise, dtype=np.float64) * np.asarray(sizes, dtype=np.float64)
    steps, n = g.shape
    theta, m, v = np.ones((2, n)), np.zeros((2, n)), np.zeros((2, n))
    path = np.ones((2, steps + 1, n))
    coupled, shrink = np.array([[decay], [0.0]]), np.array([[1.0], [1 - lr * decay]])
    for k in range(steps):
        grad = g[k] + coupled * theta
        m += 0.1 * (grad - m)
        v += 0.001 * (grad * grad - v)
        root = np.sqrt(v / (1 - 0.999 ** (k + 1))) + 1e-8
        theta = theta * shrink - lr / (1 - 0.9 ** (k + 1)) * m / root
        path[:, k + 1] = theta
    return path


def decay_under_noise(steps: int = 500, lr: float = 0.004) -> Explorer:
    """Decay two weights whose gradients differ in size, through Adam's gradient and beside it."""
    at = np.arange(steps + 1)

    def draw(size: float, decay: float, seed: int) -> Scene:
        noise = np.random.default_rng(seed).normal(size=(steps, 2))
        both = under_noise([1.0, 10.0**size], lr, decay, noise)
        ideal = np.exp(-lr * decay * at)
        panels, ends = [], []
        for title, path in zip(("Adam with L2", "AdamW"), both, strict=True):
            panel = Panel(title, xlim=(0, steps), ylim=(-0.3, 1.3), xlabel="step", ylabel="weight")
            panel.line(at, ideal, "grey", width=1.2, label="exp(−αλt)")
            panel.line(at, path[:, 0], "blue", label="gradients of size 1")
            panel.line(at, path[:, 1], "orange", dash=True, label=f"of size {10**size:.0f}")
            panels.append(panel)
            ends.append(f"{title}: {path[-1, 0]:.2f} and {path[-1, 1]:.2f}")
        note = f"after {steps} steps   {ends[0]}   {ends[1]}   pure decay: {ideal[-1]:.2f}"
        return Scene(panels, note=note, width=820)

    return Explorer(
        draw,
        {
            "size": slider(0, 3, 2, 0.25),
            "decay": slider(0, 2, 1, 0.1),
            "seed": button("New noise"),
        },
        labels={"size": "log₁₀ size of the larger gradients", "decay": "decay λ"},
        name="decay under noise",
    )


def memory(kept: Mapping[str, int]) -> Explorer:
    """Size of a network in training, by optimizer.

    Parameters
    ----------
    kept : mapping from optimizer to number of vectors
        How many vectors as long as the parameters each optimizer keeps between steps.
    """
    rows = np.arange(len(kept), dtype=float)

    def draw(log_n: float, number: str) -> Scene:
        vector = 10.0**log_n * FORMATS[number]
        unit, name = next((u, s) for u, s in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
                          if vector >= u / 4 or u == 1e3)  # fmt: skip
        one = vector / unit
        panel = Panel("What training holds beside the activations", xlim=(-0.6, len(kept) - 0.4),
                      ylim=(0, 4.4 * one), ylabel=name,
                      xticks=dict(zip(rows.tolist(), kept, strict=True)))  # fmt: skip
        panel.bars(rows, np.full(len(kept), one), "blue", width=0.6, label="parameters")
        panel.bars(rows, np.full(len(kept), one), "orange", width=0.6, base=one, label="gradients")
        state = one * np.array(list(kept.values()), dtype=float)
        panel.bars(rows, state, "green", width=0.6, base=2 * one, label="the optimizer's state")
        for r, s in zip(rows, state, strict=True):
            panel.text(r, 2 * one + s, f"{2 * one + s:.3g}", size=13, shift=(0, -10))
        most = max(kept, key=lambda rule: kept[rule])
        note = (
            f"{10.0**log_n:,.0f} parameters of {FORMATS[number]} bytes: the weights alone take "
            f"{one:.3g} {name}, training with {most} {(2 + kept[most]) * one:.3g} {name}"
        )
        return Scene(panel, note=note, width=680)

    return Explorer(
        draw,
        {"log_n": slider(3, 11, 9, 0.25), "number": choice(list(FORMATS), "float32")},
        labels={"log_n": "log₁₀ parameters", "number": ""},
        name="memory of optimizers",
    )


def one_rate(rates: ArrayLike, results: Mapping[str, ArrayLike], top: float = 10.0) -> Explorer:
    """Rank optimizers at one common rate, and with each at its own best.

    Parameters
    ----------
    rates : (n,)
        The grid of learning rates.
    results : mapping from optimizer to losses (n, seeds)
        What each reached at each rate.
    top : float
        Losses above are drawn here.
    """
    rates = np.asarray(rates, dtype=np.float64)
    means = {name: np.asarray(z, dtype=np.float64).mean(axis=1) for name, z in results.items()}
    low = 0.7 * min(float(mean.min()) for mean in means.values())
    ticks = dict(zip(np.arange(len(means), dtype=float).tolist(), means, strict=True))

    def draw(which: int, own: bool) -> Scene:
        left = Panel("Loss against the rate", xscale="log", yscale="log", ylim=(low, top),
                     xlabel="learning rate", ylabel="validation loss", legend="none",
                     width=0.8)  # fmt: skip
        right = Panel(f"The table at {'the best rates' if own else f'{rates[which]:.1e}'}",
                      xlim=(-0.6, len(means) - 0.4), ylim=(0, 2.6), xticks=ticks,
                      ylabel="validation loss (2.5 and more alike)")  # fmt: skip
        found = {}
        for k, (name, mean) in enumerate(means.items()):
            z, color, marker = np.clip(mean, low, top), CYCLE[k % 7], MARKERS[k % 7]
            i = int(mean.argmin()) if own else which
            found[name] = float(mean[i])
            left.line(rates, z, color, width=1.6).points(rates, z, color, marker=marker, size=3.5)
            left.points([rates[i]], [z[i]], color, marker=marker, size=9, edge="ink")
            right.bars([k], [min(found[name], 2.5)], color, width=0.65)
            right.text(k, min(found[name], 2.5), f"{found[name]:.2f}", size=13, shift=(0, -10))
        if not own:
            left.vline(float(rates[which]), "ink")
        order = sorted(found, key=lambda name: found[name])
        note = (
            f"first {order[0]} ({found[order[0]]:.2f}), last {order[-1]} ({found[order[-1]]:.2f})"
        )
        return Scene([left, right], note=note, width=860, height=400)

    middle = int(np.abs(np.log(rates / 0.01)).argmin())
    return Explorer(
        draw,
        {
            "own": choice({"one rate for all": False, "each at its best": True}),
            "which": integer(0, len(rates) - 1, middle),
        },
        labels={"which": "rate: number on the grid", "own": ""},
        name="one rate for all",
    )
