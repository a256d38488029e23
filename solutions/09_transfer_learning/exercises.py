# %% [markdown]
# # Exercises 9 · Transfer learning
#
# Fill in the marked places, run the cell, then run the check below it. A check tells you in one
# sentence what is right or wrong; `hint("...")` gives a nudge, and a bigger one each time you ask.
#
# Throughout, the **body** is the part of a network that was trained on a source task, and the **head** is
# the new last layer. Rows are samples. Nothing you are given may be changed in place.

# %%
import numpy as np

from autograder import check, hint

# %% [markdown]
# # What to transfer

# %% [markdown]
# ## Photographs to X-ray images · easy · 3 minutes
#
# A network was trained on ImageNet, a million photographs in a thousand classes. You want to tell healthy
# from broken bones in X-ray images. Which is it?
#
# - (a) the same domain, another task
# - (b) another domain, and another task
# - (c) another domain, the same task
# - (d) no transfer is possible: the two have nothing in common
#
# Assign the letter to `domain`.

# %% exercise="transfer_learning-domain"
### BEGIN SOLUTION
domain = "b"
### END SOLUTION

# %% check="transfer_learning-domain"
check("transfer_learning-domain")

# %% [markdown]
# ## Take over a trained body · medium · 12 minutes
#
# `new` and `saved` are two networks as dictionaries from name to array, such as `"body.W"`, `"body.b"` and
# `"head.W"`. Return a new dictionary with the names of `new`: arrays whose name starts with `"body."` come
# from `saved`, all others from `new`; every one is a **copy**.
#
# If `saved` lacks a name of the body, a `KeyError` should be raised, and if a shape differs, a `ValueError`.
# A layer that was skipped in silence is a layer that stayed random.

# %% exercise="transfer_learning-load-body"
def load_body(new, saved):
    """Return copies of new's arrays by name, with those named "body..." taken from saved."""
    ### BEGIN SOLUTION
    result = {}
    for name, array in new.items():
        if name.startswith("body."):
            if saved[name].shape != array.shape:
                raise ValueError(f"{name}: expected {array.shape}, got {saved[name].shape}")
            array = saved[name]
        result[name] = array.copy()
    return result
    ### END SOLUTION

# %% check="transfer_learning-load-body"
check("transfer_learning-load-body")

# %% [markdown]
# ## Preprocess as the source did · easy · 8 minutes
#
# Pixels come as whole numbers 0 to 255, in an array `images` of shape `(n, c, h, w)`. The source network saw
# pixels between 0 and 1, from which each channel's `mean` was subtracted, and which were divided by its `std`;
# both have shape `(c,)`:
#
# $$x_{nchw} = \frac{\text{images}_{nchw}/255 - \text{mean}_c}{\text{std}_c}.$$
#
# Return `x`, of the images' shape.

# %% exercise="transfer_learning-match-source"
def match_source(images, mean, std):
    """Return integer images (n, c, h, w) of 0-255 as the source network saw its own."""
    ### BEGIN SOLUTION
    x = images / 255
    return (x - mean[:, None, None]) / std[:, None, None]
    ### END SOLUTION

# %% check="transfer_learning-match-source"
check("transfer_learning-match-source")

# %% [markdown]
# # Frozen

# %% [markdown]
# ## A step that leaves frozen weights alone · medium · 12 minutes
#
# One step of gradient descent with momentum and decoupled weight decay, in which frozen weights stay as they
# are. Where the array `trained` (of `bool`, as long as `theta`) is True,
#
# $$v \leftarrow \beta v + g, \qquad \theta \leftarrow \theta - \eta\,(v + \lambda\theta),$$
#
# with `beta` $\beta$, `lr` $\eta$ and `decay` $\lambda$; where it is False, neither $\theta$ nor $v$ changes.
# Return `theta, v`.

# %% exercise="transfer_learning-freeze"
def frozen_step(theta, grad, v, lr, beta, decay, trained):
    """Return theta and v after a step with momentum and decay where trained is True."""
    ### BEGIN SOLUTION
    v = np.where(trained, beta * v + grad, v)
    step = lr * (v + decay * theta)
    return np.where(trained, theta - step, theta), v
    ### END SOLUTION

