"""`netpol coverage`: each row of its exit code table, what it tells, every format, and what a change touches."""

import json
import os
from pathlib import Path

import pytest

from tests.cli.process import GOOD, PROVED, VIOLATED, netpol
from tests.repository import Repository
from verifier.cli.exits import of_coverage
from verifier.engine.results.check import Verdict
from verifier.engine.results.coverage import CoverageReport, Fate, Judged, OfProperty
from verifier.ir.mutant import Edit, Sort
from verifier.ir.policy import Citation
from verifier.ir.property import Never, Property

VACUOUS = "always shop/a=b,!a -> shop/app=api : TCP/5000"
TWO_PEERS = GOOD.replace(
    "    ports:", "    - podSelector: {matchLabels: {role: backup}}\n    - ipBlock: {cidr: 10.1.0.0/16}\n    ports:"
)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "api.yaml").write_text(GOOD)
    return tmp_path


def report_of(*arguments: str, cwd: Path) -> dict[str, object]:
    done = netpol("coverage", *arguments, "-o", "json", cwd=cwd)
    assert done.returncode in (0, 1, 2, 3), done.stderr
    return json.loads(done.stdout)


def test_every_line_that_says_something_is_edited_at_its_place(here: Path) -> None:
    found = report_of("api.yaml", "-e", VIOLATED, cwd=here)

    told = {(each["change"], each["origin"]["line"], each["origin"]["column"]) for each in found["unnoticed"]}  # type: ignore[attr-defined]
    assert told == {
        ("without the policy", 5, 1),
        ("`spec.podSelector` without `app=api`", 9, 36),
        ("without `spec.ingress[0]`", 12, 5),
        ("`spec.ingress[0]` for any peer", 13, 5),
        ("`spec.ingress[0]` on any port", 15, 5),
        ("`spec.ingress[0].from[0].podSelector` without `role=monitoring`", 13, 41),
        ("with a default deny for ingress in shop", 1, 1),
        ("with a default deny for egress in shop", 1, 1),
    }
    assert (found["mutants"], found["noticed"], found["equivalent"], found["share"]) == (8, 0, 0, 0)


def test_what_is_proved_notices_and_what_is_violated_does_not(here: Path) -> None:
    found = report_of("api.yaml", "-e", PROVED, "-e", VIOLATED, "-e", VACUOUS, cwd=here)

    by_name = {each["property"]: each for each in found["properties"]}  # type: ignore[attr-defined]
    assert (by_name[PROVED]["verdict"], by_name[PROVED]["noticed"], by_name[PROVED]["alone"]) == ("proved", 3, 3)
    assert (by_name[VIOLATED]["verdict"], by_name[VIOLATED]["noticed"]) == ("violated", 0)
    assert (by_name[VACUOUS]["verdict"], by_name[VACUOUS]["noticed"]) == ("vacuous", 0)
    assert [each["sort"] for each in found["noticedEdits"]] == ["policy", "any_peer", "requirement"]  # type: ignore[attr-defined]


def test_properties_that_notice_the_same_notice_nothing_alone(here: Path) -> None:
    found = report_of("api.yaml", "-e", PROVED, "-e", f"{PROVED} : TCP", cwd=here)

    assert [(each["noticed"], each["alone"]) for each in found["properties"]] == [(3, 0), (3, 0)]  # type: ignore[attr-defined]


def test_items_of_lists_and_blocks_are_edited_one_by_one(here: Path) -> None:
    expressed = "{matchExpressions: [{key: role, operator: In, values: [backup, batch]}]}"
    text = TWO_PEERS.replace("/16}", "/16, except: [10.1.2.0/24]}").replace("{matchLabels: {role: backup}}", expressed)
    (here / "api.yaml").write_text(text)

    found = report_of("api.yaml", "-e", VIOLATED, cwd=here)

    sorts = [each["sort"] for each in found["unnoticed"]]  # type: ignore[attr-defined]
    assert (sorts.count("peer"), sorts.count("cidr"), sorts.count("except")) == (3, 1, 1)
    assert "`spec.ingress[0].from[1].podSelector` without `role In`" in [each["change"] for each in found["unnoticed"]]  # type: ignore[attr-defined]
    [wider] = [each for each in found["unnoticed"] if each["sort"] == "cidr"]  # type: ignore[attr-defined]
    assert wider["change"] == "`spec.ingress[0].from[2].ipBlock.cidr` is 10.0.0.0/15"


