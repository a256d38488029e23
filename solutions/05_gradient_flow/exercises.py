# %% [markdown]
# # Exercises 5 · Initialization and gradient flow
#
# Fill in the marked places, run the cell, then run the check below it. A check tells you in one
# sentence what is right or wrong; `hint("...")` gives a nudge, and a bigger one each time you ask.
# The chapter says when to do which; rows are samples everywhere, `x` has shape `(batch, n)`.

# %%
import numpy as np

from autograder import check, hint

# %% [markdown]
# # A product of factors
#
# ## Nine sigmoids at their best · easy · 3 minutes
#
# The slope of a sigmoid is 0.25 at most. What do nine such slopes multiply to? Set
# `nine_quarters` to the number, good to two digits (write 1.2 millionths as `1.2e-6`).

# %% exercise="gradient_flow-nine-quarters"
# Set `nine_quarters` to a number.
### BEGIN SOLUTION
nine_quarters = 3.8e-6
### END SOLUTION

# %% check="gradient_flow-nine-quarters"
check("gradient_flow-nine-quarters")

# %% [markdown]
# ## The gradient of a chain of layers · medium · 12 minutes
#
# A chain of $L$ layers with one unit each: $a_0 = x$, $z_l = w_l a_{l-1} + b_l$,
# $a_l = \sigma(z_l)$ for $l = 1 \dots L$, where $\sigma'(z_l) = a_l (1 - a_l)$. Return
#
# $$\frac{\partial a_L}{\partial w_1} = x\,\sigma'(z_1)\prod_{l=2}^{L} w_l\,\sigma'(z_l).$$
#
# `x` is a number, `w` and `b` have shape `(L,)`, and `w[0]` is $w_1$. The result is one number.

# %% exercise="gradient_flow-chain"
def chain_slope(x, w, b):
    """Return the derivative of the last activation with respect to the first weight."""
    ### BEGIN SOLUTION
    a, slope = x, x
    for k in range(len(w)):
        a = 1 / (1 + np.exp(-(w[k] * a + b[k])))
        slope = slope * a * (1 - a)
        if k > 0:
            slope = slope * w[k]
    return slope
    ### END SOLUTION

# %% check="gradient_flow-chain"
check("gradient_flow-chain")

# %% [markdown]
# ## The weight that keeps a sigmoid's gradient · easy · 3 minutes
#
# In a chain of sigmoids every layer sits at $z = 0$. Which weight multiplies the gradient by
# exactly 1 per layer? Set `even_weight`.

# %% exercise="gradient_flow-even-weight"
# Set `even_weight` to a number.
### BEGIN SOLUTION
even_weight = 4.0
### END SOLUTION

# %% check="gradient_flow-even-weight"
check("gradient_flow-even-weight")

# %% [markdown]
# ## The gradient signal in every layer · hard · 15 minutes
#
# A tanh network without biases: $a_0 = x$ `(batch, n)`, $z_l = a_{l-1} W_l$, $a_l = \tanh z_l$.
# `W` has shape `(L, n, n)`; `W[0]` belongs to the first layer. The upstream gradient
# `dy` `(batch, n)` is $\partial\mathcal L/\partial a_L$. Return an array `(L,)` with the norms
# $\lVert \partial\mathcal L/\partial z_l \rVert = \sqrt{\sum (\partial\mathcal L/\partial z_l)^2}$
# over the batch and all units, first layer first. Recall $\tanh' z = 1 - \tanh^2 z$.

# %% exercise="gradient_flow-signal"
def signal_norms(x, W, dy):
    """Return the norm of d(loss)/dz of every layer, first layer first."""
    ### BEGIN SOLUTION
    acts = [x]
    for Wl in W:
        acts.append(np.tanh(acts[-1] @ Wl))
    norms, da = np.zeros(len(W)), dy
    for k in range(len(W) - 1, -1, -1):
        dz = da * (1 - acts[k + 1] ** 2)
        norms[k] = np.linalg.norm(dz)
        da = dz @ W[k].T
    return norms
    ### END SOLUTION

# %% check="gradient_flow-signal"
check("gradient_flow-signal")

# %% [markdown]
# # Initial weights
#
# ## The gain of an activation · easy · 6 minutes
#
# `y` holds activations $\phi(z)$ of many standard normal $z$. Return the gain
# $g = 1 / \sqrt{\overline{y^2}}$: weights with variance $g^2 / n_\text{in}$ bring the mean square
# back to 1.

