"""Comparisons against the enumeration, on random pairs of small clusters: the same relation under every setting of the
open switches, and regions that are exactly the difference: no connection too many, none too few.

NETPOL_PAIRS=FIRST:LAST tries these pairs instead of the usual ones.
"""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests import oracle, packaged
from tests.generators.changes import Pair, pair
from tests.generators.inventories import inventory_pair
from tests.generators.tierchanges import tiered_pair
from tests.shrink import shrunk
from verifier.engine.diff import listing
from verifier.engine.region import boxes
from verifier.errors import InputError, InternalError

PAIRS, TIERED, INVENTORIES = 720, 400, 400
SLICES = 8
"""Each a test of its own, so that they can run side by side."""


class Tried(NamedTuple):
    """What the package says of a pair. `mistake`: what it gets wrong, if anything, and `about`: all about that.
    supposing: a region speaks of what nobody can say. one_sided: a workload is new, gone, or uses another network.
    unselected: a region speaks of pods that no policy isolates."""

    relation: str
    mistake: str = ""
    about: str = ""
    supposing: bool = False
    one_sided: bool = False
    unselected: bool = False


def tried(given: Pair, folder: Path) -> Tried:
    """Raises InputError where the universe forbids something of either side."""
    asked = (given.old, given.new, given.universe, given.switches, given.accepted)
    try:
        found = packaged.difference(*asked, folder=folder, forgets=given.forgets)
    except InternalError as error:
        return Tried("none", type(error).__name__, str(error))
    said = found.relation.value
    regions = [[packaged.plain_region(r) for r in some] for some in (found.added, found.removed)]
    true = oracle.compare(*asked, *regions, forgets=given.forgets)
    if (said, tuple(sorted(found.depends_on))) != (true.relation, true.depends_on):
        return Tried(said, "relation", f"package: {said} {found.depends_on}\nenumeration: {true}")
    one_sided = (found.new_workloads, found.gone_workloads, found.turned_workloads)
    workloads = [sorted({str(w) for w in some}) for some in one_sided]
    if workloads != [list(some) for some in true[3:]]:
        return Tried(said, "workloads", f"package: {workloads}\nenumeration: {true}")
    if not found.complete:
        return Tried(said, "incomplete", str(found.reason))
    if true.wrong is not None:
        return Tried(said, "regions", f"added: {regions[0]}\nremoved: {regions[1]}\ndescribed wrongly: {true.wrong}")
    supposing = any(region["supposing"] for some in regions for region in some)
    unselected = any(region["unselected"] for some in regions for region in some)
    return Tried(said, supposing=supposing, one_sided=any(one_sided), unselected=unselected)


def still(mistake: str, folder: Path) -> Callable[[Pair], bool]:
    """Whether a smaller pair still shows a mistake of this sort."""

    def fails(given: Pair) -> bool:
        try:
            return tried(given, folder).mistake == mistake
        except (InputError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            return False  # what shrinking left over is no pair

    return fails


def seeds(part: int, count: int) -> range:
    first, last = (int(n) for n in os.environ.get("NETPOL_PAIRS", f"0:{count}").split(":"))
    return range(first + part, last, SLICES)


@pytest.mark.parametrize("part", range(SLICES))
def test_comparison_agrees_with_the_enumeration(
    part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    if part % 4 == 0:  # regions do not spell out the policies of the end that did not change
        monkeypatch.setattr(listing, "_MANY_ATOMS", 0)
    if part % 4 == 1:  # whether all that does not hold can go is tried first
        monkeypatch.setattr(boxes, "_CROWD", 0)
    if part % 4 == 1:  # nor many conditions where it is enough that no policy isolates a pod
        monkeypatch.setattr(boxes, "_MANY_DENIED", 0)
    found = all_tried(pair, seeds(part, PAIRS), tmp_path)
    record_property("shares", shares(found))
    if "NETPOL_PAIRS" not in os.environ:
        assert compared(found) >= 0.8 * PAIRS / SLICES
        assert min(found[name] for name in ("equivalent", "wider", "narrower", "incomparable")) >= 3
        assert found["no policy isolates"] or part % 4 != 1


@pytest.mark.parametrize("part", range(SLICES))
def test_comparison_of_tiers_agrees_with_the_enumeration(
    part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    if part % 4 == 1:
        monkeypatch.setattr(boxes, "_MANY_DENIED", 0)
    found = all_tried(tiered_pair, seeds(part, TIERED), tmp_path)
    record_property("shares", shares(found))
    if "NETPOL_PAIRS" not in os.environ:
        assert compared(found) >= 0.8 * TIERED / SLICES
        assert min(found["equivalent"], found["wider"] + found["narrower"]) >= 2
        assert found["hangs on what nobody can say"]


@pytest.mark.parametrize("part", range(SLICES))
def test_comparison_of_inventories_agrees_with_the_enumeration(
    part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    if part % 4 == 1:
        monkeypatch.setattr(boxes, "_MANY_DENIED", 0)
    found = all_tried(inventory_pair, seeds(part, INVENTORIES), tmp_path)
    record_property("shares", shares(found))
    if "NETPOL_PAIRS" not in os.environ:
        assert compared(found) >= 0.8 * INVENTORIES / SLICES
        assert min(found[name] for name in ("equivalent", "wider", "narrower", "incomparable")) >= 2
        assert found["new or gone"] >= 5


def all_tried(drawing: Callable[[int], Pair], of: range, folder: Path) -> Counter[str]:
    """How many pairs have which relation, or are refused."""
    found: Counter[str] = Counter()
    for seed in of:
        given = drawing(seed)
        try:
            one = tried(given, folder)
        except InputError as error:
            if {d.code for d in error.diagnostics} - {"universe-forbids", "empty-universe"}:
                raise
            found["refused"] += 1
            continue
        if one.mistake:
            small = shrunk(given, still(one.mistake, folder))
            pytest.fail(f"{drawing.__name__}({seed}), made smaller:\n{small}\n{tried(small, folder).about}")
        found[one.relation] += 1
        found["hangs on what nobody can say"] += one.supposing
        found["new or gone"] += one.one_sided
        found["no policy isolates"] += one.unselected
    return found


def compared(found: Counter[str]) -> int:
    return found.total() - sum(found[name] for name in ("refused", "hangs on what nobody can say", "new or gone"))


def shares(found: Counter[str]) -> str:
    total = compared(found)
    return f"{total} pairs: {', '.join(f'{count / total:.0%} {name}' for name, count in found.most_common())}"
