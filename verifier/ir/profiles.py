"""Profiles: what network plugins do at the points where they differ, each with its source (docs/semantics.md 1.4 and
1.7, docs/plugins.md)."""

from collections.abc import Mapping

from msgspec import Struct

from verifier.ir.switches import OPEN

NEUTRAL = "k8s"
"""The profile that fixes nothing, and so says nothing of which plugin there is."""


class Fixed(Struct, frozen=True):
    """The value of a switch under a profile, or `open` where no source settles it, and where that is read."""

    value: str
    source: str


_CALICO = {
    "local_node_ingress": Fixed("always", "calico issue 2797"),
    "local_node_egress": Fixed("policy", "felix/rules/static.go; DefaultEndpointToHostAction ACCEPT, as shipped"),
    "host_network": Fixed("as_node", "Kubernetes documentation: the common behaviour"),
    "ipblock_pods": Fixed("match", "calico issue 6634"),
    "ipblock_nodes": Fixed("match", "by the address seen"),
    "named_port_source": Fixed("all_init", "calico PR 8885"),
    "named_port_ipblock": Fixed("resolve", "the name is resolved at the pod"),
    "same_priority": Fixed("by_name", "calico: equal orders go by name"),
    "np_finality": Fixed("per_direction", "calico: ends of tiers are per direction"),
}

_CILIUM = {
    "local_node_ingress": Fixed("always", "allow-localhost: auto"),
    "local_node_egress": Fixed("policy", "allow-localhost is for ingress only"),
    "host_network": Fixed("as_node", "Kubernetes documentation: the common behaviour"),
    "self_via_service": Fixed("allow", "cilium issue 23480"),
    "ipblock_pods": Fixed("never", "cilium issues 9209, 19601; policy-cidr-match-mode"),
    "ipblock_nodes": Fixed("never", "policy-cidr-match-mode"),
    "named_port_source": Fixed("containers", "cilium pkg/k8s: containers only"),
    "named_port_dup": Fixed("one", "cilium: one definition a name, the last"),
    "same_priority": Fixed("deny_first", "cilium: deny, then accept, then pass"),
    "networks_pods": Fixed("never", "policy-cidr-match-mode"),
    "networks_nodes": Fixed("never", "policy-cidr-match-mode"),
    "np_finality": Fixed("per_direction", "cilium: default deny is per direction"),
    "endport": Fixed("yes", "cilium issue 16622"),
}

_KUBE_NETWORK_POLICIES = {
    "local_node_ingress": Fixed(OPEN, "pkg/dataplane/controller.go, issue 65: sockets of uid 0 only"),
    "local_node_egress": Fixed("policy", "kube-network-policies PR 339, since v1.1.0"),
    "host_network": Fixed("as_node", "Kubernetes documentation: the common behaviour"),
    "ipblock_pods": Fixed("match", "a plain comparison of addresses"),
    "ipblock_nodes": Fixed("match", "a plain comparison of addresses"),
    "named_port_source": Fixed("containers", "containers only"),
    "named_port_dup": Fixed("all", "every declaration"),
    "named_port_ipblock": Fixed("resolve", "the name is resolved at the pod"),
    "same_priority": Fixed("by_name", "by name"),
    "np_finality": Fixed("per_pod", "Baseline is skipped for a pod that a NetworkPolicy governs"),
}

_AWS_VPC_CNI = {
    "local_node_ingress": Fixed("always", "agent pkg/fwruleprocessor/fw_rule_processor.go"),
    "local_node_egress": Fixed("always", "agent pkg/fwruleprocessor/fw_rule_processor.go"),
    "host_network": Fixed("as_peer", "controller pkg/resolvers/endpoints.go"),
    "ipblock_pods": Fixed("match", "agent: a longest-prefix map of plain addresses"),
    "ipblock_nodes": Fixed("match", "agent: a longest-prefix map of plain addresses"),
    "named_port_source": Fixed("containers", "controller pkg/k8s/pod_utils.go"),
    "named_port_ipblock": Fixed("never", "controller pkg/resolvers/endpoints.go"),
    "endport": Fixed("yes", "agent tc.v4ingress.bpf.c"),
    "sctp": Fixed("yes", "agent tc.v4ingress.bpf.c"),
}

