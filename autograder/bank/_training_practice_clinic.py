"""Chapter 8, the clinic: nine sick runs; name the cause from the chart, and repair the code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.bugs import _gives
from autograder.exercise import Accept, Case, Exercise, Right, Values, Wrong, variable
from autograder.probe import Problem, ProblemError
from autograder.relations import batch_size

Cases = Callable[[np.random.Generator], list[Case]]
When = Callable[[Values, Case], bool]
LETTERS = "abcdefghijkl"
SIZES = ((7, 3), (1, 4), (12, 2))


def patient_probe(
    code: Any,
    case: Case,
    *,
    function: str,
    args: tuple[str, ...],
    returns: tuple[str, ...],
    cause: str,
    calls: int = 1,
) -> Values:
    """Record what the repaired function returns, once or twice, and the cause.

    A function with an ``rng`` runs again with a generator of the same seed and with one of another;
    ``drawn`` says what its results follow.
    """
    seed = case.get("seed", 0)
    given = {k: np.copy(v) if isinstance(v, np.ndarray) else v for k, v in case.items()}

    def results(seed: int, case: Case) -> list[Any]:
        rng = np.random.default_rng(seed)
        parts: list[Any] = []
        for _ in range(calls):
            result = code[function](*[rng if a == "rng" else case[a] for a in args])
            several = len(returns) > calls
            if several and (not isinstance(result, tuple) or len(result) != len(returns)):
                got = (
                    f"{len(result)} values" if isinstance(result, tuple) else type(result).__name__
                )
                expected = f"{len(returns)} values ({', '.join(returns)}), got {got}"
                raise ProblemError(Problem("count", function, expected))
            parts += list(result) if several else [result]
        return parts

    parts = results(seed, case)
    values = {**dict(zip(returns, parts, strict=True)), "cause": code[cause]}
    if "rng" in args:
        parts = [np.copy(part) for part in parts]
        same = all(map(np.array_equal, results(seed, given), parts))
        other = all(map(np.array_equal, results(seed + 1, given), parts))
        values["drawn"] = "elsewhere" if not same else "alike" if other else "with rng"
    return values


def _letter(values: Values) -> str:
    return str(values.get("cause", "")).strip("() .").lower()


def _drawn(got: Any, case: Case, values: Values) -> str:
    if batch_size(case) == 1:  # one row has one order
        return ""
    return {"with rng": "", "alike": OWN_SEED}.get(str(got), GLOBAL)


def _draws(how: str) -> When:
    return lambda values, case: batch_size(case) == 1 or values.get("drawn") == how


GLOBAL = (
    "Two generators of one seed give different results: you draw from `np.random`, or from a "
    "generator of your own, so no run can be repeated; draw with the `rng` that you are given."
)
OWN_SEED = (
    "Generators of different seeds give one and the same result: you seed a generator inside; draw "
    "with the `rng` that you are given."
)


def _not_rng(repaired: str, calls: int) -> tuple[Wrong, ...]:
    """Return the mistakes of drawing with anything but ``rng``."""
    found = [
        Wrong("global-generator", GLOBAL, swap={"rng.": "np.random."}, when=_draws("elsewhere"))
    ]
    if calls == 1:
        own = {"rng.": "np.random.default_rng(0)."}
        found.append(Wrong("own-seed", OWN_SEED, swap=own, when=_draws("alike")))
    return tuple(found) if "rng." in repaired else ()


def _said(letters: str) -> When:
    return lambda values, case: len(_letter(values)) == 1 and _letter(values) in letters


def _patient(
    letter: str,
    *,
    function: str,
    args: tuple[str, ...],
    cases: Cases,
    repaired: str,
    buggy: str,
    cause: str,
    causes: Mapping[str, str],
    look: str,
    bug_says: str,
    hints: tuple[str, str, str],
    returns: tuple[str, ...] = ("repaired",),
    wrong: tuple[Wrong, ...] = (),
    right: tuple[Right, ...] = (),
    bug_when: When | None = None,
    setup: str = "",
    accept: dict[str, Accept] | None = None,
    calls: int = 1,
    **rest: Any,
) -> Exercise:
    """Return the exercise of one patient; ``look`` says where the chart shows the cause."""
    name = f"training_practice-patient-{letter}"
    var = f"{variable(name)}_cause"
    repaired, buggy = repaired.strip() + "\n", buggy.strip() + "\n"
    tail = f'\n{var} = "{cause}"\n'

    def repair(w: Wrong) -> Wrong:
        source = w.source(repaired)
        plain = None if accept or len(returns) > 1 else _gives(setup + source, function, args)
        return Wrong(w.name, w.says, code=source + tail, hint=w.hint, when=w.when or plain)

    others = "".join(c for c in LETTERS if c != cause and c not in causes)
    named = [
        Wrong(f"cause-{c}", says, code=f'{repaired}\n{var} = "{c}"\n', when=_said(c))
        for c, says in causes.items()
    ]
    elsewhere = Wrong(
        "cause-elsewhere",
        f"The chart does not show that: {look}",
        code=f'{repaired}\n{var} = "{others[0]}"\n',
        when=_said(others),
    )
    settings = {"points": 3, "difficulty": 2, "minutes": 8, **rest}
    return Exercise(
        name=name,
        title=f"Patient {letter.upper()}",
        kind="bug",
        cases=cases,
        probe=patient_probe,
        options={
            "function": function, "args": args, "returns": returns, "cause": var, "calls": calls,
        },
        setup=setup,
        reference=repaired + tail,
        wrong=(
            repair(Wrong("bug-kept", bug_says, code=buggy, when=bug_when)),
            *(repair(w) for w in (*wrong, *_not_rng(repaired, calls))),
            *named,
            elsewhere,
        ),
        right=tuple(Right(r.name, code=r.source(repaired) + tail) for r in right),
        accept={**(accept or {}), **({"drawn": _drawn} if "rng" in args else {})},
        hints=hints,
        **settings,
    )  # fmt: skip


# --- A: the rate --------------------------------------------------------------------------------


def _range_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, bad in ((30, 3), (17, 1), (24, 0)):
        rates = np.geomspace(1e-5, 30.0, n)
        at = n // 2 + int(rng.integers(0, n // 4))
        losses = 1.0 + 0.1 * np.abs(np.arange(n) - at) + 0.02 * rng.uniform(size=n)
        losses[at] -= 0.1
        if bad:
            losses[-bad:] = np.nan
        cases.append({"rates": rates, "losses": losses})
    return cases


A = _patient(
    "a",
    function="choose_rate",
    args=("rates", "losses"),
    cases=_range_cases,
    repaired='''
def choose_rate(rates, losses):
    """Return a tenth of the rate at which the loss of a range test is smallest."""
    return rates[np.nanargmin(losses)] / 10
''',
    buggy='''
def choose_rate(rates, losses):
    """Return a tenth of the rate at which the loss of a range test is smallest."""
    return rates[np.isfinite(losses)][-1]
''',
    cause="a",
    causes={
        "b": "With a rate far too small the loss would creep down in a straight line; here it leaps "
        "above where it started, and then a step no longer helps.",
        "c": "The first loss is close to ln 10, so the weights were fine at the start; it is the first "
        "steps that ruin them.",
        "d": "The curve is flat at the end as with a lost signal, but its first epoch goes up: the "
        "steps did move the weights, far too much.",
    },
    look="compare the loss after the first epoch with the loss before it; by the end of that epoch "
    "no layer moves any more, so the right-hand chart has no line but the healthy one.",
    bug_says="`choose_rate` still takes the largest rate whose loss is finite: that is the edge of the "
    "cliff, where the loss has long turned up.",
    hints=(
        "What does the loss do in the very first epoch?",
        "A range test is read at its lowest point, and then one stays well to the left of it.",
        "`np.nanargmin(losses)` skips NaN; return `rates[...] / 10`.",
    ),
    wrong=(
        Wrong(
            "no-tenth",
            "You return the rate at the lowest point itself; there the loss is about to turn up, so "
            "take a tenth of it.",
            swap={" / 10": ""},
        ),
        Wrong(
            "nan-is-smallest",
            "`np.argmin` stops at the first NaN and calls it the smallest; use `np.nanargmin`.",
            swap={"np.nanargmin": "np.argmin"},
        ),
        Wrong(
            "tenth-of-the-edge",
            "You take a tenth of the largest rate that stayed finite; start from the rate at which the "
            "loss is smallest.",
            swap={"rates[np.nanargmin(losses)]": "rates[np.isfinite(losses)][-1]"},
        ),
        Wrong(
            "largest-loss",
            "You look for the largest loss; the range test is read at the smallest.",
            swap={"np.nanargmin": "np.nanargmax"},
        ),
        Wrong(
            "returns-loss",
            "You return a loss; the function is asked for a rate.",
            swap={"rates[np.nanargmin(losses)] / 10": "np.nanmin(losses)"},
        ),
    ),
    right=(
        Right(
            "where",
            swap={"np.nanargmin(losses)": "np.argmin(np.where(np.isnan(losses), np.inf, losses))"},
        ),
        Right(
            "loop",
            code="""
