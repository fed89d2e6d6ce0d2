"""Whose the addresses are that the input gives to somebody, and on which node what is (docs/semantics.md 1.6).

A Node lists its addresses; the podIP and hostIP of a hostNetwork Pod are those of its node; the podIP of another Pod is
that Pod's. Nobody else has the address of a node, and no outside address is a node's or a pod's. In an inventory a
Pod's address is its own, too. Node objects, where all of them list addresses, are all nodes there are.
"""

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

Plain = dict[str, Any]
Address = tuple[int, int]


@dataclass(frozen=True)
class Residents:
    """`nodes`: the name of the node of an address; `pods`: the keys of the Pods that may have it; `own`: the addresses
    of a Pod; `on`: the node that an object says, and whether that goes for a single pod only; `complete`: there are no
    other nodes."""

    nodes: dict[Address, str] = field(default_factory=dict)
    pods: dict[Address, tuple[str, ...]] = field(default_factory=dict)
    own: dict[str, tuple[Address, ...]] = field(default_factory=dict)
    on: dict[str, tuple[str, bool]] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    complete: bool = False
    listed: bool = False

    def cidrs(self) -> list[str]:
        """Each address that belongs to somebody, as a block of its own."""
        return [_cidr(*address) for address in (*self.nodes, *self.pods)]

    def can_have(self, kind: str, key: str | None, single: bool, family: int, number: int) -> bool:
        """True iff such an endpoint, a pod of the workload with this key where there is one, can have the address."""
        address = (family, number)
        node, pods = self.nodes.get(address), self.pods.get(address, ())
        if kind == "external":
            return node is None and not pods
        if single and kind == "pod" and self.own.get(key or ""):
            return address in self.own[key or ""]
        if self.listed and pods and key not in pods:
            return False
        if kind == "pod":
            return node is None
        home = self.home(key, single)
        if home is None or home not in self.names:
            return node is not None or not self.complete
        return node == home or (node is None and not self.complete)

    def home(self, key: str | None, single: bool) -> str | None:
        """Where one of several pods runs says nothing of the others."""
        if self.complete and len(self.names) == 1:
            return self.names[0]
        home, of_one = self.on.get(key or "", (None, False))
        return home if single or not of_one else None

    def place(self, kind: str, key: str | None, single: bool, family: int, number: int) -> str | None:
        """The node that an endpoint is on, as far as the input says."""
        if kind in ("node", "hostpod") and (family, number) in self.nodes:
            return self.nodes[family, number]
        if kind == "external":
            return None
        home = self.home(key, single)
        return home if home in self.names else None


def residents(nodes: Iterable[Plain], pods: Iterable[Plain], universe: Plain) -> Residents:
    """pods: the workload objects, whatever their kind; only a Pod has a status that counts."""
    nodes, pods = list(nodes), list(pods)
    of_node = {a: n["metadata"]["name"] for n in nodes for a in _listed(n)}
    names = [n["metadata"]["name"] for n in nodes]
    of_pod: dict[Address, tuple[str, ...]] = {}
    own: dict[str, tuple[Address, ...]] = {}
    on: dict[str, tuple[str, bool]] = {}
    for key, pod in zip(keys(pods), pods, strict=True):
        spec = _spec(pod)
        if spec.get("nodeName"):
            on[key] = spec["nodeName"], pod["kind"] == "Pod"
        if pod["kind"] != "Pod":
            continue
        found = tuple(_status(pod, bool(spec.get("hostNetwork"))))
        own[key] = found
        if not spec.get("hostNetwork"):
            of_pod |= {a: (*of_pod.get(a, ()), key) for a in found}
            continue
        known = [of_node[a] for a in found if a in of_node]
        home = spec.get("nodeName") or (known[0] if known else f"? {found}")
        of_node |= {a: home for a in found if a not in of_node}
        if found and home not in names:
            names.append(home)
        if found:
            on.setdefault(key, (home, True))
    complete = bool(nodes) and all(_listed(n) for n in nodes) and "nodes" not in (universe.get("addresses") or {})
    listed = (universe.get("pods") or {}).get("others") is False
    return Residents(of_node, of_pod, own, on, tuple(names), complete, listed)


def keys(objects: Iterable[Plain]) -> list[str]:
    """What tells each object of workloads from all others; of those without a name of their own, their number does."""
    found = []
    for number, each in enumerate(objects):
        meta = each["metadata"]
        name = meta["name"] if "name" in meta else f"{meta['generateName']}*{number}"
        found.append(f"{each['kind']} {meta.get('namespace') or 'default'}/{name}")
    return found


def _spec(pod: Plain) -> Plain:
    spec: Plain = pod.get("spec") or {}
    if "jobTemplate" in spec:
        spec = spec["jobTemplate"]["spec"]
    return spec if pod["kind"] == "Pod" else spec["template"].get("spec") or {}


def _listed(node: Plain) -> list[Address]:
    entries = (node.get("status") or {}).get("addresses") or []
    return [_address(e["address"]) for e in entries if e["type"] in ("InternalIP", "ExternalIP")]


def _status(pod: Plain, host_network: bool) -> Iterator[Address]:
    status = pod.get("status") or {}
    for key in ("podIP", "hostIP") if host_network else ("podIP",):
        found = [status.get(key), *(each["ip"] for each in status.get(f"{key}s") or [])]
        yield from dict.fromkeys(_address(text) for text in found if text)


def _address(text: str) -> Address:
    found = ipaddress.ip_address(text)
    return found.version, int(found)


def _cidr(family: int, number: int) -> str:
    return f"{ipaddress.IPv4Address(number)}/32" if family == 4 else f"{ipaddress.IPv6Address(number)}/128"
