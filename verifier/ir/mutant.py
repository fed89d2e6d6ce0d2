"""Policies as they would be with one line of them another: what `coverage` holds the properties against."""

from enum import StrEnum

from msgspec import Struct

from verifier.ir.origin import Origin
from verifier.ir.policy import Block, Citation, Direction, Pipe, PolicySet, Rung, Selects, Stage


class Sort(StrEnum):
    """What is done to a line."""

    POLICY = "without the policy"
    RULE = "without a rule"
    PEER = "without a peer"
    PORT = "without a port"
    ANY_PEER = "for any peer"
    ANY_PORT = "on any port"
    REQUIREMENT = "without a requirement"
    CIDR = "a wider block"
    EXCEPT = "without an except"
    TYPE = "without a policy type"
    ACTION = "another action"
    PRIORITY = "another priority"
    ISOLATION = "with a default deny"


class Edit(Struct, frozen=True):
    """One line of a policy, and what becomes of it. text: in a few words. origin: where the line stands; None: nowhere,
    since it would be new."""

    sort: Sort
    policy: Citation
    text: str
    origin: Origin | None

    @property
    def is_new(self) -> bool:
        """True iff nothing of it is written: `origin` is only where it could be."""
        return self.sort is Sort.ISOLATION


class Mutant(Struct, frozen=True):
    """What the policies would be after an edit. alone: `policies` are what the policy of the edit says by itself, if
    anything; it stands in stages in which the order makes no difference, so that the others stay as they are. Else they
    are all that there are."""

    edit: Edit
    policies: PolicySet
    alone: bool


def place_of(citation: Citation) -> tuple[int, object]:
    """What tells a policy from every other one: where its selection stands. Names do not, where they are generated."""
    origin = citation.origin
    return (0, str(citation)) if origin is None else (id(origin.document), origin.path)


def applied(policies: PolicySet, mutant: Mutant) -> PolicySet:
    """All policies after the edit, those of `policies` before."""
    if not mutant.alone:
        return mutant.policies
    gone = place_of(mutant.edit.policy)
    pipes = (_applied(policies.pipe(d), mutant.policies.pipe(d), gone) for d in Direction)
    ingress, egress = pipes
    objects = tuple(each for each in policies.objects if place_of(each) != gone) + mutant.policies.objects
    idle = tuple(each for each in policies.idle if place_of(each.citation) != gone) + mutant.policies.idle
    return PolicySet(ingress, egress, objects, idle, policies.scheme)


def _applied(pipe: Pipe, alone: Pipe, gone: tuple[int, object]) -> Pipe:
    more = {stage.name: stage for stage in alone.stages}
    return Pipe(tuple(_replaced(stage, more.get(stage.name), gone) for stage in pipe.stages), pipe.final)


def _replaced(stage: Stage, alone: Stage | None, gone: tuple[int, object]) -> Stage:
    """The stage with what `alone` says instead of what the policy at `gone` does."""
    kept = stage.kept(lambda who: place_of(who.citation) != gone)
    if alone is None or kept.applies is None:
        return kept
    applies = (*kept.applies, *selections_of(alone))
    if not kept.body:
        return Stage(kept.name, applies, (), kept.end, kept.room)
    *first, last = kept.body
    assert isinstance(last, Block)
    return Stage(kept.name, applies, (*first, Block((*last.rungs, *rungs_of(alone)))), kept.end, kept.room)


def selections_of(stage: Stage) -> tuple[Selects, ...]:
    """By which a stage applies."""
    return stage.applies or ()


def rungs_of(stage: Stage) -> tuple[Rung, ...]:
    """Those that are of a policy, in their order."""
    return tuple(rung for block in stage.blocks() for rung in block.rungs if rung.selects is not None)
