# %% [markdown]
# # Exercises 1 · Perceptrons and neurons
#
# Fill in the marked places, run the cell, then run the check below it. A check tells you in one
# sentence what is right or wrong; `hint("...")` gives a nudge, and a bigger one each time you ask.
#
# Two conventions hold in the whole course. Rows are samples: a batch `X` has shape `(n, d)`. And the
# step function is 1 from 0 on: $\operatorname{step}(z) = 1$ if $z \ge 0$, else 0.

# %%
import numpy as np

from autograder import check, hint

# %% [markdown]
# ## One neuron's weighted sum · easy · 5 minutes
#
# A neuron with inputs $x$ (shape `(n,)`), weights $w$ (shape `(n,)`) and bias $b$ (a number) first
# computes $z = \sum_i w_i x_i + b$. Write it. The result is one number.

# %% exercise="perceptrons-neuron"
def neuron(x, w, b):
    """Return the weighted sum of the inputs plus the bias."""
    ### BEGIN SOLUTION
    return x @ w + b
    ### END SOLUTION

# %% check="perceptrons-neuron"
check("perceptrons-neuron")

# %% [markdown]
# ## A perceptron's answer · easy · 6 minutes
#
# A perceptron puts its weighted sum through the step: $p = \operatorname{step}(w \cdot x + b)$. Write it
# for a whole batch: `X` is `(n, d)`, `w` is `(d,)`, `b` a number. Return `p`, shape `(n,)`, of zeros
# and ones.

# %% exercise="perceptrons-predict"
def predict(X, w, b):
    """Return 1 for every row of X whose weighted sum plus bias is at least 0, else 0."""
    ### BEGIN SOLUTION
    return (X @ w + b >= 0).astype(float)
    ### END SOLUTION

# %% check="perceptrons-predict"
check("perceptrons-predict")

# %% [markdown]
# ## A layer of neurons, for a batch · easy · 8 minutes
#
# A layer is a row of neurons that all look at the same inputs. The weights of neuron $j$ are column $j$
# of `W`, shape `(n_in, n_out)`; its bias is `b[j]`, and `b` has shape `(n_out,)`. For a batch `X` of
# shape `(n, n_in)`, return
#
# $$Z_{kj} = \sum_i X_{ki} W_{ij} + b_j, \qquad \text{shape } (n, n_\text{out}),$$
#
# before any activation.

# %% exercise="perceptrons-layer"
def layer(X, W, b):
    """Return the weighted sums of all neurons for all rows, shape (n, n_out)."""
    ### BEGIN SOLUTION
    return X @ W + b
    ### END SOLUTION

# %% check="perceptrons-layer"
check("perceptrons-layer")

# %% [markdown]
# ## AND, OR and NAND by hand · easy · 8 minutes
#
# Find weights and a bias for a perceptron that computes each gate, and write them as
# `np.array([w1, w2, b])`. Many answers are right.
#
# | $x_1$ | $x_2$ | AND | OR | NAND |
# |---|---|---|---|---|
# | 0 | 0 | 0 | 0 | 1 |
# | 0 | 1 | 0 | 1 | 1 |
# | 1 | 0 | 0 | 1 | 1 |
# | 1 | 1 | 1 | 1 | 0 |
#
# Define the three variables `and_gate`, `or_gate` and `nand_gate`.

# %% exercise="perceptrons-gates"
### BEGIN SOLUTION
and_gate = np.array([1.0, 1.0, -1.5])
or_gate = np.array([1.0, 1.0, -0.5])
nand_gate = np.array([-1.0, -1.0, 1.5])
### END SOLUTION

# %% check="perceptrons-gates"
check("perceptrons-gates")

# %% [markdown]
# ## Find the bug: a threshold called a bias · easy · 8 minutes
#
# This neuron should fire for every row whose weighted sum reaches the threshold. It does not always.
#
# 1. Correct the function, in place.
# 2. Give a `threshold_bug_witness = (X, w, threshold)` on which the function as handed out is wrong.
# 3. Name the cause, `threshold_bug_cause = "a"`, `"b"`, `"c"` or `"d"`:
#    (a) `>=` should be `>`; (b) the threshold comes in with the wrong sign; (c) the weights should be
#    scaled to length 1 first; (d) an activation function is missing.

# %% exercise="perceptrons-threshold-bug"
def fires(X, w, threshold):
    """Return 1.0 for every row whose weighted sum reaches the threshold, else 0.0."""
    b = threshold
    return np.where(X @ w + b >= 0, 1.0, 0.0)

