"""Chapter 1, from the step to gradients: descent, logistic regression, margin, approximation."""

from __future__ import annotations

import numpy as np

from autograder.bank._numeric import grad
from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.kinds import choice, prediction
from autograder.probe import call

# --- gradient descent ---------------------------------------------------------------------------


def _descend_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"w": 0.0, "a": 2.0, "target": 3.0, "lr": 0.1, "steps": 6},
        {"w": float(rng.normal()), "a": 0.7, "target": -1.5, "lr": 0.4, "steps": 3},
        {"w": float(rng.normal()), "a": 3.0, "target": 0.8, "lr": 0.6, "steps": 1},
    ]


def _descend_truth(case: Case) -> Values:
    k = np.arange(case["steps"] + 1)
    shrink = (1 - case["lr"] * case["a"]) ** k
    return {"path": case["target"] + shrink * (case["w"] - case["target"])}


DESCEND = Exercise(
    name="perceptrons-descend",
    title="Walk downhill",
    difficulty=1,
    minutes=8,
    points=2,
    kind="loop",
    cases=_descend_cases,
    probe=call,
    options={"name": "descend", "args": ("w", "a", "target", "lr", "steps"), "returns": ("path",)},
    truth=_descend_truth,
    reference='''
def descend(w, a, target, lr, steps):
    """Return w before the first and after every step of descent on a/2 * (w - target)**2."""
    path = np.zeros(steps + 1)
    path[0] = w
    for k in range(steps):
        gradient = a * (w - target)
        w = w - lr * gradient
        path[k + 1] = w
    return path
''',
    wrong=(
        Wrong(
            "uphill",
            "Your path climbs: the gradient points uphill, so subtract `lr` times the gradient.",
            swap={"w - lr * gradient": "w + lr * gradient"},
        ),
        Wrong(
            "start-missing",
            "Your path leaves out the start: it has `steps` entries instead of `steps + 1`.",
            swap={"return path": "return path[1:]"},
        ),
        Wrong(
            "end-missing",
            "Your path leaves out the last step: it has `steps` entries instead of `steps + 1`.",
            swap={"return path": "return path[:-1]"},
        ),
        Wrong(
            "stale-gradient",
            "Your steps all use the gradient of the start: compute it anew at every `w`.",
            swap={"a * (w - target)": "a * (path[0] - target)"},
        ),
        Wrong(
            "factor-two",
            "Your gradient is twice too large: the 1/2 in front of the square cancels the 2 of its derivative.",
            swap={"a * (w - target)": "2 * a * (w - target)"},
        ),
        Wrong(
            "curvature-forgotten",
            "Your gradient lacks the factor `a`: it is `a * (w - target)`.",
            swap={"a * (w - target)": "(w - target)"},
        ),
        Wrong(
            "rate-forgotten",
            "Your steps are the whole gradient: multiply it by the learning rate `lr`.",
            swap={"lr * gradient": "gradient"},
        ),
        Wrong(
            "losses",
            "Your path holds the loss at every step; it should hold `w`.",
            swap={"return path": "return a / 2 * (path - target) ** 2"},
        ),
    ),
    right=(
        Right(
            "closed form",
            code="""
def descend(w, a, target, lr, steps):
    return np.array([target + (1 - lr * a) ** k * (w - target) for k in range(steps + 1)])
""",
        ),
        Right(
            "list",
            code="""
def descend(w, a, target, lr, steps):
    path = [w]
    while len(path) <= steps:
        path.append(path[-1] - lr * a * (path[-1] - target))
    return np.array(path)
""",
        ),
        Right(
            "recursion",
            code="""
def descend(w, a, target, lr, steps):
    if steps == 0:
        return np.array([w])
    return np.append(w, descend(w - lr * a * (w - target), a, target, lr, steps - 1))
""",
        ),
    ),
    hints=(
        "What is the derivative of `a/2 * (w - target)**2` with respect to `w`?",
        "It is `a * (w - target)`. Each step subtracts `lr` times that, at the `w` of that moment.",
        "Put `w` into `path[0]`; then in a loop: `w = w - lr * a * (w - target)` and `path[k + 1] = w`.",
    ),
)

