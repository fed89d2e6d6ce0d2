"""What the labels of a namespace can be that nobody has said, and in which workloads are: by the invariants of the
universe such that they can be there."""

from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests import oracle, packaged
from tests.engine import asking
from tests.engine.asking import admits, deployment, policy
from tests.generators.strategies import Draw, Example
from tests.objects import NAMESPACES
from verifier.errors import InputError

Plain = dict[str, Any]
DB_ONLY_IN_B = {
    "invariants": [
        {
            "name": "db",
            "pods": {"podSelector": {"matchLabels": {"app": "db"}}},
            "onlyIn": {"namespaceSelector": {"matchLabels": {"team": "b"}}},
        }
    ]
}
FROM_A = policy("shop", "in", admits("{namespaceSelector: {matchLabels: {team: a}}}"))
DB = deployment("ops", "db", "{app: db}")


def verdict(manifests: str, claim: str, universe: Plain) -> str:
    return packaged.result(manifests, claim, universe).verdict.value


def test_namespace_in_which_a_workload_is_has_the_labels_that_an_invariant_asks_for() -> None:
    """Nobody says the labels of ops; since db is there, its team is b, and not a."""
    assert verdict(FROM_A + DB, "never ops/* -> shop/*", DB_ONLY_IN_B) == "proved"
    assert verdict(FROM_A + deployment("ops", "web", "{app: web}"), "never ops/* -> shop/*", DB_ONLY_IN_B) == "violated"
    assert verdict(FROM_A + DB, "never lab/* -> shop/*", DB_ONLY_IN_B) == "violated"


def test_namespace_in_which_a_workload_is_has_no_labels_by_which_it_could_not_be_there() -> None:
    """Where team is a, db would have to have role x, which it has not."""
    law = {
        "name": "db",
        "pods": {"podSelector": {"matchLabels": {"app": "db"}}, "namespaceSelector": {"matchLabels": {"team": "a"}}},
        "onlyIn": {"podSelector": {"matchLabels": {"role": "x"}}},
    }

    assert verdict(FROM_A + DB, "never ops/* -> shop/*", {"invariants": [law]}) == "proved"
    assert verdict(FROM_A, "never ops/* -> shop/*", {"invariants": [law]}) == "violated"


def test_what_rests_on_it_names_the_invariant() -> None:
    found = packaged.result(FROM_A + DB, "never ops/* -> shop/*", DB_ONLY_IN_B)

    assert "invariant `db` of the universe" in found.assumptions


def example(seed: int) -> Example:
    """Workloads in namespaces without labels, under invariants that say of some in which they may be."""
    draw = Draw(Random(f"homes {seed}"))
    laws = []
    for number in range(draw.one((1, 1, 2))):
        pods: Plain = {"podSelector": draw.pods()}
        if draw.often(0.4):
            pods["namespaceSelector"] = draw.namespaces()
        there = {"podSelector": draw.pods() if draw.often(0.2) else {}, "namespaceSelector": draw.namespaces()}
        laws.append({"name": f"law{number}", "pods": pods, "onlyIn": there})
    universe: Plain = {"invariants": laws, "addresses": {"pods": "any"}, "families": [4]}
    if draw.often(0.3):
        universe["pods"] = {"others": False}
    manifests = [draw.policy(f"p{i}") for i in range(draw.one((1, 2, 2)))]
    manifests += [draw.workload(f"w{i}") for i in range(draw.one((1, 2, 3)))]
    manifests += [draw.namespace(name) for name in NAMESPACES if draw.often(0.2)]
    return Example(manifests, draw.claim(manifests), universe, draw.switches())


@pytest.mark.parametrize("part", range(4))
def test_labels_of_homes_agree_with_the_enumeration(part: int, tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    for seed in range(part, 400, 4):
        given = example(seed)
        asked = (given.manifests, given.claim, given.universe, given.switches)
        try:
            answer = packaged.verdict(*asked, folder=tmp_path)
        except InputError as error:
            if {d.code for d in error.diagnostics} - {"universe-forbids", "empty-universe"}:
                raise
            seen["refused"] += 1
            continue
        seen[answer.verdict] += 1
        assert answer == oracle.verdict(*asked), f"example({seed})\n{given}"
    assert seen["refused"] < 0.6 * seen.total()
    assert min(seen["proved"], seen["violated"]) > 5


@pytest.mark.parametrize("how", ["starts with 'prod'", "ends with 'prod'", "contains 'prod'"])
def test_a_namespace_that_nobody_mentions_may_be_called_as_a_policy_wants_it(how: str) -> None:
    """And may be called otherwise."""
    peer = f"{{action: Allow, source: {{namespaceSelector: kubernetes.io/metadata.name {how}}}}}"
    let = (
        "---\napiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\n"
        f"spec: {{selector: all(), types: [Ingress], ingress: [{peer}]}}\n"
    )
    claims = ("never {}/* -> shop/*", "always {}/* -> shop/*", "never ops/* -> shop/*", "never reprod/* -> shop/*")

    assert [asking.verdict(let, claim) for claim in claims] == [
        *("violated", "violated", "proved"),
        "proved" if how.startswith("starts") else "violated",
    ]