def choose_rate(rates, losses):
    best, at = float("inf"), 0.0
    for rate, loss in zip(rates, losses):
        if loss < best:
            best, at = loss, rate
    return 0.1 * at
""",
        ),
    ),
)

# --- B: the start -------------------------------------------------------------------------------


def _weight_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"n_in": n, "n_out": m, "seed": int(rng.integers(1 << 30))}
        for n, m in ((300, 120), (64, 500), (900, 50))
    ]


def _std(of: Callable[[int, int], float]) -> When:
    """Return whether the weights have the standard deviation ``of(n_in, n_out)``."""

    def when(values: Values, case: Case) -> bool:
        w = np.asarray(values.get("W", 0.0), dtype=float)
        if w.shape != (case["n_in"], case["n_out"]):
            return False
        return bool(abs(w.std() - of(case["n_in"], case["n_out"])) <= 0.03 * w.std() + 1e-12)

    return when


def _he(got: Any, case: Case, values: Values) -> str:
    shape = (case["n_in"], case["n_out"])
    if got.shape != shape:
        return f"`W` should have the shape (n_in, n_out) = {shape}, got {got.shape}."
    want, std, mean = np.sqrt(2 / shape[0]), float(got.std()), float(got.mean())
    if abs(std / want - 1) > 0.03:
        return (
            f"With n_in = {shape[0]} the weights have the standard deviation {std:.4f}; for ReLU it "
            f"should be the root of 2 / n_in, {want:.4f}."
        )
    if abs(mean) > 6 * want / np.sqrt(got.size):
        return f"The weights have the mean {mean:.4f}; it should be 0."
    return ""


B = _patient(
    "b",
    function="first_weights",
    args=("n_in", "n_out", "rng"),
    returns=("W",),
    cases=_weight_cases,
    accept={"W": _he},
    repaired='''
def first_weights(n_in, n_out, rng):
    """Return weights (n_in, n_out) for a ReLU layer: mean 0, variance 2 / n_in."""
    return rng.normal(size=(n_in, n_out)) * np.sqrt(2 / n_in)
''',
    buggy='''
def first_weights(n_in, n_out, rng):
    """Return weights (n_in, n_out) for a ReLU layer: mean 0, variance 2 / n_in."""
    return rng.normal(size=(n_in, n_out))
''',
    bug_when=_std(lambda n, m: 1.0),
    cause="c",
    causes={
        "a": "The loss is 26 before the first step is taken, so no rate can be to blame; and then it "
        "comes down.",
        "f": "Both curves start at 26, training and validation alike; a scale that differs would lift "
        "one of them.",
        "g": "Left-over gradients make the loss grow as training goes on; here it is largest before "
        "the first step.",
    },
    look="what should the loss be before the first step, and what is it?",
    bug_says="The weights still have the standard deviation 1 whatever the fan-in, so the scores of a "
    "fresh network are huge and confidently wrong.",
    hints=(
        "Ten classes and no knowledge: what loss do you expect at epoch 0?",
        "A sum of n_in terms has n_in times their variance.",
        "Scale the normal numbers with `np.sqrt(2 / n_in)`.",
    ),
    wrong=(
        Wrong(
            "fan-out",
            "Your scale uses `n_out`; a unit sums over its inputs, so `n_in` sets the scale.",
            swap={"2 / n_in": "2 / n_out"},
            when=_std(lambda n, m: float(np.sqrt(2 / m))),
        ),
        Wrong(
            "variance-for-deviation",
            "You scale by `2 / n_in`, which is the variance; numbers are scaled by its root.",
            swap={"np.sqrt(2 / n_in)": "(2 / n_in)"},
            when=_std(lambda n, m: 2 / n),
        ),
        Wrong(
            "one-over-n",
            "Your variance is `1 / n_in`; a ReLU silences half of the signal, and the 2 makes up for "
            "it.",
            swap={"2 / n_in": "1 / n_in"},
            when=_std(lambda n, m: float(np.sqrt(1 / n))),
        ),
        Wrong(
            "uniform-too-narrow",
            "A uniform draw between -a and a has the variance a**2 / 3, so for the variance 2 / n_in "
            "the limit is the root of 6 / n_in.",
            swap={"rng.normal(size=(n_in, n_out))": "rng.uniform(-1, 1, size=(n_in, n_out))"},
            when=_std(lambda n, m: float(np.sqrt(2 / (3 * n)))),
        ),
        Wrong(
            "zeros",
            "With all weights 0 every hidden unit gets the same gradient, so they never differ: draw "
            "them at random.",
            swap={"np.sqrt(2 / n_in)": "0.0"},
            when=_std(lambda n, m: 0.0),
        ),
    ),
    right=(
        Right("uniform", swap={"rng.normal(size=(n_in, n_out)) * np.sqrt(2 / n_in)":
                               "rng.uniform(-1, 1, (n_in, n_out)) * np.sqrt(6 / n_in)"}),
        Right("scale argument", swap={"rng.normal(size=(n_in, n_out)) * np.sqrt(2 / n_in)":
                                      "rng.normal(0, (2 / n_in) ** 0.5, (n_in, n_out))"}),
    ),
)  # fmt: skip

# --- C: the pairs -------------------------------------------------------------------------------


def _pair_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "x": rng.normal(size=(n, k)),
            "y": np.arange(n) * 3 + 5,
            "seed": int(rng.integers(1 << 30)),
        }
        for n, k in ((40, 3), (1, 4), (23, 2))
    ]


def _source_rows(values: Values, case: Case) -> tuple[list[int], list[int]] | None:
    """Return which row each row of ``x`` and each entry of ``y`` was, -1 for none."""
    x, y = values.get("x_out"), values.get("y_out")
    if not isinstance(x, np.ndarray) or not isinstance(y, np.ndarray):
        return None
    if x.shape != case["x"].shape or y.shape != case["y"].shape:
        return None
    rows = [next((i for i, r in enumerate(case["x"]) if np.allclose(r, row)), -1) for row in x]
    return rows, [next((i for i, v in enumerate(case["y"]) if v == label), -1) for label in y]


def _pairs_kept(got: Any, case: Case, values: Values) -> str:
    found = _source_rows(values, case)
    if found is None:
        return "Return `x` and `y` with the shapes they came in."
    rows, labels = found
    n = len(rows)
    if sorted(rows) != list(range(n)):
        return "`x` should hold every row exactly once, in a new order."
    if rows != labels:
        i = next(i for i in range(n) if rows[i] != labels[i])
        return f"Row {i} of `x` has the label of another row: use one and the same order for both."
    if n > 1 and rows == list(range(n)):
        return "The rows still stand in their old order; draw a new one with `rng`."
    return ""


def _pairs(test: Callable[[list[int], list[int], int], bool]) -> When:
    def when(values: Values, case: Case) -> bool:
        found = _source_rows(values, case)
        return found is not None and (len(found[0]) == 1 or test(*found, len(found[0])))

    return when


def _permuted(rows: list[int], n: int) -> bool:
    return sorted(rows) == list(range(n)) and rows != list(range(n))


C = _patient(
    "c",
    function="shuffled",
    args=("x", "y", "rng"),
    returns=("x_out", "y_out"),
    cases=_pair_cases,
    accept={"x_out": _pairs_kept, "y_out": lambda got, case, values: ""},
    repaired='''
def shuffled(x, y, rng):
    """Return the rows of x (n, k) and their labels y (n,) in one new random order."""
    order = rng.permutation(len(x))
    return x[order], y[order]
''',
    buggy='''
def shuffled(x, y, rng):
    """Return the rows of x (n, k) and their labels y (n,) in one new random order."""
    return rng.permutation(x), rng.permutation(y)
''',
    bug_when=_pairs(lambda a, b, n: _permuted(a, n) and _permuted(b, n) and a != b),
    cause="e",
    causes={
        "j": "With too few rows the training accuracy goes to 1; here it creeps to a quarter in 24 "
        "epochs, although the network has the capacity.",
        "d": "The update ratios are those of a healthy run: the signal passes, but there is nothing in "
        "it to learn.",
        "b": "The updates are as large as in the healthy run, so the rate is not small; the training "
        "loss falls a little below ln 10 only because rows are learned by heart.",
    },
    look="validation stays at chance and its loss rises, while the updates are healthy: what the "
    "network learns on the training rows says nothing about other rows.",
    bug_says="`x` and `y` are still shuffled apart: two calls of `rng.permutation` draw two orders.",
    hints=(
        "Train loss slightly below ln 10, validation above it, accuracy at chance: what do labels "
        "look like to this network?",
        "Draw one order, and use it twice.",
        "`order = rng.permutation(len(x))`, then index both with `order`.",
    ),
    wrong=(
        Wrong("only-x", "Only `x` is shuffled; its labels stayed behind.",
              swap={"y[order]": "y"}, when=_pairs(lambda a, b, n: _permuted(a, n) and b == [*range(n)])),
        Wrong("only-y", "Only `y` is shuffled; its rows stayed behind.",
              swap={"x[order]": "x"}, when=_pairs(lambda a, b, n: _permuted(b, n) and a == [*range(n)])),
        Wrong("with-replacement",
              "Some rows occur twice and others never: draw a permutation, not independent numbers.",
              swap={"rng.permutation(len(x))": "rng.integers(0, len(x), len(x))"},
              when=_pairs(lambda a, b, n: a == b and len(set(a)) < n)),
        Wrong("not-shuffled", "The pairs are right, but the old order is kept.",
              swap={"rng.permutation(len(x))": "np.arange(len(x))"},
              when=_pairs(lambda a, b, n: a == b == [*range(n)])),
    ),
    right=(
        Right("argsort of noise", swap={"rng.permutation(len(x))": "np.argsort(rng.uniform(size=len(x)))"}),
        Right("list", swap={"return x[order], y[order]":
              "return np.array([x[i] for i in order]), np.array([y[i] for i in order])"}),
    ),
)  # fmt: skip

# --- D: the scale -------------------------------------------------------------------------------


def _scale_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "train": 3 + 2.5 * rng.normal(size=(n, k)) * np.arange(1, k + 1),
            "val": 2 + 2.0 * rng.normal(size=(m, k)) * np.arange(1, k + 1),
        }
        for n, m, k in ((9, 5, 3), (6, 1, 4), (14, 8, 2))
    ]


D = _patient(
    "d",
    function="standardized",
    args=("train", "val"),
    returns=("train_out", "val_out"),
    cases=_scale_cases,
    repaired='''
def standardized(train, val):
    """Return both sets scaled with the columns' mean and standard deviation in train."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / std, (val - mean) / std
