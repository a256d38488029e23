# %% [markdown] id="top"
# # 3 · Activations
#
# A linear layer can only weigh and add. What makes a network more than a weighted sum is a small curved
# function between its layers. In this chapter you
#
# * see why depth without an activation is no depth at all;
# * write sigmoid, tanh, the ReLU family, Swish, GELU, Mish and softmax, forward and back;
# * make them safe for every input, so that no NaN appears in production;
# * watch gradients fade and units die, and learn which cures work;
# * choose the right last layer for a task.
#
# Run a cell with Shift+Enter. The exercises stand in
# [a notebook of their own](../exercises/03_activations/exercises.ipynb); the text says when to do which. Once yours are finished,
# this chapter uses **your** functions in place of the reference.

# %% id="imports"
from functools import partial

import numpy as np

import nnlib
from autograder import piece
from nnlib import Adam, Dense, Parameters, Sequential, datasets, fit
from nnlib import functional as F
from nnlib.gradcheck import check_layer, numerical_gradient
from nnlib.viz import activations as widgets
from nnlib.viz import activations_figures as figures

# %% [markdown] id="definition"
# ## 1 · What an activation is
#
# A layer first computes weighted sums, one per unit, then puts each through a function $f$:
#
# $$z = xW + b, \qquad y = f(z)$$
#
# With `x` of shape `(batch, n_in)` and `W` of shape `(n_in, n_out)`, both `z` and `y` have shape
# `(batch, n_out)`. The entries of $z$ are called *pre-activations*. $f$ is the **activation function**. It
# works entry by entry: what happens to one unit does not depend on the others. (Softmax, in section 10,
# is the exception.)
#
# The smallest example: one input, $z = 2x + 3$, and the function $\max(0, z)$, called ReLU.

# %% id="bend"
x = np.array([-3.0, -2.0, -1.5, -1.0, 0.0])
print("x               ", x)
print("2x + 3          ", 2 * x + 3)
print("max(0, 2x + 3)  ", np.maximum(0, 2 * x + 3))

h = 1e-6


def bent(x):
    return np.maximum(0, 2 * x + 3)


left, right = (bent(-1.5) - bent(-1.5 - h)) / h, (bent(-1.5 + h) - bent(-1.5)) / h
print(f"slope just left of -1.5: {left:.1f}, just right of it: {right:.1f}")

# %% id="fig-bend"
figures.bend()

# %% [markdown] id="collapse"
# ## 2 · Why: without it, depth is nothing
#
# Put one linear layer on top of another, and multiply out:
#
# $$(xW_1 + b_1)W_2 + b_2 = x\,(W_1W_2) + (b_1W_2 + b_2)$$
#
# The right side is a single linear layer. Fifty of them collapse in the same way. So a network without
# activations is one **affine map**, however deep it is. With a number as output and squared error that is
# linear regression; with a sigmoid at the end it is logistic regression. (A narrow layer in the middle
# costs something on top: the product's rank is at most the narrowest width.)
#
# **Now do** `activations-collapse` in the exercises; the next cell uses your `merge`.

# %% id="collapse-demo"
merge = piece("activations-collapse")
rng = np.random.default_rng(0)
W1, b1 = rng.normal(size=(4, 6)), rng.normal(size=6)
W2, b2 = rng.normal(size=(6, 3)), rng.normal(size=3)
x = rng.normal(size=(100, 4))

two_layers = (x @ W1 + b1) @ W2 + b2
W, b = merge(W1, b1, W2, b2)
print("one layer equals the two up to rounding:", bool(np.abs(x @ W + b - two_layers).max() < 1e-13))

bottleneck = rng.normal(size=(4, 1)) @ rng.normal(size=(1, 3))
print("rank of 4 -> 1 -> 3 merged:", np.linalg.matrix_rank(bottleneck))

# %% [markdown] id="collapse-see"
# The same weights, once without and once with ReLU between the layers: on the left a straight line,
# on the right a curve with bends. Enough bends approximate any continuous function on a bounded region
# (chapter 1).

# %% id="fig-collapse"
def stack(activation, rng, width=24, depth=3):
    """Return a network from one number to one number."""
    sizes = [1] + [width] * depth
    parts = []
    for n_in, n_out in zip(sizes, sizes[1:]):
        layer = Dense(n_in, n_out, rng)
        layer.b[:] = rng.normal(size=n_out)
        parts += [layer, activation()]
    return Sequential(*parts, Dense(width, 1, rng))


line = np.linspace(-3, 3, 400)[:, None]
linear = stack(nnlib.Identity, np.random.default_rng(1)).forward(line)
bent = stack(nnlib.ReLU, np.random.default_rng(1)).forward(line)
figures.collapse(line, linear, bent)

# %% [markdown] id="signal-flow"
# ### It shapes the signal, but only some activations bound it
#
# An activation decides how much of a pre-activation passes on: a ReLU unit "fires" above its threshold
# $-b$ and stays silent below. It is often added that activations keep signals from growing. That holds
# for **bounded** ones only. Here is the size of the signal (its *rms*, the root of the mean square) in 30 layers
# whose weights are twice as large as they should be (twice the He scale of chapter 5).

# %% id="fig-growth"
def signal_sizes(activation, depth=30, width=128, factor=2.0):
    """Return the rms of the signal after each layer."""
    rng = np.random.default_rng(2)
    signal = rng.normal(size=(64, width))
    sizes = [np.sqrt(np.mean(signal**2))]
    for _ in range(depth):
        W = factor * np.sqrt(2 / width) * rng.normal(size=(width, width))
        signal = activation(signal @ W)
        sizes.append(np.sqrt(np.mean(signal**2)))
    return sizes


growth = {"ReLU": signal_sizes(F.relu), "tanh": signal_sizes(np.tanh)}
for name, sizes in growth.items():
    print(f"{name}: rms {sizes[-1]:.2g} after 30 layers")
figures.depth_curves(growth, "rms of the signal", floor=1e-3)

# %% [markdown] id="learning"
# ### It must have a slope, or nothing below it learns
#
# The third duty of an activation: let gradients through. Units then specialise, because each gets its own
# gradient, and upper layers build on what lower ones found. Backward, an activation is one product,
#
# $$dx = dy \odot f'(x),$$
#
# so $f'$ decides what the layers below hear. The perceptron's step has slope 0 wherever it has one.
# Train a network with steps and one with tanh, and look at how far the first layer's weights moved:

# %% id="step-stuck"
def train_moons(activation, seed=0, epochs=30):
    rng = np.random.default_rng(seed)
    x, y = datasets.moons(300, rng, noise=0.2)
    net = Sequential(Dense(2, 16, rng), activation(), Dense(16, 2, rng))
    parameters = Parameters(net, np.float64)
    before = net[0].W.copy()
    fit(net, nnlib.softmax_cross_entropy, Adam(parameters, 0.01), (x, y), epochs=epochs, rng=rng)
    return np.abs(net[0].W - before).max(), nnlib.evaluate(net, nnlib.accuracy, (x, y))


for name, activation in (("step", nnlib.Step), ("tanh", nnlib.Tanh)):
    moved, accuracy = train_moons(activation)
    print(f"{name}: first layer moved by up to {moved:.2f}, accuracy {accuracy:.2f}")

# %% [markdown] id="step-stuck-read"
# With steps, the first layer stays where the dice put it, and only the last layer learns. **Now do**
# `activations-step-reason`.

