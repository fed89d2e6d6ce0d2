"""The normal form beyond what dialects of today write: conditions that nobody can say wherever a formula stands, and
stages that select and hold rungs of all actions. The evaluator, the encoder and whole commands against the enumeration,
on random policies."""

import ipaddress
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from tests import packaged
from tests.engine.map.reading import permits
from tests.normalforms import PODS, Draw, cluster_of, numbered, policies_of, rungs_of, said
from tests.oracle import normalform as plain
from tests.oracle.rules import DEFAULTS
from verifier import semantics
from verifier.engine.check.check import check
from verifier.engine.diff.compare import compare
from verifier.engine.explain.explain import explain
from verifier.engine.lint.lint import lint
from verifier.engine.lint.survey import survey
from verifier.engine.lint.unreachable import Cause
from verifier.engine.map.map import draw as drawn
from verifier.engine.precheck.conflicts import conflicts
from verifier.engine.problem.problem import Context
from verifier.engine.problem.switches import settle
from verifier.ir.connectionquery import AddressEnd, ConnectionQuery, InquiryEnd, WorkloadEnd
from verifier.ir.endpoint import Connection, Endpoint, Kind, Namespace
from verifier.ir.network import Protocol
from verifier.ir.policy import FALSE, TRUE, And, Direction, Formula, Havoc, Not, Or, Pipe, PolicySet, Rung, Selects
from verifier.ir.universe import INVENTORY, OPEN, Universe
from verifier.smt.solver import Limits
from verifier.vocabulary import Mentions

Plain = dict[str, Any]

TIES = ("any", "by_name", "deny_first")
SETTING = {
    **{name: value for name, value in DEFAULTS.items() if value != "open"},
    "local_node_egress": "always",
    "host_network": "as_node",
    "self_via_service": "allow",
    "ipblock_pods": "match",
    "ipblock_nodes": "match",
    "named_port_ipblock": "resolve",
    "named_port_source": "containers",
    "networks_pods": "match",
}
NOWHERE = ipaddress.ip_address("203.0.113.1")


def setting(tie: str) -> dict[str, str]:
    return {**SETTING, "same_priority": tie}


def connection_of(connection: Plain) -> Connection:
    source, destination = (endpoint(connection[end], n) for n, end in enumerate(("source", "destination"), 1))
    return Connection(source, destination, Protocol(connection["protocol"]), connection["port"])


def endpoint(pod: Plain, last: int) -> Endpoint:
    if pod["namespace"] is None:
        return Endpoint(Kind.EXTERNAL, NOWHERE)
    address = ipaddress.ip_address(f"10.255.0.{last}")
    return Endpoint(Kind.POD, address, Namespace(pod["namespace"], {}), pod["labels"])


def doubted(seed: int, **how: Any) -> tuple[Plain, Draw]:
    draw = Draw(Random(seed), **how)
    return draw.policies(), draw


@pytest.mark.parametrize("tie", TIES)
def test_evaluator_tells_what_enumeration_does_where_each_place_counts_for_itself(tie: str) -> None:
    seen: Counter[frozenset[bool]] = Counter()
    wider = 0
    for seed in range(150):
        policies, _ = doubted(seed)
        made, apart = policies_of(policies), plain.each_for_itself(policies)
        if sum(1 for _ in plain.havocs(apart)) > 8:
            continue
        for connection in Random(seed).sample(list(plain.connections(PODS)), 8):
            found = semantics.decide(made, connection_of(connection), setting(tie)).outcomes
            assert found == plain.outcomes(apart, connection, tie), (seed, connection)
            together = plain.outcomes(policies, connection, tie)
            assert together <= found, (seed, connection)
            wider += together < found
            seen[found] += 1
    assert len(seen) == 3
    assert min(seen.values()) > 50
    assert wider > 5


def test_where_no_condition_stands_twice_evaluator_tells_the_union_over_what_holds_of_each() -> None:
    hang = 0
    for seed in range(250):
        policies, _ = doubted(seed, abouts=("h", "i", "j", "k"), doubt=0.3, once=True)
        made = policies_of(policies)
        settled = [supposed(made, truth) for truth in plain.truths(policies)]
        for connection in map(connection_of, Random(seed).sample(list(plain.connections(PODS)), 6)):
            found = semantics.decide(made, connection, setting("any")).outcomes
            each = [semantics.decide(one, connection, setting("any")).outcomes for one in settled]
            assert found == frozenset().union(*each), (seed, connection)
            hang += any(one != found for one in each)
    assert hang > 100


