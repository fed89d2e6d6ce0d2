"""How policies of a mesh are written, where that means something else than it seems: what `lint` is told of them."""

from collections.abc import Iterator, Sequence

from verifier.ir.labels import EVERYTHING
from verifier.ir.origin import Path
from verifier.ir.quirk import Quirk, Writing
from verifier.manifests.kubernetes import kinds
from verifier.manifests.kubernetes.fields import Field, Report, dotted
from verifier.manifests.kubernetes.istio.names import parse_principal
from verifier.manifests.kubernetes.istio.policies import read_mesh_policy
from verifier.manifests.kubernetes.istio.spec import (
    OF_IDENTITY,
    Action,
    Attribute,
    AuthorizationPolicy,
    MeshPolicy,
    Mode,
    PeerAuthentication,
    Rule,
    rooted,
    tests_of,
)
from verifier.manifests.kubernetes.objects import Object

_NAMES = (Attribute.NAMESPACE, Attribute.PRINCIPAL, Attribute.ACCOUNT)


def mesh_quirks(objects: Sequence[Object], namespace: str, root: str) -> Iterator[Quirk]:
    """What is peculiar about the policies of a mesh among `objects`. namespace: what a missing one means. root: the
    root namespace."""
    found = rooted((_read(each, namespace) for each in objects if each.kind in kinds.MESH), root)
    peers = [policy for policy in found if isinstance(policy, PeerAuthentication)]
    isolated = {home for each in objects if (home := _isolating(each, namespace)) is not None}
    for policy in found:
        if isinstance(policy, AuthorizationPolicy) and policy.decides and not policy.targets:
            yield from _of_http(policy)
            yield from _of_udp(policy, isolated)
            yield from _of_strangers(policy, peers)
            yield from _of_principals(policy)
    yield from _permissive(peers, [p for p in found if isinstance(p, AuthorizationPolicy) and p.decides])


def _read(each: Object, namespace: str) -> MeshPolicy:
    """Read once more: what is wrong with it was told the first time."""
    return read_mesh_policy(Field(each.value, (), Report()), each, namespace)


def _isolating(each: Object, namespace: str) -> str | None:
    """The namespace all of whose pods a NetworkPolicy isolates for ingress."""
    spec, metadata = each.value.get("spec"), each.value.get("metadata")
    if each.kind != kinds.POLICY or not isinstance(spec, dict) or not isinstance(metadata, dict):
        return None
    selector, types = spec.get("podSelector"), spec.get("policyTypes")
    whole = not selector or (isinstance(selector, dict) and not any(selector.values()))
    into = not types or (isinstance(types, list) and "Ingress" in types)
    return str(metadata.get("namespace") or namespace) if whole and into else None


def _quirk(writing: Writing, policy: MeshPolicy, path: Path, detail: str = "") -> Quirk:
    return Quirk(writing, policy.citation, dotted(path), detail, policy.origin.child(*path))


def _http_fields(rule: Rule) -> list[str]:
    return sorted({test.name for test in tests_of(rule) if test.attribute is Attribute.HTTP})


def _of_http(policy: AuthorizationPolicy) -> Iterator[Quirk]:
    fields = [_http_fields(rule) for rule in policy.rules]
    if policy.action is Action.ALLOW and policy.rules and all(fields):
        yield _quirk(Writing.HTTP_ONLY_ALLOW, policy, ("spec", "rules", 0), fields[0][0])
    for i, rule in enumerate(policy.rules if policy.action is Action.DENY else ()):
        for clause in rule:
            whole = [a for a in clause if all(test.attribute is Attribute.HTTP for test in a)]
            if clause and len(whole) == len(clause):
                yield _quirk(Writing.HTTP_ONLY_DENY, policy, ("spec", "rules", i), whole[0][0].name)
                break


def _of_udp(policy: AuthorizationPolicy, isolated: set[str]) -> Iterator[Quirk]:
    closes = policy.action is Action.ALLOW and not policy.rules
    closes = closes or (policy.action is Action.DENY and () in policy.rules)
    if closes and (policy.in_root or policy.namespace not in isolated):
        yield _quirk(Writing.TCP_DENY_ALL, policy, ("spec",))


def _of_strangers(policy: AuthorizationPolicy, peers: Sequence[PeerAuthentication]) -> Iterator[Quirk]:
    """Where mutual TLS is strict for all pods there are no strangers."""
    strict = any(
        p.mode is Mode.STRICT and not p.is_of_pods and (p.in_root or p.namespace == policy.namespace) for p in peers
    )
    for i, rule in enumerate(policy.rules if policy.action is Action.ALLOW and not strict else ()):
        told = [[test for test in a if test.attribute in _NAMES] for clause in rule for a in clause]
        if any(not test.negated for tests in told for test in tests):
            continue
        for tests in filter(None, told):
            yield _quirk(Writing.NOT_AMONG_STRANGERS, policy, ("spec", "rules", i), _as_written(tests[0].name))
            break


def _as_written(name: str) -> str:
    return f"notValues of {name}" if "." in name else f"not{name[0].upper()}{name[1:]}"


def _of_principals(policy: AuthorizationPolicy) -> Iterator[Quirk]:
    for i, rule in enumerate(policy.rules):
        for test in tests_of(rule):
            for value in test.values if test.attribute in (Attribute.PRINCIPAL, Attribute.ACCOUNT) else ():
                named = _account(value, policy.namespace) if test.attribute is Attribute.ACCOUNT else _principal(value)
                if named is not None:
                    yield _quirk(Writing.PRINCIPAL, policy, ("spec", "rules", i), f"{value} {named}")


def _account(value: str, home: str) -> str:
    return value if "/" in value else f"{home}/{value}"


def _principal(value: str) -> str | None:
    """The account that it names in full; empty: that of nobody; None: of several."""
    parts = parse_principal(value)
    if parts is None:
        return ""
    return None if "*" in parts.namespace or "*" in parts.account else f"{parts.namespace}/{parts.account}"


def _permissive(peers: Sequence[PeerAuthentication], policies: Sequence[AuthorizationPolicy]) -> Iterator[Quirk]:
    asking = [p for p in policies if any(t.attribute in OF_IDENTITY for rule in p.rules for t in tests_of(rule))]
    for peer in peers:
        if peer.mode not in (Mode.PERMISSIVE, Mode.DISABLE):
            continue
        beside = [p for p in asking if p.namespace == peer.namespace or peer.in_root]
        beside = [p for p in beside if EVERYTHING in (p.selector, peer.selector) or p.selector == peer.selector]
        if beside:
            yield _quirk(Writing.PERMISSIVE, peer, ("spec", "mtls"), f"{peer.mode} {beside[0].citation}")
