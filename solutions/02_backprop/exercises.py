# %% [markdown]
# # Exercises 2 · Backpropagation
#
# Here you build, piece by piece, everything a network needs in order to learn: the forward pass,
# an automatic differentiator, layers with their backward passes, the loss, a network of your own
# and its training loop; and then the instrument that checks them all.
#
# Fill in the marked places, run the cell, then run the check below it. A check tells you in one
# sentence what is right or wrong; `hint("...")` gives a nudge, and a bigger one each time you ask.
# Finished pieces are kept, and the chapter uses *yours*.

# %%
import numpy as np

from autograder import check, hint

# %% [markdown]
# # Forward
#
# ## A forward pass by hand · easy · 8 minutes
#
# Two inputs, two hidden units with ReLU, one output unit with the sigmoid.
#
# | unit | weights | bias |
# |---|---|---|
# | first hidden | 0.3, 0.7 | 0.1 |
# | second hidden | 0.6, 0.2 | 0.2 |
# | output | 0.4, 0.5 | 0.1 |
#
# The input is $x = (0.5,\ 0.8)$. Compute the weighted sums $z_1, z_2$ of the hidden units, the
# weighted sum $z_3$ of the output unit, and the output $\hat y = \sigma(z_3)$ with
# $\sigma(z) = 1/(1+e^{-z})$. Do it on paper first. Set `worked_example` to the array of the four
# numbers, right to three decimals.

# %% exercise="backprop-worked_example"
### BEGIN SOLUTION
z1 = 0.3 * 0.5 + 0.7 * 0.8 + 0.1
z2 = 0.6 * 0.5 + 0.2 * 0.8 + 0.2
z3 = 0.4 * max(z1, 0) + 0.5 * max(z2, 0) + 0.1
worked_example = np.array([z1, z2, z3, 1 / (1 + np.exp(-z3))])
### END SOLUTION

# %% check="backprop-worked_example"
check("backprop-worked_example")

# %% [markdown]
# ## From columns to rows · easy · 6 minutes
#
# Many textbooks write one sample as a column: $z = Wx + b$ with $W$ of shape `(n_out, n_in)`,
# $x$ of shape `(n_in, 1)` and $b$ of shape `(n_out, 1)`. In this course rows are samples. Given
# the textbook's `W` and `b`, return the outputs for a batch `X` of shape `(batch, n_in)`: an array
# of shape `(batch, n_out)`.

# %% exercise="backprop-convention"
def rows_from_columns(W, b, X):
    """Return the layer's output for a batch of rows.

    W (n_out, n_in) and b (n_out, 1) come from a textbook, where one sample is a column and
    z = W @ x + b. X is (batch, n_in); the result is (batch, n_out).
    """
    ### BEGIN SOLUTION
    return X @ W.T + b.T
    ### END SOLUTION

# %% check="backprop-convention"
check("backprop-convention")

# %% [markdown]
# ## The forward pass of two layers · easy · 8 minutes
#
# $$z_1 = xW_1 + b_1,\qquad a_1 = \max(z_1, 0),\qquad s = a_1W_2 + b_2$$
#
# with `x` of shape `(batch, n_in)`, `W1` `(n_in, hidden)`, `W2` `(hidden, n_out)`. Return `z1`,
# `a1` and the scores `s`. The output stays as it is: no activation there.

# %% exercise="backprop-forward"
def forward_pass(x, W1, b1, W2, b2):
    """Return z1, a1 (batch, hidden) and scores (batch, n_out): dense, ReLU, dense."""
    ### BEGIN SOLUTION
    z1 = x @ W1 + b1
    a1 = np.maximum(z1, 0)
    scores = a1 @ W2 + b2
    return z1, a1, scores
    ### END SOLUTION

# %% check="backprop-forward"
check("backprop-forward")

# %% [markdown]
# ## What the forward pass has to remember · easy · 3 minutes
#
# A network with 5 inputs and layers of 10, 5 and 1 units processes a batch of 1000 rows. For the
# backward pass it keeps its input, and for every unit both the weighted sum `z` and the activation
# `a`. How many numbers is that? Set `stored_values`.

# %% exercise="backprop-stored_values"
### BEGIN SOLUTION
stored_values = 1000 * (5 + 2 * (10 + 5 + 1))
### END SOLUTION

# %% check="backprop-stored_values"
check("backprop-stored_values")

# %% [markdown]
# # The chain rule
#
# ## A chain of three functions · easy · 6 minutes
#
# $y = e^{\sin(x^2)}$. Return `y` and $dy/dx$, entry by entry, for an array `x` of shape `(n,)`.

