"""Chapter 10, production: the table, its preparation, metrics, thresholds and importance."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.bank._production_bugs import BUGS
from autograder.bank._production_table import EMBEDDING
from autograder.bank._production_watch import QUIZZES, WATCH
from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.probe import call

# --- the quality of a table ---------------------------------------------------------------------


def _gappy(rng: np.random.Generator, n: int, d: int) -> Any:
    x = rng.normal(3.0, 2.0, size=(n, d))
    x[rng.random((n, d)) < 0.3] = np.nan
    x[0] = rng.normal(3.0, 2.0, size=d)
    return x


def _quality_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, d in ((9, 4), (1, 3), (14, 5)):
        x = _gappy(rng, n, d)
        x[:, 1] = np.where(np.isnan(x[:, 1]), np.nan, 7.0)  # constant, with gaps
        x[:, 2] = np.where(rng.random(n) < 0.4, 0.0, x[:, 2])  # zeros are values
        cases.append({"x": x})
    return cases


QUALITY = Exercise(
    name="production-quality",
    title="What is missing, what is constant",
    difficulty=1,
    minutes=8,
    points=2,
    cases=_quality_cases,
    probe=call,
    options={"name": "quality", "args": ("x",), "returns": ("missing", "constant")},
    reference='''
def quality(x):
    """Return per column the share of NaN, and whether all present values are equal."""
    missing = np.isnan(x).mean(axis=0)
    constant = np.nanmin(x, axis=0) == np.nanmax(x, axis=0)
    return missing, constant
''',
    wrong=(
        Wrong("rows", "You count along the rows; a column is one feature, so the mean runs over axis 0.",
              swap={"mean(axis=0)": "mean(axis=1)"}),
        Wrong("count", "Your `missing` is a count; divide by the number of rows to get a share.",
              swap={"np.isnan(x).mean": "1.0 * np.isnan(x).sum"}),
        Wrong("equals-nan", "`x == np.nan` is False everywhere, because NaN equals nothing, not even itself; ask `np.isnan`.",
              swap={"np.isnan(x).mean": "(x == np.nan).mean"}),
        Wrong("zero-is-missing", "You count zeros as missing; a customer with 0 sessions was observed, and that is news.",
              swap={"np.isnan(x).mean": "(np.isnan(x) | (x == 0)).mean"}),
        Wrong("nan-in-minimum", "One NaN makes `np.min` NaN, and then nothing is constant; use `np.nanmin` and `np.nanmax`.",
              swap={"np.nanmin": "np.min", "np.nanmax": "np.max"}),
        Wrong("present", "Your `missing` is the share that is present: it is 1 minus what was asked.",
              swap={"np.isnan(x).mean": "(~np.isnan(x)).mean"}),
        Wrong("varies", "Your `constant` is true where a column varies; it should be true where all present values agree.",
              swap={"axis=0) == np": "axis=0) != np"}),
    ),
    right=(
        Right("not equal itself", swap={"np.isnan(x)": "(x != x)"}),
        Right("loop", code="""
def quality(x):
    missing, constant = [], []
    for column in x.T:
        there = column[~np.isnan(column)]
        missing.append(1 - len(there) / len(column))
        constant.append(len(np.unique(there)) == 1)
    return np.array(missing), np.array(constant)
