# %% [markdown]
# # Exercises 10 · A model in production
#
# Fill in the marked places, run the cell, then run the check below it. A check tells you in one
# sentence what is right or wrong; `hint("...")` gives a nudge, and a bigger one each time you ask.
#
# Rows are customers, `p` is a probability of leaving, and `y` is 1 for a customer who left. Nothing you
# are given may be changed in place. Several cells come from a design that was once meant for real use: they
# run, some even with excellent numbers, and are wrong.

# %%
import numpy as np

from autograder import check, hint

# %% [markdown]
# # The table

# %% [markdown]
# ## What is missing, what is constant · easy · 8 minutes
#
# `x` has shape `(n, d)`, with NaN where nothing is known; every column has at least one value. Return two
# arrays of shape `(d,)`: the share of NaN in each column, and whether all values that are present are equal
# (a constant column teaches nothing).

# %% exercise="production-quality"
def quality(x):
    """Return per column the share of NaN, and whether all present values are equal."""
    ### BEGIN SOLUTION
    missing = np.isnan(x).mean(axis=0)
    constant = np.nanmin(x, axis=0) == np.nanmax(x, axis=0)
    return missing, constant
    ### END SOLUTION

# %% check="production-quality"
check("production-quality")

# %% [markdown]
# ## A column that stays full of holes · easy · 3 minutes
#
# In pandas 3, this runs (with a warning that is easy to lose among others), and afterwards the column
# has as many gaps as before:
#
# ```python
# table["age"].fillna(0, inplace=True)
# ```
#
# Why?
#
# - (a) `fillna` does not look for NaN, only for `None`
# - (b) `table["age"]` behaves like a copy, so `inplace` fills something that is thrown away at once
# - (c) 0 is not the median of the ages
# - (d) the column has the wrong type
#
# Assign the letter to `fillna`.

# %% exercise="production-fillna"
### BEGIN SOLUTION
fillna = "b"
### END SOLUTION

# %% check="production-fillna"
check("production-fillna")

# %% [markdown]
# ## An AUC of 1.000 · medium · 12 minutes
#
# This feature gave a model of churn an AUC of 1.000 in the laboratory and 0.499 in use. All three
# arguments are days on one calendar; `snapshot` and `last_payment` have shape `(n,)`, and `today` is the
# day on which the code runs. The label says who left in the 90 days after the snapshot.
#
# Find inputs on which it is wrong: `find_leak_witness = (snapshot, last_payment, today)`. Assign the cause:
#
# - (a) days are too fine a unit
# - (b) the feature changes with the day it is computed, and knows what came after the snapshot
# - (c) some ages are negative
# - (d) the feature is not standardized
#
# to `find_leak_cause`, and repair `days_since_payment`.

# %%
def days_since_payment_as_found(snapshot, last_payment, today):
    """Return the age of the last payment in days, as known on each row's snapshot."""
    return today - last_payment

# %% exercise="production-find-leak"
def days_since_payment(snapshot, last_payment, today):
    """Return the age of the last payment in days, as known on each row's snapshot."""
    ### BEGIN SOLUTION
    return snapshot - last_payment
    ### END SOLUTION

### BEGIN SOLUTION
find_leak_witness = (np.array([100.0]), np.array([90.0]), 400.0)
find_leak_cause = "b"
### END SOLUTION

# %% check="production-find-leak"
check("production-find-leak")

# %% [markdown]
# ## Train on the past, test on the future · easy · 8 minutes
#
# `day` has shape `(n,)`, all different and in no order; `fractions` are three shares that sum to 1. Return
# three arrays of *row numbers*: train (the oldest), validation, and test (the newest), each in order of time.
# The cuts stand after `fractions[0] * n` and `(fractions[0] + fractions[1]) * n` rows, rounded.

# %% exercise="production-split"
def time_split(day, fractions):
    """Return the row numbers of train, validation and test, each in order of time."""
    ### BEGIN SOLUTION
    order = np.argsort(day)
    cuts = np.rint(np.cumsum(fractions)[:-1] * len(day)).astype(int)
    train, val, test = np.split(order, cuts)
    return train, val, test
    ### END SOLUTION

# %% check="production-split"
check("production-split")

