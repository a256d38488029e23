# %% [markdown]
# # 10 · A model in production
#
# The network is the small part. Around it stand a table that lies, a clock that must not run backwards, a
# decision that costs money, a service that strangers send nonsense to, and a world that moves on. In this
# chapter we take one problem the whole way, from the raw table to a service that watches itself.
#
# Much of what follows is about mistakes that raise no error. Some of them come from a published
# walk-through of this very problem; you will find and repair them in the
# [exercises](../exercises/10_production/exercises.ipynb), and this chapter runs on what you wrote there.

# %%
import json
import tempfile
import time
import warnings
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import nnlib
from autograder import piece
from nnlib import drift
from nnlib.bundle import CATEGORICAL, NUMERIC, Bundle, Preprocessor, features
from nnlib.callbacks import ReduceOnPlateau
from nnlib.functional import sigmoid
from nnlib.metrics import average_precision, roc_auc
from nnlib.predictions import PredictionLog
from nnlib.serving import LEVELS, level, running, table_of
from nnlib.training import predict
from nnlib.viz import production as show
from nnlib.viz import production_figures as figure

# %% [markdown] id="problem"
# ## 1 · The problem
#
# A company rents out software by the month. Customers leave (*churn*), and winning a new one costs about five
# times as much as keeping an old one. So: **which customers should we call this month?**
#
# Put precisely. For one customer on one day, the *snapshot*, predict whether they leave within the next
# 90 days, from what is known on that day. A yes or no; 30 000 rows here, from three years, with 15 raw
# columns; 23 % of the rows end in a yes. The answer will be used to choose whom to call, at a cost.

# %% [markdown] id="success"
# **What would success be?** Agree on it before training, on three levels:
#
# | level | measure | why |
# |---|---|---|
# | business | profit of the calls, against calling nobody and calling anybody | this is what is wanted |
# | decision | precision and lift among those called; area under the precision-recall curve | follows the order of the customers |
# | model | log loss and calibration | honest probabilities make costs computable |
#
# In words: among those called, **precision** is the share that would have left; of all leavers,
# **recall** is the share that is called. Every threshold gives one such pair, all of them draw the
# *precision-recall curve*, and the area under it is the **PR-AUC**. **Lift** is the rate of leavers
# among those called, over the rate among all. And the **ROC-AUC**, or just AUC, is the chance that a
# random leaver scores above a random stayer: 0.5 is guessing, 1 a perfect order.
#
# *Accuracy* is not in the table. Look what it says about a model that never calls anybody
# (`production-metric`):

# %% id="accuracy-trap"
table = nnlib.datasets.churn(30_000, np.random.default_rng(0), truth=True)
left = table["churned"]
print(f"share that leaves: {left.mean():.2f}")
print(f"'nobody leaves':   accuracy {np.mean(left == 0):.2f}, recall {0.0:.2f}")

# %% [markdown] id="system"
# The whole of what we shall build:

# %% id="fig-system"
figure.system()

# %% [markdown] id="sources"
# ## 2 · The table
#
# Real tables hide their truth; this one is simulated, so every finding can be held against the formula in
# `nnlib/churn.py`. Three kinds of columns:
#
# - **who they are**: age, region, how they found us, contract, charge, tenure;
# - **what they do**: sessions, minutes and features used in the last 30 days, the trend, support tickets,
#   satisfaction when asked;
# - **when**: the snapshot, and the date of the last payment.

# %%
frame = pd.DataFrame({k: v for k, v in table.items() if k != "risk"})
frame.iloc[:4, :9]

# %% id="quality-report"
quality = piece("production-quality")
numeric = frame.select_dtypes("number").drop(columns=["customer_id", "churned"])
missing, constant = quality(numeric.to_numpy(float))
report = pd.DataFrame({"missing %": 100 * missing, "zero %": 100 * (numeric == 0).mean().to_numpy(),
                       "lowest": numeric.min().to_numpy(), "highest": numeric.max().to_numpy()}, index=numeric.columns)
report.round(1)

# %% [markdown] id="findings"
# Four findings, each with a consequence:
#
# 1. **23 % leave.** The classes are unequal; accuracy misleads.
# 2. **Ages are missing in about 15 % of the rows**, by chance. Satisfaction is missing more often where
#    customers are *unhappy*, so the gap itself is news: keep a flag for it.
# 3. **Some customers show no usage at all.** A zero is an observation and not a gap.
# 4. **Three years, and the rate climbs.** The past differs from the future.

# %% id="fig-quality"
gone = np.isnan(table["satisfaction"])
print(f"leave, satisfaction known: {left[~gone].mean():.2f}   unknown: {left[gone].mean():.2f}")
quarter = frame["snapshot"].dt.to_period("Q")
rate = frame.groupby(quarter)["churned"].mean()
figure.quality({"age": missing[list(numeric.columns).index("age")], "satisfaction": gone.mean()},
               [str(q) for q in rate.index], rate.to_numpy())

# %% [markdown] id="fillna"
# **Filling gaps.** A line that one meets everywhere, and what pandas 3 makes of it. `frame["age"]`
# behaves like a copy, so filling it in place fills something that nobody keeps (`production-fillna`):

# %% id="fillna-numbers"
small = pd.DataFrame({"age": [41.0, np.nan, 30.0, np.nan]})
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    small["age"].fillna(0, inplace=True)
print("gaps after fillna(inplace=True):", small["age"].isna().sum())
small["age"] = small["age"].fillna(small["age"].median())
print("gaps after assigning back:      ", small["age"].isna().sum())

# %% [markdown] id="leak"
# ## 3 · The clock
#
# The feature "days since the last payment" sounds harmless. But *since when?* If the code asks for
# today's date, then customers who left long ago have an old last payment **because they left**. The
# database has seen the answer. Here is what it would hold some months later:

# %% id="leak-numbers"
rng = np.random.default_rng(1)
n = len(left)
today = table["snapshot"].max() + 120
stopped = table["snapshot"] + rng.integers(0, 90, n)  # leavers paid up to the day they left
went_on = today - rng.integers(0, 31, n)
payment_by_today = np.where(left == 1, stopped, went_on)
leaking = (today - payment_by_today) / np.timedelta64(1, "D")
honest = piece("production-find-leak")(table["snapshot"], table["last_payment"], today) / np.timedelta64(1, "D")
print(f"AUC of this one feature, as of today:        {roc_auc(leaking, left):.3f}")
print(f"AUC of this one feature, as of the snapshot: {roc_auc(honest, left):.3f}")

