"""A baseline accepts whatever is broken or opened: read back, it leaves nothing for the gate to object to."""

from datetime import date
from pathlib import Path

import pytest

from tests import packaged
from tests.generators.changes import pair
from verifier.cli.commands.baseline import baseline
from verifier.engine.diff.gate import gate
from verifier.engine.results.check import CheckReport
from verifier.engine.results.diff import Change, GateReport
from verifier.errors import InputError
from verifier.ir.acceptance import Acceptance
from verifier.ir.cluster import Cluster
from verifier.ir.labels import Selector
from verifier.manifests.documents.document import read_documents
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.load import load_text
from verifier.manifests.specs.acceptances import read_acceptances
from verifier.manifests.specs.propertyform import properties_from_document

DAY = date(2030, 1, 1)
CHANGES = 100
NAMESPACES = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: a}}
---
apiVersion: v1
kind: Namespace
metadata: {name: dev, labels: {team: b}}
---
"""
POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec: {podSelector: {matchLabels: {app: api}}, policyTypes: [Ingress, Egress], ingress: [%s], egress: [%s]}
"""


def cluster(ingress: str, egress: str = "{}") -> Cluster:
    return load_text(NAMESPACES + POLICY % (ingress, egress)).cluster


CLOSED = cluster("")
OPENED = {
    "every source": "{}",
    "a selector": "{from: [{podSelector: {matchExpressions: [{key: role, operator: NotIn, values: [a, b]}]}}]}",
    "both": "{from: [{namespaceSelector: {matchLabels: {team: b}}, podSelector: {matchLabels: {c: d}}}]}",
    "a name": "{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: dev}}}]}",
    "every pod": "{from: [{namespaceSelector: {}}]}",
    "addresses": "{from: [{ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.7/32]}}, {ipBlock: {cidr: 'fd00::/8'}}]}",
    "ports": "{ports: [{port: 80, endPort: 90}, {protocol: UDP}, {protocol: SCTP, port: 5}]}",
    "a named port": "{from: [{podSelector: {}}], ports: [{port: http}]}",
}
CLAIMS = {
    "never": "never: {to: [{namespaces: [shop], podSelector: {matchLabels: {app: api}}}], ports: [{port: 80}]}",
    "only": "only: {from: [{podSelector: {matchLabels: {app: api}}}], to: [{podSelector: {matchLabels: {app: api}}}]}",
    "blocks": "never: {from: [{ipBlock: {cidr: 198.51.100.0/24, except: [198.51.100.9/32]}}]}",
    "exactly": "exactly: {from: [{podSelector: {}}], to: [{namespaces: [shop, dev]}]}",
    "always": "always: {from: [{namespaces: [shop]}], to: [{namespaces: [dev]}, {external: {}}]}",
    "separate": "separate: {byNamespaceLabel: team}",
    "isolated": "isolated: {pods: [{namespaces: [dev]}], directions: egress}",
    "all isolated": "isolated: {}",
    "anywhere": "never: {from: [{podSelector: {matchLabels: {role: debug}}}], to: [{namespaces: [shop]}]}",
    "confined": "confined: {pods: [{podSelector: {}}], reach: [{to: [{external: {}}]}]}",
}


def judged(
    base: Cluster, head: Cluster, claims: str, acceptances: tuple[Acceptance, ...] = (), **switches: str
) -> GateReport:
    text = f"apiVersion: netpol-verifier/v1\nkind: Properties\nspec: {{properties: [{claims}]}}\n"
    (document,) = read_documents(Source.text_of("p.yaml", text))
    return gate(base, head, properties_from_document(document), acceptances, switches=switches)


def accepted(report: GateReport, preserved: bool = True) -> tuple[Acceptance, ...]:
    return read_acceptances(Source.text_of("a.yaml", baseline(report, (), DAY, preserved)))


@pytest.mark.parametrize("ingress", OPENED.values(), ids=OPENED)
def test_what_was_opened_is_accepted(ingress: str) -> None:
    head = cluster(ingress)
    claims = "{name: any, never: {from: [{node: {}}]}, severity: warning}"
    report = judged(CLOSED, head, claims)
    assert report.grew

    [acceptance] = [a for a in accepted(report) if a.property is None]

    again = judged(CLOSED, head, claims, (acceptance,))
    assert (again.grew, again.unused, acceptance.expires) == (False, (), DAY)