# %% exercise="gradient_flow-gain"
def gain(y):
    """Return the factor that brings the mean square of the activations ``y`` back to 1."""
    ### BEGIN SOLUTION
    return 1 / np.sqrt(np.mean(y**2))
    ### END SOLUTION

# %% check="gradient_flow-gain"
check("gradient_flow-gain")

# %% [markdown]
# ## He initialization, normal · easy · 6 minutes
#
# Return weights of shape `(n_in, n_out)`, normal, with mean 0 and **variance** $2/n_\text{in}$.
# `rng` is a `numpy.random.Generator`: draw from it, not from `np.random`.

# %% exercise="gradient_flow-he"
def he_normal(rng, n_in, n_out):
    """Return normal weights of shape (n_in, n_out), mean 0 and variance 2 / n_in."""
    ### BEGIN SOLUTION
    return rng.normal(0, np.sqrt(2 / n_in), size=(n_in, n_out))
    ### END SOLUTION

# %% check="gradient_flow-he"
check("gradient_flow-he")

# %% [markdown]
# ## Glorot (Xavier) initialization, uniform · medium · 8 minutes
#
# Return weights of shape `(n_in, n_out)`, uniform on $(-a, a)$, with variance
# $2/(n_\text{in} + n_\text{out})$. First find $a$: the variance of such a distribution is $a^2/3$.

# %% exercise="gradient_flow-glorot"
def glorot_uniform(rng, n_in, n_out):
    """Return uniform weights of shape (n_in, n_out), mean 0 and variance 2 / (n_in + n_out)."""
    ### BEGIN SOLUTION
    bound = np.sqrt(6 / (n_in + n_out))
    return rng.uniform(-bound, bound, size=(n_in, n_out))
    ### END SOLUTION

# %% check="gradient_flow-glorot"
check("gradient_flow-glorot")

# %% [markdown]
# ## Orthogonal initialization · hard · 15 minutes
#
# Return `gain` times a random matrix of shape `(n_in, n_out)` with orthonormal columns if
# $n_\text{in} \ge n_\text{out}$, else with orthonormal rows: $W^\top W = g^2 I$ or
# $W W^\top = g^2 I$. `np.linalg.qr` of a normal matrix is the tool; its signs follow a convention
# of the routine, so multiply the columns of `q` by the signs of the diagonal of `r`, and every
# rotation is equally likely.

# %% exercise="gradient_flow-orthogonal"
def orthogonal(rng, n_in, n_out, gain):
    """Return gain times a random matrix with orthonormal columns (or rows, if there are fewer)."""
    ### BEGIN SOLUTION
    tall = rng.normal(size=(max(n_in, n_out), min(n_in, n_out)))
    q, r = np.linalg.qr(tall)
    q = q * np.sign(np.diag(r))
    return gain * (q if n_in >= n_out else q.T)
    ### END SOLUTION

# %% check="gradient_flow-orthogonal"
check("gradient_flow-orthogonal")

# %% [markdown]
# ## All weights zero · easy · 3 minutes
#
# A tanh network with one hidden layer, softmax and cross-entropy starts with **all** weights and
# biases at 0. What happens in training?
#
# * (a) The weights of the output layer learn, those of the hidden layer stay at 0.
# * (b) All weights move, but the hidden units stay copies of one another.
# * (c) Nothing but the bias of the output ever moves.
# * (d) The first gradient overflows.

# %% exercise="gradient_flow-zero-init"
# Set `zero_init` to a letter, such as "a".
### BEGIN SOLUTION
zero_init = "c"
### END SOLUTION

# %% check="gradient_flow-zero-init"
check("gradient_flow-zero-init")

# %% [markdown]
# # Normalization
#
# ## Batch normalization, forward · easy · 8 minutes
#
# For `x` `(batch, n)`, with mean $\mu$ and (biased) variance $\sigma^2$ of every column, both `(n,)`:
#
# $$\hat x = \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}}, \qquad y = \gamma\,\hat x + \beta .$$
#
# `gamma` and `beta` have shape `(n,)`, `eps` is a number. Return `y` `(batch, n)`.

# %% exercise="gradient_flow-batchnorm-forward"
def batchnorm(x, gamma, beta, eps):
    """Return every column of x brought to mean 0 and variance 1, then scaled and shifted."""
    ### BEGIN SOLUTION
    mean, var = x.mean(axis=0), x.var(axis=0)
    x_hat = (x - mean) / np.sqrt(var + eps)
    return gamma * x_hat + beta
    ### END SOLUTION

# %% check="gradient_flow-batchnorm-forward"
check("gradient_flow-batchnorm-forward")

