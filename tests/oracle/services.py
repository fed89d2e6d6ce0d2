"""What a Service means where a claim names it, by itself or by its clusterIP, and through which Services outside
clients may show the address of a node (docs/semantics.md 1.6)."""

import ipaddress
from collections.abc import Iterator
from itertools import product
from typing import Any

from .rules import Cluster, Workload

Plain = dict[str, Any]
NOTHING = "nothing is meant"


class Uneven(Exception):
    """Destinations have ports of their own each (the pods of a Service, or two Services), which no plain claim says."""


def meant(claim: Plain, cluster: Cluster) -> Plain | str:
    """The claim without Services; NOTHING where its `to` means nobody."""
    if claim["kind"] == "confined":
        flows = [_replaced(flow, cluster) for flow in claim["reach"]]
        return {**claim, "reach": [flow for flow in flows if not isinstance(flow, str)]}
    return _replaced(claim, cluster) if claim.get("to") else claim


def _replaced(claim: Plain, cluster: Cluster) -> Plain | str:
    """A claim, or a flow, about what is behind the Services among its `to`."""
    asked = [peer for number, peer in enumerate(claim.get("to") or []) if peer not in claim["to"][:number]]
    found = [(peer, _services(peer, cluster)) for peer in asked]
    if all(services is None for _, services in found):
        return claim
    otherwise = [peer["service"].get("otherwise") for peer, services in found if services == [] and "service" in peer]
    if any(otherwise):
        if len(found) > 1:
            raise Uneven
        return {**claim, "to": otherwise[0]["to"], "ports": otherwise[0].get("ports") or []}
    entries = claim.get("ports") or []
    parts: list[tuple[Plain, Plain]] = []
    for peer, services in found:
        if services is None:
            parts += [(peer, port) for port in entries or [{}]]
        for service in services or []:
            parts += _parts(service, entries, cluster)
    if not parts:
        return NOTHING
    to, ports = [peers for peers, _ in parts], [port for _, port in parts]
    if not all((peers, port) in parts for peers in to for port in ports):
        raise Uneven
    return {**claim, "to": _distinct(to), "ports": [] if {} in ports else _distinct(ports)}


def _distinct(some: list[Plain]) -> list[Plain]:
    return [each for number, each in enumerate(some) if each not in some[:number] and each]


def _services(peer: Plain, cluster: Cluster) -> list[Plain] | None:
    """The Services that a peer names; None where it names none."""
    known = [each for each in cluster.services if each["kind"] == "Service"]
    if "service" in peer:
        named = peer["service"].get("anyOf") or [peer["service"]]
        return [s for n in named for s in known if _key(s) == (n["namespace"], n["name"])]
    block = peer.get("ipBlock") or {}
    address, _, prefix = block.get("cidr", "").partition("/")
    if prefix not in ("32", "128") or block.get("except"):
        return None
    here = [s for s in known if ipaddress.ip_address(address) in map(ipaddress.ip_address, _addresses(s))]
    return here or None


def _key(service: Plain) -> tuple[str, str]:
    meta = service["metadata"]
    return meta.get("namespace") or "default", meta["name"]


def _addresses(service: Plain) -> list[str]:
    return [a for a in ((service.get("spec") or {}).get("clusterIP"),) if a and a != "None"]


def _parts(service: Plain, ports: list[Plain], cluster: Cluster) -> Iterator[tuple[Plain, Plain]]:
    """Whom the Service leads to, and on which port there; an empty port is any."""
    spec, (home, _) = service["spec"], _key(service)
    if spec.get("clusterIP") == "None" and ports and (behind := _untranslated(service, cluster)):
        yield from product(behind, ports)
        return
    for port in spec.get("ports") or []:
        if not _is_asked(port, ports):
            continue
        for peers, number in _behind(service, port, home, cluster):
            yield peers, {"protocol": port.get("protocol") or "TCP", "port": number}


def _untranslated(service: Plain, cluster: Cluster) -> list[Plain]:
    """Whom a headless Service leads to, whatever its ports."""
    if service["spec"].get("selector"):
        return [_pods(service)]
    every = [address for each in _listings(service, cluster) for addresses, _ in _lots(each) for address in addresses]
    virtual = {ipaddress.ip_address(address) for other in cluster.services for address in _addresses(other)}
    return [_at(address) for address in dict.fromkeys(every) if ipaddress.ip_address(address) not in virtual]


def _at(address: str) -> Plain:
    return {"ipBlock": {"cidr": f"{address}/{128 if ':' in address else 32}"}}


