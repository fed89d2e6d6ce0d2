"""Regions of which something is taken out, where many plain ones would say the same: held against the plain ones, and
against the enumeration."""

from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from tests import oracle, packaged
from tests.engine.asking import cluster
from tests.generators.changes import pair
from tests.generators.inventories import inventory_pair
from tests.generators.tierchanges import tiered_pair
from tests.test_difference import tried
from verifier.engine.diff import compare as comparing
from verifier.engine.diff.compare import compare
from verifier.engine.region import boxes, shortlist
from verifier.engine.region.box import Box
from verifier.engine.region.merging import join
from verifier.engine.results.diff import Difference, Relation
from verifier.engine.results.region import EndRegion
from verifier.errors import InputError
from verifier.ir.endpoint import Kind
from verifier.ir.labels import Selector
from verifier.ir.network import PORTS, Protocol
from verifier.report.words.region import line

SHOPS = frozenset({"shop"})
SHOP = """\
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}}
"""
TIER = """\
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: some}
spec:
  priority: 10
  subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}}
  ingress:
"""


LACKING = "{b0: w, b1: w, b2: w, b3: w}"
"""Labels with which nobody has any two that are denied."""


def rule(action: str, labels: str) -> str:
    peer = f"{{pods: {{namespaceSelector: {{}}, podSelector: {{matchLabels: {{{labels}}}}}}}}}"
    return f"  - {{action: {action}, from: [{peer}]}}\n"


def denied(count: int) -> str:
    """Rules that each deny what has two labels, before one that allows the rest."""
    return SHOP + TIER + "".join(rule("Deny", f"a{i}: x, b{i}: x") for i in range(count)) + rule("Allow", "")


def compared(new: str, **more: object) -> Difference:
    return compare(cluster(SHOP), cluster(new), **more)  # type: ignore[arg-type]


