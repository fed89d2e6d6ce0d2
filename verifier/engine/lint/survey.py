"""All rules and policies of a cluster that never decide: of each namespace for itself, of each kind of these once.

What a policy that governs several namespaces is lost to can be in any of them, so these are asked among all policies.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from verifier.encoding.reach import rule_of
from verifier.engine.lint.homes import homes, policies_of
from verifier.engine.lint.kinds import Kinds
from verifier.engine.lint.unreachable import Judge, Unreachable
from verifier.engine.problem.pipeshape import Key
from verifier.engine.problem.problem import Context
from verifier.engine.results.check import Stats
from verifier.engine.solve.asker import Asker
from verifier.ir.policy import Citation, Direction, Pipe
from verifier.smt.solver import Limits


class Reachability(Struct, frozen=True):
    """lost: everything that never decides. rules: of that the rules, and `idle` the policies, that are lost to all pods
    that could exist."""

    lost: tuple[Unreachable, ...] = ()
    rules: frozenset[tuple[Citation, str]] = frozenset()
    idle: frozenset[Citation] = frozenset()


def survey(context: Context, limits: Limits, asked: list[Stats] | None = None) -> Reachability:
    """What never decides; nothing where there are no tiers. asked: gets what the questions came to. Raises Undecided
    where the solver cannot say."""
    found: list[Unreachable] = []
    alive: set[Citation] = set()
    kinds = Kinds(context)
    for direction in Direction:
        stages = context.policies.pipe(direction).stages
        ordered = frozenset(stage.name for stage in stages if stage.is_tier)
        if not ordered:
            alive |= {who.citation for stage in stages for who in stage.applies or ()}
            continue
        known: dict[Key, Sequence[int]] = {}
        first: Asker | None = None
        for home in homes(context):
            pipe = _until(home.policies.pipe(direction), home.mine)
            policies, grouping = _grouped(pipe)
            if home.mine.isdisjoint(policies):
                continue
            key = (*kinds.key(home.name, pipe, direction), grouping)
            if key in known:
                alive |= {policies[number] for number in known[key]}
                continue
            problem = kinds.scene(home.name, pipe, direction, f"what never decides: {direction}")
            judge = Judge.of(problem, direction, ordered, home.mine, limits, first)
            first = first or judge.asker
            lost, living = _sorted_out(judge)
            found += lost
            alive |= living
            if not lost:
                known[key] = [number for number, policy in enumerate(policies) if policy in living]
            if asked is not None:
                asked.append(judge.asker.stats())
    lost_rules = {(each.policy, each.rule) for each in found if each.rule is not None and not each.elsewhere}
    return Reachability(tuple(found), frozenset(lost_rules), frozenset({each.policy for each in found} - alive))


def _sorted_out(judge: Judge) -> tuple[list[Unreachable], set[Citation]]:
    """What is lost of the ways asked about, and the policies of which something is not."""
    judged = list(judge.ways())
    speaking = {way.policy for way, lost in judged if way.rule is not None and lost is None}
    found = [lost for way, lost in judged if lost is not None and (way.rule is not None or way.policy not in speaking)]
    return found, {way.policy for way, lost in judged if lost is None or lost.elsewhere}


def _until(pipe: Pipe, mine: frozenset[Citation]) -> Pipe:
    """The pipe up to the last stage in which one of these policies says something: what comes after it makes no
    difference to whether they are reached."""
    last = max(
        (number for number, stage in enumerate(pipe.stages) if not mine.isdisjoint(policies_of(stage))), default=0
    )
    return replace(pipe, stages=pipe.stages[: last + 1])


def _grouped(pipe: Pipe) -> tuple[Sequence[Citation], tuple[int, ...]]:
    """The policies of a pipe in order, and of which rule of which of them each selection and each rung is, by number:
    with their kind, that makes ways of the rungs."""
    numbers: dict[object, int] = {}
    policies: dict[Citation, None] = {}
    grouping = []
    for stage in pipe.stages:
        for who in stage.applies or ():
            policies[who.citation] = None
            grouping.append(numbers.setdefault(who.citation, len(numbers)))
        for rung in (rung for block in stage.blocks() for rung in block.rungs):
            policy = rung.citation if rung.selects is None else rung.selects.citation
            policies[policy] = None
            grouping += [numbers.setdefault(each, len(numbers)) for each in (policy, (policy, rule_of(rung)))]
    return tuple(policies), tuple(grouping)
