"""The picture of a map: all of it, with namespaces in which the same holds as one, and with one box a namespace.

What is open to everybody is one arrow from a word that stands for all, as in the other pictures of maps.
"""

from collections.abc import Collection, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.map.result import Map
from verifier.engine.results.witness import Witness
from verifier.ir.endpoint import PODLIKE, Endpoint, Kind
from verifier.ir.labels import matches
from verifier.ir.policy import Direction
from verifier.ir.prose import listed, number
from verifier.report.html.picture import Edge, Node, View
from verifier.report.words.endpoint import on_port, subject
from verifier.report.words.mapplaces import Group, groups, is_cut
from verifier.report.words.mapwords import Bundle, Words

_OUTSIDE = "outside the cluster"
_POSSIBLE = "possible, none exists today"
_MANY = 4
"""Sources of other places that one arrow is drawn for."""
_NAMED = 4
"""Members of a node that are named in a picture before the rest is only counted."""


class Way(Struct, frozen=True):
    """A connection that breaks the claim of that number: it may be, or it should and may not."""

    claim: int
    witness: Witness


def caption(broken: bool) -> str:
    lit = " What breaks a claim is drawn thick, with ! where it may be and ✗ where it is blocked." if broken else ""
    return (
        "An arrow leads from who opens connections to who is reached; a dashed frame is an end that need not exist, "
        f"a circle at its edge one into which policies let everything.{lit}"
    )


def views(drawn: Map, ways: Sequence[Way] = ()) -> tuple[View, ...]:
    """The ways to draw it, the one to begin with first: the fullest that can be seen."""
    words = Words(drawn)
    whole = _Drawing(drawn, words)
    full = whole.view("everything", "Every node and every arrow.", ways)
    folded = groups(drawn, words)
    found = [full]
    if any(len(group.titles) > 1 for group in folded):
        found.append(_alike(drawn, words, folded, ways))
    if len(folded) > 2:
        found.append(_boxes(full))
    found = [view for count, view in enumerate(found) if view not in found[:count]]
    return tuple(sorted(found, key=lambda view: len(view.nodes) > 60))


class _Drawing:
    """Nodes by the numbers of the map, words that stand for many after them."""

    def __init__(self, drawn: Map, words: Words) -> None:
        self.drawn, self.words = drawn, words
        self.boxes: dict[str, int] = {}
        self.edges: list[Edge] = []
        self.wholes: dict[str, int] = {}
        self.number = len(drawn.nodes)
        for bundle in words.bundles():
            label, guarded = words.openings(bundle.openings), self._is_guarded(bundle.destination, Direction.INGRESS)
            sources = self._sources(bundle)
            free = not guarded and not any(self._is_guarded(s, Direction.EGRESS) for s in bundle.sources)
            self.edges += [Edge(source, bundle.destination, label, unrestricted=free) for source in sources]

    def _sources(self, bundle: Bundle) -> tuple[int, ...]:
        """Those of the arrows: one word for all, if there is one; else those of other places, where they are many, by
        one."""
        word = self.words.whole(bundle.sources)
        if word is not None:
            return (self._word(word),)
        home = self.words.namespace(bundle.destination)
        here = tuple(n for n in bundle.sources if home is not None and self.words.namespace(n) == home)
        away = tuple(n for n in bundle.sources if n not in here)
        return bundle.sources if len(away) < _MANY else (*here, self._word(self.words.several(away)))

    def _word(self, word: str) -> int:
        return self.wholes.setdefault(word, self.number + len(self.wholes))

    def view(self, title: str, about: str, ways: Sequence[Way], gone: Collection[int] = ()) -> View:
        """gone: nodes that others stand for, which are there only if a way leads to them."""
        nodes = [self._node(number) for number in range(self.number)]
        nodes += [Node(word, "many") for word in self.wholes]
        extra: dict[Node, int] = {}
        lit: dict[tuple[int, int, str, str], list[int]] = {}
        for way in ways:
            ends = [self._find(end, extra, len(nodes)) for end in (way.witness.source, way.witness.destination)]
            port = on_port(way.witness.protocol, way.witness.port).removeprefix(" on ")
            sign = "!" if way.witness.allowed else "x"
            lit.setdefault((ends[0], ends[1], port, sign), []).append(way.claim)
        shown = [Edge(s, d, port, sign, tuple(dict.fromkeys(c))) for (s, d, port, sign), c in lit.items()]
        nodes += extra
        edges = (*self.edges, *shown)
        used = {n for edge in edges for n in (edge.source, edge.destination)}
        # Words for many, outsiders and namesakes that no arrow has to do with say nothing; nor does what was not asked.
        spare = {
            n for n, node in enumerate(nodes) if n in gone or is_cut(self.drawn) or node.kind in ("many", "external")
        }
        return _with(
            View(title, about, tuple(nodes), edges, tuple(self.boxes)), used | (set(range(len(nodes))) - spare)
        )

    def _is_guarded(self, node: int, direction: Direction) -> bool:
        return direction in self.drawn.nodes[node].isolated

    def _node(self, at: int) -> Node:
        node = self.drawn.nodes[at]
        place = self.words.namespace(at) or (_OUTSIDE if node.kind == "external" else None)
        bare = node.kind in ("workload", "class") and Direction.INGRESS not in node.isolated
        return Node(self.words.name(at, place, most=_NAMED), node.kind, self._box(place), bare)

    def _box(self, place: str | None) -> int | None:
        return None if place is None else self.boxes.setdefault(place, len(self.boxes))

    def _find(self, end: Endpoint | None, extra: dict[Node, int], first: int) -> int:
        """The node that an end of a witness belongs to, one of its own where the map has none."""
        assert end is not None
        found = node_of(self.drawn, end)
        if found is not None:
            return found
        place = end.namespace.name if end.namespace is not None and end.namespace.declaration is not None else None
        place = _OUTSIDE if end.kind is Kind.EXTERNAL else place
        said = f" ({_POSSIBLE})" if end.is_hypothetical and end.kind in PODLIKE else ""
        node = Node(f"{subject(end)}{said}", "possible" if said else "external", self._box(place))
        return extra.setdefault(node, first + len(extra))