@pytest.mark.parametrize("tie", TIES)
def test_evaluator_takes_what_is_one_unknown_for_one_wherever_it_stands(tie: str) -> None:
    fewer = 0
    for seed in range(400):
        policies, _ = doubted(seed, doubt=0.05, shared=plain.SHARED[: 1 + seed % 2])
        made, apart = policies_of(policies), plain.each_for_itself(policies)
        if sum(1 for _ in plain.havocs(apart)) > 8:
            continue
        separate = policies_of(apart)
        for connection in Random(seed).sample(list(plain.connections(PODS)), 8):
            found = semantics.decide(made, connection_of(connection), setting(tie)).outcomes
            assert found == plain.outcomes(apart, connection, tie), (seed, connection)
            fewer += found < semantics.decide(separate, connection_of(connection), setting(tie)).outcomes
    assert fewer >= 5


def test_check_and_map_take_what_is_one_unknown_for_one_wherever_it_stands() -> None:
    verdicts: Counter[str] = Counter()
    fewer = 0
    for seed, tie, policies, draw in examples(120, doubt=0.05, shared=plain.SHARED[:1]):
        apart = plain.each_for_itself(policies)
        claims = [draw.claim() for _ in range(4)]
        asked = [replace(packaged.property_of(said(claim)), name=str(n)) for n, claim in enumerate(claims)]
        results = check(cluster_of(policies), asked, INVENTORY, setting(tie))
        separate = check(cluster_of(apart), asked, INVENTORY, setting(tie))
        for claim, result, other in zip(claims, results, separate, strict=True):
            assert result.verdict.value == plain.verdict(apart, PODS, claim, tie), (seed, claim)
            verdicts[result.verdict.value] += 1
            fewer += result.verdict is not other.verdict
        shown = drawn(cluster_of(policies), INVENTORY, setting(tie)) if seed % 3 == 0 else None
        for connection in plain.connections(PODS) if shown is not None else ():
            found = plain.outcomes(apart, connection, tie)
            asked_of_map = {**connection, **{end: shown_end(connection[end]) for end in ("source", "destination")}}
            told = [permits(shown, asked_of_map, setting(tie), surely) for surely in (True, False)]
            assert told == [found == {True}, True in found], (seed, connection)
    assert min(verdicts[name] for name in ("proved", "violated", "unknown")) > 10
    assert fewer >= 1


def test_what_is_supposed_is_what_stands_in_its_place() -> None:
    for seed in range(100):
        policies, _ = doubted(seed)
        made = policies_of(policies)
        for truth in plain.truths(policies):
            for connection in Random(seed).sample(list(plain.connections(PODS)), 3):
                asked = connection_of(connection)
                found = semantics.decide(made, asked, setting("any"), truth).outcomes
                assert found == plain.under(policies, connection, truth, "any"), (seed, connection)
                assert found == semantics.decide(supposed(made, truth), asked, setting("any")).outcomes


def supposed(policies: PolicySet, truth: dict[str, bool]) -> PolicySet:
    """The policies with what is so, or is not, in the place of the conditions."""

    def formula(old: Formula) -> Formula:
        match old:
            case And(items):
                return And(tuple(map(formula, items)))
            case Or(items):
                return Or(tuple(map(formula, items)))
            case Not(item):
                return Not(formula(item))
            case Havoc(about):
                return TRUE if truth[about] else FALSE
            case _:
                return old

    def whom(old: Selects) -> Selects:
        return replace(old, pods=formula(old.pods))

    def rung(old: Rung) -> Rung:
        return replace(old, guard=formula(old.guard), selects=None if old.selects is None else whom(old.selects))

    pipes = [
        Pipe(tuple(stage.mapped(whom, rung) for stage in pipe.stages), pipe.final)
        for pipe in (policies.ingress, policies.egress)
    ]
    return PolicySet(*pipes, policies.objects)


def test_isolation_is_told_as_enumeration_does() -> None:
    seen: Counter[tuple[bool, bool]] = Counter()
    for seed in range(200):
        policies, _ = doubted(seed, doubt=0.4)
        made, apart = policies_of(policies), plain.each_for_itself(policies)
        if sum(1 for _ in plain.havocs(apart)) > 10:
            continue
        for pod in PODS:
            for way, direction in (("Ingress", Direction.INGRESS), ("Egress", Direction.EGRESS)):
                each = {plain.isolates(apart, pod, way, truth, "any") for truth in plain.truths(apart)}
                asked = made, endpoint(pod, 1), direction, SETTING
                told = semantics.isolated(*asked, surely=False), semantics.isolated(*asked)
                assert told == (True in each, each == {True}), (seed, pod, way)
                seen[told] += 1
    assert len(seen) == 3


