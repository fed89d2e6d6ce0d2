"""One direction's leg twice in one script: as it is, and with a literal for every part that may be taken away.

The parts are the rungs of a pipe and the selections by which its stages apply. Whether taking some away changes
anything is then a question under assumptions: the literals of what stays, the negated ones of what goes.
"""

from collections.abc import Callable, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from verifier.encoding.formulas import Encoder
from verifier.encoding.pipes import leg
from verifier.encoding.preamble import opened
from verifier.encoding.problem import Problem
from verifier.encoding.unknowns import declare_unknowns
from verifier.encoding.variables import World
from verifier.errors import InternalError
from verifier.ir.policy import (
    TRUE,
    Action,
    And,
    Citation,
    Direction,
    Formula,
    Havoc,
    NamespaceIn,
    Pipe,
    Role,
    Rung,
    Selects,
)
from verifier.smt.script import Script, conj, disj, neg, xor


class Part(Struct, frozen=True):
    """Something that can be taken away: a rung, or a selection by which a stage applies (`is_rung` False).

    policy: what it is a part of. action: the rung's, or what the selection's stage ends in. present: the literal that
    it is there. met, unmet: the literals to assume for a connection that it matches, or does not, whatever the other
    parts say.
    """

    citation: Citation
    policy: Citation
    is_rung: bool
    action: Action
    present: str
    met: str
    unmet: str


class Removal(Struct, frozen=True):
    """changed: the literal to assume for a connection of which the leg, parts taken away, says something else; of its
    pods, where the script is of one namespace."""

    script: Script
    world: World
    parts: tuple[Part, ...]
    changed: str


def encode_removal(problem: Problem, direction: Direction, home: str | None = None) -> Removal:
    """The script of one direction of the problem's policies. home: the namespace that is spoken of; None: all are. What
    policies of several namespaces come to elsewhere, others decide that are not of the problem."""
    opening, views = opened(problem)
    script = opening.script
    world = replace(opening.world, unknowns=declare_unknowns(script, (problem.policies,)))
    plain = Encoder(script, world)
    pipe = problem.policies.pipe(direction)
    parts: list[Part] = []
    marks: dict[str, str] = {}

    def mark(citation: Citation, policy: Citation, condition: Formula, is_rung: bool, action: Action) -> Formula:
        number, matched = len(parts), plain.term(condition, views[direction])
        name = f"part.{number}"
        marks[name] = script.boolean(name)
        met, unmet = script.goal(f"goal.met.{number}", matched), script.goal(f"goal.unmet.{number}", neg(matched))
        parts.append(Part(citation, policy, is_rung, action, marks[name], met, unmet))
        return Havoc(name)

    marked = _marked(pipe, mark)
    before = leg(plain, pipe, direction)
    marked_world = replace(world, unknowns={**world.unknowns, **marks})
    after = leg(Encoder(script, marked_world), marked, direction)
    here = TRUE if home is None else NamespaceIn(Role.SUBJECT, frozenset({home}))
    changed = conj(
        (plain.term(here, views[direction]), disj((xor(before.may, after.may), xor(before.must, after.must))))
    )
    return Removal(script, world, tuple(parts), script.goal("goal.changed", changed))


def parts_like(removal: Removal, pipe: Pipe) -> tuple[Part, ...]:
    """The parts of `removal` as those of a pipe that differs from the one it was made of in nothing but a name of a
    namespace and in citations. Raises InternalError where they do not fit."""
    found: list[tuple[Citation, Citation, bool, Action]] = []

    def mark(citation: Citation, policy: Citation, _condition: Formula, is_rung: bool, action: Action) -> Formula:
        found.append((citation, policy, is_rung, action))
        return TRUE

    _marked(pipe, mark)
    if [(part.is_rung, part.action) for part in removal.parts] != [told[2:] for told in found]:
        raise InternalError("policies that were to be alike are not")
    return tuple(
        replace(part, citation=citation, policy=policy)
        for part, (citation, policy, _, _) in zip(removal.parts, found, strict=True)
    )


def _marked(pipe: Pipe, mark: Callable[[Citation, Citation, Formula, bool, Action], Formula]) -> Pipe:
    """The pipe whose every part hangs on a condition of its own."""

    def whom(who: Selects, end: Action) -> Selects:
        marked = mark(who.citation, who.citation, selection(who), False, end)
        return Selects(who.namespace, And((marked, who.pods)), who.citation)

    def rung(r: Rung) -> Rung:
        if r.selects is None or r.joint:
            return r
        marked = mark(r.citation, r.selects.citation, match(r), True, r.action)
        return Rung(r.selects, And((marked, r.guard)), r.action, r.citation)

    return Pipe(tuple(stage.mapped(partial(whom, end=stage.end), rung) for stage in pipe.stages), pipe.final)


def selection(who: Selects) -> Formula:
    """Over SUBJECT: the policy selects it. Those of new namespaces count as any namespace's."""
    here = (NamespaceIn(Role.SUBJECT, frozenset({who.namespace})),) if isinstance(who.namespace, str) else ()
    return And((*here, who.pods))


def match(rung: Rung) -> Formula:
    """The rung fires."""
    return rung.guard if rung.selects is None else And((selection(rung.selects), rung.guard))


class Ways(Struct, frozen=True):
    """For each rung that is asked about: the literals to assume for a connection that it matches and that the other leg
    lets through, and for one that it matches and that the other leg blocks."""

    script: Script
    world: World
    open: tuple[str, ...]
    blocked: tuple[str, ...]


def encode_ways(problem: Problem, rungs: Sequence[tuple[Direction, Rung]]) -> Ways:
    """The script of both legs, and of what the other leg makes of each of `rungs`."""
    encoder, views = opened(problem)
    script, world = encoder.script, encoder.world
    legs = {direction: leg(encoder, problem.policies.pipe(direction), direction) for direction in Direction}
    open_, blocked = [], []
    for number, (direction, rung) in enumerate(rungs):
        other = legs[Direction.EGRESS if direction is Direction.INGRESS else Direction.INGRESS]
        matched = encoder.term(match(rung), views[direction])
        open_.append(script.goal(f"goal.open.{number}", conj((matched, other.may))))
        blocked.append(script.goal(f"goal.blocked.{number}", conj((matched, neg(other.may)))))
    return Ways(script, world, tuple(open_), tuple(blocked))
