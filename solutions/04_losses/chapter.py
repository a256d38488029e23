# %% [markdown]
# # 4 · Loss functions
#
# A network answers with numbers. A **loss** turns an answer and the truth into one number that says how
# bad the answer is, and its slope says how to make it better. Training sees nothing else, so the loss is
# where you say what you want.
#
# In this chapter: what the common losses are and where they come from, how to write each so that it is
# right and cannot overflow, what they do with outliers, rare classes and over-confidence, and how to
# choose. You will write them yourself, in the [exercises](../exercises/04_losses/exercises.ipynb), and this
# chapter trains networks with what you wrote: `piece(...)` takes your finished function, or the reference
# until then. A name in brackets, such as (`losses-entropy`), is the exercise to do at that point.

# %%
import numpy as np

import nnlib
from autograder import piece
from nnlib.functional import log_softmax, sigmoid, softmax
from nnlib.metrics import accuracy
from nnlib.viz import losses as show
from nnlib.viz import losses_figures as figure
from nnlib.viz.figures import confusion_matrix

# %% [markdown] id="contract"
# ## 1 · What a loss is
#
# In this course a loss is a function of the scores and the targets that returns two things:
#
# $$(S, T) \;\mapsto\; \left(L,\ \frac{\partial L}{\partial S}\right), \qquad
# S: (\text{batch}, n_\text{out}), \quad L: \text{one number}, \quad
# \frac{\partial L}{\partial S}: (\text{batch}, n_\text{out}).$$
#
# The gradient is what backpropagation starts from. Value and gradient come from one function, so they can
# be checked against each other.
#
# A loss is a **mean**: over the batch, or, for the errors of numbers, over all entries. It divides *once*,
# here; layers never divide. So the size of a step does not depend on how many rows happened to be in the
# batch.

# %%
rng = np.random.default_rng(0)
scores, target = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
value, dscores = nnlib.mse(scores, target)
print(f"value {value:.4f}, gradient of shape {dscores.shape}")
print("agrees with differences:", nnlib.check_loss(nnlib.mse, scores, target).passed)

# %% [markdown] id="likelihood"
# ## 2 · Where losses come from
#
# Read a score not as *the* answer but as the centre of a distribution over answers. A good model is one
# under which the targets that were really seen are probable. Samples are independent, so their
# probabilities multiply, and minus the logarithm turns the product into a sum:
#
# $$L = -\frac1n \sum_i \log p(t_i \mid s_i) \qquad \text{(mean negative log-likelihood).}$$
#
# Choose a distribution and the loss follows:
#
# | target | distribution | $-\log p(t \mid s)$, up to constants | loss |
# |---|---|---|---|
# | a number, well-behaved noise | Gaussian around $s$ | $\tfrac12 (t - s)^2$ | squared error |
# | a number, now and then far off | Laplace around $s$ | $\lvert t - s \rvert$ | absolute error |
# | yes or no | Bernoulli, $p = \sigma(s)$ | $-t\log p - (1-t)\log(1-p)$ | binary cross-entropy |
# | one of $K$ classes | categorical, $p = \operatorname{softmax}(s)$ | $-\log p_t$ | cross-entropy |
#
# The Gaussian falls off so fast that a far target is a near impossibility, and costs accordingly. The
# Laplace density has heavier tails and forgives.

# %% id="fig-likelihoods"
figure.likelihoods()

# %% [markdown]
# "Up to constants" deserves a check. For a Gaussian with standard deviation 1 the negative log-likelihood
# is half the squared error plus $\tfrac12 \log 2\pi$, whatever the data:

# %% id="gaussian-is-mse"
t, s = rng.normal(size=1000), rng.normal(size=1000)
nll = -np.log(np.exp(-((t - s) ** 2) / 2) / np.sqrt(2 * np.pi)).mean()
half_mse = 0.5 * ((t - s) ** 2).mean()
print(f"negative log-likelihood - half the squared error = {nll - half_mse:.6f}")
print(f"half the log of 2 pi                             = {0.5 * np.log(2 * np.pi):.6f}")

# %% [markdown] id="mse"
# ## 3 · Squared error
#
# The **mean squared error** over all $N$ entries, and its derivative:
#
# $$\mathrm{MSE} = \frac1N \sum_i (s_i - t_i)^2, \qquad
# \frac{\partial\,\mathrm{MSE}}{\partial s_i} = \frac2N (s_i - t_i).$$
#
# It ranges over $[0, \infty)$ in *squared* units of the target; take the root to report it. Use it for a
# continuous target with noise that looks Gaussian, or where a large error really is far worse than two
# half as large: a temperature, a house price within one town. It is smooth, and its slope fades as the
# error does. Its weakness is the same fact: the pull grows with the error, so one wild target outweighs
# many good ones.
#
# The figure shows it beside the losses of the next two sections: its slope grows without end, theirs do not.

# %% id="fig-shapes"
figure.shapes()

# %% [markdown] id="mse-sign"
# **The sign and the divisor.** One often reads the derivative as $2(t_i - s_i)$. That is wrong twice: it
# points uphill, and it is the slope of a sum. A finite difference tells at once: for six scores the
# ratio to the right slope is exactly $-6$.

