"""What policies mean for ONE concrete connection, with the trace of what decided (docs/semantics.md 1.3, 3.6, 8).

Takes a policy set, a connection and a full setting of the switches; never heard of a solver. This is the reading of
the rules that a person can check by eye, and every witness is replayed through it before anyone sees it.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import assert_never

from msgspec.structs import replace

from verifier.ir.endpoint import (
    NODELIKE,
    PODLIKE,
    Connection,
    Endpoint,
    Kind,
    NamedPort,
    PortSource,
    Switches,
    namespace_labels,
)
from verifier.ir.labels import Labels, matches
from verifier.ir.network import Protocol
from verifier.ir.policy import (
    Action,
    AddressIn,
    And,
    Block,
    Direction,
    Formula,
    Hairpin,
    Havoc,
    KindIn,
    NamespaceIn,
    NamespaceLabels,
    NewNamespaces,
    Not,
    Or,
    Pipe,
    PodLabels,
    PolicySet,
    PortIn,
    PortNamed,
    Rung,
    SameLabel,
    SameNamespace,
    SameNode,
    Selects,
    Stage,
    SwitchIs,
    Tie,
    WorkloadIn,
)
from verifier.ir.trace import Decision, Leg, Step
from verifier.ir.unknowns import shared_unknowns, unknowns, unknowns_of
from verifier.ir.view import View

_NOTHING: Mapping[str, bool] = {}


def decide(
    policies: PolicySet, connection: Connection, switches: Switches, supposing: Mapping[str, bool] = _NOTHING
) -> Decision:
    """allow(c) of 1.3: both legs must allow; a pod always reaches its own address. `supposing`: as in View."""
    egress = leg(policies, connection, Direction.EGRESS, switches, supposing)
    ingress = leg(policies, connection, Direction.INGRESS, switches, supposing)
    return Decision(egress, ingress, frozenset(a and b for a, b in product(egress.outcomes, ingress.outcomes)))


def leg(
    policies: PolicySet,
    connection: Connection,
    direction: Direction,
    switches: Switches,
    supposing: Mapping[str, bool] = _NOTHING,
) -> Leg:
    """out(c) for egress, in(c) for ingress: the subject's own policies, and the exemption of its own node."""
    view = View(connection, direction, switches, supposing)
    if connection.itself and not connection.via_service:
        return _let_through(direction, "self", "a pod always reaches its own address")
    if _own_node(view):
        return _let_through(direction, "node", "traffic with the pod's own node is always let through")
    if view.subject.kind in (Kind.EXTERNAL, Kind.NODE):
        what = "an address outside the cluster" if view.subject.kind is Kind.EXTERNAL else "a node"
        return _let_through(direction, "none", f"policies do not govern {what}")
    if _is_dropped(view):
        return Leg(direction, (Step("node", Action.DENY, "its node drops what a pod sends to it"),), frozenset({False}))
    return _pipe(policies.pipe(direction), view)


def _pipe(pipe: Pipe, view: View) -> Leg:
    """The pipe, as all that can come of it: for each truth of what is one unknown wherever it stands (`Havoc.shared`),
    whatever the others come to, each in its place (8)."""
    whole = _run(pipe.stages, pipe.final, view)
    if len(whole.outcomes) == 1:
        return whole
    apart = [about for about in shared_unknowns(pipe) if about not in view.supposing]
    if not apart:
        return whole
    legs = [
        _run(
            pipe.stages,
            pipe.final,
            replace(view, supposing={**view.supposing, **dict(zip(apart, truths, strict=True))}),
        )
        for truths in product((False, True), repeat=len(apart))
    ]
    outcomes = frozenset[bool]().union(*(each.outcomes for each in legs))
    return whole if outcomes == whole.outcomes else replace(legs[-1], outcomes=outcomes)


def _let_through(direction: Direction, stage: str, because: str) -> Leg:
    return Leg(direction, (Step(stage, Action.ALLOW, because),), frozenset({True}))


