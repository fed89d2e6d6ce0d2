"""Bugs in what is left out of a question: rules that are taken for such as cannot fire."""

from tests.mutants.fault import Fault

FIRING = "verifier/engine/problem/firing.py"
ENDS = "verifier/engine/problem/ends.py"
LEAVING = (
    Fault(
        "rules left out: a source that shows the address of a node is held against its own",
        FIRING,
        "told = role is not self._source or self._box.is_seen_as_it_is\n",
        "told = True\n",
    ),
    Fault(
        "rules left out: what cannot be told is true under a Not, which is then false",
        FIRING,
        "    return None if truth is None else not truth\n",
        "    return bool(truth) if truth is None else not truth\n",
    ),
    Fault(
        "rules left out: it is enough that one of the peers of a claim cannot meet a rule",
        FIRING,
        "return False if all(map(excluded, self._ends[role])) else None",
        "return False if any(map(excluded, self._ends[role])) else None",
    ),
    Fault(
        "rules left out: a policy goes with them where nobody knows whom it selects, and isolates nobody",
        FIRING,
        "stage.mapped(lambda who: who,",
        "stage.mapped(lambda who: who if reading.truth(who.pods) else None,",
    ),
    Fault(
        "rules left out: ports that overlap count as apart",
        FIRING,
        "or known[protocol].intersect(ports).is_empty()",
        "or not known[protocol].is_subset(ports)",
    ),
    Fault(
        "rules left out: addresses that overlap count as apart",
        FIRING,
        "known is not None and known.intersect(addresses).is_empty()",
        "known is not None and not known.is_subset(addresses)",
    ),
    Fault(
        "rules left out: kinds that overlap count as the same",
        FIRING,
        "else True if possible <= kinds else None",
        "else True",
    ),
    Fault(
        "rules left out: of several values of a label one that does not meet a line is enough",
        FIRING,
        "return not any(satisfies({line.key: value}, more) for value in line.values)",
        "return not all(satisfies({line.key: value}, more) for value in line.values)",
    ),
    Fault(
        "rules left out: a namespace of which nobody has said the labels has none",
        FIRING,
        "for r in selector.requirements if r.key == NAMESPACE_NAME)",
        "for r in selector.requirements)",
    ),
    Fault(
        "rules left out: namespaces of one name are apart where more than one is possible",
        FIRING,
        "return one is not None and one.isdisjoint(other)",
        "return one is not None and not one >= other",
    ),
    Fault(
        "rules left out: a port by name has the protocols that the claim has by number",
        ENDS,
        "        if more is None:\n            return None\n        for",
        "        if more is None:\n            continue\n        for",
    ),
    Fault(
        "rules left out: whom a claim means by one of several peers is forgotten",
        ENDS,
        "            parts = dict.fromkeys(part for item in items for part in ends_of(item))\n",
        "            parts = dict.fromkeys(part for item in items[:1] for part in ends_of(item))\n",
    ),
    Fault(
        "rules left out: who is not of some kinds is of these",
        ENDS,
        "Part(_ALL_KINDS - kinds)",
        "Part(kinds)",
    ),
    Fault(
        "rules left out: of other policies the same rules are left out",
        "verifier/encoding/problem.py",
        "self.firing is not None and self.firing[0] is self.policies else",
        "self.firing is not None else",
    ),
    Fault(
        "what `init` takes for proved may be vacuous",
        "verifier/engine/check/proved.py",
        "query.ask(premise) is Answer.SAT for premise",
        "query.ask(premise) is not Answer.UNKNOWN for premise",
    ),
    Fault(
        "what `init` takes for proved may be undecided",
        "verifier/engine/check/proved.py",
        "query.ask(query.goals.broken) is Answer.UNSAT",
        "query.ask(query.goals.broken) is not Answer.SAT",
    ),
)
