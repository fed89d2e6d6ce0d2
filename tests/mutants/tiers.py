"""Bugs in cluster-scoped policies: their tiers, ties and unknowns, and what their rules match."""

from tests.mutants.fault import Fault

LOWERING, EVALUATOR, PIPES = (
    "verifier/manifests/kubernetes/tiers/lowering.py",
    "verifier/semantics.py",
    "verifier/encoding/pipes.py",
)
TIERS = (
    Fault(
        "lint: a rule that says one thing twice is lost to itself",
        "verifier/engine/lint/unreachable.py",
        "    repeated = {key for key, number in times.items() if number > 1}\n",
        "    repeated = set()\n",
    ),
    Fault(
        "lint: a policy is lost though a rule of it decides",
        "verifier/engine/lint/survey.py",
        "(way.rule is not None or way.policy not in speaking)",
        "True",
    ),
    Fault(
        "tiers: a hostNetwork pod is a subject and a peer",
        LOWERING,
        "_POD = frozenset({Kind.POD})",
        "_POD = frozenset({Kind.POD, Kind.HOSTPOD})",
    ),
    Fault(
        "tiers: a lower number comes later",
        LOWERING,
        "return policy.version != first, policy.spec.priority or 0",
        "return policy.version != first, -(policy.spec.priority or 0)",
    ),
    Fault(
        "tiers: equal priorities are asked in the order of names",
        LOWERING,
        "body.append(speaking[0] if len(speaking) == 1 else Tie(speaking))",
        "body += speaking",
    ),
    Fault(
        "tiers: a tier ends in Deny",
        LOWERING,
        "return Stage(str(tier), None, tuple(body), Action.NEXT)",
        "return Stage(str(tier), None, tuple(body), Action.DENY)",
    ),
    Fault(
        "tiers: networks leave out pods",
        LOWERING,
        'SwitchIs("networks_pods", "match")',
        'SwitchIs("networks_pods", "never")',
    ),
    Fault(
        "tiers: a port name without a protocol matches nothing (evaluator)",
        EVALUATOR,
        "protocol in (None, connection.protocol)",
        "protocol is connection.protocol",
    ),
    Fault(
        "tiers: a rule with an unknown peer is dropped whatever it does",
        LOWERING,
        "        if rule.action is not Action.ALLOW:\n            yield",
        "        if rule.action is None:\n            yield",
    ),
    Fault(
        "tiers: the Baseline comes first",
        "verifier/manifests/kubernetes/lowering.py",
        "for stage in (admin, *middle, baseline) if",
        "for stage in (baseline, admin, *middle) if",
    ),
    Fault(
        "tiers: a NetworkPolicy for either direction keeps the Baseline away",
        "verifier/manifests/kubernetes/lowering.py",
        'return And((SwitchIs("np_finality", "per_pod"), pods))',
        "return pods",
    ),
    Fault(
        "tiers: what nobody can say holds (evaluator)",
        EVALUATOR,
        "    surely = view.sure()\n",
        "    surely = view\n",
    ),
    Fault(
        "tiers: of a tie that allows and passes only the Allow counts (encoder)",
        PIPES,
        "        disj(b.next for b in blocks),\n        conj(b.none for b in blocks),\n    )\n\n\ndef _by_name",
        "        FALSE,\n        conj(b.none for b in blocks),\n    )\n\n\ndef _by_name",
    ),
    Fault(
        "tiers: under deny_first a Pass comes before an Allow (evaluator)",
        EVALUATOR,
        "_DENY_FIRST = (Action.DENY, Action.ALLOW, Action.NEXT)",
        "_DENY_FIRST = (Action.DENY, Action.NEXT, Action.ALLOW)",
    ),
    Fault(
        "tiers: a policy without rules names no namespace",
        "verifier/manifests/kubernetes/lowering.py",
        "(*namespaced.idle, *idle(ordered))",
        "namespaced.idle",
    ),
    Fault(
        "tiers: a pattern covers the name without a label in front",
        "verifier/encoding/unknowns.py",
        "name.endswith(pattern[1:])",
        "name.endswith(pattern[2:])",
    ),
    Fault(
        "tiers: names that a pattern covers are unknowns of their own",
        "verifier/encoding/unknowns.py",
        'if domain.startswith("*.")]',
        'if domain.startswith("?.")]',
    ),
    Fault(
        "comparison: one thing that nobody can say is taken for another",
        "verifier/encoding/pair.py",
        "unknowns=declare_unknowns(script, (problem.old.policies, problem.new.policies), new.marks)",
        "unknowns={}",
    ),
    Fault(
        "comparison: what nobody can say is forgotten in the proof that the regions are the difference",
        "verifier/engine/region/box.py",
        "        parts.append(Havoc(about) if value else Not(Havoc(about)))\n",
        "        pass\n",
    ),
    Fault(
        "comparison: what a tie leaves open on both sides is not said",
        "verifier/encoding/pair.py",
        "if any(rails.may == rails.must for rails in sides)",
        "if all(rails.may != rails.must for rails in sides)",
    ),
    Fault(
        "lint: a rule for one thing that nobody can say covers that for another",
        "verifier/encoding/removal.py",
        "replace(opening.world, unknowns=declare_unknowns(script, (problem.policies,)))",
        "opening.world",
    ),
)
