"""The policies of one namespace in one direction, taken apart into what may be asked to go.

A line can only be covered by what governs the same pods in the same direction, so each namespace and direction is a
script of its own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from verifier.encoding.removal import Part, Removal, encode_removal
from verifier.engine.problem.problem import Context, scene_of
from verifier.engine.solve.asker import Asker
from verifier.ir.policy import Citation, Direction, NewNamespaces, Pipe, PolicySet, Rung, Selects
from verifier.smt.solver import Limits

_Home = str | NewNamespaces | None


class Leg(Struct):
    """One direction of the policies of one namespace, ready to be asked what can go. `gone`: what was taken away.
    `lost`: what never decides, and may stay or go."""

    direction: Direction
    removal: Removal
    asker: Asker
    gone: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)

    def parts(self, policy: Citation, rule: str | None = None) -> tuple[Part, ...]:
        """The parts of a policy, or of one of its rules or peers."""
        mine = [p for p in self.removal.parts if p.policy == policy]
        if rule is None:
            return tuple(mine)
        return tuple(p for p in mine if p.is_rung and is_within(p.citation.rule or "", rule))

    def can_be(self, goal: str, literals: Sequence[str] = ()) -> bool:
        return self.asker.sure(goal, *literals)

    def is_met(self, parts: Iterable[Part]) -> bool:
        """True iff some connection of the universe meets one of the parts."""
        return any(self.can_be(part.met) for part in parts)

    def can_go(self, parts: Iterable[Part], besides: Iterable[str] = ()) -> bool:
        """True iff the leg says the same of every connection without `parts` (and without what goes besides)."""
        away = {part.present for part in parts} | set(besides)
        signs = [f"!{p.present}" if p.present in away else p.present for p in self.removal.parts]
        return not self.can_be(self.removal.changed, signs)

    def can_go_too(self, parts: Iterable[Part]) -> bool:
        """True iff it does without `parts` and all that is gone, whatever of what is lost stays."""
        away = {part.present for part in parts} | self.gone
        told = (p.present for p in self.removal.parts if p.present in away or p.present not in self.lost)
        return not self.can_be(self.removal.changed, [f"!{name}" if name in away else name for name in told])

    def covered_by(self, parts: Sequence[Part]) -> tuple[Part, ...]:
        """The parts of the same sort, and of the same action, that match all that `parts` match, as few as can be;
        none, where there are no such."""
        found: dict[str, Part] = {}
        for part in parts:
            others = [
                p for p in self.removal.parts if (p.is_rung, p.action) == (part.is_rung, part.action) and p not in parts
            ]
            if self.can_be(part.met, [p.unmet for p in others]):
                return ()
            core = self.asker.core()
            needed = [p for p in others if p.unmet in core]
            for other in reversed(needed):
                rest = [p for p in needed if p is not other]
                if not self.can_be(part.met, [p.unmet for p in rest]):
                    needed = rest
            found |= {p.present: p for p in needed}
        return tuple(found.values())


def is_within(rule: str, outer: str) -> bool:
    return rule == outer or rule.startswith(f"{outer}.")


def groups(context: Context) -> Iterator[PolicySet]:
    """What governs several namespaces may govern new ones, beside the policies that these get."""
    for home in _homes(context.cluster.policies):
        yield context.policies if home is None else _within(home, context.cluster.policies)


def legs_of(context: Context, policies: PolicySet, limits: Limits) -> Mapping[Direction, Leg]:
    """The directions in which the policies say something."""
    return {d: leg_of(context, policies, d, limits) for d in Direction if _has_parts(policies.pipe(d))}


def _homes(policies: PolicySet) -> list[str | None]:
    """The namespaces that can be asked about one by one; None: only all at once, since a policy governs several."""
    found: set[_Home] = set()
    for direction in Direction:
        for stage in policies.pipe(direction).stages:
            found |= {who.namespace for who in stage.applies or ()}
            found |= {r.selects.namespace for b in stage.blocks() for r in b.rungs if r.selects is not None}
    named = [n for n in found if isinstance(n, str)]
    return [*sorted(named)] if len(named) == len(found) else [None]


def _within(home: str, policies: PolicySet) -> PolicySet:
    def whom(who: Selects) -> Selects | None:
        return who if who.namespace == home else None

    def rung(r: Rung) -> Rung | None:
        return r if r.selects is None or r.selects.namespace == home else None

    pipes = [Pipe(tuple(s.mapped(whom, rung) for s in p.stages), p.final) for p in (policies.ingress, policies.egress)]
    return PolicySet(pipes[0], pipes[1], policies.objects)


def _has_parts(pipe: Pipe) -> bool:
    return any(stage.applies or any(block.rungs for block in stage.blocks()) for stage in pipe.stages)


def leg_of(context: Context, policies: PolicySet, direction: Direction, limits: Limits) -> Leg:
    problem = scene_of(context, policies, f"what can go: {direction}")
    removal = encode_removal(problem, direction)
    return Leg(direction, removal, Asker(problem, removal.script, removal.world, limits))
