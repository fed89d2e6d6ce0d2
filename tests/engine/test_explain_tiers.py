"""Explanations where there are tiers: which one decides, and what the others would have said."""

from collections import Counter
from random import Random
from typing import Any

import pytest

from tests import packaged
from tests.engine.asking import ALL, claim, cluster, egress, ingress, namespace, policy, tier
from tests.engine.map.reading import is_so
from tests.engine.test_explain import FIXED, end
from tests.generators.strategies import policies
from tests.generators.tierstrategies import tiers
from tests.oracle import VALUES, sampled
from tests.oracle.allowed import outcomes, side
from tests.oracle.tiers import KINDS
from verifier.engine.check.check import check
from verifier.engine.explain.explain import explain
from verifier.engine.explain.result import Explanation, Side
from verifier.engine.results.check import Verdict
from verifier.ir.connectionquery import ConnectionQuery
from verifier.ir.endpoint import Endpoint
from verifier.ir.network import Protocol
from verifier.ir.policy import Action
from verifier.manifests.kubernetes.load import load_text
from verifier.manifests.notation.connection import parse_connection_query
from verifier.report.text.explain import explain as text

Plain = dict[str, Any]

EXAMPLES = 70
EACH = 12
MAY = {frozenset({True}): True, frozenset({False}): False, frozenset({True, False}): None}
TIERS = {**FIXED, "networks_pods": "match", "networks_nodes": "match"}


def fully(random: Random) -> dict[str, str]:
    return {name: TIERS.get(name) or random.choice(values) for name, values in VALUES.items()}


def asked(connection: Plain) -> ConnectionQuery:
    source, destination = end(connection["source"]), end(connection["destination"])
    return ConnectionQuery("", source, destination, Protocol(connection["protocol"]), connection["port"])


def test_explanations_are_what_enumeration_says_where_there_are_tiers() -> None:
    seen: Counter[bool | None] = Counter()
    for seed in range(EXAMPLES):
        manifests, random = [*policies(seed), *tiers(seed)], Random(seed)
        here, setting = load_text(packaged.dumped(manifests)).cluster, fully(random)
        for connection in sampled(manifests, random, EACH, "open", setting):
            answer = explain(here, asked(connection))
            fates = {fate for when, fate in answer.outcomes if is_so(when, connection, setting)}
            expected = MAY[outcomes(manifests, connection, setting)]
            assert fates == {expected}, (seed, connection, setting)
            seen[expected] += 1
    assert min(seen[True], seen[False]) > 100
    assert seen[None] >= 3


def fate(one: Side) -> bool | None:
    """What the explanation says would have come of it without the stage that decided; None: it does not tell."""
    for step in one.otherwise:
        if step.doubt:
            return None
        if step.decision is not Action.NEXT:
            return step.decision is Action.ALLOW
    return True


def test_what_the_others_would_have_said_is_what_comes_without_those_that_decided() -> None:
    told: Counter[tuple[str, bool]] = Counter()
    for seed in range(EXAMPLES):
        manifests, random = [*policies(seed), *tiers(seed)], Random(seed)
        here, setting = load_text(packaged.dumped(manifests)).cluster, fully(random)
        for connection in sampled(manifests, random, EACH, "open", setting):
            case = explain(here, asked(connection), switches=setting).cases[0]
            for way, one in (("Egress", case.egress), ("Ingress", case.ingress)):
                decided, would = one.leg.steps[-1].stage, fate(one)
                if decided not in ("Admin", "NetworkPolicy") or would is None:
                    continue
                gone = {"Admin": ("Admin",), "NetworkPolicy": ("Admin", "NetworkPolicy")}[decided]
                left = [manifest for manifest in manifests if stage_of(manifest) not in gone]
                told_of = {"source": plain(case.connection.source), "destination": plain(case.connection.destination)}
                assert side(left, {**connection, **told_of}, setting, way) == {would}, (seed, way, told_of, setting)
                told[decided, would] += 1
    assert len(told) == 4
    assert min(told.values()) >= 5, told


def plain(one: Endpoint) -> Plain:
    """The end that was told of, as enumeration takes it."""
    found: Plain = {"kind": str(one.kind), "ip": str(one.address), "labels": one.labels}
    if one.namespace is not None:
        found |= {"namespace": one.namespace.name, "namespaceLabels": one.namespace.labels or {}}
    named = [{"name": p.name, "protocol": str(p.protocol), "port": p.port} for p in one.named_ports]
    return {**found, "namedPorts": named}


def stage_of(manifest: Plain) -> str:
    if manifest["kind"] not in KINDS:
        return str(manifest["kind"])
    return {KINDS[0]: "Admin", KINDS[1]: "Baseline"}.get(manifest["kind"]) or str(manifest["spec"]["tier"])


# In words

