# %% [markdown]
# # Exercises 8 · Training practice
#
# Fill in the marked places, run the cell, then run the check below it. A check tells you in one
# sentence what is right or wrong; `hint("...")` gives a nudge, and a bigger one each time you ask.
#
# In the middle stands the **clinic**: nine training runs that went wrong. You get a patient's chart and the
# line of code that made it ill.

# %%
import numpy as np

from autograder import check, hint
from nnlib.viz import clinic

# %% [markdown]
# # Architecture by numbers

# %% [markdown]
# ## How many parameters? · easy · 3 minutes
#
# A network for the digits of MNIST has the layer sizes 784, 128, 64, 10, all dense and with biases. How many
# parameters has it? A text says 105,290. Assign your number to `guess_count`, before you write the function below.

# %% exercise="training_practice-guess-count"
### BEGIN SOLUTION
guess_count = 109386
### END SOLUTION

# %% check="training_practice-guess-count"
check("training_practice-guess-count")

# %% [markdown]
# ## Count the parameters · easy · 6 minutes
#
# For `sizes` $= (n_0, n_1, \dots, n_L)$ return
#
# $$\sum_{l=1}^{L} (n_{l-1}\, n_l + n_l),$$
#
# weights and biases of every dense layer. One number.

# %% exercise="training_practice-count"
def count_parameters(sizes):
    """Return the number of weights and biases of dense layers, sizes[0] inputs to sizes[-1]."""
    ### BEGIN SOLUTION
    return sum(n * m + m for n, m in zip(sizes[:-1], sizes[1:]))
    ### END SOLUTION

# %% check="training_practice-count"
check("training_practice-count")

# %% [markdown]
# ## Memory for training · medium · 12 minutes
#
# Training in float32 keeps, at 4 bytes each: the `n_params` parameters, their gradients, and `slots` more numbers per
# parameter for the optimizer (none for SGD, one for momentum, two for Adam); and for each of the `batch` rows the
# input, **two** numbers per hidden unit (before and after its activation), and the scores. `sizes` holds the layer sizes, from input to output. Return the bytes.

# %% exercise="training_practice-memory"
def memory(n_params, sizes, batch, slots):
    """Return the bytes of float32 training: weights, gradients, optimizer slots, activations."""
    ### BEGIN SOLUTION
    kept = sizes[0] + 2 * sum(sizes[1:-1]) + sizes[-1]
    return 4 * (n_params * (2 + slots) + batch * kept)
    ### END SOLUTION

# %% check="training_practice-memory"
check("training_practice-memory")

# %% [markdown]
# ## Four rules of thumb for a width · easy · 8 minutes
#
# Four rules of thumb for the width of a hidden layer are passed from text to text:
#
# $$\sqrt{n_\text{in} n_\text{out}}, \qquad \tfrac12 (n_\text{in} + n_\text{out}), \qquad
# \min(2 n_\text{in}, 10\, n_\text{out}), \qquad \min(\tfrac23 n_\text{in}, n_\text{out}).$$
#
# Return them in this order, not rounded, as an array of shape `(4,)`. How far apart are they for 784 inputs and 10 outputs?

# %% exercise="training_practice-rules"
def rules_of_thumb(n_in, n_out):
    """Return four hidden widths, unrounded, shape (4,): geometric, arithmetic, ten, two thirds."""
    ### BEGIN SOLUTION
    return np.array([
        np.sqrt(n_in * n_out),
        (n_in + n_out) / 2,
        min(2 * n_in, 10 * n_out),
        min(2 * n_in / 3, n_out),
    ])
    ### END SOLUTION

# %% check="training_practice-rules"
check("training_practice-rules")

# %% [markdown]
# # The recipe

# %% [markdown]
# ## In which order? · easy · 4 minutes
#
# Order the steps. Assign the five letters as one string to `recipe`, first step first, such as `"abcde"`:
#
# - (a) fit one small batch until its loss is near 0
# - (b) adjust capacity and regularization with the validation set
# - (c) look at the data: shapes, ranges, a few rows with their labels, a trivial baseline
# - (d) find a learning rate on the whole training set
# - (e) measure once on the test set

# %% exercise="training_practice-recipe"
### BEGIN SOLUTION
recipe = "cadbe"
### END SOLUTION

# %% check="training_practice-recipe"
check("training_practice-recipe")

