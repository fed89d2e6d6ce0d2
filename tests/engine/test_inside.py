"""Who is known to be inside the CIDRs of a claim (docs/semantics.md 1.6)."""

import pytest

from tests.engine.asking import cluster
from tests.engine.test_residents import FIXED, TWO, asked, node, pod, to
from tests.engine.test_services import claimed
from verifier.engine.check.check import check
from verifier.ir.network import AddressSet
from verifier.ir.universe import OPEN, Universe

PODS_AT_244 = Universe(pod_addresses=AddressSet.of(("10.244.0.0/16",)))
INSIDE = "which means outside addresses: "


@pytest.mark.parametrize(
    ("claim", "universe", "said"),
    [
        ("never shop/* -> 10.0.0.0/8", OPEN, ["in 10.0.0.0/8, "]),
        ("never 10.0.0.0/8 -> shop/*", OPEN, ["in 10.0.0.0/8, "]),
        ("never shop/* -> 10.9.9.0/24", OPEN, ["in 10.9.9.0/24, "]),
        ("never shop/* -> 10.9.9.1", OPEN, []),
        ("never shop/* -> 203.0.113.0/24", OPEN, []),
        ("only 10.0.0.0/8 -> shop/*", OPEN, []),
        ("never shop/* -> 10.244.0.0/16", PODS_AT_244, []),
    ],
)
def test_who_is_known_to_be_inside_a_cidr_is_named(claim: str, universe: Universe, said: list[str]) -> None:
    """A CIDR means outside addresses; who reads it otherwise learns of whom nothing was asked."""
    found = asked(TWO + pod("web", "10.244.1.1") + to("198.51.100.0/24"), claim, universe)

    inside = [line.partition(INSIDE) for line in found.not_covered if INSIDE in line]
    assert [start for start, _, _ in inside] == said
    both = "10.9.9.1 (Node one), 10.9.9.2 (Node two)"
    whole = both if "9.0/24" in claim else f"{both}, 10.244.1.1 (Pod shop/web)"
    assert all(names == whole for _, _, names in inside)


def test_of_many_inside_a_cidr_some_are_named_and_all_counted() -> None:
    nodes = "".join(node(f"n{number}", f"10.9.9.{number}") for number in range(1, 10))

    found = asked(nodes + to("198.51.100.0/24"), "never shop/* -> 10.0.0.0/8")

    named = "10.9.9.1 (Node n1), 10.9.9.2 (Node n2), 10.9.9.3 (Node n3) and 6 more"
    assert f"in 10.0.0.0/8, {INSIDE}{named}" in found.not_covered


def test_nodes_that_a_claim_means_besides_are_not_left_out() -> None:
    claim = claimed("never: {from: [{namespaces: [shop]}], to: [{ipBlock: {cidr: 10.0.0.0/8}}, {node: {}}]}")

    (found,) = check(cluster(TWO + to("198.51.100.0/24")), [claim], OPEN, FIXED)

    assert not any(INSIDE in line for line in found.not_covered)
