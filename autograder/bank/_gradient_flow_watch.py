"""Chapter 5: a callback that watches every layer while ``fit`` trains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.probe import Problem, ProblemError


def watched(code: Mapping[str, Any], case: Case, *, name: str) -> Values:
    """Call the callback as ``fit`` does: after every epoch, on weights that changed in place."""

    class Layer:
        def __init__(self, W: Any) -> None:
            self.W, self.dW = W.copy(), np.zeros(W.shape)

    class History:
        def __init__(self) -> None:
            self.train_loss: list[float] = []
            self.val_loss: list[float] = []
            self.lr: list[float] = []
            self.metrics: dict[str, list[float]] = {}

    which = sorted(k[1:] for k in case if k.startswith("W"))
    layers = [Layer(case[f"W{i}"]) for i in which]
    watch, history = code[name](layers), History()
    for epoch in range(case["epochs"]):
        for i, layer in zip(which, layers, strict=True):
            layer.W += case[f"step{i}"][epoch]
            layer.dW[...] = case[f"grad{i}"][epoch]
        history.train_loss.append(1 / (1 + epoch))
        history.lr.append(0.1)
        if watch(epoch, history):
            break
    values: Values = {}
    for key in ("norms", "ratios"):
        if not hasattr(watch, key):
            raise ProblemError(Problem("attribute", name, key))
        try:
            values[key] = np.array(getattr(watch, key), dtype=float)
        except (TypeError, ValueError):
            wanted = f"one number per layer in every entry of {key}, got something else"
            raise ProblemError(Problem("count", name, wanted)) from None
    return values


def _cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for shapes, epochs in (
        (((3, 5), (5, 2), (2, 4)), 4),
        (((4, 1),), 1),  # one layer, one epoch
        (((2, 6), (6, 3)), 5),
    ):
        case: Case = {"epochs": epochs}
        for i, shape in enumerate(shapes):
            case[f"W{i}"] = rng.normal(size=shape)
            case[f"step{i}"] = rng.normal(size=(epochs, *shape)) * 0.4 * 0.3**i
            case[f"grad{i}"] = rng.normal(size=(epochs, *shape)) * 2.0**i
        cases.append(case)
    return cases


_NORMS = "[np.linalg.norm(layer.dW) for layer in self.layers]"
_RATIO = "np.linalg.norm(new - old) / np.linalg.norm(old)"

WATCH = Exercise(
    name="gradient_flow-watch",
    title="A callback that watches every layer",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_cases,
    probe=watched,
    options={"name": "Watch"},
    reference='''
class Watch:
    """Record the gradient norm and the update ratio of every layer after each epoch of fit."""

    def __init__(self, layers):
        self.layers, self.norms, self.ratios = layers, [], []
        self.before = [layer.W.copy() for layer in layers]

    def __call__(self, epoch, history):
        after = [layer.W.copy() for layer in self.layers]
        pairs = zip(self.before, after)
        self.norms.append([np.linalg.norm(layer.dW) for layer in self.layers])
        self.ratios.append([np.linalg.norm(new - old) / np.linalg.norm(old) for old, new in pairs])
        self.before = after
''',
    wrong=(
        Wrong(
            "no-copy",
            "Your ratios are 0, because the old weights that you compare with are the present ones: `fit` "
            "changes weights in place, so keep `layer.W.copy()`, and renew it after the comparison.",
            swap={"layer.W.copy()": "layer.W"},
            hint="After `old = layer.W` both names stand for one array.",
        ),
        Wrong(
            "from-the-start",
            "Your ratios measure how far the layers have come since the callback was built; keep new copies "
            "at the end of every call, so that each ratio is about one epoch.",
            swap={"\n        self.before = after": ""},
        ),
        Wrong(
            "first-epoch-missing",
            "Your ratios begin with the second epoch: copy the weights in `__init__` already, so that the first "
            "call has something to compare with.",
            code="""
class Watch:
    def __init__(self, layers):
        self.layers, self.norms, self.ratios, self.before = layers, [], [], None

    def __call__(self, epoch, history):
        after = [layer.W.copy() for layer in self.layers]
        self.norms.append([np.linalg.norm(layer.dW) for layer in self.layers])
        if self.before is not None:
            pairs = zip(self.before, after)
            self.ratios.append([np.linalg.norm(new - old) / np.linalg.norm(old) for old, new in pairs])
        self.before = after
""",
        ),
        Wrong(
            "returns-true",
            "Your callback returns `True` (or another value that counts as true), and `fit` takes that as the "
            "order to stop after the first epoch: return nothing.",
            swap={"self.before = after": "self.before = after\n        return True"},
        ),
        Wrong(
            "last-epoch-only",
            "Your lists hold the last epoch alone, since each call writes over what was there: append to them.",
            swap={
                f"self.norms.append({_NORMS})": f"self.norms = [{_NORMS}]",
                f"self.ratios.append([{_RATIO} for old, new in pairs])": f"self.ratios = [[{_RATIO} for old, new in pairs]]",
            },
        ),
        Wrong(
            "a-list-per-layer",
            "Your lists hold one row per layer; append one row per **epoch**, with one number per layer in it.",
            code="""