# %% [markdown] id="common-types"
# ## 3 · The family at a glance
#
# | activation | formula | where you meet it |
# |---|---|---|
# | sigmoid | $1 / (1 + e^{-x})$ | last layer for yes/no, gates |
# | tanh | $(e^x - e^{-x}) / (e^x + e^{-x})$ | recurrent nets, small nets |
# | ReLU | $\max(0, x)$ | hidden layers, the usual first choice |
# | leaky ReLU, PReLU | $x$, or $\alpha x$ where $x < 0$ | hidden layers, no dead units |
# | ELU | $x$, or $\alpha(e^x - 1)$ where $x < 0$ | hidden layers |
# | Swish, GELU, Mish | $x \cdot$ a gate between 0 and 1 | hidden layers of large models |
# | softmax | $e^{x_i} / \sum_j e^{x_j}$ | last layer for one of many classes |
#
# Eight of them on $[-5, 5]$, with their slopes:

# %% id="fig-grid"
figures.activation_grid()

# %% [markdown] id="explorer-intro"
# **Try it.** The widget shows an activation and its slope on the left. On the right, a gradient of size 1
# enters ten layers at the top and travels down to the input. `weight gain` scales the weights: their
# standard deviation is gain $/\sqrt{n_{in}}$. Look for the gain at which the green curve is level, for tanh
# and for ReLU. Then try the sigmoid: no gain on the slider levels it, because its slope is so small.

# %% id="explorer"
explorer = widgets.activation_explorer()
explorer

# %% id="explorer-sigmoid"
explorer.static(activation="sigmoid", gain=1.4)

# %% id="explorer-relu"
explorer.static(activation="ReLU", gain=1.4)

# %% [markdown] id="sigmoid"
# ## 4 · Sigmoid and tanh
#
# The **sigmoid** squeezes any number into (0, 1):
#
# $$\sigma(x) = \frac{1}{1 + e^{-x}}, \qquad \sigma'(x) = \sigma(x)\,(1 - \sigma(x))$$
#
# The slope comes for free from the output. It is largest at $x = 0$, where it is $1/4$.
#
# Written as it stands, the formula breaks. For $x = -1000$ it asks for $e^{1000}$, and the largest float64
# is about $1.8 \cdot 10^{308}$. Clipping $x$ at ±500, a common patch, helps float64 only: in float32 `exp`
# overflows beyond 88.

# %% id="sigmoid-overflow"
def naive(x):
    return 1 / (1 + np.exp(-np.clip(x, -500, 500)))


for dtype in (np.float64, np.float32):
    with np.errstate(all="raise", under="ignore"):
        try:
            naive(np.array([-400.0], dtype=dtype))
            print(f"{dtype.__name__}: fine")
        except FloatingPointError as error:
            print(f"{dtype.__name__}: {error}")

# %% [markdown] id="sigmoid-stable"
# The cure is to let `exp` see negative numbers only. For $x < 0$ multiply numerator and denominator by
# $e^x$:
#
# $$\sigma(x) = \begin{cases} 1 / (1 + e^{-x}) & x \ge 0 \\ e^{x} / (1 + e^{x}) & x < 0 \end{cases}$$
#
# Both lines need $e = e^{-|x|} \le 1$. **Now do** `activations-sigmoid` and `activations-sigmoid-layer`.

# %% id="sigmoid-use"
sigmoid = piece("activations-sigmoid", F.sigmoid)
far = np.array([-1000.0, -400.0, -2.0, 0.0, 2.0, 400.0, 1000.0])
with np.errstate(all="raise", under="ignore"):
    for dtype in (np.float64, np.float32):
        print(f"{dtype.__name__}:", "  ".join(f"{s:.4f}" for s in sigmoid(far.astype(dtype))))

SigmoidLayer = piece("activations-sigmoid-layer", nnlib.Sigmoid)
batch = np.random.default_rng(3).normal(size=(5, 3))
print("gradient check:", check_layer(SigmoidLayer(), batch, np.random.default_rng(4)).passed)

# %% [markdown] id="tanh"
# **Tanh** is a sigmoid stretched to $(-1, 1)$ and centred on 0, $\tanh(x) = 2\sigma(2x) - 1$, with slope
# $1 - \tanh^2(x)$, which is 1 at $x = 0$. Its textbook formula
# $(e^x - e^{-x})/(e^x + e^{-x})$ is $\infty/\infty$ for large $x$. `np.tanh` is safe.

# %% id="tanh-naive"
with np.errstate(all="ignore"):
    e = np.exp(np.array([1.0, 20.0, 1000.0]))
    print("textbook formula:", (e - 1 / e) / (e + 1 / e))
print("np.tanh:         ", np.tanh(np.array([1.0, 20.0, 1000.0])))

x = np.linspace(-5, 5, 1001)
print("tanh(x) = 2 sigmoid(2x) - 1:", np.allclose(np.tanh(x), 2 * F.sigmoid(2 * x) - 1, atol=1e-14))

# %% [markdown] id="stability"
# ### Numerical stability, a habit
#
# The same three moves make every function of this chapter safe:
#
# 1. **Never give `exp` a large positive number.** Use $e^{-|x|}$, or shift by the maximum.
# 2. **Never form $1 + \text{tiny}$ and take its log.** `np.log1p(e)` keeps the digits that `np.log(1 + e)`
#    loses; `np.expm1` does the same for $e^x - 1$.
# 3. **Remember that `np.where` computes both branches** everywhere. A guard in the condition is not a guard
#    in the branch: write `np.exp(np.minimum(x, 0))`.
#
# An example is softplus, $\log(1 + e^x)$, a smooth ReLU. With moves 1 and 2 it becomes
# $\max(x, 0) + \log(1 + e^{-|x|})$, or `np.logaddexp(0, x)`. The figure shows both forms in float32.

# %% id="fig-stability"
figures.stability()

# %% id="stability-test"
# A test worth keeping for every function you write: no warning at +-1000, in both precisions.
functions = (F.sigmoid, F.tanh, F.softplus, F.elu, F.swish, F.mish, F.gelu, F.softmax, F.log_softmax)
with np.errstate(over="raise", invalid="raise", divide="raise"):
    for dtype in (np.float64, np.float32):
        rows = np.array([[-1000.0, -1.0, 2.0], [1000.0, 999.0, 0.0]], dtype=dtype)
        silent = [f.__name__ for f in functions if np.all(np.isfinite(f(rows)))]
        print(f"{dtype.__name__}: {len(silent)} of {len(functions)} finite, no warning")

# %% [markdown] id="vanishing"
# ### Saturation, and the vanishing gradient
#
# Far from 0 the sigmoid is flat: it **saturates**, and its slope is nearly 0. Even at its best it passes on
# a quarter of the gradient. Ten layers at their best pass on $(1/4)^{10}$. Tanh's best is 1, but only
# for pre-activations close to 0.
#
# Before you run the cell, do `activations-vanishing`.

# %% id="vanishing-demo"
for layers in (1, 5, 9, 10, 20):
    print(f"{layers:2} sigmoid layers pass at most {0.25**layers:.1e} of a gradient, weights aside")

# %% [markdown] id="tanh-exercise"
# **Now do** `activations-tanh`. A favourite slip there: `1 - y**2 * dy` is not `(1 - y**2) * dy`, and with
# an upstream gradient of ones nobody notices.

# %% id="tanh-use"
Tanh = piece("activations-tanh", nnlib.Tanh)
print("gradient check:", check_layer(Tanh(), batch, np.random.default_rng(4)).passed)

# %% [markdown] id="relu"
# ## 5 · ReLU
#
# $$\operatorname{ReLU}(x) = \max(0, x), \qquad \operatorname{ReLU}'(x) = \begin{cases} 1 & x > 0 \\ 0 & x < 0\end{cases}$$
#
# Its output is never negative. At exactly $x = 0$ there is **no derivative**: the slope is 0 on the left and
# 1 on the right. Code has to return something there, and 0 is a convention; any number between 0 and 1 is
# a valid subgradient. A central difference steps over the kink and reports the mean, so a gradient check at
# a kink accuses the innocent. nnlib's check takes the slopes on both sides and acquits what lies between.

