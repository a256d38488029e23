"""Conventions against PyTorch, in float64 to 1e-10."""

import warnings
from functools import partial

import numpy as np
import pytest

import nnlib as nn

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    torch = pytest.importorskip("torch")
functional = torch.nn.functional
CLOSE = {"rtol": 1e-10, "atol": 1e-12}


def tensor(a, grad=False):
    return torch.tensor(np.asarray(a), requires_grad=grad)


ACTIVATIONS = {
    "ReLU": (nn.ReLU(), torch.nn.ReLU()),
    "LeakyReLU": (nn.LeakyReLU(0.2), torch.nn.LeakyReLU(0.2)),
    "PReLU": (nn.PReLU(), torch.nn.PReLU().double()),
    "PReLU channels": (nn.PReLU(5), torch.nn.PReLU(5).double()),
    "ELU": (nn.ELU(1.3), torch.nn.ELU(1.3)),
    "Sigmoid": (nn.Sigmoid(), torch.nn.Sigmoid()),
    "Tanh": (nn.Tanh(), torch.nn.Tanh()),
    "Swish": (nn.Swish(), torch.nn.SiLU()),
    "GELU": (nn.GELU(), torch.nn.GELU()),
    "GELU tanh": (nn.GELU(approximate=True), torch.nn.GELU(approximate="tanh")),
    "Mish": (nn.Mish(), torch.nn.Mish()),
    "Softplus": (nn.Softplus(), torch.nn.Softplus(threshold=1000)),
    "Softmax": (nn.Softmax(), torch.nn.Softmax(dim=-1)),
    "LayerNorm": (nn.LayerNorm(5), torch.nn.LayerNorm(5).double()),
}


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_layer(name, rng):
    ours, theirs = ACTIVATIONS[name]
    x, dy = 3 * rng.normal(size=(8, 5)), rng.normal(size=(8, 5))
    xt = tensor(x, grad=True)
    yt = theirs(xt)
    yt.backward(tensor(dy))
    np.testing.assert_allclose(ours.forward(x), yt.detach().numpy(), **CLOSE)
    np.testing.assert_allclose(ours.backward(dy), xt.grad.numpy(), **CLOSE)
    for name_, p in zip(getattr(ours, "params", ()), theirs.parameters(), strict=False):
        np.testing.assert_allclose(getattr(ours, f"d{name_}"), p.grad.numpy(), **CLOSE)


def test_batch_norm_over_several_batches_and_in_evaluation(rng):
    ours, theirs = nn.BatchNorm(4, momentum=0.3), torch.nn.BatchNorm1d(4, momentum=0.3).double()
    for train in (True, True, True, False):
        theirs.train(train)
        theirs.zero_grad()
        x, dy = 2 + rng.normal(size=(6, 4)), rng.normal(size=(6, 4))
        xt = tensor(x, grad=True)
        yt = theirs(xt)
        yt.backward(tensor(dy))
        np.testing.assert_allclose(ours.forward(x, train=train), yt.detach().numpy(), **CLOSE)
        np.testing.assert_allclose(ours.backward(dy), xt.grad.numpy(), **CLOSE)
        np.testing.assert_allclose(ours.dgamma, theirs.weight.grad.numpy(), **CLOSE)
        np.testing.assert_allclose(ours.dbeta, theirs.bias.grad.numpy(), **CLOSE)
    np.testing.assert_allclose(ours.running_mean, theirs.running_mean.numpy(), **CLOSE)
    np.testing.assert_allclose(ours.running_var, theirs.running_var.numpy(), **CLOSE)


LABELS = np.array([2, 0, 1, 1, 2])
SOFT = np.random.default_rng(1).dirichlet(np.ones(3), size=5)
WEIGHTS = np.array([0.5, 2.0, 1.0])
BINARY = np.array([[1.0, 0, 1], [0, 0, 1], [1, 1, 0], [0, 1, 0], [1, 0, 0]])
LOSSES = {
    "mse": (nn.mse, functional.mse_loss, SOFT),
    "mae": (nn.mae, functional.l1_loss, SOFT),
    "huber": (
        partial(nn.huber, delta=0.6), partial(functional.huber_loss, delta=0.6), SOFT),
    "bce": (nn.bce_with_logits, functional.binary_cross_entropy_with_logits, BINARY),
    "bce pos_weight": (
        partial(nn.bce_with_logits, pos_weight=3.5),
        partial(functional.binary_cross_entropy_with_logits,
                pos_weight=torch.tensor(3.5, dtype=torch.float64)),
        BINARY),
    "hinge": (
        nn.hinge, lambda s, t: functional.relu(1 - s * t).mean(), 2 * BINARY - 1),
}  # fmt: skip
for smooth in (0.0, 0.15):
    for w in (None, WEIGHTS):
        for kind, target in (("labels", LABELS), ("dense", SOFT)):
            LOSSES[f"cross-entropy {kind} {smooth} {w is not None}"] = (
                partial(nn.softmax_cross_entropy, class_weights=w, label_smoothing=smooth),
                partial(
                    functional.cross_entropy,
                    weight=None if w is None else tensor(w),
                    label_smoothing=smooth,
                ),
                target,
            )


@pytest.mark.parametrize("name", list(LOSSES))
def test_loss(name, rng):
    ours, theirs, target = LOSSES[name]
    scores = 2 * rng.normal(size=(5, 3))
    st = tensor(scores, grad=True)
    vt = theirs(st, tensor(target))
    vt.backward()
    value, dscores = ours(scores, target)
    assert value == pytest.approx(vt.item(), rel=1e-12)
    np.testing.assert_allclose(dscores, st.grad.numpy(), **CLOSE)