def test_a_line_that_says_nothing_new_counts_for_nothing(here: Path) -> None:
    (here / "api.yaml").write_text(
        GOOD.replace("    ports:", "    - podSelector: {matchLabels: {role: monitoring, a: b}}\n    ports:")
    )

    found = report_of("api.yaml", "-e", PROVED, cwd=here)

    assert found["equivalent"] == 2  # the second peer, and its label `a`


def test_an_unnoticed_edit_is_told_with_what_it_would_open_and_what_would_notice_it(here: Path) -> None:
    found = report_of("api.yaml", "-e", PROVED, cwd=here)

    told = {each["change"]: each for each in found["unnoticed"]}  # type: ignore[attr-defined]
    opening = told["`spec.ingress[0]` on any port"]
    assert opening["opens"] == "opens"
    assert opening["complete"] is True
    assert opening["effect"]["text"] == "shop pods role=monitoring -> shop pods app=api, every port but TCP 5000"
    closing = told["without `spec.ingress[0]`"]
    assert closing["opens"] == "closes"
    for each in (opening, closing):
        checked = netpol("check", "api.yaml", "-e", each["suggestion"], cwd=here)
        assert (each["suggestion"], checked.returncode) == (each["suggestion"], 0)
    again = report_of("api.yaml", "-e", opening["suggestion"], cwd=here)
    assert "`spec.ingress[0]` on any port" in [each["change"] for each in again["noticedEdits"]]  # type: ignore[attr-defined]


def test_what_is_suggested_is_proved_today(here: Path) -> None:
    """Some of monitoring cannot get out, so that it does not always reach the API, as a draft would have it."""
    deny = GOOD.partition("---\n")[2].partition("spec:")[0].replace("name: api", "name: deny")
    spec = "spec: {podSelector: {matchLabels: {role: monitoring, tier: x}}, policyTypes: [Egress]}\n"
    (here / "deny.yaml").write_text(f"{deny}{spec}")

    found = report_of(".", "-e", VIOLATED, cwd=here)

    suggested = {each["suggestion"] for each in found["unnoticed"] if each["suggestion"]}  # type: ignore[attr-defined]
    assert len(suggested) >= 3
    asked = [word for claim in sorted(suggested) for word in ("-e", claim)]
    assert netpol("check", ".", *asked, cwd=here).returncode == 0


def test_limit_says_of_how_many_it_is_told(here: Path) -> None:
    some = report_of("api.yaml", "-e", PROVED, "--limit", "1", cwd=here)
    none = report_of("api.yaml", "-e", PROVED, "--limit", "0", cwd=here)

    assert [each["effect"] is not None for each in some["unnoticed"]].count(True) == 1  # type: ignore[attr-defined]
    assert [each["effect"] for each in none["unnoticed"]] == [None] * 5  # type: ignore[attr-defined]


@pytest.mark.parametrize(("percent", "code"), [("37", 0), ("37.5", 0), ("38", 1)])
def test_fail_under_says_what_gives_1(here: Path, percent: str, code: int) -> None:
    done = netpol("coverage", "api.yaml", "-e", PROVED, "--fail-under", percent, "-q", cwd=here)

    assert done.returncode == code
    told = "at least the" if code == 0 else "below the"
    assert done.stdout == f"3 of 8 edits noticed (37.5 %): {told} {percent} % that are wanted\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("missing.yaml",), "missing.yaml: no such file or directory"),
        ((), "no manifests"),
        (("api.yaml", "--changed"), "`--changed` and `--base` go together"),
        (("api.yaml", "--base", "main"), "`--changed` and `--base` go together"),
        (("-", "--changed", "--base", "main"), "`-` is no file of the work tree"),
        (("api.yaml", "--changed", "--base", "nowhere"), "nowhere"),
        *((("api.yaml", "--fail-under", each), each) for each in ("101", "nan", "-nan", "inf", "-inf", "-1")),
        (("api.yaml", "-e", "never a"), "never a"),
        (("none.yaml",), "no policy in none.yaml, so no line that could be edited"),
    ],
)
def test_2_when_usage_or_input_is_at_fault(here: Path, arguments: tuple[str, ...], message: str) -> None:
    Repository.at(here).commit()
    (here / "none.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n")

    done = netpol("coverage", *arguments, cwd=here)

    assert done.returncode == 2
    assert message in done.stderr


