# %% [markdown] id="top"
# # 5 · Initialization and gradient flow
#
# A deep network is a long product. On the way forward the activations are multiplied by one weight
# matrix after another; on the way back the gradients are. A product of many factors either dies out or
# blows up, unless each factor is close to 1. This chapter is about keeping it there: by the first
# weights, by normalization, by shortcuts, and, as a last resort, by clipping.
#
# You will need backpropagation (chapter 2) and the activations (chapter 3). The exercises are in
# [a notebook of their own](../exercises/05_gradient_flow/exercises.ipynb); the text says when to do
# which. A name in brackets, such as (`gradient_flow-gates`), is the exercise to do at that point.

# %%
import numpy as np

import nnlib
from nnlib import (
    SGD, BatchNorm, Dense, LayerNorm, Parameters, ReLU, Sequential, Sigmoid, Tanh,
    accuracy, check_layer, evaluate, fit, glorot_normal, he_normal, softmax_cross_entropy,
)
from nnlib.functional import relu, sigmoid
from nnlib.viz import Panel, Scene, render
from nnlib.viz.flow_figures import curves, histograms
from nnlib.viz.gradient_flow import (
    chain_of_factors, clip_by_hand, depth_explorer, normalize_by_hand, propagate, scale_explorer,
)
from autograder import piece

# %% [markdown] id="vanishing"
# ## 1 · When gradients vanish
#
# Gradients **vanish** when they shrink from layer to layer on their way back, so that the first layers
# get next to none. The cause is a product of factors below 1. The effect: the first layers hardly
# move, while the last ones learn; the network then acts like a shallow one on top of a random
# projection. When the factors are above 1, gradients **explode** instead, and the steps are wild.
#
# To see it, we build networks of ten hidden layers for the handwritten digits, and record the norm of
# $\partial\mathcal L/\partial z_l$, the *gradient signal*, in every layer.

# %% id="measure-signal"
images, labels = nnlib.datasets.digits()
order = np.random.default_rng(0).permutation(len(images))
images = ((images - images.mean()) / images.std())[order]
labels = labels[order]
train, test = (images[:1400], labels[:1400]), (images[1400:], labels[1400:])
batch = (images[:256], labels[:256])


def deep(activation, init, depth=10, norm=None, width=32, seed=0):
    """A network of equal hidden layers: linear, normalization if asked, activation."""
    rng, layers, n = np.random.default_rng(seed), [], 64
    for _ in range(depth):
        layers += [Dense(n, width, rng, init)] + ([norm(width)] if norm else []) + [activation()]
        n = width
    return Sequential(*layers, Dense(n, 10, rng, glorot_normal))


def gradient_signal(net):
    """The norm of d(loss)/dz at every linear layer, first layer first."""
    records = nnlib.probes.record_signals(net, batch[0], softmax_cross_entropy, batch[1], train=True)
    return np.array([r.gradient_norm for r in records if r.kind == "Dense"])


starts = {"sigmoid, Glorot": (Sigmoid, glorot_normal), "tanh, Glorot": (Tanh, glorot_normal),
          "ReLU, He": (ReLU, he_normal)}
flows = {name: gradient_signal(deep(*start)) for name, start in starts.items()}
for name, signal in flows.items():
    print(f"{name:16} first layer / last hidden layer: {signal[0] / signal[-2]:.1e}")

# %% id="fig-signal"
curves(np.arange(1, 12), flows, xlabel="layer", ylabel="norm of dL/dz", yscale="log",
       title="The gradient signal at the start of training")

# %% [markdown]
# With sigmoids the signal loses about a factor of four per layer, and a million over the network.
# Tanh and ReLU, started well, hardly lose anything. Why four?

# %% [markdown] id="product-formula"
# ## 2 · The product
#
# Take one sample, written as a column: layers $z_l = W_l a_{l-1}$, $a_l = \phi(z_l)$, with $a_0 = x$.
# (With rows as samples everything is transposed.) By the chain rule the signal passes from one layer to
# the one below by $\partial z_{l+1}/\partial a_l = W_{l+1}$ and
# $\partial a_l/\partial z_l = \phi'(z_l)$:
#
# $$\frac{\partial \mathcal L}{\partial z_1} = D_1 W_2^\top D_2 W_3^\top \cdots D_{L-1} W_L^\top D_L
# \frac{\partial \mathcal L}{\partial a_L}, \qquad D_l = \operatorname{diag}\phi'(z_l),$$
#
# and only at the very end comes the factor of the weights themselves,
# $\partial\mathcal L/\partial W_1 = \partial\mathcal L/\partial z_1 \cdot x^\top$. A slip that stands in
# print puts $\partial z_l/\partial W_l$ into *every* factor, that is, activations where the weights
# belong. A chain of four units tells the two apart.

# %% id="product-check"
w = np.array([0.8, -1.3, 1.1, 0.6])
b = np.array([0.1, 0.2, -0.3, 0.0])
x0 = 0.7


def output(w):
    a = x0
    for wl, bl in zip(w, b):
        a = sigmoid(np.array(wl * a + bl))
    return float(a)


acts = [x0]
for wl, bl in zip(w, b):
    acts.append(float(sigmoid(np.array(wl * acts[-1] + bl))))
slopes = np.array(acts[1:]) * (1 - np.array(acts[1:]))
right = x0 * np.prod(slopes) * np.prod(w[1:])
slip = np.prod(slopes) * np.prod(acts[:-1])
print(f"differences {nnlib.numerical_gradient(output, w)[0]:.4e}")
print(f"weights in the product {right:.4e}    activations in the product {slip:.4e}")

# %% [markdown]
# **Now do** `gradient_flow-chain` and then `gradient_flow-signal` in the exercises: the product for a
# chain, and for whole layers.

# %% [markdown] id="slope-bounds"
# ### How large can a factor be?
#
# One layer multiplies by weight times slope. The slopes have maxima, and they differ:
# $\sigma'(z) \le 0.25$, but $\tanh'(z) \le 1$, and $\text{ReLU}'$ is 0 or exactly 1.

# %% id="slope-maxima"
z = np.linspace(-8, 8, 1601)
print(f"largest slope of sigmoid {np.max(sigmoid(z) * (1 - sigmoid(z))):.4f}, of tanh {np.max(1 - np.tanh(z) ** 2):.4f}")
print(f"close to 0: sigmoid'(0.01) = {sigmoid(np.array(0.01)) * (1 - sigmoid(np.array(0.01))):.6f}, tanh'(0.01) = {1 - np.tanh(0.01) ** 2:.4f}")

# %% [markdown] id="nine-quarters"
# Ten layers of sigmoids with weights of 1 have nine steps between them. Guess what nine quarters
# multiply to (`gradient_flow-nine-quarters`), then run the cell.

# %% id="nine-quarters-value"
print(f"0.25**9 = {0.25**9:.2e}; the 6e-5 that is sometimes quoted is 0.25**7 = {0.25**7:.1e}")

# %% [markdown] id="weights-count"
# But the weights are factors too. With $w = 8$ and $z = 0$ a chain of sigmoids multiplies by
# $8 \cdot 0.25 = 2$ per layer: the gradient of the "vanishing" activation explodes, $2^{20}$ in twenty
# layers. So "$\sigma' \le 0.25$, hence the gradient vanishes" is true only while the weights do not make up
# for it; they usually do not, because large weights drive $z$ away from 0, where the slope is smaller still.
# Which weight gives a factor of exactly 1? (`gradient_flow-even-weight`)

# %% id="factors-widget"
factors = chain_of_factors()
factors

# %% id="fig-factors"
factors.static(w=8.0)

