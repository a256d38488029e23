# %% [markdown]
# # Exercises 7 · Regularization
#
# Fill in the marked places, run the cell, then run the check below it. A check tells you in one
# sentence what is right or wrong; `hint("...")` gives a nudge, and a bigger one each time you ask.
#
# Rows are samples. Where chance is at work you are given `rng`, a NumPy generator: draw from it and from
# nothing else, so that the same seed gives the same run. Nothing you are given may be changed in place.

# %%
from itertools import product

import numpy as np

from autograder import check, hint

# %% [markdown]
# # Under, over, good

# %% [markdown]
# ## A doctor for learning curves · easy · 8 minutes
#
# `train` and `val` are the losses of a run after each epoch, arrays of the same length. Return
#
# - `"under"` if the last training loss is above `goal`;
# - else `"over"` if the last validation loss is above $(1 + \text{slack})$ times the lowest validation loss;
# - else `"good"`.

# %% exercise="regularization-read-curves"
def read_curves(train, val, goal, slack):
    """Return "under", "over" or "good" for the losses of a run, epoch by epoch."""
    ### BEGIN SOLUTION
    if train[-1] > goal:
        return "under"
    if val[-1] > (1 + slack) * np.min(val):
        return "over"
    return "good"
    ### END SOLUTION

# %% check="regularization-read-curves"
check("regularization-read-curves")

# %% [markdown]
# ## Which run overfits? · easy · 3 minutes
#
# Four runs, and the losses (training / validation) at epochs 20, 50 and 100:
#
# - (a) 0.40 / 0.60, then 0.20 / 0.50, then 0.10 / 0.45
# - (b) 1.90 / 1.95, then 1.85 / 1.90, then 1.84 / 1.90
# - (c) 0.40 / 0.45, then 0.20 / 0.40, then 0.05 / 0.70
# - (d) 0.40 / 0.47, then 0.35 / 0.43, then 0.34 / 0.46, after 0.42 and 0.45 at epochs 98 and 99
#
# Which one overfits by epoch 100? Assign the letter to `gap`.

# %% exercise="regularization-gap"
### BEGIN SOLUTION
gap = "c"
### END SOLUTION

# %% check="regularization-gap"
check("regularization-gap")

# %% [markdown]
# ## Bias and variance of a family of fits · medium · 12 minutes
#
# `predictions`, shape `(models, points)`, holds what models trained on different samples say at the same
# points; `truth`, shape `(points,)`, is the function without noise. With $\bar f_j$ the mean prediction
# at point $j$ over the $m$ models, return
#
# $$\text{bias}^2 = \frac1n \sum_j (\bar f_j - t_j)^2, \qquad
# \text{variance} = \frac1{mn} \sum_{i,j} (f_{ij} - \bar f_j)^2.$$

# %% exercise="regularization-bias-variance"
def bias_variance(predictions, truth):
    """Return squared bias and variance, means over the points, of predictions (models, points)."""
    ### BEGIN SOLUTION
    mean = predictions.mean(axis=0)
    bias2 = np.mean((mean - truth) ** 2)
    variance = np.mean((predictions - mean) ** 2)
    return bias2, variance
    ### END SOLUTION

# %% check="regularization-bias-variance"
check("regularization-bias-variance")

# %% [markdown]
# # Penalties

# %% [markdown]
# ## An L2 penalty on the weights · easy · 8 minutes
#
# A layer has the weights `W` `(n_in, n_out)` and the bias `b` `(n_out,)`; `value`, `dW` and `db` are the loss
# and its gradients without a penalty. Add
#
# $$\lambda \sum_{i,j} W_{ij}^2$$
#
# and return the new `total, dW, db`. The bias is not penalized.

# %% exercise="regularization-l2"
def add_l2(value, dW, db, W, b, lam):
    """Return loss, dW and db of a layer with the penalty lam * sum(W**2); the bias is free."""
    ### BEGIN SOLUTION
    total = value + lam * np.sum(W**2)
    return total, dW + 2 * lam * W, db
    ### END SOLUTION

# %% check="regularization-l2"
check("regularization-l2")

