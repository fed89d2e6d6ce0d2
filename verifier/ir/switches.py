"""Switches: the points vendors disagree on (docs/semantics.md 1.4, docs/switches.md)."""

from collections.abc import Mapping

from msgspec import Struct

OPEN = "open"
"""The value of a switch that the user leaves open: every value of it must be considered."""


class Switch(Struct, frozen=True):
    """A switch, its values, and its default (a value, or `open`). `at_reading`: it decides how manifests are read,
    so it cannot be left open. `beyond`: further values that it can be set to, which `open` does not mean. `demands`:
    further ones, which ask that something about the input be proved first; nothing else is asked under them.
    of_plugin: the network plugin decides it; else something else of the cluster does, whatever its plugin."""

    name: str
    values: tuple[str, ...]
    default: str
    about: str
    at_reading: bool = False
    beyond: tuple[str, ...] = ()
    demands: tuple[str, ...] = ()
    of_plugin: bool = True

    @property
    def words(self) -> tuple[str, ...]:
        """What it can be set to, but for `open`."""
        return (*self.values, *self.beyond, *self.demands)


_TABLE = (
    Switch("local_node_ingress", ("always", "policy"), "always", "traffic from a pod's own node is always let in"),
    Switch(
        "local_node_egress",
        ("policy", "always"),
        OPEN,
        "traffic from a pod to its own node is always let out",
        beyond=("policy_then_drop",),
    ),
    Switch(
        "host_network",
        ("as_node", "as_pod", "as_peer"),
        OPEN,
        "whether policies treat hostNetwork pods as nodes, as pods, or as pods only where they are peers",
    ),
    Switch("self_via_service", ("allow", "policy"), OPEN, "a pod that reaches itself through a Service"),
    Switch(
        "external_source",
        ("preserved", "node"),
        "preserved",
        "the source address that ipBlocks see for outside clients",
        of_plugin=False,
    ),
    Switch("ipblock_pods", ("match", "never"), OPEN, "whether an ipBlock matches pods by their addresses"),
    Switch("ipblock_nodes", ("match", "never"), OPEN, "whether an ipBlock matches nodes by their addresses"),
    Switch(
        "named_port_source",
        ("containers", "sidecars", "all_init"),
        OPEN,
        "which containers contribute port names: containers only, sidecars too, or every init container",
    ),
    Switch(
        "named_port_dup", ("all", "one"), "all", "a port name declared twice in one pod: every declaration, or the last"
    ),
    Switch("named_port_ipblock", ("resolve", "never"), OPEN, "a named port under an egress ipBlock that covers a pod"),
    Switch(
        "same_priority",
        ("any", "by_name", "deny_first"),
        "any",
        "cluster-scoped policies of equal priority that all match: any of them, the first by name, a deny, or an error",
        demands=("reject",),
    ),
    Switch("networks_pods", ("match", "never"), "match", "whether `networks` of cluster-scoped policies match pods"),
    Switch("networks_nodes", ("match", "never"), "match", "whether `networks` of cluster-scoped policies match nodes"),
    Switch(
        "np_finality",
        ("per_direction", "per_pod"),
        "per_direction",
        "whether a NetworkPolicy keeps the Baseline tier away from its pods in the directions it governs, or in both",
    ),
    Switch(
        "calico_np_name",
        ("plain", "knp"),
        OPEN,
        "what Calico calls a NetworkPolicy of Kubernetes, among policies of the very order 1000 in its tier",
    ),
    Switch(
        "istio_mesh",
        ("all", "labelled"),
        "all",
        "which pods a proxy of the mesh stands before: all, or those that a label or an annotation says",
        of_plugin=False,
    ),
    Switch(
        "istio_dataplane",
        ("sidecar", "ambient"),
        OPEN,
        "whether sidecars enforce what the mesh says, or ztunnel, which knows no HTTP",
        of_plugin=False,
    ),
    Switch(
        "other_protocols", ("off", "on"), "off", "claims about protocols other than TCP, UDP and SCTP", of_plugin=False
    ),
    Switch("endport", ("yes", "no"), "yes", "whether the plugin knows endPort"),
    Switch("sctp", ("yes", "no"), "yes", "whether the plugin knows SCTP; without it no claim is made about SCTP"),
    Switch("service_nat", ("after",), "after", "policies see addresses and ports after Service translation"),
    Switch(
        "strict_cidr", ("on", "off"), "on", "CIDRs with host bits set are refused", at_reading=True, of_plugin=False
    ),
    Switch(
        "field_validation",
        ("strict", "drop"),
        "strict",
        "unknown and duplicate fields are refused, or dropped",
        at_reading=True,
        of_plugin=False,
    ),
    Switch(
        "kcnp_empty_l4",
        ("reject", "all_ports"),
        "reject",
        "a ClusterNetworkPolicy's `tcp: {}` is refused, or means every port",
        at_reading=True,
        of_plugin=False,
    ),
    Switch(
        "mixed_tiers",
        ("reject", "v1alpha1_first", "v1alpha2_first"),
        "reject",
        "cluster-scoped policies of both versions are refused, or those of one come first in each tier",
        at_reading=True,
        of_plugin=False,
    ),
    Switch(
        "nested_peers",
        ("reject", "read"),
        "reject",
        "peers of the form `namespaces: {namespaceSelector: ..}`, of v1alpha1 up to v0.1.2, are refused, or read",
        at_reading=True,
        of_plugin=False,
    ),
    Switch(
        "cilium_mode",
        ("default", "always", "never"),
        "default",
        "Cilium's policy enforcement mode: pods are isolated by the policies that select them, all are, or none is",
        at_reading=True,
    ),
    Switch(
        "cilium_empty_rule",
        ("nothing", "all"),
        "nothing",
        "an entry of a Cilium policy with neither peers nor ports allows nothing, or everything",
        at_reading=True,
    ),
)

SWITCHES: Mapping[str, Switch] = {switch.name: switch for switch in _TABLE}

BEFORE, AFTER = "old:", "new:"
"""How a switch is called that is another one on either side of a comparison: that of the old side, of the new."""


def switch_called(name: str) -> Switch:
    """The switch of this name; of either side, where it is one of a side."""
    return SWITCHES[name.removeprefix(BEFORE).removeprefix(AFTER)]


def concrete(switches: Mapping[str, str], chosen: Mapping[str, str]) -> dict[str, str]:
    """A full setting: `chosen`, then what `switches` fixes, then, for switches left open that do not matter,
    any value."""
    return {
        name: chosen.get(name) or (switches[name] if switches.get(name, OPEN) != OPEN else switch.values[0])
        for name, switch in SWITCHES.items()
    }
