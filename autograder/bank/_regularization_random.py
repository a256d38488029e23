"""Chapter 7, regularization: dropout, its ensemble, folds and swaps, where chance is at work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.probe import Problem, ProblemError, call

When = Callable[[Values, Case], bool]

# --- dropout ------------------------------------------------------------------------------------


def dropout_probe(code: Mapping[str, Any], case: Case) -> Values:
    """Run a dropout layer in both modes, twice with one generator and once more with its twin."""
    rng = np.random.default_rng(case["seed"])
    built = code["Dropout"](case["p"], rng)
    y = built.forward(case["x"], True)
    y = np.array(y, copy=True) if isinstance(y, np.ndarray) else y
    values: Values = {"y": y, "dx": built.backward(case["dy"])}
    values["fresh"] = np.array(float(not np.array_equal(y, built.forward(case["x"], True))))
    quiet = built.forward(case["x"], False)
    values["y_eval"] = np.array(quiet, copy=True) if isinstance(quiet, np.ndarray) else quiet
    values["dx_eval"] = built.backward(case["dy"])
    twin = code["Dropout"](case["p"], np.random.default_rng(case["seed"]))
    values["repeats"] = np.array(float(np.array_equal(y, twin.forward(case["x"], True))))
    return values


def _dropout_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for size, p in (((60, 41), 0.2), ((1, 2500), 0.35), ((90, 30), 0.7)):
        x = rng.choice([-1.0, 1.0], size) * rng.uniform(0.3, 2.0, size)  # no entry is 0 by itself
        dy = rng.choice([-1.0, 1.0], size) * rng.uniform(0.3, 2.0, size)
        cases.append({"x": x, "dy": dy, "p": p, "seed": int(rng.integers(1 << 30))})
    return cases


def _near(a: Any, b: Any) -> bool:
    return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-5, atol=1e-9)


def _look(values: Values, case: Case) -> tuple[float, float]:
    """Return the share of entries kept and the factor on them (NaN if there is no one factor)."""
    y, x = values["y"], case["x"]
    if np.shape(y) != x.shape:
        return np.nan, np.nan
    kept = y != 0
    factors = y[kept] / x[kept]
    one = kept.any() and np.ptp(factors) <= 1e-5 * np.abs(factors).max()
    return float(kept.mean()), float(factors.mean()) if one else np.nan


def _share_is(share: float, expected: float, n: int) -> bool:
    return abs(share - expected) < 5.5 * np.sqrt(expected * (1 - expected) / n)


def _accept_y(got: Any, case: Case, values: Values) -> str:
    if np.shape(got) != case["x"].shape:
        return f"`y` has shape {np.shape(got)}, expected that of `x`, {case['x'].shape}."
    share, factor = _look(values, case)
    p = case["p"]
    if not np.isfinite(factor):
        return "In training every entry of `y` should be 0 or the same multiple of `x`."
    if abs(factor - 1 / (1 - p)) > 1e-5 / (1 - p):
        return f"Kept entries are `x` times {factor:.4f}; for p = {p:g} it should be {1 / (1 - p):.4f}."
    if not _share_is(share, 1 - p, got.size):
        return f"A share of {share:.3f} is kept; for p = {p:g} it should be about {1 - p:g}."
    kept = np.asarray(got) != 0
    for axis, what in ((0, "columns"), (1, "rows")):
        if kept.shape[axis] > 9 and np.all(kept == kept.take([0], axis=axis)):
            return f"All {'rows' if axis == 0 else what} share one mask; draw one number per entry."
    return ""


def _accept_dx(got: Any, case: Case, values: Values) -> str:
    y = values["y"]
    if np.shape(got) != case["x"].shape or np.shape(y) != case["x"].shape:
        return "`dx` should have the shape of `x`."
    if _near(got, case["dy"] * y / case["x"]):
        return ""
    return "`dx` should be `dy` times the very mask, with its scale, that forward used."


def _good(values: Values, case: Case) -> bool:
    return _accept_y(values["y"], case, values) == ""


def _kept(share: Callable[[float], float], factor: Callable[[float], float]) -> When:
    """Return a test for a training output with that share kept, times that factor."""

    def when(values: Values, case: Case) -> bool:
        got, scale = _look(values, case)
        p = case["p"]
        return bool(
            np.isfinite(scale)
            and abs(scale - factor(p)) < 1e-4
            and _share_is(got, share(p), case["x"].size)
        )

    return when


def _eval(factor: Callable[[float], float], train: When | None = None) -> When:
    """Return a test for an evaluation output of ``x`` times a factor."""

    def when(values: Values, case: Case) -> bool:
        fits = (train or _good)(values, case)
        return fits and _near(values["y_eval"], factor(case["p"]) * case["x"])

    return when


def _one_mask(axis: int) -> When:
    def when(values: Values, case: Case) -> bool:
        kept = np.asarray(values["y"]) != 0
        rows, columns = case["x"].shape
        if kept.shape != (rows, columns) or (axis == 0 and rows == 1):
            return kept.shape == (rows, columns)  # one row alone tells nothing
        return bool(np.all(kept == kept.take([0], axis=axis)))

    return when


def _phi(p: float) -> float:
    """Return the share of standard normal numbers below ``p`` (Abramowitz and Stegun 26.2.19)."""
    d = (0.0498673470, 0.0211410061, 0.0032776263, 0.0000380036, 0.0000488906, 0.0000053830)
    return 1 - 0.5 * (1 + sum(c * p ** (i + 1) for i, c in enumerate(d))) ** -16


def _inverse_keep(p: float) -> float:
    return 1 / (1 - p)


DROPOUT = Exercise(
    name="regularization-dropout",
    title="Inverted dropout, both modes",
    kind="layer",
    difficulty=2,
    minutes=15,
    points=4,
    cases=_dropout_cases,
    probe=dropout_probe,
    reference='''
class Dropout:
    """Drop entries with probability p in training; do nothing in evaluation."""

    def __init__(self, p, rng):
        self.p, self.rng = p, rng

    def forward(self, x, train=False):
        """Return x with dropped entries 0 and the others scaled so that the mean stays."""
        if not train:
            self.mask = np.ones(x.shape)
        else:
            self.mask = (self.rng.random(x.shape) >= self.p) / (1 - self.p)
        return x * self.mask

    def backward(self, dy):
        """Return d loss / d x for the mask that forward used."""
        return dy * self.mask
''',
    accept={"y": _accept_y, "dx": _accept_dx},
    wrong=(
        Wrong(
            "keep-and-drop-exchanged",
            "You keep with probability `p` and scale by `1 / p`, which is right for a keep "
            "probability; here `p` is the probability of dropping, and only at 0.5 are they the same.",
            swap={
                "(self.rng.random(x.shape) >= self.p) / (1 - self.p)": "(self.rng.random(x.shape) < self.p) / self.p"
            },
            when=_kept(lambda p: p, lambda p: 1 / p),
        ),
        Wrong(
            "mask-exchanged",
            "You keep with probability `p` but scale by `1 / (1 - p)`: the mask is the wrong way "
            "round.",
            swap={">= self.p": "< self.p"},
            when=_kept(lambda p: p, _inverse_keep),
        ),
        Wrong(
            "scale-exchanged",
            "You drop with probability `p`, as asked, but scale by `1 / p`; what remains is a share "
            "of `1 - p`, so divide by that.",
            swap={"/ (1 - self.p)": "/ self.p"},
            when=_kept(lambda p: 1 - p, lambda p: 1 / p),
        ),
        Wrong(
            "vanilla",
            "You scale by `1 - p` in evaluation: consistent, and the form of the 2014 paper; the "
            "exercise asks for the inverted form, which scales in training and leaves evaluation alone.",
            swap={
                "np.ones(x.shape)": "np.full(x.shape, 1 - self.p)",
                " / (1 - self.p)": " * 1.0",
            },
            when=_eval(lambda p: 1 - p, _kept(lambda p: 1 - p, lambda p: 1.0)),
        ),
        Wrong(
            "no-scale",
            "You scale in neither mode: in evaluation every sum comes out `1 / (1 - p)` times as "
            "large as the next layer learned to expect.",
            swap={" / (1 - self.p)": " * 1.0"},
            when=_eval(lambda p: 1.0, _kept(lambda p: 1 - p, lambda p: 1.0)),
        ),
        Wrong(
            "scaled-down",
            "You multiply what is kept by `1 - p`; to keep the mean, divide by it.",
            swap={"/ (1 - self.p)": "* (1 - self.p)"},
            when=_kept(lambda p: 1 - p, lambda p: 1 - p),
        ),
        Wrong(
            "normal-numbers",
            "Your mask compares numbers from a normal distribution with `p`, so the share dropped is "
            "not `p`: draw uniform ones, `rng.random(x.shape)`.",
            swap={"self.rng.random(x.shape)": "self.rng.normal(size=x.shape)"},
            when=_kept(lambda p: 1 - _phi(p), _inverse_keep),
        ),
        Wrong(
            "normal-numbers-below",
            "Your mask keeps where a number from a normal distribution is below `p`: draw uniform "
            "ones, and keep where they are at least `p`.",
            swap={"self.rng.random(x.shape) >= self.p": "self.rng.normal(size=x.shape) < self.p"},
            when=_kept(_phi, _inverse_keep),
        ),
        Wrong(
            "scaled-twice",
            "Your evaluation multiplies by `1 - p` although training has already divided by it; "
            "with inverted dropout evaluation passes `x` on.",
            swap={"np.ones(x.shape)": "np.full(x.shape, 1 - self.p)"},
            when=_eval(lambda p: 1 - p),
        ),
        Wrong(
            "scaled-by-drop",
            "Your evaluation multiplies by the *dropout* probability, `p`: that would be wrong even "
            "without the scaling in training, and with it evaluation passes `x` on.",
            swap={"np.ones(x.shape)": "np.full(x.shape, self.p)"},
            when=_eval(lambda p: p),
        ),
        Wrong(
            "drops-in-evaluation",
            "You drop in evaluation as well, so the same input gives another answer each time.",
            swap={"if not train:": "if False:"},
            when=lambda v, c: _good(v, c) and bool(np.any(v["y_eval"] == 0)),
        ),
        Wrong(
            "one-mask-for-the-batch",
            "All rows share one mask: draw a number for every entry of `x`, not one per column.",
            swap={"self.rng.random(x.shape)": "self.rng.random((1, x.shape[1]))"},
            when=lambda v, c: _one_mask(0)(v, c) and not _one_mask(1)(v, c),
        ),
        Wrong(
            "one-draw-per-row",
            "All entries of a row live or die together: draw a number for every entry of `x`.",
            swap={"self.rng.random(x.shape)": "self.rng.random((x.shape[0], 1))"},
            when=_one_mask(1),
        ),
        Wrong(
            "backward-unmasked",
            "Your `backward` passes `dy` on unchanged: a dropped entry had no influence on the loss, "
            "so its gradient is 0.",
            swap={"return dy * self.mask": "return dy"},
            when=lambda v, c: _good(v, c) and _near(v["dx"], c["dy"]),
        ),
        Wrong(
            "backward-unscaled",
            "Your `backward` drops the right entries but forgets the factor `1 / (1 - p)` of "
            "forward.",
            swap={"return dy * self.mask": "return dy * (self.mask > 0)"},
            when=lambda v, c: _good(v, c) and _near(v["dx"], c["dy"] * (v["y"] != 0)),
        ),
        Wrong(
            "backward-scaled-down",
            "Your `backward` divides where it should multiply: use the very mask of forward, with "
            "its scale.",
            swap={"return dy * self.mask": "return dy * (self.mask > 0) * (1 - self.p)"},
            when=lambda v, c: (
                _good(v, c) and _near(v["dx"], c["dy"] * (v["y"] != 0) * (1 - c["p"]))
            ),
        ),
        Wrong(
            "old-mask-in-evaluation",
            "After a forward pass in evaluation your `backward` still uses the mask of the training "
            "pass before it.",
            swap={
                "            self.mask = np.ones(x.shape)\n        else:\n            self.mask": "            return x\n        self.mask"
            },
            when=lambda v, c: (
                _good(v, c) and _near(v["y_eval"], c["x"]) and bool(np.any(v["dx_eval"] == 0))
            ),
        ),
        Wrong(
            "same-mask-each-time",
            "Your mask is the same in every step: draw a new one in each forward pass in training.",
            swap={"self.rng.random(x.shape)": "np.random.default_rng(0).random(x.shape)"},
            when=lambda v, c: _good(v, c) and v["fresh"] == 0,
        ),
        Wrong(
            "not-from-rng",
            "Your mask does not come from `self.rng`: with the same seed the layer gives another "
            "result, and no run can be repeated.",
            swap={"self.rng.random(x.shape)": "np.random.default_rng().random(x.shape)"},
            when=lambda v, c: _good(v, c) and v["fresh"] == 1 and v["repeats"] == 0,
        ),
    ),
    right=(
        Right(
            "binomial",
            swap={
                "(self.rng.random(x.shape) >= self.p)": "self.rng.binomial(1, 1 - self.p, x.shape)"
            },
        ),
        Right("keep below", swap={">= self.p": "< 1 - self.p"}),
        Right(
            "no mask in evaluation",
            code="""
