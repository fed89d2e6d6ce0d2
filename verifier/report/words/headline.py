"""The one sentence a reader of a comparison wants most."""

from collections.abc import Iterator

from verifier.engine.diff.partial import is_partial, told
from verifier.engine.results.diff import Difference, Relation
from verifier.errors import Severity
from verifier.ir.prose import number
from verifier.report.words.settings import under

_UNIVERSES = {"open": "every pod that could exist", "inventory": "every workload of the manifests"}

_SENTENCES = {
    Relation.WIDER: "more connections are allowed than before, none fewer",
    Relation.NARROWER: "fewer connections are allowed than before, none more",
    Relation.INCOMPARABLE: "some connections are opened, others are closed",
}
_OF_TWO = {
    Relation.WIDER: "more connections are allowed under {new} than under {old}, none fewer",
    Relation.NARROWER: "fewer connections are allowed under {new} than under {old}, none more",
    Relation.INCOMPARABLE: "under {new} some connections are opened, others are closed, held against {old}",
}
"""The same where each side has a setting of its own."""


def headline(difference: Difference) -> str:
    """What the relation means."""
    if difference.relation is Relation.EQUIVALENT:
        whom = _UNIVERSES.get(difference.universe, f"every pod that universe {difference.universe} admits")
        but = ", but for the accepted flows" if difference.accepted else ""
        both = _both(difference)
        if is_partial(difference):
            return f"the same connections are allowed{both}{but}, {told(difference)}"
        return f"the same connections are allowed{both} for {whom}{but}"
    if difference.relation is not Relation.UNKNOWN:
        return _sentence(difference) + (f", {told(difference)}" if is_partial(difference) else "")
    if wrong := sum(d.severity is Severity.ERROR for d in difference.diagnostics):
        return f"nothing was compared: {number(wrong, 'error')} in the input"
    return difference.reason or "the comparison could not be decided"


def _both(difference: Difference) -> str:
    return "" if difference.settings is None else " under {} and under {}".format(*under(difference.settings))


def _said(relation: Relation, difference: Difference) -> str:
    if difference.settings is None:
        return _SENTENCES[relation]
    old, new = under(difference.settings)
    return _OF_TWO[relation].format(old=old, new=new)


def _sentence(difference: Difference) -> str:
    """What policies changed, and what workloads did by themselves."""
    workloads = list(_workloads(difference))
    if not workloads:
        return _said(difference.relation, difference)
    changed = bool(difference.added), bool(difference.removed)
    policies = "the policies open and close nothing"
    if any(changed):
        policies = _said(_OF_POLICIES[changed], difference)
    return f"{policies}; {', '.join(workloads)}"


_OF_POLICIES = {(True, False): Relation.WIDER, (False, True): Relation.NARROWER, (True, True): Relation.INCOMPARABLE}
"""By whether something was added, and whether something was removed."""


def _workloads(difference: Difference) -> Iterator[str]:
    for some, one, many in (
        (difference.new_workloads, "is new", "are new"),
        (difference.gone_workloads, "is gone", "are gone"),
        (difference.turned_workloads, "turns to hostNetwork or from it", "turn to hostNetwork or from it"),
    ):
        if some:
            yield f"{number(len(some), 'workload')} {one if len(some) == 1 else many}"


def completeness(difference: Difference) -> str | None:
    """Whether the lists are everything; None where there is nothing to say."""
    if not (difference.added or difference.removed):
        return None
    if difference.complete:
        return "The lists are complete: nothing else was opened or closed."
    if is_partial(difference) and difference.relation is not Relation.UNKNOWN:
        return f"The lists are complete {told(difference)}."
    if difference.given_up:
        return f"The lists are not complete, and nobody knows what is missing: {difference.reason}."
    if difference.depends_on:
        return "The lists are not complete: there may be more than what stands here."
    return "The lists are not complete: there is more than what stands here (`--limit` says how much is listed)."
