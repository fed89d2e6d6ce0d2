"""A copy of the tree, in which faults are planted, and what pytest says there."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from tests.mutants.fault import Fault

ROOT = Path(__file__).parents[2]
_TIMES = count(int(time.time()) + 1)
"""Seconds since 1970, each given once."""
_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+?(?:\[.*?\])?)(?: - .*)?$", re.MULTILINE)


def copy(tree: Path) -> Path:
    """A copy of all that the tests need."""
    tree.mkdir(parents=True)
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc", "node_modules")
    for name in ("verifier", "tests", "properties", "examples", "docs", "playground", "release", ".github"):
        shutil.copytree(ROOT / name, tree / name, ignore=ignore)
    texts = (
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "action.yml",
        ".pre-commit-hooks.yaml",
        "constraints.txt",
        "requirements.lock",
    )
    for name in ("pyproject.toml", *texts):
        shutil.copy(ROOT / name, tree / name)
    return tree


def caught(fault: Fault, tree: Path, tests: Sequence[str]) -> str | None:
    """The first of the tests that notices the fault; None: none does. The tree is as before afterwards."""
    file = tree / fault.path
    before = file.read_text()
    fault.plant(tree)
    _make_newer(file)
    try:
        return failing(tree, tests)
    finally:
        file.write_text(before)
        _make_newer(file)


def _make_newer(file: Path) -> None:
    """Gives a file that was just written a time that none of its bytecode has, which knows it by second and size."""
    later = next(_TIMES)
    os.utime(file, (later, later))


def collected(tree: Path) -> list[str]:
    """Every test that pytest finds there."""
    run = pytest(tree, "--collect-only", "-q")
    if run.returncode != 0:
        raise ChildProcessError(f"the tests cannot be collected: {run.stdout[-500:]}")
    return run.stdout.splitlines()


def failing(tree: Path, tests: Sequence[str]) -> str | None:
    """The first test that fails; None: all pass."""
    for some in _turns(tests):
        (tree / "tests.txt").write_text("".join(f"{test}\n" for test in some))
        run = pytest(tree, "-x", "-q", "--tb=no", "@tests.txt")
        found = _FAILED.search(run.stdout)
        if found:
            return found[1]
        if run.returncode != 0:
            raise ChildProcessError(f"exit {run.returncode}, and no test failed: {(run.stdout + run.stderr)[-500:]}")
    return None


def _turns(tests: Sequence[str]) -> Iterator[Sequence[str]]:
    """A few tests, then many: to find tests takes pytest longer than to run most of them."""
    few, many = 20, 200
    for some in (tests[:few], tests[few:many], tests[many:]):
        if some:
            yield some


def pytest(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPATH": str(tree)}
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, env=environment, check=False)
