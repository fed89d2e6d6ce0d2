"""The laws of comparisons, and what they owe to namespaces, workloads and nodes that changed."""

from pathlib import Path

import pytest
import yaml

from tests import oracle, packaged
from tests.engine.asking import (
    DENY_ALL,
    DENY_EGRESS,
    DENY_INGRESS,
    admits,
    cluster,
    deployment,
    namespace,
    pod,
    policy,
    universe,
)
from tests.generators.changes import pair
from tests.oracle.rules import WORKLOADS
from tests.packaged import universe_of
from verifier.engine.check.notes import LEFT_OPEN
from verifier.engine.diff.compare import compare, equivalent, implies
from verifier.engine.results.diff import Difference, Relation
from verifier.engine.results.region import Region
from verifier.ir.endpoint import Kind
from verifier.ir.network import Intervals, Protocol

WEB, OPS = "{podSelector: {matchLabels: {app: web}}}", "{namespaceSelector: {matchLabels: {team: ops}}}"
FROM_WEB = policy("shop", "in", admits(WEB))
FROM_BOTH = policy("shop", "in", admits(WEB, OPS))
ISOLATED = policy("shop", "deny", DENY_INGRESS)


def difference(old: str, new: str, of: str = "open", limit: int | None = None, **switches: str) -> Difference:
    """How the manifests `new` differ from `old`, in the universe `of`."""
    return compare(cluster(old), cluster(new), universe(of), switches, limit=limit)


def only(regions: tuple[Region, ...]) -> Region:
    (found,) = regions
    return found


# Laws


@pytest.mark.parametrize("manifests", [FROM_BOTH, FROM_WEB + namespace("shop", "{team: ops}"), ""])
def test_nothing_differs_from_itself(manifests: str) -> None:
    found = difference(manifests, manifests)

    assert (found.relation, found.added, found.removed) == (Relation.EQUIVALENT, (), ())


@pytest.mark.parametrize("seed", range(12))
def test_difference_the_other_way_round_is_the_mirror_image(seed: int) -> None:
    given = pair(seed)
    anybody = any(manifest["kind"] in WORKLOADS for manifest in (*given.old, *given.new))
    where = "inventory" if seed % 2 and anybody else "open"

    there = packaged.difference(given.old, given.new, where, given.switches)
    back = packaged.difference(given.new, given.old, where, given.switches)

    mirrored = {Relation.WIDER: Relation.NARROWER, Relation.NARROWER: Relation.WIDER}
    assert back.relation is mirrored.get(there.relation, there.relation)
    for one, sides in ((there, (given.old, given.new)), (back, (given.new, given.old))):
        told = [[packaged.plain_region(region) for region in regions] for regions in (one.added, one.removed)]
        assert oracle.compare(*sides, where, given.switches, (), *told).wrong is None


def test_wider_is_implied_and_not_the_other_way_round() -> None:
    narrow, wide = cluster(FROM_WEB), cluster(FROM_BOTH)

    assert implies(narrow, wide)
    assert not implies(wide, narrow)
    assert not equivalent(narrow, wide)
    assert equivalent(wide, wide)


@pytest.mark.parametrize(
    "refactored",
    [
        policy("shop", "another-name", admits(WEB, OPS)),
        policy("shop", "in", admits(OPS, WEB)),
        policy("shop", "in", f"{{ingress: [{{from: [{WEB}]}}, {{from: [{OPS}]}}]}}"),
        policy("shop", "in", admits(OPS)) + FROM_WEB.replace("name: in", "name: too"),
        policy("shop", "in", f"{{ingress: [{{from: [{WEB}, {OPS}, {WEB}]}}]}}"),
        FROM_BOTH + ISOLATED,
    ],
    ids=["renamed", "reordered", "rule split", "policy split", "said twice", "already isolated"],
)
def test_refactoring_changes_nothing(refactored: str) -> None:
    for old, new in ((FROM_BOTH, refactored), (refactored, FROM_BOTH)):
        found = difference(old, new)

        assert (found.relation, found.added, found.removed, found.complete) == (Relation.EQUIVALENT, (), (), True)


def test_policy_that_newly_isolates_a_pod_removes_traffic() -> None:
    found = difference(namespace("shop"), namespace("shop") + ISOLATED)

    region = only(found.removed)
    assert (found.relation, found.added) == (Relation.NARROWER, ())
    assert region.destination.namespaces == frozenset({"shop"})
    assert [str(step.citation) for step in region.after] == ["NetworkPolicy shop/deny"]


def test_namespace_that_changes_its_labels_changes_who_gets_in() -> None:
    old, new = (namespace("dev", labels) + FROM_BOTH for labels in ("{}", "{team: ops}"))

    found = difference(old, new)

    assert (found.relation, found.removed) == (Relation.WIDER, ())
    assert only(found.added).source.namespaces == frozenset({"dev"})


