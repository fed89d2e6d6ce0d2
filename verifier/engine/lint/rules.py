"""The table of rules: a name, what it is about in one sentence, and who looks for it."""

from collections.abc import Callable, Iterator, Mapping

from verifier.engine.lint import andor, coverage, dead, dns, legs, redundancy, written
from verifier.engine.lint.reading import Look
from verifier.engine.lint.smell import Smell
from verifier.errors import Severity
from verifier.values import dataclass

Looker = Callable[[Look], Iterator[Smell]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. severity: that of its findings, the worst where they differ. title: what is found, in one sentence.
    lookers: those who look for it; each of them may find what other rules are about."""

    name: str
    severity: Severity
    title: str
    lookers: tuple[Looker, ...]


_DEAD_PEER = (dead.smells, redundancy.smells)
_WRITTEN = (written.smells,)
_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

RULES: Mapping[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("null-selector", _E, "A selector is null, and selects everything", _WRITTEN),
        Rule("null-rule", _E, "A rule is null, and allows everything", _WRITTEN),
        Rule("rule-of-unlisted-direction", _E, "Rules of a direction that is not listed", _WRITTEN),
        Rule("legacy-annotation", _E, "An annotation that no cluster reads any more asks for isolation", _WRITTEN),
        Rule("inert-policy", _E, "A policy selects no pod that could exist", (redundancy.smells,)),
        Rule("inert-rule", _E, "No connection that could exist meets a rule", (redundancy.smells,)),
        Rule("near-miss", _W, "A label is a small slip away from one that there is", (dead.smells,)),
        Rule("and-or", _W, "Two list items read like one, or one like two", (andor.smells,)),
        Rule("egress-without-ingress", _W, "What one end lets through the other end blocks", (legs.smells,)),
        Rule("redundant-policy", _W, "Without the policy the same connections are allowed", (redundancy.smells,)),
        Rule("redundant-rule", _W, "Other rules let through all that a rule does", (redundancy.smells,)),
        Rule("shadowed-peer", _W, "Others let through all that a peer does", (redundancy.smells,)),
        Rule("unresolvable-port-name", _W, "A port name that no selected workload has", (dead.smells,)),
        Rule("no-dns", _W, "Pods are let out to somewhere, and cannot resolve a name", (dns.smells,)),
        Rule("empty-ports-tcp-only", _W, "An empty port entry is TCP only", _WRITTEN),
        Rule("missing-namespace", _W, "A policy names no namespace", _WRITTEN),
        Rule("dead-subject", _N, "A policy selects no workload of the input", (dead.smells,)),
        Rule(
            "dead-peer",
            _E,
            "A peer selects nothing that can exist, or that the input has",
            _DEAD_PEER,
        ),
        Rule("allow-all", _N, "A rule allows everything", (coverage.allow_all,)),
        Rule("ipblock-over-pods", _N, "An ipBlock covers addresses that pods have", (coverage.ipblock_over_pods,)),
        Rule("uncovered-pods", _N, "No policy isolates a workload", (coverage.uncovered_pods,)),
        Rule("no-default-deny", _N, "A namespace without a default deny", (coverage.no_default_deny,)),
        Rule("duplicate-object", _N, "An object stands in the input twice", _WRITTEN),
    )
}
