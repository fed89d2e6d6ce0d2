"""Pipes as terms (docs/semantics.md 8): what a direction's stages allow, and whom they isolate."""

from collections.abc import Iterable, Iterator
from itertools import groupby, product

from msgspec import Struct
from msgspec.structs import replace

from verifier.encoding.formulas import Encoder, View
from verifier.ir.policy import (
    Action,
    Block,
    Direction,
    Formula,
    NewNamespaces,
    Pipe,
    Rung,
    Selects,
    Stage,
    Tie,
)
from verifier.ir.unknowns import shared_unknowns
from verifier.smt.script import FALSE, TRUE, conj, disj, implies, ite, neg


class _Shared(Struct, frozen=True):
    """Policies that differ in nothing but their namespace: one term serves them all."""

    namespaces: frozenset[str | NewNamespaces | None]
    pods: Formula | None
    guard: Formula | None
    first: Selects | Rung


class MayMust(Struct, frozen=True):
    """Two terms: something may be (the connection may be let through), and it surely is. They differ only where a tie
    (4.4) or something that nobody can say (havoc, 1.5) decides."""

    may: str
    must: str

    def both(self, other: "MayMust") -> "MayMust":
        return MayMust(conj((self.may, other.may)), conj((self.must, other.must)))


def leg(encoder: Encoder, pipe: Pipe, direction: Direction) -> MayMust:
    """Whether the leg lets the connection through: its subject is not governed, or it is the subject's own node, or
    the stages allow it and that node does not drop it (1.3)."""
    world = encoder.world
    ingress = direction is Direction.INGRESS
    subject, peer = (world.destination, world.source) if ingress else (world.source, world.destination)
    view = View("in" if ingress else "out", subject, peer, as_seen=True)
    apart = [about for about in shared_unknowns(pipe) if about not in world.unknowns]
    ways = [
        _stages(encoder, pipe, replace(view, supposing=tuple(zip(apart, truths, strict=True))))
        for truths in product((FALSE, TRUE), repeat=len(apart))
    ]
    allowed = MayMust(disj(way.may for way in ways), conj(way.must for way in ways))
    free = disj((neg(encoder.podlike(subject)), own_node(view, encoder)))
    kept = neg(dropped(view, encoder))
    allowed = MayMust(conj((kept, allowed.may)), conj((kept, allowed.must)))
    return named(encoder, f"{view.name}: allowed", MayMust(disj((free, allowed.may)), disj((free, allowed.must))))


def _stages(encoder: Encoder, pipe: Pipe, view: View) -> MayMust:
    """Whether the stages allow the connection."""
    final = TRUE if pipe.final is Action.ALLOW else FALSE
    allowed = MayMust(final, final)
    for stage in reversed(pipe.stages):
        allowed = named(encoder, f"{view.name}: {stage.name} and on", stage_rails(encoder, stage, view, allowed))
    return allowed


def named(encoder: Encoder, name: str, rails: MayMust) -> MayMust:
    """The rails under a name; under one where they are the same."""
    may = encoder.script.define(name, rails.may)
    return MayMust(may, may if rails.may == rails.must else encoder.script.define(f"{name}, surely", rails.must))


def own_node(view: View, encoder: Encoder) -> str:
    """exemptI and exemptE of 1.3."""
    if view.peer.nodelike == FALSE:
        return FALSE
    switch = "local_node_ingress" if view.name == "in" else "local_node_egress"
    return conj((_to_own_node(view, encoder), encoder.switch_is(switch, "always")))


def dropped(view: View, encoder: Encoder) -> str:
    """drops of 1.3. That value is none of an open switch."""
    drops = encoder.world.switches.get("local_node_egress") == "policy_then_drop"
    if view.name == "in" or view.peer.nodelike == FALSE or not drops:
        return FALSE
    return conj((encoder.podlike(view.subject), neg(encoder.nodelike(view.subject)), _to_own_node(view, encoder)))


def _to_own_node(view: View, encoder: Encoder) -> str:
    """True iff the peer counts as the node that the subject runs on."""
    pod = conj((encoder.podlike(view.peer), encoder.switch_is("host_network", "as_pod")))
    return conj((encoder.nodelike(view.peer), neg(pod), encoder.same_node()))


def isolated(encoder: Encoder, pipe: Pipe, direction: Direction) -> MayMust:
    """Whether a stage that ends in Deny applies to the subject: it may, and it surely does."""
    world = encoder.world
    ends = (world.destination, world.source)
    view = View("in", *ends, as_seen=True) if direction is Direction.INGRESS else View("out", *ends[::-1], as_seen=True)
    closing = [stage for stage in pipe.stages if stage.isolates]
    may = disj(applies(encoder, stage, view) for stage in closing)
    if not any(is_doubtful_whom(encoder, stage) for stage in closing):
        return MayMust(may, may)
    return MayMust(may, disj(applies(encoder, stage, view.sure()) for stage in closing))


class Results(Struct, frozen=True):
    """What can come of a block: that a rung of each action decides, and that none does."""

    allow: str
    deny: str
    next: str
    none: str

    @property
    def only_deny(self) -> str:
        return neg(disj((self.allow, self.next, self.none)))


