"""What came close: the rules and policies that would have spoken of a connection, but for one thing."""

from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from msgspec import Struct

from verifier.ir.endpoint import PODLIKE, Kind, namespace_labels
from verifier.ir.labels import NAMESPACE_NAME, Labels, Operator, Requirement, Selector, describe
from verifier.ir.network import PORTS
from verifier.ir.policy import (
    Action,
    AddressIn,
    And,
    Citation,
    Direction,
    Formula,
    Hairpin,
    Havoc,
    KindIn,
    NamespaceIn,
    NamespaceLabels,
    Not,
    Or,
    Pipe,
    PodLabels,
    PortIn,
    PortNamed,
    Role,
    Rung,
    SameLabel,
    SameNamespace,
    SameNode,
    Selects,
    SwitchIs,
    Tie,
    WorkloadIn,
)
from verifier.ir.spelling import Slip, slip_between
from verifier.ir.trace import Leg, Step
from verifier.ir.view import View
from verifier.semantics import holds, selects

MOST = 3
"""NearMiss misses of one side that are told."""


class Mismatch(Struct, frozen=True):
    """One thing that is other than a rule or a selection wants it: `what`, in words. `hint`: what may have been meant,
    where what is there looks like what is wanted."""

    what: str
    hint: str | None = None


class NearMiss(Struct, frozen=True):
    """A rule of a policy that selects the pod, or (`selection`) a policy that does not select it, though a rule of it
    (`rule`) would let the connection through, or though what it selects is spelt almost like what the pod has."""

    citation: Citation
    lack: Mismatch
    selection: bool = False
    rule: Citation | None = None


def near_misses(pipe: Pipe, view: View, leg: Leg) -> tuple[NearMiss, ...]:
    """What almost spoke of the connection on this side: of one that is denied, what would have allowed it; of one that
    is allowed because nothing governs the pod, policies that almost select it."""
    if leg.allowed:
        found = list(_misspelt(pipe, view))
    else:
        rungs = [rung for rung in _before(pipe, leg.steps[-1]) if rung.action is Action.ALLOW]
        found = [*_near_rules(rungs, view), *_near_selections(rungs, view)]
    found.sort(key=lambda near: near.lack.hint is None)
    if found and found[0].lack.hint is not None:
        found = [near for near in found if near.lack.hint is not None or not near.selection]
    once = {(near.citation, near.lack): near for near in reversed(found)}
    return tuple(near for near in found if once[near.citation, near.lack] is near)[:MOST]


def _near_rules(rungs: Iterable[Rung], view: View) -> Iterator[NearMiss]:
    for rung in rungs:
        if rung.selects is None or selects(rung.selects, view):
            lacks = list(_lacks(rung.guard, view))
            if len(lacks) == 1 and not isinstance(lacks[0], KindIn):
                yield NearMiss(rung.citation, _told(lacks[0], view))


def _near_selections(rungs: Iterable[Rung], view: View) -> Iterator[NearMiss]:
    """Policies that do not select the pod, and a rule of which would let it through."""
    for rung in rungs:
        if rung.selects is not None and holds(rung.guard, view):
            lack = _unselected(rung.selects, view)
            if lack is not None:
                yield NearMiss(rung.selects.citation, lack, selection=True, rule=rung.citation)


def _misspelt(pipe: Pipe, view: View) -> Iterator[NearMiss]:
    """Policies that almost select the pod, for its spelling."""
    for stage in pipe.stages:
        for who in stage.applies or ():
            lack = _unselected(who, view)
            if lack is not None and lack.hint is not None:
                yield NearMiss(who.citation, lack, selection=True)


def _before(pipe: Pipe, last: Step) -> Iterator[Rung]:
    """The rungs that would have decided instead, had they fired: those before the rung that did, or all up to the end
    of the stage that did without one. Nobody knows of those that tie with it."""
    for stage in pipe.stages:
        for part in stage.body:
            blocks = part.blocks if isinstance(part, Tie) else (part,)
            for block in blocks:
                places = [k for k, rung in enumerate(block.rungs) if _is_cited(rung, last)]
                if places:
                    yield from block.rungs[: places[0]]
                    return
            yield from (rung for block in blocks for rung in block.rungs)
        if stage.name == last.stage:
            return


def _is_cited(rung: Rung, step: Step) -> bool:
    return step.citation is not None and step.citation.rule is not None and rung.citation == step.citation


