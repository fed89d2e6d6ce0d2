"""host-network: policies and peers that select nothing but pods which use the network of their node.

Most plugins neither govern such pods nor match them by labels (docs/semantics.md 1.4, `host_network`). A fact about the
workloads of the input: others may come that have the same labels.
"""

from collections.abc import Iterator, Sequence

from verifier.engine.lint.reading import Line, LintContext, subject_of
from verifier.engine.results.lint import LintFinding
from verifier.errors import Severity
from verifier.ir.endpoint import Workload
from verifier.ir.labels import EVERYTHING, matches
from verifier.ir.policy import Direction, Selects
from verifier.ir.prose import listed

_MOST = 3


def smells(look: LintContext) -> Iterator[LintFinding]:
    setting = look.context.switches["host_network"]
    if setting == "as_pod" or not any(workload.host_network for workload in look.context.cluster.workloads):
        return
    for by_direction in look.selections.values():
        yield from _subject(look, next(iter(by_direction.values())))
    if setting != "as_peer":
        for line in look.lines:
            yield from _peer(look, line)


def _subject(look: LintContext, who: Selects) -> Iterator[LintFinding]:
    """A policy for all pods of a namespace is also about those to come, so nothing is said of it."""
    selected = look.subjects(who)
    if subject_of(who) == EVERYTHING or not _all_on_nodes(selected):
        return
    message = f"{who.citation} selects only pods that use hostNetwork: {_named(selected)}"
    why = "most network plugins do not govern these (`host_network`): a firewall on the nodes does"
    yield LintFinding("host-network", Severity.WARNING, message, who.citation, who.citation.origin, (why,))


def _peer(look: LintContext, line: Line) -> Iterator[LintFinding]:
    shape = line.shape
    if not shape.is_pods or shape.opaque:
        return
    near = (w for n in look.chosen(line) for w in look.by_namespace.get(n.name, ()))
    selected = tuple(w for w in near if matches(w.labels, shape.pods or EVERYTHING))
    if not _all_on_nodes(selected):
        return
    message = f"{line} selects only pods that use hostNetwork: {_named(selected)}"
    end = "come from" if line.direction is Direction.INGRESS else "are at"
    why = f"most network plugins match these by no selector (`host_network`): they {end} the addresses of their nodes"
    origin = line.rung.citation.origin
    yield LintFinding(
        "host-network",
        Severity.WARNING,
        message,
        line.policy,
        origin,
        (why, "an ipBlock with these addresses speaks of them"),
    )


def _all_on_nodes(workloads: Sequence[Workload]) -> bool:
    """True iff there are some, and all use the network of their node."""
    return bool(workloads) and all(w.host_network for w in workloads)


def _named(workloads: Sequence[Workload]) -> str:
    return listed(dict.fromkeys(map(str, workloads)), _MOST)
