"""Chapter 9, transfer learning: find the bug."""

from __future__ import annotations

import numpy as np

from autograder.bank._transfer_learning_adapters import LOG_SOFTMAX
from autograder.exercise import Case, Right, Wrong
from autograder.kinds import find_bug

# --- an attribute on the wrong object -----------------------------------------------------------

MODULES = '''
class Weight:
    """Some trained numbers, and whether they are trained."""

    def __init__(self, size):
        self.size, self.trained = size, True


class Module:
    """A layer that owns one weight array, or none if size is 0."""

    def __init__(self, size):
        self.weights = [Weight(size)] if size else []
'''


def _count_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"sizes": np.array(sizes), "k": k}
        for sizes, k in (([12, 7, 5, 9], 2), ([4], 1), ([6, 8, 3], 0), ([5, 11, 0, 2], 3))
    ]


UNFREEZE = find_bug(
    "transfer_learning-find-unfrozen",
    "Unfrozen, and still frozen",
    function="trained_weights",
    args=("sizes", "k"),
    cases=_count_cases,
    setup=MODULES,
    repaired='''
def trained_weights(sizes, k):
    """Freeze modules of these sizes, free the last k, and return how many numbers are trained."""
    modules = [Module(int(size)) for size in sizes]
    for module in modules:
        for weight in module.weights:
            weight.trained = False
    for module in modules[len(modules) - int(k) :]:
        for weight in module.weights:
            weight.trained = True
    return sum(w.size for m in modules for w in m.weights if w.trained)
''',
    buggy='''
def trained_weights(sizes, k):
    """Freeze modules of these sizes, free the last k, and return how many numbers are trained."""
    modules = [Module(int(size)) for size in sizes]
    for module in modules:
        for weight in module.weights:
            weight.trained = False
    for module in modules[len(modules) - int(k) :]:
        module.trained = True
    return sum(w.size for m in modules for w in m.weights if w.trained)
''',
    witness="(np.array([3, 4, 5]), 1)",
    cause="c",
    causes={
        "a": "The slice is right: the last k modules, and none for k = 0.",
        "b": "The freezing loop is right: it visits every weight.",
        "d": "The sum is right: it counts what is marked as trained. Print the marks before it.",
    },
    bug_says="You still set `trained` on the module: Python makes a new attribute there, no error is "
    "raised, and the weights stay frozen.",
    hints=(
        "For k = 1, how many numbers are trained? How many should be?",
        "Which object does the sum ask about `trained`, and which one does the second loop change?",
        "Loop over `module.weights` and set `weight.trained = True`.",
    ),
    wrong=(
        Wrong(
            "everything-for-zero",
            "`modules[-k:]` with k = 0 is the whole list: asking for none frees everything.",
            swap={"modules[len(modules) - int(k) :]": "modules[-k:]"},
        ),
        Wrong(
            "first-not-last",
            "You free the first k modules; the last ones are next to the head.",
            swap={"modules[len(modules) - int(k) :]": "modules[:k]"},
        ),
        Wrong(
            "never-frozen",
            "Now nothing is frozen at all: the freezing loop must still run over all weights.",
            swap={"weight.trained = False": "pass"},
        ),
        Wrong(
            "modules-counted",
            "You return the number of weight arrays; count the numbers in them.",
            swap={"sum(w.size for m": "sum(1 for m"},
        ),
    ),
    right=(
        Right(
            "one loop",
            code="""
def trained_weights(sizes, k):
    modules = [Module(int(size)) for size in sizes]
    for i, module in enumerate(modules):
        for weight in module.weights:
            weight.trained = i >= len(modules) - k
    return sum(w.size for m in modules for w in m.weights if w.trained)
""",
        ),
        Right(
            "reversed",
            swap={"modules[len(modules) - int(k) :]": "modules[::-1][:k]"},
        ),
    ),
)

# --- statistics that move -----------------------------------------------------------------------

