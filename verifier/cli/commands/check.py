"""`netpol check`: reads, asks, renders, returns its code."""

from collections.abc import Sequence
from typing import Any

import click

from verifier.cli.commands.timings import timings
from verifier.cli.exits import of_report
from verifier.cli.inputs import options
from verifier.cli.inputs.grouped import Grouped
from verifier.cli.inputs.inputs import Attempts, Question, read_again, read_question, starter_note
from verifier.cli.inputs.nextsteps import next_steps, offering
from verifier.cli.inputs.settings import Settings, jobs_of
from verifier.cli.run import Run, RunOutcome, run
from verifier.engine.results.check import CheckReport
from verifier.errors import Diagnostic, InputError, Undecided
from verifier.ir.universe import INVENTORY
from verifier.report.formats import formats_of
from verifier.smt.limits import Limits

_MOST_WORKLOADS, _MOST_POSSIBLE, _MOST_NAMESPACES = 2000, 300, 200
"""Classes of workloads, of possible pods, and namespaces of these, beyond which a map takes longer than the answers
that it stands beside."""


@click.command("check", cls=Grouped, short_help="Prove properties of the policies, or show what breaks them.")
@options.manifests
@options.asking
@options.reading
@options.rendering
@options.limits
@options.telling
@options.jobs
@click.option(
    "--accept",
    metavar="FILE",
    help="Acceptances; default: netpol.accept.yaml, where there is one.",
)
@click.option("--explain-scope", is_flag=True, help="Say of each property which pods and namespaces it ranged over.")
@click.option("--watch", is_flag=True, help="Stay, and answer again whenever a file changes, until Ctrl-C.")
@options.trust
@options.reporting("check")
def command(**flags: Any) -> int:
    """Prove properties of the network policies in MANIFESTs, or show a connection that breaks them.

    MANIFEST is a file, a directory, - for standard input, REV:PATH, or cluster:[CONTEXT] for a live cluster. Without -p
    and -e, the properties of netpol.yaml are checked; without these, the starter set (builtin: default-deny,
    no-cloud-metadata, dns-always-works).

    \b
    Examples:
      netpol check k8s/
      netpol check k8s/ -e 'only role=monitoring -> app=apiserver : TCP/5000'
      netpol check k8s/ -e 'never shop/* -> 169.254.169.254'
      netpol check k8s/ -p properties/ -p builtin:no-cloud-metadata -o text -o json=report.json
      netpol check k8s/ -u inventory --profile cilium
      netpol check k8s/ -p properties/ --watch
      netpol check cluster:prod -e 'always web/* -> db/app=db : TCP/5432'

    \b
    One-line properties (-e):
      (never | always | only | exactly) PEER -> PEER [ : PORTS]
      confined PEER -> (nothing | PEER [ : PORTS] { + PEER [ : PORTS]})
      PEER   *   external   node   ADDRESS   CIDR   [NS/]SELECTOR   NS/*   {NSSELECTOR}/SELECTOR
      PORTS  TCP   TCP/80   TCP/80-90   TCP/http   TCP/80,UDP/53

    \b
    Exit codes:
      0  all proved, or accepted       3  undecided: a limit, or an open switch
      1  a property is violated        4  internal error
      2  usage, input, vacuous property, nothing to check
    """
    if flags["watch"]:
        from verifier.cli.commands.watch import watch

        return watch(flags)
    return run(flags, formats_of("check", verbose=flags["verbose"]), _answer, _failed, read_again)


def _answer(this: Run) -> RunOutcome[CheckReport]:
    from verifier.cli.commands.namespacehint import with_homes
    from verifier.cli.inputs.accepted import Asked, acceptances_of, with_acceptances
    from verifier.cli.terminal.today import today
    from verifier.engine.check.check import report
    from verifier.engine.check.ranged import with_scopes

    properties, expressions = this.flags["properties"], this.flags["expressions"]
    attempts = Attempts()
    accepted = attempts.make(lambda: acceptances_of(this.flags["accept"], no_config=this.flags["no_config"]))
    with this.waiting("reading") as watcher:
        told = watcher.turns_to
        question = attempts.make(lambda: read_question(this.settings, properties, expressions, told))
    if question is None or accepted is None:
        raise InputError(attempts.mistakes)
    this.warn(question.loaded.diagnostics)
    if question.starter:
        this.tell(starter_note(question.properties))
    limits = this.limits()
    with this.waiting("asking") as watcher:
        answer = report(
            question.loaded.cluster,
            question.properties,
            question.universe,
            question.switches,
            limits,
            diagnostics=question.loaded.diagnostics,
            dump=this.dump_to,
            jobs=jobs_of(this.settings),
            watcher=watcher,
            limit=this.settings.limit.value,
        )
        watcher.turns_to("asking what breaks a property besides what is accepted")
        terms = question.universe, question.switches
        asked = Asked(question.loaded.cluster, *terms, limits, this.settings.limit.value, this.dump_to)
        answer = with_acceptances(answer, accepted, today(), asked)
        watcher.turns_to("looking at other namespaces")
        answer = with_homes(answer, question, limits)
    this.warn(answer.diagnostics[len(question.loaded.diagnostics) :])
    if this.flags["explain_scope"]:
        answer = with_scopes(answer, question.loaded.cluster, question.universe)
    answer = offering(answer, this.settings, this.flags)
    closing = next_steps(this.settings, question.loaded.cluster) if question.starter else ""
    besides = {"html": _map(question, limits)} if "html" in this.wanted else {}
    code = of_report(answer)
    return RunOutcome(answer, code, lambda seconds: timings(question, answer, seconds), closing, besides)


def _map(question: Question, limits: Limits) -> dict[str, Any]:
    """The map beside the answers: of the workloads, or of possible pods where there are none; or why there is none. It
    takes no part in the answers, nor in the exit code."""
    from verifier.engine.map.map import draw

    loaded = question.loaded
    universe = INVENTORY if loaded.has_workloads else question.universe
    declared = len((*loaded.cluster.namespaces, *universe.known))
    try:
        if universe.other_pods and declared > _MOST_NAMESPACES:
            raise Undecided(f"possible pods of {declared} namespaces are too many")
        most = _MOST_POSSIBLE if universe.other_pods else _MOST_WORKLOADS
        known = loaded.diagnostics
        drawn = draw(loaded.cluster, universe, question.switches, diagnostics=known, limits=limits, most=most)
    except Undecided as error:
        return {"undrawn": f"{error}; `netpol map --focus WHOM -o html` draws a part"}
    except InputError as error:
        return {"undrawn": "; ".join(d.message for d in error.diagnostics)}
    return {"drawn": drawn}


def _failed(settings: Settings, mistakes: Sequence[Diagnostic]) -> CheckReport:
    return CheckReport(settings.universe.value, (), diagnostics=tuple(mistakes))