def judged(fate: Fate) -> Judged:
    return Judged(Edit(Sort.RULE, Citation("NetworkPolicy", "shop", "api"), "without `spec.ingress[0]`", None), fate)


@pytest.mark.parametrize(
    ("fates", "verdict", "code"),
    [
        ((Fate.NOTICED, Fate.UNNOTICED), Verdict.PROVED, 0),
        ((Fate.NOTICED, Fate.UNNOTICED, Fate.UNNOTICED), Verdict.PROVED, 1),
        ((Fate.NOTICED, Fate.UNNOTICED, Fate.UNDECIDED), Verdict.PROVED, 3),
        ((Fate.NOTICED, Fate.UNNOTICED, Fate.UNNOTICED), Verdict.UNKNOWN, 3),
        ((Fate.NOTICED, Fate.EQUIVALENT, Fate.EQUIVALENT), Verdict.PROVED, 0),
        ((Fate.EQUIVALENT,), Verdict.PROVED, 0),
    ],
)
def test_what_is_undecided_is_neither_noticed_nor_missed(fates: tuple[Fate, ...], verdict: Verdict, code: int) -> None:
    claimed = Property("p", Never(), "p")
    report = CoverageReport("open", tuple(map(judged, fates)), (OfProperty(claimed, verdict),), fail_under=50)

    assert of_coverage(report) == code


@pytest.mark.parametrize(
    ("fates", "verdict", "code"),
    [
        ((Fate.NOTICED, Fate.UNNOTICED, Fate.EQUIVALENT), Verdict.PROVED, 0),
        ((Fate.UNNOTICED,), Verdict.VIOLATED, 0),
        ((Fate.NOTICED, Fate.UNDECIDED), Verdict.PROVED, 3),
        ((Fate.UNDECIDED,), Verdict.PROVED, 3),
        ((Fate.NOTICED, Fate.UNNOTICED), Verdict.UNKNOWN, 3),
        ((Fate.NOTICED,), Verdict.UNKNOWN, 0),
        ((), Verdict.UNKNOWN, 0),
    ],
)
def test_where_no_share_is_wanted_it_has_to_be_known(fates: tuple[Fate, ...], verdict: Verdict, code: int) -> None:
    claimed = Property("p", Never(), "p")
    report = CoverageReport("open", tuple(map(judged, fates)), (OfProperty(claimed, verdict),))

    assert of_coverage(report) == code


UNKNOWN = "never shop/role=x -> shop/app=api : TCP/5000"
"""With TWO_PEERS: whether blocks match addresses of pods, no manifest says."""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), ""),
        (("--fail-under", "1"), ": undecided whether 1 % are"),
        (("--fail-under", "100"), ": undecided whether 100 % are"),
    ],
)
@pytest.mark.parametrize("of", ["edits", "properties"])
def test_3_when_a_limit_was_reached(here: Path, arguments: tuple[str, ...], told: str, of: str) -> None:
    """Text, JSON and exit code say the same: it is undecided."""
    (here / "two.yaml").write_text(TWO_PEERS)
    asked = ("api.yaml", "-e", PROVED, "--rlimit", "1") if of == "edits" else ("two.yaml", "-e", UNKNOWN)

    done = netpol("coverage", *asked, *arguments, "-q", "-o", "text", "-o", "json=r", cwd=here)

    found = json.loads((here / "r").read_text())
    assert (done.returncode, found["fails"], found["noticed"]) == (3, False, 0)
    assert (found["undecided"] > 0) == (of == "edits")
    assert found["text"].endswith(f", 1 property unknown{told}")
    assert f"{found['text']}\n" in done.stdout


def test_lcov_has_a_branch_for_each_edit_of_a_line(here: Path) -> None:
    done = netpol("coverage", "api.yaml", "-e", PROVED, "-o", "lcov", cwd=here)

    assert done.stdout == (
        "TN:netpol\nSF:api.yaml\nBRDA:5,0,0,1\nBRDA:9,0,0,0\nBRDA:12,0,0,0\nBRDA:13,0,0,1\nBRDA:13,0,1,1\n"
        "BRDA:15,0,0,0\nBRF:6\nBRH:3\nDA:5,1\nDA:9,0\nDA:12,0\nDA:13,2\nDA:15,0\nLF:5\nLH:2\nend_of_record\n"
    )


