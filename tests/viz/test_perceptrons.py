import numpy as np
import pytest

from nnlib.viz import perceptrons
from nnlib.viz.perceptrons import GATE_INPUTS, GATES, perceptron_visits


def errors(gate: str, w, b) -> int:
    return int(((GATE_INPUTS @ w + b >= 0) != GATES[gate]).sum())


@pytest.mark.parametrize(("gate", "updates"), [("AND", 11), ("OR", 5), ("NAND", 10)])
def test_the_rule_ends_on_separable_gates(gate, updates):
    last = perceptron_visits(gate, 48)[-1]
    assert errors(gate, last.w, last.b) == 0
    assert last.updates == updates


def test_the_rule_never_ends_on_xor():
    visits = perceptron_visits("XOR", 400)
    assert min(errors("XOR", v.w, v.b) for v in visits) >= 1
    assert visits[-1].updates > 350


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("single_neuron", {"activation": "step", "x": (0.0, 0.0)}),
        ("linear_boundary", {"gate": "XOR", "w1": 0.0, "w2": 0.0}),
        ("perceptron_rule", {"gate": "XOR", "visit": 48}),
        ("xor_by_hand", {"unit": "sigmoid", "b1": -2.5}),
    ],
)
def test_every_widget_draws_at_the_ends_of_its_sliders(name, values):
    explorer = getattr(perceptrons, name)()
    explorer.static(**values).canvas.draw()
    for key, control in explorer.controls.items():
        for end in ("min", "max"):
            if hasattr(control.source, end):
                explorer.scene(**{key: getattr(control.source, end)})


def test_the_boundary_counts_errors():
    explorer = perceptrons.linear_boundary()
    assert explorer.scene(gate="AND", w1=1.0, w2=1.0, b=-1.5).note == "all four right"
    assert explorer.scene(gate="OR", w1=1.0, w2=1.0, b=-1.5).note.startswith("2 of 4 wrong")


def test_no_slider_position_solves_xor_with_one_line():
    for w1 in np.arange(-2, 2.01, 0.5):
        for w2 in np.arange(-2, 2.01, 0.5):
            for b in np.arange(-3, 3.01, 0.5):
                assert errors("XOR", np.array([w1, w2]), b) >= 1


@pytest.mark.parametrize("unit", ["step", "sigmoid"])
def test_the_hand_set_network_solves_xor(unit):
    explorer = perceptrons.xor_by_hand()
    assert explorer.scene(unit=unit).note.endswith("4 of 4 right")
    assert explorer.scene(unit=unit, v2=0.0).note.endswith("3 of 4 right")


def test_the_neuron_says_what_it_computes():
    note = perceptrons.single_neuron().scene(w1=2.0, w2=-1.0, b=0.5, x=(1.0, 3.0)).note
    assert "2.00·1.00 + (−1.00)·3.00 + 0.50 = −0.50" in note
    assert note.endswith("y = 0.38")
