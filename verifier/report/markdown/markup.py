"""Text from manifests inside Markdown: it starts no table cell, no mention, no link, no HTML."""

import re
from collections.abc import Sequence
from html import escape

from verifier.report.words.paint import visible

_SPECIAL = re.compile(r"([\\`*_\[<|~&])")
_GAP = "\u200b"
"""A space without width: an `@` before it mentions nobody."""


def plain(text: str) -> str:
    """The text as it is, in the middle of a line."""
    return _SPECIAL.sub(r"\\\1", visible(text)).replace("@", f"@{_GAP}")


def html(text: str) -> str:
    """The text between HTML tags."""
    return escape(visible(text)).replace("@", f"@{_GAP}")


def code(text: str) -> str:
    """The text as code, in a table's cell or outside; a bar would end a cell even inside backticks.

    >>> code("a|b")
    '<code>a&#124;b</code>'
    """
    shown = visible(text)
    if shown.strip() and not set(shown) & set("|`"):
        return f"`{shown}`"
    return f"<code>{re.sub(r'[^A-Za-z0-9 ]', _entity, shown)}</code>"


def _entity(match: re.Match[str]) -> str:
    return f"&#{ord(match.group())};"


def block(text: str, kind: str = "text") -> str:
    """Lines of text as they are, in a block that none of them can end. kind: as what it is shown."""
    lines = [visible(line) for line in text.split("\n")]
    longest = max((len(run) for run in re.findall("`+", "\n".join(lines))), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join((f"{fence}{kind}", *lines, fence))


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Cells are Markdown already."""
    head = f"| {' | '.join(titles)} |"
    rule = "|" + "---|" * len(titles)
    return "\n".join((head, rule, *(f"| {' | '.join(row)} |" for row in rows)))


def folded(title: str, body: str) -> str:
    """A section that is shut until someone opens it."""
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"
