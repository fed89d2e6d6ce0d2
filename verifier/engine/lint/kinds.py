"""Namespaces that are alike but for their name: what is asked of one of them is asked once for all.

Two namespaces are of one kind iff their policies, taken in order, are the same but for names and places of objects, and
no formula of these, nor the universe, can tell the one from the other (`alike`). Exchanging the two then turns the
script of the one into that of the other, so that each answer about the one is an answer about the other.
"""

from collections.abc import Iterable, Iterator
from functools import partial

from verifier.encoding.problem import Problem
from verifier.engine.lint.homes import Home, policies_of
from verifier.engine.problem.alike import Alike
from verifier.engine.problem.mentioned import mentioned
from verifier.engine.problem.pipeshape import Key, PipeShapes
from verifier.engine.problem.problem import Context, scene_of
from verifier.ir.policy import Direction, Pipe, PolicySet
from verifier.vocabulary import Mentions


class Kinds:
    """The namespaces of a cluster by kind."""

    def __init__(self, context: Context) -> None:
        self._context = context
        # Where pods are listed, it matters which of them live in a namespace.
        is_open = context.universe.other_pods and context.translated is None
        self._alike = Alike(context.world.declared, context.universe) if is_open else None
        self._shapes = PipeShapes()
        self._mentions: dict[Key, Mentions] = {}

    def grouped(self, homes: Iterable[Home]) -> Iterator[tuple[Home, ...]]:
        """The homes of one kind in both directions, one kind after the other."""
        found: dict[Key, list[Home]] = {}
        for home in homes:
            pipes = ((d, home.policies.pipe(d)) for d in Direction)
            key = tuple(
                self.key(home.name, pipe, d) for d, pipe in pipes if not home.mine.isdisjoint(policies_of(*pipe.stages))
            )
            found.setdefault(key, []).append(home)
        yield from map(tuple, found.values())

    def scene(self, home: str | None, pipe: Pipe, direction: Direction, title: str) -> Problem:
        """All connections of the universe, as far as they differ for the policies of a namespace (None: of any)."""
        alike = self._alike
        enough = None if alike is None or home is None else partial(alike.enough, homes=(home,))
        return scene_of(self._context, _only(pipe, direction), title, enough=enough)

    def key(self, home: str | None, pipe: Pipe, direction: Direction) -> Key:
        """Of which kind a namespace is (None: all of them), whose policies in that direction these are."""
        if home is None or self._alike is None:
            return (home, direction, self._shapes.of(home, pipe))
        shape = self._shapes.of(home, pipe)
        if shape not in self._mentions:
            self._mentions[shape] = mentioned((_only(pipe, direction),), (self._context.world,))
        return (direction, shape, self._alike.sort_of(home, self._mentions[shape]))


def _only(pipe: Pipe, direction: Direction) -> PolicySet:
    """A set that says nothing in the other direction, which a leg has nothing to do with."""
    return PolicySet(pipe, Pipe(())) if direction is Direction.INGRESS else PolicySet(Pipe(()), pipe)