class Dropout:
    def __init__(self, p, rng):
        self.p, self.rng, self.kept = p, rng, None

    def forward(self, x, train=False):
        self.kept = None
        if not train:
            return x
        self.kept = self.rng.uniform(size=x.shape) > self.p
        return np.where(self.kept, x / (1 - self.p), 0.0)

    def backward(self, dy):
        if self.kept is None:
            return dy
        dx = dy / (1 - self.p)
        dx[~self.kept] = 0
        return dx
""",
        ),
    ),
    hints=(
        "One uniform number per entry decides; keep the mask for `backward`.",
        "A share of `1 - p` survives, so divide by `1 - p`; then nothing is left to do in evaluation.",
        "`self.mask = (self.rng.random(x.shape) >= self.p) / (1 - self.p)` in training, ones otherwise.",
    ),
)

# --- the ensemble behind dropout ----------------------------------------------------------------


def _mask_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "h": rng.uniform(0.4, 2.0, n),
            "w": rng.normal(size=n),
            "b": float(rng.normal() + 0.4),
            "p": p,
        }
        for n, p in ((3, 0.2), (1, 0.35), (5, 0.7), (4, 0.1))
    ]


MASKS = Exercise(
    name="regularization-masks",
    title="The mean of all thinned networks",
    difficulty=3,
    minutes=15,
    points=3,
    cases=_mask_cases,
    probe=call,
    options={"name": "mean_over_masks", "args": ("h", "w", "b", "p"), "returns": ("mean",)},
    setup="from itertools import product\n",
    reference='''
def mean_over_masks(h, w, b, p):
    """Return the mean of tanh((mask * h / (1 - p)) @ w + b) over all masks, by probability."""
    total = 0.0
    for bits in product((0, 1), repeat=len(h)):
        mask = np.array(bits)
        chance = np.prod(np.where(mask == 1, 1 - p, p))
        total += chance * np.tanh((mask * h / (1 - p)) @ w + b)
    return total
''',
    wrong=(
        Wrong(
            "equal-weights",
            "You give all masks the same weight, which is right for `p = 0.5` only: a mask that keeps "
            "k of n units has probability `(1 - p)**k * p**(n - k)`.",
            swap={"np.prod(np.where(mask == 1, 1 - p, p))": "0.5 ** len(h)"},
        ),
        Wrong(
            "exchanged",
            "Your chances are exchanged: a unit is kept with probability `1 - p` and dropped with `p`.",
            swap={"np.where(mask == 1, 1 - p, p)": "np.where(mask == 1, p, 1 - p)"},
        ),
        Wrong(
            "not-scaled",
            "You do not divide by `1 - p`: these are the thinned networks of plain, not of inverted "
            "dropout.",
            swap={"mask * h / (1 - p)": "mask * h"},
        ),
        Wrong(
            "scaled-by-drop",
            "You divide by `p`; what is kept is divided by the keep probability, `1 - p`.",
            swap={"h / (1 - p)": "h / p"},
        ),
        Wrong(
            "evaluation-mode",
            "You return `tanh(h @ w + b)`, the answer in evaluation mode; behind a tanh it is only "
            "close to the mean over the masks.",
            code="""
