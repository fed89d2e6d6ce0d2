"""Bugs in what policies mean: the evaluator, the encoder and the finite abstraction."""

from tests.mutants.fault import Fault

EVALUATOR, ENCODING = "verifier/semantics.py", "verifier/encoding/"
MEANING = (
    Fault(
        "NotIn needs the key to be present (evaluator)",
        "verifier/ir/labels.py",
        "return not present or labels[requirement.key] not in requirement.values",
        "return present and labels[requirement.key] not in requirement.values",
    ),
    Fault(
        "NotIn needs the key to be present (encoder)",
        ENCODING + "formulas.py",
        "        case Operator.NOT_IN:\n            return neg(listed)\n        case Operator.EXISTS:\n"
        "            return neg(var",
        "        case Operator.NOT_IN:\n            return conj((neg(listed), neg(var.equals(domain.code(None)))))\n"
        "        case Operator.EXISTS:\n            return neg(var",
    ),
    Fault(
        "the label with a namespace's name is not tied to the name",
        "verifier/ir/endpoint.py",
        "return {**(namespace.labels or {}), NAMESPACE_NAME: namespace.name}",
        "return dict(namespace.labels or {})",
    ),
    Fault(
        "the label with a namespace's name is just one more free label (encoder)",
        ENCODING + "formulas.py",
        "listed = end.namespace.among(index[value] for value in requirement.values if value in index)",
        "listed = FALSE",
    ),
    Fault(
        "egress is forgotten: what the destination lets in is allowed",
        ENCODING + "question.py",
        "both = ingress.both(egress)",
        "both = ingress",
    ),
    Fault(
        "ingress is forgotten: what the source lets out is allowed",
        ENCODING + "question.py",
        "both = ingress.both(egress)",
        "both = egress",
    ),
    Fault(
        "may and must are swapped where a claim says that something is allowed",
        ENCODING + "question.py",
        "Outcome.DENIED: (neg(must), neg(may))",
        "Outcome.DENIED: (neg(may), neg(must))",
    ),
    Fault(
        "the exemption of a pod's own node reads the switch of the other direction",
        ENCODING + "pipes.py",
        'switch = "local_node_ingress" if view.name == "in" else "local_node_egress"',
        'switch = "local_node_egress" if view.name == "in" else "local_node_ingress"',
    ),
    Fault(
        "a wrong interning key: rules of different policies with the same subject are taken for one",
        ENCODING + "pipes.py",
        "id(guard) if guard is not None else 0)",
        "0)",
    ),
    Fault(
        "a wrong interning key: the first namespace stands for all that share a policy's text",
        ENCODING + "pipes.py",
        "groups.setdefault(key, (set(), pods, guard, first))[0].add(namespace)",
        "groups.setdefault(key, ({namespace}, pods, guard, first))",
    ),
    Fault(
        "two pods of one namespace may see different labels of it (W1)",
        ENCODING + "world.py",
        "        script.require(implies(together, var.same(destination.namespace_labels[key])))\n    singletons",
        "        pass\n    singletons",
    ),
    Fault(
        "two pods may have one address (W3)",
        ENCODING + "world.py",
        "    if singletons:  # W3",
        "    if False:  # W3",
    ),
    Fault(
        "a connection may join an IPv4 and an IPv6 address (W3)",
        ENCODING + "world.py",
        "    script.require(_same_family(source.address, destination.address, vocabulary))  # W3\n",
        "",
    ),
    Fault(
        "connections between two outside addresses count (W7)",
        ENCODING + "world.py",
        "    script.require(disj((source.podlike, destination.podlike)))  # W7\n",
        "",
    ),
    Fault(
        "labels of Namespace objects are left free (W8)",
        ENCODING + "world.py",
        "        know_namespaces(script, end, vocabulary)\n",
        "",
    ),
    Fault(
        "a single Pod talks to itself (W5)",
        ENCODING + "world.py",
        "if len(members) == 1 and sources[codes][0].single:",
        "if False:",
    ),
    Fault(
        "port names of listed pods are left free",
        ENCODING + "world.py",
        "if end is world.destination and world.named:",
        "if False:",
    ),
    Fault(
        "of a port name declared twice the first one counts",
        ENCODING + "world.py",
        "for other in mine[place + 1 :]",
        "for other in mine[:place]",
    ),
    Fault(
        "external addresses are private ones, like those of pods",
        ENCODING + "world.py",
        "script.require(implies(conj((given, end.is_kind(Kind.POD))), among(",
        "script.require(implies(conj((given, end.is_kind(Kind.POD, Kind.EXTERNAL))), among(",
    ),
    Fault(
        "namespaces that the universe rules out are possible",
        ENCODING + "world.py",
        "    if not problem.universe.other_namespaces:\n",
        "    if False:\n",
    ),
    Fault(
        "ipBlocks see the client's own address whatever `external_source` says",
        ENCODING + "formulas.py",
        "inside = among(end.seen if view.as_seen else end.address,",
        "inside = among(end.address,",
    ),
    Fault(
        "no fresh value: labels have only the values that somebody mentions",
        "verifier/vocabulary.py",
        'fresh = _fresh("other", set(known))',
        "fresh: tuple[str, ...] = ()",
    ),
    Fault(
        "one fresh value instead of two: two pods with unmentioned values cannot be told apart",
        "verifier/vocabulary.py",
        'fresh = _fresh("other", set(known))',
        'fresh = _fresh("other", set(known))[:1]',
    ),
    Fault(
        "one anonymous namespace instead of two",
        "verifier/vocabulary.py",
        '_fresh("other-namespace", names | set(mentioned))]',
        '_fresh("other-namespace", names | set(mentioned))[:1]]',
    ),
    Fault(
        "namespaces that are only mentioned do not exist",
        "verifier/vocabulary.py",
        "new=is_new(name)) for name in mentioned]",
        "new=is_new(name)) for name in mentioned[:0]]",
    ),
    Fault(
        "a cell of ports reaches one beyond the range",
        "verifier/vocabulary.py",
        "starts[family].update((low, high + 1))",
        "starts[family].update((low, high + 2))",
    ),
    Fault(
        "a closed set of values still leaves others possible",
        "verifier/vocabulary.py",
        "    if spec is not None and not spec.others:\n        possible =",
        "    if spec is not None and spec.required and not spec.others:\n        possible =",
    ),
)