# %% [markdown]
# ## Which weight decay is it? · easy · 3 minutes
#
# Frameworks offer a `weight_decay` $d$ in plain SGD, which takes the step $w \leftarrow (1 - \eta d)\,w - \eta g$.
# You have tuned a penalty $\lambda \sum w^2$ with $\lambda = 0.03$. Which $d$ gives the same training? Assign
# the number to `decay`.

# %% exercise="regularization-decay"
### BEGIN SOLUTION
decay = 0.06
### END SOLUTION

# %% check="regularization-decay"
check("regularization-decay")

# %% [markdown]
# ## Half a weight decay · medium · 12 minutes
#
# This function claims to take a step of gradient descent on $L + \lambda \sum w^2$.
#
# Give a witness, `find_decay_witness = (w, grad, lr, lam)`; the cause,
#
# - (a) the gradient of the loss has the wrong sign
# - (b) the wrong weights are shrunk
# - (c) a factor is missing in the decay
# - (d) the learning rate does not belong to the decay
#
# as `find_decay_cause`; and the repaired `decay_step`.

# %%
def decay_step_as_found(w, grad, lr, lam):
    return (1 - lr * lam) * w - lr * grad

# %% exercise="regularization-find-decay"
def decay_step(w, grad, lr, lam):
    """Return w after one step of gradient descent on loss + lam * sum(w**2)."""
    ### BEGIN SOLUTION
    return (1 - 2 * lr * lam) * w - lr * grad
    ### END SOLUTION

### BEGIN SOLUTION
find_decay_witness = (np.ones(1), np.zeros(1), 0.1, 0.5)
find_decay_cause = "c"
### END SOLUTION

# %% check="regularization-find-decay"
check("regularization-find-decay")

# %% [markdown]
# ## L1 and L2 together: the elastic net · easy · 8 minutes
#
# For an array `theta` of any shape return the value
# $\lambda_1 \sum |\theta| + \lambda_2 \sum \theta^2$ and its gradient `dtheta`, of the shape of `theta`.
# At $\theta = 0$ the absolute value has a corner; give its part the subgradient 0 there.

# %% exercise="regularization-elastic"
def elastic_net(theta, l1, l2):
    """Return l1 * sum(|theta|) + l2 * sum(theta**2) and its subgradient (0 at 0)."""
    ### BEGIN SOLUTION
    value = l1 * np.sum(np.abs(theta)) + l2 * np.sum(theta**2)
    return value, l1 * np.sign(theta) + 2 * l2 * theta
    ### END SOLUTION

# %% check="regularization-elastic"
check("regularization-elastic")

# %% [markdown]
# ## Weights that become exactly zero · medium · 12 minutes
#
# One **proximal** step for $L + \lambda \sum |w|$: first a gradient step on the loss alone,
# $v = w - \eta\, g$; then move every entry of $v$ towards 0 by $\eta\lambda$, stopping at 0,
#
# $$w_\text{new} = \operatorname{sign}(v)\, \max(|v| - \eta\lambda,\; 0).$$
#
# `w` and `grad` $= g$ have the shape `(n,)`, `lr` is $\eta$ and `lam` is $\lambda$. Return the new `w`, `(n,)`.

# %% exercise="regularization-soft-threshold"
def prox_step(w, grad, lr, lam):
    """Return w after a gradient step on the loss and a soft threshold of lr * lam."""
    ### BEGIN SOLUTION
    v = w - lr * grad
    return np.sign(v) * np.maximum(np.abs(v) - lr * lam, 0)
    ### END SOLUTION

# %% check="regularization-soft-threshold"
check("regularization-soft-threshold")

# %% [markdown]
# ## The same penalty, said to scikit-learn · medium · 10 minutes
#
# Our objective for a linear model is
# $\frac1n \|y - Xw\|^2 + \lambda_1 \sum |w| + \lambda_2 \sum w^2$. scikit-learn's `ElasticNet` minimizes
#
# $$\frac1{2n} \|y - Xw\|^2 + \alpha r \sum |w| + \tfrac12 \alpha (1 - r) \sum w^2$$
#
# with `alpha` $= \alpha$ and `l1_ratio` $= r$. Return the pair `(alpha, l1_ratio)` for which both have the
# same minimum.

# %% exercise="regularization-convert"
def to_sklearn(l1, l2):
    """Return (alpha, l1_ratio) for the penalty l1 * sum(|w|) + l2 * sum(w**2) on a mean square."""
    ### BEGIN SOLUTION
    alpha = l1 / 2 + l2
    return alpha, (l1 / 2) / alpha
    ### END SOLUTION

