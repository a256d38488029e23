# %% [markdown] id="title"
# # 11 · The interview
#
# You have built it all. Now say it, in thirty seconds, to someone who interrupts. This chapter holds the
# questions that interviews on neural networks ask, 29 that come up everywhere and 25 that a good
# interviewer adds, each with
#
# - an answer of **thirty seconds**, and how it goes on for **two minutes**,
# - what they **ask next**, and the **mistake** that fails candidates,
# - a **cell that shows it**: evidence that you can run, change and doubt.
#
# And four ways to practise: flashcards, a mock interview against the clock, a whiteboard, and questions in
# free text that your instructor reads. The last two stand in
# [the exercises](../exercises/11_interview/exercises.ipynb).

# %% id="imports"
import math

import numpy as np

import nnlib
from autograder import piece
from autograder.interview import ask, flashcards, mock, questions
from nnlib import functional as F
from nnlib.viz import Panel, Scene, interview as widgets, perceptrons_more as more, render

np.set_printoptions(precision=3, suppress=True)
chosen = questions()
print(len(chosen), "questions, of level 1, 2, 3:", [sum(q.level == v for q in chosen) for v in (1, 2, 3)])

# %% [markdown] id="how-to-answer"
# ## 11.1 What a good answer is made of
#
# Five habits, and they are also the rubric by which the free-text answers are marked, one point each.
#
# | | habit | in practice |
# |---|---|---|
# | 1 | **Explain with an example** | "XOR: no line gets more than three of the four corners" |
# | 2 | **Name the trade-off** | "more robust, but slower to converge" |
# | 3 | **Show that you have done it** | "when I wrote it, the gradient check failed because …" |
# | 4 | **Link it to the purpose** | "which matters here, because a missed churner costs more than a call" |
# | 5 | **Go step by step** | first the claim, then the reason, then the detail; stop when asked |
#
# Begin with the thirty-second answer *always*, and go on only while they listen. If you do not know, say
# what you would measure to find out.

# %% [markdown] id="flashcards"
# ## 11.2 Flashcards, at the right moment
#
# What you recall *just before you forget it* stays longest. The schedule here, FSRS, keeps two numbers for
# every card: how difficult it is, and its **stability** $S$, the days until the chance of recall has fallen
# to 90 %. In between, the chance falls like a power of the time $t$,
#
# $$R(t) = \Bigl(1 + c\,\tfrac{t}{S}\Bigr)^{-w}, \qquad c = 0.9^{-1/w} - 1,$$
#
# and each successful recall makes $S$ larger: the more so, the nearer you were to forgetting. Your ratings
# (again, hard, good, easy) are all that the schedule needs.
#
# Move the gap between repetitions, and see what you would still know after half a year.

# %% id="widget-forgetting"
widgets.forgetting()

# %% id="fig-forgetting"
widgets.forgetting().static(gap=3.0)

# %% [markdown] id="flashcards-use"
# Run the next cell, click on the card, and work with the keys: **space** shows the answer, **1** to **4**
# rate it. Say the answer *aloud* before you look. What you rate is kept in `.autograder/interview.json` on
# your own disk and nowhere else. `flashcards("losses")` or `flashcards(level=1)` makes a smaller deck.

# %% id="widget-flashcards"
flashcards(new=10)

# %% [markdown] id="mock"
# ## 11.3 A mock interview
#
# Five questions, spread over the topics, two minutes each. Press space when you have finished speaking;
# compare with the model answer; give yourself 0 to 3. At the end you read what took too long and what to
# repeat. `mock(8, topics=["losses", "optimizers"], levels=[2, 3], seconds=90)` is another interview.

# %% id="widget-mock"
mock(5)

# %% [markdown] id="whiteboard"
# ## 11.4 At the whiteboard
#
# *"Please implement …"*, with fifteen minutes and someone watching. The exercises of this chapter are of
# that kind: `start("interview-adam")` shows a clock, you write, the check judges, and `timesheet()`
# says how long you took. The order that works: signature and shapes first, then the plain formula, then one
# test by hand, then the corner cases, spoken aloud.
#
# **Now do** as many of the nine as you like; this chapter runs on six of them below.

# %% [markdown] id="perceptrons"
# ## 11.5 Neurons and perceptrons
#
# From here on: read the question, answer it aloud, unfold, and run the evidence.

# %% id="u01"
ask("U01")

# %% id="u01-shows"
x, y = nnlib.datasets.digits()
order = np.random.default_rng(0).permutation(len(x))
train, test = order[:1437], order[1437:]

rng = np.random.default_rng(1)
net = nnlib.Sequential(nnlib.Dense(64, 32, rng), nnlib.ReLU(), nnlib.Dense(32, 10, rng))
adam = nnlib.Adam(nnlib.Parameters(net, np.float64), 1e-2)
nnlib.fit(net, nnlib.softmax_cross_entropy, adam, (x[train], y[train]), epochs=15, rng=rng)
score = nnlib.evaluate(net, nnlib.accuracy, (x[test], y[test]))
print(f"{nnlib.probes.count_parameters(net):,} parameters, {score:.0%} of new digits right")
digits_net = net

# %% id="u02"
ask("U02")

# %% id="u02-shows"
corners = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
xor = np.array([0, 1, 1, 0])
grid = np.linspace(-2, 2, 17)
best = max(np.sum((corners @ [a, b] + c >= 0) == xor) for a in grid for b in grid for c in grid)
hidden = (corners @ np.array([[1, 1], [1, 1]]) + [-0.5, -1.5] >= 0).astype(float)  # OR and AND
print("best of 4913 lines:", best, "of 4 right;  OR and not AND:", (hidden @ [1, -1] - 0.5 >= 0).astype(int))

# %% id="u03"
ask("U03")

# %% id="u03-shows"
for bias in (-1.5, 1.5):
    print(f"AND with bias {bias:+}:", (corners @ [1, 1] + bias >= 0).astype(int))

# %% id="u04"
ask("U04")

