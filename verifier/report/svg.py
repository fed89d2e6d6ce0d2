"""The map as an image: its matrix, as an SVG of its own that runs and fetches nothing.

A matrix needs no layout: where something stands says what it is, so that two versions of it can be laid side by side.
A graph is drawn by programs that lay out graphs (`-o dot`), or on the page of `-o html`.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import pairwise
from textwrap import wrap

from verifier.engine.map.result import Map
from verifier.report.words.grid import EVERY_PORT, Grid, grid
from verifier.report.words.mapnotes import standing
from verifier.report.words.mapplaces import is_cut, open_to_all
from verifier.report.words.mapwords import Words
from verifier.report.words.paint import visible

_CELL = 24
"""Pixels of a side of a cell; all lengths are in pixels."""
_LETTER = 7.3
"""Width of a letter of 12 pixels, as wide as any monospaced font in use has them."""
_LINE = 18
_EDGE = 16
_LEAST = 80
"""Letters of a line of text beside the matrix, if that is not wider, before it is broken."""
_LONGEST = 60
"""Letters of a name beside the matrix; in full it stands in every cell of its own."""
_STYLE = """\
svg { background: #ffffff; color: #20262c; }
text { font: 12px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: currentColor; white-space: pre; }
.at { text-anchor: end; }
.mark { text-anchor: middle; }
.grid { stroke: #dde2e7; }
.home { stroke: #59636e; }
.some { fill: #cfe3f7; }
.all { fill: #7a5200; }
.all + .mark { fill: #ffffff; }
@media (prefers-color-scheme: dark) {
  svg { background: #14171a; color: #e4e7ea; }
  .grid { stroke: #343b42; }
  .home { stroke: #a3adb7; }
  .some { fill: #1f4a70; }
  .all { fill: #e6b84c; }
  .all + .mark { fill: #14171a; }
}"""


def matrix(drawn: Map) -> str:
    """Rows open connections to columns. A cell is marked with a letter for its set of ports, and says in full what is
    open where it is pointed at."""
    words = Words(drawn)
    found = grid(drawn, words)
    short = {number: _short(visible(name)) for number, name in found.names.items()}
    named = {number: f"{name} {number + 1}" for number, name in short.items()}
    left = _EDGE + _width(named[row] for row in found.rows) + 8
    wide, high = (_CELL * len(some) for some in (found.columns, found.rows))
    most = max(_LEAST, int((left + wide) / _LETTER))
    glance = open_to_all(drawn, words)
    above = [] if glance is None else _broken(glance, most)
    nothing = "nothing of this may talk to anything" if is_cut(drawn) else "nothing may talk to anything"
    below = ["rows open connections to columns" if found.marks else nothing]
    below += [f"{mark} {ports}" for mark, ports in found.legend.items()]
    notes = [f"Universe: {drawn.universe}", *standing(drawn)]
    lines = [part for text in (*below, *notes) for part in _broken(text, most)]
    top = _EDGE + _LINE * len(above) + _width(named[column] for column in found.columns) + 12
    size = (max(left + wide, _EDGE + _width((*above, *lines))) + _EDGE, top + high + _LINE * (len(lines) + 1) + _EDGE)
    body = [
        *_texts(above, _EDGE, _EDGE + 12),
        *_grid(found, words, left, top),
        *(_text(named[row], left - 8, top + _CELL * at + 16, "at") for at, row in enumerate(found.rows)),
        *(
            _turned(f"{column + 1} {short[column]}", left + _CELL * at + 16, top - 6)
            for at, column in enumerate(found.columns)
        ),
        *_marks(found, left, top),
        *_texts(lines, _EDGE, top + high + _LINE + 6),
    ]
    return _image("Who may talk to whom", ". ".join(([] if glance is None else [glance]) + notes), size, body)


def matrix_of_errors(errors: Sequence[str]) -> str:
    """The image of a run that failed: why, and nothing else."""
    lines = [part for text in errors for part in _broken(text, _LEAST)]
    size = (_width(lines) + 2 * _EDGE, _LINE * len(lines) + 2 * _EDGE)
    return _image("No map", " ".join(errors), size, _texts(lines, _EDGE, _EDGE + 12))


def _grid(found: Grid, words: Words, left: float, top: float) -> Iterator[str]:
    """Lines between nodes, darker between namespaces."""
    right, bottom = left + _CELL * len(found.columns), top + _CELL * len(found.rows)
    for at, style in _lines(found.columns, words):
        x = left + _CELL * at
        yield f'<line class="{style}" x1="{x:g}" y1="{top:g}" x2="{x:g}" y2="{bottom:g}"/>'
    for at, style in _lines(found.rows, words):
        y = top + _CELL * at
        yield f'<line class="{style}" x1="{left:g}" y1="{y:g}" x2="{right:g}" y2="{y:g}"/>'


def _lines(numbers: Sequence[int], words: Words) -> Iterator[tuple[int, str]]:
    homes = [words.namespace(number) for number in numbers]
    yield 0, "home"
    yield from ((at, "grid" if one == other else "home") for at, (one, other) in enumerate(pairwise(homes), 1))
    yield len(numbers), "home"


def _marks(found: Grid, left: float, top: float) -> Iterator[str]:
    columns = {column: at for at, column in enumerate(found.columns)}
    rows = {row: at for at, row in enumerate(found.rows)}
    for (row, column), mark in sorted(found.marks.items()):
        x, y = left + _CELL * columns[column], top + _CELL * rows[row]
        said = f"{found.names[row]} to {found.names[column]}: {found.legend[mark]}"
        style = "all" if mark == EVERY_PORT else "some"
        box = f'<rect class="{style}" x="{x + 1:g}" y="{y + 1:g}" width="{_CELL - 2}" height="{_CELL - 2}"/>'
        yield f"<g><title>{_safe(said)}</title>{box}{_text(mark, x + _CELL / 2, y + 16, 'mark')}</g>"


def _image(title: str, description: str, size: tuple[float, float], body: Sequence[str]) -> str:
    """role and the two names are for those who hear it."""
    wide, high = (f"{length:.0f}" for length in size)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" '
        'role="img" aria-labelledby="title about">'
    )
    named = f'<title id="title">{_safe(title)}</title>\n<desc id="about">{_safe(description)}</desc>'
    return "\n".join((head, named, f"<style>{_STYLE}</style>", *body, "</svg>")) + "\n"


def _texts(lines: Sequence[str], x: float, y: float) -> list[str]:
    return [_text(line, x, y + _LINE * at) for at, line in enumerate(lines)]


def _text(text: str, x: float, y: float, style: str | None = None) -> str:
    dressed = "" if style is None else f' class="{style}"'
    return f'<text{dressed} x="{x:g}" y="{y:g}">{_safe(text)}</text>'


def _turned(text: str, x: float, y: float) -> str:
    """Text that is read from below."""
    return f'<text x="{x:g}" y="{y:g}" transform="rotate(-90 {x:g} {y:g})">{_safe(text)}</text>'


def _broken(text: str, most: int) -> list[str]:
    """The text in lines that are not too long."""
    return [part for line in text.splitlines() for part in wrap(visible(line), most, break_on_hyphens=False)] or [""]


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 3]}..."


def _width(texts: Iterable[str]) -> float:
    return _LETTER * max((len(visible(text)) for text in texts), default=0)


def _safe(text: str) -> str:
    """Text that can be nothing else: of what is not markup every character that nobody sees is an escape."""
    return escape(visible(text), quote=True)
