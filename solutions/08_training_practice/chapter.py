# %% [markdown]
# # 8 · Training in practice
#
# You can write every part of a network by now. This chapter is about the rest of the work: choosing an
# architecture, noticing that a run is ill and finding out why, comparing two methods so that the answer
# still holds next month, and searching for settings without fooling yourself.
#
# In the [exercises](../exercises/08_training_practice/exercises.ipynb) stands a **clinic** with nine sick
# training runs for you to diagnose and repair.

# %%
from functools import partial

import numpy as np
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV, RandomizedSearchCV, StratifiedKFold, cross_val_score, train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import nnlib
from autograder import piece
from nnlib.data import Standardizer, kfold
from nnlib.estimators import NetClassifier
from nnlib.functional import log_softmax, sigmoid, softmax
from nnlib.metrics import accuracy, calibration
from nnlib.probes import count_parameters, lr_range_test, update_ratios
from nnlib.viz import training_practice as show
from nnlib.viz import training_practice_figures as figure
from nnlib.viz.figures import learning_curves

cross_entropy = nnlib.softmax_cross_entropy


def dense_net(sizes, rng, activation=nnlib.ReLU):
    """Return a chain of dense layers of these sizes, with an activation between them."""
    layers = []
    for n, m in zip(sizes[:-1], sizes[1:]):
        layers += [nnlib.Dense(n, m, rng), activation()]
    return nnlib.Sequential(*layers[:-1])


# %% [markdown] id="first-example"
# ## 1 · A first classification, done properly
#
# A synthetic table with 1000 rows, 5 features and two classes; 200 rows are held out. Four habits make the
# difference between a number and a result:
#
# 1. **split first**, then compute mean and deviation **on the training rows alone** and apply them to
#    both parts;
# 2. give the target the shape of the scores, `(n, 1)`: with `(n,)` NumPy would subtract every target
#    from every score, and `nnlib` refuses;
# 3. score a classifier by a **share of right answers**, which lies between 0 and 1, and not by minus its
#    loss;
# 4. run a **baseline** beside it: the majority class, and a linear model.
#
# The settings are those one meets in every first example: 20 percent for testing, seed 42, learning rate
# 0.01, batches of 32. (Of the usual 1000 epochs 60 do; for so few steps plain SGD gets a momentum of
# 0.9.)

# %% id="classification"
X, y = make_classification(n_samples=1000, n_features=5, random_state=42)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42)
scaler = Standardizer().fit(X_train)
Z_train, Z_test = scaler.transform(X_train), scaler.transform(X_test)
column = y_train.reshape(-1, 1).astype(float)

net = dense_net((5, 32, 16, 1), np.random.default_rng(42))
optimizer = nnlib.SGD(nnlib.Parameters(net, np.float64), 0.01, momentum=0.9)
history = nnlib.fit(net, nnlib.bce_with_logits, optimizer, (Z_train, column), epochs=60,
                    rng=np.random.default_rng(0), val=(Z_test, y_test.reshape(-1, 1).astype(float)))

linear = LogisticRegression().fit(Z_train, y_train)
print(f"majority class {max(y_test.mean(), 1 - y_test.mean()):.3f}")
print(f"linear model   {linear.score(Z_test, y_test):.3f}")
print(f"network        {accuracy(net.forward(Z_test), y_test):.3f}")
try:
    nnlib.fit(net, nnlib.bce_with_logits, optimizer, (Z_train, y_train.astype(float)), epochs=1,
              rng=np.random.default_rng(0))
except ValueError as error:
    print("targets of shape (n,):", str(error).split(";")[0])

# %% [markdown] id="baseline"
# Four percent better than a line, on one split, with one seed. Is that a result? With 200 test rows one
# row is half a percent, and another split gives other numbers. Section 6 repeats this comparison over
# several splits, and says how much of the four percent is left.
#
# Plot both curves, always. Here validation lies *below* training: the 200 rows happen to be the easier
# ones. And both still fall a little; run 500 epochs, and you will see the validation loss turn. (The 200
# rows serve both for this curve and for the score. That is fair only as long as nothing is *chosen* by
# them; section 6 splits in three. A plot of a validation loss that was never measured shows an empty
# panel; `History` refuses to hand out an empty series.)

# %% id="fig-history"
learning_curves(history, title="Training and validation loss")

# %% [markdown] id="wrong-score"
# What habit 3 is about: a helper that returned minus the squared error for a network with one output,
# and a caller that printed it as accuracy. The number below belongs to a good classifier.
# (`training_practice-find-negative-accuracy`)

# %%
p = sigmoid(net.forward(Z_test))
print(f"Classification accuracy: {-np.mean((p - y_test[:, None]) ** 2):.4f}")

# %% [markdown] id="circles"
# **When the line must fail.** On two rings a linear model guesses. A few units with tanh are enough;
# *one* is not, since one unit of tanh draws one straight border, and no ring can be cut off by one or
# two of them. Keep this table in mind when a rule of thumb proposes a single unit. The figure shows what
# the line and eight units decide.

# %% id="circles-widths"
rng = np.random.default_rng(0)
rings, inner = nnlib.datasets.circles(600, rng)
line = LogisticRegression().fit(rings[:300], inner[:300]).score(rings[300:], inner[300:])
print(f"linear model     {line:.2f}")
for width in (1, 2, 3, 8):
    scores = [
        NetClassifier((width,), activation="tanh", lr=0.03, epochs=100, random_state=seed)
        .fit(rings[:300], inner[:300]).score(rings[300:], inner[300:])
        for seed in range(3)
    ]
    print(f"{width} hidden, tanh   {np.median(scores):.2f}")

# %% id="fig-circles"
models = {
    "a linear model": LogisticRegression(),
    "eight units of tanh": NetClassifier((8,), activation="tanh", lr=0.03, epochs=100, random_state=0),
}
for model in models.values():
    model.fit(rings[:300], inner[:300])
figure.borders({name: model.predict_proba for name, model in models.items()}, rings[300:], inner[300:])

# %% [markdown] id="last-batch"
# ## 2 · Record what you mean to record
#
# A training loop that ends its epoch with `history.append(loss)` records the **last batch**. With 400
# rows and batches of 32 that batch has 16 rows. Here is one run, recorded in three ways. Do
# `training_practice-find-noisy-loss` first; your `epoch_loss` draws the blue line.

# %% id="use-epoch-loss"
epoch_loss = piece("training_practice-find-noisy-loss")

