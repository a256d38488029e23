# %% [markdown] id="title"
# # 2 · Backpropagation
#
# In chapter 1 a network learned to tell two rings apart, but its gradients came out of a box. This chapter
# opens the box: it finds the gradient of any network. By the end you have
#
# - written the forward pass, and followed the chain rule through a computational graph,
# - built an automatic differentiator of sixty lines,
# - written every part of a network: layers, loss, network and training loop, and trained it to read digits,
# - built the instrument that checks gradients, and learned what it cannot see.
#
# Nothing in the trained network is borrowed. You need Python, NumPy and the derivative of school calculus.
# The exercises stand in [a notebook of their own](../exercises/02_backprop/exercises.ipynb); the text says
# when to do which. Wherever this chapter says `piece("...")`, it takes *your* finished code, and the
# reference solution as long as you have none.

# %% id="imports"
import numpy as np

import nnlib
from autograder import piece
from nnlib.viz import backprop as widgets, backprop_figures as figures

np.set_printoptions(precision=4, suppress=True)

# %% [markdown] id="four-ideas"
# ## 2.1 The whole idea in four sentences
#
# 1. **Forward pass**: numbers flow through the layers, from the input to a loss, one number that says how
#    bad the answer was.
# 2. **Chain rule**: the effect of a weight on the loss is the product of the effects along the way.
# 3. **Backpropagation**: those products are computed from the loss backwards, so that what many weights
#    share is computed once.
# 4. **Gradient descent**: every weight takes a small step against its own effect on the loss.
#
# Building a network "from scratch" means writing exactly these: a forward pass, a backward pass, an update.

# %% [markdown] id="forward"
# ## 2.2 The forward pass
#
# **Forward propagation** computes the network's output from its input, layer by layer:
#
# 1. The **input layer** computes nothing: it is the data, $a^0 = x$.
# 2. Unit $j$ of the **first hidden layer** weighs and adds, $z_j = \sum_i x_i w_{ij} + b_j$, and bends the
#    result with its activation function, $a_j = f(z_j)$.
# 3. Every **further layer** does the same with the activations of the layer before it.
# 4. The **output layer** is fed the last activations. Its weighted sums are called *scores*. What is
#    made of them depends on the task, and not on the hidden layers: nothing for a regression, the sigmoid
#    for yes or no, the softmax for one class of several. We leave that to the loss (section 2.10).
#
# Written for whole layers, and for a whole batch of samples at once:
#
# $$z^l = a^{l-1}\,W^l + b^l,\qquad a^l = f(z^l).$$
#
# **Rows are samples.** $a^{l-1}$ has shape `(batch, n_in)`, $W^l$ `(n_in, n_out)`, $b^l$ `(n_out,)`, and
# the bias is added to every row.

# %% id="fig-shapes"
figures.shapes(
    [("x", 5, 4), ("@", 0, 0), ("W", 4, 3), ("+", 0, 0), ("b", 1, 3), ("=", 0, 0), ("z", 5, 3)],
    "Five samples with four features each, three units: the inner sizes meet, the outer ones remain.",
)

# %% [markdown] id="three-ways"
# The sum over $i$ can be written as three loops, as an index formula, or as a matrix product. All three
# are the same function; only the last one is fast. **Now do** `backprop-forward` in the exercises.

# %% id="run-three-ways"
rng = np.random.default_rng(0)
x, W, b = rng.normal(size=(5, 4)), rng.normal(size=(4, 3)), rng.normal(size=3)

loops = np.zeros((5, 3))
for n in range(5):
    for j in range(3):
        loops[n, j] = b[j]
        for i in range(4):
            loops[n, j] += x[n, i] * W[i, j]

print("einsum agrees: ", np.allclose(loops, np.einsum("ni,ij->nj", x, W) + b))
print("product agrees:", np.allclose(loops, x @ W + b))

# %% [markdown] id="conventions"
# ### Two conventions
#
# Textbooks often write one sample as a **column**: $z = Wx + b$ with $W$ of shape `(n_out, n_in)`. That
# $W$ is the transpose of ours. Beware of texts that mix the two: $\sum_i w_{ij}x_i$, with the input's index first,
# is *not* $Wx$ but $W^\top x$. When formulas from two sources disagree, compare shapes
# before anything else. **Now do** `backprop-convention`.
#
# A second trap is counting. A "three-layer network" has three layers of weights, so two hidden layers; the
# input is not counted.

# %% id="run-conventions"
W_book, b_book = W.T, b[:, None]                       # (n_out, n_in) and (n_out, 1)
column = x[0][:, None]                                 # one sample, (n_in, 1)
print("book, one column:", (W_book @ column + b_book).ravel())
print("here, row 0:     ", (x @ W + b)[0])

# %% [markdown] id="worked"
# ## 2.3 An example, by hand and by code
#
# Two inputs $x=(0.5,\ 0.8)$, two hidden units with ReLU (which replaces negative numbers by 0), one output
# unit with the sigmoid $\sigma(z) = 1/(1+e^{-z})$:
#
# $$\begin{aligned}
# z_1 &= 0.3\cdot 0.5 + 0.7\cdot 0.8 + 0.1 = 0.15 + 0.56 + 0.10 = 0.81, & a_1 &= 0.81\\
# z_2 &= 0.6\cdot 0.5 + 0.2\cdot 0.8 + 0.2 = 0.30 + 0.16 + 0.20 = 0.66, & a_2 &= 0.66\\
# z_3 &= 0.4\cdot 0.81 + 0.5\cdot 0.66 + 0.1 = 0.324 + 0.330 + 0.100 = 0.754, & \hat y &= \sigma(0.754) = 0.680
# \end{aligned}$$
#
# Do it yourself before you run the cell: `backprop-worked_example`. This example circulates with
# 0.91 for the first sum and 0.894 for the last; both sums are wrong, and the second does not even
# follow from the first. (From 0.91 it would be 0.794.) A line of code is a good proof-reader.

# %% id="run-worked"
x = np.array([[0.5, 0.8]])
W1, b1 = np.array([[0.3, 0.6], [0.7, 0.2]]), np.array([0.1, 0.2])
W2, b2 = np.array([[0.4], [0.5]]), np.array([0.1])

z, a, score = piece("backprop-forward")(x, W1, b1, W2, b2)
print("hidden sums:  ", z[0])
print("activations:  ", a[0])
print(f"score:         {score[0, 0]:.4f}")
print(f"output:        {nnlib.functional.sigmoid(score)[0, 0]:.4f}")
print(f"first sum with a bias of 0.2: {0.15 + 0.56 + 0.2:.2f}   (which is where 0.91 may come from)")

# %% [markdown] id="touch-worked"
# Move the inputs, one weight and one bias, and watch what changes and what does not. *Show gradients*
# puts on each arrow how fast the loss (here $-\ln\hat y$, for a target of 1) changes with that weight; you will
# soon be able to compute these numbers yourself.

# %% id="widget-calculator"
calculator = widgets.calculator()
calculator

# %% id="fig-calculator"
calculator.static()

# %% [markdown] id="properties"
# ### What kind of computation is this?
#
# - **Feed-forward**: no loops; every layer depends on the one before it alone.
# - **Deterministic**: the same input and weights give the same output. That is so when the network is *used*. In
#   training, two layers of later chapters break it on purpose: dropout draws random numbers, and batch
#   normalization makes a row's output depend on the other rows of its batch.
# - **Parallel within a layer**, and over the rows of a batch. *Not* parallel over layers: each must wait
#   for the one before, and in the backward pass for the one after.
#
# The cell gives one row of numbers twice to a dense layer, to dropout and to batch normalization (there,
# the second time, among other rows). In training, only the first of the three repeats itself; in use, all
# three do.

