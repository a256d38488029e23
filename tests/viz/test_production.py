"""The widgets and figures of chapter 10: they draw at every end, and their words are true."""

import re

import numpy as np
import pytest

from nnlib.serving import LEVELS, level, table_of
from nnlib.viz import production as show
from nnlib.viz import production_figures as figure
from nnlib.viz.style import Card
from tests.chapters.churn_service import make_bundle, request


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


@pytest.fixture(scope="module")
def served():
    bundle, _, table = make_bundle(1500, 2)
    return bundle, table


def form(served, i):
    bundle, table = served
    return show.what_if(bundle.probability, request(table, i), table, LEVELS), request(table, i)


def risk(words):
    return re.match(r"Risk ([\d.]+), level (\w+); as sent ([\d.]+)\.\n(.+)", words).groups()


@pytest.mark.parametrize("i", range(0, 1500, 150))
def test_what_if_begins_with_what_the_service_answers(served, i):
    widget, customer = form(served, i)
    p = served[0].probability(table_of([customer]))[0]
    now, name, before, words = risk(note(widget, **widget.initial))
    assert float(now) == float(before) == pytest.approx(p, abs=0.0051)
    assert name == level(p)[0]
    assert words == "No change so far moves it."


def test_what_if_asks_the_model_about_the_changed_customer(served):
    table = served[1]
    full = ~np.isnan(table["satisfaction"]) & (table["sessions_30d"] > 0)
    widget, customer = form(served, int(np.flatnonzero(full)[0]))
    days = np.datetime64(customer["snapshot"]) - np.arange(90)
    changes = {
        "contract": ("two-year", {"contract": "two-year"}),
        "tenure": (31.5, {"tenure_months": 31.5}),
        "sessions": (0, {"sessions_30d": 0, "minutes_30d": 0.0}),
        "features_used": (7, {"features_used": 7}),
        "usage_trend": (-0.75, {"usage_trend": -0.75}),
        "tickets": (5, {"tickets_90d": 5}),
        "days_since_payment": (64, {"last_payment": str(days[64])}),
        "satisfaction": (show.NO_ANSWER, {"satisfaction": None}),
    }
    for key, (value, fields) in changes.items():
        p = served[0].probability(table_of([{**customer, **fields}]))[0]
        now, name, _, words = risk(note(widget, **{**widget.initial, key: value}))
        assert float(now) == pytest.approx(p, abs=0.0051), key
        assert name == level(p)[0]
        assert f"{show.WORDS[key]} moves it most" in words


def test_what_if_draws_for_unusual_customers(served):
    table = served[1]
    odd = [np.argmax(table[key]) for key in ("tenure_months", "sessions_30d", "tickets_90d")]
    odd += [np.argmin(table["usage_trend"]), np.flatnonzero(np.isnan(table["satisfaction"]))[0]]
    for i in map(int, odd):
        widget, _ = form(served, i)
        assert "No change so far moves it." in note(widget, **widget.initial)
        for key, control in widget.controls.items():
            source = control.source
            ends = [source.min, source.max] if hasattr(source, "max") else [widget.initial[key]]
            for end in ends:
                assert 0 <= float(risk(note(widget, **{**widget.initial, key: end}))[0]) <= 1


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
        figure.scales(("a", "b"), np.outer(p, [1, 90]), np.outer(p - 0.5, [1, 1])),
        figure.squash(),
        figure.groups({"few": (12, 0.5, 0.1, 0.2), "many": (900, 1.0, 0.4, 0.4)}),
    ]
    assert all(isinstance(card, Card) and len(card.png()) > 5000 for card in cards)


def test_every_arrow_of_the_system_joins_two_boxes():
    for pair in figure.ARROWS:
        assert set(pair.split()) <= set(figure.BOXES)


def test_embedding_shows_the_table_of_the_step():
    tables = [np.zeros((3, 2)), np.array([[1.0, 0.0], [0.0, 2.0], [-1.0, -1.0]])]
    explorer = show.embedding(tables, ["a", "b", "c"], [2.0, 1.0], every=5)
    for frame in (0, 1):
        left, right = explorer.scene(frame=frame).rows[0]
        places = {i["words"]: (i["x"][0], i["y"][0]) for i in left.items if i["kind"] == "text"}
        assert places == dict(zip("abc", map(tuple, tables[frame]), strict=True))
        assert left.title == f"The table after {5 * frame} steps"
        assert [i["x"][0] for i in right.items if i["kind"] == "span"] == [5 * frame]
