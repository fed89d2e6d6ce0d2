"""Comparisons of two settings: against the enumeration, on random pairs of small clusters each under a setting of its
own, and laws.

NETPOL_PAIRS=FIRST:LAST tries these pairs instead of the usual ones.
"""

import os
from collections import Counter
from itertools import combinations, permutations
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests import oracle, packaged
from tests.engine.asking import admits, cluster, policy
from tests.generators.settings import SettingPair, setting_pair
from tests.generators.strategies import policies
from tests.objects import Plain
from verifier.engine.diff.compare import compare
from verifier.engine.problem.switches import settle
from verifier.engine.results.diff import Difference, Relation
from verifier.errors import InputError, UsageError
from verifier.ir.endpoint import Kind, PortSource
from verifier.ir.switches import OPEN, SWITCHES
from verifier.ir.universe import INVENTORY
from verifier.manifests.kubernetes.load import Options, load_text

PAIRS = 36
SLICES = 2


@pytest.mark.parametrize("part", range(SLICES))
def test_comparison_of_settings_agrees_with_the_enumeration(part: int, tmp_path: Path) -> None:
    first, last = (int(n) for n in os.environ.get("NETPOL_PAIRS", f"0:{PAIRS}").split(":"))
    found: Counter[str] = Counter()
    for seed in range(first + part, last, SLICES):
        given = setting_pair(seed)
        try:
            relation, mistake = _tried(given, tmp_path)
        except InputError as error:
            if {d.code for d in error.diagnostics} - {"universe-forbids", "empty-universe"}:
                raise
            found["refused"] += 1
            continue
        assert not mistake, f"setting_pair({seed}): {mistake}\n{given}"
        found[relation] += 1
    if "NETPOL_PAIRS" not in os.environ:
        assert found.total() - found["refused"] >= 0.8 * PAIRS / SLICES
        assert found["equivalent"] >= 2
        assert found["wider"] + found["narrower"] + found["incomparable"] >= 4


def _tried(given: SettingPair, folder: Path) -> tuple[str, str]:
    """The relation that the package says, and what is wrong with it or with the regions, if anything."""
    asked = (given.old, given.new, given.universe, given.switches)
    told = {"to_switches": given.to_switches, "two_plugins": given.two_plugins}
    found = packaged.difference(*asked, folder=folder, **told)
    said = found.relation.value
    regions = [[packaged.plain_region(r) for r in some] for some in (found.added, found.removed)]
    true = oracle.compare(*asked, (), *regions, **told)
    if (said, tuple(sorted(found.depends_on))) != (true.relation, true.depends_on):
        return said, f"package: {said} {found.depends_on}; enumeration: {true}"
    if not found.complete:
        return said, f"incomplete: {found.reason}"
    if true.wrong is not None:
        return said, f"added: {regions[0]}\nremoved: {regions[1]}\ndescribed wrongly: {true.wrong}"
    return said, ""


# Laws


PLUGINS = ("calico", "cilium", "kube-network-policies")
_MIRROR = {Relation.WIDER: Relation.NARROWER, Relation.NARROWER: Relation.WIDER}


def closed(profile: str) -> dict[str, str]:
    """The switches of a profile with nothing left open."""
    return {n: SWITCHES[n].values[0] if value == OPEN else value for n, value in settle(profile).items()}


def between(manifests: list[Plain], one: str, other: str) -> Difference:
    sides = [
        load_text(packaged.dumped(manifests), "cluster.yaml", Options(profile=name)).cluster for name in (one, other)
    ]
    return compare(*sides, switches=closed(one), to_switches=closed(other))


def allows_no_more(found: Difference) -> bool:
    return found.relation in (Relation.EQUIVALENT, Relation.NARROWER)


def on(port: str, peer: str) -> str:
    """The spec of a policy that lets the peer in on one port, and nothing else."""
    return f"{{podSelector: {{}}, ingress: [{{from: [{peer}], ports: [{{port: {port}}}]}}]}}"


