"""Chapter 10, production: find the bug."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Case, Right, Wrong
from autograder.kinds import find_bug

# --- time that leaks ----------------------------------------------------------------------------


def _day_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n in (6, 1, 9):
        snapshot = 1000.0 + rng.integers(0, 300, n)
        cases.append({"snapshot": snapshot, "last_payment": snapshot - rng.integers(0, 80, n) - 0.5,
                      "today": 1500.0 + n})  # fmt: skip
    return cases


LEAK = find_bug(
    "production-find-leak",
    "An AUC of 1.000",
    function="days_since_payment",
    args=("snapshot", "last_payment", "today"),
    cases=_day_cases,
    repaired='''
def days_since_payment(snapshot, last_payment, today):
    """Return the age of the last payment in days, as known on each row's snapshot."""
    return snapshot - last_payment
''',
    buggy='''
def days_since_payment(snapshot, last_payment, today):
    """Return the age of the last payment in days, as known on each row's snapshot."""
    return today - last_payment
''',
    witness="(np.array([100.0]), np.array([90.0]), 400.0)",
    cause="b",
    causes={
        "a": "A payment in days is as good as one in months; the unit is the same in all rows.",
        "c": "The payment lies before the snapshot, so nothing is negative; look at what it is held against.",
        "d": "An old payment may well be an outlier, but no scaling explains an AUC of 1.000.",
    },
    bug_says="The age still depends on `today`: customers who have left stopped paying, so by today their last payment is old *because* they left.",
    hints=(
        "Compute the feature for one row today, and again in a month. Should it change?",
        "What the model may know is what was known on the snapshot; the 90 days after it decide the label.",
        "`snapshot - last_payment`.",
    ),
    wrong=(
        Wrong("age-of-the-row", "This is the age of the snapshot; it says when the row was written, not when the customer paid.",
              swap={"snapshot - last_payment": "today - snapshot"}),
        Wrong("negative", "The difference is the wrong way round: an age is positive.",
              swap={"snapshot - last_payment": "last_payment - snapshot"}),
        Wrong("common-snapshot", "You use one snapshot for all rows; each row has its own.",
              swap={"snapshot - last_payment": "np.max(snapshot) + 1 - last_payment"}),
        Wrong("scaled", "Dividing by the largest value of the batch makes the feature depend on the other rows; return days.",
              swap={"snapshot - last_payment": "(snapshot - last_payment) / np.max(today - last_payment)"}),
    ),
    right=(
        Right("subtract", swap={"snapshot - last_payment": "np.subtract(snapshot, last_payment)"}),
        Right("negated", swap={"snapshot - last_payment": "-(last_payment - snapshot)"}),
    ),
)  # fmt: skip

# --- the second sigmoid -------------------------------------------------------------------------


def _score_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n in (7, 1, 5):
        y = rng.integers(0, 2, n).astype(float)
        cases.append({"scores": rng.normal(size=n) * 4, "y": y})
    return cases


SIGMOID = find_bug(
    "production-find-floor",
    "A loss stuck above 0.31",
    function="churn_loss",
    args=("scores", "y"),
    cases=_score_cases,
    repaired='''
def churn_loss(scores, y):
    """Return the mean binary cross-entropy in nats of the network's raw scores (batch,)."""
    return np.mean(np.logaddexp(0, scores) - y * scores)
''',
    buggy='''
def churn_loss(scores, y):
    """Return the mean binary cross-entropy in nats of the network's raw scores (batch,)."""
    p = 1 / (1 + np.exp(-scores))
    return np.mean(np.logaddexp(0, p) - y * p)