# %% id="fig-leak"
figure.leak(honest, leaking, left)

# %% [markdown]
# An AUC of 1.000 is not good news, it is an alarm. No metric on historical data reveals a leak, because
# the leak is in those data too. What helps is a rule: **every feature is a function of what was stored on
# the snapshot**, and a test that computes features on two different days and expects the same numbers.
# (`production-find-leak`)

# %% [markdown] id="split"
# **The split** must respect the clock as well. The model will be trained on the past and used on the
# future; so the test set is the newest part. A random split, stratified by the label, mixes the years and
# flatters.

# %% id="split-numbers"
day = table["snapshot"].astype("int64") + np.random.default_rng(0).random(n)  # no two equal
train, val, test = piece("production-split")(day, (0.7, 0.15, 0.15))
mixed = nnlib.data.split(n, (0.7, 0.15, 0.15), np.random.default_rng(2), stratify=left)
for name, parts in (("in time", (train, val, test)), ("random, stratified", mixed)):
    rates = ", ".join(f"{left[rows].mean():.2f}" for rows in parts)
    print(f"{name:19} rows {[len(rows) for rows in parts]}, rate of churn {rates}")

# %% [markdown] id="features"
# ## 4 · Features
#
# One function, `nnlib.bundle.features`, makes the model's columns from raw ones: logarithms of skewed
# amounts, minutes *per session*, the share of features used, flags for "idle", "usage fell" and "payment
# late (over 30 days)". It learns nothing from data, looks at one row at a time, and the service will call
# the same function. Whatever *is* learned (medians, means, categories) belongs to the transformer, fitted
# on training rows alone.
#
# **Units.** A hand-made score such as $0.3 \cdot$ sessions $+\, 0.3 \cdot$ minutes $+\, 0.2 \cdot$
# adoption $+\, 0.2 \cdot$ tickets looks balanced. What each term really contributes:

# %% id="engagement"
raw = np.column_stack([table["sessions_30d"], table["minutes_30d"], table["features_used"] / 20, table["tickets_90d"]]).astype(float)
weights = np.array([0.3, 0.3, 0.2, 0.2])
for name, term in zip(("sessions", "minutes", "adoption", "tickets"), (raw * weights).mean(axis=0)):
    print(f"{name:9} adds {term:6.2f} on average")
balanced = piece("production-find-engagement")(raw, raw[train].mean(axis=0), raw[train].std(axis=0), weights)
no_tickets = piece("production-find-engagement")(raw[:, :3], raw[train, :3].mean(axis=0), raw[train, :3].std(axis=0), weights[:3])
print(f"AUC for staying: raw {roc_auc(raw @ weights, 1 - left):.2f}, standardized {roc_auc(balanced, 1 - left):.2f}, "
      f"without tickets {roc_auc(no_tickets, 1 - left):.2f}")

# %% id="fig-scales"
standard = (raw - raw[train].mean(axis=0)) / raw[train].std(axis=0)
figure.scales(("sessions", "minutes", "adoption", "tickets"), raw * weights, standard * weights)

# %% [markdown]
# On the left one bar fills the axis and two are too thin to see; on the right all four have their say,
# and the wider bars are those with the larger weight. So the raw score is a score of minutes. And a
# complaint counts as *engagement*: nine tickets add 1.8, and adoption can never add more than 0.2.
# Standardize first, and mind the sign: once all terms count alike, the tickets do visible harm.
# (`production-find-engagement`) The next two lines fail at once, and are the kinder sort of mistake:
# three conditions assigned as a tuple, where their sum was meant; and a scaler given words.

# %% id="crashes"
try:
    frame["risk_flags"] = (frame["tickets_90d"] > 3, frame["satisfaction"] < 3, frame["sessions_30d"] == 0)
except ValueError as error:
    print("tuple: ", str(error)[:60])
try:
    StandardScaler().fit_transform(frame[["tenure_months", "contract"]])
except ValueError as error:
    print("scaler:", str(error)[:32])

# %% [markdown] id="transformer"
# **The transformer** treats columns by kind: numbers are filled with the training median, flagged where
# training had gaps, and standardized; words become one column per known category, and a word never seen
# becomes zeros. It is *one* object, with state. (`production-preprocess`, `production-one-hot`)

# %% id="column-transformer"
numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
words = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
transformer = ColumnTransformer([("numbers", numbers, list(NUMERIC)), ("words", words, list(CATEGORICAL))])

columns = pd.DataFrame(features(table))
x_train = transformer.fit_transform(columns.iloc[train])  # fitted here, and nowhere else
x_val, x_test = transformer.transform(columns.iloc[val]), transformer.transform(columns.iloc[test])
y_train, y_val, y_test = (left[rows][:, None].astype(float) for rows in (train, val, test))
print("training rows and columns:", x_train.shape)

mine = piece("production-preprocess")()
mine.fit(columns.iloc[train][list(NUMERIC)].to_numpy(float))
my_test = mine.transform(columns.iloc[test][list(NUMERIC)].to_numpy(float))
print("your transformer gives scikit-learn's numbers:", np.allclose(my_test[:, :13], x_test[:, :13]))

# %% [markdown] id="embeddings"
# ### Many categories: a learned table
#
# Three contracts are three columns. Ten thousand postcodes would be ten thousand, all but one of them
# zero. A one-hot row times a matrix just picks a row of it, so skip the product and look the row up: an
# **embedding** is a table $E$ of shape (categories, $d$), forwards $y = E[\text{ids}]$, of shape $(n, d)$.
# Backwards every use of a row adds its gradient,
#
# $$\frac{\partial L}{\partial E_k} = \sum_{i:\ \text{ids}_i = k} dy_i.$$
#
# The trap is in "adds": `dE[ids] += dy` keeps one use of each row. Write it in `production-embedding`; here
# it trains. The hour of the day is given as 24 names without an order, and the network has to tell how
# busy two services are. What will the table look like?

# %% id="embedding-layer"
embedding_gradient = piece("production-embedding")


class Embedding:
    """y = E[ids]: one row of E, d numbers, for each category. The lowest layer: it returns no dx."""

    params = ("E",)

    def __init__(self, n_rows, d, rng):
        self.E = 0.1 * rng.normal(size=(n_rows, d))

    def forward(self, ids):
        self.ids = ids[:, 0].astype(int)
        return self.E[self.ids]

    def backward(self, dy):
        self.dE = embedding_gradient(self.ids, self.E, dy)


