"""Verdicts: vacuity, switches left open, and what goes with them (docs/properties.md; docs/semantics.md 1.5)."""

import pytest

from tests.engine.asking import (
    DENY_EGRESS,
    DENY_INGRESS,
    admits,
    ask,
    claim,
    deployment,
    limited,
    pod,
    policy,
    universe,
    verdict,
)
from verifier.engine.check.check import check, essential
from verifier.engine.problem.switches import settle
from verifier.errors import UsageError
from verifier.ir.cluster import NOTHING
from verifier.ir.profiles import PROFILES
from verifier.ir.switches import OPEN, SWITCHES
from verifier.smt.solver import Limits

WEB = deployment("shop", "web", "{app: web}")
DENY = policy("shop", "deny", DENY_INGRESS)
BY_NAME = policy("shop", "p", "{podSelector: {}, ingress: [{ports: [{port: web}]}]}")
BLOCK = policy("shop", "p", admits("{ipBlock: {cidr: 10.0.0.0/8}}"))


# Vacuous


@pytest.mark.parametrize("kind", ["never", "always", "only", "exactly"])
def test_a_claim_whose_destination_nothing_meets_is_vacuous(kind: str) -> None:
    result = ask(WEB + DENY, f"{kind} app=web -> app=wbe", "inventory")

    assert result.verdict == "vacuous"
    assert "`to`" in str(result.reason)
    assert result.witness is None


@pytest.mark.parametrize("kind", ["never", "always", "exactly"])
def test_a_claim_whose_source_nothing_meets_is_vacuous(kind: str) -> None:
    result = ask(WEB + DENY, f"{kind} app=wbe -> app=web", "inventory")

    assert result.verdict == "vacuous"
    assert "`from`" in str(result.reason)


def test_only_needs_nobody_to_exempt() -> None:
    assert verdict(WEB + DENY, "only app=wbe -> app=web", "inventory") == "proved"


def test_exactly_is_violated_by_either_half() -> None:
    lets_in = policy("shop", "p", admits("{podSelector: {}}"))

    assert verdict(WEB + lets_in, "exactly app=web -> app=web", "inventory") == "proved"
    assert verdict(WEB + lets_in + DENY, "exactly app=web -> app=web : TCP/80", "inventory") == "proved"
    assert verdict(WEB + DENY, "exactly app=web -> app=web", "inventory") == "violated"
    assert verdict(WEB, "exactly app=web -> app=web", "inventory") == "violated"


def test_a_contradictory_selector_makes_a_claim_vacuous_in_any_universe() -> None:
    result = ask(DENY, "never a=b,!a -> shop/*")

    assert result.verdict == "vacuous"
    assert "`from`" in str(result.reason)


def test_a_claim_that_no_connection_can_meet_is_vacuous_though_both_ends_exist() -> None:
    result = ask(pod("shop", "db", "{app: db}") + DENY, "never {}/* -> shop/app=db", "inventory")

    assert result.verdict == "vacuous"
    assert "`from`" not in str(result.reason).split("can join")[0]
    assert "no connection can join" in str(result.reason)


def test_a_claim_about_protocols_that_are_left_out_is_vacuous() -> None:
    assert verdict(DENY, "never * -> shop/* : SCTP", sctp="no") == "vacuous"
    assert verdict(DENY, "never * -> shop/* : SCTP") == "proved"


def test_isolated_and_separate_can_be_vacuous() -> None:
    assert (
        verdict(WEB + DENY, "{isolated: {pods: [{podSelector: {matchLabels: {app: wbe}}}]}}", "inventory") == "vacuous"
    )
    assert verdict(WEB + DENY, "{separate: {byPodLabel: tenant}}", "inventory") == "vacuous"
    assert verdict("", "{isolated: {}}") == "vacuous"


# Switches left open


def test_a_property_is_violated_iff_every_setting_breaks_it() -> None:
    """Not necessarily by one connection: pods break it where blocks match them, outside clients in any case."""
    assert verdict(BLOCK, "never * -> shop/*") == "violated"
    assert verdict(BLOCK, "never {}/* -> shop/*") == "depends on ipblock_pods"
    assert (
        verdict(BLOCK, "always {}/* -> shop/*", "{families: [4], addresses: {pods: [10.0.0.0/8]}}")
        == "depends on ipblock_pods"
    )


def test_each_setting_may_have_a_breaking_connection_of_its_own() -> None:
    """Where blocks match pods, too many get in; where they do not, not even those that should."""
    of = "{families: [4], addresses: {pods: [10.0.0.0/8]}}"

    assert verdict(BLOCK, "only {}/a=b -> shop/* : TCP/80", of, ipblock_pods="match") == "violated"
    assert verdict(BLOCK, "always {}/a=b -> shop/* : TCP/80", of, ipblock_pods="never") == "violated"
    assert verdict(BLOCK, "always {}/a=b -> shop/* : TCP/80", of) == "depends on ipblock_pods"
    assert verdict(BLOCK, "exactly {}/a=b -> shop/* : TCP/80", of) == "violated"


