"""`netpol gate`: each row of its exit code table, acceptances, and what the base is."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.process import GOOD, netpol
from tests.repository import SETTINGS, Repository
from verifier.manifests.documents.source import Source
from verifier.manifests.specs.acceptances import read_acceptances

CONFIG = """\
apiVersion: netpol-verifier/v1
kind: Config
spec: {manifests: [k8s]}
---
apiVersion: netpol-verifier/v1
kind: Properties
spec:
  properties:
  - name: only-monitoring
    only:
      from: [{namespaces: [shop], podSelector: {matchLabels: {role: monitoring}}}]
      to: [{namespaces: [shop], podSelector: {matchLabels: {app: api}}}]
"""
HOLE = GOOD + "  - from: [{podSelector: {matchLabels: {role: debug}}}]\n"
WIDER_HOLE = HOLE + "  - from: [{podSelector: {matchLabels: {role: other}}}]\n"
RENAMED = GOOD.replace("name: api,", "name: from-monitoring,").replace("policyTypes: [Ingress]\n  ", "")
FLOW = "shop/role=debug -> shop/app=api"
ACCEPTANCES = f"""\
apiVersion: netpol-verifier/v1
kind: Acceptances
spec:
  acceptances:
  - {{property: only-monitoring, flows: ['{FLOW}'], reason: debugging, owner: '@team', expires: %(expires)s}}
  - {{flows: ['{FLOW}'], reason: debugging, owner: '@team', expires: %(expires)s}}
