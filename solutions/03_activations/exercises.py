# %% [markdown]
# # Exercises 3 · Activations
#
# Fill in the marked places, run the cell, then run the check below it. A check tells you in one
# sentence what is right or wrong; `hint("...")` gives a nudge, and a bigger one each time you ask.
#
# Rows are samples everywhere: `x` has shape `(batch, features)`. `dy` is the gradient of the loss
# with respect to a layer's output, and `backward(dy)` returns the gradient `dx` with respect to its
# input. Your layers are checked against numerical gradients.

# %%
import numpy as np

from autograder import check, hint

# %% [markdown]
# ## Two linear layers are one · easy · 8 minutes
#
# Without an activation, the layers $h = xW_1 + b_1$ and $y = hW_2 + b_2$ equal a single layer
# $y = xW + b$. The shapes are $W_1$: `(n_in, n_hidden)`, $W_2$: `(n_hidden, n_out)`, $b_1$:
# `(n_hidden,)`, $b_2$: `(n_out,)`. Return `W` of shape `(n_in, n_out)` and `b` of shape `(n_out,)`.

# %% exercise="activations-collapse"
def merge(W1, b1, W2, b2):
    """Return W and b of the one layer that equals the two."""
    ### BEGIN SOLUTION
    W = W1 @ W2
    b = b1 @ W2 + b2
    return W, b
    ### END SOLUTION

# %% check="activations-collapse"
check("activations-collapse")

# %% [markdown]
# ## Why the step function cannot learn · easy · 3 minutes
#
# The perceptron's step is 0 for negative inputs and 1 for the rest. Why can gradient descent not
# train the weights below it? Assign your letter to `step_reason`: `step_reason = "a"`, say.
#
# - (a) Because it jumps at 0, where no derivative exists.
# - (b) Because its output is bounded.
# - (c) Because its slope is 0 almost everywhere, so no gradient passes.
# - (d) Because it is not non-linear enough.

# %% exercise="activations-step-reason"
### BEGIN SOLUTION
step_reason = "c"
### END SOLUTION

# %% check="activations-step-reason"
check("activations-step-reason")

# %% [markdown]
# ## A sigmoid that never overflows · medium · 12 minutes
#
# $\sigma(x) = \dfrac{1}{1 + e^{-x}}$, entry by entry, for an array of any shape. For $x = -1000$ the
# formula as written asks for $e^{1000}$, which is infinite in a computer. Write a form that gives the
# right value everywhere and makes NumPy warn about nothing, in float64 and in float32.

# %% exercise="activations-sigmoid"
def sigmoid(x):
    """Return 1 / (1 + exp(-x)), elementwise, without overflow."""
    ### BEGIN SOLUTION
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, e) / (1.0 + e)
    ### END SOLUTION

# %% check="activations-sigmoid"
check("activations-sigmoid")

# %% [markdown]
# ## The sigmoid's way back · easy · 8 minutes
#
# `forward` is given. With $y = \sigma(x)$, the slope is $\sigma'(x) = y\,(1 - y)$. Return
# $dx = dy \odot \sigma'(x)$, an array of the shape of `x`; leave `dy` as it is.

# %% exercise="activations-sigmoid-layer"
class Sigmoid:
    """y = sigmoid(x); backward turns dL/dy into dL/dx."""

    def forward(self, x):
        self.x = x
        self.y = 0.5 * (1 + np.tanh(x / 2))
        return self.y

    def backward(self, dy):
        ### BEGIN SOLUTION
        return dy * self.y * (1 - self.y)
        ### END SOLUTION

# %% check="activations-sigmoid-layer"
check("activations-sigmoid-layer")

# %% [markdown]
# ## Tanh, forward and back · easy · 8 minutes
#
# $y = \tanh(x) = \dfrac{e^x - e^{-x}}{e^x + e^{-x}}$ with slope $1 - y^2$. Inputs reach ±1000, and no
# warning may appear.