def test_nothing_is_told_of_the_namespace_of_an_address_outside() -> None:
    """The model has some value for it all the same; what was told by that was not the difference (a soak's find)."""
    old, new = namespace("ops", "{}"), namespace("ops", "{team: a}") + policy("default", "deny", DENY_INGRESS)
    new += policy("ops", "all", "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}, {}]}")

    found = difference(old, new, of="{namespaces: {others: false}}")

    assert found.relation is Relation.NARROWER
    told = only(found.removed)
    assert told.source.namespaces is None
    assert not told.source.not_namespaces
    assert told.same_namespace is None


def test_namespace_whose_label_only_a_removed_policy_mentions_is_told_by_its_labels_elsewhere() -> None:
    found = difference(namespace("dev", "{team: ops}") + policy("shop", "in", admits(OPS)), namespace("dev"))

    assert found.relation is Relation.WIDER
    described = [(sorted(r.source.namespaces or ()), r.source.kinds) for r in found.added]
    assert (["dev"], frozenset({Kind.POD})) not in described  # was let in before, and is now


def test_change_that_the_other_end_blocks_before_and_after_is_no_difference() -> None:
    blocked = policy("shop", "out", DENY_EGRESS) + policy("ops", "deny", DENY_ALL)
    opened = policy("ops", "in", "{ingress: [{from: [{namespaceSelector: {matchLabels: "
                                 "{kubernetes.io/metadata.name: shop}}}]}]}")  # fmt: skip

    assert difference(blocked, blocked + opened).relation is Relation.EQUIVALENT


ROLE = "{podSelector: {matchLabels: {role: nobody-has-this}}}"


def test_label_that_nobody_carries_counts_among_all_pods_that_could_be_and_not_among_those_that_are() -> None:
    pods = pod("shop", "web", "{app: web}") + pod("shop", "db", "{app: db}")
    old, new = pods + FROM_WEB, pods + policy("shop", "in", admits(WEB, ROLE))

    assert difference(old, new).relation is Relation.WIDER
    assert difference(old, new, "inventory").relation is Relation.EQUIVALENT


def test_new_workload_is_nothing_to_report_where_any_pod_could_be() -> None:
    found = difference(FROM_WEB, FROM_WEB + deployment("shop", "web", "{app: web}"))

    assert (found.relation, found.new_workloads) == (Relation.EQUIVALENT, ())


def test_every_variant_of_a_workload_counts() -> None:
    one, other = (deployment("shop", "a", f"{{app: {app}}}") for app in ("web", "db"))
    for app in ("web", "db"):
        closed = policy("shop", "in", f"{{podSelector: {{matchLabels: {{app: {app}}}}}}}")

        assert difference(one + other, one + other + closed, "inventory").relation is Relation.NARROWER


def test_of_several_variants_the_equal_ones_stay_and_the_others_are_new_or_gone() -> None:
    one, other, third = (deployment("shop", "a", f"{{app: {app}}}") for app in ("web", "db", "api"))

    found = difference(one + other, one + third, "inventory")

    assert [dict(w.workload.labels) for w in found.new_workloads] == [{"app": "api"}]
    assert [dict(w.workload.labels) for w in found.gone_workloads] == [{"app": "db"}]


# Both sides of one thing


def test_region_that_leaves_out_the_own_node_is_proved_to_do_so() -> None:
    found = difference("", ISOLATED, "{nodes: true}", host_network="as_node", local_node_egress="always")

    by_kind = {kind: region.same_node for region in found.removed for kind in region.source.kinds}
    assert by_kind == {Kind.POD: None, Kind.EXTERNAL: None, Kind.NODE: False, Kind.HOSTPOD: False}


def test_workload_whose_labels_changed_is_told_by_name() -> None:
    old, new = (
        deployment("shop", "a", labels) + deployment("shop", "b", "{app: web}") + FROM_WEB + namespace("ops")
        for labels in ("{app: api}", "{app: web}")
    )  # fmt: skip

    found = difference(old, new, "inventory")

    assert (found.relation, found.removed) == (Relation.WIDER, ())
    assert only(found.added).source.workloads == frozenset({"Deployment shop/a"})


def test_workload_whose_port_got_a_name_is_told_by_the_number() -> None:
    named = "containers: [{name: c, image: i, ports: [{name: web, containerPort: 80}]}]"
    by_name = policy("shop", "in", "{ingress: [{ports: [{port: web}]}]}")
    other = deployment("shop", "b", "{app: b}") + by_name
    old, new = (other + deployment("shop", "a", "{app: a}", spec) for spec in ("", named))

    found = difference(old, new, "inventory")

    region = only(found.added)
    assert (found.relation, found.removed) == (Relation.WIDER, ())
    assert region.destination.workloads == frozenset({"Deployment shop/a"})
    assert (dict(region.ports), dict(region.port_names)) == ({Protocol.TCP: Intervals(((80, 80),))}, {})


def test_pod_has_the_labels_of_one_workload_on_both_sides() -> None:
    """Two that swap their labels do not make a third that has none of the old and none of the new."""
    old, new = (
        pod("shop", "a", f"{{app: {first}}}")
        + pod("shop", "b", f"{{app: {second}}}")
        + policy("shop", "in", admits(WEB))
        for first, second in (("web", "db"), ("db", "web"))
    )

    found = difference(old, new, "inventory")

    assert found.relation is Relation.INCOMPARABLE
    assert only(found.added).source.workloads == frozenset({"Pod shop/b"})
    assert only(found.removed).source.workloads == frozenset({"Pod shop/a"})