# %% [markdown]
# ## Running statistics · medium · 8 minutes
#
# Return the pair `(new_mean, new_var)`, each `(n,)`, after the batch `x` `(batch, n)`:
# $\text{new} = (1 - m)\,\text{old} + m\,\text{batch}$, where $m$ is `momentum`, the share of the
# **new** batch, as in PyTorch. The variance that is remembered is the unbiased one (divided by
# batch − 1), because it is to speak for data outside the batch.

# %% exercise="gradient_flow-batchnorm-running"
def update_running(running_mean, running_var, x, momentum):
    """Return the running mean and the running (unbiased) variance after the batch x."""
    ### BEGIN SOLUTION
    new_mean = (1 - momentum) * running_mean + momentum * x.mean(axis=0)
    new_var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1)
    return new_mean, new_var
    ### END SOLUTION

# %% check="gradient_flow-batchnorm-running"
check("gradient_flow-batchnorm-running")

# %% [markdown]
# ## Batch normalization, backward · hard · 20 minutes
#
# For an upstream gradient `dy` `(batch, n)` return `(dx, dgamma, dbeta)` of shapes `(batch, n)`,
# `(n,)`, `(n,)`, in training mode. With $d\hat x = \gamma\, dy$ and means over the batch:
#
# $$d\gamma = \sum dy\,\hat x, \quad d\beta = \sum dy, \quad
#   dx = \frac{d\hat x - \overline{d\hat x} - \hat x\;\overline{d\hat x\,\hat x}}
#   {\sqrt{\sigma^2 + \varepsilon}} .$$
#
# The chapter derives this; try to do it yourself first.

# %% exercise="gradient_flow-batchnorm-backward"
def batchnorm_backward(dy, x, gamma, eps):
    """Return the gradients by x, gamma and beta for the upstream gradient dy."""
    ### BEGIN SOLUTION
    std = np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) / std
    dgamma = (dy * x_hat).sum(axis=0)
    dbeta = dy.sum(axis=0)
    dx_hat = dy * gamma
    dx = (dx_hat - dx_hat.mean(axis=0) - x_hat * (dx_hat * x_hat).mean(axis=0)) / std
    return dx, dgamma, dbeta
    ### END SOLUTION

# %% check="gradient_flow-batchnorm-backward"
check("gradient_flow-batchnorm-backward")

# %% [markdown]
# ## Batch normalization, the layer · hard · 25 minutes
#
# Put the three together. `forward` with `train=True` normalizes with the batch and moves
# `self.running_mean` and `self.running_var` (as in `update_running`); with `train=False` it
# normalizes with the running ones. `backward` fills `self.dgamma`, `self.dbeta` and returns `dx`;
# after an evaluation pass mean and variance are constants, so there $dx = dy\,\gamma / \text{std}$.

# %% exercise="gradient_flow-batchnorm"
class BatchNorm:
    """Batch normalization with running statistics for evaluation."""

    params, buffers = ("gamma", "beta"), ("running_mean", "running_var")

    def __init__(self, n, eps=1e-5, momentum=0.1):
        self.gamma, self.beta = np.ones(n), np.zeros(n)
        self.running_mean, self.running_var = np.zeros(n), np.ones(n)
        self.eps, self.momentum = eps, momentum

    def forward(self, x, train=False):
        self.train = train
        ### BEGIN SOLUTION
        mean, var = self.running_mean, self.running_var
        if train:
            mean, var = x.mean(axis=0), x.var(axis=0)
            m, n = self.momentum, len(x)
            self.running_mean = (1 - m) * self.running_mean + m * mean
            self.running_var = (1 - m) * self.running_var + m * var * n / (n - 1)
        self.std = np.sqrt(var + self.eps)
        self.x_hat = (x - mean) / self.std
        return self.gamma * self.x_hat + self.beta
        ### END SOLUTION

    def backward(self, dy):
        ### BEGIN SOLUTION
        self.dgamma = (dy * self.x_hat).sum(axis=0)
        self.dbeta = dy.sum(axis=0)
        dx_hat = dy * self.gamma
        if self.train:
            dx_hat = dx_hat - dx_hat.mean(axis=0) - self.x_hat * (dx_hat * self.x_hat).mean(axis=0)
        return dx_hat / self.std
        ### END SOLUTION

# %% check="gradient_flow-batchnorm"
check("gradient_flow-batchnorm")