# %% exercise="activations-tanh"
class Tanh:
    """y = tanh(x); backward turns dL/dy into dL/dx."""

    def forward(self, x):
        ### BEGIN SOLUTION
        self.x = x
        self.y = np.tanh(x)
        return self.y
        ### END SOLUTION

    def backward(self, dy):
        ### BEGIN SOLUTION
        return dy * (1 - self.y**2)
        ### END SOLUTION

# %% check="activations-tanh"
check("activations-tanh")

# %% [markdown]
# ## How fast sigmoids fade · easy · 3 minutes
#
# A gradient on its way back through a stack of sigmoid layers is multiplied by the slope
# $\sigma'(x)$ of every layer. Ignore the weights. After how many layers is the factor **below one
# millionth even in the best case**, with every unit at its steepest point? Assign the number
# to `vanishing`.

# %% exercise="activations-vanishing"
### BEGIN SOLUTION
vanishing = 10.0
### END SOLUTION

# %% check="activations-vanishing"
check("activations-vanishing")

# %% [markdown]
# ## ReLU, forward and back · easy · 8 minutes
#
# $y = \max(x, 0)$, entry by entry. The slope is 1 where $x > 0$ and 0 where $x < 0$; at exactly 0 take
# either. Change neither `x` nor `dy`.

# %% exercise="activations-relu"
class ReLU:
    """y = max(x, 0); backward lets dy pass where x was positive."""

    def forward(self, x):
        ### BEGIN SOLUTION
        self.x = x
        return np.maximum(x, 0)
        ### END SOLUTION

    def backward(self, dy):
        ### BEGIN SOLUTION
        return dy * (self.x > 0)
        ### END SOLUTION

# %% check="activations-relu"
check("activations-relu")

# %% [markdown]
# ## How sparse is a biased ReLU · easy · 3 minutes
#
# Pre-activations of a layer are normally distributed with mean 1 (a bias of 1) and **standard
# deviation 2**. What share of the ReLU outputs is zero? Assign a number between 0 and 1, to
# two digits, to `sparsity`.

# %% exercise="activations-sparsity"
### BEGIN SOLUTION
sparsity = 0.309
### END SOLUTION

# %% check="activations-sparsity"
check("activations-sparsity")

# %% [markdown]
# ## Leaky ReLU and its slope · easy · 8 minutes
#
# $y = x$ where $x > 0$, else $\alpha x$, for a number $0 < \alpha < 1$. Return two arrays of the shape of
# `x`: the value, and the slope $dy/dx$ of each entry.

# %% exercise="activations-leaky-relu"
def leaky_relu(x, alpha):
    """Return the value and the slope, entry by entry."""
    ### BEGIN SOLUTION
    y = np.where(x > 0, x, alpha * x)
    slope = np.where(x > 0, 1.0, alpha)
    return y, slope
    ### END SOLUTION

# %% check="activations-leaky-relu"
check("activations-leaky-relu")

# %% [markdown]
# ## PReLU: a leak that is learned · hard · 15 minutes
#
# $y_{ij} = x_{ij}$ where $x_{ij} > 0$, else $\alpha_j x_{ij}$. There is one slope $\alpha_j$ per channel
# (column), shared by all samples, and it may become any number: above 1, or negative. `backward`
# stores `self.dalpha` of shape `(channels,)` and returns `dx` of the shape of `x`.

# %% exercise="activations-prelu"
class PReLU:
    """A leaky ReLU with one learned slope per channel: alpha has shape (channels,)."""

    params = ("alpha",)

    def __init__(self, channels):
        self.alpha = np.full(channels, 0.25)
        self.dalpha = np.zeros(channels)

    def forward(self, x):
        ### BEGIN SOLUTION
        self.x = x
        return np.where(x > 0, x, self.alpha * x)
        ### END SOLUTION

    def backward(self, dy):
        ### BEGIN SOLUTION
        self.dalpha = (dy * np.where(self.x > 0, 0.0, self.x)).sum(axis=0)
        return dy * np.where(self.x > 0, 1.0, self.alpha)
        ### END SOLUTION

# %% check="activations-prelu"
check("activations-prelu")

