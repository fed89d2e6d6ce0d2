"""The map against enumeration: every connection that can be told apart, under every kind of setting."""

from random import Random

import pytest
import yaml

from tests.engine.asking import universe
from tests.engine.map.reading import permits
from tests.enumeration import VALUES, allowed, connections
from tests.strategies import policies
from verifier.engine.map.map import draw
from verifier.manifests.load import load_text

EACH = 200
"""Connections of one example that are looked at."""

FIXED = {
    "local_node_ingress": "always",
    "external_source": "preserved",
    "other_protocols": "off",
    "endport": "yes",
    "sctp": "yes",
    "named_port_dup": "all",
    "np_finality": "per_direction",
    "same_priority": "any",
}
"""The switches that are not open by default."""


@pytest.mark.parametrize(("where", "examples"), [("inventory", 150), ("open", 60)])
def test_the_map_allows_what_enumeration_allows(where: str, examples: int) -> None:
    seen = {True: 0, False: 0}
    for seed in range(examples):
        manifests, random = policies(seed), Random(seed)
        drawn = draw(load_text(yaml.safe_dump_all(manifests), "manifests.yaml").cluster, universe(where))
        setting = {name: FIXED.get(name) or random.choice(values) for name, values in VALUES.items()}
        found = list(connections(manifests, where, setting))
        for connection in random.sample(found, min(EACH, len(found))):
            expected = allowed(manifests, connection, setting)
            seen[expected] += 1
            assert permits(drawn, connection, setting) is expected, (seed, setting, connection)
    assert min(seen.values()) > 0.2 * sum(seen.values())
