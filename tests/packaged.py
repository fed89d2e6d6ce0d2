"""The package, asked in the same words as `tests.oracle`: plain data in, an `Answer` out."""

import ipaddress
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from msgspec.structs import replace

from tests.oracle import Answer
from verifier import semantics
from verifier.engine.check.check import check
from verifier.engine.diff.compare import compare
from verifier.engine.results.check import Result
from verifier.engine.results.diff import Difference
from verifier.engine.results.region import EndRegion, Part, Region
from verifier.ir.acceptance import Flow
from verifier.ir.cluster import Cluster
from verifier.ir.endpoint import Connection, Endpoint, Kind, NamedPort, Namespace, PortSource
from verifier.ir.labels import Selector
from verifier.ir.network import AddressSet, Protocol
from verifier.ir.property import Never, Property
from verifier.ir.switches import SWITCHES
from verifier.ir.universe import INVENTORY, OPEN, Universe
from verifier.manifests.documents.document import read_documents
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.load import Options, load_text
from verifier.manifests.notation.expression import parse_expression
from verifier.manifests.specs.properties import properties_from_document
from verifier.manifests.specs.universe import universe_from_document

Plain = dict[str, Any]
NOTHING_SUPPOSED: Mapping[str, bool] = {}


_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def dumped(manifests: list[Plain]) -> str:
    return str(yaml.dump_all(manifests, Dumper=_Dumper, sort_keys=False))


def options(switches: Mapping[str, str]) -> Options:
    """The switches that decide how manifests are read."""
    return Options.under(switches, namespace="default")


def property_of(claim: Plain | str, namespace: str | None = None) -> Property:
    if isinstance(claim, str):
        return parse_expression(claim)
    spec: Plain = {"properties": [{"name": "claim", **claim}]}
    if namespace is not None:
        spec["namespace"] = namespace
    (found,) = properties_from_document(_document("Properties", spec, "properties.yaml"))
    return found


def universe_of(universe: Plain | str, folder: Path | None = None) -> Universe:
    """`newNamespacesGet` holds policies; they are written to files in `folder`."""
    if isinstance(universe, str):
        return {"open": OPEN, "inventory": INVENTORY}[universe]
    spec = dict(universe)
    if "newNamespacesGet" in spec:
        assert folder is not None
        (folder / "templates.yaml").write_text(dumped(spec["newNamespacesGet"]))
        spec["newNamespacesGet"] = ["templates.yaml"]
    return universe_from_document(_document("Universe", spec, str((folder or Path()) / "universe.yaml")))


def _document(kind: str, spec: Plain, name: str) -> Any:
    text = yaml.safe_dump({"apiVersion": "netpol-verifier/v1", "kind": kind, "spec": spec}, sort_keys=False)
    (document,) = read_documents(Source.text_of(name, text))
    return document


def result(
    manifests: list[Plain] | str,
    claim: Plain | str,
    universe: Plain | str = "open",
    switches: Mapping[str, str] | None = None,
    namespace: str | None = None,
    folder: Path | None = None,
    accepted: Iterable[Plain | str] = (),
    limit: int | None = 0,
) -> Result:
    text = manifests if isinstance(manifests, str) else dumped(manifests)
    cluster = load_text(text, "cluster.yaml", options(switches or {})).cluster
    asked = property_of(claim, namespace)
    flows = {asked.name: [flow_of(each) for each in accepted]}
    (found,) = check(cluster, [asked], universe_of(universe, folder), switches, accepted=flows, limit=limit)
    return found


def flow_of(claim: Plain | str) -> Flow:
    """The flow that a `never` speaks of."""
    said = property_of(claim).claim
    assert isinstance(said, Never)
    return Flow(said.sources, said.destinations, said.ports, str(claim))


def verdict(*question: Any, **more: Any) -> Answer:
    """The package's answer to what `tests.oracle.verdict` is asked; of what it hangs on, the switches."""
    found = result(*question, **more)
    return Answer(found.verdict.value, tuple(sorted(set(found.depends_on) & SWITCHES.keys())))


