"""What every test shares: records go to a folder of their own, never to a learner's."""

import os

import pytest

# scikit-learn tries array-API inputs on an estimator only where SciPy was loaded with this.
os.environ.setdefault("SCIPY_ARRAY_API", "1")


@pytest.fixture(autouse=True)
def own_records(tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOGRADER_HOME", str(tmp_path / "records"))
