"""The map as tables: Markdown, CSV, and a matrix for the terminal."""

import csv as csv_writer
from io import StringIO

from verifier.engine.map.result import Map
from verifier.ir.network import Protocol
from verifier.report.markdown.markup import plain, table
from verifier.report.words.conditions import conditions
from verifier.report.words.grid import grid
from verifier.report.words.mapnotes import margin, standing
from verifier.report.words.mapplaces import open_to_all
from verifier.report.words.mapwords import Words, left_out
from verifier.report.words.paint import PLAIN, Paint

_ALL = 10**9


def markdown(drawn: Map) -> str:
    """A table of who is reached, by whom, on which ports."""
    words = Words(drawn)
    rows = [
        (plain(words.name(b.destination)), plain(words.several(b.sources)), plain(words.openings(b.openings)))
        for b in sorted(words.bundles(), key=lambda b: b.destination)
    ]
    body = table(("to", "from", "ports"), rows) if rows else "Nothing may talk to anything here."
    notes = [f"{plain(text)}." for text in standing(drawn)]
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
    found = grid(drawn, words)
    width = max([len(mark) for mark in found.legend] + [len(str(n + 1)) for n in found.columns] + [1])
    left = max(map(len, found.names.values()), default=0)
    pad = len(str(len(drawn.nodes)))
    glance = open_to_all(drawn, words)
    lines = [] if glance is None else [paint(glance), ""]
    lines += [f"{'':{pad + 1 + left}} " + " ".join(f"{c + 1:>{width}}" for c in found.columns)]
    for row in found.rows:
        marks = [found.marks.get((row, column), ".") for column in found.columns]
        name = paint(f"{found.names[row]:<{left}}")
        lines.append(f"{row + 1:>{pad}} {name} " + " ".join(f"{m:>{width}}" for m in marks))
    lines += ["", "rows open connections to columns; . nothing"]
    lines += [f"{mark:>{pad + 1}} {paint(ports)}" for mark, ports in found.legend.items()]
    missing = [c for c in found.columns if c not in found.rows]
    lines += [f"{c + 1:>{pad + 1}} {paint(found.names[c])}" for c in missing]
    lines += margin(drawn, paint)
    return "\n".join(lines) + "\n"
