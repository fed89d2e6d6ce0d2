"""What a live cluster did not list: nobody knows what it holds of it, so that no answer covers it. Without the policies
among it every answer could be wrong: passing over them is somebody's decision, as it is for those of a file that nobody
understands."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from verifier.errors import Diagnostic, Severity
from verifier.ir.cluster import Cluster, PassedOver
from verifier.manifests.kubernetes.fields import quoted
from verifier.manifests.kubernetes.kinds import group_of
from verifier.manifests.kubernetes.objects import Object

GRANT = "docs/live.md has a ClusterRole that may list all that is read"


_LONGEST = 253
"""No name is longer that an API server takes."""


def passed_over_of(each: Object) -> PassedOver:
    """An object that nobody here understands, as it is told."""
    metadata = each.value.get("metadata")
    parts = (metadata.get("namespace"), metadata.get("name")) if isinstance(metadata, dict) else ()
    name = "/".join(part[:_LONGEST] for part in parts if isinstance(part, str))
    says = f"{each.api} {each.value!r}"
    return PassedOver(group_of(each.api), each.kind[:_LONGEST], name, says, each.origin.child("kind"))


class Unlisted(Struct, frozen=True):
    """Objects of a kind that a cluster holds, maybe, and did not list. cluster: as it is cited. kind: an apiVersion
    where not even its kinds are known. decides: they decide about traffic, or may. is_down: not rights keep them out,
    but that what serves them does not answer."""

    cluster: str
    group: str
    kind: str
    reason: str
    decides: bool
    is_down: bool = False


def told_of(unlisted: Iterable[Unlisted], *, skip_unknown: bool) -> Iterator[Diagnostic]:
    """What is said of it: errors, unless somebody passes over it, where it decides about traffic; else warnings."""
    for each in unlisted:
        way = "`kubectl get apiservices` says why" if each.is_down else GRANT
        what = quoted(f"{each.kind}.{each.group}" if each.group and "/" not in each.kind else each.kind)
        if each.decides and not skip_unknown:
            message = f"{what} decides about traffic and was not listed: {each.reason}"
            hint = f"{way}; `--skip-unknown` passes over it, and every report says so"
            yield Diagnostic("unlisted", message, each.cluster, hint=hint)
        else:
            message = f"{what} was not listed, and is not covered: {each.reason}"
            yield Diagnostic("unlisted", message, each.cluster, hint=way, severity=Severity.WARNING)


def with_unlisted(cluster: Cluster, unlisted: Sequence[Unlisted]) -> Cluster:
    """The cluster, of which nobody knows the rest."""
    if not unlisted:
        return cluster
    found = (PassedOver(each.group, each.kind, "", each.cluster, unlisted_by=each.cluster) for each in unlisted)
    ordered = sorted((*cluster.passed_over, *found), key=lambda each: (str(each), each.group))
    return replace(cluster, passed_over=tuple(ordered))
