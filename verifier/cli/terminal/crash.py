"""What remains of a run that failed through our own fault: a file to send us."""

import os
import platform
import sys
import tempfile

from verifier.version import version

ISSUES = "https://github.com/netpol-verifier/netpol-verifier/issues"


def write_crash_report(trace: str) -> str | None:
    """The path of a file with the traceback `trace` and the versions, or None where it cannot be written."""
    text = "\n".join(
        (
            f"netpol {version()}, Python {platform.python_version()}, {platform.platform()}",
            f"arguments: {sys.argv[1:]!r}",
            "",
            trace,
        )
    )
    try:
        handle, path = tempfile.mkstemp(prefix="netpol-crash-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError:
        return None
    return path
