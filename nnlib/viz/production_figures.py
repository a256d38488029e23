"""Static figures of the chapter on production."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nnlib.functional import sigmoid
from nnlib.viz.render import render
from nnlib.viz.scene import Panel, Scene
from nnlib.viz.style import Card

__all__ = ["alarm_rates", "explanation", "groups", "importances", "leak", "quality", "reliability",
           "scales", "squash", "system", "training"]  # fmt: skip

Array = NDArray[np.floating]
Labels = NDArray[np.integer]

BOXES = {  # name: (x, y, words, colour)
    "table": (1.2, 6.0, "raw table\ncustomers × dates", "grey"),
    "features": (4.0, 6.0, "features\nas of the snapshot", "blue"),
    "split": (6.8, 6.0, "past | recent | future\ntrain, validate, test", "blue"),
    "model": (9.6, 6.0, "impute, scale, encode\n+ network", "blue"),
    "choose": (9.6, 4.1, "calibrate,\nthreshold by cost", "blue"),
    "bundle": (6.8, 4.1, "bundle\nJSON + arrays", "purple"),
    "service": (4.0, 4.1, "service\ncheck, score, answer", "orange"),
    "client": (1.2, 4.1, "caller\nHTTP, JSON", "grey"),
    "log": (4.0, 2.2, "prediction log\nSQLite", "orange"),
    "labels": (1.2, 2.2, "what happened\n90 days later", "grey"),
    "watch": (6.8, 2.2, "watch\ndrift now, quality later", "green"),
    "decide": (9.6, 2.2, "retrain?\na person decides", "green"),
}
ARROWS = ("table features", "features split", "split model", "model choose", "choose bundle",
          "bundle service", "client service", "service client", "service log", "labels log",
          "log watch", "watch decide")  # fmt: skip


def system() -> Card:
    """Draw the whole way from the raw table to the monitored service and back."""
    panel = Panel(axes=False, xlim=(-0.2, 11.4), ylim=(1.0, 7.0), legend="none")
    half_w, half_h = 1.08, 0.55
    for pair in ARROWS:
        a, b = (BOXES[name] for name in pair.split())
        dx, dy = np.sign(b[0] - a[0]), np.sign(b[1] - a[1])
        both = -0.17 * dx if "client" in pair else 0.0  # two arrows side by side
        panel.arrow(a[0] + dx * half_w, a[1] + dy * half_h + both,
                    b[0] - dx * half_w, b[1] - dy * half_h + both, "muted", width=1.8)  # fmt: skip
    for x, y, words, color in BOXES.values():
        panel.rect(x - half_w, y - half_h, x + half_w, y + half_h, color, alpha=0.16, edge=color)
        panel.text(x, y, words, size=12.5, halo=False)
    right = BOXES["decide"][0] + half_w
    panel.line([right, 11.2, 11.2, right + 0.25], [2.2, 2.2, 6.0, 6.0], "muted", width=1.8)
    panel.arrow(11.2, 6.0, right, 6.0, "muted", width=1.8)
    panel.text(5.4, 1.2, "the same function `features` runs in training and in service", "muted",
               size=13)  # fmt: skip
    return render(Scene(panel, width=860, height=430))


def quality(missing: Mapping[str, float], quarters: Sequence[str], rate: Array) -> Card:
    """Draw what is missing per column, and the rate of churn over time."""
    names = list(missing)
    left = Panel("Missing values", ylim=(0, 25), ylabel="percent of rows",
                 xticks=dict(enumerate(names)), xlim=(-0.6, len(names) - 0.4))  # fmt: skip
    left.bars(np.arange(len(names)), 100 * np.array(list(missing.values())), "blue", width=0.6)
    right = Panel("Churn within 90 days", ylim=(0, 40), ylabel="percent of customers", width=1.5,
                  xticks={i: q for i, q in enumerate(quarters) if i % 3 == 0},
                  xlabel="quarter of the snapshot")  # fmt: skip
    right.line(np.arange(len(rate)), 100 * rate, "orange").points(
        np.arange(len(rate)), 100 * rate, "orange", size=5
    )
    right.hline(23, "muted", label="all years: 23 %")
    return render(Scene([left, right], height=340))


def leak(honest: Array, leaking: Array, y: Labels) -> Card:
    """Draw a feature as of the snapshot and as of today, for those who stay and those who leave."""
    panels = []
    for title, x in (("As of the snapshot", honest), ("As of today", leaking)):
        panel = Panel(title, xlabel="days since last payment", ylabel="percent of the class")
        week = 7 if np.max(x) < 100 else 49  # whole weeks: no bin holds more days than another
        bins = np.arange(0, np.max(x) + week, week).tolist()
        panel.histogram(x[y == 0], bins, "blue", alpha=0.55, label="stayed")
        panel.histogram(x[y == 1], bins, "orange", alpha=0.55, label="left")
        panels.append(panel)
    return render(Scene(panels, height=340))


def scales(names: Sequence[str], raw: Array, standard: Array) -> Card:
    """Draw how far each term of a score spreads, in raw units and standardized.

    Parameters
    ----------
    names
        Of the terms.
    raw, standard
        The terms themselves, ``(n, len(names))``.
    """
    at = np.arange(len(names))[::-1].astype(float)  # the first one on top
    panels = []
    for title, terms in (("In raw units", raw), ("Standardized", standard)):
        low, middle, high = np.quantile(terms, (0.05, 0.5, 0.95), axis=0)
        panel = Panel(title, ylim=(-0.7, len(names) - 0.3), xlabel="weight × feature",
                      yticks=dict(zip(at.tolist(), names, strict=True)))  # fmt: skip
        for i, a, b in zip(at, low, high, strict=True):
            panel.rect(a, i - 0.3, b, i + 0.3, "blue", alpha=0.55)
        panel.points(middle, at, "orange", size=6, label="median")
        panel.vline(0, "ink", dash=False)
        panels.append(panel)
    return render(Scene(panels, note="Bars: the middle 90 % of the customers.", height=330))


def squash() -> Card:
    """Draw the probability and the loss that one sigmoid and two sigmoids make of a score."""
    s = np.linspace(-8, 8, 161)
    once, twice = sigmoid(s), sigmoid(sigmoid(s))
    left = Panel("Probability that the loss sees", xlim=(-8, 8), ylim=(0, 1.02),
                 xlabel="what the last layer computes", ylabel="p")  # fmt: skip
    left.area(s, np.full_like(s, sigmoid(np.array(1.0))), 0.5, "orange", alpha=0.14)
    left.line(s, once, "blue", label="one sigmoid")
    left.line(s, twice, "orange", dash=True, label="two sigmoids")
    right = Panel("Loss", xlim=(-8, 8), ylim=(0, 3), ylabel="nats",
                  xlabel="what the last layer computes")  # fmt: skip
    for p, color, name in ((once, "blue", "one"), (twice, "orange", "two")):
        right.line(s, -np.log(p), color, label=f"{name}, label 1")
        right.line(s, -np.log1p(-p), color, dash=True, label=f"{name}, label 0")
    return render(Scene([left, right], height=370))


def training(train: Sequence[float], val: Sequence[float], lr: Sequence[float], best: int) -> Card:
    """Draw the losses of a run, the epoch that was kept, and the learning rate."""
    at = np.arange(1, len(train) + 1)
    left = Panel("Loss", xlabel="epoch", ylabel="nats per customer", width=1.4)
    left.line(at, np.asarray(train), "blue", label="training (with dropout)")
    left.line(at, np.asarray(val), "orange", dash=True, label="validation")
    left.points([best + 1], [val[best]], "orange", size=7, marker="D", label="kept")
    right = Panel("Learning rate", xlabel="epoch", yscale="log", ylabel="Adam's rate")
    right.line(at, np.asarray(lr), "green")
    return render(Scene([left, right], height=350))


def reliability(groups: Mapping[str, tuple[Array, Array]]) -> Card:
    """Draw observed against predicted rates per tenth of the customers, one line per model."""
    panel = Panel("Reliability, tenths of the validation rows", xlim=(0, 1), ylim=(0, 1),
                  xlabel="mean predicted probability", ylabel="share that left")  # fmt: skip
    panel.line([0, 1], [0, 1], "muted", dash=True, label="honest")
    for i, (name, (p, y)) in enumerate(groups.items()):
        parts = np.array_split(np.argsort(p), 10)
        x = [float(p[rows].mean()) for rows in parts]
        observed = [float(y[rows].mean()) for rows in parts]
        color = ("blue", "orange", "green")[i]
        panel.line(x, observed, color, label=name)
        panel.points(x, observed, color, size=5, marker="os^"[i])
    return render(Scene(panel, width=560, height=430))


def groups(table: Mapping[str, tuple[int, float, float, float]]) -> Card:
    """Draw recall with two standard errors, and predicted beside observed rates, per group.

    Parameters
    ----------
    table
        Per group: how many left, the recall, the mean probability, the share that left.
    """
    at = np.arange(len(table))[::-1].astype(float)
    left_n, recall, p, rate = (np.array(column) for column in zip(*table.values(), strict=True))
    error = np.sqrt(recall * (1 - recall) / left_n)
    names = dict(zip(at.tolist(), table, strict=True))
    one = Panel("Of those who left, how many are called?", xlim=(0, 1), xlabel="recall",
                ylim=(-0.7, len(table) - 0.3), yticks=names, width=1.15)  # fmt: skip
    for i, r, e in zip(at, recall, error, strict=True):
        one.line([r - 2 * e, r + 2 * e], [i, i], "blue")
    one.points(recall, at, "blue", size=6, label="recall, ± 2 standard errors")
    two = Panel("Are the probabilities honest?", xlim=(0, 0.5), xlabel="share of the group",
                ylim=(-0.7, len(table) - 0.3), yticks=dict.fromkeys(names, ""))  # fmt: skip
    for i, a, b in zip(at, p, rate, strict=True):
        two.line([a, b], [i, i], "muted", width=1.6)
    two.points(p, at, "blue", size=6, label="mean p")
    two.points(rate, at, "orange", size=6, marker="s", label="left")
    return render(Scene([one, two], height=130 + 36 * len(table)))


def _ranked(title: str, values: Mapping[str, float], xlabel: str, color: str) -> Panel:
    names = sorted(values, key=lambda name: values[name])
    panel = Panel(title, xlabel=xlabel, yticks=dict(enumerate(names)), legend="none",
                  ylim=(-0.7, len(names) - 0.3))  # fmt: skip
    for i, name in enumerate(names):
        panel.rect(min(0.0, values[name]), i - 0.35, max(0.0, values[name]), i + 0.35,
                   color if values[name] >= 0 else "green", alpha=0.9)  # fmt: skip
    low, high = min(0.0, *values.values()), max(0.0, *values.values())
    panel.xlim = (low - 0.04 * (high - low), high + 0.06 * (high - low))
    return panel.vline(0, "ink", dash=False)


def importances(columns: Mapping[str, float]) -> Card:
    """Draw permutation importances, largest on top."""
    panel = _ranked("Permutation importance", columns, "rise of the test loss, nats", "blue")
    return render(Scene(panel, width=640, height=90 + 24 * len(columns)))


def explanation(contributions: Mapping[str, float], p: float) -> Card:
    """Draw how features move one customer's probability; orange raises it, green lowers it."""
    panel = _ranked(f"Why p = {p:.2f} for this customer", contributions,
                    "change of p against the usual value", "orange")  # fmt: skip
    return render(Scene(panel, width=640, height=100 + 26 * len(contributions)))


def alarm_rates(rows: Sequence[int], rates: Mapping[str, Sequence[float]]) -> Card:
    """Draw how often each rule alarms, against the size of the sample."""
    panel = Panel("Alarms for a shift that does not matter (0.02 standard deviations)",
                  xscale="log", ylim=(-0.03, 1.05), xlabel="rows in the sample",
                  ylabel="share of nights with an alarm")  # fmt: skip
    for i, (name, rate) in enumerate(rates.items()):
        color = ("orange", "blue", "green")[i]
        panel.line(rows, rate, color, label=name, dash=i == 1)
        panel.points(rows, rate, color, size=5, marker="os^"[i])
    return render(Scene(panel, width=640, height=390))
