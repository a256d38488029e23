"""Chapter 6: the update rules, each a class with ``update(theta, grad, lr)``."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.exercise import Case, Exercise, Right, Wrong
from autograder.probe import optimizer


def _cases(**settings: float) -> Callable[[np.random.Generator], list[Case]]:
    """Return cases of 20 steps from an empty memory, with a change of rate in the middle.

    One coordinate's gradients are tiny, where eps matters, and one's keep their sign.
    """

    def cases(rng: np.random.Generator) -> list[Case]:
        made: list[Case] = []
        for n in (5, 1, 3):
            grads = rng.normal(size=(20, n)) + rng.uniform(0.4, 0.9, n)
            grads[:, -1] *= 0.02
            rates = np.where(np.arange(20) < 8, 0.1, 0.03)
            made.append({"theta": rng.normal(size=n), "grads": grads, "rates": rates, **settings})
        return made

    return cases


MOMENTUM = Exercise(
    name="optimizers-momentum",
    title="Momentum",
    difficulty=1,
    minutes=8,
    points=2,
    kind="optimizer",
    cases=_cases(beta=0.8),
    probe=optimizer,
    options={"name": "Momentum", "init": ("beta",)},
    reference='''
class Momentum:
    """Gradient descent with a velocity; update returns the new theta."""

    def __init__(self, beta=0.9):
        self.beta = beta
        self.v = 0.0

    def update(self, theta, grad, lr):
        self.v = self.beta * self.v + grad
        return theta - lr * self.v
''',
    wrong=(
        Wrong(
            "velocity-forgotten",
            "Your path is that of plain gradient descent: the velocity is computed anew in every step; keep it in `self.v`.",
            swap={
                "self.v = self.beta * self.v + grad": "v = self.beta * self.v + grad",
                "lr * self.v": "lr * v",
            },
            hint="What is `self.v` when `update` is called for the second time?",
        ),
        Wrong(
            "running-mean",
            "Your velocity is a running mean, with `(1 - beta) * grad`; this form adds the whole gradient, so its steps are `1 / (1 - beta)` times as long.",
            swap={"+ grad": "+ (1 - self.beta) * grad"},
        ),
        Wrong(
            "rate-in-velocity",
            "Your velocity holds `lr * grad`: the path is right until the rate changes, and then the velocity still carries the old rate; multiply by `lr` at the end.",
            swap={"+ grad": "+ lr * grad", "lr * self.v": "self.v"},
            hint="Compare steps 8 and 9, where the rate falls.",
        ),
        Wrong(
            "gradient-fades",
            "Your `beta` multiplies the gradient, so the old velocity never fades and grows without bound; it belongs to the old velocity.",
            swap={"self.beta * self.v + grad": "self.v + self.beta * grad"},
        ),
        Wrong(
            "looks-ahead",
            "Your step is Nesterov's, `grad + beta * v`; plain momentum moves by the velocity alone.",
            swap={"lr * self.v": "lr * (grad + self.beta * self.v)"},
        ),
        Wrong(
            "uphill",
            "Your step goes up the slope: the gradient points uphill, so subtract.",
            swap={"theta - lr": "theta + lr"},
        ),
        Wrong(
            "old-velocity",
            "Your step uses the velocity of the step before, so the first step does not move at all; update `self.v` first.",
            swap={
                "        self.v = self.beta * self.v + grad\n        return theta - lr * self.v\n": "        new = theta - lr * self.v\n        self.v = self.beta * self.v + grad\n        return new\n"
            },
        ),
        Wrong(
            "rate-missing",
            "Your step is the velocity itself; multiply it by the learning rate `lr`.",
            swap={"lr * self.v": "self.v"},
        ),
    ),
    right=(
        Right(
            "in place",
            code="""
class Momentum:
    def __init__(self, beta=0.9):
        self.beta, self.v = beta, None

    def update(self, theta, grad, lr):
        if self.v is None:
            self.v = np.zeros_like(theta)
        self.v *= self.beta
        self.v += grad
        theta -= lr * self.v
