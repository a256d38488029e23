"""Chapter 5, initialization and gradient flow: the list, and the exercises on signals and steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.bank._gradient_flow_bugs import EXERCISES as BUGS
from autograder.bank._gradient_flow_choices import CHOICES, EVEN, NINE
from autograder.bank._gradient_flow_init import EXERCISES as INIT
from autograder.bank._gradient_flow_norm import EXERCISES as NORM
from autograder.bank._gradient_flow_watch import WATCH
from autograder.bank._numeric import grad, vjp
from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.probe import Problem, ProblemError, call

# --- the product of factors ---------------------------------------------------------------------


def _chain_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "x": float(rng.uniform(0.4, 1.8)),
            "w": rng.normal(size=n) * 2 + 0.3,
            "b": rng.normal(size=n),
        }
        for n in (4, 1, 3)
    ]


def _chain(case: Case, w: Any) -> float:
    a = case["x"]
    for wl, bl in zip(w, case["b"], strict=True):
        a = 1 / (1 + np.exp(-(wl * a + bl)))
    return float(a)


CHAIN = Exercise(
    name="gradient_flow-chain",
    title="The gradient of a chain of layers",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_chain_cases,
    probe=call,
    options={"name": "chain_slope", "args": ("x", "w", "b"), "returns": ("slope",)},
    truth=lambda case: {"slope": grad(lambda w: _chain(case, w), case["w"])[0]},
    reference='''
def chain_slope(x, w, b):
    """Return the derivative of the last activation with respect to the first weight."""
    a, slope = x, x
    for k in range(len(w)):
        a = 1 / (1 + np.exp(-(w[k] * a + b[k])))
        slope = slope * a * (1 - a)
        if k > 0:
            slope = slope * w[k]
    return slope
''',
    wrong=(
        Wrong(
            "activation-for-weight",
            "Your factors hold the activations where the weights `w[k]` belong: from one layer to "
            "the next, the derivative of `w[k] * a + b[k]` by `a` is `w[k]`.",
            code="""
def chain_slope(x, w, b):
    a, slope = x, x
    for k in range(len(w)):
        before = a
        a = 1 / (1 + np.exp(-(w[k] * a + b[k])))
        slope = slope * a * (1 - a)
        if k > 0:
            slope = slope * before
    return slope
""",
            hint="Only the first layer is differentiated by its weight; the others pass the signal on.",
        ),
        Wrong(
            "no-input",
            "Your product stops one factor early: the first weight multiplies `x`, so `x` is a factor.",
            swap={"a, slope = x, x": "a, slope = x, 1.0"},
        ),
        Wrong(
            "no-weights",
            "Your product holds the slopes of the sigmoids, but not the weights between the layers: "
            "multiply by `w[k]` for every layer after the first.",
            swap={"slope = slope * w[k]": "pass"},
        ),
        Wrong(
            "first-weight-too",
            "Your product also holds `w[0]`; that is the weight you differentiate by, its factor is `x`.",
            swap={"if k > 0:": "if k >= 0:"},
        ),
        Wrong(
            "quarter",
            "Your slope takes 0.25 for every sigmoid; that is only the largest value, the real slope "
            "is `a * (1 - a)` at this layer's own activation.",
            swap={"slope * a * (1 - a)": "slope * 0.25"},
        ),
        Wrong(
            "last-slope-missing",
            "Your product leaves out the slope of the last sigmoid: the last activation is "
            "differentiated, not the last weighted sum.",
            code="""
def chain_slope(x, w, b):
    a, slope = x, x
    for k in range(len(w)):
        a = 1 / (1 + np.exp(-(w[k] * a + b[k])))
        if k < len(w) - 1:
            slope = slope * a * (1 - a)
        if k > 0:
            slope = slope * w[k]
    return slope
""",
        ),
        Wrong(
            "sigmoid-twice",
            "Your slope applies the sigmoid to an activation that has been through it already; with "
            "the activation `a` at hand the slope is `a * (1 - a)`.",
            swap={
                "slope * a * (1 - a)": "slope * (1 / (1 + np.exp(-a))) * (1 - 1 / (1 + np.exp(-a)))"
            },
        ),
        Wrong(
            "tanh-slope",
            "Your slope `1 - a**2` is that of tanh; these layers are sigmoids, with slope `a * (1 - a)`.",
            swap={"a * (1 - a)": "(1 - a**2)"},
        ),
    ),
    right=(
        Right(
            "backward loop",
            code="""
