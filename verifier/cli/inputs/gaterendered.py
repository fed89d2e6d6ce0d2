"""The manifests of a gate for those who render: what a command gives in a tree of either side, or what was rendered
before. Nothing is run but what the command line says, and no program of the tree that is judged.
"""

import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from verifier.cli.inputs.inputs import read_stdin
from verifier.errors import Diagnostic, InputError, UsageError
from verifier.manifests.documents import git
from verifier.manifests.documents.files import STDIN
from verifier.manifests.documents.places import Place, place_of
from verifier.manifests.documents.refs import Revision, Target
from verifier.manifests.documents.source import Source, shown
from verifier.processes.bounded import run_bounded
from verifier.processes.programs import find_program

if TYPE_CHECKING:
    from verifier.manifests.kubernetes.load import Texts

_SECONDS = 600.0
"""How long a command may take on one side."""


class Command(Struct, frozen=True):
    """What renders either side. text: as it was typed. words: the program by its absolute path, and its arguments."""

    text: str
    words: tuple[str, ...]


class Apart(Struct, frozen=True):
    """Where the manifests of the base are, and those of the head, which somebody rendered before."""

    base: Place
    head: tuple[Place, ...]


Given = Command | Apart


def given_by(flags: Mapping[str, Any]) -> Given | None:
    """How the manifests come; None where both sides are read from the repository. Raises UsageError where the command
    line says it in two ways, and InputError where what it names would be the change's own."""
    command, base = flags["render"], flags["base_manifests"]
    if command is None and base is None:
        return None
    if command is not None and base is not None:
        raise UsageError("`--render` beside `--base-manifests`", "keep one of the two")
    if flags["new"]:
        raise UsageError(
            "`--new` has no meaning for what is rendered", "a person has to compare: `netpol diff OLD NEW`"
        )
    if command is not None:
        if flags["manifests"]:
            raise UsageError("`--render` gives the manifests", f"leave out `{' '.join(flags['manifests'])}`")
        return _command(command)
    if flags["merge"]:
        raise UsageError(
            "`--merge` beside `--base-manifests`", "render what the merge gives: `--merge --render COMMAND`"
        )
    if not flags["manifests"]:
        raise UsageError("`--base-manifests` without manifests of the change", "name them, or `-` for standard input")
    if base == STDIN and STDIN in flags["manifests"]:
        raise UsageError("`-` stands on both sides", "standard input can be read once only")
    head = tuple(path if path == STDIN else place_of(path) for path in flags["manifests"])
    return Apart(base if base == STDIN else _outside(base), head)


def texts_given(given: Given, at: Revision | None, *, of_base: bool) -> "Texts":
    """The manifests of a side, of which nothing is left out. at: its revision; None: the work tree. Raises InputError
    where they cannot be had."""
    from verifier.manifests.kubernetes.load import Texts, find_texts

    if isinstance(given, Command):
        return Texts((_rendered(given, at),))
    return find_texts((given.base,) if of_base else given.head, stdin=read_stdin)


def _command(text: str) -> Command:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"`--render {text}`: {str(error).lower()}") from None
    if not words:
        raise UsageError("`--render` is empty", "as in `--render 'kustomize build overlays/prod'`")
    program = words[0]
    if os.sep not in program:
        found = find_program(program, os.environ)
        if found is None:
            raise UsageError(
                f"`--render`: `{program}` is not on the PATH", "it is run by no shell; `sh -c '...'` is one"
            )
    else:
        found = program
        if not os.path.isabs(program):  # noqa: PTH117
            hint = "name one of the PATH, or by an absolute path outside of the repository"
            raise UsageError(f"`--render`: `{program}` is a program of the tree, which a change may write", hint)
    if Path(found).resolve().is_relative_to(git.root()):
        hint = "name one that the change cannot write, outside of the repository"
        raise UsageError(f"`--render`: `{found}` lies in the repository", hint)
    return Command(text, (found, *words[1:]))


def _outside(name: str) -> Place:
    """A place that is no part of what git has of the work tree, so that no change can have written it."""
    place = place_of(name)
    if isinstance(place, Target):
        return place
    root, real = git.root(), Path(os.path.realpath(name))
    if real.is_relative_to(root):
        below = real.relative_to(root).as_posix()
        if any(below == "." or e.path == below or e.path.startswith(f"{below}/") for e in git.index()):
            hint = "render the base, or name it at a revision: `--base-manifests REV:PATH`"
            message = "a part of the repository, which the change may have written, given as `--base-manifests`"
            raise InputError(Diagnostic("base-manifests", message, shown(name), hint=hint))
    return place


def _rendered(command: Command, at: Revision | None) -> Source:
    where = "here" if at is None else f"at {at.name}"
    with nullcontext(Path.cwd()) if at is None else _copy_of(at) as folder:
        try:
            done = run_bounded(command.words, folder, os.environ, _SECONDS)
        except OSError as error:
            why = error.strerror or str(error)
            raise InputError(_of_command(command, f"{where} cannot be run: {why}")) from error
    if done.failure is not None:
        raise InputError(_of_command(command, f"{where} {done.failure}"))
    return Source.of(f"<rendered {where}>", done.stdout)


def _of_command(command: Command, what: str) -> Diagnostic:
    return Diagnostic("render", f"`{command.text}` {what}", hint="given as `--render`")


@contextmanager
def _copy_of(revision: Revision) -> Iterator[Path]:
    """What the working directory is in a copy of a tree."""
    from verifier.manifests.render.ground import copied

    prefix = git.prefix()
    with copied(revision) as (root, _):
        folder = Path(root, prefix)
        if not folder.is_dir():
            raise InputError(Diagnostic("render", f"`{revision.name}` has no directory `{shown(prefix)}`"))
        yield folder