def mean_over_masks(h, w, b, p):
    return np.tanh(h @ w + b)
""",
        ),
        Wrong(
            "sum-not-product",
            "You add the chances of the single units; they are independent, so multiply them.",
            swap={"np.prod(": "np.sum("},
        ),
        Wrong(
            "not-weighted",
            "You add up the outputs without their probabilities.",
            swap={"chance * np.tanh": "np.tanh"},
        ),
        Wrong(
            "bias-dropped",
            "You leave the bias out for the mask of all zeros, or everywhere: dropout acts on `h`, "
            "and `b` stays.",
            swap={"@ w + b": "@ w"},
        ),
        Wrong(
            "kept-only",
            "You multiply the chances of the kept units alone; that the others are dropped has a "
            "chance too.",
            swap={"np.where(mask == 1, 1 - p, p)": "np.where(mask == 1, 1 - p, 1.0)"},
        ),
    ),
    right=(
        Right(
            "powers",
            swap={
                "np.prod(np.where(mask == 1, 1 - p, p))": "(1 - p) ** mask.sum() * p ** (len(h) - mask.sum())"
            },
        ),
        Right(
            "all at once",
            code="""
def mean_over_masks(h, w, b, p):
    masks = np.array(list(product((0.0, 1.0), repeat=len(h))))
    kept = masks.sum(axis=1)
    chances = (1 - p) ** kept * p ** (len(h) - kept)
    return chances @ np.tanh((masks * h / (1 - p)) @ w + b)
