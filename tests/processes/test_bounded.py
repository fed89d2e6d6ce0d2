"""A program is stopped at its limits, and nothing of it stays."""

import os
import sys
import time
from pathlib import Path

import pytest

from tests.programs import script
from verifier.processes.bounded import Finished, run_bounded

NOTHING: dict[str, str] = {}


def test_what_it_writes_and_how_it_ends_is_given(tmp_path: Path) -> None:
    program = script(tmp_path, "says", "echo out; echo err >&2; exit 3")

    done = run_bounded([str(program)], tmp_path, NOTHING)

    assert done == Finished(3, b"out\n", "err\n")
    assert done.failure == "failed: err"


def test_it_has_the_environment_that_is_given_and_no_input(tmp_path: Path) -> None:
    code = "import os, sys; print(sorted(set(os.environ) - {'LC_CTYPE'}), sys.stdin.read())"

    done = run_bounded([sys.executable, "-I", "-c", code], tmp_path, {"ONLY": "this"})

    assert done.stdout == b"['ONLY'] \n"


def test_one_that_does_not_end_is_stopped_with_what_it_started(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    program = script(tmp_path, "hangs", f"/bin/sleep 1000 & echo $! > '{pid}'; wait")

    done = run_bounded([str(program)], tmp_path, NOTHING, seconds=2.0)

    assert done.stopped == "it took longer than 2 seconds"
    assert done.failure == "was stopped: it took longer than 2 seconds"
    assert is_gone(int(pid.read_text()))


def test_what_it_leaves_behind_in_its_group_is_gone(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    program = script(tmp_path, "leaves", f"/bin/sleep 1000 >/dev/null 2>&1 & echo $! > '{pid}'")

    done = run_bounded([str(program)], tmp_path, NOTHING)

    assert done.code == 0
    assert is_gone(int(pid.read_text()))


def test_one_that_writes_too_much_is_stopped(tmp_path: Path) -> None:
    program = script(tmp_path, "floods", "while :; do echo 0123456789abcdef0123456789abcdef; done")

    done = run_bounded([str(program)], tmp_path, NOTHING, most=1 << 20)

    assert done.stopped == "it wrote more than 1 MiB"


def test_of_what_it_complains_the_beginning_is_kept(tmp_path: Path) -> None:
    program = script(
        tmp_path, "complains", 'i=0; while [ $i -lt 9000 ]; do echo "0123456789" >&2; i=$((i+1)); done; exit 1'
    )

    done = run_bounded([str(program)], tmp_path, NOTHING)

    assert len(done.stderr) == 1 << 16
    assert done.failure is not None
    assert len(done.failure) < 700


@pytest.mark.parametrize(
    ("finished", "failure"),
    [
        (Finished(0, b"", ""), None),
        (Finished(7, b"", " \n"), "ended with code 7 and said nothing"),
        (Finished(1, b"", "Error: lstat /tmp/netpol-ab3_d9xy/x: no\n such."), "failed: lstat x: no such"),
        (Finished(0, b"", "", "why"), "was stopped: why"),
    ],
)
def test_a_failure_is_one_line_that_is_the_same_in_every_run(finished: Finished, failure: str | None) -> None:
    assert finished.failure == failure


def test_what_cannot_be_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        run_bounded([str(tmp_path / "none")], tmp_path, NOTHING)


def is_gone(pid: int) -> bool:
    """True iff a process ends soon, or has: whoever inherits it takes its time to notice."""
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3]:
            return True
        time.sleep(0.05)
    os.kill(pid, 9)
    return False