rng = np.random.default_rng(0)
hours = rng.integers(0, 24, (800, 1))
busy = np.exp(np.cos(2 * np.pi * (hours - [20, 11]) / 24)) - 1 + 0.3 * rng.normal(size=(800, 2))
clock = nnlib.Sequential(Embedding(24, 2, rng), nnlib.Dense(2, 16, rng, nnlib.glorot_normal), nnlib.Tanh(), nnlib.Dense(16, 2, rng))
tables, losses = [], []


def watch(optimizer):
    if optimizer.t % 5 == 0:
        tables.append(clock.layers[0].E.copy())
        losses.append(nnlib.evaluate(clock, nnlib.mse, (hours, busy)))


adam = nnlib.Adam(nnlib.Parameters(clock, np.float64), 0.01)
watch(adam)
nnlib.fit(clock, nnlib.mse, adam, (hours, busy), epochs=12, batch_size=32, rng=rng, after_step=watch)
print(f"loss {losses[0]:.2f} -> {losses[-1]:.2f}, and the noise alone has {0.3**2:.2f}")

# %% id="widget-embedding"
ring = show.embedding(tables, [str(hour) for hour in range(24)], losses, every=5)
ring

# %% id="fig-embedding"
ring.static(frame=60)

# %% [markdown] id="embedding-read"
# Nobody said that 23 comes before 0, or that the hours go round. But the hours that *behave* alike are moved
# alike, and the table becomes a clock. Press Play to watch it form. That is also how words get their
# vectors; a table learned on one task can be carried to the next (chapter 9).

# %% [markdown] id="model"
# ## 5 · The model
#
# Three hidden layers of 64, 32 and 16 units, each with batch normalization, ReLU and dropout 0.3, and
# **one raw score** at the end. The number of inputs is *read off* the data: a design that says 25 in the
# text and 32 in the code is a crash waiting for its day. He's initialization goes with ReLU (Glorot's was
# meant for tanh), and is `Dense`'s default.

# %% id="network"
def churn_net(n_in, seed=1):
    rng = np.random.default_rng(seed)
    layers = []
    for width in (64, 32, 16):
        layers += [nnlib.Dense(n_in, width, rng), nnlib.BatchNorm(width), nnlib.ReLU(), nnlib.Dropout(0.3, rng)]
        n_in = width
    return nnlib.Sequential(*layers, nnlib.Dense(n_in, 1, rng))


net = churn_net(x_train.shape[1])
print("parameters:", nnlib.Parameters(net).theta.size)
check = nnlib.check_network(churn_net(x_train.shape[1]), nnlib.bce_with_logits, x_train[:6], y_train[:6],
                            np.random.default_rng(0))
print("gradient check:", check.passed)

# %% [markdown] id="double-sigmoid"
# **No sigmoid at the end.** The loss has one inside. With a second one the "scores" lie between 0 and 1,
# so after the loss's own sigmoid every probability lies between 0.5 and 0.731. The gradient is the right
# gradient of the wrong loss, so a gradient check passes; Adam even finds a good *order* of the customers.
# What gives it away is a floor that you can compute in advance (`production-find-floor`):

# %% id="double-sigmoid-numbers"
for label in (1.0, 0.0):
    score = np.array([[40.0 if label else -40.0]])  # a model that is sure, and right
    wrong = nnlib.bce_with_logits(sigmoid(score), np.array([[label]]))[0]
    good = nnlib.bce_with_logits(score, np.array([[label]]))[0]
    print(f"label {label:.0f}: a perfect model has loss {good:.4f}, with a second sigmoid {wrong:.4f}")
shrink = sigmoid(np.array([0.0, -5.0]))
print("gradient, relative to the right one, for label 1 at score 0 and -5:",
      ((sigmoid(shrink) - 1) * shrink * (1 - shrink) / (shrink - 1)).round(4).tolist())

# %% [markdown]
# On the left, whatever the network computes, the second sigmoid keeps the probability inside the shaded band:
# even a sure stayer gets a half. On the right, its two losses flatten out far above zero, at 0.31
# and 0.69, where there is nothing left to descend.

# %% id="fig-squash"
figure.squash()

# %% [markdown] id="batch-of-one"
# **A batch of one** is where three more mistakes live: `squeeze()` drops the batch's axis with the
# column's; batch normalization cannot learn from one row (its variance is 0); and in service, where
# *every* batch is one row, the layer must use the running statistics. In nnlib the mode is an argument,
# and evaluation the default. (`production-find-squeeze`, `production-find-mode`)

# %% id="batch-of-one-numbers"
one_score = np.array([[0.5]])
print("shape after squeeze():", one_score.squeeze().shape, " after [:, 0]:", one_score[:, 0].shape)
try:
    net.forward(x_train[:1], train=True)
except ValueError as error:
    print(str(error)[:53])
try:
    (one_score > 0).float()
except AttributeError as error:
    print(error, "(that is PyTorch's)")

# %% [markdown] id="training"
# ## 6 · Training
#
# Adam at $10^{-3}$ with decoupled decay, the rate halved when the validation loss has stood still for two
# epochs (`ReduceOnPlateau`), gradients clipped at norm 1, and early stopping that brings back the best
# weights. On 21 000 rows with patience 6 this takes seconds; the walk-through's 100 epochs with patience
# 10 and 15 are settings for a slower problem.

# %% id="train"
def train_net(x, y, validation=None, loss=nnlib.bce_with_logits, epochs=25, seed=1):
    """Return a trained network, its history, and with validation data the epoch that was kept."""
    net = churn_net(x.shape[1], seed)
    parameters = nnlib.Parameters(net, np.float64)  # printed numbers then repeat on any machine
    optimizer = nnlib.AdamW(parameters, 1e-3, weight_decay=1e-2)
    stop = nnlib.EarlyStopping(parameters, patience=6)
    watch = (stop, ReduceOnPlateau(optimizer, patience=1, factor=0.5)) if validation else ()
    history = nnlib.fit(net, loss, optimizer, (x, y), epochs=epochs, batch_size=256, clip=1.0,
                        rng=np.random.default_rng(seed), val=validation, drop_last=True, callbacks=watch)
    return net, history, stop.best_epoch


net, history, best = train_net(x_train, y_train, (x_val, y_val))
base = left[train].mean()
print(f"loss of the base rate {-(base * np.log(base) + (1 - base) * np.log(1 - base)):.2f}, lowest validation loss {min(history.val_loss):.2f}")

