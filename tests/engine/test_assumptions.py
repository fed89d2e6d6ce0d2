"""What a verdict rests on, what it leaves out, and its notes (docs/properties.md, "Say what was assumed")."""

from tests.engine.asking import (
    DENY_ALL,
    DENY_EGRESS,
    DENY_INGRESS,
    admits,
    ask,
    claim,
    cluster,
    deployment,
    policy,
    universe,
)
from verifier.engine.check.check import check, report
from verifier.engine.diff.compare import compare
from verifier.engine.lint.lint import lint
from verifier.engine.map.map import draw
from verifier.engine.results.check import Verdict

DENY = policy("shop", "deny", DENY_INGRESS)
FROM_CLIENT = policy("shop", "p", admits("{ipBlock: {cidr: 203.0.113.0/24}}"))


def test_external_source_is_named_where_an_ingress_block_matters() -> None:
    assert any(
        "external_source" in a
        for a in ask(FROM_CLIENT, "only 203.0.113.0/24 -> shop/*", ipblock_pods="never").assumptions
    )
    assert not any("external_source" in a for a in ask(DENY, "never external -> shop/*").assumptions)
    assert not any(
        "external_source" in a for a in ask(FROM_CLIENT, "never {}/* -> shop/*", ipblock_pods="never").assumptions
    )


def test_an_egress_block_says_nothing_about_sources() -> None:
    out = policy(
        "shop", "p", "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 203.0.113.0/24}}]}]}"
    )

    assert not any("external_source" in a for a in ask(out, "never external -> shop/* : TCP/80").assumptions)


def test_a_switch_that_somebody_set_is_named_where_it_matters() -> None:
    block = policy("shop", "p", admits("{ipBlock: {cidr: 10.0.0.0/8}}"))

    assert "ipblock_pods: never" in ask(block, "never {}/* -> shop/*", ipblock_pods="never").assumptions
    assert "ipblock_pods: match" in ask(block, "never {}/* -> shop/*", ipblock_pods="match").assumptions
    assert ask(DENY, "never {}/* -> shop/*", ipblock_pods="never").assumptions == ()


def test_what_is_not_covered_is_said() -> None:
    plain = ask(DENY, "never * -> shop/*").not_covered

    assert any("nodes and hostNetwork" in n for n in plain)
    assert any("other than TCP, UDP and SCTP" in n for n in plain)
    assert not any("node" in n for n in ask(DENY, "never * -> shop/*", "{nodes: true}").not_covered)
    assert any("SCTP (sctp: no)" in n for n in ask(DENY, "never * -> shop/*", sctp="no").not_covered)
    assert not any("protocols other" in n for n in ask(DENY, "never * -> shop/*", other_protocols="on").not_covered)


def test_pods_with_an_address_of_a_peers_block_are_not_covered_unless_the_universe_says_where_pods_are() -> None:
    def left_out(text: str, of: str = "open") -> bool:
        return any("addresses.pods" in n for n in ask(DENY, text, of).not_covered)

    assert left_out("never 10.1.0.0/16 -> shop/*")
    assert not left_out("never 203.0.113.0/24 -> shop/*")
    assert not left_out("never 10.1.0.0/16 -> shop/*", "{addresses: {pods: [10.0.0.0/8]}}")
    assert not left_out("only 10.1.0.0/16 -> shop/*")


def test_undeclared_namespaces_are_not_covered_where_a_peer_could_be_read_to_mean_them() -> None:
    def left_out(text: str, of: str = "open") -> bool:
        return any("undeclared namespaces" in n for n in ask(DENY, text, of).not_covered)

    assert left_out("only app=web -> */app=api")
    assert left_out("never external -> {team=a}/*")
    assert left_out("never {}/* -> 203.0.113.7")
    assert left_out("never app=web -> 203.0.113.7")
    assert left_out("never external -> app=db")
    assert left_out("{isolated: {}}")
    assert left_out("confined app=web -> nothing")
    assert left_out("only shop/app=web -> 203.0.113.7")
    assert left_out("{separate: {byNamespaceLabel: team}}")
    assert left_out("only app=web -> app=api")
    assert left_out("always app=web -> shop/*")
    assert not left_out("confined shop/* -> nothing")
    assert not left_out("{isolated: {pods: [{namespaces: [shop]}]}}")
    assert not left_out("never shop/* -> {}/*")
    assert not left_out("never {}/* -> shop/*")
    assert not left_out("never shop/* -> 203.0.113.7")
    assert not left_out("always {}/* -> {}/*")
    assert not left_out("never external -> {kubernetes.io/metadata.name=ghost}/*")
    assert not left_out("only app=web -> */app=api", "{namespaces: {others: false}}")

    today = ask(DENY + deployment("shop", "web", "{app: web}"), "only app=web -> */app=web", "inventory")
    assert not any("undeclared namespaces" in n for n in today.not_covered)


