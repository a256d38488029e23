"""Chapter 6, optimizers: the list, and the exercises on batches, schedules and comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.bank._numeric import grad
from autograder.bank._optimizers_bugs import EXERCISES as BUGS
from autograder.bank._optimizers_choices import CHOICES, STABLE, STATE
from autograder.bank._optimizers_curvature import EXERCISES as CURVATURE
from autograder.bank._optimizers_rules import EXERCISES as RULES
from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.probe import Problem, ProblemError, call

# --- gradient descent ---------------------------------------------------------------------------


def _descent_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for n, steps in ((3, 7), (1, 4), (2, 12)):
        half = rng.normal(size=(n, n))
        cases.append(
            {
                "A": half @ half.T + 0.5 * np.eye(n),
                "b": rng.normal(size=n),
                "theta": rng.normal(size=n) * 2,
                "lr": 0.13,
                "steps": steps,
            }
        )
    return cases


DESCENT = Exercise(
    name="optimizers-descent",
    title="Gradient descent",
    minutes=8,
    points=2,
    kind="loop",
    cases=_descent_cases,
    probe=call,
    options={
        "name": "descend",
        "args": ("A", "b", "theta", "lr", "steps"),
        "returns": ("path",),
    },
    reference='''
def descend(A, b, theta, lr, steps):
    """Return the path of gradient descent on theta.A.theta / 2 - b.theta, start included."""
    path = [theta]
    for _ in range(steps):
        theta = theta - lr * (A @ theta - b)
        path.append(theta)
    return np.array(path)
''',
    wrong=(
        Wrong(
            "aliased",
            "Your path shows one point over and over: `theta -= ...` changes the array that the list already holds; store copies.",
            code="""
def descend(A, b, theta, lr, steps):
    theta = theta.copy()
    path = [theta]
    for _ in range(steps):
        theta -= lr * (A @ theta - b)
        path.append(theta)
    return np.array(path)
""",
            hint="All entries of your list are the same object.",
        ),
        Wrong(
            "uphill",
            "Your steps go up the slope: the gradient points uphill, so subtract it.",
            swap={"theta - lr * (A": "theta + lr * (A"},
        ),
        Wrong(
            "start-missing",
            "Your path lacks the starting point; it has `steps + 1` rows.",
            swap={"path = [theta]": "path = []"},
        ),
        Wrong(
            "one-step-short",
            "Your path is one step short: it holds the start and `steps` points more.",
            swap={"range(steps)": "range(steps - 1)"},
        ),
        Wrong(
            "b-missing",
            "Your gradient is `A @ theta`; the linear term of the loss adds `- b`.",
            swap={"(A @ theta - b)": "(A @ theta)"},
        ),
        Wrong(
            "doubled",
            "Your gradient is `2 * A @ theta - b`: the half in the loss cancels that 2.",
            swap={"(A @ theta - b)": "(2 * A @ theta - b)"},
        ),
        Wrong(
            "gradient-frozen",
            "Your gradient is computed once, at the start; the slope changes with every step, so compute it inside the loop.",
            code="""
def descend(A, b, theta, lr, steps):
    slope = A @ theta - b
    return np.array([theta - k * lr * slope for k in range(steps + 1)])
""",
        ),
        Wrong(
            "rate-missing",
            "Your steps are the gradient itself; multiply it by the rate `lr`.",
            swap={"lr * (A @ theta - b)": "(A @ theta - b)"},
        ),
    ),
    right=(
        Right(
            "filled array",
            code="""
def descend(A, b, theta, lr, steps):
    path = np.empty((steps + 1, len(theta)))
    path[0] = theta
    for k in range(steps):
        path[k + 1] = path[k] - lr * (np.einsum("ij,j->i", A, path[k]) - b)
    return path
""",
        ),
        Right(
            "copies",
            code="""
def descend(A, b, theta, lr, steps):
    theta = theta.copy()
    path = [theta.copy()]
    for _ in range(steps):
        theta -= lr * (A @ theta - b)
        path.append(theta.copy())
    return np.stack(path)
