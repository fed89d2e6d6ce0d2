"""A solver's model as a concrete connection: codes become labels, cells become addresses and ports."""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, count, islice, product

from msgspec import Struct
from msgspec.structs import replace

from verifier.encoding.listed import fit, group
from verifier.encoding.problem import Problem, Side
from verifier.encoding.variables import KINDS, PROTOCOLS, End, World
from verifier.errors import InternalError
from verifier.ir.endpoint import NODELIKE, Connection, Endpoint, Kind, NamedPort, Namespace, Workload
from verifier.ir.labels import NAMESPACE_NAME
from verifier.ir.network import IPAddress, Protocol
from verifier.ir.residents import NOBODY
from verifier.ir.switches import SWITCHES, concrete
from verifier.semantics import named_ports
from verifier.smt.script import Var

_PLEASANT = {
    4: {
        Kind.POD: ("10.244.3.4", "10.244.7.9"),
        Kind.EXTERNAL: ("203.0.113.10", "198.51.100.7"),
        Kind.NODE: ("192.168.0.4", "192.168.0.9"),
    },
    6: {
        Kind.POD: ("fd00:10:244:3::4", "fd00:10:244:7::9"),
        Kind.EXTERNAL: ("2001:db8::10", "2001:db8::7"),
        Kind.NODE: ("fd00::4", "fd00::9"),
    },
}
"""Addresses that readers recognise for what they are, where the cell has them."""
_FAMILIAR_PORTS = (80, 8080, 443)


class Decoded(Struct, frozen=True):
    """A connection, and the setting of the open switches under which the model has it. `supposing`: and what is true of
    the conditions that nobody can say and that are variables."""

    connection: Connection
    switches: Mapping[str, str]
    supposing: Mapping[str, bool]


