"""Who looks for what: the rules of the table, and the functions that find what they are about."""

from collections.abc import Callable, Iterator, Mapping

from verifier.engine.lint import andor, coverage, dead, dns, legs, mesh, priority, redundancy, tiers, written
from verifier.engine.lint.reading import LintContext
from verifier.engine.results.lint import LintFinding

Checker = Callable[[LintContext], Iterator[LintFinding]]

LOOKERS: Mapping[str, tuple[Checker, ...]] = {
    "null-selector": (written.smells,),
    "null-rule": (written.smells,),
    "rule-of-unlisted-direction": (written.smells,),
    "legacy-annotation": (written.smells,),
    "inert-policy": (redundancy.smells,),
    "inert-rule": (redundancy.smells,),
    "conflicting-priority": (priority.smells,),
    "never-reached-rule": (tiers.smells,),
    "near-miss": (dead.smells,),
    "and-or": (andor.smells,),
    "egress-without-ingress": (legs.smells,),
    "redundant-policy": (redundancy.smells,),
    "redundant-rule": (redundancy.smells,),
    "shadowed-peer": (redundancy.smells,),
    "shadowed-by-tier": (tiers.smells,),
    "unresolvable-port-name": (dead.smells,),
    "no-dns": (dns.smells,),
    "empty-ports-tcp-only": (written.smells,),
    "missing-namespace": (written.smells,),
    "baseline-overridden": (tiers.smells,),
    "dead-subject": (dead.smells,),
    "dead-peer": (dead.smells, redundancy.smells),
    "allow-all": (coverage.allow_all,),
    "ipblock-over-pods": (coverage.ipblock_over_pods,),
    "uncovered-pods": (coverage.uncovered_pods,),
    "no-default-deny": (coverage.no_default_deny,),
    "duplicate-object": (written.smells,),
    "mesh-http-only-allow": (mesh.smells,),
    "mesh-http-only-deny": (mesh.smells,),
    "mesh-tcp-only-deny": (mesh.smells,),
    "mesh-lets-strangers-in": (mesh.smells,),
    "mesh-unknown-principal": (mesh.smells,),
    "mesh-permissive": (mesh.smells,),
}
"""For every rule of `verifier.engine.lint.rules.RULES`. A looker may find what several rules are about."""
