"""Each row of the exit code table of `netpol check`, and the two streams, by processes of their own."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.process import GOOD, POD, PROVED, VACUOUS, VIOLATED, netpol

ONLY_ON_ONE_SETTING = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec:
  podSelector: {}
  ingress:
  - from:
    - ipBlock: {cidr: 10.0.0.0/8}
"""

PROPERTIES = """\
apiVersion: netpol-verifier/v1
kind: Properties
metadata: {name: shop}
spec:
  properties:
  - name: nobody-reaches-api
    severity: %s
    never:
      to: [{namespaces: [shop], podSelector: {matchLabels: {app: api}}}]
"""


def test_0_when_all_is_proved(tmp_path: Path) -> None:
    done = netpol("check", "-", "-e", PROVED, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "1 policy, 0 workloads, 1 namespace, 1 property"
    assert f"PROVED    {PROVED}\n" in done.stdout
    assert "1 proved\n" in done.stdout
    assert done.stderr == ""


def test_1_when_one_is_violated(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(GOOD)
    done = netpol("check", "shop.yaml", "-e", PROVED, "-e", VIOLATED, cwd=tmp_path)

    assert done.returncode == 1, done.stderr
    assert f"VIOLATED  {VIOLATED}\n" in done.stdout
    assert "NetworkPolicy shop/api admits it by ingress[0].from[0]:\n   shop.yaml:13\n" in done.stdout
    assert "   > 13 |     - podSelector: {matchLabels: {role: monitoring}}" in done.stdout
    assert "1 proved, 1 violated" in done.stdout


def test_2_when_a_property_is_vacuous(tmp_path: Path) -> None:
    done = netpol("check", "-", "-u", "inventory", "-e", VACUOUS, cwd=tmp_path, stdin=GOOD + POD)

    assert done.returncode == 2, done.stderr
    assert f"VACUOUS   {VACUOUS}\n" in done.stdout


def test_3_when_the_verdict_depends_on_a_switch(tmp_path: Path) -> None:
    claim = "never other/* -> shop/*"
    done = netpol("check", "-", "-e", claim, cwd=tmp_path, stdin=ONLY_ON_ONE_SETTING)

    assert done.returncode == 3, done.stderr
    assert "depends on `ipblock_pods`" in done.stdout
    assert "if     ipblock_pods = match" in done.stdout


def test_fixing_the_switch_decides(tmp_path: Path) -> None:
    codes = [
        netpol(
            "check", "-", "-e", "never other/* -> shop/*", "--set", f"ipblock_pods={value}",
            cwd=tmp_path, stdin=ONLY_ON_ONE_SETTING,
        ).returncode
        for value in ("never", "match")
    ]  # fmt: skip

    assert codes == [0, 1]


def test_3_when_a_limit_is_reached(tmp_path: Path) -> None:
    done = netpol("check", "-", "-e", PROVED, "--timeout", "0.000001", cwd=tmp_path)

    assert done.returncode == 3, done.stdout + done.stderr
    assert "UNKNOWN" in done.stdout


def test_violated_outweighs_undecided_and_vacuous_outweighs_both(tmp_path: Path) -> None:
    undecided, violated = "never other/* -> shop/*", "never 10.0.0.0/8 -> shop/*"
    both = netpol("check", "-", "-e", undecided, "-e", violated, cwd=tmp_path, stdin=ONLY_ON_ONE_SETTING)
    all_three = netpol(
        "check", "-", "-u", "inventory", "-e", violated, "-e", VACUOUS, cwd=tmp_path, stdin=ONLY_ON_ONE_SETTING + POD
    )

    assert both.returncode == 1, both.stdout
    assert all_three.returncode == 2, all_three.stdout


def test_4_when_we_are_at_fault(tmp_path: Path) -> None:
    broken = (
        "import verifier.engine.check.check as engine\n"
        "def boom(*a, **k): raise RuntimeError('the \\x1b floor is lava')\n"
        "engine.report = boom\n"
        "from verifier.cli import main\n"
        "main()\n"
    )
    done = netpol("check", "-", "-e", PROVED, cwd=tmp_path, program=("-c", broken), TMPDIR=str(tmp_path))

    assert done.returncode == 4
    assert done.stdout == ""
    assert done.stderr.startswith("netpol: internal error: RuntimeError: the \\x1b floor is lava (details in ")
    assert done.stderr.count("\n") == 1
    assert "https://" in done.stderr
    [details] = tmp_path.glob("netpol-crash-*.txt")
    assert "Traceback" in details.read_text()


def test_the_traceback_is_shown_with_debug_only(tmp_path: Path) -> None:
    broken = (
        "import verifier.engine.check.check as engine\nengine.report = None\nfrom verifier.cli import main\nmain()\n"
    )
    done = netpol("check", "-", "-e", PROVED, "--debug", cwd=tmp_path, program=("-c", broken), TMPDIR=str(tmp_path))

    assert done.returncode == 4
    assert "Traceback" in done.stderr


def test_a_warning_never_fails_the_run(tmp_path: Path) -> None:
    codes = {}
    for severity in ("warning", "error"):
        (tmp_path / "p.yaml").write_text(PROPERTIES % severity)
        codes[severity] = netpol("check", "-", "-p", "p.yaml", cwd=tmp_path).returncode

    assert codes == {"warning": 0, "error": 1}


def test_without_properties_the_starter_set_is_checked(tmp_path: Path) -> None:
    done = netpol("check", "-", "-o", "json", cwd=tmp_path)

    names = [result["property"] for result in json.loads(done.stdout)["results"]]
    assert names == ["default-deny", "no-cloud-metadata", "dns-always-works"]
    assert "starter set" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "-", "--frobnicate"], "no such option"),
        (["chekc", "-"], "did you mean `check`?"),
        (["check", "-", "-o", "jsn"], "did you mean `json`?"),
        (["check", "-", "-o", "text", "-o", "json"], "only one format can go to standard output"),
        (["check", "-", "-o", "json=no/such/dir/x.json"], "the directory does not exist"),
        (["check", "-", "--set", "ipblok_pods=match"], "did you mean `ipblock_pods`?"),
        (["check", "-", "--set", "ipblock_pods"], "SWITCH=VALUE"),
        (["check", "-", "--profile", "flannel"], "unknown profile `flannel`"),
        (["check", "-", "--timeout", "-1"], "not a positive number of seconds"),
        (["check", "-", "--timeout", "nan"], "not a positive number of seconds"),
        (["check", "-", "-u", "opne"], "did you mean `open`?"),
        (["check", "-", "-p", "missing.yaml"], "missing.yaml"),
        (["check", "-", "-p", "builtin:default-dney"], "did you mean `builtin:default-deny`?"),
        (["check", "missing/"], "missing"),
        (["check"], "no manifests"),
        (["check", "-", "--config", "missing.yaml"], "missing.yaml"),
    ],
)
def test_2_and_one_clear_message_for_a_wrong_command_line(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = netpol(*arguments, cwd=tmp_path)

    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1\n", "<stdin>:"),
        ("", "neither a policy nor a workload"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n", "neither a policy nor a workload"),
        (GOOD.replace("podSelector: {matchLabels", "podSelecter: {matchLabels"), "did you mean `podSelector`?"),
    ],
)
def test_2_and_the_place_for_bad_input(tmp_path: Path, text: str, said: str) -> None:
    done = netpol("check", "-", "-e", PROVED, cwd=tmp_path, stdin=text)

    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr
    assert done.stdout == ""