rng = np.random.default_rng(4)
x, labels = nnlib.datasets.moons(400, rng, noise=0.25)
net = dense_net((2, 16, 2), np.random.default_rng(0))
optimizer = nnlib.SGD(nnlib.Parameters(net, np.float64), 0.1)
last, mean, true = [], [], []
for _ in range(80):
    losses, counts = [], []
    for xb, yb in nnlib.data.batches(x, labels, 32, rng):
        value, dscores = cross_entropy(net.forward(xb, train=True), yb)
        net.backward(dscores)
        optimizer.step()
        losses.append(value)
        counts.append(len(xb))
    last.append(losses[-1])
    mean.append(epoch_loss(np.array(losses), np.array(counts)))
    true.append(nnlib.evaluate(net, cross_entropy, (x, labels)))
for name, curve in (("last batch", last), ("epoch mean", mean), ("full pass", true)):
    tail = np.array(curve[-50:])
    print(f"{name}: mean of the last 50 epochs {tail.mean():.3f}, deviation around their trend {np.diff(tail).std() / 2**0.5:.4f}")

# %% id="fig-recorded"
figure.recorded_loss(last, mean, true)

# %% [markdown]
# The network is the same; only the record differs. A gradient check is of no use here: every gradient is
# right. But whoever ranks two settings by the orange line ranks the last 16 rows. Two rates, ten seeds,
# 40 epochs each; which one ends lower?

# %% id="wrong-winner"
winners = {"last batch": [], "full pass": []}
for seed in range(10):
    ends = []
    for k, lr in enumerate((0.1, 0.3)):
        net = dense_net((2, 16, 2), np.random.default_rng(seed))
        rng = np.random.default_rng([seed, k])  # each run shuffles in its own way
        optimizer = nnlib.SGD(nnlib.Parameters(net, np.float64), lr)
        for _ in range(40):
            for xb, yb in nnlib.data.batches(x, labels, 32, rng):
                value, dscores = cross_entropy(net.forward(xb, train=True), yb)
                net.backward(dscores)
                optimizer.step()
        ends.append((value, nnlib.evaluate(net, cross_entropy, (x, labels))))
    for name, (slow, fast) in zip(winners, np.array(ends).T):
        winners[name].append(fast < slow)
for name, wins in winners.items():
    print(f"by the {name}: the larger rate wins {sum(wins)} of 10")

# %% [markdown]
# The larger rate is better in every pair of runs; judged by the last batch, the race looks open. That is
# how rankings of methods come about that nobody can repeat.
#
# A second trap is the plain mean of the batch means: it gives the rows of the short batch twice the
# weight. Weigh each batch with its rows. (The blue line lies a little above the dashed one, since the
# weights moved while it was taken.)

# %% [markdown] id="architecture"
# ## 3 · Choosing an architecture
#
# Which layers, how many, how wide? No formula knows: the answer depends on the function to be learned
# and on the amount of data. What helps is an order of work, some arithmetic, and an honest look at the
# rules of thumb.
#
# The order of work, in five steps (`training_practice-recipe` asks for a longer one):
#
# 1. start with the simplest model that could work;
# 2. train it, and measure it on the validation set;
# 3. if it underfits, add capacity;
# 4. if it overfits, get more data, regularize, or take capacity away;
# 5. stop when the gain is smaller than its uncertainty.
#
# Add what you know of the problem: neighbouring pixels belong together (convolution, section 9), a sum
# does not depend on the order. Compare candidates on the validation set or by cross-validation, never on
# the test set.

# %% [markdown] id="count-params"
# ### The arithmetic: parameters
#
# A dense layer from $n$ to $m$ units has $nm + m$ parameters. For sizes 784, 128, 64, 10 guess first
# (`training_practice-guess-count`), then write `training_practice-count`.

# %% id="use-count"
count = piece("training_practice-count")

sizes = (784, 128, 64, 10)
for n, m in zip(sizes[:-1], sizes[1:]):
    print(f"{n:>4} to {m:<4} {n * m + m:>8,}")
built = count_parameters(dense_net(sizes, np.random.default_rng(0)))
print(f"total        {count(sizes):>8,}   counted in a built network: {built:,}")
print(f"with 64 x 64 for the second matrix, as printed in a text: {100480 + 64 * 64 + 64 + 650:,}")

# %% [markdown] id="memory"
# ### The arithmetic: memory
#
# "Training needs ten times the memory of the parameters", one reads. Count it instead. Training keeps
# the parameters, as many gradients, what the optimizer remembers (momentum: as many again; Adam: twice
# as many), and for backpropagation the arrays that pass through the layers, for **every row of the
# batch**. Do `training_practice-memory`; it draws the bars: the lower three parts stay as they are, and
# the activations grow with the batch until they are nearly everything. (What is not kept can be computed
# again on the way back; such *checkpointing* pays with time.) In the widget below, see which of the
# matrices holds most of the parameters.

# %% id="use-memory"
memory = piece("training_practice-memory")

P = count(sizes)
for name, slots in (("SGD", 0), ("momentum", 1), ("Adam", 2)):
    total = memory(P, sizes, 128, slots)
    print(f"{name:9} batch 128: {total / 1e6:.2f} MB = {total / 4 / P:.1f} times the parameters")

batch_sizes = (1, 32, 128, 256, 1024)
activations = [(memory(P, sizes, b, 0) - 8 * P) / 4 / P for b in batch_sizes]
parts = {"weights": [1] * 5, "gradients": [1] * 5, "Adam": [2] * 5, "activations": activations}

# %% id="fig-memory"
figure.memory_bars(batch_sizes, parts)

# %% id="widget-sizes"
layer_sizes = show.sizes()
layer_sizes

# %% id="fig-sizes"
layer_sizes.static(first=256, second=0, batch=64)

# %% [markdown] id="epoch-time"
# ### The arithmetic: time
#
# A row costs about 2 operations per parameter forward (multiply and add) and 4 backward. An epoch shows
# every row once, so it costs $6 P N$ **whatever the batch size**. What larger batches save is overhead:
# fewer calls, and matrix products large enough for the processor to work well. So the time of an epoch
# *falls* with the batch size, until the matrices no longer fit the caches. A formula with the product of
# parameters and batch size gives the time of a *step*. (`training_practice-find-epoch-cost`)
#
# Times differ from machine to machine, so none is printed here; set `TIME_IT = True` to measure yours.

# %% id="time-it"
TIME_IT = False

