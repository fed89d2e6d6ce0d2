"""What nobody can say, where policy sets are compared: it is the same on both sides, whatever it is (docs/semantics.md
1.5). Two names that may lead anywhere are not one name."""

import pytest

from tests.engine.asking import ask, cluster, namespace, policy, universe
from verifier.engine.diff.compare import compare, equivalent, implies
from verifier.engine.lint.lint import lint
from verifier.engine.results.diff import Difference
from verifier.engine.results.region import Region
from verifier.ir.policy import Action
from verifier.ir.universe import OPEN
from verifier.report.words.region import line

COM, ORG = "what `example.com` resolves to", "what `example.org` resolves to"
SHOP = namespace("shop")


def allow_list(*rules: str) -> str:
    """A policy that lets all pods out to these peers, each in a rule of its own, and nowhere else."""
    accepted = [f"{{action: Accept, to: [{peers}]}}" for peers in rules]
    denied = "{action: Deny, to: [{networks: [0.0.0.0/0, '::/0']}]}"
    return f"""
---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {{name: out}}
spec: {{tier: Admin, priority: 1, subject: {{namespaces: {{}}}}, egress: [{", ".join((*accepted, denied))}]}}
"""


def names(*listed: str) -> str:
    return f"{{domainNames: [{', '.join(map(repr, listed))}]}}"


def difference(old: str, new: str, **how: object) -> Difference:
    return compare(cluster(SHOP + old), cluster(SHOP + new), **how)


def relation(old: str, new: str) -> str:
    return difference(allow_list(old), allow_list(new)).relation.value


def supposed(regions: tuple[Region, ...]) -> list[dict[str, bool]]:
    return [dict(region.supposing) for region in regions]


def test_another_name_is_another_unknown() -> None:
    found = difference(allow_list(names("example.com")), allow_list(names("example.org")))

    assert found.relation == "incomparable"
    assert supposed(found.added) == [{COM: False, ORG: True}]
    assert supposed(found.removed) == [{COM: True, ORG: False}]


def test_a_name_more_is_wider_and_one_less_is_narrower() -> None:
    one, two = names("example.com"), names("example.com", "example.org")

    assert (relation(one, two), relation(two, one)) == ("wider", "narrower")
    old, new = (cluster(SHOP + allow_list(some)) for some in (one, two))
    assert (implies(old, new), implies(new, old), equivalent(old, new)) == (True, False, False)


def test_the_same_names_written_otherwise_are_equivalent() -> None:
    two = allow_list(names("example.com"), names("example.org"))
    one = allow_list(names("Example.ORG.", "example.com", "example.com"))

    assert difference(two, one).relation == "equivalent"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("*.k.io", "a.k.io", "narrower"),
        ("*.k.io", "b.a.k.io", "narrower"),
        ("*.a.k.io", "*.k.io", "wider"),
        ("*.k.io", "k.io", "incomparable"),
        ("*.k.io", "a.notk.io", "incomparable"),
        ("a.k.io", "b.k.io", "incomparable"),
    ],
)
def test_a_pattern_covers_the_names_with_labels_in_front(old: str, new: str, expected: str) -> None:
    assert relation(names(old), names(new)) == expected


def test_a_change_elsewhere_leaves_alone_what_a_name_decides() -> None:
    deny = policy("shop", "deny", "{podSelector: {}, policyTypes: [Egress]}")
    opened = allow_list(names("example.com")).replace("Deny", "Pass")

    found = difference(opened + deny, opened)

    assert found.relation == "wider"
    outside = [region for region in found.added if region.supposing]
    assert supposed(tuple(outside)) == [{COM: False}] * len(outside)
    assert outside


def test_addresses_of_nodes_that_the_input_does_not_give() -> None:
    nodes = universe("{nodes: true}")
    found = difference(allow_list("{nodes: {}}"), allow_list("{nodes: {matchLabels: {zone: a}}}"), universe=nodes)

    assert (found.relation, found.added) == ("narrower", ())
    for closed in found.removed:
        assert closed.supposing == {"the addresses of nodes `*`": True, "the addresses of nodes `zone=a`": False}


def test_nodes_of_one_zone_are_among_those_of_two() -> None:
    one = "{nodes: {matchLabels: {zone: a}}}"
    two = "{nodes: {matchExpressions: [{key: zone, operator: In, values: [a, b]}]}}"
    nodes = universe("{nodes: true}")

    assert difference(allow_list(one), allow_list(two), universe=nodes).relation == "wider"
    assert difference(allow_list(two), allow_list(one), universe=nodes).relation == "narrower"


