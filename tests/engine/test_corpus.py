"""Real manifests, where $NETPOL_CORPUS says they are: claims whose truth was found by reading them."""

import os
from functools import cache
from pathlib import Path

import pytest

from verifier.engine.check.check import check
from verifier.engine.results.check import Result, Verdict
from verifier.ir.cluster import Cluster
from verifier.manifests.kubernetes.load import load
from verifier.manifests.notation.expression import parse_expression
from verifier.manifests.specs.universe import load_universe

CORPUS = os.environ.get("NETPOL_CORPUS")

pytestmark = pytest.mark.skipif(CORPUS is None, reason="NETPOL_CORPUS is not set: the real manifests are not at hand")

SOCK_SHOP = ("sock-shop/deploy/kubernetes/complete-demo.yaml", "sock-shop/deploy/kubernetes/manifests-policy")
BOUTIQUE = ("online-boutique/kubernetes-manifests", "online-boutique/kustomize/components/network-policies")
STARS = ("eks-examples/stars",)
CONCEPTS = ("k8s-website/networkpolicy.yaml",)
PROMETHEUS = ("kube-prometheus",)
PLATFORM = ("moj-platform",)

NAME = "kubernetes.io/metadata.name"
EXPORTER = "app.kubernetes.io/component=exporter,app.kubernetes.io/part-of=kube-prometheus"
GRAFANA = "app.kubernetes.io/name=grafana,app.kubernetes.io/component=grafana,app.kubernetes.io/part-of=kube-prometheus"


@cache
def cluster(paths: tuple[str, ...]) -> Cluster:
    return load([str(Path(CORPUS or "") / path) for path in paths]).cluster


def asked(paths: tuple[str, ...], claim: str, universe: str = "open") -> Result:
    (result,) = check(cluster(paths), [parse_expression(claim)], load_universe(universe))
    return result


@pytest.mark.parametrize(
    ("paths", "claim", "expected"),
    [
        # The policy lets `name: cart` in; the pods carry `name: carts`.
        (SOCK_SHOP, "never sock-shop/name=carts -> sock-shop/name=carts-db", "proved"),
        (SOCK_SHOP, "always sock-shop/name=carts -> sock-shop/name=carts-db : TCP/27017", "violated"),
        # One caller and one port for each service; everything may leave; the front end is open to all.
        (BOUTIQUE, "only app=checkoutservice -> default/app=paymentservice : TCP/50051", "proved"),
        (BOUTIQUE, "only default/app=checkoutservice -> default/app=paymentservice : TCP/50051", "proved"),
        (BOUTIQUE, "exactly default/app=cartservice -> default/app=redis-cart : TCP/6379", "proved"),
        (BOUTIQUE, "never * -> default/app=redis-cart : TCP/6380", "proved"),
        (BOUTIQUE, "always external -> default/app=frontend", "proved"),
        # `management-ui` is a label of a namespace, `frontend` one of pods; the default deny is in another namespace.
        (STARS, "never client/* -> stars/role=backend", "proved"),
        (STARS, "always client/* -> stars/role=frontend : TCP/80", "proved"),
        (STARS, "never client/* -> stars/role=frontend : TCP/81", "proved"),
        (STARS, "only stars/role=frontend -> stars/role=backend", "violated"),
        (STARS, "never stars/* -> client/*", "proved"),
        # The example of the concept page.
        (CONCEPTS, "never 172.17.1.5 -> default/role=db", "proved"),
        (CONCEPTS, "always 172.17.0.9 -> default/role=db : TCP/6379", "proved"),
        (CONCEPTS, "never external -> default/role=db : TCP/6380", "proved"),
        (CONCEPTS, "only default/role=frontend -> default/role=db : TCP/6379", "violated"),
        (CONCEPTS, "never default/role=db -> 10.0.1.1", "proved"),
        (CONCEPTS, "always default/role=db -> 10.0.0.5 : TCP/5978", "proved"),
        (PROMETHEUS, f"only monitoring/app.kubernetes.io/name=prometheus -> monitoring/{GRAFANA} : TCP/3000", "proved"),
        (PROMETHEUS, "always external -> monitoring/app.kubernetes.io/name=prometheus-adapter", "proved"),
        # Own pods and those of the ingress controllers' namespaces.
        (PLATFORM, "never external -> poornima-dev/*", "proved"),
        (PLATFORM, f"never {{component!=ingress-controllers,{NAME}!=poornima-dev}}/* -> poornima-dev/*", "proved"),
        (PLATFORM, "always {component=ingress-controllers}/* -> poornima-dev/* : TCP/443", "proved"),
        (PLATFORM, "always poornima-dev/* -> poornima-dev/*", "proved"),
    ],
)
def test_claims_about_real_manifests(paths: tuple[str, ...], claim: str, expected: str) -> None:
    assert asked(paths, claim).verdict == expected


def test_a_host_network_workload_leaves_a_claim_undecided() -> None:
    """The node exporter's policy admits Prometheus only, and nobody knows whether policies bind its pods."""
    claim = "only monitoring/app.kubernetes.io/name=prometheus -> monitoring/app.kubernetes.io/name=node-exporter"

    narrow, today = asked(PROMETHEUS, f"{claim},{EXPORTER}"), asked(PROMETHEUS, claim, "inventory")

    for result in (narrow, today):
        assert (result.verdict, result.depends_on) == (Verdict.UNKNOWN, ("host_network",))
        assert result.reason is not None
        assert "DaemonSet monitoring/node-exporter uses hostNetwork" in result.reason
