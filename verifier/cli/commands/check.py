"""`netpol check`: reads, asks, renders, returns its code."""

from collections.abc import Sequence
from typing import Any

import click

from verifier.cli.commands.timings import timings
from verifier.cli.exits import of_report
from verifier.cli.inputs import options
from verifier.cli.inputs.grouped import Grouped
from verifier.cli.inputs.inputs import read_question, starter_note
from verifier.cli.inputs.settings import Settings, jobs_of
from verifier.cli.run import Run, RunOutcome, run
from verifier.engine.results.check import CheckReport
from verifier.errors import Diagnostic
from verifier.report.formats import formats_of


@click.command("check", cls=Grouped, short_help="Prove properties of the policies, or show what breaks them.")
@options.manifests
@options.asking
@options.reading
@options.limits
@options.jobs
@click.option("--explain-scope", is_flag=True, help="Say of each property which pods and namespaces it ranged over.")
@click.option("--watch", is_flag=True, help="Stay, and answer again whenever a file changes, until Ctrl-C.")
@options.trust
@options.reporting("check")
def command(**flags: Any) -> int:
    """Prove properties of the network policies in MANIFESTs, or show a connection that breaks them.

    MANIFEST is a file, a directory, - for standard input, or REV:PATH. Without -p and -e, the properties of netpol.yaml
    are checked; without these, the starter set (builtin: default-deny, no-cloud-metadata, dns-always-works).

    \b
    Examples:
      netpol check k8s/
      netpol check k8s/ -e 'only role=monitoring -> app=apiserver : TCP/5000'
      netpol check k8s/ -e 'never shop/* -> 169.254.169.254'
      netpol check k8s/ -p properties/ -p builtin:no-cloud-metadata -o text -o json=report.json
      netpol check k8s/ -u inventory --profile cilium
      netpol check k8s/ -p properties/ --watch
      kubectl get netpol,ns,deploy,ds,sts -A -o yaml | netpol check - -e 'always web/* -> db/app=db : TCP/5432'

    \b
    One-line properties (-e):
      (never | always | only | exactly) PEER -> PEER [ : PORTS]
      confined PEER -> (nothing | PEER [ : PORTS] { + PEER [ : PORTS]})
      PEER   *   external   node   ADDRESS   CIDR   [NS/]SELECTOR   NS/*   {NSSELECTOR}/SELECTOR
      PORTS  TCP   TCP/80   TCP/80-90   TCP/http   TCP/80,UDP/53

    \b
    Exit codes:
      0  all proved                    3  undecided: a limit, or an open switch
      1  a property is violated        4  internal error
      2  usage, input, vacuous property, nothing to check
    """
    if flags["watch"]:
        from verifier.cli.commands.watch import watch

        return watch(flags)
    return run(flags, formats_of("check"), _answer, _failed)


def _answer(this: Run) -> RunOutcome[CheckReport]:
    from verifier.cli.commands.namespacehint import with_homes
    from verifier.engine.check.check import report
    from verifier.engine.check.ranged import with_scopes

    with this.waiting("reading"):
        question = read_question(this.settings, this.flags["properties"], this.flags["expressions"])
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
        )
        watcher.turns_to("looking at other namespaces")
        answer = with_homes(answer, question, limits)
    this.warn(answer.diagnostics[len(question.loaded.diagnostics) :])
    if this.flags["explain_scope"]:
        answer = with_scopes(answer, question.loaded.cluster, question.universe)
    return RunOutcome(answer, of_report(answer), lambda seconds: timings(question, answer, seconds))


def _failed(settings: Settings, mistakes: Sequence[Diagnostic]) -> CheckReport:
    return CheckReport(settings.universe.value, (), diagnostics=tuple(mistakes))