# %% check="regularization-convert"
check("regularization-convert")

# %% [markdown]
# # Dropout

# %% [markdown]
# ## Inverted dropout, both modes · medium · 15 minutes
#
# Drop every entry of `x` with probability `p`, each by its own uniform number from `self.rng`:
#
# $$y = \frac{m}{1 - p}\, x, \qquad m = 1 \text{ with probability } 1 - p, \text{ else } 0,$$
#
# in training; $y = x$ in evaluation (`train=False`). `backward(dy)` follows the last `forward`, in
# either mode, and returns `dx`. `y`, `x`, `dy` and `dx` have the same shape. Every forward pass in training
# draws anew.

# %% exercise="regularization-dropout"
class Dropout:
    """Drop entries with probability p in training; do nothing in evaluation."""

    def __init__(self, p, rng):
        self.p, self.rng = p, rng

    def forward(self, x, train=False):
        """Return x with dropped entries 0 and the others scaled so that the mean stays."""
        ### BEGIN SOLUTION
        if not train:
            self.mask = np.ones(x.shape)
        else:
            self.mask = (self.rng.random(x.shape) >= self.p) / (1 - self.p)
        return x * self.mask
        ### END SOLUTION

    def backward(self, dy):
        """Return d loss / d x for the mask that forward used."""
        ### BEGIN SOLUTION
        return dy * self.mask
        ### END SOLUTION

# %% check="regularization-dropout"
check("regularization-dropout")

# %% [markdown]
# ## Dropout that shrinks in evaluation · medium · 12 minutes
#
# A text says: "in inference, scale by the dropout probability". Somebody did. The training branch is right
# and should stay as it is; `u` holds one uniform number per entry of `x`, and `train` is 1 or 0. A
# gradient check passes in both modes.
#
# Give a witness, `find_scale_witness = (x, u, p, train)`; the cause,
#
# - (a) the wrong entries are dropped
# - (b) training divides by the wrong number
# - (c) there should be one number per column
# - (d) evaluation scales although nothing is left to make up for
#
# as `find_scale_cause`; and the repaired `dropout`.

# %%
def dropout_as_found(x, u, p, train):
    if train:
        return x * (u >= p) / (1 - p)
    return x * p

# %% exercise="regularization-find-scale"
def dropout(x, u, p, train):
    """Return x with dropout of probability p in training; u are uniform numbers, one per entry."""
    ### BEGIN SOLUTION
    if train:
        return x * (u >= p) / (1 - p)
    return x
    ### END SOLUTION

### BEGIN SOLUTION
find_scale_witness = (np.ones(3), np.full(3, 0.5), 0.2, 0)
find_scale_cause = "d"
### END SOLUTION

# %% check="regularization-find-scale"
check("regularization-find-scale")

# %% [markdown]
# ## The mean of all thinned networks · hard · 15 minutes
#
# A layer of $n$ units with the values `h` `(n,)` feeds one tanh unit with the weights `w` `(n,)` and the bias
# `b`. Under dropout there are $2^n$ masks $m$, each with its own probability, and so $2^n$ thinned
# networks. Return the exact mean of their answers, one number:
#
# $$\sum_{m \in \{0, 1\}^n} P(m)\, \tanh\!\left(\frac{m \odot h}{1 - p} \cdot w + b\right), \qquad
# P(m) = \prod_i \begin{cases} 1 - p & m_i = 1 \\ p & m_i = 0. \end{cases}$$
#
# `product((0, 1), repeat=n)` yields all masks, as tuples.

# %% exercise="regularization-masks"
def mean_over_masks(h, w, b, p):
    """Return the mean of tanh((mask * h / (1 - p)) @ w + b) over all masks, by probability."""
    ### BEGIN SOLUTION
    total = 0.0
    for bits in product((0, 1), repeat=len(h)):
        mask = np.array(bits)
        chance = np.prod(np.where(mask == 1, 1 - p, p))
        total += chance * np.tanh((mask * h / (1 - p)) @ w + b)
    return total
    ### END SOLUTION

# %% check="regularization-masks"
check("regularization-masks")

# %% [markdown]
# # Early stopping

