"""`netpol diff`: reads both sides, compares, renders, returns its code."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from verifier.cli.commands.drift import with_drift
from verifier.cli.commands.timings import diff_timings
from verifier.cli.exits import of_difference
from verifier.cli.inputs import options
from verifier.cli.inputs.grouped import Grouped
from verifier.cli.inputs.settings import Settings
from verifier.cli.inputs.sides import read_sides
from verifier.cli.run import Run, RunOutcome, run
from verifier.engine.results.diff import Difference, Relation
from verifier.errors import Diagnostic, InputError, UsageError
from verifier.manifests.documents.there import is_there
from verifier.report.formats import formats_of

if TYPE_CHECKING:
    from verifier.manifests.documents.refs import Target


@click.command("diff", cls=Grouped, short_help="Say exactly what differs between two versions of the policies.")
@click.argument("old", type=click.Path())
@click.argument("new", type=click.Path(), required=False)
@click.option(
    "--path",
    "paths",
    multiple=True,
    metavar="PATH",
    help="OLD and NEW are git revisions: compare PATH of both; can be repeated.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["any", "added", "removed", "none"]),
    default="any",
    show_default=True,
    help="Which differences give exit code 1.",
)
@options.to
@options.comparing
@options.reading
@options.rendering
@options.limits
@options.trust
@options.reporting("diff")
def command(**flags: Any) -> int:
    """Say exactly which traffic the policies of NEW allow and those of OLD do not, and the reverse.

    The answer is about every pod that could exist: equivalent, wider, narrower, or incomparable, and then regions of
    connections that were opened or closed, each with an example and the rules that decide it.

    With --staged the staged policies of NEW count as promoted, and without a NEW, those of OLD: what promotion would
    change. With --to-profile or --to-set NEW is judged under another plugin, or another setting of a switch, and
    without a NEW, OLD is: what changes if the plugin does.

    OLD and NEW are each a file, a directory, - for standard input, REV:PATH for a path at a git revision, or
    cluster:[CONTEXT] for a live cluster. PATH counts from the root of the repository, or from here where it begins with
    ./

    \b
    Examples:
      netpol diff old/ new/
      netpol diff main:k8s k8s
      netpol diff v1.2 HEAD --path k8s --path cluster
      netpol diff HEAD~1:k8s HEAD:k8s --fail-on added -o markdown
      netpol diff --staged k8s
      netpol diff k8s --profile calico --to-profile cilium
      netpol diff main:k8s cluster:prod
      kustomize build overlays/prod | netpol diff rendered/prod.yaml -

    \b
    Exit codes:
      0  equivalent, or not different as --fail-on says
      1  different
      2  usage or input is at fault, or there is nothing to compare
      3  undecided: a limit, or an open switch on which the relation hangs
      4  internal error
    """
    return run(flags, formats_of("diff"), _answer, _failed, lambda settings: read_sides(settings, *_sides(flags)))


def _answer(this: Run) -> RunOutcome[Difference]:
    from verifier.engine.diff.compare import compare

    old, new = _sides(this.flags)
    try:
        with this.waiting("reading") as watcher:
            sides = read_sides(this.settings, old, new, watcher.turns_to)
    except InputError as error:
        raise InputError([_advised(d, (*old, *new)) for d in error.diagnostics]) from None
    this.warn(sides.diagnostics)
    limits = this.limits()
    with this.waiting("comparing"):
        answer = compare(
            sides.old.cluster,
            sides.new.cluster,
            sides.universe,
            sides.switches,
            limits,
            limit=this.settings.limit.value,
            diagnostics=sides.diagnostics,
            dump_to=this.dump_to,
            to_switches=sides.to_switches,
        )
    answer = with_drift(answer, sides, this.flags["old"], this.flags["new"], this.settings.namespace.value)
    code = of_difference(answer, this.flags["fail_on"])
    return RunOutcome(answer, code, lambda seconds: diff_timings(sides, answer, seconds))


def _sides(flags: Any) -> "tuple[tuple[str | Target, ...], tuple[str | Target, ...]]":
    """The manifests of both sides."""
    from verifier.manifests.documents.refs import Target, resolve

    old, new, paths = flags["old"], flags["new"], flags["paths"]
    if new is None:
        if not (flags["staged"] or flags["to_profile"] or flags["to_switches"]):
            hint = "`netpol diff OLD NEW`; one is enough with --staged, --to-profile or --to-set"
            raise UsageError("missing argument `NEW`", hint)
        new = old
    if not paths:
        return (old,), (new,)
    for revision in (old, new):
        if ":" in revision:
            raise UsageError(f"`{revision}` names a path, and so does --path", "with --path, name two revisions")
    before, after = resolve(old), resolve(new)
    return tuple(Target(old, path, before) for path in paths), tuple(Target(new, path, after) for path in paths)


def _advised(diagnostic: Diagnostic, paths: "Sequence[str | Target]") -> Diagnostic:
    """The diagnostic; where a path does not exist it may have been meant as a revision."""
    missing = diagnostic.code == "path" and diagnostic.hint is None and diagnostic.file in paths
    if not missing or ":" in str(diagnostic.file) or is_there(str(diagnostic.file)):
        return diagnostic
    return replace(diagnostic, hint="to compare git revisions, write `REV:PATH`, or give --path PATH")


def _failed(settings: Settings, mistakes: Sequence[Diagnostic]) -> Difference:
    return Difference(Relation.UNKNOWN, complete=False, universe=settings.universe.value, diagnostics=tuple(mistakes))
