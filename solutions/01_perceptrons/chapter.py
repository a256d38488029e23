# %% [markdown] id="title"
# # 1 · Perceptrons and neurons
#
# This chapter takes the smallest thing that learns, a single neuron, and follows it until it fails. Then
# it shows the way out: a second layer. By the end you have
#
# - written a neuron, a layer and the perceptron's learning rule, and trained them on handwritten digits,
# - seen, and proved, what a single neuron can never do,
# - built a network by hand that can,
# - met the two ideas that carry the rest of the course: a smooth activation, and gradient descent.
#
# You need Python, NumPy and school calculus. The exercises stand in
# [a notebook of their own](../exercises/01_perceptrons/exercises.ipynb); the text says when to do which.

# %% id="imports"
import numpy as np

import nnlib
from autograder import piece
from nnlib.viz import Panel, Scene, card, mesh, perceptrons as widgets, render
from nnlib.viz import perceptrons_figures as figures, perceptrons_more as more

np.set_printoptions(precision=3, suppress=True)

# %% [markdown] id="what-is-a-network"
# ## 1.1 What a neural network is
#
# A **neural network** is a function made of many small, equal units. Each unit takes a few numbers,
# weighs and adds them, and passes one number on. The units are joined in layers, and *the strengths of
# the joints are learned from data*: nobody writes them down.
#
# The picture shows one. Every circle is a unit, every line a number to be learned.

# %% id="fig-network"
figures.network((4, 5, 3, 2), ("inputs", "hidden layer 1", "hidden layer 2", "output layer"))

# %% [markdown] id="components"
# Five words describe any such network.
#
# | part | what it does |
# |---|---|
# | **neuron**, or unit | computes one number from its inputs |
# | **weight** | how strongly one input counts; learned |
# | **bias** | shifts the sum before the unit answers; learned |
# | **layer** | units that work side by side on the same inputs |
# | **activation function** | bends the sum, so that layers are worth stacking |
#
# Why is this family of functions so useful? Five reasons. You will see the first four happen in this
# chapter.
#
# | | reason | where |
# |---|---|---|
# | 1 | **approximation**: with enough units it comes close to any continuous function on a bounded region | 1.11 |
# | 2 | **features**: hidden units learn what to look at; nobody picks it by hand | 1.7, 1.10 |
# | 3 | **non-linear maps**: boundaries and curves of any shape | 1.10 |
# | 4 | **end to end**: one loss trains every weight, from raw input to final answer | 1.10 |
# | 5 | **scale**: the same few lines run on more data and more units | chapter 6 on |

# %% [markdown] id="brain"
# ## 1.2 How much of it is a brain?
#
# The idea came from biology: McCulloch and Pitts described a nerve cell as a logical switch in 1943. The
# likeness is real, and it is limited.
#
# | alike | in a brain | in a network |
# |---|---|---|
# | units | nerve cells | neurons |
# | connections | synapses of different strength | weights |
# | learning | synapses change with experience | weights change with data |
# | firing | a cell fires when excited enough | an activation responds to a large enough sum |
# | hierarchy | stages, from edges to objects | layers, from simple to complex features |
#
# | different | in a brain | in a network |
# |---|---|---|
# | scale | about 86 billion cells, over 100 trillion synapses | from a handful to hundreds of billions of parameters |
# | wiring | irregular, with loops | regular layers, mostly one way |
# | learning | local chemistry, spikes in time | the gradient of one loss, computed exactly |

# %% [markdown] id="brain-scale"
# Take care what you compare. One often reads that networks have "millions of neurons" against the
# brain's 86 billion. But what learns, in both, is the *connection*: the fair pair is **parameters with
# synapses**. Note the scale: each line is a factor of a thousand.

# %% id="fig-scales"
figures.scales()

# %% [markdown] id="brain-sources"
# Sources: roundworm, White et al. (1986); AlexNet, Krizhevsky et al. (2012); GPT-3, Brown et al. (2020),
# whose authors count parameters and not units; brain cells, Azevedo et al. (2009); synapses, of the
# human neocortex alone, Pakkenberg et al. (2003).
#
# **Now do** `perceptrons-brain` in the exercises.

# %% [markdown] id="neuron"
# ## 1.3 One neuron
#
# A neuron takes inputs $x_1, \dots, x_n$, multiplies each by its weight, adds them up, adds the bias, and
# puts the sum through its activation $f$:
#
# $$z = \sum_{i=1}^{n} w_i x_i + b = w \cdot x + b, \qquad y = f(z).$$
#
# $x$ and $w$ have shape `(n,)`; $b$, $z$ and $y$ are single numbers.

# %% id="fig-neuron"
figures.anatomy()

# %% [markdown] id="neuron-parts"
# Six parts: the **inputs**, from data or from other neurons; the **weights**, one for each; the **bias**;
# the **sum** $z$; the **activation** $f$; and the **output**, which the next layer takes as its input.
#
# Its work, in five verbs: *weigh, sum, shift, activate, pass on*.
#
# **Now do** `perceptrons-neuron`. From here on the chapter runs on your code: `piece` fetches what you
# have finished, and a reference for what you have not.

# %% id="neuron-code"
neuron = piece("perceptrons-neuron")

x = np.array([2.0, -1.0, 0.5])
w = np.array([0.5, 1.0, -2.0])
b = 0.25
z = neuron(x, w, b)
print(f"z = 2·0.5 + (-1)·1 + 0.5·(-2) + 0.25 = {z:.2f}")
print(f"with a sigmoid on top: y = {nnlib.functional.sigmoid(np.array([z]))[0]:.3f}")