# %% exercise="backprop-chain_rule"
def chain(x):
    """Return y = exp(sin(x**2)) and its derivative, entry by entry."""
    ### BEGIN SOLUTION
    y = np.exp(np.sin(x**2))
    return y, y * np.cos(x**2) * 2 * x
    ### END SOLUTION

# %% check="backprop-chain_rule"
check("backprop-chain_rule")

# %% [markdown]
# ## Seven factors · medium · 12 minutes
#
# A network of three sigmoid units in a row, without biases, all numbers plain:
# $a_1=\sigma(w_1x)$, $a_2=\sigma(w_2a_1)$, $p=\sigma(w_3a_2)$, with the loss $L=(y-p)^2$. Then
#
# $$\frac{\partial L}{\partial w_1}=
# \frac{\partial L}{\partial p}\cdot\frac{\partial p}{\partial z_3}\cdot
# \frac{\partial z_3}{\partial a_2}\cdot\frac{\partial a_2}{\partial z_2}\cdot
# \frac{\partial z_2}{\partial a_1}\cdot\frac{\partial a_1}{\partial z_1}\cdot
# \frac{\partial z_1}{\partial w_1}.$$
#
# Return the seven factors in this order as an array of shape `(7,)`, and their product. Remember
# that $\sigma'(z)=a(1-a)$ with $a=\sigma(z)$.

# %% exercise="backprop-factors"
def seven_factors(x, y, w1, w2, w3):
    """Return the factors of dL/dw1, from the loss down to w1, and their product.

    a1 = s(w1 * x), a2 = s(w2 * a1), p = s(w3 * a2), L = (y - p)**2, with the sigmoid s.
    """
    ### BEGIN SOLUTION
    a1 = 1 / (1 + np.exp(-w1 * x))
    a2 = 1 / (1 + np.exp(-w2 * a1))
    p = 1 / (1 + np.exp(-w3 * a2))
    factors = np.array([2 * (p - y), p * (1 - p), w3, a2 * (1 - a2), w2, a1 * (1 - a1), x])
    return factors, np.prod(factors)
    ### END SOLUTION

# %% check="backprop-factors"
check("backprop-factors")

# %% [markdown]
# ## The order of one training step · easy · 3 minutes
#
# F = forward pass, L = loss and its gradient by the scores, B = backward pass from the last layer
# to the first, B′ = backward pass from the first layer to the last, U = update of the weights.
# Which order is right?
#
# * (a) B, F, L, U
# * (b) F, L, B, U
# * (c) F, L, B′, U
# * (d) F, L, then for every layer U before B passes through it
#
# Set `steps` to a letter.

# %% exercise="backprop-steps"
### BEGIN SOLUTION
steps = "b"
### END SOLUTION

# %% check="backprop-steps"
check("backprop-steps")

# %% [markdown]
# ## Why one backward pass is enough · easy · 3 minutes
#
# Backpropagation, one forward and one backward pass, gives all P partial derivatives for about the
# price of three forward passes. Why?
#
# * (a) The derivative of the loss by a layer's output is computed once and used by all weights below.
# * (b) It computes approximate derivatives, which are cheaper than exact ones.
# * (c) All layers compute their gradients at the same time.
# * (d) It finds a formula for the derivative once and only evaluates it later.
#
# Set `reuse` to a letter.

# %% exercise="backprop-reuse"
### BEGIN SOLUTION
reuse = "a"
### END SOLUTION

# %% check="backprop-reuse"
check("backprop-reuse")

# %% [markdown]
# # Sixty lines of automatic differentiation
#
# ## Undo a broadcast · medium · 10 minutes
#
# When a bias of shape `(3,)` is added to a batch of shape `(4, 3)`, NumPy uses it four times. Its
# gradient is the sum over those four uses. In general: given `dy` and the `shape` that an operand
# had before it was broadcast to `dy.shape`, sum `dy` over the axes that were added in front and
# over those of size 1 that were stretched (these stay, with size 1).

# %% exercise="backprop-unbroadcast"
def unbroadcast(dy, shape):
    """Return dy summed over the axes that broadcasting added or stretched, so that it has shape."""
    ### BEGIN SOLUTION
    added = tuple(range(dy.ndim - len(shape)))
    dy = dy.sum(axis=added)
    stretched = tuple(i for i, n in enumerate(shape) if n == 1)
    return dy.sum(axis=stretched, keepdims=True)
    ### END SOLUTION

# %% check="backprop-unbroadcast"
check("backprop-unbroadcast")

