"""Bugs in what is told besides verdicts where there are tiers: what never decides and what conflicts, what would have
come of it otherwise, and ports by name on the map."""

from tests.mutants.fault import Fault

REACH, RIVALS, CONFLICTS = (
    "verifier/encoding/reach.py",
    "verifier/encoding/ties.py",
    "verifier/engine/precheck/conflicts.py",
)
TELLING = (
    Fault(
        "lint: rules of a policy do not shut out those behind them",
        REACH,
        "        alive[policy] = conj((left, neg(certain)))\n",
        "        alive[policy] = left\n",
    ),
    Fault(
        "lint: a rule for a domain name shuts out those behind it",
        REACH,
        "certain = fires(encoder, run, view.sure()) if is_doubtful(encoder, run) else fired",
        "certain = fired",
    ),
    Fault(
        "lint: what the Admin tier passes on counts as decided",
        REACH,
        "        found = disj((results.next, conj((results.none, found))))\n",
        "        found = conj((results.none, found))\n",
    ),
    Fault(
        "lint: of policies of equal priority only the first by name can decide",
        REACH,
        '        "any": TRUE,\n',
        '        "any": conj(block.none for block in blocks[:number]),\n',
    ),
    Fault(
        "lint: under deny_first a Pass comes before an Accept",
        REACH,
        "            return disj((block.allow, block.next, block.none))\n",
        "            return disj((block.allow, block.none))\n",
    ),
    Fault(
        "lint: earlier policies of a tier do not shut out later ones",
        REACH,
        "        before = conj((before, part_results(encoder, part, view, stage.name).none))\n",
        "        before = conj((before, TRUE))\n",
    ),
    Fault(
        "lint: a Baseline rule is overridden only if it is in every namespace that could be",
        REACH,
        '"last_here": conj((said.within, last, here))',
        '"last_here": conj((said.within, last))',
    ),
    Fault(
        "lint: hostNetwork pods count for what NetworkPolicies say",
        REACH,
        "ordinary = TRUE if problem.universe.nodes else conj(",
        "ordinary = TRUE if problem.universe else conj(",
    ),
    Fault(
        "lint: a rule that repeats an earlier one counts as one that says something else",
        REACH,
        "disj(term for other, term in mine.items() if other is not action)",
        "disj(mine.values())",
    ),
    Fault(
        "lint: a policy that says nothing disagrees",
        RIVALS,
        "    return neg(disj((others, block.none)))\n",
        "    return neg(others)\n",
    ),
    Fault(
        "lint: a tie that no connection gets to is a conflict",
        RIVALS,
        "        may = conj((may, results.none))\n        sure",
        "        may = conj((may, TRUE))\n        sure",
    ),
    Fault(
        "lint: what comes after a tie is what comes before it",
        RIVALS,
        "    return found[::-1] if pipe.stages else []\n",
        "    return found if pipe.stages else []\n",
    ),
    Fault(
        "lint: a tier that allows surely leaves it to the next",
        REACH,
        "conj((neg(results.allow), neg(results.deny), implies(results.none, found)))",
        "conj((neg(results.deny), implies(results.none, found)))",
    ),
    Fault(
        "reject: a disagreement of which nobody can say is let pass",
        CONFLICTS,
        "for conflict in judge.conflicts()]",
        "for conflict in judge.conflicts() if conflict.grade is not Grade.PERHAPS]",
    ),
    Fault(
        "reject: what the solver cannot say counts as harmless",
        CONFLICTS,
        "            if self.asker.sure(rivals.disputed):\n",
        '            if self.asker.ask(rivals.disputed) == "sat":\n',
    ),
    Fault(
        "explain: what decided is what would have been said otherwise",
        "verifier/semantics.py",
        "names.index(after) + 1 :",
        "names.index(after) :",
    ),
    Fault(
        "explain: a rule behind the one that denies came close",
        "verifier/engine/explain/nearmiss.py",
        "                    yield from block.rungs[: places[0]]\n                    return\n",
        "                    yield from block.rungs\n                    return\n",
    ),
    Fault(
        "map: a port that is denied by its name is told by its number",
        "verifier/engine/map/ports.py",
        "tuple(self._named(mask, numbers)), tuple(self._spared(mask, numbers))",
        "tuple(self._named(mask, numbers))",
    ),
    Fault(
        "map: ports of workloads are told apart by names that they do not have",
        "verifier/engine/map/flows.py",
        "        if not self._klasses[target].variants[0].end.unwritten:\n",
        "        if self._klasses[target].variants[0].end.unwritten is None:\n",
    ),
    Fault(
        "map: a tie that may go either way is drawn as allowed",
        "verifier/engine/map/reach.py",
        "(without(allow, deny), allow)",
        "(allow, allow)",
    ),
    Fault(
        "explain: a client that shows a node's address is seen at its own",
        "verifier/engine/explain/cases.py",
        "        if isinstance(condition, SeenAt) and condition.addresses is not None:\n",
        "        if False and isinstance(condition, SeenAt) and condition.addresses is not None:\n",
    ),
)
