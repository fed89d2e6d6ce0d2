"""mesh-http-only-allow, mesh-http-only-deny, mesh-tcp-only-deny, mesh-lets-strangers-in, mesh-unknown-principal,
mesh-permissive: policies of a mesh that do something else than they seem to (docs/semantics.md 7)."""

from collections.abc import Iterator, Mapping

from verifier.engine.lint.reading import LintContext
from verifier.engine.lint.telling import Telling
from verifier.engine.results.lint import LintFinding
from verifier.errors import Severity
from verifier.ir.quirk import Quirk, Writing


def smells(look: LintContext) -> Iterator[LintFinding]:
    for quirk in look.written.quirks:
        if quirk.writing in _TELLINGS:
            yield _TELLINGS[quirk.writing].of(quirk)
        elif quirk.writing is Writing.PRINCIPAL:
            yield from _principal(quirk, look)


def _mode(quirk: Quirk) -> Mapping[str, str]:
    mode, _, other = quirk.detail.partition(" ")
    return {"mode": mode, "other": other}


_TELLINGS: Mapping[Writing, Telling] = {
    Writing.HTTP_ONLY_ALLOW: Telling(
        "mesh-http-only-allow", Severity.WARNING,
        "every rule of {object} asks for HTTP (`{detail}`): on plain TCP it lets nothing in",
        "nor does it through ztunnel, which never looks at HTTP; a rule without such fields lets TCP in",
    ),
    Writing.HTTP_ONLY_DENY: Telling(
        "mesh-http-only-deny", Severity.WARNING,
        "`{place}` of {object} denies by HTTP alone (`{detail}`): a sidecar denies all plain TCP, ztunnel nothing",
        "name the ports too, or bind the policy to a waypoint with `targetRefs`",
    ),
    Writing.TCP_DENY_ALL: Telling(
        "mesh-tcp-only-deny", Severity.WARNING,
        "{object} closes TCP only: no proxy stands before UDP and SCTP",
        "a NetworkPolicy with `podSelector: {{}}` and no ingress rules closes the rest",
    ),
    Writing.NOT_AMONG_STRANGERS: Telling(
        "mesh-lets-strangers-in", Severity.WARNING,
        "`{place}` of {object} lets in whoever shows no identity: `{detail}` matches them too",
        "name who is let in beside it, or make mutual TLS STRICT",
    ),
    Writing.PERMISSIVE: Telling(
        "mesh-permissive", Severity.NOTE,
        "{object} is {mode}, and {other} asks who the source is",
        "who comes without mutual TLS shows no identity: rules that deny by one do not meet them, `not..` lists do",
        _mode,
    ),
}  # fmt: skip


def _principal(quirk: Quirk, look: LintContext) -> Iterator[LintFinding]:
    """A principal that nobody can have, or that no workload of its namespace runs as, if there is any."""
    written, _, named = quirk.detail.rpartition(" ")
    namespace, _, name = named.partition("/")
    workloads = look.by_namespace.get(namespace, ())
    if not named:
        why = "a principal is TRUST-DOMAIN/ns/NAMESPACE/sa/NAME, with one `*` at an end at most"
    elif workloads and not any(workload.service_account == name for workload in workloads):
        known = sorted({workload.service_account for workload in workloads})
        why = f"the workloads of `{namespace}` run as {', '.join(f'`{each}`' for each in known)}"
    else:
        return
    message = f"`{quirk.place}` of {quirk.object} names `{written}`, and nobody is called so"
    yield LintFinding("mesh-unknown-principal", Severity.WARNING, message, quirk.object, quirk.origin, (why,))