# %% [markdown]
# ## Six operations that know their derivatives · hard · 20 minutes
#
# A `Var` holds an array and remembers how it was made: one pair `(parent, pull)` for each operand.
# `pull` is a function: it takes `dy`, the gradient of the loss by this result, and returns the
# gradient by that parent. `__add__` is given and shows the form. Add six more:
#
# | operation | value | pulls |
# |---|---|---|
# | `a * b` | entry by entry, may broadcast | $dy\cdot b$ and $dy\cdot a$, then `unbroadcast` |
# | `a @ b` | matrices `(n, d)` and `(d, m)` | $dy\,b^\top$ and $a^\top dy$ |
# | `a.relu()` | $\max(a, 0)$ | $dy$ where $a>0$, else 0 |
# | `a.exp()` | $e^a$ | $dy\cdot e^a$ |
# | `a.log()` | $\ln a$ | $dy / a$ |
# | `a.sum()` | sum of all entries, one number | $dy$ for every entry |

# %% exercise="backprop-var"
class Var:
    """An array that remembers its parents: pairs (parent, pull), where pull(dy) is the parent's share."""

    def __init__(self, value, parents=()):
        self.value = np.asarray(value, dtype=float)
        self.parents = parents
        self.grad = np.zeros_like(self.value)

    def __add__(self, other):
        return Var(self.value + other.value, (
            (self, lambda dy: unbroadcast(dy, self.value.shape)),
            (other, lambda dy: unbroadcast(dy, other.value.shape)),
        ))

    def __mul__(self, other):
        ### BEGIN SOLUTION
        return Var(self.value * other.value, (
            (self, lambda dy: unbroadcast(dy * other.value, self.value.shape)),
            (other, lambda dy: unbroadcast(dy * self.value, other.value.shape)),
        ))
        ### END SOLUTION

    def __matmul__(self, other):
        ### BEGIN SOLUTION
        return Var(self.value @ other.value, (
            (self, lambda dy: dy @ other.value.T),
            (other, lambda dy: self.value.T @ dy),
        ))
        ### END SOLUTION

    def relu(self):
        ### BEGIN SOLUTION
        return Var(np.maximum(self.value, 0), ((self, lambda dy: dy * (self.value > 0)),))
        ### END SOLUTION

    def exp(self):
        ### BEGIN SOLUTION
        y = np.exp(self.value)
        return Var(y, ((self, lambda dy: dy * y),))
        ### END SOLUTION

    def log(self):
        ### BEGIN SOLUTION
        return Var(np.log(self.value), ((self, lambda dy: dy / self.value),))
        ### END SOLUTION

    def sum(self):
        ### BEGIN SOLUTION
        return Var(self.value.sum(), ((self, lambda dy: dy * np.ones_like(self.value)),))
        ### END SOLUTION

# %% check="backprop-var"
check("backprop-var")

# %% [markdown]
# ## In which order? · medium · 12 minutes
#
# A node can hand its gradient on only after it has received all of it. So the backward pass needs
# an order in which every node stands after its parents (and then walks through it reversed).
# Return the list of all nodes that `out` depends on, `out` included, each once, parents first.
# `node.parents` is a tuple of pairs `(parent, pull)`.

# %% exercise="backprop-order"
def order(out):
    """Return all nodes that out depends on, and out, every node after its parents."""
    ### BEGIN SOLUTION
    found, seen = [], set()

    def visit(node):
        if id(node) in seen:
            return
        seen.add(id(node))
        for parent, _ in node.parents:
            visit(parent)
        found.append(node)

    visit(out)
    return found
    ### END SOLUTION

# %% check="backprop-order"
check("backprop-order")

# %% [markdown]
# ## The backward pass of any graph · hard · 15 minutes
#
# Set the gradient of every node to zeros and that of `out` to ones. Walk through `order(out)`
# reversed; every node hands each parent its share, `pull(node.grad)`, and a parent **adds up** all
# the shares it receives.

# %% exercise="backprop-autodiff"
def backprop(out):
    """Fill grad of every node that out depends on with d(out)/d(node)."""
    ### BEGIN SOLUTION
    nodes = order(out)
    for node in nodes:
        node.grad = np.zeros_like(node.value)
    out.grad = np.ones_like(out.value)
    for node in reversed(nodes):
        for parent, pull in node.parents:
            parent.grad = parent.grad + pull(node.grad)
    ### END SOLUTION

# %% check="backprop-autodiff"
check("backprop-autodiff")

# %% [markdown]
# ## Where backpropagation ends · easy · 3 minutes
#
# Which of these is **not** part of backpropagation?
#
# * (a) keeping `x` in the forward pass of a dense layer
# * (b) computing the gradient of the loss by the scores
# * (c) subtracting `lr * dW` from `W`
# * (d) multiplying `dy` by `W.T`
#
# Set `not_backprop` to a letter.