def test_mistakes_of_manifests_universe_and_properties_are_listed_together(tmp_path: Path) -> None:
    done = netpol("check", "no-such-dir", "-e", "sometimes a -> b", "-u", "nowhere.yaml", cwd=tmp_path)

    assert done.returncode == 2
    assert all(word in done.stderr for word in ("no-such-dir", "sometimes", "nowhere.yaml"))
    assert len([line for line in done.stderr.splitlines() if not line.startswith(("hint:", "  "))]) == 3


def test_errors_of_the_input_stand_in_the_json_report_too(tmp_path: Path) -> None:
    done = netpol("check", "missing.yaml", "-e", PROVED, "-o", "json", cwd=tmp_path)

    report = json.loads(done.stdout)
    assert done.returncode == 2
    assert [error["file"] for error in report["errors"]] == ["missing.yaml"]
    assert report["results"] == []
    assert "missing.yaml" in done.stderr


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    runs = [netpol("check", "-", "-e", VIOLATED, "-e", PROVED, cwd=tmp_path, PYTHONHASHSEED=seed) for seed in "12"]

    assert runs[0].stdout == runs[1].stdout
    assert "VIOLATED" in runs[0].stdout


def test_verbose_speaks_on_stderr_and_leaves_the_report_alone(tmp_path: Path) -> None:
    quiet, loud = (netpol("check", "-", "-e", PROVED, *more, cwd=tmp_path) for more in ((), ("-v",)))

    assert loud.stdout == quiet.stdout
    assert re.search(r"^reading +\d+\.\d+ s +\d+ %$", loud.stderr, re.MULTILINE)


