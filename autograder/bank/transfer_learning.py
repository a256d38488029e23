"""Chapter 9, transfer learning: loading, freezing, a linear head, frozen normalization."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.bank._numeric import vjp
from autograder.bank._transfer_learning_adapters import ADAPTERS
from autograder.bank._transfer_learning_bugs import BUGS
from autograder.bank._transfer_learning_choices import CHOICES, PREDICTIONS
from autograder.bank._transfer_learning_rates import GAINS, MATCH, RATES, STAGES
from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.probe import Problem, ProblemError, call

# --- taking over the body -----------------------------------------------------------------------


def _load_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n, h, k_new, k_old in ((4, 3, 2, 5), (1, 2, 3, 3), (3, 5, 4, 2)):
        case = {"new_body": rng.normal(size=(n, h)), "old_body": rng.normal(size=(n, h))}
        case |= {"new_head": rng.normal(size=(h, k_new)), "old_head": rng.normal(size=(h, k_old))}
        case |= {"new_bias": rng.normal(size=h), "old_bias": rng.normal(size=h)}
        cases.append(case)
    return cases


def load_probe(code: Any, case: Case) -> Values:
    """Take over a body, look whether it is a copy, then offer two checkpoints that do not fit."""

    def saved() -> dict[str, Any]:
        return {
            "body.W": case["old_body"].copy(),
            "body.b": case["old_bias"].copy(),
            "head.W": case["old_head"].copy(),
        }

    new = {"body.W": case["new_body"], "body.b": case["new_bias"], "head.W": case["new_head"]}
    file = saved()
    result = code["load_body"](new, file)
    if not isinstance(result, dict) or sorted(result) != sorted(new):
        got = f"keys {sorted(result)}" if isinstance(result, dict) else type(result).__name__
        expected = f"a dict with the keys {sorted(new)}"
        raise ProblemError(Problem("count", "load_body", f"{expected}, got {got}"))
    values: Values = {name.replace(".", "_"): np.array(result[name]) for name in new}
    shared = any(np.shares_memory(result[n], file[n]) for n in ("body.W", "body.b"))
    values["copied"] = np.array(float(not shared))
    values["head_copied"] = np.array(float(not np.shares_memory(result["head.W"], new["head.W"])))
    missing, misshapen = saved(), saved()
    del missing["body.b"]
    misshapen["body.W"] = np.vstack([misshapen["body.W"], misshapen["body.W"]])
    for label, bad in (("missing", missing), ("misshapen", misshapen)):
        try:
            code["load_body"](new, bad)
            values[f"refuses_{label}"] = np.array(0.0)
        except (KeyError, ValueError):
            values[f"refuses_{label}"] = np.array(1.0)
    return values


LOAD = Exercise(
    name="transfer_learning-load-body",
    title="Take over a trained body",
    kind="function",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_load_cases,
    probe=load_probe,
    reference='''
def load_body(new, saved):
    """Return copies of new's arrays by name, with those named "body..." taken from saved."""
    result = {}
    for name, array in new.items():
        if name.startswith("body."):
            if saved[name].shape != array.shape:
                raise ValueError(f"{name}: expected {array.shape}, got {saved[name].shape}")
            array = saved[name]
        result[name] = array.copy()
    return result
