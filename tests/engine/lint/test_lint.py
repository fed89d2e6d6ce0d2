"""Which rules are asked, whom they may not speak about, and what they know to leave alone."""

import pytest
import yaml

from tests.engine.asking import verdict
from tests.generators.strategies import a_policy
from verifier.engine.lint.checkers import LOOKERS
from verifier.engine.lint.lint import lint
from verifier.engine.lint.rules import RULES
from verifier.engine.results.lint import LintReport
from verifier.ir.labels import NAMESPACE_NAME
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


def named(namespace: str, labels: str = "{}") -> str:
    return f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}, labels: {labels}}}\n---\n"


def from_(peer: str) -> str:
    return policy(f"{{podSelector: {{}}, policyTypes: [Ingress], ingress: [{{from: [{peer}]}}]}}")


@pytest.mark.parametrize(
    ("peer", "fix"),
    [
        ("{namespaceSelector: {matchLabels: {name: watch}}}", "kubernetes.io/metadata.name: watch"),
        ("{namespaceSelector: {matchLabels: {kubernetes.io/name: watch}}}", "kubernetes.io/metadata.name: watch"),
        ("{namespaceSelector: {matchLabels: {team: watch}}}", None),
        ("{namespaceSelector: {matchLabels: {purpose: watch}}}", None),
        ("{podSelector: {matchLabels: {app: portal}}}", None),
        (f"{{namespaceSelector: {{matchLabels: {{{NAMESPACE_NAME}: wacth}}}}}}", f"{NAMESPACE_NAME}: watch"),
        ("{namespaceSelector: {matchLabels: {app: web}}}", "podSelector: app=web"),
        ("{podSelector: {matchLabels: {kubernetes.io/metadata.name: watch}}}",
         "namespaceSelector: kubernetes.io/metadata.name=watch"),
        ("{podSelector: {matchLabels: {app: web, team: ops}}}", "namespaceSelector: team=ops"),
        ("{podSelector: {matchLabels: {app: db, team: ops}}}", None),
    ],
)  # fmt: skip
def test_what_namespaces_and_pods_are_called_is_told_apart(peer: str, fix: str | None) -> None:
    text = named("watch", "{team: ops, app: portal}") + named("shop", "{}") + WEB + from_(peer)

    assert [smell.fix for smell in looked(text, rules=["near-miss"]).smells] == ([fix] if fix else [])


def test_a_namespace_that_only_a_workload_declares_has_its_name() -> None:
    text = WEB.replace("namespace: shop", "namespace: watch") + from_(
        "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: wacth}}}"
    )

    assert [smell.rule for smell in looked(text, rules=["near-miss"]).smells] == ["near-miss"]


DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {tier: front}}
spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: []}}}
---
"""


@pytest.mark.parametrize(
    ("selector", "told"),
    [
        ("{tier: front}", ["label-not-on-pods"]),
        ("{tier: front, app: web}", ["label-not-on-pods"]),
        ("{tier: back}", ["dead-subject"]),
        ("{app: web}", []),
    ],
)
def test_labels_of_a_workload_are_none_of_its_pods(selector: str, told: list[str]) -> None:
    text = DEPLOYMENT + policy(f"{{podSelector: {{matchLabels: {selector}}}, ingress: []}}")

    assert rules(looked(text, rules=["near-miss", "label-not-on-pods", "dead-subject"])) == told


def test_labels_that_some_pods_have_are_looked_for_nowhere_else() -> None:
    other = "apiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: shop, labels: {tier: front}}\n---\n"
    text = DEPLOYMENT + other + policy("{podSelector: {matchLabels: {tier: front}}, ingress: []}")

    assert rules(looked(text, rules=["label-not-on-pods"])) == []


AGENT = """
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: shop, labels: {app: agent}}
spec: {hostNetwork: true}
---
"""


@pytest.mark.parametrize(
    ("text", "setting", "count"),
    [
        (policy("{podSelector: {matchLabels: {app: agent}}, ingress: []}"), "open", 1),
        (policy("{podSelector: {matchLabels: {app: agent}}, ingress: []}"), "as_peer", 1),
        (policy("{podSelector: {matchLabels: {app: agent}}, ingress: []}"), "as_pod", 0),
        (policy("{podSelector: {}, ingress: []}"), "open", 0),
        (from_("{podSelector: {matchLabels: {app: agent}}}"), "open", 1),
        (from_("{podSelector: {matchLabels: {app: agent}}}"), "as_peer", 0),
        (from_("{podSelector: {}}"), "open", 1),
        (WEB + from_("{podSelector: {}}"), "open", 0),
        (from_("{ipBlock: {cidr: 10.0.0.0/8}}"), "open", 0),
    ],
)
def test_what_speaks_of_hostnetwork_pods_alone_is_told(text: str, setting: str, count: int) -> None:
    report = looked(AGENT + text, rules=["host-network"], switches={"host_network": setting})

    assert rules(report) == ["host-network"] * count


def test_egress_rules_close_ingress_unless_something_else_has_closed_it() -> None:
    text = policy("{podSelector: {matchLabels: {app: web}}, egress: [{}]}")
    same = policy("{podSelector: {}, ingress: []}").replace("name: p", "name: q")
    other = policy("{podSelector: {matchLabels: {app: db}}, ingress: []}").replace("name: p", "name: q")

    def told(text: str) -> list[str]:
        return rules(looked(text, rules=["egress-closes-ingress"]))

    assert told(text) == told(f"{text}---\n{other}") == ["egress-closes-ingress"]
    assert told(f"{text}---\n{same}") == []


AMBIENT = named("shop", "{istio.io/dataplane-mode: ambient}")
PORTS = "{podSelector: {matchLabels: {app: web}}, ingress: [{ports: [{port: 80}]}%s]}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (policy(PORTS % ", {ports: [{port: 15008}]}"), ["note"]),
        (AMBIENT + policy(PORTS % ""), ["warning"]),
        (policy(PORTS % ""), []),
        (AMBIENT + policy(PORTS % ", {ports: [{port: 15008}]}"), ["note"]),
        (AMBIENT + policy(PORTS % ", {ports: [{port: 15000, endPort: 16000}]}"), []),
        (AMBIENT + policy("{podSelector: {}, ingress: [{ports: [{port: 15008}]}]}"), []),
        (AMBIENT + policy("{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}"), []),
        (AMBIENT + policy("{podSelector: {}, ingress: []}"), []),
        (
            AMBIENT + policy(PORTS % "") + "---\n"
            + policy("{podSelector: {}, ingress: [{ports: [{port: 15008}]}]}").replace("name: p", "name: q"), [],
        ),
    ],
)  # fmt: skip
def test_the_port_of_the_tunnel_is_open_or_shut(text: str, told: list[str]) -> None:
    assert [str(smell.severity) for smell in looked(text, rules=["mesh-port"]).smells] == told


def test_namespaces_without_a_policy_are_counted_where_it_is_known_which_they_are() -> None:
    batch = WEB.replace("namespace: shop", "namespace: batch")
    nowhere = WEB.replace("namespace: shop, ", "")
    here = policy("{podSelector: {}, ingress: []}")

    def told(text: str) -> list[str]:
        return [smell.message for smell in looked(text, rules=["no-policy"]).smells]

    assert told(WEB + batch + here) == ["1 of 2 namespaces with workloads has no NetworkPolicy: batch"]
    assert told(WEB + here) == told(WEB + nowhere + here) == told(WEB + batch) == []
    assert told(WEB + AGENT.replace("namespace: shop", "namespace: kube") + here) == []
    assert told(WEB + batch + here.replace(", namespace: shop", "")) == []


@pytest.mark.parametrize("seed", range(30))
def test_what_closes_ingress_isolates_its_pods_and_lets_nobody_in(seed: int) -> None:
    """Held against the verdicts: the pods are isolated for ingress, and no pod reaches them."""
    manifest = a_policy(seed, "shop")
    spec = manifest["spec"] = {
        k: v for k, v in (manifest.get("spec") or {}).items() if k not in ("ingress", "policyTypes")
    }
    spec["egress"] = spec.get("egress") or [{}]
    text = yaml.safe_dump(manifest)
    pods = [{"namespaces": ["shop"], "podSelector": spec.get("podSelector") or {}}]
    isolated, never = ({"isolated": {"pods": pods, "directions": "ingress"}}, {"never": {
        "from": [{"namespaceSelector": {}}], "to": pods}})  # fmt: skip

    found = looked(text, rules=["egress-closes-ingress"]).smells

    assert [smell.rule for smell in found] == ["egress-closes-ingress"]
    assert {verdict(text, yaml.safe_dump(claim, default_flow_style=True)) for claim in (isolated, never)} <= {
        "proved", "vacuous",
    }  # fmt: skip
