"""Chapter 10, production, continued: drift, many tests at once, and quick questions."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Case, Exercise, Right, Wrong
from autograder.kinds import choice, prediction
from autograder.probe import call

# --- population stability index -----------------------------------------------------------------


def _psi_cases(rng: np.random.Generator) -> list[Case]:
    edges = np.array([-1.0, 0.0, 0.8, 1.7])
    return [
        {"old": rng.normal(size=60), "new": rng.normal(0.5, size=35), "edges": edges, "floor": 1e-3},
        {"old": rng.normal(size=80), "new": rng.normal(-3.0, 0.3, size=30), "edges": edges, "floor": 1e-3},
        {"old": rng.normal(size=45), "new": np.array([0.3]), "edges": edges[:2], "floor": 1e-2},
    ]  # fmt: skip


PSI = Exercise(
    name="production-psi",
    title="Population stability index",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_psi_cases,
    probe=call,
    options={"name": "psi", "args": ("old", "new", "edges", "floor"), "returns": ("psi",)},
    reference='''
def psi(old, new, edges, floor):
    """Return sum((a - e) log(a / e)) over bins; e and a are shares, at least floor."""
    n_bins = len(edges) + 1
    e = np.bincount(np.searchsorted(edges, old), minlength=n_bins) / len(old)
    a = np.bincount(np.searchsorted(edges, new), minlength=n_bins) / len(new)
    e, a = np.maximum(e, floor), np.maximum(a, floor)
    return np.sum((a - e) * np.log(a / e))
''',
    wrong=(
        Wrong("one-sided", "This is a Kullback-Leibler divergence, which weighs with one of the two; the index weighs with the difference `a - e`.",
              swap={"(a - e) * np.log(a / e)": "a * np.log(a / e)"}),
        Wrong("other-sided", "This is a Kullback-Leibler divergence, which weighs with one of the two; the index weighs with the difference `a - e`.",
              swap={"(a - e) * np.log(a / e)": "-e * np.log(a / e)"}),
        Wrong("counts", "You compare counts; two samples of different size then drift without any change. Divide each by its size.",
              swap={" / len(old)": "", " / len(new)": ""}),
        Wrong("no-floor", "An empty bin gives a logarithm of 0 and an infinite index; raise small shares to `floor`.",
              swap={"e, a = np.maximum(e, floor), np.maximum(a, floor)": "e, a = e + 1e-300, a + 1e-300"}),
        Wrong("floor-added", "You add `floor` to every share; only those below it are raised to it.",
              swap={"np.maximum(e, floor), np.maximum(a, floor)": "e + floor, a + floor"}),
        Wrong("sign", "The index is negative: the difference and the logarithm must look the same way, `a - e` with `log(a / e)`.",
              swap={"np.log(a / e)": "np.log(e / a)"}),
        Wrong("closed-bins", "Values beyond the outer edges are dropped, and those are the ones that drifted; the outer bins are open.",
              swap={"n_bins = len(edges) + 1": "n_bins = len(edges) - 1",
                    "np.bincount(np.searchsorted(edges, old), minlength=n_bins)": "np.histogram(old, edges)[0]",
                    "np.bincount(np.searchsorted(edges, new), minlength=n_bins)": "np.histogram(new, edges)[0]"}),
        Wrong("mean", "You average over the bins; the index is their sum.", swap={"np.sum((a": "np.mean((a"}),
        Wrong("base-two", "You used the logarithm to base 2; the customary limits 0.1 and 0.25 are for the natural one.",
              swap={"np.log(": "np.log2("}),
    ),
    right=(
        Right("histogram", code="""
def psi(old, new, edges, floor):
    ends = np.concatenate([[-np.inf], edges, [np.inf]])
    e, a = (np.maximum(np.histogram(v, ends)[0] / len(v), floor) for v in (old, new))
    return ((a - e) * (np.log(a) - np.log(e))).sum()
"""),
        Right("loop", code="""
def psi(old, new, edges, floor):
    ends = [-np.inf, *edges, np.inf]
    total = 0.0
    for low, high in zip(ends[:-1], ends[1:]):
        e = max(np.mean((old > low) & (old <= high)), floor)
        a = max(np.mean((new > low) & (new <= high)), floor)
        total += (a - e) * np.log(a / e)
    return total
