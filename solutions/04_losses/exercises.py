# %% [markdown]
# # Exercises 4 · Loss functions
#
# Fill in the marked places, run the cell, then run the check below it. A check tells you in one
# sentence what is right or wrong; `hint("...")` gives a nudge, and a bigger one each time you ask.
#
# Two rules hold throughout. A loss returns a **pair**: its value, one number, and its gradient
# with respect to its input, of the input's shape. And a loss is a **mean**, so its gradient carries
# the same divisor. Rows are samples. Nothing you are given may be changed in place.

# %%
import numpy as np

from autograder import check, hint

# %% [markdown]
# # Numbers as targets

# %% [markdown]
# ## Mean squared error, value and gradient · easy · 8 minutes
#
# For `scores` and `target` of the same shape `(batch, n_out)`, with $N = \text{batch} \cdot n_\text{out}$
# entries,
#
# $$L = \frac{1}{N} \sum_{i,j} (s_{ij} - t_{ij})^2, \qquad
# \frac{\partial L}{\partial s_{ij}} = \frac{2}{N} (s_{ij} - t_{ij}).$$
#
# Return `value, dscores`. If the shapes differ, raise a `ValueError`: NumPy would broadcast a
# `(batch, 1)` against a `(batch,)` without a word.

# %% exercise="losses-mse"
def mse(scores, target):
    """Return the mean squared error and its gradient with respect to the scores."""
    ### BEGIN SOLUTION
    if scores.shape != target.shape:
        raise ValueError(f"mse expects target of shape {scores.shape}, got {target.shape}")
    d = scores - target
    return np.mean(d**2), 2 * d / d.size
    ### END SOLUTION

# %% check="losses-mse"
check("losses-mse")

# %% [markdown]
# ## Mean absolute error and its subgradient · easy · 6 minutes
#
# For two arrays of the same shape with $N$ entries,
#
# $$L = \frac{1}{N} \sum |s - t|, \qquad
# \frac{\partial L}{\partial s} = \frac{1}{N} \operatorname{sign}(s - t).$$
#
# Where $s = t$ the loss has a corner, and any slope between $-1/N$ and $1/N$ is a subgradient; give
# 0 there. Return `value, dscores`.

# %% exercise="losses-mae"
def mae(scores, target):
    """Return the mean absolute error and its subgradient (0 where a score hits its target)."""
    ### BEGIN SOLUTION
    d = scores - target
    return np.mean(np.abs(d)), np.sign(d) / d.size
    ### END SOLUTION

# %% check="losses-mae"
check("losses-mae")

# %% [markdown]
# ## The best constant for the absolute error · easy · 3 minutes
#
# The targets are 1, 2, 3, 4 and 100. A model may only answer one number $c$ for all of them. Which
# $c$ makes the mean absolute error smallest? Assign it to `median` before you turn to the slider in the
# chapter.

# %% exercise="losses-median"
### BEGIN SOLUTION
median = 3.0
### END SOLUTION

# %% check="losses-median"
check("losses-median")

# %% [markdown]
# ## Huber loss · medium · 12 minutes
#
# For two arrays of the same shape and a number `delta` $= \delta > 0$, with $d = s - t$ and the mean over all
# $N$ entries,
#
# $$\ell(d) = \begin{cases} \tfrac12 d^2 & |d| \le \delta \\
# \delta |d| - \tfrac12 \delta^2 & \text{otherwise.} \end{cases}$$
#
# Return `value, dscores`, the second of the shape of the scores. (Differentiate each piece first; one
# NumPy function then gives both.)

# %% exercise="losses-huber"
def huber(scores, target, delta):
    """Return the mean Huber loss and its gradient with respect to the scores."""
    ### BEGIN SOLUTION
    d = scores - target
    a = np.abs(d)
    value = np.mean(np.where(a <= delta, 0.5 * d**2, delta * a - 0.5 * delta**2))
    return value, np.clip(d, -delta, delta) / d.size
    ### END SOLUTION

