"""Which test noticed each fault when it was last planted. That one is tried first: most faults cost one test."""

from collections.abc import Iterable
from pathlib import Path

from tests.mutants import EVERYTHING

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


def record(tests: dict[str, str], file: Path = RECORD) -> None:
    """Writes the record, in the order of the faults; of faults that are no more nothing is kept."""
    lines = (f"{fault.what}\t{tests[fault.what]}\n" for fault in EVERYTHING if fault.what in tests)
    file.write_text("".join(lines))