# %%
t6, s6 = rng.normal(size=6), rng.normal(size=6)
numeric = nnlib.numerical_gradient(lambda v: ((v - t6) ** 2).mean(), s6)
print("ratio of 2 (t - s) to the slope:", np.round(2 * (t6 - s6) / numeric, 4))


def twenty_steps(slope, lr=0.1):
    """Return the loss of six free scores before and after each of 20 steps."""
    s, losses = s6.copy(), []
    for _ in range(21):
        losses.append(((s - t6) ** 2).mean())
        s = s - lr * slope(s)
    return np.array(losses)


right = twenty_steps(lambda s: 2 * (s - t6) / 6)
uphill = twenty_steps(lambda s: 2 * (t6 - s))
print(f"right slope: {right[0]:.2f} -> {right[-1]:.4f}   as printed: {uphill[0]:.2f} -> {uphill[-1]:.0f}")

# %% id="fig-sign"
figure.descent({"2 (s - t) / N": right, "2 (t - s)": uphill})

# %% [markdown] id="mse-shapes"
# **The shapes.** A network with one output gives scores of shape `(n, 1)`; labels often come as `(n,)`.
# NumPy broadcasts their difference to `(n, n)`: every score meets every target. No error is raised, and a
# *perfect* model gets a loss of twice the variance of the targets.

# %% id="broadcast"
t = rng.normal(size=200)
perfect = t[:, None]
print("shape of the difference:", (perfect - t).shape)
print(f"loss of a perfect model: {np.mean((perfect - t) ** 2):.4f} = 2 var = {2 * t.var():.4f}")
try:
    nnlib.mse(perfect, t)
except ValueError as error:
    print("nnlib:", error)

# %% [markdown] id="divisors"
# **The divisor.** Gradient and value must divide by the same number. Here is a pattern that stands in
# print: its loss is `np.mean` over all $n k$ entries, and its gradient divides by the batch size
# $n$ alone. The direction is right, so training works, at a learning rate that is silently off. What
# each pair gives as analytic / numeric:

# %% id="ratio-table"
def ratio(loss, gradient, s):
    """Return the size of a gradient relative to the slope of the loss."""
    true = nnlib.numerical_gradient(loss, s)
    return np.vdot(gradient(s), true) / np.vdot(true, true)


def onehot_rows(n, k):
    return np.eye(k)[rng.integers(0, k, n)]


print("k    np.mean of squares, (s - t)/n    np.mean of -y log p, (p - y)/n")
for k in (1, 2, 3, 10):
    t, s = rng.normal(size=(5, k)), rng.normal(size=(5, k))
    square = ratio(lambda v: np.mean((t - v) ** 2), lambda v: (v - t) / 5, s)
    cross = ""
    if k > 1:
        y = onehot_rows(5, k)
        cross = ratio(lambda v: -np.mean(y * log_softmax(v)), lambda v: (softmax(v) - y) / 5, s)
        cross = f"{cross:.4f}"
    print(f"{k:<4} {square:<32.4f} {cross}")

# %% [markdown]
# A constant ratio names the mistake: $k/2$ in the first column ($2/k$ is missing), $k$ in the second
# (the mean runs over the classes too). Ratios are worth printing whenever a gradient check fails.
#
# **Now do** `losses-mse`, `losses-find-broadcast` and `losses-find-uphill` in the exercises.

# %% [markdown] id="mae"
# ## 4 · Absolute error
#
# $$\mathrm{MAE} = \frac1N \sum_i |s_i - t_i|, \qquad
# \frac{\partial\,\mathrm{MAE}}{\partial s_i} = \frac1N \operatorname{sign}(s_i - t_i).$$
#
# It ranges over $[0, \infty)$, in the units of the target. At $s_i = t_i$ there is a corner: every number
# between $-1/N$ and $1/N$ is a subgradient, and we take 0. Every error pulls equally hard, so outliers have
# a vote but no veto. The price: the slope does not fade near the goal, so with a constant learning rate the
# scores keep stepping over it. Use it where some targets are wild, or where the typical error is what
# matters: delivery times, the readings of a cheap sensor. (One also reads the slope as plain $\pm 1$. That is
# the slope of a sum: for six scores it is six times too large.)
#
# Ask each loss for the *one constant* that fits best. The square answers with the **mean**; the absolute
# value with the **median**, where as many targets pull up as down. First guess `losses-median` in the
# exercises; then move the outlier. (Each curve is divided by its own lowest value, so all touch 1 at their
# best $c$; the third one, Huber's, comes next.)

# %% id="widget-constant"
constant = show.best_constant()
constant

# %% id="fig-constant"
constant.static()

# %% id="mean-and-median"
targets = np.array([1.0, 2.0, 3.0, 4.0, 100.0])
grid = np.linspace(0, 100, 10001)
for name, cost in (("squared", lambda d: d**2), ("absolute", np.abs)):
    best = grid[cost(grid[:, None] - targets).mean(axis=1).argmin()]
    print(f"{name:9} best constant {best:5.2f}")
