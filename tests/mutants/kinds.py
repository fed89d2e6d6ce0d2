"""Bugs in what is asked or drawn once for all that is alike: kinds of namespaces, rows and ways of a map."""

from tests.mutants.fault import Fault

ALIKE, OF_LINT, HOMES, FLOWS = (
    "verifier/engine/problem/alike.py",
    "verifier/engine/lint/kinds.py",
    "verifier/engine/lint/homes.py",
    "verifier/engine/map/flows.py",
)
REACH, PARTS = "verifier/engine/map/reach.py", "verifier/engine/lint/parts.py"
KINDS = (
    Fault(
        "kinds: namespaces of other labels are alike",
        ALIKE,
        "value if value in values else value is not None)",
        "value is not None)",
    ),
    Fault(
        "kinds: a namespace without a Namespace object is as one without labels",
        ALIKE,
        "    if namespace.labels is None:\n        return None\n    told = ((key, namespace.labels.get(key), values)",
        "    told = ((key, (namespace.labels or {}).get(key), values)",
    ),
    Fault(
        "kinds: the name of a namespace that a policy names is as any other",
        ALIKE,
        "return frozenset({*mentions.namespaces, *by_label, ",
        "return frozenset({*mentions.namespaces, ",
    ),
    Fault(
        "kinds: namespaces are of one kind whatever their labels",
        OF_LINT,
        "return (direction, shape, self._alike.sort_of(home, self._mentions[shape]))",
        "return (direction, shape)",
    ),
    Fault(
        "kinds: rules are alike whatever they say",
        OF_LINT,
        "return (whom, self._number(rung.guard), rung.action, rung.joint)",
        "return (whom, rung.action, rung.joint)",
    ),
    Fault(
        "kinds: policies are alike whomever they select",
        OF_LINT,
        "return (own, None if own else who.namespace, self._number(who.pods))",
        "return (own, None if own else who.namespace)",
    ),
    Fault(
        "kinds: a question is answered as the last one with this goal was",
        PARTS,
        "        if literals not in self._met:\n            self._met[literals] = self.asker.sure(*literals)\n"
        "        return self._met[literals]",
        "        if literals[:1] not in self._met:\n            self._met[literals[:1]] = self.asker.sure(*literals)\n"
        "        return self._met[literals[:1]]",
    ),
    Fault(
        "kinds: rules of no policy are in no namespace's script",
        HOMES,
        "home: of(merge(some, common, key=lambda item: item[0])) for home",
        "home: of(some) for home",
    ),
    Fault(
        "map: it makes no difference which variant meets another end, though rows differ",
        FLOWS,
        "        if any(row is not some[0] for some in (*rows, *near) for row in some):\n            return ()\n",
        "",
    ),
    Fault(
        "map: a class of which one variant is told something is told it with all",
        FLOWS,
        "            found &= ends >> k * number\n",
        "            found &= ends >> k * number | ends\n",
    ),
    Fault(
        "map: what is said on one node is taken for what is said on two",
        FLOWS,
        "at = 2 * (k + len(self._settings) if way.same_node else k)",
        "at = 2 * k",
    ),
    Fault(
        "map: what is known of a guard holds under every setting",
        REACH,
        "            self._switches(guard),\n        )",
        "        )",
    ),
    Fault(
        "map: what is known of a guard holds on one node and on two",
        REACH,
        '            self._same_node if "node" in needs else None,\n',
        "",
    ),
    Fault(
        "map: a rule that hangs on what nobody can say surely fires",
        REACH,
        '                if chosen and "havoc" in self._needed(rung.guard):',
        "                if chosen and False:",
    ),
)
