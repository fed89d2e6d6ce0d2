"""What happens round a run: signals, broken pipes, full disks, colours, and what is imported."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.process import GOOD, PROVED, VIOLATED, environment, netpol

COMMAND = [sys.executable, "-m", "verifier"]

PAGES = [["check", "--help"], ["diff", "--help"], ["gate", "--help"], ["fleet", "--help"]]


def blocked(tmp_path: Path) -> "subprocess.Popen[str]":
    """A run that waits for its input; it has said so when this returns."""
    waiting = (
        "import verifier.manifests.kubernetes.load, verifier.cli.inputs.inputs as question, sys\n"
        "read = question.read_stdin\n"
        "def announced():\n"
        "    print('reading', file=sys.stderr, flush=True)\n"
        "    return read()\n"
        "question.read_stdin = announced\n"
        "from verifier.cli import main\n"
        "main()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", waiting, "check", "-", "-e", PROVED],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, cwd=tmp_path, env=environment(),
    )  # fmt: skip
    assert process.stderr is not None
    assert process.stderr.readline() == "reading\n"
    return process


@pytest.mark.parametrize(
    ("number", "code", "said"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_signals_end_the_run_with_their_own_code(tmp_path: Path, number: int, code: int, said: str) -> None:
    process = blocked(tmp_path)
    process.send_signal(number)
    process.wait(timeout=30)
    stdout, stderr = process.communicate()

    assert process.returncode == code
    assert stdout == ""
    assert stderr == f"netpol: {said}\n"


def test_ctrl_c_is_heard_while_the_solver_computes(tmp_path: Path) -> None:
    busy = (
        "from verifier.cli.terminal.signals import end_on_signals\n"
        "end_on_signals()\n"
        "import z3\n"
        "a, b = z3.BitVecs('a b', 64)\n"
        "hard = [a * b == 2**63 - 25, z3.ULT(a, 2**32), z3.ULT(b, 2**32), z3.UGT(a, 1)]\n"
        "solver = z3.SolverFor('QF_FD')\n"
        "solver.add(hard)\n"
        "print('solving', flush=True)\n"
        "solver.check()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", busy], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), cwd=tmp_path
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(timeout=30) == 130
        finally:
            process.kill()


@pytest.mark.parametrize(("claim", "code"), [(PROVED, 0), (VIOLATED, 1)])
def test_a_reader_who_goes_away_leaves_the_verdict_as_it_is(tmp_path: Path, claim: str, code: int) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [*COMMAND, "check", "-", "-e", claim], input=GOOD, stdout=writing, stderr=subprocess.PIPE,
            text=True, cwd=tmp_path, env=environment(), timeout=60, check=False,
        )  # fmt: skip
    finally:
        os.close(writing)

    assert (done.returncode, done.stderr) == (code, "")


@pytest.mark.parametrize("arguments", [["check", "-", "-e", PROVED], ["--help"], ["--version"], ["check", "--help"]])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_output_that_does_not_arrive_is_never_a_success(tmp_path: Path, arguments: list[str]) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            [*COMMAND, *arguments], input=GOOD, stdout=full, stderr=subprocess.PIPE,
            text=True, cwd=tmp_path, env=environment(), timeout=60, check=False,
        )  # fmt: skip

    assert done.returncode == 4
    assert done.stderr == "netpol: cannot write to standard output: No space left on device\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    done = netpol("check", "-", "-e", PROVED, "-o", "json=/dev/full", cwd=tmp_path)

    assert done.returncode == 2
    assert "cannot write `/dev/full`" in done.stderr
    assert Path("/dev/full").is_char_device()


def test_a_report_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "report.json").mkdir()
    done = netpol("check", "-", "-e", PROVED, "-o", "text", "-o", "json=report.json", cwd=tmp_path)

    assert done.returncode == 2
    assert "PROVED" in done.stdout
    assert (tmp_path / "report.json").is_dir()


def test_no_colours_when_nobody_asks_for_them(tmp_path: Path) -> None:
    assert "\x1b" not in netpol("check", "-", "-e", VIOLATED, cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("arguments", "env", "coloured"),
    [
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colours_follow_the_flag_then_the_environment(
    tmp_path: Path, arguments: list[str], env: dict[str, str], coloured: bool
) -> None:
    done = netpol("check", "-", "-e", VIOLATED, *arguments, cwd=tmp_path, **env)

    assert ("\x1b[" in done.stdout) is coloured


def terminal(arguments: list[str], cwd: Path, stdin: int | None = None, **env: str) -> tuple[int, str]:
    """The exit code and what a terminal shows."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *arguments], stdin=theirs if stdin is None else stdin, stdout=theirs, stderr=theirs,
        cwd=cwd, env=environment(**env),
    ) as process:  # fmt: skip
        os.close(theirs)
        shown = b""
        try:
            while chunk := os.read(ours, 65536):
                shown += chunk
        except OSError:  # the other end has closed: Linux says so with EIO
            pass
        code = process.wait(timeout=60)
    os.close(ours)
    return code, shown.decode()


