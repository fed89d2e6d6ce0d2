"""What a claim ranges over (docs/properties.md, "Scope"), sentence by sentence."""

import pytest

from tests.engine.asking import (
    DENY_ALL,
    DENY_EGRESS,
    DENY_INGRESS,
    OTHER_NAMESPACES,
    admits,
    ask,
    claim,
    cluster,
    namespace,
    pod,
    policy,
    verdict,
)
from verifier.engine.check.check import check
from verifier.manifests.notation.expression import parse_flow

SHOP_DENIES = policy("shop", "deny", DENY_INGRESS)


# Bare selectors


def test_a_bare_selector_ranges_over_every_declared_namespace() -> None:
    assert verdict(SHOP_DENIES + policy("lab", "deny", DENY_INGRESS), "never external -> app=db") == "proved"
    assert verdict(SHOP_DENIES + namespace("lab"), "never external -> app=db") == "violated"


def test_a_bare_source_of_never_ranges_over_all_namespaces() -> None:
    spec = admits(OTHER_NAMESPACES)

    assert verdict(policy("shop", "p", spec), "never app=web -> shop/*") == "violated"
    assert verdict(policy("shop", "p", spec), "never shop/app=web -> shop/*") == "proved"
    assert verdict(policy("shop", "p", spec), "never {kubernetes.io/metadata.name=shop}/* -> shop/*") == "proved"


def test_a_bare_source_of_other_claims_ranges_over_declared_namespaces() -> None:
    shop_only = policy("shop", "p", admits("{podSelector: {}}"))

    assert verdict(shop_only, "always app=web -> shop/*") == "proved"
    assert verdict(shop_only, "exactly app=web -> shop/*") == "violated"


def test_a_flow_that_excuses_never_means_its_source_wherever_it_runs() -> None:
    manifests, asked = cluster(policy("shop", "p", admits(OTHER_NAMESPACES))), claim("never app=web -> shop/*")
    flow = parse_flow("app=web -> shop/* : TCP/80")
    rest = parse_flow("app=web -> shop/*")

    [excused] = check(manifests, [asked], accepted={asked.name: [rest]})
    [not_all] = check(manifests, [asked], accepted={asked.name: [flow]})

    assert (excused.verdict, not_all.verdict) == ("proved", "violated")


def test_always_with_a_bare_selector_speaks_of_declared_namespaces() -> None:
    shop_only = policy("shop", "p", admits("{podSelector: {}}"))

    assert verdict(shop_only, "always app=web -> shop/*") == "proved"
    assert verdict(shop_only, "always {}/app=web -> shop/*") == "violated"


def test_the_file_says_what_a_bare_selector_means() -> None:
    manifests = cluster(SHOP_DENIES + namespace("lab"))
    text = "{never: {from: [{external: {}}], to: [{podSelector: {matchLabels: {app: db}}}]}}"

    anywhere, in_shop = check(manifests, [claim(text), claim(text, "shop")])

    assert (anywhere.verdict, in_shop.verdict) == ("violated", "proved")


# Peers that range over all namespaces


@pytest.mark.parametrize("peer", ["*/app=web", "{}/app=web", "{team=a}/app=web", "*"])
def test_a_peer_that_says_which_namespaces_ranges_over_undeclared_ones(peer: str) -> None:
    assert (
        verdict(
            policy("shop", "p", admits("{namespaceSelector: {}}")),
            f"never {peer} -> shop/*",
        )
        == "violated"
    )


def test_an_omitted_peer_ranges_over_undeclared_namespaces() -> None:
    shop_only = policy(
        "shop", "p", admits("{podSelector: {}}", "{ipBlock: {cidr: 0.0.0.0/0}}", "{ipBlock: {cidr: '::/0'}}")
    )

    result = ask(shop_only, "{always: {to: [{namespaces: [shop]}]}}", ipblock_pods="never")

    assert result.verdict == "violated"
    assert result.witness.source.namespace.name != "shop"


