"""`netpol map`: reads, draws, renders."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from verifier.cli.exits import Exit
from verifier.cli.inputs import options
from verifier.cli.inputs.grouped import Grouped
from verifier.cli.inputs.inputs import Attempts, read_again, read_basis
from verifier.cli.inputs.settings import DEFAULT, Settings
from verifier.cli.inputs.shellwords import typed_with
from verifier.cli.run import Run, RunOutcome, run
from verifier.errors import Diagnostic, InputError
from verifier.ir.policy import Direction
from verifier.ir.universe import INVENTORY
from verifier.report.formats import Failed, formats_of

if TYPE_CHECKING:
    from verifier.engine.map.result import Map, Selection
    from verifier.ir.endpoint import Workload
    from verifier.ir.filter import Choice


def _choice(flag: str, about: str) -> Callable[[options.Function], options.Function]:
    return click.option(f"--{flag}", multiple=True, metavar="WHOM", help=about)


@click.command("map", cls=Grouped, short_help="Show what may talk to what.")
@options.manifests
@_choice("focus", "Only what this may open, or what may be opened to it.")
@_choice("from", "Only connections that this opens.")
@_choice("to", "Only connections to this.")
@click.option("--in", "within", multiple=True, metavar="NS", help="The same as --focus 'NS/*'.")
@click.option("--port", "ports", metavar="PORTS", help="Only these ports: TCP/80, TCP/8000-8080,UDP/53, SCTP.")
@click.option(
    "--direction",
    type=click.Choice(["ingress", "egress"]),
    help="With --focus, only connections into or out of it; in the text, by who is reached (ingress) or who reaches.",
)
@click.option("--by-kind", is_flag=True, help="Of namespaces that are alike but for their names draw two.")
@options.reading
@options.rendering
@options.limits
@options.reporting("map")
def command(**flags: Any) -> int:
    """Show what may talk to what: the workloads of MANIFESTs and the addresses outside, or, with -u open, every pod
    that could exist, in classes that policies cannot tell apart.

    Without -u the workloads are shown, or the possible pods where the manifests hold no workload. Workloads that talk
    alike are shown together.

    WHOM is a workload (web, shop/web, shop/deployment/web, shop/web-*), or who is meant by a peer of a one-line
    property: shop/*, shop/app=web, {team=ops}/*, external, 10.0.0.0/8.

    With --by-kind, two namespaces stand for all that are alike but for their names: what holds inside of one of them
    holds inside of each, and what holds between the two between any two.

    \b
    Formats (-o):
      text      namespace by namespace           json      for programs
      matrix    a table for the terminal         csv       for spreadsheets
      mermaid   a graph for Markdown             dot       a graph for Graphviz
      markdown  a table                          html      a page with tables and a picture
      svg       the matrix, as an image

    \b
    Examples:
      netpol map k8s/
      netpol map k8s/ --focus shop/web
      netpol map k8s/ --to shop/app=db --port TCP/5432 -u open
      netpol map k8s/ -o mermaid
      netpol map k8s/ -u open --by-kind
      netpol map k8s/ --from external -o matrix

    \b
    Exit codes:
      0  done                            3  too much is possible for all to be drawn
      2  usage or input is at fault      4  internal error
    """
    return run(flags, formats_of("map"), _answer, _failed, read_again)


def _answer(this: Run) -> "RunOutcome[Map | Failed]":
    from verifier.engine.map.map import draw
    from verifier.report.words.mapnotes import alike

    settings = this.settings
    with this.waiting("reading") as watcher:
        basis, selection = read_basis(
            settings,
            lambda cluster: _selection(this.flags, None if cluster is None else cluster.workloads),
            told=watcher.turns_to,
        )
    loaded = basis.loaded
    this.warn(loaded.diagnostics)
    today = settings.universe.origin == DEFAULT and loaded.has_workloads
    universe = INVENTORY if today else basis.universe
    by_kind = this.flags["by_kind"]
    answer = draw(
        loaded.cluster, universe, basis.switches, selection, loaded.diagnostics, this.limits(), by_kind=by_kind
    )
    if "csv" in this.wanted:  # which has no place for it
        for text in alike(answer):
            this.tell(text, also_quiet=True)
    if not answer.complete and loaded.has_workloads and universe != INVENTORY:
        draw(loaded.cluster, INVENTORY, basis.switches, selection, loaded.diagnostics, this.limits())  # it can be drawn
        this.tell(f"all of it is drawn for the workloads of the manifests: {typed_with('-u', 'inventory')}")
    code = Exit.OK if answer.complete else Exit.UNDECIDED
    return RunOutcome(answer, code, lambda seconds: f"{'total':<9}{seconds:8.3f} s")


def _selection(flags: Any, workloads: "Sequence[Workload] | None") -> "Selection":
    """What is wanted of the map. Raises InputError with everything that is wrong with it."""
    from verifier.engine.map.result import Selection
    from verifier.manifests.notation.filter import parse_choice, parse_numbers

    attempts = Attempts()

    def choices(texts: Iterable[str]) -> "tuple[Choice, ...]":
        found = [attempts.make(partial(parse_choice, text, workloads)) for text in texts]
        return tuple(choice for choice in found if choice is not None)

    selection = Selection(
        choices((*flags["focus"], *(f"{name}/*" for name in flags["within"]))),
        choices(flags["from"]),
        choices(flags["to"]),
        attempts.make(lambda: parse_numbers(flags["ports"])) if flags["ports"] is not None else None,
        Direction(flags["direction"]) if flags["direction"] is not None else None,
    )
    if attempts.mistakes:
        raise InputError(attempts.mistakes)
    return selection


def _failed(settings: Settings, mistakes: Sequence[Diagnostic]) -> "Map | Failed":
    return Failed(settings.universe.value, tuple(mistakes))
