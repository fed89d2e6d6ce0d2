"""`newNamespacesGet`: the policies of every undeclared namespace that no policy, property or universe names."""

from pathlib import Path

import pytest
import yaml

from tests import oracle, packaged
from tests.engine.asking import DENY_EGRESS, DENY_INGRESS, admits, ask, claim, cluster, namespace, policy, verdict
from verifier.engine.check.check import check
from verifier.engine.diff.compare import compare
from verifier.engine.lint.lint import lint
from verifier.engine.results.check import Verdict
from verifier.ir.universe import OPEN, Universe
from verifier.manifests.notation.expression import parse_flow
from verifier.manifests.specs.universe import load_universe

TEMPLATE = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: default}\nspec: %s\n"
OPEN_SHOP = policy("shop", "p", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}")


@pytest.fixture
def write(tmp_path: Path):
    def universe(template: str, rest: str = "") -> Universe:
        (tmp_path / "template.yaml").write_text(TEMPLATE % template)
        head = "apiVersion: netpol-verifier/v1\nkind: Universe\nmetadata: {name: u}\n"
        spec = f"spec: {{newNamespacesGet: [template.yaml]{rest and ', '}{rest}}}\n"
        (tmp_path / "universe.yaml").write_text(head + spec)
        return load_universe(str(tmp_path / "universe.yaml"))

    return universe


def test_new_namespaces_have_the_policies_of_the_template(write) -> None:
    assert verdict(OPEN_SHOP, "only shop/* -> shop/*") == "violated"
    assert verdict(OPEN_SHOP, "only shop/* -> shop/*", write(DENY_EGRESS)) == "proved"
    assert verdict(OPEN_SHOP, "only shop/* -> shop/*", write(DENY_INGRESS)) == "violated"


def test_a_template_speaks_of_the_new_namespace_itself(write) -> None:
    """A peer without namespaceSelector means the policy's own namespace, whichever it is."""
    same = write(admits("{podSelector: {}}"))
    name = "kubernetes.io/metadata.name"

    assert verdict("", f"{{separate: {{byNamespaceLabel: {name}}}}}", same) == "vacuous"
    assert verdict("", "always external -> {}/*", same) == "violated"
    assert verdict(OPEN_SHOP, "always shop/* -> {}/*", same) == "violated"
    assert verdict("", "always {team=a}/* -> {team=b}/*", write("{podSelector: {}, ingress: [{}]}")) == "proved"


TEMPLATES = {
    "deny": DENY_INGRESS,
    "same": admits("{podSelector: {}}"),
    "label": admits("{namespaceSelector: {matchLabels: {team: a}}}"),
    "open": "{podSelector: {}, ingress: [{}]}",
}
NARROWEST_FIRST = [("deny", "same"), ("deny", "label"), ("deny", "open"), ("same", "open"), ("label", "open")]


@pytest.mark.parametrize("manifests", ["", OPEN_SHOP + namespace("lab")])
def test_what_new_namespaces_get_may_differ_between_the_sides(write, manifests: str) -> None:
    """In a comparison each side has its own; nothing at all is as much as what lets everybody in."""
    policies = {name: write(text).templates for name, text in TEMPLATES.items()} | {"none": OPEN.templates}
    side = cluster(manifests + OPEN_SHOP)

    def relation(old: str, new: str) -> str:
        found = compare(side, side, write(DENY_INGRESS), templates=(policies[old], policies[new]))
        return str(found.relation)

    for narrow, wide in [*NARROWEST_FIRST, ("deny", "none")]:
        assert (relation(narrow, wide), relation(wide, narrow)) == ("wider", "narrower"), (narrow, wide)
    assert relation("same", "label") == "incomparable"
    assert relation("open", "none") == relation("none", "open") == relation("same", "same") == "equivalent"