"""),
        Right("span", swap={"np.nanmin(x, axis=0) == np.nanmax(x, axis=0)": "(np.nanmax(x, axis=0) - np.nanmin(x, axis=0)) == 0"}),
    ),
    hints=(
        "The mean of a boolean array is a share.",
        "`np.isnan(x).mean(axis=0)`; and a column is constant when its smallest and largest present values agree.",
        "Compare `np.nanmin(x, axis=0)` with `np.nanmax(x, axis=0)`.",
    ),
)  # fmt: skip

# --- a split in time ----------------------------------------------------------------------------


def _split_cases(rng: np.random.Generator) -> list[Case]:
    sizes = ((20, (0.7, 0.15, 0.15)), (8, (0.5, 0.25, 0.25)), (40, (0.6, 0.2, 0.2)))
    cases = []
    for n, fractions in sizes:
        day = np.cumsum(rng.integers(1, 30, n)).astype(float)
        cases.append({"day": day[rng.permutation(n)], "fractions": fractions})
    return cases


SPLIT = Exercise(
    name="production-split",
    title="Train on the past, test on the future",
    difficulty=1,
    minutes=8,
    points=2,
    cases=_split_cases,
    probe=call,
    options={"name": "time_split", "args": ("day", "fractions"), "returns": ("train", "val", "test")},
    reference='''
def time_split(day, fractions):
    """Return the row numbers of train, validation and test, each in order of time."""
    order = np.argsort(day)
    cuts = np.rint(np.cumsum(fractions)[:-1] * len(day)).astype(int)
    train, val, test = np.split(order, cuts)
    return train, val, test
''',
    wrong=(
        Wrong("not-sorted", "You cut the rows as they stand in the table; sort them by `day` first, or the test rows are not later than the others.",
              swap={"np.argsort(day)": "np.arange(len(day))"}),
        Wrong("newest-first", "You train on the newest rows and test on the oldest: time runs the other way.",
              swap={"np.argsort(day)": "np.argsort(-day)"}),
        Wrong("ranks", "You sorted twice: that gives each row's rank, not the row numbers in order of time.",
              swap={"np.argsort(day)": "np.argsort(np.argsort(day))"}),
        Wrong("days", "You return the days themselves; row numbers are asked for, to index the table with.",
              swap={"np.argsort(day)": "np.sort(day)"}),
        Wrong("by-calendar", "You cut the calendar and not the rows: the fractions are shares of the rows, however the days are spread.",
              swap={"cuts = np.rint(np.cumsum(fractions)[:-1] * len(day)).astype(int)": "cuts = np.searchsorted(np.sort(day), day.min() + np.cumsum(fractions)[:-1] * np.ptp(day))"}),
        Wrong("not-cumulative", "The second cut stands at `fractions[1]` alone; cuts are running sums of the fractions.",
              swap={"np.cumsum(fractions)[:-1]": "np.sort(fractions[:2])"}),
        Wrong("val-and-test", "Validation and test have changed places: the newest rows are for the test.",
              swap={"return train, val, test": "return train, test, val"}),
    ),
    right=(
        Right("list", code="""
def time_split(day, fractions):
    rows = sorted(range(len(day)), key=lambda i: day[i])
    a = int(round(fractions[0] * len(day)))
    b = a + int(round(fractions[1] * len(day)))
    return np.array(rows[:a]), np.array(rows[a:b]), np.array(rows[b:])
"""),
        Right("slices", code="""
def time_split(day, fractions):
    order = day.argsort(kind="stable")
    n_test = round(fractions[2] * len(day))
    n_val = round(fractions[1] * len(day))
    return order[: len(day) - n_val - n_test], order[len(day) - n_val - n_test : len(day) - n_test], order[len(day) - n_test :]
