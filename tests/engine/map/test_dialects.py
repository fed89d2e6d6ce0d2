"""The map of what Cilium, Calico and meshes say against the enumeration, connection by connection."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from random import Random

import pytest
import yaml

from tests import packaged
from tests.dialectpairs import setting_of
from tests.engine.asking import universe
from tests.engine.map.reading import permits
from tests.generators.dialectchanges import EXAMPLES
from tests.oracle.concretely import Seen, Sides
from tests.oracle.rules import Plain
from verifier.engine.map.map import draw
from verifier.ir.switches import SWITCHES
from verifier.manifests.kubernetes.load import load_text

EACH = 150


@pytest.mark.parametrize("kind", EXAMPLES)
def test_the_map_allows_what_enumeration_allows(kind: str) -> None:
    seen: Counter[frozenset[bool]] = Counter()
    on_one_node = 0
    for seed in range(3 if kind == "mesh" else 8):
        manifests = EXAMPLES[kind](7_000_000 + seed).manifests
        setting = setting_of(manifests)
        chosen = {name: value for name, value in setting.items() if name in SWITCHES}
        text = packaged.dumped(manifests)
        of = {"nodes": True} if seed % 2 else {}
        where = universe(yaml.safe_dump(of, default_flow_style=True) if of else "open")
        drawn = draw(load_text(text, "manifests.yaml", packaged.options(chosen)).cluster, where, chosen)
        sides = Sides(manifests, manifests, setting)
        for found in chosen_of(sides, of, Random(seed)):
            expected = frozenset(a and b for a in found.before[0] for b in found.before[1])
            seen[expected] += 1
            on_one_node += bool(found.connection.get("sameNode"))
            assert permits(drawn, found.connection, setting) is (expected == {True}), (seed, found.connection)
            assert permits(drawn, found.connection, setting, surely=False) is (True in expected), (
                seed,
                found.connection,
            )
    assert min(seen[frozenset({True})], seen[frozenset({False})]) > 20, seen
    assert on_one_node or kind == "mesh"


def chosen_of(sides: Sides, of: Plain, random: Random) -> Iterator[Seen]:
    """Connections of which a map speaks: it shows hostNetwork pods of workloads only. Those with a node are rare, and
    are tried on one node as well."""
    drawn = islice(sides.drawn(of, random), EACH if not of else 5 * EACH)
    shown = [each for each in drawn if "hostpod" not in kinds(each)]
    for found in shown:
        if "node" in kinds(found):
            yield found
            yield sides.seen({**found.connection, "sameNode": True})
    yield from [found for found in shown if "node" not in kinds(found)][:EACH]


def kinds(found: Seen) -> set[str]:
    return {found.connection[role]["kind"] for role in ("source", "destination")}


@pytest.mark.parametrize(("entity", "here", "elsewhere"), [("host", True, False), ("remote-node", False, True)])
def test_cilium_tells_the_own_node_from_others(entity: str, here: bool, elsewhere: bool) -> None:
    manifests: list[Plain] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "lab"}},
        {
            "apiVersion": "cilium.io/v2",
            "kind": "CiliumNetworkPolicy",
            "metadata": {"name": "out", "namespace": "lab"},
            "spec": {"endpointSelector": {"matchLabels": {"app": "p"}}, "egress": [{"toEntities": [entity]}]},
        },
    ]
    setting = setting_of(manifests)
    chosen = {name: value for name, value in setting.items() if name in SWITCHES}
    loaded = load_text(packaged.dumped(manifests), "manifests.yaml", packaged.options(chosen))
    drawn, sides = draw(loaded.cluster, universe("{nodes: true}"), chosen), Sides(manifests, manifests, setting)
    names = {"kubernetes.io/metadata.name": "lab"}
    pod = {"kind": "pod", "ip": "10.244.3.4", "namespace": "lab", "namespaceLabels": names, "labels": {"app": "p"}}
    node = {"kind": "node", "ip": "192.168.0.9", "namedPorts": []}

    for same, expected in ((True, here), (False, elsewhere)):
        asked = {"source": pod, "destination": node, "protocol": "TCP", "port": 80, "sameNode": same}
        found = sides.seen(asked)
        assert (found.before[0], found.before[1]) == (frozenset({True}), frozenset({expected}))
        assert permits(drawn, asked, setting) is expected