def test_check_agrees_with_the_enumeration() -> None:
    """Where each place counts for itself exactly; and what is proved or violated is so whatever holds, the same in all
    places."""
    verdicts: Counter[str] = Counter()
    kinds: Counter[tuple[str, str]] = Counter()
    for seed, tie, policies, draw in examples(300):
        apart = plain.each_for_itself(policies)
        claims = [draw.claim() for _ in range(4)]
        asked = [replace(packaged.property_of(said(claim)), name=str(n)) for n, claim in enumerate(claims)]
        results = check(cluster_of(policies), asked, INVENTORY, setting(tie))
        for claim, result in zip(claims, results, strict=True):
            found = result.verdict.value
            assert found == plain.verdict(apart, PODS, claim, tie), (seed, claim)
            if found in ("proved", "violated"):
                assert found == plain.verdict(policies, PODS, claim, tie), (seed, claim)
            verdicts[found] += 1
            kinds[claim["kind"], found] += 1
    assert min(verdicts[name] for name in ("proved", "violated", "unknown")) > 80
    assert all(kinds[kind, "unknown"] for kind in ("never", "always", "only", "exactly", "isolated", "separate"))


def examples(count: int, **how: Any) -> Iterator[tuple[int, str, Plain, Draw]]:
    """Policies, and how ties are read; few enough conditions that each place can be tried."""
    for seed in range(count):
        policies, draw = doubted(seed, **how)
        if sum(1 for _ in plain.havocs(policies)) <= 5:
            yield seed, draw.one(TIES), policies, draw


def test_what_is_proved_of_pods_that_nobody_has_written_is_proved_whatever_holds() -> None:
    """And nothing else is, where no condition stands twice."""
    verdicts: Counter[str] = Counter()
    for seed, tie, policies, draw in examples(60, abouts=("h", "i", "j"), doubt=0.3, once=True):
        cluster = cluster_of(policies)
        asked = [replace(packaged.property_of(said(draw.claim())), name=str(n)) for n in range(3)]
        told = [r.verdict.value for r in check(cluster, asked, OPEN, setting(tie))]
        each = []
        for truth in plain.truths(policies):
            settled = replace(cluster, policies=supposed(cluster.policies, truth))
            each.append([r.verdict.value for r in check(settled, asked, OPEN, setting(tie))])
        for number, found in enumerate(told):
            whatever = {results[number] for results in each}
            assert (found == "proved") is (whatever == {"proved"}), (seed, asked[number])
            assert found != "violated" or whatever == {"violated"}, (seed, asked[number])
            assert (found == "vacuous") is (whatever == {"vacuous"}), (seed, asked[number])
            verdicts[found] += 1
    assert min(verdicts[name] for name in ("proved", "violated", "unknown")) > 10


def test_what_compares_as_equal_in_an_open_universe_is_equal_whatever_holds() -> None:
    relations: Counter[bool] = Counter()
    for seed, _, policies, draw in examples(120):
        tie = draw.one(TIES[1:])
        sides = [cluster_of(policies), cluster_of(changed(policies, draw))]
        found = compare(*sides, OPEN, setting(tie)).relation.value
        each = set()
        for truth in plain.truths(policies):
            settled = [
                replace(side, policies=supposed(side.policies, {"h": True, "i": True} | truth)) for side in sides
            ]
            each.add(compare(*settled, OPEN, setting(tie)).relation.value)
        if set(havoc_names(sides[1].policies)) <= set(havoc_names(sides[0].policies)):
            assert (found == "equivalent") is (each == {"equivalent"}), seed
            relations[found == "equivalent"] += 1
    assert min(relations.values()) > 15


def havoc_names(policies: PolicySet) -> list[str]:
    mentions = Mentions()
    mentions.add_policies(policies)
    return [unknown.about for unknown in mentions.unknowns]


