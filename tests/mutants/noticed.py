"""Which test noticed each fault when it was last planted. That one is tried first: most faults cost one test."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.mutants import EVERYTHING, Fault

RECORD = Path(__file__).with_name("noticed.tsv")
"""A line for each fault: what it is, a tab, the test as pytest names it."""


def recorded(record: Path = RECORD) -> dict[str, str]:
    """The tests by fault; empty where nothing was recorded."""
    if not record.exists():
        return {}
    return dict(line.split("\t", 1) for line in record.read_text().splitlines())


def alive(tests: dict[str, str], collected: Iterable[str]) -> dict[str, str]:
    """Of what was recorded the tests that are still there: one that pytest cannot find would pass for a failure."""
    there = {*collected}
    return {what: test for what, test in tests.items() if test in there}


def near(fault: Fault, tests: dict[str, str]) -> list[str]:
    """Where the tests are that noticed other faults in the same file, most of them first."""
    others = (tests[other.what] for other in EVERYTHING if other.path == fault.path and other.what in tests)
    return [file for file, _ in Counter(test.partition("::")[0] for test in others).most_common()]


def record(tests: dict[str, str], file: Path = RECORD) -> None:
    """Writes the record, in the order of the faults; of faults that are no more nothing is kept."""
    lines = (f"{fault.what}\t{tests[fault.what]}\n" for fault in EVERYTHING if fault.what in tests)
    file.write_text("".join(lines))
