"""The programs that render, and what they are given: no input, no environment but an empty one, no network where the
system lets us take it away, and limits.

What is guaranteed is said in SECURITY.md, and nothing beyond that.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from verifier.errors import Diagnostic, InputError
from verifier.processes.bounded import TEMPORARY, run_bounded
from verifier.processes.programs import find_program

CODE = "render"

_NOTHING = "nothing"
_HOMES = ("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "KUSTOMIZE_PLUGIN_HOME")
_OF_HELM = ("HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME", "HELM_PLUGINS", "HELM_REPOSITORY_CACHE")
_WALLS = (("--net",), ("--net", "--map-root-user"))
"""What `unshare` is told to give a program no network: with the rights for it, and without."""


class Sandbox(Struct, frozen=True):
    """folder: an empty directory, by its real path, in which a program may write."""

    folder: str

    def run(self, command: Sequence[str], what: str) -> bytes:
        """What a program writes to its standard output. what: the command as people would type it.

        Raises InputError where it cannot be run, fails, or reaches a limit."""
        try:
            done = run_bounded((*_wall(), *command), self.folder, self._environ())
        except OSError as error:
            raise InputError(Diagnostic(CODE, f"`{what}` cannot be run: {error.strerror or error}")) from error
        if done.failure is not None:
            raise InputError(Diagnostic(CODE, f"`{what}` {done.failure}"))
        return done.stdout

    def _environ(self) -> dict[str, str]:
        empty = str(Path(self.folder, _NOTHING))
        return {
            "PATH": empty,
            "LC_ALL": "C",
            "KUBECONFIG": os.devnull,
            **dict.fromkeys(_HOMES, self.folder),
            **dict.fromkeys(_OF_HELM, empty),
        }


@contextmanager
def sandbox() -> Iterator[Sandbox]:
    """One that is gone after the block, with all that was written there."""
    with tempfile.TemporaryDirectory(prefix=TEMPORARY) as folder:
        real = os.path.realpath(folder)
        Path(real, _NOTHING).mkdir()
        yield Sandbox(real)


def program_of(names: Sequence[str], what: str, hint: str) -> tuple[str, str]:
    """The first program of these names, and its name. Raises InputError where there is none of them."""
    for name in names:
        found = find_program(name, os.environ)
        if found is not None:
            return found, name
    missing = " nor ".join(f"`{name}`" for name in names)
    none = "neither " if len(names) > 1 else ""
    message = f"it has to be rendered, and {none}{missing} is on the PATH" if none else f"{missing} is not on the PATH"
    raise InputError(Diagnostic(CODE, message, what, hint=hint))


def _wall() -> tuple[str, ...]:
    return _wall_of(os.environ.get("PATH", ""))


@lru_cache(maxsize=4)
def _wall_of(path: str) -> tuple[str, ...]:
    """The beginning of a command that runs without network; empty where the system lets us make none."""
    unshare = find_program("unshare", {"PATH": path})
    if unshare is None:
        return ()
    for options in _WALLS:
        try:
            done = run_bounded((unshare, *options, "--", unshare, "--version"), Path.cwd(), _quiet(), seconds=10.0)
        except OSError:
            return ()
        if done.code == 0 and done.stopped is None:
            return unshare, *options, "--"
    return ()


def _quiet() -> Mapping[str, str]:
    return {"PATH": os.devnull, "LC_ALL": "C"}
