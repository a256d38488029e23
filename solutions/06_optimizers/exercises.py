# %% [markdown]
# # Exercises 6 · Optimizers and schedules
#
# Fill in the marked places, run the cell, then run the check below it. A check tells you in one
# sentence what is right or wrong; `hint("...")` gives a nudge, and a bigger one each time you ask.
# The chapter says when to do which. All parameters are one vector `theta` of shape `(n,)`, and
# `grad` has the same shape.

# %%
import numpy as np

from autograder import check, hint

# %% [markdown]
# # Descent and batches
#
# ## Gradient descent · easy · 8 minutes
#
# The loss is $f(\theta) = \tfrac12\theta^\top A\,\theta - b^\top\theta$, with gradient
# $A\theta - b$; `A` is symmetric `(n, n)`, `b` and `theta` are `(n,)`. Take `steps` steps
# $\theta \leftarrow \theta - \alpha\nabla f(\theta)$ with rate `lr`. Return the path, an array
# `(steps + 1, n)` whose first row is the start. Leave the `theta` you are given unchanged.

# %% exercise="optimizers-descent"
def descend(A, b, theta, lr, steps):
    """Return the path of gradient descent on theta.A.theta / 2 - b.theta, start included."""
    ### BEGIN SOLUTION
    path = [theta]
    for _ in range(steps):
        theta = theta - lr * (A @ theta - b)
        path.append(theta)
    return np.array(path)
    ### END SOLUTION

# %% check="optimizers-descent"
check("optimizers-descent")

# %% [markdown]
# ## The largest stable rate · easy · 3 minutes
#
# $f(x) = \tfrac12\cdot 10\,x^2$. Up to which rate does gradient descent still not diverge? Set
# `stable_rate` to that rate, where the steps neither shrink nor grow.

# %% exercise="optimizers-stable-rate"
# Set `stable_rate` to a number.
### BEGIN SOLUTION
stable_rate = 0.2
### END SOLUTION

# %% check="optimizers-stable-rate"
check("optimizers-stable-rate")

# %% [markdown]
# ## Mini-batches · medium · 10 minutes
#
# Return a list of batches, pairs `(x_rows, y_rows)` of `size` rows each, which together hold every
# row of `x` and `y` exactly once, in an order drawn anew from `rng` at every call. If `size` does
# not divide the number of rows, the last batch is smaller. `rng` is a `numpy.random.Generator`.

# %% exercise="optimizers-batches"
def minibatches(x, y, size, rng):
    """Return a list of batches (x, y) that hold every row once, in an order drawn from rng."""
    ### BEGIN SOLUTION
    order = rng.permutation(len(x))
    batches = []
    for start in range(0, len(x), size):
        rows = order[start : start + size]
        batches.append((x[rows], y[rows]))
    return batches
    ### END SOLUTION

# %% check="optimizers-batches"
check("optimizers-batches")

# %% [markdown]
# ## The whole gradient from small chunks · medium · 10 minutes
#
# For a linear model with mean squared error, `x` `(n, d)`, `y` `(n,)`, `w` `(d,)`:
#
# $$\frac{\partial}{\partial w}\,\frac1n\sum_{i=1}^n (x_i w - y_i)^2 = \frac{2}{n}\, x^\top (x w - y).$$
#
# Return it without ever looking at more than `size` rows at a time. The last chunk may be short.

# %% exercise="optimizers-accumulate"
def accumulated_gradient(x, y, w, size):
    """Return d(mean squared error)/dw over all rows, looking at no more than size at a time."""
    ### BEGIN SOLUTION
    dw = np.zeros_like(w)
    for start in range(0, len(x), size):
        xb, yb = x[start : start + size], y[start : start + size]
        dw += 2 * xb.T @ (xb @ w - yb) / len(x)
    return dw
    ### END SOLUTION

# %% check="optimizers-accumulate"
check("optimizers-accumulate")

# %% [markdown]
# ## Four times the batch · easy · 3 minutes
#
# The linear scaling rule says: with a batch four times as large, use a rate four times as large.
# When is that sound, for plain SGD with losses that are means over the batch?
#
# * (a) Never: the rate should stay as it was.
# * (b) As long as the larger rate stays below the stability limit; one large step then replaces four
#   small ones.
# * (c) Always, because the gradient of a larger batch is four times as large.
# * (d) Never: the noise shrinks by a factor of 2, so the rate should double.