def test_addresses_of_nodes_with_other_labels_are_others() -> None:
    one, other = (f"{{nodes: {{matchLabels: {{zone: {zone}, disk: ssd}}}}}}" for zone in "ab")
    nodes = universe("{nodes: true}")

    assert difference(allow_list(one), allow_list(other), universe=nodes).relation == "incomparable"


def test_the_example_is_decided_and_the_region_says_under_what_condition() -> None:
    found = difference(allow_list(names("example.com")), allow_list())

    region = found.removed[0]
    assert line(region) == f"any pod -> anything, every port, where the destination is among {COM}"
    assert [step.decision for step in region.before if not step.doubt] == [Action.ALLOW, Action.ALLOW]
    assert [step.decision for step in region.after if not step.doubt] == [Action.DENY]


def test_a_condition_of_several_parts_reads_well() -> None:
    found = difference(allow_list(names("a.io", "b.io")), allow_list(names("c.io")))

    assert line(found.added[0]).endswith(
        "the destination is among what `c.io` resolves to and not among what `a.io` resolves to"
        " and not among what `b.io` resolves to"
    )


def lint_rules(*rules: str) -> list[str]:
    report = lint(cluster(SHOP + allow_list(*rules)), universe=OPEN, rules=("redundant-rule", "shadowed-peer"))
    return [smell.message for smell in report.smells]


def test_lint_does_not_take_one_name_for_another() -> None:
    assert lint_rules(names("example.com"), names("example.org")) == []
    assert lint_rules(f"{names('example.com')}, {names('example.org')}") == []


def test_lint_finds_a_name_twice_and_one_that_a_pattern_covers() -> None:
    twice = lint_rules(names("example.com"), names("example.com"))
    covered = lint_rules(names("www.example.com"), names("*.example.com"))

    assert [message.partition(" of ")[0] for message in twice] == ["egress[0]", "egress[1]"]
    assert [message.partition(" of ")[0] for message in covered] == ["egress[0]"]


def of_istio(name: str, spec: str, kind: str = "AuthorizationPolicy", home: str = "b") -> str:
    head = f"---\napiVersion: security.istio.io/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: {home}}}\n"
    return f"{head}spec: {{{spec}}}\n"


def of_cilium(ingress: str) -> str:
    head = "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: x, namespace: b}\n"
    return f"{head}spec: {{endpointSelector: {{}}, {ingress}}}\n"


def of_calico(kind: str, name: str, rest: str) -> str:
    return f"---\napiVersion: projectcalico.org/v3\nkind: {kind}\nmetadata: {{name: {name}, namespace: b{rest}\n"


def to(port: int, action: str = "DENY") -> str:
    rules = f'rules: [{{to: [{{operation: {{ports: ["{port}"]}}}}]}}]'
    return f"targetRefs: [{{kind: Service, name: d}}], action: {action}, {rules}"


