"""Repairs of Calico's and Cilium's policies: each is read again from its text, and proved, like any other."""

from pathlib import Path

import pytest

from tests.mending.faults import faults_of_example
from tests.mending.trial import tried_on
from verifier.engine.check.check import check
from verifier.engine.diff.compare import compare
from verifier.engine.problem.switches import settle
from verifier.engine.results.check import Verdict
from verifier.engine.results.diff import Relation
from verifier.ir.cluster import Cluster
from verifier.ir.labels import EVERYTHING, Operator, Requirement, Selector
from verifier.ir.pods import PodPeer
from verifier.ir.property import Only, Property
from verifier.ir.universe import OPEN
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.load import Options, Texts, load_texts
from verifier.manifests.notation.expression import parse_expression
from verifier.mending.edits import may_mend
from verifier.mending.result import Outcome
from verifier.mending.search import Setting, Sources, mend_all
from verifier.smt.limits import Limits

CALICO = """\
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  selector: app == "db"
  types: [Ingress]
  ingress:
  # who reaches the database
%s
"""
GLOBAL = """\
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: everybody}
spec:
  selector: all()
  types: [Ingress, Egress]
%s
"""
CILIUM = """\
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: db}}
%s
"""
WIDE = """\
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: {name: everybody}
specs:
- endpointSelector: {}
%s
"""


def labelled(key: str, value: str) -> Selector:
    return Selector(frozenset({Requirement(key, Operator.IN, frozenset({value}))}))


ONLY = "only shop/role=web -> shop/app=db"
ALWAYS = "always shop/role=web -> shop/app=db : TCP/5432"
NEVER = "never {team=ops}/* -> shop/app=db : TCP/5432-5433,UDP/53"
ANY = "  - action: Allow"
SOME = "  ingress:\n  - fromEndpoints:\n    - {}\n    - matchLabels: {role: web}"
ALL = "  ingress:\n  - fromEntities: [all]"
DENIED = f"  ingressDeny:\n  - fromEntities: [all]\n{ALL}"
TWO = '  - action: Allow\n    source: {selector: role == "job"}\n  - action: Allow\n    protocol: TCP'
TWICE = Property(
    "two",
    Only(
        (
            PodPeer(labelled("role", "web"), frozenset({"shop"})),
            PodPeer(labelled("app", "prometheus"), None, EVERYTHING),
        ),
        (PodPeer(labelled("app", "db"), frozenset({"shop"})),),
    ),
    "two",
)

CASES = [
    ("calico", CALICO % ANY, ONLY, "ingress[0] only for whom"),
    ("calico", CALICO % '  - {action: Allow, source: {namespaceSelector: "all()"}}', ONLY, "ingress[0] only for whom"),
    ("calico", CALICO % TWO, ONLY, "drop ingress[0]"),
    ("calico", CALICO % ANY, NEVER, "deny what the property bars before ingress[0]"),
    ("calico", CALICO % ANY, "never external -> shop/app=db : TCP/5432", "deny what the property bars"),
    ("calico", CALICO % "  - action: Deny", ALWAYS, "let in what the property wants before ingress[0]"),
    ("calico", CALICO % "  - {action: Deny, protocol: UDP}", ALWAYS, "let in what the property wants"),
    ("calico", GLOBAL % "  egress:\n  - action: Allow\n  ingress:\n  - action: Allow",
     "confined shop/app=job -> nothing", "drop egress[0]"),
    ("calico", GLOBAL % "  egress:\n  - action: Deny\n  ingress:\n  - action: Allow", ALWAYS, "let out what"),
    ("cilium", CILIUM % "  ingress:\n  - fromEndpoints: [{}]", ONLY, "narrow ingress[0].fromEndpoints[0]"),
    ("cilium", CILIUM % SOME, ONLY, "drop ingress[0].fromEndpoints[0]"),
    ("cilium", CILIUM % ALL, "only shop/role=web -> shop/app=db", "ingress[0] for nobody"),
    ("cilium", CILIUM % ALL, NEVER, "ingressDeny for what the property bars"),
    ("cilium", CILIUM % ALL, "never external -> shop/app=db", "ingressDeny"),
    ("cilium", CILIUM % ALL, "never bank/role=job -> shop/app=db", "ingressDeny"),
    ("cilium", CILIUM % "  ingress:\n  - {}", ALWAYS, "let in what the property wants"),
    ("cilium", CILIUM % DENIED, ALWAYS, "drop ingressDeny[0]"),
    ("cilium", WIDE % "  egress:\n  - toEntities: [all]", "confined shop/app=job -> nothing", "egress[0] for nobody"),
    ("cilium", WIDE % "  egress:\n  - {}", "always shop/role=web -> 203.0.113.0/24 : TCP/443", "let out what"),
]  # fmt: skip


def read(sources: Sources) -> Cluster:
    return load_texts(Texts(sources), Options()).cluster