# %% [markdown]
# ## When to stop, and what to keep · medium · 12 minutes
#
# Go through the validation losses `val_losses`, epoch 0 first. An epoch is a **gain** if its loss is below the
# best so far by more than `min_delta`; only a gain sets a new best. Stop after `patience` epochs in a row
# without one. Return `(best_epoch, last_epoch)`, counted from 0. The first epoch is always a gain. If
# patience never runs out, the last epoch is the end of the list.

# %% exercise="regularization-early-stop"
def early_stop(val_losses, patience, min_delta):
    """Return (best_epoch, last_epoch) of a run that stops after patience epochs without gain."""
    ### BEGIN SOLUTION
    best, best_epoch, waited = np.inf, 0, 0
    for epoch, value in enumerate(val_losses):
        if value < best - min_delta:
            best, best_epoch, waited = value, epoch, 0
        else:
            waited += 1
        if waited >= patience:
            break
    return best_epoch, epoch
    ### END SOLUTION

# %% check="regularization-early-stop"
check("regularization-early-stop")

# %% [markdown]
# ## Early stopping that restores nothing · medium · 12 minutes
#
# This run trains the weights `theta` towards `goal`, and watches how far they are from `val_goal`. It is
# meant to return the best weights. **No gradient check complains**, and no error is raised.
#
# Give a witness, `find_alias_witness = (theta, goal, val_goal, lr, epochs, patience)`, three arrays of one
# length and three numbers; the cause,
#
# - (a) the comparison with the best loss is the wrong way round
# - (b) the best weights are no copy
# - (c) the counter is one off
# - (d) the caller's array is changed
#
# as `find_alias_cause`; and the repaired `train`.

# %%
def train_as_found(theta, goal, val_goal, lr, epochs, patience):
    theta = theta.copy()
    best, best_theta, waited = np.inf, None, 0
    for _ in range(int(epochs)):
        theta -= lr * (theta - goal)  # one epoch on the training loss
        val_loss = np.sum((theta - val_goal) ** 2)
        if val_loss < best:
            best, best_theta, waited = val_loss, theta, 0
        else:
            waited += 1
        if waited >= patience:
            break
    return best_theta

# %% exercise="regularization-find-alias"
def train(theta, goal, val_goal, lr, epochs, patience):
    """Return the weights of the epoch with the lowest validation loss."""
    ### BEGIN SOLUTION
    theta = theta.copy()
    best, best_theta, waited = np.inf, None, 0
    for _ in range(int(epochs)):
        theta -= lr * (theta - goal)  # one epoch on the training loss
        val_loss = np.sum((theta - val_goal) ** 2)
        if val_loss < best:
            best, best_theta, waited = val_loss, theta.copy(), 0
        else:
            waited += 1
        if waited >= patience:
            break
    return best_theta
    ### END SOLUTION

### BEGIN SOLUTION
find_alias_witness = (np.zeros(1), np.ones(1), np.full(1, 0.5), 0.2, 20, 3)
find_alias_cause = "b"
### END SOLUTION

# %% check="regularization-find-alias"
check("regularization-find-alias")

# %% [markdown]
# # More data out of the same data

# %% [markdown]
# ## Images moved by a pixel or two · medium · 12 minutes
#
# `images` has the shape `(batch, height, width)`. Return all of them moved `down` rows down and `right` columns to
# the right (negative numbers: up and left). What leaves the picture is gone; what comes in is 0:
#
# $$\text{moved}[i, r, c] = \text{images}[i,\; r - \text{down},\; c - \text{right}], \quad
# 0 \text{ where there is no such pixel.}$$

# %% exercise="regularization-shift"
def shift(images, down, right):
    """Return the images (batch, height, width) moved down and right; what comes in is 0."""
    ### BEGIN SOLUTION
    _, height, width = images.shape
    moved = np.zeros_like(images)
    for row in range(max(0, down), min(height, height + down)):
        columns = slice(max(0, right), min(width, width + right))
        source = slice(max(0, -right), min(width, width - right))
        moved[:, row, columns] = images[:, row - down, source]
    return moved
    ### END SOLUTION

# %% check="regularization-shift"
check("regularization-shift")

