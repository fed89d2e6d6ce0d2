"""What remains of a run that failed through our own fault: a file to send us."""

import os
import platform
import sys
import tempfile
import traceback

from verifier.cli.version import version

ISSUES = "https://github.com/netpol-verifier/netpol-verifier/issues"


def write_crash_report(error: BaseException) -> str | None:
    """The path of a file with the traceback and the versions, or None where it cannot be written."""
    text = "\n".join(
        (
            f"netpol {version()}, Python {platform.python_version()}, {platform.platform()}",
            f"arguments: {sys.argv[1:]!r}",
            "",
            "".join(traceback.format_exception(error)),
        )
    )
    try:
        handle, path = tempfile.mkstemp(prefix="netpol-crash-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError:
        return None
    return path