"""
FAR = "9999-12-31"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """On `main` all is well; the work tree is on the branch `change`."""
    made = Repository.at(tmp_path / "repository")
    made.commit({"k8s/shop.yaml": GOOD, "netpol.yaml": CONFIG})
    made.git("switch", "--quiet", "--create", "change")
    return made


def gate(repository: Repository, *arguments: str, base: str = "main") -> subprocess.CompletedProcess[str]:
    return netpol("gate", "--base", base, *arguments, cwd=repository.root, **SETTINGS)


def accept_on_main(repository: Repository, text: str) -> None:
    repository.git("switch", "--quiet", "main")
    repository.commit({"netpol.accept.yaml": text})
    repository.git("switch", "--quiet", "change")


def test_0_when_a_refactoring_changes_no_connection(repository: Repository) -> None:
    repository.commit({"k8s/shop.yaml": None, "k8s/api/policy.yaml": RENAMED})

    done = gate(repository)

    assert (done.returncode, done.stderr) == (0, "")
    assert "EQUIVALENT  the same connections are allowed" in done.stdout
    assert done.stdout.endswith("exit 0: nothing newly violated, nothing opened\n")


def test_1_when_a_branch_opens_a_hole(repository: Repository) -> None:
    repository.commit({"k8s/shop.yaml": HOLE})

    done = gate(repository, "-o", "text", "-o", "json=report.json")

    assert done.returncode == 1, done.stderr
    assert "Newly violated (1)" in done.stdout
    assert "k8s/shop.yaml:16" in done.stdout
    assert "main:k8s/shop.yaml" in done.stdout
    report = json.loads((repository.root / "report.json").read_text())
    assert report["newlyViolated"] == ["only-monitoring"]
    assert report["diff"]["relation"] == "wider"


def test_uncommitted_changes_count(repository: Repository) -> None:
    repository.write({"k8s/shop.yaml": HOLE})

    assert gate(repository).returncode == 1


def test_1_when_a_property_is_violated_as_before(repository: Repository) -> None:
    repository.commit({"k8s/shop.yaml": HOLE})

    done = gate(repository, base="HEAD")

    assert done.returncode == 1, done.stderr
    assert "Violated as before (1)" in done.stdout


@pytest.mark.parametrize(
    ("fail_on", "opened", "closed"), [("added", 1, 0), ("new-workloads", 1, 0), ("any", 1, 1), ("none", 0, 0)]
)
def test_fail_on_says_which_changes_of_traffic_count(
    repository: Repository, fail_on: str, opened: int, closed: int
) -> None:
    repository.commit({"k8s/shop.yaml": GOOD + "    - {protocol: UDP, port: 53}\n"})

    assert gate(repository, "--fail-on", fail_on).returncode == opened
    repository.git("branch", "--quiet", "--force", "main", "change")
    repository.commit({"k8s/shop.yaml": GOOD})
    assert gate(repository, "--fail-on", fail_on).returncode == closed


def test_0_when_the_hole_was_accepted_on_the_base_first(repository: Repository) -> None:
    accept_on_main(repository, ACCEPTANCES % {"expires": FAR})
    repository.commit({"k8s/shop.yaml": HOLE})

    done = gate(repository)

    assert done.returncode == 0, done.stdout
    assert "Accepted (1)" in done.stdout
    assert "owner @team" in done.stdout
    assert "main:netpol.accept.yaml:5" in done.stdout


def test_only_the_accepted_flows_are_excused(repository: Repository) -> None:
    accept_on_main(repository, ACCEPTANCES % {"expires": FAR})
    repository.commit({"k8s/shop.yaml": WIDER_HOLE})

    done = gate(repository)

    assert done.returncode == 1
    assert "role=other" in done.stdout


def test_a_branch_cannot_excuse_itself(repository: Repository) -> None:
    repository.commit({"k8s/shop.yaml": HOLE, "netpol.accept.yaml": ACCEPTANCES % {"expires": FAR}})

    done = gate(repository)

    assert done.returncode == 1
    assert "netpol.accept.yaml: " in done.stderr
    assert "not read: acceptances count as they stand at `main`" in done.stderr


PAST = "2020-02-29"


def test_2_when_an_acceptance_that_is_needed_has_expired(repository: Repository) -> None:
    accept_on_main(repository, ACCEPTANCES % {"expires": PAST})
    repository.git("merge", "--quiet", "main")
    repository.commit({"k8s/shop.yaml": HOLE})

    done = gate(repository, "-o", "json")

    assert done.returncode == 2
    assert "main:netpol.accept.yaml:5:" in done.stderr
    assert "this acceptance of `only-monitoring` expired on 2020-02-29 (owner: @team)" in done.stderr
    report = json.loads(done.stdout)
    assert [error["line"] for error in report["errors"]] == [5, 6]
    assert report["newlyViolated"] == ["only-monitoring"]


def test_an_acceptance_that_has_expired_and_that_nothing_needs_stops_nobody(repository: Repository) -> None:
    accept_on_main(repository, ACCEPTANCES % {"expires": PAST})
    repository.git("merge", "--quiet", "main")

    assert gate(repository).returncode == 0


def expired_on_main(repository: Repository) -> None:
    """`main` has the hole, accepted until a day that is past; so has the branch."""
    repository.git("switch", "--quiet", "main")
    repository.commit({"k8s/shop.yaml": HOLE, "netpol.accept.yaml": ACCEPTANCES % {"expires": PAST}})
    repository.git("switch", "--quiet", "change")
    repository.git("merge", "--quiet", "main")


def test_the_change_that_prolongs_an_acceptance_passes(repository: Repository) -> None:
    expired_on_main(repository)
    assert gate(repository).returncode == 2
    repository.commit({"netpol.accept.yaml": ACCEPTANCES % {"expires": FAR}})

    done = gate(repository)

    assert done.returncode == 0, done.stdout
    assert "Accepted (1)" in done.stdout
    assert "not read: acceptances count as they stand at `main`" in done.stderr


def test_the_change_that_mends_what_an_expired_acceptance_excused_passes(repository: Repository) -> None:
    expired_on_main(repository)
    repository.commit({"k8s/shop.yaml": GOOD})

    assert gate(repository).returncode == 0


def test_an_acceptance_that_is_prolonged_excuses_nothing_new(repository: Repository) -> None:
    """Neither a hole that the base does not have, nor flows that were not accepted before."""
    expired_on_main(repository)
    repository.commit({"k8s/shop.yaml": WIDER_HOLE, "netpol.accept.yaml": ACCEPTANCES % {"expires": FAR}})
    wider = ACCEPTANCES.replace(FLOW, "* -> shop/app=api") % {"expires": FAR}

    hole = gate(repository)
    repository.commit({"netpol.accept.yaml": wider})
    flows = gate(repository)
    repository.commit({"k8s/shop.yaml": HOLE})
    same = gate(repository)

    assert (hole.returncode, flows.returncode, same.returncode) == (1, 1, 1)


def test_a_hole_that_comes_with_its_prolonged_acceptance_is_not_excused(repository: Repository) -> None:
    accept_on_main(repository, ACCEPTANCES % {"expires": PAST})
    repository.git("merge", "--quiet", "main")
    repository.commit({"k8s/shop.yaml": HOLE, "netpol.accept.yaml": ACCEPTANCES % {"expires": FAR}})

    done = gate(repository)

    assert done.returncode == 1
    assert "Newly violated (1)" in done.stdout


def test_an_acceptance_that_is_not_needed_is_warned_of(repository: Repository) -> None:
    accept_on_main(repository, ACCEPTANCES % {"expires": FAR})

    done = gate(repository)

    assert done.returncode == 0
    assert "main:netpol.accept.yaml:5:" in done.stderr
    assert "this acceptance of growth excuses nothing any more" in done.stderr


def test_faulty_acceptances_are_refused(repository: Repository) -> None:
    accept_on_main(repository, ACCEPTANCES % {"expires": "soon"})

    done = gate(repository)

    assert done.returncode == 2
    assert "main:netpol.accept.yaml:5:" in done.stderr
    assert "`soon` is no date" in done.stderr


def test_3_when_nothing_is_decided(repository: Repository) -> None:
    repository.commit({"k8s/shop.yaml": HOLE})

    assert gate(repository, "--rlimit", "1").returncode == 3


def test_2_when_the_base_is_no_revision(repository: Repository) -> None:
    done = gate(repository, "-o", "json", base="mian")

    assert done.returncode == 2
    assert "no revision `mian` here" in done.stderr
    assert json.loads(done.stdout)["errors"][0]["message"] == "no revision `mian` here"


def test_2_outside_a_repository(repository: Repository) -> None:
    outside = repository.root.parent / "outside"
    outside.mkdir()
    (outside / "shop.yaml").write_text(GOOD)

    of_path = gate(repository, str(outside))
    of_base = netpol("gate", "--base", "main", ".", cwd=outside, GIT_CEILING_DIRECTORIES=str(outside), **SETTINGS)

    assert of_path.returncode == of_base.returncode == 2
    assert f"{outside}: outside the repository\n" in of_path.stderr
    assert "no git repository here\nhint: the base is a git revision" in of_base.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-",), "`-` has no counterpart at a revision"),
        (("--write-baseline", "b.yaml"), "--write-baseline and --expires go together"),
        (("--write-baseline", "b.yaml", "--expires", "2020-01-01"), "`--expires 2020-01-01` is in the past"),
        (("--write-baseline", "b.yaml", "--expires", "soon"), "`soon` is no date"),
        (("--write-baseline", "netpol.yaml", "--expires", FAR), "`netpol.yaml` exists already"),
    ],
)
def test_what_cannot_be_meant_is_said(repository: Repository, arguments: tuple[str, ...], message: str) -> None:
    done = gate(repository, *arguments)

    assert done.returncode == 2
    assert message in done.stderr


def test_acceptances_that_the_base_lacks_are_warned_of(repository: Repository) -> None:
    done = gate(repository, "--accept", "missing.yaml")

    assert done.returncode == 0
    assert "missing.yaml: " in done.stderr
    assert "no such file at `main`: nothing is accepted" in done.stderr


def test_2_when_the_base_lacks_manifests_unless_they_are_said_to_be_new(repository: Repository) -> None:
    repository.commit({"extra/more.yaml": GOOD.replace("shop", "new")})

    silent, said = gate(repository, "k8s", "extra"), gate(repository, "k8s", "extra", "--new", "extra/")

    assert (silent.returncode, said.returncode) == (2, 0)
    assert "extra: `main` has no manifests there" in silent.stderr
    assert "hint: is it new? then say so: `--new extra`" in silent.stderr


def test_paths_count_from_the_working_directory(repository: Repository) -> None:
    repository.commit({"k8s/shop.yaml": HOLE})
    below = repository.root / "k8s"

    for path in ("shop.yaml", "../k8s", str(below), "HEAD:k8s"):
        done = netpol("gate", "--base", "main", path, cwd=below, **SETTINGS)
        assert (done.returncode, done.stderr) == (1, ""), path
    assert netpol("gate", "--base", "main", "main:k8s", cwd=below, **SETTINGS).returncode == 0


def test_a_baseline_accepts_all_there_is_and_nothing_more(repository: Repository) -> None:
    repository.commit({"k8s/shop.yaml": HOLE})

    written = gate(repository, "--write-baseline", "netpol.accept.yaml", "--expires", FAR)

    assert written.returncode == 0, written.stdout
    assert "wrote 2 acceptances to netpol.accept.yaml" in written.stderr
    text = (repository.root / "netpol.accept.yaml").read_text()
    kept = read_acceptances(Source.text_of("netpol.accept.yaml", text))
    assert [(a.property, a.reason, str(a.expires)) for a in kept] == [
        ("only-monitoring", "baseline", FAR),
        (None, "baseline", FAR),
    ]
    (repository.root / "netpol.accept.yaml").unlink()
    accept_on_main(repository, text)
    assert gate(repository).returncode == 0
    repository.commit({"k8s/shop.yaml": WIDER_HOLE})
    assert gate(repository).returncode == 1


def test_a_baseline_of_a_default_deny_that_went_names_the_pods(repository: Repository) -> None:
    """A flow has no words for pods that no policy isolates, as which the report tells them: it would accept all."""
    kept = "".join(
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        f"metadata: {{name: a{n}, namespace: web}}\n"
        f"spec: {{podSelector: {{matchLabels: {{app: a{n}}}}}, ingress: [{{from: [{{podSelector: {{}}}}]}}]}}\n"
        for n in range(5)
    )
    deny = (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: web}\n"
        "spec: {podSelector: {}, policyTypes: [Ingress]}\n"
    )
    repository.git("switch", "--quiet", "main")
    repository.commit({"k8s/web.yaml": kept + deny})
    repository.git("switch", "--quiet", "change")
    repository.git("reset", "--quiet", "--hard", "main")
    repository.commit({"k8s/web.yaml": kept})

    told = gate(repository)
    written = gate(repository, "--write-baseline", "netpol.accept.yaml", "--expires", FAR)

    assert "anything -> web pods that no policy isolates for ingress, every port" in told.stdout
    assert (told.returncode, written.returncode) == (1, 0)
    text = (repository.root / "netpol.accept.yaml").read_text()
    assert "web/app notin (a0,a1,a2,a3,a4)" in text


def test_where_nothing_is_wrong_no_baseline_is_written(repository: Repository) -> None:
    done = gate(repository, "--write-baseline", "netpol.accept.yaml", "--expires", FAR)

    assert done.returncode == 0
    assert "nothing to accept: netpol.accept.yaml was not written" in done.stderr
    assert not (repository.root / "netpol.accept.yaml").exists()