print(f"mean {targets.mean():.2f}, median {np.median(targets):.2f}")

# %% [markdown] id="huber"
# ## 5 · Huber: a square with a limit
#
# $$\ell_\delta(d) = \begin{cases} \tfrac12 d^2 & |d| \le \delta \\ \delta |d| - \tfrac12\delta^2 &
# \text{otherwise,} \end{cases} \qquad \ell_\delta'(d) = \operatorname{clip}(d, -\delta, \delta).$$
#
# A square for small errors, a line for large ones, joined so that value *and* slope are continuous: the
# slope is the error, clipped. So it settles smoothly like the square and bounds the pull of an outlier like
# the absolute value. $\delta$ is the error at which you stop believing a target; choose it in units of the
# ordinary noise. As $\delta$ grows the best constant moves from the median to the mean. (Mind that for
# large $\delta$ this is *half* a squared error.) It ranges over $[0, \infty)$; use it where most of the noise
# is well-behaved and a few targets are wild. The price is one more number to choose.
#
# Drag the purple point, and compare what the three lines do.

# %% id="widget-outlier"
line = show.outlier()
line

# %% id="fig-outlier"
line.static()

# %% id="huber-delta"
huber = piece("losses-huber")  # yours once you have finished it, else the reference

coarse = np.arange(0, 30.01, 0.25)
for delta in (0.1, 1.0, 5.0, 20.0, 100.0):
    values = [huber(np.full((5, 1), c), targets[:, None], delta)[0] for c in coarse]
    print(f"delta {delta:5.1f}: best constant {coarse[np.argmin(values)]:5.2f}")

# %% [markdown]
# From the median to the mean. **Do** `losses-mae` and `losses-huber` now. Then train: a curve, one sample in
# eight is wild, and the same network is fitted with the square and with your Huber loss.

# %% id="use-huber"
rng = np.random.default_rng(3)
x = rng.uniform(-3, 3, size=(240, 1))
y = np.sin(1.5 * x) + 0.15 * rng.normal(size=x.shape)
wild = rng.uniform(size=len(x)) < 0.125
y[wild] += rng.uniform(2, 4, size=(wild.sum(), 1))


def curve_net(n_out):
    rng = np.random.default_rng(1)
    return nnlib.Sequential(
        nnlib.Dense(1, 32, rng), nnlib.Tanh(), nnlib.Dense(32, 32, rng), nnlib.Tanh(),
        nnlib.Dense(32, n_out, rng),
    )


def trained(net, loss, x, y, epochs, lr=0.01, batch_size=40, **options):
    """Train in float64 with Adam; return the history."""
    adam = nnlib.Adam(nnlib.Parameters(net, np.float64), lr)
    return nnlib.fit(net, loss, adam, (x, y), epochs=epochs, batch_size=batch_size,
                     rng=np.random.default_rng(2), **options)


on = np.linspace(-3, 3, 121)[:, None]
curves = {}
for name, loss in (("squared", nnlib.mse), ("Huber", lambda s, t: huber(s, t, 0.3))):
    net = curve_net(1)
    trained(net, loss, x, y, epochs=150)
    curves[name] = net.forward(on)[:, 0]
    print(f"{name:8} mean distance from the true curve {np.abs(curves[name] - np.sin(1.5 * on[:, 0])).mean():.1f}")

# %% id="fig-huber"
figure.fits(x, y, on[:, 0], np.sin(1.5 * on[:, 0]), curves)

# %% [markdown] id="gaussian-nll"
# ### When the noise itself is to be learned
#
# The square assumes the same noise everywhere. Keep the variance in the likelihood instead, and let the
# network give two numbers, the mean $m$ and $v = \log\sigma^2$ (the logarithm, so that any score is
# allowed):
#
# $$-\log \mathcal N(t; m, \sigma^2) = \tfrac12 \left( v + (t - m)^2 e^{-v} + \log 2\pi \right).$$
#
# The term $v$ keeps the variance from growing without end; $e^{-v}$ makes noisy points pull less. **Do**
# `losses-gaussian-nll`; here it trains. Of Gaussian noise 0.95 lies within two standard deviations, so that
# is the share to hope for.

# %% id="use-gaussian"
gaussian_nll = piece("losses-gaussian-nll")


def mean_and_noise(scores, target):
    """Read two columns of scores as mean and log-variance."""
    value, dmean, dlog_var = gaussian_nll(scores[:, :1], scores[:, 1:], target)
    return value, np.hstack([dmean, dlog_var])


x2 = rng.uniform(-3, 3, size=(400, 1))
noise = 0.05 + 0.15 * (x2 + 3)
y2 = np.sin(1.5 * x2) + noise * rng.normal(size=x2.shape)
net = curve_net(2)
trained(net, mean_and_noise, x2, y2, epochs=120, lr=0.005)
mean, log_var = net.forward(on).T
std = np.exp(log_var / 2)
inside = np.abs(y2[:, 0] - net.forward(x2)[:, 0]) < 2 * np.exp(net.forward(x2)[:, 1] / 2)
print(f"share of samples within two standard deviations: {inside.mean():.2f}")