# %% [markdown]
# ## Read the curves · easy · 6 minutes
#
# What do you say to each run? (a) underfitting, (b) overfitting, (c) not finished: train on, (d) a good fit.
#
# - `curves_one`: training accuracy 0.99, validation 0.74; the gap has grown for 50 epochs
# - `curves_two`: training 0.71, validation 0.70; both still rise by a percent per epoch
# - `curves_three`: training 0.62, validation 0.61; neither has moved for 200 epochs, noise-free labels
# - `curves_four`: training 0.96, validation 0.95; both level
# - `curves_five`: training 0.88, validation 0.88, both level; 88 percent of the rows are of one class

# %% exercise="training_practice-curves"
### BEGIN SOLUTION
curves_one = "b"
curves_two = "c"
curves_three = "a"
curves_four = "d"
curves_five = "a"
### END SOLUTION

# %% check="training_practice-curves"
check("training_practice-curves")

# %% [markdown]
# # The clinic
#
# All patients are networks on 600 digits with 400 for validation, ten classes, 24 epochs; **only one thing is wrong
# with each**. A chart shows the loss (epoch 0: before training), the accuracy *after* each epoch on both sets, and how
# far one step moves the first and the last layer's weights, relative to their size (a layer that does not move at all
# has no line). The green line is a healthy run.
#
# For each patient, first look and say what is wrong. Assign one letter of this list to `patient_a_cause`, and so on:
#
# - (a) learning rate far too large
# - (b) learning rate far too small
# - (c) weights drawn too large at the start
# - (d) signal and gradient vanish on the way through the layers
# - (e) inputs and labels no longer belong together
# - (f) validation rows are not scaled like the training rows
# - (g) gradients of earlier steps are never cleared
# - (h) softmax is applied twice
# - (i) batches are not shuffled: the rows come sorted by class
# - (j) too few training rows for the network
# - (k) the loss on record is that of the last batch
# - (l) nothing is wrong
#
# Then repair the code.

# %% [markdown]
# ## Patient A · medium · 8 minutes
#
# The rate came from a range test, which trains a few steps at each of many rates and records the losses; losses past
# the largest usable rate may be NaN. The code that read the test stands below. Repair `choose_rate`: return **a tenth of
# the rate at which the loss is smallest**.
#
# Assign the letter to `patient_a_cause`.

# %%
clinic.chart("A", healthy=True)

# %%
def choose_rate_as_found(rates, losses):
    return rates[np.isfinite(losses)][-1]

# %% exercise="training_practice-patient-a"
def choose_rate(rates, losses):
    """Return a tenth of the rate at which the loss of a range test is smallest."""
    ### BEGIN SOLUTION
    return rates[np.nanargmin(losses)] / 10
    ### END SOLUTION

### BEGIN SOLUTION
patient_a_cause = "a"
### END SOLUTION

# %% check="training_practice-patient-a"
check("training_practice-patient-a")

# %% [markdown]
# ## Patient B · medium · 8 minutes
#
# Here is how the weights were drawn. Repair `first_weights` for layers with a ReLU: mean 0, variance $2 / n_\text{in}$, shape
# `(n_in, n_out)`, drawn with `rng`.
#
# Assign the letter to `patient_b_cause`.

# %%
clinic.chart("B", healthy=True)

# %%
def first_weights_as_found(n_in, n_out, rng):
    return rng.normal(size=(n_in, n_out))

# %% exercise="training_practice-patient-b"
def first_weights(n_in, n_out, rng):
    """Return weights (n_in, n_out) for a ReLU layer: mean 0, variance 2 / n_in."""
    ### BEGIN SOLUTION
    return rng.normal(size=(n_in, n_out)) * np.sqrt(2 / n_in)
    ### END SOLUTION

### BEGIN SOLUTION
patient_b_cause = "c"
### END SOLUTION

# %% check="training_practice-patient-b"
check("training_practice-patient-b")

# %% [markdown]
# ## Patient C · medium · 8 minutes
#
# The data were shuffled by this function. Repair `shuffled`: return the rows of `x` and their labels in one
# new random order, drawn with `rng`.
#
# Assign the letter to `patient_c_cause`.

# %%
clinic.chart("C", healthy=True)

# %%
def shuffled_as_found(x, y, rng):
    return rng.permutation(x), rng.permutation(y)

# %% exercise="training_practice-patient-c"
def shuffled(x, y, rng):
    """Return the rows of x (n, k) and their labels y (n,) in one new random order."""
    ### BEGIN SOLUTION
    order = rng.permutation(len(x))
    return x[order], y[order]
    ### END SOLUTION

### BEGIN SOLUTION
patient_c_cause = "e"
### END SOLUTION

