"""Which word counts: flag, then NETPOL_*, then netpol.yaml, then the profile, then the default."""

import json
from pathlib import Path

import pytest

from tests.cli.process import GOOD, PROVED, netpol
from verifier.cli.commands.schema import KINDS

CONFIG = """\
apiVersion: netpol-verifier/v1
kind: Config
spec:
  manifests: [shop.yaml]
  profile: cilium
  switches: {ipblock_nodes: match}
  output: json
---
apiVersion: netpol-verifier/v1
kind: Properties
spec:
  properties:
  - name: nobody-reaches-api
    never:
      to: [{namespaces: [shop], podSelector: {matchLabels: {app: api}}}]
"""

UNIVERSE = """\
apiVersion: netpol-verifier/v1
kind: Universe
metadata: {name: ours}
spec:
  switches: {ipblock_pods: match, ipblock_nodes: never}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "netpol.yaml").write_text(CONFIG)
    (tmp_path / "shop.yaml").write_text(GOOD)
    (tmp_path / "ours.yaml").write_text(UNIVERSE)
    return tmp_path


def shown(project: Path, *flags: str, **env: str) -> dict[str, tuple[str, str]]:
    """Each setting's value and origin, as `config show` prints them."""
    done = netpol("config", "show", *flags, cwd=project, **env)
    assert done.returncode == 0, done.stderr
    rows = [line.removeprefix("set ").split(None, 2) for line in done.stdout.splitlines()[1:]]
    return {name: (value, origin) for name, value, origin in rows}


def test_each_value_has_its_origin(project: Path) -> None:
    settings = shown(project)

    assert settings["manifests"] == ("shop.yaml", "netpol.yaml")
    assert settings["profile"] == ("cilium", "netpol.yaml")
    assert settings["universe"] == ("open", "default")
    assert settings["ipblock_pods"] == ("never", "profile cilium")
    assert settings["ipblock_nodes"] == ("match", "netpol.yaml")
    assert settings["named_port_ipblock"] == ("open", "default")
    assert settings["limit"] == ("100", "default")


def test_the_environment_beats_the_file(project: Path) -> None:
    settings = shown(project, NETPOL_PROFILE="calico", NETPOL_SET="ipblock_nodes=open")

    assert settings["profile"] == ("calico", "NETPOL_PROFILE")
    assert settings["ipblock_nodes"] == ("open", "NETPOL_SET")


def test_a_flag_beats_the_environment(project: Path) -> None:
    settings = shown(
        project, "--profile", "k8s", "--set", "ipblock_nodes=never", "-u", "inventory", NETPOL_PROFILE="calico",
        NETPOL_SET="ipblock_nodes=open", NETPOL_UNIVERSE="open",
    )  # fmt: skip

    assert settings["profile"] == ("k8s", "--profile")
    assert settings["ipblock_nodes"] == ("never", "--set")
    assert settings["universe"] == ("inventory", "--universe")


def test_a_universe_beats_the_file_and_yields_to_the_environment(project: Path) -> None:
    settings = shown(project, "-u", "ours.yaml")

    assert settings["ipblock_pods"] == ("match", "universe ours")
    assert settings["ipblock_nodes"] == ("never", "universe ours")
    assert shown(project, "-u", "ours.yaml", NETPOL_SET="ipblock_pods=open")["ipblock_pods"] == ("open", "NETPOL_SET")


def test_without_a_file_all_is_default(tmp_path: Path) -> None:
    origins = {origin for _, origin in shown(tmp_path).values()}

    assert origins == {"default"}


def test_check_takes_manifests_properties_and_format_from_the_file(project: Path) -> None:
    done = netpol("check", cwd=project)

    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert [result["property"] for result in report["results"]] == ["nobody-reaches-api"]


def test_properties_on_the_command_line_replace_those_of_the_file(project: Path) -> None:
    done = netpol("check", "-e", PROVED, cwd=project)

    assert done.returncode == 0, done.stderr
    assert [result["property"] for result in json.loads(done.stdout)["results"]] == [PROVED]


def test_the_universe_of_the_file_is_used(tmp_path: Path) -> None:
    (tmp_path / "netpol.yaml").write_text(UNIVERSE)

    assert shown(tmp_path)["universe"] == ("ours", "netpol.yaml")
    done = netpol("check", "-", "-e", PROVED, "-o", "json", cwd=tmp_path)
    assert json.loads(done.stdout)["universe"] == "ours"


def test_mistakes_in_the_file_are_input_errors_with_their_place(tmp_path: Path) -> None:
    (tmp_path / "netpol.yaml").write_text(CONFIG.replace("profile:", "profil:"))
    done = netpol("check", "-", "-o", "json", cwd=tmp_path)

    assert done.returncode == 2
    assert "netpol.yaml:5" in done.stderr
    assert "did you mean `profile`?" in done.stderr
    assert json.loads(done.stdout)["errors"][0]["line"] == 5


def test_each_schema_is_json(tmp_path: Path) -> None:
    for kind in KINDS:
        done = netpol("schema", kind, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)


def test_an_unknown_schema_names_the_known_ones(tmp_path: Path) -> None:
    done = netpol("schema", "universes", cwd=tmp_path)

    assert done.returncode == 2
    assert "one of " in done.stderr
