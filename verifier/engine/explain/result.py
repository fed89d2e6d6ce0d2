"""An explanation as it is reported: what becomes of one connection, and why; plain data."""

from msgspec import Struct

from verifier.engine.explain.condition import When
from verifier.engine.explain.nearmiss import NearMiss
from verifier.errors import Diagnostic
from verifier.ir.cluster import PassedOver
from verifier.ir.connectionquery import ConnectionQuery
from verifier.ir.endpoint import Connection, Endpoint
from verifier.ir.policy import Citation
from verifier.ir.trace import Leg, Step


class Side(Struct, frozen=True):
    """One leg, told in full.

    selecting: the policies that govern the subject in this direction. also: rules that decide as the deciding one does.
    otherwise: where there are tiers, what the stages after the deciding one would have said. near: what almost spoke of
    the connection.
    """

    leg: Leg
    subject: Endpoint
    peer: Endpoint
    selecting: tuple[Citation, ...] = ()
    also: tuple[Citation, ...] = ()
    otherwise: tuple[Step, ...] = ()
    near: tuple[NearMiss, ...] = ()


class Case(Struct, frozen=True):
    """The connection as it is `when` certain conditions hold (always: when none are needed). `allowed`: None where
    nobody can say."""

    when: When
    connection: Connection
    allowed: bool | None
    egress: Side
    ingress: Side


class Explanation(Struct, frozen=True):
    """What becomes of a connection.

    allowed: None where it depends. cases: one for each outcome. outcomes: when the connection is allowed, denied, or
    neither can be said; complete. depends_on: the open switches among the conditions. notes: one sentence each.
    passed_over: what decides about traffic and is not understood.
    """

    query: ConnectionQuery
    universe: str
    allowed: bool | None
    cases: tuple[Case, ...]
    outcomes: tuple[tuple[When, bool | None], ...]
    depends_on: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    not_covered: tuple[str, ...] = ()
