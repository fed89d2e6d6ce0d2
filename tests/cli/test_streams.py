"""What goes to the streams: no line of it is a command for a runner, but where commands are meant."""

from pathlib import Path

from tests.cli.process import netpol

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
