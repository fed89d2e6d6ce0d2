"""What whoever asks about a connection may have overlooked: that replies need no rule, that what one rule leaves out
another one lets through, and that a pod reaches itself through a Service by another way than another pod."""

from collections.abc import Iterator

from msgspec.structs import replace

from verifier.engine.explain.cases import Possibility
from verifier.engine.problem.problem import Context
from verifier.ir.endpoint import PODLIKE, Connection, Endpoint, Switches
from verifier.ir.leftout import left_out
from verifier.ir.policy import Action, Direction, PolicySet, Rung
from verifier.ir.switches import OPEN, SWITCHES
from verifier.ir.trace import Leg
from verifier.ir.view import View
from verifier.semantics import decide, fires, holds, selects
from verifier.vocabulary import Mentions

_MOST = 2


def replies(first: Possibility, policies: PolicySet) -> Iterator[str]:
    """A note where the connection is denied and the other end may open one the other way, by a rule: whoever wrote that
    rule may think that its replies need one, too."""
    asked = first.connection
    ends = (asked.source, asked.destination)
    if asked.port is None or asked.itself or any(end.kind not in PODLIKE for end in ends):
        return
    for port in (asked.port, *_ports(policies, asked.port)):
        back = Connection(asked.destination, asked.source, asked.protocol, port, same_node=asked.same_node, seen=None)
        decision = decide(policies, back, first.setting)
        if decision.allowed and any(_is_by_rule(leg) for leg in (decision.egress, decision.ingress)):
            source, destination = map(_called, (asked.destination, asked.source))
            way = f"{source} may open connections to {destination} ({asked.protocol} {port})"
            yield f"{way}: replies to them need no rule"
            return


def _ports(policies: PolicySet, besides: int) -> list[int]:
    """A port of each range that the policies tell apart."""
    mentions = Mentions()
    mentions.add_policies(policies)
    return sorted({low for ports in mentions.ports for low, _ in ports} - {besides})


def _is_by_rule(leg: Leg) -> bool:
    citation = leg.steps[-1].citation
    return citation is not None and citation.rule is not None


def _called(end: Endpoint) -> str:
    if end.workload is not None:
        return str(end.workload)
    return f"a pod of {end.namespace.name}" if end.namespace is not None else "the pod"


def undone(first: Possibility, policies: PolicySet) -> Iterator[str]:
    """Notes about rules that leave the peer out, where another one lets it through all the same."""
    decision = decide(first.policies, first.connection, first.setting)
    found = (
        note
        for leg in (decision.egress, decision.ingress)
        if leg.allowed and _is_by_rule(leg)
        for note in _undone(leg, View(first.connection, leg.direction, first.setting), policies)
    )
    for _, note in zip(range(_MOST), found, strict=False):
        yield note


def _undone(leg: Leg, view: View, policies: PolicySet) -> Iterator[str]:
    by = leg.steps[-1].citation
    way = "in" if leg.direction is Direction.INGRESS else "out"
    for rung in _alternatives(policies, leg):
        if rung.selects is None or not selects(rung.selects, view) or fires(rung, view):
            continue
        kept_out = next((found.what for found in left_out(rung.guard) if holds(found.guard, view)), None)
        if kept_out is not None and by is not None:
            mine = rung.citation
            others = by.rule if str(by) == str(mine) else f"{by.rule} of {by}"
            yield f"{mine.rule} of {mine} leaves out {kept_out}, and {others} lets it {way} all the same"


def _alternatives(policies: PolicySet, leg: Leg) -> Iterator[Rung]:
    """The rules of the stage that decided, where they have no order."""
    for stage in policies.pipe(leg.direction).stages:
        if stage.name == leg.steps[-1].stage and not stage.is_tier:
            yield from (rung for block in stage.blocks() for rung in block.rungs if rung.action is Action.ALLOW)


def through_service(first: Possibility, context: Context) -> str:
    """What becomes of the connection of the destination to itself that goes through a Service."""
    asked = first.connection
    connection = replace(asked, source=asked.destination, itself=True, via_service=True, seen=None)
    open_here = context.switches["self_via_service"] == OPEN
    values = SWITCHES["self_via_service"].values if open_here else (context.switches["self_via_service"],)
    settings: dict[str, Switches] = {value: {**first.setting, "self_via_service": value} for value in values}
    found = {v: decide(context.policies, connection, setting).allowed for v, setting in settings.items()}
    if len(set(found.values())) == 1:
        return "it is allowed too" if next(iter(found.values())) else "it is denied"
    return "it is allowed, or denied where self_via_service = policy"
