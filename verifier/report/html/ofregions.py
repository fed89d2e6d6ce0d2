"""The picture of a comparison: who was opened to whom, and who was closed; ends in words, as the tables have them."""

from collections.abc import Iterable

from verifier.engine.results.diff import Difference
from verifier.engine.results.region import EndRegion, Region
from verifier.ir.endpoint import Kind
from verifier.report.html.picture import Edge, Node, View
from verifier.report.words import region as words

_OUTSIDE = "outside the cluster"
_ABOUT = "An arrow is a region of connections: + opened, − closed."


def view(difference: Difference, title: str = "what changed") -> View:
    """All regions of a comparison."""
    drawing = Drawing()
    for sign, regions in (("+", difference.added), ("-", difference.removed)):
        for region in regions:
            drawing.add(region, sign)
    return drawing.done(title, _ABOUT)


class Drawing:
    """Nodes and arrows as they come together: ends that are said in the same words are one node."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[str, str | None], Node] = {}
        self._boxes: dict[str, int] = {}
        self._edges: list[Edge] = []

    def add(self, region: Region, sign: str, claims: Iterable[int] = ()) -> None:
        """The arrow of a region; of pods that are not isolated there is none."""
        if words.is_of_isolation(region):
            return
        source = self._node(region.source, words.source(region, str))
        destination = self._node(region.destination, words.destination(region, str))
        more = words.condition(region, str) + words.one_sided(region, str)
        label = words.ports(region, str) + (" …" if more or region.excluding else "")
        self._edges.append(Edge(source, destination, label, sign, tuple(claims)))

    def done(self, title: str, about: str) -> View:
        return View(title, about, tuple(self._nodes.values()), tuple(self._edges), tuple(self._boxes))

    def _node(self, end: EndRegion, name: str) -> int:
        place = _place(end)
        box = None if place is None else self._boxes.setdefault(place, len(self._boxes))
        self._nodes.setdefault((name, place), Node(name, _kind(end), box))
        return list(self._nodes).index((name, place))


def _place(end: EndRegion) -> str | None:
    """The namespace that the end is in, if it is one, or that it is outside."""
    if end.kinds == {Kind.EXTERNAL}:
        return _OUTSIDE
    if end.namespaces is not None and len(end.namespaces) == 1 and end.kinds <= {Kind.POD, Kind.HOSTPOD}:
        return next(iter(end.namespaces))
    return None


def _kind(end: EndRegion) -> str:
    if end.kinds == {Kind.EXTERNAL}:
        return "external"
    if end.kinds == {Kind.NODE}:
        return "node"
    return "workload" if end.workloads is not None else "class"
