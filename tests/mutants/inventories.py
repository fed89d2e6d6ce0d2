"""Faults in comparisons of inventories: whose workloads come, go, are renamed, and turn to hostNetwork."""

from .fault import Fault

_PAIRING = "verifier/engine/problem/pairing.py"
_PODS = "verifier/encoding/pairedpods.py"
_PAIR = "verifier/encoding/pair.py"
_ONE_SIDED = "verifier/engine/diff/onesided.py"
_COMPARE = "verifier/engine/diff/compare.py"

INVENTORIES = (
    Fault(
        "a pod that only one side has is left out of a comparison",
        _PAIRING,
        "return (*self.both, *((w, w) for w in (*self.only_new, *self.only_old)))",
        "return self.both",
    ),
    Fault(
        "what opens for a workload that is gone is nobody's",
        _PAIRING,
        "for w in (*self.only_new, *self.only_old)))",
        "for w in self.only_new))",
    ),
    Fault(
        "every workload of a name of its own is new, a renamed one too",
        _PAIRING,
        "tuple(written.workload for written in fresh if written.pods not in known[0]),",
        "tuple(written.workload for written in fresh),",
    ),
    Fault(
        "a workload with other ports is not new where another one has its labels",
        _PAIRING,
        "return w.namespace, w.host_network, w.named_ports, *labels",
        "return w.namespace, w.host_network, *labels",
    ),
    Fault(
        "nodes are covered only where the universe says so",
        _PAIRING,
        "        side.universe.nodes or side.cluster.nodes or any(w.host_network for w in side.cluster.workloads)\n",
        "        side.universe.nodes\n",
    ),
    Fault(
        "Node objects alone do not have nodes covered in a comparison",
        _PAIRING,
        "side.universe.nodes or side.cluster.nodes or any(",
        "side.universe.nodes or any(",
    ),
    Fault(
        "hostNetwork workloads alone do not have them covered in a comparison",
        _PAIRING,
        "side.cluster.nodes or any(w.host_network for w in side.cluster.workloads)",
        "side.cluster.nodes",
    ),
    Fault(
        "a workload that turns to hostNetwork has not changed",
        _PODS,
        " or old.named_ports != new.named_ports or has_moved(old, new)",
        " or old.named_ports != new.named_ports",
    ),
    Fault(
        "a workload that turns to hostNetwork keeps its address",
        _PODS,
        "    kept = conj((old.kind.same(new.kind), old.address.same(new.address), old.seen.same(new.seen)))\n",
        "    script.require(old.address.same(new.address))\n"
        "    kept = conj((old.kind.same(new.kind), old.address.same(new.address), old.seen.same(new.seen)))\n",
    ),
    Fault(
        "anybody may have another address on the old side",
        _PODS,
        "    kept = conj((old.kind.same(new.kind), old.address.same(new.address), old.seen.same(new.seen)))\n",
        "    kept = old.kind.same(new.kind)\n",
    ),
    Fault(
        "a workload that turned may have been of any kind before",
        _PODS,
        "        script.require(implies(whose.value.equals(number), old.is_kind(kind)))\n",
        "        assert kind\n",
    ),
    Fault(
        "where the old side's addresses lie is not bound by the universe",
        "verifier/encoding/world.py",
        "    _ranges(script, other, problem, given)\n    _two_places(script, other)\n",
        "    _two_places(script, other)\n",
    ),
    Fault(
        "the family of a connection may differ between the sides",
        "verifier/encoding/world.py",
        "    script.require(_same_family(other.source.address, new.source.address, new.vocabulary))\n",
        "",
    ),
    Fault(
        "a region does not say where a workload was before it turned",
        "verifier/engine/diff/comparison.py",
        'return atom.side == "old" and atom.end not in moved',
        'return atom.side == "old"',
    ),
    Fault(
        "regions are joined over where a workload was",
        "verifier/engine/region/merging.py",
        "        and was\n",
        "",
    ),
    Fault(
        "old addresses are the new side's in atoms",
        "verifier/encoding/formulas.py",
        "AddressAtom(end.name, addresses, as_seen, self.place_side)",
        "AddressAtom(end.name, addresses, as_seen)",
    ),
    Fault(
        "a new workload is nothing to the relation",
        "verifier/engine/results/diff.py",
        "return bool(self.new_workloads or self.turned_workloads)",
        "return bool(self.turned_workloads)",
    ),
    Fault(
        "a workload that is gone is nothing to the relation",
        "verifier/engine/results/diff.py",
        "return bool(self.gone_workloads or self.turned_workloads)",
        "return bool(self.turned_workloads)",
    ),
    Fault(
        "a workload that turns to hostNetwork is nothing to the relation",
        _PAIRING,
        "            if moved and (written.pods not in known[0] or twin.pods not in known[1]):\n",
        "            if False:\n",
    ),
    Fault(
        "new workloads count only where policies changed",
        _COMPARE,
        "relation=relation_of(common.workloads_more, common.workloads_less)",
        "relation=Relation.EQUIVALENT",
    ),
    Fault(
        "the public `implies` knows nothing of workloads that are gone",
        _COMPARE,
        "        return more, less\n",
        "        return False, False\n",
    ),
    Fault(
        "new workloads hide that an opening hangs on a switch",
        _COMPARE,
        "changes=tuple(changes.values()) if by_policies is Relation.UNKNOWN else (),",
        "changes=tuple(changes.values()) if relation is Relation.UNKNOWN else (),",
    ),
    Fault(
        "what a new workload may reach is told by the old side's policies",
        _ONE_SIDED,
        "_reaching(difference.new_workloads, contexts[1], covers)",
        "_reaching(difference.new_workloads, contexts[0], covers)",
    ),
    Fault(
        "what a workload may reach is told without the hostNetwork pods and nodes that a comparison covers",
        _ONE_SIDED,
        "replace(context.universe, nodes=covers)",
        "context.universe",
    ),
    Fault(
        "a region of gone workloads and others says that they are gone",
        _ONE_SIDED,
        "if end.kinds <= PODLIKE and there and all(id(w) in lone for w in there):",
        "if end.kinds <= PODLIKE and there and any(id(w) in lone for w in there):",
    ),
    Fault(
        "`diff --fail-on added` does not count new workloads",
        "verifier/cli/exits.py",
        "one_sided = (added and difference.workloads_more)",
        "one_sided = (fail_on == 'any' and difference.workloads_more)",
    ),
    Fault(
        "`gate --fail-on added` counts new workloads",
        "verifier/engine/diff/outcome.py",
        'return fail_on in ("new-workloads", "any") and bool(report.difference.new_workloads)',
        'return fail_on != "none" and bool(report.difference.new_workloads)',
    ),
    Fault(
        "`gate --fail-on new-workloads` does not count what was added",
        "verifier/engine/diff/outcome.py",
        '_ADDED = ("added", "new-workloads", "any")',
        '_ADDED = ("added", "any")',
    ),
    Fault(
        "the comparison of a gate believes the addresses of the manifests",
        _PAIRING,
        "            title=title,\n            free_labels=False,\n",
        "            title=title,\n            free_labels=False,\n            residents=context.world.residents,\n",
    ),
    Fault(
        "a gate proves by a Node that the change brings",
        "verifier/engine/diff/believed.py",
        "        nodes=base.nodes,\n",
        "",
    ),
    Fault(
        "a gate settles labels of namespaces by workloads that the change brings",
        "verifier/engine/problem/declared.py",
        " if str(w) not in self.cluster.unproven)",
        ")",
    ),
    Fault(
        "a gate settles labels of namespaces by a workload that the base has elsewhere",
        "verifier/engine/diff/believed.py",
        "        there.setdefault(workload.namespace, []).append(_pods(workload))\n",
        "        for each in head.namespaces:\n            there.setdefault(each.name, []).append(_pods(workload))\n",
    ),
    Fault(
        "a gate takes a Pod for ended that the change alone calls so",
        "verifier/engine/diff/believed.py",
        "for workload in head.finished if workload not in base.finished)",
        "for workload in head.finished if not base.finished)",
    ),
    Fault(
        "a gate takes every Pod for ended that the change calls so",
        "verifier/engine/diff/gate.py",
        "    head, diagnostics = with_running(head, running), (",
        "    diagnostics = (",
    ),
    Fault(
        "of Pods that have ended those with a controller are forgotten",
        "verifier/manifests/kubernetes/owners.py",
        "in settle((*declared, *nowhere), others).workloads if w not in known)",
        "in settle((*declared, *nowhere), others).workloads if w.kind == 'Pod' and w not in known)",
    ),
    Fault(
        "a gate proves by the clusterIP of a Service that the change brings",
        "verifier/engine/diff/believed.py",
        "addresses=virtual.get(s.key, ())",
        "addresses=virtual.get(s.key, s.addresses)",
    ),
    Fault(
        "a gate proves by endpoints of the change that no pod is there",
        "verifier/engine/diff/believed.py",
        "replace(b, target=None, believed=False)",
        "replace(b, target=None)",
    ),
    Fault(
        "what only a nodeName tells of is no node",
        "verifier/ir/residents.py",
        "    own |= {name: {} for name in named}\n",
        "",
    ),
    Fault(
        "a Service that hides who asks on one side only is not named",
        "verifier/engine/diff/uncovered.py",
        "    if turned:\n",
        "    if False:\n",
    ),
    Fault(
        "a gate proves by whose the change says that an endpoint is",
        "verifier/engine/diff/believed.py",
        "replace(b, target=None, believed=False)",
        "b",
    ),
    Fault(
        "two nodes may have the address of a hostNetwork pod",
        "verifier/engine/precheck/addresses.py",
        "None not in (home, other.node) and home != other.node",
        "False",
    ),
    Fault(
        "the Nodes of the input are all, whatever runs elsewhere",
        "verifier/ir/residents.py",
        "are_all = are_all and said == {node.name for node in nodes}",
        "are_all = are_all and bool(said)",
    ),
    Fault(
        "a gate proves by the address of a Pod that the change gives it",
        "verifier/engine/diff/believed.py",
        "        return replace(workload, node=node, addresses=addresses)\n",
        "        return replace(workload, node=node)\n",
    ),
    Fault(
        "what is accepted by addresses of the change alone passes",
        "verifier/engine/diff/gate.py",
        "_PASSES = (Change.HOLDS, Change.FIXED, Change.ACCEPTED)",
        "_PASSES = (Change.HOLDS, Change.FIXED)",
    ),
    Fault(
        "lint takes what never decides for gone where the rest goes together",
        "verifier/engine/lint/parts.py",
        "        away = {part.present for part in parts} | self.gone\n",
        "        away = {part.present for part in parts} | self.gone | self.lost\n",
    ),
    Fault(
        "on a map hostNetwork pods that share their node's only address never meet",
        "verifier/engine/map/meetings.py",
        "and placed and (can_share or not clash):",
        "and placed and not clash:",
    ),
    Fault(
        "on a map classes at different addresses meet alike",
        "verifier/engine/map/meetings.py",
        "tuple((v.place, v.families, v.addresses, v.span) for v in klass.variants)",
        "tuple((v.place, v.families) for v in klass.variants)",
    ),
)
