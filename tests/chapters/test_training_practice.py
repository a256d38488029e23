"""Chapter 8: the clinic's patients show the signs that the exercises speak of."""

import numpy as np
import pytest

from autograder.exercise import get
from nnlib.viz import clinic
from nnlib.viz.training_practice import architect, lucky_seeds, search_plane, sizes, t_quantile
from tests.autograder.kill_table import verdict

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


def test_the_form_draws_the_layers_of_its_rule():
    form = architect(lambda n_in, n_rows: np.array([n_in, max(1, n_in // 2)]))
    several = form.scene(task="several labels at once", classes=12, features=1, rows=8000)
    assert "28 parameters, under 0.01 per row" in several.note
    assert "a sigmoid for each" in several.note
    two = form.scene(task="one of several classes", classes=2, features=4, rows=100)
    assert "33 parameters, 0.33 per row" in two.note  # 4 to 4, 4 to 2, 2 to one score
    assert "loss: binary cross-entropy." in two.note
    assert "squared error" in form.scene(task="a number").note
    assert "by heart" in form.scene(features=1000).note


LOOPS = {
    "on one line": "for i in range(len(x)): d[i] = np.add.reduce((x[i] - c) ** 2, axis=1)",
    "in a comprehension": "d = np.array([((row - c) ** 2).sum(axis=1) for row in x])",
    "in map": "d = np.array(list(map(lambda row: ((row - c) ** 2).sum(axis=1), x)))",
    "in apply_along_axis": (
        "d = np.apply_along_axis(lambda row: ((row - c) ** 2).sum(axis=1), 1, x)"
    ),
}


@pytest.mark.parametrize("line", LOOPS.values(), ids=LOOPS)
def test_a_loop_over_rows_is_seen_in_any_form(line):
    source = f"def distances(x, c):\n    d = np.zeros((len(x), len(c)))\n    {line}\n    return d\n"
    assert verdict(get("training_practice-vectorize"), source).mistake == "loop-over-x"


def test_a_draw_beside_the_generator_is_told_from_a_wrong_draw():
    exercise = get("training_practice-patient-c")
    shuffled_in_place = exercise.reference.replace(
        "order = rng.permutation(len(x))\n    return x[order], y[order]",
        "order = rng.permutation(len(x))\n    x[:], y[:] = x[order], y[order]\n    return x, y",
    )
    assert verdict(exercise, shuffled_in_place).mistake == "changed-in-place"
    for letter in "bcgi":
        patient = get(f"training_practice-patient-{letter}")
        for seed in range(3):
            assert verdict(patient, patient.reference, seed).passed


def test_no_chart_is_drawn_while_a_class_is_graded(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    monkeypatch.setattr(clinic, "run", None)  # so it would fail if it were drawn
    assert "not drawn while grading" in clinic.chart("A", healthy=True)