""",
        ),
        Right(
            "recursion",
            code="""
def mean_over_masks(h, w, b, p):
    def below(i, z):
        if i == len(h):
            return np.tanh(z + b)
        return p * below(i + 1, z) + (1 - p) * below(i + 1, z + h[i] * w[i] / (1 - p))
    return below(0, 0.0)
""",
        ),
    ),
    hints=(
        "`product((0, 1), repeat=n)` runs through all masks of n units.",
        "The units are dropped independently, so a mask's probability is a product over its units.",
        "`np.prod(np.where(mask == 1, 1 - p, p))` weighs the output of each mask; sum these.",
    ),
)

# --- folds --------------------------------------------------------------------------------------


def fold_probe(code: Mapping[str, Any], case: Case) -> Values:
    """Record how often each row is held out and trained on, and how the split depends on rng."""

    def run(seed: int) -> list[tuple[Any, Any]]:
        parts = code["kfold"](case["n"], case["k"], np.random.default_rng(seed))
        if parts is None:
            raise ProblemError(Problem("none", "kfold"))
        pairs = []
        for part in parts:
            if not isinstance(part, tuple | list) or len(part) != 2:
                raise ProblemError(Problem("count", "kfold", "pairs (train, val), got other parts"))
            pairs.append((np.asarray(part[0], dtype=int), np.asarray(part[1], dtype=int)))
        return pairs

    def numbers(pairs: list[tuple[Any, Any]]) -> Any:
        fold = np.full(case["n"], -1)
        for i, (_, val) in enumerate(pairs):
            fold[val] = i
        return fold

    pairs = run(case["seed"])
    held, trained = np.zeros(case["n"]), np.zeros(case["n"])
    overlap = 0.0
    for train, val in pairs:
        np.add.at(held, val, 1)
        np.add.at(trained, train, 1)
        overlap += len(np.intersect1d(train, val))
    sizes = [len(val) for _, val in pairs]
    fold = numbers(pairs)
    return {
        "folds": np.array(float(len(pairs))),
        "held_out": held,
        "overlap": np.array(overlap),
        "trained_on": trained,
        "largest_minus_smallest": np.array(float(max(sizes, default=0) - min(sizes, default=0))),
        "shuffled": np.array(float(not np.array_equal(fold, numbers(run(case["seed"] + 1))))),
        "repeats": np.array(float(np.array_equal(fold, numbers(run(case["seed"]))))),
    }


def _whole(v: Values) -> bool:
    return bool(np.all(v["held_out"] == 1) and v["overlap"] == 0)


KFOLD = Exercise(
    name="regularization-kfold",
    title="Folds that hold out every row once",
    difficulty=2,
    minutes=12,
    points=3,
    cases=lambda rng: [
        {"n": n, "k": k, "seed": int(rng.integers(1 << 30))}
        for n, k in ((23, 3), (17, 5), (9, 9), (20, 4), (31, 2))
    ],
    probe=fold_probe,
    reference='''
def kfold(n, k, rng):
    """Return a list of k pairs (train, val) of row numbers; every row is in one val."""
    order = rng.permutation(n)
    pairs = []
    for i in range(k):
        val = order[i::k]
        pairs.append((np.setdiff1d(order, val), val))
    return pairs
''',
    wrong=(
        Wrong(
            "one-fold-missing",
            "You return `k - 1` folds: one share of the rows is never held out.",
            swap={"range(k)": "range(k - 1)"},
            when=lambda v, c: v["folds"] == c["k"] - 1,
        ),
        Wrong(
            "remainder-lost",
            "Your folds have `n // k` rows each, so the rows that are left over are never held out.",
            swap={"order[i::k]": "order[i * (n // k) : (i + 1) * (n // k)]"},
            when=lambda v, c: bool(
                np.sum(v["held_out"] == 0) == c["n"] % c["k"] and np.all(v["held_out"] <= 1)
            ),
        ),
        Wrong(
            "last-fold-fat",
            "Your last fold takes all rows that are left over: spread them, so that sizes differ by "
            "at most 1.",
            swap={"order[i::k]": "order[i * (n // k) : (i + 1) * (n // k) if i < k - 1 else n]"},
        ),
        Wrong(
            "trains-on-all",
            "Your `train` is every row: a model that has seen the rows it is tested on tells you "
            "nothing.",
            swap={"np.setdiff1d(order, val)": "order"},
        ),
        Wrong(
            "exchanged",
            "Your pairs are the wrong way round: `train` comes first, and is the larger part.",
            swap={"(np.setdiff1d(order, val), val)": "(val, np.setdiff1d(order, val))"},
        ),
        Wrong(
            "not-shuffled",
            "You do not shuffle: in a file sorted by class, a fold would hold out a class whole.",
            swap={"rng.permutation(n)": "np.arange(n)"},
            when=lambda v, c: _whole(v) and v["shuffled"] == 0,
        ),
        Wrong(
            "shuffled-anew",
            "You shuffle anew for each fold, so some rows are held out twice and others never: "
            "shuffle once, then deal out.",
            swap={"val = order[i::k]": "val = rng.permutation(n)[i::k]"},
            when=lambda v, c: bool(
                v["overlap"] == 0 and (v["held_out"].max() > 1 or v["held_out"].min() < 1)
            ),
        ),
        Wrong(
            "not-from-rng",
            "Your order does not come from `rng`: the same seed gives other folds, and two models "
            "are compared on different rows.",
            swap={"rng.permutation(n)": "np.random.default_rng().permutation(n)"},
            when=lambda v, c: _whole(v) and v["repeats"] == 0,
        ),
        Wrong(
            "one-train-fold",
            "Your `train` is a single other fold; it should be all the rows outside `val`.",
            swap={"np.setdiff1d(order, val)": "order[(i + 1) % k :: k]"},
            when=lambda v, c: _whole(v) and (bool(np.all(v["trained_on"] == 1))),
        ),
    ),
    right=(
        Right(
            "array split",
            code="""
