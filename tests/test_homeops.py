"""The corpus set `cilium-home-ops`: what was found true of it by reading, before there was a reader."""

import os
from pathlib import Path

import pytest

from tests.homeops import TRUTHS
from tests.packaged import property_of
from verifier.engine.check.check import check
from verifier.ir.cluster import Cluster
from verifier.manifests.kubernetes.load import load

CORPUS = os.environ.get("NETPOL_CORPUS")


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    if not CORPUS:
        pytest.skip("NETPOL_CORPUS names no folder of real manifests")
    files = sorted((Path(CORPUS) / "cilium-home-ops").rglob("*.yaml"))
    return load([str(file) for file in files if file.name != "kustomization.yaml"]).cluster


def test_its_policies_choose_the_profile(cluster: Cluster) -> None:
    assert len(cluster.policies.objects) == 18
    assert cluster.profile == "cilium"


@pytest.mark.parametrize(("claim", "verdict"), TRUTHS)
def test_what_was_found_by_reading_is_the_verdict(cluster: Cluster, claim: str, verdict: str) -> None:
    (found,) = check(cluster, [property_of(claim)])
    assert found.verdict.value == verdict
