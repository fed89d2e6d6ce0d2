"""Which policies can bear on one connection, before anything is known that the input does not say."""

from collections.abc import Mapping
from typing import assert_never

from verifier.ir.endpoint import NODELIKE, PODLIKE, Connection, Endpoint, Kind
from verifier.ir.labels import NAMESPACE_NAME, Labels, satisfies
from verifier.ir.policy import (
    AddressIn,
    And,
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
    SwitchIs,
    WorkloadIn,
)
from verifier.ir.switches import OPEN, concrete
from verifier.ir.view import View
from verifier.semantics import holds, named_ports


def bearing(policies: PolicySet, connection: Connection, switches: Mapping[str, str]) -> PolicySet:
    """The selections and rungs that can count for `connection`: those that do not, whatever its namespaces' labels,
    its pods' addresses and the open switches are, are left out."""

    def pipe(direction: Direction) -> Pipe:
        view = View(connection, direction, concrete(switches, {}))

        def whom(who: Selects) -> Selects | None:
            return who if may_select(who, view, switches) else None

        def fires(rung: Rung) -> Rung | None:
            if rung.selects is None:
                return rung  # what is of no policy says what sort of stage it is
            chosen = may_select(rung.selects, view, switches)
            return rung if chosen and may_hold(rung.guard, view, switches) is not False else None

        whole = policies.pipe(direction)
        return Pipe(tuple(stage.mapped(whom, fires) for stage in whole.stages), whole.final)

    return PolicySet(pipe(Direction.INGRESS), pipe(Direction.EGRESS), policies.objects)


def may_select(who: Selects, view: View, switches: Mapping[str, str]) -> bool:
    """True iff the policy may select the subject."""
    namespace = view.subject.namespace
    if isinstance(who.namespace, NewNamespaces):
        here = namespace is not None and namespace.new
    else:
        here = who.namespace is None or (namespace is not None and namespace.name == who.namespace)
    return here and may_hold(who.pods, view, switches) is not False


def may_hold(formula: Formula, view: View, switches: Mapping[str, str]) -> bool | None:
    """Whether the formula holds; None where that hangs on what is not known yet."""
    match formula:
        case And(items):
            found = [may_hold(item, view, switches) for item in items]
            return False if False in found else None if None in found else True
        case Or(items):
            found = [may_hold(item, view, switches) for item in items]
            return True if True in found else None if None in found else False
        case Not(item):
            inner = may_hold(item, view, switches)
            return None if inner is None else not inner
        case SwitchIs(switch, value):
            return None if switches[switch] == OPEN else switches[switch] == value
        case AddressIn(role, _):
            end = view.end(role)
            unsure = end.kind is not Kind.EXTERNAL or switches["external_source"] != "preserved"
            return None if unsure else holds(formula, view)
        case NamespaceLabels(role, selector) if _unsaid(view.end(role)):
            named = _name(view.end(role))
            told = [satisfies(named, r) for r in selector if r.key == NAMESPACE_NAME]
            return False if False in told else None if len(told) < len(selector.requirements) else True
        case SameLabel(_, of_namespace):
            unsaid = of_namespace and any(_unsaid(end) for end in (view.subject, view.peer))
            return None if unsaid else holds(formula, view)
        case SameNode():
            return None if {view.subject.kind, view.peer.kind} & NODELIKE else False
        case PortNamed():
            return _may_be_named(formula, view)
        case Havoc():
            return None
        case (
            KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | SameNamespace() | PortIn()
            | Hairpin()
        ):  # fmt: skip
            return holds(formula, view)
        case _:
            assert_never(formula)


def _unsaid(end: Endpoint) -> bool:
    """True iff nobody has said what labels the namespace of this end has."""
    return end.namespace is not None and end.namespace.labels is None


def _name(end: Endpoint) -> Labels:
    """The one label that every namespace is known to have."""
    return {NAMESPACE_NAME: end.namespace.name} if end.namespace is not None else {}


def _may_be_named(formula: PortNamed, view: View) -> bool | None:
    """A pod that nobody has written may call its ports as it likes; of others, init containers may count or not."""
    end = view.connection.destination
    if end.kind not in PODLIKE:
        return False
    if end.workload is None:
        return None if formula.protocol in (None, view.connection.protocol) else False
    every = {"named_port_source": "all_init", "named_port_dup": "all"}
    declared = named_ports(end.named_ports, every)
    wanted = (formula.name, view.connection.protocol, view.connection.port)
    called = any((p.name, p.protocol, p.port) == wanted for p in declared)
    return None if called and formula.protocol in (None, view.connection.protocol) else False
