"""Namespaces that are alike but for their name: what can go in one of them is asked once for all.

Two namespaces are of one kind iff their policies, taken in order, are the same but for names and places of objects, and
no formula of these, nor the universe, can tell the one from the other (`alike`). Exchanging the two then turns the
script of the one into that of the other, so that each answer about the one is an answer about the other.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from verifier.encoding.removal import Removal, encode_removal, parts_like
from verifier.engine.lint.parts import Leg, Questions
from verifier.engine.problem.alike import Alike
from verifier.engine.problem.mentioned import mentioned
from verifier.engine.problem.problem import Context, scene_of
from verifier.engine.results.check import Stats
from verifier.engine.solve.asker import Asker
from verifier.ir.policy import Block, Direction, Formula, Pipe, PolicySet, Rung, Selects, Stage, Tie
from verifier.smt.solver import Limits
from verifier.vocabulary import Mentions

Key = tuple[object, ...]
"""What two legs of one kind have in common; no other leg has it."""


class Kinds:
    """The legs of a cluster's namespaces, of each kind one script.

    Life cycle: made once a run; `leg` any number of times; `forget` when no more of the kinds asked so far come.
    """

    def __init__(self, context: Context, limits: Limits) -> None:
        self._context = context
        self._limits = limits
        # Where pods are listed, it matters which of them live in a namespace.
        is_open = context.universe.other_pods and context.translated is None
        self._alike = Alike(context.world.declared, context.universe) if is_open else None
        self._numbers: dict[Formula, int] = {}
        self._known: dict[int, Formula] = {}
        self._by_id: dict[int, int] = {}
        self._mentions: dict[Key, Mentions] = {}
        self._legs: dict[Key, tuple[Removal, Questions]] = {}
        self._first: Asker | None = None

    def legs(self, home: str | None, policies: PolicySet) -> Mapping[Direction, Leg]:
        """The directions in which the policies of a namespace (None: of all) say something."""
        return {d: self.leg(home, policies, d) for d in Direction if _has_parts(policies.pipe(d))}

    def leg(self, home: str | None, policies: PolicySet, direction: Direction) -> Leg:
        pipe = policies.pipe(direction)
        key = self._key(home, pipe, direction)
        if key not in self._legs:
            self._legs[key] = self._asked(home, pipe, direction)
        removal, questions = self._legs[key]
        return Leg(direction, parts_like(removal, pipe), removal.changed, questions)

    def grouped(
        self, homes: Iterable[tuple[str | None, PolicySet]]
    ) -> Iterator[tuple[tuple[str | None, PolicySet], ...]]:
        """The namespaces of one kind in both directions, one kind after the other."""
        found: dict[Key, list[tuple[str | None, PolicySet]]] = {}
        for home, policies in homes:
            key = tuple(self._key(home, policies.pipe(d), d) for d in Direction if _has_parts(policies.pipe(d)))
            found.setdefault(key, []).append((home, policies))
        yield from map(tuple, found.values())

    def forget(self) -> list[Stats]:
        """What the questions so far came to; their scripts are given up."""
        stats = [questions.asker.stats() for _, questions in self._legs.values()]
        self._legs.clear()
        return stats

    def _asked(self, home: str | None, pipe: Pipe, direction: Direction) -> tuple[Removal, Questions]:
        alike = self._alike
        enough = None if alike is None or home is None else partial(alike.enough, homes=(home,))
        problem = scene_of(self._context, _only(pipe, direction), f"what can go: {direction}", enough=enough)
        removal = encode_removal(problem, direction)
        asker = Asker(problem, removal.script, removal.world, self._limits, beside=self._first)
        self._first = self._first or asker
        return removal, Questions(asker)

    def _key(self, home: str | None, pipe: Pipe, direction: Direction) -> Key:
        if home is None or self._alike is None:
            return (home, direction, self._shape(home, pipe))
        shape = self._shape(home, pipe)
        if shape not in self._mentions:
            self._mentions[shape] = mentioned((_only(pipe, direction),), (self._context.world,))
        return (direction, shape, self._alike.sort_of(home, self._mentions[shape]))

    def _shape(self, home: str | None, pipe: Pipe) -> Key:
        """All that a pipe says, but for citations and the name of its namespace."""
        return (pipe.final, *(self._shape_of(home, stage) for stage in pipe.stages))

    def _shape_of(self, home: str | None, stage: Stage) -> Key:
        whom = None if stage.applies is None else tuple(self._whom(home, who) for who in stage.applies)
        body = tuple(
            (isinstance(part, Tie), *(tuple(self._rung(home, r) for r in b.rungs) for b in _blocks(part)))
            for part in stage.body
        )
        return (stage.name, whom, body, stage.end, stage.room)

    def _rung(self, home: str | None, rung: Rung) -> Key:
        whom = None if rung.selects is None else self._whom(home, rung.selects)
        return (whom, self._number(rung.guard), rung.action, rung.joint)

    def _whom(self, home: str | None, who: Selects) -> Key:
        own = home is not None and who.namespace == home
        return (own, None if own else who.namespace, self._number(who.pods))

    def _number(self, formula: Formula) -> int:
        """Equal for equal formulas. Those that were asked about stay, so that no other has their identity."""
        found = self._by_id.get(id(formula))
        if found is None:
            found = self._by_id[id(formula)] = self._numbers.setdefault(formula, len(self._numbers))
            self._known[id(formula)] = formula
        return found


def _blocks(part: Block | Tie) -> tuple[Block, ...]:
    return part.blocks if isinstance(part, Tie) else (part,)


def _only(pipe: Pipe, direction: Direction) -> PolicySet:
    """A set that says nothing in the other direction, which a leg has nothing to do with."""
    return PolicySet(pipe, Pipe(())) if direction is Direction.INGRESS else PolicySet(Pipe(()), pipe)


def _has_parts(pipe: Pipe) -> bool:
    """True iff something of the pipe is of a policy."""
    return any(
        stage.applies or any(rung.selects is not None for block in stage.blocks() for rung in block.rungs)
        for stage in pipe.stages
    )