### BEGIN SOLUTION
def fires(X, w, threshold):
    b = -threshold
    return np.where(X @ w + b >= 0, 1.0, 0.0)

threshold_bug_witness = (np.array([[1.0, 0.0]]), np.array([1.0, 1.0]), 1.5)
threshold_bug_cause = "b"
### END SOLUTION

# %% check="perceptrons-threshold-bug"
check("perceptrons-threshold-bug")

# %% [markdown]
# ## How often does a neuron say yes? · medium · 10 minutes
#
# A neuron with $n$ inputs, each 0 or 1, can meet $2^n$ different inputs. On how many of them does it
# fire, that is, on how many is $w \cdot x + b \ge 0$? Here `w` has shape `(n,)` for any $n$, and the
# result is one number.

# %% exercise="perceptrons-yes-count"
def yes_count(w, b):
    """Return on how many of the 2**n inputs of zeros and ones the neuron fires."""
    ### BEGIN SOLUTION
    X = np.indices((2,) * len(w)).reshape(len(w), -1).T
    return np.sum(X @ w + b >= 0)
    ### END SOLUTION

# %% check="perceptrons-yes-count"
check("perceptrons-yes-count")

# %% [markdown]
# ## Predict: the count that no bias gives · easy · 3 minutes
#
# Take the decision neuron of the chapter, with weights 3, 2 and 1. As the bias falls, the number of
# inputs that get a yes goes down from 8 to 0. One number between is left out: no bias gives it. Which?
# Assign it to `impossible_count` before you try it with your function.

# %% exercise="perceptrons-impossible-count"
### BEGIN SOLUTION
impossible_count = 4
### END SOLUTION

# %% check="perceptrons-impossible-count"
check("perceptrons-impossible-count")

# %% [markdown]
# ## What to compare with a synapse · easy · 3 minutes
#
# Which part of an artificial network plays the role that a synapse has in a brain?
#
# - (a) a layer
# - (b) a unit
# - (c) a weight
# - (d) a training sample
#
# Assign the letter to `brain`, as in `brain = "a"`.

# %% exercise="perceptrons-brain"
### BEGIN SOLUTION
brain = "c"
### END SOLUTION

# %% check="perceptrons-brain"
check("perceptrons-brain")

# %% [markdown]
# ## The perceptron's rule, one sample · easy · 10 minutes
#
# A perceptron sees one sample `x`, shape `(d,)`, whose right answer is `target`, 0 or 1. It answers
# $p = \operatorname{step}(w \cdot x + b)$ and then moves:
#
# $$w \leftarrow w + (t - p)\,x, \qquad b \leftarrow b + (t - p).$$
#
# Return the new `w` and the new `b`. Leave the arrays that you were given as they are.

# %% exercise="perceptrons-rule"
def update(x, target, w, b):
    """Return w and b after the perceptron has seen one sample."""
    ### BEGIN SOLUTION
    p = 1.0 if x @ w + b >= 0 else 0.0
    return w + (target - p) * x, b + (target - p)
    ### END SOLUTION

# %% check="perceptrons-rule"
check("perceptrons-rule")

# %% [markdown]
# ## Train a perceptron · medium · 15 minutes
#
# Begin with weights of zero and a bias of zero. In each of `epochs` rounds, show the perceptron the rows
# of `X`, shape `(n, d)`, in order, and apply the rule after each. Count in `mistakes`, shape `(epochs,)`,
# how many samples it got wrong in each round. Return `w`, `b` and `mistakes`.

# %% exercise="perceptrons-fit"
def fit_perceptron(X, target, epochs):
    """Return w, b and the number of mistakes in every epoch, starting from zeros."""
    ### BEGIN SOLUTION
    w, b = np.zeros(X.shape[1]), 0.0
    mistakes = np.zeros(epochs)
    for epoch in range(epochs):
        for x, t in zip(X, target):
            error = t - (1.0 if x @ w + b >= 0 else 0.0)
            w = w + error * x
            b = b + error
            mistakes[epoch] += error != 0
    return w, b, mistakes
    ### END SOLUTION

# %% check="perceptrons-fit"
check("perceptrons-fit")

