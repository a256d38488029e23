"""A simulated customer table, so that every finding can be held against the truth."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnlib.layer import Array, Labels

Table: TypeAlias = dict[str, NDArray[Any]]
RATE = 0.23
FIRST_DAY, N_DAYS = np.datetime64("2021-01-01"), 3 * 365


def churn(n: int, rng: np.random.Generator, *, truth: bool = False) -> Table:
    """Return ``n`` customers of a software subscription as a dictionary of columns ``(n,)``.

    Each row is one customer on one ``snapshot`` date within three years; ``churned`` says whether
    they left in the 90 days that follow. All other columns are known on the snapshot.

    The truth behind it: the log-odds of leaving are

        1.4 * (month-to-month) - 0.6 * (two-year) + 1.1 * (usage fell) - 0.9 * engagement
        + 0.5 * tickets - 0.7 * log(tenure_months) + 1.0 * (payment late) * (month-to-month)
        + 0.35 * years since 2021 + constant

    with the constant set so that 23 % leave. ``region``, ``age`` and ``referral`` have no
    effect. Engagement is hidden; sessions, minutes and features used are noisy signs of it.
    The rate drifts up over the years, so a random split flatters a model that must predict
    the future.

    Missing: ``age`` in 15 % of rows at random; ``satisfaction`` more often where customers are
    unhappy (not at random). About 6 % have no usage at all. The last date of payment
    is before the snapshot: an age counted from today would leak.

    Parameters
    ----------
    truth : bool
        Add the column ``risk``, the true probability. Never a feature.
    """
    day = rng.integers(0, N_DAYS, n)
    tenure = np.maximum(rng.exponential(18.0, n), 0.5)
    contract = rng.choice(["month-to-month", "one-year", "two-year"], n, p=[0.55, 0.28, 0.17])
    engagement = rng.normal(size=n)
    idle = rng.random(n) < 0.06
    sessions = np.where(idle, 0, rng.poisson(np.exp(2.2 + 0.6 * engagement)))
    minutes = np.where(sessions > 0, sessions * rng.gamma(4.0, 3.0 * np.exp(0.2 * engagement)), 0.0)
    features = np.where(idle, 0, rng.binomial(20, 1 / (1 + np.exp(1.0 - 0.8 * engagement))))
    trend = rng.normal(0.1 * engagement, 0.4)
    tickets = rng.poisson(0.8, n)
    late = rng.random(n) < 0.12
    since_payment = np.where(late, rng.integers(31, 90, n), rng.integers(0, 31, n))
    hidden = np.where(idle, -2.0, engagement)
    risk = _risk(contract, trend, hidden, tickets, tenure, late, day / 365)
    satisfaction = np.clip(
        np.rint(3.4 + 0.8 * engagement - 0.4 * tickets + rng.normal(size=n)), 1, 5
    )
    unanswered = rng.random(n) < 0.05 + 0.25 * (satisfaction <= 2)
    snapshot = FIRST_DAY + day
    table: Table = {
        "customer_id": np.arange(n),
        "snapshot": snapshot,
        "last_payment": snapshot - since_payment,
        "tenure_months": np.round(tenure, 1),
        "contract": contract,
        "region": rng.choice(["north", "south", "east", "west"], n),
        "referral": rng.choice(
            ["search", "friend", "advert", "partner"], n, p=[0.4, 0.3, 0.2, 0.1]
        ),
        "age": np.where(
            rng.random(n) < 0.15, np.nan, np.clip(np.rint(rng.normal(41, 12, n)), 18, 85)
        ),
        "monthly_charge": np.round(
            rng.choice([20.0, 50.0, 120.0], n) * rng.uniform(0.9, 1.1, n), 2
        ),
        "sessions_30d": sessions,
        "minutes_30d": np.round(minutes, 1),
        "features_used": features,
        "usage_trend": np.where(idle, 0.0, np.round(trend, 3)),
        "tickets_90d": tickets,
        "satisfaction": np.where(unanswered, np.nan, satisfaction),
        "churned": (rng.random(n) < risk).astype(np.int64),
    }
    return table | {"risk": risk} if truth else table


def _risk(
    contract: NDArray[np.str_],
    trend: Array,
    engagement: Array,
    tickets: Labels,
    tenure: Array,
    late: NDArray[np.bool_],
    years: Array,
) -> Array:
    """Return the probability of leaving, by the formula in ``churn``."""
    monthly = contract == "month-to-month"
    score = 1.4 * monthly - 0.6 * (contract == "two-year") + 1.1 * (trend < -0.2)
    score += 0.5 * tickets - 0.9 * engagement - 0.7 * np.log(tenure)
    score += 1.0 * late * monthly + 0.35 * years
    low, high = -20.0, 20.0
    for _ in range(60):  # bisection for the constant that makes the mean risk 23 %
        middle = (low + high) / 2
        risk: Array = 1 / (1 + np.exp(-(score + middle)))
        low, high = (middle, high) if risk.mean() < RATE else (low, middle)
    return risk
