"""Which namespaces are declared, and what is known of their labels (docs/properties.md, "Declared")."""

import pytest

from tests.engine.asking import (
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


@pytest.mark.parametrize(
    "declaration",
    [
        namespace("lab"),
        policy("lab", "other", "{podSelector: {matchLabels: {app: other}}}"),
        pod("lab", "probe"),
        deployment("lab", "probe", "{app: probe}"),
    ],
)
def test_objects_declare_their_namespace(declaration: str) -> None:
    assert verdict(SHOP_DENIES, "never external -> app=db") == "proved"
    assert verdict(SHOP_DENIES + declaration, "never external -> app=db") == "violated"


def test_an_entry_in_the_universe_declares_a_namespace() -> None:
    assert verdict(SHOP_DENIES, "never external -> app=db", "{namespaces: {known: [{name: lab}]}}") == "violated"


def test_an_object_without_namespace_declares_default() -> None:
    bare = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c}]}\n"

    assert verdict(SHOP_DENIES + bare, "never external -> app=db") == "violated"
    assert ask(SHOP_DENIES + bare, "never external -> app=db").witness.destination.namespace.name == "default"


def test_a_mention_in_a_policy_declares_nothing() -> None:
    named = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: lab}}}"
    mentions = policy("shop", "allow", admits(named))

    assert verdict(mentions, "never external -> app=db") == "proved"


def test_a_mention_in_a_property_declares_nothing() -> None:
    """`lab` is covered where a peer names it, and nowhere else."""
    text = "{never: {from: [{external: {}}], to: [{namespaces: [shop]}, {podSelector: {matchLabels: {app: db}}}]}}"
    assert verdict(SHOP_DENIES, text) == "proved"
    assert verdict(SHOP_DENIES, text.replace("[shop]", "[lab]")) == "violated"
    assert verdict(SHOP_DENIES, "never lab/* -> app=db") == "proved"


def test_a_namespace_object_gives_labels_exactly() -> None:
    tenants = policy("shop", "a", admits("{namespaceSelector: {matchLabels: {t: a}}}"))

    assert verdict(tenants + namespace("lab", "{u: b}"), "never lab/* -> shop/*") == "proved"
    assert verdict(tenants + namespace("lab", "{t: a}"), "never lab/* -> shop/*") == "violated"


def test_an_entry_in_the_universe_gives_labels_exactly() -> None:
    tenants = policy("shop", "a", admits("{namespaceSelector: {matchLabels: {t: a}}}"))

    assert verdict(tenants, "never lab/* -> shop/*", "{namespaces: {known: [{name: lab}]}}") == "proved"
    assert (
        verdict(tenants, "never lab/* -> shop/*", "{namespaces: {known: [{name: lab, labels: {t: a}}]}}") == "violated"
    )


def test_without_an_object_all_labels_are_free() -> None:
    tenants = policy("shop", "a", admits("{namespaceSelector: {matchLabels: {t: a}}}"))

    assert verdict(tenants + pod("lab", "p"), "never lab/* -> shop/*") == "violated"
    assert verdict(tenants + pod("lab", "p"), "always lab/* -> shop/*") == "violated"


def test_the_name_label_is_never_free() -> None:
    named = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: lab}}}"
    only_lab = policy("shop", "a", admits(named))

    assert verdict(only_lab, "always lab/* -> shop/*") == "proved"
    assert verdict(only_lab, "never ops/* -> shop/*") == "proved"
    assert verdict(only_lab, "only lab/* -> shop/*") == "proved"