""",
        ),
        Right(
            "downhill velocity",
            swap={"+ grad": "- grad", "theta - lr": "theta + lr"},
        ),
        Right(
            "all gradients kept",
            code="""
class Momentum:
    def __init__(self, beta=0.9):
        self.beta, self.seen = beta, []

    def update(self, theta, grad, lr):
        self.seen.append(grad)
        ages = range(len(self.seen))[::-1]
        return theta - lr * sum(self.beta**k * g for k, g in zip(ages, self.seen))
""",
        ),
    ),
    hints=(
        "The velocity has to survive from one call to the next: it lives in `self.v`.",
        "New velocity: `beta` times the old one, plus the gradient. The rate comes in only at the end.",
        "`self.v = self.beta * self.v + grad`, then `return theta - lr * self.v`.",
    ),
)

NESTEROV = Exercise(
    name="optimizers-nesterov",
    title="Nesterov's momentum",
    difficulty=2,
    minutes=8,
    points=2,
    kind="optimizer",
    cases=_cases(beta=0.7),
    probe=optimizer,
    options={"name": "Nesterov", "init": ("beta",)},
    reference='''
class Nesterov:
    """Momentum that looks one velocity ahead; update returns the new theta."""

    def __init__(self, beta=0.9):
        self.beta = beta
        self.v = 0.0

    def update(self, theta, grad, lr):
        self.v = self.beta * self.v + grad
        return theta - lr * (grad + self.beta * self.v)
''',
    wrong=(
        Wrong(
            "plain-momentum",
            "Your step is plain momentum's; Nesterov's takes the gradient plus `beta` times the **new** velocity.",
            swap={"(grad + self.beta * self.v)": "self.v"},
            hint="`grad + beta * (old velocity)` is just the new velocity: that is plain momentum.",
        ),
        Wrong(
            "velocity-whole",
            "Your step adds the whole new velocity to the gradient; it is `beta` times the velocity.",
            swap={"(grad + self.beta * self.v)": "(grad + self.v)"},
        ),
        Wrong(
            "gradient-missing",
            "Your step is `beta` times the velocity alone; add this step's gradient once more.",
            swap={"(grad + self.beta * self.v)": "self.beta * self.v"},
        ),
        Wrong(
            "roles-swapped",
            "Your step is the velocity plus `beta` times the gradient; it is the gradient plus `beta` times the velocity.",
            swap={"(grad + self.beta * self.v)": "(self.v + self.beta * grad)"},
        ),
        Wrong(
            "velocity-forgotten",
            "Your velocity is not kept: every step starts from a velocity of 0. Store it in `self.v`.",
            swap={
                "self.v = self.beta * self.v + grad": "v = self.beta * self.v + grad",
                "self.beta * self.v)": "self.beta * v)",
            },
        ),
        Wrong(
            "velocity-takes-the-step",
            "Your velocity stores the look-ahead sum itself; keep `v = beta * v + grad`, and add the look-ahead in the step alone.",
            swap={
                "        return theta - lr * (grad + self.beta * self.v)\n": "        self.v = grad + self.beta * self.v\n        return theta - lr * self.v\n"
            },
        ),
        Wrong(
            "uphill",
            "Your step goes up the slope: the gradient points uphill, so subtract.",
            swap={"theta - lr": "theta + lr"},
        ),
        Wrong(
            "running-mean",
            "Your velocity is a running mean, with `(1 - beta) * grad`; it adds the whole gradient.",
            swap={"self.v + grad": "self.v + (1 - self.beta) * grad"},
        ),
    ),
    right=(
        Right(
            "in place",
            code="""
class Nesterov:
    def __init__(self, beta=0.9):
        self.beta, self.v = beta, None

    def update(self, theta, grad, lr):
        self.v = grad.copy() if self.v is None else self.beta * self.v + grad
        theta -= lr * grad
        theta -= lr * self.beta * self.v