''',
    wrong=(
        Wrong(
            "nothing-loaded",
            "You return the new network's own body: its random weights were kept, and nothing was "
            "transferred.",
            swap={"array = saved[name]": "pass"},
        ),
        Wrong(
            "head-loaded",
            "You also take the head over from the checkpoint; it answers the old question, even "
            "where its shape happens to fit.",
            swap={
                'if name.startswith("body."):': "if saved[name].shape == array.shape or "
                'name.startswith("body."):'
            },
        ),
        Wrong(
            "shared",
            "Your arrays share memory with the checkpoint: fine-tuning would change the saved "
            "weights too, so copy them.",
            swap={"result[name] = array.copy()": "result[name] = array"},
        ),
        Wrong(
            "head-shared",
            "Your head is the new network's own array, not a copy: training one would change the "
            "other.",
            swap={
                "result[name] = array.copy()": "result[name] = "
                'array.copy() if name.startswith("body.") else array'
            },
        ),
        Wrong(
            "missing-passed",
            "A name that is missing in the checkpoint passes in silence, and that layer stays "
            "random; let it raise an error.",
            swap={
                "if saved[name].shape": "if name in saved and saved[name].shape",
                "array = saved[name]": "array = saved.get(name, array)",
            },
        ),
        Wrong(
            "shape-passed",
            "A checkpoint with an array of another shape raises no error; compare the shapes and "
            "raise a `ValueError` that names the array.",
            swap={"if saved[name].shape != array.shape:": "if False:"},
        ),
        Wrong(
            "bias-forgotten",
            "You take over the matrices only: the biases belong to the body too.",
            swap={
                "array = saved[name]\n": 'array = saved[name] if name.endswith("W") else array\n'
            },
        ),
    ),
    right=(
        Right(
            "comprehension",
            code="""
def load_body(new, saved):
    for name in new:
        if name[:5] == "body." and saved[name].shape != new[name].shape:
            raise ValueError(name)
    return {n: np.array(saved[n] if n[:5] == "body." else a) for n, a in new.items()}
""",
        ),
        Right(
            "copied into",
            code="""
def load_body(new, saved):
    result = {name: array.copy() for name, array in new.items()}
    for name in result:
        if name.split(".")[0] == "body":
            if np.shape(saved[name]) != np.shape(new[name]):
                raise ValueError("shapes differ")
            result[name][...] = saved[name]
    return result
""",
        ),
    ),
    hints=(
        "Go through the new network's names; which of them should come from the checkpoint?",
        '`name.startswith("body.")` decides; `saved[name]` already raises a `KeyError` when the '
        "name is missing, but a wrong shape has to be looked for.",
        "Compare `saved[name].shape` with `array.shape`, raise a `ValueError` if they differ, and "
        "store `saved[name].copy()`.",
    ),
)

# --- a step that leaves frozen weights alone ----------------------------------------------------


def _step_cases(rng: np.random.Generator) -> list[Case]:
    masks = ([1, 0, 0, 1, 1, 0, 1], [0], [1, 1, 0, 0, 0])
    return [
        {
            "theta": rng.normal(size=len(m)),
            "grad": rng.normal(size=len(m)),
            "v": rng.normal(size=len(m)),
            "lr": lr,
            "beta": beta,
            "decay": decay,
            "trained": np.array(m, dtype=bool),
        }
        for m, lr, beta, decay in zip(
            masks, (0.1, 0.3, 0.05), (0.8, 0.6, 0.7), (0.4, 0.2, 0.3), strict=True
        )
    ]


FREEZE = Exercise(
    name="transfer_learning-freeze",
    title="A step that leaves frozen weights alone",
    kind="function",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_step_cases,
    probe=call,
    options={
        "name": "frozen_step",
        "args": ("theta", "grad", "v", "lr", "beta", "decay", "trained"),
        "returns": ("theta", "v"),
    },
    reference='''
def frozen_step(theta, grad, v, lr, beta, decay, trained):
    """Return theta and v after a step with momentum and decay where trained is True."""
    v = np.where(trained, beta * v + grad, v)
    step = lr * (v + decay * theta)
    return np.where(trained, theta - step, theta), v
