"""What a Service means where a claim names it, by itself or by its clusterIP, and through which Services outside
clients may show the address of a node (docs/semantics.md 1.6)."""

import ipaddress
from collections.abc import Iterator
from itertools import product
from typing import Any

from .choices import POD_NAME
from .rules import Cluster, Workload

Plain = dict[str, Any]
Part = tuple[Plain, Plain]
"""A peer and a port entry."""
NOTHING = "nothing is meant"


def meant(claim: Plain, cluster: Cluster) -> Plain | str:
    """The claim without Services; NOTHING where its `to` means nobody. Where destinations have ports of their own each,
    these are its `parts`: a peer and a port entry each, of which the empty one is any."""
    if claim["kind"] == "confined":
        return {**claim, "reach": [part for flow in claim["reach"] for part in each_meant(flow, cluster)]}
    found = _parts_of(claim, cluster, surely=False)
    if found is None:
        return claim
    if not found:
        return NOTHING
    to, ports = [peers for peers, _ in found], [port for _, port in found]
    said = {**claim, "to": _distinct(to), "ports": [] if {} in ports else _distinct(ports)}
    return said if all((peers, port) in found for peers in to for port in ports) else {**said, "parts": found}


def each_meant(flow: Plain, cluster: Cluster) -> list[Plain]:
    """A flow that excuses connections, once for each thing that it surely means."""
    found = _parts_of(flow, cluster, surely=True)
    if found is None:
        return [flow]
    return [{**flow, "to": [peer], "ports": [port] if port else []} for peer, port in found]


def _parts_of(claim: Plain, cluster: Cluster, *, surely: bool) -> list[Part] | None:
    """What its destinations mean; None where there are no Services among them."""
    asked = [peer for number, peer in enumerate(claim.get("to") or []) if peer not in claim["to"][:number]]
    found = [(peer, _services(peer, cluster)) for peer in asked]
    if all(services is None for _, services in found):
        return None
    parts: list[Part] = []
    for peer, services in found:
        otherwise = peer["service"].get("otherwise") if "service" in peer else None
        if services is None:
            parts += product([peer], claim.get("ports") or [{}])
        elif otherwise and not services:
            meant_instead = _parts_of(otherwise, cluster, surely=surely)
            plainly = product(otherwise["to"], otherwise.get("ports") or [{}])
            parts += plainly if meant_instead is None else meant_instead
        else:
            parts += _of_all(services, claim.get("ports") or [], cluster, surely=surely)
    return parts


def _of_all(services: list[list[Plain]], ports: list[Plain], cluster: Cluster, *, surely: bool) -> list[Part]:
    """What Services mean. Of those of which only one can be there a claim asks of all, and all excuse together."""
    found: list[Part] = []
    for rivals in services:
        of_each = [list(_parts(service, ports, cluster, surely=surely)) for service in rivals]
        found += [part for mine in of_each for part in mine if not surely or all(part in one for one in of_each)]
    return found


def _distinct(some: list[Plain]) -> list[Plain]:
    return [each for number, each in enumerate(some) if each not in some[:number] and each]


def _services(peer: Plain, cluster: Cluster) -> list[list[Plain]] | None:
    """The Services that a peer names, those together that have one name, or the one address; None where it names
    none."""
    known = [each for each in cluster.services if each["kind"] == "Service"]
    if "service" in peer:
        named = peer["service"].get("anyOf") or [peer["service"]]
        found = [[s for s in known if _key(s) == (n["namespace"], n["name"])] for n in named]
        return [rivals for rivals in found if rivals]
    block = peer.get("ipBlock") or {}
    address, _, prefix = block.get("cidr", "").partition("/")
    if prefix not in ("32", "128") or block.get("except"):
        return None
    here = [s for s in known if ipaddress.ip_address(address) in map(ipaddress.ip_address, _addresses(s))]
    return [here] if here else None


def _key(service: Plain) -> tuple[str, str]:
    meta = service["metadata"]
    return meta.get("namespace") or "default", meta["name"]


def _addresses(service: Plain) -> list[str]:
    spec = service.get("spec") or {}
    return [a for a in (spec.get("clusterIP"), *(spec.get("clusterIPs") or [])) if a and a != "None"]