# %% exercise="backprop-not_backprop"
### BEGIN SOLUTION
not_backprop = "c"
### END SOLUTION

# %% check="backprop-not_backprop"
check("backprop-not_backprop")

# %% [markdown]
# # Layers
#
# A layer has two methods: `forward(x)` returns its output and keeps what it will need; then
# `backward(dy)` takes the gradient by its output and returns the gradient by its input.
#
# ## ReLU with its backward pass · easy · 8 minutes
#
# $$y = \max(x, 0),\qquad dx = dy \odot [x > 0]$$
#
# All of one shape, `(batch, n)`; $\odot$ multiplies entry by entry. Do not change `x` or `dy`.

# %% exercise="backprop-relu"
class ReLU:
    """max(x, 0), entry by entry."""

    def forward(self, x, train=False):
        ### BEGIN SOLUTION
        self.x = x
        return np.maximum(x, 0)
        ### END SOLUTION

    def backward(self, dy):
        ### BEGIN SOLUTION
        return dy * (self.x > 0)
        ### END SOLUTION

# %% check="backprop-relu"
check("backprop-relu")

# %% [markdown]
# ## A dense layer, forward and backward · medium · 15 minutes
#
# $$y = xW + b,\qquad dW = x^\top dy,\qquad db = \sum_{\text{rows}} dy,\qquad dx = dy\,W^\top$$
#
# with `x` `(batch, n_in)`, `W` `(n_in, n_out)`, `b` `(n_out,)`. `backward` sets `self.dW` and
# `self.db` (overwriting older ones) and returns `dx`. Nothing is divided by the batch size here:
# the loss does that.

# %% exercise="backprop-dense"
class Dense:
    """y = x @ W + b for every row of x."""

    params = ("W", "b")

    def __init__(self, n_in, n_out, rng):
        self.W = rng.normal(0, np.sqrt(2 / n_in), size=(n_in, n_out))
        self.b = np.zeros(n_out)

    def forward(self, x, train=False):
        ### BEGIN SOLUTION
        self.x = x
        return x @ self.W + self.b
        ### END SOLUTION

    def backward(self, dy):
        ### BEGIN SOLUTION
        self.dW = self.x.T @ dy
        self.db = dy.sum(axis=0)
        return dy @ self.W.T
        ### END SOLUTION

# %% check="backprop-dense"
check("backprop-dense")

# %% [markdown]
# # The loss
#
# ## Back through softmax · hard · 15 minutes
#
# For one row, $p_i = e^{z_i} / \sum_j e^{z_j}$ has the derivatives
# $\partial p_i/\partial z_j = p_i([i=j] - p_j)$: a full matrix, because raising one score lowers
# the other probabilities. Given `p` and `dp`, both `(batch, classes)`, return
#
# $$dz_j = \sum_i dp_i\,\frac{\partial p_i}{\partial z_j}.$$
#
# Work the sum out on paper: no matrix is needed in the end.

# %% exercise="backprop-softmax_vjp"
def softmax_vjp(p, dp):
    """Return dL/dz, given p = softmax(z) by rows and dp = dL/dp; all of shape (batch, classes)."""
    ### BEGIN SOLUTION
    return p * (dp - np.sum(dp * p, axis=1, keepdims=True))
    ### END SOLUTION

# %% check="backprop-softmax_vjp"
check("backprop-softmax_vjp")

# %% [markdown]
# ## Softmax and cross-entropy in one · medium · 20 minutes
#
# $$L = -\frac1m\sum_{n=1}^m \ln p_{n,\,\text{label}_n},\qquad
# \frac{\partial L}{\partial s} = \frac{p - y}{m}$$
#
# where $p$ is the softmax of each row of the scores $s$ and $y$ has a 1 at each row's label.
# Return the value, and the gradient of shape `(batch, classes)`. Scores can be as large as 900:
# subtract each row's largest score first.

# %% exercise="backprop-softmax_ce"
def softmax_ce(scores, labels):
    """Return the mean cross-entropy of softmax(scores) and its gradient with respect to scores.

    scores has shape (batch, classes), labels (batch,) holds integers.
    """
    ### BEGIN SOLUTION
    rows = np.arange(len(scores))
    z = scores - scores.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    value = -np.mean(log_p[rows, labels])
    dscores = np.exp(log_p)
    dscores[rows, labels] -= 1
    return value, dscores / len(scores)
    ### END SOLUTION

# %% check="backprop-softmax_ce"
check("backprop-softmax_ce")

