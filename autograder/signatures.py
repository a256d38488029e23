"""Generic signatures: what a wrong array has in common with the right one, whatever the exercise.

Each signature takes the comparison and the first finding, and returns (name, sentence) or None.
They are tried in order; the most specific stand first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder import places
from autograder.relations import Named, near, pairs_of, same_shapes

if TYPE_CHECKING:
    from autograder.judge import Comparison, Finding

Signature = Callable[["Comparison", "Finding"], Named]

RATIOS = {
    -1.0: ("sign", "has the wrong sign: every entry is the negative of the right one"),
    2.0: ("twice", "is exactly twice the right value"),
    0.5: ("half", "is exactly half the right value: a factor 2 is missing"),
    -2.0: ("minus-twice", "is exactly -2 times the right value"),
    -0.5: ("minus-half", "is exactly -1/2 times the right value"),
}
DIMENSIONS = ("the batch size", "the number of columns")


def shape(comparison: Comparison, first: Finding) -> Named:
    """Name a wrong shape: transposed, an axis too many or too few, summed or not summed."""
    if first.how != "shape":
        return None
    got = comparison.answers[first.case].values[first.key]
    right = np.asarray(comparison.truths[first.case][first.key])
    form = f"`{first.key}` has shape {got.shape}, expected {right.shape}"
    if got.ndim == 2 and near(got.T, right):
        return "transposed", f"{form}: the numbers are right, but transposed."
    if got.size == right.size and near(got.ravel(), right.ravel()):
        return "kept-axis", (
            f"{form}: the numbers are right, in the wrong shape "
            f"({'an axis too many' if got.ndim > right.ndim else 'check keepdims and reshape'})."
        )
    for axis in range(got.ndim):
        if near(got.sum(axis=axis), right):
            return "not-summed", f"{form}: sum over axis {axis} is missing."
        if near(got.mean(axis=axis), right):
            return "not-averaged", f"{form}: the mean over axis {axis} is missing."
    if got.ndim < right.ndim:
        axis_text = "an axis is missing; was a sum or mean taken over too much, or a batch reduced?"
        return "too-few-axes", f"{form}: {axis_text}"
    if got.ndim > right.ndim:
        return "too-many-axes", f"{form}: there is an axis too many; was a sum left out?"
    if got.shape == right.shape[::-1]:
        return "shape-reversed", f"{form}: the axes are the wrong way round."
    return "wrong-shape", f"{form}; follow the shapes of the operands through your formula."


def not_finite(comparison: Comparison, first: Finding) -> Named:
    """Name NaN and infinity."""
    if first.how != "nan":
        return None
    got = comparison.answers[first.case].values[first.key]
    what = "NaN" if np.any(np.isnan(got)) else "infinite"
    return "not-finite", (
        f"`{first.key}` is {what} in {int(np.sum(~np.isfinite(got)))} of {got.size} entries: "
        "an exp overflowed, a log met zero, or something was divided by zero."
    )


def zeros(comparison: Comparison, first: Finding) -> Named:
    """Name an array of zeros."""
    pairs = pairs_of(comparison, first)
    if same_shapes(pairs) and all(not np.any(g) for _, g, _ in pairs):
        return "all-zeros", f"`{first.key}` is all zeros: it was allocated, but never computed."
    return None


def ratio(comparison: Comparison, first: Finding) -> Named:
    """Name a constant ratio to the right value, and the quantity that it equals."""
    pairs = pairs_of(comparison, first)
    if not same_shapes(pairs):
        return None
    ratios = []
    for _, got, right in pairs:
        scale = float(np.sum(got * right) / max(float(np.sum(right * right)), 1e-300))
        if abs(scale) < 1e-9 or not near(got, scale * right):
            return None
        ratios.append(scale)
    for value, (name, text) in RATIOS.items():
        if all(abs(r - value) < 1e-6 for r in ratios):
            return name, f"`{first.key}` {text}."
    for label, sizes in _sizes(pairs):
        for power, words in (
            (1, "too large: a division by it is missing"),
            (-1, "too small: divided once too often"),
        ):
            for sign, minus in ((1, ""), (-1, ", with the wrong sign")):
                if (
                    sizes
                    and 0.0 not in sizes
                    and all(
                        abs(r - sign * n**power) < 1e-6 * max(abs(r), 1e-6)
                        for r, n in zip(ratios, sizes, strict=True)
                    )
                    and any(n != 1 for n in sizes)
                ):
                    return (
                        "ratio-size",
                        f"`{first.key}` is exactly {label} ({sizes[0]}) {words}{minus}.",
                    )
    if all(abs(r - ratios[0]) < 1e-6 * abs(ratios[0]) for r in ratios):
        return (
            "ratio",
            f"`{first.key}` is exactly {ratios[0]:.4g} times the right value in every entry.",
        )
    return None


def _sizes(pairs: list[tuple[dict[str, Any], Any, Any]]) -> Iterator[tuple[str, list[float]]]:
    """Yield the sizes and scalars of the inputs, by a name that people understand."""
    for key in pairs[0][0]:
        values = [c.get(key) for c, _, _ in pairs]
        if all(isinstance(v, np.ndarray) and v.ndim for v in values):
            for axis in range(min(v.ndim for v in values if isinstance(v, np.ndarray))):
                label = DIMENSIONS[axis] if key in ("x", "scores", "X") and axis < 2 else "the size"
                named = label if label != "the size" else f"the size of axis {axis} of `{key}`"
                yield named, [float(v.shape[axis]) for v in values if isinstance(v, np.ndarray)]
            yield (
                f"the size of `{key}`",
                [float(v.size) for v in values if isinstance(v, np.ndarray)],
            )
        elif all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
            yield f"`{key}`", [float(v) for v in values if isinstance(v, int | float)]


def transposed(comparison: Comparison, first: Finding) -> Named:
    """Name a square array that is transposed."""
    pairs = pairs_of(comparison, first)
    if same_shapes(pairs) and all(g.ndim == 2 and near(g.T, t) for _, g, t in pairs):
        return "transposed", f"`{first.key}` is the transpose of the right value."
    return None


def upstream(comparison: Comparison, first: Finding) -> Named:
    """Name a gradient that equals the one for an upstream of ones."""
    from autograder.judge import truths_of

    cases = comparison.cases
    if "dy" not in cases[0] or not first.key.startswith("d"):
        return None
    ones = [{**c, "dy": np.ones_like(c["dy"])} for c in cases]
    truths = truths_of(comparison.exercise, ones)
    pairs = [
        (a.values.get(first.key), t.get(first.key))
        for a, t in zip(comparison.answers, truths, strict=True)
    ]
    if all(isinstance(g, np.ndarray) and near(g, t) for g, t in pairs):
        return "upstream-ignored", (
            f"`{first.key}` ignores the upstream gradient `dy`: it is right only where `dy` is 1. "
            "Multiply by `dy`."
        )
    return None


def other_quantity(comparison: Comparison, first: Finding) -> Named:
    """Name an answer that is another quantity: a swapped output, an input, its negative."""
    pairs = pairs_of(comparison, first)
    if not pairs:
        return None
    indices = [i for i, c in enumerate(comparison.cases) if any(c is p[0] for p in pairs)]
    for key in comparison.truths[0]:
        others = [comparison.truths[i].get(key) for i in indices]
        if key != first.key and all(
            not isinstance(o, str) and near(p[1], o) for p, o in zip(pairs, others, strict=True)
        ):
            return "swapped", f"`{first.key}` is what `{key}` should be: are the two swapped?"
    for key in pairs[0][0]:
        inputs = [c.get(key) for c, _, _ in pairs]
        if all(
            isinstance(v, np.ndarray) and v.dtype.kind in "if" and near(p[1], v)
            for p, v in zip(pairs, inputs, strict=True)
        ):
            return "input-returned", f"`{first.key}` is just the input `{key}`, unchanged."
    return None


def of_right(comparison: Comparison, first: Finding) -> Named:
    """Name an answer that is a simple function of the right one."""
    pairs = pairs_of(comparison, first)
    if not same_shapes(pairs):
        return None
    functions: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
        ("absolute", "has lost its sign: it is the absolute value of the right one", np.abs),
        ("squared", "is the square of the right value: a square root is missing", np.square),
        ("rooted", "is the square root of the right value", lambda t: np.sqrt(np.abs(t))),
        ("complement", "is one minus the right value", lambda t: 1 - t),
        ("inverse", "is one divided by the right value", lambda t: 1 / np.where(t == 0, np.nan, t)),
        (
            "truncated",
            "is cut to whole numbers: something was stored in an integer array",
            np.trunc,
        ),
        ("rounded", "is rounded to whole numbers", np.round),
        ("clipped", "is cut at zero: negative values are lost", lambda t: np.maximum(t, 0)),
        ("flipped-rows", "has its rows in reverse order", lambda t: t[::-1] if t.ndim else t),
        (
            "flipped-columns",
            "has its columns in reverse order",
            lambda t: t[..., ::-1] if t.ndim else t,
        ),
        (
            "averaged",
            "is the same everywhere: the mean of the right values",
            lambda t: np.full_like(t, t.mean()),
        ),
        (
            "summed",
            "is the same everywhere: the sum of the right values",
            lambda t: np.full_like(t, t.sum()),
        ),
    )
    with np.errstate(all="ignore"):
        for name, text, function in functions:
            if all(near(g, function(t)) for _, g, t in pairs):
                return name, f"`{first.key}` {text}."
    return None


def offset(comparison: Comparison, first: Finding) -> Named:
    """Name a difference that is constant, constant along an axis, or a multiple of an input."""
    pairs = pairs_of(comparison, first)
    if not same_shapes(pairs) or all(t.size < 2 for _, _, t in pairs):
        return None
    differences = [g - t for _, g, t in pairs]
    if all(near(d, np.full_like(d, d.mean())) for d in differences):
        same = all(abs(d.mean() - differences[0].mean()) < 1e-6 for d in differences)
        by = f" by {differences[0].mean():.4g}" if same else ""
        return (
            "offset",
            f"`{first.key}` is off{by} in every entry alike: a term is missing or added.",
        )
    for axis, words in ((0, "column"), (1, "row")):
        if all(
            d.ndim == 2
            and d.shape[axis] > 1
            and near(d, np.broadcast_to(d.mean(axis, keepdims=True), d.shape))
            for d in differences
        ):
            return "offset-axis", (
                f"`{first.key}` is off by the same amount all along each {words}: "
                "a term such as a mean, a sum or the bias is missing there."
            )
    for key in pairs[0][0]:
        multiples = [
            _multiple(d, c.get(key)) for d, (c, _, _) in zip(differences, pairs, strict=True)
        ]
        if all(m is not None for m in multiples):
            return (
                "offset-input",
                f"`{first.key}` is off by a multiple of `{key}`: a term is missing or added.",
            )
    return None


def _multiple(difference: Any, candidate: Any) -> float | None:
    """Return c when ``difference == c * candidate``, else None."""
    if not isinstance(candidate, np.ndarray) or candidate.shape != difference.shape:
        return None
    if candidate.dtype.kind not in "if" or not np.any(candidate):
        return None
    c = float(np.sum(difference * candidate) / np.sum(candidate * candidate))
    return c if abs(c) > 1e-9 and near(difference, c * candidate) else None


SIGNATURES: tuple[Signature, ...] = (
    shape,
    not_finite,
    zeros,
    transposed,
    upstream,
    other_quantity,
    ratio,
    of_right,
    offset,
    places.cases,
    places.region,
    places.rows,
)