@pytest.mark.parametrize("seed", range(3))
def test_under_one_setting_a_set_is_equivalent_to_itself(seed: int) -> None:
    for profile in PLUGINS:
        found = between(policies(seed), profile, profile)

        assert (found.relation, found.added, found.removed) == (Relation.EQUIVALENT, (), ())


@pytest.mark.parametrize("seed", range(3))
def test_the_other_way_round_what_was_opened_is_closed(seed: int) -> None:
    for one, other in combinations(PLUGINS, 2):
        there, back = between(policies(seed), one, other), between(policies(seed), other, one)

        assert back.relation is _MIRROR.get(there.relation, there.relation)
        assert (bool(back.added), bool(back.removed)) == (bool(there.removed), bool(there.added))


def test_settings_are_transitive_over_three_plugins() -> None:
    met = 0
    for seed in range(6):
        found = {pair: between(policies(seed), *pair) for pair in permutations(PLUGINS, 2)}
        for one, two, three in permutations(PLUGINS):
            if allows_no_more(found[one, two]) and allows_no_more(found[two, three]):
                met += found[one, two].relation is Relation.NARROWER
                assert allows_no_more(found[one, three]), (seed, one, two, three)
    assert met


def test_no_setting_is_left_open_for_two_plugins_at_once() -> None:
    """What one of them does says nothing about the other; of one plugin it is one and the same."""
    text = policy("shop", "in", admits("{ipBlock: {cidr: 10.0.0.0/8}}"))
    one, other = (replace(cluster(text), profile=name) for name in ("antrea", "weave"))
    given = {**closed("calico"), "ipblock_pods": OPEN}

    assert compare(one, one, switches=given, to_switches=given).relation is Relation.EQUIVALENT
    found = compare(one, other, switches=given, to_switches=given)
    assert found.relation is Relation.UNKNOWN
    assert found.depends_on == ("new:ipblock_pods", "old:ipblock_pods")


def test_a_region_names_the_switch_without_which_nothing_of_it_would_differ() -> None:
    text = policy("shop", "in", on("http", "{ipBlock: {cidr: 10.0.0.0/8}}"))
    both = [cluster(text)] * 2
    given = closed("calico")

    by_block = compare(*both, switches=given, to_switches={**given, "ipblock_pods": "never"})
    by_name = compare(*both, switches=given, to_switches={**given, "named_port_source": "containers"})

    assert {region.since for region in by_block.removed} == {("ipblock_pods",)}
    assert {region.since for region in by_name.removed} == {("named_port_source",)}
    assert by_name.relation is Relation.NARROWER
    for region in by_name.removed:
        assert dict(region.port_names) == {"TCP/new:http": False, "TCP/old:http": True}
        pod = region.witness.destination
        assert pod is not None
        assert {port.source for port in pod.named_ports} == {PortSource.SIDECAR}


def test_each_region_names_what_it_hangs_on_and_no_more() -> None:
    text = policy("shop", "in", on("http", "{ipBlock: {cidr: 10.0.0.0/8}}"))
    given = closed("calico")
    apart = {**given, "ipblock_pods": "never", "named_port_source": "containers"}

    found = compare(cluster(text), cluster(text), switches=given, to_switches=apart)

    outside = [region for region in found.removed if region.source.kinds == {Kind.EXTERNAL}]
    assert {region.since for region in outside} == {("named_port_source",)}
    assert any("ipblock_pods" in region.since for region in found.removed)


def test_a_pod_may_declare_one_name_twice() -> None:
    text = policy("shop", "in", on("http", "{podSelector: {}}"))
    given = closed("calico")

    found = compare(cluster(text), cluster(text), switches=given, to_switches={**given, "named_port_dup": "one"})

    assert found.relation is Relation.NARROWER
    pod = found.removed[0].witness.destination
    assert pod is not None
    assert len(pod.named_ports) == 2