# %% id="run-properties"
rng = np.random.default_rng(0)
row = np.array([[1.0, 2.0, 4.0, 0.5]])
batch, other = (np.concatenate([row, rng.normal(size=(2, 4))]) for _ in range(2))  # row 0 is the same

for name, layer, second in (
    ("dense", nnlib.Dense(4, 4, rng), batch),
    ("dropout", nnlib.Dropout(0.5, rng), batch),
    ("batch norm", nnlib.BatchNorm(4), other),
):
    for train in (True, False):
        once, again = (layer.forward(data, train=train)[0].round(2) for data in (batch, second))
        print(f"{name:10} {'in training' if train else 'in use':11}  {once}  again {again}")

# %% [markdown] id="cost-memory"
# ### What it costs
#
# Per row of data, a dense layer takes as many multiplications as it has weights: the forward pass is $O(P)$ for $P$
# parameters, and so, as we will see, is the backward pass. Training for $E$ epochs on $N$ rows takes
# $O(N\cdot P\cdot E)$: the number of rows counts too.
#
# **Memory** is another matter. The backward pass needs the numbers of the forward pass, so they are kept:
# $O(P)$ for the weights *plus* a share that grows with the batch. Try `backprop-stored_values` before you
# run this cell.

# %% id="run-memory"
def parameters(sizes):
    return sum(n_in * n_out + n_out for n_in, n_out in zip(sizes[:-1], sizes[1:]))


def stored(sizes, batch):
    """Numbers kept for the backward pass: the input, and z and a of every unit."""
    return batch * (sizes[0] + 2 * sum(sizes[1:]))


for sizes, batch in (((5, 10, 5, 1), 1), ((5, 10, 5, 1), 1000), ((784, 128, 64, 10), 64), ((784, 128, 64, 10), 4096)):
    p, s = parameters(sizes), stored(sizes, batch)
    print(f"{str(sizes):20} batch {batch:4}: {p:7,} parameters, {s:9,} stored values, ratio {s / p:5.1f}")

# %% [markdown] id="chain"
# ## 2.4 The chain rule
#
# If $y$ depends on $u$, and $u$ depends on $x$, a small change of $x$ is first multiplied by $du/dx$ and then
# by $dy/du$:
#
# $$\frac{dy}{dx} = \frac{dy}{du}\cdot\frac{du}{dx}.$$
#
# A longer chain $y=f(g(h(x)))$ has one factor for each function, **each taken at its own input**:
# $\;\frac{dy}{dx}=f'(g(h(x)))\cdot g'(h(x))\cdot h'(x)$. **Now do** `backprop-chain_rule`.

# %% id="run-chain"
chain = piece("backprop-chain_rule")
x = np.array([0.5, 1.0, 1.7])
y, slope = chain(x)
h = 1e-5
by_differences = (chain(x + h)[0] - chain(x - h)[0]) / (2 * h)
print("chain rule:  ", slope)
print("differences: ", by_differences)

# %% [markdown] id="paths-text"
# ### When a number is used twice
#
# If $x$ reaches $y$ on several paths, each path changes $y$, and the changes **add up**: *multiply along a
# path, add over the paths*. This is the whole chain rule, and the second half is the one that code
# forgets most often.

# %% id="fig-paths"
figures.paths()

# %% [markdown] id="composition"
# ### A network is a chain
#
# A network is a composition, $\hat y = f_L(\dots f_2(f_1(x))\dots)$, so the derivative of the loss by a weight of
# the first layer is a product that starts at the loss and ends at that weight:
#
# $$\frac{\partial L}{\partial W_1}=\frac{\partial L}{\partial f_L}\cdot
# \frac{\partial f_L}{\partial f_{L-1}}\cdots\frac{\partial f_2}{\partial f_1}\cdot
# \frac{\partial f_1}{\partial W_1}.$$
#
# Take three sigmoid units in a row: $a_1=\sigma(w_1x+b_1)$, $a_2=\sigma(w_2a_1+b_2)$,
# $p=\sigma(w_3a_2+b_3)$, with the loss $L=(y-p)^2$. Since $\sigma'(z)=a(1-a)$ with $a=\sigma(z)$, the seven
# factors from the loss down to $w_1$ are
#
# | $\frac{\partial L}{\partial p}$ | $\frac{\partial p}{\partial z_3}$ | $\frac{\partial z_3}{\partial a_2}$ | $\frac{\partial a_2}{\partial z_2}$ | $\frac{\partial z_2}{\partial a_1}$ | $\frac{\partial a_1}{\partial z_1}$ | $\frac{\partial z_1}{\partial w_1}$ |
# |---|---|---|---|---|---|---|
# | $2(p-y)$ | $p(1-p)$ | $w_3$ | $a_2(1-a_2)$ | $w_2$ | $a_1(1-a_1)$ | $x$ |
#
# **Now do** `backprop-factors`.

# %% id="run-factors"
seven_factors = piece("backprop-factors")
factors, dw1 = seven_factors(1.2, 0.9, 0.7, -1.4, 2.0)
running = np.cumprod(factors)
for name, factor, product in zip(("dL/dp", "dp/dz3", "dz3/da2", "da2/dz2", "dz2/da1", "da1/dz1", "dz1/dw1"), factors, running):
    print(f"{name:8} {factor:8.4f}   product so far {product:10.6f}")

# %% [markdown] id="factors-shrink"
# Read the last column: three of the seven factors are slopes of a sigmoid, and each is at most 1/4. The
# product shrinks quickly. With ten layers hardly anything arrives; that is chapter 5's subject.
# (The slope of tanh reaches 1, four times as much: the bound 1/4 is the sigmoid's alone.)

# %% [markdown] id="reuse"
# ### Backwards, to use everything twice
#
# The derivatives by $w_3$, $w_2$ and $w_1$ begin with the same factors. Whoever computes each from
# scratch multiplies the shared part again and again. Whoever starts **at the loss** and keeps the running
# product gets all of them in one walk. For a chain of $L$ layers the cell counts the multiplications.

# %% id="run-reuse"
print("layers   one by one   with reuse")
for layers in (3, 10, 30, 100):
    alone = sum(2 * k for k in range(1, layers + 1))   # weight k from the end has 2k + 1 factors
    shared = 3 * layers - 1                            # per layer: into z, to dw, to the layer below
    print(f"{layers:6}   {alone:10,}   {shared:10,}")

# %% [markdown] id="direction"
# ### Why not forwards?
#
# With vectors, the factors are matrices (*Jacobians*): $\frac{\partial f}{\partial u}$ has one row per output and one
# column per input. A product of matrices can be computed from either end, with the same result but not at the same
# price. The loss is **one** number, so from its end we always multiply a *row* by a matrix: $n^2$
# multiplications each time. From the other end we multiply matrix by matrix: $n^3$ each time.
#
# A row times a Jacobian is called a **vector-Jacobian product** (VJP). Computing with VJPs from the output is
# *reverse mode*; backpropagation is reverse mode applied to a network. A Jacobian times a column is a
# **Jacobian-vector product** (JVP), *forward mode*: the right choice for one input and many outputs.

# %% id="run-direction"
rng = np.random.default_rng(1)
n, depth = 60, 5
jacobians = [rng.normal(size=(n, n)) / np.sqrt(n) for _ in range(depth)]   # from the loss downwards
start = rng.normal(size=(1, n))                                            # dL/d(last layer)

row = start
for J in jacobians:
    row = row @ J
matrix = jacobians[-1]                                                     # from the other end
for J in reversed(jacobians[:-1]):
    matrix = J @ matrix

print("same result:", np.allclose(row, start @ matrix))
print(f"row by matrix:    {depth * n**2:9,} multiplications")
print(f"matrix by matrix: {(depth - 1) * n**3 + n**2:9,} multiplications")