# %% [markdown]
# ## Impute, flag and scale, with training's numbers · medium · 15 minutes
#
# Write a transformer with two methods. `fit(x)` looks at the training rows `(n, d)` and keeps, per column,
#
# - the median of the present values,
# - mean and standard deviation (with divisor $n$) of the column *after* gaps are filled with that median,
# - whether the column had any gap.
#
# `transform(x)` fills, standardizes with the numbers kept, and appends one column of 0 and 1 (missing or
# not) for each column that had gaps **in training**: the result has shape
# `(m, d + number of such columns)`. It must give a single row what it gives that row in a large table.

# %% exercise="production-preprocess"
class Preprocess:
    """Median imputation, standardization, and flags for the columns with gaps in training."""

    def fit(self, x):
        ### BEGIN SOLUTION
        missing = np.isnan(x)
        self.median = np.nanmedian(x, axis=0)
        filled = np.where(missing, self.median, x)
        self.mean, self.std = filled.mean(axis=0), filled.std(axis=0)
        self.flagged = missing.any(axis=0)
        ### END SOLUTION

    def transform(self, x):
        ### BEGIN SOLUTION
        missing = np.isnan(x)
        filled = np.where(missing, self.median, x)
        z = (filled - self.mean) / self.std
        return np.hstack([z, missing[:, self.flagged]])
        ### END SOLUTION

# %% check="production-preprocess"
check("production-preprocess")

# %% [markdown]
# ## Categories, with one never seen before · easy · 6 minutes
#
# `values` `(n,)` are codes of categories, `known` `(k,)` those seen in training, in the order of the
# columns. Return `(n, k)`: 1.0 in the column of the row's category. A category never seen before gives zeros.

# %% exercise="production-one-hot"
def one_hot(values, known):
    """Return (n, n_known): 1.0 in the column of the row's category; zeros for an unknown one."""
    ### BEGIN SOLUTION
    return (values[:, None] == known[None, :]).astype(float)
    ### END SOLUTION

# %% check="production-one-hot"
check("production-one-hot")

# %% [markdown]
# ## The gradient of a table of categories · medium · 12 minutes
#
# An embedding gives each category a row of its own in a table `E` `(n_rows, d)`; forwards the rows are
# looked up, `y = E[ids]` with `ids` `(n,)` whole numbers, so `y` is `(n, d)`. Given the upstream gradient
# `dy` `(n, d)`, return the gradient of the table, `(n_rows, d)`. The same id may come several times.

# %% exercise="production-embedding"
def embedding_gradient(ids, E, dy):
    """Return dE, the gradient of the table E (n_rows, d), where y = E[ids] and dy is (n, d)."""
    ### BEGIN SOLUTION
    dE = np.zeros_like(E)
    np.add.at(dE, ids, dy)
    return dE
    ### END SOLUTION

# %% check="production-embedding"
check("production-embedding")

# %% [markdown]
# ## An engagement made of minutes · medium · 12 minutes
#
# A score of engagement from three columns: sessions (about 9), minutes (about 100), and the share of
# features used (about 0.4). `mean` and `std` are those of the training rows, and the weights are 0.3,
# 0.3 and 0.4.
#
# Find inputs on which it is wrong: `find_engagement_witness = (x, mean, std, weights)`. Assign the cause:
#
# - (a) the columns are in different units, so minutes decide alone
# - (b) the weights do not sum to 1
# - (c) the product has the wrong shape
# - (d) the weight of the share of features is too small
#
# to `find_engagement_cause`, and repair `engagement`.

# %%
def engagement_as_found(x, mean, std, weights):
    """Return (n,): the weighted engagement of usage columns (sessions, minutes, adoption)."""
    return x @ weights

# %% exercise="production-find-engagement"
def engagement(x, mean, std, weights):
    """Return (n,): the weighted engagement of usage columns (sessions, minutes, adoption)."""
    ### BEGIN SOLUTION
    return (x - mean) / std @ weights
    ### END SOLUTION

### BEGIN SOLUTION
find_engagement_witness = (np.array([[9.0, 200.0, 0.1]]), np.array([9.0, 100.0, 0.4]), np.array([5.0, 60.0, 0.2]), np.array([0.3, 0.3, 0.4]))
find_engagement_cause = "a"
### END SOLUTION

# %% check="production-find-engagement"
check("production-find-engagement")