# %% id="fig-training"
figure.training(history.train_loss, history.val_loss, history.lr, best)

# %% [markdown] id="evaluate"
# **Against what?** A number needs company: the base rate below it, and above it the best that anybody
# could do, which only a simulation can tell. And a plain logistic regression beside it.

# %% id="evaluate-numbers"
def measures(p, y):
    """Return ROC-AUC, PR-AUC and log loss of probabilities."""
    p, y = np.clip(np.ravel(p), 1e-6, 1 - 1e-6), np.ravel(y).astype(int)
    return roc_auc(p, y), average_precision(p, y), -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


logistic = LogisticRegression(max_iter=500).fit(x_train, y_train[:, 0])
p_net = sigmoid(predict(net, x_test))[:, 0].astype(float)
rivals = {"base rate": np.full(len(test), base), "logistic regression": logistic.predict_proba(x_test)[:, 1],
          "network": p_net, "the truth": table["risk"][test]}
print(f"{'newest 15 %':20} ROC-AUC  PR-AUC  log loss")
for name, p in rivals.items():
    a, b, c = measures(p, y_test)
    print(f"{name:20} {a:7.2f} {b:7.2f} {c:9.2f}")

# %% [markdown]
# On this table, with features made by hand, **logistic regression is as good as the network**, and both
# are close to the truth. That is common with tables. An honest report says so, and the simpler model is a
# fair choice. We go on with the network because it is our subject; the rest of the chapter would be the
# same.
#
# The base rate for PR-AUC is the share of leavers, not 0.5. And the random split? It promises more than
# the future will keep:

# %% id="random-split-flatters"
for name, (a, _, c) in (("in time", (train, val, test)), ("random", mixed)):
    fitted = LogisticRegression(max_iter=500).fit(transformer.transform(columns.iloc[a]), left[a])
    p = fitted.predict_proba(transformer.transform(columns.iloc[c]))[:, 1]
    print(f"split {name:8} mean predicted {p.mean():.2f}, left {left[c].mean():.2f}, log loss {measures(p, left[c])[2]:.2f}")

# %% [markdown] id="imbalance"
# ## 7 · One in four
#
# The imbalance toolbox:
#
# - **weights** in the loss: a leaver counts as many times as there are stayers per leaver, about three;
#   **focal loss**, which turns the easy rows down;
# - more rare rows: **repeating** them, or **augmentation**, altered copies. For tables that is
#   **SMOTE**: a new row somewhere between a leaver and one of its nearest fellow leavers
#   (`production-smote`);
# - **ensembles** over balanced subsets: several networks, each trained on all leavers and as many stayers
#   drawn anew, and averaged;
# - or nothing but a moved **threshold** (section 8).
#
# Try some on 6000 rows.

# %% id="imbalance-numbers"
few = train[-6000:]
xs, ys = transformer.transform(columns.iloc[few]), left[few][:, None].astype(float)
rare = xs[ys[:, 0] == 1][:700]
rng = np.random.default_rng(3)
extra = int((ys == 0).sum() - (ys == 1).sum())
invented = piece("production-smote")(rare, rng.integers(0, len(rare), extra), rng.integers(1, 6, extra), rng.random(extra))
repeated = xs[rng.choice(np.flatnonzero(ys), extra)]
weight = float((ys == 0).sum() / (ys == 1).sum())


def with_rows(rows):
    return np.vstack([xs, rows]), np.vstack([ys, np.ones((len(rows), 1))])


ways = {
    "nothing": ((xs, ys), nnlib.bce_with_logits),
    "weight": ((xs, ys), partial(nnlib.bce_with_logits, pos_weight=weight)),
    "focal, gamma 2": ((xs, ys), nnlib.focal),
    "repeated rows": (with_rows(repeated), nnlib.bce_with_logits),
    "SMOTE": (with_rows(invented), nnlib.bce_with_logits),
}
scores_by_way = {}
print(f"{'':15} ROC-AUC  mean p   (left: {left[val].mean():.2f})")
for name, ((a, b), loss) in ways.items():
    small_net, _, _ = train_net(a, b, loss=loss, epochs=30)
    s = scores_by_way[name] = predict(small_net, x_val)[:, 0].astype(float)
    print(f"{name:15} {roc_auc(s, left[val]):7.2f} {sigmoid(s).mean():7.2f}")

# %% [markdown] id="calibration"
# The order of the customers, which AUC measures, hardly changes. What changes is the **level**: weights
# and invented rows answer as if two customers in five left. Calling *that* a "churn probability" is a
# false statement; with the weight, 0.5 means no more than the base rate. Divide the odds by the weight
# again (`production-find-inflated`):

# %% id="fig-reliability"
undo = piece("production-find-inflated")
weighted = scores_by_way["weight"]
groups = {"plain": sigmoid(scores_by_way["nothing"]), "weight": sigmoid(weighted), "weight, undone": undo(weighted, weight)}
for name, p in groups.items():
    print(f"{name:15} mean p {p.mean():.2f}, Brier score {np.mean((p - left[val]) ** 2):.2f}")
figure.reliability({name: (p, left[val]) for name, p in groups.items()})

# %% [markdown] id="platt"
# Whatever the training, two numbers fitted on held-out rows, $p = \sigma(a s + b)$ (Platt, 1999), bring
# probabilities back to the recent level. We fit them on the validation rows, the newest whose outcome is
# known.

# %% id="platt-numbers"
s_val, s_test = predict(net, x_val).astype(float), predict(net, x_test).astype(float)
platt = LogisticRegression(C=1e6).fit(s_val, left[val])
slope, shift = float(platt.coef_[0, 0]), float(platt.intercept_[0])
p_val, p_test = sigmoid(slope * s_val + shift)[:, 0], sigmoid(slope * s_test + shift)[:, 0]
print(f"test rows: mean p before {p_net.mean():.2f}, after {p_test.mean():.2f}, left {left[test].mean():.2f}")

# %% [markdown] id="threshold"
# ## 8 · The decision
#
# A threshold follows from **costs**, not from the middle of the scale. If a missed leaver costs $c$
# needless calls and probabilities are honest, act where $p\,c > 1 - p$, that is $p > 1/(1 + c)$. With $c
# = 5$ this is 0.17. Without trust in the probabilities, search on held-out rows. (`production-threshold`,
# `production-report`, `production-lift`)

