"""Bugs in the policies of a mesh: what they match, whom they are about, and what is one unknown."""

from tests.mutants.fault import Fault

_FOLDER = "verifier/manifests/kubernetes/istio/"
LOWERING, MATCHING, TLS, NAMES = (f"{_FOLDER}{name}.py" for name in ("lowering", "matching", "mutualtls", "names"))
RULES, POLICIES, PROXIES, UNSAID = (f"{_FOLDER}{name}.py" for name in ("rules", "policies", "proxies", "unsaid"))

MESH = (
    Fault(
        "mesh: what an ALLOW policy lets in skips the policies of the network",
        LOWERING,
        "for rung in self._of_rules(p, Result.NEXT))",
        "for rung in self._of_rules(p, Result.ALLOW))",
    ),
    Fault("mesh: UDP is closed too", LOWERING, "(Block((_PASSED_BY,)), Block(rungs))", "(Block(rungs),)"),
    Fault(
        "mesh: DENY rules look at every protocol",
        LOWERING,
        "items = [_TCP, self._matcher.rule(rule, policy.action, policy.namespace)]",
        "items = [self._matcher.rule(rule, policy.action, policy.namespace)]",
    ),
    Fault(
        "mesh: its stages come behind the policies of the network",
        LOWERING,
        "Pipe((*stages, *behind), network.ingress.final)",
        "Pipe((*behind, *stages), network.ingress.final)",
    ),
    Fault(
        "mesh: policies of new namespaces come before it where there are no others",
        LOWERING,
        "network.ingress.stages or (Stage(NETWORK, (), (), Result.DENY),)",
        "network.ingress.stages",
    ),
    Fault(
        "mesh: a policy of the root namespace is about its own pods only",
        LOWERING,
        "namespace = None if policy.in_root else policy.namespace",
        "namespace = policy.namespace",
    ),
    Fault(
        "mesh: the settings that name the root namespace are not looked at",
        f"{_FOLDER}beside.py",
        "return next(iter(self.roots), ROOT)",
        "return ROOT",
    ),
    Fault(
        "mesh: a policy that is only tried is enforced",
        f"{_FOLDER}spec.py",
        "return not self.dry_run and self.action is not Action.AUDIT",
        "return self.action is not Action.AUDIT",
    ),
    Fault(
        "mesh: AUDIT counts as DENY",
        LOWERING,
        "*(rung for p in self._at_pods(Action.DENY) for",
        "*(rung for p in self._rules if p.action in (Action.DENY, Action.AUDIT) and not p.dry_run for",
    ),
    Fault(
        "mesh: mutual TLS of one policy goes by itself",
        LOWERING,
        "guard, Result.DENY, cited, joint=True)",
        "guard, Result.DENY, cited)",
    ),
    Fault(
        "mesh: a waypoint's policy closes the pod",
        LOWERING,
        "p.decides and p.action is action and not p.targets)",
        "p.decides and p.action is action)",
    ),
    Fault(
        "mesh: a waypoint refuses surely",
        LOWERING,
        "yield Rung(whom, And((_TCP, passes)),",
        "yield Rung(whom, And((_TCP,)),",
    ),
    Fault(
        "mesh: a provider denies surely",
        LOWERING,
        'items += [SIDECAR, unsaid("what the provider {} says", policy.provider)]',
        "items += [SIDECAR]",
    ),
    Fault(
        "mesh: ztunnel asks providers",
        LOWERING,
        'items += [SIDECAR, unsaid("what',
        'items += [unsaid("what',
    ),
    Fault(
        "mesh: a field of HTTP takes no rule out on plain TCP",
        MATCHING,
        "return self.one(And((SIDECAR, _IS_HTTP, whole)))",
        "return whole",
    ),
    Fault(
        "mesh: ztunnel lets in by HTTP",
        MATCHING,
        "return self.one(And((SIDECAR, _IS_HTTP, whole)))",
        "return self.one(And((_IS_HTTP, whole)))",
    ),
    Fault(
        "mesh: a clause of which ztunnel has nothing left matches everything",
        MATCHING,
        "tuple(left for a in clause if (left := _without_http(a))) for clause in rule)",
        "tuple(_without_http(a) for a in clause) for clause in rule)",
    ),
    Fault(
        "mesh: a field of HTTP denies no plain TCP at a sidecar",
        MATCHING,
        "found = Or((Not(_IS_HTTP), found))",
        "found = And((_IS_HTTP, found))",
    ),
    Fault(
        "mesh: a negation needs an identity",
        MATCHING,
        "            found = Not(found)\n",
        "            found = And((self._identity, Not(found)))\n",
    ),
    Fault(
        "mesh: whoever comes shows an identity",
        MATCHING,
        "And((in_mesh(Role.PEER, known.annotated), SHOWN))",
        "And((in_mesh(Role.PEER, known.annotated),))",
    ),
    Fault(
        "mesh: outside clients can show an identity",
        MATCHING,
        "And((in_mesh(Role.PEER, known.annotated), SHOWN))",
        "And((SHOWN,))",
    ),
    Fault(
        "mesh: each rule supposes an identity of its own",
        MATCHING,
        'by mutual TLS", shared=True)',
        'by mutual TLS")',
    ),
    Fault(
        "mesh: an account without a namespace is one of any",
        MATCHING,
        "return self._shown(self._namespace(namespace if slash else home), self._account(name))",
        'return self._shown(self._namespace(namespace if slash else "*"), self._account(name))',
    ),
    Fault(
        "mesh: the trust domain of a principal is the right one",
        MATCHING,
        'domain = TRUE if parts.domain == "*" else _domain(parts.domain)',
        "domain = TRUE",
    ),
    Fault(
        "mesh: the ports of a rule are those of UDP",
        MATCHING,
        "return PortIn(Protocol.TCP, Intervals.of((int(value)",
        "return PortIn(Protocol.UDP, Intervals.of((int(value)",
    ),
    Fault(
        "mesh: the original client is the one that is seen",
        RULES,
        '"remoteIpBlocks": Attribute.UNSEEN',
        '"remoteIpBlocks": Attribute.SOURCE_ADDRESS',
    ),
    Fault(
        "mesh: the values that a condition excludes are forgotten",
        RULES,
        "yield (tuple(test for test in tests if test.values),)",
        "yield (tuple(test for test in tests[:1] if test.values),)",
    ),
    Fault(
        "mesh: an empty list is taken for none",
        RULES,
        "    if field.value == []:\n",
        "    if field.value == [None]:\n",
    ),
    Fault(
        "mesh: a principal ends where its pattern does",
        NAMES,
        'edge = _PARTS[number] if number in _FIXED else f"{cut}*"',
        "edge = _PARTS[number] if number in _FIXED else cut or '*'",
    ),
    Fault(
        "mesh: a pattern fits no name that nobody has said",
        NAMES,
        "    return Or((among(fitting), other)) if fitting else other\n",
        "    return among(fitting) if fitting else other\n",
    ),
    Fault(
        "mesh: pods on the network of their node have a proxy",
        PROXIES,
        "And((KindIn(role, frozenset({Kind.POD})),",
        "And((KindIn(role, frozenset({Kind.POD, Kind.HOSTPOD})),",
    ),
    Fault(
        "mesh: a namespace counts before the label of a pod",
        PROXIES,
        "return Or((yes, And((silent, otherwise))))",
        "return Or((yes, otherwise))",
    ),
    Fault(
        "mesh: the namespace's mutual TLS goes before the pod's",
        TLS,
        "by_pod = _level([p for p in mine if p.is_of_pods], by_namespace)",
        "by_pod = Or((by_namespace, _level([p for p in mine if p.is_of_pods], by_namespace)))",
    ),
    Fault(
        "mesh: the youngest of equals counts",
        TLS,
        "one.created < other.created",
        "one.created > other.created",
    ),
    Fault(
        "mesh: of equals whose age nobody says the stricter counts",
        TLS,
        "decided = perhaps if len(said) == 1 else And((perhaps, Or((Not(perhaps_not), _order(policies)))))",
        "decided = perhaps",
    ),
    Fault(
        "mesh: mutual TLS by port is forgotten",
        TLS,
        "    if not apart:\n",
        "    if True:\n",
    ),
    Fault(
        "mesh: mutual TLS of the root namespace that selects pods counts",
        TLS,
        "if not (p.is_of_pods and p.in_root))",
        "if True)",
    ),
    Fault(
        "mesh: two long texts that begin alike are one condition",
        UNSAID,
        '        return f"`{text}`"\n',
        '        return f"`{text[:80]}`"\n',
    ),
    Fault(
        "mesh: a dry run is any text",
        POLICIES,
        "    return field.value in _TRUE\n",
        "    return bool(field.value)\n",
    ),
    Fault(
        "mesh: what is one unknown counts in each place for itself (encoder)",
        "verifier/encoding/pipes.py",
        "    apart = [about for about in shared_unknowns(pipe) if about not in world.unknowns]\n",
        "    apart = [about for about in shared_unknowns(pipe)[:0] if about not in world.unknowns]\n",
    ),
    Fault(
        "mesh: what is one unknown is taken for true (evaluator)",
        "verifier/semantics.py",
        "for truths in product((False, True), repeat=len(apart))",
        "for truths in product((True,), repeat=len(apart))",
    ),
    Fault(
        "mesh: what is one unknown is taken for true (map)",
        "verifier/engine/map/reach.py",
        "for truths in product((False, True), repeat=len(unknowns)):",
        "for truths in product((True,), repeat=len(unknowns)):",
    ),
    Fault(
        "mesh: who is closed to TCP only counts as isolated",
        "verifier/ir/policy.py",
        "rung.selects is None and rung.action is not Action.DENY and not _is_of_hairpins(rung.guard)",
        "rung.selects is None and rung.action is Action.ALLOW and not _is_of_hairpins(rung.guard)",
    ),
    Fault(
        "mesh: what takes a proxy for granted is not said",
        "verifier/engine/problem/proxies.py",
        '    if switches["istio_mesh"] == "all":\n',
        '    if switches["istio_mesh"] == "none":\n',
    ),
)