# %% exercise="optimizers-scaling-rule"
# Set `scaling_rule` to a letter, such as "a".
### BEGIN SOLUTION
scaling_rule = "b"
### END SOLUTION

# %% check="optimizers-scaling-rule"
check("optimizers-scaling-rule")

# %% [markdown]
# # Curvature
#
# ## A saddle on the way · easy · 3 minutes
#
# $f(x, y) = x^2 - y^2$ has a saddle at the origin. Gradient descent starts close to the line
# $y = 0$. What is true?
#
# * (a) It gets stuck at the saddle, because the gradient vanishes there.
# * (b) It converges to the saddle, which is a minimum along $x$.
# * (c) Only from $y = 0$ exactly does it stay; from $y = 10^{-10}$ it escapes, after a while.
# * (d) Whether it escapes depends on the rate: a large enough one leaves the saddle from $y = 0$ too.

# %% exercise="optimizers-saddle"
# Set `saddle` to a letter, such as "a".
### BEGIN SOLUTION
saddle = "c"
### END SOLUTION

# %% check="optimizers-saddle"
check("optimizers-saddle")

# %% [markdown]
# ## The Hessian times a vector · medium · 10 minutes
#
# The Hessian $H$ has $n^2$ entries, too many to write down. But $Hv$ is the derivative of the
# gradient along $v$, so two gradients are enough:
#
# $$Hv \approx \frac{\nabla f(\theta + h v) - \nabla f(\theta - h v)}{2h}.$$
#
# `gradient(theta)` is a function that returns the gradient, `(n,)`. Return $Hv$, `(n,)`.

# %% exercise="optimizers-hvp"
def hvp(gradient, theta, v, h=1e-4):
    """Return the Hessian at theta times v, from two calls of gradient."""
    ### BEGIN SOLUTION
    return (gradient(theta + h * v) - gradient(theta - h * v)) / (2 * h)
    ### END SOLUTION

# %% check="optimizers-hvp"
check("optimizers-hvp")

# %% [markdown]
# ## The steepest curvature · hard · 15 minutes
#
# `times(v)` returns $Hv$ for a symmetric $H$. **Power iteration**: bring `v` to length 1, replace it
# by $Hv$, and repeat, `steps` times; `v` turns towards the eigenvector whose eigenvalue is largest in
# size. At the end bring it to length 1 once more, call it $u$, and return the curvature
# $u^\top H u$ with its sign, one number.

# %% exercise="optimizers-power"
def top_curvature(times, v, steps):
    """Return the Hessian's eigenvalue of largest size; times(v) is the Hessian times v."""
    ### BEGIN SOLUTION
    for _ in range(steps):
        v = v / np.linalg.norm(v)
        v = times(v)
    u = v / np.linalg.norm(v)
    return u @ times(u)
    ### END SOLUTION

# %% check="optimizers-power"
check("optimizers-power")

# %% [markdown]
# # Update rules
#
# Each optimizer is a class. Its method `update(theta, grad, lr)` is called once per step and returns
# the new `theta`; what it has to remember it keeps in `self`. A memory that starts as the number 0
# becomes an array by itself in the first step.
#
# ## Momentum · easy · 8 minutes
#
# $$v \leftarrow \beta v + g, \qquad \theta \leftarrow \theta - \alpha v .$$
#
# The rate $\alpha$ (`lr`) may change from step to step; it multiplies at the end.

# %% exercise="optimizers-momentum"
class Momentum:
    """Gradient descent with a velocity; update returns the new theta."""

    def __init__(self, beta=0.9):
        self.beta = beta
        self.v = 0.0

    def update(self, theta, grad, lr):
        ### BEGIN SOLUTION
        self.v = self.beta * self.v + grad
        return theta - lr * self.v
        ### END SOLUTION

# %% check="optimizers-momentum"
check("optimizers-momentum")

# %% [markdown]
# ## Nesterov's momentum · medium · 8 minutes
#
# The velocity is that of momentum; the step looks one velocity further:
#
# $$v \leftarrow \beta v + g, \qquad \theta \leftarrow \theta - \alpha\,(g + \beta v)
# \quad\text{with the new } v .$$

# %% exercise="optimizers-nesterov"
class Nesterov:
    """Momentum that looks one velocity ahead; update returns the new theta."""

    def __init__(self, beta=0.9):
        self.beta = beta
        self.v = 0.0

    def update(self, theta, grad, lr):
        ### BEGIN SOLUTION
        self.v = self.beta * self.v + grad
        return theta - lr * (grad + self.beta * self.v)
        ### END SOLUTION

