"""Setting a scene: everything that a claim's question ranges over, sliced to what bears on it."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from verifier.encoding.problem import Scene, Side
from verifier.encoding.question import places
from verifier.engine.problem.scope import Scope, World, scope
from verifier.engine.problem.slicing import slice_policies
from verifier.engine.results.check import Opinion
from verifier.ir.acceptance import Flow
from verifier.ir.cluster import Cluster
from verifier.ir.endpoint import NODELIKE, Kind, Namespace, PortSource, Workload
from verifier.ir.labels import NAMESPACE_NAME
from verifier.ir.network import PRIVATE_ADDRESSES, Intervals
from verifier.ir.policy import Formula, PolicySet, merge
from verifier.ir.property import Claim
from verifier.ir.universe import Universe
from verifier.vocabulary import Mentions, Vocabulary, vocabulary


class Ground(Struct, frozen=True, dict=True):
    """What all questions of a run have in common. opinions: what two solvers said before there was a question, to that
    which every answer rests on."""

    cluster: Cluster
    universe: Universe
    switches: Mapping[str, str]
    opinions: tuple[Opinion, ...] = ()

    @cached_property
    def world(self) -> World:
        return World(self.cluster, self.universe)

    @cached_property
    def policies(self) -> PolicySet:
        """The policies of the manifests, and those that new namespaces get."""
        return merge(self.cluster.policies, self.universe.templates)

    @cached_property
    def heard(self) -> frozenset[str] | None:
        """The names of namespaces that are declared, or that a policy or the universe names: of those that are not
        new whatever is asked (docs/universe.md, `newNamespacesGet`). None: it makes no difference."""
        if not self.universe.templates.objects:
            return None
        mentions = Mentions()
        mentions.add_policies(self.policies)
        for place in places(self.universe):
            mentions.add(place)
        listed = self.universe.namespace_labels.get(NAMESPACE_NAME)
        return frozenset({*self.world.declared, *mentions.named_namespaces(), *(listed.values if listed else ())})


def set_scene(ground: Ground, claim: Claim, title: str, accepted: Sequence[Flow] = ()) -> tuple[Scene, Scope]:
    """The scene of a claim, every pod of the universe on it; `accepted` flows do not break it."""
    about = scope(claim, ground.world, accepted)
    policies = slice_policies(ground.policies, about.select)
    parts = [(d.source, d.destination, d.both, d.protects, d.exempt) for d in about.demands]
    formulas = [about.reached, *(formula for part in parts for formula in part if formula is not None)]
    flows = [d.accepted for d in about.demands if d.accepted is not None]
    words = Words.of((ground,), (policies,), (*formulas, *flows), (about.sources, about.destinations))
    scene = Scene(
        vocabulary=words.vocabulary(ground.world.declared.values(), _heard(ground, formulas)),
        universe=ground.universe,
        sources=about.sources,
        destinations=about.destinations,
        policies=policies,
        all_policies=ground.policies,
        demands=about.demands,
        switches=words.switches,
        reached=about.reached,
        title=title,
    )
    return scene, about


def _heard(ground: Ground, claimed: Iterable[Formula]) -> frozenset[str] | None:
    """The names of namespaces that are not new where a property of these formulas is asked."""
    if ground.heard is None:
        return None
    mentions = Mentions()
    for formula in claimed:
        mentions.add(formula)
    return ground.heard | mentions.named_namespaces()


def scene_of(ground: Ground, policies: PolicySet, title: str, formulas: tuple[Formula, ...] = ()) -> Scene:
    """All connections of the universe, those of nodes and hostNetwork pods included, so that `formulas` can be asked
    of them too."""
    world = ground.world
    pods, hostpods = (None, None) if ground.universe.other_pods else (world.pods, world.hostpods)
    side = Side(frozenset(Kind), pods, hostpods)
    words = Words.of((ground,), (policies,), formulas, (side,))
    return Scene(
        vocabulary=words.vocabulary(world.declared.values()),
        universe=ground.universe,
        sources=side,
        destinations=side,
        policies=policies,
        all_policies=ground.policies,
        demands=(),
        switches=words.switches,
        title=title,
    )


class Words(Struct, frozen=True):
    """What a question can tell apart, and its switches, before namespaces are numbered."""

    universe: Universe
    mentions: Mentions
    switches: Mapping[str, str]

    @classmethod
    def of(
        cls,
        grounds: Sequence[Ground],
        policies: Iterable[PolicySet],
        formulas: Iterable[Formula],
        sides: Iterable[Side],
    ) -> "Words":
        """The words of a question about `policies`, those of `grounds` (of one universe) that bear on it."""
        universe, switches = grounds[0].universe, dict(grounds[0].switches)
        mentions = Mentions()
        for some in policies:
            mentions.add_policies(some)
        for formula in (*formulas, *places(universe)):
            mentions.add(formula)
        if universe.templates.objects:  # which namespaces count as new depends on every mention, sliced away or not
            everything = Mentions()
            for ground in grounds:
                everything.add_policies(ground.policies)
            mentions.namespaces |= everything.named_namespaces()
        blocks = (universe.pod_addresses or PRIVATE_ADDRESSES, universe.node_addresses)
        mentions.addresses |= {block for block in blocks if block is not None}
        _port_names(grounds, mentions, switches)
        _switches(frozenset().union(*(side.kinds for side in sides)), mentions, switches)
        for key, of_namespace in mentions.compared:
            for ground in grounds:
                _compared_values(key, of_namespace, ground.world, mentions)
        return cls(universe, mentions, switches)

    def vocabulary(self, declared: Iterable[Namespace], heard: frozenset[str] | None = None) -> Vocabulary:
        """The vocabulary, the declared namespaces numbered in their order. heard: the names of namespaces that are not
        new; None: all."""
        universe = self.universe
        return vocabulary(
            self.mentions,
            declared,
            universe.other_namespaces,
            universe.families,
            universe.pod_labels,
            universe.namespace_labels,
            heard,
        )


def _switches(kinds: frozenset[Kind], mentions: Mentions, switches: Mapping[str, str]) -> None:
    """Switches that bear on a question although no formula mentions them."""
    if kinds & NODELIKE:
        mentions.switches |= {"host_network", "local_node_ingress", "local_node_egress"}
    if Kind.EXTERNAL in kinds and switches["external_source"] != "preserved":
        mentions.switches.add("external_source")
    for switch, no_question in (("sctp", "yes"), ("other_protocols", "off")):
        if switches[switch] != no_question:
            mentions.switches.add(switch)


def _compared_values(key: str, of_namespace: bool, world: World, mentions: Mentions) -> None:
    """Values that real objects carry under a key whose values are compared with each other."""
    labels = (
        (n.labels or {} for n in world.declared.values())
        if of_namespace
        else (w.labels for w in world.cluster.workloads)
    )
    known = mentions.namespace_labels if of_namespace else mentions.pod_labels
    known[key] |= {some[key] for some in labels if key in some}


def _port_names(grounds: Sequence[Ground], mentions: Mentions, switches: dict[str, str]) -> None:
    """The ports that mentioned names stand for in workloads; which containers count matters only where there is
    a choice."""
    workloads = [w for ground in grounds for w in ground.cluster.workloads]
    declared = [p for w in workloads for p in w.named_ports if p.name in mentions.port_names]
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
