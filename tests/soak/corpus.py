"""Pieces of real manifests, mutated: policies of one directory with their namespaces and workloads. Directories with
cluster-scoped policies are few, so they get a share of their own."""

import os
from collections import defaultdict
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from math import prod
from pathlib import Path
from random import Random
from typing import Any

import yaml

from tests.oracle.labels import mentioned
from tests.oracle.rules import WORKLOADS
from tests.oracle.tiers import KINDS

Plain = dict[str, Any]
Words = tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]], tuple[str, ...]]

MOST = 120
"""Of the ways in which the selectors of a set may tell pods apart: more would take the enumeration too long."""
MOST_OF_PAIRS = 40
TIERED = 0.15
"""The share of sets in whose directory there are cluster-scoped policies."""
_OTHER: dict[str, tuple[Any, ...]] = {
    "operator": ("In", "NotIn", "Exists", "DoesNotExist"),
    "protocol": ("TCP", "UDP", "SCTP", None),
    "port": (53, 80, 443, "web", "dns"),
    "cidr": ("0.0.0.0/0", "10.0.0.0/8", "::/0", "203.0.113.0/24"),
    "policyTypes": (["Ingress"], ["Egress"], ["Ingress", "Egress"], None),
    "podSelector": ({}, None),
    "namespaceSelector": ({}, None),
    "ingress": ([], [{}], None),
    "egress": ([], [{}], None),
    "from": ([], None),
    "to": ([], None),
    "ports": ([], None),
    "action": ("Accept", "Allow", "Deny", "Pass"),
    "priority": (1, 2),
    "tier": ("Admin", "Baseline"),
    "namespaces": ({}, None),
    "number": (53, 80, 443),
}


class Pieces:
    """The objects of real manifests, by directory."""

    def __init__(self, folder: Path) -> None:
        found: defaultdict[Path, list[Plain]] = defaultdict(list)
        for path in sorted(folder.rglob("*.y*ml")):
            for manifest in _objects(path):
                if manifest.get("kind") in ("NetworkPolicy", *KINDS, "Namespace", *WORKLOADS):
                    found[_home(path.relative_to(folder))].append(_bare(manifest))
        groups = [group for _, group in sorted(found.items()) if any(map(_is_policy, group))]
        self._tiered = [group for group in groups if any(map(is_tier, group))]
        self._plain = [group for group in groups if group not in self._tiered]

    def drawn(self, random: Random) -> list[Plain]:
        """One to three policies of a directory, some of their parts changed, with others that live beside them."""
        while True:
            group = random.choice(self._tiered if random.random() < TIERED else self._plain)
            policies = list(filter(_is_policy, group))
            chosen = deepcopy(random.sample(policies, min(len(policies), random.randint(1, 3))))
            for i, policy in enumerate(chosen):
                if policy["kind"] != "BaselineAdminNetworkPolicy":
                    policy["metadata"]["name"] = f"p{i}"
                for _ in range(random.choice((0, 0, 1, 1) if is_tier(policy) else (0, 0, 1, 1, 2, 3))):
                    mutate(policy["spec"], random)
            homes = {policy["metadata"].get("namespace") for policy in chosen}
            others = [m for m in group if not _is_policy(m)]
            others = [m for m in others if None in homes or homes & {m["metadata"].get("namespace"), _name(m)}]
            more = deepcopy(random.sample(others, min(len(others), 3)))
            found = list({(m["kind"], m["metadata"].get("namespace"), _name(m)): m for m in [*chosen, *more]}.values())
            if _size(found) <= MOST:
                return found

    def pair(self, random: Random) -> tuple[list[Plain], list[Plain]]:
        """A set, and the same set with one to three parts of its policies changed, or one policy gone."""
        while True:
            old = self.drawn(random)
            new = deepcopy(old)
            for policy in random.choices(list(filter(_is_policy, new)), k=random.randint(1, 3)):
                mutate(policy["spec"], random)
            if random.random() < 0.1:
                new.remove(random.choice(list(filter(_is_policy, new))))
            if _size([*old, *new]) <= MOST_OF_PAIRS:
                return old, new

    def words(self, manifests: list[Plain]) -> Words:
        """Pod labels, namespace labels and namespaces that the manifests mention."""
        keys = _keys(manifests)
        pods, namespaces = ({key: tuple(sorted(values)) or ("x",) for key, values in some.items()} for some in keys)
        namespaces.pop("kubernetes.io/metadata.name", None)
        homes = {m["metadata"]["namespace"] for m in manifests if _is_policy(m) and not is_tier(m)} or {"default"}
        return dict(list(pods.items())[:3]) or {"app": ("a",)}, {"team": ("a",), **namespaces}, tuple(sorted(homes))