def _own_node(view: View) -> bool:
    """exemptI and exemptE of 1.3."""
    switch = "local_node_ingress" if view.direction is Direction.INGRESS else "local_node_egress"
    return _to_own_node(view) and view.switches[switch] == "always"


def _is_dropped(view: View) -> bool:
    """drops of 1.3."""
    out = view.direction is Direction.EGRESS and view.switches["local_node_egress"] == "policy_then_drop"
    return out and view.subject.kind is Kind.POD and _to_own_node(view)


def _to_own_node(view: View) -> bool:
    """True iff the peer counts as the node that the subject runs on."""
    nodelike = view.peer.kind is Kind.NODE or (
        view.peer.kind is Kind.HOSTPOD and view.switches["host_network"] != "as_pod"
    )
    return nodelike and view.connection.same_node


def _run(stages: Sequence[Stage], final: Action, view: View) -> Leg:
    """pipe(P, c) of section 8: the first stage that does not say Next decides, else `final`."""
    if not stages:
        return Leg(view.direction, (_default(final),), frozenset({final is Action.ALLOW}))
    step, said = _stage(stages[0], view)
    outcomes = {action is Action.ALLOW for action in said if action is not Action.NEXT}
    steps: tuple[Step, ...] = (step,)
    if Action.NEXT in said:
        rest = _run(stages[1:], final, view)
        outcomes |= rest.outcomes
        steps += rest.steps if step.decision is Action.NEXT else ()
    return Leg(view.direction, steps, frozenset(outcomes))


def opinions(policies: PolicySet, view: View, after: str) -> tuple[Step, ...]:
    """What each stage that comes after the one named `after`, which decided, says of the connection, and the end of a
    pipe that ends in Deny: what would have become of it."""
    pipe = policies.pipe(view.direction)
    names = [stage.name for stage in pipe.stages]
    if after not in names:
        return ()
    later = tuple(_stage(stage, view)[0] for stage in pipe.stages[names.index(after) + 1 :])
    return later if pipe.final is Action.ALLOW else (*later, _default(pipe.final))


def _default(final: Action) -> Step:
    return Step("default", final, f"nothing else decides, and the default is to {final}")


def _stage(stage: Stage, view: View) -> tuple[Step, frozenset[Action]]:
    """stage(S, c) of section 8: every action that can come of it, and a step that shows one way."""
    applying = [s for s in stage.applies or () if selects(s, view)]
    if stage.applies is not None and not applying:
        because = f"no policy selects the pod for {view.direction}"
        return Step(stage.name, Action.NEXT, because), frozenset({Action.NEXT})
    step, said = _body(stage, applying, view)
    if stage.applies is None or any(selects(s, view.sure()) for s in applying) or said == {Action.NEXT}:
        return step, said
    about = " and ".join(sorted(set().union(*(unknowns(s.pods) for s in applying))))
    doubt = f"or it is left to what comes after (it hangs on {about} whether a policy selects the pod)"
    doubts = ", ".join(filter(None, (step.doubt, doubt)))
    return replace(step, because=f"{step.because}; {doubt}", doubt=doubts), said | {Action.NEXT}


def _body(stage: Stage, applying: Sequence[Selects], view: View) -> tuple[Step, frozenset[Action]]:
    """The same of a stage that applies, by these selections."""
    said: set[Action] = set()
    first: Step | None = None
    for part in stage.body:
        results = _tie(part, view) if isinstance(part, Tie) else run(part, view)
        fired = [r for r in results if r is not None]
        said |= {rung.action for rung in fired}
        if first is None and fired:
            first = _step(stage, part, fired, None in results)
        if None not in results:
            break
    else:
        said.add(stage.end)
    return first or _end(stage, applying, view), frozenset(said)