"""),
    ),
    hints=(
        "Which rows come first? `np.argsort` gives their numbers.",
        "The cuts stand after `fractions[0]` and after `fractions[0] + fractions[1]` of the rows, rounded.",
        "`np.split(order, cuts)` with `cuts = np.rint(np.cumsum(fractions)[:-1] * len(day)).astype(int)`.",
    ),
)  # fmt: skip

# --- a transformer with a memory ----------------------------------------------------------------


def _preprocess_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, m, d in ((12, 5, 4), (9, 1, 3), (20, 7, 2)):
        train, new = _gappy(rng, n, d), _gappy(rng, m, d) + 1.5
        train[1, 0] = np.nan
        train[:, d - 1] = rng.exponential(5.0, n)  # skewed, and without gaps in training
        new[-1, d - 1] = np.nan  # but with one later
        cases.append({"train": train, "new": new})
    return cases


def preprocess(code: Any, case: Case) -> Values:
    """Fit on the training rows, transform those, new rows, and one row alone."""
    built = code["Preprocess"]()
    built.fit(case["train"])
    return {
        "train": built.transform(case["train"]),
        "new": built.transform(case["new"]),
        "alone": built.transform(case["new"][:1]),
    }


PREPROCESS = Exercise(
    name="production-preprocess",
    title="Impute, flag and scale, with training's numbers",
    kind="layer",
    difficulty=2,
    minutes=15,
    points=4,
    cases=_preprocess_cases,
    probe=preprocess,
    reference='''
class Preprocess:
    """Median imputation, standardization, and flags for the columns with gaps in training."""

    def fit(self, x):
        missing = np.isnan(x)
        self.median = np.nanmedian(x, axis=0)
        filled = np.where(missing, self.median, x)
        self.mean, self.std = filled.mean(axis=0), filled.std(axis=0)
        self.flagged = missing.any(axis=0)

    def transform(self, x):
        missing = np.isnan(x)
        filled = np.where(missing, self.median, x)
        z = (filled - self.mean) / self.std
        return np.hstack([z, missing[:, self.flagged]])
''',
    wrong=(
        Wrong("fits-again", "`transform` learns from the rows it is given: a single row would be its own mean. Use what `fit` saw.",
              swap={"        z = (filled - self.mean) / self.std": "        z = (filled - filled.mean(axis=0)) / (filled.std(axis=0) + 1e-12)"}),
        Wrong("own-median", "`transform` fills gaps with the median of the new rows; it must be the training median.",
              swap={"    def transform(self, x):\n        missing = np.isnan(x)\n        filled = np.where(missing, self.median, x)": "    def transform(self, x):\n        missing = np.isnan(x)\n        some = np.where(missing.all(axis=0), self.median, x)\n        filled = np.where(missing, np.nanmedian(some, axis=0), x)"}),
        Wrong("mean-imputed", "You fill gaps with the mean; the median is asked for, which a few large values do not move.",
              swap={"np.nanmedian": "np.nanmean"}),
        Wrong("zero-imputed", "You fill gaps with 0, which is a value like any other; use the training median.",
              swap={"self.median = np.nanmedian(x, axis=0)": "self.median = np.zeros(x.shape[1])"}),
        Wrong("scaled-before", "Your mean and deviation ignore the gaps; scaling comes after imputation, so they must be taken of the filled table.",
              swap={"self.mean, self.std = filled.mean(axis=0), filled.std(axis=0)": "self.mean, self.std = np.nanmean(x, axis=0), np.nanstd(x, axis=0)"}),
        Wrong("no-flags", "The flags are missing: that a value was absent is often news in itself.",
              swap={"np.hstack([z, missing[:, self.flagged]])": "z"}),
        Wrong("flags-of-the-day", "Which flags there are must be settled in `fit`; now the number of columns changes with the rows that come in.",
              swap={"missing[:, self.flagged]": "missing[:, missing.any(axis=0)]"}),
        Wrong("all-flags", "You flag every column; only those with gaps in training get a flag, since the others taught the network nothing about it.",
              swap={"missing[:, self.flagged]": "missing"}),
        Wrong("not-centred", "You divide by the deviation but do not subtract the mean.",
              swap={"(filled - self.mean) / self.std": "filled / self.std"}),
        Wrong("variance", "You divide by the variance; a standard score divides by its root.",
              swap={"filled.std(axis=0)": "filled.var(axis=0)"}),
        Wrong("sample-std", "You divide by the deviation with n - 1; scikit-learn's scaler and this one use n.",
              swap={"filled.std(axis=0)": "filled.std(axis=0, ddof=1)"}),
        Wrong("flags-first", "The flags stand before the columns; put them after.",
              swap={"[z, missing[:, self.flagged]]": "[missing[:, self.flagged], z]"}),
    ),
    right=(
        Right("column by column", code="""
class Preprocess:
    def fit(self, x):
        self.columns = []
        for c in x.T:
            gaps = np.isnan(c)
            m = np.median(c[~gaps])
            full = np.where(gaps, m, c)
            self.columns.append((m, full.mean(), np.sqrt(full.var()), gaps.any()))
        return self

    def transform(self, x):
        out = [(np.where(np.isnan(c), m, c) - mean) / std for c, (m, mean, std, _) in zip(x.T, self.columns)]
        out += [np.isnan(c).astype(float) for c, (_, _, _, gap) in zip(x.T, self.columns) if gap]
        return np.array(out).T
"""),
        Right("own copy", swap={"        filled = np.where(missing, self.median, x)\n        z =": "        filled = x.copy()\n        filled[missing] = self.median[np.nonzero(missing)[1]]\n        z ="}),
    ),
    hints=(
        "`fit` keeps four things: medians, means, deviations, and which columns had gaps. `transform` only uses them.",
        "Fill first, `np.where(np.isnan(x), self.median, x)`; then take mean and deviation of the filled table.",
        "Return `np.hstack([z, missing[:, self.flagged]])`, with `self.flagged = np.isnan(x).any(axis=0)` from `fit`.",
    ),
)  # fmt: skip

# --- categories ---------------------------------------------------------------------------------


def _one_hot_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, known in ((8, (4, 1, 7)), (1, (3, 5)), (11, (9, 2, 6, 4))):
        values = rng.choice(known, n)
        values[0] = 8 if n > 1 else known[1]  # a category never seen in training
        values[-1] = known[0] if n > 1 else values[-1]
        cases.append({"values": values, "known": np.array(known)})
    return cases


ONE_HOT = Exercise(
    name="production-one-hot",
    title="Categories, with one never seen before",
    difficulty=1,
    minutes=6,
    points=2,
    cases=_one_hot_cases,
    probe=call,
    options={"name": "one_hot", "args": ("values", "known"), "returns": ("columns",)},
    reference='''
def one_hot(values, known):
    """Return (n, n_known): 1.0 in the column of the row's category; zeros for an unknown one."""
    return (values[:, None] == known[None, :]).astype(float)