# %% id="u04-shows"
w, b, x_one, target, lr = 0.5, 0.0, 2.0, 2.0, 0.1
slope = w * x_one + b - target  # of ½(y - t)² in the sum
print(f"slopes: w {slope * x_one:+.1f}, b {slope:+.1f}")
w, b = w - lr * slope * x_one, b - lr * slope
print(f"new w = {w:.1f}, b = {b:.1f}, prediction 1.0 -> {w * x_one + b:.1f}")
print(f"growth per ReLU layer of 512 inputs, uniform in ±0.5: {math.sqrt(512 / 12 / 2):.1f}")

# %% id="u05"
ask("U05")

# %% id="u05-shows"
inside = np.linspace(-1, 1, 2001)
wave = lambda x: np.sin(3 * np.pi * x)
for kind in ("square", "ReLU"):
    errors = [np.abs(more.fit_features(wave, kind, n)(inside) - wave(inside)).max() for n in (5, 50, 500)]
    print(f"{kind:6s} worst error with 5, 50, 500 units: ", "  ".join(f"{e:.2g}" for e in errors))
print("one unit (x1 - x2)²:", (corners @ [1, -1]) ** 2)

# %% id="g17"
ask("G17")

# %% id="g17-shows"
rng = np.random.default_rng(0)
print("updates   bound R²/γ²")
for gap in (0.1, 0.3, 1.0):
    u = np.array([0.6, 0.8, 0.0])  # separates; the last entry is the bias
    X = rng.uniform(-2, 2, size=(400, 2))
    X = np.column_stack([X, np.ones(400)])[np.abs(X @ u[:2]) > gap]
    t = np.sign(X @ u)
    weights, updates, clean = np.zeros(3), 0, False
    while not clean:
        clean = True
        for row, label in zip(X, t):
            if label * (row @ weights) <= 0:
                weights, updates, clean = weights + label * row, updates + 1, False
    bound = np.max(np.sum(X**2, 1)) / np.min(np.abs(X @ u)) ** 2
    print(f"{updates:5d}    {bound:8.0f}")

# %% [markdown] id="backprop"
# ## 11.6 Forward and back

# %% id="u10"
ask("U10")

# %% id="u10-shows"
row = np.array([0.5, 0.8])
z1 = np.array([[0.3, 0.7], [0.6, 0.2]]) @ row + [0.1, 0.2]
z3 = np.maximum(z1, 0) @ [0.4, 0.5] + 0.1
print("hidden sums:", z1, f"  output sum {z3:.3f}, sigmoid {F.sigmoid(np.array([z3]))[0]:.3f}")

norm = nnlib.BatchNorm(1)
for others in ([[1.0], [2.0], [0.0]], [[5.0], [4.0], [3.0]]):
    batch = np.array([[0.5], *others])
    print(f"the same row, in training, beside other rows: {norm.forward(batch, train=True)[0, 0]:+.2f}")

# %% id="u11"
ask("U11")

# %% id="u11-shows"
scores, label = np.array([0.5, 2.6, 1.5, 1.4]), 3
p = F.softmax(scores[None])[0]
one_hot = np.eye(4)[label]
print("p - y            :", p - one_hot)
print("diagonal only    :", (-one_hot / p) * p * (1 - p), " misses three of four")
jacobian = np.diag(p) - np.outer(p, p)
print("whole Jacobian   :", (-one_hot / p) @ jacobian)

# %% id="u12"
ask("U12")

# %% id="u12-shows"
rng = np.random.default_rng(0)
a, W, up = rng.normal(size=(8, 4)), rng.normal(size=(4, 3)), rng.normal(size=(8, 3))
loss = lambda W: np.sum(F.sigmoid(a @ W) * up)
s = F.sigmoid(a @ W)
numeric = nnlib.numerical_gradient(loss, W)
for name, dW in (("with the slope", a.T @ (up * s * (1 - s))), ("without", a.T @ up)):
    cosine = np.vdot(dW, numeric) / np.linalg.norm(dW) / np.linalg.norm(numeric)
    print(f"{name:15s} shape {dW.shape}, cosine with the numerical gradient {cosine:.3f}")

# %% id="u13"
ask("U13")

# %% [markdown] id="u13-note"
# Here the derivation is *yours*, if you have done `interview-two-layer`. It stands beside the engine's
# own gradients.

# %% id="u13-shows"
two_layer = piece("interview-two-layer")

rng = np.random.default_rng(0)
net = nnlib.Sequential(nnlib.Dense(4, 5, rng), nnlib.ReLU(), nnlib.Dense(5, 3, rng))
parameters = nnlib.Parameters(net, np.float64)
xb, yb = rng.normal(size=(6, 4)), np.array([0, 2, 1, 1, 0, 2])
first, _, second = net.layers
value, dscores = nnlib.softmax_cross_entropy(net.forward(xb, train=True), yb)
net.backward(dscores)
mine = two_layer(xb, yb, first.W, first.b, second.W, second.b)
theirs = (first.dW, first.db, second.dW, second.db)
for name, got, right in zip(("dW1", "db1", "dW2", "db2"), mine, theirs):
    print(f"{name}: shape {got.shape}, as the engine's: {np.allclose(got, right)}")

# %% id="u14"
ask("U14")

# %% id="u14-shows"
labels = np.tile([0.0, 1.0], 50)
print(f"a perfect model, (n, 1) against (n,): loss {np.mean((labels - labels[:, None]) ** 2):.2f} instead of 0")
for limit in (2, 6):
    print(f"U(-√({limit}/n), √({limit}/n)): variance times n = {limit / 3:.2f}, and He asks for 2")

my_loss = piece("interview-softmax-ce")  # yours, if it is finished
rng = np.random.default_rng(0)
net = nnlib.Sequential(nnlib.Dense(64, 32, rng), nnlib.ReLU(), nnlib.Dense(32, 10, rng))
sgd = nnlib.SGD(nnlib.Parameters(net, np.float64), 0.1, momentum=0.9)
history = nnlib.fit(net, my_loss, sgd, (x[train], y[train]), epochs=15, rng=rng)
score = nnlib.evaluate(net, nnlib.accuracy, (x[test], y[test]))
print(f"trained with your loss: {history.train_loss[0]:.2f} -> {history.train_loss[-1]:.2f}, {score:.0%} right")

