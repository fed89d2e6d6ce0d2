"""Random policies of Cilium and Calico that name Services, with Services for them and what is listed behind those."""

import ipaddress
from copy import deepcopy
from dataclasses import replace
from random import Random
from typing import Any

from tests.generators.calicostrategies import calico_example
from tests.generators.ciliumstrategies import CiliumDraw, cilium_example
from tests.generators.strategies import Draw, Example
from tests.oracle.cilium import CLUSTERWIDE, NAMESPACED

Plain = dict[str, Any]

ADDRESSES = ("10.0.0.7", "203.0.113.5", "203.0.113.9", "10.1.0.1", "fd00::7", "198.51.100.4")
NAMES = ("web", "svc")
LABELS = (("app", "a"), ("app", "b"), ("role", "x"), ("pod-template-hash", "x"))


def cilium_services_example(seed: int) -> Example:
    """An example of a cluster of Cilium in which an entry names a Service, and a claim that is often about it."""
    given, draw = cilium_example(seed), CiliumDraw(Random(f"behind {seed}"))
    manifests = deepcopy(given.manifests)
    rules = [
        (m["metadata"].get("namespace"), rule)
        for m in manifests
        if m["kind"] in (NAMESPACED, CLUSTERWIDE)
        for rule in ([m["spec"]] if "spec" in m else m["specs"])
        if "endpointSelector" in rule
    ]
    if not rules:
        return given
    services = _services(draw, manifests)
    home, rule = draw.one(rules)
    entry: Plain = {"toServices": draw.some(1, 2, lambda: {"k8sService": _reference(draw, services, "serviceName")})}
    if draw.often(0.4):
        entry["toPorts"] = [{"ports": draw.some(1, 2, draw.cilium_port)}]
    if draw.often(0.5):
        rule.pop("egress", None)
    way = "egressDeny" if draw.often(0.2) else "egress"
    rule[way] = [*(rule.get(way) or []), entry]
    own = draw.as_pods(rule["endpointSelector"], home)
    claim = _claim(draw, services, own, outwards=True) if draw.often(0.75) else given.claim
    return replace(given, manifests=[*manifests, *services], claim=claim)


def calico_services_example(seed: int) -> Example:
    """An example of a cluster of Calico in which a rule names a Service, and a claim that is often about it."""
    given, draw = calico_example(seed), Draw(Random(f"behind {seed}"))
    manifests = deepcopy(given.manifests)
    kinds = ("NetworkPolicy", "GlobalNetworkPolicy")
    policies = [m for m in manifests if "projectcalico" in m.get("apiVersion", "") and m["kind"] in kinds]
    services = _services(draw, manifests)
    policy = draw.one(policies)
    way, end = draw.one((("egress", "destination"), ("ingress", "source")))
    reference = _reference(draw, services, "name")
    home = policy["metadata"].get("namespace")
    if home is None:
        reference.setdefault("namespace", services[0]["metadata"]["namespace"])
    rule: Plain = {"action": draw.one(("Allow", "Allow", "Deny", "Pass")), end: {"services": reference}}
    if draw.often(0.3):
        rule["protocol"] = draw.one(("TCP", "UDP"))
    spec = policy["spec"]
    spec.pop("types", None)
    listed = [] if draw.often(0.5) else spec.get(way) or []
    spec[way] = [rule, *listed] if draw.often(0.7) else [*listed, rule]
    own: Plain = {"podSelector": {}} if home is None else {"podSelector": {}, "namespaces": [home]}
    claim = _claim(draw, services, own, outwards=way == "egress") if draw.often(0.75) else given.claim
    return replace(given, manifests=[*manifests, *services], claim=claim)


