"""Random pairs of small clusters with cluster-scoped policies, which the second one changes. A seed is a pair."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random

from tests.generators import changes
from tests.generators.changes import Pair
from tests.generators.tierstrategies import Plain, TierDraw

WAYS = (("ingress", "from"), ("egress", "to"))


def tiered_pair(seed: int) -> Pair:
    """Of whose tiers one or two things changed, and often something else as well."""
    given, draw = changes.pair(seed), TierDraw(Random(f"tiered pair {seed}"))
    before = draw.tiers()
    if draw.often(0.5):
        before.append(allow_list(before[0]["kind"], draw))
    after = deepcopy(before)
    wanted = draw.one((1, 1, 2))
    for change in draw.random.sample(_CHANGES, len(_CHANGES)):
        wanted -= bool(change(after, draw))
        if wanted == 0:
            break
    old, new = given.old, given.new if draw.often(0.35) else deepcopy(given.old)
    switches = given.switches | draw.tier_switches()
    same, beside = draw.often(0.9), [*old, *new]
    nodes = [draw.nodes(beside, given.universe)] * 2 if same else [draw.nodes(beside, given.universe) for _ in range(2)]
    return Pair(
        [*old, *before, *nodes[0]], [*new, *after, *nodes[1]], given.universe, switches, given.accepted, given.forgets
    )


def allow_list(kind: str, draw: TierDraw) -> Plain:
    """A policy that lets pods out to what nobody can say, and, often, nowhere else."""
    name = "d" if kind == "ClusterNetworkPolicy" else "b"
    policy = draw.cluster(name) if kind == "ClusterNetworkPolicy" else draw.admin(name)
    allow = "Accept" if kind == "ClusterNetworkPolicy" else "Allow"
    unknown = draw.some(
        1, 2, lambda: {"nodes": {}} if draw.often(0.25) else {"domainNames": draw.some(1, 2, draw.domain)}
    )
    rules: list[Plain] = [{"action": allow, "to": [peer]} for peer in unknown]
    if draw.often(0.8):
        rules.append({"action": "Deny", "to": [{"networks": draw.one((["0.0.0.0/0", "::/0"], ["203.0.113.0/24"]))}]})
    policy["spec"]["egress"] = rules
    return policy


# Changes in place; each says whether there was anything to change


def _rules(policies: list[Plain]) -> Iterator[tuple[Plain, str, str, list[Plain]]]:
    """The policies, directions, the name of their peers, and lists of rules."""
    for policy in policies:
        for way, side in WAYS:
            if policy["spec"].get(way):
                yield policy, way, side, policy["spec"][way]


def _remove_policy(policies: list[Plain], draw: TierDraw) -> bool:
    found = bool(policies)
    if found:
        policies.remove(draw.one(policies))
    return found


def _add_policy(policies: list[Plain], draw: TierDraw) -> bool:
    kind = policies[0]["kind"] if policies else "ClusterNetworkPolicy"
    if kind == "BaselineAdminNetworkPolicy":
        return False
    policies.append(draw.cluster("extra") if kind == "ClusterNetworkPolicy" else draw.admin("extra"))
    return True


def _reverse_rules(policies: list[Plain], draw: TierDraw) -> bool:
    found = [rules for *_, rules in _rules(policies) if len(rules) > 1]
    if found:
        draw.one(found).reverse()
    return bool(found)


def _remove_rule(policies: list[Plain], draw: TierDraw) -> bool:
    found = [rules for *_, rules in _rules(policies)]
    if found:
        rules = draw.one(found)
        del rules[draw.random.randrange(len(rules))]
    return bool(found)


def _other_action(policies: list[Plain], draw: TierDraw) -> bool:
    found = [
        (policy, rule)
        for policy, _, side, rules in _rules(policies)
        for rule in rules
        if not any("domainNames" in peer for peer in rule[side])
    ]
    if found:
        policy, rule = draw.one(found)
        actions = {"Accept" if policy["kind"] == "ClusterNetworkPolicy" else "Allow", "Deny"}
        if policy["kind"] != "BaselineAdminNetworkPolicy":
            actions.add("Pass")
        rule["action"] = draw.one(sorted(actions - {rule["action"]}))
    return bool(found)


def _other_subject(policies: list[Plain], draw: TierDraw) -> bool:
    found = bool(policies)
    if found:
        draw.one(policies)["spec"]["subject"] = draw.who()
    return found


def _other_priority(policies: list[Plain], draw: TierDraw) -> bool:
    found = [policy["spec"] for policy in policies if "priority" in policy["spec"]]
    if found:
        spec = draw.one(found)
        spec["priority"] = draw.one([n for n in (1, 2, 3) if n != spec["priority"]])
    return bool(found)


def _other_peer(policies: list[Plain], draw: TierDraw) -> bool:
    """A peer put in the place of another of its like, added, or taken away."""
    lists = [(policy, way, rule, rule[side]) for policy, way, side, rules in _rules(policies) for rule in rules]
    if not lists:
        return False
    policy, way, rule, peers = draw.one(lists)
    if len(peers) > 1 and draw.often(0.3):
        del peers[draw.random.randrange(len(peers))]
        return True
    index = draw.random.randrange(len(peers))
    apart = not peers[index].keys() <= {"namespaces", "pods"}
    names = rule["action"] in ("Allow", "Accept") and policy["kind"] != "BaselineAdminNetworkPolicy"
    peer = draw.outside(names) if apart and way == "egress" else draw.who()
    if draw.often(0.4):
        peers.append(peer)
    else:
        peers[index] = peer
    return True


def _other_names(policies: list[Plain], draw: TierDraw) -> bool:
    found = [
        peer for *_, side, rules in _rules(policies) for rule in rules for peer in rule[side] if "domainNames" in peer
    ]
    if found:
        peer = draw.one(found)
        peer["domainNames"] = [draw.domain()] if draw.often(0.6) else [*peer["domainNames"], draw.domain()]
    return bool(found)


def _other_ports(policies: list[Plain], draw: TierDraw) -> bool:
    found = [(policy, rule) for policy, *_, rules in _rules(policies) for rule in rules]
    if found:
        policy, rule = draw.one(found)
        name, entry = (
            ("protocols", draw.protocol) if policy["kind"] == "ClusterNetworkPolicy" else ("ports", draw.number)
        )
        if rule.pop(name, None) is None or draw.often(0.5):
            rule[name] = draw.some(1, 2, entry)
    return bool(found)


_CHANGES: list[Callable[[list[Plain], TierDraw], bool]] = [
    _remove_policy, _add_policy, _reverse_rules, _remove_rule, _other_action, _other_action, _other_subject,
    _other_priority, _other_peer, _other_peer, _other_names, _other_names, _other_ports, _other_ports,
]  # fmt: skip
