"""What `netpol.accept.yaml` accepts where there is no base: as it stands beside the properties."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from msgspec import Struct

from verifier.engine.check.accepted import excused
from verifier.engine.check.check import check, joined
from verifier.engine.results.check import CheckReport, Result
from verifier.errors import Diagnostic, InputError
from verifier.ir.acceptance import Acceptance
from verifier.ir.cluster import Cluster
from verifier.ir.property import Property
from verifier.ir.universe import Universe
from verifier.manifests.documents.places import place_of
from verifier.manifests.documents.revision import read_text
from verifier.manifests.documents.source import Source, shown
from verifier.manifests.documents.there import is_there
from verifier.manifests.specs.acceptances import FILE, expired, in_force, read_acceptances, unused
from verifier.smt.limits import Limits


def acceptances_of(named: str | None, *, no_config: bool = False) -> tuple[Acceptance, ...]:
    """Those of the file that is named (`REV:PATH` is one of a revision), else of the usual one where there is one.
    no_config: whatever lies there counts for nothing unless it is named. Raises InputError with every mistake in it."""
    if named is None and no_config:
        return ()
    if named is None:
        return read_acceptances(Source.read(FILE)) if is_there(FILE) else ()
    place = place_of(named)
    if isinstance(place, str):
        return read_acceptances(Source.read(place))
    source = read_text(place)
    if source is None:
        raise InputError(Diagnostic("path", f"no such file at `{place.revision}`", shown(named)))
    return read_acceptances(source)


class Asked(Struct, frozen=True):
    """Of what cluster, under which terms, results are."""

    cluster: Cluster
    universe: Universe
    switches: Mapping[str, str]
    limits: Limits
    limit: int | None
    dump_to: Path | None = None


def with_acceptances(report: CheckReport, acceptances: Sequence[Acceptance], day: date, asked: Asked) -> CheckReport:
    """The report where acceptances count that hold on that day; with an error for each that does not and is needed,
    and a warning for each that excuses nothing."""
    if not acceptances:
        return report

    def modulo(claimed: Property, some: Sequence[Acceptance], told: bool) -> Result:
        flows = tuple(flow for acceptance in some for flow in acceptance.flows)
        folder = asked.dump_to / "accepted" if told and asked.dump_to is not None else None
        [found] = check(
            asked.cluster,
            (claimed,),
            asked.universe,
            asked.switches,
            asked.limits,
            folder,
            {claimed.name: flows},
            limit=asked.limit if told else 0,
        )
        return found

    current, past = in_force(acceptances, day)
    found = excused(report.results, current, past, modulo)
    said = (*unused(found.unused), *map(expired, found.expired))
    return joined(
        report.counts,
        found.results,
        report.universe,
        (*report.diagnostics, *said),
        report.passed_over,
        asked.cluster.assumptions,
    )
