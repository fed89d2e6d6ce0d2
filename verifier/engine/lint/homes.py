"""The policies of a cluster, home by home: those of each namespace as a set of their own, beside those that govern
several."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import merge
from typing import TypeVar

from msgspec import Struct

from verifier.engine.problem.problem import Context
from verifier.ir.policy import Block, Citation, NewNamespaces, Pipe, PolicySet, Rung, Selects, Stage, Tie

_Home = str | NewNamespaces | None
"""What a policy selects pods in: a namespace, new ones, or any."""
_Item = TypeVar("_Item", Rung, Selects)


class Home(Struct, frozen=True):
    """Policies of which something may go (`mine`), among all that speak of the same pods (`policies`).

    name: the namespace whose policies they are; None: they govern several, and all policies there are stand beside
    them, those of new namespaces too.
    """

    name: str | None
    mine: frozenset[Citation]
    policies: PolicySet


def homes(context: Context) -> Iterator[Home]:
    """The policies that govern several namespaces, if there are any; then those of every namespace that has some."""
    policies = context.cluster.policies
    mine: dict[str | None, set[Citation]] = {}
    for policy, governed in _governed(policies).items():
        [home] = governed if len(governed) == 1 else (None,)
        mine.setdefault(home if isinstance(home, str) else None, set()).add(policy)
    if None in mine:
        yield Home(None, frozenset(mine.pop(None)), context.policies)
    pipes = [apart(pipe, wide=True) for pipe in (policies.ingress, policies.egress)]
    for name in sorted(home for home in mine if home is not None):
        ingress, egress = (pipe.get(name, rest) for pipe, rest in pipes)
        yield Home(name, frozenset(mine[name]), PolicySet(ingress, egress, policies.objects))


def policies_of(*stages: Stage) -> frozenset[Citation]:
    """The policies that say something there."""
    return frozenset(who.citation for stage in stages for who in _selections(stage))


def _governed(policies: PolicySet) -> Mapping[Citation, set[_Home]]:
    """Where each policy selects pods."""
    found: dict[Citation, set[_Home]] = {}
    for stage in (*policies.ingress.stages, *policies.egress.stages):
        for who in _selections(stage):
            found.setdefault(who.citation, set()).add(who.namespace)
    return found


def _selections(stage: Stage) -> Iterator[Selects]:
    yield from stage.applies or ()
    yield from (rung.selects for block in stage.blocks() for rung in block.rungs if rung.selects is not None)


def apart(pipe: Pipe, *, wide: bool = False) -> tuple[Mapping[_Home, Pipe], Pipe]:
    """The pipe of each home that it says something of, and that of all others. Policies of several namespaces are of a
    home of their own; of every one, where that is `wide`."""
    stages = [_stages(stage, wide) for stage in pipe.stages]
    found = {home for some, _ in stages for home in some}
    rest = Pipe(tuple(rest for _, rest in stages), pipe.final)
    return {home: Pipe(tuple(some.get(home, rest) for some, rest in stages), pipe.final) for home in found}, rest


def _stages(stage: Stage, wide: bool) -> tuple[Mapping[_Home, Stage], Stage]:
    whom, common = _dealt(stage.applies or (), lambda who: _is_common(who, wide))
    parts = [_parts(part, wide) for part in stage.body]
    found = dict.fromkeys((*whom, *(home for some, _ in parts for home in some)))

    def of(home: _Home, named: bool = True) -> Stage:
        applies = None if stage.applies is None else whom.get(home, common) if named else common
        body = tuple(part for some, rest in parts if (part := some.get(home, rest) if named else rest) is not None)
        return Stage(stage.name, applies, body, stage.end, stage.room)

    return {home: of(home) for home in found}, of(None, named=False)


def _parts(part: Block | Tie, wide: bool) -> tuple[Mapping[_Home, Block | Tie], Block | Tie | None]:
    """What of the part speaks of each home, and what of any other (None: nothing). A tie is of blocks with rungs."""
    blocks = [_blocks(block, wide) for block in (part.blocks if isinstance(part, Tie) else (part,))]
    found = dict.fromkeys(home for some, _ in blocks for home in some)

    def joined(left: Sequence[Block]) -> Block | Tie | None:
        return Tie(tuple(left)) if len(left) > 1 else left[0] if left else None

    mine = {home: joined([b for some, rest in blocks if (b := some.get(home, rest)).rungs]) for home in found}
    return {home: part for home, part in mine.items() if part is not None}, joined([r for _, r in blocks if r.rungs])


def _blocks(block: Block, wide: bool) -> tuple[Mapping[_Home, Block], Block]:
    """Rungs of no policy are of every home."""
    by_home, common = _dealt(block.rungs, lambda rung: rung.selects is None or _is_common(rung.selects, wide))
    return {home: Block(rungs) for home, rungs in by_home.items()}, Block(common)


def _is_common(who: Selects, wide: bool) -> bool:
    return wide and not isinstance(who.namespace, str)


def _dealt(
    items: Iterable[_Item], is_common: Callable[[_Item], bool]
) -> tuple[Mapping[_Home, tuple[_Item, ...]], tuple[_Item, ...]]:
    """What each home gets, in the order of all, and what is of every home."""
    by_home: dict[_Home, list[tuple[int, _Item]]] = {}
    common: list[tuple[int, _Item]] = []
    for place, item in enumerate(items):
        (common if is_common(item) else by_home.setdefault(_home_of(item), [])).append((place, item))

    def of(some: Iterable[tuple[int, _Item]]) -> tuple[_Item, ...]:
        return tuple(item for _, item in some)

    return {home: of(merge(some, common, key=lambda at: at[0])) for home, some in by_home.items()}, of(common)


def _home_of(item: Rung | Selects) -> _Home:
    who = item.selects if isinstance(item, Rung) else item
    return None if who is None else who.namespace