""",
        ),
    ),
    hints=(
        "The gradient of the loss is `A @ theta - b`, at the point where you are now.",
        "Put the start into a list, then `steps` times: step, and append.",
        "`theta = theta - lr * (A @ theta - b)` makes a new array each time, so the list stays right.",
    ),
)


# --- mini-batches -------------------------------------------------------------------------------


def epochs_probe(code: Mapping[str, Any], case: Case) -> Values:
    """Run two epochs and record which rows came, in which sizes, and whether x and y still match."""
    rng = np.random.default_rng(case["seed"])
    orders, sizes = [], []
    matched = True
    for _ in range(2):
        epoch = list(code["minibatches"](case["x"], case["y"], case["size"], rng))
        for batch in epoch:
            if not isinstance(batch, tuple) or len(batch) != 2:
                expected = "pairs (x, y) of arrays"
                raise ProblemError(Problem("count", "minibatches", expected))
            xb, yb = np.asarray(batch[0]), np.asarray(batch[1])
            matched = matched and len(xb) == len(yb) and bool(np.all(xb[:, 0] == 10 * yb))
        sizes.append([len(b[1]) for b in epoch])
        orders.append(np.concatenate([np.asarray(b[1]) for b in epoch] or [np.empty(0)]))
    fresh = np.random.default_rng(case["seed"])
    again = list(code["minibatches"](case["x"], case["y"], case["size"], fresh))
    return {
        "sizes": np.array(sizes[0], float),
        "matched": np.array(float(matched)),
        "first": orders[0].astype(float),
        "second": orders[1].astype(float),
        "again": np.concatenate([np.asarray(b[1], float) for b in again] or [np.empty(0)]),
    }


def _batch_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for n, size in ((23, 5), (12, 4), (9, 1), (7, 16)):
        y = np.arange(n, dtype=float) + 3
        x = np.column_stack([10 * y, rng.normal(size=n)])
        cases.append({"x": x, "y": y, "size": size, "seed": int(rng.integers(1000))})
    return cases


def _sizes(got: Any, case: Case, values: Values) -> str:
    n, size = len(case["y"]), case["size"]
    expected = [size] * (n // size) + ([n % size] if n % size else [])
    if list(np.ravel(got)) == expected:
        return ""
    if int(np.sum(got)) < n:
        return (
            f"`minibatches` gives {int(np.sum(got))} of {n} rows: the short last batch belongs too."
        )
    return f"The batches' sizes are {np.ravel(got).astype(int).tolist()}; expected {expected}."


def _matched(got: Any, case: Case, values: Values) -> str:
    same = bool(np.asarray(got).item())
    return "" if same else "Rows of `x` and labels in `y` no longer belong together; use one order."


def _once(got: Any, case: Case, values: Values) -> str:
    if np.array_equal(np.sort(np.ravel(got)), case["y"]):
        return ""
    return "Some rows come twice in an epoch and others never; every row should come exactly once."


def _shuffled(got: Any, case: Case, values: Values) -> str:
    told = _once(got, case, values)
    if told:
        return told
    if np.array_equal(values["second"], values["first"]):
        return "Both epochs have the same order; shuffle anew every time."
    return ""


def _again(got: Any, case: Case, values: Values) -> str:
    if np.array_equal(np.ravel(got), values["first"]):
        return ""
    return "The same seed gave another order: draw from `rng`, not from `np.random`."


BATCHES = Exercise(
    name="optimizers-batches",
    title="Mini-batches",
    difficulty=2,
    minutes=10,
    points=3,
    kind="property",
    cases=_batch_cases,
    probe=epochs_probe,
    reference='''
def minibatches(x, y, size, rng):
    """Return a list of batches (x, y) that hold every row once, in an order drawn from rng."""
    order = rng.permutation(len(x))
    batches = []
    for start in range(0, len(x), size):
        rows = order[start : start + size]
        batches.append((x[rows], y[rows]))
    return batches
''',
    accept={
        "sizes": _sizes,
        "matched": _matched,
        "first": _once,
        "second": _shuffled,
        "again": _again,
    },
    wrong=(
        Wrong(
            "last-dropped",
            "Your epoch leaves out the rows that do not fill a whole batch; the last batch may be smaller.",
            swap={"range(0, len(x), size)": "range(0, len(x) - size + 1, size)"},
            when=lambda v, c: float(np.sum(v["sizes"])) == len(c["y"]) // c["size"] * c["size"],
        ),
        Wrong(
            "two-orders",
            "Your `x` and `y` are shuffled separately, so samples get other samples' labels; draw one order and use it for both.",
            swap={"y[rows]": "y[rng.permutation(len(x))[start : start + size]]"},
            when=lambda v, c: float(v["matched"]) == 0 and len(v["first"]) == len(c["y"]),
        ),
        Wrong(
            "not-shuffled",
            "Your batches come in the order of the data, every epoch the same; take the rows in an order from `rng.permutation`.",
            swap={"rng.permutation(len(x))": "np.arange(len(x))"},
            when=lambda v, c: np.array_equal(v["first"], c["y"]),
        ),
        Wrong(
            "with-replacement",
            "Your rows are drawn with replacement: in an epoch some come twice and others never; a permutation has each once.",
            swap={"rng.permutation(len(x))": "rng.integers(0, len(x), len(x))"},
            when=lambda v, c: (
                float(v["matched"]) == 1
                and len(v["first"]) == len(c["y"])
                and not np.array_equal(np.sort(v["first"]), c["y"])
            ),
        ),
        Wrong(
            "global-rng",
            "Your order comes from `np.random`, not from `rng`: the same seed gives another order each time, and nobody can repeat your run.",
            swap={"rng.permutation(len(x))": "np.random.permutation(len(x))"},
            when=lambda v, c: (
                float(v["matched"]) == 1
                and np.array_equal(np.sort(v["first"]), c["y"])
                and not np.array_equal(v["first"], v["second"])
                and not np.array_equal(v["again"], v["first"])
            ),
        ),
        Wrong(
            "fixed-seed",
            "Your order is the same in every epoch, because the generator is made anew inside the function; use the `rng` you are given.",
            swap={"rng.permutation": "np.random.default_rng(0).permutation"},
            when=lambda v, c: (
                np.array_equal(v["first"], v["second"]) and not np.array_equal(v["first"], c["y"])
            ),
        ),
        Wrong(
            "one-order-of-batches",
            "Your batches are shuffled, but their insides are not: neighbours in the data always stay together.",
            code="""
