"""A connection as one of its ends sees it."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from verifier.ir.endpoint import Connection, Endpoint, Kind, Switches
from verifier.ir.network import IPAddress
from verifier.ir.policy import Direction, Role


class View(Struct, frozen=True):
    """A connection seen from one of its ends, under one setting of the switches. `supposing`: what is supposed of
    conditions that nobody can say, by what they are about. `havoc`: what is made of all others where they stand under
    no Not, or an even number of them, and the opposite of what is made of them elsewhere: so that what is seen is what
    may hold (True), or what surely does (False). Each place where such a condition stands counts for itself (8)."""

    connection: Connection
    direction: Direction
    switches: Switches
    supposing: Mapping[str, bool] = {}
    havoc: bool = True

    @property
    def subject(self) -> Endpoint:
        return self.connection.destination if self.direction is Direction.INGRESS else self.connection.source

    @property
    def peer(self) -> Endpoint:
        return self.connection.source if self.direction is Direction.INGRESS else self.connection.destination

    def sure(self) -> "View":
        """The same view of what surely holds."""
        return replace(self, havoc=False)

    def under_not(self) -> "View":
        """The same view of what stands under a Not: it surely does not hold iff the other may, and may not hold iff the
        other does not surely hold."""
        return replace(self, havoc=not self.havoc)

    def end(self, role: Role) -> Endpoint:
        return self.subject if role is Role.SUBJECT else self.peer

    def address(self, role: Role) -> IPAddress:
        """The address as ipBlocks see it: under `external_source: node` an outside source may show a node's (1.4)."""
        end = self.end(role)
        if self.connection.seen is not None and end is self.connection.source and end.kind is Kind.EXTERNAL:
            return self.connection.seen
        return end.address
