"""The quick look for growth: what it calls not wider adds nothing, and it says so often enough to be of use."""

import random
from collections import Counter
from copy import deepcopy
from random import Random

import pytest
from msgspec.structs import replace

from tests import packaged
from tests.admission.client import namespace
from tests.admission.desks import SPACES, drawn, key, pod, start, text_of
from tests.generators.changes import CHANGES
from tests.generators.strategies import example
from verifier.engine.check.check import check
from verifier.engine.diff import growth
from verifier.engine.diff.compare import compare
from verifier.engine.diff.gate import Known, gate
from verifier.engine.diff.growth import is_narrower_by_form, may_be_wider
from verifier.engine.problem.athome import cut_down
from verifier.engine.problem.declared import World
from verifier.engine.problem.slicing import slice_policies
from verifier.errors import InputError, UsageError
from verifier.ir.cluster import Cluster
from verifier.ir.pods import PodPeer
from verifier.ir.policy import Citation, Direction, PolicySet, Selects
from verifier.ir.universe import INVENTORY, OPEN, Universe
from verifier.manifests.kubernetes.load import load_text
from verifier.manifests.notation.expression import parse_expression

_PAIRS = 24


def pair(draw: random.Random) -> tuple[Cluster, Cluster, str]:
    """Two clusters that differ in a policy of one namespace, which is named."""
    objects = {key(value): value for value in start(draw)}
    home = draw.choice(SPACES)
    new = drawn(draw, home, f"policy-{draw.randrange(3)}")
    before, after = (load_text(text_of(side)).cluster for side in (objects, {**objects, key(new): new}))
    return before, replace(before, policies=after.policies), home


def test_what_is_not_wider_adds_nothing() -> None:
    draw, counts = random.Random(4), {True: 0, False: 0}
    for number in range(_PAIRS):
        universe: Universe = INVENTORY if number % 4 == 0 else OPEN
        before, after, home = pair(draw)
        if not before.workloads and universe is INVENTORY:
            continue
        wider = may_be_wider((World(before, universe), World(after, universe)), {home})
        difference = compare(before, after, universe, limit=1, forgets=True)
        assert not difference.given_up
        if not wider:
            assert not difference.added, (before, after)
        counts[wider] += 1

    assert min(counts.values()) > 3, counts


def drawn_pair(seed: int) -> tuple[World, World, set[str], dict[str, str]] | None:
    """Two worlds that differ in NetworkPolicies alone, of all that is drawn: kinds of peers, names of ports, workloads
    on nodes, universes, switches; and the namespaces in which they do. None: a change of something else was drawn."""
    draw, given = Random(seed), example(seed)
    if isinstance(given.universe, dict) and "newNamespacesGet" in given.universe:
        return None
    old, new = given.manifests, deepcopy(given.manifests)
    if draw.random() < 0.3:
        new = [each for each in new if each["kind"] != "NetworkPolicy" or draw.random() < 0.6]  # some are deleted
    for change in draw.sample(CHANGES, len(CHANGES))[: draw.choice((2, 4, 8))]:
        change(new, draw)
    try:
        sides = [load_text(packaged.dumped(side), "cluster.yaml").cluster for side in (old, new)]
        universe = packaged.universe_of(given.universe)
        homes = {
            citation.namespace or ""
            for one, other in (sides, sides[::-1])
            for citation in one.policies.objects
            if spec_of(other, citation) != spec_of(one, citation)
        }
        after = replace(sides[0], policies=sides[1].policies)
        compare(sides[0], after, universe, given.switches, limit=0)  # all is well with them
    except (InputError, UsageError):
        return None
    return World(sides[0], universe), World(after, universe), homes, given.switches


def spec_of(cluster: Cluster, citation: Citation) -> object:
    """All that the policies of one name say."""
    pipes = (cluster.policies.pipe(direction) for direction in Direction)
    stages = [stage for pipe in pipes for stage in pipe.stages]
    name = (citation.namespace, citation.name)

    def mine(who: Selects | None) -> bool:
        return who is not None and (who.citation.namespace, who.citation.name) == name

    selected = [[(w.namespace, w.pods) for w in stage.applies or () if mine(w)] for stage in stages]
    rungs = [r for stage in stages for block in stage.blocks() for r in block.rungs if mine(r.selects)]
    return selected, [(r.guard, r.action) for r in rungs]