# %% check="transfer_learning-freeze"
check("transfer_learning-freeze")

# %% [markdown]
# ## BatchNorm in a frozen body · medium · 10 minutes
#
# BatchNorm in a frozen body uses its running `mean` and `var`, which are constants, even while the head
# trains. For `x` and the upstream gradient `dy`, both `(batch, n)`, and parameters of shape `(n,)`,
#
# $$y = \gamma\,\frac{x - \text{mean}}{\sqrt{\text{var} + \varepsilon}} + \beta.$$
#
# Return `y, dx`. Layers below may still be trained, so `dx` is needed.

# %% exercise="transfer_learning-frozen-norm"
def frozen_norm(x, dy, gamma, beta, mean, var, eps):
    """Return y and dx of a frozen BatchNorm: its running mean and variance are constants."""
    ### BEGIN SOLUTION
    inv = 1 / np.sqrt(var + eps)
    y = gamma * (x - mean) * inv + beta
    return y, dy * gamma * inv
    ### END SOLUTION

# %% check="transfer_learning-frozen-norm"
check("transfer_learning-frozen-norm")

# %% [markdown]
# ## A head in one line · hard · 15 minutes
#
# The body is frozen, so its `features`, shape $(n, k)$, are computed once. The quickest head is a linear one,
# fitted by least squares to `targets`, shape $(n, c)$ (one-hot rows, say):
#
# $$\min_{W, b}\ \frac1n \sum_{i} \lVert f_i W + b - t_i \rVert^2 + \lambda \sum_{j,l} W_{jl}^2,$$
#
# with `strength` $\lambda$ and a bias that is not penalized. Return `W` $(k, c)$ and `b` $(c,)$, exactly, without
# a loop of steps. (Where the derivative with respect to $b$ is 0, $b = \bar t - \bar f W$.)

# %% exercise="transfer_learning-linear-probe"
def linear_probe(features, targets, strength):
    """Return W (k, c) and b (c,): least squares on fixed features, with strength * sum(W**2)."""
    ### BEGIN SOLUTION
    n, k = features.shape
    f_mean, t_mean = features.mean(axis=0), targets.mean(axis=0)
    F = features - f_mean
    W = np.linalg.solve(F.T @ F / n + strength * np.eye(k), F.T @ (targets - t_mean) / n)
    return W, t_mean - f_mean @ W
    ### END SOLUTION

# %% check="transfer_learning-linear-probe"
check("transfer_learning-linear-probe")

# %% [markdown]
# # Rates

# %% [markdown]
# ## A learning rate for each layer · easy · 8 minutes
#
# Layers near the input are the most general and should move least. Return one learning rate per layer, input
# side first, as an array of shape `(n_layers,)`: the last layer, the head, has `head_lr`, and each layer
# below has `factor` times the rate of the one above.

# %% exercise="transfer_learning-layer-rates"
def layer_rates(n_layers, head_lr, factor):
    """Return one rate per layer, input side first: each is factor times the next, head_lr last."""
    ### BEGIN SOLUTION
    below = np.arange(n_layers - 1, -1, -1)
    return head_lr * factor**below
    ### END SOLUTION

# %% check="transfer_learning-layer-rates"
check("transfer_learning-layer-rates")

# %% [markdown]
# ## Thaw from the top · medium · 10 minutes
#
# Gradual thawing: in `stage` 0 the head trains alone, and each stage thaws one more layer, from the top down.
# Thawed layers have the rates of the last exercise (the head `head_lr`, each layer below `factor` times the one
# above), frozen ones 0. A stage beyond the last thaws nothing more. Return an array of shape `(n_layers,)`, input
# side first.

# %% exercise="transfer_learning-stage-rates"
def stage_rates(stage, n_layers, head_lr, factor):
    """Return the rates in a stage, input side first; 0 is frozen, stage 0 trains the head alone."""
    ### BEGIN SOLUTION
    below = np.arange(n_layers - 1, -1, -1)
    return np.where(below <= stage, head_lr * factor**below, 0.0)
    ### END SOLUTION

# %% check="transfer_learning-stage-rates"
check("transfer_learning-stage-rates")