""",
        ),
        Right(
            "squares written out",
            swap={
                "        self.v = self.beta * self.v + grad\n        return theta - lr * (grad + self.beta * self.v)\n": "        old, self.v = self.v, self.beta * self.v + grad\n        return theta - lr * ((1 + self.beta) * grad + self.beta**2 * old)\n"
            },
        ),
    ),
    hints=(
        "The velocity is that of plain momentum; only the step differs.",
        "The step looks one velocity further: the gradient plus `beta` times the new velocity.",
        "`return theta - lr * (grad + self.beta * self.v)` after `self.v = self.beta * self.v + grad`.",
    ),
)

ADAGRAD = Exercise(
    name="optimizers-adagrad",
    title="AdaGrad",
    difficulty=1,
    minutes=8,
    points=2,
    kind="optimizer",
    cases=_cases(eps=0.01),
    probe=optimizer,
    options={"name": "AdaGrad", "init": ("eps",)},
    reference='''
class AdaGrad:
    """Each coordinate's step divided by the root of its summed squares."""

    def __init__(self, eps=1e-10):
        self.eps = eps
        self.s = 0.0

    def update(self, theta, grad, lr):
        self.s = self.s + grad**2
        return theta - lr * grad / (np.sqrt(self.s) + self.eps)
''',
    wrong=(
        Wrong(
            "sum-forgotten",
            "Your sum holds this step's square alone, so every step is `lr` times the sign of the gradient; keep adding to `self.s`.",
            swap={
                "self.s = self.s + grad**2": "s = self.s + grad**2",
                "np.sqrt(self.s)": "np.sqrt(s)",
            },
        ),
        Wrong(
            "no-root",
            "Your step divides by the sum of squares itself; take its square root, or the step no longer has the unit of a rate.",
            swap={"np.sqrt(self.s)": "self.s"},
        ),
        Wrong(
            "not-squared",
            "Your sum adds gradients, which may cancel and go negative; it adds their squares.",
            swap={"np.sqrt(self.s)": "np.sqrt(np.abs(self.s))", "grad**2": "grad"},
        ),
        Wrong(
            "eps-in-root",
            "Your `eps` stands inside the root, where it weighs as its own square root; add it to the root.",
            swap={"(np.sqrt(self.s) + self.eps)": "np.sqrt(self.s + self.eps)"},
        ),
        Wrong(
            "fades",
            "Your sum forgets, with a factor of 0.9: that is RMSProp's memory; AdaGrad keeps every square in full.",
            swap={"self.s = self.s + grad**2": "self.s = 0.9 * self.s + 0.1 * grad**2"},
        ),
        Wrong(
            "one-rate-for-all",
            "Your sum runs over all coordinates, so they share one rate; each coordinate has a sum of its own.",
            swap={"self.s + grad**2": "self.s + np.sum(grad**2)"},
        ),
        Wrong(
            "uphill",
            "Your step goes up the slope: the gradient points uphill, so subtract.",
            swap={"theta - lr": "theta + lr"},
        ),
        Wrong(
            "old-sum",
            "Your step divides by the sum without this step's square: the first step divides by `eps` alone, and leaps. Add the square first.",
            swap={
                "        self.s = self.s + grad**2\n        return theta - lr * grad / (np.sqrt(self.s) + self.eps)\n": "        new = theta - lr * grad / (np.sqrt(self.s) + self.eps)\n        self.s = self.s + grad**2\n        return new\n"
            },
        ),
    ),
    right=(
        Right(
            "in place",
            code="""
class AdaGrad:
    def __init__(self, eps=1e-10):
        self.eps, self.s = eps, None

    def update(self, theta, grad, lr):
        if self.s is None:
            self.s = np.zeros_like(theta)
        self.s += grad * grad
        theta -= lr * grad / (self.s**0.5 + self.eps)
""",
        ),
        Right(
            "loop over coordinates",
            code="""
class AdaGrad:
    def __init__(self, eps=1e-10):
        self.eps, self.s = eps, {}

    def update(self, theta, grad, lr):
        new = theta.copy()
        for i, g in enumerate(grad):
            self.s[i] = self.s.get(i, 0.0) + g * g
            new[i] -= lr * g / (np.sqrt(self.s[i]) + self.eps)
        return new
""",
        ),
    ),
    hints=(
        "Keep one number per coordinate: the sum of all its squared gradients so far.",
        "Add this step's square first, then divide the gradient by the root of the sum plus `eps`.",
        "`self.s = self.s + grad**2`; `return theta - lr * grad / (np.sqrt(self.s) + self.eps)`.",
    ),
)

RMSPROP = Exercise(
    name="optimizers-rmsprop",
    title="RMSProp",
    difficulty=1,
    minutes=8,
    points=2,
    kind="optimizer",
    cases=_cases(rho=0.8, eps=0.01),
    probe=optimizer,
    options={"name": "RMSProp", "init": ("rho", "eps")},
    reference='''