# %% [markdown]
# ## Find the bug: a perceptron that half learns · medium · 10 minutes
#
# This is one pass of the perceptron's rule, with targets 0 and 1. It runs, it learns something, and yet
# it may never come clean on samples that a line separates.
#
# 1. Correct the function, in place.
# 2. Give a `labels_bug_witness = (X, target, w, b)` on which the function as handed out is wrong.
# 3. Name the cause, `labels_bug_cause = "a"`, `"b"`, `"c"` or `"d"`:
#    (a) a learning rate is missing; (b) the samples should be shuffled; (c) the step is made for targets
#    -1 and 1; (d) the bias is updated when it should not be.

# %% exercise="perceptrons-labels-bug"
def one_pass(X, target, w, b):
    """Return the weights and the bias, in one array, after one pass; targets are 0 or 1."""
    for x, t in zip(X, target):
        p = 1.0 if x @ w + b >= 0 else 0.0
        if p != t:
            w = w + t * x
            b = b + t
    return np.append(w, b)

### BEGIN SOLUTION
def one_pass(X, target, w, b):
    for x, t in zip(X, target):
        p = 1.0 if x @ w + b >= 0 else 0.0
        w = w + (t - p) * x
        b = b + (t - p)
    return np.append(w, b)

labels_bug_witness = (np.array([[1.0, 2.0]]), np.array([0.0]), np.array([0.5, 0.5]), 0.0)
labels_bug_cause = "c"
### END SOLUTION

# %% check="perceptrons-labels-bug"
check("perceptrons-labels-bug")

# %% [markdown]
# ## Why no perceptron solves XOR · easy · 3 minutes
#
# A perceptron trained on XOR never comes clean. Why?
#
# - (a) Its learning rate is not small enough.
# - (b) There are no weights and bias that give the right answer for all four inputs.
# - (c) Four samples are too few to learn from.
# - (d) The step function has no useful gradient.
#
# Assign the letter to `xor_reason`.

# %% exercise="perceptrons-xor-reason"
### BEGIN SOLUTION
xor_reason = "b"
### END SOLUTION

# %% check="perceptrons-xor-reason"
check("perceptrons-xor-reason")

# %% [markdown]
# ## The best score any line reaches · medium · 12 minutes
#
# Given many `candidates`, shape `(m, d + 1)`, each a row $(w_1, \dots, w_d, b)$, find the largest share
# of the rows of `X`, shape `(n, d)`, that one of them answers as `target`, shape `(n,)`, wants. For XOR
# you know the result; now show it by trying a whole grid of lines.

# %% exercise="perceptrons-xor-score"
def best_score(X, target, candidates):
    """Return the largest share of right answers among candidates, rows (w1, ..., wd, b)."""
    ### BEGIN SOLUTION
    Z = X @ candidates[:, :-1].T + candidates[:, -1]
    right = (Z >= 0) == target[:, None]
    return right.mean(axis=0).max()
    ### END SOLUTION

# %% check="perceptrons-xor-score"
check("perceptrons-xor-score")

# %% [markdown]
# ## XOR with two hidden units · medium · 12 minutes
#
# Now build it by hand. The net has two hidden units and one output, all with the step:
#
# $$h = \operatorname{step}(x W_1 + b_1), \qquad y = \operatorname{step}(h \cdot w_2 + b_2).$$
#
# Define `W1`, shape `(2, 2)`, `b1`, shape `(2,)`, `w2`, shape `(2,)`, and the number `b2`, so that
# $y$ is XOR on all four inputs. Many answers are right.

# %% exercise="perceptrons-xor-net"
### BEGIN SOLUTION
W1 = np.array([[1.0, 1.0], [1.0, 1.0]])
b1 = np.array([-0.5, -1.5])
w2 = np.array([1.0, -1.0])
b2 = -0.5
### END SOLUTION

# %% check="perceptrons-xor-net"
check("perceptrons-xor-net")

# %% [markdown]
# ## XOR with one unit that squares · medium · 6 minutes
#
# With another activation a single unit is enough. Find `w_square`, shape `(2,)`, and `b_square`, a number,
# so that $(w \cdot x + b)^2$ is exactly 0, 1, 1, 0 on the four inputs.

# %% exercise="perceptrons-one-unit"
### BEGIN SOLUTION
w_square = np.array([1.0, -1.0])
b_square = 0.0
### END SOLUTION

# %% check="perceptrons-one-unit"
check("perceptrons-one-unit")

