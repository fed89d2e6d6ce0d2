"""A session after one change, beside the cold run: in one process, processor time, the property of the profile."""

import sys
import time
from pathlib import Path

from benchmarks.profiles import PROFILES
from benchmarks.write import write
from verifier.manifests.notation.expression import parse_expression
from verifier.session import Session

NAME = "kind: NetworkPolicy\nmetadata:\n  name: "


def session_table(profiles: str, folder: Path) -> str:
    rows = [
        "### A session after one changed policy",
        "",
        "Processor time, best of three, imports and reading files apart.",
    ]
    rows += [
        "",
        "| | cold | a change that does not bear on it | x cold | one that does | x cold |",
        "|---|---|---|---|---|---|",
    ]
    for name in profiles:
        rows.append(_row(name, folder / f"session-{name}"))
    return "\n".join(rows)


def _row(name: str, folder: Path) -> str:
    profile = PROFILES[name]
    write(name, folder)
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}
    started = time.process_time()
    session = Session(texts, [parse_expression(profile.claim)])
    cold = time.process_time() - started
    best: dict[bool, float] = {}
    step = max(1, len(texts) // 8)
    for number, file in enumerate([*sorted(texts)[::step], *sorted(texts)[:8]] * 3):
        changed = texts[file].replace(NAME, f"{NAME}x{number}-", 1)
        started = time.process_time()
        session.update({file: changed})
        seconds = time.process_time() - started
        best[bool(session.asked)] = min(best.get(bool(session.asked), seconds), seconds)
    told = [
        f"{1000 * best[bears]:.0f} ms | 1/{cold / best[bears]:.0f}" if bears in best else "none | "
        for bears in (False, True)
    ]
    return f"| {name} | {cold:.2f} s | {' | '.join(told)} |"


def main() -> None:
    profiles, folder = sys.argv[1:]
    print(session_table(profiles, Path(folder)))


if __name__ == "__main__":
    main()