def _step(stage: Stage, part: Block | Tie, fired: Sequence[Rung], or_none: bool) -> Step:
    """The step of a part of which one of the rungs `fired` decides, or perhaps none."""
    rung, *others = fired
    because, doubt = _says(rung, stage), ""
    if others or or_none:
        ways = [f"{_says(other, stage)} by {other.citation.rule}" for other in others]
        ways += [_OTHERWISE[stage.end]] if or_none else []
        about = sorted(set().union(*(unknowns_of(each) for each in fired)))
        why = [f"it hangs on {' and '.join(about)}"] if about else []
        why += ["of equal priority any may apply"] if isinstance(part, Tie) and others else []
        doubt = f"or {', or '.join(ways)} ({', and '.join(why)})"
    return Step(stage.name, rung.action, f"{because}; {doubt}" if doubt else because, rung.citation, (), doubt)


_OTHERWISE = {
    Action.NEXT: "it is left to what comes after",
    Action.DENY: "no rule matches, and it is denied",
    Action.ALLOW: "no rule matches, and it is allowed",
}
"""What comes of a stage in which nothing fires, by its end."""
_VERBS = {Action.ALLOW: "allows it", Action.DENY: "denies it", Action.NEXT: "leaves it to what comes after"}


def _says(rung: Rung, stage: Stage) -> str:
    detail = f" ({stage.name}, {rung.citation.detail})" if rung.citation.detail is not None else ""
    return f"{rung.citation}{detail} {_VERBS[rung.action]}"


def _end(stage: Stage, applying: Sequence[Selects], view: View) -> Step:
    if stage.end is Action.NEXT:
        return Step(stage.name, Action.NEXT, f"no {stage.name} rule matches")
    cited = tuple(s.citation for s in applying)
    if stage.end is Action.ALLOW:
        because = f"the pod is selected, and nothing else is said for {view.direction}"
    elif stage.isolates:
        because = f"the pod is isolated for {view.direction} and no rule matches"
    else:
        because = "the pod is selected and no rule matches"
    partly = stage.end is Action.DENY and not stage.isolates
    return Step(stage.name, stage.end, because, cited[0] if cited else None, cited[1:], partly=partly)


def run(block: Block, view: View) -> tuple[Rung | None, ...]:
    """run(B, c) of section 8: the rungs of which one decides; None among them: it can be that none does."""
    found: list[Rung | None] = []
    surely = view.sure()
    for rung in block.rungs:
        if fires(rung, view):
            if all(other is None or other.action is not rung.action for other in found):
                found.append(rung)
            if fires(rung, surely):
                return tuple(found)
    return (*found, None)


_DENY_FIRST = (Action.DENY, Action.ALLOW, Action.NEXT)


def _tie(tie: Tie, view: View) -> tuple[Rung | None, ...]:
    """runB of section 8, by the switch `same_priority` (4.4)."""
    results = [run(block, view) for block in tie.blocks]
    found: list[Rung | None] = []
    match view.switches["same_priority"]:
        case "by_name":
            for result in results:
                found += [r for r in result if r is not None]
                if None not in result:
                    return _distinct(found)
            return (*_distinct(found), None)
        case "deny_first":
            for choice in product(*results):
                fired = [r for r in choice if r is not None]
                found.append(min(fired, key=lambda r: _DENY_FIRST.index(r.action)) if fired else None)
            return _distinct(found)
        case _:
            found = [r for result in results for r in result if r is not None]
            return (*_distinct(found), None) if all(None in result for result in results) else _distinct(found)


def _distinct(rungs: Sequence[Rung | None]) -> tuple[Rung | None, ...]:
    """One rung of each action, None last."""
    by_action = {None if r is None else r.action: r for r in reversed(rungs)}
    kept = [r for r in rungs if r is not None and by_action[r.action] is r]
    return (*kept, None) if None in by_action else tuple(kept)


def isolated(policies: PolicySet, pod: Endpoint, direction: Direction, switches: Switches, surely: bool = True) -> bool:
    """True iff a stage that ends in Deny surely applies to `pod` (iso of 3.6), or may (`surely` False): a default deny
    is in force."""
    nobody = Endpoint(Kind.EXTERNAL, pod.address)
    ends = (nobody, pod) if direction is Direction.INGRESS else (pod, nobody)
    view = View(Connection(*ends, Protocol.TCP, 1), direction, switches, havoc=not surely)
    return any(
        stage.isolates and (stage.applies is None or any(selects(s, view) for s in stage.applies))
        for stage in policies.pipe(direction).stages
    )


