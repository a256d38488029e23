"""Checkpoints, probes, data, metrics, data sets."""

import json

import numpy as np
import pytest

import nnlib as nn
from nnlib import metrics, probes


def make(seed, width=5):
    rng = np.random.default_rng(seed)
    return nn.Sequential(
        nn.Dense(2, width, rng), nn.BatchNorm(width), nn.ReLU(), nn.Dropout(0.2, rng),
        nn.Residual(nn.Dense(width, width, rng), nn.Tanh()), nn.Dense(width, 2, rng),
    )  # fmt: skip


def train(net, optimizer, rng, epochs):
    x, y = nn.datasets.moons(60, np.random.default_rng(0))
    nn.fit(net, nn.softmax_cross_entropy, optimizer, (x, y), epochs=epochs, rng=rng)


@pytest.mark.parametrize("optimizer", [nn.Adam, nn.AdamW, nn.RMSProp, nn.AdaGrad, "momentum"])
def test_a_resumed_run_is_bit_equal(optimizer, tmp_path):
    def optimize(net):
        p = nn.Parameters(net)
        if optimizer == "momentum":
            return nn.SGD(p, nn.cosine_annealing(0.1, steps=20), momentum=0.9)
        return optimizer(p, 0.01)

    net, rng = make(1), np.random.default_rng(2)
    opt = optimize(net)
    train(net, opt, rng, 2)
    nn.save(tmp_path / "run.npz", net, optimizer=opt, rng=rng, meta={"epoch": 2})
    train(net, opt, rng, 3)

    other, other_rng = make(99), np.random.default_rng(98)
    other_opt = optimize(other)
    meta = nn.load(tmp_path / "run.npz", other, optimizer=other_opt, rng=other_rng)
    assert meta == {"epoch": 2}
    train(other, other_opt, other_rng, 3)
    assert (opt.parameters.theta == other_opt.parameters.theta).all()
    assert (net[1].running_var == other[1].running_var).all()
    assert other[0].W.base is not None  # still a view


def test_checkpoints_hold_no_pickle_and_leave_no_parts(tmp_path):
    nn.save(tmp_path / "a.npz", make(0))
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        assert json.loads(str(file["about"]))["format"] == 1
        assert "4.0.W" in file.files
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]


def test_another_architecture_lists_all_differences(tmp_path, rng):
    nn.save(tmp_path / "a.npz", make(0))
    other = nn.Sequential(nn.Dense(3, 5, rng), nn.LayerNorm(5), nn.ReLU(), nn.Dense(5, 2, rng))
    before = other[0].W.copy()
    with pytest.raises(ValueError, match="another architecture") as error:
        nn.load(tmp_path / "a.npz", other)
    text = str(error.value)
    for line in (
        "other shape: 0.W is (3, 5), saved (2, 5)",
        "missing in the file: 3.W (5, 2)",
        "not in the network: 1.running_mean (5,)",
        "not in the network: 4.0.W (5, 5)",
    ):
        assert line in text
    assert (before == other[0].W).all()


def test_another_optimizer_is_listed(tmp_path):
    net = make(0)
    nn.save(tmp_path / "a.npz", net, optimizer=nn.Adam(nn.Parameters(net)))
    with pytest.raises(ValueError, match="other optimizer: SGD, saved Adam"):
        nn.load(tmp_path / "a.npz", net, optimizer=nn.SGD(nn.Parameters(net), nn.constant(0.1)))
    nn.save(tmp_path / "b.npz", net)
    with pytest.raises(ValueError, match="missing in the file: the optimizer"):
        nn.load(tmp_path / "b.npz", net, optimizer=nn.SGD(nn.Parameters(net), 0.1))


def test_a_part_can_be_loaded_alone(tmp_path, rng):
    source = make(0)
    nn.save(tmp_path / "a.npz", source)
    net = nn.Sequential(nn.Dense(2, 5, rng), nn.ReLU(), nn.Dense(5, 7, rng))
    nn.load(tmp_path / "a.npz", net, only="0")
    assert (net[0].W == source[0].W).all()
    with pytest.raises(ValueError, match="nothing at '9'"):
        nn.load(tmp_path / "a.npz", net, only="9")


def test_other_files_are_refused(tmp_path):
    np.savez(tmp_path / "x.npz", a=np.zeros(2))
    with pytest.raises(ValueError, match=r"expects a file written by nnlib\.save"):
        nn.load(tmp_path / "x.npz", make(0))


