"""`netpol map`: reads, draws, renders."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from verifier.cli.exits import Exit
from verifier.cli.inputs import options
from verifier.cli.inputs.inputs import (
    Attempts,
    is_something,
    paths_of,
    read_manifests,
    read_switches,
    read_universe,
)
from verifier.cli.inputs.settings import DEFAULT, Settings
from verifier.cli.run import Run, RunOutcome, run
from verifier.errors import Diagnostic, InputError
from verifier.ir.policy import Direction
from verifier.ir.universe import INVENTORY, OPEN
from verifier.manifests.documents.files import nothing
from verifier.report.formats import Failed, formats_of

if TYPE_CHECKING:
    from verifier.engine.map.result import Map, Selection
    from verifier.ir.endpoint import Workload


def _choice(flag: str, about: str) -> Callable[[options.Function], options.Function]:
    return click.option(f"--{flag}", multiple=True, metavar="WHOM", help=about)


@click.command("map", short_help="Show what may talk to what.")
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
@options.reading
@options.reporting("map")
def command(**flags: Any) -> int:
    """Show what may talk to what: the workloads of MANIFESTs and the addresses outside, or, with -u open, every pod
    that could exist, in classes that policies cannot tell apart.

    Without -u the workloads are shown, or the possible pods where the manifests hold no workload. Workloads that talk
    alike are shown together.

    WHOM is a workload (web, shop/web, shop/deployment/web, shop/web-*), or who is meant by a peer of a one-line
    property: shop/*, shop/app=web, {team=ops}/*, external, 10.0.0.0/8.

    \b
    Formats (-o):
      text      namespace by namespace           json      for programs
      matrix    a table for the terminal         csv       for spreadsheets
      mermaid   a graph for Markdown             dot       a graph for Graphviz
      markdown  a table

    \b
    Examples:
      netpol map k8s/
      netpol map k8s/ --focus shop/web
      netpol map k8s/ --to shop/app=db --port TCP/5432 -u open
      netpol map k8s/ -o mermaid
      netpol map k8s/ --from external -o matrix

    \b
    Exit codes:
      0  done                            3  too much is possible to be drawn
      2  usage or input is at fault      4  internal error
    """
    return run(flags, formats_of("map"), _answer, _failed)


def _answer(this: Run) -> "RunOutcome[Map | Failed]":
    from verifier.engine.map.map import draw

    settings = this.settings
    attempts = Attempts()
    universe = attempts.make(lambda: read_universe(settings))
    switches = attempts.make(lambda: read_switches(settings, universe or OPEN))
    loaded = attempts.make(lambda: read_manifests(paths_of(settings), settings, switches or {}))
    if loaded is not None and not is_something(loaded):
        attempts.mistakes += (*loaded.diagnostics, nothing(paths_of(settings)))
    workloads = loaded.cluster.workloads if loaded is not None else ()
    selection = attempts.make(lambda: _selection(this.flags, workloads))
    if attempts.mistakes or universe is None or switches is None or loaded is None or selection is None:
        raise InputError(attempts.mistakes)
    this.warn(loaded.diagnostics)
    if settings.universe.origin == DEFAULT and loaded.has_workloads:
        universe = INVENTORY
    answer = draw(loaded.cluster, universe, switches, selection, loaded.diagnostics)
    return RunOutcome(answer, Exit.OK, lambda seconds: f"{'total':<9}{seconds:8.3f} s")


def _selection(flags: Any, workloads: "Sequence[Workload]") -> "Selection":
    from verifier.engine.map.result import Selection
    from verifier.manifests.notation.filter import parse_choice, parse_numbers

    focus = (*flags["focus"], *(f"{name}/*" for name in flags["within"]))
    return Selection(
        tuple(parse_choice(text, workloads) for text in focus),
        tuple(parse_choice(text, workloads) for text in flags["from"]),
        tuple(parse_choice(text, workloads) for text in flags["to"]),
        parse_numbers(flags["ports"]) if flags["ports"] is not None else None,
        Direction(flags["direction"]) if flags["direction"] is not None else None,
    )


def _failed(settings: Settings, mistakes: Sequence[Diagnostic]) -> "Map | Failed":
    return Failed(settings.universe.value, tuple(mistakes))
