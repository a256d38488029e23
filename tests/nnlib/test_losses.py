"""Losses: gradients, reductions, bad targets."""

from functools import partial

import numpy as np
import pytest

import nnlib as nn

WEIGHTS = np.array([0.5, 2.0, 1.0])
SOFT = np.array([[0.2, 0.3, 0.5], [1, 0, 0], [0, 0.5, 0.5], [0.1, 0.1, 0.8]])
LABELS = np.array([2, 0, 1, 1])
ONE_HOT = np.eye(3)[LABELS]
BINARY = np.array([[1, 0, 1], [0, 0, 1], [1, 1, 0], [0, 1, 0]])
REAL = np.random.default_rng(3).normal(size=(4, 3))
CASES = {
    "mse": (nn.mse, REAL),
    "mae": (nn.mae, REAL),
    "huber": (partial(nn.huber, delta=0.7), REAL),
    "hinge": (nn.hinge, 2 * BINARY - 1),
    "hinge_squared": (partial(nn.hinge, squared=True, margin=0.5), 2 * BINARY - 1),
    "bce": (nn.bce_with_logits, BINARY),
    "bce_soft": (nn.bce_with_logits, SOFT),
    "bce_weighted_smooth": (
        partial(nn.bce_with_logits, pos_weight=3.0, label_smoothing=0.1), BINARY),
    "ce_labels": (nn.softmax_cross_entropy, LABELS),
    "ce_dense": (nn.softmax_cross_entropy, SOFT),
    "ce_weights": (partial(nn.softmax_cross_entropy, class_weights=WEIGHTS), LABELS),
    "ce_smooth": (partial(nn.softmax_cross_entropy, label_smoothing=0.2), LABELS),
    "ce_both": (
        partial(nn.softmax_cross_entropy, label_smoothing=0.2, class_weights=WEIGHTS), LABELS),
    "ce_dense_both": (
        partial(nn.softmax_cross_entropy, label_smoothing=0.2, class_weights=WEIGHTS), SOFT),
    "focal": (nn.focal, LABELS),
    "focal_dense": (partial(nn.focal, gamma=0.5, class_weights=WEIGHTS), ONE_HOT),
}  # fmt: skip


@pytest.mark.parametrize("name", list(CASES))
def test_gradients(name, rng):
    loss, target = CASES[name]
    report = nn.check_loss(loss, 2 * rng.normal(size=(4, 3)), target)
    assert report, str(report)


@pytest.mark.parametrize("target", [np.array([0, 1, 1]), np.array([[0], [1], [1]])])
def test_binary_focal_gradient(target, rng):
    report = nn.check_loss(
        partial(nn.focal, class_weights=np.array([0.75, 0.25])), rng.normal(size=(3, 1)), target
    )
    assert report, str(report)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", list(CASES))
def test_large_scores_stay_finite_and_keep_their_dtype(name, dtype):
    loss, target = CASES[name]
    scores = np.array([[-1000, 0, 1000], [1000, -1000, 0], [0, 0, 0], [1, -1, 1000]], dtype)
    value, dscores = loss(scores, target.astype(dtype) if target.dtype.kind == "f" else target)
    assert np.isfinite(value)
    assert isinstance(value, float)
    assert np.isfinite(dscores).all()
    assert dscores.dtype == dtype


def test_labels_and_one_hot_agree(rng):
    scores = rng.normal(size=(4, 3))
    for loss in (nn.softmax_cross_entropy, nn.focal):
        a, da = loss(scores, LABELS)
        b, db = loss(scores, ONE_HOT)
        assert a == pytest.approx(b, rel=1e-14)
        assert da == pytest.approx(db, rel=1e-12)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int32, np.uint64])
def test_labels_of_any_integer_type(dtype, rng):
    scores, labels = rng.normal(size=(300, 3)), rng.integers(0, 3, 300)
    for loss in (nn.softmax_cross_entropy, nn.focal):
        a, da = loss(scores, labels.astype(dtype))
        b, db = loss(scores, labels)
        assert a == b
        assert (da == db).all()


