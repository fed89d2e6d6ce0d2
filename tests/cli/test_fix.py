"""`netpol fix`: what it writes and what not, and each of its exit codes."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.process import ROOT, netpol

HOLE = """\
# what may reach the database
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from:
    - podSelector: {}      # everybody
    ports: [{port: 5432}]
"""
ONLY = "only shop/app=api -> shop/app=db : TCP/5432"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "db.yaml").write_text(HOLE)
    return tmp_path


def test_a_patch_is_shown_and_nothing_is_written(here: Path) -> None:
    run = netpol("fix", "db.yaml", "-e", ONLY, cwd=here)

    assert run.returncode == 0
    assert "+          app: api      # everybody" in run.stdout
    assert "Nothing is written yet" in run.stdout
    assert (here / "db.yaml").read_text() == HOLE


def test_nothing_is_repaired_beside_what_was_passed_over_and_it_is_named(here: Path) -> None:
    firewall = "apiVersion: k8s.ovn.org/v1\nkind: EgressFirewall\nmetadata: {name: default, namespace: shop}\n"
    (here / "firewall.yaml").write_text(firewall)

    run = netpol("fix", ".", "--skip-unknown", "-e", ONLY, "-o", "json", cwd=here)

    assert run.returncode == 2
    [error] = json.loads(run.stdout)["errors"]
    assert error["message"].endswith("passed over: EgressFirewall shop/default")


def test_the_patch_alone_is_one_that_git_takes(here: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=here, check=True)
    run = netpol("fix", "db.yaml", "-e", ONLY, "-o", "patch", cwd=here)

    subprocess.run(["git", "apply"], cwd=here, input=run.stdout, text=True, check=True)
    assert netpol("check", "db.yaml", "-e", ONLY, cwd=here).returncode == 0


def test_it_is_written_where_that_is_wanted(here: Path) -> None:
    run = netpol("fix", "db.yaml", "-e", ONLY, "--apply", cwd=here)

    assert "Written to 1 file." in run.stdout
    assert netpol("check", "db.yaml", "-e", ONLY, cwd=here).returncode == 0
    assert (here / "db.yaml").read_text().startswith("# what may reach the database\n")
    again = netpol("fix", "db.yaml", "-e", ONLY, "--apply", cwd=here)
    assert again.returncode == 0
    assert "HOLDS" in again.stdout


def test_what_was_changed_meanwhile_is_not_written_over(here: Path) -> None:
    from verifier.cli.commands.fix import _write
    from verifier.errors import UsageError
    from verifier.mending.result import Change

    file = here / "db.yaml"
    file.write_text("another\n")

    with pytest.raises(UsageError, match="changed meanwhile"):
        _write([Change(str(file), HOLE, "after\n")])
    with pytest.raises(UsageError, match="changed meanwhile"):
        _write([Change(str(file), None, "after\n")])
    assert file.read_text() == "another\n"


def test_1_where_there_is_none(here: Path) -> None:
    run = netpol("fix", "db.yaml", "-e", "never shop/app=api -> shop/app=db", "-e", "always shop/app=api -> shop/app=db : TCP/5432", cwd=here)  # fmt: skip  # noqa: E501

    assert run.returncode == 1
    assert "NO REPAIR" in run.stdout


WARNING = """\
apiVersion: netpol-verifier/v1
kind: Properties
spec:
  properties:
  - name: never-api
    severity: warning
    never:
      from: [{namespaces: [shop], podSelector: {matchLabels: {app: api}}}]
      to: [{namespaces: [shop], podSelector: {matchLabels: {app: db}}}]
