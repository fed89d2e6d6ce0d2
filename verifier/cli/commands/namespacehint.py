"""`-n NS` as a suggestion: where policies may be at home that name no namespace.

kubectl puts such policies where its user is; here they count for `default`. Where a property breaks that would hold
with them in another namespace of the input, most often `-n` was forgotten.
"""

from collections.abc import Iterator
from functools import cache

from msgspec.structs import replace

from verifier.cli.inputs.inputs import Question
from verifier.engine.check.check import check
from verifier.engine.problem.peers import named_by
from verifier.engine.results.check import CheckReport, Result, Suggestion, Verdict
from verifier.errors import InputError, Undecided
from verifier.ir.cluster import Cluster
from verifier.ir.property import Claim, Confined, Isolated, Peer, Property, Separate
from verifier.smt.solver import Limits

_MOST_NAMESPACES = 3
"""How many are tried for a property, since each of them costs another reading."""


def with_homes(report: CheckReport, question: Question, limits: Limits) -> CheckReport:
    """The report, with `-n NS` suggested where it makes a violated property proved."""
    moved = question.loaded.moved
    if moved is None:
        return report

    @cache
    def cluster(name: str) -> Cluster | None:
        """What the manifests say with `-n`; None where they contradict each other then."""
        try:
            return moved(name)
        except InputError:
            return None

    def is_proved(claimed: Property, name: str) -> bool:
        there = cluster(name)
        if there is None:
            return False
        try:
            [result] = check(there, [claimed], question.universe, question.switches, limits)
        except (InputError, Undecided):
            return False
        return result.verdict is Verdict.PROVED

    def suggesting(result: Result) -> Result:
        names = _candidates(result.property.claim, question.loaded.cluster)
        home = next((name for name in names if is_proved(result.property, name)), None)
        if home is None:
            return result
        suggestion = Suggestion(f"-n {home}", f"if the policies that name no namespace belong to {home}")
        return replace(result, suggestions=(suggestion, *result.suggestions))

    results = (suggesting(r) if r.verdict is Verdict.VIOLATED else r for r in report.results)
    return replace(report, results=tuple(results))


def _candidates(claim: Claim, cluster: Cluster) -> Iterator[str]:
    """The namespaces that the claim names, then those of the workloads."""
    names = [name for peer in _peers(claim) for name in sorted(named_by(peer))]
    yield from list(dict.fromkeys((*names, *(w.namespace for w in cluster.workloads))))[:_MOST_NAMESPACES]


def _peers(claim: Claim) -> tuple[Peer, ...]:
    match claim:
        case Isolated() | Separate():
            return ()
        case Confined(pods):
            return pods
        case _:
            return (*(claim.destinations or ()), *(claim.sources or ()))