# %% id="u15"
ask("U15")

# %% id="u15-shows"
rng = np.random.default_rng(0)
layers = [nnlib.Dense(6, 6, rng)]
for _ in range(13):
    layers += [nnlib.Sigmoid(), nnlib.Dense(6, 6, rng)]
net = nnlib.Sequential(*layers)
parameters = nnlib.Parameters(net, np.float64)
value, dscores = nnlib.mse(net.forward(rng.normal(size=(8, 6)), train=True), rng.normal(size=(8, 6)))
net.backward(dscores)
right = parameters.grad.copy()
wrong = right.copy()
wrong[: 6 * 6] = 0  # a first layer that learns nothing
apart = lambda a, b: np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b))
print(f"one norm for all: {apart(right, wrong):.0e}, passes.  First layer alone: {apart(right[:36], wrong[:36]):.0f}, fails")

# %% id="g01"
ask("G01")

# %% id="g01-shows"
class Node:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, parents, 0.0

    def __mul__(self, other):
        return Node(self.value * other.value, ((self, other.value), (other, self.value)))

def slope_of_square(accumulate):
    a = Node(3.0)
    for parent, local in (a * a).parents:
        parent.grad = parent.grad + local if accumulate else local
    return a.grad

print("d(a·a)/da at 3, accumulated:", slope_of_square(True), "  assigned:", slope_of_square(False))

# %% id="g02"
ask("G02")

# %% id="fig-steps"
steps = 10.0 ** np.arange(-15, 0.5, 0.5)
f, truth = lambda v: np.exp(v) * np.sin(v), math.e * (math.sin(1) + math.cos(1))
floor = lambda e: np.maximum(np.abs(e), 1e-17)
curves = {
    "one side": floor([(f(1 + h) - f(1)) / h - truth for h in steps]),
    "central": floor([(f(1 + h) - f(1 - h)) / (2 * h) - truth for h in steps]),
    "complex step": floor([np.imag(f(1 + 1j * h)) / h - truth for h in steps]),
}
panel = Panel("Error of three numerical derivatives", xlabel="step h", ylabel="absolute error", xscale="log", yscale="log", ylim=(1e-17, 10))
for (name, curve), color, marker in zip(curves.items(), ("orange", "blue", "green"), "so^"):
    panel.line(steps, curve, color, label=name).points(steps, curve, color, marker=marker, size=3.5)
render(Scene(panel, width=640, height=380, note="best steps: near 1e-8 for one side, 1e-5 for central, any small one for complex"))

# %% id="g28"
ask("G28")

# %% id="g28-shows"
net, xt, yt = digits_net, x[test], y[test]
scores = net.forward(xt, train=True)
_, dscores = nnlib.softmax_cross_entropy(scores, yt)
dx = net.backward(dscores)
rng = np.random.default_rng(0)
eps = 0.08
for name, change in (("none", 0 * dx), ("random signs", rng.choice([-1.0, 1.0], dx.shape)), ("sign of dx", np.sign(dx))):
    print(f"change of {eps} per pixel, {name:12s}: {nnlib.accuracy(nnlib.predict(net, xt + eps * change), yt):.0%} right")

# %% [markdown] id="activations"
# ## 11.7 Activations

# %% id="u06"
ask("U06")

# %% id="u06-shows"
rng = np.random.default_rng(0)
W1, W2, xs = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.normal(size=(7, 5))
print("two linear layers equal one:", np.allclose(xs @ W1 @ W2, xs @ (W1 @ W2)), "  its rank:", np.linalg.matrix_rank(W1 @ W2))
for name, act in (("ReLU", F.relu), ("tanh", np.tanh)):
    h = rng.normal(size=(64, 256))
    for _ in range(30):
        h = act(h @ (2 * nnlib.he_normal(rng, 256, 256)))
    print(f"{name}: size after 30 layers of doubled weights {np.sqrt(np.mean(h**2)):.0e}")

# %% id="u07"
ask("U07")

# %% id="fig-slopes"
z = np.linspace(-4, 4, 401)
s, t = F.sigmoid(z), np.tanh(z)
panel = Panel("Four slopes: what a gradient is multiplied by", xlabel="z", ylabel="slope", xlim=(-4, 4), ylim=(-0.08, 1.12))
panel.line(z, s * (1 - s), "orange", label="sigmoid, at most ¼").line(z, 1 - t**2, "green", dash=True, label="tanh, at most 1")
panel.line(z, np.where(z > 0, 1.0, np.nan), "blue", label="ReLU").line(z, np.where(z < 0, 0.0, np.nan), "blue")
panel.line(z, np.where(z < 0, 0.05, np.nan), "purple", width=1.6, label="leaky, 0.05 on the left")
render(Scene(panel, width=640, height=360))

# %% id="u07-shows"
def surviving_gradient(scale, depth=50, width=256):
    """How much of a gradient at the top of ReLU layers arrives at the bottom."""
    rng = np.random.default_rng(0)
    Ws = [rng.normal(0, scale(width), size=(width, width)) for _ in range(depth)]
    h, masks = rng.normal(size=(16, width)), []
    for W in Ws:
        h = h @ W
        masks.append(h > 0)
        h = h * masks[-1]
    up = rng.normal(size=h.shape)
    g = up
    for W, mask in zip(Ws[::-1], masks[::-1]):
        g = (g * mask) @ W.T
    return np.linalg.norm(g) / np.linalg.norm(up)

for name, scale in (("He", lambda n: (2 / n) ** 0.5), ("Glorot", lambda n: (1 / n) ** 0.5), ("N(0, 0.01²)", lambda n: 0.01)):
    print(f"50 ReLU layers, {name:12s}: the gradient arrives times {surviving_gradient(scale):.0e}")

