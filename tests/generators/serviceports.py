"""Random Services whose ports lead to other numbers at other pods, with whoever may be behind them: workloads of which
labels tell some apart and others not, controllers that choose labels, kinds that nobody knows, Services of one name."""

from random import Random
from typing import Any

from tests.generators.strategies import Example
from tests.oracle import VALUES

Plain = dict[str, Any]

HOME = "shop"
KINDS = (
    "Deployment",
    "Deployment",
    "Pod",
    "StatefulSet",
    "ReplicaSet",
    "DaemonSet",
    "Job",
    "CronJob",
    "Rollout",
    "Rollout",
)
CHOSEN = ("pod-template-hash", "controller-revision-hash", "statefulset.kubernetes.io/pod-name", "job-name")
NUMBERS = (80, 81)
SOURCES = (
    ("containers", {}),
    ("containers", {}),
    ("initContainers", {"restartPolicy": "Always"}),
    ("initContainers", {}),
)


def service_ports_example(seed: int) -> Example:
    """A claim about Services, or one that excuses what they lead to."""
    random = Random(f"ports of services {seed}")
    odd = random.random() < 0.45
    """Whether labels that controllers choose are spoken of."""
    manifests: list[Plain] = [_object("v1", "Namespace", HOME, None)]
    manifests += [_workload(random, number) for number in range(random.choice((1, 2, 2, 3)))]
    manifests += [_pod_like(random, "Deployment", "client", {"app": "c"}, [])]
    services = [_service(random, number, odd) for number in range(random.choice((1, 1, 1, 2)))]
    if random.random() < 0.1:
        services.append({**services[0], "spec": _service(random, 0, odd)["spec"] | _address(services[0])})
    manifests += [_policy(random, number, odd) for number in range(random.choice((1, 1, 2)))]
    manifests += [
        _listing(random, each) for each in services if random.random() < 0.3 or "selector" not in each["spec"]
    ]
    switches = {"host_network": "as_pod", "named_port_source": random.choice((*VALUES["named_port_source"], "open"))}
    if random.random() < 0.2:
        switches |= {"named_port_dup": random.choice(VALUES["named_port_dup"])}
    universe: Plain = {"families": [4], "namespaces": {"others": False}}
    if random.random() < 0.4:
        universe["pods"] = {"others": False}
    claim, accepted = _asked(random, services)
    random.shuffle(manifests)
    return Example([*manifests, *services], claim, universe, switches, None, accepted)


def service_claim(random: Random, given: Example) -> Plain:
    """Another claim about the Services of an example."""
    return _asked(random, [m for m in given.manifests if m["kind"] == "Service"])[0]


def _address(service: Plain) -> Plain:
    return {key: value for key, value in service["spec"].items() if key == "clusterIP"}


def _object(version: str, kind: str, name: str, namespace: str | None, **more: object) -> Plain:
    meta: Plain = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": version, "kind": kind, "metadata": meta, **more}


def _labels(random: Random) -> Plain:
    found = {"app": "a", "v": random.choice(("a", "b", None)), "w": random.choice(("a", None, None))}
    return {key: value for key, value in found.items() if value is not None}


def _workload(random: Random, number: int) -> Plain:
    listening = random.sample(NUMBERS, random.choice((0, 1, 1, 1, 2)))
    return _pod_like(random, random.choice(KINDS), f"w{number}", _labels(random), listening)


def _pod_like(random: Random, kind: str, name: str, labels: Plain, listening: list[int]) -> Plain:
    spec: Plain = {"containers": [{"name": "main", "image": "example/app"}]}
    for place, number in enumerate(listening):
        listed, more = random.choice(SOURCES)
        port = {"name": "web", "containerPort": number}
        container = {"name": f"c{place}", "image": "example/app", "ports": [port], **more}
        spec.setdefault(listed, []).append(container)
    if kind == "Pod":
        found = _object("v1", kind, name, HOME, spec=spec)
        found["metadata"]["labels"] = labels
        return found
    template = {"metadata": {"labels": labels}, "spec": spec}
    if kind in ("Job", "CronJob"):
        spec["restartPolicy"] = "Never"
        job = {"template": template}
        body = job if kind == "Job" else {"schedule": "* * * * *", "jobTemplate": {"spec": job}}
        return _object("batch/v1", kind, name, HOME, spec=body)
    version = "argoproj.io/v1alpha1" if kind == "Rollout" else "apps/v1"
    body = {"selector": {"matchLabels": labels}, "template": template}
    return _object(version, kind, name, HOME, spec=body | ({"serviceName": "s"} if kind == "StatefulSet" else {}))


def _selector(random: Random, odd: bool) -> Plain:
    chance = random.random()
    if odd and chance < 0.3:
        key = random.choice(CHOSEN)
        return {"app": "a", key: "w0-0" if key.endswith("pod-name") else random.choice(("w0", "x"))}
    return {"app": "a"} if chance < 0.7 else {"app": "a", "v": "a"} if chance < 0.85 else {"w": "a"}


def _service(random: Random, number: int, odd: bool) -> Plain:
    port: Plain = {"port": 443, "targetPort": random.choice(("web", "web", "web", 80))}
    ports = (
        [port] if random.random() < 0.8 else [{**port, "name": "one"}, {"name": "two", "port": 80, "targetPort": "web"}]
    )
    spec: Plain = {"selector": _selector(random, odd), "ports": ports}
    spec["clusterIP"] = "None" if random.random() < 0.15 else f"10.96.0.{7 + number}"
    if random.random() < 0.2:
        spec |= {"type": "NodePort"}
    if random.random() < 0.1:
        del spec["selector"]
    return _object("v1", "Service", f"s{number}", HOME, spec=spec)