# %% id="widget-threshold"
threshold_widget = show.threshold(p_val, left[val])
threshold_widget

# %% id="fig-threshold"
threshold_widget.static(threshold=0.17)

# %% id="threshold-numbers"
report, lift = piece("production-report"), piece("production-lift")
cost, found = piece("production-threshold")(p_val, left[val], 5.0, 1.0)
print(f"threshold by theory {1 / 6:.2f}, by search {found:.2f}")
print("on the test rows:")
for t in (1 / 6, 0.5):
    a, b, c = report(p_test, left[test], t)
    print(f"  threshold {t:.2f}: precision {a:.2f}, recall {b:.2f}, F1 {c:.2f}")
print(f"  lift of the top tenth {lift(p_test, left[test], 0.1):.1f}")

# %% [markdown] id="profit"
# ### What it is worth
#
# A cost model, stated so that others can doubt it: a call costs 50 dollars; 70 % of the leavers called
# stay; each then pays *their own* charge for some months. The gain of calling the set $C$ is
#
# $$0.7 \cdot m \sum_{i \in C} y_i\, \text{charge}_i \;-\; 50\,|C|.$$
#
# Counting one month ($m = 1$) at everybody's average charge makes any campaign look bad. At precision
# $\pi$ a call then breaks even at a charge of $50 / (0.7\,\pi)$ a month (`production-break-even`,
# `production-find-profit`):

# %% id="profit-numbers"
for precision in (0.23, 0.6, 0.9):
    print(f"precision {precision:.2f}: breaks even at {50 / (0.7 * precision):.0f} dollars a month")
profit = piece("production-find-profit")
charge = table["monthly_charge"][test]
print("profit per 1000 customers, in thousands of dollars:")
for m in (1, 6, 12):
    sizes = "  ".join(f"top {share:.0%} {profit(p_test, left[test], charge, share, m) / len(test):6.0f}" for share in (0.1, 0.2, 0.3))
    print(f"  {m:2} months: {sizes}")

# %% [markdown]
# The model is the same in every row; the *horizon* decides. It is a business assumption, and belongs on
# the first page of the report, with a range. And whether a call works (the 70 %) no churn model knows:
# that takes an experiment with customers left alone at random.

# %% id="widget-campaign"
campaign = show.campaign(p_test, left[test], charge)
campaign

# %% id="fig-campaign"
campaign.static(months=6)

# %% [markdown] id="groups"
# ### For whom is it right?
#
# An average over everybody can hide a group that the model serves badly. So split the test rows by who people
# are, and ask twice in each group: are the probabilities honest, and how many of those who left would have
# been called? Small groups differ by chance; a recall of $r$ among $k$ leavers has a standard error of
# $\sqrt{r(1-r)/k}$.

# %% id="group-numbers"
age, truth = table["age"][test], left[test]
members = {word: table["contract"][test] == word for word in ("month-to-month", "one-year", "two-year")}
members |= {"under 35": age < 35, "35 to 49": (age >= 35) & (age < 50), "50 and over": age >= 50, "age unknown": np.isnan(age)}
by_group = {}
print(f"{'':15} rows  leavers  left  mean p  recall")
for name, rows in members.items():
    recall = report(p_test[rows], truth[rows], 1 / 6)[1]
    by_group[name] = (truth[rows].sum(), recall, p_test[rows].mean(), truth[rows].mean())
    print(f"{name:15} {rows.sum():4} {truth[rows].sum():8} {truth[rows].mean():5.2f} {p_test[rows].mean():7.2f} {recall:7.2f}")

# %% id="fig-groups"
figure.groups(by_group)

# %% [markdown]
# On the right, blue lies a little left of orange in every group: the rate climbs, and nobody is singled
# out. On the left, the four **ages** overlap, as they should, since age has no effect in this table. The
# three **contracts** do not: of the leavers with two years we would miss almost every other one. No bug
# is behind that. Where fewer leave, fewer reach one and the same threshold, and when rates differ no
# imperfect model can be honest in every group *and* treat leavers alike across groups, and stayers too
# (Kleinberg and others, 2017). Which of these matters is for people to decide, before the release; a
# table like this one belongs into the model's documentation (its *model card*), beside what it was
# trained on and what it is not meant for. Dropping a column such as age settles nothing: other columns
# know it too.

# %% [markdown] id="importance"
# ## 9 · Reasons
#
# **Which features matter?** One popular recipe sets a feature to its mean and reports how far the
# *prediction* moves. That asks the model what it uses, not whether it helps. Take one feature that
# matters, nine of pure noise, and a network that has learned sixty rows by heart
# (`production-importance`, `production-permutation`):

# %% id="importance-numbers"
permutation_importance = piece("production-permutation")
rng = np.random.default_rng(4)
xa = rng.normal(size=(460, 10))
ya = (rng.random(460) < sigmoid(2.5 * xa[:, 0])).astype(float)[:, None]
greedy = nnlib.Sequential(nnlib.Dense(10, 64, rng), nnlib.ReLU(), nnlib.Dense(64, 1, rng))
nnlib.fit(greedy, nnlib.bce_with_logits, nnlib.Adam(nnlib.Parameters(greedy), 0.01), (xa[:60], ya[:60]), epochs=150, rng=rng)
xb, yb = xa[60:], ya[60:]


def loss_of(model):
    return lambda x, y: nnlib.bce_with_logits(predict(model, x).astype(float), y)[0]


by_mean = np.zeros(10)
for j in range(10):
    moved = xb.copy()
    moved[:, j] = xb[:, j].mean()
    by_mean[j] = np.abs(sigmoid(greedy.forward(xb)) - sigmoid(greedy.forward(moved))).mean()
by_loss = np.mean([permutation_importance(loss_of(greedy), xb, yb, np.stack([rng.permutation(400) for _ in range(10)])) for _ in range(5)], axis=0)
print(f"share of importance given to noise: change of prediction {by_mean[1:].sum() / by_mean.sum():.1f}, "
      f"held-out loss {max(0, by_loss[1:].sum()) / by_loss.clip(0).sum():.1f}")

# %% id="fig-importance"
bundle = Bundle(net, Preprocessor.from_sklearn(transformer), threshold=1 / 6, slope=slope, shift=shift)
names = bundle.preprocessor.names()
rng = np.random.default_rng(5)
rows = rng.permutation(len(test))[:2000]
xr, yr = x_test[rows], y_test[rows]
orders = np.stack([rng.permutation(len(rows)) for _ in names])
importance = permutation_importance(loss_of(net), xr, yr, orders)
top = np.argsort(-importance)[:10]
harmless = [name for name in names if name.startswith(("age", "region", "referral"))]
print("columns without effect in truth have |importance| < 0.005:", bool(np.all(np.abs(importance[[names.index(h) for h in harmless]]) < 0.005)))
figure.importances({names[j]: importance[j] for j in top})