def _unselected(who: Selects, view: View) -> Mismatch | None:
    """The one thing for which the policy does not select the subject; None where it selects it, or where there are
    more."""
    namespace = view.subject.namespace
    if namespace is None or not (isinstance(who.namespace, str) or who.namespace is None):
        return None
    lacks = list(_lacks(who.pods, view))
    if who.namespace in (None, namespace.name):
        return _told(lacks[0], view) if len(lacks) == 1 else None
    if lacks or not _wants_labels(who.pods):
        return None
    return Mismatch(f"it is in namespace {who.namespace}, and {_who(Role.SUBJECT, view)} is in {namespace.name}")


def _wants_labels(pods: Formula) -> bool:
    match pods:
        case And(items):
            return any(_wants_labels(item) for item in items)
        case PodLabels(_, selector):
            return any(r.operator in (Operator.IN, Operator.EXISTS) for r in selector)
        case (
            Or() | Not() | KindIn() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | SameNamespace() | SameNode()
            | SameLabel() | AddressIn() | PortIn() | PortNamed() | SwitchIs() | Hairpin() | Havoc()
        ):  # fmt: skip
            return False
        case _:
            assert_never(pods)


# What a formula lacks


def _lacks(formula: Formula, view: View) -> Sequence[Formula]:
    """The fewest conditions that would have to be other than they are; none iff the formula holds."""
    match formula:
        case And(items):
            found = [lack for item in items for lack in _lacks(item, view)]
            kinds = {lack.role for lack in found if isinstance(lack, KindIn)}
            # An end that is no pod has no labels and no namespace either: that is one thing, though not a small one.
            return [lack for lack in found if not _follows(lack, kinds)]
        case Or(items):
            if holds(formula, view):
                return ()
            if not items or all(_is_port(item) for item in items):
                return (formula,)
            return min((_lacks(item, view) for item in items), key=_distance)
        case PodLabels(role, selector) if view.end(role).kind in PODLIKE:
            each = (PodLabels(role, Selector(frozenset({r}))) for r in selector)
            return tuple(one for one in each if not holds(one, view))
        case NamespaceLabels(role, selector) if view.end(role).namespace is not None:
            wanted = (NamespaceLabels(role, Selector(frozenset({r}))) for r in selector)
            return tuple(one for one in wanted if not holds(one, view))
        case (
            Not() | KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | SameNamespace()
            | SameNode() | SameLabel() | AddressIn() | PortIn() | PortNamed() | SwitchIs() | Hairpin() | Havoc()
        ):  # fmt: skip
            return () if holds(formula, view) else (formula,)
        case _:
            assert_never(formula)


def _distance(lacks: Sequence[Formula]) -> tuple[int, bool]:
    """How much would have to be other; that a plugin treats a hostNetwork pod otherwise is less than another kind of
    end."""
    return len(lacks), not any(isinstance(lack, SwitchIs) and lack.switch == "host_network" for lack in lacks)


def _follows(lack: Formula, kinds: set[Role]) -> bool:
    match lack:
        case PodLabels(role, _) | NamespaceLabels(role, _):
            return role in kinds
        case SameNamespace():
            return Role.PEER in kinds
        case (
            And() | Or() | Not() | KindIn() | WorkloadIn() | NamespaceIn() | SameNode() | SameLabel() | AddressIn()
            | PortIn() | PortNamed() | SwitchIs() | Hairpin() | Havoc()
        ):  # fmt: skip
            return False
        case _:
            assert_never(lack)


def _is_port(formula: Formula) -> bool:
    match formula:
        case PortIn() | PortNamed():
            return True
        case And(items) | Or(items):
            return any(_is_port(item) for item in items) and all(_is_port(i) or isinstance(i, SwitchIs) for i in items)
        case (
            Not() | KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | SameNamespace()
            | SameNode() | SameLabel() | AddressIn() | SwitchIs() | Hairpin() | Havoc()
        ):  # fmt: skip
            return False
        case _:
            assert_never(formula)


# In words