# %% id="relu-kink"
at_zero = numerical_gradient(lambda x: F.relu(x).sum(), np.zeros(1))
leaky_zero = numerical_gradient(lambda x: F.leaky_relu(x, 0.01).sum(), np.zeros(1))
print(f"central difference at 0: ReLU {at_zero[0]:.3f}, leaky ReLU {leaky_zero[0]:.3f}")

x = np.array([[-1.0, 0.0, 2.0]])
report = check_layer(nnlib.ReLU(), x, np.random.default_rng(0))
print(f"nnlib's check: passed {report.passed}, entries at a kink: {report['x'].kinks}")

# %% [markdown] id="relu-exercise"
# **Now do** `activations-relu`. Two slips are common: looking at the sign of `dy` instead of `x`, and writing
# zeros into the caller's own `dy`. Then put your layer to work:

# %% id="relu-use"
ReLU = piece("activations-relu", nnlib.ReLU)
moved, accuracy = train_moons(ReLU)
print(f"a network with your ReLU: accuracy {accuracy:.2f}")

# %% [markdown] id="relu-vanish"
# ### Does ReLU cure vanishing gradients?
#
# "ReLU has no vanishing gradient" is half true. Its own factor is exactly 1 or exactly 0, never a fraction. But
# the gradient is also multiplied by the weights at every layer, and those can shrink it. The cell sends
# a gradient through 50 ReLU layers under three initializations.

# %% id="relu-depth"
def gradient_left(make_W, depth=50, width=128):
    """Return |dL/dx| at the input over |dL/dy| at the top."""
    rng = np.random.default_rng(5)
    signal = rng.normal(size=(32, width))
    weights, masks = [], []
    for _ in range(depth):
        W = make_W(rng, width, width)
        z = signal @ W
        signal = np.maximum(z, 0)
        weights.append(W)
        masks.append(z > 0)
    dy = top = rng.normal(size=signal.shape)
    for W, mask in zip(weights[::-1], masks[::-1]):
        dy = (dy * mask) @ W.T
    return np.linalg.norm(dy) / np.linalg.norm(top)


schemes = {
    "He, variance 2/n": nnlib.he_normal,
    "Glorot, variance 1/n": nnlib.glorot_normal,
    "N(0, 0.01²)": lambda rng, n, m: 0.01 * rng.normal(size=(n, m)),
}
for name, scheme in schemes.items():
    print(f"{name:22} {gradient_left(scheme):8.1e}")

# %% [markdown] id="relu-depth-read"
# With He's scale the gradient arrives about as large as it left. With half that variance, 50 layers cost
# many powers of ten. Chapter 5 derives why.

# %% [markdown] id="sparsity"
# ### Sparsity: half, or not
#
# ReLU outputs contain exact zeros. "About half" is right only while pre-activations are centred on 0, as
# they are at the start. With a bias $b$ and a standard deviation $s$ the share of zeros is the part of
# the bell below 0:
#
# $$P(z < 0) = \Phi(-b/s)$$
#
# **Do** `activations-sparsity` first, then look at the figure.

# %% id="fig-sparsity"
rng = np.random.default_rng(6)
z = rng.normal(size=(400, 256)) @ nnlib.he_normal(rng, 256, 200)  # standard deviation sqrt(2)
bias = np.linspace(-3, 3, 13)
measured = np.array([np.mean(F.relu(z + b) == 0) for b in bias])
predicted = 0.5 * (1 + F.erf(-bias / np.sqrt(2) / np.sqrt(2)))
for b in (-1, 0, 1):
    print(f"bias {b:2}: share of zeros {measured[bias == b][0]:.2f}")
figures.sparsity(bias, measured, predicted)

# %% [markdown] id="cost"
# ### Is the sigmoid slow?
#
# `exp` costs more than a comparison, and that is often held against the sigmoid. Count the work in one
# layer, though: the matrix product does a multiplication and an addition for every pair of units; the
# activation is called once per unit.

# %% id="cost-count"
batch_size, n_in, n_out = 1024, 1024, 1024
products = batch_size * n_in * n_out
print(f"multiplications in x @ W: {products:,}; activations: {batch_size * n_out:,}")
print(f"{products // (batch_size * n_out)} multiplications for each call of the activation")

# %% [markdown] id="cost-read"
# Even if an `exp` costs as much as twenty multiplications, it hides behind the matrix product in a wide
# layer. Time it on your own machine: `%timeit x @ W` beside `%timeit F.sigmoid(x)`.

# %% [markdown] id="dying"
# ## 6 · Dying ReLUs
#
# Where $z < 0$, ReLU outputs 0 and its slope is 0, so that sample sends nothing back to the unit's weights:
#
# $$\frac{\partial L}{\partial w} = \sum_{\text{samples } i} dy_i \, \mathbb{1}[z_i > 0] \, x_i$$
#
# One zero is harmless, because other samples still teach the unit. A unit is **dead** when it is zero on
# **every** sample. Then the whole sum is exactly 0. The cell compares a unit that rests on most samples with
# a dead one.

# %% id="dying-gradient"
rng = np.random.default_rng(7)
x = rng.normal(size=(20, 5))
layer = Sequential(Dense(5, 2, rng), nnlib.ReLU())
layer[0].b[:] = [-0.2, -30.0]  # the second unit is pushed far below zero
y = layer.forward(x)
layer.backward(rng.normal(size=y.shape))
for unit in (0, 1):
    zeros, size = int((y[:, unit] == 0).sum()), np.linalg.norm(layer[0].dW[:, unit])
    print(f"unit {unit}: zero on {zeros} of 20 samples, gradient norm {size:.2f}")

# %% [markdown] id="dying-measure"
# So the right number to watch is the share of units that are zero on the whole data set. **Do**
# `activations-dead-reason` and `activations-dead-fraction`; the cells below use yours.
#
# ### What kills units
#
# Usually a large step: one big update pushes a unit's bias or weights so far that every sample lands on the
# flat side. Here a small network is trained on the two moons with five learning rates, and its dead units
# are counted after every epoch.

# %% id="dead-runs"
dead_fraction = piece("activations-dead-fraction")
moons_x, moons_y = datasets.moons(400, np.random.default_rng(0), noise=0.15)


def dead_run(lr, seed=0, activation=nnlib.ReLU, batchnorm=False, epochs=20, width=32):
    """Train; return the share of dead units and the loss, epoch by epoch."""
    rng = np.random.default_rng(seed)
    parts = []
    for n_in in (2, width):
        parts += [Dense(n_in, width, rng), *([nnlib.BatchNorm(width)] if batchnorm else []), activation()]
    net = Sequential(*parts, Dense(width, 2, rng))
    dead = []

    def watch(epoch, history):  # called by fit after every epoch
        signal, shares = moons_x, []
        for layer in net.layers:
            signal = layer.forward(signal)
            if isinstance(layer, activation):
                shares.append(float(dead_fraction(signal)))
        dead.append(sum(shares) / len(shares))

    # float64, because at a high rate a rounding error in float32 grows into another run
    optimizer = nnlib.SGD(Parameters(net, np.float64), lr, momentum=0.9)
    history = fit(net, nnlib.softmax_cross_entropy, optimizer, (moons_x, moons_y), epochs=epochs,
                  batch_size=40, rng=rng, callbacks=[watch])
    return dead, history.train_loss


rates = (0.01, 0.03, 0.1, 0.3, 0.5)
runs = {rate: dead_run(rate) for rate in rates}
for rate, (dead, loss) in runs.items():
    print(f"lr {rate:<5g} dead after 20 epochs: {dead[-1]:4.0%}   loss {loss[-1]:.2f}")

# %% [markdown] id="monitor-intro"
# **Try it.** Replay the runs: choose a rate and press Play. The grey curves are the other rates. Watch when the
# units die.

# %% id="monitor"
monitor = widgets.dead_unit_monitor(runs)
monitor

# %% id="monitor-static"
monitor.static(rate=0.5)