DIVERGENCE = prediction(
    "perceptrons-divergence-rate",
    "Predict: the rate where descent breaks",
    truth=1.0,
    within=0.02,
    mistakes={
        "one-step": (
            0.5,
            "At `lr` = 0.5 the first step lands exactly on the minimum; it takes twice that rate to jump as far beyond it as one was before.",
        ),
        "factor-missed": (
            2.0,
            "That is the rate for (w - 3)**2 / 2; here the gradient is 2 (w - 3), so each step is twice as long.",
        ),
        "small": (0.1, "At `lr` = 0.1 the distance to 3 shrinks by a factor 0.8 in every step."),
        "three": (
            3.0,
            "Where the minimum lies does not matter: the distance to it is multiplied by 1 - 2 lr in every step.",
        ),
    },
    hints=(
        "Follow the distance to the minimum, d = w - 3, through one step.",
        "The gradient is 2d, so the step gives d - lr * 2d = (1 - 2 lr) d.",
        "The distance grows as soon as 1 - 2 lr is below -1.",
    ),
)


# --- logistic regression ------------------------------------------------------------------------


def _logistic_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for n, d, lr in ((5, 3, 0.3), (1, 2, 0.7), (8, 4, 1.5)):
        target = (np.arange(n) % 3 == 0).astype(float)
        X, w = rng.normal(size=(n, d)), rng.normal(size=d)
        cases.append({"X": X, "target": target, "w": w, "b": float(rng.uniform(0.2, 1)), "lr": lr})
    return cases


def _logistic_loss(X: np.ndarray, target: np.ndarray, v: np.ndarray) -> float:
    z = X @ v[:-1] + v[-1]
    return float(np.mean(np.logaddexp(0, z) - target * z))


def _logistic_truth(case: Case) -> Values:
    v = np.append(case["w"], case["b"])
    slope = grad(lambda u: _logistic_loss(case["X"], case["target"], u), v)
    new = v - case["lr"] * slope
    return {
        "loss": np.array(_logistic_loss(case["X"], case["target"], v)),
        "w": new[:-1],
        "b": new[-1],
    }


