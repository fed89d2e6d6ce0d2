"""A map by kind, on which two namespaces stand for all that are alike, against the map of every namespace: between any
two classes of the one holds what holds between those of the other that stand for them."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from random import Random
from typing import Any

import pytest

from tests import packaged
from tests.dialectpairs import setting_of
from tests.engine.asking import pod, policy, universe
from tests.generators import strategies as generators
from tests.generators.dialectchanges import EXAMPLES
from tests.generators.strategies import policies
from tests.generators.tierstrategies import TierDraw
from verifier.engine.explain.condition import NamespaceHas
from verifier.engine.map.classes import Member
from verifier.engine.map.map import draw
from verifier.engine.map.result import Map, Opening, Selection
from verifier.errors import InputError, Undecided
from verifier.ir.filter import Choice
from verifier.ir.switches import SWITCHES
from verifier.manifests.kubernetes.load import load_text
from verifier.manifests.notation.filter import parse_choice

Plain = dict[str, Any]
COPIES = ("shop-two", "shop-three", "shop-four", "shop-five")
SEEDS = {"calico": 30, "cilium services": 30}
"""Most policies of Calico that are drawn are of the whole cluster, or name a namespace; Services have addresses."""
MOST = 300
"""Classes, under each setting of what is open: the whole map of more takes half a minute."""
CHOICES = ("shop-two/*", "shop/app=web", "*/app=web", "{team=x}/*", "*/web", "shop-three/web", "external", "10.0.0.0/8")
UNIVERSES = ("open", "inventory", "{nodes: true}", "{namespaceLabels: {team: [x, y]}}")


def relabel(manifests: list[Plain], random: Random) -> None:
    """Takes a label from the pods of one of them, or gives it another value that pods have, where there are pods."""
    several = [labels for m in manifests if (labels := labels_of_pods(m))]
    if several:
        labels, others = random.choice(several), random.choice(several)
        key = random.choice(sorted(labels))
        labels.pop(key)
        if key in others and random.random() < 0.5:
            labels[key] = others[key]


def labels_of_pods(manifest: Plain) -> Plain:
    if manifest["kind"] == "Pod":
        return manifest["metadata"].get("labels") or {}
    return manifest.get("spec", {}).get("template", {}).get("metadata", {}).get("labels") or {}


def copied(manifests: list[Plain], random: Random) -> list[Plain]:
    """What is in one of the namespaces again in others; in some of them something is missing, or has another label."""
    homes = sorted({m["metadata"]["namespace"] for m in manifests if m["metadata"].get("namespace")})
    home = random.choice(homes) if homes else "shop"
    labels = [m["metadata"].get("labels", {}) for m in manifests if m["kind"] == "Namespace"]
    told = random.choice([*labels, {}, None])
    mine = [m for m in manifests if m["metadata"].get("namespace") == home]
    found = list(manifests)
    for number, name in enumerate(COPIES):
        here = deepcopy(mine)
        if number == len(COPIES) - 1 and here and random.random() < 0.5:
            here.pop(random.randrange(len(here)))
        elif number == len(COPIES) - 1:
            relabel(here, random)
        for manifest in here:
            manifest["metadata"]["namespace"] = name
        found += here
        if told is not None:
            own = {**told, "team": "x"} if number == len(COPIES) - 1 and random.random() < 0.5 else told
            found.append({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": dict(own)}})
    return found


def example(sort: str, seed: int) -> list[Plain]:
    if sort == "workloads":
        return generators.example(seed).manifests
    if sort in ("k8s", "tiers"):
        return [*policies(seed), *(TierDraw(Random(seed)).tiers() if sort == "tiers" else [])]
    return EXAMPLES[sort](8_000_000 + seed).manifests


def selection(random: Random) -> Selection:
    """Most often everything; else what leads to one or two choices, or comes from them."""
    found = tuple(parse_choice(text, None) for text in random.sample(CHOICES, random.choice((0, 0, 0, 1, 1, 2))))
    return Selection(destinations=found) if random.random() < 0.5 else Selection(sources=found)


def renamed(names: Mapping[str | None, str]) -> Callable[[Any], Any]:
    """What something is called where namespaces are called so."""

    def told(some: Any) -> Any:
        match some:
            case Member():
                pods = (some.pods, frozenset(some.but_not), some.addresses)
                workloads = frozenset(w.title.replace(f" {w.namespace}/", " ", 1) for w in some.workloads)
                home = names.get(some.namespace, some.namespace)
                return (
                    some.kind,
                    home,
                    some.which,
                    frozenset(map(told, some.place)),
                    pods,
                    workloads,
                    some.host_network,
                )
            case Opening():
                return (some.ports, frozenset(frozenset(map(told, fork)) for fork in some.when), some.surely)
            case NamespaceHas():
                name = names.get(some.namespace, some.namespace)
                return (name, some.key, some.value, some.requirements)
            case _:
                return some

    return told


def flows(drawn: Map) -> Mapping[tuple[int, int], tuple[Opening, ...]]:
    return {(link.source, link.destination): link.openings for link in drawn.links}


def standing_for(drawn: Map) -> Callable[[str | None, str | None], Mapping[str | None, str]]:
    """The names of what stands for two namespaces together."""
    kinds = {name: kind.drawn for kind in drawn.kinds for name in kind.names}

    def names(one: str | None, other: str | None) -> Mapping[str | None, str]:
        found: dict[str | None, str] = {}
        for name in (one, other):
            if name in kinds and name not in found:
                first, second = kinds[str(name)]
                found[name] = second if first in found.values() else first
        return found

    return names


def members(drawn: Map) -> Iterator[tuple[int, Member]]:
    yield from ((number, member) for number, node in enumerate(drawn.nodes) for member in node.members)


def compare(whole: Map, by_kind: Map) -> int:
    """How many pairs stand for others."""
    stands, places = standing_for(by_kind), {renamed({})(member): number for number, member in members(by_kind)}
    here, there, several = flows(whole), flows(by_kind), 0
    for one, source in members(whole):
        for other, destination in members(whole):
            if one == other and one in whole.lone:
                continue
            names = stands(source.namespace, destination.namespace)
            told = renamed(names)
            ends = (places[told(source)], places[told(destination)])
            expected = frozenset(map(told, here.get((one, other), ())))
            assert frozenset(map(renamed({}), there.get(ends, ()))) == expected, (source, destination)
            assert whole.nodes[one].isolated == by_kind.nodes[ends[0]].isolated
            several += any(name != stand for name, stand in names.items())
    for kind in by_kind.kinds:
        assert len({led(whole, name) for name in kind.names}) == 1, kind
    return several


def led(drawn: Map, home: str) -> frozenset[tuple[str, tuple[tuple[str, str, int], ...]]]:
    """Which Services lead to the workloads of a namespace, but for its name."""
    here, short = f" {home}/", " /"
    return frozenset(
        (name.replace(here, short), tuple((p.service.replace(here, short), p.port, p.number) for p in ports))
        for name, ports in drawn.services.items()
        if here in name
    )


@pytest.mark.parametrize("sort", ["k8s", "workloads", "tiers", *EXAMPLES])
def test_what_is_drawn_of_two_namespaces_holds_of_all_that_are_alike(sort: str) -> None:
    several = 0
    for seed in range(SEEDS.get(sort, 8)):
        random = Random(f"{sort} {seed}")
        manifests = copied(example(sort, seed), random)
        setting = setting_of(manifests)
        switches = {name: value for name, value in setting.items() if name in SWITCHES}
        cluster = load_text(packaged.dumped(manifests), "manifests.yaml", packaged.options(switches)).cluster
        picked = selection(random)
        try:
            of = universe(random.choice(UNIVERSES))
            whole = draw(cluster, of, switches, picked, most=MOST)
        except (InputError, Undecided):
            continue
        by_kind = draw(cluster, of, switches, picked, by_kind=True)

        assert by_kind.complete or not whole.complete
        if whole.complete:
            several += compare(whole, by_kind)

    assert several > 100


def cluster_of(*homes: str, more: str = "") -> Any:
    own = "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}"
    return load_text(
        more + "".join(pod(home, "web", "{app: web}") + policy(home, "own", own) for home in homes)
    ).cluster


def kinds(cluster: Any, selection: Selection = Selection(), of: str = "inventory") -> list[tuple[str, ...]]:  # noqa: B008
    drawn = draw(cluster, universe(of), selection=selection, by_kind=True)
    return [kind.names for kind in drawn.kinds]


def chosen(text: str) -> Selection:
    choice: Choice = parse_choice(text, None)
    return Selection(destinations=(choice,))


def test_two_namespaces_are_drawn_as_they_are() -> None:
    assert kinds(cluster_of("a", "b")) == []
    assert kinds(cluster_of("a", "b", "c")) == [("a", "b", "c")]


@pytest.mark.parametrize("where", ["a", "b", "c", "{team=x}", "{}"])
def test_labels_that_the_reader_asks_for_are_told_apart_in_every_namespace(where: str) -> None:
    """The pods that a choice means are told apart from the others of any namespace, whichever the choice is about."""
    own = policy("a", "own", "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}")
    homes = "".join(own.replace(": a,", f": {home},") for home in "abcdefg")
    pods = "".join(pod(home, "web", f"{{app: {'db' if home in 'dg' else 'web'}}}") for home in "abcdefg")
    picked = chosen(f"{where}/app=web")
    cluster = load_text(homes + pods).cluster
    whole, by_kind = (draw(cluster, universe("open"), selection=picked, by_kind=each) for each in (False, True))

    assert [kind.names for kind in by_kind.kinds] == [tuple(home for home in "abcef" if home != where)]
    assert compare(whole, by_kind) > 0


@pytest.mark.parametrize("text", ["b/web", "b/*", "b/app=web", "b/pod/web"])
def test_a_namespace_that_the_reader_picked_out_is_of_its_own_kind(text: str) -> None:
    assert kinds(cluster_of("a", "b", "c", "d"), chosen(text)) == [("a", "c", "d")]


def test_a_namespace_without_workloads_that_the_reader_picked_out_is_of_its_own_kind() -> None:
    own = "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}"
    cluster = load_text("".join(policy(home, "own", own) for home in "abcd")).cluster

    assert kinds(cluster, chosen("b/*"), "open") == [("a", "c", "d")]
    assert kinds(cluster, chosen("{team=x}/*"), "open") == [("a", "b", "c", "d")]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("matchLabels: {tier: front}", ("a", "b", "c")),
        ("matchLabels: {tier: back}", ("a", "b", "c")),
        ("matchExpressions: [{key: tier, operator: Exists}]", ("a", "b", "c", "d")),
        ("matchLabels: {role: back}", ("a", "b", "c", "d")),
    ],
)
def test_workloads_are_told_apart_by_the_labels_that_something_asks_for(asked: str, found: tuple[str, ...]) -> None:
    peer = f"{{namespaceSelector: {{}}, podSelector: {{{asked}}}}}"
    asks = policy("other", "in", f"{{podSelector: {{}}, ingress: [{{from: [{peer}]}}]}}")
    pods = "".join(pod(home, "web", f"{{tier: {'back' if home == 'd' else 'front'}}}") for home in "abcd")

    assert kinds(load_text(asks + pods).cluster) == [found]


def test_workloads_are_told_apart_by_what_stands_within_their_labels() -> None:
    asks = (
        "---\napiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: front}\n"
        "spec: {selector: tier starts with 'front', types: [Ingress]}\n"
    )
    pods = "".join(pod(home, "web", f"{{tier: {'back' if home == 'd' else 'front'}-one}}") for home in "abcd")

    assert kinds(load_text(asks + pods).cluster) == [("a", "b", "c")]


def test_a_namespace_with_a_service_is_of_its_own_kind() -> None:
    more = (
        "---\napiVersion: v1\nkind: Service\nmetadata: {namespace: b, name: web}\n"
        "spec: {selector: {app: web}, ports: [{port: 80}]}\n"
    )

    assert kinds(cluster_of("a", "b", "c", "d", more=more)) == [("a", "c", "d")]


def test_workloads_are_told_apart_by_the_services_that_lead_to_them() -> None:
    service = (
        "---\napiVersion: v1\nkind: Service\nmetadata: {{namespace: {}, name: web}}\n"
        "spec: {{clusterIP: 10.96.0.{}, selector: {{app: web}}, ports: [{{port: {}}}]}}\n"
    )
    services = "".join(service.format(h, number, 81 if h == "d" else 80) for number, h in enumerate("abcdefg", 1))
    pods = "".join(pod(home, "web", f"{{app: {'db' if home in 'efg' else 'web'}}}") for home in "abcdefg")

    assert kinds(load_text(services + pods).cluster) == [("a", "b", "c"), ("e", "f", "g")]


def test_a_namespace_that_a_policy_names_is_of_its_own_kind() -> None:
    named = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: b}}}"
    more = policy("other", "in", f"{{podSelector: {{}}, ingress: [{{from: [{named}]}}]}}")

    assert kinds(cluster_of("a", "b", "c", "d", more=more)) == [("a", "c", "d")]


def test_namespaces_that_say_whose_addresses_are_of_their_own_kind() -> None:
    """Also where they say the same of one address: each is among those whose it is."""
    at = "".join(pod(home, "agent", "{app: web}", "nodeName: one, hostNetwork: true") for home in "abc")
    plain = "".join(pod(home, "agent", "{app: web}") for home in "defg")

    assert kinds(load_text(at + plain).cluster) == [("d", "e", "f", "g")]


def test_what_stands_for_others_is_counted_with_them() -> None:
    drawn = draw(cluster_of("a", "b", "c", "d"), universe("inventory"), by_kind=True)

    assert {m.namespace for _, m in members(drawn) if m.kind == "workload"} == {"a", "b"}
    assert drawn.policies == 4
