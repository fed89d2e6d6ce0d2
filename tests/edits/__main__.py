"""`python -m tests.edits COUNT SEED`: so many edits, of examples from a seed on, held against the same from scratch."""

import sys
import tempfile
from collections import Counter
from itertools import count, cycle
from pathlib import Path

from tests.edits.trial import DRAWINGS, tried
from verifier.engine.results.coverage import Fate

_EDITS = 6
"""Of one example."""


def main(wanted: int, seed: int) -> int:
    """0: they agree about all; 1: they do not."""
    tally: Counter[str] = Counter()
    by_drawing: Counter[str] = Counter()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, name in zip(count(), cycle(DRAWINGS), strict=False):
            found = tried(name, seed + number // len(DRAWINGS), Path(folder), _EDITS)
            tally += found.tally
            by_drawing[name] += sum(found.tally[fate] for fate in Fate)
            wrong += len(found.mistakes)
            for mistake in found.mistakes:
                print(mistake, file=sys.stderr, flush=True)
            if by_drawing.total() >= wanted:
                break
    fates = ", ".join(f"{tally[fate]} {fate}" for fate in Fate)
    print(f"{by_drawing.total()} edits ({fates}), {tally['refused']} refused, {wrong} mistakes")
    print(", ".join(f"{name} {number}" for name, number in by_drawing.items()))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