class RMSProp:
    """Each coordinate's step divided by the root of a running mean of squares."""

    def __init__(self, rho=0.9, eps=1e-8):
        self.rho = rho
        self.eps = eps
        self.v = 0.0

    def update(self, theta, grad, lr):
        self.v = self.rho * self.v + (1 - self.rho) * grad**2
        return theta - lr * grad / (np.sqrt(self.v) + self.eps)
''',
    wrong=(
        Wrong(
            "sum",
            "Your memory is a sum that fades, without `(1 - rho)`; a running mean gives the new square the weight `1 - rho`.",
            swap={"(1 - self.rho) * grad**2": "grad**2"},
        ),
        Wrong(
            "weights-swapped",
            "Your `rho` and `1 - rho` are swapped: the old mean should weigh `rho`, the new square `1 - rho`.",
            swap={
                "self.rho * self.v + (1 - self.rho) * grad**2": "(1 - self.rho) * self.v + self.rho * grad**2"
            },
        ),
        Wrong(
            "eps-in-root",
            "Your `eps` stands inside the root, where it weighs as its own square root and damps small gradients; add it to the root.",
            swap={"(np.sqrt(self.v) + self.eps)": "np.sqrt(self.v + self.eps)"},
        ),
        Wrong(
            "no-root",
            "Your step divides by the mean square itself; take its square root.",
            swap={"np.sqrt(self.v)": "self.v"},
        ),
        Wrong(
            "eps-times",
            "Your `eps` multiplies the root instead of being added: with 1e-8 the steps would be a hundred million times too long.",
            swap={"np.sqrt(self.v) + self.eps": "np.sqrt(self.v) * self.eps"},
        ),
        Wrong(
            "mean-forgotten",
            "Your running mean is not kept between steps; store it in `self.v`.",
            swap={"self.v = self.rho": "v = self.rho", "np.sqrt(self.v)": "np.sqrt(v)"},
        ),
        Wrong(
            "keeps-all",
            "Your memory never forgets: that is AdaGrad's sum; weigh the old mean by `rho`, so that old gradients fade.",
            swap={"self.rho * self.v + (1 - self.rho) * grad**2": "self.v + grad**2"},
        ),
        Wrong(
            "not-squared",
            "Your memory averages the gradients' sizes, not their squares; RMS stands for the root of the mean **square**.",
            swap={"(1 - self.rho) * grad**2": "(1 - self.rho) * np.abs(grad)"},
        ),
        Wrong(
            "old-mean",
            "Your step divides by the mean from before this step, so the first step divides by `eps` alone and leaps; update `self.v` first.",
            swap={
                "        self.v = self.rho * self.v + (1 - self.rho) * grad**2\n        return theta - lr * grad / (np.sqrt(self.v) + self.eps)\n": "        new = theta - lr * grad / (np.sqrt(self.v) + self.eps)\n        self.v = self.rho * self.v + (1 - self.rho) * grad**2\n        return new\n"
            },
        ),
    ),
    right=(
        Right(
            "in place",
            code="""
class RMSProp:
    def __init__(self, rho=0.9, eps=1e-8):
        self.rho, self.eps, self.v = rho, eps, None

    def update(self, theta, grad, lr):
        if self.v is None:
            self.v = np.zeros_like(theta)
        self.v *= self.rho
        self.v += (1 - self.rho) * grad * grad
        theta -= lr * grad / (np.sqrt(self.v) + self.eps)
""",
        ),
        Right(
            "correction of the mean",
            swap={
                "self.rho * self.v + (1 - self.rho) * grad**2": "self.v + (1 - self.rho) * (grad**2 - self.v)"
            },
        ),
    ),
    hints=(
        "It is AdaGrad with a memory that fades: a running mean of squares in place of their sum.",
        "New mean: `rho` times the old one, plus `1 - rho` times the new square.",
        "`self.v = self.rho * self.v + (1 - self.rho) * grad**2`, then divide by `np.sqrt(self.v) + self.eps`.",
    ),
)

ADAM = Exercise(
    name="optimizers-adam",
    title="Adam",
    difficulty=2,
    minutes=12,
    points=4,
    kind="optimizer",
    cases=_cases(beta1=0.8, beta2=0.95, eps=0.01),
    probe=optimizer,
    options={"name": "Adam", "init": ("beta1", "beta2", "eps")},
    reference='''
