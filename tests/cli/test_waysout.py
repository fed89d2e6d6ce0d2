"""Where manifests are refused, the line that is offered does get past the refusal, pasted into a shell as it stands."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.process import GOOD, POD, PROVED, environment, netpol
from tests.repository import Repository

OTHER = GOOD.partition("---\n")[2].replace("5000", "6000")
BROKEN = "kind: {a: b\n"
OLD = OTHER.replace("networking.k8s.io/v1", "extensions/v1beta1")
UNKNOWN = "apiVersion: k8s.ovn.org/v1\nkind: EgressFirewall\nmetadata: {name: default, namespace: shop}\n"
_HINT = re.compile(r"^note: a line that gets past (?:this|all of these): .*\nhint: (.*)$", re.MULTILINE)


def lines_offered(stderr: str) -> list[str]:
    return _HINT.findall(stderr)


def paste(line: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """What a shell makes of the line."""
    script = f'netpol() {{ "{sys.executable}" -m verifier "$@"; }}\n{line}\n'
    return subprocess.run(
        ["bash", "-c", script], cwd=cwd, env=environment(), capture_output=True, encoding="utf-8", check=False
    )


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


ALPHA = """\
apiVersion: policy.networking.k8s.io/v1alpha%s
kind: %sNetworkPolicy
metadata: {name: a}
spec:
  priority: 1
  subject: {namespaces: {}}
