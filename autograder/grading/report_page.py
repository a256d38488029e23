"""The report as one HTML page: no scripts, no files beside it, figures as inline SVG."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from autograder.feedback import MARKS, marked

if TYPE_CHECKING:
    from autograder.grading.records import Record
    from autograder.grading.report import ClassReport, ExerciseRow

# Dark enough for white text; told apart without colour by their order and their labels.
COLOURS = {"right": "#2a7f62", "part": "#b7791f", "wrong": "#b2352c", "todo": "#7b8794"}
WORDS = {"right": "right", "part": "partly right", "wrong": "wrong", "todo": "not done"}
STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 66rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; }
.sub, figcaption { opacity: .75; } figure { margin: 0; } svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; opacity: .75; }
th, td { text-align: left; padding: .25rem .7rem .25rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; } .n { text-align: right; font-variant-numeric: tabular-nums; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); gap: 2rem; }
.numbers { display: flex; flex-wrap: wrap; gap: 2.5rem; margin: 1.2rem 0; }
.numbers b { display: block; font-size: 1.7rem; } .wide { overflow-x: auto; }
text { fill: currentColor; font-size: 11px; } .light { fill: #fff; }
.bar { background: var(--soft); height: .8rem; width: 8rem; } .bar i { display: block;
  height: 100%; background: #b2352c; } code { font-size: 92%; }
@media print { body { margin: 0; max-width: none; } h2 { break-after: avoid; } }
"""


def page(report: ClassReport, mistakes: list[tuple[float, str, str, str]]) -> str:
    """Return the whole page.

    Parameters
    ----------
    report
        Records, totals and exercises of one assignment.
    mistakes
        (share of the class, exercise, name, sentence), the most frequent first.
    """
    title = escape(report.assignment.partition("_")[2].replace("_", " ") or report.assignment)
    parts = [
        f"<h1>{title.capitalize()}</h1>",
        f'<p class="sub">{escape(report.assignment)} · {len(report.records)} submissions</p>',
        _numbers(report),
        "<h2>Exercises</h2>",
        _exercise_figure(report.exercises),
        "<h2>What the class gets wrong</h2>",
        _mistakes(mistakes),
        "<h2>Points, time and memory</h2>",
        '<div class="figures">',
        _histogram(_shares(report), "share of points", "{:.0f} %"),
        _histogram([r.seconds for r in report.records], "seconds per submission", "{:.1f}"),
        _histogram([float(r.memory) for r in report.records], "MB per submission", "{:.0f}"),
        "</div>",
        "<h2>Put right before grading</h2>",
        _changes(report.records),
        "<h2>Students</h2>",
        _students(report),
    ]
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    view = '<meta name="viewport" content="width=device-width">'
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}{view}</head>\n<body>\n'
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def _shares(report: ClassReport) -> list[float]:
    return [100 * t.score / t.max_score for t in report.totals.values() if t.max_score]


def _numbers(report: ClassReport) -> str:
    shares = sorted(_shares(report)) or [0.0]
    seconds = [record.seconds for record in report.records]
    values = {
        "median of points": f"{shares[len(shares) // 2]:.0f} %",
        "everything right": str(sum(share >= 100 for share in shares)),
        "not graded as usual": str(sum(r.status != "ok" for r in report.records)),
        "put right before grading": str(sum(bool(r.changes) for r in report.records)),
        "to grade by hand": str(sum(t.needs_manual_grade for t in report.totals.values())),
        "seconds of running": f"{sum(seconds):.0f}",
    }
    items = "".join(f"<span><b>{value}</b>{name}</span>" for name, value in values.items())
    return f'<div class="numbers">{items}</div>'


def _exercise_figure(rows: list[ExerciseRow]) -> str:
    """One bar per exercise, divided into right, partly right, wrong and not done."""
    width, height, left = 900, 26, 240
    body = []
    for i, row in enumerate(rows):
        x, y = float(left), 30 + i * height
        body.append(
            f'<text x="{left - 10}" y="{y + 15}" text-anchor="end">{escape(row.name)}</text>'
        )
        for name, colour in COLOURS.items():
            share = row.states[name] / max(row.students, 1)
            size = share * (width - left - 60)
            if not size:
                continue
            body.append(
                f'<rect x="{x:.1f}" y="{y}" width="{size:.1f}" height="20" fill="{colour}">'
                f"<title>{row.states[name]} {WORDS[name]}</title></rect>"
            )
            if size > 24:
                body.append(
                    f'<text class="light" x="{x + size / 2:.1f}" y="{y + 14}" '
                    f'text-anchor="middle">{row.states[name]}</text>'
                )
            x += size
        body.append(f'<text x="{width - 50}" y="{y + 15}">{row.mean:.0%}</text>')
    legend = "".join(
        f'<rect x="{left + i * 120}" y="4" width="12" height="12" fill="{colour}"/>'
        f'<text x="{left + i * 120 + 17}" y="14">{MARKS[name]} {WORDS[name]}</text>'
        for i, (name, colour) in enumerate(COLOURS.items())
    )
    total = 34 + height * len(rows)
    return (
        f'<figure><svg viewBox="0 0 {width} {total}" width="{width}" role="img" '
        f'aria-label="Students per exercise and state">{legend}{"".join(body)}</svg>'
        "<figcaption>Students per exercise; at the right, the mean share of points.</figcaption>"
        "</figure>"
    )