# %% id="u08"
ask("U08")

# %% id="u08-shows"
rng = np.random.default_rng(0)
W = nnlib.he_normal(rng, 20, 400)
inputs = rng.uniform(0, 1, size=(500, 20))
for name, data in (("inputs in [0, 1]", inputs), ("the same, centred", inputs - inputs.mean(0))):
    dead = [np.mean(np.all(data @ (c * W) <= 0, axis=0)) for c in (0.01, 1.0, 100.0)]
    print(f"{name:18s} dead for weights times 0.01, 1, 100:", "  ".join(f"{d:.1%}" for d in dead))

# %% id="u09"
ask("U09")

# %% id="u09-shows"
two = np.array([[1.3, -0.4]])
print(f"softmax of two: {F.softmax(two)[0, 0]:.4f};  sigmoid of the difference: {F.sigmoid(two[:, 0] - two[:, 1])[0]:.4f}")
with np.errstate(all="ignore"):
    big = np.array([1000.0, 999.0, 0.0])
    print("naive:", np.exp(big) / np.exp(big).sum(), "  shifted:", F.softmax(big[None])[0])

# %% [markdown] id="losses"
# ## 11.8 Losses and measures

# %% id="u16"
ask("U16")

# %% id="u16-shows"
rng = np.random.default_rng(0)
guess, truth = rng.normal(size=(6, 1)), rng.normal(size=(6, 1))
numeric = nnlib.numerical_gradient(lambda g: np.mean((g - truth) ** 2), guess)
print(f"2(y - ŷ) over the numerical gradient: {np.mean(2 * (truth - guess) / numeric):.2f}: the wrong sign, and n = 6 missing")
with np.errstate(all="ignore"):
    for z, t in ((-800.0, 1.0), (40.0, 1.0)):
        p = 1 / (1 + np.exp(-z))
        naive = -(t * np.log(p) + (1 - t) * np.log(1 - p))
        value, _ = nnlib.bce_with_logits(np.array([[z]]), np.array([[t]]))
        print(f"z = {z:.0f}, target {t:.0f}: naive {naive:.3g}, from the logit {value:.3g}")

# %% id="u27"
ask("U27")

# %% id="u27-shows"
pi, w = 0.23, 0.77 / 0.23
shown = w * pi / (w * pi + 1 - pi)
print(f"a risk of {pi} is shown as {shown:.2f} by a model with weight {w:.2f}; undone: {shown / (shown + w * (1 - shown)):.2f}")
prior, hit, alarm = 0.01, 1.0, 0.05
print(f"1 % positives, all found, 5 % false alarms: precision {prior * hit / (prior * hit + (1 - prior) * alarm):.0%}")

# %% id="g03"
ask("G03")

# %% id="g03-shows"
for kind in (np.float16, np.float32, np.float64):
    info = np.finfo(kind)
    print(f"{kind.__name__}: largest {info.max:.1e}, exp overflows above {math.log(info.max):.1f}, eps {info.eps:.0e}")
values = np.float32(1e4) + np.array([-1, 0, 1], np.float32)
print(f"variance of 9999, 10000, 10001 in float32: E[x²] - E[x]² = {np.mean(values**2) - np.mean(values) ** 2:.0f}, around the mean {np.var(values):.3f}")

# %% id="g06"
ask("G06")

# %% id="g06-shows"
rng = np.random.default_rng(0)
chance = rng.uniform(0, 1, 20000)
happened = (rng.random(20000) < chance).astype(int)
for name, p in (("honest", chance), ("squared", chance**2)):
    auc, brier = nnlib.metrics.roc_auc(p, happened), np.mean((p - happened) ** 2)
    print(f"{name:8s} ROC-AUC {auc:.3f}   Brier score {brier:.3f}")

# %% id="fig-calibration"
panel = Panel("Same ranking, different honesty", xlabel="probability reported", ylabel="how often it happened", xlim=(0, 1), ylim=(0, 1), equal=True)
panel.line([0, 1], [0, 1], "grey", dash=True, label="calibrated")
for (name, p), color, marker in zip((("honest", chance), ("squared", chance**2)), ("blue", "orange"), "os"):
    said, seen, _ = nnlib.metrics.calibration(p, happened)
    panel.line(said, seen, color, label=name).points(said, seen, color, marker=marker)
render(Scene(panel, width=460, height=420))

# %% id="g12"
ask("G12")

# %% id="g12-shows"
sample = np.array([1.0, 2.0, 3.0, 4.0, 40.0])
constants = np.linspace(0, 45, 4501)
square = np.mean((sample - constants[:, None]) ** 2, axis=1)
absolute = np.mean(np.abs(sample - constants[:, None]), axis=1)
print(f"best constant: Gaussian noise {constants[square.argmin()]:.0f} (the mean), Laplace noise {constants[absolute.argmin()]:.0f} (the median)")
q, p = np.array([0.7, 0.2, 0.1]), np.array([0.5, 0.3, 0.2])
cross, entropy, kl = -np.sum(q * np.log(p)), -np.sum(q * np.log(q)), np.sum(q * np.log(q / p))
print(f"cross-entropy {cross:.4f} = entropy {entropy:.4f} + KL {kl:.4f}")

# %% [markdown] id="gradient-flow"
# ## 11.9 Gradients on their way down

# %% id="u19"
ask("U19")

# %% id="u19-shows"
print(f"nine sigmoids at their best: 0.25⁹ = {0.25**9:.1e}")
for w in (1.0, 4.0, 8.0):
    print(f"weight {w:.0f}, slope ¼, 20 layers: the gradient is multiplied by {(w / 4) ** 20:.2g}")
tiny = np.full(100, 1e-8)
nnlib.clip_norm(tiny, 1.0)
print("a gradient of 1e-8 after clipping at norm 1:", tiny[0])

