"""The axioms W1 to W8 (docs/semantics.md 1.1), each by a claim that would come out otherwise without it."""

import pytest

from tests.engine.asking import DENY_EGRESS, DENY_INGRESS, admits, ask, deployment, namespace, pod, policy, verdict

FROM_B = policy("shop", "p", admits("{namespaceSelector: {matchLabels: {team: b}}}"))
SAME = policy("shop", "p", admits("{podSelector: {}}"))
WITHIN = policy("shop", "q", "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}]}]}")


def test_w1_pods_of_one_namespace_see_the_same_labels() -> None:
    assert verdict(SAME + WITHIN, "never {team=a}/* -> {team=b}/*") == "proved"
    assert verdict(SAME, "never {team=a}/* -> {team=a}/*") == "violated"
    assert verdict(FROM_B, "only {team=b}/* -> shop/*") == "proved"
    assert verdict(FROM_B + WITHIN, "never shop/* -> {team=a}/*") == "proved"


def test_w1_two_namespaces_are_one_iff_their_names_are() -> None:
    assert verdict(SAME, "only shop/* -> shop/*") == "proved"
    assert verdict(SAME, "never {kubernetes.io/metadata.name!=shop}/* -> shop/*") == "proved"


def test_w1_two_undeclared_namespaces_may_differ_or_be_one() -> None:
    two = ask("", "always {team=a}/* -> {team=a}/* : TCP/80")
    assert two.verdict == "proved"

    assert verdict("", "{separate: {byNamespaceLabel: team}}") == "vacuous"
    open_shop = namespace("shop") + namespace("lab")
    assert verdict(open_shop, "{separate: {byNamespaceLabel: kubernetes.io/metadata.name}}") == "violated"


def test_w2_the_name_label_is_the_name() -> None:
    name = "kubernetes.io/metadata.name"
    assert verdict(SAME, f"never {{{name}=lab}}/* -> shop/*") == "proved"
    assert verdict(SAME, f"never {{!{name}}}/* -> shop/*") == "vacuous"
    assert verdict(SAME, f"never {{{name}=shop}}/* -> shop/*") == "violated"


def test_w3_two_pods_never_share_an_address() -> None:
    from_one = policy("shop", "p", admits("{ipBlock: {cidr: 10.0.0.1/32}}"))
    everyone, two = (
        "{families: [4], addresses: {pods: [10.0.0.1/32]}}",
        "{families: [4], addresses: {pods: [10.0.0.0/31]}}",
    )

    assert verdict(from_one, "always {}/* -> shop/*", everyone, ipblock_pods="match") == "vacuous"
    assert verdict(from_one, "never {}/* -> shop/*", two, ipblock_pods="match") == "violated"
    source = ask(from_one, "never {}/* -> shop/*", two, ipblock_pods="match").witness
    assert (str(source.source.address), str(source.destination.address)) == ("10.0.0.1", "10.0.0.0")


def test_w3_no_outside_address_is_a_pods() -> None:
    from_one = policy("shop", "p", admits("{ipBlock: {cidr: 10.0.0.1/32}}"))
    only_one = "{families: [4], addresses: {pods: [10.0.0.1/32]}}"

    assert verdict(from_one, "never external -> shop/*") == "violated"
    assert verdict(from_one, "never external -> shop/*", only_one) == "proved"


def test_w3_what_runs_on_one_node_may_share_its_address() -> None:
    agent = deployment("shop", "agent", "{app: agent}", "hostNetwork: true")
    one = "{families: [4], addresses: {nodes: [192.168.0.1/32]}}"
    fixed = {"host_network": "as_node"}

    result = ask(agent, "never node -> shop/app=agent", one, **fixed)

    assert result.verdict == "violated"
    assert result.witness.connection.same_node
    assert result.witness.source.address == result.witness.destination.address


def test_w3_both_ends_need_an_address_of_the_family() -> None:
    v6_only = policy("shop", "p", admits("{ipBlock: {cidr: '::/0'}}"))
    result = ask(v6_only, "never external -> shop/*")

    assert result.witness.source.address.version == 6
    assert result.witness.destination.address.version == 6