# %% [markdown] id="graph"
# ## 2.5 The computational graph
#
# A **computational graph** has a node for every intermediate result and an arrow from each
# operand to the result made of it. Two rules are enough to differentiate it:
#
# 1. **Forward**, in the direction of the arrows: compute every node's value and keep it.
# 2. **Backward**, against the arrows: start with $dL/dL=1$. Every node multiplies what it has received by the
#    local slope of each of its arrows and hands the product down. A node adds up all that it receives.
#
# Here is a sigmoid neuron with a squared error. Press *Step* and follow the numbers: values in
# blue above the nodes, derivatives of the loss in orange below.

# %% id="widget-graph"
walk = widgets.graph_walk()
walk

# %% id="fig-graph-forward"
walk.static(step=4)

# %% id="fig-graph-backward"
walk.static(step=9)

# %% [markdown] id="gates"
# Three patterns are worth knowing by heart.
#
# | node | in the backward pass |
# |---|---|
# | **sum** | passes the gradient on to every operand unchanged |
# | **product** | crosses over: each operand gets the gradient times the *other* operand's value |
# | **copy** (a value used twice) | adds up the gradients of all its uses |

# %% [markdown] id="backprop-definition"
# ### What backpropagation is, and what it is not
#
# **Backpropagation** is the algorithm that computes the derivatives of one number, the loss, by all
# parameters of a network, in one backward walk through its graph. Three steps:
#
# 1. the **forward pass**: compute the output and the loss, and keep the intermediate values;
# 2. the **backward pass**: compute the derivatives of the loss by each layer's output, from the last layer to
#    the first;
# 3. the **parameters' gradients**: at each layer, multiply by the local slope for its weights and biases.
#
# Changing the weights is *not* part of it. That is the optimizer's work, and the optimizer does not care
# where the gradient came from.
#
# Backpropagation works for **any differentiable graph**: shortcuts, shared weights, branches, also
# recurrent networks once their loop is unrolled in time. It needs no layers, and no feed-forward chain. **Now do**
# `backprop-steps`, `backprop-reuse` and `backprop-not_backprop`.

# %% [markdown] id="history"
# ### An idea found many times
#
# Control theorists used it around 1960. Linnainmaa described reverse-mode differentiation in general in
# 1970. Werbos used such derivatives for prediction in his thesis of 1974, and published their use for
# neural networks in 1982. The idea became famous with Rumelhart, Hinton and Williams ("Learning
# representations by back-propagating errors", *Nature*, 1986), who showed that hidden layers trained this
# way discover useful features.

# %% id="fig-timeline"
figures.timeline()

# %% [markdown] id="autodiff"
# ## 2.6 Sixty lines of automatic differentiation
#
# The two rules can be carried out by a program that knows nothing of networks. It needs
#
# - a class `Var`: an array that remembers its parents and, for each, a function `pull` that turns the
#   gradient by the result into the gradient by that parent (a VJP);
# - `order`: the nodes sorted so that parents come first;
# - `backprop`: a walk through that order, reversed, that adds up the shares.
#
# This is what PyTorch, JAX and TensorFlow do at their core. **Now do** `backprop-unbroadcast`, `backprop-var`,
# `backprop-order` and `backprop-autodiff`. Together they are about sixty lines, and they are yours.

# %% id="run-autodiff"
Var, backward_walk = piece("backprop-var"), piece("backprop-autodiff")

x, two = Var(np.array([[3.0]])), Var(np.array([[2.0]]))
y = ((x * x) * (two * x)).sum()            # the two paths of section 2.4: u = x², v = 2x, y = u v
backward_walk(y)
print(f"y = {float(y.value):.0f}, dy/dx = {x.grad.item():.0f}")

# %% [markdown] id="autodiff-network"
# A two-layer network with its softmax cross-entropy needs no other operation. We write only the forward
# pass; the gradients of all four parameters follow by themselves. `nnlib`'s own layers give the same
# numbers.

# %% id="run-autodiff-network"
rng = np.random.default_rng(2)
x_data, labels = rng.normal(size=(6, 4)), np.array([0, 2, 1, 1, 0, 2])
W1, b1 = Var(rng.normal(size=(4, 5))), Var(rng.normal(size=5))
W2, b2 = Var(rng.normal(size=(5, 3))), Var(rng.normal(size=3))


def loss_graph(x_data, labels, W1, b1, W2, b2):
    one_hot = np.eye(3)[labels]
    scores = (Var(x_data) @ W1 + b1).relu() @ W2 + b2
    log_sum = (scores.exp() @ Var(np.ones((3, 1)))).log()              # (batch, 1)
    right = (scores * Var(one_hot)).sum() * Var(np.array(-1.0))
    return (log_sum.sum() + right) * Var(np.array(1 / len(labels)))


loss = loss_graph(x_data, labels, W1, b1, W2, b2)
backward_walk(loss)

net = nnlib.Sequential(nnlib.Dense(4, 5, rng), nnlib.ReLU(), nnlib.Dense(5, 3, rng))
net[0].W, net[0].b, net[2].W, net[2].b = W1.value, b1.value, W2.value, b2.value
value, dscores = nnlib.softmax_cross_entropy(net.forward(x_data), labels)
net.backward(dscores)

print(f"loss: graph {float(loss.value):.6f}, layers {value:.6f}")
for name, ours, theirs in (("W1", W1.grad, net[0].dW), ("b1", b1.grad, net[0].db), ("W2", W2.grad, net[2].dW), ("b2", b2.grad, net[2].db)):
    print(f"d{name}: equal {np.allclose(ours, theirs)}")

# %% [markdown] id="autodiff-why-layers"
# Why write layers at all, then? Because one node per addition and product costs time and memory, and because
# some sums need care: `exp` above overflows for scores near 710 (section 2.10). A layer is a larger
# node whose backward pass has been worked out, and made safe, by hand. We do that now.

# %% [markdown] id="dense-backward"
# ## 2.7 Back through a dense layer
#
# Forward, $y = xW + b$. Backward, we are given $dy=\partial L/\partial y$, of the shape of $y$, and want three
# gradients, each **of the shape of its own array**. Write one entry of the product,
# $y_{nj}=\sum_i x_{ni}W_{ij}+b_j$, and ask where each number is used:
#
# - $W_{ij}$ is used in $y_{nj}$ for every row $n$, with slope $x_{ni}$: so
#   $dW_{ij}=\sum_n x_{ni}\,dy_{nj}$, which is $dW = x^\top dy$.
# - $b_j$ is used in every row, with slope 1: $db=\sum_n dy_n$. **A sum, not a mean.**
# - $x_{ni}$ is used in every $y_{nj}$ of its row, with slope $W_{ij}$: $dx=dy\,W^\top$.

# %% id="fig-dense-shapes"
figures.shapes(
    [("x.T", 4, 5), ("@", 0, 0), ("dy", 5, 3), ("=", 0, 0), ("dW", 4, 3)],
    "dW has the shape of W. The product with x.T sums over the five rows of the batch.",
)

# %% [markdown] id="dense-notes"
# Shapes alone nearly write the formulas: of all products of `x` and `dy`, only `x.T @ dy` has the shape of
# `W`. Three remarks on formulas you will meet:
#
# - $\frac{\partial L}{\partial W}=\frac{\partial L}{\partial a}\cdot\frac{\partial a}{\partial z}\cdot\frac{\partial z}{\partial W}$
#   is right for plain numbers. For arrays, the last factor would be a table with three indices (which $z$, and
#   row and column of $W$). Nobody builds it; what it amounts to is the product $x^\top dz$.
# - In the column convention the same rules read $dW=dz\,x^\top$ and $dx=W^\top dz$.
# - A layer does **not** divide by the batch size. If the loss is a mean, `dy` carries the $1/m$ already.
#
# **Now do** `backprop-dense`.

# %% id="run-dense"
Dense = piece("backprop-dense")
rng = np.random.default_rng(3)
report = nnlib.check_layer(Dense(4, 3, rng), rng.normal(size=(5, 4)), rng)
for c in report.comparisons:
    print(f"d{c.name}: {c.checked:2} entries against differences, all right: {c.passed}")

