"""Which kinds of objects there are for us: those that are read, those that look like a policy, and the rest."""

import difflib

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

_APPS = ("apps/v1", "apps/v1beta2", "apps/v1beta1", "extensions/v1beta1")
APIS: dict[str, tuple[str, ...]] = {
    POLICY: (POLICY_API,),
    **{kind: (api,) for kind, api in TIERS.items()},
    "Namespace": ("v1",),
    "Node": ("v1",),
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


def is_read(api: str, kind: str) -> bool:
    """True iff there is a reader for objects of this kind."""
    return api in APIS.get(kind, ())


def looks_like_policy(kind: str) -> bool:
    """True iff silence about objects of this kind would be a wrong answer."""
    lowered = kind.lower()
    return "networkpolicy" in lowered or "networkpolicies" in lowered or lowered.endswith("authorizationpolicy")


def is_native(api: str) -> bool:
    """True iff the group is one of Kubernetes itself that has no dot, so that nobody else can have defined the kind."""
    return "." not in api.rpartition("/")[0] and "." not in api


def policy_hint(api: str, kind: str) -> str:
    """What to do about a policy that is not understood."""
    if kind.lower() == POLICY.lower() and (kind != POLICY or is_native(api) or api.startswith("networking.k8s.io/")):
        return f"write `apiVersion: {POLICY_API}` and `kind: {POLICY}`"
    if kind in TIERS and api.startswith(f"{TIER_GROUP}/"):
        return f"write `apiVersion: {TIERS[kind]}`"
    return "`--skip-unknown` passes over it; the answers are then about the other policies only"


def misspelled(api: str, kind: str) -> str | None:
    """The kind that is meant, where `kind` is nearly one that is read; None where it is just another kind."""
    close = difflib.get_close_matches(kind, [k for k, apis in APIS.items() if api in apis], 1, 0.85)
    return close[0] if close else None
