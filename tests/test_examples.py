"""The examples: what their READMEs promise, and that right and wrong differ in one line of one file."""

import difflib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"

MONITORING = ("-e", "only role=monitoring -> app=apiserver : TCP/5000")
WORDPRESS = ("-p", "properties/only-wordpress-reaches-mysql.yaml")
HELIDON = ("-e", "only {app=helidon}/role=frontend -> greeting/app=greeting")

CILIUM = ("-p", "examples/cilium/properties.yaml")
TIERS = ("-p", "examples/admin-tiers/properties.yaml")
MESH = ("-p", "examples/istio/properties.yaml")

CALICO = ("-p", "examples/calico/properties.yaml")

VARIANTS = [
    ("monitoring-5000/good", MONITORING, 0),
    ("monitoring-5000/broken", MONITORING, 1),
    ("monitoring-5000/good", ("-p", "builtin:only-monitoring-reaches-5000"), 0),
    ("monitoring-5000/broken", ("-p", "builtin:only-monitoring-reaches-5000"), 1),
    ("wordpress-mysql/good", WORDPRESS, 0),
    ("wordpress-mysql/broken", WORDPRESS, 1),
    ("helidon-and-or/and", HELIDON, 0),
    ("helidon-and-or/or", HELIDON, 1),
    ("admin-tiers/good", TIERS, 0),
    ("admin-tiers/broken", TIERS, 1),
    ("calico/good", CALICO, 0),
    ("calico/broken", CALICO, 1),
    ("admin-tiers/good", ("-p", "builtin:cluster-wide-deny-metadata"), 0),
    ("admin-tiers/broken", ("-p", "builtin:cluster-wide-deny-metadata"), 1),
    ("admin-tiers/good", ("-p", "builtin:monitoring-reaches-everything"), 0),
    ("admin-tiers/good", ("-p", "builtin:tenants-are-apart-by-default"), 0),
    ("cilium/good", CILIUM, 0),
    ("cilium/broken", CILIUM, 1),
    ("istio/good", MESH, 0),
    ("istio/broken", MESH, 1),
]

CHANGED = [
    ("calico", "good", "broken", "security.yaml"),
    ("monitoring-5000", "good", "broken", "policy.yaml"),
    ("wordpress-mysql", "good", "broken", "policies.yaml"),
    ("helidon-and-or", "and", "or", "policy.yaml"),
    ("admin-tiers", "good", "broken", "admin.yaml"),
    ("cilium", "good", "broken", "policies.yaml"),
    ("istio", "good", "broken", "mesh.yaml"),
]


def netpol(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "verifier", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("variant", "claim", "code"), VARIANTS, ids=[f"{variant} {claim[1]}" for variant, claim, _ in VARIANTS]
)
def test_examples_keep_their_promise(variant: str, claim: tuple[str, str], code: int) -> None:
    done = netpol("check", f"examples/{variant}", *claim)

    assert done.returncode == code, done.stdout + done.stderr


def test_the_good_wordpress_holds_the_starter_properties_too() -> None:
    done = netpol("check", "examples/wordpress-mysql/good")

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("variant", "file"), [("monitoring-5000/broken", "policy.yaml"), ("helidon-and-or/or", "policy.yaml")]
)
def test_the_report_names_the_guilty_file(variant: str, file: str) -> None:
    claim = next(claim for name, claim, _ in VARIANTS if name == variant)

    assert re.search(rf"examples/{variant}/{file}:\d+", netpol("check", f"examples/{variant}", *claim).stdout)


@pytest.mark.parametrize(("example", "right", "wrong", "changed"), CHANGED, ids=[row[0] for row in CHANGED])
def test_variants_differ_in_one_line_of_one_file(example: str, right: str, wrong: str, changed: str) -> None:
    files = sorted(path.name for path in (EXAMPLES / example / right).iterdir())
    assert files == sorted(path.name for path in (EXAMPLES / example / wrong).iterdir())
    texts = {name: [(EXAMPLES / example / side / name).read_text() for side in (right, wrong)] for name in files}

    assert [name for name, (before, after) in texts.items() if before != after] == [changed]
    before, after = (text.splitlines() for text in texts[changed])
    removed = [line for line in difflib.ndiff(before, after) if line.startswith("- ")]
    added = [line for line in difflib.ndiff(before, after) if line.startswith("+ ")]
    assert (len(removed), len(added)) in {(1, 1), (1, 0)}


@pytest.mark.parametrize("example", [row[0] for row in CHANGED])
def test_readmes_show_commands_that_are_tested(example: str) -> None:
    text = (EXAMPLES / example / "README.md").read_text()
    shown = re.findall(r"^    netpol check examples/(\S+)\s+(-[ep]) (?:'([^']*)'|(\S+))$", text, re.MULTILINE)

    assert len(shown) == 2
    tested = {(variant, *claim) for variant, claim, _ in VARIANTS}
    assert {(variant, flag, quoted or plain) for variant, flag, quoted, plain in shown} <= tested


def test_diff_says_what_the_pass_opened() -> None:
    done = netpol("diff", "examples/admin-tiers/good", "examples/admin-tiers/broken")

    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.startswith("WIDER")
    assert "any pod -> 169.254.169.254/32 outside the cluster, every port" in done.stdout


