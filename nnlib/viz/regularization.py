"""Widgets of the chapter on regularization: each function returns an Explorer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnlib.viz.controls import button, choice, integer, slider
from nnlib.viz.explorer import Explorer
from nnlib.viz.scene import Panel, Scene, mesh

__all__ = ["METHODS", "Features", "bench", "capacity", "stopping"]

Array = NDArray[np.floating]
METHODS = ("none", "L2", "L1", "dropout", "early stopping", "augmentation")


class Features:
    """Least squares on random cosine features: a network whose first layer is frozen.

    Parameters
    ----------
    n : int
        Training samples.
    noise : float
        Standard deviation of the noise on the targets.
    seed : int
        Fixes sample and features.
    most : int
        The largest width that can be asked for.
    """

    def __init__(self, n: int, noise: float, seed: int, most: int = 400) -> None:
        rng = np.random.default_rng(seed)
        self.x = np.linspace(-1, 1, n)
        self.y = self.truth(self.x) + noise * rng.normal(size=n)
        self.rate = 12 * rng.normal(size=most)
        self.phase = rng.uniform(0, 2 * np.pi, most)

    @staticmethod
    def truth(x: ArrayLike) -> Array:
        """Return the function behind the samples."""
        x = np.asarray(x, dtype=float)
        return np.asarray(np.sin(3 * x) + 0.5 * x)

    def design(self, x: Array, width: int) -> Array:
        """Return the features of ``x`` ``(n,)``, shape ``(n, width)``."""
        return np.asarray(np.cos(x[:, None] * self.rate[:width] + self.phase[:width]))

    def predict(self, x: Array, width: int, ridge: float = 0.0) -> Array:
        """Fit ``width`` weights (the shortest ones, where many fit) and return the answers at x."""
        A = self.design(self.x, width)
        if ridge:
            gram = A @ A.T + ridge * len(A) * np.eye(len(A))  # the dual form: n by n
            w = A.T @ np.linalg.solve(gram, self.y)
        else:
            w = np.linalg.lstsq(A, self.y, rcond=1e-12)[0]
        return np.asarray(self.design(x, width) @ w)


@lru_cache(maxsize=16)
def _errors(n: int, noise: float, ridge: float, draws: int) -> tuple[Array, Array, Array]:
    """Return widths, and the median training and test errors over draws of sample and features."""
    widths = np.unique(np.r_[1:n, n, np.geomspace(n, 400, 26).astype(int)])
    x = np.linspace(-1, 1, 101)
    train, test = np.zeros((draws, len(widths))), np.zeros((draws, len(widths)))
    for i in range(draws):
        family = Features(n, noise, i)
        for j, width in enumerate(widths):
            answers = family.predict(np.r_[family.x, x], int(width), ridge)
            train[i, j] = np.mean((answers[:n] - family.y) ** 2)
            test[i, j] = np.mean((answers[n:] - family.truth(x)) ** 2)
    return widths, np.median(train, axis=0), np.median(test, axis=0)


def capacity(n: int = 20, noise: float = 0.3, draws: int = 12) -> Explorer:
    """Turn up the number of weights: underfit, fit, interpolate, and beyond."""
    x = np.linspace(-1, 1, 301)

    def draw(width: int, ridge: float, sample: int) -> Scene:
        strength = 0.0 if ridge <= -6 else 10.0**ridge
        family = Features(n, noise, sample)
        left = Panel(f"{width} weights, {n} samples", xlim=(-1, 1), ylim=(-2.6, 2.6), xlabel="x",
                     ylabel="y")  # fmt: skip
        left.line(x, family.truth(x), "ink", width=1.6, dash=True, label="truth")
        left.line(x, np.clip(family.predict(x, width, strength), -9, 9), "blue", label="fit")
        left.points(family.x, family.y, "orange", size=4.5, label="samples")
        widths, train, test = _errors(n, noise, strength, draws)
        right = Panel(f"Error, median of {draws} draws", xlim=(1, 400), ylim=(1e-3, 100),
                      xscale="log", yscale="log", xlabel="weights", ylabel="mean squared error",
                      xticks={1: "1", 5: "5", 20: "20", 100: "100", 400: "400"})  # fmt: skip
        right.line(widths, np.maximum(train, 1e-9), "orange", dash=True, label="training")
        right.line(widths, test, "blue", label="test").vline(n, "muted", label="samples")
        here = float(np.interp(width, widths, test))
        right.points([width], [here], "blue", size=7)
        best = int(widths[test.argmin()])
        words = "no penalty" if not strength else f"L2 strength {strength:.1e}"
        note = f"{words}: test error {here:.3f} here, lowest {test.min():.3f} at {best} weights"
        return Scene([left, right], note=note)

    return Explorer(
        draw,
        {
            "width": integer(1, 400, 20),
            "ridge": slider(-6, 0, -6, 0.5),
            "sample": button("New sample"),
        },
        labels={"width": "weights", "ridge": "log10 of L2 (-6: none)"},
        name="capacity",
    )


def bench(run: Callable[[str, float, int], dict[str, Any]]) -> Explorer:
    """Train one network on noisy moons with the regularizer of your choice.

    Parameters
    ----------
    run : callable
        ``run(method, strength, seed)``, with a method of ``METHODS`` and a strength from 0 to 1,
        returns a dict: ``x y`` (the sample), ``train val`` (losses by epoch), ``kept`` (the epoch
        whose weights were kept), ``accuracy`` on new data, and ``predict``, a function from rows
        to the probability of class 1.
    """
    run = lru_cache(maxsize=64)(run)
    X1, X2 = mesh((-2, 3), (-1.6, 2.1), 60)
    rows = np.column_stack([X1.ravel(), X2.ravel()])

    def draw(method: str, strength: float, sample: int) -> Scene:
        out = run(method, strength, sample)
        left = Panel("What it learned", xlim=(-2, 3), ylim=(-1.6, 2.1), xlabel="x₁", ylabel="x₂")
        z = out["predict"](rows).reshape(X1.shape)
        left.field(z, vmin=0, vmax=1).contour(z, [0.5], color="ink", width=1.8)
        left.classes(out["x"], out["y"], size=5, labels=("class 0", "class 1"))
        epochs = np.arange(1, len(out["train"]) + 1)
        right = Panel("Losses", xlim=(0, len(epochs)), ylim=(0, 1.6), xlabel="epoch",
                      ylabel="cross-entropy (nats)")  # fmt: skip
        right.line(epochs, np.minimum(out["train"], 3), "orange", dash=True, label="training")
        right.line(epochs, np.minimum(out["val"], 3), "blue", label="validation")
        right.vline(out["kept"] + 1, "green", label="weights kept")
        kept = out["val"][out["kept"]]
        note = (
            f"validation loss of the weights kept {kept:.2f} (lowest {min(out['val']):.2f}); "
            f"accuracy on new data {100 * out['accuracy']:.0f} %"
        )
        if method == "none":
            note += "\n(without a method there is no strength to set)"
        return Scene([left, right], note=note)

    return Explorer(
        draw,
        {
            # With the first one, "none", the slider beside it would do nothing.
            "method": choice(METHODS, "L2"),
            "strength": slider(0, 1, 0.5, 0.25),
            "sample": button("New sample"),
        },
        name="regularization bench",
    )


def stopping(train: Sequence[float], val: Sequence[float]) -> Explorer:
    """Choose patience and min_delta, and see where a recorded run would have stopped."""
    epochs = np.arange(len(val))
    top = 1.6 * float(np.median(val))

    def draw(patience: int, min_delta: float) -> Scene:
        best, best_epoch, waited, epoch = np.inf, 0, 0, 0
        for epoch in range(len(val)):
            if val[epoch] < best - min_delta:
                best, best_epoch, waited = val[epoch], epoch, 0
            else:
                waited += 1
            if waited >= patience:
                break
        panel = Panel("One run, and where patience ends it", xlim=(0, len(val) - 1), ylim=(0, top),
                      xlabel="epoch", ylabel="loss")  # fmt: skip
        panel.rect(epoch, 0, len(val) - 1, top, "grey", alpha=0.18)
        panel.line(epochs, np.minimum(train, top), "orange", dash=True, label="training")
        panel.line(epochs, np.minimum(val, top), "blue", label="validation")
        panel.vline(best_epoch, "green", label="weights restored")
        panel.vline(epoch, "ink", dash=False, label="stopped")
        panel.points([best_epoch], [val[best_epoch]], "green", size=7)
        note = (
            f"stopped after epoch {epoch}, restored epoch {best_epoch}: validation loss "
            f"{val[best_epoch]:.3f}\nlowest of all {len(val)} epochs: {min(val):.3f}"
        )
        return Scene(panel, note=note, width=680, height=380)

    return Explorer(
        draw,
        {"patience": integer(1, 60, 10), "min_delta": slider(0, 0.1, 0.0, 0.005)},
        name="early stopping",
    )
