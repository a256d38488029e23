"""Chapter 2, the learner's own network and its training loop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.probe import Problem, ProblemError

# --- the network --------------------------------------------------------------------------------


def mlp_probe(code: Mapping[str, Any], case: Case) -> Values:
    """Build the learner's MLP from small test layers and record everything it does with them."""

    class Affine:
        params = ("W", "b")

        def __init__(self, n_in: int, n_out: int, rng: Any):
            self.W, self.b = rng.normal(size=(n_in, n_out)), rng.normal(size=n_out)

        def forward(self, x: Any, train: bool = False) -> Any:
            self.x = x
            return x @ self.W + self.b

        def backward(self, dy: Any) -> Any:
            self.dW, self.db = self.x.T @ dy, dy.sum(axis=0)
            return dy @ self.W.T

    class Bend:
        def forward(self, x: Any, train: bool = False) -> Any:
            self.y = np.tanh(x)
            return self.y

        def backward(self, dy: Any) -> Any:
            return dy * (1 - self.y**2)

    state = np.random.get_state()  # noqa: NPY002
    np.random.seed(case["seed"] + 5000)  # noqa: NPY002
    expected = np.random.RandomState(case["seed"] + 5000).uniform(size=3)
    net = code["MLP"](case["sizes"], Affine, Bend, np.random.default_rng(case["seed"]))
    values: Values = {"scores": np.array(net.forward(case["x"]), dtype=float)}
    values["layers"] = np.array(float(len(net.layers)))
    values["dx"] = net.backward(case["dscores"])
    dense = [x for x in net.layers if hasattr(x, "W")]
    missing = [x for x in dense if not hasattr(x, "dW")]
    if missing:
        raise ProblemError(
            Problem(
                "attribute", "MLP", "dW in one of its layers: backward has not reached it, so dW"
            )
        )
    values["gradients"] = np.concatenate([g.ravel() for x in dense for g in (x.dW, x.db)])
    net.step(case["lr"])
    values["stepped"] = np.concatenate([p.ravel() for x in dense for p in (x.W, x.b)])
    values["labels"] = net.predict(case["x"])
    drawn = np.random.uniform(size=3)  # noqa: NPY002
    np.random.set_state(state)  # noqa: NPY002
    values["global_state_kept"] = np.array(float(np.array_equal(drawn, expected)))
    return values


def _mlp_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "sizes": sizes, "x": rng.normal(size=(n, sizes[0])), "dscores": rng.normal(size=(n, sizes[-1])),
            "lr": lr, "seed": int(rng.integers(1, 1000)),
        }
        for sizes, n, lr in (((5, 4, 3), 6, 0.3), ((3, 6, 5, 4), 1, 0.07), ((4, 2), 5, 0.7), ((3, 3, 3), 2, 0.2))
    ]  # fmt: skip


_MLP_STEP = """for layer in self.layers:
            for name in getattr(layer, "params", ()):
                array = getattr(layer, name)
                array -= lr * getattr(layer, "d" + name)"""

