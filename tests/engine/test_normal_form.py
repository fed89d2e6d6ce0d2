"""What no dialect of today writes, by hand: conditions that nobody can say in each place where a formula stands, and
stages that select and hold rungs of all actions. There are pods one (app=a) and two (app=b) of `shop`, and one of
`ops`."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests import packaged
from tests.normalforms import PODS, cluster_of, numbered
from verifier.engine.check.check import check
from verifier.engine.diff.compare import compare
from verifier.engine.explain.explain import explain
from verifier.engine.explain.result import Explanation
from verifier.engine.lint.lint import lint
from verifier.engine.lint.survey import survey
from verifier.engine.lint.unreachable import Cause, Unreachable
from verifier.engine.map.map import draw
from verifier.engine.precheck.conflicts import Grade, conflicts
from verifier.engine.problem.problem import Context
from verifier.engine.problem.switches import settle
from verifier.engine.results.check import Result
from verifier.engine.results.diff import Difference
from verifier.errors import InternalError
from verifier.ir.cluster import Cluster
from verifier.ir.merging import merge
from verifier.ir.policy import Action, Direction, Pipe, PolicySet, Stage
from verifier.ir.universe import INVENTORY
from verifier.manifests.notation.connection import parse_connection_query
from verifier.report.text.explain import explain as text
from verifier.smt.solver import Limits

Plain = dict[str, Any]

H, NOT_H, ALL = ["havoc", "h"], ["not", ["havoc", "h"]], ["all"]
OTHER = ["havoc", "i"]
NOBODY = ["any"]
A, PEER_A = ["labels", "subject", {"app": "a"}], ["labels", "peer", {"app": "a"}]


def whom(pods: list[Any] = ALL, policy: str = "p") -> Plain:
    return {"policy": policy, "namespace": None, "pods": pods}


def rung(action: str, guard: list[Any] = ALL, selects: Plain | None = None) -> Plain:
    return {"selects": selects or whom(), "rule": "", "guard": guard, "action": action}


def stage(*rungs: Plain, applies: list[Plain] | None = None, end: str = "next", name: str = "tier") -> Plain:
    return {"name": name, "applies": applies, "body": [{"block": list(rungs)}] if rungs else [], "end": end}


def tied(*blocks: list[Plain], applies: list[Plain] | None = None, name: str = "tier") -> Plain:
    return {"name": name, "applies": applies, "body": [{"tie": list(blocks)}], "end": "next"}


def ingress(*stages: Plain, final: str = "allow") -> Cluster:
    return given({"stages": list(stages), "final": final}, {"stages": [], "final": "allow"})


def given(into: Plain, out: Plain) -> Cluster:
    return cluster_of({"Ingress": numbered(into, "Ingress"), "Egress": numbered(out, "Egress")}, PODS)


def egress(*stages: Plain) -> Cluster:
    return given({"stages": [], "final": "allow"}, {"stages": list(stages), "final": "allow"})


def ask(cluster: Cluster, claim: str | Plain) -> Result:
    return check(cluster, [packaged.property_of(claim)], INVENTORY)[0]


def verdicts(cluster: Cluster) -> dict[str, str]:
    """Of claims of every sort, each about `shop/app=b`."""
    pods = {"pods": [{"podSelector": {"matchLabels": {"app": "b"}}, "namespaces": ["shop"]}]}
    claims: dict[str, str | Plain] = {
        "never": "never */* -> shop/app=b",
        "always": "always */* -> shop/app=b",
        "only": "only shop/app=a -> shop/app=b",
        "exactly": "exactly shop/app=a -> shop/app=b",
        "isolated": {"isolated": {**pods, "directions": "ingress"}},
        "separate": {"separate": {"byPodLabel": "app"}},
    }
    return {name: ask(cluster, claim).verdict.value for name, claim in claims.items()}


def told(cluster: Cluster, connection: str = "ops/three -> shop/two : TCP/80") -> Explanation:
    return explain(cluster, parse_connection_query(connection, cluster.workloads), INVENTORY)


def differ(old: Cluster, new: Cluster) -> Difference:
    return compare(old, new, INVENTORY)


def lost(cluster: Cluster) -> dict[str, Unreachable]:
    """What never decides, by the rule, or by the policy where it is lost as a whole."""
    found = survey(Context(cluster, INVENTORY, settle("k8s", {}, {})), Limits()).lost
    return {each.rule or each.policy.name: each for each in found}


UNKNOWN = dict.fromkeys(("never", "always", "only", "exactly", "separate"), "unknown")


# Conditions that nobody can say


@pytest.mark.parametrize("guard", [H, NOT_H, ["all", ["any", NOT_H], ALL], ["any", NOBODY, ["not", ["all", H, ALL]]]])
@pytest.mark.parametrize(("action", "final"), [("deny", "allow"), ("allow", "deny")])
def test_a_guard_in_doubt_may_hold_or_not_under_not_as_elsewhere(guard: list[Any], action: str, final: str) -> None:
    cluster = ingress(stage(rung(action, guard)), final=final)

    assert verdicts(cluster) == {**UNKNOWN, "isolated": "violated"}
    assert told(cluster).allowed is None
    assert "h" in str(told(cluster).cases[0].ingress.leg.steps[0].doubt)


@pytest.mark.parametrize("pods", [H, NOT_H, ["all", A, NOT_H]])
def test_a_stage_that_perhaps_applies_may_leave_it_to_what_comes_after(pods: list[Any]) -> None:
    mine = ["all", ["not", A], pods] if pods in (H, NOT_H) else ["not", ["any", A, H]]
    closed = ingress(stage(applies=[whom(mine)], end="deny"))

    found = verdicts(closed)

    assert found["never"] == found["always"] == found["only"] == found["exactly"] == found["isolated"] == "unknown"
    assert told(closed).allowed is None
    assert "it hangs on h whether a policy selects the pod" in told(closed).cases[0].ingress.leg.steps[0].doubt


def test_isolation_in_doubt_is_unknown_in_either_direction() -> None:
    claim = {"isolated": {"directions": "both"}}
    doubtful, sure = stage(applies=[whom(NOT_H)], end="deny"), stage(applies=[whom()], end="deny")

    def verdict(into: Plain, out: Plain) -> str:
        stages = ({"stages": [each], "final": "allow"} for each in (into, out))
        return ask(given(*stages), claim).verdict.value

    assert (verdict(sure, sure), verdict(sure, doubtful), verdict(doubtful, sure)) == ("proved", "unknown", "unknown")
    assert verdict(stage(applies=[whom(NOBODY)], end="deny"), doubtful) == "violated"


@pytest.mark.parametrize("pods", [H, NOT_H, ["any", NOBODY, H]])
@pytest.mark.parametrize("action", ["allow", "deny"])
def test_a_rung_whose_policy_perhaps_selects_may_fire_or_not(pods: list[Any], action: str) -> None:
    final = "deny" if action == "allow" else "allow"
    cluster = ingress(stage(rung(action, selects=whom(pods))), final=final)

    assert verdicts(cluster) == {**UNKNOWN, "isolated": "violated"}
    assert told(cluster).allowed is None
    assert "it hangs on h" in told(cluster).cases[0].ingress.leg.steps[0].doubt


def test_what_may_hold_and_does_not_matter_is_proved() -> None:
    """Both ways come to the same: a stage that perhaps denies before one that surely does."""
    perhaps = stage(rung("deny", NOT_H, whom(OTHER)), name="first")
    cluster = ingress(perhaps, stage(applies=[whom()], end="deny", name="second"))

    assert ask(cluster, "never */* -> shop/app=b").verdict.value == "proved"
    assert ask(cluster, "always */* -> shop/app=b").verdict.value == "violated"
    assert told(cluster).allowed is False


def test_a_condition_that_stands_twice_counts_for_itself_in_each_place() -> None:
    """More is thought possible than is, and never less: that it is one and the same selection is not made use of, by
    which everything is let through."""
    who = whom(H)
    cluster = ingress(stage(rung("allow", selects=who), applies=[who], end="deny"))

    assert ask(cluster, "always */* -> shop/app=b").verdict.value == "unknown"
    assert ask(cluster, "never */* -> shop/app=b").verdict.value == "unknown"


def test_a_condition_on_both_legs_is_unknown() -> None:
    closing = {"stages": [stage(rung("deny", NOT_H))], "final": "allow"}

    assert verdicts(given(closing, closing)) == {**UNKNOWN, "isolated": "violated"}


def test_a_comparison_supposes_one_condition_wherever_it_stands() -> None:
    once = ingress(stage(rung("deny", NOT_H)))
    twice = ingress(stage(rung("deny", NOT_H), rung("deny", NOT_H, whom(NOT_H))))
    selecting = ingress(stage(applies=[whom(NOT_H)], end="deny"))
    positive = ingress(stage(rung("deny", H)))

    assert differ(once, twice).relation.value == "equivalent"
    assert differ(once, selecting).relation.value == "equivalent"
    assert differ(once, positive).relation.value == "incomparable"
    assert {str(dict(r.supposing)) for r in differ(once, positive).added} == {"{'h': False}"}
    assert differ(once, ingress()).relation.value == "wider"


def test_a_map_draws_what_is_perhaps_open() -> None:
    for stages in ([stage(rung("deny", NOT_H))], [stage(rung("deny", selects=whom(NOT_H)))],
                   [stage(applies=[whom(NOT_H)], end="deny")]):  # fmt: skip
        links = draw(ingress(*stages), INVENTORY).links
        into_pods = [opening.surely for link in links for opening in link.openings]
        assert False in into_pods, stages


# Stages that select and hold rungs of all actions


def test_an_allow_behind_a_deny_in_a_stage_that_selects_is_lost() -> None:
    one = whom()
    cluster = ingress(stage(rung("deny", selects=one), rung("allow", PEER_A, one), applies=[one], end="deny"))

    found = lost(cluster)

    assert found["ingress[1]"].cause is Cause.POLICY
    assert found["ingress[1]"].deciders == ((one_citation(cluster), "ingress[0]"),)
    assert {smell.rule for smell in smells(cluster)} >= {"never-reached-rule"}


def one_citation(cluster: Cluster) -> object:
    return cluster.policies.objects[0]


def smells(cluster: Cluster) -> tuple[Any, ...]:
    return lint(cluster, universe=INVENTORY).smells


def test_policies_of_one_block_are_told_apart_where_one_is_behind_the_other() -> None:
    one, other = whom(policy="p"), whom(policy="q")
    first, second = rung("deny", selects=one), rung("deny", PEER_A, other)
    cluster = ingress(stage(first, second, applies=[one, other]))

    found = lost(cluster)

    assert found["ingress[1]"].cause is Cause.TIER
    assert [(policy.name, rule) for policy, rule in found["ingress[1]"].deciders] == [("p", "ingress[0]")]


def test_what_comes_after_a_stage_that_selects_and_denies_is_lost_to_it() -> None:
    """To its rules, and to how it ends for the policies by which it applies."""
    one, other = whom(), whom(policy="q")
    later = stage(rung("allow", PEER_A, other), applies=[other], end="deny", name="later")
    passing = rung("next", ["port", "UDP", 1, 65535], one)

    to_rules = lost(ingress(stage(rung("deny", selects=one), applies=[one]), later))
    to_end = lost(ingress(stage(passing, applies=[one], end="deny"), later))
    passed = lost(ingress(stage(passing, rung("deny", PEER_A, one), applies=[one]), later))

    for found, decider in ((to_rules, ("p", "ingress[0]")),):
        assert found["q"].cause is found["ingress[1]"].cause is Cause.TIERS
        assert [(policy.name, rule) for policy, rule in found["q"].deciders] == [decider]
    assert to_end == passed == {}


def test_a_stage_that_ends_in_deny_shadows_by_the_policies_that_select() -> None:
    one, other = whom(), whom(policy="q")
    early = stage(rung("next", NOBODY, one), rung("deny", PEER_A, one), applies=[one], end="deny", name="early")
    late = stage(rung("deny", ["pod", "peer"], other), applies=[other], end="deny", name="late")

    found = lost(ingress(early, late))

    assert {found["q"].cause, found["ingress[2]"].cause} == {Cause.TIERS}
    assert [(policy.name, rule) for policy, rule in found["q"].deciders] == [("p", None)]
    assert (found["q"].tiers, found["ingress[0]"].cause) == (("early",), Cause.NOTHING)


def test_a_stage_shadows_only_those_whom_it_surely_selects() -> None:
    one, other = whom(H), whom(policy="q")
    late = stage(rung("deny", ["pod", "peer"], other), applies=[other], end="deny", name="late")

    for selects in ([one], [whom(A)]):
        early = stage(rung("deny", selects=whom()), applies=selects, name="early")
        assert "ingress[1]" not in lost(ingress(early, late))


def test_explain_tells_what_would_come_after_a_stage_that_selects_and_denies() -> None:
    one = whom()
    cluster = ingress(
        stage(rung("deny", ["port", "TCP", 80, 80], one), rung("next", selects=one), applies=[one], end="deny"),
        stage(rung("allow", selects=one), applies=[one], end="deny", name="later"),
    )

    side = told(cluster).cases[0].ingress

    assert told(cluster).allowed is False
    assert [(step.stage, step.decision) for step in side.otherwise] == [("later", Action.ALLOW)]
    assert told(cluster, "ops/three -> shop/two : TCP/81").allowed is True


def test_explain_tells_that_nothing_else_would_let_it_in() -> None:
    """Of a pipe that ends in Deny, of a stage for everybody that does, and of one of which nobody can say."""
    denying = stage(rung("deny"), name="first")
    ends, doubtful = stage(end="deny", name="later"), stage(applies=[whom(H)], end="deny", name="later")
    silent = stage(name="later")

    assert "otherwise nothing else decides, and the default is to deny" in text(told(ingress(denying, final="deny")))
    assert "otherwise the pod is isolated for ingress and no rule matches" in text(told(ingress(denying, ends)))
    assert "no rule would match; or it is left to what comes after" in text(told(ingress(denying, doubtful)))
    assert "otherwise nothing would decide, and it would be allowed" in text(told(ingress(denying, silent)))


def test_policies_of_equal_priority_in_a_stage_that_selects_disagree_about_whom_it_selects_only() -> None:
    one, other = whom(policy="p"), whom(policy="q")

    def grades(applies: list[Plain]) -> list[Grade]:
        tie = tied([rung("allow", selects=one)], [rung("deny", selects=other)], applies=applies)
        context = Context(ingress(tie), INVENTORY, settle("k8s", {}, {"same_priority": "any"}))
        return [found.grade for found in conflicts(context, Limits())]

    assert grades([one, other]) == [Grade.VERDICT]
    assert grades([whom(H)]) == [Grade.PERHAPS]
    assert grades([whom(NOBODY)]) == []


def test_a_comparison_notices_the_order_of_rungs_in_a_stage_that_selects() -> None:
    one = whom()
    rungs = [rung("deny", PEER_A, one), rung("allow", selects=one)]
    first, second = (ingress(stage(*some, applies=[one], end="deny")) for some in (rungs, rungs[::-1]))

    found = differ(first, second)

    assert found.relation.value == "wider"
    assert differ(first, ingress(stage(*rungs, rungs[0], applies=[one], end="deny"))).relation.value == "equivalent"


def test_a_comparison_notices_how_pipes_end() -> None:
    for stages in ([], [stage(rung("allow", PEER_A))]):
        assert differ(ingress(*stages), ingress(*stages, final="deny")).relation.value == "narrower"


def test_a_rule_that_allows_all_behind_others_is_not_said_to_be_beyond_recall() -> None:
    one = whom()
    allowing = stage(rung("allow", selects=one), applies=[one], end="deny")
    closing = stage(rung("deny", PEER_A, one), rung("allow", selects=one), applies=[one], end="deny")

    assert "allow-all" in {smell.rule for smell in smells(ingress(allowing))}
    assert "allow-all" not in {smell.rule for smell in smells(ingress(closing))}


# Joining


def test_stages_are_joined_only_where_no_order_is_made_up() -> None:
    def policies(*stages: Plain, final: str = "allow") -> PolicySet:
        return ingress(*stages, final=final).policies

    one = whom()
    allowing = policies(stage(rung("allow", selects=one), applies=[one], end="deny"))
    closing = policies(stage(rung("deny", selects=one), applies=[one], end="deny"))
    bare = policies(stage(applies=[one], end="deny"))

    assert len(merge(allowing, allowing).ingress.stages[0].applies or ()) == 2
    assert len(merge(closing, bare).ingress.stages[0].applies or ()) == 2
    for first, second in ((closing, allowing), (allowing, closing), (closing, closing)):
        with pytest.raises(InternalError, match="nobody says which policies of the stage tier come first"):
            merge(first, second)
    with pytest.raises(InternalError, match="end in deny and in next"):
        merge(bare, policies(stage(applies=[one])))
    with pytest.raises(InternalError, match="end in allow and in deny"):
        merge(bare, policies(stage(applies=[one], end="deny"), final="deny"))


def test_what_a_pipe_ends_in_is_kept_where_nothing_is_joined_to_it() -> None:
    closed = PolicySet(Pipe((), Action.DENY), Pipe(()))
    nothing = PolicySet(Pipe(()), Pipe(()))

    assert merge(closed, nothing) == merge(nothing, closed) == closed
    assert ask(replace(ingress(), policies=closed), "never */* -> */*").verdict.value == "proved"


def test_a_tier_is_for_everybody_or_has_policies_that_do_not_allow() -> None:
    allowing, closing = (
        ingress(stage(rung(action, selects=whom()), applies=[whom()])).policies.pipe(Direction.INGRESS).stages[0]
        for action in ("allow", "deny")
    )
    hairpin = replace(closing, body=(replace(b := next(closing.blocks()), rungs=(replace(b.rungs[0], selects=None),)),))

    assert (allowing.is_tier, closing.is_tier, hairpin.is_tier) == (False, True, False)
    assert Stage("tier", None, (), Action.NEXT).is_tier
