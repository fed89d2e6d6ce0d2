"""NetworkPolicies in normal form: the isolation written out, one rung for each peer, equal parts shared."""

from itertools import permutations

import pytest

from verifier.ir.endpoint import Kind
from verifier.ir.labels import Selector
from verifier.ir.network import PORTS, AddressSet, Intervals, Protocol
from verifier.ir.policy import (
    NO_POLICIES,
    TRUE,
    Action,
    AddressIn,
    And,
    Formula,
    Hairpin,
    KindIn,
    NamespaceLabels,
    NewNamespaces,
    Not,
    Or,
    PodLabels,
    PolicySet,
    PortIn,
    PortNamed,
    Role,
    Rung,
    SameNamespace,
    SwitchIs,
)
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.load import load_text, read_policies


def policy(spec: str, name: str = "p", namespace: str = "shop") -> str:
    head = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
    return f"{head}metadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}\n"


def lowered(*policies: str) -> PolicySet:
    return load_text("---\n".join(policies), "f.yaml").cluster.policies


def rungs(policies: PolicySet) -> tuple[Rung, ...]:
    """The Allow rungs of both directions."""
    return tuple(r for pipe in (policies.ingress, policies.egress) for s in pipe.stages for r in s.body[1].rungs)


def guard(spec: str) -> Formula:
    (rung,) = rungs(lowered(policy(spec)))
    return rung.guard


def podlike(role: Role) -> Formula:
    treated: Formula = SwitchIs("host_network", "as_pod")
    if role is Role.PEER:
        treated = Or((treated, SwitchIs("host_network", "as_peer")))
    return Or((KindIn(role, frozenset({Kind.POD})), And((KindIn(role, frozenset({Kind.HOSTPOD})), treated))))


def tcp(low: int, high: int) -> PortIn:
    return PortIn(Protocol.TCP, Intervals(((low, high),)))


def test_no_policies_are_no_stages() -> None:
    assert load_text("# nothing\n").cluster.policies == NO_POLICIES


def test_isolation_is_written_out() -> None:
    policies = lowered(policy("{podSelector: {matchLabels: {a: b}}, policyTypes: [Ingress]}"))

    (ingress,), (egress,) = policies.ingress.stages, policies.egress.stages
    assert ingress.applies is not None
    (selects,) = ingress.applies
    assert (selects.namespace, str(selects.citation)) == ("shop", "NetworkPolicy shop/p")
    assert selects.pods == And((podlike(Role.SUBJECT), PodLabels(Role.SUBJECT, Selector.of({"a": "b"}))))
    assert (ingress.end, egress.end) == (Action.DENY, Action.DENY)
    assert ingress.body[1].rungs == ()
    assert egress.applies == ()
    assert policies.objects == (selects.citation,)
    assert policies.ingress.final is policies.egress.final is Action.ALLOW


def test_a_pod_that_reaches_itself_through_a_service_leaves_the_stage_under_its_switch() -> None:
    (rung,) = lowered(policy("{}")).ingress.stages[0].body[0].rungs

    assert (rung.selects, rung.action) == (None, Action.NEXT)
    assert rung.guard == And((Hairpin(), SwitchIs("self_via_service", "allow")))


def test_an_empty_pod_selector_selects_all_pods() -> None:
    (stage,) = lowered(policy("{}")).ingress.stages
    assert stage.applies is not None

    assert stage.applies[0].pods == podlike(Role.SUBJECT)


def test_inert_rules_do_not_appear() -> None:
    assert rungs(lowered(policy("{policyTypes: [Egress], ingress: [{}]}"))) == ()


@pytest.mark.parametrize(
    ("peer", "formula"),
    [
        ("podSelector: {}", And((podlike(Role.PEER), SameNamespace()))),
        (
            "podSelector: {matchLabels: {a: b}}",
            And((podlike(Role.PEER), SameNamespace(), PodLabels(Role.PEER, Selector.of({"a": "b"})))),
        ),
        ("namespaceSelector: {}", And((podlike(Role.PEER),))),
        ("namespaceSelector: {}, podSelector: {}", And((podlike(Role.PEER),))),
        (
            "namespaceSelector: {matchLabels: {c: d}}, podSelector: {matchLabels: {a: b}}",
            And(
                (
                    podlike(Role.PEER),
                    NamespaceLabels(Role.PEER, Selector.of({"c": "d"})),
                    PodLabels(Role.PEER, Selector.of({"a": "b"})),
                )
            ),
        ),
    ],
)
def test_peers_by_selectors(peer: str, formula: Formula) -> None:
    assert guard("{ingress: [{from: [{" + peer + "}]}]}") == formula


def test_peers_by_address_match_outside_and_by_switch_pods_and_nodes() -> None:
    kinds = Or(
        (
            KindIn(Role.PEER, frozenset({Kind.EXTERNAL})),
            And((KindIn(Role.PEER, frozenset({Kind.POD})), SwitchIs("ipblock_pods", "match"))),
            And((KindIn(Role.PEER, frozenset({Kind.NODE, Kind.HOSTPOD})), SwitchIs("ipblock_nodes", "match"))),
        )
    )
    block = AddressSet.of(["10.0.0.0/8"]).subtract(AddressSet.of(["10.1.0.0/16"]))

    found = guard("{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]}]}")

    assert found == And((AddressIn(Role.PEER, block), kinds))