# %% [markdown]
# ## Two layers by hand · hard · 25 minutes
#
# The forward pass is given. Write the backward pass without any classes: the gradients of the
# **mean** loss by all four parameters,
#
# $$dz_2 = \frac{p-y}{m},\quad dW_2 = a_1^\top dz_2,\quad db_2=\sum_{\text{rows}}dz_2,\quad
# dz_1 = (dz_2W_2^\top)\odot[z_1>0],\quad dW_1 = x^\top dz_1,\quad db_1=\sum_{\text{rows}}dz_1.$$

# %% exercise="backprop-two_layer"
def two_layer(x, labels, W1, b1, W2, b2):
    """Return the mean loss and the gradients dW1, db1, dW2, db2."""
    rows = np.arange(len(x))
    z1 = x @ W1 + b1
    a1 = np.maximum(z1, 0)
    z2 = a1 @ W2 + b2
    z2 = z2 - z2.max(axis=1, keepdims=True)
    p = np.exp(z2) / np.exp(z2).sum(axis=1, keepdims=True)
    value = -np.mean(np.log(p[rows, labels]))
    ### BEGIN SOLUTION
    dz2 = p.copy()
    dz2[rows, labels] -= 1
    dz2 /= len(x)
    dW2, db2 = a1.T @ dz2, dz2.sum(axis=0)
    dz1 = (dz2 @ W2.T) * (z1 > 0)
    dW1, db1 = x.T @ dz1, dz1.sum(axis=0)
    return value, dW1, db1, dW2, db2
    ### END SOLUTION

# %% check="backprop-two_layer"
check("backprop-two_layer")

# %% [markdown]
# # A network of your own
#
# ## Your own network · hard · 25 minutes
#
# `MLP([64, 32, 10], Dense, ReLU, rng)` makes dense, ReLU, dense: one dense layer for each two
# neighbouring sizes, an activation between them, **none after the last**. The classes come in as
# arguments, so any layer fits.
#
# * `forward(x)` returns the scores; `backward(dy)` returns the gradient by `x`;
# * `step(lr)` subtracts `lr` times its gradient from every parameter, in place: the names stand in
#   `layer.params`, the gradient of `W` is `dW`; an activation has no `params`;
# * `predict(x)` returns the class with the largest score for every row.

# %% exercise="backprop-mlp"
class MLP:
    """Dense layers with an activation between each two; the last one gives the scores."""

    def __init__(self, sizes, dense, activation, rng):
        self.layers = []
        ### BEGIN SOLUTION
        for n_in, n_out in zip(sizes[:-1], sizes[1:]):
            self.layers += [dense(n_in, n_out, rng), activation()]
        self.layers.pop()
        ### END SOLUTION

    @property
    def children(self):  # where nnlib looks for the layers inside
        return self.layers

    def forward(self, x, train=False):
        ### BEGIN SOLUTION
        for layer in self.layers:
            x = layer.forward(x)
        return x
        ### END SOLUTION

    def backward(self, dy):
        ### BEGIN SOLUTION
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy
        ### END SOLUTION

    def step(self, lr):
        ### BEGIN SOLUTION
        for layer in self.layers:
            for name in getattr(layer, "params", ()):
                array = getattr(layer, name)
                array -= lr * getattr(layer, "d" + name)
        ### END SOLUTION

    def predict(self, x):
        ### BEGIN SOLUTION
        return np.argmax(self.forward(x), axis=1)
        ### END SOLUTION

# %% check="backprop-mlp"
check("backprop-mlp")

# %% [markdown]
# ## The training loop · medium · 15 minutes
#
# In every epoch: shuffle the row numbers with `rng.permutation`, cut them into batches (the last
# may be smaller), and for each batch call `net.forward`, `loss(scores, targets)`, which returns
# the value and the gradient, then `net.backward` and `net.step(lr)`. Return an array with the mean
# loss of every epoch: each batch counts as much as it has rows.

# %% exercise="backprop-train"
def train(net, loss, x, y, epochs, batch_size, lr, rng):
    """Train net in place; return the mean loss of every epoch as an array."""
    ### BEGIN SOLUTION
    losses = []
    for epoch in range(epochs):
        order = rng.permutation(len(x))
        total = 0.0
        for start in range(0, len(x), batch_size):
            rows = order[start:start + batch_size]
            value, dscores = loss(net.forward(x[rows]), y[rows])
            net.backward(dscores)
            net.step(lr)
            total += value * len(rows)
        losses.append(total / len(x))
    return np.array(losses)
    ### END SOLUTION

# %% check="backprop-train"
check("backprop-train")

# %% [markdown]
# # Checking gradients
#
# ## The gradient by differences · medium · 15 minutes
#
# $$\frac{\partial f}{\partial x_i}\approx\frac{f(x+he_i)-f(x-he_i)}{2h}$$
#
# `f` takes an array and returns a number. `x` has any shape, may hold integers, and must be left
# as it was; the result has the shape of `x`.

