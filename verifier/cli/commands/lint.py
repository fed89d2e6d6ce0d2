"""`netpol lint`: reads, looks, renders, returns its code."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

import click
from click.shell_completion import CompletionItem

from verifier.cli.commands.timings import lint_timings
from verifier.cli.exits import Exit
from verifier.cli.inputs import options
from verifier.cli.inputs.grouped import Grouped
from verifier.cli.inputs.inputs import Attempts, read_again, read_basis
from verifier.cli.inputs.settings import Settings
from verifier.cli.run import Run, RunOutcome, run
from verifier.engine.results.lint import LintReport
from verifier.errors import Diagnostic, UsageError
from verifier.ir.meshroot import MeshRoot
from verifier.report.formats import formats_of


def _offer(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from verifier.engine.lint.rules import RULES

    return [CompletionItem(name) for name in RULES if name.startswith(incomplete)]


def _list(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    from verifier.engine.lint.rules import RULES

    if wanted and not ctx.resilient_parsing:
        width = max(map(len, RULES)) + 2
        for rule in RULES.values():
            click.echo(f"{rule.name:<{width}}{rule.severity:<9}{rule.title}")
        ctx.exit()


def _explain(ctx: click.Context, _parameter: click.Parameter, name: str | None) -> None:
    """Prints the page of a rule."""
    if name is not None and not ctx.resilient_parsing:
        from verifier.cli.commands.lintpage import page

        click.echo(page(_existing(name)), nl=False)
        ctx.exit()


@click.command("lint", cls=Grouped, short_help="Find what is surely or probably not meant.")
@options.manifests
@click.option("--rule", "rules", multiple=True, metavar="RULE", help="Look for this only.", shell_complete=_offer)
@click.option(
    "--no-rule", "no_rules", multiple=True, metavar="RULE", help="Do not look for this.", shell_complete=_offer
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "note", "none"]),
    help="The least severity that gives exit code 1; default: error.",
)
@click.option(
    "--list", is_flag=True, expose_value=False, is_eager=True, callback=_list, help="Print the rules, and no more."
)
@click.option(
    "--explain",
    metavar="RULE",
    expose_value=False,
    is_eager=True,
    callback=_explain,
    shell_complete=_offer,
    help="Print the page of a rule, and no more.",
)
@options.reading
@options.rendering
@options.limits
@options.reporting("lint")
def command(**flags: Any) -> int:
    """Find what is surely or probably not meant in the network policies of MANIFESTs.

    What can be removed without a change, what one end blocks, what two readings of a list differ in, is asked for every
    pod that could exist. That nothing in the input has a label is said as just that; a guess is called one. Each rule
    has a page: --explain RULE.

    An object can ask for silence, with a reason:
    metadata.annotations: {netpol-verifier/ignore: "dead-peer,allow-all: made by the operator"}

    \b
    Examples:
      netpol lint k8s/
      netpol lint k8s/ --fail-on warning --no-rule allow-all
      netpol lint k8s/ --rule near-miss --rule and-or
      netpol lint k8s/ -o text -o sarif=lint.sarif
      netpol lint --explain near-miss

    \b
    Exit codes:
      0  nothing as severe as --fail-on        3  a rule that could find some was not decided
      1  something is                          4  internal error
      2  usage or input is at fault
    """
    return run(flags, formats_of("lint"), _answer, _failed, read_again)


def _answer(this: Run) -> RunOutcome[LintReport]:
    from verifier.engine.lint.lint import lint
    from verifier.engine.lint.rules import RULES
    from verifier.manifests.kubernetes.quirks import written

    settings, said = this.settings, this.settings.config.lint
    attempts = Attempts()
    chosen = attempts.make(
        lambda: _chosen(this.flags["rules"] or said.rules, (*this.flags["no_rules"], *said.no_rules))
    )
    with this.waiting("reading") as watcher:
        basis, rules = read_basis(settings, lambda _cluster: chosen or (), attempts, told=watcher.turns_to)
    loaded = basis.loaded
    how, faults = written(
        loaded.objects, settings.namespace.value, RULES, (loaded.cluster.mesh_root or MeshRoot()).namespace
    )
    this.warn((*loaded.diagnostics, *faults))
    report = lint(
        loaded.cluster,
        how,
        basis.universe,
        basis.switches,
        rules,
        this.limits(),
        (*loaded.diagnostics, *faults),
        this.flags["fail_on"] or said.fail_on or "error",
    )
    this.warn(report.diagnostics[len(loaded.diagnostics) + len(faults) :])
    return RunOutcome(report, _code(report), lambda seconds: lint_timings(report.stats, seconds))


def _code(report: LintReport) -> Exit:
    """A rule that could have failed the run and was not decided is never OK."""
    from verifier.engine.lint.rules import RULES

    if report.fails:
        return Exit.VIOLATED
    open_ones = {RULES[name].severity for name in report.undecided}
    return Exit.UNDECIDED if open_ones & report.failing() else Exit.OK


def _chosen(only: Sequence[str] | None, without: Iterable[str]) -> tuple[str, ...]:
    """The rules that are wanted; raises UsageError for those that do not exist."""
    from verifier.engine.lint.rules import RULES

    left_out = set(without)
    for name in (*(only or ()), *sorted(left_out)):
        _existing(name)
    return tuple(name for name in RULES if (only is None or not only or name in only) and name not in left_out)


def _existing(name: str) -> str:
    """The name of a rule; raises UsageError where there is none."""
    from verifier.engine.lint.rules import RULES

    if name not in RULES:
        near = difflib.get_close_matches(name, RULES, 1)
        raise UsageError(f"unknown rule `{name}`", f"did you mean `{near[0]}`?" if near else "see --list")
    return name


def _failed(settings: Settings, mistakes: Sequence[Diagnostic]) -> LintReport:
    return LintReport(settings.universe.value, (), diagnostics=tuple(mistakes))
