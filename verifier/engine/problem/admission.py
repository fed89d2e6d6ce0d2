"""What a universe admits, read concretely: the axioms W1 to W8, closed values, invariants, addresses, inventories.

Witnesses are held against it before anyone sees them, and so are the objects of the manifests.
"""

from collections.abc import Iterator, Mapping

from verifier.encoding.problem import Problem, Side
from verifier.encoding.question import Law, laws
from verifier.ir.endpoint import NODELIKE, PODLIKE, Connection, Endpoint, Kind, Namespace, Workload, namespace_labels
from verifier.ir.labels import NAMESPACE_NAME, Labels, matches
from verifier.ir.network import PRIVATE_ADDRESSES, Protocol
from verifier.ir.pods import is_one
from verifier.ir.policy import Direction, Formula
from verifier.ir.residents import Residents
from verifier.ir.universe import Invariant, LabelDomain
from verifier.ir.view import View
from verifier.semantics import holds


def admits(connection: Connection, problem: Problem, setting: Mapping[str, str]) -> bool:
    """True iff the connection can exist in the universe of the problem."""
    source, destination = connection.source, connection.destination
    return (
        _ends_fit(connection, problem.residents)
        and _port_fits(connection, setting)
        and _admits_end(source, problem.sources, problem)
        and _admits_end(destination, problem.destinations, problem)
        and (connection.seen is None or may_show_another(connection, problem.translated, setting))
    )


def may_show_another(connection: Connection, translated: Formula | None, setting: Mapping[str, str]) -> bool:
    """True iff an outside client may show the address of a node on this connection (1.4, 1.6)."""
    here = translated is None or holds(translated, View(connection, Direction.INGRESS, setting))
    return setting["external_source"] == "node" and here


def _ends_fit(connection: Connection, residents: Residents) -> bool:
    """W1, W3, W5, W7, and whether both are on one node as far as the input says where they are (1.6)."""
    source, destination = connection.source, connection.destination
    one_node = connection.same_node and {source.kind, destination.kind} <= NODELIKE
    near, far = source.namespace, destination.namespace
    same_labels = near is None or far is None or near.name != far.name or near.labels == far.labels
    lone = source.workload is not None and source.workload.is_just(destination.workload)
    homes = {residents.place_of(end.kind, end.address, end.workload) for end in (source, destination)}
    knows_nodes = bool({source.kind, destination.kind} & NODELIKE) and None not in homes
    return (
        source.address.version == destination.address.version
        and (not knows_nodes or (len(homes) == 1) is connection.same_node)
        and (source.address != destination.address or one_node)
        and bool({source.kind, destination.kind} & PODLIKE)
        and same_labels
        and not lone
    )


def _port_fits(connection: Connection, setting: Mapping[str, str]) -> bool:
    if connection.protocol is Protocol.OTHER:
        return connection.port is None and setting["other_protocols"] == "on"
    return connection.port is not None and (connection.protocol is not Protocol.SCTP or setting["sctp"] == "yes")


def _admits_end(end: Endpoint, side: Side, problem: Problem) -> bool:
    universe = problem.universe
    if end.kind not in side.kinds or end.address.version not in universe.families:
        return False
    if end.kind is Kind.POD:
        pods = PRIVATE_ADDRESSES if universe.pod_addresses is None else universe.pod_addresses
        if end.address not in pods:
            return False
    free = universe.other_pods
    if not problem.residents.can_be_at(end.address, end.kind, end.workload, all_pods=not free):
        return False
    on_node = end.kind in NODELIKE
    if on_node and universe.node_addresses is not None and end.address not in universe.node_addresses:
        return False
    if end.kind not in PODLIKE:
        return True
    listed = side.pods if end.kind is Kind.POD else side.hostpods
    is_listed = listed is None or (end.workload is not None and end.workload in listed and _is_of(end, end.workload))
    return is_listed and end.namespace is not None and _admits_pod(end.labels, end.namespace, problem)


def _is_of(end: Endpoint, workload: Workload) -> bool:
    return (
        end.namespace is not None
        and end.namespace.name == workload.namespace
        and (end.labels == workload.labels or (workload.foreign and workload.labels.items() <= end.labels.items()))
        and end.named_ports == workload.named_ports
    )


def _admits_pod(labels: Labels, namespace: Namespace, problem: Problem) -> bool:
    universe, vocabulary = problem.universe, problem.vocabulary
    index = vocabulary.index.get(namespace.name)
    if index is None or (index >= vocabulary.declared and not universe.other_namespaces):
        return False
    said = vocabulary.namespaces[index].labels
    kept = said is None or namespace_labels(namespace) == {**said, NAMESPACE_NAME: namespace.name}
    return (
        kept
        and not any(True for _ in objections(labels, universe.pod_labels))
        and not any(True for _ in objections(namespace_labels(namespace), universe.namespace_labels))
        and all(keeps(labels, namespace, invariant) for invariant in universe.invariants)
        and all(_abides(namespace, law) for i in universe.invariants for law in laws(problem.settled, i))
    )


def _abides(namespace: Namespace, law: Law) -> bool:
    labels = namespace_labels(namespace)
    if namespace.name != law.namespace or not matches(labels, law.where):
        return True
    return law.there is not None and matches(labels, law.there)


def objections(labels: Labels, domains: Mapping[str, LabelDomain]) -> Iterator[tuple[str, LabelDomain]]:
    """The keys whose domain does not admit what `labels` say, with the domain."""
    for key, domain in domains.items():
        fits = not domain.required if key not in labels else domain.others or labels[key] in domain.values
        if not fits:
            yield key, domain


def keeps(labels: Labels, namespace: Namespace, invariant: Invariant) -> bool:
    """True iff a pod with `labels` in `namespace`, whose labels are known, keeps the invariant."""
    return not is_one(labels, namespace, invariant.pods) or bool(is_one(labels, namespace, invariant.only_in))


def can_keep(labels: Labels, namespace: Namespace, invariant: Invariant) -> bool:
    """True iff the pod keeps the invariant, for some labels of its namespace where nobody has said them."""
    return (
        is_one(labels, namespace, invariant.pods) is not True
        or is_one(labels, namespace, invariant.only_in) is not False
    )