class Adam:
    """Running means of gradients and squares, both corrected; update returns the new theta."""

    def __init__(self, beta1=0.9, beta2=0.999, eps=1e-8):
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps
        self.m = 0.0
        self.v = 0.0
        self.t = 0

    def update(self, theta, grad, lr):
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * grad
        self.v = self.beta2 * self.v + (1 - self.beta2) * grad**2
        m_hat = self.m / (1 - self.beta1**self.t)
        v_hat = self.v / (1 - self.beta2**self.t)
        return theta - lr * m_hat / (np.sqrt(v_hat) + self.eps)
''',
    wrong=(
        Wrong(
            "no-correction",
            "Your means are used uncorrected: they start from 0 and are too small at first, `v` even more than `m`, so the first steps have the wrong length.",
            swap={
                "self.m / (1 - self.beta1**self.t)": "self.m",
                "self.v / (1 - self.beta2**self.t)": "self.v",
            },
            hint="Divide by `1 - beta**t` before the step; in the very first step that gives back the gradient itself.",
        ),
        Wrong(
            "only-m-corrected",
            "Your `m` is corrected, but `v` is not; it starts from 0 as well.",
            swap={"self.v / (1 - self.beta2**self.t)": "self.v"},
        ),
        Wrong(
            "only-v-corrected",
            "Your `v` is corrected, but `m` is not; it starts from 0 as well.",
            swap={"self.m / (1 - self.beta1**self.t)": "self.m"},
        ),
        Wrong(
            "clock-stands",
            "Your step is right at first and wrong from the second on: the corrections stay those of step 1; the power of `beta` has to grow with `t`.",
            swap={"        self.t += 1\n": "        self.t = 1\n"},
        ),
        Wrong(
            "times-t",
            "Your correction multiplies `beta` by `t`; the exponent in `beta**t` is a power, and `1 - beta * t` turns negative at the second step.",
            swap={
                "self.beta1**self.t": "self.beta1 * self.t",
                "self.beta2**self.t": "self.beta2 * self.t",
            },
        ),
        Wrong(
            "clock-ahead",
            "Your clock is one step ahead: the first step has to use `t = 1`.",
            swap={"self.t = 0": "self.t = 1"},
        ),
        Wrong(
            "correction-stored",
            "Your corrected means are written back into `self.m` and `self.v`, so they are corrected again and again; keep them in variables of their own.",
            swap={
                "m_hat = self.m /": "self.m = m_hat = self.m /",
                "v_hat = self.v /": "self.v = v_hat = self.v /",
            },
        ),
        Wrong(
            "eps-in-root",
            "Your `eps` stands inside the root; Adam adds it to the root.",
            swap={"(np.sqrt(v_hat) + self.eps)": "np.sqrt(v_hat + self.eps)"},
        ),
        Wrong(
            "no-root",
            "Your step divides by `v_hat`; it is divided by its square root.",
            swap={"np.sqrt(v_hat)": "v_hat"},
        ),
        Wrong(
            "not-squared",
            "Your `v` averages gradients; it averages their squares.",
            swap={"grad**2": "grad", "np.sqrt(v_hat)": "np.sqrt(np.abs(v_hat))"},
        ),
        Wrong(
            "betas-swapped",
            "Your `beta1` and `beta2` are swapped: `beta1` belongs to the gradients, `beta2` to their squares.",
            swap={
                "self.beta1 = beta1": "self.beta1 = beta2",
                "self.beta2 = beta2": "self.beta2 = beta1",
            },
        ),
        Wrong(
            "gradient-in-step",
            "Your step moves along this step's gradient; Adam moves along its corrected running mean `m_hat`.",
            swap={"lr * m_hat": "lr * grad"},
        ),
        Wrong(
            "uphill",
            "Your step goes up the slope: the gradient points uphill, so subtract.",
            swap={"theta - lr": "theta + lr"},
        ),
    ),
    right=(
        Right(
            "in place, one rate",
            code="""
class Adam:
    def __init__(self, beta1=0.9, beta2=0.999, eps=1e-8):
        self.b1, self.b2, self.eps, self.t = beta1, beta2, eps, 0
        self.m = self.v = None

    def update(self, theta, grad, lr):
        if self.m is None:
            self.m, self.v = np.zeros_like(theta), np.zeros_like(theta)
        self.t += 1
        self.m += (1 - self.b1) * (grad - self.m)
        self.v += (1 - self.b2) * (grad * grad - self.v)
        root = np.sqrt(1 - self.b2**self.t)
        rate = lr * root / (1 - self.b1**self.t)
        theta -= rate * self.m / (np.sqrt(self.v) + self.eps * root)
""",
        ),
        Right(
            "running powers",
            code="""
class Adam:
    def __init__(self, beta1=0.9, beta2=0.999, eps=1e-8):
        self.b1, self.b2, self.eps = beta1, beta2, eps
        self.m = self.v = 0.0
        self.p1 = self.p2 = 1.0

    def update(self, theta, grad, lr):
        self.p1, self.p2 = self.p1 * self.b1, self.p2 * self.b2
        self.m = self.b1 * self.m + (1 - self.b1) * grad
        self.v = self.b2 * self.v + (1 - self.b2) * np.square(grad)
        return theta - lr * (self.m / (1 - self.p1)) / (np.sqrt(self.v / (1 - self.p2)) + self.eps)
""",
        ),
        Right(
            "clock after use",
            swap={
                "        self.t += 1\n": "",
                "**self.t": "**(self.t + 1)",
                "        return theta": "        self.t += 1\n        return theta",
            },
        ),
    ),
    hints=(
        "Three things survive from call to call: the mean of gradients, the mean of squares, and how many steps there were.",
        "Count first, `self.t += 1`; then update both means; then divide each by `1 - beta**t`, into new variables.",
        "`theta - lr * m_hat / (np.sqrt(v_hat) + self.eps)` with `m_hat = self.m / (1 - self.beta1**self.t)`, and likewise `v_hat`.",
    ),
)

ADAMW = Exercise(
    name="optimizers-adamw",
    title="AdamW: decay beside the gradient",
    difficulty=2,
    minutes=12,
    points=3,
    kind="optimizer",
    cases=lambda rng: [
        {**case, "n_decay": n}
        for case, n in zip(
            _cases(beta1=0.8, beta2=0.95, eps=0.01, weight_decay=0.7)(rng), (3, 1, 2), strict=True
        )
    ],
    probe=optimizer,
    options={
        "name": "AdamW",
        "init": ("weight_decay", "n_decay", "beta1", "beta2", "eps"),
    },
    reference='''