# %% [markdown]
# ## Layer normalization · hard · 15 minutes
#
# Now every **row** gets mean 0 and variance 1: $\mu$ and $\sigma^2$ have shape `(batch, 1)` and run
# over the features, while $\gamma$ and $\beta$ still have shape `(n,)`. There is no mode. `backward`
# fills `self.dgamma` and `self.dbeta`, both `(n,)`, and returns `dx` `(batch, n)`.

# %% exercise="gradient_flow-layernorm"
class LayerNorm:
    """Bring every row to mean 0 and variance 1, then scale and shift every feature."""

    params = ("gamma", "beta")

    def __init__(self, n, eps=1e-5):
        self.gamma, self.beta, self.eps = np.ones(n), np.zeros(n), eps

    def forward(self, x):
        ### BEGIN SOLUTION
        mean, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
        self.std = np.sqrt(var + self.eps)
        self.x_hat = (x - mean) / self.std
        return self.gamma * self.x_hat + self.beta
        ### END SOLUTION

    def backward(self, dy):
        ### BEGIN SOLUTION
        self.dgamma = (dy * self.x_hat).sum(axis=0)
        self.dbeta = dy.sum(axis=0)
        dx_hat = dy * self.gamma
        inner = (dx_hat * self.x_hat).mean(axis=1, keepdims=True)
        return (dx_hat - dx_hat.mean(axis=1, keepdims=True) - self.x_hat * inner) / self.std
        ### END SOLUTION

# %% check="gradient_flow-layernorm"
check("gradient_flow-layernorm")

# %% [markdown]
# ## Root-mean-square normalization · hard · 12 minutes
#
# Layer normalization without the mean: $r = \sqrt{\overline{x^2} + \varepsilon}$ along each row,
# $\hat x = x / r$, $y = \gamma\,\hat x$. As before, `backward` fills `self.dgamma`, `(n,)`, and returns
# `dx`, `(batch, n)`. Which term of the backward pass falls away?

# %% exercise="gradient_flow-rmsnorm"
class RMSNorm:
    """Divide every row by its root mean square, then scale every feature."""

    params = ("gamma",)

    def __init__(self, n, eps=1e-5):
        self.gamma, self.eps = np.ones(n), eps

    def forward(self, x):
        ### BEGIN SOLUTION
        self.rms = np.sqrt((x**2).mean(axis=1, keepdims=True) + self.eps)
        self.x_hat = x / self.rms
        return self.gamma * self.x_hat
        ### END SOLUTION

    def backward(self, dy):
        ### BEGIN SOLUTION
        self.dgamma = (dy * self.x_hat).sum(axis=0)
        dx_hat = dy * self.gamma
        inner = (dx_hat * self.x_hat).mean(axis=1, keepdims=True)
        return (dx_hat - self.x_hat * inner) / self.rms
        ### END SOLUTION

# %% check="gradient_flow-rmsnorm"
check("gradient_flow-rmsnorm")

# %% [markdown]
# ## Why batch normalization helps · easy · 3 minutes
#
# Which statement is right?
#
# * (a) It is settled that it helps because it reduces the shift of the layers' input distributions.
# * (b) It makes training 14 times faster by the clock.
# * (c) With it, larger learning rates train stably; why is still argued about.
# * (d) In evaluation mode it makes the network's layers nonlinear in their inputs.

# %% exercise="gradient_flow-why-norm"
# Set `why_norm` to a letter, such as "a".
### BEGIN SOLUTION
why_norm = "c"
### END SOLUTION

# %% check="gradient_flow-why-norm"
check("gradient_flow-why-norm")

# %% [markdown]
# ## A bias before batch normalization · easy · 3 minutes
#
# What is the gradient of the bias of a linear layer that stands directly before batch normalization
# (in training mode)?
#
# * (a) Zero, up to rounding: the normalization takes away whatever the bias adds.
# * (b) An ordinary one, as in any layer.
# * (c) Twice the ordinary one, since it passes through the variance as well.
# * (d) Very large, because of the division by the standard deviation.

# %% exercise="gradient_flow-bias-before-norm"
# Set `bias_before_norm` to a letter, such as "a".
### BEGIN SOLUTION
bias_before_norm = "a"
### END SOLUTION

# %% check="gradient_flow-bias-before-norm"
check("gradient_flow-bias-before-norm")

# %% [markdown]
# # Shortcuts
#
# ## A residual block with projection and scale · medium · 12 minutes
#
# $y = s(x) + \alpha\, f(x)$ with a branch $f$, a number $\alpha$ (`scale`) and a shortcut $s$: the
# identity, or a layer (a projection, where the branch changes the width). `branch` and `shortcut` have
# `forward(x, train)` and `backward(dy)`. Pass `train` on; do not change `dy` in place.