def asked(claim: str | Property) -> Property:
    return parse_expression(claim) if isinstance(claim, str) else claim


def mended(folder: Path, profile: str, text: str, *claims: str | Property) -> tuple[tuple[Outcome, ...], str]:
    """What becomes of the claims, and the text of the file after it."""
    file = folder / "k8s.yaml"
    file.write_text(text)
    setting = Setting(read, OPEN, settle(profile), Limits())
    outcomes, changes = mend_all(setting, (Source.read(str(file)),), list(map(asked, claims)))
    return tuple(outcomes), changes[0].after if changes else text


def is_proved(profile: str, text: str, claim: str | Property) -> bool:
    cluster = read((Source.text_of("k8s.yaml", text),))
    (result,) = check(cluster, [asked(claim)], switches=settle(profile), limit=0)
    return result.verdict is Verdict.PROVED


@pytest.mark.parametrize(("profile", "text", "claim", "edit"), CASES)
def test_each_sort_of_edit_is_found_and_proved(tmp_path: Path, profile: str, text: str, claim: str, edit: str) -> None:
    (outcome,), after = mended(tmp_path, profile, text, claim)

    assert outcome.found is not None
    assert outcome.found.witness is not None
    assert may_mend(outcome.found.property.claim, outcome.found.witness)
    assert outcome.repair is not None, outcome
    assert any(edit in what for what in outcome.repair.edits), outcome.repair.edits
    assert is_proved(profile, after, claim)
    assert not is_proved(profile, text, claim)
    wanted = Relation.WIDER if claim.startswith("always") else Relation.NARROWER
    before = read((Source.text_of("k8s.yaml", text),))
    found = compare(before, read((Source.text_of("k8s.yaml", after),)), switches=settle(profile), limit=1)
    assert found.relation is wanted


def test_what_stands_in_front_keeps_comments_where_they_were(tmp_path: Path) -> None:
    _, after = mended(tmp_path, "calico", CALICO % f"{ANY}   # anybody", NEVER)

    assert after.index("action: Deny") < after.index("# who reaches the database") < after.index("# anybody")


def test_a_rule_of_the_cluster_is_for_the_pods_that_the_claim_means(tmp_path: Path) -> None:
    """What it opens is what was wanted, and nothing of others."""
    text = GLOBAL % "  egress:\n  - action: Deny\n  ingress:\n  - action: Allow"
    (outcome,), after = mended(tmp_path, "calico", text, ALWAYS)

    assert outcome.repair is not None
    assert 'namespaceSelector: projectcalico.org/name == "shop"' in after
    assert not is_proved("calico", after, "always shop/role=job -> shop/app=db : TCP/5432")
    assert not is_proved("calico", after, "always bank/role=web -> shop/app=db : TCP/5432")


@pytest.mark.parametrize(
    ("profile", "text"),
    [("calico", CALICO % ANY), ("cilium", CILIUM % "  ingress:\n  - fromEndpoints: [{matchLabels: {team: ops}}]")],
)
def test_a_rule_becomes_one_for_each_of_whom_the_claim_exempts(tmp_path: Path, profile: str, text: str) -> None:
    """And what it said besides stays."""
    (outcome,), after = mended(tmp_path, profile, text, TWICE)

    assert outcome.repair is not None
    assert outcome.repair.cost == 1
    assert "prometheus" in after
    assert is_proved(profile, after, TWICE)
    for claim in ("always shop/role=web,team=ops -> shop/app=db", "always bank/app=prometheus,team=ops -> shop/app=db"):
        before = is_proved(profile, text, claim)
        assert is_proved(profile, after, claim) is before


@pytest.mark.parametrize(("profile", "text"), [("calico", CALICO % ANY), ("cilium", CILIUM % "  ingress:\n  - {}")])
def test_two_that_contradict_each_other_are_not_both_mended(tmp_path: Path, profile: str, text: str) -> None:
    outcomes, after = mended(tmp_path, profile, text, ALWAYS, "never shop/role=web -> shop/app=db")

    assert sum(outcome.repair is not None for outcome in outcomes) <= 1
    assert any(outcome.repair is None and not outcome.holds for outcome in outcomes)
    assert [is_proved(profile, after, o.property) for o in outcomes] == [
        o.holds or o.repair is not None for o in outcomes
    ]


# Seeded faults: some of those of `make fixes`


def test_faults_of_the_calico_example_are_repaired_within_what_they_opened(tmp_path: Path) -> None:
    tried = [tried_on(fault, tmp_path) for fault in list(faults_of_example("calico", "calico"))[::3]]

    assert len(tried) >= 4
    assert set(tried) == {"repaired"}


def test_no_repair_of_the_cilium_example_is_offered_without_a_proof(tmp_path: Path) -> None:
    tried = [tried_on(fault, tmp_path).partition(":")[0] for fault in faults_of_example("cilium", "cilium")]

    assert len(tried) >= 7
    assert tried.count("repaired") >= 4
    assert "not proved" not in tried