# %% id="fig-noise"
figure.noise_band(x2, y2, on[:, 0], mean, std, 0.05 + 0.15 * (on[:, 0] + 3))

# %% [markdown] id="bce"
# ## 6 · Yes or no: binary cross-entropy
#
# One score $s$ per sample, $p = \sigma(s) = 1/(1 + e^{-s})$ the probability of "yes", and $t$ either 0
# or 1:
#
# $$\mathrm{BCE} = -\frac1n \sum_i \big[ t_i \log p_i + (1 - t_i) \log(1 - p_i) \big], \qquad
# \frac{\partial\,\mathrm{BCE}}{\partial s_i} = \frac{p_i - t_i}{n}.$$
#
# It ranges over $[0, \infty)$, in **nats**, the unit of the natural logarithm. The slope is a plain
# difference of probabilities: the sigmoid's own slope has cancelled. With a squared error behind a sigmoid
# it would not, and a confidently wrong sample would hardly pull at all. Use it for one yes-or-no question,
# or for several independent ones, one per output. It makes the outputs probabilities; it is hard on
# confident mistakes, and so on wrong labels.
#
# **Both terms are needed.** With one output, $-t \log p$ alone costs nothing where $t = 0$. Four samples,
# one positive, and a constant answer $p$:

# %% id="both-terms"
y4 = np.array([0.0, 0.0, 0.0, 1.0])
print("p          one term   both terms")
for p in (0.25, 0.5, 0.9, 0.999999):
    one = -np.mean(y4 * np.log(p))
    both = -np.mean(y4 * np.log(p) + (1 - y4) * np.log(1 - p))
    print(f"{p:<10} {one:8.4f} {both:11.4f}")

# %% [markdown]
# The one-term form is best served by always saying yes. The whole form is lowest at the base rate, 0.25.
# (`losses-find-yes-sayer`)

# %% [markdown] id="entropy"
# ### What the number means
#
# If outcomes follow $p$ and we answer $q$, the mean loss is the **cross-entropy**, and it splits:
#
# $$\underbrace{-\sum p \log q}_{\text{cross-entropy}} =
# \underbrace{-\sum p \log p}_{\text{entropy } H(p)} +
# \underbrace{\sum p \log \frac pq}_{\mathrm{KL}(p\,\|\,q)\ \ge\ 0}.$$
#
# The entropy is the randomness of the world: no model gets below it. The **Kullback-Leibler divergence**
# is what our answer adds, and it is 0 only for $q = p$. So a loss that levels off above 0 need not be a
# failure. Cross-entropy and KL have the same gradient, and for one-hot targets, whose entropy is 0, the
# same value. It is a measure of surprise, not of "information gained". (`losses-entropy`)
#
# In the widget, move the answer $q$ away from the truth $p$: the orange stretch is the divergence.

# %% id="entropy-split"
information = piece("losses-entropy")
p, q = np.array([0.7, 0.2, 0.1]), np.array([0.5, 0.2, 0.3])
h, kl, ce = information(p, q)
print(f"cross-entropy {ce:.4f} = entropy {h:.4f} + KL {kl:.4f}")
print(f"the other way round KL is {information(q, p)[1]:.4f}: it is no distance")

# %% id="widget-information"
coin = show.information()
coin

# %% id="fig-information"
coin.static()

# %% [markdown] id="stability"
# ### From the score, never from the probability
#
# In floating point $1 - p$ is exactly 0 once $p$ is close enough to 1: from $s \approx 37$ in float64,
# and from 17 in float32. The loss is then infinite, or $0 \cdot \infty$, which is NaN, though the true
# value is harmless. Writing $\sigma(s)$ into the formula is *not* a stable form.
#
# Stable means: do the algebra first. $-\log\sigma(s) = \log(1 + e^{-s})$ is the softplus of $-s$, and
#
# $$\ell(s, t) = \log(1 + e^s) - t\,s = \max(s, 0) - t\,s + \log\!\left(1 + e^{-|s|}\right).$$
#
# The exponential sees only negative numbers, so nothing overflows; and `log1p(x)` is right even where
# $1 + x$ rounds to 1.

# %% id="stability-table"
def naive(s, t):
    p = 1 / (1 + np.exp(-s))
    return -(t * np.log(p) + (1 - t) * np.log(1 - p))


bce = piece("losses-bce")
print("score   label       naive   from the score")
with np.errstate(all="ignore"):
    for s, t in ((3.0, 0.0), (36.0, 0.0), (37.0, 0.0), (40.0, 1.0), (-800.0, 1.0)):
        stable = bce(np.array([[s]]), np.array([[t]]))[0]
        print(f"{s:6.0f} {t:6.0f} {naive(s, t):11.4f} {stable:14.4f}")
    print("float32, score 17, label 0:", naive(np.float32(17), np.float32(0)))