''',
    wrong=(
        Wrong(
            "gradient-only",
            "You set the gradient of the frozen entries to 0, but their old velocity and the weight "
            "decay still move them.",
            code="""
def frozen_step(theta, grad, v, lr, beta, decay, trained):
    v = beta * v + grad * trained
    return theta - lr * (v + decay * theta), v
""",
        ),
        Wrong(
            "decay-everywhere",
            "Weight decay still shrinks the frozen entries: step by step the trained features fade "
            "away.",
            swap={
                "step = lr * (v + decay * theta)": "step = lr * np.where(trained, v, 0)",
                "np.where(trained, theta - step, theta), v": "theta - step - lr * decay * theta, v",
            },
        ),
        Wrong(
            "velocity-moves",
            "The frozen entries of `theta` stay, but their velocity goes on collecting gradients and "
            "would make them leap once they are freed.",
            swap={"np.where(trained, beta * v + grad, v)": "beta * v + grad"},
        ),
        Wrong(
            "velocity-pushes",
            "The old velocity of the frozen entries still moves them; leave `theta` there as it was.",
            swap={
                "np.where(trained, theta - step, theta), v": "theta - step + np.where(trained, 0, "
                "lr * decay * theta), v"
            },
        ),
        Wrong(
            "mask-inverted",
            "You train the frozen entries and freeze the others: `trained` is True where a step is "
            "taken.",
            swap={
                "np.where(trained, beta * v + grad, v)": "np.where(trained, v, beta * v + grad)",
                "np.where(trained, theta - step, theta)": "np.where(trained, theta, theta - step)",
            },
        ),
        Wrong(
            "decay-in-velocity",
            "You add the decay to the gradient, so it goes through the velocity; here it acts on the "
            "weights directly.",
            swap={
                "beta * v + grad, v)": "beta * v + grad + decay * theta, v)",
                "(v + decay * theta)": "v",
            },
        ),
        Wrong(
            "decay-forgotten",
            "The trained entries do not decay: the term `decay * theta` is missing from the step.",
            swap={"(v + decay * theta)": "v"},
        ),
        Wrong(
            "velocity-old",
            "You step with the old velocity: update `v` first, then use it.",
            swap={
                "v = np.where(trained, beta * v + grad, v)\n": "new = np.where(trained, beta * v + "
                "grad, v)\n",
                "theta), v": "theta), new",
            },
        ),
    ),
    right=(
        Right(
            "indexed",
            code="""
def frozen_step(theta, grad, v, lr, beta, decay, trained):
    theta, v = theta.copy(), v.copy()
    v[trained] = beta * v[trained] + grad[trained]
    theta[trained] -= lr * v[trained] + lr * decay * theta[trained]
    return theta, v
""",
        ),
        Right(
            "masked",
            code="""
def frozen_step(theta, grad, v, lr, beta, decay, trained):
    on = trained.astype(float)
    v = v + on * (beta * v + grad - v)
    return theta - on * lr * (v + decay * theta), v
""",
        ),
        Right(
            "loop",
            code="""
def frozen_step(theta, grad, v, lr, beta, decay, trained):
    theta, v = theta.copy(), v.copy()
    for i in range(len(theta)):
        if trained[i]:
            v[i] = beta * v[i] + grad[i]
            theta[i] = (1 - lr * decay) * theta[i] - lr * v[i]
    return theta, v
""",
        ),
    ),
    hints=(
        "Three things move a weight here: the gradient, the velocity it had, and the decay.",
        "Compute the new velocity and the step for all entries, then keep the old values where "
        "`trained` is False.",
        "`v = np.where(trained, beta * v + grad, v)`, and the same for `theta` with "
        "`theta - lr * (v + decay * theta)`.",
    ),
)

# --- a head by least squares --------------------------------------------------------------------


def _probe_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "features": rng.normal(size=(n, k)) + 0.8,
            "targets": rng.normal(size=(n, c)) + 0.5,
            "strength": s,
        }
        for n, k, c, s in ((7, 3, 2, 0.7), (1, 4, 3, 0.3), (5, 6, 1, 0.4))
    ]


RIDGE = Exercise(
    name="transfer_learning-linear-probe",
    title="A head in one line",
    kind="function",
    difficulty=3,
    minutes=15,
    points=4,
    cases=_probe_cases,
    probe=call,
    options={
        "name": "linear_probe",
        "args": ("features", "targets", "strength"),
        "returns": ("W", "b"),
    },
    reference='''
def linear_probe(features, targets, strength):
    """Return W (k, c) and b (c,): least squares on fixed features, with strength * sum(W**2)."""
    n, k = features.shape
    f_mean, t_mean = features.mean(axis=0), targets.mean(axis=0)
    F = features - f_mean
    W = np.linalg.solve(F.T @ F / n + strength * np.eye(k), F.T @ (targets - t_mean) / n)
    return W, t_mean - f_mean @ W