# %% [markdown]
# ## Which change keeps the label? · easy · 3 minutes
#
# You train on images of handwritten digits with pixels in [0, 1]. Which augmentation is safe?
#
# - (a) turning by 180 degrees
# - (b) moving by at most one pixel
# - (c) mirroring left and right
# - (d) adding Gaussian noise to every pixel, and nothing else
#
# Assign the letter to `safe`.

# %% exercise="regularization-safe"
### BEGIN SOLUTION
safe = "b"
### END SOLUTION

# %% check="regularization-safe"
check("regularization-safe")

# %% [markdown]
# ## Two words change places · easy · 8 minutes
#
# A sentence is an array `words` `(n,)` of word numbers. Return a **copy** in which the words at two different
# places, drawn from `rng`, are exchanged. All pairs of places should be able to come up.

# %% exercise="regularization-swap"
def random_swap(words, rng):
    """Return a copy of words (n,) in which two different places are exchanged."""
    ### BEGIN SOLUTION
    new = words.copy()
    i, j = rng.choice(len(words), size=2, replace=False)
    new[i], new[j] = words[j], words[i]
    return new
    ### END SOLUTION

# %% check="regularization-swap"
check("regularization-swap")

# %% [markdown]
# ## Mixup: samples in between · easy · 8 minutes
#
# `x` has the shape `(batch, n)`, `y` holds one-hot rows `(batch, n_classes)`, and `order` `(batch,)` names a
# partner for each row. With the share $a$ = `weight` return `x_mixed, y_mixed`:
#
# $$\tilde x_i = a\, x_i + (1 - a)\, x_{\text{order}_i}, \qquad
# \tilde y_i = a\, y_i + (1 - a)\, y_{\text{order}_i}.$$

# %% exercise="regularization-mixup"
def mixup(x, y, weight, order):
    """Return rows of x and of y, each mixed with the row that order names for it."""
    ### BEGIN SOLUTION
    x_mixed = weight * x + (1 - weight) * x[order]
    y_mixed = weight * y + (1 - weight) * y[order]
    return x_mixed, y_mixed
    ### END SOLUTION

# %% check="regularization-mixup"
check("regularization-mixup")

# %% [markdown]
# # Measuring and choosing

# %% [markdown]
# ## Folds that hold out every row once · medium · 12 minutes
#
# Split the row numbers $0 \dots n - 1$ into `k` folds at random, with sizes that differ by at most 1. Return
# `k` pairs `(train, val)` of integer arrays: `val` is one fold, `train` all the other rows. The order must
# come from `rng`.

# %% exercise="regularization-kfold"
def kfold(n, k, rng):
    """Return a list of k pairs (train, val) of row numbers; every row is in one val."""
    ### BEGIN SOLUTION
    order = rng.permutation(n)
    pairs = []
    for i in range(k):
        val = order[i::k]
        pairs.append((np.setdiff1d(order, val), val))
    return pairs
    ### END SOLUTION

# %% check="regularization-kfold"
check("regularization-kfold")

# %% [markdown]
# ## Cross-validation of a model that remembers · medium · 12 minutes
#
# This function trains a linear model by gradient descent in each of `k` folds, and returns the validation errors.
# On labels that are pure noise it reports errors below those of guessing. **No gradient check complains.**
#
# Give a witness, `find_refit_witness = (x, y, k, lr, epochs)`, with `x` `(n, n_in)` and `y` `(n,)`; the cause,
#
# - (a) some rows are in both parts of a fold
# - (b) the error is measured on training rows of the same fold
# - (c) a fold starts from weights that have seen its validation rows
# - (d) the gradient is wrong
#
# as `find_refit_cause`; and the repaired `cross_validate`.

# %%
def cross_validate_as_found(x, y, k, lr, epochs):
    fold = np.arange(len(x)) % k
    w = np.zeros(x.shape[1])
    errors = []
    for i in range(int(k)):
        train, val = fold != i, fold == i
        for _ in range(int(epochs)):
            w -= lr * x[train].T @ (x[train] @ w - y[train]) / train.sum()
        errors.append(np.mean((x[val] @ w - y[val]) ** 2))
    return np.array(errors)

