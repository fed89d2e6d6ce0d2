"""What the answers of a run rest on and what they do not cover: the same for every format."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from msgspec import Struct

from verifier.engine.results.diff import GateReport
from verifier.engine.results.passedover import left_unread
from verifier.engine.results.standing import each_once
from verifier.fleet.result import FleetReport
from verifier.ir.cluster import PassedOver
from verifier.ir.prose import listed

_MOST = 5
"""Clusters that are named before the rest is only counted."""


class Coverage(Struct, frozen=True):
    """assumptions, not_covered: one entry each, without a final period, each once. unread: what is said of what was
    passed over, which is not among `not_covered`."""

    assumptions: tuple[str, ...] = ()
    not_covered: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    def lines(self) -> tuple[str, ...]:
        """All of it, an entry a line, what was passed over first."""
        return (
            *(f"Not covered: {entry}" for entry in (*self.unread, *self.not_covered)),
            *(f"Assumed: {entry}" for entry in self.assumptions),
        )


class Told(Protocol):
    """A report that says what it rests on and what it leaves out."""

    @property
    def assumptions(self) -> tuple[str, ...]: ...
    @property
    def not_covered(self) -> tuple[str, ...]: ...
    @property
    def passed_over(self) -> tuple[PassedOver, ...]: ...


def coverage_of(*parts: Told) -> Coverage:
    """That of several parts of a report together."""
    unread = {text for part in parts for text in left_unread(part.passed_over)}
    return Coverage(
        tuple(dict.fromkeys(entry for part in parts for entry in part.assumptions)),
        each_once(entry for part in parts for entry in part.not_covered if entry not in unread),
        left_unread([each for part in parts for each in part.passed_over]),
    )


def of_gate(report: GateReport) -> Coverage:
    """That of all that was asked, under the terms of either side."""
    both = [report] if report.other is None else [report, report.other]
    return coverage_of(*(part for each in both for part in (each.head, each.difference, each.base)))


def of_fleet(report: FleetReport) -> Coverage:
    """That of all clusters that were read; what holds in some of them names them."""
    found = {each.name: coverage_of(each.report) for each in report.clusters if each.report.results}
    return Coverage(
        _where({name: each.assumptions for name, each in found.items()}),
        _where({name: each.not_covered for name, each in found.items()}),
        _where({name: each.unread for name, each in found.items()}),
    )


def _where(found: dict[str, Sequence[str]]) -> tuple[str, ...]:
    entries: Iterable[str] = dict.fromkeys(entry for some in found.values() for entry in some)
    places = {entry: [name for name, some in found.items() if entry in some] for entry in entries}
    return tuple(
        entry if len(names) == len(found) else f"{entry} (in {listed(names, _MOST)})" for entry, names in places.items()
    )