"""),
    ),
    hints=(
        "First the bin of every value: `np.searchsorted(edges, values)` gives 0 to `len(edges)`.",
        "Count with `np.bincount(..., minlength=len(edges) + 1)`, divide by the size, raise to `floor`.",
        "Sum `(a - e) * np.log(a / e)` over the bins.",
    ),
)  # fmt: skip

# --- Kolmogorov-Smirnov -------------------------------------------------------------------------


def _ks_cases(rng: np.random.Generator) -> list[Case]:
    tied = rng.integers(0, 4, 15).astype(float)
    return [
        {"a": rng.normal(size=17), "b": rng.normal(0.9, size=11)},
        {"a": rng.normal(0.9, size=9), "b": rng.normal(size=14)},
        {"a": rng.normal(size=12), "b": np.array([0.37])},
        {"a": np.array([0.1, 0.2, 3.0]), "b": np.array([1.0, 1.1])},
        {"a": np.array([1.0, 1.1]), "b": np.array([0.1, 0.2, 3.0])},
        {"a": tied, "b": rng.integers(0, 5, 8).astype(float)},
    ]


KS = Exercise(
    name="production-ks",
    title="The largest gap between two distributions",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_ks_cases,
    probe=call,
    options={"name": "ks", "args": ("a", "b"), "returns": ("distance",)},
    reference='''
def ks(a, b):
    """Return max |F_a(t) - F_b(t)|, where F(t) is the share of values <= t."""
    t = np.concatenate([a, b])
    F_a = np.searchsorted(np.sort(a), t, side="right") / len(a)
    F_b = np.searchsorted(np.sort(b), t, side="right") / len(b)
    return np.max(np.abs(F_a - F_b))
''',
    wrong=(
        Wrong("signed", "You take the largest difference without its absolute value, so a shift to one side goes unseen.",
              swap={"np.max(np.abs(F_a - F_b))": "np.max(F_a - F_b)"}),
        Wrong("mean-gap", "You average the gaps; the distance is the largest of them.",
              swap={"np.max(np.abs": "np.mean(np.abs"}),
        Wrong("one-sample", "You look only at the values of `a`; the largest gap may stand at a value of `b`.",
              swap={"np.concatenate([a, b])": "np.asarray(a)"}),
        Wrong("other-sample", "You look only at the values of `b`; the largest gap may stand at a value of `a`.",
              swap={"np.concatenate([a, b])": "np.asarray(b)"}),
        Wrong("not-sorted", "`np.searchsorted` expects a sorted array; sort both samples first.",
              swap={"np.sort(a)": "a", "np.sort(b)": "b"}),
        Wrong("counts", "You compare counts; divide each by the size of its sample.",
              swap={" / len(a)": "", " / len(b)": ""}),
        Wrong("means", "You compare the means; two samples with one mean can differ everywhere else.",
              swap={"np.max(np.abs(F_a - F_b))": "abs(a.mean() - b.mean())"}),
        Wrong("pooled-size", "Both counts are divided by the pooled size; each share has its own.",
              swap={" / len(a)": " / len(t)", " / len(b)": " / len(t)"}),
        Wrong("mixed-sides", "One CDF counts values up to `t`, the other those below `t`; with equal values the two then differ where nothing does.",
              swap={'np.sort(b), t, side="right"': 'np.sort(b), t, side="left"'}),
    ),
    right=(
        Right("loop", code="""
def ks(a, b):
    return max(abs(np.mean(a <= t) - np.mean(b <= t)) for t in [*a, *b])
"""),
        Right("broadcast", code="""
def ks(a, b):
    t = np.unique(np.concatenate([b, a]))[:, None]
    return np.abs((a <= t).mean(axis=1) - (b <= t).mean(axis=1)).max()