# %% exercise="regularization-find-refit"
def cross_validate(x, y, k, lr, epochs):
    """Return the k validation errors of a linear model trained by gradient descent."""
    ### BEGIN SOLUTION
    fold = np.arange(len(x)) % k
    errors = []
    for i in range(int(k)):
        w = np.zeros(x.shape[1])
        train, val = fold != i, fold == i
        for _ in range(int(epochs)):
            w -= lr * x[train].T @ (x[train] @ w - y[train]) / train.sum()
        errors.append(np.mean((x[val] @ w - y[val]) ** 2))
    return np.array(errors)
    ### END SOLUTION

### BEGIN SOLUTION
find_refit_witness = (np.ones((4, 1)), np.array([1.0, 2.0, 3.0, 4.0]), 2, 0.1, 1)
find_refit_cause = "c"
### END SOLUTION

# %% check="regularization-find-refit"
check("regularization-find-refit")

# %% [markdown]
# ## No model is good enough · medium · 12 minutes
#
# `scores` has one row per model and one column per fold; larger is better. For some scores this function
# answers -1: no model.
#
# Give a witness, `find_start_witness = (scores,)`, a tuple of one array; the cause,
#
# - (a) the start value can be better than every model
# - (b) models should not be compared by their mean
# - (c) the comparison is the wrong way round
# - (d) the row numbers are one off
#
# as `find_start_cause`; and the repaired `select`.

# %%
def select_as_found(scores):
    best_model, best_score = -1, 0
    for model, row in enumerate(scores):
        score = np.mean(row)
        if score > best_score:
            best_model, best_score = model, score
    return best_model

# %% exercise="regularization-find-start"
def select(scores):
    """Return the row number of the best mean; scores (models, folds), larger is better."""
    ### BEGIN SOLUTION
    best_model, best_score = -1, -np.inf
    for model, row in enumerate(scores):
        score = np.mean(row)
        if score > best_score:
            best_model, best_score = model, score
    return best_model
    ### END SOLUTION

### BEGIN SOLUTION
find_start_witness = (np.array([[-0.2, -0.1]]),)
find_start_cause = "a"
### END SOLUTION

# %% check="regularization-find-start"
check("regularization-find-start")

# %% [markdown]
# # Averages, and the whole recipe

# %% [markdown]
# ## An average that follows the weights · medium · 10 minutes
#
# `thetas`, shape `(steps, n)`, holds the weights after each step of a run. From $a_0 = 0$ follow, with
# `decay` $= \beta$,
#
# $$a_t = \beta\, a_{t-1} + (1 - \beta)\, \theta_t, \qquad \hat a_t = \frac{a_t}{1 - \beta^t},
# \qquad t = 1, 2, \dots$$
#
# and return all $\hat a_t$, shape `(steps, n)`.

# %% exercise="regularization-ema"
def ema(thetas, decay):
    """Return the bias-corrected running averages of the rows of thetas (steps, n)."""
    ### BEGIN SOLUTION
    average, averages = np.zeros(thetas.shape[1]), []
    for t, theta in enumerate(thetas, start=1):
        average = decay * average + (1 - decay) * theta
        averages.append(average / (1 - decay**t))
    return np.array(averages)
    ### END SOLUTION

# %% check="regularization-ema"
check("regularization-ema")

# %% [markdown]
# ## Which sentence is right? · easy · 3 minutes
#
# - (a) Boosting works against overfitting by averaging independent models.
# - (b) Cross-validation is a regularizer.
# - (c) Half of the *inputs* should be dropped, and few of the hidden units.
# - (d) "Variational dropout" names two things: rates that are learned, and one fixed mask for all steps of a
#   recurrent network.
#
# Assign the letter to `terms`.

# %% exercise="regularization-terms"
### BEGIN SOLUTION
terms = "d"
### END SOLUTION

# %% check="regularization-terms"
check("regularization-terms")

# %% [markdown]
# ## What comes first? · easy · 3 minutes
#
# A new problem, 3000 labelled samples. In which order do you go about it?
#
# - (a) split; a simple model; more or better data; regularize; tune on validation; an ensemble if it pays; test
#   once
# - (b) dropout, L2 and augmentation at once, all strengths tuned; then split
# - (c) a large model; tune on the test set until the number is good; then cross-validate
# - (d) an ensemble of ten large models; then look at the data
#
# Assign the letter to `recipe`.

# %% exercise="regularization-recipe"
### BEGIN SOLUTION
recipe = "a"
### END SOLUTION

# %% check="regularization-recipe"
check("regularization-recipe")