def node_of(drawn: Map, end: Endpoint) -> int | None:
    """The node that surely holds the end; None where none does."""
    for at, node in enumerate(drawn.nodes):
        for member in node.members:
            if end.workload is not None:
                if any(str(workload) == str(end.workload) for workload in member.workloads):
                    return at
            elif end.kind is Kind.EXTERNAL and node.kind == "external":
                if member.addresses is None or end.address in member.addresses:
                    return at
            elif end.kind is Kind.NODE and node.kind == "node":
                return at
            elif end.kind is Kind.POD and member.kind == "class" and end.namespace is not None:
                here = member.declared and not member.place and member.namespace == end.namespace.name
                but = any(matches(end.labels, selector) for selector in member.but_not)
                if here and matches(end.labels, member.pods) and not but:
                    return at
    return None


def _with(view: View, kept: Collection[int]) -> View:
    """The view with these nodes alone, and the boxes that one of them is in."""
    nodes = {old: new for new, old in enumerate(sorted(kept))}
    used = {box for box in (view.nodes[n].box for n in nodes) if box is not None}
    boxes = {old: new for new, old in enumerate(sorted(used))}
    return View(
        view.title,
        view.about,
        tuple(replace(n, box=None if n.box is None else boxes[n.box]) for n in map(view.nodes.__getitem__, nodes)),
        tuple(replace(e, source=nodes[e.source], destination=nodes[e.destination]) for e in view.edges),
        tuple(view.boxes[b] for b in boxes),
    )


def _alike(drawn: Map, words: Words, folded: Sequence[Group], ways: Sequence[Way]) -> View:
    """Namespaces in which the same holds are one box; what breaks a claim is drawn in its own namespace."""
    drawing = _Drawing(drawn, words)
    stands = dict(_representatives(folded))
    homes = {n: words.namespace(n) for n in range(drawing.number)}

    def moved(edge: Edge) -> Edge:
        source, destination = (stands.get(n, n) for n in (edge.source, edge.destination))
        inside = homes.get(source) is not None and homes.get(source) == homes.get(destination)
        apart = inside and homes.get(edge.source) != homes.get(edge.destination)
        label = f"{edge.label} (between two of them)" if apart else edge.label
        return replace(edge, source=source, destination=destination, label=label)

    drawing.edges = list(dict.fromkeys(map(moved, drawing.edges)))
    about = "Namespaces in which the same holds are one box: an arrow from or to it holds for one of them at least."
    view = drawing.view("namespaces that are alike as one", about, ways, stands.keys())
    titles = {group.titles[0]: _title(group) for group in folded if len(group.titles) > 1}
    return replace(view, boxes=tuple(titles.get(box, box) for box in view.boxes))


def _representatives(folded: Sequence[Group]) -> Iterator[tuple[int, int]]:
    """Of each node of namespaces that are alike the one that stands for it."""
    for group in folded:
        for members in group.members[1:]:
            yield from zip(members, group.members[0], strict=True)


def _title(group: Group) -> str:
    return f"each of {number(len(group.titles), 'namespace')}: {listed(group.titles, 3)}"


def _boxes(view: View) -> View:
    """One node for each box; what is in none stays as it is."""
    places = {n: node.box for n, node in enumerate(view.nodes) if node.box is not None}
    nodes = [Node(box, "workload") for box in view.boxes]
    for n, node in enumerate(view.nodes):
        if n not in places:
            places[n] = len(nodes)
            nodes.append(node)
    counts: dict[tuple[int, int, str, tuple[int, ...]], list[Edge]] = {}
    for edge in view.edges:
        key = (places[edge.source], places[edge.destination], edge.sign, edge.claims)
        counts.setdefault(key, []).append(edge)
    edges = [
        Edge(s, d, _several(some), sign, claims, all(e.unrestricted for e in some))
        for (s, d, sign, claims), some in counts.items()
    ]
    about = "One box a namespace: an arrow says that something in it may open a connection, and on which ports."
    return View("one box a namespace", about, tuple(nodes), tuple(edges))


def _several(edges: Sequence[Edge]) -> str:
    return listed(dict.fromkeys(edge.label for edge in edges), 3, "; ")