def test_w4_an_absent_label_is_not_an_empty_one() -> None:
    empty = policy("shop", "p", admits("{podSelector: {matchLabels: {role: ''}}}"))

    assert verdict(empty, "never !role -> shop/*") == "proved"
    assert verdict(empty, "never role= -> shop/*") == "violated"
    assert verdict(empty, "only role -> shop/*") == "proved"
    assert verdict(empty, "only role=x -> shop/*") == "violated"


@pytest.mark.parametrize("kind", ["Pod", "Deployment"])
def test_w5_only_a_pod_is_never_its_own_peer(kind: str) -> None:
    db = pod("shop", "db", "{app: db}") if kind == "Pod" else deployment("shop", "db", "{app: db}")

    expected = "vacuous" if kind == "Pod" else "violated"
    assert verdict(db + policy("shop", "deny", DENY_INGRESS), "always app=db -> app=db", "inventory") == expected


def test_w5_two_pods_of_equal_labels_are_each_others_peers() -> None:
    ports = "containers: [{name: c, image: i, ports: [{name: web, containerPort: 8080}]}]"
    two = pod("shop", "a", "{app: db}") + pod("shop", "b", "{app: db}", ports)
    by_name = policy("shop", "p", "{podSelector: {}, ingress: [{ports: [{port: web}]}]}")

    result = ask(two + by_name, "never app=db -> app=db", "inventory")

    assert str(result.witness.source.workload) == "Pod shop/a"
    assert str(result.witness.destination.workload) == "Pod shop/b"
    assert ask(two + by_name, "always app=db -> app=db : TCP/8080", "inventory").verdict == "violated"
    alone = pod("shop", "b", "{app: db}", ports)
    assert verdict(alone + by_name, "never app=db -> app=db", "inventory") == "vacuous"


def test_w7_one_end_is_a_pod() -> None:
    assert verdict("", "never external -> external") == "vacuous"
    assert verdict("", "never external -> node") == "vacuous"
    assert verdict("", "never node -> node", host_network="as_node") != "proved"
    assert verdict("", "always external -> 8.8.8.8") == "vacuous"
    assert verdict("", "exactly external -> 8.8.8.8") == "vacuous"


def test_w8_known_labels_are_exact_and_others_free() -> None:
    assert verdict(FROM_B + namespace("lab"), "never lab/* -> shop/*") == "proved"
    assert verdict(FROM_B + policy("lab", "p", DENY_INGRESS), "never lab/* -> shop/*") == "violated"


# More that a wrong proof could hide behind


def test_both_legs_must_allow() -> None:
    allow = policy("shop", "in", "{podSelector: {}, ingress: [{}]}")

    assert verdict(allow, "always lab/* -> shop/*") == "proved"
    assert verdict(allow + policy("lab", "out", DENY_EGRESS), "always lab/* -> shop/*") == "violated"
    assert verdict(allow + policy("lab", "out", DENY_EGRESS), "never lab/* -> shop/*") == "proved"


def test_policies_of_an_undeclared_sources_namespace_are_looked_at() -> None:
    """The egress policies of every possible source are kept, not only those of the destination's namespace."""
    out = policy("lab", "out", DENY_EGRESS) + policy("ops", "out", DENY_EGRESS)

    assert verdict(out + namespace("shop"), "never {kubernetes.io/metadata.name in (lab,ops)}/* -> shop/*") == "proved"
    assert verdict(out + namespace("shop"), "never app=x -> shop/*") == "violated"
    known = "{namespaces: {others: false}}"
    assert verdict(out + policy("shop", "out", DENY_EGRESS), "never app=x -> shop/*", known) == "proved"


def test_equal_bodies_in_several_namespaces_stay_apart() -> None:
    """One term serves them all, but each binds its own namespace."""
    equal = policy("a", "p", admits("{podSelector: {}}")) + policy("b", "p", admits("{podSelector: {}}"))

    assert verdict(equal, "never a/* -> b/*") == "proved"
    assert verdict(equal, "always a/* -> a/*") == "proved"
    assert verdict(equal + namespace("c"), "never a/* -> c/*") == "violated"