# %% [markdown]
# ## A new row between two old ones · medium · 12 minutes
#
# To have more rows of the rare class one may invent some, on the lines between neighbours (SMOTE; Chawla
# et al., 2002). `x` `(n, d)` are rows of that class. New row $s$ starts at `x[rows[s]]` and goes the
# share `u[s]` of the way to that row's neighbour number `rank[s]` (1 is the nearest *other* row, by
# Euclidean distance):
#
# $$\text{new}_s = x_i + u_s\,(x_j - x_i).$$
#
# Return `(m, d)` for `rows`, `rank`, `u` of shape `(m,)`.

# %% exercise="production-smote"
def smote(x, rows, rank, u):
    """Return (m, d): row rows[s] of x, moved the share u[s] of the way to its rank[s]-th nearest."""
    ### BEGIN SOLUTION
    distance = np.sum((x[:, None, :] - x[None, :, :]) ** 2, axis=2)
    nearest = np.argsort(distance, axis=1)[rows, rank]
    return x[rows] + u[:, None] * (x[nearest] - x[rows])
    ### END SOLUTION

# %% check="production-smote"
check("production-smote")

# %% [markdown]
# # The model

# %% [markdown]
# ## A loss stuck above 0.31 · medium · 12 minutes
#
# The network below this loss ends in a plain `Dense` layer. Its AUC is fine, and yet the loss does not get
# below 0.31 for customers who leave and 0.69 for those who stay. Gradient checks pass.
#
# Find inputs on which it is wrong: `find_floor_witness = (scores, y)`. Assign the cause:
#
# - (a) the formula of the cross-entropy is wrong
# - (b) the mean divides by the wrong number
# - (c) the learning rate is too small
# - (d) a sigmoid stands before a loss that has one inside
#
# to `find_floor_cause`, and repair `churn_loss`.

# %%
def churn_loss_as_found(scores, y):
    """Return the mean binary cross-entropy in nats of the network's raw scores (batch,)."""
    p = 1 / (1 + np.exp(-scores))
    return np.mean(np.logaddexp(0, p) - y * p)

# %% exercise="production-find-floor"
def churn_loss(scores, y):
    """Return the mean binary cross-entropy in nats of the network's raw scores (batch,)."""
    ### BEGIN SOLUTION
    return np.mean(np.logaddexp(0, scores) - y * scores)
    ### END SOLUTION

### BEGIN SOLUTION
find_floor_witness = (np.array([6.0]), np.array([1.0]))
find_floor_cause = "d"
### END SOLUTION

# %% check="production-find-floor"
check("production-find-floor")

# %% [markdown]
# ## The last batch of the epoch · medium · 12 minutes
#
# The validation loop fails after an hour, in the last batch of the epoch, with "iteration over a 0-d array".
#
# Find inputs on which it is wrong: `find_squeeze_witness = (scores,)`. Assign the cause:
#
# - (a) `squeeze` removes the batch's axis too when the batch has one row
# - (b) a sigmoid is missing
# - (c) `astype(int)` should be `.float()`
# - (d) a score of exactly 0 is undecided
#
# to `find_squeeze_cause`, and repair `decide`.

# %%
def decide_as_found(scores):
    """Return integer decisions (batch,), 1 where the probability is above 0.5; scores (batch, 1)."""
    return (scores.squeeze() > 0).astype(int)

# %% exercise="production-find-squeeze"
def decide(scores):
    """Return integer decisions (batch,), 1 where the probability is above 0.5; scores (batch, 1)."""
    ### BEGIN SOLUTION
    return (scores[:, 0] > 0).astype(int)
    ### END SOLUTION

### BEGIN SOLUTION
find_squeeze_witness = (np.array([[0.5]]),)
find_squeeze_cause = "a"
### END SOLUTION

# %% check="production-find-squeeze"
check("production-find-squeeze")

# %% [markdown]
# ## All customers have the same risk · medium · 12 minutes
#
# In the laboratory, scoring whole tables, this part of a network looked right. In the service, which
# scores one customer at a time, everybody has a score of 0.
#
# Find inputs on which it is wrong: `find_mode_witness = (h, mean, var, w)`. Assign the cause:
#
# - (a) eps is too large
# - (b) the weights are applied twice
# - (c) the statistics of the batch are used in place of those of training
# - (d) the statistics run over the wrong axis
#
# to `find_mode_cause`, and repair `score`.