@pytest.mark.parametrize("source", ["node", "open"])
def test_what_was_opened_to_addresses_that_are_not_the_clients_own_is_accepted(source: str) -> None:
    head, claims = cluster(OPENED["addresses"]), "{name: any, never: {from: [{node: {}}]}, severity: warning}"
    report = judged(CLOSED, head, claims, external_source=source)

    [acceptance] = [a for a in accepted(report, preserved=False) if a.property is None]

    again = judged(CLOSED, head, claims, (acceptance,), external_source=source)
    assert (report.grew, again.grew) == (True, False)


def test_what_opens_to_a_namespace_with_other_labels_is_accepted() -> None:
    """Labels of a flow mean a namespace that has them on both sides."""
    ingress = "{from: [{namespaceSelector: {matchLabels: {team: c}}}]}"
    head = load_text(NAMESPACES.replace("team: b", "team: c") + POLICY % (ingress, "{}")).cluster
    report = gate(CLOSED, head, ())
    [acceptance] = accepted(report)

    assert [flow.text for flow in acceptance.flows] == ["{team=c}/* -> shop/app=api", "dev/* -> shop/app=api"]
    assert not gate(CLOSED, head, (), (acceptance,)).grew


def test_what_random_changes_open_is_accepted(tmp_path: Path) -> None:
    opened = 0
    for seed in range(CHANGES):
        given = pair(seed)
        asked = (given.old, given.new, given.universe, given.switches)
        try:
            found = packaged.difference(*asked, folder=tmp_path)
        except InputError:  # the universe forbids something of either side
            continue
        if not found.added:
            continue
        nothing = CheckReport("open", ())
        report = GateReport("base", nothing, nothing, found, judged=(), grew=True)
        [acceptance] = accepted(report, given.switches.get("external_source", "preserved") == "preserved")
        flows = [f"never {flow.text}" for flow in acceptance.flows]

        assert not packaged.difference(*asked, flows, folder=tmp_path).added, f"{given}\naccepted: {flows}"
        opened += 1
    assert opened >= 0.2 * CHANGES


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_what_is_violated_is_accepted(claim: str) -> None:
    head = cluster("{}", "")
    claims = f"{{name: it, {claim}}}"
    report = judged(head, head, claims)
    assert [j.change for j in report.judged] == [Change.STILL_VIOLATED]

    again = judged(head, head, claims, accepted(report))

    assert [j.change for j in again.judged] == [Change.ACCEPTED]


def test_flows_are_as_narrow_as_the_notation_allows() -> None:
    head = cluster("{from: [{podSelector: {matchLabels: {role: web}}}], ports: [{port: 80}]}")
    claims = "{name: it, never: {from: [{node: {}}]}, severity: warning}"

    [acceptance] = [a for a in accepted(judged(CLOSED, head, claims)) if a.property is None]

    assert [flow.text for flow in acceptance.flows] == ["shop/role=web -> shop/app=api : TCP/80"]


def test_what_was_accepted_before_is_kept() -> None:
    [known] = read_acceptances(
        Source.text_of(
            "a.yaml",
            "apiVersion: netpol-verifier/v1\nkind: Acceptances\nspec: {acceptances: ["
            "{property: it, flows: ['a/* -> b/c=d : TCP'], reason: 'so: \"so\"', owner: '@us', expires: 2029-01-01}]}",
        )
    )
    report = judged(CLOSED, CLOSED, "{name: it, only: {to: [{podSelector: {matchLabels: {app: api}}}]}}")

    assert read_acceptances(Source.text_of("b.yaml", baseline(report, (known,), DAY))) == (known,)
    assert baseline(report, (), DAY) == ""


ONE, OTHER = (
    "{from: [{podSelector: {matchLabels: {role: one}}}]}",
    "{from: [{podSelector: {matchLabels: {role: two}}}]}",
)
NOBODY = "{name: it, never: {to: [{namespaces: [shop], podSelector: {matchLabels: {app: api}}}]}}"


