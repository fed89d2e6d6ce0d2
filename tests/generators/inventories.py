"""Random pairs of small inventories whose workloads come, go, are renamed, turn to hostNetwork and change their labels,
with or without a change of policies. A seed is a pair."""

from collections.abc import Callable
from copy import deepcopy
from random import Random

from tests.generators import changes
from tests.generators.changes import Pair
from tests.generators.residents import settled
from tests.generators.strategies import Draw
from tests.objects import WORKLOADS, Plain


def inventory_pair(seed: int) -> Pair:
    random = Random(f"inventories {seed}")
    draw = Draw(random)
    universe: Plain = {"pods": {"others": False}}
    if draw.often(0.5):
        universe["addresses"] = draw.addresses()
    if draw.often(0.3):
        universe["families"] = [draw.one((4, 4, 6))]
    old = draw.manifests(universe)
    old += [draw.policy("more")] if draw.often(0.5) else []
    old = settled(seed, old, universe, often=0.25)
    new = deepcopy(old)
    wanted = draw.one((1, 1, 2, 2, 3))
    for change in random.sample(CHANGES, len(CHANGES)):
        wanted -= bool(change(new, random))
        if wanted == 0:
            break
    for _ in range(draw.one((0, 0, 1, 1, 2))):
        random.choice(changes.CHANGES)(new, random)
    if draw.often(0.5):
        old, new = new, old
    accepted: list[Plain | str] = [draw.flow()] if draw.often(0.15) else []
    return Pair(old, new, universe, _switches(draw), accepted, forgets=draw.often(0.1))


def _switches(draw: Draw) -> dict[str, str]:
    """A setting in which not more than two switches that hostNetwork pods hang on are open."""
    found = {
        "host_network": draw.one(("as_node", "as_pod", "as_peer", "open", "open")),
        "ipblock_pods": draw.one(("match", "never")),
        "ipblock_nodes": draw.one(("match", "match", "never")),
        "local_node_egress": draw.one(("policy", "always")),
        "named_port_ipblock": draw.one(("resolve", "never")),
        "named_port_source": draw.one(("containers", "sidecars", "all_init")),
    }
    if draw.often(0.2):
        found[draw.one(("ipblock_pods", "ipblock_nodes", "named_port_source"))] = "open"
    return found


def _workloads(manifests: list[Plain]) -> list[Plain]:
    return [m for m in manifests if m["kind"] in WORKLOADS]


def _come(manifests: list[Plain], random: Random) -> bool:
    """A workload that was not there, now and then much like one that was."""
    known = _workloads(manifests)
    if known and random.random() < 0.4:
        added = deepcopy(random.choice(known))
        added.pop("status", None)
        added["metadata"].pop("generateName", None)
        added["metadata"]["name"] = f"like{random.randrange(1000)}"
    else:
        added = Draw(random).workload(f"new{random.randrange(1000)}")
    manifests.append(added)
    return True


def _go(manifests: list[Plain], random: Random) -> bool:
    known = _workloads(manifests)
    if len(known) > 1:
        manifests.remove(random.choice(known))
    return len(known) > 1


def _rename(manifests: list[Plain], random: Random) -> bool:
    named = [m for m in _workloads(manifests) if "name" in m["metadata"]]
    if named:
        random.choice(named)["metadata"]["name"] += "-renamed"
    return bool(named)


def _turn(manifests: list[Plain], random: Random) -> bool:
    """To hostNetwork, or from it."""
    known = _workloads(manifests)
    if known:
        chosen = random.choice(known)
        chosen.pop("status", None)
        spec = chosen["spec"]
        spec = spec["jobTemplate"]["spec"] if "jobTemplate" in spec else spec
        spec = spec if chosen["kind"] == "Pod" else spec["template"]["spec"]
        if spec.pop("hostNetwork", None) is None:
            spec["hostNetwork"] = True
    return bool(known)


def _node(manifests: list[Plain], random: Random) -> bool:
    """A Node that was not there."""
    status = {"addresses": [{"type": "InternalIP", "address": f"10.9.9.{random.randrange(1, 250)}"}]}
    name = f"n{random.randrange(1000)}"
    manifests.append({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "status": status})
    return True


CHANGES: list[Callable[[list[Plain], Random], bool]] = [
    _come, _come, _go, _go, _rename, _rename, _turn, _turn, _turn, _node, changes.relabel_workload,
    changes.change_ports_of_workload,
]  # fmt: skip