''',
    witness="(np.array([6.0]), np.array([1.0]))",
    cause="d",
    causes={
        "a": "The formula is right for scores: log(1 + exp(s)) - y s is the cross-entropy of sigmoid(s).",
        "b": "The mean divides by the batch size once, as a loss should.",
        "c": "A small learning rate would be slow everywhere; this floor stands however long you train.",
    },
    bug_says="There is still a sigmoid before a loss that has one inside: a probability of at most 1 is taken for a score, so a sure yes is read as 0.731.",
    hints=(
        "What does the loss give for a score of 100 with label 1? It should be 0.",
        "`np.logaddexp(0, s) - y * s` has the sigmoid inside.",
        "Give it the scores themselves.",
    ),
    wrong=(
        Wrong("label-sign", "The sign of the label's term is wrong: a high score with label 1 must cost little.",
              swap={"- y * scores": "+ y * scores"}),
        Wrong("labels-exchanged", "The two labels are exchanged.", swap={"- y * scores": "- (1 - y) * scores"}),
        Wrong("summed", "You return the sum; the mean is asked for.", swap={"np.mean": "np.sum"}),
        Wrong("yes-only", "Only the customers who leave cost something now.",
              swap={"np.mean(np.logaddexp(0, scores) - y * scores)": "np.mean(y * np.logaddexp(0, -scores))"}),
    ),
    right=(
        Right("probabilities", code="""
def churn_loss(scores, y):
    p = 1 / (1 + np.exp(-scores))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
"""),
        Right("margins", swap={"np.logaddexp(0, scores) - y * scores": "np.logaddexp(0, (1 - 2 * y) * scores)"}),
    ),
)  # fmt: skip

# --- a batch of one -----------------------------------------------------------------------------


def _column_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n in (6, 1, 4):
        scores = rng.choice([-1.0, 1.0], (n, 1)) * rng.uniform(0.2, 2.0, (n, 1))
        scores[0] = 0.3
        cases.append({"scores": scores})
    return cases


SQUEEZE = find_bug(
    "production-find-squeeze",
    "The last batch of the epoch",
    function="decide",
    args=("scores",),
    cases=_column_cases,
    repaired='''
def decide(scores):
    """Return integer decisions (batch,), 1 where the probability is above 0.5; scores (batch, 1)."""
    return (scores[:, 0] > 0).astype(int)
''',
    buggy='''
def decide(scores):
    """Return integer decisions (batch,), 1 where the probability is above 0.5; scores (batch, 1)."""
    return (scores.squeeze() > 0).astype(int)
''',
    witness="(np.array([[0.5]]),)",
    cause="a",
    causes={
        "b": "A probability of 0.5 is a score of 0, so no sigmoid is needed here.",
        "c": "`astype(int)` is right for NumPy; `.float()` is a method of PyTorch's tensors.",
        "d": "A score of exactly 0 is a matter of taste and never seen; look at the shapes.",
    },
    bug_says="With one row `squeeze` removes both axes, and there is no batch left to iterate over.",
    hints=(
        "Print the shape of the result for batches of 3, 2 and 1.",
        "`squeeze` removes *every* axis of length 1, the batch's too.",
        "Name the axis: `scores[:, 0]` or `scores.squeeze(axis=1)`.",
    ),
    wrong=(
        Wrong("column-kept", "The result is still a column (batch, 1); beside labels (batch,) it would be broadcast.",
              swap={"scores[:, 0]": "scores"}),
        Wrong("threshold-on-score", "These are scores: 0.5 as a probability is 0 as a score.",
              swap={"> 0)": "> 0.5)"}),
        Wrong("first-row", "You keep only the first row.", swap={"scores[:, 0]": "scores[0]"}),
        Wrong("reversed", "The decision is reversed: a high score means leaving.", swap={"> 0)": "< 0)"}),
    ),
    right=(
        Right("axis", swap={"scores[:, 0]": "scores.squeeze(axis=1)"}),
        Right("reshape", swap={"scores[:, 0]": "scores.reshape(-1)"}),
        Right("where", swap={"(scores[:, 0] > 0).astype(int)": "np.where(scores.ravel() > 0, 1, 0)"}),
    ),
)  # fmt: skip

# --- a weighted probability ---------------------------------------------------------------------


def _weighted_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"scores": rng.normal(size=n) * 2, "weight": w} for n, w in ((6, 3.35), (1, 0.4), (8, 9.0))
    ]


WEIGHT = find_bug(
    "production-find-inflated",
    "More churn predicted than there is",
    function="churn_probability",
    args=("scores", "weight"),
    cases=_weighted_cases,
    repaired='''
