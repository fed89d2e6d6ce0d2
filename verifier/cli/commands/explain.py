"""`netpol explain`: reads, asks about one connection, renders, returns its code."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from verifier.cli.exits import Exit
from verifier.cli.inputs import options
from verifier.cli.inputs.inputs import Attempts, is_something, read_manifests, read_switches, read_universe
from verifier.cli.inputs.settings import Settings
from verifier.cli.run import Run, RunOutcome, run
from verifier.errors import Diagnostic, InputError, UsageError
from verifier.ir.universe import OPEN
from verifier.manifests.documents.files import nothing
from verifier.report.formats import Failed, formats_of

if TYPE_CHECKING:
    from verifier.engine.explain.explain import Explanation

_CODES = {True: Exit.OK, False: Exit.VIOLATED, None: Exit.UNDECIDED}


@click.command("explain", short_help="Say which rules decide a connection, on both sides.")
@click.argument("words", nargs=-1, metavar="[MANIFEST]... CONNECTION")
@options.reading
@options.reporting("explain")
def command(**flags: Any) -> int:
    """Say whether a connection is allowed, and which policies and rules decide it, on both sides; for one that is
    denied also what came close.

    CONNECTION is END -> END : PROTO/PORT, in quotes. END is one of

    \b
      shop/web               the workload or pod of that name
      shop/deployment/web    the same, of that kind
      shop/app=web,tier=x    a pod with just these labels, whether it exists or not; shop/{} is one without any
      192.0.2.1              an address outside the cluster

    \b
    Examples:
      netpol explain k8s/ 'shop/web -> shop/db : TCP/5432'
      netpol explain k8s/ 'ops/role=monitoring -> shop/deployment/api : TCP/metrics'
      netpol explain k8s/ 'shop/web -> 169.254.169.254 : TCP/80' --profile cilium
      netpol explain k8s/ '2001:db8::1 -> shop/web : UDP/53' -o json

    What the manifests leave open (switches, labels of namespaces, addresses of pods) is tried in every combination.

    \b
    Exit codes:
      0  allowed                  3  depends on what is open: the report says on what
      1  denied                   4  internal error
      2  usage or input is at fault
    """
    *manifests, text = flags["words"] or ("",)
    if not text:
        raise UsageError("no connection", "as in `netpol explain k8s/ 'shop/web -> shop/db : TCP/5432'`")
    return run({**flags, "manifests": tuple(manifests), "connection": text}, formats_of("explain"), _answer, _failed)


def _answer(this: Run) -> "RunOutcome[Explanation | Failed]":
    from verifier.engine.explain.explain import explain
    from verifier.manifests.notation.connection import parse_connection_query

    if "->" not in this.flags["connection"]:
        raise UsageError(
            f"`{this.flags['connection']}` is no connection",
            "the last word is the connection: `netpol explain k8s/ 'shop/web -> shop/db : TCP/5432'`",
        )
    settings = this.settings
    paths = settings.manifests.value
    if not paths:
        raise UsageError("no manifests", "name files or directories before the connection, or list them in netpol.yaml")
    attempts = Attempts()
    universe = attempts.make(lambda: read_universe(settings))
    switches = attempts.make(lambda: read_switches(settings, universe or OPEN))
    loaded = attempts.make(lambda: read_manifests(paths, settings, switches or {}))
    if universe is None or switches is None or loaded is None:
        raise InputError(attempts.mistakes)
    if not is_something(loaded):
        raise InputError((*loaded.diagnostics, nothing(paths)))
    this.warn(loaded.diagnostics)
    query = parse_connection_query(this.flags["connection"], loaded.cluster.workloads, loaded.cluster.owned)
    answer = explain(loaded.cluster, query, universe, switches, loaded.diagnostics)
    return RunOutcome(answer, _CODES[answer.allowed], lambda seconds: f"{'total':<9}{seconds:8.3f} s")


def _failed(settings: Settings, mistakes: Sequence[Diagnostic]) -> "Explanation | Failed":
    return Failed(settings.universe.value, tuple(mistakes))