# %% check="losses-huber"
check("losses-huber")

# %% [markdown]
# ## The likelihood behind the square · hard · 15 minutes
#
# Let a network answer two numbers per entry: the `mean` $m$, and the logarithm of the variance,
# `log_var` $v = \log \sigma^2$. The loss is the mean over all $N$ entries of
#
# $$-\log \mathcal N(t;\, m, \sigma^2) = \tfrac12\left(v + (t - m)^2 e^{-v} + \log 2\pi\right).$$
#
# All three arrays have the same shape. Return `value, dmean, dlog_var`.

# %% exercise="losses-gaussian-nll"
def gaussian_nll(mean, log_var, target):
    """Return the mean of -log N(target; mean, exp(log_var)) and its two gradients."""
    ### BEGIN SOLUTION
    d = mean - target
    precision = np.exp(-log_var)
    value = np.mean(0.5 * (log_var + precision * d**2 + np.log(2 * np.pi)))
    dmean = precision * d / d.size
    dlog_var = 0.5 * (1 - precision * d**2) / d.size
    return value, dmean, dlog_var
    ### END SOLUTION

# %% check="losses-gaussian-nll"
check("losses-gaussian-nll")

# %% [markdown]
# ## A perfect model with a loss · medium · 12 minutes
#
# Here is a loss for networks with one output. It says 0.5 for a model whose every answer is right.
#
# Find arrays on which it is wrong: `find_broadcast_witness = (scores, target)`. Assign the cause:
#
# - (a) the mean divides by the wrong number
# - (b) the sign of the difference is wrong
# - (c) the difference has the wrong shape
# - (d) the square overflows
#
# as a letter, such as `"a"`, to `find_broadcast_cause`, and repair `column_mse`: scores `(batch, 1)` and
# targets `(batch,)` are what it has to take.

# %%
def column_mse_as_found(scores, target):
    return np.mean((scores - target) ** 2)

# %% exercise="losses-find-broadcast"
def column_mse(scores, target):
    """Return the mean squared error of scores (batch, 1) against targets (batch,)."""
    ### BEGIN SOLUTION
    return np.mean((scores - target.reshape(scores.shape)) ** 2)
    ### END SOLUTION

### BEGIN SOLUTION
find_broadcast_witness = (np.array([[0.0], [1.0]]), np.array([0.0, 1.0]))
find_broadcast_cause = "c"
### END SOLUTION

# %% check="losses-find-broadcast"
check("losses-find-broadcast")

# %% [markdown]
# ## A step that climbs · medium · 12 minutes
#
# A text gives the derivative of the mean squared error, $\frac1n \sum_i (t_i - s_i)^2$, like this. With it
# twenty steps of gradient descent at rate 0.1 take the loss from 1 to over 1000.
#
# Give a witness, `find_uphill_witness = (scores, target)`; the cause,
#
# - (a) the factor 2 does not belong there
# - (b) the sign is wrong, and nothing else
# - (c) the division by $n$ is missing, and nothing else
# - (d) both the sign and the division are wrong
#
# as `find_uphill_cause`; and the repaired `mse_slope`.

# %%
def mse_slope_as_found(scores, target):
    return 2 * (target - scores)

# %% exercise="losses-find-uphill"
def mse_slope(scores, target):
    """Return d(mean squared error)/d(scores), same shape as the scores."""
    ### BEGIN SOLUTION
    return 2 * (scores - target) / scores.size
    ### END SOLUTION

### BEGIN SOLUTION
find_uphill_witness = (np.array([1.0, 0.0]), np.array([0.0, 0.0]))
find_uphill_cause = "d"
### END SOLUTION

# %% check="losses-find-uphill"
check("losses-find-uphill")

# %% [markdown]
# # Yes or no