def _pods(service: Plain) -> Plain:
    home, _ = _key(service)
    return {"podSelector": {"matchLabels": service["spec"]["selector"]}, "namespaces": [home]}


def _is_asked(port: Plain, ports: list[Plain]) -> bool:
    if not ports:
        return True
    for entry in ports:
        if (entry.get("protocol") or "TCP") != (port.get("protocol") or "TCP"):
            continue
        first = entry.get("port")
        if first is None or first == port.get("name"):
            return True
        if isinstance(first, int) and first <= port["port"] <= (entry.get("endPort") or first):
            return True
    return False


def _behind(service: Plain, port: Plain, home: str, cluster: Cluster) -> Iterator[tuple[Plain, int | str]]:
    target = port.get("targetPort", port["port"])
    if not service["spec"].get("selector"):
        for address, number in _endpoints(service, port, cluster):
            yield _at(address), number
        return
    mine = [w for w in cluster.workloads if w.namespace == home and _selects(service, w)]
    numbers = [number for w in mine if (number := _number(target, port, w)) is not None]
    if not mine:
        yield _pods(service), target
    elif numbers and (len(numbers) < len(mine) or len(set(numbers)) > 1):
        raise Uneven
    elif numbers:
        yield _pods(service), numbers[0]


def _selects(service: Plain, workload: Workload) -> bool:
    return service["spec"]["selector"].items() <= workload.labels.items()


def _number(target: int | str, port: Plain, workload: Workload) -> int | None:
    """The number of the first port of that name, of a container or of a sidecar."""
    if isinstance(target, int):
        return target
    protocol = port.get("protocol") or "TCP"
    named = [n for name, p, n, source in workload.named if (name, p) == (target, protocol) and source != "init"]
    return named[0] if named else None


def _endpoints(service: Plain, port: Plain, cluster: Cluster) -> Iterator[tuple[str, int]]:
    for each in _listings(service, cluster):
        for addresses, ports in _lots(each):
            yield from product(addresses, _fitting(ports, port))


def _listings(service: Plain, cluster: Cluster) -> Iterator[Plain]:
    """The objects that say what is behind the Service."""
    home, name = _key(service)
    for each in cluster.services:
        meta = each["metadata"]
        if (meta.get("namespace") or "default") != home:
            continue
        if each["kind"] == "Endpoints" and meta["name"] == name:
            yield each
        if each["kind"] == "EndpointSlice" and meta["labels"]["kubernetes.io/service-name"] == name:
            yield each


def _lots(listing: Plain) -> Iterator[tuple[list[str], list[Plain]]]:
    """Addresses, and the ports that they have."""
    if listing["kind"] == "EndpointSlice":
        yield [a for e in listing.get("endpoints") or [] for a in e["addresses"]], listing.get("ports") or []
        return
    for subset in listing.get("subsets") or []:
        entries = [*(subset.get("addresses") or []), *(subset.get("notReadyAddresses") or [])]
        yield [entry["ip"] for entry in entries], subset.get("ports") or []


def _fitting(entries: list[Plain], port: Plain) -> list[int]:
    protocol = port.get("protocol") or "TCP"
    fits = [
        e for e in entries if (e.get("protocol") or "TCP") == protocol and e.get("name") in (None, port.get("name"))
    ]
    return [fits[0].get("port") or port["port"]] if fits else []


def hiding(cluster: Cluster) -> list[tuple[Plain, Plain]]:
    """Pods as a peer, and a port entry each, that outside clients may reach under the address of a node."""
    found = []
    for each in cluster.services:
        spec = each.get("spec") or {}
        outward = spec.get("type") in ("NodePort", "LoadBalancer") and spec.get("externalTrafficPolicy") != "Local"
        if each["kind"] != "Service" or not outward or not spec.get("selector"):
            continue
        for port in spec.get("ports") or []:
            found += _served(each, port, cluster)
    return found


def is_hiding(cluster: Cluster) -> bool:
    return any(
        each["kind"] == "Service"
        and each["spec"].get("type") in ("NodePort", "LoadBalancer")
        and each["spec"].get("externalTrafficPolicy") != "Local"
        and bool(each["spec"].get("selector"))
        for each in cluster.services
    )


def _served(service: Plain, port: Plain, cluster: Cluster) -> list[tuple[Plain, Plain]]:
    target, (home, _) = port.get("targetPort", port["port"]), _key(service)
    mine = [w for w in cluster.workloads if w.namespace == home and _selects(service, w)]
    numbers = {number for w in mine if (number := _number(target, port, w)) is not None} if mine else {target}
    return [(_pods(service), {"protocol": port.get("protocol") or "TCP", "port": number}) for number in numbers]
