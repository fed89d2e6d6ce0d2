"""`netpol gate`: reads base and head, judges the change, renders, returns its code."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from verifier.cli.commands.timings import gate_timings
from verifier.cli.exits import Exit
from verifier.cli.inputs import options
from verifier.cli.inputs.grouped import Grouped
from verifier.cli.inputs.inputs import Attempts, starter_note
from verifier.cli.inputs.nextsteps import offering
from verifier.cli.inputs.settings import Settings
from verifier.cli.run import Run, RunOutcome, run
from verifier.cli.terminal.streams import write_file
from verifier.cli.terminal.today import today
from verifier.engine.diff.outcome import of_gate
from verifier.engine.results.diff import Change, GateReport, TermsOf
from verifier.errors import Diagnostic, InputError, Severity, UsageError
from verifier.ir.policy import NO_POLICIES
from verifier.ir.prose import number
from verifier.manifests.documents.there import is_there
from verifier.report.formats import formats_of

if TYPE_CHECKING:
    from verifier.cli.inputs.gatereading import Accepted, Reading, Trial
    from verifier.cli.inputs.gateterms import Side


@click.command("gate", cls=Grouped, short_help="Judge a change: what it breaks, opens and closes against a revision.")
@options.manifests
@click.option("--base", required=True, metavar="REV", help="The git revision that the change goes to.")
@click.option("--new", multiple=True, metavar="PATH", help="These manifests are new: REV may lack them.")
@click.option(
    "--base-manifests",
    metavar="PATH|REV:PATH|-",
    help="The manifests of REV, rendered before; MANIFESTs are then those of the change.",
)
@click.option("--render", metavar="COMMAND", help="A command that writes the manifests, run in a tree of either side.")
@click.option("--merge", is_flag=True, help="Judge what merging HEAD into REV gives, instead of the work tree.")
@click.option(
    "--terms",
    type=click.Choice(["base", "head", "both"]),
    default="both",
    show_default=True,
    help="Whose properties, universe, switches and excludes count where they differ.",
)
@click.option("--fail-on-terms", is_flag=True, help="Exit code 1 where the change weakens these terms.")
@options.asking
@click.option(
    "--fail-on",
    type=click.Choice(["added", "new-workloads", "any", "none"]),
    default="added",
    show_default=True,
    help="Which changes of the permitted traffic give exit code 1; new-workloads: what is added, and new workloads.",
)
@click.option(
    "--accept",
    metavar="FILE",
    help="Acceptances, read from the base revision; default: netpol.accept.yaml.",
)
@click.option(
    "--write-baseline",
    "baseline",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Write acceptances for all that is violated or was opened now.",
)
@click.option("--expires", metavar="YYYY-MM-DD", help="The last day of the acceptances that --write-baseline writes.")
@options.comparing
@options.reading
@options.limits
@options.jobs
@options.trust
@options.reporting("gate")
def command(**flags: Any) -> int:
    """Judge the change from a git revision to the manifests of the work tree: what it breaks, opens and closes.

    Properties (-p, -e, netpol.yaml or the starter set) are asked of both sides, MANIFESTs are read here and at REV.
    Where the change touches netpol.yaml, or a file of properties or of the universe, it is judged by these as they
    stand at REV, and as they stand here. What netpol.accept.yaml accepts, as it stands at REV, is let through.

    \b
    Examples:
      netpol gate --base origin/main k8s/
      netpol gate --base main -o github -o markdown=comment.md
      netpol gate --base main --fail-on none k8s/ -p properties/
      netpol gate --base main --render 'kustomize build overlays/prod'
      netpol gate --base main --base-manifests /tmp/base.yaml /tmp/head.yaml
      netpol gate --base HEAD --write-baseline netpol.accept.yaml --expires 2027-01-31

    \b
    Exit codes:
      0  nothing newly violated, and nothing opened but for what is accepted
      1  a property is violated that nobody accepted, or traffic was opened (see --fail-on)
      2  usage or input is at fault, REV lacks manifests, a property is vacuous, an expired acceptance is needed
      3  undecided: a limit, or an open switch
      4  internal error
    """
    return run(
        flags,
        formats_of("gate", fail_on=flags["fail_on"], verbose=flags["verbose"]),
        _answer,
        partial(_failed, flags["base"]),
    )


def _answer(this: Run) -> RunOutcome[GateReport]:
    from verifier.cli.commands.trial import judge
    from verifier.cli.inputs.gatereading import accepted_on
    from verifier.manifests.specs.acceptances import unused

    expires = _last_day(this.flags)
    with this.waiting("reading"):
        trial, this, reading = _trial(this)
    accepted = accepted_on(trial.base, today())
    report = judge(trial, reading, this, accepted)
    this.warn(report.diagnostics)
    for under, side in trial.sides:
        if side.terms.starter and under is not TermsOf.BASE:
            this.tell(starter_note(side.terms.properties))
    this.warn(unused(report.unused))
    if expires is not None:
        report = _write_baseline(this, trial, reading, accepted, report, expires)
    report = _offering(this, report)
    code = Exit(of_gate(report, this.flags["fail_on"]).code)
    return RunOutcome(report, code, lambda seconds: gate_timings(reading, report, seconds))


def _offering(this: Run, report: GateReport) -> GateReport:
    """The report with the line that looks for repairs, where that would read what was judged: the work tree, by its own
    terms."""
    elsewhere = this.flags["merge"] or this.flags["render"] or this.flags["base_manifests"]
    if elsewhere or report.difference.passed_over:
        return report
    if report.other is not None:
        report = replace(report, other=_offering(this, report.other))
    if report.under is TermsOf.BASE:
        return report
    broken = {j.property.name for j in report.judged if j.change in (Change.NEWLY_VIOLATED, Change.STILL_VIOLATED)}
    told = offering(report.head, this.settings, this.flags)
    kept = (r if r.property.name in broken else replace(r, repair="") for r in told.results)
    return replace(report, head=replace(told, results=tuple(kept)))


def _trial(this: Run) -> "tuple[Trial, Run, Reading]":
    """What is to be judged, the run under limits that can be trusted, and what was read so far. Raises InputError with
    everything that is wrong with the base, or with the terms of either side."""
    from verifier.cli.inputs.gatereading import Reading, Trial
    from verifier.cli.inputs.gaterendered import given_by
    from verifier.cli.inputs.gateterms import (
        changes,
        config_at,
        retired,
        side_at,
        side_here,
        trusted,
        unasked_changes,
        with_starters,
    )
    from verifier.cli.inputs.gitbase import find_base, is_head, refuse_strangers
    from verifier.cli.inputs.merge import merged_into

    flags, settings = this.flags, this.settings
    base = find_base(flags["base"], flags["accept"])
    merged, found = merged_into(base.revision) if flags["merge"] else (None, ())
    attempts = Attempts()
    mine = settings.config if merged is None else attempts.make(lambda: config_at(merged, flags))
    theirs = attempts.make(lambda: config_at(base.revision, flags))
    if mine is None or theirs is None:
        raise InputError(attempts.mistakes)
    mine = trusted(mine, theirs)
    before = attempts.make(lambda: side_at(flags, theirs, base.revision))
    after = attempts.make(lambda: side_here(flags, mine) if merged is None else side_at(flags, mine, merged))
    if before is None or after is None:
        raise InputError(tuple(dict.fromkeys(attempts.mistakes)))
    before, after = with_starters(before, after, flags)
    given = given_by(flags)
    refuse_strangers(flags["new"], (*before.settings.manifests.value, *after.settings.manifests.value))
    notes = base.diagnostics
    ends = ((TermsOf.BASE, before), (TermsOf.HEAD, after))
    reading = Reading(Trial(flags, base, merged, ends, (), frozenset(), (NO_POLICIES, NO_POLICIES), notes, given))
    before, after = reading.choosing(before, after)
    differ = changes(before, after)
    sides: dict[TermsOf | None, Side] = {TermsOf.BASE: before, TermsOf.HEAD: after} if differ else {None: after}
    if differ and flags["terms"] != "both":
        sides = {under: side for under, side in sides.items() if under == flags["terms"]}
    if is_head(base.revision):
        message = f"`{base.revision.name}` is the commit that is checked out: only what is not committed is judged"
        found = (*found, Diagnostic("base-is-head", message, severity=Severity.WARNING))
    templates = before.terms.universe.templates, after.terms.universe.templates
    notes = (*found, *notes)
    told = (*differ, *unasked_changes(before, after))
    trial = Trial(flags, base, merged, tuple(sides.items()), told, retired(before, after), templates, notes, given)
    reading.trial = trial
    return trial, replace(this, settings=after.settings), reading


def _last_day(flags: Any) -> date | None:
    """Until when the baseline holds; None where none is wanted."""
    from verifier.manifests.specs.acceptanceform import parse_date

    file, text = flags["baseline"], flags["expires"]
    if file is None and text is None:
        return None
    if file is None or text is None:
        raise UsageError("--write-baseline and --expires go together", "as in `--expires 2027-01-31`")
    if is_there(file):
        raise UsageError(f"`{file}` exists already", "name another file, and move over what is still wanted")
    try:
        day = parse_date(text)
    except ValueError:
        raise UsageError(f"`{text}` is no date", "written like 2027-01-31") from None
    if day < today():
        raise UsageError(f"`--expires {text}` is in the past")
    return day


def _write_baseline(
    this: Run, trial: "Trial", reading: "Reading", accepted: "Accepted", report: GateReport, expires: date
) -> GateReport:
    """The report as it will be once the acceptances that this writes are on the base."""
    from verifier.cli.commands.baseline import baseline, unaccepted
    from verifier.cli.commands.trial import judge
    from verifier.ir.cluster import NOTHING
    from verifier.manifests.documents.source import Source
    from verifier.manifests.specs.acceptances import read_acceptances

    file = this.flags["baseline"]
    known = [acceptance for acceptance in accepted.current if acceptance not in report.unused]
    preserved = trial.sides[-1][1].terms.switches.get("external_source", "preserved") == "preserved"
    head = NOTHING if reading.head is None else reading.head.cluster
    text = baseline(report, known, expires, preserved, head, trial.sides[-1][1].terms.universe)
    for name in unaccepted(report):
        this.tell(f"`{name}`: more may break it than what was found and is accepted (see --limit)")
    if not text:
        this.tell(f"nothing to accept: {file} was not written")
        return report
    written = read_acceptances(Source.text_of(file, text))
    write_file(file, text)
    this.tell(f"wrote {number(len(written), 'acceptance')} to {file}: to count, it has to be at the base of a gate")
    return judge(trial, reading, this, replace(accepted, current=written))


def _failed(base: str, settings: Settings, mistakes: Sequence[Diagnostic]) -> GateReport:
    from verifier.cli.commands.trial import nothing_judged

    return nothing_judged(base, settings, mistakes)
