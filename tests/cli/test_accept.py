"""`netpol check` with a file of acceptances: exit codes, where the file is looked for, and what is wrong with it."""

import json
from pathlib import Path

import pytest

from tests.cli.process import GOOD, netpol
from tests.cli.test_gate import CONFIG, HOLE
from tests.repository import SETTINGS, Repository

FLOW = "'shop/role=debug -> shop/app=api'"
MAPPING = (
    "{from: [{namespaces: [shop], podSelector: {matchLabels: {role: debug}}}],"
    " to: [{namespaces: [shop], podSelector: {matchLabels: {app: api}}}]}"
)


def acceptances(flow: str, expires: str = "9999-12-31") -> str:
    return (
        "apiVersion: netpol-verifier/v1\nkind: Acceptances\nspec:\n  acceptances:\n"
        f"  - {{property: only-monitoring, flows: [{flow}], reason: debugging, owner: '@team', expires: {expires}}}\n"
    )


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "k8s").mkdir()
    (tmp_path / "k8s/shop.yaml").write_text(HOLE)
    (tmp_path / "netpol.yaml").write_text(CONFIG)
    return tmp_path


@pytest.mark.parametrize("flow", [FLOW, MAPPING])
def test_0_where_all_that_breaks_a_property_is_accepted(here: Path, flow: str) -> None:
    before = netpol("check", cwd=here)
    (here / "netpol.accept.yaml").write_text(acceptances(flow))

    done = netpol("check", "-o", "text", "-o", "json=report.json", cwd=here)

    assert (before.returncode, done.returncode, done.stderr) == (1, 0, "wrote the json report to report.json\n")
    assert "ACCEPTED  only-monitoring  netpol.yaml:9\n" in done.stdout
    assert "until 9999-12-31, owner @team: debugging (netpol.accept.yaml:5)" in done.stdout
    assert "\n1 accepted\n" in done.stdout
    [result] = json.loads((here / "report.json").read_text())["results"]
    assert (result["verdict"], [a["owner"] for a in result["accepted"]]) == ("accepted", ["@team"])


def test_1_where_something_else_breaks_it(here: Path) -> None:
    (here / "netpol.accept.yaml").write_text(acceptances("'shop/role=debug -> shop/app=api : TCP/1-79'"))

    done = netpol("check", cwd=here)

    assert done.returncode == 1
    assert "note: this breaks it besides what is accepted" in done.stdout


def test_2_where_something_needs_what_has_expired(here: Path) -> None:
    (here / "netpol.accept.yaml").write_text(acceptances(FLOW, "2020-01-01"))

    done = netpol("check", cwd=here)

    assert done.returncode == 2
    assert "netpol.accept.yaml:5:" in done.stderr
    assert "this acceptance of `only-monitoring` expired on 2020-01-01 (owner: @team)" in done.stderr


def test_2_where_the_file_is_wrong_and_the_manifests_too(here: Path) -> None:
    (here / "netpol.accept.yaml").write_text(acceptances("{}"))
    (here / "k8s/shop.yaml").write_text(HOLE.replace("policyTypes", "policyTypos"))

    done = netpol("check", cwd=here)

    assert (done.returncode, done.stdout) == (2, "")
    assert "netpol.accept.yaml:5:41: a flow must say something" in done.stderr
    assert "k8s/shop.yaml:10:3: unknown field `policyTypos`" in done.stderr


def test_what_excuses_nothing_is_a_warning(here: Path) -> None:
    (here / "netpol.accept.yaml").write_text(acceptances(FLOW))
    (here / "k8s/shop.yaml").write_text(GOOD)

    done = netpol("check", cwd=here)

    assert done.returncode == 0
    assert "PROVED    only-monitoring" in done.stdout
    assert "warning: this acceptance of `only-monitoring` excuses nothing any more" in done.stderr


def test_another_file_may_be_named(here: Path) -> None:
    (here / "other.yaml").write_text(acceptances(FLOW))

    named, missing = (netpol("check", "--accept", name, cwd=here) for name in ("other.yaml", "none.yaml"))

    assert (named.returncode, missing.returncode) == (0, 2)
    assert "none.yaml" in missing.stderr


def test_without_a_configuration_only_a_file_that_is_named_counts(here: Path) -> None:
    """Whatever lies there is not believed: neither the properties nor what is accepted of them."""
    (here / "netpol.accept.yaml").write_text(acceptances(FLOW))
    (here / "ours.yaml").write_text(CONFIG.partition("---\n")[2])
    bare = ("check", "k8s", "--no-config", "-p", "ours.yaml")

    found, named = (netpol(*bare, *more, cwd=here) for more in ((), ("--accept", "netpol.accept.yaml")))

    assert (found.returncode, named.returncode) == (1, 0), found.stdout


def test_a_file_of_a_revision_may_be_named(tmp_path: Path) -> None:
    made = Repository.at(tmp_path / "repository")
    made.commit({"k8s/shop.yaml": HOLE, "netpol.yaml": CONFIG, "netpol.accept.yaml": acceptances(FLOW)})
    made.write({"netpol.accept.yaml": None})

    told = [netpol("check", *more, cwd=made.root, **SETTINGS) for more in ((), ("--accept", "main:netpol.accept.yaml"))]

    assert [done.returncode for done in told] == [1, 0]
    missing = netpol("check", "--accept", "main:none.yaml", cwd=made.root, **SETTINGS)
    assert (missing.returncode, missing.stderr) == (2, "main:none.yaml: no such file at `main`\n")


def test_a_gate_believes_only_what_the_base_accepts(tmp_path: Path) -> None:
    """`check` has no base: whoever may change the properties may change the acceptances, too."""
    made = Repository.at(tmp_path / "repository")
    made.commit({"k8s/shop.yaml": GOOD, "netpol.yaml": CONFIG})
    made.git("switch", "--quiet", "--create", "change")
    made.commit({"k8s/shop.yaml": HOLE, "netpol.accept.yaml": acceptances(FLOW)})

    asked, judged = (netpol(*line, cwd=made.root, **SETTINGS) for line in (("check",), ("gate", "--base", "main")))

    assert (asked.returncode, judged.returncode) == (0, 1)