class Watch:
    def __init__(self, layers):
        self.layers, self.norms, self.ratios = layers, [[] for _ in layers], [[] for _ in layers]
        self.before = [layer.W.copy() for layer in layers]

    def __call__(self, epoch, history):
        for k, layer in enumerate(self.layers):
            old, new = self.before[k], layer.W.copy()
            self.norms[k].append(np.linalg.norm(layer.dW))
            self.ratios[k].append(np.linalg.norm(new - old) / np.linalg.norm(old))
            self.before[k] = new
""",
        ),
        Wrong(
            "one-norm-for-all",
            "Your norm joins all layers into one number, behind which a layer can die unseen: append a list "
            "with one norm per layer.",
            swap={_NORMS: "np.sqrt(sum(np.sum(layer.dW**2) for layer in self.layers))"},
        ),
        Wrong(
            "gradients-kept",
            "Your `norms` holds the gradients themselves, which the next batch overwrites; append the norm of "
            "each, one number per layer.",
            swap={_NORMS: "[layer.dW for layer in self.layers]"},
        ),
        Wrong(
            "norms-of-weights",
            "Your norms are those of the weights; the gradient of `layer.W` is `layer.dW`.",
            swap={"np.linalg.norm(layer.dW)": "np.linalg.norm(layer.W)"},
        ),
        Wrong(
            "norms-squared",
            "Your norms are sums of squares: take the square root.",
            swap={"np.linalg.norm(layer.dW)": "np.sum(layer.dW**2)"},
        ),
        Wrong(
            "gradient-over-weights",
            "Your ratio divides the gradient by the weights; how far a layer really moves, rate and momentum "
            "included, shows only when you compare its weights before and after.",
            swap={
                f"[{_RATIO} for old, new in pairs]": "[np.linalg.norm(layer.dW) / np.linalg.norm(old) for old, layer in zip(self.before, self.layers)]"
            },
        ),
        Wrong(
            "difference-of-norms",
            "Your ratio subtracts two norms; a step that only turns the weights would count as 0. Take the norm "
            "of the difference.",
            swap={"np.linalg.norm(new - old)": "abs(np.linalg.norm(new) - np.linalg.norm(old))"},
        ),
        Wrong(
            "not-relative",
            "Your ratios are the lengths of the steps alone; divide each by the length of the old weights.",
            swap={" / np.linalg.norm(old)": ""},
        ),
        Wrong(
            "by-the-new",
            "Your ratio divides by the weights after the epoch; divide by the weights before it.",
            swap={" / np.linalg.norm(old)": " / np.linalg.norm(new)"},
        ),
    ),
    right=(
        Right(
            "a function with attributes",
            code="""
def Watch(layers):
    before = [np.array(layer.W) for layer in layers]

    def watch(epoch, history):
        norms, ratios = np.zeros(len(layers)), np.zeros(len(layers))
        for k, layer in enumerate(layers):
            step = layer.W - before[k]
            norms[k] = np.sqrt(np.sum(layer.dW**2))
            ratios[k] = np.sqrt(np.sum(step**2) / np.sum(before[k] ** 2))
            before[k][...] = layer.W
        watch.norms.append(norms)
        watch.ratios.append(ratios)

    watch.norms, watch.ratios = [], []
    return watch
""",
        ),
        Right(
            "says that it goes on",
            swap={"self.before = after": "self.before = after\n        return False"},
        ),
        Right(
            "one array that grows",
            code="""
class Watch:
    def __init__(self, layers):
        self.layers, self.old = layers, [1.0 * layer.W for layer in layers]
        self.norms, self.ratios = np.empty((0, len(layers))), np.empty((0, len(layers)))

    def __call__(self, epoch, history):
        norms = [np.sqrt(np.vdot(layer.dW, layer.dW)) for layer in self.layers]
        sizes = [np.linalg.norm(old.ravel()) for old in self.old]
        moves = [np.linalg.norm((layer.W - old).ravel()) for layer, old in zip(self.layers, self.old)]
        self.norms = np.vstack([self.norms, norms])
        self.ratios = np.vstack([self.ratios, np.divide(moves, sizes)])
        self.old = [1.0 * layer.W for layer in self.layers]
""",
        ),
    ),
    hints=(
        "A callback is called after an epoch, when the old weights are gone: what has to be kept, and since when?",
        "Copy the weights in `__init__`; in each call compare with the copies, append, and copy anew.",
        "`[np.linalg.norm(new - old) / np.linalg.norm(old) for old, new in zip(self.before, after)]` is one entry of "
        "`self.ratios`, with `after = [layer.W.copy() for layer in self.layers]`; then `self.before = after`.",
    ),
)