# %% [markdown] id="small-weights"
# ### Small weights, small activations, small slopes?
#
# It is often said that small weights make small activations, and that those have small slopes. The
# second half is the wrong way round: sigmoid and tanh are *steepest* at 0, as the numbers above show.
# Small weights shrink the signal because they are factors themselves.

# %% id="small-weights-value"
for std in (0.01, 0.1):
    flow = propagate(
        np.random.default_rng(1).normal(0, std, (5, 64, 64)), np.random.default_rng(2).normal(size=(32, 64)),
        np.ones((32, 64)), activation="tanh",
    )
    print(f"std {std}: activations by layer {np.array2string(flow.rms, precision=1)}, "
          f"signal per layer x {(flow.signal[0] / flow.signal[-1]) ** 0.25:.2f}")

# %% [markdown]
# With the smaller weights the factor is just std $\cdot\sqrt{64} = 0.08$: the slopes are all but 1. With
# the larger ones it is a little less than 0.8, because the activations, now larger, sit where tanh is
# less steep.

# %% [markdown] id="depth"
# ### Depth makes it exponential
#
# A harmless factor per layer becomes extreme with depth. Here is the signal that arrives at the first
# layer, for networks of two to thirty layers.

# %% id="fig-depth"
depths = [2, 5, 10, 15, 20, 25, 30]
arrives = {}
for name, start in starts.items():
    signals = [gradient_signal(deep(*start, depth=d)) for d in depths]
    arrives[name] = [s[0] / s[-2] for s in signals]
    print(f"{name:16} 30 layers: {arrives[name][-1]:.0e}")
curves(depths, arrives, xlabel="hidden layers", ylabel="first / last hidden layer", yscale="log", ylim=(1e-20, 100),
       title="What reaches the first layer")

# %% [markdown] id="dynamics"
# ### What it does to learning
#
# Plain gradient descent moves every layer by rate times gradient. Measure each layer's step relative to
# its weights, $\lVert\Delta W\rVert/\lVert W\rVert$: a rule of thumb wants it around $10^{-3}$. Write
# the function in `gradient_flow-update-ratio`; it is used here.

# %% id="fig-update-ratio"
update_ratios = piece("gradient_flow-update-ratio")


def dense_weights(net):
    return [layer.W.copy() for layer in net if isinstance(layer, Dense)]


def one_step(net, lr=0.05):
    """The update ratio of every layer in one step of gradient descent on one batch."""
    optimizer = SGD(Parameters(net, np.float64), lr)
    before = dense_weights(net)
    net.backward(softmax_cross_entropy(net.forward(batch[0], train=True), batch[1])[1])
    optimizer.step()
    return update_ratios(before, dense_weights(net))


steps = {name: one_step(deep(*start)) for name, start in starts.items()}
curves(np.arange(1, 12), steps, xlabel="layer", ylabel="size of step / size of weights", yscale="log",
       title="Early layers stand still, late layers learn")

# %% [markdown] id="consequences"
# The consequences: the first layers find no useful features, training takes far longer or stalls, the
# capacity that depth should bring lies idle, and the result looks like underfitting in spite of it. The
# three networks, trained alike (in float64 throughout this chapter, so that the numbers come out the
# same on every run):

# %% id="fig-training"
histories, accuracies = {}, {}
for name, start in starts.items():
    net = deep(*start)
    histories[name] = fit(net, softmax_cross_entropy, SGD(Parameters(net, np.float64), 0.05), train, epochs=12,
                          rng=np.random.default_rng(1)).train_loss
    accuracies[name] = evaluate(net, accuracy, test)
    print(f"{name:16} test accuracy {accuracies[name]:.2f}")
curves(np.arange(1, 13), histories, xlabel="epoch", ylabel="training loss",
       title="Ten hidden layers, the same rate")

# %% [markdown] id="init-purpose"
# ## 3 · The first weights
#
# The aim of initialization: **every layer keeps the variance of the activations on the way forward, and
# of the gradients on the way back**. We derive what that asks of the weights.
#
# Let $z_j = \sum_{i=1}^{n_\text{in}} a_i W_{ij}$ with independent weights of mean 0 and variance $v$,
# independent of the $a_i$. All mixed terms have mean 0, so
#
# $$\mathbb E[z_j^2] = n_\text{in}\; v\; \mathbb E[a^2].$$
#
# Note the *second moment* $\mathbb E[a^2]$, not the variance: activations such as ReLU's have a mean,
# and it counts. If the activation turns $z$ of variance 1 into $\mathbb E[\phi(z)^2] = 1/g^2$, then the
# second moment stays put exactly if
#
# $$v = \frac{g^2}{n_\text{in}}, \qquad g = \frac{1}{\sqrt{\mathbb E[\phi(z)^2]}} \quad\text{(the gain).}$$
#
# On the way back
# $\partial\mathcal L/\partial a_i = \sum_{j=1}^{n_\text{out}} W_{ij}\,\partial\mathcal L/\partial z_j$
# and $\partial\mathcal L/\partial z = \phi'(z)\,\partial\mathcal L/\partial a$, which asks for
# $v = g'^2/n_\text{out}$ with $g' = 1/\sqrt{\mathbb E[\phi'(z)^2]}$.

# %% [markdown] id="glorot"
# **Glorot** (or Xavier; Glorot and Bengio 2010) takes an activation that is close to the identity around 0,
# $g = g' = 1$, and as a compromise between the two directions the mean of $n_\text{in}$ and $n_\text{out}$:
#
# $$\operatorname{Var} W = \frac{2}{n_\text{in} + n_\text{out}}
# \qquad\text{normal: std } \sqrt{\tfrac{2}{n_\text{in}+n_\text{out}}},\quad
# \text{uniform on } \pm\sqrt{\tfrac{6}{n_\text{in}+n_\text{out}}} .$$
#
# It suits tanh. It is often recommended "for tanh and sigmoid", but the sigmoid has slope 1/4 and mean 1/2,
# so the assumptions do not hold for it; see the table below.

# %% [markdown] id="he"
# **He** (He et al. 2015) does the sum for ReLU. Half of a symmetric $z$ is cut off, so
# $\mathbb E[\text{relu}(z)^2] = \tfrac12\mathbb E[z^2]$ and $g^2 = 2$:
#
# $$\operatorname{Var} W = \frac{2}{n_\text{in}}
# \qquad\text{normal: std } \sqrt{\tfrac{2}{n_\text{in}}},\quad \text{uniform on } \pm\sqrt{\tfrac{6}{n_\text{in}}} .$$

# %% [markdown] id="gains"
# ### A table of gains
#
# The two gains of any activation are integrals over the normal density. Write `gradient_flow-gain` for a
# sample; here they are to four digits.

# %% id="gain-table"
grid = np.linspace(-9, 9, 180_001)
density = np.exp(-(grid**2) / 2) / np.sqrt(2 * np.pi) * (grid[1] - grid[0])


def mean_over_normal(values):
    return float(np.sum(values * density))


choices = {
    "none": grid, "ReLU": relu(grid), "leaky ReLU 0.1": nnlib.functional.leaky_relu(grid, 0.1),
    "tanh": np.tanh(grid), "sigmoid": sigmoid(grid), "ELU": nnlib.functional.elu(grid),
    "GELU": nnlib.functional.gelu(grid), "Swish": nnlib.functional.swish(grid),
}
print(f"{'activation':15} E[phi^2]  gain   E[phi'^2]  gain back")
for name, values in choices.items():
    square, slope = mean_over_normal(values**2), mean_over_normal(np.gradient(values, grid) ** 2)
    print(f"{name:15} {square:7.4f}  {square**-0.5:5.3f}  {slope:8.4f}   {slope**-0.5:6.3f}")