def test_workloads_of_today_are_those_whose_names_differ() -> None:
    """Who calls a port so on both sides is in no region that hangs on who counts it."""
    text = "".join(
        f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{{containers}}}\n"
        for name, containers in (
            ("plain", "containers: [{name: c, image: i, ports: [{name: http, containerPort: 80}]}]"),
            ("init", "initContainers: [{name: c, image: i, ports: [{name: http, containerPort: 80}]}]"),
        )
    )
    given = closed("calico")
    read = cluster(text + policy("shop", "in", on("http", "{podSelector: {}}")))

    found = compare(read, read, switches=given, to_switches={**given, "named_port_source": "containers"})

    assert {str(workload) for region in found.removed for workload in region.destinations} == {"Pod shop/init"}


def test_a_workload_of_the_input_has_the_names_that_count_on_either_side() -> None:
    init = "initContainers: [{name: s, image: i, restartPolicy: Always, ports: [{name: http, containerPort: 8080}]}]"
    meta = "apiVersion: v1\nkind: Pod\nmetadata: {name: %s, namespace: shop, labels: {app: %s}}\n"
    pods = [
        meta % (name, name) + f"spec: {{{more}containers: [{{name: c, image: i}}]}}\n"
        for name, more in (("web", ""), ("db", f"{init}, "))
    ]
    text = "---\n".join(["", *pods]) + policy("shop", "in", on("http", "{podSelector: {}}"))
    given = closed("calico")

    found = compare(
        cluster(text),
        cluster(text),
        INVENTORY,
        switches=given,
        to_switches={**given, "named_port_source": "containers"},
    )

    assert found.relation is Relation.NARROWER
    assert {str(w) for region in found.removed for w in region.destinations} <= {"Pod shop/db"}
    witness = found.removed[0].witness
    assert witness.destination is not None
    assert str(witness.destination.workload) == "Pod shop/db"


def test_an_outside_address_has_no_port_names_on_either_side() -> None:
    egress = "{to: [{ipBlock: {cidr: 203.0.113.5/32}}], ports: [{port: dns}]}"
    text = policy("shop", "out", f"{{podSelector: {{}}, policyTypes: [Egress], egress: [{egress}]}}")
    old, new = {"named_port_source": "all_init", "named_port_dup": "one"}, {"named_port_source": "sidecars"}
    given = closed("calico")

    found = compare(cluster(text), cluster(text), switches={**given, **old}, to_switches={**given, **new})

    assert found.relation is Relation.EQUIVALENT


def test_a_region_that_the_policies_changed_names_no_switch() -> None:
    given = closed("calico")
    old, new = (cluster(policy("shop", "in", admits(f"{{ipBlock: {{cidr: {block}}}}}"))) for block in BLOCKS)

    found = compare(old, new, switches=given, to_switches={**given, "ipblock_pods": "never"})

    assert found.settings is not None
    assert found.added
    assert {region.since for region in found.added} == {()}


BLOCKS = ("198.51.100.0/24", "198.51.100.0/23")


def test_a_protocol_of_which_one_side_says_nothing_is_not_compared() -> None:
    text = policy("shop", "in", on("80, protocol: SCTP", "{podSelector: {}}"))
    given = closed("calico")

    found = compare(cluster(text), cluster(NOTHING_IN), switches=given, to_switches={**given, "sctp": "no"})

    assert found.relation is Relation.EQUIVALENT
    assert "SCTP (sctp: no)" in found.not_covered


NOTHING_IN = policy("shop", "in", "{podSelector: {}, policyTypes: [Ingress]}")


def test_how_clients_come_is_no_setting_of_a_side() -> None:
    given = closed("calico")
    with pytest.raises(UsageError, match="external_source"):
        compare(
            cluster(NOTHING_IN), cluster(NOTHING_IN), switches=given, to_switches={**given, "external_source": "node"}
        )
