"""What a question gets for an answer: plain data, ready for any report."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct

from verifier.engine.results.region import Region
from verifier.engine.results.witness import Witness
from verifier.errors import Diagnostic
from verifier.ir.acceptance import Acceptance
from verifier.ir.cluster import PassedOver
from verifier.ir.property import Property


class Verdict(StrEnum):
    PROVED = "proved"
    VIOLATED = "violated"
    UNKNOWN = "unknown"
    VACUOUS = "vacuous"
    ACCEPTED = "accepted"
    """Violated, or undecided, but by nothing that is not among flows that somebody accepted."""


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
    regions: what surely breaks it, if that was asked for. complete: nothing else does (proved at the end).
        fewest: so many regions has every complete list at least; None: nobody knows.
    accepted: by what it is `accepted`; the witness and the regions are then of what was.
    repair: the line to type that looks for a repair; empty where none is known to be possible.
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
    regions: tuple[Region, ...] = ()
    complete: bool = False
    fewest: int | None = None
    accepted: tuple[Acceptance, ...] = ()
    repair: str = ""


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
