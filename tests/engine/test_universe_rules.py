"""Universe files (docs/universe.md): what each of their fields takes away."""

import pytest

from tests.engine.asking import DENY_ALL, DENY_INGRESS, admits, ask, deployment, namespace, pod, policy, verdict
from verifier.errors import InputError

OPEN_TO_MONITORING = policy(
    "shop", "p", admits("{namespaceSelector: {}, podSelector: {matchLabels: {role: monitoring}}}")
)


# namespaces


def test_known_namespaces_have_exactly_their_labels() -> None:
    team_a = policy("shop", "p", admits("{namespaceSelector: {matchLabels: {team: a}}}"))

    assert (
        verdict(team_a, "never ops/* -> shop/*", "{namespaces: {known: [{name: ops, labels: {team: b}}]}}") == "proved"
    )
    assert (
        verdict(team_a, "always ops/* -> shop/*", "{namespaces: {known: [{name: ops, labels: {team: a}}]}}") == "proved"
    )


def test_known_namespaces_give_labels_to_those_the_manifests_leave_open() -> None:
    team_a = policy("shop", "p", admits("{namespaceSelector: {matchLabels: {team: a}}}"))
    known = "{namespaces: {known: [{name: shop, labels: {team: a}}]}}"

    assert verdict(team_a, "always shop/* -> shop/*") == "violated"
    assert verdict(team_a, "always shop/* -> shop/*", known) == "proved"


def test_other_namespaces_may_exist_unless_they_are_ruled_out() -> None:
    others = policy("shop", "p", admits("{namespaceSelector: {matchLabels: {team: a}}}"))

    assert verdict(others + namespace("ops"), "only shop/* -> shop/*") == "violated"
    assert verdict(others + namespace("ops"), "only shop/* -> shop/*", "{namespaces: {others: false}}") == "proved"


def test_namespaces_of_the_manifests_exist_without_others() -> None:
    others = policy("shop", "p", admits("{namespaceSelector: {matchLabels: {team: a}}}"))

    assert verdict(others + pod("ops", "p"), "only shop/* -> shop/*", "{namespaces: {others: false}}") == "violated"


def test_a_namespace_that_only_a_peer_names_does_not_exist_without_others() -> None:
    assert verdict(OPEN_TO_MONITORING, "never ops/* -> shop/*", "{namespaces: {others: false}}") == "vacuous"


def test_closed_values_of_a_namespace_label() -> None:
    not_ab = "{namespaceSelector: {matchExpressions: [{key: tenant, operator: NotIn, values: [a, b]}]}}"
    manifests = policy("shop", "p", admits(not_ab))
    closed = "{namespaces: {labels: {tenant: {values: [a, b], others: false%s}}}}"

    assert verdict(manifests, "never {tenant}/* -> shop/*") == "violated"
    assert verdict(manifests, "never {tenant}/* -> shop/*", closed % "") == "proved"
    assert verdict(manifests, "never {}/* -> shop/*", closed % "") == "violated"
    assert verdict(manifests, "never {}/* -> shop/*", closed % ", required: true") == "proved"


def test_values_may_be_listed_without_ruling_out_others() -> None:
    not_a = "{namespaceSelector: {matchExpressions: [{key: tenant, operator: NotIn, values: [a]}]}}"
    listed = "{namespaces: {labels: {tenant: {values: [a], required: true}}}}"

    assert verdict(policy("shop", "p", admits(not_a)), "never {}/* -> shop/*", listed) == "violated"


def test_a_required_label_is_never_absent() -> None:
    absent = "{namespaceSelector: {matchExpressions: [{key: tenant, operator: DoesNotExist}]}}"
    required = "{namespaces: {labels: {tenant: {required: true}}}}"

    assert verdict(policy("shop", "p", admits(absent)), "never {}/* -> shop/*", required) == "proved"
    assert verdict(policy("shop", "p", admits(absent)), "never {}/* -> shop/*") == "violated"


