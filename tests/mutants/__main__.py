"""`python -m tests.mutants`: plants each fault in a copy of the tree and tells which test notices it."""

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

from tests.mutants import EVERYTHING, Fault
from tests.mutants.noticed import alive, near, record, recorded
from tests.mutants.reaching import reached
from tests.mutants.tree import ROOT, caught, collected, copy, failing


def main(arguments: Sequence[str] | None = None) -> int:
    """0: every fault is caught."""
    parser = argparse.ArgumentParser(prog="faults")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="faults that have this in their description")
    parser.add_argument("--start", type=int, default=0, help="how many faults to pass over")
    parser.add_argument("--passing", action="store_true", help="the tests are known to pass where nothing is planted")
    options = parser.parse_args(arguments)
    faults = [fault for fault in EVERYTHING[options.start :] if options.only in fault.what]
    adrift = [fault for fault in faults if not fault.fits(ROOT)]
    for fault in adrift:
        print(f"ADRIFT: {fault.what}: the anchor does not stand in {fault.path} exactly once")
    sound = [fault for fault in faults if fault not in adrift]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.jobs) as pool:
        trees: Queue[Path] = Queue()
        for number in range(options.jobs):
            trees.put(copy(Path(folder) / str(number)))
        first = alive(recorded(), collected(trees.queue[0]))
        known = [fault for fault in sound if fault.what in first]
        without = None if options.passing else failing(trees.queue[0], sorted({first[fault.what] for fault in known}))
        if without is not None:
            print(f"it fails without any fault: {without}")
            return 1

        def tried(fault: Fault, tests: Sequence[str]) -> str | None:
            tree = trees.get()
            try:
                return caught(fault, tree, tests)
            finally:
                trees.put(tree)

        def missed(faults: Sequence[Fault], tests: Mapping[str, Sequence[str]], otherwise: str) -> list[Fault]:
            """Those that none of their tests notices."""
            uncaught = []
            found = pool.map(tried, faults, (tests.get(fault.what, ()) for fault in faults))
            for fault, by in zip(faults, found, strict=True):
                if by is None:
                    uncaught.append(fault)
                else:
                    record({**recorded(), fault.what: by})
                print(f"{fault.what} | {fault.path} | {by or otherwise}", flush=True)
            return uncaught

        again = missed(known, {what: [test] for what, test in first.items()}, "no longer noticed by the test that did")
        left = [fault for fault in sound if fault in again or fault not in known]
        left = missed(left, {fault.what: near(fault, first) for fault in left}, "not noticed nearby")
        reaching = reached(copy(Path(folder) / "marked"), left, options.jobs) if left else {}
        uncaught = missed(left, reaching, "NOT CAUGHT")
    print(f"{len(sound)} faults, {len(sound) - len(uncaught)} caught, {len(adrift)} adrift")
    return 1 if uncaught or adrift else 0


if __name__ == "__main__":
    sys.exit(main())
