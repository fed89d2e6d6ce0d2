"""`confined`: all that some pods may open is what the claim says they may reach (docs/properties.md)."""

import pytest

from tests.engine.asking import DENY_EGRESS, ask, claim, cluster, deployment, namespace, pod, policy, verdict
from verifier.engine.check.check import check
from verifier.manifests.notation.expression import parse_flow

DNS = "kube-system/k8s-app=kube-dns : UDP/53"
TO_DNS = (
    "{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, "
    "podSelector: {matchLabels: {k8s-app: kube-dns}}}], ports: [{protocol: UDP, port: 53}]}"
)
LEAK = "{to: [{namespaceSelector: {}}], ports: [{protocol: UDP, port: 53}]}"
SERVICE = "{to: [{ipBlock: {cidr: 203.0.113.0/24}}], ports: [{port: 443}]}"


def egress(*rules: str, who: str = "{}") -> str:
    return policy("box", "out", f"{{podSelector: {who}, policyTypes: [Egress], egress: [{', '.join(rules)}]}}")


def test_a_sandbox_that_leaks_by_dns_to_all_namespaces_is_not_confined() -> None:
    asked = f"confined box/* -> {DNS} + 203.0.113.0/24 : TCP/443"

    leaking = ask(egress(LEAK, SERVICE), asked)

    assert leaking.verdict == "violated"
    assert (leaking.witness.protocol, leaking.witness.port) == ("UDP", 53)
    assert verdict(egress(TO_DNS, SERVICE), asked) == "proved"


def test_nothing_is_nothing_at_all() -> None:
    assert verdict(policy("box", "deny", DENY_EGRESS), "confined box/* -> nothing") == "proved"
    assert verdict(egress(TO_DNS), "confined box/* -> nothing") == "violated"


def test_ports_belong_to_their_flow() -> None:
    """They do not narrow the claim: another port of the same pods is beyond it."""
    any_port = egress("{to: [{podSelector: {matchLabels: {app: db}}}]}")

    assert verdict(any_port, "confined box/* -> box/app=db : TCP/5432") == "violated"
    assert verdict(any_port, "confined box/* -> box/app=db : TCP/5432 + box/app=db") == "proved"
    assert verdict(egress(SERVICE), "confined box/* -> 203.0.113.0/24 : TCP/80 + */* : TCP/443") == "violated"


def test_a_pod_that_no_policy_isolates_is_not_confined_and_the_report_says_so() -> None:
    some = egress(TO_DNS, who="{matchLabels: {tier: lab}}")

    result = ask(some, f"confined box/* -> {DNS}")

    assert result.verdict == "violated"
    assert any("no policy isolates a pod like the one shown, in `box`" in note for note in result.notes)
    assert verdict(some, f"confined box/tier=lab -> {DNS}") == "proved"
    real = ask(some + pod("box", "job", "{tier: job}"), f"confined box/* -> {DNS}")
    assert any("no policy isolates Pod box/job for egress" in note for note in real.notes)


def test_no_such_note_where_a_policy_isolates_the_pod() -> None:
    assert not any("no policy isolates" in note for note in ask(egress(LEAK), f"confined box/* -> {DNS}").notes)


def test_ingress_at_the_other_end_confines_as_well() -> None:
    shut = policy("lab", "deny", "{podSelector: {}}")
    to_lab = egress("{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: lab}}}]}")

    assert verdict(shut + to_lab, "confined box/* -> nothing") == "proved"
    assert verdict(to_lab, "confined box/* -> nothing") == "violated"


def test_what_may_be_reached_is_meant_wherever_it_runs() -> None:
    """A bare selector there, as in what `only` exempts."""
    everywhere = egress("{to: [{namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}]}")

    assert verdict(everywhere, "confined box/* -> app=db") == "proved"
    assert verdict(everywhere, "confined box/* -> box/app=db") == "violated"


def test_whoever_uses_an_address_may_be_reached_there() -> None:
    to_block = egress("{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}")

    assert verdict(to_block, "confined box/* -> 10.0.0.0/8", ipblock_pods="match") == "proved"
    assert verdict(to_block, "confined box/* -> external", ipblock_pods="match") == "violated"
    assert verdict(to_block, "confined box/* -> external", ipblock_pods="never") == "proved"
    assert verdict(to_block, "confined box/* -> external") == "depends on ipblock_pods"


