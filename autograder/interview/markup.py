"""Turn the questions' plain text into HTML: paragraphs, lists, `code` and **emphasis**."""

from __future__ import annotations

import html
import re

__all__ = ["to_html"]


def to_html(text: str) -> str:
    """Return ``text`` as HTML; everything that is not markup is escaped.

    Blank lines separate blocks; a block whose lines all start with ``- `` is a list.
    """
    return "".join(_block(block) for block in re.split(r"\n\s*\n", text.strip()) if block)


def _block(block: str) -> str:
    lines = [line.strip() for line in block.splitlines()]
    starts = [i for i, line in enumerate(lines) if line.startswith("- ")]
    if not starts:
        return f"<p>{_inline(' '.join(lines))}</p>"
    head = " ".join(lines[: starts[0]])
    ends = [*starts[1:], len(lines)]
    items = (" ".join(lines[a:b])[2:] for a, b in zip(starts, ends, strict=True))
    body = "".join(f"<li>{_inline(item)}</li>" for item in items)
    return (f"<p>{_inline(head)}</p>" if head else "") + f"<ul>{body}</ul>"


def _inline(text: str) -> str:
    escaped = html.escape(text, quote=False)
    escaped = re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped)
    return re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", escaped)