MLP = Exercise(
    name="backprop-mlp",
    title="Your own network",
    kind="layer",
    difficulty=3,
    minutes=25,
    points=4,
    cases=_mlp_cases,
    probe=mlp_probe,
    reference='''
class MLP:
    """Dense layers with an activation between each two; the last one gives the scores."""

    def __init__(self, sizes, dense, activation, rng):
        self.layers = []
        for n_in, n_out in zip(sizes[:-1], sizes[1:]):
            self.layers += [dense(n_in, n_out, rng), activation()]
        self.layers.pop()

    @property
    def children(self):
        return self.layers

    def forward(self, x, train=False):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dy):
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy

    def step(self, lr):
        for layer in self.layers:
            for name in getattr(layer, "params", ()):
                array = getattr(layer, name)
                array -= lr * getattr(layer, "d" + name)

    def predict(self, x):
        return np.argmax(self.forward(x), axis=1)
''',
    wrong=(
        Wrong(
            "activation-at-the-end",
            "Your last layer is followed by an activation, so scores are bent and cut; the last dense layer gives the scores as they are, and the loss does the rest.",
            swap={"        self.layers.pop()\n": ""},
            hint="Leave out the activation after the last dense layer: hidden activation and output head are two separate choices.",
        ),
        Wrong(
            "no-activations",
            "Your network has no activations between its dense layers: without them, any depth is one matrix.",
            swap={
                "self.layers += [dense(n_in, n_out, rng), activation()]\n        self.layers.pop()": "self.layers += [dense(n_in, n_out, rng)]"
            },
        ),
        Wrong(
            "own-generator",
            "Your network makes its own random generator; draw the weights from the `rng` that is handed in, so that the caller's seed decides.",
            swap={"dense(n_in, n_out, rng)": "dense(n_in, n_out, np.random.default_rng(0))"},
        ),
        Wrong(
            "global-seed",
            "Your constructor seeds NumPy's global generator and so changes every random number the rest of the program draws.",
            swap={"self.layers = []": "np.random.seed(7)\n        self.layers = []"},
        ),
        Wrong(
            "backward-forwards",
            "Your `backward` visits the layers first to last; the gradient comes in at the end, so go through them reversed.",
            swap={"reversed(self.layers)": "self.layers"},
        ),
        Wrong(
            "not-handed-on",
            "Your `backward` gives the gradient of the scores to every layer; each layer's result is what the layer below it receives.",
            swap={
                "dy = layer.backward(dy)\n        return dy": "dx = layer.backward(dy)\n        return dx"
            },
        ),
        Wrong(
            "climbs",
            "Your `step` adds the gradient and climbs; to go down, subtract `lr` times it.",
            swap={"array -= lr": "array += lr"},
        ),
        Wrong(
            "no-effect",
            "Your `step` changes nothing: `array = array - ...` makes a new array under a local name; write into the layer's own with `-=`.",
            swap={
                'array -= lr * getattr(layer, "d" + name)': 'array = array - lr * getattr(layer, "d" + name)'
            },
        ),
        Wrong(
            "rate-forgotten",
            "Your `step` subtracts the whole gradient; multiply it by `lr`.",
            swap={"array -= lr * getattr": "array -= getattr"},
        ),
        Wrong(
            "biases-kept",
            "Your `step` moves the weights only; the biases, the second entry of `params`, have gradients too.",
            swap={'getattr(layer, "params", ())': 'getattr(layer, "params", ())[:1]'},
        ),
        Wrong(
            "weights-decay",
            "Your `step` subtracts `lr` times the weights themselves; subtract `lr` times their gradients.",
            swap={'getattr(layer, "d" + name)': "array"},
        ),
        Wrong(
            "argmax-over-batch",
            "Your `predict` looks for the best sample of each class; it should find the best class of each sample, axis 1.",
            swap={"axis=1": "axis=0"},
        ),
        Wrong(
            "scores-for-labels",
            "Your `predict` returns the largest score; the label is the place where it stands, `argmax`.",
            swap={"np.argmax": "np.max"},
        ),
        Wrong(
            "layer-missing",
            "Your network is one dense layer short: `sizes` of k numbers makes k - 1 dense layers.",
            swap={"zip(sizes[:-1], sizes[1:])": "zip(sizes[:-2], sizes[1:-1])"},
        ),
    ),
    right=(
        Right(
            "indices and isinstance",
            code="""
class MLP:
    def __init__(self, sizes, dense, activation, rng):
        self.layers = []
        for i in range(len(sizes) - 1):
            if i > 0:
                self.layers.append(activation())
            self.layers.append(dense(sizes[i], sizes[i + 1], rng))

    def forward(self, x, train=False):
        self.outputs = [x]
        for layer in self.layers:
            self.outputs.append(layer.forward(self.outputs[-1]))
        return self.outputs[-1]

    def backward(self, dscores):
        for layer in self.layers[::-1]:
            dscores = layer.backward(dscores)
        return dscores

    def step(self, lr):
        for layer in self.layers:
            if hasattr(layer, "W"):
                layer.W -= lr * layer.dW
                layer.b -= lr * layer.db

    def predict(self, x):
        return self.forward(x).argmax(1)
""",
        ),
        Right(
            "attributes set anew",
            swap={
                'array = getattr(layer, name)\n                array -= lr * getattr(layer, "d" + name)': 'setattr(layer, name, getattr(layer, name) - lr * getattr(layer, "d" + name))',
            },
        ),
        Right(
            "loop for labels",
            swap={
                "return np.argmax(self.forward(x), axis=1)": "return np.array([int(np.argmax(s)) for s in self.forward(x)])",
            },
        ),
    ),
    hints=(
        "A network is a list of layers. `forward` hands `x` along the list; `backward` hands the gradient along the list reversed.",
        "Two neighbouring entries of `sizes` make one dense layer: `zip(sizes[:-1], sizes[1:])`. After the last dense layer comes no activation.",
        'In `step`, `getattr(layer, "params", ())` names the arrays of a layer; the gradient of `W` is `layer.dW`, so `getattr(layer, "d" + name)`; change the array with `-=`.',
    ),
)


