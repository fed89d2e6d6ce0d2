"""AuthorizationPolicy and PeerAuthentication as objects, read and checked (docs/semantics.md 7)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from verifier.ir.labels import EVERYTHING, Selector
from verifier.manifests.kubernetes.fields import Field, meant, quoted
from verifier.manifests.kubernetes.istio.rules import read_rules
from verifier.manifests.kubernetes.istio.spec import (
    POLICY,
    Action,
    AuthorizationPolicy,
    MeshPolicy,
    Mode,
    PeerAuthentication,
    Target,
)
from verifier.manifests.kubernetes.metadata import read_metadata
from verifier.manifests.kubernetes.objects import Object
from verifier.manifests.kubernetes.selectors import read_labels

DRY_RUN = "istio.io/dry-run"
_TRUE = ("1", "t", "T", "TRUE", "true", "True")
_FALSE = ("0", "f", "F", "FALSE", "false", "False")
"""What Go's ParseBool takes."""
_GATEWAYS = "gateway.networking.k8s.io"
_TARGETS: Mapping[str, tuple[str, ...]] = {
    "Gateway": (_GATEWAYS,),
    "GatewayClass": (_GATEWAYS,),
    "Service": ("", "core"),
    "ServiceEntry": ("networking.istio.io",),
}
"""What a policy can be bound to, with the groups that may stand there."""
_MOST_TARGETS = 16
_PORT = re.compile(r"[1-9][0-9]{0,4}\Z")


def read_mesh_policy(root: Field, source: Object, default_namespace: str) -> MeshPolicy:
    """The policy that `root` holds."""
    _, _, metadata_field, spec, _ = root.fields("apiVersion", "kind", "metadata", "spec", "status")
    metadata = read_metadata(metadata_field, strict=True)
    home = metadata.given_namespace or default_namespace
    if source.kind == POLICY:
        return _authorization(spec, metadata_field, home, metadata.name, source)
    selector, mtls, ports = spec.fields(
        "selector", "mtls", "portLevelMtls", hints=lambda _, name, __: "put it under `mtls`" if name == "mode" else None
    )
    chosen = _selector(selector)
    return PeerAuthentication(
        home,
        metadata.name,
        chosen,
        _mode(mtls),
        tuple(_modes(ports, chosen)),
        source.origin,
        _created(metadata_field),
    )


def _authorization(spec: Field, metadata: Field, home: str, name: str, source: Object) -> AuthorizationPolicy:
    selector, rules, action_field, provider, targets, target = spec.fields(
        "selector", "rules", "action", "provider", "targetRefs", "targetRef"
    )
    action = _action(action_field)
    bound = tuple(_targets(selector, targets, target, home))
    policy = AuthorizationPolicy(
        home,
        name,
        _selector(selector),
        action,
        read_rules(rules, action),
        source.origin,
        bound,
        _is_dry(metadata),
        _provider(provider, action, action_field),
    )
    if action in (Action.DENY, Action.CUSTOM) and not rules.value:
        place = rules if rules.value is not None else action_field
        hint = "`rules: [{}]` matches everything" if action is Action.DENY else "say which connections it asks about"
        place.reject("no-rules", f"a policy with action {action} and without `rules` never does anything", hint)
    return policy


def _action(field: Field) -> Action:
    spelled = field.text()
    if spelled is None:
        return Action.ALLOW
    if spelled not in tuple(Action):
        field.reject("action", f"unknown action {quoted(spelled)}", meant(spelled, [str(each) for each in Action]))
        return Action.ALLOW
    return Action(spelled)


def _provider(field: Field, action: Action, action_field: Field) -> str:
    (name,) = field.fields("name")
    text = name.text() or ""
    if action is Action.CUSTOM and not text and isinstance(field.value, dict | None):
        place = name if name.value is not None else field if field.value is not None else action_field
        place.reject("provider", "a policy with action CUSTOM and without `provider.name`", "name who is asked")
    if action is not Action.CUSTOM and field.value is not None:
        field.reject("provider", f"a `provider` beside action {action}", "only a policy with action CUSTOM has one")
    return text


