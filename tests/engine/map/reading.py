"""Reading a map as its reader would: may this connection be, under this setting?"""

from collections.abc import Set
from ipaddress import ip_address
from typing import Any

from verifier.engine.explain.condition import (
    AddressAt,
    Condition,
    MeantAs,
    NamespaceHas,
    OnOneNode,
    PortCalled,
    SeenAt,
    Setting,
    When,
)
from verifier.engine.map.classes import Member
from verifier.engine.map.result import Map, Opening
from verifier.ir.endpoint import Workload
from verifier.ir.labels import SERVICE_ACCOUNT, matches, satisfies
from verifier.ir.network import Protocol

Plain = dict[str, Any]


class Unclear(AssertionError):
    """Two nodes have pods with these labels, and nothing says of which the endpoint is one; or none has, on a map that
    says that it does not have all."""


def permits(drawn: Map, connection: Plain, setting: dict[str, str], surely: bool = True) -> bool:
    """Whether the map says that the connection is allowed, or may be."""
    homes = [connection[role].get("namespace") for role in ("source", "destination")]
    named = {member.namespace for node in drawn.nodes for member in node.members}
    apart = homes[0] != homes[1] and not named & {*homes}
    here = node_of(drawn, connection["source"])
    there = node_of(drawn, connection["destination"], "another" if apart else "one")
    openings = [o for link in drawn.links if (link.source, link.destination) == (here, there) for o in link.openings]
    return any(
        (opening.surely or not surely) and is_so(opening.when, connection, setting) and _carries(opening, connection)
        for opening in openings
    )


def is_so(when: When, connection: Plain, setting: dict[str, str]) -> bool:
    """Whether the conditions hold of the connection."""
    return all(any(_holds(condition, connection, setting) for condition in fork) for fork in when)


def node_of(drawn: Map, end: Plain, which: str = "one") -> int:
    """The one node that the endpoint belongs to, `which` of the namespaces that nobody has named it is in."""
    named = {member.namespace for node in drawn.nodes for member in node.members}
    members = [[m for m in node.members if m.which in (None, which)] for node in drawn.nodes]
    workloads = [w for node in drawn.nodes for member in node.members for w in member.workloads]
    for strictly in (True, False):
        found = [i for i, some in enumerate(members) if any(_is_in(end, m, named, workloads, strictly) for m in some)]
        if found:
            break
    if not found and not drawn.complete:
        raise Unclear(f"{end}: there are too many classes to draw all")
    assert found, end
    if len(found) > 1:
        raise Unclear(f"{end}: {found}")
    return found[0]


def _is_in(end: Plain, member: Member, named: Set[str | None], workloads: list[Workload], strictly: bool) -> bool:
    """named: the namespaces that are on the map by name. workloads: all that are on it. strictly: see `_has`."""
    if end["kind"] == "external":
        return member.addresses is not None and ip_address(end["ip"]) in member.addresses
    if end["kind"] == "node" or member.kind == "node":
        return end["kind"] == member.kind
    if member.kind == "workload":
        return member.host_network is (end["kind"] == "hostpod") and any(
            w.namespace == end["namespace"]
            and _has(w, end["labels"], [v for v in workloads if str(v) == str(w)], strictly)
            for w in member.workloads
        )
    if member.kind != "class" or end["kind"] != "pod":
        return False
    here = end["namespace"] == member.namespace or (member.namespace is None and end["namespace"] not in named)
    return (
        here
        and all(satisfies(end["namespaceLabels"], r) for has in member.place for r in has.requirements)
        and matches(end["labels"], member.pods)
        and not any(matches(end["labels"], selector) for selector in member.but_not)
    )


POD_NAME, POD_INDEX = "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"


def _has(workload: Workload, labels: dict[str, str], variants: list[Workload], strictly: bool) -> bool:
    """Whether these are the labels of its pods. Where it is the one whose labels nothing mentions, they have values
    that none of its variants has. The number of a pod, in a name that is the workload's, is not among
    those of the map where it is the only one. strictly: no others, which controllers may give them, and which the
    map says nothing of where no policy asks for them."""
    said = {part.strip() for part in workload.which.split(",")}
    others = {key for key in workload.chosen if key not in workload.supposed or f"any other {key}" in said}
    is_its_own = labels.get(POD_NAME, "").rpartition("-")[0] == workload.name
    unsaid = {POD_NAME, POD_INDEX} - workload.labels.keys() if is_its_own else set()
    if not strictly:
        alike = [variant for variant in variants if variant.chosen.keys() == workload.chosen.keys()]
        unsaid |= labels.keys() - {key for variant in alike for key in variant.labels}
        if SERVICE_ACCOUNT in workload.labels:
            labels = {SERVICE_ACCOUNT: workload.service_account, **labels}
    return labels.keys() - unsaid == workload.labels.keys() and all(
        labels[key] not in {v.chosen.get(key) for v in variants} if key in others else labels[key] == value
        for key, value in workload.labels.items()
    )


def _holds(condition: Condition, connection: Plain, setting: dict[str, str]) -> bool:
    match condition:
        case Setting(switch, value):
            return setting[switch] == value
        case NamespaceHas(namespace, _, _, requirements):
            labels = [connection[r]["namespaceLabels"] for r in ("source", "destination")
                      if connection[r].get("namespace") == namespace]  # fmt: skip
            return all(satisfies(labels[0], r) for r in requirements)
        case MeantAs(end, words):
            return words.endswith("is a node's") is (connection[end]["kind"] == "node")
        case AddressAt(end, addresses):
            return ip_address(connection[end]["ip"]) in addresses
        case OnOneNode(same):
            return same is bool(connection.get("sameNode"))
        case SeenAt(addresses):
            seen = connection.get("seen")
            return seen is None if addresses is None else seen is not None and ip_address(seen) in addresses
        case PortCalled(name, called):
            return called is any(p["name"] == name for p in connection["destination"].get("namedPorts") or ())
        case _:
            raise AssertionError(condition)


def _carries(opening: Opening, connection: Plain) -> bool:
    protocol, port = Protocol(connection["protocol"]), connection["port"]
    names = {p["name"] for p in connection["destination"].get("namedPorts") or ()}
    if protocol in opening.ports.numbers and (port is None or port in opening.ports.numbers[protocol]):
        return not any(p is protocol and name in names and port in less for p, name, less in opening.ports.spared)
    return any(p is protocol and name in names and port in numbers for p, name, numbers in opening.ports.named)
