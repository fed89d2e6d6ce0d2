"""A concrete connection that shows something: plain data."""

from collections.abc import Mapping

from msgspec import Struct, field

from verifier.ir.endpoint import Connection, Endpoint
from verifier.ir.network import Protocol
from verifier.ir.trace import Decision, Leg


class Witness(Struct, frozen=True):
    """A concrete connection that was replayed through `verifier.semantics`, or, for `isolated`, one pod.

    source, destination, protocol, port: as in the connection; of an isolation witness the pod alone is there, as
        destination (not isolated for ingress) or as source (egress), and the rest is None.
    allowed: whether the policies allow it; an isolation witness counts as allowed.
    hypothetical: an end is a pod that no workload of the input describes.
    switches: the setting of the switches under which it breaks the property (only those that matter).
    egress, ingress: both legs; of an isolation witness the one that is not isolated.
    """

    source: Endpoint | None
    destination: Endpoint | None
    protocol: Protocol | None
    port: int | None
    allowed: bool
    hypothetical: bool
    switches: Mapping[str, str] = field(default_factory=dict)
    egress: Leg | None = None
    ingress: Leg | None = None
    connection: Connection | None = None

    @classmethod
    def of(
        cls,
        connection: Connection,
        decision: Decision,
        *,
        possibly: bool = False,
        switches: Mapping[str, str] | None = None,
    ) -> "Witness":
        """A connection and what the policies make of it. possibly: it counts as allowed where it may be."""
        source, destination = connection.source, connection.destination
        return cls(
            source=source,
            destination=destination,
            protocol=connection.protocol,
            port=connection.port,
            allowed=decision.possible if possibly else decision.allowed,
            hypothetical=source.is_hypothetical or destination.is_hypothetical,
            switches=switches or {},
            egress=decision.egress,
            ingress=decision.ingress,
            connection=connection,
        )