def minibatches(x, y, size, rng):
    starts = rng.permutation(np.arange(0, len(x), size))
    return [(x[s : s + size], y[s : s + size]) for s in starts]
""",
            when=lambda v, c: (
                float(v["matched"]) == 1
                and float(np.sum(v["sizes"])) == len(c["y"])
                and (
                    c["size"] == 1
                    or (
                        bool(np.all(np.sort(np.ravel(v["sizes"]))[1:] == c["size"]))
                        and bool(
                            np.mean(np.diff(v["first"]) == 1)
                            >= 1 - len(v["sizes"]) / max(len(c["y"]) - 1, 1)
                        )
                    )
                )
            ),
        ),
    ),
    right=(
        Right(
            "generator",
            code="""
def minibatches(x, y, size, rng):
    order = np.arange(len(x))
    rng.shuffle(order)
    for start in range(0, len(x), size):
        yield x[order[start : start + size]], y[order[start : start + size]]
""",
        ),
        Right(
            "array_split",
            code="""
def minibatches(x, y, size, rng):
    order = rng.permutation(len(x))
    cuts = range(size, len(x), size)
    return [(x[rows], y[rows]) for rows in np.split(order, list(cuts))]
""",
        ),
    ),
    hints=(
        "Draw one order of all rows, then cut it into pieces.",
        "`rng.permutation(len(x))` is the order; `order[start : start + size]` are one batch's rows, and slicing past the end is harmless.",
        "For every `start` in `range(0, len(x), size)` append `(x[rows], y[rows])`.",
    ),
)


def _accumulate_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "x": rng.normal(size=(n, d)),
            "y": rng.normal(size=n),
            "w": rng.normal(size=d),
            "size": size,
        }
        for n, d, size in ((11, 3, 4), (1, 2, 3), (7, 4, 2), (6, 1, 6))
    ]


ACCUMULATE = Exercise(
    name="optimizers-accumulate",
    title="The whole gradient from small chunks",
    difficulty=2,
    minutes=10,
    points=3,
    cases=_accumulate_cases,
    probe=call,
    options={
        "name": "accumulated_gradient",
        "args": ("x", "y", "w", "size"),
        "returns": ("dw",),
    },
    truth=lambda case: {"dw": grad(lambda w: np.mean((case["x"] @ w - case["y"]) ** 2), case["w"])},
    reference='''
def accumulated_gradient(x, y, w, size):
    """Return d(mean squared error)/dw over all rows, looking at no more than size at a time."""
    dw = np.zeros_like(w)
    for start in range(0, len(x), size):
        xb, yb = x[start : start + size], y[start : start + size]
        dw += 2 * xb.T @ (xb @ w - yb) / len(x)
    return dw
''',
    wrong=(
        Wrong(
            "mean-of-means",
            "Your result is the mean of the chunks' means: a short last chunk then counts as much as a full one; weigh each chunk by its number of rows.",
            code="""