# %% [markdown]
# ## Binary cross-entropy from logits · medium · 15 minutes
#
# For scores (logits) $s$ and targets $t$ of the same shape, between 0 and 1, with $p = \sigma(s)$ and
# the mean over all $N$ entries,
#
# $$L = -\frac1N \sum \big[t \log p + (1 - t) \log (1 - p)\big], \qquad
# \frac{\partial L}{\partial s} = \frac{p - t}{N}.$$
#
# Return `value, dscores`, right for every finite score and without any warning: the check goes to
# $s = \pm 1000$, and to float32. Use $-\log p = \log(1 + e^{-s})$.

# %% exercise="losses-bce"
def bce_with_logits(scores, target):
    """Return the mean binary cross-entropy of sigmoid(scores), in nats, and its gradient."""
    ### BEGIN SOLUTION
    e = np.exp(-np.abs(scores))
    value = np.mean(np.maximum(scores, 0) - target * scores + np.log1p(e))
    p = np.where(scores >= 0, 1, e) / (1 + e)
    return value, (p - target) / scores.size
    ### END SOLUTION

# %% check="losses-bce"
check("losses-bce")

# %% [markdown]
# ## The model that always says yes · medium · 12 minutes
#
# This loss is used for a network with one output between 0 and 1. Training with it ends in a model that says
# 1 to everything.
#
# Give a witness, `find_yes_sayer_witness = (p, y)`; the cause,
#
# - (a) samples with label 0 cost nothing
# - (b) the mean divides by the wrong number
# - (c) the sign is wrong
# - (d) nothing is wrong with the formula; the data are at fault
#
# as `find_yes_sayer_cause`; and the repaired `binary_ce`.

# %%
def binary_ce_as_found(p, y):
    return -np.mean(y * np.log(p))

# %% exercise="losses-find-yes-sayer"
def binary_ce(p, y):
    """Return the mean cross-entropy of probabilities p (batch,) for labels y of 0 and 1."""
    ### BEGIN SOLUTION
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    ### END SOLUTION

### BEGIN SOLUTION
find_yes_sayer_witness = (np.array([0.9]), np.array([0.0]))
find_yes_sayer_cause = "a"
### END SOLUTION

# %% check="losses-find-yes-sayer"
check("losses-find-yes-sayer")

# %% [markdown]
# ## Stable in name only · medium · 12 minutes
#
# A text recommends this form "for numerical stability". Some finite scores make it infinite or NaN.
#
# Give a witness, `find_overflow_witness = (z, y)`; the cause,
#
# - (a) a sign in the formula
# - (b) the probability is rounded to 0 or 1 before the logarithm is taken
# - (c) the exponential overflows for large negative scores
# - (d) the mean over the batch
#
# as `find_overflow_cause`; and a `logit_ce` that is right, and silent, for every finite score.

# %%
def logit_ce_as_found(z, y):
    p = 1 / (1 + np.exp(-z))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

# %% exercise="losses-find-overflow"
def logit_ce(z, y):
    """Return the mean binary cross-entropy of sigmoid(z), finite for every finite z."""
    ### BEGIN SOLUTION
    return np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))))
    ### END SOLUTION

### BEGIN SOLUTION
find_overflow_witness = (np.array([40.0]), np.array([0.0]))
find_overflow_cause = "b"
### END SOLUTION

# %% check="losses-find-overflow"
check("losses-find-overflow")

# %% [markdown]
# ## The loss that stops at 0.31 · medium · 12 minutes
#
# A head with weights `w`, shape `(n,)`, gives each row of features `h`, shape `(batch, n)`, one score. The
# loss `bce_from_logits` in the cell below is right. Yet with `head_loss` training stalls at a loss of about
# 0.31 on samples with label 1 and 0.69 on those with label 0. **A gradient check passes.**
#
# Give a witness, `find_floor_witness = (h, w, y)`; the cause,
#
# - (a) the gradient of the loss is wrong
# - (b) the exponential overflows
# - (c) the sigmoid is applied twice
# - (d) the mean is taken twice
#
# as `find_floor_cause`; and the repaired `head_loss`.

# %%
def bce_from_logits(z, y):
    """Return the mean binary cross-entropy of sigmoid(z)."""
    return np.mean(np.logaddexp(0, z) - z * y)