# %% exercise="gradient_flow-residual"
class Residual:
    """y = shortcut(x) + scale * branch(x); without a shortcut layer, x itself."""

    def __init__(self, branch, scale=1.0, shortcut=None):
        self.branch, self.scale, self.shortcut = branch, scale, shortcut
        self.children = [branch] if shortcut is None else [branch, shortcut]

    def forward(self, x, train=False):
        ### BEGIN SOLUTION
        around = x if self.shortcut is None else self.shortcut.forward(x, train)
        return around + self.scale * self.branch.forward(x, train)
        ### END SOLUTION

    def backward(self, dy):
        ### BEGIN SOLUTION
        around = dy if self.shortcut is None else self.shortcut.backward(dy)
        return around + self.branch.backward(self.scale * dy)
        ### END SOLUTION

# %% check="gradient_flow-residual"
check("gradient_flow-residual")

# %% [markdown]
# ## How much to scale a branch · medium · 8 minutes
#
# If branch and shortcut are uncorrelated and the branch keeps the mean square, one block multiplies it
# by $1 + \alpha^2$. Return the $\alpha$ with which `n_blocks` blocks multiply it by `growth` in all.

# %% exercise="gradient_flow-branch-scale"
def branch_scale(n_blocks, growth):
    """Return the scale with which n_blocks blocks multiply the mean square by ``growth``."""
    ### BEGIN SOLUTION
    return np.sqrt(growth ** (1 / n_blocks) - 1)
    ### END SOLUTION

# %% check="gradient_flow-branch-scale"
check("gradient_flow-branch-scale")

# %% [markdown]
# ## Why a gated cell keeps gradients · easy · 3 minutes
#
# A plain recurrent cell computes $h_t = \tanh(w h_{t-1} + u x_t)$; the memory of an LSTM is
# $c_t = f_t c_{t-1} + i_t g_t$ with gates $f_t, i_t$ between 0 and 1. Why does the second carry
# gradients over many more steps?
#
# * (a) Its gates are sigmoids, which do not saturate.
# * (b) Along the memory one step multiplies the gradient by $f_t$, which can stay near 1.
# * (c) Its gradient is clipped in every step.
# * (d) Its gradient passes through fewer steps.

# %% exercise="gradient_flow-gates"
# Set `gates` to a letter, such as "a".
### BEGIN SOLUTION
gates = "b"
### END SOLUTION

# %% check="gradient_flow-gates"
check("gradient_flow-gates")

# %% [markdown]
# # Clipping and watching
#
# ## Clipping by the global norm · medium · 10 minutes
#
# `grads` is a list of arrays. Their global norm is $\lVert g\rVert = \sqrt{\sum_{\text{all}} g_i^2}$
# over **all** of them together. Return `(clipped, norm)`: a list of new arrays, each multiplied by
# $\min(1, \text{max\_norm} / \lVert g \rVert)$, and the norm before clipping. If the norm is not finite
# (NaN or infinity), return arrays of zeros, so that the step is skipped, and the norm as it is.

# %% exercise="gradient_flow-clip"
def clip_global_norm(grads, max_norm):
    """Return the gradients, shortened together to ``max_norm`` if they are longer, and their norm."""
    ### BEGIN SOLUTION
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    if not np.isfinite(norm):
        return [np.zeros_like(g) for g in grads], norm
    scale = min(1.0, max_norm / norm) if norm > 0 else 1.0
    return [g * scale for g in grads], norm
    ### END SOLUTION

# %% check="gradient_flow-clip"
check("gradient_flow-clip")

# %% [markdown]
# ## Clipping a vanishing gradient · easy · 3 minutes
#
# All gradients of a network together have norm 1e-8. What does clipping with `max_norm=1.0` do?
#
# * (a) It lengthens the gradient to norm 1.
# * (b) Nothing: its factor is 1.
# * (c) It turns the gradient, so that the first layers get more.
# * (d) It divides by nearly zero and gives infinity.

# %% exercise="gradient_flow-clip-tiny"
# Set `clip_tiny` to a letter, such as "a".
### BEGIN SOLUTION
clip_tiny = "b"
### END SOLUTION

# %% check="gradient_flow-clip-tiny"
check("gradient_flow-clip-tiny")