def _services(draw: Draw, manifests: list[Plain]) -> list[Plain]:
    """Services of which none is in the manifests, and what objects say is behind them."""
    found: list[Plain] = []
    taken = {(m["metadata"].get("namespace"), m["metadata"].get("name")) for m in manifests if m["kind"] == "Service"}
    for name, home in {(draw.one(NAMES), draw.one(draw.homes)) for _ in range(draw.one((1, 1, 2, 3)))} or ():
        if (home, name) in taken:
            continue
        spec: Plain = {"ports": [_service_port(draw) for _ in range(draw.one((0, 1, 1, 1, 2)))]}
        chance = draw.random.random()
        if chance < 0.55:
            spec["selector"] = dict(
                draw.random.sample(LABELS[:3], draw.one((1, 1, 2))) if draw.often(0.9) else LABELS[3:]
            )
        elif chance < 0.62:
            spec |= {"type": "ExternalName", "externalName": "example.com"}
        meta = {"name": name, "namespace": home}
        found.append({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec})
        if draw.often(0.25 if "selector" in spec else 0.75):
            found.append(_listing(draw, meta))
        if draw.often(0.04):
            twin = deepcopy(found[0])
            twin["spec"]["selector"] = {"app": "c"}
            found.append(twin)
    draw.random.shuffle(found)
    return found or [*_services(draw, [])]


def _service_port(draw: Draw) -> Plain:
    found: Plain = {"port": draw.one((80, 443)), "name": f"p{draw.random.randrange(10**6)}"}
    draw.put(found, "targetPort", lambda: draw.one((80, 81, 53, "web")), missing=0.3, null=0)
    draw.put(found, "protocol", lambda: draw.one(("TCP", "UDP")), missing=0.5, null=0)
    return found


def _listing(draw: Draw, meta: Plain) -> Plain:
    entries = [{"ip": a, **_target(draw)} for a in draw.random.sample(ADDRESSES, draw.one((1, 1, 2)))]
    ports: list[Plain] = draw.some(0, 2, lambda: {"port": draw.one((80, 81, 53)), "protocol": draw.one(("TCP", "UDP"))})
    ports = list({(p["port"], p["protocol"]): p for p in ports}.values())
    if draw.often(0.5):
        field = "notReadyAddresses" if draw.often(0.2) else "addresses"
        return {
            "apiVersion": "v1",
            "kind": "Endpoints",
            "metadata": meta,
            "subsets": [{field: entries, "ports": ports}],
        }
    if ports and draw.often(0.15):
        del ports[0]["port"]
    listed: list[Plain] = [{"addresses": [e.pop("ip")], **e} for e in entries]
    for entry in listed:
        draw.put(entry, "conditions", lambda: {"ready": draw.one((True, False))}, missing=0.6, null=0)
    named = {**meta, "name": f"{meta['name']}-x", "labels": {"kubernetes.io/service-name": meta["name"]}}
    kind = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4"}
    return {**kind, "metadata": named, "endpoints": listed, "ports": ports}


def _target(draw: Draw) -> Plain:
    if draw.often(0.85):
        return {}
    return {"targetRef": {"kind": "Pod", "name": "made-0"}}


def _reference(draw: Draw, services: list[Plain], key: str) -> Plain:
    if draw.often(0.1):
        return {key: "absent", "namespace": draw.one(draw.homes)}
    meta = draw.one([m for m in services if m["kind"] == "Service"])["metadata"]
    found: Plain = {key: meta["name"]}
    draw.put(found, "namespace", lambda: meta["namespace"], missing=0.25, null=0)
    return found


def _claim(draw: Draw, services: list[Plain], own: Plain, *, outwards: bool) -> Plain:
    """A claim about what is behind a Service, or is not."""
    service = draw.one([m for m in services if m["kind"] == "Service"])
    spec, home = service["spec"], service["metadata"]["namespace"]
    if spec.get("selector") and draw.often(0.8):
        behind: Plain = {"podSelector": {"matchLabels": dict(spec["selector"])}, "namespaces": [home]}
    elif draw.often(0.6):
        address = draw.one(ADDRESSES)
        block = ipaddress.ip_network(f"{address}/{127 if ':' in address else 31}", strict=False)
        behind = {"ipBlock": {"cidr": str(block)}}
    else:
        behind = draw.property_peer()
    body: Plain = {"from": [own], "to": [behind]} if outwards else {"from": [behind], "to": [own]}
    ports = [port for port in spec["ports"] if isinstance(port.get("targetPort", port["port"]), int)]
    if ports and draw.often(0.6):
        port = draw.one(ports)
        body["ports"] = [{"protocol": port.get("protocol") or "TCP", "port": port.get("targetPort", port["port"])}]
    return {draw.one(("never", "never", "always", "only")): body}