def test_the_name_label_restricts_which_namespaces_exist() -> None:
    anywhere = policy("shop", "p", admits("{namespaceSelector: {}}"))
    names = "{namespaces: {labels: {kubernetes.io/metadata.name: {values: [shop, ops], others: false}}}}"

    assert verdict(anywhere, "only {kubernetes.io/metadata.name in (shop,ops)}/* -> shop/*") == "violated"
    assert verdict(anywhere, "only {kubernetes.io/metadata.name in (shop,ops)}/* -> shop/*", names) == "proved"
    assert verdict(anywhere, "never ops/* -> shop/*", names) == "violated"


# pods


def test_closed_values_of_a_pod_label() -> None:
    odd = policy(
        "shop", "p", admits("{podSelector: {matchExpressions: [{key: role, operator: NotIn, values: [web]}]}}")
    )
    closed = "{pods: {labels: {role: {values: [web, db], others: false%s}}}}"

    assert verdict(odd, "only role=db -> shop/*", closed % ", required: true") == "proved"
    assert verdict(odd, "only role=db -> shop/*", closed % "") == "violated"
    assert (
        verdict(odd, "only role=db -> shop/*", closed.replace(", others: false", "") % ", required: true") == "violated"
    )


def test_inventory_holds_only_what_the_manifests_hold() -> None:
    web, db = deployment("shop", "web", "{app: web}"), deployment("shop", "db", "{app: db}")
    web_only = policy("shop", "p", admits("{podSelector: {matchLabels: {app: web}}}"))

    assert verdict(web + db + web_only, "never app=db -> shop/*", "inventory") == "proved"
    assert verdict(web + db + web_only, "never track=canary -> shop/*") == "violated"
    assert verdict(web + db + web_only, "never track=canary -> shop/*", "inventory") == "vacuous"
    assert verdict(web + db + web_only, "never track=canary -> shop/*", "{pods: {others: false}}") == "vacuous"


def test_inventory_keeps_external_addresses() -> None:
    assert verdict(deployment("shop", "web", "{app: web}"), "never external -> shop/*", "inventory") == "violated"
    assert verdict(deployment("shop", "web", "{app: web}"), "never shop/* -> external", "inventory") == "violated"


def test_a_pod_of_an_inventory_is_not_its_own_peer() -> None:
    """W5: a Pod is one pod; a Deployment may be any number."""
    alone = policy("shop", "deny", DENY_INGRESS)

    assert verdict(pod("shop", "db", "{app: db}") + alone, "always app=db -> app=db", "inventory") == "vacuous"
    assert verdict(deployment("shop", "db", "{app: db}") + alone, "always app=db -> app=db", "inventory") == "violated"
    two = pod("shop", "db-0", "{app: db}") + pod("shop", "db-1", "{app: db}")
    assert verdict(two + alone, "always app=db -> app=db", "inventory") == "violated"


def test_pods_of_an_inventory_have_the_ports_they_declare() -> None:
    ports = "containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}]}]"
    web = deployment("shop", "web", "{app: web}", ports)
    named = policy("shop", "p", "{podSelector: {}, ingress: [{ports: [{port: http}]}]}")

    assert verdict(web + named, "only external -> shop/* : TCP/9090", "inventory") == "proved"
    assert verdict(web + named, "always {}/* -> shop/* : TCP/8080", "inventory") == "proved"
    assert verdict(web + named, "always {}/* -> shop/* : TCP/8080") == "violated"
    assert verdict(web + named, "never {}/* -> shop/* : TCP/9090") == "violated"


# invariants

ONLY_THERE = (
    "{invariants: [{name: only-there, pods: {podSelector: {matchLabels: {role: monitoring}}},"
    " onlyIn: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}}]}"
)


