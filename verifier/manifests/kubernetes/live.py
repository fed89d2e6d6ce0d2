"""What a live cluster holds, as texts: the objects of every kind that bears on the answers, each under the name
`cluster:CONTEXT Kind ns/name`.

What the cluster does not list, to this user or at all, is none of the texts, and is told.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from msgspec import Struct

from verifier.errors import Diagnostic, InputError
from verifier.ir.meshroot import ROOT
from verifier.manifests.documents.contexts import Told, untold
from verifier.manifests.documents.kubectl import Kubectl, Refusal, Resource, Served, connected
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes import kinds
from verifier.manifests.kubernetes.unlisted import GRANT, Unlisted

_AT_ONCE = 4
"""Calls of kubectl at a time."""
_HISTORY = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")
_NOISE = "kubectl.kubernetes.io/last-applied-configuration"
_ACCOUNTS, _SETTINGS = ("v1", "ServiceAccount"), ("v1", "ConfigMap")
"""Kinds that say something to policies of Calico, and of a mesh."""
_SLICES, _ENDPOINTS = "EndpointSlice", "Endpoints"
_COMPUTED = ("controlplane.antrea.io", "stats.antrea.io")
"""Groups of what Antrea makes of policies for its agents, and counts of them: nobody writes that, and it says nothing
that the policies do not."""
_STORED, _SERVED = "crd.projectcalico.org", "projectcalico.org"
"""The groups of Calico: as which a cluster stores its objects, and as which a server of its own shows them, to some
users not all of them."""


class Live(Struct, frozen=True):
    """The objects of a cluster, each a text of its own, and what it did not list."""

    sources: tuple[Source, ...]
    unlisted: tuple[Unlisted, ...]


def read_cluster(context: str, told: Told = untold, seconds: float | None = None) -> Live:
    """told: is told what is being read. seconds: how long that may take. Raises InputError where the cluster cannot be
    asked, does not answer in time, or lists nothing."""
    with connected(context, seconds) as kubectl:
        told(f"asking {kubectl.label} what it serves")
        served = kubectl.served()
        wanted = wanted_of(served)
        silent = [api for api in served.silent if may_matter(api, served)]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            try:
                heard = pool.map(kubectl.answers, silent)
                answers = list(pool.map(lambda one: _listed(kubectl, one, told), wanted))
                down = [api for api, answered in zip(silent, heard, strict=True) if not answered]
            except BaseException:
                kubectl.close()
                pool.shutdown(cancel_futures=True)
                raise
        sources: list[Source] = []
        down += [api for api in served.unavailable if may_matter(api, served)]
        unlisted = [unavailable(kubectl, api) for api in sorted(down)]
        for asked, answer in zip(wanted, answers, strict=True):
            if isinstance(answer, Refusal):
                unlisted.append(refused(kubectl, asked.resource, answer))
            else:
                sources += answer
        if wanted and len(unlisted) >= len(wanted) and not sources:
            message = f"the cluster lists nothing: {unlisted[-1].reason}"
            raise InputError(Diagnostic("cluster", message, kubectl.label, hint=GRANT))
    return Live(tuple(sources), tuple(unlisted))


class Wanted(Struct, frozen=True):
    """A list to ask for. kind: what its objects are called, each kind by another name. namespace: the only one of which
    it is wanted."""

    resource: Resource
    kind: str
    namespace: str | None = None


def wanted_of(served: Served) -> Sequence[Wanted]:
    """The lists that bear on the answers, each kind once where several groups or versions show the same objects."""
    bearing = [each for each in served.resources if _bears(each)]
    groups = {kinds.group_of(each.api) for each in bearing}
    chosen = [each for each in bearing if not _is_shown_elsewhere(each, bearing)]
    namesakes = Counter(each.kind for each in chosen)
    found = [Wanted(each, each.kind if namesakes[each.kind] == 1 else _full_kind(each)) for each in chosen]
    if groups & {_STORED, _SERVED}:
        found += [Wanted(each, each.kind) for each in served.resources if (each.api, each.kind) == _ACCOUNTS]
    if kinds.MESH_GROUP in groups:
        found += [Wanted(each, each.kind, ROOT) for each in served.resources if (each.api, each.kind) == _SETTINGS]
    return found


def _full_kind(each: Resource) -> str:
    """The kind with its group, but for those of Kubernetes itself."""
    group = kinds.group_of(each.api)
    return f"{each.kind}.{group}" if kinds.is_custom(each.api) else each.kind


def _bears(each: Resource) -> bool:
    if kinds.group_of(each.api) in _COMPUTED:
        return False
    nothing = (kinds.Bearing.NONE, kinds.Bearing.OTHER_NETWORKS)
    return kinds.is_read(each.api, each.kind) or kinds.bearing(each.api, each.kind) not in nothing


def _is_shown_elsewhere(each: Resource, served: Iterable[Resource]) -> bool:
    """True iff another resource shows the same objects, and is the one to ask."""
    group = kinds.group_of(each.api)
    others = {other.api for other in served if other.kind == each.kind and other.api != each.api}
    if each.kind == _ENDPOINTS and not group:
        return any(other.kind == _SLICES for other in served)
    if group == _SERVED:
        return any(kinds.group_of(api) == _STORED for api in others)
    return group == "extensions" and any(kinds.is_read(api, each.kind) for api in others)


def _listed(kubectl: Kubectl, asked: Wanted, told: Told) -> "tuple[Source, ...] | Refusal":
    told(f"reading {asked.resource.name} of {kubectl.label}")
    found = kubectl.objects(asked.resource, asked.namespace)
    if isinstance(found, Refusal):
        return found
    return tuple(_source(kubectl, asked, each) for each in found if is_wanted(asked, each))


def is_wanted(asked: Wanted, each: Mapping[str, object]) -> bool:
    """False iff it is a ConfigMap that says nothing of a mesh: it may hold anything."""
    name = _metadata(each).get("name")
    return asked.namespace is None or (isinstance(name, str) and name.partition("-")[0] == "istio")


def _source(kubectl: Kubectl, asked: Wanted, each: dict[str, object]) -> Source:
    return source_of(name_of(kubectl.label, asked.kind, each), plain(asked.resource.api, asked.resource.kind, each))


def source_of(name: str, value: Mapping[str, object]) -> Source:
    """An object as a text."""
    return Source(name, json.dumps(value, separators=(",", ":")), is_object=True)


def name_of(label: str, kind: str, each: Mapping[str, object]) -> str:
    """What an object is called in reports."""
    metadata = _metadata(each)
    parts = (metadata.get("namespace"), metadata.get("name"))
    return f"{label} {kind} {'/'.join(part for part in parts if isinstance(part, str))}"


def plain(api: str, kind: str, each: Mapping[str, object]) -> dict[str, object]:
    """An object without what is only told of its history."""
    metadata = {key: value for key, value in _metadata(each).items() if key not in _HISTORY}
    annotations = metadata.get("annotations")
    if isinstance(annotations, dict) and _NOISE in annotations:
        metadata["annotations"] = {key: value for key, value in annotations.items() if key != _NOISE}
    own = {"apiVersion": api, "kind": kind}  # whatever an item of such a list says
    return {**own, **each, **own, "metadata": metadata}


def _metadata(each: Mapping[str, object]) -> Mapping[str, object]:
    found = each.get("metadata")
    return found if isinstance(found, dict) else {}


def refused(kubectl: Kubectl, resource: Resource, answer: Refusal) -> Unlisted:
    decides = kinds.is_policy(resource.api, resource.kind)
    is_down = "forbidden" not in answer.reason
    return Unlisted(kubectl.label, kinds.group_of(resource.api), resource.kind, answer.reason, decides, is_down)


def unavailable(kubectl: Kubectl, api: str) -> Unlisted:
    group = kinds.group_of(api)
    return Unlisted(
        kubectl.label, group, api, "what serves it does not answer", group in kinds.DECIDING_GROUPS, is_down=True
    )


def may_matter(api: str, served: Served) -> bool:
    """True iff kinds of this apiVersion may bear on the answers, and nothing else shows their objects."""
    group = kinds.group_of(api)
    if group in _COMPUTED:
        return False
    if group == _SERVED and any(kinds.group_of(each.api) == _STORED for each in served.resources):
        return False
    return kinds.is_custom(api) or group in kinds.DECIDING_GROUPS