def test_verbose_counts_what_was_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "k" / "node_modules").mkdir(parents=True)
    (tmp_path / "k" / "package.json").write_text("{}")
    (tmp_path / "k" / "shop.yaml").write_text(GOOD + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n")

    done = netpol("check", "k", "-e", PROVED, "-v", cwd=tmp_path)

    assert "\npassed over 1 ConfigMap\nleft out 1: k/node_modules\n" in done.stderr


def test_quiet_shows_the_tally_alone_when_all_is_proved(tmp_path: Path) -> None:
    done = netpol("check", "-", "-e", PROVED, "-q", cwd=tmp_path)

    assert done.stdout == "1 proved\n"


def test_files_get_their_format_and_stdout_the_other(tmp_path: Path) -> None:
    done = netpol("check", "-", "-e", PROVED, "-o", "text", "-o", "json=report.json", cwd=tmp_path)

    assert "PROVED" in done.stdout
    assert json.loads((tmp_path / "report.json").read_text())["summary"]["proved"] == 1
    assert done.stderr == "wrote the json report to report.json\n"
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_the_namespace_of_policies_that_name_none_is_suggested(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(GOOD.replace(", namespace: shop", ""))
    (tmp_path / "pod.yaml").write_text(POD)

    forgotten = netpol("check", "policy.yaml", "pod.yaml", "-e", PROVED, cwd=tmp_path)
    given = netpol("check", "policy.yaml", "pod.yaml", "-e", PROVED, "-n", "shop", cwd=tmp_path)

    assert forgotten.returncode == 1
    assert "narrower claim that holds: -n shop\n" in forgotten.stdout
    assert given.returncode == 0


def test_policies_that_are_passed_over_are_not_covered(tmp_path: Path) -> None:
    strange = "---\napiVersion: example.com/v1\nkind: StrangeNetworkPolicy\nmetadata: {name: x}\n"

    done = netpol("check", "-", "-e", PROVED, "--skip-unknown", "-o", "json", cwd=tmp_path, stdin=GOOD + strange)

    assert done.returncode == 0, done.stderr
    told = "what StrangeNetworkPolicy x decides, which is not understood and was passed over"
    assert told in json.loads(done.stdout)["notCovered"]


def test_a_dash_is_standard_output(tmp_path: Path) -> None:
    done = netpol("check", "-", "-e", PROVED, "-o", "json=-", cwd=tmp_path)

    assert json.loads(done.stdout)["summary"]["proved"] == 1
    assert list(tmp_path.iterdir()) == []


def test_dump_writes_what_the_solver_was_asked(tmp_path: Path) -> None:
    done = netpol("check", "-", "-e", PROVED, "--dump-smt2", "dump", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    scripts = list((tmp_path / "dump").glob("*.smt2"))
    assert scripts
    assert all("(check-sat" in script.read_text() for script in scripts)