def test_an_invariant_says_where_pods_are_found() -> None:
    assert verdict(OPEN_TO_MONITORING, "only monitoring/* -> shop/*") == "violated"
    assert verdict(OPEN_TO_MONITORING, "only monitoring/* -> shop/*", ONLY_THERE) == "proved"


def test_an_invariant_binds_destinations_too() -> None:
    assert verdict(policy("shop", "deny", DENY_INGRESS), "always {}/* -> shop/role=monitoring", ONLY_THERE) == "vacuous"


def test_an_invariant_by_name_and_by_labels() -> None:
    by_name = ONLY_THERE.replace(
        "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}", "namespaces: [monitoring]"
    )
    by_labels = ONLY_THERE.replace(
        "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}",
        "podSelector: {matchLabels: {signed: 'true'}}",
    )

    assert verdict(OPEN_TO_MONITORING, "only monitoring/* -> shop/*", by_name) == "proved"
    assert verdict(OPEN_TO_MONITORING, "only {}/signed=true -> shop/*", by_labels) == "proved"
    assert verdict(OPEN_TO_MONITORING, "only {}/signed=true -> shop/*") == "violated"


def test_a_proof_names_the_invariants_it_needs_and_no_others() -> None:
    unneeded = ", {name: idle, pods: {podSelector: {matchLabels: {app: x}}}, onlyIn: {namespaces: [lab]}}]}"
    two = ONLY_THERE[:-2] + unneeded

    proved = ask(OPEN_TO_MONITORING, "only monitoring/* -> shop/*", two)

    assert proved.verdict == "proved"
    assert any("`only-there`" in a for a in proved.assumptions)
    assert not any("`idle`" in a for a in proved.assumptions)
    assert not any("`" in a for a in ask(OPEN_TO_MONITORING, "only {}/role=monitoring -> shop/*", two).assumptions)


def test_a_vacuous_verdict_names_the_invariants_it_needs() -> None:
    vacuous = ask(OPEN_TO_MONITORING, "never ops/role=monitoring -> shop/*", ONLY_THERE)

    assert vacuous.verdict == "vacuous"
    assert any("`only-there`" in a for a in vacuous.assumptions)


def test_a_verdict_that_hangs_on_a_switch_names_the_invariants_it_needs() -> None:
    block = policy("shop", "p", admits("{ipBlock: {cidr: 10.0.0.0/8}}"))
    nobody = "{name: nobody, pods: {podSelector: {matchLabels: {a: b}}}, onlyIn: {podSelector: {matchLabels: {c: d}}}}"
    without_c = "[{key: a, operator: Exists}, {key: c, operator: DoesNotExist}]"
    peer = f"{{namespaceSelector: {{}}, podSelector: {{matchExpressions: {without_c}}}}}"
    both = block + policy("shop", "q", admits(peer))

    result = ask(both, "never {}/a=b -> shop/*", f"{{invariants: [{nobody}]}}")

    assert result.depends_on == ("ipblock_pods",)
    assert any("`nobody`" in a for a in result.assumptions)


# newNamespacesGet is read from files: tests/engine/test_templates.py


# nodes, families


def test_nodes_true_makes_nodes_and_host_pods_endpoints() -> None:
    deny = policy("shop", "deny", DENY_INGRESS)

    assert ask(deny, "never * -> shop/*", "{nodes: true}").witness.source.kind in ("node", "hostpod")
    fixed = {"local_node_ingress": "policy", "host_network": "as_pod"}
    assert verdict(deny, "never * -> shop/*", "{nodes: true}", **fixed) == "proved"
    assert verdict(deny, "never * -> shop/*", "{nodes: true}", local_node_ingress="policy") == "depends on host_network"
    assert verdict(deny, "never * -> shop/*", "{nodes: false}") == "proved"


