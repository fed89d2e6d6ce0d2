import importlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.cli.process import environment, netpol
from verifier.cli.group import COMMANDS
from verifier.cli.inputs.grouped import GROUPS

KUBECTL = ("-c", "from verifier.cli.kubectl import main; main()")


def words(tmp_path: Path, *typed: str) -> list[str]:
    """What kubectl is offered after `kubectl netpol` and `typed`, whose last word is not finished."""
    done = netpol(*typed, cwd=tmp_path, program=KUBECTL)
    assert (done.returncode, done.stderr) == (0, "")
    return [line.split("\t")[0] for line in done.stdout.splitlines()]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "kubectl"])
def test_each_script_asks_netpol_back(tmp_path: Path, shell: str) -> None:
    done = netpol("completion", shell, cwd=tmp_path)

    assert done.returncode == 0
    assert f"_NETPOL_COMPLETE={shell}_complete" in done.stdout


def test_an_unknown_shell_is_a_usage_error(tmp_path: Path) -> None:
    done = netpol("completion", "tcsh", cwd=tmp_path)

    assert done.returncode == 2
    assert "tcsh" in done.stderr


@pytest.mark.parametrize(("shell", "tool"), [("bash", "bash"), ("zsh", "zsh"), ("fish", "fish"), ("kubectl", "sh")])
def test_the_shell_accepts_its_script(tmp_path: Path, shell: str, tool: str) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    script = tmp_path / "script"
    script.write_text(netpol("completion", shell, cwd=tmp_path).stdout)

    assert subprocess.run([tool, "-n", str(script)], check=False, capture_output=True).stderr == b""


def test_bash_completes_commands_and_options(tmp_path: Path) -> None:
    def complete(line: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-m", "verifier"], capture_output=True, text=True, cwd=tmp_path, check=False,
            env=environment(_NETPOL_COMPLETE="bash_complete", COMP_WORDS=line, COMP_CWORD=str(line.count(" "))),
        )  # fmt: skip
        return done.stdout.splitlines()

    assert complete("netpol ch") == ["plain,check"]
    assert "plain,--universe" in complete("netpol check --")


def test_kubectl_is_offered_commands_and_no_files(tmp_path: Path) -> None:
    assert words(tmp_path, "") == [*COMMANDS, ":4"]


def test_kubectl_is_offered_values_of_options(tmp_path: Path) -> None:
    assert words(tmp_path, "check", "-u", "inv") == ["inventory", ":4"]
    assert words(tmp_path, "check", "--profile", "ca") == ["calico", ":4"]
    assert words(tmp_path, "check", "--set", "ipblock_pods=n") == ["ipblock_pods=never", ":4"]
    assert words(tmp_path, "check", "-p", "builtin:no-cloud-metadata-a") == [
        "builtin:no-cloud-metadata-alibaba",
        "builtin:no-cloud-metadata-aws",
        "builtin:no-cloud-metadata-azure",
        ":4",
    ]
    assert words(tmp_path, "schema", "uni") == ["universe", ":4"]


def test_kubectl_completes_manifests_as_files(tmp_path: Path) -> None:
    assert words(tmp_path, "check", "k8s/") == [":0"]


def test_a_strange_request_is_refused_and_runs_nothing(tmp_path: Path) -> None:
    done = netpol("check", "-", cwd=tmp_path, _NETPOL_COMPLETE="perl_complete")

    assert done.returncode == 2
    assert done.stdout == ""


def test_a_missing_shell_is_said_in_two_plain_lines(tmp_path: Path) -> None:
    done = netpol("completion", cwd=tmp_path)

    assert done.returncode == 2
    assert done.stderr == ("error: missing argument '{bash|zsh|fish|kubectl}'\nhint: see `netpol completion --help`\n")


@pytest.mark.parametrize(
    "command", ["check", "diff", "gate", "fix", "fleet", "explain", "map", "lint", "coverage", "init"]
)
def test_help_has_every_option_once_in_a_group(command: str) -> None:
    page = netpol(command, "--help", cwd=Path.cwd()).stdout
    found = COMMANDS[command]
    options = [option for option in importlib.import_module(found).command.params if isinstance(option, click.Option)]

    for option in options:
        longest = max(option.opts, key=len)
        assert len(re.findall(rf"^  .*?{re.escape(longest)}\b(?![\w-])", page, re.MULTILINE)) >= 1, longest
    titles = re.findall(r"^([A-Z][a-z ,]+):$", page, re.MULTILINE)
    assert "The report" in titles or command == "init"
    assert [title for title in GROUPS if title in titles] == [title for title in titles if title in GROUPS]


def test_every_option_of_a_group_is_one_of_some_command() -> None:
    names = {
        parameter.name for module in COMMANDS.values() for parameter in importlib.import_module(module).command.params
    }

    assert {name for some in GROUPS.values() for name in some} <= names
