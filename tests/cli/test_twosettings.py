"""`netpol diff` with a setting for each side."""

import json
from pathlib import Path

import pytest

from tests.cli.process import netpol

BLOCK = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}
"""
ON_CILIUM = """\
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: api, namespace: shop}
spec: {endpointSelector: {}, ingress: [{fromCIDR: [10.0.0.0/8]}]}
"""
SELECTED = BLOCK.replace("ipBlock: {cidr: 10.0.0.0/8}", "namespaceSelector: {}")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    for name, text in {"block.yaml": BLOCK, "cilium.yaml": ON_CILIUM, "selected.yaml": SELECTED}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_one_set_under_two_plugins(here: Path) -> None:
    run = netpol("diff", "block.yaml", "--profile", "calico", "--to-profile", "cilium", cwd=here)

    assert run.returncode == 1
    assert run.stdout.startswith("NARROWER  fewer connections are allowed under cilium than under calico, none more")
    assert "since    ipblock_pods: match under calico (calico issue 6634), never under cilium" in run.stdout
    assert "What to write instead, so that it means the same under both" in run.stdout
    assert "ipblock_pods: mean pods by podSelector" in run.stdout


@pytest.mark.parametrize("format_", ["html", "markdown"])
def test_reports_for_readers_say_which_switch_it_is_and_what_to_write(here: Path, format_: str) -> None:
    run = netpol("diff", "block.yaml", "--profile", "calico", "--to-profile", "cilium", "-o", format_, cwd=here)

    said = run.stdout.replace("\\", "")
    assert "ipblock_pods: match under calico (calico issue 6634), never under cilium" in said
    assert "What to write instead" in said
    assert "mean pods by podSelector and namespaceSelector" in said


def test_standard_input_is_read_once_for_both(here: Path) -> None:
    both = ("diff", "-", "--profile", "calico", "--to-profile", "cilium")

    assert netpol(*both, cwd=here, stdin=BLOCK).returncode == 1
    assert netpol(*both, cwd=here, stdin=SELECTED).returncode == 0
    assert netpol("diff", "-", "-", cwd=here, stdin=BLOCK).returncode == 2


def test_what_plugins_read_alike_is_equivalent(here: Path) -> None:
    run = netpol("diff", "selected.yaml", "--profile", "calico", "--to-profile", "cilium", cwd=here)

    assert run.returncode == 0
    assert "the same connections are allowed under calico and under cilium" in run.stdout


def test_one_switch_of_the_new_side(here: Path) -> None:
    run = netpol("diff", "block.yaml", "--set", "ipblock_pods=match", "--to-set", "ipblock_pods=never", cwd=here)

    assert run.returncode == 1
    assert "under the setting of NEW than under the setting of OLD" in run.stdout


def test_a_translation_into_another_dialect_is_validated(here: Path) -> None:
    """Each side is read as its plugin does: an ipBlock holds no pod on Cilium, so this is no translation of it."""
    both = ("diff", "block.yaml", "cilium.yaml", "--to-profile", "cilium")

    assert netpol(*both, "--profile", "cilium", cwd=here).returncode == 0
    assert netpol(*both, "--profile", "calico", cwd=here).returncode == 1
    unknown = netpol(*both, cwd=here)
    assert unknown.returncode == 3
    assert "decide with --set ipblock_pods=match|never, or --profile" in unknown.stdout


def test_what_is_said_of_the_old_plugin_is_not_believed_of_the_new_one(here: Path) -> None:
    (here / "netpol.yaml").write_text(
        "apiVersion: netpol-verifier/v1\nkind: Config\nspec: {profile: calico, switches: {ipblock_pods: match}}\n"
    )

    assert netpol("diff", "block.yaml", "--to-profile", "cilium", cwd=here).returncode == 1
    assert (
        netpol("diff", "block.yaml", "--to-profile", "cilium", "--to-set", "ipblock_pods=match", cwd=here).returncode
        == 0
    )
    assert netpol("diff", "block.yaml", "--to-set", "endport=no", cwd=here).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("block.yaml",), "--to-profile or --to-set"),
        (("block.yaml", "--to-profile", "calcio"), "unknown profile `calcio`"),
        (("block.yaml", "--to-set", "ipblock_pods"), "`--to-set ipblock_pods` is not of the form SWITCH=VALUE"),
        (("block.yaml", "--to-set", "ipblock_pod=match"), "did you mean `ipblock_pods`"),
        (("block.yaml", "--to-set", "external_source=node"), "external_source"),
        (("cilium.yaml", "--to-profile", "calico"), "which is that of another plugin"),
    ],
)
def test_2_and_what_to_do(here: Path, arguments: tuple[str, ...], words: str) -> None:
    run = netpol("diff", *arguments, cwd=here)

    assert (run.returncode, run.stdout) == (2, "")
    assert words in run.stderr


def test_machines_are_told_the_settings(here: Path) -> None:
    run = netpol("diff", "block.yaml", "--profile", "calico", "--to-profile", "cilium", "-o", "json", cwd=here)
    told = json.loads(run.stdout)

    (switch,) = told["settings"]["switches"]
    assert (switch["switch"], switch["old"], switch["new"]) == ("ipblock_pods", "match", "never")
    assert switch["oldSource"] == "calico issue 6634"
    assert [region["since"] for region in told["removed"]] == [["ipblock_pods"]]
    same = json.loads(netpol("diff", "block.yaml", "selected.yaml", "-o", "json", cwd=here).stdout)
    assert same["settings"] is None
