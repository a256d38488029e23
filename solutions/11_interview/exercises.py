# %% [markdown]
# # Exercises 11 · The interview
#
# Three kinds of task. **At the whiteboard** you implement something against the clock; **derivations**
# you do on paper and write down the result, which numbers then judge; **in your own words** you answer
# as in an interview, and a person reads it.
#
# `start("...")` starts the clock of a task and shows it. Nothing happens when it runs out, except that
# `timesheet()` at the end knows. Rows are samples, as always.

# %%
import numpy as np

from autograder import check, hint
from autograder.interview import start, timesheet

# %% [markdown]
# ## At the whiteboard

# %% [markdown]
# ### Inverted dropout · easy · 8 minutes
#
# *"Dropout, in training and in inference."* Write the inverted form, without randomness of its own: `u`
# has the shape of `x` and is uniform in $[0, 1)$; an entry is dropped where `u < p`. `train` says which
# mode it is.

# %%
start("interview-dropout")

# %% exercise="interview-dropout"
def dropout(x, u, p, train):
    """Return x with entries dropped where u < p, if training; u is uniform in [0, 1)."""
    ### BEGIN SOLUTION
    if not train:
        return x
    return x * (u >= p) / (1 - p)
    ### END SOLUTION

# %% check="interview-dropout"
check("interview-dropout")

# %% [markdown]
# ### One step of Adam · medium · 10 minutes
#
# *"Write Adam. From memory."* All arrays have shape `(d,)`; `t` counts from 1; $\beta_1 = 0.9$,
# $\beta_2 = 0.999$, $\varepsilon = 10^{-8}$, outside the root. Return the new `theta`, `m` and `v`, and
# leave the arguments alone.

# %%
start("interview-adam")

# %% exercise="interview-adam"
def adam_step(theta, grad, m, v, t, lr):
    """Return the new theta, m and v after step t = 1, 2, ... of Adam."""
    ### BEGIN SOLUTION
    m = 0.9 * m + 0.1 * grad
    v = 0.999 * v + 0.001 * grad**2
    m_hat = m / (1 - 0.9**t)
    v_hat = v / (1 - 0.999**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + 1e-8), m, v
    ### END SOLUTION

# %% check="interview-adam"
check("interview-adam")

# %% [markdown]
# ### A numerical gradient · medium · 10 minutes
#
# *"How would you check that?"* `f()` takes nothing and returns a number that depends on the array
# `theta`, shape `(d,)`; it reads that very array. Return its gradient at the present `theta`, `(d,)`, by
# differences, to at least eight digits, and leave `theta` exactly as you found it.

# %%
start("interview-gradcheck")

# %% exercise="interview-gradcheck"
def numeric_gradient(f, theta):
    """Return the gradient of f() with respect to the array theta, which f reads."""
    ### BEGIN SOLUTION
    gradient, h = np.zeros_like(theta), 1e-5
    for i in range(theta.size):
        kept = theta[i]
        theta[i] = kept + h
        above = f()
        theta[i] = kept - h
        below = f()
        theta[i] = kept
        gradient[i] = (above - below) / (2 * h)
    return gradient
    ### END SOLUTION

# %% check="interview-gradcheck"
check("interview-gradcheck")

# %% [markdown]
# ### Softmax cross-entropy · medium · 12 minutes
#
# *"Write the loss of a classifier, and its gradient."* `scores` is `(n, k)`, `target` holds `n` class
# numbers. Return the mean over the rows of $-\log \mathrm{softmax}(\text{scores})_\text{target}$, one
# number, and its gradient at the scores, `(n, k)`. It has to work for scores of ±1000, without a
# warning.

# %%
start("interview-softmax-ce")

# %% exercise="interview-softmax-ce"
def softmax_ce(scores, target):
    """Return the mean cross-entropy and its gradient at the scores, (n, k)."""
    ### BEGIN SOLUTION
    n = len(scores)
    z = scores - scores.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    value = -log_p[np.arange(n), target].mean()
    dscores = np.exp(log_p)
    dscores[np.arange(n), target] -= 1
    return value, dscores / n
    ### END SOLUTION

# %% check="interview-softmax-ce"
check("interview-softmax-ce")

# %% [markdown]
# ### Causal attention · hard · 15 minutes
#
# *"Write causal self-attention, one head."* `Q` and `K` are `(n, d)`, `V` is `(n, e)`. Position $i$ may
# look at positions $0, \dots, i$. Return
#
# $$\mathrm{softmax}\Bigl(\frac{QK^\top}{\sqrt d} + \text{mask}\Bigr)V, \qquad \text{shape } (n, e),$$
#
# with the softmax over the keys. No warning, please.