"""


@pytest.mark.parametrize("severity", ["warning", "error"])
def test_severity_warning_never_fails_the_run_as_with_check(here: Path, severity: str) -> None:
    """An `always` in its way keeps it from being repaired."""
    (here / "p.yaml").write_text(WARNING.replace("warning", severity))
    asked = ("-p", "p.yaml", "-e", "always shop/app=api -> shop/app=db : TCP/5432")
    run = netpol("fix", "db.yaml", *asked, cwd=here)

    assert run.returncode == netpol("check", "db.yaml", *asked, cwd=here).returncode == (severity == "error")
    assert "NO REPAIR never-api" in run.stdout
    assert ("severity warning: does not fail the run" in run.stdout) == (severity == "warning")


def test_severity_warning_does_not_fail_the_run_where_it_is_undecided(here: Path) -> None:
    (here / "p.yaml").write_text(WARNING)
    asked = ("db.yaml", "-p", "p.yaml", "--rlimit", "1")

    assert netpol("fix", *asked, cwd=here).returncode == netpol("check", *asked, cwd=here).returncode == 0
    (here / "p.yaml").write_text(WARNING.replace("warning", "error"))
    assert netpol("fix", *asked, cwd=here).returncode == netpol("check", *asked, cwd=here).returncode == 3


def test_alternatives_are_told_and_the_first_is_written(here: Path) -> None:
    asked = ("fix", "db.yaml", "-e", ONLY, "--alternatives", "2")
    run = netpol(*asked, "-o", "json", "-o", "text=fix.txt", "-o", "sarif=fix.sarif", "--apply", cwd=here)
    told, text = json.loads(run.stdout), (here / "fix.txt").read_text()
    (repair,) = told["repairs"]

    assert [repair["cost"], *(each["cost"] for each in repair["alternatives"])] == [1, 4]
    assert "OR 2      only shop/app=api" in text
    assert "(cost 4, the first 1)" in text
    assert repair["patch"] == told["patch"] != repair["alternatives"][0]["patch"]
    (edit,) = repair["edits"]
    assert HOLE.replace(edit["before"], edit["after"]) == (here / "db.yaml").read_text()
    assert edit["origin"] == {"file": "db.yaml", "line": 9, "column": 1}
    (result,) = json.loads((here / "fix.sarif").read_text())["runs"][0]["results"]
    assert len(result["fixes"]) == 2


def test_3_where_it_is_undecided(here: Path) -> None:
    (here / "db.yaml").write_text(HOLE.replace("podSelector: {} ", "ipBlock: {cidr: 10.0.0.0/8} "))

    assert netpol("fix", "db.yaml", "-e", "never {}/team=x -> shop/*", "--rlimit", "1", cwd=here).returncode == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-", "-e", ONLY), "is no file that could be repaired"),
        (("nowhere", "-e", ONLY), "nowhere"),
        (("db.yaml", "-e", "onyl a=b -> c=d"), "onyl"),
    ],
)
def test_2_and_what_to_do(here: Path, arguments: tuple[str, ...], words: str) -> None:
    run = netpol("fix", *arguments, cwd=here, stdin=HOLE)

    assert (run.returncode, run.stdout) == (2, "")
    assert words in run.stderr


def test_what_is_not_edited_is_named_with_its_line(here: Path) -> None:
    (here / "db.yaml").write_text(HOLE.replace("podSelector: {} ", "podSelector: &all {} "))
    run = netpol("fix", "db.yaml", "-e", ONLY, cwd=here)

    assert run.returncode == 1
    assert "by hand  db.yaml:2: anchors, which may share what would be changed" in run.stdout


@pytest.mark.parametrize(
    ("example", "claim"),
    [
        ("monitoring-5000/broken", "only role=monitoring -> app=apiserver : TCP/5000"),
        ("helidon-and-or/or", "only {app=helidon}/role=frontend -> greeting/app=greeting"),
    ],
)
def test_broken_examples_are_mended(example: str, claim: str) -> None:
    told = json.loads(netpol("fix", f"examples/{example}", "-e", claim, "-o", "json", cwd=ROOT).stdout)

    (repair,) = told["repairs"]
    assert repair["repaired"]
    assert repair["closes"]
    assert repair["opens"] == []
    assert repair["proved"] == [claim]
    assert told["files"] == [f"examples/{example}/policy.yaml"]


@pytest.mark.parametrize("config", ["[p.yaml]", "[.], exclude: [shop-*]", "[.]"])
def test_what_a_configuration_does_not_read_is_not_written(tmp_path: Path, config: str) -> None:
    """A policy in a file that no later run reads is proved of nothing."""
    (tmp_path / "p.yaml").write_text(HOLE.replace("db", "web"))
    (tmp_path / "netpol.yaml").write_text(
        f"apiVersion: netpol-verifier/v1\nkind: Config\nspec: {{manifests: {config}}}\n"
    )
    claim = ("-e", "never external -> shop/app=db")

    assert netpol("check", *claim, cwd=tmp_path).returncode == 1
    assert netpol("fix", *claim, "--apply", cwd=tmp_path).returncode == 0
    assert netpol("check", *claim, cwd=tmp_path).returncode == 0
    assert (tmp_path / "shop-fix-ingress-db.yaml").exists() == (config == "[.]")


def test_a_layout_that_only_check_reads_is_by_hand(here: Path) -> None:
    (here / "db.yaml").write_text(HOLE.replace("ingress:\n", "ingress:\t# tab\n"))
    run = netpol("fix", "db.yaml", "-e", ONLY, cwd=here)

    assert (run.returncode, run.stderr) == (1, "")
    assert "by hand  db.yaml:2: a layout that cannot be changed by position" in run.stdout


@pytest.mark.parametrize("claim", [ONLY, "never external -> shop/app=db", "only shop/app=api -> shop/app=web"])
def test_what_check_does_not_cover_fix_says_too(here: Path, claim: str) -> None:
    """Of what holds just that; of what is repaired what `check` says of it then, and what the comparison says."""
    fixed = netpol("fix", "db.yaml", "-e", claim, "-o", "json", "-o", "text=fix.txt", "--apply", cwd=here)
    checked = json.loads(netpol("check", "db.yaml", "-e", claim, "-o", "json", cwd=here).stdout)
    told = json.loads(fixed.stdout)

    assert checked["notCovered"]
    assert checked["results"][0]["verdict"] == "proved"
    assert set(checked["notCovered"]) <= set(told["notCovered"])
    assert set(checked["assumptions"]) <= set(told["assumptions"])
    if told["repairs"][0]["holds"]:
        assert (told["notCovered"], told["assumptions"]) == (checked["notCovered"], checked["assumptions"])
    assert "Not covered: nodes and hostNetwork pods" in (here / "fix.txt").read_text()


def test_2_where_it_is_vacuous_as_check_says(here: Path) -> None:
    claim = ("-e", "never shop/a=b,a=c -> shop/app=db")
    run = netpol("fix", "db.yaml", *claim, cwd=here)

    assert run.returncode == netpol("check", "db.yaml", *claim, cwd=here).returncode == 2
    assert "VACUOUS   never shop/a=b,a=c" in run.stdout
    assert "NO REPAIR" not in run.stdout


@pytest.mark.parametrize("failing", [0, 1])
def test_several_files_are_written_or_none(here: Path, failing: int) -> None:
    from verifier.cli.commands.fix import _write
    from verifier.errors import UsageError
    from verifier.mending.result import Change

    files = [here / "db.yaml", here / "new.yaml"]
    changes = [Change(str(files[0]), HOLE, "after\n"), Change(str(files[1]), None, "new\n")]
    (here / f".{files[failing].name}.{os.getpid()}.part").mkdir()

    with pytest.raises(UsageError, match=rf"cannot write `.*{files[failing].name}`: .*; nothing is written"):
        _write(changes)
    assert files[0].read_text() == HOLE
    assert not files[1].exists()
    (here / f".{files[failing].name}.{os.getpid()}.part").rmdir()
    assert sorted(path.name for path in here.iterdir()) == ["db.yaml"]
    _write(changes)
    assert [file.read_text() for file in files] == ["after\n", "new\n"]
    assert sorted(path.name for path in here.iterdir()) == ["db.yaml", "new.yaml"]


def test_what_was_written_is_said_where_another_cannot_take_its_name(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from verifier.cli.commands.fix import _write
    from verifier.errors import UsageError
    from verifier.mending.result import Change

    rename = Path.replace

    def failing(part: Path, target: str) -> Path:
        if target.endswith("new.yaml"):
            raise OSError(28, "No space left on device")
        return rename(part, target)

    monkeypatch.setattr(Path, "replace", failing)
    monkeypatch.chdir(here)
    with pytest.raises(UsageError, match=r"cannot write `new.yaml`: no space .*; written are only db.yaml"):
        _write([Change("db.yaml", HOLE, "after\n"), Change("new.yaml", None, "new\n")])
    assert sorted(path.name for path in here.iterdir()) == ["db.yaml"]


@pytest.mark.parametrize(
    ("folder", "named", "at"),
    [
        ("my work", "k 8s", "."),
        ("my work", "{root}/my work/k 8s", "."),
        ("other", "../my work/k 8s", ".."),
    ],
)
def test_a_patch_has_names_that_git_and_patch_take(tmp_path: Path, folder: str, named: str, at: str) -> None:
    files = tmp_path / "my work" / "k 8s"
    files.mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (files / "d b.yaml").write_text(HOLE)
    here = tmp_path / folder
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    asked = (named.format(root=tmp_path), "-e", ONLY, "-e", "never external -> shop/app=web")
    run = netpol("fix", *asked, "-o", "patch", cwd=here)

    assert run.returncode == 0
    assert (f"`git -C {tmp_path} apply`" in run.stderr) == (at == "..")
    for command in (["git", "apply"], ["patch", "-p1", "-s"]):
        subprocess.run(command, cwd=here / at, input=run.stdout, text=True, check=True)
        assert "app: api      # everybody" in (files / "d b.yaml").read_text()
        assert (files / "shop-fix-ingress-web.yaml").read_text().startswith("apiVersion")
        (files / "d b.yaml").write_text(HOLE)
        (files / "shop-fix-ingress-web.yaml").unlink()


def test_a_patch_of_files_that_it_cannot_name_is_refused(here: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    run = netpol("fix", "db.yaml", "-e", ONLY, "-o", "patch", cwd=here)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    away = netpol("fix", str(here), "-e", ONLY, "-o", "patch", "--apply", cwd=elsewhere)

    assert run.returncode == 0
    assert away.returncode == 2
    assert "+++" not in away.stdout
    assert "a patch cannot name files outside" in away.stderr
    assert (here / "db.yaml").read_text() == HOLE
    assert netpol("fix", str(here), "-e", ONLY, "--apply", cwd=elsewhere).returncode == 0


SERVED = """\
apiVersion: v1
kind: Service
metadata: {name: a, namespace: shop}
spec: {clusterIP: 10.96.0.7, selector: {app: db}, ports: [{port: 80, targetPort: 5432}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c, image: x}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, image: x}]}
"""


def test_of_a_service_its_pods_are_mended_on_the_ports_that_they_listen_on(tmp_path: Path) -> None:
    """The address of the Service, which no policy sees, was opened on the port of the Service."""
    (tmp_path / "k.yaml").write_text(SERVED)

    done = netpol("fix", "k.yaml", "-u", "inventory", "-e", "confined shop/app=web -> 10.96.0.7", cwd=tmp_path)

    assert done.returncode == 0
    assert "app: db" in done.stdout
    assert "port: 5432" in done.stdout
    assert "10.96.0.7/32" not in done.stdout
