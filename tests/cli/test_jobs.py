"""`--jobs N`: the same bytes, whatever N is and whoever is done first; and no green run where a process dies."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.process import GOOD, POD, PROVED, ROOT, VACUOUS, VIOLATED, environment, netpol
from tests.cli.test_trust import needs_cvc5
from tests.processes.test_pool import gone
from tests.repository import Repository
from verifier.report.formats import formats_of

DEPENDS = "never shop/app=api -> 10.0.0.0/8"
CLAIMS = [
    word for claim in (VIOLATED, PROVED, DEPENDS, "always shop/app=api -> shop/app=api") for word in ("-e", claim)
]
OPEN_BLOCK = """\
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: out, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  policyTypes: [Egress]
  egress:
  - to: [{ipBlock: {cidr: 10.0.0.0/8}}]
"""
INPUT = GOOD + POD + OPEN_BLOCK
EXAMPLES = ROOT / "examples"


@pytest.mark.parametrize("form", list(formats_of("check")))
def test_every_format_is_the_same_for_any_number_of_processes(tmp_path: Path, form: str) -> None:
    one = netpol("check", "-", *CLAIMS, "-o", form, cwd=tmp_path, stdin=INPUT, PYTHONHASHSEED="1")
    for jobs, seed in (("2", "2"), ("4", "3")):
        more = netpol("check", "-", *CLAIMS, "-o", form, "--jobs", jobs, cwd=tmp_path, stdin=INPUT, PYTHONHASHSEED=seed)
        assert _without_token(more.stdout) == _without_token(one.stdout)
        assert (more.returncode, more.stderr) == (one.returncode, one.stderr) == (1, one.stderr)


def _without_token(text: str) -> list[str]:
    """The lines of the github format that hold no random token."""
    lines = text.splitlines()
    tokens = [line.removeprefix("::stop-commands::") for line in lines if line.startswith("::stop-commands::")]
    return [line.replace(token, "TOKEN") for line in lines for token in (tokens or ["-"])]


@pytest.mark.parametrize("example", ["wordpress-mysql/broken", "wordpress-mysql/good", "helidon-and-or/and"])
@pytest.mark.parametrize("universe", ["open", "inventory"])
def test_examples_are_judged_the_same_and_cite_the_same_lines(tmp_path: Path, example: str, universe: str) -> None:
    asked = ["check", str(EXAMPLES / example), "-p", str(ROOT / "properties"), "-u", universe]
    one = netpol(*asked, cwd=tmp_path)
    more = netpol(*asked, "-j", "3", cwd=tmp_path)

    assert (more.returncode, more.stdout, more.stderr) == (one.returncode, one.stdout, one.stderr)


def test_a_dump_is_the_same(tmp_path: Path) -> None:
    for jobs in ("1", "3"):
        netpol("check", "-", *CLAIMS, "--jobs", jobs, "--dump-smt2", jobs, cwd=tmp_path, stdin=INPUT)
    one, more = ({path.name: path.read_text() for path in (tmp_path / jobs).iterdir()} for jobs in ("1", "3"))

    assert len(one) > 4
    assert one == more


def test_a_dump_that_cannot_be_written_is_the_same_mistake(tmp_path: Path) -> None:
    (tmp_path / "full").write_text("no directory")
    told = [
        netpol("check", "-", *CLAIMS, "--jobs", jobs, "--dump-smt2", "full/x", cwd=tmp_path, stdin=INPUT)
        for jobs in ("1", "3")
    ]

    assert {(done.returncode, done.stdout, done.stderr) for done in told} == {(2, "", told[0].stderr)}
    assert "cannot write to `full/x`" in told[0].stderr


@needs_cvc5
def test_a_cross_check_is_the_same(tmp_path: Path) -> None:
    asked = ["check", "-", "-e", PROVED, "-e", VIOLATED, "--cross-check", "-o", "json", "-v"]
    one = netpol(*asked, cwd=tmp_path)
    more = netpol(*asked, "-j", "2", cwd=tmp_path)

    assert (more.returncode, more.stdout) == (one.returncode, one.stdout)
    assert more.stderr.count("cvc5 unsat") == one.stderr.count("cvc5 unsat") > 0


@pytest.mark.parametrize("limit", [["--rlimit", "1"], ["--timeout", "0.00001"]])
def test_limits_hold_in_every_process(tmp_path: Path, limit: list[str]) -> None:
    one = netpol("check", "-", *CLAIMS, *limit, cwd=tmp_path)
    more = netpol("check", "-", *CLAIMS, *limit, "-j", "3", cwd=tmp_path)

    assert (more.returncode, more.stdout, more.stderr) == (3, one.stdout, one.stderr)
    assert "4 unknown" in one.stdout


def test_a_gate_is_the_same(tmp_path: Path) -> None:
    repository = Repository.at(tmp_path)
    repository.commit({"k8s/shop.yaml": INPUT})
    (tmp_path / "k8s/shop.yaml").write_text(INPUT.replace("port: 5000", "port: 5001"))
    asked = ["gate", "--base", "HEAD", "k8s", *CLAIMS, "-o", "json", "--dump-smt2"]
    one = netpol(*asked, "one", cwd=tmp_path)
    more = netpol(*asked, "more", "-j", "3", cwd=tmp_path)

    assert (
        (more.returncode, more.stdout, more.stderr) == (one.returncode, one.stdout, one.stderr) == (1, one.stdout, "")
    )
    first, second = (
        {str(p.relative_to(root)): p.read_text() for p in root.rglob("*.smt2")}
        for root in (tmp_path / "one", tmp_path / "more")
    )
    assert first == second
    assert {name.partition("/")[0] for name in first} >= {"base", "head", "difference"}


@pytest.mark.parametrize("word", ["0", "-1", "two", "1.5", ""])
def test_a_number_of_processes_is_one_or_more_or_auto(tmp_path: Path, word: str) -> None:
    done = netpol("check", "-", "-e", PROVED, "--jobs", word, cwd=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert f"`{word}` is neither a number of processes nor `auto`" in done.stderr


@pytest.mark.parametrize(("word", "code"), [("2", 0), ("auto", 0), ("0", 2), ("many", 2)])
def test_the_environment_and_the_file_say_it_too(tmp_path: Path, word: str, code: int) -> None:
    config = f"apiVersion: netpol-verifier/v1\nkind: Config\nspec: {{jobs: {word}}}\n"
    (tmp_path / "other.yaml").write_text(config)

    assert netpol("check", "-", "-e", PROVED, cwd=tmp_path, NETPOL_JOBS=word).returncode == code
    assert netpol("check", "-", "-e", PROVED, "--config", "other.yaml", cwd=tmp_path).returncode == code
    if code == 0:
        shown = netpol("config", "show", "--config", "other.yaml", cwd=tmp_path).stdout
        assert f"jobs {word} other.yaml" in " ".join(shown.split())


# A process gives way

IN_WORKER = """\
import sys
if "verifier.processes.worker" in str(sys.orig_argv):
    import os, signal, time, z3
    def solve(*_):
        {}
    z3.Z3_solver_check_assumptions = solve
