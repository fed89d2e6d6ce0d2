"""`netpol fix`: reads, looks for repairs, renders, writes where that is wanted, returns its code."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from verifier.cli.exits import Exit, worst
from verifier.cli.inputs import options
from verifier.cli.inputs.exclusions import excludes_of
from verifier.cli.inputs.grouped import Grouped
from verifier.cli.inputs.inputs import how_to_read, paths_of, read_again, read_question, starter_note, texts_at
from verifier.cli.inputs.settings import Settings
from verifier.cli.run import Run, RunOutcome, run
from verifier.cli.terminal.streams import tree_of
from verifier.errors import Diagnostic, UsageError
from verifier.ir.property import PropertySeverity
from verifier.ir.prose import listed
from verifier.manifests.documents.files import STDIN
from verifier.manifests.documents.source import reason
from verifier.manifests.documents.there import is_file, is_there
from verifier.mending.result import FixReport, Outcome
from verifier.report.formats import formats_of

MOST_REPAIRS = 20
"""So many repairs of a property may be asked for."""


@click.command("fix", cls=Grouped, short_help="Find the smallest change after which a violated property holds.")
@options.manifests
@options.asking
@options.reading
@options.rendering
@options.limits
@click.option("--apply", is_flag=True, help="Write the repaired files.")
@click.option(
    "--alternatives",
    type=click.IntRange(1, MOST_REPAIRS),
    default=1,
    metavar="N",
    help="Look for N repairs of each property, the cheapest first; default: 1.",
)
@options.reporting("fix")
def command(**flags: Any) -> int:
    """Find the smallest change of the policies in MANIFESTs after which each violated property holds.

    Each repair is a patch of the files, comments and layout kept. It is read again from its text, and proved: the
    property, every other one that held, and exactly what it closes or opens. All claims but separate are mended, in
    policies of Kubernetes, Calico and Cilium; nothing is written without --apply.

    \b
    Examples:
      netpol fix k8s/ -e 'only role=monitoring -> app=apiserver : TCP/5000'
      netpol fix k8s/ -p properties/ --apply
      netpol fix k8s/ -o patch | git apply
      netpol fix k8s/ --alternatives 3 -o text -o sarif=fix.sarif

    \b
    Exit codes:
      0  everything holds, or a repair was found and proved
      1  a property is violated, and no repair was found
      2  usage, input, vacuous property, nothing to check
      3  undecided: a limit, or an open switch
      4  internal error
    """
    return run(flags, formats_of("fix"), _answer, _failed, read_again)


def _answer(this: Run) -> RunOutcome[Any]:
    from msgspec.structs import replace

    from verifier.engine.results.standing import each_once
    from verifier.manifests.kubernetes.load import load_texts
    from verifier.mending.placing import takes
    from verifier.mending.search import Setting, mend_all

    if STDIN in paths_of(this.settings):
        raise UsageError("`-` is no file that could be repaired", "name files or directories")
    with this.waiting("reading") as watcher:
        question = read_question(this.settings, this.flags["properties"], this.flags["expressions"], watcher.turns_to)
        texts = texts_at(paths_of(this.settings), this.settings, watcher.turns_to)
    loaded = question.loaded
    this.warn(loaded.diagnostics)
    if question.starter:
        this.tell(starter_note(question.properties))
    if loaded.cluster.passed_over:
        names = listed((f"{each.kind} {each.name}".rstrip() for each in loaded.cluster.passed_over), 4)
        message = f"policies that are not understood were passed over: {names}"
        raise UsageError(message, "nothing is repaired beside them")
    how = how_to_read(this.settings, question.switches)
    setting = Setting(
        lambda sources: load_texts(replace(texts, sources=sources), how).cluster,
        question.universe,
        question.switches,
        this.limits(),
        takes(paths_of(this.settings), excludes_of(this.settings)),
    )
    with this.waiting("looking for repairs"):
        outcomes, changes = mend_all(setting, texts.sources, question.properties, this.flags["alternatives"])
    named, root = _patched(changes)
    outcomes = [_named(outcome) for outcome in outcomes]
    if "patch" in this.wanted and named:
        _say_where(this, root)
    if this.flags["apply"]:
        _write(named)
    said: tuple[Any, ...] = (
        *outcomes,
        *(repair.difference for outcome in outcomes for repair in outcome.repairs()),
    )
    report = FixReport(
        this.settings.universe.value,
        tuple(outcomes),
        named,
        applied=this.flags["apply"] and bool(named),
        assumptions=tuple(dict.fromkeys((*loaded.cluster.assumptions, *(t for e in said for t in e.assumptions)))),
        not_covered=tuple(each_once(text for each in said for text in each.not_covered)),
        diagnostics=loaded.diagnostics,
        wanted=this.flags["alternatives"],
    )
    return RunOutcome(report, worst(map(_code, outcomes)), lambda seconds: f"{seconds:.2f} s")


def _code(outcome: Outcome) -> Exit:
    """As of `check`: a property of severity `warning` never fails the run."""
    if outcome.holds or outcome.repair is not None or outcome.property.severity is PropertySeverity.WARNING:
        return Exit.OK
    if outcome.vacuous:
        return Exit.OK if outcome.property.optional else Exit.INPUT
    return Exit.UNDECIDED if outcome.undecided else Exit.VIOLATED


def _patched(changes: Sequence[Any]) -> tuple[tuple[Any, ...], Path | None]:
    """The changes, with the names that a patch has to give their files; and where it is to be applied: here, at the
    root of the work tree, or nowhere."""
    from msgspec.structs import replace

    here = Path.cwd().resolve()
    real = [Path(change.file).resolve() for change in changes]
    for root in dict.fromkeys((here, tree_of(here) or here)):
        if all(path.is_relative_to(root) for path in real):
            names = (path.relative_to(root).as_posix() for path in real)
            return tuple(replace(c, patched=name) for c, name in zip(changes, names, strict=True)), root
    return tuple(changes), None


def _named(outcome: Outcome) -> Outcome:
    """The outcome, the changes of each repair with the names that a patch gives them."""
    from msgspec.structs import replace

    named = [replace(repair, changes=_patched(repair.changes)[0]) for repair in outcome.repairs()]
    return replace(outcome, repair=named[0], alternatives=tuple(named[1:])) if named else outcome


def _say_where(this: Run, root: Path | None) -> None:
    """Of a patch that cannot be applied here, where it can be. Raises UsageError where it can be nowhere."""
    if root is None:
        message = "a patch cannot name files outside of the working directory, and of its work tree"
        raise UsageError(message, "run it in a directory above them, or write them with --apply")
    if root != Path.cwd().resolve():
        this.tell(f"the patch is one for the root of the work tree: `git -C {root} apply`")


def _write(changes: Sequence[Any]) -> None:
    """Every file, if each still is what was read: all of them beside first, then renamed. Raises UsageError where one
    is not, or cannot be written; then nothing is, or the error says what."""
    from verifier.mending.placing import is_behind_no_link

    for change in changes:
        path = Path(change.file)
        now = path.read_bytes() if is_file(path) and is_behind_no_link(change.file) else None
        there = change.before is None and os.path.lexists(path)
        if there or now != (None if change.before is None else change.before.encode()):
            raise UsageError(f"`{change.file}` was changed meanwhile: nothing is written", "run it again")
    beside: list[Path] = []
    written: list[str] = []
    try:
        for change in changes:
            _write_beside(Path(change.file), change.after, beside)
        for change, part in zip(changes, tuple(beside), strict=True):
            part.replace(change.file)
            written.append(change.file)
    except OSError as error:
        left = f"written are only {', '.join(written)}" if written else "nothing is written"
        raise UsageError(f"cannot write `{change.file}`: {reason(error)}; {left}") from error
    finally:
        for part in beside:
            part.unlink(missing_ok=True)


def _write_beside(path: Path, text: str, beside: list[Path]) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with part.open("xb") as file:
        beside.append(part)
        file.write(text.encode())
    if is_there(path):
        part.chmod(stat.S_IMODE(path.stat().st_mode))


def _failed(settings: Settings, mistakes: Sequence[Diagnostic]) -> FixReport:
    return FixReport(settings.universe.value, (), diagnostics=tuple(mistakes))
