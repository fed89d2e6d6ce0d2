"""null-selector, null-rule, null-peers, missing-pod-selector, egress-closes-ingress, empty-ports-tcp-only,
rule-of-unlisted-direction, missing-namespace, legacy-annotation, isolating-entry, empty-peers, deny-isolates,
default-deny-without-entries, names-without-lookup, one-family, confined-selector, global-sets-too, family-of-not-nets,
staged-policy, duplicate-object: how a manifest is written, where that means something else than it seems."""

from collections.abc import Callable, Iterator, Mapping

from verifier.engine.lint.reading import LintContext, subject_of
from verifier.engine.results.lint import LintFinding
from verifier.errors import Severity
from verifier.ir.policy import Direction
from verifier.ir.quirk import Quirk, Writing


def smells(look: LintContext) -> Iterator[LintFinding]:
    for quirk in look.written.quirks:
        tell = _TOLD.get(quirk.writing)
        if tell is not None:
            yield tell(quirk)
        elif quirk.writing is Writing.EGRESS_ONLY and not _is_closed_besides(look, quirk):
            yield _egress_only(quirk)
    yield from _missing_namespaces(look)


def _null_selector(quirk: Quirk) -> LintFinding:
    subject = quirk.place.startswith("spec.podSelector")
    whom = "every namespace" if "namespaceSelector" in quirk.place else "every pod"
    fate = f"the policy selects {whom} of its namespace" if subject else f"this peer is {whom}"
    return _smell(
        "null-selector", Severity.ERROR, quirk,
        f"`{quirk.place}` of {quirk.object} is null, so that {fate}",
        "labels are missing below it, or commented out; write `{}` if everything is meant",
    )  # fmt: skip


def _null_rule(quirk: Quirk) -> LintFinding:
    return _smell(
        "null-rule", Severity.ERROR, quirk,
        f"`{quirk.place}` of {quirk.object} is null: it is read as `{{}}` and allows every connection",
        "a stray dash? remove it, or write `{}` if everything is meant",
    )  # fmt: skip


def _null_peers(quirk: Quirk) -> LintFinding:
    whom = "anybody in" if quirk.detail == "from" else "out to anywhere"
    return _smell(
        "null-peers", Severity.WARNING, quirk,
        f"`{quirk.detail}` is null in {_rule_of(quirk)} of {quirk.object}, so that the rule lets {whom}",
        f"peers are missing below it, or commented out; remove `{quirk.detail}` if everybody is meant",
    )  # fmt: skip


def _rule_of(quirk: Quirk) -> str:
    """The rule that the place lies in: `ingress[0]`."""
    return quirk.place.removeprefix("spec.").partition(".")[0]


def _no_selector(quirk: Quirk) -> LintFinding:
    return _smell(
        "missing-pod-selector", Severity.WARNING, quirk,
        f"{quirk.object} has no `podSelector`, so that it selects every pod of its namespace",
        "older API servers, and `kubectl` against them, refuse such a policy; write `podSelector: {}`",
    )  # fmt: skip


def _egress_only(quirk: Quirk) -> LintFinding:
    return _smell(
        "egress-closes-ingress", Severity.WARNING, quirk,
        f"{quirk.object} has egress rules and no `policyTypes`: it isolates for ingress as well, and lets nobody in",
        "where `policyTypes` is missing, Ingress is always meant; write `policyTypes: [Egress]` if only egress is",
    )  # fmt: skip


def _is_closed_besides(look: LintContext, quirk: Quirk) -> bool:
    """True iff another policy isolates the same pods for ingress anyway, so that nobody is shut out by this one."""
    selected = {str(policy): by.get(Direction.INGRESS) for policy, by in look.selections.items()}
    mine = selected.get(str(quirk.object))
    if mine is None:
        return True
    return any(
        who is not None
        and who.namespace in (None, mine.namespace)
        and subject_of(who).requirements <= subject_of(mine).requirements
        for name, who in selected.items()
        if name != str(quirk.object)
    )


def _ports(quirk: Quirk) -> LintFinding:
    form = "null" if quirk.writing is Writing.NULL_PORT else "`{}`"
    return _smell(
        "empty-ports-tcp-only", Severity.WARNING, quirk,
        f"`{quirk.place}` of {quirk.object} is {form}: every TCP port, and no port of UDP or SCTP",
        "the protocol is TCP where none is given; leave out `ports` if every port is meant",
    )  # fmt: skip


def _unlisted(quirk: Quirk) -> LintFinding:
    wanted = quirk.detail.capitalize()
    types = "policyTypes" if quirk.object.kind == "NetworkPolicy" else "types"
    return _smell(
        "rule-of-unlisted-direction", Severity.ERROR, quirk,
        f"`{quirk.place}` of {quirk.object} has no effect: `{types}` does not list {wanted}",
        f"add {wanted} to `{types}`, or remove the rules",
    )  # fmt: skip


def _legacy(quirk: Quirk) -> LintFinding:
    return _smell(
        "legacy-annotation", Severity.ERROR, quirk,
        f"{quirk.object} asks for isolation by an annotation that no current cluster reads",
        "it isolates nothing; write a NetworkPolicy with `podSelector: {}` and no rules instead",
    )  # fmt: skip


def _isolating_entry(quirk: Quirk) -> LintFinding:
    return _smell(
        "isolating-entry", Severity.NOTE, quirk,
        f"`{quirk.place}` of {quirk.object} says neither who nor where: it allows nothing, and only isolates",
        f"in a NetworkPolicy it would allow everything; {quirk.detail}",
    )  # fmt: skip


