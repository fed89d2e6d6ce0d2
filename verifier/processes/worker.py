"""What a worker process does: takes a function and what all items share, then items one by one, and answers each.

Ends at once, with whatever it has started, when nobody is left to write to it: no way in which the parent can end, not
even `kill -9`, leaves a worker behind.
"""

import gc
import os
import pickle
import signal
import sys
import threading
import traceback
from queue import SimpleQueue
from typing import IO, Any, NoReturn

from msgspec import Struct

from verifier.errors import InternalError
from verifier.processes.frames import Ended, receive, send
from verifier.processes.pickling import sent_home


class Failed(Struct, frozen=True):
    """The answer to an item for which the function raised. trace: the worker's traceback, in words."""

    error: BaseException
    trace: str


def main() -> NoReturn:
    """The life of a worker; `sys.path` is the parent's already."""
    for number in (signal.SIGINT, signal.SIGTERM):  # the parent hears them, too, and decides
        signal.signal(number, signal.SIG_IGN)
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what anything prints must not get between the answers
    requests: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, requests), name="requests", daemon=True).start()
    try:
        _work(requests, replies)
    except Ended:
        _end()
    except BaseException as error:  # of all that can fail here, most likely for want of memory
        os.write(2, f"netpol: a worker process failed: {type(error).__name__}\n".encode())
        os._exit(4)


def _listen(file: IO[bytes], requests: "SimpleQueue[bytes]") -> NoReturn:
    try:
        while True:
            requests.put(receive(file))
    except BaseException:
        _end()


def _end() -> NoReturn:
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)  # itself, and what it has started
    os._exit(0)


def _work(requests: "SimpleQueue[bytes]", replies: IO[bytes]) -> NoReturn:
    stand_ins: tuple[type, ...] = ()
    function: Any = None
    shared: Any = None
    wrong: Failed | None = None
    try:
        collecting, stand_ins, function, shared = pickle.loads(requests.get())
        if not collecting:
            gc.disable()
    except BaseException as error:
        wrong = _failed(error)
    while True:
        item = requests.get()
        try:
            answer = function(shared, pickle.loads(item)) if wrong is None else wrong
        except BaseException as error:
            answer = _failed(error)
        send(replies, _pickled(answer, stand_ins))


def _failed(error: BaseException) -> Failed:
    return Failed(error, "".join(traceback.format_exception(error)))


def _pickled(answer: object, stand_ins: tuple[type, ...]) -> bytes:
    """The answer; where it or the error in it cannot be pickled and read again, an error that can."""
    try:
        data = sent_home(answer, stand_ins)
        if isinstance(answer, Failed):
            pickle.loads(data)
    except BaseException as error:
        cause = answer if isinstance(answer, Failed) else _failed(error)
        told = InternalError(f"{type(cause.error).__name__}: {cause.error}")
        return sent_home(Failed(told, cause.trace), ())
    return data
