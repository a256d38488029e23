"""Chapter 6: curvature without a Hessian."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.exercise import Case, Exercise, Right, Values, Wrong


def hvp_probe(code: Mapping[str, Any], case: Case) -> Values:
    """Hand over the gradient of sum(softplus(A theta)) + |theta|^4 / 4, as a function."""
    A = case["A"]

    def gradient(theta: Any) -> Any:
        theta = np.asarray(theta, dtype=float)
        return A.T @ (1 / (1 + np.exp(-A @ theta))) + theta * (theta @ theta)

    return {"Hv": code["hvp"](gradient, case["theta"], case["v"])}


def _hvp_truth(case: Case) -> Values:
    A, theta = case["A"], case["theta"]
    s = 1 / (1 + np.exp(-A @ theta))
    hessian = A.T @ (A * (s * (1 - s))[:, None])
    hessian += (theta @ theta) * np.eye(len(theta)) + 2 * np.outer(theta, theta)
    return {"Hv": hessian @ case["v"]}


def _hvp_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "A": rng.normal(size=(m, n)),
            "theta": rng.normal(size=n) * 0.8,
            "v": rng.normal(size=n) * size,
        }
        for m, n, size in ((6, 4, 1.0), (3, 1, 2.0), (2, 3, 0.4))
    ]


HVP = Exercise(
    name="optimizers-hvp",
    title="The Hessian times a vector",
    difficulty=2,
    minutes=10,
    points=3,
    cases=_hvp_cases,
    probe=hvp_probe,
    truth=_hvp_truth,
    reference='''
def hvp(gradient, theta, v, h=1e-4):
    """Return the Hessian at theta times v, from two calls of gradient."""
    return (gradient(theta + h * v) - gradient(theta - h * v)) / (2 * h)
''',
    wrong=(
        Wrong(
            "h-for-two-h",
            "Your result is exactly twice the right one: the two points are `2 * h` apart, so divide by that.",
            swap={"/ (2 * h)": "/ h"},
        ),
        Wrong(
            "not-divided",
            "Your result is a difference of gradients; divide it by the distance `2 * h` for a rate of change.",
            swap={" / (2 * h)": ""},
        ),
        Wrong(
            "diagonal",
            "Your result multiplies `v` entry by entry, as if the Hessian were diagonal: move along `v` as a whole.",
            code="""
def hvp(gradient, theta, v, h=1e-4):
    ones = np.ones_like(theta)
    return (gradient(theta + h * ones) - gradient(theta - h * ones)) / (2 * h) * v
""",
        ),
        Wrong(
            "unit-vector",
            "Your direction is scaled to length 1, and the result is not scaled back: multiply it by the length of `v`.",
            swap={"    return (g": "    v = v / np.linalg.norm(v)\n    return (g"},
        ),
        Wrong(
            "huge-step",
            "Your step is so large that the curvature itself changes on the way; a step of about 1e-4 is right for central differences.",
            swap={"h=1e-4": "h=0.5"},
        ),
        Wrong(
            "contracted",
            "Your result is `v @ H @ v`, a number; asked is the vector `H @ v`.",
            swap={"return (gradient": "return v @ (gradient"},
        ),
        Wrong(
            "signs",
            "Your difference is taken the wrong way round: forward minus backward.",
            swap={
                "(gradient(theta + h * v) - gradient(theta - h * v))": "(gradient(theta - h * v) - gradient(theta + h * v))"
            },
        ),
        Wrong(
            "lost-in-rounding",
            "Your step is so small that the two gradients agree in nearly all digits, and rounding is what is left.",
            swap={"h=1e-4": "h=1e-13"},
            when=lambda values, case: _near(values, case, 1.0, 1e-6),
        ),
    ),
    right=(
        Right(
            "forward difference",
            swap={
                "h=1e-4": "h=1e-7",
                "(gradient(theta + h * v) - gradient(theta - h * v)) / (2 * h)": "(gradient(theta + h * v) - gradient(theta)) / h",
            },
        ),
        Right(
            "columns of the Hessian",
            code="""
def hvp(gradient, theta, v):
    e = 1e-5 * np.eye(len(theta))
    columns = [(gradient(theta + d) - gradient(theta - d)) / 2e-5 for d in e]
    return np.array(columns).T @ v