def difference(
    old: list[Plain],
    new: list[Plain],
    universe: Plain | str = "open",
    switches: Mapping[str, str] | None = None,
    accepted: Iterable[Plain | str] = (),
    folder: Path | None = None,
    *,
    forgets: bool = False,
    to_switches: Mapping[str, str] | None = None,
    two_plugins: bool = False,
) -> Difference:
    """What the package says to what `tests.oracle.compare` is asked."""
    flows = [flow_of(each) for each in accepted]
    sides = [load_text(dumped(side), "cluster.yaml", options(switches or {})).cluster for side in (old, new)]
    if two_plugins:
        sides = [replace(side, profile=profile) for side, profile in zip(sides, ("antrea", "weave"), strict=True)]
    world = universe_of(universe, folder)
    return compare(*sides, world, switches, accepted=flows, forgets=forgets, to_switches=to_switches)


def plain_region(region: Region) -> Plain:
    """A region in the form that `tests.oracle` takes."""
    isolation = None
    if region.witness.source is None or region.witness.destination is None:
        isolation = "ingress" if region.witness.source is None else "egress"
    return {
        **_plain_part(region),
        "isolation": isolation,
        "excluding": [_plain_part(part) for part in region.excluding],
    }


def _plain_part(region: Region | Part) -> Plain:
    return {
        "source": _plain_end(region.source),
        "destination": _plain_end(region.destination),
        "ports": {protocol.value: list(intervals) for protocol, intervals in region.ports.items()},
        "portNames": dict(region.port_names),
        "sameNamespace": region.same_namespace,
        "sameNode": region.same_node,
        "switches": {name: values.split(" or ") for name, values in region.switches.items()},
        "supposing": dict(region.supposing),
        "provided": [direction.value.capitalize() for direction in region.provided],
        "unselected": [direction.value for direction in region.unselected],
        "sameLabels": dict(region.same_labels),
    }


def _plain_end(end: EndRegion) -> Plain:
    return {
        "kinds": sorted(kind.value for kind in end.kinds),
        "namespaces": None if end.namespaces is None else sorted(end.namespaces),
        "notNamespaces": sorted(end.not_namespaces),
        "namespaceSelector": _plain_selector(end.namespace_selector),
        "podSelector": _plain_selector(end.pod_selector),
        "addresses": _spans(end.addresses),
        "own": _spans(end.own),
        "was": _spans(end.was),
        "workloads": None if end.workloads is None else sorted(end.workloads),
    }


def _spans(addresses: AddressSet | None) -> list[tuple[int, int, int]] | None:
    if addresses is None:
        return None
    return [(family, low, high) for family in (4, 6) for low, high in addresses.family(family)]


def _plain_selector(selector: Selector) -> Plain:
    return {
        "matchExpressions": [{"key": r.key, "operator": r.operator.value, "values": sorted(r.values)} for r in selector]
    }


def allowed(cluster: Cluster, connection: Plain, switches: Mapping[str, str]) -> bool:
    """What `verifier.semantics` says of a connection in the form that `tests.oracle.allowed` takes."""
    return outcomes(cluster, connection, switches) == {True}


def outcomes(
    cluster: Cluster, connection: Plain, switches: Mapping[str, str], supposing: Mapping[str, bool] = NOTHING_SUPPOSED
) -> frozenset[bool]:
    """All that can come of a connection, by `verifier.semantics`. supposing: what holds of what nobody can say."""
    source, destination = (_end(cluster, connection[role], last) for role, last in (("source", 1), ("destination", 2)))
    seen = connection.get("seen")
    made = Connection(
        source,
        destination,
        Protocol(connection["protocol"]),
        connection.get("port"),
        same_node=bool(connection.get("sameNode")),
        itself=bool(connection.get("itself")),
        via_service=bool(connection.get("viaService")),
        seen=ipaddress.ip_address(seen) if seen else None,
    )
    return semantics.decide(cluster.policies, made, switches, supposing).outcomes


def _end(cluster: Cluster, plain: Plain, last: int) -> Endpoint:
    address = ipaddress.ip_address(plain.get("ip") or f"10.255.0.{last}")
    kind = Kind(plain.get("kind") or ("pod" if "namespace" in plain else "external"))
    if kind in (Kind.NODE, Kind.EXTERNAL):
        return Endpoint(kind, address)
    name = plain["namespace"]
    declared = {namespace.name: namespace for namespace in cluster.namespaces}
    namespace = declared.get(name)
    if namespace is None or namespace.labels is None:
        namespace = Namespace(name, plain.get("namespaceLabels") or {})
    named = tuple(
        NamedPort(
            port["name"],
            Protocol(port.get("protocol") or "TCP"),
            port["port"],
            PortSource(port.get("from") or "container"),
        )
        for port in plain.get("namedPorts") or []
    )
    return Endpoint(kind, address, namespace, plain.get("labels") or {}, named)