LOGISTIC = Exercise(
    name="perceptrons-logistic",
    title="One step of logistic regression",
    difficulty=3,
    minutes=18,
    points=4,
    kind="loop",
    cases=_logistic_cases,
    probe=call,
    options={
        "name": "logistic_step",
        "args": ("X", "target", "w", "b", "lr"),
        "returns": ("loss", "w", "b"),
    },
    truth=_logistic_truth,
    reference='''
def logistic_step(X, target, w, b, lr):
    """Return the loss before the step, and w and b after it."""
    n = len(X)
    p = 1 / (1 + np.exp(-(X @ w + b)))
    loss = -np.mean(target * np.log(p) + (1 - target) * np.log(1 - p))
    dz = (p - target) / n
    w = w - lr * (X.T @ dz)
    b = b - lr * dz.sum()
    return loss, w, b
''',
    wrong=(
        Wrong(
            "gradient-summed",
            "Your step is the batch size too long: the loss is a mean over the samples, so its gradient is divided by `n` too.",
            swap={"(p - target) / n": "(p - target)"},
        ),
        Wrong(
            "uphill",
            "Your step climbs: the gradient holds `p - target` and is subtracted.",
            swap={"(p - target) / n": "(target - p) / n"},
        ),
        Wrong(
            "sigmoid-slope-twice",
            "Your gradient has a factor `p * (1 - p)` too many: in this loss the sigmoid's slope cancels, and `p - target` is left.",
            swap={"(p - target) / n": "(p - target) * p * (1 - p) / n"},
        ),
        Wrong(
            "hard-answers",
            "Your gradient uses the answers 0 or 1 of the perceptron; logistic regression uses the probability `p` itself.",
            swap={"(p - target) / n": "((p >= 0.5) - target) / n"},
        ),
        Wrong(
            "one-sided-loss",
            "Your `loss` has only the samples with target 1: the term `(1 - target) * np.log(1 - p)` is missing.",
            swap={" + (1 - target) * np.log(1 - p)": ""},
        ),
        Wrong(
            "loss-sign",
            "Your `loss` is negative: the logarithm of a probability is below 0, so the mean needs a minus.",
            swap={"-np.mean": "np.mean"},
        ),
        Wrong(
            "loss-summed",
            "Your `loss` is a sum over the samples; take the mean.",
            swap={"-np.mean": "-np.sum"},
        ),
        Wrong(
            "squared-loss",
            "Your `loss` is the squared error; logistic regression takes minus the logarithm of the probability of the right answer.",
            swap={
                "-np.mean(target * np.log(p) + (1 - target) * np.log(1 - p))": "np.mean((p - target) ** 2)"
            },
        ),
        Wrong(
            "loss-after",
            "Your `loss` is the one after the step; return the loss of the weights that came in.",
            swap={
                "    return loss": "    p = 1 / (1 + np.exp(-(X @ w + b)))\n    loss = -np.mean(target * np.log(p) + (1 - target) * np.log(1 - p))\n    return loss"
            },
        ),
        Wrong(
            "bias-after-weights",
            "Your `b` uses probabilities computed with the new weights: take both gradients first, then move both.",
            swap={
                "    b = b - lr": "    dz = (1 / (1 + np.exp(-(X @ w + b))) - target) / n\n    b = b - lr"
            },
        ),
        Wrong(
            "bias-kept",
            "Your `b` never changes: its gradient is the sum of `(p - target) / n` over the samples.",
            swap={"b = b - lr * dz.sum()": "b = b + 0.0"},
        ),
        Wrong(
            "bias-averaged-twice",
            "Your `b` moves too little: its gradient is divided by `n` once too often.",
            swap={"dz.sum()": "dz.mean()"},
        ),
        Wrong(
            "in-place",
            "Your numbers are right, but `w -= ...` also changes the array that the caller passed in: write `w = w - ...`.",
            swap={"w = w - lr * (X.T @ dz)": "w -= lr * (X.T @ dz)"},
        ),
    ),
    right=(
        Right(
            "loops",
            code="""
def logistic_step(X, target, w, b, lr):
    loss, dw, db = 0.0, np.zeros(len(w)), 0.0
    for x, t in zip(X, target):
        p = 1 / (1 + np.exp(-(x @ w + b)))
        loss -= np.log(p if t == 1 else 1 - p)
        dw += (p - t) * x
        db += p - t
    n = len(X)
    return loss / n, w - lr * dw / n, b - lr * db / n
""",
        ),
        Right(
            "stable loss",
            code="""
def logistic_step(X, target, w, b, lr):
    z = X @ w + b
    loss = np.mean(np.logaddexp(0, z) - target * z)
    p = 0.5 * (1 + np.tanh(z / 2))
    return loss, w - lr * np.mean((p - target)[:, None] * X, axis=0), b - lr * np.mean(p - target)
""",
        ),
        Right(
            "float32 inside",
            swap={"X @ w + b": "(X.astype(np.float32) @ w.astype(np.float32)) + np.float32(b)"},
        ),
    ),
    hints=(
        "Four lines, one per step of learning: probabilities, loss, gradients, update.",
        "`p = 1 / (1 + np.exp(-(X @ w + b)))`; the loss is minus the mean of `log(p)` where the target is 1 and of `log(1 - p)` where it is 0.",
        "With `dz = (p - target) / n` the gradients are `X.T @ dz` and `dz.sum()`; subtract `lr` times each.",
    ),
)


# --- margin -------------------------------------------------------------------------------------


