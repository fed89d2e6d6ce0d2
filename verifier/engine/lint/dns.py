"""no-dns: pods that are let out to somewhere, and can ask nobody for a name.

Asked of the solver for every policy with egress rules: is there a pod that it selects, and a connection to the
cluster's DNS, that the pod's own end lets out? The DNS is what is behind the DNS Services of the input, on the port
that it listens on; where there is none, port 53 of an outside address, or of a pod in a namespace where clusters have
it. Its own node, which some plugins always let a pod reach, does not count.
"""

from collections.abc import Iterator, Sequence

from verifier.encoding.removal import encode_ways, selection
from verifier.engine.lint.reading import LintContext, subject_of
from verifier.engine.problem.problem import scene_of
from verifier.engine.problem.services import just, leads, port_formula, targets
from verifier.engine.results.lint import LintFinding
from verifier.engine.solve.asker import Asker
from verifier.errors import Severity
from verifier.ir.endpoint import Kind, Workload
from verifier.ir.labels import Selector, describe
from verifier.ir.network import AddressSet, Intervals, Protocol
from verifier.ir.policy import (
    Action,
    AddressIn,
    And,
    Direction,
    Formula,
    KindIn,
    NamespaceIn,
    Or,
    PodLabels,
    PortIn,
    Role,
    Rung,
    Selects,
    mirrored,
)
from verifier.ir.prose import listed
from verifier.ir.service import Service, ServicePort

SERVICES = (
    ("kube-system", "kube-dns"),
    ("kube-system", "coredns"),
    ("kube-system", "rke2-coredns-rke2-coredns"),
    ("openshift-dns", "dns-default"),
)
"""The DNS Services of clusters, by namespace and name."""

_PORT = 53
_HOMES = frozenset(namespace for namespace, _ in SERVICES)
_OUTSIDE = KindIn(Role.SUBJECT, frozenset({Kind.EXTERNAL}))
_POD = KindIn(Role.SUBJECT, frozenset({Kind.POD}))


def _on(number: int) -> Formula:
    return Or(tuple(PortIn(protocol, Intervals(((number, number),))) for protocol in (Protocol.UDP, Protocol.TCP)))


_ANYWHERE = Or(
    (
        And((Or((_OUTSIDE, And((_POD, NamespaceIn(Role.SUBJECT, _HOMES))))), _on(_PORT))),
        And((_POD, NamespaceIn(Role.SUBJECT, frozenset({"openshift-dns"})), _on(5353))),
    )
)
_NODE_LOCAL = And((_OUTSIDE, AddressIn(Role.SUBJECT, AddressSet.of(("169.254.20.10/32",))), _on(_PORT)))
"""Where DNS on the network of nodes is asked: the address that its makers give it."""


def smells(look: LintContext) -> Iterator[LintFinding]:
    chosen = list(_letting_out(look))
    if not chosen:
        return
    services = tuple(_services(look))
    local = tuple(_node_local(look))
    asked = [_behind(services, look) if services else _ANYWHERE, _NODE_LOCAL]
    problem = scene_of(look.context, look.context.policies, "who can ask for a name", tuple(asked))
    # seen from the other end: a rule there that would let in whatever the pods ask
    rungs = [
        Rung(None, And((mirrored(selection(who)), where)), Action.ALLOW, who.citation)
        for who in chosen
        for where in asked
    ]
    ways = encode_ways(problem, [(Direction.INGRESS, rung) for rung in rungs])
    asker = Asker(problem, ways.script, ways.world, look.limits)
    for number, who in enumerate(chosen):
        dns, beside = ways.open[2 * number : 2 * number + 2]
        reaches = local and asker.sure(beside)
        if not asker.sure(dns) and not (services and reaches):
            yield _smell(who, services, look)
        elif local and not reaches:
            yield _beside(who, local)
    look.asked.append(asker.stats())


def _services(look: LintContext) -> Iterator[tuple[Service, ServicePort]]:
    """The ports on which the DNS Services of the input are asked, of those of which it is known where they lead."""
    for service in (found for key in SERVICES for found in look.context.world.services.get(key, ())):
        for port in service.ports:
            if port.port == _PORT and targets(service, port, look.context.world):
                yield service, port


def _behind(services: Sequence[tuple[Service, ServicePort]], look: LintContext) -> Formula:
    """Over SUBJECT: what is behind these, on the port that it listens on."""
    found: list[Formula] = []
    for service, port in services:
        here = NamespaceIn(Role.SUBJECT, frozenset({service.namespace}))
        pods = And((here, PodLabels(Role.SUBJECT, Selector.of(service.selector))))
        for target in targets(service, port, look.context.world):
            on_host = bool(target.workloads) and all(w.host_network for w in target.workloads)
            there: Formula = And((KindIn(Role.SUBJECT, frozenset({Kind.HOSTPOD})) if on_host else _POD, pods))
            if target.address is not None:
                there = AddressIn(Role.SUBJECT, just(target.address))
            found.append(And((there, port_formula(target))))
    return Or(tuple(found))


def _node_local(look: LintContext) -> Iterator[Workload]:
    """The workloads that answer for names on the network of their node."""
    for workload in look.context.world.hostpods:
        if any((p.port, p.protocol) == (_PORT, Protocol.UDP) for p in workload.named_ports):
            yield workload


def _letting_out(look: LintContext) -> Iterator[Selects]:
    """Whom policies isolate for egress, those policies that let anything out."""
    speaking = {line.policy for line in look.lines if line.direction is Direction.EGRESS}
    for by_direction in look.selections.values():
        who = by_direction.get(Direction.EGRESS)
        if who is not None and who.citation in speaking:
            yield who


def _whom(who: Selects) -> str:
    pods = describe(subject_of(who))
    return "no pod of its namespace" if pods == "*" else f"no pod with {pods}"


def _smell(who: Selects, services: Sequence[tuple[Service, ServicePort]], look: LintContext) -> LintFinding:
    if services:
        where = listed(dict.fromkeys(str(service) for service, _ in services), len(services), whole=" or ")
        message = f"{who.citation} isolates for egress, and {_whom(who)} is let out to {where}"
        why = tuple(dict.fromkeys(text for s, p in services for text in leads(s, targets(s, p, look.context.world))))
        why += ("no name resolves: policies see the pods of the Service, and the port that these listen on",)
        return LintFinding("no-dns", Severity.WARNING, message, who.citation, who.citation.origin, why)
    message = f"{who.citation} isolates for egress, and {_whom(who)} is let out to port 53 of what could be the DNS"
    because = "no name resolves; a rule to the cluster's DNS, on UDP and TCP 53, is missing, if names are used at all"
    return LintFinding("no-dns", Severity.WARNING, message, who.citation, who.citation.origin, (because,))


def _beside(who: Selects, local: Sequence[Workload]) -> LintFinding:
    names = listed(dict.fromkeys(map(str, local)), len(local))
    message = f"{names} answers for names with hostNetwork, and {who.citation} lets {_whom(who)} out to 169.254.20.10"
    why = (
        "no selector matches pods with hostNetwork: where the own node is asked for names, an ipBlock lets that "
        "through, or nothing does"
    )
    return LintFinding("no-dns", Severity.NOTE, message, who.citation, who.citation.origin, (why,))
