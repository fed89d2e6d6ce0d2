"""A block of seeds, run through all readings."""

import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Container, Iterator
from pathlib import Path

from tests.soak import checks, connections, drawing, pairs, telling
from tests.soak.corpus import pieces
from tests.soak.drawing import Drawn, drawn
from tests.soak.find import Find
from tests.soak.ledger import Block
from tests.soak.tally import Tally

SIZE = 25
"""Seeds in a block."""
ALL = (*drawing.KINDS, *pairs.KINDS)


def run(
    code: str, first: int, count: int = SIZE, small: bool = True, kinds: Container[str] = ALL
) -> tuple[Block, list[Find]]:
    """`small`: what is found is made small. kinds: the sets and pairs that are asked, of all the seeds stand for."""
    started = time.monotonic()
    tally: Tally = Counter()
    finds: list[Find] = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, first + count):
            finds += _seed(seed, Path(folder), tally, small, kinds)
    seconds = round(time.monotonic() - started, 2)
    told = [f"seed {find.seed}: {find.what}" for find in finds]
    return Block(code, first, count, seconds, dict(sorted(tally.items())), told), finds


def _seed(seed: int, folder: Path, tally: Tally, small: bool, kinds: Container[str]) -> list[Find]:
    """Every question of a seed. A reading that breaks down is a find as well."""
    given: Drawn | None = None
    tally["seeds"] += 1
    found: list[Find] = []
    try:
        if drawing.kind_of(seed) in kinds:
            given = drawn(seed, pieces())
            found.extend(_questions(seed, given, folder, tally, small))
        if seed % 2 == 0 and pairs.kind_of(seed, pieces()) in kinds:
            found.extend(pairs.run(seed, *pairs.drawn(seed, pieces()), folder, tally, small))
    except Exception:
        lines = traceback.format_exc().splitlines()
        text = "\n".join(f"# {line}" for line in [*lines, str(given)])
        said = f"a reading broke down: {lines[-1]}"
        found.append(Find(seed, said, ((f"soak-{seed}-broken.yaml", f"{text}\n"),)))
    return found


def _questions(seed: int, given: Drawn, folder: Path, tally: Tally, small: bool) -> Iterator[Find]:
    yield from checks.run(seed, given, folder, tally, small)
    if seed % 4 == 1:
        yield from connections.run(seed, given, tally)
    if seed % 4 == 3:
        yield from telling.run(seed, given, folder, tally)
