"""Pods that are isolated and open all the same: `default-deny` holds, and a note names who opens them."""

import pytest

from tests.engine.asking import DENY_ALL, ask, namespace, policy

OPEN = "{podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{}], egress: [{}]}"
DEFAULT = "{isolated: {directions: both}}"


def notes(manifests: str, claim: str = DEFAULT) -> tuple[str, ...]:
    result = ask(manifests, claim)
    assert result.verdict == "proved"
    return tuple(note for note in result.notes if note.startswith("isolated, and yet"))


def test_who_opens_a_default_deny_again_is_named() -> None:
    both = policy("yard", "deny-all", DENY_ALL) + policy("yard", "allow-all", OPEN)
    told = "isolated, and yet NetworkPolicy yard/allow-all allows all ingress and egress of the pods that it selects"

    assert notes(both) == notes(policy("yard", "allow-all", OPEN)) == (told,)


def test_only_directions_that_were_asked_about_count() -> None:
    manifests = policy("yard", "deny-all", DENY_ALL) + policy("yard", "in", "{podSelector: {}, ingress: [{}]}")

    assert "all ingress of" in notes(manifests)[0]
    assert notes(manifests, "{isolated: {directions: egress}}") == ()


@pytest.mark.parametrize(
    ("pods", "told"),
    [
        ("{namespaces: [yard], podSelector: {matchLabels: {app: a}}}", True),
        ("{namespaces: [yard], podSelector: {matchLabels: {app: b}}}", False),
        ("{namespaces: [other]}", False),
        ("{namespaceSelector: {matchLabels: {team: a}}}", True),
        ("{namespaceSelector: {matchLabels: {team: b}}}", False),
    ],
)
def test_who_opens_other_pods_is_not(pods: str, told: bool) -> None:
    homes = namespace("yard", "{team: a}") + namespace("other", "{team: b}")
    shut = policy("yard", "deny-all", DENY_ALL) + policy("other", "deny-all", DENY_ALL)
    opened = policy("yard", "allow", "{podSelector: {matchLabels: {app: a}}, ingress: [{}]}")

    assert bool(notes(homes + shut + opened, f"{{isolated: {{pods: [{pods}]}}}}")) is told


def test_a_default_deny_that_is_none_says_nothing_of_the_kind() -> None:
    assert notes(policy("yard", "deny-all", DENY_ALL)) == ()
    rules = "{podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{from: [{namespaceSelector: {}}]}]}"
    assert notes(policy("yard", "all", rules)) == ()