NORM_CLASS = '''
class Norm:
    """BatchNorm without scale and shift; its running mean is a buffer, not a parameter."""

    def __init__(self, mean, var):
        self.mean, self.var, self.trained = mean.copy(), var.copy(), True

    def forward(self, x, train):
        mean, var = self.mean, self.var
        if train:
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.mean += 0.3 * (mean - self.mean)
            self.var += 0.3 * (var - self.var)
        return (x - mean) / np.sqrt(var + 0.01)
'''


def _buffer_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "x": rng.normal(size=(n, k)) + 1,
            "mean": rng.normal(size=k),
            "var": rng.uniform(0.5, 2, k),
        }
        for n, k in ((5, 3), (4, 2), (7, 4))
    ]


BUFFERS = find_bug(
    "transfer_learning-find-moving-body",
    "The frozen body that moves",
    function="frozen_features",
    args=("x", "mean", "var"),
    cases=_buffer_cases,
    setup=NORM_CLASS,
    repaired='''
def frozen_features(x, mean, var):
    """Return features of x from a frozen body, and below them its mean afterwards, as one array."""
    norm = Norm(mean, var)
    norm.trained = False
    features = norm.forward(x, train=False)
    return np.vstack([features, norm.mean])
''',
    buggy='''
def frozen_features(x, mean, var):
    """Return features of x from a frozen body, and below them its mean afterwards, as one array."""
    norm = Norm(mean, var)
    norm.trained = False
    features = norm.forward(x, train=True)
    return np.vstack([features, norm.mean])
''',
    witness="(np.array([[1.0], [3.0]]), np.array([0.0]), np.array([1.0]))",
    cause="b",
    causes={
        "a": "The copies keep the caller's arrays safe; the layer's own still move.",
        "c": "The formula of the normalization is right, for the statistics it is given.",
        "d": "`trained = False` keeps the optimizer away from parameters; the statistics are not "
        "moved by the optimizer.",
    },
    bug_says="The body still runs in training mode: it normalizes with this batch and moves its "
    "running statistics, though no parameter is trained.",
    hints=(
        "Compare `norm.mean` before and after.",
        "Who changes `norm.mean`: the optimizer, or the forward pass?",
        "A frozen body runs with `train=False`.",
    ),
    wrong=(
        Wrong(
            "mean-put-back",
            "You put the running mean back, but the features were still normalized with the batch's "
            "own statistics.",
            swap={
                "norm.forward(x, train=False)": "norm.forward(x, train=True)",
                "norm.mean])": "mean])",
            },
        ),
        Wrong(
            "afterwards",
            "The first pass in training mode has already moved the statistics that the second uses.",
            swap={
                "features = norm": "norm.forward(x, train=True)\n    features = norm",
            },
        ),
        Wrong(
            "raw-input",
            "You return the inputs themselves: frozen does not mean skipped.",
            swap={"features = norm.forward(x, train=False)": "features = x"},
        ),
        Wrong(
            "fresh-statistics",
            "You start from mean 0 and variance 1: the body's own statistics are part of what it "
            "learned.",
            swap={"Norm(mean, var)": "Norm(0 * mean, 0 * var + 1)"},
        ),
    ),
    right=(
        Right("positional", swap={"train=False": "False"}),
        Right(
            "by hand",
            code="""
def frozen_features(x, mean, var):
    return np.vstack([(x - mean) / np.sqrt(var + 0.01), mean])
""",
        ),
    ),
)

# --- rates that cross ---------------------------------------------------------------------------