def chain_slope(x, w, b):
    acts = [x]
    for wl, bl in zip(w, b):
        acts.append(1 / (1 + np.exp(-(wl * acts[-1] + bl))))
    delta = 1.0
    for k in reversed(range(len(w))):
        delta = delta * acts[k + 1] * (1 - acts[k + 1])
        if k == 0:
            return delta * acts[0]
        delta = delta * w[k]
""",
        ),
        Right(
            "product of arrays",
            code="""
def chain_slope(x, w, b):
    a, slopes = x, []
    for wl, bl in zip(w, b):
        z = wl * a + bl
        slopes.append(np.exp(-z) / (1 + np.exp(-z)) ** 2)
        a = 1 / (1 + np.exp(-z))
    return x * np.prod(slopes) * np.prod(w[1:])
""",
        ),
    ),
    hints=(
        "Walk through the layers in order and keep one number: the derivative of the present activation.",
        "Each layer multiplies it by the sigmoid's slope `a * (1 - a)`, and each after the first by `w[k]`.",
        "Start with `slope = x`; per layer compute `a`, then `slope *= a * (1 - a)`, and `slope *= w[k]` if `k > 0`.",
    ),
)


# --- the signal in every layer ------------------------------------------------------------------


def _signal_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "x": rng.normal(size=(batch, n)),
            "W": rng.normal(size=(depth, n, n)) * 0.8,
            "dy": rng.normal(size=(batch, n)),
        }
        for batch, n, depth in ((4, 3, 5), (1, 4, 2), (2, 5, 3))
    ]


def _nudged(case: Case, e: Any) -> Any:
    a = case["x"]
    for wl, el in zip(case["W"], e, strict=True):
        a = np.tanh(a @ wl + el)
    return a


def _signal_truth(case: Case) -> Values:
    depth, (batch, n) = len(case["W"]), case["x"].shape
    dz = vjp(lambda e: _nudged(case, e), np.zeros((depth, batch, n)), case["dy"])
    return {"signal": np.sqrt((dz**2).sum(axis=(1, 2)))}


SIGNAL = Exercise(
    name="gradient_flow-signal",
    title="The gradient signal in every layer",
    difficulty=3,
    minutes=15,
    points=4,
    cases=_signal_cases,
    probe=call,
    options={"name": "signal_norms", "args": ("x", "W", "dy"), "returns": ("signal",)},
    truth=_signal_truth,
    reference='''
def signal_norms(x, W, dy):
    """Return the norm of d(loss)/dz of every layer, first layer first."""
    acts = [x]
    for Wl in W:
        acts.append(np.tanh(acts[-1] @ Wl))
    norms, da = np.zeros(len(W)), dy
    for k in range(len(W) - 1, -1, -1):
        dz = da * (1 - acts[k + 1] ** 2)
        norms[k] = np.linalg.norm(dz)
        da = dz @ W[k].T
    return norms
''',
    wrong=(
        Wrong(
            "after-activation",
            "Your norms are those of the gradient by the activations; multiply by tanh's slope first, "
            "then take the norm of `dz`.",
            swap={"norms[k] = np.linalg.norm(dz)": "norms[k] = np.linalg.norm(da)"},
        ),
        Wrong(
            "slope-missing",
            "Your signal passes through tanh unchanged: `dz` is `da` times the slope `1 - a**2`.",
            swap={"da * (1 - acts[k + 1] ** 2)": "da"},
        ),
        Wrong(
            "weights-not-transposed",
            "Your signal goes back through `W[k]` itself; the way back is through its transpose.",
            swap={"dz @ W[k].T": "dz @ W[k]"},
        ),
        Wrong(
            "reversed",
            "Your norms are right, but the last layer stands first; the first layer's belongs in `norms[0]`.",
            swap={"return norms": "return norms[::-1]"},
        ),
        Wrong(
            "squared",
            "Your numbers are the squares of the norms: take the square root of the sum of squares.",
            swap={"np.linalg.norm(dz)": "np.sum(dz**2)"},
        ),
        Wrong(
            "input-activation",
            "Your slope uses the activation that goes into the layer; tanh's slope is `1 - a**2` with "
            "the activation that comes out of it.",
            swap={"acts[k + 1] ** 2": "acts[k] ** 2"},
        ),
        Wrong(
            "root-mean-square",
            "Your numbers are root mean squares per entry; the norm sums the squares and divides by nothing.",
            swap={"np.linalg.norm(dz)": "np.sqrt(np.mean(dz**2))"},
        ),
    ),
    right=(
        Right(
            "keeps z",
            code="""