work = piece("training_practice-find-epoch-cost")
print("batch   steps per epoch   operations per epoch")
for b in (1, 8, 256, 2048):
    print(f"{b:>5}   {-(-8192 // b):>15,}   {work(P, 8192, b):>20,}")
if TIME_IT:
    from time import perf_counter

    data = np.random.default_rng(0).normal(size=(8192, 784)), np.zeros(8192, int)
    for b in (1, 8, 256, 2048):
        net = dense_net(sizes, np.random.default_rng(0))
        optimizer = nnlib.SGD(nnlib.Parameters(net), 0.01)
        start = perf_counter()
        nnlib.fit(net, cross_entropy, optimizer, data, epochs=1, batch_size=b, rng=np.random.default_rng(0))
        print(f"batch {b:>5}: {perf_counter() - start:.2f} s per epoch")

# %% [markdown] id="rules-of-thumb"
# ### Rules of thumb, and what they are worth
#
# Some are about the **shape** of a network. A *pyramid* narrows towards the output: 784, 500, 250,
# 100, 10. *Start wide* says: two to four times the inputs in the first layer, then halve. For 784 inputs
# that is 1568 to 3136 units where the pyramid has 500. Both shapes work, and the two rules cannot both
# be laws.

# %% id="shape-counts"
for name, widths in (("pyramid", (784, 500, 250, 100, 10)), ("start wide", (784, 1568, 784, 392, 10)),
                     ("constant", (784, 128, 128, 128, 10))):
    print(f"{name:11} {count(widths):>9,} parameters")

# %% id="fig-shapes"
figure.shapes({"pyramid": (784, 500, 250, 100, 10), "start wide": (784, 1568, 784, 392, 10),
               "constant": (784, 128, 128, 128, 10)})

# %% [markdown] id="hidden-size-rules"
# Others give the **width** by a formula (`training_practice-rules`):

# %% id="use-rules"
rules = piece("training_practice-rules")

print("inputs, outputs   geometric   arithmetic   rule of ten   two thirds")
for n_in, n_out in ((100, 1), (784, 10), (2, 1)):
    print(f"{n_in:>6}, {n_out:<7}" + "".join(f"{w:>13.2f}" for w in rules(n_in, n_out)))

# %% [markdown]
# For 784 inputs they range from 10 to 397. The last one is called *data-driven*, though no data enter
# it; for one output it proposes **one** unit, which we have seen fail on the rings. None of them knows
# whether your classes are separated by a line or by a spiral. Use them to find a place to start.

# %% [markdown] id="depth-and-data"
# ### Depth, width and the amount of data
#
# A third kind goes by the **problem**: 1-2 hidden layers for a simple one, 3-5 for a middling one, 6 and
# more for a hard one; and a fourth by the **number of rows**: little capacity below 1000, a medium
# network up to 100,000, a large one beyond. Texts that give both contradict themselves (for 5000 rows
# and 50 features we found 3-5, 2-4 and 2 layers in one chapter). In one table, as starting points and no
# more:
#
# | rows | start with | then try |
# |---|---|---|
# | below 1000 | a linear model, trees | one hidden layer, strong regularization |
# | 1000 to 100,000 | one or two hidden layers | wider before deeper; dropout, decay |
# | above 100,000 | two to five hidden layers | deeper, with normalization and residual paths |
#
# What do the data say? Two spirals, which no line can separate; 0 to 3 hidden layers of 24 units; three
# seeds each, all with the same budget of steps.