@pytest.fixture
def forced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wide boxes wherever there are any: however little they spare."""
    monkeypatch.setattr(shortlist, "_MANY_REGIONS", 1)
    monkeypatch.setattr(shortlist, "_SHORTER", 0)


@pytest.mark.parametrize("count", [3, 10, 16])
def test_rules_before_an_allow_are_taken_out_of_it(count: int) -> None:
    found = compared(denied(count))

    assert (found.relation, found.complete) == (Relation.WIDER, True)
    [region] = found.added
    assert len(region.excluding) == count
    assert line(region).startswith(
        "any pod -> any pod in namespaces kubernetes.io/metadata.name=shop, every port, but not from pods a0=x,b0=x"
    )


def test_questions_grow_with_the_rules_and_not_with_their_combinations() -> None:
    """Ten rules leave 1024 plain boxes; twice as many rules may cost four times as much, since each is longer."""
    few, many = (compared(denied(count)).stats.queries for count in (5, 10))

    assert many < 5 * few
    assert many < 2_000


def test_few_regions_stay_as_they_are() -> None:
    found = compared(denied(2))

    assert len(found.added) == 4
    assert not any(region.excluding for region in found.added)


def test_values_of_one_label_stay_one_plain_region() -> None:
    many = "".join(rule("Allow", f"app: v{i}") for i in range(12))
    [region] = compared(SHOP + TIER + many).added

    assert region.excluding == ()


def test_a_limit_that_the_short_list_keeps_is_not_reached() -> None:
    assert compared(denied(6), limit=3).complete


def test_workloads_that_are_taken_out_are_none_of_the_region() -> None:
    pods = "".join(
        f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop, labels: {{{labels}}}}}\n"
        "spec: {containers: [{name: c, image: i}]}\n"
        for name, labels in (("in", "a0: x"), ("out", "a0: x, b0: x"))
    )
    found = compare(cluster(SHOP + pods), cluster(denied(4) + pods))
    [region] = found.added

    assert [workload.name for workload in region.sources] == ["in"]
    assert [workload.name for workload in region.destinations] == ["in", "out"]


def test_workloads_whose_controllers_may_add_what_is_taken_out_are_none_of_the_region() -> None:
    made = (
        "---\napiVersion: apps.kruise.io/v1alpha1\nkind: CloneSet\nmetadata: {name: clones, namespace: shop}\n"
        "spec: {template: {metadata: {labels: {a0: x}}, spec: {containers: [{name: c, image: i}]}}}\n"
    )
    [region], [settled] = (
        compare(cluster(SHOP + pods), cluster(denied(4) + pods)).added
        for pods in (made, made.replace("{a0: x}", LACKING))
    )

    assert region.sources == ()
    assert [workload.name for workload in region.destinations] == ["clones"]
    assert [workload.name for workload in settled.sources] == ["clones"]


def test_the_plain_regions_are_the_same_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """The old algorithm: each list is proved to be the difference; that proof, of the other list, holds too."""
    old, new = cluster(SHOP), cluster(denied(4))
    short = compare(old, new)
    with monkeypatch.context() as patch:
        patch.setattr(shortlist, "_covered", lambda *_: None)
        long = compare(old, new)

    assert (len(short.added), len(long.added)) == (1, 16)
    assert short.complete
    assert long.complete
    regions_of = [[packaged.plain_region(region) for region in found.added] for found in (short, long)]
    assert regions_of[0] != regions_of[1]


@pytest.mark.usefixtures("forced")
@pytest.mark.parametrize("seed", range(300, 314))
def test_what_is_taken_out_agrees_with_the_enumeration(seed: int, tmp_path: Path) -> None:
    for drawing in (pair, tiered_pair, inventory_pair):
        try:
            found = tried(drawing(seed), tmp_path)
        except InputError:
            continue
        assert not found.mistake, found.about


@pytest.mark.usefixtures("forced")
def test_something_is_taken_out_there(tmp_path: Path) -> None:
    """The test before this one would otherwise say nothing."""
    counted = 0
    for seed in range(300, 314):
        given = tiered_pair(seed)
        try:
            found = packaged.difference(
                given.old, given.new, given.universe, given.switches, given.accepted, tmp_path, forgets=given.forgets
            )
        except InputError:
            continue
        counted += sum(bool(region.excluding) for region in (*found.added, *found.removed))

    assert counted >= 3


def test_a_box_takes_in_only_what_it_does_not_exclude() -> None:
    anyone, ports = EndRegion(frozenset({Kind.POD})), {Protocol.TCP: PORTS}
    part = Box(replace(anyone, pod_selector=Selector.of({"a": "x"})), anyone, ports)
    wide, narrow = Box(anyone, anyone, ports, excluding=(part,)), Box(anyone, replace(anyone, namespaces=SHOPS), ports)

    assert join(wide, narrow) is None
    assert join(wide, replace(narrow, excluding=(part,))) == wide
    assert join(replace(wide, excluding=()), replace(narrow, excluding=(part,))) == replace(wide, excluding=())


def test_a_region_of_which_too_little_is_taken_out_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the enumeration, and by the proof at the end."""
    found = compared(denied(3))
    [region] = found.added
    less = replace(region, excluding=region.excluding[1:])
    given = [[*oracle_documents(text)] for text in (SHOP, denied(3))]

    right, wrong = (oracle.compare(*given, added=[packaged.plain_region(each)]) for each in (region, less))
    assert right.wrong is None
    assert wrong.wrong is not None

    short = boxes.Boxes._excluding

    def forgetful(self: boxes.Boxes, *arguments: object) -> boxes.Found:
        made = short(self, *arguments)  # type: ignore[arg-type]
        return replace(made, box=replace(made.box, excluding=made.box.excluding[1:]))

    monkeypatch.setattr(boxes.Boxes, "_excluding", forgetful)
    with pytest.raises(comparing.InternalError, match="the regions are not the difference"):
        compared(denied(3))


def oracle_documents(text: str) -> list[dict[str, object]]:
    return [document for document in yaml.safe_load_all(text) if document]


def policies(count: int) -> str:
    """Policies that each isolate the pods of one app, for ingress."""
    head = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
    return "".join(
        f"{head}metadata: {{name: a{n}, namespace: shop}}\n"
        f"spec: {{podSelector: {{matchLabels: {{app: a{n}}}}}, ingress: [{{from: [{{podSelector: {{}}}}]}}]}}\n"
        for n in range(count)
    )


def test_a_default_deny_that_goes_opens_the_pods_that_no_policy_isolates_then() -> None:
    with_it, without = SHOP + policies(13), SHOP[: SHOP.rindex("---")] + policies(13)
    sides = cluster(with_it), cluster(without)

    opened, closed = compare(*sides), compare(*sides[::-1])

    assert (opened.relation, closed.relation) == (Relation.WIDER, Relation.NARROWER)
    assert [line(region) for region in opened.added] == [
        "anything -> shop pods that no policy isolates for ingress, every port"
    ]
    assert [line(region) for region in closed.removed] == [
        "anything -> shop pods that no policy isolated for ingress, every port"
    ]
    assert opened.complete
    assert closed.complete


def test_what_is_to_be_written_down_as_accepted_names_the_labels() -> None:
    """A flow has no words for pods that no policy isolates: it would accept all of them."""
    with_it, without = SHOP + policies(13), SHOP[: SHOP.rindex("---")] + policies(13)
    found = compare(cluster(with_it), cluster(without), unselected=False)

    assert all(not region.unselected for region in found.added)
    apps = " or ".join(sorted(f"a{n}" for n in range(13)))
    assert line(found.added[0]) == f"anything -> shop pods with app anything but {apps}, every port"
