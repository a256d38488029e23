"""The estimators are scikit-learn's in every respect that scikit-learn checks, and thin over fit."""

import numpy as np
import pytest

sklearn = pytest.importorskip("sklearn")

from sklearn.datasets import load_digits, make_moons  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_score  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.utils.estimator_checks import parametrize_with_checks  # noqa: E402

from nnlib import Dense  # noqa: E402
from nnlib.estimators import NetClassifier, NetRegressor  # noqa: E402


@pytest.mark.filterwarnings("ignore:Estimator .* does not inherit:UserWarning")
@parametrize_with_checks([NetClassifier(random_state=0), NetRegressor(random_state=0)])
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


def test_pipeline_and_cross_validation():
    x, y = make_moons(300, noise=0.2, random_state=0)
    model = make_pipeline(StandardScaler(), NetClassifier((16,), epochs=40, random_state=0))
    assert cross_val_score(model, x * 100, y, cv=3).mean() > 0.93


def test_grid_search_over_widths():
    x, y = make_moons(200, noise=0.2, random_state=1)
    search = GridSearchCV(NetClassifier(epochs=30, random_state=0), {"hidden": [(), (16,)]}, cv=3)
    assert search.fit(x, y).best_params_ == {"hidden": (16,)}


def test_many_classes_with_names_for_labels():
    x, y = load_digits(return_X_y=True)
    names = np.array([f"digit {i}" for i in range(10)])
    model = NetClassifier((32,), epochs=15, random_state=0).fit(x[:1200] / 16, names[y[:1200]])
    assert model.score(x[1200:] / 16, names[y[1200:]]) > 0.9
    assert model.predict_proba(x[:5] / 16).shape == (5, 10)


def test_balanced_weights_move_the_threshold():
    rng = np.random.default_rng(0)
    y = (rng.random(600) < 0.1).astype(int)
    x = rng.normal(size=(600, 2)) + 1.2 * y[:, None]
    plain = NetClassifier((), epochs=60, random_state=0).fit(x, y)
    balanced = NetClassifier((), epochs=60, class_weight="balanced", random_state=0).fit(x, y)
    assert balanced.predict(x).mean() > 2 * plain.predict(x).mean()


def test_several_targets():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3))
    y = x @ rng.normal(size=(3, 2))
    model = NetRegressor((), epochs=60, random_state=0).fit(x, y)
    assert model.predict(x).shape == (200, 2)
    assert model.score(x, y) > 0.99


def test_a_network_of_ones_own():
    x, y = make_moons(100, random_state=0)
    model = NetClassifier(build=lambda n_in, n_out, rng: Dense(n_in, n_out, rng), random_state=0)
    assert isinstance(model.fit(x, y).net_, Dense)


def test_an_unknown_activation_is_named():
    with pytest.raises(ValueError, match="relu, tanh"):
        NetClassifier(activation="relo").fit([[0.0], [1.0]], [0, 1])


def test_the_same_seed_gives_the_same_model():
    x, y = make_moons(100, random_state=0)
    one, two = (
        NetClassifier(epochs=5, random_state=3).fit(x, y).decision_function(x) for _ in range(2)
    )
    assert np.array_equal(one, two)