def _empty_peers(quirk: Quirk) -> LintFinding:
    opens = quirk.detail == "anybody"
    fate = "counts as missing, so that its ports are open to anybody" if opens else "matches nobody"
    return _smell(
        "empty-peers", Severity.ERROR if opens else Severity.WARNING, quirk,
        f"`{quirk.place}` of {quirk.object} is empty, and {fate}",
        "name somebody, or remove the entry",
    )  # fmt: skip


def _deny_isolates(quirk: Quirk) -> LintFinding:
    return _smell(
        "deny-isolates", Severity.NOTE, quirk,
        f"`{quirk.place}` of {quirk.object} stands alone: it isolates the pods, so that everybody else is denied, too",
        quirk.detail,
    )  # fmt: skip


def _deny_without_entries(quirk: Quirk) -> LintFinding:
    return _smell(
        "default-deny-without-entries", Severity.WARNING, quirk,
        f"`{quirk.place}` of {quirk.object} asks for a default deny, and without entries for {quirk.detail} gets none",
        f"write `{quirk.detail}: [{{}}]`, which isolates and allows nothing",
    )  # fmt: skip


def _names_without_lookup(quirk: Quirk) -> LintFinding:
    return _smell(
        "names-without-lookup", Severity.WARNING, quirk,
        f"`{quirk.place}` of {quirk.object} means names, and no entry of the rule lets them be looked up by the proxy",
        quirk.detail,
    )  # fmt: skip


def _one_family(quirk: Quirk) -> LintFinding:
    return _smell(
        "one-family", Severity.NOTE, quirk,
        f"`{quirk.place}` of {quirk.object} holds all of IPv4 and nothing of IPv6",
        "add `::/0` if everywhere is meant",
    )  # fmt: skip


def _confined_selector(quirk: Quirk) -> LintFinding:
    return _smell(
        "confined-selector", Severity.WARNING, quirk,
        f"`{quirk.place}` of {quirk.object} asks for a namespace, and only pods of namespace {quirk.object.namespace} "
        "are meant all the same",
        "a namespaceSelector beside it says which namespaces are meant",
    )  # fmt: skip


def _global_sets_too(quirk: Quirk) -> LintFinding:
    return _smell(
        "global-sets-too", Severity.NOTE, quirk,
        f"`{quirk.place}` of {quirk.object} also holds of what is in no namespace: global sets and host endpoints",
        "`all() && ..` asks for a namespace",
    )  # fmt: skip


def _family_of_not_nets(quirk: Quirk) -> LintFinding:
    other = "IPv6" if quirk.detail == "IPv4" else "IPv4"
    return _smell(
        "family-of-not-nets", Severity.NOTE, quirk,
        f"`{quirk.place}` of {quirk.object} makes the rule one about {quirk.detail}: it never matches {other}",
        f"a second rule says what becomes of {other}",
    )  # fmt: skip


def _staged(quirk: Quirk) -> LintFinding:
    since = f" since {quirk.detail}" if quirk.detail else ""
    return _smell(
        "staged-policy", Severity.NOTE, quirk,
        f"{quirk.object} is staged{since}: it is not in force",
        "`netpol diff --staged` says what promoting it would change",
    )  # fmt: skip


def _duplicate(quirk: Quirk) -> LintFinding:
    return _smell(
        "duplicate-object", Severity.NOTE, quirk,
        f"{quirk.object} stands at {quirk.detail} too",
        "on a cluster the one that is applied last counts",
    )  # fmt: skip


_TOLD: Mapping[Writing, Callable[[Quirk], LintFinding]] = {
    Writing.NULL_SELECTOR: _null_selector,
    Writing.NULL_RULE: _null_rule,
    Writing.NULL_PEERS: _null_peers,
    Writing.NO_SELECTOR: _no_selector,
    Writing.NULL_PORT: _ports,
    Writing.EMPTY_PORT: _ports,
    Writing.UNLISTED_DIRECTION: _unlisted,
    Writing.LEGACY_ANNOTATION: _legacy,
    Writing.ISOLATING_ENTRY: _isolating_entry,
    Writing.EMPTY_PEERS: _empty_peers,
    Writing.DENY_ISOLATES: _deny_isolates,
    Writing.DENY_WITHOUT_ENTRIES: _deny_without_entries,
    Writing.NAMES_WITHOUT_LOOKUP: _names_without_lookup,
    Writing.ONE_FAMILY: _one_family,
    Writing.CONFINED_SELECTOR: _confined_selector,
    Writing.NOWHERE_TOO: _global_sets_too,
    Writing.FAMILY_OF_NOT_NETS: _family_of_not_nets,
    Writing.STAGED: _staged,
    Writing.DUPLICATE: _duplicate,
}


def _smell(rule: str, severity: Severity, quirk: Quirk, message: str, why: str) -> LintFinding:
    return LintFinding(rule, severity, message, quirk.object, quirk.origin, (why,))


def _missing_namespaces(look: LintContext) -> Iterator[LintFinding]:
    """A policy without a namespace among objects that have one; where none has one, that is said once."""
    homeless = [
        q for q in look.written.quirks if q.writing is Writing.NO_NAMESPACE and q.object.kind.endswith("NetworkPolicy")
    ]
    if not homeless:
        return
    if look.written.named:
        for quirk in homeless:
            yield _smell(
                "missing-namespace", Severity.WARNING, quirk,
                f"{quirk.object} names no namespace, and other objects of the input do",
                f"it was read as one of `{quirk.object.namespace}`; on a cluster it lands wherever `kubectl` points",
            )  # fmt: skip
        return
    others = f"and {len(homeless) - 1} other{'s' if len(homeless) > 2 else ''} name" if len(homeless) > 1 else "names"
    first = homeless[0]
    yield _smell(
        "missing-namespace", Severity.NOTE, first,
        f"{first.object} {others} no namespace",
        f"they were read as those of `{first.object.namespace}`: `-n` says which one is meant",
    )  # fmt: skip