''',
    wrong=(
        Wrong("from-the-batch", "You take the categories from the rows at hand, so the number of columns depends on the batch; use `known`.",
              swap={"known[None, :]": "np.unique(values)[None, :]"}),
        Wrong("sorted", "You sort the categories; the columns must stand in the order of `known`, as in training.",
              swap={"known[None, :]": "np.sort(known)[None, :]"}),
        Wrong("unknown-first", "An unknown category lands in the first column, so it is taken for that category; give it zeros.",
              code="""
def one_hot(values, known):
    where = (values[:, None] == known).argmax(axis=1)
    return np.eye(len(known))[where]
"""),
        Wrong("crash", "A category that was not seen in training must not stop the service; give it zeros.",
              code="""
def one_hot(values, known):
    place = {int(k): i for i, k in enumerate(known)}
    return np.eye(len(known))[[place[int(v)] for v in values]]
"""),
        Wrong("first-dropped", "You dropped the first category's column; then it and an unknown one would look alike.",
              swap={"known[None, :]": "known[None, 1:]"}),
        Wrong("transposed", "Rows are customers and columns are categories; yours is transposed.",
              swap={"values[:, None] == known[None, :]": "values[None, :] == known[:, None]"}),
        Wrong("codes", "You return the number of the category; as an input it would claim that category 2 is twice category 1.",
              swap={"(values[:, None] == known[None, :]).astype(float)": "(values[:, None] == known[None, :]).argmax(axis=1).astype(float)"}),
    ),
    right=(
        Right("loop", code="""
def one_hot(values, known):
    out = np.zeros((len(values), len(known)))
    for i, v in enumerate(values):
        for j, k in enumerate(known):
            if v == k:
                out[i, j] = 1
    return out
"""),
        Right("stack", code="""
def one_hot(values, known):
    return np.stack([values == k for k in known], axis=1) * 1.0
"""),
    ),
    hints=(
        "Compare every row with every known category at once, by broadcasting.",
        "`values[:, None] == known` has shape (n, n_known).",
        "Turn it into floats; a category that is not in `known` equals none of them, and its row is zero.",
    ),
)  # fmt: skip

# --- synthetic rows -----------------------------------------------------------------------------


def _smote_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, d, m in ((7, 3, 5), (9, 2, 1), (6, 4, 8)):
        rank = rng.integers(1, 4, m)
        rank[0] = 2
        cases.append({"x": rng.normal(size=(n, d)) * 3, "rows": rng.integers(0, n, m), "rank": rank,
                      "u": rng.uniform(0.1, 0.4, m)})  # fmt: skip
    return cases


SMOTE = Exercise(
    name="production-smote",
    title="A new row between two old ones",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_smote_cases,
    probe=call,
    options={"name": "smote", "args": ("x", "rows", "rank", "u"), "returns": ("new",)},
    reference='''
def smote(x, rows, rank, u):
    """Return (m, d): row rows[s] of x, moved the share u[s] of the way to its rank[s]-th nearest."""
    distance = np.sum((x[:, None, :] - x[None, :, :]) ** 2, axis=2)
    nearest = np.argsort(distance, axis=1)[rows, rank]
    return x[rows] + u[:, None] * (x[nearest] - x[rows])