# %% [markdown]
# For ReLU both gains are $\sqrt2$: one choice serves both directions, which is why He initialization
# works so well. For tanh they nearly agree. They are above Glorot's 1, and yet tanh does well with that:
# as its activations shrink it comes closer to the identity, and the shrinking slows down (watch it in
# the depth explorer below). For the sigmoid the two do not agree: 1.85 keeps the activations, but the
# gradients would need 4.7. The rule "four times Glorot for sigmoids" makes up for the slope at 0, which
# is 1/4; it helps, but it cannot please both.

# %% id="sigmoid-gain"
for factor in (1, 2, 4, 6):
    signal = gradient_signal(deep(Sigmoid, lambda rng, n, m, factor=factor: factor * glorot_normal(rng, n, m)))
    print(f"sigmoid, {factor} x Glorot: first / last hidden layer {signal[0] / signal[-2]:.1e}")

# %% [markdown] id="uniform-bound"
# ### A standard deviation is not a bound
#
# A uniform distribution on $(-a, a)$ has variance $a^2/3$. A slip that is common in code takes He's
# *standard deviation* $\sqrt{2/n}$ as the *bound*: the variance is then three times too small, and the
# mean square of a ReLU network shrinks by 3 per layer. **Do** `gradient_flow-he` and
# `gradient_flow-glorot`, then find this bug in `gradient_flow-bug-he`.

# %% id="fig-rms-depth"
he_piece = piece("gradient_flow-he", he_normal)
n = 256
initial = {
    "He, normal": lambda rng: he_piece(rng, n, n),
    "Glorot, normal": lambda rng: glorot_normal(rng, n, n),
    "uniform, bound √(2/n): the slip": lambda rng: rng.uniform(-np.sqrt(2 / n), np.sqrt(2 / n), (n, n)),
    "std 0.01": lambda rng: rng.normal(0, 0.01, (n, n)),
}
sizes = {}
for name, draw in initial.items():
    rng = np.random.default_rng(3)
    weights = np.stack([draw(rng) for _ in range(20)])
    sizes[name] = propagate(weights, rng.normal(size=(64, n)), np.ones((64, n))).rms
    print(f"{name:32} variance x n {weights[0].var() * n:.2f}   rms in layers 1, 5, 10, 20: "
          + ", ".join(f"{sizes[name][k - 1]:.1e}" for k in (1, 5, 10, 20)))
curves(np.arange(1, 21), sizes, xlabel="layer", ylabel="root mean square", yscale="log", ylim=(1e-20, 100),
       title="Activations of a ReLU network, 256 units wide")

# %% [markdown]
# In theory the slip leaves $(1/3)^{10} \approx 1.7\cdot10^{-5}$ of the amplitude after 20 layers; the
# draw above is of that size.
#
# Per layer, the distributions look like this:

# %% id="fig-histograms"
rng = np.random.default_rng(4)
shown = {}
for name, gain in {"small": 0.5, "Glorot": 1.0, "large": 3.0}.items():
    h = rng.normal(size=(200, 100))
    for layer in range(1, 11):
        h = np.tanh(h @ rng.normal(0, gain / 10, (100, 100)))
        if layer in (1, 4, 7, 10):
            shown[f"{name}, layer {layer}"] = h
histograms(shown, span=(-1.02, 1.02), xlabel="tanh activation", xticks=(-1, 0, 1))

# %% [markdown]
# Small: everything gathers at 0 and the signal is lost. Large: the units saturate at ±1, where tanh has no
# slope. Turn the gain yourself:

# %% id="scale-widget"
scales = scale_explorer()
scales

# %% id="fig-scale"
scales.static(activation="ReLU", gain=1.4)

# %% [markdown] id="bad-inits"
# ### Three bad starts
#
# * **Too small or too large**: seen above.
# * **All zero.** It is said that then "all neurons learn the same". With tanh or ReLU it is worse: the
#   hidden activations are 0, so the output weights get no gradient; the output weights are 0, so the
#   hidden ones get none. Nothing but the output's bias ever moves. With sigmoids
#   ($\sigma(0) = \tfrac12$) the weights move, as identical copies.
# * **All equal** (0.05, say): every hidden unit computes the same, gets the same gradient, and stays a
#   copy. The layer has rank 1.
#
# Random weights are there to break this symmetry. Biases may start at 0. (`gradient_flow-zero-init`)

# %% id="fig-symmetry"
def constant_start(value):
    return lambda rng, n_in, n_out: np.full((n_in, n_out), value)


after = {}
for name, (activation, init) in {
    "tanh, all 0": (Tanh, constant_start(0.0)), "ReLU, all 0": (ReLU, constant_start(0.0)),
    "sigmoid, all 0": (Sigmoid, constant_start(0.0)), "tanh, all 0.05": (Tanh, constant_start(0.05)),
    "tanh, random": (Tanh, glorot_normal),
}.items():
    rng = np.random.default_rng(0)
    net = Sequential(Dense(64, 12, rng, init), activation(), Dense(12, 10, rng, init))
    fit(net, softmax_cross_entropy, SGD(Parameters(net, np.float64), 0.1), train, epochs=5, rng=rng)
    after[name] = net[0].W
    copies = np.abs(net[0].W - net[0].W[:, :1]).max()
    print(f"{name:15} norm of W1 {np.linalg.norm(net[0].W):5.2f}   rank {np.linalg.matrix_rank(net[0].W, tol=1e-8):2d}   "
          f"test accuracy {evaluate(net, accuracy, test):.2f}")
panels = [
    Panel(name, xlim=(0, 12), ylim=(0, 64), xlabel="hidden unit", ylabel="pixel", legend="none").field(
        after[name], (0, 12, 0, 64), cmap="diverging", vmin=-0.5, vmax=0.5, smooth=False)
    for name in ("tanh, all 0.05", "tanh, random")
]
render(Scene(panels, note="weights of the first layer after training: copies on the left", height=420))

# %% [markdown] id="orthogonal"
# ### Orthogonal weights
#
# Variance is right only on average: a random matrix stretches some directions and shrinks others, and
# the product of many has a few huge and many tiny singular values. An **orthogonal** matrix (times the
# gain) keeps every length exactly. Build it from a QR decomposition in `gradient_flow-orthogonal`.

# %% id="fig-orthogonal"
orthogonal = piece("gradient_flow-orthogonal")
rng = np.random.default_rng(5)
products = {"Glorot": np.eye(64), "orthogonal": np.eye(64)}
for _ in range(20):
    products["Glorot"] = products["Glorot"] @ glorot_normal(rng, 64, 64)
    products["orthogonal"] = products["orthogonal"] @ orthogonal(rng, 64, 64, 1.0)
singular = {k: np.linalg.svd(p, compute_uv=False) for k, p in products.items()}
for name, s in singular.items():
    print(f"{name:10} largest {s[0]:.2f}, median {np.median(s):.2g}")
curves(np.arange(1, 65), singular, xlabel="direction", ylabel="stretched by", yscale="log", ylim=(1e-12, 100),
       title="Singular values of a product of 20 matrices")

# %% [markdown] id="play"
# ### All of it together
#
# Choose depth, start and activation, and watch both directions. Normalization, shortcuts and clipping
# are there to switch on; the next sections explain them.

# %% id="depth-widget"
depth_play = depth_explorer()
depth_play

# %% id="fig-depth-static"
depth_play.static(activation="sigmoid", init="Glorot", depth=20)

