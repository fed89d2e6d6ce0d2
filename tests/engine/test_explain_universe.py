"""Explanations in a universe: what it admits is looked at, also where no policy tells the possibilities apart."""

from pathlib import Path

import pytest

from tests.engine.asking import ALL, cluster, ingress, namespace, pod, policy, tier
from tests.engine.test_explain import told
from tests.packaged import universe_of
from verifier.engine.explain.explain import explain
from verifier.errors import InputError
from verifier.manifests.notation.connection import parse_connection_query

ONLY_IN_A = (
    "{name: db-in-a, pods: {podSelector: {matchLabels: {app: db}}},"
    " onlyIn: {namespaceSelector: {matchExpressions: [{key: team, operator: In, values: [a]}]},"
    " podSelector: {matchLabels: {tier: data}}}}"
)
"""Pods with `app: db` have `tier: data` and are in namespaces with `team: a`."""


@pytest.mark.parametrize(
    ("of", "text", "said"),
    [
        ("inventory", "shop/app=b -> shop/api : TCP/80", "only workloads of the manifests exist"),
        ("{pods: {labels: {app: {values: [a], others: false}}}}", "shop/app=b -> shop/api : TCP/80",
         "pods cannot have `app: b`"),
        ("{namespaces: {others: false}}", "ops/{} -> shop/api : TCP/80", "there is no namespace `ops`"),
        ("{families: [4]}", "2001:db8::1 -> shop/api : TCP/80", "there are no IPv6 addresses"),
        ("{families: [6]}", "shop/api -> 192.0.2.1 : TCP/80", "there are no IPv4 addresses"),
        ("{namespaces: {labels: {kubernetes.io/metadata.name: {values: [shop], others: false}}}}",
         "ops/{} -> shop/api : TCP/80", "there can be no such connection"),
        (f"{{invariants: [{ONLY_IN_A}]}}", "shop/app=db -> ops/app=db : TCP/80", "there can be no such connection"),
    ],
)  # fmt: skip
def test_a_pod_that_the_universe_forbids_is_refused(of: str, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        told(pod("shop", "api", "{app: a}"), text, of)


@pytest.mark.parametrize(
    "of",
    [
        "{namespaces: {labels: {team: {required: true}}}}",
        "{namespaces: {labels: {team: {values: [a], others: false, required: true}}}}",
        f"{{invariants: [{ONLY_IN_A}]}}",
    ],
)
def test_labels_that_only_the_universe_asks_for_are_there(of: str) -> None:
    answer = told("", "ops/app=db,tier=data -> shop/app=db,tier=data : TCP/80", of)

    (case,) = answer.cases
    assert answer.allowed is True
    assert set(case.connection.source.namespace.labels) == {"team", "kubernetes.io/metadata.name"}
    assert "nobody has said the labels of namespace ops: it can have any that the universe admits" in answer.assumptions


def test_what_the_universe_demands_of_labels_decides() -> None:
    only_a = policy(
        "shop", "p", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: a}}}]}]}"
    )
    manifests = namespace("shop", "{team: a}") + only_a

    assert told(manifests, "ops/app=web -> shop/{} : TCP/80", f"{{invariants: [{ONLY_IN_A}]}}").allowed is None
    assert told(manifests, "ops/app=db,tier=data -> shop/{} : TCP/80", f"{{invariants: [{ONLY_IN_A}]}}").allowed is True


def test_a_namespace_that_nobody_has_heard_of_has_the_policies_of_new_ones(tmp_path: Path) -> None:
    deny = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "deny"},
            "spec": {"podSelector": {}}}  # fmt: skip
    of = universe_of({"newNamespacesGet": [deny]}, tmp_path)
    here = cluster(policy("heard", "p", "{podSelector: {}, ingress: [{}]}") + pod("shop", "web"))

    answers = {name: explain(here, parse_connection_query(f"shop/web -> {name}/{{}} : TCP/80", here.workloads), of)
               for name in ("fresh", "heard", "shop")}  # fmt: skip

    assert {name: answer.allowed for name, answer in answers.items()} == {"fresh": False, "heard": True, "shop": True}
    assert [note for note in answers["fresh"].notes if "fresh" in note] == [
        "nothing in the input declares the namespace `fresh`, so it has the policies of newNamespacesGet"
    ]


SCTP = "shop/web -> shop/{} : SCTP/80"


def test_nothing_is_claimed_about_sctp_where_the_plugin_does_not_know_it() -> None:
    with pytest.raises(InputError, match="nothing is claimed about SCTP"):
        told(pod("shop", "web"), SCTP, sctp="no")


def test_whether_the_plugin_knows_sctp_decides_where_it_is_open() -> None:
    known = "the plugin knows SCTP, and it is enabled there (sctp: yes), as it is not by default in Cilium"
    assert known in told(pod("shop", "web"), SCTP).assumptions
    assert known not in told(pod("shop", "web"), SCTP.replace("SCTP", "TCP")).assumptions

    answer = told(pod("shop", "web"), SCTP, sctp="open")
    assert known not in answer.assumptions

    assert (answer.allowed, answer.depends_on) == (None, ("sctp",))
    assert {outcome for _, outcome in answer.outcomes} == {True, None}
    assert told(pod("shop", "web"), SCTP.replace("SCTP", "TCP"), sctp="open").allowed is True


PAIR = pod("shop", "a", "{app: a}") + pod("shop", "b", "{app: b}")
AGENTS = pod("shop", "h", spec="hostNetwork: true") + pod("shop", "g", spec="hostNetwork: true")


def test_a_family_that_an_address_list_leaves_alone_has_room() -> None:
    assert told(PAIR, "shop/a -> shop/b : TCP/80", "{addresses: {pods: [10.0.0.7/32]}}").allowed is True


@pytest.mark.parametrize("address", ["10.0.0.7/32", "10.244.7.9/32"])
def test_two_pods_never_share_an_address(address: str) -> None:
    with pytest.raises(InputError, match="there can be no such connection"):
        told(PAIR, "shop/a -> shop/b : TCP/80", f"{{families: [4], addresses: {{pods: [{address}]}}}}")


def test_pods_on_the_network_of_one_node_may_share_its_address() -> None:
    of = "{families: [4], addresses: {nodes: [192.168.0.1/32]}}"
    (case,) = told(AGENTS, "shop/h -> shop/g : TCP/80", of).cases

    assert case.connection.same_node
    assert case.connection.source.address == case.connection.destination.address


def test_a_tie_of_policies_that_have_no_bearing_is_no_reason() -> None:
    of_ops = "{namespaces: {matchLabels: {kubernetes.io/metadata.name: ops}}}"
    tied = tier("a", ingress(("Deny", ALL)), subject=of_ops) + tier("b", ingress(("Accept", ALL)), subject=of_ops)

    assert told(pod("shop", "web") + tied, SCTP, sctp="open").depends_on == ("sctp",)
