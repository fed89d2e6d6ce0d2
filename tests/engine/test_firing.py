"""Rules that cannot fire are left out of a question; no other is, and nothing that is said changes.

The random ones: of each rung that is left out the solver is asked whether it could have fired after all, with nothing
assumed that is not certain; and whole results are those of the question with all rules.
"""

from collections.abc import Callable, Iterator
from itertools import chain, product
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests import packaged
from tests.engine.asking import claim, cluster, namespace, policy, verdict
from tests.generators.behind import calico_services_example, cilium_services_example
from tests.generators.calicostrategies import calico_example
from tests.generators.ciliumstrategies import cilium_example
from tests.generators.meshstrategies import mesh_example
from tests.generators.strategies import Example, example, settled_example
from tests.generators.tierstrategies import networks_example, tiered_example
from verifier.encoding.formulas import Encoder
from verifier.encoding.formulas import View as Seen
from verifier.encoding.pipes import fires
from verifier.encoding.problem import Outcome, Problem
from verifier.encoding.question import require_invariants, require_translation, ways_to_break
from verifier.encoding.world import declare
from verifier.engine.check import check as checking
from verifier.engine.precheck.prepare import Given, Pods, prepare
from verifier.engine.problem import problem as setting
from verifier.engine.problem.ends import ends_of
from verifier.engine.problem.firing import _is_among, contradict
from verifier.engine.results.check import Verdict
from verifier.errors import InputError
from verifier.ir.endpoint import Kind
from verifier.ir.labels import Operator, Requirement, Selector, matches
from verifier.ir.policy import Direction, KindIn, Not, PolicySet, Role, Rung
from verifier.ir.universe import OPEN
from verifier.smt.script import Script, conj, disj
from verifier.smt.solver import Answer, Limits, Solver

Make = Callable[[int], Example]
DRAWN: tuple[Make, ...] = (
    example, settled_example, tiered_example, networks_example, cilium_example, calico_example, mesh_example,
    cilium_services_example, calico_services_example,
)  # fmt: skip
NARROW = (
    "never 8.8.8.8 -> */*",
    "never external -> app=a : TCP/80",
    "never a/* -> b/*",
    "only app=a -> {team=a}/* : UDP/53",
    "always app=a -> b/app=b : TCP/80",
    "exactly a/app=b -> a/* : TCP/443",
    "never 10.0.0.0/8 -> {team in (a,b)}/app!=a",
    "confined a/app=a -> b/*",
)
EACH = 8


def rungs(policies: PolicySet, direction: Direction) -> Iterator[Rung]:
    for stage in policies.pipe(direction).stages:
        yield from chain.from_iterable(block.rungs for block in stage.blocks())


def left_out(problem: Problem, direction: Direction) -> list[Rung]:
    kept = set(map(id, rungs(problem.spoken, direction)))
    return [rung for rung in rungs(problem.policies, direction) if id(rung) not in kept]


def can_fire(problem: Problem) -> bool:
    """What the solver says: some rung that was left out can fire for a connection that meets a premise."""
    script = Script()
    world = declare(script, problem)
    encoder = Encoder(script, world)
    views = (Seen("src", world.source, world.destination, False), Seen("dst", world.destination, world.source, False))
    require_invariants(encoder, problem, views)
    require_translation(encoder, problem, views[1])
    legs = {Outcome.ALLOWED, Outcome.DENIED}
    ways = zip(problem.obligations, ways_to_break(encoder, problem, views), strict=True)
    premises = [way.premise for obligation, way in ways if obligation.outcome in legs]
    premises.append(encoder.term(problem.reached, views[1]))
    fired = []
    for direction in Direction:
        ends = (
            (world.destination, world.source) if direction is Direction.INGRESS else (world.source, world.destination)
        )
        view = Seen(str(direction), *ends, as_seen=True)
        fired.append(conj((ends[0].podlike, fires(encoder, left_out(problem, direction), view))))
    goal = script.goal("a rung fires", conj((disj(premises), disj(fired))))
    return Solver(script).ask((goal,)) is not Answer.UNSAT