# %% [markdown]
# ## A detector of vanishing and exploding gradients · medium · 10 minutes
#
# `signal` `(L,)` holds $\lVert\partial\mathcal L/\partial z_l\rVert$, first layer first. On its way back,
# from the last layer to the first, the signal is multiplied by
# $\left(s_1 / s_L\right)^{1/(L-1)}$ per layer, on (geometric) average. Return `(factor, verdict)` with
# that factor and `"vanishing"` if it is below 0.5, `"exploding"` if it is above 2, else `"healthy"`.

# %% exercise="gradient_flow-detector"
def diagnose_flow(signal):
    """Return the mean factor per layer on the way back, and what it means."""
    ### BEGIN SOLUTION
    factor = (signal[0] / signal[-1]) ** (1 / (len(signal) - 1))
    if factor < 0.5:
        return factor, "vanishing"
    if factor > 2:
        return factor, "exploding"
    return factor, "healthy"
    ### END SOLUTION

# %% check="gradient_flow-detector"
check("gradient_flow-detector")

# %% [markdown]
# ## How far each layer moves · easy · 6 minutes
#
# `before` and `after` are lists of weight arrays, one per layer, around an optimizer's step. Return an
# array `(L,)` with $\lVert W_\text{after} - W_\text{before}\rVert / \lVert W_\text{before}\rVert$.

# %% exercise="gradient_flow-update-ratio"
def update_ratios(before, after):
    """Return the length of every layer's step relative to the length of its weights."""
    ### BEGIN SOLUTION
    ratios = [np.linalg.norm(new - old) / np.linalg.norm(old) for old, new in zip(before, after)]
    return np.array(ratios)
    ### END SOLUTION

# %% check="gradient_flow-update-ratio"
check("gradient_flow-update-ratio")

# %% [markdown]
# ## A callback that watches every layer · medium · 12 minutes
#
# `nnlib.fit(..., callbacks=[watch])` calls `watch(epoch, history)` after every epoch, and stops when it
# returns `True`. Here `watch = Watch(layers)`, with a list of layers: `layer.W` holds the weights,
# `layer.dW` the gradient of the last batch. In each call append one list, with one number per layer,
#
# * to `self.norms`: $\lVert dW \rVert$;
# * to `self.ratios`: $\lVert W_\text{now} - W_\text{before} \rVert / \lVert W_\text{before} \rVert$,
#   where *before* is one epoch ago, and for the first call the moment when the callback was built.
#
# Beware: `fit` changes the weights **in place**.

# %% exercise="gradient_flow-watch"
class Watch:
    """Record the gradient norm and the update ratio of every layer after each epoch of fit."""

    def __init__(self, layers):
        self.layers, self.norms, self.ratios = layers, [], []
        ### BEGIN SOLUTION
        self.before = [layer.W.copy() for layer in layers]
        ### END SOLUTION

    def __call__(self, epoch, history):
        ### BEGIN SOLUTION
        after = [layer.W.copy() for layer in self.layers]
        pairs = zip(self.before, after)
        self.norms.append([np.linalg.norm(layer.dW) for layer in self.layers])
        self.ratios.append([np.linalg.norm(new - old) / np.linalg.norm(old) for old, new in pairs])
        self.before = after
        ### END SOLUTION

# %% check="gradient_flow-watch"
check("gradient_flow-watch")

# %% [markdown]
# ## A smaller learning rate against vanishing gradients · easy · 3 minutes
#
# The gradient of the first layer is a million times smaller than that of the last. Someone advises
# plain gradient descent with a **smaller** learning rate. What does that do?
#
# * (a) It helps the first layer to catch up.
# * (b) It makes the gradients of the first layer larger.
# * (c) It evens out the ratio between the layers.
# * (d) It makes the first layer even slower.

# %% exercise="gradient_flow-smaller-rate"
# Set `smaller_rate` to a letter, such as "a".
### BEGIN SOLUTION
smaller_rate = "d"
### END SOLUTION

# %% check="gradient_flow-smaller-rate"
check("gradient_flow-smaller-rate")

# %% [markdown]
# ## Which run has vanishing gradients? · easy · 3 minutes
#
# Four runs of a ten-layer network. Which one suffers from vanishing gradients?
#
# * (a) The loss falls very slowly; the update ratio is 1e-6 in every layer.
# * (b) The loss leaps up and down and is NaN after 40 steps.
# * (c) The training loss falls to 0.01, the validation loss rises.
# * (d) The loss falls very slowly; the update ratio is 1e-3 in the last layer, 1e-9 in the first.

# %% exercise="gradient_flow-mystery-run"
# Set `mystery_run` to a letter, such as "a".
### BEGIN SOLUTION
mystery_run = "d"
### END SOLUTION

