"""Measures processes: the best of several runs, since the machine may have other work."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
SECONDS = 200
"""What runs longer is stopped."""


@dataclass(frozen=True)
class Run:
    """Seconds by the clock and of the processor, MiB at the peak, and how it ended (None: it was stopped)."""

    wall: float
    cpu: float
    memory: float
    code: int | None

    def better(self, other: "Run") -> "Run":
        return Run(min(self.wall, other.wall), min(self.cpu, other.cpu), min(self.memory, other.memory), self.code)


def run(command: Sequence[str], seconds: float = SECONDS, errors: Path | None = None) -> Run:
    """One run of a command, from the folder of the project."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its bytecode
    started = time.monotonic()
    with Path(errors or os.devnull).open("wb") as stderr:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr, env=environment, cwd=ROOT)
        code: int | None = None
        while True:
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
            if ended:
                code = os.waitstatus_to_exitcode(status)
                break
            if time.monotonic() - started > seconds:
                process.kill()
                _, _, used = os.wait4(process.pid, 0)
                break
            time.sleep(0.002)
    process.returncode = code if code is not None else -9
    scale = 1 if sys.platform == "darwin" else 1024
    return Run(time.monotonic() - started, used.ru_utime + used.ru_stime, used.ru_maxrss * scale / 2**20, code)


def best_in_turns(commands: Mapping[str, Sequence[str]], turns: int, budget: float = 60) -> dict[str, Run]:
    """The best run of each command; they take turns, so that what else the machine does hits all of them. No more
    turns are begun once `budget` seconds are spent."""
    started = time.monotonic()
    best = {name: run(command) for name, command in commands.items()}
    for _ in range(turns - 1):
        if time.monotonic() - started > budget:
            break
        for name, command in commands.items():
            if best[name].code is not None:
                best[name] = best[name].better(run(command))
    return best
