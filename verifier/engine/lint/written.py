"""null-selector, null-rule, null-peers, missing-pod-selector, egress-closes-ingress, empty-ports-tcp-only,
rule-of-unlisted-direction, missing-namespace, legacy-annotation, isolating-entry, empty-peers, deny-isolates,
default-deny-without-entries, names-without-lookup, one-family, confined-selector, global-sets-too, family-of-not-nets,
staged-policy, duplicate-object: how a manifest is written, where that means something else than it seems."""

from collections.abc import Iterator, Mapping

from verifier.engine.lint.reading import LintContext, subject_of
from verifier.engine.lint.telling import Telling
from verifier.engine.results.lint import LintFinding
from verifier.errors import Severity
from verifier.ir.policy import Direction
from verifier.ir.quirk import Quirk, Writing


def smells(look: LintContext) -> Iterator[LintFinding]:
    for quirk in look.written.quirks:
        telling = _TELLINGS.get(quirk.writing)
        if telling is not None:
            yield telling.of(quirk)
        elif quirk.writing is Writing.EMPTY_PEERS:
            yield _EMPTY_PEERS[quirk.detail].of(quirk)
        elif quirk.writing is Writing.EGRESS_ONLY and not _is_closed_besides(look, quirk):
            yield _EGRESS_ONLY.of(quirk)
    yield from _missing_namespaces(look)


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


def _selected(quirk: Quirk) -> Mapping[str, str]:
    subject = quirk.place.startswith("spec.podSelector")
    whom = "every namespace" if "namespaceSelector" in quirk.place else "every pod"
    return {"fate": f"the policy selects {whom} of its namespace" if subject else f"this peer is {whom}"}


def _let_through(quirk: Quirk) -> Mapping[str, str]:
    rule = quirk.place.removeprefix("spec.").partition(".")[0]
    return {"rule": rule, "whom": "anybody in" if quirk.detail == "from" else "out to anywhere"}


def _types(quirk: Quirk) -> Mapping[str, str]:
    types = "policyTypes" if quirk.object.kind == "NetworkPolicy" else "types"
    return {"types": types, "wanted": quirk.detail.capitalize()}


def _namespace(quirk: Quirk) -> Mapping[str, str]:
    return {"namespace": str(quirk.object.namespace)}


def _other_family(quirk: Quirk) -> Mapping[str, str]:
    return {"other": "IPv6" if quirk.detail == "IPv4" else "IPv4"}


def _since(quirk: Quirk) -> Mapping[str, str]:
    return {"since": f" since {quirk.detail}" if quirk.detail else ""}


def _ports(form: str) -> Telling:
    return Telling(
        "empty-ports-tcp-only", Severity.WARNING,
        f"`{{place}}` of {{object}} is {form}: every TCP port, and no port of UDP or SCTP",
        "the protocol is TCP where none is given; leave out `ports` if every port is meant",
    )  # fmt: skip