def signal_norms(x, W, dy):
    zs, a = [], x
    for Wl in W:
        zs.append(a @ Wl)
        a = np.tanh(zs[-1])
    out, da = [], dy
    for z, Wl in zip(zs[::-1], W[::-1]):
        dz = da / np.cosh(z) ** 2
        out.insert(0, np.sqrt(np.sum(dz * dz)))
        da = np.einsum("bj,ij->bi", dz, Wl)
    return np.array(out)
""",
        ),
        Right(
            "float32 inside",
            swap={"np.zeros(len(W)), dy": "np.zeros(len(W)), dy.astype(np.float32)"},
        ),
    ),
    hints=(
        "Go forward first and keep every activation; then go back from `dy` with the chain rule.",
        "In layer `k`: `dz = da * (1 - a_out**2)`, record its norm, then pass `dz` through the weights.",
        "The gradient that the layer below gets is `dz @ W[k].T`; fill `norms` from the last index to 0.",
    ),
)


# --- what to do with it -------------------------------------------------------------------------


def _detector_cases(rng: np.random.Generator) -> list[Case]:
    shrinking = 0.2 ** np.arange(6.0)[::-1] * rng.uniform(0.9, 1.1, 6)
    growing = 3.1 ** np.arange(5.0)[::-1] * rng.uniform(0.9, 1.1, 5) * 1e-7
    return [
        {"signal": shrinking * 50},
        {"signal": growing},
        {"signal": np.full(4, 5.0)},  # even: its standard deviation is 0
        {"signal": 1e-7 * rng.uniform(0.8, 1.2, 7)},  # small, but no smaller at the bottom
        {"signal": np.geomspace(1.0, 30.0, 8) * float(rng.uniform(0.5, 2))},  # 30 over 7 steps
        {"signal": rng.uniform(1, 1.2, 2)},
    ]


DETECTOR = Exercise(
    name="gradient_flow-detector",
    title="A detector of vanishing and exploding gradients",
    difficulty=2,
    minutes=10,
    points=3,
    cases=_detector_cases,
    probe=call,
    options={"name": "diagnose_flow", "args": ("signal",), "returns": ("factor", "verdict")},
    reference='''
def diagnose_flow(signal):
    """Return the mean factor per layer on the way back, and what it means."""
    factor = (signal[0] / signal[-1]) ** (1 / (len(signal) - 1))
    if factor < 0.5:
        return factor, "vanishing"
    if factor > 2:
        return factor, "exploding"
    return factor, "healthy"
''',
    wrong=(
        Wrong(
            "upside-down",
            "Your factor is one divided by the right one: the signal travels from the last layer to "
            "the first, so divide `signal[0]` by `signal[-1]`.",
            swap={"signal[0] / signal[-1]": "signal[-1] / signal[0]"},
        ),
        Wrong(
            "no-root",
            "Your factor is that of the whole network; take its root, because a ratio that is harmless over "
            "50 layers is a disaster over two.",
            swap={" ** (1 / (len(signal) - 1))": ""},
        ),
        Wrong(
            "fencepost",
            "Your root is the `L`-th: between `L` layers there are only `L - 1` steps.",
            swap={"(len(signal) - 1)": "len(signal)"},
        ),
        Wrong(
            "absolute-size",
            "Your verdict looks at the size of the first signal alone; a small loss or a large batch makes "
            "every gradient small, and nothing vanishes. Compare the layers.",
            swap={"if factor < 0.5": "if signal[0] < 1e-6"},
        ),
        Wrong(
            "spread",
            "Your verdict looks at the standard deviation; it is 0 for a signal that is 5.0 in every layer, "
            "which is as healthy as can be.",
            swap={"if factor < 0.5": "if np.std(signal) < 1e-6"},
        ),
        Wrong(
            "arithmetic-mean",
            "Your factor averages the ratios of neighbours; factors multiply, so their mean is the geometric one.",
            swap={
                "(signal[0] / signal[-1]) ** (1 / (len(signal) - 1))": "np.mean(signal[:-1] / signal[1:])"
            },
        ),
        Wrong(
            "words-swapped",
            "Your factor is right, but the words are the wrong way round: below 1 the signal shrinks on "
            "its way back.",
            swap={'"vanishing"': '"__"', '"exploding"': '"vanishing"', '"__"': '"exploding"'},
        ),
    ),
    right=(
        Right(
            "logarithms",
            swap={
                "(signal[0] / signal[-1]) ** (1 / (len(signal) - 1))": "np.exp(np.mean(np.log(signal[:-1] / signal[1:])))"
            },
        ),
        Right(
            "one line",
            code="""
