"""Policies that compare labels of both ends, as no dialect of today writes them: what is compared is told apart by the
values that objects carry, whoever asks. In `blue`, only who shares its team gets in; nobody has said the labels of
`unsaid`."""

import pytest

from tests.engine.asking import claim
from verifier.engine.check.check import check
from verifier.engine.explain.explain import Explanation, explain
from verifier.engine.map.map import draw as chart
from verifier.engine.results.check import Verdict
from verifier.errors import Undecided
from verifier.ir.cluster import Cluster
from verifier.ir.endpoint import Namespace, Workload
from verifier.ir.policy import (
    TRUE,
    Action,
    Block,
    Citation,
    Formula,
    Pipe,
    PolicySet,
    Rung,
    SameLabel,
    Selects,
    Stage,
)
from verifier.ir.universe import INVENTORY, OPEN
from verifier.manifests.notation.connection import parse_connection_query
from verifier.report.text.explain import explain as text
from verifier.report.text.map import draw

BLUE = Namespace("blue", {"team": "b"})
UNSAID = Namespace("unsaid")
PODS = tuple(Workload("Pod", home, f"pod-{home}", {"tenant": home}) for home in ("blue", "unsaid"))
SAME_TEAM, SAME_TENANT = SameLabel("team", of_namespace=True), SameLabel("tenant", of_namespace=False)


def cluster(guard: Formula, *namespaces: Namespace) -> Cluster:
    whom = Selects("blue", TRUE, Citation("Policy", "blue", "same", None))
    rung = Rung(whom, guard, Action.ALLOW, Citation("Policy", "blue", "same", "ingress[0]"))
    stage = Stage("network", (whom,), (Block((rung,)),), Action.DENY)
    policies = PolicySet(Pipe((stage,), Action.ALLOW), Pipe((), Action.ALLOW), (whom.citation,))
    return Cluster((BLUE, UNSAID, *namespaces), PODS, policies)


SAME = cluster(SAME_TEAM)


def told(here: Cluster, connection: str = "unsaid/pod-unsaid -> blue/pod-blue : TCP/80") -> Explanation:
    return explain(here, parse_connection_query(connection, here.workloads), OPEN)


def test_a_connection_may_be_allowed_by_a_value_that_only_an_object_carries() -> None:
    words = text(told(SAME))

    assert "allowed   where namespace unsaid has team=b\n" in words
    assert "denied    where namespace unsaid has !team or team,team!=b\n" in words
    assert [check(SAME, [claim(f"{word} unsaid/* -> blue/*")])[0].verdict for word in ("never", "always")] == [
        Verdict.VIOLATED,
        Verdict.VIOLATED,
    ]


def test_namespaces_of_which_everything_is_said_leave_nothing_open() -> None:
    here = cluster(SAME_TEAM, Namespace("other", {"team": "c"}), Namespace("same", {"team": "b"}))

    assert told(here, "other/a=b -> blue/a=b : TCP/80").allowed is False
    assert told(here, "same/a=b -> blue/a=b : TCP/80").allowed is True


def test_a_map_draws_who_can_have_a_value_that_only_an_object_carries() -> None:
    today, possible = draw(chart(SAME, INVENTORY)), draw(chart(SAME, OPEN))

    assert "<- unsaid/pod-unsaid: every port where namespace unsaid has team=b\n" in today
    assert "<- any pod of unsaid: every port where namespace unsaid has team=b\n" in possible
    assert "<- any pod, any pod of undeclared namespaces with team=b: every port\n" in possible
    assert "any pod of undeclared namespaces with !team or team,team!=b\n" in possible


def test_a_map_does_not_draw_possible_pods_that_policies_compare() -> None:
    with pytest.raises(Undecided, match="their label `tenant`"):
        chart(cluster(SAME_TENANT), OPEN)

    assert chart(cluster(SAME_TENANT), INVENTORY).links
