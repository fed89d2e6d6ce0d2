"""Bugs in how manifests, properties and universes are read."""

from tests.mutants.fault import Fault

MANIFESTS = "verifier/manifests/"
READING = (
    Fault(
        "policyTypes by default: an `egress: []` counts as an egress rule",
        MANIFESTS + "kubernetes/networkpolicy.py",
        "*([Direction.EGRESS] if egress_rules else [])",
        "*([Direction.EGRESS] if egress.value is not None else [])",
    ),
    Fault(
        "policyTypes by default: egress rules are forgotten",
        MANIFESTS + "kubernetes/networkpolicy.py",
        "*([Direction.EGRESS] if egress_rules else [])",
        "",
    ),
    Fault(
        "policyTypes is not looked at: rules of a direction that is not listed count",
        MANIFESTS + "kubernetes/networkpolicy.py",
        "ingress_rules if Direction.INGRESS in directions else None,",
        "ingress_rules if Direction.INGRESS in directions or ingress_rules else None,",
    ),
    Fault(
        "a missing protocol is read as UDP",
        MANIFESTS + "kubernetes/networkpolicy.py",
        "    if spelled is None:\n        return Protocol.TCP",
        "    if spelled is None:\n        return Protocol.UDP",
    ),
    Fault(
        "endPort is read as exclusive",
        MANIFESTS + "kubernetes/lowering.py",
        "whole = PortIn(port.protocol, Intervals(((number, port.end),)))",
        "whole = PortIn(port.protocol, Intervals(((number, port.end - 1),)))",
    ),
    Fault(
        "`except` is ignored",
        MANIFESTS + "kubernetes/blocks.py",
        "AddressSet.block(cidr, holes)",
        "AddressSet.block(cidr, [])",
    ),
    Fault(
        "of several `except` only the first counts",
        MANIFESTS + "kubernetes/blocks.py",
        "AddressSet.block(cidr, holes)",
        "AddressSet.block(cidr, holes[:1])",
    ),
    Fault(
        "IPv6 blocks are read as IPv4 ones",
        "verifier/ir/network.py",
        "cls(v4=span) if network.version == 4 else cls(v6=span)",
        "cls(v4=span)",
    ),
    Fault(
        "two peers' selectors: podSelector is dropped beside a namespaceSelector (OR for AND)",
        MANIFESTS + "kubernetes/lowering.py",
        "if peer.pods is not None and peer.pods.requirements:",
        "if peer.pods is not None and peer.pods.requirements and peer.namespaces is None:",
    ),
    Fault(
        "a peer without namespaceSelector means pods of any namespace",
        MANIFESTS + "kubernetes/lowering.py",
        "items.append(SameNamespace())",
        "items.append(TRUE)",
    ),
    Fault(
        "`namespaceSelector: {}` means the policy's own namespace",
        MANIFESTS + "kubernetes/lowering.py",
        "    if peer.namespaces is None:\n",
        "    if peer.namespaces is None or not peer.namespaces.requirements:\n",
    ),
    Fault(
        "a rule without peers admits nobody",
        MANIFESTS + "kubernetes/lowering.py",
        "        if not rule.peers:\n",
        "        if rule.ports and not rule.peers:\n",
    ),
    Fault(
        "the ports of a rule with peers are forgotten",
        MANIFESTS + "kubernetes/lowering.py",
        "formula = _both(lowered, meaning, ports if peer.block is None else under_block)",
        "formula = _peer(peer)",
    ),
    Fault(
        "a port without a number is read as no port at all, of any protocol",
        MANIFESTS + "kubernetes/lowering.py",
        "        case None:\n            return PortIn(port.protocol, PORTS)",
        "        case None:\n            return TRUE",
    ),
    Fault(
        "the named port of an egress ipBlock is resolved whatever the switch says",
        MANIFESTS + "kubernetes/lowering.py",
        "return And((named, _NAMED_UNDER_BLOCK)) if under_block else named",
        "return named",
    ),
    Fault(
        "ipBlocks never match pods",
        MANIFESTS + "kubernetes/lowering.py",
        'And((KindIn(Role.PEER, frozenset({Kind.POD})), SwitchIs("ipblock_pods", "match"))),',
        "",
    ),
    Fault(
        "of matchExpressions only the last line counts",
        MANIFESTS + "kubernetes/selectors.py",
        "            requirements.append(requirement)",
        "            requirements = [requirement]",
    ),
    Fault(
        "of the values of In and NotIn only the first counts",
        MANIFESTS + "kubernetes/selectors.py",
        "Requirement(key, operator, frozenset(values))",
        "Requirement(key, operator, frozenset(values[:1]))",
    ),
    Fault(
        "a wrong interning key: items of lists that begin with the same line are taken for one",
        MANIFESTS + "documents/plainyaml.py",
        "known[whole] = value\n",
        "known.update((each, value) for each, _ in _ITEMS.findall(text) if each[:9] == whole[:9])\n",
    ),
    Fault(
        "plain YAML: lines below a word that it goes on in are dropped",
        MANIFESTS + "documents/plainyaml.py",
        "            elif below:\n",
        "            elif False:\n",
    ),
    Fault(
        "a wrong interning key: specs with equal selectors are taken for one",
        MANIFESTS + "kubernetes/collect.py",
        "        text = id(value) if each.document.is_shared else repr(value)\n",
        '        text = repr(value.get("podSelector")) if isinstance(value, dict) else ""\n',
    ),
    Fault(
        "an undeclared namespace is given empty labels",
        MANIFESTS + "kubernetes/collect.py",
        "declared[name] = Namespace(name, None, origin=origin)",
        "declared[name] = Namespace(name, {}, origin=origin)",
    ),
    Fault(
        "hostNetwork is ignored",
        MANIFESTS + "kubernetes/workloads.py",
        'spec.get("hostNetwork").boolean()',
        "False",
    ),
    Fault(
        "a Pod without a name of its own is one pod",
        MANIFESTS + "kubernetes/workloads.py",
        'single=source.kind == "Pod" and not metadata.is_prefix',
        'single=source.kind == "Pod"',
    ),
    Fault(
        "a Pod that a controller elsewhere makes is one pod",
        MANIFESTS + "kubernetes/owners.py",
        "single=some.workload.single and _changes_nothing(some, others)",
        "single=some.workload.single",
    ),
    Fault(
        "pods of a former revision exist",
        MANIFESTS + "kubernetes/owners.py",
        "elif not some.idle:",
        "else:",
    ),
    Fault(
        "the labels of pods that a workload controls are forgotten",
        MANIFESTS + "kubernetes/owners.py",
        "Ownership((*alone, *_unlike(variants, alone)), tuple(owned))",
        "Ownership(tuple(alone), tuple(owned))",
    ),
    Fault(
        "a ReplicaSet that nobody controls is a former revision",
        MANIFESTS + "kubernetes/owners.py",
        "        if root is None:\n",
        "        if root is None and not some.idle:\n",
    ),
    Fault(
        "Pods that have ended exist",
        MANIFESTS + "kubernetes/workloads.py",
        '_FINISHED = ("Succeeded", "Failed")',
        "_FINISHED = ()",
    ),
    Fault(
        "port names of init containers count as those of containers",
        MANIFESTS + "kubernetes/workloads.py",
        "PortSource.SIDECAR if is_sidecar else PortSource.INIT",
        "PortSource.CONTAINER",
    ),
    Fault(
        "the end of a port range in a one-liner is ignored",
        MANIFESTS + "notation/expression.py",
        "return PortIn(protocol, Intervals(((first, last),)))",
        "return PortIn(protocol, Intervals(((first, first),)))",
    ),
    Fault(
        "`a!=b` in a one-liner is read as `a=b`",
        MANIFESTS + "notation/selector.py",
        "return Requirement(key, Operator.NOT_IN, frozenset({_value(tokens)}))",
        "return Requirement(key, Operator.IN, frozenset({_value(tokens)}))",
    ),
)
