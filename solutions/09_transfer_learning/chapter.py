# %% [markdown]
# # 9 · Transfer learning
#
# Labels are expensive, and often somebody has already trained a network on something similar. **Transfer
# learning** starts from what that network has learned.
#
# In this chapter: what transfers and what does not, how to freeze layers so that they really stay put,
# how much to train for how much data, what to do when the two domains differ, and how to adapt a large
# layer with a few numbers. What can be measured here is measured, and methods are compared over several
# seeds. You write the pieces in the [exercises](../exercises/09_transfer_learning/exercises.ipynb);
# `piece(...)` takes your finished one, or the reference until then.

# %%
import copy
import tempfile
from pathlib import Path

import numpy as np

import nnlib
from autograder import piece
from nnlib import Adam, BatchNorm, Dense, Parameters, ReLU, Sequential, set_trainable
from nnlib import softmax_cross_entropy as cross_entropy
from nnlib.metrics import accuracy
from nnlib.viz import transfer_learning as show
from nnlib.viz import transfer_learning_figures as figure

SEEDS = 5  # ten give intervals a third narrower, in twice the time

# %% [markdown] id="definition"
# ## 1 · The idea
#
# A model developed for a **source** task is the starting point for a **target** task. This works when the two
# share structure: strokes are useful for every character, and what a verb is for every text. The early layers
# of a network learn what is general, the late ones what is particular (Yosinski et al., 2014).
#
# Two words keep the rest in order. The **domain** is where the inputs come from; the **task** is the question
# about them. Either may change.
#
# | | same task | another task |
# |---|---|---|
# | **same domain** | nothing to transfer: use the network | photographs: from a thousand classes to plant species; Wikipedia text: from missing words to answering questions |
# | **another domain** | street signs: from one country to the next; reviews: from books to films | photographs to X-ray images |

# %% [markdown] id="same-domain"
# **Same domain, another task.** Inputs alike, questions new: the best case. Medical images are often
# listed here, as coming from the "same domain" as ImageNet. They are not: one channel instead of three,
# other textures, other contrasts. That is another domain *and* another task, and much less can be taken
# over. (`transfer_learning-domain`)

# %% [markdown] id="other-domain"
# **Another domain, a similar task.** The question stays, the inputs look different: photographs to
# satellite images, English to French. How much is lost depends on the gap; section 6 turns it with a
# slider.

# %% [markdown] id="two-ways"
# **Two ways to use the network.** Cut it below its last layer: the lower part is the **body** $\phi$,
# and a new **head** $W, b$ goes on top,
#
# $$\text{scores} = \phi(x)\,W + b, \qquad x: (\text{batch}, n),\quad \phi(x): (\text{batch}, k),\quad
# W: (k, \text{classes}).$$
#
# As a **feature extractor** the body is frozen, and only the head is trained. In **fine-tuning** the
# body is trained on as well, all of it or its upper layers.

# %% [markdown] id="source-task"
# ## 2 · A source and a target
#
# The source task is to tell the digits 0 to 4 apart, with plenty of pictures; the target is 5 to 9, with
# few. To make it a task that little data cannot teach, every digit lies *somewhere* on a canvas of 11 by
# 11 pixels, with some noise. Where a stroke is must not matter, and that is the same knowledge for all
# ten digits.

# %% id="fig-tasks"
pixels, digit = nnlib.datasets.digits()
low, high = np.flatnonzero(digit < 5), np.flatnonzero(digit >= 5)


def moved(x, rng, size=11, noise=0.1):
    """Put each 8 x 8 digit at a random place on a canvas: (n, 64) to (n, size * size)."""
    canvas = np.zeros((len(x), size, size))
    for k, (i, j) in enumerate(rng.integers(0, size - 7, (len(x), 2))):
        canvas[k, i : i + 8, j : j + 8] = x[k].reshape(8, 8)
    return canvas.reshape(len(x), -1) + noise * rng.normal(size=(len(x), size * size))


rng = np.random.default_rng(0)
source_x = np.vstack([moved(pixels[low], rng) for _ in range(12)])
source_y = np.tile(digit[low], 12)
shown = moved(pixels[high[:8]], np.random.default_rng(1))
figure.gallery({"source: 0-4": source_x[:8].reshape(-1, 11, 11), "target: 5-9": shown.reshape(-1, 11, 11)})

# %% [markdown]
# The network is two hidden layers and a head. We write the body as two blocks, so that blocks can be frozen.

# %% id="pretrain"
def network(seed, n_in=121, widths=(96, 48), classes=5):
    """Return block, block, head, with new weights."""
    rng = np.random.default_rng(seed)
    a, b = widths
    return Sequential(
        Sequential(Dense(n_in, a, rng), ReLU()), Sequential(Dense(a, b, rng), ReLU()), Dense(b, classes, rng)
    )