_ANTREA = {
    "local_node_ingress": Fixed("always", "docs/design/ovs-pipeline.md, IngressSecurityClassifier"),
    "local_node_egress": Fixed("policy", "docs/design/ovs-pipeline.md: no such classifier for egress"),
    "host_network": Fixed("as_node", "pkg/controller/networkpolicy/crd_utils.go"),
    "ipblock_pods": Fixed("match", "pod_reconciler.go: ipBlocks are address flows"),
    "ipblock_nodes": Fixed(OPEN, "docs/antrea-network-policy.md: another node shows its gateway or transport address"),
    "named_port_source": Fixed("containers", "networkpolicy_controller.go, podToGroupMember"),
    "named_port_ipblock": Fixed("never", "pod_reconciler.go, resolveService"),
    "np_finality": Fixed("per_direction", "separate IngressDefaultRule and EgressDefaultRule tables"),
    "endport": Fixed("yes", "docs/antrea-network-policy.md"),
    "sctp": Fixed("yes", "docs/antrea-network-policy.md"),
}

_OVN_KUBERNETES = {
    "local_node_ingress": Fixed("always", "ovn/base_network_controller_policy.go, addAllowACLFromNode"),
    "local_node_egress": Fixed("policy", "ovn/base_network_controller_policy.go, LportEgressAfterLB"),
    "host_network": Fixed("as_peer", "ovn/addresssetmanager/addressset_manager.go"),
    "ipblock_pods": Fixed("match", "ovn/gress_policy.go, getMatchFromIPBlock"),
    "ipblock_nodes": Fixed(OPEN, "ovn/gress_policy.go: a node shows its management-port address"),
    "named_port_source": Fixed("containers", "ovn/controller/admin_network_policy"),
    "named_port_dup": Fixed("all", "ovn/controller/admin_network_policy"),
    "networks_pods": Fixed("match", "ovn/controller/admin_network_policy"),
    "networks_nodes": Fixed(OPEN, "as ipBlock"),
    "np_finality": Fixed("per_direction", "ovn/controller/admin_network_policy, tiers 1 to 3"),
    "endport": Fixed("yes", "libovsdb/util/acl.go"),
    "sctp": Fixed("yes", "libovsdb/util/acl.go"),
}

_KUBE_ROUTER = {
    "local_node_ingress": Fixed("always", "pkg/controllers/netpol/pod.go, from local node"),
    "local_node_egress": Fixed("policy", "pkg/controllers/netpol/pod.go, interceptPodOutboundTraffic"),
    "host_network": Fixed("as_node", "pkg/controllers/netpol/utils.go, isNetPolActionable"),
    "ipblock_pods": Fixed("match", "pkg/controllers/netpol/policy.go, evalIPBlockPeer"),
    "ipblock_nodes": Fixed("match", "pkg/controllers/netpol/policy.go, evalIPBlockPeer"),
    "named_port_source": Fixed("containers", "pkg/controllers/netpol/policy.go, grabNamedPortFromPod"),
    "named_port_dup": Fixed("all", "pkg/controllers/netpol/policy.go, grabNamedPortFromPod"),
    "named_port_ipblock": Fixed("never", "pkg/controllers/netpol/policy.go, grabNamedPortFromPod"),
    "endport": Fixed("yes", "pkg/controllers/netpol/policy.go, processNetworkPolicyPorts"),
    "sctp": Fixed("yes", "pkg/controllers/netpol/policy.go, processNetworkPolicyPorts"),
}