# %% [markdown]
# ## A rate of nearly nothing · easy · 3 minutes
#
# A widely copied helper sets the body's rate to
#
# $$\text{base} \times \min\!\big(1, \tfrac{\text{size}}{10\,000}\big) \times (1 - \text{frozen share}) \times 0.1 .$$
#
# What is it for base 0.001, a data set of 500 and a frozen share of 0.5? Assign the number to `rate_helper`. (And
# what does it do to the rate of a new head, which gets the first two factors and has to learn from nothing?)

# %% exercise="transfer_learning-rate-helper"
### BEGIN SOLUTION
rate_helper = 2.5e-06
### END SOLUTION

# %% check="transfer_learning-rate-helper"
check("transfer_learning-rate-helper")

# %% [markdown]
# # Small additions

# %% [markdown]
# ## A low-rank adapter on a frozen layer · hard · 20 minutes
#
# A dense layer with frozen `W` $(n_\text{in}, n_\text{out})$ and `b` gets a trained change of rank $r$, with `A`
# $(n_\text{in}, r)$, `B` $(r, n_\text{out})$ and $s = \alpha / r$:
#
# $$y = xW + b + s\,(xA)B.$$
#
# Write `forward` and `backward`. The second sets `dA` and `dB`, and returns `dx`; `W` has no gradient of its own,
# but `dx` flows through it. (`self.scale` is $s$.)

# %% exercise="transfer_learning-lora"
class LoRA:
    """y = x W + b + (alpha / r) (x A) B with W and b frozen; A is (n_in, r), B is (r, n_out)."""

    params = ("A", "B")

    def __init__(self, W, b, A, B, alpha):
        self.W, self.b, self.A, self.B = W, b, A, B
        self.scale = alpha / A.shape[1]

    def forward(self, x):
        ### BEGIN SOLUTION
        self.x = x
        self.low = x @ self.A
        return x @ self.W + self.b + self.scale * (self.low @ self.B)
        ### END SOLUTION

    def backward(self, dy):
        ### BEGIN SOLUTION
        dlow = self.scale * (dy @ self.B.T)
        self.dA = self.x.T @ dlow
        self.dB = self.scale * (self.low.T @ dy)
        return dy @ self.W.T + dlow @ self.A.T
        ### END SOLUTION

# %% check="transfer_learning-lora"
check("transfer_learning-lora")

# %% [markdown]
# ## How many weights does a rank cost? · easy · 3 minutes
#
# A layer has `W` of shape (512, 256). How many trained numbers does an adapter of rank 4 have? Assign the number to
# `lora_count`.

# %% exercise="transfer_learning-lora-count"
### BEGIN SOLUTION
lora_count = 3072.0
### END SOLUTION

# %% check="transfer_learning-lora-count"
check("transfer_learning-lora-count")

# %% [markdown]
# ## Merge the adapter · easy · 5 minutes
#
# After training, the change can be added into the matrix, and the layer costs no more than it did. Return the one
# matrix that acts like `W` with its adapter: $xW + \frac{\alpha}{r}(xA)B = x\,W_\text{merged}$ for every $x$.

# %% exercise="transfer_learning-merge"
def merged(W, A, B, alpha):
    """Return the one matrix that acts like W with the adapter (A, B, alpha) beside it."""
    ### BEGIN SOLUTION
    return W + alpha / A.shape[1] * (A @ B)
    ### END SOLUTION

# %% check="transfer_learning-merge"
check("transfer_learning-merge")

# %% [markdown]
# ## A bottleneck adapter · hard · 18 minutes
#
# Another small addition stands *between* frozen layers: down to $m$ units, a ReLU, up again, and a shortcut
# around it:
#
# $$y = x + \operatorname{relu}(xD + c)\,U, \qquad D: (k, m),\quad c: (m,),\quad U: (m, k).$$
#
# With $U = 0$ it starts as the identity. Write `forward`, and `backward`, which sets `dD`, `dc` and `dU` and returns
# `dx`.

