"""`netpol check`: reads, asks, renders, returns its code."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from verifier.cli import options
from verifier.cli.colour import coloured
from verifier.cli.exits import Exit, of_report
from verifier.cli.question import Question, read_question
from verifier.cli.settings import Settings, settings_of
from verifier.cli.streams import say, say_diagnostics, write_file, write_stdout
from verifier.cli.targets import Target, parse_targets
from verifier.cli.timings import timings
from verifier.engine.result import CheckReport
from verifier.errors import Diagnostic, InputError, Severity
from verifier.manifests.config import Config, load_config
from verifier.report.formats import FORMATS
from verifier.report.paint import PLAIN, Paint


@click.command("check", short_help="Prove properties of the policies, or show what breaks them.")
@options.asking
@options.reading
@options.limits
@options.reporting
def command(**flags: Any) -> int:
    """Prove properties of the network policies in MANIFESTs, or show a connection that breaks them.

    MANIFEST is a file, a directory, or - for standard input. Without -p and -e, the properties of netpol.yaml are
    checked; without these, the starter set (builtin: default-deny, no-cloud-metadata, dns-always-works).

    \b
    Examples:
      netpol check k8s/
      netpol check k8s/ -e 'only role=monitoring -> app=apiserver : TCP/5000'
      netpol check k8s/ -e 'never shop/* -> 169.254.169.254'
      netpol check k8s/ -p properties/ -p builtin:no-cloud-metadata -o text -o json=report.json
      netpol check k8s/ -u inventory --profile cilium
      kubectl get netpol,ns,deploy,ds,sts -A -o yaml | netpol check - -e 'always web/* -> db/app=db : TCP/5432'

    \b
    One-line properties (-e):
      (never | always | only | exactly) PEER -> PEER [ : PORTS]
      PEER   *   external   node   ADDRESS   CIDR   [NS/]SELECTOR   NS/*   {NSSELECTOR}/SELECTOR
      PORTS  TCP   TCP/80   TCP/80-90   TCP/http   TCP/80,UDP/53

    \b
    Exit codes:
      0  all proved                    3  undecided: a limit, or an open switch
      1  a property is violated        4  internal error
      2  usage, input, vacuous property, nothing to check
    """
    started = time.monotonic()
    mistakes: Sequence[Diagnostic] = ()
    try:
        config = load_config(flags["config"], Path.cwd())
    except InputError as error:
        config, mistakes = Config(), error.diagnostics
    settings = settings_of(flags, config, os.environ)
    targets = parse_targets(settings.output.value, FORMATS)
    errors = Paint(coloured(settings.color.value, sys.stderr, os.environ))
    try:
        if mistakes:
            raise InputError(mistakes)
        question = read_question(settings, flags["properties"], flags["expressions"])
        _warn(question, flags["quiet"], errors)
        report = _ask(question, settings, flags, started)
    except InputError as error:
        say_diagnostics(error.diagnostics, errors)
        failed = CheckReport(settings.universe.value, (), diagnostics=error.diagnostics)
        _write([target for target in targets if target.format != "text"], failed, settings, flags)
        return Exit.INPUT
    _write(targets, report, settings, flags)
    if flags["verbose"]:
        say(timings(question, report, time.monotonic() - started))
    return of_report(report)


def _warn(question: Question, quiet: bool, paint: Paint) -> None:
    say_diagnostics((d for d in question.loaded.diagnostics if not quiet or d.severity is not Severity.NOTE), paint)
    if question.starter and not quiet:
        names = ", ".join(claimed.name for claimed in question.properties)
        say(f"no properties given, so the starter set is checked: {names}")


def _ask(question: Question, settings: Settings, flags: Any, started: float) -> CheckReport:
    from verifier.engine.check import report
    from verifier.smt.solver import Limits

    timeout = settings.timeout.value
    return report(
        question.loaded.cluster,
        question.properties,
        question.universe,
        question.switches,
        Limits(rlimit=settings.rlimit.value, deadline=started + timeout if timeout is not None else None),
        diagnostics=question.loaded.diagnostics,
        dump=Path(flags["dump"]) if flags["dump"] is not None else None,
    )


def _write(targets: Sequence[Target], report: CheckReport, settings: Settings, flags: Any) -> None:
    """Files first, so that they are there when the reader of standard output goes on; a bad one does not stop
    the rest."""
    mistakes: list[Diagnostic] = []
    for target in sorted(targets, key=lambda target: target.file is None):
        render = FORMATS[target.format]
        if target.file is None:
            paint = Paint(coloured(settings.color.value, sys.stdout, os.environ))
            write_stdout(render(report, paint, flags["quiet"]))
            continue
        try:
            write_file(target.file, render(report, PLAIN, flags["quiet"]))
        except InputError as error:
            mistakes += error.diagnostics
        else:
            if not flags["quiet"]:
                say(f"wrote the {target.format} report to {target.file}")
    if mistakes:
        raise InputError(mistakes)
