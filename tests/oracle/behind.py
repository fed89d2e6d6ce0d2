"""What is behind a Service that a policy names, as plain data (docs/semantics.md 5.3 services, 6.2 toServices). Written
from the text before there was a reader.

A Service of the input that selects has the pods of its namespace with these labels behind it; one that does not, what
Endpoints and EndpointSlices of the input list. Whatever else there may be nobody can say: a Service that is not in the
input or is in it twice, what a name leads to, one without a selector of which nothing says what is behind it, addresses
that are not ready, and ports by name.
"""

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

Plain = dict[str, Any]
KINDS = ("Service", "Endpoints", "EndpointSlice")
NO, PERHAPS, YES = "no", "perhaps", "yes"


class Listed(NamedTuple):
    """An address behind a Service. ports: protocol and number, None: any, or nobody says which."""

    family: int
    address: int
    is_ready: bool
    of_pod: bool
    ports: list[tuple[str, int | None]]


def most(answers: Iterable[str]) -> str:
    return max(answers, key=(NO, PERHAPS, YES).index, default=NO)


def _home(manifest: Plain) -> str:
    return str(manifest["metadata"].get("namespace") or "default")


def named(services: list[Plain], namespace: str | None, name: str) -> dict[str, Plain | None]:
    """The Services of that name, by namespace; None where there are several that differ."""
    found: dict[str, Plain | None] = {}
    for each in services:
        if each["kind"] != "Service" or each["metadata"]["name"] != name or namespace not in (None, _home(each)):
            continue
        same = found.get(_home(each), each)
        found[_home(each)] = each if same is not None and same["spec"] == each["spec"] else None
    return found


def listed(services: list[Plain], service: Plain) -> list[Listed]:
    """What objects say is behind it."""
    name, home = service["metadata"]["name"], _home(service)
    found: list[Listed] = []
    for each in services:
        meta = each["metadata"]
        if _home(each) != home:
            continue
        if each["kind"] == "Endpoints" and meta["name"] == name:
            for part in each.get("subsets") or []:
                for ready, field in ((True, "addresses"), (False, "notReadyAddresses")):
                    found += (_listed(e, e["ip"], ready, part) for e in part.get(field) or [])
        if each["kind"] == "EndpointSlice" and meta["labels"].get("kubernetes.io/service-name") == name:
            for entry in each.get("endpoints") or []:
                ready = (entry.get("conditions") or {}).get("ready") is not False
                found += (_listed(entry, text, ready, each) for text in entry["addresses"])
    return found


def _listed(entry: Plain, text: str, is_ready: bool, around: Plain) -> Listed:
    address = ipaddress.ip_address(text)
    ports = [(port.get("protocol") or "TCP", port.get("port")) for port in around.get("ports") or []]
    of_pod = (entry.get("targetRef") or {}).get("kind") == "Pod"
    return Listed(address.version, int(address), is_ready, of_pod, ports)


def _selector(service: Plain) -> dict[str, str]:
    found: dict[str, str] = service["spec"].get("selector") or {}
    return found


def _is_a_name(service: Plain) -> bool:
    return bool(service["spec"].get("type") == "ExternalName")


# Cilium


_OF_THE_MODEL = ("io.kubernetes.pod.namespace", "io.cilium.")
"""Keys under which labels of Cilium's own stand, which no Service should ask for."""


def to_service(item: Plain, services: list[Plain], end: Any, family: int, address: int, *, takes_blocks: bool) -> str:
    """Whether an item of toServices means the endpoint. takes_blocks: blocks of addresses speak of it."""
    anything = PERHAPS if end.kind == "pod" or takes_blocks else NO
    if "k8sService" not in item:
        return anything
    name, namespace = item["k8sService"].get("serviceName") or "", item["k8sService"].get("namespace") or None
    known = named(services, namespace, name)
    answers = [_cilium(each, services, end, family, address, anything, takes_blocks) for each in known.values()]
    if namespace is not None and known:
        return answers[0]
    covered = end.kind == "pod" and not takes_blocks and end.namespace.name in known
    return most([*answers, NO if covered else anything])


