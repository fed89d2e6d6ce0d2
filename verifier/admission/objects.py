"""Objects as an API server has them: by which they are told apart, and as texts in which only what bears on answers
stands, so that a status that moves is no change."""

from collections.abc import Mapping

from msgspec import Struct

from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes import kinds
from verifier.manifests.kubernetes.live import plain, source_of

_TELLING = {
    "Pod": ("phase", "podIP", "podIPs", "hostIP", "hostIPs"),
    "Node": ("addresses",),
    "Service": ("loadBalancer",),
}
"""What of a status is read, by kind; of other kinds nothing is."""
_PASSING = ("deletionTimestamp", "deletionGracePeriodSeconds")


class Key(Struct, frozen=True, order=True):
    """Which object: its group, kind, namespace (empty: in none) and name."""

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


NAMESPACE = "Namespace"


def namespace_key(name: str) -> Key:
    return Key("", NAMESPACE, "", name)


def is_global(kind: str) -> bool:
    """True iff its objects are in no namespace."""
    return kind in kinds.OF_NO_NAMESPACE


def key_of(api: str, kind: str, value: Mapping[str, object], default: str = "default") -> Key:
    """default: the namespace of an object that names none, where its kind has one."""
    metadata = _mapping(value.get("metadata"))
    name, namespace = metadata.get("name"), metadata.get("namespace")
    home = "" if kind in kinds.OF_NO_NAMESPACE else namespace if isinstance(namespace, str) and namespace else default
    return Key(kinds.group_of(api), kind, home, name if isinstance(name, str) else "")


def bears(api: str, kind: str) -> bool:
    """True iff objects of this kind may matter to an answer."""
    nothing = (kinds.Bearing.NONE, kinds.Bearing.OTHER_NETWORKS)
    return kinds.is_read(api, kind) or kinds.bearing(api, kind) not in nothing


def stored_source(name: str, api: str, kind: str, value: Mapping[str, object]) -> Source:
    """The object as `kubectl get -o yaml` shows it, its keys in order, without what moves by itself."""
    found = plain(api, kind, value)
    metadata = _mapping(found["metadata"])
    found["metadata"] = {key: each for key, each in metadata.items() if key not in _PASSING}
    status = _mapping(found.pop("status", None))
    kept = {key: status[key] for key in _TELLING.get(kind, ()) if key in status}
    if kept:
        found["status"] = kept
    return source_of(name, _ordered(found))


def is_going(value: Mapping[str, object]) -> bool:
    """True iff somebody has deleted it already, and it waits for its end."""
    return bool(_mapping(value.get("metadata")).get("deletionTimestamp"))


def _ordered(value: Mapping[str, object]) -> dict[str, object]:
    return {key: _sorted(each) for key, each in sorted(value.items())}


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        return {key: _sorted(each) for key, each in sorted(value.items())}
    return [_sorted(each) for each in value] if isinstance(value, list) else value


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