def churn_probability(scores, weight):
    """Return honest probabilities from scores trained with pos_weight = weight."""
    return 1 / (1 + np.exp(-(scores - np.log(weight))))
''',
    buggy='''
def churn_probability(scores, weight):
    """Return honest probabilities from scores trained with pos_weight = weight."""
    return 1 / (1 + np.exp(-scores))
''',
    witness="(np.array([0.0]), 3.35)",
    cause="c",
    causes={
        "a": "The sigmoid is right for a score; what the scores mean has changed.",
        "b": "Overfitting makes answers too sure on both sides; here all of them are moved up.",
        "d": "The threshold does not touch a probability; it only says when to act on it.",
    },
    bug_says="The answer is still the weighted one: training with a weight multiplies the odds by it, so it must be divided out again.",
    hints=(
        "With weight w the best constant answer has odds of w times the honest ones.",
        "Divide the odds by w: on the score this is a subtraction.",
        "`sigmoid(scores - np.log(weight))`.",
    ),
    wrong=(
        Wrong("probability-divided", "You divide the probability; it is the *odds* that were multiplied.",
              swap={"1 / (1 + np.exp(-(scores - np.log(weight))))": "1 / (1 + np.exp(-scores)) / weight"}),
        Wrong("twice", "The weight now counts twice: subtract the logarithm, do not add it.",
              swap={"scores - np.log": "scores + np.log"}),
        Wrong("no-logarithm", "You subtract the weight itself; odds are multiplied, so log-odds move by its logarithm.",
              swap={"np.log(weight)": "weight"}),
        Wrong("scores-divided", "You divide the score by the weight, which changes how sure the answers are and not their level.",
              swap={"scores - np.log(weight)": "scores / weight"}),
    ),
    right=(
        Right("odds", code="""
def churn_probability(scores, weight):
    odds = np.exp(scores) / weight
    return odds / (1 + odds)
"""),
        Right("from p", code="""
def churn_probability(scores, weight):
    p = 1 / (1 + np.exp(-scores))
    return p / (p + weight * (1 - p))
"""),
    ),
)  # fmt: skip

# --- an explanation of nothing ------------------------------------------------------------------


def _row_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"row": rng.normal(size=d) + 1, "mean": rng.normal(size=d), "w": rng.normal(size=d)}
        for d in (4, 1, 6)
    ]


ZERO = find_bug(
    "production-find-zero",
    "Every feature contributes 0.000",
    function="contributions",
    args=("row", "mean", "w"),
    cases=_row_cases,
    repaired='''
def contributions(row, mean, w):
    """Return (d,): how far each feature of this row, against its training mean, moves sigmoid(row @ w)."""
    def p(x):
        return 1 / (1 + np.exp(-(x @ w)))

    x = np.tile(row, (len(row), 1))
    np.fill_diagonal(x, mean)
    return p(row) - p(x)
''',
    buggy='''
def contributions(row, mean, w):
    """Return (d,): how far each feature of this row, against its training mean, moves sigmoid(row @ w)."""
    def p(x):
        return 1 / (1 + np.exp(-(x @ w)))

    out = np.zeros(len(row))
    for i in range(len(row)):
        x = row[None, :].copy()
        x[:, i] = x[:, i].mean()
        out[i] = (p(row) - p(x[0])).item()
    return out