def _margin_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for n, d in ((6, 3), (1, 2), (9, 4)):
        X, w, b = 2 * rng.normal(size=(n, d)), 3 * rng.normal(size=d), float(rng.uniform(1, 2))
        X += 0.3 * np.sign(X @ w + b)[:, None] * w / np.sqrt(w @ w)
        cases.append({"X": X, "target": (X @ w + b >= 0).astype(float), "w": w, "b": b})
    return cases


MARGIN = Exercise(
    name="perceptrons-margin",
    title="How many mistakes at most?",
    difficulty=3,
    minutes=15,
    points=3,
    cases=_margin_cases,
    probe=call,
    options={
        "name": "mistake_bound",
        "args": ("X", "target", "w", "b"),
        "returns": ("margin", "bound"),
    },
    reference='''
def mistake_bound(X, target, w, b):
    """Return the margin of the weights (w, b), and Novikoff's bound R**2 / margin**2."""
    X1 = np.column_stack([X, np.ones(len(X))])
    v = np.append(w, b)
    sign = 2 * target - 1
    margin = np.min(sign * (X1 @ v)) / np.sqrt(v @ v)
    R = np.sqrt(np.max(np.sum(X1 * X1, axis=1)))
    return margin, R**2 / margin**2
''',
    wrong=(
        Wrong(
            "not-normalized",
            "Your `margin` grows when the weights are scaled up, though the boundary stays: divide by the length of (w, b).",
            swap={" / np.sqrt(v @ v)": ""},
        ),
        Wrong(
            "length-without-bias",
            "Your `margin` divides by the length of `w` alone; here the bias counts as the weight of an input that is always 1.",
            swap={"np.sqrt(v @ v)": "np.sqrt(w @ w)"},
        ),
        Wrong(
            "squared-length",
            "Your `margin` divides by the squared length of (w, b): a square root is missing.",
            swap={"np.sqrt(v @ v)": "(v @ v)"},
        ),
        Wrong(
            "mean",
            "Your `margin` is an average; the margin is the distance of the nearest sample, the smallest of all.",
            swap={"np.min(": "np.mean("},
        ),
        Wrong(
            "farthest",
            "Your `margin` is the distance of the farthest sample; it is the nearest that counts.",
            swap={"np.min(": "np.max("},
        ),
        Wrong(
            "unsigned-targets",
            "Your `margin` is negative or 0: samples with target 0 lie on the other side, so their sums need a minus (2 * target - 1 is -1 or 1).",
            swap={"sign * (X1 @ v)": "(X1 @ v)"},
        ),
        Wrong(
            "radius-without-one",
            "Your `R` leaves out the constant input 1 that carries the bias, so it is a little too small.",
            swap={"np.sum(X1 * X1, axis=1)": "np.sum(X * X, axis=1)"},
        ),
        Wrong(
            "radius-not-squared",
            "Your `bound` has `R` in it; Novikoff's bound has its square.",
            swap={"R**2 /": "R /"},
        ),
        Wrong(
            "margin-not-squared",
            "Your `bound` divides by the margin; it should divide by the margin squared.",
            swap={"/ margin**2": "/ margin"},
        ),
        Wrong(
            "smallest-radius",
            "Your `R` is the length of the shortest sample; the ball has to hold them all, so take the longest.",
            swap={"np.max(": "np.min("},
        ),
    ),
    right=(
        Right(
            "loop",
            code="""
def mistake_bound(X, target, w, b):
    length = (sum(w**2) + b**2) ** 0.5
    margin, R2 = np.inf, 0.0
    for x, t in zip(X, target):
        z = x @ w + b
        margin = min(margin, (z if t == 1 else -z) / length)
        R2 = max(R2, x @ x + 1)
    return margin, R2 / margin**2
""",
        ),
        Right(
            "norms",
            code="""
def mistake_bound(X, target, w, b):
    v = np.hstack([w, b])
    v = v / np.linalg.norm(v)
    X1 = np.hstack([X, np.ones((len(X), 1))])
    margin = (np.where(target == 1, 1, -1) * (X1 @ v)).min()
    return margin, (np.linalg.norm(X1, axis=1).max() / margin) ** 2
""",
        ),
        Right("absolute", swap={"sign * (X1 @ v)": "np.abs(X1 @ v)"}),
    ),
    hints=(
        "Begin with `X1`: `X` with a column of ones. The bias is then the last weight, `v = np.append(w, b)`.",
        "A sample's distance is `X1 @ v` over the length of `v`, with the sign turned where the target is 0.",
        "margin = the smallest of those distances; R = the largest length of a row of `X1`; the bound is R**2 / margin**2.",
    ),
)


