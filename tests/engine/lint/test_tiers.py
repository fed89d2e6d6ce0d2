"""What lint says of cluster-scoped policies: in which words, how badly, and only once."""

import pytest

from tests.engine.asking import ALL, egress, ingress, tier
from tests.engine.lint.test_lint import looked, rules
from tests.packaged import universe_of
from verifier.engine.results.lint import LintFinding, LintReport
from verifier.smt.solver import Limits

NAMESPACES = """
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: shop}}
---
apiVersion: v1
kind: Namespace
metadata: {name: ops, labels: {team: ops}}
"""
TIERS = ("conflicting-priority", "never-reached-rule", "shadowed-by-tier", "baseline-overridden")
ONLY_SHOP = "{namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}}"
SHOP, OPS = (
    "{namespaces: {matchLabels: {team: shop}}}",
    "{namespaces: {matchLabels: {team: ops}}}",
)


def policy(name: str, spec: str) -> str:
    meta = f"metadata: {{name: {name}, namespace: shop}}"
    return f"---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n{meta}\nspec: {spec}\n"


def tiers(*manifests: str, **how: object) -> LintReport:
    return looked(NAMESPACES + "".join(manifests), rules=TIERS, **how)


def only(*manifests: str, **how: object) -> LintFinding:
    (found,) = tiers(*manifests, **how).smells
    return found


# conflicting-priority


def test_policies_that_tie_and_say_the_same_are_harmless() -> None:
    deny = ingress(("Deny", OPS))

    assert rules(tiers(tier("a", deny), tier("b", deny))) == []


def test_policies_that_tie_and_never_speak_of_one_pod_are_harmless() -> None:
    one = tier("a", ingress(("Deny", ALL)), subject=SHOP)
    other = tier("b", ingress(("Accept", ALL)), subject=OPS)

    assert rules(tiers(one, other)) == []


def test_a_tie_behind_a_policy_that_decides_is_harmless() -> None:
    first = tier("first", ingress(("Deny", ALL)), priority=0)
    found = tiers(first, tier("a", ingress(("Deny", OPS))), tier("b", ingress(("Accept", OPS))))

    assert rules(found) == ["never-reached-rule", "never-reached-rule"]


def test_a_tie_in_the_baseline_behind_network_policies_is_harmless() -> None:
    both = (
        tier("a", ingress(("Deny", OPS)), "Baseline", subject=ONLY_SHOP),
        tier("b", ingress(("Accept", OPS)), "Baseline"),
    )  # fmt: skip

    assert rules(tiers(*both)) == ["conflicting-priority"]
    assert "conflicting-priority" not in rules(tiers(*both, policy("deny", "{podSelector: {}}")))


@pytest.mark.parametrize(
    ("actions", "behind", "severity"),
    [
        (("Accept", "Deny"), "", "error"),
        (("Accept", "Pass"), "", "warning"),
        (("Deny", "Pass"), "", "error"),
        (("Accept", "Pass"), policy("deny", "{podSelector: {}}"), "error"),
        (("Deny", "Pass"), tier("base", ingress(("Deny", ALL)), "Baseline"), "warning"),
    ],
)
def test_a_conflict_is_an_error_iff_the_verdict_hangs_on_it(
    actions: tuple[str, str], behind: str, severity: str
) -> None:
    one, other = (tier(name, ingress((action, OPS)), subject=SHOP) for name, action in zip("ab", actions, strict=True))

    found = only(one, other, behind)

    assert (found.rule, found.severity) == ("conflicting-priority", severity)
    assert ("today that makes no difference, since what comes after says the same" in found.why) is (
        severity == "warning"
    )


def test_the_example_of_a_conflict_can_be_either() -> None:
    found = only(tier("a", ingress(("Accept", OPS))), tier("b", ingress(("Deny", ALL)), subject=SHOP))

    assert found.message == (
        "ClusterNetworkPolicy a and ClusterNetworkPolicy b, both of priority 1, disagree: "
        "ingress[0] of the first allows what ingress[0] of the second denies"
    )
    assert found.about.name == "b"
    assert found.witness is not None
    assert found.witness.ingress is not None
    assert found.witness.ingress.outcomes == {True, False}


def test_what_hangs_on_a_domain_name_can_be_a_conflict() -> None:
    accept = tier("a", egress(("Accept", "{domainNames: [example.com]}")))
    found = only(accept, tier("b", egress(("Deny", "{networks: [0.0.0.0/0]}"))))

    assert found.severity == "warning"
    assert "that hangs on what `example.com` resolves to" in found.why


