"""The house rules that a machine can check: levels, line budget, public names, no global state."""

import ast
from pathlib import Path

import pytest

import nnlib

HOME = Path(nnlib.__file__).parent
LEAVES = {
    "viz",
    "estimators",
    "onnx",
    "bundle",
    "drift",
    "predictions",
    "serving",
}  # optional; nothing in the engine imports them
DATA = {"datasets", "churn"}  # tables, not engine
LEVELS = [
    {"layer", "schedules"},
    {"functional", "init", "data", "metrics", "churn", "datasets"},
    {"activations", "layers", "containers", "losses", "parameters"},
    {"optimizers", "regularizers", "differences"},
    {"callbacks", "checkpoint", "gradcheck", "probes"},
    {"training"},
    {"__init__"},
]
ENGINE = {p.stem: p for p in HOME.glob("*.py") if p.stem not in LEAVES}
PUBLIC = [
    "Dense",
    "Dropout",
    "BatchNorm",
    "LayerNorm",
    "Flatten",
    "Sequential",
    "Residual",
    "Step",
    "ReLU",
    "LeakyReLU",
    "PReLU",
    "ELU",
    "Sigmoid",
    "Tanh",
    "Swish",
    "GELU",
    "Mish",
    "Softplus",
    "Softmax",
    "mse",
    "mae",
    "huber",
    "bce_with_logits",
    "softmax_cross_entropy",
    "hinge",
    "focal",
    "he_normal",
    "he_uniform",
    "glorot_normal",
    "glorot_uniform",
    "SGD",
    "AdaGrad",
    "RMSProp",
    "Adam",
    "AdamW",
    "constant",
    "step_decay",
    "exponential_decay",
    "cosine_annealing",
    "warmup",
    "l1",
    "l2",
    "elastic_net",
    "clip_norm",
    "fit",
    "evaluate",
    "History",
    "EarlyStopping",
    "numerical_gradient",
    "check_layer",
    "check_loss",
    "check_network",
    "save",
    "load",
    "Parameters",
]


def imports(path):
    """Names of the nnlib modules and of all other packages that a file imports anywhere."""
    ours, others = set(), set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            root, _, rest = node.module.partition(".")
            if root != "nnlib":
                others.add(root)
            elif rest:
                ours.add(rest.split(".")[0])
            else:
                ours.update(alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            others.update(alias.name.split(".")[0] for alias in node.names)
    return ours, others


def test_every_file_has_a_level():
    assert set().union(*LEVELS) == set(ENGINE)


@pytest.mark.parametrize("name", sorted(ENGINE))
def test_imports_come_from_lower_levels(name):
    level = next(i for i, names in enumerate(LEVELS) if name in names)
    below = set().union(*LEVELS[:level])
    peers = {"churn"} if name == "datasets" else set()
    ours, _ = imports(ENGINE[name])
    assert ours <= below | peers


@pytest.mark.parametrize("name", sorted(ENGINE))
def test_numpy_is_the_only_dependency(name):
    import sys

    _, others = imports(ENGINE[name])
    assert others - set(sys.stdlib_module_names) <= {"numpy"}


@pytest.mark.parametrize("path", sorted(HOME.glob("*.py")), ids=lambda p: p.stem)
def test_no_file_is_long(path):
    assert len(path.read_text().splitlines()) <= 300


def test_engine_stays_within_its_line_budget():
    files = [p for name, p in ENGINE.items() if name not in DATA]
    lines = [line for p in files for line in p.read_text().splitlines() if line.strip()]
    assert len(lines) <= 2500


@pytest.mark.parametrize("name", sorted(ENGINE))
def test_no_function_is_long(name):
    for node in ast.walk(ast.parse(ENGINE[name].read_text())):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            assert not body or node.end_lineno - body[0].lineno < 45, node.name


@pytest.mark.parametrize("name", PUBLIC)
def test_public_names_stay(name):
    assert name in nnlib.__all__
    assert callable(getattr(nnlib, name))


def test_all_names_exist_once():
    assert len(set(nnlib.__all__)) == len(nnlib.__all__)
    assert all(hasattr(nnlib, name) for name in nnlib.__all__)


@pytest.mark.parametrize(
    "name",
    [
        "step",
        "relu",
        "leaky_relu",
        "prelu",
        "elu",
        "sigmoid",
        "tanh",
        "swish",
        "gelu",
        "mish",
        "softplus",
        "softmax",
    ],
)
def test_functional_has_the_lower_case_names(name):
    assert callable(getattr(nnlib.functional, name))


@pytest.mark.parametrize("name", sorted(ENGINE))
def test_public_things_have_docstrings(name):
    tree = ast.parse(ENGINE[name].read_text())
    assert ast.get_docstring(tree)
    for node in tree.body:
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)) or node.name.startswith("_"):
            continue
        if not any(getattr(d, "id", "") == "overload" for d in node.decorator_list):
            assert ast.get_docstring(node), node.name


def test_global_random_state_is_untouched():
    import numpy as np

    before = np.random.get_state()[1].copy()  # noqa: NPY002
    rng = np.random.default_rng(0)
    net = nnlib.Sequential(nnlib.Dense(2, 3, rng), nnlib.Dropout(0.5, rng), nnlib.Dense(3, 2, rng))
    optimizer = nnlib.Adam(nnlib.Parameters(net))
    nnlib.fit(net, nnlib.softmax_cross_entropy, optimizer, nnlib.datasets.xor(), epochs=2, rng=rng)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