# %% check="gradient_flow-mystery-run"
check("gradient_flow-mystery-run")

# %% [markdown]
# ## Triage: which illness, which cure? · medium · 5 minutes
#
# A network with ten hidden ReLU layers does not learn. Before the first step, on standardized inputs,
# its layers show
#
# | layer | 1 | 4 | 7 | 10 |
# |---|---|---|---|---|
# | activations, root mean square | 0.60 | 0.11 | 0.021 | 0.0068 |
# | norm of $\partial\mathcal L/\partial z$ | 0.00046 | 0.0024 | 0.011 | 0.047 |
#
# Which illness is it, and which cure?
#
# * (a) The weights are too small, and every signal dies on its way: start with He weights.
# * (b) The gradients explode: clip them by their global norm.
# * (c) The units are saturated: start with smaller weights.
# * (d) The layers are well, only the rate is too small: raise it.

# %% exercise="gradient_flow-triage"
# Set `triage` to a letter, such as "a".
### BEGIN SOLUTION
triage = "a"
### END SOLUTION

# %% check="gradient_flow-triage"
check("gradient_flow-triage")

# %% [markdown]
# # Find the bug
#
# Each of the six exercises below shows code with one mistake, of a kind that has stood in print or in
# public code. Do three things: set `..._witness` to a tuple of inputs on which it is wrong, set
# `..._cause` to a letter, such as `"a"`, and repair the function.
#
# ## Find the bug: a uniform He initialization · medium · 12 minutes
#
# The weights are drawn with `rng.uniform(-he_bound(n_in), he_bound(n_in), size=(n_in, n_out))`:
#
# ```python
# def he_bound(n_in):
#     return np.sqrt(2 / n_in)
# ```
#
# * (a) The bound should depend on `n_in + n_out`.
# * (b) It is the right standard deviation, used as the bound of a uniform distribution.
# * (c) There should be no square root.
# * (d) He weights must be normal, never uniform.

# %% exercise="gradient_flow-bug-he"
bug_he_witness = ()  # (n_in,)
bug_he_cause = ""


def he_bound(n_in):
    """Return a, so that rng.uniform(-a, a) has He's variance."""
    ### BEGIN SOLUTION
    return np.sqrt(6 / n_in)


bug_he_witness = (512,)
bug_he_cause = "b"
### END SOLUTION

# %% check="gradient_flow-bug-he"
check("gradient_flow-bug-he")

# %% [markdown]
# ## Find the bug: a backward pass of batch normalization · medium · 12 minutes
#
# Training mode; `dx` is wrong.
#
# ```python
# def batchnorm_dx(dy, x, gamma, eps):
#     std = np.sqrt(x.var(axis=0) + eps)
#     return dy * gamma / std
# ```
#
# * (a) `gamma` should not stand in `dx`.
# * (b) `eps` should stand outside the root.
# * (c) Mean and standard deviation depend on `x`, but are treated as constants.
# * (d) `dx` should be summed over the batch.

# %% exercise="gradient_flow-bug-constants"
bug_constants_witness = ()  # (dy, x, gamma, eps)
bug_constants_cause = ""


def batchnorm_dx(dy, x, gamma, eps):
    """Return the gradient by x for batch normalization in training mode."""
    ### BEGIN SOLUTION
    std = np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) / std
    dx_hat = dy * gamma
    return (dx_hat - dx_hat.mean(axis=0) - x_hat * (dx_hat * x_hat).mean(axis=0)) / std


x = np.array([[1.0, 0.0], [2.0, 5.0], [4.0, 1.0]])
bug_constants_witness = (np.ones((3, 2)), x, np.ones(2), 0.01)
bug_constants_cause = "c"
### END SOLUTION

# %% check="gradient_flow-bug-constants"
check("gradient_flow-bug-constants")

# %% [markdown]
# ## Find the bug: a feature that never varies · medium · 12 minutes
#
# This normalization trains well, until a batch comes along that turns every weight into NaN. (Where your
# repair needs a small number, take 1e-5.)
#
# ```python
# def normalize(x, gamma, beta):
#     x_hat = (x - x.mean(axis=0)) / x.std(axis=0)
#     return gamma * x_hat + beta
# ```
#
# * (a) It divides by 0 where a column is constant.
# * (b) The standard deviation should be the unbiased one.
# * (c) `beta` should be added before `gamma` multiplies.
# * (d) The axis should be 1.