''',
    witness="(np.array([1.0, 2.0]), np.array([0.0, 0.0]), np.array([1.0, -1.0]))",
    cause="d",
    causes={
        "a": "The order is right: with the feature as it is, minus with the feature at its mean.",
        "b": "The copy is made anew for every feature, so nothing is carried over.",
        "c": "The sigmoid is flat only far out; the zeros are exact, for every customer.",
    },
    bug_says="The feature is still replaced by itself: the mean of a single row is that row. Use the training mean.",
    hints=(
        "What is the mean of one number?",
        "The function is given the training means; the found code never uses them.",
        "Set feature i to `mean[i]`, keep the others, and take the difference of the two probabilities.",
    ),
    wrong=(
        Wrong("sign", "The sign is reversed: a feature that raises the risk should have a positive contribution.",
              swap={"p(row) - p(x)": "p(x) - p(row)"}),
        Wrong("zero-reference", "You put 0 in place of the feature; the reference is the training mean.",
              swap={"np.fill_diagonal(x, mean)": "np.fill_diagonal(x, 0.0)"}),
        Wrong("others-replaced", "You replace all *other* features by their means; only feature i should change.",
              swap={"np.tile(row, (len(row), 1))": "np.tile(mean, (len(row), 1))", "np.fill_diagonal(x, mean)": "np.fill_diagonal(x, row)"}),
        Wrong("scores", "You explain the score; the probability is asked for.",
              swap={"1 / (1 + np.exp(-(x @ w)))": "x @ w"}),
    ),
    right=(
        Right("loop", code="""
def contributions(row, mean, w):
    p = lambda x: 1 / (1 + np.exp(-(x @ w)))
    out = []
    for i in range(len(row)):
        x = row.copy()
        x[i] = mean[i]
        out.append(p(row) - p(x))
    return np.array(out)
"""),
        Right("closed form", code="""
def contributions(row, mean, w):
    s = row @ w
    return 1 / (1 + np.exp(-s)) - 1 / (1 + np.exp(-(s - (row - mean) * w)))
"""),
    ),
)  # fmt: skip

# --- the profit of a campaign -------------------------------------------------------------------


def _campaign_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, share, months in ((20, 0.2, 6.0), (10, 0.3, 14.0), (40, 0.1, 9.0)):
        y = rng.permutation((np.arange(n) < 0.4 * n).astype(float))
        p = rng.permutation(n) / (2.0 * n) + 0.2 * y
        cases.append(
            {"p": p, "y": y, "charge": rng.uniform(20, 150, n), "share": share, "months": months}
        )
    return cases


PROFIT = find_bug(
    "production-find-profit",
    "A campaign that cannot pay",
    function="profit",
    args=("p", "y", "charge", "share", "months"),
    cases=_campaign_cases,
    repaired='''
def profit(p, y, charge, share, months):
    """Return the profit of calling the riskiest `share`: 70 % of the leavers called stay and go on
    paying their own monthly charge for `months`; each call costs 50, whoever answers."""
    top = np.argsort(-p)[: round(share * len(p))]
    return 0.7 * np.sum(y[top] * charge[top]) * months - 50.0 * len(top)
''',
    buggy='''
def profit(p, y, charge, share, months):
    """Return the profit of calling the riskiest `share`: 70 % of the leavers called stay and go on
    paying their own monthly charge for `months`; each call costs 50, whoever answers."""
    top = np.argsort(-p)[: round(share * len(p))]
    return 0.7 * np.sum(y[top]) * charge.mean() - 50.0 * len(top)
