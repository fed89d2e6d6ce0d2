"""Setting a scene: everything that a claim's question ranges over, sliced to what bears on it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from verifier.encoding.question import where
from verifier.encoding.scene import Scene, Side
from verifier.engine.scope import Scope, World, scope
from verifier.engine.slicing import slice_policies
from verifier.ir.cluster import Cluster
from verifier.ir.endpoint import Kind, PortSource, Workload
from verifier.ir.network import PRIVATE_ADDRESSES, Intervals
from verifier.ir.policy import PolicySet, merge
from verifier.ir.property import Claim
from verifier.ir.universe import Universe
from verifier.universe import Mentions, vocabulary


@dataclass(frozen=True)
class Ground:
    """What all questions of a run have in common."""

    cluster: Cluster
    universe: Universe
    switches: Mapping[str, str]

    @cached_property
    def world(self) -> World:
        return World(self.cluster, self.universe)

    @cached_property
    def policies(self) -> PolicySet:
        """The policies of the manifests, and those that new namespaces get."""
        return merge(self.cluster.policies, self.universe.templates)


def set_scene(ground: Ground, claim: Claim, title: str) -> tuple[Scene, Scope]:
    """The scene of a claim, every pod of the universe on it."""
    about = scope(claim, ground.world)
    policies = slice_policies(ground.policies, about.select)
    universe = ground.universe
    mentions = Mentions()
    mentions.add_policies(policies)
    for demand in about.demands:
        for formula in (demand.source, demand.destination, demand.both, demand.protects, demand.exempt):
            if formula is not None:
                mentions.add(formula)
    mentions.add(about.reached)
    for invariant in universe.invariants:
        mentions.add(where(invariant.pods))
        mentions.add(where(invariant.only_in))
    if universe.templates.objects:  # which namespaces count as new depends on every mention, sliced away or not
        everything = Mentions()
        everything.add_policies(ground.policies)
        mentions.namespaces |= everything.named_namespaces()
    blocks = (universe.pod_addresses or PRIVATE_ADDRESSES, universe.node_addresses)
    mentions.addresses |= {block for block in blocks if block is not None}
    switches = dict(ground.switches)
    _port_names(ground, mentions, switches)
    if {Kind.NODE, Kind.HOSTPOD} & (about.sources.kinds | about.destinations.kinds):
        mentions.switches |= {"host_network", "local_node_ingress", "local_node_egress"}
    if Kind.EXTERNAL in about.sources.kinds and switches["external_source"] != "preserved":
        mentions.switches.add("external_source")
    for switch, no_question in (("sctp", "yes"), ("other_protocols", "off")):
        if switches[switch] != no_question:
            mentions.switches.add(switch)
    for key, of_namespace in mentions.compared:
        _compared_values(key, of_namespace, ground.world, mentions)
    words = vocabulary(
        mentions,
        ground.world.declared.values(),
        universe.other_namespaces,
        universe.families,
        universe.pod_labels,
        universe.namespace_labels,
    )
    scene = Scene(
        vocabulary=words,
        universe=universe,
        sources=about.sources,
        destinations=about.destinations,
        policies=policies,
        all_policies=ground.policies,
        demands=about.demands,
        switches=switches,
        reached=about.reached,
        title=title,
    )
    return scene, about


def _compared_values(key: str, of_namespace: bool, world: World, mentions: Mentions) -> None:
    """Values that real objects carry under a key whose values are compared with each other."""
    labels = (
        (n.labels or {} for n in world.declared.values())
        if of_namespace
        else (w.labels for w in world.cluster.workloads)
    )
    known = mentions.namespace_labels if of_namespace else mentions.pod_labels
    known[key] |= {some[key] for some in labels if key in some}


def _port_names(ground: Ground, mentions: Mentions, switches: dict[str, str]) -> None:
    """The ports that mentioned names stand for in workloads; which containers count matters only where there is
    a choice."""
    declared = [p for w in ground.cluster.workloads for p in w.named_ports if p.name in mentions.port_names]
    mentions.ports |= {Intervals(((p.port, p.port),)) for p in declared}
    if mentions.port_names:
        mentions.switches |= {"named_port_source", "named_port_dup"}
        if all(p.source is PortSource.CONTAINER for p in declared):
            switches["named_port_source"] = "containers"


def with_real_pods(scene: Scene, world: World, source: bool, destination: bool) -> Scene:
    """The scene with the pods of either end taken from the workloads of the manifests only."""

    def narrow(side: Side, wanted: bool) -> Side:
        if not wanted:
            return side
        listed: tuple[Workload, ...] | None = world.pods if side.pods is None else side.pods
        return Side(side.kinds, listed, world.hostpods if side.hostpods is None else side.hostpods)

    return replace(scene, sources=narrow(scene.sources, source), destinations=narrow(scene.destinations, destination))