def test_a_region_that_is_not_accepted_is_newly_violated() -> None:
    before, after = cluster(ONE), cluster(f"{ONE}, {OTHER}")
    kept = accepted(judged(before, before, NOBODY))

    [same] = judged(before, before, NOBODY, kept).judged
    report = judged(before, after, NOBODY, kept)
    [more] = report.judged
    [shown] = report.head.results

    assert (same.change, more.change, more.was_accepted) == (Change.ACCEPTED, Change.NEWLY_VIOLATED, True)
    assert [flow.text for acceptance in kept for flow in acceptance.flows] == ["shop/role=one -> shop/app=api"]
    assert [region.source.pod_selector for region in shown.regions] == [Selector.of({"role": "two"})]


def test_what_breaks_a_property_besides_is_told() -> None:
    before, after = cluster(ONE), cluster(f"{ONE}, {OTHER}")
    reports = [judged(before, head, NOBODY) for head in (before, after)]

    assert [report.judged[0].change for report in reports] == [Change.STILL_VIOLATED] * 2
    assert [report.judged[0].more for report in reports] == [False, True]
    [shown] = reports[1].head.results
    assert shown.witness is not None
    assert shown.witness.source is not None
    assert shown.witness.source.labels == {"role": "two"}
    assert any("besides" in note for note in shown.notes)


def test_isolated_pods_that_are_accepted_leave_the_others() -> None:
    before = load_text(NAMESPACES.replace("team: b", "team: a")).cluster
    kept = accepted(judged(cluster("{}"), cluster("{}"), "{name: it, isolated: {pods: [{podSelector: {}}]}}"))
    [result] = judged(cluster("{}"), before, "{name: it, isolated: {pods: [{podSelector: {}}]}}", kept).head.results

    assert result.complete
    assert result.regions


TENANTS = "{name: it, separate: {byNamespaceLabel: team}}"


def of_tenants(more: str = "") -> Cluster:
    return load_text(NAMESPACES + "kind: Namespace\napiVersion: v1\nmetadata: {name: none}\n---\n" + more).cluster


def test_tenants_are_accepted_by_pairs_of_values() -> None:
    """All that breaks `separate` is not all that it says: tenants that come later are not accepted."""
    head = of_tenants()
    report = judged(head, head, TENANTS)
    kept = read_acceptances(Source.text_of("a.yaml", baseline(report, (), DAY, True, head)))

    again = judged(head, head, TENANTS, kept)
    joined = of_tenants("apiVersion: v1\nkind: Namespace\nmetadata: {name: new, labels: {team: c}}\n---\n")
    later = judged(head, joined, TENANTS, kept)

    declared = "kubernetes.io/metadata.name in (dev,none,shop)"
    assert [flow.text for flow in kept[0].flows] == [
        f"{{team=a}}/* -> {{{declared},team=b}}/*",
        f"{{team=a}}/* -> {{{declared},!team}}/*",
        f"{{team=b}}/* -> {{{declared},team=a}}/*",
        f"{{team=b}}/* -> {{{declared},!team}}/*",
        f"{{team notin (a,b)}}/* -> {{{declared},team in (a,b)}}/*",
        f"{{team,team notin (a,b)}}/* -> {{{declared},!team}}/*",
    ]
    assert [j.change for j in again.judged] == [Change.ACCEPTED]
    assert [j.change for j in later.judged] == [Change.NEWLY_VIOLATED]


def test_where_labels_of_a_namespace_are_unknown_the_pairs_are_wider() -> None:
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: elsewhere}\n---\n"
    head = of_tenants(pod)
    report = judged(head, head, TENANTS)

    kept = read_acceptances(Source.text_of("a.yaml", baseline(report, (), DAY, True, head)))

    assert kept[0].flows[0].text == "{team=a}/* -> {kubernetes.io/metadata.name in (dev,elsewhere,none,shop),team!=a}/*"
    assert [j.change for j in judged(head, head, TENANTS, kept).judged] == [Change.ACCEPTED]


def test_pods_are_accepted_by_pairs_of_values() -> None:
    claims = "{name: it, separate: {byPodLabel: team}}"
    pods = "".join(
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: p{n}, namespace: shop, labels: {{team: {n}}}}}\n---\n"
        for n in "vw"
    )
    head = of_tenants(pods)
    report = judged(head, head, claims)

    kept = read_acceptances(Source.text_of("a.yaml", baseline(report, (), DAY, True, head)))

    assert "*/* -> */*" not in [flow.text for flow in kept[0].flows]
    assert [j.change for j in judged(head, head, claims, kept).judged] == [Change.ACCEPTED]
