"""`netpol fleet`: reads, asks here or elsewhere, renders, returns its code."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from verifier.cli.commands.timings import fleet_timings
from verifier.cli.exits import of_fleet
from verifier.cli.inputs import options
from verifier.cli.inputs.grouped import Grouped
from verifier.cli.inputs.settings import DEFAULT, Settings, jobs_of
from verifier.cli.run import Run, RunOutcome, run
from verifier.cli.terminal.crash import ISSUES, write_crash_report
from verifier.cli.terminal.streams import say
from verifier.errors import Diagnostic, Severity, UsageError
from verifier.fleet.result import Failure, FleetReport
from verifier.ir.prose import number
from verifier.manifests.documents.contexts import context_of
from verifier.report.formats import formats_of

if TYPE_CHECKING:
    from verifier.fleet.plan import Asked
    from verifier.fleet.task import Outcome, Task
    from verifier.manifests.specs.fleet import FleetCluster


@click.command("fleet", cls=Grouped, short_help="Check many clusters at once, here or on a Dask cluster.")
@click.argument("file", metavar="FILE", type=click.Path())
@click.option(
    "--scheduler",
    metavar="tcp://HOST:PORT",
    help="Let the workers of a Dask scheduler do it (extra `fleet`). They are trusted, and get the manifests.",
)
@click.option("--live", is_flag=True, help="Let FILE name live clusters, which are then asked through kubectl.")
@options.rendering_alone
@options.jobs
@options.limits
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Tell N findings at most in full, in the text.")
@options.config
@options.reporting("fleet")
def command(**flags: Any) -> int:
    """Check the clusters that FILE lists: prove what all of them, and each of them, have to meet.

    FILE is a document of kind Fleet (docs/fleet.md, `netpol schema fleet`). It says all that is asked; netpol.yaml and
    NETPOL_* only say how it is reported and for how long.

    \b
    Examples:
      netpol fleet fleet.yaml
      netpol fleet fleet.yaml --jobs 8 -q
      netpol fleet fleet.yaml -o text -o json=fleet.json --limit 20
      netpol fleet fleet.yaml --scheduler tcp://10.0.0.7:8786 --timeout 3600

    \b
    Exit codes:
      0  all proved in every cluster         3  undecided: a limit, or an open switch
      1  a property is violated somewhere    4  internal error, a worker died, or the scheduler was lost
      2  usage, the input of a cluster, a vacuous property
    """
    return run(flags, formats_of("fleet"), _answer, _failed)


def _answer(this: Run) -> RunOutcome[FleetReport]:
    from verifier.fleet.assemble import assembled
    from verifier.fleet.plan import ask_each, properties_asked, tasks_of
    from verifier.manifests.specs.fleet import read_fleet

    fleet = read_fleet(this.flags["file"])
    if not this.flags["live"]:
        _refuse_live(fleet.clusters)
    properties_asked(fleet.shared)  # what is wrong there is wrong once, and not in every cluster
    asked = tuple(ask_each(fleet.clusters))
    rendering = this.flags["render_with"] == "auto"
    outcomes, rest = _outcomes(this, asked, tuple(tasks_of(asked, this.settings.rlimit.value, rendering=rendering)))
    limit = this.settings.limit
    told = None if limit.origin == DEFAULT else limit.value
    report = replace(assembled(fleet.name, asked, outcomes, rest), told=told)
    _tell(this, report, asked)
    return RunOutcome(report, of_fleet(report), lambda seconds: fleet_timings(report, seconds))


def _refuse_live(clusters: "Sequence[FleetCluster]") -> None:
    """Raises UsageError where the file names a live cluster: who may change it could have a program ask a cluster with
    somebody else's credentials."""
    for each in clusters:
        asked = next((name for name in each.manifests if context_of(name) is not None), None)
        if asked is not None:
            message = f"`{asked}` among the manifests of {each.name}: no file may have a live cluster asked by itself"
            raise UsageError(message, "say so on the command line: --live")


def _outcomes(
    this: Run, fleet: "Sequence[Asked]", tasks: "Sequence[Task]"
) -> "tuple[list[tuple[Task, Outcome]], Outcome | None]":
    """What came of the tasks, and what becomes of those that are not among them."""
    from verifier.fleet.task import Answer, Stopped

    titles = [f"{fleet[task.cluster].cluster.name}: {claimed.name}" for task in tasks for claimed in task.properties]
    sizes = accumulate((len(task.properties) for task in tasks), initial=0)
    places = {(task.cluster, task.first): place for task, place in zip(tasks, sizes, strict=False)}
    found = []
    with this.waiting("reading manifests") as watcher:
        watcher.asks(titles)
        try:
            for task, outcome in _answers(this, tasks):
                found.append((task, outcome))
                results = outcome.results if isinstance(outcome, Answer) else ()
                for place, result in enumerate(results, places[task.cluster, task.first]):
                    watcher.finished(place, result)
        except Stopped as stopped:
            return found, stopped.outcome
    return found, None


def _answers(this: Run, tasks: "Sequence[Task]") -> "Iterator[tuple[Task, Outcome]]":
    timeout = this.settings.timeout.value
    deadline = None if timeout is None else this.started + timeout
    address = this.flags["scheduler"]
    if address is None:
        from verifier.fleet.local import answer_here

        return answer_here(tasks, jobs_of(this.settings), deadline)
    if this.flags["jobs"] is not None:
        raise UsageError("--jobs and --scheduler exclude each other", "a scheduler has workers of its own")
    from verifier.fleet.scheduler import answer_there

    return answer_there(tasks, address, deadline)


def _tell(this: Run, report: FleetReport, asked: "Sequence[Asked]") -> None:
    """What is to be said beside the report."""
    starter = [each for each in asked if each.starter]
    if starter:
        names = ", ".join(claimed.name for claimed in starter[0].properties)
        where = "" if len(starter) == len(asked) else f" for {number(len(starter), 'cluster')}"
        this.tell(f"no properties given{where}, so the starter set is checked: {names}")
    for each in report.clusters:
        if any(d.severity is not Severity.NOTE or not this.flags["quiet"] for d in each.report.diagnostics):
            say(this.errors(f"In {each.name}:", "bold"))
            this.warn(each.report.diagnostics)
    for failure in dict.fromkeys(failure for each in report.clusters for failure in each.failures):
        _tell_failure(this, failure)


def _tell_failure(this: Run, failure: Failure) -> None:
    if not failure.details:
        say(f"netpol: {this.errors(failure.message)}")
        return
    path = write_crash_report(failure.details)
    where = f" (details in {path})" if path is not None else ""
    say(f"netpol: internal error: {this.errors(failure.message)}{where}; please report it at {ISSUES}")
    if this.flags["debug"]:
        say("\n".join(map(this.errors, failure.details.rstrip().split("\n"))))


def _failed(_settings: Settings, mistakes: Sequence[Diagnostic]) -> FleetReport:
    return FleetReport("", diagnostics=tuple(mistakes))
