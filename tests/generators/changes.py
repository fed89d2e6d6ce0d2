"""Random pairs of small clusters, the second one a change of the first. A seed is a pair."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import Any

import yaml

from tests.generators.strategies import SWITCHES, Draw, a_policy, example, policies
from tests.objects import BLOCKS, NAMESPACE_KEYS, NAMESPACES, POD_KEYS, Plain
from tests.oracle.rules import BEYOND, DEFAULTS

_PAIR = 7_000_000
"""Seeds of what goes into pairs lie beyond those of examples."""


@dataclass(frozen=True)
class Pair:
    """A comparison: what `tests.oracle.compare` takes."""

    old: list[Plain]
    new: list[Plain]
    universe: Plain | str = "open"
    switches: dict[str, str] = field(default_factory=dict)
    accepted: list[Plain | str] = field(default_factory=list)
    """Flows that do not count as added, as claims."""
    forgets: bool = False
    """Labels of namespaces that only the old side says are unknown on the new one, as in a gate."""

    def __str__(self) -> str:
        return yaml.safe_dump(vars(self), sort_keys=False, default_flow_style=None, width=120)


def pair(seed: int) -> Pair:
    random = Random(_PAIR + seed)
    given = example(_PAIR + seed)
    old = given.manifests
    if not any(manifest["kind"] == "NetworkPolicy" for manifest in old):
        old = [*old, a_policy(random.randrange(_PAIR), random.choice(NAMESPACES))]
    new = deepcopy(old)
    switches = _switches(random)
    if random.random() < 0.1:
        change, hinge = random.choice(_HINGED)
        change(new, random)
        switches[hinge] = "open"
    elif random.random() < 0.08:
        new = policies(random.randrange(_PAIR))
    else:
        wanted = random.choice((1, 1, 2, 2, 3, 4))
        for change in random.sample(CHANGES, len(CHANGES)):
            wanted -= bool(change(new, random))
            if wanted == 0:
                break
    if random.random() < 0.3:
        old, new = new, old
    accepting = Draw(Random(f"accepted {seed}"))
    accepted = accepting.some(1, 2, accepting.flow) if accepting.often(0.25) else []
    return Pair(old, new, given.universe, switches, accepted, forgets=_forgets(new, Random(f"forgets {seed}")))


def _forgets(manifests: list[Plain], random: Random) -> bool:
    """Now and then takes a Namespace object or two away, of which the labels are not to be known then."""
    if random.random() >= 0.15:
        return False
    found = _of(manifests, "Namespace")
    for manifest in random.sample(found, min(len(found), random.choice((1, 1, 2)))):
        manifests.remove(manifest)
    return True


def _switches(random: Random) -> dict[str, str]:
    """A setting with two open switches at most, since each multiplies the settings."""
    found = {}
    for name, value in DEFAULTS.items():
        if name in SWITCHES and (value == "open" or random.random() < 0.12):
            found[name] = random.choice((*SWITCHES[name], *BEYOND.get(name, ())))
    for name in random.sample(sorted(found), random.choice((0, 0, 1, 1, 2))):
        found[name] = "open"
    return found


# Changes in place; each says whether there was anything to change


def _of(manifests: list[Plain], *kinds: str) -> list[Plain]:
    return [manifest for manifest in manifests if manifest["kind"] in kinds]


def _rules(manifests: list[Plain]) -> Iterator[tuple[Plain, str, list[Any]]]:
    """The policies' specs, directions and lists of rules."""
    for manifest in _of(manifests, "NetworkPolicy"):
        spec = manifest.get("spec") or {}
        for way in ("ingress", "egress"):
            if spec.get(way):
                yield spec, way, spec[way]


def _lists(manifests: list[Plain], kind: str) -> list[list[Any]]:
    """The non-empty lists of peers, or of ports."""
    found = []
    for _, way, rules in _rules(manifests):
        for rule in rules:
            name = "ports" if kind == "ports" else {"ingress": "from", "egress": "to"}[way]
            if rule and rule.get(name):
                found.append(rule[name])
    return found


def _donor(random: Random) -> list[Plain]:
    """Some other policies, to take parts from."""
    return [a_policy(random.randrange(_PAIR)) for _ in range(6)]


def _add_policy(manifests: list[Plain], random: Random) -> bool:
    added = a_policy(random.randrange(_PAIR))
    added["metadata"]["name"] = f"extra{random.randrange(_PAIR)}"
    manifests.append(added)
    return True


def _remove_policy(manifests: list[Plain], random: Random) -> bool:
    found = _of(manifests, "NetworkPolicy")
    if found:
        manifests.remove(random.choice(found))
    return bool(found)


