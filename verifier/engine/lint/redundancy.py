"""inert-policy, inert-rule, redundant-policy, redundant-rule, shadowed-peer: what can go, and nothing changes; and
dead-peer, where the peer cannot exist.

Asked of the solver, for every connection of the universe and under every setting of the open switches. What keeps
something out that others let through is never said to be removable: see `undone`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import groupby

from msgspec import Struct

from verifier.encoding.removal import Part
from verifier.engine.lint.homes import homes
from verifier.engine.lint.kinds import Kinds
from verifier.engine.lint.naming import naming, reason
from verifier.engine.lint.parts import Leg, Legs, Line
from verifier.engine.lint.reading import LintContext
from verifier.engine.lint.undone import Exclusions
from verifier.engine.results.lint import LintFinding
from verifier.errors import Severity
from verifier.ir.origin import Origin
from verifier.ir.policy import Action, Citation, Direction
from verifier.ir.prose import listed


def smells(look: LintContext) -> Iterator[LintFinding]:
    """Policies first; of a policy that can go its rules are not mentioned, nor of a rule its peers. Nor is what never
    decides in a cluster with tiers (never-reached-rule, shadowed-by-tier)."""
    named = naming(look.context)
    templates = frozenset(look.context.universe.templates.objects)
    whole = not look.context.cluster.passed_over
    kinds = Kinds(look.context)
    legs = Legs(kinds, look.limits)
    wide = _Away()
    for alike in kinds.grouped(homes(look.context)):
        for home in alike:
            mine = legs.of(home)
            for direction, leg in mine.items():
                leg.gone = leg.literals(wide.gone.get(direction, frozenset()))
                leg.lost = leg.literals(wide.lost.get(direction, frozenset()))
            of_home = look.survey.rules if home.name is None else (r for r in look.survey.rules if r[0] in home.mine)
            kept_out = Exclusions(legs, home.name, home.policies)
            group = _Group(
                mine, kept_out, home.mine - templates, look.survey.idle, sorted(of_home, key=str), named, whole
            )
            yield from group.smells()
            if home.name is None:  # what governs several namespaces has gone for all others, which come after it
                wide = group.away()
        look.asked.extend(legs.forget())


class _Away(Struct, frozen=True):
    """The lines of every direction that were taken away, and those that never decide."""

    gone: Mapping[Direction, frozenset[Line]] = {}
    lost: Mapping[Direction, frozenset[Line]] = {}


class _Group(Struct, frozen=True):
    """The policies of one home, `mine`, in both directions, beside what else speaks of the same pods. kept_out: what
    they exclude; that others let it through is no reason for the exclusion to go. idle, lost: policies, and rules (of
    whatever stands beside `mine` too), that never decide. naming: what must stay for what it names. whole: all policies
    were read; else what can exist is still known, and what changes nothing is not."""

    legs: Mapping[Direction, Leg]
    kept_out: Exclusions
    mine: Set[Citation]
    idle: Set[Citation]
    lost: Sequence[tuple[Citation, str]]
    naming: frozenset[Citation]
    whole: bool = True

    def away(self) -> _Away:
        legs = self.legs.items()
        return _Away({d: leg.lines(leg.gone) for d, leg in legs}, {d: leg.lines(leg.lost) for d, leg in legs})

    def smells(self) -> Iterator[LintFinding]:
        self._take_lost()
        for policy in self._policies():
            if policy in self.idle:
                continue
            undone = list(self.kept_out.of_denial(policy)) if self.whole else []
            yield from undone
            if undone:
                continue
            found = self._policy(policy)
            if found is not None:
                yield from found
                continue
            for leg in self.legs.values():
                yield from self._rules(leg, policy)

    def _take_lost(self) -> None:
        """Leaves open whether what never decides goes, which others of the report may be about: who removes it must not
        be told that what it was lost to can be removed as well, nor who lets it stay that all it was lost to can."""
        for policy, rule in self.lost:
            for leg in self.legs.values():
                mine = leg.parts(policy, rule)
                if mine and leg.can_go(mine, leg.lost):
                    leg.lost |= {part.present for part in mine}

    def _policies(self) -> list[Citation]:
        found = {p.policy for leg in self.legs.values() for p in leg.all_parts if p.policy in self.mine}
        return sorted(found, key=lambda policy: (policy.namespace or "", policy.name, policy.kind))

    def _policy(self, policy: Citation) -> Sequence[LintFinding] | None:
        """What is to be said where the whole policy can go; None where it cannot."""
        parts = {leg.direction: leg.parts(policy) for leg in self.legs.values()}
        if not all(leg.can_go(parts[direction]) for direction, leg in self.legs.items()):
            return None
        subjects = [p for some in parts.values() for p in some if not p.is_rung]
        if subjects and not any(leg.is_met(p for p in parts[d] if not p.is_rung) for d, leg in self.legs.items()):
            message = f"{policy} does nothing: it selects no pod that could exist"
            why = ["its selector contradicts itself, or the universe rules such pods out"]
            why += reason(policy, None, self.naming)
            return (LintFinding("inert-policy", Severity.ERROR, message, policy, policy.origin, tuple(why)),)
        if policy in self.naming or not self.whole:
            return None
        if undone := tuple(self.kept_out.of_lines(policy, "redundant-policy")):
            return undone
        jointly = self._take(parts)
        message = f"{policy} changes nothing: without it the same is allowed, for every pod that could exist"
        told = (*self._why(parts), _advice(jointly, "policy"))
        return (LintFinding("redundant-policy", Severity.WARNING, message, policy, policy.origin, told),)

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
        if not all(leg.can_go_too(parts[d]) for d, leg in self.legs.items() if parts.get(d)):
            return False
        for direction, leg in self.legs.items():
            leg.gone |= {part.present for part in parts.get(direction, ())}
        return True

    def _rules(self, leg: Leg, policy: Citation) -> Iterator[LintFinding]:
        rungs = [p for p in leg.parts(policy) if p.is_rung]
        for rule in dict.fromkeys((p.citation.rule or "").partition(".")[0] for p in rungs):
            if (policy, rule) in self.lost:
                continue
            mine = leg.parts(policy, rule)
            found = self._rule(leg, policy, rule, mine)
            if found is not None:
                yield from found
            elif len({part.citation.rule for part in mine}) > 1:
                yield from self._peers(leg, policy, mine)

    def _rule(self, leg: Leg, policy: Citation, rule: str, mine: Sequence[Part]) -> Sequence[LintFinding] | None:
        """The same for one rule."""
        if not leg.can_go(mine):
            return None
        first = mine[0].citation
        origin = first.origin if first.rule == rule or first.origin is None else _rule_origin(first)
        if not leg.is_met(mine):
            message = f"{rule} of {policy} does nothing: no connection that could exist meets it"
            why = "its selectors or ports contradict each other, or the universe rules out what it asks for"
            reasons = (why, *reason(policy, rule, self.naming))
            return (LintFinding("inert-rule", Severity.ERROR, message, policy, origin, reasons),)
        if not self.whole or not self.naming.isdisjoint(part.citation for part in mine):
            return None
        if undone := tuple(self.kept_out.of_lines(policy, "redundant-rule", rule)):
            return undone
        cover = leg.covered_by([p for p in mine if leg.can_be(p.met)])
        jointly = self._take({leg.direction: mine})
        message = f"{rule} of {policy} changes nothing: without it the same is allowed"
        told = (*_covered(cover, policy), _advice(jointly, "rule"))
        return (LintFinding("redundant-rule", Severity.WARNING, message, policy, origin, told),)

    def _peers(self, leg: Leg, policy: Citation, mine: Sequence[Part]) -> Iterator[LintFinding]:
        for _, same in groupby(sorted(mine, key=lambda p: p.citation.rule or ""), key=lambda p: p.citation.rule):
            parts = tuple(same)  # a line may be several rungs, which go together
            part = parts[0]
            if part.citation in self.naming or not leg.can_go(parts):
                continue
            is_met = leg.is_met(parts)
            if not self.whole and is_met:
                continue
            undone = list(self.kept_out.of_lines(policy, "shadowed-peer", part.citation.rule)) if is_met else []
            yield from undone
            if undone:
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
