"""Lines of a text report broken at the width of a terminal, what follows indented."""

import re

_CODE = re.compile(r"\x1b\[[0-9;]*m")
_SOURCE = re.compile(r"^\s*(?:>\s*)?(?:\d+ )?\|")
"""A line of an excerpt, or the one below it that points at something: its columns mean something."""
_TYPED = re.compile(r"^ *look for a repair: ")
"""A line to type, which has to stay one."""
_HEAD = re.compile(r"^( *(?:\S+ )?\S+ {2,})\S")
_DEEPEST = 24
"""Columns that lines may be indented by; a title longer than that stands alone."""


def wrapped(text: str, width: int) -> str:
    """`text` with no line longer than `width`, where words and what must stay whole allow it: lines of source files and
    rows of tables do. What a line goes on with stands below its text, behind its title if it has one."""
    return "\n".join(part for line in text.split("\n") for part in _lines(line, width))


def _lines(line: str, width: int) -> list[str]:
    plain = _CODE.sub("", line)
    if (
        len(plain) <= width
        or _SOURCE.match(plain)
        or _TYPED.match(plain)
        or len(re.findall(r"\S {2,}(?=\S)", plain)) > 2
    ):
        return [line]
    indent = " " * _indent(plain)
    lead = line[: len(line) - len(line.lstrip(" "))]
    lines, current, used = [], lead, len(lead)
    for number, (gap, word) in enumerate(re.findall(r"( *)([^ ]+)", line[len(lead) :])):
        long = len(_CODE.sub("", word))
        if number and used + len(gap) + long > width and used > len(indent):
            lines.append(current)
            current, used = indent + word, len(indent) + long
        else:
            current, used = current + gap + word, used + len(gap) + long
    return [*lines, current]


def _indent(plain: str) -> int:
    """How far what follows is indented."""
    head = _HEAD.match(plain)
    if head is not None and len(head[1]) <= _DEEPEST:
        return len(head[1])
    return min(len(plain) - len(plain.lstrip(" ")) + 2, _DEEPEST)
