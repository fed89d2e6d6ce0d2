"""`netpol gate`: reads base and head, judges the change, renders, returns its code."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct

from verifier.cli import options
from verifier.cli.exits import Exit
from verifier.cli.question import Attempts, Question, read_manifests, read_question, starter_note
from verifier.cli.run import Answered, Run, run
from verifier.cli.settings import Settings, jobs_of
from verifier.cli.streams import write_file
from verifier.cli.timings import gate_timings
from verifier.cli.today import today
from verifier.engine.difference import Difference, GateReport, Relation
from verifier.engine.result import CheckReport
from verifier.errors import Diagnostic, InputError, UsageError
from verifier.ir.acceptance import Acceptance
from verifier.report.formats import gate_formats
from verifier.report.outcome import of_gate
from verifier.report.tally import number

if TYPE_CHECKING:
    from verifier.cli.base import Base
    from verifier.manifests.load import Loaded


@click.command("gate", short_help="Judge a change: what it breaks, opens and closes against a revision.")
@options.manifests
@click.option("--base", required=True, metavar="REV", help="The git revision that the change goes to.")
@options.asking
@click.option(
    "--fail-on",
    type=click.Choice(["added", "any", "none"]),
    default="added",
    show_default=True,
    help="Which changes of the permitted traffic give exit code 1.",
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
@options.reporting
def command(**flags: Any) -> int:
    """Judge the change from a git revision to the manifests of the work tree: what it breaks, opens and closes.

    Properties (-p, -e, netpol.yaml or the starter set) are asked of both sides, MANIFESTs are read here and at REV.
    What netpol.accept.yaml accepts, as it stands at REV, is let through.

    \b
    Examples:
      netpol gate --base origin/main k8s/
      netpol gate --base main -o github -o markdown=comment.md
      netpol gate --base main --fail-on none k8s/ -p properties/
      netpol gate --base HEAD --write-baseline netpol.accept.yaml --expires 2027-01-31

    \b
    Exit codes:
      0  nothing newly violated, and nothing opened but for what is accepted
      1  a property is violated that nobody accepted, or traffic was opened (see --fail-on)
      2  usage or input is at fault, a property is vacuous, an acceptance has expired
      3  undecided: a limit, or an open switch
      4  internal error
    """
    return run(flags, gate_formats(flags["fail_on"]), _answer, partial(_failed, flags["base"]))


class Judgement(Struct, frozen=True):
    """All that a gate is asked with. `base`: None where there are no manifests. `found`: what the input is told of."""

    question: Question
    base: "Loaded | None"
    acceptances: tuple[Acceptance, ...]
    found: tuple[Diagnostic, ...]


def _answer(this: Run) -> Answered[GateReport]:
    from verifier.manifests.acceptances import unused

    expires = _last_day(this.flags)
    with this.waiting("reading"):
        judgement = _read(this)
    this.warn(judgement.found)
    if judgement.question.starter:
        this.tell(starter_note(judgement.question.properties))
    report = _judge(this, judgement, judgement.acceptances)
    this.warn(unused(report.unused))
    if expires is not None:
        report = _write_baseline(this, judgement, report, expires)
    code = Exit(of_gate(report, this.flags["fail_on"]).code)
    return Answered(report, code, lambda seconds: gate_timings(judgement.question, report, seconds))


def _read(this: Run) -> Judgement:
    """Raises InputError with everything that is wrong with either side."""
    from verifier.manifests.acceptances import in_force

    flags, settings = this.flags, this.settings
    attempts = Attempts()
    question = attempts.make(lambda: read_question(settings, flags["properties"], flags["expressions"]))
    base = attempts.make(lambda: _find(flags, settings))
    loaded = None
    if base is not None and base.targets:
        switches = {} if question is None else question.switches
        loaded = attempts.make(lambda: read_manifests(base.targets, settings, switches))
    if question is None or base is None or attempts.mistakes:
        raise InputError(tuple(dict.fromkeys(attempts.mistakes)))
    current, expired = in_force(base.acceptances, today())
    of_base = () if loaded is None else loaded.diagnostics
    found = dict.fromkeys((*expired, *question.loaded.diagnostics, *of_base, *base.diagnostics))
    return Judgement(question, loaded, current, tuple(found))


def _find(flags: Any, settings: Settings) -> "Base":
    from verifier.cli.base import find_base

    return find_base(flags["base"], settings.manifests.value, settings.exclude.value, flags["accept"])


def _judge(this: Run, judgement: Judgement, acceptances: Sequence[Acceptance]) -> GateReport:
    from verifier.engine.gate import gate

    question = judgement.question
    limits = this.limits()
    with this.waiting("asking") as watcher:
        return gate(
            None if judgement.base is None else judgement.base.cluster,
            question.loaded.cluster,
            question.properties,
            acceptances,
            question.universe,
            question.switches,
            limits,
            base_name=this.flags["base"],
            limit=this.settings.limit.value,
            diagnostics=judgement.found,
            dump_to=this.dump_to,
            jobs=jobs_of(this.settings),
            watcher=watcher,
        )


def _last_day(flags: Any) -> date | None:
    """Until when the baseline holds; None where none is wanted."""
    from verifier.manifests.acceptanceform import parse_date

    file, text = flags["baseline"], flags["expires"]
    if file is None and text is None:
        return None
    if file is None or text is None:
        raise UsageError("--write-baseline and --expires go together", "as in `--expires 2027-01-31`")
    if Path(file).exists():
        raise UsageError(f"`{file}` exists already", "name another file, and move over what is still wanted")
    try:
        day = parse_date(text)
    except ValueError:
        raise UsageError(f"`{text}` is no date", "written like 2027-01-31") from None
    if day < today():
        raise UsageError(f"`--expires {text}` is in the past")
    return day


def _write_baseline(this: Run, judgement: Judgement, report: GateReport, expires: date) -> GateReport:
    """The report as it will be once the acceptances that this writes are on the base."""
    from verifier.cli.baseline import baseline
    from verifier.manifests.acceptances import read_acceptances
    from verifier.manifests.source import Source

    file = this.flags["baseline"]
    known = [acceptance for acceptance in judgement.acceptances if acceptance not in report.unused]
    preserved = judgement.question.switches["external_source"] == "preserved"
    text = baseline(report, known, expires, preserved)
    if not text:
        this.tell(f"nothing to accept: {file} was not written")
        return report
    accepted = read_acceptances(Source.text_of(file, text))
    write_file(file, text)
    this.tell(f"wrote {number(len(accepted), 'acceptance')} to {file}: to count, it has to be at the base of a gate")
    return _judge(this, judgement, accepted)


def _failed(base: str, settings: Settings, mistakes: Sequence[Diagnostic]) -> GateReport:
    universe = settings.universe.value
    return GateReport(
        base_name=base,
        base=CheckReport(universe, ()),
        head=CheckReport(universe, (), diagnostics=tuple(mistakes)),
        difference=Difference(Relation.UNKNOWN, complete=False, universe=universe),
        judged=(),
        grew=False,
        diagnostics=tuple(mistakes),
    )
