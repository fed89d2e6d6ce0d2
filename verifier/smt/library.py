"""Loads Z3: the library of the installed package, and no other.

Left to itself z3 looks for its library in the working directory first, then in every directory of `PATH` and
`PYTHONPATH`, of which an empty entry is the working directory again. That may be a tree that somebody else filled, and
loading a library runs it. So it is told where to look, and hears nothing of these variables meanwhile.
"""

import builtins
import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_VARIABLES = ("Z3_LIBRARY_PATH", "PATH", "PYTHONPATH")
"""In which z3 looks for directories, whatever it was told."""
_TOLD = "Z3_LIB_DIRS"
"""The name among Python's own under which z3 is told where to look."""


@contextmanager
def _own_library() -> Iterator[None]:
    """While this lasts, z3 is loaded from its package or, built against a library of the system's, from there."""
    hidden = {name: os.environ.pop(name) for name in _VARIABLES if name in os.environ}
    told = getattr(builtins, _TOLD, None)
    setattr(builtins, _TOLD, _places())
    try:
        yield
    finally:
        os.environ.update(hidden)
        if told is None:
            delattr(builtins, _TOLD)
        else:
            setattr(builtins, _TOLD, told)


def _places() -> list[str]:
    spec = importlib.util.find_spec("z3")
    folders = [] if spec is None else spec.submodule_search_locations or ()
    return [str(place) for folder in folders for place in (Path(folder).resolve() / "lib", Path(folder).resolve())]


with _own_library():
    import z3

__all__ = ["z3"]