def train(net, x, y, steps=200, lr=0.003, batch_size=32, loss=cross_entropy, **options):
    """Train in float64 with Adam for about so many steps."""
    batch_size = min(batch_size, len(x))
    adam = Adam(Parameters(net, np.float64), lr, **options)
    epochs = max(1, steps * batch_size // len(x))
    return nnlib.fit(net, loss, adam, (x, y), epochs=epochs, batch_size=batch_size, rng=np.random.default_rng(2))


source = network(0)
train(source, source_x, source_y, steps=2500, batch_size=64)
print(f"source task, new pictures: accuracy {accuracy(source.forward(moved(pixels[low], rng)), digit[low]):.2f}")

# %% [markdown] id="load"
# ### Taking over the weights
#
# A checkpoint is a dictionary from name to array (PyTorch calls it `state_dict`). Take what belongs to
# the body, leave the old head, and be strict: a name that does not fit must raise an error, or that
# layer stays random and nobody notices. Write it in `transfer_learning-load-body`. In `nnlib` a file
# does it:

# %% id="use-load"
load_body = piece("transfer_learning-load-body")


def named(net):
    """Return the network's arrays by name; blocks 0 and 1 are the body."""
    return {e.name.replace("0.0", "body.0").replace("1.0", "body.1"): e.value for e in Parameters(net, np.float64).entries}


loaded = load_body(named(network(7)), named(source))
print("taken over:", ", ".join(n for n in loaded if np.array_equal(loaded[n], named(source)[n])))

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "source.npz"
    nnlib.save(path, source)
    target = network(7)
    for block in ("0", "1"):
        nnlib.load(path, target, only=block)
    print("the same body:", np.array_equal(target[0][0].W, source[0][0].W))
    print("another head: ", not np.array_equal(target[2].W, source[2].W))
    try:
        nnlib.load(path, network(7, widths=(96, 40)), only="1")
    except ValueError as error:
        print("refused:", str(error).splitlines()[1].strip())

# %% [markdown] id="feature-extractor"
# ## 3 · A frozen body
#
# To **freeze** a layer is to leave its parameters alone. Zeroing their gradient is not enough: an old
# velocity goes on pushing and weight decay goes on shrinking. Do `transfer_learning-freeze`. `nnlib`
# puts frozen parameters at the end of its vector $\theta$, and the optimizer sees `theta[:n_train]`
# only. Nor does the backward pass run through layers below the lowest trained one. The figure shows the
# four strategies of this chapter, and what share of the weights each of them trains.

# %% id="freeze"
def adapted(seed, frozen, source=source, **shape):
    """Return a network with the source's body and a new head; the first ``frozen`` blocks are fixed."""
    net = network(seed, **shape)
    for i in (0, 1):
        net.layers[i] = copy.deepcopy(source[i])
        set_trainable(net[i], i >= frozen)
    return net


for frozen in (2, 1, 0):
    parameters = Parameters(adapted(7, frozen), np.float64)
    print(f"{frozen} blocks frozen: {parameters.n_train:6,} of {len(parameters):,} weights are trained")

# %% id="fig-strategies"
sizes = [sum(getattr(part, name).size for _, part, _ in nnlib.walk(block) for name in getattr(part, "params", ())) for block in source]
figure.strategies(["block 1", "block 2", "head"], sizes, {
    "from scratch": "nnn", "frozen": "ffn", "partly frozen": "ftn", "full": "ttn",
})

# %% [markdown] id="linear-probe"
# A frozen body always gives the same features, so compute them **once**. On fixed features even a
# least-squares head is a good start, and it needs no steps, no rate and no epochs:
#
# $$\min_{W,b}\ \frac1n \lVert \Phi W + b - T \rVert^2 + \lambda \lVert W \rVert^2, \qquad
# W = \left(\tfrac1n \tilde\Phi^\top \tilde\Phi + \lambda I\right)^{-1} \tfrac1n \tilde\Phi^\top \tilde T,$$
#
# where the tilde means "minus its mean" and $b = \bar t - \bar\phi W$. This is a **linear probe**: the
# quickest answer to "do these features know anything about my task?" (`transfer_learning-linear-probe`)

# %% id="use-probe"
linear_probe = piece("transfer_learning-linear-probe")


def target_data(seed, n, picture=moved):
    """Return n training and 446 test pictures of the digits 5 to 9, labels 0 to 4."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(high)
    train_rows, test_rows = rows[:n], rows[450:]
    x, x_test = picture(pixels[train_rows], rng), picture(pixels[test_rows], rng)
    return x, digit[train_rows] - 5, x_test, digit[test_rows] - 5


def body(x):
    return source[1].forward(source[0].forward(x))


x, y, x_test, y_test = target_data(0, 50)
W, b = linear_probe(body(x), np.eye(5)[y], 0.1)
W_raw, b_raw = linear_probe(x, np.eye(5)[y], 0.1)
print(f"50 labels, least squares on features: {accuracy(body(x_test) @ W + b, y_test):.2f}, on pixels: "
      f"{accuracy(x_test @ W_raw + b_raw, y_test):.2f}")

# %% [markdown] id="when-extract"
# **When to extract features:** the target set is small; the target needs similar features; or computing
# power is short (one forward pass per picture, and then only a small head to train).
#
# A typical recipe: ResNet-50 without its last layer, the mean of its $7 \times 7$ feature maps (*global
# average pooling*, which leaves 2048 numbers), and a head 2048 → 512 → 10 with dropout 0.5. Even that
# "small" head has a million weights:

# %% id="head-size"
head = Sequential(Dense(2048, 512, rng), ReLU(), nnlib.Dropout(0.5, rng), Dense(512, 10, rng))
print(f"the head 2048-512-10 has {len(Parameters(head)):,} weights; a single layer has {2048 * 10 + 10:,}")

# %% [markdown] id="frozen-norm"
# ### Frozen, and moving all the same
#
# **BatchNorm has memory that no optimizer touches**: its running mean and variance move in every
# *forward* pass in training mode. With `requires_grad = False` alone, and the network in training mode,
# a "frozen" body drifts; and it normalizes with whatever the batch happens to hold. So freeze, *and* put
# the body into evaluation mode: in PyTorch `body.eval()`, again after each `model.train()`. In `nnlib` a
# frozen BatchNorm evaluates of its own accord.

# %% id="moving-body"
def with_norm(seed):
    rng = np.random.default_rng(seed)
    return Sequential(Dense(121, 64, rng, bias=False), BatchNorm(64), ReLU(), Dense(64, 5, rng))


normed = with_norm(0)
train(normed, source_x, source_y, steps=600, batch_size=64)
old_x = moved(pixels[low], np.random.default_rng(5))
fixed, moving = copy.deepcopy(normed), copy.deepcopy(normed)
x, y, *_ = target_data(1, 410)
set_trainable(fixed[1], False)
negative = 1 - x  # the new pictures: black and white exchanged
right = {"training mode": [], "evaluation mode": []}
for step in range(31):
    for name, net in (("training mode", moving), ("evaluation mode", fixed)):
        right[name].append(accuracy(net.forward(old_x), digit[low]))
        net.forward(negative[13 * step : 13 * step + 13], train=True)  # a forward pass; no optimizer at all
for name, net in (("training mode", moving), ("evaluation mode", fixed)):
    moved_by = np.linalg.norm(net[1].running_mean - normed[1].running_mean) / np.linalg.norm(normed[1].running_mean)
    print(f"{name:16} running mean moved by {moved_by:.1f} times its size, "
          f"accuracy on the source {right[name][0]:.2f} -> {right[name][-1]:.2f}")

# %% id="fig-moving-body"
figure.lines(np.arange(31), right, title="Old task, while new pictures pass through", xlabel="forward passes",
             ylabel="accuracy on the source", ylim=(0, 1.03))

# %% [markdown]
# Not one weight was trained, and the old task is lost. Do `transfer_learning-frozen-norm` and
# `transfer_learning-find-moving-body`. (The frozen layer's gradient is a plain factor,
# $\partial L/\partial x = \gamma\,(\text{var} + \varepsilon)^{-1/2}\, \partial L/\partial y$: frozen
# does not mean that no gradient passes.)

# %% [markdown] id="fine-tuning"
# ## 4 · Fine-tuning
#
# Free the last blocks, or all. In some code the freeing never happens: the loop
#
# ```python
# for module in list(body.children())[-2:]:
#     module.requires_grad = True      # a new attribute on the module; its weights never hear of it
# ```
#
# raises no error, as Python lets one set any attribute. The loop has to reach the *parameters*.
# Moreover, the last two children of such a body may be a pooling and an identity, which own none. The
# cure is a habit: **print the number of trained weights**, as above. (`transfer_learning-find-unfrozen`)
#
# A head for fine-tuning a ResNet might be dropout 0.5, 2048 → 256, ReLU, dropout 0.3, 256 → 10.

# %% id="count-trained"
class Module:  # stands for a layer of another library
    def __init__(self, sizes):
        self.parameters = [type("Parameter", (), {"size": n, "requires_grad": False})() for n in sizes]


children = [Module([9408]), Module([1_000_000]), Module([]), Module([])]  # ..., pooling, identity


def trained(children):
    return sum(p.size for module in children for p in module.parameters if p.requires_grad)


for module in children[-2:]:
    module.requires_grad = True
print(f"marked on the modules:              {trained(children):,} trained")
for module in children[-2:]:
    for parameter in module.parameters:
        parameter.requires_grad = True
print(f"on the parameters of the last two:  {trained(children):,} trained")
for module in [m for m in children if m.parameters][-1:]:
    for parameter in module.parameters:
        parameter.requires_grad = True
print(f"on the last module that owns some:  {trained(children):,} trained")

# %% [markdown] id="layer-rates"
# ### Rates by layer
#
# The head starts from nothing; the body knows something that is not to be destroyed by the first large
# gradients from that random head. So the body learns more slowly: two groups such as $10^{-5}$ for the
# body and $10^{-3}$ for the head, or a factor per layer (Howard and Ruder, 2018),
#
# $$\eta_l = \eta_\text{head} \cdot f^{\,L - l}, \qquad l = 1, \dots, L.$$
#
# Do `transfer_learning-layer-rates`. In `nnlib` the optimizer takes factors by name. With Adam each
# weight moves by about its rate, whatever the gradient, so rates show directly in the size of the steps
# relative to the weights:

# %% id="fig-update-ratio"
layer_rates = piece("transfer_learning-layer-rates")


def step_sizes(scale):
    """Return the size of ten steps of each Dense layer, relative to its weights."""
    net = adapted(3, 0)
    before = [net[0][0].W.copy(), net[1][0].W.copy(), net[2].W.copy()]
    train(net, x[:320], y[:320], steps=10, lr=0.003, lr_scale=scale)
    after = [net[0][0].W, net[1][0].W, net[2].W]
    return [np.linalg.norm(b - a) / np.linalg.norm(a) for a, b in zip(before, after, strict=True)]


by_layer = dict(zip("012", layer_rates(3, 1.0, 0.1), strict=True))
ratios = {"one rate": step_sizes({}), "factor 0.1 per layer": step_sizes(by_layer),
          "body 1/100 of the head": step_sizes({"0": 0.01, "1": 0.01})}
for name, values in ratios.items():
    print(f"{name:24}", "  ".join(f"{v:.4f}" for v in values))
figure.lines([1, 2, 3], ratios, title="Length of ten steps of Adam", xlabel="layer", ylabel="size of step / size of weights",
             log=True, xticks={1: "block 1", 2: "block 2", 3: "head"})

# %% [markdown] id="training-loop"
# ### The loop
#
# Nothing about the training loop is new. In this one the batch is *unpacked*, and the gradients belong
# to this batch alone:
#
# ```python
# for inputs, targets in loader:          # not "for batch in loader", with inputs from elsewhere
#     optimizer.zero_grad()
#     loss = criterion(model(inputs), targets)
#     loss.backward()
#     optimizer.step()
# ```
#
# A loop that never opens its batch trains on one for ever, and no error is raised
# (`transfer_learning-find-unopened`). Other slips of copied recipes: `pretrained=True`, replaced in
# torchvision 0.13 by `weights=...`; a classifier `.fit(...)` that a plain module does not have; a
# missing `import torch`.

# %% [markdown] id="when-finetune"
# **When to fine-tune:** the target set is adequate; the task is similar but not the same; and there is
# computing power for a backward pass through the body.

# %% [markdown] id="thawing"
# ### Thawing from the top
#
# **Gradual unfreezing** trains the head alone at first, then thaws one layer after another, from the top
# down, at falling rates. Two invariants: the body is never faster than the head, and once a layer has
# thawed its rate never rises. A table that is often copied breaks both, with $10^{-5}$, then $10^{-4}$
# for the body while the head falls from $10^{-4}$ to $10^{-5}$: in its last stages the body is ten times
# *faster*. (`transfer_learning-stage-rates`, `transfer_learning-find-crossed-rates`)
#
# Plan one: in the widget a row is a layer and a column a stage. At which factor does the body keep pace
# with the head?

# %% id="widget-thawing"
plan = show.thawing(["block 1", "block 2", "head"], sizes)
plan

# %% id="fig-thawing"
plan.static()

# %% [markdown]
# If a new optimizer is made in each stage, Adam forgets its means and its first steps are rough again.
# Here all layers stay in $\theta$, those not yet thawed have the rate 0, and the memory is handed on.
# (With weight decay, see that it is scaled by the rate too, as in AdamW.) Ten epochs per stage are
# usual.

# %% id="use-thawing"
stage_rates = piece("transfer_learning-stage-rates")


def thaw(net, x, y, steps_per_stage=70, head_lr=0.003, factor=0.4, cooling=0.7):
    """Fine-tune in three stages with one Adam memory; return the rates of each stage."""
    parameters, previous, table = Parameters(net, np.float64), None, []
    for stage in range(3):
        rates = stage_rates(stage, 3, head_lr * cooling**stage, factor)
        adam = Adam(parameters, 1.0, lr_scale=dict(zip("012", rates, strict=True)))
        if previous is not None:
            adam.m[...], adam.v[...], adam.t = previous.m, previous.v, previous.t
        epochs = max(1, steps_per_stage * 32 // len(x))
        nnlib.fit(net, cross_entropy, adam, (x, y), epochs=epochs, batch_size=32, rng=np.random.default_rng(stage))
        previous = adam
        table.append(rates)
    return np.array(table)


x, y, x_test, y_test = target_data(0, 150)
net = adapted(3, 0)
for stage, rates in enumerate(thaw(net, x, y)):
    print(f"stage {stage}: rates " + "  ".join(f"{r:.5f}" for r in rates))
print(f"150 labels: accuracy {accuracy(net.forward(x_test), y_test):.2f}")

# %% [markdown]
# Whether thawing is worth its three stages is a question for a comparison; section 5 asks it.

# %% [markdown] id="how-much-data"
# ## 5 · How much to freeze, for how much data?
#
# Every free weight must be paid for with data. A body that stays frozen costs nothing, but it also caps
# what can be reached. So expect the curves to cross. We train each strategy on 10 to 400 labelled digits
# 5 to 9, five times, with other samples, other test pictures and another head each time; the strategies
# share them, so differences are **paired**. All have the same rate and number of steps.
#
# And as a second task the same digits *without* moving them, with a body trained on unmoved digits 0 to 4.

# %% id="main-experiment"
SIZES = (10, 25, 60, 150, 400)
STRATEGIES = {"from scratch": None, "frozen": 2, "partly frozen": 1, "full": 0}


def centred(x, rng):
    return x


source_centred = network(0, n_in=64)
train(source_centred, pixels[low], digit[low], steps=500, batch_size=64)


def compare(picture, source, n_in):
    """Return accuracies (seeds, sizes) for each strategy."""
    results = {name: np.zeros((SEEDS, len(SIZES))) for name in STRATEGIES}
    for seed in range(SEEDS):
        for j, n in enumerate(SIZES):
            x, y, x_test, y_test = target_data(seed, n, picture)
            for name, frozen in STRATEGIES.items():
                net = network(100 + seed, n_in)
                if frozen is not None:
                    net = adapted(100 + seed, frozen, source, n_in=n_in)
                train(net, x, y)
                results[name][seed, j] = accuracy(net.forward(x_test), y_test)
    return results


tasks = {"moved digits": compare(moved, source, 121), "centred digits": compare(centred, source_centred, 64)}
for task, results in tasks.items():
    print(f"{task:16}" + "".join(f"{n:>7}" for n in SIZES))
    for name, values in results.items():
        print(f"  {name:14}" + "".join(f"{v:7.2f}" for v in values.mean(axis=0)))

# %% id="widget-sample-size"
bench = show.sample_size(tasks, SIZES)
bench

# %% id="fig-sample-size"
bench.static()

# %% [markdown]
# On moved digits the order turns round: with ten labels the **frozen** body is ahead and training
# everything gives no more than starting anew; in the middle it pays to free the upper block; with 400
# the frozen body is the *worst*, and full fine-tuning leads. The intervals in the note say how far five
# seeds can be trusted. Now choose "centred digits" (or look below): there transfer gains nothing, and a
# frozen body costs a great deal. Sixty pictures of centred digits teach most of what there is to learn,
# and a body that only had to tell 0 to 4 apart need not have kept what tells 5 from 9. This is
# **negative transfer**, and the only way to know is to **train from scratch as well**.

# %% id="fig-centred"
bench.static(task="centred digits")

# %% [markdown]
# Is the frozen body the limit, or do 200 steps leave its head half trained? A least-squares head on the
# same features is trained to the end:

# %% id="probe-by-size"
def probe_accuracy(seed, n):
    x, y, x_test, y_test = target_data(seed, n)
    W, b = linear_probe(body(x), np.eye(5)[y], 0.1)
    return accuracy(body(x_test) @ W + b, y_test)


print("linear probe    " + "".join(f"{np.mean([probe_accuracy(s, n) for s in range(SEEDS)]):7.2f}" for n in SIZES))

# %% [markdown]
# Both. The probe does at least as well as the 200 steps with every number of labels, and up to 60
# nothing above beats it; with 400 it, too, has been overtaken by full fine-tuning, and by training from
# scratch.
#
# And nobody has tuned the rate. Give each strategy the same three rates, choose among them by 200 of the
# test pictures, and report the accuracy on the other 246:

# %% id="tuned-rates"
for n in (60, 400):
    tuned = {name: np.zeros(SEEDS) for name in STRATEGIES}
    for seed in range(SEEDS):
        x, y, x_test, y_test = target_data(seed, n)
        for name, frozen in STRATEGIES.items():
            found = []
            for lr in (0.001, 0.003, 0.01):
                net = network(100 + seed) if frozen is None else adapted(100 + seed, frozen)
                train(net, x, y, lr=lr)
                right = net.forward(x_test).argmax(axis=1) == y_test
                found.append((right[:200].mean(), right[200:].mean()))
            val_scores, test_scores = np.array(found).T
            tuned[name][seed] = test_scores[val_scores.argmax()]
    print(f"{n} labels, rate tuned: " + ", ".join(f"{name} {v.mean():.2f}" for name, v in tuned.items()))
    for name in ("from scratch", "frozen", "partly frozen"):
        ahead = tuned["full"] - tuned[name]
        print(f"  full minus {name:14} {ahead.mean():+.2f} ± {show.interval(ahead[:, None])[0]:.2f}")

# %% [markdown]
# With 60 labels the frozen head, which was left half trained, is now level with full fine-tuning;
# freeing the upper block is still the best. With 400 frozen stays far behind, and full is ahead of the
# upper block by little. Whether it also beats starting *anew*, five seeds do not say.

# %% [markdown] id="guidelines"
# Rules of thumb for large image networks, as starting points for such a comparison:
#
# | labelled samples | strategy | besides |
# |---|---|---|
# | fewer than 1,000 | freeze the whole body, train a head | strong augmentation |
# | 1,000 to 10,000 | freeze the early layers, tune the last one or two | moderate augmentation |
# | 10,000 to 100,000 | tune everything, at small rates | gradual unfreezing |
# | more than 100,000 | tune everything, ordinary rates; or from scratch if the domain is very different | |
#
# The numbers are for networks with millions of weights, and not laws: here full fine-tuning overtakes
# the linear probe near 100 labels. (`transfer_learning-strategy`)

# %% [markdown] id="freezing-reversed"
# One list of pitfalls warns against "freezing too many layers for a small data set" and "unfreezing too
# many for a large one". It has the two the wrong way round, as the curves show. Noise in the labels
# strengthens the case: on the digits 0 to 9, with a body trained on other pictures of the *same* ten
# digits, one label in four is replaced by a random one. A frozen body has few weights with which to
# memorize the nonsense: with 40 labels it leads clearly, and even with 400 full fine-tuning is no more
# than level. (`transfer_learning-pitfall`)

# %% id="noisy-labels"
half = np.random.default_rng(0).permutation(len(digit))
first, second = half[:900], half[900:]
ten = {"n_in": 64, "widths": (64, 32), "classes": 10}
source_ten = network(0, **ten)
train(source_ten, pixels[first], digit[first], steps=800, batch_size=64)


def on_ten(seed, n, frozen, change=None, noise=0.0):
    """Return the accuracy of one strategy on digits 0 to 9 that are changed by a function."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(second)
    x_train, y_train = pixels[rows[:n]], digit[rows[:n]].copy()
    x_test, y_test = pixels[rows[450:]], digit[rows[450:]]
    bad = rng.uniform(size=n) < noise
    y_train[bad] = rng.integers(0, 10, bad.sum())
    if change is not None:
        x_train, x_test = change(x_train), change(x_test)
    net = network(50 + seed, **ten) if frozen is None else adapted(50 + seed, frozen, source_ten, **ten)
    train(net, x_train, y_train)
    return accuracy(net.forward(x_test), y_test)


chosen = {"from scratch": None, "frozen": 2, "full": 0}
noisy = {n: {name: np.array([on_ten(s, n, f, noise=0.25) for s in range(2 * SEEDS)]) for name, f in chosen.items()}
         for n in (40, 400)}
for n, results in noisy.items():
    gap = results["frozen"] - results["full"]
    print(f"{n:4} labels, a quarter random: " + ", ".join(f"{k} {v.mean():.2f}" for k, v in results.items())
          + f";  frozen - full {gap.mean():+.3f} ± {show.interval(gap[:, None])[0]:.3f}")

# %% [markdown] id="ablation"
# ### An ablation
#
# To learn what matters, change one thing at a time: features or fine-tuning, the number of frozen
# layers, the source, the schedule of rates. Here with 60 labelled moved digits: from where the weights
# come, and what the rates are.

# %% id="fig-ablation"
def ablate(seed, variant):
    x, y, x_test, y_test = target_data(seed, 60)
    net = adapted(100 + seed, {"frozen": 2, "top block": 1}.get(variant, 0))
    if variant == "random, frozen":
        net = network(100 + seed)
        set_trainable(net[0], False)
        set_trainable(net[1], False)
    if variant == "probe first":  # the head starts as a linear probe; 5: scores large enough for a softmax
        W, b = linear_probe(body(x), np.eye(5)[y], 0.1)
        net[2].W, net[2].b = 5 * W, 5 * b
    if variant == "thawing":
        thaw(net, x, y)
    else:
        train(net, x, y, lr_scale={"0": 0.1, "1": 0.1} if variant == "body at 1/10" else None)
    return accuracy(net.forward(x_test), y_test)


variants = ("random, frozen", "frozen", "top block", "full", "body at 1/10", "thawing", "probe first")
ablation = {v: np.array([ablate(seed, v) for seed in range(SEEDS)]) for v in variants}
figure.bars(ablation, title="60 labels: one change at a time, mean, 95 % interval and seeds")

# %% [markdown]
# The dots are seeds. Two statements stand out: a *trained* body beats a random one (both frozen), and a
# head that starts as a **linear probe** beats one that starts at random, more than any choice of what to
# freeze. Among the rest the intervals overlap, so crown no winner there; differences paired by seed are
# sharper, and more seeds sharper still (`SEEDS`, above).

# %% [markdown] id="inherited"
# ### Each strategy its own copy
#
# A comparison that adapts the same model in place gives each strategy what the ones before it have
# learned: the *order* decides. Above, every network is a new copy. (`transfer_learning-find-inherited`)

# %% id="clone"
x, y, x_test, y_test = target_data(2, 60)
shared = adapted(3, 0)
for turn in (1, 2, 3):
    train(shared, x, y)
    own = adapted(3, 0)
    train(own, x, y)
    print(f"strategy {turn}, the same each time: training loss in place {cross_entropy(shared.forward(x), y)[0]:.4f}, "
          f"own copy {cross_entropy(own.forward(x), y)[0]:.4f}")

# %% [markdown] id="domain-gap"
# ## 6 · When the domains differ
#
# Now the task stays (digits 0 to 9) and the *domain* changes: all target pictures are turned by an
# angle. "As it is" uses the source network without any training; the others are means over seeds, with
# their 95 % intervals. Turn the picture with the slider, and read the note.

# %% id="drift-experiment"
def turned(x, degrees):
    """Turn 8 x 8 pictures about their centre, with bilinear interpolation."""
    angle = np.deg2rad(degrees)
    i, j = np.meshgrid(np.arange(8) - 3.5, np.arange(8) - 3.5, indexing="ij")
    u = np.clip(np.cos(angle) * i + np.sin(angle) * j + 5.5, 0, 10.999)
    v = np.clip(-np.sin(angle) * i + np.cos(angle) * j + 5.5, 0, 10.999)
    p, q = u.astype(int), v.astype(int)
    f, g = u - p, v - q
    image = np.pad(x.reshape(-1, 8, 8), ((0, 0), (2, 2), (2, 2)))
    top = image[:, p, q] * (1 - g) + image[:, p, q + 1] * g
    low = image[:, p + 1, q] * (1 - g) + image[:, p + 1, q + 1] * g
    return (top * (1 - f) + low * f).reshape(len(x), 64)


ANGLES = (0, 20, 40, 60, 90)
by_size = {}
for n in (40, 400):
    results = {"as it is": np.array([[accuracy(source_ten.forward(turned(pixels[second], a)), digit[second]) for a in ANGLES]] * 2)}
    for name, frozen in chosen.items():
        results[name] = np.array([[on_ten(s, n, frozen, lambda x, a=a: turned(x, a)) for a in ANGLES] for s in range(SEEDS)])
    by_size[f"{n} labels"] = results
    print(f"{n} labels" + "".join(f"{a:7}°" for a in ANGLES))
    for name, values in results.items():
        print(f"  {name:13}" + "".join(f"{v:6.2f}  " for v in values.mean(axis=0)))

# %% id="widget-drift"
gap = show.drift(lambda a: turned(pixels[second[4:5]], a).reshape(8, 8), ANGLES, by_size)
gap

# %% id="fig-drift"
gap.static(labels="400 labels")

# %% [markdown]
# Without a gap there is nothing to train: the network as it is beats all others. Turned by 40 degrees it
# is lost. The frozen body falls behind as the gap grows, most of all where there are labels to learn
# from, while full fine-tuning gives up what does not fit. With a large gap, transfer has nothing left to
# give: from scratch does as well or better, even with 40 labels.

# %% [markdown] id="challenges"
# | gap | for example | what helps |
# |---|---|---|
# | the inputs are distributed differently | photographs to X-rays | match preprocessing; feature matching (make mean and covariance of the features agree); adversarial training (features from which a second network cannot tell the domain) |
# | the task is different but related | classification to detection | another output layer; several tasks at once; from coarse classes to fine ones |
# | very large gap, another kind of input | photographs to spectra | go in steps through domains in between; unsupervised adaptation; self-training: let the model label, keep what it is sure of, train again; or start anew |

# %% [markdown] id="preprocessing"
# ### The preprocessing is part of the model
#
# A body expects inputs as in its training: size, range, mean, order of the channels. For the usual
# ImageNet networks that is pixels in $[0, 1]$, minus (0.485, 0.456, 0.406), divided by (0.229, 0.224,
# 0.225), channel by channel. Do `transfer_learning-match-source`. What it costs to get it wrong, on a
# network that saw standardized pixels:

# %% id="use-preprocessing"
match_source = piece("transfer_learning-match-source")
constants = pixels[first].mean(), pixels[first].std()


def prepared(x):
    """Whole numbers 0-255, as in a file, to what the source network saw."""
    images = np.round(x * 255).astype(np.uint8).reshape(-1, 1, 8, 8)
    return match_source(images, np.array([constants[0]]), np.array([constants[1]])).reshape(len(x), 64)


standard = network(0, **ten)
train(standard, prepared(pixels[first]), digit[first], steps=500, batch_size=64)
other = {
    "as the source did": prepared,
    "0 to 255": lambda x: x * 255,
    "0 to 1": lambda x: x,
    "each picture by its own mean": lambda x: (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True),
    "black and white exchanged": lambda x: prepared(1 - x),
    "rows and columns exchanged": lambda x: prepared(x.reshape(-1, 8, 8).transpose(0, 2, 1).reshape(len(x), 64)),
}
for name, prepare in other.items():
    print(f"{name:30} accuracy {accuracy(standard.forward(prepare(pixels[second])), digit[second]):.2f}")

# %% [markdown]
# No error is raised in any of these. Some cost little, some everything; store the constants with the
# weights (`nnlib.save(..., meta={"mean": ..., "std": ...})`). And a helper that knows the constants of
# one model only should *refuse* the others, rather than fall through to a variable that was never set.

# %% [markdown] id="menu"
# ## 7 · What to start from
#
# | field | family | known for |
# |---|---|---|
# | images | ResNet | a solid general body |
# | | EfficientNet | much accuracy for little computing |
# | | Vision Transformer (ViT) | strongest with very large source sets |
# | | MobileNet | phones and small devices |

# %% [markdown] id="menu-text"
# | field | family | known for |
# |---|---|---|
# | text | BERT | an encoder that reads in both directions: classify, tag, search |
# | | RoBERTa | BERT, trained longer and on more |
# | | GPT | writes, from left to right |
# | | T5 | text in, text out: translate, summarize |

# %% [markdown] id="menu-detection"
# | field | family | known for |
# |---|---|---|
# | detection | R-CNN | proposes regions, then looks at each: the slow beginning |
# | | Faster R-CNN | proposals from the same features: accurate |
# | | YOLO | one pass for all boxes: fast |
#
# Match them to tasks in `transfer_learning-menu`.

# %% [markdown] id="select"
# Selection rules come as code, with thresholds such as "size below 10 (megabytes): MobileNet", "accuracy
# above 0.9: EfficientNet", "more than 30 pictures per second: YOLO". Read them as a list of questions:
# how large, how good, how fast? One such rule is wrong in fact: "fewer than 512 tokens: BERT-base, else
# BERT-large". Both have 512 positions; *large* means more layers and wider ones. A text of exactly 512
# fits both, one of 700 neither. (`transfer_learning-bert`)

# %% [markdown] id="rate-helper"
# ### A helper to distrust
#
# Another popular function computes rates as base × min(1, size / 10,000) for the head, and for the body
# that × (1 − frozen share) × 0.1. First predict (`transfer_learning-rate-helper`), then run:

# %% id="rate-helper-value"
def copied_rates(base_lr, size, frozen_share):
    head = base_lr * min(1.0, size / 10_000)
    return head * (1 - frozen_share) * 0.1, head


print("body {:.1e}, head {:.1e}".format(*copied_rates(1e-3, 500, 0.5)))
x, y, x_test, y_test = target_data(0, 60)
for name, lr in (("as computed", copied_rates(3e-3, 60, 0.5)[1]), ("0.003", 3e-3)):
    net = adapted(3, 2)
    train(net, x, y, lr=lr)
    print(f"frozen body, 60 labels, head's rate {name:12} accuracy {accuracy(net.forward(x_test), y_test):.2f}")

# %% [markdown]
# The head is new, and has as far to go with 60 labels as with 60,000; a rate near 0 leaves it where it
# started. And the share of frozen layers says nothing about the rate of the rest. Small data ask for
# fewer trained weights, early stopping and augmentation. Find rates by a search on validation data.

# %% [markdown] id="lora"
# ## 8 · A few numbers per layer
#
# Fine-tuning a large model gives a full copy of it for every task. **LoRA** (Hu et al., 2021) leaves a
# layer's $W$ frozen and learns a change of low rank $r$ beside it,
#
# $$y = xW + b + \frac{\alpha}{r}\,(xA)\,B, \qquad A: (n_\text{in}, r), \quad B: (r, n_\text{out}),$$
#
# with $r(n_\text{in} + n_\text{out})$ trained numbers instead of $n_\text{in} n_\text{out}$. $A$ starts
# random and $B$ at 0, so the first output is that of the frozen layer. With $dy$ from above,
#
# $$dA = \tfrac{\alpha}{r}\, x^\top (dy\,B^\top), \qquad dB = \tfrac{\alpha}{r}\, (xA)^\top dy, \qquad
# dx = dy\,W^\top + \tfrac{\alpha}{r}\, dy\,B^\top A^\top.$$
#
# $W$ gets no gradient, but the gradient goes *through* it. Do `transfer_learning-lora` and
# `transfer_learning-lora-count`. If both factors started at 0, both gradients would be 0, for ever.

# %% id="use-lora"
LoRA = piece("transfer_learning-lora")
merged = piece("transfer_learning-merge")
rng = np.random.default_rng(0)
dense = source[0][0]


def with_adapter(dense, rank, rng, zero=True):
    n_in, n_out = dense.W.shape
    B = np.zeros((rank, n_out)) if zero else rng.normal(size=(rank, n_out))
    return LoRA(dense.W.copy(), dense.b.copy(), rng.normal(size=(n_in, rank)) / np.sqrt(n_in), B, 2.0 * rank)


sample = rng.normal(size=(3, 121))
report = nnlib.check_layer(with_adapter(dense, 2, rng, zero=False), sample, rng)
print("gradient check of x, A and B:", report.passed)
fresh = with_adapter(dense, 4, rng)
print("starts as the frozen layer:  ", np.allclose(fresh.forward(sample), dense.forward(sample)))

# %% id="lora-experiment"
def lora_net(seed, rank):
    """Return the source's body with adapters in both blocks, and a new head."""
    rng = np.random.default_rng(seed)
    net = network(seed)
    for i in (0, 1):
        net.layers[i] = Sequential(with_adapter(source[i][0], rank, rng), ReLU())
    return net


price, lora_accuracy = {}, {}
for name in ("head alone", "rank 1", "rank 2", "rank 4", "rank 8", "everything"):
    rank, accuracies = int(name[5:]) if name.startswith("rank") else 0, []
    for seed in range(SEEDS):
        x, y, x_test, y_test = target_data(seed, 400)
        net = lora_net(seed, rank) if rank else adapted(seed, 2 if name == "head alone" else 0)
        train(net, x, y, steps=300)
        accuracies.append(accuracy(net.forward(x_test), y_test))
    price[name] = Parameters(net, np.float64).n_train
    lora_accuracy[name] = np.array(accuracies)
    print(f"{name:11} {price[name]:7,} trained numbers, accuracy {np.mean(accuracies):.2f}")

# %% id="fig-lora"
figure.bars(lora_accuracy, title="400 labels: accuracy, and (below) how many numbers are trained", below=price)

# %% [markdown] id="merge"
# Afterwards the change is added into the matrix, and the layer costs what it did before:
# $W + \frac\alpha r AB$ (`transfer_learning-merge`).

# %% id="use-merge"
net = lora_net(0, 4)
x, y, x_test, y_test = target_data(0, 400)
train(net, x, y, steps=300)
plain = copy.deepcopy(source)
for i in (0, 1):
    part = net[i][0]
    plain[i][0].W, plain[i][0].b = merged(part.W, part.A, part.B, 8.0), part.b
plain.layers[2] = net[2]
print("merged network gives the same scores:", np.allclose(plain.forward(x_test), net.forward(x_test)))

# %% [markdown] id="why-low-rank"
# Why should a low rank do? Look at what *full* fine-tuning did. Cut its changes of both blocks down to
# their best rank $r$ (the first $r$ singular vectors), and measure the accuracy again. The 96 singular
# values of the first change fall steadily, and with sixteen directions per block the accuracy has come
# nine tenths of the way from no change to the whole one. LoRA looks for such directions from the start.

# %% id="widget-low-rank"
full = adapted(0, 0)
train(full, x, y, steps=300)


def cut_to(rank):
    """Return the accuracy with the changes of both blocks cut to their best rank."""
    net = copy.deepcopy(full)
    for i in (0, 1):
        u, s, v = np.linalg.svd(full[i][0].W - source[i][0].W, full_matrices=False)
        net[i][0].W = source[i][0].W + (u[:, :rank] * s[:rank]) @ v[:rank]
    return accuracy(net.forward(x_test), y_test)


change = show.low_rank(full[0][0].W - source[0][0].W, np.array([cut_to(r) for r in range(97)]))
print("accuracy at rank " + ", ".join(f"{r}: {cut_to(r):.2f}" for r in (0, 4, 16, 96)))
change

# %% id="fig-low-rank"
change.static(rank=8)

# %% [markdown] id="adapter"
# An older form is the **adapter** (Houlsby et al., 2019): a narrow two-layer network with a shortcut,
# put *between* frozen layers, $y = x + \operatorname{relu}(xD + c)\,U$. With $U = 0$ it starts as the
# identity. Being nonlinear it cannot be merged away. Write its backward pass in
# `transfer_learning-adapter`.

# %% id="use-adapter"
Adapter = piece("transfer_learning-adapter")


def adapter(n, m, rng, zero=True):
    U = np.zeros((m, n)) if zero else rng.normal(size=(m, n))
    return Adapter(rng.normal(size=(n, m)) / np.sqrt(n), np.zeros(m), U)


print("gradient check:", nnlib.check_layer(adapter(6, 3, rng, zero=False), rng.normal(size=(4, 6)), rng).passed)
net = adapted(0, 2)
net = Sequential(net[0], adapter(96, 6, rng), net[1], adapter(48, 6, rng), net[2])
train(net, x, y, steps=300)
print(f"two adapters of 6 units: {Parameters(net, np.float64).n_train:,} trained numbers, accuracy {accuracy(net.forward(x_test), y_test):.2f}")

# %% [markdown] id="distillation"
# ## 9 · Distillation, in brief
#
# Instead of its weights, a network may hand on its *answers*. A large **teacher** that says "surely a 3,
# perhaps an 8" tells a small **student** more than the label 3 does (Hinton et al., 2015). Both are
# softened by a temperature $T$:
#
# $$L = a\,\mathrm{CE}(s, y) + (1 - a)\,T^2\,\mathrm{KL}\big(\operatorname{softmax}(t/T)\,\|\,\operatorname{softmax}(s/T)\big).$$
#
# The gradient of the second term is $T\,(q - p)$ per row. Since $q - p$ shrinks like $1/T$, its size
# hardly depends on $T$. Without the factor $T^2$ the teacher grows faint as $T$ grows, and no gradient
# check notices. (`transfer_learning-distill`, `transfer_learning-find-faint-teacher`) In the widget
# raise $T$ from 1: which other classes does the teacher see in the picture?

# %% id="widget-soft"
teacher = network(1, n_in=64, widths=(128, 64), classes=10)
train(teacher, pixels[first], digit[first], steps=300, batch_size=64)
scores = teacher.forward(pixels[second])
lead = np.sort(scores, axis=1)
unsure = np.argsort(lead[:, -1] - lead[:, -2])
picked = [int(i) for i in unsure[10:400] if scores[i].argmax() == digit[second[i]]]
picked = [next(i for i in picked if digit[second[i]] == d) for d in (3, 5, 8, 9)]
soft = show.soft_targets(pixels[second[picked]].reshape(-1, 8, 8), scores[picked], [int(d) for d in digit[second[picked]]])
soft

# %% id="fig-soft"
soft.static()

# %% id="use-distill"
distill = piece("transfer_learning-distill")


def student(seed, share, T=4.0, n=150):
    """Train 8 hidden units on n pictures, with labels and the teacher's scores packed side by side."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(second)[:n]
    packed = np.column_stack([digit[rows], teacher.forward(pixels[rows])])
    net = Sequential(Dense(64, 8, rng), ReLU(), Dense(8, 10, rng))
    train(net, pixels[rows], packed, steps=500, lr=0.01, loss=lambda s, p: distill(s, p[:, 1:], p[:, 0].astype(int), T, share))
    rest = np.setdiff1d(second, rows)
    return accuracy(net.forward(pixels[rest]), digit[rest])


print(f"teacher: accuracy {accuracy(scores, digit[second]):.2f}, {len(Parameters(teacher, np.float64)):,} weights; students: 610")
students = {share: np.array([student(seed, share) for seed in range(SEEDS)]) for share in (1.0, 0.1)}
for share, values in students.items():
    print(f"share of the labels {share:.1f}: accuracy {values.mean():.2f}")
gain = students[0.1] - students[1.0]
print(f"gain {gain.mean():+.3f} ± {show.interval(gain[:, None])[0]:.3f}")

# %% [markdown] id="success"
# ## 10 · What was gained
#
# Transfer works if training converges faster, ends better for the same computing, needs fewer labels, or
# comes near a model that was trained on plenty of target data. So measure, on the same test set, against
# a run from scratch:
#
# - the **jump-start**, the gain after the first epoch;
# - the **final gain**, at the end (the *asymptote*, if the curves are flat by then);
# - the **speed-up** to a goal, $t_\text{scratch} / t_\text{transfer}$;
# - the same with fewer labels, as in section 5.
#
# Write `transfer_learning-gains`.

# %% [markdown] id="probe-first"
# The body is the source's here, and the head starts as a **linear probe** (section 3) rather than from
# random numbers: then the first steps do not tear at the body, and there is something to jump from
# (Kumar et al., 2022). One run of each is enough to show how to measure; a verdict would take the seeds
# of section 5.

# %% id="use-gains"
transfer_gains = piece("transfer_learning-gains")
x, y, x_test, y_test = target_data(3, 150)
probed = adapted(3, 0)
W, b = linear_probe(body(x), np.eye(5)[y], 0.1)
probed[2].W, probed[2].b = 5 * W, 5 * b  # least squares gives scores between 0 and 1, small for a softmax
curves = {}
for name, net in (("scratch", network(3)), ("transfer", probed)):
    adam = Adam(Parameters(net, np.float64), 0.003)
    history = nnlib.fit(net, cross_entropy, adam, (x, y), epochs=40, batch_size=32, rng=np.random.default_rng(0),
                        val=(x_test, y_test), metrics=(accuracy,))
    curves[name] = np.array(history.metrics["accuracy"])
jump, final, speed = transfer_gains(curves["scratch"], curves["transfer"], 0.5)
print(f"jump-start {jump:+.2f}, final gain {final:+.2f}, speed-up to 0.5: {speed:.1f} times")

# %% id="fig-gains"
figure.gains(curves["scratch"], curves["transfer"], 0.5)

# %% [markdown] id="speed-up"
# The speed-up depends on the goal, so choose that before you look at the curves. A formula that is
# sometimes called speed-up, $(t_s - t_t)/t_s$, is the **share of time saved**. It never exceeds 1, and
# the source's own training is in neither:

# %% id="speed-up-value"
t_scratch, t_transfer = 100.0, 20.0
print(f"time saved {(t_scratch - t_transfer) / t_scratch:.1f}, speed-up {t_scratch / t_transfer:.0f} times")

# %% [markdown] id="pitfalls"
# ## 11 · Pitfalls
#
# 1. **Another domain, or other preprocessing.** Probe first (section 3); store the constants with the
#    weights.
# 2. **Rates.** One rate for all layers, or one too high for the body, wipes out what was to be
#    transferred; one near 0 leaves a new head untrained.
# 3. **Freezing.** Freeze *more* with little data and *less* with much; print the number of trained
#    weights, and freeze running statistics too.
# 4. **Details of the input.** Size of the pictures, normalization, augmentation: as in the source unless
#    measured otherwise.
# 5. **No baseline.** Without a run from scratch and several seeds, nobody knows whether anything was
#    transferred.
#
# **Sources.** Yosinski et al., "How Transferable Are Features in Deep Neural Networks?", NeurIPS 2014.
# Howard and Ruder, "Universal Language Model Fine-tuning for Text Classification", ACL 2018. Kumar et
# al., "Fine-Tuning Can Distort Pretrained Features and Underperform Out-of-Distribution", ICLR 2022.
# Houlsby et al., "Parameter-Efficient Transfer Learning for NLP", ICML 2019. Hu et al., "LoRA: Low-Rank
# Adaptation of Large Language Models", arXiv 2021, ICLR 2022. Hinton, Vinyals and Dean, "Distilling the
# Knowledge in a Neural Network", arXiv 2015.