# %% exercise="gradient_flow-bug-constant-column"
bug_constant_column_witness = ()  # (x, gamma, beta)
bug_constant_column_cause = ""


def normalize(x, gamma, beta):
    """Return x with every column at mean 0 and variance 1, scaled and shifted."""
    ### BEGIN SOLUTION
    x_hat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)
    return gamma * x_hat + beta


bug_constant_column_witness = (np.array([[1.0, 2.0], [1.0, 3.0]]), np.ones(2), np.zeros(2))
bug_constant_column_cause = "a"
### END SOLUTION

# %% check="gradient_flow-bug-constant-column"
check("gradient_flow-bug-constant-column")

# %% [markdown]
# ## Find the bug: what no gradient check of training sees · medium · 12 minutes
#
# Evaluation mode. Every gradient check of the layer in training mode passes, and yet one customer's
# prediction changes with the other customers in the request.
#
# ```python
# def batchnorm_evaluate(x, gamma, beta, running_mean, running_var, eps):
#     x_hat = (x - running_mean) / np.sqrt(x.var(axis=0) + eps)
#     return gamma * x_hat + beta
# ```
#
# * (a) `running_mean` should be the mean of the batch.
# * (b) `gamma` and `beta` belong in training mode only.
# * (c) `eps` should stand outside the root.
# * (d) The variance is that of the batch at hand.

# %% exercise="gradient_flow-bug-evaluation"
bug_evaluation_witness = ()  # (x, gamma, beta, running_mean, running_var, eps)
bug_evaluation_cause = ""


def batchnorm_evaluate(x, gamma, beta, running_mean, running_var, eps):
    """Return the output of batch normalization in evaluation mode."""
    ### BEGIN SOLUTION
    x_hat = (x - running_mean) / np.sqrt(running_var + eps)
    return gamma * x_hat + beta


x = np.array([[1.0], [3.0]])
bug_evaluation_witness = (x, np.ones(1), np.zeros(1), np.zeros(1), np.array([4.0]), 0.01)
bug_evaluation_cause = "d"
### END SOLUTION

# %% check="gradient_flow-bug-evaluation"
check("gradient_flow-bug-evaluation")

# %% [markdown]
# ## Find the bug: a detector of small gradients · medium · 12 minutes
#
# The function is to return 1.0 if the gradient is tiny **beside the weights**: if its norm is less than a
# millionth of theirs. (The threshold is not the bug.)
#
# ```python
# def is_tiny(grad, W):
#     return float(np.std(grad) < 1e-6)
# ```
#
# * (a) 1e-6 is too large a threshold.
# * (b) It should return the number, not a verdict.
# * (c) The standard deviation measures spread, not size.
# * (d) `np.std` needs an axis.

# %% exercise="gradient_flow-bug-flat"
bug_flat_witness = ()  # (grad, W)
bug_flat_cause = ""


def is_tiny(grad, W):
    """Return 1.0 if the gradient of the weights W is tiny beside them, else 0.0."""
    ### BEGIN SOLUTION
    return float(np.linalg.norm(grad) < 1e-6 * np.linalg.norm(W))


bug_flat_witness = (np.full(3, 5.0), np.ones(3))
bug_flat_cause = "c"
### END SOLUTION

# %% check="gradient_flow-bug-flat"
check("gradient_flow-bug-flat")

# %% [markdown]
# ## Find the bug: clipping that turns the step · medium · 12 minutes
#
# The function is to clip two gradients by their global norm and to return them as one long vector.
#
# ```python
# def clip_pair(dW, db, max_norm):
#     parts = []
#     for g in (dW, db):
#         parts.append(g.ravel() * min(1.0, max_norm / np.linalg.norm(g)))
#     return np.concatenate(parts)
# ```
#
# * (a) Each array gets its own factor.
# * (b) The factor should be allowed to exceed 1.
# * (c) `ravel` mixes up the order of the entries.
# * (d) The fraction is upside down.

# %% exercise="gradient_flow-bug-clip"
bug_clip_witness = ()  # (dW, db, max_norm)
bug_clip_cause = ""


def clip_pair(dW, db, max_norm):
    """Return both gradients, clipped by their global norm, as one vector."""
    ### BEGIN SOLUTION
    step = np.concatenate([dW.ravel(), db])
    return step * min(1.0, max_norm / np.linalg.norm(step))


bug_clip_witness = (np.array([[3.0]]), np.array([4.0]), 1.0)
bug_clip_cause = "a"
### END SOLUTION

# %% check="gradient_flow-bug-clip"
check("gradient_flow-bug-clip")
