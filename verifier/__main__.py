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
        what = "out of memory" if isinstance(error, MemoryError) else f"{type(error).__name__}: {error}"
        os.write(2, f"netpol: internal error: {what}\n".encode("utf-8", "backslashreplace"))
        os._exit(4)


if __name__ == "__main__":
    main()