def head_loss_as_found(h, w, y):
    p = 1 / (1 + np.exp(-(h @ w)))
    return bce_from_logits(p, y)

# %% exercise="losses-find-floor"
def head_loss(h, w, y):
    """Return the loss of a yes-or-no head with weights w (n,) on features h (batch, n)."""
    ### BEGIN SOLUTION
    return bce_from_logits(h @ w, y)
    ### END SOLUTION

### BEGIN SOLUTION
find_floor_witness = (np.array([[8.0]]), np.array([1.0]), np.array([1.0]))
find_floor_cause = "c"
### END SOLUTION

# %% check="losses-find-floor"
check("losses-find-floor")

# %% [markdown]
# # One of several classes

# %% [markdown]
# ## The loss before training · easy · 3 minutes
#
# A fresh network with ten outputs gives every class nearly the same score. About how large is its softmax
# cross-entropy, in nats per sample, before the first step? Assign the number to `start`. (It is the quickest
# test that a classifier is wired up rightly.)

# %% exercise="losses-start"
### BEGIN SOLUTION
start = 2.302585092994046
### END SOLUTION

# %% check="losses-start"
check("losses-start")

# %% [markdown]
# ## Log-softmax that cannot overflow · medium · 10 minutes
#
# For `scores` $S$ of shape `(batch, n_classes)` return the array of the same shape
#
# $$\log p_{ij} = s_{ij} - \log \sum_k e^{s_{ik}}.$$
#
# It must be right and silent for every finite score: large ones, rows that lie far apart, and classes
# whose probability rounds to 0. For any number $c$ per row,
# $\log \sum_k e^{s_k} = c + \log \sum_k e^{s_k - c}$.

# %% exercise="losses-log-softmax"
def log_softmax(scores):
    """Return the logarithm of the softmax of every row, shape (batch, n_classes)."""
    ### BEGIN SOLUTION
    z = scores - scores.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    ### END SOLUTION

# %% check="losses-log-softmax"
check("losses-log-softmax")

# %% [markdown]
# ## Softmax cross-entropy from integer labels · medium · 15 minutes
#
# For `scores` of shape `(batch, n_classes)` and integer `labels` of shape `(batch,)`, counted from 0,
#
# $$L = -\frac{1}{n} \sum_i \log p_{i, y_i}, \qquad
# \frac{\partial L}{\partial s_{ij}} = \frac{p_{ij} - [j = y_i]}{n},$$
#
# with $n$ the batch size and $p$ the softmax of each row. Return `value, dscores`. Scores may be large; no
# warning may appear.

# %% exercise="losses-softmax-ce"
def softmax_cross_entropy(scores, labels):
    """Return the mean cross-entropy in nats per sample and its gradient (batch, n_classes)."""
    ### BEGIN SOLUTION
    rows = np.arange(len(labels))
    z = scores - scores.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    value = -log_p[rows, labels].mean()
    dscores = np.exp(log_p)
    dscores[rows, labels] -= 1
    return value, dscores / len(labels)
    ### END SOLUTION

# %% check="losses-softmax-ce"
check("losses-softmax-ce")

# %% [markdown]
# ## Cross-entropy with soft targets · medium · 10 minutes
#
# The same loss for `target` rows $T$ of shape `(batch, n_classes)`, each a distribution of its own:
#
# $$L = -\frac{1}{n} \sum_{i,j} t_{ij} \log p_{ij}, \qquad
# \frac{\partial L}{\partial s_{ij}} = \frac{p_{ij} - t_{ij}}{n}.$$
#
# Return `value, dscores`. Note what the sum runs over, and what divides it. Scores may be large; no
# warning may appear.

# %% exercise="losses-dense-ce"
def cross_entropy(scores, target):
    """Return the mean cross-entropy of softmax(scores) against rows of probabilities."""
    ### BEGIN SOLUTION
    z = scores - scores.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    value = -np.sum(target * log_p) / len(scores)
    return value, (np.exp(log_p) - target) / len(scores)
    ### END SOLUTION

