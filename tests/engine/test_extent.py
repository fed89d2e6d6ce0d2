"""How much of a cluster breaks a property, held against the enumeration, which is asked about each namespace and each
workload alone."""

from copy import deepcopy
from random import Random
from typing import Any

import pytest

from tests import oracle, packaged
from tests.engine.asking import DENY_INGRESS, cluster, deployment, namespace, policy
from tests.generators.strategies import example, policies
from verifier.engine.check import extent as module
from verifier.engine.check.check import check
from verifier.engine.results.check import Extent, Share, Verdict
from verifier.errors import InputError, Undecided
from verifier.ir.endpoint import WORKLOADS
from verifier.manifests.notation.expression import parse_expression
from verifier.smt.alike import alike
from verifier.smt.script import Told
from verifier.smt.solver import Limits

Plain = dict[str, Any]
CLAIMS = (
    ("never external -> */*", "never external -> {}/*"),
    ("always external -> */*", "always external -> {}/*"),
    ("never */* -> external : TCP/80", "never {}/* -> external : TCP/80"),
)


def is_violated(manifests: list[Plain], claim: Plain | str, universe: Plain | str = "open") -> bool:
    """What the enumeration says."""
    return oracle.verdict(manifests, claim, universe, FIXED).verdict == "violated"


FIXED = {
    "ipblock_pods": "never", "host_network": "as_node", "local_node_ingress": "always", "local_node_egress": "always",
}  # fmt: skip


def extent_of(manifests: list[Plain], claim: Plain | str, universe: Plain | str = "open") -> Extent | None:
    found = packaged.result(manifests, claim, universe, FIXED)
    assert (found.extent is not None) == (found.verdict is Verdict.VIOLATED)
    return found.extent


@pytest.mark.parametrize("seed", range(12))
def test_namespaces_are_those_of_which_a_pod_breaks_it(seed: int) -> None:
    manifests = policies(seed)
    declared = {m["metadata"]["namespace"] for m in manifests if m["metadata"].get("namespace")}
    declared |= {m["metadata"]["name"] for m in manifests if m["kind"] == "Namespace"}
    for whole, narrow in CLAIMS:
        extent = extent_of(manifests, whole)
        breaking = {name for name in declared if is_violated(manifests, narrow.format(name))}
        found = extent.namespaces if extent is not None else Share(0, len(declared))
        assert found == Share(len(breaking), len(declared), tuple(sorted(breaking)))


def repeated(manifests: list[Plain], draw: Random) -> list[Plain]:
    """The same, what is in a namespace once more in up to three others; now and then an object is forgotten there."""
    found = list(manifests)
    homes = {m["metadata"].get("namespace", "default") for m in manifests if m["kind"] != "Namespace"}
    for home in sorted(homes):
        for name in (f"{home}-{number}" for number in range(draw.randrange(4))):
            for each in manifests:
                metadata = each["metadata"]
                whole = each["kind"] == "Namespace" and metadata["name"] == home
                mine = each["kind"] == "NetworkPolicy" and metadata.get("namespace", "default") == home
                if not (whole or mine) or draw.random() < 0.1:
                    continue
                there = deepcopy(each)
                there["metadata"]["name" if whole else "namespace"] = name
                found.append(there)
    return found


OF_MANY = (
    "never external -> */*",
    "always */* -> */*",
    "never */* -> external : TCP/80",
    "confined */* -> nothing",
    {"separate": {"byNamespaceLabel": "team"}},
    {"isolated": {"pods": [{"podSelector": {}}], "directions": "ingress"}},
)


def test_namespaces_counted_by_kind_are_those_counted_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = list[tuple[int, int]]()

    def counting(*variables: Told) -> tuple[tuple[int, ...], ...]:
        kinds = alike(*variables)
        sizes.append((len(kinds), variables[0].size))
        return kinds

    def one_by_one(*variables: Told) -> tuple[tuple[int, ...], ...]:
        return tuple((number,) for number in range(variables[0].size))

    partly = 0
    for seed in range(24):
        manifests = repeated(policies(seed), Random(seed))
        for claim in OF_MANY[seed % 3 :: 3]:
            monkeypatch.setattr(module, "alike", counting)
            extent = extent_of(manifests, claim)
            monkeypatch.setattr(module, "alike", one_by_one)
            assert extent == extent_of(manifests, claim), (seed, claim)
            partly += extent is not None and 0 < extent.namespaces.count < extent.namespaces.of

    assert partly >= 8
    assert sum(kinds < size - 2 for kinds, size in sizes) >= 20, "namespaces were of one kind, besides the two others"


