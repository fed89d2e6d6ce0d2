"""Runs a program on what somebody else wrote: with limits of time and output, and so that nothing stays behind."""

import os
import re
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    import subprocess

SECONDS = 120.0
"""How long a program may take."""
MOST = 64 * 1024 * 1024
"""How many bytes it may write to its standard output."""

TEMPORARY = "netpol-"
"""How the names of temporary directories begin."""

_OURS = re.compile(rf"[^\s'\"`]*/{TEMPORARY}[a-z0-9_]{{6,}}/?")
_MOST_SAID = 600
_MOST_ERRORS = 1 << 16
_PIECE = 1 << 16
_GRACE = 5.0
"""Seconds in which the ends of pipes are waited for, once all that held them has been killed."""


class Finished(Struct, frozen=True):
    """How a program ended. stopped: why it was, if it did not end by itself; is_late: since it took too long."""

    code: int
    stdout: bytes
    stderr: str
    stopped: str | None = None
    is_late: bool = False

    @property
    def failure(self) -> str | None:
        """Why it did not do what it was run for, in one line without names that are others in the next run; None: it
        did."""
        if self.stopped is not None:
            return f"was stopped: {self.stopped}"
        if self.code == 0:
            return None
        text = _OURS.sub("", " ".join(self.stderr.split())).removeprefix("Error: ").rstrip(".")
        if not text:
            return f"ended with code {self.code} and said nothing"
        return f"failed: {text if len(text) <= _MOST_SAID else f'{text[:_MOST_SAID]}...'}"


def run_bounded(
    command: Sequence[str],
    cwd: str | Path,
    environ: Mapping[str, str],
    seconds: float = SECONDS,
    most: int = MOST,
    started: "Callable[[subprocess.Popen[bytes]], object] | None" = None,
) -> Finished:
    """What a program gives, which gets no input. It, and what it starts in its group, is gone when this returns, also
    by an exception. started: is given its process, so that another thread can `end` it. Raises OSError where it cannot
    be started."""
    import subprocess
    from threading import Thread

    deadline = time.monotonic() + seconds
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    if started is not None:
        started(process)
    assert process.stdout is not None
    assert process.stderr is not None
    out, err = bytearray(), bytearray()
    too_much: list[bool] = []

    def read_output(stream: IO[bytes]) -> None:
        while piece := stream.read1(_PIECE):  # type: ignore[attr-defined]
            out.extend(piece)
            if len(out) > most:
                too_much.append(True)
                end(process)
                return

    def read_errors(stream: IO[bytes]) -> None:
        while piece := stream.read1(_PIECE):  # type: ignore[attr-defined]
            err.extend(piece[: _MOST_ERRORS - len(err)])

    readers = [
        Thread(target=read_output, args=(process.stdout,), daemon=True),
        Thread(target=read_errors, args=(process.stderr,), daemon=True),
    ]
    is_late = False
    try:
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(max(0.0, deadline - time.monotonic()))
        is_late = any(reader.is_alive() for reader in readers)
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        is_late = True
    finally:
        end(process)
        process.wait()
        for reader, stream in zip(readers, (process.stdout, process.stderr), strict=True):
            reader.join(_GRACE)
            if not reader.is_alive():
                stream.close()
    stopped = f"it took longer than {seconds:g} seconds" if is_late else None
    if too_much:
        stopped = f"it wrote more than {most >> 20} MiB"
    return Finished(process.returncode, bytes(out), err.decode("utf-8", "replace"), stopped, is_late)


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ends the program and what it started."""
    if hasattr(os, "killpg"):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return
    else:
        process.kill()
