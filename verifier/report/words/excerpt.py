"""A stretch of a manifest with the guilty lines marked.

k8s/shop/api.yaml
  13 |         matchLabels: {role: monitoring}
> 14 |     - namespaceSelector:
> 15 |         matchLabels: {team: ops}
     |     ^ this peer admits it
  16 |     ports:
"""

from verifier.ir.origin import Origin, Position
from verifier.report.words.paint import Paint

CONTEXT = 3
"""Lines shown before and after the guilty ones."""

MOST = 8
"""Guilty lines shown before the rest is left out."""

WIDTH = 140
"""Characters of one line that are shown; minified files have lines of any length."""


def excerpt(origin: Origin, note: str, paint: Paint) -> list[str]:
    """The lines around `origin`, those of `origin` marked, and `note` under the place where it begins."""
    position = origin.position
    source = dict(origin.document.excerpt(max(1, position.line - CONTEXT), position.end_line + CONTEXT))
    if position.line not in source:
        return []
    last = last_line(position, source)
    source = _within(source, position.line, last)
    after = max(number for number in source if number <= last + CONTEXT and (number <= last or source[number].strip()))
    start = max(0, position.column - WIDTH // 2) if len(source[position.line]) > WIDTH else 0
    pad = len(str(after))
    lines = [f"   {paint(f'{position.file}:{position.line}', 'cyan')}"]
    cut = last - position.line >= MOST
    for number in range(min(source), after + 1):
        if cut and position.line + MOST - 2 <= number < last:
            if number == last - 1:
                lines.append(f"     {' ' * pad} | ({last - position.line - MOST + 2} more lines)")
            continue
        guilty = position.line <= number <= last
        text = _window(source[number], start if number == position.line else 0, paint)
        if guilty:
            lines.append(f"   {paint('>', 'red', 'bold')} {paint(f'{number:>{pad}} |', 'dim')} {text}".rstrip())
        else:
            lines.append(f"     {paint(f'{number:>{pad}} |', 'dim')} {text}".rstrip())
        if number == last:
            column = _column(position, source[position.line]) - start + (3 if start else 0)
            lines.append(f"     {' ' * pad} {paint('|', 'dim')} {' ' * (column - 1)}{paint(f'^ {note}', 'red')}")
    return lines


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


def _window(line: str, start: int, paint: Paint) -> str:
    shown = line[start : start + WIDTH].replace("\t", " ")
    return paint(("..." if start else "") + shown + ("..." if len(line) > start + WIDTH else ""))