def accumulated_gradient(x, y, w, size):
    parts = []
    for start in range(0, len(x), size):
        xb, yb = x[start : start + size], y[start : start + size]
        parts.append(2 * xb.T @ (xb @ w - yb) / len(xb))
    return np.mean(parts, axis=0)
""",
            hint="It would be right if all chunks had the same size.",
        ),
        Wrong(
            "sum-of-means",
            "Your result adds up the chunks' means, so it is about as many times too large as there are chunks; divide each chunk's sum by the number of all rows.",
            swap={"/ len(x)\n": "/ len(xb)\n"},
        ),
        Wrong(
            "no-division",
            "Your gradient is that of the summed errors; divide by the number of rows for the mean.",
            swap={" / len(x)\n": "\n"},
        ),
        Wrong(
            "overwritten",
            "Your gradient is that of the last chunk alone: add to `dw` with `+=`.",
            swap={"dw += 2": "dw = 2"},
        ),
        Wrong(
            "last-dropped",
            "Your loop leaves out the rows of a last chunk that is not full.",
            swap={"range(0, len(x), size)": "range(0, len(x) // size * size, size)"},
        ),
        Wrong(
            "no-two",
            "Your gradient lacks the 2 that comes down from the square.",
            swap={"2 * xb.T": "xb.T"},
        ),
        Wrong(
            "size-for-rows",
            "Your sum is divided by the chunk size; the mean is over all rows.",
            swap={"/ len(x)\n": "/ size\n"},
        ),
    ),
    right=(
        Right(
            "weights of chunks",
            code="""
def accumulated_gradient(x, y, w, size):
    total = 0.0
    for start in range(0, len(x), size):
        xb, yb = x[start : start + size], y[start : start + size]
        part = 2 * np.mean((xb @ w - yb)[:, None] * xb, axis=0)
        total = total + part * (len(xb) / len(x))
    return total
""",
        ),
        Right(
            "one row at a time",
            code="""
def accumulated_gradient(x, y, w, size):
    total = sum(2 * (row @ w - t) * row for row, t in zip(x, y))
    return total / len(x)