# %% [markdown] id="dead-forever"
# ### For ever?
#
# A dead unit's own weights get no gradient. But its input comes from layers below, and while those still
# learn, they may move it back above zero. So "never recovers" is certain only where the input stands still: in a
# first layer, whose input is the data, or on top of frozen layers (momentum and weight decay aside, which move
# weights without a gradient). Count it: units of a second layer that are dead at the start (their
# biases pushed down), and how many of them fire after training.

# %% id="dead-revive"
dead_at_start = revived = 0
for seed in range(10):
    rng = np.random.default_rng(seed)
    net = Sequential(Dense(2, 32, rng), nnlib.ReLU(), Dense(32, 32, rng), nnlib.ReLU(), Dense(32, 2, rng))
    net[2].b[:] = -1.0
    parameters = Parameters(net, np.float64)

    second_layer = Sequential(*net.layers[:4])  # the same layers, cut off after the second ReLU
    before = (second_layer.forward(moons_x) == 0).all(axis=0)
    fit(net, nnlib.softmax_cross_entropy, nnlib.SGD(parameters, 0.05), (moons_x, moons_y),
        epochs=40, rng=rng)
    after = (second_layer.forward(moons_x) == 0).all(axis=0)
    dead_at_start += int(before.sum())
    revived += int((before & ~after).sum())
print(f"dead at the start: {dead_at_start}; of these active after training: {revived}")

# %% [markdown] id="dead-init"
# ### What helps, and what does not
#
# "Smaller initial weights prevent dying" does not hold with zero biases: scaling $W$ scales every
# $z$, and the signs, which alone decide who is dead, stay as they are. What matters is where the data
# lie. If all inputs are positive, a unit with mostly negative weights sees only negative $z$. **Centring the
# inputs** is the cure.

# %% id="dead-scale"
rng = np.random.default_rng(8)
positive = rng.uniform(0, 1, size=(500, 8))
W = nnlib.he_normal(rng, 8, 1000)
for scale in (0.01, 1, 100):
    share = [float(dead_fraction(F.relu(x @ (scale * W)))) for x in (positive, positive - positive.mean(axis=0))]
    print(f"weights x {scale:<5} dead: {share[0]:.3f} with positive inputs, {share[1]:.3f} with centred ones")

# %% [markdown] id="dead-map-intro"
# **Try it.** Each row is a unit, each column a sample. At bias 0, change the weight scale: the picture does not
# move. Then change the bias, and centre the inputs.

# %% id="dead-map"
dead_map = widgets.dead_unit_map()
dead_map

# %% id="dead-map-static"
dead_map.static(bias=-1.0)

# %% [markdown] id="dead-cures"
# Cures that work, with the evidence in the next figure:
#
# * **a sensible learning rate**, and a schedule that lowers it or warms it up (chapter 6);
# * **batch normalization** before the ReLU: it centres each unit's pre-activations on the batch, so a unit
#   is negative for only part of it; it then adds a learned shift, which at a high rate can kill a unit after
#   all (chapter 5);
# * **an activation without a flat side**: leaky ReLU, PReLU, ELU (next section), which cannot be dead at all;
# * He initialization and centred inputs, so that training starts with every unit alive.
#
# And measure: a dead share that climbs during training is the first sign of a rate too high.

# %% id="fig-dead-rate"
kinds = {
    "ReLU": {},
    "ReLU after batch norm": {"batchnorm": True},
    "leaky ReLU": {"activation": nnlib.LeakyReLU},
}
shares = {
    name: [np.mean([dead_run(lr, seed, **kind)[0][-1] for seed in range(3)]) for lr in rates]
    for name, kind in kinds.items()
}
for name, share in shares.items():
    print(f"{name:22}", "  ".join(f"{s:4.0%}" for s in share))
figures.dead_by_rate(rates, shares)

# %% [markdown] id="leaky"
# ## 7 · A slope on the left: leaky ReLU, PReLU, ELU
#
# **Leaky ReLU** gives the negative side a small slope $\alpha$, by default 0.01:
#
# $$f(x) = \begin{cases} x & x > 0 \\ \alpha x & x \le 0\end{cases} \qquad f'(x) = \begin{cases} 1 & x > 0 \\ \alpha & x < 0\end{cases}$$
#
# With $0 < \alpha < 1$ the larger of $x$ and $\alpha x$ is always the right one, so `np.maximum(x, alpha * x)` is a
# handy short form. Note that Python's own `max(0, x)` and `1 if x > 0 else 0` work on one number at a time
# and fail on arrays; write `np.maximum` and `np.where`.

# %% id="vectorise"
try:
    max(0, np.array([-1.0, 2.0]))
except ValueError as error:
    print("max(0, x):", error)
print("np.maximum(0, x):", np.maximum(0, np.array([-1.0, 2.0])))

# %% [markdown] id="prelu"
# **Do** `activations-leaky-relu`. **PReLU** then *learns* the slope: one $\alpha_j$ per channel, shared by all samples,
# with
#
# $$\frac{\partial L}{\partial \alpha_j} = \sum_i dy_{ij}\,\min(x_{ij}, 0), \qquad \text{shape } (\text{channels},)$$
#
# Often it is printed as $\max(\alpha x, x)$. Nothing keeps a learned $\alpha$ below 1, though, and there that form
# picks the wrong line on both sides. **Try it:** move $\alpha$ through 1.

# %% id="leak"
leak = widgets.leak_explorer()
leak

# %% id="leak-static"
leak.static(alpha=1.5)

# %% id="prelu-sum"
x, h = np.array([-2.0, -0.5, 0.5, 2.0]), 1e-6


def sum_slope(f, alpha):
    """Return the derivative of the sum of f(alpha) by a central difference."""
    return (f(alpha + h).sum() - f(alpha - h).sum()) / (2 * h)


for alpha in (0.25, 1.5):
    right = sum_slope(lambda a: F.leaky_relu(x, a), alpha)
    short = sum_slope(lambda a: np.maximum(a * x, x), alpha)
    print(f"alpha {alpha}: d(sum)/d(alpha) = {right:.2f}, by the maximum form {short:.2f}")

# %% [markdown] id="prelu-do"
# At $\alpha = 0.25$ the two agree, and a gradient check started there passes; at 1.5 even the sign is wrong. Choose
# test points where mistakes show. **Do** `activations-prelu` and `activations-bug-prelu`, then let your layer learn
# its slopes:

# %% id="prelu-use"
PReLU = piece("activations-prelu", nnlib.PReLU)
rng = np.random.default_rng(9)
net = Sequential(Dense(2, 16, rng), PReLU(16), Dense(16, 2, rng))
fit(net, nnlib.softmax_cross_entropy, Adam(Parameters(net, np.float64), 0.02), (moons_x, moons_y), epochs=60, rng=rng)
alpha = net[1].alpha
print(f"learned slopes from {alpha.min():.1f} to {alpha.max():.1f}, started at 0.25")
print(f"accuracy {nnlib.evaluate(net, nnlib.accuracy, (moons_x, moons_y)):.2f}")

# %% [markdown] id="elu"
# **ELU** bends smoothly into a floor at $-\alpha$ (by default $\alpha = 1$):
#
# $$f(x) = \begin{cases} x & x > 0 \\ \alpha\,(e^x - 1) & x \le 0\end{cases} \qquad f'(x) = \begin{cases} 1 & x > 0 \\ \alpha e^x = f(x) + \alpha & x < 0\end{cases}$$
#
# Negative outputs bring the mean of a layer's output closer to 0, which can speed up training; and no side is
# exactly flat. ELU is called smooth, which is true **for $\alpha = 1$ only**: the slope is $\alpha$ just left of 0
# and 1 just right of it.

