"""What an answer hangs on, in words: `ipblock_pods = match and the source at 10.0.0.0/8`."""

from collections.abc import Sequence
from functools import reduce

from verifier.engine.explain.condition import (
    AddressAt,
    Condition,
    DefinedAs,
    MeantAs,
    NamespaceHas,
    OnOneNode,
    PortCalled,
    SeenAt,
    Setting,
    When,
)
from verifier.ir.endpoint import Workload
from verifier.ir.labels import Selector, describe
from verifier.ir.network import AddressSet
from verifier.ir.switches import SWITCHES
from verifier.report.words.ranges import say_addresses


def conditions(when: When) -> str:
    """The whole conjunction; empty iff there are no conditions."""
    return " and ".join(_alternatives(fork) for fork in when)


def about(when: When) -> list[str]:
    """What the conditions are about, one noun for each that is no switch."""
    return [noun for fork in when if (noun := _noun(fork[0])) is not None]


def _alternatives(fork: Sequence[Condition]) -> str:
    """The conditions of one fork, of which one holds."""
    first = fork[0]
    match first:
        case Setting(switch, _):
            chosen = [c.value for c in fork if isinstance(c, Setting)]
            return f"{switch} = {' or '.join(v for v in SWITCHES[switch].values if v in chosen)}"
        case AddressAt(end, _):
            return f"the {end} is {_at([c for c in fork if isinstance(c, AddressAt)])}"
        case SeenAt():
            return f"the source shows {' or '.join(_shown(c) for c in fork if isinstance(c, SeenAt))}"
        case NamespaceHas(namespace):
            said = dict.fromkeys(_labels(c) for c in fork if isinstance(c, NamespaceHas))
            return f"namespace {namespace} has {' or '.join(said)}"
        case OnOneNode(same):
            return "both are on the same node" if same else "they are on different nodes"
        case PortCalled(name, called):
            return f"the pod {'calls' if called else 'does not call'} the port {name}"
        case MeantAs():
            return " or ".join(c.words for c in fork if isinstance(c, MeantAs))
        case DefinedAs(end, _):
            defined = [c.workload for c in fork if isinstance(c, DefinedAs)]
            if any(workload.which for workload in defined):
                return f"the {end} has {' or '.join(_which(workload) for workload in defined)}"
            return f"the {end} is defined as in {' or '.join(map(_where, defined))}"


def _at(fork: Sequence[AddressAt]) -> str:
    """Where an address lies, or, if that is shorter, where it does not."""
    inside = reduce(AddressSet.union, (c.addresses for c in fork))
    outside = fork[0].span.subtract(inside)
    for family in (4, 6):
        if inside == AddressSet(**{f"v{family}": fork[0].span.family(family)}):
            return f"at an IPv{family} address"
    here, there = say_addresses(inside), say_addresses(outside)
    return f"at {here}" if len(here) <= len(there) or not there else f"not at {there}"


def _shown(condition: SeenAt) -> str:
    return "its own address" if condition.addresses is None else f"a node's, in {say_addresses(condition.addresses)}"


def _labels(condition: NamespaceHas) -> str:
    return describe(Selector(frozenset(condition.requirements)))


def _where(workload: Workload) -> str:
    origin = workload.origin
    return origin.position.place if origin is not None else str(workload)


def _which(workload: Workload) -> str:
    return workload.which or f"the labels of {_where(workload)}"


def _noun(condition: Condition) -> str | None:
    match condition:
        case Setting():
            return None
        case AddressAt(end, _):
            return f"the address of the {end}"
        case SeenAt():
            return "the address that the source shows"
        case NamespaceHas(namespace, key):
            return f"the label {key} of namespace {namespace}"
        case OnOneNode():
            return "whether both ends are on the same node"
        case PortCalled(name, _):
            return f"whether the pod calls the port {name}"
        case MeantAs(end, _):
            return f"what the {end} is"
        case DefinedAs(end, _):
            return f"which definition of the {end} counts"
