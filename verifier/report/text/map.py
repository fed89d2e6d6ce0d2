"""The map for people: namespace by namespace, who is reached, by whom, on which ports."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from verifier.engine.map.result import Map
from verifier.ir.policy import Direction
from verifier.ir.prose import listed, number
from verifier.report.words.mapwords import Words
from verifier.report.words.paint import PLAIN, Paint
from verifier.report.words.result import depends, footer, uncovered

WIDTH = 100
"""Characters of a line, where names are not longer."""

_SEVERAL, _ELSEWHERE = "several namespaces", "elsewhere"

MOST_SERVICES = 4
"""Services of one entry that are named before the rest is only counted."""
MOST = 8
"""Namespaces in which the same holds that are named before the rest is only counted."""


def draw(drawn: Map, paint: Paint = PLAIN, quiet: bool = False) -> str:
    """The whole map; `quiet`: without what it rests on, but for what this run left out."""
    words = Words(drawn)
    blocks = [] if quiet else [[paint(_head(drawn), "dim")]]
    alike: dict[tuple[str, ...], list[str]] = {}
    for title, place, numbers in _places(drawn, words):
        lines = tuple(line for node in numbers for line in _entry(drawn, words, node, place, paint))
        if lines:
            alike.setdefault(lines, []).append(title)
    blocks += [[*_title(places, paint), *lines] for lines, places in alike.items()]
    if not drawn.links:
        blocks.append(["nothing of this may talk to anything" if _is_cut(drawn) else "nothing may talk to anything"])
    if not quiet:
        advice = [paint(line) for line in depends(drawn.depends_on)]
        blocks += [advice] if advice else []
        about = footer(drawn.universe, drawn.assumptions, drawn.not_covered, paint, drawn.passed_over)
        blocks.append(list(about))
    elif left := uncovered(drawn.not_covered, paint):
        blocks.append(left)
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _head(drawn: Map) -> str:
    members = [m for node in drawn.nodes for m in node.members]
    workloads = len({str(w) for m in members for w in m.workloads})
    places = len({m.namespace for m in members if m.namespace is not None and m.declared})
    what = (number(workloads, "workload"), number(places, "namespace"), number(drawn.policies, "policy", "policies"))
    whom = "pods that could exist, as far as was read" if drawn.passed_over else "every pod that could exist"
    return f"{', '.join(what)}{f'; {whom}' if drawn.possible else ''}"


def _is_cut(drawn: Map) -> bool:
    return bool(drawn.selection.choices or drawn.selection.ports)


def _places(drawn: Map, words: Words) -> list[tuple[str, str | None, list[int]]]:
    """Titles, and the nodes of one namespace each; at the end those of several, and those of none that is known."""
    named: dict[str, list[int]] = {}
    several: list[int] = []
    rest: list[int] = []
    for node in range(len(drawn.nodes)):
        place = words.namespace(node)
        if place is not None:
            named.setdefault(place, []).append(node)
        else:
            (several if any(m.namespace for m in drawn.nodes[node].members) else rest).append(node)
    return [*((p, p, some) for p, some in sorted(named.items())), (_SEVERAL, None, several), (_ELSEWHERE, None, rest)]


def _title(places: Sequence[str], paint: Paint) -> Iterator[str]:
    """The namespaces in which the same holds."""
    if len(places) == 1:
        yield paint(places[0], "bold")
        return
    yield from _wrapped("", f"in each of {listed(places, MOST)}", paint, "bold")


def _entry(drawn: Map, words: Words, node: int, place: str | None, paint: Paint) -> Iterator[str]:
    """One node, and below it who reaches it (or whom it reaches, where the map is wanted by source)."""
    by_source = drawn.selection.direction is Direction.EGRESS
    found: dict[str, list[int]] = {}
    for link in words.links_of(node, by_source):
        other = link.destination if by_source else link.source
        found.setdefault(words.openings(link.openings), []).append(other)
    if not found and _is_cut(drawn):
        return
    yield from _wrapped("  ", words.name(node, place), paint, "cyan")
    yield from _services(drawn, node, paint)
    if not found:
        yield f"    {paint('reaches nothing' if by_source else 'nothing reaches it', 'dim')}"
    lines = [(words.several(words.filled(others, node), place), ports) for ports, others in found.items()]
    for others, ports in sorted(lines):
        yield from _wrapped(f"    {'->' if by_source else '<-'} ", f"{others}: {ports}", paint)


def _services(drawn: Map, node: int, paint: Paint) -> Iterator[str]:
    """The Services that lead to the pods of a node, with their ports."""
    workloads = [w for member in drawn.nodes[node].members for w in member.workloads]
    ports: dict[str, list[str]] = {}
    for each in dict.fromkeys(port for w in workloads for port in drawn.services.get(str(w), ())):
        same = each.port.rpartition("/")[2] == str(each.number)
        ports.setdefault(each.service, []).append(each.port if same else f"{each.port} to {each.number}")
    said = [f"{service} ({', '.join(some)})" for service, some in ports.items()]
    if said:
        yield from _wrapped("    ", f"behind {listed(said, MOST_SERVICES)}", paint, "dim")


def _wrapped(indent: str, text: str, paint: Paint, *styles: str) -> Iterator[str]:
    lines = wrap(text, WIDTH - len(indent), break_long_words=False, break_on_hyphens=False) or [""]
    yield f"{indent}{paint(lines[0], *styles)}"
    yield from (f"{' ' * (len(indent) + 2)}{paint(line, *styles)}" for line in lines[1:])