# %% check="training_practice-patient-c"
check("training_practice-patient-c")

# %% [markdown]
# ## Patient D · medium · 8 minutes
#
# The inputs were prepared by this function. Repair `standardized`: scale the columns of **both** sets with mean and standard
# deviation (`np.std`) of the training set; return `train, val`.
#
# Assign the letter to `patient_d_cause`.

# %%
clinic.chart("D", healthy=True)

# %%
def standardized_as_found(train, val):
    mean, std = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / std, val

# %% exercise="training_practice-patient-d"
def standardized(train, val):
    """Return both sets scaled with the columns' mean and standard deviation in train."""
    ### BEGIN SOLUTION
    mean, std = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / std, (val - mean) / std
    ### END SOLUTION

### BEGIN SOLUTION
patient_d_cause = "f"
### END SOLUTION

# %% check="training_practice-patient-d"
check("training_practice-patient-d")

# %% [markdown]
# ## Patient E · medium · 8 minutes
#
# The patient's loop, on a linear model in place of the network: $g = \frac1n X^\top (X w - y)$, then $w \leftarrow w - \text{lr} \cdot g$.
# Repair `descend`.
#
# Assign the letter to `patient_e_cause`.

# %%
clinic.chart("E", healthy=True)

# %%
def descend_as_found(x, y, w, lr, steps):
    grad = np.zeros_like(w)
    for _ in range(steps):
        grad += x.T @ (x @ w - y) / len(x)
        w = w - lr * grad
    return w

# %% exercise="training_practice-patient-e"
def descend(x, y, w, lr, steps):
    """Return the weights (k,) after some steps down the slope of half the mean squared error."""
    ### BEGIN SOLUTION
    for _ in range(steps):
        grad = np.zeros_like(w)
        grad += x.T @ (x @ w - y) / len(x)
        w = w - lr * grad
    return w
    ### END SOLUTION

### BEGIN SOLUTION
patient_e_cause = "g"
### END SOLUTION

# %% check="training_practice-patient-e"
check("training_practice-patient-e")

# %% [markdown]
# ## Patient F · medium · 8 minutes
#
# `cross_entropy` in the next cell is right, and takes raw scores. Repair `loss_of`.
#
# Assign the letter to `patient_f_cause`.

# %%
clinic.chart("F", healthy=True)

# %%
def cross_entropy(scores, labels):
    """Return the mean softmax cross-entropy of raw scores (batch, n_classes)."""
    z = scores - scores.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(labels)), labels].mean()


def loss_of_as_found(scores, labels):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return cross_entropy(e / e.sum(axis=1, keepdims=True), labels)

# %% exercise="training_practice-patient-f"
def loss_of(scores, labels):
    """Return the training loss of the last layer's scores (batch, n_classes)."""
    ### BEGIN SOLUTION
    return cross_entropy(scores, labels)
    ### END SOLUTION

### BEGIN SOLUTION
patient_f_cause = "h"
### END SOLUTION

# %% check="training_practice-patient-f"
check("training_practice-patient-f")

# %% [markdown]
# ## Patient G · medium · 8 minutes
#
# The order of the rows in an epoch came from this function. Repair `epoch_order`: each row number once, in a new random order at
# every call, drawn with `rng`.
#
# Assign the letter to `patient_g_cause`.

# %%
clinic.chart("G", healthy=True)

# %%
def epoch_order_as_found(labels, rng):
    return np.argsort(labels, kind="stable")

# %% exercise="training_practice-patient-g"
def epoch_order(labels, rng):
    """Return the row numbers of one epoch, each once, in a new random order."""
    ### BEGIN SOLUTION
    return rng.permutation(len(labels))
    ### END SOLUTION

### BEGIN SOLUTION
patient_g_cause = "i"
### END SOLUTION

# %% check="training_practice-patient-g"
check("training_practice-patient-g")

# %% [markdown]
# ## Patient H · medium · 8 minutes
#
# The network is a chain of eight blocks of the same width. Repair `block`: return `x` **plus** the ReLU of `x @ W`.
#
# Assign the letter to `patient_h_cause`.

# %%
clinic.chart("H", healthy=True)

# %%
def block_as_found(x, W):
    return 1 / (1 + np.exp(-(x @ W)))

# %% exercise="training_practice-patient-h"
def block(x, W):
    """Return x plus the ReLU of x @ W; x is (batch, k) and W is (k, k)."""
    ### BEGIN SOLUTION
    return x + np.maximum(0, x @ W)
    ### END SOLUTION