def test_bare_pods_are_those_of_declared_namespaces() -> None:
    closed = policy("box", "deny", DENY_EGRESS)

    assert verdict(closed, "confined app=web -> nothing") == "proved"
    assert verdict(closed, "confined {}/* -> nothing") == "proved"
    assert verdict(closed, "confined ghost/* -> nothing") == "violated"
    assert verdict(closed + namespace("lab"), "confined app=web -> nothing") == "violated"


def test_it_is_vacuous_iff_there_is_no_such_pod() -> None:
    web = deployment("box", "web", "{app: web}") + policy("box", "deny", DENY_EGRESS)

    result = ask(web, "confined box/app=db -> nothing", "inventory")

    assert (result.verdict, result.reason) == ("vacuous", "no pod in scope matches `pods`")
    assert verdict(web, "confined box/app=web -> nothing", "inventory") == "proved"
    assert verdict(web, "confined box/app=db -> */*") == "proved"


def test_nodes_are_reached_only_where_they_are_covered() -> None:
    closed = policy("box", "deny", DENY_EGRESS)

    assert verdict(closed, "confined box/* -> nothing", local_node_egress="always") == "proved"
    assert verdict(closed, "confined box/* -> nothing", "{nodes: true}", local_node_egress="always") == "violated"
    assert verdict(closed, "confined box/* -> node : TCP/1", local_node_egress="always") == "violated"
    assert verdict(closed, "confined box/* -> node", local_node_egress="always") == "proved"


def test_a_host_network_workload_is_not_confined_where_it_counts_as_its_node() -> None:
    agent = deployment("box", "agent", "{app: agent}", "hostNetwork: true") + policy("box", "deny", DENY_EGRESS)

    assert verdict(agent, "confined box/* -> nothing", local_node_egress="policy") == "depends on host_network"
    assert verdict(agent, "confined box/* -> nothing", host_network="as_node") == "violated"


def test_accepted_flows_do_not_break_it() -> None:
    manifests, asked = cluster(egress(LEAK)), claim(f"confined box/* -> {DNS}")

    def modulo(flow: str) -> str:
        return check(manifests, [asked], accepted={asked.name: [parse_flow(flow)]})[0].verdict

    assert modulo("box/* -> */* : UDP/53") == "proved"
    assert modulo("box/app=web -> */* : UDP/53") == "violated"


def test_a_proof_says_when_it_asks_for_nothing_or_nothing_gets_out() -> None:
    closed = policy("box", "deny", DENY_EGRESS)

    def said(text: str, part: str) -> bool:
        return any(part in note for note in ask(closed, text).notes)

    assert said(f"confined box/* -> {DNS}", "can open no connection at all")
    assert not said("confined box/* -> nothing", "can open no connection at all")
    assert not said("confined box/* -> 10.9.9.10", "can open no connection at all")  # it may be a node's
    assert said("confined box/* -> *", "it lets everything out")
    assert not said("confined box/* -> * : UDP/53", "it lets everything out")


@pytest.mark.parametrize(
    ("manifests", "text", "offered"),
    [
        (egress(TO_DNS) + namespace("lab"), f"confined app=web -> {DNS}", f"confined box/app=web -> {DNS}"),
        (egress(TO_DNS, who="{matchLabels: {app: web, tier: lab}}"), f"confined app=web -> {DNS}",
         f"confined box/app=web,tier=lab -> {DNS}"),
        (egress(TO_DNS, SERVICE), f"confined box/* -> {DNS}", f"confined box/* -> {DNS} + external"),
        (egress(LEAK), f"confined box/* -> {DNS}", f"confined box/* -> {DNS} + */* : UDP/53"),
    ],
)  # fmt: skip
def test_narrower_claims_are_offered_and_proved(manifests: str, text: str, offered: str) -> None:
    texts = [suggestion.text for suggestion in ask(manifests, text).suggestions]

    assert f"-e '{offered}'" in texts
    assert verdict(manifests, offered) == "proved"
