"""Bugs in what Calico's policies mean and how they are read."""

from tests.mutants.fault import Fault

HERE = "verifier/manifests/kubernetes/calico/"
LOWERING, MEANING, POLICIES, RULES, SELECTOR, OBJECTS, READING, SETS = (
    f"{HERE}{name}.py"
    for name in ("lowering", "meaning", "policies", "rules", "selector", "objects", "reading", "sets")
)
CALICO = (
    Fault(
        "calico: policies of one order are asked in the order of their bare names",
        f"{HERE}spec.py",
        "return f\"{name}/{namespace or ''}/{kind}\".encode()",
        "return name.encode()",
    ),
    Fault(
        "calico: a name that is stored with its tier in front ties by that",
        f"{HERE}spec.py",
        "return f\"{name}/{namespace or ''}/{kind}\".encode()",
        "return f\"{self.name}/{namespace or ''}/{kind}\".encode()",
    ),
    Fault(
        "calico: a policy of the same order makes a sequence of a tie",
        LOWERING,
        "        if len(tied) > 1:\n",
        "        if len(tied) == len(group) > 1:\n",
    ),
    Fault(
        "calico: what ties takes in all policies of that order",
        LOWERING,
        "first, behind = tied[0], tied[-1] + 1",
        "first, behind = 0, len(group)",
    ),
    Fault(
        "calico: what the API server prints of a field is taken for what somebody wrote",
        POLICIES,
        '(None, "", [], {})',
        '(None, "", [])',
    ),
    Fault(
        "calico: a policy without an order comes first", f"{HERE}spec.py", 'LAST = float("inf")', 'LAST = float("-inf")'
    ),
    Fault(
        "calico: NetworkPolicies of Kubernetes come first in their tier",
        POLICIES,
        "OF_KUBERNETES = 1000.0",
        "OF_KUBERNETES = 0.0",
    ),
    Fault(
        "calico: the tier default ends in Pass",
        POLICIES,
        "CalicoTier(DEFAULT, 1_000_000.0, Action.DENY)",
        "CalicoTier(DEFAULT, 1_000_000.0, Action.NEXT)",
    ),
    Fault(
        "calico: a tier without a default action passes",
        POLICIES,
        '_ENDS.get(spelled or "", Action.DENY), source.origin)',
        '_ENDS.get(spelled or "", Action.NEXT), source.origin)',
    ),
    Fault(
        "calico: a policy without rules governs both directions",
        POLICIES,
        "    if not egress:\n        return frozenset({Direction.INGRESS})",
        "    if not egress and ingress:\n        return frozenset({Direction.INGRESS})",
    ),
    Fault(
        "calico: egress rules alone govern ingress too, as in Kubernetes",
        POLICIES,
        "return frozenset(Direction) if ingress else frozenset({Direction.EGRESS})",
        "return frozenset(Direction)",
    ),
    Fault(
        "calico: staged policies are in force",
        f"{HERE}spec.py",
        "return self.on_pods and self.staged is None",
        "return self.on_pods",
    ),
    Fault(
        "calico: a promoted policy acts on pods, whatever it was written for",
        OBJECTS,
        "replace(policy.spec, staged=None)",
        "replace(policy.spec, on_pods=True, staged=None)",
    ),
    Fault(
        "calico: host endpoints name no ports",
        LOWERING,
        "self._hosts = tuple(each for each in facts.sets if each.ports)",
        "self._hosts = ()",
    ),
    Fault(
        "calico: two versions of cluster-scoped policies stand beside each other where somebody has ordered them",
        "verifier/manifests/kubernetes/collect.py",
        "if of_calico or not self.mixed_tiers:",
        "if not self.mixed_tiers:",
    ),
    Fault(
        "calico: policies before connections are tracked act on pods",
        POLICIES,
        "return not (untracked or early)",
        "return not early",
    ),
    Fault(
        "calico: a built-in tier takes the default action of its object",
        POLICIES,
        "if spelled in _ENDS and _ENDS[spelled] is not known.end:",
        "if spelled is None:",
    ),
    Fault("calico: Pass allows", RULES, '"Log": None, "Pass": Action.NEXT', '"Log": None, "Pass": Action.ALLOW'),
    Fault("calico: Log allows", RULES, '"Log": None, "Pass"', '"Log": Action.ALLOW, "Pass"'),
    Fault(
        "calico: a CIDR of notNets leaves the family open",
        RULES,
        "return found, (*cidrs, *excluded)",
        "return found, cidrs",
    ),
    Fault("calico: protocol 17 is TCP", RULES, '17: "UDP"', '17: "TCP"'),
    Fault(
        "calico: numbers of ports go without a protocol",
        RULES,
        "if protocol is None and spans:",
        "if protocol is None and len(spans) > 1:",
    ),
    Fault(
        "calico: services stand beside serviceAccounts",
        RULES,
        'if name != "services" and entity.get(name).value not in (None, "", [])]',
        'if name != "services" and entity.get(name).value not in (None, "", [], {})]',
    ),
    Fault(
        "calico: a rule with a selector of a namespaced policy reaches every namespace",
        LOWERING,
        "        trees.append(in_namespace(namespace))\n",
        "        pass\n",
    ),
    Fault(
        "calico: notSelector alone does not confine to the namespace",
        LOWERING,
        "entity.accounts is not None or entity.not_selector is not None)",
        "entity.accounts is not None)",
    ),
    Fault(
        "calico: an empty source in a namespaced policy is its namespace",
        LOWERING,
        "    elif namespace is not None and (trees or",
        "    elif namespace is not None and (True or",
    ),
    Fault(
        "calico: notSelector is read as selector",
        LOWERING,
        "yield Not(self._meaning.anybody(entity.not_selector, role, end))",
        "yield self._meaning.anybody(entity.not_selector, role, end)",
    ),
    Fault("calico: notNets are not looked at", LOWERING, "yield Not(AddressIn(role, entity.not_nets))", "pass"),
    Fault(
        "calico: notProtocol is protocol",
        LOWERING,
        "parts.append(Not(_protocol(rule.not_protocol)))",
        "parts.append(_protocol(rule.not_protocol))",
    ),
    Fault(
        "calico: notPorts are not looked at",
        LOWERING,
        "parts.append(Not(_ports(rule.destination.not_ports, rule.protocol, destination, self._hosts)))",
        "pass",
    ),
    Fault(
        "calico: only the peer's side of a rule is looked at",
        LOWERING,
        'parts += self._entity(rule.source, namespace, source, "source")',
        'parts += self._entity(rule.source, namespace, source, "source") if direction is Direction.INGRESS else ()',
    ),
    Fault(
        "calico: source and destination of egress rules are exchanged",
        LOWERING,
        "Direction.EGRESS: (Role.SUBJECT, Role.PEER),",
        "Direction.EGRESS: (Role.PEER, Role.SUBJECT),",
    ),
    Fault("calico: source ports restrict nothing", LOWERING, "parts.append(Not(about) if excluded else about)", "pass"),
    Fault(
        "calico: http restricts nothing", LOWERING, "        if rule.http is not None:", "        if rule.http == '':"
    ),
    Fault(
        "calico: a tier is asked about everybody",
        LOWERING,
        "return Stage(stage_name(tier.name), tuple(applies), tuple(_blocks(ordered)), tier.end)",
        "return Stage(stage_name(tier.name), None if applies else (), tuple(_blocks(ordered)), tier.end)",
    ),
    Fault(
        "calico: by name alone a NetworkPolicy comes before or after one of its order",
        LOWERING,
        'for prefix in ("", "knp.default.")',
        'for prefix in ("", "")',
    ),
    Fault(
        "calico: a ClusterNetworkPolicy comes before every policy of Calico in its tier",
        LOWERING,
        "_Placed(wide.spec.priority or 0, key",
        "_Placed(-1, key",
    ),
    Fault(
        "calico: policies of new namespaces come last in their tier",
        LOWERING,
        "room = len(first) if not",
        "room = len(body) if not",
    ),
    Fault(
        "calico: namespaceSelector all() is anybody",
        MEANING,
        "        case Everything():\n            return Has(everybody)",
        "        case Everything():\n            return tree",
    ),
    Fault(
        "calico: global() of namespaces is anybody",
        MEANING,
        "return Opposite(Has(everybody))",
        "return Everything()",
    ),
    Fault(
        "calico: a NetworkSet counts in every namespace",
        MEANING,
        "            yield HOME, each.namespace\n",
        "",
    ),
    Fault(
        "calico: a NetworkSet does not have the labels of its namespace",
        MEANING,
        "                yield _NAMESPACE + key, value\n",
        "                pass\n",
    ),
    Fault(
        "calico: labels of a namespace that nobody has said are absent",
        MEANING,
        "        if each.namespace is None or each.namespace in self._facts.namespaces:",
        "        if each.namespace is None or each.namespace not in self._facts.namespaces:",
    ),
    Fault(
        "calico: labels of an unknown service account are absent",
        MEANING,
        "_both([stranger, unknown if positive else Not(unknown)])",
        "_both([stranger, FALSE if positive else TRUE])",
    ),
    Fault(
        "calico: sets of networks are no peers",
        MEANING,
        "for formula in (pods, *known) if",
        "for formula in (pods,) if",
    ),
    Fault(
        "calico: a selector that nothing can meet is not negated",
        MEANING,
        "    if nobody:\n        return FALSE if positive else TRUE\n",
        "    if nobody:\n        return FALSE\n",
    ),
    Fault(
        "calico: || binds tighter than && (reader)",
        SELECTOR,
        "            levels[-1].either.append(_joined(All, levels[-1].both))\n            levels[-1].both = []\n",
        "            levels[-1].both = [_joined(Any, levels[-1].both)]\n",
    ),
    Fault(
        "calico: ! negates the rest of the conjunction",
        SELECTOR,
        "            levels[-1].both.append(_opposite(self._primary(), negated))",
        "            levels[-1].both.append(self._primary())",
    ),
    Fault(
        "calico: starts with is contains",
        SELECTOR,
        "return value.startswith(tuple(values))",
        "return any(v in value for v in values)",
    ),
    Fault(
        "texts: of the ways to meet the texts of a key only those without two at once are found",
        "verifier/ir/texts.py",
        "        return _State(tail, begins, state.met | (frozenset(met) & self._texts))",
        "        return _State(tail, begins, frozenset(met) & self._texts)",
    ),
    Fault(
        "texts: namespaces that nobody mentions have one sort of names",
        "verifier/vocabulary.py",
        'return standing_for(texts, is_dns_label, taken) if texts else _fresh("other-namespace", taken)',
        'return _fresh("other-namespace", taken)',
    ),
    Fault(
        "texts: a contains that is not met wants the label to be there (evaluator)",
        "verifier/ir/labels.py",
        "return not present or not compares(labels[requirement.key], operator, requirement.values)",
        "return present and not compares(labels[requirement.key], operator, requirement.values)",
    ),
    Fault(
        "calico: promotion of a Delete changes nothing",
        OBJECTS,
        "            elif policy.spec.staged is Staged.DELETE:\n",
        "            elif policy.spec.staged is None:\n",
    ),
    Fault(
        "calico: a policy of a tier that nobody defines is passed over",
        OBJECTS,
        "if policy.spec.tier not in known:",
        "if not policy.spec.tier:",
    ),
    Fault("calico: a selector may be of any length", READING, "if len(text) > LONGEST:", "if len(text) > 2 * LONGEST:"),
    Fault(
        "calico: global() may stand in any selector",
        READING,
        "if _holds_nowhere(tree) and not (nowhere and tree == Nowhere()):",
        "if _holds_nowhere(tree) and nowhere and tree != Nowhere():",
    ),
    Fault(
        "calico: the addresses of a host endpoint are nobody's",
        SETS,
        "            addresses = addresses.union(AddressSet.block(parse_address",
        "            addresses.union(AddressSet.block(parse_address",
    ),
)
