"""mesh-http-only-allow, mesh-http-only-deny, mesh-tcp-only-deny, mesh-lets-strangers-in, mesh-unknown-principal,
mesh-permissive: policies of a mesh that do something else than they seem to (docs/semantics.md 7)."""

from collections.abc import Callable, Iterator, Mapping

from verifier.engine.lint.reading import LintContext
from verifier.engine.results.lint import LintFinding
from verifier.errors import Severity
from verifier.ir.quirk import Quirk, Writing


def smells(look: LintContext) -> Iterator[LintFinding]:
    for quirk in look.written.quirks:
        if quirk.writing in _TOLD:
            yield _TOLD[quirk.writing](quirk)
        elif quirk.writing is Writing.PRINCIPAL:
            yield from _principal(quirk, look)


def _http_allow(quirk: Quirk) -> LintFinding:
    return _smell(
        "mesh-http-only-allow", quirk,
        f"every rule of {quirk.object} asks for HTTP (`{quirk.detail}`): on plain TCP it lets nothing in",
        "nor does it through ztunnel, which never looks at HTTP; a rule without such fields lets TCP in",
    )  # fmt: skip


def _http_deny(quirk: Quirk) -> LintFinding:
    return _smell(
        "mesh-http-only-deny", quirk,
        f"`{quirk.place}` of {quirk.object} denies by HTTP alone (`{quirk.detail}`): "
        "a sidecar denies all plain TCP, ztunnel nothing",
        "name the ports too, or bind the policy to a waypoint with `targetRefs`",
    )  # fmt: skip


def _tcp_only(quirk: Quirk) -> LintFinding:
    return _smell(
        "mesh-tcp-only-deny", quirk,
        f"{quirk.object} closes TCP only: no proxy stands before UDP and SCTP",
        "a NetworkPolicy with `podSelector: {}` and no ingress rules closes the rest",
    )  # fmt: skip


def _strangers(quirk: Quirk) -> LintFinding:
    return _smell(
        "mesh-lets-strangers-in", quirk,
        f"`{quirk.place}` of {quirk.object} lets in whoever shows no identity: `{quirk.detail}` matches them too",
        "name who is let in beside it, or make mutual TLS STRICT",
    )  # fmt: skip


def _permissive(quirk: Quirk) -> LintFinding:
    mode, _, other = quirk.detail.partition(" ")
    return _smell(
        "mesh-permissive", quirk,
        f"{quirk.object} is {mode}, and {other} asks who the source is",
        "who comes without mutual TLS shows no identity: rules that deny by one do not meet them, `not..` lists do",
        Severity.NOTE,
    )  # fmt: skip


_TOLD: Mapping[Writing, Callable[[Quirk], LintFinding]] = {
    Writing.HTTP_ONLY_ALLOW: _http_allow,
    Writing.HTTP_ONLY_DENY: _http_deny,
    Writing.TCP_DENY_ALL: _tcp_only,
    Writing.NOT_AMONG_STRANGERS: _strangers,
    Writing.PERMISSIVE: _permissive,
}


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
    yield _smell("mesh-unknown-principal", quirk, message, why)


def _smell(rule: str, quirk: Quirk, message: str, why: str, severity: Severity = Severity.WARNING) -> LintFinding:
    return LintFinding(rule, severity, message, quirk.object, quirk.origin, (why,))