### BEGIN SOLUTION
patient_h_cause = "d"
### END SOLUTION

# %% check="training_practice-patient-h"
check("training_practice-patient-h")

# %% [markdown]
# ## Patient I · medium · 8 minutes
#
# The rows were split by this function. Repair `split_rows`: return the training row numbers, `n - n_val` of them, and the `n_val`
# validation row numbers, in random order, drawn with `rng`, and disjoint.
#
# Assign the letter to `patient_i_cause`.

# %%
clinic.chart("I", healthy=True)

# %%
def split_rows_as_found(n, n_val, rng):
    order = rng.permutation(n)
    return order[:n_val], order[n_val:]

# %% exercise="training_practice-patient-i"
def split_rows(n, n_val, rng):
    """Return the numbers of n - n_val training rows and of n_val validation rows, disjoint."""
    ### BEGIN SOLUTION
    order = rng.permutation(n)
    return order[n_val:], order[:n_val]
    ### END SOLUTION

### BEGIN SOLUTION
patient_i_cause = "j"
### END SOLUTION

# %% check="training_practice-patient-i"
check("training_practice-patient-i")

# %% [markdown]
# # Search and compare

# %% [markdown]
# ## Draw a learning rate · easy · 8 minutes
#
# A learning rate is a matter of ratios: 0.001 and 0.002 differ as much as 0.1 and 0.2. Return `n` draws between `low` and
# `high`, shape `(n,)`, whose **logarithm** is uniform, drawn with `rng`.

# %% exercise="training_practice-log-uniform"
def log_uniform(low, high, n, rng):
    """Return n draws between low and high whose logarithm is uniform, shape (n,)."""
    ### BEGIN SOLUTION
    return np.exp(rng.uniform(np.log(low), np.log(high), size=n))
    ### END SOLUTION

# %% check="training_practice-log-uniform"
check("training_practice-log-uniform")

# %% [markdown]
# ## Successive halving · hard · 20 minutes
#
# Start many settings on a small budget, keep the better part, and give the survivors more. `losses`, shape `(n_settings, n_rungs)`, holds in column
# $r$ the validation loss of each setting after a training of $\eta^r$ epochs.
#
# On each rung $r = 0, 1, \dots$: train all that are alive, at a cost of $\eta^r$ epochs each (from scratch); then keep the
# $\max(1, \lfloor \text{alive} / \eta \rfloor)$ with the smallest losses **on that rung**. Do so on every rung, also on the last.
# Return `best, cost`: the number of the best survivor, and the epochs spent in all.

