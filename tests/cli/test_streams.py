"""What goes to the streams: no line of it is a command for a runner, but where commands are meant."""

import io
import sys
from pathlib import Path

import pytest

from tests.cli.process import netpol
from verifier.cli.terminal.streams import say_diagnostics
from verifier.errors import Diagnostic
from verifier.report.words.paint import PLAIN

WRITES = "import sys; from verifier.cli.terminal.streams import say, write_stdout; "


def written(code: str, cwd: Path) -> tuple[str, str]:
    done = netpol(cwd=cwd, program=("-c", WRITES + code))
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_neither_stream_takes_a_command_from_text(tmp_path: Path) -> None:
    text = r"'a\n ::debug::b\n##[group]c\n'"

    assert written(f"write_stdout({text})", tmp_path)[0] == "a\n \\x3a:debug::b\n#\\x23[group]c\n"
    assert written(f"say({text})", tmp_path)[1] == "a\n \\x3a:debug::b\n#\\x23[group]c\n\n"
    assert written(f"write_stdout({text}, commands=True)", tmp_path)[0] == "a\n ::debug::b\n##[group]c\n"


class Narrow(io.TextIOWrapper):
    """A terminal, as far as anybody asks."""

    def isatty(self) -> bool:
        return True


def test_messages_are_broken_at_the_width_of_the_terminal_and_what_is_to_be_pasted_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stderr", Narrow(written))
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    line = "netpol check k8s --exclude k8s/examples/ --exclude k8s/tests/"

    say_diagnostics([Diagnostic("x", "one word " * 10, "a.yaml", 1, 2, hint=line)], PLAIN)

    *message, hint = written.getvalue().decode().splitlines()
    assert len(message) > 2
    assert all(len(each) <= 40 for each in message)
    assert hint == f"hint: {line}"