# %% [markdown]
# ## ELU without a warning · medium · 12 minutes
#
# $y = x$ where $x > 0$, else $\alpha\,(e^x - 1)$. The slope is 1 on the right and
# $\alpha e^x = y + \alpha$ on the left. Inputs reach ±1000, and no warning may appear.

# %% exercise="activations-elu"
class ELU:
    """y = x where x > 0, else alpha * (exp(x) - 1)."""

    def __init__(self, alpha):
        self.alpha = alpha

    def forward(self, x):
        ### BEGIN SOLUTION
        self.x = x
        self.y = np.where(x > 0, x, self.alpha * np.expm1(np.minimum(x, 0)))
        return self.y
        ### END SOLUTION

    def backward(self, dy):
        ### BEGIN SOLUTION
        return dy * np.where(self.x > 0, 1.0, self.y + self.alpha)
        ### END SOLUTION

# %% check="activations-elu"
check("activations-elu")

# %% [markdown]
# ## Swish by the product rule · medium · 10 minutes
#
# $y = x\,s$ with $s = \sigma(x)$. `forward` is given and keeps `self.x` and `self.s`. Return
# $dx = dy \odot y'(x)$.

# %% exercise="activations-swish"
class Swish:
    """y = x * s with s = sigmoid(x)."""

    def forward(self, x):
        self.x = x
        self.s = 0.5 * (1 + np.tanh(x / 2))
        return x * self.s

    def backward(self, dy):
        ### BEGIN SOLUTION
        return dy * (self.s + self.x * self.s * (1 - self.s))
        ### END SOLUTION

# %% check="activations-swish"
check("activations-swish")

# %% [markdown]
# ## GELU, exact · medium · 12 minutes
#
# $y = x\,\Phi(x)$, where $\Phi(x) = \frac12\left(1 + \operatorname{erf}(x/\sqrt2)\right)$ is the share of
# a standard normal below $x$. Its derivative is the density
# $\varphi(x) = e^{-x^2/2}/\sqrt{2\pi}$. Return the value and the slope, both of the shape of `x`.

# %% exercise="activations-gelu"
from nnlib.functional import erf


def gelu(x):
    """Return x * cdf(x) and its slope, for the standard normal cdf."""
    ### BEGIN SOLUTION
    cdf = 0.5 * (1 + erf(x / np.sqrt(2)))
    pdf = np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
    return x * cdf, cdf + x * pdf
    ### END SOLUTION

# %% check="activations-gelu"
check("activations-gelu")

# %% [markdown]
# ## Mish that survives x = 1000 · hard · 15 minutes
#
# $y = x\,\tanh(\operatorname{softplus}(x))$ with $\operatorname{softplus}(x) = \log(1 + e^x)$, whose
# slope is $\sigma(x)$. Write both directions; inputs reach ±1000, and no warning may appear.

# %% exercise="activations-mish"
class Mish:
    """y = x * tanh(softplus(x)) with softplus(x) = log(1 + exp(x))."""

    def forward(self, x):
        ### BEGIN SOLUTION
        self.x = x
        self.t = np.tanh(np.logaddexp(0, x))
        return x * self.t
        ### END SOLUTION

    def backward(self, dy):
        ### BEGIN SOLUTION
        s = 0.5 * (1 + np.tanh(self.x / 2))
        return dy * (self.t + self.x * (1 - self.t**2) * s)
        ### END SOLUTION

# %% check="activations-mish"
check("activations-mish")

# %% [markdown]
# ## SwiGLU: one half gates the other · hard · 20 minutes
#
# $y = \operatorname{swish}(xW) \odot (xV)$ with $W$ and $V$ of shape `(n_in, n_out)` and
# $\operatorname{swish}(a) = a\,\sigma(a)$. `forward` is given and keeps $a = xW$ as `self.a`, $xV$ as
# `self.v` and $\sigma(a)$ as `self.s`. Store `self.dW` and `self.dV`, and return `dx`.

