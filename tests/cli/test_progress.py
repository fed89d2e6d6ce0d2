"""How far a run is: a line at a terminal that is gone when the report comes, lines with -v, and else nothing."""

import re
import sys
from pathlib import Path

import pytest

from tests.cli.process import GOOD, PROVED, VIOLATED, netpol
from tests.cli.terminal import Terminal
from tests.cluster import FakeKubectl
from tests.repository import Repository

CLAIMS = ["-e", PROVED, "-e", VIOLATED, "-e", "never external -> shop/app=api : TCP/1"]

SLOW = """\
import time, sys
import verifier.cli.terminal.progress as progress
progress.PATIENCE = {patience}
import z3
honest = z3.Z3_solver_check_assumptions
def slow(*asked):
    time.sleep({seconds})
    return honest(*asked)
z3.Z3_solver_check_assumptions = slow
from verifier.__main__ import main
main()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "m.yaml").write_text(GOOD)
    return tmp_path


def slow(patience: float = 0, seconds: float = 0.15) -> list[str]:
    return [sys.executable, "-c", SLOW.format(patience=patience, seconds=seconds)]


def test_a_terminal_shows_what_is_asked_and_how_much_is_left(folder: Path) -> None:
    terminal = Terminal([*slow(), "check", "m.yaml", *CLAIMS], folder)
    code = terminal.wait()

    line = re.search(rf"1 of 3 done \S+ 2 left  \d+:\d\d  {re.escape(VIOLATED)}", terminal.plain)
    assert line is not None, [row for row in terminal.plain.split("\r") if " done " in row]
    assert code == 1
    assert terminal.screen[0].startswith("1 policy, ")
    assert not [row for row in terminal.screen if " left  0:" in row or " of 3 done" in row]
    assert terminal.cursor_is_shown


def test_a_cluster_that_takes_its_time_is_what_is_waited_for(folder: Path, tmp_path: Path) -> None:
    kubectl = FakeKubectl(tmp_path / "bin")
    kubectl.lists("pods.v1.", seconds=1.5, stdout='{"items": []}')
    terminal = Terminal([*slow(), "check", "m.yaml", "cluster:", *CLAIMS], folder, PATH=kubectl.path())

    assert terminal.wait() == 1
    assert re.search(r"(?:reading|asking) .{0,20}cluster:prod", terminal.plain)
    assert not [row for row in terminal.screen if "reading" in row]


def test_what_is_said_meanwhile_does_not_get_into_the_line(folder: Path) -> None:
    (folder / "m.yaml").write_text(GOOD.replace("kind: Namespace", "kind: Role"))
    terminal = Terminal([*slow(), "check", "m.yaml"], folder)
    terminal.wait()

    assert terminal.screen[0].startswith("no properties given, so the starter set is checked")
    assert terminal.screen[1].startswith("1 policy, ")


def test_ctrl_c_takes_the_line_away(folder: Path) -> None:
    terminal = Terminal([*slow(seconds=30), "check", "m.yaml", *CLAIMS], folder)
    terminal.until(" left  0:")
    terminal.press("\x03")

    assert terminal.wait() == 130
    assert [row.removeprefix("^C") for row in terminal.screen if row] == ["netpol: interrupted"]
    assert terminal.cursor_is_shown


def test_a_crash_takes_the_line_away(folder: Path) -> None:
    program = SLOW.format(patience=0, seconds=0.3).replace("return honest(*asked)", "raise SystemError('x')")
    terminal = Terminal([sys.executable, "-c", program, "check", "m.yaml", *CLAIMS], folder)

    assert terminal.wait() == 4
    assert terminal.screen[0].startswith("netpol: internal error: SystemError: x")


def test_names_from_files_do_not_steer_the_terminal(folder: Path) -> None:
    (folder / "p.yaml").write_text(
        "apiVersion: netpol-verifier/v1\nkind: Properties\nspec:\n  properties:\n"
        '  - {name: "\\e[2J[bold]evil", never: {from: [{external: {}}]}}\n'
    )
    terminal = Terminal([*slow(), "check", "m.yaml", "-p", "p.yaml"], folder)
    terminal.wait()

    assert "\\x1b[2J[bold]evil" in terminal.plain
    assert "\x1b[2J" not in terminal.raw


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_several_processes_are_one_line(folder: Path, jobs: str) -> None:
    terminal = Terminal([*slow(), "check", "m.yaml", *CLAIMS, "-j", jobs], folder)

    assert terminal.wait() == 1
    assert " left  0:" in terminal.plain


@pytest.mark.parametrize("command", [["diff", "HEAD:m.yaml", "m.yaml"], ["gate", "--base", "HEAD", "m.yaml", *CLAIMS]])
def test_comparisons_show_it_too(folder: Path, command: list[str]) -> None:
    Repository.at(folder).commit({"m.yaml": GOOD})
    (folder / "m.yaml").write_text(GOOD.replace("5000", "5001"))
    terminal = Terminal([*slow(), *command], folder)
    terminal.wait()

    assert "comparing" in terminal.plain
    assert not [row for row in terminal.screen if "comparing" in row]


@pytest.mark.parametrize(
    ("arguments", "env", "patience"),
    [
        ([], {}, 60),
        (["-q"], {}, 0),
        ([], {"TERM": "dumb"}, 0),
    ],
)
def test_nobody_is_bothered_before_time_or_against_their_will(
    folder: Path, arguments: list[str], env: dict[str, str], patience: float
) -> None:
    terminal = Terminal([*slow(patience, 0.1), "check", "m.yaml", *CLAIMS, *arguments], folder, **env)

    assert terminal.wait() == 1
    assert "left" not in terminal.plain
    assert "reading" not in terminal.plain


def test_elsewhere_than_at_a_terminal_nothing_is_shown_and_nothing_imported(folder: Path) -> None:
    told = "import atexit\natexit.register(lambda: print('rich' in sys.modules))\n"
    program = told + SLOW.format(patience=0, seconds=0.1)
    done = netpol("check", "m.yaml", *CLAIMS, "-o", "json=report.json", cwd=folder, program=("-c", program))

    assert (done.returncode, done.stdout, done.stderr) == (1, "False\n", "wrote the json report to report.json\n")


def test_verbose_tells_each_verdict_as_it_comes(folder: Path) -> None:
    done = netpol("check", "m.yaml", *CLAIMS, "-v", cwd=folder)

    lines = [re.sub(r"\d+\.\d+", "N", line) for line in done.stderr.splitlines()]
    assert lines[:2] == [f"1 of 3: PROVED    {PROVED}  N s", f"2 of 3: VIOLATED  {VIOLATED}  N s"]
    assert lines[2].startswith("3 of 3: PROVED    never external")


def test_verbose_shows_no_line_at_a_terminal(folder: Path) -> None:
    terminal = Terminal([*slow(), "check", "m.yaml", *CLAIMS, "-v"], folder)
    terminal.wait()

    assert " left " not in terminal.plain
    assert "3 of 3: PROVED" in terminal.plain


def test_a_line_that_cannot_be_drawn_fails_no_run(folder: Path) -> None:
    program = SLOW.format(patience=0, seconds=0.1).replace(
        "import z3", "import rich.console\nrich.console.Console.__init__ = None\nimport z3"
    )
    terminal = Terminal([sys.executable, "-c", program, "check", "m.yaml", *CLAIMS], folder)

    assert terminal.wait() == 1
    assert "Traceback" not in terminal.plain