def test_families_leave_out_the_others() -> None:
    v4 = policy("shop", "p", admits("{ipBlock: {cidr: 0.0.0.0/0}}"))

    assert verdict(v4, "always external -> shop/*") == "violated"
    assert verdict(v4, "always external -> shop/*", "{families: [4]}") == "proved"
    assert verdict(v4, "never external -> shop/*", "{families: [6]}") == "proved"
    assert ask(v4, "always external -> shop/*", "{families: [6]}").witness.source.address.version == 6


# addresses


def test_pods_have_private_addresses_unless_said_otherwise() -> None:
    public = policy("shop", "p", admits("{ipBlock: {cidr: 198.51.100.0/24}}"))
    fixed = {"ipblock_pods": "match"}

    assumed = ask(public, "never {}/* -> shop/*", **fixed)
    assert assumed.verdict == "proved"
    assert any("private addresses" in a for a in assumed.assumptions)
    assert verdict(public, "never {}/* -> shop/*", "{addresses: {pods: any}}", **fixed) == "violated"
    assert verdict(public, "never {}/* -> shop/*", "{addresses: {pods: [198.51.0.0/16]}}", **fixed) == "violated"


def test_a_given_list_is_no_assumption() -> None:
    public = policy("shop", "p", admits("{ipBlock: {cidr: 198.51.100.0/24}}"))

    result = ask(public, "never {}/* -> shop/*", "{addresses: {pods: [10.0.0.0/8]}}", ipblock_pods="match")

    assert result.verdict == "proved"
    assert not any("private" in a for a in result.assumptions)


def test_private_addresses_are_not_mentioned_where_they_do_not_matter() -> None:
    assert ask(policy("shop", "deny", DENY_INGRESS), "never {}/* -> shop/*").assumptions == ()