def test_a_declared_namespace_has_no_part_in_what_new_ones_get(write) -> None:
    """Where only the known ones can exist, no template makes a difference."""
    universe = write(DENY_INGRESS, "namespaces: {others: false}")
    templates = universe.templates, OPEN.templates

    assert compare(cluster(OPEN_SHOP), cluster(OPEN_SHOP), universe, templates=templates).relation == "equivalent"
    named = cluster(OPEN_SHOP), cluster(OPEN_SHOP + NAMES_LAB)
    assert compare(*named, write(DENY_INGRESS), templates=(OPEN.templates, universe.templates)).relation == "narrower"
    assert compare(*named, write(DENY_INGRESS), templates=(universe.templates, OPEN.templates)).relation == "wider"


def test_who_is_new_hangs_on_every_mention_though_one_side_alone_has_something_for_them(write) -> None:
    """A policy without rules has no part in what changes, but it names a namespace."""
    universe, side = write(DENY_INGRESS), cluster(OPEN_SHOP + NAMES_LAB)
    pairs = (OPEN.templates, universe.templates), (universe.templates, OPEN.templates)
    closed, opened = (compare(side, side, universe, templates=pair) for pair in pairs)

    regions = *closed.removed, *opened.added
    assert [sorted(region.destination.not_namespaces) for region in regions] == [["lab", "shop"]] * 2


def test_declared_namespaces_do_not_get_it(write) -> None:
    assert verdict(OPEN_SHOP + namespace("lab"), "only shop/* -> shop/*", write(DENY_EGRESS)) == "violated"
    known = write(DENY_EGRESS, "namespaces: {known: [{name: lab}]}")
    assert verdict(OPEN_SHOP, "only shop/* -> shop/*", known) == "violated"


def test_a_namespace_that_a_property_names_does_not_get_it(write) -> None:
    assert verdict(OPEN_SHOP, "never lab/* -> shop/*", write(DENY_EGRESS)) == "violated"
    assert verdict(OPEN_SHOP, "never {kubernetes.io/metadata.name=lab}/* -> shop/*", write(DENY_EGRESS)) == "violated"


NAMES_LAB = """
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: names-lab}
spec:
  priority: 1
  subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: lab}}}
"""


def test_a_policy_without_rules_names_its_namespace(write) -> None:
    assert verdict(OPEN_SHOP, "only shop/* -> shop/*", write(DENY_EGRESS)) == "proved"
    assert verdict(OPEN_SHOP + NAMES_LAB, "only shop/* -> shop/*", write(DENY_EGRESS)) == "violated"


@pytest.mark.parametrize("types", ["[Ingress]", "[Ingress, Egress]"])
def test_a_rule_of_a_direction_that_is_not_listed_names_its_namespace(types: str, write) -> None:
    peer = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: lab}}}"
    spec = f"{{ingress: [{{from: [{{namespaceSelector: {{}}}}]}}], egress: [{{to: [{peer}]}}], policyTypes: {types}}}"

    assert verdict(policy("shop", "p", spec), "only shop/* -> shop/*", write(DENY_EGRESS)) == "violated"


def test_an_accepted_flow_names_no_namespace(write) -> None:
    where = write(DENY_EGRESS)
    claimed = claim("only shop/* -> shop/*")

    def asked(*flows: str) -> Verdict:
        accepted = {claimed.name: [parse_flow(flow) for flow in flows]}
        return check(cluster(OPEN_SHOP), (claimed,), where, accepted=accepted)[0].verdict

    assert asked("external -> shop/*") is asked("external -> shop/*", "lab/* -> shop/* : TCP/80") is Verdict.PROVED


REDUNDANT = """
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: names-lab}
spec:
  priority: 1
  subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: lab}}}
  ingress: [{action: Allow, from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}}]}]
"""


def test_what_names_a_namespace_cannot_go(write) -> None:
    """docs/universe.md: without it the namespace would be new."""
    both = cluster(OPEN_SHOP + REDUNDANT)
    before, after = (
        {s.rule for s in lint(both, universe=where).smells if s.about.name == "names-lab"}
        for where in (OPEN, write(DENY_EGRESS))
    )

    assert ("redundant-policy" in before, after) == (True, set())