# %% [markdown] id="local"
# **Why this customer?** Put each feature back to its usual value, the *training* mean, one at a time, and
# see how far the probability falls. A service that takes the mean of the one row in front of it subtracts
# a number from itself: every contribution is exactly 0 (`production-find-zero`). Contributions like these
# do not add up to the whole (features act together); they are an answer to "what if this one were
# ordinary?".

# %% id="fig-local"
who = int(np.argmax(p_test))
row, usual = x_test[who], x_train.mean(axis=0)
single = row[None, :].copy()
single[:, 0] = single[:, 0].mean()
print("mean of one row instead of training: change", float(np.abs(single - row).max()))
swapped = np.tile(row, (len(row), 1))
np.fill_diagonal(swapped, usual)
contribution = bundle.read(row[None, :])[0] - bundle.read(swapped)
strongest = np.argsort(-np.abs(contribution))[:8]
figure.explanation({names[j]: contribution[j] for j in strongest}, p_test[who])

# %% [markdown] id="integrated-gradients"
# **A sum that adds up.** The network can also be differentiated with respect to its *input*: `backward`
# returns that gradient. Taken at this customer alone (a *saliency*) it says too little, since the sigmoid is
# nearly flat up there. So walk from the usual customer $x'$ to this one in $m$ small steps, and average the
# gradient on the way:
#
# $$a_j = (x_j - x'_j)\,\frac1m \sum_{k=1}^{m} \frac{\partial p}{\partial x_j}\Bigl(x' + \tfrac{k - 1/2}{m}\,(x - x')\Bigr).$$
#
# These are **integrated gradients** (Sundararajan, Taly and Yan, 2017). They are *complete*: up to the
# size of the steps they add up to $p(x) - p(x')$. Nothing that calls itself by this name may fail that
# check.

# %% id="fig-integrated"
m = 1000
path = usual + (np.arange(m)[:, None] + 0.5) / m * (row - usual)  # (m, d)
p_path = sigmoid(slope * net.forward(path) + shift)  # (m, 1)
gradient = net.backward(slope * p_path * (1 - p_path))  # of p at the input, (m, d)
attribution = (row - usual) * gradient.mean(axis=0)
rise = p_test[who] - bundle.read(usual[None, :])[0]
print(f"p here {p_test[who]:.2f}, for the usual customer {p_test[who] - rise:.2f}: a rise of {rise:.2f}")
for name, parts in (("integrated gradients", attribution), ("one at a time", contribution), ("gradient here", (row - usual) * gradient[-1])):
    print(f"{name:21} add up to {parts.sum():.2f}")
strongest = np.argsort(-np.abs(attribution))[:8]
figure.explanation({names[j]: attribution[j] for j in strongest}, p_test[who])

# %% [markdown]
# The order is much the same, and the bars are longer, because they share the whole rise out among
# themselves: a customer of two weeks, whose usage fell. Two cautions. Another "usual customer" gives
# another answer, so name it. And halfway along the path stands somebody with half a contract, about whom
# the network has learned nothing; SHAP values, another popular kind, have the same trouble where
# features hang together and are exchanged one by one.

# %% [markdown] id="bundle"
# ## 10 · Out of the notebook
#
# What has to travel together: the network, the transformer *with its numbers*, calibration, threshold,
# and what the training data looked like. We write one folder with a JSON file and arrays. No pickle:
# unpickling runs whatever code the file asks for, and breaks with the next version of a library.
# `Preprocessor.from_sklearn` reads the transformer's numbers off, so serving needs neither scikit-learn
# nor pandas.

# %% id="bundle-round-trip"
stack = ExitStack()
folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
bundle.reference = drift.profile({k: v.to_numpy() if k in NUMERIC else v.to_numpy(str) for k, v in columns.iloc[train].items()})
bundle.about = {"version": "2024-01", "trained_on": f"{len(train)} rows up to {table['snapshot'][train].max()}"}
bundle.save(folder / "bundle")
again = Bundle.load(folder / "bundle")

future = {k: v[test] for k, v in table.items()}
print(sorted(path.name for path in (folder / "bundle").iterdir()))
print("same probabilities after loading:   ", np.array_equal(again.probability(future), bundle.probability(future)))
print("same as scikit-learn's transformer: ", np.allclose(again.probability(future), p_test, atol=1e-5))
alone = {k: v[:1] for k, v in future.items()}
print("one row alone as in the table:      ", np.allclose(again.probability(alone), p_test[:1], atol=1e-5))

# %% [markdown] id="onnx"
# **ONNX** is a common format for networks; other runtimes, in other languages, read it. After an export
# there is one duty: compare, on real rows and on a batch of one.

# %% id="onnx-parity"
try:
    import onnxruntime

    from nnlib.onnx import export
except ImportError:
    print("onnx and onnxruntime are not installed; pip install 'nnlib-course[onnx]'")
else:
    path = export(net, folder / "net.onnx", x_test[:1], metadata={"columns": json.dumps(names)})
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    gaps = [np.abs(session.run(None, {"x": x.astype(np.float32)})[0] - predict(net, x)).max() for x in (x_test[:1], x_test)]
    print("scores agree to 1e-4, one row and all rows:", [bool(gap < 1e-4) for gap in gaps])

# %% [markdown] id="service"
# ## 11 · The service
#
# `nnlib/serving.py` is a FastAPI application of some 250 lines; read it. `POST /predict` takes one
# customer as JSON and answers with a probability, whether to act, a risk level and a recommended action.
# Level and action come from **one table**; with two sets of limits (0.7 and 0.4 for the level, 0.7, 0.5
# and 0.3 for the action) a "medium" risk ends as "monitor closely" like a low one. And *whether* there is an
# action follows from the bundle's threshold, so that `act` and `action` cannot disagree either.

# %% id="levels"
for p in (0.85, 0.45, 0.35, 0.10):
    name, action = level(p, bundle.threshold)
    print(f"p = {p:.2f}: level {name:6}  act: {p >= bundle.threshold!s:5}  action: {action}")

