"""Chapter 8: the clinic's patients show the signs that the exercises speak of."""

import numpy as np
import pytest

from nnlib.viz import clinic
from nnlib.viz.training_practice import lucky_seeds, search_plane, sizes, t_quantile

CHANCE = np.log(10)


def test_the_healthy_run_learns():
    r = clinic.run("healthy")
    assert r.val_accuracy[-1] > 0.9
    assert abs(r.running[0] - CHANCE) < 0.7
    assert 1e-4 < r.first[-1] < 0.1


def test_a_large_rate_leaps_in_the_first_epoch_and_then_learns_nothing():
    r = clinic.run("A")
    assert r.running[1] > 1.5 * r.running[0]
    assert r.val_accuracy[-1] < 0.2


def test_large_weights_show_before_the_first_step():
    r = clinic.run("B")
    assert r.running[0] > 10
    assert r.val[0] > 10


def test_broken_pairs_leave_validation_at_chance_while_updates_are_healthy():
    r = clinic.run("C")
    assert max(r.val_accuracy[1:]) < 0.25
    assert r.val[-1] > CHANCE
    assert r.first[-1] > 1e-3


def test_unscaled_validation_rows_show_before_the_first_step():
    r = clinic.run("D")
    assert r.val[0] > 4 * r.running[0]
    assert r.train_accuracy[-1] > 0.99


def test_kept_gradients_learn_first_and_then_swing():
    r = clinic.run("E")
    assert min(r.val) < 0.7
    assert r.val[-1] > 5
    assert r.running[-1] > 2


def test_a_second_softmax_keeps_the_loss_above_its_floor():
    r = clinic.run("F")
    assert min(r.running) > np.log(np.e + 9) - 1
    assert r.val_accuracy[-1] > 0.8


def test_sorted_rows_make_a_low_running_loss_and_a_low_accuracy_afterwards():
    r = clinic.run("G")
    assert r.running[3] < 1.5
    assert r.train_accuracy[3] < 0.2


def test_a_lost_signal_moves_the_last_layer_alone():
    r = clinic.run("H")
    assert r.last[-1] > 1000 * r.first[-1]
    assert r.val_accuracy[-1] < 0.2


def test_few_rows_are_learned_by_heart():
    r = clinic.run("I")
    assert r.train_accuracy[-1] == 1.0
    assert r.val_accuracy[-1] < 0.85


def test_an_unknown_patient_is_refused():
    with pytest.raises(ValueError, match="patient A to I"):
        clinic.run("Z")


def test_quantiles_of_student_are_those_of_scipy():
    stats = pytest.importorskip("scipy.stats")
    for n in range(2, 21):
        assert abs(t_quantile(n) - stats.t.ppf(0.975, n - 1)) < 6e-4
    with pytest.raises(ValueError, match="2 to 20"):
        t_quantile(1)


def test_random_draws_try_more_rates_than_a_grid():
    plane = search_plane()
    assert "3 different" in plane.scene(how="grid").note
    assert "9 different" in plane.scene(how="random").note


def test_widgets_say_the_right_numbers():
    assert "109,386 parameters" in sizes().scene().note
    assert "5.4 times" in sizes().scene().note
    few, many = lucky_seeds().scene(seeds=3), lucky_seeds().scene(seeds=20, gap=2.0)
    assert "do not tell" in few.note
    assert "is known" in many.note
    assert clinic.PATIENTS["H"] in clinic.widget().scene(patient="H", diagnosis=True).note
