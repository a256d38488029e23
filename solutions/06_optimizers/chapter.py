# %% [markdown] id="top"
# # 6 · Optimizers and schedules
#
# Backpropagation says which way is down. It does not say how far to go, and on the surfaces of real
# networks that is most of the question. This chapter starts from plain gradient descent, looks at what
# slows it down, and derives the cures: mini-batches, momentum, a rate for every coordinate, and rates that
# change over time. At the end we compare them all, fairly.
#
# You will need gradients (chapter 2). The exercises are in `exercises/06_optimizers/exercises.ipynb`; the
# text says when to do which.

# %%
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np

import nnlib
from nnlib import (
    SGD, AdaGrad, Adam, AdamW, Dense, Parameters, ReLU, RMSProp, Sequential, Tanh, accuracy, evaluate, fit,
    glorot_normal, he_normal, mse, softmax_cross_entropy,
)
from nnlib.viz import Panel, Scene, render
from nnlib.viz.figures import loss_surface
from nnlib.viz.flow_figures import curves
from nnlib.viz.landscapes import LANDSCAPES, walk
from nnlib.viz.optimizers import batch_and_rate, descent, momentum_map, race, schedule_plotter
from nnlib.viz.optimizers_figures import bands, intervals, maps, rate_sweep, stability
from nnlib.viz.optimizers_more import decay_under_noise, memory, one_rate
from autograder import piece

# %% [markdown] id="gradient-descent"
# ## 1 · Gradient descent
#
# Let $\theta$ be the vector of all parameters and $f(\theta)$ the loss. The gradient $\nabla f(\theta)$
# points where $f$ grows fastest, so we step the other way, with a **learning rate** $\alpha > 0$:
#
# $$\theta \leftarrow \theta - \alpha\,\nabla f(\theta).$$
#
# Everything else in this chapter is a variation on this line. Write it in `optimizers-descent`; here your
# function walks down a ravine, $f = \tfrac12\theta_1^2 + 20\,\theta_2^2$, at three rates.

# %% id="fig-descent"
descend = piece("optimizers-descent")
ravine, start = np.diag([1.0, 40.0]), np.array([-2.7, 0.6])
paths = {f"rate {lr}": descend(ravine, np.zeros(2), start, lr, 30) for lr in (0.01, 0.045, 0.0505)}
maps({name: {"30 steps": path} for name, path in paths.items()}, "ravine")

# %% [markdown] id="ravines"
# The first is slow. The second swings from wall to wall of the **ravine** while it creeps along the bottom.
# The third flies out. This is the dilemma of plain gradient descent: the steep direction limits the rate, and
# the flat direction suffers for it. Count how often the second coordinate changes its sign:

# %% id="oscillation-count"
for name, path in paths.items():
    flips = int(np.sum(np.sign(path[1:, 1]) != np.sign(path[:-1, 1])))
    print(f"{name:11} {flips:2d} swings in 30 steps, distance left along the bottom {abs(path[-1, 0]):.2f}")

# %% [markdown] id="descent-by-hand"
# Set the rate yourself, and drag the start; it is your function that walks. Find the rate at which the steep
# direction arrives in one step, and the one at which it neither shrinks nor grows.

# %% id="descent-widget"
walker = descent(descend)
walker

# %% id="fig-descent-widget"
walker.static(rate=0.045)

# %% [markdown] id="stable-rate"
# ### How large may the rate be?
#
# Along one direction of curvature $\lambda$, $f = \tfrac12\lambda x^2$ and one step multiplies $x$ by
# $1 - \alpha\lambda$. That shrinks exactly if $0 < \alpha < 2/\lambda$. With several directions the
# largest curvature $L$ decides:
#
# $$\alpha < \frac{2}{L}.$$
#
# So "gradient descent is guaranteed to reach the minimum of a convex function" lacks a condition. Guess
# the limit for $f = 5x^2$ (`optimizers-stable-rate`), then run this:

# %% id="stable-rate-check"
for lr in (0.19, 0.20, 0.21):
    x = 1.0
    for _ in range(100):
        x -= lr * 10 * x
    print(f"rate {lr:.2f}: after 100 steps |x| = {abs(x):.1e}")

# %% [markdown] id="three-regimes"
# ## 2 · How much data per step?
#
# The loss is a mean over $N$ samples, and so is its gradient. A step may use all of them, one, or some:
#
# | | samples per gradient | steps per epoch | gradient |
# |---|---|---|---|
# | **batch** gradient descent | $N$ | 1 | exact |
# | **stochastic** gradient descent (SGD) | 1 | $N$ | right on average, very noisy |
# | **mini-batch** gradient descent | $B$ | $N/B$ | right on average, less noisy |
#
# One loop serves all three; only the batch size differs. (In everyday speech "SGD" means the third.) Write
# the iterator in `optimizers-batches`, and use it:

# %% id="one-loop"
minibatches = piece("optimizers-batches")
rng = np.random.default_rng(3)
N = 240
x = rng.normal(size=(N, 2)) * np.array([1.0, 0.45])
y = x @ np.array([1.2, -0.8]) + 0.4 * rng.normal(size=N)


def train_line(size, lr, epochs, seed=0):
    """The path of w under mini-batches of the given size, one row per step and one for the start."""
    rng, w = np.random.default_rng(seed), np.array([-1.0, 1.4])
    path = [w]
    for _ in range(epochs):                            # batch:       size = N
        for xb, yb in minibatches(x, y, size, rng):    # stochastic:  size = 1
            grad = 2 * xb.T @ (xb @ w - yb) / len(xb)  # mini-batch:  anything between
            w = w - lr * grad
            path.append(w)
    return np.array(path)


# Each at a rate that suits it: less noise, a larger rate.
regimes = {"batch (240)": train_line(N, 0.3, 3), "mini-batch (24)": train_line(24, 0.1, 3), "one sample": train_line(1, 0.03, 3)}
best = np.linalg.lstsq(x, y, rcond=None)[0]
for name, path in regimes.items():
    print(f"{name:16} 3 epochs, {len(path) - 1:3d} steps, distance to the best w: {np.linalg.norm(path[-1] - best):.3f}")

# %% id="fig-regimes"
def line_loss(w1, w2):
    error = w1[..., None] * x[:, 0] + w2[..., None] * x[:, 1] - y
    return np.mean(error**2, axis=-1)


loss_surface(line_loss, (-1.3, 2.1), (-1.6, 1.9), paths=regimes, log=True, title="Three epochs each")

# %% [markdown] id="batch-gd"
# **Batch gradient descent** walks smoothly and each gradient is exact; on small convex problems that is
# all you want. But a step costs a pass over all the data, $O(N)$, so on large data it is slow, and it
# has no noise that would shake it off a saddle. It is *not* true that the whole data set has to fit into
# memory: gradients add up, so they can be accumulated chunk by chunk (`optimizers-accumulate`):

# %% id="accumulation"
accumulated_gradient = piece("optimizers-accumulate")
w = np.array([0.3, 0.3])
whole = 2 * x.T @ (x @ w - y) / N
for size in (7, 64, N):
    gap = np.max(np.abs(accumulated_gradient(x, y, w, size) - whole))
    print(f"chunks of {size:3d}: equal to the whole gradient to rounding: {gap < 1e-14}")

# %% [markdown] id="sgd-one"
# **One sample at a time** costs $O(1)$ per step, can learn from a stream of data, needs hardly any
# memory, and its noise helps to leave flat places and poor local minima. The price: noisy steps, a path
# that never settles while the rate stays constant, a rate that must be chosen with care, and no use of
# vectorized hardware.
#
# Noisy, but **unbiased**: the mean of all one-sample gradients *is* the gradient.

# %% id="unbiased"
singles = np.array([2 * xi * (xi @ w - yi) for xi, yi in zip(x, y)])
print("mean of the one-sample gradients equals the gradient:", np.allclose(singles.mean(axis=0), whole, rtol=1e-12))
print(f"length of the gradient {np.linalg.norm(whole):.2f}, typical distance of one sample's from it "
      f"{np.sqrt(np.mean(np.sum((singles - whole) ** 2, axis=1))):.2f}")

