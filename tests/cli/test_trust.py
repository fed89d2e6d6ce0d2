"""Never falsely green, never half-written: what becomes of a run, and of older reports, when something gives way."""

import importlib.util
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.process import GOOD, PROVED, VIOLATED, environment, netpol

needs_cvc5 = pytest.mark.skipif(
    importlib.util.find_spec("cvc5") is None, reason="cvc5 is not installed: no cross-check"
)

OLD_REPORT = '{"from": "the run before"}'
MAIN = "from verifier.__main__ import main\nmain()\n"


def patched(
    patch: str, *arguments: str, cwd: Path, stdin: str = GOOD, **env: str
) -> "subprocess.CompletedProcess[str]":
    """A run in which something has been replaced first."""
    return netpol(*arguments, cwd=cwd, stdin=stdin, program=("-c", f"{patch}\n{MAIN}"), **env)


@pytest.fixture
def old_report(tmp_path: Path) -> Path:
    path = tmp_path / "report.json"
    path.write_text(OLD_REPORT)
    return path


def crash(kind: str) -> str:
    return f"import z3\ndef crash(*_):\n    raise {kind}\nz3.Z3_solver_check_assumptions = crash\n"


# The solver gives way


@pytest.mark.parametrize("claim", [PROVED, VIOLATED])
@pytest.mark.parametrize(
    ("limit", "says"),
    [
        (["--rlimit", "1"], "the resource limit of a query (1 query about 1 policy); allow more than --rlimit 1"),
        (["--timeout", "0.00001"], "the time limit of the run (0 queries about 1 policy); allow more with --timeout"),
    ],
)
def test_a_limit_gives_unknown_and_says_what_was_tried_and_what_to_do(
    tmp_path: Path, claim: str, limit: list[str], says: str
) -> None:
    done = netpol("check", "-", "-e", claim, *limit, cwd=tmp_path)

    assert done.returncode == 3
    assert "UNKNOWN" in done.stdout
    assert says in " ".join(done.stdout.split())
    assert "1 proved" not in done.stdout


@pytest.mark.parametrize("limit", [["--rlimit", "1"], ["--timeout", "0.00001"]])
def test_a_comparison_at_its_limit_is_undecided(tmp_path: Path, limit: list[str]) -> None:
    (tmp_path / "old.yaml").write_text(GOOD)
    (tmp_path / "new.yaml").write_text(GOOD.replace("5000", "5001"))

    done = netpol("diff", "old.yaml", "new.yaml", *limit, cwd=tmp_path)

    assert done.returncode == 3
    assert "comparing 1 policy with 1 policy" in " ".join(done.stdout.split())


def test_a_solver_without_memory_has_no_answer(tmp_path: Path, old_report: Path) -> None:
    done = patched(crash("z3.Z3Exception(b'out of memory')"), "check", "-", "-e", PROVED, cwd=tmp_path)

    assert done.returncode == 3
    assert "the memory limit" in done.stdout
    assert "give the process more memory" in done.stdout
    assert old_report.read_text() == OLD_REPORT


