"""Writes a large cluster to measure with: namespaces and NetworkPolicies, one file for each namespace.

Real clusters repeat themselves, and so does this one: every namespace has a default deny and the rule that lets its own
pods talk, most other policies share a dozen bodies, and one in ten is drawn from a long tail. The same arguments write
the same bytes.

    python benchmarks/generate.py --policies 10000 --namespaces 1000 --seed 0 OUT
    netpol check OUT -v -e 'never external -> */app=db : TCP/5432'

The claim is true: nothing in the cluster opens a port to addresses outside but those of the app `web`.
"""

import argparse
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

APPS = ("web", "api", "db", "cache", "queue", "worker", "auth", "search", "mail", "cron", "report", "proxy")
TEAMS = ("red", "green", "blue", "yellow", "black", "white", "ops")
PORTS = (80, 443, 5432, 6379, 8080, 8443, 9090)
TAIL = 190
RARE = 0.1

Spec = dict[str, Any]


def pods(**labels: str) -> Spec:
    return {"matchLabels": labels}


def ingress(app: str, peers: list[Spec], port: int) -> Spec:
    """Pods of `app` take connections from `peers` (none: from anywhere) on TCP `port`."""
    rule: Spec = {"ports": [{"protocol": "TCP", "port": port}]}
    return {"podSelector": pods(app=app), "ingress": [{"from": peers, **rule} if peers else rule]}


def everywhere() -> list[Spec]:
    """The bodies that every namespace has."""
    return [
        {"podSelector": {}, "policyTypes": ["Ingress"]},
        {"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}]},
    ]


def common() -> list[Spec]:
    """The dozen that most policies share."""
    from_ops = [{"namespaceSelector": pods(team="ops"), "podSelector": pods(role="monitoring")}]
    return [
        ingress("web", [], 443),
        *(
            ingress(app, [{"podSelector": pods(app="api")}], port)
            for app, port in zip(APPS[2:6], PORTS[2:6], strict=True)
        ),
        *(ingress(app, from_ops, 9090) for app in APPS[:7]),
    ]


def rare(random_: random.Random) -> Spec:
    """One of the long tail: another team's pods, or a network that is not the world."""
    app, port = random_.choice(APPS), random_.choice(PORTS)
    if random_.random() < 0.2:
        outside = {"ipBlock": {"cidr": f"203.0.113.{random_.randrange(256)}/32"}}
        return {"podSelector": pods(app=app), "policyTypes": ["Egress"], "egress": [{"to": [outside]}]}
    peer = {"namespaceSelector": pods(team=random_.choice(TEAMS)), "podSelector": pods(app=random_.choice(APPS))}
    return ingress(app, [peer], port)


def bodies(random_: random.Random, count: int, tail: list[Spec]) -> list[Spec]:
    """`count` bodies for one namespace."""
    chosen = everywhere()[:count]
    rest = common()
    random_.shuffle(rest)
    while len(chosen) < count:
        chosen.append(random_.choice(tail) if not rest or random_.random() < RARE else rest.pop())
    return chosen


def documents(name: str, team: str, specs: list[Spec]) -> Iterator[Spec]:
    """The objects of one namespace."""
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"team": team}}}
    for number, spec in enumerate(specs):
        yield {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": f"policy-{number:02}", "namespace": name},
            "spec": spec,
        }


def generate(out: Path, policies: int, namespaces: int, seed: int) -> None:
    """Writes the cluster to the folder `out`."""
    random_ = random.Random(seed)
    tail = [rare(random_) for _ in range(TAIL)]
    out.mkdir(parents=True, exist_ok=True)
    for index in range(namespaces):
        name = f"ns-{index:04}"
        count = policies // namespaces + (index < policies % namespaces)
        objects = documents(name, random_.choice(TEAMS), bodies(random_, count, tail))
        with (out / f"{name}.yaml").open("w", encoding="utf-8") as file:
            yaml.dump_all(objects, file, Dumper=Plain, sort_keys=False)


class Plain(yaml.CSafeDumper):
    """Writes no anchors, as people do not."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a large cluster to measure with.")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--policies", type=int, default=10_000)
    parser.add_argument("--namespaces", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    generate(arguments.out, arguments.policies, arguments.namespaces, arguments.seed)


if __name__ == "__main__":
    main()