# %% [markdown]
# Now start it, a real server in a process of its own, on the loopback address (nobody outside this
# machine can reach it), and call it.

# %% id="start-service"
address = stack.enter_context(running(folder / "bundle", folder / "predictions.sqlite"))
client = stack.enter_context(httpx.Client(base_url=address, timeout=30))
customer = {
    "customer_id": 17, "snapshot": "2024-01-05", "last_payment": "2023-11-20", "tenure_months": 2.5,
    "contract": "month-to-month", "region": "north", "referral": "search", "age": None, "monthly_charge": 49.9,
    "sessions_30d": 3, "minutes_30d": 20.0, "features_used": 4, "usage_trend": -0.4, "tickets_90d": 3, "satisfaction": 2,
}
reply = client.post("/predict", json=customer)
answer = reply.json()
print(reply.status_code, {k: round(v, 1) if isinstance(v, float) else v for k, v in answer.items()})
print("equals the bundle:", np.isclose(answer["probability"], again.probability(table_of([customer]))[0], atol=1e-5))

# %% [markdown] id="what-if"
# **What if?** Whoever calls customer 17 wants to know what makes the risk so high. The form below asks the
# loaded bundle, the same that answers over HTTP. Change a field: on the left stand the risk and its level,
# beside the risk as sent; on the right, how far each field moves the risk away from what it would be with
# that field's usual value (the middle one of the training rows).
#
# Two cautions. The bars do not add up, since fields act together. And the form moves the *model* and not
# the customer: sessions are a sign of interest, and somebody talked into logging in twice a day is no more
# interested than before.

# %% id="widget-what-if"
what_if = show.what_if(again.probability, customer, {name: column[train] for name, column in table.items()}, LEVELS)
what_if

# %% [markdown]
# With a contract for one year, no tickets and a payment ten days ago, "high" becomes "medium"; what keeps
# it there is above all how new the customer is, and that the usage falls.

# %% id="fig-what-if"
what_if.static(contract="one-year", tickets=0, days_since_payment=10)

# %% [markdown] id="bad-requests"
# **Strangers will send nonsense**, mostly by accident. Every wrong request gets an answer that names the
# field and a status that says "your side" (4xx); the service goes on. Three choices behind this: types
# are *strict*, so `"12"` is not quietly a number; `NaN`, which JSON does not even have but many programs
# write, is refused; the body is cut off at 256 kB before anything parses it. And no answer repeats what
# was sent.

# %% id="bad-requests-transcript"
def tell(name, content):
    reply = client.post("/predict", content=content)
    first = reply.json()["detail"][0]
    print(f"{name:20} {reply.status_code}  {first['where']}: {first['problem'][:62]}")


def changed(**fields):
    return json.dumps({**customer, **fields})


tell("a wrong type", changed(tenure_months="2.5"))
tell("a missing field", json.dumps({k: v for k, v in customer.items() if k != "contract"}))
tell("NaN", changed(usage_trend=float("nan")))
tell("an unknown category", changed(contract="three-year"))
tell("a field too many", changed(churned=1))
tell("from the future", changed(last_payment="2024-02-01"))
tell("not JSON", "customer=17")
tell("ten megabytes", "x" * 10_000_000)
print("and it lives:", client.get("/health").json()["status"])

# %% [markdown] id="log"
# **Everything answered is on record**: when, which version, the features, the probability. The log is
# SQLite, written by a thread of its own in batches, and bounded: when the disk cannot follow, it drops
# lines and counts them, and answers go on. Such a log holds personal data, so it needs an owner and a
# date of deletion.
#
# Send the first month of the test period, then a month in which something has gone wrong upstream: a new
# form no longer asks for satisfaction, and tickets are counted twice.

# %% id="send-months"
def requests_of(rows, **changes):
    """Return JSON-ready customers from rows of the table."""
    found = []
    for i in rows:
        c = {name: table[name][i].item() for name in customer}
        c = {k: None if isinstance(v, float) and np.isnan(v) else v for k, v in c.items()}
        c |= {"snapshot": str(table["snapshot"][i]), "last_payment": str(table["last_payment"][i])}
        found.append({**c, **{k: f(c[k]) for k, f in changes.items()}})
    return found


def send(customers):
    """Send in batches of 500, and wait until they are in the log."""
    before = client.get("/health").json()["logged"]
    for start in range(0, len(customers), 500):
        client.post("/predict-many", json=customers[start : start + 500]).raise_for_status()
    while client.get("/health").json()["logged"] < before + len(customers):
        time.sleep(0.02)


def drift_line():
    report = client.get("/drift").json()
    worst = ", ".join(f"{k} {v:.2f}" for k, v in list(report["psi"].items())[:3])
    return f"{report['verdict']:7} {worst}"


send(requests_of(test[:2000]))
print("an ordinary month:", drift_line())
send(requests_of(test[2000:4000], tickets_90d=lambda v: 2 * v, satisfaction=lambda v: None))
print("the broken month: ", drift_line())

# %% [markdown] id="drift"
# ## 12 · The watch
#
# Labels arrive 90 days late. Until then one can only compare *inputs* and *outputs* with those of
# training. Two distances:
#
# $$\mathrm{PSI} = \sum_b (a_b - e_b) \log\frac{a_b}{e_b}, \qquad D = \max_t |F_\text{old}(t) - F_\text{new}(t)|,$$
#
# the population stability index over bins (customary limits: 0.1 watch, 0.25 act) and the
# Kolmogorov-Smirnov distance, for which there is a p-value. (`production-psi`, `production-ks`) Move the
# sample, then change its size.

# %% id="widget-drift"
drifting = show.drift()
drifting

# %% id="fig-drift"
drifting.static()

# %% [markdown] id="p-value-trap"
# **A p-value is no alarm.** "KS test, $p < 0.05$" fails in both directions. With 25 features and no drift
# at all, one of them alarms most nights (`production-alarms`). And with many rows *any* difference is
# significant, also one that matters to nobody: a shift of 0.02 standard deviations. With few rows the PSI
# has the opposite fault: its mean without drift is about $(B - 1)(1/n + 1/m)$.

# %% id="fig-alarms"
print(f"25 tests at 0.05, no drift: at least one alarm with probability {1 - 0.95**25:.3f}")
rng = np.random.default_rng(6)
p_values = rng.random((4000, 25))  # what p-values are when nothing has changed
believe = piece("production-many-tests")
print(f"simulated, each alone:        {np.mean((p_values < 0.05).any(axis=1)):.2f}")
print(f"with Benjamini and Hochberg:  {np.mean([believe(p, 0.05).any() for p in p_values]):.2f}")

