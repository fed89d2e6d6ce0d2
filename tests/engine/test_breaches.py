"""All that breaks a property, as regions: held against the enumeration, which is asked of every connection whether it
breaks the property and whether it is in a region."""

from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from tests import packaged
from tests.engine.asking import DENY_INGRESS, cluster, deployment, namespace, policy
from tests.generators.strategies import example
from tests.generators.tierstrategies import tiered_example
from tests.oracle.breaching import misplaced
from verifier.engine.check import breaches
from verifier.engine.check.check import check
from verifier.engine.region import boxes, shortlist
from verifier.engine.region.box import Box
from verifier.engine.region.merging import join
from verifier.engine.results.check import Result, Verdict
from verifier.engine.results.region import EndRegion
from verifier.errors import InputError, InternalError
from verifier.ir.endpoint import Kind
from verifier.ir.network import PORTS, Intervals, Protocol
from verifier.ir.policy import Direction
from verifier.ir.universe import OPEN
from verifier.manifests.notation.expression import parse_expression
from verifier.report.words.region import line
from verifier.smt.solver import Limits

ENOUGH = 8
TOO_LARGE = 12
"""A seed whose every connection takes the enumeration as long as all others together."""


@pytest.fixture
def forced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wide boxes, and such as speak of pods that no policy isolates, wherever there are any."""
    monkeypatch.setattr(shortlist, "_MANY_REGIONS", 1)
    monkeypatch.setattr(shortlist, "_SHORTER", 0)
    monkeypatch.setattr(boxes, "_MANY_DENIED", -1)


def held_against_the_enumeration(seeds: Iterable[int]) -> list[Result]:
    """What is violated, whose regions the enumeration has confirmed."""
    confirmed = []
    for seed in seeds:
        for drawing in (example, tiered_example):
            given = drawing(seed)
            asked = given.manifests, given.claim, given.universe, given.switches, given.namespace
            try:
                found = packaged.result(*asked, limit=None)
            except (InputError, AssertionError):
                continue  # bad input, or a universe that needs files
            assert found.complete is (found.verdict is not Verdict.UNKNOWN)
            if found.verdict is not Verdict.VIOLATED:
                assert found.regions == ()
                continue
            plain = [packaged.plain_region(region) for region in found.regions]
            wrong, breaking = misplaced(asked[0], asked[1], plain, *asked[2:])
            assert not wrong, (seed, wrong[:3])
            assert breaking
            confirmed.append(found)
    return confirmed


def test_regions_are_what_the_enumeration_says() -> None:
    seeds = (seed for seed in range(31) if seed != TOO_LARGE)
    assert len(held_against_the_enumeration(seeds)) >= ENOUGH


@pytest.mark.usefixtures("forced")
def test_wide_regions_are_what_the_enumeration_says() -> None:
    confirmed = held_against_the_enumeration(range(100, 114))

    assert len(confirmed) >= ENOUGH
    assert any(region.unselected for found in confirmed for region in found.regions)
    assert any(region.excluding for found in confirmed for region in found.regions)


def test_a_region_that_is_lost_is_noticed() -> None:
    """By the enumeration."""
    noticed = 0
    for seed in range(12):
        given = example(seed)
        asked = given.manifests, given.claim, given.universe, given.switches, given.namespace
        try:
            found = packaged.result(*asked, limit=None)
        except (InputError, AssertionError):
            continue
        if len(found.regions) > 1:
            less = [packaged.plain_region(region) for region in found.regions[1:]]
            assert misplaced(asked[0], asked[1], less, *asked[2:])[0]
            noticed += 1

    assert noticed >= 2


# Words and limits


SHOP = (
    namespace("a", "{tenant: x}") + namespace("b", "{tenant: z}") + namespace("c")
    + deployment("a", "one", "{app: one}") + deployment("b", "two", "{app: two}")
    + policy("a", "deny", DENY_INGRESS)
)  # fmt: skip


def told(claim: str, limit: int | None = None, limits: Limits | None = None) -> Result:
    [found] = check(cluster(SHOP), [parse_expression(claim)], limits=limits or Limits(), limit=limit)
    assert found.verdict is Verdict.VIOLATED
    return found


def test_nothing_is_looked_for_unless_it_is_asked_for() -> None:
    found = told("never external -> */*", 0)

    assert (found.regions, found.complete) == ((), False)


def test_of_isolated_pods_are_told_and_no_connections() -> None:
    claimed = packaged.property_of({"isolated": {"pods": [{"podSelector": {}}]}})
    [found] = check(cluster(SHOP), [claimed], limit=None)

    assert [line(region) for region in found.regions] == [
        "any pod in namespaces a, b, c: not isolated for egress",
        "any pod in namespaces b, c: not isolated for ingress",
    ]


def test_of_tenants_the_relation_is_told() -> None:
    claimed = packaged.property_of({"separate": {"byNamespaceLabel": "tenant"}})
    [found] = check(cluster(SHOP), [claimed], limit=None)

    assert found.complete
    assert any("different values of the namespace label `tenant`" in line(region) for region in found.regions)
    assert all(region.witness.connection is not None for region in found.regions)


def test_a_list_that_a_limit_ends_is_not_complete() -> None:
    whole = told("never */* -> */*")
    assert (len(whole.regions) > 1, whole.complete) == (True, True)

    short = told("never */* -> */*", len(whole.regions) - 1)
    assert (len(short.regions), short.complete) == (len(whole.regions) - 1, False)


def test_a_witness_of_each_region_breaks_the_property_and_workloads_are_those_in_it() -> None:
    [region] = told("never external -> */*").regions

    assert region.witness.allowed
    assert [str(workload) for workload in region.destinations] == ["Deployment b/two"]


def test_a_box_that_says_too_much_is_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof at the end."""
    short = breaches.shortened

    def widened(*arguments: object) -> list[tuple[object, object]]:
        made = short(*arguments)  # type: ignore[arg-type]
        return [(replace(box, destination=replace(box.destination, namespaces=None)), one) for box, one in made]

    monkeypatch.setattr(breaches, "shortened", widened)
    with pytest.raises(InternalError, match="the regions are not what breaks the property"):
        told("never external -> */*")