# %%
def score_as_found(h, mean, var, w):
    """Return scores (batch,) of hidden values h (batch, d) in service: normalized, then weighted.

    mean and var (d,) are the running statistics of training; eps is 0.01.
    """
    return (h - h.mean(axis=0)) / np.sqrt(h.var(axis=0) + 0.01) @ w

# %% exercise="production-find-mode"
def score(h, mean, var, w):
    """Return scores (batch,) of hidden values h (batch, d) in service: normalized, then weighted.

    mean and var (d,) are the running statistics of training; eps is 0.01.
    """
    ### BEGIN SOLUTION
    return (h - mean) / np.sqrt(var + 0.01) @ w
    ### END SOLUTION

### BEGIN SOLUTION
find_mode_witness = (np.array([[3.0, 1.0]]), np.array([0.0, 0.0]), np.array([1.0, 1.0]), np.array([1.0, 2.0]))
find_mode_cause = "c"
### END SOLUTION

# %% check="production-find-mode"
check("production-find-mode")

# %% [markdown]
# # Decisions

# %% [markdown]
# ## 0.77 is not an achievement · easy · 3 minutes
#
# Of 100 customers 23 leave. A model reports an accuracy of 0.77. You may call one customer in ten. Which
# number should decide between models?
#
# - (a) accuracy, on new customers
# - (b) recall at a threshold of 0.5
# - (c) area under the precision-recall curve, with precision and lift among the tenth with the highest risk
# - (d) the validation loss
#
# Assign the letter to `metric`.

# %% exercise="production-metric"
### BEGIN SOLUTION
metric = "c"
### END SOLUTION

# %% check="production-metric"
check("production-metric")

# %% [markdown]
# ## Precision, recall and F1 · easy · 8 minutes
#
# Act where `p >= threshold`. Return three numbers:
#
# $$\text{precision} = \frac{\text{hits}}{\text{calls}}, \qquad \text{recall} = \frac{\text{hits}}{\text{leavers}}, \qquad
# F_1 = \frac{2\,\text{hits}}{\text{calls} + \text{leavers}},$$
#
# and 0 for each whose denominator is 0, without a warning.

# %% exercise="production-report"
def report(p, y, threshold):
    """Return precision, recall and F1 of acting where p >= threshold; 0 where undefined."""
    ### BEGIN SOLUTION
    act = p >= threshold
    hits = np.sum(act & (y == 1))
    precision = hits / act.sum() if act.any() else 0.0
    recall = hits / y.sum() if y.any() else 0.0
    f1 = 2 * hits / (act.sum() + y.sum()) if act.any() or y.any() else 0.0
    return precision, recall, f1
    ### END SOLUTION

# %% check="production-report"
check("production-report")

# %% [markdown]
# ## Lift of the top customers · easy · 6 minutes
#
# Take the customers with the highest `p`, as many as `round(share * n)`. Return the rate of leavers
# among them divided by the rate among all.

# %% exercise="production-lift"
def lift(p, y, share):
    """Return the rate of leavers among the `share` with the highest p, over the rate of all."""
    ### BEGIN SOLUTION
    n_top = round(share * len(p))
    top = np.argsort(-p)[:n_top]
    return y[top].mean() / y.mean()
    ### END SOLUTION

# %% check="production-lift"
check("production-lift")

# %% [markdown]
# ## The threshold that costs least · medium · 12 minutes
#
# A leaver whom nobody called costs `miss`; a call to somebody who would have stayed costs `alarm`.
# Return the pair `cost, threshold`: the lowest total cost of acting where `p >= threshold`, and a
# threshold that has it. Acting on nobody is allowed, with a threshold above every `p`.

# %% exercise="production-threshold"
def best_threshold(p, y, miss, alarm):
    """Return the lowest total cost, and a threshold t that has it when acting where p >= t."""
    ### BEGIN SOLUTION
    best = (np.inf, np.inf)
    for t in [*np.unique(p), np.inf]:
        act = p >= t
        cost = miss * np.sum(~act & (y == 1)) + alarm * np.sum(act & (y == 0))
        best = min(best, (cost, t))
    return best
    ### END SOLUTION

# %% check="production-threshold"
check("production-threshold")