def test_a_plugin_that_orders_by_name_does_not_settle_a_conflict() -> None:
    one, other = tier("a", ingress(("Accept", OPS))), tier("b", ingress(("Deny", OPS)))

    text = NAMESPACES + one + other
    (found,) = looked(text, switches={"same_priority": "deny_first"}, rules=["conflicting-priority"]).smells

    assert (
        found.why[-1]
        == "here same_priority is deny_first; elsewhere the other may apply: give them different priorities"
    )


# never-reached-rule


@pytest.mark.parametrize(
    ("first", "second", "severity"),
    [("Deny", "Accept", "error"), ("Deny", "Deny", "warning"), ("Pass", "Deny", "error")],
)
def test_a_rule_behind_another_is_an_error_iff_that_says_something_else(first: str, second: str, severity: str) -> None:
    found = only(tier("a", ingress((first, ALL), (second, OPS))))

    assert (found.rule, found.severity) == ("never-reached-rule", severity)
    assert found.message.startswith(
        "ingress[1] of ClusterNetworkPolicy a is never reached: earlier rules of the policy"
    )
    assert found.why[0] == "decided by ingress[0]"


def test_a_rule_of_which_a_part_is_left_is_reached() -> None:
    assert rules(tiers(tier("a", ingress(("Deny", OPS), ("Accept", ALL))))) == []


def test_several_rules_together_can_leave_nothing() -> None:
    rest = "{namespaces: {matchExpressions: [{key: team, operator: NotIn, values: [ops]}]}}"
    found = only(tier("a", ingress(("Deny", OPS), ("Deny", rest), ("Accept", ALL))))

    assert found.message.startswith("ingress[2]")
    assert found.why[0] == "decided by ingress[0] and ingress[1]"


def test_a_rule_behind_policies_of_its_tier_is_a_warning() -> None:
    found = only(tier("a", ingress(("Deny", ALL))), tier("b", ingress(("Accept", OPS)), priority=2))

    assert (found.rule, found.severity) == ("never-reached-rule", "warning")
    assert found.why[0] == "decided by ingress[0] of ClusterNetworkPolicy a"


def test_a_rule_behind_a_domain_name_is_reached() -> None:
    rules_ = egress(("Accept", "{domainNames: ['*.example.com']}"), ("Deny", ALL))

    assert rules(tiers(tier("a", rules_))) == []


@pytest.mark.parametrize(
    "entry",
    [
        "portRange: {start: 90, end: 80}",
        "portNumber: {protocol: TPC, port: 80}",
        "portNumber: {protocol: ICMP, port: 1}",
    ],
)
def test_a_rule_of_no_port_is_never_reached(entry: str) -> None:
    manifest = (
        "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: a}\n"
        f"spec: {{priority: 1, subject: {ALL}, ingress: [{{action: Deny, from: [{OPS}], ports: [{{{entry}}}]}}]}}\n"
    )
    found = looked(f"{NAMESPACES}---\n{manifest}", rules=TIERS).smells

    assert [(s.rule, str(s.severity), s.witness) for s in found] == [("never-reached-rule", "error", None)]


def test_a_rule_of_a_tie_is_reached_unless_the_plugin_always_takes_another() -> None:
    both = tier("a", ingress(("Deny", ALL))), tier("b", ingress(("Accept", OPS)))

    assert "never-reached-rule" not in rules(tiers(*both))
    for by in ("by_name", "deny_first"):
        assert "never-reached-rule" in rules(tiers(*both, switches={"same_priority": by}))


# shadowed-by-tier, baseline-overridden


def test_a_network_policy_whose_pods_a_tier_decides_about_is_shadowed_as_a_whole() -> None:
    everywhere = "{networks: [0.0.0.0/0, '::/0']}"
    found = only(
        tier("closed", egress(("Deny", everywhere))),
        policy("out", "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}]}]}"),
    )

    assert (found.rule, found.severity) == ("shadowed-by-tier", "warning")
    assert found.message == (
        "NetworkPolicy shop/out never decides about egress: the Admin tier decides first, for all of its pods"
    )


def test_what_is_passed_on_is_not_shadowed() -> None:
    rules_ = ingress(("Pass", OPS), ("Deny", ALL))
    allowed = policy("in", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: ops}}}]}]}")

    assert rules(tiers(tier("a", rules_), allowed)) == []
    assert rules(tiers(tier("a", ingress(("Deny", ALL))), allowed)) == ["shadowed-by-tier"]


