"""What a map shares (rows of classes that are told the same, one way of meeting for all) against every pair asked for
itself, in every way in which its members can meet."""

from random import Random
from typing import Any

import pytest
import yaml

from tests.engine.asking import cluster, pod, policy
from tests.generators.strategies import policies
from tests.generators.tierstrategies import TierDraw
from verifier.engine.map.flows import FlowTable
from verifier.engine.map.map import draw
from verifier.engine.map.meetings import Way, once
from verifier.engine.map.portsets import as_bits, bits, having_any, towards
from verifier.engine.map.result import Map
from verifier.errors import InputError
from verifier.ir.cluster import Cluster
from verifier.ir.universe import INVENTORY, OPEN, Universe
from verifier.manifests.kubernetes.load import load_text

OPEN_SWITCHES = {"external_source": "open", "sctp": "open"}


def every_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FlowTable, "_even", lambda *_: ())


def drawn(manifests: str, universe: Universe, switches: dict[str, str]) -> Map | None:
    try:
        return draw(load_text(manifests).cluster, universe, switches)
    except InputError:
        return None


def several(seed: int) -> str:
    """Policies, those of one namespace written again in others, and what tiers and Nodes there are."""
    random = Random(f"shared {seed}")
    found: list[dict[str, Any]] = policies(seed)
    for home in ("b", "c"):
        again = [m for m in found if m["kind"] == "NetworkPolicy" and m["metadata"].get("namespace") == "shop"]
        found = [*found, *({**m, "metadata": {**m["metadata"], "namespace": home}} for m in again)]
    if random.random() < 0.4:
        tiers = TierDraw(random)
        found = [*found, *tiers.tiers(), *tiers.nodes(found)]
    return yaml.safe_dump_all(found, sort_keys=False)


@pytest.mark.parametrize("universe", [OPEN, INVENTORY], ids=["open", "inventory"])
@pytest.mark.parametrize("seed", range(20))
def test_shared_and_pair_by_pair_the_same_is_drawn(
    seed: int, universe: Universe, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifests, switches = several(seed), OPEN_SWITCHES if seed % 3 == 0 else {}
    found = drawn(manifests, universe, switches)

    every_pair(monkeypatch)

    assert found == drawn(manifests, universe, switches)


def on_nodes(blocks: int) -> Cluster:
    peers = ", ".join(f"{{ipBlock: {{cidr: 20.0.{n}.0/24}}}}" for n in range(blocks))
    pods = pod("shop", "web", "{app: web}") + pod("shop", "host", "{app: host}", "hostNetwork: true")
    return cluster(
        pods + policy("shop", "in", f"{{podSelector: {{matchLabels: {{app: web}}}}, ingress: [{{from: [{peers}]}}]}}")
    )


def test_an_address_outside_meets_a_hostnetwork_pod_in_one_way_however_many_blocks_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []
    before = FlowTable._said

    def counted(table: FlowTable, source: int, target: int, met: Any, masks: Any) -> Any:
        asked.append(len(met))
        return before(table, source, target, met, masks)

    monkeypatch.setattr(FlowTable, "_said", counted)

    sums = []
    for blocks in (4, 8, 16):
        asked.clear()
        draw(on_nodes(blocks), INVENTORY)
        sums.append(sum(asked))

    assert sums[2] - sums[1] == 2 * (sums[1] - sums[0])


def test_bits_are_taken_out_in_order_and_put_together_again() -> None:
    random = Random(0)
    for _ in range(200):
        number = random.getrandbits(random.choice((1, 63, 64, 65, 200, 3000)))
        for _ in range(random.choice((0, 0, 3, 6))):  # few are set
            number &= random.getrandbits(max(1, number.bit_length()))
        places = [place for place in range(number.bit_length()) if number >> place & 1]
        assert list(bits(number)) == places
        assert as_bits(places) == number
    assert list(bits(0)) == []


def test_a_peer_that_a_spread_says_nothing_of_has_no_ports() -> None:
    spread = {3: 0b0101, 0: 0b0010}

    assert [towards(spread, peer) for peer in range(4)] == [3, 0, 3, 0]
    assert having_any(spread) == 0b0101


@pytest.mark.parametrize(
    ("met", "left"),
    [
        ([(0, 0, False), (0, 0, True), (0, 1, False), (0, 1, True)], [(0, 0, False), (0, 0, True)]),
        ([(0, 0, True), (0, 1, False), (0, 1, True)], [(0, 1, False), (0, 1, True)]),
        ([(0, 0, False), (0, 1, False)], [(0, 0, False)]),
        ([(0, 0, True), (1, 1, True)], [(0, 0, True)]),
        ([], []),
    ],
)
def test_one_way_for_all_is_on_different_nodes_and_on_one_as_far_as_they_can_be(
    met: list[tuple[int, int, bool]], left: list[tuple[int, int, bool]]
) -> None:
    found = once(Way(source, target, close, ()) for source, target, close in met)

    assert [(way.source, way.destination, way.same_node) for way in found] == left