# %% [markdown] id="minibatch"
# **Mini-batches** are the compromise that everyone uses: many steps per epoch, less noise, one matrix
# product per layer (fast on any hardware), and what noise is left acts as a mild regularizer. Two things
# remain to be chosen, the rate and the batch size; the rate usually needs a schedule as well.
#
# How much less noise? The mean of $B$ independent gradients has standard deviation $\propto 1/\sqrt B$:
# four times the batch for half the noise. Measured on a network for the digits:

# %% id="fig-noise"
images, labels = nnlib.datasets.digits()
order = np.random.default_rng(0).permutation(len(images))
images, labels = ((images - images.mean()) / images.std())[order], labels[order]
train, val, test = (images[:1000], labels[:1000]), (images[1000:1400], labels[1000:1400]), (images[1400:], labels[1400:])


def network(seed, width=24, activation=ReLU, dtype=np.float32):
    """A small network for the digits, packed: the net and its Parameters."""
    rng = np.random.default_rng(seed)
    net = Sequential(Dense(64, width, rng, he_normal), activation(), Dense(width, 10, rng, glorot_normal))
    return net, Parameters(net, dtype)


def gradient_at(net, parameters, x, y):
    """The gradient of the loss on some rows, as one vector."""
    net.backward(softmax_cross_entropy(net.forward(x, train=True), y)[1])
    parameters.gather()
    return parameters.grad.copy()


net, parameters = network(0, dtype=np.float64)
exact = gradient_at(net, parameters, *train)
sizes, noise = [1, 2, 4, 8, 16, 32, 64, 128, 256], []
rng = np.random.default_rng(1)
for size in sizes:
    gaps = []
    for _ in range(60):
        rows = rng.integers(0, 1000, size)
        gaps.append(np.linalg.norm(gradient_at(net, parameters, train[0][rows], train[1][rows]) - exact))
    noise.append(np.sqrt(np.mean(np.square(gaps))))
slope = np.polyfit(np.log(sizes), np.log(noise), 1)[0]
print(f"slope on log-log axes {slope:.2f}; the law says -0.5")
curves(sizes, {"measured": noise, "1/√B": noise[0] / np.sqrt(sizes)}, xlabel="batch size B", ylabel="noise of the gradient",
       xscale="log", yscale="log", title="Four times the batch, half the noise")

# %% [markdown] id="batch-memory"
# What a batch costs in memory is often misjudged as "batch size times parameters". The gradients of the
# samples are summed at once, never stored; what grows with the batch are the **activations**:

# %% id="batch-memory-numbers"
layers, B = [784, 128, 64, 10], 128
n_params = sum(a * b + b for a, b in zip(layers, layers[1:]))
kept = layers[0] + 2 * sum(layers[1:-1]) + layers[-1]  # inputs, and before and after each activation
mib = 4 / 2**20
print(f"{n_params} parameters, float32, batch of {B}")
print(f"batch x parameters           {B * n_params * mib:5.1f} MiB  (the misjudgement)")
print(f"parameters and gradients     {2 * n_params * mib:5.2f} MiB")
print(f"activations of the batch     {B * kept * mib:5.2f} MiB")

# %% [markdown] id="batch-sizes"
# **Which size?** 32 to 512 is usual; 32, 64, 128 and 256 are typical, and 32 is the default of our
# `fit`. Small enough for many steps and some noise, large enough to keep the hardware busy. That it has
# to be a power of two is folklore: some units of GPUs do like multiples of 8 (NVIDIA's guide says which),
# but is a batch of 32 quicker per row than one of 31 or 33? Measure it on your machine: this cell times a
# gradient at powers of two and at their neighbours. It prints nothing, since times differ from run to run.

# %% id="fig-batch-time"
net, parameters = network(0)
single = train[0].astype(np.float32)


def microseconds_per_row(size, turns=15):
    """The time of one gradient, by rows; the quickest of some turns, since other programs run too."""
    times = []
    for _ in range(turns):
        began = perf_counter()
        gradient_at(net, parameters, single[:size], train[1][:size])
        times.append(perf_counter() - began)
    return 1e6 * min(times) / size


powers = 2 ** np.arange(3, 9)
times = np.array([[microseconds_per_row(size + more) for size in powers] for more in (-1, 0, 1)])
ticks = {float(size): str(size) for size in powers}
left = Panel("One gradient, forward and backward", xlabel="batch size B", ylabel="microseconds per row",
             xscale="log", yscale="log", xticks=ticks)
left.points(np.r_[powers - 1, powers + 1], np.r_[times[0], times[2]], "orange", marker="s", size=5,
            label="one row less, one more")
left.points(powers, times[1], "blue", size=5, label="powers of two")
right = Panel("Powers of two against their neighbours", xlabel="batch size B", ylim=(0, 2),
              ylabel="time per row / neighbours' mean", xscale="log", xticks=ticks, legend="none")
right.hline(1.0).points(powers, 2 * times[1] / (times[0] + times[2]), "blue", size=5)
render(Scene([left, right], width=860))

# %% [markdown] id="batch-sizes-read"
# On the left: the larger the batch, the less a row costs. On the right: if powers of two had an advantage
# of their own, the points would lie well below the line. In the picture that comes with the course they
# lie within a few percent of it.

# %% [markdown] id="linear-scaling"
# ### Batch and rate belong together
#
# The **linear scaling rule**: with $k$ times the batch, use $k$ times the rate; one large step then
# replaces $k$ small ones. It holds for plain SGD while the rate stays below $2/L$, which does not depend
# on the batch; large batches need a warm-up besides (section 8). Push the slider until it breaks.
# (`optimizers-scaling-rule`)

# %% id="batch-widget"
scaling = batch_and_rate()
scaling

# %% id="fig-batch-rate"
scaling.static(log_batch=10)