# %% id="fig-vanishing"
panel = Panel("Gradient at layer k, top layer = 1", xlabel="layer (1 is the first)", ylabel="length of the gradient", yscale="log", xlim=(1, 20))
for name, act, slope, gain, color, dash in (
    ("sigmoid, Glorot", F.sigmoid, lambda a: a * (1 - a), 1.0, "orange", False),
    ("tanh, Glorot", np.tanh, lambda a: 1 - a**2, 1.0, "green", True),
    ("ReLU, He", F.relu, lambda a: (a > 0) * 1.0, 2.0, "blue", False),
):
    rng = np.random.default_rng(0)
    Ws = [rng.normal(0, (gain / 128) ** 0.5, size=(128, 128)) for _ in range(20)]
    h, outs = rng.normal(size=(32, 128)), []
    for W in Ws:
        h = act(h @ W)
        outs.append(h)
    g = rng.normal(size=h.shape)
    lengths = [np.linalg.norm(g)]
    for W, a in zip(Ws[:0:-1], outs[:0:-1]):
        g = (g * slope(a)) @ W.T
        lengths.append(np.linalg.norm(g))
    panel.line(np.arange(20, 0, -1), np.array(lengths) / lengths[0], color, dash=dash, label=name)
render(Scene(panel, width=640, height=360))

# %% id="u20"
ask("U20")

# %% id="u20-shows"
g = np.array([30.0, 40.0, 0.3])
whole, each = g.copy(), g.copy()
nnlib.clip_norm(whole, 5.0)
nnlib.clip_value(each, 5.0)
for name, v in (("by global norm", whole), ("by value", each)):
    print(f"clipped {name:15s} {v}  cosine with g: {g @ v / np.linalg.norm(g) / np.linalg.norm(v):.3f}")

# %% id="u21"
ask("U21")

# %% id="u21-shows"
def sizes(draw, layers=(1, 5, 10, 20), n=512):
    rng = np.random.default_rng(0)
    h, found = rng.normal(size=(64, n)), []
    for k in range(1, 21):
        h = np.maximum(h @ draw(rng, n, n), 0)
        if k in layers:
            found.append(np.sqrt(np.mean(h**2)))
    return "  ".join(f"{s:7.2g}" for s in found)

print("size of the signal at layer        1        5       10       20")
print("He, uniform limit √(6/n)    ", sizes(nnlib.he_uniform))
print("the slip,         √(2/n)    ", sizes(lambda rng, n, m: rng.uniform(-((2 / n) ** 0.5), (2 / n) ** 0.5, (n, m))))
print("±0.5                        ", sizes(lambda rng, n, m: rng.uniform(-0.5, 0.5, (n, m))))

# %% id="u22"
ask("U22")

# %% id="u22-shows"
norm = nnlib.BatchNorm(2)
y_norm = norm.forward(np.array([[0.0, 7.0], [2.0, 7.0]]), train=True)
print("a constant column gives", y_norm[:, 1], " and not NaN: ε stands inside the root")
print(f"running variance after the batch 0, 2: {norm.running_var[0]:.2f} = 0.9 · 1 + 0.1 · 2 (unbiased)")

# %% id="g07"
ask("G07")

# %% id="g07-shows"
batchnorm_backward = piece("interview-batchnorm-backward")

rng = np.random.default_rng(0)
xs, dy, gamma, eps = rng.normal(size=(7, 3)), rng.normal(size=(7, 3)), np.array([0.7, 1.3, 2.0]), 1e-5
forward = lambda v: np.sum(dy * gamma * (v - v.mean(0)) / np.sqrt(v.var(0) + eps))
numeric = nnlib.numerical_gradient(forward, xs)
naive = dy * gamma / np.sqrt(xs.var(0) + eps)
for name, dx in (("yours", batchnorm_backward(xs, gamma, dy, eps)), ("mean and variance as constants", naive)):
    error = np.linalg.norm(dx - numeric) / (np.linalg.norm(dx) + np.linalg.norm(numeric))
    print(f"{name:31s} relative error {'below 1e-6' if error < 1e-6 else f'{error:.2f}'}, column sums zero: {np.allclose(dx.sum(0), 0)}")

# %% id="g13"
ask("G13")

# %% id="g13-shows"
z = np.random.default_rng(0).normal(size=1_000_000)
for name, a in (("ReLU", F.relu(z)), ("leaky, 0.3", F.leaky_relu(z, 0.3)), ("tanh", np.tanh(z))):
    print(f"{name:10s} E[f(z)²] = {np.mean(a**2):.2f}, so g² = {1 / np.mean(a**2):.1f}")

# %% id="g23"
ask("G23")

# %% id="g23-shows"
def block_sizes(scale):
    rng = np.random.default_rng(0)
    h, found = rng.normal(size=(64, 256)), []
    for k in range(1, 21):
        h = h + scale * F.relu(h @ nnlib.he_normal(rng, 256, 256))
        if k in (1, 10, 20):
            found.append(f"{np.mean(h**2):.1g}")
    return ", ".join(found)

print("E[h²] after 1, 10, 20 residual blocks:", block_sizes(1.0), "  branches times 1/√20:", block_sizes(20**-0.5))

# %% [markdown] id="optimizers"
# ## 11.10 Optimizers

# %% id="u17"
ask("U17")

# %% id="fig-noise"
rng = np.random.default_rng(0)
X = rng.normal(size=(20000, 5))
residual = rng.normal(size=20000)
gradients = X * residual[:, None]  # of every row, at the optimum of a least-squares problem
sizes_B = 2 ** np.arange(0, 11)
spread = [np.sqrt(np.mean([np.sum(gradients[rng.integers(0, 20000, B)].mean(0) ** 2) for _ in range(400)])) for B in sizes_B]
panel = Panel("Noise of a mini-batch gradient", xlabel="batch size B", ylabel="typical error of the gradient", xscale="log", yscale="log")
panel.line(sizes_B, spread[0] / np.sqrt(sizes_B), "grey", dash=True, label="falls like 1/√B")
panel.points(sizes_B, spread, "blue", label="measured")
render(Scene(panel, width=600, height=360, note=f"measured: {spread[0]:.2f} for one row, {spread[8]:.2f} for 256, a factor of {spread[0] / spread[8]:.0f}"))

