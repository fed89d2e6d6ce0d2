"""Random facts about addresses: Nodes that list theirs, Pods that have a status, and on which node they run, Services,
and what is behind them. Blocks of random policies hold some of these addresses, alone or with others. No two have the
same one."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random

from tests.objects import Plain
from tests.oracle.addresses import PRIVATE, may_have, span
from tests.oracle.world import spec

OF_NODES = ("10.0.0.7", "203.0.113.5", "fd00::7", "10.1.0.9", "198.51.100.4", "10.0.0.1", "10.0.0.2")
OF_SERVICES = ("10.0.0.3", "10.0.0.6", "10.1.0.9", "fd00::9", "203.0.113.5", "10.0.0.130", "10.0.0.0")
BEHIND = ("10.0.0.2", "10.0.0.200", "203.0.113.5", "198.51.100.4", "fd00::7", "10.0.0.129", "10.1.0.5")
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
    if random.random() < 0.6:
        manifests += _services(random, manifests, one, lists)
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


Pick = Callable[[tuple[str, ...], object], str | None]


def _services(random: Random, manifests: list[Plain], one: Pick, lists: Plain) -> Iterator[Plain]:
    """Services, most of them with an address, and what some object says is behind them."""
    pods = [m for m in manifests if m["kind"] == "Pod" and "name" in m["metadata"]]
    homes = [m for m in manifests if (m["metadata"].get("namespace") or "").strip() and m["kind"] not in _POLICIES]
    for number in range(random.choice((1, 1, 2))):
        home = random.choice(homes)["metadata"]["namespace"] if homes else "default"
        meta = {"name": f"service-{number}", "namespace": home}
        labels = random.choice(homes)["metadata"].get("labels") if homes and random.random() < 0.5 else None
        key, value = random.choice((("app", "a"), ("app", "b"), ("role", "x")))
        target: int | str = random.choice((80, 8080, 443, "web", "metrics"))
        found: Plain = {"ports": [{"port": random.choice((80, 443)), "targetPort": target}]}
        if random.random() < 0.8:
            found["selector"] = labels or {key: value}
        address = one(OF_SERVICES, lists.get("services")) if random.random() < 0.8 else None
        found |= {"clusterIP": address or "None"}
        if random.random() < 0.3:
            found["type"] = random.choice(("NodePort", "LoadBalancer"))
            found |= {"externalTrafficPolicy": "Local"} if random.random() < 0.3 else {}
        yield {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": found}
        if random.random() < 0.7:
            entries = [e for _ in range(random.choice((1, 1, 2))) if (e := _endpoint(random, pods, home, one, lists))]
            ports = [{"port": 80}]
            if random.random() < 0.5:
                subset: Plain = {random.choice(("addresses", "notReadyAddresses")): entries, "ports": ports}
                yield {"apiVersion": "v1", "kind": "Endpoints", "metadata": meta, "subsets": [subset]}
                continue
            named = {**meta, "name": f"{meta['name']}-x", "labels": {"kubernetes.io/service-name": meta["name"]}}
            listed = [{"addresses": [e.pop("ip")], **e} for e in entries]
            yield {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": named,
                   "endpoints": listed, "ports": ports}  # fmt: skip


_POLICIES = ("NetworkPolicy", "Namespace", "Node")


def _endpoint(random: Random, pods: list[Plain], home: str, one: Pick, lists: Plain) -> Plain | None:
    """An address behind a Service of the namespace: nobody's, or a Pod's or a Node's of which the rest of the input may
    know nothing."""
    chance = random.random()
    here = [p for p in pods if p["metadata"]["namespace"] == home and not (p.get("status") or {}).get("podIP")]
    pool, listed = (OF_PODS, lists.get("pods", PRIVATE)) if chance < 0.5 else (BEHIND, None)
    target: Plain | None = None
    if chance < 0.25 and here:
        pod = random.choice(here)
        if pod["spec"].get("hostNetwork"):
            return None
        target = {"kind": "Pod", "name": pod["metadata"]["name"], "namespace": home}
        here.remove(pod)
    elif chance < 0.5:
        target = {"kind": "Pod", "name": f"made-{random.randrange(3)}"}
    elif chance < 0.6 and "nodes" not in lists:
        target = {"kind": "Node", "name": "three"}
    address = one(pool, listed)
    return None if address is None else {"ip": address, **({"targetRef": target} if target else {})}


def _peers(manifests: list[Plain]) -> Iterator[Plain]:
    """The peers of NetworkPolicies."""
    for policy in (m for m in manifests if m["kind"] == "NetworkPolicy"):
        spec = policy.get("spec") or {}
        for way, side in (("ingress", "from"), ("egress", "to")):
            for rule in spec.get(way) or []:
                yield from (peer for peer in (rule or {}).get(side) or [] if peer)


def behind(manifest: Plain) -> Iterator[str]:
    """The addresses that an object says are behind a Service."""
    for part in manifest.get("subsets") or ():
        yield from (entry["ip"] for entry in (*part.get("addresses", ()), *part.get("notReadyAddresses", ())))
    if manifest["kind"] == "EndpointSlice":
        yield from (text for entry in manifest["endpoints"] for text in entry["addresses"])