# %%
start("interview-attention")

# %% exercise="interview-attention"
def attention(Q, K, V):
    """Return causal attention, (n, e): position i sees positions 0 to i. Q, K (n, d), V (n, e)."""
    ### BEGIN SOLUTION
    scores = Q @ K.T / np.sqrt(Q.shape[1])
    future = np.triu(np.ones(scores.shape, bool), 1)
    scores = np.where(future, -np.inf, scores)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True) @ V
    ### END SOLUTION

# %% check="interview-attention"
check("interview-attention")

# %% [markdown]
# ## Derivations

# %% [markdown]
# ### What a class weight did to the probability · medium · 10 minutes
#
# *"You trained with class weights. What do the probabilities mean now?"* For customers of risk $\pi$ the
# weighted cross-entropy $-w\,\pi \log p - (1 - \pi)\log(1 - p)$ is smallest at some $p$. Derive it, and
# solve for $\pi$: return the risk behind `p`, an array `(n,)`, for the weight `w`.

# %%
start("interview-unweight")

# %% exercise="interview-unweight"
def unweight(p, w):
    """Return the true risk behind p, the best answer of a loss with weight w on the positives."""
    ### BEGIN SOLUTION
    return p / (p + w * (1 - p))
    ### END SOLUTION

# %% check="interview-unweight"
check("interview-unweight")

# %% [markdown]
# ### He's formula for a leaky ReLU · medium · 12 minutes
#
# *"Derive He initialization, for a leaky ReLU."* Weights have mean zero; a unit has `n_in` inputs, each
# the leaky ReLU (slope `alpha` below zero) of a symmetric sum. Return the standard deviation of the
# weights for which the variance of the sums stays the same from layer to layer.

# %%
start("interview-init-std")

# %% exercise="interview-init-std"
def init_std(n_in, alpha):
    """Return the standard deviation of weights that keeps signals even, for slope alpha below 0."""
    ### BEGIN SOLUTION
    return np.sqrt(2 / ((1 + alpha**2) * n_in))
    ### END SOLUTION

# %% check="interview-init-std"
check("interview-init-std")

# %% [markdown]
# ### Backpropagation through two layers · hard · 15 minutes
#
# *"Derive backpropagation for one hidden layer, on the board."* The network is
# $z = \mathrm{relu}(xW_1 + b_1)W_2 + b_2$, with `x` `(n, d)`, `W1` `(d, h)`, `b1` `(h,)`, `W2` `(h, k)`,
# `b2` `(k,)`; the loss is the **mean** softmax cross-entropy with the class numbers `target` `(n,)`.
# Return `dW1, db1, dW2, db2`, each with the shape of its parameter. The check compares them with central
# differences.

# %%
start("interview-two-layer")

# %% exercise="interview-two-layer"
def two_layer(x, target, W1, b1, W2, b2):
    """Return dW1, db1, dW2, db2 of the mean softmax cross-entropy of relu(x W1 + b1) W2 + b2."""
    ### BEGIN SOLUTION
    h = np.maximum(x @ W1 + b1, 0)
    z = h @ W2 + b2
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    dz = p - np.eye(p.shape[1])[target]
    dz = dz / len(x)
    dh = dz @ W2.T * (h > 0)
    return x.T @ dh, dh.sum(axis=0), h.T @ dz, dz.sum(axis=0)
    ### END SOLUTION

# %% check="interview-two-layer"
check("interview-two-layer")

# %% [markdown]
# ### The way back through batch normalization · hard · 15 minutes
#
# *"And now batch normalization."* Forward is
# $y = \gamma\,(x - \mu)/\sqrt{\sigma^2 + \varepsilon} + \beta$, with mean and (biased) variance of every
# column of `x`, shape `(n, d)`. Given the gradient `dy` at `y`, return `dx`, `(n, d)`. The check
# compares it with central differences.

# %%
start("interview-batchnorm-backward")

# %% exercise="interview-batchnorm-backward"
def batchnorm_backward(x, gamma, dy, eps):
    """Return dx of gamma (x - mean) / sqrt(var + eps), with mean and var over the batch."""
    ### BEGIN SOLUTION
    root = np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) / root
    dx_hat = dy * gamma
    through_mean = dx_hat.mean(axis=0)
    through_var = x_hat * (dx_hat * x_hat).mean(axis=0)
    return (dx_hat - through_mean - through_var) / root
    ### END SOLUTION

# %% check="interview-batchnorm-backward"
check("interview-batchnorm-backward")

# %% [markdown]
# ### Your timesheet
#
# Every task that you started, with the minutes until its latest check.

# %%
print(timesheet())