def diagnose_flow(signal):
    steps = signal.size - 1
    factor = np.exp((np.log(signal[0]) - np.log(signal[-1])) / steps)
    words = "vanishing" if factor < 0.5 else "exploding" if factor > 2 else "healthy"
    return float(factor), words
""",
        ),
    ),
    hints=(
        "What one layer does to the signal matters, not how large the signal happens to be.",
        "From the last layer to the first there are `L - 1` factors; their product is `signal[0] / signal[-1]`.",
        "`factor = (signal[0] / signal[-1]) ** (1 / (len(signal) - 1))`; then compare it with 0.5 and with 2.",
    ),
)


def lists(
    code: Mapping[str, Any], case: Case, *, name: str, args: tuple[str, ...], returns: str
) -> Values:
    """Call ``name`` with lists of arrays: ``before`` is [before0, before1, ...] of the case."""
    given = [[case[k] for k in sorted(case) if k.startswith(a)] for a in args]
    return {returns: code[name](*given)}


def _update_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for shapes in (((3, 5), (5, 2), (2, 4)), ((4, 1),), ((2, 6), (6, 3))):
        case: Case = {}
        for i, shape in enumerate(shapes):
            case[f"before{i}"] = rng.normal(size=shape)
            case[f"after{i}"] = case[f"before{i}"] + rng.normal(size=shape) * 0.3**i
        cases.append(case)
    return cases


UPDATES = Exercise(
    name="gradient_flow-update-ratio",
    title="How far each layer moves",
    difficulty=1,
    minutes=6,
    points=2,
    cases=_update_cases,
    probe=lists,
    options={"name": "update_ratios", "args": ("before", "after"), "returns": "ratios"},
    reference='''
def update_ratios(before, after):
    """Return the length of every layer's step relative to the length of its weights."""
    ratios = [np.linalg.norm(new - old) / np.linalg.norm(old) for old, new in zip(before, after)]
    return np.array(ratios)