""",
        ),
    ),
    hints=(
        "The Hessian is the derivative of the gradient; times `v` it is the derivative along `v`.",
        "So take a central difference of gradients, at `theta + h * v` and at `theta - h * v`.",
        "`(gradient(theta + h * v) - gradient(theta - h * v)) / (2 * h)` with h = 1e-4.",
    ),
)


def _near(values: Values, case: Case, slack: float, floor: float) -> bool:
    """Return whether the answer is the right one, spoilt by rounding, in some of its digits."""
    got, right = values.get("Hv"), _hvp_truth(case)["Hv"]
    if not isinstance(got, np.ndarray) or got.shape != right.shape:
        return False
    error = float(np.max(np.abs(got - right)) / np.max(np.abs(right)))
    return floor < error < 0.1 * slack


def power_probe(code: Mapping[str, Any], case: Case) -> Values:
    """Hand over multiplication by a symmetric matrix, as a function."""
    H = case["H"]

    def times(v: Any) -> Any:
        return H @ np.asarray(v, dtype=float)

    return {"curvature": code["top_curvature"](times, case["v"], case["steps"])}


def _power_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for n, top in ((4, 5.0), (3, -7.0), (1, 2.5), (5, 0.02), (3, 900.0)):
        q, _ = np.linalg.qr(rng.normal(size=(n, n)))
        values = top * np.r_[1.0, rng.uniform(-0.5, 0.5, n - 1)]
        v = q @ (np.sign(rng.normal(size=n)) * rng.uniform(0.5, 1.5, n))
        cases.append({"H": (q * values) @ q.T, "v": v, "steps": 150})
    return cases


POWER = Exercise(
    name="optimizers-power",
    title="The steepest curvature",
    difficulty=3,
    minutes=15,
    points=3,
    cases=_power_cases,
    probe=power_probe,
    truth=lambda case: {
        "curvature": max(np.linalg.eigvalsh(case["H"]), key=abs),
    },
    reference='''
def top_curvature(times, v, steps):
    """Return the Hessian's eigenvalue of largest size; times(v) is the Hessian times v."""
    for _ in range(steps):
        v = v / np.linalg.norm(v)
        v = times(v)
    u = v / np.linalg.norm(v)
    return u @ times(u)
''',
    wrong=(
        Wrong(
            "length-alone",
            "Your answer is the length of `H v`, which is never negative: it hides whether the surface curves up or down; use `u @ times(u)`.",
            swap={"u @ times(u)": "np.linalg.norm(times(u))"},
        ),
        Wrong(
            "not-normalized",
            "Your last product uses a vector whose length is not 1; divide by the length first.",
            swap={"u = v / np.linalg.norm(v)": "u = v"},
        ),
        Wrong(
            "never-normalized",
            "Your vector grows or shrinks with every product and leaves the range of numbers; bring it to length 1 each time.",
            swap={"        v = v / np.linalg.norm(v)\n": "", "u = v / np.linalg.norm(v)": "u = v"},
        ),
        Wrong(
            "no-iteration",
            "Your loop does not keep the product: the vector stays what it was at first.",
            swap={"        v = times(v)\n": "        times(v)\n"},
        ),
        Wrong(
            "one-step",
            "Your vector is multiplied once only; it turns towards the steepest direction a little with each of `steps` products.",
            swap={"range(steps)": "range(1)"},
        ),
        Wrong(
            "squared",
            "Your answer is the square of the eigenvalue; `u @ times(u)` has it just once.",
            swap={"u @ times(u)": "times(u) @ times(u)"},
        ),
        Wrong(
            "vector",
            "Your answer is the direction; asked is the curvature along it, the number `u @ times(u)`.",
            swap={"return u @ times(u)": "return u"},
        ),
    ),
    right=(
        Right(
            "quotient",
            code="""
def top_curvature(times, v, steps):
    for _ in range(steps):
        v = times(v / np.sqrt(v @ v))
    return v @ times(v) / (v @ v)
""",
        ),
        Right(
            "keeps the last",
            code="""
def top_curvature(times, v, steps):
    u = v / np.linalg.norm(v)
    value = 0.0
    for _ in range(steps):
        w = times(u)
        value = float(u @ w)
        u = w / np.linalg.norm(w)
    return value
""",
        ),
    ),
    hints=(
        "Multiplying again and again by the Hessian turns any vector towards the direction of largest curvature.",
        "Bring the vector back to length 1 before every product, so that it neither explodes nor dies out.",
        "At the end, with `u` of length 1, the curvature is `u @ times(u)`.",
    ),
)

EXERCISES = [HVP, POWER]