def test_equal_rules_of_policies_with_other_selectors_stay_apart() -> None:
    one = policy("shop", "x", "{podSelector: {matchLabels: {app: x}}, ingress: [{from: [{podSelector: {}}]}]}")
    other = policy(
        "shop", "z", "{podSelector: {matchLabels: {tier: z}}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}"
    )

    assert verdict(one + other, "never external -> shop/app=x,tier!=z") == "proved"
    assert verdict(one + other, "never external -> shop/app=x") == "violated"
    assert verdict(one + other, "never {kubernetes.io/metadata.name!=shop}/* -> shop/app=x,tier!=z") == "proved"


def test_a_named_port_is_each_pods_own() -> None:
    by_name = policy("shop", "p", "{podSelector: {}, ingress: [{ports: [{port: web}]}]}")

    assert verdict(by_name, "never external -> shop/* : TCP/1") == "violated"
    assert verdict(by_name, "always external -> shop/* : TCP/web") == "proved"
    assert verdict(by_name, "never external -> shop/* : UDP") == "proved"
    assert verdict(by_name, "always external -> shop/* : UDP/web") == "violated"


def test_names_of_ports_do_not_exist_outside() -> None:
    by_name = policy("shop", "p", "{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: web}]}]}")

    assert verdict(by_name, "never shop/* -> external") == "proved"
    assert verdict(by_name, "never shop/* -> {}/*") == "violated"
    assert verdict(by_name, "never shop/* -> external : TCP/web") == "vacuous"


def test_two_names_of_one_port_do_not_exclude_each_other() -> None:
    both = policy("shop", "p", "{podSelector: {}, ingress: [{ports: [{port: web}]}]}")

    assert verdict(both, "never external -> shop/* : TCP/admin") == "violated"


def test_a_range_of_ports_ends_where_it_says() -> None:
    some = policy("shop", "p", "{podSelector: {}, ingress: [{ports: [{port: 80, endPort: 90}]}]}")

    assert verdict(some, "always external -> shop/* : TCP/80-90") == "proved"
    assert verdict(some, "always external -> shop/* : TCP/80-91") == "violated"
    assert verdict(some, "never external -> shop/* : TCP/1-79,TCP/91-65535,UDP,SCTP") == "proved"
    assert ask(some, "always external -> shop/* : TCP/80-91").witness.port == 91
    assert verdict(some, "always external -> shop/* : TCP/80-90", endport="no") == "violated"
    assert verdict(some, "always external -> shop/* : TCP/80", endport="no") == "proved"


def test_except_carves_out_of_its_own_block_only() -> None:
    hole = "{ipBlock: {cidr: 203.0.112.0/23, except: [203.0.113.0/24]}}"
    some = policy("shop", "p", admits(hole))

    assert verdict(some, "never 203.0.113.0/24 -> shop/*") == "proved"
    assert verdict(some, "always 203.0.112.0/24 -> shop/*") == "proved"
    assert (
        verdict(
            some + policy("shop", "q", admits("{ipBlock: {cidr: 203.0.113.7/32}}")), "never 203.0.113.0/24 -> shop/*"
        )
        == "violated"
    )


def test_an_address_alone_is_a_block_of_one() -> None:
    some = policy("shop", "p", admits("{ipBlock: {cidr: 203.0.113.7/32}}"))

    assert verdict(some, "always 203.0.113.7 -> shop/*") == "proved"
    assert verdict(some, "only 203.0.113.7 -> shop/*", ipblock_pods="never") == "proved"
    assert verdict(some, "never 203.0.113.6 -> shop/*") == "proved"


def test_names_that_look_like_fresh_ones_are_told_apart() -> None:
    """A manifest may use the very words that stand for "any other" in a witness."""
    other = policy(
        "shop", "p", admits("{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other-namespace}}}")
    )
    value = policy("shop", "p", admits("{podSelector: {matchLabels: {app: other}}}"))

    assert verdict(other, "only other-namespace/* -> shop/*") == "proved"
    assert verdict(value, "only app=other -> shop/*") == "proved"
    assert verdict(value, "never app -> shop/*") == "violated"
    assert verdict(value, "never app,app!=other -> shop/*") == "proved"
    assert verdict(value + deployment("shop", "x", "{app: other}"), "only app=other -> shop/*", "inventory") == "proved"
    not_a = policy("shop", "p", admits("{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [a]}]}}"))
    assert verdict(not_a + deployment("shop", "x", "{app: other}"), "always app -> app", "inventory") == "proved"
