"""undone-exclusion, undone-default-deny: what somebody wanted to keep out is let through all the same.

Items, rules and policies are alternatives: NotIn, DoesNotExist and `except` take nothing away from what another one
allows, and a policy that allows nothing takes nothing away either. Asked of the solver: with what is kept out as a rule
of its own, is anything else allowed than without? If not, keeping it out has no effect. What lets it through is then no
reason to remove the exclusion, which is why this is said instead of `redundant-policy` and the like.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.lint.parts import Legs, is_within
from verifier.engine.results.lint import LintFinding
from verifier.errors import Severity
from verifier.ir.leftout import left_out
from verifier.ir.policy import TRUE, Action, Block, Citation, Direction, PolicySet, Rung, Selects, Stage
from verifier.ir.prose import listed

_KEPT_OUT = "what is kept out"


class Exclusions(Struct, frozen=True):
    """The policies of one namespace (`home`; None: of all), as far as they keep something out."""

    legs: Legs
    home: str | None
    policies: PolicySet

    def of_lines(self, policy: Citation, instead: str, within: str | None = None) -> Iterator[LintFinding]:
        """The exclusions without effect of a policy, or of one of its rules or peers, of which the rule `instead` would
        say that it can go. Of tiers, whose rules have an order, nothing is said."""
        for direction, stage, rung in self._rungs(policy):
            rule = rung.citation.rule or ""
            if within is not None and not is_within(rule, within):
                continue
            for found in left_out(rung.guard):
                kept_out = replace(rung, guard=found.guard, citation=_named(rung.citation))
                by = self._by(direction, stage, kept_out, rung.citation)
                if by:
                    message = f"{rule} of {policy} leaves out {found.what}, to no effect"
                    yield LintFinding(
                        "undone-exclusion", Severity.WARNING, message, policy, rung.citation.origin,
                        (
                            f"let through by {_listed(by, policy)}",
                            "items, rules and policies are alternatives: none takes away what another one allows",
                            f"not told as `{instead}`: to keep something out is likely what it is there for",
                        ),
                    )  # fmt: skip

    def of_denial(self, policy: Citation) -> Iterator[LintFinding]:
        """A policy that allows nothing in a direction, where others allow its pods everything."""
        undone: dict[Direction, tuple[Citation, ...]] = {}
        who: Selects | None = None
        for direction, stage, selection in self._denials(policy):
            everything = Rung(selection, TRUE, Action.ALLOW, _named(selection.citation))
            by = self._by(direction, stage, everything)
            if by:
                undone[direction], who = by, selection
        if who is None:
            return
        ways = " and ".join(undone)
        by = tuple(dict.fromkeys(citation for some in undone.values() for citation in some))
        yield LintFinding(
            "undone-default-deny", Severity.WARNING,
            f"{policy} denies all {ways} of its pods, to no effect", policy, policy.origin,
            (f"let through by {_listed(by, policy)}", "policies only add: none takes away what another one allows"),
        )  # fmt: skip

    def _rungs(self, policy: Citation) -> Iterator[tuple[Direction, Stage, Rung]]:
        for direction in Direction:
            for stage in self.policies.pipe(direction).stages:
                for rung in () if stage.is_tier else (r for block in stage.blocks() for r in block.rungs):
                    if rung.selects is not None and rung.selects.citation == policy and rung.action is Action.ALLOW:
                        yield direction, stage, rung

    def _denials(self, policy: Citation) -> Iterator[tuple[Direction, Stage, Selects]]:
        """The directions in which it isolates and allows nothing, where some rule allows everything."""
        for direction in Direction:
            for stage in self.policies.pipe(direction).stages:
                if stage.is_tier or stage.end is not Action.DENY:
                    continue
                rungs = [rung for block in stage.blocks() for rung in block.rungs if rung.selects is not None]
                mine = any(rung.selects is not None and rung.selects.citation == policy for rung in rungs)
                if not mine and any(rung.guard == TRUE for rung in rungs):
                    yield from ((direction, stage, who) for who in stage.applies or () if who.citation == policy)

    def _by(
        self, direction: Direction, stage: Stage, kept_out: Rung, written: Citation | None = None
    ) -> tuple[Citation, ...]:
        """What lets through all that `kept_out`, a rule that nobody wrote, would; none where that rule would change
        something, or no connection that could exist meets it, or the one that was `written` in its place."""
        more = replace(stage, body=(*stage.body, Block((kept_out,))))
        pipe = self.policies.pipe(direction)
        pipe = replace(pipe, stages=tuple(more if each is stage else each for each in pipe.stages))
        policies = replace(self.policies, **{str(direction): pipe})
        leg = self.legs.leg(self.home, policies, direction)
        mine = [part for part in leg.all_parts if part.citation == kept_out.citation]
        own = [part for part in leg.all_parts if part.citation == written]
        if own and not leg.is_met(own):
            mine = []
        cover = leg.covered_by(mine) if leg.can_go(mine) else ()
        return tuple(part.citation for part in cover)


def _named(citation: Citation) -> Citation:
    return replace(citation, rule=_KEPT_OUT)


def _listed(by: Iterable[Citation], policy: Citation) -> str:
    names = (c.rule or "" if str(c) == str(policy) else f"{c.rule} of {c}" for c in by)
    return listed(dict.fromkeys(names), 4, whole=" and ")