def test_pods_that_operators_make_for_custom_resources_are_not_covered_by_an_inventory() -> None:
    custom = "---\napiVersion: kafka.strimzi.io/v1beta2\nkind: Kafka\nmetadata: {name: events, namespace: shop}\n"
    native = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: g, namespace: shop}\n"
    manifests = DENY + custom + native + deployment("shop", "web", "{app: web}")
    left_out = "pods that operators make for Kafka shop/events"

    assert left_out in ask(manifests, "never app=web -> app=web", "inventory").not_covered
    assert left_out not in ask(manifests, "never app=web -> app=web", "open").not_covered
    assert left_out in draw(cluster(manifests), universe("inventory")).not_covered
    assert left_out in compare(cluster(manifests), cluster(DENY), universe("inventory")).not_covered
    assert left_out in lint(cluster(manifests), universe=universe("inventory")).not_covered
    assert left_out not in lint(cluster(manifests)).not_covered


def test_an_only_that_exempts_everything_says_so() -> None:
    assert any("it lets anything through" in n for n in ask(DENY, "only * -> shop/*").notes)
    assert not any("it lets anything through" in n for n in ask(DENY, "only {}/* -> shop/*").notes)


def test_how_nodes_are_treated_is_no_assumption_where_there_are_none() -> None:
    web = policy("shop", "p", admits("{podSelector: {matchLabels: {app: web}}}"))

    assert ask(web, "only shop/app=web -> shop/*", host_network="as_pod").assumptions == ()
    assert "host_network: as_pod" in ask(web, "never node -> shop/*", host_network="as_pod").assumptions


def test_a_proof_says_when_nothing_at_all_gets_through() -> None:
    def cut_off(manifests: str, text: str) -> bool:
        return any("nothing reaches it at all" in n for n in ask(manifests, text).notes)

    some = policy("shop", "p", admits("{podSelector: {matchLabels: {app: web}}}"))
    assert cut_off(DENY, "only shop/app=web -> shop/*")
    assert not cut_off(some, "only shop/app=web -> shop/*")
    assert cut_off(DENY, "never shop/app=x -> shop/*")
    assert (
        not cut_off(some, "never shop/app=x -> shop/*") or ask(some, "never shop/app=x -> shop/*").verdict != "proved"
    )
    assert not cut_off(some, "never external -> shop/*")


def test_a_hypothetical_witness_says_so() -> None:
    web = deployment("shop", "web", "{app: web}")
    open_to_lab = policy("shop", "p", admits("{podSelector: {matchLabels: {app: lab}}}"))

    assert ask(web + open_to_lab, "never app=lab -> app=web").witness.hypothetical
    real = ask(web + deployment("shop", "lab", "{app: lab}") + open_to_lab, "never app=lab -> app=web").witness
    assert not real.hypothetical
    assert (str(real.source.workload), str(real.destination.workload)) == ("Deployment shop/lab", "Deployment shop/web")


def test_real_workloads_are_preferred_at_either_end() -> None:
    web = deployment("shop", "web", "{app: web}")

    result = ask(web, "never {}/role=x -> {}/*")

    assert result.witness.hypothetical
    assert str(result.witness.destination.workload) == "Deployment shop/web"


def test_an_external_end_is_not_hypothetical() -> None:
    assert not ask(deployment("shop", "web", "{app: web}"), "never external -> shop/*").witness.hypothetical


def test_a_witness_is_minimal() -> None:
    """No label, no other namespace, no protocol or port but what breaks it."""
    many = "".join(policy("shop", f"p{i}", f"{{podSelector: {{matchLabels: {{k{i}: v}}}}}}") for i in range(5))

    witness = ask(many, "never {}/role=x -> shop/*").witness

    assert witness.source.labels == {"role": "x"}
    assert witness.destination.labels == {}
    assert (witness.source.namespace.name, witness.protocol, witness.port) == ("shop", "TCP", 80)


def test_the_same_input_has_the_same_answer_twice() -> None:
    manifests = policy("shop", "p", admits("{ipBlock: {cidr: 10.0.0.0/8}}", "{podSelector: {matchLabels: {a: b}}}"))
    texts = ("never {}/* -> shop/*", "only a=b -> shop/*", "always * -> shop/*", "{isolated: {}}")

    def answers() -> list[object]:
        results = check(cluster(manifests), [claim(text) for text in texts], universe("open"))
        return [(r.verdict, r.witness, r.depends_on, r.assumptions, r.notes, r.suggestions) for r in results]

    assert answers() == answers()


def test_a_witness_shows_both_legs() -> None:
    """The destination's refusal does not hide what the source's own policies say."""
    out = policy("shop", "out", DENY_EGRESS)

    witness = ask(DENY + out, "always shop/* -> shop/*").witness

    assert not witness.allowed
    assert not witness.egress.allowed
    assert not witness.ingress.allowed
    assert witness.egress.steps[-1].citation.name == "out"


def test_a_report_joins_what_its_results_say() -> None:
    manifests = cluster(policy("shop", "deny", DENY_ALL) + deployment("shop", "web", "{app: web}"))
    claims = [claim("never external -> shop/*"), claim("always external -> shop/*")]

    run = report(manifests, claims, universe("inventory"))

    assert run.universe == "inventory"
    assert (run.counts.policies, run.counts.workloads, run.counts.namespaces) == (1, 1, 1)
    assert {verdict: n for verdict, n in run.tally().items() if n} == {Verdict.PROVED: 1, Verdict.VIOLATED: 1}
    assert len(run.not_covered) == len(set(run.not_covered))
