"""The widgets and figures of chapter 10: they draw at every end, and their words are true."""

import re

import numpy as np
import pytest

from nnlib.viz import production as show
from nnlib.viz import production_figures as figure
from nnlib.viz.style import Card


@pytest.fixture(scope="module")
def scored():
    rng = np.random.default_rng(0)
    p = rng.beta(1.2, 3.5, 2000)
    return p, (rng.random(2000) < p).astype(int), rng.uniform(20, 130, 2000)


def note(explorer, **values):
    return explorer.draw(**values).note


@pytest.mark.parametrize("threshold", [0.0, 0.17, 0.9])
@pytest.mark.parametrize("miss", [1.0, 20.0])
def test_threshold_counts_what_it_says(scored, threshold, miss):
    p, y, _ = scored
    words = note(show.threshold(p, y), threshold=threshold, miss=miss)
    called, precision, recall = re.match(
        r"(\d+) of 2000 called: precision (\S+), recall ([\d.]+)\.\n", words
    ).groups()
    act = p >= threshold
    assert int(called) == act.sum()
    if act.any():
        assert float(precision) == pytest.approx(y[act].mean(), abs=0.005)
    assert float(recall) == pytest.approx(y[act].sum() / y.sum(), abs=0.0051)


def test_the_lowest_cost_lies_near_the_theory(scored):
    p, y, _ = scored
    best = float(
        re.search(r"Lowest cost at ([\d.]+);", note(show.threshold(p, y), threshold=0.5, miss=5.0))[
            1
        ]
    )
    assert best == pytest.approx(1 / 6, abs=0.08)


def test_campaign_finds_the_best_size(scored):
    p, y, charge = scored
    words = note(show.campaign(p, y, charge), cost=50.0, success=0.7, months=6.0)
    size = float(re.search(r"Best size (\d+)%", words)[1]) / 100
    order = np.argsort(-p)
    profit = np.cumsum(0.7 * 6 * (y * charge)[order] - 50)
    assert size == pytest.approx((np.argmax(profit) + 1) / len(p), abs=0.006)
    assert "No campaign pays" in note(
        show.campaign(p, y, charge), cost=150.0, success=0.05, months=1.0
    )


def test_drift_alarms_by_size_of_sample_or_of_shift():
    widget = show.drift()
    assert "(stable)" in note(widget, shift=0.03, log_n=4.6)
    assert "(alarm)" in note(widget, shift=0.03, log_n=4.6)
    assert "(silent)" in note(widget, shift=0.0, log_n=3.0)
    assert "(act)" in note(widget, shift=1.0, log_n=3.0)


def test_figures_are_drawn(scored):
    p, y, _ = scored
    days = p * 80
    cards = [
        figure.system(),
        figure.quality(
            {"a": 0.1, "b": 0.2}, [f"2021Q{k}" for k in range(1, 5)], np.array([0.2, 0.3, 0.1, 0.2])
        ),
        figure.leak(days, days * 10, y),
        figure.training([1.0, 0.5, 0.4], [0.9, 0.6, 0.7], [1e-3, 1e-3, 5e-4], 1),
        figure.reliability({"model": (p, y)}),
        figure.importances({"a": 0.2, "b": -0.01}),
        figure.explanation({"a": 0.2, "b": -0.1}, 0.7),
        figure.alarm_rates([10, 100], {"ks": [0.1, 0.9], "psi": [0.8, 0.0]}),
    ]
    assert all(isinstance(card, Card) and len(card.png()) > 5000 for card in cards)


def test_every_arrow_of_the_system_joins_two_boxes():
    for pair in figure.ARROWS:
        assert set(pair.split()) <= set(figure.BOXES)
