"""What the ends of a connection can be, where its asker left that open: an address behind a Service may be a node's."""

from collections.abc import Iterator

from msgspec import Struct

from verifier.engine.problem.problem import Context
from verifier.ir.connectionquery import AddressEnd, ConnectionQuery, InquiryEnd, NodeEnd


class Aim(Struct, frozen=True):
    """One of the things that an end can be, in words."""

    end: InquiryEnd
    words: str = ""


def aims(query: ConnectionQuery, context: Context) -> tuple[tuple[Aim, Aim], ...]:
    """The pairs of what the source and the destination can be; at least one."""
    sources, destinations = (tuple(_aims(end, context)) for end in (query.source, query.destination))
    return tuple((source, destination) for source in sources for destination in destinations)


def _aims(end: InquiryEnd, context: Context) -> Iterator[Aim]:
    residents = context.world.residents
    if not isinstance(end, AddressEnd) or end.address not in residents.outside:
        yield Aim(end)
        return
    if not residents.are_all and _nodes_can_be_at(end, context):
        yield Aim(NodeEnd(address=end.address), f"{end.address} is a node's")
        yield Aim(end, f"{end.address} is outside the cluster")
    else:
        yield Aim(end)


def _nodes_can_be_at(end: AddressEnd, context: Context) -> bool:
    listed = context.universe.node_addresses
    return listed is None or listed.family(end.address.version).is_empty() or end.address in listed