# %% [markdown] id="clipping"
# **And clipping?** The usual advice is to clip $p$ to $[\varepsilon, 1 - \varepsilon]$ with
# $\varepsilon = 10^{-15}$. Then the loss is finite, and wrong: every very bad answer costs the same 34.5,
# and the slope of what is computed is 0 exactly where the network needs it most. In float32 it does not
# even prevent the infinity. (The figure compares the three forms in float32, clipped at $10^{-7}$, which
# that type can still tell from 0 *and* from 1.)

# %% id="clip-numbers"
logits = np.array([[0.0, -50.0]])  # true class: 1
p = np.clip(softmax(logits), 1e-15, 1 - 1e-15)
print(f"clipped {-np.log(p[0, 1]):.4f}, exact {-log_softmax(logits)[0, 1]:.4f}")
slope = nnlib.numerical_gradient(
    lambda v: -np.log(np.clip(softmax(v), 1e-15, 1 - 1e-15))[0, 1], logits
)
print("slope of the clipped loss:", slope[0], " of the exact one:", (softmax(logits) - [[0, 1]])[0].round(4))
print("float32: 1 - 1e-15 == 1 is", bool(np.float32(1) - np.float32(1e-15) == 1))

# %% id="fig-stability"
figure.logit_losses()

# %% [markdown] id="double-sigmoid"
# **One sigmoid, not two.** A loss that works from scores applies the sigmoid itself. Put another sigmoid at
# the end of the network and everything still runs; a gradient check passes, for the gradient is right for
# *that* loss. But the "scores" now lie between 0 and 1, so the answers lie between 0.5 and 0.731, and the
# loss has a floor:

# %% id="sigmoid-floor"
for label, squashed in ((1.0, 1.0), (0.0, 0.0)):
    floor = bce(np.array([[squashed]]), np.array([[label]]))[0]
    print(f"label {label:.0f}: the loss cannot fall below {floor:.4f}")

# %% [markdown]
# Match the loss to the head: raw scores into `bce_with_logits` and `softmax_cross_entropy`; the sigmoid or
# softmax is for people, after training. **Now do** `losses-bce`, `losses-find-overflow` and
# `losses-find-floor`.

# %% [markdown] id="softmax-ce"
# ## 7 · One of many: softmax and cross-entropy
#
# For $K$ classes that exclude each other the network gives a row of $K$ scores, and
#
# $$p_{ij} = \frac{e^{s_{ij}}}{\sum_k e^{s_{ik}}}, \qquad
# \mathrm{CE} = -\frac1n \sum_{i} \sum_{j} y_{ij} \log p_{ij}, \qquad
# \frac{\partial\,\mathrm{CE}}{\partial s_{ij}} = \frac{p_{ij} - y_{ij}}{n},$$
#
# where $y_i$ is a one-hot row. It ranges over $[0, \infty)$, in nats per sample: the sum runs over classes
# and samples, and **only the number of samples divides**. The gradient is with respect to the *scores*. It
# pushes the true class up and the others down, each by its probability, and it sums to 0 over a row.
#
# A **temperature** $T$ divides the scores first: large $T$ flattens the probabilities, small $T$ sharpens
# them, and the order stays. Drag the scores.

# %% id="widget-softmax"
bars = show.softmax_scores()
bars

# %% id="fig-softmax"
bars.static()

# %% [markdown] id="log-sum-exp"
# The stable form takes the logarithm first here too: $\log p_j = s_j - \log\sum_k e^{s_k}$, and since a
# constant added to a row cancels, subtract the row's maximum before the exponential (the **log-sum-exp
# trick**). Not the maximum of the whole array: a row far below it would become all zeros.

# %% id="log-sum-exp-numbers"
log_p = piece("losses-log-softmax")
rows = np.array([[1000.0, 999.0, 0.0], [-1000.0, -1001.0, -1002.0]])
with np.errstate(all="ignore"):
    print("naive softmax:      ", (np.exp(rows) / np.exp(rows).sum(axis=1, keepdims=True)).round(3).tolist())
print("exp of log-softmax: ", np.exp(log_p(rows)).round(3).tolist())
print("log-softmax:        ", log_p(rows).round(3).tolist())

# %% [markdown] id="two-classes"
# Two classes under softmax are one sigmoid of the difference, $\operatorname{softmax}(s_0, s_1)_1 =
# \sigma(s_1 - s_0)$; so one output is enough for a yes-or-no question.

# %% [markdown] id="sparse"
# ### Integer labels
#
# A one-hot row picks one term of the sum, so with integer labels $y_i \in \{0, \dots, K - 1\}$
#
# $$\mathrm{CE} = -\frac1n \sum_i \log p_{i, y_i},$$
#
# which NumPy reads with `log_p[np.arange(n), labels]`. Value and gradient are those of the one-hot form,
# so it is neither more nor less stable; stability comes from working with scores. What it saves is memory,
# and with thousands of classes that decides.

