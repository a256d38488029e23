"""The widgets that measure, of chapters 6 and 7: at the ends of their controls, and true."""

import numpy as np
import pytest

from nnlib import Adam, AdamW, Dense, Parameters, glorot_normal
from nnlib.viz import optimizers_more as more
from nnlib.viz import regularization_measures as measures
from nnlib.viz.display import display_list

RATES = 10.0 ** np.arange(-3, 1)
LOSSES = {"SGD": [[9, 9], [5, 4], [1, 0.5], [3, 3]], "Adam": [[2, 1], [0.75, 1], [3, 3], [9, 9]]}
RUNS = {"run": ([0.9, 0.5, 0.1], [0.9, 0.6, 1.2])}
X = np.linspace(-1, 1, 11)
MEMBERS = X + np.array([[0.1], [0.3], [-0.5]])


def read(train, val):
    return "under" if train[-1] > 0.6 else "over" if val[-1] > val.min() else "good"


def split(n, k, rng):
    order = rng.permutation(n)
    return [(np.setdiff1d(order, held), held) for held in np.array_split(order, k)]


def average(thetas, beta):
    a, out = np.zeros(thetas.shape[1]), np.empty_like(thetas)
    for t, theta in enumerate(thetas, 1):
        a = beta * a + (1 - beta) * theta
        out[t - 1] = a / (1 - beta**t)
    return out


@pytest.mark.parametrize(
    ("widget", "ends"),
    [
        (more.decay_under_noise, [{"size": 0.0, "decay": 0.0}, {"size": 3.0, "decay": 2.0}]),
        (
            lambda: more.memory({"SGD": 0, "Adam": 2}),
            [{"log_n": 3.0, "number": "float64"}, {"log_n": 11.0, "number": "bfloat16"}],
        ),
        (
            lambda: more.one_rate(RATES, LOSSES),
            [{"which": 0}, {"which": 3}, {"own": True}],
        ),
        (lambda: measures.diagnosis(RUNS, read), [{"share": 0.02}, {"share": 1.0}]),
        (
            lambda: measures.folds(split),
            [{"k": 2, "order": "in order"}, {"k": 20, "seed": 5}],
        ),
        (
            lambda: measures.average_over_networks(X, X, MEMBERS),
            [{"count": 1}, {"count": 3, "first": 2}],
        ),
        (
            lambda: measures.average_over_time(average),
            [{"beta": 0.0, "rate": 0.02}, {"beta": 0.995, "rate": 0.4}],
        ),
    ],
)
def test_draws_at_the_ends_of_its_controls(widget, ends):
    explorer = widget()
    for values in ends:
        assert display_list(explorer.scene(**values))["ops"]


def test_decay_under_noise_is_that_of_nnlib():
    noise, sizes = np.random.default_rng(1).normal(size=(40, 3)), [1.0, 10.0, 100.0]
    coupled, beside = more.under_noise(sizes, 0.01, 0.7, noise)
    for path, make, in_gradient in (
        (coupled, Adam, 0.7),
        (beside, lambda p, lr: AdamW(p, lr, weight_decay=0.7), 0.0),
    ):
        layer = Dense(1, 3, np.random.default_rng(0), glorot_normal, bias=False)
        optimizer = make(Parameters(layer, np.float64), 0.01)
        layer.W[:] = 1
        for g, expected in zip(noise * sizes, path[1:], strict=True):
            layer.dW[:] = g + in_gradient * layer.W
            optimizer.step()
            np.testing.assert_allclose(layer.W[0], expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"which": 1}, "first Adam (0.88), last SGD (4.50)"),
        ({"which": 3}, "first SGD (3.00), last Adam (9.00)"),
        ({"own": True}, "first SGD (0.75), last Adam (0.88)"),
    ],
)
def test_one_rate_ranks_by_the_mean_over_seeds(values, words):
    assert more.one_rate(RATES, LOSSES).scene(**values).note == words


@pytest.mark.parametrize(
    ("number", "words"),
    [("float32", "take 4 GB, training with Adam 16 GB"), ("bfloat16", "take 2 GB, training with Adam 8 GB")],
)  # fmt: skip
def test_memory_counts_parameters_gradients_and_state(number, words):
    assert more.memory({"SGD": 0, "Adam": 2}).scene(log_n=9.0, number=number).note.endswith(words)


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.3, "after epoch 1 it underfits"), (0.6, "after epoch 2 it fits"), (1, "after epoch 3 it over")],
)  # fmt: skip
def test_diagnosis_reads_only_the_epochs_seen(share, words):
    assert measures.diagnosis(RUNS, read).scene(share=share).note.startswith(words)


def test_two_folds_in_order_have_seen_only_the_other_class():
    explorer = measures.folds(split)
    assert explorer.scene(k=2, order="in order").note.startswith("mean 0.00")
    assert not explorer.scene(k=2).note.startswith("mean 0.00")


def test_the_average_of_networks_gains_their_spread():
    # offsets 0.1, 0.3 and -0.5: mean square 0.35 / 3, and their mean is -0.1 / 3
    assert measures.average_over_networks(X, X, MEMBERS).scene(count=3).note == (
        "3 of 3: 0.117 − 0.116 = 0.001"
    )


def test_no_memory_averages_nothing():
    note = measures.average_over_time(average).scene(beta=0.0).note
    weights, mean = (part.split()[-1] for part in note.split("steps: ")[1].split(", "))
    assert weights == mean
