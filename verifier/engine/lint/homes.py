"""The policies of a cluster, home by home: those of each namespace as a set of their own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import merge

from verifier.engine.problem.problem import Context
from verifier.ir.policy import Block, NewNamespaces, Pipe, PolicySet, Rung, Selects, Stage, Tie

_Home = str | NewNamespaces | None
_Rungs = list[tuple[int, Rung]]
"""Rungs with their places among all of a block."""


def homes(context: Context) -> Iterator[tuple[str | None, PolicySet]]:
    """The policies of every namespace that has some; all at once (None), with those of new namespaces, where a policy
    governs several: it may govern new ones too."""
    policies = context.cluster.policies
    found = _homes(policies)
    if not all(isinstance(home, str) for home in found):
        yield None, context.policies
        return
    pipes = [apart(pipe) for pipe in (policies.ingress, policies.egress)]
    for home in sorted(home for home in found if isinstance(home, str)):
        ingress, egress = (pipe.get(home, rest) for pipe, rest in pipes)
        yield home, PolicySet(ingress, egress, policies.objects)


def _homes(policies: PolicySet) -> set[_Home]:
    found: set[_Home] = set()
    for pipe in (policies.ingress, policies.egress):
        for stage in pipe.stages:
            found |= {who.namespace for who in stage.applies or ()}
            found |= {r.selects.namespace for b in stage.blocks() for r in b.rungs if r.selects is not None}
    return found


def apart(pipe: Pipe) -> tuple[Mapping[_Home, Pipe], Pipe]:
    """The pipe of each home that it says something of, and that of all others. Policies of several namespaces are of a
    home of their own."""
    stages = [_stages(stage) for stage in pipe.stages]
    found = {home for some, _ in stages for home in some}
    rest = Pipe(tuple(rest for _, rest in stages), pipe.final)
    return {home: Pipe(tuple(some.get(home, rest) for some, rest in stages), pipe.final) for home in found}, rest


def _stages(stage: Stage) -> tuple[Mapping[_Home, Stage], Stage]:
    whom: dict[_Home, list[Selects]] = {}
    for who in stage.applies or ():
        whom.setdefault(who.namespace, []).append(who)
    parts = [_parts(part) for part in stage.body]
    found = dict.fromkeys((*whom, *(home for some, _ in parts for home in some)))

    def of(home: _Home, named: bool = True) -> Stage:
        applies = None if stage.applies is None else tuple(whom.get(home, ()) if named else ())
        body = tuple(part for some, rest in parts if (part := some.get(home, rest) if named else rest) is not None)
        return Stage(stage.name, applies, body, stage.end, stage.room)

    return {home: of(home) for home in found}, of(None, named=False)


def _parts(part: Block | Tie) -> tuple[Mapping[_Home, Block | Tie], Block | Tie | None]:
    """What of the part speaks of each home, and what of any other (None: nothing). A tie is of blocks with rungs."""
    blocks = [_blocks(block) for block in (part.blocks if isinstance(part, Tie) else (part,))]
    found = dict.fromkeys(home for some, _ in blocks for home in some)

    def joined(left: Sequence[Block]) -> Block | Tie | None:
        return Tie(tuple(left)) if len(left) > 1 else left[0] if left else None

    mine = {home: joined([b for some, rest in blocks if (b := some.get(home, rest)).rungs]) for home in found}
    return {home: part for home, part in mine.items() if part is not None}, joined([r for _, r in blocks if r.rungs])


def _blocks(block: Block) -> tuple[Mapping[_Home, Block], Block]:
    """Rungs of no policy are of every home."""
    by_home: dict[_Home, _Rungs] = {}
    common: _Rungs = []
    for place, rung in enumerate(block.rungs):
        (common if rung.selects is None else by_home.setdefault(rung.selects.namespace, [])).append((place, rung))

    def of(some: Iterable[tuple[int, Rung]]) -> Block:
        return Block(tuple(rung for _, rung in some))

    return {home: of(merge(some, common, key=lambda item: item[0])) for home, some in by_home.items()}, of(common)
