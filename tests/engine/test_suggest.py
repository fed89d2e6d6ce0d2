"""The narrower claims that are offered with a hypothetical witness: close to what was asked, and proved."""

import re

import pytest

from tests.engine.asking import DENY_INGRESS, admits, ask, deployment, namespace, policy
from verifier.engine.results.check import Result

FROM_MONITORING = "{from: [{podSelector: {matchLabels: {role: monitoring}}}]}"
MONITORED = policy(
    "shop", "api", f"{{podSelector: {{matchLabels: {{app: api, tier: backend}}}}, ingress: [{FROM_MONITORING}]}}"
)
WEB = deployment("shop", "web", "{app: web}")


def texts(result: Result) -> list[str]:
    return [suggestion.text for suggestion in result.suggestions]


def expressions(result: Result) -> list[str]:
    return [found[1] for text in texts(result) if (found := re.fullmatch(r"-e '(.*)'", text))]


def test_the_namespace_is_offered() -> None:
    deny = policy("shop", "deny", DENY_INGRESS)

    result = ask(deny + namespace("lab"), "only role=monitoring -> app=api")

    assert "only role=monitoring -> shop/app=api" in expressions(result)


def test_the_policys_full_selector_is_offered() -> None:
    result = ask(MONITORED, "only role=monitoring -> app=api")

    assert "only role=monitoring -> shop/app=api,tier=backend" in expressions(result)


def test_pods_are_offered_where_an_external_address_breaks_it() -> None:
    every_pod = policy("shop", "p", admits("{ipBlock: {cidr: 203.0.113.0/24}}"))

    result = ask(every_pod, "never * -> shop/app=db", ipblock_pods="never")

    assert result.witness.source.kind == "external"
    assert "never */* -> shop/app=db" in expressions(result) or "never {}/* -> shop/app=db" in expressions(result)


def test_the_inventory_is_offered() -> None:
    mesh = policy("shop", "p", admits("{podSelector: {matchLabels: {app: canary}}}"))

    assert "-u inventory" in texts(ask(WEB + mesh, "only app=web -> app=web"))


def test_one_family_is_offered() -> None:
    v6 = policy("shop", "p", admits("{ipBlock: {cidr: '::/0'}}"))

    result = ask(v6, "never {}/* -> shop/*", ipblock_pods="match")

    assert any("families: [4]" in text for text in texts(result))


def test_nothing_is_offered_where_no_narrower_claim_holds() -> None:
    wide_open = policy("shop", "p", "{podSelector: {}, ingress: [{}]}")

    assert texts(ask(wide_open + WEB, "only app=web -> shop/*")) == []


def test_nothing_is_offered_where_the_witness_is_real() -> None:
    wide_open = policy("shop", "p", admits("{podSelector: {}}"))

    assert texts(ask(wide_open + WEB, "never app=web -> app=web")) == []


TWO_SOURCES = (
    "{only: {from: [{podSelector: {matchLabels: {role: monitoring}}}, {podSelector: {matchLabels: {role: b}}}],"
    " to: [{podSelector: {matchLabels: {app: api}}}]}}"
)
ONLY_IN_OPS = "{name: i, pods: {podSelector: {matchLabels: {role: monitoring}}}, onlyIn: {namespaces: [ops]}}"
V6 = policy("shop", "p", admits("{ipBlock: {cidr: '::/0'}}", "{podSelector: {matchLabels: {app: canary}}}"))
QUESTIONS = [
    (MONITORED, "only role=monitoring -> app=api", "open"),
    (MONITORED + namespace("lab"), "never * -> app=api", "open"),
    (policy("shop", "deny", DENY_INGRESS) + namespace("lab"), "only role=monitoring -> app=api", "open"),
    (policy("shop", "p", admits("{ipBlock: {cidr: 203.0.113.0/24}}")) + WEB, "never * -> shop/app=db", "open"),
    (
        policy("shop", "p", admits("{namespaceSelector: {}, podSelector: {matchLabels: {role: monitoring}}}")) + WEB,
        "only app=web -> shop/*",
        f"{{invariants: [{ONLY_IN_OPS}]}}",
    ),
    (V6 + WEB, "never {}/* -> shop/*", "{families: [4]}"),
    (MONITORED + namespace("lab"), TWO_SOURCES, "open"),
]


@pytest.mark.parametrize(("manifests", "text", "of"), QUESTIONS)
def test_what_is_offered_is_proved_as_it_is_written(manifests: str, text: str, of: str) -> None:
    """The words themselves are asked again, as the user would."""
    fixed = {"ipblock_pods": "match"}
    result = ask(manifests, text, of, **fixed)
    assert result.verdict == "violated"

    for expression in expressions(result):
        assert ask(manifests, expression, of, **fixed).verdict == "proved"
    if "-u inventory" in texts(result):
        assert ask(manifests, text, "inventory", **fixed).verdict == "proved"


def test_a_claim_that_has_no_words_in_one_line_is_offered_as_text() -> None:
    result = ask(MONITORED + namespace("lab"), TWO_SOURCES)

    assert texts(result)
    assert not any(text.startswith("-e") for text in texts(result))


def test_the_inventory_of_a_universe_file_is_not_the_plain_one() -> None:
    result = ask(V6 + WEB, "never {}/* -> shop/*", "{families: [4]}", ipblock_pods="match")

    assert ask(V6 + WEB, "never {}/* -> shop/*", "inventory", ipblock_pods="match").verdict == "violated"
    assert texts(result) == ["pods: {others: false} in the universe file"]


@pytest.mark.parametrize(
    "claim",
    [
        "only shop/app=web -> 10.96.0.7",
        "exactly shop/app=web -> 10.96.0.7",
        "never external -> 10.96.0.7",
        "never */app=db -> 10.96.0.7 : TCP/5432",
        "confined shop/app=web -> 10.96.0.7 + 203.0.113.0/24",
    ],
)
def test_of_a_flow_to_a_service_what_is_offered_is_about_its_pods(claim: str) -> None:
    """On the ports that they listen on (it was exit 4)."""
    service = (
        "---\n{apiVersion: v1, kind: Service, metadata: {name: db, namespace: shop}, spec: {clusterIP: 10.96.0.7, "
        "selector: {app: db}, ports: [{port: 5432}]}}\n"
    )
    web = "{podSelector: {matchLabels: {app: web}}}"
    to_db = f"{{podSelector: {{matchLabels: {{app: db, tier: data}}}}, ingress: [{{from: [{web}]}}]}}"
    from_web = "{podSelector: {matchLabels: {app: web, tier: front}}, policyTypes: [Egress]}"
    policies = policy("shop", "db", to_db) + policy("shop", "web", from_web)

    result = ask(service + deployment("shop", "db", "{app: db, tier: data}") + policies, claim)

    assert result.witness.hypothetical
    assert all(text == "-u inventory" or "shop/app=db" in text for text in texts(result))
    assert all(text == "-u inventory" or "TCP/5432" in text for text in texts(result))
