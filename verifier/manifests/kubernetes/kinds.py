"""Which kinds of objects there are for us: those that are read, those that decide about traffic and are not
read, and the rest (docs/semantics.md 1.6). By group and kind, since others define kinds of the same names."""

import difflib
from enum import Enum

POLICY = "NetworkPolicy"
POLICY_API = "networking.k8s.io/v1"
OLD_POLICY_API = "extensions/v1beta1"

TIER_GROUP = "policy.networking.k8s.io"
TIERS = {
    "AdminNetworkPolicy": f"{TIER_GROUP}/v1alpha1",
    "BaselineAdminNetworkPolicy": f"{TIER_GROUP}/v1alpha1",
    "ClusterNetworkPolicy": f"{TIER_GROUP}/v1alpha2",
}
"""The cluster-scoped policies of sig-network, each of which exists in one version only."""

CILIUM = {
    "CiliumNetworkPolicy": ("cilium.io/v2",),
    "CiliumClusterwideNetworkPolicy": ("cilium.io/v2",),
    "CiliumCIDRGroup": ("cilium.io/v2", "cilium.io/v2alpha1"),
}
"""The policies of Cilium, and the addresses that they name."""

MESH_GROUP = "security.istio.io"
MESH = ("AuthorizationPolicy", "PeerAuthentication")
"""Those of Istio that are about who may open a connection."""

_APPS = ("apps/v1", "apps/v1beta2", "apps/v1beta1", "extensions/v1beta1")
APIS: dict[str, tuple[str, ...]] = {
    POLICY: (POLICY_API,),
    **{kind: (api,) for kind, api in TIERS.items()},
    **CILIUM,
    **dict.fromkeys(MESH, (f"{MESH_GROUP}/v1", f"{MESH_GROUP}/v1beta1")),
    "Namespace": ("v1",),
    "Node": ("v1",),
    "Service": ("v1",),
    "Endpoints": ("v1",),
    "EndpointSlice": ("discovery.k8s.io/v1", "discovery.k8s.io/v1beta1"),
    "Pod": ("v1",),
    "ReplicationController": ("v1",),
    "Deployment": _APPS,
    "ReplicaSet": _APPS,
    "DaemonSet": _APPS,
    "StatefulSet": _APPS[:3],
    "Job": ("batch/v1",),
    "CronJob": ("batch/v1", "batch/v1beta1"),
}
"""The kinds that are read, and the versions under which they have the same shape."""

_CALICO_APIS = ("projectcalico.org/v3", "crd.projectcalico.org/v1")
_OF_CALICO = (
    "NetworkPolicy", "GlobalNetworkPolicy", "StagedNetworkPolicy", "StagedGlobalNetworkPolicy",
    "StagedKubernetesNetworkPolicy", "Tier", "NetworkSet", "GlobalNetworkSet", "HostEndpoint",
)  # fmt: skip
"""The kinds that only Calico reads, under either of its groups."""
CALICO_WIDE = (
    "GlobalNetworkPolicy",
    "StagedGlobalNetworkPolicy",
    "GlobalNetworkSet",
    "Tier",
    "HostEndpoint",
)
OF_NO_NAMESPACE = frozenset(
    {"Namespace", "Node", *TIERS, "CiliumClusterwideNetworkPolicy", "CiliumCIDRGroup", *CALICO_WIDE}
)
"""The kinds that are read and whose objects are in no namespace."""


_CALICO = ("Tier", "NetworkSet", "GlobalNetworkSet", "HostEndpoint")
_DECIDING: dict[str, tuple[str, ...]] = {
    "k8s.ovn.org": ("EgressFirewall",),
    "crd.nsx.vmware.com": ("SecurityPolicy",),
    "crd.antrea.io": ("Tier",),
    "policy.linkerd.io": ("Server", "ServerAuthorization", "AuthorizationPolicy"),
    "consul.hashicorp.com": ("ServiceIntentions",),
    "k8s.otterize.com": ("ClientIntents", "ProtectedService"),
    MESH_GROUP: MESH,
    "projectcalico.org": _CALICO,
    "crd.projectcalico.org": _CALICO,
}
"""By group, the kinds that decide about traffic, besides those that are called something with NetworkPolicy."""
DECIDING_GROUPS = frozenset(
    {*_DECIDING, "networking.k8s.io", "extensions", TIER_GROUP, "cilium.io", "crd.antrea.io", "networking.k8s.aws"}
)
"""The groups of which some kind is known to decide about traffic."""
_OTHER_NETWORKS = ("k8s.cni.cncf.io", "MultiNetworkPolicy")
_STEERING_GROUP = "networking.istio.io"
_STEERING = ("Sidecar", "Gateway", "VirtualService", "ServiceEntry", "DestinationRule", "EnvoyFilter")
_REDIRECTING = ("CiliumLocalRedirectPolicy", "CiliumEgressGatewayPolicy")


