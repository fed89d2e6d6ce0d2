"""`netpol explain`: reads, asks about one connection, renders, returns its code."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from verifier.cli.exits import Exit
from verifier.cli.inputs import options
from verifier.cli.inputs.grouped import Grouped
from verifier.cli.inputs.inputs import read_again, read_basis
from verifier.cli.inputs.settings import Settings
from verifier.cli.run import Run, RunOutcome, run
from verifier.errors import Diagnostic, UsageError
from verifier.report.formats import Failed, formats_of

if TYPE_CHECKING:
    from verifier.engine.explain.result import Explanation
    from verifier.ir.cluster import Cluster
    from verifier.ir.connectionquery import ConnectionQuery
    from verifier.ir.endpoint import Workload
    from verifier.ir.node import Node
    from verifier.ir.service import Service

_HINT = "name files or directories before the connection, or list them in netpol.yaml"
_CODES = {True: Exit.OK, False: Exit.VIOLATED, None: Exit.UNDECIDED}


@click.command("explain", cls=Grouped, short_help="Say which rules decide a connection, on both sides.")
@click.argument("words", nargs=-1, metavar="[MANIFEST]... CONNECTION")
@options.reading
@options.rendering
@options.limits
@options.reporting("explain")
def command(**flags: Any) -> int:
    """Say whether a connection is allowed, and which policies and rules decide it, on both sides; for one that is
    denied also what came close.

    CONNECTION is END -> END : PROTO/PORT, in quotes. END is one of

    \b
      shop/web               the workload or pod of that name
      shop/deployment/web    the same, of that kind
      shop/app=web,tier=x    a pod with just these labels, whether it exists or not; shop/{} is one without any
      shop/service/web       what is behind that Service; PORT is then one of the Service
      192.0.2.1              whoever has the address: a Node, a Pod, a Service; else it is outside the cluster
      node, node:worker-1    a process on some node that is no pod, or on the Node of that name

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
    return run(
        {**flags, "manifests": tuple(manifests), "connection": text},
        formats_of("explain"),
        _answer,
        _failed,
        read_again,
    )


def _answer(this: Run) -> "RunOutcome[Explanation | Failed]":
    from verifier.engine.explain.explain import explain
    from verifier.manifests.notation.connection import parse_connection_query

    if "->" not in this.flags["connection"]:
        raise UsageError(
            f"`{this.flags['connection']}` is no connection",
            "the last word is the connection: `netpol explain k8s/ 'shop/web -> shop/db : TCP/5432'`",
        )

    def asked(cluster: "Cluster | None") -> "ConnectionQuery":
        known = (None, None, (), None) if cluster is None else _known(cluster)
        return parse_connection_query(this.flags["connection"], *known)

    with this.waiting("reading") as watcher:
        basis, query = read_basis(this.settings, asked, no_manifests=_HINT, told=watcher.turns_to)
    this.warn(basis.loaded.diagnostics)
    found = basis.loaded.diagnostics
    answer = explain(basis.loaded.cluster, query, basis.universe, basis.switches, found, this.limits())
    return RunOutcome(answer, _CODES[answer.allowed], lambda seconds: f"{'total':<9}{seconds:8.3f} s")


def _known(cluster: "Cluster") -> "tuple[Sequence[Workload], Sequence[Node], Sequence[Workload], Sequence[Service]]":
    return cluster.workloads, cluster.nodes, cluster.owned, cluster.services


def _failed(settings: Settings, mistakes: Sequence[Diagnostic]) -> "Explanation | Failed":
    return Failed(settings.universe.value, tuple(mistakes))