@cache
def pieces() -> Pieces | None:
    """Those at $NETPOL_CORPUS; None where it is not set."""
    folder = os.environ.get("NETPOL_CORPUS")
    return Pieces(Path(folder)) if folder else None


def mutate(value: Any, random: Random) -> None:
    """Changes one part, somewhere inside."""
    holders = list(_holders(value))
    if not holders:
        return
    holder = random.choice(holders)
    key = random.choice(range(len(holder)) if isinstance(holder, list) else sorted(holder))
    if key in _OTHER and random.random() < 0.6:
        holder[key] = deepcopy(random.choice(_OTHER[key]))
    elif random.random() < 0.7:
        del holder[key]
    elif isinstance(holder, list):
        holder.append(deepcopy(random.choice(holder)))
    elif isinstance(holder[key], str):
        holder[key] = random.choice(("a", "b", ""))


def _holders(value: Any) -> Iterator[Any]:
    if isinstance(value, (dict, list)) and value:
        yield value
        for item in value.values() if isinstance(value, dict) else value:
            yield from _holders(item)


def _objects(path: Path) -> Iterator[Plain]:
    try:
        documents = list(yaml.load_all(path.read_bytes(), yaml.CSafeLoader))
    except (yaml.YAMLError, UnicodeDecodeError):
        return
    for document in documents:
        if isinstance(document, dict):
            listed = document.get("items") if document.get("kind") == "List" else [document]
            yield from (m for m in listed or () if isinstance(m, dict) and isinstance(m.get("metadata"), dict))


def _home(path: Path) -> Path:
    """Objects of sets with a directory for each namespace belong together by the set."""
    return Path(path.parts[0]) if path.parts[0] == "moj-platform" else path.parent


def _bare(manifest: Plain) -> Plain:
    """The object without what no reading looks at."""
    meta = {key: manifest["metadata"][key] for key in ("name", "labels") if key in manifest["metadata"]}
    if manifest["kind"] not in ("Namespace", *KINDS):
        meta["namespace"] = manifest["metadata"].get("namespace") or "default"
    kept = {key: manifest[key] for key in ("apiVersion", "kind", "spec") if key in manifest}
    found = {**kept, "spec": kept.get("spec") or {}, "metadata": meta}
    return _of_today(found) if is_tier(found) else found


def _of_today(value: Any) -> Any:
    """Cluster-scoped policies whose peers are written as up to v0.1.2, which nobody reads any more, in today's form."""
    if isinstance(value, list):
        return [_of_today(item) for item in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("namespaces"), dict) and "namespaceSelector" in value["namespaces"]:
        value = {**value, "namespaces": value["namespaces"]["namespaceSelector"]}
    return {key: _of_today(item) for key, item in value.items()}


def _is_policy(manifest: Plain) -> bool:
    return manifest["kind"] == "NetworkPolicy" or is_tier(manifest)


def universe(manifests: list[Plain], random: Random) -> str:
    """Open, or inventory where that holds somebody."""
    return random.choice(("open", "inventory")) if any(m["kind"] in WORKLOADS for m in manifests) else "open"


def is_tier(manifest: Plain) -> bool:
    return manifest["kind"] in KINDS


def _name(manifest: Plain) -> Any:
    return manifest["metadata"].get("name")


def _selectors(value: Any, field: str) -> list[Plain]:
    holders = (holder for holder in _holders(value) if isinstance(holder, dict))
    return [_readable(holder[field]) for holder in holders if isinstance(holder.get(field), dict)]


def _keys(manifests: list[Plain]) -> list[dict[str, set[str]]]:
    """The labels of pods, and of namespaces, with the values that the manifests mention."""
    of_namespaces = [s for field in ("namespaceSelector", "namespaces") for s in _selectors(manifests, field)]
    return [mentioned(_selectors(manifests, "podSelector")), mentioned(of_namespaces)]


def _readable(selector: Plain) -> Plain:
    """Without what a mutation left that no reading would accept."""
    labels = {k: v for k, v in (selector.get("matchLabels") or {}).items() if isinstance(v, str)}
    lines = [e for e in selector.get("matchExpressions") or [] if {"key", "operator"} <= e.keys()]
    return {"matchLabels": labels, "matchExpressions": lines}


def _size(manifests: list[Plain]) -> int:
    keys = _keys(manifests)
    pods, namespaces = (prod(min(len(values), 3) + 2 for values in some.values()) for some in keys)
    return max(pods, namespaces)
