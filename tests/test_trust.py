"""docs/trust.md walks through a dump: what it shows is what the program writes."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.process import ROOT, netpol
from tests.readme import blocks

TRUST = (ROOT / "docs" / "trust.md").read_text(encoding="utf-8")
NAME = "only-role-monitoring---app-apiserver-TCP-5000.smt2"


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that the page walks through, made by the command that it gives."""
    folder = tmp_path_factory.mktemp("scripts")
    [expression] = re.findall(r"monitoring-5000/good -e '(.+)' --dump-smt2", TRUST)
    done = netpol("check", "examples/monitoring-5000/good", "-e", expression, "--dump-smt2", str(folder), cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return folder / NAME


def test_the_walk_shows_the_script_in_its_order(dump: Path) -> None:
    lines = iter(dump.read_text().splitlines())
    shown = [line for block in blocks(TRUST, "smt2") for line in block.splitlines()]

    assert len(shown) > 30
    assert [line for line in shown if line not in lines] == []


@pytest.mark.skipif(
    shutil.which("z3", path=str(Path(sys.executable).parent)) is None, reason="z3 came without a program"
)
def test_the_program_of_z3_takes_it_as_the_page_says(dump: Path) -> None:
    z3 = Path(sys.executable).parent / "z3"

    assert f"z3 scripts/{NAME}\nunsat" in TRUST
    assert subprocess.run([z3, dump], capture_output=True, text=True, check=True).stdout == "unsat\n"


@pytest.mark.skipif(importlib.util.find_spec("cvc5") is None, reason="cvc5 is not installed: no cross-check")
def test_our_program_for_cvc5_takes_it_as_the_page_says(dump: Path) -> None:
    done = netpol(cwd=ROOT, stdin=dump.read_text(), program=("-m", "verifier.smt.cvc5program"))

    assert f"verifier.smt.cvc5program < scripts/{NAME}\nunsat" in TRUST
    assert (done.returncode, done.stdout) == (0, "unsat\n")
