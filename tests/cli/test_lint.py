"""`netpol lint`: each row of its exit code table, what chooses and silences rules, and every format."""

import json
import os
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.cli.process import GOOD, netpol
from verifier.cli.group import netpol as group
from verifier.engine.lint.rules import RULES

PAGES = Path(__file__).parents[2] / "docs" / "lint"

NULL = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: all, namespace: shop%s}
spec:
  podSelector:
    matchLabels:
  ingress:
  - {}
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "null.yaml").write_text(NULL % "")
    (tmp_path / "good.yaml").write_text(GOOD)
    return tmp_path


def test_0_when_nothing_is_an_error(here: Path) -> None:
    done = netpol("lint", "good.yaml", cwd=here)

    assert (done.returncode, done.stderr) == (0, "")
    assert "NOTE     no-default-deny  namespace shop has no default deny" in done.stdout
    assert "0 errors, 0 warnings, 1 note\n" in done.stdout


def test_1_when_something_is(here: Path) -> None:
    done = netpol("lint", "null.yaml", cwd=here)

    assert done.returncode == 1
    assert done.stdout.splitlines()[2].startswith("ERROR    null-selector  `spec.podSelector.matchLabels` of")
    assert "   > 6 |     matchLabels:" in done.stdout


@pytest.mark.parametrize(("fail_on", "code"), [("error", 0), ("warning", 1), ("note", 1), ("none", 0)])
def test_fail_on_says_what_gives_1(here: Path, fail_on: str, code: int) -> None:
    done = netpol("lint", "null.yaml", "--no-rule", "null-selector", "--fail-on", fail_on, cwd=here)

    assert done.returncode == code


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("lint", "missing.yaml"), "missing.yaml: no such file or directory"),
        (("lint",), "no manifests"),
        (("lint", "good.yaml", "--rule", "near-mis"), "unknown rule `near-mis`\nhint: did you mean `near-miss`?"),
        (("lint", "good.yaml", "--set", "endport=maybe"), "switch `endport` cannot be `maybe`"),
    ],
)
def test_2_when_the_input_is_at_fault(here: Path, arguments: tuple[str, ...], message: str) -> None:
    done = netpol(*arguments, cwd=here)

    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_the_rules_are_listed(here: Path) -> None:
    done = netpol("lint", "--list", cwd=here)

    assert [line.split()[0] for line in done.stdout.splitlines()] == list(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_the_page_of_a_rule_is_printed(rule: str) -> None:
    run = CliRunner().invoke(group, ["lint", "--explain", rule])

    assert (run.exit_code, run.output) == (0, (PAGES / f"{rule}.md").read_text("utf-8"))


def test_2_where_there_is_no_such_page(here: Path) -> None:
    done = netpol("lint", "--explain", "near-mis", cwd=here)

    assert (done.returncode, done.stdout) == (2, "")
    assert "error: unknown rule `near-mis`\nhint: did you mean `near-miss`?\n" in done.stderr


def test_sarif_links_each_rule_to_its_page(here: Path) -> None:
    log = json.loads(netpol("lint", "null.yaml", "-o", "sarif", cwd=here).stdout)
    found = log["runs"][0]["tool"]["driver"]["rules"]

    assert found
    for rule in found:
        assert (
            rule["helpUri"] == f"https://github.com/netpol-verifier/netpol-verifier/blob/main/docs/lint/{rule['id']}.md"
        )


def test_rules_are_chosen_on_the_command_line(here: Path) -> None:
    done = netpol("lint", "null.yaml", "--rule", "allow-all", "-o", "json", cwd=here)

    assert [finding["rule"] for finding in json.loads(done.stdout)["findings"]] == ["allow-all"]


def test_netpol_yaml_chooses_rules_and_what_fails(here: Path) -> None:
    config = "apiVersion: netpol-verifier/v1\nkind: Config\nspec:\n  manifests: [null.yaml]\n"
    (here / "netpol.yaml").write_text(config + "  lint: {noRules: [null-selector], failOn: note}\n")

    done = netpol("lint", "-o", "json", cwd=here)

    assert done.returncode == 1
    assert [finding["rule"] for finding in json.loads(done.stdout)["findings"]] == ["redundant-policy", "allow-all"]


def test_an_annotation_silences_and_says_why(here: Path) -> None:
    annotation = ", annotations: {netpol-verifier/ignore: 'null-selector: the labels come later'}"
    (here / "null.yaml").write_text(NULL % annotation)

    done = netpol("lint", "null.yaml", cwd=here)

    assert done.returncode == 0
    assert "silenced null-selector  NetworkPolicy shop/all: the labels come later" in done.stdout


def test_json_has_the_shape_that_is_documented(here: Path) -> None:
    done = netpol("lint", "good.yaml", "-o", "json", cwd=here)
    report = json.loads(done.stdout)

    assert (report["version"], report["command"], report["rules"]) == (1, "lint", list(RULES))
    (finding,) = report["findings"]
    assert finding["rule"] == "no-default-deny"
    assert finding["origin"] == {"file": "good.yaml", "line": 3, "column": 18}
    assert finding["witness"]["destination"]["namespace"] == "shop"
    assert report["summary"] == {"error": 0, "warning": 0, "note": 1}


def test_every_format_tells_the_error(here: Path) -> None:
    names = ("markdown", "sarif", "junit", "github", "gitlab")
    netpol("lint", "null.yaml", *(word for name in names for word in ("-o", f"{name}={name}.out")), cwd=here)
    texts = {name: (here / f"{name}.out").read_text() for name in names}

    (result, *_) = json.loads(texts["sarif"])["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("null-selector", "error")
    failed = [
        case.get("name") for case in ET.fromstring(texts["junit"]).iter("testcase") if case.find("failure") is not None
    ]
    assert failed == ["null-selector"]
    assert json.loads(texts["gitlab"])[0]["severity"] == "critical"
    assert "::error file=null.yaml,line=6" in texts["github"]
    assert "| **error** | `null-selector` |" in texts["markdown"]


@pytest.mark.skipif("NETPOL_CORPUS" not in os.environ, reason="NETPOL_CORPUS is not set: no real manifests at hand")
def test_the_mistakes_of_sock_shop_are_found(tmp_path: Path) -> None:
    shop = Path(os.environ["NETPOL_CORPUS"]).resolve() / "sock-shop/deploy/kubernetes"
    done = netpol("lint", str(shop / "manifests"), str(shop / "manifests-policy"), "-o", "json", cwd=tmp_path)
    found = {(f["rule"], f["policy"], f["fix"]) for f in json.loads(done.stdout)["findings"]}

    assert {
        ("near-miss", "NetworkPolicy sock-shop/cart-access", "name: carts"),
        ("near-miss", "NetworkPolicy sock-shop/carts-db-access", "name: carts"),
        ("null-selector", "NetworkPolicy sock-shop/cortex-access", None),
        ("legacy-annotation", "Namespace sock-shop", None),
    } <= found


@pytest.mark.skipif("NETPOL_CORPUS" not in os.environ, reason="NETPOL_CORPUS is not set: no real manifests at hand")
def test_a_documented_policy_selects_a_label_that_no_pod_of_its_set_has(tmp_path: Path) -> None:
    done = netpol("lint", str(Path(os.environ["NETPOL_CORPUS"]).resolve() / "k8s-website"), "-o", "json", cwd=tmp_path)

    assert ("dead-subject", "NetworkPolicy default/access-nginx") in {
        (f["rule"], f["policy"]) for f in json.loads(done.stdout)["findings"]
    }


def test_3_when_a_rule_that_could_fail_the_run_was_not_decided(here: Path) -> None:
    found = netpol("lint", "good.yaml", "--rlimit", "1", cwd=here)
    quiet = netpol("lint", "good.yaml", "--rlimit", "1", "-q", cwd=here)

    assert found.returncode == quiet.returncode == 3
    assert "warning: not decided: inert-policy, inert-rule" in found.stderr
    for done in (found, quiet):
        assert "Not covered: what these rules look for, which were not decided: inert-policy" in done.stdout


def test_a_rule_that_could_not_fail_the_run_may_stay_undecided(here: Path) -> None:
    for more in (("--fail-on", "none"), ("--rule", "redundant-policy")):
        assert netpol("lint", "good.yaml", "--rlimit", "1", *more, cwd=here).returncode == 0
    strict = netpol(
        "lint", "good.yaml", "--rlimit", "1", "--rule", "redundant-policy", "--fail-on", "warning", cwd=here
    )
    assert strict.returncode == 3


def test_what_was_found_counts_though_another_rule_was_not_decided(here: Path) -> None:
    assert netpol("lint", "null.yaml", "--rlimit", "1", cwd=here).returncode == 1


ROOT_OF_MESH = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: '{"rootNamespace": "%s"}'}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: mesh}
spec: {mtls: {mode: PERMISSIVE}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec: {rules: [{from: [{source: {namespaces: [shop]}}]}]}
"""


@pytest.mark.parametrize(("root", "told"), [("mesh", True), ("other", False)])
def test_policies_of_a_mesh_are_looked_at_under_its_own_root_namespace(here: Path, root: str, told: bool) -> None:
    (here / "mesh.yaml").write_text(ROOT_OF_MESH % root)
    done = netpol("lint", "mesh.yaml", "--rule", "mesh-permissive", cwd=here)

    assert ("mesh-permissive" in done.stdout) is told, done.stdout + done.stderr
