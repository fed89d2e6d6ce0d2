"""What the workers of the tests do."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import NoReturn

from verifier.errors import Diagnostic, InputError, ReplayError, UsageError
from verifier.ir.origin import Origin


def scaled(factor: int, number: int) -> int:
    return factor * number


def slower_first(count: int, number: int) -> int:
    """The first items take longest."""
    time.sleep(0.05 * (count - number))
    return number


def process(_shared: None, _number: int) -> int:
    time.sleep(0.1)
    return os.getpid()


def printing(_shared: None, number: int) -> int:
    print("spoiled", flush=True)
    os.write(1, b"\0" * 100)
    return number


ERRORS = (
    InputError((Diagnostic("x", "wrong", "a.yaml", 1, 2), Diagnostic("y", "worse", hint="do better"))),
    UsageError("usage", "like this"),
    ReplayError("no replay"),
    MemoryError("all gone"),
    SystemExit(0),
)


def failing(_shared: None, number: int) -> int:
    raise ERRORS[number]


def failing_late(_shared: None, number: int) -> int:
    """Item 1 fails after all that follow it, which fail too."""
    if number == 1:
        time.sleep(0.5)
    if number:
        raise ValueError(number)
    return number


class Stubborn(Exception):
    """Cannot be made from what it gives pickle."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} {second}")


def stubborn(_shared: None, _number: int) -> int:
    raise Stubborn("cannot", "travel")


def unpicklable(_shared: None, number: int) -> object:
    return lambda: number


def dying(how: str, number: int) -> int:
    if number == 2:
        _die(how)
    time.sleep(0.01)
    return number


def _die(how: str) -> NoReturn:
    if how == "half":  # in the middle of an answer
        for descriptor in range(3, 20):
            try:
                os.write(descriptor, (1000).to_bytes(8, "big") + b"half")
            except OSError:
                continue
    if how.startswith("SIG"):
        os.kill(os.getpid(), getattr(signal, how))
    if how == "abort":
        os.abort()
    os._exit(0 if how in ("0", "half") else 1)


def busy(_shared: None, number: int) -> int:
    """Tells its process and that of a child of its own, then computes for a minute."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as other:
        sys.stderr.write(f"{os.getpid()} {other.pid}\n")
        sys.stderr.flush()
        time.sleep(60)
    return number


def origins(shared: tuple[Origin, ...], number: int) -> tuple[Origin, type]:
    return shared[number], type(shared[number])


def doubled(_shared: None, item: Origin) -> tuple[Origin, Origin]:
    return item, item


def one_dies(_shared: None, number: int) -> int:
    if number == 1:
        os._exit(3)
    time.sleep(60)
    return number


def signalled(_shared: None, number: int) -> int:
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGTERM)
    return number


def pid_then_minute(_shared: None, number: int) -> int:
    if number:
        time.sleep(60)
    return os.getpid()


class Lost:
    """Can be pickled, and not be read again."""

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return {}.__getitem__, ("does not arrive",)
