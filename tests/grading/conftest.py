"""A small class that is graded once for all tests that only look at it."""

import pytest

from autograder.grading.sandbox import bwrap_path
from tests.grading import classroom


@pytest.fixture(scope="session", autouse=True)
def box():
    if bwrap_path() is None:
        pytest.skip(
            "bubblewrap is not installed: apt-get install bubblewrap", allow_module_level=True
        )


@pytest.fixture(scope="session")
def small_class(tmp_path_factory):
    """Three honest students and one who handed in garbage, graded."""
    root = classroom.make_course(tmp_path_factory.mktemp("class") / "course")
    classroom.fill(root, 3)
    classroom.hand_in(root, "broken", b'{"cells": [')
    summary = classroom.grade(root)
    return root, summary
