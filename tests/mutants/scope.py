"""Bugs in what a claim ranges over, and in what confined pods may reach."""

from tests.mutants.fault import Fault

SCOPE_OF = "verifier/engine/problem/scope.py"
SCOPE = (
    Fault(
        "a bare source of `never` ranges over declared namespaces alone",
        SCOPE_OF,
        "Obligation(any_of(sources, world, anywhere=True), to,",
        "Obligation(start, to,",
    ),
    Fault(
        "`never` leaves out what a bound source reaches in undeclared namespaces",
        SCOPE_OF,
        "by_source = Or((bound, mirrored(bound_pods(sources, world))))",
        "by_source = Or((bound, And((Not(_PODLIKE), mirrored(bound_pods(sources, world))))))",
    ),
    Fault(
        "`only` counts what a declared pod reaches in undeclared namespaces",
        SCOPE_OF,
        "by_destination = Or((bound, And((Not(_PODLIKE), mirrored(bound_pods(None, world))))))",
        "by_destination = Or((bound, mirrored(bound_pods(None, world))))",
    ),
    Fault(
        "`never` counts every source where it could be bound",
        SCOPE_OF,
        "by_source = Or((bound, mirrored(bound_pods(sources, world))))",
        "by_source = TRUE",
    ),
    Fault(
        "confined pods may reach any port of whom they may reach",
        SCOPE_OF,
        "And((exempted(flow.destinations), flow.ports))",
        "exempted(flow.destinations)",
    ),
    Fault(
        "what confined pods may reach lies in declared namespaces",
        SCOPE_OF,
        "And((exempted(flow.destinations), flow.ports))",
        "And((any_of(flow.destinations, world), flow.ports))",
    ),
    Fault(
        "`confined` speaks of pods in undeclared namespaces as well",
        SCOPE_OF,
        "    pods = And((any_of(claim.pods, world), bound_pods(claim.pods, world)))\n    reach =",
        "    pods = And((any_of(claim.pods, world), _PODLIKE))\n    reach =",
    ),
    Fault(
        "`confined` looks at pods alone",
        SCOPE_OF,
        "_side(_with_hostpods(_kinds(None, world) | nodes), None, world)",
        "_side(frozenset({Kind.POD}), None, world)",
    ),
    Fault(
        "`confined` forgets the nodes that its pods may reach",
        SCOPE_OF,
        "_side(_with_hostpods(_kinds(None, world) | nodes), None, world)",
        "_side(_kinds(None, world), None, world)",
    ),
    Fault(
        "`confined` asks no policy that keeps traffic out at the other end",
        SCOPE_OF,
        "        select={Direction.EGRESS: _governed(claim.pods, world), Direction.INGRESS: None},\n",
        "        select={Direction.EGRESS: _governed(claim.pods, world), Direction.INGRESS: claim.pods},\n",
    ),
    Fault(
        "an accepted flow of `never` means its bare source in declared namespaces alone",
        SCOPE_OF,
        "    anywhere = isinstance(claim, Never)\n",
        "    anywhere = False\n",
    ),
    Fault(
        "`gate` takes the bare source of such a flow for one of the base's namespaces",
        "verifier/engine/diff/gate.py",
        "        anywhere = isinstance(claimed.claim, Never)\n",
        "        anywhere = False\n",
    ),
    Fault(
        "`isolated` and `confined` do not say that they leave out undeclared namespaces",
        "verifier/engine/check/notes.py",
        "            if _range_beyond(pods):\n",
        "            if pods is not None and False:\n",
    ),
    Fault(
        "a pod that a policy isolates is said to be isolated by none",
        "verifier/engine/check/notes.py",
        "    if isolated(problem.all_policies, pod, Direction.EGRESS, setting, surely=False):\n",
        "    if isolated(problem.all_policies, pod, Direction.INGRESS, setting, surely=False):\n",
    ),
    Fault(
        "of what a confined pod may reach the last flow is lost",
        "verifier/manifests/notation/span.py",
        "    return [*parts, span.part(first).strip()]\n",
        "    return parts\n",
    ),
    Fault(
        "`confined` goes with its namespace though its pods may reach nodes",
        "verifier/engine/diff/turned.py",
        "            return claim.pods, *(flow.destinations for flow in claim.reach)\n",
        "            return (claim.pods,)\n",
    ),
)