''',
    wrong=(
        Wrong(
            "sum-not-mean",
            "You weigh the penalty against the sum of the squares; the loss is a mean, so divide "
            "`F.T @ F` and `F.T @ T` by the number of rows.",
            swap={
                "F.T @ F / n": "F.T @ F",
                "F.T @ (targets - t_mean) / n": "F.T @ (targets - t_mean)",
            },
        ),
        Wrong(
            "bias-penalized",
            "You shrink the bias too: a penalty on it pulls all answers towards 0.",
            code="""
def linear_probe(features, targets, strength):
    n, k = features.shape
    F = np.column_stack([features, np.ones(n)])
    W = np.linalg.solve(F.T @ F / n + strength * np.eye(k + 1), F.T @ targets / n)
    return W[:-1], W[-1]
""",
        ),
        Wrong(
            "no-bias",
            "You fit through the origin and then add a bias: subtract the means of features and "
            "targets first.",
            swap={
                "F = features - f_mean": "F = features",
                "F.T @ (targets - t_mean)": "F.T @ targets",
            },
        ),
        Wrong(
            "bias-is-mean",
            "Your bias is the mean of the targets: take the mean answer `f_mean @ W` off, since the "
            "features have a mean of their own.",
            swap={"t_mean - f_mean @ W": "t_mean"},
        ),
        Wrong(
            "bias-sign",
            "The bias has the mean answer added; it should be subtracted from the mean target.",
            swap={"t_mean - f_mean @ W": "t_mean + f_mean @ W"},
        ),
        Wrong(
            "no-penalty",
            "The penalty is missing: with fewer rows than features the fit is not unique, and with "
            "few rows it follows the noise.",
            swap={
                "np.linalg.solve(F.T @ F / n + strength * np.eye(k), F.T @ (targets - t_mean) / n)": "np.linalg.pinv(F) @ (targets - t_mean)"
            },
        ),
        Wrong(
            "half-penalty",
            "Your penalty is half as strong as asked: squares and penalty both bring down a 2, and "
            "both cancel.",
            swap={"strength * np.eye(k)": "strength / 2 * np.eye(k)"},
        ),
        Wrong(
            "penalty-everywhere",
            "You add `strength` to every entry of `F.T @ F`; the penalty belongs on its diagonal.",
            swap={"strength * np.eye(k)": "strength"},
        ),
    ),
    right=(
        Right(
            "column of ones",
            code="""
def linear_probe(features, targets, strength):
    n, k = features.shape
    F = np.column_stack([features, np.ones(n)])
    P = strength * np.diag([1.0] * k + [0.0])
    W = np.linalg.solve(F.T @ F / n + P, F.T @ targets / n)
    return W[:-1], W[-1]
""",
        ),
        Right(
            "extra rows",
            code="""
def linear_probe(features, targets, strength):
    n, k = features.shape
    top = np.column_stack([features, np.ones(n)])
    low = np.column_stack([np.sqrt(n * strength) * np.eye(k), np.zeros(k)])
    goal = np.vstack([targets, np.zeros((k, targets.shape[1]))])
    W = np.linalg.lstsq(np.vstack([top, low]), goal, rcond=None)[0]
    return W[:k], W[k]
""",
        ),
        Right(
            "dual",
            code="""
def linear_probe(features, targets, strength):
    n = len(features)
    F = features - features.mean(0)
    W = F.T @ np.linalg.inv(F @ F.T + n * strength * np.eye(n)) @ (targets - targets.mean(0))
    return W, targets.mean(0) - features.mean(0) @ W
""",
        ),
    ),
    hints=(
        "Set the derivative with respect to the bias to 0 first: what does it make of the means?",
        "With centred features F and centred targets T the derivative with respect to W is "
        "2 F'(F W - T) / n + 2 strength W.",
        "Solve `(F.T @ F / n + strength * np.eye(k)) W = F.T @ T / n`; the bias is "
        "`t_mean - f_mean @ W`.",
    ),
)

# --- BatchNorm in a frozen body -----------------------------------------------------------------


def _norm_cases(rng: np.random.Generator) -> list[Case]:
    return [
        {
            "x": rng.normal(size=(n, k)),
            "dy": rng.normal(size=(n, k)),
            "gamma": rng.uniform(0.5, 2, k) * rng.choice([-1, 1], k),
            "beta": rng.normal(size=k),
            "mean": rng.normal(size=k),
            "var": rng.uniform(0.3, 3, k),
            "eps": 0.01,
        }
        for n, k in ((5, 3), (1, 4), (6, 2))
    ]


def _norm_truth(case: Case) -> Values:
    def forward(x: Any) -> Any:
        scaled = (x - case["mean"]) / np.sqrt(case["var"] + case["eps"])
        return case["gamma"] * scaled + case["beta"]

    return {"dx": vjp(forward, case["x"], case["dy"])}


NORM = Exercise(
    name="transfer_learning-frozen-norm",
    title="BatchNorm in a frozen body",
    kind="layer",
    difficulty=2,
    minutes=10,
    points=3,
    cases=_norm_cases,
    probe=call,
    options={
        "name": "frozen_norm",
        "args": ("x", "dy", "gamma", "beta", "mean", "var", "eps"),
        "returns": ("y", "dx"),
    },
    truth=_norm_truth,
    reference='''
