"""Runs inputs in processes that may die, and tells what became of them."""

import faulthandler
import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.fuzzing.mutations import mutated
from tests.fuzzing.targets import TARGETS, Target
from verifier.errors import InputError

BLOCK = 500
"""How many inputs one process gets."""
MEMORY = 3 << 30
SECONDS = 30
"""What one input may take; far more than any needs, even on a busy machine."""
ASKED = 20
"""Of so many inputs one is also asked about, if it can be read."""


@dataclass(slots=True)
class Tally:
    """What became of the inputs. findings: number of an input, and what went wrong."""

    outcomes: Counter[str] = field(default_factory=Counter)
    findings: list[tuple[int, str]] = field(default_factory=list)
    slowest: float = 0.0
    slowest_number: int = -1
    megabytes: int = 0

    def add(self, other: "Tally") -> None:
        self.outcomes += other.outcomes
        self.findings += other.findings
        self.megabytes = max(self.megabytes, other.megabytes)
        if other.slowest > self.slowest:
            self.slowest, self.slowest_number = other.slowest, other.slowest_number

    @property
    def count(self) -> int:
        return sum(self.outcomes.values())


class TooSlow(BaseException):
    """An input took longer than any may."""


def made(seed: int, number: int) -> tuple[Target, bytes]:
    """The target and the bytes of one input; of a seed's inputs every 50th is not mutated at all."""
    random = Random(f"{seed}:{number}")
    target = random.choices(TARGETS, [target.share for target in TARGETS])[0]
    seeds = target.seeds()
    data = random.choice(seeds)
    return target, data if number % 50 == 0 else mutated(data, random, seeds)


def run(seed: int, start: int, count: int) -> Iterator[Tally]:
    """The tallies of blocks of inputs, one after the other."""
    for first in range(start, start + count, BLOCK):
        yield _block(seed, range(first, min(first + BLOCK, start + count)))


def _block(seed: int, numbers: range) -> Tally:
    """The tally of some inputs; where their process dies, of each on its own."""
    tally, died = _in_a_process(seed, numbers)
    if tally is not None:
        return tally
    if len(numbers) == 1:
        return Tally(Counter({"died": 1}), [(numbers[0], died)])
    whole = Tally()
    for number in numbers:
        whole.add(_block(seed, range(number, number + 1)))
    return whole


def _in_a_process(seed: int, numbers: range) -> tuple[Tally | None, str]:
    """A tally, or None and how the process died."""
    with tempfile.TemporaryDirectory(prefix="netpol-fuzz-") as folder:
        report = Path(folder) / "report"
        child = os.fork()
        if child == 0:
            try:
                resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
                report.write_text(json.dumps(_told(_all(seed, numbers, Path(folder)))))
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
        status = _waited(child, 60 + SECONDS * 2 + len(numbers))
        if status == 0:
            return _heard(json.loads(report.read_text())), ""
        return None, f"the process ended with status {status}"


def _waited(child: int, seconds: float) -> int:
    """The exit status of the process; it is killed where it takes longer than `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -signal.SIGKILL


def _told(tally: Tally) -> list[object]:
    return [tally.outcomes, tally.findings, tally.slowest, tally.slowest_number, tally.megabytes]


def _heard(told: list) -> Tally:
    outcomes, findings, *rest = told
    return Tally(Counter(outcomes), [tuple(finding) for finding in findings], *rest)


def _all(seed: int, numbers: Iterable[int], folder: Path) -> Tally:
    signal.signal(signal.SIGALRM, _alarm)
    faulthandler.disable()
    tally = Tally()
    for number in numbers:
        target, data = made(seed, number)
        started = time.process_time()
        outcome, trouble = judged(target, data, folder / "input.yaml", number % ASKED == 0)
        seconds = time.process_time() - started
        tally.outcomes[f"{target.name} {outcome}"] += 1
        if trouble is not None:
            tally.findings.append((number, f"{target.name}: {trouble}"))
        if seconds > tally.slowest:
            tally.slowest, tally.slowest_number = seconds, number
    tally.megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return tally


def _alarm(_number: int, _frame: object) -> None:
    raise TooSlow


def judged(target: Target, data: bytes, path: Path, ask: bool) -> tuple[str, str | None]:
    """What became of one input: `read`, `refused` or `broken`; and what is wrong, where it is broken."""
    path.write_bytes(data)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        target.feed(path, ask)
    except InputError as error:
        return ("refused", None) if error.diagnostics and str(error).strip() else ("broken", "refused without a word")
    except TooSlow:
        return "broken", f"more than {SECONDS} s"
    except MemoryError:
        return "broken", f"more than {MEMORY >> 20} MiB"
    except Exception:
        return "broken", traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return "read", None


def saved(seed: int, number: int, folder: Path) -> Path:
    """Where the bytes of an input were written, for whoever looks into a finding."""
    target, data = made(seed, number)
    folder.mkdir(exist_ok=True)
    path = folder / f"{seed}-{number}-{target.name}.yaml"
    path.write_bytes(data)
    return path


def summary(tally: Tally, seconds: float) -> str:
    lines = [f"{name:<22}{number:>9}" for name, number in sorted(tally.outcomes.items())]
    rate = tally.count / seconds if seconds else 0.0
    lines.append(f"{tally.count} inputs in {seconds:.0f} s, {rate:.0f} a second; {len(tally.findings)} findings")
    lines.append(
        f"slowest: {tally.slowest:.2f} s of CPU (number {tally.slowest_number}); largest process: {tally.megabytes} MiB"
    )
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    seed, start, count = (int(argument) for argument in arguments)
    folder = Path("fuzz-findings")
    whole, began = Tally(), time.monotonic()
    for block in run(seed, start, count):
        for number, trouble in block.findings:
            print(f"seed {seed}, number {number}, {saved(seed, number, folder)}: {trouble}", flush=True)
        before = whole.count
        whole.add(block)
        if whole.count // 10_000 != before // 10_000:
            print(f"-- up to number {start + whole.count}\n{summary(whole, time.monotonic() - began)}", flush=True)
    print(f"seed {seed}, numbers {start} to {start + count - 1}\n{summary(whole, time.monotonic() - began)}")
    return 1 if whole.findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
