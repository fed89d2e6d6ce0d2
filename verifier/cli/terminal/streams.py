"""What goes where: the report to standard output, everything else to standard error, `-o` files whole or not at all."""

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import zip_longest
from pathlib import Path

from verifier.cli.terminal.columns import fitted
from verifier.errors import Diagnostic, Severity, UsageError
from verifier.manifests.documents.source import reason, shown
from verifier.manifests.documents.there import is_there
from verifier.report.words.paint import Paint
from verifier.report.words.steering import heard_by_nobody

_COLOUR = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}

PICTURED = ("expression", "selector")
"""The codes of the messages that show a text with a caret below it."""

_unfinished: set[Path] = set()
"""Files being written that do not have their name yet; an interrupted run removes them."""


class OutputError(Exception):
    """Standard output does not take the report."""


def write_stdout(text: str, commands: bool = False) -> bool:
    """Write all of `text`; a reader who has gone away is no error. False iff there is none. commands: those for a
    runner are meant, or there can be none."""
    if not commands:
        text = heard_by_nobody(text)
    if sys.stdout is None:
        raise OutputError("standard output is closed")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        silence_stdout()
        return False
    except OSError as error:
        silence_stdout()
        raise OutputError(f"cannot write to standard output: {error.strerror}") from error
    return True


def silence_stdout() -> None:
    """Send what is left in the buffers nowhere, so that the interpreter does not stumble over it when it ends."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)


def write_file(name: str, text: str, within: Path | None = None) -> None:
    """Write beside, then rename, so that nobody ever reads half a report. Devices and pipes are written directly.

    Raises UsageError where that cannot be done, where a symbolic link of a work tree leads out of it, which others may
    have filled, and where the file would lie outside of `within`.
    """
    data = text.encode("utf-8", "backslashreplace")
    try:
        path = _place(name, within)
        given = Path(name)
        if is_there(given) and not stat.S_ISREG(given.stat().st_mode):
            given.write_bytes(data)
            return
        beside = path.with_name(f".{path.name}.{os.getpid()}.part")
        _unfinished.add(beside)
        try:
            beside.write_bytes(data)
            if is_there(path):
                beside.chmod(stat.S_IMODE(path.stat().st_mode))
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
            _unfinished.discard(beside)
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot write `{shown(name)}`: {reason(error)}") from error


def _place(name: str, within: Path | None) -> Path:
    here = Path(os.path.normpath(Path.cwd().resolve() / name))
    path = here.resolve()
    tree = tree_of(here.parent)
    if tree is not None and path != here and not _is_inside(path, tree):
        raise UsageError(f"`{name}` is, or lies behind, a symbolic link that leads out of the work tree: not written")
    if within is not None and not _is_inside(path, within):
        hint = "name it on the command line, `-o FORMAT=FILE`, where it has to lie elsewhere"
        raise UsageError(f"`{name}` lies outside of the tree of the configuration that names it: not written", hint)
    return path


def tree_of(folder: Path) -> Path | None:
    """The root of the git work tree that a directory lies in, links resolved; None where it lies in none."""
    return next((place.resolve() for place in (folder, *folder.parents) if is_there(place / ".git")), None)


def _is_inside(path: Path, tree: Path) -> bool:
    """True iff the path lies in the tree, and not among what git keeps there."""
    return path.is_relative_to(tree) and ".git" not in path.relative_to(tree).parts


def discard_unfinished() -> None:
    for path in list(_unfinished):
        with suppress(OSError):
            path.unlink(missing_ok=True)


def say(text: str) -> None:
    """A line for the person at the terminal, in which a runner hears no command. That nobody can hear it is no reason
    to fail."""
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.buffer.write((heard_by_nobody(text) + "\n").encode("utf-8", "backslashreplace"))
        sys.stderr.buffer.flush()


def say_diagnostics(diagnostics: Iterable[Diagnostic], paint: Paint) -> None:
    """One line or more for each; a hint that the next one shares is given once, after the last of them."""
    found = list(diagnostics)
    for diagnostic, following in zip_longest(found, found[1:]):
        lines = "\n".join(_lines(diagnostic, paint))
        say(lines if diagnostic.code in PICTURED else fitted(lines, sys.stderr))  # a hint is to be pasted
        if diagnostic.hint is not None and (following is None or following.hint != diagnostic.hint):
            say(f"{paint('hint:', 'cyan')} {paint(diagnostic.hint)}")


def _lines(diagnostic: Diagnostic, paint: Paint) -> Iterator[str]:
    place = ":".join(str(p) for p in (diagnostic.file, diagnostic.line, diagnostic.column) if p is not None)
    word = paint(f"{diagnostic.severity}:", _COLOUR[diagnostic.severity], "bold")
    head = [paint(f"{place}:", "bold")] if place else []
    if not place or diagnostic.severity is not Severity.ERROR:
        head.append(word)
    pictured = diagnostic.code in PICTURED  # of any other message a line break is somebody's text, not ours
    first, *rest = (diagnostic.message.splitlines() if pictured else [diagnostic.message]) or [""]
    yield " ".join([*head, paint(first)])
    yield from map(paint, rest)