@pytest.mark.usefixtures("forced")
def test_workloads_that_a_policy_isolates_are_none_of_the_pods_that_none_does() -> None:
    only_one = policy("a", "one", "{podSelector: {matchLabels: {app: one}}}")
    pods = namespace("a") + deployment("a", "one", "{app: one}") + deployment("a", "two", "{app: two}") + only_one
    [found] = check(cluster(pods), [parse_expression("never external -> */*")], limit=None)
    [region] = found.regions

    assert line(region) == ("any address outside the cluster -> a pods that no policy isolates for ingress, every port")
    assert [str(workload) for workload in region.destinations] == ["Deployment a/two"]


def test_a_box_of_pods_that_no_policy_isolates_takes_in_no_others() -> None:
    anyone = EndRegion(frozenset({Kind.POD}))
    free = Box(anyone, anyone, {Protocol.TCP: PORTS}, unselected=frozenset({Direction.INGRESS}))

    assert join(free, replace(free, unselected=frozenset())) == replace(free, unselected=frozenset())
    assert join(free, replace(free, unselected=frozenset({Direction.EGRESS}))) is None


def test_pods_whose_labels_are_only_supposed_are_in_no_region() -> None:
    """Policies that open two revisions, of one of which nobody has said that it is there."""
    rule = "{podSelector: {matchLabels: {pod-template-hash: %s}}, ingress: [{ports: [{port: %d}]}]}"
    opened = [policy("a", f"open-{port}", rule % (name, port)) for name, port in (("abc", 80), ("xyz", 90))]
    old = deployment("a", "old", "{app: p, pod-template-hash: abc}").replace("Deployment", "ReplicaSet")
    pods = deployment("a", "web", "{app: p}") + old
    manifests = namespace("a") + pods + policy("a", "deny", DENY_INGRESS) + "".join(opened)
    inventory = replace(OPEN, other_pods=False)
    [found] = check(cluster(manifests), [parse_expression("never external -> a/app=p")], inventory, limit=None)
    [region] = found.regions

    assert found.complete
    assert region.ports == {Protocol.TCP: Intervals(((80, 80),))}
    assert [str(workload) for workload in region.destinations] == ["ReplicaSet a/old"]


def test_pods_that_are_let_off_by_their_connections_are_in_no_region() -> None:
    claimed = packaged.property_of({"isolated": {"pods": [{"podSelector": {}}], "directions": "ingress"}})
    flows = [packaged.flow_of(f"never {flow}") for flow in ("* -> b/*", "external -> c/*", "*/app=one -> c/*")]
    [found] = check(cluster(SHOP), [claimed], accepted={"claim": flows}, limit=None)

    assert found.complete
    assert [line(region) for region in found.regions] == ["c pods: not isolated for ingress"]
