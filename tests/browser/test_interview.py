"""Flashcards and mock interview in a real JupyterLab, by mouse and by key."""

import json

import nbformat
import pytest

from tests.browser.labtools import open_notebook, run_all

CELLS = [
    "from autograder.interview import flashcards, mock\n"
    "import numpy as np\n"
    "cards = flashcards('losses', new=2)\n"
    "cards",
    "talk = mock(2, seconds=2, rng=np.random.default_rng(0))\ntalk",
]


@pytest.fixture
def stages(page, lab, tmp_path):
    """Run the two widgets with records of their own; return them and where the records lie."""
    home = tmp_path / "home"
    first = f"import os\nos.environ['AUTOGRADER_HOME'] = {str(home)!r}\n"
    cells = [nbformat.v4.new_code_cell(c) for c in (first + CELLS[0], CELLS[1])]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    path = tmp_path / "interview.ipynb"
    nbformat.write(notebook, path)
    open_notebook(page, lab, path)
    run_all(page)
    found = page.locator(".stage")
    found.nth(1).wait_for()
    return found.nth(0), found.nth(1), home / "interview.json"


def test_cards_by_key_and_by_mouse(page, stages, screenshot):
    cards, _, kept = stages
    question = cards.locator(".ask")
    first = question.inner_text()
    cards.click(position={"x": 5, "y": 5})
    screenshot(cards, "flashcard-front")
    page.keyboard.press("3")  # no rating before the answer has been seen
    page.keyboard.press("Space")
    cards.get_by_text("In thirty seconds").wait_for()
    assert cards.locator("button").all_inner_texts() == ["1 again", "2 hard", "3 good", "4 easy"]
    screenshot(cards, "flashcard-back")
    page.keyboard.press("4")
    cards.get_by_text("show the answer").wait_for()
    assert question.inner_text() != first
    cards.get_by_text("show the answer").click()
    cards.get_by_role("button", name="4 easy").click()
    cards.get_by_text("Nothing is due now").wait_for()
    reviews = json.loads(kept.read_text(encoding="utf-8"))["reviews"]
    assert [r["rating"] for r in reviews] == [4, 4]
    cells = page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets.length")
    assert cells == 2, "a key that rates a card must not reach the notebook"


def test_a_mock_interview_counts_the_time(page, stages, screenshot):
    _, talk, kept = stages
    talk.get_by_role("button", name="begin").click()
    talk.locator(".clock.over").wait_for()  # two seconds are over
    screenshot(talk, "mock-question")
    page.keyboard.press("Space")
    talk.get_by_text("In two minutes, go on").wait_for()
    page.keyboard.press("1")
    talk.get_by_text("Question 2 of 2").wait_for()
    page.keyboard.press("Space")
    talk.get_by_text("In two minutes, go on").wait_for()
    page.keyboard.press("3")
    talk.get_by_text("4 of 6 points").wait_for()
    screenshot(talk, "mock-report")
    (interview,) = json.loads(kept.read_text(encoding="utf-8"))["mocks"]
    assert interview["answers"][0]["seconds"] >= 2