''',
    wrong=(
        Wrong(
            "difference-of-norms",
            "Your ratio subtracts two norms; a step that only turns the weights would count as 0. Take the "
            "norm of the difference.",
            swap={"np.linalg.norm(new - old)": "(np.linalg.norm(new) - np.linalg.norm(old))"},
        ),
        Wrong(
            "not-relative",
            "Your numbers are the lengths of the steps alone; divide each by the length of the old weights.",
            swap={" / np.linalg.norm(old)": ""},
        ),
        Wrong(
            "by-the-new",
            "Your ratio divides by the weights after the step; divide by the weights before it.",
            swap={" / np.linalg.norm(old)": " / np.linalg.norm(new)"},
        ),
        Wrong(
            "squared",
            "Your numbers are the squares of the ratios: a square root is missing in the norms.",
            swap={
                "np.linalg.norm(new - old) / np.linalg.norm(old)": "np.sum((new - old) ** 2) / np.sum(old**2)"
            },
        ),
        Wrong(
            "mean-of-ratios",
            "Your number averages the ratios of the single weights; one weight near 0 then decides it. "
            "Divide norm by norm.",
            swap={
                "np.linalg.norm(new - old) / np.linalg.norm(old)": "np.mean(np.abs((new - old) / old))"
            },
        ),
        Wrong(
            "upside-down",
            "Your ratio is upside down: the step stands above, the weights below.",
            swap={
                "np.linalg.norm(new - old) / np.linalg.norm(old)": "np.linalg.norm(old) / np.linalg.norm(new - old)"
            },
        ),
    ),
    right=(
        Right(
            "sums of squares",
            swap={
                "np.linalg.norm(new - old) / np.linalg.norm(old)": "np.sqrt(np.sum((new - old) ** 2) / np.sum(old**2))"
            },
        ),
        Right(
            "loop",
            code="""
def update_ratios(before, after):
    out = np.empty(len(before))
    for i in range(len(before)):
        step = (after[i] - before[i]).ravel().astype(np.float32)
        out[i] = np.sqrt(step @ step) / np.sqrt((before[i] ** 2).sum())
    return out
""",
        ),
    ),
    hints=(
        "A step of 0.01 is large for weights of size 0.02 and tiny for weights of size 10.",
        "For one layer: the norm of `after - before`, divided by the norm of `before`.",
        "Use `np.linalg.norm(new - old) / np.linalg.norm(old)` for every pair and return them as one array.",
    ),
)


def clipped(code: Mapping[str, Any], case: Case, *, name: str) -> Values:
    """Clip the list [g0, g1, ...] of the case; record every array and the norm."""
    grads = [case[k] for k in sorted(case) if k.startswith("g")]
    result = code[name](grads, case["max_norm"])
    if not isinstance(result, tuple) or len(result) != 2 or not isinstance(result[0], list | tuple):
        kind = f"{len(result)} values" if isinstance(result, tuple) else type(result).__name__
        raise ProblemError(
            Problem("count", name, f"2 values (a list of arrays, the norm), got {kind}")
        )
    arrays = result[0]
    if len(arrays) != len(grads):
        raise ProblemError(
            Problem("count", name, f"{len(grads)} clipped arrays, got {len(arrays)}")
        )
    values: Values = {f"clipped_{i}": g for i, g in enumerate(arrays)}
    values["norm"] = result[1]
    return values


def _clip_cases(rng: np.random.Generator) -> list[Case]:
    def case(scale: float, max_norm: float) -> Case:
        return {
            "g0": rng.normal(size=(4, 3)) * scale,
            "g1": rng.normal(size=3) * scale * 3,
            "g2": rng.normal(size=(3, 1)) * scale * 0.2,
            "max_norm": max_norm,
        }

    broken = case(1.0, 0.7)
    broken["g1"][1] = np.nan
    endless = case(1.0, 1.5)
    endless["g0"][2, 1] = np.inf
    return [case(2.0, 1.3), case(0.01, 1.3), broken, endless, case(30.0, 0.7)]


CLIP = Exercise(
    name="gradient_flow-clip",
    title="Clipping by the global norm",
    difficulty=2,
    minutes=10,
    points=3,
    cases=_clip_cases,
    probe=clipped,
    options={"name": "clip_global_norm"},
    reference='''
def clip_global_norm(grads, max_norm):
    """Return the gradients, shortened together to ``max_norm`` if they are longer, and their norm."""
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    if not np.isfinite(norm):
        return [np.zeros_like(g) for g in grads], norm
    scale = min(1.0, max_norm / norm) if norm > 0 else 1.0
    return [g * scale for g in grads], norm