# %% exercise="transfer_learning-adapter"
class Adapter:
    """y = x + relu(x D + c) U: down to m units, up again, and a shortcut around."""

    params = ("D", "c", "U")

    def __init__(self, D, c, U):
        self.D, self.c, self.U = D, c, U

    def forward(self, x):
        ### BEGIN SOLUTION
        self.x = x
        self.h = np.maximum(0, x @ self.D + self.c)
        return x + self.h @ self.U
        ### END SOLUTION

    def backward(self, dy):
        ### BEGIN SOLUTION
        dz = (dy @ self.U.T) * (self.h > 0)
        self.dU = self.h.T @ dy
        self.dD = self.x.T @ dz
        self.dc = dz.sum(axis=0)
        return dy + dz @ self.D.T
        ### END SOLUTION

# %% check="transfer_learning-adapter"
check("transfer_learning-adapter")

# %% [markdown]
# ## Learn from a teacher · hard · 20 minutes
#
# A student learns from labels and from a teacher's scores. With $p = \operatorname{softmax}(\text{teacher}/T)$,
# $q = \operatorname{softmax}(\text{scores}/T)$ and $a$ = `share`,
#
# $$L = a\,\mathrm{CE}(\text{scores}, \text{labels}) + (1 - a)\,T^2\,\frac1n \sum_i \mathrm{KL}(p_i \,\|\, q_i),
# \qquad \mathrm{KL}(p\,\|\,q) = \sum_j p_j \log\frac{p_j}{q_j}.$$
#
# CE is the mean cross-entropy in nats at $T = 1$. Return `value, dscores`. The cell below gives you `log_softmax`.

# %%
def log_softmax(z):
    """Return the logarithm of the softmax of each row."""
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))

# %% exercise="transfer_learning-distill"
def distill(scores, teacher, labels, T, share):
    """Return share * CE(labels) + (1 - share) * T**2 * KL(teacher || student) and its gradient."""
    ### BEGIN SOLUTION
    n, rows = len(labels), np.arange(len(labels))
    log_1, log_q, log_p = log_softmax(scores), log_softmax(scores / T), log_softmax(teacher / T)
    p, q = np.exp(log_p), np.exp(log_q)
    hard = -log_1[rows, labels].mean()
    soft = T**2 * np.sum(p * (log_p - log_q)) / n
    dhard = np.exp(log_1)
    dhard[rows, labels] -= 1
    return share * hard + (1 - share) * soft, (share * dhard + (1 - share) * T * (q - p)) / n
    ### END SOLUTION

# %% check="transfer_learning-distill"
check("transfer_learning-distill")

# %% [markdown]
# # Choosing and measuring

# %% [markdown]
# ## Which strategy? · medium · 6 minutes
#
# Choose for each case:
#
# - (a) freeze the body, train a head on its features
# - (b) freeze the early layers, fine-tune the last ones and the head
# - (c) fine-tune everything, with small rates for the body
# - (d) train from scratch
#
# Assign letters to
#
# - `strategy_few`: 80 labelled photographs, a body trained on a million
# - `strategy_medium`: 4,000 labelled photographs of a kind much like the source's
# - `strategy_many`: 60,000 labelled photographs, somewhat different
# - `strategy_other`: a million labelled spectra, a body trained on photographs
# - `strategy_edge`: 3,000 similar photographs, and training has to happen on a small device

# %% exercise="transfer_learning-strategy"
### BEGIN SOLUTION
strategy_few = "a"
strategy_medium = "b"
strategy_many = "c"
strategy_other = "d"
strategy_edge = "a"
### END SOLUTION

# %% check="transfer_learning-strategy"
check("transfer_learning-strategy")

# %% [markdown]
# ## How much to freeze · easy · 3 minutes
#
# Which is the mistake to avoid?
#
# - (a) freezing too many layers for a small data set, and too few for a large one
# - (b) freezing too little, always: trained features should not be touched
# - (c) freezing too few layers for a small data set, and too many for a large one
# - (d) none: how much is frozen does not matter if the rate is right
#
# Assign the letter to `pitfall`.

# %% exercise="transfer_learning-pitfall"
### BEGIN SOLUTION
pitfall = "c"
### END SOLUTION

# %% check="transfer_learning-pitfall"
check("transfer_learning-pitfall")