def test_compare_agrees_with_the_enumeration() -> None:
    """A condition holds in all places or in none, on both sides."""
    relations: Counter[str] = Counter()
    for seed, _, old, draw in examples(450):
        tie = draw.one(TIES[1:])
        new = changed(old, draw)
        if draw.often(0.5):
            new = changed(new, draw)
        found = compare(cluster_of(old), cluster_of(new), INVENTORY, setting(tie)).relation.value
        assert found == plain.relation(old, new, PODS, tie), seed
        relations[found] += 1
    assert min(relations[name] for name in ("equivalent", "wider", "narrower", "incomparable")) >= 8


def changed(policies: Plain, draw: Draw) -> Plain:
    """The same but for one stage: what a rung does, whom a policy selects, the order of rungs, how it ends."""
    way = draw.one(("Ingress", "Egress"))
    pipe = policies[way]
    if not pipe["stages"]:
        return {**policies, way: draw.pipe(way)}
    number = draw.one(range(len(pipe["stages"])))
    stage = dict(pipe["stages"][number])
    kind = draw.one(("end", "applies", "order", "new", "without", "final"))
    if kind == "final":
        return {**policies, way: {**pipe, "final": "deny" if pipe["final"] == "allow" else "allow"}}
    if kind == "end":
        stage["end"] = draw.one(("allow", "deny", "next"))
    elif kind == "applies" and stage["applies"]:
        stage["applies"] = stage["applies"][1:] if draw.often(0.5) else [*stage["applies"], draw.whom("more")]
    elif kind == "order":
        stage["body"] = [{"block": p["block"][::-1]} if "block" in p else p for p in stage["body"]][::-1]
    elif kind == "new":
        stage = draw.stage(stage["name"], way)
    stages = [*pipe["stages"][:number], *([] if kind == "without" else [stage]), *pipe["stages"][number + 1 :]]
    return {**policies, way: numbered({**pipe, "stages": deepcopy(stages)}, way)}


@pytest.mark.parametrize("universe", [INVENTORY, OPEN], ids=["inventory", "open"])
def test_explain_and_map_agree_with_the_enumeration(universe: Universe) -> None:
    fates: Counter[bool | None] = Counter()
    for seed, tie, policies, _ in examples(120):
        cluster, apart = cluster_of(policies), plain.each_for_itself(policies)
        found = drawn(cluster, universe, setting(tie))
        by_name = {workload.name: workload for workload in cluster.workloads}
        for connection in Random(seed).sample(list(plain.connections(PODS)), 12):
            expected = plain.outcomes(apart, connection, tie)
            asked = [inquired(connection[end], by_name) for end in ("source", "destination")]
            query = ConnectionQuery("", *asked, Protocol(connection["protocol"]), connection["port"])
            fate = next(iter(expected)) if len(expected) == 1 else None
            assert explain(cluster, query, universe, setting(tie)).allowed is fate, (seed, connection)
            shown = {**connection, **{end: shown_end(connection[end]) for end in ("source", "destination")}}
            told = permits(found, shown, setting(tie)), permits(found, shown, setting(tie), surely=False)
            assert told == (expected == {True}, True in expected), (seed, connection)
            fates[fate] += 1
    assert min(fates.values()) > 100


def inquired(pod: Plain, by_name: dict[str, Any]) -> InquiryEnd:
    if pod["namespace"] is None:
        return AddressEnd(NOWHERE)
    return WorkloadEnd((by_name[pod["name"]],))


def shown_end(pod: Plain) -> Plain:
    if pod["namespace"] is None:
        return {"kind": "external", "ip": str(NOWHERE)}
    return {"kind": "pod", "ip": "10.255.0.1", "namedPorts": [], **pod}


def test_rules_that_never_decide_are_those_of_the_enumeration() -> None:
    """Of stages whose order matters, whether they select or not."""
    causes: Counter[tuple[Cause, bool]] = Counter()
    alive = 0
    for seed, tie, policies, _ in examples(250, ties=True):
        apart = plain.each_for_itself(policies)
        cluster = cluster_of(policies)
        context = Context(cluster, INVENTORY, settle("k8s", {}, setting(tie)))
        found = survey(context, Limits())
        for way, direction in (("Ingress", Direction.INGRESS), ("Egress", Direction.EGRESS)):
            stages = policies[way]["stages"]
            selecting = {stage["name"] for stage in stages if stage["applies"] is not None}
            told = {
                (lost.policy.name, lost.rule): (lost.cause, lost.stage in selecting)
                for lost in found.lost
                if lost.direction is direction and lost.rule is not None and lost.cause is not Cause.ISOLATION
            }
            tiers = {stage["name"] for stage in stages if plain.is_tier(stage)}
            rules = set(asked_about(policies[way], tiers))
            deciding = plain.deciding(apart, PODS, way, tie)
            lost_here = {key for key in told if key in rules}
            assert lost_here == rules - deciding, (seed, way)
            causes.update(told[key] for key in lost_here)
            alive += len(rules & deciding)
    assert alive > 100
    for cause in (Cause.NOTHING, Cause.POLICY, Cause.TIER, Cause.TIERS):
        assert causes[cause, True] >= 3, causes