# %% [markdown] id="relu"
# ## 2.8 Back through an activation
#
# An activation acts on every entry by itself, $a=f(z)$, so its slope multiplies entry by entry:
#
# $$dz = da\odot f'(z),\qquad\text{for ReLU}\quad dz = da\odot[z>0].$$
#
# (The bracket is 1 where its condition holds, and 0 elsewhere.) The sign $\odot$ matters. For a hidden layer, in
# our rows:
#
# $$dz^l=\bigl(dz^{l+1}\,(W^{l+1})^\top\bigr)\odot f'(z^l).$$
#
# Some texts write a plain product there; with real shapes that product does not even exist.

# %% id="run-shapes-fail"
rng = np.random.default_rng(4)
W_next, dz_next, slopes = rng.normal(size=(2, 3)), rng.normal(size=(2, 1)), rng.normal(size=(3, 1))   # columns
print("entry by entry:", ((W_next.T @ dz_next) * slopes).shape)
try:
    (W_next.T @ dz_next) @ slopes
except ValueError:
    print("as a matrix product: ValueError, the sizes do not fit")

# %% [markdown] id="relu-look"
# What ReLU does to a gradient is easy to see: it lets it through where the *input of the forward pass* was
# positive, and stops it elsewhere. **Now do** `backprop-relu`.

# %% id="fig-relu-mask"
rng = np.random.default_rng(0)
figures.relu_mask(rng.normal(size=(4, 5)), rng.normal(size=(4, 5)))

# %% [markdown] id="missing-slope"
# ### A formula with the slope left out
#
# "$\partial L/\partial W^l=(\partial L/\partial a^l)^\top a^{l-1}$" can be read in notes on the subject. It uses the
# gradient by the *activation* where that by the *weighted sum* belongs. The shape is right (in the layout of
# those notes), so the program runs. The numbers are wrong: here is how wrong, in length and in direction.

# %% id="run-missing-slope"
relative_error = piece("backprop-relative_error")
rng = np.random.default_rng(5)
x, W, da = rng.normal(size=(6, 4)), rng.normal(size=(4, 3)), rng.normal(size=(6, 3))
z = x @ W
right, wrong = x.T @ (da * (z > 0)), x.T @ da
cosine = np.vdot(right, wrong) / np.linalg.norm(right) / np.linalg.norm(wrong)
print(f"relative error {relative_error(wrong, right):.3f}, cosine {cosine:.3f}")

# %% [markdown] id="whole-chain"
# ### Layer after layer
#
# The backward pass of a network is now one line: *give `dy` to the last layer, hand each layer's `dx` to the
# layer before it, stop at the first*. In order, for the three-layer network of section 2.4:
#
# 1. start with $dp=\partial L/\partial p$;
# 2. $dz_3=dp\odot\sigma'(z_3)$;
# 3. $dW_3=a_2^\top dz_3$ and $db_3=\sum dz_3$;
# 4. $da_2=dz_3W_3^\top$;
# 5. continue in the same way down to the first layer.

# %% [markdown] id="softmax"
# ## 2.9 The output: softmax
#
# For one class of several, the scores $s$ of a row become probabilities by the **softmax**,
# $p_i=e^{s_i}/\sum_j e^{s_j}$. Unlike ReLU, it mixes the entries of a row: raising one score lowers all other
# probabilities. Its derivative is a full matrix per row,
#
# $$\frac{\partial p_i}{\partial s_j}=p_i\,([i=j]-p_j),\qquad
# ds = p\odot\Bigl(dp-\sum_i dp_i\,p_i\Bigr).$$

# %% id="fig-jacobian"
p = np.array([0.06, 0.50, 0.15, 0.29])
figures.jacobian(p)

# %% [markdown] id="softmax-diagonal"
# "$\partial L/\partial z=\partial L/\partial a\cdot\partial a/\partial z$, entry by entry" would use the diagonal alone. For the
# sigmoid and ReLU, that is all there is. For softmax it is wrong, as the numbers show. The last row
# is what the full matrix gives for the cross-entropy: simply $p-y$. **Now do** `backprop-softmax_vjp`.

# %% id="run-softmax"
softmax_vjp = piece("backprop-softmax_vjp")
y = np.array([0.0, 0.0, 0.0, 1.0])
dp = -y / p                                         # gradient of -ln p[3] by p
print("diagonal only:", dp * p * (1 - p))
print("full Jacobian:", softmax_vjp(p[None], dp[None])[0])
print("p - y:        ", p - y)

# %% [markdown] id="hidden-softmax"
# ### Two shortcuts that do not carry over
#
# Because softmax and cross-entropy together give $p-y$, it is tempting to write "the derivative of
# softmax is 1, it is handled elsewhere". That is true for that one pair, at the output. Used for a *hidden* layer, the
# same line breaks everything below it. The check tells us where: the last layer is right, the earlier ones are
# not.

# %% id="run-hidden-softmax"
class LazySoftmax(nnlib.Softmax):
    def backward(self, dy):
        return dy                                   # "the derivative is 1"


rng = np.random.default_rng(6)
net = nnlib.Sequential(
    nnlib.Dense(5, 6, rng), LazySoftmax(), nnlib.Dense(6, 4, rng), LazySoftmax(), nnlib.Dense(4, 3, rng)
)
report = nnlib.check_network(net, nnlib.softmax_cross_entropy, rng.normal(size=(7, 5)), rng.integers(0, 3, 7), rng)
for name in ("0.W", "2.W", "4.W"):
    c = report[name]
    print(f"layer {name}: relative error {relative_error(c.analytic_all, c.numeric_all):.3f}")

# %% [markdown] id="head"
# The second shortcut is to let the hidden activation decide what the output does ("softmax if the activation is
# softmax, else linear"). Then a network with ReLU cannot classify, and one with sigmoid gives unbounded scores for
# probabilities. **Hidden activation and output head are separate choices.** Here the network always ends in
# scores, and the loss knows what to do with them.

# %% [markdown] id="cross-entropy"
# ## 2.10 Softmax and cross-entropy together
#
# The **cross-entropy** of a row is minus the logarithm of the probability given to its true class. For a batch of $m$
# rows we take the mean:
#
# $$L=-\frac1m\sum_n \ln p_{n,\text{label}_n},\qquad \frac{\partial L}{\partial s}=\frac{p-y}{m}.$$
#
# The gradient is as simple as it could be: what was said minus what is true. With a *one-hot* $y$ (1 at the true
# class, 0 elsewhere), descent pushes the true class's score up and all others down, each in proportion to its
# error; the entries of a row sum to 0.
#
# *Proof.* For one row, $L=-s_t+\ln\sum_j e^{s_j}$, with $t$ the true class. The derivative by $s_i$ of the
# second term is $e^{s_i}/\sum_j e^{s_j}=p_i$, that of the first is $-[i=t]=-y_i$.

# %% id="fig-p-minus-y"
figures.probabilities(p, 3, p - y)

# %% [markdown] id="log-sum-exp"
# ### Safe for large scores
#
# `exp(710)` is beyond the largest float64. But the softmax does not change when the same number is
# subtracted from all scores of a row. Subtract the largest: then every exponent is at most 0, and the sum at
# least 1. This is the **log-sum-exp trick**:
# $\ln\sum_j e^{s_j}=\max s+\ln\sum_j e^{s_j-\max s}$. **Now do** `backprop-softmax_ce`.

# %% id="run-log-sum-exp"
softmax_ce = piece("backprop-softmax_ce")
scores = np.array([[1000.0, 999.0, 990.0]])
with np.errstate(over="ignore", invalid="ignore"):
    print("as written:", np.log(np.exp(scores).sum()))
