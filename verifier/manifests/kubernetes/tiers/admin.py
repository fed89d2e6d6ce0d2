"""AdminNetworkPolicy and BaselineAdminNetworkPolicy `policy.networking.k8s.io/v1alpha1` (docs/semantics.md 4.2)."""

from verifier.ir.network import Intervals, Protocol
from verifier.ir.policy import Action, Direction
from verifier.manifests.kubernetes.fields import Field, meant, quoted
from verifier.manifests.kubernetes.tiers.peers import read_subject
from verifier.manifests.kubernetes.tiers.rules import (
    Grammar,
    exactly_one,
    read_named_port,
    read_port_number,
    read_rules,
)
from verifier.manifests.kubernetes.tiers.spec import Numbers, Port, Spec, Tier

ADMIN = "AdminNetworkPolicy"
BASELINE = "BaselineAdminNetworkPolicy"
BASELINE_NAME = "default"
"""The one name that a BaselineAdminNetworkPolicy may have."""

_PROTOCOLS = {"TCP": Protocol.TCP, "UDP": Protocol.UDP, "SCTP": Protocol.SCTP}


def read_admin_spec(field: Field) -> Spec:
    """The spec of an AdminNetworkPolicy."""
    priority, subject, ingress, egress = field.fields("priority", "subject", "ingress", "egress")
    return Spec(
        Tier.ADMIN,
        read_priority(priority, field),
        read_subject(subject),
        read_rules(ingress, Direction.INGRESS, _ADMIN),
        read_rules(egress, Direction.EGRESS, _ADMIN),
    )


def read_baseline_spec(field: Field) -> Spec:
    """The spec of the BaselineAdminNetworkPolicy."""
    only_one = "there is only one BaselineAdminNetworkPolicy, so it has no priority"
    subject, ingress, egress = field.fields(
        "subject", "ingress", "egress", hints=lambda _, name, __: only_one if name == "priority" else None
    )
    return Spec(
        Tier.BASELINE,
        None,
        read_subject(subject),
        read_rules(ingress, Direction.INGRESS, _BASELINE),
        read_rules(egress, Direction.EGRESS, _BASELINE),
    )


def read_priority(field: Field, spec: Field) -> int:
    """A priority of 0 to 1000, lower ones first."""
    number = field.integer()
    if field.value is None:
        spec.reject("priority", "a policy without a `priority`", "0 to 1000; lower ones come first")
    elif number is not None and not 0 <= number <= 1000:
        field.reject("priority", f"priority {number} is out of range", "0 to 1000; lower ones come first")
    return number or 0


def _port(field: Field) -> Port:
    given = exactly_one(field, "portNumber", "portRange", "namedPort")
    if given is None:
        return Numbers(None, Intervals())
    match given.path[-1]:
        case "namedPort":
            return read_named_port(given)
        case "portNumber":
            protocol, port = given.fields("protocol", "port")
            number = read_port_number(port, given)
            return Numbers(_protocol(protocol), Intervals() if number is None else Intervals(((number, number),)))
        case _:
            protocol, start, end = given.fields("protocol", "start", "end")
            low, high = read_port_number(start, given), read_port_number(end, given)
            if low is None or high is None:
                return Numbers(_protocol(protocol), Intervals())
            if low > high:
                given.warn("range", f"the range {low} to {high} is empty, so it matches nothing")
            return Numbers(_protocol(protocol), Intervals.of(((low, high),)))


def _protocol(field: Field) -> Protocol | None:
    """TCP where it is missing; None for any that no connection has, since the API server takes every word (4.2)."""
    spelled = field.text()
    if spelled is None:
        return Protocol.TCP
    if spelled not in _PROTOCOLS:
        field.warn("V6", f"unknown protocol {quoted(spelled)}, which matches nothing", meant(spelled, _PROTOCOLS))
    return _PROTOCOLS.get(spelled)


_ADMIN = Grammar(
    actions={"Allow": Action.ALLOW, "Deny": Action.DENY, "Pass": Action.NEXT},
    rules=100,
    entries=100,
    ports="ports",
    port=_port,
    egress=("namespaces", "pods", "networks", "nodes", "domainNames"),
)
_BASELINE = Grammar(
    actions={"Allow": Action.ALLOW, "Deny": Action.DENY},
    rules=100,
    entries=100,
    ports="ports",
    port=_port,
    egress=("namespaces", "pods", "networks", "nodes"),
)
