"""Ctrl-C and SIGTERM end the run at once, with 130 and 143.

Python hears signals only between two of its own instructions, and the solver may compute for minutes in between. So a
thread waits for them: the interpreter writes the signal's number into a pipe even while a library is computing.
"""

import os
import signal
import threading

from verifier.cli.streams import discard_unfinished, say

_NAMES = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}


def end_on_signals() -> None:
    heard, trip = os.pipe()
    os.set_blocking(trip, False)
    signal.set_wakeup_fd(trip, warn_on_full_buffer=False)
    for number in _NAMES:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda _number, _frame: None)
    threading.Thread(target=_wait, args=(heard,), name="signals", daemon=True).start()


def _wait(heard: int) -> None:
    number = 0
    while number not in _NAMES:
        number = os.read(heard, 1)[0]
    discard_unfinished()
    say(f"netpol: {_NAMES[signal.Signals(number)]}")
    os._exit(128 + number)
