"""A stretch of a manifest with the guilty lines marked.

k8s/shop/api.yaml
  13 |         matchLabels: {role: monitoring}
> 14 |     - namespaceSelector:
> 15 |         matchLabels: {team: ops}
     |     ^ this peer admits it
  16 |     ports:
"""

from msgspec import Struct

from verifier.ir.origin import Origin, Position
from verifier.report.words.paint import Paint

CONTEXT = 3
"""Lines shown before and after the guilty ones."""

MOST = 8
"""Guilty lines shown before the rest is left out."""

WIDTH = 140
"""Characters of one line that are shown; minified files have lines of any length."""


class Line(Struct, frozen=True):
    """A line as it is shown, cut to what fits; `number` None: `text` says how many lines are left out."""

    number: int | None
    text: str
    guilty: bool


class Stretch(Struct, frozen=True):
    """The lines around a place. last: the number of the last guilty one, after which there is something to be said;
    column: under which."""

    position: Position
    lines: tuple[Line, ...]
    last: int
    column: int


def stretch(origin: Origin) -> Stretch | None:
    """The lines around `origin`, those of `origin` marked; None where they cannot be had."""
    position = origin.position
    around = max(1, position.line - CONTEXT), position.end_line + CONTEXT
    source = dict(origin.document.excerpt(*around, position.file))
    if position.line not in source:
        return None
    last = last_line(position, source)
    source = _within(source, position.line, last)
    after = max(number for number in source if number <= last + CONTEXT and (number <= last or source[number].strip()))
    start = max(0, position.column - WIDTH // 2) if len(source[position.line]) > WIDTH else 0
    cut = last - position.line >= MOST
    lines = []
    for number in range(min(source), after + 1):
        if cut and position.line + MOST - 2 <= number < last:
            if number == last - 1:
                lines.append(Line(None, f"({last - position.line - MOST + 2} more lines)", False))
            continue
        text = _window(source[number], start if number == position.line else 0)
        lines.append(Line(number, text, position.line <= number <= last))
    column = _column(position, source[position.line]) - start + (3 if start else 0)
    return Stretch(position, tuple(lines), last, column)


def excerpt(origin: Origin, note: str, paint: Paint) -> list[str]:
    """The lines around `origin`, those of `origin` marked, and `note` under the place where it begins."""
    found = stretch(origin)
    if found is None:
        return []
    pad = max(len(str(line.number)) for line in found.lines if line.number is not None)
    lines = [f"   {paint(found.position.place, 'cyan')}{rendered_by(found.position, paint)}"]
    for line in found.lines:
        if line.number is None:
            lines.append(f"     {' ' * pad} | {line.text}")
            continue
        number = paint(f"{line.number:>{pad}} |", "dim")
        mark = paint(">", "red", "bold") if line.guilty else " "
        lines.append(f"   {mark} {number} {paint(line.text)}".rstrip())
        if line.number == found.last:
            said = paint(f"^ {note}", "red")
            lines.append(f"     {' ' * pad} {paint('|', 'dim')} {' ' * (found.column - 1)}{said}")
    return lines


def rendered_by(position: Position, paint: Paint) -> str:
    """What is to be said of a place in a file that was rendered."""
    return paint(f"  as rendered by {position.via}", "dim") if position.via else ""


def _within(source: dict[int, str], first: int, last: int) -> dict[int, str]:
    """The lines of the same document: those of its neighbours, beyond a `---`, say nothing here."""
    breaks = [number for number, line in source.items() if line.startswith("---")]
    low = max((number for number in breaks if number < first), default=0)
    high = min((number for number in breaks if number > last), default=max(source) + 1)
    return {number: line for number, line in source.items() if low < number < high}


def last_line(position: Position, source: dict[int, str]) -> int:
    """The last line that holds something of the value: block values end where the next token begins."""
    last = min(position.end_line, max(source))
    while last > position.line:
        text = source[last][: position.end_column - 1] if last == position.end_line else source[last]
        if text.strip() and not text.lstrip().startswith("#"):
            break
        last -= 1
    return last


def _column(position: Position, line: str) -> int:
    """Where the value begins; for an item of a block list that is its dash."""
    before = line[: position.column - 1].rstrip()
    return len(before) if before.endswith("-") and not before[:-1].strip() else position.column


def _window(line: str, start: int) -> str:
    shown = line[start : start + WIDTH].replace("\t", " ")
    return ("..." if start else "") + shown + ("..." if len(line) > start + WIDTH else "")