def test_what_is_not_wider_of_all_that_is_drawn_adds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: Counter[str] = Counter()
    for seed in range(930_000, 930_080):
        found = drawn_pair(seed)
        if found is None:
            continue
        old, new, homes, switches = found
        wider = may_be_wider((old, new), homes, switches)
        by_form = is_narrower_by_form(*(at_home(world, homes) for world in (old, new)))
        added = compare(old.cluster, new.cluster, old.universe, switches, limit=1, forgets=True).added
        with monkeypatch.context() as patched:
            patched.setattr(growth, "cut_down", lambda *_: None)
            patched.setattr(growth, "is_narrower_by_form", lambda *_: False)
            in_full = may_be_wider((old, new), homes, switches)
        assert wider or not added, seed
        assert wider is in_full, seed  # what is left out of the cluster makes no difference
        assert not (by_form and in_full), seed
        counts["wider" if wider else "by form" if by_form else "by the solver"] += 1

    assert min(counts[how] for how in ("wider", "by form", "by the solver")) > 4, counts


CIDR = "{from: [{ipBlock: {cidr: %s}}], ports: [{port: 80, endPort: %s}]}"


def of_rule(rule: str, labels: str = "{}") -> PolicySet:
    return load_text(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: a}\n"
        f"spec: {{podSelector: {labels}, policyTypes: [Ingress], ingress: [{rule}]}}\n"
    ).cluster.policies


@pytest.mark.parametrize(
    ("less", "more"),
    [
        (of_rule(CIDR % ("8.8.8.0/24", 90)), of_rule(CIDR % ("8.8.0.0/16", 90))),
        (of_rule(CIDR % ("8.8.8.0/24", 90)), of_rule(CIDR % ("8.8.8.0/24", 99))),
        (of_rule(CIDR % ("8.8.8.0/24", 90)), of_rule("{}")),
        (of_rule(""), of_rule("{ports: [{port: 80}]}")),
        (of_rule(""), of_rule("", "{matchLabels: {app: x}}")),
        (of_rule("", "{matchLabels: {app: x}}"), of_rule("", "{matchLabels: {app: x, role: front}}")),
    ],
)
def test_less_is_narrower_by_form_and_more_is_not(less: PolicySet, more: PolicySet) -> None:
    assert is_narrower_by_form(more, less)
    assert is_narrower_by_form(less, less)
    assert not is_narrower_by_form(less, more)


def test_a_cluster_that_is_cut_down_has_ends_on_nodes_where_the_whole_has() -> None:
    on_nodes = {**pod("b", "one", "x"), "spec": {"hostNetwork": True, "containers": [{"name": "c", "image": "i"}]}}
    for objects, has_some in (((namespace("a"), on_nodes), True), ((namespace("a"), pod("b", "one", "x")), False)):
        cluster = load_text(text_of({key(value): value for value in objects})).cluster
        small = cut_down(World(cluster, OPEN), (of_rule(""),), ("a",))
        assert small is not None
        assert any(w.host_network for w in small.workloads) is has_some
    assert cut_down(World(cluster, INVENTORY), (of_rule(""),), ("a",)) is None


def at_home(world: World, homes: set[str]) -> PolicySet:
    return slice_policies(world.cluster.policies, dict.fromkeys(Direction, (PodPeer(names=frozenset(homes)),)))


def test_clusters_that_differ_in_more_than_policies_are_not_looked_at() -> None:
    before, after, home = pair(random.Random(1))

    other = replace(after, namespaces=after.namespaces[1:])

    assert may_be_wider((World(before, OPEN), World(other, OPEN)), {home})


def test_a_gate_that_knows_the_results_says_what_one_that_asks_says() -> None:
    before, after, _ = pair(random.Random(2))
    claims = tuple(map(parse_expression, ("never a/* -> b/app=x : TCP/80", "always a/* -> a/app=w : TCP/81")))
    asked = gate(before, after, claims)

    known = gate(before, after, claims, known=Known(check(before, claims), check(after, claims)))

    assert [j.change for j in known.judged] == [j.change for j in asked.judged]
    assert known.difference.relation is asked.difference.relation
    assert [r.verdict for r in known.head.results] == [r.verdict for r in asked.head.results]
