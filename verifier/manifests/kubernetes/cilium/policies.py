"""Cilium's policies and CIDR groups as objects (docs/semantics.md 6)."""

from verifier.ir.network import AddressSet
from verifier.ir.origin import Path
from verifier.manifests.kubernetes.cilium.peers import read_prefix
from verifier.manifests.kubernetes.cilium.rules import read_rules
from verifier.manifests.kubernetes.cilium.spec import CLUSTERWIDE, CIDRGroup, CiliumPolicy, Rule
from verifier.manifests.kubernetes.fields import Field
from verifier.manifests.kubernetes.metadata import Metadata, read_metadata
from verifier.manifests.kubernetes.objects import Object
from verifier.manifests.kubernetes.selectors import read_labels

Known = dict[object, tuple[tuple[Path, Rule], ...]]
"""The rules of policies with nothing wrong, by what they say: most policies of a cluster are copies."""


def read_policy(root: Field, source: Object, namespace: str, known: Known) -> CiliumPolicy:
    """The policy that `root` holds. namespace: what a missing one means. known: what was read before."""
    _, _, metadata_field, spec, specs, _ = root.fields("apiVersion", "kind", "metadata", "spec", "specs", "status")
    metadata = read_metadata(metadata_field, strict=True)
    of_cluster = source.kind == CLUSTERWIDE
    if of_cluster:
        _refuse_namespace(metadata_field, metadata, source.kind)
    if spec.value is None and not specs.items():
        root.reject("section", f"{source.kind} {metadata.name} has neither `spec` nor an item of `specs`")
    key = (of_cluster, repr(spec.value), repr(specs.value))
    if key in known:
        rules = known[key]
    else:
        before = len(root.report.problems)
        rules = read_rules(spec, specs, of_cluster=of_cluster)
        if len(root.report.problems) == before:
            known[key] = rules
    home = None if of_cluster else metadata.given_namespace or namespace
    return CiliumPolicy(source.kind, home, metadata.name, rules, source.origin)


def read_group(root: Field, source: Object) -> CIDRGroup:
    """The CiliumCIDRGroup that `root` holds."""
    _, _, metadata_field, spec, _ = root.fields("apiVersion", "kind", "metadata", "spec", "status")
    metadata = read_metadata(metadata_field, strict=True)
    _refuse_namespace(metadata_field, metadata, source.kind)
    (cidrs,) = spec.fields("externalCIDRs")
    addresses = AddressSet()
    for item in cidrs.items():
        found = read_prefix(item)
        if found is not None:
            addresses = addresses.union(AddressSet.block(found[1]))
    return CIDRGroup(metadata.name, read_labels(metadata_field.get("labels")), addresses, source.origin)


def _refuse_namespace(field: Field, metadata: Metadata, kind: str) -> None:
    if metadata.given_namespace is not None:
        home = field.get("namespace")
        what = f"{kind} {metadata.name}, which is cluster-scoped, names a namespace"
        home.reject("scope", what, "it is cluster-scoped: remove `namespace`")
