"""A real scheduler and real workers, as processes on the loopback interface, and what holds a worker in a task."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cli.process import environment

PATIENCE = 60
"""Seconds after which something that should have happened never will."""

HOLD = '''\
"""Loaded by a worker: each of its tasks is announced by a file `PID.busy`, and waits for a file `go`."""

import os
import time
from pathlib import Path

from verifier.fleet import remote

here = Path(os.environ["HELD_IN"])


def held(*arguments):
    (here / f"{os.getpid()}.busy").touch()
    while not (here / "go").exists():
        time.sleep(0.01)
    return remote.let_go(*arguments)


if not hasattr(remote, "let_go"):  # it is loaded more than once
    remote.let_go, remote.answer_parcel = remote.answer_parcel, held
'''


def wait_for(what: str, event: Callable[[], bool]) -> None:
    started = time.monotonic()
    while not event():
        assert time.monotonic() - started < PATIENCE, f"waited in vain for {what}"
        time.sleep(0.02)


class Dask:
    """A scheduler and its workers in `folder`. Life cycle: `running` starts and ends it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "hold.py").write_text(HOLD)
        self._log = (folder / "log").open("wb")
        self._processes: list[subprocess.Popen[bytes]] = []
        self._runs: list[subprocess.Popen[str]] = []
        info = folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port", "0", "--scheduler-file", str(info))
        wait_for("the scheduler", lambda: info.exists() and info.read_text().endswith("}"))
        self.address: str = json.loads(info.read_text())["address"]

    def start_worker(self) -> "subprocess.Popen[bytes]":
        """One that is held in each of its tasks."""
        hold = ("--preload", str(self.folder / "hold.py"))
        plain = ("--nthreads", "1", "--no-nanny", "--memory-limit", "0", "--local-directory", str(self.folder))
        return self._start("worker", self.address, *plain, *hold)

    def busy(self, worker: "subprocess.Popen[bytes]") -> bool:
        """True iff the worker has begun a task."""
        assert worker.poll() is None, self.log()
        return (self.folder / f"{worker.pid}.busy").exists()

    def let_go(self) -> None:
        (self.folder / "go").touch()

    def kill(self, process: "subprocess.Popen[bytes]") -> None:
        process.send_signal(signal.SIGKILL)
        process.wait()

    def start_netpol(self, *arguments: str, cwd: Path, program: str | None = None) -> "subprocess.Popen[str]":
        """The command line, running, with `--scheduler`. program: what to run instead of it."""
        what = ["-m", "verifier"] if program is None else ["-c", program]
        run = subprocess.Popen(
            [sys.executable, *what, *arguments, "--scheduler", self.address],
            cwd=cwd, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            encoding="utf-8",
        )  # fmt: skip
        self._runs.append(run)
        return run

    def end(self) -> None:
        for process in (*self._runs, *self._processes):
            if process.poll() is None:
                process.kill()
            process.communicate()
        self._log.close()

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def _start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "dask", *arguments, "--host", "127.0.0.1", "--no-dashboard"]
        process = subprocess.Popen(
            command, cwd=self.folder, env=environment(HELD_IN=str(self.folder)),
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
        )  # fmt: skip
        self._processes.append(process)
        return process


@contextmanager
def running(folder: Path) -> Iterator[Dask]:
    dask = Dask(folder)
    try:
        yield dask
    finally:
        dask.end()
