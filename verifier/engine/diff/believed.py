"""What a change says of the world: whose addresses are, and on which node what runs. Nothing that it deploys makes that
true, so a gate takes it from the base."""

from msgspec.structs import replace

from verifier.ir.cluster import Cluster
from verifier.ir.endpoint import Workload
from verifier.ir.network import IPAddress

_Facts = tuple[str | None, tuple[IPAddress, ...]]
"""On which node, and at which addresses."""


def as_base_says(base: Cluster, head: Cluster) -> Cluster | None:
    """The head with the Nodes of the base, and with what that says of its pods; None: the head says the same itself."""
    facts: dict[str, list[_Facts]] = {}
    for workload in (*base.workloads, *base.owned):
        facts.setdefault(workload.title, []).append((workload.node, workload.addresses))

    def told(workload: Workload) -> Workload:
        known = facts.get(workload.title, [(None, ())])
        mine = (workload.node, workload.addresses)
        node, addresses = mine if mine in known else known[0]
        return replace(workload, node=node, addresses=addresses)

    workloads, owned = (tuple(map(told, some)) for some in (head.workloads, head.owned))
    if (base.nodes, workloads, owned) == (head.nodes, head.workloads, head.owned):
        return None
    return replace(head, nodes=base.nodes, workloads=workloads, owned=owned)