# %% check="losses-dense-ce"
check("losses-dense-ce")

# %% [markdown]
# ## Integer labels or one-hot rows? · easy · 3 minutes
#
# Frameworks offer the loss twice, for one-hot rows ("categorical") and for integer labels ("sparse").
# What is the difference?
#
# - (a) The sparse form is more stable numerically.
# - (b) The sparse form gives the same value, and only needs less memory.
# - (c) The sparse form has another gradient.
# - (d) The sparse form is divided by the number of classes.
# - (e) The sparse form counts classes from 1.
#
# Assign the letter to `sparse`.

# %% exercise="losses-sparse"
### BEGIN SOLUTION
sparse = "b"
### END SOLUTION

# %% check="losses-sparse"
check("losses-sparse")

# %% [markdown]
# ## A gradient that is k times too large · medium · 12 minutes
#
# Here `p` is the softmax of scores, and `y` holds one-hot rows. A gradient check compares `(p - y) / len(p)`,
# the slope by the scores, with differences of this loss, and reports for each number of classes $k$ that the
# gradient is exactly $k$ times too large. The gradient is right.
#
# Give a witness, `find_mean_witness = (p, y)`; the cause,
#
# - (a) the logarithm has the wrong base
# - (b) `p` and `y` are exchanged
# - (c) a probability may be 0
# - (d) the mean runs over the classes too
#
# as `find_mean_cause`; and the repaired `mean_ce`.

# %%
def mean_ce_as_found(p, y):
    return -np.mean(y * np.log(p))

# %% exercise="losses-find-mean"
def mean_ce(p, y):
    """Return the cross-entropy in nats per sample; p and y have shape (batch, n_classes)."""
    ### BEGIN SOLUTION
    return -np.sum(y * np.log(p)) / len(p)
    ### END SOLUTION

### BEGIN SOLUTION
find_mean_witness = (np.array([[0.5, 0.5]]), np.array([[1.0, 0.0]]))
find_mean_cause = "d"
### END SOLUTION

# %% check="losses-find-mean"
check("losses-find-mean")

# %% [markdown]
# ## Label smoothing · easy · 6 minutes
#
# Turn integer `labels`, shape `(batch,)`, into rows of shape `(batch, n_classes)`: the one-hot row $y$
# mixed with the uniform distribution over **all** $K$ classes,
#
# $$t_j = (1 - a)\, y_j + \frac{a}{K}.$$

# %% exercise="losses-smoothing"
def smooth(labels, n_classes, a):
    """Return smoothed target rows of shape (batch, n_classes), each with sum 1."""
    ### BEGIN SOLUTION
    one_hot = np.eye(n_classes)[labels]
    return (1 - a) * one_hot + a / n_classes
    ### END SOLUTION

# %% check="losses-smoothing"
check("losses-smoothing")

# %% [markdown]
# ## Entropy, KL divergence, cross-entropy · medium · 10 minutes
#
# For two distributions over the same outcomes, `p` and `q` of shape `(n_outcomes,)`, return three numbers
# in nats:
#
# $$H(p) = -\sum p \log p, \qquad \mathrm{KL}(p\,\|\,q) = \sum p \log \frac{p}{q}, \qquad
# \mathrm{CE}(p, q) = -\sum p \log q.$$
#
# Entries of `p` may be 0, and count nothing then, without a warning; `q` is positive.

# %% exercise="losses-entropy"
def information(p, q):
    """Return H(p), KL(p || q) and the cross-entropy of q under p, in nats."""
    ### BEGIN SOLUTION
    seen = p > 0
    p, q = p[seen], q[seen]
    entropy = -np.sum(p * np.log(p))
    cross_entropy = -np.sum(p * np.log(q))
    return entropy, cross_entropy - entropy, cross_entropy
    ### END SOLUTION

# %% check="losses-entropy"
check("losses-entropy")

# %% [markdown]
# # Margins, rare classes, honest probabilities