# %% exercise="training_practice-halving"
def halving(losses, eta):
    """Return the index of the winner and the epochs spent; losses is (n_settings, n_rungs)."""
    ### BEGIN SOLUTION
    alive, cost = np.arange(len(losses)), 0
    for rung in range(losses.shape[1]):
        cost += len(alive) * eta**rung
        order = np.argsort(losses[alive, rung])
        alive = alive[order[: max(1, len(alive) // eta)]]
    return alive[0], cost
    ### END SOLUTION

# %% check="training_practice-halving"
check("training_practice-halving")

# %% [markdown]
# ## An interval for a difference · medium · 12 minutes
#
# `a` and `b`, shape `(n,)`, are the accuracies of two methods, one entry per seed; entry $i$ of both had the same data and the same
# seed. With $d_i = b_i - a_i$ return the mean $\bar d$ and the half width of its confidence interval,
#
# $$h = t \, \frac{s}{\sqrt n}, \qquad s^2 = \frac{1}{n - 1} \sum_i (d_i - \bar d)^2.$$
#
# The number $t$ is given; for eight seeds and 95 percent it is 2.365.

# %% exercise="training_practice-interval"
def paired_interval(a, b, t):
    """Return the mean of b - a over seeds and the half width of its confidence interval."""
    ### BEGIN SOLUTION
    d = b - a
    return d.mean(), t * d.std(ddof=1) / np.sqrt(len(d))
    ### END SOLUTION

# %% check="training_practice-interval"
check("training_practice-interval")

# %% [markdown]
# ## All distances at once · medium · 12 minutes
#
# The function in the next cell is right and slow: Python itself takes $n \cdot m \cdot k$ turns. Write
# `distances` **without a loop**: the squared distances of every row of `x`, shape `(n, k)`, to every row of
# `c`, shape `(m, k)`, as an array of shape `(n, m)`,
#
# $$d_{ij} = \lVert x_i - c_j \rVert^2 = \lVert x_i \rVert^2 - 2\, x_i \cdot c_j + \lVert c_j \rVert^2.$$
#
# The check compares the values, and counts the lines that Python runs: their number must not grow with the
# rows or the columns. (So a comprehension and `np.vectorize` count as loops, which they are.)

# %%
def distances_with_loops(x, c):
    d = np.zeros((len(x), len(c)))
    for i in range(len(x)):
        for j in range(len(c)):
            for k in range(x.shape[1]):
                d[i, j] += (x[i, k] - c[j, k]) ** 2
    return d

# %% exercise="training_practice-vectorize"
def distances(x, c):
    """Return the squared distances of the rows of x (n, k) and of c (m, k), shape (n, m)."""
    ### BEGIN SOLUTION
    return (x**2).sum(axis=1)[:, None] + (c**2).sum(axis=1) - 2 * x @ c.T
    ### END SOLUTION

# %% check="training_practice-vectorize"
check("training_practice-vectorize")

# %% [markdown]
# ## One large batch from several small ones · medium · 8 minutes
#
# A batch does not fit into memory, so it is cut into $m$ small ones. Row $j$ of `grads`, shape `(m, p)`, is the gradient of the
# **mean** loss over the `counts[j]` rows of small batch $j$. Return the gradient, shape `(p,)`, of the mean loss over all rows.

# %% exercise="training_practice-accumulate"
def accumulated(grads, counts):
    """Return the gradient (p,) of all rows' mean loss, from those of small batches (m, p)."""
    ### BEGIN SOLUTION
    return counts @ grads / counts.sum()
    ### END SOLUTION

# %% check="training_practice-accumulate"
check("training_practice-accumulate")

# %% [markdown]
# ## The best linear bottleneck · medium · 12 minutes
#
# Centre the columns of `x`, shape `(n, d)`; project the rows on the first `k` principal components (the right singular vectors of
# the centred matrix, largest singular values first); move back. Return the restored rows, shape `(n, d)`. No linear bottleneck of $k$ units
# can do better.

# %% exercise="training_practice-pca"
def through_bottleneck(x, k):
    """Return x (n, d) after projection on its first k principal components, shape (n, d)."""
    ### BEGIN SOLUTION
    mean = x.mean(axis=0)
    components = np.linalg.svd(x - mean, full_matrices=False)[2][:k]
    return (x - mean) @ components.T @ components + mean
    ### END SOLUTION

# %% check="training_practice-pca"
check("training_practice-pca")

# %% [markdown]
# # Find the bug: what no gradient check sees

# %% [markdown]
# In each, give a witness (arguments on which the code is wrong), the letter of the cause, and the repaired function.

# %% [markdown]
# ## The curve that shivers · medium · 12 minutes
#
# A training loop records a loss after each epoch. Its curve shivers: batch 32, 400 rows, so the last batch has 16. The network is fine. Wanted is the
# mean loss per row of the epoch, from the `losses` (means) and the `counts` of its batches.
#
# Give `find_noisy_loss_witness = (losses, counts)`, the repaired `epoch_loss`, and the cause as `find_noisy_loss_cause`:
#
# - (a) the learning rate is too large
# - (b) the batches' sizes are not taken into account, and nothing else
# - (c) only the last batch is recorded
# - (d) rounding errors

# %%
def epoch_loss_as_found(losses, counts):
    for loss in losses:
        value = loss
    return value

# %% exercise="training_practice-find-noisy-loss"
def epoch_loss(losses, counts):
    """Return the mean loss per row of an epoch, from each batch's mean loss and row count."""
    ### BEGIN SOLUTION
    return np.sum(losses * counts) / np.sum(counts)
    ### END SOLUTION

### BEGIN SOLUTION
find_noisy_loss_witness = (np.array([1.0, 3.0]), np.array([32.0, 8.0]))
find_noisy_loss_cause = "c"
### END SOLUTION

# %% check="training_practice-find-noisy-loss"
check("training_practice-find-noisy-loss")

# %% [markdown]
# ## An accuracy of minus 0.1 · medium · 12 minutes
#
# "Classification accuracy: -0.0959", prints a program. `p` holds probabilities, shape `(n, k)`, and `labels` integers, shape `(n,)`.
#
# Give `find_negative_accuracy_witness = (p, labels)`, the repaired `score`, and the cause as `find_negative_accuracy_cause`:
#
# - (a) only the minus is wrong
# - (b) the one-hot rows are wrong
# - (c) the mean divides by the wrong number
# - (d) it is an error with a minus, and no accuracy

# %%
def score_as_found(p, labels):
    onehot = np.eye(p.shape[1])[labels.astype(int)]
    return -np.mean((p - onehot) ** 2)

# %% exercise="training_practice-find-negative-accuracy"
def score(p, labels):
    """Return the accuracy of class probabilities p (n, k) for integer labels (n,)."""
    ### BEGIN SOLUTION
    return np.mean(p.argmax(axis=1) == labels)
    ### END SOLUTION

### BEGIN SOLUTION
find_negative_accuracy_witness = (np.array([[0.8, 0.2]]), np.array([0]))
find_negative_accuracy_cause = "d"
### END SOLUTION

# %% check="training_practice-find-negative-accuracy"
check("training_practice-find-negative-accuracy")

# %% [markdown]
# ## A layer without units · medium · 12 minutes
#
# A function proposes hidden widths. Its answer for some inputs cannot be trained: a layer has no units. Keep every other answer as it is.
#
# Give `find_empty_layer_witness = (n_in, n_rows)`, the repaired `hidden_widths`, and the cause as `find_empty_layer_cause`:
#
# - (a) the limit of 50 for little data
# - (b) half of the inputs, rounded down
# - (c) the bulge in the middle for much data
# - (d) the limits between the branches

# %%
def hidden_widths_as_found(n_in, n_rows):
    if n_rows < 1000:
        return np.array([min(2 * n_in, 50)])
    if n_rows < 10000:
        return np.array([n_in, n_in // 2])
    return np.array([n_in, 2 * n_in, n_in])

# %% exercise="training_practice-find-empty-layer"
def hidden_widths(n_in, n_rows):
    """Return the widths of the hidden layers for n_in inputs and n_rows samples, all >= 1."""
    ### BEGIN SOLUTION
    if n_rows < 1000:
        return np.array([min(2 * n_in, 50)])
    if n_rows < 10000:
        return np.array([n_in, max(1, n_in // 2)])
    return np.array([n_in, 2 * n_in, n_in])
    ### END SOLUTION

### BEGIN SOLUTION
find_empty_layer_witness = (1, 5000)
find_empty_layer_cause = "b"
### END SOLUTION

# %% check="training_practice-find-empty-layer"
check("training_practice-find-empty-layer")

# %% [markdown]
# ## The report that is always too good · medium · 12 minutes
#
# Several models were trained; `val` and `test` hold their accuracies. Reported is, as always, a number that the next month does not confirm.
#
# Give `find_optimist_witness = (val, test)`, the repaired `reported`, and the cause as `find_optimist_cause`:
#
# - (a) the test set is used to choose
# - (b) the mean over the models should be reported
# - (c) the test set is too small
# - (d) accuracy is the wrong measure

# %%
def reported_as_found(val, test):
    return np.max(test)

# %% exercise="training_practice-find-optimist"
def reported(val, test):
    """Return the accuracy to report, from each model's validation and test accuracy (n,)."""
    ### BEGIN SOLUTION
    return test[np.argmax(val)]
    ### END SOLUTION

### BEGIN SOLUTION
find_optimist_witness = (np.array([0.9, 0.8]), np.array([0.7, 0.75]))
find_optimist_cause = "a"
### END SOLUTION

# %% check="training_practice-find-optimist"
check("training_practice-find-optimist")

# %% [markdown]
# ## Small batches, short epochs? · medium · 12 minutes
#
# How many operations does an epoch take? A text says: in proportion to parameters times batch size, so small batches make short epochs. (Two operations
# per parameter and row forward, four backward.)
#
# Give `find_epoch_cost_witness = (n_params, n_rows, batch_size)`, the repaired `epoch_work`, and the cause as `find_epoch_cost_cause`:
#
# - (a) the factor 6
# - (b) it should be divided by the batch size
# - (c) an epoch shows every row once, whatever the batch size
# - (d) the biases are missing

# %%
def epoch_work_as_found(n_params, n_rows, batch_size):
    return 6 * n_params * batch_size

# %% exercise="training_practice-find-epoch-cost"
def epoch_work(n_params, n_rows, batch_size):
    """Return the operations of an epoch: 2 per parameter and row forward, 4 backward."""
    ### BEGIN SOLUTION
    return 6 * n_params * n_rows
    ### END SOLUTION

### BEGIN SOLUTION
find_epoch_cost_witness = (10, 100, 5)
find_epoch_cost_cause = "c"
### END SOLUTION

# %% check="training_practice-find-epoch-cost"
check("training_practice-find-epoch-cost")
