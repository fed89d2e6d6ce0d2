"""Ctrl-C and SIGTERM end the run at once, with 130 and 143.

Python hears signals only between two of its own instructions, and the solver, which may compute for minutes in between,
takes Ctrl-C for a wish to skip one query. So the signals are blocked, and a thread of their own waits for them.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from verifier.cli.terminal.progress import wipe_all
from verifier.cli.terminal.streams import discard_unfinished, say
from verifier.processes.children import kill_children

_NAMES = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}


def end_on_signals() -> None:
    heard = {number for number in _NAMES if signal.getsignal(number) is not signal.SIG_IGN}
    if heard and hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, heard)
        try:
            threading.Thread(target=_wait, args=(heard,), name="signals", daemon=True).start()
        except RuntimeError:  # there are no threads in a browser, nor where too many run: Python hears them itself
            signal.pthread_sigmask(signal.SIG_UNBLOCK, heard)


_told: list[Callable[[], object]] = []
"""Who is told instead of the run being ended; once."""


@contextmanager
def heard_by(told: Callable[[], object]) -> Iterator[None]:
    """The first of these signals ends nothing, but is told: whoever is told ends by itself. The next one ends the
    run."""
    _told.append(told)
    try:
        yield
    finally:
        if told in _told:
            _told.remove(told)


def _wait(heard: set[signal.Signals]) -> NoReturn:
    number = signal.Signals(signal.sigwait(heard))
    while _told:
        _told.pop()()
        number = signal.Signals(signal.sigwait(heard))
    end_run(number)


def end_run(number: signal.Signals) -> NoReturn:
    kill_children()
    wipe_all()
    discard_unfinished()
    say(f"netpol: {_NAMES[number]}")
    os._exit(128 + number)