''',
    wrong=(
        Wrong(
            "each-alone",
            "Your code clips every array by its own norm, which turns the step; one norm over all arrays "
            "gives one common factor and keeps the direction.",
            swap={
                "return [g * scale for g in grads], norm": "return [g * min(1.0, max_norm / np.linalg.norm(g)) for g in grads], norm"
            },
        ),
        Wrong(
            "by-value",
            "Your code cuts single entries at `max_norm`, which turns the step; shorten the whole vector "
            "by one factor.",
            swap={"g * scale for g in grads": "np.clip(g, -max_norm, max_norm) for g in grads"},
        ),
        Wrong(
            "always",
            "Your code brings every gradient to length `max_norm`, short ones too; clipping only shortens.",
            swap={"min(1.0, max_norm / norm) if norm > 0 else 1.0": "max_norm / norm"},
        ),
        Wrong(
            "sum-of-norms",
            "Your norm adds the arrays' norms; the global norm is the root of the sum of all squares.",
            swap={
                "np.sqrt(sum(np.sum(g**2) for g in grads))": "sum(np.sqrt(np.sum(g**2)) for g in grads)"
            },
        ),
        Wrong(
            "no-root",
            "Your norm is the sum of the squares; take its square root.",
            swap={"np.sqrt(sum(np.sum(g**2) for g in grads))": "sum(np.sum(g**2) for g in grads)"},
        ),
        Wrong(
            "nan-passes",
            "Your code lets a gradient with NaN or infinity through: `norm > max_norm` is false for NaN, and "
            "infinity times 0 is NaN. Return zeros there, so that the step is skipped.",
            swap={"if not np.isfinite(norm)": "if False"},
        ),
        Wrong(
            "in-place",
            "Your values are right, but your code shortens the caller's own arrays; multiply into new ones.",
            swap={
                "return [g * scale for g in grads], norm": "for g in grads:\n        g *= scale\n    return grads, norm"
            },
        ),
        Wrong(
            "norm-after",
            "Your norm is the one after clipping; return the one before, which is the number worth plotting.",
            swap={"[g * scale for g in grads], norm": "[g * scale for g in grads], norm * scale"},
        ),
    ),
    right=(
        Right(
            "one vector",
            code="""
def clip_global_norm(grads, max_norm):
    norm = np.linalg.norm(np.concatenate([g.ravel() for g in grads]))
    if np.isnan(norm) or np.isinf(norm):
        return [0 * np.nan_to_num(g) for g in grads], norm
    if norm > max_norm:
        grads = [g * (max_norm / norm) for g in grads]
    return grads, norm
""",
        ),
        Right(
            "norm of norms",
            swap={
                "np.sqrt(sum(np.sum(g**2) for g in grads))": "np.linalg.norm([np.linalg.norm(g) for g in grads])",
                "max_norm / norm)": "max_norm / (norm + 1e-6))",
            },
        ),
    ),
    hints=(
        "All gradients together are one long vector. Shorten it without turning it.",
        "Its length is the root of the sum of all squares; the factor is `max_norm / norm`, never above 1.",
        "`scale = min(1, max_norm / norm)`; multiply every array by it; if `norm` is not finite return zeros.",
    ),
)


# --- the shortcut -------------------------------------------------------------------------------


def shortcut(code: Mapping[str, Any], case: Case, *, name: str) -> Values:
    """Build ``Residual`` around a small branch, with or without a projection, and run both passes."""

    class Branch:
        def __init__(self, W: Any, bend: bool) -> None:
            self.W, self.bend, self.train = W, bend, False

        def forward(self, x: Any, train: bool = False) -> Any:
            self.train = train
            self.y = np.tanh(x @ self.W) if self.bend else x @ self.W
            return self.y

        def backward(self, dy: Any) -> Any:
            dz = dy * (1 - self.y**2) if self.bend else dy
            return dz @ self.W.T

    branch = Branch(case["W"], True)
    if "P" in case:
        built = code[name](branch, case["scale"], Branch(case["P"], False))
    else:
        built = code[name](branch, case["scale"])
    y = built.forward(case["x"], True)
    y = np.array(y, copy=True) if isinstance(y, np.ndarray) else y
    dx = built.backward(case["dy"])
    return {"y": y, "dx": dx, "branch_trains": np.array(float(branch.train))}


def _residual_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for batch, n_in, n_out, scale in (
        (4, 3, 3, 0.3),
        (1, 2, 5, 0.7),
        (3, 6, 4, 1.6),
        (2, 5, 5, 0.3),
    ):
        case = {
            "x": rng.normal(size=(batch, n_in)),
            "W": rng.normal(size=(n_in, n_out)),
            "scale": scale,
            "dy": rng.normal(size=(batch, n_out)),
        }
        if n_in != n_out:
            case["P"] = rng.normal(size=(n_in, n_out))
        cases.append(case)
    return cases


def _residual(case: Case, x: Any) -> Any:
    around = x @ case["P"] if "P" in case else x
    return around + case["scale"] * np.tanh(x @ case["W"])


RESIDUAL = Exercise(
    name="gradient_flow-residual",
    title="A residual block with projection and scale",
    kind="layer",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_residual_cases,
    probe=shortcut,
    options={"name": "Residual"},
    truth=lambda case: {"dx": vjp(lambda x: _residual(case, x), case["x"], case["dy"])},
    reference='''
