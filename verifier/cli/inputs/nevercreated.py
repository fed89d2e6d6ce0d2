"""Policies and Namespaces of a change that the API server does not create, though it would take them from whoever has
read them there before."""

from collections.abc import Iterator

from verifier.errors import Diagnostic
from verifier.manifests.kubernetes.fields import Problem, quoted
from verifier.manifests.kubernetes.kinds import CILIUM, is_policy
from verifier.manifests.kubernetes.load import Loaded
from verifier.manifests.kubernetes.objects import Object
from verifier.manifests.kubernetes.owners import Identity

_HINT = "leave it out: the API server says it"


def never_created(base: Loaded | None, head: Loaded) -> Iterator[Diagnostic]:
    """An error about each that the base lacks and that says which version of it is stored: none is. What was read from
    a cluster says so of everything, and is there. base: None where all of it is new."""
    known = set() if base is None else {_called(each, base) for each in base.objects}
    for each in head.objects:
        version = _version(each)
        if version and _counts(each) and (_called(each, head) not in known or not each.identity[-1]):
            message = (
                f"a new {each.kind} with `resourceVersion` {quoted(version)}, which the API server does not create"
            )
            yield each.diagnostic(Problem("V14", ("metadata", "resourceVersion"), message, _HINT))


def _version(each: Object) -> str:
    """What is said to be stored; empty where nothing is."""
    metadata = each.value.get("metadata")
    said = metadata.get("resourceVersion") if isinstance(metadata, dict) else None
    return said if isinstance(said, str) and said != "0" else ""


def _counts(each: Object) -> bool:
    return each.kind == "Namespace" or each.kind in CILIUM or is_policy(each.api, each.kind)


def _called(each: Object, loaded: Loaded) -> Identity:
    group, kind, namespace, name = each.identity
    return group, kind, namespace or loaded.options.namespace, name
