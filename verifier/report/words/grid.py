"""A map as a grid: who opens connections in rows, to whom in columns, and a mark for each set of ports."""

from collections.abc import Mapping

from msgspec import Struct

from verifier.engine.map.result import Map, Opening
from verifier.report.words.mapplaces import is_cut
from verifier.report.words.mapwords import Words

EVERY_PORT = "*"
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Grid(Struct, frozen=True):
    """rows, columns: nodes, by number, all of them unless the map was cut to a choice. names: what each is called.
    marks: by row and column, where something is open. legend: what each mark stands for, `EVERY_PORT` first."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]
    names: Mapping[int, str]
    marks: Mapping[tuple[int, int], str]
    legend: Mapping[str, str]


def grid(drawn: Map, words: Words) -> Grid:
    cells = {(link.source, link.destination): link.openings for link in drawn.links}
    marks: dict[tuple[Opening, ...], str] = {}
    for openings in sorted(set(cells.values()), key=lambda o: (words.openings(o) != "every port", words.openings(o))):
        marks[openings] = EVERY_PORT if words.openings(openings) == "every port" else _letter(len(marks))
    if is_cut(drawn):
        rows, columns = (tuple(sorted({pair[i] for pair in cells})) for i in (0, 1))
    else:
        rows = columns = tuple(range(len(drawn.nodes)))
    return Grid(
        rows,
        columns,
        {number: words.name(number, most=2) for number in {*rows, *columns}},
        {pair: marks[openings] for pair, openings in cells.items()},
        {mark: words.openings(openings) for openings, mark in marks.items()},
    )


def _letter(number: int) -> str:
    """a to Z, then aa and on."""
    size = len(_LETTERS)
    return _LETTERS[number] if number < size else _letter(number // size - 1) + _LETTERS[number % size]