class Residual:
    """y = shortcut(x) + scale * branch(x); without a shortcut layer, x itself."""

    def __init__(self, branch, scale=1.0, shortcut=None):
        self.branch, self.scale, self.shortcut = branch, scale, shortcut
        self.children = [branch] if shortcut is None else [branch, shortcut]

    def forward(self, x, train=False):
        around = x if self.shortcut is None else self.shortcut.forward(x, train)
        return around + self.scale * self.branch.forward(x, train)

    def backward(self, dy):
        around = dy if self.shortcut is None else self.shortcut.backward(dy)
        return around + self.branch.backward(self.scale * dy)
''',
    wrong=(
        Wrong(
            "shortcut-gradient-missing",
            "Your `dx` comes through the branch alone; `x` also reaches the output through the shortcut, "
            "so that gradient is added.",
            swap={
                "return around + self.branch.backward(self.scale * dy)": "return self.branch.backward(self.scale * dy)"
            },
        ),
        Wrong(
            "branch-gradient-missing",
            "Your `dx` comes through the shortcut alone; the branch has to pass its gradient back too.",
            swap={"return around + self.branch.backward(self.scale * dy)": "return around"},
        ),
        Wrong(
            "scale-only-forward",
            "Your `backward` forgets `scale`: what is multiplied by it on the way forward is multiplied by it "
            "on the way back.",
            swap={"self.branch.backward(self.scale * dy)": "self.branch.backward(dy)"},
        ),
        Wrong(
            "scale-everything",
            "Your block scales the shortcut as well; then the signal shrinks by `scale` in every block. Scale "
            "the branch only.",
            swap={
                "around + self.scale * self.branch.forward(x, train)": "self.scale * (around + self.branch.forward(x, train))",
                "around + self.branch.backward(self.scale * dy)": "self.scale * (around + self.branch.backward(dy))",
            },
        ),
        Wrong(
            "no-scale",
            "Your block leaves out `scale`: the branch's output is multiplied by it before the sum.",
            swap={
                "self.scale * self.branch.forward": "self.branch.forward",
                "self.branch.backward(self.scale * dy)": "self.branch.backward(dy)",
            },
        ),
        Wrong(
            "chained",
            "Your `backward` gives the shortcut what came back out of the branch; the two paths are parallel, so both "
            "start from the same `dy`.",
            swap={
                "around = dy if self.shortcut is None else self.shortcut.backward(dy)\n        return around + self.branch.backward(self.scale * dy)": "dy = self.branch.backward(self.scale * dy)\n        return dy if self.shortcut is None else dy + self.shortcut.backward(dy)"
            },
        ),
        Wrong(
            "changes-dy",
            "Your values are right, but `dy` is changed in place, and the caller still needs it: write "
            "`dy + ...`, not `dy += ...`.",
            swap={
                "return around + self.branch.backward(self.scale * dy)": "around += self.branch.backward(self.scale * dy)\n        return around"
            },
        ),
        Wrong(
            "mode-dropped",
            "Your values are right, but the branch does not learn that it is training: pass `train` on, or a "
            "dropout or batch normalization inside it stays in evaluation mode.",
            swap={"self.branch.forward(x, train)": "self.branch.forward(x)"},
        ),
        Wrong(
            "multiplied",
            "Your block multiplies the two paths; a residual block adds them.",
            swap={
                "return around + self.scale * self.branch": "return around * self.scale * self.branch"
            },
        ),
    ),
    right=(
        Right(
            "scale afterwards",
            swap={"self.branch.backward(self.scale * dy)": "self.scale * self.branch.backward(dy)"},
        ),
        Right(
            "own copy",
            swap={
                "return around + self.branch.backward(self.scale * dy)": "dx = np.array(around)\n        dx += self.branch.backward(dy * self.scale)\n        return dx"
            },
        ),
    ),
    hints=(
        "`x` is used twice, so its gradient is the sum of two gradients.",
        "Forward: `shortcut(x) + scale * branch(x)`. Backward: one gradient for each of the two terms.",
        "Return `dy` (or `shortcut.backward(dy)`) plus `branch.backward(scale * dy)`.",
    ),
)


SCALE = Exercise(
    name="gradient_flow-branch-scale",
    title="How much to scale a branch",
    difficulty=2,
    minutes=8,
    points=2,
    cases=lambda rng: [
        {"n_blocks": n, "growth": g} for n, g in ((20, 2.7), (1, 2.0), (6, 3.5), (100, 1.2))
    ],
    probe=call,
    options={"name": "branch_scale", "args": ("n_blocks", "growth"), "returns": ("scale",)},
    reference='''