# --- the training loop --------------------------------------------------------------------------


def train_probe(code: Mapping[str, Any], case: Case) -> Values:
    """Give the loop a network that writes down every call, and a loss that knows its rows."""
    n = case["n"]
    x = np.stack([np.arange(n), np.arange(n) ** 2], axis=1) + 0.0
    y = np.arange(n) * 10
    calls: list[float] = []
    rows: list[float] = []
    targets: list[float] = []
    passed: list[float] = []

    class Net:
        def forward(self, batch: Any, train: bool = False) -> Any:
            calls.append(0.0)
            rows.extend(float(v) for v in batch[:, 0])
            return batch * 1.0

        def backward(self, dscores: Any) -> None:
            calls.append(2.0)
            passed.append(float(np.sum(dscores)))

        def step(self, lr: float) -> None:
            calls.append(3.0)
            passed.append(float(lr))

    def loss(scores: Any, target: Any) -> Any:
        calls.append(1.0)
        targets.extend(float(v) for v in target)
        return float(np.mean(scores[:, 1])), np.full(scores.shape, 0.5 / len(scores))

    rng = np.random.default_rng(case["seed"])
    result = code["train"](Net(), loss, x, y, case["epochs"], case["batch_size"], case["lr"], rng)
    return {
        "losses": np.asarray(result, dtype=float),
        "calls": np.array(calls),
        "rows": np.array(rows),
        "targets": np.array(targets) - 10 * np.array(rows)
        if len(rows) == len(targets)
        else np.array(targets),
        "passed": np.array(passed),
    }


def _train_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {"n": n, "epochs": e, "batch_size": b, "lr": lr, "seed": int(rng.integers(1, 1000))}
        for n, e, b, lr in ((23, 3, 6, 0.3), (17, 4, 5, 0.07), (12, 2, 12, 0.5))
    ]


def _rows_seen(got: Any, case: Case, values: Values) -> str:
    n, epochs = case["n"], case["epochs"]
    if got.size != n * epochs:
        return (
            f"Your network saw {got.size} rows in {epochs} epochs of {n}; every row belongs into every epoch once, "
            "also those of a smaller last batch."
        )
    order = got.reshape(epochs, n)
    if not np.array_equal(np.sort(order, axis=1), np.tile(np.arange(n), (epochs, 1))):
        return "In one epoch some rows come twice and others not at all; cut one permutation into batches."
    if np.array_equal(order[0], np.arange(n)):
        return (
            "The rows come in their old order: shuffle them with `rng.permutation` in every epoch."
        )
    if np.array_equal(order[0], order[1]):
        return (
            "Every epoch uses the same order: draw a new permutation inside the loop over epochs."
        )
    return ""


