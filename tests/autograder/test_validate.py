"""nbgrader's Validate, by its API: its command-line twin exits 0 whatever fails."""

import html
from pathlib import Path

import nbformat
import pytest

validator = pytest.importorskip("nbgrader.validator")
ROOT = Path(__file__).parents[2]


def failed(path):
    found = validator.Validator().validate(str(path))
    return {f["source"]: html.unescape(f["error"]) for f in found.get("failed", [])}


def test_the_untouched_chapter_fails_with_sentences(tmp_path):
    learner = ROOT / "notebooks" / "exercises" / "01_perceptrons" / "exercises.ipynb"
    copy = tmp_path / "exercises.ipynb"
    copy.write_text(learner.read_text())
    errors = failed(copy)
    said = errors['check("perceptrons-neuron")']
    assert "One neuron's weighted sum: 0 of 2" in said
    assert "not done yet" in said
    assert not any("Traceback" in e for s, e in errors.items() if s.startswith("check("))


def test_the_solutions_pass(tmp_path):
    source = ROOT / "solutions" / "01_perceptrons" / "exercises.ipynb"
    copy = tmp_path / "exercises.ipynb"
    copy.write_text(source.read_text())
    assert len(nbformat.read(copy, 4).cells) > 3
    assert failed(copy) == {}