@pytest.mark.parametrize(("term", "coloured"), [("xterm", True), ("dumb", False)])
def test_a_terminal_gets_colours_unless_it_is_dumb(tmp_path: Path, term: str, coloured: bool) -> None:
    (tmp_path / "m.yaml").write_text(GOOD)
    code, shown = terminal(["check", "m.yaml", "-e", VIOLATED], tmp_path, TERM=term)

    assert code == 1
    assert ("\x1b[" in shown) is coloured
    assert "VIOLATED" in shown


def test_a_terminal_is_no_input(tmp_path: Path) -> None:
    code, shown = terminal(["check", "-"], tmp_path, TERM="dumb")

    assert code == 2
    assert "which is a terminal" in shown


def loads(names: set[str], *arguments: str, cwd: Path) -> set[str]:
    """Those of the modules `names` that a run has loaded in the end."""
    watched = (
        "import sys, atexit\n"
        f"atexit.register(lambda: print(*sorted({names} & set(sys.modules)), file=sys.stderr))\n"
        "from verifier.cli import main\n"
        "main()\n"
    )
    done = netpol(*arguments, cwd=cwd, program=("-c", watched))
    assert done.returncode == 0
    assert done.stdout
    return set(done.stderr.split())


@pytest.mark.parametrize("arguments", [[], ["--help"], *PAGES, ["--version"], ["completion", "bash"]])
def test_help_and_completion_load_nothing_that_takes_its_time(tmp_path: Path, arguments: list[str]) -> None:
    libraries = {"z3", "pydantic", "rich", "yaml", "dask", "distributed"}
    own = {f"verifier.{name}" for name in ("manifests.kubernetes", "manifests.render", "semantics", "encoding")}
    assert loads(libraries | own, *arguments, cwd=tmp_path) == set()


def test_what_asks_no_solver_loads_none(tmp_path: Path) -> None:
    assert loads({"z3"}, "map", "-", cwd=tmp_path) == set()
    assert loads({"z3"}, "explain", "-", "shop/role=monitoring -> shop/app=api : TCP/5000", cwd=tmp_path) == set()
    assert loads({"z3"}, "check", "-", "-e", PROVED, cwd=tmp_path) == {"z3"}


def test_bare_netpol_prints_help(tmp_path: Path) -> None:
    done = netpol(cwd=tmp_path)

    assert done.returncode == 0
    assert done.stdout.startswith("Usage: netpol")
    assert "Exit codes:" in done.stdout


@pytest.mark.parametrize("page", [["--help"], *PAGES])
def test_help_pages_show_examples_and_exit_codes(tmp_path: Path, page: list[str]) -> None:
    shown = netpol(*page, cwd=tmp_path).stdout

    assert "Examples:" in shown
    assert "Exit codes:" in shown
    assert max(map(len, shown.splitlines())) <= 120


def test_the_version_is_one_line(tmp_path: Path) -> None:
    done = netpol("--version", cwd=tmp_path)

    assert done.stdout.startswith("netpol ")
    assert done.stdout.count("\n") == 1
