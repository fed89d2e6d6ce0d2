"""Bugs in what the normal form can say and no dialect of today does: conditions that nobody can say in any place, and
stages that select and hold rungs of all actions."""

from tests.mutants.fault import Fault

EVALUATOR, PIPES, FORMULAS = "verifier/semantics.py", "verifier/encoding/pipes.py", "verifier/encoding/formulas.py"
MAP, REACH, POLICY = "verifier/engine/map/reach.py", "verifier/encoding/reach.py", "verifier/ir/policy.py"
NORMAL_FORM = (
    Fault(
        "unknowns: under Not they are read as elsewhere (evaluator)",
        EVALUATOR,
        "return not holds(item, view.under_not())",
        "return not holds(item, view)",
    ),
    Fault(
        "unknowns: under Not they are read as elsewhere (encoder)",
        FORMULAS,
        "view.under_not() if self.has_havoc(item) else view",
        "view",
    ),
    Fault(
        "unknowns: nobody looks for them under Not (encoder)",
        FORMULAS,
        "                case Not(item):\n                    found = self.has_havoc(item)\n",
        "                case Not(_):\n                    found = False\n",
    ),
    Fault(
        "unknowns: under Not they are read as elsewhere (map)",
        MAP,
        "self._masks(item, asked, not havoc)",
        "self._masks(item, asked, havoc)",
    ),
    Fault(
        "unknowns: a stage that may apply does (evaluator)",
        EVALUATOR,
        "if stage.applies is None or any(selects(s, view.sure()) for s in applying) or",
        "if stage.applies is None or applying or",
    ),
    Fault(
        "unknowns: a stage that may apply does (encoder)",
        PIPES,
        "    if not is_doubtful_whom(encoder, stage):\n        return MayMust(ite(",
        "    if True:\n        return MayMust(ite(",
    ),
    Fault(
        "unknowns: a stage that may apply does (map)",
        MAP,
        "self._nothing if each.surely else left",
        "self._nothing",
    ),
    Fault(
        "unknowns: whom a stage may select is isolated (evaluator)",
        EVALUATOR,
        "direction, switches, havoc=not surely)",
        "direction, switches)",
    ),
    Fault(
        "unknowns: whom a stage may select is isolated (encoder)",
        PIPES,
        "MayMust(may, disj(applies(encoder, stage, view.sure()) for stage in closing))",
        "MayMust(may, may)",
    ),
    Fault(
        "unknowns: a rung whose policy may select is sure of it (encoder)",
        PIPES,
        "            formulas[id(rung.selects.pods)] = rung.selects.pods\n",
        "            pass\n",
    ),
    Fault(
        "unknowns: a rung whose policy may select is sure of it (map)",
        MAP,
        "                elif chosen:\n",
        "                else:\n",
    ),
    Fault(
        "unknowns: behind a stage that may apply nothing is reached",
        REACH,
        "    speaks = applies(encoder, stage, surely(encoder, stage, view))\n    return",
        "    speaks = applies(encoder, stage, view)\n    return",
    ),
    Fault(
        "selecting stages: whatever their rungs do, their order makes no difference",
        POLICY,
        "        return self.applies is None or self.is_ordered\n",
        "        return self.applies is None\n",
    ),
    Fault(
        "selecting stages: joined, the policies of one side come first",
        "verifier/ir/merging.py",
        "    if both_speak and (more.is_ordered",
        "    if False and (more.is_ordered",
    ),
    Fault(
        "selecting stages: how they end is forgotten among what comes before others",
        REACH,
        "    if stage.end is not Action.NEXT:\n        yield from _selections",
        "    if stage.end is None:\n        yield from _selections",
    ),
    Fault(
        "selecting stages: policies of one block are taken for one",
        REACH,
        "reached = conj((reached, neg(certain))) if several else TRUE",
        "reached = TRUE",
    ),
    Fault(
        "selecting stages: a tie is reached by those whom they do not select",
        "verifier/encoding/ties.py",
        "    may = conj((before[0], applies(encoder, stage, view)))\n",
        "    may = before[0]\n",
    ),
    Fault(
        "comparison: how a pipe ends is not looked at",
        "verifier/engine/problem/changed.py",
        "    if old.final is not new.final:\n",
        "    if old is None:\n",
    ),
)
