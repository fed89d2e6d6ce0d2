"""`isolated` and `separate` (docs/properties.md)."""

from tests.engine.asking import (
    DENY_ALL,
    DENY_EGRESS,
    DENY_INGRESS,
    admits,
    ask,
    deployment,
    namespace,
    pod,
    policy,
    verdict,
)

SHOP_DENIES = policy("shop", "deny", DENY_INGRESS)


# isolated


def test_isolated_speaks_of_declared_namespaces() -> None:
    assert verdict(policy("shop", "deny", DENY_ALL), "{isolated: {}}") == "proved"
    assert verdict(policy("shop", "deny", DENY_ALL) + namespace("lab"), "{isolated: {}}") == "violated"
    assert verdict(policy("shop", "deny", DENY_ALL), "{isolated: {pods: [{namespaceSelector: {}}]}}") == "proved"


def test_isolated_needs_both_directions_unless_told() -> None:
    assert verdict(SHOP_DENIES, "{isolated: {}}") == "violated"
    assert verdict(SHOP_DENIES, "{isolated: {directions: ingress}}") == "proved"
    assert verdict(SHOP_DENIES, "{isolated: {directions: egress}}") == "violated"
    assert verdict(policy("shop", "deny", DENY_EGRESS), "{isolated: {directions: egress}}") == "proved"


def test_isolation_counts_though_rules_let_everything_through() -> None:
    """A default deny is in force: what no rule lists is denied."""
    assert (
        verdict(policy("shop", "all", "{podSelector: {}, ingress: [{}]}"), "{isolated: {directions: ingress}}")
        == "proved"
    )


def test_each_pod_of_isolated_must_be_covered() -> None:
    two = policy("shop", "a", "{podSelector: {matchLabels: {app: a}}}") + policy(
        "shop", "rest", "{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [a]}]}}"
    )
    assert verdict(two, "{isolated: {directions: ingress}}") == "proved"
    one = policy("shop", "a", "{podSelector: {matchLabels: {app: a}}}")
    assert verdict(one, "{isolated: {directions: ingress, pods: [{podSelector: {matchLabels: {app: a}}}]}}") == "proved"

    result = ask(one, "{isolated: {directions: ingress}}")

    assert result.verdict == "violated"
    assert result.witness.source is None
    assert result.witness.destination.labels.get("app") != "a"


# separate

TENANTS = namespace("red", "{tenant: red}") + namespace("blue", "{tenant: blue}")


def own_tenant(name: str, tenant: str) -> str:
    return policy(name, "own", admits(f"{{namespaceSelector: {{matchLabels: {{tenant: {tenant}}}}}}}"))


def test_separate_holds_where_every_namespace_admits_its_own_tenant() -> None:
    both = TENANTS + own_tenant("red", "red") + own_tenant("blue", "blue")

    assert verdict(both, "{separate: {byNamespaceLabel: tenant}}") == "proved"
    assert verdict(TENANTS + own_tenant("red", "red"), "{separate: {byNamespaceLabel: tenant}}") == "violated"


def test_pods_without_the_key_are_a_group_of_their_own() -> None:
    own = namespace("plain") + policy("plain", "all", "{podSelector: {}, ingress: [{}]}")
    both = TENANTS + own_tenant("red", "red") + own_tenant("blue", "blue") + own

    assert verdict(both, "{separate: {byNamespaceLabel: tenant}}") == "violated"
    assert verdict(both, "{separate: {byNamespaceLabel: tenant, unlabelled: own}}") == "violated"

    pods = both + pod("red", "p") + pod("plain", "p")
    assert verdict(pods, "{separate: {byNamespaceLabel: tenant}}", "inventory") == "violated"
    assert verdict(pods, "{separate: {byNamespaceLabel: tenant, unlabelled: ignore}}", "inventory") == "vacuous"


def test_connections_of_pods_without_the_key_are_free_where_they_are_ignored() -> None:
    open_to_unlabelled = "{namespaceSelector: {matchExpressions: [{key: tenant, operator: DoesNotExist}]}}"
    spec = admits(open_to_unlabelled)
    both = TENANTS + policy("red", "p", spec) + policy("blue", "p", spec)

    assert verdict(both, "{separate: {byNamespaceLabel: tenant}}") == "violated"
    assert verdict(both, "{separate: {byNamespaceLabel: tenant, unlabelled: ignore}}") == "proved"


def test_pods_of_one_group_may_talk() -> None:
    same = policy("shop", "p", admits("{podSelector: {}}"))

    assert verdict(same, "{separate: {byNamespaceLabel: tenant}}") == "proved"
    assert verdict(same, "{separate: {byNamespaceLabel: kubernetes.io/metadata.name}}") == "proved"
    assert verdict(same, "{separate: {byPodLabel: tenant}}") == "violated"


def test_values_that_only_workloads_carry_are_told_apart() -> None:
    red, blue = deployment("shop", "red", "{tenant: red}"), deployment("shop", "blue", "{tenant: blue}")
    also_red = deployment("shop", "also-red", "{tenant: red}")

    assert verdict(red + blue, "{separate: {byPodLabel: tenant}}", "inventory") == "violated"
    assert verdict(red + also_red, "{separate: {byPodLabel: tenant}}", "inventory") == "vacuous"


def test_values_that_only_namespaces_carry_are_told_apart() -> None:
    pods = pod("red", "p") + pod("blue", "p")
    some = policy(
        "red",
        "p",
        admits("{namespaceSelector: {matchExpressions: [{key: tenant, operator: Exists}]}}"),
    )

    assert verdict(TENANTS + pods, "{separate: {byNamespaceLabel: tenant}}", "inventory") == "violated"
    assert verdict(TENANTS, "{separate: {byNamespaceLabel: tenant}}", "{namespaces: {others: false}}") == "violated"
    assert (
        verdict(
            TENANTS + some + policy("blue", "p", DENY_INGRESS),
            "{separate: {byNamespaceLabel: tenant, unlabelled: ignore}}",
            "{namespaces: {others: false}}",
        )
        == "violated"
    )


def test_separate_protects_declared_destinations_only() -> None:
    assert verdict(policy("shop", "deny", DENY_INGRESS), "{separate: {byNamespaceLabel: tenant}}") == "proved"
    assert (
        verdict("", "{separate: {byNamespaceLabel: tenant}}", "{namespaces: {labels: {tenant: {values: [a]}}}}")
        == "vacuous"
    )
