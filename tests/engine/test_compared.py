"""Policies that compare labels of both ends, as no dialect of today writes them: what is compared is told apart by the
values that objects carry, whoever asks. In `blue`, only who shares its team gets in; nobody has said the labels of
`unsaid`."""

from collections import Counter
from collections.abc import Mapping
from itertools import product
from random import Random
from typing import Any

import pytest

from tests.engine.asking import claim
from verifier.engine.check.check import check
from verifier.engine.explain.explain import explain
from verifier.engine.explain.result import Explanation
from verifier.engine.map.map import draw as chart
from verifier.engine.results.check import Verdict
from verifier.errors import Undecided
from verifier.ir.cluster import Cluster
from verifier.ir.endpoint import Namespace, Workload
from verifier.ir.labels import Selector
from verifier.ir.policy import (
    TRUE,
    Action,
    And,
    Block,
    Citation,
    Formula,
    NamespaceLabels,
    Not,
    Or,
    Pipe,
    PolicySet,
    Role,
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


# At random

KNOWN = {"blue": "b", "red": "a", "plain": None}
TEAMS = (None, "a", "b", "p", "q")
"""What a namespace can have: nothing, what objects and rules say, and two values that nobody does."""
HOMES = ("blue", "red", "plain", "unsaid", "hidden")


def draw_guard(random: Random, depth: int = 2) -> list[Any]:
    if depth and random.random() < 0.6:
        kind = random.choice(("all", "any", "not"))
        return [kind, *(draw_guard(random, depth - 1) for _ in range(1 if kind == "not" else 2))]
    return random.choice([["same"], ["same"], ["has", "peer", "a"], ["has", "peer", "b"], ["has", "subject", "b"]])


def made(guard: list[Any]) -> Formula:
    match guard:
        case ["all", *items]:
            return And(tuple(map(made, items)))
        case ["any", *items]:
            return Or(tuple(map(made, items)))
        case ["not", item]:
            return Not(made(item))
        case ["has", role, value]:
            return NamespaceLabels(Role(role), Selector.of({"team": value}))
        case _:
            return SAME_TEAM


def holds(guard: list[Any], subject: str | None, peer: str | None) -> bool:
    """Whether the guard holds between namespaces of these teams."""
    match guard:
        case ["all", *items]:
            return all(holds(item, subject, peer) for item in items)
        case ["any", *items]:
            return any(holds(item, subject, peer) for item in items)
        case ["not", item]:
            return not holds(item, subject, peer)
        case ["has", role, value]:
            return {"subject": subject, "peer": peer}[role] == value
        case _:
            return subject == peer


def possible(guard: list[Any], source: str, destination: str) -> set[bool]:
    """What can become of a connection between pods of these namespaces, whatever is unsaid."""
    unsaid = sorted({source, destination} - KNOWN.keys())
    found = set()
    for teams in product(TEAMS, repeat=len(unsaid)):
        team: Mapping[str, str | None] = {**KNOWN, **dict(zip(unsaid, teams, strict=True))}
        found.add(holds(guard, team[destination], team[source]))
    return found


def world(guard: list[Any]) -> Cluster:
    whom = Selects(None, TRUE, Citation("Policy", None, "any", None))
    rung = Rung(whom, made(guard), Action.ALLOW, Citation("Policy", None, "any", "ingress[0]"))
    stage = Stage("network", (whom,), (Block((rung,)),), Action.DENY)
    labels = {name: None if name not in KNOWN else {"team": team} if (team := KNOWN[name]) else {} for name in HOMES}
    return Cluster(
        tuple(Namespace(name, labels[name]) for name in sorted(HOMES)),
        tuple(Workload("Pod", home, f"pod-{home}", {}) for home in sorted(HOMES)),
        PolicySet(Pipe((stage,), Action.ALLOW), Pipe((), Action.ALLOW), (whom.citation,)),
    )


def test_explain_map_and_check_agree_with_the_enumeration_about_what_is_compared() -> None:
    fates: Counter[bool | None] = Counter()
    for seed in range(40):
        random = Random(seed)
        guard = draw_guard(random)
        here = world(guard)
        drawn = chart(here, INVENTORY)
        nodes = {w.namespace: n for n, node in enumerate(drawn.nodes) for m in node.members for w in m.workloads}
        for source, destination in random.sample(list(product(HOMES, repeat=2)), 6):
            if source == destination:
                continue
            expected = possible(guard, source, destination)
            fate = next(iter(expected)) if len(expected) == 1 else None
            assert told(here, f"{source}/pod-{source} -> {destination}/pod-{destination} : TCP/80").allowed is fate, (
                seed
            )
            links = [
                link for link in drawn.links if (link.source, link.destination) == (nodes[source], nodes[destination])
            ]
            assert bool(links) is (True in expected), (seed, source, destination)
            assert all(bool(o.when) is (False in expected) for link in links for o in link.openings), seed
            claims = [claim(f"{word} {source}/* -> {destination}/*") for word in ("never", "always")]
            never, always = (result.verdict is Verdict.PROVED for result in check(here, claims, INVENTORY))
            assert (never, always) == (expected == {False}, expected == {True}), (seed, source, destination)
            fates[fate] += 1
    assert min(fates.values()) > 20
