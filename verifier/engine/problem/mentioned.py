"""What a question can tell apart, and on which switches its answer can hang: one reading for all who ask, be it of the
solver (`check`, `diff`) or by going through all there is (`explain`, `map`)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from verifier.encoding.question import places
from verifier.engine.problem.declared import World
from verifier.ir.endpoint import NODELIKE, Kind, NamedPort, PortSource
from verifier.ir.labels import Labels
from verifier.ir.network import Intervals, Protocol
from verifier.ir.policy import Formula, PolicySet
from verifier.ir.switches import OPEN, SWITCHES
from verifier.vocabulary import Mentions

_OF_OWN_NODES = {"host_network", "local_node_ingress", "local_node_egress"}
"""What decides about ends on nodes, whether policies speak of them or not."""

_OF_NODES = {"host_network", "ipblock_nodes", "networks_nodes"}
"""What policies that speak of nodes name, and makes no difference to other ends."""


def mentioned(policies: Iterable[PolicySet], worlds: Sequence[World], formulas: Iterable[Formula] = ()) -> Mentions:
    """What can tell connections apart: `policies`, those that bear on the question; `formulas` of it; the universe that
    `worlds` share; and their objects, by the values of labels that are compared with each other, and by the ports that
    mentioned names stand for."""
    universe = worlds[0].universe
    mentions = Mentions()
    for some in policies:
        mentions.add_policies(some)
    for formula in (*formulas, *places(universe)):
        mentions.add(formula)
    for key, values in universe.namespace_labels.items():
        if values.required:
            mentions.namespace_labels.setdefault(key, set())
    for key, of_namespace in mentions.compared | mentions.texts.keys():
        known = mentions.namespace_labels if of_namespace else mentions.pod_labels
        known[key] |= {labels[key] for world in worlds for labels in _labels(world, of_namespace) if key in labels}
    mentions.ports |= {Intervals(((p.port, p.port),)) for p in named(mentions, worlds)}
    return mentions


def _labels(world: World, of_namespace: bool) -> Iterator[Labels]:
    """Those that real objects carry."""
    if of_namespace:
        return (n.labels or {} for n in world.declared.values())
    return (w.labels for w in world.cluster.workloads)


def named(mentions: Mentions, worlds: Iterable[World]) -> list[NamedPort]:
    """The ports of workloads for which mentioned names stand."""
    if not mentions.port_names:
        return []
    workloads = (w for world in worlds for w in world.cluster.workloads)
    return [p for w in workloads for p in w.named_ports if p.name in mentions.port_names]


def switches_that_matter(
    mentions: Mentions,
    kinds: frozenset[Kind],
    ports: Iterable[NamedPort],
    protocols: frozenset[Protocol] = frozenset(Protocol),
) -> set[str]:
    """The switches on which an answer about connections between ends of these kinds, over these protocols, can hang,
    whatever they are set to. ports: those by which destinations can be known whose names are mentioned. No question is
    about a pod that reaches itself through a Service (docs/semantics.md W5)."""
    on_nodes = bool(kinds & NODELIKE)
    names = mentions.switches - {"self_via_service"}
    names = names | _OF_OWN_NODES if on_nodes else names - _OF_NODES
    if Kind.EXTERNAL in kinds and mentions.addresses:
        names.add("external_source")
    if mentions.port_names:
        names.add("named_port_dup")
        if any(p.source is not PortSource.CONTAINER for p in ports):
            names.add("named_port_source")
    names |= {"sctp"} if Protocol.SCTP in protocols else set()
    names |= {"other_protocols"} if Protocol.OTHER in protocols else set()
    return names


def left_open(names: Iterable[str], switches: Mapping[str, str]) -> tuple[str, ...]:
    """Those of these switches that nobody has set, and that have several values."""
    return tuple(n for n in sorted(names) if switches[n] == OPEN and len(SWITCHES[n].values) > 1)