# %% id="fig-elu"
for alpha in (1.0, 2.0):
    left = (F.elu(np.zeros(1), alpha) - F.elu(np.array([-1e-7]), alpha)) / 1e-7
    right = (F.elu(np.array([1e-7]), alpha) - F.elu(np.zeros(1), alpha)) / 1e-7
    print(f"alpha {alpha:.0f}: slope left of 0 is {left[0]:.2f}, right of 0 {right[0]:.2f}")
figures.elu_kinks()

# %% [markdown] id="elu-do"
# **Do** `activations-elu`. Mind move 3 of the stability list: `np.where` evaluates `exp` for large positive $x$ too.

# %% id="elu-use"
ELU = piece("activations-elu", nnlib.ELU)
print("gradient check at alpha = 1.6:", check_layer(ELU(1.6), batch, np.random.default_rng(4)).passed)
with np.errstate(over="raise", invalid="raise"):
    print("elu(1000), elu(-1000):", ELU(1.0).forward(np.array([[1000.0, -1000.0]])))

# %% [markdown] id="swish"
# ## 8 · Smooth gates: Swish, GELU, Mish
#
# Large models mostly use a product of $x$ with a gate that opens smoothly from 0 to 1. All three dip a
# little below zero, then follow $x$.
#
# **Swish** (also SiLU) takes the sigmoid as its gate. With $s = \sigma(x)$ and the product rule,
#
# $$f(x) = x\,s, \qquad f'(x) = s + x\,s\,(1 - s)$$
#
# **Do** `activations-swish`.

# %% id="swish-use"
Swish = piece("activations-swish", nnlib.Swish)
print("gradient check:", check_layer(Swish(), batch, np.random.default_rng(4)).passed)

# %% [markdown] id="gelu"
# **GELU** asks a standard normal: the gate is $\Phi(x)$, the share of the bell curve below $x$,
#
# $$f(x) = x\,\Phi(x), \qquad f'(x) = \Phi(x) + x\,\varphi(x), \qquad \varphi(x) = \tfrac{1}{\sqrt{2\pi}}\,e^{-x^2/2}$$
#
# Where an error function was expensive, people used the form
# $\frac12 x\,(1 + \tanh(\sqrt{2/\pi}\,(x + 0.044715\,x^3)))$. It is close, not equal: mixing one form's forward with
# the other's backward passes a careless tolerance.

# %% id="fig-gelu"
x = np.linspace(-5, 5, 2001)
print(f"largest difference of the two forms: {np.abs(F.gelu(x) - F.gelu(x, approximate=True)).max():.1e}")
figures.gelu_forms()

# %% [markdown] id="gelu-use-intro"
# **Do** `activations-gelu`; here yours becomes a layer, in three lines.

# %% id="gelu-use"
gelu = piece("activations-gelu")


class MyGELU:
    def forward(self, x):
        y, self.slope = gelu(x)
        return y

    def backward(self, dy):
        return dy * self.slope


print("gradient check:", check_layer(MyGELU(), batch, np.random.default_rng(4)).passed)

# %% [markdown] id="mish"
# **Mish** puts a softplus into a tanh:
#
# $$f(x) = x\,t, \quad t = \tanh(\operatorname{softplus}(x)), \qquad f'(x) = t + x\,(1 - t^2)\,\sigma(x)$$
#
# The last factor is the slope of softplus. Closed forms with $e^{3x}$ circulate. They are right where they can
# be computed, and NaN from about $x = 178$ on; the form above is right everywhere. **Do** `activations-mish`.

# %% id="mish-use"
Mish = piece("activations-mish", nnlib.Mish)
far = Mish()
with np.errstate(over="raise", invalid="raise"):
    print("mish(+-1000):", far.forward(np.array([[-1000.0, 1000.0]])) + 0.0)
    print("slope there: ", far.backward(np.ones((1, 2))) + 0.0)
with np.errstate(all="ignore"):
    x = 200.0
    e = np.exp(x)
    omega = 4 * (x + 1) + 4 * e**2 + e**3 + e * (4 * x + 6)
    print("closed form at 200:", e * omega / (2 * e + e**2 + 2) ** 2)

# %% [markdown] id="wrong-slopes"
# ### Two derivatives that are wrong in print
#
# Below are two slopes as they stand in a document, over the numerical slope. The one for GELU keeps the
# first term of the product rule only. The one for Mish has a wrong term above and too few below. A plot
# shows it at once, and so does a gradient check.

# %% id="gelu-derivative"
x = np.linspace(-3, 3, 301)
c = np.sqrt(2 / np.pi)
gelu_printed = 0.5 * (1 + np.tanh(c * (x + 0.044715 * x**3)))
gelu_numeric = numerical_gradient(lambda x: F.gelu(x, approximate=True).sum(), x)
print(f"GELU at  1: printed {gelu_printed[200]:.4f}, right {gelu_numeric[200]:.4f}")
print(f"GELU at -1: printed {gelu_printed[100]:.4f}, right {gelu_numeric[100]:.4f}")
print(f"largest error {np.abs(gelu_printed - gelu_numeric).max():.3f}")

# %% id="mish-derivative"
e = np.exp(x)
mish_printed = e * (e**3 + 4 * e**2 + (6 + 4 * x) * e + 4 + 2 * x) / (1 + e) ** 2
mish_numeric = numerical_gradient(lambda x: F.mish(x).sum(), x)
print(f"Mish at 0: printed {mish_printed[150]:.2f}, right {mish_numeric[150]:.2f}")
print(f"Mish at 1: printed {mish_printed[200]:.2f}, right {mish_numeric[200]:.3f}")

# %% id="fig-wrong-slopes"
figures.wrong_slopes(x, {"GELU (tanh form)": (gelu_printed, gelu_numeric), "Mish": (mish_printed, mish_numeric)})

# %% [markdown] id="wrong-slopes-do"
# Repair both: `activations-bug-gelu`, `activations-bug-mish`.

# %% [markdown] id="swiglu"
# ### Gates with their own weights: SwiGLU and maxout
#
# Swish gates $x$ by a function of itself. A **gated linear unit** computes gate and value with two matrices:
#
# $$y = \operatorname{swish}(xW) \odot (xV), \qquad W, V: (n_{in}, n_{out})$$
#
# This is SwiGLU, found in the feed-forward part of many language models. Back through a product, each half is
# multiplied by the other: with $a = xW$, $v = xV$,
#
# $$dv = dy \odot \operatorname{swish}(a), \qquad da = dy \odot v \odot \operatorname{swish}'(a), \qquad dx = da\,W^\top + dv\,V^\top$$
#
# **Do** `activations-swiglu` and train it. A relative, **maxout**, takes the larger of several linear maps;
# with the maps $x$ and $0$ it is ReLU.

# %% id="swiglu-use"
SwiGLU = piece("activations-swiglu")
rng = np.random.default_rng(10)
gate = SwiGLU(nnlib.glorot_normal(rng, 3, 4), nnlib.glorot_normal(rng, 3, 4))
for name in ("x", "W", "V"):
    print(f"gradient of {name}: passed {check_layer(gate, batch, np.random.default_rng(4))[name].passed}")

net = Sequential(
    SwiGLU(nnlib.glorot_normal(rng, 2, 16), nnlib.glorot_normal(rng, 2, 16)), Dense(16, 2, rng)
)
fit(net, nnlib.softmax_cross_entropy, Adam(Parameters(net, np.float64), 0.02), (moons_x, moons_y), epochs=60, rng=rng)
print(f"moons: accuracy {nnlib.evaluate(net, nnlib.accuracy, (moons_x, moons_y)):.2f}")

maps = np.stack([batch, 0 * batch])
print("maxout of x and 0 is ReLU:", np.array_equal(maps.max(axis=0), F.relu(batch)))