# %% id="u17-shows"
Xs, ys, w = X[:1000], residual[:1000], rng.normal(size=5)
whole = Xs.T @ (Xs @ w - ys) / 1000
chunks = sum(Xs[i : i + 64].T @ (Xs[i : i + 64] @ w - ys[i : i + 64]) for i in range(0, 1000, 64)) / 1000
print("gradient from chunks equals the whole:", np.allclose(chunks, whole))
for lr in (0.19, 0.2, 0.21):
    print(f"parabola of curvature 10, 100 steps of {lr}: |θ| = {abs(1 - 10 * lr) ** 100:.2g}")

# %% id="u18"
ask("U18")

# %% [markdown] id="u18-note"
# The steps of Adam on a constant gradient, in units of the learning rate: yours from `interview-adam`,
# and without the bias correction.

# %% id="fig-adam"
adam_step = piece("interview-adam")

theta, m, v = np.zeros(1), np.zeros(1), np.zeros(1)
bare_m, bare_v, corrected, bare = 0.0, 0.0, [], []
for t in range(1, 1001):
    new, m, v = adam_step(theta, np.ones(1), m, v, t, 0.01)
    corrected.append((theta - new)[0] / 0.01)
    theta = new
    bare_m, bare_v = 0.9 * bare_m + 0.1, 0.999 * bare_v + 0.001
    bare.append(bare_m / (bare_v**0.5 + 1e-8))
panel = Panel("Length of Adam's steps on a constant gradient", xlabel="step", ylabel="step / learning rate", xscale="log", ylim=(0, 7.4), xlim=(1, 1000))
panel.line(np.arange(1, 1001), bare, "orange", label="without bias correction").line(np.arange(1, 1001), corrected, "blue", label="with")
render(Scene(panel, width=640, height=340, note=f"without: {bare[0]:.2f} at the first step, {max(bare):.2f} at step {int(np.argmax(bare)) + 1};  with: {corrected[0]:.2f}"))

# %% id="g08"
ask("G08")

# %% id="g08-shows"
def remaining(decoupled, steps=2000, lr=1e-3, decay=1.0, copies=500):
    rng = np.random.default_rng(0)
    theta, m, v = np.ones((copies, 2)), np.zeros((copies, 2)), np.zeros((copies, 2))
    for t in range(1, steps + 1):
        g = rng.normal(size=(copies, 2)) * [1, 100] + (0 if decoupled else decay * theta)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        step = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        theta = theta - lr * step - (lr * decay * theta if decoupled else 0)
    return np.round(theta.mean(0), 2)

print("what 2000 steps of decay leave of two weights of 1, under gradient noise of 1 and 100")
print("Adam with L2:", remaining(False), "   AdamW:", remaining(True), f"   e⁻² = {math.exp(-2):.3f}")

# %% id="g11"
ask("G11")

# %% id="g11-shows"
rng = np.random.default_rng(0)
for lr in (0.2, 0.1, 0.05):
    theta, total = np.zeros(4000), 0.0  # 4000 copies of one noisy parabola
    for step in range(400):
        theta -= lr * (theta + rng.normal(size=4000))
        total += np.mean(theta**2) if step >= 200 else 0.0
    print(f"rate {lr:.2f}: variance around the minimum {total / 200:.3f}, lr/2 = {lr / 2:.3f}")

# %% id="g15"
ask("G15")

# %% id="g15-shows"
h = np.array([1.0, 100.0])  # curvatures: condition number 100
def steps_needed(lr, beta):
    theta, velocity = np.ones(2), np.zeros(2)
    for k in range(5000):
        if np.abs(theta).max() < 1e-6:
            return k
        velocity = beta * velocity - lr * h * theta
        theta = theta + velocity

root = math.sqrt(100)
print("steps to 1e-6: plain", steps_needed(2 / 101, 0.0), "  momentum", steps_needed((2 / (root + 1)) ** 2, ((root - 1) / (root + 1)) ** 2))

# %% [markdown] id="regularization"
# ## 11.11 Generalisation

# %% id="u23"
ask("U23")

# %% id="u23-shows"
dropout = piece("interview-dropout")

p, ones = 0.2, np.ones((200, 500))
u = np.random.default_rng(0).random(ones.shape)
print(f"training: mean {dropout(ones, u, p, True).mean():.2f};  inference: mean {dropout(ones, u, p, False).mean():.2f}")
print(f"not inverted: training mean {np.mean(u >= p):.2f}, so inference times {1 - p}; times p would give {p}")

# %% id="u24"
ask("U24")

# %% id="u24-shows"
weights = np.array([1.0, 2.0])
alias, copy = weights, weights.copy()
weights -= 0.5  # training goes on in place
print("best weights kept as a reference:", alias, "  as a copy:", copy)

rng = np.random.default_rng(0)
X, labels = rng.normal(size=(300, 4)), rng.integers(0, 2, 300)  # nothing to learn
folds = np.arange(300) % 5
memory, reused, fresh = {}, [], []
for k in (*range(5), *range(5)):  # two rounds, as when a grid is searched
    for refit, found in ((memory, reused), ({}, fresh)):
        refit.update({tuple(r): t for r, t in zip(X[folds != k], labels[folds != k])})
        found.append(np.mean([refit.get(tuple(r), 0) == t for r, t in zip(X[folds == k], labels[folds == k])]))
print(f"random labels: a fresh model per fold {np.mean(fresh):.2f}, one model refitted {np.mean(reused):.2f}")

# %% id="g14"
ask("G14")