@pytest.mark.parametrize(
    ("ports", "formula"),
    [
        ("", TRUE),
        ("{}", PortIn(Protocol.TCP, PORTS)),
        ("{port: 80}", tcp(80, 80)),
        ("{port: 80, endPort: 80}", tcp(80, 80)),
        (
            "{port: 80, endPort: 90}",
            Or((And((SwitchIs("endport", "yes"), tcp(80, 90))), And((SwitchIs("endport", "no"), tcp(80, 80))))),
        ),
        ("{port: dns, protocol: UDP}", PortNamed("dns", Protocol.UDP)),
        ("{port: 80}, {port: 443}", Or((tcp(80, 80), tcp(443, 443)))),
    ],
)
def test_ports(ports: str, formula: Formula) -> None:
    assert guard("{ingress: [{ports: [" + ports + "]}]}") == formula


def test_a_port_name_under_an_egress_ip_block_hangs_on_its_switch() -> None:
    """3.4: open where the block covers a pod; D14."""
    resolved = Or(
        (Not(KindIn(Role.PEER, frozenset({Kind.POD, Kind.HOSTPOD}))), SwitchIs("named_port_ipblock", "resolve"))
    )
    rule = "[{ports: [{port: web}], %s: [{ipBlock: {cidr: 10.0.0.0/8}}]}]"
    egress = guard("{policyTypes: [Egress], egress: " + rule % "to" + "}")
    ingress = guard("{ingress: " + rule % "from" + "}")

    assert isinstance(egress, And)
    assert isinstance(ingress, And)
    assert egress.items[1] == And((PortNamed("web", Protocol.TCP), resolved))
    assert ingress.items[1] == PortNamed("web", Protocol.TCP)


def test_each_peer_of_each_rule_is_a_rung_that_cites_its_item() -> None:
    spec = "\n  egress:\n  - to:\n    - podSelector: {}\n    - namespaceSelector: {}\n    ports: [{port: 1}]\n  - {}\n"

    found = rungs(lowered(policy(spec)))

    assert [r.citation.rule for r in found] == ["egress[0].to[0]", "egress[0].to[1]", "egress[1]"]
    assert [str(r.citation.origin.position) for r in found if r.citation.origin] == [
        "f.yaml:7:7", "f.yaml:8:7", "f.yaml:10:5",
    ]  # fmt: skip
    assert all(r.selects is found[0].selects and r.action is Action.ALLOW for r in found)


def test_a_policy_is_cited_by_its_pod_selector() -> None:
    spec = "\n  policyTypes: [Ingress]\n  podSelector:\n    matchLabels: {a: b}\n"
    (citation,) = lowered(policy(spec)).objects

    assert citation.origin is not None
    assert str(citation.origin.position) == "f.yaml:7:5"


def test_equal_specs_share_their_formulas_however_they_are_written() -> None:
    one = "{podSelector: {matchLabels: {a: b}}, ingress: [{from: [{podSelector: {}}], ports: [{port: 80}]}]}"
    other = (
        "{ingress: [{ports: [{port: 80, protocol: TCP}], from: [{podSelector: {}}]}],"
        " podSelector: {matchLabels: {a: b}}}"
    )
    policies = lowered(policy(one), policy(one, "q"), policy(other, "p", "m"))

    found = rungs(policies)

    assert len({id(r.guard) for r in found}) == 1
    assert len({id(r.selects.pods) for r in found if r.selects}) == 1


def test_the_order_of_documents_makes_no_difference() -> None:
    texts = [policy("{ingress: [{}]}", "b"), policy("{}", "a"), policy("{egress: [{}]}", "a", "m")]

    first, *others = [lowered(*order) for order in permutations(texts)]

    assert all(other == first for other in others)
    assert [str(c) for c in first.objects] == ["NetworkPolicy m/a", "NetworkPolicy shop/a", "NetworkPolicy shop/b"]


def test_policies_of_new_namespaces_belong_to_all_of_them() -> None:
    text = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny}\nspec: {}\n"

    policies = read_policies([Source.text_of("t.yaml", text)])

    stage, _ = policies.ingress.stages
    assert stage.applies is not None
    assert [s.namespace for s in stage.applies] == [NewNamespaces.ALL]
    assert [str(c) for c in policies.objects] == ["NetworkPolicy deny"]


@pytest.mark.parametrize("ports", ["", ", ports: [{port: 80}]"])
def test_peers_that_are_written_differently_and_mean_the_same_share_one_formula(ports: str) -> None:
    written = (
        "{namespaceSelector: {matchLabels: {team: ops}}}",
        "{podSelector: {}, namespaceSelector: {matchLabels: {team: ops}}}",
        "{podSelector: {}, namespaceSelector: {matchExpressions: [{key: team, operator: In, values: [ops]}]}}",
    )
    text = "---\n".join(
        policy(f"{{podSelector: {{}}, ingress: [{{from: [{peer}]{ports}}}]}}", f"p{number}")
        for number, peer in enumerate(written)
    )

    (stage,) = load_text(text).cluster.policies.ingress.stages
    guards = [rung.guard for block in stage.blocks() for rung in block.rungs if rung.selects is not None]

    assert len(guards) == 3
    assert all(guard is guards[0] for guard in guards)
