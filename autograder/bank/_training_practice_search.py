"""Chapter 8: search, intervals, loops, accumulated gradients, principal components."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercise import Accept, Case, Exercise, Right, Values, Wrong
from autograder.probe import Problem, ProblemError, call

# --- drawing on a logarithmic scale -------------------------------------------------------------


def draw_probe(code: Any, case: Case) -> Values:
    """Draw twice from one generator, and once from another of the same seed."""
    rng = np.random.default_rng(case["seed"])
    draws = code["log_uniform"](case["low"], case["high"], case["n"], rng)
    again = code["log_uniform"](case["low"], case["high"], case["n"], rng)
    rng = np.random.default_rng(case["seed"])
    repeat = code["log_uniform"](case["low"], case["high"], case["n"], rng)
    for d in (draws, again, repeat):
        if not isinstance(d, np.ndarray):
            raise ProblemError(Problem("type", "log_uniform", type(d).__name__))
    return {"draws": draws, "again": again, "repeat": repeat}


def _draw_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"low": low, "high": high, "n": 4000, "seed": int(rng.integers(1 << 30))}
        for low, high in ((1e-4, 1.0), (3e-6, 2e-2), (0.5, 300.0))
    ]


def _levels(values: Values, case: Case) -> Any:
    """Return the draws as positions between low (0) and high (1) on the logarithmic scale."""
    span = np.log(case["high"] / case["low"])
    with np.errstate(all="ignore"):
        return np.log(np.asarray(values["draws"], dtype=float) / case["low"]) / span


def _log_uniform(got: Any, case: Case, values: Values) -> str:
    if got.shape != (case["n"],):
        return f"Return an array of shape (n,) = ({case['n']},), got {got.shape}."
    if not np.all((got >= case["low"] * (1 - 1e-9)) & (got <= case["high"] * (1 + 1e-9))):
        return (
            f"Some draws lie outside {case['low']:g} to {case['high']:g}: the smallest is "
            f"{np.min(got):.3g}, the largest {np.max(got):.3g}."
        )
    if np.array_equal(got, values["again"]):
        return "Two calls give the same numbers: draw with the `rng` that you are given."
    if not np.array_equal(got, values["repeat"]):
        return "Two generators of one seed give different draws: use the `rng` that you are given."
    share = np.histogram(_levels(values, case), bins=4, range=(0, 1))[0] / case["n"]
    if np.max(np.abs(share - 0.25)) > 0.05:
        return (
            "Each quarter of the logarithmic scale should get a quarter of the draws; yours get "
            + ", ".join(f"{s:.2f}" for s in share)
            + "."
        )
    if len(np.unique(got)) < case["n"] // 2:
        return "Most draws repeat each other: this is a grid, and not a random draw."
    return ""


def _any(got: Any, case: Case, values: Values) -> str:
    return ""


def _looks(test: Any) -> Any:
    return lambda values, case: bool(test(_levels(values, case), values["draws"], case))


LOG_UNIFORM = Exercise(
    name="training_practice-log-uniform",
    title="Draw a learning rate",
    kind="property",
    difficulty=1,
    minutes=8,
    points=2,
    cases=_draw_cases,
    probe=draw_probe,
    accept={"draws": _log_uniform, "again": _any, "repeat": _any},
    reference='''
def log_uniform(low, high, n, rng):
    """Return n draws between low and high whose logarithm is uniform, shape (n,)."""
    return np.exp(rng.uniform(np.log(low), np.log(high), size=n))
''',
    wrong=(
        Wrong(
            "uniform",
            "Your draws are uniform on the plain scale: nine of ten lie in the uppermost decade, and "
            "small rates are hardly ever tried.",
            swap={"np.exp(rng.uniform(np.log(low), np.log(high), size=n))": "rng.uniform(low, high, size=n)"},
            when=_looks(lambda u, d, c: np.all((d >= c["low"]) & (d <= c["high"]))
                        and abs(d.mean() - (c["low"] + c["high"]) / 2) < 0.05 * c["high"]),
        ),
        Wrong(
            "not-exponentiated",
            "You draw the logarithms and return them; take `np.exp` of them.",
            swap={"np.exp(rng.uniform(np.log(low), np.log(high), size=n))":
                  "rng.uniform(np.log(low), np.log(high), size=n)"},
            when=_looks(lambda u, d, c: np.all((d >= np.log(c["low"])) & (d <= np.log(c["high"])))),
        ),
        Wrong(
            "mixed-bases",
            "The logarithm is to base e and the power to base 10: use `np.exp` with `np.log`, or 10 "
            "with `np.log10`.",
            swap={"np.exp(rng.uniform(np.log(low), np.log(high), size=n))":
                  "10 ** rng.uniform(np.log(low), np.log(high), size=n)"},
            when=_looks(lambda u, d, c: d.min() > 0 and np.log10(d.min()) >= np.log(c["low"]) - 1e-9
                        and np.log10(d.max()) <= np.log(c["high"]) + 1e-9
                        and np.log10(d.max() / d.min()) > 0.9 * np.log(c["high"] / c["low"])),
        ),
        Wrong(
            "grid",
            "These are evenly spaced points, the same at every call; the draws should be random.",
            swap={"np.exp(rng.uniform(np.log(low), np.log(high), size=n))": "np.geomspace(low, high, n)"},
            when=lambda values, case: bool(
                np.allclose(values["draws"], np.geomspace(case["low"], case["high"], case["n"]))
            ),
        ),
        Wrong(
            "own-seed",
            "You make a generator with a fixed seed, so every call draws the same rates; use the "
            "`rng` that you are given.",
            swap={"rng.uniform": "np.random.default_rng(0).uniform"},
            when=lambda values, case: bool(
                np.array_equal(values["draws"], values["again"])
                and np.any(np.diff(values["draws"]) < 0)
            ),
        ),
        Wrong(
            "global-generator",
            "Two generators of one seed give different draws: you draw from `np.random`, or from a "
            "generator of your own, so no search can be repeated; use the `rng` that you are given.",
            swap={"rng.uniform": "np.random.uniform"},
            when=lambda values, case: not np.array_equal(values["draws"], values["repeat"]),
        ),
        Wrong(
            "normal",
            "You draw the logarithm from a bell curve in the middle; the ends are then almost never "
            "tried.",
            swap={"np.exp(rng.uniform(np.log(low), np.log(high), size=n))":
                  "np.exp(np.clip(rng.normal(np.log(low * high) / 2, np.log(high / low) / 6, size=n),"
                  " np.log(low), np.log(high)))"},
            when=_looks(lambda u, d, c: abs(u.mean() - 0.5) < 0.02 and abs(u.std() - 1 / 6) < 0.01),
        ),
    ),
    right=(
        Right("base ten", swap={"np.exp(rng.uniform(np.log(low), np.log(high), size=n))":
                                "10 ** rng.uniform(np.log10(low), np.log10(high), size=n)"}),
        Right("power", swap={"np.exp(rng.uniform(np.log(low), np.log(high), size=n))":
                             "low * (high / low) ** rng.uniform(size=n)"}),
    ),
    hints=(
        "From 0.0001 to 0.001 is as far as from 0.1 to 1, if rates are compared by their ratio.",
        "Draw the exponent evenly.",
        "`np.exp(rng.uniform(np.log(low), np.log(high), size=n))`.",
    ),
)  # fmt: skip

# --- successive halving -------------------------------------------------------------------------


def _halving_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, rungs, eta in ((9, 3, 3), (16, 4, 2), (11, 3, 2), (1, 2, 3)):
        final = rng.permutation(n) / n
        noise = rng.uniform(-1, 1, size=(n, rungs)) * np.linspace(0.5, 0.0, rungs)
        losses = (
            final[:, None] + noise + np.linspace(2, 0, rungs) + 1e-3 * rng.uniform(size=(n, rungs))
        )
        if n > 3:
            losses[int(np.argmin(losses[:, 0])), 1] += 3.0  # a quick starter that fades
        cases.append({"losses": losses, "eta": eta})
    return cases  # fmt: skip


HALVING = Exercise(
    name="training_practice-halving",
    title="Successive halving",
    kind="loop",
    difficulty=3,
    minutes=20,
    points=4,
    cases=_halving_cases,
    probe=call,
    options={"name": "halving", "args": ("losses", "eta"), "returns": ("best", "cost")},
    reference='''
def halving(losses, eta):
    """Return the index of the winner and the epochs spent; losses is (n_settings, n_rungs)."""
    alive, cost = np.arange(len(losses)), 0
    for rung in range(losses.shape[1]):
        cost += len(alive) * eta**rung
        order = np.argsort(losses[alive, rung])
        alive = alive[order[: max(1, len(alive) // eta)]]
    return alive[0], cost
''',
    wrong=(
        Wrong(
            "places-not-names",
            "After the first rung you mix up places among the survivors with numbers of settings: "
            "`order` counts within `alive`, so index `alive` with it.",
            swap={"alive = alive[order[: max(1, len(alive) // eta)]]":
                  "alive = order[: max(1, len(alive) // eta)]"},
        ),
        Wrong(
            "keeps-the-worst",
            "You keep the settings with the largest losses.",
            swap={"np.argsort(losses[alive, rung])": "np.argsort(-losses[alive, rung])"},
        ),
        Wrong(
            "first-rung-decides",
            "You sort by the first rung every time; the point is to look again after more epochs.",
            swap={"losses[alive, rung]": "losses[alive, 0]"},
        ),
        Wrong(
            "constant-budget",
            "Your cost counts one epoch per survivor on every rung; on rung r it is `eta**r`.",
            swap={"len(alive) * eta**rung": "len(alive)"},
        ),
        Wrong(
            "counts-survivors-after",
            "You add the cost after the cut; the settings that drop out were trained too.",
            code="""