''',
    wrong=(
        Wrong("itself-counted", "You count a row as its own nearest neighbour: column 0 of the order is the row itself, so rank 1 stands in column 1.",
              swap={"[rows, rank]": "[rows, rank - 1]"}),
        Wrong("extrapolated", "You move away from the neighbour; the new row must lie between the two.",
              swap={"(x[nearest] - x[rows])": "(x[rows] - x[nearest])"}),
        Wrong("from-the-neighbour", "You start at the neighbour: with a small `u` the new row should stay close to `x[rows]`.",
              swap={"return x[rows] + u": "return x[nearest] + u", "(x[nearest] - x[rows])": "(x[rows] - x[nearest])"}),
        Wrong("midpoint", "You ignore `u`: every new row is the midpoint, so the same pair gives the same row each time.",
              swap={"u[:, None] * ": "0.5 * "}),
        Wrong("farthest", "You take the most distant rows; `argsort` ascending puts the nearest first.",
              swap={"np.argsort(distance, axis=1)[rows, rank]": "np.argsort(-distance, axis=1)[rows, rank]"}),
        Wrong("wrong-neighbour", "`rank` counts neighbours by distance; you used it as a row number.",
              swap={"np.argsort(distance, axis=1)[rows, rank]": "rank"}),
        Wrong("copied", "You repeat the old row: that is oversampling, and adds no new point.",
              swap={" + u[:, None] * (x[nearest] - x[rows])": ""}),
    ),
    right=(
        Right("loop", code="""
def smote(x, rows, rank, u):
    new = []
    for i, r, share in zip(rows, rank, u):
        order = np.argsort(np.linalg.norm(x - x[i], axis=1))
        new.append((1 - share) * x[i] + share * x[order[r]])
    return np.array(new)
"""),
        Right("weights", swap={"x[rows] + u[:, None] * (x[nearest] - x[rows])": "(1 - u)[:, None] * x[rows] + u[:, None] * x[nearest]"}),
    ),
    hints=(
        "First all squared distances between rows, (n, n); then sort each row of them.",
        "`np.argsort(distance, axis=1)` has the row itself in column 0 and its nearest neighbour in column 1.",
        "Interpolate: `x[rows] + u[:, None] * (x[nearest] - x[rows])`.",
    ),
)  # fmt: skip

# --- metrics ------------------------------------------------------------------------------------


def _scored(rng: np.random.Generator, n: int) -> tuple[Any, Any]:
    y = (rng.random(n) < 0.35).astype(int)
    p = np.round(np.clip(0.25 + 0.3 * y + rng.normal(0, 0.2, n), 0.02, 0.98), 3)
    return p, y


def _report_cases(rng: np.random.Generator) -> list[Case]:
    p = np.array([0.9, 0.7, 0.4, 0.4, 0.2, 0.1, 0.8])
    y = np.array([1, 0, 1, 0, 0, 1, 0])
    q, z = _scored(rng, 31)
    z[:3] = 1, 0, 1
    return [
        {"p": p, "y": y, "threshold": 0.4},  # two answers stand exactly on the threshold
        {"p": q, "y": z, "threshold": float(np.median(q))},
        {"p": np.array([0.3]), "y": np.array([1]), "threshold": 0.5},  # nobody is called
        {"p": np.array([0.8, 0.6]), "y": np.array([0, 0]), "threshold": 0.5},  # nobody left
    ]


REPORT = Exercise(
    name="production-report",
    title="Precision, recall and F1",
    difficulty=1,
    minutes=8,
    points=2,
    cases=_report_cases,
    probe=call,
    options={"name": "report", "args": ("p", "y", "threshold"), "returns": ("precision", "recall", "f1")},
    quiet=True,
    reference='''
def report(p, y, threshold):
    """Return precision, recall and F1 of acting where p >= threshold; 0 where undefined."""
    act = p >= threshold
    hits = np.sum(act & (y == 1))
    precision = hits / act.sum() if act.any() else 0.0
    recall = hits / y.sum() if y.any() else 0.0
    f1 = 2 * hits / (act.sum() + y.sum()) if act.any() or y.any() else 0.0
    return precision, recall, f1