"""
OLD_REPORT = '{"from": "the run before"}'


def patched(folder: Path, what: str, *arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    """A run whose workers do `what` when the solver is asked."""
    (folder / "patch").mkdir()
    (folder / "patch/sitecustomize.py").write_text(IN_WORKER.format(what))
    (folder / "report.json").write_text(OLD_REPORT)
    return netpol(*arguments, cwd=folder, stdin=INPUT, PYTHONPATH=f"{folder / 'patch'}:{ROOT}", **env)


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "a worker process was ended by SIGKILL; was there enough memory?"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "a worker process was ended by SIGSEGV"),
        ("os.abort()", "a worker process was ended by SIGABRT"),
        ("os._exit(0)", "a worker process ended with code 0"),
        ("raise MemoryError", "MemoryError"),
        ("raise z3.Z3Exception('b0rken')", "Z3Exception"),
        ("raise SystemError('null')", "SystemError: null"),
    ],
)
def test_a_worker_that_gives_way_is_no_verdict(tmp_path: Path, what: str, says: str) -> None:
    done = patched(tmp_path, what, "check", "-", *CLAIMS, "-j", "2", "-o", "json=report.json", "-o", "text")

    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("netpol: internal error: ")
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "report.json").read_text() == OLD_REPORT


def test_a_worker_that_dies_names_what_it_was_asked(tmp_path: Path) -> None:
    done = patched(tmp_path, "os.abort()", "check", "-", "-e", PROVED, "-e", PROVED + " ", "-j", "2")

    assert done.returncode == 4
    assert f"(it was asked about `{PROVED}" in done.stderr


def test_one_death_among_many_is_enough(tmp_path: Path) -> None:
    """All but one worker would say that the property is proved."""
    once = f"os.open({str(tmp_path / 'died')!r}, os.O_CREAT | os.O_EXCL); os.kill(os.getpid(), 9)"
    rest = f"try: {once}\n        except FileExistsError: return z3.unsat"
    done = patched(tmp_path, rest, "check", "-", *CLAIMS, "-j", "4")

    assert (done.returncode, done.stdout) == (4, "")


def test_a_solver_without_memory_has_no_answer_in_a_worker_either(tmp_path: Path) -> None:
    done = patched(tmp_path, "raise z3.Z3Exception(b'out of memory')", "check", "-", *CLAIMS, "-j", "2")

    assert done.returncode == 3
    assert "the memory limit" in done.stdout


def test_a_worker_that_lies_about_a_witness_is_found_out(tmp_path: Path) -> None:
    (tmp_path / "patch").mkdir()
    lie = IN_WORKER.replace("    def solve", "    honest = z3.Z3_solver_check_assumptions\n    def solve").format(
        "return honest(_[0], _[1], 0, _[3])"
    )
    (tmp_path / "patch/sitecustomize.py").write_text(lie)
    done = netpol(
        "check", "-", "-e", PROVED, "-e", PROVED + " : TCP/5000", "-j", "2", cwd=tmp_path, stdin=INPUT,
        PYTHONPATH=f"{tmp_path / 'patch'}:{ROOT}",
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (4, "")
    assert "ReplayError" in done.stderr


@needs_cvc5
def test_solvers_that_disagree_in_a_worker_end_the_run(tmp_path: Path) -> None:
    asked = ["check", "-", "-e", VIOLATED, "-e", VIOLATED + ",TCP/1", "--cross-check", "-j", "2"]
    done = patched(tmp_path, "return z3.Z3_L_FALSE", *asked, TMPDIR=str(tmp_path))

    assert (done.returncode, done.stdout) == (4, "")
    assert "Disagreement: to the question" in done.stderr
    assert "the script is " in done.stderr
    assert list(tmp_path.glob("netpol-disagreement-*.smt2"))


def test_a_vacuous_property_is_vacuous_in_a_worker(tmp_path: Path) -> None:
    done = netpol("check", "-", "-e", PROVED, "-e", VACUOUS, "-j", "2", "-u", "inventory", cwd=tmp_path, stdin=INPUT)

    assert done.returncode == 2


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [
        (signal.SIGINT, 130, "netpol: interrupted\n"),
        (signal.SIGTERM, 143, "netpol: terminated\n"),
        (signal.SIGKILL, -9, ""),
    ],
    ids=lambda value: str(value).strip(),
)
@pytest.mark.parametrize("everybody", [False, True])
def test_signals_end_all_processes(tmp_path: Path, number: int, code: int, said: str, everybody: bool) -> None:
    """everybody: the signal goes to the whole process group, as Ctrl-C and `timeout` have it."""
    (tmp_path / "patch").mkdir()
    busy = "open(f'pid-{os.getpid()}', 'x'); time.sleep(60)"
    (tmp_path / "patch/sitecustomize.py").write_text(IN_WORKER.format(busy))
    (tmp_path / "m.yaml").write_text(INPUT)
    with subprocess.Popen(
        [sys.executable, "-m", "verifier", "check", "m.yaml", *CLAIMS, "-j", "3"],
        cwd=tmp_path, env=environment(PYTHONPATH=f"{tmp_path / 'patch'}:{ROOT}"), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, process_group=0,
    ) as process:  # fmt: skip
        while len(pids := [int(path.name.removeprefix("pid-")) for path in tmp_path.glob("pid-*")]) < 3:
            assert process.poll() is None
            time.sleep(0.05)
        (os.killpg if everybody else os.kill)(process.pid, number)
        stdout, stderr = process.communicate(timeout=30)

    assert (process.returncode, stdout, stderr) == (code, "", said)
    assert all(map(gone, pids))


@needs_cvc5
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_process_of_the_second_solver_ends_with_the_run(tmp_path: Path, jobs: str) -> None:
    (tmp_path / "patch").mkdir()
    program = tmp_path / "program.py"
    program.write_text(f"import os, time\nopen({str(tmp_path)!r} + f'/pid-{{os.getpid()}}', 'x')\ntime.sleep(60)\n")
    patch = f"import verifier.smt.second as s\nfrom pathlib import Path\ns._PROGRAM = Path({str(program)!r})\n"
    (tmp_path / "patch/sitecustomize.py").write_text(
        f"import sys\nif 'program.py' not in str(sys.orig_argv):\n    {patch}".replace("\nfrom", "\n    from").replace(
            "\ns._", "\n    s._"
        )
    )
    (tmp_path / "m.yaml").write_text(INPUT)
    with subprocess.Popen(
        [sys.executable, "-m", "verifier", "check", "m.yaml", *CLAIMS, "-j", jobs, "--cross-check"],
        cwd=tmp_path, env=environment(PYTHONPATH=f"{tmp_path / 'patch'}:{ROOT}"), stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        while len(pids := [int(path.name.removeprefix("pid-")) for path in tmp_path.glob("pid-*")]) < int(jobs):
            assert process.poll() is None
            time.sleep(0.05)
        process.terminate()

        assert process.wait(timeout=30) == 143

    assert all(map(gone, pids))
