"""Runs first in the single file (shiv's preamble): its libraries are compiled for one minor version of Python."""

import sys
from pathlib import Path

(_BUILT_FOR,) = {path.name.split(".")[1] for path in Path(site_packages).glob("msgspec/_core.cpython-*")}  # type: ignore[name-defined]  # noqa: F821
_HERE = f"cpython-{sys.version_info[0]}{sys.version_info[1]}"
if not _BUILT_FOR.startswith(f"{_HERE}-"):
    print(f"netpol: this file is for {_BUILT_FOR}, and was started with {_HERE}", file=sys.stderr)
    sys.exit(2)