""",
        ),
    ),
    hints=(
        "A mean over all rows is a sum over the chunks' sums, divided once by the number of all rows.",
        "A chunk's sum of gradients is `2 * xb.T @ (xb @ w - yb)`.",
        "Add `2 * xb.T @ (xb @ w - yb) / len(x)` for every chunk to a `dw` that starts at 0.",
    ),
)


# --- schedules ----------------------------------------------------------------------------------

EXPONENTIAL = Exercise(
    name="optimizers-exponential",
    title="Exponential decay by its half-life",
    minutes=6,
    points=1,
    cases=lambda rng: [
        {"lr": 0.3, "half_life": h, "step": s} for h, s in ((40, 0), (40, 40), (7, 19), (500, 123))
    ],
    probe=call,
    options={"name": "halving", "args": ("lr", "half_life", "step"), "returns": ("rate",)},
    reference='''
def halving(lr, half_life, step):
    """Return the rate at a step, when it falls smoothly to one half every half_life steps."""
    return lr * 0.5 ** (step / half_life)
''',
    wrong=(
        Wrong(
            "in-jumps",
            "Your rate falls in jumps, as with `//`: that is step decay; here it falls a little at every step.",
            swap={"step / half_life": "step // half_life"},
        ),
        Wrong(
            "e-fold",
            "Your rate falls to 1/e, not to 1/2, in `half_life` steps: write `0.5 ** ...`, or put `np.log(2)` into the exponent.",
            swap={"0.5 ** (step / half_life)": "np.exp(-step / half_life)"},
        ),
        Wrong(
            "upside-down",
            "Your exponent is upside down: it is the number of half-lives that have passed, `step / half_life`.",
            swap={"(step / half_life)": "(half_life / max(step, 1e-9))"},
        ),
        Wrong(
            "per-step",
            "Your rate halves at every single step; divide the step by `half_life`.",
            swap={"(step / half_life)": "step"},
        ),
        Wrong(
            "linear",
            "Your rate falls along a straight line and turns negative later; halving multiplies.",
            swap={"0.5 ** (step / half_life)": "(1 - 0.5 * step / half_life)"},
        ),
        Wrong(
            "inverse-time",
            "Your rate falls like `1 / (1 + step / half_life)`: it has halved after one half-life, but the next halving takes twice as long.",
            swap={"0.5 ** (step / half_life)": "(1 / (1 + step / half_life))"},
        ),
    ),
    right=(
        Right(
            "exp and log",
            swap={"0.5 ** (step / half_life)": "np.exp(-np.log(2) * step / half_life)"},
        ),
        Right(
            "factor per step",
            swap={"0.5 ** (step / half_life)": "(0.5 ** (1 / half_life)) ** step"},
        ),
    ),
    hints=(
        "How many half-lives have passed at this step? It need not be a whole number.",
        "After k half-lives the rate has been multiplied by 0.5 to the power of k.",
        "`lr * 0.5 ** (step / half_life)`.",
    ),
)

COSINE = Exercise(
    name="optimizers-cosine",
    title="Warm-up and cosine",
    difficulty=2,
    minutes=12,
    points=3,
    cases=lambda rng: [
        {"step": s, "lr": 0.4, "lr_min": 0.03, "warm": 10, "steps": 110}
        for s in (0, 4, 9, 10, 35, 60, 109, 110, 150)
    ],
    probe=call,
    options={
        "name": "warmup_cosine",
        "args": ("step", "lr", "lr_min", "warm", "steps"),
        "returns": ("rate",),
    },
    reference='''
def warmup_cosine(step, lr, lr_min, warm, steps):
    """Return the rate at a step: a linear rise in warm steps, then half a cosine to lr_min."""
    if step < warm:
        return lr * (step + 1) / warm
    done = min((step - warm) / (steps - warm), 1.0)
    return lr_min + (lr - lr_min) * (1 + np.cos(np.pi * done)) / 2
''',
    wrong=(
        Wrong(
            "rises-again",
            "Your rate rises again after the last step, because the cosine goes on: stop `done` at 1.",
            swap={"min((step - warm) / (steps - warm), 1.0)": "(step - warm) / (steps - warm)"},
        ),
        Wrong(
            "starts-at-zero",
            "Your first step has rate 0 and moves nothing: the rise should give step 0 the rate `lr / warm`.",
            swap={"(step + 1) / warm": "step / warm"},
        ),
        Wrong(
            "warm-up-counted-in",
            "Your cosine counts from step 0, so the rate jumps down where the warm-up ends; it starts when the warm-up is over.",
            swap={"(step - warm) / (steps - warm)": "step / steps"},
        ),
        Wrong(
            "ends-late",
            "Your cosine is as long as all `steps`, but starts after the warm-up: at step `steps` it is not down yet; its length is `steps - warm`.",
            swap={"/ (steps - warm)": "/ steps"},
        ),
        Wrong(
            "cut-at-minimum",
            "Your cosine falls to 0 and is cut off at `lr_min`: a flat tail; scale it instead, so that it runs from `lr` to `lr_min`.",
            swap={
                "lr_min + (lr - lr_min) * (1 + np.cos(np.pi * done)) / 2": "max(lr_min, lr * (1 + np.cos(np.pi * done)) / 2)"
            },
        ),
        Wrong(
            "minimum-added",
            "Your curve starts at `lr + lr_min`: the cosine's height is `lr - lr_min`.",
            swap={"(lr - lr_min) * (1": "lr * (1"},
        ),
        Wrong(
            "whole-wave",
            "Your cosine runs through a whole wave and ends where it began; half a wave, up to `np.pi`, goes from top to bottom.",
            swap={"np.pi * done": "2 * np.pi * done"},
        ),
        Wrong(
            "quarter-wave",
            "Your curve is a quarter of a wave; take `(1 + cos) / 2` over half a wave, flat at both ends.",
            swap={"(1 + np.cos(np.pi * done)) / 2": "np.cos(np.pi * done / 2)"},
        ),
        Wrong(
            "no-warm-up",
            "Your rate starts at full height: during the first `warm` steps it should rise linearly.",
            swap={"lr * (step + 1) / warm": "lr"},
        ),
    ),
    right=(
        Right(
            "squared cosine",
            swap={"(1 + np.cos(np.pi * done)) / 2": "np.cos(np.pi * done / 2) ** 2"},
        ),
        Right(
            "clip",
            swap={
                "min((step - warm) / (steps - warm), 1.0)": "np.clip((step - warm) / (steps - warm), 0, 1)"
            },
        ),
    ),
    hints=(
        "Three stretches: the rise, the cosine, and what comes after the last step.",
        "In the rise, step 0 has rate `lr / warm`. After it, `done` is the share of the rest that is over, at most 1.",
        "`lr_min + (lr - lr_min) * (1 + np.cos(np.pi * done)) / 2` with `done = min((step - warm) / (steps - warm), 1)`.",
    ),
)


def _finder_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for steps, turn in ((60, 0.7), (45, 0.6), (80, 0.8)):
        at = np.arange(steps) / steps
        fall = 2.4 - 1.5 / (1 + np.exp(-14 * (at - turn + 0.25)))
        losses = fall + np.where(at > turn, np.exp(22 * (at - turn)) - 1, 0.0)
        losses = losses + 0.25 * rng.normal(size=steps) * (at < turn)
        losses[steps // 4] = 0.05  # one lucky batch
        cases.append({"rates": np.geomspace(1e-5, 3.0, steps), "losses": losses, "beta": 0.8})
    return cases


FINDER = Exercise(
    name="optimizers-finder",
    title="Reading a learning-rate finder",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_finder_cases,
    probe=call,
    options={
        "name": "suggest_rate",
        "args": ("rates", "losses", "beta"),
        "returns": ("smooth", "rate"),
    },
    reference='''
def suggest_rate(rates, losses, beta):
    """Return the smoothed losses, and a tenth of the rate at which they are smallest."""
    mean, smooth = 0.0, []
    for t, loss in enumerate(losses, start=1):
        mean = beta * mean + (1 - beta) * loss
        smooth.append(mean / (1 - beta**t))
    smooth = np.array(smooth)
    return smooth, rates[np.argmin(smooth)] / 10
''',
    wrong=(
        Wrong(
            "no-correction",
            "Your smoothed losses start far too low: a running mean that starts at 0 has to be divided by `1 - beta**t`, as in Adam.",
            swap={"mean / (1 - beta**t)": "mean"},
        ),
        Wrong(
            "raw-minimum",
            "Your rate is that of the smallest single loss, which one lucky batch decides; look for the minimum of the smoothed losses.",
            swap={"np.argmin(smooth)": "np.argmin(losses)"},
        ),
        Wrong(
            "at-the-minimum",
            "Your rate is where the loss is smallest, on the edge of divergence; take a tenth of it.",
            swap={"[np.argmin(smooth)] / 10": "[np.argmin(smooth)]"},
        ),
        Wrong(
            "loss-for-rate",
            "Your second value is a tenth of the smallest loss; asked is a tenth of the rate that goes with it.",
            swap={"rates[np.argmin(smooth)] / 10": "smooth.min() / 10"},
        ),
        Wrong(
            "weights-swapped",
            "Your `beta` and `1 - beta` are swapped: the old mean weighs `beta`.",
            swap={"beta * mean + (1 - beta) * loss": "(1 - beta) * mean + beta * loss"},
        ),
        Wrong(
            "clock-from-zero",
            "Your first correction divides by `1 - beta**0`, which is 0: count from 1.",
            swap={"start=1": "start=0", "mean / (1 - beta**t)": "mean / max(1 - beta**t, 1e-12)"},
        ),
        Wrong(
            "largest-rate",
            "Your rate is a tenth of the largest one tried; look where the smoothed loss is smallest.",
            swap={"rates[np.argmin(smooth)]": "rates[-1]"},
        ),
        Wrong(
            "correction-stored",
            "Your corrected mean is carried on into the next step, so it is corrected again and again.",
            swap={
                "smooth.append(mean / (1 - beta**t))": "mean = mean / (1 - beta**t)\n        smooth.append(mean)"
            },
        ),
    ),
    right=(
        Right(
            "weights written out",
            code="""