# %% exercise="activations-swiglu"
class SwiGLU:
    """y = swish(x @ W) * (x @ V): W and V have shape (n_in, n_out)."""

    params = ("W", "V")

    def __init__(self, W, V):
        self.W, self.V = W, V

    def forward(self, x):
        self.x, self.a, self.v = x, x @ self.W, x @ self.V
        self.s = 0.5 * (1 + np.tanh(self.a / 2))  # sigmoid(a)
        return self.a * self.s * self.v

    def backward(self, dy):
        ### BEGIN SOLUTION
        dv = dy * self.a * self.s
        da = dy * self.v * (self.s + self.a * self.s * (1 - self.s))
        self.dW = self.x.T @ da
        self.dV = self.x.T @ dv
        return da @ self.W.T + dv @ self.V.T
        ### END SOLUTION

# %% check="activations-swiglu"
check("activations-swiglu")

# %% [markdown]
# ## What a zero output means · easy · 3 minutes
#
# When is a ReLU unit dead, so that its own weights get no gradient in this epoch? Assign your
# letter to `dead_reason`.
#
# - (a) As soon as its output is zero for one sample.
# - (b) When its output is zero for half of the samples.
# - (c) Once it has been zero for a whole epoch, it is dead for ever.
# - (d) While its output is zero for every sample of the training set.

# %% exercise="activations-dead-reason"
### BEGIN SOLUTION
dead_reason = "d"
### END SOLUTION

# %% check="activations-dead-reason"
check("activations-dead-reason")

# %% [markdown]
# ## Count the dead units · medium · 10 minutes
#
# `H` holds the outputs of a ReLU layer over a whole data set, shape `(samples, units)`. Return the
# share of units, a number from 0 to 1, that are 0 for **every** sample.

# %% exercise="activations-dead-fraction"
def dead_fraction(H):
    """Return the share of units that are 0 for every sample.

    H holds ReLU outputs, shape (samples, units).
    """
    ### BEGIN SOLUTION
    return (H == 0).all(axis=0).mean()
    ### END SOLUTION

# %% check="activations-dead-fraction"
check("activations-dead-fraction")

# %% [markdown]
# ## Softmax, row by row · medium · 12 minutes
#
# $p_{ij} = \dfrac{e^{x_{ij}}}{\sum_k e^{x_{ik}}}$ for scores `x` of shape `(batch, classes)`; each row of
# the answer sums to 1. Rows may hold scores near 1000 beside rows near −1000, and no warning may appear.

# %% exercise="activations-softmax"
def softmax(x):
    """Return exp(x) divided by its sum, for every row; no overflow."""
    ### BEGIN SOLUTION
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
    ### END SOLUTION

# %% check="activations-softmax"
check("activations-softmax")

# %% [markdown]
# ## Back through softmax · hard · 15 minutes
#
# Within a row, $\dfrac{\partial p_i}{\partial x_j} = p_i(\delta_{ij} - p_j)$, where $\delta_{ij}$ is 1 if
# $i = j$ and 0 otherwise. From `p = softmax(x)` and `dy` $= \partial L/\partial p$, both
# `(batch, classes)`, return $dx_j = \sum_i dy_i\,\partial p_i/\partial x_j$, of the same shape.

# %% exercise="activations-softmax-backward"
def softmax_backward(p, dy):
    """Return dL/dx from p = softmax(x) and dy = dL/dp, all of shape (batch, classes)."""
    ### BEGIN SOLUTION
    return p * (dy - (dy * p).sum(axis=1, keepdims=True))
    ### END SOLUTION

# %% check="activations-softmax-backward"
check("activations-softmax-backward")

# %% [markdown]
# ## From probabilities back to scores · medium · 8 minutes
#
# Softmax at temperature $T$ is $\operatorname{softmax}(z / T)$. Given `p` of shape `(batch, classes)`,
# all positive with rows that sum to 1, and a number `T`, return scores `z` that give `p` back. Many
# answers are right: a shift of a whole row changes nothing.

# %% exercise="activations-logits"
def logits(p, T):
    """Return scores z with softmax(z / T) equal to p, row by row; any shift will do."""
    ### BEGIN SOLUTION
    return T * np.log(p)
    ### END SOLUTION

# %% check="activations-logits"
check("activations-logits")

