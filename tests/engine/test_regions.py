"""Regions: every connection of one differs as it says, they are all there unless a limit is named, and nothing is shown
that was not proved."""

import dataclasses
import ipaddress
from collections.abc import Iterator, Sequence
from itertools import islice
from random import Random

import pytest
from msgspec import structs

from tests import oracle, packaged
from tests.engine.asking import DENY_INGRESS, admits, cluster, deployment, namespace, policy, universe
from tests.generators.changes import Pair, pair
from tests.oracle import rules
from tests.oracle.allowed import end
from tests.oracle.regions import holds_address, holds_end, holds_port, holds_relation
from tests.oracle.rules import Plain
from verifier.engine.diff import compare as comparing
from verifier.engine.diff import comparison
from verifier.engine.diff.compare import compare
from verifier.engine.region import shortlist
from verifier.engine.region.box import Box
from verifier.engine.results.diff import Difference, Relation
from verifier.errors import InternalError, ReplayError
from verifier.ir.endpoint import Kind
from verifier.ir.network import ALL_ADDRESSES, AddressSet, Intervals, Protocol
from verifier.ir.policy import Direction
from verifier.manifests.kubernetes.load import load_text
from verifier.report.words.region import line
from verifier.smt.solver import Limits

# Replayed by the evaluator

LISTED, TRIED, WANTED = 30_000, 5_000, 100
RESTRICTIVE = {"namespaces", "pods", "invariants", "newNamespacesGet"}
"""Fields of a universe that may forbid an object of the pair, or that need a file."""


def is_policy(manifest: Plain) -> bool:
    return bool(manifest["kind"] == "NetworkPolicy")


def policies_alone(first: int, count: int) -> Iterator[Pair]:
    """Pairs that differ in their policies and nothing else, every switch fixed."""
    seed = first
    while count:
        given = pair(seed)
        seed += 1
        others = [[m for m in side if not is_policy(m)] for side in (given.old, given.new)]
        if others[0] == others[1] and not (set(given.universe) & RESTRICTIVE):
            fixed = {
                name: rules.VALUES[name][0] if value == "open" else value for name, value in given.switches.items()
            }
            full = {name: values[-1] for name, values in rules.VALUES.items()} | fixed
            yield dataclasses.replace(given, switches=full)
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
        and holds_relation(region, spaces[0] is not None and spaces[0] == spaces[1], False, switches, {})
    )


@pytest.mark.parametrize("given", list(policies_alone(10_000, 24)), ids=[f"{i}" for i in range(24)])
def test_connections_of_a_region_are_allowed_on_its_side_and_not_on_the_other(given: Pair) -> None:
    found = packaged.difference(given.old, given.new, given.universe, given.switches)
    sides = [load_text(packaged.dumped(side)).cluster for side in (given.old, given.new)]
    everything = [*given.old, *(m for m in given.new if is_policy(m))]
    known, random = rules.read(everything), Random(0)
    listed = list(islice(oracle.connections(everything, given.universe, given.switches), LISTED))
    some = random.sample(listed, min(TRIED, len(listed)))
    told = [(True, region) for region in found.added] + [(False, region) for region in found.removed]
    for added, region in ((added, packaged.plain_region(region)) for added, region in told if not region.provided):
        inside = [c for c in some if is_inside(region, c, known, given.switches)]
        for connection in random.sample(inside, min(WANTED, len(inside))):
            before, after = (packaged.allowed(side, connection, given.switches) for side in sides)
            assert (before, after) == (not added, added), (region, connection)


# How many, and which

WEB, OPS, DEV = (f"{{podSelector: {{matchLabels: {{app: {app}}}}}}}" for app in ("web", "ops", "dev"))
OLD = policy("shop", "in", admits(WEB))
ON_PORTS = f"{{ingress: [{{from: [{OPS}], ports: [{{port: 80}}]}}, {{from: [{DEV}], ports: [{{port: 90}}]}}]}}"
"""Lets in others than before, each on a port of its own."""
NEW = policy("shop", "in", ON_PORTS)


def difference(old: str = OLD, new: str = NEW, limit: int | None = None, deadline: float | None = None) -> Difference:
    return compare(cluster(old), cluster(new), universe("open"), limits=Limits(deadline=deadline), limit=limit)


def counts(found: Difference) -> tuple[int, int, bool]:
    return len(found.added), len(found.removed), found.complete


def test_without_a_limit_all_regions_are_there() -> None:
    assert counts(difference()) == (2, 1, True)


@pytest.mark.parametrize(("limit", "expected"), [(1, (1, 1, False)), (2, (2, 1, True)), (9, (2, 1, True))])
def test_limit_cuts_the_list_and_says_so(limit: int, expected: tuple[int, int, bool]) -> None:
    found = difference(limit=limit)

    assert counts(found) == expected
    assert found.relation is Relation.INCOMPARABLE


def test_solver_that_reaches_a_limit_leaves_the_relation_unknown() -> None:
    found = difference(deadline=0.0)

    assert (found.relation, found.complete, found.added) == (Relation.UNKNOWN, False, ())
    assert found.reason is not None
    assert found.reason.startswith("the solver reached the time limit of the run")


def test_regions_and_witnesses_are_the_same_every_time() -> None:
    one, other = difference(), difference()

    assert (one.added, one.removed) == (other.added, other.removed)


