"""How far connections get on their way through the stages of one direction (docs/semantics.md 4.3, 4.4, 8): which rules
they meet, and which of these can decide.

Stages that always speak are tiers: their rules are asked in order. A stage that speaks of selected pods only (that of
NetworkPolicies) decides about them whatever its rules say, which commute.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby

from msgspec import Struct

from verifier.encoding.formulas import Encoder, View
from verifier.encoding.pipes import (
    Results,
    applies,
    block_results,
    dropped,
    fires,
    is_doubtful,
    is_doubtful_whom,
    own_node,
    part_results,
)
from verifier.encoding.preamble import opened
from verifier.encoding.problem import Problem
from verifier.encoding.removal import selection
from verifier.encoding.variables import World
from verifier.ir.origin import Origin
from verifier.ir.policy import Action, Block, Citation, Direction, NewNamespaces, Rung, Stage, Tie
from verifier.smt.script import FALSE, TRUE, Script, conj, disj, implies, neg


class Way(Struct, frozen=True):
    """A rule, or (`rule` None) a selection by which a policy isolates, and literals to assume for a connection ..

    tier: of a stage whose order matters.
    met: that it speaks of. alone: and that the rules before it in its policy may leave to it. within: and whatever
    comes before it in its stage. below: and the tiers before its stage. last: and NetworkPolicies, where they do.
    below_here, last_here: the same of a subject in a declared namespace. aside: as `below`, with nodes and hostNetwork
    pods, which otherwise do not count for stages that are no tiers unless the universe covers nodes.
    otherwise: that it speaks of, and about which a rule before it in its policy may say something else.
    quiet: that it does not surely speak of.
    """

    stage: str
    tier: bool
    policy: Citation
    rule: str | None
    citation: Citation
    action: Action
    rungs: tuple[Rung, ...]
    goals: Mapping[str, str]


class Reach(Struct, frozen=True):
    script: Script
    world: World
    ways: tuple[Way, ...]


class _Terms(Struct, frozen=True):
    """The terms of a way, before they are literals. surely: that it surely speaks of."""

    met: str
    surely: str
    alone: str
    within: str
    otherwise: str = FALSE


class _Found(Struct, frozen=True):
    """A way without literals."""

    policy: Citation
    rule: str | None
    citation: Citation
    action: Action
    rungs: tuple[Rung, ...]
    terms: _Terms


def encode_reach(problem: Problem, direction: Direction, ordered: Collection[str], mine: Collection[Citation]) -> Reach:
    """The script of one direction of the problem's policies. ordered: the names of stages that are tiers, whether or
    not these policies say something there that hangs on their order (`Stage.is_tier`). mine: the policies whose ways
    are asked about; of all others they are `quiet` only."""
    encoder, views = opened(problem)
    script, world = encoder.script, encoder.world
    view = views[direction]
    vocabulary = world.vocabulary
    here = encoder.in_namespaces(view.subject, (n.name for n in vocabulary.namespaces[: vocabulary.declared]))
    asked = governed(encoder, view)
    ends = (world.source, world.destination)
    ordinary = TRUE if problem.universe.nodes else conj(neg(encoder.nodelike(end)) for end in ends)
    stages = problem.policies.pipe(direction).stages
    tiers = [stage.name in ordered for stage in stages]
    passed = [leaves(encoder, stage, view) for stage in stages]
    ways: list[Way] = []
    for number, stage in enumerate(stages):
        below = conj(p for is_tier, p in zip(tiers[:number], passed, strict=False) if is_tier)
        last = conj(passed[:number])
        for found in _tiered(encoder, stage, view) if tiers[number] else _selected(encoder, stage, view):
            said = found.terms
            goals = {"quiet": script.goal(f"goal.quiet.{len(ways)}", neg(said.surely))}
            if found.policy in mine:
                terms = {
                    "met": said.met,
                    "alone": said.alone,
                    "within": said.within,
                    "below": conj((said.within, below)),
                    "last": conj((said.within, last)),
                    "below_here": conj((said.within, below, here)),
                    "last_here": conj((said.within, last, here)),
                    "otherwise": said.otherwise,
                }
                asked_here = asked if tiers[number] else conj((asked, ordinary))
                goals |= {n: script.goal(f"goal.{n}.{len(ways)}", conj((asked_here, t))) for n, t in terms.items()}
                goals["aside"] = script.goal(f"goal.aside.{len(ways)}", conj((asked, terms["below"])))
            ways.append(
                Way(
                    stage.name, tiers[number], found.policy, found.rule, found.citation, found.action,
                    found.rungs, goals,
                )
            )  # fmt: skip
    return Reach(script, world, tuple(ways))


def governed(encoder: Encoder, view: View) -> str:
    """True iff the policies are asked at all: the subject is a pod, and the peer is not its own node (1.3)."""
    return conj((encoder.podlike(view.subject), neg(own_node(view, encoder)), neg(dropped(view, encoder))))


def leaves(encoder: Encoder, stage: Stage, view: View) -> str:
    """True iff the stage may leave the connection to what comes after."""
    found = TRUE if stage.end is Action.NEXT else FALSE
    for part in reversed(stage.body):
        results = part_results(encoder, part, view, stage.name)
        found = disj((results.next, conj((results.none, found))))
    speaks = applies(encoder, stage, surely(encoder, stage, view))
    return encoder.script.define(f"{view.name}: {stage.name} leaves it", disj((neg(speaks), found)))


def surely(encoder: Encoder, stage: Stage, view: View) -> View:
    """The view in which the stage surely speaks of the subject; the same view where nobody doubts it."""
    return view.sure() if is_doubtful_whom(encoder, stage) else view


def surely_leaves(encoder: Encoder, stage: Stage, view: View) -> str:
    """True iff the stage leaves the connection to what comes after, whatever a tie or an unknown comes to."""
    found = TRUE if stage.end is Action.NEXT else FALSE
    for part in reversed(stage.body):
        results = part_results(encoder, part, view, stage.name)
        found = conj((neg(results.allow), neg(results.deny), implies(results.none, found)))
    return disj((neg(applies(encoder, stage, view)), found))


def rule_of(rung: Rung) -> str:
    """The rule that the rung is one peer of: `ingress[0]`."""
    return (rung.citation.rule or "").partition(".")[0]


def whole_rule(citation: Citation) -> Origin | None:
    """The rule that a citation of one of its peers stands in."""
    if citation.origin is None or "." not in (citation.rule or ""):
        return citation.origin
    return Origin(citation.origin.document, citation.origin.path[:-2])


def _tiered(encoder: Encoder, stage: Stage, view: View) -> Iterator[_Found]:
    """The rules of a tier, in order, and before them the selections by which it applies and ends in something else than
    Next; those of new namespaces, which no manifest shows, are left out."""
    if stage.end is not Action.NEXT:
        yield from _selections(encoder, stage, view)
    speaks = applies(encoder, stage, view)
    surely_speaks = applies(encoder, stage, surely(encoder, stage, view))
    before = speaks
    for part in stage.body:
        blocks = part.blocks if isinstance(part, Tie) else (part,)
        results = [block_results(encoder, block, view, stage.name) for block in blocks]
        for number, block in enumerate(blocks):
            for rule in _rules(encoder, block, view):
                first = rule.rungs[0]
                if not _is_shown(first, stage):
                    continue
                chosen = _chosen(encoder, results, number, first.action) if isinstance(part, Tie) else TRUE
                terms = _Terms(
                    conj((rule.fired, speaks)),
                    conj((rule.surely, surely_speaks)),
                    conj((rule.alone, speaks)),
                    conj((rule.alone, rule.reached, before, chosen)),
                    conj((rule.otherwise, speaks)),
                )
                yield _Found(_policy(first), rule_of(first), first.citation, first.action, rule.rungs, terms)
        before = conj((before, part_results(encoder, part, view, stage.name).none))


def _is_shown(rung: Rung, stage: Stage) -> bool:
    """True iff a manifest shows the rung as one of a policy: not those of new namespaces, nor what a reader adds to the
    policies of a stage that selects, nor what several policies say together."""
    if rung.joint:
        return False
    if rung.selects is None:
        return stage.applies is None
    return not isinstance(rung.selects.namespace, NewNamespaces)


def _policy(rung: Rung) -> Citation:
    return rung.selects.citation if rung.selects is not None else rung.citation


class _Rule(Struct, frozen=True):
    """The rungs of a rule, and terms. fired: one of them may fire. surely: one surely does. alone: one may, and none of
    a rule before in its policy surely does. reached: nor one of another policy before it in the block. otherwise: one
    may, and one of a rule before in its policy may come first, with another action."""

    rungs: tuple[Rung, ...]
    fired: str
    surely: str
    alone: str
    reached: str
    otherwise: str


def _rules(encoder: Encoder, block: Block, view: View) -> Iterator[_Rule]:
    """The rules of a block in order."""
    several = len({_policy(rung) for rung in block.rungs}) > 1
    reached = TRUE
    alive: dict[Citation, str] = {}
    earlier: dict[Citation, dict[Action, str]] = {}
    for (policy, _, action), same in groupby(block.rungs, key=lambda r: (_policy(r), rule_of(r), r.action)):
        run = tuple(same)
        fired = fires(encoder, run, view)
        certain = fires(encoder, run, view.sure()) if is_doubtful(encoder, run) else fired
        mine, left = earlier.setdefault(policy, dict.fromkeys(Action, FALSE)), alive.get(policy, TRUE)
        others = disj(term for other, term in mine.items() if other is not action)
        yield _Rule(run, fired, certain, conj((left, fired)), reached, conj((fired, others)))
        mine[action] = disj((mine[action], conj((left, fired))))
        alive[policy] = conj((left, neg(certain)))
        reached = conj((reached, neg(certain))) if several else TRUE


def _chosen(encoder: Encoder, blocks: Sequence[Results], number: int, action: Action) -> str:
    """True iff, of a tie, the block may be the one that applies when it comes to `action` (4.4)."""
    others = [block for i, block in enumerate(blocks) if i != number]
    ways = {
        "any": TRUE,
        "by_name": conj(block.none for block in blocks[:number]),
        "deny_first": conj(_yields(block, action) for block in others),
    }
    return disj(conj((encoder.switch_is("same_priority", way), term)) for way, term in ways.items())


def _yields(block: Results, action: Action) -> str:
    """True iff a block may come to nothing that goes before `action`: deny, then allow, then pass."""
    match action:
        case Action.DENY:
            return TRUE
        case Action.ALLOW:
            return disj((block.allow, block.next, block.none))
        case Action.NEXT:
            return disj((block.next, block.none))


def _selected(encoder: Encoder, stage: Stage, view: View) -> Iterator[_Found]:
    """The selections of a stage, and the rules of its policies, whose order makes no difference; those of new
    namespaces, which no manifest shows, are left out."""
    yield from _selections(encoder, stage, view)
    rungs = [
        rung
        for block in stage.blocks()
        for rung in block.rungs
        if rung.selects is not None and not isinstance(rung.selects.namespace, NewNamespaces)
    ]
    for _, same in groupby(rungs, key=lambda r: (r.selects and r.selects.citation, rule_of(r))):
        run = tuple(same)
        first, term = run[0], fires(encoder, run, view)
        assert first.selects is not None
        sure = fires(encoder, run, view.sure()) if is_doubtful(encoder, run) else term
        terms = _Terms(term, sure, term, term)
        yield _Found(first.selects.citation, rule_of(first), first.citation, first.action, run, terms)


def _selections(encoder: Encoder, stage: Stage, view: View) -> Iterator[_Found]:
    """The selections by which a stage applies."""
    for who in stage.applies or ():
        if not isinstance(who.namespace, NewNamespaces):
            selected = selection(who)
            term = encoder.term(selected, view)
            sure = encoder.term(selected, view.sure()) if encoder.has_havoc(selected) else term
            yield _Found(who.citation, None, who.citation, stage.end, (), _Terms(term, sure, term, term))