# %% check="optimizers-nesterov"
check("optimizers-nesterov")

# %% [markdown]
# ## AdaGrad · easy · 8 minutes
#
# Per coordinate, with the squares summed over all steps so far, this one included:
#
# $$s \leftarrow s + g^2, \qquad \theta \leftarrow \theta - \frac{\alpha\, g}{\sqrt{s} + \varepsilon} .$$

# %% exercise="optimizers-adagrad"
class AdaGrad:
    """Each coordinate's step divided by the root of its summed squares."""

    def __init__(self, eps=1e-10):
        self.eps = eps
        self.s = 0.0

    def update(self, theta, grad, lr):
        ### BEGIN SOLUTION
        self.s = self.s + grad**2
        return theta - lr * grad / (np.sqrt(self.s) + self.eps)
        ### END SOLUTION

# %% check="optimizers-adagrad"
check("optimizers-adagrad")

# %% [markdown]
# ## RMSProp · easy · 8 minutes
#
# $$v \leftarrow \rho v + (1 - \rho)\, g^2, \qquad
# \theta \leftarrow \theta - \frac{\alpha\, g}{\sqrt{v} + \varepsilon} ,$$
#
# with $\varepsilon$ outside the root.

# %% exercise="optimizers-rmsprop"
class RMSProp:
    """Each coordinate's step divided by the root of a running mean of squares."""

    def __init__(self, rho=0.9, eps=1e-8):
        self.rho = rho
        self.eps = eps
        self.v = 0.0

    def update(self, theta, grad, lr):
        ### BEGIN SOLUTION
        self.v = self.rho * self.v + (1 - self.rho) * grad**2
        return theta - lr * grad / (np.sqrt(self.v) + self.eps)
        ### END SOLUTION

# %% check="optimizers-rmsprop"
check("optimizers-rmsprop")

# %% [markdown]
# ## Adam · medium · 12 minutes
#
# With the steps counted from $t = 1$, and $\beta^t$ a power:
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2,$$
# $$\hat m = \frac{m}{1 - \beta_1^t}, \qquad \hat v = \frac{v}{1 - \beta_2^t}, \qquad
# \theta \leftarrow \theta - \frac{\alpha\,\hat m}{\sqrt{\hat v} + \varepsilon} .$$

# %% exercise="optimizers-adam"
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
        ### BEGIN SOLUTION
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * grad
        self.v = self.beta2 * self.v + (1 - self.beta2) * grad**2
        m_hat = self.m / (1 - self.beta1**self.t)
        v_hat = self.v / (1 - self.beta2**self.t)
        return theta - lr * m_hat / (np.sqrt(v_hat) + self.eps)
        ### END SOLUTION

# %% check="optimizers-adam"
check("optimizers-adam")

# %% [markdown]
# ## AdamW: decay beside the gradient · medium · 12 minutes
#
# The first `n_decay` entries of `theta` are weight matrices, the rest are biases. Before each step
# of Adam, shrink the matrices alone, with $\lambda$ = `weight_decay`:
#
# $$\theta_W \leftarrow (1 - \alpha\lambda)\,\theta_W .$$
#
# The gradient and the means know nothing of it. Then take Adam's step, as before.

# %% exercise="optimizers-adamw"
class AdamW:
    """Adam; beside it the first n_decay entries shrink by lr * weight_decay per step."""

    def __init__(self, weight_decay=0.01, n_decay=None, beta1=0.9, beta2=0.999, eps=1e-8):
        self.weight_decay, self.n_decay = weight_decay, n_decay
        self.beta1, self.beta2, self.eps = beta1, beta2, eps
        self.m, self.v, self.t = 0.0, 0.0, 0

    def update(self, theta, grad, lr):
        ### BEGIN SOLUTION
        theta = theta.copy()
        theta[: self.n_decay] *= 1 - lr * self.weight_decay
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * grad
        self.v = self.beta2 * self.v + (1 - self.beta2) * grad**2
        m_hat = self.m / (1 - self.beta1**self.t)
        v_hat = self.v / (1 - self.beta2**self.t)
        return theta - lr * m_hat / (np.sqrt(v_hat) + self.eps)
        ### END SOLUTION

# %% check="optimizers-adamw"
check("optimizers-adamw")

# %% [markdown]
# ## What Adam keeps · easy · 3 minutes
#
# A network has 100,000 parameters, stored as float32. How many bytes does Adam keep from step to
# step, beside the parameters and their gradients? Set `adam_memory`.