# %% id="fig-double-descent"
widths = [2, 5, 10, 15, 20, 25, 28, 30, 32, 35, 40, 50, 70, 100, 150, 250, 400]
def test_errors(seed):
    rng = np.random.default_rng(seed)
    V = rng.normal(size=(5, 400)) / 5**0.5
    X, Xt = rng.normal(size=(30, 5)), rng.normal(size=(300, 5))
    target = lambda X: np.tanh(X[:, 0] + X[:, 1])
    noisy = target(X) + 0.3 * rng.normal(size=30)
    errors = []
    for n in widths:
        w = np.linalg.lstsq(F.relu(X @ V[:, :n]), noisy, rcond=1e-8)[0]
        errors.append(np.mean((F.relu(Xt @ V[:, :n]) @ w - target(Xt)) ** 2))
    return errors

median = np.median([test_errors(seed) for seed in range(40)], axis=0)
panel = Panel("Test error of ever wider networks, 30 noisy samples", xlabel="number of random ReLU features", ylabel="test error (median of 40 draws)", xscale="log", yscale="log")
panel.vline(30, label="as many features as samples").line(widths, median, "blue").points(widths, median, "blue", size=4)
render(Scene(panel, width=640, height=370, note=f"{median[2]:.2f} with 10 features, {median.max():.1f} at {widths[int(median.argmax())]}, {median[-1]:.2f} with 400"))

# %% id="g25"
ask("G25")

# %% id="g25-shows"
xs = np.sort(np.random.default_rng(0).uniform(-1, 1, 25))
ys = np.sin(3 * xs) + 0.1 * np.random.default_rng(1).normal(size=25)
places = np.array([0.0, 0.8, 2.0, 4.0])
answers = []
for seed in range(10):
    rng = np.random.default_rng(seed)
    a, c = rng.normal(size=100) * 2, rng.uniform(-2, 2, 100)
    phi = lambda x: np.tanh(np.outer(x, a) + c)
    w = np.linalg.solve(phi(xs).T @ phi(xs) + 1e-3 * np.eye(100), phi(xs).T @ ys)
    answers.append(phi(places) @ w)
for place, spread in zip(places, np.std(answers, axis=0)):
    print(f"x = {place:.1f}, {'inside ' if place <= 1 else 'outside'}: ten models disagree by {spread:.2g}")

# %% [markdown] id="training-practice"
# ## 11.12 Practice

# %% id="u25"
ask("U25")

# %% id="u25-shows"
widths = [784, 128, 64, 10]
parts = [a * b + b for a, b in zip(widths, widths[1:])]
print(" + ".join(f"{p:,}" for p in parts), f"= {sum(parts):,}")

# %% id="u26"
ask("U26")

# %% id="u26-shows"
B, W = 4096, sum(parts)
one_row = widths[0] + 2 * sum(widths[1:])  # the input, and sum and activation of each layer
stored = B * one_row
print(f"B = {B}: {stored:,} values stored against {W:,} parameters, {stored / W:.0f} times")
for optimizer, copies in (("SGD", 2), ("momentum", 3), ("Adam", 4)):
    print(f"{optimizer:9s} {(copies * W + 128 * one_row) / W:.1f} times the parameters at B = 128")

# %% id="g04"
ask("G04")

# %% id="g04-shows"
rng = np.random.default_rng(0)
net = nnlib.Sequential(nnlib.Dense(64, 32, rng), nnlib.ReLU(), nnlib.Dense(32, 10, rng))
scores = nnlib.predict(net, x[train])
first, small = (nnlib.softmax_cross_entropy(c * scores, y[train])[0] for c in (1.0, 0.1))
print(f"ln 10 = {math.log(10):.2f}; first loss {first:.2f}, with a small output layer {small:.2f}")
adam = nnlib.Adam(nnlib.Parameters(net, np.float64), 1e-2)
few = (x[train][:10], y[train][:10])
history = nnlib.fit(net, nnlib.softmax_cross_entropy, adam, few, epochs=150, rng=rng)
print("ten samples overfitted:", history.train_loss[-1] < 0.01)

# %% id="g05"
ask("G05")

# %% id="g05-shows"
rng = np.random.default_rng(0)
best = rng.normal(size=(20000, 20)).max(1).mean()
print(f"the best of 20 configurations that do not differ: {best:.1f} standard deviations above the rest")
fold = rng.normal(0, 3.0, size=(2000, 10))  # hard and easy folds, shared by both models
a, b = fold + rng.normal(0, 1, (2000, 10)), fold + 1 + rng.normal(0, 1, (2000, 10))
print(f"spread of the mean difference: paired {np.std((b - a).mean(1)):.2f}, from different folds {np.std(b.mean(1) - np.roll(a, 1, 0).mean(1)):.2f}")

# %% id="g16"
ask("G16")

# %% id="g16-shows"
print(f"60 random draws hit the best 5 % with probability {1 - 0.95**60:.3f}")
rng = np.random.default_rng(0)
uniform, log = rng.uniform(0, 1, 10000), 10 ** rng.uniform(-5, 0, 10000)
print(f"rates above 0.1: {np.mean(uniform > 0.1):.0%} of uniform draws, {np.mean(log > 0.1):.0%} of log-uniform ones")

# %% id="g21"
ask("G21")

# %% id="g21-shows"
half = np.float16
print("1 + 0.0001 =", half(1) + half(0.0001), "  2048 + 1 =", int(half(2048) + half(1)), "  1e-8 =", half(1e-8))
print(f"1e-8 carried through float16 with a loss scale of 2¹⁵: {float(half(1e-8 * 2**15)) / 2**15:.1e}")

# %% [markdown] id="transfer"
# ## 11.13 Transfer

# %% id="u28"
ask("U28")

# %% id="u28-shows"
rng = np.random.default_rng(0)
backbone = nnlib.Sequential(nnlib.Dense(4, 6, rng), nnlib.BatchNorm(6), nnlib.ReLU())
net = nnlib.Sequential(backbone, nnlib.Dense(6, 2, rng))
nnlib.set_trainable(backbone, False)
print("parameters:", nnlib.probes.count_parameters(net), "  trained:", nnlib.probes.count_parameters(net, trained_only=True))
print(f"100 s from scratch, 20 s with transfer: speed-up {100 / 20:.0f} times, time saved {(100 - 20) / 100:.0%}")

