"""Put a verdict into words: the number that nbgrader reads and the panel that people read."""

from __future__ import annotations

import html

from autograder.judge import Verdict

COLOURS = {"right": "#1b7837", "part": "#9a6700", "wrong": "#b2352c", "todo": "#4d5b6b"}
MARKS = {"right": "✓", "part": "◐", "wrong": "✗", "todo": "…"}


class Score(float):
    """The points of a verdict: plain ``repr`` for nbgrader, an HTML panel for people."""

    verdict: Verdict

    def __new__(cls, verdict: Verdict) -> Score:
        """Make the number; the verdict stays at hand as ``.verdict``."""
        score = super().__new__(cls, verdict.points)
        score.verdict = verdict
        return score

    def __repr__(self) -> str:
        return repr(float(self))

    def _repr_html_(self) -> str:
        return panel(self.verdict)


def state(verdict: Verdict) -> str:
    """Return right, part, wrong or todo."""
    if verdict.passed:
        return "right"
    if verdict.mistake in ("not-done", "missing"):
        return "todo"
    return "part" if verdict.points > 0 else "wrong"


def text(verdict: Verdict) -> str:
    """Return the verdict as one or two lines for a terminal."""
    head = f"{MARKS[state(verdict)]} {verdict.title}: {verdict.points:g} of {verdict.max_points:g}"
    return f"{head}\n  {sentence(verdict)}" if sentence(verdict) else head


def sentence(verdict: Verdict) -> str:
    """Return what to say first."""
    return "Everything checks." if verdict.passed else verdict.sentence


def panel(verdict: Verdict) -> str:
    """Return the verdict as HTML that reads in light and dark themes and on paper."""
    how = state(verdict)
    colour = COLOURS[how]
    rows = "".join(
        f'<tr><td style="padding:1px 14px 1px 0;opacity:.75;text-align:left">{html.escape(k)}</td>'
        f'<td style="text-align:left"><code>{html.escape(v)}</code></td></tr>'
        for k, v in verdict.evidence
    )
    table = f'<table style="margin:6px 0 0 0;border:0;font-size:93%">{rows}</table>' if rows else ""
    small = list(verdict.notes)
    if how in ("wrong", "part"):
        if verdict.seed is not None:
            small.append(f'Same inputs again: check("{verdict.exercise}", seed={verdict.seed})')
        small.append(f'A nudge: hint("{verdict.exercise}")')
    notes = "".join(
        f'<div style="margin-top:4px;font-size:90%;opacity:.75">{marked(n)}</div>' for n in small
    )
    return (
        f'<div style="border:1px solid {colour};border-left:6px solid {colour};border-radius:4px;'
        f"padding:8px 14px;margin:4px 0;max-width:46em;font-family:sans-serif;line-height:1.45;"
        f'text-align:left">'
        f'<div><span style="color:#fff;background:{colour};border-radius:3px;padding:0 6px;'
        f'font-weight:bold">{MARKS[how]}</span> <b>{html.escape(verdict.title)}</b>'
        f'<span style="float:right">{verdict.points:g} of {verdict.max_points:g}</span></div>'
        f'<div style="margin-top:5px">{marked(sentence(verdict))}</div>{table}{notes}</div>'
    )


def marked(words: str) -> str:
    """Return the words as HTML, with `code` between backticks set as code."""
    parts = html.escape(words, quote=False).split("`")
    return "".join(f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(parts))
