"""The policies of two sets as one: of a cluster, and of what its new namespaces get."""

from verifier.errors import InternalError, UsageError
from verifier.ir.policy import CROWDED, Pipe, PolicySet, Stage


def merge(first: PolicySet, second: PolicySet) -> PolicySet:
    """The policies of both, stage by stage (stages of one name are joined), in the scheme of the first. Raises
    InternalError where the second is not known in that scheme, or where it would matter which policies of a stage come
    first: nobody has said; UsageError where that is up to the user."""
    second = _in_scheme(second, first.scheme)
    return PolicySet(
        _merge(first.ingress, second.ingress),
        _merge(first.egress, second.egress),
        first.objects + second.objects,
        first.idle + second.idle,
        first.scheme,
    )


def _in_scheme(policies: PolicySet, scheme: str) -> PolicySet:
    if policies.scheme == scheme or not policies.objects:
        return policies
    found = next((each for each in policies.variants if each.scheme == scheme), None)
    if found is None:
        raise InternalError(f"policies in the stages of {policies.scheme or 'Kubernetes'}, wanted in those of {scheme}")
    return found


def _merge(first: Pipe, second: Pipe) -> Pipe:
    """A stage that only `second` has comes after the one it comes after there."""
    nothing = Pipe(())
    if nothing in (first, second):
        return second if first == nothing else first
    if first.final is not second.final:
        raise InternalError(f"two pipes end in {first.final} and in {second.final}")
    merged = list(first.stages)
    at = 0
    for stage in second.stages:
        found = next((i for i, mine in enumerate(merged) if mine.name == stage.name), None)
        if found is None:
            merged.insert(at, stage)
        else:
            at = found
            merged[at] = _join(merged[at], stage)
        at += 1
    return Pipe(tuple(merged), first.final)


def _join(stage: Stage, more: Stage) -> Stage:
    if stage.end is not more.end:
        raise InternalError(f"two stages called {stage.name} end in {stage.end} and in {more.end}")
    applies = None if stage.applies is None or more.applies is None else stage.applies + more.applies
    both_speak = all(any(b.rungs for b in each.blocks()) for each in (stage, more))
    if stage.room == CROWDED and any(rung.selects is not None for block in more.blocks() for rung in block.rungs):
        where = f"policies of new namespaces (newNamespacesGet) have the place of others in the {stage.name}"
        raise UsageError(f"{where}, and nobody says which come first", "give those another order")
    if both_speak and (more.is_ordered or (stage.is_ordered and stage.room is None)):
        raise InternalError(f"nobody says which policies of the stage {stage.name} come first")
    room = len(stage.body) if stage.room in (None, CROWDED) else stage.room
    return Stage(stage.name, applies, (*stage.body[:room], *more.body, *stage.body[room:]), stage.end, stage.room)
