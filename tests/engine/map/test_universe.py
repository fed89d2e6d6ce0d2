"""Maps of a universe, against enumeration: whom it makes possible is drawn, and nobody else."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from tests.engine.asking import admits, cluster, egress, ingress, pod, policy, tier, universe
from tests.engine.map.reading import permits
from tests.oracle import VALUES, connections
from tests.oracle.allowed import outcomes
from tests.oracle.rules import DEFAULTS
from tests.packaged import universe_of
from verifier.engine.map.map import draw
from verifier.errors import InputError
from verifier.ir.labels import Operator
from verifier.report.words.mapwords import Words

DB = "{podSelector: {matchLabels: {app: db}}}"
FROM_DB = policy("b", "in", admits("{namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}"))
FROM_B = policy("b", "in", admits("{podSelector: {}}"))
NAME = "kubernetes.io/metadata.name"
SETTING = {name: values[0] if DEFAULTS[name] == "open" else DEFAULTS[name] for name, values in VALUES.items()}


@pytest.mark.parametrize("manifests", [FROM_DB, FROM_B])
@pytest.mark.parametrize(
    "of",
    [
        f"{{invariants: [{{name: i, pods: {DB}, onlyIn: {{namespaceSelector: {{matchLabels: {{team: a}}}}}}}}]}}",
        "{namespaces: {labels: {team: {values: [a, b], others: false, required: true}}}}",
        "{pods: {labels: {app: {values: [db, web], others: false, required: true}}}}",
    ],
)
def test_the_map_of_a_universe_allows_what_enumeration_allows(manifests: str, of: str) -> None:
    plain: dict[str, Any] = yaml.safe_load(of)
    drawn = draw(cluster(manifests), universe_of(plain))
    listed = list(connections(list(yaml.safe_load_all(manifests)), plain, SETTING))

    for connection in Random(1).sample(listed, min(400, len(listed))):
        expected = outcomes([*yaml.safe_load_all(manifests)], connection, SETTING)
        assert {permits(drawn, connection, SETTING)} == expected, connection


def test_values_that_only_an_invariant_mentions_make_pods_possible() -> None:
    """In other namespaces than ops only pods with `role: x` or `role: ""` can be."""
    nowhere_else = "onlyIn: {namespaces: [ops]}"
    others = '{podSelector: {matchExpressions: [{key: role, operator: NotIn, values: [x, ""]}]}}'
    drawn = draw(cluster(FROM_B), universe(f"{{invariants: [{{name: i, pods: {others}, {nowhere_else}}}]}}"))

    assert {m.namespace for node in drawn.nodes for m in node.members if m.kind == "class"} == {"b", "ops", None}


def test_new_namespaces_are_told_apart_where_it_matters_who_shares_one(tmp_path: Path) -> None:
    own = {"podSelector": {"matchLabels": {"app": "db"}}, "ingress": [{"from": [{"podSelector": {}}]}]}
    template = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "own"}, "spec": own}
    words = Words(draw(cluster(FROM_B), universe_of({"newNamespacesGet": [template]}, tmp_path)))

    into: dict[str, set[str]] = {}
    for link in words.map.links:
        into.setdefault(words.name(link.destination), set()).add(words.name(link.source))
    for which in ("one", "another"):
        own_pods = {f"app=db of {which} undeclared namespace", f"other pods of {which} undeclared namespace"}
        assert into[f"app=db of {which} undeclared namespace"] == own_pods


def test_names_of_namespaces_are_drawn_as_far_as_the_universe_lists_them() -> None:
    only = f"{{namespaces: {{labels: {{{NAME}: {{values: [b, c], others: false}}}}}}}}"
    drawn = draw(cluster(FROM_B), universe(only))

    assert {m.namespace for node in drawn.nodes for m in node.members if m.kind == "class"} == {"b", "c"}


def test_a_namespace_that_only_an_invariant_names_is_drawn() -> None:
    of = f"{{invariants: [{{name: i, pods: {DB}, onlyIn: {{namespaces: [data]}}}}]}}"
    drawn = draw(cluster(FROM_DB), universe(of))

    members = [m for node in drawn.nodes for m in node.members]
    assert {m.namespace for m in members if any(r.operator is Operator.IN for r in m.pods)} == {"data"}


@pytest.mark.parametrize("of", ["inventory", "{pods: {labels: {a: {values: [], others: false, required: true}}}}"])
def test_a_universe_in_which_no_pod_can_exist_is_refused(of: str) -> None:
    with pytest.raises(InputError, match="no pod can exist"):
        draw(cluster(FROM_B), universe(of))


@pytest.mark.parametrize("of", ["open", "{nodes: true}"])
def test_hostnetwork_pods_that_nobody_has_written_are_said_to_be_left_out(of: str) -> None:
    (said,) = (text for text in draw(cluster(FROM_B), universe(of)).not_covered if "hostNetwork" in text)

    assert said.endswith("hostNetwork pods other than those of the manifests")


@pytest.mark.parametrize(("value", "named"), [("any", ("same_priority",)), ("by_name", ()), ("deny_first", ())])
def test_equal_priority_is_a_reason_only_while_nobody_says_who_applies(value: str, named: tuple[str, ...]) -> None:
    deny = ingress(("Deny", "{namespaces: {}}"))
    nobody_knows = egress(("Accept", "{domainNames: [example.org]}"), ("Deny", "{networks: [0.0.0.0/0]}"))
    manifests = pod("b", "web") + tier("a", f"{deny}, {nobody_knows}") + tier("b", deny)
    drawn = draw(cluster(manifests), switches={"same_priority": value})

    assert any(not opening.surely for link in drawn.links for opening in link.openings)
    assert drawn.depends_on == named


def test_outside_addresses_of_a_family_that_no_node_has_show_no_node() -> None:
    """The one Node has an IPv4 address and is all there is: nobody outside is seen under an IPv6 address of a node."""
    node = (
        "\n---\napiVersion: v1\nkind: Node\nmetadata: {name: one}\n"
        "status: {addresses: [{type: InternalIP, address: 10.0.0.2}]}\n"
    )
    drawn = draw(cluster(pod("b", "one") + node), universe("inventory"), {"external_source": "open"})

    assert {m.kind for node in drawn.nodes for m in node.members} == {"external", "workload"}