# %% [markdown] id="relu"
# ## 4 · Activations that let gradients through
#
# ReLU helps for four reasons: its slope is exactly 1 where it is active, so there only the weights
# count; it does not saturate for large $z$; it is cheap (though beside a matrix product no activation
# costs much); and its activations are sparse: at the start, with centred $z$, half of them are 0. The
# price: where a unit is off, its slope is 0. A unit that is off for *all* samples has no gradient; it
# comes back only if the layers below it change what it gets. Leaky ReLU and ELU leave a slope there
# (chapter 3).
#
# Written for arrays, please: Python's `max(0, x)` and `1 if x > 0 else 0` fail as soon as `x` is more
# than a number.

# %% id="relu-arrays"
x = np.array([-2.0, -0.5, 0.5, 2.0])
try:
    max(0, x)
except ValueError as error:
    print("max(0, x):", str(error)[:40], "...")
print("relu      ", np.maximum(x, 0), " slope", np.where(x > 0, 1.0, 0.0))
print("leaky     ", np.where(x > 0, x, 0.01 * x), " slope", np.where(x > 0, 1.0, 0.01))
print("ELU       ", np.where(x > 0, x, np.expm1(np.minimum(x, 0))).round(3), " slope",
      np.where(x > 0, 1.0, np.exp(np.minimum(x, 0))).round(3))

# %% [markdown] id="batchnorm"
# ## 5 · Normalization
#
# Initialization sets the sizes right for the first step only. **Batch normalization** (Ioffe and
# Szegedy 2015) sets them right in every step: it brings each feature (column) of a batch to mean 0 and
# variance 1, and then lets two trained parameters choose another mean and spread if that helps.
#
# $$\mu = \frac1N\sum_i x_i, \quad \sigma^2 = \frac1N\sum_i (x_i - \mu)^2, \quad
# \hat x_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \varepsilon}}, \quad y_i = \gamma\,\hat x_i + \beta .$$
#
# $x$ and $y$ are `(batch, n)`; $\mu, \sigma^2, \gamma, \beta$ are `(n,)`. The $\varepsilon$ stands
# *inside* the root and is no decoration: without it a feature that does not vary gives 0/0. **Do**
# `gradient_flow-batchnorm-forward` and `gradient_flow-bug-constant-column`.

# %% id="fig-batchnorm"
batchnorm = piece("gradient_flow-batchnorm-forward")
rng = np.random.default_rng(6)
x = np.column_stack([rng.normal(3, 2, 400), rng.gamma(2, 0.4, 400), np.full(400, 0.75)])
y = batchnorm(x, np.ones(3), np.zeros(3), 1e-5)
with np.errstate(all="ignore"):
    bare = (x - x.mean(axis=0)) / x.std(axis=0)
print("means", y.mean(axis=0).round(6) + 0.0, " variances", y.var(axis=0).round(4))
print("the constant feature: with eps", y[0, 2], " without", bare[0, 2])
small = rng.normal(size=(100_000, 1)) * np.sqrt(1e-5)
print("variance 1e-5 comes out as", batchnorm(small, np.ones(1), np.zeros(1), 1e-5).var().round(2), "not 1: eps is as large")
histograms({"feature 1 before": x[:, 0], "feature 2 before": x[:, 1],
            "feature 1 after": y[:, 0], "feature 2 after": y[:, 1]}, span=(-4, 9), xlabel="value", columns=2)

# %% [markdown] id="batchnorm-modes"
# ### Two modes
#
# In training, mean and variance come from the batch. In evaluation they must not: a prediction may not
# depend on who else is in the batch, and a batch of one has no variance. So training also keeps
# **running averages**, and evaluation uses those:
#
# $$\text{running} \leftarrow (1 - m)\,\text{running} + m\,\text{batch}.$$
#
# Drag the purple row, in both modes.

# %% id="normalize-widget"
normalizing = normalize_by_hand()
normalizing

# %% id="fig-normalize"
normalizing.static(mode="evaluation")

# %% [markdown] id="batchnorm-momentum"
# **Mind the convention.** In PyTorch (and in `nnlib`) `momentum=0.1` is the share of the *new* batch;
# elsewhere `momentum=0.9` is the share of the *old* value. They mean the same. A second difference is
# easy to miss: the running variance takes the *unbiased* batch variance (divided by $N - 1$), although
# the batch itself is normalized with the biased one. For a batch of the two values 0 and 2, starting at
# 1:

# %% id="momentum-conventions"
two = np.array([[0.0], [2.0]])
layer = BatchNorm(1)
layer.forward(two, train=True)
print(f"momentum 0.1 of the new, unbiased: {layer.running_var[0]:.3f}")
print(f"momentum 0.9 of the old, biased:   {0.9 * 1 + 0.1 * two.var():.3f}")

# %% [markdown] id="batchnorm-code"
# **Do** `gradient_flow-batchnorm-running`. The averages have to live somewhere between calls, which is
# why batch normalization is an *object* with buffers. As a plain function that keeps them in local names
# it cannot work, in either mode:

# %% id="batchnorm-crash"
def batch_normalization(x, training=True):
    if training:
        mean = x.mean(axis=0)
        running_mean = 0.9 * running_mean + 0.1 * mean
    else:
        mean = running_mean
    return x - mean


for mode in (True, False):
    try:
        batch_normalization(two, training=mode)
    except UnboundLocalError:
        print(f"training={mode}: UnboundLocalError, running_mean is a local name that has no value yet")

# %% [markdown] id="batchnorm-backward"
# ### The backward pass, derived
#
# In training mode $\mu$ and $\sigma^2$ are functions of every row, so each $x_j$ acts on each
# $\hat x_i$. For one column, write $s = \sqrt{\sigma^2 + \varepsilon}$.
#
# 1. $\dfrac{\partial\mu}{\partial x_j} = \dfrac1N$, and
#    $\dfrac{\partial\sigma^2}{\partial x_j} = \dfrac2N (x_j - \mu)$; the contribution of $\mu$ inside
#    $\sigma^2$ is 0, because deviations from the mean sum to 0.
# 2. So $\dfrac{\partial s}{\partial x_j} = \dfrac{1}{2s}\cdot\dfrac2N(x_j - \mu) = \dfrac{\hat x_j}{N}$.
# 3. By the quotient rule,
#    $\dfrac{\partial\hat x_i}{\partial x_j} = \dfrac1s\left(\delta_{ij} - \dfrac1N - \dfrac{\hat x_i\hat x_j}{N}\right)$.
# 4. Multiply by $d\hat x_i = \gamma\,dy_i$ and sum over $i$:
#
# $$dx = \frac1s\left(d\hat x - \overline{d\hat x} - \hat x\;\overline{d\hat x\,\hat x}\right),\qquad
# d\gamma = \sum_i dy_i\,\hat x_i,\qquad d\beta = \sum_i dy_i .$$
#
# The two subtractions are projections: they take out of the gradient the directions "shift all rows" and
# "stretch all rows", because a shift and (but for $\varepsilon$) a stretch of the input change nothing
# in the output. Two quick tests follow: every column of $dx$ sums to 0, and an upstream gradient of ones
# gives $dx = 0$. Leaving the subtractions out, as if $\mu$ and $s$ were constants, is the classic
# mistake. **Do** `gradient_flow-batchnorm-backward`, `gradient_flow-bug-constants`, then the whole
# layer, `gradient_flow-batchnorm`.