def _told(lack: Formula, view: View) -> Mismatch:
    match lack:
        case PodLabels(role, selector):
            return _label(next(iter(selector)), view.end(role).labels, _who(role, view), _other_labels(role, view))
        case NamespaceLabels(role, selector):
            namespace = view.end(role).namespace
            assert namespace is not None
            own, pod = namespace_labels(namespace), view.end(role).labels
            told = _label(next(iter(selector)), own, f"namespace {namespace.name}", {"the pod itself": pod})
            return Mismatch(told.what.replace("it wants", "it wants a namespace with", 1), told.hint)
        case SameNamespace():
            here, there = view.subject.namespace, view.peer.namespace
            place = here.name if here is not None else "its own"
            where = f"in {there.name}" if there is not None else "no pod"
            return Mismatch(f"it means pods of namespace {place} only, and {_who(Role.PEER, view)} is {where}")
        case SameNode():
            return Mismatch("it means the node that the pod runs on, and this is another")
        case KindIn(role, kinds):
            what = "pods" if kinds <= PODLIKE else "addresses outside the cluster"
            return Mismatch(f"it means {what}, and {_who(role, view)} is {_WHAT[view.end(role).kind]}")
        case AddressIn(role, _):
            return Mismatch(f"its block does not hold {view.address(role)}, the address of {_who(role, view)}")
        case SwitchIs("host_network", _):  # of a peer: an end that is not governed is denied nothing
            treated = view.switches["host_network"]
            counts = f"uses hostNetwork and counts as its node (host_network: {treated})"
            return Mismatch(f"{_who(Role.PEER, view)} {counts}")
        case SwitchIs(switch, value):
            return Mismatch(f"it counts only where {switch} = {value}")
        case Not():
            return Mismatch("it makes an exception of this")
        case And() | Or() | PortIn() | PortNamed() if _is_port(lack):
            connection = view.connection
            return Mismatch(f"it is for {_ports(lack)}, and this is {connection.protocol} {connection.port}")
        case (
            And() | Or() | PortIn() | PortNamed() | WorkloadIn() | NamespaceIn() | SameLabel() | Hairpin() | Havoc()
        ):  # fmt: skip
            return Mismatch("a condition of it is not met")
        case _:
            assert_never(lack)


_WHAT = {
    Kind.POD: "a pod", Kind.HOSTPOD: "a hostNetwork pod", Kind.NODE: "a node", Kind.EXTERNAL: "an outside address",
}  # fmt: skip


def _who(role: Role, view: View) -> str:
    ingress = view.direction is Direction.INGRESS
    return "the destination" if (role is Role.SUBJECT) is ingress else "the source"


def _other_labels(role: Role, view: View) -> dict[str, Labels]:
    namespace = view.end(role).namespace
    return {} if namespace is None else {"its namespace": namespace.labels or {}}


def _label(wanted: Requirement, labels: Labels, who: str, others: dict[str, Labels]) -> Mismatch:
    """That `wanted` is not met by `labels`. `others`: where else the label may have been put."""
    asks = describe(Selector(frozenset({wanted})))
    has = f"has {wanted.key}={labels[wanted.key]}" if wanted.key in labels else f"has no label {wanted.key}"
    what = f"it wants {asks}, and {who} {has}"
    if wanted.operator not in (Operator.IN, Operator.EXISTS):
        return Mismatch(what)
    return Mismatch(what, next(_likenesses(wanted, labels, others), None))


def _likenesses(wanted: Requirement, labels: Labels, others: dict[str, Labels]) -> Iterator[str]:
    """What is there and looks like what is wanted."""
    values = sorted(wanted.values)
    mine = labels.get(wanted.key, "")
    for slip in Slip:
        for value in values:
            if slip_between(value, mine) is slip:
                yield "upper and lower case differ" if slip is Slip.CASE else f"`{value}` and `{mine}` {_apart(slip)}"
    for key, value in sorted(labels.items()):
        fits = value in wanted.values or not values
        keys = slip_between(wanted.key, key) if fits else None
        if keys is not None:
            yield f"the keys `{wanted.key}` and `{key}` {_apart(keys)}"
        if key != wanted.key and values and fits:
            yield (
                f"its label `{key}` says `{value}`"
                if key == NAMESPACE_NAME
                else f"`{value}` stands under the key `{key}`"
            )
    for where, other in others.items():
        if wanted.key in other and (other[wanted.key] in wanted.values or not values):
            yield f"{where} has {wanted.key}={other[wanted.key]}"


def _apart(slip: Slip) -> str:
    return "are one letter apart" if slip is Slip.LETTER else f"differ in {slip}"


def _ports(formula: Formula) -> str:
    """The ports of a rule, in short."""
    return ", ".join(dict.fromkeys(_each_port(formula))) or "no port"


def _each_port(formula: Formula) -> Iterator[str]:
    match formula:
        case And(items) | Or(items):
            for item in items:
                yield from _each_port(item)
        case PortIn(protocol, ports) if ports == PORTS:
            yield f"{protocol}"
        case PortIn(protocol, ports):
            yield from (f"{protocol} {low}" if low == high else f"{protocol} {low}-{high}" for low, high in ports)
        case PortNamed(name, protocol):
            yield f"the {protocol} port named {name}" if protocol is not None else f"the port named {name}"
        case (
            Not() | KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | SameNamespace()
            | SameNode() | SameLabel() | AddressIn() | SwitchIs() | Hairpin() | Havoc()
        ):  # fmt: skip
            pass
        case _:
            assert_never(formula)
