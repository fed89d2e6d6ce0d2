"""Whether a change of NetworkPolicies can have opened anything: quick, since a webhook asks it of every request.

Of every connection that turns one end is in a namespace whose policies changed. Policies of other namespaces decide
about the other end, alike on both sides, and can only take from what turns: what is not wider without them is not wider
with them. So the policies of these namespaces are compared and no others, first by their form and then by the solver.
"""

from collections.abc import Collection, Mapping

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.diff.comparison import Comparison
from verifier.engine.precheck.prepare import Given, Pods, lifted, prepare
from verifier.engine.problem.athome import cut_down
from verifier.engine.problem.declared import World
from verifier.engine.problem.pairing import pair_scenes
from verifier.engine.problem.problem import Context
from verifier.engine.problem.shapes import Shapes
from verifier.engine.problem.slicing import slice_policies
from verifier.engine.problem.variants import for_formulas
from verifier.ir.cluster import Cluster
from verifier.ir.pods import PodPeer
from verifier.ir.policy import FALSE, Action, Direction, Formula, Pipe, PolicySet, Selects
from verifier.smt.limits import Limits

_NO_LIMITS = Limits()
_PLAIN = "NetworkPolicy"
"""The stage of the policies that only allow, and only for pods of their own namespace."""
_Sides = tuple[PolicySet, PolicySet]


def may_be_wider(
    worlds: tuple[World, World],
    homes: Collection[str],
    switches: Mapping[str, str] | None = None,
    limits: Limits = _NO_LIMITS,
    mine: _Sides | None = None,
) -> bool:
    """False only if the second world allows nothing that the first does not, whatever the open switches are; quick
    where both hold the same but for NetworkPolicies of the namespaces `homes`, and there are no policies of other
    kinds. mine: all policies of `homes` on either side, where somebody has them and knows that no others are of other
    kinds. The worlds are those of which `check` or `compare` says that all is well with them. Raises Undecided."""
    old, new = (world.cluster for world in worlds)
    fields = (name for name in Cluster.__struct_fields__ if name != "policies")
    if any(getattr(old, name) is not getattr(new, name) for name in fields) or old.asks_accounts:
        return True
    if worlds[0].universe.templates.objects:
        return True
    if mine is None:
        if not all(_only_networkpolicies(side.policies) for side in (old, new)):
            return True
        select = dict.fromkeys(Direction, (PodPeer(names=frozenset(homes)),))
        mine = slice_policies(old.policies, select), slice_policies(new.policies, select)
    if is_narrower_by_form(*mine):
        return False
    contexts = _contexts(worlds, mine, homes, switches, limits)
    problem = pair_scenes(contexts[0], contexts[1], FALSE, "comparison", forgets=True)
    if problem is None:
        return False
    comparison = Comparison(problem, limits)
    # Under no setting of the open switches, if not where these are left to the solver.
    return comparison.can_be(comparison.pair.goals.added)


def _contexts(
    worlds: tuple[World, World],
    mine: _Sides,
    homes: Collection[str],
    switches: Mapping[str, str] | None,
    limits: Limits,
) -> tuple[Context, Context]:
    universe, small = lifted(worlds[0].universe, worlds[:1]), cut_down(worlds[0], mine, homes)
    sides = [replace(worlds[0].cluster if small is None else small, policies=policies) for policies in mine]
    # That a pod can exist is known of the whole.
    old, new = prepare([Given(side) for side in sides], universe, switches, limits, Pods.FOUND)
    if small is None:
        old, new = for_formulas(old, new, (FALSE,), foreign=not universe.other_pods)
    return old, new


def _only_networkpolicies(policies: PolicySet) -> bool:
    stages = [stage for direction in Direction for stage in policies.pipe(direction).stages]
    return not policies.scheme and not policies.variants and all(stage.name == _PLAIN for stage in stages)


# By form


def is_narrower_by_form(old: PolicySet, new: PolicySet) -> bool:
    """True only if `new`, of NetworkPolicies, selects whom `old` does, perhaps more, and each rule of it lets through
    what some rule of `old` does, perhaps less: whoever is isolated stays so, and nothing else gets through."""
    shapes = Shapes()
    return all(_is_narrower(old.pipe(direction), new.pipe(direction), shapes) for direction in Direction)


class _Parts(Struct, frozen=True):
    """What a pipe of nothing but NetworkPolicies says: whom they select, their rules, and what is of no policy."""

    selected: tuple[Selects, ...] = ()
    rules: tuple[tuple[Selects, Formula], ...] = ()
    common: tuple[tuple[int, Action], ...] = ()


def _is_narrower(old: Pipe, new: Pipe, shapes: Shapes) -> bool:
    before, after = _parts(old, shapes), _parts(new, shapes)
    if before is None or after is None:
        return False
    if not before.selected:
        return True  # it let everything through
    if before.common != after.common:  # of what is of no policy it is known only that the same does the same
        return False
    kept = {(who.namespace, shapes.of(who.pods)) for who in after.selected}
    known = {(who.namespace, shapes.of(who.pods), shapes.of(guard)) for who, guard in before.rules}
    isolated = all(
        (who.namespace, shapes.of(who.pods)) in kept or any(_is_among(who, other, shapes) for other in after.selected)
        for who in before.selected
    )
    return isolated and all(
        (who.namespace, shapes.of(who.pods), shapes.of(guard)) in known
        or any(_is_among(who, other, shapes) and shapes.implies(guard, more) for other, more in before.rules)
        for who, guard in after.rules
    )


def _is_among(who: Selects, other: Selects, shapes: Shapes) -> bool:
    """True only if the other selection has all that the one has."""
    return who.namespace == other.namespace and shapes.implies(who.pods, other.pods)


def _parts(pipe: Pipe, shapes: Shapes) -> _Parts | None:
    """None where the pipe says anything else."""
    if not pipe.stages:
        return _Parts()
    first, *more = pipe.stages
    if more or pipe.final is not Action.ALLOW or first.name != _PLAIN or first.end is not Action.DENY:
        return None
    rungs = [rung for block in first.blocks() for rung in block.rungs]
    own = [rung for rung in rungs if rung.selects is not None]
    common = rungs[: len(rungs) - len(own)]  # they come before
    if first.applies is None or any(r.selects is not None for r in common):
        return None
    if any(rung.action is not Action.ALLOW for rung in own):
        return None
    return _Parts(
        first.applies,
        tuple((rung.selects, rung.guard) for rung in own if rung.selects is not None),
        tuple((shapes.of(rung.guard), rung.action) for rung in common),
    )
