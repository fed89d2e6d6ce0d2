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
    """A rule. severity: that of its findings, the worst where they differ. title: what is found, in one sentence."""

    name: str
    severity: Severity
    title: str
    look: Looker


_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

RULES: Mapping[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("null-selector", _E, "A selector is null, and selects everything", written.smells),
        Rule("null-rule", _E, "A rule is null, and allows everything", written.smells),
        Rule("rule-of-unlisted-direction", _E, "Rules of a direction that is not listed", written.smells),
        Rule("legacy-annotation", _E, "An annotation that no current cluster reads asks for isolation", written.smells),
        Rule("inert-policy", _E, "A policy selects no pod that could exist", redundancy.smells),
        Rule("inert-rule", _E, "No connection that could exist meets a rule", redundancy.smells),
        Rule("near-miss", _W, "A label is a small slip away from one that there is", dead.smells),
        Rule("and-or", _W, "Two list items read like one, or one like two", andor.smells),
        Rule("egress-without-ingress", _W, "What one end lets through the other end blocks", legs.smells),
        Rule("redundant-policy", _W, "Without the policy the same connections are allowed", redundancy.smells),
        Rule("redundant-rule", _W, "Other rules let through all that a rule does", redundancy.smells),
        Rule("shadowed-peer", _W, "Others let through all that a peer does", redundancy.smells),
        Rule("unresolvable-port-name", _W, "A port name that no selected workload has", dead.smells),
        Rule("no-dns", _W, "Pods are let out to somewhere, and cannot resolve a name", dns.smells),
        Rule("empty-ports-tcp-only", _W, "An empty port entry is TCP only", written.smells),
        Rule("missing-namespace", _W, "A policy names no namespace", written.smells),
        Rule("dead-subject", _N, "A policy selects no workload of the input", dead.smells),
        Rule("dead-peer", _N, "A peer selects no workload or namespace of the input", dead.smells),
        Rule("allow-all", _N, "A rule allows everything", coverage.allow_all),
        Rule("ipblock-over-pods", _N, "An ipBlock covers addresses that pods have", coverage.ipblock_over_pods),
        Rule("uncovered-pods", _N, "No policy isolates a workload", coverage.uncovered_pods),
        Rule("no-default-deny", _N, "A namespace without a default deny", coverage.no_default_deny),
        Rule("duplicate-object", _N, "An object stands in the input twice", written.smells),
    )
}