_EGRESS_ONLY = Telling(
    "egress-closes-ingress", Severity.WARNING,
    "{object} has egress rules and no `policyTypes`: it isolates for ingress as well, and lets nobody in",
    "where `policyTypes` is missing, Ingress is always meant; write `policyTypes: [Egress]` if only egress is",
)  # fmt: skip
_HOMELESS = Telling(
    "missing-namespace", Severity.WARNING,
    "{object} names no namespace, and other objects of the input do",
    "it was read as one of `{namespace}`; on a cluster it lands wherever `kubectl` points",
    _namespace,
)  # fmt: skip
_EMPTY_PEERS: Mapping[str, Telling] = {
    "anybody": Telling(
        "empty-peers", Severity.ERROR,
        "`{place}` of {object} is empty, and counts as missing, so that its ports are open to anybody",
        "name somebody, or remove the entry",
    ),
    "nobody": Telling(
        "empty-peers", Severity.WARNING,
        "`{place}` of {object} is empty, and matches nobody",
        "name somebody, or remove the entry",
    ),
}  # fmt: skip
_TELLINGS: Mapping[Writing, Telling] = {
    Writing.NULL_SELECTOR: Telling(
        "null-selector", Severity.ERROR,
        "`{place}` of {object} is null, so that {fate}",
        "labels are missing below it, or commented out; write `{{}}` if everything is meant",
        _selected,
    ),
    Writing.NULL_RULE: Telling(
        "null-rule", Severity.ERROR,
        "`{place}` of {object} is null: it is read as `{{}}` and allows every connection",
        "a stray dash? remove it, or write `{{}}` if everything is meant",
    ),
    Writing.NULL_PEERS: Telling(
        "null-peers", Severity.WARNING,
        "`{detail}` is null in {rule} of {object}, so that the rule lets {whom}",
        "peers are missing below it, or commented out; remove `{detail}` if everybody is meant",
        _let_through,
    ),
    Writing.NO_SELECTOR: Telling(
        "missing-pod-selector", Severity.WARNING,
        "{object} has no `podSelector`, so that it selects every pod of its namespace",
        "older API servers, and `kubectl` against them, refuse such a policy; write `podSelector: {{}}`",
    ),
    Writing.NULL_PORT: _ports("null"),
    Writing.EMPTY_PORT: _ports("`{{}}`"),
    Writing.UNLISTED_DIRECTION: Telling(
        "rule-of-unlisted-direction", Severity.ERROR,
        "`{place}` of {object} has no effect: `{types}` does not list {wanted}",
        "add {wanted} to `{types}`, or remove the rules",
        _types,
    ),
    Writing.LEGACY_ANNOTATION: Telling(
        "legacy-annotation", Severity.ERROR,
        "{object} asks for isolation by an annotation that no current cluster reads",
        "it isolates nothing; write a NetworkPolicy with `podSelector: {{}}` and no rules instead",
    ),
    Writing.ISOLATING_ENTRY: Telling(
        "isolating-entry", Severity.NOTE,
        "`{place}` of {object} says neither who nor where: it allows nothing, and only isolates",
        "in a NetworkPolicy it would allow everything; {detail}",
    ),
    Writing.DENY_ISOLATES: Telling(
        "deny-isolates", Severity.NOTE,
        "`{place}` of {object} stands alone: it isolates the pods, so that everybody else is denied, too",
        "{detail}",
    ),
    Writing.DENY_WITHOUT_ENTRIES: Telling(
        "default-deny-without-entries", Severity.WARNING,
        "`{place}` of {object} asks for a default deny, and without entries for {detail} gets none",
        "write `{detail}: [{{}}]`, which isolates and allows nothing",
    ),
    Writing.NAMES_WITHOUT_LOOKUP: Telling(
        "names-without-lookup", Severity.WARNING,
        "`{place}` of {object} means names, and no entry of the rule lets them be looked up by the proxy",
        "{detail}",
    ),
    Writing.ONE_FAMILY: Telling(
        "one-family", Severity.NOTE,
        "`{place}` of {object} holds all of IPv4 and nothing of IPv6",
        "add `::/0` if everywhere is meant",
    ),
    Writing.CONFINED_SELECTOR: Telling(
        "confined-selector", Severity.WARNING,
        "`{place}` of {object} asks for a namespace, and only pods of namespace {namespace} are meant all the same",
        "a namespaceSelector beside it says which namespaces are meant",
        _namespace,
    ),
    Writing.NOWHERE_TOO: Telling(
        "global-sets-too", Severity.NOTE,
        "`{place}` of {object} also holds of what is in no namespace: global sets and host endpoints",
        "`all() && ..` asks for a namespace",
    ),
    Writing.FAMILY_OF_NOT_NETS: Telling(
        "family-of-not-nets", Severity.NOTE,
        "`{place}` of {object} makes the rule one about {detail}: it never matches {other}",
        "a second rule says what becomes of {other}",
        _other_family,
    ),
    Writing.STAGED: Telling(
        "staged-policy", Severity.NOTE,
        "{object} is staged{since}: it is not in force",
        "`netpol diff --staged` says what promoting it would change",
        _since,
    ),
    Writing.DUPLICATE: Telling(
        "duplicate-object", Severity.NOTE,
        "{object} stands at {detail} too",
        "on a cluster the one that is applied last counts",
    ),
}  # fmt: skip


def _missing_namespaces(look: LintContext) -> Iterator[LintFinding]:
    """A policy without a namespace among objects that have one; where none has one, that is said once."""
    homeless = [
        q for q in look.written.quirks if q.writing is Writing.NO_NAMESPACE and q.object.kind.endswith("NetworkPolicy")
    ]
    if not homeless:
        return
    if look.written.named:
        yield from map(_HOMELESS.of, homeless)
        return
    others = f"and {len(homeless) - 1} other{'s' if len(homeless) > 2 else ''} name" if len(homeless) > 1 else "names"
    all_homeless = Telling(
        "missing-namespace", Severity.NOTE,
        f"{{object}} {others} no namespace",
        "they were read as those of `{namespace}`: `-n` says which one is meant",
        _namespace,
    )  # fmt: skip
    yield all_homeless.of(homeless[0])