# %% id="g22"
ask("G22")

# %% id="g22-shows"
d, k, r = 1000, 1000, 8
print(f"trained: {r * (d + k):,} of {d * k:,}, {r * (d + k) / (d * k):.1%}")
rng = np.random.default_rng(0)
xs, dy = rng.normal(size=(5, 6)), rng.normal(size=(5, 4))
for name, A in (("A random", rng.normal(size=(6, 2))), ("A zero", np.zeros((6, 2)))):
    B = np.zeros((2, 4))
    print(f"{name:8s}, B zero: |dA| = {np.linalg.norm(xs.T @ dy @ B.T):.1f}, |dB| = {np.linalg.norm(A.T @ xs.T @ dy):.1f}")

# %% [markdown] id="production"
# ## 11.14 Production

# %% id="u29"
ask("U29")

# %% id="u29-shows"
perfect = np.array([50.0, -50.0])  # the best possible logits for targets 1 and 0
for name, scores in (("once", perfect), ("twice", F.sigmoid(perfect))):
    floors = [nnlib.bce_with_logits(np.array([[s]]), np.array([[t]]))[0] for s, t in zip(scores, (1.0, 0.0))]
    print(f"sigmoid {name:5s}: lowest loss for a churner {floors[0]:.4f}, for a stayer {floors[1]:.4f}; at 23 % churn {0.23 * floors[0] + 0.77 * floors[1]:.4f}")

# %% id="g19"
ask("G19")

# %% id="g19-shows"
print(f"25 features, no drift, each tested at 5 %: some alarm with probability {1 - 0.95**25:.2f}")
rng = np.random.default_rng(0)
edges = np.quantile(rng.normal(size=100000), np.linspace(0, 1, 11)[1:-1])
share = lambda v: np.bincount(np.searchsorted(edges, v), minlength=10) / len(v)
base = share(rng.normal(size=50000))
for shift in (0.02, 0.5):
    now = share(rng.normal(shift, 1, 50000))
    print(f"shift of {shift} standard deviations: PSI {np.sum((now - base) * np.log(now / base)):.3f}")

# %% id="g20"
ask("G20")

# %% id="g20-shows"
rng = np.random.default_rng(0)
risk = rng.uniform(0, 1, 100000)
uplift = 0.6 * risk * (1 - risk) - 0.05  # the call helps the undecided, and annoys a little
called = 10000
for name, order_by in (("risk", risk), ("uplift", uplift)):
    print(f"call the top 10 % by {name:6s}: {uplift[np.argsort(-order_by)[:called]].sum():,.0f} customers kept")

# %% [markdown] id="beyond"
# ## 11.15 Beyond plain networks

# %% id="g09"
ask("G09")

# %% id="g09-shows"
attention = piece("interview-attention")

rng = np.random.default_rng(0)
Q, K, V = (rng.normal(size=(5, 4)) for _ in range(3))
changed = V.copy()
changed[3:] += 10.0
same = np.all(np.isclose(attention(Q, K, V), attention(Q, K, changed)), axis=1)
print("rows that do not see a change of positions 4 and 5:", same)
q, keys = rng.normal(size=(400, 256)), rng.normal(size=(50, 256))
for name, s in (("as they are", q @ keys.T), ("divided by √d", q @ keys.T / 16)):
    print(f"scores {name:13s}: the largest weight is {F.softmax(s).max(1).mean():.2f} on average")

# %% id="g10"
ask("G10")

# %% id="g10-shows"
print(f"3·3·3·16 + 16 = {3 * 3 * 3 * 16 + 16} parameters; 32 pixels, k = 3, p = 1, s = 2: {(32 + 2 - 3) // 2 + 1} out")
rng = np.random.default_rng(0)
image, kernel = rng.normal(size=(6, 6)), rng.normal(size=(3, 3))
patches = np.lib.stride_tricks.sliding_window_view(image, (3, 3)).reshape(16, 9)
as_product = (patches @ kernel.ravel()).reshape(4, 4)
direct = np.array([[np.sum(image[i : i + 3, j : j + 3] * kernel) for j in range(4)] for i in range(4)])
print("unrolled patches times filter equals the sliding sum:", np.allclose(as_product, direct))

# %% id="g18"
ask("G18")

# %% id="g18-shows"
for radius in (0.9, 1.0, 1.1):
    print(f"spectral radius {radius}: the gradient after 100 steps is multiplied by {radius**100:.0e}")
for bias in (0.0, 2.0, 5.0):
    gate = F.sigmoid(np.array([bias]))[0]
    print(f"forget bias {bias:.0f}: gate {gate:.3f}, after 20 steps {gate**20:.0e} of the gradient is left")

# %% [markdown] id="case"
# ## 11.16 The case interview
#
# The longest question is the last of many interviews: *here is a business, what would you do?* There is no
# model answer to learn by heart, but there is an order in which nothing is forgotten. Churn, from chapter 10:
#
# | minutes | say | the question behind it |
# |---|---|---|
# | 0–3 | the decision, who acts on it, what a mistake costs | do you solve a problem or use a tool? |
# | 3–6 | label, snapshot, window; which data exist *then* | would it leak? |
# | 6–9 | split by time, metric, baseline | would you notice if it did not work? |
# | 9–14 | features, model, loss, threshold | can you do it? |
# | 14–17 | test with a control group, profit with an interval | is the effect real? |
# | 17–20 | service, monitoring, retraining, what you would do with twice the time | can it live? |
#
# Then rate yourself by the five habits of 11.1. **Now do** the free-text questions of the exercises.

# %% [markdown] id="before"
# ## What to keep
#
# - The thirty-second answer first, always; then the reason; then the number that shows it.
# - Conflicts between books are where interviewers look: dropout's scaling, Adam's correction, what
#   backpropagation does and does not do. You have run both sides.
# - "I do not know, but I would measure it like this" is a good answer. You have an engine to measure with.
#
# Practise a little every day: ten cards, one mock interview, one whiteboard. **Good luck.**