# %% [markdown]
# ## Which model from the menu? · easy · 5 minutes
#
# Choose a family for each task: (a) MobileNet · (b) YOLO · (c) BERT · (d) T5. Assign letters to
#
# - `menu_phone`: name the plant in a picture, on a phone
# - `menu_video`: draw boxes round the cars in a video, 30 pictures per second
# - `menu_review`: is a product review friendly or not?
# - `menu_summary`: write a two-line summary of an article

# %% exercise="transfer_learning-menu"
### BEGIN SOLUTION
menu_phone = "a"
menu_video = "b"
menu_review = "c"
menu_summary = "d"
### END SOLUTION

# %% check="transfer_learning-menu"
check("transfer_learning-menu")

# %% [markdown]
# ## A text of 700 tokens · easy · 3 minutes
#
# A rule that is often printed: "if the text is shorter than 512 tokens take BERT-base, else BERT-large". Your texts have
# 700 tokens. Which of the original two models takes them whole?
#
# - (a) BERT-base
# - (b) BERT-large
# - (c) both
# - (d) neither
#
# Assign the letter to `bert`.

# %% exercise="transfer_learning-bert"
### BEGIN SOLUTION
bert = "d"
### END SOLUTION

# %% check="transfer_learning-bert"
check("transfer_learning-bert")

# %% [markdown]
# ## What was gained? · medium · 12 minutes
#
# `scratch` and `transfer` are accuracies on the test set, entry $i$ measured after $i + 1$ epochs. Return
#
# - `jump_start`: how much higher transfer is after the first epoch
# - `final_gain`: how much higher it is at the end
# - `speed_up`: (epochs until `scratch` first reaches `goal`) / (epochs until `transfer` first does), `np.nan` if
#   either never does. The curves wobble.

# %% exercise="transfer_learning-gains"
def transfer_gains(scratch, transfer, goal):
    """Return jump-start, final gain and speed-up of two accuracy curves, one entry per epoch."""
    ### BEGIN SOLUTION
    def epochs_to_goal(curve):
        reached = np.flatnonzero(curve >= goal)
        return reached[0] + 1 if len(reached) else np.nan

    speed_up = epochs_to_goal(scratch) / epochs_to_goal(transfer)
    return transfer[0] - scratch[0], transfer[-1] - scratch[-1], speed_up
    ### END SOLUTION

# %% check="transfer_learning-gains"
check("transfer_learning-gains")

# %% [markdown]
# # Find the bug
#
# Each cell below shows a function as it was found. Give a **witness**, a tuple of inputs on which it is wrong; name the
# **cause**; and write it as it should be.

# %% [markdown]
# ## Unfrozen, and still frozen · medium · 12 minutes
#
# A body is a list of modules, each of which owns one weight array of so many numbers, or none. All are frozen, then the last
# `k` freed. The function returns how many numbers are trained. It always says 0.
#
# Give a witness, `find_unfrozen_witness = (sizes, k)`; the cause,
#
# - (a) the slice takes the wrong modules
# - (b) the freezing loop misses some weights
# - (c) the mark is set on an object that nobody asks
# - (d) the sum counts the wrong numbers
#
# as `find_unfrozen_cause`; and the repaired `trained_weights`, which is right for `k = 0` too.

# %%
class Weight:
    """Some trained numbers, and whether they are trained."""

    def __init__(self, size):
        self.size, self.trained = size, True


class Module:
    """A layer that owns one weight array, or none if size is 0."""

    def __init__(self, size):
        self.weights = [Weight(size)] if size else []


def trained_weights_as_found(sizes, k):
    modules = [Module(int(size)) for size in sizes]
    for module in modules:
        for weight in module.weights:
            weight.trained = False
    for module in modules[len(modules) - int(k) :]:
        module.trained = True
    return sum(w.size for m in modules for w in m.weights if w.trained)

# %% exercise="transfer_learning-find-unfrozen"
def trained_weights(sizes, k):
    """Freeze modules of these sizes, free the last k, and return how many numbers are trained."""
    ### BEGIN SOLUTION
    modules = [Module(int(size)) for size in sizes]
    for module in modules:
        for weight in module.weights:
            weight.trained = False
    for module in modules[len(modules) - int(k) :]:
        for weight in module.weights:
            weight.trained = True
    return sum(w.size for m in modules for w in m.weights if w.trained)
    ### END SOLUTION

