"""Cilium: the package against the enumeration on random small clusters with Cilium's policies among NetworkPolicies and
tiers, connection by connection and verdict by verdict."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from tests import oracle, packaged
from tests.generators.ciliumstrategies import ACCOUNTS, CiliumDraw, cilium_example
from tests.oracle.allowed import outcomes
from tests.oracle.cilium import ACCOUNT, PROFILE
from tests.test_agreement import asked, package
from tests.test_tier_agreement import ConnectionDraw, without_ties
from verifier.ir.labels import SERVICE_ACCOUNT
from verifier.ir.switches import concrete
from verifier.manifests.kubernetes.load import load_text

Plain = dict[str, Any]

EXAMPLES = 250
CONCRETE = 150


def test_check_agrees_with_the_enumeration(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    verdicts: Counter[str] = Counter()
    for seed in range(EXAMPLES):
        given = cilium_example(seed)
        answer = package(given, tmp_path)
        if answer is not None:
            expected = oracle.verdict(*asked(given))
            assert without_ties(answer) == without_ties(expected), f"cilium_example({seed})\n{given}"
            verdicts[answer.verdict] += 1
    record_property("shares", str(verdicts))
    assert min(verdicts[name] for name in ("proved", "violated", "unknown")) >= verdicts.total() * 0.1


def _connections(seed: int) -> list[Plain]:
    draw = ConnectionDraw(Random(f"connections {seed}"))
    found = [draw.connection() for _ in range(20)]
    for connection in found:
        for end in (connection["source"], connection["destination"]):
            if "labels" in end:
                end["labels"][ACCOUNT] = draw.one(ACCOUNTS)
    return found


def test_evaluator_agrees_with_the_enumeration_on_connections() -> None:
    seen: Counter[frozenset[bool]] = Counter()
    for seed in range(CONCRETE):
        given, draw = cilium_example(seed), CiliumDraw(Random(f"switches {seed}"))
        chosen = {name: value for name, value in given.switches.items() if value != "open"}
        cluster = load_text(packaged.dumped(given.manifests), options=packaged.options(chosen)).cluster
        setting = concrete({**PROFILE, **chosen}, {})
        for connection in _connections(seed):
            said = packaged.outcomes(cluster, _with_reserved(connection), setting)
            assert said == outcomes(given.manifests, connection, setting), f"{seed} {draw}\n{connection}\n{given}"
            seen[said] += 1
    assert all(seen[each] >= 100 for each in map(frozenset, ({True}, {False}, {True, False})))


def _with_reserved(connection: Plain) -> Plain:
    """The connection in the words of the package."""
    ends = {}
    for role in ("source", "destination"):
        end = connection[role]
        labels = {SERVICE_ACCOUNT if k == ACCOUNT else k: v for k, v in (end.get("labels") or {}).items()}
        ends[role] = {**end, "labels": labels} if "labels" in end else end
    return {**connection, **ends}
