"""A cluster cut down to what policies of a few namespaces can tell apart, where nobody lists the pods.

Whether any connection at all meets a condition over such policies hangs on few things of a cluster: on these namespaces
and two of every other sort (`alike`), on whether there are ends on nodes, and on the ports for which port names stand
that the policies mention. Each of these stays; all that is left out could be exchanged for something that stays.
INVARIANT: comparisons ask nothing about whose addresses are. If they ever do, one node will not do for all.
"""

from collections.abc import Collection, Sequence

from msgspec.structs import replace

from verifier.encoding.question import places
from verifier.engine.problem.declared import World
from verifier.ir.cluster import Cluster
from verifier.ir.endpoint import Workload
from verifier.ir.policy import NO_POLICIES, Formula, PolicySet
from verifier.vocabulary import Mentions


def cut_down(
    world: World, policies: Sequence[PolicySet], homes: Collection[str], formulas: Sequence[Formula] = ()
) -> Cluster | None:
    """The cluster without policies, cut down for a question about nothing but `policies`, which are those of the
    namespaces `homes`, and `formulas`; None: it has to be whole, since pods are listed, or their labels are compared
    or looked into."""
    if not world.universe.other_pods:
        return None
    mentions = Mentions()
    for some in policies:
        mentions.add_policies(some)
    for formula in (*formulas, *places(world.universe)):
        mentions.add(formula)
    if mentions.compared or mentions.texts or mentions.unknowns:
        return None
    workloads: dict[int, Workload] = {id(w): w for w in world.hostpods[:1]}
    for name in sorted(mentions.port_names):
        workloads |= {id(w): w for w in world.by_port_name.get(name, ())}
    namespaces = {n.name: n for n in world.alike.enough(mentions, sorted(homes))}
    namespaces |= {w.namespace: world.declared[w.namespace] for w in workloads.values()}
    cluster = world.cluster
    return replace(
        cluster,
        namespaces=tuple(namespaces[name] for name in sorted(namespaces)),
        workloads=tuple(sorted(workloads.values(), key=lambda w: (w.namespace, w.kind, w.name))),
        policies=NO_POLICIES,
        nodes=cluster.nodes[:1],
        passed_over=(),
        owned=(),
        services=(),
        backends=(),
        customs=(),
        finished=(),
    )
