"""Widgets of the chapter on production: each function returns an Explorer."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.churn import Table
from nnlib.drift import ks, ks_p_value, psi, quantile_edges, shares
from nnlib.viz.controls import dropdown, integer, slider, stepper
from nnlib.viz.explorer import Explorer
from nnlib.viz.scene import Panel, Scene

__all__ = ["campaign", "drift", "embedding", "threshold", "what_if"]

Array = NDArray[np.floating]
Labels = NDArray[np.integer]


def threshold(p: Array, y: Labels) -> Explorer:
    """Choose from which probability to act: precision, recall, and the cost of both errors."""
    n, n_left = len(y), int(y.sum())
    grid = np.linspace(0, 1, 201)
    calls = np.array([(p >= t).sum() for t in grid])
    hits = np.array([y[p >= t].sum() for t in grid])
    precision = np.where(calls > 0, hits / np.maximum(calls, 1), np.nan)
    recall = hits / n_left

    def draw(threshold: float, miss: float) -> Scene:
        i = round(threshold * 200)
        cost = (miss * (n_left - hits) + (calls - hits)) / n
        best = int(np.argmin(cost))
        left = Panel("Precision and recall", xlim=(0, 1.02), ylim=(0, 1.05), xlabel="recall",
                     ylabel="precision")  # fmt: skip
        left.line(recall, precision, "blue", label="model")
        left.line([0, 1], [n_left / n] * 2, "muted", dash=True, label="call anybody")
        left.points([recall[i]], [precision[i]], "orange", size=7)
        right = Panel("Cost per customer", xlim=(0, 1), ylim=(0, 1.05 * float(cost.max())),
                      xlabel="threshold", ylabel="needless calls")  # fmt: skip
        right.line(grid, cost, "blue").vline(threshold, "orange")
        right.points([grid[best]], [cost[best]], "green", size=7, marker="D", label="lowest")
        note = (
            f"{calls[i]} of {n} called: precision {precision[i]:.2f}, recall {recall[i]:.2f}.\n"
            f"Lowest cost at {grid[best]:.2f}; theory for honest p: 1 / (1 + {miss:g}) = "
            f"{1 / (1 + miss):.2f}"
        )
        return Scene([left, right], note=note)

    controls = {"threshold": slider(0.0, 0.9, 0.5, 0.01), "miss": slider(1, 20, 5, 0.5)}
    labels = {"miss": "cost of a miss (in needless calls)"}
    return Explorer(draw, controls, labels=labels, name="threshold")


def campaign(p: Array, y: Labels, charge: Array) -> Explorer:
    """See the profit of calling the riskiest customers, for every size of the campaign."""
    order = np.argsort(-p)
    n = len(p)
    part = np.arange(1, n + 1) / n
    charge_kept = np.cumsum((y * charge)[order])  # of those who would leave, month by month
    perfect = np.cumsum(np.sort(y * charge)[::-1])
    keep = np.unique(np.linspace(0, n - 1, 240).astype(int))

    def draw(cost: float, success: float, months: float) -> Scene:
        panel = Panel("Profit per 1000 customers of the base", xlim=(0, 1),
                      xlabel="share of customers called", ylabel="dollars")  # fmt: skip
        curves = {
            "this model": ("blue", charge_kept),
            "perfect knowledge": ("green", perfect),
            "anybody": ("grey", part * charge_kept[-1]),
        }
        profit = success * months * charge_kept - cost * part * n
        for name, (color, kept) in curves.items():
            money = (success * months * kept - cost * part * n) * 1000 / n
            panel.line(part[keep], money[keep], color, label=name, dash=color == "green")
        best = int(np.argmax(profit))
        panel.hline(0, "ink", dash=False)
        panel.points([part[best]], [profit[best] * 1000 / n], "orange", size=7)
        note = (
            f"Best size {part[best]:.0%}: profit {profit[best] * 1000 / n:,.0f} dollars per 1000 "
            f"customers, return {profit[best] / (cost * (best + 1)):.1f} per dollar"
            if profit[best] > 0
            else "No campaign pays: leave everybody alone."
        )
        return Scene(panel, note=note, width=660, height=420)

    controls = {
        "cost": slider(5, 150, 50, 5),
        "success": slider(0.05, 0.95, 0.7, 0.05),
        "months": slider(1, 24, 1, 1),
    }
    labels = {"cost": "cost of a call", "success": "success rate", "months": "months kept"}
    return Explorer(draw, controls, labels=labels, name="campaign")


def drift() -> Explorer:
    """Shift a sample by little or much, make it large or small, and ask PSI and KS."""
    rng = np.random.default_rng(0)
    old, pool = rng.normal(size=20_000), rng.normal(size=50_000)
    old_sorted = np.sort(old)
    edges = quantile_edges(old)
    base = shares(old, edges)
    at = np.linspace(-3.5, 3.5, 141)

    def draw(shift: float, log_n: float) -> Scene:
        n = round(10**log_n)
        new = pool[:n] + shift
        now = shares(new, edges)
        index, distance = psi(base, now), ks(old, new)
        p = ks_p_value(distance, len(old), n)
        bins = np.arange(len(edges) + 1)
        left = Panel("Shares of ten bins", ylim=(0, 0.3), xlabel="bin (tenths of the training set)",
                     ylabel="share", xticks={int(b): str(b + 1) for b in bins})  # fmt: skip
        left.bars(bins - 0.2, base[:-1], "grey", width=0.38, label="training")
        left.bars(bins + 0.2, now[:-1], "orange", width=0.38, label="now")
        right = Panel("Cumulative shares", xlim=(-3.5, 3.5), ylim=(0, 1.02), xlabel="feature",
                      ylabel="share at most")  # fmt: skip
        right.line(at, np.searchsorted(old_sorted, at) / len(old), "grey", label="training")
        right.line(at, np.searchsorted(np.sort(new), at) / n, "orange", dash=True, label="now")
        verdict = "act" if index >= 0.25 else "watch" if index >= 0.1 else "stable"
        note = (
            f"{n} rows: PSI {index:.3f} ({verdict});  KS distance {distance:.3f}, "
            f"p = {p:.2g} ({'alarm' if p < 0.05 else 'silent'})"
        )
        return Scene([left, right], note=note)

    controls = {"shift": slider(0.0, 1.0, 0.03, 0.01), "log_n": slider(2.0, 4.69, 4.6, 0.01)}
    labels = {"shift": "shift (standard deviations)", "log_n": "log₁₀ of the rows"}
    return Explorer(draw, controls, labels=labels, name="drift")


CONTRACTS = ("month-to-month", "one-year", "two-year")
WORDS = {
    "contract": "contract",
    "satisfaction": "satisfaction",
    "tenure": "months as a customer",
    "sessions": "sessions, 30 days",
    "minutes_each": "minutes per session",
    "features_used": "features used, of 20",
    "usage_trend": "trend of usage",
    "tickets": "tickets, 90 days",
    "days_since_payment": "days since payment",
}
FIELDS = tuple(WORDS)
NO_ANSWER = 0  # to "how satisfied are you?"; the model gets NaN


def what_if(
    probability: Callable[[Table], Array],
    customer: Mapping[str, Any],
    training: Table,
    levels: Sequence[tuple[float, str, str]],
) -> Explorer:
    """Change one customer's fields, and see the risk, its level, and what moved it.

    Parameters
    ----------
    probability : callable
        From raw columns to ``(n,)``; a bundle's ``probability``.
    customer : mapping
        One customer as the service gets it: dates as text, ``None`` for what is unknown.
    training : mapping from name to (n,) array
        Raw columns of the training rows; their medians are the "usual" customer.
    levels : sequence of (least probability, name, action)
        Highest first, as in ``nnlib.serving.LEVELS``.
    """
    sent, usual = _fields(_columns(customer)), _fields(training)

    def draw(**now: Any) -> Scene:
        back = [{**now, key: old[key]} for old in (sent, usual) for key in FIELDS]
        p, before, *rest = probability(_raw([now, sent, *back], customer)).tolist()
        of_change, of_value = p - np.reshape(rest, (2, len(FIELDS)))
        most = int(np.argmax(np.abs(of_change)))
        name = next(name for least, name, _ in levels if p >= least)
        note = f"Risk {p:.2f}, level {name}; as sent {before:.2f}.\n" + (
            f"Of your changes, {WORDS[FIELDS[most]]} moves it most: {of_change[most]:+.2f}"
            if abs(of_change[most]) >= 0.005  # a slider rounds what was sent to its own steps
            else "No change so far moves it."
        )
        return Scene([_thermometer(p, before, levels), _effects(of_value)], note, height=400)

    def up_to(most: int, key: str) -> int:
        return max(most, math.ceil(sent[key]))  # an unusual customer has to fit on the slider

    answers = {"no answer": NO_ANSWER, **{str(k): k for k in range(1, 6)}}
    trend = up_to(1, "usage_trend"), max(1, math.ceil(-sent["usage_trend"]))
    controls = {
        "contract": dropdown(CONTRACTS, sent["contract"]),
        "satisfaction": dropdown(answers, sent["satisfaction"]),
        "tenure": slider(min(0.5, sent["tenure"]), up_to(60, "tenure"), sent["tenure"], 0.5),
        "sessions": integer(0, up_to(60, "sessions"), sent["sessions"]),
        "minutes_each": slider(0, up_to(40, "minutes_each"), sent["minutes_each"], 0.5),
        "features_used": integer(0, 20, sent["features_used"]),
        "usage_trend": slider(-trend[1], trend[0], sent["usage_trend"], 0.05),
        "tickets": integer(0, up_to(6, "tickets"), sent["tickets"]),
        "days_since_payment": integer(
            0, up_to(89, "days_since_payment"), sent["days_since_payment"]
        ),
    }
    return Explorer(draw, controls, labels=WORDS, name="what if")


def _thermometer(p: float, before: float, levels: Sequence[tuple[float, str, str]]) -> Panel:
    """Draw the risk between 0 and 1, over the bands of its levels."""
    panel = Panel("Risk", xlim=(0, 1), ylim=(0, 1), xticks=[], ylabel="chance to leave in 90 days")
    tops = [1.0, *(least for least, _, _ in levels)]
    for i, (least, name, _) in enumerate(levels):
        panel.rect(0, least, 1, tops[i], ("orange", "gold", "green")[i % 3], alpha=0.16)
        panel.text(0.96, (least + tops[i]) / 2, name, "muted", align="right", halo=False)
    panel.rect(0.2, 0, 0.46, p, "blue", alpha=0.9)
    panel.line([0.08, 0.58], [before, before], "ink", dash=True, label="as sent")
    return panel


def _effects(changes: Array) -> Panel:
    """Draw what each field does to the risk; orange raises it, green lowers it."""
    at = np.arange(len(FIELDS))[::-1]  # the first field on top
    names = {float(i): WORDS[key] for i, key in zip(at, FIELDS, strict=True)}
    panel = Panel("Each field against its usual value", xlim=(-0.75, 0.75), yticks=names,
                  ylim=(-0.7, len(FIELDS) - 0.3), xlabel="change of the risk", legend="none",
                  width=2.3)  # fmt: skip
    for i, change in zip(at, changes, strict=True):
        panel.rect(min(0.0, change), i - 0.35, max(0.0, change), i + 0.35,
                   "orange" if change > 0 else "green", alpha=0.9)  # fmt: skip
    return panel.vline(0, "ink", dash=False)


def _columns(customer: Mapping[str, Any]) -> Table:
    """Return one row of raw columns; ``None`` becomes NaN."""
    row = {k: np.array([np.nan if v is None else v]) for k, v in customer.items()}
    days = {k: row[k].astype("datetime64[D]") for k in ("snapshot", "last_payment")}
    return {**row, **days}


def _fields(table: Table) -> dict[str, Any]:
    """Return the form's fields of the middle customer of a table: medians, the commonest word."""
    words, count = np.unique(table["contract"], return_counts=True)
    days = (table["snapshot"] - table["last_payment"]) / np.timedelta64(1, "D")
    minutes = table["minutes_30d"] / np.maximum(table["sessions_30d"], 1)
    rated = table["satisfaction"].astype(float)
    return {
        "contract": str(words[np.argmax(count)]),
        "tenure": float(np.median(table["tenure_months"])),
        "sessions": int(np.median(table["sessions_30d"])),
        "minutes_each": float(np.median(minutes)),
        "features_used": int(np.median(table["features_used"])),
        "usage_trend": float(np.median(table["usage_trend"])),
        "tickets": int(np.median(table["tickets_90d"])),
        "days_since_payment": int(np.median(days)),
        "satisfaction": NO_ANSWER if np.isnan(rated).all() else int(np.nanmedian(rated)),
    }


