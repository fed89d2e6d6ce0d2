"""never-reached-rule, shadowed-by-tier, baseline-overridden: what never decides, since something before it always does.

Asked of the solver (`verifier.engine.lint.unreachable`), for every connection of the universe and under every setting
of the open switches.
"""

from collections.abc import Iterable, Iterator, Sequence

from verifier.encoding.reach import whole_rule
from verifier.engine.lint.naming import naming, reason
from verifier.engine.lint.reading import LintContext
from verifier.engine.lint.unreachable import Cause, Unreachable
from verifier.engine.results.lint import LintFinding
from verifier.errors import Severity
from verifier.ir.policy import Citation, Direction
from verifier.ir.prose import listed


def smells(look: LintContext) -> Iterator[LintFinding]:
    """Of a policy that is lost in a direction its rules are not mentioned."""
    named = naming(look.context)
    whole = {(each.policy, each.direction) for each in look.survey.lost if each.isolates}
    for each in look.survey.lost:
        if each.rule is None:
            yield from [_shadowed(each)] if each.isolates else []
        elif each.cause in (Cause.NOTHING, Cause.POLICY, Cause.TIER):
            stays = reason(each.policy, each.rule.partition(".")[0], named)
            yield _never_reached(each, stays, whole=not look.context.cluster.passed_over)
        elif each.cause is Cause.ISOLATION:
            yield _overridden(each)
        elif (each.policy, each.direction) not in whole:
            yield _shadowed(each)


def _never_reached(lost: Unreachable, stays: tuple[str, ...], *, whole: bool) -> LintFinding:
    """stays: why it cannot just go. whole: all policies were read, else nobody says that anything can go."""
    name = f"{lost.rule} of {lost.policy}"
    if lost.cause is Cause.NOTHING:
        message = f"{name} is never reached: it speaks of no connection that could exist"
        why = ["its selectors or ports contradict each other, or the universe rules out what it asks for"]
        return _smell("never-reached-rule", Severity.ERROR, message, lost, [*why, *stays])
    place = "the policy" if lost.cause is Cause.POLICY else _tiers((lost.stage,))
    message = f"{name} is never reached: earlier rules of {place} decide about all that it speaks of"
    remedy = "remove it, or move it up" if whole and not stays else "move it up"
    advice = [remedy] if lost.cause is Cause.POLICY else []
    why = [*_decided(lost), *advice, *stays]
    # In one policy somebody has ordered the rules, and one that says something else is there in vain.
    severity = Severity.ERROR if lost.otherwise else Severity.WARNING
    return _smell("never-reached-rule", severity, message, lost, why)


def _tiers(names: Sequence[str]) -> str:
    """`the Admin tier`, or, of stages that are called tiers, `the tier security`."""
    several = "s" if len(names) > 1 else ""
    if all(name.startswith(_TIER) for name in names):
        return f"the tier{several} {' and '.join(name.removeprefix(_TIER) for name in names)}"
    return f"the {' and '.join(names)} tier{several}"


_TIER = "tier "


def _shadowed(lost: Unreachable) -> LintFinding:
    several = len(lost.tiers) > 1
    tiers = f"{_tiers(lost.tiers)} {'decide' if several else 'decides'} first"
    if lost.rule is None:
        message = f"{lost.policy} never decides about {lost.direction}: {tiers}, for all of its pods"
    else:
        message = f"{lost.rule} of {lost.policy} never decides: {tiers} about all that it speaks of"
    aside = ["not counted are hostNetwork pods, which only some plugins take for pods"] if lost.aside else []
    return _smell("shadowed-by-tier", Severity.WARNING, message, lost, [*_decided(lost), *aside])


def _overridden(lost: Unreachable) -> LintFinding:
    ends = "gets to" if lost.direction is Direction.INGRESS else "starts from"
    message = f"{lost.rule} of {lost.policy} decides nothing in the declared namespaces: NetworkPolicies come first"
    isolating = _named(dict.fromkeys(str(policy) for policy, _ in lost.deciders))
    why = [f"whatever it speaks of {ends} pods that are isolated for {lost.direction}, by {isolating}"]
    where = "it still decides in a namespace that nobody has declared" if lost.elsewhere else "no other pod could exist"
    return _smell("baseline-overridden", Severity.NOTE, message, lost, [*why, where])


def _decided(lost: Unreachable) -> Iterator[str]:
    if lost.deciders:
        names = (_decider(policy, rule, lost.policy) for policy, rule in lost.deciders)
        yield f"decided by {_named(names)}"


def _decider(policy: Citation, rule: str | None, own: Citation) -> str:
    """`ingress[0] of NetworkPolicy a/b`; its policy goes without saying where that is `own`. rule None: what decides is
    that the policy selects."""
    if rule is None:
        return str(policy)
    return rule if policy == own else f"{rule} of {policy}"


def _named(names: Iterable[str]) -> str:
    return listed(names, 4, whole=" and ")


def _smell(rule: str, severity: Severity, message: str, lost: Unreachable, why: Iterable[str]) -> LintFinding:
    witness = lost.example.witness if lost.example is not None else None
    return LintFinding(rule, severity, message, lost.policy, whole_rule(lost.citation), tuple(why), witness=witness)