# %% id="batchnorm-check"
batchnorm_backward = piece("gradient_flow-batchnorm-backward")
MyBatchNorm = piece("gradient_flow-batchnorm", BatchNorm)
rng = np.random.default_rng(7)
x, dy = rng.normal(size=(6, 3)) * 2 + 1, rng.normal(size=(6, 3))
gamma, beta = np.array([0.5, 1.5, -2.0]), np.zeros(3)
dx, dgamma, dbeta = batchnorm_backward(dy, x, gamma, 1e-5)
slope = nnlib.numerical_gradient(lambda v: float(np.sum(batchnorm(v, gamma, beta, 1e-5) * dy)), x)
constants = dy * gamma / np.sqrt(x.var(axis=0) + 1e-5)


def distance(a):
    return np.linalg.norm(a - slope) / (np.linalg.norm(a) + np.linalg.norm(slope))


print("columns of dx sum to 0:", bool(np.abs(dx.sum(axis=0)).max() < 1e-12))
print(f"relative error of the full formula below 1e-8: {distance(dx) < 1e-8};  of the constant one: {distance(constants):.2f}")
for mode in (True, False):
    print(f"gradient check of the layer, train={mode}:", check_layer(MyBatchNorm(3), x, rng, train=mode).passed)

# %% [markdown] id="batchnorm-placement"
# ### Where to put it
#
# The usual place is between the linear layer and the activation: linear → normalization → activation, so
# that what enters the activation is well scaled. The bias of that linear layer is then useless: whatever
# it adds, the mean takes away. Its gradient is 0 up to rounding, so build the layer with `bias=False`;
# $\beta$ does its work. (`gradient_flow-bias-before-norm`)

# %% id="bias-gradient"
rng = np.random.default_rng(8)
net = Sequential(Dense(64, 20, rng), BatchNorm(20), ReLU(), Dense(20, 10, rng))
net.backward(softmax_cross_entropy(net.forward(batch[0], train=True), batch[1])[1])
print("gradient of the bias before the normalization below 1e-12:", bool(np.abs(net[0].db).max() < 1e-12))
print(f"gradient of beta: {np.abs(net[1].dbeta).max():.3f}")

# %% [markdown] id="batchnorm-benefits"
# ### What it brings, and what is only said of it
#
# Measured here: a wider range of learning rates that train. Six hidden layers, three epochs, rates from
# 0.01 to 10:

# %% id="fig-rates"
rates = [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0]
final = {}
for name, norm in {"none": None, "batch": MyBatchNorm, "layer": LayerNorm}.items():
    final[name] = []
    for lr in rates:
        net = deep(ReLU, he_normal, depth=6, norm=norm)
        try:
            with np.errstate(all="ignore"):
                run = fit(net, softmax_cross_entropy, SGD(Parameters(net, np.float64), lr), train, epochs=3,
                          batch_size=64, rng=np.random.default_rng(1))
            final[name].append(run.train_loss[-1])
        except FloatingPointError:  # fit stops when the loss is no longer finite
            final[name].append(np.nan)
    usable = [lr for lr, loss in zip(rates, final[name]) if loss < 1]
    print(f"normalization {name:6} loss below 1 for rates from {min(usable)} to {max(usable)}")
curves(rates, final, xlabel="learning rate", ylabel="training loss, epoch 3", xscale="log",
       title="Batch normalization widens the range of rates")

# %% [markdown]
# * **Larger learning rates, faster training**: yes. The paper's "14 times" counts training *steps* of
#   one image network at raised rates, not seconds, and not all networks.
# * **A little regularization**: each row is normalized with the noise of its batch.
# * **"It reduces internal covariate shift"**, the paper's own explanation: disputed. Santurkar et al.
#   (2018) added noise *after* the normalization, so that the distributions shifted more than ever, and
#   training was as good; they measured a smoother loss instead. (`gradient_flow-why-norm`)
# * **Its price**: two modes, a dependence on the batch, and trouble with small batches. The mistakes it
#   invites sit in evaluation mode, where no gradient check of training looks:
#   `gradient_flow-bug-evaluation`.

# %% [markdown] id="layernorm"
# ### Layer and RMS normalization
#
# **Layer normalization** (Ba et al. 2016) takes mean and variance along each *row* instead: nothing
# depends on the batch, there is one mode only, and a batch of one is fine. It is the usual choice in
# transformers and recurrent networks. Its backward pass is the same formula with rows and columns
# exchanged; but $\gamma$ now varies along the axis of the means, so it must go in first,
# $d\hat x = \gamma\,dy$.
#
# **RMS normalization** (Zhang and Sennrich 2019) leaves out the mean:
# $\hat x = x / \sqrt{\overline{x^2} + \varepsilon}$, $y = \gamma\hat x$. One of the two projections
# falls away, $dx = (d\hat x - \hat x\,\overline{d\hat x\,\hat x})/r$. It is cheaper, and large language
# models often use it.
#
# (**Group normalization**, between the two, takes its statistics over groups of channels of one image.)
#
# **Do** `gradient_flow-layernorm` and `gradient_flow-rmsnorm`.

# %% id="layernorm-check"
MyLayerNorm, MyRMSNorm = piece("gradient_flow-layernorm", LayerNorm), piece("gradient_flow-rmsnorm")
rng = np.random.default_rng(9)
x = rng.normal(size=(4, 6)) * 3 + 1
for norm in (MyLayerNorm, MyRMSNorm):
    layer = norm(6)
    y = layer.forward(x)
    alone = np.allclose(layer.forward(x[:1]), y[:1])
    print(f"{norm.__name__:9} row mean {round(y[0].mean(), 2) + 0.0:5.2f}, row mean square {np.mean(y[0] ** 2):.3f}, "
          f"same alone: {alone}, gradient check: {check_layer(norm(6), x, rng).passed}")

# %% [markdown] id="residual"
# ## 6 · Shortcuts
#
# A **residual block** (He et al. 2015) adds its input to its output:
#
# $$y = x + f(x), \qquad dx = dy + \left(\frac{\partial f}{\partial x}\right)^{\!\top} dy .$$
#
# The first term is the point: through the shortcut the gradient arrives undiminished, however deep the
# network. With it, networks of a hundred layers and more became trainable. The original block is
# convolution, normalization, ReLU, convolution, normalization, plus shortcut, then ReLU; with dense
# layers it is the same. Where the branch changes the width, the shortcut needs a linear **projection**
# ($1\times1$ convolution in images). **Do** `gradient_flow-residual`.

# %% id="fig-residual"
rng = np.random.default_rng(10)
weights = rng.normal(0, 0.4 / 8, (50, 64, 64))  # 0.4 x Glorot: deliberately too small
x, dy = rng.normal(size=(48, 64)), rng.normal(size=(48, 64))
paths = {name: propagate(weights, x, dy, activation="tanh", residual=on).signal
         for name, on in {"plain": False, "with shortcuts": True}.items()}
for name, signal in paths.items():
    print(f"{name:15} first / last of 50 tanh layers: {signal[0] / signal[-1]:.1e}")
curves(np.arange(1, 51), paths, xlabel="layer", ylabel="norm of dL/dz", yscale="log", ylim=(1e-20, 1e4),
       title="The same weights, with and without shortcuts")

# %% [markdown]
# In a network, with your own block, around the layer that could not learn in section 1:

# %% id="residual-training"
Residual = piece("gradient_flow-residual")


def residual_net(scale, seed=0, width=32, blocks=10):
    rng = np.random.default_rng(seed)
    branches = [Sequential(Dense(width, width, rng, glorot_normal), Sigmoid()) for _ in range(blocks)]
    first = Residual(Sequential(Dense(64, width, rng, glorot_normal), Sigmoid()), scale,
                     Dense(64, width, rng, glorot_normal))  # a projection, as the width changes
    return Sequential(first, *[Residual(b, scale) for b in branches[1:]], Dense(width, 10, rng, glorot_normal))