def _add_rule(manifests: list[Plain], random: Random) -> bool:
    targets, sources = list(_rules(manifests)), list(_rules(_donor(random)))
    for _, way, rules in random.sample(targets, len(targets)):
        same = [others for _, other, others in sources if other == way]
        if same:
            rules.insert(random.randint(0, len(rules)), random.choice(random.choice(same)))
            return True
    return False


def _remove_rule(manifests: list[Plain], random: Random) -> bool:
    return _drop(random, [rules for _, _, rules in _rules(manifests)])


def _drop(random: Random, lists: list[list[Any]]) -> bool:
    if lists:
        chosen = random.choice(lists)
        del chosen[random.randrange(len(chosen))]
    return bool(lists)


def _swap(random: Random, lists: list[list[Any]], others: list[list[Any]]) -> bool:
    """An item added, or put in the place of another."""
    if not lists or not others:
        return False
    chosen, item = random.choice(lists), random.choice(random.choice(others))
    if random.random() < 0.5:
        chosen.append(item)
    else:
        chosen[random.randrange(len(chosen))] = item
    return True


def _change_peer(manifests: list[Plain], random: Random) -> bool:
    return _swap(random, _lists(manifests, "peers"), _lists(_donor(random), "peers"))


def _remove_peer(manifests: list[Plain], random: Random) -> bool:
    return _drop(random, _lists(manifests, "peers"))


def _change_port(manifests: list[Plain], random: Random) -> bool:
    return _swap(random, _lists(manifests, "ports"), _lists(_donor(random), "ports"))


def _remove_port(manifests: list[Plain], random: Random) -> bool:
    return _drop(random, _lists(manifests, "ports"))


def _change_last_port(manifests: list[Plain], random: Random) -> bool:
    """A range in the place of a port, or the other way round."""
    entries = [
        entry for some in _lists(manifests, "ports") for entry in some if isinstance((entry or {}).get("port"), int)
    ]
    if entries:
        entry = random.choice(entries)
        if entry.pop("endPort", None) is None:
            entry["endPort"] = min(entry["port"] + 10, 65535)
    return bool(entries)


def _sctp(manifests: list[Plain], random: Random) -> bool:
    """SCTP let through as well."""
    found = _lists(manifests, "ports")
    if found:
        random.choice(found).append({"protocol": "SCTP"})
    return bool(found)


def _spell_out_protocols(manifests: list[Plain], random: Random) -> bool:
    """A rule for every port of every protocol that has ports, in the place of one for everything."""
    free = [rule for _, _, rules in _rules(manifests) for rule in rules if rule and not rule.get("ports")]
    if free:
        random.choice(free)["ports"] = [{"protocol": protocol} for protocol in ("TCP", "UDP", "SCTP")]
    return bool(free)


def _name_port(manifests: list[Plain], random: Random) -> bool:
    """A name in the place of a port's number, or the other way round."""
    entries = [entry for some in _lists(manifests, "ports") for entry in some if (entry or {}).get("port") is not None]
    if entries:
        entry = random.choice(entries)
        entry.pop("endPort", None)
        entry["port"] = random.choice(("web", "dns")) if isinstance(entry["port"], int) else 80
    return bool(entries)


def _change_except(manifests: list[Plain], random: Random) -> bool:
    blocks = [peer["ipBlock"] for peers in _lists(manifests, "peers") for peer in peers if "ipBlock" in (peer or {})]
    random.shuffle(blocks)
    for block in blocks:
        holes = dict(BLOCKS).get(block["cidr"], ())
        if block.get("except"):
            del block["except"]
            return True
        if holes:
            block["except"] = [random.choice(holes)]
            return True
    return False


def _selectors(manifests: list[Plain]) -> list[tuple[Plain, dict[str, tuple[str, ...]]]]:
    """The selectors of all policies, each with the keys and values that it may use."""
    specs = [manifest.get("spec") or {} for manifest in _of(manifests, "NetworkPolicy")]
    found = [(spec["podSelector"], POD_KEYS) for spec in specs if spec.get("podSelector") is not None]
    for peers in _lists(manifests, "peers"):
        for peer in peers:
            for name, keys in (("podSelector", POD_KEYS), ("namespaceSelector", NAMESPACE_KEYS)):
                if peer and peer.get(name) is not None:
                    found.append((peer[name], keys))
    return found


def _change_operator(manifests: list[Plain], random: Random) -> bool:
    opposite = {"In": "NotIn", "NotIn": "In", "Exists": "DoesNotExist", "DoesNotExist": "Exists"}
    lines = [line for selector, _ in _selectors(manifests) for line in selector.get("matchExpressions") or []]
    if lines:
        line = random.choice(lines)
        line["operator"] = opposite[line["operator"]]
    return bool(lines)