### BEGIN SOLUTION
find_unfrozen_witness = (np.array([3, 4, 5]), 1)
find_unfrozen_cause = "c"
### END SOLUTION

# %% check="transfer_learning-find-unfrozen"
check("transfer_learning-find-unfrozen")

# %% [markdown]
# ## The frozen body that moves · medium · 12 minutes
#
# No parameter of this body is trained, and yet its answers drift. `frozen_features` returns the features, `(batch, n)`, with
# the layer's running mean afterwards as one more row below.
#
# Give a witness, `find_moving_body_witness = (x, mean, var)`; the cause,
#
# - (a) the arrays are copied
# - (b) the layer runs in training mode
# - (c) the formula of the normalization
# - (d) `trained = False` is set too late
#
# as `find_moving_body_cause`; and the repaired `frozen_features`.

# %%
class Norm:
    """BatchNorm without scale and shift; its running mean is a buffer, not a parameter."""

    def __init__(self, mean, var):
        self.mean, self.var, self.trained = mean.copy(), var.copy(), True

    def forward(self, x, train):
        mean, var = self.mean, self.var
        if train:
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.mean += 0.3 * (mean - self.mean)
            self.var += 0.3 * (var - self.var)
        return (x - mean) / np.sqrt(var + 0.01)


def frozen_features_as_found(x, mean, var):
    norm = Norm(mean, var)
    norm.trained = False
    features = norm.forward(x, train=True)
    return np.vstack([features, norm.mean])

# %% exercise="transfer_learning-find-moving-body"
def frozen_features(x, mean, var):
    """Return features of x from a frozen body, and below them its mean afterwards, as one array."""
    ### BEGIN SOLUTION
    norm = Norm(mean, var)
    norm.trained = False
    features = norm.forward(x, train=False)
    return np.vstack([features, norm.mean])
    ### END SOLUTION

### BEGIN SOLUTION
find_moving_body_witness = (np.array([[1.0], [3.0]]), np.array([0.0]), np.array([1.0]))
find_moving_body_cause = "b"
### END SOLUTION

# %% check="transfer_learning-find-moving-body"
check("transfer_learning-find-moving-body")

# %% [markdown]
# ## A body faster than its head · medium · 12 minutes
#
# Gradual thawing in four stages. The rates should fall in every stage, and the body should always learn more slowly than
# the head.
#
# Give a witness, `find_crossed_rates_witness = (stage,)` (the comma makes it a tuple); the cause,
#
# - (a) the body's rate
# - (b) the head's rate
# - (c) the rate in stage 0
# - (d) the order of the two
#
# as `find_crossed_rates_cause`; and the repaired `rates_in`.

# %%
def rates_in_as_found(stage):
    head = 1e-3 * 10.0**-stage
    body = 0.0 if stage == 0 else 1e-6 * 10.0**stage
    return np.array([body, head])

# %% exercise="transfer_learning-find-crossed-rates"
def rates_in(stage):
    """Return (body, head) rates of stage 0-3: the head's falls tenfold per stage from 1e-3; the
    body's is 0 in stage 0 and a tenth of the head's from then on."""
    ### BEGIN SOLUTION
    head = 1e-3 * 10.0**-stage
    body = 0.0 if stage == 0 else head / 10
    return np.array([body, head])
    ### END SOLUTION

### BEGIN SOLUTION
find_crossed_rates_witness = (2,)
find_crossed_rates_cause = "a"
### END SOLUTION

# %% check="transfer_learning-find-crossed-rates"
check("transfer_learning-find-crossed-rates")

# %% [markdown]
# ## The order decides who wins · medium · 12 minutes
#
# Several ways of fine-tuning are compared. Each should start from the same trained weights `theta`, but whoever comes later
# has an advantage.
#
# Give a witness, `find_inherited_witness = (theta, grads, lr)`; the cause,
#
# - (a) the result that is measured
# - (b) the sign of the step
# - (c) the loop
# - (d) the strategies share one array
#
# as `find_inherited_cause`; and the repaired `compare`.

