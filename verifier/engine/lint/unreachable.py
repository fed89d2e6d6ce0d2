"""Rules and policies that never decide, since something before them always does (docs/semantics.md 4.3, 8).

Asked of the solver, for every connection of the universe and under every setting of the open switches.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from enum import Enum

from msgspec import Struct

from verifier.encoding.problem import Problem
from verifier.encoding.reach import Reach, Way, encode_reach
from verifier.engine.solve.asker import Asker
from verifier.engine.solve.example import Example, example
from verifier.errors import ReplayError
from verifier.ir.policy import Action, Citation, Direction, PolicySet
from verifier.ir.view import View
from verifier.semantics import fires
from verifier.smt.solver import Limits

_FEW = 24
"""Deciders up to which it is worth to look for fewer of them."""


class Cause(Enum):
    """Why something never decides; each where none of those before it is so."""

    NOTHING = "it speaks of no connection that could exist"
    POLICY = "rules before it in its policy"
    TIER = "rules before it in its tier"
    TIERS = "tiers before its own"
    ISOLATION = "NetworkPolicies, which isolate all pods of declared namespaces that are left to it"


class Unreachable(Struct, frozen=True):
    """A rule, or (`rule` None) a policy in one direction, that never decides.

    stage: its own. tiers: the tiers before that. deciders: what decides instead, without some that are not needed.
    otherwise: of a rule behind others of its policy, that these do something else with some of what it speaks of.
    elsewhere: of one lost to isolation, that it may decide about pods of namespaces that nobody has declared.
    isolates: of a policy, that it isolates in this direction.
    aside: of what NetworkPolicies say, that it may decide about a hostNetwork pod.
    example: a connection that it speaks of, and what becomes of it; None where there is none.
    """

    direction: Direction
    cause: Cause
    stage: str
    policy: Citation
    rule: str | None
    citation: Citation
    tiers: tuple[str, ...] = ()
    deciders: tuple[tuple[Citation, str | None], ...] = ()
    otherwise: bool = False
    elsewhere: bool = False
    isolates: bool = False
    aside: bool = False
    example: Example | None = None


class Judge(Struct, frozen=True):
    """The ways of one direction, ready to be asked about; nothing is said of the rules that are `doubled`."""

    problem: Problem
    reach: Reach
    direction: Direction
    asker: Asker
    doubled: frozenset[tuple[Citation, str | None]]

    @classmethod
    def of(
        cls,
        problem: Problem,
        direction: Direction,
        ordered: Collection[str],
        mine: Collection[Citation],
        limits: Limits,
        beside: Asker | None = None,
    ) -> "Judge":
        """ordered, mine: as `encode_reach` takes them; beside: as `Asker` does."""
        reach = encode_reach(problem, direction, ordered, mine)
        asker = Asker(problem, reach.script, reach.world, limits, beside=beside)
        return cls(problem, reach, direction, asker, _doubled(problem.policies, reach.ways, direction))

    def ways(self) -> Iterator[tuple[Way, Unreachable | None]]:
        """Every way asked about that could decide about some connection if it came first, or that is a rule of a tier;
        and what has become of it, if it never decides."""
        ways = self.reach.ways
        tiers: list[Way] = []
        for number, way in enumerate(ways):
            deciding = _deciding(way, tiers)
            if way.tier:
                tiers.append(way)
            if "met" not in way.goals:
                continue
            if (way.policy, way.rule) in self.doubled:
                yield way, None
            elif way.tier and way.rule is not None:
                yield way, self._rule(way, ways[:number])
            elif self._can_be(way, "below"):
                yield way, None
            elif self._can_be(way, "met"):
                yield way, self._found(way, Cause.TIERS, deciding)

    def _rule(self, way: Way, before: Sequence[Way]) -> Unreachable | None:
        """Why a rule of a tier never decides; None where it may."""
        if not self._can_be(way, "met"):
            return self._found(way, Cause.NOTHING)
        if not self._can_be(way, "alone"):
            mine = [other for other in before if other.policy == way.policy and other.rule is not None]
            otherwise = self._can_be(way, "otherwise")
            return self._found(way, Cause.POLICY, mine, "otherwise" if otherwise else "met", otherwise=otherwise)
        if not self._can_be(way, "within"):
            earlier = [other for other in before if other.stage == way.stage and other.rule is not None]
            return self._found(way, Cause.TIER, earlier)
        if not self._can_be(way, "below"):
            return self._found(way, Cause.TIERS, _deciding(way, before))
        if not self._is_isolated(way, before):
            return None
        isolating = [other for other in before if not other.tier and other.rule is None]
        elsewhere = self._can_be(way, "last")
        return self._found(way, Cause.ISOLATION, isolating, "below_here", elsewhere=elsewhere)

    def _is_isolated(self, way: Way, before: Sequence[Way]) -> bool:
        """True iff NetworkPolicies decide about all pods of declared namespaces that tiers leave to the rule."""
        isolating = any(not other.tier for other in before)
        return isolating and self._can_be(way, "below_here") and not self._can_be(way, "last_here")

    def _found(
        self,
        way: Way,
        cause: Cause,
        before: Sequence[Way] = (),
        shown: str = "met",
        otherwise: bool = False,
        elsewhere: bool = False,
    ) -> Unreachable:
        """What is lost, with those of `before` that decide, and an example that meets `shown`."""
        met = cause is not Cause.NOTHING
        return Unreachable(
            self.direction,
            cause,
            way.stage,
            way.policy,
            way.rule,
            way.citation,
            tuple(dict.fromkeys(other.stage for other in before if other.tier and other.stage != way.stage)),
            self._deciders(way.goals[shown if shown == "below_here" else "met"], before) if met else (),
            otherwise,
            elsewhere,
            way.rule is None and way.action is Action.DENY,
            not way.tier and self._can_be(way, "aside"),
            self._replayed(way, shown) if met else None,
        )

    def _deciders(self, goal: str, before: Sequence[Way]) -> tuple[tuple[Citation, str | None], ...]:
        """Those of `before` of which one speaks of whatever meets the goal; where they are few, as few as can be."""
        quiet = [way.goals["quiet"] for way in before]
        if self.asker.sure(goal, *quiet):
            return ()
        core = self.asker.core()
        needed = [q for q in quiet if q in core]
        for literal in reversed(needed if len(needed) <= _FEW else []):
            rest = [q for q in needed if q != literal]
            if not self.asker.sure(goal, *rest):
                needed = rest
        return tuple((way.policy, way.rule) for way in before if way.goals["quiet"] in needed)

    def _replayed(self, way: Way, shown: str) -> Example:
        """An example, if it shows to `verifier.semantics` too that the way speaks of it and something else decides."""
        found = example(self.asker, self.problem, self.reach.world, way.goals[shown])
        view = View(found.connection, self.direction, found.setting)
        leg = found.decision.ingress if self.direction is Direction.INGRESS else found.decision.egress
        decided = [s for s in leg.steps if s.stage == way.stage and s.decision is not Action.NEXT]
        cited = [s.citation for s in decided if s.citation is not None]
        met = not way.rungs or any(fires(rung, view) for rung in way.rungs)
        if not met or any(str(c) == str(way.policy) and _is_of(c, way.rule) for c in cited):
            raise ReplayError(f"{way.rule} of {way.policy} decides: {found}")
        return found

    def _can_be(self, way: Way, goal: str) -> bool:
        return self.asker.sure(way.goals[goal])


def _deciding(way: Way, before: Sequence[Way]) -> list[Way]:
    """The rules of tiers before that of `way`, and the selections by which these end, which do not pass on."""
    return [o for o in before if o.tier and o.stage != way.stage and o.action is not Action.NEXT]


def _is_of(citation: Citation, rule: str | None) -> bool:
    return rule is None or (citation.rule or "").partition(".")[0] == rule


def _doubled(policies: PolicySet, ways: Sequence[Way], direction: Direction) -> frozenset[tuple[Citation, str | None]]:
    """The rules that are rungs of more than one action, or more than one way: what they let through or keep away,
    something judges that no manifest holds, so that one of these may never decide and the rule still does."""
    actions: dict[tuple[Citation, str | None], set[Action]] = {}
    for stage in policies.pipe(direction).stages:
        for rung in (rung for block in stage.blocks() for rung in block.rungs):
            if rung.selects is not None:
                rule = (rung.citation.rule or "").partition(".")[0] or None
                actions.setdefault((rung.selects.citation, rule), set()).add(rung.action)
    times = Counter((way.policy, way.rule) for way in ways if way.rule is not None)
    repeated = {key for key, number in times.items() if number > 1}
    return frozenset(repeated | {key for key, several in actions.items() if len(several) > 1})
