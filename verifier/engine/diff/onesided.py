"""Workloads that one side of a comparison of inventories has alone: what they may reach there, and what is changed for
nobody but them."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.explain.condition import OnOneNode, Setting
from verifier.engine.map.map import draw
from verifier.engine.map.result import Map, Node, Opening
from verifier.engine.problem.pairing import Inventories, covers_nodes, inventories
from verifier.engine.problem.problem import Context
from verifier.engine.region.box import Box
from verifier.engine.results.diff import Difference, OneSided, Reach
from verifier.engine.results.region import EndRegion
from verifier.errors import Undecided
from verifier.ir.endpoint import PODLIKE, Kind, Workload, namespace_labels
from verifier.ir.labels import EVERYTHING, matches
from verifier.ir.switches import AFTER, BEFORE


def one_sided(workloads: Sequence[Workload]) -> tuple[OneSided, ...]:
    """The workloads, each once, whichever of its pods are told apart."""
    found: dict[str, OneSided] = {}
    for workload in workloads:
        found.setdefault(str(workload), OneSided(replace(workload, which="")))
    return tuple(found.values())


# What they may reach


def with_reach(difference: Difference, contexts: tuple[Context, Context]) -> Difference:
    """The difference, with what the workloads of one side alone may reach by the policies of that side."""
    covers = covers_nodes(*contexts)
    return replace(
        difference,
        gone_workloads=_reaching(difference.gone_workloads, contexts[0], covers),
        new_workloads=_reaching(difference.new_workloads, contexts[1], covers),
    )


def _reaching(workloads: tuple[OneSided, ...], context: Context, covers: bool) -> tuple[OneSided, ...]:
    if not workloads:
        return ()
    try:
        drawn = draw(context.cluster, replace(context.universe, nodes=covers), context.switches)
    except Undecided:
        return workloads
    return tuple(replace(each, reach=tuple(_reach(each.workload, drawn))) for each in workloads)


def _reach(workload: Workload, drawn: Map) -> Iterator[Reach]:
    """Links that open the same ports under the same conditions go to one end."""
    mine = {i for i, node in enumerate(drawn.nodes) if any(str(w) == str(workload) for w in _workloads(node))}
    found: list[tuple[Reach, list[EndRegion]]] = []
    for link in drawn.links:
        end = _end(drawn.nodes[link.destination], workload) if link.source in mine else None
        if end is None:
            continue
        for opened in map(_opened, link.openings):
            ends = next((ends for other, ends in found if other == opened), None)
            if ends is None:
                found.append((opened, ends := []))
            ends.append(end)
    for opened, ends in found:
        yield from (replace(opened, destination=end) for end in _joined(ends))


_NOBODY = EndRegion(frozenset())


def _workloads(node: Node) -> Iterator[Workload]:
    return (workload for member in node.members for workload in member.workloads)


def _end(node: Node, source: Workload) -> EndRegion | None:
    """The node as an end; None where it is nothing but the one pod that asks."""
    if node.kind == "external":
        return EndRegion(frozenset({Kind.EXTERNAL}), addresses=node.members[0].addresses)
    if node.kind == "node":
        return EndRegion(frozenset({Kind.NODE}))
    titles = frozenset(w.title for w in _workloads(node) if not (source.single and str(w) == str(source)))
    kind = Kind.HOSTPOD if node.members[0].host_network else Kind.POD
    return EndRegion(frozenset({kind}), workloads=titles) if titles else None


def _opened(opening: Opening) -> Reach:
    switches, same_node, sure = {}, None, opening.surely
    for fork in opening.when:
        settings = [c.value for c in fork if isinstance(c, Setting)]
        match fork:
            case (Setting(switch=switch), *_) if len(settings) == len(fork):
                switches[switch] = " or ".join(settings)
            case (OnOneNode(same=same),):
                same_node = same
            case _:
                sure = False
    return Reach(_NOBODY, opening.ports.numbers, switches, same_node, sure)


def _joined(ends: Iterable[EndRegion]) -> Iterator[EndRegion]:
    """Pods of one network as one end, outside addresses as another."""
    found: dict[frozenset[Kind], EndRegion] = {}
    for end in ends:
        known = found.get(end.kinds)
        if known is None:
            found[end.kinds] = end
        elif end.workloads is not None and known.workloads is not None:
            found[end.kinds] = replace(known, workloads=known.workloads | end.workloads)
        elif end.addresses is not None and known.addresses is not None:
            found[end.kinds] = replace(known, addresses=known.addresses.union(end.addresses))
    yield from found.values()


# Regions of theirs


class OneSidedPods(Struct, frozen=True, dict=True):
    """For regions of a comparison: whether nobody but workloads of one side can be at an end."""

    contexts: tuple[Context, Context]

    @cached_property
    def _pods(self) -> Inventories:
        return inventories(*(context.cluster.workloads for context in self.contexts))

    def alone_in(self, box: Box, *, new: bool) -> tuple[Workload, ...]:
        """The workloads of the new (old) side alone, if only such can be at one of the ends of the box."""
        if self.contexts[0].universe.other_pods:
            return ()
        lone = {id(w) for w in (self._pods.only_new if new else self._pods.only_old)}
        found: dict[str, Workload] = {}
        for end, names in ((box.source, ()), (box.destination, [n for n, has in box.port_names.items() if has])):
            there = [w for _, w in self._pods.pairs if self._can_be_in(w, end, names)]
            if end.kinds <= PODLIKE and there and all(id(w) in lone for w in there):
                found |= {w.title: w for w in there}
        return tuple(found.values())

    def _can_be_in(self, workload: Workload, end: EndRegion, names: Iterable[str]) -> bool:
        kind = Kind.HOSTPOD if workload.host_network else Kind.POD
        named = {port.name for port in workload.named_ports}
        return (
            kind in end.kinds
            and (end.namespaces is None or workload.namespace in end.namespaces)
            and workload.namespace not in end.not_namespaces
            and (end.workloads is None or workload.title in end.workloads)
            and (matches(workload.labels, end.pod_selector) or end.workloads is not None)
            and all(_plain(name) in named for name in names)
            and self._can_have(workload.namespace, end)
        )

    def _can_have(self, namespace: str, end: EndRegion) -> bool:
        """True unless the labels of the namespace are known, and on no side what the end asks for."""
        known = [side.world.declared[namespace] for side in self.contexts if namespace in side.world.declared]
        return (
            end.namespace_selector == EVERYTHING
            or any(space.labels is None for space in known)
            or any(matches(namespace_labels(space), end.namespace_selector) for space in known)
        )


def _plain(written: str) -> str:
    """A port name without its protocol, and without the side by which it is called where that matters."""
    return written.rpartition("/")[2].removeprefix(BEFORE).removeprefix(AFTER)
