"""A small trained bundle and good requests, for the tests and the benchmark of the service."""

import json

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import nnlib
from nnlib.bundle import CATEGORICAL, NUMERIC, Bundle, Preprocessor, features
from nnlib.drift import profile

RAW = (
    "customer_id", "snapshot", "last_payment", "tenure_months", "age", "monthly_charge",
    "sessions_30d", "minutes_30d", "features_used", "usage_trend", "tickets_90d", "satisfaction",
    "contract", "region", "referral",
)  # fmt: skip


def make_frame(table):
    import pandas as pd

    return pd.DataFrame(features(table))


def make_transformer():
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    words = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return ColumnTransformer(
        [
            ("numbers", numbers, list(NUMERIC)),
            ("words", words, list(CATEGORICAL)),
        ]
    )


def make_bundle(n=3000, epochs=4, dtype="float64"):
    table = nnlib.datasets.churn(n, np.random.default_rng(0))
    transformer = make_transformer()
    x = transformer.fit_transform(make_frame(table))
    rng = np.random.default_rng(1)
    layers, n_in = [], x.shape[1]
    for width in (64, 32, 16):
        layers += [
            nnlib.Dense(n_in, width, rng),
            nnlib.BatchNorm(width),
            nnlib.ReLU(),
            nnlib.Dropout(0.3, rng),
        ]
        n_in = width
    net = nnlib.Sequential(*layers, nnlib.Dense(n_in, 1, rng))
    optimizer = nnlib.Adam(nnlib.Parameters(net, np.dtype(dtype)), 1e-3)
    y = table["churned"][:, None].astype(float)
    nnlib.fit(net, nnlib.bce_with_logits, optimizer, (x, y), epochs=epochs, batch_size=128, rng=rng)
    bundle = Bundle(net, Preprocessor.from_sklearn(transformer), 0.3, 1.1, -0.05)
    bundle.reference = profile(features(table))
    bundle.about = {"version": "test-1"}
    return bundle, transformer, table


def request(table, i):
    """Return row ``i`` of a table as a JSON-ready dictionary."""
    row = {}
    for name in RAW:
        value = table[name][i].item()
        if name in ("snapshot", "last_payment"):
            value = str(value)
        if isinstance(value, float) and np.isnan(value):
            value = None
        row[name] = value
    return row


def body(table, i, **changes):
    return json.dumps({**request(table, i), **changes}).encode()