TRAIN = Exercise(
    name="backprop-train",
    title="The training loop",
    kind="loop",
    difficulty=2,
    minutes=15,
    points=3,
    cases=_train_cases,
    probe=train_probe,
    accept={"rows": _rows_seen},
    reference='''
def train(net, loss, x, y, epochs, batch_size, lr, rng):
    """Train net in place; return the mean loss of every epoch as an array."""
    losses = []
    for epoch in range(epochs):
        order = rng.permutation(len(x))
        total = 0.0
        for start in range(0, len(x), batch_size):
            rows = order[start:start + batch_size]
            value, dscores = loss(net.forward(x[rows]), y[rows])
            net.backward(dscores)
            net.step(lr)
            total += value * len(rows)
        losses.append(total / len(x))
    return np.array(losses)
''',
    wrong=(
        Wrong(
            "last-batch-dropped",
            "Your loop leaves out the rows that do not fill a last batch; slicing past the end is safe, so let the last batch be smaller.",
            swap={"range(0, len(x), batch_size)": "range(0, len(x) - batch_size + 1, batch_size)"},
        ),
        Wrong(
            "targets-not-shuffled",
            "You shuffle `x` but not `y`, so rows and targets no longer belong together: index both with the same rows.",
            swap={"y[rows]": "y[start:start + batch_size]"},
        ),
        Wrong(
            "not-shuffled",
            "The rows come in their old order in every epoch: shuffle them with `rng.permutation(len(x))`.",
            swap={"rng.permutation(len(x))": "np.arange(len(x))"},
        ),
        Wrong(
            "shuffled-once",
            "You shuffle once and reuse that order; draw a new permutation in every epoch.",
            swap={
                "    for epoch in range(epochs):\n        order = rng.permutation(len(x))": "    order = rng.permutation(len(x))\n    for epoch in range(epochs):"
            },
        ),
        Wrong(
            "batches-not-weighted",
            "You average the batches as if all were equally large; weigh each loss with its number of rows, then divide by all rows.",
            swap={
                "total += value * len(rows)": "total += value",
                "total / len(x)": "total / -(-len(x) // batch_size)",
            },
        ),
        Wrong(
            "total-not-reset",
            "Your total is never set back to 0, so every epoch's loss contains those before it.",
            swap={"        total = 0.0\n": "", "    losses = []": "    losses, total = [], 0.0"},
        ),
        Wrong(
            "step-before-backward",
            "You step before `backward`: the step then uses the gradients of the batch before.",
            swap={
                "            net.backward(dscores)\n            net.step(lr)": "            net.step(lr)\n            net.backward(dscores)"
            },
        ),
        Wrong(
            "loss-sent-back",
            "You hand the loss value to `backward`; it wants the gradient with respect to the scores, the loss function's second result.",
            swap={"net.backward(dscores)": "net.backward(value)"},
        ),
        Wrong(
            "step-once-per-epoch",
            "You step once per epoch, with the gradients of its last batch alone; every batch is followed by its own step.",
            swap={
                "            net.step(lr)\n": "",
                "        losses.append": "        net.step(lr)\n        losses.append",
            },
        ),
        Wrong(
            "rate-divided",
            "You divide `lr` by the batch size; the loss is a mean already, so the gradient is too.",
            swap={"net.step(lr)": "net.step(lr / len(rows))"},
        ),
        Wrong(
            "one-batch-drawn",
            "You draw one random batch per epoch; an epoch visits all rows, batch after batch.",
            swap={"range(0, len(x), batch_size)": "(0,)"},
        ),
    ),
    right=(
        Right(
            "shuffle in place of permutation",
            swap={
                "order = rng.permutation(len(x))": "order = np.arange(len(x))\n        rng.shuffle(order)",
            },
        ),
        Right(
            "whole arrays shuffled",
            code="""
def train(net, loss, x, y, epochs, batch_size, lr, rng):
    history = np.zeros(epochs)
    for e in range(epochs):
        p = rng.permutation(x.shape[0])
        xs, ys = x[p], y[p]
        for i in range(0, len(p), batch_size):
            xb, yb = xs[i:i + batch_size], ys[i:i + batch_size]
            scores = net.forward(xb, train=True)
            value, d = loss(scores, yb)
            net.backward(d)
            net.step(lr)
            history[e] += value * len(xb) / len(x)
    return history
""",
        ),
        Right(
            "array_split",
            swap={
                "for start in range(0, len(x), batch_size):\n            rows = order[start:start + batch_size]": "for rows in np.split(order, range(batch_size, len(x), batch_size)):",
            },
        ),
    ),
    hints=(
        "One epoch: shuffle the row numbers, cut them into batches, and for each batch do forward, loss, backward, step.",
        "`order[start:start + batch_size]` for `start` in `range(0, len(x), batch_size)` cuts the permutation, with a smaller last batch by itself.",
        "Add `value * len(rows)` to the epoch's total, and append `total / len(x)` when the epoch is over.",
    ),
)


EXERCISES = [MLP, TRAIN]