top = scores.max()
print(f"shifted:    {top + np.log(np.exp(scores - top).sum()):.4f}")
print(f"loss:       {softmax_ce(scores, np.array([1]))[0]:.4f}")

# %% [markdown] id="batch-size"
# ### Where does the $1/m$ belong?
#
# Notes often state $L=-\sum_c y_c\ln p_c$ for *one* sample and then write
# $\partial L/\partial W=\frac1m\,a^\top(p-y)$: the $1/m$ of a mean that the loss did not take. If the loss is the
# sum, that gradient is too small by exactly $m$; if it is the mean, it is right. The rule that avoids all
# confusion: **the loss divides, once; layers never do.**

# %% id="run-batch-size"
rng = np.random.default_rng(7)
a, W = rng.normal(size=(8, 4)), rng.normal(size=(4, 3))
labels = rng.integers(0, 3, 8)
formula = a.T @ softmax_ce(a @ W, labels)[1]        # with the 1/m
numeric_mean = nnlib.numerical_gradient(lambda W: softmax_ce(a @ W, labels)[0], W)
numeric_sum = nnlib.numerical_gradient(lambda W: 8 * softmax_ce(a @ W, labels)[0], W)
print(f"numeric / formula for the mean: {np.mean(numeric_mean / formula):.4f}")
print(f"numeric / formula for the sum:  {np.mean(numeric_sum / formula):.4f}")

# %% [markdown] id="which-loss"
# ### Which loss was that?
#
# The well-known two-layer derivatives
#
# $$\frac{\partial L}{\partial w_2}=(p-y)\,p(1-p)\,a_1,\qquad
# \frac{\partial L}{\partial w_1}=(p-y)\,p(1-p)\,w_2\,a_1(1-a_1)\,x$$
#
# are often given for an unnamed "Loss". They hold for **half** the squared error and a sigmoid output, and for
# nothing else. For the cross-entropy the factor $p(1-p)$ cancels and $(p-y)\,a_1$ remains. The ratio of
# the numerical gradient to the formula names the loss.

# %% id="run-which-loss"
x, y, w1, w2 = 0.8, 1.0, 0.6, 1.1
sigmoid = lambda z: 1 / (1 + np.exp(-z))
a1 = sigmoid(w1 * x)
p = sigmoid(w2 * a1)
formulas = {"w2": (p - y) * p * (1 - p) * a1, "w1": (p - y) * p * (1 - p) * w2 * a1 * (1 - a1) * x}
losses = {
    "half the square": lambda p: (p - y) ** 2 / 2,
    "square": lambda p: (p - y) ** 2,
    "cross-entropy": lambda p: -y * np.log(p) - (1 - y) * np.log(1 - p),
}
for name, loss in losses.items():
    by_w2 = nnlib.numerical_gradient(lambda w: loss(sigmoid(w * a1)), np.array(w2))
    by_w1 = nnlib.numerical_gradient(lambda w: loss(sigmoid(w2 * sigmoid(w * x))), np.array(w1))
    print(f"{name:16} numeric / formula: w2 {by_w2 / formulas['w2']:.4f}, w1 {by_w1 / formulas['w1']:.4f}")
print(f"1 / (p (1 - p)) = {1 / (p * (1 - p)):.4f}")

# %% [markdown] id="which-loss-note"
# **Now do** `backprop-which_loss`, and `backprop-bug_mse_scale`: a loss that averages over all entries, with a
# gradient that divides by the rows.

# %% [markdown] id="two-layer"
# ## 2.11 Two layers, start to finish
#
# Everything together, for a batch of $m$ rows. Forward:
#
# $$z_1=xW_1+b_1,\quad a_1=\mathrm{ReLU}(z_1),\quad z_2=a_1W_2+b_2,\quad p=\mathrm{softmax}(z_2),\quad
# L=-\tfrac1m\sum_n\sum_c y_{nc}\ln p_{nc}.$$
#
# Backward, one line for each line above, in reverse:
#
# | gradient | formula | shape |
# |---|---|---|
# | $dz_2$ | $(p-y)/m$ | `(m, classes)` |
# | $dW_2$ | $a_1^\top dz_2$ | `(hidden, classes)` |
# | $db_2$ | sum of $dz_2$ over the rows | `(classes,)` |
# | $da_1$ | $dz_2W_2^\top$ | `(m, hidden)` |
# | $dz_1$ | $da_1\odot[z_1>0]$ | `(m, hidden)` |
# | $dW_1$ | $x^\top dz_1$ | `(n_in, hidden)` |
# | $db_1$ | sum of $dz_1$ over the rows | `(hidden,)` |
#
# The bias gradients are missing from many derivations, and from the programs written after them. **Now do**
# `backprop-two_layer`.

# %% id="run-two-layer"
two_layer = piece("backprop-two_layer")
rng = np.random.default_rng(8)
case = [rng.normal(size=(8, 4)), rng.integers(0, 3, 8), rng.normal(size=(4, 5)), rng.normal(size=5), rng.normal(size=(5, 3)), rng.normal(size=3)]
value, *gradients = two_layer(*case)
print(f"loss {value:.4f}")
for k, (name, gradient) in enumerate(zip(("W1", "b1", "W2", "b2"), gradients), start=2):
    numeric = nnlib.numerical_gradient(lambda v: two_layer(*case[:k], v, *case[k + 1 :])[0], case[k])
    print(f"d{name} {str(gradient.shape):7} relative error below 1e-8: {relative_error(gradient, numeric) < 1e-8}")

# %% [markdown] id="mlp"
# ## 2.12 Your own network reads digits
#
# All pieces are there; put them in a class. A multi-layer perceptron is a list of layers, and
#
# - its **constructor** takes the `sizes`, the two classes to build it from (ReLU is the usual activation), and
#   a random generator, whose seed makes the run repeatable. It draws
#   from *that* generator: seeding NumPy's global one (`np.random.seed`) would change every other random
#   number in the program;
# - **forward** hands `x` along the list, and each layer keeps what it needs;
# - **backward** hands the gradient along the reversed list;
# - **step** is plain gradient descent, $\theta\leftarrow\theta-\eta\,\partial L/\partial\theta$, with the learning
#   rate $\eta$; 0.01 is a common first try, small networks on scaled data bear more;
# - **predict** returns the class with the largest score. (For a single sigmoid output it would be the
#   question $p>0.5$, which is the same as: is the score positive?)
#
# **Now do** `backprop-mlp` and `backprop-train`.

# %% id="run-mlp"
MLP, ReLU, train = piece("backprop-mlp"), piece("backprop-relu"), piece("backprop-train")

net = MLP([5, 10, 5, 1], Dense, ReLU, np.random.default_rng(42))
total = 0
for i, layer in enumerate(net.layers):
    if hasattr(layer, "W"):
        total += layer.W.size + layer.b.size
        print(f"layer {i}: W {str(layer.W.shape):8} b {str(layer.b.shape):6} {layer.W.size + layer.b.size:3} parameters")
print("together:", total)

twin = MLP([5, 10, 5, 1], Dense, ReLU, np.random.default_rng(42))
print("same seed, same weights:", all(np.array_equal(p.W, q.W) for p, q in zip(net.layers[::2], twin.layers[::2])))

# %% [markdown] id="digits"
# The data: 1797 handwritten digits of 8 × 8 grey pixels. We keep 360 of them for the test, which the network
# never sees in training.

# %% id="fig-digits"
x, y = nnlib.datasets.digits()
figures.tiles(x[:16], [str(label) for label in y[:16]])

# %% id="run-digits"
rng = np.random.default_rng(0)
order = rng.permutation(len(x))
x_train, y_train, x_test, y_test = x[order[:1437]], y[order[:1437]], x[order[1437:]], y[order[1437:]]