net = residual_net(1.0)
print("gradient check:", check_layer(residual_net(0.3, width=5, blocks=3), images[:4], np.random.default_rng(0)).passed)
run = fit(net, softmax_cross_entropy, SGD(Parameters(net, np.float64), 0.05), train, epochs=12, rng=np.random.default_rng(1))
print(f"ten sigmoid layers with shortcuts: test accuracy {evaluate(net, accuracy, test):.2f} "
      f"(without: {accuracies['sigmoid, Glorot']:.2f})")

# %% [markdown] id="residual-scaling"
# ### Shortcuts explode too, unless scaled
#
# Adding never shrinks: shortcuts cure vanishing, but not exploding. If branch and shortcut are
# uncorrelated and the branch keeps the second moment, a block doubles $\mathbb E[h^2]$, and 20 blocks
# multiply it by $2^{20}$. If the branch ends in a ReLU, it is correlated with what it is added to, and
# things are worse still. The cure is to normalize inside the branch, or to **scale** it: with
# $y = x + \alpha f(x)$ a block multiplies by $1 + \alpha^2$, and $\alpha = 1/\sqrt{L}$ bounds the growth
# over $L$ blocks by $(1 + 1/L)^L < e$. **Do** `gradient_flow-branch-scale`.

# %% id="fig-residual-scaling"
branch_scale = piece("gradient_flow-branch-scale")
alpha = branch_scale(20, np.e)
rng = np.random.default_rng(11)
start = rng.normal(size=(256, 128))
inner = [he_normal(rng, 128, 128) for _ in range(20)]
outer = [rng.normal(0, np.sqrt(1 / 128), (128, 128)) for _ in range(20)]
growth = {}
for name, block in {
    "x + relu(xW)": lambda h, k: h + relu(h @ inner[k]),
    "x + relu(xW)V": lambda h, k: h + relu(h @ inner[k]) @ outer[k],
    f"x + {alpha:.2f} relu(xW)V": lambda h, k: h + alpha * relu(h @ inner[k]) @ outer[k],
}.items():
    h, growth[name] = start, []
    for k in range(20):
        h = block(h, k)
        growth[name].append(np.mean(h**2))
    print(f"{name:22} E[h²] after 1, 10, 20 blocks: " + ", ".join(f"{growth[name][k - 1]:.1e}" for k in (1, 10, 20)))
curves(np.arange(1, 21), growth, xlabel="block", ylabel="E[h²]", yscale="log",
       title="Unscaled shortcuts explode")

# %% [markdown] id="pre-norm"
# Where to normalize in a residual network? **Post-norm**, $h \leftarrow \text{norm}(h + f(h))$, keeps
# the activations at size 1, but it stands *on* the shortcut, which is then no identity any more.
# **Pre-norm**, $h \leftarrow h + f(\text{norm}(h))$, leaves the path free, and the activations grow with
# depth, slowly. Thirty blocks of each:

# %% id="pre-norm-check"
def normed(pre, seed=0, width=32, blocks=30):
    rng = np.random.default_rng(seed)
    layers = [Dense(64, width, rng)]
    for _ in range(blocks):
        branch = [Dense(width, width, rng), ReLU(), Dense(width, width, rng)]
        if pre:
            layers.append(nnlib.Residual(LayerNorm(width), *branch))
        else:
            layers += [nnlib.Residual(*branch), LayerNorm(width)]
    return Sequential(*layers, Dense(width, 10, rng, glorot_normal))


for name, pre in {"pre-norm": True, "post-norm": False}.items():
    net = normed(pre)
    signal, h = gradient_signal(net), Sequential(*list(net)[:-1]).forward(batch[0])
    print(f"{name:9} signal, first / last layer {signal[0] / signal[-1]:4.1f}   size of activations after 30 blocks {np.sqrt(np.mean(h**2)):4.1f}")

# %% [markdown]
# Both let the gradient through at the start. In transformers post-norm needs a slow warm-up of the
# learning rate, and pre-norm can often do without (Xiong et al. 2020).

# %% [markdown] id="gates"
# ## 7 · Other architectures: gates and attention
#
# A recurrent network applies one layer again at each time step, so its product is over *time*, and with
# the same weight each time. A plain cell $h_t = \tanh(w h_{t-1} + \dots)$ multiplies by $w\,\tanh'$. The
# memory of an **LSTM**, $c_t = f_t c_{t-1} + i_t g_t$, multiplies by its forget gate $f_t$, a number
# that the network chooses, and can hold near 1; a **GRU** does much the same. **Attention** goes
# further: every position looks at every other directly, so the path is one step, whatever the distance.
# (`gradient_flow-gates`)

# %% id="fig-gates"
time = np.arange(0, 101)
curves(time, {"plain cell, w·tanh' = 0.9": 0.9**time, "gate f = 0.99": 0.99**time, "gate f = 0.999": 0.999**time},
       xlabel="steps back in time", ylabel="gradient", yscale="log", marks=False,
       title="What is left of a gradient after t steps")

# %% [markdown] id="clipping"
# ## 8 · Exploding gradients, and clipping
#
# Against *exploding* gradients there are six things to do: clip the gradient, initialize well, lower the
# learning rate, normalize, scale the branches of shortcuts (shortcuts alone make it worse, section 6),
# and watch the norms.
#
# **Clipping by the global norm** (Pascanu et al. 2013): join the gradients of all parameters into one
# vector $g$ and, if it is longer than $c$, shorten it:
#
# $$g \leftarrow g \cdot \min\!\left(1, \frac{c}{\lVert g\rVert}\right).$$
#
# One factor for everything, so the direction stays; $c = 1$ is a common default, and code often divides
# by $\lVert g\rVert + 10^{-6}$ to be safe from zero. Clipping each array by its own norm, or each entry
# by its size, turns the step. And mind NaN: `norm > c` is false for NaN, so an unguarded clip lets it
# through into the weights. **Do** `gradient_flow-clip` and `gradient_flow-bug-clip`. Then drag the tip
# of the grey arrow, and compare the two ways.

# %% id="clip-widget"
clipping = clip_by_hand()
clipping

# %% id="fig-clip"
clipping.static(grad=(1.5, 4.3))

# %% id="clip-check"
clip = piece("gradient_flow-clip")
grads = [np.array([[30.0, -40.0]]), np.array([120.0])]
shorter, norm = clip(grads, 1.0)
flat, cut = np.concatenate([g.ravel() for g in grads]), np.concatenate([g.ravel() for g in shorter])
print(f"norm {norm:.0f} -> {np.linalg.norm(cut):.3f}, cosine {flat @ cut / np.linalg.norm(flat) / np.linalg.norm(cut):.6f}")
print("with a NaN:", clip([np.array([1.0, np.nan])], 1.0)[0][0])
tiny, norm = clip([np.array([6e-9, 8e-9])], 1.0)
print(f"norm {norm:.0e}: the factor is {tiny[0][0] / 6e-9:.1f}")

# %% [markdown] id="clip-vanishing"
# The last line is worth a thought: clipping has a factor of *at most* 1. It is often listed among the
# cures for vanishing gradients, and does nothing for them. (`gradient_flow-clip-tiny`)
#
# Where it does help: a chain of twenty steps with one shared weight, $h_{20} = w^{20}$, that should end
# at 1; the loss is $\tfrac12(h_{20} - 1)^2$. Its gradient at $w = 1.3$ is half a million.

