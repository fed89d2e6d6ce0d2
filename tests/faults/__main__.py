"""`python -m tests.faults`: plants each fault in a copy of the tree and tells which test notices it."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

from tests.faults import EVERYTHING, Fault

ROOT = Path(__file__).parents[2]
SUITES = (
    ("tests/test_cases.py",),
    ("tests/encoding", "tests/test_semantics.py", "tests/ir", "tests/manifests"),
    ("tests/engine",),
    ("tests/test_soak.py",),
)
"""The quick tests, in the order in which they are tried."""
_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+?)(?:\[.*)?(?: - .*)?$", re.MULTILINE)


def main(arguments: Sequence[str] | None = None) -> int:
    """0: every fault is caught."""
    parser = argparse.ArgumentParser(prog="faults")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="faults that have this in their description")
    options = parser.parse_args(arguments)
    faults = [fault for fault in EVERYTHING if options.only in fault.what]
    adrift = [fault for fault in faults if not fault.fits(ROOT)]
    for fault in adrift:
        print(f"ADRIFT: {fault.what}: the anchor does not stand in {fault.path} exactly once")
    missed = 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.jobs) as pool:
        trees: Queue[Path] = Queue()
        for number in range(options.jobs):
            trees.put(copy(Path(folder) / str(number)))
        without = failing(trees.queue[0], SUITES)
        if without is not None:
            print(f"the tests fail without any fault: {without}")
            return 1

        def tried(fault: Fault) -> str | None:
            tree = trees.get()
            try:
                return caught(fault, tree)
            finally:
                trees.put(tree)

        sound = [fault for fault in faults if fault not in adrift]
        for fault, by in zip(sound, pool.map(tried, sound), strict=True):
            missed += by is None
            print(f"{fault.what} | {fault.path} | {by or 'NOT CAUGHT'}", flush=True)
    print(f"{len(sound)} faults, {len(sound) - missed} caught, {len(adrift)} adrift")
    return 1 if missed or adrift else 0


def copy(tree: Path) -> Path:
    """A copy of all that the tests need."""
    tree.mkdir(parents=True)
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in ("verifier", "tests", "properties", "examples", "docs"):
        shutil.copytree(ROOT / name, tree / name, ignore=ignore)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tree / name)
    return tree


def caught(fault: Fault, tree: Path, suites: Sequence[Sequence[str]] = SUITES) -> str | None:
    """The test that notices the fault; None: no test does. The tree is as before afterwards."""
    file = tree / fault.path
    before = file.read_text()
    fault.plant(tree)
    try:
        return failing(tree, suites)
    finally:
        file.write_text(before)


def failing(tree: Path, suites: Sequence[Sequence[str]]) -> str | None:
    """The first test that fails; None: all pass."""
    for suite in suites:
        command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-p", "no:cacheprovider", *suite]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(tree)}
        run = subprocess.run(command, cwd=tree, capture_output=True, text=True, env=environment, check=False)
        if run.returncode != 0:
            found = _FAILED.search(run.stdout)
            return found[1] if found else f"{' '.join(suite)} (exit {run.returncode})"
    return None


if __name__ == "__main__":
    sys.exit(main())
