"""Regions: every connection of one differs as it says, they are all there unless a limit is named, and nothing is shown
that was not proved."""

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from tests import enumeration, packaged
from tests.changes import Pair, pair
from tests.engine.asking import DENY_INGRESS, admits, cluster, namespace, policy, universe
from tests.enumeration import rules
from tests.enumeration.allowed import end
from tests.enumeration.regions import holds_address, holds_end, holds_port, holds_relation
from tests.enumeration.rules import Plain
from verifier.engine import compare as comparing
from verifier.engine import regions
from verifier.engine.box import Box
from verifier.engine.compare import compare
from verifier.engine.difference import Difference, Relation
from verifier.errors import InputError, InternalError, ReplayError
from verifier.ir.network import Intervals, Protocol
from verifier.ir.policy import Direction
from verifier.manifests.load import load_text
from verifier.smt.solver import Limits

# Replayed by the evaluator

TRIED, WANTED = 60_000, 100


def is_policy(manifest: Plain) -> bool:
    return bool(manifest["kind"] == "NetworkPolicy")


def policies_alone(first: int, count: int) -> Iterator[Pair]:
    """Pairs that differ in their policies and nothing else, every switch fixed."""
    seed = first
    while count:
        given = pair(seed)
        seed += 1
        others = [[m for m in side if not is_policy(m)] for side in (given.old, given.new)]
        if others[0] == others[1] and "newNamespacesGet" not in given.universe:
            fixed = {name: rules.VALUES[name][0] if value == "open" else value for name, value in given.switches.items()}
            full = {name: values[-1] for name, values in rules.VALUES.items()} | fixed
            yield replace(given, switches=full)
            count -= 1


def is_inside(region: Plain, connection: Plain, of: rules.Cluster, switches: dict[str, str]) -> bool:
    """True iff the region holds the connection."""
    ends = {side: end(of, connection[side]) for side in ("source", "destination")}
    places = {side: ipaddress.ip_address(connection[side]["ip"]) for side in ends}
    spaces = [e.namespace.name if e.namespace is not None else None for e in ends.values()]
    names = {port["name"] for port in connection["destination"].get("namedPorts") or ()}
    return (
        all(holds_end(region[side], ends[side]) for side in ends)
        and all(holds_address(region[side], a.version, int(a)) for side, a in places.items())
        and holds_port(region, connection["protocol"], connection["port"], names)
        and holds_relation(region, spaces[0] is not None and spaces[0] == spaces[1], False, switches)
    )


@pytest.mark.parametrize("given", list(policies_alone(10_000, 24)), ids=lambda given: "")
def test_connections_of_a_region_are_allowed_on_its_side_and_not_on_the_other(given: Pair) -> None:
    try:
        found = packaged.difference(given.old, given.new, given.universe, given.switches)
    except InputError:
        pytest.skip("the universe forbids an object of the pair")
    sides = [load_text(packaged.dumped(side)).cluster for side in (given.old, given.new)]
    everything = [*given.old, *(m for m in given.new if is_policy(m))]
    known, random = rules.read(everything), Random(0)
    some = list(islice(enumeration.connections(everything, given.universe, given.switches), TRIED))
    for added, region in ((a, packaged.plain_region(r)) for a in (True, False) for r in (found.added if a else found.removed)):
        inside = [c for c in some if is_inside(region, c, known, given.switches)]
        for connection in random.sample(inside, min(WANTED, len(inside))):
            before, after = (packaged.allowed(side, connection, given.switches) for side in sides)
            assert (before, after) == (not added, added), (region, connection)