''',
    buggy='''
def standardized(train, val):
    """Return both sets scaled with the columns' mean and standard deviation in train."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / std, val
''',
    cause="f",
    causes={
        "j": "A network that has too few rows starts with equal losses and drifts away from "
        "validation; here validation is far off before the first step.",
        "c": "Large weights lift both losses at epoch 0; here only validation is high.",
        "a": "The training loss falls smoothly, so the rate suits the training rows.",
    },
    look="at epoch 0 nothing has been learned, and yet validation is many times worse than training: "
    "the two sets do not reach the network alike.",
    bug_says="The validation rows still reach the network unscaled.",
    hints=(
        "Which curve is wrong already before the first step?",
        "Whatever is done to the training rows must be done to every other row, with the same "
        "numbers.",
        "Return `(val - mean) / std` as the second value, with the training set's mean and std.",
    ),
    wrong=(
        Wrong(
            "own-statistics",
            "You scale the validation rows with their own mean and deviation: a row's input would "
            "depend on its neighbours, and a single row would become 0.",
            swap={
                "(val - mean) / std": "(val - val.mean(axis=0)) / (val.std(axis=0) + (len(val) == 1))"
            },
        ),
        Wrong(
            "pooled",
            "Mean and deviation are taken over both sets: the validation rows have leaked into "
            "training.",
            swap={
                "train.mean(axis=0), train.std(axis=0)": "np.concatenate([train, val]).mean(axis=0), "
                "np.concatenate([train, val]).std(axis=0)"
            },
        ),
        Wrong(
            "only-shifted",
            "The validation rows are shifted and not scaled: divide them by the training deviation "
            "too.",
            swap={"(val - mean) / std": "val - mean"},
        ),
        Wrong(
            "one-number",
            "You use one mean and one deviation for all columns; each column has its own unit, so "
            "take them along `axis=0`.",
            swap={"train.mean(axis=0), train.std(axis=0)": "train.mean(), train.std()"},
        ),
        Wrong(
            "variance",
            "You divide by the variance; its root, the standard deviation, has the column's unit.",
            swap={"train.std(axis=0)": "train.var(axis=0)"},
        ),
    ),
    right=(
        Right("split division", swap={"(val - mean) / std": "val / std - mean / std"}),
        Right(
            "columns",
            code="""