net = MLP([64, 32, 10], Dense, ReLU, rng)
start = softmax_ce(net.forward(x_train), y_train)[0]
losses, on_train, on_test = [], [], []
for epoch in range(20):
    losses.append(train(net, softmax_ce, x_train, y_train, 1, 32, 0.2, rng)[0])
    on_train.append(np.mean(net.predict(x_train) == y_train))
    on_test.append(np.mean(net.predict(x_test) == y_test))

print(f"before the first step: loss {start:.2f}; a tenth for every digit costs ln 10 = {np.log(10):.2f}")
for epoch in (0, 4, 19):
    print(f"epoch {epoch + 1:2}: loss {losses[epoch]:.2f}, test accuracy {on_test[epoch]:.2f}")
print("at least 95 % on the test digits:", on_test[-1] >= 0.95)

# %% id="fig-learning"
figures.learning(losses, on_train, on_test)

# %% [markdown] id="digits-done"
# Every line that ran there is yours: the layers, the loss, the network, the loop. The two accuracies rise
# together: it has not merely learned its training digits by heart. What has it learned instead? The
# weights of a hidden unit can be drawn as a picture of what that unit looks for (orange: ink counts
# for it; blue: ink counts against it).

# %% id="fig-weights"
figures.tiles(net.layers[0].W.T[:16], [f"unit {k}" for k in range(16)], signed=True)

# %% [markdown] id="activation-heat"
# The weights say what a unit looks for, its activations when it finds it. Here are those of the same units for
# a hundred test digits: each line of a square holds ten of one digit, zeros on top, nines at the bottom. Unit 3
# answers most to sevens, unit 5 to zeros, but none to one digit alone; together they tell all ten apart. Units
# 6, 10 and 15 stay silent for all hundred (chapter 3 comes back to such units).

# %% id="fig-activation"
hundred = np.concatenate([np.flatnonzero(y_test == digit)[:10] for digit in range(10)])
hidden = net.layers[1].forward(net.layers[0].forward(x_test[hundred]))              # (100, 32)
figures.tiles(hidden.T[:16] / hidden.max(), [f"unit {k}" for k in range(16)])

# %% [markdown] id="digits-wrong"
# And these are test digits that it gets wrong: first what it says, then the truth. Would you have known?

# %% id="fig-mistakes"
said = net.predict(x_test)
misread = np.flatnonzero(said != y_test)[:8]
figures.tiles(x_test[misread], [f"{said[i]}, not {y_test[i]}" for i in misread])

# %% [markdown] id="gradient-heat"
# The gradient can be looked at as well. This is `dW` of the same hidden units for one test digit that was
# misread. A step of training on it would move each weight *against* this picture: down where it is orange, up where it
# is blue. Units that ReLU has switched off get nothing, and so do pixels without ink.

# %% id="fig-gradient"
one = misread[:1]
value, dscores = softmax_ce(net.forward(x_test[one]), y_test[one])
dx = net.backward(dscores)
figures.tiles(net.layers[0].dW.T[:16], [f"unit {k}" for k in range(16)], signed=True)

# %% [markdown] id="input-gradient"
# ### The gradient that nobody trains with
#
# `backward` also returned `dx`, the gradient by the *pixels*. Training has no use for it. Somebody else may:
# a small step along its sign changes every pixel a little, in just the direction that hurts the most. Such
# an input is an **adversarial example** (Goodfellow, Shlens and Szegedy, 2015).

# %% id="run-adversarial"
def attack(net, x, y, size):
    _, dscores = softmax_ce(net.forward(x), y)
    return np.clip(x + size * np.sign(net.backward(dscores)), 0, 1)


rng = np.random.default_rng(1)
for size in (0.0, 0.05, 0.1, 0.2):
    noise = np.clip(x_test + size * rng.choice([-1, 1], size=x_test.shape), 0, 1)
    random_hit = np.mean(net.predict(noise) == y_test)
    aimed_hit = np.mean(net.predict(attack(net, x_test, y_test, size)) == y_test)
    print(f"change of {size:.2f} per pixel: accuracy {random_hit:.2f} at random, {aimed_hit:.2f} along the gradient")

# %% id="fig-adversarial"
picked = [int(np.flatnonzero(y_test == digit)[0]) for digit in (0, 1, 4, 7)]
bad = attack(net, x_test[picked], y_test[picked], 0.2)
figures.tiles(
    np.concatenate([x_test[picked], bad]),
    [f"says {k}" for k in (*net.predict(x_test[picked]), *net.predict(bad))],
    note="Left: four test digits. Right: the same, 0.2 per pixel along the sign of the gradient.",
)

# %% [markdown] id="gradient-check"
# ## 2.13 Checking a gradient
#
# A wrong gradient seldom crashes. The network learns a little worse, or slower, and nobody knows why. But a
# derivative can be measured without any formula: move one parameter a little to each side and see how the loss changes.
#
# $$\frac{\partial L}{\partial\theta_i}\approx\frac{L(\theta+he_i)-L(\theta-he_i)}{2h}$$
#
# Compare the two gradients by their relative error, $\lVert a-n\rVert/(\lVert a\rVert+\lVert n\rVert)$: 0 for
# equal ones, 1 if one of them is zero or the negative of the other. **Now do** `backprop-numerical_gradient` and
# `backprop-relative_error`.

# %% id="run-gradient-check"
numerical_gradient = piece("backprop-numerical_gradient")


def check_network(net, x, y):
    """Return {name: (analytic, numeric)} for every parameter array of an MLP."""
    _, dscores = softmax_ce(net.forward(x), y)
    net.backward(dscores)
    found = {}
    for i, layer in enumerate(net.layers):
        for name in getattr(layer, "params", ()):
            kept, analytic = getattr(layer, name), np.array(getattr(layer, "d" + name))

            def loss(value):
                setattr(layer, name, value)
                return softmax_ce(net.forward(x), y)[0]

            found[f"{i}.{name}"] = analytic, numerical_gradient(loss, kept)
            setattr(layer, name, kept)
    return found


rng = np.random.default_rng(9)
small = MLP([4, 5, 3], Dense, ReLU, rng)
batch, target = rng.normal(size=(6, 4)), rng.integers(0, 3, 6)
for name, (analytic, numeric) in check_network(small, batch, target).items():
    print(f"{name}: relative error below 1e-8: {relative_error(analytic, numeric) < 1e-8}")

# %% [markdown] id="step-size"
# ### How large a step?
#
# Two errors compete. **Curvature**: the central difference is off by about $h^2$ (the one-sided one by $h$).
# **Rounding**: $L$ itself is only known to about $10^{-16}$, and that is divided by $h$. So the error falls, meets
# a floor and rises again: a U. Guess the best exponent first: `backprop-best_exponent`. Then try other functions,
# and float32: the floor moves, the U stays.

# %% id="widget-u-curve"
u_curve = widgets.u_curve()
u_curve

# %% id="fig-u-curve"
u_curve.static()

# %% id="fig-u-curve-32"
u_curve.static(precision="float32")

# %% id="run-step-size"
points = np.linspace(0.2, 3, 57)
print("   h   float64   float32")
for k in range(-1, -13, -1):
    errors = [
        np.median([widgets.difference_errors("exp(x)", x, precision, np.array([10.0**k]))["central"][0] for x in points])
        for precision in ("float64", "float32")
    ]
    print(f"1e{k:+03}" + "".join(f"{f'1e{round(np.log10(e)):+03}':>10}" for e in errors))

# %% [markdown] id="step-size-lesson"
# In float64, $h=10^{-5}$ is the best power of ten (theory says $\varepsilon^{1/3}$, with $\varepsilon$ the
# rounding error, so about $6\cdot10^{-6}$). The often-quoted $10^{-7}$ works, at the price of two digits. In
# float32 the same check is useless: at $10^{-7}$ the step often vanishes in the rounding. **Check in float64**, with
# $h=10^{-5}$, and train in whatever you like.
#
# What passes? For a smooth float64 network, errors come out near $10^{-9}$ and a threshold of $10^{-7}$ is
# comfortable. Close to a minimum the gradient itself is tiny, rounding does not shrink with it, and right
# gradients can fail; so check at random weights, not at trained ones. In the cell, a network is trained by full-batch
# descent on noisy labels, and checked before and after.