def _listing(random: Random, service: Plain) -> Plain:
    """What is behind it at addresses: ports with the names of the Service's, with none, and in any order."""
    names = random.sample([port.get("name") for port in service["spec"]["ports"]] + [None], random.choice((1, 1, 2)))
    ports = [
        {"port": number, **({"name": name} if name else {})} for name, number in zip(names, (80, 81), strict=False)
    ]
    random.shuffle(ports)
    name = service["metadata"]["name"]
    found = _object("discovery.k8s.io/v1", "EndpointSlice", f"{name}-x", HOME, ports=ports, addressType="IPv4")
    found["metadata"]["labels"] = {"kubernetes.io/service-name": name}
    return {**found, "endpoints": [{"addresses": [random.choice(("203.0.113.5", "203.0.113.6"))]}]}


def _expression(random: Random, odd: bool) -> Plain:
    key = random.choice(CHOSEN) if odd and random.random() < 0.5 else random.choice("vw")
    operator = random.choice(("Exists", "DoesNotExist", "In", "NotIn"))
    values = (
        {"values": [random.choice(("w0-0", "w0", "x") if key in CHOSEN else ("a", "b"))]} if "In" in operator else {}
    )
    return {"key": key, "operator": operator, **values}


def _pods(random: Random, odd: bool) -> Plain:
    """Often all those behind the Services, or some of them."""
    chance = random.random()
    if chance < 0.15:
        return {}
    if chance < 0.5:
        return {"matchLabels": {"app": "a"}}
    if chance < 0.7:
        return {"matchLabels": random.choice(({"v": "a"}, {"v": "b"}, {"w": "a"}, {"app": "a", "v": "a"}))}
    return {"matchLabels": {"app": "a"}, "matchExpressions": [_expression(random, odd)]}


def _ports(random: Random) -> Plain:
    chance = random.random()
    return {} if chance < 0.25 else {"ports": [{"port": random.choice((*NUMBERS, "web", "web"))}]}


def _policy(random: Random, number: int, odd: bool) -> Plain:
    outwards = random.random() < 0.35
    peers: list[Plain] = [] if random.random() < 0.4 else [{"podSelector": _pods(random, odd)}]
    if random.random() < 0.15:
        peers = [{"ipBlock": {"cidr": random.choice(("203.0.113.5/32", "203.0.113.4/30"))}}]
    rule = ({"to" if outwards else "from": peers} if peers else {}) | _ports(random)
    rules = [rule] if random.random() < 0.85 else []
    selected = {"matchLabels": {"app": "c"}} if outwards else _pods(random, odd)
    spec = {"podSelector": selected, "policyTypes": ["Egress" if outwards else "Ingress"]}
    return _object(
        "networking.k8s.io/v1", "NetworkPolicy", f"p{number}", HOME,
        spec=spec | {"egress" if outwards else "ingress": rules},
    )  # fmt: skip


def _destination(random: Random, services: list[Plain]) -> Plain:
    service = random.choice(services)
    address = service["spec"]["clusterIP"]
    if address != "None" and random.random() < 0.3:
        return {"ipBlock": {"cidr": f"{address}/32"}}
    named = {"namespace": HOME, "name": service["metadata"]["name"]}
    chance = random.random()
    if chance < 0.1:
        return {"service": {"anyOf": [named, {"namespace": HOME, "name": "s1"}]}}
    if chance < 0.15:
        instead = {"to": [{"ipBlock": {"cidr": "10.96.0.7/32"}}, {"podSelector": {"matchLabels": {"v": "a"}}}]}
        instead |= {"ports": [{"port": 443}]} if random.random() < 0.7 else {}
        return {"service": {"namespace": HOME, "name": "none", "otherwise": instead}}
    return {"service": named}


def _flow(random: Random, services: list[Plain]) -> Plain:
    found: Plain = {"to": [_destination(random, services)]}
    if random.random() < 0.15:
        found["to"].append({"podSelector": {"matchLabels": {"v": "b"}}})
    if random.random() < 0.5:
        found["ports"] = [{"port": random.choice((443, 443, 443, 80, 81, "one", "two"))}]
    return found


def _asked(random: Random, services: list[Plain]) -> tuple[Plain, list[Plain | str]]:
    start = random.choice(({"podSelector": {"matchLabels": {"app": "c"}}}, {"podSelector": {}}, {"external": {}}))
    kind = random.choice(
        ("never", "never", "always", "only", "exactly", "confined", "confined", "accepted", "accepted")
    )
    if kind == "confined":
        pods = {"podSelector": {"matchLabels": {"app": "c"}}}
        flows = [_flow(random, services) for _ in range(random.choice((1, 1, 2)))]
        return {"confined": {"pods": [pods], "reach": flows}}, []
    if kind == "accepted":
        some: Plain = {"from": [start], "to": [{"podSelector": random.choice(({"matchLabels": {"app": "a"}}, {}))}]}
        flow = {"never": {"from": [start], **_flow(random, services)}}
        return {random.choice(("never", "always")): some}, [flow]
    return {kind: {"from": [start], **_flow(random, services)}}, []