def frozen_norm(x, dy, gamma, beta, mean, var, eps):
    """Return y and dx of a frozen BatchNorm: its running mean and variance are constants."""
    inv = 1 / np.sqrt(var + eps)
    y = gamma * (x - mean) * inv + beta
    return y, dy * gamma * inv
''',
    wrong=(
        Wrong(
            "batch-statistics",
            "You normalize with the statistics of this batch: a frozen layer uses the running ones, "
            "with which the body was trained.",
            swap={
                "1 / np.sqrt(var + eps)": "1 / np.sqrt(x.var(axis=0) + eps)",
                "(x - mean)": "(x - x.mean(axis=0))",
            },
        ),
        Wrong(
            "batch-mean",
            "You subtract the mean of this batch; the frozen layer's own `mean` belongs there.",
            swap={"(x - mean)": "(x - x.mean(axis=0))"},
        ),
        Wrong(
            "training-gradient",
            "Your `dx` is that of training mode: here mean and variance do not depend on the batch, "
            "so their terms are gone.",
            swap={
                "dy * gamma * inv": "gamma * inv * (dy - dy.mean(axis=0) - (x - mean) * inv * "
                "(dy * (x - mean) * inv).mean(axis=0))"
            },
        ),
        Wrong(
            "no-gradient",
            "Your `dx` is 0: a frozen layer has no gradient for its *own* parameters, but it still "
            "passes one down to what lies below.",
            swap={"dy * gamma * inv": "np.zeros_like(dy)"},
        ),
        Wrong(
            "straight-through",
            "Your `dx` is just `dy`: being frozen does not turn a layer into the identity.",
            swap={"dy * gamma * inv": "dy.copy()"},
        ),
        Wrong(
            "gamma-lost",
            "Your `dx` lacks the factor `gamma`.",
            swap={"dy * gamma * inv": "dy * inv"},
        ),
        Wrong(
            "eps-outside",
            "`eps` stands outside the root; it is added to the variance.",
            swap={"np.sqrt(var + eps)": "(np.sqrt(var) + eps)"},
        ),
        Wrong(
            "variance-not-root",
            "You divide by the variance; divide by its root, the standard deviation.",
            swap={"np.sqrt(var + eps)": "(var + eps)"},
        ),
    ),
    right=(
        Right(
            "affine",
            code="""
def frozen_norm(x, dy, gamma, beta, mean, var, eps):
    slope = gamma / (var + eps) ** 0.5
    return x * slope + (beta - mean * slope), dy * slope
""",
        ),
        Right(
            "matrix",
            code="""
def frozen_norm(x, dy, gamma, beta, mean, var, eps):
    D = np.diag(gamma / np.sqrt(var + eps))
    return (x - mean) @ D + beta, dy @ D.T
""",
        ),
        Right(
            "loop",
            code="""
def frozen_norm(x, dy, gamma, beta, mean, var, eps):
    y, dx = np.zeros(x.shape), np.zeros(x.shape)
    for j in range(x.shape[1]):
        s = gamma[j] / np.sqrt(var[j] + eps)
        y[:, j] = s * (x[:, j] - mean[j]) + beta[j]
        dx[:, j] = s * dy[:, j]
    return y, dx
""",
        ),
    ),
    hints=(
        "With constant mean and variance, what kind of function of x is this layer?",
        "It is a straight line in every column, with slope `gamma / sqrt(var + eps)`.",
        "`dx = dy * gamma / np.sqrt(var + eps)`.",
    ),
)

EXERCISES = (
    LOAD,
    FREEZE,
    RIDGE,
    NORM,
    RATES,
    STAGES,
    MATCH,
    GAINS,
    *ADAPTERS,
    *CHOICES,
    *PREDICTIONS,
    *BUGS,
)