def test_the_complement_in_only_ranges_over_undeclared_namespaces() -> None:
    """No declared namespace but shop itself is there to break it."""
    spec = admits(OTHER_NAMESPACES)

    result = ask(policy("shop", "p", spec), "only external -> shop/*")

    assert result.verdict == "violated"
    assert result.witness.source.namespace.unnamed


def test_what_only_exempts_is_exempt_wherever_it_runs() -> None:
    spec = admits("{namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}")

    assert verdict(policy("shop", "p", spec), "only app=web -> shop/*") == "proved"
    assert verdict(policy("shop", "p", spec), "only shop/app=web -> shop/*") == "violated"


def test_only_exempts_no_external_address_by_a_selector() -> None:
    open_to_all = policy("shop", "p", "{podSelector: {}, ingress: [{}]}")

    result = ask(open_to_all, "only {}/* -> shop/*")

    assert result.verdict == "violated"
    assert result.witness.source.kind == "external"


# The end that a policy can bind


@pytest.mark.parametrize(
    "text", ["never * -> {}/app=db", "only */app=web -> {}/app=db", "never * -> *", "only shop/* -> *"]
)
def test_a_pod_in_an_undeclared_namespace_is_not_to_be_protected(text: str) -> None:
    assert verdict(policy("shop", "deny", DENY_ALL), text) == "proved"


@pytest.mark.parametrize("to", ["{}/app=db", "*/*", "{team=a}/*"])
def test_what_a_declared_pod_may_never_reach_may_lie_in_an_undeclared_namespace(to: str) -> None:
    """Its own egress is asked about, whether a policy isolates it or not."""
    for egress in ("{podSelector: {}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}}]}]}", DENY_INGRESS):
        result = ask(policy("shop", "in", DENY_INGRESS) + policy("shop", "p", egress), f"never shop/* -> {to}")

        assert result.verdict == "violated"
        assert result.witness.destination.namespace.name != "shop"


def test_a_bare_destination_of_never_lies_in_a_declared_namespace() -> None:
    assert verdict(SHOP_DENIES, "never shop/* -> app=db") == "proved"


def test_confined_by_egress_is_confined_for_undeclared_namespaces() -> None:
    inside = policy("lab", "p", "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}]}]}")

    result = ask(inside, "never lab/* -> {kubernetes.io/metadata.name!=lab}/*")

    assert result.verdict == "proved"
    assert not any("undeclared" in text for text in result.not_covered)


def test_only_keeps_to_destinations_of_declared_namespaces() -> None:
    assert verdict(SHOP_DENIES, "only external -> {team=a}/*") == "proved"
    assert verdict(SHOP_DENIES, "never shop/* -> {team=a}/*") == "violated"


def test_exactly_protects_declared_namespaces_only() -> None:
    """Its half of `only` has the limit, its half of `always` has none."""
    in_shop = admits("{podSelector: {}}")

    assert verdict(policy("shop", "p", in_shop), "only shop/* -> {}/app=db") == "proved"
    result = ask(policy("shop", "p", "{podSelector: {}, policyTypes: [Egress]}"), "exactly shop/* -> lab/*")

    assert result.verdict == "violated"


def test_the_always_half_of_exactly_reaches_undeclared_namespaces() -> None:
    spec = "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}]}]}"
    inbound = policy("shop", "in", admits("{podSelector: {}}"))

    result = ask(policy("shop", "out", spec) + inbound, "exactly shop/* -> {}/app=db")

    assert result.verdict == "violated"
    assert not result.witness.allowed
    assert result.witness.destination.namespace.name != "shop"


def test_always_has_no_limit() -> None:
    out = policy("shop", "out", "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}]}]}")

    assert verdict(out, "always shop/* -> app=db") == "proved"
    assert verdict(out, "always shop/* -> {}/app=db") == "violated"


def test_a_destination_in_a_namespace_its_peer_names_is_protected() -> None:
    for peer in ("lab/*", "{kubernetes.io/metadata.name=lab}/*", "{kubernetes.io/metadata.name in (lab,x)}/*"):
        assert verdict(SHOP_DENIES, f"never external -> {peer}") == "violated"