# %% id="scaling-breaks"
rng = np.random.default_rng(2)
rows = rng.normal(size=(8192, 5))
goal = rows @ np.ones(5) + 0.3 * rng.normal(size=8192)
floor = np.mean((goal - rows @ np.linalg.lstsq(rows, goal, rcond=None)[0]) ** 2) / 2
limit = 2 / np.linalg.eigvalsh(rows.T @ rows / 8192)[-1]
print(f"limit of the rate {limit:.2f}")
for size in (8, 64, 512, 1024):
    lr, w = 0.02 * size / 8, np.zeros(5)
    for k in range(4 * 8192 // size):
        part = np.arange(k * size, (k + 1) * size) % 8192
        w -= lr * rows[part].T @ (rows[part] @ w - goal[part]) / size
    print(f"batch {size:4d}, rate {lr:4.2f}: loss above the best fit {np.mean((goal - rows @ w) ** 2) / 2 - floor:.1e}")

# %% [markdown] id="saddles"
# ## 3 · Saddles
#
# In high dimensions most flat points are neither minima nor maxima but **saddles**: the surface rises
# one way and falls another. Batch gradient descent is said to get stuck there. Look at
# $f(x, y) = x^2 - y^2$: per step at rate 0.1, $x$ is multiplied by 0.8 and $y$ by 1.2. Whatever $y$ was,
# unless it was exactly zero, it grows.

# %% id="saddle-escape"
for y0 in (0.0, 1e-10, 1e-3):
    x_, y_, step = 1.0, y0, 0
    while abs(y_) < 1 and step < 1000:
        x_, y_, step = x_ - 0.1 * 2 * x_, y_ + 0.1 * 2 * y_, step + 1
    print(f"start y = {y0:5.0e}: " + ("still there after 1000 steps" if step == 1000 else f"away after {step} steps"))

# %% id="fig-saddle"
maps({"exactly on the ridge": {"y = 0": walk("saddle", "SGD", 0.1, start=(-2.0, 0.0), steps=150)},
      "a thousandth beside it": {"y = 0.001": walk("saddle", "SGD", 0.1, start=(-2.0, 0.001), steps=150)}}, "saddle")

# %% [markdown] id="saddles-truth"
# So saddles do not trap; they *delay*, and the closer you come to the ridge, the longer. Gradient noise
# supplies the nudge for free. (`optimizers-saddle`) The map's saddle,
# $\tfrac12x^2 - \tfrac12y^2 + \tfrac18y^4$, is the same near the origin, up to the scale, and turns up
# again further out, so that who escapes has somewhere to go. (In the race of section 6 you can drag the
# start as close to the ridge as you like.)

# %% [markdown] id="curvature"
# ## 4 · Curvature
#
# What decides the speed is the **Hessian** $H$, the matrix of second derivatives. Its eigenvalues are
# the curvatures along its eigenvectors; the ratio of the largest to the smallest, $\kappa = L/\mu$, is
# the **condition number** (of a valley, where all are positive). A point without slope that has
# eigenvalues of both signs is a saddle.
#
# A network with $n$ parameters has a Hessian of $n^2$ numbers, too many. But its product with a vector
# needs just two gradients:
#
# $$Hv \approx \frac{\nabla f(\theta + hv) - \nabla f(\theta - hv)}{2h},$$
#
# and multiplying by $H$ again and again turns almost any vector towards the direction of largest
# curvature (in size). Do `optimizers-hvp` and `optimizers-power`; together they measure the largest
# curvature of a network with 1810 parameters:

# %% id="sharpness"
hvp, top_curvature = piece("optimizers-hvp"), piece("optimizers-power")


def curvature_of(net, parameters, rows):
    """The curvature of largest size at the present theta, from Hessian-vector products."""
    here = parameters.theta.copy()

    def gradient(theta):
        parameters.theta[:] = theta
        return gradient_at(net, parameters, *rows)

    top = top_curvature(lambda v: hvp(gradient, here, v), np.random.default_rng(0).normal(size=len(here)), 40)
    parameters.theta[:] = here
    return top


few, bounces = (train[0][:300], train[1][:300]), {}
for fraction in (0.5, 3, 8):
    net, parameters = network(1, activation=Tanh, dtype=np.float64)
    top, losses = curvature_of(net, parameters, few), []
    for _ in range(30):
        losses.append(softmax_cross_entropy(net.forward(few[0]), few[1])[0])
        parameters.theta -= fraction * 2 / top * gradient_at(net, parameters, *few)
    bounces[f"{fraction} × the limit"] = np.minimum(losses, 8)
    print(f"{fraction:3} x the limit {2 / top:.2f}: losses " + " ".join(f"{value:.1f}" for value in losses[:6])
          + (f" ... {losses[-1]:.2f}, curvature {top:.1f} -> {curvature_of(net, parameters, few):.1f}" if fraction < 8 else " ..."))

# %% id="fig-sharpness"
curves(np.arange(30), bounces, xlabel="step", ylabel="loss (cut off at 8)",
       title="Rates in units of the limit 2/L at the start")

# %% [markdown] id="sharpness-read"
# Below the limit the loss falls at every step. At three times the limit it bounces, and yet it ends
# lower: a network is no quadratic, and the bounces throw it to a place where the curvature is less. At
# eight times it is lost. So $2/L$ at the start is not a border but the right *order of magnitude* of the
# rate, and that is what it is good for.

# %% [markdown] id="condition-number"
# ### Why the condition number hurts, and what momentum does about it
#
# With the best constant rate, $2/(L + \mu)$, gradient descent shrinks the error per step by the factor
# $\frac{\kappa - 1}{\kappa + 1}$: it needs in the order of $\kappa$ steps. Momentum, the subject of the
# next section, gets by with $\frac{\sqrt\kappa - 1}{\sqrt\kappa + 1}$ (Polyak 1964): in the order of
# $\sqrt\kappa$.

# %% id="condition-table"
def steps_needed(kappa, lr, beta):
    """Steps until the error on curvatures 1 and kappa has fallen to a thousandth."""
    h, theta, v, k = np.array([1.0, kappa]), np.ones(2), np.zeros(2), 0
    while np.linalg.norm(theta) > 1e-3 * np.sqrt(2):
        v = beta * v + h * theta
        theta = theta - lr * v
        k += 1
    return k


print("condition number   gradient descent   momentum")
for kappa in (10, 100, 1000):
    root = np.sqrt(kappa)
    beta = ((root - 1) / (root + 1)) ** 2
    plain = steps_needed(kappa, 2 / (kappa + 1), 0.0)
    print(f"{kappa:16d} {plain:18d} {steps_needed(kappa, (1 + np.sqrt(beta)) ** 2 / kappa, beta):10d}")

# %% id="fig-condition"
kappas, needed = np.geomspace(3, 1000, 11), {"gradient descent": [], "momentum": []}
for kappa in kappas:
    root = np.sqrt(kappa)
    beta = ((root - 1) / (root + 1)) ** 2
    needed["gradient descent"].append(steps_needed(kappa, 2 / (kappa + 1), 0.0))
    needed["momentum"].append(steps_needed(kappa, (1 + np.sqrt(beta)) ** 2 / kappa, beta))
curves(kappas, needed, xlabel="condition number κ", ylabel="steps to a thousandth", xscale="log",
       yscale="log", title="In the order of κ, and of its root")

# %% [markdown] id="momentum"
# ## 5 · Momentum
#
# Keep a **velocity** $v$, a fading sum of gradients:
#
# $$v \leftarrow \beta v + g, \qquad \theta \leftarrow \theta - \alpha v .$$
#
# In the ravine the gradients across it alternate in sign and cancel; those along it agree and add up. So
# momentum *dampens* the swings and *accelerates* where the slope is consistent; it also carries across
# small bumps. The usual $\beta$ is 0.9. Under a constant gradient $g$ the velocity tends to
# $g/(1-\beta)$, **ten times** $g$:

# %% id="terminal-velocity"
v = 0.0
for step in range(1, 101):
    v = 0.9 * v + 1.0
    if step in (1, 5, 10, 20, 100):
        print(f"step {step:3d}: v = {v:.2f}")

# %% [markdown] id="same-rate"
# So "SGD against momentum, both at rate 0.01" compares a rate of 0.01 with one of 0.1. Keep it in mind
# for section 10. Do `optimizers-momentum`; your class in the ravine, at *equal* speed ($\alpha$ and
# $\alpha(1-\beta)$):

# %% id="fig-momentum"
Momentum = piece("optimizers-momentum")


def follow(rule, slope, start, rates):
    """The path of an optimizer object; its update may return theta or change it in place."""
    theta, path = np.array(start, dtype=float), [np.array(start, dtype=float)]
    for lr in rates:
        new = rule.update(theta, slope(theta), lr)
        theta = theta if new is None else new
        path.append(theta.copy())
    return np.array(path)


def down(theta):
    return ravine @ theta


maps({"plain, rate 0.045": {"SGD": descend(ravine, np.zeros(2), start, 0.045, 60)},
      "β = 0.9, rate 0.0045": {"momentum": follow(Momentum(0.9), down, start, [0.0045] * 60)},
      "β = 0.9, rate 0.02": {"faster": follow(Momentum(0.9), down, start, [0.02] * 60)}}, "ravine")

# %% [markdown] id="momentum-forms"
# ### Two ways to write it
#
# You will also meet $v \leftarrow \beta v + \alpha g$, $\theta \leftarrow \theta - v$. With a constant
# rate it is the same path. When the rate changes, it is not: the old rate lives on inside the velocity.
# The third form, a running mean $v \leftarrow \beta v + (1-\beta) g$, takes steps a tenth as long. We
# multiply at the end, as PyTorch does. (`optimizers-bug-old-rate`)

# %% id="momentum-forms-check"
def inside(rates):
    theta, v = 1.0, 0.0
    for lr in rates:
        v = 0.9 * v + lr * theta  # the gradient of theta**2 / 2 is theta
        theta -= v
    return theta


def at_the_end(rates):
    return float(follow(Momentum(0.9), lambda theta: theta, [1.0], rates)[-1, 0])


for name, rates in {"constant rate": [0.1] * 25, "rate / 100 after step 20": [0.1] * 20 + [0.001] * 5}.items():
    print(f"{name:25} inside {inside(rates):7.4f}   at the end {at_the_end(rates):7.4f}")

# %% [markdown] id="nesterov"
# ### Nesterov's version
#
# Momentum is going to move by $\beta v$ anyway, so measure the slope *there*:
#
# $$v \leftarrow \beta v + \nabla f(\theta - \alpha\beta v), \qquad \theta \leftarrow \theta - \alpha v.$$
#
# A ball that looks ahead brakes before the valley turns upward, so it overshoots less. Code prefers a
# form with the gradient at the present point; keep track of the look-ahead point itself, and, at a
# constant rate, it becomes $\theta \leftarrow \theta - \alpha\,(g + \beta v)$ with the new $v$. Do
# `optimizers-nesterov`, then check that both forms are one:

# %% id="nesterov-check"
Nesterov = piece("optimizers-nesterov")
ours = follow(Nesterov(0.9), down, start, [0.01] * 40)
theta, v, lookahead = start.copy(), np.zeros(2), [start.copy()]
for _ in range(40):
    v = 0.9 * v + down(theta - 0.01 * 0.9 * v)
    theta = theta - 0.01 * v
    lookahead.append(theta - 0.01 * 0.9 * v)
print("our path is the path of the look-ahead points:", np.allclose(ours, np.array(lookahead), rtol=1e-9, atol=1e-12))

# %% [markdown] id="nesterov-limits"
# "Converges faster than momentum" is half the truth: at a rate that suits it, yes. But its limit of
# stability is lower. With curvatures 1 and 100:

# %% id="nesterov-limits-check"
steep = np.diag([1.0, 100.0])
for lr in (0.009, 0.030):
    ends = [np.linalg.norm(follow(rule(0.9), lambda t: steep @ t, [1.0, 1.0], [lr] * 30)[-1]) for rule in (Momentum, Nesterov)]
    print(f"rate {lr:.3f}, 30 steps: distance with momentum {ends[0]:.0e}, with Nesterov {ends[1]:.0e}")
print(f"limits of the rate: momentum {2 * 1.9 / 100:.4f}, Nesterov {2 * 1.9 / (1 + 2 * 0.9) / 100:.4f}")

# %% id="fig-stability"
stability(100.0)

# %% [markdown] id="momentum-map"
# The map shows the factor per step for every rate and every $\beta$. Drag the point: start at rate ×
# curvature 1 with $\beta = 0$, where gradient descent lives, and go looking for the fastest place. It
# lies at a high $\beta$ close to the edge, for momentum.

# %% id="momentum-widget"
dial = momentum_map()
dial

# %% id="fig-momentum-map"
dial.static(dial=(3.2, 0.68))

# %% [markdown] id="adagrad"
# ## 6 · A rate for every coordinate
#
# Momentum knows one rate. But the coordinates of a network differ: the weight of a rare feature gets few
# gradients, that of a common one many. **AdaGrad** (Duchi et al. 2011) divides each coordinate by the
# root of its own past:
#
# $$s \leftarrow s + g^2, \qquad \theta \leftarrow \theta - \frac{\alpha\, g}{\sqrt s + \varepsilon}
# \qquad\text{(everything coordinate by coordinate)}.$$
#
# Large gradients get a small rate and small ones a large rate, which suits sparse data and badly scaled
# features. The price: $s$ only grows, so the rate only falls. Under a constant gradient the step after
# $t$ steps is $\alpha/\sqrt t$; sooner or later it is too small. (`optimizers-adagrad`)

# %% [markdown] id="rmsprop"
# **RMSProp** (Hinton 2012) forgets: it replaces the sum by a running mean,
#
# $$v \leftarrow \rho v + (1-\rho)\, g^2, \qquad \theta \leftarrow \theta - \frac{\alpha\, g}{\sqrt v + \varepsilon},$$
#
# with $\rho = 0.9$ (PyTorch: 0.99) and $\varepsilon$ outside the root. (`optimizers-rmsprop`) The steps
# under a constant gradient:

# %% id="fig-effective-rate"
AdaGradPiece, RMSPropPiece = piece("optimizers-adagrad"), piece("optimizers-rmsprop")
steps = np.arange(1, 101)


def lengths(rule, gradient=1.0, n=100):
    """The length of every step at rate 1 under a constant gradient."""
    return -np.diff(follow(rule, lambda theta: np.full(1, gradient), [0.0], [1.0] * n)[:, 0])


shown = {"AdaGrad": lengths(AdaGradPiece()), "RMSProp, ρ = 0.9": lengths(RMSPropPiece(0.9))}
for name, path in shown.items():
    print(f"{name:16} step 1: {path[0]:.3f}   step 25: {path[24]:.3f}   step 100: {path[99]:.3f}")
curves(steps, shown, xlabel="step", ylabel="step length / rate", marks=False, title="A constant gradient of 1")

# %% [markdown] id="rmsprop-details"
# Two details. RMSProp's mean starts from 0, so its first step is $1/\sqrt{0.1} = 3.16$ times too long.
# And the place of $\varepsilon$ counts where gradients are tiny: with $g = 10^{-6}$ and
# $\varepsilon = 10^{-8}$ the step is 0.990 of the rate outside the root, and 0.010 inside it.

# %% id="eps-placement"
g, eps = 1e-6, 1e-8
print(f"outside {g / (np.sqrt(g * g) + eps):.3f}   inside {g / np.sqrt(g * g + eps):.3f}")

# %% [markdown] id="adagrad-tuning"
# "AdaGrad needs no tuning of the rate" is another half-truth. It evens the coordinates out, but the
# overall $\alpha$ still matters. On the bowl, 200 steps:

# %% id="adagrad-rates"
for lr in (0.001, 0.01, 0.1):
    x_, y_ = walk("bowl", "AdaGrad", lr, steps=200)[-1]
    print(f"rate {lr:5.3f}: loss {LANDSCAPES['bowl'].value(x_, y_):.1e}")

# %% [markdown] id="adam"
# ### Adam
#
# **Adam** (Kingma and Ba 2015) joins the two ideas, momentum's mean of gradients and RMSProp's mean of
# squares, and mends the start:
#
# $$m \leftarrow \beta_1 m + (1-\beta_1)\, g, \qquad v \leftarrow \beta_2 v + (1-\beta_2)\, g^2,$$
# $$\hat m = \frac{m}{1-\beta_1^t}, \qquad \hat v = \frac{v}{1-\beta_2^t}, \qquad
# \theta \leftarrow \theta - \frac{\alpha\,\hat m}{\sqrt{\hat v} + \varepsilon},$$
#
# where $t$ counts steps from 1. A superscript $t$ on $\beta$ is a *power*; read as a product,
# $1 - 0.9 \cdot 2$ is negative: at the second step $\hat m$ points the wrong way, and $\hat v$ no longer
# has a root.
#
# What to remember: each coordinate moves by **about $\alpha$ per step**, whatever the size of its
# gradient, and by less where the gradient keeps changing its sign, because then $\hat m$ is small beside
# $\sqrt{\hat v}$. Do `optimizers-adam`.

# %% [markdown] id="adam-defaults"
# The usual settings are $\beta_1 = 0.9$, $\beta_2 = 0.999$, $\alpha = 0.001$, $\varepsilon = 10^{-8}$.
# They work surprisingly often, which is Adam's main charm: little tuning, cheap, robust to the scale of
# the gradients. Of the four, the one worth tuning is $\alpha$.
#
# Here one coordinate gets noisy gradients, around 1 at first and around $-0.5$ from step 60 on. $\hat m$
# follows the change in ten to twenty steps; $\sqrt{\hat v}$ has a longer memory, and hardly moves. Their
# ratio is the step: the rate itself at first, then less, since noise makes $\sqrt{\hat v}$ the larger
# one.

# %% id="fig-adam-traces"
AdamPiece = piece("optimizers-adam")
rng = np.random.default_rng(4)
noisy = np.where(np.arange(120) < 60, 1.0, -0.5) + 0.8 * rng.normal(size=120)
m_hat, root, move = [], [], []
m = v = 0.0
for t, g in enumerate(noisy, start=1):
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
    m_hat.append(m / (1 - 0.9**t))
    root.append(np.sqrt(v / (1 - 0.999**t)))
rule = AdamPiece()
path = [np.zeros(1)]
for g in noisy:
    here = path[-1].copy()
    new = rule.update(here, np.array([g]), 1.0)
    path.append(here if new is None else new)
at = np.arange(1, 121)
left = Panel("What Adam keeps", xlabel="step", ylabel="gradient units").points(at, noisy, "grey", size=2.5, label="gradients")
left.line(at, m_hat, "blue", label="m̂").line(at, root, "orange", dash=True, label="√v̂")
right = Panel("Its step", xlabel="step", ylabel="step / rate", ylim=(-1.3, 1.3), legend="none").hline(0.0)
right.line(at, -np.diff(np.array(path)[:, 0]), "purple")
render(Scene([left, right], width=860))

# %% [markdown] id="bias-correction"
# ### Why the correction
#
# Both means start from 0. After one step $m = 0.1\,g$ but $v = 0.001\,g^2$, so uncorrected the first
# step is $0.1/\sqrt{0.001} = 3.16$ times the rate, and it gets worse before it gets better. Adam is
# often written down without the correction; find it in `optimizers-bug-adam`.

# %% id="fig-bias-correction"
def uncorrected(n):
    m, v, out = 0.0, 0.0, []
    for _ in range(n):
        m, v = 0.9 * m + 0.1, 0.999 * v + 0.001
        out.append(m / (np.sqrt(v) + 1e-8))
    return np.array(out)


raw, corrected = uncorrected(3000), lengths(AdamPiece(), n=3000)
print("step / rate without correction, t = 1, 12, 100, 1000: " + ", ".join(f"{raw[t - 1]:.2f}" for t in (1, 12, 100, 1000)))
print(f"largest {raw.max():.2f} at t = {raw.argmax() + 1}; below 1.05 only from t = {int(np.argmax(raw < 1.05)) + 1}; "
      f"with correction always {corrected.min():.2f} to {corrected.max():.2f}")
curves(np.arange(1, 3001), {"without correction": raw, "with correction": corrected}, xlabel="step", ylabel="step length / rate",
       xscale="log", marks=False, ylim=(0, 7), title="A constant gradient, Adam's first 3000 steps")

# %% [markdown] id="race"
# ### The race
#
# Pick a landscape, a rate, a momentum; drag the start; press play. Things to look for: in the *ravine*,
# how Adam walks diagonally at first, every coordinate at the same speed. On the *saddle*, who waits. In
# *two valleys*, who gets across the hump. And on any of them: the order at the finish changes with the
# rate, so a race at one rate shows nothing about which is *better*.

# %% id="race-widget"
contest = race()
contest

# %% id="fig-race-ravine"
contest.static()

# %% id="fig-race-saddle"
contest.static(landscape="saddle", start=(-1.5, 0.001), shown=80)

# %% [markdown] id="adamw"
# ## 7 · Weight decay, done right
#
# A penalty $\lambda\lVert\theta\rVert^2$ adds $2\lambda\theta$ to the gradient. For plain gradient
# descent that is the same as shrinking the weights by the factor $1 - 2\alpha\lambda$ before each step:
# "L2 regularization" and "weight decay" are one thing (with decay $2\lambda$).
#
# For Adam they are two. What is added to the gradient passes through the division by $\sqrt{\hat v}$:
# weights with large gradients are hardly penalized. **AdamW** (Loshchilov and Hutter 2019) decays beside
# the gradient:
#
# $$\theta \leftarrow (1 - \alpha\lambda)\,\theta, \qquad\text{then Adam's step.}$$
#
# Do `optimizers-adamw` and `optimizers-bug-decay`. Two weights start at 1 and get nothing but noise as
# gradients, of size 1 and of size 100; the decay is $\lambda = 1$:

# %% id="fig-decay"
AdamWPiece = piece("optimizers-adamw")
lr, decay = 0.001, 1.0
noise = np.random.default_rng(5).normal(size=(2000, 2)) * np.array([1.0, 100.0])


class AdamL2:
    """Adam whose decay goes through the gradient."""

    def __init__(self):
        self.adam = AdamPiece()

    def update(self, theta, grad, lr):
        return self.adam.update(theta, grad + decay * theta, lr)


def under_noise(rule):
    theta, path = np.ones(2), [np.ones(2)]
    for g in noise:
        new = rule.update(theta, g, lr)
        theta = theta if new is None else new
        path.append(theta.copy())
    return np.array(path)


coupled, decoupled = under_noise(AdamL2()), under_noise(AdamWPiece(weight_decay=decay, n_decay=2))
at = np.arange(2001)
panels = []
for title, path in (("Adam with L2", coupled), ("AdamW", decoupled)):
    panel = Panel(title, xlabel="step", ylabel="weight", ylim=(-0.1, 1.1))
    panel.line(at, path[:, 0], "blue", label="gradients of size 1").line(at, path[:, 1], "orange", label="of size 100", dash=True)
    panels.append(panel.line(at, np.exp(-lr * decay * at), "grey", width=1.2, label="exp(−αλt)"))
    print(f"{title:12} after 2000 steps: gradients of size 1: {path[-1, 0]:.2f}, of size 100: {path[-1, 1]:.2f}")
render(Scene(panels, width=820))

# %% [markdown] id="decay-read"
# With L2 the second weight hardly decays at all. With AdamW both follow $e^{-\alpha\lambda t}$, up to
# the noise of the steps.
#
# Move the size of the larger gradients from 1 to 1000: on the left the dashed weight decays less and
# less, on the right nothing changes. And with $\lambda = 0$ the two rules are the same.

# %% id="decay-widget"
decays = decay_under_noise()
decays

# %% id="fig-decay-widget"
decays.static(size=3)

# %% [markdown] id="no-decay-on-biases"
# **Biases and the scales of normalization layers should not decay.** They do not make a function wiggly;
# pulling them to 0 only moves boundaries and shrinks activations. `Parameters` lays the vector out so
# that the matrices come first, and decay is then one slice, `theta[:n_decay]`:

# %% id="no-decay-check"
net = Sequential(Dense(3, 4, np.random.default_rng(0), he_normal), nnlib.BatchNorm(4), ReLU(), Dense(4, 2, np.random.default_rng(1), he_normal))
parameters = Parameters(net, np.float64)
print("order in theta:", ", ".join(e.name for e in parameters.entries))
print(f"decays: the first {parameters.n_decay} of {len(parameters)}")
before = parameters.theta.copy()
AdamW(parameters, 0.1, weight_decay=0.5).step()  # the gradients are still 0: only the decay acts
moved = parameters.theta != before
print("moved:", ", ".join(e.name for e in parameters.entries if moved[e.where].any()))

# %% [markdown] id="schedules"
# ## 8 · Schedules
#
# With a constant rate, mini-batch descent never settles: near the minimum the noise of the gradient,
# times the rate, keeps it shaking. A **schedule** makes the rate a function of the step: large while
# there is ground to cover, small at the end.
#
# | schedule | rate at step $k$ of $K$ | remarks |
# |---|---|---|
# | step decay | $\alpha\,\gamma^{\lfloor k/s \rfloor}$ | falls by $\gamma$ every $s$ steps; mind the floor |
# | exponential | $\alpha\, e^{-ck} = \alpha\, 2^{-k/h}$ | halves every $h = \ln 2 / c$ steps |
# | cosine | $\alpha_\text{min} + (\alpha - \alpha_\text{min})\frac{1 + \cos(\pi k/K)}{2}$ | flat at both ends; hold it at $\alpha_\text{min}$ after $K$ |
# | cosine with restarts | the same, begun anew | each period longer than the last |
# | warm-up, then any | $\alpha\,(k+1)/w$ for $k < w$ | rises first |
# | one cycle | up in 30 % of the steps, down in the rest | one peak, higher than a constant rate could be |
#
# Count in *steps*, not epochs; then a schedule means the same for every batch size.

# %% id="fig-schedules"
K = 300
at = np.arange(K)
kinds = {
    "step decay": nnlib.step_decay(0.1, every=100, factor=0.3), "exponential": nnlib.exponential_decay(0.1, rate=0.5 ** (1 / 75)),
    "cosine": nnlib.cosine_annealing(0.1, steps=K), "restarts": nnlib.cosine_restarts(0.1, period=43, growth=2),
    "warm-up + cosine": nnlib.warmup(nnlib.cosine_annealing(0.1, steps=K - 45), steps=45), "one cycle": nnlib.one_cycle(0.1, steps=K),
}
panels = [Panel(name, xlim=(0, K), ylim=(0, 0.11), xlabel="step", ylabel="rate" if k % 3 == 0 else "").line(at, [f(int(i)) for i in at])
          for k, (name, f) in enumerate(kinds.items())]
render(Scene([panels[:3], panels[3:]], width=860, height=470))

# %% [markdown] id="step-decay"
# **Step decay** is often printed without its floor, $0.1^{k/s}$. That is no staircase but an exponential
# slide: half-way to the first drop the rate has fallen to a third. (`optimizers-bug-floor`)

# %% id="floor-check"
for epoch in (0, 5, 10, 15):
    print(f"epoch {epoch:2d}, drop every 10: with floor {0.1 ** (epoch // 10):.4f}, without {0.1 ** (epoch / 10):.4f}")

# %% [markdown] id="exponential"
# **Exponential decay** falls by the same factor at every step. Think of it by its half-life; write it in
# `optimizers-exponential`.

# %% id="half-life"
halving = piece("optimizers-exponential")
print("half-life 75:", ", ".join(f"step {k}: {halving(0.1, 75, k):.5f}" for k in (0, 75, 150, 300)))
c = np.log(2) / 75
print(f"the same with exp(-c k), c = ln 2 / 75: {0.1 * np.exp(-c * 150):.5f}")

# %% [markdown] id="cosine"
# **Cosine annealing** (Loshchilov and Hutter 2017) starts and ends gently. **Warm-up** rises linearly
# over the first steps: at the start, gradients are large, Adam's means rest on few samples, and a full
# step can do lasting harm. The two together are today's default for large networks; write them in
# `optimizers-cosine`, ends and all.

# %% id="cosine-check"
warmup_cosine = piece("optimizers-cosine")
print("  ".join(f"{k}: {warmup_cosine(k, 0.1, 0.001, 20, 220):.4f}" for k in (0, 9, 19, 20, 120, 220, 400)))

# %% [markdown] id="plotter"
# Try them on noisy descent with curvatures 1 and 12. Note what the constant rate ends at, and that a
# larger rate at the start costs nothing if it falls later.

# %% id="schedule-widget"
plotter = schedule_plotter()
plotter

# %% id="fig-plotter"
plotter.static(schedule="one cycle", rate=0.15)

# %% [markdown] id="schedules-compared"
# ### Compared on a network
#
# Two noisy half-moons, which no small network can fit exactly, so that the noise of the gradient stays.
# Momentum 0.9, 12 epochs, batches of 16. To be fair, every schedule gets *its own* best peak rate out of
# the same five (mean of four seeds); then five fresh seeds. Bands run from the best seed to the worst.
# What is plotted is the training loss over all rows, measured after each epoch (cut off at 0.62).

# %% id="fig-schedules-network"
moons, sides = nnlib.datasets.moons(600, np.random.default_rng(0), noise=0.35)
moon_data = (moons, sides.reshape(-1, 1).astype(float))
total = 12 * -(-600 // 16)
planned = {
    "constant": nnlib.constant,
    "step decay": lambda peak: nnlib.step_decay(peak, every=total // 3, factor=0.2),
    "warm-up + cosine": lambda peak: lambda k: warmup_cosine(k, peak, 0.0, total // 12, total),
    "one cycle": lambda peak: nnlib.one_cycle(peak, steps=total),
}


def moon_losses(schedule, seed):
    """Training loss after each of 12 epochs, for a fresh network."""
    rng = np.random.default_rng(seed)
    net = Sequential(Dense(2, 16, rng, he_normal), Tanh(), Dense(16, 1, rng, glorot_normal))
    return fit(net, nnlib.bce_with_logits, SGD(Parameters(net), schedule, momentum=0.9), moon_data, epochs=12, batch_size=16,
               val=moon_data, rng=np.random.default_rng(100 + seed)).val_loss


scheduled, tried = {}, {}
for name, make in planned.items():
    tried[name] = {p: np.mean([moon_losses(make(p), seed)[-1] for seed in range(4)]) for p in (0.02, 0.06, 0.2, 0.6, 2.0)}
    peak = min(tried[name], key=tried[name].get)
    scheduled[f"{name}, {peak}"] = np.array([moon_losses(make(peak), seed) for seed in range(10, 15)])
    ends = scheduled[f"{name}, {peak}"][:, -1]
    print(f"{name:17} best peak {peak:4}: training loss after 12 epochs {ends.min():.2f} to {ends.max():.2f}")
print(f"constant, but at 0.6: {tried['constant'][0.6]:.1f} in the tuning runs")
bands(np.arange(1, 13), scheduled, xlabel="epoch", ylabel="training loss", ylim=(0.24, 0.62), title="Four schedules at their best rates, five seeds")

# %% [markdown] id="schedules-read"
# The schedules that fall can afford a peak ten times as high as the best constant rate, and end lower:
# their worst runs are about as good as its best one. The best peak of each lies inside the range tried;
# had it been at an end, the range would have been too short to be fair. One caution: where a network can
# fit all its training data exactly, the noise dies out by itself near the minimum, and a constant rate
# may do as well. Schedules pay where noise remains.

# %% [markdown] id="finder"
# ### A finder for the rate
#
# How large should the peak be? The **learning-rate finder** (Smith 2017) trains a copy for a few dozen
# steps while the rate grows geometrically, and records the loss. At first nothing happens, then the loss
# falls, then it explodes. Take a rate well below the turning point; a tenth of it is a common rule.
# Single losses are noisy, so smooth them by a running mean with Adam's correction: `optimizers-finder`.

# %% id="fig-finder"
suggest_rate = piece("optimizers-finder")
panels, found = [], {}
for name, make in {"SGD, momentum": lambda p, lr: SGD(p, lr, momentum=0.9), "Adam": Adam}.items():
    net, _ = network(7)
    rates, losses = nnlib.probes.lr_range_test(net, softmax_cross_entropy, make, train, rng=np.random.default_rng(8),
                                               lr_min=1e-5, lr_max=10.0, steps=120)
    smooth, found[name] = suggest_rate(rates, losses, 0.8)
    panel = Panel(name, xscale="log", xlabel="rate", ylabel="loss", ylim=(0, 5))
    panel.points(rates, np.minimum(losses, 4.95), "grey", size=2.5, label="single losses").line(rates, np.minimum(smooth, 4.95), "blue", label="smoothed")
    panels.append(panel.vline(found[name], "orange", label="suggested"))
    print(f"{name:14} suggested rate {found[name]:.0e}")
render(Scene(panels, width=820))

# %% [markdown] id="engine"
# ## 9 · In the engine
#
# In `nnlib` all parameters are one vector, so an optimizer is a few lines: subclass `Optimizer`, name
# the vectors to remember in `state`, and write `update(theta, grad, lr)`, in place. Your own classes
# need only a wrapper:

# %% id="wrap-piece"
class Wrapped(nnlib.Optimizer):
    """Any object with update(theta, grad, lr), as an optimizer of nnlib."""

    def __init__(self, parameters, lr, rule):
        super().__init__(parameters, lr)
        self.rule = rule

    def update(self, theta, grad, lr):
        new = self.rule.update(theta, grad, lr)
        if new is not None:
            theta[:] = new


per_epoch = -(-1000 // 32)


def run(make_optimizer, seed, epochs):
    """Train a fresh network on the digits; return its accuracy on the validation data."""
    net, parameters = network(seed)
    fit(net, softmax_cross_entropy, make_optimizer(parameters), train, epochs=epochs, rng=np.random.default_rng(100 + seed))
    return evaluate(net, accuracy, val)


for name, make in {"your momentum": lambda p: Wrapped(p, 0.05, Momentum(0.9)), "your Nesterov": lambda p: Wrapped(p, 0.05, Nesterov(0.9)),
                   "your RMSProp": lambda p: Wrapped(p, 0.003, RMSPropPiece(0.9)), "your Adam": lambda p: Wrapped(p, 0.01, AdamPiece()),
                   "your AdamW": lambda p: Wrapped(p, 0.01, AdamWPiece(0.01, p.n_decay))}.items():
    print(f"{name:14} validation accuracy {run(make, seed=0, epochs=8):.2f}")

# %% [markdown] id="state"
# ### What an optimizer keeps
#
# SGD keeps nothing; momentum, AdaGrad and RMSProp one vector as long as $\theta$; Adam two. That is the
# memory column of every comparison (`optimizers-adam-memory`). It also means that a checkpoint of the
# weights alone is no full checkpoint: resumed without its state, Adam starts anew.

# %% id="state-sizes"
rules = {"SGD": lambda p: SGD(p, 0.1), "momentum": lambda p: SGD(p, 0.1, momentum=0.9), "AdaGrad": AdaGrad, "RMSProp": RMSProp, "Adam": Adam, "AdamW": AdamW}
vectors = {}
for name, make in rules.items():
    _, parameters = network(0)
    optimizer = make(parameters)
    size = sum(getattr(optimizer, part).nbytes for part in optimizer.state)
    vectors[name] = size // parameters.theta.nbytes
    print(f"{name:9} keeps {size:6d} bytes, {vectors[name]} x the parameters")

# %% [markdown] id="state-by-size"
# For this little network nobody cares. Move the number of parameters to that of the network you would like
# to train, and see whether it still fits into your machine.

# %% id="memory-widget"
needed = memory(vectors)
needed

# %% id="fig-memory"
needed.static()

# %% [markdown] id="state-in-checkpoints"
# The state belongs into a checkpoint. Here a run is stopped half-way and resumed, with and without it.

# %% id="resume"
def train_steps(net, optimizer, first, last):
    for k in range(first, last):
        rows = slice(k * 32 % 960, k * 32 % 960 + 32)
        net.backward(softmax_cross_entropy(net.forward(train[0][rows].astype(np.float32), train=True), train[1][rows])[1])
        optimizer.step()


net, parameters = network(0)
optimizer = Adam(parameters, 0.01)
train_steps(net, optimizer, 0, 30)
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "half-way.npz"
    nnlib.save(file, net, optimizer=optimizer)
    train_steps(net, optimizer, 30, 60)
    for name in ("with its state", "without"):
        again, packed = network(1)
        resumed = Adam(packed, 0.01)
        nnlib.load(file, again, **({"optimizer": resumed} if name == "with its state" else {}))
        train_steps(again, resumed, 30, 60)
        print(f"resumed {name:14} the same parameters as without a break: {np.array_equal(packed.theta, parameters.theta)}")

# %% [markdown] id="fail-early"
# ### Fail early
#
# A class that is told its optimizer by name, and looks the name up in an `if` ... `elif` chain inside
# the update, accepts `"adm"` without a word and fails, or worse, does nothing, only when training has
# begun. Look the name up where the object is *built*, and say what there is:

# %% id="registry"
OPTIMIZERS = {"sgd": SGD, "adagrad": AdaGrad, "rmsprop": RMSProp, "adam": Adam, "adamw": AdamW}


def make_optimizer(name, parameters, lr):
    if name not in OPTIMIZERS:
        msg = f"there is no optimizer {name!r}; choose from {', '.join(OPTIMIZERS)}"
        raise ValueError(msg)
    return OPTIMIZERS[name](parameters, lr)


try:
    make_optimizer("adm", network(0)[1], 0.01)
except ValueError as error:
    print(error)

# %% [markdown] id="shapes-first"
# The same goes for shapes. Scores of shape $(n, 1)$ minus targets of shape $(n,)$ give no error but an
# $(n, n)$ matrix; our losses refuse it:

# %% id="shapes-check"
scores, flat = np.zeros((32, 1)), np.zeros(32)
print("NumPy makes of it:", (scores - flat).shape)
try:
    mse(scores, flat)
except ValueError as error:
    print("mse:", error)

# %% [markdown] id="comparison"
# ## 10 · A fair comparison
#
# Now the question everyone asks: which is best? A typical answer trains four optimizers at one rate,
# 0.01, with one seed, and prints a table of final *training* losses. Here is such a table, for the
# digits.

# %% id="unfair-table"
contestants = {
    "SGD": lambda p, lr: SGD(p, lr), "momentum": lambda p, lr: SGD(p, lr, momentum=0.9),
    "Nesterov": lambda p, lr: SGD(p, lr, momentum=0.9, nesterov=True),
    "RMSProp": lambda p, lr: RMSProp(p, lr, rho=0.9), "Adam": Adam,
}


def final_loss(make, lr, seed, epochs=6, data=val):
    """Validation loss (or another) after training; a run that diverges counts as 10."""
    net, parameters = network(seed)
    try:
        fit(net, softmax_cross_entropy, make(parameters, lr), train, epochs=epochs, rng=np.random.default_rng(100 + seed))
    except FloatingPointError:
        return 10.0
    return min(evaluate(net, softmax_cross_entropy, data), 10.0)


table = {name: final_loss(make, 0.01, seed=0, data=train) for name, make in contestants.items()}
for name, loss in sorted(table.items(), key=lambda pair: pair[1]):
    print(f"{name:9} {loss:.2f}")

# %% [markdown] id="unfair-read"
# What is wrong with it? (1) One rate for all: momentum's steps at 0.01 are as long as SGD's at 0.1. (2)
# One seed: one draw. (3) Training loss: not what we care about. So tune the rate of each, with the same
# grid and the same seeds, and look at validation data:

# %% id="fig-rate-sweep"
grid = 10.0 ** np.arange(-3.5, 0.6, 0.5)
sweep = {name: np.array([[final_loss(make, lr, seed) for seed in (0, 1)] for lr in grid]) for name, make in contestants.items()}
tuned = {name: float(grid[results.mean(axis=1).argmin()]) for name, results in sweep.items()}
for name, lr in tuned.items():
    print(f"{name:9} best rate {lr:.1e}, validation loss there {sweep[name].mean(axis=1).min():.2f}")
rate_sweep(grid, sweep, ylabel="validation loss", ylim=(0.05, 10), title="Each optimizer has its own rate")

# %% [markdown] id="sweep-read"
# Every optimizer has a valley, and the valleys lie up to thirtyfold apart. At 0.01, the rate of the
# table above, SGD is on its slope and Adam at its bottom: the table compared rates, not methods. At the
# bottoms there is little between them.
#
# Make the winner yourself: move the common rate along the grid and watch who comes first. Then give each
# its best.

# %% id="one-rate-widget"
common = one_rate(grid, sweep)
common

# %% id="fig-one-rate"
common.static(which=6)

# %% [markdown] id="fresh-seeds"
# Is there any difference left? Fresh seeds, each with its tuned rate, and the test data, which nothing
# was tuned on. For two methods with the same seeds compare the *differences*, seed by seed; do
# `optimizers-interval`.

# %% id="fig-intervals"
paired_interval = piece("optimizers-interval")
fresh = range(10, 18)
finals = {name: np.array([final_loss(make, tuned[name], seed, data=test) for seed in fresh]) for name, make in contestants.items()}
T = 2.365  # Student's factor for 8 seeds, 95 %
for name in ("SGD", "momentum", "Nesterov", "RMSProp"):
    low, high = paired_interval(finals[name], finals["Adam"], T)
    verdict = "worse than Adam" if low > 0 else "better than Adam" if high < 0 else "no difference shown"
    print(f"{name:9} minus Adam: {low:+.2f} to {high:+.2f}   {verdict}")
intervals(list(finals), np.array(list(finals.values())), t=T, xlabel="test loss (dots: single seeds)", title="Tuned, eight fresh seeds, 95 % intervals")

# %% [markdown] id="intervals-read"
# Every interval holds 0. SGD, by far the last in the first table, now keeps up, once its rate is its
# own. That is no proof that the five are equal: eight seeds leave room for differences as large as the
# intervals are wide, and two bad runs make that of SGD the widest.

# %% [markdown] id="epoch-loss"
# ### Two traps in the bookkeeping
#
# A history that stores the loss of the *last batch* of each epoch records noise: that batch has 8 rows
# here, of 1000. It can name another winner than the loss over all rows. And "converged in epoch" that is
# just the length of the history says 12 for everyone. Find both bugs in `optimizers-bug-epoch-loss` and
# `optimizers-bug-converged`; here are the right ones.

# %% id="bookkeeping"
epochs_to = piece("optimizers-bug-converged")
for name in ("momentum", "Adam"):
    net, parameters = network(0)
    optimizer, rng, last, true = contestants[name](parameters, tuned[name]), np.random.default_rng(100), [], []
    for _ in range(12):
        for xb, yb in minibatches(train[0].astype(np.float32), train[1], 32, rng):
            loss, dscores = softmax_cross_entropy(net.forward(xb, train=True), yb)
            net.backward(dscores)
            optimizer.step()
        last.append(loss)
        true.append(evaluate(net, softmax_cross_entropy, train))
    print(f"{name:9} epochs 2 to 12: last batch jumps by {np.std(np.diff(last[1:])):.2f}, all rows by {np.std(np.diff(true[1:])):.2f}; "
          f"below 0.1 after {epochs_to(np.array(true), 0.1):.0f} epochs")

# %% [markdown] id="summary-table"
# ### The comparison, in one table
#
# Batch size and update rule are two separate choices; tables that list "mini-batch" beside "Adam" mix
# them up.
#
# | rule | memory beside $\theta$ | to tune | strong | weak |
# |---|---|---|---|---|
# | SGD | none | rate | simple; what theory is about | slow in ravines |
# | momentum | 1 × | rate, $\beta$ | $\sqrt\kappa$ instead of $\kappa$; with a schedule, the usual choice for convolutional networks | one rate for all coordinates |
# | Nesterov | 1 × | rate, $\beta$ | as momentum, less overshoot | lower limit of stability |
# | AdaGrad | 1 × | rate | sparse features | the rate only falls |
# | RMSProp | 1 × | rate, $\rho$ | moving targets, recurrent nets | biased start |
# | Adam, AdamW | 2 × | rate (rarely $\beta_1, \beta_2, \varepsilon$), decay | robust; good without much tuning; transformers | memory; use AdamW when weights decay |

# %% [markdown] id="choosing"
# ### Choosing
#
# * **Start with AdamW** (or Adam), rate $10^{-3}$, or what the finder suggests; warm-up and cosine for
#   anything that trains long.
# * **SGD with momentum and a schedule** if your field's best results use it, or memory is short. It is
#   often recommended for fine-tuning; what matters there is a *small* rate, with either (chapter 9
#   measures it).
# * No optimizer is easier to *interpret*; that argument is sometimes made for momentum, and has nothing
#   behind it.
# * Batch 32 to 256; change the rate along with it.
# * If the choice matters, do what this section did: tune each, several seeds, intervals. (`optimizers-which`)
#
# Newer rules change the trade: Lion keeps one vector and moves by its sign; Shampoo and Muon treat a
# weight matrix as a matrix, not as a list of numbers. They are judged like the others.

# %% [markdown] id="final-run"
# To finish, everything you wrote in one run: your AdamW, on your schedule, at the rate of your finder.

# %% id="final-run-code"
rng = np.random.default_rng(0)
net = Sequential(Dense(64, 48, rng, he_normal), ReLU(), Dense(48, 10, rng, glorot_normal))
parameters = Parameters(net)
peak = found["Adam"]
optimizer = Wrapped(parameters, lambda k: warmup_cosine(k, peak, 0.0, 40, 20 * per_epoch), AdamWPiece(0.05, parameters.n_decay))
fit(net, softmax_cross_entropy, optimizer, train, epochs=20, rng=np.random.default_rng(1))
print(f"test accuracy {evaluate(net, accuracy, test):.2f}")

# %% [markdown] id="keep"
# ## What to keep
#
# - The rate has a ceiling, $2/L$; the floor of the speed is set by the smallest curvature; $\kappa$ is
#   the ratio.
# - A mini-batch gradient is right on average; its noise falls like $1/\sqrt B$.
# - Momentum adds up what agrees and cancels what does not: $\sqrt\kappa$ instead of $\kappa$ steps, and
#   steps $1/(1-\beta)$ times as long.
# - Adam moves every coordinate by about $\alpha$; its means need the correction; its decay belongs
#   beside the gradient.
# - A constant rate never settles; warm up, then anneal.
# - Compare tuned with tuned, over seeds, with intervals, on data that nothing was tuned on.
#
# **If someone asks you** in an interview: *Compare SGD, momentum and Adam. Why mini-batches? What is
# AdamW? Why warm up?* You can now answer each with a picture. Chapter 11 practises it.
#
# **Next**: [chapter 7](07_regularization.ipynb) asks how to learn from little data without learning it
# by heart.

# %% [markdown] id="sources"
# ## Sources
#
# * B. Polyak, *Some methods of speeding up the convergence of iteration methods*, USSR Comput. Math.
#   Math. Phys. 4 (1964): momentum.
# * Y. Nesterov, *A method of solving a convex programming problem with convergence rate O(1/k²)*, Soviet
#   Math. Dokl. 27 (1983). I. Sutskever et al., *On the importance of initialization and momentum in deep
#   learning*, ICML 2013.
# * J. Duchi, E. Hazan, Y. Singer, *Adaptive subgradient methods*, JMLR 12 (2011). G. Hinton, *Neural
#   networks for machine learning*, Coursera 2012, lecture 6e: RMSProp.
# * D. Kingma, J. Ba, *Adam*, ICLR 2015 (arXiv:1412.6980). I. Loshchilov, F. Hutter, *Decoupled weight
#   decay regularization*, ICLR 2019 (arXiv:1711.05101).
# * I. Loshchilov, F. Hutter, *SGDR*, ICLR 2017 (arXiv:1608.03983): cosine annealing, restarts. L. Smith,
#   *Cyclical learning rates*, WACV 2017 (arXiv:1506.01186): the finder. L. Smith, N. Topin,
#   *Super-convergence* (arXiv:1708.07120): one cycle.
# * P. Goyal et al., *Accurate, large minibatch SGD* (arXiv:1706.02677): linear scaling with warm-up.
# * B. Pearlmutter, *Fast exact multiplication by the Hessian*, Neural Computation 6 (1994).
# * NVIDIA, *Deep learning performance documentation: matrix multiplication background*: multiples of 8.
# * R. Schmidt, F. Schneider, P. Hennig, *Descending through a crowded valley*, ICML 2021
#   (arXiv:2007.01547): how to compare optimizers.