''',
    wrong=(
        Wrong("swapped", "Precision and recall have changed places: precision divides by those you act on, recall by those who leave.",
              swap={"return precision, recall, f1": "return recall, precision, f1"}),
        Wrong("strictly-above", "A probability exactly on the threshold counts as acting: `>=`.",
              swap={"p >= threshold": "p > threshold"}),
        Wrong("undefined", "With nobody called (or nobody leaving) you divide by 0; return 0 there.",
              swap={" if act.any() else 0.0": "", " if y.any() else 0.0": ""}),
        Wrong("accuracy", "Your `precision` is the accuracy, which an eager no-sayer scores high on; divide the hits by the number of calls.",
              swap={"precision = hits / act.sum() if act.any() else 0.0": "precision = np.mean(act == (y == 1))"}),
        Wrong("arithmetic", "F1 is the harmonic mean; the arithmetic mean forgives a recall near 0.",
              swap={"f1 = 2 * hits / (act.sum() + y.sum()) if act.any() or y.any() else 0.0": "f1 = (precision + recall) / 2"}),
        Wrong("fixed-half", "You compare with 0.5 and not with `threshold`.",
              swap={"p >= threshold": "p >= 0.5"}),
        Wrong("all-rows", "Your recall divides by all rows; it is the share of those who leave.",
              swap={"recall = hits / y.sum()": "recall = hits / len(y)"}),
    ),
    right=(
        Right("counts", code="""
def report(p, y, threshold):
    tp = fp = fn = 0
    for pi, yi in zip(p, y):
        if pi >= threshold and yi: tp += 1
        elif pi >= threshold: fp += 1
        elif yi: fn += 1
    a = tp / max(tp + fp, 1)
    b = tp / max(tp + fn, 1)
    return a, b, 2 * a * b / (a + b) if a + b else 0.0
"""),
        Right("astype", swap={"act = p >= threshold": "act = (p >= threshold).astype(int)", "np.sum(act & (y == 1))": "act @ y"}),
    ),
    hints=(
        "Count the hits: rows on which you act and which do leave.",
        "Precision = hits / calls, recall = hits / leavers. Say what happens when a count is 0.",
        "F1 = 2 hits / (calls + leavers), which needs no other special case than both being 0.",
    ),
)  # fmt: skip


def _lift_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for n, share in ((20, 0.2), (40, 0.1), (10, 0.3)):
        y = (np.arange(n) < 0.3 * n).astype(int)
        p = rng.permutation(n) / (2.0 * n) + 0.25 * y
        cases.append({"p": p, "y": y, "share": share})
    for case in cases:
        order = rng.permutation(len(case["p"]))
        case["p"], case["y"] = case["p"][order], case["y"][order]
    return cases


LIFT = Exercise(
    name="production-lift",
    title="Lift of the top customers",
    difficulty=1,
    minutes=6,
    points=2,
    cases=_lift_cases,
    probe=call,
    options={"name": "lift", "args": ("p", "y", "share"), "returns": ("lift",)},
    reference='''
def lift(p, y, share):
    """Return the rate of leavers among the `share` with the highest p, over the rate of all."""
    n_top = round(share * len(p))
    top = np.argsort(-p)[:n_top]
    return y[top].mean() / y.mean()
''',
    wrong=(
        Wrong("bottom", "You took the customers with the lowest probabilities.", swap={"np.argsort(-p)": "np.argsort(p)"}),
        Wrong("recall", "This is the share of all leavers that you reach (recall); lift compares two rates.",
              swap={"y[top].mean() / y.mean()": "y[top].sum() / y.sum()"}),
        Wrong("no-division", "This is the rate in the group; divide by the rate of all customers.",
              swap={" / y.mean()": ""}),
        Wrong("difference", "Lift is a ratio of rates, not their difference.", swap={"y[top].mean() / y.mean()": "y[top].mean() - y.mean()"}),
        Wrong("own-opinion", "You averaged the model's probabilities; the rate is what the customers did, `y`.",
              swap={"y[top].mean() / ": "p[top].mean() / "}),
        Wrong("threshold", "You take everybody whose probability is above `1 - share`; a share of the customers is asked for.",
              swap={"top = np.argsort(-p)[:n_top]": "top = p >= 1 - share - 0.3"}),
        Wrong("first-rows", "You take the first rows as they stand; sort by `p`, highest first.",
              swap={"np.argsort(-p)[:n_top]": "np.arange(n_top)"}),
    ),
    right=(
        Right("reversed", swap={"np.argsort(-p)[:n_top]": "np.argsort(p)[::-1][:n_top]"}),
        Right("partition", swap={"np.argsort(-p)[:n_top]": "np.argpartition(p, len(p) - n_top)[len(p) - n_top:]"}),
        Right("list", code="""
def lift(p, y, share):
    pairs = sorted(zip(p, y), reverse=True)[: int(round(share * len(p)))]
    return sum(b for _, b in pairs) / len(pairs) / (sum(y) / len(y))
"""),
    ),
    hints=(
        "How many customers are `share` of all? Which are they, by `p`?",
        "`np.argsort(-p)[:n_top]` are the row numbers of the group.",
        "Divide the mean of `y` in the group by the mean of `y`.",
    ),
)  # fmt: skip

# --- the threshold by cost ----------------------------------------------------------------------


def _threshold_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, miss, alarm in ((25, 5.0, 1.0), (40, 1.0, 3.0), (17, 2.0, 1.5)):
        p, y = _scored(rng, n)
        y[:2] = 0, 1
        cases.append({"p": p, "y": y, "miss": miss, "alarm": alarm})
    # best left alone: the only leaver has the lowest probability
    cases.append({"p": np.array([0.9, 0.8, 0.6, 0.3]), "y": np.array([0, 0, 0, 1]), "miss": 2.0, "alarm": 1.5})  # fmt: skip
    cases.append({"p": np.array([0.4]), "y": np.array([1]), "miss": 2.0, "alarm": 1.0})
    return cases


def _good_threshold(got: Any, case: Case, values: Values) -> str:
    t, p, y = float(np.asarray(got)), case["p"], case["y"]

    def cost(at: float) -> float:
        act = p >= at
        return float(
            case["miss"] * np.sum(~act & (y == 1)) + case["alarm"] * np.sum(act & (y == 0))
        )

    best = min(cost(at) for at in [*p, np.inf])
    if cost(t) <= best + 1e-9:
        return ""
    return f"Acting from `threshold` = {t:.3g} costs {cost(t):g}, but another threshold costs {best:g}."


THRESHOLD = Exercise(
    name="production-threshold",
    title="The threshold that costs least",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_threshold_cases,
    probe=call,
    options={"name": "best_threshold", "args": ("p", "y", "miss", "alarm"), "returns": ("cost", "threshold")},
    accept={"threshold": _good_threshold},
    reference='''
