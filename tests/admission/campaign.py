"""Random requests, each judged by a desk and by a gate that reads both sides afresh: `make admission COUNT=1000`."""

import random
import sys

from tests.admission.desks import CLAIMS, Bench, accepted, changed, start
from verifier.admission.ruling import Ruling, Why
from verifier.engine.diff.outcome import of_gate
from verifier.ir.universe import INVENTORY, OPEN

CODES = {Why.PASSES: 0, Why.FREE: 0, Why.FAILS: 1, Why.INVALID: 2, Why.UNDECIDED: 3}
_A_BENCH = 12


def disagreement(bench: Bench, draw: random.Random) -> tuple[Ruling, str | None]:
    """The ruling of one more request, and how it differs from the gate's, if it does. What passes is stored, and some
    of what does not, as if somebody had gone round it."""
    asked = changed(draw, bench)
    while asked["object"] is not None and asked["object"] == asked["oldObject"]:  # what changes nothing is let through
        asked = changed(draw, bench)
    expected = bench.gate(asked)
    ruling = bench.ask(asked)
    told = None if CODES.get(ruling.why) == expected else f"gate {expected}, desk {ruling.why}: {asked} {bench.objects}"
    if ruling.allowed or (expected == 1 and draw.random() < 0.3):
        bench.store(asked)
    return ruling, told


def bench_of(draw: random.Random) -> Bench:
    """Most often one that stands well: where a property is broken already nothing passes."""
    for _ in range(8):
        growth = [accepted(flow) for flow in ("a/* -> b/*", "* -> a/app=w", "*/* -> external") if draw.random() < 0.4]
        claims = draw.sample(CLAIMS, draw.choice((0, 1, 1, 2)))
        excused = [accepted("* -> b/app=x : TCP/80", claims[0])] if claims and draw.random() < 0.4 else []
        universe = INVENTORY if draw.random() < 0.2 else OPEN
        bench = Bench(start(draw), *claims, universe=universe, acceptances=(*growth, *excused))
        bench.desk.settle()
        report = bench.desk.stand()
        if report is not None and of_gate(report).code == 0:
            return bench
    return bench


def main() -> int:
    seed, count = map(int, sys.argv[1:])
    draw, wrong, tally = random.Random(seed), 0, dict.fromkeys(Why, 0)
    bench = bench_of(draw)
    for number in range(count):
        if number % _A_BENCH == 0:
            bench = bench_of(draw)
        ruling, told = disagreement(bench, draw)
        tally[ruling.why] += 1
        if told is not None:
            wrong += 1
            print(f"request {number}: {told}")
    print(f"{count - wrong} of {count} as the gate says: {', '.join(f'{n} {why}' for why, n in tally.items() if n)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
