"""More widgets of the chapter on regularization: what dropout, penalties and turning do."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from nnlib.viz.controls import button, choice, integer, slider
from nnlib.viz.explorer import Explorer
from nnlib.viz.scene import Panel, Scene, mesh

__all__ = ["dropout_masks", "penalized", "penalties", "turning"]

Array = NDArray[np.floating]
CURVATURE = np.array([[1.0, 0.55], [0.55, 0.8]])


def dropout_masks(n: int = 24, draws: int = 4000) -> Explorer:
    """Draw masks over a layer's activations, and see what the next unit receives."""
    rng = np.random.default_rng(3)
    h = np.abs(rng.normal(1.0, 0.4, n))
    w = rng.normal(size=n) / np.sqrt(n) + 0.12
    at = np.arange(n)

    def draw(p: float, mask: int) -> Scene:
        kept = np.random.default_rng(100 + mask).random(n) >= p
        left = Panel("One mask", xlim=(-0.8, n - 0.2), ylim=(0, 5), xlabel="hidden unit",
                     ylabel="activation")  # fmt: skip
        left.bars(at, h, "grey", alpha=0.45, label="before")
        left.bars(at[kept], h[kept] / (1 - p), "blue", width=0.45, label="after: dropped or scaled")
        many = (np.random.default_rng(7).random((draws, n)) >= p) / (1 - p)
        sums = (many * h) @ w
        right = Panel(f"What the next unit gets, {draws} masks", xlim=(-1, 8), ylim=(0, 30),
                      xlabel="its sum of inputs", ylabel="percent of masks")  # fmt: skip
        right.histogram(sums, 45, "blue", span=(-1, 8))
        right.vline(float(h @ w), "ink", dash=False, label="evaluation")
        right.vline(float(sums.mean()), "orange", label="mean over masks")
        note = (
            f"kept {kept.sum()} of {n} this time, scaled by {1 / (1 - p):.2f};  evaluation "
            f"{h @ w:.2f}, mean over masks {sums.mean():.2f}, spread {sums.std():.2f}"
        )
        return Scene([left, right], note=note)

    return Explorer(
        draw,
        {"p": slider(0, 0.8, 0.2, 0.05), "mask": button("New mask")},
        labels={"p": "dropout probability p"},
        name="dropout",
    )


def penalized(
    best: Array, strength: float | Array, mix: float, curvature: Array = CURVATURE
) -> Array:
    """Return the lowest point of a quadratic bowl around ``best`` plus an elastic-net penalty.

    ``mix`` is the share of L1. Proximal gradient steps, so zeros are exact. For strengths of shape
    ``(n,)`` the answer is ``(n, 2)``, all found at once.
    """
    l1 = np.asarray(strength)[..., None] * mix
    l2 = 2 * np.asarray(strength)[..., None] * (1 - mix)
    lr = 1 / (1.6 + l2)  # 1 / the largest curvature
    w = best + np.zeros_like(l1)
    for _ in range(120):  # each takes a fifth off the distance: 1e-12 is left of it
        v = w - lr * ((w - best) @ curvature + l2 * w)
        w = np.sign(v) * np.maximum(np.abs(v) - lr * l1, 0)
    return np.asarray(w)


def penalties() -> Explorer:
    """Drag the unpenalized optimum, choose L1, L2 or a mix, and see the weights shrink."""
    X1, X2 = mesh((-1.5, 2.5), (-1.5, 2.5), 100)

    def draw(strength: float, mix: float, best: tuple[float, float]) -> Scene:
        c = np.array(best)
        left = Panel("Loss, penalty and the compromise", xlim=(-1.5, 2.5), ylim=(-1.5, 2.5),
                     xlabel="w₁", ylabel="w₂", equal=True)  # fmt: skip
        d1, d2 = X1 - c[0], X2 - c[1]
        A = CURVATURE
        bowl = 0.5 * (A[0, 0] * d1**2 + 2 * A[0, 1] * d1 * d2 + A[1, 1] * d2**2)
        left.contour(bowl, (0.05, 0.2, 0.5, 1.0, 1.8), color="blue", label="loss")
        ball = mix * (np.abs(X1) + np.abs(X2)) + (1 - mix) * (X1**2 + X2**2)
        w = penalized(c, strength, mix)
        level = mix * np.abs(w).sum() + (1 - mix) * (w**2).sum()
        left.contour(ball, [max(level, 1e-3)], color="orange", width=2.4, label="penalty")
        left.hline(0, dash=False).vline(0, dash=False)
        left.points([w[0]], [w[1]], "green", size=8, marker="D", label="penalized weights")
        left.handle("best", *best)
        strengths = np.linspace(0, 2, 61)
        path = penalized(c, strengths, mix)
        right = Panel("Weights against strength", xlim=(0, 2), ylim=(-1, 2.5), xlabel="strength",
                      ylabel="weight")  # fmt: skip
        right.line(strengths, path[:, 0], "blue", label="w₁")
        right.line(strengths, path[:, 1], "purple", dash=True, label="w₂")
        right.hline(0, dash=False).vline(strength, "green")
        zeros = int(np.sum(w == 0))
        note = f"w = ({w[0]:.3f}, {w[1]:.3f}): {zeros} of 2 exactly 0.   Drag the purple point."
        return Scene([left, right], note=note, height=420)

    return Explorer(
        draw,
        {"strength": slider(0, 2, 0.6, 0.05), "mix": slider(0, 1, 1.0, 0.1)},
        points={"best": (1.6, 0.5)},
        labels={"mix": "share of L1"},
        name="penalties",
    )


def turning(
    images: Array,
    rotate: Callable[[Array, Array], Array],
    readers: Mapping[str, Callable[[Array], Array]],
) -> Explorer:
    """Turn a digit, and see what networks read that were trained on images turned more or less.

    Parameters
    ----------
    images : ndarray (10, 8, 8)
        One image of each digit, 0 first.
    rotate : callable
        ``rotate(images, degrees)`` turns each image counter-clockwise by its own angle.
    readers : mapping from str to callable
        By what a network was trained on, its function from pixels ``(n, 64)`` to probabilities.
    """
    at = np.arange(10)

    def draw(digit: int, angle: int, trained: str) -> Scene:
        picture = rotate(images[digit : digit + 1], np.array([float(angle)]))
        p = readers[trained](picture.reshape(1, 64))[0]
        left = Panel(
            f"A {digit}, turned by {angle}°", xlim=(0, 8), ylim=(0, 8), axes=False, equal=True
        )
        left.field(picture[0, ::-1], cmap="sequential", vmin=0, vmax=1, smooth=False)
        right = Panel("What the network reads", xlim=(-0.6, 9.6), ylim=(0, 1.05), xlabel="digit",
                      ylabel="probability", xticks={float(i): str(i) for i in at})  # fmt: skip
        right.bars(at, p, "blue", width=0.7)
        right.vline(digit, "green", label="the label")
        read = int(p.argmax())
        verdict = "as the label says" if read == digit else "the label says otherwise"
        note = f"trained on {trained}: it reads a {read} with {100 * p[read]:.0f} %, {verdict}"
        return Scene([left, right], note=note)

    return Explorer(
        draw,
        {
            "digit": choice(tuple(range(10)), 6),
            "angle": integer(-180, 180, 0, 5),
            "trained": choice(tuple(readers)),
        },
        labels={"angle": "angle (degrees)", "trained": "trained on"},
        name="turning",
    )