# %% [markdown]
# ## More churn predicted than there is · medium · 12 minutes
#
# The rate of churn is 0.23. A model was trained with `pos_weight` 3.35, and the mean of its
# "churn probabilities" is far above the rate.
#
# Find inputs on which it is wrong: `find_inflated_witness = (scores, weight)`. Assign the cause:
#
# - (a) the sigmoid is the wrong function
# - (b) the network overfits
# - (c) the weight has multiplied the odds, and nobody divided it out again
# - (d) the threshold is too low
#
# to `find_inflated_cause`, and repair `churn_probability`.

# %%
def churn_probability_as_found(scores, weight):
    """Return honest probabilities from scores trained with pos_weight = weight."""
    return 1 / (1 + np.exp(-scores))

# %% exercise="production-find-inflated"
def churn_probability(scores, weight):
    """Return honest probabilities from scores trained with pos_weight = weight."""
    ### BEGIN SOLUTION
    return 1 / (1 + np.exp(-(scores - np.log(weight))))
    ### END SOLUTION

### BEGIN SOLUTION
find_inflated_witness = (np.array([0.0]), 3.35)
find_inflated_cause = "c"
### END SOLUTION

# %% check="production-find-inflated"
check("production-find-inflated")

# %% [markdown]
# # Reasons and money

# %% [markdown]
# ## Permutation importance · medium · 12 minutes
#
# How much worse is the model without what a feature knows? For each column $j$ reorder that column alone by
# `orders[j]` (a permutation of the rows) and measure
#
# $$\text{importance}_j = \text{loss}(x^{(j)}, y) - \text{loss}(x, y).$$
#
# `loss` is a function of `(x, y)`, `x` has shape `(n, d)` and `orders` `(d, n)`. Return `(d,)`.

# %% exercise="production-permutation"
def permutation_importance(loss, x, y, orders):
    """Return (d,): how much the loss rises when column j is reordered by orders[j], (d, n)."""
    ### BEGIN SOLUTION
    base = loss(x, y)
    importance = np.zeros(x.shape[1])
    for j, order in enumerate(orders):
        shuffled = x.copy()
        shuffled[:, j] = x[order, j]
        importance[j] = loss(shuffled, y) - base
    return importance
    ### END SOLUTION

# %% check="production-permutation"
check("production-permutation")

# %% [markdown]
# ## Important for whom? · easy · 3 minutes
#
# A report measures importance as the mean change of the *prediction*, $|\hat p(x) - \hat p(x^{(j)})|$,
# when feature $j$ is set to its mean. An overfitted network gets the same share of importance from nine
# columns of noise as from the one that matters. Why does permutation importance on held-out loss not
# fall for it?
#
# - (a) it asks the labels whether the feature helped; the other asks only whether the output moves
# - (b) it shuffles the labels as well
# - (c) it needs more passes through the network
# - (d) it does not set standardized columns to 0
#
# Assign the letter to `importance`.

# %% exercise="production-importance"
### BEGIN SOLUTION
importance = "a"
### END SOLUTION

# %% check="production-importance"
check("production-importance")

# %% [markdown]
# ## Every feature contributes 0.000 · medium · 12 minutes
#
# Why is this customer at risk? Put each feature to its usual value, one at a time, and see how far the
# probability falls. `row`, `mean` (of training) and `w` have shape `(d,)`, and the model is
# `sigmoid(row @ w)`. The report says 0.000 for every feature of every customer.
#
# Find inputs on which it is wrong: `find_zero_witness = (row, mean, w)`. Assign the cause:
#
# - (a) the difference has the wrong sign
# - (b) features replaced earlier stay replaced
# - (c) the sigmoid is flat
# - (d) the feature is replaced by the mean of a single row, which is itself
#
# to `find_zero_cause`, and repair `contributions`.

# %%
def contributions_as_found(row, mean, w):
    """Return (d,): how far each feature of this row, against its training mean, moves sigmoid(row @ w)."""
    def p(x):
        return 1 / (1 + np.exp(-(x @ w)))

    out = np.zeros(len(row))
    for i in range(len(row)):
        x = row[None, :].copy()
        x[:, i] = x[:, i].mean()
        out[i] = (p(row) - p(x[0])).item()
    return out

