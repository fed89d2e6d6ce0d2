"""ClusterNetworkPolicy `policy.networking.k8s.io/v1alpha2` of sig-network (docs/semantics.md 4.2)."""

from verifier.ir.network import PORTS, Intervals, Protocol
from verifier.ir.policy import Action, Direction
from verifier.manifests.kubernetes.fields import Field, meant, quoted
from verifier.manifests.kubernetes.tiers.admin import read_priority
from verifier.manifests.kubernetes.tiers.peers import read_subject
from verifier.manifests.kubernetes.tiers.rules import (
    Grammar,
    exactly_one,
    read_named_port,
    read_port_number,
    read_rules,
)
from verifier.manifests.kubernetes.tiers.spec import Numbers, Port, Spec, Tier

KIND = "ClusterNetworkPolicy"
_PROTOCOLS = {"tcp": Protocol.TCP, "udp": Protocol.UDP, "sctp": Protocol.SCTP}


def read_cluster_spec(field: Field) -> Spec:
    """The spec of a ClusterNetworkPolicy."""
    tier, priority, subject, ingress, egress = field.fields("tier", "priority", "subject", "ingress", "egress")
    return Spec(
        _tier(tier, field),
        read_priority(priority, field),
        read_subject(subject),
        read_rules(ingress, Direction.INGRESS, _GRAMMAR),
        read_rules(egress, Direction.EGRESS, _GRAMMAR),
    )


def _tier(field: Field, spec: Field) -> Tier:
    spelled = field.text()
    if field.value is None:
        spec.reject("tier", "a policy without a `tier`", f"one of {', '.join(Tier)}")
    elif spelled is not None and spelled not in tuple(Tier):
        field.reject("tier", f"unknown tier {quoted(spelled)}", meant(spelled, [str(tier) for tier in Tier]))
    return Tier(spelled) if spelled in tuple(Tier) else Tier.ADMIN


def _port(field: Field) -> Port:
    given = exactly_one(field, *_PROTOCOLS, "destinationNamedPort")
    if given is None:
        return Numbers(None, Intervals())
    if given.path[-1] == "destinationNamedPort":
        return read_named_port(given)
    protocol = _PROTOCOLS[str(given.path[-1])]
    (destination,) = given.fields("destinationPort")
    if destination.value is not None:
        return Numbers(protocol, _numbers(destination))
    if not given.report.empty_l4 and isinstance(given.value, dict):
        hint = "every port is `destinationPort: {range: {start: 1, end: 65535}}`, or set kcnp_empty_l4=all_ports"
        given.reject("port", f"`{given}` has no `destinationPort`", hint)
    return Numbers(protocol, PORTS)


def _numbers(field: Field) -> Intervals:
    given = exactly_one(field, "number", "range")
    if given is None:
        return Intervals()
    if given.path[-1] == "number":
        number = read_port_number(given, field)
        return Intervals() if number is None else Intervals(((number, number),))
    start, end = given.fields("start", "end")
    low, high = read_port_number(start, given), read_port_number(end, given)
    if low is None or high is None:
        return Intervals()
    if low >= high:
        hint = f"a single port is `number: {low}`" if low == high else "start < end"
        given.reject("range", f"the range {low} to {high} does not ascend", hint)
    return Intervals.of(((low, high),))


_GRAMMAR = Grammar(
    actions={"Accept": Action.ALLOW, "Deny": Action.DENY, "Pass": Action.NEXT},
    rules=25,
    entries=25,
    ports="protocols",
    port=_port,
    egress=("namespaces", "pods", "networks", "nodes", "domainNames"),
)
