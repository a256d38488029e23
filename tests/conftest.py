"""What every test shares: records go to a folder of their own, never to a learner's."""

import pytest


@pytest.fixture(autouse=True)
def own_records(tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOGRADER_HOME", str(tmp_path / "records"))