# %% exercise="backprop-numerical_gradient"
def numerical_gradient(f, x, h=1e-5):
    """Return d f(x) / dx by central differences, in the shape of x.

    f takes an array and returns a number. x may hold integers, and is left as it was.
    """
    ### BEGIN SOLUTION
    x = np.array(x, dtype=float)
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        kept = x[i]
        x[i] = kept + h
        above = f(x)
        x[i] = kept - h
        below = f(x)
        x[i] = kept
        gradient[i] = (above - below) / (2 * h)
    return gradient
    ### END SOLUTION

# %% check="backprop-numerical_gradient"
check("backprop-numerical_gradient")

# %% [markdown]
# ## The best step · medium · 3 minutes
#
# Before you run the chapter's U-curve: in float64, and for a function of ordinary size, which step
# $h = 10^k$ makes the central difference most exact? Set `best_exponent` to $k$, a whole number.

# %% exercise="backprop-best_exponent"
### BEGIN SOLUTION
best_exponent = -5
### END SOLUTION

# %% check="backprop-best_exponent"
check("backprop-best_exponent")

# %% [markdown]
# ## What the slow way costs · easy · 3 minutes
#
# A network with 64 inputs, 32 hidden units and 10 outputs, biases everywhere. How many evaluations
# of the loss does the full gradient take by central differences? Set `evaluations`.

# %% exercise="backprop-evaluations"
### BEGIN SOLUTION
evaluations = 2 * (64 * 32 + 32 + 32 * 10 + 10)
### END SOLUTION

# %% check="backprop-evaluations"
check("backprop-evaluations")

# %% [markdown]
# ## One number for how wrong · easy · 8 minutes
#
# $$\text{error}=\frac{\lVert a-n\rVert}{\lVert a\rVert+\lVert n\rVert}$$
#
# for an analytic gradient `a` and a numeric one `n` of the same shape, with the Euclidean norm over
# all entries. It is 0 for equal gradients, and 1 if one is zero or the negative of the other. Two
# gradients of zeros agree: return 0 for them.

# %% exercise="backprop-relative_error"
def relative_error(analytic, numeric):
    """Return |a - n| / (|a| + |n|) with Euclidean norms over all entries; 0 if both are zero."""
    ### BEGIN SOLUTION
    size = np.linalg.norm(analytic) + np.linalg.norm(numeric)
    return np.linalg.norm(analytic - numeric) / size if size > 0 else 0.0
    ### END SOLUTION

# %% check="backprop-relative_error"
check("backprop-relative_error")

# %% [markdown]
# ## A check with two evaluations · medium · 10 minutes
#
# For many parameters, compare slopes along one random direction: with $v=u/\lVert u\rVert$,
#
# $$\frac{f(\theta+hv)-f(\theta-hv)}{2h}\approx \nabla f\cdot v .$$
#
# `theta`, `grad` and `u` have shape `(n,)`. Return the left-hand side and the right-hand side.

# %% exercise="backprop-directional"
def directional(f, theta, grad, u, h=1e-5):
    """Return the slope of f at theta along u, twice: by differences, and from grad.

    u is first scaled to length 1.
    """
    ### BEGIN SOLUTION
    u = u / np.linalg.norm(u)
    numeric = (f(theta + h * u) - f(theta - h * u)) / (2 * h)
    return numeric, grad @ u
    ### END SOLUTION

# %% check="backprop-directional"
check("backprop-directional")

# %% [markdown]
# ## A step that subtracts nothing · medium · 8 minutes
#
# If `f` is made of smooth functions that NumPy also knows for complex numbers, then
# $f(x+ih)=f(x)+ih\,f'(x)+\dots$, so $f'(x)\approx \operatorname{Im} f(x+ih)/h$. Nothing is
# subtracted, so $h$ can be $10^{-30}$. Return the gradient in the shape of `x`.

# %% exercise="backprop-complex_step"
def complex_step(f, x, h=1e-30):
    """Return d f(x) / dx, in the shape of x, as the imaginary part of f(x + i h) / h."""
    ### BEGIN SOLUTION
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        point = x.astype(complex)
        point[i] += 1j * h
        gradient[i] = np.imag(f(point)) / h
    return gradient
    ### END SOLUTION

# %% check="backprop-complex_step"
check("backprop-complex_step")

# %% [markdown]
# ## Acquit the kink · medium · 10 minutes
#
# At a kink the slope on the left differs from the slope on the right, and any value between them
# is a right answer for `backward`. Given arrays `analytic`, `left` and `right` of one shape, return
# an array of `True` where `analytic` lies between the two slopes, widened at both ends by `tol`
# times the larger of their absolute values.

