"""`netpol coverage`: reads, asks what each edit of the policies does to the properties, renders, returns its code."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from verifier.cli.commands.timings import coverage_timings
from verifier.cli.exits import of_coverage
from verifier.cli.inputs import options
from verifier.cli.inputs.grouped import Grouped
from verifier.cli.inputs.inputs import Question, read_again, read_question, starter_note
from verifier.cli.inputs.ranges import NumberRange
from verifier.cli.inputs.settings import DEFAULT, Settings, jobs_of
from verifier.cli.run import Run, RunOutcome, run
from verifier.engine.results.coverage import CoverageReport
from verifier.errors import Diagnostic, InputError, UsageError
from verifier.report.formats import formats_of

if TYPE_CHECKING:
    from verifier.engine.coverage.suggesting import Draft

_LIMIT = 20
"""Of how many edits it is told what they would change, where nobody says."""


@click.command("coverage", cls=Grouped, short_help="Find the policy lines that no property would miss.")
@options.manifests
@options.asking
@click.option(
    "--fail-under",
    type=NumberRange(0, 100),
    metavar="PERCENT",
    help="Exit code 1 where fewer of the edits are noticed.",
)
@click.option("--changed", is_flag=True, help="Only lines that --base does not have.")
@click.option("--base", metavar="REV", help="The git revision that --changed compares with.")
@click.option(
    "--limit",
    type=click.IntRange(0),
    metavar="N",
    help="Tell of N unnoticed edits at most what they would open or close; default: 20.",
)
@options.reading
@options.rendering
@options.limits
@options.jobs
@options.reporting("coverage")
def command(**flags: Any) -> int:
    """Find the lines of the network policies in MANIFESTs that no property would miss if they were gone.

    Each line is edited in turn, in memory: a policy, rule, peer, port, requirement or exception taken away, a block
    widened, an action swapped, a default deny added. What the properties that are proved today make of it is then asked
    for every pod that could exist. An edit after which some property is violated is noticed; one that changes nothing
    is not counted. Without -p and -e, the properties of netpol.yaml count; without these, the starter set.

    \b
    Examples:
      netpol coverage k8s/
      netpol coverage k8s/ -p properties/ --fail-under 80
      netpol coverage k8s/ --changed --base origin/main
      netpol coverage k8s/ -o text -o lcov=coverage.info -o json=coverage.json

    \b
    Exit codes:
      0  the share is known, or surely not below --fail-under
      1  it is below                   3  the share, or whether it is, is undecided
      2  usage or input is at fault    4  internal error
    """
    return run(flags, formats_of("coverage", verbose=flags["verbose"]), _answer, _failed, read_again)


def _answer(this: Run) -> RunOutcome[CoverageReport]:
    from verifier.engine.coverage.coverage import coverage
    from verifier.manifests.kubernetes.mutants.mutants import mutants_of

    flags, settings = this.flags, this.settings
    if flags["changed"] != (flags["base"] is not None):
        hint = "`--changed --base REV` looks at the lines that REV does not have"
        raise UsageError("`--changed` and `--base` go together", hint)
    with this.waiting("reading") as watcher:
        question = read_question(settings, flags["properties"], flags["expressions"], watcher.turns_to)
    loaded = question.loaded
    this.warn(loaded.diagnostics)
    if not loaded.has_policies:
        message = f"no policy in {' '.join(settings.manifests.value)}, so no line that could be edited"
        raise InputError(Diagnostic("nothing-to-cover", message, hint="name the files with the policies, too"))
    if question.starter:
        this.tell(starter_note(question.properties))
    mutants, since = list(mutants_of(loaded)), None
    if flags["base"] is not None:
        from verifier.cli.inputs.changedlines import on_changed_lines  # it asks git

        mutants, since = on_changed_lines(mutants, settings.manifests.value, flags["base"])
    with this.waiting("asking") as watcher:
        report = coverage(
            loaded.cluster,
            mutants,
            question.properties,
            question.universe,
            question.switches,
            this.limits(),
            loaded.diagnostics,
            jobs=jobs_of(settings),
            watcher=watcher,
            drafts=partial(_drafts, this, question),
            limit=_limit(this),
            since=since,
            fail_under=flags["fail_under"],
        )
    this.warn(report.diagnostics[len(loaded.diagnostics) :])
    return RunOutcome(report, of_coverage(report), lambda seconds: coverage_timings(report.stats, seconds))


def _limit(this: Run) -> int:
    """Of how many edits it is told what they would change; none is a number, too."""
    if this.flags["limit"] is not None:
        return int(this.flags["limit"])
    return _LIMIT if this.settings.limit.origin == DEFAULT else this.settings.limit.value


def _drafts(this: Run, question: Question) -> "Sequence[Draft]":
    """What `netpol init` would propose, each claim by itself, the strongest of each first."""
    from verifier.cli.commands import drafttext
    from verifier.engine.coverage.suggesting import Draft
    from verifier.engine.draft import candidates, drafting

    cluster, limits = question.loaded.cluster, this.limits()
    found = [
        (drafttext.entry(f"{number}-{place}", "", claim), each.policies)
        for number, each in enumerate(candidates(drafting(cluster, question.universe, question.switches, limits)))
        for place, claim in enumerate(each.claims)
    ]
    read = drafttext.read_back([entry for entry, _ in found])
    return [Draft(claimed, policies) for claimed, (_, policies) in zip(read, found, strict=True)]


def _failed(settings: Settings, mistakes: Sequence[Diagnostic]) -> CoverageReport:
    return CoverageReport(settings.universe.value, diagnostics=tuple(mistakes))
