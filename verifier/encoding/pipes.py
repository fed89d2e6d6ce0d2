"""Pipes as terms (docs/semantics.md 8): what a direction's stages allow, and whom they isolate."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from verifier.encoding.formulas import Encoder, View
from verifier.ir.policy import Action, Direction, Formula, NewNamespaces, Pipe, Rung, Selects, Stage
from verifier.smt.script import FALSE, TRUE, conj, disj, ite, neg


@dataclass(frozen=True, slots=True)
class _Shared:
    """Policies that differ in nothing but their namespace: one term serves them all."""

    namespaces: frozenset[str | NewNamespaces | None]
    pods: Formula | None
    guard: Formula | None
    first: Selects | Rung


def leg(encoder: Encoder, pipe: Pipe, direction: Direction) -> str:
    """True iff the leg lets the connection through: its subject is not governed, or it is the subject's own node, or
    the stages allow it (1.3)."""
    world = encoder.world
    ingress = direction is Direction.INGRESS
    subject, peer = (world.destination, world.source) if ingress else (world.source, world.destination)
    view = View("in" if ingress else "out", subject, peer, as_seen=True)
    allowed = TRUE if pipe.final is Action.ALLOW else FALSE
    for stage in reversed(pipe.stages):
        allowed = encoder.script.define(f"{view.name}: {stage.name} and on", _stage(encoder, stage, view, allowed))
    return encoder.script.define(
        f"{view.name}: allowed", disj((neg(encoder.podlike(subject)), _own_node(view, encoder), allowed))
    )


def _own_node(view: View, encoder: Encoder) -> str:
    """exemptI and exemptE of 1.3."""
    peer = view.peer
    if peer.nodelike == FALSE:
        return FALSE
    switch = "local_node_ingress" if view.name == "in" else "local_node_egress"
    pod = conj((encoder.podlike(peer), encoder.switch_is("host_network", "as_pod")))
    return conj((encoder.nodelike(peer), neg(pod), encoder.same_node(), encoder.switch_is(switch, "always")))


def isolated(encoder: Encoder, pipe: Pipe, direction: Direction) -> str:
    """True iff a stage that ends in Deny applies to the subject."""
    world = encoder.world
    ends = (world.destination, world.source)
    view = View("in", *ends, as_seen=True) if direction is Direction.INGRESS else View("out", *ends[::-1], as_seen=True)
    return disj(_applies(encoder, stage, view) for stage in pipe.stages if stage.end is Action.DENY)


def _stage(encoder: Encoder, stage: Stage, view: View, after: str) -> str:
    """True iff the stage allows the connection, or leaves it to what comes `after` and that does."""
    result = {Action.ALLOW: TRUE, Action.DENY: FALSE, Action.NEXT: after}[stage.end]
    rungs = [rung for block in stage.body for rung in block.rungs]
    runs = [(action, list(run)) for action, run in groupby(rungs, key=lambda r: r.action)]
    for action, run in reversed(runs):
        fires = encoder.script.define(f"{view.name}: {stage.name} {action}s", _fires(encoder, run, view))
        match action:
            case Action.ALLOW:
                result = disj((fires, result))
            case Action.DENY:
                result = conj((neg(fires), result))
            case Action.NEXT:
                result = ite(fires, after, result)
    applies = encoder.script.define(f"{view.name}: {stage.name} applies", _applies(encoder, stage, view))
    return ite(applies, result, after)


def _applies(encoder: Encoder, stage: Stage, view: View) -> str:
    if stage.applies is None:
        return TRUE
    return disj(
        conj((_in_namespaces(s.namespaces, view, encoder), encoder.term(s.pods, view)))
        for s in _share((s.namespace, s.pods, None, s) for s in stage.applies)
        if s.pods is not None
    )


def _fires(encoder: Encoder, run: Iterable[Rung], view: View) -> str:
    """True iff one of the rungs, all of one action, fires."""
    terms = []
    for shared in _share(_keyed(run)):
        parts = [_in_namespaces(shared.namespaces, view, encoder)]
        parts += [encoder.term(f, view) for f in (shared.pods, shared.guard) if f is not None]
        citation = shared.first.citation
        name = f"{citation.namespace}/{citation.name} {citation.rule or ''} {view.name}"
        terms.append(encoder.script.define(name, conj(parts)))
    return disj(terms)


_Keyed = tuple[str | NewNamespaces | None, Formula | None, Formula | None, Selects | Rung]


def _keyed(run: Iterable[Rung]) -> Iterator[_Keyed]:
    for rung in run:
        who = rung.selects
        yield (None, None, rung.guard, rung) if who is None else (who.namespace, who.pods, rung.guard, rung)


def _share(items: Iterable[_Keyed]) -> list[_Shared]:
    """Items grouped by the identity of their formulas, each group with all its namespaces."""
    groups: dict[
        tuple[int, int], tuple[set[str | NewNamespaces | None], Formula | None, Formula | None, Selects | Rung]
    ] = {}
    for namespace, pods, guard, first in items:
        key = (id(pods) if pods is not None else 0, id(guard) if guard is not None else 0)
        groups.setdefault(key, (set(), pods, guard, first))[0].add(namespace)
    return [_Shared(frozenset(names), pods, guard, first) for names, pods, guard, first in groups.values()]


def _in_namespaces(names: frozenset[str | NewNamespaces | None], view: View, encoder: Encoder) -> str:
    """True iff the subject is in one of these namespaces; a None among them: in whichever, or in none."""
    if None in names:
        return TRUE
    said = {n for n in names if isinstance(n, str)}
    if NewNamespaces.ALL in names:
        said |= {n.name for n in encoder.world.vocabulary.namespaces if n.unnamed}
    return encoder.in_namespaces(view.subject, said)