def asked(given: Example, text: str | None, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Problem]:
    """The problems that are set where the example's claim is checked, or another one; and the results are compared, but
    for how regions are cut: what these are together is proved in either way."""
    problems: list[Problem] = []
    kept = setting.problem_of

    def noting(*arguments: Any) -> Any:
        found = kept(*arguments)
        problems.append(found[0])
        return found

    def answered() -> Any:
        whole = text if text is not None else given.claim
        ask = (given.manifests, whole, given.universe, given.switches, None if text else given.namespace, folder)
        found = packaged.result(*ask, accepted=given.accepted, limit=4)
        reason = "" if found.verdict is Verdict.UNKNOWN else found.reason  # it names what can decide, which is less
        return replace(found, stats=None, reason=reason)

    with monkeypatch.context() as patched:
        patched.setattr(checking, "problem_of", noting)
        sliced = answered()
    with monkeypatch.context() as patched:
        patched.setattr(setting, "without_idle_rungs", lambda policies, _: policies)
        whole = answered()
    assert replace(sliced, regions=()) == replace(whole, regions=())
    return problems


@pytest.mark.parametrize("make", DRAWN, ids=lambda make: make.__name__)
def test_what_is_left_out_cannot_fire_and_nothing_changes(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = 0
    for seed in range(EACH):
        for text in (None, NARROW[seed % len(NARROW)]):
            try:
                problems = asked(make(seed), text, tmp_path, monkeypatch)
            except InputError:
                continue  # a universe that forbids an object
            for problem in problems:
                gone += sum(len(left_out(problem, direction)) for direction in Direction)
                assert not can_fire(problem), (seed, text)

    assert gone >= 3


# What is left out, and what is not


def spoken_rungs(manifests: str, text: str, switches: dict[str, str] | None = None) -> list[Rung]:
    """The rules for ingress that stay; of policies that may govern all do."""
    what = cluster(manifests)
    [context] = prepare([Given(what)], OPEN, switches, Limits(), Pods.EACH)
    problem, _ = setting.problem_of(context, claim(text).claim, "")
    for direction in Direction:
        stages = zip(problem.spoken.pipe(direction).stages, problem.policies.pipe(direction).stages, strict=True)
        assert all(left.applies == whole.applies for left, whole in stages)
    return [rung for rung in rungs(problem.spoken, Direction.INGRESS) if rung.selects is not None]


def one(name: str, peer: str, ports: str = "") -> str:
    more = f", ports: [{ports}]" if ports else ""
    return policy("a", name, f"{{podSelector: {{}}, ingress: [{{from: [{peer}]{more}}}]}}")


PEERS = (
    namespace("a", "{team: red}") + namespace("b", "{team: blue}")
    + one("pods", "{podSelector: {matchLabels: {app: web}}}")
    + one("red", "{namespaceSelector: {matchLabels: {team: red}}}")
    + one("block", "{ipBlock: {cidr: 8.8.8.0/24}}")
    + one("other", "{ipBlock: {cidr: 9.9.9.0/24}}")
    + one("dns", "{ipBlock: {cidr: 0.0.0.0/0}}", "{protocol: UDP, port: 53}")
    + one("named", "{ipBlock: {cidr: 0.0.0.0/0}}", "{port: web}")
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "names_kept"),
    [
        ("never 8.8.8.8 -> a/*", "block dns named"),
        ("never 8.8.8.8 -> a/* : TCP/80", "block named"),
        ("never 8.8.8.8 -> a/* : UDP/53", "block dns"),
        ("never external -> a/*", "block other dns named"),
        ("never b/* -> a/*", "block other dns named"),
        ("never a/app=db -> a/*", "red block other dns named"),
        ("never a/app!=web -> a/*", "red block other dns named"),
        ("never a/!app -> a/*", "red block other dns named"),
        ("never {team=blue}/* -> a/*", "pods block other dns named"),
        ("never * -> a/*", "pods red block other dns named"),
        ("only a/app=db -> a/*", "pods red block other dns named"),
        ("only 8.8.8.8 -> a/* : TCP/443", "pods red block other named"),
    ],
)
def test_of_a_policy_the_rules_go_that_cannot_fire(text: str, names_kept: str) -> None:
    assert set(names_kept.split()) == {r.citation.name for r in spoken_rungs(PEERS, text)}


