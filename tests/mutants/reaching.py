"""Which tests run the statement that a fault stands in: no others can notice it, and most of them are quick."""

import json
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.mutants import marks
from tests.mutants.fault import Fault
from tests.mutants.tree import pytest


def reached(tree: Path, faults: Sequence[Fault], jobs: int) -> dict[str, list[str]]:
    """The tests that reach each fault, from a run of all in a tree of which nothing was run yet.

    Only those that pass there: the others would seem to notice whatever is planted."""
    mark(tree, faults)
    pytest(tree, "-p", "sitecustomize", "-n", str(jobs))
    return noted(tree, faults)


def mark(tree: Path, faults: Sequence[Fault]) -> None:
    """Makes the tree tell what is reached in it."""
    shutil.copy(marks.__file__, tree / "sitecustomize.py")
    modules: dict[str, dict[int, int]] = {}
    for number, fault in enumerate(faults):
        if fault.path.endswith(".py"):
            modules.setdefault(fault.path, {})[number] = line(fault, (tree / fault.path).read_text())
    (tree / marks.MARKS).write_text(json.dumps(modules))


def line(fault: Fault, text: str) -> int:
    """The line of the first letter that the fault changes."""
    letters = zip(fault.anchor, fault.bug, strict=False)
    changed = next((at for at, (was, becomes) in enumerate(letters) if was != becomes), len(fault.anchor))
    return text.count("\n", 0, text.index(fault.anchor) + min(changed, len(fault.anchor.rstrip()) - 1)) + 1


def noted(tree: Path, faults: Sequence[Fault]) -> dict[str, list[str]]:
    """First those that are quick and reach little, and so are about it: most faults are noticed by one of the first."""
    # What is named after its place has another name in another tree.
    seconds = {test: float(taken) for taken, test in _notes(tree / marks.PASSED) if str(tree) not in test}
    reached = [(faults[int(number)].what, test) for number, test in _notes(tree / marks.REACHED) if test in seconds]
    reach = Counter(test for _, test in {*reached})
    tests: dict[str, list[str]] = {}
    for what, test in sorted({*reached}, key=lambda pair: (seconds[pair[1]] * reach[pair[1]], pair)):
        tests.setdefault(what, []).append(test)
    # What the tests of a file share is made once, and only the first of them reaches what makes it.
    return {what: [*some, *dict.fromkeys(test.partition("::")[0] for test in some)] for what, some in tests.items()}


def _notes(file: Path) -> list[tuple[str, str]]:
    """Lines of something, a tab and a test."""
    lines = file.read_text().splitlines() if file.exists() else []
    return [(what, test) for what, _, test in (line.partition("\t") for line in lines)]