def stage_rails(encoder: Encoder, stage: Stage, view: View, after: MayMust) -> MayMust:
    """Whether the stage allows the connection, or leaves it to what comes `after` and that does."""
    end = {Action.ALLOW: MayMust(TRUE, TRUE), Action.DENY: MayMust(FALSE, FALSE), Action.NEXT: after}[stage.end]
    result = end
    for part in reversed(stage.body):
        results = part_results(encoder, part, view, stage.name)
        may = disj((results.allow, conj((results.next, after.may)), conj((results.none, result.may))))
        surely = (neg(results.deny), implies(results.next, after.must), implies(results.none, result.must))
        result = MayMust(may, may if _is_certain(encoder, stage) and after.may == after.must else conj(surely))
    speaks = encoder.script.define(f"{view.name}: {stage.name} applies", applies(encoder, stage, view))
    if not is_doubtful_whom(encoder, stage):
        return MayMust(ite(speaks, result.may, after.may), ite(speaks, result.must, after.must))
    certain = encoder.script.define(f"{view.name}: {stage.name} surely applies", applies(encoder, stage, view.sure()))
    return MayMust(
        disj((conj((speaks, result.may)), conj((neg(certain), after.may)))),
        conj((implies(speaks, result.must), implies(neg(certain), after.must))),
    )


def _is_certain(encoder: Encoder, stage: Stage) -> bool:
    """True iff exactly one thing can come of every block: nothing in the stage is a tie or unknown."""
    tied = any(isinstance(part, Tie) for part in stage.body)
    return not tied and not is_doubtful(encoder, (rung for block in stage.blocks() for rung in block.rungs))


def is_doubtful(encoder: Encoder, rungs: Iterable[Rung]) -> bool:
    """True iff nobody can say of some rung whether it fires: of its guard, or of whom its policy selects. Formulas are
    often one object, and costly to hash."""
    formulas: dict[int, Formula] = {}
    for rung in rungs:
        formulas[id(rung.guard)] = rung.guard
        if rung.selects is not None:
            formulas[id(rung.selects.pods)] = rung.selects.pods
    return any(map(encoder.has_havoc, formulas.values()))


def is_doubtful_whom(encoder: Encoder, stage: Stage) -> bool:
    """True iff nobody can say of some selection by which the stage applies."""
    return any(map(encoder.has_havoc, {id(who.pods): who.pods for who in stage.applies or ()}.values()))


def part_results(encoder: Encoder, part: Block | Tie, view: View, name: str) -> Results:
    """What can come of a part of the stage `name`."""
    if isinstance(part, Tie):
        return tie_results(encoder, part, view, name)
    return block_results(encoder, part, view, name)


def block_results(encoder: Encoder, block: Block, view: View, name: str) -> Results:
    """What can come of rungs in order; neighbours of one action are one step."""
    alive = TRUE
    results = dict.fromkeys(Action, FALSE)
    for action, same in groupby(block.rungs, key=lambda r: r.action):
        run = list(same)
        fired = encoder.script.define(f"{view.name}: {name} {action}s", fires(encoder, run, view))
        results[action] = disj((results[action], conj((alive, fired))))
        if is_doubtful(encoder, run):
            fired = encoder.script.define(f"{view.name}: {name} surely {action}s", fires(encoder, run, view.sure()))
        alive = conj((alive, neg(fired)))
    return Results(results[Action.ALLOW], results[Action.DENY], results[Action.NEXT], alive)


def tie_results(encoder: Encoder, tie: Tie, view: View, name: str) -> Results:
    """What can come of blocks of equal priority, by the switch `same_priority` (4.4)."""
    blocks = [block_results(encoder, block, view, name) for block in tie.blocks]
    ways = {"any": _any(blocks), "by_name": _by_name(blocks), "deny_first": _deny_first(blocks)}
    chosen = {way: encoder.switch_is("same_priority", way) for way in ways}

    def pick(part: str) -> str:
        return disj(conj((chosen[way], getattr(results, part))) for way, results in ways.items())

    return Results(pick("allow"), pick("deny"), pick("next"), pick("none"))


def _any(blocks: list[Results]) -> Results:
    return Results(
        disj(b.allow for b in blocks),
        disj(b.deny for b in blocks),
        disj(b.next for b in blocks),
        conj(b.none for b in blocks),
    )


def _by_name(blocks: list[Results]) -> Results:
    alive = TRUE
    allow, deny, leave = [], [], []
    for block in blocks:
        allow.append(conj((alive, block.allow)))
        deny.append(conj((alive, block.deny)))
        leave.append(conj((alive, block.next)))
        alive = conj((alive, block.none))
    return Results(disj(allow), disj(deny), disj(leave), alive)


def _deny_first(blocks: list[Results]) -> Results:
    quiet = [disj((b.next, b.none)) for b in blocks]
    return Results(
        conj((disj(b.allow for b in blocks), neg(disj(b.only_deny for b in blocks)))),
        disj(b.deny for b in blocks),
        conj((disj(b.next for b in blocks), *quiet)),
        conj(b.none for b in blocks),
    )


def applies(encoder: Encoder, stage: Stage, view: View) -> str:
    """True iff the stage speaks of the subject: may, or surely, by the view."""
    if stage.applies is None:
        return TRUE
    return disj(
        conj((_in_namespaces(s.namespaces, view, encoder), encoder.term(s.pods, view)))
        for s in _share((s.namespace, s.pods, None, s) for s in stage.applies)
        if s.pods is not None
    )


def fires(encoder: Encoder, run: Iterable[Rung], view: View) -> str:
    """True iff one of the rungs, all of one action, fires: may, or surely, by the view."""
    terms = []
    for shared in _share(_keyed(run)):
        parts = [_in_namespaces(shared.namespaces, view, encoder)]
        parts += [encoder.term(f, view) for f in (shared.pods, shared.guard) if f is not None]
        citation = shared.first.citation
        name = f"{citation.namespace}/{citation.name} {citation.rule or ''} {view.title}"
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
        said |= {n.name for n in encoder.world.vocabulary.namespaces if n.new}
    return encoder.in_namespaces(view.subject, said)
