"""What the commands that report have in common: settings before the question; reports, timings and the code after."""

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from verifier.cli.exits import Exit
from verifier.cli.inputs.settings import Settings, config_of, settings_of
from verifier.cli.inputs.targets import Target, parse_targets
from verifier.cli.terminal.colour import coloured
from verifier.cli.terminal.columns import fitted
from verifier.cli.terminal.folding import folded
from verifier.cli.terminal.progress import waiting
from verifier.cli.terminal.streams import say, say_diagnostics, tree_of, write_file, write_stdout
from verifier.engine.solve.watcher import Watcher
from verifier.errors import Diagnostic, InputError, Severity
from verifier.manifests.specs.config import Config
from verifier.report.words.paint import PLAIN, Paint, visible
from verifier.report.words.steering import heard_by_nobody
from verifier.smt.limits import Limits

Report = TypeVar("Report")

COMMANDS = "github"
"""The format that is meant to be heard by a runner."""


class Run(Struct, frozen=True):
    """A run of a command: what was said on its line, and the settings that follow from it."""

    flags: Mapping[str, Any]
    settings: Settings
    started: float
    errors: Paint
    """How text for standard error is dressed."""
    wanted: frozenset[str] = frozenset()
    """The formats that are asked for."""

    def limits(self) -> Limits:
        """The solver's; the deadline counts from the start of the run. Raises UsageError where a second solver is
        wanted that is not installed."""
        timeout = self.settings.timeout.value
        deadline = None if timeout is None else self.started + timeout
        cross_check = self.flags.get("cross_check", False)
        if cross_check:
            from verifier.smt.second import require_second_solver

            require_second_solver()
        return Limits(rlimit=self.settings.rlimit.value, deadline=deadline, cross_check=cross_check)

    @property
    def dump_to(self) -> Path | None:
        """The directory for scripts; None where none are wanted."""
        return Path(self.flags["dump"]) if self.flags["dump"] is not None else None

    def waiting(self, what: str) -> AbstractContextManager[Watcher]:
        """Tells those who wait how far the run is, beginning with `what`, as they want it told."""
        environ, stream = os.environ, sys.stderr
        at_terminal = stream is not None and stream.isatty() and environ.get("TERM") != "dumb"
        verbose = self.errors if self.flags.get("verbose") else None
        return waiting(what, self.started, at_terminal and not self.flags.get("quiet"), verbose, self.errors.colour)

    def warn(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Says what was found about the input; with `-q` without the notes, with `-v` each copy of an object."""
        quiet = self.flags["quiet"]
        found = [d for d in diagnostics if not quiet or d.severity is not Severity.NOTE]
        say_diagnostics(found if self.flags["verbose"] else folded(found), self.errors)

    def tell(self, text: str, *, also_quiet: bool = False) -> None:
        """Says something that nobody needs who wants it quiet; also_quiet: without it the report says another thing."""
        if also_quiet or not self.flags["quiet"]:
            say(fitted(self.errors(text), sys.stderr))


class RunOutcome(Struct, Generic[Report], frozen=True):
    """A report and its exit code. `timings`: what `-v` tells, given the seconds of the whole run. `closing`: what is
    told after the report, unless it is to be quiet. besides: what a format is told besides the report, by its name."""

    report: Report
    code: Exit
    timings: Callable[[float], str]
    closing: str = ""
    besides: Mapping[str, Mapping[str, Any]] = {}


def run(
    flags: Mapping[str, Any],
    formats: Mapping[str, Callable[[Report, Paint, bool], str]],
    ask: Callable[[Run], RunOutcome[Report]],
    failed: Callable[[Settings, Sequence[Diagnostic]], Report],
    again: Callable[[Settings], object] | None = None,
) -> int:
    """The exit code. Where the input is at fault, the machine formats get the report that `failed` makes of that.
    again: reads the manifests as other settings want it, to find a line that gets past what is wrong with them."""
    started = time.monotonic()
    mistakes: Sequence[Diagnostic] = ()
    try:
        config = config_of(flags)
    except InputError as error:
        config, mistakes = Config(), error.diagnostics
    settings = settings_of(flags, config, os.environ)
    targets = parse_targets(settings.output.value, formats)
    errors = Paint(coloured(settings.color.value, sys.stderr, os.environ))
    try:
        if mistakes:
            raise InputError(mistakes)
        answered = ask(Run(flags, settings, started, errors, frozenset(target.format for target in targets)))
    except InputError as error:
        out = () if again is None else ways_out_of(flags, settings, error.diagnostics, again)
        say_diagnostics((*error.diagnostics, *out), errors)
        report = failed(settings, (*error.diagnostics, *map(in_report, out)))
        _write([target for target in targets if target.format != "text"], formats, report, settings, flags)
        return Exit.INPUT
    _write(targets, formats, answered.report, settings, flags, answered.besides)
    if answered.closing and not flags["quiet"]:
        say("\n".join(map(errors, answered.closing.split("\n"))))
    if flags["verbose"]:
        say("\n".join(map(errors, answered.timings(time.monotonic() - started).split("\n"))))
    return answered.code


def ways_out_of(
    flags: Mapping[str, Any],
    settings: Settings,
    mistakes: Sequence[Diagnostic],
    again: Callable[[Settings], object],
) -> Sequence[Diagnostic]:
    """What to type next where the manifests of a command are refused."""
    from verifier.cli.inputs.waysout import ways_out

    sides = (flags[name] for name in ("old", "new") if flags.get(name) is not None)
    return ways_out(settings, (*settings.manifests.value, *sides), mistakes, again)


def in_report(way: Diagnostic) -> Diagnostic:
    """A line to type next as a report has it, where notes have no place."""
    return replace(way, message=f"{way.message}: `{way.hint}`", hint=None, severity=Severity.WARNING)


def _write(
    targets: Sequence[Target],
    formats: Mapping[str, Callable[[Report, Paint, bool], str]],
    report: Report,
    settings: Settings,
    flags: Mapping[str, Any],
    besides: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Files first, so that they are there when the reader of standard output goes on; a bad one does not stop
    the rest."""
    mistakes: list[Diagnostic] = []
    within = _tree_of_outputs(settings)
    for target in sorted(targets, key=lambda target: target.file is None):
        render = partial(formats[target.format], **(besides or {}).get(target.format, {}))
        if target.file is None:
            paint = Paint(coloured(settings.color.value, sys.stdout, os.environ))
            shown = render(report, paint, flags["quiet"])
            shown = fitted(shown, sys.stdout) if target.format == "text" else shown
            write_stdout(shown, commands=target.format == COMMANDS)
            continue
        text = render(report, PLAIN, flags["quiet"])
        try:
            write_file(target.file, text if target.format == COMMANDS else heard_by_nobody(text), within)
        except InputError as error:
            mistakes += error.diagnostics
        else:
            if not flags["quiet"]:
                say(f"wrote the {target.format} report to {visible(target.file)}")
    if mistakes:
        raise InputError(mistakes)


def _tree_of_outputs(settings: Settings) -> Path | None:
    """The tree that reports have to lie in which a configuration names, since whoever can change it may want them
    elsewhere; None where the command line or the environment names them."""
    file = settings.config.file
    if file is None or settings.output.origin != file:
        return None
    folder = (Path() if settings.config.at is not None else Path(file).parent).resolve()
    return tree_of(folder) or folder