def best_threshold(p, y, miss, alarm):
    """Return the lowest total cost, and a threshold t that has it when acting where p >= t."""
    best = (np.inf, np.inf)
    for t in [*np.unique(p), np.inf]:
        act = p >= t
        cost = miss * np.sum(~act & (y == 1)) + alarm * np.sum(act & (y == 0))
        best = min(best, (cost, t))
    return best
''',
    wrong=(
        Wrong("costs-swapped", "The costs are exchanged: `miss` is for a leaver whom you leave alone, `alarm` for a call to somebody who stays.",
              swap={"miss * np.sum(~act & (y == 1)) + alarm * np.sum(act & (y == 0))": "alarm * np.sum(~act & (y == 1)) + miss * np.sum(act & (y == 0))"}),
        Wrong("nobody-forgotten", "Acting on nobody is a choice too, and sometimes the cheapest: try a threshold above every `p`.",
              swap={"[*np.unique(p), np.inf]": "np.unique(p)"}),
        Wrong("mean", "Your cost is a mean per customer; the total is asked for.",
              swap={"cost = miss": "cost = 1 / len(p) * miss", " + alarm * np": " + 1 / len(p) * alarm * np"}),
        Wrong("equal-costs", "You count errors; each kind has its own price.",
              swap={"miss * np.sum": "np.sum", "alarm * np.sum": "np.sum"}),
        Wrong("misses-only", "Only the misses are paid for, so acting on everybody looks free.",
              swap={" + alarm * np.sum(act & (y == 0))": ""}),
        Wrong("alarms-only", "Only the calls are paid for, so acting on nobody looks free.",
              swap={"miss * np.sum(~act & (y == 1)) + ": ""}),
        Wrong("dearest", "You kept the dearest threshold; take the minimum.",
              swap={"best = (np.inf, np.inf)": "best = (-np.inf, np.inf)", "min(best": "max(best"}),
        Wrong("half", "You used 0.5 and searched nothing; 0.5 is only right for calibrated probabilities and equal prices.",
              swap={"[*np.unique(p), np.inf]": "[0.5]"}),
    ),
    right=(
        Right("at once", code="""
def best_threshold(p, y, miss, alarm):
    t = np.append(p, 2.0)
    act = p[None, :] >= t[:, None]
    cost = miss * (~act & (y == 1)).sum(axis=1) + alarm * (act & (y == 0)).sum(axis=1)
    i = np.argmin(cost)
    return cost[i], t[i]
"""),
        Right("sorted sums", code="""
def best_threshold(p, y, miss, alarm):
    values = np.unique(p)
    costs = [alarm * np.sum(y[p >= v] == 0) + miss * np.sum(y[p < v] == 1) for v in values] + [miss * y.sum()]
    k = int(np.argmin(costs))
    return costs[k], float(values[k]) if k < len(values) else 1.5
"""),
    ),
    hints=(
        "The cost changes only where the threshold passes one of the probabilities.",
        "For each candidate count the misses (`p < t`, left) and the needless calls (`p >= t`, stayed), and price them.",
        "Candidates: `[*np.unique(p), np.inf]`; the last one acts on nobody.",
    ),
)  # fmt: skip

# --- permutation importance ---------------------------------------------------------------------


def _permutation_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, d in ((30, 3), (24, 5), (41, 2)):
        x = rng.normal(1.0, 1.0, size=(n, d))
        w = rng.normal(size=d) * 1.5
        w[0] = 2.0
        w[-1] = 0.8
        y = x @ w - 2 * w[-1] * x[:, -1] + rng.normal(0, 0.3, n)  # the model has one sign wrong
        orders = np.stack([rng.permutation(n) for _ in range(d)])
        cases.append({"x": x, "y": y, "w": w, "orders": orders})
    return cases


def permuted(code: Any, case: Case) -> Values:
    """Call it with the mean squared error of a fixed linear model as its loss."""
    w = case["w"]

    def loss(x: Any, y: Any) -> Any:
        return float(np.mean((x @ w - y) ** 2))

    importance = code["permutation_importance"](loss, case["x"], case["y"], case["orders"])
    return {"importance": importance}


PERMUTATION = Exercise(
    name="production-permutation",
    title="Permutation importance",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_permutation_cases,
    probe=permuted,
    reference='''
