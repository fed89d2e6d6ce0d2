"""A comparison of two settings in words: under what either side is judged, which switch a region is there for and where
that is read, and what to write instead where that is clear."""

from collections.abc import Iterator, Mapping

from verifier.engine.results.diff import Apart, Difference, Settings
from verifier.engine.results.region import Region

INSTEAD: Mapping[str, str] = {
    "ipblock_pods": "mean pods by podSelector and namespaceSelector, which plugins read alike, and keep ipBlock for "
    "addresses outside the cluster",
    "ipblock_nodes": "rest nothing on a block that holds nodes: no NetworkPolicy can mean a node on every plugin",
    "networks_pods": "mean pods by `namespaces` or `pods`, and keep `networks` for addresses outside the cluster",
    "networks_nodes": "mean nodes by `nodes`, where the plugin reads that, and not by `networks`",
    "host_network": "rest nothing on selectors that meet hostNetwork pods, or give these pods a network of their own",
    "named_port_source": "write the number of the port instead of its name",
    "named_port_dup": "write the number of the port instead of its name",
    "named_port_ipblock": "write the number of the port instead of its name",
    "same_priority": "give each cluster-scoped policy a priority of its own",
    "np_finality": "let the NetworkPolicy govern both directions (policyTypes: [Ingress, Egress])",
    "endport": "list the ports one by one instead of endPort",
    "calico_np_name": "give no policy of tier `default` the order 1000, which NetworkPolicies have",
    "istio_dataplane": "let DENY rules say no HTTP fields, which ztunnel does not read",
}
"""What says the same whatever the switch is."""


def under(settings: Settings) -> tuple[str, str]:
    """What the sides are judged under, in a word or two each: (old, new)."""
    if settings.old == settings.new:
        return "the setting of OLD", "the setting of NEW"
    return settings.old, settings.new


def since(region: Region, settings: Settings | None) -> Iterator[str]:
    """What the region is there for, a line a switch: `ipblock_pods: match under calico (calico issue 6634), ...`."""
    if settings is None:
        return
    for apart in settings.apart:
        if apart.switch in region.since:
            yield f"{apart.switch}: {_value(apart, settings, new=False)}, {_value(apart, settings, new=True)}"


def _value(apart: Apart, settings: Settings, *, new: bool) -> str:
    value, source = (apart.new, apart.new_source) if new else (apart.old, apart.old_source)
    told = f" ({source})" if source is not None else ""
    return f"{value} under {under(settings)[new]}{told}"


def instead(difference: Difference) -> Iterator[tuple[str, str]]:
    """Of each switch that some region is there for: what to write instead, where that is clear."""
    named = {switch for region in (*difference.added, *difference.removed) for switch in region.since}
    yield from ((switch, text) for switch, text in INSTEAD.items() if switch in named)
