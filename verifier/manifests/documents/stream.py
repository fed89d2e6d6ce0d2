"""How a file of many documents is taken apart: where kubectl does it, and nowhere else (docs/semantics.md L16).

kubectl cuts at lines that begin with `---`, lets nothing but a comment follow there, and reads of each piece the first
YAML document only. What a YAML parser would find besides is refused: it would count here, and on no cluster.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator

from verifier.errors import Diagnostic
from verifier.manifests.documents.source import Source

HINT = "begin each document with a line `---` of its own"

_CUT = re.compile(r"^---", re.MULTILINE)
_SEPARATOR = re.compile(r"---(?:[ \t]+(?:#[^\n\r\x85\u2028\u2029]*)?)?(?:\n|\Z)")
_MAX_BLANKS = 1_000
"""kubectl looks at the first 4,096 bytes to tell JSON from YAML."""
_NAMES = {"\r": "a lone carriage return", "\x85": "U+0085", "\u2028": "U+2028", "\u2029": "U+2029"}


def may_be_json(text: str) -> bool:
    """True iff kubectl tries `text` as JSON first, or it is a list, which is no manifest either way."""
    return text[:_MAX_BLANKS].lstrip(" \t\n")[:1] in ("{", "[")


def pieces(text: str) -> Iterator[tuple[int, int, int]]:
    """The stretches of `text` that begin with a `---` line, and how many lines come before each.

    A mistake in one stretch does not hide those in the next.
    """
    starts = [match.start() for match in _CUT.finditer(text)]
    bounds = [*(s for s in starts if s > 0), len(text)]
    start, line = 0, 0
    for end in bounds:
        piece = text[start:end]
        if piece.strip(" \t\n"):
            yield start, end, line
        line += piece.count("\n")
        start = end


def wrong_start(source: Source) -> Diagnostic | None:
    """The complaint about what stands around the first `{` of a text that is no JSON, and is blank to kubectl there, or
    to a YAML parser, but not to both."""
    text = source.text
    if text.lstrip()[:1] != "{":
        return None
    place = len(text) - len(text.lstrip(" \t\n"))
    if text[place] == "{":
        return hidden_break(source, 0, len(text))
    line = text.count("\n", 0, place)
    message = f"U+{ord(text[place]):04X} in front of `{{`"
    return Diagnostic("yaml", message, source.name, line + 1, place - source.line_starts[line] + 1, "remove it")


def wrong_separator(source: Source, start: int, line: int) -> Diagnostic | None:
    """The complaint about the separator at which a piece starts, if it starts at one that kubectl refuses."""
    if not source.text.startswith("---", start) or _SEPARATOR.match(source.text, start):
        return None
    return Diagnostic(
        "separator", "more than a comment in a line that begins with `---`", source.name, line + 1, 1, HINT
    )


def hidden_break(source: Source, start: int, end: int) -> Diagnostic | None:
    """The complaint about the first line break between `start` and `end` that only a YAML parser takes for one."""
    breaks = source.hidden_breaks
    nth = bisect_left(breaks, start)
    if nth == len(breaks) or breaks[nth] >= end:
        return None
    place = breaks[nth]
    line = source.text.count("\n", 0, place)
    column = place - source.line_starts[line] + 1
    message = f"{_NAMES[source.text[place]]} breaks a line here, which kubectl and most editors do not see"
    hint = "use an ordinary line break; in a quoted text, write it as an escape"
    return Diagnostic("line-break", message, source.name, line + 1, column, hint)
