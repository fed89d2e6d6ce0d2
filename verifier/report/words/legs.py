"""Both legs of a connection's way, each in a sentence, with the lines that decide."""

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from verifier.engine.results.witness import Witness
from verifier.ir.endpoint import PODLIKE, Endpoint
from verifier.ir.origin import Origin
from verifier.ir.policy import Action, Citation, Direction
from verifier.ir.prose import listed
from verifier.ir.trace import Leg, Step
from verifier.report.words.endpoint import short

_MESH = "mesh"
"""How stages of a mesh are called, or begin."""
_PEER = re.compile(r"^(?:ingress|egress)\[\d+\](?:\.(?P<list>from|to)\[(?P<item>\d+)\])?$")

_WITH_PEERS = ("NetworkPolicy", "StagedKubernetesNetworkPolicy")
"""The kinds whose rules let everybody through that say nobody; others say whom they mean in ways of their own."""
OTHERS = 4
"""How many further policies are named before they are only counted."""


class Guilt(Struct, frozen=True):
    """A place in a manifest, and what is to be said about it."""

    origin: Origin
    note: str


def legs(witness: Witness) -> Iterator[tuple[Leg, Endpoint]]:
    """The legs that are there, egress first, each with the endpoint it governs."""
    if witness.egress is not None and witness.source is not None:
        yield witness.egress, witness.source
    if witness.ingress is not None and witness.destination is not None:
        yield witness.ingress, witness.destination


def sentence(leg: Leg, subject: Endpoint) -> str:
    """What this side of the connection says, and why."""
    last = leg.steps[-1]
    if last.stage != "default":
        doubts = [step.doubt for step in leg.steps if step.doubt]
        return "; ".join((_after_mesh(leg, _decided(last, leg.direction)), *doubts))
    mesh = [step for step in leg.steps[:-1] if is_of_mesh(step)]
    earlier = "; ".join(dict.fromkeys(step.because for step in leg.steps[:-1] if step not in mesh))
    nothing = "no policy of the network is there" if mesh else "there is no policy"
    verb = "enter" if leg.direction is Direction.INGRESS else "leave"
    fate = f"everything may {verb}" if last.decision is Action.ALLOW else f"nothing may {verb}"
    after = _after_mesh(leg, f"{(earlier or nothing).replace('the pod', 'this pod')}, so {fate}")
    return "; ".join((f"{short(subject)}: {after}", *(step.doubt for step in mesh if step.doubt)))


def is_of_mesh(step: Step) -> bool:
    """True iff it is what a mesh says, which stands in front of the policies of the network."""
    return step.stage.split()[0] == _MESH


def _after_mesh(leg: Leg, decided: str) -> str:
    """What decides, after what the mesh says: that refuses it, or leaves it to the policies of the network."""
    said = [step for step in leg.steps if is_of_mesh(step)]
    if not said:
        return decided
    if is_of_mesh(leg.steps[-1]):
        return f"the mesh refuses it: {decided}"
    by = next((step.citation for step in reversed(said) if step.citation is not None), None)
    if by is None:
        return f"the mesh lets it pass, then {decided}"
    how = f"by {by.rule} of {by}" if by.rule is not None else by.name
    return f"the mesh lets it pass {how}, then {decided}"


def _decided(step: Step, direction: Direction) -> str:
    if step.citation is None:
        return step.because
    name = _name(step)
    if step.decision is Action.DENY and step.citation.rule is None:
        more = f"; so {'does' if len(step.also) == 1 else 'do'} {_others(step.also)}" if step.also else ""
        closes = "selects this pod" if step.partly else f"isolates this pod for {direction}"
        return f"{name} {closes} and no rule matches{more}"
    by = f" by {step.citation.rule}" if step.citation.rule is not None else ""
    return f"{name} {'admits' if step.decision is Action.ALLOW else 'denies'} it{by}"


