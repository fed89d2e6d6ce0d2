"""What is taken to be the same by its form, and left out of a comparison for that, makes no difference to what the
solver says of both sides in full: of all dialects, and of sets that say the same in other words."""

from collections.abc import Callable
from copy import deepcopy
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests import packaged
from tests.dialectpairs import setting_of
from tests.generators.changes import Pair, pair
from tests.generators.dialectchanges import dialect_pair
from tests.generators.inventories import inventory_pair
from tests.generators.tierchanges import tiered_pair
from verifier.engine.problem import changed, pairing
from verifier.engine.problem.shapes import Shapes
from verifier.engine.results.diff import Difference, Relation
from verifier.errors import InputError, Undecided
from verifier.ir.labels import Selector
from verifier.ir.network import Intervals, Protocol
from verifier.ir.policy import (
    TRUE,
    Action,
    And,
    Block,
    Citation,
    Formula,
    Or,
    PodLabels,
    PortIn,
    Role,
    Rung,
    SameNamespace,
    Selects,
    Stage,
)
from verifier.ir.switches import SWITCHES

Plain = dict[str, Any]
_OF_DIALECTS = ("cilium.io", "projectcalico", "istio")


def in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on everything goes into the script, as it is written."""

    monkeypatch.setattr(pairing, "canonical", lambda policies, _: policies)
    monkeypatch.setattr(pairing, "changes", lambda *_: None)


def in_other_words(manifests: list[Plain], draw: Random) -> list[Plain]:
    """NetworkPolicies that mean the same: lists in another order, rules once more, or one for each port and peer."""
    found = deepcopy(manifests)
    for manifest in found:
        if manifest["kind"] != "NetworkPolicy" or "projectcalico" in manifest["apiVersion"]:
            continue
        for way, peers in (("ingress", "from"), ("egress", "to")):
            rules = manifest.get("spec", {}).get(way)
            if rules:
                several = [other for rule in rules for other in _apart(rule, peers, draw)]
                draw.shuffle(several)
                manifest["spec"][way] = several
    return found


def _apart(rule: Plain | None, peers: str, draw: Random) -> list[Plain | None]:
    if not rule or draw.random() < 0.4:
        return [rule] * draw.choice((1, 1, 2))
    whom, ports = (rule.get(key) or [None] for key in (peers, "ports"))
    parts = []
    for one, port in product(whom, ports):
        parts.append({**({} if one is None else {peers: [one]}), **({} if port is None else {"ports": [port]})})
    draw.shuffle(parts)
    return parts


def asked(given: Pair, folder: Path) -> Difference:
    """Each pair under the switches under which it is drawn; those of other dialects under what their plugin does."""
    apis = str([manifest.get("apiVersion") for manifest in given.old + given.new])
    switches = given.switches
    if any(dialect in apis for dialect in _OF_DIALECTS):
        setting = setting_of([*given.old, *given.new])
        switches = {name: value for name, value in setting.items() if name in SWITCHES}
    return packaged.difference(given.old, given.new, given.universe, switches, given.accepted, folder)


def told(found: Difference) -> tuple[object, ...]:
    opened, closed = bool(found.added), bool(found.removed)
    return found.relation, found.depends_on, found.complete, opened, closed, found.given_up


PAIRS: dict[str, tuple[Callable[[int], Pair], int]] = {
    "kubernetes": (pair, 40),
    "tiers": (tiered_pair, 24),
    "inventories": (inventory_pair, 20),
    "dialects": (dialect_pair, 24),
}


@pytest.mark.parametrize("drawn", PAIRS)
def test_by_form_first_says_what_the_solver_says_of_everything(
    drawn: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    draw_one, count = PAIRS[drawn]
    pairs: list[tuple[Pair, tuple[object, ...]]] = []
    for seed in range(count):
        draw, given = Random(seed), draw_one(900_000 + seed)
        if seed % 3 == 0:
            given = Pair(given.old, in_other_words(given.old, draw), given.universe, given.switches)
        elif seed % 3 == 1:
            given = Pair(given.old, in_other_words(given.new, draw), given.universe, given.switches, given.accepted)
        try:
            pairs.append((given, told(asked(given, tmp_path))))
        except InputError:
            continue
    in_full(monkeypatch)

    for given, said in pairs:
        assert told(asked(given, tmp_path)) == said, given
    relations = [said[0] for _, said in pairs]
    assert len(pairs) >= count * 0.6
    assert relations.count(Relation.EQUIVALENT) >= count // 5
    assert relations.count(Relation.EQUIVALENT) <= len(pairs) * 0.8


_RESTS = (TRUE, SameNamespace(), PodLabels(Role.PEER, Selector.of({"app": "a"})))
_PORTS = tuple(
    PortIn(protocol, Intervals((part,)))
    for protocol in (Protocol.TCP, Protocol.UDP)
    for part in ((1, 1), (2, 2), (1, 2))
)
_HERE = Selects("shop", TRUE, Citation("NetworkPolicy", "shop", "p"))


def _guards() -> list[Formula]:
    """All small guards: something, on all ports, on some, or on some of two protocols."""
    pairs = [Or((one, other)) for one in _PORTS for other in _PORTS if one is not other]
    ports: list[Formula | None] = [None, *_PORTS, *pairs]
    return [rest if port is None else And((rest, port)) for rest in _RESTS for port in ports]


def _met(guards: list[Formula]) -> frozenset[tuple[int, Protocol, int]]:
    """Of what rests and ports together are, all that some guard lets through: what it asks besides is taken to hold of
    one rest at a time."""
    return frozenset(
        (number, protocol, port)
        for number, rest in enumerate(_RESTS)
        for protocol in (Protocol.TCP, Protocol.UDP, Protocol.SCTP)
        for port in (1, 2, 3)
        if any(_holds(guard, rest, protocol, port) for guard in guards)
    )


def _holds(formula: Formula, rest: Formula, protocol: Protocol, port: int) -> bool:
    match formula:
        case And(items):
            return all(_holds(item, rest, protocol, port) for item in items)
        case Or(items):
            return any(_holds(item, rest, protocol, port) for item in items)
        case PortIn(asked, ports):
            return asked is protocol and port in ports
        case _:
            return formula == rest


@pytest.mark.parametrize("seed", range(8))
def test_rules_that_are_taken_for_the_same_let_through_the_same(seed: int) -> None:
    """Of all pairs of many small sets of rules; and often enough they are."""
    draw, shapes, pool = Random(seed), Shapes(), _guards()
    told: dict[frozenset[object], frozenset[object]] = {}
    found = 0
    for _ in range(3000):
        one = draw.choice(pool)
        guards = [one, *(draw.choice(pool) for _ in range(draw.choice((0, 1, 1, 2))))]
        rungs = [Rung(_HERE, guard, Action.ALLOW, _HERE.citation) for guard in guards]
        stage = Stage("NetworkPolicy", (_HERE,), (Block(tuple(rungs)),), Action.DENY)
        keys = frozenset(key for key, _ in changed._parts(stage, shapes))
        found += keys in told
        assert told.setdefault(keys, _met(guards)) == _met(guards), guards
    assert found > 100


def test_a_rule_for_another_protocol_is_a_difference_wherever_it_stands() -> None:
    def policy(*rules: Plain) -> list[Plain]:
        spec = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": list(rules)}
        meta = {"name": "p", "namespace": "ops"}
        return [{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta, "spec": spec}]

    one, more = {"ports": [{}]}, {"ports": [{"protocol": "UDP", "port": 53}]}
    for new in (policy(more, one), policy(one, more)):
        assert packaged.difference(policy(one), new).relation is Relation.WIDER
        assert packaged.difference(new, policy(one)).relation is Relation.NARROWER
        assert packaged.difference(new, policy(more, one)).relation is Relation.EQUIVALENT


def test_what_is_said_in_other_words_hardly_needs_a_solver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def asked_for(*_: object) -> None:
        raise Undecided("the solver was asked")

    monkeypatch.setattr("verifier.engine.diff.compare.Comparison", asked_for)
    found = []
    for seed in range(60):
        given = pair(910_000 + seed)
        try:
            other = in_other_words(given.old, Random(seed))
            found.append(packaged.difference(given.old, other, given.universe, folder=tmp_path).relation)
        except InputError:
            continue

    assert {*found} <= {Relation.EQUIVALENT, Relation.UNKNOWN}
    assert found.count(Relation.EQUIVALENT) >= 0.8 * len(found) > 30


def _admin(name: str, priority: int, home: str, action: str, source: str) -> Plain:
    def named(space: str) -> Plain:
        return {"namespaces": {"matchLabels": {"kubernetes.io/metadata.name": space}}}

    return {
        "apiVersion": "policy.networking.k8s.io/v1alpha1",
        "kind": "AdminNetworkPolicy",
        "metadata": {"name": name},
        "spec": {
            "priority": priority,
            "subject": named(home),
            "ingress": [{"name": "r", "action": action, "from": [named(source)]}],
        },
    }


@pytest.mark.parametrize("priorities", ["any", "deny_first"])
def test_a_tie_that_is_taken_apart_is_a_difference_whatever_stands_beside_it(priorities: str) -> None:
    """What others do moves the numbers of the places: of two policies of one priority one is then before the other."""
    there: list[Plain] = [
        *({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in "stxw"),
        _admin("t0", 1, "t", "Allow", "w"),
    ]
    old = [
        *there,
        _admin("a", 10, "s", "Allow", "x"),
        _admin("b", 10, "t", "Deny", "w"),
        _admin("c", 10, "s", "Deny", "x"),
    ]
    new = [
        *there,
        _admin("a", 5, "s", "Allow", "x"),
        _admin("b", 5, "t", "Allow", "w"),
        *(_admin(name, 10, "t", "Allow", "w") for name in "de"),
        _admin("z", 10, "s", "Deny", "x"),
    ]

    found = packaged.difference(old, new, switches={"same_priority": priorities})

    assert found.relation is Relation.WIDER
    assert found.complete
