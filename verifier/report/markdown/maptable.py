"""The map as tables: Markdown, CSV, and a matrix for the terminal."""

import csv as csv_writer
from io import StringIO

from verifier.engine.map.result import Map, Opening
from verifier.errors import Severity
from verifier.ir.network import Protocol
from verifier.report.markdown.markup import plain, table
from verifier.report.words.conditions import conditions
from verifier.report.words.mapplaces import open_to_all
from verifier.report.words.mapwords import Words, left_out, margin
from verifier.report.words.paint import PLAIN, Paint

_ALL = 10**9
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def markdown(drawn: Map) -> str:
    """A table of who is reached, by whom, on which ports."""
    words = Words(drawn)
    rows = [
        (plain(words.name(b.destination)), plain(words.several(b.sources)), plain(words.openings(b.openings)))
        for b in sorted(words.bundles(), key=lambda b: b.destination)
    ]
    body = table(("to", "from", "ports"), rows) if rows else "Nothing may talk to anything here."
    notes = [f"Assumed: {plain(text)}." for text in drawn.assumptions]
    notes += [f"Not covered: {plain(text)}." for text in drawn.not_covered]
    notes += [f"Warning: {plain(d.message)}." for d in drawn.diagnostics if d.severity is Severity.WARNING]
    return "\n\n".join((f"### Who may talk to whom (universe: {plain(drawn.universe)})", body, *notes)) + "\n"


def csv(drawn: Map) -> str:
    """A line for each pair of nodes, and each range of ports between them."""
    words = Words(drawn)
    text = StringIO()
    writer = csv_writer.writer(text, lineterminator="\n")
    writer.writerow(("source", "destination", "protocol", "from", "to", "name", "surely", "when"))
    names = [_cell(words.name(number, most=_ALL)) for number in range(len(drawn.nodes))]
    for link in drawn.links:
        ends = (names[link.source], names[link.destination])
        for opening in link.openings:
            sure = "yes" if opening.surely else "perhaps"
            unless = [f"not {text}" for text in left_out(opening)]
            when = " and ".join(filter(None, (conditions(opening.when), *unless)))
            for protocol, ports in opening.ports.numbers.items():
                ranges = ports.parts if protocol is not Protocol.OTHER else (("", ""),)
                for low, high in ranges:
                    writer.writerow((*ends, str(protocol), low, high, "", sure, when))
            for protocol, name, ports in opening.ports.named:
                for low, high in ports.parts:
                    writer.writerow((*ends, str(protocol), low, high, name, sure, when))
    return text.getvalue()


def _cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@" else text


def matrix(drawn: Map, paint: Paint = PLAIN) -> str:
    """Sources below, destinations to the right; a letter for each set of ports."""
    words = Words(drawn)
    cells = {(link.source, link.destination): link.openings for link in drawn.links}
    legend: dict[tuple[Opening, ...], str] = {}
    for openings in sorted(set(cells.values()), key=lambda o: (words.openings(o) != "every port", words.openings(o))):
        legend[openings] = "*" if words.openings(openings) == "every port" else _letter(len(legend))
    if drawn.selection.choices or drawn.selection.ports:
        rows, columns = (sorted({pair[i] for pair in cells}) for i in (0, 1))
    else:
        rows = columns = list(range(len(drawn.nodes)))
    names = {n: words.name(n, most=2) for n in {*rows, *columns}}
    width = max([len(mark) for mark in legend.values()] + [len(str(n + 1)) for n in columns] + [1])
    left = max((len(name) for name in names.values()), default=0)
    pad = len(str(len(drawn.nodes)))
    glance = open_to_all(drawn, words)
    lines = [] if glance is None else [paint(glance), ""]
    lines += [f"{'':{pad + 1 + left}} " + " ".join(f"{c + 1:>{width}}" for c in columns)]
    for row in rows:
        marks = [legend.get(cells.get((row, column), ()), ".") for column in columns]
        lines.append(f"{row + 1:>{pad}} {paint(f'{names[row]:<{left}}')} " + " ".join(f"{m:>{width}}" for m in marks))
    lines += ["", "rows open connections to columns; . nothing"]
    lines += [f"{mark:>{pad + 1}} {paint(words.openings(openings))}" for openings, mark in legend.items()]
    missing = [c for c in columns if c not in rows]
    lines += [f"{c + 1:>{pad + 1}} {paint(names[c])}" for c in missing]
    lines += margin(drawn, paint)
    return "\n".join(lines) + "\n"


def _letter(number: int) -> str:
    """a to Z, then aa and on."""
    size = len(_LETTERS)
    return _LETTERS[number] if number < size else _letter(number // size - 1) + _LETTERS[number % size]