def _parts(service: Plain, ports: list[Plain], cluster: Cluster, *, surely: bool) -> Iterator[Part]:
    """Whom the Service leads to, and on which port there; an empty port is any."""
    spec, asked = service["spec"], ports
    if spec.get("clusterIP") == "None" and ports and (behind := _untranslated(service, cluster)):
        yield from product(behind, (port for port in ports if not isinstance(port.get("port"), str)))
        asked = [port for port in ports if isinstance(port.get("port"), str)]
        if not asked:
            return
    for port in spec.get("ports") or []:
        if not _is_asked(port, asked):
            continue
        for peers, number in _behind(service, port, cluster, surely=surely):
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


def _behind(service: Plain, port: Plain, cluster: Cluster, *, surely: bool) -> Iterator[tuple[Plain, int | str]]:
    target = port.get("targetPort", port["port"])
    if not service["spec"].get("selector"):
        for address, number in _endpoints(service, port, cluster, surely=surely):
            yield _at(address), number
        return
    sure, perhaps = (
        [w for w in cluster.workloads if w.namespace == _key(service)[0] and selects(service, w)]
        for selects in (_selects, _may_select)
    )
    if not sure:
        unlike = surely and isinstance(target, str)
        yield (
            _pods(service) | ({"listening": {"mine": set(), "everyone": perhaps, "surely": True}} if unlike else {}),
            target,
        )
    if not sure and (surely or isinstance(target, int)):
        return
    known = {w.key: number for w in perhaps if (number := _number(target, port, w)) is not None}
    for number in sorted({*known.values()}):
        mine = {key for key, value in known.items() if value == number}
        who = {"mine": mine, "everyone": perhaps, "surely": surely}
        yield _pods(service) | ({"listening": who} if len(mine) < len(perhaps) else {}), number


def _selects(service: Plain, workload: Workload) -> bool:
    return _wanted(service, workload).items() <= workload.labels.items()


def _may_select(service: Plain, workload: Workload) -> bool:
    """The same where its controller gives its pods labels that nobody has said."""
    wanted = _wanted(service, workload).items()
    said = {key: value for key, value in wanted if key in workload.labels}
    return said.items() <= workload.labels.items() and all(
        workload.foreign or (key in workload.free and workload.free[key].admits(value))
        for key, value in wanted
        if key not in said
    )


def _wanted(service: Plain, workload: Workload) -> Plain:
    """The labels that are asked of all pods of a workload: of those that are numbered not that of one."""
    wanted = dict(service["spec"]["selector"])
    stem = workload.title.partition("/")[2] + "-"
    if workload.first is not None and wanted.get(POD_NAME, "").startswith(stem):
        del wanted[POD_NAME]
    return wanted


def _number(target: int | str, port: Plain, workload: Workload) -> int | None:
    """The number of the first port of that name, of a container or of a sidecar."""
    if isinstance(target, int):
        return target
    protocol = port.get("protocol") or "TCP"
    named = [n for name, p, n, source in workload.named if (name, p) == (target, protocol) and source != "init"]
    return named[0] if named else None


def _endpoints(service: Plain, port: Plain, cluster: Cluster, *, surely: bool) -> Iterator[tuple[str, int]]:
    for each in _listings(service, cluster):
        for addresses, ports in _lots(each):
            yield from product(addresses, _fitting(ports, port, surely=surely))


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


def _fitting(entries: list[Plain], port: Plain, *, surely: bool) -> list[int]:
    """The number there: of the port with the same name, or of one without where nothing has to be sure."""
    mine = [e for e in entries if (e.get("protocol") or "TCP") == (port.get("protocol") or "TCP")]
    named = [e for e in mine if e.get("name") == port.get("name")]
    fits = named or ([] if surely else [e for e in mine if e.get("name") is None])
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
    mine = [w for w in cluster.workloads if w.namespace == home and _may_select(service, w)]
    numbers: set[int | str] = {number for w in mine if (number := _number(target, port, w)) is not None}
    numbers |= set() if any(_selects(service, w) for w in mine) else {target}
    return [(_pods(service), {"protocol": port.get("protocol") or "TCP", "port": number}) for number in numbers]