LAW = f"{{name: law, pods: {WEB}, onlyIn: {OPS}}}"


def test_pod_that_an_invariant_forbids_on_one_side_is_on_neither() -> None:
    old, new = (namespace("shop", labels) + FROM_WEB for labels in ("{team: dev}", "{team: ops}"))

    found = difference(old, new, f"{{invariants: [{LAW}], namespaces: {{others: false}}}}")

    assert found.relation is Relation.EQUIVALENT


def test_namespaces_without_a_name_are_told_by_those_that_have_one(tmp_path: Path) -> None:
    template = yaml.safe_load(policy("unused", "every", DENY_INGRESS).removeprefix("---"))
    del template["metadata"]["namespace"]
    where = universe_of({"newNamespacesGet": [template]}, tmp_path)

    known = namespace("ops") + namespace("shop")
    found = compare(cluster(known), cluster(known + policy("shop", "in", DENY_INGRESS)), where)

    assert {name for r in found.removed for name in r.destination.namespaces or ()} == {"shop"}
    assert not any(r.destination.not_namespaces for r in found.removed)


LAB = """
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: names-lab}
spec: {priority: 1, subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: lab}}}}
"""
_NAMES_LAB = "egress: [{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: lab}}}]}]"
IDLE = policy("shop", "idle", f"{{policyTypes: [Ingress], ingress: [{{}}], {_NAMES_LAB}}}")


@pytest.mark.parametrize("heard", [LAB, IDLE, namespace("lab")], ids=["tier", "idle rule", "object"])
def test_namespace_that_a_change_names_loses_what_new_ones_get(heard: str, tmp_path: Path) -> None:
    """docs/universe.md, `newNamespacesGet`: each side has heard of what its own policies and objects name."""
    template = yaml.safe_load(policy("unused", "every", DENY_EGRESS).removeprefix("---"))
    del template["metadata"]["namespace"]
    where = universe_of({"newNamespacesGet": [template]}, tmp_path)
    known = namespace("shop") + policy("shop", "out", "{policyTypes: [Egress], egress: [{}]}")
    old, new = cluster(known), cluster(known + heard)

    there, back = compare(old, new, where), compare(new, old, where)

    assert (there.relation, back.relation) == (Relation.WIDER, Relation.NARROWER)
    assert only(there.added).source.namespaces == frozenset({"lab"})


def test_a_side_without_manifests_permits_everything(tmp_path: Path) -> None:
    """docs/cli.md; new namespaces, which nobody has heard of, are the same on both sides."""
    template = yaml.safe_load(policy("unused", "every", DENY_EGRESS).removeprefix("---"))
    del template["metadata"]["namespace"]
    where = universe_of({"newNamespacesGet": [template]}, tmp_path)
    shop = cluster(policy("shop", "in", DENY_INGRESS))

    assert compare(cluster(""), shop, where).relation is Relation.NARROWER
    assert compare(shop, cluster(""), where).relation is Relation.WIDER


# Ties


def tied(first: str, second: str) -> str:
    """Two policies of equal priority about what leaves every pod for the outside."""
    rule = "egress: [{action: %s, to: [{networks: [203.0.113.0/24]}]}]"
    head = "---\napiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: %s}\n"
    spec = "spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, %s}\n"
    return "".join(head % name + spec % (rule % action) for name, action in (("a", first), ("b", second)))


def test_what_a_tie_leaves_open_on_both_sides_counts_as_unchanged_and_is_said() -> None:
    old, new = (cluster(namespace("shop") + tied(*actions)) for actions in (("Accept", "Deny"), ("Deny", "Accept")))

    found = compare(old, new)

    assert (found.relation, found.notes) == (Relation.EQUIVALENT, (LEFT_OPEN,))
    assert compare(old, new, switches={"same_priority": "by_name"}).relation is Relation.NARROWER
    assert compare(old, new, switches={"same_priority": "by_name"}).notes == ()


def test_a_tie_that_one_side_has_is_a_difference() -> None:
    old, new = (cluster(namespace("shop") + tied("Accept", action)) for action in ("Accept", "Deny"))

    found = compare(old, new)

    assert (found.relation, found.notes) == (Relation.NARROWER, ())


BALANCER = """---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, externalTrafficPolicy: %s, selector: {app: web}, ports: [{port: 80}]}
"""


NO_SERVICE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"


def test_a_service_that_hides_who_asks_on_one_side_only_is_named() -> None:
    local, hiding, none = (cluster(each) for each in (BALANCER % "Local", BALANCER % "Cluster", NO_SERVICE))

    for old, new in ((local, hiding), (hiding, local)):
        assert any("clients of Service shop/web" in each for each in compare(old, new).not_covered)
    for old, new in ((local, local), (hiding, hiding), (none, hiding)):
        assert not any("externalTrafficPolicy" in each for each in compare(old, new).not_covered)
