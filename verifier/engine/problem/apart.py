"""The pipe of each namespace: what is said of its pods, apart from what is said of others."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import merge
from typing import TypeVar

from verifier.ir.policy import Block, NewNamespaces, Pipe, Rung, Selects, Stage, Tie

Place = str | NewNamespaces | None
"""What a policy selects pods in: a namespace, new ones, or any."""
_Item = TypeVar("_Item", Rung, Selects)


def apart(pipe: Pipe, *, wide: bool = False) -> tuple[Mapping[Place, Pipe], Pipe]:
    """The pipe of each home that it says something of, and that of all others. Policies of several namespaces are of a
    home of their own; of every one, where that is `wide`."""
    stages = [_stages(stage, wide) for stage in pipe.stages]
    found = {home for some, _ in stages for home in some}
    rest = Pipe(tuple(rest for _, rest in stages), pipe.final)
    return {home: Pipe(tuple(some.get(home, rest) for some, rest in stages), pipe.final) for home in found}, rest


def _stages(stage: Stage, wide: bool) -> tuple[Mapping[Place, Stage], Stage]:
    whom, common = _dealt(stage.applies or (), lambda who: _is_common(who, wide))
    parts = [_parts(part, wide) for part in stage.body]
    found = dict.fromkeys((*whom, *(home for some, _ in parts for home in some)))

    def of(home: Place, named: bool = True) -> Stage:
        applies = None if stage.applies is None else whom.get(home, common) if named else common
        body = tuple(part for some, rest in parts if (part := some.get(home, rest) if named else rest) is not None)
        return Stage(stage.name, applies, body, stage.end, stage.room)

    return {home: of(home) for home in found}, of(None, named=False)


def _parts(part: Block | Tie, wide: bool) -> tuple[Mapping[Place, Block | Tie], Block | Tie | None]:
    """What of the part speaks of each home, and what of any other (None: nothing). A tie is of blocks with rungs."""
    blocks = [_blocks(block, wide) for block in (part.blocks if isinstance(part, Tie) else (part,))]
    found = dict.fromkeys(home for some, _ in blocks for home in some)

    def joined(left: Sequence[Block]) -> Block | Tie | None:
        return Tie(tuple(left)) if len(left) > 1 else left[0] if left else None

    mine = {home: joined([b for some, rest in blocks if (b := some.get(home, rest)).rungs]) for home in found}
    return {home: part for home, part in mine.items() if part is not None}, joined([r for _, r in blocks if r.rungs])


def _blocks(block: Block, wide: bool) -> tuple[Mapping[Place, Block], Block]:
    """Rungs of no policy are of every home."""
    by_home, common = _dealt(block.rungs, lambda rung: rung.selects is None or _is_common(rung.selects, wide))
    return {home: Block(rungs) for home, rungs in by_home.items()}, Block(common)


def _is_common(who: Selects, wide: bool) -> bool:
    return wide and not isinstance(who.namespace, str)


def _dealt(
    items: Iterable[_Item], is_common: Callable[[_Item], bool]
) -> tuple[Mapping[Place, tuple[_Item, ...]], tuple[_Item, ...]]:
    """What each home gets, in the order of all, and what is of every home."""
    by_home: dict[Place, list[tuple[int, _Item]]] = {}
    common: list[tuple[int, _Item]] = []
    for place, item in enumerate(items):
        (common if is_common(item) else by_home.setdefault(_place_of(item), [])).append((place, item))

    def of(some: Iterable[tuple[int, _Item]]) -> tuple[_Item, ...]:
        return tuple(item for _, item in some)

    return {home: of(merge(some, common, key=lambda at: at[0])) for home, some in by_home.items()}, of(common)


def _place_of(item: Rung | Selects) -> Place:
    who = item.selects if isinstance(item, Rung) else item
    return None if who is None else who.namespace
