"""Widgets of the chapter on optimizers: each function returns an Explorer."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from nnlib.schedules import (
    Schedule,
    constant,
    cosine_annealing,
    cosine_restarts,
    exponential_decay,
    one_cycle,
    step_decay,
    warmup,
)
from nnlib.viz.controls import button, choice, dropdown, integer, slider, stepper, switch
from nnlib.viz.explorer import Explorer
from nnlib.viz.landscapes import LANDSCAPES, RULES, add_paths, height, radius, surface, walk
from nnlib.viz.scene import Panel, Scene, mesh
from nnlib.viz.style import CYCLE, MARKERS

__all__ = ["batch_and_rate", "descent", "momentum_map", "race", "schedule_plotter"]

Array = NDArray[np.float64]
FAST = ("momentum", "Nesterov")  # rules whose velocity makes steps 1 / (1 - beta) times as long


def descent(
    descend: Callable[[Array, Array, Array, float, int], Array], steps: int = 40
) -> Explorer:
    """Walk down the ravine by ``descend(A, b, theta, lr, steps)`` at a rate the reader sets."""
    A, b, at = np.diag([1.0, 40.0]), np.zeros(2), np.arange(steps + 1)

    def draw(rate: float, start: tuple[float, float]) -> Scene:
        where = LANDSCAPES["ravine"]
        theta = np.array([np.clip(start[0], *where.xlim), np.clip(start[1], *where.ylim)])
        path = np.asarray(descend(A, b, theta, rate, steps))
        left = surface("ravine", "The walk", legend="none")
        add_paths(left, {"": path})
        left.handle("start", *theta)
        right = Panel("Each direction by itself", xlim=(0, steps), ylim=(1e-3, 10), yscale="log",
                      xlabel="step", ylabel="distance from 0")  # fmt: skip
        for k, (color, name) in enumerate((("blue", "flat: θ₁"), ("orange", "steep: θ₂"))):
            size = np.clip(np.abs(path[:, k]), 1e-4, 1e2)
            right.line(at, size, color, dash=bool(k), label=name)
        flat, steep = 1 - rate, 1 - 40 * rate
        note = (
            f"one step multiplies the flat direction by {flat:.3f}, the steep one by {steep:.2f}"
            f"{': it grows' if abs(steep) > 1 else ', which swings' if steep < 0 else ''}"
        )
        return Scene([left, right], note=note, width=860, height=400)

    return Explorer(
        draw,
        {"rate": slider(0.001, 0.055, 0.02, 0.001)},
        points={"start": (-2.7, 0.6)},
        name="descent",
    )


def race(steps: int = 120) -> Explorer:
    """Race of update rules on a landscape that the reader picks, from a start to drag."""

    def draw(
        landscape: str, log_rate: float, beta: float, equal_speed: bool, shown: int,
        start: tuple[float, float],
    ) -> Scene:  # fmt: skip
        where, rate = LANDSCAPES[landscape], 10.0**log_rate
        at = [float(np.clip(u, *limits)) for u, limits
              in zip(start, (where.xlim, where.ylim), strict=True)]  # fmt: skip
        rates = {name: rate * (1 - beta if equal_speed and name in FAST else 1) for name in RULES}
        paths = {name: walk(landscape, name, rates[name], beta=beta, steps=steps,
                            start=(at[0], at[1])) for name in RULES}  # fmt: skip
        left = surface(landscape, "The race", legend="none")
        add_paths(left, {name: path[: shown + 1] for name, path in paths.items()})
        left.handle("start", at[0], at[1])
        right = Panel("Height above the lowest point", xlim=(0, steps), ylim=(1e-6, 100),
                      yscale="log", xlabel="step", ylabel="f − min f")  # fmt: skip
        words = []
        for k, (name, path) in enumerate(paths.items(), 1):
            z = height(landscape, path)
            right.line(np.arange(len(z)), np.clip(z, 1e-7, 1e3), CYCLE[k % 7], width=1.8)
            now = min(shown, len(z) - 1)
            right.points([now], [np.clip(z[now], 1e-6, 99)], CYCLE[k % 7],
                         marker=MARKERS[k % 7], label=name)  # fmt: skip
            gone = len(z) <= steps and now == len(z) - 1
            words.append(f"{name} {'ran away' if gone else f'{z[now]:.1g}'}")
        half = len(words) // 2
        note = "   ".join(words[:half]) + "\n" + "   ".join(words[half:])
        return Scene([left, right], note=note, width=860, height=440)

    return Explorer(
        draw,
        {
            "landscape": dropdown(list(LANDSCAPES), "ravine"),
            "log_rate": slider(-3, 0.3, -1.5, 0.05),
            "beta": slider(0, 0.98, 0.9, 0.02),
            "equal_speed": switch(False),
            "shown": stepper(steps, 60, interval=80),
        },
        points={"start": (-1.7, 0.6)},
        labels={"log_rate": "log₁₀ rate", "beta": "momentum β", "shown": "step",
                "equal_speed": "momentum's rate × (1 − β)"},
        name="optimizer race",
    )  # fmt: skip


@lru_cache
def _radius_map(kappa: float, nesterov: bool) -> tuple[Array, float]:
    A, B = mesh((0, 4), (0, 1), 90)
    rho = radius(A, B, kappa, nesterov=nesterov)
    return rho, float(rho.min())


def momentum_map() -> Explorer:
    """Map of rate and momentum on a quadratic: where it is stable, and how fast."""
    steps = np.arange(121)

    def draw(form: str, log_kappa: float, dial: tuple[float, float]) -> Scene:
        kappa, nesterov = 10.0**log_kappa, form == "Nesterov"
        a, beta = float(np.clip(dial[0], 0.0, 4.0)), float(np.clip(dial[1], 0.0, 0.995))
        rho, best = _radius_map(kappa, nesterov)
        left = Panel("Factor per step; line: limit of stability", xlim=(0, 4), ylim=(0, 1),
                     legend="none")  # fmt: skip
        left.xlabel, left.ylabel = "rate × largest curvature", "momentum β"
        speed = np.where(rho < 1, -np.log10(np.maximum(1 - rho, 1e-4)), 4.0)
        left.field(speed, cmap="sequential", vmin=0.0, vmax=4.0)
        left.contour(rho, [1.0], color="orange", width=2.2, alpha=1.0)
        left.handle("dial", a, beta)
        here = float(radius(a, beta, kappa, nesterov=nesterov))
        right = Panel("Distance from the minimum", xlim=(0, 120), ylim=(1e-6, 100), yscale="log",
                      xlabel="step", ylabel="distance / first distance")  # fmt: skip
        for name, curvature, color in (("steep", 1.0, "orange"), ("flat", 1 / kappa, "blue")):
            d = np.empty(len(steps))
            x, v = 1.0, 0.0
            for k in range(len(steps)):
                d[k] = max(abs(x), 1e-12)
                g = curvature * x
                v = beta * v + g
                x = max(min(x - a * (g + beta * v if nesterov else v), 1e9), -1e9)
            right.line(steps, np.clip(d, 1e-7, 1e3), color, dash=name == "flat",
                       label=f"{name} direction")  # fmt: skip
        fate = "diverges" if here > 1 + 1e-9 else "gets nowhere"
        if here < 1 - 1e-9:
            fate = f"a tenth in {-1 / np.log10(max(here, 1e-9)):.0f} steps"
        note = f"factor {here:.3f}: {fate}.   Best on this map {best:.3f}.   Drag the purple point."
        return Scene([left, right], note=note, width=860, height=420)

    return Explorer(
        draw,
        {
            "form": choice(["momentum", "Nesterov"]),
            "log_kappa": slider(0, 3, 2, 0.1),
        },
        points={"dial": (1.0, 0.0)},
        labels={"log_kappa": "log₁₀ condition number", "form": ""},
        name="momentum map",
    )


def _schedule(name: str, lr: float, steps: int, warm: int) -> Schedule:
    rest = max(steps - warm, 1)
    made: dict[str, Callable[[], Schedule]] = {
        "constant": partial(constant, lr),
        "step decay": partial(step_decay, lr, every=rest // 3, factor=0.3),
        "exponential": partial(exponential_decay, lr, rate=0.02 ** (1 / rest)),
        "cosine": partial(cosine_annealing, lr, steps=rest),
        "cosine, restarts": partial(cosine_restarts, lr, period=rest // 7, growth=2),
        "one cycle": partial(one_cycle, lr, steps=steps),
    }
    schedule = made[name]()
    return warmup(schedule, steps=warm) if warm and name != "one cycle" else schedule


def schedule_plotter(steps: int = 210, runs: int = 24) -> Explorer:
    """Plotter of learning-rate schedules, and noisy descent under the chosen one."""
    curvature = np.array([1.0, 12.0])

    def descend(rates: Array, seed: int) -> Array:
        rng = np.random.default_rng(seed)
        theta = np.tile([2.0, 2.0], (runs, 1))
        noise = rng.normal(size=(steps, runs, 2)) * np.sqrt(curvature) * 0.5
        loss = np.empty(steps)
        for k in range(steps):
            loss[k] = np.mean(np.minimum(0.5 * curvature * theta**2, 1e6)) * 2
            theta -= rates[k] * (curvature * theta + noise[k])
        return loss

    def draw(schedule: str, rate: float, warm: int, seed: int) -> Scene:
        at = np.arange(steps)
        left = Panel("Learning rate", xlim=(0, steps), ylim=(0, 0.2), xlabel="step",
                     ylabel="rate", legend="none")  # fmt: skip
        right = Panel("Mean loss of noisy descent, 24 runs", xlim=(0, steps), ylim=(3e-3, 60),
                      yscale="log", xlabel="step", ylabel="loss")  # fmt: skip
        ends = []
        for name, color, dash in (("constant", "grey", True), (schedule, "blue", False)):
            follow = _schedule(name, rate, steps, warm if name == schedule else 0)
            rates = np.array([follow(int(k)) for k in at])
            loss = np.clip(descend(rates, seed), 1e-4, 1e4)
            left.line(at, rates, color, dash=dash)
            right.line(at, loss, color, dash=dash, width=1.8,
                       label="constant rate" if dash else "this schedule")  # fmt: skip
            ends.append(float(np.mean(loss[-10:])))
        note = (
            f"mean loss of the last 10 steps: this schedule {ends[1]:.3f}, constant {ends[0]:.3f}"
        )
        return Scene([left, right], note=note, width=860)

    names = ["cosine", "step decay", "exponential", "cosine, restarts", "one cycle", "constant"]
    return Explorer(
        draw,
        {
            "schedule": dropdown(names),
            "rate": slider(0.01, 0.18, 0.12, 0.01),
            "warm": integer(0, 60, 0, 5),
            "seed": button("New noise"),
        },
        labels={"warm": "warm-up steps", "rate": "largest rate"},
        name="schedule plotter",
    )


def batch_and_rate(rows: int = 4096) -> Explorer:
    """Linear regression by SGD: the batch grows, and the rate with it, up to the limit."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 6)) * np.array([1.0, 0.9, 0.8, 0.7, 0.6, 0.5])
    w = rng.normal(size=6)
    y = x @ w + 0.5 * rng.normal(size=rows)
    top = float(np.linalg.eigvalsh(x.T @ x / rows)[-1])
    floor = float(np.mean((y - x @ np.linalg.lstsq(x, y, rcond=None)[0]) ** 2) / 2)
    base = 0.02

    def train(size: int, rate: float) -> tuple[Array, Array]:
        theta = np.zeros(6)
        seen, loss = [0], [float(np.mean((y - x @ theta) ** 2) / 2)]
        every = max(1, rows // size // 24)
        for k in range(rows // size):
            at = slice(k * size % rows, k * size % rows + size)
            theta -= rate * x[at].T @ (x[at] @ theta - y[at]) / size
            if (k + 1) % every == 0:
                seen.append((k + 1) * size)
                loss.append(float(np.mean((y - x @ theta) ** 2) / 2))
        return np.array(seen), np.clip(np.array(loss) - floor, 1e-5, 1e6)

    def draw(log_batch: int, rule: str) -> Scene:
        panel = Panel("Loss above the best fit", xlim=(0, rows), ylim=(1e-4, 100), yscale="log",
                      xlabel="samples seen", ylabel="excess loss")  # fmt: skip
        size = 2**log_batch
        power = {"keep the rate": 0.0, "∝ √batch": 0.5, "∝ batch": 1.0}[rule]
        rate = base * (size / 8) ** power
        for name, b, r, color, marker in (
            ("batch 8, rate 0.02", 8, base, "grey", "s"),
            (f"batch {size}, rate {rate:.3g}", size, rate, "blue", "o"),
        ):
            seen, loss = train(b, r)
            panel.line(seen, loss, color, width=1.8).points(seen, loss, color, size=3.5,
                                                            marker=marker, label=name)  # fmt: skip
        verdict = "above: it diverges" if rate > 2 / top else "below: stable"
        note = f"limit 2 / largest curvature = {2 / top:.2f}; the rate {rate:.3g} is {verdict}"
        return Scene(panel, note=note, width=680, height=420)

    return Explorer(
        draw,
        {"log_batch": integer(3, 11, 6), "rule": choice(["∝ batch", "∝ √batch", "keep the rate"])},
        labels={"log_batch": "log₂ batch", "rule": "rate"},
        name="batch and rate",
    )