# %% exercise="optimizers-adam-memory"
# Set `adam_memory` to a number of bytes.
### BEGIN SOLUTION
adam_memory = 800_000
### END SOLUTION

# %% check="optimizers-adam-memory"
check("optimizers-adam-memory")

# %% [markdown]
# # Schedules
#
# ## Exponential decay by its half-life · easy · 6 minutes
#
# Return the rate at `step`, if it starts at `lr` at step 0 and falls smoothly, to one half of itself
# in every `half_life` steps.

# %% exercise="optimizers-exponential"
def halving(lr, half_life, step):
    """Return the rate at a step, when it falls smoothly to one half every half_life steps."""
    ### BEGIN SOLUTION
    return lr * 0.5 ** (step / half_life)
    ### END SOLUTION

# %% check="optimizers-exponential"
check("optimizers-exponential")

# %% [markdown]
# ## Warm-up and cosine · medium · 12 minutes
#
# Return the rate at `step` = 0, 1, 2, …
#
# * In the first `warm` steps it rises in a straight line: `lr / warm` at step 0, `lr` at step `warm - 1`.
# * From step `warm` to step `steps` it falls from `lr` to `lr_min` along half a cosine,
#   $\alpha_\text{min} + (\alpha - \alpha_\text{min})\,\frac{1 + \cos(\pi d)}{2}$, where $d$ runs from 0 to 1.
# * After step `steps` it stays at `lr_min`.

# %% exercise="optimizers-cosine"
def warmup_cosine(step, lr, lr_min, warm, steps):
    """Return the rate at a step: a linear rise in warm steps, then half a cosine to lr_min."""
    ### BEGIN SOLUTION
    if step < warm:
        return lr * (step + 1) / warm
    done = min((step - warm) / (steps - warm), 1.0)
    return lr_min + (lr - lr_min) * (1 + np.cos(np.pi * done)) / 2
    ### END SOLUTION

# %% check="optimizers-cosine"
check("optimizers-cosine")

# %% [markdown]
# ## Reading a learning-rate finder · medium · 12 minutes
#
# The finder trained while the rate grew; `rates` and `losses`, both `(n,)`, are what it saw, one entry
# per step. Smooth the losses by a running mean that starts from 0 and is corrected for it as in Adam:
#
# $$\mu_t = \beta\mu_{t-1} + (1-\beta)\,\mathcal L_t, \qquad \hat\mu_t = \frac{\mu_t}{1-\beta^t},
# \qquad t = 1, 2, \dots$$
#
# Return two things: the array of the $\hat\mu_t$, and **a tenth** of the rate where it is smallest.

# %% exercise="optimizers-finder"
def suggest_rate(rates, losses, beta):
    """Return the smoothed losses, and a tenth of the rate at which they are smallest."""
    ### BEGIN SOLUTION
    mean, smooth = 0.0, []
    for t, loss in enumerate(losses, start=1):
        mean = beta * mean + (1 - beta) * loss
        smooth.append(mean / (1 - beta**t))
    smooth = np.array(smooth)
    return smooth, rates[np.argmin(smooth)] / 10
    ### END SOLUTION

# %% check="optimizers-finder"
check("optimizers-finder")

# %% [markdown]
# # Comparing
#
# ## A difference with its interval · medium · 10 minutes
#
# `a` and `b` `(n,)` are the final losses of two methods, run with the same `n` seeds. With the
# differences $d = a - b$ return both ends, the lower first, of
#
# $$\bar d \pm t\,\frac{s}{\sqrt n}, \qquad s = \text{standard deviation of } d \text{ with } n - 1,$$
#
# where `t` is Student's factor for the number of seeds (2.776 for five, at 95 %).

# %% exercise="optimizers-interval"
def paired_interval(a, b, t):
    """Return both ends of the interval for the mean of a - b, seed by seed."""
    ### BEGIN SOLUTION
    d = a - b
    half = t * d.std(ddof=1) / np.sqrt(len(d))
    return d.mean() - half, d.mean() + half
    ### END SOLUTION

# %% check="optimizers-interval"
check("optimizers-interval")

# %% [markdown]
# ## Which optimizer? · easy · 3 minutes
#
# A colleague has to choose an optimizer for a new network. Which advice holds?
#
# * (a) Run all of them at rate 0.01, and take the one with the lowest training loss.
# * (b) Take SGD with momentum when you need to interpret the network.
# * (c) Take Adam: then the rate no longer has to be tuned.
# * (d) Start with Adam or AdamW at a sensible rate; if it matters, tune the rate of each candidate
#   with equal effort, and compare on validation data over several seeds.

