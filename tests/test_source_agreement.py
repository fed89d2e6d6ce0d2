"""Services that hide who asks, against the enumeration: random small clusters with blocks of clients at the entrance,
and Services that serve some of the pods, on some of the ports (docs/semantics.md 1.6, `external_source`)."""

from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from tests import oracle, packaged

Plain = dict[str, Any]
EXAMPLES = 120
_BLOCKS = ("203.0.113.0/24", "203.0.113.7/32", "192.168.0.0/16", "0.0.0.0/0", "192.168.0.7/32")
_PORTS = (8080, 9090)


def drawn(seed: int) -> tuple[list[Plain], Plain, Plain, dict[str, str]]:
    """Manifests, a claim, a universe and switches."""
    random = Random(f"sources {seed}")
    target: int | str = random.choice((*_PORTS, "http"))
    spec: Plain = {"selector": {"app": "a"}, "ports": [{"port": 80, "targetPort": target}]}
    spec["type"] = random.choice(("NodePort", "NodePort", "LoadBalancer", "ClusterIP"))
    if random.random() < 0.25:
        spec["externalTrafficPolicy"] = random.choice(("Local", "Cluster"))
    found: list[Plain] = [{"apiVersion": "v1", "kind": "Service", "metadata": _named("s"), "spec": spec}]
    for name in ("a", "b")[: random.choice((0, 1, 2))]:
        ports = [{"name": "http", "containerPort": random.choice(_PORTS)}]
        pod = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "c", "ports": ports}]}}
        found.append({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": _named(name),
                      "spec": {"template": pod}})  # fmt: skip
    if random.random() < 0.5:
        status = {"addresses": [{"type": "InternalIP", "address": "192.168.0.7"}]}
        found.append({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "one"}, "status": status})
    for number in range(random.choice((1, 1, 2))):
        rule: Plain = {"from": [{"ipBlock": {"cidr": random.choice(_BLOCKS)}}]}
        if random.random() < 0.4:
            rule["ports"] = [{"port": random.choice(_PORTS)}]
        selector = random.choice(({}, {"matchLabels": {"app": "a"}}))
        policy = {"podSelector": selector, "policyTypes": ["Ingress"], "ingress": [rule]}
        found.append({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": _named(f"p{number}"),
                      "spec": policy})  # fmt: skip
    start = random.choice(({"ipBlock": {"cidr": random.choice(_BLOCKS[:2])}}, {"external": {}}))
    to: Plain = {"namespaces": ["shop"]}
    if random.random() < 0.6:
        to["podSelector"] = {"matchLabels": {"app": random.choice("ab")}}
    body: Plain = {"from": [start], "to": [to]}
    if random.random() < 0.6:
        body["ports"] = [{"port": random.choice(_PORTS)}]
    universe: Plain = {"families": [4]}
    if random.random() < 0.3:
        universe["addresses"] = {"nodes": ["192.168.0.0/24"]}
    switches = random.choice(({}, {}, {}, {"external_source": "open"}, {"external_source": "preserved"}))
    return found, {random.choice(("never", "always", "always", "exactly")): body}, universe, switches


def _named(name: str) -> Plain:
    return {"name": name, "namespace": "shop"}


def test_what_services_hide_is_what_the_enumeration_says(tmp_path: Path) -> None:
    verdicts: Counter[object] = Counter()
    for seed in range(EXAMPLES):
        given = drawn(seed)
        answer = packaged.verdict(*given, None, folder=tmp_path)
        assert answer == oracle.verdict(*given), f"drawn({seed})\n{given}"
        verdicts["external_source" if "external_source" in answer.depends_on else answer.verdict] += 1

    assert min(verdicts[each] for each in ("proved", "violated", "external_source")) > 5, verdicts