SCHEDULE = find_bug(
    "transfer_learning-find-crossed-rates",
    "A body faster than its head",
    function="rates_in",
    args=("stage",),
    cases=lambda rng: [{"stage": s} for s in (0, 1, 2, 3)],
    repaired='''
def rates_in(stage):
    """Return (body, head) rates of stage 0-3: the head's falls tenfold per stage from 1e-3; the
    body's is 0 in stage 0 and a tenth of the head's from then on."""
    head = 1e-3 * 10.0**-stage
    body = 0.0 if stage == 0 else head / 10
    return np.array([body, head])
''',
    buggy='''
def rates_in(stage):
    """Return (body, head) rates of stage 0-3: the head's falls tenfold per stage from 1e-3; the
    body's is 0 in stage 0 and a tenth of the head's from then on."""
    head = 1e-3 * 10.0**-stage
    body = 0.0 if stage == 0 else 1e-6 * 10.0**stage
    return np.array([body, head])
''',
    witness="(2,)",
    cause="a",
    causes={
        "b": "The head's rate is as the text says: 1e-3, 1e-4, 1e-5, 1e-6.",
        "c": "In stage 0 the body is frozen, and a rate of 0 does that.",
        "d": "The order is body first, head second, as the text says.",
    },
    bug_says="The body's rate still rises while the head's falls: from stage 2 on the trained "
    "features move faster than the head, which is what thawing slowly was to prevent.",
    hints=(
        "Write the four pairs of rates in a table.",
        "In stage 1 the pair is right. Which of the two has the wrong direction after that?",
        "`body = 0.0 if stage == 0 else head / 10`.",
    ),
    wrong=(
        Wrong(
            "constant-body",
            "The body keeps 1e-5, and the head falls below it in stage 3.",
            swap={"else head / 10": "else 1e-5"},
        ),
        Wrong(
            "never-thawed",
            "The body's rate is 0 in every stage: it never thaws.",
            swap={"0.0 if stage == 0 else head / 10": "0.0"},
        ),
        Wrong(
            "same-rate",
            "Body and head have the same rate; the body's should be a tenth.",
            swap={"else head / 10": "else head"},
        ),
        Wrong(
            "thawed-at-once",
            "The body trains in stage 0 already, below a head that is still random.",
            swap={"0.0 if stage == 0 else head / 10": "head / 10"},
        ),
    ),
    right=(
        Right("comparison", swap={"0.0 if stage == 0 else head / 10": "(stage > 0) * head / 10"}),
        Right(
            "table",
            code="""
def rates_in(stage):
    return np.array([(0, 1e-3), (1e-5, 1e-4), (1e-6, 1e-5), (1e-7, 1e-6)][stage], dtype=float)
""",
        ),
    ),
)

# --- strategies that inherit from one another ---------------------------------------------------


def _compare_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"theta": rng.normal(size=n), "grads": rng.normal(size=(m, n)), "lr": lr}
        for n, m, lr in ((4, 3, 0.3), (2, 1, 0.5), (5, 2, 0.7))
    ]


CLONE = find_bug(
    "transfer_learning-find-inherited",
    "The order decides who wins",
    function="compare",
    args=("theta", "grads", "lr"),
    cases=_compare_cases,
    repaired='''
def compare(theta, grads, lr):
    """Take one step per strategy (row of grads), each from the same weights theta; return the
    squared size of the weights after each, shape (strategies,)."""
    results = []
    for grad in grads:
        adapted = theta.copy()
        adapted -= lr * grad
        results.append(np.sum(adapted**2))
    return np.array(results)
''',
    buggy='''
def compare(theta, grads, lr):
    """Take one step per strategy (row of grads), each from the same weights theta; return the
    squared size of the weights after each, shape (strategies,)."""
    results = []
    for grad in grads:
        adapted = theta
        adapted -= lr * grad
        results.append(np.sum(adapted**2))
    return np.array(results)
''',
    witness="(np.array([1.0, 2.0]), np.array([[1.0, 0.0], [0.0, 1.0]]), 0.5)",
    cause="d",
    causes={
        "a": "The squared size is right; what it is the size of is the question.",
        "b": "The sign of the step is right: downhill.",
        "c": "The loop visits every row once. Look at what the second one starts from.",
    },
    bug_says="All strategies still work on the same array: `adapted = theta` is a second name, not a "
    "copy, so each strategy starts where the last one stopped.",
    hints=(
        "Give it the same row twice. Do you get the same result twice?",
        "`adapted -= ...` changes an array in place. Whose array is it?",
        "Start every strategy with `adapted = theta.copy()`.",
    ),
    wrong=(
        Wrong(
            "uphill",
            "The copy is right; the step now climbs.",
            swap={"adapted -= lr * grad": "adapted += lr * grad"},
        ),
        Wrong(
            "no-step",
            "You measure the weights before the step.",
            swap={"np.sum(adapted**2)": "np.sum(theta**2)"},
        ),
        Wrong(
            "rate-lost",
            "The learning rate is lost: the step is `lr * grad`.",
            swap={"adapted -= lr * grad": "adapted -= grad"},
        ),
    ),
    right=(
        Right(
            "new array",
            swap={
                "        adapted = theta.copy()\n": "",
                "adapted -= lr * grad": "adapted = theta - lr * grad",
            },
        ),
        Right(
            "no loop",
            code="""
def compare(theta, grads, lr):
    return ((theta - lr * grads) ** 2).sum(axis=1)
""",
        ),
    ),
)

