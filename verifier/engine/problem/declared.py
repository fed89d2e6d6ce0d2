"""What exists as far as scope is concerned: declared namespaces, workloads, and whose an address is."""

from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from verifier.encoding.question import places
from verifier.engine.problem.alike import Alike
from verifier.engine.problem.owners import Owner, owner_of
from verifier.ir.cluster import Cluster
from verifier.ir.endpoint import NamedPort, Namespace, Workload
from verifier.ir.labels import Labels
from verifier.ir.network import PRIVATE_ADDRESSES
from verifier.ir.policy import Formula, NamespaceIn, Role
from verifier.ir.property import Peer
from verifier.ir.residents import NOBODY, Residents
from verifier.ir.service import Backend, Service
from verifier.ir.universe import Universe
from verifier.vocabulary import Mentions


class World(Struct, frozen=True, dict=True):
    """What exists as far as scope is concerned: the declared namespaces in their order, the workloads, the universe.
    asked_keys: the keys of pod labels that the question itself tells apart. by_owner: a single address means whoever
    has it, where the input says; else the outside address."""

    cluster: Cluster
    universe: Universe
    asked_keys: frozenset[str] = frozenset()
    by_owner: bool = True

    @cached_property
    def declared(self) -> Mapping[str, Namespace]:
        """Declared namespaces by name: of the manifests, and of the universe, whose entry gives the labels where the
        manifests have no Namespace object."""
        found = {n.name: n for n in self.cluster.namespaces}
        for known in self.universe.known:
            if known.name not in found or found[known.name].labels is None:
                found[known.name] = known
        return dict(sorted(found.items()))

    @cached_property
    def is_declared(self) -> Formula:
        return NamespaceIn(Role.SUBJECT, frozenset(self.declared))

    @cached_property
    def residents(self) -> Residents:
        """Whose the addresses are that the input gives to somebody."""
        cluster = self.cluster
        told = any(w.addresses or w.node is not None for w in (*cluster.workloads, *cluster.owned))
        if not (told or cluster.nodes or cluster.backends or any(s.addresses for s in cluster.services)):
            return NOBODY
        return Residents.of(
            cluster.nodes,
            cluster.workloads,
            cluster.owned,
            cluster.services,
            cluster.backends,
            elsewhere=self.universe.node_addresses is not None,
        )

    @cached_property
    def settled(self) -> tuple[tuple[str, Labels], ...]:
        """The labels of pods in namespaces whose own labels nobody has said, of which an invariant speaks. From pods
        whose controllers choose labels that something mentions nothing follows, nor from those that are unproven."""
        if not self.universe.invariants:
            return ()
        homes = {name for name, namespace in self.declared.items() if namespace.labels is None}
        known = (w for w in self.cluster.workloads if not (w.foreign or w.chosen) and w.namespace in homes)
        return tuple((w.namespace, w.labels) for w in known if str(w) not in self.cluster.unproven)

    def owner_of(self, peer: Peer) -> Owner | None:
        """Whose the one address of a peer is."""
        return (
            None
            if self.residents == NOBODY or not self.by_owner
            else owner_of(peer, self.residents, self.cluster.workloads)
        )

    def asking(self, keys: frozenset[str]) -> "World":
        """The same with these keys asked about, too. What is known of it stays known: nothing kept hangs on them."""
        asked = replace(self, asked_keys=self.asked_keys | keys)
        asked.__dict__.update(self.__dict__)
        return asked

    def with_policies(self, cluster: Cluster) -> "World":
        """The same of a cluster that differs in policies alone; what is known of it stays known, but for `told_keys`,
        which alone hangs on policies."""
        other = replace(self, cluster=cluster)
        other.__dict__.update((name, value) for name, value in self.__dict__.items() if name != "told_keys")
        return other

    @cached_property
    def has_public_pods(self) -> bool:
        """True iff a pod of the input has an address that is not private."""
        return any(address not in PRIVATE_ADDRESSES for address in self.residents.pods)

    @cached_property
    def alike(self) -> Alike:
        return Alike(self.declared, self.universe)

    @cached_property
    def by_port_name(self) -> Mapping[str, tuple[Workload, ...]]:
        """For each name of a port, workloads that have it: one for each way in which they do."""
        found: dict[str, dict[tuple[NamedPort, ...], Workload]] = {}
        for workload in self.cluster.workloads:
            for name in {port.name for port in workload.named_ports}:
                mine = tuple(port for port in workload.named_ports if port.name == name)
                found.setdefault(name, {}).setdefault(mine, workload)
        return {name: tuple(ways.values()) for name, ways in found.items()}

    @cached_property
    def workload_count(self) -> int:
        """How many workloads there are; the variants of one name are one."""
        return self.cluster.count_workloads()

    @cached_property
    def told_keys(self) -> frozenset[str]:
        """The keys of pod labels that policies and the universe tell apart."""
        mentions = Mentions()
        for policies in (self.cluster.policies, self.universe.templates):
            mentions.add_policies(policies)
        for place in places(self.universe):
            mentions.add(place)
        return frozenset(mentions.pod_labels) | frozenset(self.universe.pod_labels)

    @cached_property
    def pods(self) -> tuple[Workload, ...]:
        return tuple(w for w in self.cluster.workloads if not w.host_network)

    @cached_property
    def by_namespace(self) -> Mapping[str, tuple[Workload, ...]]:
        found: dict[str, list[Workload]] = {}
        for workload in self.cluster.workloads:
            found.setdefault(workload.namespace, []).append(workload)
        return {name: tuple(workloads) for name, workloads in found.items()}

    @cached_property
    def services(self) -> Mapping[tuple[str, str], tuple[Service, ...]]:
        """Services by namespace and name; more than one where the input says several things of it."""
        found: dict[tuple[str, str], list[Service]] = {}
        for service in self.cluster.services:
            found.setdefault(service.key, []).append(service)
        return {key: tuple(services) for key, services in found.items()}

    @cached_property
    def backends(self) -> Mapping[tuple[str, str], tuple[Backend, ...]]:
        """What is behind Services, by their namespace and name."""
        found: dict[tuple[str, str], list[Backend]] = {}
        for backend in self.cluster.backends:
            found.setdefault(backend.key, []).append(backend)
        return {key: tuple(backends) for key, backends in found.items()}

    @cached_property
    def hostpods(self) -> tuple[Workload, ...]:
        return tuple(w for w in self.cluster.workloads if w.host_network)
