"""The man page, made of what `netpol COMMAND --help` prints."""

import click

from verifier.cli.group import netpol

_WIDTH = 72
_HEAD = """\
.\\" Written by `python -m release share`.
.TH NETPOL 1 "" "netpol-verifier" "User Commands"
.SH NAME
netpol \\- prove properties of Kubernetes network policies, or show the connection that breaks them
.SH SYNOPSIS
.B netpol
.I COMMAND
[\\fIOPTION\\fR]... [\\fIMANIFEST\\fR]...
.br
.B kubectl netpol
.I COMMAND
[\\fIOPTION\\fR]... [\\fIMANIFEST\\fR]...
"""
_TAIL = """\
.SH ENVIRONMENT
Each setting has a variable \\fBNETPOL_...\\fR: \\fBnetpol config\\fR shows them, and where each value comes from.
.SH FILES
.TP
.I netpol.yaml
what is read and asked in a project; \\fBnetpol init\\fR drafts it
.TP
.I netpol.accept.yaml
what was accepted, by whom and until when
.SH SEE ALSO
.BR kubectl (1)
"""


def page() -> str:
    """The page in roff: the same text for the same commands."""
    with _context(netpol, "netpol") as context:
        parts = [_HEAD, ".SH DESCRIPTION\n", _as_it_is(netpol.get_help(context)), ".SH COMMANDS\n"]
        for name in netpol.list_commands(context):
            command = netpol.get_command(context, name)
            assert command is not None
            parts += [f".SS netpol {name}\n", _as_it_is(command.get_help(_context(command, name, context)))]
    return "".join([*parts, _TAIL])


def _context(command: click.Command, name: str, parent: click.Context | None = None) -> click.Context:
    settings = {**command.context_settings, "terminal_width": _WIDTH, "max_content_width": _WIDTH}
    return click.Context(command, parent=parent, info_name=name, **settings)


def _as_it_is(text: str) -> str:
    """Text that no formatter fills, and in which nothing is a request."""
    lines = [line.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq") for line in text.splitlines()]
    kept = [f"\\&{line}" if line[:1] in (".", "'") else line for line in lines]
    return "\n".join([".nf", *kept, ".fi"]) + "\n"