def test_a_namespace_counts_as_named_for_its_own_peer_only() -> None:
    text = (
        "{never: {from: [{external: {}}], to: [{namespaces: [shop]}, {namespaceSelector: {matchLabels: {team: a}}}]}}"
    )
    assert verdict(SHOP_DENIES, text) == "proved"

    text = text.replace("[shop]", "[lab], podSelector: {matchLabels: {app: x}}")
    result = ask(SHOP_DENIES, text)

    assert result.verdict == "violated"
    assert result.witness.destination.labels == {"app": "x"}


def test_a_name_that_is_ruled_out_is_not_named() -> None:
    assert verdict(SHOP_DENIES, "never external -> {kubernetes.io/metadata.name!=lab}/app=db") == "proved"


def test_the_source_is_protected_where_the_destination_is_no_pod() -> None:
    shop_stays_in = policy("shop", "deny", DENY_EGRESS)

    assert verdict(shop_stays_in, "never * -> external") == "proved"
    assert verdict(shop_stays_in, "never {}/* -> 203.0.113.0/24") == "proved"
    assert verdict(shop_stays_in + namespace("lab"), "never * -> external") == "violated"
    assert verdict(shop_stays_in, "never lab/* -> external") == "violated"


def test_an_undeclared_source_may_break_a_claim_about_pods() -> None:
    """The destination can be bound, so that the source can be anywhere."""
    assert verdict(policy("shop", "deny", DENY_EGRESS), "never {}/* -> shop/*") == "violated"


def test_only_protects_sources_of_declared_namespaces_where_the_destination_is_external() -> None:
    """Nothing but app=web of shop may get out of the namespaces that are there."""
    spec = "{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}, policyTypes: [Egress]}"

    assert verdict(policy("shop", "deny", spec), "only app=web -> external") == "proved"
    assert verdict(policy("shop", "deny", spec) + namespace("lab"), "only app=web -> external") == "violated"


# Namespaces that only a peer names, and blocks of addresses


def test_the_report_says_of_which_named_namespace_the_input_says_nothing() -> None:
    about_lab = [n for n in ask(SHOP_DENIES, "never external -> lab/*").notes if "`lab`" in n]

    assert len(about_lab) == 1
    assert not any("`shop`" in n for n in ask(SHOP_DENIES, "never external -> shop/*").notes)


def test_a_block_means_external_addresses() -> None:
    deny = policy("shop", "deny", DENY_INGRESS)

    assert verdict("" + pod("shop", "p"), "never {}/* -> 10.0.0.0/8") == "violated"
    assert ask(pod("shop", "p"), "never {}/* -> 10.0.0.0/8").witness.destination.kind == "external"
    assert verdict(deny, "always {}/* -> 10.0.0.0/8") == "proved"


def test_a_block_means_pods_too_where_the_universe_says_which_addresses_pods_have() -> None:
    deny = policy("shop", "deny", DENY_INGRESS)

    assert verdict(deny, "always {}/* -> 10.0.0.0/8", "{addresses: {pods: [10.0.0.0/8]}}") == "violated"
    assert (
        verdict(deny, "always {}/* -> 192.168.0.0/16", "{addresses: {pods: [10.0.0.0/8]}, families: [4]}") == "proved"
    )


def test_egress_policies_of_a_blocks_pods_count() -> None:
    deny = policy("shop", "deny", DENY_EGRESS)

    assert verdict(deny, "always 10.0.0.0/8 -> external", "{addresses: {pods: [10.0.0.0/8]}}") == "violated"
    assert verdict(deny, "never 10.0.0.0/8 -> external", "{addresses: {pods: [10.0.0.0/8]}}") == "proved"


def test_only_exempts_whoever_uses_such_an_address() -> None:
    from_block = policy("shop", "p", admits("{ipBlock: {cidr: 10.0.0.0/8}}"))

    assert verdict(from_block, "only 10.0.0.0/8 -> shop/*", ipblock_pods="match") == "proved"
    assert verdict(from_block, "only 10.0.0.0/16 -> shop/*", ipblock_pods="match") == "violated"
    assert verdict(from_block, "only 10.0.0.0/16 -> shop/*", ipblock_pods="never") == "violated"
