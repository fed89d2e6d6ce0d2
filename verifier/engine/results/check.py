"""What a question gets for an answer: plain data, ready for any report."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct, field

from verifier.errors import Diagnostic
from verifier.ir.cluster import PassedOver
from verifier.ir.endpoint import Connection, Endpoint
from verifier.ir.network import Protocol
from verifier.ir.property import Property
from verifier.semantics import Decision, Leg


class Verdict(StrEnum):
    PROVED = "proved"
    VIOLATED = "violated"
    UNKNOWN = "unknown"
    VACUOUS = "vacuous"


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


class Suggestion(Struct, frozen=True):
    """A narrower claim, and in a few words how it is narrower. It was checked: it is proved."""

    text: str
    because: str


class Opinion(Struct, frozen=True):
    """What Z3 and, second, cvc5 said to one question: sat, unsat or unknown; `reason`: why cvc5 does not know."""

    question: str
    answer: str
    seconds: float
    second: str
    second_seconds: float
    reason: str = ""


class Stats(Struct, frozen=True):
    """Sizes and seconds of one property's run; for `-v` only, since seconds differ from run to run."""

    encoding: float = 0.0
    solving: float = 0.0
    queries: int = 0
    script_bytes: int = 0
    policies: int = 0
    opinions: tuple[Opinion, ...] = ()


def total(each: Iterable[Stats], policies: int) -> Stats:
    """What several runs about so many policies came to."""
    found = tuple(each)
    return Stats(
        encoding=sum(stats.encoding for stats in found),
        solving=sum(stats.solving for stats in found),
        queries=sum(stats.queries for stats in found),
        script_bytes=sum(stats.script_bytes for stats in found),
        policies=policies,
        opinions=tuple(opinion for stats in found for opinion in stats.opinions),
    )


class Share(Struct, frozen=True):
    """How many `of` how many; None: nobody has counted them. names: the first of them, which reports show: answers stay
    small whatever the cluster is."""

    count: int | None
    of: int
    names: tuple[str, ...] = ()


class Extent(Struct, frozen=True):
    """How much of today's cluster breaks a property: of the declared namespaces, and of the workloads of the manifests,
    those of which a pod surely does."""

    namespaces: Share
    workloads: Share


class Result(Struct, frozen=True):
    """The verdict about one property.

    depends_on: switches, of those left open, on which the verdict hangs (then it is `unknown`, and the witness shows
        the setting that breaks the property).
    reason: why it is unknown or vacuous, in one sentence.
    notes: what the reader should know besides, one sentence each.
    assumptions: what the proof rests on, one sentence each.
    not_covered: what the verdict does not speak about, one sentence each.
    extent: how much of today's cluster breaks it; None where it is not violated, or the solver could not say.
    """

    property: Property
    verdict: Verdict
    witness: Witness | None = None
    depends_on: tuple[str, ...] = ()
    reason: str | None = None
    notes: tuple[str, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    assumptions: tuple[str, ...] = ()
    not_covered: tuple[str, ...] = ()
    stats: Stats = Stats()
    extent: Extent | None = None


class Counts(Struct, frozen=True):
    """What was read."""

    policies: int = 0
    workloads: int = 0
    namespaces: int = 0


class CheckReport(Struct, frozen=True):
    """A whole run of `check`: the results in the order of the properties, and what all of them have in common.

    `assumptions` and `not_covered` are the union over the results, each once. passed_over: what decides about traffic
    and is not understood, so that no result is about the whole cluster.
    """

    universe: str
    results: tuple[Result, ...]
    counts: Counts = Counts()
    assumptions: tuple[str, ...] = ()
    not_covered: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()

    def tally(self) -> Mapping[Verdict, int]:
        return {verdict: sum(r.verdict is verdict for r in self.results) for verdict in Verdict}
