"""What a pipe says of the pods of a namespace, whatever that is called."""

from verifier.ir.policy import Block, Formula, Pipe, Rung, Selects, Stage, Tie

Key = tuple[object, ...]
"""Equal iff what it is of is alike."""


class PipeShapes:
    """The shapes of pipes: equal iff the pipes are, but for citations and the name of their namespace."""

    def __init__(self) -> None:
        self._numbers: dict[Formula, int] = {}
        self._known: dict[int, Formula] = {}
        self._by_id: dict[int, int] = {}

    def of(self, home: str | None, pipe: Pipe) -> Key:
        """All that a pipe says of the pods of `home` (None: of any namespace)."""
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