@pytest.mark.parametrize("block", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"])
def test_every_private_range_is_a_range_of_pods(block: str) -> None:
    private = policy("shop", "p", admits(f"{{ipBlock: {{cidr: '{block}'}}}}"))

    assert verdict(private, "never {}/* -> shop/*", ipblock_pods="match") == "violated"


def test_an_address_list_restricts_only_the_families_it_contains() -> None:
    v6 = policy("shop", "p", admits("{ipBlock: {cidr: '2001:db8::/32'}}"))
    v4 = policy("shop", "p", admits("{ipBlock: {cidr: 198.51.100.0/24}}"))
    pods = "{addresses: {pods: [10.0.0.0/8]}}"

    assert verdict(v6, "never {}/* -> shop/*", pods, ipblock_pods="match") == "violated"
    assert verdict(v4, "never {}/* -> shop/*", pods, ipblock_pods="match") == "proved"


def test_external_addresses_may_lie_in_a_list() -> None:
    inside = policy("shop", "p", admits("{ipBlock: {cidr: 10.0.0.0/8}}"))

    assert verdict(inside, "never external -> shop/*", "{addresses: {pods: [10.0.0.0/8]}}") == "violated"
    assert verdict(inside, "never external -> shop/*", "{addresses: {nodes: [10.0.0.0/8]}}") == "violated"


def test_nodes_have_the_addresses_of_their_list() -> None:
    inside = policy("shop", "p", admits("{ipBlock: {cidr: 192.168.0.0/24}}"))
    fixed = {"local_node_ingress": "policy", "ipblock_nodes": "match", "host_network": "as_node"}

    assert verdict(inside, "always node -> shop/*", "{families: [4]}", **fixed) == "violated"
    assert (
        verdict(inside, "always node -> shop/*", "{families: [4], addresses: {nodes: [192.168.0.0/24]}}", **fixed)
        == "proved"
    )
    assert verdict(inside, "always node -> shop/*", "{addresses: {nodes: [192.168.0.0/24]}}", **fixed) == "violated"


def test_a_block_over_service_addresses_is_worth_a_note() -> None:
    egress = policy(
        "shop", "p", "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.96.0.10/32}}]}]}"
    )
    services = "{addresses: {services: [10.96.0.0/12]}}"

    assert any("Services" in n for n in ask(egress, "never shop/* -> external", services).notes)
    assert not any("Services" in n for n in ask(egress, "never shop/* -> external").notes)


# switches


def test_a_universe_fixes_switches_and_leaves_them_open() -> None:
    block = policy("shop", "p", admits("{ipBlock: {cidr: 10.0.0.0/8}}"))

    assert verdict(block, "never {}/* -> shop/*") == "depends on ipblock_pods"
    assert verdict(block, "never {}/* -> shop/*", "{switches: {ipblock_pods: never}}") == "proved"
    assert verdict(block, "never {}/* -> shop/*", "{switches: {ipblock_pods: match}}") == "violated"
    assert (
        verdict(block, "never {}/* -> shop/*", "{switches: {ipblock_pods: never}}", ipblock_pods="open")
        == "depends on ipblock_pods"
    )
    ports = policy("shop", "q", "{podSelector: {}, ingress: [{ports: [{port: 80, endPort: 90}]}]}")
    assert verdict(ports, "never {}/* -> shop/* : TCP/85", "{switches: {endport: open}}") == "depends on endport"


# What a universe forbids


@pytest.mark.parametrize(
    ("manifests", "spec", "words"),
    [
        (namespace("ops", "{team: a}"), "{namespaces: {known: [{name: ops, labels: {team: b}}]}}", "namespace `ops`"),
        (namespace("ops", "{team: a}"), "{namespaces: {labels: {team: {values: [b], others: false}}}}", "`team: a`"),
        (namespace("ops"), "{namespaces: {labels: {team: {required: true}}}}", "no label `team`"),
        (pod("ops", "p", "{role: x}"), "{pods: {labels: {role: {values: [web], others: false}}}}", "`role: x`"),
        (pod("ops", "p"), "{pods: {labels: {role: {required: true}}}}", "no label `role`"),
        (pod("ops", "p", "{role: monitoring}"), ONLY_THERE, "`only-there`"),
        (
            pod("ops", "p", "{role: monitoring}"),
            ONLY_THERE.replace("onlyIn: {", "onlyIn: {namespaces: [a], "),
            "`only-there`",
        ),
        (
            pod("ops", "p", "{role: monitoring}"),
            ONLY_THERE.replace("kubernetes.io/metadata.name: monitoring}}", "team: a}}, namespaces: [monitoring]"),
            "`only-there`",
        ),
        (
            policy("ops", "p", DENY_ALL),
            "{namespaces: {labels: {kubernetes.io/metadata.name: {values: [shop], others: false}}}}",
            "`ops`",
        ),
    ],
)
def test_a_manifest_object_that_the_universe_forbids_is_refused_with_both_positions(
    manifests: str, spec: str, words: str
) -> None:
    with pytest.raises(InputError) as refused:
        ask(manifests, "never {}/* -> {}/*", spec)

    [diagnostic] = refused.value.diagnostics
    assert words in diagnostic.message
    assert diagnostic.file == "manifests.yaml"
    assert diagnostic.line is not None
    assert "universe.yaml:4:" in str(diagnostic.hint)


def test_everything_that_is_forbidden_is_said() -> None:
    with pytest.raises(InputError) as refused:
        ask(pod("ops", "p") + pod("ops", "q"), "never {}/* -> {}/*", "{pods: {labels: {role: {required: true}}}}")

    assert len(refused.value.diagnostics) == 2


def test_a_workload_whose_namespace_may_carry_the_labels_is_admitted() -> None:
    team_a = ONLY_THERE.replace("kubernetes.io/metadata.name: monitoring", "team: a")

    assert verdict(pod("ops", "p", "{role: monitoring}"), "never ops/* -> external", team_a) == "violated"
    with pytest.raises(InputError, match="only-there"):
        ask(pod("ops", "p", "{role: monitoring}") + namespace("ops", "{team: b}"), "never ops/* -> external", team_a)