"""

REFUSED: dict[str, tuple[dict[str, str], list[str]]] = {
    "variants beside each other": (
        {"k8s/api.yaml": GOOD, "k8s/api-2.yaml": OTHER},
        ["--exclude k8s/api-2.yaml", "--duplicates last"],
    ),
    "an example of what is deployed": (
        {"k8s/deploy/all.yaml": GOOD, "k8s/examples/np/all.yaml": OTHER},
        ["--exclude k8s/examples/", "--duplicates last"],
    ),
    "an example that is read first": (
        {"k8s/examples/np/all.yaml": OTHER, "k8s/live/all.yaml": GOOD},
        ["--exclude k8s/examples/", "--duplicates last"],
    ),
    "two in one file": ({"k8s/all.yaml": GOOD + "---\n" + OTHER, "k8s/pod.yaml": POD}, ["--duplicates last"]),
    "two whole variants": (
        {
            **{f"k8s/a/{name}.yaml": GOOD.replace("name: api,", f"name: {name},") for name in ("v", "w")},
            **{f"k8s/b/{name}.yaml": OTHER.replace("name: api,", f"name: {name},") for name in ("v", "w")},
            "k8s/b/pod.yaml": POD,
        },
        ["--exclude k8s/b/", "--duplicates last"],
    ),
    "text that is no YAML": ({"k8s/api.yaml": GOOD, "k8s/values.yaml": BROKEN}, ["--exclude k8s/values.yaml"]),
    "an old version, in tests": (
        {"k8s/api.yaml": GOOD, "k8s/test/a/old.yaml": OLD, "k8s/test/b/old.yaml": OLD},
        ["--exclude k8s/test/"],
    ),
    "what is not understood": ({"k8s/api.yaml": GOOD, "k8s/firewall.yaml": UNKNOWN}, ["--skip-unknown"]),
    "two versions, of which nobody says which come first": (
        {
            "k8s/api.yaml": GOOD,
            "k8s/one.yaml": ALPHA % ("1", "Admin"),
            "k8s/two.yaml": ALPHA % ("2", "Cluster") + "  tier: Admin\n",
        },
        ["--set mixed_tiers=v1alpha1_first", "--set mixed_tiers=v1alpha2_first"],
    ),
    "all of it, one behind the other": (
        {"k8s/api.yaml": GOOD, "k8s/api-2.yaml": OTHER, "k8s/x.yaml": BROKEN, "k8s/y.yaml": UNKNOWN},
        [
            "--exclude k8s/x.yaml --exclude k8s/api-2.yaml --skip-unknown",
            "--exclude k8s/x.yaml --duplicates last --skip-unknown",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), REFUSED.values(), ids=REFUSED)
def test_each_line_that_is_offered_gets_past_the_refusal(
    files: dict[str, str], expected: list[str], tmp_path: Path
) -> None:
    written(tmp_path, files)

    refused = netpol("check", "k8s", "-e", PROVED, cwd=tmp_path)

    assert refused.returncode == 2
    offered = lines_offered(refused.stderr)
    assert offered == [f"netpol check k8s -e '{PROVED}' {more}" for more in expected]
    for line in offered:
        done = paste(line, tmp_path)
        assert done.returncode in (0, 1, 2), done.stderr
        assert "PROVED" in done.stdout or "VACUOUS" in done.stdout, done.stderr
        assert "error" not in done.stderr


def test_standard_input_is_offered_what_can_be_said_of_it(tmp_path: Path) -> None:
    for text, more in (
        (GOOD + "---\n" + OTHER + "---\n" + POD, "--duplicates last"),
        (GOOD + "---\n" + UNKNOWN, "--skip-unknown"),
    ):
        refused = netpol("check", "-", "-e", PROVED, cwd=tmp_path, stdin=text)

        assert lines_offered(refused.stderr) == [f"netpol check - -e '{PROVED}' {more}"]
        done = netpol("check", "-", "-e", PROVED, *more.split(), cwd=tmp_path, stdin=text)
        assert done.returncode in (0, 1, 2)
        assert "error" not in done.stderr


def test_files_of_a_revision_are_left_out_too(tmp_path: Path) -> None:
    made = Repository.at(tmp_path)
    made.commit({"k8s/api.yaml": GOOD + POD, "k8s/api-2.yaml": OTHER, "k8s/sub/x.yaml": BROKEN})
    made.write({"k8s/api.yaml": None, "k8s/api-2.yaml": None, "k8s/sub/x.yaml": None, "other/pod.yaml": POD})

    for folder, path in ((tmp_path, "main:k8s"), (tmp_path / "other", "main:../k8s")):
        offered = lines_offered(netpol("check", path, "-e", PROVED, cwd=folder).stderr)

        assert len(offered) == 2
        for line in offered:
            assert paste(line, folder).returncode == 0


NAMES = (
    "it's.yaml", "a b.yaml", "$(touch pwned).yaml", "`touch pwned`.yaml", "*.yaml", "[a].yaml", "a?.yaml", "!a.yaml",
    "#a.yaml", "-a.yaml", "--exclude.yaml", "a;touch pwned;.yaml", "back\\slash.yaml", "é漢.yaml", "a\u202eb.yaml",
    "a\x1b[2J.yaml", '"q".yaml', "a\tb.yaml", "{a,b}.yaml", "~.yaml", "a&b|c>d.yaml",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_left_out_and_nothing_else(name: str, tmp_path: Path) -> None:
    written(
        tmp_path,
        {"k8s/zz.yaml": GOOD + POD, f"k8s/{name}": BROKEN, "k8s/aa.yaml": POD.replace("name: api", "name: aa")},
    )

    for command in (("lint", "k8s"), ("check", "k8s", "-e", PROVED)):
        offered = lines_offered(netpol(*command, cwd=tmp_path).stderr)

        assert len(offered) == 1
        assert offered[0].isprintable()
        done = paste(offered[0], tmp_path)
        assert done.returncode in (0, 1), done.stderr
        assert "1 policy, 2 workloads" in done.stdout
        assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("folder", ["a b", "$(touch pwned)", "*", "!x", "é", "-x"])
def test_a_directory_of_examples_below_a_hostile_one_is_left_out(folder: str, tmp_path: Path) -> None:
    written(tmp_path, {f"{folder}/live.yaml": GOOD + POD, f"{folder}/examples/x.yaml": OTHER})

    [line, _] = lines_offered(netpol("check", "-e", PROVED, "--", folder, cwd=tmp_path).stderr)
    done = paste(line, tmp_path)

    assert done.returncode == 0, done.stderr
    assert "left out on purpose: " in done.stdout
    assert not (tmp_path / "pwned").exists()


def test_what_a_configuration_leaves_out_stays_left_out(tmp_path: Path) -> None:
    written(tmp_path, {"k8s/api.yaml": GOOD, "k8s/api-2.yaml": OTHER, "k8s/b.yaml": BROKEN})
    config = "apiVersion: netpol-verifier/v1\nkind: Config\nspec: {manifests: [k8s], exclude: ['b.yaml']}\n"
    (tmp_path / "netpol.yaml").write_text(config)

    [line, _] = lines_offered(netpol("check", "-e", PROVED, cwd=tmp_path).stderr)

    assert line.endswith("--exclude b.yaml --exclude k8s/api-2.yaml")
    assert paste(line, tmp_path).returncode == 0


COMMANDS = (
    ("diff", "old", "k8s"),
    ("lint", "k8s"),
    ("map", "k8s"),
    ("init", "k8s", "--file", "-"),
    ("explain", "k8s", "shop/a=b -> shop/app=api : TCP/5000"),
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_offers_it(command: tuple[str, ...], tmp_path: Path) -> None:
    written(tmp_path, {"old/api.yaml": GOOD + POD, "k8s/api.yaml": GOOD + POD, "k8s/api-2.yaml": OTHER})

    offered = lines_offered(netpol(*command, cwd=tmp_path).stderr)

    assert len(offered) == 2
    for line in offered:
        assert line.startswith(f"netpol {command[0]} ")
        assert paste(line, tmp_path).returncode in (0, 1, 3)


def test_machine_formats_have_the_line_too(tmp_path: Path) -> None:
    written(tmp_path, {"k8s/api.yaml": GOOD, "k8s/api-2.yaml": OTHER})

    done = netpol("check", "k8s", "-o", "json", cwd=tmp_path)

    assert "--exclude k8s/api-2.yaml" in json.dumps(json.loads(done.stdout)["warnings"])


@pytest.mark.parametrize(
    ("files", "arguments"),
    [
        ({"k8s/api.yaml": BROKEN}, ("k8s",)),
        ({"k8s/api.yaml": GOOD}, ("nowhere",)),
        ({"k8s/api.yaml": GOOD}, ("k8s", "-p", "nowhere.yaml")),
        ({"k8s/api.yaml": GOOD, "k8s/x.yaml": BROKEN}, ("k8s", "-e", "never a -> b -> c")),
        ({"k8s/api.yaml": GOOD}, ("k8s", "-")),
    ],
    ids=["nothing would be left", "no such path", "no such property", "a broken claim besides", "standard input"],
)
def test_no_line_is_offered_that_would_not_help(
    files: dict[str, str], arguments: tuple[str, ...], tmp_path: Path
) -> None:
    written(tmp_path, files)

    done = netpol("check", *arguments, cwd=tmp_path, stdin=BROKEN)

    assert done.returncode == 2
    assert lines_offered(done.stderr) == []


def test_what_is_left_out_stands_in_every_report(tmp_path: Path) -> None:
    written(tmp_path, {"k8s/api.yaml": GOOD + POD, "k8s/api-2.yaml": OTHER})
    formats = ("text", "json", "markdown", "sarif", "junit", "github", "gitlab")
    outputs = [word for name in formats for word in ("-o", f"{name}=report.{name}")]

    netpol("check", "k8s", "-e", PROVED, "--exclude", "k8s/api-2.yaml", *outputs, cwd=tmp_path)

    for name in formats:
        assert "left out on purpose: k8s/api-2.yaml" in (tmp_path / f"report.{name}").read_text(), name