def test_settings_are_judged_together() -> None:
    ports = policy("shop", "q", "{podSelector: {}, ingress: [{ports: [{port: 79, endPort: 80}]}]}")

    assert verdict(BLOCK + ports, "never {}/* -> shop/* : TCP/80", endport="no") == "depends on ipblock_pods"
    assert verdict(BLOCK + ports, "never {}/* -> shop/* : TCP/80", endport="yes") == "violated"
    assert verdict(BLOCK + ports, "never {}/* -> shop/* : TCP/80", endport="open") == "depends on endport, ipblock_pods"


def test_the_witness_of_an_open_verdict_names_the_breaking_setting() -> None:
    result = ask(BLOCK, "never {}/* -> shop/*")

    assert result.witness.switches == {"ipblock_pods": "match"}
    assert result.witness.allowed
    assert "`ipblock_pods`" in str(result.reason)


def test_the_breaking_setting_is_named_though_either_switch_alone_would_do() -> None:
    ports = policy("shop", "q", "{podSelector: {}, ingress: [{ports: [{port: 80, endPort: 90}]}]}")

    result = ask(
        BLOCK + ports,
        "never {}/* -> shop/* : TCP/85",
        "{addresses: {pods: [10.0.0.0/8]}, families: [4]}",
        endport="open",
    )

    assert result.depends_on == ("endport", "ipblock_pods")
    assert set(result.witness.switches) == {"endport", "ipblock_pods"}
    assert (result.witness.switches["endport"], result.witness.switches["ipblock_pods"]) != ("no", "never")


def test_a_fixed_switch_is_no_dependence() -> None:
    assert verdict(BLOCK, "never {}/* -> shop/*", ipblock_pods="never") == "proved"
    assert verdict(BLOCK, "never {}/* -> shop/*", ipblock_pods="match") == "violated"


def test_a_switch_whose_value_makes_no_difference_is_no_dependence() -> None:
    rule = "{to: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: web}]}"
    named = policy("shop", "q", f"{{podSelector: {{}}, policyTypes: [Egress], egress: [{rule}]}}")

    assert verdict(named, "never shop/* -> external") == "proved"
    assert verdict(named, "never shop/* -> {}/*") == "depends on ipblock_pods, named_port_ipblock"
    assert verdict(named, "never shop/* -> {}/*", named_port_ipblock="resolve") == "depends on ipblock_pods"
    assert verdict(named, "never shop/* -> {}/*", named_port_ipblock="never") == "proved"


def test_own_node_on_egress_is_open() -> None:
    deny = policy("shop", "deny", DENY_EGRESS)

    assert verdict(deny, "never shop/* -> node") == "depends on local_node_egress"
    assert verdict(deny, "never shop/* -> node", local_node_egress="policy", host_network="as_node") == "proved"
    assert verdict(deny, "never shop/* -> node", local_node_egress="always") == "violated"


def test_protocols_may_be_left_open() -> None:
    three = policy(
        "shop", "p", "{podSelector: {}, ingress: [{ports: [{protocol: TCP}, {protocol: UDP}, {protocol: SCTP}]}]}"
    )
    sctp = policy("shop", "p", "{podSelector: {}, ingress: [{ports: [{protocol: SCTP}]}]}")

    assert verdict(three, "always {}/* -> shop/*") == "proved"
    assert verdict(three, "always {}/* -> shop/*", other_protocols="on") == "violated"
    assert verdict(three, "always {}/* -> shop/*", other_protocols="open") == "depends on other_protocols"
    assert verdict(sctp, "never * -> shop/*", sctp="open") == "depends on sctp"
    assert verdict(sctp, "never * -> shop/*", sctp="no") == "proved"


def test_other_protocols_pass_rules_without_ports_and_no_others() -> None:
    """G05 switched on: isolation denies them, a rule without ports lets them through."""
    anything = policy("shop", "p", admits("{podSelector: {}}"))
    a_port = policy("shop", "p", "{podSelector: {}, ingress: [{from: [{podSelector: {}}], ports: [{port: 80}]}]}")

    assert verdict(anything, "always shop/* -> shop/*", other_protocols="on") == "proved"
    assert verdict(a_port, "always shop/* -> shop/* : TCP/80", other_protocols="on") == "proved"
    result = ask(policy("shop", "deny", DENY_INGRESS), "always shop/* -> shop/*", other_protocols="on")
    assert result.verdict == "violated"