# %% [markdown]
# ## Depth, width, parameters · medium · 10 minutes
#
# A network is given by its layer sizes, a tuple such as `(4, 8, 6, 3)`: 4 inputs, hidden layers of 8 and
# 6 units, 3 outputs, each layer fully connected to the next. Return four numbers:
#
# - `depth`: the number of hidden layers (one convention),
# - `layers`: the number of layers with weights (the other: "an L-layer network"),
# - `width`: the most units in any hidden layer, 0 if there is none,
# - `parameters`: the number of weights and biases together.

# %% exercise="perceptrons-describe"
def describe(sizes):
    """Return depth, layers, width and parameters of a network with these layer sizes."""
    ### BEGIN SOLUTION
    hidden = sizes[1:-1]
    depth = len(hidden)
    layers = len(sizes) - 1
    width = max(hidden) if hidden else 0
    parameters = sum((n_in + 1) * n_out for n_in, n_out in zip(sizes[:-1], sizes[1:]))
    return depth, layers, width, parameters
    ### END SOLUTION

# %% check="perceptrons-describe"
check("perceptrons-describe")

# %% [markdown]
# ## The four steps of learning, in order · easy · 3 minutes
#
# In which order do they come?
#
# - (a) forward, backward, loss, update
# - (b) forward, loss, backward, update
# - (c) forward, loss, update, backward
# - (d) loss, forward, backward, update
#
# Assign the letter to `order`.

# %% exercise="perceptrons-order"
### BEGIN SOLUTION
order = "b"
### END SOLUTION

# %% check="perceptrons-order"
check("perceptrons-order")

# %% [markdown]
# ## Walk downhill · easy · 8 minutes
#
# The loss $L(w) = \frac{a}{2}\,(w - t)^2$ of one weight has its minimum at $t$. Walk there by gradient
# descent, $w \leftarrow w - \eta\, \frac{dL}{dw}$ with the rate $\eta$ = `lr`. Return the path, shape
# `(steps + 1,)`: the start `w` first, then `w` after every step.

# %% exercise="perceptrons-descend"
def descend(w, a, target, lr, steps):
    """Return w before the first and after every step of descent on a/2 * (w - target)**2."""
    ### BEGIN SOLUTION
    path = np.zeros(steps + 1)
    path[0] = w
    for k in range(steps):
        gradient = a * (w - target)
        w = w - lr * gradient
        path[k + 1] = w
    return path
    ### END SOLUTION

# %% check="perceptrons-descend"
check("perceptrons-descend")

# %% [markdown]
# ## Predict: the rate where descent breaks · easy · 3 minutes
#
# For $L(w) = (w - 3)^2$ (mind: no $\frac12$), small rates walk to 3 and large rates run away. From which
# rate on does $w$ no longer come closer to 3? Assign it to `divergence_rate`.

# %% exercise="perceptrons-divergence-rate"
### BEGIN SOLUTION
divergence_rate = 1.0
### END SOLUTION

# %% check="perceptrons-divergence-rate"
check("perceptrons-divergence-rate")

# %% [markdown]
# ## One step of logistic regression · hard · 18 minutes
#
# All four steps of learning, for one neuron with a sigmoid. With $n$ rows,
#
# $$p = \frac{1}{1 + e^{-(Xw + b)}}, \qquad
# L = -\frac1n \sum_k \bigl[t_k \ln p_k + (1 - t_k) \ln (1 - p_k)\bigr],$$
#
# $$\frac{\partial L}{\partial w} = \frac1n X^\top (p - t), \qquad
# \frac{\partial L}{\partial b} = \frac1n \sum_k (p_k - t_k).$$
#
# Take one step of gradient descent. `X` is `(n, d)`, `target` `(n,)`, `w` `(d,)`. Return the loss *before*
# the step, and the new `w` and `b`. The check compares your step with a gradient measured by
# differences.

# %% exercise="perceptrons-logistic"
def logistic_step(X, target, w, b, lr):
    """Return the loss before the step, and w and b after it."""
    ### BEGIN SOLUTION
    n = len(X)
    p = 1 / (1 + np.exp(-(X @ w + b)))
    loss = -np.mean(target * np.log(p) + (1 - target) * np.log(1 - p))
    dz = (p - target) / n
    w = w - lr * (X.T @ dz)
    b = b - lr * dz.sum()
    return loss, w, b
    ### END SOLUTION

# %% check="perceptrons-logistic"
check("perceptrons-logistic")

