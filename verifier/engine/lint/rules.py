"""The table of rules: a name, the severity of its findings, and what it is about in one sentence."""

from collections.abc import Mapping

from msgspec import Struct

from verifier.errors import Severity


class Rule(Struct, frozen=True):
    """A rule. severity: that of its findings, the worst where they differ. title: what is found, in one sentence."""

    name: str
    severity: Severity
    title: str


_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

RULES: Mapping[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("null-selector", _E, "A selector is null, and selects everything"),
        Rule("null-rule", _E, "A rule is null, and allows everything"),
        Rule("rule-of-unlisted-direction", _E, "Rules of a direction that is not listed"),
        Rule("legacy-annotation", _E, "An annotation that no cluster reads any more asks for isolation"),
        Rule("inert-policy", _E, "A policy selects no pod that could exist"),
        Rule("inert-rule", _E, "No connection that could exist meets a rule"),
        Rule("conflicting-priority", _E, "Two policies of one tier and priority disagree"),
        Rule("never-reached-rule", _E, "Earlier rules of its tier decide about all that a rule speaks of"),
        Rule("empty-peers", _E, "A list of peers is empty, and means nobody, or anybody"),
        Rule("near-miss", _W, "A label is a small slip away from one that there is"),
        Rule("and-or", _W, "Two list items read like one, or one like two"),
        Rule("label-not-on-pods", _W, "A label stands on a workload, and not on its pods"),
        Rule("host-network", _W, "A policy or a peer selects only pods that use hostNetwork"),
        Rule("egress-without-ingress", _W, "What one end lets through the other end blocks"),
        Rule("undone-default-deny", _W, "A policy denies everything, and others allow it again"),
        Rule("undone-exclusion", _W, "What a peer leaves out, others let through"),
        Rule("redundant-policy", _W, "Without the policy the same connections are allowed"),
        Rule("redundant-rule", _W, "Other rules let through all that a rule does"),
        Rule("shadowed-peer", _W, "Others let through all that a peer does"),
        Rule("shadowed-by-tier", _W, "A tier decides first about all that a later policy or rule speaks of"),
        Rule("unresolvable-port-name", _W, "A port name that no selected workload has"),
        Rule("service-port", _W, "A rule names the port of a Service, and its pods listen on another"),
        Rule("service-address", _W, "An ipBlock holds addresses of Services, which no policy sees"),
        Rule("no-dns", _W, "Pods are let out to somewhere, and cannot resolve a name"),
        Rule("mesh-port", _W, "The port through which an ambient mesh tunnels"),
        Rule("null-peers", _W, "A list of peers is null, and means anybody"),
        Rule("missing-pod-selector", _W, "A policy without a podSelector selects every pod"),
        Rule("egress-closes-ingress", _W, "A policy of egress rules closes ingress as well"),
        Rule("empty-ports-tcp-only", _W, "An empty port entry is TCP only"),
        Rule("default-deny-without-entries", _W, "A default deny is asked for where it has no effect"),
        Rule("names-without-lookup", _W, "Peers are names that nothing lets be looked up"),
        Rule("confined-selector", _W, "A selector asks for a namespace, where the own one is implied"),
        Rule("missing-namespace", _W, "A policy names no namespace"),
        Rule("baseline-overridden", _N, "NetworkPolicies isolate all pods that a Baseline rule could speak of"),
        Rule("dead-subject", _N, "A policy selects no workload of the input"),
        Rule("dead-peer", _E, "A peer selects nothing that can exist, or that the input has"),
        Rule("allow-all", _N, "A rule allows everything"),
        Rule("ipblock-over-pods", _N, "An ipBlock covers addresses that pods have"),
        Rule("uncovered-pods", _N, "No policy isolates a workload"),
        Rule("no-default-deny", _N, "A namespace without a default deny"),
        Rule("no-policy", _N, "Namespaces without any NetworkPolicy"),
        Rule("service-without-pods", _N, "A Service leads to no workload of the input"),
        Rule("isolating-entry", _N, "An entry that looks like everything allows nothing"),
        Rule("deny-isolates", _N, "A section that denies isolates, too"),
        Rule("one-family", _N, "A list holds all of IPv4 and nothing of IPv6"),
        Rule("global-sets-too", _N, "A selector of namespaces also holds of what is in none"),
        Rule("family-of-not-nets", _N, "Addresses that are not meant fix the family of a rule"),
        Rule("staged-policy", _N, "A policy is staged, and not in force"),
        Rule("duplicate-object", _N, "An object stands in the input twice"),
        Rule("mesh-http-only-allow", _W, "Every rule of a mesh's policy that allows asks for HTTP"),
        Rule("mesh-http-only-deny", _W, "A rule of a mesh's policy denies by HTTP alone"),
        Rule("mesh-tcp-only-deny", _W, "A mesh's policy denies everything, which is TCP only"),
        Rule("mesh-lets-strangers-in", _W, "A rule lets in who is none of some, and so who shows no identity"),
        Rule("mesh-unknown-principal", _W, "A rule names an identity that nobody has"),
        Rule("mesh-permissive", _N, "Mutual TLS is not demanded beside rules that ask for an identity"),
    )
}

OF_ALL = frozenset({
    "egress-without-ingress", "undone-default-deny", "undone-exclusion", "redundant-policy", "redundant-rule",
    "shadowed-peer", "shadowed-by-tier", "no-dns", "mesh-port", "baseline-overridden", "uncovered-pods",
    "no-default-deny", "no-policy",
})  # fmt: skip
"""Rules about all policies together: that nothing else lets something through, that without something nothing changes.
They cannot be asked where policies were passed over."""
