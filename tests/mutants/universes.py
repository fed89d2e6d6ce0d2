"""Bugs in who can exist in a universe, and in what new namespaces get, where it is told besides verdicts."""

from tests.mutants.fault import Fault

UNSAID, CLASSES = "verifier/engine/explain/undeclared.py", "verifier/engine/map/classes.py"
VARIANTS = "verifier/engine/problem/variants.py"
EXPLAIN = "verifier/engine/explain/explain.py"
UNIVERSES = (
    Fault(
        "controllers that nobody knows add no labels",
        "verifier/encoding/world.py",
        "labels, any_other = workload.labels, free and workload.foreign",
        "labels, any_other = workload.labels, False",
    ),
    Fault(
        "labels that a controller may add are there for sure",
        "verifier/encoding/question.py",
        "surely.append(conj((*counts, certainly, said)))",
        "surely.append(conj((*counts, certainly)))",
    ),
    Fault(
        "what a pod of an unknown controller has in common with a single Pod it cannot talk to",
        "verifier/encoding/world.py",
        "for c, some in groups.items() if fit(c, codes) for w in some",
        "for c, some in groups.items() if c == codes for w in some",
    ),
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
        "a template takes the label away that a Job gives",
        "verifier/manifests/kubernetes/workloads.py",
        "{**once(read_labels, labels_field), **_added(known, metadata)}",
        "{**_added(known, metadata), **once(read_labels, labels_field)}",
    ),
    Fault(
        "diff: in a universe where nobody can exist, all is equivalent",
        "verifier/engine/diff/compare.py",
        "    require_pods(*contexts, limits=limits)\n",
        "",
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
        "obligations = [r for s in (*selectors, *(s for law in laws for s in law if s is not None)) for r in s]",
        "obligations = [r for s in selectors for r in s]",
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
        UNSAID,
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