# %% exercise="optimizers-which"
# Set `which` to a letter, such as "a".
### BEGIN SOLUTION
which = "d"
### END SOLUTION

# %% check="optimizers-which"
check("optimizers-which")

# %% [markdown]
# # Find the bug
#
# Each function below is wrong, and no gradient check would tell: the gradients are right, what is
# done with them is not. Give a **witness**, a tuple of inputs on which it goes wrong; the letter of
# the **cause**; and the **repaired** function.
#
# ## Find the bug: Adam as it is often written down · medium · 12 minutes
#
# The function is to return how far Adam (0.9, 0.999, $\varepsilon = 10^{-8}$) moves `theta` over the
# rows of `grads` `(steps, n)`. It runs, and training even works.
#
# ```python
# def adam_moves(grads, lr):
#     m, v, moved = 0.0, 0.0, 0.0
#     for g in grads:
#         m = 0.9 * m + 0.1 * g
#         v = 0.999 * v + 0.001 * g**2
#         moved = moved - lr * m / (np.sqrt(v) + 1e-8)
#     return moved
# ```
#
# * (a) `1e-8` should stand inside the root.
# * (b) 0.9 and 0.999 are swapped.
# * (c) `m` should average squares, too.
# * (d) The means start from 0, and nothing corrects for that.

# %% exercise="optimizers-bug-adam"
bug_adam_witness = ()  # (grads, lr)
bug_adam_cause = ""


def adam_moves(grads, lr):
    """Return how far Adam moves theta over the rows of grads."""
    ### BEGIN SOLUTION
    m, v, moved = 0.0, 0.0, 0.0
    for t, g in enumerate(grads, start=1):
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        m_hat = m / (1 - 0.9**t)
        v_hat = v / (1 - 0.999**t)
        moved = moved - lr * m_hat / (np.sqrt(v_hat) + 1e-8)
    return moved


bug_adam_witness = (np.array([[1.0, -2.0]]), 0.1)
bug_adam_cause = "d"
### END SOLUTION

# %% check="optimizers-bug-adam"
check("optimizers-bug-adam")

# %% [markdown]
# ## Find the bug: step decay without steps · easy · 8 minutes
#
# The rate is to fall to a tenth after every `drop` epochs, and to stay put in between. Epochs count from 0.
#
# ```python
# def step_decay(lr, epoch, drop):
#     return lr * 0.1 ** (epoch / drop)
# ```
#
# * (a) The number of drops should be a whole number.
# * (b) The factor should be 0.5.
# * (c) The fraction is upside down.
# * (d) The epoch should be counted from 1.

# %% exercise="optimizers-bug-floor"
bug_floor_witness = ()  # (lr, epoch, drop)
bug_floor_cause = ""


