"""Random facts about addresses: Nodes that list theirs, Pods that have a status, and on which node they run. Blocks of
random policies hold some of these addresses, alone or with others. No two have the same one."""

from collections.abc import Iterator
from copy import deepcopy
from random import Random

from tests.objects import Plain
from tests.oracle.addresses import PRIVATE, may_have, span
from tests.oracle.world import spec

OF_NODES = ("10.0.0.7", "203.0.113.5", "fd00::7", "10.1.0.9", "198.51.100.4", "10.0.0.1", "10.0.0.2")
OF_PODS = ("10.0.0.7", "10.0.0.6", "10.0.0.200", "10.1.0.5", "fd00::7", "fd00::9", "10.0.0.129", "10.0.0.3")


def settled(seed: int, manifests: list[Plain], universe: Plain | str, often: float = 0.35) -> list[Plain]:
    """The manifests, now and then with addresses."""
    random = Random(f"residents {seed}")
    if random.random() >= often:
        return manifests
    manifests = deepcopy(manifests)
    lists = spec(universe).get("addresses") or {}
    taken: set[str] = set()
    for node in (m for m in manifests if m["kind"] == "Node"):
        taken |= set(node_addresses(node))

    def one(pool: tuple[str, ...], listed: object) -> str | None:
        limit = None if listed == "any" else listed
        free = [a for a in pool if a not in taken and may_have(limit, *span(a)[:2])]  # type: ignore[arg-type]
        if not free:
            return None
        taken.add(chosen := free[0] if random.random() < 0.5 else random.choice(free))
        return chosen

    names = [m["metadata"]["name"] for m in manifests if m["kind"] == "Node"]
    for name in ("one", "two")[: random.choice((0, 1, 1, 2, 2))] if not names else ():
        names.append(name)
        node: Plain = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}
        kinds = random.sample(("InternalIP", "ExternalIP"), random.choice((0, 1, 1, 1, 2)))
        found = [{"type": kind, "address": a} for kind in kinds if (a := one(OF_NODES, lists.get("nodes"))) is not None]
        if found:
            node["status"] = {"addresses": found}
        manifests.append(node)
    for pod in (m for m in manifests if m["kind"] == "Pod"):
        on_host = pod["spec"].get("hostNetwork")
        if random.random() < 0.4:
            pod["spec"]["nodeName"] = random.choice((*names, "elsewhere"))
        if random.random() < 0.6 and not (on_host and pod["spec"].get("nodeName")):
            pool, listed = (OF_NODES, lists.get("nodes")) if on_host else (OF_PODS, lists.get("pods", PRIVATE))
            if not on_host and "pods" not in lists and random.random() < 0.1:
                pool, listed = OF_NODES[1:], None
            address = one(pool, listed)
            if address is not None:
                pod["status"] = {**(pod.get("status") or {}), "podIP": address, "podIPs": [{"ip": address}]}
    for peer in _peers(manifests) if taken else ():
        if (peer.get("ipBlock") and random.random() < 0.4) or random.random() < 0.15:
            address = random.choice(sorted(taken))
            peer.clear()
            peer["ipBlock"] = {"cidr": f"{address}/{128 if ':' in address else 32}"}
    return manifests


def node_addresses(node: Plain) -> list[str]:
    """The addresses that a Node lists: its names, which stand among them, are none."""
    listed = (node.get("status") or {}).get("addresses") or []
    return [entry["address"] for entry in listed if entry["type"] in ("InternalIP", "ExternalIP")]


def _peers(manifests: list[Plain]) -> Iterator[Plain]:
    """The peers of NetworkPolicies."""
    for policy in (m for m in manifests if m["kind"] == "NetworkPolicy"):
        spec = policy.get("spec") or {}
        for way, side in (("ingress", "from"), ("egress", "to")):
            for rule in spec.get(way) or []:
                yield from (peer for peer in (rule or {}).get(side) or [] if peer)