def test_hostnetwork_pods_count_where_nodes_do() -> None:
    manifests = (
        tier("a", ingress(("Deny", ALL))),
        policy("in", "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}"),
    )
    found = only(*manifests)
    assert found.why[-1] == "not counted are hostNetwork pods, which only some plugins take for pods"
    assert rules(tiers(*manifests, universe=universe_of({"nodes": True}))) == []
    assert rules(tiers(*manifests, universe=universe_of({"nodes": True}), switches={"host_network": "as_node"})) == [
        "shadowed-by-tier"
    ]


def test_a_baseline_rule_is_shadowed_by_the_admin_tier_and_overridden_by_network_policies() -> None:
    base = tier("base", ingress(("Deny", OPS)), "Baseline")
    deny = policy("deny", "{podSelector: {}}") + policy("deny", "{podSelector: {}}").replace("shop", "ops")

    assert rules(tiers(tier("a", ingress(("Accept", OPS))), base)) == ["shadowed-by-tier"]
    overridden = only(base, deny)
    assert (overridden.rule, overridden.severity) == ("baseline-overridden", "note")
    assert overridden.why[-1] == "it still decides in a namespace that nobody has declared"
    assert rules(tiers(base, policy("deny", "{podSelector: {}}"))) == []


def test_in_a_closed_universe_no_other_pod_could_exist() -> None:
    base = tier("base", ingress(("Deny", OPS)), "Baseline")
    deny = policy("deny", "{podSelector: {}}") + policy("deny", "{podSelector: {}}").replace("shop", "ops")

    found = only(base, deny, universe=universe_of({"namespaces": {"others": False}}))

    assert found.why[-1] == "no other pod could exist"


# Once, and only if it is known


def test_what_never_decides_is_not_called_redundant_too() -> None:
    text = NAMESPACES + tier("a", ingress(("Deny", ALL), ("Accept", OPS)))

    assert rules(looked(text)) == ["never-reached-rule"]


def test_what_a_lost_rule_was_lost_to_cannot_be_removed_with_it() -> None:
    text = NAMESPACES + tier("a", ingress(("Deny", OPS), ("Deny", OPS)))

    redundant, lost = sorted(looked(text).smells, key=lambda smell: smell.rule, reverse=True)
    assert (redundant.rule, lost.rule) == ("redundant-rule", "never-reached-rule")
    assert redundant.why[-1] == "the rule can be removed, but then something else that is reported has to stay"


def test_what_the_solver_has_no_time_for_is_not_claimed() -> None:
    report = tiers(
        tier("a", ingress(("Deny", ALL), ("Accept", OPS))),
        tier("b", ingress(("Accept", OPS))),
        limits=Limits(deadline=0.0),
    )

    assert report.smells == ()
    undecided = [d.message.partition(": the solver")[0] for d in report.diagnostics]
    assert undecided == [
        "not decided: conflicting-priority",
        "not decided: never-reached-rule, shadowed-by-tier, baseline-overridden",
    ]


def test_without_tiers_nothing_is_asked() -> None:
    assert isinstance(tiers(policy("deny", "{podSelector: {}}"), limits=Limits(deadline=0.0)), LintReport)
    assert tiers(policy("deny", "{podSelector: {}}"), limits=Limits(deadline=0.0)).diagnostics == ()


def test_a_policy_of_the_other_direction_isolates_nothing() -> None:
    found = looked(
        NAMESPACES
        + tier("base", ingress(("Deny", OPS)), "Baseline")
        + policy("out", "{podSelector: {}, policyTypes: [Egress], egress: [{}]}"),
        rules=["redundant-policy"],
    )

    (smell,) = found.smells
    assert smell.why[0] == "it isolates pods for egress, and allows all egress again"


@pytest.mark.parametrize("sctp", ["no", "open"])
def test_a_rule_for_sctp_is_looked_at_whatever_the_plugin_knows(sctp: str) -> None:
    port = "protocols: [{sctp: {destinationPort: {number: 5}}}]"
    one = tier("a", f"ingress: [{{action: Deny, from: [{ALL}], {port}}}]")

    assert rules(tiers(one, switches={"sctp": sctp})) == []


def test_a_tie_behind_a_domain_name_can_be_a_conflict() -> None:
    first = tier("first", egress(("Accept", "{domainNames: [example.com]}")))
    tied = (tier(name, egress((action, OPS)), "Baseline") for name, action in (("a", "Accept"), ("b", "Deny")))

    found = only(first, *tied)

    assert found.severity == "warning"
    assert "that hangs on rules before them of which nobody can say" in found.why
