"""What `coverage` says of edits, held against the same asked from scratch: the edit is written into the manifests by a
reading of its own (`tests/edits/written.py`), these are read, and `check`, the enumeration and `diff` are asked.

`make coverage-check COUNT=1000 SEED=1` does so with more of them.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.edits.trial import tried
from verifier.engine.results.coverage import Fate

SEEDS = {"kubernetes": (0, 20), "tiers": (0, 12), "cilium": (0, 14), "calico": (3, 8), "mesh": (8, 18)}
EDITS = 4
"""Of one example."""


@pytest.mark.parametrize("name", SEEDS)
def test_an_edit_is_noticed_iff_the_property_breaks_once_it_is_written(
    name: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    tally: Counter[str] = Counter()
    for seed in range(*SEEDS[name]):
        found = tried(name, seed, tmp_path, EDITS)
        assert found.mistakes == [], "\n\n".join(found.mistakes)
        tally += found.tally
    record_property("edits", {str(fate): number for fate, number in tally.items()})
    assert min(tally[fate] for fate in (Fate.NOTICED, Fate.UNNOTICED, Fate.EQUIVALENT)) >= 1


def test_labels_that_nobody_has_said_leave_an_edit_undecided(tmp_path: Path) -> None:
    """That a controller may choose a label is no more than a possibility, as for `check`."""
    found = tried("mesh", 141, tmp_path, 12)

    assert found.mistakes == []
    assert found.tally[Fate.UNDECIDED]