# %% [markdown]
# ## A head for photo tags · easy · 3 minutes
#
# A network shall mark a photo with any of 40 tags: dog, frisbee, beach, and so on. What does its last
# layer need? Assign your letter to `photo_head`.
#
# - (a) A softmax over the 40 scores.
# - (b) A sigmoid on each of the 40 scores.
# - (c) A ReLU on each of the 40 scores.
# - (d) One score with one sigmoid.

# %% exercise="activations-photo-head"
### BEGIN SOLUTION
photo_head = "b"
### END SOLUTION

# %% check="activations-photo-head"
check("activations-photo-head")

# %% [markdown]
# ## Which head decides how · medium · 12 minutes
#
# `scores` are what the last linear layer gives, shape `(batch, outputs)`, before any activation. Return
#
# - for `"binary"` and `"multi-label"`: 1 where the sigmoid of the score exceeds one half, else 0, of the
#   shape of `scores`;
# - for `"multi-class"`: the number of the most probable class of each row, shape `(batch,)`;
# - for `"regression"`: the predicted numbers, of the shape of `scores`.

# %% exercise="activations-predict"
def predict(scores, task):
    """Return the network's answer for each row of raw scores (batch, outputs).

    task is "binary", "multi-label", "multi-class" or "regression".
    """
    ### BEGIN SOLUTION
    if task == "multi-class":
        return scores.argmax(axis=1)
    if task == "regression":
        return scores
    return (scores > 0).astype(int)
    ### END SOLUTION

# %% check="activations-predict"
check("activations-predict")

# %% [markdown]
# # Find the bug
#
# Each of the next five shows code that somebody wrote and believed. Find an input on which it fails,
# name the cause, and write the function right.

# %% [markdown]
# ## Find the bug: the slope of GELU · medium · 12 minutes
#
# A document gives this as the derivative of
# $y = \frac12 x\left(1 + \tanh\left(c\,(x + 0.044715\,x^3)\right)\right)$ with $c = \sqrt{2/\pi}$.
#
# ```python
# def gelu_slope(x):
#     c = np.sqrt(2 / np.pi)
#     return 0.5 * (1 + np.tanh(c * (x + 0.044715 * x**3)))
# ```
#
# Compare it with central differences, then give `bug_gelu_witness`, a tuple `(x,)` with an array on
# which it is wrong, and `bug_gelu_cause`:
#
# - (a) the constant $c$ is wrong
# - (b) the second term of the product rule is missing
# - (c) the coefficient of the cubic term is wrong
# - (d) it loses digits by rounding

# %% exercise="activations-bug-gelu"
def gelu_slope(x):
    """Return the slope of 0.5 * x * (1 + tanh(c * (x + 0.044715 * x**3)))."""
    ### BEGIN SOLUTION
    c = np.sqrt(2 / np.pi)
    t = np.tanh(c * (x + 0.044715 * x**3))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * c * (1 + 3 * 0.044715 * x**2)
    ### END SOLUTION


### BEGIN SOLUTION
bug_gelu_witness = (np.array([1.0]),)
bug_gelu_cause = "b"
### END SOLUTION

# %% check="activations-bug-gelu"
check("activations-bug-gelu")

# %% [markdown]
# ## Find the bug: the slope of Mish · medium · 12 minutes
#
# A closed form for the derivative of $x\,\tanh(\log(1 + e^x))$, as printed:
#
# ```python
# def mish_slope(x):
#     e = np.exp(x)
#     omega = e**3 + 4 * e**2 + (6 + 4 * x) * e + 4 + 2 * x
#     delta = 1 + e
#     return e * omega / delta**2
# ```
#
# Give `bug_mish_witness`, a tuple `(x,)`, and `bug_mish_cause`:
#
# - (a) numerator and denominator are not those of the derivative
# - (b) it overflows for every $x$
# - (c) the sign is wrong
# - (d) it works for single numbers only

# %% exercise="activations-bug-mish"
def mish_slope(x):
    """Return the slope of x * tanh(softplus(x))."""
    ### BEGIN SOLUTION
    t = np.tanh(np.logaddexp(0, x))
    s = 0.5 * (1 + np.tanh(x / 2))
    return t + x * (1 - t**2) * s
    ### END SOLUTION


