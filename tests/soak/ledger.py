"""What a soak has done so far: an append-only file with one line for each block of seeds, so that a run that ends early
goes on where it was."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Block:
    """`count` seeds from `first` on, all of them asked of one state of the code."""

    code: str
    first: int
    count: int
    seconds: float
    tally: dict[str, int]
    finds: list[str] = field(default_factory=list)


def code() -> str:
    """A digest of everything that decides what a seed is and what is answered."""
    digest = sha256(os.environ.get("NETPOL_CORPUS", "").encode() and b"corpus")
    for path in sorted([*ROOT.glob("verifier/**/*.py"), *ROOT.glob("tests/*.py"), *ROOT.glob("tests/*/*.py")]):
        if path.is_relative_to(ROOT / "verifier") or path.parent.name in ("soak", "oracle") or _draws(path):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _draws(path: Path) -> bool:
    return path.relative_to(ROOT).as_posix() == "tests/packaged.py" or path.parent.name == "generators"


def append(ledger: Path, block: Block) -> None:
    """One write at the end of the file: whole, or, where the machine stops in it, a last line that is not read."""
    line = json.dumps(asdict(block), separators=(",", ":"), sort_keys=True)
    ledger.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, f"{line}\n".encode())
    finally:
        os.close(descriptor)


def read(ledger: Path) -> Iterator[Block]:
    if not ledger.exists():
        return
    for line in ledger.read_text().splitlines():
        try:
            yield Block(**json.loads(line))
        except (ValueError, TypeError):
            continue  # a line that was cut off


def total(blocks: Iterable[Block]) -> Counter[str]:
    found: Counter[str] = Counter()
    for block in blocks:
        found.update(block.tally)
    return found