# %% id="run-near-minimum"
class Tanh:
    def forward(self, x, train=False):
        self.y = np.tanh(x)
        return self.y

    def backward(self, dy):
        return dy * (1 - self.y**2)


def worst(found):
    return max(relative_error(a, n) for a, n in found.values())


rng = np.random.default_rng(10)
noisy = MLP([3, 4, 2], Dense, Tanh, rng)
batch, target = rng.normal(size=(60, 3)), rng.integers(0, 2, 60)
before = worst(check_network(noisy, batch, target))
train(noisy, softmax_ce, batch, target, 4000, 60, 0.3, rng)
found = check_network(noisy, batch, target)
print(f"error grows by a factor of more than ten: {worst(found) > 10 * before}")
print(f"size of the gradient after training: below 0.05: {max(np.linalg.norm(a) for a, _ in found.values()) < 0.05}")

# %% [markdown] id="kinks"
# ### Kinks
#
# ReLU has a corner at 0. If a weighted sum lies within $h$ of it, the central difference averages the slopes of two
# sides and gives a number in between. The network is right, and the check says it is wrong. Drag the point over the
# corner, then make $h$ smaller: the zone of wrong verdicts shrinks with it, but the corner itself stays in it.

# %% id="widget-kink"
kink = widgets.kink()
kink

# %% id="fig-kink"
kink.static(point=(0.1, 0.1))

# %% [markdown] id="kinks-cure"
# The cure: look at the slope on the left and at the slope on the right. Where they differ, any answer between them is
# right. **Now do** `backprop-kink`. The cell puts a unit at $z=10^{-8}$, and then does what happens in real
# life: zero biases and a row of zeros in the data, so that every unit sits *exactly* on its kink.

# %% id="run-kinks"
acquitted = piece("backprop-kink")
relu = lambda z: np.maximum(z, 0.0)

z0 = 1e-8
for h in (1e-5, 1e-7, 1e-9):
    left, right = (relu(z0) - relu(z0 - h)) / h, (relu(z0 + h) - relu(z0)) / h
    verdict = acquitted(np.array([1.0]), np.array([left]), np.array([right]), 1e-5)[0]
    print(f"h = {h:.0e}: central {(left + right) / 2:.3f}, left {left:.3f}, right {right:.3f}; backward says 1: acquitted {verdict}")

rng = np.random.default_rng(11)
zero_row = MLP([4, 6, 3], Dense, ReLU, rng)
batch, target = rng.normal(size=(8, 4)), rng.integers(0, 3, 8)
batch[0] = 0.0
errors = {name: relative_error(a, n) for name, (a, n) in check_network(zero_row, batch, target).items()}
print("a right network, central differences:", {k: bool(e < 1e-7) for k, e in errors.items()})
report = nnlib.check_network(zero_row, nnlib.softmax_cross_entropy, batch, target, rng)
print("with left and right slopes:          ", {c.name: c.passed for c in report.comparisons})

# %% [markdown] id="per-parameter"
# ### One number hides a dead layer
#
# It is tempting to flatten all gradients into one vector and compute one error. But in a deep sigmoid network the
# first layer's gradients are many powers of ten smaller than the last layer's. Set the first layer's `dW` to zero:
# the single number does not notice. **Report every array by itself.** **Now do** `backprop-bug_global_norm`.

# %% id="run-per-parameter"
class Sigmoid:
    def forward(self, x, train=False):
        self.y = 1 / (1 + np.exp(-x))
        return self.y

    def backward(self, dy):
        return dy * self.y * (1 - self.y)


rng = np.random.default_rng(12)
deep = MLP([6] * 21 + [3], Dense, Sigmoid, rng)
found = check_network(deep, rng.normal(size=(5, 6)), rng.integers(0, 3, 5))
found["0.W"] = np.zeros_like(found["0.W"][0]), found["0.W"][1]         # the planted bug
flat_analytic = np.concatenate([a.ravel() for a, _ in found.values()])
flat_numeric = np.concatenate([n.ravel() for _, n in found.values()])
print(f"all in one: passes at 1e-7: {relative_error(flat_analytic, flat_numeric) < 1e-7}")
print(f"0.W alone:  relative error {relative_error(*found['0.W']):.3f}")
print(f"40.W alone: passes at 1e-7: {relative_error(*found['40.W']) < 1e-7}")

# %% [markdown] id="check-traps"
# ### Four more traps in a checker's own code
#
# A checker is a program too. Each of these stands in published code.
#
# 1. **Matched by position.** Gradients come out of the backward pass last layer first; flattened in that order and
#    compared with parameters in forward order, right gradients look wrong. Match by name.
# 2. **A copy is moved.** `flatten()` copies; a loss that reads the network's own arrays never sees the
#    change, and every numerical gradient is 0.
# 3. **Restored by adding.** After `x += h; x -= 2 * h; x += h` the entry is often not what it was. Keep the old
#    value and put it back.
# 4. **0 / 0.** Two gradients of zeros agree, but their relative error is NaN, and `nan < 1e-7` is False.

# %% id="run-check-traps"
value, dscores = softmax_ce(small.forward(np.ones((2, 4))), np.array([0, 2]))
small.backward(dscores)
forward_order = [getattr(layer, name) for layer in (small.layers[0], small.layers[2]) for name in ("dW", "db")]
backward_order = [getattr(layer, name) for layer in (small.layers[2], small.layers[0]) for name in ("dW", "db")]
flat = [np.concatenate([g.ravel() for g in order]) for order in (forward_order, backward_order)]
print(f"1. right gradients in backward order: error {relative_error(*flat):.2f}")

theta = np.random.default_rng(13).normal(size=5)
moved = theta.flatten()
moved[0] += 1.0
print("2. the original has changed:", bool(moved[0] == theta[0]))

entries = np.random.default_rng(14).normal(size=10_000)
restored = entries + 1e-7 - 2e-7 + 1e-7
print(f"3. entries not restored exactly: {np.mean(restored != entries):.0%}")

with np.errstate(invalid="ignore"):
    print("4. zeros agree with zeros:", bool(np.divide(0.0, 0.0) < 1e-7))

# %% [markdown] id="stochastic"
# ### Random layers
#
# A layer that draws random numbers, such as dropout, is another function at every call, and a difference of two
# functions says nothing. Freeze the draw: give the generator the same state before each evaluation. The same goes for
# batch normalization: check it in training mode, with one fixed batch.

# %% id="run-stochastic"
def dropped(x, rng):
    return np.sum(np.sin(x) * (rng.random(x.shape) < 0.8) / 0.8)


x = np.random.default_rng(15).normal(size=12)
mask = np.random.default_rng(0).random(12) < 0.8
analytic = np.cos(x) * mask / 0.8
running = np.random.default_rng(0)
redrawn = numerical_gradient(lambda v: dropped(v, running), x)
frozen = numerical_gradient(lambda v: dropped(v, np.random.default_rng(0)), x)
print(f"mask redrawn: relative error {relative_error(analytic, redrawn):.2f}")
print(f"mask frozen:  passes at 1e-7: {relative_error(analytic, frozen) < 1e-7}")

# %% [markdown] id="cost"
# ### Why not train with differences?
#
# Because of the price. Central differences take two forward passes **for each parameter**: $2P$ passes of $O(P)$,
# so $O(P^2)$. (You may read "$O(2^N)$"; that is wrong. For 1441 parameters it would be a number with
# 434 digits, instead of 2882.) Backpropagation takes one forward and one backward pass. The backward
# pass has two products, for $dW$ and $dx$, where the forward pass has one: together about the price of three
# forward passes, $O(P)$. **Now do** `backprop-evaluations`.

