"""Chapter 11: the questions are complete, the cards come back when due, the interview is fair."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import numpy as np
import pytest

from autograder.interview import Deck, draw, flashcards, mock, question, questions, records, start
from autograder.interview.markup import to_html
from autograder.interview.mock import Interview
from autograder.interview.questions import LEVELS, TOPICS
from autograder.interview.whiteboard import timesheet
from autograder.interview.widgets import Clock
from nnlib.viz import interview as pictures

ROOT = Path(__file__).parent.parent.parent
ALL = questions()
NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
# What each model answer has to settle, by question; from the merged list of questions.
SETTLES = {
    "U01": {40}, "U02": {36}, "U03": {38}, "U04": {39}, "U05": {36, 37}, "U06": {31, 32},
    "U07": {29, 30, 35, 41}, "U08": {24, 25, 27, 28}, "U09": {23, 33, 34}, "U10": {42, 43, 49},
    "U11": {20, 44, 45, 47, 48}, "U12": {44, 46, 53, 54}, "U13": {50},
    "U14": {*range(1, 13), 16}, "U15": set(range(55, 61)), "U16": set(range(61, 68)),
    "U17": {89, 90, 95, 96}, "U18": {86, 88, 91, 93, 94, 97}, "U19": set(range(69, 76)),
    "U20": {76}, "U21": {16, 39, 77, 78}, "U22": set(range(79, 83)), "U23": {83, 84, 85},
    "U24": set(range(98, 106)), "U25": {106, 107, 108, 110, 111}, "U26": {51, 109},
    "U27": {68, 124}, "U28": set(range(112, 121)), "U29": set(range(121, 137)),
}  # fmt: skip


@pytest.fixture(autouse=True)
def own_disk(tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOGRADER_HOME", str(tmp_path))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return tmp_path


# --- the questions ------------------------------------------------------------------------------


def test_there_are_enough():
    names = [q.id for q in ALL]
    assert {f"U{n:02d}" for n in range(1, 30)} <= set(names)
    assert sum(name[0] == "G" for name in names) >= 20
    assert {q.topic for q in ALL} == set(TOPICS)
    assert {q.level for q in ALL} == set(LEVELS)


@pytest.mark.parametrize("asked", ALL, ids=lambda q: q.id)
def test_every_answer_is_whole_and_fits_its_time(asked):
    assert re.fullmatch(r"[UG]\d\d", asked.id)
    assert asked.ask[0].isupper()
    assert asked.ask.endswith(("?", "."))
    thirty, two = len(asked.thirty.split()), len(asked.two.split())
    assert 40 <= thirty <= 90, "about 150 words a minute, and time to think"
    assert 140 <= thirty + two <= 300
    assert len(asked.follow.split()) >= 2
    assert len(asked.reply.split()) >= 12
    assert len(asked.fails.split()) >= 7


@pytest.mark.parametrize(("name", "numbers"), SETTLES.items())
def test_conflicts_are_settled(name, numbers):
    assert {f"E{n:02d}" for n in numbers} <= set(question(name).settles)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("U18", "1 − β₁ᵗ"),  # Adam has its bias correction
        ("U19", "weight matrix"),  # the factor is W f', not the slope alone
        ("U21", "variance a²/3"),
        ("U22", "√(σ² + ε)"),  # ε inside
        ("U23", "multiplies by the **keep** probability"),
        ("U05", "not a polynomial"),
        ("U25", "109,386"),
    ],
)
def test_the_right_side_of_a_conflict(name, says):
    assert says in question(name).thirty + question(name).two


def test_the_chapter_shows_each_question_and_its_evidence():
    path = ROOT / "notebooks" / "chapters" / "11_interview.ipynb"
    cells = {c.id: c for c in nbformat.read(path, as_version=4).cells}
    ids = list(cells)
    for q in ALL:
        assert f'ask("{q.id}")' in cells[q.id.lower()].source
        after = [cells[i] for i in ids[ids.index(q.id.lower()) + 1 :]]
        evidence = next(c for c in after if c.cell_type == "code")
        assert "ask(" not in evidence.source
        assert evidence.outputs


def test_unknown_names_are_refused():
    with pytest.raises(LookupError, match="U99"):
        question("U99")
    with pytest.raises(ValueError, match="topic"):
        questions("biology")
    with pytest.raises(ValueError, match="level"):
        questions(level=7)


def test_markup_escapes_and_lists():
    html = to_html("a < b, `x < y` and **so**\n\nThree:\n\n- one\n  more\n- two")
    assert "<p>a &lt; b, <code>x &lt; y</code> and <b>so</b></p>" in html
    assert "<ul><li>one more</li><li>two</li></ul>" in html
    assert "<script" not in to_html("<script>")


# --- flashcards ---------------------------------------------------------------------------------


def test_a_card_comes_back_later_each_time_it_is_known():
    deck, gaps, now = Deck(), [], NOW
    for _ in range(5):
        due = deck.rate("U08", 3, now)
        gaps.append(due - now)
        now = due
    assert gaps == sorted(gaps)
    assert gaps[0] < timedelta(hours=1) < timedelta(days=10) < gaps[-1]


def test_a_forgotten_card_comes_back_at_once():
    deck = Deck()
    for _ in range(4):
        due = deck.rate("U08", 3, deck.cards["U08"].due if "U08" in deck.cards else NOW)
    again = deck.rate("U08", 1, due)
    assert again - due < timedelta(hours=1)


def test_the_schedule_survives_on_disk():
    first = Deck()
    due = first.rate("U08", 4, NOW)
    first.rate("G01", 1, NOW)
    second = Deck()
    assert second.cards["U08"].due == due
    assert second.cards["U08"].to_dict() == first.cards["U08"].to_dict()
    kept = json.loads(records.path().read_text(encoding="utf-8"))
    assert [(r["id"], r["rating"]) for r in kept["reviews"]] == [("U08", 4), ("G01", 1)]


def test_two_notebooks_do_not_overwrite_each_other():
    one, two = Deck(), Deck()
    one.rate("U01", 3, NOW)
    two.rate("U02", 3, NOW)
    assert set(Deck().cards) == {"U01", "U02"}


def test_due_cards_come_first_and_new_ones_are_rationed():
    deck = Deck(new=3)
    assert deck.due(NOW) == [q.id for q in ALL[:3]]
    deck.rate("U20", 1, NOW)
    deck.rate("U09", 1, NOW + timedelta(minutes=1))
    later = NOW + timedelta(days=1)
    assert deck.due(later) == ["U20", "U09", ALL[0].id]
    assert deck.counts(later) == {"cards": len(ALL), "seen": 2, "due": 2}
    assert deck.recall("U20", later) < deck.recall("U20", NOW + timedelta(minutes=1)) <= 1
    assert deck.recall("U01") == 0


@pytest.mark.parametrize(
    "text", ["{broken", "[1, 2]", '{"cards": {"U01": {"due": 3}, "U02": null}, "reviews": 5}']
)
def test_damaged_records_cost_no_practice(text, own_disk):
    (own_disk / "interview.json").write_text(text, encoding="utf-8")
    deck = Deck()
    assert deck.cards == {}
    deck.rate("U03", 3, NOW)
    assert set(Deck().cards) == {"U03"}
    if text == "{broken":
        assert list(own_disk.glob("interview.unreadable-*"))


def test_nothing_is_written_while_a_class_is_graded(own_disk, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    Deck().rate("U01", 3, NOW)
    start("interview-adam")
    assert not list(own_disk.iterdir())


def test_bad_ratings_are_refused():
    with pytest.raises(ValueError, match="rate expects"):
        Deck().rate("U01", 5)
    with pytest.raises(LookupError, match="U99"):
        Deck().rate("U99", 3)


def press(widget, action, took=1.0):
    """Do what the browser does."""
    widget._received(widget, {"action": action, "turn": widget.view["turn"], "took": took}, [])


def test_the_card_widget_flips_and_rates():
    widget = flashcards("losses", new=2)
    first = widget.current
    assert question(first).thirty[:20] not in widget.view["body"]
    press(widget, "rate-3")  # no such button yet
    assert widget.current == first
    press(widget, "flip")
    assert to_html(question(first).thirty) in widget.view["body"]
    assert [b["key"] for b in widget.view["buttons"]] == ["1", "2", "3", "4"]
    stale = widget.view["turn"] - 1
    widget._received(widget, {"action": "rate-3", "turn": stale}, [])  # a double click
    assert widget.current == first
    press(widget, "rate-4")
    assert widget.current != first
    assert f"{first} again in" in widget.view["head"]
    assert set(Deck().cards) == {first}
    press(widget, "flip")
    press(widget, "rate-4")
    assert widget.view["buttons"] == []
    assert "Nothing is due" in widget.view["body"]


def test_widgets_show_the_same_words_on_every_run():
    assert repr(flashcards()) == repr(flashcards())
    assert "0x" not in repr(mock(3))
    bundle = flashcards()._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data["text/plain"].startswith(f"{len(ALL)} flashcards")


# --- the mock interview -------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_a_draw_is_spread_and_has_no_doubles(seed):
    drawn = draw(np.random.default_rng(seed), 8)
    assert len({q.id for q in drawn}) == 8
    assert len({q.topic for q in drawn}) == 8
    assert drawn == draw(np.random.default_rng(seed), 8)


def test_draws_differ_and_reach_every_question():
    rng = np.random.default_rng(0)
    seen = {q.id for _ in range(200) for q in draw(rng, 5)}
    assert seen == {q.id for q in ALL}


def test_a_draw_keeps_to_topics_and_levels():
    drawn = draw(np.random.default_rng(0), 50, topics=["losses", "optimizers"], levels=[2, 3])
    wanted = {q.id for q in ALL if q.topic in ("losses", "optimizers") and q.level > 1}
    assert {q.id for q in drawn} == wanted


@pytest.mark.parametrize("bad", [{"topics": ["biology"]}, {"levels": [9]}, {"n": 0}])
def test_bad_draws_are_refused(bad):
    with pytest.raises(ValueError, match="draw"):
        draw(np.random.default_rng(0), **bad)


def test_a_whole_interview_is_scored_and_kept():
    widget = mock(3, seconds=60, rng=np.random.default_rng(1))
    press(widget, "next")
    for score, took in ((3, 40.0), (1, 95.4), (2, 10.0)):
        assert widget.view["clock"] == 60
        press(widget, "done", took)
        assert widget.view["clock"] == 0
        press(widget, f"score-{score}")
    names = [q.id for q in widget.interview.asked]
    assert "6 of 9 points" in widget.view["body"]
    assert f"Over time: {names[1]}" in widget.view["body"]
    assert f"Repeat: {names[1]}." in widget.view["body"]
    (kept,) = records.load()["mocks"]
    assert kept["limit"] == 60
    assert [a["seconds"] for a in kept["answers"]] == [40, 95, 10]


def test_a_finished_interview_takes_no_more_scores():
    interview = Interview([ALL[0]])
    with pytest.raises(ValueError, match="score expects"):
        interview.score(4, 1.0)
    interview.score(3, float("nan"))
    assert interview.results[0]["seconds"] == 0
    with pytest.raises(ValueError, match="score expects"):
        interview.score(3, 1.0)


# --- the whiteboard -----------------------------------------------------------------------------


def test_the_timesheet_tells_the_minutes(own_disk):
    assert "nothing started" in timesheet()
    clock = start("interview-adam")
    assert isinstance(clock, Clock)
    assert clock.view["clock"] == 600
    assert "not checked since" in timesheet()
    begun = datetime.fromisoformat(records.load()["starts"]["interview-adam"])
    entry = {
        "attempts": 1,
        "last": {"points": 2.0},
        "when": (begun + timedelta(minutes=7)).isoformat(),
    }
    (own_disk / "progress.json").write_text(json.dumps({"interview-adam": entry}), encoding="utf-8")
    assert timesheet().split(maxsplit=1)[1] == "7 of 10 minutes, full marks"
    entry["last"]["points"] = 1.0
    (own_disk / "progress.json").write_text(json.dumps({"interview-adam": entry}), encoding="utf-8")
    assert "not right yet" in timesheet()


def test_free_answers_are_graded_by_a_person_and_leak_nothing():
    source = nbformat.read(ROOT / "solutions/11_interview/exercises.ipynb", as_version=4)
    release = nbformat.read(ROOT / "notebooks/exercises/11_interview/exercises.ipynb", as_version=4)
    manual = [c for c in source.cells if _by_person(c)]
    assert len(manual) >= 5
    released = {c.id: c.source for c in release.cells if _by_person(c)}
    for cell in manual:
        assert len(cell.source.split()) > 80, "the model answer"
        assert released[cell.id] == "YOUR ANSWER HERE"
    rubrics = "\n".join(c.source for c in source.cells)
    assert rubrics.count("**step by step**") == len(manual), "the instructor has one per question"
    text = "\n".join(c.source for c in release.cells)
    assert "MARK SCHEME" not in text
    assert "**step by step**" not in text, "learners know the five habits, and not the rubric"


def _by_person(cell):
    nbgrader = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "markdown" and nbgrader.get("grade") and nbgrader.get("solution")


# --- the forgetting curve -----------------------------------------------------------------------


def test_the_curve_is_the_schedulers_own():
    deck = Deck()
    deck.rate("U01", 3, NOW)
    card = deck.cards["U01"]
    for days in (1, 5, 30):
        ours = pictures.recall(np.array([float(days)]), card.stability)[0]
        assert ours == pytest.approx(deck.recall("U01", NOW + timedelta(days=days)), rel=1e-6)


def test_the_picture_draws_at_both_ends():
    widget = pictures.forgetting()
    for gap in (0.5, 14.0):
        for repetitions in (0, 6):
            widget.static(gap=gap, repetitions=repetitions)