# --- a batch that is never opened ---------------------------------------------------------------


def _batch_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"x": rng.normal(size=(n, k)), "y": rng.normal(size=n), "w": rng.normal(size=k), "size": s}
        for n, k, s in ((7, 3, 2), (1, 4, 3), (6, 2, 3))
    ]


BATCH = find_bug(
    "transfer_learning-find-unopened",
    "The batch that is never opened",
    function="epoch_loss",
    args=("x", "y", "w", "size"),
    cases=_batch_cases,
    repaired='''
def epoch_loss(x, y, w, size):
    """Return the mean of (x w - y)**2 over all rows, computed in batches of up to size rows."""
    size = int(size)
    batches = [(x[i : i + size], y[i : i + size]) for i in range(0, len(x), size)]
    total = 0.0
    for inputs, targets in batches:
        total += np.sum((inputs @ w - targets) ** 2)
    return total / len(x)
''',
    buggy='''
def epoch_loss(x, y, w, size):
    """Return the mean of (x w - y)**2 over all rows, computed in batches of up to size rows."""
    size = int(size)
    batches = [(x[i : i + size], y[i : i + size]) for i in range(0, len(x), size)]
    inputs, targets = batches[0]
    total = 0.0
    for batch in batches:
        total += np.sum((inputs @ w - targets) ** 2)
    return total / len(x)
''',
    witness="(np.array([[1.0], [2.0]]), np.array([0.0, 0.0]), np.array([1.0]), 1)",
    cause="b",
    causes={
        "a": "The slices are right: they cover every row once, and the last may be shorter.",
        "c": "The division is right: a sum over all rows, divided by their number.",
        "d": "The total starts at 0 and is added to, as it should be. What is added?",
    },
    bug_says="Every turn of the loop still uses the first batch: the loop variable is never unpacked "
    "into `inputs` and `targets`.",
    hints=(
        "Print `inputs` in every turn of the loop.",
        "Which names does the body of the loop use, and which name does the loop set?",
        "`for inputs, targets in batches:`",
    ),
    wrong=(
        Wrong(
            "mean-of-means",
            "You average the batches' means: a shorter last batch then counts too much.",
            swap={
                "np.sum((inputs": "np.mean((inputs",
                "total / len(x)": "total / len(batches)",
            },
        ),
        Wrong(
            "divided-by-batches",
            "You divide the sum over all rows by the number of batches; divide by the rows.",
            swap={"total / len(x)": "total / len(batches)"},
        ),
        Wrong(
            "last-only",
            "Only the last batch counts: add, do not overwrite.",
            swap={"total +=": "total ="},
        ),
        Wrong(
            "rest-dropped",
            "The shorter last batch is dropped.",
            swap={"range(0, len(x), size)": "range(0, max(len(x) - size + 1, 0), size)"},
        ),
    ),
    right=(
        Right(
            "unpacked inside",
            swap={
                "for inputs, targets in batches:": "for batch in batches:\n        inputs, targets = batch"
            },
        ),
        Right(
            "all at once",
            code="""
def epoch_loss(x, y, w, size):
    return np.mean((x @ w - y) ** 2)
""",
        ),
    ),
)