def test_signals_are_recorded_and_the_net_left_alone(rng):
    net = make(0)
    x, y = nn.datasets.moons(8, rng)
    signals = probes.record_signals(net, x, nn.softmax_cross_entropy, y)
    assert [s.path for s in signals] == ["0", "1", "2", "3", "4.0", "4.1", "5"]
    assert (signals[-1].output == net.forward(x)).all()
    assert signals[-1].gradient == pytest.approx(nn.softmax_cross_entropy(net.forward(x), y)[1])
    assert signals[0].output_rms == pytest.approx(np.sqrt((signals[0].output ** 2).mean()))
    assert signals[0].gradient_norm > 0
    assert np.isnan(probes.record_signals(net, x)[0].gradient_norm)
    assert "forward" not in vars(net[0])


def test_dead_units_are_those_silent_for_every_row(rng):
    net = nn.Sequential(nn.Dense(2, 4, rng), nn.ReLU(), nn.Dense(4, 1, rng))
    net[0].b[:] = [100, -100, -100, -100]
    net[0].b[3] = 0
    x = rng.normal(size=(50, 2))
    assert probes.dead_fraction(net, x, batch_size=7) == {"1": 0.5}


def test_update_ratios_and_gradient_norms(rng):
    net = nn.Sequential(nn.Dense(2, 3, rng))
    optimizer = nn.SGD(nn.Parameters(net, np.float64), 0.1)
    net[0].dW[...] = net[0].W
    assert probes.gradient_norms(optimizer.parameters)["0.W"] == pytest.approx(
        np.linalg.norm(net[0].W)
    )
    ratios = probes.update_ratios(optimizer)
    assert ratios["0.W"] == pytest.approx(0.1)
    assert np.isnan(ratios["0.b"])


def test_summary_and_counts(rng):
    net = nn.Sequential(nn.Dense(4, 30, rng), nn.ReLU(), nn.Residual(nn.Dense(30, 30, rng)))
    nn.set_trainable(net[0], False)
    assert probes.count_parameters(net) == 150 + 930
    assert probes.count_parameters(net, trained_only=True) == 930
    text = probes.summary(net, np.zeros((2, 4)))
    assert text.splitlines() == [
        "path  layer  output  parameters  trained",
        "0     Dense      30         150  no",
        "1     ReLU       30           0",
        "2.0   Dense      30         930  yes",
        "1,080 parameters, 930 trained",
    ]


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_lr_range_test_finds_where_the_loss_turns(rng):
    net = nn.Sequential(nn.Dense(2, 8, rng), nn.Tanh(), nn.Dense(8, 1, rng))
    before = net[0].W.copy()
    x, y = nn.datasets.moons(200, rng)
    rates, losses = probes.lr_range_test(
        net, nn.mse, nn.SGD, (x, y[:, None].astype(np.float32)), rng=rng, lr_max=100.0
    )
    assert len(rates) == len(losses) < 100
    assert rates[0] == pytest.approx(1e-6)
    assert losses[-1] > 10 * losses.min()
    assert (before == net[0].W).all()


def test_batches_cover_all_rows_once(rng):
    x = np.arange(10)[:, None]
    parts = [(a[:, 0].tolist(), b.tolist()) for a, b in nn.batches(x, np.arange(10), 4, rng)]
    assert [len(a) for a, _ in parts] == [4, 4, 2]
    assert all(a == b for a, b in parts)
    assert sorted(row for a, _ in parts for row in a) == list(range(10))
    assert [len(a) for a, _ in nn.batches(x, x, 4, None, drop_last=True)] == [4, 4]
    with pytest.raises(ValueError, match="batch_size >= 1"):
        list(nn.batches(x, x, 0, rng))


def test_split_and_kfold_keep_class_shares(rng):
    y = np.repeat([0, 1], [80, 20])
    parts = nn.split(100, (0.7, 0.15, 0.15), rng, stratify=y)
    assert [len(p) for p in parts] == [70, 15, 15]
    assert [int(y[p].sum()) for p in parts] == [14, 3, 3]
    assert sorted(np.concatenate(parts).tolist()) == list(range(100))
    folds = list(nn.kfold(100, 5, rng, stratify=y))
    assert [int(y[held].sum()) for _, held in folds] == [4] * 5
    assert sorted(np.concatenate([held for _, held in folds]).tolist()) == list(range(100))
    assert all(not set(a) & set(b) for a, b in folds)
    with pytest.raises(ValueError, match="sum to 1"):
        nn.split(10, (0.7, 0.7), rng)
    with pytest.raises(ValueError, match="2 <= k <= 10"):
        next(nn.kfold(10, 1, rng))
    with pytest.raises(ValueError, match=r"labels of shape \(10,\)"):
        nn.split(10, (0.5, 0.5), rng, stratify=y)


