"""The package against the enumeration where nodes and hostNetwork pods are covered and treated in the less common ways:
hostNetwork pods that are peers and not governed, and nodes that drop what their own pods send to them."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from tests import oracle
from tests.generators.changes import Pair, pair
from tests.generators.strategies import Example, example
from tests.test_agreement import asked, package
from tests.test_difference import tried
from verifier.errors import InputError

EXAMPLES, PAIRS = 160, 60
TREATED = [
    {"host_network": "as_peer"},
    {"host_network": "as_node", "local_node_egress": "policy_then_drop"},
    {"host_network": "as_peer", "local_node_egress": "policy_then_drop"},
]


def near_nodes(given: Example, random: Random) -> Example:
    """The example where the universe has nodes, and every other one asks about them."""
    universe = {**(given.universe if isinstance(given.universe, dict) else {}), "nodes": True}
    sides = ({"namespaceSelector": {}}, {"node": {}}) if random.random() < 0.5 else ({"node": {}}, {})
    flow = {"from": [sides[0]], "to": [sides[1] or {"podSelector": {}, "namespaceSelector": {}}]}
    claim = {random.choice(("never", "always", "only")): flow} if random.random() < 0.5 else given.claim
    return replace(given, universe=universe, claim=claim)


@pytest.mark.parametrize("treated", TREATED, ids=lambda each: " ".join(each.values()))
def test_verdicts_about_nodes_are_those_of_the_enumeration(treated: dict[str, str], tmp_path: Path) -> None:
    verdicts: Counter[str] = Counter()
    turned = 0
    for seed in range(EXAMPLES):
        given = near_nodes(example(40_000_000 + seed), Random(f"nodes {seed}"))
        given = replace(given, switches={**given.switches, **treated})
        answer = package(given, tmp_path)
        if answer is None:
            continue
        assert answer == oracle.verdict(*asked(given)), (seed, given)
        verdicts[answer.verdict] += 1
        usual = {**given.switches, "host_network": "as_node", "local_node_egress": "policy"}
        turned += answer.verdict != oracle.verdict(*asked(replace(given, switches=usual))).verdict
    assert min(verdicts[verdict] for verdict in ("proved", "violated")) > 3
    assert turned > 1


@pytest.mark.parametrize("treated", TREATED, ids=lambda each: " ".join(each.values()))
def test_comparisons_about_nodes_are_those_of_the_enumeration(treated: dict[str, str], tmp_path: Path) -> None:
    relations: Counter[str] = Counter()
    for seed in range(PAIRS):
        given: Pair = pair(40_000_000 + seed)
        universe = {**(given.universe if isinstance(given.universe, dict) else {}), "nodes": True}
        given = replace(given, universe=universe, switches={**given.switches, **treated})
        try:
            found = tried(given, tmp_path)
        except InputError:
            continue
        assert not found.mistake, (seed, found)
        relations[found.relation] += 1
    assert len(relations) >= 3