def test_sarif_and_markdown_have_the_lines(here: Path) -> None:
    netpol("coverage", "api.yaml", "-e", PROVED, "-o", "sarif=r.sarif", "-o", "markdown=r.md", cwd=here)

    results = json.loads((here / "r.sarif").read_text())["runs"][0]["results"]
    assert {each["ruleId"] for each in results} == {"unnoticed-edit"}
    assert {each["level"] for each in results} == {"note"}
    lines = [each["locations"][0]["physicalLocation"]["region"]["startLine"] for each in results]
    assert sorted(lines) == [1, 1, 9, 12, 15]
    comment = (here / "r.md").read_text()
    assert "### Network policy coverage: 3 of 8 edits noticed (37.5 %)" in comment
    assert "`api.yaml:15:5`" in comment


def test_only_the_lines_of_a_change_are_looked_at(here: Path) -> None:
    repository = Repository.at(here)
    repository.commit()
    (here / "api.yaml").write_text(GOOD.replace("port: 5000}", "port: 5001}"))
    (here / "more.yaml").write_text(GOOD.partition("---\n")[2].replace("name: api,", "name: more,"))

    found = report_of(".", "--changed", "--base", "main", "-e", VIOLATED, cwd=here)

    places = [(each["origin"]["file"], each["origin"]["line"]) for each in found["unnoticed"]]  # type: ignore[attr-defined]
    assert {file for file, _ in places} == {"api.yaml", "more.yaml"}
    assert [line for file, line in places if file == "api.yaml"] == [5, 12, 15]
    assert found["since"] == repository.git("rev-parse", "main")[: len(str(found["since"]))]


def test_a_change_that_touches_no_policy_passes(here: Path) -> None:
    Repository.at(here).commit()

    done = netpol("coverage", "api.yaml", "--changed", "--base", "main", "--fail-under", "100", "-q", cwd=here)

    assert (done.returncode, done.stdout.startswith("no policy line on lines that ")) == (0, True)


def test_text_is_told_at_its_place_and_by_policy(here: Path) -> None:
    done = netpol("coverage", "api.yaml", cwd=here)

    assert done.returncode == 0
    assert done.stderr.startswith("no properties given, so the starter set is checked")
    assert "NetworkPolicy shop/api                             6        0" in done.stdout
    assert "\n     9:36  `spec.podSelector` without `app=api`\n" in done.stdout
    assert "\n1 of 8 edits noticed (12.5 %)\n" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 140


@pytest.mark.skipif("NETPOL_CORPUS" not in os.environ, reason="NETPOL_CORPUS names no folder of real manifests")
def test_the_starter_set_watches_little_of_a_real_service_map(tmp_path: Path) -> None:
    shop = Path(os.environ["NETPOL_CORPUS"]).resolve() / "online-boutique"
    folders = (str(shop / "kustomize" / "components"), str(shop / "kubernetes-manifests"))

    found = report_of(*folders, "--exclude", "kustomization.yaml", "--limit", "0", cwd=tmp_path)

    assert [found[name] for name in ("mutants", "noticed", "undecided", "equivalent")] == [116, 3, 0, 2]
    assert [each["policy"] for each in found["noticedEdits"]] == ["NetworkPolicy default/deny-all"] * 3  # type: ignore[attr-defined]


TIERS = """\
apiVersion: v1
kind: Namespace
metadata: {name: a}
---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: admin}
spec:
  tier: Admin
  priority: 1
  subject: {namespaces: {}}
  ingress: [{action: Accept, from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: a}}}]}]
---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: base}
spec:
  tier: Baseline
  priority: 1
  subject: {namespaces: {}}
  ingress: [{action: Deny, from: [{namespaces: {}}]}]
"""


def test_of_edits_that_make_a_stage_of_their_own_nobody_knows_what_new_namespaces_get(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(TIERS)
    (tmp_path / "new").mkdir()
    (tmp_path / "new/deny.yaml").write_text(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny}\nspec: {podSelector: {}}\n"
    )
    (tmp_path / "new/u.yaml").write_text(
        "apiVersion: netpol-verifier/v1\nkind: Universe\n"
        "spec: {namespaces: {others: true}, newNamespacesGet: [deny.yaml]}\n"
    )
    claim = "always a/* -> {kubernetes.io/metadata.name!=a}/*"

    done = netpol("coverage", "a.yaml", "-u", "new/u.yaml", "-e", claim, cwd=tmp_path)

    assert done.returncode == 3, done.stderr
    assert "undecided" in done.stdout
