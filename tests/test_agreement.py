"""The package against the enumeration on random small clusters: exactly its verdicts, in both directions; and the laws
that verdicts obey whatever the policies are."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests import oracle, packaged
from tests.generators.serviceports import service_ports_example
from tests.generators.strategies import Draw, Example, a_policy, example, policies, settled_example
from tests.objects import NAMESPACES
from tests.oracle import Answer
from tests.oracle.claims import read
from tests.shrink import shrunk
from verifier.errors import InputError
from verifier.manifests.kubernetes.load import load_text

Plain = dict[str, Any]

EXAMPLES = 2500
ACCEPTED = 400
SETTLED = 400
SERVICES = 800
CONCRETE = 160
LAWS = 40


def asked(given: Example) -> tuple[Any, ...]:
    return given.manifests, given.claim, given.universe, given.switches, given.namespace


def package(given: Example, folder: Path) -> Answer | None:
    """None where the package refuses the example, as it must where a universe forbids an object of the cluster."""
    try:
        return packaged.verdict(*asked(given), folder=folder)
    except InputError as error:
        if {d.code for d in error.diagnostics} <= {"universe-forbids", "empty-universe"}:
            return None
        raise


def disagree(folder: Path) -> Callable[[Example], bool]:
    """Whether both can answer and answer differently."""

    def differ(given: Example) -> bool:
        try:
            theirs = packaged.verdict(*asked(given), folder=folder)
            return theirs != oracle.verdict(*asked(given))
        except (InputError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            return False  # what shrinking left over is no example

    return differ


def test_check_agrees_with_the_enumeration(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    verdicts: Counter[str] = Counter()
    refused = 0
    for seed in range(EXAMPLES):
        given = example(seed)
        answer = package(given, tmp_path)
        if answer is None:
            refused += 1
            continue
        expected = oracle.verdict(*asked(given))
        if answer != expected:
            small = shrunk(given, disagree(tmp_path))
            theirs, ours = packaged.verdict(*asked(small), folder=tmp_path), oracle.verdict(*asked(small))
            pytest.fail(f"example({seed}), made smaller:\n{small}\npackage: {theirs}\nenumeration: {ours}")
        verdicts[answer.verdict] += 1
    total = verdicts.total()
    shares = {name: count / total for name, count in verdicts.items()}
    text = ", ".join(f"{share:.0%} {name}" for name, share in sorted(shares.items(), key=lambda item: -item[1]))
    record_property("shares", f"{total} examples: {text}; {refused} refused")
    assert total >= 2000
    assert shares["proved"] >= 0.2
    assert shares["violated"] >= 0.2


def test_check_agrees_with_the_enumeration_about_known_addresses(tmp_path: Path) -> None:
    """Whose address is whose (docs/semantics.md 1.6)."""
    verdicts: Counter[str] = Counter()
    for seed in range(SETTLED):
        given = settled_example(seed)
        answer = package(given, tmp_path)
        if answer is not None:
            assert answer == oracle.verdict(*asked(given)), f"settled_example({seed})\n{given}"
            verdicts[answer.verdict] += 1
    assert min(verdicts["proved"], verdicts["violated"]) >= SETTLED // 10


def test_check_agrees_with_the_enumeration_about_ports_of_services(tmp_path: Path) -> None:
    """Whoever may be behind a Service, on which port (docs/semantics.md 1.6): what is asked of it, and what is
    excused."""
    verdicts: Counter[tuple[str, str]] = Counter()
    for seed in range(SERVICES):
        given = service_ports_example(seed)
        answer = packaged.verdict(*asked(given), folder=tmp_path, accepted=given.accepted)
        expected = oracle.verdict(*asked(given), accepted=given.accepted)
        assert answer == expected, f"service_ports_example({seed})\n{given}"
        kind = "accepted" if given.accepted else read(given.claim)["kind"]
        verdicts[kind, answer.verdict] += 1
    for kind in ("never", "always", "confined", "accepted"):
        assert min(verdicts[kind, "proved"], verdicts[kind, "violated"]) >= SERVICES // 100, verdicts


def test_what_is_accepted_agrees_with_the_enumeration(tmp_path: Path) -> None:
    """Flows that a property is proved without (docs/acceptances.md)."""
    changed: Counter[tuple[str, str, str]] = Counter()
    for seed in range(ACCEPTED):
        given, draw = example(seed), Draw(Random(f"accepted {seed}"))
        if draw.often(0.4):
            given = replace(given, claim={"isolated": draw.isolated()})
        count = draw.one((1, 2))
        flows = [draw.part_of(given.claim) if draw.often(0.5) else draw.flow() for _ in range(count)]
        try:
            answer = packaged.verdict(*asked(given), folder=tmp_path, accepted=flows)
        except InputError:
            continue
        assert answer == oracle.verdict(*asked(given), accepted=flows), f"{given}\naccepted: {flows}"
        kind = "isolated" if read(given.claim)["kind"] == "isolated" else "flows"
        changed[kind, oracle.verdict(*asked(given)).verdict, answer.verdict] += 1
    for kind, least in (("flows", 20), ("isolated", 5)):
        assert changed[kind, "violated", "proved"] >= least
        assert changed[kind, "violated", "violated"] >= least


def concrete(seed: int) -> Iterator[tuple[Plain, dict[str, str]]]:
    """Connections of a random cluster, with settings of the switches."""
    random = Random(seed)
    for connection in oracle.sampled(policies(seed), random, 100, {"nodes": True, "addresses": {"pods": "any"}}):
        connection["sameNode"] = random.random() < 0.3
        kind = random.random()
        if kind < 0.1 and connection["source"]["kind"] == "pod":
            connection |= {"destination": connection["source"], "itself": True, "viaService": kind < 0.05}
        yield connection, {name: random.choice(values) for name, values in oracle.VALUES.items()}


def test_evaluator_agrees_with_the_enumeration_on_connections() -> None:
    answers: Counter[bool] = Counter()
    for seed in range(CONCRETE):
        manifests = policies(seed)
        cluster = load_text(packaged.dumped(manifests)).cluster
        for connection, switches in concrete(seed):
            answer = packaged.allowed(cluster, connection, switches)
            assert answer is oracle.allowed(manifests, connection, switches), (seed, connection, switches)
            answers[answer] += 1
    assert min(answers.values()) > answers.total() / 8


# Laws


def everything(seed: int) -> list[Plain]:
    """A random cluster in which both namespaces are declared whatever the policies are."""
    fixed = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in NAMESPACES]
    return fixed + [manifest for manifest in policies(seed) if manifest["kind"] == "NetworkPolicy"]


def flows(seed: int) -> Iterator[str]:
    """Sources, destinations and ports, as the tail of a one-line claim."""
    random = Random(seed)
    ends = ("shop/app=a", "ops/role=x", "shop/*", "*/app=b", "10.0.0.7", "203.0.113.0/24")
    for ports in ("TCP/80", "UDP/53"):
        yield f"{random.choice(ends[:4])} -> {random.choice(ends)} : {ports}"


def verdict(manifests: list[Plain], claim: str, **switches: str) -> str:
    return packaged.verdict(manifests, claim, "open", switches).verdict


FIXED = {"ipblock_pods": "match", "named_port_ipblock": "resolve"}


@pytest.mark.parametrize("seed", range(LAWS))
def test_policy_that_selects_nothing_changes_nothing(seed: int) -> None:
    manifests, extra = everything(seed), a_policy(seed + 1000)
    nobody = {"matchExpressions": [{"key": "app", "operator": op} for op in ("Exists", "DoesNotExist")]}
    extra["spec"] = {**extra.get("spec", {}), "podSelector": nobody}
    for flow in flows(seed):
        for kind in ("never", "always"):
            claim = f"{kind} {flow}"
            assert packaged.verdict([*manifests, extra], claim) == packaged.verdict(manifests, claim)


@pytest.mark.parametrize("seed", range(LAWS))
def test_order_of_policies_and_rules_is_irrelevant(seed: int) -> None:
    manifests = everything(seed)
    backwards = [reversed_rules(manifest) for manifest in reversed(manifests)]
    for flow in flows(seed):
        for kind in ("never", "always"):
            claim = f"{kind} {flow}"
            assert packaged.verdict(backwards, claim) == packaged.verdict(manifests, claim)


def reversed_rules(manifest: Plain) -> Plain:
    spec = manifest.get("spec")
    if not spec:
        return manifest
    return {**manifest, "spec": {k: v[::-1] if k in ("ingress", "egress") and v else v for k, v in spec.items()}}


@pytest.mark.parametrize("seed", range(LAWS))
def test_adding_a_rule_never_removes_traffic(seed: int) -> None:
    manifests = everything(seed)
    for way in ("ingress", "egress"):
        wider = [with_rule(manifest, way, seed) for manifest in manifests]
        for flow in flows(seed):
            if verdict(manifests, f"always {flow}", **FIXED) == "proved":
                assert verdict(wider, f"always {flow}", **FIXED) == "proved"
            if verdict(wider, f"never {flow}", **FIXED) == "proved":
                assert verdict(manifests, f"never {flow}", **FIXED) == "proved"


def with_rule(manifest: Plain, way: str, seed: int) -> Plain:
    """The same policy with the same directions and one rule more."""
    if manifest["kind"] != "NetworkPolicy":
        return manifest
    spec = manifest.get("spec") or {}
    types = spec.get("policyTypes") or (["Ingress", "Egress"] if spec.get("egress") else ["Ingress"])
    more = (a_policy(seed + 2000).get("spec") or {}).get(way) or [{"ports": [{"port": 80}]}]
    return {**manifest, "spec": {**spec, "policyTypes": types, way: [*(spec.get(way) or []), more[0]]}}


@pytest.mark.parametrize("seed", range(LAWS))
def test_adding_a_policy_removes_traffic_only_where_it_isolates_anew(seed: int) -> None:
    """To a pod that everything is admitted to, no further policy does any harm."""
    manifests, extra = everything(seed), a_policy(seed + 3000, "shop")
    meta = {"name": "welcome", "namespace": "shop"}
    spec = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": [{}], "egress": [{}]}
    welcome = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta, "spec": spec}
    assert verdict([*manifests, extra, welcome], "always external -> shop/*") == "proved"
    assert verdict([*manifests, extra, welcome], "always shop/* -> external") == "proved"


@pytest.mark.parametrize("seed", range(LAWS))
def test_exactly_is_only_and_always(seed: int) -> None:
    manifests = everything(seed)
    for flow in flows(seed):
        both = [verdict(manifests, f"{kind} {flow}", **FIXED) for kind in ("only", "always")]
        whole = verdict(manifests, f"exactly {flow}", **FIXED)
        assert (whole == "proved") == (both == ["proved", "proved"])
        assert (whole == "violated") == ("violated" in both)


@pytest.mark.parametrize("seed", range(LAWS))
def test_verdict_of_an_open_switch_joins_those_of_its_values(seed: int) -> None:
    manifests = everything(seed)
    for flow in flows(seed):
        claim = f"never {flow}"
        values = {verdict(manifests, claim, **{**FIXED, "ipblock_pods": value}) for value in ("match", "never")}
        whole = packaged.verdict(manifests, claim, "open", {**FIXED, "ipblock_pods": "open"})
        assert whole == (Answer(values.pop()) if len(values) == 1 else Answer("unknown", ("ipblock_pods",)))


LAW = {"name": "law", "pods": {"podSelector": {}}, "onlyIn": {"namespaceSelector": {"matchLabels": {"team": "a"}}}}


@pytest.mark.parametrize("universe", [{}, {"invariants": [LAW]}], ids=["plain", "invariant"])
def test_universe_without_any_namespace_is_refused(universe: Plain) -> None:
    with pytest.raises(InputError) as refused:
        packaged.verdict([], "never * -> *", {**universe, "namespaces": {"others": False}})
    assert [d.code for d in refused.value.diagnostics] == ["empty-universe"]
