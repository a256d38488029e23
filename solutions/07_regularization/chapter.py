# %% [markdown]
# # 7 · Regularization
#
# A network that answers every training sample rightly has shown that it can remember. Whether it has
# *learned* shows on samples it has never seen. **Regularization** is whatever makes a model better on those,
# even at the price of being worse on the ones it has.
#
# In this chapter: how to tell that a model overfits and why it does, the classical remedies (L2, L1,
# dropout, early stopping, augmentation), how to measure honestly, and what the classical picture leaves
# out. You write the pieces yourself in the [exercises](../exercises/07_regularization/exercises.ipynb),
# and this chapter trains networks with them: `piece(...)` takes your finished function, or the reference
# until then.

# %%
import numpy as np
from sklearn.linear_model import ElasticNet
from sklearn.model_selection import GridSearchCV

import nnlib
from autograder import piece
from nnlib.estimators import NetClassifier
from nnlib.functional import softmax
from nnlib.metrics import accuracy
from nnlib.viz import regularization as show
from nnlib.viz import regularization_figures as figure
from nnlib.viz import regularization_measures as measure
from nnlib.viz import regularization_more as more

cross_entropy = nnlib.softmax_cross_entropy


def net_of(widths, rng, p=0.0, rng_drop=None):
    """Return Dense layers of these widths with ReLU, and dropout p, between them."""
    layers = []
    for n_in, n_out in zip(widths[:-2], widths[1:-1]):
        layers += [nnlib.Dense(n_in, n_out, rng), nnlib.ReLU()]
        layers += [Dropout(p, rng_drop)] if p else []
    return nnlib.Sequential(*layers, nnlib.Dense(widths[-2], widths[-1], rng))


def trained(net, data, epochs, lr=0.01, batch_size=32, seed=0, **options):
    """Train in float64 with Adam; return the history."""
    adam = nnlib.Adam(nnlib.Parameters(net, np.float64), lr)
    return nnlib.fit(net, cross_entropy, adam, data, epochs=epochs, batch_size=batch_size,
                     rng=np.random.default_rng(seed), **options)


Dropout = piece("regularization-dropout", nnlib.Dropout)

# %% [markdown] id="overfitting"
# ## 1 · Overfitting, and how it looks
#
# Two losses are measured after every epoch: on the **training** set, which the optimizer works on, and on a
# **validation** set, which it never sees. Three things can happen.
#
# * **Underfitting.** Both losses stay high. The model, or the training, is too weak even for the samples
#   it has.
# * **A good fit.** Both fall, and level off. The validation loss is usually somewhat the higher one.
# * **Overfitting.** The training loss goes on falling, towards zero, while the validation loss *turns and
#   rises*. What is learned now holds for the training samples only.
#
# Here are all three, on 60 noisy points of two rings, one inside the other. Only the network and the
# number of epochs differ.

# %% id="three-runs"
rng = np.random.default_rng(1)
rings = nnlib.datasets.circles(60, rng, noise=0.2)
rings_val = nnlib.datasets.circles(400, rng, noise=0.2)


def watched(widths, epochs):
    """Train on the rings; return losses and accuracies by epoch, each for training and validation."""
    net, seen = net_of(widths, np.random.default_rng(0)), []
    h = trained(net, rings, epochs, val=rings_val, metrics=(accuracy,),
                callbacks=[lambda epoch, history: seen.append(accuracy(net.forward(rings[0]), rings[1]))])
    return (h.train_loss, h.val_loss), (seen, h.metrics["accuracy"])


runs, right = {}, {}
for name, widths, epochs in (
    ("Too weak: a straight line", (2, 2), 60),
    ("Good: 2 × 64 units, 20 epochs", (2, 64, 64, 2), 20),
    ("The same, 150 epochs", (2, 64, 64, 2), 150),
):
    runs[name], right[name] = watched(widths, epochs)
    (train, val), (train_right, val_right) = runs[name], right[name]
    print(f"{name:30}  last losses {train[-1]:.1f} / {val[-1]:.1f}, "
          f"accuracies {train_right[-1]:.2f} / {val_right[-1]:.2f}")

# %% id="fig-gallery"
figure.gallery(runs, right)

# %% [markdown] id="indicators"
# Four signs of overfitting: a training loss that keeps falling, a validation loss that rises after some
# epoch, a training accuracy near 100 %, and a validation accuracy that stalls or slips. The last two
# move less than the losses: a model first becomes *too sure*, then wrong. In the third run the
# validation loss more than trebles from its lowest point, and the validation accuracy stays at 0.83.
#
# **A gap alone is no proof.** "Training loss well below validation loss" is true of nearly every useful
# model. The question is whether the validation loss is still falling. A run can have a large gap and
# still gain from another epoch, and one with a small gap can have passed its best. So compare the
# validation loss with *its own past*:

# %% id="read-curves"
read_curves = piece("regularization-read-curves")
for name, (train, val) in runs.items():
    print(f"{name:30} {read_curves(np.array(train), np.array(val), 0.6, 0.1)}")

# %% [markdown] id="diagnosis"
# While a run lasts you see only its beginning. Move through the epochs of each and hear what your function
# makes of them so far: every run begins as an underfit.

# %% id="widget-diagnosis"
diagnosis = measure.diagnosis(runs, lambda train, val: read_curves(train, val, 0.6, 0.1))
diagnosis

# %% id="fig-diagnosis"
diagnosis.static(share=0.5)

# %% [markdown] id="suspect"
# Rules of thumb, such as "above 95 % in training and below 70 % in validation", say when to look, not what is
# wrong. Be suspicious, too, of validation scores that vary much from split to split, and of a model that
# shines in the notebook and fails in use. (`regularization-read-curves`, `regularization-gap`)

# %% [markdown] id="memory"
# ## 2 · Why it happens
#
# ### Enough weights to remember
#
# Give every training image a *random* label. There is nothing to learn now, and no model can do better than
# guessing on new images. Yet the same network that reads digits fits these labels too, to the last one
# (Zhang et al., 2017). What it can fit, then, says nothing about what it has understood.

# %% id="random-labels"
x, y = nnlib.datasets.digits()
order = np.random.default_rng(0).permutation(len(x))
x, y = x[order], y[order]
x_test, y_test = x[1000:], y[1000:]
noise_labels = np.random.default_rng(1).integers(0, 10, len(y))
memory = {}
for name, labels in (("true labels", y), ("random labels", noise_labels)):
    net = net_of((64, 128, 10), np.random.default_rng(0))
    h = trained(net, (x[:300], labels[:300]), 120, lr=0.005, metrics=(accuracy,))
    memory[name] = h.metrics["accuracy"]
    new = accuracy(net.forward(x[1000:]), labels[1000:])
    print(f"{name:14} training accuracy {h.metrics['accuracy'][-1]:.2f}, new images {new:.1f}")

# %% id="fig-memory"
figure.lines(np.arange(1, 121), memory, title="Training accuracy: structure is quicker than memory",
             xlabel="epoch", ylabel="accuracy", ylim=(0, 1.05))

# %% [markdown] id="size-and-data"
# So it is a matter of proportion: how many weights there are, and how many samples hold them down. Here is
# the *rise* of the validation loss above its lowest value, after 80 epochs, for networks of four widths and
# training sets of four sizes. Wider: more of it. More data: less.

