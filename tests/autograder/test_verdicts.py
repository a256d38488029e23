"""What a learner reads, whatever their code does: one clear sentence, never a traceback of ours."""

import numpy as np
import pytest

from autograder import judge, plan
from autograder.exercise import Exercise, Wrong, get
from autograder.feedback import Score, panel, text
from autograder.probe import call, layer
from tests.autograder.kill_table import verdict

NEURON = get("perceptrons-neuron")

BODIES = {
    "return None": ("returns-none", "is None"),
    "raise NotImplementedError": ("not-done", "not done yet"),
    "return [1.0]": ("returns-list", "is a list"),
    "return (1.0,)": ("returns-list", "is a tuple"),
    "return {'z': 1}": ("returns-type", "is a dict"),
    "return 'z'": ("returns-text", "is text"),
    "return np.nan": ("not-finite", "NaN"),
    "return np.inf": ("not-finite", "infinite"),
    "return np.array([x @ w + b])": ("kept-axis", "shape (1,)"),
    "return (x @ w + b) * 1j": ("complex", "is complex"),
    "return int(x @ w + b)": ("truncated", "whole numbers"),
    "return 2 * (x @ w + b)": ("twice", "twice"),
    "return -(x @ w + b)": ("sign", "wrong sign"),
    "return np.zeros(())": ("all-zeros", "all zeros"),
    "x *= 2\n    return x @ w / 2 + b": ("changed-in-place", "in place"),
    "x[0] = 9\n    return x @ w + b": ("changed-in-place", "in place"),
    "return neuron(x, w, b)": ("recursion", "calls itself"),
    "return x.values @ w": ("raised", "AttributeError, at the line `return x.values @ w`"),
    "import sys\n    sys.exit(0)": ("raised", "SystemExit"),
    "raise KeyboardInterrupt": ("raised", "KeyboardInterrupt"),
    "return undefined_name": ("raised", "undefined_name"),
    "x.flags.writeable = False\n    x[0] = 1\n    return x @ w": ("raised", "read-only"),
}


def neuron(body):
    return f"def neuron(x, w, b):\n    {body}\n"


@pytest.mark.parametrize("body", BODIES)
def test_wrong_code_gets_nothing_and_one_sentence(body):
    name, words = BODIES[body]
    result = verdict(NEURON, neuron(body))
    assert result.points == 0
    assert result.mistake == name
    assert words in result.sentence
    assert "Traceback" not in panel(Score(result).verdict)


@pytest.mark.parametrize(
    "body",
    [
        "print('here'); return x @ w + b",
        "import warnings\n    warnings.warn('careful')\n    return x @ w + b",
        "import sys\n    print('err', file=sys.stderr)\n    return x @ w + b",
        "import time\n    time.sleep(0.05)\n    return x @ w + b",
        "z = np.array(x @ w + b)\n    z.flags.writeable = False\n    return z",
        "x = x.copy()\n    x *= w\n    return x.sum() + b",
    ],
)
def test_harmless_habits_cost_nothing(body, capfd):
    result = verdict(NEURON, neuron(body))
    assert result.points == result.max_points
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "import time\n    time.sleep(60)",
        "while True:\n        try:\n            while True: pass\n        except BaseException: pass",
    ],
)
def test_code_that_never_ends_is_stopped(body):
    quick = Exercise(**{**vars(NEURON), "seconds": 0.3})
    result = verdict(quick, neuron(body))
    assert (result.points, result.mistake) == (0, "timeout")


def test_a_missing_function_and_a_borrowed_one_are_named():
    cases = NEURON.make_cases(1)
    missing = judge.judge(NEURON, 1, judge.run(NEURON, {}, cases))
    assert "There is no `neuron`" in missing.sentence
    import nnlib

    borrowed = judge.judge(NEURON, 1, judge.run(NEURON, {"neuron": nnlib.mse}, cases))
    assert borrowed.mistake == "borrowed"
    assert borrowed.points == 0


def test_the_score_is_a_plain_float_for_nbgrader_and_a_panel_for_people():
    score = Score(verdict(NEURON, NEURON.reference))
    assert repr(score) == "2.0"
    assert isinstance(score, float)
    assert "2 of 2" in score._repr_html_()
    assert "Everything checks" in text(score.verdict)


def test_a_wrong_verdict_can_be_replayed_with_its_seed():
    first = verdict(NEURON, neuron("return x @ w"), seed=77)
    again = verdict(NEURON, neuron("return x @ w"), seed=first.seed)
    assert first == again
    assert "seed=77" in panel(first)


def dense(body_backward):
    return f"""
class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.zeros((n_in, n_out))
        self.b = np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dy):
        {body_backward}
"""


RIGHT = "self.dW = self.x.T @ dy; self.db = dy.sum(axis=0); return dy @ self.W.T"


def dense_cases(rng):
    return [
        {
            "n_in": m,
            "n_out": k,
            "W": rng.normal(size=(m, k)),
            "b": rng.normal(size=k),
            "x": rng.normal(size=(n, m)),
            "dy": rng.normal(size=(n, k)),
        }
        for n, m, k in ((5, 3, 4), (1, 4, 2), (7, 2, 3))
    ]


DENSE = Exercise(
    name="demo-dense",
    title="Dense",
    kind="layer",
    cases=dense_cases,
    probe=layer,
    options={"name": "Dense", "init": ("n_in", "n_out"), "params": ("W", "b")},
    reference=dense(RIGHT),
    hints=("a", "b", "c"),
    points=4,
)

