"""Bugs in how questions are set, sliced, answered and compared."""

from tests.faults.fault import Fault

ENGINE = "verifier/engine/"
ASKING = (
    Fault(
        "a bare selector ranges over undeclared namespaces as well",
        ENGINE + "scope.py",
        "return And((*_pods(peer), world.is_declared)) if peer.is_bare else And(_pods(peer))",
        "return And(_pods(peer))",
    ),
    Fault(
        "a namespace that only a peer names is not protected",
        ENGINE + "scope.py",
        "NamespaceIn(Role.SUBJECT, frozenset(world.declared) | named_by(peer))",
        "NamespaceIn(Role.SUBJECT, frozenset(world.declared))",
    ),
    Fault(
        "what nobody has declared must be protected, too",
        ENGINE + "scope.py",
        "        return Or((Not(_PODLIKE), world.is_declared))\n",
        "        return TRUE\n",
    ),
    Fault(
        "`only` exempts a CIDR for external addresses alone",
        ENGINE + "scope.py",
        "            return AddressIn(Role.SUBJECT, addresses)\n",
        "            outside = KindIn(Role.SUBJECT, frozenset({Kind.EXTERNAL}))\n"
        "            return And((outside, AddressIn(Role.SUBJECT, addresses)))\n",
    ),
    Fault(
        "`exactly` checks its first half only",
        ENGINE + "scope.py",
        "demands, kinds, governed = (replace(only, source=its_own), always), _kinds(None, world) | kinds, None",
        "demands, kinds, governed = (only,), _kinds(None, world) | kinds, None",
    ),
    Fault(
        "`isolated` checks one direction only",
        ENGINE + "scope.py",
        "for direction in sorted(claim.directions):",
        "for direction in sorted(claim.directions)[:1]:",
    ),
    Fault(
        "`separate` takes unlabelled pods for a group of their own even where they are to be ignored",
        ENGINE + "scope.py",
        "if claim.unlabelled is Unlabelled.IGNORE:",
        "if False:",
    ),
    Fault(
        "a slice too tight: policies of new namespaces are left out where a peer names namespaces",
        ENGINE + "slicing.py",
        "not isinstance(who.namespace, str) or who.namespace in peer.names",
        "who.namespace in peer.names",
    ),
    Fault(
        "a slice too tight: selectors that overlap count as contradictory",
        ENGINE + "slicing.py",
        "and not (wanted[r.key] & r.values)",
        "and wanted[r.key] != r.values",
    ),
    Fault(
        "a slice too tight: policies are chosen by the peers of the other end",
        ENGINE + "scope.py",
        "Direction.EGRESS: _governed(governed, world), Direction.INGRESS: _governed(destinations, world)",
        "Direction.INGRESS: _governed(governed, world), Direction.EGRESS: _governed(destinations, world)",
    ),
    Fault(
        "a slice too tight: peers by address are taken for nobody although they may mean pods",
        ENGINE + "scope.py",
        "by_address = world.universe.pod_addresses is not None",
        "by_address = False",
    ),
    Fault(
        "a property whose premise nothing meets counts as proved",
        ENGINE + "check.py",
        "    if unmet:\n",
        "    if False:\n",
    ),
    Fault(
        "what breaks under some settings of a switch counts as violated",
        ENGINE + "check.py",
        "if len(surely) < len(settings):",
        "if not surely:",
    ),
    Fault(
        "an unknown of the solver counts as unsat",
        "verifier/smt/solver.py",
        "        if answer is Answer.UNKNOWN:\n            raise Undecided(self.reason)\n        return answer",
        "        return answer",
    ),
    Fault(
        "values that only objects carry cannot be told apart where ends are compared",
        ENGINE + "stage.py",
        "_compared_values(key, of_namespace, ground.world, mentions)",
        "pass",
    ),
    Fault(
        "the ports behind a port name are forgotten",
        ENGINE + "stage.py",
        "    mentions.ports |= {Intervals(((p.port, p.port),)) for p in declared}\n",
        "",
    ),
    Fault(
        "which namespaces are new is decided by what is left after slicing",
        ENGINE + "stage.py",
        "            mentions.namespaces |= everything.named_namespaces()\n",
        "            pass\n",
    ),
    Fault(
        "an object that the universe forbids is silently dropped",
        ENGINE + "validate.py",
        "if not _can_keep(workload.labels, namespace, invariant):",
        "if False:",
    ),
    Fault(
        "a namespace whose labels changed is not looked at in a comparison",
        ENGINE + "pairing.py",
        "if (a.labels or {}) != (b.labels or {}))",
        "if False)",
    ),
    Fault(
        "a comparison leaves out unchanged policies of the leg that did change",
        ENGINE + "pairing.py",
        "        if not touched[other]:\n",
        "        if True:\n",
    ),
    Fault(
        "a change of a rule alone does not count as a change",
        ENGINE + "pairing.py",
        "yield (number, place, action, id(rung.guard), whom and",
        "yield (number, place, action, whom and",
    ),
    Fault(
        "regions are joined by dropping a value too many",
        ENGINE + "merging.py",
        "union = Requirement(first.key, Operator.NOT_IN, first.values & second.values)",
        "union = Requirement(first.key, Operator.NOT_IN, first.values)",
    ),
    Fault(
        "a violation that a change brings counts as an old one",
        ENGINE + "gate.py",
        "return Change.STILL_VIOLATED if base is Verdict.VIOLATED else Change.NEWLY_VIOLATED",
        "return Change.STILL_VIOLATED",
    ),
    Fault(
        "literals for several values of a variable share a name, so that one value stands for another",
        "verifier/smt/solver.py",
        'self._bound(f"={value} {variable}"',
        'self._bound(f"= {variable}"',
    ),
    Fault(
        "a literal for a value is taken for defined after the scope that defined it is closed",
        "verifier/smt/solver.py",
        "            del self._bounds[name]\n",
        "            pass\n",
    ),
    Fault(
        "on a map one end stands for others with another value of a label",
        ENGINE + "map/peers.py",
        "tuple(map(end.endpoint.labels.get, keys))",
        "bool(end.endpoint.labels)",
    ),
    Fault(
        "on a map one end stands for others of other namespaces",
        ENGINE + "map/peers.py",
        "id(end.endpoint.namespace)",
        "end.endpoint.namespace is None",
    ),
    Fault(
        "who is a source of one half of `exactly` meets the premise of the other",
        ENGINE + "scope.py",
        "(replace(only, source=its_own), always)",
        "(only, always)",
    ),
    Fault(
        "a region tells the namespace of an end that is no pod",
        ENGINE + "regions.py",
        "            if not _ends_that_are_pods(atom) <= pods:\n                continue\n",
        "",
    ),
    Fault(
        "an accepted flow speaks of the addresses that ipBlocks see",
        "verifier/encoding/pair.py",
        'name="dst", as_seen=False)',
        'name="dst")',
    ),
    Fault(
        "a property is proved without flows of which one end fits",
        "verifier/engine/scope.py",
        "return And((_any_of(destinations, world), mirrored(_any_of(sources, world)), ports))",
        "return And((_any_of(destinations, world), ports))",
    ),
    Fault(
        "a pod that breaks `isolated` is let off by its connections with outside addresses",
        "verifier/engine/scope.py",
        "ends_matter=bool(accepted)",
        "ends_matter=False",
    ),
    Fault(
        "an accepted flow counts as removed neither",
        "verifier/encoding/pair.py",
        'removed = script.define("removed", _more(allowed["before"], allowed["after"]))',
        'removed = script.define("removed", conj((_more(allowed["before"], allowed["after"]), neg(accepted))))',
    ),
    Fault(
        "regions do not tell a client's own address from the one that ipBlocks see",
        "verifier/engine/compare.py",
        "Claimed(formula(b), b.provided, b.same_node, b.source.own) for b in added",
        "Claimed(formula(b), b.provided, b.same_node) for b in added",
    ),
)
