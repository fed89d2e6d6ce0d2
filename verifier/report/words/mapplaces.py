"""A map place by place: who is there, by whom each is reached, and who is open to all of them.

Namespaces in which the same holds are told together.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from verifier.engine.map.result import Map, Node, Opening
from verifier.ir.network import Intervals, Protocol
from verifier.ir.policy import Direction
from verifier.ir.prose import listed
from verifier.report.words.mapwords import Words
from verifier.report.words.ranges import say_ports

Numbers = Mapping[Protocol, Intervals]

_SEVERAL, _ELSEWHERE = "several namespaces", "elsewhere"

MOST_SERVICES = 4
"""Services of one entry that are named before the rest is only counted."""

_MOST_OPEN = 6
"""Nodes that are open to all and are named before the rest is only counted."""


class Entry(Struct, frozen=True):
    """A node in words, the Services that lead to it, and who reaches it (or whom it reaches, where the map is wanted by
    source), each with the ports."""

    name: str
    behind: str
    lines: tuple[tuple[str, str], ...]


class Group(Struct, frozen=True):
    """Places in which the same holds. nodes: those of the first of them; members: those of each."""

    titles: tuple[str, ...]
    entries: tuple[Entry, ...]
    members: tuple[tuple[int, ...], ...]


def is_cut(drawn: Map) -> bool:
    """True iff only a part of the map was wanted."""
    return bool(drawn.selection.choices or drawn.selection.ports)


def by_source(drawn: Map) -> bool:
    """True iff the map is wanted by who opens connections, not by who is reached."""
    return drawn.selection.direction is Direction.EGRESS


def groups(drawn: Map, words: Words) -> list[Group]:
    """All that is to be told, place by place."""
    alike: dict[tuple[Entry, ...], tuple[list[str], list[tuple[int, ...]]]] = {}
    for title, place, numbers in _places(drawn, words):
        told = [(number, _entry(drawn, words, number, place)) for number in numbers]
        kept = [(number, entry) for number, entry in told if entry.lines or not is_cut(drawn)]
        if kept:
            titles, members = alike.setdefault(tuple(entry for _, entry in kept), ([], []))
            titles.append(title)
            members.append(tuple(number for number, _ in kept))
    return [Group(tuple(titles), entries, tuple(members)) for entries, (titles, members) in alike.items()]


def open_to_all(drawn: Map, words: Words) -> str | None:
    """Who of the pods is open to everybody on the map, and on which ports; None where the map cannot tell, as it is
    only a part. `perhaps`: under conditions, or as far as ports are called so, for some at least of those who come."""
    if is_cut(drawn) or len(drawn.nodes) < 2:
        return None
    found: dict[str, list[int]] = {}
    for node in range(len(drawn.nodes)):
        ports = "" if drawn.nodes[node].kind == "external" else _for_all(drawn, words, node)
        if ports:
            found.setdefault(ports, []).append(node)
    whole = "" if drawn.complete else ", of those that are drawn"
    if not found:
        return f"open to everybody: nobody{whole}"
    order = sorted(found.items(), key=lambda item: (item[0] != "every port", item[0]))
    several = (f"on {ports}: {listed(_names(drawn, words, some), _MOST_OPEN)}" for ports, some in order)
    return f"open to everybody{whole} {'; '.join(several)}"


def _names(drawn: Map, words: Words, some: Sequence[int]) -> Iterator[str]:
    """Nodes in short, so that none runs into the next; pods of undeclared namespaces by one word, at the end."""
    undeclared = [n for n, node in enumerate(drawn.nodes) if _is_undeclared(node)]
    names = {n: words.name(n, most=_MOST_OPEN) for n in some if n not in undeclared}
    yield from sorted(f"`{name}`" if "," in name and _is_class(drawn.nodes[n]) else name for n, name in names.items())
    if len(names) < len(some):
        yield f"{'' if set(undeclared) <= set(some) else 'some '}pods of undeclared namespaces"


def _is_class(node: Node) -> bool:
    return any(member.kind == "class" for member in node.members)


def _is_undeclared(node: Node) -> bool:
    return _is_class(node) and all(member.namespace is None for member in node.members)


def _for_all(drawn: Map, words: Words, node: int) -> str:
    """The ports that all others may open to a node; empty iff there are none."""
    reaching = list(words.neighbours(node, False))
    others = len(drawn.nodes) - (node in drawn.lone)
    if sum(len(some) for _, some in reaching) < others:
        return ""
    opened = [openings for openings, _ in reaching]
    said = {words.openings(openings) for openings in opened}
    if len(said) == 1:
        return said.pop()
    sure = _common(_ports(openings, surely=True) for openings in opened)
    if sure:
        return say_ports(sure)
    perhaps = _common(_ports(openings, surely=False) for openings in opened)
    return f"{say_ports(perhaps)} perhaps" if perhaps else ""


def _ports(openings: Sequence[Opening], surely: bool) -> Numbers:
    """The ports of what is opened, by number; surely: those alone that are open whatever holds, and whatever they are
    called."""
    found: dict[Protocol, Intervals] = {}
    for opening in openings:
        ports = opening.ports
        if surely and (opening.when or not opening.surely):
            continue
        spared = ports.spared if surely else ()
        named = () if surely else ports.named
        parts = [(p, numbers) for p, numbers in ports.numbers.items() if all(p is not other for other, _, _ in spared)]
        for protocol, numbers in (*parts, *((p, numbers) for p, _, numbers in named)):
            found[protocol] = found.get(protocol, Intervals()).union(numbers)
    return found


def _common(each: Iterable[Numbers]) -> Numbers:
    """What is in all of them."""
    several = iter(each)
    found = dict(next(several, {}))
    for other in several:
        both = {protocol: found[protocol].intersect(other[protocol]) for protocol in found if protocol in other}
        found = {p: ports for p, ports in both.items() if p is Protocol.OTHER or not ports.is_empty()}
        if not found:
            break
    return found


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


def _entry(drawn: Map, words: Words, node: int, place: str | None) -> Entry:
    found: dict[str, list[int]] = {}
    for openings, others in words.neighbours(node, by_source(drawn)):
        found.setdefault(words.openings(openings), []).extend(others)
    lines = [(words.several(words.filled(others, node), place), ports) for ports, others in found.items()]
    behind = list(_services(drawn, node))
    return Entry(words.name(node, place), listed(behind, MOST_SERVICES) if behind else "", tuple(sorted(lines)))


def _services(drawn: Map, node: int) -> Iterator[str]:
    """The Services that lead to the pods of a node, with their ports."""
    workloads = [w for member in drawn.nodes[node].members for w in member.workloads]
    ports: dict[str, list[str]] = {}
    for each in dict.fromkeys(port for w in workloads for port in drawn.services.get(str(w), ())):
        same = each.port.rpartition("/")[2] == str(each.number)
        ports.setdefault(each.service, []).append(each.port if same else f"{each.port} to {each.number}")
    yield from (f"{service} ({', '.join(some)})" for service, some in ports.items())