SIGNATURES = {
    "self.dW = self.x.T @ dy; self.db = dy.mean(axis=0); return dy @ self.W.T": ("db", "ratio-size", "batch size"),
    "self.dW = self.x.T @ dy / len(dy); self.db = dy.sum(axis=0); return dy @ self.W.T": ("dW", "ratio-size", "batch size"),
    "self.dW = (self.x.T @ dy).T; self.db = dy.sum(axis=0); return dy @ self.W.T": ("dW", "transposed", "transposed"),
    "self.dW = self.x.T @ dy; self.db = dy.sum(axis=0, keepdims=True); return dy @ self.W.T": ("db", "kept-axis", "wrong shape"),
    "self.dW = self.x.T @ dy; self.db = dy; return dy @ self.W.T": ("db", "not-summed", "sum over axis 0"),
    "self.dW = self.x.T @ np.ones_like(dy); self.db = dy.sum(axis=0); return dy @ self.W.T": ("dW", "upstream-ignored", "upstream"),
    "self.dW = self.x.T @ dy + 0.7 * self.W; self.db = dy.sum(axis=0); return dy @ self.W.T": ("dW", "offset-input", "`W`"),
    "self.dW = self.x.T @ dy; self.db = np.zeros(dy.shape[1]); return dy @ self.W.T": ("db", "all-zeros", "zeros"),
    "self.dW = self.x.T @ dy; self.db = dy.sum(axis=0); return None": ("dx", "returns-none", "None"),
    "self.dW = self.x.T @ dy; self.db = dy[0]; return dy @ self.W.T": ("db", "only-batch-of-one", "batch of one"),
    "self.dW = self.x.T @ dy; self.db = abs(dy.sum(axis=0)); return dy @ self.W.T": ("db", "absolute", "sign"),
    "self.dW = self.x.T @ dy; self.db = dy.sum(axis=0); dx = dy @ self.W.T; dx[-1] = 0; return dx": ("dx", "last-only", "last row"),
    "self.dW = self.x.T @ dy; return dy @ self.W.T": ("db", "attribute", "db"),
}  # fmt: skip


@pytest.mark.parametrize("body", SIGNATURES)
def test_generic_signatures_name_what_no_bank_knows(body):
    key, name, words = SIGNATURES[body]
    result = verdict(DENSE, dense(body))
    assert result.points < result.max_points
    assert result.mistake == name, result.sentence
    assert words in result.sentence
    assert key in result.sentence


def test_partial_credit_needs_a_right_forward_value():
    only_db_wrong = verdict(DENSE, dense(RIGHT.replace("dy.sum(axis=0)", "dy.mean(axis=0)")))
    assert only_db_wrong.points == 3
    zero = verdict(
        DENSE, dense(RIGHT).replace("return x @ self.W + self.b", "return 0 * (x @ self.W)")
    )
    assert zero.points == 0


def test_the_first_wrong_intermediate_is_named():
    chain = Exercise(
        name="demo-chain",
        title="Chain",
        probe=call,
        hints=("a", "b", "c"),
        cases=lambda rng: [{"z": rng.normal(size=(4, 3))}],
        options={"name": "chain", "args": ("z",), "returns": ("dz2", "da1", "dz1")},
        reference="def chain(z):\n    dz2 = np.sin(z)\n    da1 = dz2 * z\n    return dz2, da1, np.cos(da1)\n",
    )
    result = verdict(
        chain, "def chain(z):\n    d = np.sin(z)\n    a = d * z**2\n    return d, a, np.cos(a)\n"
    )
    assert "`dz2` is right, `da1` is the first wrong one" in result.sentence


def test_the_bank_speaks_before_the_generic_signatures():
    wrong = Wrong("mine", "Your `db` is a mean.", swap={"dy.sum(axis=0)": "dy.mean(axis=0)"})
    exercise = Exercise(**{**vars(DENSE), "wrong": (wrong,)})
    assert verdict(exercise, wrong.source(DENSE.reference)).mistake == "mine"


def test_only_arrays_cross_and_the_verdict_is_the_same(tmp_path):
    for source in (NEURON.reference, neuron("return x @ w"), neuron("return None"), "z = 1"):
        plan.write_plan(NEURON, 5, tmp_path)
        blob = plan.run_plan(NEURON.name, tmp_path, NEURON.namespace(source))
        assert judge.judge_blob(NEURON.name, 5, blob) == verdict(NEURON, source, seed=5)


@pytest.mark.parametrize("blob", [b"", b"junk", "not base64!", plan.pack([])])
def test_a_forged_blob_earns_nothing(blob):
    result = judge.judge_blob(NEURON.name, 5, blob)
    assert result.points == 0
    assert result.sentence


def test_pickled_objects_do_not_cross(tmp_path):
    import io

    buffer = io.BytesIO()
    np.savez(buffer, cases=np.array(1), **{"0/value/0/z": np.array([object()], dtype=object)})
    with pytest.raises(ValueError, match="not a packed answer"):
        plan.unpack(buffer.getvalue())


@pytest.mark.parametrize(
    ("guess", "mistake"),
    [
        ("50 / 0.7", "no-precision"),
        (71.4, "no-precision"),
        (71, "no-precision"),
        (83, "no-success"),
    ],
)
def test_a_predicted_number_is_named_when_it_is_rounded(guess, mistake):
    exercise = get("production-break-even")
    assert verdict(exercise, f"{exercise.names()[0]} = {guess}\n").mistake == mistake


def test_a_predicted_number_near_a_mistake_is_not_called_by_its_name():
    exercise = get("production-break-even")
    found = verdict(exercise, f"{exercise.names()[0]} = 72\n")
    assert "too small" in found.sentence
    assert found.mistake not in [wrong.name for wrong in exercise.wrong]
