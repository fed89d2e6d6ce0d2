"""Regions where nodes are covered: a pod's own node is let in whatever the policies say, other nodes are not."""

from verifier.engine.diff.compare import compare
from verifier.engine.results.diff import Difference, Relation
from verifier.ir.cluster import NOTHING
from verifier.ir.endpoint import Kind
from verifier.ir.universe import Universe
from verifier.manifests.kubernetes.load import load_text

DENY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}}
"""


def denied(**switches: str) -> Difference:
    return compare(NOTHING, load_text(DENY).cluster, Universe(nodes=True), switches)


def test_new_policy_shuts_out_other_nodes_only() -> None:
    found = denied(host_network="as_node")
    of_nodes = [region for region in found.removed if Kind.NODE in region.source.kinds]

    assert found.relation is Relation.NARROWER
    assert found.complete
    assert [region.same_node for region in of_nodes] == [False]


def test_regions_of_nodes_are_the_whole_difference_whatever_the_switches_are() -> None:
    found = denied()

    assert found.complete
    assert not found.added