# --- initial weights ----------------------------------------------------------------------------

RMS = prediction(
    "perceptrons-rms-guess",
    "Predict: weights from -0.5 to 0.5, 512 inputs",
    truth=float(np.sqrt(512 / 12)),
    within=0.2,
    mistakes={
        "variance": (
            512 / 12,
            "That is the variance of the sum, 512/12; its typical size is the square root of that.",
        ),
        "largest-weight": (
            256.0,
            "That would take 512 weights of 0.5, all pulling the same way; random signs mostly cancel.",
        ),
        "one-weight": (
            float(np.sqrt(1 / 12)),
            "That is the spread of a single weight; variances add up over 512 inputs.",
        ),
        "half-spread": (
            float(np.sqrt(512) / 2),
            "That takes 0.5 for the spread of a weight; spread evenly over -0.5 to 0.5 it is the square root of 1/12, about 0.29.",
        ),
        "unchanged": (
            1.0,
            "The size stays 1 only if the variance of a weight is 1 over the number of inputs, 1/512; here it is 1/12.",
        ),
    },
    hints=(
        "Variances of independent terms add. What is the variance of one weight times an input of size 1?",
        "A number spread evenly over an interval of length 1 has variance 1/12.",
        "The variance of the sum is 512/12; you want its square root.",
    ),
)


# --- approximation ------------------------------------------------------------------------------

QUANTIFIERS = choice(
    "perceptrons-quantifiers",
    "What the theorem promises",
    answer="d",
    options={
        "a": "The order is turned round: no single network is close to every function; the network depends on the function and on the tolerance.",
        "b": "The theorem says that good weights exist; it is silent on whether training finds them.",
        "c": "The theorem speaks of a compact set, such as a closed box; outside it the network may do anything, as the plot of x = 2 showed.",
    },
    hints=(
        "Look at what is chosen first, and what may then depend on it.",
        "First come the function, the box and the tolerance; after that comes the network. Nothing is said of learning.",
        "For every f on a compact set and every tolerance there is a network: (d).",
    ),
)

SQUARES = choice(
    "perceptrons-square-units",
    "What squares can build",
    answer="a",
    options={
        "b": "More units only make other parabolas: a sum of squares of a*x + b is again of the form A*x**2 + B*x + C.",
        "c": "The square is not linear, and yet it fails: being non-linear is not enough.",
        "d": "ReLU is not bounded either, and yet it works; boundedness is not what matters.",
    },
    hints=(
        "Write out (a*x + b)**2, and add a few of them with weights.",
        "However many you add, no power above x**2 ever appears.",
        "Every such network is a parabola: (a).",
    ),
)


def _saw_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"x": rng.uniform(0, 1, size=n), "depth": depth}
        for n, depth in ((7, 3), (1, 1), (12, 5), (4, 2))
    ]


def _saw_truth(case: Case) -> Values:
    """Triangle wave with 2**(depth - 1) teeth, written without composing anything."""
    return {"y": 1 - np.abs((case["x"] * 2.0 ** case["depth"]) % 2 - 1)}