def would(step: Step, direction: Direction) -> str:
    """What a stage would have done that was not asked; `step` cites something."""
    name, doubt = _name(step), f"; {step.doubt}" if step.doubt else ""
    rule = f" by {step.citation.rule}" if step.citation is not None and step.citation.rule is not None else ""
    match step.decision:
        case Action.NEXT:
            return f"{name} would leave it to what comes after{rule}{doubt}"
        case Action.DENY if not rule and step.partly:
            return f"{name} selects this pod, and no rule would match{doubt}"
        case Action.DENY if not rule:
            return f"{name} isolates this pod for {direction}, and no rule would match{doubt}"
        case Action.ALLOW if not rule:
            return f"{name} would keep later tiers away{doubt}"
        case _:
            return f"{name} would {'admit' if step.decision is Action.ALLOW else 'deny'} it{rule}{doubt}"


def _name(step: Step) -> str:
    """The policy, and its stage where the policy's kind does not tell, and what else places it."""
    citation = step.citation
    if citation is None or citation.kind == step.stage:
        return f"{citation}"
    return f"{citation} ({', '.join(filter(None, (step.stage, citation.detail)))})"


def _others(citations: tuple[Citation, ...]) -> str:
    return listed(map(str, citations), OTHERS)


def place(leg: Leg) -> Origin | None:
    """Where the deciding rule or policy stands."""
    citation = leg.steps[-1].citation
    return citation.origin if citation is not None else None


def guilts(witness: Witness) -> Mapping[Direction, Guilt]:
    """What is to be shown below each leg that has a part in the violation.

    Where no line lets the connection through that is the Namespace, or else the workload, of the pod that no policy
    protects: the destination, or the source where that one is no pod. Nothing, where neither is in the manifests.
    """
    found = {leg.direction: _decider(leg) for leg, _ in legs(witness) if witness.allowed in leg.outcomes}
    blamed = {direction: guilt for direction, guilt in found.items() if guilt is not None}
    unprotected = [(leg, end) for leg, end in legs(witness) if end.kind in PODLIKE]
    if blamed or not witness.allowed or not unprotected:
        return blamed
    leg, end = unprotected[-1]
    missing = _missing(end, leg.direction)
    return {leg.direction: missing} if missing is not None else {}


def _decider(leg: Leg) -> Guilt | None:
    origin = place(leg)
    if origin is None:
        return None
    way = "in" if leg.direction is Direction.INGRESS else "out"
    last = leg.steps[-1]
    return Guilt(origin, _refusal(last, way) if last.decision is Action.DENY else _admission(last, way))


def _missing(end: Endpoint, direction: Direction) -> Guilt | None:
    declared = end.namespace.declaration if end.namespace is not None else None
    if declared is not None:
        return Guilt(declared.child("metadata", "name"), f"no policy in this namespace selects the pod for {direction}")
    workload = end.workload
    if workload is not None and workload.labels_origin is not None:
        return Guilt(workload.labels_origin, f"no policy selects these labels for {direction}")
    if workload is not None and workload.origin is not None:
        return Guilt(workload.origin.child("metadata", "name"), f"no policy selects its pods for {direction}")
    return None


def _refusal(step: Step, way: str) -> str:
    """What the cited rule or policy does: a rule denies outright, a policy by isolating."""
    if step.citation is None or step.citation.rule is None:
        return f"selects the pod, and no rule lets it {way}"
    return f"this keeps it from getting {way}"


def _admission(step: Step, way: str) -> str:
    """What the cited rule does, in words that remind of how its list is read."""
    peer = _PEER.search(step.citation.rule or "") if step.citation is not None else None
    if peer is None:
        return f"this lets it {way}"
    if peer["item"] is None:
        if step.citation is None or step.citation.kind not in _WITH_PEERS:
            return f"this lets it {way}"
        if way == "in":
            return "there is no `from` here, so every source is let in"
        return "there is no `to` here, so it is let out to every destination"
    others = ", whatever the other items say" if peer["item"] != "0" else ""
    return f"this item of `{peer['list']}` lets it {way}{others}"
