"""The policies of one namespace in one direction, taken apart into what may be asked to go.

A line can only be covered by what governs the same pods in the same direction, so each namespace and direction is a
script of its own; namespaces that are alike but for their name share one (`kinds`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct, field

from verifier.encoding.removal import Part, Removal, encode_removal, parts_like
from verifier.engine.lint.homes import Home, policies_of
from verifier.engine.lint.kinds import Kinds
from verifier.engine.problem.pipeshape import Key
from verifier.engine.results.check import Stats
from verifier.engine.solve.asker import Asker
from verifier.ir.policy import Citation, Direction, Pipe, PolicySet
from verifier.smt.solver import Limits


class Questions:
    """What is asked about one script, each question once."""

    def __init__(self, asker: Asker) -> None:
        self.asker = asker
        self._met: dict[tuple[str, ...], bool] = {}
        self._cores: dict[tuple[str, ...], frozenset[str]] = {}

    def can_be(self, *literals: str) -> bool:
        """True iff the literals can be met together."""
        if literals not in self._met:
            self._met[literals] = self.asker.sure(*literals)
        return self._met[literals]

    def core(self, *literals: str) -> frozenset[str] | None:
        """Some of the literals that cannot be met together; None: all of them can."""
        if literals not in self._cores:
            self._met[literals] = self.asker.sure(*literals)
            if self._met[literals]:
                return None
            self._cores[literals] = self.asker.core()
        return self._cores[literals]


Line = tuple[Citation, Citation, bool]
"""What parts are known by in every script: policy, place in it, and whether they are rungs."""


class Leg(Struct):
    """One direction of the policies of one namespace, ready to be asked what can go. `changed`: as in `Removal`.
    `gone`: what was taken away. `lost`: what never decides, and may stay or go."""

    direction: Direction
    all_parts: tuple[Part, ...]
    changed: str
    questions: Questions
    gone: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)

    def parts(self, policy: Citation, rule: str | None = None) -> tuple[Part, ...]:
        """The parts of a policy, or of one of its rules or peers."""
        mine = [p for p in self.all_parts if p.policy == policy]
        if rule is None:
            return tuple(mine)
        return tuple(p for p in mine if p.is_rung and is_within(p.citation.rule or "", rule))

    def lines(self, literals: Collection[str]) -> frozenset[Line]:
        """The lines whose parts these are (`gone`, `lost`), which go and stay together."""
        return frozenset(_line(part) for part in self.all_parts if part.present in literals)

    def literals(self, lines: Collection[Line]) -> set[str]:
        """The parts of these lines."""
        return {part.present for part in self.all_parts if _line(part) in lines} if lines else set()

    def can_be(self, goal: str, literals: Sequence[str] = ()) -> bool:
        return self.questions.can_be(goal, *literals)

    def is_met(self, parts: Iterable[Part]) -> bool:
        """True iff some connection of the universe meets one of the parts."""
        return any(self.can_be(part.met) for part in parts)

    def can_go(self, parts: Iterable[Part], besides: Iterable[str] = ()) -> bool:
        """True iff the leg says the same of every connection without `parts` (and without what goes besides)."""
        away = {part.present for part in parts} | set(besides)
        signs = [f"!{p.present}" if p.present in away else p.present for p in self.all_parts]
        return not self.can_be(self.changed, signs)

    def can_go_too(self, parts: Iterable[Part]) -> bool:
        """True iff it does without `parts` and all that is gone, whatever of what is lost stays."""
        away = {part.present for part in parts} | self.gone
        told = (p.present for p in self.all_parts if p.present in away or p.present not in self.lost)
        return not self.can_be(self.changed, [f"!{name}" if name in away else name for name in told])

    def covered_by(self, parts: Sequence[Part]) -> tuple[Part, ...]:
        """The parts of the same sort, and of the same action, that match all that `parts` match, as few as can be,
        and of the same namespace where these do; none, where there are no such."""
        found: dict[str, Part] = {}
        for part in parts:
            others = [p for p in self.all_parts if (p.is_rung, p.action) == (part.is_rung, part.action)]
            others = [p for p in others if p not in parts]
            near = [p for p in others if p.policy.namespace == part.policy.namespace]
            needed = self._covering(part, near)
            needed = self._covering(part, others) if needed is None and len(near) < len(others) else needed
            if needed is None:
                return ()
            for other in reversed(needed):
                rest = [p for p in needed if p is not other]
                if not self.can_be(part.met, [p.unmet for p in rest]):
                    needed = rest
            found |= {p.present: p for p in needed}
        return tuple(found.values())

    def _covering(self, part: Part, others: Sequence[Part]) -> list[Part] | None:
        """Some of the others that match all that the part matches; None: together they do not."""
        core = self.questions.core(part.met, *(p.unmet for p in others))
        return None if core is None else [p for p in others if p.unmet in core]


class Legs:
    """The legs of a cluster's namespaces, of each kind one script.

    Life cycle: made once a run; `leg` any number of times; `forget` when no more of the kinds asked so far come.
    """

    def __init__(self, kinds: Kinds, limits: Limits) -> None:
        self._kinds = kinds
        self._limits = limits
        self._scripts: dict[Key, tuple[Removal, Questions]] = {}
        self._first: Asker | None = None

    def of(self, home: Home) -> Mapping[Direction, Leg]:
        """The directions in which policies of a home of which something may go say something."""
        spoken = (d for d in Direction if not home.mine.isdisjoint(policies_of(*home.policies.pipe(d).stages)))
        return {d: self.leg(home.name, home.policies, d) for d in spoken}

    def leg(self, home: str | None, policies: PolicySet, direction: Direction) -> Leg:
        pipe = policies.pipe(direction)
        key = self._kinds.key(home, pipe, direction)
        if key not in self._scripts:
            self._scripts[key] = self._asked(home, pipe, direction)
        removal, questions = self._scripts[key]
        return Leg(direction, parts_like(removal, pipe), removal.changed, questions)

    def forget(self) -> list[Stats]:
        """What the questions so far came to; their scripts are given up."""
        stats = [questions.asker.stats() for _, questions in self._scripts.values()]
        self._scripts.clear()
        return stats

    def _asked(self, home: str | None, pipe: Pipe, direction: Direction) -> tuple[Removal, Questions]:
        problem = self._kinds.scene(home, pipe, direction, f"what can go: {direction}")
        removal = encode_removal(problem, direction, home)
        asker = Asker(problem, removal.script, removal.world, self._limits, beside=self._first)
        self._first = self._first or asker
        return removal, Questions(asker)


def _line(part: Part) -> Line:
    return part.policy, part.citation, part.is_rung


def is_within(rule: str, outer: str) -> bool:
    return rule == outer or rule.startswith(f"{outer}.")