''',
    witness="(np.array([0.9, 0.1]), np.array([1.0, 0.0]), np.array([60.0, 90.0]), 0.5, 12.0)",
    cause="b",
    causes={
        "a": "The right customers are called: the highest probabilities come first.",
        "c": "The calls are paid for whoever answers; that is as it should be.",
        "d": "70 % of the leavers stay, and the others are lost with or without a call.",
    },
    bug_says="A customer who stays still pays one month of the average charge; they go on paying their *own* charge for `months`.",
    hints=(
        "What does a customer who stays bring in the found code? For how long?",
        "Two things are off: the number of months, and whose charge it is.",
        "`np.sum(y[top] * charge[top]) * months`.",
    ),
    wrong=(
        Wrong("one-month", "A customer who stays still pays for one month alone; multiply by `months`.",
              swap={" * months": ""}),
        Wrong("mean-charge", "You use the mean charge of all customers; those who stay pay their own.",
              swap={"np.sum(y[top] * charge[top])": "np.sum(y[top]) * charge.mean()"}),
        Wrong("stayers-counted", "You credit the call with customers who would have stayed anyway; only leavers bring something.",
              swap={"y[top] * charge[top]": "charge[top]"}),
        Wrong("cost-of-leavers", "Each call costs 50, those to customers who would have stayed too.",
              swap={"50.0 * len(top)": "50.0 * np.sum(y[top])"}),
        Wrong("cost-every-month", "The call is paid once, not every month.",
              swap={"50.0 * len(top)": "50.0 * len(top) * months"}),
        Wrong("misaligned", "The charges are those of the first rows of the table; take `charge[top]`.",
              swap={"charge[top]": "charge[: len(top)]"}),
    ),
    right=(
        Right("loop", code="""
def profit(p, y, charge, share, months):
    total = 0.0
    for i in np.argsort(p)[::-1][: int(round(share * len(p)))]:
        total -= 50
        if y[i]:
            total += 0.7 * months * charge[i]
    return total
"""),
        Right("dot", swap={"np.sum(y[top] * charge[top])": "(y[top] @ charge[top])"}),
    ),
)  # fmt: skip

# --- units in a weighted sum --------------------------------------------------------------------


def _usage_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n in (6, 1, 8):
        x = np.column_stack([rng.poisson(9, n), rng.gamma(4, 25, n), rng.uniform(0, 1, n)]).astype(
            float
        )
        cases.append({"x": x, "mean": np.array([9.0, 100.0, 0.4]), "std": np.array([5.0, 60.0, 0.2]),
                      "weights": np.array([0.3, 0.3, 0.4])})  # fmt: skip
    return cases


ENGAGEMENT = find_bug(
    "production-find-engagement",
    "An engagement made of minutes",
    function="engagement",
    args=("x", "mean", "std", "weights"),
    cases=_usage_cases,
    repaired='''
def engagement(x, mean, std, weights):
    """Return (n,): the weighted engagement of usage columns (sessions, minutes, adoption)."""
    return (x - mean) / std @ weights
''',
    buggy='''
def engagement(x, mean, std, weights):
    """Return (n,): the weighted engagement of usage columns (sessions, minutes, adoption)."""
    return x @ weights
''',
    witness="(np.array([[9.0, 200.0, 0.1]]), np.array([9.0, 100.0, 0.4]), np.array([5.0, 60.0, 0.2]), np.array([0.3, 0.3, 0.4]))",
    cause="a",
    causes={
        "b": "The weights sum to 1, and if they did not, it would only stretch the scale.",
        "c": "The product has one entry per customer, as it should.",
        "d": "Adoption does count least, but not through its weight, which is the largest.",
    },
    bug_says="Columns in different units are still added: minutes run into the hundreds and adoption stays below 1, so the weights mean nothing. Standardize first.",
    hints=(
        "How large is each of the three terms of the sum for a typical customer?",
        "Bring the columns to one scale with the training mean and deviation.",
        "`((x - mean) / std) @ weights`.",
    ),
    wrong=(
        Wrong("own-scale", "You standardize with the rows at hand, so one customer alone always has an engagement of 0; use the training numbers given.",
              swap={"(x - mean) / std": "(x - x.mean(axis=0)) / (x.std(axis=0) + 1e-9)"}),
        Wrong("not-centred", "You divide by the deviation but do not subtract the mean.",
              swap={"(x - mean) / std": "x / std"}),
        Wrong("not-scaled", "You subtract the mean but do not divide by the deviation: minutes still rule.",
              swap={"(x - mean) / std": "(x - mean)"}),
        Wrong("precedence", "Only the mean is divided by the deviation: mind the brackets, `(x - mean) / std`.",
              swap={"(x - mean) / std": "(x - mean / std)"}),
    ),
    right=(
        Right("loop", code="""
def engagement(x, mean, std, weights):
    total = 0
    for j in range(x.shape[1]):
        total = total + weights[j] * (x[:, j] - mean[j]) / std[j]
    return total
"""),
        Right("folded", code="""
def engagement(x, mean, std, weights):
    w = weights / std
    return x @ w - mean @ w
"""),
    ),
)  # fmt: skip

# --- a row that is its own batch ----------------------------------------------------------------


def _norm_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, d in ((6, 3), (1, 4), (5, 2)):
        cases.append({"h": rng.normal(1.0, 2.0, (n, d)), "mean": rng.normal(size=d), "var": rng.uniform(0.5, 3, d),
                      "w": rng.normal(size=d)})  # fmt: skip
    return cases


MODE = find_bug(
    "production-find-mode",
    "All customers have the same risk",
    function="score",
    args=("h", "mean", "var", "w"),
    cases=_norm_cases,
    repaired='''