# %% [markdown]
# ## In your own words
#
# Five questions as an interviewer would put them. Write what you would *say*. Each is marked by the five
# habits of chapter 11: an answer that has one of the five gets its point.

# %% [markdown] question="interview-explain-backprop"
# ### Explain backpropagation · 5 points, marked by a person
#
# 200 words at most. An interviewer with a background in mathematics asks: *what is backpropagation, and why
# does one backward pass suffice?*
#
# ### BEGIN MARK SCHEME
#
# - 1 point: **an example**: one layer, or a chain of three functions, with its derivative
# - 1 point: **the trade-off**: one pass for all parameters, paid for with the memory of all activations
# - 1 point: **hands-on**: how you checked it (differences, per parameter), or a bug that you found
# - 1 point: **the purpose**: what the gradient is for, and that the *update* is the optimizer's
# - 1 point: **step by step**: from the loss backwards, with the elementwise slope in its place
#
# ### END MARK SCHEME

# %% [markdown] manual={"id": "interview-explain-backprop", "points": 5}
# Backpropagation computes the gradient of the loss with respect to all parameters. It starts at the
# loss, where the gradient is 1, and goes through the graph in reverse order. Every operation turns the
# gradient of its output into that of its inputs, by the transposed Jacobian; where a value is used
# twice, the two contributions add.
#
# For a dense layer z = aW + b with gradient δ at z: dW = aᵀδ, db sums δ over the rows, and δWᵀ goes on
# to a, where it is multiplied elementwise by the slope of the activation below.
#
# One pass suffices because there is a single output, the loss: everything below shares the same factors.
# Nudging each of N parameters would take 2N forward passes. The price is memory: all activations must be
# kept.
#
# When I wrote it, I forgot the slope of the hidden activation. The shapes fitted and the loss even fell;
# a gradient check per parameter showed the first layer to be wrong. What backpropagation delivers is the
# gradient alone; what to do with it, the optimizer decides.

# %% [markdown] question="interview-explain-batchnorm"
# ### Training is fine, serving is not · 5 points, marked by a person
#
# 150 words at most. *A model with batch normalization and dropout has 95 % accuracy in validation. In
# production, called with one row at a time, it is little better than chance. What do you suspect, and how do
# you find out?*
#
# ### BEGIN MARK SCHEME
#
# - 1 point: **an example**: what normalising a batch of one by its own statistics does (every feature
#   becomes β)
# - 1 point: **the trade-off**: batch against running statistics, or batch against layer normalization
# - 1 point: **hands-on**: a concrete test, such as one row through both modes, or both paths side by side
# - 1 point: **the purpose**: what a user would see, and what guards against it next time (a parity test
#   in CI)
# - 1 point: **step by step**: from the likeliest and cheapest suspicion to the others
#
# ### END MARK SCHEME

# %% [markdown] manual={"id": "interview-explain-batchnorm", "points": 5}
# First suspicion: the service runs in training mode. A batch of one, normalised by its own mean, gives
# x̂ = 0, so each feature becomes β whatever the input; and dropout adds noise on top. Test: send the
# same row through both modes, and twice through the service. If the two answers differ, or all rows get
# the same, that is it.
#
# Second: the running statistics were never updated, or not saved with the weights. Print them beside the
# statistics of the training data.
#
# Third: skew in the preprocessing. Take fifty validation rows and compare the inputs of the first layer
# in both paths.
#
# Only then drift. Afterwards a parity test goes into the build: the saved model, called row by row, must
# equal the validation scores to 1e-6. If training needs small batches too, I would take layer
# normalization: one mode, at the cost of tuning the rate anew.

# %% [markdown] question="interview-choose-optimizer"
# ### Two colleagues, two optimizers · 5 points, marked by a person
#
# 150 words at most. *One says: "Adam beat SGD by two points, so we use Adam." Each was run once at a learning
# rate of 0.001. What do you say?*
#
# ### BEGIN MARK SCHEME
#
# - 1 point: **an example**: why an equal rate is unequal (momentum's steps are ten times SGD's, Adam's
#   are about the rate)
# - 1 point: **the trade-off**: state of two copies and quick results against tuning and, at times,
#   better generalisation
# - 1 point: **hands-on**: a protocol: rates on a log grid, the same budget, several seeds, an interval
# - 1 point: **the purpose**: whether two points matter here, and what the experiment costs
# - 1 point: **step by step**: what is wrong, what to do, how to decide
#
# ### END MARK SCHEME