def suggest_rate(rates, losses, beta):
    smooth = np.empty(len(losses))
    for t in range(1, len(losses) + 1):
        weights = beta ** np.arange(t)[::-1]
        smooth[t - 1] = np.sum(weights * losses[:t]) / np.sum(weights)
    return smooth, rates[smooth.argmin()] * 0.1
""",
        ),
        Right(
            "two sums",
            code="""
def suggest_rate(rates, losses, beta):
    above, below, smooth = 0.0, 0.0, []
    for loss in losses:
        above, below = beta * above + loss, beta * below + 1
        smooth.append(above / below)
    return np.array(smooth), rates[int(np.argmin(smooth))] / 10
""",
        ),
    ),
    hints=(
        "The smoothing is Adam's `m_hat`, applied to losses instead of gradients.",
        "Keep `mean`, starting at 0; per loss, `mean = beta * mean + (1 - beta) * loss`, and store `mean / (1 - beta**t)` with t from 1.",
        "The rate is `rates[np.argmin(smooth)] / 10`.",
    ),
)


# --- fair comparison ----------------------------------------------------------------------------

INTERVAL = Exercise(
    name="optimizers-interval",
    title="A difference with its interval",
    difficulty=2,
    minutes=10,
    points=2,
    cases=lambda rng: [
        {
            "a": rng.normal(0.30, 0.2, n),
            "b": rng.normal(0.34, 0.2, n),
            "t": t,
        }
        for n, t in ((5, 2.776), (8, 2.365), (3, 4.303))
    ],
    probe=call,
    options={"name": "paired_interval", "args": ("a", "b", "t"), "returns": ("low", "high")},
    reference='''
def paired_interval(a, b, t):
    """Return both ends of the interval for the mean of a - b, seed by seed."""
    d = a - b
    half = t * d.std(ddof=1) / np.sqrt(len(d))
    return d.mean() - half, d.mean() + half
''',
    wrong=(
        Wrong(
            "not-paired",
            "Your spread treats the two lists as unrelated: each pair shares its seed, so take the spread of the differences.",
            swap={
                "t * d.std(ddof=1) / np.sqrt(len(d))": "t * np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / len(d))"
            },
        ),
        Wrong(
            "spread-of-one",
            "Your interval is for a single run: the standard deviation of a **mean** is smaller by the root of the number of runs.",
            swap={" / np.sqrt(len(d))": ""},
        ),
        Wrong(
            "biased",
            "Your standard deviation divides by n; with few runs it has to be n - 1, so pass `ddof=1`.",
            swap={"ddof=1": "ddof=0"},
        ),
        Wrong(
            "no-root",
            "Your spread is divided by n; the spread of a mean falls with the root of n.",
            swap={"np.sqrt(len(d))": "len(d)"},
        ),
        Wrong(
            "turned-round",
            "Your difference is `b - a`; asked is `a - b`.",
            swap={"d = a - b": "d = b - a"},
        ),
        Wrong(
            "normal",
            "Your half-width uses 1.96, which is right for many runs; with few the factor `t` is larger.",
            swap={"half = t *": "half = 1.96 *"},
        ),
        Wrong(
            "one-sigma",
            "Your half-width is one standard error: without the factor `t` the interval misses the truth one time in three or more.",
            swap={"half = t *": "half ="},
        ),
        Wrong(
            "variance",
            "Your half-width uses the variance; take its root, the standard deviation.",
            swap={"d.std(ddof=1)": "d.var(ddof=1)"},
        ),
    ),
    right=(
        Right(
            "written out",
            code="""
