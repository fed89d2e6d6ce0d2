"""What a wheel installs below `share`: the man page, and the completions of the shells."""

from collections.abc import Mapping
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from release.manpage import page
from verifier.cli.commands.completion import VARIABLE

_COMPLETIONS = {
    "bash": "bash-completion/completions/netpol",
    "zsh": "zsh/site-functions/_netpol",
    "fish": "fish/vendor_completions.d/netpol.fish",
}


def files() -> Mapping[str, str]:
    """The texts by their path below `share`."""
    found = {"man/man1/netpol.1": page()}
    for shell, path in _COMPLETIONS.items():
        kind = get_completion_class(shell)
        assert kind is not None
        found[path] = kind(click.Group(), {}, "netpol", VARIABLE).source()
    return found


def write(share: Path) -> None:
    """Writes them."""
    for path, text in files().items():
        (share / path).parent.mkdir(parents=True, exist_ok=True)
        (share / path).write_text(text, encoding="utf-8")