# %% [markdown] id="compare"
# ## 9 · Which one? A fair comparison
#
# "Train with each and look at the loss" is easily unfair. Four rules:
#
# 1. **Tune the learning rate for each** candidate, over the same grid. One rate for all favours whoever likes it.
# 2. **Several seeds**, at least five, and show their spread. (In the figure the line is the median of the seeds,
#    the band their full range.)
# 3. **Judge on validation data**, not on the training loss.
# 4. **Count epochs to a target**, the first epoch at which the validation loss is low enough. The number of
#    epochs run is the same for everybody and says nothing (`activations-bug-epochs`).
#
# The data are two rings. They are split first and standardized with the training part's mean and deviation;
# anything else lets the validation data leak in. The target has shape `(n, 1)` like the scores:
# with `(n,)` NumPy would broadcast `(n, 1) - (n,)` to `(n, n)` without a word. nnlib refuses.

# %% id="compare-usage"
rng = np.random.default_rng(11)
rings_x, rings_y = datasets.circles(500, rng, noise=0.15, factor=0.5)
rings_x = rings_x * [1.0, 5.0] + [3.0, -2.0]  # raw data are seldom centred
train, test = nnlib.split(len(rings_x), (0.8, 0.2), rng, stratify=rings_y)
scaler = nnlib.Standardizer().fit(rings_x[train])
train_set = scaler.transform(rings_x[train]), rings_y[train][:, None].astype(float)
val_set = scaler.transform(rings_x[test]), rings_y[test][:, None].astype(float)
print("train", train_set[0].shape, train_set[1].shape, " validation", val_set[0].shape)

try:
    nnlib.bce_with_logits(np.zeros((3, 1)), np.zeros(3))
except ValueError as error:
    print("refused:", error)

# %% id="compare-runs"
def train_rings(activation, lr, seed, epochs=40):
    """Return the network and its validation loss after every epoch."""
    rng = np.random.default_rng(seed)
    net = Sequential(Dense(2, 10, rng), activation(), Dense(10, 5, rng), activation(), Dense(5, 1, rng))
    history = fit(net, nnlib.bce_with_logits, Adam(Parameters(net, np.float64), lr), train_set,
                  epochs=epochs, batch_size=40, rng=rng, val=val_set)
    return net, history.val_loss


candidates = {"sigmoid": nnlib.Sigmoid, "tanh": nnlib.Tanh, "ReLU": nnlib.ReLU, "leaky ReLU": nnlib.LeakyReLU}
grid = (0.01, 0.03, 0.1, 0.3)
curves = {}
best = {}
for name, activation in candidates.items():
    by_rate = {lr: np.array([train_rings(activation, lr, seed)[1] for seed in range(5)]) for lr in grid}
    best[name] = min(grid, key=lambda lr: np.median(by_rate[lr].min(axis=1)))
    curves[name] = by_rate[best[name]]
figures.comparison(curves, "validation loss", (0, 0.8))

# %% id="compare-table"
epochs_to_target = piece("activations-bug-epochs")
print("activation   best lr   lowest val. loss: median (range)    epochs to 0.30: median (range)")
for name, runs_ in curves.items():
    low = runs_.min(axis=1)
    needed = np.array([epochs_to_target(run, 0.30) for run in runs_], dtype=float)
    words = ["never" if np.isinf(v) else f"{v:.0f}" for v in (np.median(needed), needed.min(), needed.max())]
    print(f"{name:12} {best[name]:7g}   {np.median(low):.2f} ({low.min():.2f} to {low.max():.2f})"
          f"                   {words[0]} ({words[1]} to {words[2]})")

# %% [markdown] id="compare-read"
# Read the ranges before the medians. In lowest validation loss the four overlap: five seeds do not separate them, and an
# honest report says so. (The rate was chosen on the same validation data, too; a final number would need
# a third, untouched part.) Two things do stand out. The rectifiers reach the target in fewer epochs. And one ReLU
# run never learned: a median hides it, a range shows it. What happened there?

# %% id="compare-stuck"
stuck = int(np.argmax(curves["ReLU"].min(axis=1)))
for name in ("ReLU", "leaky ReLU"):
    net, losses = train_rings(candidates[name], best["ReLU"], stuck)
    H = Sequential(*net.layers[:4]).forward(train_set[0])
    print(f"{name:11} same rate and seed: loss {min(losses):.2f}, dead in layer 2: {float(dead_fraction(H)):.0%}")

# %% [markdown] id="table-classic"
# ### The classic table, filled in by code
#
# Instead of copying such a table, compute it. "Vanishing" is measured: a gradient's size after ten layers
# of width 64 with weights of variance $1/n$.

# %% id="table-classic-code"
def through_ten(layer_type):
    rng = np.random.default_rng(12)
    signal, parts = rng.normal(size=(64, 64)), []
    for _ in range(10):
        W = rng.normal(size=(64, 64)) / 8
        layer = layer_type()
        signal = layer.forward(signal @ W)
        parts.append((layer, W))
    dy = rng.normal(size=signal.shape)
    size = np.linalg.norm(dy)
    for layer, W in parts[::-1]:
        dy = layer.backward(dy) @ W.T
    return np.linalg.norm(dy) / size


x = np.linspace(-20, 20, 40001)
z = np.random.default_rng(13).normal(size=100_000)
print(f"{'':10}{'range':>16}{'mean on N(0,1)':>16}{'largest slope':>15}{'ten layers':>12}{'zeros':>8}")
for name, layer_type in (("sigmoid", nnlib.Sigmoid), ("tanh", nnlib.Tanh), ("ReLU", nnlib.ReLU), ("GELU", nnlib.GELU)):
    y, slope = widgets.value_and_slope(layer_type(), x)
    out = layer_type().forward(z)
    top = f"{y.max():.0f}" if y.max() < 2 else "no bound"
    print(f"{name:10}{f'{y.min():.2f} to {top}':>16}{out.mean():16.2f}{slope.max():15.2f}"
          f"{through_ten(layer_type):12.0e}{np.mean(out == 0):8.0%}")

# %% [markdown] id="table-sigmoid-relu"
# The same numbers settle the usual interview question, **sigmoid against ReLU**:
#
# | | sigmoid | ReLU |
# |---|---|---|
# | range | (0, 1), mean about one half, so not centred | $[0, \infty)$, not centred either |
# | slope | at most 1/4, near 0 on both sides | exactly 1 or 0, undefined at 0 |
# | cost | one `exp`; small beside the matrix product | one comparison |
# | vanishing | each layer costs at least a factor 4, weights aside | its own factor is 1; the weights may still shrink it |
# | zeros | none | $\Phi(-b/s)$: half at the start, not in general |
# | its own trouble | saturation | dead units, answered by leaky ReLU, ELU, batch norm, a lower rate |

# %% [markdown] id="pros-cons"
# **For, against, use**
#
# | | for | against | use |
# |---|---|---|---|
# | sigmoid | a smooth yes/no; a probability when trained with cross-entropy and calibrated | saturates; slope at most 1/4; outputs all positive | last layer for yes/no or multi-label; gates |
# | tanh | centred on 0; slope up to 1 | saturates all the same | recurrent nets, small nets, outputs in $(-1, 1)$ |
# | ReLU | cheap; does not saturate on the right; exact zeros | units can die; output not centred, not bounded; kink at 0 | hidden layers, first thing to try |
# | leaky ReLU | cannot die; as cheap | one more number; gains are often small | where dead units are measured |
# | ELU | cannot die; outputs nearer to mean 0 | needs an `exp`; kink if $\alpha \ne 1$ | deep nets without normalization |
# | Swish, GELU | smooth; a slope for small negative $x$ | dearer; not monotone | large models |

# %% [markdown] id="dispatch"
# ### Choosing by name
#
# Libraries let you write `activation="relu"`. Behind that stands a dictionary from names to classes. Its
# value must be a **pair that belongs together**, forward and backward; a class is such a pair. One well-known
# shortcut breaks this: returning 1 as "the derivative of softmax", which is wrong for a hidden softmax layer, as
# you will see in the next section.

