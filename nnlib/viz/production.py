"""Widgets of the chapter on production: each function returns an Explorer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nnlib.drift import ks, ks_p_value, psi, quantile_edges, shares
from nnlib.viz.controls import slider
from nnlib.viz.explorer import Explorer
from nnlib.viz.scene import Panel, Scene

__all__ = ["campaign", "drift", "threshold"]

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