# %% [markdown] id="neuron-touch"
# Move the sliders, and drag the input `x`. Watch three things:
#
# - the green arrow is $w$: the output grows along it, and stays equal across it;
# - $b$ moves the line $w \cdot x + b = 0$ without turning it;
# - larger weights make the change steeper.

# %% id="widget-neuron"
widgets.single_neuron()

# %% [markdown] id="neuron-static"
# The same picture, standing still, for weights $(1, -0.5)$ and a bias of 0.5:

# %% id="fig-neuron-static"
widgets.single_neuron().static()

# %% [markdown] id="batch"
# ### Many samples, many neurons
#
# Two small steps turn a neuron into a layer.
#
# *Many samples*: stack them as the rows of `X`, shape `(n, d)`. *Many neurons*: put the weights of
# neuron $j$ into column $j$ of `W`, shape `(d, m)`. One matrix product then does everything:
#
# $$Z = XW + b, \qquad (n, m) = (n, d)\,(d, m) + (m,).$$
#
# **Now do** `perceptrons-layer`. It agrees with a loop over samples and neurons:

# %% id="batch-code"
layer = piece("perceptrons-layer")

rng = np.random.default_rng(0)
X, W, biases = rng.normal(size=(5, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)

Z = layer(X, W, biases)
by_loop = np.array([[neuron(row, W[:, j], biases[j]) for j in range(2)] for row in X])
print("shape:", Z.shape, "  as by loop:", np.allclose(Z, by_loop))

# %% [markdown] id="convention"
# A warning for reading elsewhere. Many books write $z = Wx + b$ with $x$ a column, and weights of shape
# `(outputs, inputs)`. That is the same computation with $W$ transposed. And a formula
# $z_j = \sum_i w_{ij} x_i$, with the first index for the input, is $W^\top x$, not $Wx$. This course
# keeps rows as samples and weights of shape `(inputs, outputs)`, so that $XW$ reads from left to right.

# %% id="convention-code"
row = X[0]
print("row times matrix :", row @ W)
print("transpose, column:", W.T @ row)

# %% [markdown] id="perceptron"
# ## 1.4 The perceptron: a neuron that says yes or no
#
# The **perceptron** (Rosenblatt, 1958) is a neuron whose activation is the step:
#
# $$p = \operatorname{step}(w \cdot x + b), \qquad
# \operatorname{step}(z) = \begin{cases} 1 & z \ge 0 \\ 0 & z < 0. \end{cases}$$
#
# So every perceptron is a neuron, but not every neuron is a perceptron: most neurons today have a smooth
# activation.
#
# It divides the inputs in two. With two inputs, $w_1 x_1 + w_2 x_2 + b = 0$ is a straight line: yes on one
# side, no on the other. With $d$ inputs it is a flat surface, a *hyperplane*. The weights are
# perpendicular to it and point to the side of yes.
#
# **Now do** `perceptrons-predict`. Here is your perceptron as an AND, an OR and a NAND gate:

# %% id="gates-code"
predict = piece("perceptrons-predict")

corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
print("x1 x2 | AND  OR NAND")
answers = [
    predict(corners, np.array([1.0, 1.0]), -1.5),
    predict(corners, np.array([1.0, 1.0]), -0.5),
    predict(corners, np.array([-1.0, -1.0]), 1.5),
]
for corner, *p in zip(corners, *answers):
    print(f" {corner[0]:.0f}  {corner[1]:.0f} |  " + "   ".join(f"{v:.0f}" for v in p))

# %% [markdown] id="bias"
# ### The bias is minus the threshold
#
# One can also say that a perceptron fires when its weighted sum reaches a **threshold** $\theta$. That is
# the same thing written otherwise:
#
# $$w \cdot x \ge \theta \quad\Longleftrightarrow\quad w \cdot x - \theta \ge 0, \qquad\text{so}\quad b = -\theta.$$
#
# Mind the sign. AND with weights 1 and 1 needs a threshold of 1.5, so its bias is **−1.5**. Calling the
# bias "the threshold" is a common slip, and it turns the gate into one that always fires:

# %% id="bias-code"
ones = np.array([1.0, 1.0])
print("b = -1.5:", predict(corners, ones, -1.5), " this is AND")
print("b = +1.5:", predict(corners, ones, +1.5), " this is nothing")

# %% [markdown] id="bias-shift"
# A bias shifts the activation along its input: to the left if it is positive, so that the neuron answers
# sooner, to the right if it is negative. Like the weights it is learned, and it usually starts at zero.

# %% id="fig-bias"
figures.bias_shift()

# %% [markdown] id="boundary-touch"
# Now find the gates yourself. Choose one and move the sliders until nothing is crossed out. Then choose
# XOR, which says 1 when *exactly one* input is 1. Give it a fair try.

# %% id="widget-boundary"
widgets.linear_boundary()

# %% id="fig-boundary"
widgets.linear_boundary().static(gate="AND", w1=1.0, w2=1.0, b=-1.5)

# %% [markdown] id="gates-do"
# **Now do** `perceptrons-gates` and `perceptrons-threshold-bug`.

# %% [markdown] id="decision"
# ### A neuron that decides
#
# Will you go out tonight? Three inputs, each 0 or 1: is the **weather** good, is a **friend** free, is it
# **cheap**? Weights 3, 2 and 1 say how much each matters to you. The bias is your general mood, whatever
# the inputs: near 0 you nearly always say yes; at −5.5 only if everything fits.

# %% id="widget-decision"
more.decision()

# %% id="fig-decision"
more.decision().static(b=-2.5)

# %% [markdown] id="decision-do"
# **Now do** `perceptrons-yes-count` and `perceptrons-impossible-count`, and then compare with all biases
# at once:

# %% id="decision-code"
yes_count = piece("perceptrons-yes-count")

for bias in (0, -1, -2, -3, -4, -5, -6, -7):
    print(f"bias {bias:2d}: {int(yes_count(np.array([3.0, 2.0, 1.0]), float(bias)))} of 8 say yes")

# %% [markdown] id="rule"
# ## 1.5 A perceptron learns
#
# Finding weights by hand is a game for two inputs. Rosenblatt's rule finds them for any number. Show the
# perceptron a sample $x$ with the right answer $t$, 0 or 1. It answers $p$. Then
#
# $$w \leftarrow w + (t - p)\,x, \qquad b \leftarrow b + (t - p).$$
#
# - Right answer: $t - p = 0$, and nothing changes.
# - It should have said 1 but said 0: $x$ is *added*. On this sample the sum rises by
#   $x \cdot x + 1$, because $(w + x) \cdot x + (b + 1) = (w \cdot x + b) + (x \cdot x + 1)$.
# - It should have said 0 but said 1: $x$ is *subtracted*, and the sum falls by as much.
#
# So each mistake moves the sum on that sample the right way. Whether the samples together ever agree is
# another question, and the next section answers it.
#
# **Now do** `perceptrons-rule`. Then step through it here: on AND, on OR, and for a long time on XOR.

# %% id="widget-rule"
widgets.perceptron_rule()

# %% id="fig-rule"
widgets.perceptron_rule().static(gate="AND", visit=24)

# %% [markdown] id="rule-train"
# Look closely at AND: the last line runs right through (1, 1). The rule stops as soon as nothing is wrong; it
# does not look for the *best* line.
#
# **Now do** `perceptrons-fit`, the loop around the rule. Here it trains on the four gates:

# %% id="rule-gates"
fit_perceptron = piece("perceptrons-fit")

gates = {
    "AND": np.array([0.0, 0, 0, 1]),
    "OR": np.array([0.0, 1, 1, 1]),
    "NAND": np.array([1.0, 1, 1, 0]),
    "XOR": np.array([0.0, 1, 1, 0]),
}
histories = {}
for name, target in gates.items():
    w, b, mistakes = fit_perceptron(corners, target, 30)
    histories[name] = mistakes
    end = f"clean after {int(mistakes.sum())} updates" if mistakes[-1] == 0 else "still wrong after 30 epochs"
    print(f"{name:4s}  w = {w}  b = {b:+.0f}   {end}")

# %% [markdown] id="rule-tie"
# How many updates it takes depends on a detail: what the step says at exactly 0. At the start all weights
# are zero, so *every* sum is 0. With $\operatorname{step}(0) = 1$, as in this course, AND, OR and NAND take 11, 5 and
# 10 updates. With $\operatorname{step}(0) = 0$ they take 10, 4 and 11. Both are right; compare numbers only when the
# convention is the same.

# %% id="rule-tie-code"
def updates_until_clean(target, at_zero):
    w, b, updates = np.zeros(2), 0.0, 0
    for epoch in range(30):
        before = updates
        for x, t in zip(corners, target):
            z = x @ w + b
            p = at_zero if z == 0 else float(z > 0)
            w, b, updates = w + (t - p) * x, b + (t - p), updates + (p != t)
        if updates == before:
            return updates
    return "never"

print("gate   step(0) = 1   step(0) = 0")
for name, target in gates.items():
    print(f"{name:4s}   {updates_until_clean(target, 1.0)!s:>11}   {updates_until_clean(target, 0.0)!s:>11}")

# %% [markdown] id="rule-errors"
# Mistakes in each round: three curves come down to zero and stay there. That of XOR never does.

# %% id="fig-rule-errors"
panel = Panel("Mistakes per round of four samples", xlabel="epoch", ylabel="mistakes", ylim=(-0.2, 4.4), xlim=(0.5, 15.5))
looks = {"AND": ("sky", 6, False), "OR": ("green", 2.4, False), "NAND": ("ink", 2, True), "XOR": ("orange", 2.4, False)}
for name, (color, width, dash) in looks.items():
    panel.line(np.arange(1, 16), histories[name][:15], color, width=width, dash=dash, label=name)
render(Scene(panel, width=620, height=350))

# %% [markdown] id="digits"
# ### Your perceptron reads digits
#
# Gates are toys, but the loop you wrote is not. Let it tell a 3 from an 8, in scans of 8 × 8 pixels: 64
# inputs, each from 0 (paper) to 1 (ink). Three quarters of the scans are for learning, one quarter for a
# fair test.

# %% id="digits-code"
scans, labels = nnlib.datasets.digits()
chosen = (labels == 3) | (labels == 8)
X_all, t_all = scans[chosen], (labels[chosen] == 8).astype(float)
test = np.arange(len(X_all)) % 4 == 0

w_digit, b_digit, mistakes = fit_perceptron(X_all[~test], t_all[~test], 20)
right = predict(X_all[test], w_digit, b_digit) == t_all[test]
print("mistakes per epoch:", mistakes.astype(int))
print(f"{int(mistakes.sum())} updates in all; {right.mean():.1%} right on {test.sum()} scans it has never seen")

# %% [markdown] id="digits-weights"
# The 64 weights can be looked at: they are a picture. Orange pixels speak for an 8, blue ones for a 3.
# Most of it is what closes an 8 on its left side and leaves a 3 open. Nobody told the perceptron so.

# %% id="fig-digits"
size = np.abs(w_digit).max()
pictures = [
    ("the average 3", X_all[t_all == 0].mean(axis=0), "sequential", 0, 1),
    ("the average 8", X_all[t_all == 1].mean(axis=0), "sequential", 0, 1),
    ("the learned weights", w_digit, "diverging", -size, size),
]
panels = []
for title, picture, colours, low, high in pictures:
    panel = Panel(title, xlim=(0, 8), ylim=(0, 8), equal=True, xlabel="column", ylabel="row, from below", legend="none", xticks=(0, 4, 8), yticks=(0, 4, 8))
    panels.append(panel.field(picture.reshape(8, 8)[::-1], cmap=colours, vmin=low, vmax=high, smooth=False))
render(Scene(panels, height=310))

# %% [markdown] id="labels-do"
# **Now do** `perceptrons-labels-bug`: a rule copied from a book that writes its targets as −1 and 1.

# %% [markdown] id="convergence"
# ## 1.6 When the rule must succeed
#
# Samples are **linearly separable** when some line (or hyperplane) has all of the ones on one side and all of
# the zeros on the other. For these there is a promise.
#
# > **Perceptron convergence theorem** (Novikoff, 1962). If the samples can be separated with margin
# > $\gamma$, and none is longer than $R$, then the rule makes at most $R^2 / \gamma^2$ updates, in whatever
# > order the samples come.
#
# Here the bias counts as one more weight: $\tilde x = (x, 1)$ and $v = (w, b)$. With $s = +1$ for target 1
# and $-1$ for target 0, the **margin** of $v$ is the smallest distance to the boundary,
# $\gamma = \min_k s_k\, v \cdot \tilde x_k / \lVert v \rVert$, and $R = \max_k \lVert \tilde x_k \rVert$.

# %% [markdown] id="convergence-proof"
# The proof takes two lines and one good idea: compare how fast two things can grow. Let $v^*$ be of length
# 1 and separate with margin $\gamma$. At each mistake $v$ becomes $v + s\tilde x$, starting from 0.
#
# 1. *Towards the goal, fast.* $v^* \cdot v$ grows by $s\,v^* \cdot \tilde x \ge \gamma$. After $k$ updates
#    it is at least $k\gamma$, and the length of $v$ is at least that.
# 2. *In length, slowly.* $\lVert v + s\tilde x \rVert^2 = \lVert v \rVert^2 + 2 s\, v \cdot \tilde x + \lVert \tilde x \rVert^2$,
#    and at a mistake the middle term is not positive. So $\lVert v \rVert^2$ grows by at most $R^2$, and
#    after $k$ updates $\lVert v \rVert \le \sqrt{k}\,R$.
#
# Together $k \gamma \le \sqrt{k}\, R$, that is, $k \le R^2/\gamma^2$.
#
# **Now do** `perceptrons-margin`. Then let us see how near the bound is, on AND first:

# %% id="convergence-code"
mistake_bound = piece("perceptrons-margin")

margin, bound = mistake_bound(corners, gates["AND"], np.array([1.0, 1.0]), -1.5)
print(f"AND with w = (1, 1), b = -1.5: margin {margin:.3f}, so at most {bound:.0f} updates; the rule took 11")

# %% [markdown] id="convergence-fig-text"
# Now two bands of points with a gap between them, from wide to narrow. The bound is never broken, and
# seldom approached. But its message holds: the smaller the margin, the longer the way.

# %% id="fig-margin"
rng = np.random.default_rng(4)
line = np.array([0.6, 0.8, 0.2])  # weights and bias of the line in the middle of the gap
side = np.where(np.arange(80) % 2 == 1, 1.0, -1.0)
along, beyond = rng.uniform(-2, 2, 80), rng.uniform(0, 0.1, 80)


def bands(gap):
    height = side * (gap + beyond) - line[2]
    return height[:, None] * line[:2] + along[:, None] * np.array([-0.8, 0.6])


rows = []
for gap in np.geomspace(0.03, 1.0, 10):
    margin, bound = mistake_bound(bands(gap), (side > 0).astype(float), line[:2], line[2])
    *_, mistakes = fit_perceptron(bands(gap), (side > 0).astype(float), 20)
    assert mistakes[-1] == 0
    assert mistakes.sum() <= bound
    rows.append((margin, mistakes.sum(), bound))
figures.margin(bands(0.45), side > 0, line, *np.array(rows).T)

# %% [markdown] id="xor-limit"
# ## 1.7 What one line cannot do
#
# XOR says 1 when exactly one of its inputs is 1. Look at the four corners of a square: the ones sit on one
# diagonal, the zeros on the other. No line parts them. That is more than an impression; here is the proof.
# Weights that compute XOR would have to satisfy
#
# $$b < 0, \qquad w_1 + b \ge 0, \qquad w_2 + b \ge 0, \qquad w_1 + w_2 + b < 0.$$
#
# Add the two in the middle: $w_1 + w_2 + 2b \ge 0$. Take away $b$, which is negative:
# $w_1 + w_2 + b \ge -b > 0$. But the last one says $w_1 + w_2 + b < 0$. There are no such weights.
#
# **Now do** `perceptrons-xor-reason` and `perceptrons-xor-score`. The second tries a whole grid of lines:

# %% id="xor-score"
best_score = piece("perceptrons-xor-score")

values = np.linspace(-2, 2, 21)
candidates = np.stack(np.meshgrid(values, values, values), axis=-1).reshape(-1, 3)
print(f"{len(candidates)} lines tried")
for name, target in gates.items():
    print(f"best score on {name:4s}: {best_score(corners, target, candidates):.2f}")

# %% [markdown] id="xor-history"
# Three out of four, and not more. Minsky and Papert made such limits the subject of their book
# *Perceptrons* (1969), and interest in them faded for years. The way out is more than one layer. What was
# missing was a good way to *train* the layers below the last, and that is chapter 2.

# %% [markdown] id="mlp"
# ### A layer between
#
# A **multi-layer perceptron** (MLP) has at least one layer between its inputs and its outputs: a **hidden
# layer**. XOR in words is *"at least one, but not both"*: an OR and an AND, put together.
#
# $$h_1 = \operatorname{step}(x_1 + x_2 - 0.5), \quad h_2 = \operatorname{step}(x_1 + x_2 - 1.5), \quad
# y = \operatorname{step}(h_1 - h_2 - 0.5).$$
#
# | $x_1$ | $x_2$ | $h_1$ (OR) | $h_2$ (AND) | $y$ |
# |---|---|---|---|---|
# | 0 | 0 | 0 | 0 | 0 |
# | 0 | 1 | 1 | 0 | 1 |
# | 1 | 0 | 1 | 0 | 1 |
# | 1 | 1 | 1 | 1 | 0 |
#
# On the right below you see why it works. The hidden units move the four samples to new places: (0, 1) and
# (1, 0) fall together, and in the **hidden space** a single line is enough. That is what hidden layers are
# for: they learn a view of the data in which the last layer has an easy job.

# %% id="widget-xor"
widgets.xor_by_hand()

# %% id="fig-xor"
widgets.xor_by_hand().static()

# %% [markdown] id="xor-do"
# **Now do** `perceptrons-xor-net`. There are other ways to build it.

# %% [markdown] id="xor-one-unit"
# ### Does XOR need two hidden units?
#
# So it is often said, and it is true under conditions: for units whose activation only ever rises, such
# as step, sigmoid, tanh or ReLU, in one hidden layer, without connections that skip it. With another
# activation a *single unit* does it. Let $f(z) = z^2$ and $w = (1, -1)$, $b = 0$:

# %% id="xor-one-unit-code"
print("(x1 - x2)**2 =", (corners @ np.array([1.0, -1.0])) ** 2)

# %% [markdown] id="xor-one-unit-do"
# **Now do** `perceptrons-one-unit`. What a network can do depends on its activation as much as on its size.

# %% [markdown] id="vocabulary"
# ## 1.8 Words for the shape of a network
#
# The **input layer** only holds the data: it has no weights. The **output layer** gives the answer. All
# layers between are **hidden**. **Width** is the number of units in a layer. **Depth** is where books
# disagree:
#
# - *count the hidden layers*: the network of section 1.1 has depth 2;
# - *count the layers that have weights*: the same network is a "3-layer network".
#
# Neither counts the inputs. Say which one you mean. Also, the hidden layers and the output layer need not
# share an activation, and usually do not: the output's is chosen to fit the task.
#
# **Now do** `perceptrons-describe`. It makes this table:

# %% id="vocabulary-code"
describe = piece("perceptrons-describe")

print("layer sizes             hidden  with weights  width  parameters")
for sizes in ((2, 1), (2, 2, 1), (4, 5, 3, 2), (64, 32, 10), (784, 512, 256, 10)):
    depth, layers, width, parameters = describe(sizes)
    print(f"{' → '.join(map(str, sizes)):24s}{depth:6d}{layers:14d}{width:7d}{parameters:12,d}")

net = nnlib.Sequential(
    nnlib.Dense(4, 5, np.random.default_rng(0)), nnlib.ReLU(),
    nnlib.Dense(5, 3, np.random.default_rng(0)), nnlib.ReLU(),
    nnlib.Dense(3, 2, np.random.default_rng(0)),
)  # fmt: skip
print(f"\nnnlib counts {len(nnlib.Parameters(net))} numbers in 4 → 5 → 3 → 2")

# %% [markdown] id="four-steps"
# ## 1.9 Learning by walking downhill
#
# The perceptron's rule works for one layer only: it has no word for a *hidden* unit, whose right answer
# nobody knows. The rest of this course learns in another way. Four steps, again and again:
#
# 1. **Forward**: compute the answers with the weights as they are.
# 2. **Loss**: measure in one number $L$ how far the answers are from the targets.
# 3. **Backward**: find how $L$ changes with every weight, the *gradient*.
# 4. **Update**: move every weight a little against its gradient.

# %% id="fig-four-steps"
figures.four_steps()

# %% [markdown] id="descent"
# The fourth step is **gradient descent**:
#
# $$w \leftarrow w - \eta\, \frac{\partial L}{\partial w}, \qquad b \leftarrow b - \eta\, \frac{\partial L}{\partial b}.$$
#
# $\eta$ is the **learning rate**. The minus is there because the gradient points uphill.
#
# Take the simplest case, one weight and the loss $L = (w - 3)^2$. The gradient is $2(w - 3)$, so one step gives
#
# $$w - 3 \;\leftarrow\; (1 - 2\eta)\,(w - 3).$$
#
# The distance to the minimum is multiplied by $1 - 2\eta$ each time. Move the rate: too small, and it
# crawls; at $\eta = 0.5$ it arrives in one step; beyond, it jumps over the minimum and back. Where does it
# begin to run away?

# %% id="widget-descent"
more.descent()

# %% id="fig-descent"
more.descent().static(rate=0.94, shown=10)

# %% [markdown] id="descent-do"
# **Now do** `perceptrons-order`, `perceptrons-descend` and `perceptrons-divergence-rate`. Your walk agrees
# with the closed form $w_k = 3 + (1 - 2\eta)^k (w_0 - 3)$:

# %% id="descent-code"
descend = piece("perceptrons-descend")

path = descend(0.0, 2.0, 3.0, 0.1, 5)  # (a/2)(w - 3)**2 with a = 2
closed = 3 + 0.8 ** np.arange(6) * (0.0 - 3)
print("walked     :", path)
print("closed form:", closed)

# %% [markdown] id="step-no-gradient"
# ### Why the step has to go
#
# The step is flat on both sides, so its slope is 0 wherever it has one. Put it between a weight and the
# loss, and the gradient of that weight is 0: gradient descent stands still. `nnlib` can confirm it.

# %% id="step-no-gradient-code"
stepped, smooth = nnlib.Step(), nnlib.Sigmoid()
z = np.array([[-1.5, 0.3, 2.0]])
for name, activation in (("step", stepped), ("sigmoid", smooth)):
    activation.forward(z)
    print(f"slope of the {name:7s} at -1.5, 0.3, 2.0:", activation.backward(np.ones_like(z))[0] + 0.0)

# %% [markdown] id="logistic"
# ### Logistic regression: the same neuron, made smooth
#
# Replace the step by the **sigmoid** $\sigma(z) = 1/(1 + e^{-z})$, and read its output as a probability:
# $p$ is how sure the neuron is that the answer is 1. As loss take minus the logarithm of the probability
# it gave to the right answer, averaged over the samples:
#
# $$L = -\frac1n \sum_{k} \bigl[\, t_k \ln p_k + (1 - t_k) \ln(1 - p_k) \,\bigr].$$
#
# Its gradient is a pleasant surprise. The slope of the sigmoid, $p(1-p)$, cancels, and for one sample
# a step of descent is
#
# $$w \leftarrow w + \eta\,(t - p)\,x, \qquad b \leftarrow b + \eta\,(t - p).$$
#
# This is the perceptron's rule, letter by letter, with a learning rate and with a $p$ that may lie between 0
# and 1. This neuron is called **logistic regression**, and it is also the last layer of most networks that
# tell two classes apart. (Chapter 4 derives the loss; here, take it and watch.)
#
# **Now do** `perceptrons-logistic`. Its check measures the gradient by differences and trusts no formula.

# %% id="logistic-code"
logistic_step = piece("perceptrons-logistic")

rng = np.random.default_rng(2)
target = np.arange(200) % 2.0
blobs = rng.normal(size=(200, 2)) + np.where(target[:, None] == 1, 0.9, -0.9)

w, b = np.zeros(2), 0.0
for k in range(201):
    loss, w, b = logistic_step(blobs, target, w, b, lr=0.5)
    if k in (0, 1, 10, 50, 200):
        print(f"step {k:3d}: loss {loss:.4f}")
print(f"right: {np.mean(predict(blobs, w, b) == target):.1%}")

# %% [markdown] id="logistic-start"
# The first loss is $\ln 2 = 0.6931$: a neuron that knows nothing says one half to everything. It is worth
# remembering as a test: if a fresh two-class model starts far from 0.69, something is wrong.
#
# These two clouds overlap, so no line is clean. The perceptron never rests on them: its boundary is
# wherever the last mistake left it, and even its score goes up and down with every round. Logistic
# regression settles, and it says how sure it is.

# %% id="logistic-rest"
scores = []
for rounds in range(31, 41):
    w_p, b_p, mistakes = fit_perceptron(blobs, target, rounds)
    scores.append(np.mean(predict(blobs, w_p, b_p) == target))
print(f"perceptron, after rounds 31 to 40: between {min(scores):.1%} and {max(scores):.1%} right")
print(f"logistic regression              : {np.mean(predict(blobs, w, b) == target):.1%} right")

# %% id="fig-logistic"
X1, X2 = mesh((-4, 4), (-4, 4), 90)
grid = np.column_stack([X1.ravel(), X2.ravel()])
figures.points_and_field(
    [
        ("Perceptron after 40 rounds", neuron(grid, w_p, b_p).reshape(X1.shape), nnlib.functional.step),
        ("Logistic regression", neuron(grid, w, b).reshape(X1.shape), nnlib.functional.sigmoid),
    ],
    blobs, target, (-4, 4),
)  # fmt: skip

# %% [markdown] id="first-network"
# ## 1.10 The first real network
#
# Two rings, one inside the other. A single neuron has no chance. Sixteen hidden units with a bend in each,
# the activation $\mathrm{relu}(z) = \max(z, 0)$, and the same four steps, make short work of it.
#
# The layer in this network is *yours*: `MyDense` takes its forward pass from `perceptrons-layer`. The backward
# pass it inherits is the subject of chapter 2.

# %% id="first-network-code"
class MyDense(nnlib.Dense):
    def forward(self, x, train=False):
        self._x = x  # kept for the backward pass
        return layer(x, self.W, self.b)


rng = np.random.default_rng(0)
rings, ring = nnlib.datasets.circles(400, rng, noise=0.08)
new_rings, new_ring = nnlib.datasets.circles(400, rng, noise=0.08)

one_neuron = nnlib.Sequential(MyDense(2, 1, rng))
network = nnlib.Sequential(MyDense(2, 16, rng), nnlib.ReLU(), MyDense(16, 1, rng))
losses = {}
for name, net in (("one neuron", one_neuron), ("16 hidden units", network)):
    optimizer = nnlib.SGD(nnlib.Parameters(net), lr=0.3)
    data = (rings, ring[:, None])
    history = nnlib.fit(net, nnlib.bce_with_logits, optimizer, data, epochs=60, rng=rng)
    score = nnlib.evaluate(net, nnlib.accuracy, (new_rings, new_ring[:, None]))
    losses[name] = history.train_loss
    print(f"{name:16s}: loss {losses[name][0]:.2f} → {losses[name][-1]:.2f}, right on new points: {score:.1%}")

# %% [markdown] id="first-network-see"
# On the left, the best one line can do; on the right, a boundary that no one drew.

# %% id="fig-circles"
X1, X2 = mesh((-1.5, 1.5), (-1.5, 1.5), 90)
grid = np.column_stack([X1.ravel(), X2.ravel()])
figures.points_and_field(
    [
        (name, nnlib.predict(net, grid)[:, 0].reshape(X1.shape), nnlib.functional.sigmoid)
        for name, net in (("One neuron", one_neuron), ("16 hidden units", network))
    ],
    new_rings, new_ring, (-1.5, 1.5),
)  # fmt: skip

# %% id="fig-loss"
fig, ax = card(width=620, height=340)
for (name, curve), style in zip(losses.items(), ("--", "-")):
    ax.plot(np.arange(1, 61), curve, style, label=name)
ax.set(xlabel="epoch", ylabel="loss (nats per sample)", title="One loss trains all weights", ylim=(0, 0.8))
ax.legend()
fig

# %% [markdown] id="initial-weights"
# ### Where do the weights begin?
#
# Not at zero: units that start equal stay equal (chapter 5 shows it). At random, then. But how large? "Small
# numbers between −0.5 and 0.5" is a common answer, and a poor one, because the right size depends on how
# many inputs a neuron has.
#
# A number spread evenly over $[-0.5, 0.5]$ has variance $\frac1{12}$. The sum of $n$ such weights times
# inputs of size 1 has variance $\frac n{12}$: the more inputs, the larger the sum.
#
# **Now do** `perceptrons-rms-guess`. Then look at what 20 layers of 512 ReLU units make of it. The
# alternative, of He et al. (2015), shrinks with the number of inputs: variance $\frac2n$.

# %% id="initial-weights-code"
n = 512
draws = {
    "uniform in [-0.5, 0.5]": lambda rng: rng.uniform(-0.5, 0.5, size=(n, n)),
    "He: variance 2/n": lambda rng: rng.normal(0, np.sqrt(2 / n), size=(n, n)),
}
sample = draws["uniform in [-0.5, 0.5]"](np.random.default_rng(1))
print(f"variance of a weight: {sample.var():.4f}, and 1/12 = {1 / 12:.4f}")

sizes = {}
for name, draw in draws.items():
    rng = np.random.default_rng(0)
    h = rng.normal(size=(64, n))
    sizes[name] = []
    for _ in range(20):
        h = np.maximum(h @ draw(rng), 0)
        sizes[name].append(np.sqrt(np.mean(h**2)))
    print(f"{name:22s}: size at layers 1, 5, 10, 20:", "  ".join(f"{sizes[name][k - 1]:.2g}" for k in (1, 5, 10, 20)))

# %% id="fig-initial-weights"
panel = Panel("Typical size of a layer's output", xlabel="layer", ylabel="root mean square", yscale="log", xlim=(0.5, 20.5), ylim=(0.1, 1e14))
for (name, curve), color, marker in zip(sizes.items(), ("orange", "blue"), "so"):
    panel.line(np.arange(1, 21), curve, color, label=name).points(np.arange(1, 21), curve, color, marker=marker)
render(Scene(panel, width=620, height=360))

# %% [markdown] id="uat"
# ## 1.11 How much can one hidden layer do?
#
# In principle, everything continuous.
#
# > **Universal approximation theorem** (Cybenko 1989, Hornik et al. 1989; in this form Leshno et al. 1993).
# > Let $f$ be a continuous function on a *compact* set, such as a closed box, and choose any tolerance
# > $\varepsilon > 0$. If the activation is continuous and *not a polynomial*, there is a network with one hidden layer of
# > finitely many units whose error is below $\varepsilon$ everywhere on that set. If it is a polynomial, there are functions
# > for which no width is enough.
#
# Read it slowly; each clause matters.
#
# - **First the function and the tolerance, then the network.** How many units it takes depends on both, and the
#   theorem does not say how many.
# - **On a compact set.** Nothing is promised outside.
# - **Not a polynomial.** Older statements ask for a bounded, rising activation. That is enough, but
#   not needed: ReLU is not bounded, and works. Nor is "non-linear" enough: $x^2$ is not linear, and fails.
# - **There is.** It does not say how to find it.
#
# Fit $\sin 3\pi x$ with each of the three. The hidden units are fixed at random, and least squares finds the
# best output weights. Add units, and watch the error on the right.

# %% id="widget-approximation"
more.approximation()

# %% id="fig-approximation"
more.approximation().static(activation="ReLU", size=6)

# %% [markdown] id="uat-floor"
# The squares do not get better, ever: a sum of parabolas is a parabola. The best one leaves an error of
# 1.158 or so, whether of 5 units or of 500.

# %% id="uat-floor-code"
def wave(x):
    return np.sin(3 * np.pi * x)

inside = np.linspace(-1, 1, 2001)
print("width     square   ReLU     tanh")
for width in (5, 50, 500):
    errors = [np.abs(more.fit_features(wave, kind, width)(inside) - wave(inside)).max() for kind in ("square", "ReLU", "tanh")]
    print(f"{width:4d}  " + "".join(f"{e:9.4f}" for e in errors))

# %% [markdown] id="uat-do"
# **Now do** `perceptrons-quantifiers` and `perceptrons-square-units`.

# %% [markdown] id="uat-limits"
# ### What it does not promise
#
# The theorem is a licence to try, not a recipe. It leaves four things open.
#
# 1. **Training.** That good weights exist does not mean that gradient descent finds them.
# 2. **Size.** Some functions need very many units: exponentially many in the number of inputs.
# 3. **Outside.** Beyond the compact set, anything may happen.
# 4. **New data.** Being close to the *samples* is not being close to the truth: a wide network can learn the
#    noise as well. That is **overfitting**, and chapter 7 is about it.
#
# The third point, seen: 50 ReLU units, fitted on $[-1, 1]$.

# %% id="uat-outside-code"
net = more.fit_features(wave, "ReLU", 50)
for place in (0.5, 1.0, 2.0, 10.0):
    error = np.abs(net(np.array([place])) - wave(np.array([place])))[0]
    print(f"x = {place:4.1f}: error {error:8.2f}")

# %% id="fig-outside"
x = np.linspace(-2, 2, 401)
panel = Panel("Fitted inside, asked outside", xlabel="x", ylabel="y", xlim=(-2, 2), ylim=(-6, 6))
panel.rect(-1, -6, 1, 6, "green", alpha=0.1)
panel.line(x, wave(x), "grey", width=4, alpha=0.7, label="sin 3πx").line(x, net(x), "orange", label="network")
panel.text(0, 5.1, "where it was fitted", "green")
render(Scene(panel, width=640, height=360))

# %% [markdown] id="uat-noise"
# And the fourth: 24 noisy samples of a slower wave. More units bring the error on the samples down, and
# the error on the true curve up: between the samples the network runs wild.

# %% id="fig-overfit"
rng = np.random.default_rng(3)
x_few = np.sort(rng.uniform(-1, 1, 24))
y_few = np.sin(np.pi * x_few) + 0.25 * rng.normal(size=24)
panels, notes = [], []
for width in (4, 20):
    v = np.linalg.lstsq(more.features(x_few, "ReLU", width), y_few, rcond=1e-10)[0]
    fitted = more.features(inside, "ReLU", width) @ v
    on_samples = np.sqrt(np.mean((more.features(x_few, "ReLU", width) @ v - y_few) ** 2))
    on_truth = np.sqrt(np.mean((fitted - np.sin(np.pi * inside)) ** 2))
    notes.append(f"{width} units: error on the samples {on_samples:.2f}, on the curve {on_truth:.2f}")
    panel = Panel(f"{width} units", xlim=(-1, 1), ylim=(-2, 2), xlabel="x", ylabel="y")
    panel.line(inside, np.sin(np.pi * inside), "grey", width=4, alpha=0.7, label="truth")
    panel.line(inside, fitted, "orange", label="network").points(x_few, y_few, "blue", size=4, label="samples")
    panels.append(panel)
render(Scene(panels, height=420, note="\n".join(notes)))

# %% [markdown] id="depth"
# ### Width or depth?
#
# One hidden layer is enough in principle. Is it a good idea? For some functions, a very bad one. Take the
# tent $T(x) = 2\,\mathrm{relu}(x) - 4\,\mathrm{relu}(x - \tfrac12)$, which needs two units. Feed it to
# itself: each layer *folds* the line once more, and doubles the number of straight pieces. In a single
# layer a unit adds just one bend.

# %% id="widget-folding"
more.folding()

# %% id="fig-folding"
more.folding().static(depth=5)

# %% [markdown] id="depth-count"
# **Now do** `perceptrons-sawtooth` and `perceptrons-pieces`. Counted on your function: six layers, 12 units, 64
# pieces. A single layer needs at least 63.

# %% id="depth-code"
sawtooth = piece("perceptrons-sawtooth")

x = np.linspace(0, 1, 2**12 + 1)
for depth in range(1, 7):
    slopes = np.sign(np.diff(sawtooth(x, depth)))
    pieces = 1 + int(np.sum(slopes[1:] != slopes[:-1]))
    print(f"depth {depth}: {2 * depth:2d} units, {pieces:2d} pieces, so at least {pieces - 1:2d} units in one layer")

# %% [markdown] id="depth-caution"
# Units grow in proportion to the depth, pieces exponentially (Telgarsky, 2016). Do not read too much into it: the gain
# belongs to functions that fold like this one. It is no law that every function gets cheaper with depth.
# But many things we care about are made of parts made of parts, and for those deep networks have proved
# the better choice. Chapters 5 and 8 come back to it.

# %% [markdown] id="summary"
# ## What to keep
#
# - A neuron computes $f(w \cdot x + b)$; a layer computes $f(XW + b)$, rows being samples.
# - A perceptron is a neuron with a step. Its boundary is a straight line, and $b = -\theta$.
# - Its rule, $w \leftarrow w + (t - p)\,x$, comes clean if the samples are separable, after at most $R^2/\gamma^2$
#   updates. On XOR, never: no line has more than three of the four.
# - A hidden layer moves the data to where a line is enough.
# - Smooth activations have slopes, so gradient descent can train them. Logistic regression is the perceptron
#   made smooth.
# - One hidden layer approximates any continuous function on a compact set, if the activation is not a
#   polynomial. Existence, not a recipe; inside, not outside; and depth can be far cheaper than width.
#
# **If someone asks you** in an interview: *What is the difference between a perceptron and an MLP? What do
# weight and bias do, and how are they learned? What does the universal approximation theorem say, and what
# does it not say?* You can now answer each, with a picture. Chapter 11 practises it.
#
# **Next**: we have used one gradient that fell into our lap. [Chapter 2](02_backprop.ipynb) finds the gradient of any
# network.