# %% id="dispatch-code"
REGISTRY = {"relu": ReLU, "tanh": Tanh, "sigmoid": SigmoidLayer, "swish": Swish, "mish": Mish,
            "elu": partial(ELU, 1.0), "leaky_relu": partial(nnlib.LeakyReLU, 0.01)}


def make_activation(name):
    """Return a new layer by its name."""
    if name not in REGISTRY:
        msg = f"unknown activation {name!r}; choose from {', '.join(sorted(REGISTRY))}"
        raise ValueError(msg)
    return REGISTRY[name]()


for name in REGISTRY:
    report = check_layer(make_activation(name), batch, np.random.default_rng(4))
    print(f"{name:11} gradient check {'passed' if report else 'FAILED'}")
try:
    make_activation("gelu2")
except ValueError as error:
    print(error)

# %% [markdown] id="softmax"
# ## 10 · Softmax
#
# For one of $K$ classes, turn a row of scores $z$ into a probability distribution:
#
# $$p_i = \frac{e^{z_i}}{\sum_{j=1}^K e^{z_j}}$$
#
# Each $p_i$ lies between 0 and 1, and a row sums to 1. The classes **compete**: raise one score, and all other
# probabilities fall. Only differences count, $p_i / p_j = e^{z_i - z_j}$, so adding a constant to the row
# changes nothing. That is also the way to compute it: subtract the row's maximum, and no exponent is
# positive.

# %% id="softmax-naive"
scores = np.array([[1000.0, 999.0, 0.0]])
with np.errstate(all="ignore"):
    e = np.exp(scores)
    print("as written:     ", e / e.sum(axis=1, keepdims=True))
print("shifted by max: ", np.round(F.softmax(scores), 3))

# %% [markdown] id="softmax-do"
# **Do** `activations-softmax`. The maximum must be the **row's own**: with the maximum of the whole batch a row far
# below it becomes 0/0, and no gradient check at ordinary scores sees that (`activations-bug-softmax`).

# %% id="softmax-properties"
softmax = piece("activations-softmax", F.softmax)
rng = np.random.default_rng(14)
scores = 3 * rng.normal(size=(10_000, 5))
p = softmax(scores)
print("all between 0 and 1:", bool(np.all((p > 0) & (p < 1))))
print("sums within 1e-15 of 1:", bool(np.abs(p.sum(axis=1) - 1).max() < 1e-15))
print("every sum exactly 1.0:", bool(np.all(p.sum(axis=1) == 1.0)))
print("shifting a row by 100 changes nothing:", np.allclose(softmax(scores + 100), p, rtol=1e-12))

# %% [markdown] id="temperature"
# A row sums to 1 up to rounding: never test `p.sum() == 1.0`.
#
# ### Temperature
#
# Dividing the scores by a temperature $T$ before the softmax sharpens ($T < 1$) or flattens ($T > 1$) the
# distribution; the order of the classes stays. As $T \to 0$ it becomes the arg max, as $T \to \infty$ uniform.
# **Try it**, then switch from softmax to sigmoids.

# %% id="softmax-widget"
softmax_widget = widgets.softmax_explorer()
softmax_widget

# %% id="softmax-static"
softmax_widget.static(T=1.0)

# %% id="softmax-static-hot"
softmax_widget.static(T=4.0)

# %% [markdown] id="gumbel"
# **Gumbel trick.** To *draw* a class from a softmax, add independent Gumbel noise $-\log(-\log u)$, with $u$ uniform on
# $(0, 1)$, to the scores and take the arg max. No normalization is needed.

# %% id="gumbel-demo"
rng = np.random.default_rng(15)
scores = np.array([2.0, 1.0, 0.0, -1.0])
noise = -np.log(-np.log(rng.uniform(size=(200_000, 4))))
drawn = np.bincount(np.argmax(scores + noise, axis=1), minlength=4) / 200_000
print("softmax:", np.round(F.softmax(scores), 2))
print("drawn:  ", np.round(drawn, 2))

# %% [markdown] id="softmax-jacobian"
# ### Back through softmax
#
# Every output depends on every score, so the derivative is a matrix per row, the **Jacobian**:
#
# $$\frac{\partial p_i}{\partial z_j} = p_i(\delta_{ij} - p_j), \qquad J = \operatorname{diag}(p) - p\,p^\top, \quad \text{shape } (K, K)$$
#
# with $\delta_{ij} = 1$ for $i = j$ and 0 otherwise. Multiplying it by the gradient from above needs no matrix:
# $dz = p \odot \left(dy - \sum_i dy_i\,p_i\right)$. **Do** `activations-softmax-backward`.

# %% id="softmax-jacobian-check"
softmax_backward = piece("activations-softmax-backward")
rng = np.random.default_rng(16)
p, dy = F.softmax(rng.normal(size=(1, 4))), rng.normal(size=(1, 4))
J = np.diag(p[0]) - np.outer(p[0], p[0])
print("Jacobian, symmetric:\n", np.round(J, 3))
print("product equals the short form:", np.allclose(dy @ J, softmax_backward(p, dy)))

# %% [markdown] id="hidden-softmax"
# Some code returns 1 as the derivative of softmax, because the loss "handles it separately". For the last
# layer with cross-entropy that can be arranged. In a **hidden** layer it is simply wrong. A check
# layer by layer shows where: above the softmax all is well, below it nothing is.

# %% id="hidden-softmax-demo"
class SoftmaxSlopeOne:
    """Softmax with the shortcut derivative."""

    def forward(self, x):
        return F.softmax(x)

    def backward(self, dy):
        return dy


def layer_errors(activation):
    rng = np.random.default_rng(17)
    net = Sequential(Dense(5, 6, rng), activation(), Dense(6, 4, rng), activation(), Dense(4, 3, rng))
    x, y = rng.normal(size=(12, 5)), rng.integers(0, 3, size=12)
    net.backward(nnlib.softmax_cross_entropy(net.forward(x), y)[1])

    def loss_with(layer, trial):
        layer.W = trial
        return nnlib.softmax_cross_entropy(net.forward(x), y)[0]

    errors = []
    for layer in (net[0], net[2], net[4]):
        analytic, W = layer.dW.copy(), layer.W.copy()
        numeric = numerical_gradient(partial(loss_with, layer), W)
        layer.W = W
        errors.append(np.linalg.norm(analytic - numeric) / (np.linalg.norm(analytic) + np.linalg.norm(numeric)))
    return errors


for name, activation in (("slope 1", SoftmaxSlopeOne), ("Jacobian", nnlib.Softmax)):
    shown = ["below 1e-7" if e < 1e-7 else f"{e:.2f}" for e in layer_errors(activation)]
    print(f"{name:9} relative error of dW in layers 1, 2, 3: {', '.join(shown)}")

# %% [markdown] id="confidence"
# ### Is 0.8 a probability?
#
# A network says cat 0.80, dog 0.15, bird 0.05. From these numbers you can recover its scores up to a shift,
# $z = \log p + \text{const}$ (do `activations-logits`). You cannot read off that it is right in 80 % of such
# cases. That is **calibration**, a property to be measured: collect all predictions near 0.8 and count. Here two
# networks see the same data, with 30 % positives. One was trained plainly, one with positives weighted fivefold,
# as is often done for rare classes. On the diagonal a prediction keeps its word; the second network's curve lies far
# below it: where it says 80 %, about half are positive.

# %% id="fig-reliability"
print("scores up to a shift:", np.round(piece("activations-logits")(np.array([[0.8, 0.15, 0.05]]), 1.0), 2))


def noisy_data(rng, n):
    x = rng.normal(size=(n, 3))
    chance = F.sigmoid(1.5 * x[:, 0] - x[:, 1] - 1.3)
    return x, (rng.uniform(size=n) < chance).astype(float)[:, None]