# %% [markdown] manual={"id": "interview-choose-optimizer", "points": 5}
# That run compares two learning rates more than two optimizers. A step of Adam is about as long as the
# rate; a step of SGD is the rate times the gradient, which may be a hundred times shorter. At 0.001 SGD
# has hardly moved.
#
# I would give both the same budget: seven rates from 1e-4 to 1, one schedule, then five seeds at the
# best, and look at the difference with its interval. On 2,000 validation rows two points are about two
# standard errors, so one run cannot settle it.
#
# What else counts: Adam keeps two more copies of the parameters and is good quickly; SGD with momentum
# keeps one and is often as good when tuned. If time is short, Adam is a fine default, for that reason
# and not because of this run. The experiment costs an afternoon; is that worth two points?

# %% [markdown] question="interview-debug"
# ### The loss is stuck at 0.693 · 5 points, marked by a person
#
# 150 words at most. *A binary classifier's loss stands at 0.693 from the first step to the last. Walk me
# through it.*
#
# ### BEGIN MARK SCHEME
#
# - 1 point: **an example**: ln 2 = 0.693, the loss of saying ½ to everything
# - 1 point: **the trade-off**: which checks are cheap and which are thorough, and why in this order
# - 1 point: **hands-on**: overfitting ten rows, gradient norms per layer, looking at the data
# - 1 point: **the purpose**: what a baseline would give, so that one knows what to aim at
# - 1 point: **step by step**: each test with what its outcome excludes
#
# ### END MARK SCHEME

# %% [markdown] manual={"id": "interview-debug", "points": 5}
# 0.693 is ln 2: the model says ½ to every row. So something keeps the scores at zero.
#
# Cheapest first: print ten rows as the network gets them, the scores, and the gradient norm per layer
# after one step. All scores exactly zero: weights at zero, dead ReLUs, or inputs that are all zero after
# a broken scaler. Gradients zero: a frozen layer. Gradients fine but weights unchanged: the optimizer
# holds other parameters, or the rate is off by decades.
#
# Then overfit ten rows, without regularisation. If that fails, it is a bug, and a gradient check finds
# most of them. If it works, the labels may be shuffled against the rows: then ½ is the best answer for
# balanced classes. A logistic regression on the same arrays tells me: if it learns nothing either, it is
# the data. Ten minutes; a hyper-parameter search takes a day and finds nothing.

# %% [markdown] question="interview-case"
# ### The case: keep the subscribers · 10 points, marked by a person
#
# 400 words at most. *A magazine loses 3 % of its subscribers a month. You have five years of data, a call
# centre that can make 2,000 calls a month, and three months. What do you do?* Two points for each of the five
# habits.
#
# ### BEGIN MARK SCHEME
#
# - 2 points: **examples** with numbers: base rate, what a call costs, what a kept subscriber is worth
# - 2 points: **trade-offs**: boosting or a network, risk or uplift, precision of the calls or reach
# - 2 points: **hands-on**: snapshot dates, a split by time, leakage, calibration, one artefact for
#   preprocessing and model
# - 2 points: **the purpose**: the decision comes first; the effect is measured with a control group;
#   profit with an interval
# - 2 points: **step by step**: a plan over three months, with a point at which one would stop
#
# ### END MARK SCHEME

# %% [markdown] manual={"id": "interview-case", "points": 10}
# **The decision.** Whom do we call? 2,000 calls of, say, 5 euros are 10,000 a month. If a kept
# subscriber is worth 90 over the next year, 112 must be kept to break even, 5.6 % of those called. So I
# need a list on which calls change more than 1 in 18.
#
# **Month 1.** Label: cancelled within 60 days after a snapshot; features as of the snapshot only. One
# snapshot a month over five years; train on the first four, validate on the fifth. I check for leakage
# by asking of every column when it was written. Baseline: call at random, then logistic regression, then
# boosting. A network only if there are texts or click sequences. Metric: how many of the top 2,000
# cancel, and calibration, because the number enters the profit.
#
# **Month 2.** Risk is not uplift. I let the call centre call 1,000 from the top of the list and 1,000
# drawn at random, and keep an equal group of each uncalled. That costs some efficiency now and is the
# only way to learn whom a call helps, and whether it wakes up people who had forgotten that they
# subscribe. With 1,000 a side, a fall from 12 % to 8 % is seen; a fall of one point is not, and I say so
# beforehand.
#
# **Month 3.** If the interval of the effect excludes break-even from below, stop and try another offer.
# Otherwise rank by expected gain, p times effect times value, minus cost; put model and preprocessing
# into one versioned artefact with a parity test; log every score and call; watch PSI per feature and,
# when the labels arrive two months later, calibration and profit against the control group that stays
# for good.
#
# **What I would not do**: oversample, tune for a week, or report accuracy; 94 % is reached by saying
# that nobody leaves within 60 days. With twice the time I would model the value of each subscriber
# instead of taking 90 for all.
