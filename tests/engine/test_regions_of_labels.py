"""Regions where a namespace changed its labels in the very change that takes away what mentioned them."""

from verifier.engine.diff.compare import compare
from verifier.engine.results.diff import Relation
from verifier.manifests.kubernetes.load import load_text

LABELLED = """
apiVersion: v1
kind: Namespace
metadata: {name: ops, labels: {team: a}}
---
"""
BARE = """
apiVersion: v1
kind: Namespace
metadata: {name: ops}
---
"""
FROM_B = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: from-b, namespace: shop}
spec:
  podSelector: {}
  ingress: [{from: [{namespaceSelector: {matchLabels: {team: b}}}]}]
"""


def test_policy_that_goes_together_with_labels_that_it_spoke_of() -> None:
    before, after = load_text(LABELLED + FROM_B).cluster, load_text(BARE).cluster

    assert compare(before, after).relation is Relation.WIDER
    assert compare(after, before).relation is Relation.NARROWER
    assert compare(before, after).complete