def _change_selector(manifests: list[Plain], random: Random) -> bool:
    found = _selectors(manifests)
    if found:
        selector, keys = random.choice(found)
        key = random.choice(list(keys))
        if random.random() < 0.3:
            selector.clear()
        else:
            selector["matchLabels"] = {**(selector.get("matchLabels") or {}), key: random.choice(keys[key])}
    return bool(found)


def _change_types(manifests: list[Plain], random: Random) -> bool:
    specs = [m["spec"] for m in _of(manifests, "NetworkPolicy") if m.get("spec")]
    if specs:
        random.choice(specs)["policyTypes"] = random.choice((["Ingress"], ["Egress"], ["Ingress", "Egress"]))
    return bool(specs)


def _move_policy(manifests: list[Plain], random: Random) -> bool:
    found = _of(manifests, "NetworkPolicy")
    if found:
        meta = random.choice(found)["metadata"]
        meta["namespace"] = NAMESPACES[1 - NAMESPACES.index(meta["namespace"])]
        meta["name"] += "-moved"
    return bool(found)


def _relabel_namespace(manifests: list[Plain], random: Random) -> bool:
    found = _of(manifests, "Namespace")
    if found:
        meta = random.choice(found)["metadata"]
        value = random.choice((None, *NAMESPACE_KEYS["team"]))
        meta["labels"] = {} if value is None else {"team": value}
    return bool(found)


def _declare_namespace(manifests: list[Plain], random: Random) -> bool:
    """A Namespace object added where there is none, or removed."""
    name = random.choice(NAMESPACES)
    found = [m for m in _of(manifests, "Namespace") if m["metadata"]["name"] == name]
    if found:
        manifests.remove(found[0])
    else:
        labels = {"team": random.choice(NAMESPACE_KEYS["team"])}
        manifests.append({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
    return True


_TEMPLATED = ("Deployment", "StatefulSet", "DaemonSet")


def _pods(manifests: list[Plain]) -> list[tuple[Plain, Plain]]:
    """Metadata and spec of the pods of workloads."""
    found = [(m["metadata"], m["spec"]) for m in _of(manifests, "Pod")]
    for manifest in _of(manifests, *_TEMPLATED):
        template = manifest["spec"]["template"]
        found.append((template["metadata"], template["spec"]))
    return found


def relabel_workload(manifests: list[Plain], random: Random) -> bool:
    found = _pods(manifests)
    if found:
        meta, _ = random.choice(found)
        key = random.choice(list(POD_KEYS))
        labels = dict(meta["labels"])
        if labels.pop(key, None) is None or random.random() < 0.5:
            labels[key] = random.choice(POD_KEYS[key])
        meta["labels"] = labels or {key: POD_KEYS[key][0]}
        for manifest in _of(manifests, *_TEMPLATED):
            manifest["spec"]["selector"] = {"matchLabels": dict(manifest["spec"]["template"]["metadata"]["labels"])}
    return bool(found)


def change_ports_of_workload(manifests: list[Plain], random: Random) -> bool:
    found = _pods(manifests)
    if found:
        _, spec = random.choice(found)
        name, number = random.choice(("web", "dns")), random.choice((53, 80, 81))
        spec["containers"][0]["ports"] = [{"name": name, "containerPort": number}]
    return bool(found)


def _change_network_of_workload(manifests: list[Plain], random: Random) -> bool:
    found = _pods(manifests)
    if found:
        _, spec = random.choice(found)
        if spec.pop("hostNetwork", None) is None:
            spec["hostNetwork"] = True
    return bool(found)


def _remove_workload(manifests: list[Plain], random: Random) -> bool:
    found = _of(manifests, "Pod", *_TEMPLATED)
    if found:
        manifests.remove(random.choice(found))
    return bool(found)


CHANGES: list[Callable[[list[Plain], Random], bool]] = [
    _change_last_port, _name_port,
    _add_policy, _add_policy, _remove_policy, _add_rule, _add_rule, _remove_rule, _change_peer, _change_peer,
    _remove_peer,
    _change_port, _change_port, _remove_port, _change_except, _change_operator, _change_operator, _change_selector,
    _change_types, _move_policy, _relabel_namespace, _relabel_namespace, _declare_namespace, relabel_workload,
    relabel_workload, change_ports_of_workload, _change_network_of_workload, _remove_workload,
]  # fmt: skip
_HINGED = ((_change_last_port, "endport"), (_sctp, "sctp"), (_spell_out_protocols, "other_protocols"))
"""Changes that make a difference under one value of a switch only."""
