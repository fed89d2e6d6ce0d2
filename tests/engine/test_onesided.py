"""Comparisons of inventories whose workloads come, go, are renamed, and turn to hostNetwork."""

import pytest

from tests.engine.asking import DENY_ALL, DENY_EGRESS, DENY_INGRESS, admits, cluster, deployment, namespace, pod, policy
from tests.engine.asking import universe as universe_named
from tests.packaged import universe_of
from verifier.engine.diff.compare import compare, equivalent, implies
from verifier.engine.diff.gate import gate
from verifier.engine.diff.outcome import of_gate
from verifier.engine.results.diff import Difference, OneSided, Relation
from verifier.engine.results.region import Region
from verifier.ir.endpoint import Kind
from verifier.ir.universe import INVENTORY
from verifier.report.words.region import line, reach

SHOP = namespace("shop", "{team: shop}")
WEB = deployment("shop", "web", "{app: web}")
DB = deployment("shop", "db", "{app: db}")
CLOSED = SHOP + WEB + policy("shop", "deny", DENY_ALL)
NODE = """\
---
apiVersion: v1
kind: Node
metadata: {name: one}
status: {addresses: [{type: InternalIP, address: 10.9.9.9}]}
"""


def difference(old: str, new: str, of: str = "inventory", **switches: str) -> Difference:
    return compare(cluster(old), cluster(new), universe_named(of), switches)


def names(workloads: tuple[OneSided, ...]) -> list[str]:
    return [str(workload) for workload in workloads]


def told(workload: OneSided) -> list[str]:
    return [reach(each, str) for each in workload.reach or ()]


# New, gone, renamed


def test_rename_is_no_difference() -> None:
    old, new = (CLOSED + deployment("shop", name, "{app: db}") for name in ("before", "after"))

    found = difference(old, new)

    assert (found.relation, found.new_workloads, found.gone_workloads) == (Relation.EQUIVALENT, (), ())


@pytest.mark.parametrize("more", ["app: db, tier: a", "app: api"])
def test_workload_whose_labels_no_other_has_is_new_whatever_its_name(more: str) -> None:
    found = difference(CLOSED + DB, CLOSED + DB + deployment("shop", "other", f"{{{more}}}"))

    assert (found.relation, names(found.new_workloads)) == (Relation.WIDER, ["Deployment shop/other"])


def test_new_workload_counts_as_wider_and_a_gone_one_as_narrower() -> None:
    there, back = difference(CLOSED, CLOSED + DB), difference(CLOSED + DB, CLOSED)

    assert (there.relation, names(there.new_workloads), there.gone_workloads) == (
        Relation.WIDER,
        ["Deployment shop/db"],
        (),
    )
    assert (back.relation, back.new_workloads, names(back.gone_workloads)) == (
        Relation.NARROWER,
        (),
        ["Deployment shop/db"],
    )
    assert not there.added
    assert not back.removed
    assert difference(CLOSED + DB, CLOSED + deployment("shop", "x", "{app: x}")).relation is Relation.INCOMPARABLE


def test_public_answers_count_workloads_too() -> None:
    less, more = cluster(CLOSED), cluster(CLOSED + DB)

    assert implies(less, more, INVENTORY)
    assert not implies(more, less, INVENTORY)
    assert not equivalent(less, more, INVENTORY)
    assert equivalent(less, more)


def test_what_a_new_workload_may_reach_is_told_by_the_policies_of_its_own_side() -> None:
    only_db = policy("shop", "out", "{podSelector: {matchLabels: {app: new}}, policyTypes: [Egress], egress: "
                     "[{to: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: 5432}]}]}")  # fmt: skip
    new = deployment("shop", "new", "{app: new}")

    [came] = difference(SHOP + DB, SHOP + DB + new + only_db).new_workloads
    [went] = difference(SHOP + DB + new + only_db, SHOP + DB).gone_workloads

    assert told(came) == told(went) == ["pods of Deployment shop/db, TCP 5432"]


def test_new_workload_that_no_policy_holds_reaches_everything_and_one_that_is_shut_in_nothing() -> None:
    [free] = difference(SHOP + DB, SHOP + DB + WEB).new_workloads
    [shut] = difference(SHOP + DB, SHOP + DB + WEB + policy("shop", "deny", DENY_EGRESS)).new_workloads

    assert told(free) == [
        "pods of Deployment shop/db, Deployment shop/web, every port",
        "any address outside the cluster, every port",
    ]
    assert told(shut) == []


def test_single_pod_does_not_reach_itself() -> None:
    [came] = difference(SHOP + DB, SHOP + DB + pod("shop", "one", "{app: one}")).new_workloads

    assert told(came)[0] == "pods of Deployment shop/db, every port"


# What opens for one of them


def opening(name: str) -> tuple[str, str]:
    """Manifests in which pods called so are let in by everybody only on the second side."""
    shut = SHOP + policy("shop", "deny", DENY_INGRESS) + WEB
    let_in = policy("shop", "let", f"{{podSelector: {{matchLabels: {{app: {name}}}}}, ingress: [{{}}]}}")
    return shut, shut + let_in


def only(regions: tuple[Region, ...]) -> Region:
    (found,) = regions
    return found


def test_opening_for_a_workload_that_is_gone_is_an_opening_and_says_so() -> None:
    old, new = opening("db")

    found = difference(old + DB, new)

    assert (found.relation, [str(w) for w in only(found.added).gone]) == (
        Relation.INCOMPARABLE,
        ["Deployment shop/db"],
    )
    assert line(only(found.added)).endswith(" (of a workload that is gone: Deployment shop/db)")