def _cilium(
    service: Plain | None,
    services: list[Plain],
    end: Any,
    family: int,
    address: int,
    anything: str,
    takes_blocks: bool,
) -> str:
    if service is None or _is_a_name(service):
        return anything
    selector = _selector(service)
    if selector:
        if any(key.startswith(_OF_THE_MODEL) for key in selector):
            return anything
        here = end.kind == "pod" and end.namespace.name == _home(service)
        return YES if here and selector.items() <= end.shown.items() else NO
    found = listed(services, service)
    if not found:
        return anything
    if not takes_blocks:
        return NO
    return most(YES if e.is_ready else PERHAPS for e in found if (e.family, e.address) == (family, address))


# Calico


def endpoints(reference: Plain, home: str, services: list[Plain], side: Any, packet: Any, *, as_source: bool) -> str:
    """Whether an end is among the endpoints of the Service: by address, as a destination by port too. side: the end,
    with the address that policies see; packet: what is asked of the destination's port."""
    known = named(services, reference.get("namespace") or home, reference["name"])
    service = next(iter(known.values()), None)
    if service is None or _is_a_name(service):
        return PERHAPS
    found = listed(services, service)
    selector = _selector(service)
    if not selector:
        return most(_calico(e, side, packet, as_source) for e in found) if found else PERHAPS
    # what is listed beside the pods of a selector a controller may have taken away
    listed_too = [_calico(e, side, packet, as_source) for e in found if not e.of_pod]
    answers = [NO if answer == NO else PERHAPS for answer in listed_too]
    if side.end.kind == "external":
        # an address of a node that an outside client shows may be that of a pod on it
        return most([*answers, PERHAPS if packet.may_hide and as_source else NO])
    here = side.end.kind != "pod" or (
        side.end.namespace.name == _home(service) and selector.items() <= side.end.labels.items()
    )
    if here:
        met = YES if as_source else most(_ports(service["spec"], packet))
        answers.append(met if side.end.kind == "pod" or met == NO else PERHAPS)
    return most(answers)


def _ports(spec: Plain, packet: Any) -> Iterator[str]:
    """Whether each port of the Service leads to the port."""
    if not spec.get("ports"):
        yield PERHAPS
    for port in spec.get("ports") or []:
        if (port.get("protocol") or "TCP") == packet.protocol:
            target = port.get("targetPort") or port["port"]
            yield PERHAPS if isinstance(target, str) else YES if target == packet.port else NO


def _calico(found: Listed, side: Any, packet: Any, as_source: bool) -> str:
    if (found.family, found.address) != (side.family, side.address):
        return NO
    if as_source:
        met = YES
    elif not found.ports:
        met = PERHAPS
    else:
        mine = [number for protocol, number in found.ports if protocol == packet.protocol]
        met = most(PERHAPS if number is None else YES if number == packet.port else NO for number in mine)
    return met if met == NO or found.is_ready else PERHAPS


# What there is to tell apart


def selectors(services: Iterable[Plain]) -> Iterator[tuple[str, dict[str, str]]]:
    """Of each Service that selects its namespace and its selector."""
    for each in services:
        if each["kind"] == "Service" and _selector(each):
            yield _home(each), _selector(each)


def cidrs(services: list[Plain]) -> list[str]:
    """Each address behind a Service, as a block of its own."""
    of_service = (e for each in services if each["kind"] == "Service" for e in listed(services, each))
    return [str(ipaddress.ip_network((e.address, 32 if e.family == 4 else 128))) for e in of_service]


def numbers(services: list[Plain]) -> list[int]:
    """Every port that something behind a Service has."""
    found = [n for each in services if each["kind"] == "Service" for e in listed(services, each) for _, n in e.ports]
    ports = [port for each in services if each["kind"] == "Service" for port in each["spec"].get("ports") or []]
    found += [port.get("targetPort") or port["port"] for port in ports]
    return [number for number in found if isinstance(number, int)]