def test_an_address_may_be_seen_as_that_of_a_node_where_nobody_says_that_it_is_kept() -> None:
    moved = {"external_source": "node"}

    assert "other" not in {r.citation.name for r in spoken_rungs(PEERS, "never 8.8.8.8 -> a/*")}
    assert "other" in {r.citation.name for r in spoken_rungs(PEERS, "never 8.8.8.8 -> a/*", moved)}


def test_a_policy_without_rules_that_can_fire_isolates_all_the_same() -> None:
    manifests = namespace("a") + one("pods", "{podSelector: {matchLabels: {app: web}}}")

    assert spoken_rungs(manifests, "never external -> a/*") == []
    assert verdict(manifests, "never external -> a/*") == "proved"
    assert verdict(namespace("a"), "never external -> a/*") == "violated"


def test_policies_that_are_replaced_are_said_whole() -> None:
    """`spoken` is of the policies that it was made from."""
    [context] = prepare([Given(cluster(PEERS))], OPEN, None, Limits(), Pods.EACH)
    problem, _ = setting.problem_of(context, claim("never 8.8.8.8 -> a/*").claim, "")

    assert problem.spoken != problem.policies
    assert replace(problem, policies=context.policies).spoken is context.policies


# Selectors

LINES = tuple(
    Requirement("k", operator, frozenset(values))
    for operator, values in (
        (Operator.IN, "a"), (Operator.IN, "ab"), (Operator.IN, "bc"), (Operator.NOT_IN, "a"), (Operator.NOT_IN, "ab"),
        (Operator.EXISTS, ""), (Operator.DOES_NOT_EXIST, ""), (Operator.STARTS_WITH, "a"), (Operator.CONTAINS, "b"),
        (Operator.NOT_ENDS_WITH, "c"),
    )
)  # fmt: skip
LABELS = ({}, *({"k": value} for value in ("a", "b", "c", "ab", "abc", "z")))


def test_selectors_contradict_only_where_no_labels_meet_both() -> None:
    found = 0
    for one_line, other in product(LINES, repeat=2):
        here, there = Selector(frozenset({one_line})), Selector(frozenset({other}))
        both = any(matches(labels, here) and matches(labels, there) for labels in LABELS)
        assert not (contradict(here, there) and both), (one_line, other)
        found += contradict(here, there)

    assert found >= 20
    assert not contradict(Selector(), Selector(frozenset({LINES[0]})))
    assert not contradict(Selector(frozenset({replace(LINES[0], key="other")})), Selector(frozenset({LINES[2]})))


def test_who_is_not_of_some_kinds_is_of_the_others() -> None:
    some = frozenset({Kind.POD, Kind.HOSTPOD})

    assert [part.kinds for part in ends_of(Not(KindIn(Role.SUBJECT, some)))] == [frozenset(Kind) - some]
    assert [part.kinds for part in ends_of(KindIn(Role.SUBJECT, some))] == [some]


def test_of_a_box_of_several_kinds_nothing_is_said_by_one_of_them() -> None:
    one, both = frozenset({Kind.POD}), frozenset({Kind.POD, Kind.EXTERNAL})

    assert [_is_among(possible, kinds) for possible, kinds in ((one, both), (both, both), (both, one))] == [
        True,
        True,
        None,
    ]
    assert _is_among(one, both - one) is False