def score(h, mean, var, w):
    """Return scores (batch,) of hidden values h (batch, d) in service: normalized, then weighted.

    mean and var (d,) are the running statistics of training; eps is 0.01.
    """
    return (h - mean) / np.sqrt(var + 0.01) @ w
''',
    buggy='''
def score(h, mean, var, w):
    """Return scores (batch,) of hidden values h (batch, d) in service: normalized, then weighted.

    mean and var (d,) are the running statistics of training; eps is 0.01.
    """
    return (h - h.mean(axis=0)) / np.sqrt(h.var(axis=0) + 0.01) @ w
''',
    witness="(np.array([[3.0, 1.0]]), np.array([0.0, 0.0]), np.array([1.0, 1.0]), np.array([1.0, 2.0]))",
    cause="c",
    causes={
        "a": "`eps` is as large as in the docstring; without it one row alone would divide 0 by 0.",
        "b": "The weights are applied once, after normalizing.",
        "d": "Rows are samples, and the statistics run over axis 0; the question is *which* samples.",
    },
    bug_says="The layer still normalizes with the batch at hand: a row alone is its own mean, so its score is 0, and in company it depends on its neighbours.",
    hints=(
        "Score one row alone, then the same row together with others.",
        "BatchNorm has two modes. Which one belongs in a service?",
        "Use the running statistics: `(h - mean) / np.sqrt(var + 0.01)`.",
    ),
    wrong=(
        Wrong("mean-only", "The mean is the running one now, but the variance is still the batch's.",
              swap={"np.sqrt(var + 0.01)": "np.sqrt(h.var(axis=0) + 0.01)"}),
        Wrong("variance-only", "The variance is the running one now, but the mean is still the batch's.",
              swap={"h - mean": "h - h.mean(axis=0)"}),
        Wrong("not-rooted", "You divide by the variance; normalizing divides by its root.",
              swap={"np.sqrt(var + 0.01)": "(var + 0.01)"}),
        Wrong("eps-outside", "`eps` belongs under the root, beside the variance.",
              swap={"np.sqrt(var + 0.01)": "(np.sqrt(var) + 0.01)"}),
    ),
    right=(
        Right("power", swap={"(h - mean) / np.sqrt(var + 0.01) @ w": "((h - mean) * (var + 0.01) ** -0.5) @ w"}),
        Right("folded", code="""
def score(h, mean, var, w):
    v = w / np.sqrt(var + 0.01)
    return h @ v - mean @ v
"""),
    ),
)  # fmt: skip

BUGS = (LEAK, SIGMOID, SQUEEZE, WEIGHT, ZERO, PROFIT, ENGAGEMENT, MODE)