def paired_interval(a, b, t):
    d = [x - y for x, y in zip(a, b)]
    n = len(d)
    mean = sum(d) / n
    error = (sum((x - mean) ** 2 for x in d) / (n - 1) / n) ** 0.5
    return mean - t * error, mean + t * error
""",
        ),
        Right(
            "difference of means",
            swap={
                "return d.mean() - half, d.mean() + half": "gap = a.mean() - b.mean()\n    return gap - half, gap + half"
            },
        ),
    ),
    hints=(
        "Both methods ran with the same seeds: work with one list of differences.",
        "The standard error of the mean is the standard deviation, with `ddof=1`, over the root of how many there are.",
        "`half = t * d.std(ddof=1) / np.sqrt(len(d))` with `d = a - b`; return the mean minus and plus that.",
    ),
)

MOMENTUM, NESTEROV, ADAGRAD, RMSPROP, ADAM, ADAMW = RULES
SADDLE, SCALING, WHICH = CHOICES

EXERCISES = [
    DESCENT, STABLE, BATCHES, ACCUMULATE, SCALING, SADDLE, *CURVATURE, MOMENTUM, NESTEROV, ADAGRAD,
    RMSPROP, ADAM, ADAMW, STATE, EXPONENTIAL, COSINE, FINDER, INTERVAL, WHICH, *BUGS,
]  # fmt: skip