# %% id="fig-exploding"
def train_chain(max_norm, w=1.3, lr=0.003, steps=150):
    path, norms = [w], []
    for _ in range(steps):
        grad = np.array([(w**20 - 1) * 20 * w**19])
        norms.append(abs(grad[0]))
        if max_norm:
            grad = clip([grad], max_norm)[0][0]
        w = w - lr * grad[0]
        path.append(w)
        if not abs(w) < 10:
            break
    return np.array(path), np.array(norms)


for name, c in {"unclipped": None, "clipped to 1": 1.0}.items():
    path, norms = train_chain(c)
    print(f"{name:13} gradient at the start {norms[0]:.1e}, after one step w = {path[1]:.3g}, after {len(norms)} steps w = {path[-1]:.4g}")
path, norms = train_chain(1.0)
panels = [Panel("The weight", xlabel="step", ylabel="w", legend="none").hline(1.0).line(np.arange(len(path)), path),
          Panel("The gradient before clipping", xlabel="step", ylabel="norm", yscale="log", ylim=(1e-4, 1e7), legend="none")
          .hline(1.0).line(np.arange(len(norms)), norms, "orange")]
render(Scene(panels, note="clipped to 1 (dashed, right), the weight walks to 1 (dashed, left) and stays"))

# %% [markdown] id="report"
# ## 9 · Watching gradients
#
# Print a report per layer: mean, spread, extremes. But what counts as *vanishing*? A rule that stands in
# print flags a layer when the **standard deviation** of its gradient is below $10^{-6}$. That measures
# spread, not size: a gradient of 5.0 in every entry has spread 0 and is flagged. Nor does an absolute
# size tell: every gradient is small when the loss is. And the ratio of *weight* gradients, first to last
# layer, can look healthy while the signal dies, because a weight gradient is signal times activation,
# and when the weights are too small the activations die as well, in the other direction:

# %% id="report-trap"
tiny_net = deep(ReLU, lambda rng, n, m: rng.normal(0, 0.01, (n, m)))
signal = gradient_signal(tiny_net)
hidden = [layer for layer in tiny_net if isinstance(layer, Dense)][:-1]
first, last = np.linalg.norm(hidden[0].dW), np.linalg.norm(hidden[-1].dW)
print(f"ReLU, std 0.01: weight gradients first {first:.0e}, last {last:.0e}, ratio {first / last:.2f}")
print(f"               signal first / last hidden layer {signal[0] / signal[-2]:.1e}")
print(f"a gradient of 5.0 everywhere: standard deviation {np.std(np.full(9, 5.0)):.1f}, norm {np.linalg.norm(np.full(9, 5.0)):.1f}")

# %% [markdown]
# So compare the **signal between layers**, as a factor per layer, and the **step with the weights**.
# **Do** `gradient_flow-detector` and `gradient_flow-bug-flat`; then the report is:

# %% id="gradient-report"
diagnose_flow = piece("gradient_flow-detector")


def gradient_report(net):
    """Print the weight gradients layer by layer, and what the signal says."""
    signal, ratios = gradient_signal(net)[:-1], one_step(net)
    dense = [layer for layer in net if isinstance(layer, Dense)]
    print("layer    mean       std       min       max     |dL/dz|   step/weights")
    for k in range(0, len(dense) - 1, 3):
        g = dense[k].dW
        print(f"{k + 1:4d} {g.mean():9.0e} {g.std():9.0e} {g.min():9.0e} {g.max():9.0e} {signal[k]:10.0e} {ratios[k]:10.0e}")
    factor, verdict = diagnose_flow(signal)
    print(f"factor per layer {factor:.2f}: {verdict}")


gradient_report(deep(Sigmoid, glorot_normal))
gradient_report(deep(ReLU, he_normal))

# %% [markdown] id="monitoring"
# ### While it trains
#
# Four things are worth a curve: the norm of the gradient, the size of the activations (and the share of
# dead units), whether the early layers move, and the step-to-weight ratio of each layer. A callback that
# `fit` calls after every epoch is enough. **Now do** `gradient_flow-watch`: your callback records the
# norms and the ratios here, and a second one the rest.

# %% id="fig-dashboard"
Watch = piece("gradient_flow-watch")


class Signals:
    """Record the factor per layer and the activations' size."""

    def __init__(self, net):
        self.net, self.factor, self.size = net, [], []

    def __call__(self, epoch, history):
        self.factor.append(diagnose_flow(gradient_signal(self.net)[:-1])[0])
        self.size.append(np.mean([r.output_rms for r in nnlib.probes.record_signals(self.net, batch[0])]))


watched = {title: {} for title in ("signal, factor per layer", "activations, rms", "first layer, norm of its gradient",
                                   "first layer, an epoch's step / weights")}
for name, start in starts.items():
    net = deep(*start)
    optimizer = SGD(Parameters(net, np.float64), 0.05)
    watch, signals = Watch([layer for layer in net if isinstance(layer, Dense)]), Signals(net)
    fit(net, softmax_cross_entropy, optimizer, train, epochs=8, rng=np.random.default_rng(1),
        callbacks=[watch, signals])  # in this order: Signals runs a backward pass, which overwrites dW
    norms, ratios = np.array(watch.norms), np.array(watch.ratios)
    for title, curve in zip(watched, (signals.factor, signals.size, norms[:, 0], ratios[:, 0])):
        watched[title][name.split(",")[0]] = curve
    print(f"{name:16} last epoch's step / weights: first layer {ratios[-1, 0]:.0e}, last hidden layer {ratios[-1, -2]:.0e}")
panels = []
for title, lines in watched.items():
    log = title.startswith("first")
    panel = Panel(title, xlabel="epoch", xticks=(2, 4, 6, 8), yscale="log" if log else "linear", ylim=(1e-8, 100) if log else None)
    for color, marker, (name, curve) in zip(("blue", "orange", "green"), "os^", lines.items()):
        panel.line(np.arange(1, 9), curve, color)
        panel.points(np.arange(1, 9), curve, color, marker=marker, label=name)
    panels.append(panel)
render(Scene([panels[:2], panels[2:]], width=760, height=640))

# %% [markdown] id="suspect"
# ### When to suspect vanishing gradients
#
# * The training loss falls very slowly, from the start.
# * The early layers do not move; their weights look as random as at first.
# * The signal shrinks from layer to layer on its way back.
# * The network does no better than a much shallower one.
#
# Four runs: one healthy, one with vanishing gradients, one with exploding ones, one with too small a
# rate. Which is which? The losses alone do not tell B from C; the table below the figure does.
# (`gradient_flow-mystery-run`)

# %% id="fig-mystery"
mystery = {
    "A": (deep(ReLU, he_normal), 0.05), "B": (deep(Sigmoid, glorot_normal), 0.05),
    "C": (deep(ReLU, he_normal), 0.0003), "D": (deep(ReLU, lambda rng, n, m: 1.5 * he_normal(rng, n, m)), 0.02),
}
curve, table = {}, []
for name, (net, lr) in mystery.items():
    signal = gradient_signal(net)[:-1]
    optimizer, curve[name] = SGD(Parameters(net, np.float64), lr), []
    before = dense_weights(net)
    rng = np.random.default_rng(2)
    for x, y in (pair for _ in range(4) for pair in nnlib.batches(*train, 64, rng)):
        loss, dscores = softmax_cross_entropy(net.forward(x, train=True), y)
        curve[name].append(min(loss, 6.0))
        if not loss < 1e4:
            break
        net.backward(dscores)
        optimizer.step()
        if len(curve[name]) == 1:
            moved = update_ratios(before, dense_weights(net))
    table.append(f"{name}: factor per layer {diagnose_flow(signal)[0]:.2f}, first step / weights: "
                 f"first layer {moved[0]:.0e}, last hidden layer {moved[-2]:.0e}")
