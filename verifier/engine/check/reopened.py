"""That pods are isolated says that nothing is allowed which no policy allows; not that no policy allows everything."""

from collections.abc import Iterator

from verifier.engine.check.suggest import selector_of
from verifier.engine.problem.problem import Context
from verifier.ir.labels import EVERYTHING, Operator, Selector, simplest
from verifier.ir.pods import PodPeer, is_in
from verifier.ir.policy import TRUE, Action, Direction, Selects
from verifier.ir.property import Isolated
from verifier.ir.prose import listed

_MOST = 3


def reopened(context: Context, claim: Isolated) -> tuple[str, ...]:
    """A note that names the policies which let everything through again, in a direction in which pods of the claim are
    isolated; none, where there are no such."""
    found: dict[str, dict[Direction, None]] = {}
    for direction in Direction:
        if direction in claim.directions:
            for who in _open(context, direction):
                if claim.pods is None or any(isinstance(p, PodPeer) and _may_be(p, who, context) for p in claim.pods):
                    found.setdefault(str(who.citation), {})[direction] = None
    if not found:
        return ()
    named = listed((f"{policy} allows all {' and '.join(ways)}" for policy, ways in found.items()), _MOST, "; ")
    return (f"isolated, and yet {named} of the pods that it selects",)


def _open(context: Context, direction: Direction) -> Iterator[Selects]:
    """Whom rules select that allow everything, and that have no order."""
    for stage in context.policies.pipe(direction).stages:
        if not stage.is_tier:
            for block in stage.blocks():
                for rung in block.rungs:
                    if rung.selects is not None and rung.action is Action.ALLOW and rung.guard == TRUE:
                        yield rung.selects


def _may_be(peer: PodPeer, who: Selects, context: Context) -> bool:
    """False only if the peer surely means none of the pods that are selected."""
    home = context.world.declared.get(who.namespace) if isinstance(who.namespace, str) else None
    if home is not None and is_in(home, peer) is False:
        return False
    both = simplest(Selector(peer.pods.requirements | (selector_of(who) or EVERYTHING).requirements))
    return not any(r.operator is Operator.IN and not r.values for r in both)  # no label has none of all values