def test_an_outside_client_may_show_the_address_of_a_node() -> None:
    client = policy("shop", "p", admits("{ipBlock: {cidr: 203.0.113.0/24}}"))
    of_client, nodes = "always 203.0.113.0/24 -> shop/*", "{families: [4], addresses: {nodes: [192.168.0.0/24]}}"

    assert verdict(client, of_client) == "proved"
    assert verdict(client, of_client, external_source="node") == "violated"
    assert verdict(client, of_client, nodes, external_source="open") == "depends on external_source"
    assert verdict(client, "never 198.51.100.0/24 -> shop/*", external_source="node") == "violated"
    assert verdict(client, "never 198.51.100.0/24 -> shop/*", nodes, external_source="node") == "proved"


def test_the_source_never_becomes_a_node() -> None:
    """`external_source` changes what blocks see; the own-node exemption is not for it."""
    assert verdict(policy("shop", "deny", DENY_INGRESS), "never external -> shop/*", external_source="node") == "proved"


def test_a_sidecars_port_name_is_open() -> None:
    ports = "ports: [{name: web, containerPort: 8080}]"
    sidecar = (
        f"containers: [{{name: c, image: i}}], initContainers: [{{name: s, image: i, restartPolicy: Always, {ports}}}]"
    )
    manifests = deployment("shop", "web", "{app: web}", sidecar) + BY_NAME
    to_web = "always external -> shop/* : TCP/8080"

    assert verdict(manifests, to_web, "inventory") == "depends on named_port_source"
    assert verdict(manifests, to_web, "inventory", named_port_source="sidecars") == "proved"
    assert verdict(manifests, to_web, "inventory", named_port_source="containers") == "violated"


def test_a_name_declared_twice() -> None:
    first, second = (
        f"{{name: {n}, image: i, ports: [{{name: web, containerPort: {p}}}]}}" for n, p in (("a", 80), ("b", 81))
    )
    twice = f"containers: [{first}, {second}]"
    manifests = deployment("shop", "web", "{app: web}", twice) + BY_NAME

    assert verdict(manifests, "always external -> shop/* : TCP/80-81", "inventory") == "proved"
    assert verdict(manifests, "always external -> shop/* : TCP/80", "inventory", named_port_dup="one") == "violated"
    assert verdict(manifests, "always external -> shop/* : TCP/81", "inventory", named_port_dup="one") == "proved"


def test_essential_switches_are_those_that_can_flip_the_verdict() -> None:
    settings = [(("a", x), ("b", y), ("c", z)) for x in "01" for y in "01" for z in "01"]
    breaking = [s for s in settings if dict(s)["a"] == "1" and dict(s)["b"] == "0"]

    assert essential(settings, breaking) == ("a", "b")
    assert essential(settings, settings) == ()
    assert essential(settings, [s for s in settings if dict(s)["c"] == "1"]) == ("c",)


def test_later_layers_win_over_the_profile_and_its_defaults() -> None:
    assert settle()["ipblock_pods"] == "open"
    assert settle("cilium")["ipblock_pods"] == "never"
    assert settle("cilium", {"ipblock_pods": "match"}, {"sctp": "no"})["ipblock_pods"] == "match"
    assert settle("cilium", {"ipblock_pods": "match"}, {"ipblock_pods": "open"})["ipblock_pods"] == "open"
    assert set(settle()) == set(SWITCHES)


@pytest.mark.parametrize("profile", PROFILES)
def test_profiles_name_switches_and_values_that_exist(profile: str) -> None:
    for name, value in PROFILES[profile].items():
        assert value in (*SWITCHES[name].values, OPEN)


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        ({"ipblock_pod": "match"}, "did you mean `ipblock_pods`"),
        ({"ipblock_pods": "maybe"}, "match, never, open"),
        ({"strict_cidr": "open"}, "on, off"),
    ],
)
def test_an_unknown_switch_or_value_is_refused(layer: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        check(NOTHING, [claim("never * -> *")], universe("open"), layer)


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(UsageError, match="one of k8s"):
        settle("eks")


# Limits


def test_a_limit_makes_a_verdict_unknown_and_never_proved() -> None:
    def chained(i: int) -> str:
        peer = f"{{podSelector: {{matchLabels: {{k{i + 1}: v}}}}}}"
        return policy("shop", f"p{i}", f"{{podSelector: {{matchLabels: {{k{i}: v}}}}, ingress: [{{from: [{peer}]}}]}}")

    blocks = "".join(chained(i) for i in range(12))
    free = ask(blocks + DENY, "only shop/* -> shop/*")
    assert free.verdict == "proved"

    result = limited(blocks + DENY, "only shop/* -> shop/*", Limits(rlimit=1))

    assert result.verdict == "unknown"
    assert result.depends_on == ()
    assert "limit" in str(result.reason)


def test_a_deadline_that_has_passed_makes_a_verdict_unknown() -> None:
    result = limited(DENY, "never * -> shop/*", Limits(deadline=0.0))

    assert result.verdict == "unknown"
    assert "time limit" in str(result.reason)