# %% exercise="backprop-kink"
def acquitted(analytic, left, right, tol=1e-5):
    """Return True where analytic lies between the left and right slopes, entry by entry.

    A slack of tol times the larger of the two slopes' sizes allows for rounding.
    """
    ### BEGIN SOLUTION
    low, high = np.minimum(left, right), np.maximum(left, right)
    slack = tol * np.maximum(np.abs(left), np.abs(right))
    return (analytic >= low - slack) & (analytic <= high + slack)
    ### END SOLUTION

# %% check="backprop-kink"
check("backprop-kink")

# %% [markdown]
# ## Which loss is it? · medium · 3 minutes
#
# A note gives $\partial L/\partial w_2=(p-y)\,p(1-p)\,a_1$ for a sigmoid output $p$, and forgets to
# say for which loss. A numerical gradient divided by this formula gives 2.0000 in every entry.
# Which loss was differentiated numerically?
#
# * (a) half the square, $\tfrac12(p-y)^2$
# * (b) the square, $(p-y)^2$
# * (c) the cross-entropy, $-y\ln p-(1-y)\ln(1-p)$
# * (d) the mean of half the squares over a batch of two
#
# Set `which_loss` to a letter.

# %% exercise="backprop-which_loss"
### BEGIN SOLUTION
which_loss = "b"
### END SOLUTION

# %% check="backprop-which_loss"
check("backprop-which_loss")

# %% [markdown]
# ## What a gradient check cannot see · medium · 3 minutes
#
# Which of these mistakes passes a careful gradient check of every parameter?
#
# * (a) all gradients have the wrong sign
# * (b) the gradient of the first layer's bias is never computed
# * (c) the gradients are not divided by the batch size
# * (d) the loss applies softmax twice, and its gradient is derived from exactly that
#
# Set `blind_spot` to a letter.

# %% exercise="backprop-blind_spot"
### BEGIN SOLUTION
blind_spot = "d"
### END SOLUTION

# %% check="backprop-blind_spot"
check("backprop-blind_spot")

# %% [markdown]
# # Find the bug
#
# Each of these functions has been written by somebody who was sure of it. Do three things: give a
# **witness**, a tuple of arguments on which it is wrong; name the **cause** by its letter; and write
# the function again, **repaired**. The broken version stands in a cell of its own, to try things on.
#
# ## A gradient off by a factor · medium · 10 minutes

# %%
def broken_mse_gradient(scores, target):
    """Return the gradient of np.mean((scores - target) ** 2) with respect to scores."""
    return (scores - target) / len(scores)

# %% [markdown]
# * (a) the sign is wrong
# * (b) the size is wrong: a factor is missing and the wrong number is divided by
# * (c) the shape is wrong
# * (d) rows and columns of the difference are mixed
#
# The witness `bug_mse_scale_witness` is `(scores, target)`, two arrays of shape `(batch, outputs)`; the
# letter goes to `bug_mse_scale_cause`. Careful: for two columns the bug hides.

# %% exercise="backprop-bug_mse_scale"
def mse_gradient(scores, target):
    """Return the gradient of np.mean((scores - target) ** 2) with respect to scores."""
    ### BEGIN SOLUTION
    return 2 * (scores - target) / scores.size
    ### END SOLUTION

### BEGIN SOLUTION
bug_mse_scale_witness = (np.array([[1.0, 2.0, 3.0]]), np.zeros((1, 3)))
bug_mse_scale_cause = "b"
### END SOLUTION

# %% check="backprop-bug_mse_scale"
check("backprop-bug_mse_scale")

# %% [markdown]
# ## The right shape, the wrong numbers · medium · 10 minutes

# %%
def broken_hidden_dW(x, z, da):
    """Return dW of a hidden layer a = relu(z), z = x @ W + b, given da = dL/da."""
    return x.T @ da

# %% [markdown]
# * (a) a transpose is missing
# * (b) a division by the batch size is missing
# * (c) the slope of the activation is missing
# * (d) a sum over the rows is missing
#
# The witness `bug_missing_slope_witness` is `(x, z, da)`, the letter goes to
# `bug_missing_slope_cause`.

# %% exercise="backprop-bug_missing_slope"
def hidden_dW(x, z, da):
    """Return dW of a hidden layer a = relu(z), z = x @ W + b, given da = dL/da."""
    ### BEGIN SOLUTION
    dz = da * (z > 0)
    return x.T @ dz
    ### END SOLUTION

### BEGIN SOLUTION
bug_missing_slope_witness = (np.array([[1.0, 2.0]]), np.array([[-1.0, 1.0]]), np.ones((1, 2)))
bug_missing_slope_cause = "c"
### END SOLUTION

