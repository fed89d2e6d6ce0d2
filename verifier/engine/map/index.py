"""A stage of a pipe with its selections and rungs found by namespace."""

from collections.abc import Iterator, Sequence

from verifier.ir.policy import Block, NewNamespaces, Rung, Selects, Stage, Tie
from verifier.ir.view import View
from verifier.semantics import selects

Chosen = list[tuple[tuple[int, int, int], Rung, bool]]
"""Rungs with their places (part, block, rung), and whether their policies surely select the subject, or only may."""


class Indexed:
    """Finds what of a stage is about a subject without looking at the rest."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._applies: dict[str | NewNamespaces | None, list[Selects]] = {}
        for who in stage.applies or ():
            self._applies.setdefault(who.namespace, []).append(who)
        self._placed: dict[str | NewNamespaces | None, list[tuple[tuple[int, int, int], Rung]]] = {}
        for i, part in enumerate(stage.body):
            for j, block in enumerate(part.blocks if isinstance(part, Tie) else (part,)):
                for k, rung in enumerate(block.rungs):
                    place = rung.selects.namespace if rung.selects is not None else None
                    self._placed.setdefault(place, []).append(((i, j, k), rung))

    def applies(self, view: View) -> bool:
        """True iff the stage speaks of the subject: may, or surely, by the view."""
        if self.stage.applies is None:
            return True
        return any(selects(who, view) for place in _places(view) for who in self._applies.get(place, ()))

    def rungs(self, view: View) -> Chosen:
        """The rungs whose policies may select the subject, in their order."""
        verdicts: dict[int, tuple[bool, bool]] = {}
        found: Chosen = []
        sure = view.sure()
        for place in _places(view):
            for position, rung in self._placed.get(place, ()):
                who = rung.selects
                if who is None:
                    found.append((position, rung, True))
                    continue
                if id(who) not in verdicts:
                    may = selects(who, view)
                    verdicts[id(who)] = may, may and selects(who, sure)
                if verdicts[id(who)][0]:
                    found.append((position, rung, verdicts[id(who)][1]))
        return sorted(found, key=lambda item: item[0])

    def parts(self, chosen: Chosen) -> Iterator[tuple[Block | Tie, Sequence[Sequence[tuple[Rung, bool]]]]]:
        """Each part of the stage that has chosen rungs, with these, block by block, and whether each is surely chosen;
        blocks without any say nothing."""
        grouped: dict[int, dict[int, list[tuple[Rung, bool]]]] = {}
        for (i, j, _), rung, surely in chosen:
            grouped.setdefault(i, {}).setdefault(j, []).append((rung, surely))
        for i, blocks in grouped.items():
            yield self.stage.body[i], tuple(blocks.values())


def _places(view: View) -> Iterator[str | NewNamespaces | None]:
    """What the namespace of a selection can be for it to select the subject."""
    yield None
    namespace = view.subject.namespace
    if namespace is not None:
        yield namespace.name
        if namespace.unnamed:
            yield NewNamespaces.ALL