class Bearing(Enum):
    """What an object of some kind that is not read has to do with traffic."""

    DECIDES = "silence about it would be a wrong answer"
    REDIRECTS = "it sends traffic elsewhere"
    STEERS = "it says where proxies of a mesh send traffic, or how"
    OTHER_NETWORKS = "it is about networks that nothing here is about"
    NONE = "it has none, as far as its kind tells"


def is_read(api: str, kind: str) -> bool:
    """True iff there is a reader for objects of this kind."""
    return api in APIS.get(kind, ()) or is_of_calico(api, kind)


def is_of_calico(api: str, kind: str) -> bool:
    """True iff it is one of the kinds that only Calico reads."""
    return api in _CALICO_APIS and kind in _OF_CALICO


def bearing(api: str, kind: str) -> Bearing:
    """What an object has to do with traffic that `is_read` does not hold of. Whether a letter is a capital makes no
    difference: a cluster refuses such an object, and nobody should have to know."""
    group, name = group_of(api).lower(), kind.strip().lower()
    if (group, name) == (_OTHER_NETWORKS[0], _OTHER_NETWORKS[1].lower()):
        return Bearing.OTHER_NETWORKS
    if looks_like_policy(kind) or name in map(str.lower, _DECIDING.get(group, ())):
        return Bearing.DECIDES
    if group == "cilium.io" and name in map(str.lower, _REDIRECTING):
        return Bearing.REDIRECTS
    if group == _STEERING_GROUP and name in map(str.lower, _STEERING):
        return Bearing.STEERS
    return Bearing.NONE


def is_policy(api: str, kind: str) -> bool:
    """True iff objects of this kind decide about traffic, whether they are read or not."""
    return kind == POLICY or bearing(api, kind) is Bearing.DECIDES


def looks_like_policy(kind: str) -> bool:
    """True iff it is called something with NetworkPolicy."""
    lowered = kind.lower()
    return "networkpolicy" in lowered or "networkpolicies" in lowered


def group_of(api: str) -> str:
    """The group of an apiVersion; of one without a version, what stands there in its place."""
    group, slash, _ = api.strip().partition("/")
    return group if slash or "." in group else ""


def is_native(api: str) -> bool:
    """True iff the group is one of Kubernetes itself that has no dot, so that nobody else can have defined the kind."""
    return "." not in api.rpartition("/")[0] and "." not in api


def is_custom(api: str) -> bool:
    """True iff the group is none of Kubernetes, so that an operator may make anything of an object, pods as well."""
    group = group_of(api)
    return "." in group and not group.endswith(".k8s.io")


def policy_hint(api: str, kind: str) -> str:
    """What to do about a policy that is not understood."""
    if kind.lower() == POLICY.lower() and (kind != POLICY or is_native(api) or api.startswith("networking.k8s.io/")):
        return f"write `apiVersion: {POLICY_API}` and `kind: {POLICY}`"
    if kind in TIERS and api.startswith(f"{TIER_GROUP}/"):
        return f"write `apiVersion: {TIERS[kind]}`"
    if kind in CILIUM and api.startswith("cilium.io/"):
        return f"write `apiVersion: {CILIUM[kind][0]}`"
    if kind in MESH and api.startswith(f"{MESH_GROUP}/"):
        return f"write `apiVersion: {APIS[kind][0]}`"
    return "`--skip-unknown` passes over it; the answers are then about the other policies only"


def misspelled(api: str, kind: str) -> str | None:
    """The kind that is meant, where `kind` is nearly one that is read; None where it is just another kind."""
    known = [kind for kind in (*APIS, *_OF_CALICO) if is_read(api, kind)]
    close = difflib.get_close_matches(kind, known, 1, 0.85)
    return close[0] if close else None
