"""Measures what a fleet costs: reading a cluster, a property, and sending a task; prints the table of docs/scale.md.

python -m benchmarks.fleet [--turns 3] [--properties 64]

Seconds are of the processor, so that what else the machine does counts as little as can be, and the best of several
turns; the floor is what PyYAML's C parser alone takes for the same text. For each shape: the texts of its manifests,
a task of so many properties of four kinds, and what comes of it.
"""

import argparse
import gc
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml

from benchmarks.profiles import PROFILES, Profile
from benchmarks.write import write
from verifier.engine.check.check import check
from verifier.engine.results.check import Verdict
from verifier.fleet.parcel import pack, unpack
from verifier.fleet.task import Answer, Task, answer
from verifier.ir.property import Property
from verifier.ir.switches import SWITCHES
from verifier.ir.universe import OPEN
from verifier.manifests.kubernetes.load import Options, Texts, find_texts, load_texts
from verifier.manifests.notation.expression import parse_expression

SHAPES = "SMT"
KINDS = (
    "never 8.8.8.8 -> */app={0} : TCP/{2}",
    "only */app={0} -> */app={1} : TCP/{2}",
    "always */app={0} -> */app={1} : TCP/{2}",
    "never */app={0} -> */app={1} : TCP/{2}",
)

Made = TypeVar("Made")


def claims(apps: Sequence[str], count: int) -> tuple[Property, ...]:
    """So many properties, no two alike."""
    texts = [
        KINDS[n % 4].format(apps[n // 4 % len(apps)], apps[(n // 4 + 1) % len(apps)], 8080 + n) for n in range(count)
    ]
    return tuple(parse_expression(text) for text in texts)


def best(turns: int, work: Callable[[], Made]) -> tuple[float, Made]:
    """Seconds of the processor in the best of several turns, and what was made."""
    seconds, made = [], None
    for _ in range(turns):
        gc.collect()
        started = time.process_time()
        made = work()
        seconds.append(time.process_time() - started)
    assert made is not None
    return min(seconds), made


def floor(texts: Texts) -> int:
    gc.disable()
    count = 0
    for source in texts.sources:
        loader = yaml.CSafeLoader(source.text)
        while loader.check_node():
            loader.get_node()
            count += 1
    gc.enable()
    return count


def measure(profile: Profile, turns: int, count: int) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        write(profile.name, Path(folder))
        texts = find_texts([folder])
        properties = claims(profile.apps, count)
        switches = {name: switch.default for name, switch in SWITCHES.items()}
        bare, _ = best(turns, lambda: floor(texts))
        reading, loaded = best(turns, lambda: load_texts(texts, Options()))
        asking, results = best(turns, lambda: check(loaded.cluster, properties, OPEN, switches))
        task = Task(0, 0, properties, (folder,), Options(), OPEN, switches)
        packing, parcel = best(turns, lambda: pack((task, texts)))
        unpacking, _ = best(turns, lambda: unpack(parcel))
        outcome: Any = answer(task, texts)
        assert isinstance(outcome, Answer)
        returning, back = best(turns, lambda: pack(outcome))
    size = sum(len(source.text.encode()) for source in texts.sources)
    proved = sum(result.verdict is Verdict.PROVED for result in results)
    return [
        f"{profile.name}: {profile.what}",
        f"{size / 2**20:.2f} MiB",
        f"{bare:.3f} s",
        f"{reading:.3f} s",
        f"{1000 * asking / count:.1f} ms",
        f"{proved} of {count}",
        f"{len(parcel) / 1024:.0f} KiB",
        f"{1000 * packing:.1f} + {1000 * unpacking:.1f} ms",
        f"{len(back) / 1024:.0f} KiB",
        f"{1000 * returning:.1f} ms",
    ]


TITLES = (
    "shape",
    "text",
    "floor",
    "reading",
    "a property",
    "proved",
    "task",
    "packing, unpacking",
    "answer",
    "packing it",
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--properties", type=int, default=64)
    given = parser.parse_args()
    print(f"| {' | '.join(TITLES)} |\n|{'---|' * len(TITLES)}")
    for name in SHAPES:
        print(f"| {' | '.join(measure(PROFILES[name], given.turns, given.properties))} |", flush=True)


if __name__ == "__main__":
    main()