def fires(rung: Rung, view: View) -> bool:
    """True iff the rung's policy selects the subject and its guard holds (may, or surely: `havoc` of the view)."""
    return (rung.selects is None or selects(rung.selects, view)) and holds(rung.guard, view)


def selects(who: Selects, view: View) -> bool:
    """sel(P, x) of 3.6: the subject is in the policy's namespace and meets its pod formula."""
    namespace = view.subject.namespace
    match who.namespace:
        case None:
            here = True
        case NewNamespaces():
            here = namespace is not None and namespace.new
        case str(name):
            here = namespace is not None and namespace.name == name
    return here and holds(who.pods, view)


def holds(formula: Formula, view: View) -> bool:
    """True iff `formula` holds of the connection as seen from the subject's end (may hold, or surely holds, by `havoc`
    of the view)."""
    connection, switches = view.connection, view.switches
    match formula:
        case And(items):
            return all(holds(item, view) for item in items)
        case Or(items):
            return any(holds(item, view) for item in items)
        case Not(item):
            return not holds(item, view.under_not())
        case KindIn(role, kinds):
            return view.end(role).kind in kinds
        case PodLabels(role, selector):
            return view.end(role).kind in PODLIKE and matches(view.end(role).labels, selector)
        case WorkloadIn(role, names):
            workload = view.end(role).workload
            return workload is not None and workload.title in names
        case NamespaceLabels(role, selector):
            namespace = view.end(role).namespace
            return namespace is not None and matches(namespace_labels(namespace), selector)
        case NamespaceIn(role, names):
            namespace = view.end(role).namespace
            return namespace is not None and namespace.name in names
        case SameNamespace():
            here, there = view.subject.namespace, view.peer.namespace
            return here is not None and there is not None and here.name == there.name
        case SameNode():
            return connection.same_node and not NODELIKE.isdisjoint({view.subject.kind, view.peer.kind})
        case SameLabel(key, of_namespace):
            mine, theirs = (_labels(end, of_namespace) for end in (view.subject, view.peer))
            return mine is not None and theirs is not None and mine.get(key) == theirs.get(key)
        case AddressIn(role, addresses):
            return view.address(role) in addresses
        case PortIn(protocol, ports):
            return connection.protocol is protocol and connection.port is not None and connection.port in ports
        case PortNamed(name, protocol):
            return (
                protocol in (None, connection.protocol)
                and connection.destination.kind in PODLIKE
                and any(
                    (p.name, p.protocol, p.port) == (name, connection.protocol, connection.port)
                    for p in named_ports(connection.destination.named_ports, switches)
                )
            )
        case SwitchIs(switch, value):
            return switches[switch] == value
        case Hairpin():
            return connection.itself and connection.via_service
        case Havoc(about):
            return view.supposing.get(about, view.havoc)
        case _:
            assert_never(formula)


def _labels(end: Endpoint, of_namespace: bool) -> Labels | None:
    """The pod's own labels or its namespace's; None where the end is no pod."""
    if end.kind not in PODLIKE or end.namespace is None:
        return None
    return namespace_labels(end.namespace) if of_namespace else end.labels


def named_ports(declared: tuple[NamedPort, ...], switches: Switches) -> tuple[NamedPort, ...]:
    """The port names that count, by the switches `named_port_source` and `named_port_dup` (1.4)."""
    sources = {
        "containers": {PortSource.CONTAINER},
        "sidecars": {PortSource.CONTAINER, PortSource.SIDECAR},
        "all_init": set(PortSource),
    }[switches["named_port_source"]]
    counted = [p for p in declared if p.source in sources]
    if switches["named_port_dup"] == "one":
        counted = list({p.name: p for p in counted}.values())
    return tuple(counted)