_AZURE_NPM = {
    "local_node_ingress": Fixed("always", "dataplane/policies/chain-management_linux.go: FORWARD only"),
    "local_node_egress": Fixed("always", "dataplane/policies/chain-management_linux.go: FORWARD only"),
    "host_network": Fixed("as_node", "controlplane/controllers/v2/podController.go"),
    "ipblock_pods": Fixed("match", "controlplane/translation/translatePolicy.go"),
    "ipblock_nodes": Fixed("match", "controlplane/translation/translatePolicy.go"),
    "named_port_source": Fixed("containers", "controllers/common/pod.go"),
    "named_port_dup": Fixed("all", "controllers/common/pod.go"),
    "named_port_ipblock": Fixed("resolve", "controlplane/translation/translatePolicy.go"),
    "endport": Fixed("yes", "controlplane/translation/translatePolicy.go"),
    "sctp": Fixed("yes", "controlplane/translation/translatePolicy.go; Linux nodes"),
}

_WEAVE = {
    "local_node_ingress": Fixed("always", "net/bridge.go: FORWARD only"),
    "local_node_egress": Fixed("always", "prog/weave-npc/main.go"),
    "host_network": Fixed("as_node", "npc/namespace.go"),
    "ipblock_pods": Fixed("match", "npc/ipblock.go"),
    "ipblock_nodes": Fixed(OPEN, "npc/ipblock.go, PR 3367: the source is often rewritten"),
    "endport": Fixed("no", "npc/analyser.go: endPort is not read"),
    "sctp": Fixed(OPEN, "no source"),
}

_ON_CILIUM = {
    name: _CILIUM[name]
    for name in ("local_node_ingress", "local_node_egress", "host_network", "named_port_source", "named_port_dup")
}

_GKE_DATAPLANE_V2 = {
    **_ON_CILIUM,
    "np_finality": Fixed(OPEN, "no page says"),
    "networks_pods": Fixed(OPEN, "no page says"),
    "networks_nodes": Fixed(OPEN, "no page says"),
    "endport": Fixed(OPEN, "no page says"),
    "sctp": Fixed("yes", "GKE documentation, deploy-workloads-with-sctp: only where it is enabled"),
}

_AZURE_CILIUM = {
    **_ON_CILIUM,
    "ipblock_pods": Fixed("never", "azure-docs commit 8fbcd147"),
    "ipblock_nodes": Fixed("never", "azure-docs commit 8fbcd147"),
    "np_finality": Fixed(OPEN, "no page says"),
    "networks_pods": Fixed(OPEN, "no page says"),
    "networks_nodes": Fixed(OPEN, "no page says"),
    "endport": Fixed(OPEN, "no page says"),
    "sctp": Fixed(OPEN, "no page says"),
}

ASSUMED: Mapping[str, tuple[str, ...]] = {
    "antrea": (
        "Antrea Proxy runs, and no pod gives one port name to two ports, of which Antrea takes the first",
        "the feature gates of the cluster-scoped policies that stand here are on",
    ),
    "aws-vpc-cni": (
        "one address family, standard mode (NETWORK_POLICY_ENFORCING_MODE), at most 24 port entries an address",
        "every pod has an owner, without which AWS VPC CNI does not govern it",
        "nobody goes through a clusterIP: egress is judged before its translation",
    ),
    "azure-npm": ("Linux nodes, and not NPM Lite",),
    "kube-router": ("nobody goes to a node port of a local address, which kube-router does not judge",),
    "weave": ("one address family, IPv4",),
}
"""What every answer under a profile rests on besides: how the plugin is set up, and what it does that no switch
says."""

SOURCES: Mapping[str, Mapping[str, Fixed]] = {
    NEUTRAL: {},
    "calico": _CALICO,
    "cilium": _CILIUM,
    "kube-network-policies": _KUBE_NETWORK_POLICIES,
    "antrea": _ANTREA,
    "aws-vpc-cni": _AWS_VPC_CNI,
    "azure-cilium": _AZURE_CILIUM,
    "azure-npm": _AZURE_NPM,
    "gke-dataplane-v2": _GKE_DATAPLANE_V2,
    "kube-router": _KUBE_ROUTER,
    "ovn-kubernetes": _OVN_KUBERNETES,
    "weave": _WEAVE,
}
"""What a profile fixes, and by which source."""

PROFILES: Mapping[str, Mapping[str, str]] = {
    profile: {name: fixed.value for name, fixed in switches.items()} for profile, switches in SOURCES.items()
}
"""What a profile fixes; a switch that it does not name keeps its default."""