"""),
    ),
    hints=(
        "Between two neighbouring values neither curve moves: it is enough to look at the values of both samples.",
        "`np.searchsorted(np.sort(a), t, side='right') / len(a)` is the share of `a` that is at most `t`.",
        "Take `t = np.concatenate([a, b])` and the largest absolute difference of the two shares.",
    ),
)  # fmt: skip

# --- many tests ---------------------------------------------------------------------------------


def _fdr_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"p": np.array([0.001, 0.9, 0.02, 0.035, 0.039]), "q": 0.05},  # 0.035 fails alone, 0.039 saves it
        {"p": rng.permutation(np.array([0.004, 0.013, 0.19, 0.35, 0.5, 0.62, 0.8, 0.95])), "q": 0.1},
        {"p": np.array([0.3, 0.06, 0.7]), "q": 0.1},
        {"p": np.array([0.03]), "q": 0.05},
        {"p": rng.permutation(np.array([0.045, 0.048, 0.03, 0.2, 0.6, 0.7, 0.9, 0.041])), "q": 0.05},
    ]  # fmt: skip


FDR = Exercise(
    name="production-many-tests",
    title="Which alarms to believe",
    difficulty=3,
    minutes=15,
    points=3,
    cases=_fdr_cases,
    probe=call,
    options={"name": "believe", "args": ("p", "q"), "returns": ("alarm",)},
    reference='''
def believe(p, q):
    """Return (m,) bool: the alarms that Benjamini and Hochberg's procedure believes."""
    order = np.argsort(p)
    limit = q * np.arange(1, len(p) + 1) / len(p)
    passed = np.flatnonzero(p[order] <= limit)
    alarm = np.zeros(len(p), dtype=bool)
    if len(passed):
        alarm[order[: passed[-1] + 1]] = True
    return alarm