def decay_groups(net):
    matrices = [p for p in net.parameters() if p.ndim > 1]
    return [{"params": matrices, "weight_decay": 0.1},
            {"params": [p for p in net.parameters() if p.ndim == 1], "weight_decay": 0.0}]  # fmt: skip


OPTIMIZERS = {
    "SGD": (nn.SGD, lambda n: torch.optim.SGD(n.parameters(), 0.05), 0.05),
    "momentum": (
        partial(nn.SGD, momentum=0.9),
        lambda n: torch.optim.SGD(n.parameters(), 0.05, momentum=0.9), 0.05),
    "Nesterov": (
        partial(nn.SGD, momentum=0.9, nesterov=True),
        lambda n: torch.optim.SGD(n.parameters(), 0.05, momentum=0.9, nesterov=True), 0.05),
    "AdaGrad": (nn.AdaGrad, lambda n: torch.optim.Adagrad(n.parameters(), 0.05), 0.05),
    "RMSProp": (nn.RMSProp, lambda n: torch.optim.RMSprop(n.parameters(), 0.01), 0.01),
    "Adam": (nn.Adam, lambda n: torch.optim.Adam(n.parameters(), 0.01), 0.01),
    "Adam, other betas": (
        partial(nn.Adam, beta1=0.8, beta2=0.95, eps=1e-3),
        lambda n: torch.optim.Adam(n.parameters(), 0.01, betas=(0.8, 0.95), eps=1e-3), 0.01),
    "AdamW": (
        partial(nn.AdamW, weight_decay=0.1),
        lambda n: torch.optim.AdamW(decay_groups(n), 0.01), 0.01),
    "schedule": (
        nn.SGD,
        lambda n: torch.optim.SGD(n.parameters(), 0.05), nn.exponential_decay(0.05, rate=0.9)),
}  # fmt: skip


@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_twenty_optimizer_steps(name, rng):
    make, make_torch, lr = OPTIMIZERS[name]
    net = nn.Sequential(
        nn.Dense(4, 6, rng), nn.BatchNorm(6), nn.Tanh(), nn.PReLU(6), nn.Dense(6, 3, rng)
    )
    theirs = torch.nn.Sequential(
        torch.nn.Linear(4, 6), torch.nn.BatchNorm1d(6), torch.nn.Tanh(), torch.nn.PReLU(6),
        torch.nn.Linear(6, 3),
    ).double()  # fmt: skip
    with torch.no_grad():
        for i in (0, 4):
            theirs[i].weight.copy_(tensor(net[i].W.T.copy()))
            theirs[i].bias.zero_()
    optimizer = make(nn.Parameters(net, np.float64), lr)
    optimizer_t = make_torch(theirs)
    decay = torch.optim.lr_scheduler.ExponentialLR(optimizer_t, 0.9) if name == "schedule" else None
    for _ in range(20):
        x, y = rng.normal(size=(9, 4)), rng.integers(0, 3, 9)
        net.backward(nn.softmax_cross_entropy(net.forward(x, train=True), y)[1])
        optimizer.step()
        optimizer_t.zero_grad()
        functional.cross_entropy(theirs(tensor(x)), tensor(y)).backward()
        optimizer_t.step()
        if decay:
            decay.step()
    # BatchNorm cancels the first bias: its gradient is rounding, which Adam blows up.
    free = [net[1].gamma, net[1].beta, net[3].alpha, net[4].W.T, net[4].b, net[0].W.T]
    theirs_free = [theirs[1].weight, theirs[1].bias, theirs[3].weight, theirs[4].weight,
                   theirs[4].bias, theirs[0].weight]  # fmt: skip
    for a, b in zip(free, theirs_free, strict=True):
        np.testing.assert_allclose(a, b.detach().numpy(), rtol=1e-10, atol=1e-10)


SCHEDULES = {
    "step": (
        nn.step_decay(0.1, every=3, factor=0.5),
        lambda o: torch.optim.lr_scheduler.StepLR(o, 3, 0.5)),
    "exponential": (
        nn.exponential_decay(0.1, rate=0.9), lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.9)),
    "cosine": (
        nn.cosine_annealing(0.1, steps=20, lr_min=0.01),
        lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 20, 0.01)),
    "restarts": (
        nn.cosine_restarts(0.1, period=4, growth=2, lr_min=0.01),
        lambda o: torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 4, 2, 0.01)),
    "one cycle": (
        nn.one_cycle(0.1, steps=20),
        lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=20, cycle_momentum=False)),
    "warmup": (
        nn.warmup(0.1, steps=5),
        lambda o: torch.optim.lr_scheduler.LinearLR(o, 0.2, 1.0, 4)),
}  # fmt: skip


@pytest.mark.parametrize("name", list(SCHEDULES))
def test_schedule(name):
    ours, make = SCHEDULES[name]
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.1)
    theirs = make(optimizer)
    for step in range(20):
        assert ours(step) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-9), step
        optimizer.step()
        theirs.step()


def test_clip_norm(rng):
    grad = rng.normal(size=40)
    p = torch.zeros(40, dtype=torch.float64, requires_grad=True)
    p.grad = tensor(grad)
    norm = torch.nn.utils.clip_grad_norm_([p], 1.0)
    assert nn.clip_norm(grad, 1.0) == pytest.approx(norm.item(), rel=1e-12)
    np.testing.assert_allclose(grad, p.grad.numpy(), rtol=1e-5)  # PyTorch adds 1e-6 to the norm