def reliability(pos_weight):
    rng = np.random.default_rng(18)
    net = Sequential(Dense(3, 8, rng), nnlib.Tanh(), Dense(8, 1, rng))
    loss = partial(nnlib.bce_with_logits, pos_weight=pos_weight)
    fit(net, loss, Adam(Parameters(net, np.float64), 0.01), noisy_data(rng, 2000), epochs=15, rng=rng)
    x, y = noisy_data(np.random.default_rng(19), 20_000)
    p, y = F.sigmoid(nnlib.predict(net, x))[:, 0], y[:, 0]
    bins = np.clip((p * 8).astype(int), 0, 7)
    full = [k for k in range(8) if (bins == k).sum() > 50]
    print(f"pos_weight {pos_weight}: mean prediction {p.mean():.2f}, true rate {y.mean():.2f}")
    return np.array([p[bins == k].mean() for k in full]), np.array([y[bins == k].mean() for k in full])


figures.reliability({"plain": reliability(1), "positives weighted 5 times": reliability(5)})

# %% [markdown] id="softmax-use"
# ### When to use softmax
#
# * last layer, when **exactly one** of several classes is true;
# * wherever a set of non-negative weights that sum to 1 is wanted, such as attention weights;
# * to draw an action or a word from scores, with a temperature;
# * to soften a teacher's answer in distillation.
#
# It is not for labels that may hold together, and in training it stays inside the loss: give the raw scores
# to `softmax_cross_entropy`, which combines both stably (chapter 4).

# %% [markdown] id="sigmoid-vs-softmax"
# ### Sigmoid or softmax
#
# | | sigmoid per output | softmax |
# |---|---|---|
# | use | yes/no, or several labels | one of $K$ classes |
# | sum of a row | anything from 0 to $K$ | 1, up to rounding |
# | exclusive | no: labels may hold together | yes: classes compete |
# | one output means | chance of this label | share among the classes |
# | number of classes | any number of separate yes/no questions | 2 or more |
# | gradient | own score only | all scores, by the Jacobian |
# | with its cross-entropy | $p - y$ | $p - y$ |
#
# For two classes they are the same thing: $\operatorname{softmax}(z_0, z_1)_0 = \sigma(z_0 - z_1)$. And although the
# Jacobians differ, both gradients with respect to the scores, after cross-entropy, are $p - y$ (divided by what the
# loss averages over: $n$ rows, or $n \cdot k$ entries).

# %% id="sigmoid-vs-softmax-code"
rng = np.random.default_rng(20)
z = rng.normal(size=(1000, 2)) * 3
gap = np.abs(F.softmax(z)[:, 0] - F.sigmoid(z[:, 0] - z[:, 1])).max()
print("two-class softmax is a sigmoid of the difference:", bool(gap < 1e-15))

z, y = rng.normal(size=(6, 3)), np.array([0, 2, 1, 1, 0, 2])
value, dz = nnlib.softmax_cross_entropy(z, y)
print("softmax + cross-entropy: gradient is (p - y) / n:", np.allclose(dz, (F.softmax(z) - np.eye(3)[y]) / 6))
labels = (rng.uniform(size=(6, 3)) < 0.5).astype(float)
value, dz = nnlib.bce_with_logits(z, labels)
print("sigmoid + cross-entropy: gradient is (p - y) / (n k):", np.allclose(dz, (F.sigmoid(z) - labels) / 18))

# %% [markdown] id="heads"
# ### Choose the head
#
# Hidden layers: **ReLU** first (GELU or Swish in large models). The last layer depends on the question alone, not on
# the hidden activation:
#
# | the answer is | outputs | last activation | decide by | loss in nnlib |
# |---|---|---|---|---|
# | yes or no | 1 | sigmoid | score > 0 | `bce_with_logits` |
# | one of $K$ classes | $K$ | softmax | arg max | `softmax_cross_entropy` |
# | any of $K$ labels | $K$ | sigmoid each | each score > 0 | `bce_with_logits` |
# | a number | 1 or more | none | the score | `mse`, `mae`, `huber` |
#
# **Do** `activations-photo-head` and `activations-predict`.

# %% id="head-table"
predict = piece("activations-predict")
scores = np.array([[2.2, 1.4, -2.2], [-0.4, 0.3, -1.0]])
for task in ("multi-class", "multi-label", "regression"):
    print(f"{task:12}", predict(scores, task).tolist())
print("binary      ", predict(scores[:, :1], "binary").tolist())

# %% [markdown] id="multi-label"
# **A dog with a frisbee.** Scores for (dog, frisbee, cat). With sigmoids each label gets its own verdict, and dog and
# frisbee both pass. Softmax must share out one unit among them, so the frisbee loses although its own score is
# positive:

# %% id="multi-label-code"
scores = np.log([[0.9 / 0.1, 0.8 / 0.2, 0.1 / 0.9]])  # scores with sigmoids 0.9, 0.8, 0.1
names = ["dog", "frisbee", "cat"]
passed = [name for name, s in zip(names, F.sigmoid(scores)[0]) if s > 0.5]
print("sigmoids:", np.round(F.sigmoid(scores), 2), "->", passed, "pass 0.5")
print("softmax: ", np.round(softmax(scores), 2), "-> one winner:", names[int(scores.argmax())])
print("labels:  ", predict(scores, "multi-label")[0].astype(int).tolist())

# %% id="fig-multi-label"
softmax_widget.static(head="sigmoids")

# %% [markdown] id="use"
# ## 11 · Your pieces read digits
#
# To finish, a network made of the layers you wrote: your ReLU, your PReLU and your Swish between linear layers, your
# softmax for the answer. 1,797 images of 8 x 8 pixels, a quarter held out.

# %% id="use-digits"
images, labels = datasets.digits()
rng = np.random.default_rng(21)
train, test = nnlib.split(len(images), (0.75, 0.25), rng, stratify=labels)
net = Sequential(
    Dense(64, 48, rng), ReLU(),
    Dense(48, 48, rng), PReLU(48),
    Dense(48, 32, rng), Swish(),
    Dense(32, 10, rng),
)  # fmt: skip
fit(net, nnlib.softmax_cross_entropy, Adam(Parameters(net, np.float64), 0.003), (images[train], labels[train]), epochs=25, rng=rng)
scores = nnlib.predict(net, images[test])
print(f"test accuracy above 0.95: {bool(nnlib.accuracy(scores, labels[test]) > 0.95)}")

H = net[1].forward(net[0].forward(images))
print(f"dead units in the first layer: {float(dead_fraction(H)):.0%}")
p = softmax(scores)
print(f"mean confidence in the chosen class: {p.max(axis=1).mean():.2f}")

# %% [markdown] id="summary"
# ## What to take with you
#
# * Without an activation between them, linear layers merge into one.
# * Backward, an activation multiplies by its slope. Sigmoid's is at most 1/4; ReLU's is 1 or 0, and undefined at 0.
# * ReLU does not end vanishing gradients by itself; the scale of the weights decides too.
# * A unit is dead when it is zero on all samples. A high learning rate kills; centred inputs, batch norm, a leak
#   or a lower rate help; smaller weights do not.
# * Give `exp` no large positive number, use `log1p` and `expm1`, and remember that `np.where` computes both sides.
# * One of many: softmax. Any of many: sigmoids. A number: nothing.
# * Check a formula from print by a plot and a gradient check, at points where mistakes show.
#
# **Next:** chapter 4, losses, which turn the last layer's scores into one number to lower.
#
# *Sources.* Nair and Hinton 2010 (ReLU); He et al. 2015 (PReLU, eq. 1; He initialization, eq. 10); Clevert et al. 2016
# (ELU); Hendrycks and Gimpel 2016 (GELU); Ramachandran et al. 2017 (Swish); Misra 2020 (Mish); Shazeer 2020 (SwiGLU);
# Goodfellow et al. 2013 (maxout); Guo et al. 2017 (calibration).