def test_unchanged_end_is_left_as_a_whole_where_it_would_drown_the_change() -> None:
    out = "".join(
        policy("shop", f"out-{i}", f"{{podSelector: {{matchLabels: {{app: a{i}}}}}, policyTypes: [Egress], "
                                   f"egress: [{{ports: [{{port: {i + 1}}}]}}]}}")
        for i in range(60)
    )  # fmt: skip

    found = difference(out, out + policy("ops", "deny", DENY_INGRESS))

    assert len(found.removed) <= 3
    assert any(region.provided == frozenset({Direction.EGRESS}) for region in found.removed)
    assert all(region.destination.namespaces == frozenset({"ops"}) for region in found.removed)


# Nothing unproved


def test_region_that_is_lost_is_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    merged = shortlist.merged
    monkeypatch.setattr(shortlist, "merged", lambda boxes: merged(boxes)[1:])

    with pytest.raises(InternalError, match="the regions are not the difference"):
        difference()


def test_region_that_says_too_much_is_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def widened(boxes: Sequence[tuple[Box, object]]) -> list[tuple[Box, object]]:
        return [(structs.replace(box, ports={Protocol.TCP: Intervals(((1, 100),))}), beside) for box, beside in boxes]

    monkeypatch.setattr(shortlist, "merged", widened)

    with pytest.raises(InternalError, match="the regions are not the difference"):
        difference()


def test_region_on_the_wrong_side_is_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    proof = comparing._proof
    monkeypatch.setattr(
        comparing, "_proof", lambda problem, added, removed, limits: proof(problem, removed, added, limits)
    )

    with pytest.raises(InternalError, match="the regions are not the difference"):
        difference()


def test_witness_that_does_not_replay_is_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    decide = comparison.decide
    old = cluster(OLD).policies
    monkeypatch.setattr(comparison, "decide", lambda _, *connection: decide(old, *connection))

    with pytest.raises(ReplayError, match="does not replay"):
        difference()


def test_witness_lies_in_its_region_and_says_what_decided() -> None:
    found = difference(OLD + namespace("ops", "{team: ops}"), NEW)

    for region in (*found.added, *found.removed):
        witness = region.witness.connection
        assert witness is not None
        assert witness.port in region.ports[witness.protocol]
        assert region.before
        assert region.after
    cited = {str(step.citation) for region in found.added for step in region.after if step.citation is not None}
    assert cited == {"NetworkPolicy shop/in"}


def test_accepted_addresses_are_the_clients_own_whatever_ip_blocks_see() -> None:
    """Under `external_source: node` a region tells the two apart (docs/acceptances.md, switch `external_source`)."""
    deny = policy("shop", "deny", DENY_INGRESS)
    office = packaged.flow_of("never 203.0.113.0/24 -> shop/*")
    old, new = cluster(namespace("shop") + deny), cluster(namespace("shop"))

    found = compare(old, new, switches={"external_source": "node"}, accepted=[office])

    (outside,) = (region for region in found.added if region.source.kinds == {Kind.EXTERNAL})
    assert outside.source.addresses is None
    assert outside.source.own == ALL_ADDRESSES.subtract(AddressSet.of(["203.0.113.0/24"]))
    assert line(outside).endswith("where the source's own address is in 0.0.0.0/0 except 203.0.113.0/24, ::/0")
    (outside,) = (
        region for region in compare(old, new, accepted=[office]).added if region.source.kinds == {Kind.EXTERNAL}
    )
    assert (outside.source.own, outside.source.addresses is None) == (None, False)


# The workloads of today


def test_workloads_fall_into_a_region_only_if_they_surely_do() -> None:
    """Not where its addresses, or the port names that it asks for, are not known of them."""
    named = "containers: [{name: c, image: i, ports: [{name: http, containerPort: 80}]}]"
    apps = deployment("shop", "web", "{app: web}", named) + deployment("shop", "db", "{app: db}")
    old, new = (
        cluster(namespace("shop") + apps + policy("shop", "in", spec))
        for spec in ("{}", "{ingress: [{ports: [{port: http}]}]}")
    )
    office = packaged.flow_of("never 10.1.0.0/16 -> shop/*")
    where = universe("{addresses: {pods: [10.0.0.0/8]}}")

    by_name = compare(old, new)
    by_address = compare(old, new, where, {"external_source": "node"}, accepted=[office])

    assert {str(w) for region in by_name.added for w in region.destinations} == {"Deployment shop/web"}
    assert {str(w) for region in by_name.added for w in region.sources} == {"Deployment shop/db", "Deployment shop/web"}
    assert not any(region.sources for region in by_address.added if region.source.own is not None)
    assert any(region.source.own is not None for region in by_address.added)


def falling(port: str, ports: str, was: str, of: str = "open") -> set[str]:
    """The workloads on either side of what changes where a pod with `port` gets another list of `ports`."""
    spec = f"containers: [{{name: c, image: i, ports: [{port}]}}]"
    pod = namespace("shop") + deployment("shop", "web", "{app: web}", spec)
    old, new = (cluster(pod + policy("shop", "in", f"{{ingress: [{{ports: [{some}]}}]}}")) for some in (was, ports))
    found = compare(old, new, universe(of))
    return {
        f"{word} {w}"
        for word, regions in (("opened", found.added), ("closed", found.removed))
        for region in regions
        for w in region.destinations
    }


def test_a_port_name_is_that_of_a_number_and_a_protocol() -> None:
    http, named = "{name: http, containerPort: 8080%s}", "{port: http}"

    assert falling(http % "", f"{named}, {{port: 80}}", "{port: 80}") == {"opened Deployment shop/web"}
    assert falling(http % ", protocol: UDP", f"{named}, {{port: 80}}", "{port: 80}") == set()
    assert falling(http % "", named, "{port: 80}") == {"opened Deployment shop/web", "closed Deployment shop/web"}
    assert falling("{name: http, containerPort: 80}", f"{named}, {{port: 80}}", "{port: 80}") == set()