# %% exercise="production-find-zero"
def contributions(row, mean, w):
    """Return (d,): how far each feature of this row, against its training mean, moves sigmoid(row @ w)."""
    ### BEGIN SOLUTION
    def p(x):
        return 1 / (1 + np.exp(-(x @ w)))

    x = np.tile(row, (len(row), 1))
    np.fill_diagonal(x, mean)
    return p(row) - p(x)
    ### END SOLUTION

### BEGIN SOLUTION
find_zero_witness = (np.array([1.0, 2.0]), np.array([0.0, 0.0]), np.array([1.0, -1.0]))
find_zero_cause = "d"
### END SOLUTION

# %% check="production-find-zero"
check("production-find-zero")

# %% [markdown]
# ## The monthly charge at which a call pays · easy · 4 minutes
#
# A call costs 50 dollars. Six in ten of the customers called would have left, and 70 % of those stay
# because of the call. If you count one month of their charge as the gain, from what monthly charge (in
# dollars) does a call pay? Assign it to `break_even`.

# %% exercise="production-break-even"
### BEGIN SOLUTION
break_even = 119.04761904761905
### END SOLUTION

# %% check="production-break-even"
check("production-break-even")

# %% [markdown]
# ## A campaign that cannot pay · medium · 12 minutes
#
# This report advises against every campaign, even with a model that is always right.
#
# Find inputs on which it is wrong: `find_profit_witness = (p, y, charge, share, months)`. Assign the cause:
#
# - (a) it calls the wrong customers
# - (b) it credits a customer who stays with one month of everybody's average charge
# - (c) it pays for calls to customers who stay anyway
# - (d) it lets 30 % of the leavers go
#
# to `find_profit_cause`, and repair `profit`.

# %%
def profit_as_found(p, y, charge, share, months):
    """Return the profit of calling the riskiest `share`: 70 % of the leavers called stay and go on
    paying their own monthly charge for `months`; each call costs 50, whoever answers."""
    top = np.argsort(-p)[: round(share * len(p))]
    return 0.7 * np.sum(y[top]) * charge.mean() - 50.0 * len(top)

# %% exercise="production-find-profit"
def profit(p, y, charge, share, months):
    """Return the profit of calling the riskiest `share`: 70 % of the leavers called stay and go on
    paying their own monthly charge for `months`; each call costs 50, whoever answers."""
    ### BEGIN SOLUTION
    top = np.argsort(-p)[: round(share * len(p))]
    return 0.7 * np.sum(y[top] * charge[top]) * months - 50.0 * len(top)
    ### END SOLUTION

### BEGIN SOLUTION
find_profit_witness = (np.array([0.9, 0.1]), np.array([1.0, 0.0]), np.array([60.0, 90.0]), 0.5, 12.0)
find_profit_cause = "b"
### END SOLUTION

# %% check="production-find-profit"
check("production-find-profit")

# %% [markdown]
# # The watch

# %% [markdown]
# ## Population stability index · medium · 12 minutes
#
# Sort the samples `old` and `new` into bins between the rising `edges`: bin 0 holds values up to and
# including `edges[0]`, the last one those above `edges[-1]`. With the shares $e_b$ of `old` and $a_b$ of
# `new`, each raised to at least `floor`, return
#
# $$\mathrm{PSI} = \sum_b (a_b - e_b) \log \frac{a_b}{e_b}.$$

# %% exercise="production-psi"
def psi(old, new, edges, floor):
    """Return sum((a - e) log(a / e)) over bins; e and a are shares, at least floor."""
    ### BEGIN SOLUTION
    n_bins = len(edges) + 1
    e = np.bincount(np.searchsorted(edges, old), minlength=n_bins) / len(old)
    a = np.bincount(np.searchsorted(edges, new), minlength=n_bins) / len(new)
    e, a = np.maximum(e, floor), np.maximum(a, floor)
    return np.sum((a - e) * np.log(a / e))
    ### END SOLUTION

# %% check="production-psi"
check("production-psi")

# %% [markdown]
# ## The largest gap between two distributions · medium · 12 minutes
#
# With $F_a(t)$ the share of the values of `a` that are at most $t$, return
#
# $$D = \max_t |F_a(t) - F_b(t)|.$$
#
# The samples may differ in size, and values may repeat.

