"""The clusters to measure with: one function for each shape, giving the objects of each namespace.

The same seed gives the same objects. Shapes follow clusters that were measured: how wide selectors are, what peers are
made of, how often bodies repeat.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

Object = dict[str, Any]
Namespace = tuple[str, list[Object]]
"""The name of a namespace, and its objects."""


@dataclass(frozen=True)
class Profile:
    """A shape. `claim`: a property that takes work. `ends`: the apps that further claims speak about."""

    name: str
    what: str
    claim: str
    make: Callable[[random.Random], Iterator[Namespace]]
    apps: tuple[str, ...]


# Parts


def labels(**pairs: str) -> Object:
    return {"matchLabels": pairs}


def namespace(name: str, **pairs: str) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": pairs or {"team": "none"}}}


def policy(home: str, name: str, spec: Object) -> Object:
    metadata = {"name": name, "namespace": home}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


def pod(home: str, name: str, pairs: dict[str, str]) -> Object:
    containers = [{"name": "main", "image": "example.org/app", "ports": [{"name": "http", "containerPort": 8080}]}]
    metadata = {"name": name, "namespace": home, "labels": pairs}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": containers}}


def deployment(home: str, name: str, pairs: dict[str, str], replicas: int = 1) -> Object:
    template = {"metadata": {"labels": pairs}, "spec": pod(home, name, pairs)["spec"]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": home},
        "spec": {"replicas": replicas, "selector": labels(**pairs), "template": template},
    }


def tcp(*ports: int) -> list[Object]:
    return [{"protocol": "TCP", "port": port} for port in ports]


def selector(draw: random.Random, pairs: dict[str, str]) -> Object:
    """A selector of as many labels as people write: mostly one."""
    width = draw.choices((0, 1, 2, 3, 4), (20, 72, 5, 2, 0.5))[0]
    chosen = sorted(draw.sample(sorted(pairs), min(width, len(pairs))))
    return labels(**{key: pairs[key] for key in chosen}) if chosen else {}


def peer(draw: random.Random, pairs: dict[str, str], team: str) -> Object:
    """A peer of the kinds people write: pods, namespaces, both, addresses."""
    match draw.choices(("pods", "namespaces", "both", "addresses"), (58, 30, 9, 4))[0]:
        case "pods":
            return {"podSelector": selector(draw, pairs)}
        case "namespaces":
            return {"namespaceSelector": labels(team=team)}
        case "both":
            return {"namespaceSelector": labels(team=team), "podSelector": selector(draw, pairs)}
        case _:
            return {"ipBlock": {"cidr": f"203.0.{draw.randrange(256)}.{draw.randrange(0, 256, 16)}/28"}}


def drawn(draw: random.Random, subject: dict[str, str], other: dict[str, str], team: str) -> Object:
    """The spec of a policy as people write them."""
    ports = tcp(*sorted(draw.sample((80, 443, 5432, 6379, 8080, 8443, 9090), draw.randrange(6))))
    rule: Object = {"from": [peer(draw, other, team) for _ in range(draw.choices((1, 2, 3), (80, 15, 5))[0])]}
    if ports:
        rule["ports"] = ports
    return {"podSelector": selector(draw, subject), "policyTypes": ["Ingress"], "ingress": [rule]}


DENY: Object = {"podSelector": {}, "policyTypes": ["Ingress"]}
SAME: Object = {"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}]}
TEAMS = ("red", "green", "blue", "yellow", "black", "white", "ops")


# Shapes

SHOP = ("ads", "cart", "checkout", "currency", "mail", "web", "load", "pay", "catalog", "recommend", "ship", "redis")


def small(_draw: random.Random) -> Iterator[Namespace]:
    """One application: everything is denied, then each service is opened to the one before it."""
    objects = [
        namespace("shop", team="shop"),
        policy("shop", "deny-all", {**DENY, "policyTypes": ["Ingress", "Egress"]}),
    ]
    for before, app in zip(("load", *SHOP), SHOP, strict=False):
        rule = {"from": [{"podSelector": labels(app=before)}], "ports": tcp(8080)}
        spec = {"podSelector": labels(app=app), "policyTypes": ["Ingress", "Egress"], "ingress": [rule], "egress": [{}]}
        objects += [policy("shop", app, spec), deployment("shop", app, {"app": app})]
    yield "shop", objects


def medium(draw: random.Random) -> Iterator[Namespace]:
    for number in range(10):
        home = f"part-{number}"
        objects = [namespace(home, team=TEAMS[number % 7]), policy(home, "deny-all", DENY)]
        objects += [deployment(home, app, {"app": app, "part": home, "release": "one"}) for app in SHOP[:4]]
        for app in SHOP[:3]:
            other = {"app": draw.choice(SHOP[:4]), "release": "one"}
            objects.append(policy(home, app, drawn(draw, {"app": app, "part": home}, other, draw.choice(TEAMS))))
        yield home, objects


def tenants(draw: random.Random) -> Iterator[Namespace]:
    """Many namespaces and few bodies, two of which are nine tenths; nobody has listed the pods."""
    tail = [drawn(draw, {"app": f"app-{n}"}, {"app": f"app-{n + 1}"}, TEAMS[n % 7]) for n in range(188)]
    left = 3225 - 2 * 1464
    for number in range(1464):
        home = f"tenant-{number:04}"
        objects = [namespace(home, team=TEAMS[number % 7]), policy(home, "deny", DENY), policy(home, "same", SAME)]
        here = left // (1464 - number) + (draw.random() < (left % (1464 - number)) / (1464 - number))
        left -= here
        objects += [policy(home, f"extra-{n}", tail[(number + n) % 188]) for n in range(here)]
        yield home, objects


def nothing_repeats(draw: random.Random) -> Iterator[Namespace]:
    names = [f"ns-{number:03}" for number in range(240)]
    serial = count()
    for home in names:
        objects = [namespace(home, number=home)]
        objects += [pod(home, f"pod-{n}", {"app": f"app-{n}", "id": f"{home}-{n}"}) for n in range(10)]
        for n in range(20):
            peers: list[Object] = [{"namespaceSelector": labels(number=name)} for name in sorted(draw.sample(names, 5))]
            peers += [{"podSelector": labels(id=f"{home}-{m}")} for m in sorted(draw.sample(range(10), 5))]
            peers += [{"ipBlock": {"cidr": _block(next(serial))}} for _ in range(5)]
            low = [draw.randrange(1024, 60000) for _ in range(10)]
            ports = tcp(*low[:5]) + [{"protocol": "TCP", "port": p, "endPort": p + 100} for p in low[5:]]
            spec = {"podSelector": labels(id=f"{home}-{n % 10}"), "ingress": [{"from": peers, "ports": ports}]}
            objects.append(policy(home, f"policy-{n:02}", spec))
        yield home, objects


def _block(number: int) -> str:
    """One of many networks outside, no two alike."""
    return f"{20 + number // 65536}.{number // 256 % 256}.{number % 256}.0/24"


def large(draw: random.Random) -> Iterator[Namespace]:
    pods, policies = 5413, 13678
    for number in range(604):
        home = f"ns-{number:03}"
        objects = [namespace(home, team=TEAMS[number % 7])]
        many = pods // 604 + (number < pods % 604)
        apps = [f"app-{number % 20}-{n % max(1, many // 3)}" for n in range(many)]
        worn = [
            {"app": app, "tier": ("web", "api", "db")[n % 3], "team": "own", "v": "1"} for n, app in enumerate(apps)
        ]
        objects += [pod(home, f"pod-{n}", pairs) for n, pairs in enumerate(worn)]
        for n in range(policies // 604 + (number < policies % 604)):
            subject = {"app": f"gone-{n}"} if draw.random() < 0.26 else draw.choice(worn)
            objects.append(policy(home, f"policy-{n:02}", drawn(draw, subject, draw.choice(worn), draw.choice(TEAMS))))
        yield home, objects


def extreme(draw: random.Random) -> Iterator[Namespace]:
    """Pods are written as what makes them: 30,000 Deployments of five replicas."""
    tail = [drawn(draw, {"app": f"app-{n}"}, {"app": f"app-{n + 1}"}, TEAMS[n % 7]) for n in range(2000)]
    for number in range(10_000):
        home = f"ns-{number:05}"
        objects = [namespace(home, team=TEAMS[number % 7]), policy(home, "deny", DENY)]
        objects.append(policy(home, "extra", draw.choice(tail)))
        apps = [f"app-{(number * 3 + n) % 2000}" for n in range(3)]
        objects += [deployment(home, f"work-{n}", {"app": app}, replicas=5) for n, app in enumerate(apps)]
        yield home, objects


def peculiar(draw: random.Random) -> Iterator[Namespace]:
    blocks = [{"ipBlock": {"cidr": _block(n), "except": [_block(n)[:-4] + "64/26"]}} for n in range(638)]
    objects = [namespace("one", team="one")]
    objects += [pod("one", f"pod-{n}", {"app": f"app-{n}", "group": f"g{n % 20}"}) for n in range(400)]
    for n in range(2):
        spec = drawn(draw, {"group": f"g{n}"}, {"group": f"g{n + 1}"}, "one")
        objects.append(policy("one", f"policy-{n}", {**spec, "podSelector": labels(group=f"g{n}")}))
    spec = {"podSelector": labels(app="app-7"), "ingress": [{"from": blocks, "ports": tcp(443)}]}
    yield "one", [*objects, policy("one", "blocks", spec)]


def calico(name: str, order: int, spec: Object) -> Object:
    """A GlobalNetworkPolicy of the tier `platform`."""
    metadata = {"name": f"platform.{name}"}
    api = {"apiVersion": "projectcalico.org/v3", "kind": "GlobalNetworkPolicy"}
    return {**api, "metadata": metadata, "spec": {"tier": "platform", "order": order, **spec}}


def production(draw: random.Random) -> Iterator[Namespace]:
    """Many namespaces and few bodies as in `tenants`, and before them what a platform team writes for the whole cluster
    in a tier of Calico: addresses that nobody may reach, teams that may not reach each other, and whoever may always;
    the last one passes the rest on."""
    tier = {
        "apiVersion": "projectcalico.org/v3",
        "kind": "Tier",
        "metadata": {"name": "platform"},
        "spec": {"order": 50},
    }
    policies: list[Object] = [tier]
    for number in range(23):
        team, other = TEAMS[number % 7], TEAMS[(number * 3 + 1) % 7]
        spec: Object
        match number % 4:
            case 0:
                nets = [f"198.51.{draw.randrange(256)}.0/24" for _ in range(3)]
                rule: Object = {"action": "Deny", "destination": {"nets": nets}}
                spec = {"selector": "all()", "types": ["Egress"], "egress": [rule]}
            case 1:
                rule = {"action": "Deny", "source": {"namespaceSelector": f"team == '{other}'"}}
                spec = {"namespaceSelector": f"team == '{team}'", "types": ["Ingress"], "ingress": [rule]}
            case 2:
                port = draw.choice((22, 2379, 10250))
                rule = {"action": "Deny", "protocol": "TCP", "destination": {"ports": [port]}}
                spec = {"selector": "all()", "types": ["Ingress"], "ingress": [rule]}
            case _:
                source = {"selector": f"app == 'app-{number}'", "namespaceSelector": "team == 'ops'"}
                rule = {"action": "Allow", "protocol": "TCP", "source": source, "destination": {"ports": [9090]}}
                spec = {"namespaceSelector": "has(team)", "types": ["Ingress"], "ingress": [rule]}
        policies.append(calico(f"p{number:02}", 100 + number, spec))
    passed: list[Object] = [{"action": "Pass"}]
    rest = {"selector": "all()", "types": ["Ingress", "Egress"], "ingress": passed, "egress": passed}
    yield "platform", [*policies, calico("rest", 900, rest)]
    yield from tenants(draw)


def cilium(draw: random.Random) -> Iterator[Namespace]:
    for number in range(200):
        home, team = f"ns-{number:03}", TEAMS[number % 7]
        objects = [namespace(home, team=team), policy(home, "deny", DENY)]
        for n in range(10):
            other = draw.choice(TEAMS)
            peers: Object = (
                {"fromEndpoints": [labels(app=f"app-{draw.randrange(10)}")]}
                if draw.random() < 0.6
                else {"fromEndpoints": [labels(**{"k8s:io.cilium.k8s.namespace.labels.team": other})]}
                if draw.random() < 0.7
                else {"fromCIDR": [f"203.0.{draw.randrange(256)}.0/24"]}
            )
            ports = [{"port": str(port), "protocol": "TCP"} for port in sorted(draw.sample((80, 443, 8080, 9090), 2))]
            spec = {"endpointSelector": labels(app=f"app-{n}"), "ingress": [{**peers, "toPorts": [{"ports": ports}]}]}
            metadata = {"name": f"policy-{n}", "namespace": home}
            objects.append(
                {"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": metadata, "spec": spec}
            )
        yield home, objects


_APPS = tuple(f"app-{n}" for n in range(10))

_ALL = (
    Profile(
        "S",
        "one application: 13 policies, 12 workloads",
        "never external -> shop/app=redis : TCP/8080",
        small,
        SHOP,
    ),
    Profile(
        "M",
        "10 namespaces, 40 policies, 40 workloads",
        "never external -> */app=cart : TCP/8080",
        medium,
        SHOP,
    ),
    Profile(
        "T",
        "1,464 namespaces, 3,225 policies, two bodies are 90 %",
        "never external -> */app=app-1 : TCP/22",
        tenants,
        _APPS,
    ),
    Profile(
        "R",
        "240 namespaces, 4,800 policies, nothing repeats",
        "never 8.8.8.8 -> ns-003/app=app-1",
        nothing_repeats,
        _APPS,
    ),
    Profile(
        "L",
        "604 namespaces, 5,413 pods, 13,678 policies",
        "never 8.8.8.8 -> ns-003/*",
        large,
        tuple(f"app-{n}-0" for n in range(10)),
    ),
    Profile(
        "X",
        "10,000 namespaces, 150,000 pods, 20,000 policies",
        "never 8.8.8.8 -> */*",
        extreme,
        _APPS,
    ),
    Profile(
        "P",
        "400 pods with 400 label sets; a policy of 638 CIDRs",
        "never 8.8.8.8 -> one/app=app-7",
        peculiar,
        _APPS,
    ),
    Profile(
        "Q",
        "T, and 24 GlobalNetworkPolicies of Calico",
        "never external -> */app=app-1 : TCP/22",
        production,
        _APPS,
    ),
    Profile(
        "C",
        "200 namespaces, 2,000 CiliumNetworkPolicies",
        "never 8.8.8.8 -> ns-003/app=app-1",
        cilium,
        _APPS,
    ),
)

PROFILES = {profile.name: profile for profile in _ALL}