def test_standardizer_uses_what_it_was_fitted_on(rng):
    x = 3 + 2 * rng.normal(size=(50, 3))
    x[:, 2] = 7
    x[0, 0] = np.nan
    scaler = nn.Standardizer().fit(x)
    z = scaler.transform(x)
    assert np.nanmean(z, axis=0) == pytest.approx(0, abs=1e-12)
    assert np.nanstd(z[:, :2], axis=0) == pytest.approx(1)
    assert (z[:, 2] == 0).all()
    np.testing.assert_allclose(scaler.inverse(z), x)
    with pytest.raises(ValueError, match=r"fitted on \(3,\) columns"):
        scaler.transform(x[:, :2])


def test_metrics_against_scikit_learn(rng):
    reference = pytest.importorskip("sklearn.metrics")
    scores = np.round(rng.normal(size=200), 1)  # with ties
    true = (rng.random(200) < 1 / (1 + np.exp(-scores))).astype(int)
    predicted = metrics.predicted_labels(scores)
    assert metrics.roc_auc(scores, true) == pytest.approx(reference.roc_auc_score(true, scores))
    assert metrics.average_precision(scores, true) == pytest.approx(
        reference.average_precision_score(true, scores)
    )
    assert (metrics.confusion(predicted, true) == reference.confusion_matrix(true, predicted)).all()
    expected = reference.precision_recall_fscore_support(true, predicted, average="binary")[:3]
    assert metrics.precision_recall_f1(predicted, true) == pytest.approx(expected)
    assert metrics.accuracy(scores[:, None], true[:, None]) == pytest.approx(
        reference.accuracy_score(true, predicted)
    )


def test_metrics_at_their_edges():
    zeros, ones = np.zeros(3, int), np.ones(3, int)
    assert metrics.precision_recall_f1(zeros, ones) == (0.0, 0.0, 0.0)
    assert np.isnan(metrics.roc_auc(np.arange(3.0), ones))
    mean_p, rate, count = metrics.calibration(np.array([0.05, 0.05, 1.0]), np.array([0, 1, 1]))
    assert count.tolist() == [2, *[0] * 8, 1]
    assert (mean_p[0], rate[0], rate[9]) == pytest.approx((0.05, 0.5, 1.0))
    assert np.isnan(rate[5])
    assert nn.accuracy(np.eye(3), np.eye(3)) == 1.0
    with pytest.raises(ValueError, match="one target per row"):
        nn.accuracy(np.zeros((3, 2)), np.zeros(2, int))
    with pytest.raises(ValueError, match="two arrays"):
        metrics.confusion(zeros, zeros[:2])


@pytest.mark.parametrize("name", ["xor", "moons", "circles", "spirals"])
def test_toys_are_balanced_and_repeat(name):
    make = getattr(nn.datasets, name)
    x, y = make(101, np.random.default_rng(1))
    again, _ = make(101, np.random.default_rng(1))
    assert x.shape == (101, 2)
    assert y.shape == (101,)
    assert abs(2 * y.sum() - 101) <= 3
    assert (x == again).all()


def test_xor_is_the_truth_table():
    x, y = nn.datasets.xor()
    assert (y == x.sum(axis=1) % 2).all()
    with pytest.raises(ValueError, match="expects rng"):
        nn.datasets.xor(10)


def test_digits_are_scikit_learns():
    reference = pytest.importorskip("sklearn.datasets").load_digits()
    x, y = nn.datasets.digits()
    assert (x * 16 == reference.data).all()
    assert (y == reference.target).all()


def test_churn_has_its_documented_truth():
    table = nn.datasets.churn(40_000, np.random.default_rng(0), truth=True)
    assert all(len(column) == 40_000 for column in table.values())
    churned, risk = table["churned"], table["risk"]
    assert risk.mean() == pytest.approx(0.23, abs=1e-9)
    # five standard errors of a share of 40,000
    assert abs(churned.mean() - 0.23) < 5 * np.sqrt(0.23 * 0.77 / 40_000)
    assert abs(np.isnan(table["age"]).mean() - 0.15) < 0.01
    assert (table["last_payment"] < table["snapshot"] + 1).all()
    assert 0.05 < (table["minutes_30d"] == 0).mean() < 0.12
    late = table["snapshot"] > np.datetime64("2023-01-01")
    assert churned[late].mean() > churned[~late].mean() + 0.02
    monthly = table["contract"] == "month-to-month"
    assert churned[monthly].mean() > 1.5 * churned[~monthly].mean()
    assert "risk" not in nn.datasets.churn(10, np.random.default_rng(0))


def test_one_hot_checks_its_labels():
    assert nn.functional.one_hot(np.array([1, 0]), 3).tolist() == [[0, 1, 0], [1, 0, 0]]
    with pytest.raises(ValueError, match="integer labels"):
        nn.functional.one_hot(np.array([0.5]), 2)
    with pytest.raises(ValueError, match=r"labels in 0 \.\.\. 1, got 0 \.\.\. 2"):
        nn.functional.one_hot(np.array([0, 2]), 2)