# %%
def compare_as_found(theta, grads, lr):
    results = []
    for grad in grads:
        adapted = theta
        adapted -= lr * grad
        results.append(np.sum(adapted**2))
    return np.array(results)

# %% exercise="transfer_learning-find-inherited"
def compare(theta, grads, lr):
    """Take one step per strategy (row of grads), each from the same weights theta; return the
    squared size of the weights after each, shape (strategies,)."""
    ### BEGIN SOLUTION
    results = []
    for grad in grads:
        adapted = theta.copy()
        adapted -= lr * grad
        results.append(np.sum(adapted**2))
    return np.array(results)
    ### END SOLUTION

### BEGIN SOLUTION
find_inherited_witness = (np.array([1.0, 2.0]), np.array([[1.0, 0.0], [0.0, 1.0]]), 0.5)
find_inherited_cause = "d"
### END SOLUTION

# %% check="transfer_learning-find-inherited"
check("transfer_learning-find-inherited")

# %% [markdown]
# ## The batch that is never opened · medium · 12 minutes
#
# The mean loss of a linear model, in batches. It is right when there is only one batch.
#
# Give a witness, `find_unopened_witness = (x, y, w, size)`; the cause,
#
# - (a) the slices miss some rows
# - (b) the loop never opens its batches
# - (c) the division
# - (d) the total starts with a wrong value
#
# as `find_unopened_cause`; and the repaired `epoch_loss`.

# %%
def epoch_loss_as_found(x, y, w, size):
    size = int(size)
    batches = [(x[i : i + size], y[i : i + size]) for i in range(0, len(x), size)]
    inputs, targets = batches[0]
    total = 0.0
    for batch in batches:
        total += np.sum((inputs @ w - targets) ** 2)
    return total / len(x)

# %% exercise="transfer_learning-find-unopened"
def epoch_loss(x, y, w, size):
    """Return the mean of (x w - y)**2 over all rows, computed in batches of up to size rows."""
    ### BEGIN SOLUTION
    size = int(size)
    batches = [(x[i : i + size], y[i : i + size]) for i in range(0, len(x), size)]
    total = 0.0
    for inputs, targets in batches:
        total += np.sum((inputs @ w - targets) ** 2)
    return total / len(x)
    ### END SOLUTION

### BEGIN SOLUTION
find_unopened_witness = (np.array([[1.0], [2.0]]), np.array([0.0, 0.0]), np.array([1.0]), 1)
find_unopened_cause = "b"
### END SOLUTION

# %% check="transfer_learning-find-unopened"
check("transfer_learning-find-unopened")

# %% [markdown]
# ## The teacher that grows faint · medium · 12 minutes
#
# A student should learn from its teacher's softened answers, and the size of the gradient should hardly depend on $T$. At
# $T = 8$ the student learns nothing from the teacher. **A gradient check passes.** `log_softmax` was given further up.
#
# Give a witness, `find_faint_teacher_witness = (scores, teacher, T)`; the cause,
#
# - (a) the divergence is the wrong way round
# - (b) the two are softened differently
# - (c) a factor is missing
# - (d) value and gradient do not belong together
#
# as `find_faint_teacher_cause`; and the repaired `soft_loss`.

# %%
def soft_loss_as_found(scores, teacher, T):
    log_p, log_q = log_softmax(teacher / T), log_softmax(scores / T)
    return np.mean(np.sum(np.exp(log_p) * (log_p - log_q), axis=1))

# %% exercise="transfer_learning-find-faint-teacher"
def soft_loss(scores, teacher, T):
    """Return the mean KL divergence of the student from the teacher, both at temperature T, scaled
    so that the size of its gradient hardly depends on T."""
    ### BEGIN SOLUTION
    log_p, log_q = log_softmax(teacher / T), log_softmax(scores / T)
    return T**2 * np.mean(np.sum(np.exp(log_p) * (log_p - log_q), axis=1))
    ### END SOLUTION

### BEGIN SOLUTION
find_faint_teacher_witness = (np.array([[1.0, 0.0]]), np.array([[0.0, 2.0]]), 2.0)
find_faint_teacher_cause = "c"
### END SOLUTION

# %% check="transfer_learning-find-faint-teacher"
check("transfer_learning-find-faint-teacher")