# %% id="rise"
widths, sizes = (2, 8, 32, 128), (20, 60, 200, 600)
rise = np.zeros((4, 4))
for i, width in enumerate(widths):
    for j, n in enumerate(sizes):
        for seed in range(2):
            rng = np.random.default_rng(seed)
            data, val = nnlib.datasets.moons(n, rng, 0.35), nnlib.datasets.moons(300, rng, 0.35)
            h = trained(net_of((2, width, width, 2), rng), data, 80, batch_size=max(20, n // 4), val=val)
            rise[i, j] += (h.val_loss[-1] - min(h.val_loss)) / 2
print("rise, narrowest and widest, at 20 samples: ", rise[[0, 3], 0].round(1))
print("rise, narrowest and widest, at 600 samples:", rise[[0, 3], 3].round(1))

# %% id="fig-rise"
figure.table(rise, [str(w) for w in widths], [str(n) for n in sizes], form="{:.1f}",
             title="Rise of the validation loss above its lowest", xlabel="training samples",
             ylabel="hidden units per layer")

# %% [markdown] id="noise"
# ### Fitting the noise
#
# A target is a function plus noise: $t = f(x) + \varepsilon$. The model sees only their sum, and a flexible
# one fits *this* noise along with the function, in detail. (It adds no third thing; it fits the noise that
# happened to be in the sample.) Draw the sample again and the noise is another, so the fit is another.
#
# That can be measured. Train many models, each on its own sample, and let $\bar f(x)$ be their mean
# answer. The expected squared error on a *noise-free* target splits into two parts; on noisy targets the
# variance of the noise comes on top, and nobody gets below it.
#
# $$\underbrace{\mathbb E (f_i - f)^2}_{\text{error}} =
# \underbrace{(\bar f - f)^2}_{\text{bias}^2} + \underbrace{\mathbb E (f_i - \bar f)^2}_{\text{variance}}.$$
#
# Here the model is a sum of random cosines, a network whose first layer is frozen, fitted by least
# squares to 20 points. 50 samples each.

# %% id="bias-variance"
bias_variance = piece("regularization-bias-variance")
at = np.linspace(-1, 1, 161)
truth = show.Features.truth(at)
families = {}
print("weights  bias^2  variance  their sum  error")
for width in (3, 9, 19):
    fits = []
    for seed in range(50):
        family = show.Features(20, 0.3, 0)
        family.y = family.truth(family.x) + 0.3 * np.random.default_rng(seed).normal(size=20)
        fits.append(family.predict(at, width))
    fits = np.array(fits)
    families[f"{width} weights"] = fits
    bias2, variance = bias_variance(fits, truth)
    print(f"{width:<8} {bias2:6.2g}  {variance:8.2g}  {bias2 + variance:9.2g}  {np.mean((fits - truth) ** 2):5.2g}")

# %% id="fig-spaghetti"
figure.spaghetti(at, truth, families)

# %% [markdown]
# Too few weights: all fits agree, on something wrong (bias). Too many: right on average, and each one wild
# (variance). In between lies the "sweet spot". Do `regularization-bias-variance`.

# %% [markdown] id="double-descent"
# ### And beyond: double descent
#
# The classical curve ends where the model has as many weights as there are samples: there it can just
# pass through every point, in one way only, and that way is wild. But go on. With more weights than
# samples there are *many* solutions without training error, and least squares takes the shortest one;
# gradient descent from small weights leans the same way. The more features there are to choose from, the
# smoother that shortest one tends to be, and the error falls **again** (Belkin et al., 2019). This is
# one reason why very large networks work at all: which solution training finds matters more than how
# many there are.
#
# Move the number of weights from 1 to 400, and stop at 20. Then add a little L2: the peak is gone.

# %% id="widget-capacity"
capacity = show.capacity()
capacity

# %% id="fig-capacity"
capacity.static()

# %% id="fig-capacity-wide"
capacity.static(width=400)

# %% id="descent-numbers"
for ridge in (0.0, 1e-3):
    row = []
    for width in (9, 20, 400):
        error = [np.mean((f.predict(at, width, ridge) - truth) ** 2)
                 for f in (show.Features(20, 0.3, s) for s in range(20))]
        row.append(np.median(error))
    print(f"L2 strength {ridge:5}: test error at 9 weights {row[0]:.2f}, at 20 {row[1]:.1f}, at 400 {row[2]:.2f}")

# %% [markdown]
# Mind what this does not say. Here the second valley is no deeper than the first, and with a little L2
# there is no peak to get past. Double descent is no licence to skip regularization; it is a warning that
# the number of weights is a poor measure of what a model will do.

# %% [markdown] id="l2"
# ## 3 · L2: small weights
#
# Add to the loss the sum of the squared weights, all of them, but not the biases:
#
# $$L_\lambda = L + \lambda \sum w^2, \qquad \frac{\partial L_\lambda}{\partial w} =
# \frac{\partial L}{\partial w} + 2\lambda w.$$
#
# A step of plain gradient descent becomes
#
# $$w \leftarrow w - \eta\,(g + 2\lambda w) = (1 - 2\eta\lambda)\, w - \eta\, g.$$
#
# Every step first shrinks the weights a little, hence **weight decay**. A weight survives only if the data
# keep pushing it. Smaller weights make a smoother function, one that answers similar inputs similarly.
# (`regularization-l2`)

# %% id="weight-decay"
add_l2 = piece("regularization-l2")
rng = np.random.default_rng(2)
A, t = rng.normal(size=(30, 4)), rng.normal(size=30)
start, lam, lr = rng.normal(size=4), 0.05, 0.1
by_penalty, by_decay, by_half = start.copy(), start.copy(), start.copy()
for _ in range(20):
    g = A.T @ (A @ by_penalty - t) / 30
    _, g, _ = add_l2(0.0, g[:, None], np.zeros(1), by_penalty[:, None], np.zeros(1), lam)
    by_penalty = by_penalty - lr * g[:, 0]
    by_decay = (1 - lr * 2 * lam) * by_decay - lr * A.T @ (A @ by_decay - t) / 30
    by_half = (1 - lr * lam) * by_half - lr * A.T @ (A @ by_half - t) / 30
print("after 20 steps, penalty lambda:        ", by_penalty.round(4))
print("SGD with weight_decay = 2 lambda:      ", by_decay.round(4))
print("SGD with weight_decay = lambda (wrong):", by_half.round(4))

# %% [markdown] id="conventions"
# **Mind the 2.** Whoever writes $\frac\lambda2\sum w^2$, or a weight decay $d$ in SGD, means something
# else by the same number. And scikit-learn divides by the number of samples where we do not:
#
# | written as | our $\lambda$ |
# |---|---|
# | $L + \lambda \sum w^2$ (this course) | $\lambda$ |
# | $L + \frac{\lambda'}2 \sum w^2$ | $\lambda'/2$ |
# | SGD with `weight_decay` $d$ | $d/2$ |
# | scikit-learn `MLPClassifier(alpha=a)`, $L + \frac{a}{2n} \sum w^2$, $n$ rows in the batch | $a/(2n)$ |
#
# So "L2 of 0.001 to 0.01" means little without its formula. (`regularization-decay`,
# `regularization-find-decay`)
#
# **For Adam the two are not the same.** Adam divides every gradient by its typical size, and the
# penalty's share with it: $2\lambda w$ put into the gradient is rescaled like the rest, and weights with
# large gradients are hardly decayed at all. AdamW decays outside, by the same factor for all. Here the
# gradients of two groups of weights are pure noise, of size 1 and 100, and the decay should leave
# $e^{-2} = 0.135$ of each after 2000 steps:

# %% id="adam-decay"
def left_over(optimizer, decay_in_gradient):
    """Return what is left of weights of 1 under noise gradients of size 1 and 100."""
    layer = nnlib.Dense(2, 400, np.random.default_rng(0), bias=False)
    parameters = nnlib.Parameters(layer, np.float64)
    parameters.theta[:] = 1.0
    size = np.repeat([1.0, 100.0], 400)
    noise, step = np.random.default_rng(1), optimizer(parameters)
    for _ in range(2000):
        parameters.grad[:] = size * noise.normal(size=800) + decay_in_gradient * parameters.theta
        step.step()
    return parameters.theta.reshape(2, 400).mean(axis=1)


coupled = left_over(lambda p: nnlib.Adam(p, 1e-3), 1.0)
decoupled = left_over(lambda p: nnlib.AdamW(p, 1e-3, weight_decay=1.0), 0.0)
print(f"Adam, decay in the gradient: {coupled[0]:.2f} and {coupled[1]:.2f} left")
print(f"AdamW:                       {decoupled[0]:.2f} and {decoupled[1]:.2f} left")

# %% [markdown] id="lambda-sweep"
# ### How strong?
#
# Try powers of ten, on validation data. Here are 150 images of digits to train on, four seeds for each
# strength, and to make it worth while one label in five has been replaced by a random one: something
# *not* to learn. Too weak, and the wrong labels are remembered; too strong, and the weights cannot grow
# to do their work. The curve is a U, wide at its bottom: finding the right power of ten is enough.

# %% id="sweep"
elastic_net = piece("regularization-elastic")
strengths = np.array([1e-5, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1])
rng = np.random.default_rng(6)
y_noisy = np.where(rng.random(600) < 0.2, rng.integers(0, 10, 600), y[:600])
x_val, y_val = x[600:1000], y[600:1000]
sweep, kept = np.zeros((2, 4, len(strengths))), {}
for j, lam in enumerate(strengths):
    for seed in range(4):
        rows = np.random.default_rng(seed).permutation(600)[:150]
        net = net_of((64, 64, 10), np.random.default_rng(seed))
        trained(net, (x[rows], y_noisy[rows]), 50, lr=0.005, penalty=lambda w: elastic_net(w, 0.0, lam))
        for i, (a, b) in enumerate(((x[rows], y_noisy[rows]), (x_val, y_val))):
            sweep[i, seed, j] = cross_entropy(net.forward(a), b)[0]
    kept[f"λ = {lam:g}"] = net.layers[0].W.ravel().copy()
best = sweep[1].mean(axis=0).argmin()
print("best strength lies inside the range tried:", 0 < best < len(strengths) - 1)
print(f"validation loss: weakest {sweep[1].mean(0)[0]:.2f}, best {sweep[1].mean(0)[best]:.2f}, strongest {sweep[1].mean(0)[-1]:.1f}")

# %% id="fig-sweep"
figure.bands(strengths, {"validation": sweep[1], "training": sweep[0]}, title="Strength of L2: mean and range of 4 seeds",
             xlabel="λ", ylabel="cross-entropy (nats)", ylim=(0, 2.5))

# %% id="fig-weights"
figure.weights({k: kept[k] for k in ("λ = 1e-05", "λ = 0.001", "λ = 0.1")}, 0.6,
               title="First-layer weights: the stronger the penalty, the closer to 0")

# %% [markdown]
# The spike at 0 is there even for the weakest penalty. It belongs to pixels at the rim, which are black
# in every image: the loss gives their weights no gradient, so the penalty is alone with them, and Adam
# scales its pull up.

# %% [markdown] id="l1"
# ## 4 · L1: few weights
#
# The sum of the absolute values pulls with the same force at every size,
# $\lambda\operatorname{sign}(w)$. L2 gives up on small weights, since its pull fades with $w$; L1 pushes
# on until they are **exactly 0**. A weight stays away from 0 only where the loss pulls harder than
# $\lambda$. So L1 also *selects*.
#
# In the plane, the penalized weights lie where a contour of the loss touches a contour of the penalty.
# The one of L1 has corners on the axes, and touches there gladly. Drag the point and change the share of
# L1.

# %% id="widget-penalties"
contours = more.penalties()
contours

# %% id="fig-penalties"
contours.static()

# %% id="fig-penalties-l2"
contours.static(mix=0.0)

# %% [markdown] id="soft-threshold"
# **A subgradient step does not get there.** At $w = 0$ the absolute value has a corner. Steps of
# $\eta\lambda\operatorname{sign}(w)$ jump over it, back and forth, and never land on it. The remedy is
# to take the two parts in turn: a gradient step for the loss, $v = w - \eta g$, then the exact answer
# for the penalty,
#
# $$w \leftarrow \operatorname{sign}(v) \max(|v| - \eta\lambda,\, 0),$$
#
# the **soft threshold**. Fifty weights, of which only five matter:

# %% id="zeros"
prox_step = piece("regularization-soft-threshold")
rng = np.random.default_rng(0)
true_w = np.r_[3.0, -2.0, 1.5, -1.0, 2.5, np.zeros(45)]
A = rng.normal(size=(200, 50))
t = A @ true_w + 0.5 * rng.normal(size=200)


def slope(w):
    """Return the gradient of the mean squared error."""
    return 2 * A.T @ (A @ w - t) / len(A)


w_sub, w_prox, lr, lam = np.zeros(50), np.zeros(50), 0.05, 0.25
w_sub += 0.1
for _ in range(1500):
    w_sub = w_sub - lr * (slope(w_sub) + lam * np.sign(w_sub))
    w_prox = prox_step(w_prox, slope(w_prox), lr, lam)
for name, w in (("subgradient", w_sub), ("soft threshold", w_prox)):
    print(f"{name:15} exact zeros {np.sum(w == 0):2d}, below 0.001 {np.sum(np.abs(w) < 1e-3):2d}, true zeros 45")

# %% id="fig-paths"
grid = np.geomspace(0.02, 6, 25)
paths = []
for lam in grid:
    w = np.zeros(50)
    for _ in range(200):
        w = prox_step(w, slope(w), 0.1, lam)
    paths.append(w)
paths = np.array(paths)
figure.lines(grid, {"w₁ (3)": paths[:, 0], "w₂ (-2)": paths[:, 1], "w₃ (1.5)": paths[:, 2], "w₄ (-1)": paths[:, 3],
                    "w₆ (0)": paths[:, 5]}, title="Coefficient paths: one weight after the other goes to 0",
             xlabel="strength of L1", ylabel="weight", xlog=True)

# %% [markdown]
# The true weights are all found, and all are a little too small: L1 shrinks what it keeps. That is its
# price. (`regularization-soft-threshold`)

# %% [markdown] id="sparse-network"
# In a network it is the same. Here 400 digits are learned by SGD with L1 on both weight matrices: once by
# its subgradient, once with your soft threshold after every step (with a gradient of 0, since SGD has taken
# its step already). About half of the weights go, and the digits are read as well as before.

# %% id="zeros-network"
rate, lam = 0.2, 0.002
for name in ("subgradient", "soft threshold"):
    net = net_of((64, 32, 10), np.random.default_rng(0))
    parameters = nnlib.Parameters(net, np.float64)
    w = parameters.theta[: parameters.n_decay]  # the two matrices, without the biases

    def shrink(optimizer):
        w[:] = prox_step(w, np.zeros(len(w)), rate, lam)

    how = {"after_step": shrink}
    if name == "subgradient":
        how = {"penalty": lambda w: (lam * np.sum(np.abs(w)), lam * np.sign(w))}
    nnlib.fit(net, cross_entropy, nnlib.SGD(parameters, rate), (x[:400], y[:400]), epochs=60,
              batch_size=20, rng=np.random.default_rng(0), **how)
    print(f"{name:15} exact zeros: {np.mean(w == 0):.1f} of {len(w)} weights, "
          f"test accuracy {accuracy(net.forward(x[1000:]), y[1000:]):.2f}")

# %% [markdown] id="elastic"
# ### Both: the elastic net
#
# $\lambda_1 \sum|w| + \lambda_2 \sum w^2$ selects like L1, and shares the weight among features that say
# the same like L2, where L1 alone would pick one of them at random. Its gradient off 0 is
# $\lambda_1 \operatorname{sign}(w) + 2\lambda_2 w$ (`regularization-elastic`). Libraries write the two
# strengths in other ways; `regularization-convert` is the translation to scikit-learn, and here is its
# test.

# %% id="elastic-sklearn"
to_sklearn = piece("regularization-convert")
l1, l2 = 0.2, 0.1
w = np.zeros(50)
for _ in range(2000):
    w = prox_step(w, slope(w) + 2 * l2 * w, 0.05, l1)
alpha, ratio = to_sklearn(l1, l2)
theirs = ElasticNet(alpha=alpha, l1_ratio=ratio, fit_intercept=False, tol=1e-10, max_iter=10_000).fit(A, t)
print(f"alpha {alpha:.2f}, l1_ratio {ratio:.2f}; same weights: {np.allclose(w, theirs.coef_, atol=1e-5)}")

# %% [markdown] id="dropout"
# ## 5 · Dropout
#
# In every training step, set each hidden activation to 0 with probability $p$, and divide the others by
# $1 - p$:
#
# $$y = \frac{m \odot h}{1 - p}, \qquad m_i = 1 \text{ with probability } 1 - p, \qquad
# dh = \frac{m \odot dy}{1 - p}.$$
#
# The division keeps the mean, $\mathbb E\,y = h$. This is **inverted dropout**, and its point is that in
# evaluation nothing is left to do: $y = h$.

# %% id="widget-dropout"
masks = more.dropout_masks()
masks

# %% id="fig-dropout"
masks.static(p=0.5)

# %% [markdown] id="dropout-evaluation"
# **What to do in evaluation** is often told wrongly. There are two consistent ways, and the numbers for
# $p = 0.2$ tell them apart. At $p = 0.5$ keep and drop are the same number and hide the mistake. (The
# paper of 2014 calls the *keep* probability $p$, which may be where the confusion comes from.)

# %% id="evaluation-table"
p, rng = 0.2, np.random.default_rng(0)
h = np.ones(200_000)
mask = rng.random(h.shape) >= p
inverted, plain = np.mean(h * mask / (1 - p)), np.mean(h * mask)
print("mean output for an input of 1:      training   evaluation")
print(f"inverted, evaluation untouched      {inverted:8.2f}   {1:10.2f}   consistent")
print(f"plain, scaled by 1 - p              {plain:8.2f}   {1 - p:10.2f}   consistent")
print(f"inverted, then scaled by 1 - p too  {inverted:8.2f}   {1 - p:10.2f}   wrong")
print(f"plain, 'scaled by the dropout rate' {plain:8.2f}   {p:10.2f}   wrong: 4 times too small")

# %% [markdown]
# A gradient check with a frozen mask passes for all four. Do `regularization-dropout` and
# `regularization-find-scale`.

# %% [markdown] id="dropout-why"
# ### Why it works
#
# *A unit cannot rely on any other one.* What it computes must be useful in many companies, so units do not
# adapt to each other's mistakes (**co-adaptation**), and what is needed is kept in several places.
#
# *It is an ensemble.* A layer of $n$ units has $2^n$ masks, so $2^n$ thinned networks that share their
# weights; every sample of a batch trains one. Evaluation answers for all of them at once. For a linear
# unit that answer is the exact mean of the ensemble, behind a nonlinearity it is close
# (`regularization-masks`):

# %% id="ensemble-of-masks"
mean_over_masks = piece("regularization-masks")
rng = np.random.default_rng(4)
h, w, b, p = rng.uniform(0.5, 1.5, 10), rng.normal(size=10) / 6, 0.6, 0.2
every = np.array([[i >> k & 1 for k in range(10)] for i in range(1024)])
chance = np.prod(np.where(every == 1, 1 - p, p), axis=1)
linear = (every * h / (1 - p)) @ w + b
print(f"linear unit: mean of 1024 networks {chance @ linear:.6f}, evaluation {h @ w + b:.6f}")
print(f"tanh unit:   mean of 1024 networks {mean_over_masks(h, w, b, p):.4f}, evaluation {np.tanh(h @ w + b):.4f}")

# %% [markdown] id="dropout-rates"
# **How much?** $p = 0.5$ for hidden layers is the classical choice, 0.2 to 0.5 is common, less in narrow
# layers. Inputs are dropped rarely, with $p$ at most 0.2. "**Variational dropout**" is used for two
# methods: learning the rates like weights (Kingma et al., 2015), and keeping one mask for all time steps
# of a recurrent network (Gal and Ghahramani, 2016).
#
# **Relatives.** *Max-norm* holds the length of each unit's incoming weights below a limit, and is often
# used along with dropout. *Monte Carlo dropout* leaves dropout on in evaluation and takes the spread of
# many passes as a rough measure of doubt. *Stochastic depth* drops whole residual branches.
#
# **The price** is time: each step trains a part of the network on a noisy signal. The images and the partly
# wrong labels are those of section 3.

# %% id="dropout-price"
rows = np.random.default_rng(0).permutation(600)[:150]
to_target, losses, scores = {}, {}, {}
for p in (0.0, 0.5):
    epochs_needed, found = [], []
    for seed in range(3):
        net = net_of((64, 128, 10), np.random.default_rng(seed), p, np.random.default_rng(50 + seed))
        h = trained(net, (x[rows], y_noisy[rows]), 60, lr=0.005, seed=seed, val=(x_val, y_val))
        epochs_needed.append(int(np.argmax(np.array(h.train_loss) < 0.8)) + 1)
        found.append(h.val_loss[-1])
    losses[f"p = {p:g}, training"], losses[f"p = {p:g}, validation"] = h.train_loss, h.val_loss
    to_target[p], scores[p] = np.mean(epochs_needed), np.mean(found)
for p in (0.0, 0.5):
    print(f"p = {p}: {to_target[p]:.0f} epochs to a training loss of 0.8, validation loss at the end {scores[p]:.2f}")

# %% id="fig-dropout-price"
figure.lines(np.arange(1, 61), losses, title="150 digits, with dropout and without", xlabel="epoch",
             ylabel="cross-entropy (nats)", ylim=(0, 2.4))

# %% [markdown]
# In the first epochs the training loss with dropout can even lie *above* the validation loss: one is
# measured with units missing, the other with all of them.

# %% [markdown] id="early-stopping"
# ## 6 · Early stopping
#
# The cheapest regularizer: stop when the validation loss no longer falls, and go back to the best
# weights. Two numbers: **patience**, how many epochs to wait for a gain (5 to 20 are common, more for
# noisy curves), and **min_delta**, how small a gain does not count. Few steps also mean that the weights
# have not gone far from their small start, so the effect resembles L2.

# %% id="moons-run"
early_stop = piece("regularization-early-stop")


def moons_run(method, strength, seed, epochs=150):
    """Train one network on 40 noisy points with one regularizer; strength from 0 to 1."""
    rng, rng_net, rng_drop, rng_move = np.random.default_rng(seed).spawn(4)
    x, y = nnlib.datasets.moons(40, rng, noise=0.35)
    x_val, y_val = nnlib.datasets.moons(200, rng, noise=0.35)
    x_new, y_new = nnlib.datasets.moons(1000, rng, noise=0.35)
    p = 1 - 0.05**strength if method == "dropout" else 0.0  # at 0, 0.5, 1: 0, 0.78, 0.95
    lam = 10 ** (-3.25 + 2 * strength)
    l1, l2 = {"L1": (lam, 0.0), "L2": (0.0, lam)}.get(method, (0.0, 0.0))
    shake = 0.4 * strength if method == "augmentation" else 0.0
    net = net_of((2, 64, 64, 2), rng_net, p, rng_drop)
    parameters = nnlib.Parameters(net, np.float64)
    adam, n = nnlib.Adam(parameters, 0.015), parameters.n_decay
    train, val, snapshots = [], [], []
    for _ in range(epochs):
        moved = x + shake * rng_move.normal(size=x.shape)
        value, dscores = cross_entropy(net.forward(moved, True), y)
        net.backward(dscores)
        parameters.gather()
        parameters.grad[:n] += elastic_net(parameters.theta[:n], l1, l2)[1]
        adam.step()
        both = net.forward(np.vstack([x, x_val]))
        train.append(cross_entropy(both[:40], y)[0])
        val.append(cross_entropy(both[40:], y_val)[0])
        snapshots.append(parameters.theta.copy() if method == "early stopping" else None)
    kept = epochs - 1
    if method == "early stopping":
        kept, _ = early_stop(np.array(val), 5 + int(40 * strength), 0.0)
        parameters.theta[:] = snapshots[kept]
    return {"x": x, "y": y, "train": train, "val": val, "kept": kept,
            "accuracy": accuracy(net.forward(x_new), y_new),
            "loss": cross_entropy(net.forward(x_new), y_new)[0],
            "predict": lambda rows: softmax(net.forward(rows))[:, 1]}


run = moons_run("none", 0.0, 0)
best_epoch, last_epoch = early_stop(np.array(run["val"]), 10, 0.001)
print(f"patience 10: stopped after epoch {last_epoch}, best epoch {best_epoch}")
print(f"validation loss there {run['val'][best_epoch]:.2f}, at the end {run['val'][-1]:.1f}")

# %% id="widget-stopping"
stop = show.stopping(run["train"], run["val"])
stop

# %% id="fig-stopping"
stop.static()

# %% [markdown] id="keep-a-copy"
# **Keep a copy.** The weights are arrays that the optimizer changes in place. `best = net_weights`
# stores a second name for the same array, and "restoring" it does nothing. No error, and no gradient
# check, will tell you; only the number does. And restore in *every* case: if training ends because the
# epochs are used up, the last weights are not the best either.

# %% id="alias"
rng = np.random.default_rng(3)
data, val = nnlib.datasets.moons(40, rng, 0.35), nnlib.datasets.moons(300, rng, 0.35)
net = net_of((2, 64, 64, 2), np.random.default_rng(1))
parameters = nnlib.Parameters(net, np.float64)
adam, best = nnlib.Adam(parameters, 0.01), np.inf
for _ in range(150):
    value, dscores = cross_entropy(net.forward(data[0]), data[1])
    net.backward(dscores)
    adam.step()
    now = cross_entropy(net.forward(val[0]), val[1])[0]
    if now < best:
        best, alias, copy = now, parameters.theta, parameters.theta.copy()
print(f"lowest validation loss seen: {best:.2f}")
for name, stored in (("the second name", alias), ("the copy", copy)):
    parameters.theta[:] = stored
    print(f"after restoring {name:15}: {cross_entropy(net.forward(val[0]), val[1])[0]:.2f}")

# %% [markdown]
# (The second name was restored first, so the weights were still the last ones.) `nnlib.EarlyStopping`
# copies, with the running statistics of BatchNorm, and writes back at the end however training ended.
# Mind that the validation loss of the epoch chosen is slightly too good, since it was chosen; report a
# test set. (`regularization-early-stop`, `regularization-find-alias`)

# %% [markdown] id="augmentation"
# ## 7 · More data, and data made of data
#
# The best regularizer is more data. Its next best substitute: change the samples you have in ways that
# **leave the label true**, anew in every epoch. An image of a digit moved by a pixel, turned by a few
# degrees, or slightly noisy, is the same digit.
#
# Moving is `regularization-shift`. Turning goes backwards: for each pixel of the *new* image compute where
# it comes from, and mix the four old pixels around that place, each by how near it is (**bilinear**
# sampling). Going forwards would leave holes.

# %% id="rotate"
def rotate(images, degrees):
    """Return the images (batch, 8, 8), each turned counter-clockwise by its own angle; bilinear."""
    angle = np.deg2rad(degrees)[:, None, None]
    down, right = np.indices((8, 8)) - 3.5  # each new pixel, seen from the centre
    rim = np.pad(images, ((0, 0), (1, 1), (1, 1)))  # black, for what comes from outside
    row = np.clip(4.5 + np.cos(angle) * down + np.sin(angle) * right, 0, 9 - 1e-9)  # (batch, 8, 8)
    column = np.clip(4.5 - np.sin(angle) * down + np.cos(angle) * right, 0, 9 - 1e-9)
    i, j, k = row.astype(int), column.astype(int), np.arange(len(images))[:, None, None]
    u, v = row - i, column - j
    above = (1 - v) * rim[k, i, j] + v * rim[k, i, j + 1]
    below = (1 - v) * rim[k, i + 1, j] + v * rim[k, i + 1, j + 1]
    return (1 - u) * above + u * below


quarter = rotate(x[:3].reshape(-1, 8, 8), np.array([0.0, 90.0, 180.0]))
for i, picture in enumerate(quarter):
    same = np.allclose(picture, np.rot90(x[i].reshape(8, 8), i))
    print(f"turned by {90 * i:3d} degrees, as np.rot90 does: {same}")

# %% id="augment"
shift = piece("regularization-shift")


def augment(pixels, rng):
    """Return the images (batch, 64), each turned by up to 8 degrees, moved by up to a pixel, and noisy."""
    images = rotate(pixels.reshape(-1, 8, 8), rng.uniform(-8, 8, len(pixels)))
    out = np.empty(images.shape)
    steps = rng.integers(-1, 2, size=(len(images), 2))
    for down, right in np.unique(steps, axis=0):
        rows = np.all(steps == (down, right), axis=1)
        out[rows] = shift(images[rows], down, right)
    return np.clip(out + 0.05 * rng.normal(size=out.shape), 0, 1).reshape(pixels.shape)


rng = np.random.default_rng(1)
again = [augment(x[:8], rng).reshape(-1, 8, 8) for _ in range(2)]

# %% id="fig-images"
figure.images({"original": x[:8].reshape(-1, 8, 8), "augmented": again[0], "and again": again[1]})

# %% [markdown] id="turning"
# **How far may a digit be turned?** That can be measured. Train on 500 images that are turned by a random
# angle up to a limit, anew in every epoch, for seven limits and three seeds. While the turned images are
# still good examples of their labels, training on them costs little on upright ones; where they are not,
# it does. Beside it, a network that has seen upright images only.

# %% id="turned"
limits = np.array([0, 10, 20, 30, 45, 90, 180])


def turned(pixels, limit, rng):
    """Return the images (batch, 64), each turned by an angle between -limit and limit."""
    degrees = rng.uniform(-limit, limit, len(pixels))
    return rotate(pixels.reshape(-1, 8, 8), degrees).reshape(pixels.shape)


names = ("trained upright, test turned", "trained turned, test turned", "trained turned, test upright")
wrong, readers = {name: np.zeros((3, 7)) for name in names}, {}
for seed in range(3):
    for j, limit in enumerate(limits):
        rng = np.random.default_rng(seed)
        net = net_of((64, 64, 10), rng)
        adam = nnlib.Adam(nnlib.Parameters(net, np.float64), 0.005)
        for _ in range(40):
            seen = turned(x[:500], limit, rng)
            nnlib.fit(net, cross_entropy, adam, (seen, y[:500]), epochs=1, batch_size=25, rng=rng)
        readers[limit] = net
        x_turned = turned(x_test, limit, np.random.default_rng(109))
        for name, reader, images in zip(names, (readers[0], net, net), (x_turned, x_turned, x_test)):
            wrong[name][seed, j] = 100 * (1 - accuracy(reader.forward(images), y_test))
print(f"{'turned by up to (degrees)':29}" + "".join(f"{limit:5d}" for limit in limits))
for name, table in wrong.items():
    print(f"{name:29}" + "".join(f"{error:5.0f}" for error in table.mean(axis=0)) + "  % wrong")

# %% id="fig-turned"
figure.bands(limits, wrong, title="Digits turned by up to an angle: mean and range of 3 seeds",
             xlabel="limit of the angle (degrees)", ylabel="error (%)", xlog=False,
             xticks={a: str(a) for a in (0, 20, 45, 90, 180)}, ylim=(0, 80))

# %% [markdown] id="turning-read"
# Two questions come apart here. A network trained on upright images fails early: turned by up to 20
# degrees, it errs about three times as often. That is no fault of the labels, it has never seen such
# images, and augmentation has something to teach. Whether the *label* is safe shows on the lowest curve: up
# to 30 degrees upright images are read nearly as well as before, at 45 the error has about doubled, at 180
# it is about six times as high. (A part of that is the price of many shapes for a small network, a part are
# shapes with two labels.) So up to 20 degrees is safe for digits, with a margin; any angle is not.
#
# Turn one yourself, in front of three networks. Start with the 6, and go to 180 degrees.

# %% id="widget-turning"
samples = np.array([x_test[y_test == digit][0] for digit in range(10)]).reshape(-1, 8, 8)
turning = more.turning(samples, rotate, {
    "upright images": lambda rows: softmax(readers[0].forward(rows)),
    "up to 30 degrees": lambda rows: softmax(readers[30].forward(rows)),
    "any angle": lambda rows: softmax(readers[180].forward(rows)),
})
turning

# %% id="fig-turning"
turning.static(digit=6, angle=180)

# %% [markdown] id="flips"
# And half a turn, or a mirror? Here is what the network that knows upright digits makes of them.

# %% id="mirrored"
upright = readers[0]
sixes = x_test[y_test == 6].reshape(-1, 8, 8)
sixes = rotate(sixes, np.full(len(sixes), 180.0)).reshape(-1, 64)
as_nines = np.mean(upright.forward(sixes).argmax(axis=1) == 9)
print(f"turned by 180 degrees, more than three sixes in four are read as a 9: {as_nines > 0.75}")
mirrored = x_test.reshape(-1, 8, 8)[:, :, ::-1].reshape(-1, 64)
print(f"share of the mirrored digits that are read rightly: {accuracy(upright.forward(mirrored), y_test):.1f}")

# %% id="fig-unsafe"
some = samples[[1, 2, 4, 6, 7, 9, 0, 8]]
by = {f"by {angle}°": rotate(some, np.full(8, angle)) for angle in (20, 90, 180)}
figure.images({"original": some, **by, "mirrored": some[:, :, ::-1]})

# %% [markdown] id="label-safe"
# **Is the label still true?** A list of "rotation, flip, noise" is no recipe; it depends on the task.
# Mirrored photographs of cats show cats; a mirrored 2 is no digit, and a 6 turned by 180 degrees is a 9.
# Rotations by up to 20 degrees are safe for digits, as measured. After adding noise, clip to the range
# pixels can have, as above. And draw from a generator that you pass on, so that a run can be repeated.
# (`regularization-shift`, `regularization-safe`)
#
# For **text** the usual operations are: replace a word by a synonym, insert one, swap two, delete one, a
# few words per sentence. They are riskier, as "not" and word order carry meaning.
# (`regularization-swap`)

# %% id="swap"
random_swap = piece("regularization-swap")
words = np.array("the little cat sat on the old mat".split())
number = np.arange(len(words))
rng = np.random.default_rng(2)
for _ in range(2):
    print(" ".join(words[random_swap(number, rng)]))
print(" ".join(words[rng.random(len(words)) > 0.15]), " (random deletion)")

# %% [markdown] id="more-data"
# What is it worth? That depends on what is to come. Here is the test error against the number of
# training images, three seeds each, on two test sets: the images as they are, neatly centred by their
# makers, and the same images moved by one pixel, as a careless scanner would give them.

# %% id="learning-curve"
counts = np.array([50, 100, 200, 400])
pictures = x_test.reshape(-1, 8, 8)
careless = np.vstack([shift(pictures, *to).reshape(-1, 64) for to in ((0, 1), (1, 0), (0, -1), (-1, 0))])
tests = {"centred": (x_test, y_test), "moved": (careless, np.tile(y_test, 4))}
errors = {f"{how}, test {what}": np.zeros((3, 4)) for what in tests for how in ("plain", "augmented")}
for how in ("plain", "augmented"):
    for j, n in enumerate(counts):
        for seed in range(3):
            rng = np.random.default_rng(seed)
            rows = rng.permutation(1000)[:n]
            net = net_of((64, 64, 10), rng)
            adam = nnlib.Adam(nnlib.Parameters(net, np.float64), 0.005)
            for _ in range(50):
                seen = augment(x[rows], rng) if how == "augmented" else x[rows]
                nnlib.fit(net, cross_entropy, adam, (seen, y[rows]), epochs=1, batch_size=25, rng=rng)
            for what, (images, labels) in tests.items():
                errors[f"{how}, test {what}"][seed, j] = 100 * (1 - accuracy(net.forward(images), labels))
for name, table in errors.items():
    print(f"{name:23} error with 50 images {table.mean(axis=0)[0]:.0f} %, with 400 {table.mean(axis=0)[-1]:.0f} %")

# %% id="fig-learning-curve"
figure.bands(counts, errors, title="Test error of digits: mean and range of 3 seeds", xlabel="training images",
             ylabel="error (%)", xticks={50: "50", 100: "100", 200: "200", 400: "400"}, ylim=(0, 80))

# %% [markdown]
# On moved images augmentation helps more than any amount of plain data in reach. On centred ones it
# *costs*: the network spends its weights and its epochs on pictures that never come. An augmentation is
# a claim about the data to be met; if the claim is false, it is noise.

# %% [markdown] id="collecting"
# When you collect data: **more** of it, where the curve above still falls; **quality**, since wrong
# labels are remembered; **balance**, so that rare classes are seen; and **outliers** looked at, not just
# deleted, because some are errors and some are the cases that matter.

# %% [markdown] id="mixup"
# ### Mixup, in brief
#
# Mix two samples, $\tilde x = a x + (1 - a) x'$, *and their labels with the same shares*. No such sample
# exists, but the model learns to be in between there, and becomes less sure of itself away from the data
# (Zhang et al., 2018). The share is drawn from a Beta distribution for every batch.
# (`regularization-mixup`)

# %% id="use-mixup"
mixup = piece("regularization-mixup")
for name, width in (("plain", 0.0), ("mixup", 1.0)):
    found = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        data, new = nnlib.datasets.moons(40, rng, 0.35), nnlib.datasets.moons(1000, rng, 0.35)
        net = net_of((2, 64, 64, 2), rng)
        adam = nnlib.Adam(nnlib.Parameters(net, np.float64), 0.015)
        for _ in range(150):
            share = rng.beta(width, width) if width else 1.0
            x_mixed, y_mixed = mixup(data[0], np.eye(2)[data[1]], share, rng.permutation(40))
            value, dscores = cross_entropy(net.forward(x_mixed), y_mixed)
            net.backward(dscores)
            adam.step()
        scores = net.forward(new[0])
        found.append((cross_entropy(scores, new[1])[0], accuracy(scores, new[1])))
    loss, right = np.mean(found, axis=0)
    print(f"{name}: loss on new data {loss:.1f}, accuracy {right:.2f} (mean of 5 samples)")

# %% [markdown] id="bench"
# ## 8 · The bench
#
# One network, 40 very noisy points, six ways. Pick a method, change its strength, look at the boundary
# and at both curves. Each setting is trained when you ask for it. (The strength of early stopping is its
# patience.) Below stand the same points without a method, and with augmentation.

# %% id="widget-bench"
bench = show.bench(moons_run)
bench

# %% id="fig-bench"
bench.static(method="none")

# %% id="fig-bench-augmentation"
bench.static(method="augmentation", strength=0.75)

# %% [markdown] id="fair"
# One picture proves nothing. Fairly: for each method the strength is chosen on validation data, from
# three, by the mean of five samples; then the loss on *new* data is reported, for each of the five.
# Every remedy gets the same budget.

# %% id="fair-comparison"
fair = {}
for method in show.METHODS:
    tried = (0.0,) if method == "none" else (0.5, 0.75, 1.0)
    table = [[moons_run(method, s, seed) for seed in range(5)] for s in tried]
    on_val = [np.mean([r["val"][r["kept"]] for r in row]) for row in table]
    chosen = int(np.argmin(on_val))
    fair[method] = [r["loss"] for r in table[chosen]]
    mean, error = np.mean(fair[method]), np.std(fair[method], ddof=1) / np.sqrt(5)
    print(f"{method:15} strength {tried[chosen]:.2f}: loss on new data {mean:.2f} +- {2.78 * error:.2f}")

# %% id="fig-fair"
figure.bars({k.replace("stopping", "stop"): np.minimum(v, 3) for k, v in fair.items()}, ylim=(0, 3.2),
            title="Loss on new data, five samples (values above 3 are drawn at 3)", ylabel="cross-entropy (nats)")

# %% [markdown]
# The interval is $\bar x \pm 2.78\, s/\sqrt5$, Student's for 95 % with five values. All remedies beat
# none by far. Among each other most intervals overlap: five samples do not support a ranking, and that
# is a result too. Two things to note. The best strength of each lies inside the range tried, so none was
# cut short (early stopping does the same at all three). And moving the points does well here because this
# noise *is* of the kind the data have.

# %% [markdown] id="kfold"
# ## 9 · Measuring: cross-validation
#
# With few samples, one validation set is small and its number shaky. **k-fold cross-validation** cuts
# the data into $k$ parts, holds out each once, trains a **new model** on the others, and reports mean
# and standard deviation. Usually $k$ is 5 to 10, shuffled, with a fixed seed so that two models are
# compared on the same folds.
#
# It is sometimes listed as a way to prevent overfitting. It is not: it *detects* it, and changes no model.
#
# Below, the rows lie sorted by class, and your folds mix them. Try $k = 2$, and 20: how far do the folds
# scatter, and how far is their mean from the truth? Then leave the rows in order, with two folds: each
# model has seen only the other class.

# %% id="widget-folds"
kfold = piece("regularization-kfold")
folds = measure.folds(kfold)
folds

# %% id="fig-folds-cut"
folds.static()

# %% [markdown] id="refit-why"
# **A new model for every fold.** If one model is trained further from fold to fold, it has seen the
# validation rows of every fold but the first. Random labels expose this at once, since nothing honest
# can beat 0.5 on average:

# %% id="refit"
rng = np.random.default_rng(5)
x_noise, y_noise = rng.normal(size=(100, 20)), rng.integers(0, 2, (6, 100))


def fold_scores(labels, fresh, seed):
    """Return five validation accuracies, with a new model per fold or with one for all."""
    new = lambda: net_of((20, 64, 2), np.random.default_rng(seed))  # noqa: E731
    net, scores = new(), []
    for rows, held in kfold(100, 5, np.random.default_rng(seed)):
        net = new() if fresh else net
        trained(net, (x_noise[rows], labels[rows]), 40)
        scores.append(accuracy(net.forward(x_noise[held]), labels[held]))
    return scores


honest = np.array([fold_scores(t, True, s) for s, t in enumerate(y_noise)])
leaky = np.array([fold_scores(t, False, s) for s, t in enumerate(y_noise)])
print(f"new model per fold: mean {honest.mean():.1f}")
print(f"one model for all:  mean {leaky.mean():.1f}, last fold {leaky[:, -1].mean():.1f}")

# %% id="fig-folds"
figure.bars({**{f"new {i}": honest[:, i - 1] for i in range(1, 6)}, **{f"same {i}": leaky[:, i - 1] for i in range(1, 6)}},
            title="Random labels: accuracy per fold, new model or always the same", ylabel="accuracy", level=0.5,
            words="guessing", ylim=(0, 1.08))

# %% [markdown] id="selection"
# ### Choosing among models
#
# Cross-validate every candidate on the same folds, compare the *means*, and look at the spread before
# you believe a difference. Two mistakes are common in code: comparing a pair `(mean, std)` with a
# number, and starting the search at a best score of 0, which no negative score (minus an error) ever
# beats; start at $-\infty$. (`regularization-kfold`, `regularization-find-refit`,
# `regularization-find-start`)

# %% id="select"
candidates = {"64-10": (64, 10), "64-16-10": (64, 16, 10), "64-64-10": (64, 64, 10), "64-96-48-10": (64, 96, 48, 10)}
cv, best_score, best_name = {}, -np.inf, None
for name, widths in candidates.items():
    scores = []
    for rows, held in kfold(250, 5, np.random.default_rng(0)):
        net = net_of(widths, np.random.default_rng(0))
        trained(net, (x[rows], y[rows]), 30, lr=0.005)
        scores.append(accuracy(net.forward(x[held]), y[held]))
    cv[name] = scores
    mean = np.mean(scores)
    if mean > best_score:
        best_score, best_name = mean, name
    print(f"{name:12} {mean:.2f} +- {np.std(scores):.2f} (standard deviation over folds)")
print(f"best mean: {best_name}")

# %% id="fig-select"
figure.bars(cv, title="Accuracy on 250 digits, by fold", ylabel="accuracy", ylim=(0, 1.08))

# %% [markdown]
# When the means lie closer than the folds scatter, take the *simplest* of the good ones. The same search with
# scikit-learn, over the strength of the decay, on `nnlib`'s estimator:

# %% id="grid"
search = GridSearchCV(
    NetClassifier((32,), lr=0.005, epochs=30, random_state=0),
    {"weight_decay": [0.0, 0.1, 1.0, 10.0]}, cv=3,
)
search.fit(x[:250], y[:250])
for setting, score in zip(search.cv_results_["params"], search.cv_results_["mean_test_score"]):
    print(f"weight decay {setting['weight_decay']:4}: accuracy {score:.2f}")

# %% [markdown]
# These labels are clean, and 30 epochs are few: a decay gains nothing here, and a strong one ruins the
# model. A regularizer is a remedy, and needs a patient.

# %% [markdown] id="ensembles"
# ## 10 · Averages: ensembles and smoothed weights
#
# Train the same network several times, with other seeds, and average the answers. For the squared error
# there is a theorem, not a hope:
#
# $$\underbrace{(\bar f - t)^2}_{\text{the average's error}} =
# \underbrace{\tfrac1m \sum_i (f_i - t)^2}_{\text{mean error}} -
# \underbrace{\tfrac1m \sum_i (f_i - \bar f)^2}_{\text{spread}\ \ge\ 0}.$$
#
# The average is never worse than the mean member, and the gain is exactly the members' disagreement. So
# averaging takes off *variance*. **Bagging** trains each member on a resampled data set for more
# disagreement. **Boosting** is another thing: it adds models that correct the remaining error, reduces
# *bias* above all, and can overfit.

# %% id="ensemble"
rng = np.random.default_rng(8)
x_train = rng.uniform(-1, 1, (25, 1))
t_train = show.Features.truth(x_train) + 0.3 * rng.normal(size=(25, 1))
members = []
for seed in range(5):
    rng_net = np.random.default_rng(seed)
    net = nnlib.Sequential(nnlib.Dense(1, 48, rng_net), nnlib.Tanh(), nnlib.Dense(48, 48, rng_net), nnlib.Tanh(),
                           nnlib.Dense(48, 1, rng_net))
    rows = rng_net.integers(0, 25, 25)  # bagging: a resample for each
    adam = nnlib.Adam(nnlib.Parameters(net, np.float64), 0.01)
    nnlib.fit(net, nnlib.mse, adam, (x_train[rows], t_train[rows]), epochs=250, batch_size=25, rng=rng_net)
    members.append(net.forward(at[:, None])[:, 0])
members = np.array(members)
average = members.mean(axis=0)
mean_error, spread = np.mean((members - truth) ** 2), np.mean((members - average) ** 2)
print("error of the average = mean error - spread:", bool(np.isclose(np.mean((average - truth) ** 2), mean_error - spread)))
print(f"mean error {mean_error:.2f}, error of the average {np.mean((average - truth) ** 2):.2f}")

# %% id="fig-ensemble"
figure.spaghetti(at, truth, {"Five networks, and their average": members})

# %% [markdown] id="more-members"
# Add one network after the other. The grey bar is what a single network costs on average, the orange one what
# their disagreement takes off it.

# %% id="widget-members"
together = measure.average_over_networks(at, truth, members)
together

# %% id="fig-members"
together.static(count=5)

# %% [markdown] id="ema"
# ### An average over time
#
# A cheaper ensemble lies along a single run. With a constant rate the weights keep jumping about the
# minimum; their running average lies nearer to it:
#
# $$a_t = \beta\, a_{t-1} + (1 - \beta)\,\theta_t, \qquad \hat a_t = a_t / (1 - \beta^t).$$
#
# Train with $\theta$, evaluate with $\hat a$. This is the **exponential moving average** (EMA) of the
# weights; $1/(1 - \beta)$ steps is about how far it looks back. (BatchNorm's statistics must be
# recomputed for the averaged weights.) It is `regularization-ema`.
#
# Here your average follows noisy descent in a bowl. With a short memory it jumps along; with a very long
# one it still remembers the start.

# %% id="widget-ema"
ema = piece("regularization-ema")
over_time = measure.average_over_time(ema)
over_time

# %% id="fig-ema-bowl"
over_time.static()

# %% [markdown] id="ema-network"
# And on a network, on the digits:

# %% id="use-ema"
net = net_of((64, 32, 10), np.random.default_rng(0))
parameters = nnlib.Parameters(net, np.float64)
sgd, thetas = nnlib.SGD(parameters, 0.8), []
nnlib.fit(net, cross_entropy, sgd, (x[:400], y[:400]), epochs=15, batch_size=8, rng=np.random.default_rng(0),
          after_step=lambda opt: thetas.append(opt.parameters.theta.copy()))
averages = ema(np.array(thetas), 0.99)
steps = np.arange(10, len(thetas), 15)
curves = {"the weights": [], "their average": []}
for name, path in zip(curves, (thetas, averages)):
    for i in steps:
        parameters.theta[:] = path[i]
        curves[name].append(cross_entropy(net.forward(x_test), y_test)[0])
late = {name: np.mean(curve[-20:]) for name, curve in curves.items()}
print("the average has the lower test loss late in the run:", late["their average"] < late["the weights"])

# %% id="fig-ema"
figure.lines(steps, {k: np.minimum(v, 3) for k, v in curves.items()}, ylim=(0, 2.5), xlabel="step", ylabel="test loss (nats)",
             title="Noisy SGD, and the average of its weights")

# %% [markdown] id="recipe"
# ## 11 · A recipe
#
# 1. **Start simple**, with an honest split: training, validation, test. The test set is used once.
# 2. **Is it overfitting?** Look at both curves. If the training loss is high, none of this helps: make
#    the model larger, or train better.
# 3. **More and better data**, if there are any to be had.
# 4. **Regularize**: early stopping costs nothing; then weight decay; then dropout for wide layers.
# 5. **Augment**, wherever a change is known to keep the label.
# 6. **Tune** one thing at a time, in powers of ten, on validation or cross-validation, with several seeds.
# 7. **Ensemble** last, if the gain is worth $m$ times the cost.
#
# A smaller network is a regularizer too, and a crude one; section 2 showed that size alone decides
# little. Batch normalization has a slight effect of the kind as well, since a batch's statistics are
# noisy (chapter 5).
#
# ### Values to start from

# %% [markdown] id="defaults"
# | what | start with | common range |
# |---|---|---|
# | dropout, hidden layers | 0.5 wide, 0.2 narrow | 0.2 to 0.5 |
# | dropout, inputs | 0 | up to 0.2 |
# | L2 ($\lambda\sum w^2$ on a mean loss) | $10^{-4}$ | $10^{-5}$ to $10^{-2}$, by powers of ten |
# | AdamW `weight_decay` | 0.01 | $10^{-3}$ to 0.3 |
# | patience | 10 epochs | 5 to 20, more with noise or schedules |
# | `min_delta` | 0 to 0.001, in units of the loss | |
# | folds | 5, shuffled, seed fixed | 5 to 10 |
#
# They are where to start, not where to stop: each is a point on a U-curve like that of section 3. Finish with
# `regularization-terms` and `regularization-recipe`.
#
# ### What no gradient check sees
#
# Weights restored from a second name; a model carried from fold to fold; a scale missing in evaluation;
# labels that an augmentation made false. All four train without complaint. Against them stand tests of
# another kind: compare the restored loss with the best one seen, cross-validate on random labels,
# compare the mean in both modes, and look at the augmented pictures.

# %% [markdown] id="keep"
# ## What to keep
#
# - Overfitting is a validation loss that *rises*; a gap alone is no proof.
# - Noise is what gets learned by heart: variance, which averaging and penalties take off.
# - L2 shrinks, L1 selects, by the soft threshold; a decay of SGD is $2\lambda$, and Adam needs AdamW.
# - Inverted dropout scales in training, by $1/(1 - p)$, and does nothing in evaluation.
# - Early stopping keeps a *copy* of the best weights.
# - An augmentation is a claim about the data; cross-validation measures, with a new model in every fold.
#
# **If someone asks you** in an interview: *How do you recognize overfitting, and what do you do about
# it? L1 or L2? How does dropout work, and what happens in inference?* Chapter 11 practises it.
#
# **Next**: [chapter 8](08_training_practice.ipynb) puts the whole of training together, and cures sick runs.

# %% [markdown] id="sources"
# ## Sources
#
# * C. Zhang et al., *Understanding deep learning requires rethinking generalization*, ICLR 2017
#   (arXiv:1611.03530): random labels.
# * M. Belkin et al., *Reconciling modern machine-learning practice and the classical bias-variance
#   trade-off*, PNAS 116 (2019, arXiv:1812.11118): double descent.
# * R. Tibshirani, *Regression shrinkage and selection via the lasso*, J. R. Stat. Soc. B 58 (1996): L1.
#   H. Zou, T. Hastie, *Regularization and variable selection via the elastic net*, J. R. Stat. Soc. B 67
#   (2005).
# * I. Loshchilov, F. Hutter, *Decoupled weight decay regularization*, ICLR 2019 (arXiv:1711.05101).
# * N. Srivastava et al., *Dropout: a simple way to prevent neural networks from overfitting*, JMLR 15
#   (2014): also max-norm. D. Kingma et al., *Variational dropout and the local reparameterization
#   trick*, NeurIPS 2015 (arXiv:1506.02557). Y. Gal, Z. Ghahramani, *Dropout as a Bayesian
#   approximation*, ICML 2016 (arXiv:1506.02142), and *A theoretically grounded application of dropout in
#   recurrent neural networks*, NeurIPS 2016 (arXiv:1512.05287). G. Huang et al., *Deep networks with
#   stochastic depth*, ECCV 2016 (arXiv:1603.09382).
# * H. Zhang et al., *mixup: beyond empirical risk minimization*, ICLR 2018 (arXiv:1710.09412).
# * L. Breiman, *Bagging predictors*, Machine Learning 24 (1996).
