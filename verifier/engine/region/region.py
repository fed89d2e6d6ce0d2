"""A box as it is told: with a witness, with whose its addresses are, and with the workloads of today in it."""

from collections.abc import Mapping

from msgspec.structs import replace

from verifier.encoding.claimed import Claimed
from verifier.engine.problem.problem import Context
from verifier.engine.region.box import Box, formula
from verifier.engine.region.members import members
from verifier.engine.results.region import EndRegion, Part, Region
from verifier.engine.results.witness import Witness


def region_of(box: Box, witness: Witness, context: Context) -> Region:
    """The region of a box, of which `witness` is a connection. context: the side that the box speaks of."""
    sources, destinations = members(box, context)
    return Region(
        source=_attributed(box.source, context),
        destination=_attributed(box.destination, context),
        ports=box.ports,
        witness=witness,
        port_names=box.port_names,
        same_namespace=box.same_namespace,
        same_node=box.same_node,
        switches=_switches(box),
        supposing=box.supposing,
        provided=box.provided,
        same_labels=box.same_labels,
        unselected=box.unselected,
        sources=sources,
        destinations=destinations,
        excluding=tuple(_part(taken, context) for taken in box.excluding),
    )


def claimed(box: Box) -> Claimed:
    """That the connections of a box are those that are asked about."""
    was = box.source.was, box.destination.was
    taken = tuple(map(claimed, box.excluding))
    return Claimed(formula(box), box.provided, box.same_node, box.source.own, was, taken, box.unselected)


def _switches(box: Box) -> Mapping[str, str]:
    return {name: " or ".join(sorted(values)) for name, values in box.switches.items()}


def _part(box: Box, context: Context) -> Part:
    source, destination = (_attributed(end, context) for end in (box.source, box.destination))
    return Part(
        source, destination, box.ports, box.port_names, box.same_namespace, box.same_node, _switches(box),
        box.supposing, box.provided, box.same_labels, box.unselected,
    )  # fmt: skip


def _attributed(end: EndRegion, context: Context) -> EndRegion:
    """The end, with whose address it is where it has just one."""
    address = None if end.addresses is None else end.addresses.sole()
    return end if address is None else replace(end, address_of=context.world.residents.called(address))
