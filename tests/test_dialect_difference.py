"""Comparisons of policies of Cilium, Calico and meshes against the enumeration, on random pairs: whatever moved of some
drawn connections the relation and the regions say, and nothing else; and what a region shows as its witness moved."""

from collections import Counter
from collections.abc import Callable

import pytest

from tests.dialectpairs import tried
from tests.generators.dialectchanges import dialect_pair
from verifier.engine.region import boxes
from verifier.errors import InputError

PAIRS, SLICES = 80, 4


@pytest.mark.parametrize("part", range(SLICES))
def test_difference_is_what_the_enumeration_finds(
    part: int, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    if part % 2:  # regions say that no policy isolates a pod wherever that is one condition for another
        monkeypatch.setattr(boxes, "_MANY_DENIED", 0)
    relations: Counter[str] = Counter()
    moved = 0
    for seed in range(part, PAIRS, SLICES):
        try:
            found = tried(dialect_pair(seed), seed)
        except InputError:
            relations["refused"] += 1
            continue
        assert not found.mistake, f"dialect_pair({seed}) is {found.relation}: {found.mistake}\n{dialect_pair(seed)}"
        relations[found.relation] += 1
        moved += found.moved
    record_property("shares", f"{relations}, {moved} connections moved")
    assert min(relations["wider"], relations["narrower"], relations["equivalent"]) >= 1
    assert moved >= 50
    assert relations["refused"] <= PAIRS / SLICES / 4