sizes = [100, 300, 1000, 3000, 10_000, 30_000]
rates = {"KS, p < 0.05": [], "PSI > 0.1": []}
edges = np.quantile(rng.normal(size=100_000), np.arange(1, 10) / 10)
psi, ks = piece("production-psi"), piece("production-ks")
for m in sizes:
    pairs = [(rng.normal(size=m), rng.normal(0.02, size=m)) for _ in range(40)]
    rates["KS, p < 0.05"].append(np.mean([drift.ks_p_value(ks(a, b), m, m) < 0.05 for a, b in pairs]))
    rates["PSI > 0.1"].append(np.mean([psi(a, b, edges, 1e-4) > 0.1 for a, b in pairs]))
figure.alarm_rates(sizes, rates)

# %% [markdown] id="alarms"
# So alarm on **size** (PSI or $D$ above a limit you chose for a reason), use tests only to rule out
# chance, and control the *family* of tests. What a first configuration may look like, every number of
# which is a decision to be revisited:
#
# | what | watched | alarm | when |
# |---|---|---|---|
# | data | missing share, unknown categories, range | any refusal rate above 1 % | every hour |
# | drift | PSI of each feature and of the score | 0.1 watch, 0.25 act, at least 200 rows | every night |
# | quality | PR-AUC, lift and calibration, not accuracy or F1 at 0.5 | 10 % below the test value, beyond its standard error | when labels arrive |
# | service | latency, errors, dropped log lines | as agreed with the users | always |
# | decision | level 0.7 and 0.4, act at 1/6, late after 30 days | a person looks at a sample | every month |

# %% [markdown] id="late-labels"
# ### What happened, 90 days later
#
# The labels of the ordinary month come in, and are written beside the predictions. Only now can quality
# be measured, and only on customers who were **not called**: a call that works turns a right prediction
# into a wrong one. (Keep a small random group that is never called.)

# %% id="labels-arrive"
log = PredictionLog(folder / "predictions.sqlite")
for i in test[:2000]:
    log.label(int(table["customer_id"][i]), bool(left[i]))
outcome = np.array(log.outcomes())
log.close()
a, b, _ = measures(outcome[:, 0], outcome[:, 1])
print(f"{len(outcome)} predictions with outcome: ROC-AUC {a:.2f}, PR-AUC {b:.2f}")
print(f"predicted {outcome[:, 0].mean():.2f}, happened {outcome[:, 1].mean():.2f}")

# %% [markdown] id="retrain"
# ### Retrain?
#
# The *inputs* look as they did, and yet the rate climbs: the relation between features and churn has
# moved (*concept drift*), which no drift monitor of inputs can see. Let a challenger, trained on all rows
# with known outcomes, compete with the champion on the newest customers, **pair by pair**, and decide by
# a rule written down before: replace the champion if the mean gain in log loss exceeds two standard
# errors.

# %% id="retrain-decision"
recent = np.concatenate([train[len(val):], val])
decide_on = test[2000:]
as_bundled = bundle.probability({k: v[decide_on] for k, v in table.items()})
y_new, y_now = left[test[:2000]], left[decide_on]  # outcomes to fit calibration on, and to decide on


def renewed(model):
    """Return probabilities on the deciding rows, with calibration fitted on the newest outcomes."""
    s = predict(model, x_test).astype(float)
    return LogisticRegression(C=1e6).fit(s[:2000], y_new).predict_proba(s[2000:])[:, 1]


challenger_net, _, _ = train_net(transformer.transform(columns.iloc[recent]), left[recent][:, None].astype(float),
                                 (x_test[:2000], y_test[:2000]))


def losses(p):
    return -(y_now * np.log(p) + (1 - y_now) * np.log(1 - p))


contests = {
    "as trained, uncalibrated": (p_net[2000:], as_bundled, "the bundle"),
    "the bundle": (as_bundled, renewed(net), "calibration renewed"),
    "calibration renewed": (renewed(net), renewed(challenger_net), "new network"),
}
print(f"{'champion':25} {'challenger':20} gain   verdict")
for name, (old, new, rival) in contests.items():
    gain = losses(old) - losses(new)
    error = gain.std() / np.sqrt(len(gain))
    print(f"{name:25} {rival:20} {gain.mean():.3f}  {'replace' if gain.mean() > 2 * error else 'keep'}")

# %% [markdown]
# Read the gains and not only the verdicts: the cheap repair, two calibration numbers kept fresh, brings
# most of what there is to gain, and a new network a little more. The rule says it is not chance; whether
# 0.003 nats are worth a release is, as with drift, a question of size. Whichever way: a new bundle has a
# new version, runs beside the old one on the same requests first, and the old folder stays where it is,
# because the way back is the most used feature of any release.

# %% id="stop-service"
stack.close()
try:
    httpx.get(f"{address}/health", timeout=2)
except httpx.HTTPError:
    print("the service has stopped")

# %% [markdown] id="speed"
# **How fast?** `make bench` loads the service beside a bare FastAPI endpoint in the same run and prints
# latency and requests per second on one core. Most of an answer's time is HTTP and JSON; the network
# itself takes some tens of microseconds. The largest single gain had nothing to do with networks: one
# flag of the TCP socket, without which every answer waited 40 ms for an acknowledgement.

# %% [markdown] id="success-factors"
# ## 13 · What made it work
#
# 1. **The question first**: who decides what with the answer, and what do the two errors cost?
# 2. **The clock**: features as of a snapshot, a split in time, labels that arrive late.
# 3. **One way to prepare data**, fitted on training rows, saved with the model, the same in service.
# 4. **Numbers to hold results against**: base rate, logistic regression, loss floors, the profit of
#    calling anybody.
# 5. **Honest probabilities**, so that costs can be computed and thresholds follow from them.
# 6. **A service that expects the worst**, records what it said, and is watched by people who know what
#    each alarm means.

# %% [markdown] id="closing"
# ### Write it down
#
# A closing claim such as "the model delivered measurable impact" needs four things to be one: the
# measure, the comparison, the uncertainty, and the horizon. Write half a page for the head of customer
# success: what the model does; what it earned *more than calling at random*, over how many months and
# under which assumptions; how sure you are; what could go wrong, and who will notice. Then ask of each
# sentence which cell of this chapter shows it. **Now do** `production-summary`: a person reads it.