def step_decay(lr, epoch, drop):
    """Return the rate in an epoch; it falls to a tenth after every drop epochs."""
    ### BEGIN SOLUTION
    return lr * 0.1 ** (epoch // drop)


bug_floor_witness = (1.0, 5, 10)
bug_floor_cause = "a"
### END SOLUTION

# %% check="optimizers-bug-floor"
check("optimizers-bug-floor")

# %% [markdown]
# ## Find the bug: weight decay that Adam divides away · medium · 12 minutes
#
# The function is to return `theta` `(n,)` after Adam with **decoupled** weight decay over the rows of
# `grads` `(steps, n)`: before each step, `theta` shrinks by `lr * decay` times itself.
#
# ```python
# def adamw(theta, grads, lr, decay):
#     m, v = 0.0, 0.0
#     for t, g in enumerate(grads, start=1):
#         g = g + decay * theta
#         m = 0.9 * m + 0.1 * g
#         v = 0.999 * v + 0.001 * g**2
#         step = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
#         theta = theta - lr * step
#     return theta
# ```
#
# * (a) The decay lacks a factor of 2.
# * (b) The decay goes through the gradient, and is divided by the root of `v`.
# * (c) `t` should start from 0.
# * (d) The decay should be subtracted from the gradient.

# %% exercise="optimizers-bug-decay"
bug_decay_witness = ()  # (theta, grads, lr, decay)
bug_decay_cause = ""


def adamw(theta, grads, lr, decay):
    """Return theta after the rows of grads: Adam with decoupled weight decay."""
    ### BEGIN SOLUTION
    m, v = 0.0, 0.0
    for t, g in enumerate(grads, start=1):
        theta = theta - lr * decay * theta
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        step = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        theta = theta - lr * step
    return theta


bug_decay_witness = (np.array([1.0, 1.0]), np.array([[0.01, 5.0]]), 0.1, 0.5)
bug_decay_cause = "b"
### END SOLUTION

# %% check="optimizers-bug-decay"
check("optimizers-bug-decay")

# %% [markdown]
# ## Find the bug: a rate that outlives its step · medium · 12 minutes
#
# Momentum in the form $v \leftarrow 0.9\,v + g$, $\theta \leftarrow \theta - \alpha_t v$ was asked for; `rates`
# `(steps,)` holds one rate per step. The function returns how far `theta` moves in all. With a constant
# rate every test passes.
#
# ```python
# def momentum_moves(grads, rates):
#     v, moved = 0.0, 0.0
#     for g, lr in zip(grads, rates):
#         v = 0.9 * v + lr * g
#         moved = moved - v
#     return moved
# ```
#
# * (a) The gradient lacks a factor of 0.1.
# * (b) The velocity should start from the first gradient.
# * (c) The velocity keeps the rates of earlier steps.
# * (d) The step should be taken before the velocity is renewed.

# %% exercise="optimizers-bug-old-rate"
bug_old_rate_witness = ()  # (grads, rates)
bug_old_rate_cause = ""


def momentum_moves(grads, rates):
    """Return how far momentum (0.9) moves theta, one gradient and one rate per step."""
    ### BEGIN SOLUTION
    v, moved = 0.0, 0.0
    for g, lr in zip(grads, rates):
        v = 0.9 * v + g
        moved = moved - lr * v
    return moved


bug_old_rate_witness = (np.ones((2, 1)), np.array([1.0, 0.0]))
bug_old_rate_cause = "c"
### END SOLUTION

# %% check="optimizers-bug-old-rate"
check("optimizers-bug-old-rate")

# %% [markdown]
# ## Find the bug: the loss of an epoch · easy · 8 minutes
#
# `losses` are the mean losses of an epoch's batches, `sizes` their numbers of rows. The function is to
# return the mean loss per sample.
#
# ```python
# def epoch_loss(losses, sizes):
#     loss = 0.0
#     for loss in losses:
#         pass                 # train on the batch, compute its loss
#     return loss
# ```
#
# * (a) Each loss should be divided by its batch's size.
# * (b) The batches should be sorted first.
# * (c) Only the last batch's loss is returned.
# * (d) It should be the sum of all losses.

# %% exercise="optimizers-bug-epoch-loss"
bug_epoch_loss_witness = ()  # (losses, sizes)
bug_epoch_loss_cause = ""


def epoch_loss(losses, sizes):
    """Return the mean loss per sample, from each batch's mean loss and its number of rows."""
    ### BEGIN SOLUTION
    return np.sum(losses * sizes) / np.sum(sizes)


bug_epoch_loss_witness = (np.array([1.0, 3.0]), np.array([32.0, 16.0]))
bug_epoch_loss_cause = "c"
### END SOLUTION

# %% check="optimizers-bug-epoch-loss"
check("optimizers-bug-epoch-loss")

# %% [markdown]
# ## Find the bug: when did it converge? · easy · 8 minutes
#
# The function is to return after how many epochs the loss is first at or below `target`, as a float, and
# `np.inf` if it never is. `losses` has one entry per epoch; after the first entry, one epoch is over.
#
# ```python
# def epochs_to(losses, target):
#     return float(len(losses))
# ```
#
# * (a) It should return the last loss.
# * (b) It should return an integer.
# * (c) It works only with early stopping.
# * (d) It returns the number of epochs that were run, whatever the target.

# %% exercise="optimizers-bug-converged"
bug_converged_witness = ()  # (losses, target)
bug_converged_cause = ""


def epochs_to(losses, target):
    """Return after how many epochs the loss is first at or below target; np.inf if never."""
    ### BEGIN SOLUTION
    for epoch, loss in enumerate(losses, start=1):
        if loss <= target:
            return float(epoch)
    return np.inf


bug_converged_witness = (np.array([1.0, 0.2, 0.1]), 0.5)
bug_converged_cause = "d"
### END SOLUTION

# %% check="optimizers-bug-converged"
check("optimizers-bug-converged")
