"""Asking cvc5: its answers, its limits, and that it cannot take the run down with it."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.smt.test_solver import pigeons
from verifier.errors import UsageError
from verifier.smt import second
from verifier.smt.script import Script, neg
from verifier.smt.second import ask_second_solver
from verifier.smt.solver import Answer

needs_cvc5 = pytest.mark.skipif(
    importlib.util.find_spec("cvc5") is None, reason="cvc5 is not installed: no cross-check"
)

PROGRAM = Path(second.__file__).with_name("cvc5program.py")


@needs_cvc5
def test_it_gives_both_answers() -> None:
    script = Script()
    x = script.bits("x y", 3)

    assert ask_second_solver(script.asking([x.equals(2)])).answer is Answer.SAT
    assert ask_second_solver(script.asking([x.equals(2), neg(x.equals(2))])).answer is Answer.UNSAT


@needs_cvc5
def test_a_resource_limit_gives_unknown_with_its_reason() -> None:
    script, goal = pigeons(9)

    answer = ask_second_solver(script.asking([goal]), resources=1000)

    assert (answer.answer, answer.reason) == (Answer.UNKNOWN, "its resource limit")


@needs_cvc5
def test_a_deadline_gives_unknown_with_its_reason() -> None:
    script, goal = pigeons(13)

    past = ask_second_solver(script.asking([goal]), deadline=time.monotonic() - 1)
    soon = ask_second_solver(script.asking([goal]), deadline=time.monotonic() + 0.2)

    assert (past.answer, past.reason) == (soon.answer, soon.reason) == (Answer.UNKNOWN, "the time limit of the run")


@needs_cvc5
def test_a_script_that_it_cannot_read_is_no_answer() -> None:
    answer = ask_second_solver("(set-logic QF_BV)\n(assert nothing)\n(check-sat)\n")

    assert answer.answer is Answer.UNKNOWN
    assert "nothing" in answer.reason


@pytest.mark.parametrize(
    "said", ["print('sat'); sys.exit(1)", "print('sat\\nsat')", "os.abort()", "print('satisfied')"]
)
def test_nothing_but_a_clean_answer_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    program = tmp_path / "program.py"
    program.write_text(f"import os, sys\n{said}\n")
    monkeypatch.setattr(second, "_PROGRAM", program)
    monkeypatch.setattr(second, "require_second_solver", lambda: None)

    assert ask_second_solver("(check-sat)").answer is Answer.UNKNOWN


def test_where_it_is_not_installed_the_hint_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)

    with pytest.raises(UsageError, match="not installed") as caught:
        ask_second_solver("(check-sat)")

    assert "netpol-verifier[cross]" in str(caught.value)


@needs_cvc5
def test_modules_in_the_working_directory_are_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory is the one that is being checked, and its files are anybody's."""
    for name in ("cvc5.py", "signal.py", "sys.py"):
        (tmp_path / name).write_text("raise SystemExit('hostile')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)

    assert ask_second_solver("(set-logic QF_BV)\n(check-sat)\n").answer is Answer.SAT


@needs_cvc5
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc here")
def test_its_process_hears_the_signals_that_the_run_has_blocked() -> None:
    script, goal = pigeons(13)
    program = (
        "import os, signal, sys\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})\n"
        "os.execv(sys.argv[1], sys.argv[1:])\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, sys.executable, str(PROGRAM)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        process.stdin.write(b"(set-logic QF_BV)\n")
        process.stdin.flush()
        while not _unblocked(process.pid):
            time.sleep(0.01)
        process.stdin.write(script.asking([goal]).encode())
        process.stdin.close()
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(timeout=30) == -signal.SIGINT
        finally:
            process.kill()


def _unblocked(process: int) -> bool:
    """True iff the process hears SIGINT and dies of it."""
    masks = dict(line.split(":\t", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
    mine = 1 << (signal.SIGINT - 1)
    return not any(int(masks[name], 16) & mine for name in ("SigBlk", "SigCgt", "SigIgn"))


@needs_cvc5
def test_the_program_answers_each_question_of_a_script(tmp_path: Path) -> None:
    script = "(declare-const x Bool)\n(push 1)\n(assert x)\n(check-sat)\n(pop 1)\n(assert false)\n(check-sat)\n"

    done = subprocess.run(
        [sys.executable, "-m", "verifier.smt.cvc5program"],
        input=script, capture_output=True, text=True, check=True, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROGRAM.parent.parent.parent)},
    )  # fmt: skip

    assert done.stdout == "sat\nunsat\n"
