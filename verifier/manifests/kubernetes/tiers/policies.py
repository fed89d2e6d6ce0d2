"""Cluster-scoped policies as objects, whichever kind they are of (docs/semantics.md 4)."""

from collections.abc import Callable, Mapping, Sequence

from verifier.errors import Diagnostic
from verifier.manifests.kubernetes.fields import Field, quoted
from verifier.manifests.kubernetes.metadata import read_metadata
from verifier.manifests.kubernetes.objects import Object
from verifier.manifests.kubernetes.tiers import admin as adminnetworkpolicy
from verifier.manifests.kubernetes.tiers import cluster as clusternetworkpolicy
from verifier.manifests.kubernetes.tiers.admin import read_admin_spec, read_baseline_spec
from verifier.manifests.kubernetes.tiers.cluster import read_cluster_spec
from verifier.manifests.kubernetes.tiers.spec import Spec, TierPolicy

_SPECS: Mapping[str, Callable[[Field], Spec]] = {
    adminnetworkpolicy.ADMIN: read_admin_spec,
    adminnetworkpolicy.BASELINE: read_baseline_spec,
    clusternetworkpolicy.KIND: read_cluster_spec,
}


def read_tier_policy(root: Field, source: Object) -> TierPolicy:
    """The policy that `root` holds."""
    _, _, metadata_field, spec_field, _ = root.fields("apiVersion", "kind", "metadata", "spec", "status")
    metadata = read_metadata(metadata_field, strict=True)
    if metadata.given_namespace is not None:
        home = metadata_field.get("namespace")
        home.reject(
            "scope",
            f"{source.kind} {metadata.name}, which is cluster-scoped, names a namespace",
            "it is cluster-scoped: remove `namespace`",
        )
    only = adminnetworkpolicy.BASELINE_NAME
    if source.kind == adminnetworkpolicy.BASELINE and metadata.name not in ("", only):
        name = metadata_field.get("name")
        name.reject("name", f"a {source.kind} of the name {quoted(metadata.name)}", f"the only one is called `{only}`")
    version = source.api.rpartition("/")[2]
    return TierPolicy(source.kind, version, metadata.name, _SPECS[source.kind](spec_field), source.origin)


def mixed(policies: Sequence[TierPolicy], *, may_be_ordered: bool) -> list[Diagnostic]:
    """An error where policies of two versions stand side by side: nobody says which come first (4.3). may_be_ordered:
    unless the user does."""
    others = [policy for policy in policies if policy.version != policies[0].version]
    if not others:
        return []
    first, second = policies[0], others[0]
    place = second.origin.child("apiVersion").position
    ours, theirs = (f"{policy.citation} ({policy.version})" for policy in (second, first))
    message = f"{ours} beside {theirs}: nothing says which come first"
    ordering = "order them yourself: `--set mixed_tiers=v1alpha1_first` or `v1alpha2_first`"
    hint = ordering if may_be_ordered else "no Calico reads both: leave those of one version out"
    return [Diagnostic("mixed-tiers", message, place.file, place.line, place.column, hint)]