# %% [markdown]
# ## Hinge and squared hinge · medium · 10 minutes
#
# For `scores` and `target`, shape `(batch,)`, the targets being $-1$ or $+1$,
#
# $$L = \frac1n \sum_i \max(0,\, 1 - t_i s_i),$$
#
# or, if `squared`, the mean of the squares of these gaps. Return `value, dscores`. (At the corner itself
# any slope between the two sides would do; the check keeps away from it.)

# %% exercise="losses-hinge"
def hinge(scores, target, squared):
    """Return the mean (squared) hinge loss for targets -1 or +1, and its gradient."""
    ### BEGIN SOLUTION
    gap = np.maximum(0, 1 - target * scores)
    if squared:
        return np.mean(gap**2), -2 * gap * target / scores.size
    return np.mean(gap), -target * (gap > 0) / scores.size
    ### END SOLUTION

# %% check="losses-hinge"
check("losses-hinge")

# %% [markdown]
# ## The class that never learns · medium · 12 minutes
#
# This hinge loss is fed labels 0 and 1. The class 0 never learns, and **a gradient check passes**.
#
# Give a witness, `find_silent_class_witness = (scores, y)`; the cause,
#
# - (a) the hinge is written for labels $-1$ and $+1$
# - (b) the margin should not be 1
# - (c) the cut at 0 is wrong
# - (d) the gradient is wrong
#
# as `find_silent_class_cause`; and a `margin_loss` that takes labels 0 and 1.

# %%
def margin_loss_as_found(scores, y):
    return np.mean(np.maximum(0, 1 - y * scores))

# %% exercise="losses-find-silent-class"
def margin_loss(scores, y):
    """Return the mean hinge loss of scores (batch,) for labels y of 0 and 1."""
    ### BEGIN SOLUTION
    return np.mean(np.maximum(0, 1 - (2 * y - 1) * scores))
    ### END SOLUTION

### BEGIN SOLUTION
find_silent_class_witness = (np.array([3.0]), np.array([0.0]))
find_silent_class_cause = "a"
### END SOLUTION

# %% check="losses-find-silent-class"
check("losses-find-silent-class")

# %% [markdown]
# ## Weighted binary cross-entropy · medium · 10 minutes
#
# For `scores` $s$ and 0/1 `target` $t$, shape `(batch,)`, and a number `w`, with $p = \sigma(s)$,
#
# $$L = -\frac1n \sum_i \big[w\, t_i \log p_i + (1 - t_i) \log (1 - p_i)\big].$$
#
# The divisor is the number of samples $n$. Return `value, dscores`. Scores are of moderate size here.

# %% exercise="losses-weighted-bce"
def weighted_bce(scores, target, w):
    """Return the mean cross-entropy with weight w on the positive class, and its gradient."""
    ### BEGIN SOLUTION
    p = 1 / (1 + np.exp(-scores))
    positive, negative = np.logaddexp(0, -scores), np.logaddexp(0, scores)
    value = np.mean(w * target * positive + (1 - target) * negative)
    dscores = (w * target * (p - 1) + (1 - target) * p) / scores.size
    return value, dscores
    ### END SOLUTION

# %% check="losses-weighted-bce"
check("losses-weighted-bce")

# %% [markdown]
# ## Take the class weight out of a probability · medium · 10 minutes
#
# A model that was trained with weight $w$ on the positive class answers
#
# $$p^\ast = \frac{w\,\pi}{w\,\pi + 1 - \pi}$$
#
# where the honest probability is $\pi$. Given `p` $= p^\ast$, shape `(batch,)`, and the number `w`,
# return $\pi$.

# %% exercise="losses-undo-weight"
def undo_weight(p, w):
    """Return the probabilities that training without the class weight w would have given."""
    ### BEGIN SOLUTION
    return p / (p + w * (1 - p))
    ### END SOLUTION

# %% check="losses-undo-weight"
check("losses-undo-weight")