class Reader:
    """Reads the variables of one model."""

    def __init__(self, problem: Problem, world: World, model: Mapping[str, int]) -> None:
        self._scene, self._world, self._model = problem, world, model

    def value(self, var: Var) -> int:
        return self._model.get(var.name, 0)

    def decode(self) -> Decoded:
        """The connection of the model."""
        problem, world = self._scene, self._world
        switches = {n: SWITCHES[n].values[self.value(v)] for n, v in world.switches.items() if isinstance(v, Var)}
        setting = concrete(problem.switches, switches)
        protocol = PROTOCOLS[self.value(world.protocol)]
        port = None if protocol is Protocol.OTHER else self._port()
        named = tuple(
            NamedPort(name, protocol, port)
            for name, literal in world.named.items()
            if port is not None and self._model.get(literal, 0)
        )
        same_node = bool(self._model.get(world.same_node, 0))
        origin, target = self._ends(named, setting, same_node)
        seen = self._seen(origin.address)
        supposing = {about: bool(self._model.get(literal, 0)) for about, literal in world.unknowns.items()}
        return Decoded(Connection(origin, target, protocol, port, same_node=same_node, seen=seen), switches, supposing)

    def _ends(
        self, named: tuple[NamedPort, ...], setting: Mapping[str, str], same_node: bool
    ) -> tuple[Endpoint, Endpoint]:
        """The two ends, at addresses that they can have together."""
        world, problem = self._world, self._scene
        source, destination = (KINDS[self.value(end.kind)] for end in (world.source, world.destination))
        sources = self._members(world.source, source, problem.sources, None, setting)
        destinations = self._members(world.destination, destination, problem.destinations, named, setting)
        shared = same_node and {source, destination} <= NODELIKE
        for theirs, mine in product(destinations, sources):
            if mine is not None and mine.is_just(theirs):
                continue
            for there in self._addresses(world.destination.address, destination, theirs):
                for here in self._addresses(world.source.address, source, mine):
                    if (here == there and not shared) or not self._fit(
                        (source, here, mine), (destination, there, theirs), same_node
                    ):
                        continue
                    return (
                        self._endpoint(world.source, source, here, (), mine),
                        self._endpoint(world.destination, destination, there, named, theirs),
                    )
        raise InternalError("a model in which there is no room for both ends")

    def _fit(
        self,
        one: tuple[Kind, IPAddress, Workload | None],
        other: tuple[Kind, IPAddress, Workload | None],
        same_node: bool,
    ) -> bool:
        """True iff both can be on one node, or on two, as the model has it."""
        if not {one[0], other[0]} & NODELIKE:
            return True
        homes = self._scene.residents.place_of(*one), self._scene.residents.place_of(*other)
        return None in homes or (homes[0] == homes[1]) is same_node

    def _seen(self, address: IPAddress) -> IPAddress | None:
        source = self._world.source
        if source.seen is source.address or self.value(source.seen) == self.value(source.address):
            return None
        return next(a for a in self._addresses(source.seen, Kind.NODE, None) if a != address)

    def _port(self) -> int:
        cell = self._world.vocabulary.ports.cells[self.value(self._world.port)]
        return next((p for p in _FAMILIAR_PORTS if cell.low <= p <= cell.high), cell.low)

    def _addresses(self, var: Var, kind: Kind, workload: Workload | None) -> Iterator[IPAddress]:
        """Addresses of the cell that such an endpoint can have, the ones that readers recognise first."""
        cell = self._world.vocabulary.addresses.cells[self.value(var)]
        make = ipaddress.IPv4Address if cell.family == 4 else ipaddress.IPv6Address
        residents = self._scene.residents
        pleasant = (make(text) for text in _PLEASANT[cell.family].get(kind, ()))
        inside = (a for a in pleasant if cell.low <= int(a) <= cell.high)
        first = (make(cell.low + step) for step in chain((1, 2, 3, 0), count(4)) if step < cell.size)
        known = residents.known(cell.family, cell.low, cell.high) if residents != NOBODY else ()
        some = islice(first, min(cell.size, 4 + residents.size))
        free = not self._scene.universe.other_pods
        found = chain(known, inside, some) if kind in NODELIKE or workload is not None else chain(inside, some, known)
        for address in dict.fromkeys(found):
            if residents.can_be_at(address, kind, workload, all_pods=free):
                yield address

    def _endpoint(
        self, end: End, kind: Kind, address: IPAddress, named: tuple[NamedPort, ...], workload: Workload | None
    ) -> Endpoint:
        whose = self._scene.residents.called(address)
        if kind in (Kind.EXTERNAL, Kind.NODE):
            return Endpoint(kind, address, address_of=whose)
        namespace = self._namespace(end)
        if workload is None:
            return Endpoint(kind, address, namespace, self._labels(end), named, address_of=whose)
        labels = workload.labels
        if workload.foreign and self._scene.free_labels:
            labels = {**self._labels(end), **labels}
        return Endpoint(kind, address, namespace, labels, workload.named_ports, workload, whose)

    def _labels(self, end: End) -> dict[str, str]:
        domains = self._world.vocabulary.pod_labels
        values = {key: domains[key].values[self.value(var)] for key, var in end.labels.items()}
        return {key: value for key, value in values.items() if value is not None}

    def _namespace(self, end: End) -> Namespace:
        """The namespace, with labels that the model gives it where nobody has said them; then nothing declares it."""
        vocabulary = self._world.vocabulary
        namespace = vocabulary.namespaces[self.value(end.namespace)]
        if namespace.labels is not None:
            return namespace
        domains = vocabulary.namespace_labels
        values = {key: domains[key].values[self.value(var)] for key, var in end.namespace_labels.items()}
        labels = {key: value for key, value in values.items() if value is not None}
        labels[NAMESPACE_NAME] = namespace.name
        return replace(namespace, labels=labels, origin=namespace.declaration)

    def _members(
        self, end: End, kind: Kind, side: Side, named: tuple[NamedPort, ...] | None, setting: Mapping[str, str]
    ) -> Sequence[Workload | None]:
        """The workloads that the model's values describe, where the side lists its pods; else None alone."""
        listed = side.pods if kind is Kind.POD else side.hostpods if kind is Kind.HOSTPOD else None
        if listed is None:
            return (None,)
        codes = (self.value(end.namespace), *(self.value(v) for v in end.labels.values()))
        free, vocabulary = self._scene.free_labels, self._world.vocabulary
        patterns = {**group(listed, vocabulary), **group(listed, vocabulary, free=free)}
        fitting = sorted((p for p in patterns if fit(p, codes)), key=lambda p: None in p)
        members = list({id(w): w for pattern in fitting for w in patterns[pattern]}.values())
        which = self._world.which.get((end.name, kind))
        if which is not None:
            members = [w for w in members if which.numbers[w] == self.value(which.value)]
        if named is None:
            return members
        wanted = {(p.name, p.protocol, p.port) for p in named}
        return [w for w in members if self._names(w, setting) == wanted]

    def _names(self, workload: Workload, setting: Mapping[str, str]) -> set[tuple[str, Protocol, int]]:
        """The mentioned names that the workload gives to the connection's protocol and port."""
        protocol, port = PROTOCOLS[self.value(self._world.protocol)], self._port()
        return {
            (p.name, p.protocol, p.port)
            for p in named_ports(workload.named_ports, setting)
            if p.name in self._world.named and (p.protocol, p.port) == (protocol, port)
        }