''',
    wrong=(
        Wrong("each-alone", "You believe every p-value below `q`: among 25 features without drift one is to be expected by chance.",
              code="""
def believe(p, q):
    return p <= q
"""),
        Wrong("bonferroni", "This is Bonferroni's limit `q / m` for all; here the k-th smallest has the limit `k q / m`.",
              code="""
def believe(p, q):
    return p <= q / len(p)
"""),
        Wrong("first-failure", "You stop at the first p-value above its limit; the rule takes the *last* one below its limit, and all before it.",
              swap={"    passed = np.flatnonzero(p[order] <= limit)": "    fails = np.flatnonzero(p[order] > limit)\n    passed = np.arange(fails[0] if len(fails) else len(p))"}),
        Wrong("only-those-below", "You keep only those below their own limit; all with smaller p-values than the last such one are believed too.",
              swap={"alarm[order[: passed[-1] + 1]] = True": "alarm[order[passed]] = True"}),
        Wrong("sorted-answer", "Your answer is in order of the p-values; it must be in the order in which they came.",
              swap={"alarm[order[: passed[-1] + 1]] = True": "alarm[: passed[-1] + 1] = True"}),
        Wrong("count-from-zero", "The smallest p-value has the limit `1 q / m`; yours counts from 0.",
              swap={"np.arange(1, len(p) + 1)": "np.arange(len(p))"}),
        Wrong("one-short", "The last one below its limit is believed too: slice up to `passed[-1] + 1`.",
              swap={"passed[-1] + 1": "passed[-1]"}),
    ),
    right=(
        Right("count", code="""
def believe(p, q):
    m = len(p)
    s = np.sort(p)
    k = max([i + 1 for i in range(m) if s[i] <= (i + 1) * q / m], default=0)
    return p <= s[k - 1] if k else np.zeros(m, dtype=bool)
"""),
        Right("adjusted", code="""
def believe(p, q):
    m = len(p)
    order = np.argsort(p)[::-1]
    adjusted = np.minimum.accumulate(p[order] * m / np.arange(m, 0, -1))
    out = np.empty(m)
    out[order] = adjusted
    return out <= q + 1e-12
"""),
    ),
    hints=(
        "Sort the p-values. The k-th smallest of m is held against `k * q / m`.",
        "Find the largest k that passes; the k smallest are believed, even those that failed on the way.",
        "`passed = np.flatnonzero(p[order] <= limit)`, then mark `order[: passed[-1] + 1]`.",
    ),
)  # fmt: skip

# --- quick questions ----------------------------------------------------------------------------

ALARMS = prediction(
    "production-alarms",
    "Twenty-five tests, no drift",
    truth=1 - 0.95**25,
    within=0.02,
    mistakes={
        "one-test": (0.05, "0.05 is the chance of a false alarm in *one* test; there are twenty-five."),
        "sum": (1.25, "1.25 is the expected *number* of alarms; a probability cannot exceed 1."),
        "none": (0.95**25, "This is the probability that *no* test alarms; take the rest."),
        "all": (0.95, "0.95 is the probability that one test stays silent; all twenty-five must, for there to be no alarm."),
        "power": (0.0, "All twenty-five at once would be next to impossible; at least one is asked for."),
        "certain": (1.0, "Likely, but not certain: each test stays silent with probability 0.95."),
    },
    hints=(
        "How likely is it that one test stays silent? And that all do?",
        "Independent events multiply: 0.95 to the power of 25.",
        "1 minus that.",
    ),
)  # fmt: skip

BREAK_EVEN = prediction(
    "production-break-even",
    "The monthly charge at which a call pays",
    truth=50 / (0.6 * 0.7),
    within=1.0,
    minutes=4,
    mistakes={
        "no-precision": (50 / 0.7, "You called only customers who would have left; four in ten calls go to others, and cost as much."),
        "no-success": (50 / 0.6, "Not every customer you reach stays: the call succeeds in 70 % of cases."),
        "cost": (50.0, "50 is the cost of one call; it must be earned back by those calls that change something."),
        "product": (50 * 0.6 * 0.7, "You multiplied: the fewer calls succeed, the *more* each success must bring."),
        "failures": (50 / (0.4 * 0.7), "You used the share of needless calls; the precision is 0.6."),
        "both-failures": (50 / (0.6 * 0.3), "You used the share of failures; the call succeeds in 70 % of cases."),
    },
    hints=(
        "Out of 100 calls, how many reach a leaver, and how many of those stay?",
        "42 customers stay; together they must bring 100 times 50 dollars.",
        "50 / (0.6 * 0.7).",
    ),
)  # fmt: skip

METRIC = choice(
    "production-metric",
    "0.77 is not an achievement",
    answer="c",
    options={
        "a": "Accuracy is 0.77 for a model that never calls anybody; it cannot tell that model from a useful one.",
        "b": "Recall alone is 1 for a model that calls everybody.",
        "d": "The loss compares models, but a director cannot act on nats, and it says nothing about the calls made.",
    },
    hints=(
        "Imagine a model that says no every time, and one that says yes every time. What does each metric give them?",
        "A budget of calls is a share of the customers, ordered by risk.",
        "What is asked is how much better than chance the called customers are, and how many leavers they include.",
    ),
)  # fmt: skip

FILLNA = choice(
    "production-fillna",
    "A column that stays full of holes",
    answer="b",
    options={
        "a": "NaN is exactly what `fillna` looks for; the trouble is where the result goes.",
        "c": "Medians ignore NaN; the trouble is where the result goes.",
        "d": "A column of floats can hold 0 and any median; the trouble is where the result goes.",
    },
    hints=(
        "Which object does `inplace=True` change here: the table, or what `table['age']` returned?",
        "Under copy-on-write, `table['age']` behaves like a copy.",
        "Assign the result back: `table['age'] = table['age'].fillna(0)`.",
    ),
)  # fmt: skip

IMPORTANCE = choice(
    "production-importance",
    "Important for whom?",
    answer="a",
    options={
        "b": "The labels are not touched in either method; what differs is whether they are *asked*.",
        "c": "Both need one pass per feature.",
        "d": "Standardized columns have mean 0, and setting one to it is easily done; that is not what misleads.",
    },
    hints=(
        "Suppose the network has learned noise by heart. Does its output move when that column moves?",
        "Does a held-out loss get worse when a column of noise is shuffled?",
        "One method asks the model, the other asks the truth.",
    ),
)  # fmt: skip

WATCH = (PSI, KS, FDR)
QUIZZES = (METRIC, FILLNA, IMPORTANCE, BREAK_EVEN, ALARMS)