# %% id="sparse-numbers"
softmax_ce, dense_ce = piece("losses-softmax-ce"), piece("losses-dense-ce")
s, labels = rng.normal(size=(5, 4)), np.array([3, 0, 0, 2, 1])
by_label, by_row = softmax_ce(s, labels), dense_ce(s, np.eye(4)[labels])
print("same value:", np.isclose(by_label[0], by_row[0], rtol=1e-12), " same gradient:", np.allclose(by_label[1], by_row[1], rtol=1e-12))
numeric = nnlib.numerical_gradient(lambda v: softmax_ce(v, labels)[0], s)
print("(p - y) / slope:", np.unique(np.round((softmax(s) - np.eye(4)[labels]) / numeric, 4)), "= the batch size")

far, zero = np.array([[0.0, 800.0]]), np.array([0])
with np.errstate(all="ignore"):
    print("from probabilities: sparse", -np.log(softmax(far)[0, 0]), " one-hot", -(np.log(softmax(far)) * [[1, 0]])[0, 0])
print("from scores:        sparse", softmax_ce(far, zero)[0])
print(f"targets of 50 000 samples, 1000 classes: one-hot {50_000 * 1000 * 8 / 1e6:.0f} MB, integer {50_000 * 8 / 1e6:.1f} MB")

# %% [markdown] id="digits"
# ### Ten digits
#
# Now your cross-entropy trains a network on 8 by 8 images of handwritten digits. One number to guess
# before you look (`losses-start`): what is the loss with ten classes and no knowledge?

# %% id="use-softmax-ce"
x, y = nnlib.datasets.digits()
order = np.random.default_rng(0).permutation(len(x))
train, test = order[:1400], order[1400:]


def digit_net():
    rng = np.random.default_rng(7)
    return nnlib.Sequential(nnlib.Dense(64, 48, rng), nnlib.ReLU(), nnlib.Dense(48, 10, rng))


net = digit_net()
net.layers[-1].W *= 0.1  # small last weights: nearly equal scores
print(f"loss before training {softmax_ce(net.forward(x[train]), y[train])[0]:.2f}, log 10 = {np.log(10):.2f}")
trained(net, softmax_ce, x[train], y[train], epochs=15, lr=0.005)
test_scores = net.forward(x[test])
print("test accuracy at least 0.95:", accuracy(test_scores, y[test]) >= 0.95)

# %% id="fig-digits"
counts = np.zeros((10, 10), dtype=int)
np.add.at(counts, (y[test], test_scores.argmax(axis=1)), 1)
confusion_matrix(counts, title="Test digits")

# %% [markdown]
# **Do** `losses-log-softmax`, `losses-softmax-ce`, `losses-dense-ce`, `losses-sparse` and `losses-find-mean`.

# %% [markdown] id="label-smoothing"
# ### Label smoothing
#
# A one-hot target is never reached: the loss falls for ever as the true class's score runs away.
# **Label smoothing** mixes the target with the uniform distribution, $t = (1 - a)\,y + a/K$. Now there is a
# best lead of the true score, and the lowest loss is no longer 0 but the *entropy* of the smoothed row. A
# smoothed loss of 0.5 may be perfect; compare runs only at equal $a$, or report KL, whose floor is 0.
# (`losses-smoothing`)

# %% id="smoothing-floor"
smooth = piece("losses-smoothing")
row = smooth(np.array([3]), 10, 0.1)
print("smoothed row:", row[0].round(3))
floor = -(row * np.log(row)).sum()
print(f"lowest cross-entropy {floor:.4f}, lowest KL {floor + (row * np.log(row)).sum():.1f}")
print(f"best lead of the true score {np.log(row[0, 3] / row[0, 0]):.2f}")

# %% id="fig-smoothing"
figure.smoothing()

# %% [markdown] id="hinge"
# ## 8 · Margins: the hinge
#
# If only the *side* matters and no probability is asked for, give the labels as $t = \pm 1$, call
# $m = t\,s$ the margin, and demand that it be at least 1:
#
# $$\mathrm{hinge} = \frac1n \sum_i \max(0, 1 - t_i s_i), \qquad
# \frac{\partial}{\partial s_i} = -\frac{t_i}{n}\,[\,t_i s_i < 1\,],$$
#
# and the **squared hinge** is the mean of the squares, smooth at the corner. Beyond the margin a sample
# costs nothing and pulls nowhere; this is the loss of the support vector machine, and of ranking, where
# $s$ is the difference of two scores. All these losses lie above the count of errors (the logistic one once
# divided by $\log 2$), and unlike the count they have a slope.

# %% id="fig-margins"
figure.margins()

# %% [markdown]
# **The labels must be $\pm 1$.** With 0 and 1 the class 0 has margin 0 whatever its score: it costs 1 and
# never learns. No gradient check complains. (`losses-hinge`, `losses-find-silent-class`)

# %% id="hinge-labels"
hinge = piece("losses-hinge")
for s in (-5.0, 0.0, 5.0):
    value, slope = hinge(np.array([s]), np.array([0.0]), False)
    print(f"label 0, score {s:4.0f}: loss {value:.0f}, slope {abs(slope[0]):.0f}")