# %% id="run-cost"
calls = 0


def counted(W):
    global calls
    calls += 1
    return softmax_ce(a @ W, labels)[0]


rng = np.random.default_rng(16)
for n_out in (3, 10, 30):
    a, labels, W, calls = rng.normal(size=(8, 4)), rng.integers(0, n_out, 8), rng.normal(size=(4, n_out)), 0
    numerical_gradient(counted, W)
    print(f"{W.size:4} parameters: {calls:4} forward passes")

# %% id="fig-cost"
figures.cost()

# %% [markdown] id="directional"
# ### Two evaluations for a million parameters
#
# A gradient also predicts the slope along any direction $v$ of length 1: it is $\nabla L\cdot v$. A random direction
# touches all parameters at once, so two evaluations test them all. If the two numbers differ, go and look entry by
# entry. **Now do** `backprop-directional`. Here it is for the digits network.

# %% id="run-directional"
directional = piece("backprop-directional")
fresh = MLP([64, 32, 10], Dense, Tanh, np.random.default_rng(17))
theta = nnlib.Parameters(fresh, np.float64)
_, dscores = softmax_ce(fresh.forward(x_train[:50]), y_train[:50])
fresh.backward(dscores)
theta.gather()


def loss_at(vector):
    theta.theta[:] = vector
    return softmax_ce(fresh.forward(x_train[:50]), y_train[:50])[0]


here, gradient = theta.theta.copy(), theta.grad.copy()
direction = np.random.default_rng(18).normal(size=len(here))
numeric, analytic = directional(loss_at, here, gradient, direction)
print(f"{len(here)} parameters: numeric {numeric:.6f}, analytic {analytic:.6f}")
gradient[np.argmax(np.abs(gradient))] *= -1             # one wrong entry of 2410
numeric, analytic = directional(loss_at, here, gradient, direction)
print(f"one entry turned: numeric {numeric:.6f}, analytic {analytic:.6f}")

# %% [markdown] id="complex-step"
# ### A step that subtracts nothing
#
# Rounding hurts because two nearly equal numbers are subtracted. If $f$ is smooth and made of operations that NumPy also
# knows for complex numbers, take the step in the *imaginary* direction:
#
# $$f(x+ih)=f(x)+ih\,f'(x)-\tfrac{h^2}{2}f''(x)-\dots\quad\Rightarrow\quad f'(x)\approx\frac{\operatorname{Im}f(x+ih)}{h}.$$
#
# Nothing is subtracted, $h$ can be $10^{-30}$, and the result is exact to the last digit (the flat line under the U).
# It fails for anything that is not analytic: `abs`, `max`, comparisons, and so ReLU. **Now do**
# `backprop-complex_step`.

# %% id="run-complex"
complex_step = piece("backprop-complex_step")
f = lambda v: np.sum(np.exp(v) * np.sin(v))
x = np.random.default_rng(19).normal(size=6)
exact = np.exp(x) * (np.sin(x) + np.cos(x))
print("complex step exact to 1e-15:", relative_error(complex_step(f, x), exact) < 1e-15)
print("central within 1e-9:        ", relative_error(numerical_gradient(f, x), exact) < 1e-9)
print("central exact to 1e-13:     ", relative_error(numerical_gradient(f, x), exact) < 1e-13)

# %% [markdown] id="reading"
# ### Reading a failed check
#
# The *pattern* of the error names the mistake more often than not. Divide one gradient by the other.
#
# | analytic / numeric | likely cause |
# |---|---|
# | $-1$ everywhere | a sign |
# | $2$ or $\frac12$ | the 2 of a square |
# | the batch size, or one divided by it | mean in one pass, sum in the other |
# | $k$ for $k$ outputs | mean over entries in the loss, over rows in the gradient ($k/2$ if the 2 is lost as well) |
# | $1$ in the last layer, varying below | the layer between: its slope is wrong or missing |
# | $0$ in some entries | a mask, or a path that is never followed |
# | right for one row only | rows are mixed: a wrong axis, a missing `keepdims` |
#
# The autograder's checks read your arrays in just this way.

# %% [markdown] id="blind"
# ### What a gradient check cannot see
#
# It compares `backward` with `forward`. If the forward pass computes the wrong thing, and the backward pass
# differentiates *that* correctly, the check is content. Examples: softmax applied twice; a loss with the wrong sign
# together with a gradient with the wrong sign; a bias never added and never given a gradient; and everything that only
# happens when the network is used, not trained. In the cell, softmax is applied twice. The check passes, and only the
# loss gives it away: a perfect answer should cost almost nothing.

# %% id="run-blind"
def double_softmax_ce(scores, labels):
    """Softmax, then softmax again inside the loss; with the right gradient of exactly that."""
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    value, dp = softmax_ce(p, labels)
    return value, softmax_vjp(p, dp)


rng = np.random.default_rng(20)
print("gradient check passes:", bool(nnlib.check_loss(double_softmax_ce, rng.normal(size=(5, 3)), rng.integers(0, 3, 5))))
perfect = np.array([[50.0, 0.0, 0.0]])
print(f"loss of a perfect answer: {abs(softmax_ce(perfect, np.array([0]))[0]):.4f} with one softmax, "
      f"{double_softmax_ce(perfect, np.array([0]))[0]:.4f} with two")

# %% [markdown] id="blind-cure"
# So check *values* too: known answers by hand, a loss near $\ln k$ for $k$ classes before training, near 0 for a perfect
# answer. **Now do** `backprop-blind_spot` and the remaining *find the bug* exercises: `backprop-bug_missing_slope`,
# `backprop-bug_shortcut` and `backprop-bug_double_softmax`.

# %% [markdown] id="practice"
# ## 2.14 In practice
#
# Four things that every implementation of backpropagation has to settle:
#
# - **Numerical stability**: compute logarithms of sums of exponentials by log-sum-exp; fuse softmax with its loss.
# - **Memory**: the forward pass keeps its activations. If they do not fit, keep some and compute the others again
#   (*checkpointing*): more time for less memory.
# - **Parallelism**: within a layer and over the rows of a batch. The backward pass is sequential over layers; only
#   `dW` of one layer and `dx` for the next are independent of each other.
# - **Automatic differentiation**: in a framework you write the forward pass, and the backward pass follows from the
#   graph, as in section 2.6.

# %% [markdown] id="alternatives"
# ### Other ways to a derivative
#
# | method | price of a full gradient | exact? | used for |
# |---|---|---|---|
# | **backpropagation** (reverse mode) | about 3 forwards | yes | training |
# | **finite differences** | $2P$ forwards | no | checking |
# | **complex step** | $P$ forwards with complex numbers | yes | checking smooth functions |
# | **forward mode** (JVP) | $P$ passes of about 2 forwards | yes | few inputs, many outputs |
# | **symbolic** | the expression grows with every product | yes | formulas on paper |
# | **genetic algorithms** | many evaluations, no gradient at all | – | functions without derivatives |

# %% [markdown] id="summary"
# ## 2.15 What to remember
#
# - Forward: $z=aW+b$, then the activation. Rows are samples; keep what the backward pass needs.
# - Multiply along a path, add over the paths. Start at the loss, because it is one number.
# - Dense: $dW=x^\top dy$, $db=\sum dy$, $dx=dy\,W^\top$. Activation: $dz=da\odot f'(z)$. Softmax with cross-entropy:
#   $(p-y)/m$.
# - The loss divides by the batch size, once. Layers never do.
# - Backpropagation ends with the gradient; the update is the optimizer's.
# - Check gradients in float64, $h=10^{-5}$, array by array, away from kinks, with frozen randomness. And check values,
#   because a gradient check cannot see a wrong function that is rightly differentiated.
#
# Next: which function should stand between the layers? Chapter 3 opens the box of activations.