def embedding(
    tables: Sequence[Array], names: Sequence[str], losses: Sequence[float], every: int
) -> Explorer:
    """Watch a table of two numbers per category form: it and the loss, ``every`` few steps."""
    span = 1.15 * float(np.abs(tables).max())
    steps = every * np.arange(len(losses))

    def draw(frame: int) -> Scene:
        E = tables[frame]
        left = Panel(f"The table after {steps[frame]} steps", xlim=(-span, span),
                     ylim=(-span, span), xlabel="first number", ylabel="second number",
                     equal=True)  # fmt: skip
        around = np.r_[E, E[:1]]
        left.line(around[:, 0], around[:, 1], "grey", width=1.0, alpha=0.6)
        for name, (u, v) in zip(names, E, strict=True):
            left.text(u, v, name, "blue", size=13, shift=(0, 5))
        right = Panel("Loss", xlim=(0, int(steps[-1])), ylim=(0, 1.1 * max(losses)), xlabel="step",
                      ylabel="mean squared error")  # fmt: skip
        right.line(steps, losses, "blue").vline(int(steps[frame]), "ink")
        return Scene([left, right], width=820, height=420)

    return Explorer(draw, {"frame": stepper(len(losses) - 1, 0, interval=120)}, name="embedding")


def _raw(rows: Sequence[Mapping[str, Any]], customer: Mapping[str, Any]) -> Table:
    """Return raw columns ``(n,)`` for forms; what the form does not ask stays the customer's."""
    table = {k: np.repeat(v, len(rows)) for k, v in _columns(customer).items()}
    form = {key: np.array([row[key] for row in rows]) for key in FIELDS}
    given = form["satisfaction"] != NO_ANSWER
    return table | {
        "contract": form["contract"],
        "tenure_months": form["tenure"],
        "sessions_30d": form["sessions"],
        "minutes_30d": form["minutes_each"] * form["sessions"],
        "features_used": form["features_used"],
        "usage_trend": form["usage_trend"],
        "tickets_90d": form["tickets"],
        "last_payment": table["snapshot"] - form["days_since_payment"].astype("timedelta64[D]"),
        "satisfaction": np.where(given, form["satisfaction"], np.nan),
    }
