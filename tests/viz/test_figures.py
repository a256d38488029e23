import numpy as np
import pytest
from matplotlib.figure import Figure

import nnlib
from nnlib.viz import card
from nnlib.viz.diagrams import _depths, computation_graph, layer_chain, network_diagram
from nnlib.viz.figures import (
    confusion_matrix,
    decision_boundary,
    function_and_derivative,
    layer_histograms,
    learning_curves,
    loss_surface,
)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 2))
NET = nnlib.Sequential(nnlib.Dense(2, 12, RNG), nnlib.ReLU(), nnlib.Dense(12, 1, RNG))


def beyond(fig: Figure) -> list[str]:
    """Name axes and words that reach beyond the card."""
    fig.canvas.draw()
    boxes = [("axes", ax.get_tightbbox()) for ax in fig.axes if ax.axison and ax.get_visible()]
    bare = [text for ax in fig.axes if not ax.axison for text in ax.texts]
    boxes += [(text.get_text(), text.get_window_extent()) for text in [*fig.texts, *bare]]
    page = fig.bbox
    return [
        name
        for name, box in boxes
        if box.x0 < page.x0 or box.x1 > page.x1 or box.y0 < page.y0 or box.y1 > page.y1
    ]


FIGURES = {
    "boundary of a net": lambda: decision_boundary(NET, X, X[:, 0] > 0, labels=["no", "yes"]),
    "boundary of probabilities": lambda: decision_boundary(
        lambda p: 1 / (1 + np.exp(-p[:, 0])), X, X[:, 0] > 0, title="P"
    ),
    "boundary of three": lambda: decision_boundary(
        lambda p: np.column_stack([p, -p.sum(axis=1)]), X, np.arange(60) % 3, labels="abc"
    ),
    "boundary of labels": lambda: decision_boundary(
        lambda p: (p[:, 0] > 0).astype(int) + (p[:, 1] > 0), X, np.arange(60) % 3
    ),
    "curves": lambda: learning_curves({"train_loss": [3, 2, 1], "val_loss": [3, 1, 2]}, log=True),
    "histograms": lambda: layer_histograms(
        {f"layer {k}": X * 0.5**k for k in range(7)}, title="Seven layers"
    ),
    "surface": lambda: loss_surface(
        lambda a, b: a**2 + 9 * b**2, (-2, 2), (-2, 2), paths={"SGD": X[:5]}, log=True
    ),
    "confusion": lambda: confusion_matrix([[9, 1], [0, 1234]], ["cat", "dog"], title="Pets"),
    "function": lambda: function_and_derivative(np.tanh, lambda x: 1 - np.tanh(x) ** 2, name="tanh"),
    "units": lambda: network_diagram(NET, title="A net"),
    "unit counts": lambda: network_diagram([2, 3, 1]),
    "chain": lambda: layer_chain(NET, title="A chain"),
    "graph": lambda: computation_graph(
        [("w", "p"), ("x", "p"), ("p", "z"), ("b", "z")], values={"z": -2.5}, grads={"w": "0.1"}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_no_word_leaves_the_card(name):
    assert beyond(FIGURES[name]()) == []


def test_figures_share_a_card():
    fig, axes = card(1, 2)
    first = function_and_derivative(np.tanh, np.cos, ax=axes[0])
    second = learning_curves({"train_loss": [2, 1]}, ax=axes[1])
    assert first is fig
    assert second is fig


def test_a_curve_with_a_jump_is_left_open():
    fig = function_and_derivative(
        lambda x: np.maximum(x, 0), lambda x: (x > 0).astype(float), name="ReLU"
    )
    value, slope = (line.get_ydata() for line in fig.axes[0].lines[:2])
    assert not np.isnan(value).any()
    assert np.isnan(slope).sum() == 1


def test_learning_curves_mark_the_best_epoch():
    fig = learning_curves(nnlib.History([3, 2, 1], [3.0, 1.0, 2.0]))
    labels = [text.get_text() for text in fig.axes[0].get_legend().get_texts()]
    assert labels == ["train loss", "val loss", "best: epoch 2"]


def test_the_boundary_is_where_a_logit_changes_sign():
    fig = decision_boundary(lambda p: p[:, 0] - 0.5, X, X[:, 0] > 0.5)
    (path,) = fig.axes[0].collections[0].get_paths()
    np.testing.assert_allclose(path.vertices[:, 0], 0.5, atol=1e-9)


def test_graph_columns_follow_the_order_of_computation():
    edges = [("w", "p"), ("x", "p"), ("p", "z"), ("b", "z"), ("z", "L"), ("t", "L")]
    assert _depths(edges) == {"w": 0, "x": 0, "p": 1, "b": 1, "z": 2, "t": 2, "L": 3}


def test_a_cycle_is_refused():
    with pytest.raises(ValueError, match="without a cycle"):
        computation_graph([("a", "b"), ("b", "a")])


def test_a_net_without_weights_has_no_diagram():
    with pytest.raises(ValueError, match="weight matrix W"):
        network_diagram([nnlib.ReLU()])


def test_words_beyond_the_card_would_be_noticed():
    fig, ax = card(width=200, height=150)
    ax.set_title("far too long for a card as narrow as this one is")
    assert beyond(fig) == ["axes"]