def branch_scale(n_blocks, growth):
    """Return the scale with which n_blocks blocks multiply the mean square by ``growth``."""
    return np.sqrt(growth ** (1 / n_blocks) - 1)
''',
    wrong=(
        Wrong(
            "no-root",
            "Your result is the square of the scale: the branch's mean square is multiplied by `scale**2`.",
            swap={"np.sqrt(growth ** (1 / n_blocks) - 1)": "growth ** (1 / n_blocks) - 1"},
        ),
        Wrong(
            "additive",
            "Your scale lets every block add the same amount; blocks multiply, so take the `n_blocks`-th root "
            "of `growth`.",
            swap={"growth ** (1 / n_blocks) - 1": "(growth - 1) / n_blocks"},
        ),
        Wrong(
            "shortcut-forgotten",
            "Your scale forgets the 1 that the shortcut brings: one block multiplies by `1 + scale**2`.",
            swap={"growth ** (1 / n_blocks) - 1": "growth ** (1 / n_blocks)"},
        ),
        Wrong(
            "rule-of-thumb",
            "Your scale is the rule of thumb `1 / sqrt(n_blocks)`, whose growth tends to e = 2.718; here `growth` is given.",
            swap={"growth ** (1 / n_blocks) - 1": "1 / n_blocks"},
        ),
        Wrong(
            "power-for-root",
            "Your scale raises `growth` to the power `n_blocks`; the growth of one block is its root.",
            swap={"(1 / n_blocks)": "n_blocks"},
        ),
        Wrong(
            "amplitude",
            "Your scale solves `(1 + scale)**n = growth`; shortcut and branch are uncorrelated, so their mean "
            "squares add, not their amplitudes.",
            swap={"np.sqrt(growth ** (1 / n_blocks) - 1)": "growth ** (0.5 / n_blocks) - 1"},
        ),
    ),
    right=(
        Right(
            "logarithms",
            swap={"growth ** (1 / n_blocks) - 1": "np.expm1(np.log(growth) / n_blocks)"},
        ),
        Right(
            "power",
            swap={"np.sqrt(growth ** (1 / n_blocks) - 1)": "(growth ** (1 / n_blocks) - 1) ** 0.5"},
        ),
    ),
    hints=(
        "What does one block do to the mean square? The shortcut keeps it, the branch adds to it.",
        "One block multiplies by `1 + scale**2`, so `n` blocks by `(1 + scale**2)**n`.",
        "Solve `(1 + scale**2)**n_blocks = growth` for `scale`.",
    ),
)


EXERCISES = [
    NINE,
    CHAIN,
    EVEN,
    SIGNAL,
    *INIT,
    *NORM,
    RESIDUAL,
    SCALE,
    CLIP,
    DETECTOR,
    UPDATES,
    WATCH,
    *CHOICES,
    *BUGS,
]