# %% check="backprop-bug_missing_slope"
check("backprop-bug_missing_slope")

# %% [markdown]
# ## One of two paths · medium · 8 minutes

# %%
def broken_shortcut_backward(x, dy):
    """Return dx for y = x + relu(x)."""
    dx = dy.copy()
    dx = dy * (x > 0)
    return dx

# %% [markdown]
# * (a) the mask is taken from the wrong array
# * (b) the second path's gradient replaces the first's
# * (c) `dy` is changed in place
# * (d) the upstream gradient is left out
#
# The witness `bug_shortcut_witness` is `(x, dy)`, the letter goes to `bug_shortcut_cause`.

# %% exercise="backprop-bug_shortcut"
def shortcut_backward(x, dy):
    """Return dx for y = x + relu(x)."""
    ### BEGIN SOLUTION
    dx = dy.copy()
    dx += dy * (x > 0)
    return dx
    ### END SOLUTION

### BEGIN SOLUTION
bug_shortcut_witness = (np.array([[-1.0, 2.0]]), np.ones((1, 2)))
bug_shortcut_cause = "b"
### END SOLUTION

# %% check="backprop-bug_shortcut"
check("backprop-bug_shortcut")

# %% [markdown]
# ## A check that lets a dead layer pass · medium · 12 minutes
#
# `a1`, `a2` are the analytic gradients of the first and the last layer, `n1`, `n2` the numeric ones.

# %%
def broken_worst_error(a1, n1, a2, n2):
    """Return the relative error of a network's gradients: analytic a1, a2, numeric n1, n2."""
    a = np.concatenate([a1.ravel(), a2.ravel()])
    n = np.concatenate([n1.ravel(), n2.ravel()])
    size = np.linalg.norm(a) + np.linalg.norm(n)
    return np.linalg.norm(a - n) / size if size > 0 else 0.0

# %% [markdown]
# * (a) one norm over all arrays lets large gradients hide small ones
# * (b) the guard against 0 / 0 lets wrong gradients pass
# * (c) the entries of `a` and `n` do not belong together
# * (d) norms cannot tell a gradient from its negative
#
# The witness `bug_global_norm_witness` is `(a1, n1, a2, n2)`, the letter goes to
# `bug_global_norm_cause`. The repaired function returns the largest error of any array.

# %% exercise="backprop-bug_global_norm"
def worst_error(a1, n1, a2, n2):
    """Return the relative error of a network's gradients: analytic a1, a2, numeric n1, n2."""
    ### BEGIN SOLUTION
    worst = 0.0
    for a, n in ((a1, n1), (a2, n2)):
        size = np.linalg.norm(a) + np.linalg.norm(n)
        error = np.linalg.norm(a - n) / size if size > 0 else 0.0
        worst = max(worst, error)
    return worst
    ### END SOLUTION

### BEGIN SOLUTION
bug_global_norm_witness = (np.zeros(2), np.full(2, 1e-8), np.ones(3), np.ones(3))
bug_global_norm_cause = "a"
### END SOLUTION

# %% check="backprop-bug_global_norm"
check("backprop-bug_global_norm")

# %% [markdown]
# ## No gradient check can see it · hard · 12 minutes
#
# The gradient that belongs to this loss has been derived with care, and a gradient check passes to
# ten digits. Still, something is wrong: the loss of a network that is right in every row does not
# fall below 0.55, for three classes.

# %%
def broken_loss_of_batch(scores, labels):
    """Return the mean cross-entropy of softmax(scores)."""
    rows = np.arange(len(scores))
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    log_p = p - np.log(np.exp(p).sum(axis=1, keepdims=True))
    return -np.mean(log_p[rows, labels.astype(int)])

# %% [markdown]
# * (a) exp overflows for large scores
# * (b) the sums run along the wrong axis
# * (c) the labels pick the wrong entries
# * (d) softmax is applied twice
#
# The witness `bug_double_softmax_witness` is `(scores, labels)`, the letter goes to
# `bug_double_softmax_cause`.

# %% exercise="backprop-bug_double_softmax"
def loss_of_batch(scores, labels):
    """Return the mean cross-entropy of softmax(scores)."""
    ### BEGIN SOLUTION
    rows = np.arange(len(scores))
    z = scores - scores.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -np.mean(log_p[rows, labels.astype(int)])
    ### END SOLUTION

### BEGIN SOLUTION
bug_double_softmax_witness = (np.array([[10.0, 0.0, 0.0]]), np.array([0]))
bug_double_softmax_cause = "d"
### END SOLUTION

# %% check="backprop-bug_double_softmax"
check("backprop-bug_double_softmax")
