"""Lines to type next where manifests are refused: each gets past all that was refused, since it has been tried."""

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, product

import click
from msgspec.structs import replace

from verifier.cli.inputs.exclusions import excludes_of
from verifier.cli.inputs.grouped import WORDS
from verifier.cli.inputs.remedies import FEW, FIRST, NOTHING, Remedy, remedy_for
from verifier.cli.inputs.settings import LAST, Setting, Settings
from verifier.cli.inputs.shellwords import line_of, with_words
from verifier.errors import Diagnostic, InputError, Severity
from verifier.ir.prose import listed
from verifier.manifests.documents.contexts import context_of
from verifier.manifests.documents.files import STDIN, find_files
from verifier.manifests.documents.places import from_here
from verifier.manifests.documents.revision import files_below, target_of
from verifier.manifests.documents.source import shown
from verifier.manifests.documents.there import is_there
from verifier.report.words.paint import visible

_ROUNDS = 4
"""How often manifests are read again for one line: what is behind one refusal is seen when it is gone."""

_READINGS = 16
"""How often they are read again at most, for all lines."""

_MOST_FILES = 20_000
"""Files beyond which nobody waits for them to be read again."""

_MOST_LEFT_OUT = 8
"""A line with more of them is nothing to type."""

_SPECIAL = frozenset("\\*?[]!#")


def ways_out(
    settings: Settings,
    paths: Sequence[str],
    mistakes: Sequence[Diagnostic],
    attempt: Callable[[Settings], object],
) -> tuple[Diagnostic, ...]:
    """A note for each line that gets past the mistakes, in the words of the command that runs. paths: those of its
    manifests. attempt: reads what the command reads, as settings want it, and raises InputError where it cannot."""
    context = click.get_current_context(silent=True)
    wrong = [mistake for mistake in mistakes if mistake.severity is Severity.ERROR]
    if context is None or WORDS not in context.meta or not wrong:
        return ()
    real = dict(_files(paths, settings))
    if len(real) > _MOST_FILES:
        return ()
    found: dict[str, str] = {}
    readings = iter(range(_READINGS))
    for last, first in product((False, True), FIRST):
        tried = (_tried(settings, real, wrong, attempt, readings, last=last, few=few, first=first) for few in (FEW, 0))
        remedy = next((each for each in tried if each is not None), None)
        if remedy is None or len(remedy.left_out) > _MOST_LEFT_OUT:
            continue
        line = line_of(_words(context.command_path.split(), context.meta[WORDS], settings, remedy))
        if visible(line) == line:
            found.setdefault(line, _about(remedy))
    past = "a line that gets past this" if len(wrong) == 1 else "a line that gets past all of these"
    return tuple(
        Diagnostic("way-out", f"{past}: it {how}", hint=line, severity=Severity.NOTE) for line, how in found.items()
    )


def _tried(
    settings: Settings,
    real: dict[str, str],
    mistakes: Sequence[Diagnostic],
    attempt: Callable[[Settings], object],
    readings: Iterator[int],
    *,
    last: bool,
    few: int,
    first: str,
) -> Remedy | None:
    """What gets past all of the mistakes, and of those behind them; None where nothing does, or nobody knows. real: the
    files that are read, by how they are cited. readings: one is used up for each time that these are read."""
    remedy, wrong = NOTHING, list(mistakes)
    for _ in islice(readings, _ROUNDS):
        more = remedy_for(wrong, real, last=last, few=few, first=first)
        if more is None or remedy.and_also(more) == remedy:
            return None
        remedy = remedy.and_also(more)
        try:
            attempt(_with(settings, remedy, real))
        except InputError as error:
            wrong = [each for each in error.diagnostics if each.severity is Severity.ERROR]
        else:
            return replace(remedy, left_out=tuple(_pattern(name, real, settings) for name in remedy.left_out))
    return None


def _files(paths: Sequence[str], settings: Settings) -> Iterator[tuple[str, str]]:
    """How those of the work tree, and at revisions, are cited, and their paths from here: standard input and clusters
    have none, of which nothing can be left out."""
    here = [path for path in paths if path != STDIN and context_of(path) is None and is_there(path)]
    try:
        for path in find_files(here, excludes_of(settings)).paths:
            yield shown(path), path
        for target in (target_of(path) for path in paths if path not in here and path != STDIN):
            for file in () if target is None else files_below(target) or (target,):
                yield str(file), from_here(file)
    except InputError:
        return


def _with(settings: Settings, remedy: Remedy, real: dict[str, str]) -> Settings:
    """The settings of the line that is offered."""
    patterns = (*(_pattern(name, real, settings) for name in remedy.left_out), *remedy.globs)
    return replace(
        settings,
        exclude=Setting((*settings.exclude.value, *patterns), "--exclude") if patterns else settings.exclude,
        fixed=(*settings.fixed, *remedy.switches),
        duplicates=Setting(LAST, "--duplicates") if remedy.last else settings.duplicates,
        skip_unknown=Setting(True, "--skip-unknown") if remedy.skip else settings.skip_unknown,
    )


def _pattern(name: str, real: dict[str, str], settings: Settings) -> str:
    """A pattern that fits just this file, or directory and what is below it, wherever the line is typed here."""
    folder = name.endswith("/")
    path = real.get(name, name)
    if folder:
        inside = next(p for cited, p in real.items() if cited.startswith(name))
        depth = next(cited for cited, p in real.items() if p == inside)[len(name) :].count("/") + 1
        for _ in range(depth):
            path, inside = os.path.dirname(inside), os.path.dirname(inside)  # noqa: PTH120
    below = excludes_of(replace(settings, exclude=Setting(("*",), "--exclude"))).of(path).names[0]
    escaped = "".join(f"\\{c}" if c in _SPECIAL else c for c in below)
    if escaped.endswith(" "):
        escaped = f"{escaped[:-1]}\\ "
    anchored = escaped if "/" in escaped and not os.path.isabs(path) else f"/{escaped}"  # noqa: PTH117
    return f"{anchored}/" if folder else anchored


def _words(command: Sequence[str], given: Sequence[str], settings: Settings, remedy: Remedy) -> list[str]:
    """The command as it was typed, with what it takes besides."""
    added = []
    if (remedy.left_out or remedy.globs) and settings.exclude.origin != "--exclude":
        added += [word for glob in settings.exclude.value for word in ("--exclude", glob)]
    added += [word for glob in (*remedy.left_out, *remedy.globs) for word in ("--exclude", glob)]
    added += [word for switch in remedy.switches for word in ("--set", switch)]
    added += ["--duplicates", LAST] if remedy.last else []
    added += ["--skip-unknown"] if remedy.skip else []
    return with_words(command, given, added)


def _about(remedy: Remedy) -> str:
    """What the line does to the answer."""
    parts = []
    if remedy.left_out:
        parts.append(f"leaves out {listed(remedy.left_out, 3, whole=' and ')}")
    if remedy.globs:
        parts.append(f"leaves out every {listed(remedy.globs, 3, whole=' and ')}, so that files are read as they stand")
    if remedy.last:
        parts.append("takes the last of the objects of one name, as `kubectl apply` would")
    if remedy.switches:
        parts.append(f"sets {listed(remedy.switches, 3, whole=' and ')}")
    if remedy.skip:
        parts.append("passes over what is not understood")
    return ", and ".join(parts)