def standardized(train, val):
    a, b = np.empty(train.shape), np.empty(val.shape)
    for j in range(train.shape[1]):
        m, s = np.mean(train[:, j]), np.sqrt(np.var(train[:, j]))
        a[:, j], b[:, j] = (train[:, j] - m) / s, (val[:, j] - m) / s
    return a, b
""",
        ),
    ),
)

# --- E: the gradients ---------------------------------------------------------------------------


def _descent_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"x": rng.normal(size=(n, k)), "y": rng.normal(size=n), "w": rng.normal(size=k), "lr": 0.07,
         "steps": steps}
        for (n, k), steps in zip(SIZES, (6, 9, 4), strict=True)
    ]  # fmt: skip


E = _patient(
    "e",
    function="descend",
    args=("x", "y", "w", "lr", "steps"),
    cases=_descent_cases,
    repaired='''
def descend(x, y, w, lr, steps):
    """Return the weights (k,) after some steps down the slope of half the mean squared error."""
    for _ in range(steps):
        grad = np.zeros_like(w)
        grad += x.T @ (x @ w - y) / len(x)
        w = w - lr * grad
    return w
''',
    buggy='''
def descend(x, y, w, lr, steps):
    """Return the weights (k,) after some steps down the slope of half the mean squared error."""
    grad = np.zeros_like(w)
    for _ in range(steps):
        grad += x.T @ (x @ w - y) / len(x)
        w = w - lr * grad
    return w
''',
    cause="g",
    causes={
        "a": "A rate that is too large shows in the first steps; this run learns well for four epochs, "
        "and only then swings further and further out.",
        "j": "In overfitting the training loss keeps falling; here it turns up too.",
        "e": "With broken pairs nothing would be learned; this run was nearly healthy in epoch 5.",
    },
    look="it learns, and then both losses swing up, more and more: what grows from step to step?",
    bug_says="The gradient is still added to those of all earlier steps: momentum without friction, so "
    "the weights swing ever wider.",
    hints=(
        "It learns at first. What becomes larger from step to step?",
        "`grad += ...` needs something to start from in every step.",
        "Move `grad = np.zeros_like(w)` into the loop.",
    ),
    wrong=(
        Wrong(
            "cleared-too-late",
            "You clear the gradient after it is computed and before it is used, so the weights never "
            "move.",
            swap={"        w = w - lr * grad": "        grad[:] = 0\n        w = w - lr * grad"},
        ),
        Wrong(
            "averaged-memory",
            "You divide the sum of old gradients by their number; they still belong to weights that "
            "are no longer there.",
            code="""
def descend(x, y, w, lr, steps):
    grad = np.zeros_like(w)
    for step in range(steps):
        grad += x.T @ (x @ w - y) / len(x)
        w = w - lr * grad / (step + 1)
    return w
""",
        ),
        Wrong(
            "uphill",
            "The gradient is fresh now, but you add it: a step goes against it.",
            swap={"w - lr": "w + lr"},
        ),
        Wrong(
            "not-divided",
            "You lost the division by the number of rows.",
            swap={" / len(x)": ""},
        ),
        Wrong(
            "one-step",
            "You return after the first step; all `steps` of them are wanted.",
            swap={"    return w": "        return w"},
        ),
    ),
    right=(
        Right(
            "assigned", swap={"        grad = np.zeros_like(w)\n        grad +=": "        grad ="}
        ),
        Right(
            "cleared after",
            code="""
def descend(x, y, w, lr, steps):
    grad = np.zeros_like(w)
    for _ in range(steps):
        grad += x.T @ (x @ w - y) / len(x)
        w = w - lr * grad
        grad[:] = 0
    return w
""",
        ),
    ),
)