GATEWAY = to(80).replace("kind: Service", "kind: Gateway, group: gateway.networking.k8s.io")
PEERS = ("mtls: {mode: STRICT}", "mtls: {mode: PERMISSIVE}")
SERVICE = """---
apiVersion: v1
kind: Service
metadata: {name: s, namespace: b}
spec: {selector: {app: s}, ports: [{port: 80, targetPort: web}]}
"""
TO_S = "destination: {services: {name: s}}"
L7 = 'toPorts: [{ports: [{port: "80", protocol: TCP}], rules: {'
SETS = (
    'source: {namespaceSelector: \'team == "x"\', selector: \'a == "1" && pcns.t == "x" || a == "2" && has(pcns.u)\'}'
)
SELECTED = "toServices: [{k8sServiceSelector: {selector: {matchLabels: {k: v}}, namespace: b}}]"
CLUSTER = "fromEndpoints: [{matchExpressions: [{key: io.cilium.k8s.policy.cluster, operator: "
DOUBTS = {
    "the rules of a waypoint": (of_istio("a", to(80)), of_istio("a", to(81))),
    "the action of a waypoint": (of_istio("a", to(80)), of_istio("a", to(80, "ALLOW"))),
    "whose gateway it is": (of_istio("a", GATEWAY), of_istio("a", GATEWAY, home="c")),
    "what an ALLOW beside it says": (
        of_istio("a", to(80, "ALLOW")) + of_istio("b", to(81, "ALLOW")),
        of_istio("a", to(80, "ALLOW")) + of_istio("b", to(82, "ALLOW")),
    ),
    "what the oldest says": (
        "".join(of_istio(f"p{i}", spec, "PeerAuthentication") for i, spec in enumerate(PEERS)),
        "".join(of_istio(f"p{i}", spec, "PeerAuthentication") for i, spec in enumerate(PEERS[::-1])),
    ),
    "the type of an ICMP message": tuple(
        of_cilium(f"ingress: [{{icmps: [{{fields: [{{type: {each}}}]}}]}}]") for each in (8, 0)
    ),
    "rules of another proxy": tuple(
        of_cilium(f"ingress: [{{{L7}l7proto: cassandra, l7: [{{query_action: {each}}}]}}}}]}}]") for each in "ab"
    ),
    "the source of a label": tuple(
        of_cilium(f"ingress: [{{fromNodes: [{{matchLabels: {{'{each}:zone': a}}}}]}}]") for each in ("node", "cni")
    ),
    "a cluster of any name": tuple(
        of_cilium(f"ingress: [{{{CLUSTER}{each}}}]}}]}}]") for each in ("Exists", "In, values: [anything]")
    ),
    "a backtick": tuple(of_cilium(f'ingress: [{{{L7}http: [{{path: "/a{each}b"}}]}}}}]}}]') for each in "`'"),
    "a long rule that ends otherwise": tuple(
        of_cilium(f'ingress: [{{{L7}http: [{{path: "/{"a" * 80}{each}"}}]}}}}]}}]') for each in "bc"
    ),
    "the Services that a selector means": tuple(
        of_cilium(f"egress: [{{{SELECTED}}}]") + SERVICE.replace("app: s", f"app: {each}") for each in "st"
    ),
    "the name of a port behind a Service": tuple(
        of_calico("NetworkPolicy", "default.p", f"}}\nspec: {{types: [Egress], egress: [{{action: Allow, {TO_S}}}]}}")
        + SERVICE.replace("web", each)
        for each in ("web", "metrics")
    ),
    "another name that a Service is": tuple(
        of_calico("NetworkPolicy", "default.p", f"}}\nspec: {{types: [Egress], egress: [{{action: Allow, {TO_S}}}]}}")
        + SERVICE.replace(
            "{selector: {app: s}, ports: [{port: 80, targetPort: web}]}",
            f"{{type: ExternalName, externalName: {each}}}",
        )
        for each in ("a.example", "b.example")
    ),
    "the labels of a set": tuple(
        of_calico("NetworkSet", "s", f", labels: {{a: '{each}'}}}}\nspec: {{nets: [203.0.113.0/24]}}")
        + of_calico("NetworkPolicy", "default.p", f"}}\nspec: {{ingress: [{{action: Allow, {SETS}}}]}}")
        for each in (1, 2)
    ),
}


@pytest.mark.parametrize("doubt", DOUBTS)
def test_what_nobody_can_say_of_two_things_is_not_one_unknown(doubt: str) -> None:
    """They were EQUIVALENT, since the words for them were the same."""
    old, new = (cluster(some) for some in DOUBTS[doubt])
    where = universe("{nodes: true}")

    found = compare(old, new, where, {"other_protocols": "on"})

    assert found.relation == "incomparable"
    assert compare(old, old, where, {"other_protocols": "on"}).relation == "equivalent"


def test_an_allowing_policy_of_a_waypoint_that_goes_closes_more_than_it_opens() -> None:
    """It let through what the other does not: it is not redundant, and what is left is not the same as before."""
    one, two = of_istio("a", to(80, "ALLOW")), of_istio("b", to(81, "ALLOW"))

    assert not [smell for smell in lint(cluster(one + two)).smells if "redundant" in smell.rule]
    assert difference(one + two, one).relation == "incomparable"


def test_an_unknown_verdict_names_what_can_decide_about_its_connections_alone() -> None:
    """Rules about other ports hang on something else."""
    rules = (
        'toEntities: [kube-apiserver], toPorts: [{ports: [{port: "3"}]}]',
        'toCIDRSet: [{cidrGroupRef: nope}], toPorts: [{ports: [{port: "6"}]}]',
    )
    text = of_cilium(f"egress: [{', '.join(f'{{{rule}}}' for rule in rules)}]")

    assert ask(text, "never b/* -> external : TCP/3").reason == "depends on the addresses of the `kube-apiserver`"


def test_a_universe_with_nodes_leaves_out_no_hostnetwork_pods() -> None:
    text = policy("b", "out", "{podSelector: {}, policyTypes: [Egress]}")
    left = [ask(text, "never b/* -> c/* : TCP/1", of).not_covered for of in ("open", "{nodes: true}")]

    assert ["nodes" in " ".join(each) for each in left] == [True, False]