def test_opening_for_a_new_workload_is_an_opening_and_says_so() -> None:
    old, new = opening("db")

    found = difference(old, new + DB)

    assert found.relation is Relation.WIDER
    assert [str(w) for w in only(found.added).new] == ["Deployment shop/db"]
    assert line(only(found.added)).endswith(" (of a workload that is new: Deployment shop/db)")


def test_opening_for_somebody_who_stays_says_nothing_of_the_kind() -> None:
    old, new = opening("db")

    found = difference(old + DB, new + DB + deployment("shop", "more", "{app: more}"))

    assert (only(found.added).new, only(found.added).gone) == ((), ())


def test_renamed_workload_for_which_something_opens_is_neither_new_nor_gone() -> None:
    old, new = opening("db")

    found = difference(old + DB, new + deployment("shop", "renamed", "{app: db}"))

    assert found.relation is Relation.WIDER
    assert (only(found.added).new, only(found.added).gone) == ((), ())


# hostNetwork


def confined(host_network: bool) -> str:
    return SHOP + policy("shop", "deny", DENY_ALL) + pod("shop", "web", "{app: web}", f"hostNetwork: {host_network}")


def test_workload_that_turns_to_hostnetwork_is_one_workload_and_no_policy_holds_it_any_more() -> None:
    found = difference(confined(False), confined(True))

    assert found.relation is Relation.INCOMPARABLE
    assert [str(w) for w in found.turned_workloads] == ["Pod shop/web"]
    assert (found.new_workloads, found.gone_workloads) == ((), ())
    assert found.added
    assert all("as_node" in region.switches["host_network"] for region in found.added)
    assert difference(confined(True), confined(False)).removed


def test_workload_that_turns_has_an_address_of_its_own_on_either_side() -> None:
    addresses = {"pods": ["10.0.0.0/16"], "nodes": ["192.168.0.0/24"]}
    where = universe_of({"pods": {"others": False}, "addresses": addresses, "families": [4]})
    by_address = policy("shop", "in", admits("{ipBlock: {cidr: 192.168.0.0/24}}"))
    web = [pod("ops", "web", "{app: web}", f"hostNetwork: {turned}") for turned in (False, True)]
    old, new = (cluster(namespace("ops") + SHOP + DB + by_address + each) for each in web)
    switches = {"host_network": "as_node", "ipblock_pods": "match", "ipblock_nodes": "match"}

    found = compare(old, new, where, switches)

    assert only(found.added).source.kinds == {Kind.HOSTPOD}
    assert [str(w) for w in only(found.added).destinations] == ["Deployment shop/db"]
    assert not found.removed


def test_opening_for_the_address_of_a_node_is_found_where_the_input_holds_nodes() -> None:
    old = SHOP + DB + policy("shop", "in", admits("{podSelector: {}}"))
    new = SHOP + DB + policy("shop", "in", admits("{podSelector: {}}", "{ipBlock: {cidr: 10.9.9.9/32}}"))
    switches = {"ipblock_nodes": "match", "ipblock_pods": "never"}

    for of in ("open", "inventory"):
        without, found = (difference(old + more, new + more, of, **switches) for more in ("", NODE))

        assert all(region.source.kinds == {Kind.EXTERNAL} for region in without.added)
        assert any(Kind.NODE in region.source.kinds for region in found.added)
        assert "nodes and hostNetwork pods" in without.not_covered
        assert "nodes and hostNetwork pods" not in found.not_covered


def test_hostnetwork_workload_of_one_side_has_them_covered_too() -> None:
    agent = pod("shop", "agent", "{app: agent}", "hostNetwork: true")

    assert "nodes and hostNetwork pods" not in difference(CLOSED + agent, CLOSED, "open").not_covered
    assert "nodes and hostNetwork pods" not in difference(CLOSED, CLOSED + agent, "open").not_covered


# The gate


@pytest.mark.parametrize(
    ("fail_on", "come", "go", "turn"),
    [("added", 0, 0, 3), ("new-workloads", 1, 0, 3), ("any", 1, 1, 1), ("none", 0, 0, 0)],
)
def test_gate_counts_workloads_only_where_it_is_asked_to(fail_on: str, come: int, go: int, turn: int) -> None:
    changes = ((CLOSED, CLOSED + DB), (CLOSED + DB, CLOSED), (confined(False), confined(True)))
    reports = [gate(cluster(old), cluster(new), (), (), INVENTORY) for old, new in changes]

    assert [of_gate(report, fail_on).code for report in reports] == [come, go, turn]


def test_gate_that_counts_new_workloads_counts_what_was_added_too() -> None:
    old, new = opening("web")

    assert of_gate(gate(cluster(old), cluster(new), (), (), INVENTORY), "new-workloads").code == 1


def test_connection_of_two_workloads_that_turn_is_of_one_family_on_both_sides() -> None:
    in_v4 = policy("shop", "in", admits("{ipBlock: {cidr: 0.0.0.0/0}}"))
    old, new = (
        SHOP
        + in_v4
        + "".join(pod("shop", name, f"{{app: {name}}}", f"hostNetwork: {turned}") for name in ("web", "db"))
        for turned in (False, True)
    )

    found = difference(old, new, host_network="as_pod", ipblock_pods="match", ipblock_nodes="match")

    assert len(found.turned_workloads) == 2
    assert (found.added, found.removed) == ((), ())


def test_what_is_said_of_no_protocol_is_said_to_be_left_out() -> None:
    assert "SCTP (sctp: no)" in difference(CLOSED, CLOSED, sctp="no").not_covered
    assert "SCTP (sctp: no)" not in difference(CLOSED, CLOSED).not_covered


def test_new_workload_reaches_nodes_where_the_comparison_covers_them() -> None:
    [came] = difference(SHOP + DB + NODE, SHOP + DB + WEB + NODE).new_workloads

    assert "any node, every port" in told(came)