curves(np.arange(len(curve["A"])), curve, xlabel="step", ylabel="training loss (cut at 6)", marks=False, ylim=(0, 6.3),
       title="Four mystery runs")

# %% id="mystery-answers"
print("\n".join(table))

# %% [markdown]
# A is healthy. B vanishes: its last layers move, its first do not. C is merely slow: all layers move
# alike, the rate is too small. D explodes: the weights are too large by 1.5 per layer, and the first
# steps throw it off.

# %% [markdown] id="cures"
# ## 10 · What helps, measured
#
# The list of cures is long; switch them on one at a time. The patient: ten sigmoid layers, Glorot weights.

# %% id="ablation"
def scored(net, clip_to=None, epochs=6):
    signal = gradient_signal(net)
    parameters = Parameters(net, np.float64)
    optimizer, rng = SGD(parameters, 0.05), np.random.default_rng(1)
    for _ in range(epochs):
        for x, y in nnlib.batches(*train, 32, rng):
            net.backward(softmax_cross_entropy(net.forward(x, train=True), y)[1])
            parameters.gather()
            if clip_to:
                nnlib.clip_norm(parameters.grad, clip_to)
            optimizer.step()
    return signal[0] / signal[-2], evaluate(net, accuracy, test)


def four(rng, n_in, n_out):
    return 4 * glorot_normal(rng, n_in, n_out)


patients = {
    "sigmoid, Glorot": (deep(Sigmoid, glorot_normal), None),
    "+ clipping": (deep(Sigmoid, glorot_normal), 1.0),
    "+ weights x 4": (deep(Sigmoid, four), None),
    "+ shortcuts": (residual_net(1.0), None),
    "+ batch normalization": (deep(Sigmoid, glorot_normal, norm=BatchNorm), None),
    "+ layer normalization": (deep(Sigmoid, glorot_normal, norm=LayerNorm), None),
    "ReLU, Glorot": (deep(ReLU, glorot_normal), None),
    "ReLU, He": (deep(ReLU, he_normal), None),
    "ReLU, He, batch norm.": (deep(ReLU, he_normal, norm=BatchNorm), None),
}
for name, (net, clip_to) in patients.items():
    ratio, score = scored(net, clip_to)
    print(f"{name:22} signal first / last {ratio:7.0e}   test accuracy {score:.2f}")

# %% [markdown] id="ablation-read"
# Clipping changes nothing. Larger weights help the signal, but not enough. Batch normalization divides
# every unit by its own small spread over the samples, and so multiplies the gradient up again; layer
# normalization cannot, because sigmoids give all samples nearly the same row, and a row's spread over
# its units says nothing of that. Shortcuts, and ReLU with weights to match, work by themselves.

# %% [markdown] id="quick-fixes"
# ### Quick fixes, and one that is none
#
# Change the activation to ReLU; initialize for the activation; normalize; add shortcuts. "Reduce the
# learning rate" also stands on such lists, and makes it worse: the first layer's step is rate times
# gradient, and the gradient is what is missing. How far has the first weight matrix of the sigmoid
# network moved after 300 steps?

# %% id="smaller-rate"
for lr in (0.1, 0.01):
    net = deep(Sigmoid, glorot_normal)
    optimizer, start, rng = SGD(Parameters(net, np.float64), lr), net[0].W.copy(), np.random.default_rng(1)
    for _ in range(300):
        rows = rng.integers(0, 1400, 32)
        net.backward(softmax_cross_entropy(net.forward(images[rows], train=True), labels[rows])[1])
        optimizer.step()
    print(f"rate {lr}: first layer moved by {np.linalg.norm(net[0].W - start) / np.linalg.norm(start):.1e} of its size")

# %% [markdown] id="recommendations"
# (`gradient_flow-smaller-rate`) What to remember is the aim behind all of it: **keep the size of the
# gradient, layer by layer**.
#
# | starting a network | nursing one that does not learn |
# |---|---|
# | ReLU (or a relative) in the hidden layers | look at the signal per layer before changing anything |
# | He weights for ReLU, Glorot for tanh, biases 0 | check that the start fits the activation |
# | watch norms and step ratios from the first epoch | replace hidden sigmoids by ReLU; put in normalization |
# | begin shallow; add depth when it pays, with shortcuts | very deep: shortcuts, branches normalized or scaled |
#
# A patient to practise on: **do** `gradient_flow-triage`.
#
# To finish, everything you wrote, in one network: your He weights, your batch normalization and your
# residual block, twenty layers deep.

# %% id="final-network"
rng = np.random.default_rng(0)
blocks = [Residual(Sequential(Dense(32, 32, rng, he_piece, bias=False), MyBatchNorm(32), ReLU(),
                              Dense(32, 32, rng, he_piece, bias=False), MyBatchNorm(32)), branch_scale(9, np.e))
          for _ in range(9)]
net = Sequential(Dense(64, 32, rng, he_piece, bias=False), MyBatchNorm(32), ReLU(), *blocks, Dense(32, 10, rng, glorot_normal))
run = fit(net, softmax_cross_entropy, SGD(Parameters(net, np.float64), 0.1, momentum=0.9), train, epochs=8, rng=np.random.default_rng(1))
print(f"20 layers: test accuracy {evaluate(net, accuracy, test):.3f}")

# %% [markdown] id="summary"
# ## What to keep
#
# * Forward and backward, a deep network multiplies: by weights *and* by slopes. Factors below 1 vanish,
#   factors above 1 explode.
# * Initialization asks for $\operatorname{Var} W = g^2/n$: He for ReLU, Glorot for tanh; no choice suits
#   the sigmoid in both directions. A standard deviation is not the bound of a uniform distribution.
# * Batch normalization has two modes, and a backward pass through mean and variance; layer normalization
#   has one mode.
# * Shortcuts carry the gradient past the branches. They do not stop explosion: normalize or scale the branch.
# * Clipping only shortens. It helps against exploding gradients and does nothing for vanishing ones; nor
#   does a smaller rate.
# * To judge a network, compare the signal between layers, and each layer's step with its weights.
#
# **Next**: [chapter 6](06_optimizers.ipynb) turns gradients into steps.

# %% [markdown] id="sources"
# ## Sources
#
# * X. Glorot, Y. Bengio, *Understanding the difficulty of training deep feedforward neural networks*,
#   AISTATS 2010.
# * K. He et al., *Delving deep into rectifiers*, ICCV 2015 (arXiv:1502.01852); *Deep residual learning
#   for image recognition*, CVPR 2016 (arXiv:1512.03385).
# * S. Ioffe, C. Szegedy, *Batch normalization*, ICML 2015 (arXiv:1502.03167). S. Santurkar et al., *How
#   does batch normalization help optimization?*, NeurIPS 2018 (arXiv:1805.11604).
# * J. L. Ba et al., *Layer normalization*, 2016 (arXiv:1607.06450). B. Zhang, R. Sennrich, *Root mean
#   square layer normalization*, NeurIPS 2019 (arXiv:1910.07467).
# * A. Saxe et al., *Exact solutions to the nonlinear dynamics of learning in deep linear neural
#   networks*, ICLR 2014 (arXiv:1312.6120): orthogonal weights.
# * R. Xiong et al., *On layer normalization in the transformer architecture*, ICML 2020 (arXiv:2002.04745).
# * R. Pascanu et al., *On the difficulty of training recurrent neural networks*, ICML 2013
#   (arXiv:1211.5063): clipping.