OPS, SHOP = "{namespaces: {matchLabels: {team: ops}}}", "{namespaces: {matchLabels: {team: shop}}}"
HERE = namespace("shop", "{team: shop}") + namespace("ops", "{team: ops}")
OPEN_TO_OPS = policy(
    "shop", "in", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: ops}}}]}]}"
)


def told(*manifests: str, connection: str = "ops/app=a -> shop/app=b : TCP/80") -> Explanation:
    here = cluster(HERE + "".join(manifests))
    return explain(here, parse_connection_query(connection, here.workloads))


def otherwise(explanation: Explanation) -> list[str]:
    """The lines that say what the others would have said."""
    lines = text(explanation).splitlines()
    start = next(i for i, line in enumerate(lines) if line.strip().startswith("otherwise"))
    block = [lines[start].strip().removeprefix("otherwise")]
    for line in lines[start + 1 :]:
        if not line.startswith(" " * 19):
            break
        block.append(line)
    return [line.strip().partition("   ")[0] for line in block]


def test_a_deny_of_the_admin_tier_says_what_the_others_would_have_said() -> None:
    found = told(
        tier("a", ingress(("Deny", OPS))), OPEN_TO_OPS, tier("base", ingress(("Deny", "{namespaces: {}}")), "Baseline")
    )

    assert found.allowed is False
    assert otherwise(found) == ["NetworkPolicy shop/in would admit it by ingress[0].from[0]"]


def test_without_a_network_policy_the_baseline_would_have_decided() -> None:
    found = told(tier("a", ingress(("Accept", OPS))), tier("base", ingress(("Deny", OPS)), "Baseline", priority=7))

    assert found.allowed is True
    assert otherwise(found) == ["ClusterNetworkPolicy base (Baseline, priority 7) would deny it by ingress[0].from[0]"]


def test_where_nothing_else_decides_that_is_said_of_what_is_denied() -> None:
    found = told(tier("a", ingress(("Deny", OPS))), tier("base", ingress(("Pass", OPS), ("Deny", OPS)), "Baseline"))

    assert otherwise(found) == [
        "ClusterNetworkPolicy base (Baseline, priority 1) would leave it to what comes after by ingress[0].from[0]",
        "nothing else would decide, and it would be allowed",
    ]


def test_what_was_passed_on_is_told_before() -> None:
    found = text(told(tier("a", ingress(("Pass", OPS))), OPEN_TO_OPS))

    assert "         before    ClusterNetworkPolicy a (Admin, priority 1) leaves it to what comes after\n" in found
    assert "otherwise" not in found


def test_without_tiers_nothing_is_said_of_others() -> None:
    found = told(OPEN_TO_OPS)

    assert (found.cases[0].ingress.otherwise, found.cases[0].egress.otherwise) == ((), ())


def test_a_rule_behind_the_one_that_denies_did_not_come_close() -> None:
    behind = tier("b", ingress(("Accept", OPS)), priority=2, subject=OPS)
    before = tier("c", ingress(("Accept", OPS)), priority=0, subject=OPS)
    deny = tier("a", ingress(("Deny", "{namespaces: {}}")))

    assert told(deny, behind).cases[0].ingress.near == ()
    (near,) = told(deny, behind, before).cases[0].ingress.near
    assert near.citation.name == "c"


def test_a_rule_behind_in_the_same_policy_did_not_come_close() -> None:
    other = "{namespaces: {matchLabels: {team: dev}}}"

    assert told(tier("a", ingress(("Deny", ALL), ("Accept", other)))).cases[0].ingress.near == ()
    (near,) = told(tier("a", ingress(("Accept", other), ("Deny", ALL)))).cases[0].ingress.near
    assert near.citation.rule == "ingress[0].from[0]"


def test_a_rule_of_a_policy_that_ties_did_not_come_close() -> None:
    tied = tier("b", ingress(("Accept", OPS)), subject=OPS)

    assert told(tier("a", ingress(("Deny", "{namespaces: {}}"))), tied).cases[0].ingress.near == ()


def test_a_tie_that_decides_otherwise_is_undecided() -> None:
    found = told(tier("a", egress(("Deny", SHOP))), tier("b", egress(("Accept", SHOP))))

    assert (found.allowed, found.depends_on) == (None, ("same_priority",))


@pytest.mark.parametrize("by", ["by_name", "deny_first"])
def test_a_tie_that_is_settled_is_no_reason(by: str) -> None:
    nobody_knows = egress(("Accept", "{domainNames: [example.org]}"), ("Deny", "{networks: [0.0.0.0/0, '::/0']}"))
    manifests = tier("a", nobody_knows) + tier("b", egress(("Deny", OPS)))
    here = cluster(manifests)
    found = explain(here, parse_connection_query("shop/{} -> 192.0.2.1 : TCP/443", ()), switches={"same_priority": by})
    (checked,) = check(here, [claim("never shop/* -> external")], switches={"same_priority": by})

    assert (found.allowed, found.depends_on) == (None, ())
    assert (checked.verdict, checked.depends_on) == (Verdict.UNKNOWN, ())
