"""inert-policy, inert-rule, redundant-policy, redundant-rule, shadowed-peer: what can go, and nothing changes; and
dead-peer, where the peer cannot exist.

Asked of the solver, for every connection of the universe and under every setting of the open switches. A line can only
be covered by what governs the same pods in the same direction, so each namespace and direction is a script of its own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from msgspec import Struct, field

from verifier.encoding.removal import Part, Removal, encode_removal
from verifier.engine.lint.naming import naming, reason
from verifier.engine.lint.reading import LintContext
from verifier.engine.lint.unreachable import Reachability
from verifier.engine.problem.problem import Context, scene_of
from verifier.engine.results.lint import LintFinding
from verifier.engine.solve.asker import Asker
from verifier.errors import Severity
from verifier.ir.origin import Origin
from verifier.ir.policy import Action, Citation, Direction, NewNamespaces, Pipe, PolicySet, Rung, Selects
from verifier.ir.prose import listed
from verifier.smt.solver import Limits

_Home = str | NewNamespaces | None


def smells(look: LintContext) -> Iterator[LintFinding]:
    """Policies first; of a policy that can go its rules are not mentioned, nor of a rule its peers. Nor is what never
    decides in a cluster with tiers (never-reached-rule, shadowed-by-tier)."""
    named = naming(look.context)
    templates = frozenset(look.context.universe.templates.objects)
    for legs in _groups(look):
        whole = not look.context.cluster.passed_over
        yield from _Group(legs, look.survey, named, templates, whole).smells()
        look.asked.extend(leg.asker.stats() for leg in legs.values())


class _Leg(Struct):
    """One direction of the policies of one namespace, ready to be asked what can go. `gone`: what was taken away."""

    direction: Direction
    removal: Removal
    asker: Asker
    gone: set[str] = field(default_factory=set)

    def parts(self, policy: Citation, rule: str | None = None) -> tuple[Part, ...]:
        """The parts of a policy, or of one of its rules or peers."""
        mine = [p for p in self.removal.parts if p.policy == policy]
        if rule is None:
            return tuple(mine)
        return tuple(p for p in mine if p.is_rung and _is_within(p.citation.rule or "", rule))

    def can_be(self, goal: str, literals: Sequence[str] = ()) -> bool:
        return self.asker.sure(goal, *literals)

    def is_met(self, parts: Iterable[Part]) -> bool:
        """True iff some connection of the universe meets one of the parts."""
        return any(self.can_be(part.met) for part in parts)

    def can_go(self, parts: Iterable[Part], besides: Iterable[str] = ()) -> bool:
        """True iff the leg says the same of every connection without `parts` (and without what is gone besides)."""
        away = {part.present for part in parts} | set(besides)
        signs = [f"!{p.present}" if p.present in away else p.present for p in self.removal.parts]
        return not self.can_be(self.removal.changed, signs)

    def covered_by(self, parts: Sequence[Part]) -> tuple[Part, ...]:
        """The parts of the same sort, and of the same action, that match all that `parts` match, as few as can be;
        none, where there are no such."""
        found: dict[str, Part] = {}
        for part in parts:
            others = [
                p for p in self.removal.parts if (p.is_rung, p.action) == (part.is_rung, part.action) and p not in parts
            ]
            if self.can_be(part.met, [p.unmet for p in others]):
                return ()
            core = self.asker.core()
            needed = [p for p in others if p.unmet in core]
            for other in reversed(needed):
                rest = [p for p in needed if p is not other]
                if not self.can_be(part.met, [p.unmet for p in rest]):
                    needed = rest
            found |= {p.present: p for p in needed}
        return tuple(found.values())


class _Group(Struct, frozen=True):
    """The policies of one namespace, in both directions. naming: what must stay for what it names. templates: policies
    of new namespaces, of which nothing can go, as they are none of the manifests. whole: all policies were read; else
    what can exist is still known, and what changes nothing is not."""

    legs: Mapping[Direction, _Leg]
    survey: Reachability
    naming: frozenset[Citation]
    templates: frozenset[Citation]
    whole: bool = True

    def smells(self) -> Iterator[LintFinding]:
        self._take_lost()
        for policy in self._policies():
            if policy in self.survey.idle:
                continue
            found = self._policy(policy)
            if found is not None:
                yield found
                continue
            for leg in self.legs.values():
                yield from self._rules(leg, policy)

    def _take_lost(self) -> None:
        """Takes away what never decides, which others of the report may be about: who removes it must not be told that
        what it was lost to can be removed as well."""
        for policy, rule in sorted(self.survey.rules, key=str):
            for direction, leg in self.legs.items():
                mine = leg.parts(policy, rule)
                if mine:
                    self._take({direction: mine})

    def _policies(self) -> list[Citation]:
        found = {p.policy for leg in self.legs.values() for p in leg.removal.parts} - self.templates
        return sorted(found, key=lambda policy: (policy.namespace or "", policy.name, policy.kind))

    def _policy(self, policy: Citation) -> LintFinding | None:
        parts = {leg.direction: leg.parts(policy) for leg in self.legs.values()}
        if not all(leg.can_go(parts[direction]) for direction, leg in self.legs.items()):
            return None
        subjects = [p for some in parts.values() for p in some if not p.is_rung]
        if subjects and not any(leg.is_met(p for p in parts[d] if not p.is_rung) for d, leg in self.legs.items()):
            message = f"{policy} does nothing: it selects no pod that could exist"
            why = ["its selector contradicts itself, or the universe rules such pods out"]
            why += reason(policy, None, self.naming)
            return LintFinding("inert-policy", Severity.ERROR, message, policy, policy.origin, tuple(why))
        if policy in self.naming or not self.whole:
            return None
        jointly = self._take(parts)
        message = f"{policy} changes nothing: without it the same is allowed, for every pod that could exist"
        return LintFinding("redundant-policy", Severity.WARNING, message, policy, policy.origin, (
            *self._why(parts), _advice(jointly, "policy"),
        ))  # fmt: skip

    def _why(self, parts: Mapping[Direction, Sequence[Part]]) -> Iterator[str]:
        """Who isolates the same pods and lets the same through."""
        for direction, leg in self.legs.items():
            subjects = [p for p in parts[direction] if not p.is_rung and p.action is Action.DENY]
            rungs = [p for p in parts[direction] if p.is_rung and leg.can_be(p.met)]
            isolating, letting = leg.covered_by(subjects), leg.covered_by(rungs)
            if subjects and isolating:
                yield f"its pods are isolated for {direction} by {_named(str(p.policy) for p in isolating)} too"
            elif subjects:
                yield f"it isolates pods for {direction}, and allows all {direction} again"
            if letting:
                names = _named(f"{part.citation.rule} of {part.policy}" for part in letting)
                yield f"what it lets through is let through by {names}"

    def _take(self, parts: Mapping[Direction, Sequence[Part]]) -> bool:
        """Takes the parts away for good, where that changes nothing besides what is gone already."""
        if not all(leg.can_go(parts[d], leg.gone) for d, leg in self.legs.items() if parts.get(d)):
            return False
        for direction, leg in self.legs.items():
            leg.gone |= {part.present for part in parts.get(direction, ())}
        return True

    def _rules(self, leg: _Leg, policy: Citation) -> Iterator[LintFinding]:
        rungs = [p for p in leg.parts(policy) if p.is_rung]
        for rule in dict.fromkeys((p.citation.rule or "").partition(".")[0] for p in rungs):
            if (policy, rule) in self.survey.rules:
                continue
            mine = leg.parts(policy, rule)
            found = self._rule(leg, policy, rule, mine)
            if found is not None:
                yield found
            elif len({part.citation.rule for part in mine}) > 1:
                yield from self._peers(leg, policy, mine)

    def _rule(self, leg: _Leg, policy: Citation, rule: str, mine: Sequence[Part]) -> LintFinding | None:
        if not leg.can_go(mine):
            return None
        first = mine[0].citation
        origin = first.origin if first.rule == rule or first.origin is None else _rule_origin(first)
        if not leg.is_met(mine):
            message = f"{rule} of {policy} does nothing: no connection that could exist meets it"
            why = "its selectors or ports contradict each other, or the universe rules out what it asks for"
            return LintFinding(
                "inert-rule", Severity.ERROR, message, policy, origin, (why, *reason(policy, rule, self.naming))
            )
        if not self.whole or not self.naming.isdisjoint(part.citation for part in mine):
            return None
        cover = leg.covered_by([p for p in mine if leg.can_be(p.met)])
        jointly = self._take({leg.direction: mine})
        message = f"{rule} of {policy} changes nothing: without it the same is allowed"
        return LintFinding("redundant-rule", Severity.WARNING, message, policy, origin, (
            *_covered(cover, policy), _advice(jointly, "rule")
        ))  # fmt: skip

    def _peers(self, leg: _Leg, policy: Citation, mine: Sequence[Part]) -> Iterator[LintFinding]:
        for _, same in groupby(sorted(mine, key=lambda p: p.citation.rule or ""), key=lambda p: p.citation.rule):
            parts = tuple(same)  # a line may be several rungs, which go together
            part, is_met = parts[0], leg.is_met(parts)
            if part.citation in self.naming or not leg.can_go(parts):
                continue
            if not self.whole and is_met:
                continue
            jointly = self._take({leg.direction: parts})
            if is_met:
                cover = leg.covered_by(parts)
                message = f"{part.citation.rule} of {policy} changes nothing: without it the same is allowed"
                yield LintFinding("shadowed-peer", Severity.WARNING, message, policy, part.citation.origin, (
                    *_covered(cover, policy), _advice(jointly, "peer")
                ))  # fmt: skip
            else:
                message = f"{part.citation.rule} of {policy} does nothing: no peer that could exist meets it"
                why = "its selectors contradict each other, or the universe rules such pods out"
                yield LintFinding("dead-peer", Severity.ERROR, message, policy, part.citation.origin, (why,))


def _is_within(rule: str, outer: str) -> bool:
    return rule == outer or rule.startswith(f"{outer}.")


def _rule_origin(peer: Citation) -> Origin | None:
    """The whole rule that a peer stands in."""
    return None if peer.origin is None else Origin(peer.origin.document, peer.origin.path[:-2])


def _advice(jointly: bool, what: str) -> str:
    if jointly:
        return f"the {what} can be removed, together with all others of which this is said"
    return f"the {what} can be removed, but then something else that is reported has to stay"


def _covered(cover: Sequence[Part], policy: Citation) -> Iterator[str]:
    """What covers, in words; of the policy itself only the rule."""
    names = (f"{p.citation.rule}" if p.policy == policy else f"{p.citation.rule} of {p.policy}" for p in cover)
    if cover:
        yield f"covered by {_named(names)}"


def _named(names: Iterable[str]) -> str:
    return listed(dict.fromkeys(names), 4, whole=" and ")


# Which policies are asked about together


def _groups(look: LintContext) -> Iterator[Mapping[Direction, _Leg]]:
    """What governs several namespaces may govern new ones, beside the policies that these get."""
    context = look.context
    for home in _homes(context.cluster.policies):
        policies = context.policies if home is None else _within(home, context.cluster.policies)
        legs = {d: _leg(context, policies, d, look.limits) for d in Direction if _has_parts(policies.pipe(d))}
        if legs:
            yield legs


def _homes(policies: PolicySet) -> list[str | None]:
    """The namespaces that can be asked about one by one; None: only all at once, since a policy governs several."""
    found: set[_Home] = set()
    for direction in Direction:
        for stage in policies.pipe(direction).stages:
            found |= {who.namespace for who in stage.applies or ()}
            found |= {r.selects.namespace for b in stage.blocks() for r in b.rungs if r.selects is not None}
    named = [n for n in found if isinstance(n, str)]
    return [*sorted(named)] if len(named) == len(found) else [None]


def _within(home: str, policies: PolicySet) -> PolicySet:
    def whom(who: Selects) -> Selects | None:
        return who if who.namespace == home else None

    def rung(r: Rung) -> Rung | None:
        return r if r.selects is None or r.selects.namespace == home else None

    pipes = [Pipe(tuple(s.mapped(whom, rung) for s in p.stages), p.final) for p in (policies.ingress, policies.egress)]
    return PolicySet(pipes[0], pipes[1], policies.objects)


def _has_parts(pipe: Pipe) -> bool:
    return any(stage.applies or any(block.rungs for block in stage.blocks()) for stage in pipe.stages)


def _leg(context: Context, policies: PolicySet, direction: Direction, limits: Limits) -> _Leg:
    problem = scene_of(context, policies, f"what can go: {direction}")
    removal = encode_removal(problem, direction)
    return _Leg(direction, removal, Asker(problem, removal.script, removal.world, limits))