def permutation_importance(loss, x, y, orders):
    """Return (d,): how much the loss rises when column j is reordered by orders[j], (d, n)."""
    base = loss(x, y)
    importance = np.zeros(x.shape[1])
    for j, order in enumerate(orders):
        shuffled = x.copy()
        shuffled[:, j] = x[order, j]
        importance[j] = loss(shuffled, y) - base
    return importance
''',
    wrong=(
        Wrong("mean-instead", "You set the column to its mean; that row of equal values may lie where the model never was. Reorder the values.",
              swap={"x[order, j]": "x[:, j].mean()"}),
        Wrong("zero-instead", "You set the column to 0; reorder its values, so that it keeps its distribution.",
              swap={"x[order, j]": "0.0"}),
        Wrong("not-restored", "You never put the earlier columns back, so each importance contains those before it.",
              swap={"    for j, order in enumerate(orders):\n        shuffled = x.copy()\n": "    shuffled = x.copy()\n    for j, order in enumerate(orders):\n"}),
        Wrong("sign", "The difference is the wrong way round: an important column makes the loss rise.",
              swap={"loss(shuffled, y) - base": "base - loss(shuffled, y)"}),
        Wrong("no-base", "You return the loss after shuffling; the importance is its rise over the unshuffled loss.",
              swap={" - base": ""}),
        Wrong("whole-rows", "You reorder whole rows, so every column is shuffled each time; one column at a time.",
              swap={"shuffled[:, j] = x[order, j]": "shuffled = x[order]"}),
        Wrong("ratio", "You return a ratio of losses; the difference is asked for.",
              swap={"loss(shuffled, y) - base": "loss(shuffled, y) / base"}),
        Wrong("first-order", "You use the first order for every column; column j has `orders[j]`.",
              swap={"x[order, j]": "x[orders[0], j]"}),
        Wrong("absolute", "You take the absolute value; the loss may also fall when a column is shuffled, and then its importance is negative.",
              code="""
def permutation_importance(loss, x, y, orders):
    base = loss(x, y)
    rise = []
    for j, order in enumerate(orders):
        shuffled = x.copy()
        shuffled[:, j] = x[order, j]
        rise.append(abs(loss(shuffled, y) - base))
    return np.array(rise)
"""),
    ),
    right=(
        Right("list", code="""
def permutation_importance(loss, x, y, orders):
    out = []
    for j in range(x.shape[1]):
        z = np.array(x)
        z[:, j] = z[orders[j], j]
        out.append(loss(z, y) - loss(x, y))
    return np.array(out)
"""),
        Right("column stack", code="""
def permutation_importance(loss, x, y, orders):
    d = x.shape[1]
    return np.array([loss(np.column_stack([x[orders[j], k] if k == j else x[:, k] for k in range(d)]), y) for j in range(d)]) - loss(x, y)
"""),
    ),
    hints=(
        "For each column: copy the table, reorder that column alone, measure the loss.",
        "`shuffled[:, j] = x[orders[j], j]`, on a fresh copy each time.",
        "The importance is `loss(shuffled, y) - loss(x, y)`.",
    ),
)  # fmt: skip

EXERCISES = (
    QUALITY, SPLIT, PREPROCESS, ONE_HOT, EMBEDDING, SMOTE, REPORT, LIFT, THRESHOLD, PERMUTATION, *WATCH,
    *BUGS, *QUIZZES,
)  # fmt: skip
