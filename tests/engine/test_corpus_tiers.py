"""The examples of the policy API, where $NETPOL_CORPUS says they are: claims whose truth was found by reading them."""

import os
from functools import cache
from pathlib import Path

import pytest

from verifier.engine.check.check import check
from verifier.ir.cluster import Cluster
from verifier.manifests.kubernetes.load import Options, load
from verifier.manifests.notation.expression import parse_expression

CORPUS = os.environ.get("NETPOL_CORPUS")

pytestmark = pytest.mark.skipif(CORPUS is None, reason="NETPOL_CORPUS is not set: the real manifests are not at hand")

ROOT = "network-policy-api-examples"
STORIES = f"{ROOT}/site-src/user-story-examples"
WALKTHROUGH = f"{ROOT}/cmd/policy-assistant/examples/demos/walkthrough"
KUBECON = f"{ROOT}/cmd/policy-assistant/examples/demos/kubecon-eu-2024"


@cache
def cluster(path: str) -> Cluster:
    return load([str(Path(CORPUS or "") / path)], Options(nested_peers=True, exclude=("*story-4-*",))).cluster


@pytest.mark.parametrize(
    ("path", "claim", "expected"),
    [
        # Story 1, priority 10, denies all that comes from pods before story 2, priority 30, accepts the monitoring.
        (STORIES, "never */* -> sensitive-ns/*", "proved"),
        (STORIES, "never monitoring-ns/* -> sensitive-ns/*", "proved"),
        (STORIES, "always monitoring-ns/* -> shop/*", "proved"),
        # Story 2 accepts the egress to the DNS; at the DNS itself the baseline of story 5 denies.
        (STORIES, "always shop/* -> kube-system/app=kube-dns : UDP/53", "violated"),
        (STORIES, "never shop/* -> kube-system/app=kube-dns", "proved"),
        # Story 3 passes, nothing else speaks about the egress, and the baseline denies the ingress.
        (STORIES, "never shop/* -> bar-ns-1/app=svc-pub : TCP/8080", "proved"),
        (STORIES, "always external -> shop/*", "proved"),
        # Port 80 is allowed to everybody; the rest is passed or not matched, and NetworkPolicy or baseline deny it.
        (WALKTHROUGH, "always */* -> demo/* : TCP/80", "proved"),
        (WALKTHROUGH, "never */* -> demo/pod=a : TCP/81,UDP", "proved"),
        (WALKTHROUGH, "never {development=true}/* -> demo/pod=b : TCP/81", "proved"),
        (WALKTHROUGH, "always external -> demo/pod=b", "proved"),
        (WALKTHROUGH, "never external -> demo/pod=a", "proved"),
        # Only `demo` is a subject; 81 is passed before it is denied, and denied further down all the same.
        (KUBECON, "always */* -> demo/* : TCP/80", "proved"),
        (KUBECON, "never */* -> demo/* : TCP/81", "proved"),
        (KUBECON, "always */* -> other/*", "proved"),
        (KUBECON, "always external -> demo/pod=b : TCP/81", "proved"),
    ],
)
def test_claims_about_the_examples_of_the_policy_api(path: str, claim: str, expected: str) -> None:
    (result,) = check(cluster(path), [parse_expression(claim)])

    assert result.verdict == expected