# %% exercise="production-ks"
def ks(a, b):
    """Return max |F_a(t) - F_b(t)|, where F(t) is the share of values <= t."""
    ### BEGIN SOLUTION
    t = np.concatenate([a, b])
    F_a = np.searchsorted(np.sort(a), t, side="right") / len(a)
    F_b = np.searchsorted(np.sort(b), t, side="right") / len(b)
    return np.max(np.abs(F_a - F_b))
    ### END SOLUTION

# %% check="production-ks"
check("production-ks")

# %% [markdown]
# ## Twenty-five tests, no drift · easy · 3 minutes
#
# A monitor tests 25 features every night and alarms where $p < 0.05$. Nothing has drifted and the
# features are independent. With what probability does at least one of them alarm? Assign it to `alarms`,
# before you run the cell in the chapter.

# %% exercise="production-alarms"
### BEGIN SOLUTION
alarms = 0.7226104268781662
### END SOLUTION

# %% check="production-alarms"
check("production-alarms")

# %% [markdown]
# ## Which alarms to believe · hard · 15 minutes
#
# Given `m` p-values and a rate `q`: sort them, find the largest $k$ with $p_{(k)} \le k q / m$, and
# believe the $k$ smallest (Benjamini and Hochberg, 1995). Return `(m,)` booleans in the order in which
# the p-values came.

# %% exercise="production-many-tests"
def believe(p, q):
    """Return (m,) bool: the alarms that Benjamini and Hochberg's procedure believes."""
    ### BEGIN SOLUTION
    order = np.argsort(p)
    limit = q * np.arange(1, len(p) + 1) / len(p)
    passed = np.flatnonzero(p[order] <= limit)
    alarm = np.zeros(len(p), dtype=bool)
    if len(passed):
        alarm[order[: passed[-1] + 1]] = True
    return alarm
    ### END SOLUTION

# %% check="production-many-tests"
check("production-many-tests")

# %% [markdown]
# # The report

# %% [markdown] question="production-summary"
# ## Half a page for the head of customer success · medium · 20 minutes · 6 points, marked by a person
#
# 200 words at most. Write the half page that you would send to the head of customer success, who has to
# decide whether her team calls customers from your list. She has never heard of a ROC curve. Take the numbers
# from the chapter, or compute them there, and say of every amount of money what it assumes.
#
# ### BEGIN MARK SCHEME
#
# - 1 point: **the measure**: what the model does and for whom, in a number she can use (of those called, so
#   many would have left; profit), not accuracy, AUC or F1
# - 1 point: **the comparison**: against calling nobody and against calling the same number at random
# - 1 point: **the horizon and the assumptions**: the months counted, the cost of a call, the 70 % who stay; a
#   campaign that pays within six months loses money when one month is counted
# - 1 point: **the uncertainty**: an interval or a range, and that the 70 % is not measured by the model
#   but by customers left alone at random
# - 1 point: **what can go wrong, and who notices**: the rate climbs, inputs drift, labels come 90 days late,
#   some groups are missed more often; with a name or a role beside it
# - 1 point: **the decision**: what is asked of her, how many calls and when one looks again; half a page, and
#   every term understood without a dictionary
#
# No point for a claim that no computation shows ("the model reduces churn by 70 %").
#
# ### END MARK SCHEME

# %% [markdown] manual={"id": "production-summary", "points": 6}
# **Proposal.** Let your team call the riskiest fifth of our customers this month, 200 of every 1,000. In a
# quarter we see what came of it, and decide again.
#
# **What the list does.** Of these 200, about 138 leave within 90 days. Of 200 chosen at random, 56 do.
#
# **What it is worth.** If a call costs 50 dollars, seven in ten of the leavers we call stay, and each
# then pays for six more months, 200 calls earn 25,000 dollars (22,000 to 28,000, by the spread over
# 4,500 recent customers). Random calls earn 5,000, no calls nothing. Over one month alone the campaign
# loses 4,000: please check the six.
#
# **What we do not know.** The seven in ten is a guess. So we leave a random tenth of the list uncalled; after
# the quarter we have measured it.
#
# **What can go wrong.** More customers leave every year, and the list is fitted to the past; of leavers
# with a two-year contract it misses nearly half. Our team watches the inputs every night and the results
# when they arrive, 90 days later; if fewer than half of the uncalled tenth leave, Maria stops the calls
# and tells you.
