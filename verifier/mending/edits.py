"""Edits: one change of one policy as a person would make it, for a connection that a property wants otherwise.

Each is about the step that decided on one leg, in the words of the kind of policy that did.
"""

from collections.abc import Iterator
from types import ModuleType

from verifier.engine.results.witness import Witness
from verifier.ir.endpoint import PODLIKE, Endpoint
from verifier.ir.origin import Origin
from verifier.ir.policy import TRUE, Action, Direction
from verifier.ir.property import Always, Claim, Confined, Exactly, Isolated, Never, Only, Separate
from verifier.ir.trace import Leg
from verifier.manifests.documents.document import Document
from verifier.mending import calico, cilium, networkpolicies
from verifier.mending.changes import Edit
from verifier.mending.placing import raw

_DIALECTS = {**dict.fromkeys(calico.KINDS, calico), **dict.fromkeys(cilium.KINDS, cilium)}
_KINDS = frozenset((networkpolicies.KIND, *_DIALECTS))
"""The kinds of policies that are edited."""


def can_mend(claim: Claim) -> bool:
    """True iff edits are known for such claims."""
    return not isinstance(claim, Separate)


def _as_half(claim: Claim, witness: Witness) -> Claim:
    """Of `exactly` the half that the connection breaks: it is one too many, or one too few."""
    if not isinstance(claim, Exactly):
        return claim
    half = Only if witness.allowed else Always
    return half(claim.sources, claim.destinations, claim.ports)


def may_mend(claim: Claim, witness: Witness) -> bool:
    """True iff there may be such edits, as far as one sees without their texts: where a policy decides that can be
    edited and stands in a plain file, or a new one could."""
    claim = _as_half(claim, witness)
    return any(_may_change(claim, leg, subject) for leg, subject in _legs(claim, witness))


def _may_change(claim: Claim, leg: Leg, subject: Endpoint) -> bool:
    if isinstance(claim, Isolated):
        return True
    step = leg.steps[-1]
    cited = step.citation
    lets_in = isinstance(claim, Always)
    if leg.allowed if lets_in else step.decision is not Action.ALLOW:
        return False
    if cited is None:
        return not lets_in and step.stage == "default" and subject.kind in PODLIKE
    return cited.kind in _KINDS and cited.origin is not None and _is_plain(cited.origin)


def _is_plain(origin: Origin) -> bool:
    """True iff it stands in a file of the work tree that is read as it is, and can be written."""
    document = origin.document
    if not isinstance(document, Document) or document.is_json or document.source.trace is not None:
        return False
    source = document.source
    return isinstance(source.place, str) and raw(source.place) == source.text.encode()


def _legs(claim: Claim, witness: Witness) -> Iterator[tuple[Leg, Endpoint]]:
    """The legs on which an edit could change what becomes of the connection, each with the end that it governs; of
    `isolated`, whose witness is one pod, that one."""
    if not can_mend(claim):
        return
    alone = isinstance(claim, Isolated)
    if not alone and (witness.source is None or witness.destination is None):
        return
    if witness.ingress is not None and witness.destination is not None and not isinstance(claim, Confined):
        yield witness.ingress, witness.destination
    if witness.egress is not None and witness.source is not None and not isinstance(claim, Only):
        yield witness.egress, witness.source


def _of(leg: Leg) -> ModuleType:
    """The edits of the kind of policy that decided."""
    cited = leg.steps[-1].citation
    return networkpolicies if cited is None else _DIALECTS.get(cited.kind, networkpolicies)


def edits_for(claim: Claim, witness: Witness) -> Iterator[Edit]:
    """What may be edited so that the connection does not break the claim any more."""
    claim = _as_half(claim, witness)
    for leg, subject in _legs(claim, witness):
        inward = leg.direction is Direction.INGRESS
        match claim:
            case Always(sources, destinations, numbers) if not leg.allowed:
                mine, others = (destinations, sources) if inward else (sources, destinations)
                yield from _of(leg).letting_in(leg, subject, mine, others, numbers)
            case Only(sources, destinations, numbers):
                yield from _of(leg).closing(leg, subject, destinations, sources, None, numbers)
            case Never(sources, destinations, numbers):
                mine, others = (destinations, sources) if inward else (sources, destinations)
                yield from _of(leg).closing(leg, subject, mine, None, others, numbers)
            case Confined(pods, reach):
                if _of(leg) is networkpolicies:
                    yield from networkpolicies.confining(leg, subject, pods, reach)
                else:
                    yield from _of(leg).closing(leg, subject, pods, None, None, TRUE)
            case Isolated(pods):
                yield from networkpolicies.isolating(leg.direction, subject, pods)
            case _:
                pass