# %% [markdown] id="class-weights"
# ## 9 · Rare classes
#
# If one sample in twenty is positive, a model that always says no is right 95 % of the time. Two remedies
# work inside the loss.
#
# **Weights.** Multiply the positive term by $w$:
# $-\big[w\,t\log p + (1 - t)\log(1 - p)\big]$. The mistakes on the rare class then count more. But mind what
# it does to the *probabilities*: where the honest one is $\pi$, the lowest weighted loss is at
#
# $$p^\ast = \frac{w\pi}{w\pi + 1 - \pi}, \qquad\text{odds multiplied by } w.$$

# %% id="weight-optimum"
weighted_bce = piece("losses-weighted-bce")
share = 0.23
labels = (np.arange(100) < 100 * share).astype(float)
for w in (1.0, (1 - share) / share):
    s = 0.0
    for _ in range(400):
        s -= weighted_bce(np.full(100, s), labels, w)[1].sum()
    star = w * share / (w * share + 1 - share)
    print(f"w = {w:.3f}: best constant answer {sigmoid(np.array(s)):.4f}, formula {star:.4f}")

# %% [markdown]
# So asking "is $p^\ast > 0.5$?" of the weighted model is asking "is $\pi > 1/(1 + w)$?" of the plain one.
# If you need a decision, moving the threshold does the same without retraining; if you need a probability,
# take the weight out again. (`losses-weighted-bce`, `losses-undo-weight`)
#
# Move the weight: the probabilities rise and the cut shifts, but the order of the samples stays.

# %% id="widget-weight"
weights = show.class_weight()
weights

# %% id="fig-weight"
weights.static()

# %% id="use-weights"
undo_weight = piece("losses-undo-weight")
rng = np.random.default_rng(5)
label = (rng.uniform(size=4000) < share).astype(float)
feature = rng.normal(size=(4000, 1)) + 2 * label[:, None]
answers = {}
for w in (1.0, 4.0):
    net = nnlib.Sequential(nnlib.Dense(1, 1, np.random.default_rng(0)))
    trained(net, lambda s, t: weighted_bce(s, t, w), feature, label[:, None], epochs=80, lr=0.05, batch_size=400)
    answers[w] = sigmoid(net.forward(feature))
print(f"positives {label.mean():.2f}")
print(f"mean probability, plain    {answers[1.0].mean():.2f}")
print(f"mean probability, w = 4    {answers[4.0].mean():.2f}")
print(f"the same, weight taken out {undo_weight(answers[4.0], 4.0).mean():.2f}")

# %% [markdown] id="focal"
# **Focal loss** turns to the *hard* samples instead. With $p$ the probability given to the true class and
# $a$ a class weight ($\alpha$ for positives, $1 - \alpha$ for negatives),
#
# $$\ell = -a\,(1 - p)^\gamma \log p.$$
#
# $\gamma = 0$ is cross-entropy; with $\gamma = 2$ a sample that already has $p = 0.9$ counts a hundredth. It
# was made for detectors, where easy background outnumbers everything (Lin et al., 2017, eq. 4 and 5). Its
# lowest value is not at the honest probability, so do not read its outputs as such. (`losses-focal`)
#
# On the right of the widget stands a batch of 990 easy samples and 10 hard ones, and whose slopes make up
# the step. Start at $\gamma = 0$.

# %% id="widget-focal"
focus = show.focal_shape()
focus

# %% id="fig-focal"
focus.static()

# %% id="focal-numbers"
focal = piece("losses-focal")
score = np.array([np.log(9.0)])  # p = 0.9
one = np.array([1.0])
for gamma in (0.0, 1.0, 2.0):
    print(f"gamma {gamma:.0f}: loss at p = 0.9 is {2 * focal(score, one, gamma, 0.5)[0]:.5f}")
print(f"binary cross-entropy:   {bce(score, one)[0]:.5f}")

# %% [markdown] id="proper-scores"
# ## 10 · Honest probabilities
#
# Suppose an event has probability 0.7 and you may report any $q$. Under a **proper scoring rule** the
# honest report is the best one. The logarithmic score (cross-entropy) is proper, and so is the **Brier
# score**, the mean of $\sum_j (p_j - y_j)^2$, which is bounded and so less severe with one confident
# mistake. The absolute difference is *not*: it is best served by exaggerating to 1.

# %% id="fig-reports"
figure.reports()

# %% [markdown] id="calibration"
# A proper loss rewards honesty on the training set. A network that fits that set perfectly learns that it is
# always right, and carries its confidence to new data. It is **calibrated** if, among the answers given
# with confidence 0.8, eight in ten are right. The **expected calibration error** sorts answers into bins by
# confidence and averages the gaps:
#
# $$\mathrm{ECE} = \sum_b \frac{n_b}{n} \left|\mathrm{acc}_b - \mathrm{conf}_b\right|.$$
#
# Here three classes overlap, the network is large, and the training set is small. Watch both curves: the
# validation *accuracy* slips by a few hundredths, while the validation *loss* doubles. The network becomes
# hardly more wrong, but much more sure. This is why one monitors both.

# %% id="monitor"
rng = np.random.default_rng(11)
centres = np.array([[0.0, 1.0], [0.9, -0.5], [-0.9, -0.5]])


