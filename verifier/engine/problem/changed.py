"""What differs between two policy sets, whom that governs, and which policies then bear on a comparison."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from verifier.encoding.pair import Affected
from verifier.engine.problem.shapes import Shapes
from verifier.ir.network import Intervals, Protocol
from verifier.ir.policy import (
    Action,
    And,
    Direction,
    Formula,
    NamespaceIn,
    NewNamespaces,
    Or,
    Pipe,
    PolicySet,
    Role,
    Rung,
    Selects,
    Stage,
    Tie,
)

Who = tuple[str | NewNamespaces | None, Formula]
"""Whom a policy governs: its namespace, and a formula over SUBJECT."""


def canonical(policies: PolicySet, shapes: Shapes) -> PolicySet:
    """The same policies, formulas of one shape being one object throughout the life of `shapes`: the first of them."""
    one = shapes.one

    def whom(who: Selects) -> Selects:
        return Selects(who.namespace, one(who.pods), who.citation)

    def rung(r: Rung) -> Rung:
        return Rung(None if r.selects is None else whom(r.selects), one(r.guard), r.action, r.citation, r.joint)

    pipes = [Pipe(tuple(s.mapped(whom, rung) for s in p.stages), p.final) for p in (policies.ingress, policies.egress)]
    return PolicySet(pipes[0], pipes[1], policies.objects)


def changes(old: Pipe, new: Pipe, shapes: Shapes) -> list[Who] | None:
    """Whom the changes between two pipes govern: as (namespace, pods); None where they may govern anybody."""
    if old.final is not new.final:
        return None
    before, after = ({s.name: s for s in pipe.stages if s.applies != ()} for pipe in (old, new))
    if [name for name in before if name in after] != [name for name in after if name in before]:
        return None
    found: dict[tuple[object, int], Who] = {}
    for name in before | after:
        touched = _differing(before.get(name), after.get(name), shapes)
        if None in touched:
            return None
        found |= {(who[0], id(who[1])): who for who in touched if who is not None}
    return sorted(found.values(), key=lambda who: str(who[0]))


def _differing(old: Stage | None, new: Stage | None, shapes: Shapes) -> list[Who | None]:
    """Whom the difference between two stages of one name governs, in the order in which they say it; None among them:
    it may govern anybody."""
    if old is not None and new is not None:
        if (old.end, old.applies is None) != (new.end, new.applies is None):
            return [None]
        if dict(_parts(old)).keys() == dict(_parts(new)).keys():
            return []
        mine, theirs = dict(_parts(old, shapes)), dict(_parts(new, shapes))
        gone = [who for key, who in mine.items() if key not in theirs]
        return gone + [who for key, who in theirs.items() if key not in mine]
    some = old or new
    if some is None:
        return []
    if some.applies is not None:
        return [(who.namespace, who.pods) for who in some.applies]
    return [who for _, who in _parts(some)] if some.end is Action.NEXT else [None]


def _parts(stage: Stage, shapes: Shapes | None = None) -> Iterator[tuple[tuple[object, ...], Who | None]]:
    """What a stage is made of, each part under a key of all that it means, with whom it governs (None: anybody).

    Neighbouring rungs of one action commute, so their place counts only by the runs before it. shapes: those that
    differ in nothing but the ports are one, with the ports of all; None: each for itself.
    """
    for who in stage.applies or ():
        yield ("applies", who.namespace, id(who.pods)), (who.namespace, who.pods)
    number = 0
    for part in stage.body:
        number += isinstance(part, Tie)
        start = number if isinstance(part, Tie) else 0  # blocks of two ties are never tied
        for place, block in enumerate(part.blocks if isinstance(part, Tie) else (part,)):
            for action, run in groupby(block.rungs, key=lambda rung: rung.action):
                number += action is not Action.ALLOW
                for key, whom in _each(run) if shapes is None else _united(run, shapes):
                    yield (number, start, place, action, *key), whom
                number += action is not Action.ALLOW
        number += isinstance(part, Tie)


def _each(run: Iterable[Rung]) -> Iterator[tuple[tuple[object, ...], Who | None]]:
    """What rungs say, each for whom."""
    for rung in run:
        some = rung.selects
        if some is None:
            yield (id(rung.guard), None), None
        else:
            yield (id(rung.guard), some.namespace, id(some.pods)), (some.namespace, some.pods)


def _united(run: Iterable[Rung], shapes: Shapes) -> Iterator[tuple[tuple[object, ...], Who | None]]:
    """What rungs of one action say together: for whom, on which ports, if what else."""
    found: dict[tuple[object, ...], tuple[Who | None, dict[Protocol, Intervals] | None]] = {}
    for rung in run:
        some = rung.selects
        whom = None if some is None else (some.namespace, some.pods)
        rest, ports = shapes.by_ports(rung.guard)
        key: tuple[object, ...] = (whom and (whom[0], id(whom[1])), rest)
        known = found.get(key, (whom, {}))[1]
        if ports is None or known is None:
            found[key] = whom, None  # on whatever ports the rest leaves: that covers all others
        else:
            both = {p: known[p].union(more) if p in known else more for p, more in ports.items()}
            found[key] = whom, {**known, **both}
    for key, (whom, union) in found.items():
        yield (*key, None if union is None else frozenset(union.items())), whom


def affected_by(touched: Mapping[Direction, list[Who] | None]) -> Affected:
    """The connections whose destination a change of ingress governs, or whose source a change of egress does."""
    return Affected(
        source=_governed(touched[Direction.EGRESS] or []), destination=_governed(touched[Direction.INGRESS] or [])
    )


def _governed(who: Iterable[Who]) -> Formula:
    """Over SUBJECT: one of these policies governs it. New namespaces count as any, which is wider and does no harm."""
    terms: list[Formula] = []
    for namespace, pods in who:
        here = (NamespaceIn(Role.SUBJECT, frozenset({namespace})),) if isinstance(namespace, str) else ()
        terms.append(And((*here, pods)))
    return Or(tuple(terms))


def sliced(policies: PolicySet, touched: Mapping[Direction, list[Who] | None]) -> PolicySet:
    """Of a direction, only the policies in namespaces where it changed, if nothing changed in the other direction: then
    every connection that can differ has its subject there."""
    pipes = {d: policies.pipe(d) for d in Direction}
    for direction, other in ((Direction.INGRESS, Direction.EGRESS), (Direction.EGRESS, Direction.INGRESS)):
        if not touched[other]:
            pipes[direction] = _within({who[0] for who in touched[direction] or []}, pipes[direction])
    return PolicySet(pipes[Direction.INGRESS], pipes[Direction.EGRESS], policies.objects)


def _within(namespaces: set[str | NewNamespaces | None], pipe: Pipe) -> Pipe:
    if not all(isinstance(name, str) for name in namespaces):
        return pipe

    def kept(who: Selects | None) -> bool:
        return who is None or not isinstance(who.namespace, str) or who.namespace in namespaces

    def stage(s: Stage) -> Stage:
        return s.mapped(lambda who: who if kept(who) else None, lambda rung: rung if kept(rung.selects) else None)

    return Pipe(tuple(stage(s) for s in pipe.stages), pipe.final)