# %% [markdown]
# ## Focal loss · hard · 20 minutes
#
# For `scores` $s$ and 0/1 `target`, shape `(batch,)`, let $p_i$ be the probability that the model gives
# to the **true** class of sample $i$, and $a_i$ be `alpha` for the positive class and `1 - alpha` for the
# negative one:
#
# $$L = -\frac1n \sum_i a_i\, (1 - p_i)^\gamma \log p_i.$$
#
# Return `value, dscores`. With $u = s$ for a positive sample and $u = -s$ for a negative one,
# $p = \sigma(u)$, and the product rule does the rest.

# %% exercise="losses-focal"
def focal(scores, target, gamma, alpha):
    """Return the mean binary focal loss and its gradient with respect to the scores."""
    ### BEGIN SOLUTION
    side = 2 * target - 1
    log_p = -np.logaddexp(0, -side * scores)
    p = np.exp(log_p)
    weight = np.where(target == 1, alpha, 1 - alpha) * (1 - p) ** gamma
    value = -np.mean(weight * log_p)
    dscores = side * weight * (gamma * p * log_p - (1 - p)) / scores.size
    return value, dscores
    ### END SOLUTION

# %% check="losses-focal"
check("losses-focal")

# %% [markdown]
# ## Brier score · easy · 8 minutes
#
# For probabilities `p` of shape `(batch, n_classes)` and integer `labels`,
#
# $$B = \frac1n \sum_{i,j} (p_{ij} - [j = y_i])^2.$$
#
# Return `value, dp`, the second being $\partial B / \partial p_{ij}$.

# %% exercise="losses-brier"
def brier(p, labels):
    """Return the Brier score of probabilities (batch, n_classes), and its gradient by p."""
    ### BEGIN SOLUTION
    gap = p - np.eye(p.shape[1])[labels]
    return np.sum(gap**2) / len(p), 2 * gap / len(p)
    ### END SOLUTION

# %% check="losses-brier"
check("losses-brier")

# %% [markdown]
# ## Expected calibration error · medium · 15 minutes
#
# `confidence`, shape `(n,)`, holds the probability that a model gave to its answer, and `correct` a 1 where
# that answer was right, else 0. Cut $[0, 1]$ into `n_bins` bins of equal width, and return
#
# $$\mathrm{ECE} = \sum_b \frac{n_b}{n} \left| \mathrm{acc}_b - \mathrm{conf}_b \right|,$$
#
# with the share of right answers and the mean confidence of the samples in bin $b$. A confidence of
# exactly 1 belongs to the last bin; empty bins count nothing.

# %% exercise="losses-ece"
def ece(confidence, correct, n_bins):
    """Return the expected calibration error over n_bins bins of equal width on [0, 1]."""
    ### BEGIN SOLUTION
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    error = 0.0
    for b in range(n_bins):
        inside = bins == b
        if inside.any():
            gap = correct[inside].mean() - confidence[inside].mean()
            error += inside.mean() * abs(gap)
    return error
    ### END SOLUTION

# %% check="losses-ece"
check("losses-ece")

# %% [markdown]
# ## Which loss for which task? · easy · 6 minutes
#
# Choose a loss for each task:
#
# - (a) mean squared error
# - (b) Huber or mean absolute error
# - (c) binary cross-entropy on each output
# - (d) softmax cross-entropy
# - (e) hinge
#
# Assign letters to
#
# - `choose_houses`: house prices; noise looks Gaussian, and a large error is far worse than two small ones
# - `choose_sensor`: temperature from a sensor that now and then sends a wild value
# - `choose_spam`: spam or not, one output
# - `choose_digits`: which of ten digits, exactly one of them
# - `choose_tags`: which of 40 tags fit a photo; several may
# - `choose_ranking`: documents on the right side of a line by a clear margin; no probabilities needed

# %% exercise="losses-choose"
### BEGIN SOLUTION
choose_houses = "a"
choose_sensor = "b"
choose_spam = "c"
choose_digits = "d"
choose_tags = "c"
choose_ranking = "e"
### END SOLUTION

# %% check="losses-choose"
check("losses-choose")
