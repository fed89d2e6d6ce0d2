"""Values on their way to other machines and back, and the program that they are for.

A parcel is read by the very program that packed it, or not at all: what a field means is nobody's contract.
"""

import pickle
import zlib
from functools import cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Any

from verifier.errors import InternalError
from verifier.smt.solver import solver_version

_LEVEL = 1
"""Manifests shrink to a tenth; more effort shrinks them little more."""


def pack(value: object) -> bytes:
    return zlib.compress(pickle.dumps(value, pickle.HIGHEST_PROTOCOL), _LEVEL)


def unpack(parcel: bytes) -> Any:
    return pickle.loads(zlib.decompress(parcel))


@cache
def program() -> str:
    """The version of this package, the sum over its text, and the solver's version: two processes that agree in it give
    the same answers."""
    home = Path(__file__).parent.parent
    sum_ = sha256()
    files = sorted(home.rglob("*.py"))
    if not files:
        raise InternalError("the text of the program is not there, so no other machine can be asked")
    for file in files:
        text = file.read_bytes()
        sum_.update(f"{file.relative_to(home).as_posix()} {len(text)}\n".encode())
        sum_.update(text)
    return f"netpol {_version()} ({sum_.hexdigest()[:12]}) with {solver_version()}"


def _version() -> str:
    try:
        return metadata.version("netpol-verifier")
    except metadata.PackageNotFoundError:
        return "not installed"
