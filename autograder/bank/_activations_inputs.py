"""Chapter 3, inputs that the exercises on elementwise activations share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.bank._numeric import vjp
from autograder.exercise import Case, Values

SHAPES = ((4, 3), (1, 5), (6, 2))


def points(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Return points of both signs that keep away from the kink at 0."""
    x = rng.uniform(0.05, 2.5, size=shape) * rng.choice([-1.0, 1.0], size=shape)
    x.flat[0], x.flat[1] = abs(x.flat[0]), -abs(x.flat[1])
    return x


def batches(rng: np.random.Generator) -> list[Case]:
    return [{"x": points(rng, s), "dy": rng.normal(size=s)} for s in SHAPES]


def far(rng: np.random.Generator) -> list[Case]:
    """Return ordinary batches, and one in each precision that reaches far out."""
    wide = np.array([[-1000.0, -710.0, -38.0, -0.7], [0.4, 39.0, 711.0, 1000.0]])
    single = np.array([[-400.0, -90.0, -0.6], [0.8, 95.0, 400.0]], dtype=np.float32)
    return [
        *batches(rng),
        {"x": wide, "dy": rng.normal(size=wide.shape)},
        {"x": single, "dy": rng.normal(size=single.shape).astype(np.float32)},
    ]


def logistic(x: Any) -> Any:
    return 0.5 * (1 + np.tanh(x / 2))


def dx(forward: Callable[[Any], Any]) -> Callable[[Case], Values]:
    """Return a truth: the input gradient of ``forward``, by central differences."""

    def truth(case: Case) -> Values:
        return {"dx": vjp(forward, case["x"], case["dy"])}

    return truth