def _histogram(values: list[float], label: str, form: str) -> str:
    """Return a histogram with ten bars and its range in numbers."""
    if not values:
        return ""
    low, high = min(values), max(values)
    step = (high - low) / 10 or 1.0
    counts = [0] * 10
    for value in values:
        counts[min(int((value - low) / step), 9)] += 1
    top = max(counts)
    bars = "".join(
        f'<rect x="{i * 28 + 1}" y="{110 - 90 * count / top:.1f}" width="26" '
        f'height="{90 * count / top:.1f}" fill="#3f6fb5"><title>{count}</title></rect>'
        + (f'<text x="{i * 28 + 14}" y="{105 - 90 * count / top:.1f}" '
           f'text-anchor="middle">{count}</text>' if count else "")
        for i, count in enumerate(counts)
    )  # fmt: skip
    ends = (
        f'<text x="0" y="126">{form.format(low)}</text>'
        f'<text x="280" y="126" text-anchor="end">{form.format(high)}</text>'
    )
    return (
        f'<figure><svg viewBox="0 0 282 130" width="340" role="img" aria-label="{label}">'
        f'{bars}<line x1="0" x2="282" y1="110.5" y2="110.5" stroke="currentColor"/>{ends}</svg>'
        f"<figcaption>{label}</figcaption></figure>"
    )


def _mistakes(mistakes: list[tuple[float, str, str, str]]) -> str:
    if not mistakes:
        return "<p>Nothing: all that was done is right.</p>"
    rows = "".join(
        f'<tr><td class="n">{share:.0%}</td><td><div class="bar"><i style="width:{share:.0%}"></i>'
        f"</div></td><td><code>{escape(exercise)}</code></td><td>{marked(says)}</td></tr>"
        for share, exercise, _, says in mistakes[:25]
    )
    return f"<table><caption>Share of the class, by exercise</caption>{rows}</table>"


def _changes(records: list[Record]) -> str:
    rows = "".join(
        f"<tr><td>{escape(record.student)}</td><td>{escape('; '.join(record.changes))}</td></tr>"
        for record in records
        if record.changes
    )
    note = (
        '<p class="sub">Edited checks, deleted or doubled cells and printed scores. None of them '
        "earns points, and most are accidents: ask before you accuse.</p>"
    )
    return f"{note}<table>{rows}</table>" if rows else "<p>Nothing.</p>"


def _students(report: ClassReport) -> str:
    head = "<tr><th>Student<th class=n>Points<th>Checks<th class=n>s<th class=n>MB<th>Status</tr>"
    names = [row.name for row in report.exercises]
    rows = []
    for record in report.records:
        total = report.totals.get(record.student)
        points = f"{total.score:g} / {total.max_score:g}" if total else "–"
        verdicts = {verdict["exercise"]: verdict for verdict in record.verdicts}
        marks = "".join(_mark(verdicts[name]) for name in names if name in verdicts)
        status = "" if record.status == "ok" else f"{record.status}: {record.sentence}"
        rows.append(
            f'<tr><td>{escape(record.student)}</td><td class="n">{points}</td><td>{marks}</td>'
            f'<td class="n">{record.seconds:.1f}</td><td class="n">{record.memory}</td>'
            f"<td>{escape(status)}</td></tr>"
        )
    return f'<div class="wide"><table>{head}{"".join(rows)}</table></div>'


def _mark(verdict: dict[str, object]) -> str:
    from autograder.grading.report import state

    name = state(verdict)
    words = escape(f"{verdict['exercise']}: {verdict['sentence']}", quote=True)
    return f'<span style="color:{COLOURS[name]}" title="{words}">{MARKS[name]}</span> '