def cloud(n):
    label = rng.integers(0, 3, n)
    return centres[label] + rng.normal(size=(n, 2)), label


x_small, y_small = cloud(100)
x_val, y_val = cloud(1500)
rng_net = np.random.default_rng(4)
sure = nnlib.Sequential(
    nnlib.Dense(2, 64, rng_net), nnlib.ReLU(), nnlib.Dense(64, 64, rng_net), nnlib.ReLU(),
    nnlib.Dense(64, 3, rng_net),
)
history = trained(sure, softmax_ce, x_small, y_small, epochs=300, lr=0.005, batch_size=32,
                  val=(x_val, y_val), metrics=(accuracy,))
print(f"validation loss: lowest {min(history.val_loss):.1f}, last {history.val_loss[-1]:.1f}")

# %% id="fig-monitor"
figure.loss_and_accuracy(np.array(history.train_loss), np.array(history.val_loss), np.array(history.metrics["accuracy"]))

# %% [markdown] id="temperature"
# In the reliability diagram honest answers lie on the diagonal; the size of a dot is the share of samples
# in its bin, so small dots far off say little.
#
# **Temperature scaling** repairs much of it with one number: divide all scores by $T$, chosen on
# held-out data to make the loss lowest. No answer changes, only the confidence. Find the best $T$, then
# do `losses-brier` and `losses-ece`.

# %% id="widget-temperature"
val_scores = sure.forward(x_val)
reliability = show.temperature_scaling(val_scores, y_val)
reliability

# %% id="fig-temperature"
reliability.static()

# %% id="use-ece"
ece, brier = piece("losses-ece"), piece("losses-brier")
half = len(y_val) // 2  # choose T on one half, measure on the other
temperatures = np.geomspace(0.5, 10, 60)
best = min(temperatures, key=lambda T: softmax_ce(val_scores[:half] / T, y_val[:half])[0])
for name, T in (("as trained", 1.0), ("scaled", best)):
    p = softmax(val_scores[half:] / T)
    right = (p.argmax(axis=1) == y_val[half:]).astype(float)
    print(f"{name:10}  accuracy {right.mean():.2f}  ECE {ece(p.max(axis=1), right, 10):.2f}"
          f"  loss {softmax_ce(val_scores[half:] / T, y_val[half:])[0]:.2f}  Brier {brier(p, y_val[half:])[0]:.2f}")

# %% [markdown] id="choosing"
# ## 11 · Choosing
#
# | task | head | loss | instead |
# |---|---|---|---|
# | a number | one linear output | squared error | absolute, Huber |
# | a number, wild values in the data | one linear output | Huber | absolute error |
# | a number and how sure | mean and log-variance | Gaussian likelihood | |
# | yes or no | one score | binary cross-entropy from scores | hinge |
# | one of $K$ classes | $K$ scores | softmax cross-entropy, integer labels | one-hot or smoothed rows |
# | several labels at once | $K$ scores | binary cross-entropy on each | |
# | a side or an order, no probability | one score | hinge | squared hinge |
# | a rare class | as above | as above, then move the threshold | weights, focal |
#
# And four habits:
#
# 1. **Work from scores.** No sigmoid or softmax before a loss that has one inside; no clipping.
# 2. **Match loss and head**, and let one function give value and gradient.
# 3. **Check three numbers** before training: the loss at the start ($\log K$), the shapes, the gradient.
# 4. **Watch the loss and a metric.** They answer different questions.
#
# Finish with `losses-choose`.
#
# ### What a gradient check cannot see
#
# It compares a gradient with *its own* loss. The wrong loss, rightly differentiated, passes: the second
# sigmoid, the labels 0 and 1 under a hinge, a sign flipped in both, a loss divided once too often in both.
# Against those stand numbers you can work out by hand: $\log K$ at the start, a loss of 0 for a perfect
# model, the base rate as best constant answer.

# %% [markdown] id="summary"
# ## What to keep
#
# - A loss is minus the log of a likelihood: Gaussian noise gives the square, Laplace noise the absolute
#   value, classes the cross-entropy.
# - One function gives value and gradient, and both divide by the same number. A constant ratio in a gradient
#   check names the divisor that is missing.
# - The square answers with the mean, the absolute value with the median, Huber in between.
# - Work from scores: the algebra before the rounding, no clipping, and one sigmoid, not two.
# - The gradient of sigmoid or softmax with cross-entropy is $(p - y)/n$ with respect to the scores.
# - Weights, focal loss and smoothing change what the outputs mean. Confidence is honest only if it is
#   calibrated, and that is measured on data the network has not seen.
#
# **Next**: [chapter 5](05_gradient_flow.ipynb) follows the gradient that starts here through many layers.
#
# *Sources.* Huber 1964; Brier 1950; Lin et al. 2017 (focal loss, arXiv:1708.02002); Szegedy et al. 2016
# (label smoothing, arXiv:1512.00567); Naeini et al. 2015 (expected calibration error); Guo et al. 2017
# (temperature scaling, arXiv:1706.04599).
