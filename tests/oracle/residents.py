"""Whose the addresses are that the input gives to somebody, and on which node what is (docs/semantics.md 1.6).

A Node lists its addresses; the podIP and hostIP of a hostNetwork Pod are those of its node; the podIP of another Pod is
that Pod's. Nobody else has the address of a node, and no outside address is a node's or a pod's. In an inventory a
Pod's address is its own, too. Node objects, where all of them list addresses, are all nodes there are.

A clusterIP is nobody's. An endpoint's address is that of the Pod or Node it names: of a Pod of the input, else of the
pods of those controllers that its Service selects. What names nobody, and is nobody's, is outside or a node's.
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
    other nodes; `nobody`: those of Services; `behind`: those of endpoints that are no pod's; `strange`: of those of
    Pods that only an endpoint tells of, the namespace."""

    nodes: dict[Address, str] = field(default_factory=dict)
    pods: dict[Address, tuple[str, ...]] = field(default_factory=dict)
    own: dict[str, tuple[Address, ...]] = field(default_factory=dict)
    on: dict[str, tuple[str, bool]] = field(default_factory=dict)
    nobody: frozenset[Address] = frozenset()
    behind: frozenset[Address] = frozenset()
    strange: dict[Address, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    complete: bool = False
    listed: bool = False

    def cidrs(self) -> list[str]:
        """Each address that belongs to somebody, as a block of its own."""
        return [_cidr(*address) for address in (*self.nodes, *self.pods, *self.nobody, *self.behind)]

    def can_have(self, kind: str, key: str | None, single: bool, family: int, number: int) -> bool:
        """True iff such an endpoint, a pod of the workload with this key where there is one, can have the address."""
        address = (family, number)
        node, pods = self.nodes.get(address), self.pods.get(address, ())
        if address in self.nobody:
            return False
        if kind == "external":
            return node is None and not pods
        if single and kind == "pod" and self.own.get(key or ""):
            return address in self.own[key or ""]
        if self.listed and pods and key not in pods:
            return False
        if kind == "pod":
            return node is None and address not in self.behind
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


def residents(
    nodes: Iterable[Plain], pods: Iterable[Plain], universe: Plain, services: Iterable[Plain] = ()
) -> Residents:
    """pods: the workload objects, whatever their kind; only a Pod has a status that counts. services: those, and the
    objects that say what is behind them."""
    nodes, pods, services = list(nodes), list(pods), list(services)
    endpoints = [found for each in services for found in _endpoints(each)]
    more = _of_pods(pods, services, endpoints)
    of_node = {a: n["metadata"]["name"] for n in nodes for a in _listed(n)}
    names = [n["metadata"]["name"] for n in nodes]
    of_pod: dict[Address, tuple[str, ...]] = {}
    own: dict[str, tuple[Address, ...]] = {}
    on: dict[str, tuple[str, bool]] = {}
    for key, pod in zip(keys(pods), pods, strict=True):
        spec = _spec(pod)
        if spec.get("nodeName"):
            on[key] = spec["nodeName"], pod["kind"] == "Pod"
        found = more.get(key, ())
        if pod["kind"] == "Pod":
            said = tuple(_status(pod, bool(spec.get("hostNetwork"))))
            families = {family for family, _ in said}
            found = (*said, *(address for address in found if address[0] not in families))
        elif spec.get("hostNetwork") or not found:
            continue
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
    for _, address, kind, name, _ in endpoints:
        if kind == "Node" and address not in of_node:
            of_node[address] = name
            names += [name] if name not in names else []
    names += sorted({home for home, _ in on.values()} - {*names})
    taken = of_node.keys() | of_pod.keys()
    strange = {address: home for _, address, kind, _, home in endpoints if kind == "Pod" and address not in taken}
    of_pod |= {address: (f"only an endpoint tells of it, in {home}",) for address, home in strange.items()}
    nobody = {_address(a) for s in services for a in _cluster_ips(s)} - of_node.keys() - of_pod.keys()
    behind = {address for _, address, *_ in endpoints} - of_node.keys() - of_pod.keys() - nobody
    complete = bool(nodes) and all(_listed(n) for n in nodes) and "nodes" not in (universe.get("addresses") or {})
    told = {n["metadata"]["name"] for n in nodes}
    complete = complete and told >= {*names, *(home for home, _ in on.values())}
    listed = (universe.get("pods") or {}).get("others") is False
    return Residents(
        of_node, of_pod, own, on, frozenset(nobody), frozenset(behind), strange, tuple(names), complete, listed
    )


Endpoint = tuple[tuple[str, str], Address, str | None, str, str]
"""The Service, the address, the kind and name of whose it is, and the namespace."""


def _endpoints(each: Plain) -> Iterator[Endpoint]:
    """What an object says is behind a Service."""
    meta = each["metadata"]
    home = meta.get("namespace") or "default"
    if each["kind"] == "Endpoints":
        parts = [(meta["name"], entry["ip"], entry) for part in each.get("subsets") or [] for entry in _entries(part)]
    elif each["kind"] == "EndpointSlice":
        name = meta["labels"]["kubernetes.io/service-name"]
        parts = [(name, text, entry) for entry in each.get("endpoints") or [] for text in entry["addresses"]]
    else:
        return
    for name, text, entry in parts:
        target = entry.get("targetRef") or {}
        yield (home, name), _address(text), target.get("kind"), target.get("name", ""), home


def _entries(subset: Plain) -> list[Plain]:
    return [*(subset.get("addresses") or []), *(subset.get("notReadyAddresses") or [])]


def _cluster_ips(each: Plain) -> Iterator[str]:
    if each["kind"] == "Service" and each["spec"].get("type") != "ExternalName":
        listed = [each["spec"].get("clusterIP"), *(each["spec"].get("clusterIPs") or [])]
        yield from (text for text in listed if text and text != "None")


def _of_pods(pods: list[Plain], services: list[Plain], endpoints: list[Endpoint]) -> dict[str, tuple[Address, ...]]:
    """By the key of a workload, the addresses that endpoints give to its pods."""
    of_key = dict(zip(keys(pods), pods, strict=True))
    selectors = {
        (s["metadata"].get("namespace") or "default", s["metadata"]["name"]): s["spec"].get("selector") or {}
        for s in services
        if s["kind"] == "Service" and s["spec"].get("type") != "ExternalName"
    }
    found: dict[str, tuple[Address, ...]] = {}
    for service, address, kind, name, home in endpoints:
        if kind != "Pod":
            continue
        mine = [f"Pod {home}/{name}"]
        if mine[0] not in of_key:
            selector = selectors.get(service) or {"": ""}
            mine = [k for k, pod in of_key.items() if pod["kind"] != "Pod" and _is_selected(pod, home, selector)]
        for key in mine:
            if address not in found.get(key, ()):
                found[key] = (*found.get(key, ()), address)
    return found


def _is_selected(controller: Plain, home: str, selector: Plain) -> bool:
    spec = controller["spec"]["jobTemplate"]["spec"] if "jobTemplate" in controller["spec"] else controller["spec"]
    labels = (spec["template"].get("metadata") or {}).get("labels") or {}
    return (controller["metadata"].get("namespace") or "default") == home and selector.items() <= labels.items()


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