# %% [markdown]
# ## How many mistakes at most? · hard · 15 minutes
#
# Append a constant 1 to every row, $\tilde x = (x, 1)$, and the bias to the weights, $v = (w, b)$. With
# $s_k = +1$ where the target is 1 and $-1$ where it is 0,
#
# $$\gamma = \min_k \frac{s_k\, v \cdot \tilde x_k}{\lVert v \rVert}, \qquad
# R = \max_k \lVert \tilde x_k \rVert, \qquad
# \text{mistakes} \le \frac{R^2}{\gamma^2}.$$
#
# Return the margin $\gamma$ and the bound. The weights you are given separate the samples.

# %% exercise="perceptrons-margin"
def mistake_bound(X, target, w, b):
    """Return the margin of the weights (w, b), and Novikoff's bound R**2 / margin**2."""
    ### BEGIN SOLUTION
    X1 = np.column_stack([X, np.ones(len(X))])
    v = np.append(w, b)
    sign = 2 * target - 1
    margin = np.min(sign * (X1 @ v)) / np.sqrt(v @ v)
    R = np.sqrt(np.max(np.sum(X1 * X1, axis=1)))
    return margin, R**2 / margin**2
    ### END SOLUTION

# %% check="perceptrons-margin"
check("perceptrons-margin")

# %% [markdown]
# ## Predict: weights from -0.5 to 0.5, 512 inputs · easy · 3 minutes
#
# A neuron has 512 inputs of size 1 (each is 1 or -1) and weights drawn evenly from -0.5 to 0.5, without a
# bias. What is the typical size (root mean square) of its sum? Assign a number, within 0.2, to
# `rms_guess`.

# %% exercise="perceptrons-rms-guess"
### BEGIN SOLUTION
rms_guess = np.sqrt(512 / 12)
### END SOLUTION

# %% check="perceptrons-rms-guess"
check("perceptrons-rms-guess")

# %% [markdown]
# ## What the theorem promises · easy · 3 minutes
#
# Which sentence is the universal approximation theorem?
#
# - (a) There is one network that is close to every continuous function.
# - (b) Gradient descent finds a network that is close to any given continuous function.
# - (c) For every continuous function there is a network that is close to it on the whole real line.
# - (d) For every continuous function on a compact set, and every tolerance, there is a network that is
#   that close to it there.
#
# Assign the letter to `quantifiers`.

# %% exercise="perceptrons-quantifiers"
### BEGIN SOLUTION
quantifiers = "d"
### END SOLUTION

# %% check="perceptrons-quantifiers"
check("perceptrons-quantifiers")

# %% [markdown]
# ## What squares can build · easy · 3 minutes
#
# A network has one input, one hidden layer whose units square their sum, and a linear output. What is
# true of it?
#
# - (a) It is a parabola, however many units it has.
# - (b) With enough units it comes close to any continuous function.
# - (c) It comes close to any continuous function, because the square is not linear.
# - (d) It fails on some functions, and the reason is that the square is not bounded.
#
# Assign the letter to `square_units`.

# %% exercise="perceptrons-square-units"
### BEGIN SOLUTION
square_units = "a"
### END SOLUTION

# %% check="perceptrons-square-units"
check("perceptrons-square-units")

# %% [markdown]
# ## Two ReLUs per layer, folded · medium · 12 minutes
#
# The tent $T(x) = 2\,\mathrm{relu}(x) - 4\,\mathrm{relu}(x - \tfrac12)$ goes up from 0 to 1 and down again.
# A deep network of tents applies it `depth` times, each layer to the output of the layer before:
# $T(T(\dots T(x)))$. Write it for `x` of shape `(n,)` with entries between 0 and 1.

# %% exercise="perceptrons-sawtooth"
def sawtooth(x, depth):
    """Return the tent 2 relu(x) - 4 relu(x - 1/2), applied depth times."""
    ### BEGIN SOLUTION
    y = x
    for _ in range(depth):
        y = 2 * np.maximum(y, 0) - 4 * np.maximum(y - 0.5, 0)
    return y
    ### END SOLUTION

# %% check="perceptrons-sawtooth"
check("perceptrons-sawtooth")

# %% [markdown]
# ## Predict: the bends of a sawtooth · easy · 3 minutes
#
# Six layers of two ReLUs, 12 units, make a sawtooth on $0 \le x \le 1$. In a network with a *single* hidden
# layer every ReLU bends the line at one place, so it needs at least as many ReLUs as the curve has bends.
# How many is that? Assign the number to `pieces`.

# %% exercise="perceptrons-pieces"
### BEGIN SOLUTION
pieces = 63
### END SOLUTION

# %% check="perceptrons-pieces"
check("perceptrons-pieces")
