"""`python -m verifier` is `netpol`."""

import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run `netpol`. What fails so early or so late that nobody handles it ends with 4: Python's own 1 would mean that a
    property is violated."""
    try:
        _leave_out_here()
        from verifier.cli import main as run

        run()
    except SystemExit:
        raise
    except KeyboardInterrupt:
        os._exit(130)
    except BaseException as error:
        try:
            os.write(2, _said(error))
        finally:  # where there is no memory to say it with, either
            os._exit(4)


def _leave_out_here() -> None:
    """Imports nothing from the working directory from here on, which may hold what somebody else put there: an empty
    entry of PYTHONPATH means it, and so does `python -m`. Unless this program itself is run from there."""
    try:
        here = os.path.realpath(os.getcwd())  # noqa: PTH109 - `pathlib` would be imported from there, too
    except OSError:
        return
    if os.path.realpath(os.path.dirname(os.path.dirname(__file__))) != here:  # noqa: PTH120
        sys.path[:] = [entry for entry in sys.path if entry and os.path.realpath(entry) != here]


def _said(error: BaseException) -> bytes:
    if isinstance(error, MemoryError):
        return b"netpol: internal error: out of memory\n"
    return f"netpol: internal error: {type(error).__name__}: {error}\n".encode("utf-8", "backslashreplace")


if __name__ == "__main__":
    main()