def kfold(n, k, rng):
    folds = np.array_split(rng.permutation(n), k)
    return [(np.concatenate(folds[:i] + folds[i + 1:]), folds[i]) for i in range(k)]
""",
        ),
        Right(
            "generator",
            code="""
def kfold(n, k, rng):
    fold = np.arange(n) % k
    rng.shuffle(fold)
    for i in range(k):
        yield np.flatnonzero(fold != i), np.flatnonzero(fold == i)
""",
        ),
        Right(
            "loop",
            code="""
def kfold(n, k, rng):
    order = list(rng.permutation(n))
    pairs = []
    for i in range(k):
        val = [r for place, r in enumerate(order) if place % k == i]
        train = [r for place, r in enumerate(order) if place % k != i]
        pairs.append((np.array(train), np.array(val)))
    return pairs
""",
        ),
    ),
    hints=(
        "Shuffle the row numbers once, then deal them out like cards.",
        "`order[i::k]` is every k-th row from the i-th on; the rest is for training.",
        "`np.setdiff1d(order, val)` gives the rows that are not held out.",
    ),
)

# --- words in another order ---------------------------------------------------------------------


def swap_probe(code: Mapping[str, Any], case: Case) -> Values:
    """Swap many times, and record how many places changed and which pairs of places came up."""
    words = case["words"]

    def draw(seed: int) -> tuple[Any, bool]:
        given = words.copy()
        got = code["random_swap"](given, np.random.default_rng(seed))
        if got is None:
            raise ProblemError(Problem("none", "random_swap"))
        got = np.array(got)
        if got.shape != words.shape:
            expected = f"{len(words)} words, got shape {got.shape}"
            raise ProblemError(Problem("count", "random_swap", expected))
        return got, np.array_equal(given, words)

    seeds = range(case["seed"], case["seed"] + case["draws"])
    rows, kept = zip(*(draw(seed) for seed in seeds), strict=True)
    again = [draw(seed)[0] for seed in seeds]
    changed = [np.flatnonzero(row != words) for row in rows]
    return {
        "same_words": np.array([float(np.array_equal(np.sort(r), np.sort(words))) for r in rows]),
        "input_kept": np.array(float(all(kept))),
        "places_changed": np.array([len(c) for c in changed]),
        "pairs_seen": np.array(len({tuple(c.tolist()) for c in changed})),
        "repeats": np.array(float(np.array_equal(rows, again))),
    }


SWAP = Exercise(
    name="regularization-swap",
    title="Two words change places",
    difficulty=1,
    minutes=8,
    points=2,
    cases=lambda rng: [
        {
            "words": rng.permutation(100)[:n] + 1,
            "draws": draws,
            "seed": int(rng.integers(1 << 30)),
        }
        for n, draws in ((5, 250), (4, 150), (3, 90))
    ],
    probe=swap_probe,
    reference='''
def random_swap(words, rng):
    """Return a copy of words (n,) in which two different places are exchanged."""
    new = words.copy()
    i, j = rng.choice(len(words), size=2, replace=False)
    new[i], new[j] = words[j], words[i]
    return new
''',
    wrong=(
        Wrong(
            "one-place-twice",
            "Your two places are sometimes the same, and then nothing is swapped: draw them without "
            "replacement.",
            swap={
                "rng.choice(len(words), size=2, replace=False)": "rng.integers(0, len(words), size=2)"
            },
            when=lambda v, c: bool(
                np.all(v["same_words"] == 1)
                and set(np.unique(v["places_changed"])) == {0, 2}
                and v["pairs_seen"] > 2
            ),
        ),
        Wrong(
            "word-lost",
            "You write one word over the other before it is kept, so one is lost and one stands "
            "twice.",
            swap={"new[i], new[j] = words[j], words[i]": "new[i] = new[j]\n    new[j] = new[i]"},
            when=lambda v, c: bool(
                np.all(v["same_words"] == 0) and np.all(v["places_changed"] == 1)
            ),
        ),
        Wrong(
            "neighbours",
            "You only swap neighbours: any two different places should come up.",
            swap={
                "i, j = rng.choice(len(words), size=2, replace=False)": "i = rng.integers(0, len(words) - 1)\n    j = i + 1"
            },
        ),
        Wrong(
            "shuffled",
            "You shuffle all the words; a sentence survives one swap, but not that.",
            swap={"    return new": "    return rng.permutation(words)"},
            when=lambda v, c: bool(
                np.all(v["same_words"] == 1) and np.any(v["places_changed"] > 2)
            ),
        ),
        Wrong(
            "in-place",
            "You swap in the array you are given: the caller's sentence is changed for good, and "
            "every epoch scrambles it further.",
            swap={
                "words.copy()": "words",
                "new[i], new[j] = words[j], words[i]": "new[[i, j]] = new[[j, i]]",
            },
            when=lambda v, c: v["input_kept"] == 0,
        ),
        Wrong(
            "same-each-time",
            "Your places do not depend on `rng`: every call swaps the same two.",
            swap={"rng.choice(": "np.random.default_rng(0).choice("},
            when=lambda v, c: bool(np.all(v["places_changed"] == 2) and v["pairs_seen"] == 1),
        ),
        Wrong(
            "not-from-rng",
            "Your places do not come from `rng`: the same seed gives another sentence.",
            swap={"rng.choice(": "np.random.default_rng().choice("},
            when=lambda v, c: bool(
                np.all(v["places_changed"] == 2) and v["pairs_seen"] > 1 and v["repeats"] == 0
            ),
        ),
        Wrong(
            "last-place-never",
            "The last place is never swapped: `rng.integers(0, n)` and `rng.choice(n)` leave out `n` "
            "already.",
            swap={"rng.choice(len(words)": "rng.choice(len(words) - 1"},
        ),
    ),
    right=(
        Right("index", swap={"new[i], new[j] = words[j], words[i]": "new[[i, j]] = new[[j, i]]"}),
        Right(
            "permutation",
            swap={
                "rng.choice(len(words), size=2, replace=False)": "rng.permutation(len(words))[:2]"
            },
        ),
        Right(
            "until different",
            code="""
def random_swap(words, rng):
    i = j = 0
    while i == j:
        i, j = rng.integers(0, len(words), size=2)
    order = np.arange(len(words))
    order[i], order[j] = j, i
    return words[order]
""",
        ),
    ),
    hints=(
        "Copy first; then draw two places that differ.",
        "`rng.choice(n, size=2, replace=False)` gives two different numbers below n.",
        "`new[i], new[j] = words[j], words[i]` reads from the original, so nothing is lost.",
    ),
)

EXERCISES = [DROPOUT, MASKS, KFOLD, SWAP]