@pytest.mark.parametrize("kind", ["z3.Z3Exception('b0rken')", "SystemError('null')", "MemoryError", "RecursionError"])
def test_a_solver_that_crashes_is_an_internal_error_without_a_report(
    tmp_path: Path, old_report: Path, kind: str
) -> None:
    done = patched(crash(kind), "check", "-", "-e", PROVED, "-o", "json=report.json", "-o", "text", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("netpol: internal error: ")
    assert "Traceback" not in done.stderr
    assert old_report.read_text() == OLD_REPORT


def test_a_solver_that_kills_the_process_leaves_no_verdict(tmp_path: Path, old_report: Path) -> None:
    patch = "import os, z3\nz3.Z3_solver_check_assumptions = lambda *_: os.abort()\n"

    done = patched(patch, "check", "-", "-e", PROVED, "-o", "json=report.json", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (-signal.SIGABRT, "")
    assert old_report.read_text() == OLD_REPORT


def test_a_solver_that_lies_about_a_witness_is_found_out(tmp_path: Path, old_report: Path) -> None:
    """Unsat taken for sat: the model that it cannot have does not replay."""
    patch = (
        "import z3\nhonest = z3.Z3_solver_check_assumptions\n"
        "z3.Z3_solver_check_assumptions = lambda context, solver, _, literals: honest(context, solver, 0, literals)\n"
    )

    done = patched(patch, "check", "-", "-e", PROVED, "-o", "json=report.json", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (4, "")
    assert "ReplayError" in done.stderr
    assert old_report.read_text() == OLD_REPORT


def test_a_crash_that_cannot_even_be_reported_is_no_verdict(tmp_path: Path) -> None:
    patch = (
        crash("SystemError") + "import sys, verifier.cli\nsys.modules['verifier.cli.main'].write_crash_report = crash\n"
    )

    done = patched(patch, "check", "-", "-e", PROVED, cwd=tmp_path)

    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("netpol: internal error: SystemError")


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory as on Linux")
@pytest.mark.parametrize("megabytes", [0, 5, 15, 30, 50, 70, 90, 100, 135])
@pytest.mark.parametrize(("claim", "verdict", "code"), [(PROVED, "PROVED", 0), (VIOLATED, "VIOLATED", 1)])
def test_whatever_memory_there_is_the_code_is_never_a_false_one(
    tmp_path: Path, megabytes: int, claim: str, verdict: str, code: int
) -> None:
    """Memory beyond what the interpreter has when it comes to the program: without that it ends with its own 1."""
    patch = (
        "import resource, verifier.__main__\n"
        "pages = int(open('/proc/self/statm').read().split()[0])\n"
        f"limit = pages * resource.getpagesize() + ({megabytes} << 20)\n"
        "resource.setrlimit(resource.RLIMIT_AS, (limit, limit))\n"
    )

    done = patched(patch, "check", "-", "-e", claim, cwd=tmp_path)

    assert done.returncode in (code, 3, 4) or done.returncode < 0  # the solver's own code may be killed
    assert (verdict in done.stdout) is (done.returncode == code)


def test_a_failure_that_no_memory_is_left_to_describe_is_no_verdict(tmp_path: Path) -> None:
    patch = (
        "import sys, verifier.cli, verifier.__main__ as program\n"
        "def fail(*_): raise MemoryError\n"
        "sys.modules['verifier.cli.main'].end_on_signals = program._said = fail\n"
    )

    done = patched(patch, "check", "-", "-e", PROVED, cwd=tmp_path)

    assert (done.returncode, done.stdout, done.stderr) == (4, "", "")


# The report is being written

SLOW = (
    "import sys, time\n"
    "from pathlib import Path\n"
    "import verifier.cli.terminal.streams\n"
    "write = Path.write_bytes\n"
    "def half(path, data):\n"
    "    write(path, data[: len(data) // 2])\n"
    "    print('half', file=sys.stderr, flush=True)\n"
    "    time.sleep(60)\n"
    "Path.write_bytes = half\n"
)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=lambda n: str(int(n))
)
def test_a_run_that_ends_while_it_writes_leaves_the_old_report(
    tmp_path: Path, old_report: Path, number: int, code: int
) -> None:
    (tmp_path / "m.yaml").write_text(GOOD)
    with subprocess.Popen(
        [sys.executable, "-c", SLOW + MAIN, "check", "m.yaml", "-e", PROVED, "-o", "json=report.json"],
        cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        assert process.stderr.readline() == "half\n"
        process.send_signal(number)
        assert process.wait(timeout=30) == code

    assert old_report.read_text() == OLD_REPORT
    assert number == signal.SIGKILL or {p.name for p in tmp_path.iterdir()} == {"m.yaml", "report.json"}


@pytest.mark.skipif(sys.platform != "linux", reason="limits of files as on Linux")
def test_a_disk_that_is_full_leaves_the_old_report(tmp_path: Path, old_report: Path) -> None:
    patch = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"

    done = patched(patch, "check", "-", "-e", PROVED, "-o", "json=report.json", cwd=tmp_path)

    assert done.returncode == 2
    assert "cannot write `report.json`" in done.stderr
    assert old_report.read_text() == OLD_REPORT
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_closed_standard_streams_are_no_success(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(GOOD)
    command = f"{sys.executable} -m verifier check m.yaml -e '{PROVED}' >&-"

    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=environment(), capture_output=True, check=False)

    assert done.returncode == 4
    assert done.stderr == b"netpol: standard output is closed\n"


# The second solver


@needs_cvc5
def test_a_cross_check_names_both_answers_and_times(tmp_path: Path) -> None:
    done = netpol("check", "-", "-e", PROVED, "--cross-check", "-v", cwd=tmp_path)

    assert done.returncode == 0
    assert [line for line in done.stderr.splitlines() if "broken: Z3 unsat " in line and " s, cvc5 unsat " in line]
    assert "cvc5" not in done.stdout


@needs_cvc5
def test_solvers_that_disagree_end_the_run_and_the_script_is_kept(tmp_path: Path, old_report: Path) -> None:
    lie = "import z3\nz3.Z3_solver_check_assumptions = lambda *_: z3.Z3_L_FALSE\n"

    done = patched(
        lie, "check", "-", "-e", VIOLATED, "--cross-check", "-o", "json=report.json", cwd=tmp_path, TMPDIR=str(tmp_path)
    )

    [kept] = tmp_path.glob("netpol-disagreement-*.smt2")
    assert (done.returncode, done.stdout) == (4, "")
    assert "Z3 says unsat and cvc5 sat" in done.stderr
    assert str(kept) in done.stderr
    assert old_report.read_text() == OLD_REPORT


@pytest.mark.parametrize("command", [["check", "-", "-e", PROVED], ["diff", "m.yaml", "-"]])
def test_a_cross_check_without_its_solver_is_refused(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "m.yaml").write_text(GOOD)
    absent = (
        "import importlib.util as u\n"
        "find = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'cvc5' else find(name, *more)\n"
    )

    done = patched(absent, *command, "--cross-check", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert "hint: it comes with the extra `cross`: pip install 'netpol-verifier[cross]'" in done.stderr


@needs_cvc5
def test_what_the_second_solver_cannot_say_stands_in_the_report(tmp_path: Path) -> None:
    weak = (
        "import verifier.smt.second as s\nask = s.ask_second_solver\n"
        "s.ask_second_solver = lambda script, deadline: ask(script, deadline, 1)\n"
    )

    done = patched(weak, "check", "-", "-e", PROVED, "--cross-check", "-o", "json", cwd=tmp_path)

    assert done.returncode == 0
    assert "not confirmed by cvc5" in json.loads(done.stdout)["results"][0]["notes"][0]
