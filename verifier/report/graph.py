"""The map as a graph for drawing programs: Mermaid and DOT.

What is open to everybody is one edge, not one from each node. Identifiers are numbers behind a letter, never words of
the input: these stand in quotes, as labels.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from verifier.engine.map.result import Map
from verifier.report.words.mapnotes import margin
from verifier.report.words.mapwords import Words
from verifier.report.words.paint import visible


class Edge(Struct, frozen=True):
    """An arrow between two identifiers: `n0` of a node, `w0` of a word that stands for many."""

    source: str
    destination: str
    label: str


def mermaid(drawn: Map) -> str:
    """A flow chart, with a box for each namespace."""
    words = Words(drawn)
    edges, wholes = _edges(words)
    lines = ["flowchart LR"]
    for count, (place, numbers) in enumerate(_boxes(drawn, words, edges)):
        indent = "  "
        if place is not None:
            lines.append(f'  subgraph s{count}["{_mermaid(place)}"]')
            indent = "    "
        for number in numbers:
            shape = '(["{}"])' if drawn.nodes[number].kind == "external" else '["{}"]'
            lines.append(f"{indent}n{number}{shape.format(_mermaid(words.name(number, place, most=4)))}")
        if place is not None:
            lines.append("  end")
    lines += [f'  {name}{{{{"{_mermaid(word)}"}}}}' for word, name in wholes.items()]
    lines += [f'  {e.source} -->|"{_mermaid(e.label)}"| {e.destination}' for e in edges]
    lines += [f'  u{count}>"{_mermaid(text)}"]' for count, text in enumerate(margin(drawn))]
    return "\n".join(lines) + "\n"


def dot(drawn: Map) -> str:
    """A directed graph, with a cluster for each namespace."""
    words = Words(drawn)
    edges, wholes = _edges(words)
    lines = ["digraph map {", "  rankdir=LR;", "  node [shape=box];"]
    for count, (place, numbers) in enumerate(_boxes(drawn, words, edges)):
        indent = "  "
        if place is not None:
            lines += [f"  subgraph cluster_{count} {{", f'    label="{_dot(place)}";']
            indent = "    "
        for number in numbers:
            shape = ", shape=ellipse" if drawn.nodes[number].kind == "external" else ""
            lines.append(f'{indent}n{number} [label="{_dot(words.name(number, place, most=4))}"{shape}];')
        if place is not None:
            lines.append("  }")
    lines += [f'  {name} [label="{_dot(word)}", shape=hexagon];' for word, name in wholes.items()]
    lines += [f'  {e.source} -> {e.destination} [label="{_dot(e.label)}"];' for e in edges]
    left = margin(drawn)
    lines += [f'  u{count} [label="{_dot(text)}", shape=note];' for count, text in enumerate(left)]
    return "\n".join([*lines, "}"]) + "\n"


def mermaid_of_errors(errors: Sequence[str]) -> str:
    """The picture of a run that failed: why, and nothing else."""
    return "\n".join(["flowchart LR", *(f'  e{count}>"{_mermaid(text)}"]' for count, text in enumerate(errors))]) + "\n"


def dot_of_errors(errors: Sequence[str]) -> str:
    """The same."""
    notes = (f'  e{count} [label="{_dot(text)}", shape=note];' for count, text in enumerate(errors))
    return "\n".join(["digraph map {", "  node [shape=box];", *notes, "}"]) + "\n"


def _edges(words: Words) -> tuple[list[Edge], dict[str, str]]:
    """The edges, and the nodes that stand for many, by their words."""
    edges = []
    wholes: dict[str, str] = {}
    for bundle in words.bundles():
        label, target = words.openings(bundle.openings), f"n{bundle.destination}"
        whole = words.whole(bundle.sources)
        if whole is not None:
            edges.append(Edge(wholes.setdefault(whole, f"w{len(wholes)}"), target, label))
        else:
            edges += [Edge(f"n{source}", target, label) for source in bundle.sources]
    return sorted(edges, key=lambda e: (_order(e.source), _order(e.destination), e.label)), wholes


def _order(name: str) -> tuple[bool, int]:
    """What stands for many comes first."""
    return not name.startswith("w"), int(name[1:])


def _boxes(drawn: Map, words: Words, edges: list[Edge]) -> Iterator[tuple[str | None, list[int]]]:
    """The nodes that have an edge, or all of a map that is not cut to a choice, by namespace."""
    linked = {name for edge in edges for name in (edge.source, edge.destination)}
    boxes: dict[str | None, list[int]] = {}
    for number in range(len(drawn.nodes)):
        if f"n{number}" in linked or not (drawn.selection.choices or drawn.selection.ports):
            boxes.setdefault(words.namespace(number), []).append(number)
    yield from ((place, boxes[place]) for place in sorted(p for p in boxes if p is not None))
    if None in boxes:
        yield None, boxes[None]


def _escaped(text: str, unsafe: str, escape: Callable[[re.Match[str]], str]) -> str:
    return re.sub(unsafe, escape, visible(text))


def _mermaid(text: str) -> str:
    """Text inside quotes: what Mermaid could read as its own is written as a character reference."""
    return _escaped(text, r"[^A-Za-z0-9 .,:/_()=*!+-]", lambda match: f"#{ord(match.group())};")


def _dot(text: str) -> str:
    return _escaped(text, r'["\\]', lambda match: f"\\{match.group()}")
