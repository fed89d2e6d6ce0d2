"""What manifests and paths hold cannot steer whoever reads the output: terminals, and CI systems that read logs."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.process import GOOD, PROVED, environment, netpol

COMMAND = "::error::injected"

MISTAKES = {
    "a repeated key": 'apiVersion: v1\nkind: Pod\nmetadata: {"a\\n%s": 1, "a\\n%s": 2}',
    "a tag that does not fit": 'apiVersion: v1\nkind: Pod\nmetadata: !!int "a\\n%s"',
    "an unknown field": GOOD + '---\n{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, "a\\n%s": 1}',
    "a bad name": 'apiVersion: v1\nkind: Namespace\nmetadata: {name: "a\\n%s"}',
    "a bad operator": GOOD.replace("{app: api}", '{app: "a\\n%s"}'),
    "an unknown kind": 'apiVersion: "x/v1"\nkind: "a\\n%sNetworkPolicy"\nmetadata: {name: a}',
}


@pytest.mark.parametrize("text", MISTAKES.values(), ids=MISTAKES)
def test_no_text_of_a_manifest_begins_a_line_of_the_log(tmp_path: Path, text: str) -> None:
    done = netpol("check", "-", "-e", PROVED, cwd=tmp_path, stdin=text.replace("%s", COMMAND))

    assert done.returncode == 2
    assert COMMAND in done.stderr
    assert not [line for line in done.stderr.splitlines() if line.strip().startswith("::")]


@pytest.mark.parametrize("form", ["text", "json", "markdown", "sarif", "junit", "github", "gitlab"])
def test_paths_of_any_name_steer_nothing(tmp_path: Path, form: str) -> None:
    folder = tmp_path / "k"
    folder.mkdir()
    (folder / f"a\n{COMMAND}.yaml").write_text(GOOD)
    (folder / "b\x1b[2J\udcff.yaml").write_text(GOOD.replace("name: api,", "name: other,"))
    (folder / "c\x1b[2J.yaml.tpl.yaml").write_text("{{ x }}")

    done = netpol("check", "k", "-e", PROVED, "-v", "-o", form, "--exclude", "*.tpl.yaml", cwd=tmp_path)

    said = done.stdout + done.stderr
    assert done.returncode == 1 or done.returncode == 0, done.stderr
    assert "\x1b" not in said
    assert not [line for line in said.splitlines() if line.strip().startswith("::error::injected")]


@pytest.mark.parametrize("revision", ["--output=pwned", "-p", "--upload-pack=touch pwned", "HEAD\nHEAD", "@{-1}"])
def test_revisions_that_look_like_something_else_are_none(tmp_path: Path, revision: str) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "m.yaml").write_text(GOOD)

    for arguments in (["check", "--", f"{revision}:k"], ["gate", f"--base={revision}", "m.yaml"]):
        done = netpol(*arguments, cwd=tmp_path)

        assert (done.returncode, done.stdout) == (2, "")
        assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == [".git", "m.yaml"]


def test_modules_in_the_directory_that_is_checked_are_not_run(tmp_path: Path) -> None:
    """As the installed program runs: its own folder comes first, not the working directory."""
    for name in ("yaml", "z3", "click", "json", "cvc5"):
        (tmp_path / f"{name}.py").write_text("open('pwned', 'w')\n")
    (tmp_path / "m.yaml").write_text(GOOD)
    program = Path(sys.executable).parent / "netpol"
    command = [str(program)] if program.exists() else [sys.executable, "-P", "-m", "verifier"]

    done = subprocess.run(
        [*command, "check", "m.yaml", "-e", PROVED],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "pwned").exists()
