"""Which rules are asked, whom they may not speak about, and what they know to leave alone."""

import pytest

from verifier.engine.lint.checkers import LOOKERS
from verifier.engine.lint.lint import lint
from verifier.engine.lint.rules import RULES
from verifier.engine.results.lint import LintReport
from verifier.ir.universe import INVENTORY
from verifier.manifests.kubernetes.load import load_text
from verifier.manifests.kubernetes.quirks import written
from verifier.smt.solver import Limits

WEB = """
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
---
"""


def policy(spec: str, annotation: str = "") -> str:
    annotations = f", annotations: {{netpol-verifier/ignore: {annotation!r}}}" if annotation else ""
    return (
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        f"metadata: {{name: p, namespace: shop{annotations}}}\nspec: {spec}\n"
    )


def looked(text: str, **how: object) -> LintReport:
    loaded = load_text(text)
    return lint(loaded.cluster, written(loaded.objects, "default", RULES)[0], **how)  # type: ignore[arg-type]


def rules(report: LintReport) -> list[str]:
    return [smell.rule for smell in report.smells]


def test_only_the_rules_that_are_named_are_told() -> None:
    text = policy("{podSelector: {}, ingress: [{}]}")

    assert rules(looked(text)) == ["redundant-policy", "allow-all"]
    assert rules(looked(text, rules=["allow-all"])) == ["allow-all"]


def test_an_annotation_silences_a_rule_for_its_object() -> None:
    report = looked(policy("{podSelector: {}, ingress: [{}]}", "allow-all,redundant-policy: the front door"))

    assert report.smells == ()
    assert [(each.smell.rule, each.silence.reason) for each in report.silenced] == [
        ("redundant-policy", "the front door"),
        ("allow-all", "the front door"),
    ]


def test_an_annotation_silences_no_other_rule() -> None:
    assert rules(looked(policy("{podSelector: {}, ingress: [{}]}", "allow-all: meant"))) == ["redundant-policy"]


@pytest.mark.parametrize(
    ("annotation", "fault"),
    [
        ("allow-all", "`netpol-verifier/ignore` silences nothing without a rule and a reason"),
        ("allow-al: because", "`netpol-verifier/ignore` names a rule that does not exist: `allow-al`"),
    ],
)
def test_an_annotation_without_reason_or_rule_is_warned_about(annotation: str, fault: str) -> None:
    loaded = load_text(policy("{podSelector: {}}", annotation))

    _, faults = written(loaded.objects, "default", RULES)

    assert [diagnostic.message for diagnostic in faults] == [fault]


def test_what_fails_a_run_is_said_by_its_severity() -> None:
    text = policy("{podSelector: {}, ingress: [{}]}")

    assert not looked(text).fails
    assert not looked(text, rules=["allow-all"], fail_on="warning").fails
    assert looked(text, rules=["allow-all"], fail_on="note").fails
    assert not looked(policy("{podSelector: , ingress: []}"), fail_on="none").fails
    assert looked(policy("{podSelector: , ingress: []}")).fails


def test_the_worst_comes_first() -> None:
    report = looked(policy("{podSelector: , ingress: [{}]}"))

    assert rules(report) == ["null-selector", "redundant-policy", "allow-all"]


def test_what_the_solver_has_no_time_for_is_said_and_hides_nothing_else() -> None:
    report = looked(policy("{podSelector: {}, ingress: [{}]}"), limits=Limits(deadline=0.0))

    assert rules(report) == ["allow-all"]
    assert report.diagnostics[0].message.startswith("not decided: inert-policy, inert-rule, undone-default-deny")


def test_a_universe_can_make_a_policy_inert() -> None:
    text = WEB + policy("{podSelector: {matchLabels: {app: db}}, ingress: []}")

    assert "inert-policy" not in rules(looked(text))
    assert "inert-policy" in rules(looked(text, universe=INVENTORY))


def test_numbers_at_the_end_are_no_slip() -> None:
    text = WEB.replace("web", "db-1") + policy("{podSelector: {matchLabels: {app: db-2}}, ingress: []}")

    assert "near-miss" not in rules(looked(text))
    assert "dead-subject" in rules(looked(text))


def test_the_value_under_another_key_is_a_near_miss() -> None:
    report = looked(WEB + policy("{podSelector: {matchLabels: {name: web}}, ingress: []}"), rules=["near-miss"])

    assert [smell.fix for smell in report.smells] == ["app: web"]
    assert report.smells[0].guess


def test_without_workloads_nothing_is_said_to_be_missing() -> None:
    report = looked(
        policy("{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: x}}}]}]}")
    )

    assert not {"dead-subject", "dead-peer", "near-miss"} & set(rules(report))


def test_one_item_is_reported_where_both_of_its_halves_are_met_apart() -> None:
    text = (
        """
apiVersion: v1
kind: Namespace
metadata: {name: ops, labels: {team: ops}}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: shop}}
---
apiVersion: v1
kind: Pod
metadata: {name: scraper, namespace: ops, labels: {app: scraper}}
---
"""
        + WEB
        + policy(
            "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: ops}}, "
            "podSelector: {matchLabels: {app: web}}}]}]}"
        )
    )

    (smell,) = looked(text, rules=["and-or"]).smells

    assert "is one item, so both must hold" in smell.message
    assert smell.witness is not None
    assert not smell.witness.allowed


def test_a_default_deny_of_several_policies_counts() -> None:
    some = policy("{podSelector: {matchLabels: {app: web}}, ingress: []}")
    rest = policy("{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}}").replace(
        "name: p", "name: q"
    )

    assert "no-default-deny" in rules(looked(some))
    assert "no-default-deny" not in rules(looked(f"{some}---\n{rest}"))


def test_a_peer_that_cannot_exist_is_an_error_and_said_once() -> None:
    nobody = "{podSelector: {matchLabels: {app: x}, matchExpressions: [{key: app, operator: DoesNotExist}]}}"
    peers = f"[{{podSelector: {{matchLabels: {{app: web}}}}}}, {nobody}]"
    text = WEB + policy(f"{{podSelector: {{}}, ingress: [{{from: {peers}}}]}}")

    (smell,) = looked(text, rules=["dead-peer"]).smells

    assert (smell.severity, smell.message) == (
        "error",
        "ingress[0].from[1] of NetworkPolicy shop/p does nothing: no peer that could exist meets it",
    )


def test_every_rule_has_somebody_who_looks_for_it() -> None:
    assert list(LOOKERS) == list(RULES)