def _selector(field: Field) -> Selector:
    """The labels that pods need; Istio's selectors know equality only."""
    only = "Istio knows `matchLabels` only"
    (labels,) = field.fields("matchLabels", hints=lambda _, name, __: only if name == "matchExpressions" else None)
    for entry in labels.entries() if isinstance(labels.value, dict) else ():
        if isinstance(entry.value, str) and "*" in entry.value:
            entry.reject("V11", f"{quoted(entry.value)} has a wildcard, which a selector does not know")
            return EVERYTHING
    return Selector.of(read_labels(labels, code="V11")) if labels.value else EVERYTHING


def _targets(selector: Field, several: Field, one: Field, home: str) -> "list[Target]":
    given = [each for each in (selector, several, one) if each.value]
    if len(given) > 1:
        named = " and ".join(quoted(str(each.path[-1])) for each in given)
        given[1].reject("target", f"{named} together", "a policy has one of them")
    if len(several.items()) > _MOST_TARGETS:
        several.reject("target", f"`{several}` has {len(several.items())} items", f"at most {_MOST_TARGETS}")
    return [_target(each, home) for each in (*several.items(), *([one] if one.value is not None else []))]


def _target(field: Field, home: str) -> Target:
    group, kind, name, namespace = field.fields("group", "kind", "name", "namespace")
    for part in (kind, name):
        if not part.text() and isinstance(part.value, str | None) and isinstance(field.value, dict | None):
            (part if part.value is not None else field).reject("target", f"a target without `{part.path[-1]}`")
    spelled = kind.text() or ""
    if spelled and spelled not in _TARGETS:
        kind.reject("target", f"a policy cannot be bound to {quoted(spelled)}", meant(spelled, _TARGETS))
    elif spelled and (group.text() or "") not in _TARGETS[spelled]:
        right = _TARGETS[spelled][0]
        place = group if group.value is not None else field
        hint = f"write `group: {right}`" if right else "leave `group` out"
        place.reject("target", f"there is no {spelled} of the group {quoted(group.text() or '')}", hint)
    if namespace.text() not in (None, "", home):
        namespace.reject("target", "a target in another namespace", f"a policy is bound to what is in `{home}`")
    return Target(spelled, name.text() or "")


def _is_dry(metadata: Field) -> bool:
    annotations = metadata.get("annotations")
    field = annotations.get(DRY_RUN) if isinstance(annotations.value, dict) else None
    if field is None or not isinstance(field.value, str):
        return False
    if field.value not in (*_TRUE, *_FALSE):
        message = f"{quoted(field.value)} is neither true nor false to Istio, so the policy is enforced"
        field.warn("dry-run", message, 'write "true" or "false"')
    return field.value in _TRUE


def _mode(field: Field) -> Mode:
    (mode,) = field.fields("mode")
    spelled = mode.text()
    if spelled is None:
        return Mode.UNSET
    if spelled not in tuple(Mode):
        mode.reject("mode", f"unknown mode {quoted(spelled)}", meant(spelled, [str(each) for each in Mode]))
        return Mode.UNSET
    return Mode(spelled)


def _modes(field: Field, selector: Selector) -> "list[tuple[int, Mode]]":
    found = []
    if field.value is not None and selector == EVERYTHING:
        hint = "give it a `selector`: ports are those of pods"
        field.reject("ports", "`portLevelMtls` of a whole namespace", hint)
    if field.value == {}:
        field.reject("ports", f"`{field}` is empty", "remove it")
    for entry in field.entries():
        name = str(entry.path[-1])
        if not _PORT.match(name) or int(name) > 65535:
            Field(name, entry.path, entry.report).reject("port", f"{quoted(name)} is no port", "1 to 65535")
            continue
        found.append((int(name), _mode(entry)))
    return sorted(found)


def _created(metadata: Field) -> str | None:
    """When the object was made, as its metadata say: what is wrong with them is told where they are read."""
    text = metadata.get("creationTimestamp").value if isinstance(metadata.value, dict) else None
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC).isoformat()
    except ValueError:
        return None
