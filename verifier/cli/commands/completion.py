"""`netpol completion SHELL`, and the answers to what the shells ask."""

import os
import sys
from collections.abc import Sequence

import click
from click.shell_completion import CompletionItem, ShellComplete, add_completion_class, get_completion_class

from verifier.cli.terminal.streams import write_stdout
from verifier.errors import UsageError

VARIABLE = "_NETPOL_COMPLETE"
"""Set by the completion scripts; its value names the shell: `bash_complete`."""

_KUBECTL = """#!/bin/sh
# Completes `kubectl netpol`. Save as kubectl_complete-netpol, executable, in a directory of PATH.
# (Where netpol was installed with pip, this command is there already.)
%(complete_var)s=kubectl_complete exec %(prog_name)s "$@"
"""

_SHELLS = ("bash", "zsh", "fish", "kubectl")

_NO_FILES, _FILES = ":4", ":0"
"""The directives that end an answer to kubectl: whether the shell may complete file names."""


class KubectlComplete(ShellComplete):
    """kubectl runs `kubectl_complete-netpol WORD...` and reads candidates, then a directive."""

    name = "kubectl"
    source_template = _KUBECTL

    def get_completion_args(self) -> tuple[list[str], str]:
        *complete, incomplete = sys.argv[1:] or [""]
        return complete, incomplete

    def format_completion(self, item: CompletionItem) -> str:
        return f"{item.value}\t{item.help}" if item.help else str(item.value)

    def complete(self) -> str:
        items = self.get_completions(*self.get_completion_args())
        plain = [self.format_completion(item) for item in items if item.type == "plain"]
        files = any(item.type in ("file", "dir") for item in items)
        return "\n".join([*plain, _FILES if files else _NO_FILES])


add_completion_class(KubectlComplete)


def answer(group: click.Group, _arguments: Sequence[str]) -> int:
    """Answer the question in the environment."""
    shell, _, instruction = os.environ[VARIABLE].partition("_")
    kind = get_completion_class(shell)
    if kind is None or instruction != "complete":
        raise UsageError(
            f"{VARIABLE} is set to `{os.environ[VARIABLE]}`", "it is for the scripts of `netpol completion`"
        )
    text = kind(group, {}, "netpol", VARIABLE).complete()
    write_stdout(text + "\n")
    return 0


@click.command("completion", short_help="Print the script that completes netpol's words in a shell.")
@click.argument("shell", type=click.Choice(_SHELLS))
def command(shell: str) -> None:
    """Print the script that completes netpol's commands, options and values in SHELL.

    \b
    bash     add to ~/.bashrc:                  eval "$(netpol completion bash)"
    zsh      add to ~/.zshrc, after compinit:   eval "$(netpol completion zsh)"
    fish     netpol completion fish > ~/.config/fish/completions/netpol.fish
    kubectl  netpol completion kubectl > ~/.local/bin/kubectl_complete-netpol, and chmod +x it
    """
    kind = get_completion_class(shell)
    assert kind is not None
    write_stdout(kind(click.Group(), {}, "netpol", VARIABLE).source(), commands=True)
