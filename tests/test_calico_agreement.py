"""Calico: the package against the enumeration on random small clusters with its policies, and the laws that hold
whatever the policies are."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from tests import oracle, packaged
from tests.generators.calicostrategies import ACCOUNTS, CalicoDraw, calico_example
from tests.generators.strategies import policies
from tests.oracle.allowed import outcomes
from tests.oracle.calico import ACCOUNT
from tests.test_agreement import asked, package
from tests.test_tier_agreement import ConnectionDraw, without_ties
from verifier.manifests.kubernetes.load import load_text

Plain = dict[str, Any]

EXAMPLES = 300
CONCRETE = 60


class CalicoConnections(ConnectionDraw):
    """Draws connections of pods with service accounts."""

    def end(self, kind: str) -> Plain:
        found = super().end(kind)
        if "labels" in found:
            found["labels"] = {**found["labels"], ACCOUNT: self.one(ACCOUNTS)}
        return found

    def packet(self) -> Plain:
        found = super().packet()
        return {"protocol": "OTHER", "port": None} if self.often(0.1) else found


def test_evaluator_agrees_with_the_enumeration_on_connections() -> None:
    answers: Counter[frozenset[bool]] = Counter()
    for seed in range(CONCRETE):
        draw = CalicoDraw(Random(f"concrete {seed}"))
        wide = draw.cluster_wide() if draw.often(0.3) else []
        manifests = [*policies(seed), *draw.calico(), *wide]
        cluster = load_text(packaged.dumped(manifests)).cluster
        connections = CalicoConnections(Random(seed))
        for connection in (connections.connection() for _ in range(100)):
            switches = {name: draw.one(values) for name, values in oracle.VALUES.items()}
            answer = packaged.outcomes(cluster, connection, switches)
            assert answer == outcomes(manifests, connection, switches), (seed, connection, switches)
            answers[answer] += 1
    assert len(answers) == 3
    assert min(answers.values()) >= answers.total() // 50


def test_check_agrees_with_the_enumeration(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    verdicts: Counter[str] = Counter()
    hanging: Counter[str] = Counter()
    for seed in range(EXAMPLES):
        given = calico_example(seed)
        answer = package(given, tmp_path)
        if answer is not None:
            expected = oracle.verdict(*asked(given))
            assert without_ties(answer) == without_ties(expected), f"calico_example({seed})\n{given}"
            verdicts[answer.verdict] += 1
            hanging.update(answer.depends_on)
    record_property("shares", f"{verdicts} {hanging}")
    assert min(verdicts["proved"], verdicts["violated"]) >= verdicts.total() * 0.2
