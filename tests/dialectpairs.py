"""Pairs of policy sets of Cilium, Calico and meshes: the package against the enumeration, by single connections."""

from itertools import islice
from random import Random
from typing import Any, NamedTuple

from tests import oracle, packaged
from tests.generators.changes import Pair
from tests.oracle.calico import PROFILE as OF_CALICO
from tests.oracle.cilium import PROFILE as OF_CILIUM
from tests.oracle.concretely import Sides, wrong
from verifier.engine.results.diff import Relation
from verifier.engine.results.region import Region
from verifier.ir.endpoint import Connection, Endpoint
from verifier.ir.switches import SWITCHES, concrete

Plain = dict[str, Any]

CONNECTIONS = 300


class Tried(NamedTuple):
    """What the package says of a pair. `mistake`: what it gets wrong, if anything. seen: the connections that were held
    against it, and how many of them moved."""

    relation: str
    mistake: str = ""
    seen: int = 0
    moved: int = 0


def setting_of(manifests: list[Plain]) -> dict[str, str]:
    """A value for every switch: that of the plugin whose objects there are, else its first."""
    found = {name: values[0] for name, values in oracle.VALUES.items()}
    apis = {str(manifest.get("apiVersion", "")) for manifest in manifests}
    if any("projectcalico" in api for api in apis):
        found |= OF_CALICO
    elif any(api.startswith("cilium.io") for api in apis):
        found |= OF_CILIUM
    fixed = {"other_protocols": "off", "external_source": "preserved", "sctp": "yes", "calico_np_name": "plain"}
    return dict(concrete({**found, **fixed, "same_priority": "by_name"}, {}))


def tried(given: Pair, seed: int, connections: int = CONNECTIONS) -> Tried:
    """Raises InputError where a change made a side that is refused."""
    setting = setting_of([*given.old, *given.new])
    switches = {name: value for name, value in setting.items() if name in SWITCHES}
    found = packaged.difference(given.old, given.new, given.universe, switches)
    said = found.relation
    if said is Relation.UNKNOWN or not found.complete:
        return Tried("unknown", f"not known: {found.reason}")
    added, removed = ([packaged.plain_region(r) for r in side] for side in (found.added, found.removed))
    sides = Sides(given.old, given.new, setting)
    universe = given.universe if isinstance(given.universe, dict) else {}
    some = [seen for seen in islice(sides.drawn(universe, Random(seed)), connections) if not seen.is_doubtful]
    for seen in some:
        mistake = wrong(seen, sides.new, added, removed, setting)
        if mistake is not None:
            return Tried(str(said), f"{seen.connection} is {mistake}")
    for direction, side in enumerate((found.added, found.removed)):
        for region in side:
            seen = sides.seen(_plain(region))
            if not seen.is_doubtful and not seen.moved[direction]:
                return Tried(str(said), f"the witness {seen.connection} did not move: {seen.before}, {seen.after}")
    moved = sum(any(seen.moved) for seen in some)
    return Tried(str(said), "", len(some), moved)


def _plain(region: Region) -> Plain:
    """The witness of a region in the form that the enumeration takes."""
    connection = region.witness.connection
    assert isinstance(connection, Connection)
    return {
        "source": _end(connection.source),
        "destination": _end(connection.destination),
        "protocol": connection.protocol.value,
        "port": connection.port,
        "sameNode": connection.same_node,
    }


def _end(end: Endpoint) -> Plain:
    found: Plain = {"kind": end.kind.value, "ip": str(end.address)}
    if end.namespace is None:
        return found
    named = [
        {"name": p.name, "protocol": p.protocol.value, "port": p.port, "from": p.source.value} for p in end.named_ports
    ]
    labels = dict(end.namespace.labels or {})
    return found | {
        "namespace": end.namespace.name, "namespaceLabels": labels, "labels": dict(end.labels), "namedPorts": named,
    }  # fmt: skip