def halving(losses, eta):
    alive, cost = np.arange(len(losses)), 0
    for rung in range(losses.shape[1]):
        order = np.argsort(losses[alive, rung])
        alive = alive[order[: max(1, len(alive) // eta)]]
        cost += len(alive) * eta**rung
    return alive[0], cost
""",
        ),
        Wrong(
            "budget-times-rung",
            "The budget grows by a factor `eta` from rung to rung; yours grows by a fixed amount.",
            swap={"eta**rung": "(1 + rung * (eta - 1))"},
        ),
        Wrong(
            "nobody-left",
            "Your list of survivors runs empty: keep at least one.",
            swap={"max(1, len(alive) // eta)": "len(alive) // eta"},
        ),
        Wrong(
            "full-search",
            "You look at the last rung for all settings; then nothing is saved.",
            code="""
def halving(losses, eta):
    return np.argmin(losses[:, -1]), len(losses) * eta ** (losses.shape[1] - 1)
""",
        ),
    ),
    right=(
        Right(
            "lists",
            code="""
def halving(losses, eta):
    alive, cost, budget = list(range(len(losses))), 0, 1
    for rung in range(losses.shape[1]):
        cost += budget * len(alive)
        budget *= eta
        alive = sorted(alive, key=lambda i: losses[i, rung])[: max(1, len(alive) // eta)]
    return alive[0], cost
""",
        ),
        Right("stable sort", swap={"np.argsort(losses[alive, rung])": 'np.argsort(losses[alive, rung], kind="stable")'}),
    ),
    hints=(
        "Keep the numbers of the settings that are still in the race in an array `alive`.",
        "`order = np.argsort(losses[alive, rung])` gives places within `alive`.",
        "Per rung: add `len(alive) * eta**rung`, then "
        "`alive = alive[order[: max(1, len(alive) // eta)]]`.",
    ),
)  # fmt: skip

# --- paired differences -------------------------------------------------------------------------


def _paired_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, t, gap in ((8, 2.365, 0.02), (5, 2.776, -0.04), (2, 12.706, 0.1), (12, 2.201, -0.01)):
        hard = rng.uniform(0.6, 0.9, n)
        a, b = hard + 0.02 * rng.normal(size=n), hard + gap + 0.03 * rng.normal(size=n)
        cases.append({"a": a, "b": b, "t": t})
    return cases


INTERVAL = Exercise(
    name="training_practice-interval",
    title="An interval for a difference",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_paired_cases,
    probe=call,
    options={"name": "paired_interval", "args": ("a", "b", "t"), "returns": ("mean", "half")},
    reference='''
def paired_interval(a, b, t):
    """Return the mean of b - a over seeds and the half width of its confidence interval."""
    d = b - a
    return d.mean(), t * d.std(ddof=1) / np.sqrt(len(d))
''',
    wrong=(
        Wrong(
            "no-root-n",
            "Your `half` is the spread of single runs; the mean of n of them spreads less, by the "
            "root of n.",
            swap={" / np.sqrt(len(d))": ""},
        ),
        Wrong(
            "divided-by-n",
            "You divide by n; the standard error of a mean is the deviation divided by the root of n.",
            swap={"np.sqrt(len(d))": "len(d)"},
        ),
        Wrong(
            "population-deviation",
            "`np.std` divides by n unless told otherwise; to estimate a deviation from few runs divide "
            "by n - 1: `ddof=1`.",
            swap={"std(ddof=1)": "std()"},
        ),
        Wrong(
            "unpaired",
            "You add the variances of both methods; runs with the same seed share their luck, so take "
            "the deviation of the differences.",
            swap={"d.std(ddof=1)": "np.sqrt(a.var(ddof=1) + b.var(ddof=1))"},
        ),
        Wrong(
            "other-way-round",
            "The difference asked for is `b - a`: positive where b is larger.",
            swap={"d = b - a": "d = a - b"},
        ),
        Wrong(
            "no-t",
            "You return the standard error; multiply it by `t`, or the interval covers too little.",
            swap={"t * d.std": "d.std"},
        ),
        Wrong(
            "whole-width",
            "You return the whole width; the half is asked for, as in mean ± half.",
            swap={"t * d.std": "2 * t * d.std"},
        ),
        Wrong(
            "absolute",
            "You average the sizes of the differences; then two equal methods seem to differ.",
            swap={"d = b - a": "d = np.abs(b - a)"},
        ),
    ),
    right=(
        Right("sum of squares", swap={"d.std(ddof=1) / np.sqrt(len(d))":
                                      "np.sqrt(np.sum((d - d.mean()) ** 2) / (len(d) - 1) / len(d))"}),
        Right("variance", swap={"d.std(ddof=1) / np.sqrt(len(d))": "(d.var(ddof=1) / len(d)) ** 0.5"}),
    ),
    hints=(
        "Everything follows from the differences `d = b - a`, one per seed.",
        "Estimate their deviation with `ddof=1`, and divide by the root of their number.",
        "Return `d.mean(), t * d.std(ddof=1) / np.sqrt(len(d))`.",
    ),
)  # fmt: skip

# --- loops and array operations -----------------------------------------------------------------


def steps_probe(code: Any, case: Case) -> Values:
    """Record the distances, and whether the interpreter's steps grow with each of the sizes.

    A step is a line of Python or a call. An array operation takes as many for 30 rows as for 10; a
    loop, a comprehension or ``np.vectorize`` takes more.
    """
    import sys

    distances = code["distances"]
    (n, k), m = case["x"].shape, len(case["c"])
    values = {"distances": distances(case["x"].copy(), case["c"].copy())}

    def steps(n: int, m: int, k: int) -> int:
        x, c, count = np.full((n, k), 0.5), np.full((m, k), 2.0), 0

        def trace(frame: Any, event: str, arg: Any) -> Any:
            nonlocal count
            count += event in ("line", "call")
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            distances(x, c)
        finally:
            sys.settrace(before)
        return count

    enough = steps(n, m, k) + 20
    values["loop_over_x"] = steps(n + 20, m, k) >= enough
    values["loop_over_c"] = steps(n, m + 20, k) >= enough
    values["loop_over_columns"] = steps(n, m, k + 20) >= enough
    return values


def _distance_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"x": rng.normal(size=(n, k)), "c": 1 + 2 * rng.normal(size=(m, k))}
        for n, m, k in ((7, 5, 3), (1, 4, 6), (6, 2, 5))
    ]


def _no_loop(over: str) -> Accept:
    says = f"Python still goes through {over} one by one; leave that to NumPy."
    return lambda got, case, values: says if got is None or np.any(got) else ""


VECTORIZE = Exercise(
    name="training_practice-vectorize",
    title="All distances at once",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_distance_cases,
    probe=steps_probe,
    accept={
        "loop_over_x": _no_loop("the rows of `x`"),
        "loop_over_c": _no_loop("the rows of `c`"),
        "loop_over_columns": _no_loop("the columns"),
    },
    forbid=("cdist", "distance_matrix", "euclidean_distances", "pairwise_distances"),
    reference='''
def distances(x, c):
    """Return the squared distances of the rows of x (n, k) and of c (m, k), shape (n, m)."""
    return (x**2).sum(axis=1)[:, None] + (c**2).sum(axis=1) - 2 * x @ c.T
''',
    wrong=(
        Wrong(
            "as-it-was",
            "The values are right, and all three loops are still there: rows of `x`, rows of `c`, "
            "columns.",
            code="""
def distances(x, c):
    d = np.zeros((len(x), len(c)))
    for i in range(len(x)):
        for j in range(len(c)):
            for k in range(x.shape[1]):
                d[i, j] += (x[i, k] - c[j, k]) ** 2
    return d
""",
        ),
        Wrong(
            "loop-over-pairs",
            "Only the innermost loop is gone: Python still visits every pair of rows. (A "
            "comprehension and `np.vectorize` are loops too.)",
            code="""
def distances(x, c):
    return np.array([[np.sum((a - b) ** 2) for b in c] for a in x])
""",
        ),
        Wrong(
            "loop-over-x",
            "One loop is left, over the rows of `x`: let a new axis, or a matrix product, run over "
            "them.",
            code="""
def distances(x, c):
    d = np.empty((len(x), len(c)))
    for i in range(len(x)):
        d[i] = ((x[i] - c) ** 2).sum(axis=1)
    return d
""",
        ),
        Wrong(
            "loop-over-c",
            "One loop is left, over the rows of `c`: let a new axis, or a matrix product, run over "
            "them.",
            code="""
def distances(x, c):
    return np.stack([((x - row) ** 2).sum(axis=1) for row in c], axis=1)
""",
        ),
        Wrong(
            "loop-over-columns",
            "One loop is left, over the columns: a sum over an axis, or a matrix product, does it.",
            code="""
def distances(x, c):
    d = np.zeros((len(x), len(c)))
    for k in range(x.shape[1]):
        d += (x[:, k, None] - c[:, k]) ** 2
    return d
""",
        ),
        Wrong(
            "no-two",
            "The mixed term of a square is doubled: |a - b|^2 = |a|^2 - 2 a.b + |b|^2.",
            swap={"- 2 * x @ c.T": "- x @ c.T"},
        ),
        Wrong(
            "plus",
            "The mixed term has a minus: |a - b|^2 = |a|^2 - 2 a.b + |b|^2.",
            swap={"- 2 * x": "+ 2 * x"},
        ),
        Wrong(
            "no-lengths",
            "You return the mixed term alone; the squared lengths of both rows belong to it.",
            swap={"(x**2).sum(axis=1)[:, None] + (c**2).sum(axis=1) - 2 * x @ c.T": "-2 * x @ c.T"},
        ),
        Wrong(
            "root",
            "You took the root; the squared distances are asked for.",
            code="""
def distances(x, c):
    return np.sqrt(((x[:, None] - c) ** 2).sum(axis=2))
""",
        ),
        Wrong(
            "absolute",
            "You add up absolute differences; their squares are asked for.",
            code="""
def distances(x, c):
    return np.abs(x[:, None] - c).sum(axis=2)
""",
        ),
        Wrong(
            "mean",
            "You average over the columns; the squared distance is their sum.",
            code="""
def distances(x, c):
    return ((x[:, None] - c) ** 2).mean(axis=2)
""",
        ),
        Wrong(
            "other-way-round",
            "Row i, column j belongs to row i of `x` and row j of `c`; yours is the transpose.",
            code="""
def distances(x, c):
    return ((c[:, None] - x) ** 2).sum(axis=2)
""",
        ),
    ),
    right=(
        Right(
            "new axis",
            code="""
def distances(x, c):
    return ((x[:, None, :] - c[None, :, :]) ** 2).sum(axis=2)
""",
        ),
        Right(
            "einsum",
            code="""
def distances(x, c):
    apart = x[:, None] - c
    return np.einsum("nmk,nmk->nm", apart, apart)
""",
        ),
        Right(
            "norm",
            code="""
def distances(x, c):
    return np.linalg.norm(np.expand_dims(x, 1) - np.expand_dims(c, 0), axis=-1) ** 2
""",
        ),
        Right(
            "names for the parts",
            code="""
def distances(x, c):
    length_x = np.sum(x * x, axis=1, keepdims=True)
    length_c = np.sum(c * c, axis=1, keepdims=True).T
    mixed = np.dot(x, np.transpose(c))
    return length_x - 2 * mixed + length_c
""",
        ),
    ),
    hints=(
        "Which shapes would broadcasting need, so that every row of `x` meets every row of `c`?",
        "`x[:, None] - c` has the shape (n, m, k). Or multiply the square out: its mixed term is a "
        "matrix product.",
        "`(x**2).sum(axis=1)[:, None] + (c**2).sum(axis=1)`, minus twice `x @ c.T`.",
    ),
)  # fmt: skip

# --- gradient accumulation ----------------------------------------------------------------------


def _micro_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"grads": rng.normal(size=(len(c), k)), "counts": np.array(c, dtype=float)}
        for c, k in (((8, 8, 3), 5), ((4,), 2), ((6, 1), 3), ((5, 2, 7, 1), 4))
    ]


ACCUMULATE = Exercise(
    name="training_practice-accumulate",
    title="One large batch from several small ones",
    difficulty=2,
    minutes=8,
    points=2,
    cases=_micro_cases,
    probe=call,
    options={"name": "accumulated", "args": ("grads", "counts"), "returns": ("grad",)},
    reference='''
def accumulated(grads, counts):
    """Return the gradient (p,) of all rows' mean loss, from those of small batches (m, p)."""
    return counts @ grads / counts.sum()
''',
    wrong=(
        Wrong(
            "sum",
            "You add the gradients up: each is a mean over its own rows already, so the sum is several "
            "times too long.",
            swap={"counts @ grads / counts.sum()": "grads.sum(axis=0)"},
        ),
        Wrong(
            "plain-mean",
            "You average the batches as if all were equally large; weigh each with its number of rows.",
            swap={"counts @ grads / counts.sum()": "grads.mean(axis=0)"},
        ),
        Wrong(
            "not-divided",
            "You weigh with the numbers of rows and forget to divide by their sum.",
            swap={" / counts.sum()": ""},
        ),
        Wrong(
            "divided-by-batches",
            "You divide by the number of batches; divide by the number of rows.",
            swap={"counts.sum()": "len(counts)"},
        ),
        Wrong(
            "last-only",
            "You return the last batch's gradient; the earlier ones were overwritten.",
            swap={"counts @ grads / counts.sum()": "grads[-1]"},
        ),
        Wrong(
            "wrong-axis",
            "You sum over the parameters; one number per parameter is wanted, so sum over the batches.",
            swap={"counts @ grads / counts.sum()": "(counts[:, None] * grads).sum(axis=1) / counts.sum()"},
        ),
    ),
    right=(
        Right("average", swap={"counts @ grads / counts.sum()": "np.average(grads, axis=0, weights=counts)"}),
        Right("loop", swap={"return counts @ grads / counts.sum()":
              "total = np.zeros(grads.shape[1])\n    for g, n in zip(grads, counts):\n"
              "        total += n * g\n    return total / np.sum(counts)"}),
    ),
    hints=(
        "Turn each mean back into a sum over its rows.",
        "The mean over all rows is the sum of these sums, divided by the number of all rows.",
        "`counts @ grads / counts.sum()`.",
    ),
)  # fmt: skip

# --- principal components -----------------------------------------------------------------------


def _pca_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, d, k in ((12, 5, 2), (9, 3, 1), (7, 4, 4), (20, 6, 3)):
        x = rng.normal(size=(n, d)) * np.geomspace(3, 0.3, d) @ rng.normal(size=(d, d))
        cases.append({"x": x + 4 * rng.normal(size=d), "k": k})
    return cases


PCA = Exercise(
    name="training_practice-pca",
    title="The best linear bottleneck",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_pca_cases,
    probe=call,
    options={"name": "through_bottleneck", "args": ("x", "k"), "returns": ("restored",)},
    reference='''
def through_bottleneck(x, k):
    """Return x (n, d) after projection on its first k principal components, shape (n, d)."""
    mean = x.mean(axis=0)
    components = np.linalg.svd(x - mean, full_matrices=False)[2][:k]
    return (x - mean) @ components.T @ components + mean
''',
    wrong=(
        Wrong(
            "not-centred",
            "You did not subtract the columns' mean first, so the first direction points from the "
            "origin to the cloud.",
            swap={"mean = x.mean(axis=0)": "mean = 0 * x.mean(axis=0)"},
        ),
        Wrong(
            "mean-not-returned",
            "You forgot to add the mean again: the restored rows stay centred at 0.",
            swap={" @ components + mean": " @ components"},
        ),
        Wrong(
            "last-components",
            "You keep the directions with the least variance; singular values come in falling order.",
            swap={"[2][:k]": "[2][::-1][:k]"},
        ),
        Wrong(
            "columns-for-rows",
            "The components are the rows of the third factor; you took its columns.",
            swap={"[2][:k]": "[2].T[:k]"},
        ),
        Wrong(
            "one-mean",
            "You subtract one mean of all entries; each column has its own.",
            swap={"x.mean(axis=0)": "x.mean()"},
        ),
        Wrong(
            "one-too-few",
            "You keep k - 1 components.",
            swap={"[2][:k]": "[2][: k - 1]"},
        ),
        Wrong(
            "standardized",
            "You divide by the columns' deviations first; the bottleneck of the exercise works on the "
            "columns as they are.",
            swap={
                "np.linalg.svd(x - mean,": "np.linalg.svd((x - mean) / x.std(axis=0),",
            },
        ),
    ),
    right=(
        Right(
            "eigenvectors",
            swap={"components = np.linalg.svd(x - mean, full_matrices=False)[2][:k]":
                  "components = np.linalg.eigh((x - mean).T @ (x - mean))[1][:, ::-1].T[:k]"},
        ),
        Right(
            "truncated factors",
            code="""
def through_bottleneck(x, k):
    mean = x.mean(axis=0)
    U, s, Vt = np.linalg.svd(x - mean, full_matrices=False)
    s[k:] = 0
    return (U * s) @ Vt + mean
""",
        ),
    ),
    hints=(
        "Centre the columns, project, and move back.",
        "`np.linalg.svd(x - mean, full_matrices=False)` returns U, s, Vt; the components are rows of "
        "Vt.",
        "With V the first k rows: `(x - mean) @ V.T @ V + mean`.",
    ),
)  # fmt: skip

SEARCH = (LOG_UNIFORM, HALVING, INTERVAL, VECTORIZE, ACCUMULATE, PCA)