def test_a_namespace_that_a_policy_names_does_not_get_it(write) -> None:
    elsewhere = policy("ops", "p", admits("{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: lab}}}"))

    result = ask(
        OPEN_SHOP + elsewhere, "only {kubernetes.io/metadata.name in (shop,ops)}/* -> shop/*", write(DENY_EGRESS)
    )

    assert result.verdict == "violated"
    assert result.witness.source.namespace.name == "lab"


def test_what_a_name_begins_with_names_no_namespace(tmp_path: Path) -> None:
    """Both readings: of whatever begins with `b` a policy of Calico speaks, and nobody has heard of any such one."""
    of_calico = """{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {name: default.g},
      spec: {order: 2000, types: [Ingress], namespaceSelector: projectcalico.org/name %s "b"}}"""
    template = {**POLICY, "metadata": {"name": "every"}, "spec": {"podSelector": {}, "policyTypes": ["Egress"]}}
    shop = {**POLICY, "metadata": {"name": "p", "namespace": "shop"}, "spec": template["spec"]}

    for how, expected in (("starts with", "proved"), ("==", "violated")):
        asked = [yaml.safe_load(of_calico % how), shop], "never */* -> shop/*", {"newNamespacesGet": [template]}
        assert oracle.verdict(*asked).verdict == packaged.verdict(*asked, folder=tmp_path).verdict == expected


def test_a_rule_of_calico_that_only_logs_names_its_namespace(tmp_path: Path) -> None:
    of_calico = """{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {name: default.g},
      spec: {order: 2000, types: [Ingress], selector: app == "b", ingress: [{action: Log, %s}]}}"""
    template = {**POLICY, "metadata": {"name": "every"}, "spec": {"podSelector": {}, "policyTypes": ["Egress"]}}
    shop = {**POLICY, "metadata": {"name": "p", "namespace": "shop"}, "spec": template["spec"]}

    for rule, expected in (
        ("source: {namespaceSelector: 'projectcalico.org/name != \"ghost\"'}", "violated"),
        ("", "proved"),
    ):
        asked = [yaml.safe_load(of_calico % rule), shop], "never */* -> shop/*", {"newNamespacesGet": [template]}
        assert oracle.verdict(*asked).verdict == packaged.verdict(*asked, folder=tmp_path).verdict == expected


POLICY = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}


def test_a_namespace_that_the_universe_names_does_not_get_it(write) -> None:
    invariant = "invariants: [{name: i, pods: {podSelector: {matchLabels: {a: b}}}, onlyIn: {namespaces: [lab]}}]"

    result = ask(OPEN_SHOP, "only shop/* -> shop/*", write(DENY_EGRESS, invariant))

    assert result.verdict == "violated"
    assert result.witness.source.namespace.name == "lab"


def test_a_namespace_that_the_template_names_does_not_get_it(write) -> None:
    """It is mentioned by a policy, if by one that only new namespaces have."""
    lab = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: lab}}}"
    names_lab = f"{{podSelector: {{}}, policyTypes: [Egress], egress: [{{to: [{lab}]}}]}}"

    result = ask(OPEN_SHOP, "only shop/* -> shop/*", write(names_lab))

    assert result.verdict == "violated"
    assert result.witness.source.namespace.name == "lab"


def test_slicing_leaves_the_mentions_of_policies_alone(write) -> None:
    """The policy that names lab bears on nothing here, but for that."""
    elsewhere = policy("ops", "p", admits("{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: lab}}}"))

    assert verdict(OPEN_SHOP + elsewhere, "never {}/app=x -> shop/*", write(DENY_EGRESS)) == "violated"
    assert verdict(OPEN_SHOP, "only shop/* -> shop/*", write(DENY_EGRESS)) == "proved"


def test_the_trace_cites_the_template(write) -> None:
    result = ask("", "always {team=a}/* -> external", write(DENY_EGRESS))

    assert result.verdict == "violated"
    assert result.witness.egress.steps[-1].citation.name == "default"