# --- a soft target that fades -------------------------------------------------------------------


def _soft_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"scores": rng.normal(size=(n, k)), "teacher": 2 * rng.normal(size=(n, k)), "T": T}
        for n, k, T in ((5, 3, 4.0), (1, 4, 2.5), (6, 2, 3.0))
    ]


SOFT = find_bug(
    "transfer_learning-find-faint-teacher",
    "The teacher that grows faint",
    function="soft_loss",
    args=("scores", "teacher", "T"),
    cases=_soft_cases,
    setup=LOG_SOFTMAX,
    repaired='''
def soft_loss(scores, teacher, T):
    """Return the mean KL divergence of the student from the teacher, both at temperature T, scaled
    so that the size of its gradient hardly depends on T."""
    log_p, log_q = log_softmax(teacher / T), log_softmax(scores / T)
    return T**2 * np.mean(np.sum(np.exp(log_p) * (log_p - log_q), axis=1))
''',
    buggy='''
def soft_loss(scores, teacher, T):
    """Return the mean KL divergence of the student from the teacher, both at temperature T, scaled
    so that the size of its gradient hardly depends on T."""
    log_p, log_q = log_softmax(teacher / T), log_softmax(scores / T)
    return np.mean(np.sum(np.exp(log_p) * (log_p - log_q), axis=1))
''',
    witness="(np.array([[1.0, 0.0]]), np.array([[0.0, 2.0]]), 2.0)",
    cause="c",
    causes={
        "a": "The divergence is taken the right way round: weighed by the teacher.",
        "b": "Both are softened by the same T, as they should be.",
        "d": "A gradient check passes: value and gradient belong together, and both are too small.",
    },
    bug_says="The factor `T**2` is still missing: the gradient shrinks like 1 / T**2, so at T = 4 the "
    "labels drown the teacher.",
    hints=(
        "Compute the gradient's size for T = 1, 2, 4 and 8.",
        "One 1/T comes from `scores / T`, another from the softened probabilities being closer.",
        "Multiply the divergence by `T**2`.",
    ),
    wrong=(
        Wrong(
            "one-t-only",
            "One factor T is not enough: the gradient shrinks like 1 / T**2.",
            swap={"T**2 * np.mean": "T * np.mean"},
        ),
        Wrong(
            "divided",
            "You divide by `T**2`; multiply.",
            swap={"T**2 * np.mean": "T**-2.0 * np.mean"},
        ),
        Wrong(
            "teacher-only",
            "Now the student is not softened any more: a student equal to the teacher has a loss.",
            swap={"log_softmax(scores / T)": "log_softmax(scores)"},
        ),
        Wrong(
            "entries-averaged",
            "You average over the classes too; a divergence is a sum over them.",
            swap={
                "np.mean(np.sum(np.exp(log_p) * (log_p - log_q), axis=1))": "np.mean(np.exp(log_p) * (log_p - log_q))"
            },
        ),
    ),
    right=(
        Right(
            "sum by rows",
            swap={
                "T**2 * np.mean(np.sum(np.exp(log_p) * (log_p - log_q), axis=1))": "T * T * np.sum("
                "np.exp(log_p) * (log_p - log_q)) / len(scores)"
            },
        ),
        Right(
            "cross-entropy minus entropy",
            code="""
def soft_loss(scores, teacher, T):
    p = np.exp(log_softmax(teacher / T))
    cross = -(p * log_softmax(scores / T)).sum(axis=1)
    own = -(p * np.log(p)).sum(axis=1)
    return T**2 * (cross - own).mean()
""",
        ),
    ),
)

BUGS = (UNFREEZE, BUFFERS, SCHEDULE, CLONE, BATCH, SOFT)
