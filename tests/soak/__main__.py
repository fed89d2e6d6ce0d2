"""`python -m tests.soak --count CASES --seed SEED`: see docs/trust.md."""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import count, islice
from multiprocessing import get_context
from pathlib import Path

from tests.soak import ledger
from tests.soak.block import ALL, SIZE, run
from tests.soak.find import Find
from tests.soak.ledger import Block
from tests.soak.report import starved, table

AHEAD = 16
"""How many blocks are handed out for each process: a slow one shall keep nobody else waiting."""


def main(arguments: list[str] | None = None) -> int:
    """0: no disagreement and nothing starved; 1 otherwise."""
    options = _options().parse_args(arguments)
    state = ledger.code() + "".join(f" {kind}" for kind in options.only)
    done = {block.first: block for block in ledger.read(options.ledger) if block.code == state}
    seen: list[Block] = []
    cases, told = 0, time.monotonic()
    for block, finds in blocks(state, options.seed, options.jobs, done, options.only or ALL):
        if block.first not in done:
            for find in finds:
                find.save(options.finds)
                print(f"seed {find.seed}: {find.what}", file=sys.stderr, flush=True)
            ledger.append(options.ledger, block)
        seen.append(block)
        cases += block.tally.get("cases", 0)
        if time.monotonic() - told > 60:
            print(f"{cases} cases", file=sys.stderr, flush=True)
            told = time.monotonic()
        if cases >= options.count or time.time() > options.until:
            break
    print(table(seen))
    lacking = starved(ledger.total(seen))
    for name in lacking:
        print(f"starved: {name}")
    return 1 if lacking or any(block.finds for block in seen) else 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="soak")
    parser.add_argument("--count", type=int, default=10_000, help="how many cases")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        choices=ALL,
        help="a kind of set or of pair; all others of a seed are not asked",
    )
    parser.add_argument("--ledger", type=Path, default=Path(".soak/ledger"), help="what was done, to go on from")
    parser.add_argument(
        "--finds", type=Path, default=Path(".soak/finds"), help="where disagreements are saved as cases"
    )
    parser.add_argument("--until", type=float, default=float("inf"), help="seconds since 1970: no new block after that")
    return parser


def blocks(
    state: str, seed: int, jobs: int, done: dict[int, Block], kinds: Sequence[str] = ALL
) -> Iterator[tuple[Block, list[Find]]]:
    """Blocks in the order of their seeds, without end."""
    firsts = count(seed, SIZE)
    if jobs == 1:
        for first in firsts:
            yield (done[first], []) if first in done else run(state, first, kinds=kinds)
    with ProcessPoolExecutor(jobs, get_context("spawn"), max_tasks_per_child=200) as pool:
        waiting = [(first, _start(pool, state, first, done, kinds)) for first in islice(firsts, AHEAD * jobs)]
        try:
            while True:
                first, future = waiting.pop(0)
                following = next(firsts)
                waiting.append((following, _start(pool, state, following, done, kinds)))
                yield (done[first], []) if future is None else future.result()
        finally:
            for _, future in waiting:
                if future is not None:
                    future.cancel()


def _start(pool: ProcessPoolExecutor, state: str, first: int, done: dict[int, Block], kinds: Sequence[str]):
    return None if first in done else pool.submit(run, state, first, kinds=kinds)


if __name__ == "__main__":
    sys.exit(main())
