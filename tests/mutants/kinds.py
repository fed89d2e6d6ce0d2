"""Bugs in what is asked or drawn once for all that is alike: kinds of namespaces, rows and ways of a map."""

from tests.mutants.fault import Fault

ALIKE, OF_LINT, SHAPE, APART, FLOWS = (
    "verifier/engine/problem/alike.py",
    "verifier/engine/lint/kinds.py",
    "verifier/engine/problem/pipeshape.py",
    "verifier/engine/problem/apart.py",
    "verifier/engine/map/flows.py",
)
REACH, PARTS = "verifier/engine/map/reach.py", "verifier/engine/lint/parts.py"
BY_KIND = "verifier/engine/map/kinds.py"
SURVEY, REDUNDANCY = "verifier/engine/lint/survey.py", "verifier/engine/lint/redundancy.py"
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
        SHAPE,
        "return (whom, self._number(rung.guard), rung.action, rung.joint)",
        "return (whom, rung.action, rung.joint)",
    ),
    Fault(
        "kinds: policies are alike whomever they select",
        SHAPE,
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
        APART,
        "home: of(merge(some, common, key=lambda at: at[0])) for home",
        "home: of(some) for home",
    ),
    Fault(
        "kinds: policies of several namespaces are left out where one of these is asked about",
        APART,
        "    return wide and not isinstance(who.namespace, str)\n",
        "    return False\n",
    ),
    Fault(
        "kinds: what goes in a namespace changes nothing in another one either",
        "verifier/encoding/removal.py",
        "    here = TRUE if home is None else NamespaceIn(",
        "    here = TRUE if True else NamespaceIn(",
    ),
    Fault(
        "kinds: what has gone of several namespaces is there in each of them",
        REDUNDANCY,
        "                wide = group.away()\n",
        "                pass\n",
    ),
    Fault(
        "kinds: what hides the lost rules of a namespace goes together with them",
        REDUNDANCY,
        "            of_home = look.survey.rules if home.name is None else (r for",
        "            of_home = (r for",
    ),
    Fault(
        "kinds: rules are lost alike, of whichever policies they are",
        SURVEY,
        "            key = (*kinds.key(home.name, pipe, direction), grouping)\n",
        "            key = kinds.key(home.name, pipe, direction)\n",
    ),
    Fault(
        "kinds: what is lost in one namespace is lost in no other of its kind",
        SURVEY,
        "            if not lost:\n                known[key]",
        "            if True:\n                known[key]",
    ),
    Fault(
        "kinds: the tier of a policy is none where its namespace says nothing that hangs on its order",
        SURVEY,
        "            judge = Judge.of(problem, direction, ordered, ",
        "            judge = Judge.of(problem, direction, {s.name for s in pipe.stages if s.is_tier}, ",
    ),
    Fault(
        "kinds: what comes before a stage does not matter",
        SURVEY,
        "    return replace(pipe, stages=pipe.stages[: last + 1])\n",
        "    return replace(pipe, stages=pipe.stages[last : last + 1])\n",
    ),
    Fault(
        "map: it makes no difference which variant meets another end, though rows differ",
        FLOWS,
        "        if any(row is not some[0] for some in (*rows, *near) for row in some):\n            return ()\n",
        "",
    ),
    Fault(
        "map: classes that are let in by the same are told alike, whatever their shape",
        FLOWS,
        "        keys = [(id(side), self._shapes[n]) for",
        "        keys = [(id(side), 0) for",
    ),
    Fault(
        "map: of classes that are told alike one is told",
        FLOWS,
        "                told_alike[key] |= same\n",
        "                told_alike[key] |= same & -same\n",
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
    Fault(
        "map by kind: namespaces are alike whatever their policies are",
        BY_KIND,
        "self._shapes.of(name, own[name]) if name in own else plain",
        "plain",
    ),
    Fault(
        "map by kind: namespaces are alike whatever their labels are",
        BY_KIND,
        "return (world.alike.sort_of(name, self._mentions), shapes,",
        "return (shapes,",
    ),
    Fault(
        "map by kind: namespaces are alike whichever of them the reader picked out",
        BY_KIND,
        "tuple(self._chosen(namespace)), workloads",
        "workloads",
    ),
    Fault(
        "map by kind: namespaces are alike whichever of their workloads the reader picked out",
        BY_KIND,
        "return bare, frozenset(self._labels(labels)), tuple(meant), led",
        "return bare, frozenset(self._labels(labels)), led",
    ),
    Fault(
        "map by kind: namespaces are alike whatever runs in them",
        BY_KIND,
        "tuple(self._chosen(namespace)), workloads, services)",
        "tuple(self._chosen(namespace)), services)",
    ),
    Fault(
        "map by kind: namespaces are alike whatever Services lead to their workloads",
        BY_KIND,
        ", workloads, services)",
        ", workloads)",
    ),
    Fault(
        "map by kind: namespaces are alike wherever their pods are",
        BY_KIND,
        "        if name in self._addressed:\n            return (name,)\n",
        "",
    ),
    Fault(
        "map by kind: workloads are alike whatever their labels are",
        BY_KIND,
        "return bare, frozenset(self._labels(labels)), tuple(meant), led",
        "return bare, tuple(meant), led",
    ),
    Fault(
        "map by kind: values of labels that something asks for are alike",
        BY_KIND,
        "yield key, value if value in asked[key] else None",
        "yield key, None",
    ),
    Fault(
        "map by kind: one namespace stands for all that are alike",
        BY_KIND,
        "return self.names[:2]",
        "return (self.names[0], self.names[0])",
    ),
    Fault(
        "map by kind: a choice cuts the classes of no namespace but the one that it means",
        BY_KIND,
        "        meant += [matches(labels, c.peer.pods) for c in self._choices if isinstance(c.peer, PodPeer)]\n",
        "",
    ),
    Fault(
        "map by kind: Services of one name lead to workloads of one name",
        BY_KIND,
        "led = tuple(self._led.get(str(workload), ()))",
        "led = ()",
    ),
    Fault(
        "map by kind: namespaces that are not on the map stand for others",
        "verifier/engine/map/map.py",
        "    kinds = tuple(kind for kind in kinds if not places.isdisjoint(kind.drawn))\n",
        "",
    ),
)
