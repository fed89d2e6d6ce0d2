"""What is behind a Service that a policy of Cilium or Calico names: the package against the enumeration on random small
clusters, and what counts one by one (docs/semantics.md 5.3, 6.2)."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import oracle, packaged
from tests.generators.behind import calico_services_example, cilium_services_example
from tests.generators.strategies import Example
from tests.test_agreement import asked, package
from tests.test_tier_agreement import without_ties

Plain = dict[str, Any]

EXAMPLES = 45
PAIRS = 50_000
"""What the enumeration looks at for one claim, at most."""


def service(name: str = "s", namespace: str = "far", selector: Plain | None = None, **spec: Any) -> Plain:
    ports = {"ports": [{"port": 443, "targetPort": 8443}]}
    meta = {"name": name, "namespace": namespace}
    chosen = {"selector": selector} if selector is not None else {}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {**ports, **chosen, **spec}}


def endpoints(address: str, field: str = "addresses", **entry: Any) -> Plain:
    subsets = [{field: [{"ip": address, **entry}], "ports": [{"port": 8443}]}]
    return {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "s", "namespace": "far"}, "subsets": subsets}


HOMES: list[Plain] = [
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in ("lab", "far", "off")
]
NODE: Plain = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "one"},
    "status": {"addresses": [{"type": "InternalIP", "address": "192.168.0.1"}]},
}
NAMED = service(type="ExternalName", externalName="x.y")
OF_DB = service(selector={"app": "db"})


def cilium(namespace: str | None = "far", **entry: Any) -> Plain:
    named = {"serviceName": "s", **({"namespace": namespace} if namespace is not None else {})}
    spec = {"endpointSelector": {}, "egress": [{"toServices": [{"k8sService": named}], **entry}]}
    meta = {"name": "p", "namespace": "lab"}
    return {"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": meta, "spec": spec}


def calico(way: str = "egress") -> Plain:
    end = "destination" if way == "egress" else "source"
    rule = {"action": "Allow", end: {"services": {"name": "s", "namespace": "far"}}}
    meta = {"name": "p", "namespace": "lab"}
    spec = {"types": [way.capitalize()], way: [rule]}
    return {"apiVersion": "projectcalico.org/v3", "kind": "NetworkPolicy", "metadata": meta, "spec": spec}


SPECIFIC = [
    # Cilium: a Service that selects is its pods, on every port, and nobody else
    ([cilium(), OF_DB], "always lab/* -> far/app=db", "proved"),
    ([cilium(), OF_DB], "never lab/* -> far/app!=db", "proved"),
    ([cilium(), OF_DB], "never lab/* -> off/*", "proved"),
    ([cilium(), OF_DB], "never lab/* -> external", "proved"),
    # what is not in the input, twice, or a name, nobody can say
    ([cilium()], "never lab/* -> far/*", "unknown"),
    ([cilium(), service(namespace="off", selector={"app": "db"})], "never lab/* -> far/*", "unknown"),
    ([cilium(), OF_DB, service(selector={"app": "web"})], "never lab/* -> far/app=x", "unknown"),
    ([cilium(), NAMED], "never lab/* -> external", "unknown"),
    ([cilium(), NAMED, endpoints("203.0.113.5")], "never lab/* -> 203.0.113.9", "unknown"),
    ([calico(), NAMED, endpoints("203.0.113.5")], "never lab/* -> 203.0.113.9", "unknown"),
    ([cilium(), service()], "never lab/* -> external", "unknown"),
    # without namespace: of each one of that name, and of namespaces that have none nobody can say
    ([cilium(None), OF_DB], "always lab/* -> far/app=db", "proved"),
    ([cilium(None), OF_DB], "never lab/* -> far/app!=db", "proved"),
    ([cilium(None), OF_DB], "never lab/* -> off/*", "unknown"),
    ([cilium(None), OF_DB], "never lab/* -> external", "unknown"),
    ([cilium(None), OF_DB], "never lab/* -> node", "proved"),
    # without selector: what is listed, as CIDRs, so no pods
    ([cilium(), service(), endpoints("203.0.113.5"), NODE], "always lab/* -> 203.0.113.5", "proved"),
    ([cilium(), service(), endpoints("203.0.113.5")], "never lab/* -> 203.0.113.6", "proved"),
    ([cilium(), service(), endpoints("203.0.113.5")], "never lab/* -> far/*", "proved"),
    ([cilium(), service(), endpoints("10.0.0.9", targetRef={"kind": "Pod", "name": "w"})],
     "never lab/* -> far/*", "proved"),
    ([cilium(), service(), endpoints("203.0.113.5", "notReadyAddresses")], "never lab/* -> 203.0.113.5", "unknown"),
    ([cilium(), service(), endpoints("203.0.113.5", "notReadyAddresses")], "never lab/* -> 203.0.113.6", "proved"),
    # ports join, whatever ports the Service has
    ([cilium(toPorts=[{"ports": [{"port": "80"}]}]), OF_DB], "never lab/* -> far/app=db : TCP/8443", "proved"),
    ([cilium(toPorts=[{"ports": [{"port": "80"}]}]), OF_DB], "always lab/* -> far/app=db : TCP/80", "proved"),
    # labels that make no identity choose nobody
    ([cilium(), service(selector={"pod-template-hash": "x"})], "never lab/* -> far/*", "proved"),
    # Calico: its pods on the ports of the Service
    ([calico(), OF_DB], "always lab/* -> far/app=db : TCP/8443", "proved"),
    ([calico(), OF_DB], "never lab/* -> far/app=db : TCP/443", "proved"),
    ([calico(), OF_DB], "never lab/* -> far/app=db : UDP/8443", "proved"),
    ([calico(), OF_DB], "never lab/* -> far/app!=db", "proved"),
    ([calico(), OF_DB], "never lab/* -> external", "proved"),
    ([calico(), OF_DB], "never lab/* -> node : TCP/8443", "unknown"),
    ([calico(), OF_DB], "never lab/* -> node : TCP/443", "proved"),
    ([calico()], "never lab/* -> far/*", "unknown"),
    ([calico(), service(selector={"app": "db"}, ports=[])], "never lab/* -> far/app=db : TCP/1", "unknown"),
    ([calico(), service(selector={"app": "db"}, ports=[{"port": 1, "targetPort": "web"}])],
     "never lab/* -> far/app=db : TCP/1", "unknown"),
    ([calico(), service(selector={"app": "db"}, ports=[{"port": 1, "targetPort": "web"}])],
     "never lab/* -> far/app=db : UDP", "proved"),
    # what is listed beside its pods may be gone
    ([calico(), OF_DB, endpoints("203.0.113.5"), NODE], "always lab/* -> 203.0.113.5 : TCP/8443", "unknown"),
    ([calico(), OF_DB, endpoints("203.0.113.5")], "never lab/* -> 203.0.113.5 : TCP/8443", "unknown"),
    # as a source by address only
    ([calico("ingress"), OF_DB], "always far/app=db -> lab/* : UDP/1", "proved"),
    ([calico("ingress"), OF_DB], "never far/app!=db -> lab/*", "proved"),
    ([calico("ingress"), OF_DB], "never external -> lab/*", "proved"),
    # without selector: what is listed, pods by their address too
    ([calico(), service(), endpoints("203.0.113.5")], "always lab/* -> 203.0.113.5 : TCP/8443", "proved"),
    ([calico(), service(), endpoints("203.0.113.5")], "never lab/* -> 203.0.113.5 : TCP/443", "proved"),
    ([calico(), service(), endpoints("203.0.113.5")], "never lab/* -> 203.0.113.6", "proved"),
    ([calico(), service(), endpoints("203.0.113.5", "notReadyAddresses")],
     "never lab/* -> 203.0.113.5 : TCP/8443", "unknown"),
    ([calico(), service()], "never lab/* -> external", "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("manifests", "claim", "expected"), SPECIFIC)
def test_of_each_service_what_the_input_says_counts(manifests: list[Plain], claim: str, expected: str) -> None:
    assert packaged.verdict([*HOMES, *manifests], claim).verdict == expected


def test_clients_that_show_the_address_of_a_node_may_look_like_a_pod_on_it() -> None:
    manifests = [*HOMES, calico("ingress"), OF_DB]
    assert packaged.verdict(manifests, "never external -> lab/*", switches={"external_source": "node"}).verdict == (
        "unknown"
    )


def test_nodes_may_be_behind_an_unknown_service_where_cidrs_hold_them() -> None:
    manifests = [*HOMES, cilium()]
    assert packaged.verdict(manifests, "never lab/* -> node").verdict == "proved"
    found = packaged.verdict(manifests, "never lab/* -> node", switches={"ipblock_nodes": "match"})
    assert found.verdict == "unknown"


@pytest.mark.parametrize("drawn", [cilium_services_example, calico_services_example])
def test_check_agrees_with_the_enumeration(
    drawn: Callable[[int], Example], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    verdicts: Counter[str] = Counter()
    for seed in range(EXAMPLES):
        given = drawn(seed)
        answer = package(given, tmp_path)
        if answer is None:
            continue
        try:
            expected = oracle.verdict(*asked(given), budget=oracle.Budget(PAIRS))
        except oracle.TooLarge:
            verdicts["too large"] += 1
            continue
        assert without_ties(answer) == without_ties(expected), f"{drawn.__name__}({seed})\n{given}"
        verdicts[answer.verdict] += 1
    record_property("shares", str(verdicts))
    assert min(verdicts[name] for name in ("proved", "violated", "unknown")) >= 2
    assert verdicts["too large"] <= EXAMPLES * 0.3