# %% id="depth-table"
rng = np.random.default_rng(5)
spiral, arm = nnlib.datasets.spirals(3000, rng, noise=0.04, turns=1.5)
x_val, y_val = spiral[2000:], arm[2000:]
depths, row_counts = (0, 1, 2, 3), (50, 200, 1000)
error = np.zeros((len(depths), len(row_counts), 3))
for i, depth in enumerate(depths):
    for j, n in enumerate(row_counts):
        for seed in range(3):
            rng = np.random.default_rng(seed)
            rows = rng.permutation(2000)[:n]
            net = dense_net((2, *[24] * depth, 2), rng, nnlib.Tanh)
            adam = nnlib.Adam(nnlib.Parameters(net, np.float64), 0.01)
            nnlib.fit(net, cross_entropy, adam, (spiral[rows], arm[rows]), epochs=40_000 // n, batch_size=50, rng=rng)
            error[i, j, seed] = 1 - accuracy(net.forward(x_val), y_val)
error = error.mean(axis=2)

# %% id="fig-depth"
figure.depth_by_rows(error, depths, row_counts)

# %% [markdown]
# Read it both ways. Without a hidden layer more rows hardly help: the model cannot bend. With two layers
# they take the error to 0, and a third layer then buys nothing. With one layer of 24 units the error
# even *rises* with the rows: 800 steps are enough to fit 50 points and too few to follow the whole
# spiral; with 1000 rows it misses as many in training. What is short there is training, not data. So
# neither the number of rows nor "the complexity of the problem" alone tells the depth, and a table like
# this one costs five seconds.

# %% [markdown] id="capacity"
# **Progressive widths.** Grow the network step by step, and watch both losses. Here the labels are noisy
# (one in ten is wrong), so capacity can be spent on learning them by heart.

# %% id="sweep"
rng = np.random.default_rng(6)
x, labels = nnlib.datasets.moons(700, rng, noise=0.2)
flip = rng.uniform(size=700) < 0.1
noisy = np.where(flip, 1 - labels, labels)
train, val = (x[:100], noisy[:100]), (x[100:], noisy[100:])
params, train_loss, val_loss = [], [], []
for widths in ((1,), (2,), (4,), (8,), (32,), (64, 32), (128, 64)):
    ends = []
    for seed in range(2):
        rng = np.random.default_rng(seed)
        net = dense_net((2, *widths, 2), rng)
        adam = nnlib.Adam(nnlib.Parameters(net, np.float64), 0.01)
        nnlib.fit(net, cross_entropy, adam, train, epochs=250, batch_size=25, rng=rng)
        ends.append([nnlib.evaluate(net, cross_entropy, part) for part in (train, val)])
    params.append(count((2, *widths, 2)))
    a, b = np.mean(ends, axis=0)
    train_loss.append(a)
    val_loss.append(b)
line = LogisticRegression().fit(*train)
line_loss = -np.mean(np.log(line.predict_proba(val[0])[np.arange(600), val[1]]))

# %% id="fig-capacity"
figure.width_sweep(params, train_loss, val_loss, line_loss)

# %% [markdown]
# With 100 noisy rows the best networks have a few units and are just level with the line; from there on
# every further parameter is spent on the wrong labels. (Chapter 7 shows what regularization does about
# it, and what lies beyond the right-hand end.)

# %% [markdown] id="choose-architecture"
# A function that writes such rules down is easily wrong at the edges. One that halves its input count
# proposes, for a single input, a layer of **zero** units; and one that takes softmax whenever there are
# several outputs forgets that several labels may be true at once (then each output gets its own
# sigmoid). **Now do** `training_practice-find-empty-layer`; the form below runs your repaired function.
#
# Fill in one entry after the other, down to a single input. Which of your entries does the rule never
# look at? (Guidelines, not rules: it sees two numbers, and nothing of the problem.)

# %% id="widget-architect"
hidden_widths = piece("training_practice-find-empty-layer")
form = show.architect(hidden_widths)
form

# %% id="fig-architect"
form.static(task="several labels at once", classes=12, features=30, rows=8000)

# %% [markdown] id="reading-curves"
# ## 4 · Reading learning curves
#
# Draw the accuracy on the training and on the validation rows after each epoch, and ask three questions
# in this order.
#
# 1. **How high is training?** If it is low *and flat*, the network underfits: more capacity, better
#    features, less regularization, a better rate.
# 2. **Does it still move?** If both curves still rise, nothing is wrong yet: train on. (Some texts list
#    "both increase throughout training" under *underfitting*. It is the sign of an unfinished run;
#    underfitting is a low plateau of both.)
# 3. **How far is validation below training, and does the gap grow?** A gap that grows while training
#    nears perfection is overfitting. A small, stable gap with both high is a good fit.
#
# And compare with a baseline: 0.88 on both is no success if 88 percent of the rows are of one class.

# %% id="gallery"
def both_accuracies(widths, rows, lr, epochs, target=labels):
    """Return training and validation accuracy after each epoch, on the moons."""
    rng = np.random.default_rng(3)
    net = dense_net((2, *widths, 2), rng, nnlib.Tanh)
    adam = nnlib.Adam(nnlib.Parameters(net, np.float64), lr)
    part, curves = (x[:rows], target[:rows]), ([], [])

    def watch(epoch, history):
        curves[0].append(accuracy(net.forward(part[0]), part[1]))
        curves[1].append(accuracy(net.forward(x[400:]), labels[400:]))

    nnlib.fit(net, cross_entropy, adam, part, epochs=epochs, batch_size=20, rng=rng, callbacks=[watch])
    return curves


runs = {
    "low plateau of both: underfitting": both_accuracies((1,), 300, 0.01, 60),
    "both still rise: not finished": both_accuracies((8,), 300, 0.00003, 60),
    "growing gap: overfitting": both_accuracies((128, 64), 60, 0.01, 150, noisy),
    "high, small gap: a good fit": both_accuracies((16,), 300, 0.01, 60),
}

# %% id="fig-gallery"
figure.curve_gallery(runs)

# %% [markdown]
# The first run's plateau is low only beside the fourth's: without another model on the same rows nobody
# could tell. (The third run was given 60 rows with noisy labels, which it learns by heart.) Now do
# `training_practice-curves`.

# %% [markdown] id="recipe"
# ## 5 · The recipe, and the clinic
#
# A network with a mistake in it often trains, only worse. So look for mistakes in an order in which each
# step rests on the one before:
#
# 1. **Look at the data.** Shapes, ranges, NaN, a few rows with their labels, the majority class.
# 2. **Loss at the start.** With $K$ classes and no knowledge it is about $\ln K$.
# 3. **Overfit one batch.** A sound network drives the loss of 20 rows to nearly 0. If it cannot, stop
#    and find out why: gradient check, labels, loss.
# 4. **Find a rate**, with a range test; stay well below the cliff.
# 5. **Watch the updates.** $|\Delta W| / |W|$ per step of about $10^{-3}$ to $10^{-2}$ is usual; very
#    different layers are a sign.
# 6. **Train; read the curves; adjust** capacity and regularization on the validation set.
# 7. **Measure once** on the test set.

# %% id="recipe-run"
images, digit = nnlib.datasets.digits()
order = np.random.default_rng(8).permutation(len(images))
rows, held = order[:600], order[600:1000]
print(f"1. inputs {images.shape} from {images.min():.0f} to {images.max():.0f}, NaN: {np.isnan(images).any()}, "
      f"majority class {np.bincount(digit).max() / len(digit):.3f}")

net = dense_net((64, 32, 10), np.random.default_rng(1))
start = nnlib.evaluate(net, cross_entropy, (images[rows], digit[rows]))
print(f"2. loss at the start {start:.2f}, ln 10 = {np.log(10):.2f}")

few = images[rows[:20]], digit[rows[:20]]
small = dense_net((64, 32, 10), np.random.default_rng(1))
adam = nnlib.Adam(nnlib.Parameters(small, np.float64), 0.01)
history = nnlib.fit(small, cross_entropy, adam, few, epochs=150, batch_size=20, rng=np.random.default_rng(0))
print(f"3. loss of one batch of 20 after 150 steps {history.train_loss[-1]:.3f}")

rates, losses = lr_range_test(net, cross_entropy, nnlib.SGD, (images[rows], digit[rows]), rng=np.random.default_rng(2),
                              lr_min=1e-3, lr_max=30.0, steps=120, batch_size=20)
choose_rate = piece("training_practice-patient-a")
rate = float(choose_rate(rates, losses))
print(f"4. rate {rate:.2f}")

optimizer = nnlib.SGD(nnlib.Parameters(net, np.float64), rate)
nnlib.fit(net, cross_entropy, optimizer, (images[rows], digit[rows]), epochs=1, batch_size=20, rng=np.random.default_rng(0))
net.backward(cross_entropy(net.forward(few[0], train=True), few[1])[1])
print("5. update ratios", {k: f"{v:.0e}" for k, v in update_ratios(optimizer).items() if k.endswith("W")})

nnlib.fit(net, cross_entropy, optimizer, (images[rows], digit[rows]), epochs=24, batch_size=20, rng=np.random.default_rng(0))
print(f"6. validation accuracy {accuracy(net.forward(images[held]), digit[held]):.2f}")

# %% id="fig-range"
figure.range_test(rates, losses, rate)

# %% [markdown] id="nan-hunt"
# **NaN hunt.** When a loss becomes NaN, the first bad number is what counts; everything after it is
# consequence. Ask in this order: are there NaN in the data? Is the rate too large (weights grow for some
# steps, then overflow)? Is there a logarithm of 0, a division by 0, an exponential of a large number?
# `fit` refuses NaN in the data and stops at the first loss that is not finite, with the step and the
# rate:

# %%
with np.errstate(all="ignore"):
    try:
        wild = dense_net((64, 32, 10), np.random.default_rng(1))
        nnlib.fit(wild, nnlib.mse, nnlib.SGD(nnlib.Parameters(wild), 1e4), (images[rows], np.eye(10)[digit[rows]]), epochs=3,
                  rng=np.random.default_rng(0))
    except FloatingPointError as error:
        print(error)
holed = images[rows].copy()
holed[3, 7] = np.nan
try:
    nnlib.fit(wild, cross_entropy, nnlib.SGD(nnlib.Parameters(wild), 0.1), (holed, digit[rows]), epochs=1, rng=np.random.default_rng(0))
except ValueError as error:
    print(error)

# %% [markdown] id="clinic"
# ### The clinic
#
# Nine networks on the same 600 digits, each with **one** thing wrong. Their losses at a glance:

# %% id="fig-ward"
show.clinic_ward()

# %% [markdown]
# Choose a patient, and put the healthy run beside it. Three measures tell most illnesses apart:
#
# - the **loss at epoch 0**: is it $\ln K$? on both sets?
# - **accuracy after the epoch**, on training *and* validation rows: it can contradict the loss that was
#   recorded during the epoch;
# - the **update ratios** of the first and the last layer. (A layer that does not move at all has no line.)

# %% id="widget-clinic"
ward = show.clinic()
ward

# %% id="fig-clinic"
ward.static(patient="H", healthy=True)

# %% [markdown]
# Patient H: the losses lie flat at $\ln 10$, and the right-hand chart says why: the last layer moves as
# it should, the first one ten thousand times more slowly. Which of the causes on the list does that? The
# diagnosis is yours: do `training_practice-patient-a` to `training_practice-patient-i` now.
#
# What the signs point to, as a table to keep:
#
# | sign | look at |
# |---|---|
# | loss at epoch 0 far above $\ln K$, on both sets | scale of the weights, of the inputs |
# | only validation is off at epoch 0 | the validation rows' preparation |
# | loss leaps up in the first epoch, then a noisy plateau | rate too large |
# | straight, slow fall; all updates tiny | rate too small |
# | flat at $\ln K$; first layer's updates tiny | vanishing signal, dead units |
# | flat at $\ln K$; updates healthy | labels and inputs do not belong together |
# | good at first, then wider and wider swings | old gradients kept, rate growing |
# | good accuracy, yet the loss levels off far above 0 | output squashed twice, wrong loss |
# | recorded loss low, training accuracy after the epoch low | order of the rows, train and evaluation mode |
# | training perfect, validation behind | too few rows, leakage into training, too much capacity |
# | validation *too* good | rows in both parts, a feature that knows the answer |

# %% [markdown] id="fair"
# ## 6 · Comparing fairly
#
# "Method B reaches 91 percent, A only 90." With one seed, that may be luck. A fair comparison has:
#
# - **the same budget** for tuning both methods, as many settings tried for each;
# - **several seeds** for weights, shuffling *and* data split, the same ones for both;
# - a **baseline** that is easily beaten or is not;
# - an **interval** instead of a number;
# - a choice made on validation data, and a **test set used once**.
#
# Run both methods with the same seeds, and take differences: what a hard split costs both, cancels. With
# $n$ differences $d_i$,
#
# $$\bar d \pm t_{n-1}\, \frac{s}{\sqrt n}, \qquad s^2 = \frac1{n-1} \sum_i (d_i - \bar d)^2.$$
#
# Play first: how many seeds until a gap of half a percent is known? And without shared seeds?

# %% id="widget-seeds"
luck = show.lucky_seeds()
luck

# %% id="fig-seeds"
luck.static(seeds=5)

# %% [markdown] id="fair-run"
# Now a real question: which optimizer is best on the table of section 1? The usual demonstration trains
# each once, with one rate for all, and ranks by training loss:

# %% id="one-seed"
methods = {
    "SGD": (nnlib.SGD, (0.03, 0.1, 0.3)),
    "momentum": (partial(nnlib.SGD, momentum=0.9), (0.003, 0.01, 0.03)),
    "Adam": (nnlib.Adam, (0.001, 0.003, 0.01)),
}
for name, (method, _) in methods.items():
    net = dense_net((5, 32, 16, 2), np.random.default_rng(0))
    history = nnlib.fit(net, cross_entropy, method(nnlib.Parameters(net, np.float64), 0.01), (Z_train, y_train), epochs=20,
                        rng=np.random.default_rng(0))
    print(f"{name:9} one seed, rate 0.01 for all: training loss {history.train_loss[-1]:.3f}")

# %% [markdown]
# A clear ranking, it seems. But momentum 0.9 makes steps ten times as long as plain SGD at the same
# rate, so a rate in common favours whichever it happens to suit. Now each method gets the same three
# rates to try, each is chosen on validation rows, over eight seeds, and the linear model stands beside
# them. (`FULL = True` tries five rates and twenty seeds.) Do `training_practice-interval`.

# %% id="use-interval"
FULL = False
paired_interval = piece("training_practice-interval")

if FULL:
    methods = {k: (m, tuple(np.geomspace(r[0] / 3, r[-1] * 3, 5))) for k, (m, r) in methods.items()}
seeds = range(20 if FULL else 8)
test_scores = {name: [] for name in ("linear", *methods)}
for seed in seeds:
    rng = np.random.default_rng(seed)
    i_train, i_val, i_test = np.split(rng.permutation(1000), [500, 700])
    table = Standardizer().fit(X[i_train]).transform(X)
    line = LogisticRegression().fit(table[i_train], y[i_train])
    test_scores["linear"].append(line.score(table[i_test], y[i_test]))
    for name, (method, grid) in methods.items():
        found = []
        for lr in grid:
            net = dense_net((5, 32, 16, 2), np.random.default_rng(seed))
            nnlib.fit(net, cross_entropy, method(nnlib.Parameters(net, np.float64), lr), (table[i_train], y[i_train]),
                      epochs=20, rng=np.random.default_rng(seed))
            found.append([accuracy(net.forward(table[i]), y[i]) for i in (i_val, i_test)])
        val_scores, tests = np.array(found).T
        test_scores[name].append(tests[val_scores.argmax()])
linear_mean = np.mean(test_scores["linear"])
forest = {}
for name in methods:
    difference, half = paired_interval(np.array(test_scores["linear"]), np.array(test_scores[name]), show.t_quantile(len(seeds)))
    forest[name] = (linear_mean + difference, half)
    print(f"{name:9} minus linear: {100 * difference:+.1f} ± {100 * half:.1f} percent")
d, h = paired_interval(np.array(test_scores["SGD"]), np.array(test_scores["Adam"]), show.t_quantile(len(seeds)))
print(f"Adam minus SGD: {100 * d:+.1f} ± {100 * h:.1f} percent")

# %% id="fig-intervals"
figure.intervals(forest, linear_mean, f"Test accuracy, rate tuned per method, {len(seeds)} seeds")

# %% [markdown] id="many-comparisons"
# All three intervals leave 0 out: on this table a network is better than the line, by 1.5 to 3 percent
# on average. The network of section 1 learned with momentum, and the four percent of its single split
# lie beyond the end of that interval: the split was kind. Between SGD and Adam, each with a rate of its
# own, these runs cannot decide: the interval of their difference holds 0. The clear ranking above was a
# ranking of rates. (The eight splits are cut from the same 1000 rows, so they are not independent, and
# honest intervals are somewhat wider still; Nadeau and Bengio, 2003.)
#
# **The best of many is lucky.** Let 40 models guess the labels of 200 test rows, and report the best. A
# set used to *choose* no longer measures. So choose by validation, report by test
# (`training_practice-find-optimist`):

# %% id="use-reported"
reported = piece("training_practice-find-optimist")

rng = np.random.default_rng(0)
val_guess, test_guess = rng.binomial(200, 0.5, size=(2, 40)) / 200
print(f"best of 40 guessers on the test set: {test_guess.max():.3f}")
print(f"chosen on validation, reported on test: {reported(val_guess, test_guess):.3f}   (truth 0.500)")

# %% [markdown] id="search"
# ## 7 · Searching for settings
#
# ### Grid or random?
#
# Learning rate, width, decay: often only one or two matter much, and you do not know which. A grid of
# $3 \times 3$ trials tries three values of each; nine random draws try nine different values of *every*
# setting (Bergstra and Bengio, 2012). Draw what acts by its ratio, such as a rate, evenly on a
# **logarithmic** scale: `training_practice-log-uniform`.
#
# Switch between the two: the right-hand chart shows which rates were tried at all, and the diamond is
# the best trial. Then let the second setting matter as well.

# %% id="widget-search"
plane = show.search_plane()
plane

# %% id="fig-search"
plane.static(how="random", again=2)

# %% [markdown] id="kfold"
# ### Cross-validation and search, with scikit-learn
#
# With few rows one validation split is a lottery. **k-fold cross-validation** holds out each row once:
# $k$ models, $k$ scores, a mean and a spread (5 to 10 folds are usual; for a classifier keep the
# classes' shares, *stratified*). Scaling belongs **inside** the folds, so put scaler and network into
# one pipeline. `nnlib.estimators` passes scikit-learn's own checks, so its tools work as they are.

# %% id="use-kfold"
folds = StratifiedKFold(5, shuffle=True, random_state=42)
base = cross_val_score(make_pipeline(StandardScaler(), LogisticRegression()), X, y, cv=folds)
print(f"linear                {np.round(base, 3)}, mean {base.mean():.3f}, deviation {base.std(ddof=1):.3f}")
for epochs in (15, 40):
    model = make_pipeline(StandardScaler(), NetClassifier((16,), lr=0.01, epochs=epochs, random_state=0))
    scores = cross_val_score(model, X, y, cv=folds)
    gain, half = paired_interval(base, scores, show.t_quantile(5))
    print(f"network, {epochs} epochs    {np.round(scores, 3)}, mean {scores.mean():.3f}, deviation {scores.std(ddof=1):.3f};"
          f" minus linear {100 * gain:+.1f} ± {100 * half:.1f} percent")
print("rows held out once each:", sorted(np.concatenate([v for _, v in kfold(1000, 5, np.random.default_rng(0))])) == list(range(1000)))

# %% [markdown] id="sklearn-search"
# The folds are the same, so compare them in pairs. Stopped after 15 epochs, the network is no better
# than the line; after 40 it is ahead in every fold. A model that is not trained to the end says little
# about its kind. (The training parts overlap, so this interval is too narrow; and whoever tries many
# settings on the same folds reports the luckiest.)
#
# So search: a grid and a random search with the **same number of trials**, twelve, on three settings.
# Eight epochs each keep it cheap; the rate must make the most of them.

# %% id="use-search"
class LogUniform:
    """Draws for RandomizedSearchCV, made by the exercise's function."""

    def __init__(self, low, high):
        self.low, self.high = low, high

    def rvs(self, size=None, random_state=None):
        rng = np.random.default_rng(random_state.randint(2**31))
        return float(piece("training_practice-log-uniform")(self.low, self.high, 1, rng)[0])


half, labels_half = X[:400], y[:400]
short = make_pipeline(StandardScaler(), NetClassifier((16,), epochs=8, random_state=0))
name = "netclassifier__"
grid = GridSearchCV(short, {name + "lr": [0.001, 0.01, 0.1], name + "weight_decay": [1e-4, 1e-2], name + "hidden": [(8,), (32,)]}, cv=3)
random = RandomizedSearchCV(
    short, {name + "lr": LogUniform(3e-4, 0.3), name + "weight_decay": LogUniform(1e-5, 1e-1), name + "hidden": [(8,), (16,), (32,)]},
    n_iter=12, cv=3, random_state=1,
)
for kind, searcher in (("grid", grid), ("random", random)):
    searcher.fit(half, labels_half)
    tried = {p[name + "lr"] for p in searcher.cv_results_["params"]}
    print(f"{kind:6} {len(searcher.cv_results_['params'])} trials, {len(tried):>2} rates, best cross-validated {searcher.best_score_:.3f}, "
          f"on the other rows {searcher.score(X[400:], y[400:]):.3f}")

# %% [markdown]
# The best cross-validated score is the maximum of twelve, so it is a little lucky; the last column, on
# rows that took no part in the search, is the one to report. (That it is the higher one here has two
# reasons: the winner is trained again on all 400 rows, a fold's model on 267; and the other 600 may be
# easier.) Neither search won: 400 rows cannot tell their two winners apart. But one looked at twelve
# rates, the other at three.
#
# If there are no rows to spare, put the
# *whole search* inside an outer cross-validation (`cross_val_score(grid, X, y)`): nested cross-validation.

# %% [markdown] id="halving"
# ### Successive halving
#
# Bad settings show early. Train all of them a little, keep the better half (or third), give the
# survivors twice (three times) the epochs, and so on (Jamieson and Talwalkar, 2016). Do
# `training_practice-halving`; it decides the race of 16 random settings below.

# %% id="use-halving"
halving = piece("training_practice-halving")
log_uniform = piece("training_practice-log-uniform")

rng = np.random.default_rng(11)
rates, widths = log_uniform(1e-4, 0.3, 16, rng), rng.integers(4, 65, 16)
curves = np.zeros((16, 8))
for i in range(16):
    net = dense_net((64, int(widths[i]), 10), np.random.default_rng(i))
    history = nnlib.fit(net, cross_entropy, nnlib.Adam(nnlib.Parameters(net), float(rates[i])), (images[rows], digit[rows]), epochs=8,
                        batch_size=20, rng=np.random.default_rng(i), val=(images[held], digit[held]))
    curves[i] = history.val_loss
rungs = curves[:, [0, 1, 3, 7]]  # after 1, 2, 4 and 8 epochs
best, cost = halving(rungs, 2)
print(f"winner: rate {rates[best]:.4f}, {widths[best]} units, validation loss {curves[best, -1]:.3f}")
print(f"best of all 16 after 8 epochs: {curves[:, -1].min():.3f}; epochs spent {cost} instead of {16 * 8}")

# %% id="fig-halving"
alive = [np.arange(16)]
for r in range(3):
    alive.append(alive[-1][np.argsort(rungs[alive[-1], r])[: len(alive[-1]) // 2]])
figure.halving_race(curves, (1, 2, 4, 8), alive)

# %% [markdown]
# The price: a setting that starts slowly and ends well, a small rate with a long training say, is thrown
# out early. Let the first rung be long enough to be worth something.

# %% [markdown] id="efficient"
# ## 8 · Efficient training
#
# In order of what they bring, for code like ours: **vectorize** (replace Python loops over rows and
# units by matrix products); use **batches** large enough to keep the processor busy; **float32**; a good
# linear-algebra library (NumPy brings one); a GPU, once the matrices are large; no needless copies. And
# **profile** before you optimize: the slow line is seldom the one you think.
#
# A layer as loops and as a product gives the same numbers, with very different work for the Python
# interpreter:

# %% id="vectorize"
rng = np.random.default_rng(0)
x, W = rng.normal(size=(32, 64)), rng.normal(size=(64, 32))
by_loops, steps = np.zeros((32, 32)), 0
for i in range(32):
    for j in range(32):
        for k in range(64):
            by_loops[i, j] += x[i, k] * W[k, j]
            steps += 1
print(f"equal: {np.allclose(by_loops, x @ W)};  {steps:,} turns of a Python loop against one call")
if TIME_IT:
    from timeit import timeit

    loop = lambda: [[sum(x[i, k] * W[k, j] for k in range(64)) for j in range(32)] for i in range(32)]
    print(f"speed-up {timeit(loop, number=3) / 3 / (timeit(lambda: x @ W, number=1000) / 1000):,.0f} times")

# %% [markdown] id="all-distances"
# How does one get rid of a loop? Two ways: give the arrays **new axes**, so that broadcasting pairs
# every row with every other; or find the **matrix product** in the formula. Squared distances of all
# rows of $x$, $(n, k)$, to all rows of $c$, $(m, k)$, show both:
#
# $$d_{ij} = \lVert x_i - c_j \rVert^2 = \lVert x_i \rVert^2 - 2\, x_i \cdot c_j + \lVert c_j \rVert^2.$$
#
# The first form, with new axes, fills an array of $n \cdot m \cdot k$ numbers on its way; the second,
# with $x c^\top$, needs $n \cdot m$. (And it can round a distance of 0 to a tiny negative number: keep
# that in mind before you take a root.) **Now do** `training_practice-vectorize`; it makes a classifier
# of one line, the nearest neighbour:

# %% id="use-vectorize"
distances = piece("training_practice-vectorize")

nearest = distances(images[held[:200]], images[rows]).argmin(axis=1)
print(f"nearest of 600 images, for 200 others: accuracy {np.mean(digit[rows][nearest] == digit[held[:200]]):.2f}, "
      f"{200 * 600 * 64:,} turns of a loop saved")

# %% [markdown] id="accumulate"
# ### A large batch in small pieces
#
# If a batch does not fit into memory, run it in pieces and add up the gradients; then take one step.
# Since each piece's loss is a mean over its own rows, weigh its gradient with its number of rows. (And
# clear the sum after the step, or your run becomes patient E.) Do `training_practice-accumulate`.

# %% id="use-accumulate"
accumulated = piece("training_practice-accumulate")

net = dense_net((64, 32, 10), np.random.default_rng(1))
packed = nnlib.Parameters(net, np.float64)


def gradient(part):
    """Return the gradient of the mean loss over some rows, as one vector."""
    net.backward(cross_entropy(net.forward(images[part], train=True), digit[part])[1])
    packed.gather()
    return packed.grad.copy()


pieces = np.split(rows[:100], [40, 80])
whole = gradient(rows[:100])
summed = accumulated(np.array([gradient(part) for part in pieces]), np.array([len(part) for part in pieces]))
print("equal to the gradient of 100 rows at once:", np.allclose(whole, summed, rtol=1e-9))

# %% [markdown] id="mixed-precision"
# ### Mixed precision, in brief
#
# Graphics processors multiply 16-bit numbers several times faster than 32-bit ones, and half the memory
# moves. But float16 has nothing between 0 and $2^{-24}$: what is less than half of that becomes 0.
# **Loss scaling** multiplies the loss, and so every gradient, by a large power of two, and divides
# before the step, which is taken on a float32 copy of the weights (Micikevicius et al., 2018). bfloat16,
# with float32's range and fewer digits, needs no scaling.

# %% id="underflow"
tiny = gradient(rows) * 1e-4  # the size gradients may have late in training, or in a deep network
for scale in (1.0, 2.0**16):
    lost = np.mean((tiny * scale).astype(np.float16)[tiny != 0] == 0)
    print(f"loss times {scale:>7,.0f}: {100 * lost:.1f} percent of the gradients become 0 in float16")

# %% id="fig-underflow"
figure.underflow(tiny, 2.0**16)

# %% [markdown] id="patterns"
# ## 9 · Patterns and special cases
#
# Some architectures are shapes with a purpose. A **convolutional** network shares weights over positions
# (images); a **recurrent** one over time (sequences); an **encoder-decoder** squeezes its input through
# a narrow code and rebuilds something from it. The simplest encoder-decoder is the **autoencoder**: it
# rebuilds its own input, so what passes the bottleneck is what the data have in common.
#
# With *linear* layers and squared error its best answer is known: the code spans the first **principal
# components**. Do `training_practice-pca`; then compare.

# %% id="use-pca"
through_bottleneck = piece("training_practice-pca")

few_images = images[:600]
centred = few_images - few_images.mean(axis=0)
rng = np.random.default_rng(0)
encoder, decoder = nnlib.Dense(64, 2, rng), nnlib.Dense(2, 64, rng)
net = nnlib.Sequential(encoder, decoder)
adam = nnlib.Adam(nnlib.Parameters(net, np.float64), 0.01)
nnlib.fit(net, nnlib.mse, adam, (centred, centred), epochs=600, batch_size=100, rng=rng)
best = np.mean((through_bottleneck(few_images, 2) - few_images) ** 2)
axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
cosines = np.linalg.svd(np.linalg.qr(decoder.W.T)[0].T @ axes.T)[1]
print(f"squared error: two principal components {best:.4f}, linear autoencoder {np.mean((net.forward(centred) - centred) ** 2):.4f}")
print(f"cosines of the angles between the two planes: {cosines[0]:.2f}, {cosines[1]:.2f}")

# %% [markdown] id="autoencoder"
# The same plane, to two digits: a linear autoencoder is PCA by gradient descent. With a hidden layer of
# tanh on each side the code may bend, and two numbers hold more. The figure draws each image as its
# digit, at the place of its code: the bent code draws most classes closer together and further from the
# others, though nobody told it the labels.

# %% id="deep-autoencoder"
rng = np.random.default_rng(0)
encoder = nnlib.Sequential(nnlib.Dense(64, 32, rng), nnlib.Tanh(), nnlib.Dense(32, 2, rng))
decoder = nnlib.Sequential(nnlib.Tanh(), nnlib.Dense(2, 32, rng), nnlib.Tanh(), nnlib.Dense(32, 64, rng))
net = nnlib.Sequential(encoder, decoder)
adam = nnlib.Adam(nnlib.Parameters(net, np.float64), 0.005)
nnlib.fit(net, nnlib.mse, adam, (centred, centred), epochs=400, batch_size=50, rng=rng)
print(f"squared error of the bent code {np.mean((net.forward(centred) - centred) ** 2):.3f}")
bent = np.tanh(encoder.forward(centred[:200]))

# %% id="fig-latent"
figure.latent({"principal components": centred[:200] @ axes.T, "code of the deep autoencoder": bent}, digit[:200])

# %% [markdown] id="special-cases"
# **Special cases.** *Many features, few rows*: reduce them first (PCA, fitted on the training rows) or
# select; strong regularization, dropout. *Few features*: build combinations by hand; trees often win.
# *Time series*: split by time, never at random, or the network is tested on a past whose future it has
# seen.
#
# PCA before a network, with the components fitted on training rows only; twenty of the 64 do as well as all:

# %% id="pca-then-net"
mean = images[rows].mean(axis=0)
basis = np.linalg.svd(images[rows] - mean, full_matrices=False)[2]
for k in (2, 8, 20, 64):
    codes = (images - mean) @ basis[:k].T
    codes = codes / codes[rows].std()
    net = dense_net((k, 32, 10), np.random.default_rng(1))
    nnlib.fit(net, cross_entropy, nnlib.Adam(nnlib.Parameters(net), 0.01), (codes[rows], digit[rows]), epochs=20, rng=np.random.default_rng(0))
    print(f"{k:>2} components: validation accuracy {accuracy(net.forward(codes[held]), digit[held]):.2f}")

# %% [markdown] id="calibration"
# ## 10 · Probabilities you may report
#
# A network that has learned its training rows by heart says 0.99 too often. Before its probabilities are
# used, measure them on held-out rows, and divide the scores by **one** number, the temperature, that
# minimizes the validation loss. The answers do not change, only how sure they sound. The *calibration
# error* is the gap between confidence and share of right answers, averaged over ten bins of confidence.
# Chapter 4 has the details; here is the whole procedure.

# %% id="temperature"
x, labels = nnlib.datasets.moons(1200, np.random.default_rng(7), noise=0.45)
net = dense_net((2, 64, 64, 2), np.random.default_rng(0))
adam = nnlib.Adam(nnlib.Parameters(net, np.float64), 0.01)
nnlib.fit(net, cross_entropy, adam, (x[:150], labels[:150]), epochs=200, rng=np.random.default_rng(0))
scores = net.forward(x)
fit_rows, check_rows = slice(150, 500), slice(500, None)


def mean_loss(temperature, part):
    log_p = log_softmax(scores[part] / temperature)
    return -log_p[np.arange(len(log_p)), labels[part]].mean()


temperatures = np.geomspace(0.5, 30, 200)
T = temperatures[np.argmin([mean_loss(t, fit_rows) for t in temperatures])]
for t in (1.0, T):
    p = softmax(scores[check_rows] / t)
    sure, right = p.max(axis=1), p.argmax(axis=1) == labels[check_rows]
    claimed, observed, count = calibration(sure, right.astype(int))
    gap = np.nansum(count * np.abs(claimed - observed)) / count.sum()
    print(f"T {t:4.1f}: loss {mean_loss(t, check_rows):.2f}, mean confidence {sure.mean():.2f}, accuracy {right.mean():.2f}, "
          f"calibration error {gap:.2f}")

# %% [markdown] id="summary"
# ## To take with you
#
# - A baseline, a split, scaling from training rows: before the first network.
# - $\ln K$ at the start; one batch to zero; then the whole set.
# - Record the mean over rows, and look at loss, accuracy and updates together.
# - Architecture: start small, let the validation set speak; count parameters, memory and operations
#   instead of guessing.
# - Seeds, intervals, equal tuning. The best of many is lucky.
# - Random before grid, logarithms for rates, halving when training is dear.
#
# **Sources.** Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 2012. Jamieson
# and Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter Optimization", AISTATS 2016.
# Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017. Micikevicius et al., "Mixed
# Precision Training", ICLR 2018. Baldi and Hornik, "Neural Networks and Principal Component Analysis",
# Neural Networks 1989. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017. Nadeau and
# Bengio, "Inference for the Generalization Error", Machine Learning 2003.
