"""Bugs in who can exist in a universe, and in what new namespaces get, where it is told besides verdicts."""

from tests.mutants.fault import Fault

UNSAID, CLASSES = "verifier/engine/explain/undeclared.py", "verifier/engine/map/classes.py"
VARIANTS = "verifier/engine/problem/variants.py"
EXPLAIN = "verifier/engine/explain/explain.py"
PREPARE, MENTIONED = "verifier/engine/precheck/prepare.py", "verifier/engine/problem/mentioned.py"
UNIVERSES = (
    Fault(
        "of a StatefulSet only the pods that are mentioned exist",
        VARIANTS,
        "strict=False):\n        yield",
        "strict=False):\n        if not numbers:\n            yield",
    ),
    Fault(
        "pods of a StatefulSet begin at 0 whatever it says",
        VARIANTS,
        "if number is not None and number >= first}",
        "if number is not None}",
    ),
    Fault(
        "a number with a leading zero is that of a pod",
        VARIANTS,
        'and (text == "0" or not text.startswith("0"))',
        "and True",
    ),
    Fault(
        "a pod of a StatefulSet talks to itself",
        VARIANTS,
        "number, single=True,",
        "number, single=False,",
    ),
    Fault(
        "the Pod of a StatefulSet in the input is a second one",
        VARIANTS,
        "if not any(_is_shown_by(v, other) for other in known)]",
        "]",
    ),
    Fault(
        "what a hostNetwork pod that a workload controls tells of its node is forgotten",
        "verifier/ir/residents.py",
        "_homes(nodes, [*listed, *owned])",
        "_homes(nodes, listed)",
    ),
    Fault(
        "where one of several pods runs, all do",
        "verifier/manifests/kubernetes/owners.py",
        "replace(variant, node=None, addresses=",
        "replace(variant, addresses=",
    ),
    Fault(
        "where a Pod that stands for any number runs, all its pods do",
        "verifier/ir/residents.py",
        'if workload is None or (workload.kind == "Pod" and not workload.single):',
        "if workload is None:",
    ),
    Fault(
        "the address of one pod of a workload is forgotten",
        "verifier/manifests/kubernetes/owners.py",
        "addresses=() if made.host_network else made.addresses)",
        "addresses=())",
    ),
    Fault(
        "a template takes the label away that a Job gives",
        "verifier/manifests/kubernetes/workloads.py",
        "{**once(read_labels, labels_field), **_added(source.kind, metadata)}",
        "{**_added(source.kind, metadata), **once(read_labels, labels_field)}",
    ),
    Fault(
        "diff: in a universe where nobody can exist, all is equivalent",
        PREPARE,
        "    if pods is Pods.ANY:\n        _require_pods(*found, limits=limits)\n",
        "",
    ),
    Fault(
        "what is wrong with the second side is not told",
        PREPARE,
        "            mistakes |= dict.fromkeys(error.diagnostics)\n",
        "            mistakes = mistakes or dict.fromkeys(error.diagnostics)\n",
    ),
    Fault(
        "what cannot be decided of one side hides what is wrong with the other",
        PREPARE,
        "            undecided = undecided or reason\n",
        "            raise reason\n",
    ),
    Fault(
        "what cannot be decided before the question is passed over",
        PREPARE,
        "    if undecided is not None:\n",
        "    if undecided is not None and not sides:\n",
    ),
    Fault(
        "what a universe forbids is asked about",
        PREPARE,
        "    validate(context.world)\n",
        "",
    ),
    Fault(
        "gate: what is wrong with a base without workloads is not told with the rest",
        "verifier/engine/diff/gate.py",
        "unasked = [base] if base is not None and not both else []",
        "unasked: list[Cluster] = []",
    ),
    Fault(
        "explain: the first end that cannot be is told, and not the other",
        EXPLAIN,
        "    if mistakes:\n        raise InputError(tuple(mistakes))\n",
        "    if mistakes:\n        raise InputError(next(iter(mistakes)))\n",
    ),
    Fault(
        "check: a limit that is reached while a better -n is looked for ends the run",
        "verifier/cli/commands/namespacehint.py",
        "except (InputError, Undecided):",
        "except InputError:",
    ),
    Fault(
        "explain and map: a name is missed in manifests that could not be read",
        "verifier/cli/inputs/inputs.py",
        "besides(None if loaded is None else loaded.cluster)",
        "besides(__import__('verifier.ir.cluster').ir.cluster.NOTHING if loaded is None else loaded.cluster)",
    ),
    Fault(
        "switches that decide about nodes are not tried",
        MENTIONED,
        "names | _OF_OWN_NODES if on_nodes",
        "names if on_nodes",
    ),
    Fault(
        "the address that outside sources show is not in question",
        MENTIONED,
        '        names.add("external_source")\n',
        '        names.discard("external_source")\n',
    ),
    Fault(
        "which containers count for the name of a port is not in question",
        MENTIONED,
        '            names.add("named_port_source")\n',
        '            names.discard("named_port_source")\n',
    ),
    Fault(
        "explain: limits count for nothing",
        EXPLAIN,
        "prepare((Given(cluster),), universe, switches, limits, Pods.FOUND)",
        "prepare((Given(cluster),), universe, switches, _NO_LIMITS, Pods.FOUND)",
    ),
    Fault(
        "map: limits count for nothing",
        "verifier/engine/map/map.py",
        "prepare((Given(cluster),), universe, switches, limits, Pods.FOUND)",
        "prepare((Given(cluster),), universe, switches, _NO_LIMITS, Pods.FOUND)",
    ),
    Fault(
        "explain and map: what is told of values that are compared is what rules ask for",
        UNSAID,
        "            if key in compared:\n",
        "            if not compared:\n",
    ),
    Fault(
        "map: possible pods whose labels policies compare are drawn as if nobody did",
        CLASSES,
        "        if compared:\n",
        "        if not universe and compared:\n",
    ),
    Fault(
        "diff: a side without pods is refused",
        "verifier/engine/precheck/nonempty.py",
        "if not any(_has_pods",
        "if not all(_has_pods",
    ),
    Fault(
        "map: a universe where nobody can exist is drawn",
        "verifier/engine/map/map.py",
        "if all(klass.member.kind in",
        "if False and all(klass.member.kind in",
    ),
    Fault(
        "map: namespaces that only the universe lists are left out",
        CLASSES,
        "self.mentions.named_namespaces() | {name for name in listed.values if is_dns_label(name)}",
        "self.mentions.named_namespaces()",
    ),
    Fault(
        "map: another namespace is drawn where the universe lists them all",
        CLASSES,
        "for which in new] if listed.others else []",
        "for which in new]",
    ),
    Fault(
        "map: values that only an invariant mentions do not exist",
        CLASSES,
        "demands = [r for s in (*selectors, *(s for law in laws for s in law if s is not None)) for r in s]",
        "demands = [r for s in selectors for r in s]",
    ),
    Fault(
        "map: pods of two new namespaces share one",
        CLASSES,
        '("one", "another") if self.context.universe.templates.objects else (None,)',
        "(None,)",
    ),
    Fault(
        "map and explain: what invariants demand of namespaces is not tried",
        UNSAID,
        "policy_formulas(some)), *places(universe))",
        "policy_formulas(some)),)",
    ),
    Fault(
        "map and explain: labels that the universe requires of namespaces are not tried",
        MENTIONED,
        "        if values.required:\n",
        "        if values.required is None:\n",
    ),
    Fault(
        "explain: a namespace that nobody has heard of gets no policies of new ones",
        "verifier/engine/explain/cases.py",
        "Namespace(name, new=new)",
        "Namespace(name)",
    ),
    Fault(
        "explain: SCTP is decided whatever the plugin knows",
        EXPLAIN,
        'is Protocol.SCTP and possibility.setting["sctp"] == "no"',
        'is Protocol.SCTP and possibility.setting["sctp"] == "never"',
    ),
    Fault(
        "explain: addresses of a family that the universe leaves out are told",
        EXPLAIN,
        "end.address.version not in context.universe.families",
        "end.address.version not in (4, 6)",
    ),
    Fault(
        "an answer hangs on the order of policies of equal priority also where that is settled",
        "verifier/vocabulary.py",
        'return switches["same_priority"] == "any" and has_ties(policies)',
        "return has_ties(policies)",
    ),
    Fault(
        "lint: what can go is asked without the policies of new namespaces",
        "verifier/engine/lint/redundancy.py",
        "context.policies if home is None",
        "context.cluster.policies if home is None",
    ),
    Fault(
        "lint: a policy of new namespaces is said to be redundant",
        "verifier/engine/lint/redundancy.py",
        " - self.templates",
        "",
    ),
    Fault(
        "lint: what does nothing but name a namespace does nothing",
        "verifier/engine/lint/naming.py",
        "return (STAYS,) if any(",
        "return () if any(",
    ),
)