SAWTOOTH = Exercise(
    name="perceptrons-sawtooth",
    title="Two ReLUs per layer, folded",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_saw_cases,
    probe=call,
    options={"name": "sawtooth", "args": ("x", "depth"), "returns": ("y",)},
    truth=_saw_truth,
    reference='''
def sawtooth(x, depth):
    """Return the tent 2 relu(x) - 4 relu(x - 1/2), applied depth times."""
    y = x
    for _ in range(depth):
        y = 2 * np.maximum(y, 0) - 4 * np.maximum(y - 0.5, 0)
    return y
''',
    wrong=(
        Wrong(
            "once",
            "Your tent is applied once, whatever the depth: feed each layer's output to the next.",
            swap={"range(depth)": "range(1)"},
        ),
        Wrong(
            "one-too-few",
            "Your tent is applied `depth - 1` times: one layer is missing.",
            swap={"range(depth)": "range(depth - 1)"},
        ),
        Wrong(
            "one-too-many",
            "Your tent is applied `depth + 1` times.",
            swap={"range(depth)": "range(depth + 1)"},
        ),
        Wrong(
            "added-up",
            "Your layers are added side by side; depth means one after another.",
            swap={
                "y = 2 * np.maximum(y, 0)": "y = (0 if y is x else y) + 2 * np.maximum(x, 0)",
                "np.maximum(y - 0.5, 0)": "np.maximum(x - 0.5, 0)",
            },
        ),
        Wrong(
            "never-turns",
            "Your tent goes flat after 1/2 instead of coming down: the second ReLU has to take away 4, not 2.",
            swap={"- 4 *": "- 2 *"},
        ),
        Wrong(
            "shift-missing",
            "Your second ReLU begins at 0 like the first: it should switch on at 1/2, so shift its input.",
            swap={"y - 0.5": "y"},
        ),
        Wrong(
            "no-relu",
            "Your layers have no ReLU in them, and a chain of straight lines is one straight line.",
            swap={"np.maximum(y, 0)": "y", "np.maximum(y - 0.5, 0)": "(y - 0.5)"},
        ),
    ),
    right=(
        Right(
            "where",
            swap={
                "2 * np.maximum(y, 0) - 4 * np.maximum(y - 0.5, 0)": "np.where(y < 0.5, 2 * y, 2 - 2 * y)"
            },
        ),
        Right(
            "recursion",
            code="""
def sawtooth(x, depth):
    if depth == 0:
        return x
    return sawtooth(1 - np.abs(2 * x - 1), depth - 1)
""",
        ),
        Right(
            "as layers",
            code="""
def sawtooth(x, depth):
    y = x[:, None]
    for _ in range(depth):
        h = np.maximum(y @ np.array([[1.0, 1.0]]) + np.array([0.0, -0.5]), 0)
        y = h @ np.array([[2.0], [-4.0]])
    return y[:, 0]
""",
        ),
    ),
    hints=(
        "Write the tent for one layer first, then put it into a loop.",
        "relu(y) is `np.maximum(y, 0)`. The output of one turn of the loop is the input of the next.",
        "In the loop: `y = 2 * np.maximum(y, 0) - 4 * np.maximum(y - 0.5, 0)`, beginning with `y = x`.",
    ),
)

PIECES = prediction(
    "perceptrons-pieces",
    "Predict: the bends of a sawtooth",
    truth=63.0,
    within=0.4,
    mistakes={
        "one-more": (
            64.0,
            "64 is the number of straight pieces; they meet in one bend fewer.",
        ),
        "same-number": (
            12.0,
            "Twelve ReLUs side by side bend a line at most 12 times, which makes 13 pieces.",
        ),
        "half": (32.0, "There are 32 teeth, but the line also bends in the valleys between them."),
        "one-per-layer": (
            6.0,
            "Six bends make 7 pieces; the layers' effects multiply only when they are stacked.",
        ),
    },
    hints=(
        "How many straight pieces does the sawtooth of depth 6 have, and how many bends between them?",
        "Each layer doubles the pieces: 2, 4, 8, ..., 64.",
        "64 pieces meet in 63 bends, and a ReLU in a single layer makes one bend.",
    ),
)

MORE = [
    DESCEND,
    DIVERGENCE,
    LOGISTIC,
    MARGIN,
    RMS,
    QUANTIFIERS,
    SQUARES,
    SAWTOOTH,
    PIECES,
]
