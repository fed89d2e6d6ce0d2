"""Processes that this one starts, and that must not outlive it."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

STDOUT = subprocess.STDOUT

_running: dict[subprocess.Popen[bytes], bool] = {}
"""Each child that has not been killed, and whether it leads a process group of its own."""


@contextmanager
def child(
    command: Sequence[str], *, leads: bool = False, stderr: int | None = None, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process with pipes as standard input and output, which is killed at the end if it is still there.

    leads: whatever it starts is killed with it (where there are process groups), and nothing that is typed at the
    terminal reaches it. stderr, env: as `subprocess` has them.
    """
    leads = leads and hasattr(os, "killpg")
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=None if env is None else dict(env),
        process_group=0 if leads else None,
    )
    _running[process] = leads
    try:
        yield process
    finally:
        kill(process)
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            with suppress(OSError):  # what was still to be written has nobody to read it
                if pipe is not None:
                    pipe.close()


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kills a child, if that has not been done, and what it has started if it leads."""
    leads = _running.pop(process, None)
    with suppress(OSError):
        if leads:
            os.killpg(process.pid, signal.SIGKILL)  # nobody has waited for it, so the number is still its own
        elif leads is not None:
            process.kill()


def kill_children() -> None:
    """Kills all of them, before this process ends at once."""
    for process in list(_running):
        kill(process)
