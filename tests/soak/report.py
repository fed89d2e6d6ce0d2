"""What a soak shows at its end."""

from collections import Counter
from collections.abc import Mapping, Sequence

from tests.soak.ledger import Block, total

VERDICTS = ("proved", "violated", "unknown", "vacuous")
RELATIONS = ("equivalent", "wider", "narrower", "incomparable", "unknown")
LEAST = 0.1
ENOUGH = 1000
"""Cases from which on shares say something."""


def table(blocks: Sequence[Block]) -> str:
    """Seeds, cases, rate, and the histogram of what was drawn and answered."""
    tally = total(blocks)
    seconds = sum(block.seconds for block in blocks)
    cases = tally["cases"]
    first, last = min(b.first for b in blocks), max(b.first + b.count for b in blocks) - 1
    lines = [
        f"seeds {first} to {last}, {cases} cases in {seconds:.0f} s of one process ({cases / seconds:.0f} a second)",
        f"{sum(len(block.finds) for block in blocks)} disagreements",
        *(find for block in blocks for find in block.finds),
    ]
    groups: dict[str, Counter[str]] = {}
    for name, number in tally.items():
        group, slash, rest = name.partition("/")
        groups.setdefault(group if slash else "counts", Counter())[rest if slash else name] = number
    for group, counted in sorted(groups.items()):
        of = counted.total() if group in ("verdict", "relation", "kind", "claim", "connection") else cases
        shown = (
            f"{name} {number}" + ("" if group == "counts" else f" ({number / of:.1%})")
            for name, number in counted.most_common()
        )
        lines.append(f"{group}: {', '.join(shown)}")
    return "\n".join(lines)


def starved(tally: Mapping[str, int]) -> list[str]:
    """Verdicts and relations that fewer than a tenth of the answers are, where there are enough to tell."""
    found = []
    for group, names in (("verdict", VERDICTS), ("relation", RELATIONS)):
        everything = sum(tally.get(f"{group}/{name}", 0) for name in names)
        if everything >= ENOUGH:
            found += [f"{group}/{name}" for name in names if tally.get(f"{group}/{name}", 0) < LEAST * everything]
    return found