def test_explain_names_the_tier_that_decides() -> None:
    done = netpol("explain", "examples/admin-tiers/good", "blue/app=batch -> 169.254.169.254 : TCP/80")

    assert done.returncode == 1, done.stdout + done.stderr
    assert "ClusterNetworkPolicy no-cloud-metadata (Admin, priority 10) denies it by egress[0].to[0]" in done.stdout


def test_the_clusters_of_the_fleet_differ_in_the_line_that_breaks_one_of_them() -> None:
    folder = EXAMPLES / "fleet"
    texts = {name: (folder / name / "policies.yaml").read_text().splitlines() for name in ("eu-west", "us-east", "lab")}
    changed = [line for line in difflib.ndiff(texts["eu-west"], texts["us-east"]) if line.startswith(("- ", "+ "))]
    done = netpol("fleet", "examples/fleet/fleet.yaml")

    assert texts["eu-west"] == texts["lab"]
    assert changed == ["-     - podSelector: {matchLabels: {app: checkout}}", "+     - podSelector: {}"]
    assert len({(folder / name / "workloads.yaml").read_text() for name in texts}) == 1
    assert done.returncode == 1, done.stdout + done.stderr
    assert "3 clusters: 12 proved, 1 violated\n" in done.stdout
    assert "    netpol fleet examples/fleet/fleet.yaml\n" in (folder / "README.md").read_text()


def test_every_rule_of_the_tiers_has_something_to_decide() -> None:
    done = netpol("lint", "examples/admin-tiers/good")

    assert done.returncode == 0
    assert "0 errors, 1 warning, 3 notes" in done.stdout
    for rule in ("conflicting-priority", "never-reached-rule", "shadowed-by-tier", "baseline-overridden"):
        assert rule not in done.stdout


def test_the_tiers_are_drawn() -> None:
    done = netpol("map", "examples/admin-tiers/good")

    assert done.returncode == 0
    assert "    <- any pod of monitoring: TCP 9100\n" in done.stdout
    assert "  outside 169.254.169.254/32\n    nothing reaches it\n" in done.stdout


def test_the_explanation_says_what_the_others_would_have_said() -> None:
    done = netpol("explain", "examples/admin-tiers/good", "blue/app=batch -> 169.254.169.254 : TCP/80")

    assert "ClusterNetworkPolicy no-cloud-metadata (Admin, priority 10) denies it by egress[0].to[0]" in done.stdout
    assert "otherwise NetworkPolicy blue/out-to-anywhere would admit it by egress[0]" in done.stdout


def test_explain_names_tiers_and_orders_of_calico() -> None:
    done = netpol("explain", "examples/calico/good", "shop/web -> 169.254.169.254 : TCP/80")

    assert done.returncode == 1
    assert "GlobalNetworkPolicy security.metadata (tier security, order 10) denies it by egress[0]" in done.stdout
    assert "otherwise NetworkPolicy shop/everything-out (tier default) would admit it by egress[0]" in done.stdout


def test_diff_says_what_promoting_a_staged_policy_changes() -> None:
    done = netpol("diff", "--staged", "examples/calico/good")

    assert done.returncode == 1
    assert done.stdout.startswith("NARROWER")
    assert "blocked by Calico NetworkPolicy shop/web-out, egress[2]" in done.stdout
    alone = netpol("diff", "examples/calico/good")
    assert (alone.returncode, "missing argument `NEW`" in alone.stderr) == (2, True)
    promoted = netpol("check", "examples/calico/good", "--staged", "-e", "never shop/app=web -> external : TCP")
    assert promoted.returncode == 0


FLEET = ("-p", "examples/fleet/baseline.yaml", "-p", "builtin:dns-always-works",
         "-e", "only shop/app=checkout -> shop/app=payments : TCP/8443")  # fmt: skip
COVERED = {
    "monitoring-5000/good": MONITORING,
    "wordpress-mysql/good": WORDPRESS,
    "helidon-and-or/and": HELIDON,
    "admin-tiers/good": TIERS,
    "calico/good": CALICO,
    "cilium/good": CILIUM,
    "istio/good": MESH,
    "fleet/eu-west": (*FLEET, "-e", "never external -> shop/app=checkout", "--profile", "calico"),
    "fleet/us-east": (*FLEET, "--profile", "calico"),
    "fleet/lab": (*FLEET, "--profile", "cilium", "-u", "inventory"),
}


def covered() -> dict[str, list[str]]:
    """The rows of the table of docs/coverage.md, by example."""
    page = (ROOT / "docs/coverage.md").read_text(encoding="utf-8")
    lines = page.partition("| example | properties |")[2].partition("\n\n")[0].splitlines()[2:]
    rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return {name.strip("`"): cells for name, *cells in rows}


def test_the_coverage_of_every_example_is_documented() -> None:
    assert list(covered()) == list(COVERED)


@pytest.mark.parametrize("example", COVERED)
def test_the_coverage_of_an_example_is_as_documented(example: str) -> None:
    run = netpol("coverage", f"examples/{example}", *COVERED[example], "--limit", "200", "-o", "json")
    told = json.loads(run.stdout)
    share = re.search(r"\([\d.]+ %\)", told["text"])

    assert share is not None
    opening = sum(str(each["opens"]).startswith("opens") for each in told["unnoticed"])
    assert covered()[example] == [
        str(len(told["properties"])),
        str(told["mutants"]),
        f"{told['noticed']} {share.group()}",
        str(told["undecided"]),
        str(opening),
    ]
