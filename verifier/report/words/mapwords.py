"""The nodes and links of a map in words, and links that say the same of many nodes taken together."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.explain.condition import NamespaceHas, branches
from verifier.engine.map.classes import Member
from verifier.engine.map.result import Map, Opening
from verifier.ir.labels import Requirement, Selector, describe
from verifier.ir.network import ALL_ADDRESSES, PORTS, AddressSet
from verifier.ir.prose import listed
from verifier.report.words.conditions import conditions
from verifier.report.words.ranges import say_addresses, say_ports

MOST = 6
"""Members of a node, and nodes of a list, that are named before the rest is only counted."""

LONG = 40
"""Characters beyond which the labels of a class are cut short where it is not told what it is."""

_TELLING = ("name", "app", "component", "k8s-app", "role", "tier")
"""Keys by which people know pods."""

_Home = tuple[str | None, str | None]
"""The namespace of a class, and which it is of those that nobody has named."""


class Bundle(Struct, frozen=True):
    """Links that say the same: from each of `sources` to the node `destination`."""

    sources: tuple[int, ...]
    destination: int
    openings: tuple[Opening, ...]


Neighbours = tuple[tuple[Opening, ...], list[int]]
"""What is opened, and the nodes between which and another one it is."""


class Words:
    """The words for one map. What a namespace or a kind adds is left out where it goes without saying."""

    def __init__(self, drawn: Map) -> None:
        self.map = drawn
        self._openings: dict[int, str] = {}

    def name(self, number: int, within: str | None = None, most: int = MOST) -> str:
        """The node in full, as it is called inside the namespace `within`; None: anywhere."""
        return _counted(self._items([number], within or self._only, True), most)

    def several(self, numbers: Iterable[int], within: str | None = None) -> str:
        """Nodes in short, the whole of them by one word."""
        here = frozenset(numbers)
        whole = self.whole(here, within)
        if whole is not None:
            return whole
        words = []
        for many, word in self._wholes_of(here):
            if here >= many:
                words.append("every pod here" if within is not None and word == f"every pod of {within}" else word)
                here -= many
        return _counted([*words, *self._items(sorted(here), within or self._only, False)], MOST)

    def whole(self, numbers: Iterable[int], within: str | None = None) -> str | None:
        """The one word for all of the map or all pods, or for all but a few; None for any other nodes."""
        here = frozenset(numbers)
        many, word = (self._pods, "every pod") if here <= self._pods else (self._everybody, "anything")
        left = len(many) - len(here)
        if not left:
            return word if len(here) > 1 else None
        if left > 3 or len(here) <= MOST:
            return None
        return f"{word} but {_counted(self._items(sorted(many - here), within or self._only, False), 3)}"

    def bundles(self) -> list[Bundle]:
        """The links to each node, those that open the same ports together."""
        found: dict[tuple[int, str], tuple[list[int], tuple[Opening, ...]]] = {}
        for link in self.map.links:
            key = (link.destination, self.openings(link.openings))
            found.setdefault(key, ([], link.openings))[0].append(link.source)
        return [Bundle(self.filled(s, to), to, openings) for (to, _), (s, openings) in found.items()]

    def openings(self, openings: Sequence[Opening]) -> str:
        key = id(openings)
        if key not in self._openings:
            self._openings[key] = "; ".join(opening_words(opening) for opening in openings)
        return self._openings[key]

    def neighbours(self, node: int, by_source: bool) -> Iterable[Neighbours]:
        """Whom the node opens something to, or else who opens something to it."""
        known = self._reached if by_source else self._reaching
        return known.get(node, {}).values()

    @cached_property
    def _reached(self) -> Mapping[int, Mapping[int, Neighbours]]:
        return _together((link.source, link.destination, link.openings) for link in self.map.links)

    @cached_property
    def _reaching(self) -> Mapping[int, Mapping[int, Neighbours]]:
        return _together((link.destination, link.source, link.openings) for link in self.map.links)

    def namespace(self, number: int) -> str | None:
        """The declared namespace that all members of the node are in, if it is one."""
        members = self.map.nodes[number].members
        found = {m.namespace for m in members if m.kind in ("workload", "class") and m.declared}
        return found.pop() if len(found) == 1 and all(m.declared for m in members) else None

    def filled(self, others: Iterable[int], node: int) -> tuple[int, ...]:
        """Those that `node` talks to; a lone pod, which has no other of its kind, makes no gap in a whole."""
        here = set(others)
        gap = len(here) == len(self.map.nodes) - 1 and node not in here and node in self.map.lone and len(here) > 1
        return tuple(sorted(here | {node} if gap else here))

    # Nodes

    def _items(self, numbers: Sequence[int], within: str | None, full: bool) -> list[str]:
        """Words for each of the nodes, classes of possible pods of one namespace taken together, and addresses."""
        items: list[str] = []
        possible: list[Member] = []
        outside = [n.members[0].addresses for n in map(self.map.nodes.__getitem__, numbers) if n.kind == "external"]
        for index in numbers:
            node = self.map.nodes[index]
            match node.kind:
                case "external":
                    items += [self._outside(_union(outside))] if outside else []
                    outside = []
                case "node":
                    items.append("any node")
                case "workload":
                    names = [n for m in node.members for n in self._workloads(m, within)]
                    items += names if full or len(names) <= 3 else [_counted(names, 3)]
                case _:
                    possible += node.members
        return [*self._classes(possible, within, full), *items]

    def _workloads(self, member: Member, within: str | None) -> Iterator[str]:
        for workload in member.workloads:
            several = self._names[workload.namespace, workload.name] > 1
            name = f"{workload.kind.lower()}/{workload.name}" if several else workload.name
            named = name if workload.namespace == within else f"{workload.namespace}/{name}"
            yield f"{named} ({workload.which})" if workload.which else named

    def _classes(self, members: Sequence[Member], within: str | None, full: bool) -> Iterator[str]:
        """Classes of possible pods; all those of a namespace by one word."""
        namespaces: dict[_Home, dict[tuple[NamespaceHas, ...], list[Member]]] = {}
        for member in _either(members):
            namespaces.setdefault((member.namespace, member.which), {}).setdefault(member.place, []).append(member)
        for home, places in namespaces.items():
            whole = {place for place, some in places.items() if len(some) == self._sizes[home][place]}
            first = next(iter(places.values()))[0]
            for labels in self._places(home, whole):
                yield _any_pod(first, "any pod", labels, within)
            for place, some in places.items():
                if place not in whole:
                    yield from (self._class(member, within, full) for member in some)

    def _places(self, home: _Home, chosen: set[tuple[NamespaceHas, ...]]) -> Iterator[str]:
        """Those of the possible labels of a namespace, in words; the empty word: all of them."""
        if not chosen:
            return
        every = list(self._sizes[home])
        forks = [tuple(dict.fromkeys(column)) for column in zip(*every, strict=True)]
        cases = {tuple(f.index(has) for f, has in zip(forks, p, strict=True)): p in chosen for p in every}
        for when, wanted in branches(forks, cases):
            if wanted:
                told = ((has for has in fork if isinstance(has, NamespaceHas)) for fork in when)
                yield ",".join(" or ".join(dict.fromkeys(describe(labels_of((has,))) for has in fork)) for fork in told)

    def _class(self, member: Member, within: str | None, full: bool) -> str:
        if not member.pods.requirements:
            return _any_pod(member, "other pods", describe(labels_of(member.place)) if member.place else "", within)
        before = "" if member.namespace in (None, within) else f"{member.namespace}/"
        labels = _labels(member) if full else self._short.get((member.pods, member.but_not), _labels(member))
        return f"{before}{labels}{_behind(member, describe(labels_of(member.place)) if member.place else '')}"

    @cached_property
    def _short(self) -> dict[tuple[Selector, tuple[Selector, ...]], str]:
        """Short words for classes with many labels, which mean no other class."""
        kinds = {(m.pods, m.but_not): m for node in self.map.nodes for m in node.members if m.kind == "class"}
        found: dict[tuple[Selector, tuple[Selector, ...]], str] = {}
        taken = {_labels(member) for member in kinds.values()}
        for key, member in kinds.items():
            if len(_labels(member)) <= LONG:
                continue
            for requirement in sorted(member.pods, key=_telling):
                words = describe(Selector(frozenset({requirement})))
                words += ",…" if len(member.pods.requirements) > 1 else ""
                words += " but not …" if member.but_not else ""
                if words not in taken:
                    found[key] = words
                    taken.add(words)
                    break
        return found

    def _outside(self, addresses: AddressSet | None) -> str:
        if addresses is None or addresses in (self._addresses, ALL_ADDRESSES):
            return "outside"
        inside, without = say_addresses(addresses), say_addresses(self._addresses.subtract(addresses))
        return f"outside {inside}" if len(inside) <= len(without) + 4 else f"outside but {without}"

    # What there is

    @cached_property
    def _only(self) -> str | None:
        """The namespace that all pods of known namespaces are in, if it is one."""
        found = {m.namespace for n in self._pods for m in self.map.nodes[n].members} - {None}
        return next(iter(found)) if len(found) == 1 else None

    @cached_property
    def _pods(self) -> frozenset[int]:
        return frozenset(i for i, node in enumerate(self.map.nodes) if node.kind in ("workload", "class"))

    @cached_property
    def _everybody(self) -> frozenset[int]:
        return frozenset(range(len(self.map.nodes)))

    def _wholes_of(self, here: frozenset[int]) -> Iterator[tuple[frozenset[int], str]]:
        """Those of several nodes, in their order, that may be part of `here`."""
        places = sorted(place for number in here for place in self._whole_by_first.get(number, ()))
        yield from (self._wholes[place] for place in places)

    @cached_property
    def _whole_by_first(self) -> Mapping[int, Sequence[int]]:
        """The places in `_wholes` of those of several nodes, by their first node."""
        found: dict[int, list[int]] = {}
        for place, (many, _) in enumerate(self._wholes):
            if len(many) > 1:
                found.setdefault(min(many), []).append(place)
        return found

    @cached_property
    def _wholes(self) -> list[tuple[frozenset[int], str]]:
        """All pods, and all those of a namespace whose pods share no node with others."""
        by_place: dict[str, set[int]] = {}
        for index in self._pods:
            place = self.namespace(index)
            if place is not None:
                by_place.setdefault(place, set()).add(index)
        spread = {m.namespace for n in self._pods if self.namespace(n) is None for m in self.map.nodes[n].members}
        listed = [(frozenset(some), f"every pod of {p}") for p, some in sorted(by_place.items()) if p not in spread]
        return [(self._pods, "every pod"), *listed]

    @cached_property
    def _names(self) -> Mapping[tuple[str, str], int]:
        """How many kinds of workload have a name in a namespace."""
        members = (m for node in self.map.nodes for m in node.members if m.kind == "workload")
        found = {(w.namespace, w.name, w.kind) for m in members for w in m.workloads}
        return Counter((namespace, name) for namespace, name, _ in found)

    @cached_property
    def _sizes(self) -> dict[_Home, dict[tuple[NamespaceHas, ...], int]]:
        """How many classes each namespace has, with each of its possible labels."""
        found: dict[_Home, dict[tuple[NamespaceHas, ...], int]] = {}
        classes = [m for node in self.map.nodes for m in node.members if m.kind == "class"]
        for member in dict.fromkeys((*classes, *(replace(m, which=None) for m in classes))):
            sizes = found.setdefault((member.namespace, member.which), {})
            sizes[member.place] = sizes.get(member.place, 0) + 1
        return found

    @cached_property
    def _addresses(self) -> AddressSet:
        """All addresses outside."""
        found = AddressSet()
        for node in self.map.nodes:
            found = found.union(node.members[0].addresses or AddressSet())
        return found


def labels_of(place: Iterable[NamespaceHas]) -> Selector:
    """What is assumed of the labels of a namespace."""
    return Selector(frozenset(r for has in place for r in has.requirements))


def _together(links: Iterable[tuple[int, int, tuple[Opening, ...]]]) -> Mapping[int, Mapping[int, Neighbours]]:
    """The other ends of links by one end, and by what is opened, of which equal ones are most often one object."""
    found: dict[int, dict[int, Neighbours]] = {}
    for one, other, openings in links:
        mine = found.get(one)
        if mine is None:
            mine = found[one] = {}
        same = mine.get(id(openings))
        if same is None:
            mine[id(openings)] = (openings, [other])
        else:
            same[1].append(other)
    return found


def opening_words(opening: Opening) -> str:
    """`TCP 80 where ipblock_pods = match`."""
    numbers = [say_ports(opening.ports.numbers)] if opening.ports.numbers else []
    named = [
        f"the {protocol} port named {name}" + ("" if ports == PORTS else f" ({say_ports({protocol: ports})})")
        for protocol, name, ports in opening.ports.named
    ]
    numbers += [f"but not {text}" for text in left_out(opening)]
    sure = "" if opening.surely else " perhaps"
    where = f" where {conditions(opening.when)}" if opening.when else ""
    return f"{', '.join((*numbers, *named))}{sure}{where}"


def left_out(opening: Opening) -> Iterator[str]:
    """Which of the ports are left out because of their name, name by name."""
    names = dict.fromkeys(name for _, name, _ in opening.ports.spared)
    for name in names:
        less = {protocol: ports for protocol, other, ports in opening.ports.spared if other == name}
        partly = {p: ports for p, ports in less.items() if ports != opening.ports.numbers[p]}
        whole = [str(p) for p in less if p not in partly]
        if less.keys() == opening.ports.numbers.keys() and not partly:
            yield f"a port named {name}"
        elif whole:
            yield f"a {' or '.join(whole)} port named {name}"
        if partly:
            yield f"a port named {name} that is {say_ports(partly)}"


def _union(some: Iterable[AddressSet | None]) -> AddressSet | None:
    """All of the addresses; None: all there are."""
    found = AddressSet()
    for addresses in some:
        if addresses is None:
            return None
        found = found.union(addresses)
    return found


def _either(members: Iterable[Member]) -> Iterator[Member]:
    """Classes that are there both of one new namespace and of another, as one of either."""
    found: dict[Member, list[Member]] = {}
    for member in members:
        found.setdefault(replace(member, which=None), []).append(member)
    for whole, parts in found.items():
        yield whole if len(parts) > 1 else parts[0]


def _any_pod(member: Member, word: str, labels: str, within: str | None) -> str:
    """`any pod of shop`, `other pods of undeclared namespaces with team=ops`."""
    where = "" if member.namespace in (None, within) else f" of {member.namespace}"
    return f"{word}{where}{_behind(member, labels)}"


def _behind(member: Member, labels: str) -> str:
    """What is to be said of an undeclared namespace."""
    told = f" with {labels}" if labels else ""
    if member.namespace is None:
        where = "undeclared namespaces" if member.which is None else f"{member.which} undeclared namespace"
        return f" of {where}{told}"
    return "" if member.declared else f" (undeclared{told})"


def _labels(member: Member) -> str:
    but = "".join(f" but not {describe(selector)}" for selector in member.but_not)
    return f"{describe(member.pods)}{but}"


def _telling(requirement: Requirement) -> tuple[int, str]:
    name = requirement.key.rpartition("/")[2]
    return _TELLING.index(name) if name in _TELLING else len(_TELLING), requirement.key


def _counted(items: Sequence[str], most: int) -> str:
    comma = "; " if any("," in item for item in items) else ", "
    return listed(items, most, comma)