class AdamW:
    """Adam; beside it the first n_decay entries shrink by lr * weight_decay per step."""

    def __init__(self, weight_decay=0.01, n_decay=None, beta1=0.9, beta2=0.999, eps=1e-8):
        self.weight_decay, self.n_decay = weight_decay, n_decay
        self.beta1, self.beta2, self.eps = beta1, beta2, eps
        self.m, self.v, self.t = 0.0, 0.0, 0

    def update(self, theta, grad, lr):
        theta = theta.copy()
        theta[: self.n_decay] *= 1 - lr * self.weight_decay
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * grad
        self.v = self.beta2 * self.v + (1 - self.beta2) * grad**2
        m_hat = self.m / (1 - self.beta1**self.t)
        v_hat = self.v / (1 - self.beta2**self.t)
        return theta - lr * m_hat / (np.sqrt(v_hat) + self.eps)
''',
    wrong=(
        Wrong(
            "in-the-gradient",
            "Your decay is added to the gradient: that is Adam with L2, where `v` divides the decay away wherever gradients are large; shrink `theta` itself.",
            swap={
                "        theta = theta.copy()\n        theta[: self.n_decay] *= 1 - lr * self.weight_decay\n": "        grad = grad.copy()\n        grad[: self.n_decay] += self.weight_decay * theta[: self.n_decay]\n"
            },
        ),
        Wrong(
            "all-decay",
            "Your decay reaches all entries; only the first `n_decay`, the weight matrices, decay, and biases stay free.",
            swap={"theta[: self.n_decay] *=": "theta *="},
        ),
        Wrong(
            "the-others-decay",
            "Your decay reaches the entries from `n_decay` on, the biases; it is the first `n_decay` that decay.",
            swap={"theta[: self.n_decay]": "theta[self.n_decay :]"},
        ),
        Wrong(
            "rate-missing",
            "Your decay does not scale with the learning rate: the factor is `1 - lr * weight_decay`.",
            swap={"1 - lr * self.weight_decay": "1 - self.weight_decay"},
        ),
        Wrong(
            "decay-last",
            "Your decay comes after the step and shrinks Adam's step as well; shrink `theta` first, then move.",
            swap={
                "        theta = theta.copy()\n        theta[: self.n_decay] *= 1 - lr * self.weight_decay\n": "",
                "        return theta - lr * m_hat / (np.sqrt(v_hat) + self.eps)\n": "        theta = theta - lr * m_hat / (np.sqrt(v_hat) + self.eps)\n        theta[: self.n_decay] *= 1 - lr * self.weight_decay\n        return theta\n",
            },
        ),
        Wrong(
            "no-decay",
            "Your path is Adam's without any decay.",
            swap={"        theta[: self.n_decay] *= 1 - lr * self.weight_decay\n": ""},
        ),
        Wrong(
            "doubled",
            "Your decay is twice too strong: the 2 belongs to the derivative of a squared penalty, and here is no penalty.",
            swap={"1 - lr * self.weight_decay": "1 - 2 * lr * self.weight_decay"},
        ),
        Wrong(
            "grows",
            "Your factor is above 1: the weights grow instead of shrinking.",
            swap={"1 - lr * self.weight_decay": "1 + lr * self.weight_decay"},
        ),
    ),
    right=(
        Right(
            "in the step",
            swap={
                "        theta = theta.copy()\n        theta[: self.n_decay] *= 1 - lr * self.weight_decay\n": "        decay = np.zeros_like(theta)\n        decay[: self.n_decay] = self.weight_decay * theta[: self.n_decay]\n",
                "lr * m_hat / (np.sqrt(v_hat) + self.eps)": "lr * (m_hat / (np.sqrt(v_hat) + self.eps) + decay)",
            },
        ),
        Right(
            "in place",
            swap={
                "        theta = theta.copy()\n": "",
                "return theta - lr * m_hat / (np.sqrt(v_hat) + self.eps)": "theta -= lr * m_hat / (np.sqrt(v_hat) + self.eps)",
            },
        ),
    ),
    hints=(
        "The decay never touches `grad`, `m` or `v`: it acts on `theta` directly.",
        "Multiply the first `n_decay` entries by `1 - lr * weight_decay`, then do Adam's step as before.",
        "`theta = theta.copy()`, then `theta[: self.n_decay] *= 1 - lr * self.weight_decay`, then Adam.",
    ),
)

EXERCISES = [MOMENTUM, NESTEROV, ADAGRAD, RMSPROP, ADAM, ADAMW]