def asked_about(pipe: Plain, tiers: set[str]) -> Iterator[tuple[str, str]]:
    for stage in pipe["stages"]:
        for part in stage["body"] if stage["name"] in tiers else ():
            for block in part["tie"] if "tie" in part else [part["block"]]:
                yield from ((r["selects"]["policy"], r["rule"]) for r in block if r["selects"] is not None)


def test_policies_of_equal_priority_disagree_where_the_enumeration_finds_it() -> None:
    """In stages that select as in others: about connections that may get there."""
    found: Counter[bool] = Counter()
    for seed, _, policies, _ in examples(250):
        apart = plain.each_for_itself(policies)
        context = Context(cluster_of(policies), INVENTORY, settle("k8s", {}, setting("any")))
        told = {c.direction: set[frozenset[str]]() for c in conflicts(context, Limits())}
        for conflict in conflicts(context, Limits()):
            told[conflict.direction] |= {blocks_of(policies, conflict.direction, conflict.rungs)}
        for way, direction in (("Ingress", Direction.INGRESS), ("Egress", Direction.EGRESS)):
            pairs = plain.disagreeing(apart, PODS, way)
            expected = {frozenset(block_of(policies[way], rule) for rule in pair) for pair in pairs}
            assert told.get(direction, set()) == expected, (seed, way)
            found.update(is_selected(policies[way], pair) for pair in expected)
    assert min(found.values()) > 5


def blocks_of(policies: Plain, direction: Direction, rungs: tuple[Rung, Rung]) -> frozenset[str]:
    pipe = policies[direction.value.capitalize()]
    return frozenset(block_of(pipe, rung.citation.rule or "") for rung in rungs)


def block_of(pipe: Plain, rule: str) -> str:
    """The first rule of the block that the rule stands in."""
    blocks = (block for stage in pipe["stages"] for part in stage["body"] for block in part.get("tie", []))
    return str(next(block[0]["rule"] for block in blocks if rule in {rung["rule"] for rung in block}))


def is_selected(pipe: Plain, pair: frozenset[str]) -> bool:
    """True iff they stand in a stage that selects."""
    (stage,) = (s for s in pipe["stages"] if pair <= {r["rule"] for part in s["body"] for r in rungs_of(part)})
    return stage["applies"] is not None


REDUNDANT = ("redundant-policy", "redundant-rule", "inert-policy", "inert-rule")


def test_what_lint_calls_redundant_can_go() -> None:
    """One at a time, whatever holds of the conditions; and every look of `lint` gets through."""
    gone: Counter[str] = Counter()
    for seed, _, policies, draw in examples(120):
        tie = draw.one(TIES[1:])
        cluster = cluster_of(policies)
        for smell in lint(cluster, universe=INVENTORY, switches=setting(tie)).smells:
            if smell.rule in REDUNDANT:
                rule = smell.message.partition(" ")[0] if smell.rule.endswith("rule") else None
                left = without(policies, smell.about.name, rule)
                assert plain.relation(policies, left, PODS, tie) == "equivalent", (seed, smell)
                gone[smell.rule] += 1
    assert min(gone["redundant-policy"], gone["redundant-rule"]) > 20


def without(policies: Plain, policy: str, rule: str | None) -> Plain:
    """The policies without a rule of one, or without the policy."""

    def kept(rungs: list[Plain]) -> list[Plain]:
        return [r for r in rungs if (r["selects"] or {}).get("policy") != policy or rule not in (None, r["rule"])]

    def part(old: Plain) -> Plain:
        return {"tie": [kept(block) for block in old["tie"]]} if "tie" in old else {"block": kept(old["block"])}

    def stage(old: Plain) -> Plain:
        whom = [who for who in old["applies"] or [] if rule is not None or who["policy"] != policy]
        applies = None if old["applies"] is None else whom
        return {**old, "applies": applies, "body": [part(each) for each in old["body"]]}

    return {way: {**pipe, "stages": [stage(each) for each in pipe["stages"]]} for way, pipe in policies.items()}