def test_focal_without_focus_is_cross_entropy(rng):
    scores = rng.normal(size=(4, 3))
    a, da = nn.focal(scores, LABELS, gamma=0.0)
    b, db = nn.softmax_cross_entropy(scores, LABELS)
    assert a == pytest.approx(b, rel=1e-14)
    assert da == pytest.approx(db, rel=1e-12)


def test_focal_counts_an_easy_sample_little():
    logit = np.array([[np.log(9.0)]])  # p = 0.9
    assert nn.focal(logit, np.array([1]))[0] == pytest.approx(0.1**2 * -np.log(0.9))


def test_binary_cross_entropy_equals_softmax_of_two(rng):
    s = rng.normal(size=(5, 1))
    y = np.array([0, 1, 1, 0, 1])
    a = nn.bce_with_logits(s, y[:, None])[0]
    b = nn.softmax_cross_entropy(np.hstack([np.zeros_like(s), s]), y)[0]
    assert a == pytest.approx(b, rel=1e-14)


def test_huber_is_half_mse_inside_and_mae_outside():
    d = np.array([[0.5]])
    assert nn.huber(d, 0 * d)[0] == pytest.approx(0.125)
    assert nn.huber(8 * d, 0 * d, delta=1.0)[0] == pytest.approx(3.5)


@pytest.mark.parametrize("loss", [nn.mse, nn.mae, nn.huber, nn.bce_with_logits, nn.hinge])
@pytest.mark.parametrize(("scores", "target"), [((5, 1), (5,)), ((5,), (5, 1)), ((5, 2), (5, 1))])
def test_shapes_never_broadcast(loss, scores, target):
    with pytest.raises(ValueError, match=r"expects target of shape .* like scores"):
        loss(np.zeros(scores), np.ones(target))


def test_the_cure_for_a_flat_target_is_shown():
    with pytest.raises(ValueError, match=r"use target\.reshape\(-1, 1\)"):
        nn.mse(np.zeros((5, 1)), np.zeros(5))


@pytest.mark.parametrize("loss", [nn.softmax_cross_entropy, nn.focal])
@pytest.mark.parametrize(
    ("target", "message"),
    [
        (np.array([0, 3]), r"labels in 0 \.\.\. 2, got 0 \.\.\. 3"),
        (np.array([-1, 0]), r"labels in 0 \.\.\. 2, got -1 \.\.\. 0"),
        (np.array([0.0, 1.0]), r"target\.astype\(int\)"),
        (np.array([0, 1, 2]), r"shape \(2,\)"),
        (np.array([[0], [1]]), r"expects target of shape \(2, 3\)"),
    ],
)
def test_bad_labels_are_named(loss, target, message):
    with pytest.raises(ValueError, match=message):
        loss(np.zeros((2, 3)), target)


@pytest.mark.parametrize("loss", [nn.softmax_cross_entropy, nn.focal])
def test_flat_scores_are_named(loss):
    with pytest.raises(ValueError, match=r"scores of shape \(batch, n_classes\), got \(3,\)"):
        loss(np.zeros(3), np.zeros(3, int))


@pytest.mark.parametrize("loss", [nn.mse, nn.mae, nn.huber, nn.hinge, nn.bce_with_logits])
def test_integer_targets_keep_float32(loss):
    assert loss(np.zeros((2, 2), np.float32), np.ones((2, 2), int))[1].dtype == np.float32


def test_bad_binary_targets_are_named():
    with pytest.raises(ValueError, match=r"targets in \[0, 1\], got -1"):
        nn.bce_with_logits(np.zeros((2, 1)), np.array([[-1.0], [1.0]]))
    with pytest.raises(ValueError, match=r"2 \* y - 1"):
        nn.hinge(np.zeros((2, 1)), np.array([[0], [1]]))
    with pytest.raises(ValueError, match="hard targets"):
        nn.focal(np.zeros((4, 3)), SOFT)