### BEGIN SOLUTION
bug_mish_witness = (np.array([0.0]),)
bug_mish_cause = "a"
### END SOLUTION

# %% check="activations-bug-mish"
check("activations-bug-mish")

# %% [markdown]
# ## Find the bug: PReLU in one maximum · medium · 12 minutes
#
# PReLU is often written with a single maximum, and its gradient check passes at the usual start
# $\alpha = 0.25$:
#
# ```python
# def prelu(x, alpha):
#     return np.maximum(alpha * x, x)
# ```
#
# Here `alpha` is one number, which training may move anywhere. Give `bug_prelu_witness`, a tuple
# `(x, alpha)`, and `bug_prelu_cause`:
#
# - (a) it is wrong at exactly $x = 0$
# - (b) `np.maximum` does not work entry by entry
# - (c) it is wrong for every negative $\alpha$
# - (d) the larger of the two lines is not the right one when $\alpha > 1$

# %% exercise="activations-bug-prelu"
def prelu(x, alpha):
    """Return x where x is positive, else alpha * x, for any alpha."""
    ### BEGIN SOLUTION
    return np.maximum(x, 0) + alpha * np.minimum(x, 0)
    ### END SOLUTION


### BEGIN SOLUTION
bug_prelu_witness = (np.array([-2.0, 2.0]), 1.5)
bug_prelu_cause = "d"
### END SOLUTION

# %% check="activations-bug-prelu"
check("activations-bug-prelu")

# %% [markdown]
# ## Find the bug: a softmax that passes every gradient check · medium · 12 minutes
#
# This code is in production. Its gradient check is perfect, and on some days it returns NaN.
#
# ```python
# def row_softmax(x):
#     e = np.exp(x - x.max())
#     return e / e.sum(axis=1, keepdims=True)
# ```
#
# Give `bug_softmax_witness`, a tuple `(x,)` with scores of shape `(batch, classes)`, and
# `bug_softmax_cause`:
#
# - (a) the sum runs over the wrong axis
# - (b) a row far below the largest score of the batch underflows to 0 / 0
# - (c) `exp` still overflows for large scores
# - (d) a shift changes the probabilities

# %% exercise="activations-bug-softmax"
def row_softmax(x):
    """Return softmax of every row of x, shape (batch, classes)."""
    ### BEGIN SOLUTION
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
    ### END SOLUTION


### BEGIN SOLUTION
bug_softmax_witness = (np.array([[1000.0, 999.0], [0.0, 1.0]]),)
bug_softmax_cause = "b"
### END SOLUTION

# %% check="activations-bug-softmax"
check("activations-bug-softmax")

# %% [markdown]
# ## Find the bug: everything converges in 500 epochs · medium · 12 minutes
#
# A comparison of activations reports a "convergence epoch", and it is 500 for all of them:
#
# ```python
# def epochs_to_target(losses, target):
#     return len(losses)
# ```
#
# It should return the first epoch, counted from 1, whose loss is at most `target`, and `np.inf` if
# there is none. No gradient check can see this kind of bug. Give `bug_epochs_witness`, a tuple
# `(losses, target)`, and `bug_epochs_cause`:
#
# - (a) it counts from 1 instead of 0
# - (b) it compares with the target the wrong way round
# - (c) it never looks at the losses, only at how many there are
# - (d) all runs used the same seed

# %% exercise="activations-bug-epochs"
def epochs_to_target(losses, target):
    """Return the first epoch, counted from 1, whose loss is at most target; inf if there is none."""
    ### BEGIN SOLUTION
    for epoch, loss in enumerate(losses, start=1):
        if loss <= target:
            return epoch
    return np.inf
    ### END SOLUTION


### BEGIN SOLUTION
bug_epochs_witness = (np.array([0.9, 0.2, 0.1]), 0.3)
bug_epochs_cause = "c"
### END SOLUTION

# %% check="activations-bug-epochs"
check("activations-bug-epochs")
