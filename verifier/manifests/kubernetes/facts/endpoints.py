"""Endpoints and EndpointSlices: the addresses behind a Service, and whose they are."""

from collections.abc import Iterable, Iterator

from verifier.ir.labels import is_dns_subdomain
from verifier.ir.origin import Origin
from verifier.ir.service import Backend, BackendPort
from verifier.manifests.kubernetes.facts.services import read_address, read_number
from verifier.manifests.kubernetes.fields import Field, quoted
from verifier.manifests.kubernetes.metadata import read_metadata
from verifier.manifests.kubernetes.networkpolicy import read_protocol

SERVICE_NAME = "kubernetes.io/service-name"
"""The label by which an EndpointSlice says whose it is."""

_OWNERS = ("Pod", "Node")


def read_endpoints(root: Field, origin: Origin, default_namespace: str) -> tuple[Backend, ...]:
    """What an Endpoints object says is behind the Service of its name, ready or not."""
    metadata = read_metadata(root.get("metadata"), strict=False)
    home = metadata.given_namespace or default_namespace
    found: list[Backend] = []
    for subset in root.get("subsets").items():
        ports = tuple(_ports(subset.get("ports").items()))
        for name, is_ready in (("addresses", True), ("notReadyAddresses", False)):
            for item in subset.get(name).items():
                address = read_address(item.get("ip"), "an endpoint")
                if address is not None:
                    place = origin.child(*item.path)
                    found.append(Backend(home, metadata.name, address, ports, _target(item, home), place, is_ready))
    return tuple(found)


def read_slice(root: Field, origin: Origin, default_namespace: str) -> tuple[Backend, ...]:
    """What an EndpointSlice says; nothing where it holds names, or is nobody's."""
    metadata = read_metadata(root.get("metadata"), strict=False)
    home = metadata.given_namespace or default_namespace
    service = _name(root.get("metadata").get("labels").get(SERVICE_NAME), "a Service")
    if service is None or root.get("addressType").value == "FQDN":
        return ()
    ports = tuple(_ports(root.get("ports").items()))
    found: list[Backend] = []
    for item in root.get("endpoints").items():
        is_ready = item.get("conditions").get("ready").value is not False
        for field in item.get("addresses").items():
            address = read_address(field, "an endpoint")
            if address is not None:
                place = origin.child(*field.path)
                found.append(Backend(home, service, address, ports, _target(item, home), place, is_ready))
    return tuple(found)


def _ports(items: Iterable[Field]) -> Iterator[BackendPort]:
    for item in items:
        number = item.get("port")
        port = read_number(number, item) if number.value is not None else None
        yield BackendPort(read_protocol(item.get("protocol")), port, item.get("name").text() or None)


def _target(item: Field, home: str) -> tuple[str, str] | None:
    """Whose the address is: a Node's, or a Pod's of the same namespace."""
    reference = item.get("targetRef")
    kind, place = reference.get("kind").text(), reference.get("namespace").text()
    name = _name(reference.get("name"), f"a {kind}") if kind in _OWNERS else None
    if kind is None or name is None or (kind == "Pod" and place not in (None, "", home)):
        return None
    return kind, name


def _name(field: Field, whose: str) -> str | None:
    name = field.text() or None
    if name is not None and not is_dns_subdomain(name):
        field.reject("V12", f"{quoted(name)} is no name of {whose}")
        return None
    return name
