"""Bugs in what spares the solver, or a session, work: what is taken for the same and is not, what is left out and is
needed, what is kept and has changed."""

from tests.mutants.fault import Fault

_SESSION, _JOINING = "verifier/session.py", "verifier/manifests/kubernetes/joining.py"
_SHAPES, _CHANGED = "verifier/engine/problem/shapes.py", "verifier/engine/problem/changed.py"
_GROWTH, _HOME = "verifier/engine/diff/growth.py", "verifier/engine/problem/athome.py"
_BOXES, _MINIMIZE = "verifier/engine/region/boxes.py", "verifier/engine/solve/minimize.py"

SHORTCUTS = (
    Fault(
        "what policies tell apart is kept where policies change",
        "verifier/engine/problem/declared.py",
        'for name, value in self.__dict__.items() if name != "told_keys")',
        "for name, value in self.__dict__.items())",
    ),
    Fault(
        "a session keeps its world where more than policies changes",
        _SESSION,
        "self._world.with_policies(after) if is_same else World(after, self._universe)",
        "self._world.with_policies(after)",
    ),
    Fault(
        "a session without properties takes in what the universe forbids",
        _SESSION,
        "            is_due = bool(asked) or touched is None\n",
        "            is_due = bool(asked)\n",
    ),
    Fault(
        "a namespace is looked for in the group after its own",
        _JOINING,
        "bisect_right(groups, name, key=lambda group: group.first) - 1)",
        "bisect_right(groups, name, key=lambda group: group.first) - 2)",
    ),
    Fault(
        "what is being deleted is not noticed any more",
        "verifier/admission/stored.py",
        "            self._going.add(key)\n",
        "            pass\n",
    ),
    Fault(
        "growth: what a request makes of a namespace is taken for what was there",
        "verifier/admission/desk.py",
        "mine = (base.homes.among(homes), head.homes.among(homes))",
        "mine = (base.homes.among(homes), base.homes.among(homes))",
    ),
    Fault(
        "growth by form: who is isolated no more is nobody's concern",
        _GROWTH,
        "    return isolated and all(\n",
        "    return all(\n",
    ),
    Fault(
        "growth by form: a rule counts as known if its pods are",
        _GROWTH,
        "_is_among(who, other, shapes) and shapes.implies(guard, more)",
        "_is_among(who, other, shapes)",
    ),
    Fault(
        "growth by form: a rule that lets through more counts as one that lets through less",
        _GROWTH,
        "shapes.implies(guard, more)",
        "shapes.implies(more, guard)",
    ),
    Fault(
        "growth by form: a selection that has fewer pods counts as one that has more",
        _GROWTH,
        "shapes.implies(who.pods, other.pods)",
        "shapes.implies(other.pods, who.pods)",
    ),
    Fault(
        "growth: connections of nodes are left out with the workloads that tell of them",
        _HOME,
        "for w in world.hostpods[:1]}",
        "for w in world.hostpods[:0]}",
    ),
    Fault(
        "growth: the cluster is cut down where pods are listed",
        _HOME,
        "    if not world.universe.other_pods:\n",
        "    if False:\n",
    ),
    Fault(
        "shapes: addresses of one end are joined with those of the other",
        _SHAPES,
        "addresses.setdefault(item.role, []).append(item)",
        "addresses.setdefault(Role.PEER, []).append(item)",
    ),
    Fault(
        "shapes: ports of one protocol are joined with those of another",
        _SHAPES,
        "ports.setdefault(item.protocol, []).append(item)",
        "ports.setdefault(Protocol.TCP, []).append(item)",
    ),
    Fault(
        "shapes: what denies a formula has its shape",
        _SHAPES,
        "if kind == _NOT else (_NOT, frozenset((inner,)))",
        "if kind == _NOT else self._keys[inner]",
    ),
    Fault(
        "shapes: one of several is enough to imply all",
        _SHAPES,
        "            return all(self._implies(one, item) for item in _several(theirs[1]))\n",
        "            return any(self._implies(one, item) for item in _several(theirs[1]))\n",
    ),
    Fault(
        "shapes: one alternative that implies it is enough",
        _SHAPES,
        "            return all(self._implies(item, other) for item in _several(mine[1]))\n",
        "            return any(self._implies(item, other) for item in _several(mine[1]))\n",
    ),
    Fault(
        "shapes: what is denied implies the other way round",
        _SHAPES,
        "return self._implies(_sole(theirs[1]), _sole(mine[1]))",
        "return self._implies(_sole(mine[1]), _sole(theirs[1]))",
    ),
    Fault(
        "shapes: a selector that asks less implies one that asks more",
        _SHAPES,
        "set(other.requirements) <= set(one.requirements)",
        "set(one.requirements) <= set(other.requirements)",
    ),
    Fault(
        "a comparison: what one side has besides is no change",
        _CHANGED,
        "if dict(_parts(old)).keys() == dict(_parts(new)).keys():",
        "if dict(_parts(old)).keys() >= dict(_parts(new)).keys():",
    ),
    Fault(
        "a comparison: rules of the same pods are one, whatever else they ask",
        _CHANGED,
        "(whom and (whom[0], id(whom[1])), rest)",
        "(whom and (whom[0], id(whom[1])), 0)",
    ),
    Fault(
        "a comparison: a rule for all ports is one for those that another names",
        _CHANGED,
        "        if ports is None or known is None:\n",
        "        if ports is None and known:\n            pass\n        elif ports is None or known is None:\n",
    ),
    Fault(
        "a comparison: of rules for several protocols only the last one counts",
        _CHANGED,
        "{**known, **both}",
        "both",
    ),
    Fault(
        "a witness is said to lack labels that it has",
        _MINIMIZE,
        "        if all(model[v.name] == 0 for v in some):\n",
        "        if any(model[v.name] == 0 for v in some):\n",
    ),
    Fault(
        "a region leaves out what does not hold, though it hangs on it",
        _BOXES,
        "        if self.ask(*fixed, *holding, opposite) is not Answer.UNSAT:\n",
        "        if self.ask(*fixed, *holding, opposite) is Answer.UNKNOWN:\n",
    ),
    Fault(
        "by form: blocks of two ties are taken for blocks of one",
        "verifier/engine/problem/changed.py",
        "start = number if isinstance(part, Tie) else 0",
        "start = 0",
    ),
    Fault(
        "session: namespaces that rules without effect name are forgotten",
        "verifier/manifests/kubernetes/joining.py",
        "objects, tuple(chain.from_iterable([p.idle for p in all_parts])))",
        "objects)",
    ),
    Fault(
        "webhook: what became of a request is taken for what becomes of the next",
        "verifier/admission/desk.py",
        "        self._known = {numbers: state for numbers, state in self._known.items() if -1 not in numbers}\n"
        "        value",
        "        value",
    ),
    Fault(
        "gate: what was not read goes unsaid where nothing is opened by form",
        "verifier/engine/diff/gate.py",
        "        difference = as_far_as_read(narrower, (base or NOTHING).passed_over, head.passed_over)\n",
        "        difference = narrower\n",
    ),
)
