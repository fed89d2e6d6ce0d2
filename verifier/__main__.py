"""`python -m verifier` is `netpol`."""

import os
from typing import NoReturn


def main() -> NoReturn:
    """Run `netpol`. What fails so early or so late that nobody handles it ends with 4: Python's own 1 would mean that a
    property is violated."""
    try:
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


def _said(error: BaseException) -> bytes:
    if isinstance(error, MemoryError):
        return b"netpol: internal error: out of memory\n"
    return f"netpol: internal error: {type(error).__name__}: {error}\n".encode("utf-8", "backslashreplace")


if __name__ == "__main__":
    main()
