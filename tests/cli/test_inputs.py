"""Commands that look at one set of manifests read all that they are given, and list every mistake of it; limits hold
for whatever they ask."""

from pathlib import Path

import pytest

from tests.cli.process import GOOD, POD, netpol

BROKEN = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\nspec: {podSelector: 3}\n"
TIER = """\
---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: NAME}
spec:
  tier: Admin
  priority: 1
  subject: {namespaces: {}}
  ingress: [{action: ACTION, from: [{namespaces: {matchLabels: {team: TEAM}}}]}]
"""
TIES = "".join(
    TIER.replace("NAME", name).replace("ACTION", action).replace("TEAM", team)
    for name, action, team in (("a", "Accept", "ops"), ("b", "Deny", "dev"))
)
WHAT = {
    "explain": ("explain", "MANIFESTS", "shop/web -> shop/api:TCP/80"),
    "map": ("map", "MANIFESTS", "--from", "shop/web", "--to", "shop/a in (", "--port", "TCP/http"),
    "lint": ("lint", "MANIFESTS", "--no-rule", "allow-al"),
    "init": ("init", "MANIFESTS", "--file", "-"),
}
MORE = {
    "explain": ["` : ` and a port are missing"],
    "map": ["`)` is missing", "a port name is not one port"],
    "lint": ["unknown rule `allow-al`"],
    "init": [],
}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "good.yaml").write_text(GOOD + POD)
    (tmp_path / "broken.yaml").write_text(BROKEN)
    (tmp_path / "ties.yaml").write_text(TIES)
    (tmp_path / "empty.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n")
    return tmp_path


def asked(command: str, manifests: str, *more: str) -> list[str]:
    return [*(manifests if word == "MANIFESTS" else word for word in WHAT[command]), *more]


@pytest.mark.parametrize("command", WHAT)
def test_every_mistake_of_the_input_is_listed(here: Path, command: str) -> None:
    done = netpol(*asked(command, "broken.yaml", "-u", "nowhere.yaml", "--set", "sctp=maybe"), cwd=here)

    assert (done.returncode, done.stdout) == (2, "")
    for message in ("nowhere.yaml", "switch `sctp` cannot be `maybe`", "broken.yaml:4:", *MORE[command]):
        assert message in done.stderr


@pytest.mark.parametrize("manifests", ["broken.yaml", "empty.yaml", "gone.yaml"])
@pytest.mark.parametrize("command", ["explain", "map"])
def test_no_name_is_missed_in_manifests_that_could_not_be_read(here: Path, command: str, manifests: str) -> None:
    done = netpol(*asked(command, manifests), cwd=here)

    assert manifests in done.stderr
    assert "no workload" not in done.stderr


@pytest.mark.parametrize("text", ["shop/web -> shop/db : TCP/http", "shop/pod/web -> shop/db : UDP/53"])
def test_a_connection_is_not_at_fault_where_nobody_knows_the_workloads(here: Path, text: str) -> None:
    done = netpol("explain", "broken.yaml", text, cwd=here)

    assert done.returncode == 2
    assert done.stderr.count("hint") == netpol("lint", "broken.yaml", cwd=here).stderr.count("hint")
    assert "web" not in done.stderr


def test_every_choice_is_looked_at(here: Path) -> None:
    done = netpol("map", "good.yaml", "--focus", "apy", "--from", "wob", "--to", "a in (", cwd=here)

    assert all(f"no workload is called `{name}`" in done.stderr for name in ("apy", "wob"))
    assert done.stderr.count("\n  a in (\n") == 1


@pytest.mark.parametrize("command", [["map"], ["explain", "192.0.2.1 -> shop/{} : TCP/80"]])
@pytest.mark.parametrize("limit", [["--timeout", "0.000001"], ["--rlimit", "1"]])
def test_limits_hold_for_what_is_asked_first(here: Path, command: list[str], limit: list[str]) -> None:
    name, *rest = command
    reject = ("--set", "same_priority=reject")
    settled = netpol(name, "ties.yaml", *rest, *reject, cwd=here)
    limited = netpol(name, "ties.yaml", *rest, *reject, *limit, cwd=here)

    assert settled.returncode in (0, 1)
    assert limited.returncode == 3
    assert "netpol: undecided" in limited.stderr