def test_workloads_are_those_of_which_a_pod_breaks_it() -> None:
    counted = 0
    for seed in range(60):
        given = example(seed).manifests
        workloads = [m for m in given if m["kind"] in WORKLOADS]
        names = [(m["kind"], m["metadata"].get("namespace"), m["metadata"].get("name")) for m in workloads]
        if counted >= 12 or len(set(names)) < max(2, len(names)) or any(name is None for *_, name in names):
            continue
        others = [m for m in given if m not in workloads]
        try:
            extent = extent_of(given, "never external -> */*", "inventory")
        except InputError:
            continue
        found = set(extent.workloads.names) if extent is not None else set()
        assert extent is None or len(found) == extent.workloads.count
        for workload in workloads:
            meta = workload["metadata"]
            title = f"{workload['kind']} {meta.get('namespace', 'default')}/{meta['name']}"
            assert (title in found) is is_violated([*others, workload], "never external -> */*", "inventory"), title
        counted += bool(found)

    assert counted >= 6


SHOP = (
    namespace("a") + namespace("b") + namespace("c")
    + deployment("a", "one", "{app: one}") + deployment("a", "two", "{app: two}") + deployment("b", "three", "{app: x}")
    + policy("a", "deny", "{podSelector: {matchLabels: {app: one}}}") + policy("b", "deny", DENY_INGRESS)
)  # fmt: skip


def asked(claim: str, manifests: str = SHOP, limits: Limits | None = None) -> Extent | None:
    [found] = check(cluster(manifests), [parse_expression(claim)], limits=limits or Limits())
    assert found.verdict is Verdict.VIOLATED
    return found.extent


def test_of_isolated_the_pods_count() -> None:
    claim = packaged.property_of({"isolated": {"pods": [{"podSelector": {}}], "directions": "ingress"}})
    [found] = check(cluster(SHOP), [claim])

    assert found.extent == Extent(Share(2, 3, ("a", "c")), Share(1, 3, ("Deployment a/two",)))


def test_of_confined_the_sources_count() -> None:
    assert asked("confined a/* -> nothing") == Extent(
        Share(1, 3, ("a",)), Share(2, 3, ("Deployment a/one", "Deployment a/two"))
    )


def test_of_other_claims_the_destinations_count_and_the_sources_where_these_are_no_pods() -> None:
    assert asked("never a/* -> c/*") == Extent(Share(1, 3, ("c",)), Share(0, 3))
    assert asked("never b/app=x -> external") == Extent(Share(1, 3, ("b",)), Share(1, 3, ("Deployment b/three",)))


def test_ports_by_name_tell_workloads_of_the_same_labels_apart() -> None:
    def named(name: str, port: str) -> str:
        return (
            f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: a, labels: {{app: p}}}}\n"
            f"spec: {{containers: [{{name: c, image: i, ports: [{{name: {port}, containerPort: 80}}]}}]}}\n"
        )

    rule = "{podSelector: {matchLabels: {app: p}}, ingress: [{ports: [{port: web}]}]}"
    pods = namespace("a") + named("has", "web") + named("lacks", "other") + policy("a", "named", rule)

    assert asked("never external -> a/app=p", pods) == Extent(Share(1, 1, ("a",)), Share(1, 2, ("Pod a/has",)))


def test_pods_whose_labels_are_only_supposed_do_not_count() -> None:
    """A policy that opens one revision: who surely has its hash is the ReplicaSet, not the Deployment."""
    rule = "{podSelector: {matchLabels: {pod-template-hash: abc}}, ingress: [{}]}"
    old = deployment("a", "old", "{app: p, pod-template-hash: abc}").replace("Deployment", "ReplicaSet")
    pods = deployment("a", "web", "{app: p}") + old
    manifests = namespace("a") + pods + policy("a", "deny", DENY_INGRESS) + policy("a", "revision", rule)

    assert asked("never external -> a/app=p", manifests) == Extent(
        Share(1, 1, ("a",)), Share(1, 2, ("ReplicaSet a/old",))
    )


def test_a_solver_that_gives_up_leaves_the_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def gives_up(*_: object) -> None:
        raise Undecided("the time limit of the run")

    monkeypatch.setattr(module, "_namespaces", gives_up)
    assert asked("never a/* -> c/*") is None


def test_too_many_workloads_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 1)
    found = asked("never external -> a/*")
    assert found is not None
    assert found.workloads.count is None
