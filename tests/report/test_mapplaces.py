"""Who is open to everybody, in the first line of a map."""

import unicodedata

import pytest
from msgspec.structs import replace

from tests.engine.asking import DENY_ALL, cluster, deployment, namespace, policy, universe
from tests.report.test_html import HOSTILE
from verifier.engine.map.map import draw
from verifier.engine.map.result import Map, Selection
from verifier.ir.endpoint import Workload
from verifier.manifests.notation.filter import parse_choice
from verifier.report.formats import formats_of
from verifier.report.words.mapplaces import open_to_all
from verifier.report.words.mapwords import Words
from verifier.report.words.paint import PLAIN

PODS = namespace("shop") + "".join(deployment("shop", name, f"{{app: {name}}}") for name in ("api", "db", "web"))


def glance(manifests: str, of: str = "inventory", **switches: str) -> str | None:
    return said(draw(cluster(manifests), universe(of), switches))


def said(found: Map) -> str | None:
    return open_to_all(found, Words(found))


def ingress(name: str, rules: str) -> str:
    return policy("shop", name, f"{{podSelector: {{matchLabels: {{app: {name}}}}}, ingress: {rules}}}")


def test_without_policies_everybody_is() -> None:
    assert glance(PODS) == "open to everybody on every port: api, db, web"


def test_who_is_open_to_some_alone_is_not_open_to_everybody() -> None:
    rules = ingress("db", "[{from: [{podSelector: {matchLabels: {app: api}}}]}]") + ingress("api", "[]")

    assert glance(PODS + rules) == "open to everybody on every port: web"


def test_who_lets_everybody_in_by_several_rules_is_open_on_what_they_share() -> None:
    """To one by one rule on every port, to all others by another one: no rule says `everybody`."""
    rules = ingress("db", "[{from: [{podSelector: {matchLabels: {app: api}}}]}, {ports: [{port: 5432}]}]")
    rules += ingress("api", "[]") + ingress("web", "[]")

    assert glance(PODS + rules) == "open to everybody on TCP 5432: db"


def test_different_ports_for_different_ones_are_no_port_for_everybody() -> None:
    inside = "[{from: [{namespaceSelector: {}}], ports: [{port: 1}]}, {from: [{ipBlock: {cidr: 0.0.0.0/0}}, "
    rules = ingress("db", f"{inside}{{ipBlock: {{cidr: '::/0'}}}}], ports: [{{port: 2}}]}}]")
    rules += ingress("api", "[]") + ingress("web", "[]")

    assert glance(PODS + rules, ipblock_pods="never") == "open to everybody: nobody"


def test_what_only_a_condition_opens_is_open_perhaps() -> None:
    """Whether an ipBlock means pods is a switch that is left open."""
    anywhere = "[{ipBlock: {cidr: 0.0.0.0/0}}, {ipBlock: {cidr: '::/0'}}]"
    rules = ingress("db", f"[{{from: {anywhere}, ports: [{{port: 2}}]}}]") + ingress("api", "[]") + ingress("web", "[]")

    assert glance(PODS + rules, ipblock_pods="open") == "open to everybody on TCP 2 perhaps: db"


def test_where_nobody_is_it_says_so() -> None:
    assert glance(PODS + policy("shop", "deny", DENY_ALL)) == "open to everybody: nobody"


def test_pods_of_undeclared_namespaces_are_one_word() -> None:
    """And of a namespace that nobody guards. What names with commas mean is kept apart from the next one."""
    inside = policy("shop", "in", "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}")

    assert glance(PODS + inside, "open") == "open to everybody on every port: pods of undeclared namespaces"
    assert glance(PODS, "open") == "open to everybody on every port: `any pod, any pod of undeclared namespaces`"
    assert glance(PODS + policy("shop", "deny", DENY_ALL), "open") == "open to everybody: nobody"


def test_a_part_of_a_map_cannot_tell() -> None:
    choice = parse_choice("shop/*", ())
    assert choice is not None

    assert said(draw(cluster(PODS), universe("inventory"), selection=Selection(focus=(choice,)))) is None


def test_a_map_that_is_not_whole_says_of_whom_it_speaks() -> None:
    found = replace(draw(cluster(PODS), universe("inventory")), complete=False)

    assert str(said(found)).startswith("open to everybody, of those that are drawn on every port:")


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("form", ["text", "matrix"])
def test_a_name_breaks_out_of_the_line_in_no_format(form: str, name: str) -> None:
    found = draw(cluster(PODS), universe("inventory"), {})
    first = next(node for node in found.nodes if node.kind == "workload")
    called = replace(first.members[0], workloads=(Workload("Deployment", "shop", name, {}),))
    nodes = tuple(replace(node, members=(called,)) if node is first else node for node in found.nodes)

    shown = formats_of("map")[form](replace(found, nodes=nodes), PLAIN, False)

    assert shown.count("open to everybody") == 1
    assert shown.split("\n\n")[0].rpartition("open to everybody")[2].startswith(" on every port: ")
    assert [c for c in shown if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")] == []
